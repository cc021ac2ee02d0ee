//! MySQL and MariaDB: what the models give no name. However a table got its unnamed keys, and whatever changes about
//! them, a plan leads there and back, and nothing of the server's names is planned.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::process::Command;

use trueup::dialect::{self, Dialect};
use trueup::diff::Comparable;
use trueup::plan::{Plan, PlanOptions};
use trueup::schema::Realm;

use crate::cli_world::{World, finish};
use crate::golden::bench::Bench as _;
use crate::golden::mysql::Databases;
use crate::lab::{python_bin, run};
use crate::mysql_server::Server;

const PARENTS: &str = "\
CREATE TABLE p (id INTEGER NOT NULL, k INTEGER NOT NULL, code VARCHAR(20) NOT NULL, PRIMARY KEY (id), UNIQUE (k), UNIQUE (code));
CREATE TABLE r (id INTEGER NOT NULL, PRIMARY KEY (id));
";
const ROWS: &str = "\
INSERT INTO p (id, k, code) VALUES (1, 2, 'x');
INSERT INTO r (id) VALUES (1);
INSERT INTO q (id, a, b, s) VALUES (1, 1, 2, 'x');
";
const COLUMNS: &str = "a INTEGER, b INTEGER, s VARCHAR(20)";
const A: &str = "FOREIGN KEY (a) REFERENCES p (id)";
const B: &str = "FOREIGN KEY (b) REFERENCES p (k)";
const S: &str = "FOREIGN KEY (s) REFERENCES p (code)";

/// The table with the keys.
fn keyed(columns: &str, keys: &[&str]) -> String {
    let keys = keys.join(", ");
    format!("CREATE TABLE q (id INTEGER NOT NULL, {columns}, PRIMARY KEY (id), {keys});\n")
}

/// How the table may have come to its keys: all are one to the models, but for the names in the last.
fn layouts() -> Vec<(&'static str, String)> {
    let altered = format!(
        "{}ALTER TABLE q ADD {A};
ALTER TABLE q DROP FOREIGN KEY q_ibfk_1;
ALTER TABLE q ADD {S};
ALTER TABLE q DROP FOREIGN KEY q_ibfk_2;
ALTER TABLE q ADD CONSTRAINT q_ibfk_1 {B};
",
        keyed(COLUMNS, &[S, B])
    );
    let (a, b, s) = (
        format!("CONSTRAINT q_ibfk_3 {A}"),
        format!("CONSTRAINT q_ibfk_1 {B}"),
        format!("CONSTRAINT q_ibfk_2 {S}"),
    );
    let dumped = ["KEY a (a), KEY q_ibfk_2 (b), KEY s (s)", &a, &b, &s];
    let (fk_a, fk_b) = (
        format!("CONSTRAINT fk_a {A}"),
        format!("CONSTRAINT q_b_foreign {B}"),
    );
    let named = ["KEY ix_q_a (a), KEY q_b_idx (b)", &fk_a, &fk_b, S];
    let all = [
        ("created", keyed(COLUMNS, &[A, B, S])),
        ("in another order", keyed(COLUMNS, &[S, B, A])),
        ("dumped", keyed(COLUMNS, &dumped)),
        ("altered", altered),
        ("named", keyed(COLUMNS, &named)),
    ];
    all.into_iter()
        .map(|(name, sql)| (name, format!("{PARENTS}{sql}")))
        .collect()
}

/// What the models come to say.
fn changes() -> Vec<(&'static str, String)> {
    let same = keyed(COLUMNS, &[A, B, S]);
    let of = |columns: &str, keys: &[&str]| format!("{PARENTS}{}", keyed(columns, keys));
    let with = |from: &str, to: &str, columns: &str| {
        format!(
            "{}{}",
            PARENTS.replace(from, to),
            keyed(columns, &[A, B, S])
        )
    };
    let (on_delete, set_null) = (
        format!("{A} ON DELETE CASCADE"),
        format!("{S} ON DELETE SET NULL"),
    );
    let (new_a, new_s) = (
        format!("CONSTRAINT new_a {A}"),
        format!("CONSTRAINT new_s {S}"),
    );
    let other = "FOREIGN KEY (a) REFERENCES r (id)";
    let z = "FOREIGN KEY (z) REFERENCES p (id)";
    vec![
        ("nothing", format!("{PARENTS}{same}")),
        (
            "not null",
            of(
                "a INTEGER NOT NULL, b INTEGER, s VARCHAR(20) NOT NULL",
                &[A, B, S],
            ),
        ),
        (
            "bigint",
            with(
                "(id INTEGER",
                "(id BIGINT",
                "a BIGINT, b INTEGER, s VARCHAR(20)",
            )
            .replace("r (id BIGINT", "r (id INTEGER"),
        ),
        ("on delete", of(COLUMNS, &[&on_delete, B, &set_null])),
        ("another target", of(COLUMNS, &[other, B, S])),
        (
            "a neighbour's removal",
            of("b INTEGER, s VARCHAR(20)", &[B, S]),
        ),
        ("a key's removal", of(COLUMNS, &[B, S])),
        (
            "a neighbour before",
            of(
                "z INTEGER, a INTEGER, b INTEGER, s VARCHAR(20)",
                &[z, A, B, S],
            ),
        ),
        (
            "charset",
            format!("{PARENTS}{same}").replace(");\n", ") CHARSET latin1;\n"),
        ),
        (
            "parent's key",
            with(
                "PRIMARY KEY (id), UNIQUE (k)",
                "PRIMARY KEY (k), UNIQUE (id)",
                COLUMNS,
            ),
        ),
        (
            "length",
            with(
                "VARCHAR(20)",
                "VARCHAR(100)",
                "a INTEGER, b INTEGER, s VARCHAR(100)",
            ),
        ),
        (
            "indexes",
            format!(
                "{PARENTS}{same}CREATE INDEX ix_q_a ON q (a);\nCREATE INDEX ix_b ON q (b, s);\n"
            ),
        ),
        ("names", of(COLUMNS, &[&new_a, B, &new_s])),
    ]
}

fn plan(dialect: &'static dyn Dialect, current: &Realm, desired: &Realm) -> Result<Plan, String> {
    let states = Comparable::whole(dialect, current.clone(), desired.clone());
    let changes = states.diff().changes;
    let plan = states.plan(changes, &PlanOptions::default());
    plan.map_err(|error| error.to_string())
}

struct Way<'a> {
    dialect: &'static dyn Dialect,
    bench: &'a Databases,
}

impl Way<'_> {
    /// Runs what leads from a database's state to another, and gives the statements of the reverse plan.
    fn go(&self, db: &str, desired: &Realm) -> Result<Vec<String>, String> {
        let current = self.bench.inspect(db, false)?;
        let plan = plan(self.dialect, &current, desired)?;
        let statements: Vec<&str> = plan.steps.iter().map(|step| step.sql.as_str()).collect();
        let run = self.bench.execute(db, &statements, plan.tx_mode);
        run.map_err(|error| format!("{error}\n{}", plan.to_file()))?;
        self.is(db, desired)
            .map_err(|left| format!("{}leaves\n{left}", plan.to_file()))?;
        let back = plan.reverse.steps.into_iter();
        Ok(back.map(|step| step.sql).collect())
    }

    fn is(&self, db: &str, desired: &Realm) -> Result<(), String> {
        let left = plan(self.dialect, &self.bench.inspect(db, false)?, desired)?;
        match left.steps.is_empty() {
            true => Ok(()),
            false => Err(left.to_file()),
        }
    }

    fn there_and_back(&self, before: &str, after: &str, is_same: bool) -> Result<(), String> {
        let (work, fresh) = (self.bench.create(), self.bench.create());
        self.bench.script(&work, &format!("{before}{ROWS}"))?;
        self.bench.script(&fresh, after)?;
        let (first, second) = (
            self.bench.inspect(&work, false)?,
            self.bench.inspect(&fresh, false)?,
        );
        let back = self.go(&work, &second)?;
        if is_same && !back.is_empty() {
            return Err(format!("something is planned, with the reverse {back:?}"));
        }
        let statements: Vec<&str> = back.iter().map(String::as_str).collect();
        let reversed = self
            .bench
            .execute(&work, &statements, trueup::plan::TxMode::File);
        reversed.map_err(|error| format!("the reverse: {error}\n{back:#?}"))?;
        self.is(&work, &first)
            .map_err(|left| format!("the reverse leaves {left}"))?;
        self.go(&fresh, &first)?;
        self.bench.remove(&work);
        self.bench.remove(&fresh);
        Ok(())
    }
}

fn unnamed_keys_change(mariadb: bool) {
    let bench = Databases::given_or_own(mariadb);
    let name = if mariadb { "mariadb" } else { "mysql" };
    let is_it = |dialect: &&&dyn Dialect| dialect.profile().name == name;
    let dialect = *dialect::ALL.iter().find(is_it).unwrap();
    let way = Way {
        dialect,
        bench: &bench,
    };
    let mut failed = Vec::new();
    for (layout, before) in layouts() {
        for (change, after) in changes() {
            if let Err(error) = way.there_and_back(&before, &after, change == "nothing") {
                failed.push(format!("== {layout}, {change}:\n{error}"));
            }
        }
    }
    assert!(
        failed.is_empty(),
        "{} failed\n{}",
        failed.len(),
        failed.join("\n")
    );
}

#[test]
fn unnamed_keys_change_on_mysql() {
    unnamed_keys_change(false);
}

#[test]
fn unnamed_keys_change_on_mariadb() {
    unnamed_keys_change(true);
}

/// Two tables that reference each other, and another; which foreign keys are printed with their table depends on the
/// run.
const CIRCLE: &str = r#"
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

data = sa.MetaData()
sa.Table("town", data, sa.Column("id", sa.Integer, primary_key=True))
for name, other in (("team", "player"), ("player", "team")):
    sa.Table(name, data, sa.Column("id", sa.Integer, primary_key=True),
             sa.Column("other_id", sa.ForeignKey(other + ".id"), nullable=False),
             sa.Column("town_id", sa.ForeignKey("town.id")))
engine = sa.create_mock_engine("mysql+pymysql://", lambda sql, *_, **__: print(str(sql.compile(dialect=mysql.dialect())).strip() + ";"))
data.create_all(engine, checkfirst=False)
"#;

#[test]
fn a_circle_is_in_sync_in_whichever_order_it_is_printed() {
    let printed: BTreeSet<String> = (0..20)
        .map(|seed| {
            let mut python = Command::new(python_bin().join("python"));
            python.env("PYTHONHASHSEED", seed.to_string());
            python.args(["-W", "ignore", "-c", CIRCLE]);
            run(python)
        })
        .collect();
    assert!(printed.len() > 1, "one order alone: {printed:?}");
    for mariadb in [false, true] {
        let server = Server::shared(mariadb);
        let world = World::empty();
        let mut files = Vec::new();
        for sql in &printed {
            world.write("models.sql", sql);
            let dev = server.url(Some(&server.database()));
            let to = ["--to", "file://models.sql", "--dev-url", &dev];
            let arguments = ["migrate", "diff", "--dir", "file://migrations"];
            let mut command = world.command(&[&arguments[..], &to].concat());
            finish(command.spawn().unwrap()).code(0);
            files = [files, world.migrations()].concat();
            files.dedup();
        }
        assert_eq!(files.len(), 1, "{printed:?}");
    }
}
