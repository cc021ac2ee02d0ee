//! A user's project in a temporary directory, with the built `trueup` and the real provider from PyPI in its `PATH`, and
//! the ways in which its migrations are applied without us.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::golden::sqlite_text;
use crate::lab::{self, Postgres, both, run};
use crate::mysql_server::{self, Server};

/// The project.
pub(crate) struct Project {
    dir: TempDir,
}

impl Project {
    /// A copy of a directory of this repository.
    pub(crate) fn copy(from: &str) -> Self {
        fn copy(from: &Path, to: &Path) {
            fs::create_dir_all(to).expect("a directory");
            for entry in fs::read_dir(from).expect("the project is there") {
                let path = entry.expect("an entry").path();
                let target = to.join(path.file_name().expect("a name"));
                if path.is_dir() {
                    copy(&path, &target);
                } else {
                    fs::copy(&path, &target).expect("a copy");
                }
            }
        }
        let dir = tempfile::Builder::new()
            .prefix("trueup-project-")
            .tempdir()
            .expect("a directory");
        copy(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join(from),
            dir.path(),
        );
        Self { dir }
    }

    /// A path in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Replaces text that must be in one of its files.
    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.path(file);
        let text = fs::read_to_string(&path).expect("the file is there");
        assert!(text.contains(from), "{file} has no {from:?}");
        fs::write(path, text.replace(from, to)).expect("the file is writable");
    }

    /// A program in its directory, with the Python environment active.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut path = std::ffi::OsString::from(lab::python_bin());
        path.push(":");
        path.push(mysql_server::path());
        let mut command = Command::new(program);
        command
            .current_dir(self.dir.path())
            .env("PATH", path)
            .env("NO_COLOR", "1")
            .env_remove("VIRTUAL_ENV")
            .stdin(Stdio::null());
        command
    }

    /// Runs trueup, whatever comes of it.
    pub(crate) fn trueup(&self, args: &[&str]) -> Output {
        self.command(env!("CARGO_BIN_EXE_trueup"))
            .args(args)
            .output()
            .expect("trueup starts")
    }

    /// Runs trueup, which must exit with this status; gives its stdout.
    pub(crate) fn trueup_exits(&self, status: i32, args: &[&str]) -> String {
        let output = self.trueup(args);
        assert_eq!(
            output.status.code(),
            Some(status),
            "trueup {}\n{}",
            args.join(" "),
            both(&output)
        );
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Names and texts of its migration files, in order.
    pub(crate) fn migrations(&self) -> Vec<(String, String)> {
        let Ok(entries) = fs::read_dir(self.path("migrations")) else {
            return Vec::new();
        };
        let mut files: Vec<(String, String)> = entries
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
            .map(|path| {
                let name = path
                    .file_name()
                    .expect("a name")
                    .to_string_lossy()
                    .into_owned();
                (name, fs::read_to_string(path).expect("UTF-8"))
            })
            .collect();
        files.sort();
        files
    }

    /// Applies the migrations with `sqlite3`, gives the schema.
    pub(crate) fn apply_with_sqlite3(&self) -> String {
        let db = self.path("applied-by-client.db");
        for (name, _) in self.migrations() {
            let mut client = self.command("sqlite3");
            let read = format!(".read migrations/{name}");
            client
                .args(["-bail", "-cmd", "PRAGMA foreign_keys = on"])
                .arg(&db)
                .arg(read);
            run(client);
        }
        self.sqlite_schema(&db)
    }

    /// Runs a Python program of ours in the project, gives its stdout.
    pub(crate) fn python(&self, code: &str, args: &[&str]) -> String {
        let mut python = self.command("python3");
        python.arg("-c").arg(code).args(args);
        run(python)
    }

    /// The schema of a SQLite file, in a form in which equal schemas are equal texts.
    pub(crate) fn sqlite_schema(&self, db: &Path) -> String {
        let mut client = self.command("sqlite3");
        let sql = "SELECT json_array(type, name, sql) FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name";
        client.arg(db).arg(sql);
        let mut schema = String::new();
        for line in run(client).lines() {
            let [kind, name, sql]: [String; 3] = serde_json::from_str(line).expect("three texts");
            schema.push_str(&format!(
                "{kind} {name}\n{}\n",
                sqlite_text::normal(&kind, &sql)
            ));
        }
        assert!(!schema.is_empty(), "{} is empty", db.display());
        schema
    }

    /// Applies the migrations with psql to a new database, gives the schema.
    pub(crate) fn apply_with_psql(&self, server: &Postgres) -> String {
        let database = server.database();
        for (name, _) in self.migrations() {
            server.run_file(&database, &self.path(&format!("migrations/{name}")));
        }
        server.dump(&database)
    }

    /// Applies the migrations with the product's own client to a new database, gives the schema.
    pub(crate) fn apply_with_mysql(&self, server: &Server) -> String {
        let database = server.database();
        for (name, _) in self.migrations() {
            server.run_file(&database, &self.path(&format!("migrations/{name}")));
        }
        server.dump(&database)
    }
}

/// Applies a directory of migrations with Python's own `sqlite3` module: arguments are the database.
pub(crate) const PYTHON_SQLITE: &str = r#"
import pathlib, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA foreign_keys = on")
for file in sorted(pathlib.Path("migrations").glob("*.sql")):
    connection.executescript(file.read_text())
"#;

/// Applies a directory of migrations with psycopg2: the argument is the database's URL.
pub(crate) const PYTHON_POSTGRES: &str = r#"
import pathlib, psycopg2, sys
connection = psycopg2.connect(sys.argv[1])
for file in sorted(pathlib.Path("migrations").glob("*.sql")):
    with connection, connection.cursor() as cursor:
        cursor.execute(file.read_text())
"#;

/// Applies a directory of migrations with PyMySQL: the argument is the database's URL for SQLAlchemy.
pub(crate) const PYTHON_MYSQL: &str = r#"
import pathlib, pymysql, sqlalchemy, sys
from pymysql.constants import CLIENT
url = sqlalchemy.make_url(sys.argv[1])
connection = pymysql.connect(
    **url.translate_connect_args(username="user"), **url.query, client_flag=CLIENT.MULTI_STATEMENTS
)
for file in sorted(pathlib.Path("migrations").glob("*.sql")):
    with connection.cursor() as cursor:
        cursor.execute(file.read_text())
        while cursor.nextset():
            pass
"#;
