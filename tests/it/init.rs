//! From a clone to a green check with `trueup init` alone, in projects of several layouts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::lab::python_bin;
use crate::loader::copy;

/// A project of `tests/data/loader`, in a repository that says which database it is for.
struct Project {
    root: tempfile::TempDir,
    /// Where trueup runs.
    work: PathBuf,
}

impl Project {
    fn new(case: &str, inner: &str, files: &[(&str, &str)]) -> Self {
        let root = tempfile::tempdir().expect("a directory");
        copy(
            &Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("tests/data/loader")
                .join(case),
            root.path(),
        );
        fs::create_dir(root.path().join(".git")).expect("a repository");
        let work = root.path().join(inner);
        for (name, text) in files {
            fs::write(work.join(name), text).expect("a file");
        }
        Self { work, root }
    }

    /// What a command says, stdout first; it must end with this code.
    fn run(&self, code: i32, args: &[&str]) -> String {
        let bin = python_bin();
        let output = Command::new(env!("CARGO_BIN_EXE_trueup"))
            .args(args)
            .current_dir(&self.work)
            .env("VIRTUAL_ENV", bin.parent().expect("an environment"))
            .output()
            .expect("a run");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let said = text(&output.stdout) + &text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
        said
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.work.join(name)).expect("a file")
    }

    /// `init`, a first migration, and a check that is green.
    fn set_up_to_green(&self) -> String {
        let said = self.run(0, &["init", "--yes"]);
        self.run(1, &["check"]);
        self.run(0, &["migrate", "diff", "initial"]);
        self.run(0, &["check"]);
        said
    }
}

#[test]
fn src_layout_for_postgres() {
    let project = Project::new(
        "src-layout",
        "",
        &[(
            "pyproject.toml",
            "[project]\ndependencies = [\"sqlalchemy\", \"psycopg[binary]>=3\"]\n",
        )],
    );
    let said = project.set_up_to_green();
    assert!(
        said.contains("Database: PostgreSQL (the driver psycopg in pyproject.toml)\n"),
        "{said}"
    );
    assert!(
        said.contains("Models: harbour.models (2 tables)\n"),
        "{said}"
    );
    let config = project.read("trueup.yaml");
    assert!(
        config
            .contains("    models: harbour.models\n    dev: local://postgres?search_path=public\n"),
        "{config}"
    );
    assert!(
        project
            .read(".github/workflows/trueup.yml")
            .contains("image: postgres:17")
    );
    // Once is enough.
    let again = project.run(0, &["init", "--yes"]);
    assert!(again.contains("Nothing is left to set up"), "{again}");
}

#[test]
fn flask_for_mariadb() {
    let files = [("requirements.txt", "flask-sqlalchemy\nmariadb\n")];
    let project = Project::new("flask-factory", "", &files);
    project.set_up_to_green();
    assert!(
        project
            .read("trueup.yaml")
            .contains("    dev: local://mariadb/dev\n")
    );
}

#[test]
fn a_service_in_a_monorepo() {
    let files = [("settings.ini", "url = sqlite:///jobs.db\n")];
    let project = Project::new("monorepo", "services/api", &files);
    let said = project.set_up_to_green();
    assert!(said.contains("Models: api.tables (2 tables)"), "{said}");
    // Workflows are the repository's.
    let workflow = project.read("../../.github/workflows/trueup-services-api.yml");
    assert!(
        workflow.contains(
            "          working-directory: services/api
"
        ),
        "{workflow}"
    );
    assert!(!workflow.contains("services:"), "{workflow}");
}

#[test]
fn a_folder_of_scripts() {
    let project = Project::new("folder-of-scripts", "", &[(".env", "DB=sqlite:///x.db\n")]);
    project.set_up_to_green();
}

#[test]
fn an_alembic_history_is_worked_on_as_it_is() {
    let project = Project::new("alembic-env", "", &[]);
    fs::write(
        project.root.path().join("migrations/versions/1_first.py"),
        "revision = 'a1'\ndown_revision = None\n\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n",
    )
    .expect("a revision");
    let template = include_str!("../data/pages/alembic/alembic/script.py.mako");
    let place = project.root.path().join("migrations/script.py.mako");
    fs::write(place, template).expect("a template");
    let said = project.set_up_to_green();
    assert!(
        said.contains("the Alembic history in migrations (head `a1`) as it is"),
        "{said}"
    );
    assert!(
        project
            .read("trueup.yaml")
            .contains("    migrations: alembic\n")
    );
}

#[test]
fn nothing_is_overwritten_or_written_unasked() {
    let project = Project::new("src-layout", "", &[]);
    let said = project.run(2, &["init"]);
    assert!(said.contains("Hint: name it with `--dialect`"), "{said}");
    let said = project.run(0, &["init", "--dialect", "sqlite"]);
    assert!(
        said.contains("+++ trueup.yaml\n") && said.contains("Give `--yes` to write them"),
        "{said}"
    );
    assert!(!project.work.join("trueup.yaml").exists());
    fs::create_dir_all(project.work.join(".github/workflows")).expect("a directory");
    fs::write(project.work.join(".github/workflows/trueup.yml"), "mine").expect("a file");
    project.run(0, &["init", "--dialect", "sqlite", "--yes"]);
    assert_eq!(project.read(".github/workflows/trueup.yml"), "mine");
    assert!(
        project
            .read("trueup.yaml")
            .contains("sqlite://dev?mode=memory")
    );
    // What an earlier run left is no use of the directory.
    fs::remove_file(project.work.join("trueup.yaml")).expect("a file");
    project.run(0, &["init", "--dialect", "sqlite", "--yes"]);
    let config = project.read("trueup.yaml");
    assert!(config.contains("    migrations: migrations\n"), "{config}");
    let said = project.run(2, &["init", "--dialect", "oracle"]);
    assert!(said.contains("unknown database `oracle`"), "{said}");
}

/// Git merges `atlas.sum` by trueup: the repository says so, and each clone has to know how.
#[test]
fn checksums_are_merged_by_trueup_in_this_clone() {
    let project = Project::new("src-layout", "", &[]);
    let git = |args: &[&str]| {
        let mut git = Command::new("git");
        git.current_dir(&project.work).args(args);
        crate::lab::run(git)
    };
    git(&["init", "-q"]);
    let init = ["init", "--dialect", "sqlite", "--yes"];
    let said = project.run(0, &init);
    assert!(
        said.contains("+++ migrations/.gitattributes\n")
            && said.contains("+atlas.sum merge=trueup\n")
            && said.contains(
                "\n$ git config merge.trueup.driver 'trueup migrate merge-sum %O %A %B %P'\n"
            ),
        "{said}"
    );
    let driver = ["config", "--get", "merge.trueup.driver"];
    assert_eq!(git(&driver), "trueup migrate merge-sum %O %A %B %P\n");
    let attribute = git(&["check-attr", "merge", "migrations/atlas.sum"]);
    assert_eq!(attribute, "migrations/atlas.sum: merge: trueup\n");
    project.run(0, &["migrate", "diff", "initial"]);
    // What another clone lacks, and what somebody chose.
    git(&["config", "--unset", driver[2]]);
    let said = project.run(0, &init);
    assert!(
        said.contains("Set git's merge driver for atlas.sum, in this clone"),
        "{said}"
    );
    git(&["config", driver[2], "mine"]);
    fs::remove_file(project.work.join("migrations/.gitattributes")).expect("a file");
    fs::write(project.work.join(".gitattributes"), "atlas.sum -merge\n").expect("a file");
    let said = project.run(0, &init);
    assert!(said.contains("Nothing is left to set up"), "{said}");
    assert_eq!(git(&driver), "mine\n");
}

#[test]
fn what_nothing_tells_apart_is_asked_for() {
    let packages = ("requirements.txt", "psycopg\npymysql\n");
    let project = Project::new("src-layout", "", &[packages]);
    let said = project.run(2, &["init", "--yes"]);
    assert!(
        said.contains("says one database as likely as another\n")
            && said.contains("MySQL (the driver pymysql in requirements.txt)")
            && said.contains("PostgreSQL (the driver psycopg in requirements.txt)")
            && said.contains("`--dialect`: mysql, postgresql"),
        "{said}"
    );
    fs::write(
        project.work.join("settings.py"),
        "URL = 'postgresql://db/app'\n",
    )
    .expect("a file");
    let said = project.run(0, &["init"]);
    assert!(
        said.contains("  also mentioned: MySQL (the driver pymysql in requirements.txt)"),
        "{said}"
    );
}

#[test]
fn scripts_are_no_models_and_quiet_is_quiet() {
    let project = Project::new("src-layout", "", &[]);
    fs::create_dir(project.work.join("scripts")).expect("a directory");
    fs::write(
        project.work.join("scripts/seed.py"),
        "import sqlalchemy as sa\nsa.Table('seed', sa.MetaData(), sa.Column('id', sa.Integer))\n",
    )
    .expect("a file");
    let said = project.run(0, &["init", "-q", "--yes", "--dialect", "sqlite"]);
    assert_eq!(said, "");
    assert!(
        project
            .read("trueup.yaml")
            .contains("models: harbour.models\n")
    );
}

#[test]
fn a_src_layout_with_relative_imports_and_a_build_of_it() {
    let project = Project::new("src-relative", "", &[]);
    let said = project.run(0, &["init", "--dialect", "sqlite"]);
    assert!(said.contains("Models: depot.models (1 table)\n"), "{said}");
}
