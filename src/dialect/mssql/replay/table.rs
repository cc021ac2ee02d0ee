//! Tables as a whole.

use crate::dialect::mssql::attrs;
use crate::dialect::mssql::parse::{Body, Item, Path, Refusal, Versioning};
use crate::schema::{Attrs, ObjectName, PartExpr, Table};

use super::names::{resolve, same};
use super::store::Key;
use super::text::held;
use super::{State, temporal};

impl State {
    pub(super) fn create_table(
        &mut self,
        path: &Path,
        items: &[Item],
        attributes: &Attrs,
    ) -> Result<(), Refusal> {
        // Only the session that makes it sees it.
        if path.is_temporary() {
            return Ok(());
        }
        let name = ObjectName::new(self.schema_of(path)?, &path.name);
        self.free(&name.schema, &name.name, None)?;
        let mut table = Table {
            name: name.name.clone(),
            attrs: attributes.clone(),
            ..Table::default()
        };
        let versioning = Versioning::of(&table);
        table.attrs.remove(attrs::SYSTEM_VERSIONING);
        self.add(&name, &mut table, items, true, false)?;
        if table.columns.is_empty() {
            return Err(Refusal::at(
                0,
                format!("table '{}' has no columns", name.name),
            ));
        }
        self.store.put(&name.schema, table);
        match versioning {
            Some(versioning) => self.set_versioning(&name, Some(&versioning)),
            None => Ok(()),
        }
    }

    /// Adds columns and constraints: first all columns, then what is on them.
    pub(super) fn add(
        &mut self,
        name: &ObjectName,
        table: &mut Table,
        items: &[Item],
        new: bool,
        unchecked: bool,
    ) -> Result<(), Refusal> {
        let defs = || {
            items.iter().filter_map(|item| match item {
                Item::Column(def) => Some(def),
                _ => None,
            })
        };
        let constraints = || {
            let own = defs().flat_map(|def| &def.constraints);
            let others = items.iter().filter_map(|item| match item {
                Item::Constraint(constraint) => Some(constraint),
                _ => None,
            });
            own.chain(others)
        };
        let keyed: Vec<String> = constraints()
            .filter(|_| new)
            .filter_map(|one| match &one.body {
                Body::PrimaryKey(parts) => Some(parts),
                _ => None,
            })
            .flatten()
            .filter_map(|part| match &part.on {
                PartExpr::Column(name) => Some(name.clone()),
                PartExpr::Expr(_) => None,
            })
            .collect();
        for def in defs() {
            let own = def
                .constraints
                .iter()
                .any(|one| matches!(one.body, Body::PrimaryKey(_)));
            let keyed = own || keyed.iter().any(|key| same(key, &def.column.name));
            self.add_column(name, table, def, keyed)?;
        }
        for def in defs() {
            if let Some(rule) = &def.column.generated {
                resolve(&rule.expr, table).map_err(|refusal| Refusal {
                    offset: def.offset,
                    ..refusal
                })?;
            }
        }
        // A key that is clustered by its own words leaves none for the primary key.
        let (first, rest): (Vec<_>, Vec<_>) =
            constraints().partition(|one| one.attrs.contains_key(attrs::CLUSTERING));
        for constraint in first.into_iter().chain(rest) {
            self.constrain(name, table, constraint, unchecked)?;
        }
        let inline = defs().filter_map(|def| def.index.as_deref());
        let own = items.iter().filter_map(|item| match item {
            Item::Index(index) => Some(&**index),
            _ => None,
        });
        let indexes: Vec<_> = inline.chain(own).cloned().collect();
        indexes
            .iter()
            .try_for_each(|index| self.index(table, index))?;
        for item in items {
            if let Item::Period(start, end) = item {
                temporal::add_period(table, start, end)?;
            }
        }
        temporal::has_period(table)
    }

    pub(super) fn drop_table(&mut self, path: &Path, if_exists: bool) -> Result<(), Refusal> {
        if path.is_temporary() {
            return Ok(());
        }
        self.at_home(path)?;
        let Some((name, table)) = self.find_table(path) else {
            let message = format!(
                "Cannot drop the table '{}', because it does not exist or you do not have permission.",
                path.name
            );
            return if if_exists {
                Ok(())
            } else {
                Err(Refusal::server("3701", message))
            };
        };
        self.unbound(&name, |by| held("DROP TABLE", &name.name, by))?;
        let key = Key::of(&name);
        if self.store.referring(&key).any(|(other, ..)| *other != key) {
            let message = format!(
                "Could not drop object '{}' because it is referenced by a FOREIGN KEY constraint.",
                name.name
            );
            return Err(Refusal::server("3726", message));
        }
        temporal::keeps_past(table)?;
        self.store.take(&key);
        self.store.take_triggers(&name.schema, &name.name);
        Ok(())
    }
}
