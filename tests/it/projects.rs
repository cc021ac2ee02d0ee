//! Models of real projects, from PyPI: a first migration from nothing, applied with the engine's own client, gives what
//! SQLAlchemy itself makes, and leaves nothing for a second one. Then from an earlier version of the project to its newest
//! and back, on a database with rows.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::lab::{Postgres, python_bin, run};
use crate::mysql_server::Server;
use crate::project::Project;

const SYNCED: &str =
    "The migration directory is synced with the desired state, no changes to be made\n";

/// A project, and an earlier version of it from `scripts/requirements-older.txt`.
struct Package {
    name: &'static str,
    older: &'static str,
    /// The module of its models.
    models: &'static str,
    /// Tables that get no rows.
    empty: &'static str,
}

const JUPYTERHUB: Package = Package {
    name: "jupyterhub",
    older: "1.5.1",
    models: "sqlalchemy://jupyterhub.orm",
    // Its newest version has a column that takes no NULL and has no default, which engines refuse on rows.
    empty: "services",
};
const OPTUNA: Package = Package {
    name: "optuna",
    older: "3.0.6",
    models: "sqlalchemy://optuna.storages._rdb.models",
    // A check allows one row.
    empty: "version_info",
};

/// Around all migrations. Arguments: what to do, the database's URL, the package, the directory of another version of it
/// or nothing, the tables that get no rows.
///
/// `create` builds what the models say, `fill` writes two rows into each table, `rows` prints each column's values.
const PYTHON: &str = r#"
import datetime, json, sys
import sqlalchemy as sa
from load_models import model

what, url, package, older, empty = sys.argv[1:]
engine = sa.create_engine(url)

def value(column, number):
    for key in column.foreign_keys:
        return None if key.column.table.name in empty.split() else value(key.column, number)
    kind = column.type
    if isinstance(kind, sa.types.TypeDecorator):
        kind = kind.impl
    if isinstance(kind, sa.Enum):
        return (list(kind.enum_class) if kind.enum_class else kind.enums)[0]
    for types, made in (
        (sa.DateTime, datetime.datetime(2026, 1, number)),
        (sa.Boolean, True),
        ((sa.Integer, sa.Float), number),
        (sa.LargeBinary, b"x"),
    ):
        if isinstance(kind, types):
            return made
    return str(number)

if what == "create":
    model(package, older).metadata.create_all(engine)
elif what == "fill":
    with engine.begin() as connection:
        for table in model(package, older).metadata.sorted_tables:
            if table.name not in empty.split():
                for number in (1, 2):
                    row = {column.name: value(column, number) for column in table.columns}
                    connection.execute(table.insert().values(row))
else:
    tables = sa.MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        print(json.dumps({
            f"{table.name}.{column.name}": sorted(str(row[0]) for row in connection.execute(sa.select(column)))
            for table in tables.sorted_tables
            for column in table.columns
        }))
"#;

/// An engine without us: databases, SQLAlchemy's URLs of them, the engine's client and its own words for a schema.
trait Target {
    fn dialect(&self) -> &'static str;
    fn dev(&self, project: &Project) -> String;
    fn create(&self, name: &str) -> String;
    fn url(&self, project: &Project, db: &str) -> String;
    fn apply(&self, project: &Project, db: &str, file: &Path);
    fn dump(&self, project: &Project, db: &str) -> String;
}

/// Files in the project's directory.
struct Sqlite;

impl Target for Sqlite {
    fn dialect(&self) -> &'static str {
        "sqlite"
    }

    fn dev(&self, _: &Project) -> String {
        "sqlite://dev?mode=memory".to_owned()
    }

    fn create(&self, name: &str) -> String {
        format!("{name}.db")
    }

    fn url(&self, project: &Project, db: &str) -> String {
        format!("sqlite:///{}", project.path(db).display())
    }

    fn apply(&self, project: &Project, db: &str, file: &Path) {
        let mut client = project.command("sqlite3");
        client.args(["-bail", "-cmd", "PRAGMA foreign_keys = on"]);
        client.arg(db).arg(format!(".read {}", file.display()));
        run(client);
    }

    /// Without names of constraints: one that only one version gives is not a difference.
    fn dump(&self, project: &Project, db: &str) -> String {
        let unnamed = |line: &str| {
            let rest = line.strip_prefix("  constraint ")?;
            rest.split_once(' ').map(|(_, rest)| format!("  {rest}"))
        };
        let mut lines: Vec<String> = project
            .sqlite_schema(&project.path(db))
            .lines()
            .map(|line| unnamed(line).unwrap_or_else(|| line.to_owned()))
            .collect();
        lines.sort();
        lines.join("\n")
    }
}

impl Target for Postgres {
    fn dialect(&self) -> &'static str {
        "postgresql"
    }

    fn dev(&self, _: &Project) -> String {
        "local://postgres".to_owned()
    }

    fn create(&self, _: &str) -> String {
        self.database()
    }

    fn url(&self, _: &Project, db: &str) -> String {
        self.sqlalchemy_url(db)
    }

    fn apply(&self, _: &Project, db: &str, file: &Path) {
        self.run_file(db, file);
    }

    fn dump(&self, _: &Project, db: &str) -> String {
        self.dump(db)
    }
}

/// A server, and the database on it that is the dev database.
struct MySql {
    server: Arc<Server>,
    dialect: &'static str,
    dev: String,
}

impl MySql {
    fn start(dialect: &'static str) -> Self {
        let server = Server::shared(dialect == "mariadb");
        let dev = server.database();
        Self {
            server,
            dialect,
            dev,
        }
    }
}

impl Target for MySql {
    fn dialect(&self) -> &'static str {
        self.dialect
    }

    fn dev(&self, _: &Project) -> String {
        self.server.url(Some(&self.dev))
    }

    fn create(&self, _: &str) -> String {
        self.server.database()
    }

    fn url(&self, _: &Project, db: &str) -> String {
        self.server.sqlalchemy_url(db)
    }

    fn apply(&self, _: &Project, db: &str, file: &Path) {
        self.server.run_file(db, file);
    }

    fn dump(&self, _: &Project, db: &str) -> String {
        let dump = self.server.dump(db);
        let tables = dump.split_inclusive("CREATE TABLE");
        tables.map(without_names_under_foreign_keys).collect()
    }
}

/// A table's dump without the names of the indexes under its foreign keys: what an earlier version of the models left to the
/// server keeps the name that it had then.
fn without_names_under_foreign_keys(table: &str) -> String {
    let under = |line: &str| -> Option<String> {
        let (_, columns) = line.strip_prefix("  KEY `")?.split_once("` ")?;
        let columns = columns.trim_end();
        let key = format!(" FOREIGN KEY {columns} REFERENCES ");
        table
            .contains(&key)
            .then(|| format!("  KEY under a foreign key {columns}\n"))
    };
    let (mut kept, mut renamed) = (String::new(), Vec::new());
    for line in table.split_inclusive('\n') {
        match under(line) {
            Some(line) => renamed.push(line),
            None => kept.push_str(line),
        }
    }
    renamed.sort();
    kept + &renamed.concat()
}

/// A dump without the names of constraints, and of MySQL's keys: a line for each statement or part of a table, sorted.
fn without_names(dump: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut table = "";
    for line in dump.lines() {
        if line.starts_with("CREATE TABLE") {
            table = line;
        }
        let mut words: Vec<&str> = line.split(' ').collect();
        for at in 1..words.len() {
            let named = match words[at - 1] {
                "CONSTRAINT" => true,
                "KEY" => words[at].starts_with('`'),
                _ => false,
            };
            if named {
                words[at] = "…";
            }
        }
        let line = words.join(" ");
        match lines.last_mut() {
            // pg_dump goes on with four spaces.
            Some(last) if line.starts_with("    ") => last.push_str(&line),
            _ if line.starts_with("  ") => lines.push(format!("{table} {line}")),
            _ => lines.push(line),
        }
    }
    lines.sort();
    lines.join("\n")
}

/// One project on its way from version to version, on one engine.
struct Journey<'a> {
    project: Project,
    target: &'a dyn Target,
    package: &'a Package,
    name: &'a str,
    /// The database that the migrations are applied to.
    db: String,
    steps: usize,
}

impl<'a> Journey<'a> {
    fn new(target: &'a dyn Target, package: &'a Package, name: &'a str) -> Self {
        Self {
            project: Project::copy("tests/projects"),
            target,
            package,
            name,
            db: target.create(name),
            steps: 0,
        }
    }

    fn older(&self, older: bool) -> String {
        if older {
            let version = format!("older/{}=={}", self.package.name, self.package.older);
            let path = python_bin().parent().expect("a parent").join(version);
            path.display().to_string()
        } else {
            String::new()
        }
    }

    fn python(&self, what: &str, db: &str, older: bool) -> String {
        let url = self.target.url(&self.project, db);
        let arguments = [
            what,
            &url,
            self.package.name,
            &self.older(older),
            self.package.empty,
        ];
        self.project.python(PYTHON, &arguments)
    }

    fn rows(&self) -> BTreeMap<String, Vec<String>> {
        serde_json::from_str(&self.python("rows", &self.db, false)).expect("values of columns")
    }

    fn trueup(&self, command: &[&str], older: bool) -> String {
        let variables = [
            format!("dialect={}", self.target.dialect()),
            format!("dev={}", self.target.dev(&self.project)),
            format!("package={}", self.package.name),
            format!("older={}", self.older(older)),
        ];
        let mut args = command.to_vec();
        args.extend(["--env", "project"]);
        for variable in &variables {
            args.extend(["--var", variable]);
        }
        self.project.trueup_exits(0, &args)
    }

    /// To a version: the migration is written, where there is something to write, and nothing is left for another.
    fn write(&mut self, older: bool) -> bool {
        let back = older && self.steps > 0;
        self.trueup(&["migrate", "diff"], older);
        let files = self.project.migrations();
        let written = files.len() > self.steps;
        assert!(written || back, "{files:?}");
        self.steps = files.len();
        assert_eq!(self.trueup(&["migrate", "diff"], older), SYNCED);
        assert_eq!(self.project.migrations(), files);
        written
    }

    /// To a version: the migration makes on the database what SQLAlchemy makes from nothing.
    ///
    /// Models that leave names to the server, after some that gave them, keep those: then there may be nothing to write, and
    /// what is made is compared without names.
    fn go(&mut self, older: bool) {
        let back = older && self.steps > 0;
        let written = self.write(older);
        let files = self.project.migrations();
        let (name, text) = files.last().expect("a file");
        if written {
            let file = self.project.path(&format!("migrations/{name}"));
            self.target.apply(&self.project, &self.db, &file);
        }
        let wanted = self
            .target
            .create(&format!("{}_wanted_{}_{back}", self.name, self.steps));
        self.python("create", &wanted, older);
        let dump = |db: &str| {
            let dump = self.target.dump(&self.project, db);
            match back {
                true => without_names(&dump),
                false => dump,
            }
        };
        let (wanted, got) = (dump(&wanted), dump(&self.db));
        let diff = similar::TextDiff::from_lines(&wanted, &got);
        assert!(
            wanted == got,
            "{}\nafter\n{text}",
            diff.unified_diff().header("wanted", "got")
        );
    }
}

/// Columns that both states have keep their values.
fn assert_kept(before: &BTreeMap<String, Vec<String>>, after: &BTreeMap<String, Vec<String>>) {
    let mut kept = 0;
    for (column, values) in before {
        if let Some(after) = after.get(column) {
            assert_eq!(after, values, "{column}");
            kept += values.len();
        }
    }
    assert!(kept > 20, "{kept} values in {before:?}");
}

/// SQL Server without a server: there is no database to compare with.
struct Offline;

impl Target for Offline {
    fn dialect(&self) -> &'static str {
        "mssql"
    }

    fn dev(&self, _: &Project) -> String {
        "offline://mssql/2022".to_owned()
    }

    fn create(&self, _: &str) -> String {
        String::new()
    }

    fn url(&self, _: &Project, _: &str) -> String {
        unreachable!("there is no database")
    }

    fn apply(&self, _: &Project, _: &str, _: &Path) {
        unreachable!("there is no database")
    }

    fn dump(&self, _: &Project, _: &str) -> String {
        unreachable!("there is no database")
    }
}

/// Plans from version to version and back, each of which leaves nothing.
fn versions_without_server(package: &Package) {
    // The provider prints types as for servers before 2012, so that our loader's directory is another one.
    let loaded = Journey::new(&Offline, package, "loaded");
    loaded.trueup(&["migrate", "diff", "--to", package.models], false);
    loaded.trueup(&["check", "--to", package.models], false);

    let mut journey = Journey::new(&Offline, package, "travelled");
    for older in [true, false, true, false] {
        journey.write(older);
        journey.trueup(&["check"], older);
    }
    journey.trueup(&["migrate", "validate"], false);
}

fn versions(target: &dyn Target, package: &Package) {
    let mut newest = Journey::new(target, package, "newest");
    newest.go(false);
    newest.trueup(&["check"], false);
    // Our own loader gives what the provider gives.
    newest.trueup(&["check", "--to", package.models], false);

    let mut journey = Journey::new(target, package, "travelled");
    journey.go(true);
    journey.python("fill", &journey.db, true);
    let first = journey.rows();
    journey.go(false);
    let newest = journey.rows();
    assert_kept(&first, &newest);
    journey.go(true);
    assert_kept(&newest, &journey.rows());
}

/// Its models can't be on SQL Server, whose strings have other limits.
#[test]
fn jupyterhub_for_mssql() {
    let journey = Journey::new(&Offline, &JUPYTERHUB, "newest");
    let args = [
        "schema",
        "inspect",
        "--url",
        "env://src",
        "--env",
        "project",
    ];
    let variables = [
        "dialect=mssql",
        "dev=offline://mssql/2022",
        "package=jupyterhub",
        "older=",
    ];
    let variables = variables.iter().flat_map(|one| ["--var", one]);
    let args: Vec<&str> = args.into_iter().chain(variables).collect();
    let said = journey.project.trueup(&args);
    let errors = String::from_utf8_lossy(&said.stderr);
    assert_eq!(said.status.code(), Some(2), "{errors}");
    let why = "`nvarchar(4095)`: SQL Server takes a length from 1 to 4000, or `max`";
    assert!(errors.contains(why), "{errors}");
}

#[test]
fn optuna_for_mssql() {
    versions_without_server(&OPTUNA);
}

#[test]
fn jupyterhub_on_sqlite() {
    versions(&Sqlite, &JUPYTERHUB);
}

#[test]
fn jupyterhub_on_postgres() {
    versions(&Postgres::start(), &JUPYTERHUB);
}

#[test]
fn jupyterhub_on_mysql() {
    versions(&MySql::start("mysql"), &JUPYTERHUB);
}

#[test]
fn jupyterhub_on_mariadb() {
    versions(&MySql::start("mariadb"), &JUPYTERHUB);
}

#[test]
fn optuna_on_sqlite() {
    versions(&Sqlite, &OPTUNA);
}

#[test]
fn optuna_on_postgres() {
    versions(&Postgres::start(), &OPTUNA);
}

#[test]
fn optuna_on_mysql() {
    versions(&MySql::start("mysql"), &OPTUNA);
}

#[test]
fn optuna_on_mariadb() {
    versions(&MySql::start("mariadb"), &OPTUNA);
}
