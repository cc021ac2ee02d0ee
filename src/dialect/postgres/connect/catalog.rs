//! What a database holds, by its catalogue and not by our model of it: whether it is empty, and what a run added.

use std::collections::BTreeSet;

use sqlx::Row as _;
use sqlx::postgres::PgConnection;

use super::link;
use crate::engine::Outside;

/// Objects below this number came with the server (`FirstNormalObjectId` in PostgreSQL's `access/transam.h`).
const FIRST: &str = "16384";
/// Schemas that the server does not have of its own.
const USER_SCHEMA: &str = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

/// Catalogues of schemas and of what is in them: catalogue, column of the schema, condition.
const CATALOGUES: &[(&str, Option<&str>, &str)] = &[
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
    ("pg_namespace", None, "o.nspname !~ '^pg_'"),
];

/// Identity of an object: catalogue and number.
pub(super) type Id = (String, String);

/// A schema, or something in one.
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
}

/// Schemas and everything in them that did not come with the server, is not a member of an extension and no part of another
/// object.
pub(super) async fn objects(connection: &mut PgConnection) -> Result<Vec<Object>, sqlx::Error> {
    let mut parts = Vec::new();
    for (phase, (catalogue, schema, condition)) in CATALOGUES.iter().enumerate() {
        let namespace = schema.map_or("0".to_owned(), |column| format!("o.{column}"));
        parts.push(format!(
            "SELECT {phase} AS phase, 'pg_catalog.{catalogue}'::pg_catalog.regclass::oid AS class, \
             o.oid, {namespace}::oid AS namespace, '{catalogue}' AS catalogue FROM pg_catalog.{catalogue} o \
             WHERE o.oid >= {FIRST} AND {condition}"
        ));
    }
    // A composite type is a class that is part of its type, and only the class is listed, of an extension's only the type is
    // a member; a partitioned table's key is part of the table itself.
    let sql = format!(
        "SELECT a.catalogue, a.oid::text, i.type, n.nspname::text, i.name, i.identity \
         FROM ({}) a \
         LEFT JOIN pg_catalog.pg_namespace n ON n.oid = a.namespace \
         CROSS JOIN LATERAL pg_catalog.pg_identify_object(a.class, a.oid, 0) i \
         WHERE (a.namespace = 0 OR ({USER_SCHEMA})) AND i.identity IS NOT NULL \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = a.class AND d.objid = a.oid \
         AND (d.deptype = 'e' OR (d.deptype = 'i' AND i.type <> 'composite type' AND d.refobjid <> a.oid))) \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_type t JOIN pg_catalog.pg_depend d \
         ON d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid AND d.deptype = 'e' \
         WHERE t.typrelid = a.oid AND i.type = 'composite type') \
         ORDER BY a.phase, a.oid",
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

/// Schemas in which extensions were installed, or that they leave to their users' data: a database that has nothing else is
/// empty.
async fn extension_schemas(connection: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    link::texts(
        connection,
        "SELECT n.nspname::text FROM pg_catalog.pg_extension e \
         JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace \
         UNION ALL SELECT 'tiger_data' FROM pg_catalog.pg_extension WHERE extname = 'postgis_tiger_geocoder'",
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
