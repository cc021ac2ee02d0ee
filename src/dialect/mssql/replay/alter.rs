//! `ALTER TABLE`.

use crate::dialect::mssql::parse::{Alter, ColumnDef, Dropped, Path, Refusal};
use crate::dialect::mssql::{attrs, fit};
use crate::schema::{ObjectName, Table};

use super::column::{dependents, position, refuse};
use super::names::same;
use super::{State, temporal};

impl State {
    pub(super) fn alter_table(&mut self, path: &Path, change: &Alter) -> Result<(), Refusal> {
        if path.is_temporary() {
            return Ok(());
        }
        let (name, mut table) = self.table(path)?;
        temporal::guard(&table, change)?;
        match change {
            Alter::Add { items, unchecked } => {
                self.add(&name, &mut table, items, false, *unchecked)?;
            }
            Alter::Column(def) => self.alter_column(&name, &mut table, def)?,
            Alter::Property {
                column,
                property,
                on,
            } => self.property(&mut table, column, property, *on)?,
            Alter::Drop(all) => all
                .iter()
                .try_for_each(|one| self.drop_part(&name, &mut table, one))?,
            Alter::Switch { names, on, checked } => switch(&mut table, names, *on, *checked)?,
            Alter::Versioning(to) => return self.set_versioning(&name, to.as_ref()),
            Alter::Options(all) => {
                let all = (!all.is_empty()).then(|| all.join(", "));
                table.attrs.set(attrs::TABLE_OPTIONS, all);
            }
            Alter::Nothing => {}
        }
        self.change_past(&table)?;
        self.store.put(&name.schema, table);
        Ok(())
    }

    fn alter_column(
        &self,
        name: &ObjectName,
        table: &mut Table,
        def: &ColumnDef,
    ) -> Result<(), Refusal> {
        let place = |refusal: Refusal| Refusal {
            offset: def.offset,
            ..refusal
        };
        let at = position(table, &def.column.name).map_err(place)?;
        let from = table.columns[at].clone();
        // Unlike a new column's, its type does not say whether it takes NULL.
        let def = &ColumnDef {
            nullable: Some(def.nullable.unwrap_or(true)),
            ..def.clone()
        };
        let to = self.column(def, false)?;
        let verb = "ALTER TABLE ALTER COLUMN";
        if from.generated.is_some() || from.ty.base == "rowversion" {
            let kind = if from.generated.is_some() {
                "COMPUTED"
            } else {
                "timestamp"
            };
            let message = format!(
                "Cannot alter column '{}' because it is '{kind}'.",
                from.name
            );
            return Err(place(Refusal::server("4928", message)));
        }
        let variable = ["varchar", "nvarchar", "varbinary"].contains(&from.ty.base.as_str());
        let length =
            |arguments: &[String]| arguments.first().and_then(|one| one.parse::<u32>().ok());
        let grows = variable
            && from.ty.base == to.ty.base
            && matches!((length(&from.ty.arguments), length(&to.ty.arguments)), (Some(a), Some(b)) if b >= a)
            && from.nullable == to.nullable
            && from.collation == to.collation;
        let changes =
            (&from.ty, from.nullable, &from.collation) != (&to.ty, to.nullable, &to.collation);
        if changes {
            let mut all = dependents(table, &from.name, grows);
            all.extend(self.readers(name, &from.name));
            refuse(verb, &from.name, &all).map_err(place)?;
        }
        if from.default.is_some() && from.ty.base != to.ty.base {
            let default = from
                .attrs
                .get(attrs::DEFAULT_NAME)
                .cloned()
                .unwrap_or_default();
            refuse(verb, &from.name, &[format!("object '{default}'")]).map_err(place)?;
        }
        if let Some((number, message)) = fit::clash(&from.ty, &to.ty) {
            return Err(place(Refusal::server(number, message)));
        }
        if from.identity.is_some() && to.nullable {
            let message = format!(
                "Could not create IDENTITY attribute on nullable column '{}', table '{}'.",
                from.name, table.name
            );
            return Err(place(Refusal::server("8147", message)));
        }
        let column = &mut table.columns[at];
        (column.ty, column.nullable, column.collation) = (to.ty, to.nullable, to.collation);
        column
            .attrs
            .flag(attrs::SPARSE, to.attrs.contains_key(attrs::SPARSE));
        Ok(())
    }

    fn property(
        &self,
        table: &mut Table,
        column: &str,
        property: &str,
        on: bool,
    ) -> Result<(), Refusal> {
        let at = position(table, column)?;
        let column = &mut table.columns[at];
        match property {
            "PERSISTED" => match &mut column.generated {
                Some(rule) => rule.stored = on,
                None => {
                    return Err(Refusal::at(
                        0,
                        format!("column '{}' is not computed", column.name),
                    ));
                }
            },
            "ROWGUIDCOL" => column.attrs.flag(attrs::ROWGUIDCOL, on),
            "SPARSE" => column.attrs.flag(attrs::SPARSE, on),
            "NOT FOR REPLICATION" => column.attrs.flag(attrs::NOT_FOR_REPLICATION, on),
            "MASKED" => _ = column.attrs.remove(attrs::MASKED),
            _ => {
                let Some(value) = column.attrs.get(attrs::GENERATED_AS).cloned() else {
                    let message = format!("column '{}' is none of a period", column.name);
                    return Err(Refusal::at(0, message));
                };
                let bare = value.trim_end_matches(" HIDDEN");
                let hidden = if on { " HIDDEN" } else { "" };
                column
                    .attrs
                    .set(attrs::GENERATED_AS, Some(format!("{bare}{hidden}")));
            }
        }
        Ok(())
    }

    fn drop_part(
        &self,
        name: &ObjectName,
        table: &mut Table,
        part: &Dropped,
    ) -> Result<(), Refusal> {
        match part {
            Dropped::Period => temporal::drop_period(table),
            Dropped::Constraint {
                name: constraint,
                if_exists,
                offset,
            } => {
                let place = |refusal: Refusal| Refusal {
                    offset: *offset,
                    ..refusal
                };
                let found = self
                    .drop_constraint(name, table, constraint)
                    .map_err(place)?;
                match found || *if_exists {
                    true => Ok(()),
                    false => Err(place(Refusal::server(
                        "3728",
                        format!("'{constraint}' is not a constraint."),
                    ))),
                }
            }
            Dropped::Column {
                name: column,
                if_exists,
                offset,
            } => {
                let place = |refusal: Refusal| Refusal {
                    offset: *offset,
                    ..refusal
                };
                let found = table
                    .columns
                    .iter()
                    .position(|other| same(&other.name, column));
                let Some(at) = found else {
                    let message = format!(
                        "ALTER TABLE DROP COLUMN failed because column '{column}' does not exist in table '{}'.",
                        table.name
                    );
                    return if *if_exists {
                        Ok(())
                    } else {
                        Err(place(Refusal::server("4924", message)))
                    };
                };
                let gone = table.columns[at].clone();
                let mut all = dependents(table, &gone.name, false);
                all.extend(self.readers(name, &gone.name));
                all.extend(
                    gone.attrs
                        .get(attrs::DEFAULT_NAME)
                        .map(|default| format!("object '{default}'")),
                );
                refuse("ALTER TABLE DROP COLUMN", &gone.name, &all).map_err(place)?;
                if table.columns.len() == 1 {
                    let message = format!(
                        "ALTER TABLE DROP COLUMN failed because '{}' is the only data column in table '{}'.",
                        gone.name, table.name
                    );
                    return Err(place(Refusal::server("4923", message)));
                }
                table.columns.remove(at);
                Ok(())
            }
        }
    }
}

/// Switches foreign keys and checks on or off.
fn switch(table: &mut Table, names: &[String], on: bool, checked: bool) -> Result<(), Refusal> {
    let mut found = 0;
    let keys = table
        .foreign_keys
        .iter_mut()
        .map(|key| (&key.name, &mut key.attrs));
    let checks = table
        .checks
        .iter_mut()
        .map(|check| (&check.name, &mut check.attrs));
    for (name, attributes) in keys.chain(checks) {
        let named = names
            .iter()
            .any(|wanted| name.as_deref().is_some_and(|name| same(name, wanted)));
        if !names.is_empty() && !named {
            continue;
        }
        found += 1;
        attributes.flag(attrs::DISABLED, !on);
        // Once it was off, rows may be there that do not fit.
        let trusted = on && (checked || !attributes.contains_key(attrs::NOT_TRUSTED));
        attributes.flag(attrs::NOT_TRUSTED, !trusted);
    }
    match found < names.len() {
        true => Err(Refusal::server(
            "4917",
            format!("Constraint '{}' does not exist.", names.join("', '")),
        )),
        false => Ok(()),
    }
}
