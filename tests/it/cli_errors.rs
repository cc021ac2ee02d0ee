//! Everything that goes wrong before a plan is made, and what a user is told then.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use crate::cli_world::{MODELS, World, config, finish};

fn with_program(program: &str) -> World {
    let world = World::new();
    world.write(
        "atlas.hcl",
        config("").replace(r#"["sh", "models.sh"]"#, program),
    );
    world
}

#[test]
fn the_program_is_not_found() {
    let world = with_program(r#"["atlas-provider-nowhere", "--path", "./db"]"#);
    let told = |hint: &str| {
        format!(
            "Error: program `atlas-provider-nowhere` not found\n\
             \x20 command: atlas-provider-nowhere --path ./db\n\
             \x20 configured at: atlas.hcl:1:1\n\
             Hint: trueup looked in PATH, $VIRTUAL_ENV/bin and .venv/bin; {hint}\n"
        )
    };
    world.check(&[]).code(2).out("").err(&told(
        "install the package that has it where the models' packages are, or start it with \
         `\"uv\", \"run\"` or `\"poetry\", \"run\"` in front",
    ));
    world.write("uv.lock", "");
    world.check(&[]).code(2).err(&told(
        "in this project start the program with `\"uv\", \"run\", \"atlas-provider-nowhere\"`, or install the \
         package that has it where the models' packages are",
    ));
    world.write(
        ".venv/bin/atlas-provider-nowhere",
        "#!/bin/sh\ncat models.sql\n",
    );
    let path = world.path(".venv/bin/atlas-provider-nowhere");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    world.check(&[]).code(1);
    world.write(".venv/bin/atlas-provider-nowhere", "#!/no/such/python\n");
    world
        .check(&[])
        .code(2)
        .err_has("can't be started: the interpreter that its first line names does not exist\n");
}

#[test]
fn the_program_fails() {
    let world = World::new();
    world.write(
        "models.sh",
        "i=1; while [ $i -le 40 ]; do echo \"line $i\" >&2; i=$((i+1)); done; exit 1\n",
    );
    let run = world.diff(&[]).code(2).out("");
    assert!(
        run.err.starts_with(
            "Error: `sh` failed with exit code 1\n  command: sh models.sh\n  configured at: atlas.hcl:1:1\n  \
             stderr (the end; all of it with -v):\n    line 26\n"
        ),
        "{}",
        run.err
    );
    assert!(run.err.ends_with("    line 40\n"), "{}", run.err);
    world
        .diff(&["-v"])
        .code(2)
        .err_has("  stderr:\n    line 1\n");
    assert!(!world.path("migrations").exists());
}

#[test]
fn python_misses_a_module() {
    let world = with_program(r#"["python3", "load.py"]"#);
    world.write("load.py", "import no_such_module\n");
    world
        .check(&[])
        .code(2)
        .err_has("    ModuleNotFoundError: No module named 'no_such_module'\n")
        .err_has(
            "Hint: install the package that has `no_such_module` where `python3` runs, or start",
        );
    world.write(".venv/bin/python", "");
    world.check(&[]).code(2).err_has(
        "Hint: `python3` is not the Python of this project: write `.venv/bin/python` instead\n",
    );
}

/// Python has two words for it: in an `__init__.py` it looks for the module that the provider made up.
#[test]
fn the_provider_meets_a_relative_import() {
    for said in [
        "ImportError: attempted relative import with no known parent package in db/user.py",
        "ModuleNotFoundError: No module named 'atlas_dynamic_module_896_1795' in db/__init__.py",
    ] {
        let world = World::new();
        world.write("models.sh", format!("echo \"{said}\" >&2; exit 1\n"));
        world.check(&[]).code(2).err_has(
            "Hint: the provider imports each file on its own, so relative imports fail: use a script that imports \
             the models as the project does and calls `print_ddl` for each Base, as the program `python3 load_models.py`\n",
        );
    }
}

#[test]
fn the_program_hangs() {
    let world = World::new();
    world.write("models.sh", "echo waiting for a server >&2; sleep 60\n");
    let begin = Instant::now();
    let run = world
        .check(&["--provider-timeout", "300ms"])
        .code(2)
        .out("");
    assert!(begin.elapsed() < Duration::from_secs(20));
    assert!(
        run.err
            .starts_with("Error: `sh` did not end within 0.3 s and was stopped\n"),
        "{}",
        run.err
    );
    assert!(
        run.err.contains("  stderr: waiting for a server\n"),
        "{}",
        run.err
    );
    assert!(run.err.contains("`--provider-timeout`"), "{}", run.err);
}

#[test]
fn the_program_is_killed() {
    let world = World::new();
    world.write("models.sh", "kill -9 $$\n");
    world
        .check(&[])
        .code(2)
        .err_has("Error: `sh` was killed by signal 9 (SIGKILL)\n")
        .err_has("Hint: did the machine run out of memory?\n");
}

#[test]
fn the_program_prints_nothing() {
    let world = World::new();
    world.write("models.sql", "-- no tables\n");
    world
        .check(&[])
        .code(2)
        .err_has("Error: `sh` printed no SQL\n")
        .err_has("Hint: does the program import the models and print their tables?\n");
    let world = with_program(r#"["sh", "models.sh", "--path", "./db"]"#);
    world.write("models.sql", "");
    world
        .check(&[])
        .code(2)
        .err_has("Hint: are there tables in the models under `--path`?\n");
}

#[test]
fn the_program_prints_what_is_no_text() {
    let world = World::new();
    world.write("models.sql", b"CREATE TABLE a (id int);\n-- \xff\n");
    world
        .check(&[])
        .code(2)
        .err_has("Error: `sh` printed text that is not UTF-8 (line 2)\n");
}

#[test]
fn the_engine_refuses_the_models() {
    let world = World::new();
    world.write(
        "models.sql",
        MODELS.replace(
            "name VARCHAR(30) NOT NULL,",
            "name VARCHAR(30) NOT NULL, id int,",
        ),
    );
    let run = world.check(&[]).code(2).out("");
    assert!(
        run.err
            .starts_with("Error: output of sh:4:1: duplicate column name: id\n"),
        "{}",
        run.err
    );
    assert!(
        run.err
            .contains("  statement: CREATE TABLE users (id INTEGER NOT NULL,"),
        "{}",
        run.err
    );
    assert!(
        run.err.contains("  model: db/models.py:10\n"),
        "{}",
        run.err
    );
    world.write("models.sql", "CREATE TABLE a (id int;\n");
    world
        .check(&[])
        .code(2)
        .err_has("Error: output of sh:1:16: ");
}

#[test]
fn the_program_has_a_quiet_environment() {
    let world = World::new();
    world.write(
        "models.sh",
        "echo $LC_ALL $TZ $PYTHONHASHSEED ${GITHUB_TOKEN-none} $MINE >&2; exit 1\n",
    );
    let mut command = world.command(&["check", "--env", "local"]);
    command
        .env("GITHUB_TOKEN", "ghs_x")
        .env("TZ", "Asia/Tokyo")
        .env("LC_ALL", "de_DE.UTF-8")
        .env("MINE", "kept");
    finish(command.spawn().unwrap())
        .code(2)
        .err_has("  stderr: C.UTF-8 UTC 0 none kept\n");
}

#[test]
fn a_migration_fails_on_replay() {
    let world = World::synced();
    world.write(
        "migrations/20990101000000_bad.sql",
        "-- fine\nCREATE TABLE more (id int);\n\n  CREATE TABLE users (id int);\n",
    );
    world.run(&["migrate", "hash"]).code(0).out("");
    let run = world.check(&[]).code(2).out("");
    assert!(
        run.err.starts_with(
            "Error: migrations/20990101000000_bad.sql:4:3: table users already exists\n"
        ),
        "{}",
        run.err
    );
    assert!(
        run.err
            .contains("  statement: CREATE TABLE users (id int);\n"),
        "{}",
        run.err
    );
    let validate = world
        .run(&["migrate", "validate", "--env", "local"])
        .code(2);
    assert_eq!(validate.err, run.err);
    world.run(&["migrate", "validate"]).code(0).out("");
    world.write(
        "migrations/20990101000000_bad.sql",
        "CREATE TABLE x (id int;\n",
    );
    world.run(&["migrate", "hash"]).code(0);
    world
        .check(&[])
        .code(2)
        .err_has("Error: migrations/20990101000000_bad.sql:1:16: ");
}

#[test]
fn the_directory_is_something_else() {
    let world = World::new();
    world.write("migrations", "a file");
    world
        .diff(&[])
        .code(2)
        .err_has("Error: migrations is not a directory\n");
    let world = World::new();
    world.write("migrations/1.sql", b"-- \xff");
    world
        .diff(&[])
        .code(2)
        .err_has("Error: migrations/1.sql:1:4: not UTF-8");
    world
        .run(&["migrate", "hash", "--dir", "file://nowhere"])
        .code(2)
        .err_has("Error: migration directory nowhere does not exist\n");
    // A directory that is named needs no config.
    world.write("migrations/1.sql", "CREATE TABLE t (a int);");
    world.write("trueup.yaml", "");
    let hash = ["migrate", "hash"];
    world
        .run(&hash)
        .code(2)
        .err_has("Error: both `trueup.yaml` and `atlas.hcl` are here\n");
    world
        .run(&[&hash[..], &["--dir", "file://migrations"]].concat())
        .code(0);
    std::fs::remove_file(world.path("trueup.yaml")).unwrap();
    world
        .diff(&["--dir-format", "goose"])
        .code(2)
        .err_has("Error: --dir-format: directory format `goose` is not supported yet\n");
}

#[test]
fn line_ends_are_recognised() {
    let world = World::synced();
    let file = format!("migrations/{}", world.migrations()[0]);
    world.write(&file, world.read(&file).replace('\n', "\r\n"));
    world
        .check(&[])
        .code(2)
        .err_has("Error: checksum mismatch\nHint: only the line ends differ: ")
        .err_has("*.sql text eol=lf");
}

#[test]
fn the_dev_database_can_not_be_used() {
    let world = World::new();
    let begin = Instant::now();
    let run = world
        .diff(&[
            "--dev-url",
            "postgres://me:hunter2@127.0.0.1:1/db?sslmode=disable",
        ])
        .code(2)
        .out("");
    assert!(begin.elapsed() < Duration::from_secs(60));
    assert!(!run.err.contains("hunter2"), "{}", run.err);
    assert!(run.err.starts_with("Error: "), "{}", run.err);
    world
        .diff(&["--dev-url", "postgresql+psycopg2://me:hunter2@h/db"])
        .code(2)
        .err(
            "Error: --dev-url: unknown URL scheme `postgresql+psycopg2`\n\
              Hint: write `postgresql://`, without the Python driver `+psycopg2`\n",
        );
    world.write(
        "atlas.hcl",
        config("").replace("dev = \"sqlite://dev?mode=memory\"", ""),
    );
    world.diff(&[]).code(2).err(
        "Error: no dev database is set\n\
         Hint: set `dev` in the environment, such as `sqlite://dev?mode=memory`, `local://postgres` where it is \
         installed, or the URL of an empty database\n",
    );
}

#[test]
fn a_dev_database_with_content_is_refused() {
    let world = World::new();
    let python =
        "import sqlite3; sqlite3.connect('full.db').executescript('create table junk (id int)')";
    let done = std::process::Command::new("python3")
        .args(["-c", python])
        .current_dir(world.path(""))
        .status();
    assert!(done.unwrap().success());
    let before = world.snapshot();
    let run = world
        .diff(&["--dev-url", "sqlite://full.db"])
        .code(2)
        .out("");
    assert!(run.err.contains("junk"), "{}", run.err);
    assert_eq!(world.snapshot(), before);
}

#[test]
fn several_environments_stop_no_command_that_needs_none() {
    let world = World::new();
    fs::remove_file(world.path("atlas.hcl")).unwrap();
    world.write("trueup.yaml", "envs:\n  app:\n    migrations: a\n  web:\n");
    world.write("schema.sql", "CREATE TABLE t (a int);");
    fs::create_dir(world.path("db")).unwrap();
    let dir = ["--dir", "file://db"];
    world.run(&["migrate", "hash", dir[0], dir[1]]).code(0);
    world.run(&["migrate", "new", dir[0], dir[1]]).code(0);
    let dev = ["--dev-url", "sqlite://dev?mode=memory"];
    let validate = ["migrate", "validate", dir[0], dir[1], dev[0], dev[1]];
    world.run(&validate).code(0);
    let check = ["check", "--to", "file://schema.sql", dev[0], dev[1]];
    world.run(&[&check[..], &dir[..]].concat()).code(1);
    let load = ["load", "nothing_like_this"];
    let run = world.run(&[&load[..], &["--dialect", "sqlite"][..]].concat());
    run.code(2).err_has("nothing_like_this");
    for needy in [&check[..], &load[..], &["migrate", "hash"]] {
        world.run(needy).code(2).err_has("has several environments");
    }
}

#[test]
fn an_empty_directory_is_told_of_init() {
    let world = World::empty();
    world.run(&["check"]).code(2).err(
        "Error: no desired state is given\n\
         Hint: `trueup init` writes a config file for this project; or give `--to file://schema.sql`\n",
    );
    world
        .run(&["check", "--env", "app"])
        .code(2)
        .err_has("`trueup init` writes one\n");
}

#[test]
fn what_is_written_almost_right_is_understood() {
    let world = World::empty();
    let check = |to: &str| {
        world
            .run(&["check", "--to", to, "--dev-url", "sqlite://dev?mode=memory"])
            .code(2)
    };
    check("sqlachemy://app.models")
        .err("Error: --to: unknown scheme `sqlachemy://`\nHint: did you mean `sqlalchemy://`?\n");
    check("file://models.py").err(
        "Error: --to: `models.py` is Python, and no SQL\n\
         Hint: models are loaded as `sqlalchemy://models.py`, in trueup.yaml as `models: models.py`\n",
    );
    world.write("app.db", "");
    check("sqlite:///app.db").err_has(
        "Hint: three slashes begin an absolute path; what SQLAlchemy calls `sqlite:///app.db` is `sqlite://app.db`\n",
    );
    let load = |dialect: &str| world.run(&["load", "app", "--dialect", dialect]).code(2);
    load("Postgresql").err_has("the models can't be loaded");
    for name in ["oracle", "ORACLE"] {
        load(name).err(&format!(
            "Error: `--dialect`: unknown database `{name}`\n\
             Hint: known ones: `mysql`, `mariadb`, `postgresql`, `sqlite`, `mssql`\n"
        ));
    }
    load("mariadbb").err_has("Hint: did you mean `mariadb`?\n");
}

#[test]
fn hints_are_in_the_files_words() {
    let world = World::new();
    fs::remove_file(world.path("atlas.hcl")).unwrap();
    world.write("trueup.yaml", "envs:\n  app:\n");
    world.run(&["check"]).code(2).err(
        "Error: no desired state is given\n\
         Hint: set `models`, `schema` or `program` in the environment, or give `--to file://schema.sql`\n",
    );
    world
        .run(&["load", "app.models"])
        .code(2)
        .err_has("Hint: name it with `--dialect`: mysql, mariadb, postgresql, sqlite, mssql\n");
}

#[test]
fn settings_are_missing_or_wrong() {
    let world = World::new();
    world
        .run(&["migrate", "diff", "--dev-url", "sqlite://dev?mode=memory"])
        .code(2)
        .err(
            "Error: no desired state is given\n\
         Hint: name an environment of atlas.hcl with `--env`, or give `--to file://schema.sql`\n",
        );
    for (url, name, hint) in [
        ("local://postgress", "postgress", "did you mean `postgres`?"),
        (
            "docker+oracle://x/y",
            "oracle",
            "known databases: `mysql`, `mariadb`, `postgres`, `sqlite`, `mssql`",
        ),
    ] {
        let scheme = url.split_once("://").unwrap().0;
        world.check(&["--dev-url", url]).code(2).err(&format!(
            "Error: --dev-url: unknown database `{name}` in a `{scheme}://` URL\nHint: {hint}\n"
        ));
    }
    world
        .run(&["check", "--to", "file://models.sql"])
        .code(2)
        .err(
            "Error: no dev database is set\n\
         Hint: name an environment of atlas.hcl with `--env`, or give `--dev-url`\n",
        );
    world
        .run(&["check", "--env", "loca"])
        .code(2)
        .err_has("loca");
    world
        .diff(&["a/b"])
        .code(2)
        .err_has("Error: migration name \"a/b\" contains a path separator\n");
    world.write("atlas.hcl", config("exlude = [\"x\"]"));
    world
        .check(&[])
        .code(2)
        .err_has("Error: atlas.hcl:8:3: ")
        .err_has("Hint: did you mean `exclude`?");
    world
        .run(&["migrate", "diff", "--edit", "--dry-run"])
        .code(2);
    world
        .run(&["migrate", "frob"])
        .code(2)
        .err_has("unrecognized subcommand 'frob'");
    world.run(&["check", "--format", "xml"]).code(2);
    world
        .run(&["check", "--var", "x"])
        .code(2)
        .err_has("write it as NAME=VALUE");
}
