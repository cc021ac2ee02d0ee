//! `migrate rebase`, in real repositories: migrations of two branches that come together.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::{Command, Output};

use crate::cli_world::{Run, World};

/// A repository whose branch `main` has one migration.
pub(crate) struct Repository(pub(crate) World);

impl Repository {
    pub(crate) fn new() -> Self {
        let repository = Self(World::empty());
        repository.git(&["init", "-q", "-b", "main"]);
        repository.add("1_first", "CREATE TABLE first (id integer);\n");
        repository
    }

    pub(crate) fn git(&self, args: &[&str]) -> Output {
        let mut command = Command::new("git");
        command.current_dir(self.0.path("")).args([
            "-c",
            "user.name=x",
            "-c",
            "user.email=x@example.com",
        ]);
        command
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .args(args)
            .output()
            .unwrap()
    }

    /// Commits a migration.
    pub(crate) fn add(&self, name: &str, sql: &str) {
        self.0.write(&format!("migrations/{name}.sql"), sql);
        self.0.run(&["migrate", "hash", "-q"]).code(0);
        self.git(&["add", "."]);
        assert!(self.git(&["commit", "-qm", name]).status.success());
    }

    /// `main` and the branch `mine` each get a migration, and `main` is merged into `mine`.
    fn met(&self, mine: &str, theirs: &str) {
        self.git(&["switch", "-qc", "mine"]);
        self.add(mine, "CREATE TABLE mine (id integer);\n");
        self.git(&["switch", "-q", "main"]);
        self.add(theirs, "CREATE TABLE theirs (id integer);\n");
        self.git(&["switch", "-q", "mine"]);
        let merged = self.git(&["merge", "main"]);
        assert!(!merged.status.success(), "{merged:?}");
    }

    pub(crate) fn rebase(&self, more: &[&str]) -> Run {
        let args = ["migrate", "rebase", "--dev-url", "sqlite://dev?mode=memory"];
        self.0.run(&[&args, more].concat())
    }
}

#[test]
fn a_conflict_in_the_checksums_is_settled_by_new_versions() {
    let repository = Repository::new();
    repository.met("2_mine", "3_theirs");
    let said = repository.rebase(&[]).code(0).out("").err;
    assert_eq!(
        said,
        "Moved 2_mine.sql to 4_mine.sql\nWrote migrations/atlas.sum\n"
    );
    assert_eq!(
        repository.0.migrations(),
        ["1_first.sql", "3_theirs.sql", "4_mine.sql"]
    );
    repository.0.run(&["migrate", "validate"]).code(0);
    repository.git(&["add", "-A"]);
    assert!(repository.git(&["commit", "-qm", "merge"]).status.success());
    assert!(repository.git(&["status", "--porcelain"]).stdout.is_empty());
    // Once more, and with the branch by name: nothing is to be done.
    repository
        .rebase(&["--base", "main"])
        .code(0)
        .err("migrations is in order\n");
}

#[test]
fn what_comes_last_already_keeps_its_name() {
    let repository = Repository::new();
    repository.met("3_mine", "2_theirs");
    repository
        .rebase(&[])
        .code(0)
        .err("Wrote migrations/atlas.sum\n");
    assert_eq!(
        repository.0.migrations(),
        ["1_first.sql", "2_theirs.sql", "3_mine.sql"]
    );
    repository.0.run(&["migrate", "validate"]).code(0);
}

#[test]
fn commits_that_git_replays_move_too() {
    let repository = Repository::new();
    repository.git(&["switch", "-qc", "mine"]);
    repository.add("2_mine", "CREATE TABLE mine (id integer);\n");
    repository.git(&["switch", "-q", "main"]);
    repository.add("3_theirs", "CREATE TABLE theirs (id integer);\n");
    repository.git(&["switch", "-q", "mine"]);
    assert!(!repository.git(&["rebase", "main"]).status.success());
    repository
        .rebase(&[])
        .code(0)
        .err_has("Moved 2_mine.sql to 4_mine.sql");
    repository.git(&["add", "-A"]);
    let done = repository.git(&["-c", "core.editor=true", "rebase", "--continue"]);
    assert!(done.status.success(), "{done:?}");
    repository.0.run(&["migrate", "validate"]).code(0);
}

#[test]
fn a_base_that_is_not_merged_or_edited_is_named() {
    let repository = Repository::new();
    repository.git(&["switch", "-qc", "mine"]);
    repository.git(&["switch", "-q", "main"]);
    repository.add("3_theirs", "CREATE TABLE theirs (id integer);\n");
    repository.git(&["switch", "-q", "mine"]);
    let told = repository.rebase(&["--base", "main"]).code(2);
    let told = told.err_has("Error: 3_theirs.sql of main is not here\n");
    told.err_has("bring it in first: `git merge main`");
    repository
        .rebase(&[])
        .code(2)
        .err_has("name it: `--base main`");
    repository.0.write(
        "migrations/1_first.sql",
        "CREATE TABLE other (id integer);\n",
    );
    repository.git(&["merge", "-q", "main"]);
    repository
        .rebase(&["--base", "main"])
        .code(2)
        .err_has("take the version there: `git checkout main -- 1_first.sql`");
}

#[test]
fn nothing_is_written_where_the_new_order_fails() {
    let repository = Repository::new();
    repository.add("2_table", "CREATE TABLE t (id integer);\n");
    repository.add("3_index", "CREATE INDEX i ON t (id);\n");
    let before = repository.0.snapshot();
    repository
        .rebase(&["2_table.sql"])
        .code(2)
        .err_has("no such table: main.t");
    assert_eq!(repository.0.snapshot(), before);
    repository
        .rebase(&["migrations/3_index.sql"])
        .code(0)
        .err_has("Moved 3_index.sql to 4_index.sql");
    repository
        .rebase(&["5.sql"])
        .code(2)
        .err_has("migrations has no migration 5.sql");
}

/// Environments: the user's own database, `staging`, and two tenants; all are at `1`, and of those that are named `2_mine` was
/// applied, too, before `3_theirs` came in.
fn deployed(mine: &[&str]) -> Repository {
    let repository = Repository::new();
    repository.0.write(".gitignore", "*.db\n");
    let apply = |name: &str| {
        let url = format!("sqlite://{name}.db");
        let args = ["migrate", "apply", "--url", &url, "-q"];
        repository.0.run(&args).code(0);
    };
    ["own", "staging", "acme", "bravo"]
        .into_iter()
        .for_each(apply);
    repository.git(&["switch", "-qc", "mine"]);
    repository.add("2_mine", "CREATE TABLE mine (id integer);\n");
    mine.iter().copied().for_each(apply);
    repository.git(&["switch", "-q", "main"]);
    repository.add("3_theirs", "CREATE TABLE theirs (id integer);\n");
    repository.git(&["switch", "-q", "mine"]);
    repository.git(&["merge", "-q", "main"]);
    let each = "    for_each: [acme, bravo]\n    url: sqlite://${each}.db\n";
    repository.0.write(
        "trueup.yaml",
        format!(
            "defaults:\n  dev: sqlite://dev?mode=memory\nenvs:\n  own:\n    url: sqlite://own.db\n  staging:\n    url: sqlite://staging.db\n  \
             tenants:\n{each}  far:\n    url: sqlite://nowhere/app.db\n  unset:\n    url: ${{NOWHERE}}\n  \
             other:\n    url: postgres://me:hunter2@nowhere.invalid/app\n"
        ),
    );
    repository
}

#[test]
fn what_a_shared_database_has_applied_keeps_its_name() {
    let repository = deployed(&["staging", "bravo"]);
    let before = repository.0.migrations();
    let run = |args: &[&str]| {
        let args = [
            &["migrate", "rebase", "--base", "main", "--env", "own"],
            args,
        ]
        .concat();
        repository.0.run(&args)
    };
    let stopped = |args: &[&str], who: &str| {
        let run = run(args).code(2);
        run.err_has(&format!("Error: 2_mine.sql was applied to {who}\n"))
            .err_has("take it back there first (`trueup migrate down`), or keep its name");
        assert_eq!(repository.0.migrations(), before);
    };
    stopped(&["--applied", "staging"], "staging");
    stopped(&["--applied", "tenants"], "tenants (bravo)");
    stopped(
        &["--applied", "staging,tenants"],
        "staging and tenants (bravo)",
    );
    stopped(&["--url", "sqlite://staging.db"], "the database of --url");
    // What does not answer stops it, too.
    for (name, why) in [
        ("far", "what far has applied is not known: "),
        (
            "unset",
            "`url` is empty: the environment variable `NOWHERE` is not set",
        ),
        ("gone", "env `gone` is not defined in trueup.yaml"),
    ] {
        let told = run(&["--applied", name]).code(2).err_has(why).err;
        assert!(!told.contains("hunter2"), "{told}");
    }
    let other = ["migrate", "rebase", "--base", "main", "--env", "other"];
    repository
        .0
        .run(&other)
        .code(2)
        .err_has("`--skip-applied` asks no database");
    assert_eq!(repository.0.migrations(), before);
    // The user's own one has not applied it.
    let moved = "Moved 2_mine.sql to 4_mine.sql\nWrote migrations/atlas.sum\n";
    run(&[]).code(0).err(moved);
    let repository = deployed(&["staging"]);
    let skipped = [&other[..], &["--skip-applied"]].concat();
    repository.0.run(&skipped).code(0).err(moved);
}

/// The commands that are said make the records those of the new order, and the rest runs.
#[test]
fn a_database_of_ones_own_is_told_of_the_new_name() {
    let repository = deployed(&["own"]);
    let said = repository
        .0
        .run(&["migrate", "rebase", "--base", "main", "--env", "own"])
        .code(0)
        .err;
    let how = "Warning: your database has applied 2_mine.sql; tell it what that is called now: `trueup migrate set 1 --env own`, then \
               `trueup migrate apply 1 --env own`, then `trueup migrate set 4 --env own`\n";
    assert!(said.ends_with(how), "{said}");
    let apply = ["migrate", "apply", "--env", "own"];
    repository.0.run(&apply).code(2);
    for command in how.split('`').skip(1).step_by(2) {
        let words: Vec<&str> = command.split(' ').skip(1).collect();
        repository.0.run(&words).code(0);
    }
    repository.0.run(&apply).code(0);
    let drift = repository.0.run(&["drift", "--env", "own"]);
    drift.code(0);
    // One that can't be asked is the user's to think of.
    let repository = deployed(&[]);
    repository.0.write(
        "own.db",
        "not a database, but a text that is longer than a header of one would be",
    );
    let said = repository
        .0
        .run(&["migrate", "rebase", "--base", "main", "--env", "own"])
        .code(0)
        .err;
    assert!(
        said.starts_with("Warning: what own has applied is not known"),
        "{said}"
    );
}

#[test]
fn what_both_branches_did_is_planned_anew_by_hand() {
    let repository = Repository::new();
    let met = |mine: &str| {
        repository.git(&["switch", "-qc", mine]);
        repository.add(&format!("2_{mine}"), "CREATE TABLE both (id integer);\n");
        repository.git(&["switch", "-q", "main"]);
    };
    met("mine");
    repository.add("3_theirs", "CREATE TABLE both (id integer);\n");
    repository.git(&["switch", "-q", "mine"]);
    repository.git(&["merge", "main"]);
    repository.0.write(
        "models.sql",
        "CREATE TABLE first (id integer);\nCREATE TABLE both (id integer);\n",
    );
    repository.0.write(
        "trueup.yaml",
        "envs:\n  app:\n    schema: models.sql\n    dev: sqlite://dev?mode=memory\n",
    );
    repository
        .rebase(&[])
        .code(2)
        .err_has("table both already exists")
        .err_has(
            "remove yours and plan it anew: `trueup migrate hash`, then `trueup migrate diff`",
        );
    std::fs::remove_file(repository.0.path("migrations/2_mine.sql")).unwrap();
    repository.0.run(&["migrate", "hash", "-q"]).code(0);
    repository
        .0
        .run(&["migrate", "diff"])
        .code(0)
        .out("The migration directory is synced with the desired state, no changes to be made\n");
}
