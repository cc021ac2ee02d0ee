//! Schemas, sequences, and objects that are kept as text.

use crate::dialect::mssql::parse::{Existing, Mode, Numbering, Path, Refusal, Sequenced};
use crate::schema::{DataType, Schema, Sequence, SequenceOptions, TextObject};

use super::State;
use super::names::same;

/// The least and the greatest number of a type.
pub(in crate::dialect::mssql) fn limits(ty: &str) -> (i64, i64) {
    match ty {
        "tinyint" => (0, 255),
        "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "int" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    }
}

impl State {
    pub(super) fn create_schema(&mut self, name: &str) -> Result<(), Refusal> {
        if self.schema(name).is_some() {
            return Err(Refusal::server(
                "2714",
                format!("There is already an object named '{name}' in the database."),
            ));
        }
        self.realm.schemas.push(Schema {
            name: name.to_owned(),
            ..Schema::default()
        });
        Ok(())
    }

    /// Moves an object to another schema.
    pub(super) fn transfer(&mut self, schema: &str, object: &Path) -> Result<(), Refusal> {
        let target = Path {
            database: None,
            schema: Some(schema.to_owned()),
            name: object.name.clone(),
        };
        let to = self.schema_of(&target)?;
        self.free(&to, &object.name, None)?;
        let (name, table) = self.table(object)?;
        let from = self.schema_mut(&name.schema)?;
        from.tables.retain(|table| table.name != name.name);
        let (moved, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut from.texts)
            .into_iter()
            .partition(|one| one.table.as_deref() == Some(&name.name));
        from.texts = rest;
        let into = self.schema_mut(&to)?;
        into.tables.push(table);
        into.texts.extend(moved);
        for schema in &mut self.realm.schemas {
            for key in schema
                .tables
                .iter_mut()
                .flat_map(|table| &mut table.foreign_keys)
            {
                if key.ref_table == name {
                    key.ref_table.schema.clone_from(&to);
                }
            }
        }
        Ok(())
    }

    pub(super) fn create_sequence(
        &mut self,
        Sequenced { name, numbering }: &Sequenced,
    ) -> Result<(), Refusal> {
        let schema = self.schema_of(name)?;
        self.free(&schema, &name.name, None)?;
        let ty = numbering
            .ty
            .clone()
            .unwrap_or_else(|| DataType::parse("bigint"));
        let (least, greatest) = limits(&ty.base);
        let increment = numbering.increment.unwrap_or(1);
        let min = numbering.min.flatten().unwrap_or(least);
        let max = numbering.max.flatten().unwrap_or(greatest);
        let sequence = Sequence {
            name: name.name.clone(),
            ty: ty.to_string(),
            options: SequenceOptions {
                start: numbering
                    .start
                    .unwrap_or(if increment < 0 { max } else { min }),
                increment,
                min,
                max,
                cache: numbering.cache.unwrap_or(-1),
                cycle: numbering.cycle.unwrap_or(false),
            },
            comment: None,
        };
        self.schema_mut(&schema)?.sequences.push(sequence);
        Ok(())
    }

    pub(super) fn alter_sequence(
        &mut self,
        Sequenced { name, numbering }: &Sequenced,
    ) -> Result<(), Refusal> {
        let schema = self.schema_of(name)?;
        let schema = self.schema_mut(&schema)?;
        let found = schema
            .sequences
            .iter_mut()
            .find(|one| same(&one.name, &name.name));
        let Some(sequence) = found else {
            return Err(Refusal::server(
                "208",
                format!("Invalid object name '{}'.", name.name),
            ));
        };
        let (least, greatest) = limits(&sequence.ty);
        let Numbering {
            increment,
            min,
            max,
            cycle,
            cache,
            ..
        } = *numbering;
        let options = &mut sequence.options;
        options.increment = increment.unwrap_or(options.increment);
        options.min = min.map_or(options.min, |min| min.unwrap_or(least));
        options.max = max.map_or(options.max, |max| max.unwrap_or(greatest));
        options.cycle = cycle.unwrap_or(options.cycle);
        options.cache = cache.unwrap_or(options.cache);
        Ok(())
    }

    /// Makes or changes an object that is kept as text.
    pub(super) fn text(
        &mut self,
        kind: &str,
        name: &Path,
        table: Option<&Path>,
        definition: &str,
        mode: Mode,
    ) -> Result<(), Refusal> {
        let table = match table {
            Some(path) => match self.table(path) {
                Ok((name, _)) => Some(name.name),
                Err(refusal) => {
                    if self.resolve_rows(path).is_err() {
                        return Err(refusal);
                    }
                    Some(path.name.clone())
                }
            },
            None => None,
        };
        let schema = self.schema_of(name)?;
        let there = self.schema(&schema).is_some_and(|schema| {
            schema
                .texts
                .iter()
                .any(|one| one.kind == kind && same(&one.name, &name.name))
        });
        match (mode, there) {
            (Mode::Create, true) | (Mode::Create | Mode::CreateOrAlter, false) => {
                self.free(&schema, &name.name, None)?;
            }
            (Mode::Alter, false) => {
                return Err(Refusal::server(
                    "208",
                    format!("Invalid object name '{}'.", name.name),
                ));
            }
            _ => {}
        }
        let object = TextObject {
            kind: kind.to_owned(),
            name: name.name.clone(),
            table,
            definition: definition.to_owned(),
        };
        let schema = self.schema_mut(&schema)?;
        schema
            .texts
            .retain(|one| one.kind != kind || !same(&one.name, &name.name));
        schema.texts.push(object);
        Ok(())
    }

    pub(super) fn create_type(&mut self, name: &Path, definition: &str) -> Result<(), Refusal> {
        let schema = self.schema_of(name)?;
        if self.alias(Some(&schema), &name.name).is_ok() {
            return Err(Refusal::server(
                "219",
                format!(
                    "The type '{}.{}' already exists, or you do not have permission to create it.",
                    schema, name.name
                ),
            ));
        }
        self.text("type", name, None, definition, Mode::CreateOrAlter)
    }

    pub(super) fn drop_object(
        &mut self,
        existing: Existing,
        path: &Path,
        if_exists: bool,
    ) -> Result<(), Refusal> {
        let absent = |what: &str| {
            let message = format!(
                "Cannot drop the {what} '{}', because it does not exist or you do not have permission.",
                path.name
            );
            if if_exists {
                Ok(())
            } else {
                Err(Refusal::server("3701", message))
            }
        };
        match existing {
            Existing::Table => self.drop_table(path, if_exists),
            Existing::Schema => {
                let Some(schema) = self.schema(&path.name) else {
                    return absent("schema");
                };
                let name = schema.name.clone();
                if *schema != schema.header() {
                    let message = format!(
                        "Cannot drop schema '{name}' because it is being referenced by an object in it."
                    );
                    return Err(Refusal::server("3729", message));
                }
                self.realm.schemas.retain(|schema| schema.name != name);
                Ok(())
            }
            Existing::Sequence => {
                let schema = self.schema_of(path)?;
                let all = &mut self.schema_mut(&schema)?.sequences;
                let before = all.len();
                all.retain(|one| !same(&one.name, &path.name));
                if all.len() < before {
                    Ok(())
                } else {
                    absent("sequence")
                }
            }
            Existing::Text(kind) => {
                let schema = self.schema_of(path)?;
                let all = &mut self.schema_mut(&schema)?.texts;
                let before = all.len();
                all.retain(|one| one.kind != kind || !same(&one.name, &path.name));
                if all.len() < before {
                    Ok(())
                } else {
                    absent(kind)
                }
            }
        }
    }
}
