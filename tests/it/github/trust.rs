//! A pull request's config is the pull request's code: what it may read and name in the Action, and that the command line has
//! no such limits.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::fake::Fake;
use super::step::{AFTER, CONFIG, MISSING, Runner, Step, comments, token, world};
use crate::lab::{Postgres, run};

const SRC: &str = "src = data.external_schema.models.url";
const DEV: &str = "dev = \"sqlite://dev?mode=memory\"";
const DIR: &str = "dir = \"file://migrations\"";

/// A checkout with links and a neighbour, in which configs are tried.
struct Place {
    fake: Fake,
}

impl Place {
    fn new() -> Self {
        let fake = Fake::start();
        fake.seed(&world(&token()));
        Self { fake }
    }

    fn runner(&self) -> Runner<'_> {
        Runner::new(&self.fake)
    }

    /// Runs the Action with the config that `edit` makes of the usual one.
    fn run(runner: &Runner<'_>, workspace: &Path, config: &str) -> Step {
        fs::write(workspace.join("atlas.hcl"), config).expect("a config");
        runner.run(workspace.to_owned())
    }
}

/// Everything that the run shows.
fn shown(place: &Place, step: &Step) -> String {
    let report = step.file("report.json");
    let comments = comments(&place.fake).join("\n");
    format!("{}\n{}\n{comments}\n{report}", step.said(), step.summary)
}

fn prepare(workspace: &Path) {
    let outside = workspace.parent().expect("a directory").join("outside");
    fs::create_dir_all(&outside).expect("a directory");
    fs::write(outside.join("x.sql"), "outside-words are here\n").expect("a file");
    symlink(&outside, workspace.join("away")).expect("a link");
    symlink(outside.join("x.sql"), workspace.join("away.sql")).expect("a link");
    fs::create_dir(workspace.join("parts")).expect("a directory");
    fs::write(workspace.join("parts/name"), "app").expect("a file");
    symlink(outside.join("x.sql"), workspace.join("parts/a.sql")).expect("a link");
}

#[test]
fn what_is_out_of_bounds_is_refused_at_its_place() {
    let place = Place::new();
    let runner = place
        .runner()
        .variable("HIDDEN", "hidden-words are here")
        .variable("OPEN", "x")
        .input("provider-env", "OPEN");
    let workspace = runner.step("feature").workspace;
    prepare(&workspace);
    let outside = workspace.parent().expect("a directory").join("outside");
    let outside = outside.display();
    let exclude = |value: &str| CONFIG.replace(DEV, &format!("{DEV}\n  exclude = [{value}]"));
    let file = |path: &str| exclude(&format!("file(\"{path}\")"));
    let src = |value: &str| CONFIG.replace(SRC, &format!("src = {value}"));
    let dev = |value: &str| CONFIG.replace(DEV, &format!("dev = \"{value}\""));
    let server = "names a server (`postgres://`)";
    for (config, message) in [
        (
            file("/etc/passwd"),
            "cannot read `/etc/passwd`: it is not in the workspace",
        ),
        (file("/proc/self/environ"), "it is not in the workspace"),
        (file("../outside/x.sql"), "it is not in the workspace"),
        (
            file("parts/../../outside/x.sql"),
            "it is not in the workspace",
        ),
        (
            file(".git/config"),
            "cannot read `.git/config`: it is in `.git`",
        ),
        (
            file("away/x.sql"),
            "it is a link, or is reached through one",
        ),
        (file("away.sql"), "it is a link, or is reached through one"),
        (
            exclude("join(\",\", fileset(\"/etc/pass*\"))"),
            "it is not in the workspace",
        ),
        (
            exclude("join(\",\", glob(\"../outside/*\"))"),
            "it is not in the workspace",
        ),
        (
            src(&format!("\"file://{outside}/x.sql\"")),
            "x.sql is not in the workspace",
        ),
        (
            src("\"file:///proc/self/environ\""),
            "`src`: /proc/self/environ is not in the workspace",
        ),
        (src("\"file://away.sql\""), "`src`: away.sql is a link"),
        (src("\"file://away/\""), "`src`: away is a link"),
        (src("\"file://parts\""), "`src`: parts/a.sql is a link"),
        (src("\"file://.git/\""), "is in `.git`"),
        (
            src("\"sqlite:///etc/x.db\""),
            "`src`: /etc/x.db is not in the workspace",
        ),
        (src("\"postgres://app@db.example/app\""), server),
        (
            CONFIG.replace("program = ", "working_dir = \"..\"\n  program = "),
            "`working_dir`: .. is not in the workspace",
        ),
        (
            CONFIG.replace(DIR, "dir = \"file:///etc\""),
            "`dir`: /etc is not in the workspace",
        ),
        (
            CONFIG.replace(DIR, "dir = \"file://away\""),
            "`dir`: away is a link",
        ),
        (dev("postgres://u:hunter22@db.example/dev"), server),
        (
            dev("mysql://u@db.example/dev"),
            "names a server (`mysql://`)",
        ),
        (
            dev("docker+postgres://ghcr.io/evil/image:1/dev"),
            "names an image that is not official",
        ),
        (
            dev("docker://pgvector/pg17/dev"),
            "names an image that is not official",
        ),
        (
            dev("sqlite:///etc/x.db"),
            "`dev`: /etc/x.db is not in the workspace",
        ),
        (dev("sqlite://away/x.db"), "`dev`: away/x.db is a link"),
        (
            dev("${getenv(\"HIDDEN\")}"),
            "the environment variable `HIDDEN` may not be read",
        ),
        (exclude("getenv(\"PATH\")"), "provider-env: PATH"),
        (
            CONFIG.replace(DEV, &format!("{DEV}\n  schemas = [\"a\\nhidden-words\"]")),
            "`schemas` holds a line break",
        ),
    ] {
        let step = Place::run(&runner, &workspace, &config);
        step.expect(2, "error");
        let said = step.said();
        assert!(said.contains(message), "no {message:?} in {said}");
        let all = shown(&place, &step);
        for words in ["outside-words", "hidden-words are", "root:", "hunter22"] {
            assert!(!all.contains(words), "{words}: {all}");
        }
    }
    let step = Place::run(&runner, &workspace, &dev("postgres://u@db.example/dev"));
    assert!(
        step.said().contains("::error file=atlas.hcl,line="),
        "{}",
        step.said()
    );
    assert!(
        step.said().contains("workflow's input `dev-url`"),
        "{}",
        step.said()
    );

    // The config file itself.
    fs::rename(
        workspace.join("atlas.hcl"),
        workspace.join("parts/atlas.hcl"),
    )
    .expect("moved");
    symlink("parts/atlas.hcl", workspace.join("atlas.hcl")).expect("a link");
    let step = runner.run(workspace);
    step.expect(2, "error");
    let message = "config file `atlas.hcl` is a link, or is reached through one";
    assert!(step.said().contains(message), "{}", step.said());
    place.fake.expect_no_violations();
}

#[test]
fn trueup_yaml_has_the_same_bounds() {
    const YAML: &str = "envs:\n  app:\n    program: [cat, models.sql]\n    dev: sqlite://dev?mode=memory\n    \
                        migrations: migrations\n    schemas: []\n    format: {migrate: {diff: '{{ sql . \"  \" }}'}}\n";
    let place = Place::new();
    let runner = place
        .runner()
        .input("env", "")
        .variable("HIDDEN", "hidden-words are here")
        .variable("OPEN", "models.sql")
        .input("provider-env", "OPEN");
    let workspace = runner.step("feature").workspace;
    prepare(&workspace);
    let outside = workspace.parent().expect("a directory").join("outside");
    let outside = outside.display();
    let run = |config: &str| {
        fs::write(workspace.join("trueup.yaml"), config).expect("a config");
        runner.run(workspace.clone())
    };
    let both = run(YAML);
    both.expect(2, "error");
    let said = both.said();
    assert!(
        said.contains("both `trueup.yaml` and `atlas.hcl` are here")
            && said.contains("`config: trueup.yaml`"),
        "{said}"
    );
    fs::remove_file(workspace.join("atlas.hcl")).expect("it is there");
    let schemas = |value: &str| YAML.replace("[]", &format!("['{value}']"));
    let src = |value: &str| YAML.replace("program: [cat, models.sql]", value);
    let dev = |value: &str| YAML.replace("sqlite://dev?mode=memory", value);
    let server = "names a server (`postgres://`)";
    for (config, message) in [
        (schemas("${HIDDEN}"), "`provider-env: HIDDEN`"),
        (schemas("${HIDDEN:-x}"), "`provider-env: HIDDEN`"),
        (
            schemas("${file:/etc/passwd}"),
            "cannot read `/etc/passwd`: it is not in the workspace",
        ),
        (schemas("${file:.git/config}"), "it is in `.git`"),
        (
            schemas("${file:away.sql}"),
            "it is a link, or is reached through one",
        ),
        (
            src("schema: /proc/self/environ"),
            "`schema`: /proc/self/environ is not in the workspace",
        ),
        (
            src(&format!("schema: {outside}/x.sql")),
            "x.sql is not in the workspace",
        ),
        (src("schema: away.sql"), "`schema`: away.sql is a link"),
        (src("schema: parts"), "`schema`: parts/a.sql is a link"),
        (src("schema: postgres://app@db.example/app"), server),
        (
            src("program: {command: cat, working_dir: ..}"),
            "`working_dir`: .. is not in the workspace",
        ),
        (
            YAML.replace(": migrations", ": /etc"),
            "`migrations`: /etc is not in the workspace",
        ),
        (dev("postgres://u:hunter22@db.example/dev"), server),
        (
            dev("docker+postgres://ghcr.io/evil/image:1/dev"),
            "names an image that is not official",
        ),
        (
            dev("sqlite:///etc/x.db"),
            "`dev`: /etc/x.db is not in the workspace",
        ),
    ] {
        let step = run(&config);
        step.expect(2, "error");
        let said = step.said();
        assert!(said.contains(message), "no {message:?} in {said}");
        assert!(!said.contains("atlas.hcl"), "{said}");
        for words in ["outside-words", "hidden-words are", "root:", "hunter22"] {
            assert!(!said.contains(words), "{words}: {said}");
        }
    }
    let step = run(&dev("postgres://u@db.example/dev"));
    assert!(
        step.said().contains("::error file=trueup.yaml,line="),
        "{}",
        step.said()
    );

    // What the Action does not need is not read, and the only environment need not be named.
    let step = run(&YAML.replace(
        "[cat, models.sql]",
        "[cat, '${OPEN}']\n    url: ${DATABASE_URL}",
    ));
    step.expect(1, "drift");
    let fix = "trueup migrate diff";
    assert!(
        step.summary.contains(fix) && !step.summary.contains("--env"),
        "{}",
        step.summary
    );
    place.fake.expect_no_violations();
}

#[test]
fn what_is_in_bounds_is_read() {
    let server = Postgres::start();
    let place = Place::new();
    let runner = place
        .runner()
        .variable("OPEN", "models.sql")
        .variable("DATABASE_URL", "postgres://prod")
        .input("provider-env", "OPEN");
    let workspace = runner.step("feature").workspace;
    prepare(&workspace);
    // What the Action does not need is not read.
    let config = CONFIG
        .replace("\"models.sql\"]", "getenv(\"OPEN\")]")
        .replace(
            DEV,
            "dev = \"${trimspace(file(\"parts/dev\"))}\"
  url = getenv(\"DATABASE_URL\")
  my_home = getenv(\"HOME\")
  exclude = [try(getenv(\"HIDDEN\"), \"fallback\")]",
        );
    fs::write(workspace.join("parts/dev"), "sqlite://dev?mode=memory\n").expect("a file");
    let step = Place::run(&runner, &workspace, &config);
    step.expect(1, "drift");
    assert_eq!(step.file("missing.sql"), MISSING);
    let said = step.said();
    assert!(said.contains("\"fallback\" matches nothing"), "{said}");

    // What the workflow names may be anywhere, and wins over what can't be read.
    let config = CONFIG.replace(DEV, "dev = getenv(\"DEV_URL\")");
    let runner = runner.input("dev-url", &server.url(&server.database()));
    let step = Place::run(&runner, &workspace, &config);
    assert!(
        step.said().contains("Drifted") || step.said().contains("syntax"),
        "{}",
        step.said()
    );
    let outside = workspace.parent().expect("a directory").join("models.sql");
    fs::write(&outside, AFTER).expect("a file");
    let runner = runner
        .input("dev-url", "sqlite://dev?mode=memory")
        .input("ddl-file", &outside.display().to_string());
    let config = CONFIG.replace(SRC, "src = getenv(\"NOT_NEEDED\")");
    let step = Place::run(&runner, &workspace, &config);
    step.expect(1, "drift");

    // In the checkout its file may be the pull request's link.
    let runner = runner.input("ddl-file", "away.sql");
    let step = Place::run(&runner, &workspace, &config);
    step.expect(2, "error");
    let message = "Error: input `ddl-file`: away.sql is a link, or is reached through one";
    assert!(step.said().contains(message), "{}", step.said());
}

#[test]
fn of_a_file_that_is_no_sql_one_line_is_shown() {
    let place = Place::new();
    let config = CONFIG.replace(SRC, "src = \"file://.env\"");
    let text = "SELECT 1;\nA=first-words\nB=second-words\nC=third-words;\n";
    place.fake.push(&json!({"repository": "acme/shop", "branch": "feature", "files": {"atlas.hcl": config, ".env": text}}));
    let step = place.runner().step("feature");
    step.expect(2, "error");
    let all = shown(&place, &step);
    assert!(all.contains(".env:2:1"), "{all}");
    assert!(all.contains("A=first-words"), "{all}");
    assert!(
        !all.contains("second-words") && !all.contains("third-words"),
        "{all}"
    );

    let config = CONFIG.replace("format {", "format {\n    x = file(\".env\")");
    let config = config.replace(DIR, &format!("{DIR}\n    format = file(\".env\")"));
    place.fake.push(
        &json!({"repository": "acme/shop", "branch": "feature", "files": {"atlas.hcl": config}}),
    );
    let step = place.runner().step("feature");
    step.expect(2, "error");
    let all = shown(&place, &step);
    assert!(all.contains("unknown directory format"), "{all}");
    assert!(!all.contains("second-words"), "{all}");
}

/// The user's own config reads what the user may read.
#[test]
fn the_command_line_has_no_limits() {
    let dir = tempfile::tempdir().expect("a directory");
    let work = dir.path().join("work");
    fs::create_dir(&work).expect("a directory");
    fs::write(dir.path().join("dev"), "sqlite://dev?mode=memory").expect("a file");
    fs::write(dir.path().join("models.sql"), AFTER).expect("models");
    symlink("../models.sql", work.join("models.sql")).expect("a link");
    symlink("../atlas.hcl", work.join("atlas.hcl")).expect("a link");
    let config = CONFIG
        .replace(DEV, "dev = file(\"../dev\")\n  url = getenv(\"NOT_SET\")")
        .replace(SRC, "src = getenv(\"MODELS\")")
        .replace(DIR, "dir = \"file://../migrations\"");
    fs::write(dir.path().join("atlas.hcl"), config).expect("a config");
    let mut diff = Command::new(env!("CARGO_BIN_EXE_trueup"));
    diff.args(["migrate", "diff", "--env", "app", "--dry-run"]);
    diff.env("MODELS", "file://models.sql").current_dir(&work);
    assert!(run(diff).contains("CREATE TABLE `users`"));
}
