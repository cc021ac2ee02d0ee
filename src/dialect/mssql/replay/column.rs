//! Columns of a table: how they come, and what stands in the way when they change or go.

use crate::dialect::mssql::attrs;
use crate::dialect::mssql::parse::{ColumnDef, Path, Refusal, absent};
use crate::schema::{Column, DataType, KeyPart, ObjectName, PartExpr, Table};
use crate::sql::Rules;
use crate::sql::token::tokens;

use super::names::{mentions, same};
use super::store::Key;
use super::{DEFAULT_COLLATION, DEFAULT_SCHEMA, State};

/// The place of a column.
pub(super) fn position(table: &Table, name: &str) -> Result<usize, Refusal> {
    let found = table
        .columns
        .iter()
        .position(|column| same(&column.name, name));
    found.ok_or_else(|| {
        let message = format!("Column name '{name}' does not exist in the target table or view.");
        Refusal::server("1911", message)
    })
}

/// A column, as the table spells it.
pub(super) fn spelled(table: &Table, name: &str) -> Result<String, Refusal> {
    position(table, name).map(|at| table.columns[at].name.clone())
}

/// A column by which nothing can be sorted.
pub(super) fn is_large(column: &Column) -> bool {
    let large = [
        "text",
        "ntext",
        "image",
        "xml",
        "geography",
        "geometry",
        "json",
        "vector",
    ];
    column.ty.arguments.iter().any(|one| one == "max") || large.contains(&column.ty.base.as_str())
}

/// Key parts are on this column.
pub(super) fn on(parts: &[KeyPart], name: &str) -> bool {
    parts
        .iter()
        .any(|part| matches!(&part.on, PartExpr::Column(column) if same(column, name)))
}

/// What of the table depends on a column, the default apart: name and what it is.
pub(super) fn dependents(table: &Table, name: &str, size_only: bool) -> Vec<String> {
    let mut found = Vec::new();
    let named = |name: &Option<String>| name.clone().unwrap_or_default();
    if let Some(key) = table
        .primary_key
        .as_ref()
        .filter(|key| on(&key.parts, name))
    {
        found.push(format!("object '{}'", named(&key.name)));
    }
    // A longer string fits the same keys, checks and indexes.
    if !size_only {
        let uniques = table.uniques.iter().filter(|key| on(&key.parts, name));
        found.extend(uniques.map(|key| format!("object '{}'", named(&key.name))));
        let checks = table
            .checks
            .iter()
            .filter(|check| mentions(&check.expr, name));
        found.extend(checks.map(|check| format!("object '{}'", named(&check.name))));
        let indexes = table.indexes.iter().filter(|index| {
            let carried = index.include.iter().any(|column| same(column, name));
            let filtered = index
                .predicate
                .as_deref()
                .is_some_and(|expr| mentions(expr, name));
            on(&index.parts, name) || carried || filtered
        });
        found.extend(indexes.map(|index| format!("index '{}'", index.name)));
    }
    let keys = table.foreign_keys.iter();
    let keys = keys.filter(|key| key.columns.iter().any(|column| same(column, name)));
    found.extend(keys.map(|key| format!("object '{}'", named(&key.name))));
    let computed = table.columns.iter().filter(|column| {
        column
            .generated
            .as_ref()
            .is_some_and(|rule| mentions(&rule.expr, name))
    });
    found.extend(computed.map(|column| format!("column '{}'", column.name)));
    found
}

/// Refuses a change of a column that something depends on.
pub(super) fn refuse(verb: &str, column: &str, dependents: &[String]) -> Result<(), Refusal> {
    let Some(first) = dependents.first() else {
        return Ok(());
    };
    let shown = first.replace(super::MARK, "");
    let message = format!(
        "The {shown} is dependent on column '{column}'. {verb} {column} failed because one or more objects access this column."
    );
    Err(Refusal::server("5074", message))
}

impl State {
    /// A column as it is written, without its constraints. `keyed` says that the primary key has it.
    pub(super) fn column(&self, def: &ColumnDef, keyed: bool) -> Result<Column, Refusal> {
        let mut column = def.column.clone();
        let place = |refusal: Refusal| Refusal {
            offset: def.offset,
            ..refusal
        };
        if let Some(alias) = &def.alias {
            column.ty = self
                .alias(alias.schema.as_deref(), &alias.name)
                .map_err(place)?;
        }
        let never = column.identity.is_some() || column.ty.base == "rowversion";
        if column.identity.is_some() && def.nullable == Some(true)
            || keyed && def.nullable == Some(true)
        {
            let (code, what) = match keyed {
                true => ("8111", "PRIMARY KEY constraint on nullable column"),
                false => ("8147", "IDENTITY attribute on nullable column"),
            };
            return Err(place(Refusal::server(
                code,
                format!("Could not create {what} '{}'.", column.name),
            )));
        }
        let period = column.attrs.contains_key(attrs::GENERATED_AS);
        let typed = def
            .alias
            .as_ref()
            .is_some_and(|alias| self.forbids_null(alias));
        column.nullable = def
            .nullable
            .unwrap_or(!never && !keyed && !period && !typed);
        if column.generated.is_some() {
            column.attrs.flag(
                attrs::NOT_NULL,
                def.nullable == Some(false) || column.attrs.contains_key(attrs::NOT_NULL),
            );
            column.nullable = true;
        }
        column.collation = column
            .collation
            .filter(|name| !same(name, DEFAULT_COLLATION) && !same(name, "DATABASE_DEFAULT"));
        Ok(column)
    }

    /// A column of the type takes no NULL where it does not say.
    fn forbids_null(&self, alias: &Path) -> bool {
        let one = self.store.text("type", &Self::key(alias));
        one.is_some_and(|one| {
            let words: Vec<_> = tokens(&one.definition, &Rules::MSSQL).collect();
            matches!(&words[..], [.., not, null] if not.is("NOT") && null.is("NULL"))
        })
    }

    /// An alias of a type.
    pub(super) fn alias(&self, schema: Option<&str>, name: &str) -> Result<DataType, Refusal> {
        let schema = schema.unwrap_or(DEFAULT_SCHEMA);
        let (space, key) = (self.store.space(schema), Key::new(schema, name));
        let found = space.zip(self.store.text("type", &key));
        let found = found.map(|(space, one)| DataType {
            base: one.name.clone(),
            user: Some(ObjectName::new(&space.name, &one.name)),
            ..DataType::default()
        });
        found.ok_or_else(|| {
            let path = Path {
                database: None,
                schema: None,
                name: name.to_owned(),
            };
            absent(0, &path)
        })
    }

    /// Adds a column, with what was written with it.
    pub(super) fn add_column(
        &mut self,
        name: &ObjectName,
        table: &mut Table,
        def: &ColumnDef,
        keyed: bool,
    ) -> Result<(), Refusal> {
        let column = self.column(def, keyed)?;
        let place = |refusal: Refusal| Refusal {
            offset: def.offset,
            ..refusal
        };
        if table
            .columns
            .iter()
            .any(|other| same(&other.name, &column.name))
        {
            let message = format!(
                "Column names in each table must be unique. Column name '{}' in table '{}' is specified more than once.",
                column.name, name.name
            );
            return Err(place(Refusal::server("2705", message)));
        }
        if column.identity.is_some() && table.columns.iter().any(|other| other.identity.is_some()) {
            let message = format!(
                "Multiple identity columns specified for table '{}'. Only one identity column per table is allowed.",
                name.name
            );
            return Err(place(Refusal::server("2744", message)));
        }
        table.columns.push(column);
        Ok(())
    }
}
