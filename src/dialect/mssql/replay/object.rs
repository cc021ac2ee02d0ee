//! Schemas, sequences, and what is dropped.

use crate::dialect::mssql::attrs;
use crate::dialect::mssql::parse::{Existing, Numbering, Path, Refusal, Sequenced, limits};
use crate::schema::{DataType, ForeignKey, ObjectName, Sequence, SequenceOptions, Table};

use super::names::{MARK, sequences};
use super::store::Key;
use super::{State, temporal, text};

fn transfers(name: &ObjectName, by: &str) -> Refusal {
    let message = format!(
        "Cannot transfer the object '{}' because it is being referenced by object '{by}'.",
        name.name
    );
    Refusal::server("15348", message)
}

impl State {
    pub(super) fn create_schema(&mut self, name: &str) -> Result<(), Refusal> {
        if self.store.space(name).is_some() {
            return Err(Refusal::server(
                "2714",
                format!("There is already an object named '{name}' in the database."),
            ));
        }
        self.store.add_space(name);
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
        if table.attrs.contains_key(attrs::SYSTEM_VERSIONING) {
            let message = format!(
                "table '{}' does not change its schema while SYSTEM_VERSIONING is ON",
                name.name
            );
            return Err(Refusal::at(0, message)
                .hint("set it OFF first, and ON again with HISTORY_TABLE behind the transfer"));
        }
        self.unbound(&name, |by| transfers(&name, by))?;
        self.move_table(&name, &ObjectName::new(to, table.name));
        Ok(())
    }

    /// Gives a table another name or schema, with its triggers; keys to it go with it.
    pub(super) fn move_table(&mut self, from: &ObjectName, to: &ObjectName) {
        let key = Key::of(from);
        let change = |key: &mut ForeignKey| key.ref_table.clone_from(to);
        self.store.redirect(&key, change);
        let Some(table) = self.store.take(&key) else {
            return;
        };
        if temporal::is_past(&table) {
            self.moved_past(from, to);
        }
        let name = to.name.clone();
        self.store.put(&to.schema, Table { name, ..table });
        for trigger in self.store.take_triggers(&from.schema, &from.name) {
            self.store.put_text(&to.schema, text::on(trigger, to));
        }
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
        self.store.put_sequence(&schema, sequence);
        Ok(())
    }

    pub(super) fn alter_sequence(
        &mut self,
        Sequenced { name, numbering }: &Sequenced,
    ) -> Result<(), Refusal> {
        self.schema_of(name)?;
        let found = self.store.sequence_mut(&Self::key(name));
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

    /// The name of a default that takes numbers from a sequence.
    fn user_of(&self, sequence: &Key) -> Option<String> {
        let mut columns = self.store.tables().flat_map(|table| &table.columns);
        let user = columns.find(|column| {
            let used = column.default.as_deref().map(sequences);
            used.is_some_and(|all| all.iter().any(|one| Self::key(one) == *sequence))
        })?;
        let name = user.attrs.get(attrs::DEFAULT_NAME);
        Some(name.cloned().unwrap_or_default().replace(MARK, ""))
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
                let Some(space) = self.store.space(&path.name) else {
                    return absent("schema");
                };
                let name = space.name.clone();
                if self.store.is_used(&name) {
                    let message = format!(
                        "Cannot drop schema '{name}' because it is being referenced by an object in it."
                    );
                    return Err(Refusal::server("3729", message));
                }
                self.store.drop_space(&name);
                Ok(())
            }
            Existing::Sequence => {
                self.schema_of(path)?;
                let key = Self::key(path);
                if let (Some(default), Some(_)) = (self.user_of(&key), self.store.sequence(&key)) {
                    let message = format!(
                        "Cannot DROP SEQUENCE '{}' because it is being referenced by object '{default}'.",
                        path.name
                    );
                    return Err(Refusal::server("3729", message));
                }
                match self.store.take_sequence(&key) {
                    Some(_) => Ok(()),
                    None => absent("sequence"),
                }
            }
            Existing::Text(kind) => match self.drop_text(kind, path)? {
                true => Ok(()),
                false => absent(kind),
            },
        }
    }
}
