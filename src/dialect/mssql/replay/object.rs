//! Schemas, sequences, and what is dropped.

use crate::dialect::mssql::parse::{Existing, Numbering, Path, Refusal, Sequenced, limits};
use crate::schema::{DataType, ObjectName, Schema, Sequence, SequenceOptions, TextObject};

use super::names::same;
use super::{State, text};

fn transfers(name: &ObjectName, by: &str) -> Refusal {
    let message = format!(
        "Cannot transfer the object '{}' because it is being referenced by object '{by}'.",
        name.name
    );
    Refusal::server("15348", message)
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
        self.unbound(&name, |by| transfers(&name, by))?;
        let from = self.schema_mut(&name.schema)?;
        from.tables.retain(|table| table.name != name.name);
        let (moved, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut from.texts)
            .into_iter()
            .partition(|one| one.table.as_deref() == Some(&name.name));
        from.texts = rest;
        let new = ObjectName::new(&to, &name.name);
        let moved = moved.into_iter().map(|one| text::on(one, &new));
        let moved: Vec<TextObject> = moved.collect();
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
            Existing::Text(kind) => match self.drop_text(kind, path)? {
                true => Ok(()),
                false => absent(kind),
            },
        }
    }
}
