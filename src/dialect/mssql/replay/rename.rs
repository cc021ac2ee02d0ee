//! `sp_rename`: keys, indexes and foreign keys go with a name, expressions do not.

use crate::dialect::mssql::parse::{Path, Refusal};
use crate::dialect::mssql::text::Definition;
use crate::schema::{KeyPart, ObjectName, PartExpr, Sequence, Table, TextObject};
use crate::sql::Rules;
use crate::sql::token::{Token, tokens};

use super::column::position;
use super::names::{mentions, path_of, rename_constraints, same};
use super::store::Key;
use super::{State, temporal};

/// The parts of a name in a string.
pub(super) fn parts(text: &str) -> Vec<String> {
    let all: Vec<Token<'_>> = tokens(text, &Rules::MSSQL).collect();
    let names = all.iter().filter(|token| !token.symbol("."));
    names
        .map(|token| {
            token
                .name()
                .map_or_else(|| token.text.to_owned(), Into::into)
        })
        .collect()
}

fn absent(object: &str) -> Refusal {
    let message = format!(
        "Either the parameter @objname is ambiguous or the claimed @objtype is wrong: '{object}' is not there."
    );
    Refusal::server("15225", message)
}

fn enforced(object: &str) -> Refusal {
    let message = format!(
        "Object '{object}' cannot be renamed because the object participates in enforced dependencies."
    );
    Refusal::server("15336", message)
}

impl State {
    pub(super) fn rename(&mut self, object: &str, to: &str, kind: &str) -> Result<(), Refusal> {
        let mut names = parts(object);
        let own = names.pop().unwrap_or_default();
        match kind.to_uppercase().as_str() {
            "COLUMN" => self.rename_column(&path_of(names), &own, to),
            "INDEX" => self.rename_index(&path_of(names), &own, to),
            "OBJECT" => {
                let schema = names.pop();
                let path = Path {
                    database: names.pop(),
                    schema,
                    name: own,
                };
                self.rename_object(&path, to)
            }
            "USERDATATYPE" => {
                self.rename_type(&path_of(names.into_iter().chain([own]).collect()), to)
            }
            other => Err(Refusal::at(
                0,
                format!("what `sp_rename` does to `{other}` can't be followed"),
            )),
        }
    }

    /// A type, which columns have under its new name.
    fn rename_type(&mut self, path: &Path, to: &str) -> Result<(), Refusal> {
        let schema = self.schema_of(path)?;
        let key = Self::key(path);
        let Some(object) = self.store.text("type", &key).cloned() else {
            return Err(absent(&path.name));
        };
        self.free_type(&schema, to)?;
        let name = ObjectName::new(&schema, &object.name);
        if let Some(by) = self.declaring(&name) {
            return Err(Refusal::at(
                0,
                format!("'{by}' has the type, and its own text keeps the old name"),
            )
            .hint("drop it first, and create it again behind the type"));
        }
        self.store.drop_text("type", &key);
        let renamed = TextObject {
            name: to.to_owned(),
            ..object
        };
        let definition = Definition::of(&renamed).map(|one| one.text(&schema, &renamed));
        self.store.put_text(
            &schema,
            TextObject {
                definition: definition.unwrap_or_default(),
                ..renamed
            },
        );
        self.store.retype(&name, &ObjectName::new(&schema, to));
        Ok(())
    }

    fn rename_column(&mut self, path: &Path, from: &str, to: &str) -> Result<(), Refusal> {
        let (name, mut table) = self.table(path)?;
        if temporal::is_past(&table) {
            let message = format!(
                "the columns of '{}' have the names of those of the table whose past it keeps",
                name.name
            );
            return Err(Refusal::at(0, message).hint("rename the column of that table"));
        }
        let Ok(at) = position(&table, from) else {
            return Err(absent(from));
        };
        if table
            .columns
            .iter()
            .enumerate()
            .any(|(other, column)| other != at && same(&column.name, to))
        {
            let message = format!(
                "Error: The new name '{to}' is already in use as a COLUMN name and would cause a duplicate that is not permitted."
            );
            return Err(Refusal::server("15335", message));
        }
        let is_enforced = table.checks.iter().any(|check| mentions(&check.expr, from))
            || table.columns.iter().any(|column| {
                column
                    .generated
                    .as_ref()
                    .is_some_and(|rule| mentions(&rule.expr, from))
            })
            || table.indexes.iter().any(|index| {
                index
                    .predicate
                    .as_deref()
                    .is_some_and(|expr| mentions(expr, from))
            })
            || !self.readers(&name, from).is_empty();
        if is_enforced {
            return Err(enforced(&format!("{}.{}.{from}", name.schema, name.name)));
        }
        let from = table.columns[at].name.clone();
        to.clone_into(&mut table.columns[at].name);
        rename_in(&mut table, &from, to);
        temporal::name_period(&mut table);
        self.rename_past(&table, &from, to);
        self.store.put(&name.schema, table);
        self.store.redirect(&Key::of(&name), |key| {
            key.ref_columns
                .iter_mut()
                .filter(|column| **column == from)
                .for_each(|column| to.clone_into(column));
        });
        Ok(())
    }

    fn rename_index(&mut self, path: &Path, from: &str, to: &str) -> Result<(), Refusal> {
        let (name, mut table) = self.table(path)?;
        let Some(at) = table
            .indexes
            .iter()
            .position(|index| same(&index.name, from))
        else {
            // The index of a key is renamed with it.
            return self.rename_constraint(&name, table, from, to);
        };
        if table
            .indexes
            .iter()
            .enumerate()
            .any(|(other, index)| other != at && same(&index.name, to))
        {
            return Err(Refusal::server(
                "15335",
                format!(
                    "Error: The new name '{to}' is already in use as a INDEX name and would cause a duplicate that is not permitted."
                ),
            ));
        }
        to.clone_into(&mut table.indexes[at].name);
        self.store.put(&name.schema, table);
        Ok(())
    }

    fn rename_object(&mut self, path: &Path, to: &str) -> Result<(), Refusal> {
        let schema = self.schema_of(path)?;
        if !same(&path.name, to) {
            self.free(&schema, to, None)?;
        }
        if let Some((name, _)) = self.find_table(path) {
            self.unbound(&name, |_| {
                enforced(&format!("{}.{}", name.schema, name.name))
            })?;
            let to = ObjectName::new(&name.schema, to);
            self.move_table(&name, &to);
            return Ok(());
        }
        let Some(object) = self.store.object(&Self::key(path)) else {
            return Err(absent(&path.name));
        };
        let schema = object.schema.clone();
        let owner = object.parent.as_ref();
        if let Some(table) = owner.and_then(|owner| self.store.table(owner)) {
            let name = ObjectName::new(&schema, &table.name);
            return self.rename_constraint(&name, table.clone(), &path.name, to);
        }
        if let Some(sequence) = self.store.take_sequence(&Self::key(path)) {
            let name = to.to_owned();
            self.store
                .put_sequence(&schema, Sequence { name, ..sequence });
            return Ok(());
        }
        Err(Refusal::at(
            0,
            format!(
                "'{}' keeps its old name in its own text when it is renamed",
                path.name
            ),
        )
        .hint("drop it and create it under its new name"))
    }

    fn rename_constraint(
        &mut self,
        name: &ObjectName,
        mut table: Table,
        from: &str,
        to: &str,
    ) -> Result<(), Refusal> {
        let mut found = false;
        rename_constraints(&mut table, |own| {
            if own.as_deref().is_some_and(|own| same(own, from)) {
                *own = Some(to.to_owned());
                found = true;
            }
        });
        match found {
            true => self.store.put(&name.schema, table),
            false => return Err(absent(from)),
        }
        Ok(())
    }
}

/// Gives a column another name in what is on it.
pub(super) fn rename_in(table: &mut Table, from: &str, to: &str) {
    let rename = |parts: &mut Vec<KeyPart>| {
        for part in parts {
            if part.on == PartExpr::Column(from.to_owned()) {
                part.on = PartExpr::Column(to.to_owned());
            }
        }
    };
    table
        .primary_key
        .iter_mut()
        .for_each(|key| rename(&mut key.parts));
    table
        .uniques
        .iter_mut()
        .for_each(|key| rename(&mut key.parts));
    for index in &mut table.indexes {
        rename(&mut index.parts);
        index
            .include
            .iter_mut()
            .filter(|column| *column == from)
            .for_each(|column| to.clone_into(column));
    }
    for key in &mut table.foreign_keys {
        key.columns
            .iter_mut()
            .filter(|column| *column == from)
            .for_each(|column| to.clone_into(column));
    }
}
