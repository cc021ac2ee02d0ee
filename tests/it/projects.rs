//! Models of real projects, from PyPI: a first migration from nothing, applied with the engine's own client, gives what
//! SQLAlchemy itself makes, and leaves nothing for a second one.

use crate::lab::Postgres;
use crate::project::Project;

const SYNCED: &str =
    "The migration directory is synced with the desired state, no changes to be made\n";

/// Builds JupyterHub's tables past all migrations: argument is the URL.
const CREATE_ALL: &str = "
import sys, sqlalchemy
from jupyterhub.orm import Base
Base.metadata.create_all(sqlalchemy.create_engine(sys.argv[1]))
";

fn diff(project: &Project, dialect: &str, dev: &str) -> String {
    let (dialect, dev) = (format!("dialect={dialect}"), format!("dev={dev}"));
    project.trueup_exits(
        0,
        &[
            "migrate", "diff", "--env", "hub", "--var", &dialect, "--var", &dev,
        ],
    )
}

fn first_migration(dialect: &str, dev: &str) -> Project {
    let project = Project::copy("tests/projects/jupyterhub");
    diff(&project, dialect, dev);
    let files = project.migrations();
    assert_eq!(files.len(), 1, "{files:?}");
    let tables = files[0].1.matches("CREATE TABLE").count();
    assert!(tables >= 14, "{tables} tables:\n{}", files[0].1);
    assert_eq!(diff(&project, dialect, dev), SYNCED);
    assert_eq!(project.migrations(), files);
    project
}

fn assert_same(wanted: &str, got: &str) {
    let diff = similar::TextDiff::from_lines(wanted, got);
    assert!(
        wanted == got,
        "{}",
        diff.unified_diff().header("wanted", "got")
    );
}

#[test]
fn jupyterhub_on_sqlite() {
    let project = first_migration("sqlite", "sqlite://dev?mode=memory");
    let wanted = project.path("wanted.db");
    project.python(CREATE_ALL, &[&format!("sqlite:///{}", wanted.display())]);
    assert_same(
        &project.sqlite_schema(&wanted),
        &project.apply_with_sqlite3(),
    );
}

#[test]
fn jupyterhub_on_postgres() {
    let project = first_migration("postgresql", "local://postgres");
    let server = Postgres::start();
    server.create("wanted");
    let url = format!(
        "postgresql+psycopg2://postgres@/wanted?host={}",
        server.socket_dir().display()
    );
    project.python(CREATE_ALL, &[&url]);
    assert_same(
        &server.dump("wanted"),
        &project.apply_with_psql(&server, "applied"),
    );
}
