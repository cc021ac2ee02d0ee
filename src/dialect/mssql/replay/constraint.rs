//! Constraints and indexes of a table.

use crate::dialect::mssql::attrs;
use crate::dialect::mssql::parse::{Body, Constraint, Path, Refusal};
use crate::schema::{
    Attrs, Check, ForeignKey, Index, KeyPart, ObjectName, PartExpr, PrimaryKey, Table, Unique,
};

use super::State;
use super::column::{is_large, on, position, spelled};
use super::names::{resolve, same, sequences};
use super::store::Key;

/// Columns that a key or an index refers to are the table's own, and can be sorted.
fn key(table: &Table, parts: &[KeyPart]) -> Result<Vec<KeyPart>, Refusal> {
    let mut settled = Vec::new();
    for part in parts {
        let PartExpr::Column(name) = &part.on else {
            continue;
        };
        let column = &table.columns[position(table, name)?];
        if is_large(column) {
            let message = format!(
                "Column '{}' in table '{}' is of a type that is invalid for use as a key column in an index.",
                column.name, table.name
            );
            return Err(Refusal::server("1919", message).hint("give the column a length"));
        }
        let on = PartExpr::Column(column.name.clone());
        settled.push(KeyPart { on, ..part.clone() });
    }
    Ok(settled)
}

/// The table has its one clustered index.
fn is_clustered(table: &Table) -> bool {
    let says = |attributes: &Attrs, what: &str| {
        attributes
            .get(attrs::CLUSTERING)
            .is_some_and(|one| one == what)
    };
    table
        .primary_key
        .as_ref()
        .is_some_and(|key| !says(&key.attrs, "nonclustered"))
        || table
            .uniques
            .iter()
            .any(|key| says(&key.attrs, "clustered"))
        || table
            .indexes
            .iter()
            .any(|index| says(&index.attrs, "clustered"))
}

fn second_clustered(table: &Table) -> Refusal {
    let message = format!(
        "Cannot create more than one clustered index on table '{}'. Drop the existing clustered index before creating another.",
        table.name
    );
    Refusal::server("1902", message)
}

/// Adds a primary key.
fn primary_key(
    table: &mut Table,
    parts: &[KeyPart],
    name: String,
    mut attributes: Attrs,
) -> Result<(), Refusal> {
    if table.primary_key.is_some() {
        return Err(Refusal::server(
            "1779",
            format!(
                "Table '{}' already has a primary key defined on it.",
                table.name
            ),
        ));
    }
    let parts = key(table, parts)?;
    if table
        .columns
        .iter()
        .any(|column| column.nullable && column.generated.is_none() && on(&parts, &column.name))
    {
        return Err(Refusal::server(
            "8111",
            format!(
                "Cannot define PRIMARY KEY constraint on nullable column in table '{}'.",
                table.name
            ),
        ));
    }
    if is_clustered(table) {
        attributes.set(attrs::CLUSTERING, Some("nonclustered"));
    }
    table.primary_key = Some(PrimaryKey {
        name: Some(name),
        parts,
        attrs: attributes,
        ..PrimaryKey::default()
    });
    Ok(())
}

impl State {
    /// Adds a constraint. Rows that are there need not fit one that is `unchecked`.
    pub(super) fn constrain(
        &mut self,
        owner: &ObjectName,
        table: &mut Table,
        constraint: &Constraint,
        unchecked: bool,
    ) -> Result<(), Refusal> {
        let place = |refusal: Refusal| Refusal {
            offset: constraint.offset,
            ..refusal
        };
        self.constrain_at(owner, table, constraint, unchecked)
            .map_err(place)
    }

    fn constrain_at(
        &mut self,
        owner: &ObjectName,
        table: &mut Table,
        constraint: &Constraint,
        unchecked: bool,
    ) -> Result<(), Refusal> {
        let name = match &constraint.name {
            Some(name) => {
                self.free(&owner.schema, name, Some(table))?;
                name.clone()
            }
            None => {
                let kind = match constraint.body {
                    Body::PrimaryKey(_) => "PK",
                    Body::Unique(_) => "UQ",
                    Body::ForeignKey { .. } => "FK",
                    Body::Check(_) => "CK",
                    Body::Default { .. } => "DF",
                };
                self.make_name(kind, &table.name)
            }
        };
        let mut attributes = constraint.attrs.clone();
        match &constraint.body {
            Body::PrimaryKey(parts) => primary_key(table, parts, name, attributes)?,
            Body::Unique(parts) => {
                let parts = key(table, parts)?;
                if attributes.contains_key(attrs::CLUSTERING) && is_clustered(table) {
                    return Err(second_clustered(table));
                }
                table.uniques.push(Unique {
                    name: Some(name),
                    parts,
                    attrs: attributes,
                    ..Unique::default()
                });
            }
            Body::Check(expr) => {
                resolve(expr, table)?;
                attributes.flag(attrs::NOT_TRUSTED, unchecked);
                table.checks.push(Check {
                    name: Some(name),
                    expr: expr.clone(),
                    attrs: attributes,
                    ..Check::default()
                });
            }
            Body::Default { column, expr } => {
                let mut used = sequences(expr).into_iter();
                if let Some(absent) =
                    used.find(|one| self.store.sequence(&Self::key(one)).is_none())
                {
                    return Err(Refusal::server(
                        "208",
                        format!("Invalid object name '{}'.", absent.name),
                    ));
                }
                let at = position(table, column)?;
                let column = &mut table.columns[at];
                if column.default.is_some() {
                    return Err(Refusal::server(
                        "1781",
                        "Column already has a DEFAULT bound to it.",
                    ));
                }
                if column.identity.is_some() {
                    return Err(Refusal::server(
                        "1754",
                        "Defaults cannot be created on columns with an IDENTITY attribute.",
                    ));
                }
                column.default = Some(expr.clone());
                column.attrs.set(attrs::DEFAULT_NAME, Some(name));
            }
            Body::ForeignKey {
                columns,
                table: target,
                ref_columns,
                on_update,
                on_delete,
            } => {
                attributes.flag(attrs::NOT_TRUSTED, unchecked);
                let mut key = ForeignKey {
                    name: Some(name),
                    columns: columns.clone(),
                    ref_columns: ref_columns.clone(),
                    on_update: *on_update,
                    on_delete: *on_delete,
                    attrs: attributes,
                    ..ForeignKey::default()
                };
                self.refer(owner, table, target, &mut key)?;
                table.foreign_keys.push(key);
            }
        }
        Ok(())
    }

    /// Completes a foreign key, and refuses one that refers to nothing.
    fn refer(
        &self,
        owner: &ObjectName,
        table: &Table,
        target: &Path,
        key: &mut ForeignKey,
    ) -> Result<(), Refusal> {
        let own = Path {
            schema: Some(owner.schema.clone()),
            database: None,
            name: owner.name.clone(),
        };
        let at_home = same(&target.name, &own.name)
            && target
                .schema
                .as_deref()
                .is_none_or(|schema| same(schema, &owner.schema));
        self.at_home(target)?;
        let (name, other) = match at_home {
            true => (owner.clone(), table),
            false => {
                let found = self.find_table(target);
                found.ok_or_else(|| {
                    let message = format!(
                        "Foreign key '{}' references invalid table '{}'.",
                        shown(key),
                        target.name
                    );
                    Refusal::server("1767", message)
                })?
            }
        };
        if key.ref_columns.is_empty() {
            let parts = other.primary_key.iter().flat_map(|key| &key.parts);
            key.ref_columns = parts
                .filter_map(|part| match &part.on {
                    PartExpr::Column(name) => Some(name.clone()),
                    PartExpr::Expr(_) => None,
                })
                .collect();
        }
        key.ref_table = name;
        key.columns = key
            .columns
            .iter()
            .map(|name| spelled(table, name))
            .collect::<Result<_, _>>()?;
        key.ref_columns = key
            .ref_columns
            .iter()
            .map(|name| spelled(other, name))
            .collect::<Result<_, _>>()?;
        if key.columns.len() != key.ref_columns.len() {
            let message = format!(
                "Number of referencing columns in foreign key differs from number of referenced columns, table '{}'.",
                table.name
            );
            return Err(Refusal::server("8139", message));
        }
        if !is_key(other, &key.ref_columns) {
            let message = format!(
                "There are no primary or candidate keys in the referenced table '{}' that match the referencing column list in the foreign key '{}'.",
                other.name,
                shown(key)
            );
            return Err(Refusal::server("1776", message));
        }
        for (column, referenced) in key.columns.iter().zip(&key.ref_columns) {
            let (from, to) = (
                &table.columns[position(table, column)?],
                &other.columns[position(other, referenced)?],
            );
            if from.ty != to.ty {
                let message = format!(
                    "Column '{}.{}' is not the same data type as referencing column '{}.{}' in foreign key '{}'.",
                    other.name,
                    to.name,
                    table.name,
                    from.name,
                    shown(key)
                );
                return Err(Refusal::server("1778", message));
            }
        }
        match self.reaches_twice(owner, table, key) {
            true => {
                let message = format!(
                    "Introducing FOREIGN KEY constraint '{}' on table '{}' may cause cycles or multiple cascade paths.",
                    shown(key),
                    table.name
                );
                Err(Refusal::server("1785", message)
                    .hint("leave ON DELETE and ON UPDATE at NO ACTION on one of the ways"))
            }
            false => Ok(()),
        }
    }

    /// Adds an index; one of that name is replaced where it is said so.
    pub(super) fn create_index(
        &mut self,
        path: &Path,
        index: &Index,
        replaces: bool,
    ) -> Result<(), Refusal> {
        if path.is_temporary() {
            return Ok(());
        }
        if let Some(view) = self.view_of(path) {
            return self.index_view(&view, index, replaces);
        }
        let (name, mut table) = self.table(path)?;
        if replaces {
            table
                .indexes
                .retain(|other| !same(&other.name, &index.name));
        }
        self.index(&mut table, index)?;
        self.store.put(&name.schema, table);
        Ok(())
    }

    pub(super) fn index(&mut self, table: &mut Table, index: &Index) -> Result<(), Refusal> {
        let own = table.indexes.iter().map(|other| other.name.as_str());
        let keys = table.uniques.iter().filter_map(|key| key.name.as_deref());
        let primary = table
            .primary_key
            .iter()
            .filter_map(|key| key.name.as_deref());
        if own
            .chain(keys)
            .chain(primary)
            .any(|other| same(other, &index.name))
        {
            let message = format!(
                "The operation failed because an index or statistics with name '{}' already exists on table '{}'.",
                index.name, table.name
            );
            return Err(Refusal::server("1913", message));
        }
        let clustered = index.attrs.contains_key(attrs::CLUSTERING);
        if clustered && is_clustered(table) {
            return Err(second_clustered(table));
        }
        let parts = match index.method.is_some() {
            true => index.parts.clone(),
            false => key(table, &index.parts)?,
        };
        if parts.is_empty() && index.method.is_none() {
            return Err(Refusal::at(0, "an index needs a column"));
        }
        if let Some(predicate) = &index.predicate {
            resolve(predicate, table)?;
        }
        let include = index.include.iter().map(|name| spelled(table, name));
        let include = include.collect::<Result<_, _>>()?;
        table.indexes.push(Index {
            parts,
            include,
            ..index.clone()
        });
        Ok(())
    }

    /// Drops an index.
    pub(super) fn drop_index(
        &mut self,
        path: &Path,
        index: &str,
        if_exists: bool,
    ) -> Result<(), Refusal> {
        if path.is_temporary() {
            return Ok(());
        }
        if let Some(view) = self.view_of(path) {
            return self.drop_view_index(&view, index, if_exists);
        }
        let (name, mut table) = match self.table(path) {
            Err(_) if if_exists => return Ok(()),
            found => found?,
        };
        let Some(at) = table
            .indexes
            .iter()
            .position(|other| same(&other.name, index))
        else {
            let message = format!(
                "Cannot drop the index '{}.{index}', because it does not exist or you do not have permission.",
                table.name
            );
            return if if_exists {
                Ok(())
            } else {
                Err(Refusal::server("3701", message))
            };
        };
        let gone = table.indexes.remove(at);
        if gone.unique {
            self.unneeded(&name, &table, &gone.name)?;
        }
        self.store.put(&name.schema, table);
        Ok(())
    }

    /// Refuses to leave a foreign key without the key that it refers to.
    pub(super) fn unneeded(
        &self,
        name: &ObjectName,
        left: &Table,
        gone: &str,
    ) -> Result<(), Refusal> {
        let key = Key::of(name);
        let own = left
            .foreign_keys
            .iter()
            .filter(|own| own.ref_table == *name);
        let own = own.map(|key| (&left.name, key));
        let others = self.store.referring(&key);
        let others = others.filter(|(other, ..)| **other != key);
        let needs = others
            .map(|(_, table, key)| (&table.name, key))
            .chain(own)
            .find(|(_, key)| !is_key(left, &key.ref_columns));
        match needs {
            None => Ok(()),
            Some((table, key)) => {
                let message = format!(
                    "The constraint '{}' is being referenced by table '{table}', foreign key constraint '{}'.",
                    gone.replace(super::MARK, ""),
                    shown(key)
                );
                Err(Refusal::server("3725", message))
            }
        }
    }

    /// Drops a constraint by its name, or says that there is none.
    pub(super) fn drop_constraint(
        &self,
        name: &ObjectName,
        table: &mut Table,
        constraint: &str,
    ) -> Result<bool, Refusal> {
        let is = |name: &Option<String>| name.as_deref().is_some_and(|name| same(name, constraint));
        if table.primary_key.as_ref().is_some_and(|key| is(&key.name)) {
            table.primary_key = None;
            return self.unneeded(name, table, constraint).map(|()| true);
        }
        if let Some(at) = table.uniques.iter().position(|key| is(&key.name)) {
            table.uniques.remove(at);
            return self.unneeded(name, table, constraint).map(|()| true);
        }
        if let Some(at) = table.foreign_keys.iter().position(|key| is(&key.name)) {
            table.foreign_keys.remove(at);
            return Ok(true);
        }
        if let Some(at) = table.checks.iter().position(|check| is(&check.name)) {
            table.checks.remove(at);
            return Ok(true);
        }
        let mut columns = table.columns.iter_mut();
        let column = columns.find(|column| {
            column
                .attrs
                .get(attrs::DEFAULT_NAME)
                .is_some_and(|name| same(name, constraint))
        });
        Ok(match column {
            Some(column) => {
                column.default = None;
                column.attrs.remove(attrs::DEFAULT_NAME);
                true
            }
            None => false,
        })
    }
}

fn shown(key: &ForeignKey) -> String {
    key.name
        .clone()
        .unwrap_or_default()
        .replace(super::MARK, "")
}

/// Rows of the table are told apart by these columns.
fn is_key(table: &Table, columns: &[String]) -> bool {
    let fits = |parts: &[KeyPart]| {
        parts.len() == columns.len() && columns.iter().all(|name| on(parts, name))
    };
    table
        .primary_key
        .as_ref()
        .is_some_and(|key| fits(&key.parts))
        || table.uniques.iter().any(|key| fits(&key.parts))
        || table
            .indexes
            .iter()
            .any(|index| index.unique && index.predicate.is_none() && fits(&index.parts))
}
