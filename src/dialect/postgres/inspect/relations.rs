//! Schemas, and everything that has a row in `pg_class` and columns: tables, partitions, views, composite types.

use std::collections::BTreeMap;

use super::catalogue::{Catalogue, Row};
use super::text::{ident, literal, qualified, storage};
use crate::engine::EngineError;

/// A schema.
#[derive(Debug)]
pub(super) struct Namespace {
    pub(super) oid: u32,
    pub(super) name: String,
}

/// Reads the schemas that are neither the server's own nor an extension's.
pub(super) async fn namespaces(
    catalogue: &mut Catalogue<'_>,
) -> Result<Vec<Namespace>, EngineError> {
    let sql = "\
SELECT n.oid, n.nspname::text AS name
FROM pg_catalog.pg_namespace n
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND $1::oid[] IS NOT NULL
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
    WHERE e.classid = 'pg_catalog.pg_namespace'::regclass AND e.objid = n.oid AND e.deptype = 'e')";
    let mut namespaces = Vec::new();
    for row in catalogue.rows("schemas", sql.to_owned()).await? {
        namespaces.push(Namespace {
            oid: row.oid("oid")?,
            name: row.get("name")?,
        });
    }
    namespaces.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(namespaces)
}

/// What a relation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RelationKind {
    Table,
    Partition,
    View,
    MaterializedView,
    ForeignTable,
    Composite,
}

impl RelationKind {
    /// The words of SQL and of people.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Partition => "partition",
            Self::View => "view",
            Self::MaterializedView => "materialized view",
            Self::ForeignTable => "foreign table",
            Self::Composite => "composite type",
        }
    }
}

/// A relation without its columns.
#[derive(Debug)]
pub(super) struct Relation {
    pub(super) oid: u32,
    /// Its row type: where a composite type's comment is.
    pub(super) row_type: u32,
    pub(super) kind: RelationKind,
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) unlogged: bool,
    pub(super) partition_by: Option<String>,
    pub(super) bound: Option<String>,
    pub(super) parents: Vec<Parent>,
    pub(super) row_security: Option<&'static str>,
    pub(super) storage: Option<String>,
    pub(super) tablespace: Option<String>,
    pub(super) access_method: Option<String>,
    pub(super) of_type: Option<String>,
    pub(super) replica_identity: String,
    pub(super) view: Option<String>,
    pub(super) foreign: Option<String>,
}

/// What a relation inherits from or is a partition of.
#[derive(Debug)]
pub(super) struct Parent {
    pub(super) oid: u32,
    pub(super) schema: String,
    pub(super) name: String,
}

impl Relation {
    /// Its full name, quoted.
    pub(super) fn full_name(&self) -> String {
        qualified(&self.schema, &self.name)
    }
}

const RELATIONS: &str = "\
SELECT c.oid, c.reltype AS row_type, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind,
  c.relpersistence = 'u' AS unlogged, c.relispartition AS is_partition,
  c.relrowsecurity AS row_security, c.relforcerowsecurity AS force_row_security,
  c.relreplident::text AS replica_identity,
  coalesce(c.reloptions, '{}') || coalesce((SELECT CASE WHEN t.reloptions IS NOT NULL THEN
      (SELECT pg_catalog.array_agg('toast.' || o) FROM pg_catalog.unnest(t.reloptions) o) END
    FROM pg_catalog.pg_class t WHERE t.oid = c.reltoastrelid), '{}') AS storage,
  (SELECT s.spcname::text FROM pg_catalog.pg_tablespace s WHERE s.oid = c.reltablespace) AS tablespace,
  (SELECT a.amname::text FROM pg_catalog.pg_am a WHERE a.oid = c.relam AND a.amname <> 'heap') AS access_method,
  CASE WHEN c.reloftype <> 0 THEN pg_catalog.format_type(c.reloftype, NULL) END AS of_type,
  CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END AS partition_by,
  CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END AS bound,
  CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END AS view,
  (SELECT pg_catalog.quote_ident(s.srvname) || coalesce(' OPTIONS (' || (
      SELECT pg_catalog.string_agg(pg_catalog.quote_ident(o.option_name) || ' '
        || pg_catalog.quote_literal(o.option_value), ', ' ORDER BY o.option_name)
      FROM pg_catalog.pg_options_to_table(f.ftoptions) o) || ')', '')
   FROM pg_catalog.pg_foreign_table f JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver
   WHERE f.ftrelid = c.oid) AS foreign_server
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relnamespace = ANY ($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
    WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
    WHERE e.classid = 'pg_catalog.pg_type'::regclass AND e.objid = c.reltype AND e.deptype = 'e')";

const PARENTS: &str = "\
SELECT i.inhrelid AS child, i.inhparent AS oid, n.nspname::text AS schema, p.relname::text AS name
FROM pg_catalog.pg_inherits i
JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relkind IN ('r', 'p', 'f')
JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
JOIN pg_catalog.pg_namespace n ON n.oid = p.relnamespace
WHERE c.relnamespace = ANY ($1)
ORDER BY i.inhrelid, i.inhseqno";

/// Reads all relations, in no order.
pub(super) async fn relations(catalogue: &mut Catalogue<'_>) -> Result<Vec<Relation>, EngineError> {
    let mut parents: BTreeMap<u32, Vec<Parent>> = BTreeMap::new();
    for row in catalogue.rows("inheritance", PARENTS.to_owned()).await? {
        parents.entry(row.oid("child")?).or_default().push(Parent {
            oid: row.oid("oid")?,
            schema: row.get("schema")?,
            name: row.get("name")?,
        });
    }
    let mut relations = Vec::new();
    for row in catalogue.rows("tables", RELATIONS.to_owned()).await? {
        let mut relation = relation(&row)?;
        relation.parents = parents.remove(&relation.oid).unwrap_or_default();
        relations.push(relation);
    }
    Ok(relations)
}

fn relation(row: &Row) -> Result<Relation, EngineError> {
    let kind = match (row.get("kind")?, row.get::<bool>("is_partition")?) {
        ("v", _) => RelationKind::View,
        ("m", _) => RelationKind::MaterializedView,
        ("f", _) => RelationKind::ForeignTable,
        ("c", _) => RelationKind::Composite,
        (_, true) => RelationKind::Partition,
        (_, false) => RelationKind::Table,
    };
    // FORCE without ENABLE has no effect.
    let row_security = match (
        row.get::<bool>("row_security")?,
        row.get::<bool>("force_row_security")?,
    ) {
        (true, true) => Some("forced"),
        (true, false) => Some("enabled"),
        (false, _) => None,
    };
    Ok(Relation {
        oid: row.oid("oid")?,
        row_type: row.oid("row_type")?,
        kind,
        schema: row.get("schema")?,
        name: row.get("name")?,
        unlogged: row.get("unlogged")?,
        partition_by: row.get("partition_by")?,
        bound: row.get("bound")?,
        parents: Vec::new(),
        row_security,
        storage: storage(&row.get::<Vec<String>>("storage")?),
        tablespace: row.get("tablespace")?,
        access_method: row.get("access_method")?,
        of_type: row.get("of_type")?,
        replica_identity: row.get("replica_identity")?,
        view: row.get("view")?,
        foreign: row.get("foreign_server")?,
    })
}

/// The statement that makes a relation which the model keeps as text; `columns` are its columns' definitions.
///
/// A partition's are only those that differ from its parent's.
pub(super) fn definition(relation: &Relation, columns: &[String]) -> String {
    let name = relation.full_name();
    let list = |columns: &[String]| match columns {
        [] => " ()".to_owned(),
        columns => format!(" (\n  {}\n)", columns.join(",\n  ")),
    };
    let mut text = match relation.kind {
        RelationKind::View => format!("CREATE VIEW {name}"),
        RelationKind::MaterializedView => format!("CREATE MATERIALIZED VIEW {name}"),
        RelationKind::Composite => return format!("CREATE TYPE {name} AS{}", list(columns)),
        RelationKind::ForeignTable => format!("CREATE FOREIGN TABLE {name}"),
        RelationKind::Table | RelationKind::Partition if relation.unlogged => {
            format!("CREATE UNLOGGED TABLE {name}")
        }
        RelationKind::Table | RelationKind::Partition => format!("CREATE TABLE {name}"),
    };
    let parents: Vec<String> = relation
        .parents
        .iter()
        .map(|parent| qualified(&parent.schema, &parent.name))
        .collect();
    if relation.bound.is_some() {
        text += &format!(" PARTITION OF {}", parents.join(", "));
        if !columns.is_empty() {
            text += &list(columns);
        }
    } else if relation.view.is_none() {
        text += &list(columns);
        if !parents.is_empty() {
            text += &format!(" INHERITS ({})", parents.join(", "));
        }
    }
    let mut clause = |words: &str, value: Option<&str>, end: &str| {
        if let Some(value) = value {
            text += &format!(" {words}{value}{end}");
        }
    };
    clause("", relation.bound.as_deref(), "");
    clause("PARTITION BY ", relation.partition_by.as_deref(), "");
    clause("SERVER ", relation.foreign.as_deref(), "");
    let method = relation.access_method.as_deref().map(ident);
    clause("USING ", method.as_deref(), "");
    clause("WITH (", relation.storage.as_deref(), ")");
    let tablespace = relation.tablespace.as_deref().map(ident);
    clause("TABLESPACE ", tablespace.as_deref(), "");
    let view = relation
        .view
        .as_deref()
        .map(|view| view.trim_end_matches(';'));
    clause("AS\n", view, "");
    text
}

/// `COMMENT ON … IS …` to be added to a definition.
pub(super) fn comment_on(label: &str, comment: &str) -> String {
    format!(";\nCOMMENT ON {label} IS {}", literal(comment))
}
