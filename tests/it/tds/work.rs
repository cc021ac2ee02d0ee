//! What a server does: databases, logins and locks, and DDL that is followed without a database.

use std::collections::{BTreeMap, BTreeSet};

use trueup::config::DbUrl;
use trueup::dialect;
use trueup::engine::attend::Unattended;
use trueup::engine::{self, InspectOptions};
use trueup::plan::TxMode;
use trueup::sql::{Statement, scan};

use super::PASSWORD;
use super::catalogue::{self, Views};
use super::rows;
use super::wire::{self, Login, Value};
use crate::golden::bench::wait;

const COLLATION: &str = "SQL_Latin1_General_CP1_CI_AS";

/// What goes wrong.
#[derive(Clone, Copy)]
pub(crate) enum Fault {
    /// Batches with this part never end by themselves.
    Hang(&'static str),
    /// The connection ends at batches with this part.
    Break(&'static str),
}

/// A database.
struct Database {
    state: Box<dyn engine::Session>,
    /// What made it what it is.
    done: Vec<String>,
    owner: String,
    collation: String,
    /// Extended properties of the database itself.
    marks: BTreeMap<String, String>,
    /// Rows that were written down, instead of the state's.
    recorded: Option<Views>,
}

/// One connection.
pub(super) struct Session {
    number: u32,
    user: String,
    pub(super) database: String,
    /// What the database was made by when the transaction began.
    begun: Option<usize>,
}

pub(super) struct Server {
    databases: BTreeMap<String, Database>,
    logins: BTreeMap<String, String>,
    /// Locks by database and name, with the session that has each.
    locks: BTreeMap<(String, String), u32>,
    /// Sessions that were ended.
    killed: BTreeSet<u32>,
    pub(super) log: Vec<String>,
    pub(super) fault: Option<Fault>,
    pub(super) cancelled: usize,
    /// The catalogue that was asked last.
    catalogue: Option<catalogue::Filled>,
}

/// Number and words.
type Refusal = (u32, String, u32);
/// Columns and rows.
type Answer = (Vec<String>, Vec<Vec<Value>>);

/// The table whose rows are kept: what a database has of the migrations.
const RECORDS: &str = "atlas_schema_revisions";

fn refused(number: u32, words: impl Into<String>) -> Refusal {
    (number, words.into(), 1)
}

fn state() -> Box<dyn engine::Session> {
    let url = DbUrl::parse("offline://mssql/2022?mode=database").unwrap();
    wait(async {
        let mut dev = dialect::for_url(&url)
            .unwrap()
            .open_dev(&url, &Unattended)
            .await
            .unwrap();
        dev.session("fake").await.unwrap()
    })
}

/// What stands between two parts of a text.
fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(after)?.0)
}

fn one(column: &str, value: Value) -> Result<Answer, Refusal> {
    Ok((vec![column.to_owned()], vec![vec![value]]))
}

fn nothing() -> Result<Answer, Refusal> {
    Ok((Vec::new(), Vec::new()))
}

impl Database {
    fn new(owner: &str, collation: &str) -> Self {
        Self {
            state: state(),
            done: Vec::new(),
            owner: owner.to_owned(),
            collation: collation.to_owned(),
            marks: BTreeMap::new(),
            recorded: None,
        }
    }

    fn run(&mut self, text: &str) -> Result<(), Refusal> {
        let statement = Statement {
            text: text.to_owned(),
            ..scan("SELECT 1", &dialect::named("mssql").unwrap().profile().scan)
                .unwrap()
                .statements[0]
                .clone()
        };
        let done = wait(self.state.execute(&[statement], TxMode::None));
        done.map_err(|error| {
            let before = &text[..error.offset.unwrap_or(0)];
            let line = u32::try_from(before.matches('\n').count()).unwrap() + 1;
            let number = error.code.and_then(|code| code.parse().ok());
            (number.unwrap_or(102), error.message, line)
        })?;
        self.done.push(text.to_owned());
        Ok(())
    }

    /// As it was after so many statements.
    fn back_to(&mut self, length: usize) {
        let done = std::mem::take(&mut self.done);
        self.state = state();
        for text in done.into_iter().take(length) {
            self.run(&text).unwrap();
        }
    }

    fn views(&mut self) -> Views {
        if let Some(recorded) = &self.recorded {
            return recorded.clone();
        }
        let realm = wait(self.state.inspect(&InspectOptions::default())).unwrap();
        let mut views = rows::rows(&realm, &self.collation);
        let marks = views
            .entry("sys.extended_properties".to_owned())
            .or_default();
        for (name, value) in &self.marks {
            marks.push(serde_json::json!({"class": 0, "major_id": 0, "minor_id": 0, "name": name, "value": value}));
        }
        views
    }
}

impl Server {
    pub(super) fn new(databases: &[&str]) -> Self {
        let all = databases.iter().chain(&["master"]);
        Self {
            databases: all
                .map(|&name| (name.to_owned(), Database::new("sa", COLLATION)))
                .collect(),
            logins: [("sa".to_owned(), PASSWORD.to_owned())].into(),
            locks: BTreeMap::new(),
            killed: BTreeSet::new(),
            log: Vec::new(),
            fault: None,
            cancelled: 0,
            catalogue: None,
        }
    }

    pub(super) fn script(&mut self, database: &str, sql: &str) {
        self.databases.get_mut(database).unwrap().run(sql).unwrap();
    }

    pub(super) fn record(&mut self, database: &str, views: Views) {
        self.databases.get_mut(database).unwrap().recorded = Some(views);
    }

    pub(super) fn holds(&self) -> Vec<String> {
        self.databases
            .keys()
            .chain(self.logins.keys())
            .cloned()
            .collect()
    }

    pub(super) fn enter(&self, login: &Login, number: u32) -> Result<Session, (u32, String)> {
        let user = &login.user;
        if self.logins.get(user) != Some(&login.password) {
            return Err((18456, format!("Login failed for user '{user}'.")));
        }
        let database = if login.database.is_empty() {
            "master"
        } else {
            &login.database
        };
        let found = self.databases.get(database);
        if !found.is_some_and(|found| database == "master" || user == "sa" || found.owner == *user)
        {
            let words = format!(
                "Cannot open database \"{database}\" requested by the login. The login failed."
            );
            return Err((4060, words));
        }
        Ok(Session {
            number,
            user: user.clone(),
            database: database.to_owned(),
            begun: None,
        })
    }

    /// A connection is gone.
    pub(super) fn leave(&mut self, number: u32) {
        self.locks.retain(|_, holder| *holder != number);
    }

    /// The answer to a batch.
    pub(super) fn run(&mut self, session: &mut Session, text: &str) -> Vec<u8> {
        let before = session.begun.is_some();
        let tokens = match self.work(session, text) {
            Ok((columns, rows)) if columns.is_empty() => {
                wire::done(false, u64::try_from(rows.len()).unwrap())
            }
            Ok((columns, rows)) => {
                let count = u64::try_from(rows.len()).unwrap();
                [wire::rows(&columns, &rows), wire::done(false, count)].concat()
            }
            Err((number, words, line)) => {
                [wire::error(number, &words, line), wire::done(true, 0)].concat()
            }
        };
        let moved = match (before, session.begun.is_some()) {
            (false, true) => wire::transaction(8),
            (true, false) if text.starts_with("COMMIT") => wire::transaction(9),
            (true, false) => wire::transaction(10),
            _ => Vec::new(),
        };
        [moved, tokens].concat()
    }

    fn work(&mut self, session: &mut Session, text: &str) -> Result<Answer, Refusal> {
        if self.killed.contains(&session.number) {
            return Err(refused(
                596,
                "Cannot continue the execution because the session is in the kill state.",
            ));
        }
        match text {
            "BEGIN TRANSACTION" => {
                session.begun = Some(self.own(session)?.done.len());
                return nothing();
            }
            "COMMIT TRANSACTION" | "COMMIT" => {
                session.begun = None;
                return nothing();
            }
            "IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION" | "ROLLBACK" => {
                if let Some(length) = session.begun.take() {
                    self.own(session)?.back_to(length);
                }
                return nothing();
            }
            "SELECT @@TRANCOUNT" => {
                return one("", Value::Integer(i64::from(session.begun.is_some())));
            }
            "SELECT CAST(@@ROWCOUNT AS bigint)" => return one("", Value::Integer(1)),
            _ => {}
        }
        if text.starts_with("SET ANSI_NULLS") || text.starts_with("SET LOCK_TIMEOUT") {
            return nothing();
        }
        if text.contains("SERVERPROPERTY('ProductVersion')") {
            let row = vec![
                Value::Text("16.0.4135.4".to_owned()),
                Value::Integer(3),
                Value::Integer(i64::from(session.number)),
            ];
            return Ok((vec![String::new(), String::new(), String::new()], vec![row]));
        }
        if let Some(done) = self.locks(session, text) {
            return done;
        }
        if let Some(done) = self.administer(session, text) {
            return done;
        }
        if text.starts_with("SELECT") && text.contains("sys.") {
            return self.ask(session, text);
        }
        if text.starts_with("SELECT") && text.contains(RECORDS) {
            let done = &self.own(session)?.done;
            let found = wait(catalogue::rows_of(RECORDS, done, text));
            return found.map_err(|words| refused(208, words));
        }
        self.own(session)?.run(text)?;
        nothing()
    }

    fn own(&mut self, session: &Session) -> Result<&mut Database, Refusal> {
        let found = self.databases.get_mut(&session.database);
        found.ok_or_else(|| {
            refused(
                911,
                format!("Database '{}' does not exist.", session.database),
            )
        })
    }

    fn locks(&mut self, session: &Session, text: &str) -> Option<Result<Answer, Refusal>> {
        let place = match text.contains("master.sys.") {
            true => "master".to_owned(),
            false => session.database.clone(),
        };
        if text.contains("sp_getapplock") {
            let name = between(text, "@Resource = N'", "'")?.to_owned();
            let holder = *self.locks.entry((place, name)).or_insert(session.number);
            let taken = if holder == session.number { 0 } else { -1 };
            return Some(one("", Value::Integer(taken)));
        }
        let name = between(text, "APPLOCK_TEST(''public'', N''", "''")?.to_owned();
        let holder = self.locks.get(&(place, name));
        let free = holder.is_none_or(|holder| *holder == session.number);
        Some(one("", Value::Integer(i64::from(free))))
    }

    /// What only an administrator may do.
    fn administer(&mut self, session: &Session, text: &str) -> Option<Result<Answer, Refusal>> {
        let started = |words: &str| text.starts_with(words);
        let known = started("CREATE DATABASE")
            || started("IF DB_ID")
            || started("CREATE LOGIN")
            || started("IF SUSER_ID")
            || started("ALTER AUTHORIZATION ON DATABASE")
            || started("KILL ")
            || text.contains(".sys.sp_addextendedproperty @name = N'trueup'");
        if !known {
            return None;
        }
        if session.user != "sa" {
            let words = "CREATE DATABASE permission denied in database 'master'.";
            return Some(Err(refused(262, words)));
        }
        let name = between(text, "[", "]").map(str::to_owned);
        if let Some(number) = text.strip_prefix("KILL ") {
            self.killed.insert(number.parse().unwrap());
        } else if started("CREATE DATABASE") {
            let collation = text
                .split_once(" COLLATE ")
                .map_or(COLLATION, |(_, name)| name);
            let name = name?;
            if self.databases.contains_key(&name) {
                return Some(Err(refused(
                    1801,
                    format!("Database '{name}' already exists."),
                )));
            }
            self.databases.insert(name, Database::new("sa", collation));
        } else if started("IF DB_ID") {
            self.databases.remove(&name?);
        } else if started("CREATE LOGIN") {
            let password = between(text, "PASSWORD = N'", "'")?.to_owned();
            self.logins.insert(name?, password);
        } else if started("IF SUSER_ID") {
            let name = name?;
            if self.databases.values().any(|one| one.owner == name) {
                return Some(Err(refused(
                    15174,
                    format!("Login '{name}' owns one or more database(s)."),
                )));
            }
            self.logins.remove(&name);
        } else if started("ALTER AUTHORIZATION") {
            let owner = text.rsplit('[').next()?.trim_end_matches(']').to_owned();
            self.databases.get_mut(&name?)?.owner = owner;
        } else {
            let value = between(text, "@value = N'", "'")?.to_owned();
            self.databases
                .get_mut(&name?)?
                .marks
                .insert("trueup".to_owned(), value);
        }
        Some(nothing())
    }

    /// A query of the catalogue.
    fn ask(&mut self, session: &Session, text: &str) -> Result<Answer, Refusal> {
        let elsewhere = between(text, "FROM [", "].sys.").map(str::to_owned);
        let mut text = text.to_owned();
        let mut database = session.database.clone();
        if let Some(name) = elsewhere {
            text = text.replace(&format!("[{name}].sys."), "sys.");
            database = name;
        }
        let others: Vec<(String, String)> = self
            .databases
            .iter()
            .map(|(name, one)| (name.clone(), one.collation.clone()))
            .collect();
        let logins: Vec<String> = self.logins.keys().cloned().collect();
        let Some(found) = self.databases.get_mut(&database) else {
            return Err(refused(
                911,
                format!("Database '{database}' does not exist."),
            ));
        };
        let mut views = found.views();
        let servers = views.entry("sys.databases".to_owned()).or_default();
        for (at, (name, collation)) in others.iter().enumerate() {
            servers.push(serde_json::json!({"name": name, "database_id": 100 + at, "collation_name": collation}));
        }
        let principals = views.entry("sys.server_principals".to_owned()).or_default();
        principals.extend(logins.iter().map(|name| serde_json::json!({"name": name})));
        wait(catalogue::ask(&mut self.catalogue, views, &text)).map_err(|words| {
            match words.contains("no such table") {
                true => refused(208, format!("Invalid object name: {words}")),
                false => refused(207, words),
            }
        })
    }
}
