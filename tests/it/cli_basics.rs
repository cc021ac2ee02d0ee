//! The small commands, and what every command shares.

use crate::cli_world::{MODELS, World};

#[test]
fn version_and_help() {
    let world = World::empty();
    let version = format!("trueup {}\n", env!("CARGO_PKG_VERSION"));
    world.run(&["--version"]).code(0).out(&version).err("");
    for args in [
        &["--help"][..],
        &["check", "--help"],
        &["migrate", "diff", "--help"],
        &["migrate", "hash", "--help"],
        &["migrate", "validate", "--help"],
        &["migrate", "new", "--help"],
        &["completions", "--help"],
    ] {
        let run = world.run(args).code(0).err("");
        assert!(run.out.contains("Examples:\n"), "{}", run.out);
        assert!(
            run.out.lines().all(|line| line.chars().count() <= 120),
            "{}",
            run.out
        );
    }
    world.run(&[]).code(2).out("");
    world.run(&["migrate"]).code(2).out("");
}

#[test]
fn completions_for_every_shell() {
    let world = World::empty();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = world.run(&["completions", shell]).code(0).err("");
        assert!(run.out.contains("migrate"), "{shell}");
    }
}

#[test]
fn hash_writes_the_checksums_and_says_nothing_on_stdout() {
    let world = World::empty();
    world.write("migrations/1.sql", "CREATE TABLE a (id int);\n");
    world.write("migrations/2_b.sql", "CREATE TABLE b (id int);\n");
    let hash = ["migrate", "hash"];
    world
        .run(&hash)
        .code(0)
        .out("")
        .err("migrations/atlas.sum written (2 migrations)\n");
    // A head, then a line for each file.
    let sum = world.read("migrations/atlas.sum");
    assert_eq!(sum.lines().count(), 3);
    assert!(sum.lines().nth(1).unwrap().starts_with("1.sql h1:"));
    world
        .run(&hash)
        .code(0)
        .out("")
        .err("migrations/atlas.sum was right (2 migrations)\n");
    world
        .run(&["migrate", "hash", "-q"])
        .code(0)
        .out("")
        .err("");
    assert_eq!(world.read("migrations/atlas.sum"), sum);
    world.run(&["migrate", "hash", "--force"]).code(0);
}

#[test]
fn an_empty_directory_gets_the_empty_sum() {
    let world = World::empty();
    std::fs::create_dir(world.path("migrations")).unwrap();
    world.run(&["migrate", "hash"]).code(0);
    assert_eq!(
        world.read("migrations/atlas.sum"),
        "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    );
}

#[test]
fn validate_compares_and_replays() {
    let world = World::synced();
    let validate = |more: &[&str]| world.run(&[&["migrate", "validate"], more].concat());
    validate(&[])
        .code(0)
        .out("")
        .err("migrations is valid (1 migration)\n");
    validate(&["--dev-url", "sqlite://dev?mode=memory"])
        .code(0)
        .out("")
        .err("migrations is valid (1 migration, replayed)\n");
    validate(&["--dir", "file://nowhere"]).code(2);
    std::fs::remove_file(world.path("migrations/atlas.sum")).unwrap();
    let run = validate(&[])
        .code(2)
        .err(
            "Error: checksum file not found\nHint: there is no migrations/atlas.sum; when the directory's files are \
             as they should be, `trueup migrate hash` writes it\n",
        );
    assert!(
        run.out.starts_with("You have a checksum error"),
        "{}",
        run.out
    );
}

#[test]
fn new_adds_an_empty_migration() {
    let world = World::empty();
    world.run(&["migrate", "new", "first"]).code(0).out("");
    world.run(&["migrate", "new", "first"]).code(0).out("");
    world.run(&["migrate", "new"]).code(0).out("");
    let files = world.migrations();
    assert_eq!(files.len(), 3, "versions never collide: {files:?}");
    assert!(files[0].ends_with("_first.sql") && files[1].ends_with("_first.sql"));
    assert_eq!(world.read(&format!("migrations/{}", files[0])), "");
    world.run(&["migrate", "validate"]).code(0);
    world
        .run(&["migrate", "new", "../x"])
        .code(2)
        .err_has("contains a path separator");
}

#[test]
fn verbosity() {
    let world = World::new();
    world
        .diff(&["-v"])
        .code(0)
        .out("")
        .err_has("INFO starting the program");
    world.write("models.sql", MODELS.replace("name", "title"));
    world.diff(&["-q"]).code(0).out("").err("");
    world.diff(&["-q", "-v"]).code(2);
}
