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
        .err_has("take the version there: `git checkout main -- migrations/1_first.sql`");
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
    let config = repository.0.read("trueup.yaml");
    let run = |args: &[&str]| {
        let args = [
            &["migrate", "rebase", "--base", "main", "--env", "own"],
            args,
        ]
        .concat();
        repository.0.run(&args)
    };
    let stopped = |args: &[&str], who: &str, flags: &str| {
        let run = run(args).code(2);
        run.err_has(&format!("Error: 2_mine.sql was applied to {who}\n"))
            .err_has(&format!(
                "take it back there first (`git merge --abort`, then `trueup migrate down {flags}`), or keep its name"
            ));
        assert_eq!(repository.0.migrations(), before);
    };
    stopped(&["--applied", "staging"], "staging", "--env staging");
    stopped(
        &["--applied", "tenants"],
        "tenants (bravo)",
        "--env tenants --each bravo",
    );
    stopped(
        &["--applied", "staging,tenants"],
        "staging and tenants (bravo)",
        "--env staging",
    );
    stopped(
        &["--url", "sqlite://staging.db"],
        "the database of --url",
        "--env own --url …",
    );
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
    // A parameter goes before the URL's host.
    for url in [
        "postgres:///app?host=nowhere.invalid",
        "postgres://localhost:1/app?host=nowhere.invalid",
        "postgres://localhost:1/app?hostaddr=192.0.2.1&connect_timeout=1",
        "mysql://nowhere.invalid/app",
    ] {
        repository.0.write(
            "trueup.yaml",
            config.replace("postgres://me:hunter2@nowhere.invalid/app", url),
        );
        repository
            .0
            .run(&other)
            .code(2)
            .err_has("`--skip-applied` asks no database");
    }
    repository.0.write("trueup.yaml", &config);
    assert_eq!(repository.0.migrations(), before);
    // The user's own one has not applied it.
    let moved = "Moved 2_mine.sql to 4_mine.sql\nWrote migrations/atlas.sum\n";
    run(&[]).code(0).err(moved);
    let repository = deployed(&["staging"]);
    let skipped = [&other[..], &["--skip-applied"]].concat();
    repository.0.run(&skipped).code(0).err(moved);
}

impl Repository {
    /// `main` has so many migrations before `mine` leaves it with two, of which the database `own.db` has applied so many, and gets two
    /// more, of which it has applied some.
    fn own(base: bool, [mine, theirs]: [&str; 2]) -> Self {
        let repository = Self(World::empty());
        repository.git(&["init", "-q", "-b", "main"]);
        repository.0.write(".gitignore", "*.db\n");
        repository.0.write(
            "trueup.yaml",
            "envs:\n  own:\n    url: sqlite://own.db\n    dev: sqlite://dev?mode=memory\n",
        );
        repository.git(&["add", "."]);
        repository.git(&["commit", "-qm", "settings"]);
        if base {
            repository.add("1_first", "CREATE TABLE first (id integer);\n");
            repository
                .0
                .run(&["migrate", "apply", "--env", "own", "-q"])
                .code(0);
        }
        repository.git(&["switch", "-qc", "mine"]);
        repository.add("2_mine", "CREATE TABLE mine (id integer);\n");
        repository.add("3_mine_too", "CREATE TABLE mine_too (id integer);\n");
        repository
            .0
            .run(&["migrate", "apply", mine, "--env", "own", "-q"])
            .code(0);
        repository.git(&["switch", "-q", "main"]);
        repository.add("4_theirs", "CREATE TABLE theirs (id integer);\n");
        repository.add("5_theirs_too", "CREATE TABLE theirs_too (id integer);\n");
        repository.git(&["switch", "-q", "mine"]);
        repository.git(&["merge", "-q", "main"]);
        if theirs != "0" {
            repository.0.run(&["migrate", "hash", "-q"]).code(0);
            repository
                .0
                .run(&["migrate", "apply", theirs, "--env", "own", "-q"])
                .code(0);
        }
        repository
    }
}

/// The commands that are said make the records those of the new order, and the rest runs.
#[test]
fn a_database_of_ones_own_is_told_of_the_new_name() {
    let cases = [["1", "0"], ["2", "0"], ["2", "1"], ["2", "2"]];
    for (base, case) in [true, false]
        .into_iter()
        .flat_map(|base| cases.map(|case| (base, case)))
    {
        let repository = Repository::own(base, case);
        let rebase = ["migrate", "rebase", "--base", "main", "--env", "own"];
        let said = repository.0.run(&rebase).code(0).err;
        let (_, how) = said
            .split_once("Warning: your database has applied 2_mine.sql")
            .unwrap();
        let apply = ["migrate", "apply", "--env", "own"];
        repository.0.run(&apply).code(2);
        for command in how.split('`').skip(1).step_by(2) {
            let words: Vec<&str> = command.split(' ').skip(1).collect();
            repository.0.run(&words).code(0);
        }
        let applied = repository.0.run(&apply).code(0);
        let status = repository
            .0
            .run(&["migrate", "status", "--env", "own"])
            .code(0);
        for run in [&applied, &status] {
            assert!(!run.err.contains("edited"), "{base} {case:?}: {}", run.err);
        }
        assert!(
            status.out.starts_with("Migration Status: OK"),
            "{}",
            status.out
        );
        repository.0.run(&["drift", "--env", "own"]).code(0);
    }
    let repository = deployed(&["own"]);
    let said = repository
        .0
        .run(&["migrate", "rebase", "--base", "main", "--env", "own"])
        .code(0)
        .err;
    let how = "Warning: your database has applied 2_mine.sql; tell it what that is called now: `trueup migrate set 4 --only --env own`, \
               then `trueup migrate apply --exec-order non-linear --env own`\n";
    assert!(said.ends_with(how), "{said}");
    repository
        .0
        .run(&["migrate", "set", "4", "--only", "--env", "own"])
        .code(0)
        .out(
            "Current version is 4 (1 set, 1 removed):\n\n  + 4\n  - 2 (no file has this version)\n",
        );
    // It is told of beside others that are named, too.
    let repository = deployed(&["own"]);
    let applied = [
        "migrate",
        "rebase",
        "--base",
        "main",
        "--env",
        "own",
        "--applied",
        "staging",
    ];
    repository.0.run(&applied).code(0).err_has(how);
    // A record of a part says what ran of the file that has its version.
    let repository = deployed(&[]);
    let rest = "ALTER TABLE nowhere ADD COLUMN x integer;\n";
    let file = "migrations/2_mine.sql";
    let text = repository.0.read(file);
    repository
        .0
        .write(file, format!("-- atlas:txmode none\n\n{text}{rest}"));
    let hash = ["migrate", "hash", "-q", "--env", "own"];
    repository.0.run(&hash).code(0);
    repository
        .0
        .run(&["migrate", "apply", "--env", "own", "-q"])
        .code(2);
    let before = repository.0.migrations();
    let told = repository
        .0
        .run(&["migrate", "rebase", "2_mine.sql", "--env", "own"])
        .code(2);
    let told = told.err_has("Error: your database has applied 2_mine.sql in part\n");
    told.err_has("`trueup migrate apply --env own`, or `trueup migrate down --env own`");
    assert_eq!(repository.0.migrations(), before);
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
