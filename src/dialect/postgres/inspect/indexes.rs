//! Indexes, those behind keys included.

use super::super::attrs;
use super::catalogue::{Catalogue, Comments, Row, inconsistent};
use super::text::{KeyOptions, ident, idents, key_options, settled, storage};
use crate::engine::EngineError;
use crate::schema::{Attrs, Index, KeyPart, PartExpr};

/// An index as the catalogue has it.
#[derive(Debug)]
pub(super) struct RawIndex {
    pub(super) oid: u32,
    pub(super) relation: u32,
    pub(super) name: String,
    /// The whole `CREATE INDEX`; empty for the index of a constraint.
    pub(super) definition: String,
    /// It is part of the index of a partitioned table.
    pub(super) attached: bool,
    /// `REPLICA IDENTITY` goes by it.
    pub(super) replica_identity: bool,
    /// The text before the list of keys in the definition, after `ON` or `ON ONLY`.
    prefix: String,
    method: String,
    unique: bool,
    valid: bool,
    nulls_not_distinct: bool,
    /// Columns of the table by key, included ones last; `None` for an expression.
    columns: Vec<Option<String>>,
    /// Keys as the server prints them, without their options.
    keys: Vec<String>,
    predicate: Option<String>,
    storage: Option<String>,
    tablespace: Option<String>,
}

const INDEXES: &str = "\
SELECT i.indexrelid AS oid, i.indrelid AS relation, ic.relname::text AS name,
  pg_catalog.quote_ident(tn.nspname) || '.' || pg_catalog.quote_ident(tc.relname) || ' USING '
    || pg_catalog.quote_ident(am.amname) || ' (' AS prefix,
  am.amname::text AS method, i.indisunique AS unique_keys, i.indisvalid AND i.indisready AND i.indislive AS valid,
  i.indisreplident AS replica_identity, {nulls_not_distinct} AS nulls_not_distinct,
  CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_constraint k
      WHERE k.conrelid = i.indrelid AND k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
    THEN '' ELSE pg_catalog.pg_get_indexdef(i.indexrelid) END AS definition,
  ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY k (number, place)
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number <> 0
    ORDER BY k.place) AS columns,
  ARRAY(SELECT coalesce(pg_catalog.quote_ident(a.attname), pg_catalog.pg_get_indexdef(i.indexrelid, k.place::int4, false))
    FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY k (number, place)
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number <> 0
    WHERE k.place <= i.indnkeyatts ORDER BY k.place) AS keys,
  pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate, coalesce(ic.reloptions, '{}') AS storage,
  (SELECT s.spcname::text FROM pg_catalog.pg_tablespace s WHERE s.oid = ic.reltablespace) AS tablespace,
  ic.relispartition AS attached
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
JOIN pg_catalog.pg_class tc ON tc.oid = i.indrelid
JOIN pg_catalog.pg_namespace tn ON tn.oid = tc.relnamespace
JOIN pg_catalog.pg_am am ON am.oid = ic.relam
WHERE tc.relnamespace = ANY ($1) AND tc.relkind IN ('r', 'p', 'm') AND (i.indisvalid OR NOT EXISTS (
  SELECT FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid AND a.usesysid IS NOT NULL
  WHERE l.locktype = 'relation' AND l.relation = i.indrelid AND l.granted AND l.mode = 'ShareUpdateExclusiveLock'
    AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())))
ORDER BY tc.relname, ic.relname";

/// Reads the indexes of all tables and materialized views. One that is being built right now does not exist yet: its builder
/// holds a lock on the table, as vacuum does, which only autovacuum runs without a user.
pub(super) async fn indexes(catalogue: &mut Catalogue<'_>) -> Result<Vec<RawIndex>, EngineError> {
    let nulls = if catalogue.version().has_nulls_not_distinct() {
        "i.indnullsnotdistinct"
    } else {
        "false"
    };
    let sql = INDEXES.replace("{nulls_not_distinct}", nulls);
    let rows = catalogue.rows("indexes", sql).await?;
    rows.iter().map(raw_index).collect()
}

fn raw_index(row: &Row) -> Result<RawIndex, EngineError> {
    Ok(RawIndex {
        oid: row.oid("oid")?,
        relation: row.oid("relation")?,
        name: row.get("name")?,
        definition: row.get("definition")?,
        attached: row.get("attached")?,
        replica_identity: row.get("replica_identity")?,
        prefix: row.get("prefix")?,
        method: row.get("method")?,
        unique: row.get("unique_keys")?,
        valid: row.get("valid")?,
        nulls_not_distinct: row.get("nulls_not_distinct")?,
        columns: row.get("columns")?,
        keys: row.get("keys")?,
        predicate: row.get("predicate")?,
        storage: storage(&row.get::<Vec<String>>("storage")?),
        tablespace: row.get("tablespace")?,
    })
}

/// What a key takes from its index: included columns, equal nulls, storage.
pub(super) fn key_attrs(index: &RawIndex) -> Attrs {
    let mut attrs = shared_attrs(index);
    let included = index.included();
    let named = (!included.is_empty()).then(|| idents(&included));
    attrs.set(attrs::INCLUDE, named);
    attrs
}

fn shared_attrs(index: &RawIndex) -> Attrs {
    let mut attrs = Attrs::new();
    attrs.flag(attrs::NULLS_NOT_DISTINCT, index.nulls_not_distinct);
    attrs.flag(attrs::INVALID, !index.valid);
    attrs.set(attrs::STORAGE, index.storage.as_ref());
    attrs.set(attrs::TABLESPACE, index.tablespace.as_ref());
    attrs
}

impl RawIndex {
    fn included(&self) -> Vec<String> {
        self.columns
            .iter()
            .skip(self.keys.len())
            .flatten()
            .cloned()
            .collect()
    }

    /// The model's index.
    pub(super) fn index(&self, comments: &Comments) -> Result<Index, EngineError> {
        let options = self
            .options()
            .ok_or_else(|| inconsistent(&format!("an unreadable index: {}", self.definition)))?;
        let keys = self.keys.iter().zip(&self.columns).zip(options);
        let parts = keys
            .map(|((text, column), options)| part(text, column.as_deref(), options))
            .collect();
        Ok(Index {
            name: self.name.clone(),
            unique: self.unique,
            parts,
            include: self.included(),
            predicate: self.predicate.as_deref().map(settled),
            method: (self.method != "btree").then(|| self.method.clone()),
            comment: comments.on("pg_class", self.oid).map(str::to_owned),
            attrs: shared_attrs(self),
        })
    }

    fn options(&self) -> Option<Vec<KeyOptions>> {
        let (_, keys) = self
            .definition
            .split_once(&format!(" ON {}", self.prefix))
            .or_else(|| {
                self.definition
                    .split_once(&format!(" ON ONLY {}", self.prefix))
            })?;
        key_options(keys, &self.keys)
    }

    /// The index as a statement with its comment, for objects that are kept as text.
    pub(super) fn statement(&self, schema: &str, comments: &Comments) -> String {
        let mut text = self.definition.clone();
        if !self.valid {
            text += " /* invalid */";
        }
        if let Some(comment) = comments.on("pg_class", self.oid) {
            let label = format!("INDEX {}.{}", ident(schema), ident(&self.name));
            text += &super::relations::comment_on(&label, comment);
        }
        text
    }
}

fn part(text: &str, column: Option<&str>, options: KeyOptions) -> KeyPart {
    let mut part = match column {
        Some(column) => KeyPart::column(column),
        None => KeyPart {
            on: PartExpr::Expr(settled(text)),
            descending: false,
            attrs: Attrs::new(),
        },
    };
    part.descending = options.descending;
    part.attrs.set(attrs::COLLATION, options.collation);
    part.attrs.set(attrs::OPCLASS, options.opclass);
    part.attrs.set(attrs::NULLS, options.nulls);
    part
}
