//! What a database holds, by its catalogue and not by our model of it: whether it is empty, what a run added, and
//! whether it is again as it was.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sqlx::Row as _;
use sqlx::postgres::PgConnection;

use super::link;
use crate::engine::Outside;

/// Objects below this number came with the server (`FirstNormalObjectId` in PostgreSQL's `access/transam.h`).
const FIRST: &str = "16384";
/// Schemas that are nobody's.
const USER_SCHEMA: &str = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

/// Catalogues of objects that can be dropped by themselves: catalogue, column of the schema, condition.
const DROPPABLE: &[(&str, Option<&str>, &str)] = &[
    ("pg_extension", None, "true"),
    ("pg_event_trigger", None, "true"),
    ("pg_publication", None, "true"),
    (
        "pg_class",
        Some("relnamespace"),
        "o.relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'c') AND o.relpersistence <> 't'",
    ),
    ("pg_proc", Some("pronamespace"), "true"),
    // Not those of tables, arrays and multiranges: they go with what they are made for.
    (
        "pg_type",
        Some("typnamespace"),
        "o.typrelid = 0 AND o.typtype <> 'm' AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = o.oid)",
    ),
    ("pg_opclass", Some("opcnamespace"), "true"),
    ("pg_opfamily", Some("opfnamespace"), "true"),
    ("pg_operator", Some("oprnamespace"), "true"),
    ("pg_ts_config", Some("cfgnamespace"), "true"),
    ("pg_ts_dict", Some("dictnamespace"), "true"),
    ("pg_ts_parser", Some("prsnamespace"), "true"),
    ("pg_ts_template", Some("tmplnamespace"), "true"),
    ("pg_collation", Some("collnamespace"), "true"),
    ("pg_conversion", Some("connamespace"), "true"),
    ("pg_statistic_ext", Some("stxnamespace"), "true"),
    ("pg_cast", None, "true"),
    ("pg_transform", None, "true"),
    ("pg_foreign_server", None, "true"),
    ("pg_foreign_data_wrapper", None, "true"),
    ("pg_am", None, "true"),
    ("pg_language", None, "true"),
    // What is left of these is on objects that stay.
    ("pg_trigger", None, "NOT o.tgisinternal"),
    ("pg_policy", None, "true"),
    ("pg_rewrite", None, "o.rulename <> '_RETURN'"),
    ("pg_namespace", None, "o.nspname !~ '^pg_'"),
];

/// Catalogues that a snapshot reads: name, key, what of a row is compared, condition.
const COMPARED: &[(&str, &str, &str, &str)] = &[
    (
        "pg_extension",
        "o.extname",
        "ROW(o.extowner, o.extnamespace, o.extversion)::text",
        "true",
    ),
    ("pg_event_trigger", "o.evtname", "o::text", "true"),
    ("pg_publication", "o.pubname", "o::text", "true"),
    (
        "pg_class",
        "o.oid",
        "ROW(o.relname, o.relnamespace, o.relowner, o.relkind, o.relacl, o.reloptions, o.relpersistence, \
         o.reltablespace, o.relrowsecurity, o.relforcerowsecurity, o.relispartition, o.relreplident)::text",
        "o.oid >= 16384 AND o.relpersistence <> 't' AND o.relnamespace <> 'pg_toast'::pg_catalog.regnamespace",
    ),
    (
        "pg_attribute",
        "o.attrelid || '.' || o.attnum",
        "o::text",
        "o.attrelid >= 16384 AND EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = o.attrelid \
         AND c.relpersistence <> 't' AND c.relnamespace <> 'pg_toast'::pg_catalog.regnamespace)",
    ),
    ("pg_attrdef", "o.oid", "o::text", "o.oid >= 16384"),
    ("pg_constraint", "o.oid", "o::text", "o.oid >= 16384"),
    ("pg_trigger", "o.oid", "o::text", "o.oid >= 16384"),
    ("pg_policy", "o.oid", "o::text", "o.oid >= 16384"),
    ("pg_rewrite", "o.oid", "o::text", "o.oid >= 16384"),
    (
        "pg_sequence",
        "o.seqrelid",
        "o::text",
        "o.seqrelid >= 16384",
    ),
    ("pg_proc", "o.oid", "o::text", "o.oid >= 16384"),
    (
        "pg_type",
        "o.oid",
        "o::text",
        "o.oid >= 16384 AND o.typnamespace <> 'pg_toast'::pg_catalog.regnamespace \
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = o.typrelid AND c.relpersistence = 't')",
    ),
    ("pg_enum", "o.oid", "o::text", "true"),
    ("pg_opclass", "o.oid", "o::text", "o.oid >= 16384"),
    ("pg_opfamily", "o.oid", "o::text", "o.oid >= 16384"),
    ("pg_operator", "o.oid", "o::text", "o.oid >= 16384"),
    ("pg_ts_config", "o.oid", "o::text", "o.oid >= 16384"),
    ("pg_ts_dict", "o.oid", "o::text", "o.oid >= 16384"),
    ("pg_ts_parser", "o.oid", "o::text", "o.oid >= 16384"),
    ("pg_ts_template", "o.oid", "o::text", "o.oid >= 16384"),
    ("pg_collation", "o.oid", "o::text", "o.oid >= 16384"),
    ("pg_conversion", "o.oid", "o::text", "o.oid >= 16384"),
    ("pg_statistic_ext", "o.oid", "o::text", "true"),
    ("pg_cast", "o.oid", "o::text", "o.oid >= 16384"),
    ("pg_transform", "o.oid", "o::text", "true"),
    (
        "pg_foreign_server",
        "o.srvname",
        "ROW(o.srvowner, o.srvfdw, o.srvacl)::text",
        "true",
    ),
    ("pg_foreign_data_wrapper", "o.fdwname", "o::text", "true"),
    ("pg_am", "o.amname", "o::text", "true"),
    ("pg_language", "o.lanname", "o::text", "true"),
    ("pg_default_acl", "o.oid", "o::text", "true"),
    ("pg_largeobject_metadata", "o.oid", "o::text", "true"),
    (
        "pg_namespace",
        "o.nspname",
        "ROW(o.nspowner, ARRAY(SELECT a::text FROM pg_catalog.aclexplode(coalesce(o.nspacl, \
         pg_catalog.acldefault('n', o.nspowner))) a ORDER BY 1))::text",
        "o.nspname !~ '^pg_' AND o.nspname <> 'information_schema'",
    ),
    (
        "pg_description",
        "CASE WHEN o.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass \
         THEN coalesce((SELECT n.nspname::text FROM pg_catalog.pg_namespace n WHERE n.oid = o.objoid), o.objoid::text) \
         ELSE o.classoid || '.' || o.objoid || '.' || o.objsubid END",
        "o.description",
        "o.objoid >= 16384 OR o.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass",
    ),
    (
        "pg_db_role_setting",
        "o.setrole",
        "o.setconfig::text",
        "o.setdatabase = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())",
    ),
];

/// Identity of an object: catalogue and number.
pub(super) type Id = (String, String);

/// Something that can be dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) id: Id,
    /// `table`, `function`, `text search configuration`, …, as the server says it.
    pub(super) kind: String,
    /// Its schema, unquoted.
    pub(super) schema: Option<String>,
    /// Its name, unquoted; not every object has one.
    pub(super) name: Option<String>,
    /// How statements name it, quoted and qualified.
    pub(super) identity: String,
}

impl Object {
    /// Tables first, and before what they own; a schema before what is in it.
    fn weight(&self) -> u8 {
        match self.kind.as_str() {
            "schema" => 0,
            "table" => 1,
            "view" | "materialized view" | "foreign table" => 2,
            "sequence" => 4,
            _ => 3,
        }
    }

    /// For people: `table "junk" in schema "public"`.
    pub(super) fn describe(&self) -> String {
        let name = self
            .name
            .as_ref()
            .map_or_else(|| self.identity.clone(), |name| format!("\"{name}\""));
        match &self.schema {
            Some(schema) => format!("{} {name} in schema \"{schema}\"", self.kind),
            None => format!("{} {name}", self.kind),
        }
    }

    /// The statement that drops it.
    pub(super) fn drop_statement(&self) -> String {
        let kind = match self.kind.as_str() {
            "composite type" => "type",
            "statistics object" => "statistics",
            other => other,
        };
        format!(
            "DROP {} IF EXISTS {} CASCADE",
            kind.to_uppercase(),
            self.identity
        )
    }
}

/// Every object of the database that did not come with the server, is no member of an extension and no part of another
/// object, in the order in which it is best dropped.
pub(super) async fn objects(connection: &mut PgConnection) -> Result<Vec<Object>, sqlx::Error> {
    let mut parts = Vec::new();
    for (phase, (catalogue, schema, condition)) in DROPPABLE.iter().enumerate() {
        let namespace = schema.map_or("0".to_owned(), |column| format!("o.{column}"));
        let order = if *catalogue == "pg_class" {
            // Partitions before what they are part of, so that no one statement drops (and locks) them all.
            "CASE WHEN o.relispartition THEN 0 WHEN o.relkind IN ('v', 'm') THEN 1 WHEN o.relkind = 'S' THEN 3 \
             WHEN o.relkind = 'c' THEN 4 ELSE 2 END"
        } else {
            "0"
        };
        parts.push(format!(
            "SELECT {phase} AS phase, {order} AS step, 'pg_catalog.{catalogue}'::pg_catalog.regclass::oid AS class, \
             o.oid, {namespace}::oid AS namespace, '{catalogue}' AS catalogue FROM pg_catalog.{catalogue} o \
             WHERE o.oid >= {FIRST} AND {condition}"
        ));
    }
    // A composite type is a class that is part of its type, and only the class is listed; a partitioned table's key is
    // part of the table itself.
    let sql = format!(
        "SELECT a.catalogue, a.oid::text, i.type, n.nspname::text, i.name, i.identity \
         FROM ({}) a \
         LEFT JOIN pg_catalog.pg_namespace n ON n.oid = a.namespace \
         CROSS JOIN LATERAL pg_catalog.pg_identify_object(a.class, a.oid, 0) i \
         WHERE (a.namespace = 0 OR ({USER_SCHEMA})) AND i.identity IS NOT NULL \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = a.class AND d.objid = a.oid \
         AND (d.deptype = 'e' OR (d.deptype = 'i' AND i.type <> 'composite type' AND d.refobjid <> a.oid))) \
         ORDER BY a.phase, a.step, a.oid",
        parts.join(" UNION ALL ")
    );
    let rows = link::rows(connection, sql).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let kind: String = row.try_get(2)?;
        let schema: Option<String> = row.try_get(3)?;
        let identity: String = row.try_get(5)?;
        let name: Option<String> = row.try_get(4)?;
        found.push(Object {
            id: (row.try_get(0)?, row.try_get(1)?),
            // Only relations and the like have a name of their own there; the identity is quoted as needed.
            name: name.map(|name| unquoted(&name)),
            kind,
            schema,
            identity,
        });
    }
    Ok(found)
}

fn unquoted(name: &str) -> String {
    match name
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(inner) => inner.replace("\"\"", "\""),
        None => name.to_owned(),
    }
}

/// Schemas in which extensions were installed: a database that has nothing else is empty.
async fn extension_schemas(connection: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    link::texts(
        connection,
        "SELECT n.nspname::text FROM pg_catalog.pg_extension e \
         JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace",
    )
    .await
}

/// What makes the database, or the one schema, not empty: schemas and what is in schemas.
///
/// Empty are an empty `public`, extensions with their objects and schemas, and what belongs to the database as a whole
/// (languages, event triggers, publications, …), which a hosting service may have put there.
pub(super) async fn dirt(
    connection: &mut PgConnection,
    scope: Option<&str>,
) -> Result<Vec<Object>, sqlx::Error> {
    let of_extensions = extension_schemas(connection).await?;
    let mut found = objects(connection).await?;
    found.retain(|object| match (&object.schema, scope) {
        (Some(schema), Some(scope)) => schema == scope,
        (Some(_), None) => true,
        (None, None) if object.kind == "schema" => object
            .name
            .as_ref()
            .is_some_and(|name| name != "public" && !of_extensions.contains(name)),
        (None, _) => false,
    });
    found.sort_by_key(Object::weight);
    Ok(found)
}

/// What is in other schemas than these and was not there before. Schemas that an extension made are its own, with all
/// that it puts there later.
pub(super) async fn outside(
    connection: &mut PgConnection,
    schemas: &[String],
    before: &BTreeSet<Id>,
) -> Result<Vec<Outside>, sqlx::Error> {
    let mut found = objects(connection).await?;
    let outside = |object: &Object| {
        let schema = object.schema.as_ref();
        schema.is_some_and(|schema| !schemas.contains(schema)) && !before.contains(&object.id)
    };
    found.retain(outside);
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let owned = link::texts(
        connection,
        "SELECT n.nspname::text FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_depend d ON d.objid = n.oid \
         AND d.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.deptype = 'e'",
    )
    .await?;
    found.sort_by_key(Object::weight);
    let told = |object: Object| {
        let schema = object.schema.filter(|schema| !owned.contains(schema))?;
        let inner = |identity: String| match identity.split_once('.') {
            Some((_, name)) => name.to_owned(),
            None => identity,
        };
        Some(Outside {
            schema,
            kind: object.kind,
            name: object.name.unwrap_or_else(|| inner(object.identity)),
        })
    };
    Ok(found.into_iter().filter_map(told).collect())
}

/// A catalogue's rows, as far as they matter for "as found".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Snapshot {
    rows: BTreeMap<Id, String>,
}

impl Snapshot {
    /// Reads one. How some rows are written depends on search_path, which must be the same each time.
    pub(super) async fn take(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let mut sql = String::new();
        for (catalogue, key, value, condition) in COMPARED {
            let glue = if sql.is_empty() { "" } else { " UNION ALL " };
            let _ = write!(
                sql,
                "{glue}SELECT '{catalogue}', ({key})::text, pg_catalog.md5(({value})::text) \
                 FROM pg_catalog.{catalogue} o WHERE {condition}"
            );
        }
        let rows = link::rows(connection, sql).await?;
        let mut snapshot = Self::default();
        for row in rows {
            let value: Option<String> = row.try_get(2)?;
            snapshot.rows.insert(
                (row.try_get(0)?, row.try_get(1)?),
                value.unwrap_or_default(),
            );
        }
        Ok(snapshot)
    }

    /// Whether it has a row.
    pub(super) fn has(&self, catalogue: &str, key: &str) -> bool {
        self.rows
            .contains_key(&(catalogue.to_owned(), key.to_owned()))
    }

    /// What differs, for people: `pg_class 16385 is new`.
    pub(super) fn differences(&self, after: &Self) -> Vec<String> {
        let keys: BTreeSet<&Id> = self.rows.keys().chain(after.rows.keys()).collect();
        // An extension takes everything that is in it along.
        let whole: Vec<&Id> = keys
            .iter()
            .copied()
            .filter(|key| key.0 == "pg_extension")
            .collect();
        let named = self.differing(after, whole.into_iter());
        if named.is_empty() {
            self.differing(after, keys.into_iter())
        } else {
            named
        }
    }

    fn differing<'a>(&self, after: &Self, keys: impl Iterator<Item = &'a Id>) -> Vec<String> {
        keys.filter_map(|key| {
            let what = match (self.rows.get(key), after.rows.get(key)) {
                (None, Some(_)) => "is new",
                (Some(_), None) => "is gone",
                (Some(a), Some(b)) if a != b => "is changed",
                _ => return None,
            };
            let kind = key.0.trim_start_matches("pg_").replace('_', " ");
            Some(format!("{kind} {} {what}", key.1))
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_named() {
        let snapshot = |rows: &[(&str, &str)]| Snapshot {
            rows: rows
                .iter()
                .map(|(key, value)| {
                    (
                        ("pg_class".to_owned(), (*key).to_owned()),
                        (*value).to_owned(),
                    )
                })
                .collect(),
        };
        let before = snapshot(&[("1", "a"), ("2", "b"), ("3", "c")]);
        let after = snapshot(&[("1", "a"), ("2", "x"), ("4", "d")]);
        assert_eq!(
            before.differences(&after),
            ["class 2 is changed", "class 3 is gone", "class 4 is new"]
        );
        assert!(before.differences(&before).is_empty());
    }

    #[test]
    fn objects_are_described_and_dropped_in_the_servers_words() {
        let object = Object {
            id: ("pg_class".to_owned(), "1".to_owned()),
            kind: "composite type".to_owned(),
            schema: Some("public".to_owned()),
            name: Some("a b".to_owned()),
            identity: "public.\"a b\"".to_owned(),
        };
        assert_eq!(
            object.describe(),
            "composite type \"a b\" in schema \"public\""
        );
        assert_eq!(
            object.drop_statement(),
            "DROP TYPE IF EXISTS public.\"a b\" CASCADE"
        );
    }
}
