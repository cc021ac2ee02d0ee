//! SQLite without SQLite: what scripts and plans lead to offline is what the engine itself makes of them.

use trueup::plan::TxMode;
use trueup::schema::Realm;

use super::bench::Bench;
use super::case::Case;
use super::offline::Offline;
use super::{cases, judge, pairs, plan, sqlite};

/// A database of each kind.
struct Both {
    engine: sqlite::Files,
    offline: Offline,
}

/// The same database on both.
struct Twin<'a> {
    both: &'a Both,
    names: [String; 2],
}

impl Both {
    fn new() -> Self {
        Self {
            engine: sqlite::Files::new(),
            offline: Offline::sqlite(),
        }
    }

    fn create(&self) -> Twin<'_> {
        Twin {
            both: self,
            names: [self.engine.create(), self.offline.create()],
        }
    }
}

impl Drop for Twin<'_> {
    fn drop(&mut self) {
        self.both.engine.remove(&self.names[0]);
        self.both.offline.remove(&self.names[1]);
    }
}

impl Twin<'_> {
    fn each<T>(&self, work: impl Fn(&dyn Bench, &str) -> T) -> [T; 2] {
        [
            work(&self.both.engine, &self.names[0]),
            work(&self.both.offline, &self.names[1]),
        ]
    }

    /// What both hold, which is the same.
    fn realm(&self, when: &str) -> Result<Realm, String> {
        let [engine, offline] = self.each(|bench, db| bench.inspect(db, false));
        let (engine, offline) = (engine?, offline?);
        match engine == offline {
            true => Ok(engine),
            false => Err(format!(
                "{when}: the engine has\n{}\noffline it is\n{}",
                text(&engine),
                text(&offline)
            )),
        }
    }

    fn run(&self, statements: &[&str], mode: TxMode) -> Result<(), String> {
        let done = self.each(|bench, db| bench.execute(db, statements, mode));
        match done {
            [Ok(()), Ok(())] => Ok(()),
            [engine, offline] => Err(format!(
                "the engine says {engine:?}, offline it is {offline:?}, of\n{}",
                statements.join(";\n")
            )),
        }
    }
}

fn text(realm: &Realm) -> String {
    serde_json::to_string_pretty(realm).expect("a realm is plain data")
}

/// A script leads to the same, and so does the plan between two, its reverse, and plans from nothing and to nothing.
fn same(case: &Case, both: &Both) -> Result<(), String> {
    let (work, fresh) = (both.create(), both.create());
    let empty = work.realm("at first")?;
    for (twin, sql) in [(&work, &case.before), (&fresh, &case.after)] {
        match twin.each(|bench, db| bench.script(db, sql)) {
            [Ok(()), Ok(())] => {}
            // A random model may be none.
            [Err(_), Err(_)] => return Ok(()),
            done => return Err(format!("{done:?} of\n{sql}")),
        }
    }
    let (before, after) = (work.realm("before")?, fresh.realm("after")?);
    for done in work.each(|bench, db| bench.script(db, &case.rows)) {
        done?;
    }
    if case.facts.refused.is_some() {
        return Ok(());
    }
    let Ok(forward) = plan(case, &before, &after) else {
        return Ok(());
    };
    let statements = forward.steps.iter().map(|step| step.sql.as_str());
    work.run(&statements.collect::<Vec<_>>(), forward.tx_mode)?;
    work.realm("after the plan")?;
    if forward.reverse.irreversible.is_none() {
        let tables = super::tables(&after, &after);
        let tables: Vec<_> = tables.into_iter().map(|table| table.name).collect();
        both.engine.delete_rows(&work.names[0], &tables)?;
        let steps = forward.reverse.steps.iter();
        let statements = steps.map(|step| step.sql.as_str());
        work.run(&statements.collect::<Vec<_>>(), forward.reverse.tx_mode)?;
        work.realm("after the reverse")?;
    }
    let mut current = after;
    for wanted in [&empty, &before] {
        let Ok(plan) = plan(case, &current, wanted) else {
            return Ok(());
        };
        let statements = plan.steps.iter().map(|step| step.sql.as_str());
        fresh.run(&statements.collect::<Vec<_>>(), plan.tx_mode)?;
        current = fresh.realm("from and to nothing")?;
    }
    Ok(())
}

#[test]
fn every_case_leads_to_the_same() {
    let both = Both::new();
    judge(&cases(Some("sqlite")), |case| {
        same(case, &both).err().into_iter().collect::<Vec<_>>()
    });
    for case in pairs::models("sqlite", 0..60) {
        if let Err(problem) = same(&case, &both) {
            panic!("{}====\n{}\n{problem}", case.before, case.after);
        }
    }
}

const START: &str = "CREATE TABLE team (id INTEGER PRIMARY KEY, \"name\" varchar(30) NOT NULL DEFAULT 'x', date date, CHECK (length(name) > 0));
CREATE TABLE member (id integer PRIMARY KEY AUTOINCREMENT, team_id int REFERENCES team (id), code text COLLATE NOCASE, n int CHECK (n > 0), twice AS (n * 2), up int REFERENCES member, UNIQUE (code), CONSTRAINT n FOREIGN KEY (n) REFERENCES team(id) ON DELETE CASCADE);
CREATE INDEX ix_member ON member (team_id, code DESC) WHERE n > 0;
CREATE INDEX ix_name ON team (lower(name), \"date\");
CREATE TABLE audit (what text, at text DEFAULT CURRENT_TIMESTAMP) STRICT;
CREATE VIEW teams AS SELECT team.id, t.name FROM team JOIN main.team AS t ON t.id = team.id; -- all
CREATE TRIGGER log AFTER UPDATE OF code ON member BEGIN INSERT INTO audit (what) VALUES (new.code); END;
";

/// Statements after [`START`]: what the engine takes or refuses is taken or refused, and leads to the same.
const STATEMENTS: &[&str] = &[
    "ALTER TABLE team RENAME TO [the team]",
    "ALTER TABLE team RENAME TO TEAM",
    "ALTER TABLE member RENAME TO people",
    "ALTER TABLE audit RENAME TO team",
    "ALTER TABLE audit RENAME TO ix_name",
    "ALTER TABLE audit RENAME TO sqlite_x",
    "ALTER TABLE teams RENAME TO t",
    "ALTER TABLE absent RENAME TO t",
    "PRAGMA legacy_alter_table = on; ALTER TABLE team RENAME TO crew",
    "PRAGMA foreign_keys = off; PRAGMA legacy_alter_table = on; ALTER TABLE team RENAME TO crew; PRAGMA foreign_keys = on",
    "DROP TABLE audit; ALTER TABLE member RENAME TO people",
    "DROP TABLE team; ALTER TABLE member RENAME TO people",
    "ALTER TABLE team RENAME COLUMN date TO day",
    "ALTER TABLE team RENAME date TO \"the day\"",
    "ALTER TABLE team RENAME COLUMN name TO title",
    "ALTER TABLE member RENAME COLUMN team_id TO t",
    "ALTER TABLE member RENAME COLUMN n TO number",
    "ALTER TABLE member RENAME COLUMN n TO code",
    "ALTER TABLE member RENAME COLUMN absent TO code",
    "ALTER TABLE member ADD COLUMN extra varchar(10) DEFAULT 'a,b' NOT NULL",
    "ALTER TABLE member ADD extra int REFERENCES team (id);",
    "ALTER TABLE member ADD extra int UNIQUE",
    "ALTER TABLE member ADD extra int PRIMARY KEY",
    "ALTER TABLE audit ADD extra int PRIMARY KEY",
    "ALTER TABLE member ADD extra AS (n + 1) STORED",
    "ALTER TABLE member ADD extra AS (n + 1)",
    "ALTER TABLE member ADD extra AS (x + 1)",
    "ALTER TABLE member ADD N int",
    "ALTER TABLE audit ADD extra varchar(10)",
    "ALTER TABLE teams ADD extra int",
    "ALTER TABLE team DROP COLUMN date",
    "DROP INDEX ix_name; ALTER TABLE team DROP COLUMN date",
    "ALTER TABLE member DROP COLUMN twice",
    "ALTER TABLE member DROP n",
    "ALTER TABLE member DROP up",
    "ALTER TABLE member DROP COLUMN id",
    "ALTER TABLE member DROP COLUMN absent",
    "ALTER TABLE audit DROP at",
    "CREATE TABLE team (id int)",
    "CREATE TABLE IF NOT EXISTS TEAM (id int)",
    "CREATE TABLE teams (id int)",
    "CREATE TABLE ix_name (id int)",
    "CREATE TABLE sqlite_x (id int)",
    "CREATE TABLE a (id int, ID int)",
    "CREATE TABLE a (id int, PRIMARY KEY (x))",
    "CREATE TABLE a (id int PRIMARY KEY, x int, PRIMARY KEY (x))",
    "CREATE TABLE a (id int PRIMARY KEY AUTOINCREMENT)",
    "CREATE TABLE a (id int) WITHOUT ROWID",
    "CREATE TABLE a (id int PRIMARY KEY, x text) WITHOUT ROWID",
    "CREATE TABLE a (id int PRIMARY KEY, x text NOT NULL DEFAULT (x))",
    "CREATE TABLE a (id varchar(3)) STRICT",
    "CREATE TABLE a (id) STRICT",
    "CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT PRIMARY KEY) STRICT",
    "CREATE TABLE a (x TEXT PRIMARY KEY) STRICT",
    "CREATE TABLE a (id int AS (1))",
    "CREATE TABLE a (id int, x int AS (id) PRIMARY KEY)",
    "CREATE TABLE a (id int CHECK (y > 0))",
    "CREATE TABLE a (id int CHECK (a.id > 0 AND id IN (SELECT 1)))",
    "CREATE TABLE a (id int CHECK (CAST(id AS text) <> 'x' AND rowid > 0))",
    "CREATE TABLE a (id int, FOREIGN KEY (id, x) REFERENCES team (id))",
    "CREATE TABLE a (id int, FOREIGN KEY (x) REFERENCES team (id))",
    "CREATE TABLE a (id int REFERENCES later (id))",
    "CREATE TABLE a (id int,, x int)",
    "CREATE TABLE a AS SELECT 1 AS x",
    "CREATE TABLE main.a (id int); DROP TABLE main.a",
    "CREATE TABLE other.a (id int)",
    "CREATE TEMP TABLE a (id int); INSERT INTO a VALUES (1); DROP TABLE a",
    "CREATE INDEX i ON absent (id)",
    "CREATE INDEX i ON team (absent)",
    "CREATE INDEX i ON team (id) WHERE absent > 0",
    "CREATE INDEX i ON teams (id)",
    "CREATE INDEX ix_name ON member (id)",
    "CREATE INDEX IF NOT EXISTS ix_name ON member (id)",
    "CREATE INDEX member ON team (id)",
    "CREATE UNIQUE INDEX i ON member (code, n + 1)",
    "CREATE VIEW v AS SELECT 1 /* one */",
    "CREATE VIEW IF NOT EXISTS teams AS SELECT 1",
    "CREATE VIEW teams AS SELECT 1",
    "CREATE VIEW v AS SELECT * FROM absent",
    "CREATE VIEW v AS SELECT * FROM absent; ALTER TABLE audit RENAME TO b",
    "CREATE VIEW v AS WITH a AS (SELECT 1) SELECT * FROM a; ALTER TABLE audit RENAME TO b",
    "CREATE TRIGGER log AFTER DELETE ON team BEGIN SELECT 1; END",
    "CREATE TRIGGER t AFTER DELETE ON absent BEGIN SELECT 1; END",
    "CREATE TRIGGER t INSTEAD OF DELETE ON team BEGIN SELECT 1; END",
    "CREATE TRIGGER t INSTEAD OF DELETE ON teams BEGIN SELECT 1; END",
    "CREATE TRIGGER t AFTER DELETE ON teams BEGIN SELECT 1; END",
    "CREATE TRIGGER team DELETE ON team BEGIN SELECT 1; END; DROP TABLE team",
    "CREATE VIRTUAL TABLE words USING fts5(word)",
    "CREATE VIRTUAL TABLE words USING absent(word)",
    "DROP TABLE teams",
    "DROP VIEW team",
    "DROP VIEW teams",
    "DROP TABLE absent",
    "DROP TABLE IF EXISTS absent",
    "DROP INDEX absent",
    "DROP INDEX sqlite_autoindex_member_1",
    "DROP TRIGGER log; DROP INDEX ix_name",
    "DROP TABLE member",
    "INSERT INTO absent VALUES (1)",
    "INSERT OR IGNORE INTO team (id) VALUES (1); UPDATE team SET name = 'y'; DELETE FROM team",
    "DELETE FROM sqlite_master",
    "COMMIT",
    "BEGIN; CREATE TABLE a (id int); COMMIT",
    "NONSENSE",
];

#[test]
fn statements_do_the_same() {
    let both = Both::new();
    let mut problems = Vec::new();
    // What is not followed, though the engine does it.
    let mut unfollowed = Vec::new();
    for statement in STATEMENTS {
        let twin = both.create();
        for done in twin.each(|bench, db| bench.script(db, START)) {
            done.expect("a start");
        }
        match twin.each(|bench, db| bench.script(db, statement)) {
            [Ok(()), Err(said)] if said.contains("offline") => unfollowed.push(*statement),
            [Ok(()), Ok(())] | [Err(_), Err(_)] => {
                if let Err(problem) = twin.realm(statement) {
                    problems.push(problem);
                }
            }
            [engine, offline] => problems.push(format!(
                "{statement}: the engine says {engine:?}, offline it is {offline:?}"
            )),
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert_eq!(
        unfollowed,
        [
            "ALTER TABLE team RENAME COLUMN name TO title",
            "CREATE TABLE a AS SELECT 1 AS x",
        ]
    );
}
