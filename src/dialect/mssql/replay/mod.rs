//! Follows T-SQL on the schema model: the database of an offline state.
//!
//! It refuses what the server would refuse of a schema's own rules (names that are taken or not there, what depends on a
//! column, keys that a foreign key needs), in its words and with its numbers, and what it can't follow. Rows it has none.
//! A constraint without a name gets one that only this state has, so that it can be looked up and dropped by it.

mod alter;
mod batch;
mod cascade;
mod catalog;
mod column;
mod constraint;
mod evaluate;
mod flow;
mod names;
mod object;
mod past;
mod property;
mod rename;
mod store;
mod table;
mod temporal;
mod text;
mod value;

use std::collections::BTreeMap;

use crate::engine::offline::Replay;
use crate::engine::{EngineError, ExecError};
use crate::schema::{ObjectName, Realm};

use super::parse::{self, Path, Refusal, Stmt};
use super::text::alias_of;
use store::Store;
use value::Value;

use flow::Leave;
use names::MARK;
pub(super) use store::constraints;

/// The schema of names that say none.
pub(super) const DEFAULT_SCHEMA: &str = "dbo";

/// The collation of a database where nobody chose another: the one of the server's images and of Azure.
pub(super) const DEFAULT_COLLATION: &str = "SQL_Latin1_General_CP1_CI_AS";

/// A state.
#[derive(Clone, Debug)]
pub(super) struct State {
    store: Store,
    /// Names that were made up.
    made: usize,
    /// Of the batch that runs; `None` for values that nobody knows here.
    variables: BTreeMap<String, Option<Value>>,
    /// Where the batch that runs goes on.
    leaves: Leave,
    /// The database that `USE` and names of three parts mean.
    database: Option<String>,
    /// What it follows is known to be there: a view may be older than what it reads.
    given: bool,
}

impl State {
    /// A database that holds nothing.
    pub(super) fn new() -> Self {
        let mut store = Store::default();
        store.add_space(DEFAULT_SCHEMA);
        Self {
            store,
            made: 0,
            variables: BTreeMap::new(),
            leaves: Leave::Not,
            database: None,
            given: false,
        }
    }

    /// Follows what a catalogue describes. `name` is what an object that is kept as text is called, whatever its text calls it.
    ///
    /// # Errors
    /// When it can't be followed; the state is of no use then.
    pub(super) fn read(&mut self, sql: &str, name: Option<&Path>) -> Result<(), Refusal> {
        self.given = true;
        let mut nodes = parse::batch(sql)?;
        for node in &mut nodes {
            if let (Stmt::Text { name: own, .. }, Some(name)) = (&mut node.stmt, name) {
                own.clone_from(name);
            }
        }
        self.all(&nodes)
    }

    /// What the state holds, in its normal form.
    pub(super) fn settled(&self) -> Realm {
        let mut realm = self.store.realm();
        realm.schemas.sort_by(|a, b| a.name.cmp(&b.name));
        let aliases: BTreeMap<ObjectName, String> = self
            .store
            .types()
            .filter_map(|(space, one)| {
                Some((ObjectName::new(&space.name, &one.name), alias_of(one)?))
            })
            .collect();
        realm.schemas.iter_mut().for_each(|schema| {
            names::tell_aliases(schema, &aliases);
            past::hide(schema);
            names::settle(schema);
        });
        realm
    }

    fn one(&mut self, stmt: &Stmt) -> Result<(), Refusal> {
        match stmt {
            Stmt::CreateTable { name, items, attrs } => self.create_table(name, items, attrs),
            Stmt::AlterTable { name, change } => self.alter_table(name, change),
            Stmt::CreateIndex {
                table,
                index,
                replaces,
            } => self.create_index(table, index, *replaces),
            Stmt::DropIndex { indexes, if_exists } => indexes
                .iter()
                .try_for_each(|(table, name)| self.drop_index(table, name, *if_exists)),
            Stmt::CreateSchema(name, made) => {
                self.create_schema(name)?;
                made.iter().try_for_each(|stmt| self.one(stmt))
            }
            Stmt::Transfer { schema, object } => self.transfer(schema, object),
            Stmt::CreateSequence(sequence) => self.create_sequence(sequence),
            Stmt::AlterSequence(sequence) => self.alter_sequence(sequence),
            Stmt::Text {
                kind,
                name,
                table,
                tail,
                mode,
            } => self.text(kind, name, table.as_ref(), tail, *mode),
            Stmt::Drop {
                existing,
                names,
                if_exists,
            } => names
                .iter()
                .try_for_each(|name| self.drop_object(*existing, name, *if_exists)),
            Stmt::Call {
                procedure,
                arguments,
            } => self.call(procedure, arguments),
            Stmt::Dynamic(text) => {
                let text = self.string(text)?;
                let nodes = parse::batch(&text).map_err(|refusal| Refusal {
                    offset: 0,
                    ..refusal
                })?;
                let inner = std::mem::take(&mut self.variables);
                let done = self.batch(&text, &nodes).map_err(|refusal| Refusal {
                    offset: 0,
                    ..refusal
                });
                self.variables = inner;
                done
            }
            Stmt::Assign(variables) => variables.iter().try_for_each(|(name, value)| {
                let value = match value {
                    Some(value) => known(self.evaluate(value, &[]))?,
                    None => Some(Value::Null),
                };
                self.variables.insert(name.to_lowercase(), value);
                Ok(())
            }),
            Stmt::Forget(names) => {
                let names = names.iter().map(|name| (name.clone(), None));
                self.variables.extend(names);
                Ok(())
            }
            Stmt::Use(database) => self.use_database(database),
            Stmt::Return => self.leave(Leave::Batch),
            Stmt::Break => self.leave(Leave::Loop),
            Stmt::Continue => self.leave(Leave::Turn),
            Stmt::GoTo(label) => self.leave(Leave::To(label.clone())),
            Stmt::Fail(words) => Err(Refusal::at(0, format!("the migration ends here: {words}"))),
            Stmt::Query(query) => self.assign(query),
            Stmt::If {
                condition,
                then,
                otherwise,
            } => self.branch(condition, then, otherwise),
            Stmt::While { condition, body } => self.repeat(condition.as_ref(), body),
            Stmt::Rows(table) => self.resolve_rows(table),
            Stmt::AlterIndex | Stmt::Label(_) | Stmt::Nothing => Ok(()),
        }
    }
}

/// A value, where it is not one that only a server knows.
fn known<T>(found: Result<T, Refusal>) -> Result<Option<T>, Refusal> {
    match found {
        Err(refusal) if refusal.code.is_none() => Ok(None),
        found => found.map(Some),
    }
}

impl Replay for State {
    fn run(&mut self, text: &str) -> Result<(), ExecError> {
        let nodes = parse::batch(text)?;
        let before = self.clone();
        self.variables.clear();
        self.batch(text, &nodes).map_err(|refusal| {
            *self = before;
            refusal.into()
        })
    }

    fn realm(&self) -> Result<Realm, EngineError> {
        Ok(self.settled())
    }
}

#[cfg(test)]
mod tests;
