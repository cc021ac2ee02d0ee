//! Names in a state: found in any case, and made up where none is given.

use std::collections::BTreeMap;

use crate::dialect::mssql::attrs;
use crate::dialect::mssql::parse::{Path, Refusal, is_reserved};
use crate::schema::{ObjectName, Schema, Table};
use crate::sql::Rules;
use crate::sql::token::{Kind, tokens};

use super::store::{Key, constraints};
use super::{DEFAULT_SCHEMA, State};

pub(super) use crate::dialect::mssql::text::{mentions, same};

/// What names have in them that were made up: a character that nobody's have.
pub(in crate::dialect::mssql) const MARK: char = '\u{f8ff}';

/// The first name in an expression that can only be a column's, and is none of the table's. Words that may be something
/// else (a type, a part of a date) are passed by.
pub(super) fn stray(expr: &str, table: &Table) -> Option<String> {
    const OTHERS: &[&str] = &[
        "AT", "BOTH", "LEADING", "MAX", "TIME", "TRAILING", "VALUE", "ZONE",
    ];
    const FIRST_IS_NONE: &[&str] = &[
        "CONVERT",
        "DATEADD",
        "DATEDIFF",
        "DATEDIFF_BIG",
        "DATENAME",
        "DATEPART",
        "DATETRUNC",
        "DATE_BUCKET",
        "PARSE",
        "TRY_CONVERT",
        "TRY_PARSE",
    ];
    let all: Vec<_> = tokens(expr, &Rules::MSSQL).collect();
    let before = |at: usize, by: usize| at.checked_sub(by).map(|at| &all[at]);
    let mut found = all.iter().enumerate().filter(|(at, token)| {
        let name = match token.kind {
            Kind::Name => true,
            Kind::Word => {
                let first = token.text.chars().next();
                first.is_some_and(|first| first.is_alphabetic() || first == '_')
                    && !is_reserved(token)
                    && !token.is_any(OTHERS)
            }
            _ => false,
        };
        let last = before(*at, 1);
        let next = all.get(at + 1);
        let part = last.is_some_and(|last| last.symbol("."))
            || next.is_some_and(|next| next.symbol(".") || next.symbol("(") || next.symbol("::"));
        let said = last.is_some_and(|last| last.is_any(&["AS", "COLLATE"]));
        let first = last.is_some_and(|last| last.symbol("("))
            && before(*at, 2).is_some_and(|callee| callee.is_any(FIRST_IS_NONE));
        name && !part && !said && !first
    });
    found.find_map(|(_, token)| {
        let name = token.name()?;
        let there = table.columns.iter().any(|column| same(&column.name, &name));
        (!there).then(|| name.into_owned())
    })
}

/// Refuses an expression that names a column which the table does not have.
pub(super) fn resolve(expr: &str, table: &Table) -> Result<(), Refusal> {
    match stray(expr, table) {
        Some(name) => Err(Refusal::server(
            "207",
            format!("Invalid column name '{name}'."),
        )),
        None => Ok(()),
    }
}

/// The sequences that an expression takes numbers from.
pub(super) fn sequences(expr: &str) -> Vec<Path> {
    let all: Vec<_> = tokens(expr, &Rules::MSSQL).collect();
    let starts = (0..all.len()).filter(|at| {
        let words = all[*at..].iter().zip(["NEXT", "VALUE", "FOR"]);
        words.filter(|(token, word)| token.is(word)).count() == 3
    });
    let path = |at: usize| {
        let mut names = Vec::new();
        for pair in all[at + 3..].chunks(2) {
            names.extend(pair[0].name().map(|name| name.into_owned()));
            if !pair.get(1).is_some_and(|point| point.symbol(".")) {
                break;
            }
        }
        path_of(names)
    };
    starts.map(path).collect()
}

/// A path of names, the object's own last.
pub(super) fn path_of(mut names: Vec<String>) -> Path {
    let name = names.pop().unwrap_or_default();
    let schema = names.pop();
    Path {
        database: names.pop(),
        schema,
        name,
    }
}

/// Changes the names of a table's constraints, those of defaults included.
pub(super) fn rename_constraints(table: &mut Table, mut change: impl FnMut(&mut Option<String>)) {
    let key = table.primary_key.iter_mut().map(|key| &mut key.name);
    let uniques = table.uniques.iter_mut().map(|key| &mut key.name);
    let keys = table.foreign_keys.iter_mut().map(|key| &mut key.name);
    let checks = table.checks.iter_mut().map(|check| &mut check.name);
    key.chain(uniques)
        .chain(keys)
        .chain(checks)
        .for_each(&mut change);
    for column in &mut table.columns {
        let mut name = column.attrs.get(attrs::DEFAULT_NAME).cloned();
        if name.is_some() {
            change(&mut name);
            column.attrs.set(attrs::DEFAULT_NAME, name);
        }
    }
}

/// Takes made-up names away.
pub(super) fn forget_names(table: &mut Table) {
    rename_constraints(table, |name| {
        if name.as_ref().is_some_and(|name| name.contains(MARK)) {
            *name = None;
        }
    });
}

/// Tells of columns what their types stand for.
pub(super) fn tell_aliases(schema: &mut Schema, aliases: &BTreeMap<ObjectName, String>) {
    for column in schema
        .tables
        .iter_mut()
        .flat_map(|table| &mut table.columns)
    {
        let alias = column.ty.user.as_ref().and_then(|user| aliases.get(user));
        column.attrs.set(attrs::ALIAS_OF, alias.cloned());
    }
}

/// Sorts what a schema holds, and takes made-up names away.
pub(super) fn settle(schema: &mut Schema) {
    for table in &mut schema.tables {
        forget_names(table);
        table
            .uniques
            .sort_by(|a, b| (&a.name, &a.parts).cmp(&(&b.name, &b.parts)));
        table.foreign_keys.sort();
        table
            .checks
            .sort_by(|a, b| (&a.name, &a.expr).cmp(&(&b.name, &b.expr)));
        table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
    }
    schema.tables.sort_by(|a, b| a.name.cmp(&b.name));
    schema.sequences.sort_by(|a, b| a.name.cmp(&b.name));
    schema.texts.sort();
}

impl State {
    /// The name of a schema as the state has it.
    pub(super) fn schema_of(&self, path: &Path) -> Result<String, Refusal> {
        self.at_home(path)?;
        let wanted = path.schema.as_deref().unwrap_or(DEFAULT_SCHEMA);
        let found = self.store.space(wanted);
        found.map(|schema| schema.name.clone()).ok_or_else(|| {
            Refusal::server("2760", format!("The specified schema name \"{wanted}\" either does not exist or you do not have permission to use it."))
        })
    }

    /// Refuses a name in another database than the one that is migrated.
    pub(super) fn at_home(&self, path: &Path) -> Result<(), Refusal> {
        let Some(database) = path.database.as_deref().filter(|name| !name.is_empty()) else {
            return Ok(());
        };
        let message = match &self.database {
            Some(known) if same(database, known) => return Ok(()),
            Some(known) => format!("`{database}` is another database than `{known}`"),
            None => format!("whether `{database}` is the database that is migrated can't be known"),
        };
        Err(Refusal::at(0, message)
            .hint("name what is in the database that is migrated without it, or begin with `USE`"))
    }

    /// `USE`: there is one database.
    pub(super) fn use_database(&mut self, name: &str) -> Result<(), Refusal> {
        let path = Path {
            database: Some(name.to_owned()),
            schema: None,
            name: String::new(),
        };
        if self.database.is_some() {
            return self.at_home(&path);
        }
        self.database = path.database;
        Ok(())
    }

    /// Where a name leads.
    pub(super) fn key(path: &Path) -> Key {
        Key::new(path.schema.as_deref().unwrap_or(DEFAULT_SCHEMA), &path.name)
    }

    pub(super) fn find_table(&self, path: &Path) -> Option<(ObjectName, &Table)> {
        let key = Self::key(path);
        let (object, table) = (self.store.object(&key)?, self.store.table(&key)?);
        Some((ObjectName::new(&object.schema, &table.name), table))
    }

    /// A table of that name, and a copy of it to be changed and put back.
    pub(super) fn table(&self, path: &Path) -> Result<(ObjectName, Table), Refusal> {
        self.schema_of(path)?;
        let found = self
            .find_table(path)
            .map(|(name, table)| (name, table.clone()));
        found.ok_or_else(|| {
            let message = format!(
                "Cannot find the object \"{}\" because it does not exist or you do not have permissions.",
                path.name
            );
            Refusal::server("4902", message)
        })
    }

    /// Refuses a name that an object of the schema has, but for those of `table`, which is being changed.
    pub(super) fn free(
        &self,
        schema: &str,
        name: &str,
        table: Option<&Table>,
    ) -> Result<(), Refusal> {
        let key = Key::new(schema, name);
        let own = table.map(|table| Key::new(schema, &table.name));
        let taken = self.store.object(&key).is_some_and(|object| {
            own.is_none() || object.parent != own && Some(&key) != own.as_ref()
        });
        let own = table.is_some_and(|table| {
            same(&table.name, name) || constraints(table).any(|(other, _)| same(other, name))
        });
        match taken || own {
            true => Err(Refusal::server(
                "2714",
                format!("There is already an object named '{name}' in the database."),
            )),
            false => Ok(()),
        }
    }

    /// A name for what has none.
    pub(super) fn make_name(&mut self, kind: &str, table: &str) -> String {
        self.made += 1;
        format!("{kind}__{table}__{}{MARK}", self.made)
    }

    /// What changes rows of a table that is not there fails.
    pub(super) fn resolve_rows(&self, path: &Path) -> Result<(), Refusal> {
        // What another database has does not matter here.
        let known = self.at_home(path).is_err()
            || path.is_temporary()
            || path.name.starts_with('@')
            || self.store.object(&Self::key(path)).is_some_and(|object| {
                // Views and synonyms are kept as text.
                object.parent.is_none()
            });
        match known {
            true => Ok(()),
            false => Err(Refusal::server(
                "208",
                format!("Invalid object name '{}'.", path.name),
            )),
        }
    }
}
