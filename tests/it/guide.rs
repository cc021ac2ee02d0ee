//! The guide "Automatic migration planning for SQLAlchemy", from its first line to its last, with the provider from PyPI:
//! the files that are written word by word, what the commands say, and that other programs can apply the files.

use std::fs;

use crate::lab::Postgres;
use crate::mysql_server::Server;
use crate::project::{PYTHON_MYSQL, PYTHON_POSTGRES, PYTHON_SQLITE, Project};

/// What `examples/guide` says of the dialect and the dev database.
const EXAMPLE: (&str, &str) = ("postgresql", "local://postgres");

/// One setting of the guide.
pub(crate) struct Setting<'a> {
    pub(crate) dialect: &'a str,
    pub(crate) dev: &'a str,
    /// The first migration.
    pub(crate) first: &'a str,
    /// The migration that adds the column.
    pub(crate) age: &'a str,
}

pub(crate) const WHOLE_DATABASE: Setting<'static> = Setting {
    dialect: "postgresql",
    dev: "local://postgres",
    first: r#"-- Create "user_account" table
CREATE TABLE "public"."user_account" (
  "id" serial NOT NULL,
  "name" character varying(30) NOT NULL,
  "fullname" character varying(30) NULL,
  PRIMARY KEY ("id")
);
-- Create "address" table
CREATE TABLE "public"."address" (
  "id" serial NOT NULL,
  "email_address" character varying(30) NOT NULL,
  "user_id" integer NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "address_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "public"."user_account" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION
);
"#,
    age: r#"-- Modify "user_account" table
ALTER TABLE "public"."user_account" ADD COLUMN "age" integer NULL;
"#,
};

pub(crate) const ONE_SCHEMA: Setting<'static> = Setting {
    dialect: "postgresql",
    dev: "local://postgres?search_path=public",
    first: r#"-- Create "user_account" table
CREATE TABLE "user_account" (
  "id" serial NOT NULL,
  "name" character varying(30) NOT NULL,
  "fullname" character varying(30) NULL,
  PRIMARY KEY ("id")
);
-- Create "address" table
CREATE TABLE "address" (
  "id" serial NOT NULL,
  "email_address" character varying(30) NOT NULL,
  "user_id" integer NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "address_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user_account" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION
);
"#,
    age: r#"-- Modify "user_account" table
ALTER TABLE "user_account" ADD COLUMN "age" integer NULL;
"#,
};

const EMBEDDED: Setting<'static> = Setting {
    dialect: "sqlite",
    dev: "sqlite://dev?mode=memory",
    first: "-- Create \"user_account\" table
CREATE TABLE `user_account` (
  `id` integer NOT NULL,
  `name` varchar(30) NOT NULL,
  `fullname` varchar(30) NULL,
  PRIMARY KEY (`id`)
);
-- Create \"address\" table
CREATE TABLE `address` (
  `id` integer NOT NULL,
  `email_address` varchar(30) NOT NULL,
  `user_id` integer NOT NULL,
  PRIMARY KEY (`id`),
  FOREIGN KEY (`user_id`) REFERENCES `user_account` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION
);
",
    age: "-- Add column \"age\" to table: \"user_account\"
ALTER TABLE `user_account` ADD COLUMN `age` integer NULL;
",
};

/// Without a server. Atlas wrote this text for these models, but for the collations and the foreign key's name that its server
/// made up.
const OFFLINE: Setting<'static> = Setting {
    dialect: "mssql",
    dev: "offline://mssql/2022",
    first: r#"-- Create "user_account" table
CREATE TABLE [user_account] (
  [id] int IDENTITY (1, 1) NOT NULL,
  [name] varchar(30) NOT NULL,
  [fullname] varchar(30) NULL,
  CONSTRAINT [PK_user_account] PRIMARY KEY CLUSTERED ([id] ASC)
);
-- Create "address" table
CREATE TABLE [address] (
  [id] int IDENTITY (1, 1) NOT NULL,
  [email_address] varchar(30) NOT NULL,
  [user_id] int NOT NULL,
  CONSTRAINT [PK_address] PRIMARY KEY CLUSTERED ([id] ASC),
  FOREIGN KEY ([user_id]) REFERENCES [user_account] ([id]) ON UPDATE NO ACTION ON DELETE NO ACTION
);
"#,
    age: r#"-- Modify "user_account" table
ALTER TABLE [user_account] ADD [age] int NULL;
"#,
};

pub(crate) const MYSQL: Setting<'static> = Setting {
    dialect: "mysql",
    dev: "local://mysql/dev",
    first: r#"-- Create "user_account" table
CREATE TABLE `user_account` (
  `id` int NOT NULL AUTO_INCREMENT,
  `name` varchar(30) NOT NULL,
  `fullname` varchar(30) NULL,
  PRIMARY KEY (`id`)
) CHARSET utf8mb4 COLLATE utf8mb4_0900_ai_ci;
-- Create "address" table
CREATE TABLE `address` (
  `id` int NOT NULL AUTO_INCREMENT,
  `email_address` varchar(30) NOT NULL,
  `user_id` int NOT NULL,
  PRIMARY KEY (`id`),
  INDEX `user_id` (`user_id`),
  CONSTRAINT `address_ibfk_1` FOREIGN KEY (`user_id`) REFERENCES `user_account` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION
) CHARSET utf8mb4 COLLATE utf8mb4_0900_ai_ci;
"#,
    age: r#"-- Modify "user_account" table
ALTER TABLE `user_account` ADD COLUMN `age` int NULL;
"#,
};

/// What MariaDB 10.11 makes of it: its image's collation, and its own word for a foreign key's rule.
pub(crate) const MARIADB: Setting<'static> = Setting {
    dialect: "mariadb",
    dev: "local://mariadb/dev",
    first: r#"-- Create "user_account" table
CREATE TABLE `user_account` (
  `id` int NOT NULL AUTO_INCREMENT,
  `name` varchar(30) NOT NULL,
  `fullname` varchar(30) NULL,
  PRIMARY KEY (`id`)
) CHARSET utf8mb4 COLLATE utf8mb4_general_ci;
-- Create "address" table
CREATE TABLE `address` (
  `id` int NOT NULL AUTO_INCREMENT,
  `email_address` varchar(30) NOT NULL,
  `user_id` int NOT NULL,
  PRIMARY KEY (`id`),
  INDEX `user_id` (`user_id`),
  CONSTRAINT `address_ibfk_1` FOREIGN KEY (`user_id`) REFERENCES `user_account` (`id`) ON UPDATE RESTRICT ON DELETE RESTRICT
) CHARSET utf8mb4 COLLATE utf8mb4_general_ci;
"#,
    age: r#"-- Modify "user_account" table
ALTER TABLE `user_account` ADD COLUMN `age` int NULL;
"#,
};

const DIFF: &[&str] = &["migrate", "diff", "--env", "sqlalchemy"];
const CHECK: &[&str] = &["check", "--env", "sqlalchemy"];
pub(crate) const SYNCED: &str =
    "The migration directory is synced with the desired state, no changes to be made\n";

pub(crate) fn project(setting: &Setting<'_>) -> Project {
    let project = Project::copy("examples/guide");
    project.edit(
        "atlas.hcl",
        &format!("\"{}\"", EXAMPLE.0),
        &format!("\"{}\"", setting.dialect),
    );
    project.edit(
        "atlas.hcl",
        &format!("\"{}\"", EXAMPLE.1),
        &format!("\"{}\"", setting.dev),
    );
    project.edit("load_models.py", EXAMPLE.0, setting.dialect);
    project
}

pub(crate) fn add_age(project: &Project) {
    let fullname = "    fullname: Mapped[Optional[str]] = mapped_column(String(30))\n";
    project.edit(
        "db/models.py",
        fullname,
        &format!("{fullname}    age: Mapped[Optional[int]]\n"),
    );
}

/// A version is the time in UTC: `yyyymmddHHMMSS`.
pub(crate) fn assert_version(name: &str, suffix: &str) {
    let digits = name
        .strip_suffix(suffix)
        .unwrap_or_else(|| panic!("{name} does not end in {suffix}"));
    assert!(
        digits.len() == 14 && digits.bytes().all(|byte| byte.is_ascii_digit()),
        "{name}"
    );
}

/// The guide's own steps; leaves a project with two migrations.
fn follow(setting: &Setting<'_>) -> Project {
    let project = project(setting);
    project.trueup_exits(1, CHECK);
    assert!(
        !project.path("migrations").exists(),
        "a check writes nothing"
    );

    project.trueup_exits(0, DIFF);
    let files = project.migrations();
    let [(name, text)] = files.as_slice() else {
        panic!("one file: {files:?}")
    };
    assert_version(name, ".sql");
    assert_eq!(text, setting.first);
    project.trueup_exits(0, CHECK);

    add_age(&project);
    let shown = project.trueup_exits(1, CHECK);
    let alter = setting.age.lines().nth(1).expect("a statement");
    assert!(
        shown.contains(alter),
        "the check shows what is missing:\n{shown}"
    );

    project.trueup_exits(0, &["migrate", "diff", "add_age", "--env", "sqlalchemy"]);
    let files = project.migrations();
    let [_, (name, text)] = files.as_slice() else {
        panic!("two files: {files:?}")
    };
    assert_version(name, "_add_age.sql");
    assert_eq!(text, setting.age);
    project.trueup_exits(0, &["migrate", "validate", "--env", "sqlalchemy"]);

    let sum = fs::read_to_string(project.path("migrations/atlas.sum")).expect("the sum");
    assert_eq!(project.trueup_exits(0, DIFF), SYNCED);
    assert_eq!(
        project.migrations(),
        files,
        "a synced directory stays as it is"
    );
    assert_eq!(
        fs::read_to_string(project.path("migrations/atlas.sum")).expect("the sum"),
        sum
    );
    project.trueup_exits(0, CHECK);
    project
}

/// Script mode and our own loader give the same file, to the byte.
fn script_mode(setting: &Setting<'_>) {
    let loaded = project(setting);
    loaded.edit(
        "atlas.hcl",
        "data.external_schema.sqlalchemy.url",
        "\"sqlalchemy://db.models\"",
    );
    loaded.trueup_exits(0, DIFF);
    assert_eq!(loaded.migrations()[0].1, setting.first);
    let project = project(setting);
    let text = fs::read_to_string(project.path("atlas.hcl")).expect("the configuration");
    let (start, end) = (
        text.find("program = [").expect("a program"),
        text.find("  ]\n").expect("its end") + 3,
    );
    let text = format!(
        "{}program = [\"python3\", \"load_models.py\"]{}",
        &text[..start],
        &text[end..]
    );
    fs::write(project.path("atlas.hcl"), text).expect("writable");
    project.trueup_exits(0, DIFF);
    let files = project.migrations();
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!(files[0].1, setting.first);
}

/// Builds the models themselves, past all migrations: argument is the URL.
const CREATE_ALL: &str = "
import sys, sqlalchemy
from db.models import Base
Base.metadata.create_all(sqlalchemy.create_engine(sys.argv[1]))
";

#[test]
fn on_sqlite() {
    let project = follow(&EMBEDDED);
    let wanted = project.path("wanted.db");
    project.python(CREATE_ALL, &[&format!("sqlite:///{}", wanted.display())]);
    let wanted = project.sqlite_schema(&wanted);
    similar_asserts(&wanted, &project.apply_with_sqlite3());
    let by_python = project.path("applied-by-python.db");
    project.python(PYTHON_SQLITE, &[&by_python.display().to_string()]);
    similar_asserts(&wanted, &project.sqlite_schema(&by_python));
}

/// The setting with another dev database.
fn on_dev<'s>(setting: &Setting<'s>, dev: &'s str) -> Setting<'s> {
    Setting { dev, ..*setting }
}

/// Where the guide works: a private server, or a database on the server that the run was given.
fn postgres_dev(setting: &Setting<'_>, server: &Postgres) -> String {
    if !server.is_given() {
        return setting.dev.to_owned();
    }
    let url = server.url(&server.database());
    match setting.dev.split_once('?') {
        Some((_, scope)) if url.contains('?') => format!("{url}&{scope}"),
        Some((_, scope)) => format!("{url}?{scope}"),
        None => url,
    }
}

fn on_postgres(setting: &Setting<'_>) {
    let server = Postgres::given_or_own();
    let dev = postgres_dev(setting, &server);
    let project = follow(&on_dev(setting, &dev));
    let wanted = server.database();
    project.python(CREATE_ALL, &[&server.sqlalchemy_url(&wanted)]);
    let wanted = server.dump(&wanted);
    similar_asserts(&wanted, &project.apply_with_psql(&server));
    let by_python = server.database();
    project.python(PYTHON_POSTGRES, &[&server.url(&by_python)]);
    similar_asserts(&wanted, &server.dump(&by_python));
}

/// What this server's version makes of the setting: MariaDB 11.6 has another collation.
fn mysql_first(setting: &Setting<'_>, server: &Server) -> String {
    let (theirs, here) = (server.recorded_collation(), server.collation());
    setting.first.replace(theirs, &here)
}

/// The guide on private servers, then on a running one through its socket and its port.
fn on_mysql(setting: &Setting<'_>) {
    let server = Server::shared(setting.dialect == "mariadb");
    let first = mysql_first(setting, &server);
    let setting = &Setting {
        first: &first,
        ..*setting
    };
    let dev = server.database();
    let url = server.url(Some(&dev));
    let first_dev = if server.is_given() { &url } else { setting.dev };
    let project = follow(&on_dev(setting, first_dev));
    let wanted = server.database();
    project.python(CREATE_ALL, &[&server.sqlalchemy_url(&wanted)]);
    let wanted = server.dump(&wanted);
    similar_asserts(&wanted, &project.apply_with_mysql(&server));
    let by_python = server.database();
    project.python(PYTHON_MYSQL, &[&server.sqlalchemy_url(&by_python)]);
    similar_asserts(&wanted, &server.dump(&by_python));

    for url in [url, server.tcp_url(&dev)] {
        follow(&on_dev(setting, &url));
    }
    assert_eq!(
        server.tables(&dev),
        [""; 0],
        "the dev database is left empty"
    );
}

fn similar_asserts(wanted: &str, got: &str) {
    let diff = similar::TextDiff::from_lines(wanted, got);
    assert!(
        wanted == got,
        "{}",
        diff.unified_diff().header("wanted", "got")
    );
}

#[test]
fn on_postgres_whole_database() {
    on_postgres(&WHOLE_DATABASE);
}

#[test]
fn on_postgres_one_schema() {
    on_postgres(&ONE_SCHEMA);
}

#[test]
fn on_mysql_server() {
    on_mysql(&MYSQL);
}

#[test]
fn on_mariadb_server() {
    on_mysql(&MARIADB);
}

#[test]
fn in_script_mode_on_sqlite() {
    script_mode(&EMBEDDED);
}

#[test]
fn in_script_mode_on_postgres() {
    let server = Postgres::given_or_own();
    for setting in [&WHOLE_DATABASE, &ONE_SCHEMA] {
        script_mode(&on_dev(setting, &postgres_dev(setting, &server)));
    }
}

fn script_mode_on_mysql(setting: &Setting<'_>) {
    let server = Server::shared(setting.dialect == "mariadb");
    if !server.is_given() {
        return script_mode(setting);
    }
    let first = mysql_first(setting, &server);
    script_mode(&Setting {
        dev: &server.url(Some(&server.database())),
        first: &first,
        ..*setting
    });
}

#[test]
fn in_script_mode_on_mysql() {
    script_mode_on_mysql(&MYSQL);
}

#[test]
fn in_script_mode_on_mariadb() {
    script_mode_on_mysql(&MARIADB);
}

#[test]
fn offline_for_mssql() {
    let project = follow(&OFFLINE);
    let said = project.trueup(CHECK);
    let errors = String::from_utf8_lossy(&said.stderr);
    assert!(errors.contains("not proven on a server"), "{errors}");
    let strict = [CHECK, &["--require-proof"]].concat();
    project.trueup_exits(2, &strict);
}

#[test]
fn in_script_mode_for_mssql() {
    script_mode(&OFFLINE);
}

#[test]
fn dry_run_prints_the_file_and_writes_nothing() {
    let project = project(&EMBEDDED);
    let shown = project.trueup_exits(0, &["migrate", "diff", "--env", "sqlalchemy", "--dry-run"]);
    assert_eq!(shown, EMBEDDED.first);
    assert!(!project.path("migrations").exists());
}

#[test]
fn an_edited_file_is_refused() {
    let project = follow(&EMBEDDED);
    let files = project.migrations();
    let path = project.path(&format!("migrations/{}", files[0].0));
    fs::write(&path, files[0].1.replace("varchar(30)", "varchar(31)")).expect("writable");
    for args in [DIFF, CHECK] {
        let output = project.trueup(args);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{}",
            crate::lab::both(&output)
        );
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert!(
            stdout.contains(&files[0].0),
            "{}",
            crate::lab::both(&output)
        );
    }
    project.trueup_exits(0, &["migrate", "hash", "--env", "sqlalchemy"]);
    project.trueup_exits(1, CHECK);
}
