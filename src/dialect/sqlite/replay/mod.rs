//! `offline://sqlite`: what scripts make of SQLite's own table of objects, without SQLite.
//!
//! Definitions are kept as SQLite keeps them, as text, and a realm is made of them as of an inspection. It refuses what SQLite
//! would refuse of tables, indexes and names, in its words; the bodies of views and triggers are not looked into, but where an
//! `ALTER TABLE` has to change them.

mod alter;
mod check;
mod rename;

use std::collections::BTreeSet;

use rpds::RedBlackTreeMapSync;

use super::inspect::{self, Object};
use super::parse::{self, Create, Name, ParseError, Statement};
use super::sandbox;
use crate::engine::offline::Replay;
use crate::engine::{EngineError, ExecError};
use crate::plan::TxMode;
use crate::schema::Realm;

/// Where an object is: triggers have names of their own.
type Key = (bool, String);

fn key(kind: &str, name: &str) -> Key {
    (kind == "trigger", name.to_lowercase())
}

/// A state.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    objects: RedBlackTreeMapSync<Key, Object>,
    /// Temporary tables, which only the connection that makes them sees.
    temporary: BTreeSet<String>,
    settings: Settings,
}

/// What a file's statements set.
#[derive(Clone, Copy, Debug, Default)]
struct Settings {
    /// The file runs in one transaction.
    within: bool,
    /// A transaction was begun.
    open: bool,
    /// `PRAGMA legacy_alter_table`
    legacy: bool,
    /// `PRAGMA foreign_keys = off`
    unenforced: bool,
}

fn refused(offset: usize, message: impl Into<String>) -> ExecError {
    ExecError {
        offset: Some(offset),
        ..ExecError::refused(0, message)
    }
}

/// What can't be followed.
fn unfollowed(offset: usize, message: impl Into<String>) -> ExecError {
    ExecError {
        hint: Some("`sqlite://dev?mode=memory` needs no server either, and runs it".to_owned()),
        ..refused(offset, message)
    }
}

fn misread(error: &ParseError) -> ExecError {
    refused(error.offset, error.to_string())
}

impl State {
    fn object(&self, kind: &str, name: &str) -> Option<&Object> {
        self.objects.get(&key(kind, name))
    }

    fn put(&mut self, object: Object) {
        let key = key(&object.kind, &object.name);
        self.objects.insert_mut(key, object);
    }

    /// Whether the name is one of a temporary table; another database than the own is refused.
    fn is_temporary(&self, name: &Name) -> Result<bool, ExecError> {
        let known = self.temporary.contains(&name.name.to_lowercase());
        match name.database.as_deref().map(str::to_lowercase).as_deref() {
            None => Ok(known),
            Some("temp") => Ok(true),
            Some("main") => Ok(false),
            Some(other) => Err(refused(0, format!("unknown database {other}"))),
        }
    }

    /// The table that a statement changes.
    fn table(&self, name: &Name) -> Result<&Object, ExecError> {
        let absent = || refused(name.start, format!("no such table: {}", name.name));
        let found = self.object("table", &name.name).ok_or_else(absent)?;
        match found.kind.as_str() {
            "table" | "virtual table" => Ok(found),
            "view" => Err(refused(name.start, format!("{} is a view", found.name))),
            _ => Err(absent()),
        }
    }

    fn one(&mut self, text: &str) -> Result<(), ExecError> {
        match parse::statement(text).map_err(|error| misread(&error))? {
            Statement::Create(create) => self.create(text, &create),
            Statement::Drop {
                kind,
                name,
                if_exists,
            } => self.drop(kind, &name, if_exists),
            Statement::Alter { table, change } => self.alter(text, &table, &change),
            Statement::Pragma { name, value } => self.pragma(&name, value.as_deref()),
            Statement::Rows(name) => self.rows(&name),
            Statement::Begin if self.settings.within || self.settings.open => Err(refused(
                0,
                "cannot start a transaction within a transaction",
            )),
            Statement::Commit if !self.settings.open => {
                Err(refused(0, "cannot commit - no transaction is active"))
            }
            Statement::Begin | Statement::Commit => {
                self.settings.open = !self.settings.open;
                Ok(())
            }
            Statement::Rollback => Err(unfollowed(
                0,
                "what ROLLBACK takes back can't be followed offline",
            )),
            Statement::Other => Ok(()),
        }
    }

    fn pragma(&mut self, name: &str, value: Option<&str>) -> Result<(), ExecError> {
        let on = value.map(|value| ["on", "1", "yes", "true"].contains(&value));
        match (name, on) {
            ("legacy_alter_table", Some(on)) => self.settings.legacy = on,
            // In a transaction it has no effect, but for the one that is done before.
            ("foreign_keys", Some(on)) if !on || !(self.settings.within || self.settings.open) => {
                self.settings.unenforced = !on;
            }
            ("writable_schema", Some(true)) => {
                let message = "what is written into SQLite's own tables can't be followed offline";
                return Err(unfollowed(0, message));
            }
            _ => {}
        }
        Ok(())
    }

    /// Rows are not part of a schema, but the table has to exist.
    fn rows(&self, name: &Name) -> Result<(), ExecError> {
        let own = name.name.to_lowercase();
        if ["sqlite_master", "sqlite_schema"].contains(&&*own) {
            let message = format!("table {} may not be modified", name.name);
            return Err(refused(name.start, message));
        }
        if own.starts_with("sqlite_") || self.is_temporary(name)? {
            return Ok(());
        }
        match self
            .object("view", &own)
            .is_some_and(|one| one.kind == "view")
        {
            true => Ok(()),
            false => self.table(name).map(drop),
        }
    }

    fn create(&mut self, text: &str, create: &Create) -> Result<(), ExecError> {
        let Name { name, start, .. } = &create.name;
        let temporary =
            create.temporary || self.is_temporary(&create.name)? && create.kind == "table";
        if temporary || create.name.database.as_deref() == Some("temp") {
            if create.kind != "table" {
                let message = format!("a temporary {} can't be followed offline", create.kind);
                return Err(unfollowed(0, message));
            }
            let new = self.temporary.insert(name.to_lowercase());
            return match new || create.if_not_exists {
                true => Ok(()),
                false => Err(refused(*start, format!("table {name} already exists"))),
            };
        }
        if name.to_lowercase().starts_with("sqlite_") {
            let message = format!("object name reserved for internal use: {name}");
            return Err(refused(*start, message));
        }
        let plain = match create.kind {
            "unique index" => "index",
            kind => kind,
        };
        if let Some(there) = self.object(plain, name) {
            let same = (plain == "index") == (there.kind == "index");
            return match (create.if_not_exists && same, same) {
                (true, _) => Ok(()),
                (_, true) => {
                    let kind = there.kind.trim_start_matches("virtual ");
                    Err(refused(*start, format!("{kind} {name} already exists")))
                }
                _ => {
                    let kind = if plain == "index" {
                        "a table"
                    } else {
                        "an index"
                    };
                    Err(refused(
                        *start,
                        format!("there is already {kind} named {name}"),
                    ))
                }
            };
        }
        let end = match plain {
            // A comment at its end stays.
            "view" => text.trim_end().trim_end_matches(';').trim_end().len(),
            _ => parse::end(text),
        };
        let sql = format!(
            "CREATE {} {}",
            create.kind.to_uppercase(),
            text.get(*start..end).unwrap_or_default()
        );
        let table = self.made(create, text)?;
        self.put(Object {
            kind: plain.to_owned(),
            name: name.clone(),
            table,
            sql: Some(sql),
        });
        Ok(())
    }

    /// The table that something new is on, or its own name, where SQLite takes it.
    fn made(&self, create: &Create, text: &str) -> Result<String, ExecError> {
        let start = create.name.start;
        let failed = |message| refused(start, message);
        let on = create.on.as_deref().unwrap_or_default();
        match create.kind {
            "table" if create.instead => {
                let message = "the columns of a table made by a query can't be known offline";
                Err(unfollowed(start, message))
            }
            "table" => {
                let def = parse::create_table(text).map_err(|error| misread(&error))?;
                check::table(&def).map_err(failed)?;
                Ok(def.name)
            }
            "virtual table" => {
                let known = ["fts3", "fts4", "fts5", "rtree", "rtree_i32"];
                match known.contains(&&*on.to_lowercase()) {
                    true => Ok(create.name.name.clone()),
                    false => Err(failed(format!("no such module: {on}"))),
                }
            }
            "view" => Ok(create.name.name.clone()),
            "trigger" => {
                let absent = || failed(format!("no such table: main.{on}"));
                let table = self.object("table", on).ok_or_else(absent)?;
                match (table.kind.as_str(), create.instead) {
                    ("table", true) => Err(failed(format!(
                        "cannot create INSTEAD OF trigger on table: {on}"
                    ))),
                    ("view", false) => Err(failed(format!(
                        "cannot create BEFORE or AFTER trigger on view: {on}"
                    ))),
                    ("table" | "view", _) => Ok(table.name.clone()),
                    ("virtual table", _) => Err(failed(
                        "cannot create triggers on virtual tables".to_owned(),
                    )),
                    _ => Err(absent()),
                }
            }
            _ => {
                let def = parse::create_index(text).map_err(|error| misread(&error))?;
                let absent = || failed(format!("no such table: main.{on}"));
                let table = self.object("table", on).ok_or_else(absent)?;
                match table.kind.as_str() {
                    "table" => {}
                    "view" => return Err(failed("views may not be indexed".to_owned())),
                    "virtual table" => {
                        return Err(failed("virtual tables may not be indexed".to_owned()));
                    }
                    _ => return Err(absent()),
                }
                let columns = inspect::table(table).map_err(of_engine)?.columns;
                check::index(&def, &columns).map_err(failed)?;
                Ok(table.name.clone())
            }
        }
    }

    fn drop(&mut self, kind: &'static str, name: &Name, if_exists: bool) -> Result<(), ExecError> {
        if kind == "table" && self.is_temporary(name)? {
            return match self.temporary.remove(&name.name.to_lowercase()) || if_exists {
                true => Ok(()),
                false => Err(refused(name.start, format!("no such table: {}", name.name))),
            };
        }
        let found = self.object(kind, &name.name).cloned();
        let found = match found {
            Some(found) if found.kind.trim_start_matches("virtual ") == kind => found,
            Some(found)
                if matches!((kind, &*found.kind), ("table", "view") | ("view", "table")) =>
            {
                let message = format!(
                    "use DROP {} to delete {} {}",
                    found.kind.to_uppercase(),
                    found.kind,
                    name.name
                );
                return Err(refused(name.start, message));
            }
            _ if if_exists => return Ok(()),
            _ => {
                return Err(refused(
                    name.start,
                    format!("no such {kind}: {}", name.name),
                ));
            }
        };
        self.objects.remove_mut(&key(kind, &found.name));
        if kind == "table" || kind == "view" {
            let own = |object: &Object| object.table == found.name && object.kind != "table";
            let all = self.objects.iter().filter(|(_, object)| own(object));
            let gone: Vec<Key> = all.map(|(key, _)| key.clone()).collect();
            for key in gone {
                self.objects.remove_mut(&key);
            }
        }
        Ok(())
    }
}

fn of_engine(error: EngineError) -> ExecError {
    ExecError::of_engine(0, error)
}

impl Replay for State {
    fn start(&mut self, mode: TxMode) {
        self.settings = Settings {
            within: mode == TxMode::File,
            ..Settings::default()
        };
    }

    fn run(&mut self, text: &str) -> Result<(), ExecError> {
        if let Some(refused) = sandbox::check(text, false) {
            return Err(refused);
        }
        let before = self.clone();
        self.one(text).inspect_err(|_| *self = before)
    }

    fn realm(&self) -> Result<Realm, EngineError> {
        inspect::of_objects(self.objects.values().cloned())
    }
}
