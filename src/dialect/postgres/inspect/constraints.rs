//! Constraints of tables.

use std::collections::BTreeMap;

use super::super::attrs;
use super::catalogue::{Catalogue, Comments, Row, inconsistent};
use super::indexes::{RawIndex, key_attrs};
use super::text::{ident, idents, settled};
use crate::engine::EngineError;
use crate::schema::{
    Action, Attrs, Check, ForeignKey, KeyPart, ObjectName, PrimaryKey, RawConstraint, Table, Unique,
};

/// A constraint as the catalogue has it, without those that a parent table or a partitioned table passes on.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) oid: u32,
    pub(super) relation: u32,
    pub(super) name: String,
    /// What the server prints after the constraint's name, only where it is needed.
    definition: String,
    /// Index that serves it, for keys and exclusion constraints.
    index: u32,
    kind: String,
    columns: Vec<String>,
    /// Not only inherited.
    pub(super) local: bool,
    expr: Option<String>,
    reference: Option<Reference>,
    attrs: Attrs,
    /// Over a period of time (PostgreSQL 18), which the model has no words for.
    period: bool,
}

/// What a foreign key refers to.
#[derive(Debug)]
struct Reference {
    table: ObjectName,
    columns: Vec<String>,
    on_update: Action,
    on_delete: Action,
}

const CONSTRAINTS: &str = "\
SELECT con.oid, con.conrelid AS relation, con.conname::text AS name, con.contype::text AS kind,
  con.condeferrable AS deferrable, con.condeferred AS deferred, con.convalidated AS valid,
  con.connoinherit AS no_inherit, con.conislocal OR con.coninhcount = 0 AS local, con.conindid AS index,
  CASE WHEN con.contype = 'x' OR c.relispartition OR c.relkind = 'f' OR {period}
    THEN pg_catalog.pg_get_constraintdef(con.oid) END AS definition,
  CASE WHEN con.contype = 'c' THEN pg_catalog.pg_get_expr(con.conbin, con.conrelid) END AS expr,
  ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(con.conkey) WITH ORDINALITY k (number, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.number ORDER BY k.place) AS columns,
  fn.nspname::text AS ref_schema, fc.relname::text AS ref_table,
  CASE WHEN con.contype = 'f' THEN ARRAY(
    SELECT a.attname::text FROM pg_catalog.unnest(con.confkey) WITH ORDINALITY k (number, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = con.confrelid AND a.attnum = k.number ORDER BY k.place) END AS ref_columns,
  con.confupdtype::text AS on_update, con.confdeltype::text AS on_delete, con.confmatchtype::text AS match,
  {set_columns} AS set_columns, {enforced} AS enforced, {period} AS period
FROM pg_catalog.pg_constraint con
JOIN pg_catalog.pg_class c ON c.oid = con.conrelid
LEFT JOIN pg_catalog.pg_class fc ON fc.oid = con.confrelid
LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid = fc.relnamespace
WHERE c.relnamespace = ANY ($1) AND c.relkind IN ('r', 'p', 'f') AND con.contype <> 't' AND con.conparentid = 0
ORDER BY con.conrelid, con.conname, con.oid";

const SET_COLUMNS: &str = "\
CASE WHEN con.confdelsetcols IS NOT NULL THEN ARRAY(
    SELECT a.attname::text FROM pg_catalog.unnest(con.confdelsetcols) WITH ORDINALITY k (number, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.number ORDER BY k.place) END";

/// Reads the constraints of all tables.
pub(super) async fn constraints(catalogue: &mut Catalogue<'_>) -> Result<Vec<Found>, EngineError> {
    let version = catalogue.version();
    let either = |has: bool, new: &'static str, old: &'static str| if has { new } else { old };
    let sql = CONSTRAINTS
        .replace(
            "{set_columns}",
            either(version.has_set_columns(), SET_COLUMNS, "NULL::text[]"),
        )
        .replace(
            "{enforced}",
            either(version.has_not_enforced(), "con.conenforced", "true"),
        )
        .replace(
            "{period}",
            either(version.has_periods(), "con.conperiod", "false"),
        );
    let rows = catalogue.rows("constraints", sql).await?;
    rows.iter().map(constraint).collect()
}

fn constraint(row: &Row) -> Result<Found, EngineError> {
    let mut attrs = Attrs::new();
    let deferrable = match (row.get("deferrable")?, row.get("deferred")?) {
        (true, true) => Some("DEFERRABLE INITIALLY DEFERRED"),
        (true, false) => Some("DEFERRABLE"),
        (false, _) => None,
    };
    attrs.set(attrs::DEFERRABLE, deferrable);
    // What is not enforced is never valid.
    let (enforced, valid): (bool, bool) = (row.get("enforced")?, row.get("valid")?);
    attrs.flag(attrs::NOT_ENFORCED, !enforced);
    attrs.flag(attrs::NOT_VALID, enforced && !valid);
    let kind: String = row.get("kind")?;
    // Foreign keys and keys have the flag too, where it means nothing.
    let no_inherit = matches!(kind.as_str(), "c" | "n") && row.get("no_inherit")?;
    attrs.flag(attrs::NO_INHERIT, no_inherit);
    let full = row.get::<&str>("match")? == "f";
    attrs.set(attrs::MATCH, full.then_some("FULL"));
    let columns: Option<Vec<String>> = row.get("set_columns")?;
    let columns = columns.filter(|columns| !columns.is_empty());
    attrs.set(attrs::SET_COLUMNS, columns.map(|columns| idents(&columns)));
    let table: (Option<String>, Option<String>) = (row.get("ref_schema")?, row.get("ref_table")?);
    let reference = match table {
        (Some(schema), Some(name)) => Some(Reference {
            table: ObjectName { schema, name },
            columns: row.get("ref_columns")?,
            on_update: action(row.get("on_update")?),
            on_delete: action(row.get("on_delete")?),
        }),
        _ => None,
    };
    Ok(Found {
        oid: row.oid("oid")?,
        relation: row.oid("relation")?,
        name: row.get("name")?,
        definition: row.get::<Option<String>>("definition")?.unwrap_or_default(),
        index: row.oid("index")?,
        kind,
        columns: row.get("columns")?,
        local: row.get("local")?,
        expr: row.get("expr")?,
        reference,
        attrs,
        period: row.get("period")?,
    })
}

fn action(code: &str) -> Action {
    match code {
        "r" => Action::Restrict,
        "c" => Action::Cascade,
        "n" => Action::SetNull,
        "d" => Action::SetDefault,
        _ => Action::NoAction,
    }
}

impl Found {
    /// The index that makes the constraint, as opposed to the one that a foreign key refers to.
    pub(super) fn owns_index(&self) -> Option<u32> {
        matches!(self.kind.as_str(), "p" | "u" | "x").then_some(self.index)
    }

    /// It is what a column's `NOT NULL` is kept as since PostgreSQL 18.
    pub(super) fn is_not_null(&self) -> bool {
        self.kind == "n"
    }

    /// The constraint as a statement, for objects that are kept as text.
    pub(super) fn statement(&self, table: &str) -> String {
        format!(
            ";\nALTER TABLE {table} ADD CONSTRAINT {} {}",
            ident(&self.name),
            self.definition
        )
    }

    /// Adds the constraint to its table.
    pub(super) fn add_to(
        &self,
        table: &mut Table,
        indexes: &BTreeMap<u32, RawIndex>,
        comments: &Comments,
    ) -> Result<(), EngineError> {
        let comment = comments.on("pg_constraint", self.oid).map(str::to_owned);
        let name = self.name.clone();
        if self.is_not_null() {
            self.mark_column(table);
            return Ok(());
        }
        if self.kind == "c" {
            let expr = self
                .expr
                .as_deref()
                .ok_or_else(|| inconsistent("a check constraint without its condition"))?;
            table.checks.push(Check {
                name: Some(name),
                expr: settled(expr),
                comment,
                attrs: self.attrs.clone(),
            });
            return Ok(());
        }
        if self.kind == "x" || self.period {
            table.constraints.push(RawConstraint {
                name,
                definition: self.definition.clone(),
                comment,
            });
            return Ok(());
        }
        if let Some(reference) = &self.reference {
            table.foreign_keys.push(ForeignKey {
                name: Some(name),
                columns: self.columns.clone(),
                ref_table: reference.table.clone(),
                ref_columns: reference.columns.clone(),
                on_update: reference.on_update,
                on_delete: reference.on_delete,
                comment,
                attrs: self.attrs.clone(),
            });
            return Ok(());
        }
        let index = indexes
            .get(&self.index)
            .ok_or_else(|| inconsistent("a key without its index"))?;
        let parts = self.columns.iter().map(KeyPart::column).collect();
        let mut attrs = self.attrs.clone();
        attrs.extend(key_attrs(index).iter().map(|(k, v)| (k.clone(), v.clone())));
        if self.kind == "p" {
            table.primary_key = Some(PrimaryKey {
                name: Some(name),
                parts,
                comment,
                attrs,
            });
        } else {
            table.uniques.push(Unique {
                name: Some(name),
                parts,
                comment,
                attrs,
            });
        }
        Ok(())
    }

    /// A `NOT NULL` that is only that needs no words; one that isn't valid or isn't inherited does.
    fn mark_column(&self, table: &mut Table) {
        let column = table
            .columns
            .iter_mut()
            .find(|column| self.columns.first() == Some(&column.name));
        let Some(column) = column else { return };
        for (key, words) in [
            (attrs::NOT_VALID, "NOT VALID"),
            (attrs::NO_INHERIT, "NO INHERIT"),
        ] {
            if self.attrs.contains_key(key) {
                column
                    .attrs
                    .entry(attrs::NOT_NULL.to_owned())
                    .and_modify(|all| *all = format!("{all} {words}"))
                    .or_insert_with(|| words.to_owned());
            }
        }
    }
}
