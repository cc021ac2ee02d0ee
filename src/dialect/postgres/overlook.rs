//! What of a live database is not its migrations' doing, nor drift.
//!
//! | is overlooked | since |
//! |---|---|
//! | partitions of a table that both have | jobs make and drop them (pg_partman, cron) |
//! | tables that were such partitions | jobs detach and keep them: the migrations make a partition of that name, or it is called as its parent and more, and has its columns |
//! | schemas of [`PROVIDERS`] | a hosting service or an extension keeps its own objects there |
//! | publications, event triggers and extensions of [`ADDED`], extensions in such a schema | a service or its replication adds them |
//!
//! What extensions own is not part of any state, and an index that is being built is not there yet.

use std::collections::{BTreeMap, BTreeSet};

use super::attrs;
use super::inspect::text::qualified;
use crate::schema::{DataType, Realm, Table, TextObject};

/// Schemas that services and extensions fill by themselves.
const PROVIDERS: &[&str] = &[
    // Supabase
    "_analytics",
    "_realtime",
    "auth",
    "extensions",
    "graphql",
    "graphql_public",
    "pgbouncer",
    "pgsodium",
    "pgsodium_masks",
    "realtime",
    "storage",
    "supabase_functions",
    "supabase_migrations",
    "vault",
    // Neon, Heroku, Azure, Google
    "neon",
    "heroku_ext",
    "azure",
    "google_vacuum_mgmt",
    // Extensions
    "_timescaledb_cache",
    "_timescaledb_catalog",
    "_timescaledb_config",
    "_timescaledb_debug",
    "_timescaledb_functions",
    "_timescaledb_internal",
    "columnar_internal",
    "cron",
    "partman",
    "pglogical",
    "repack",
    "timescaledb_experimental",
    "timescaledb_information",
    "toolkit_experimental",
];

/// What services add besides schemas, each by its kind.
const ADDED: &[(&str, &[&str])] = &[
    (
        "publication",
        // Supabase, Debezium
        &[
            "supabase_realtime",
            "supabase_realtime_messages_publication",
            "dbz_publication",
        ],
    ),
    (
        "event trigger",
        // Supabase, AWS DMS
        &[
            "issue_graphql_placeholder",
            "issue_pg_cron_access",
            "issue_pg_graphql_access",
            "issue_pg_net_access",
            "pgrst_ddl_watch",
            "pgrst_drop_watch",
            "awsdms_intercept_ddl",
        ],
    ),
    (
        "extension",
        // Statistics, which every service has; Supabase, Neon, AWS, Azure, Google
        &[
            "pg_stat_statements",
            "pg_graphql",
            "pg_net",
            "pgjwt",
            "pgsodium",
            "supabase_vault",
            "neon",
            "neon_utils",
            "aws_commons",
            "rds_tools",
            "azure",
            "pgaadauth",
            "google_vacuum_mgmt",
        ],
    ),
];

/// Whether a service adds an object of the whole database.
fn is_added(object: &TextObject) -> bool {
    let names = ADDED.iter().find(|(kind, _)| *kind == object.kind);
    let known = names.is_some_and(|(_, names)| names.contains(&object.name.as_str()));
    let schema = object.definition.rsplit_once(" SCHEMA ");
    let schema = schema.map(|(_, name)| name.trim_end_matches(';').trim_matches('"'));
    let within = schema.is_some_and(|name| PROVIDERS.contains(&name));
    known || object.kind == "extension" && within
}

/// Makes the live state like the expected one in it, and tells where they differed.
pub(super) fn overlook(live: &mut Realm, expected: &Realm) -> Vec<String> {
    let mut seen = Vec::new();
    live.schemas.retain(|schema| {
        let name = schema.name.as_str();
        let theirs = PROVIDERS.contains(&name) && expected.schema(name).is_none();
        if theirs {
            seen.push(format!("schema {name}"));
        }
        !theirs
    });
    live.texts.retain(|object| {
        let mut made = expected.texts.iter();
        let made = made.any(|one| (&one.kind, &one.name) == (&object.kind, &object.name));
        let theirs = !made && is_added(object);
        if theirs {
            seen.push(format!("{} {}", object.kind, object.name));
        }
        !theirs
    });
    let parents = partitioned(live, expected);
    detached(live, expected, &parents, &mut seen);
    for schema in &mut live.schemas {
        let wanted = expected.schema(&schema.name);
        let wanted: Vec<&TextObject> = wanted
            .iter()
            .flat_map(|schema| &schema.texts)
            .filter(|object| is_of(object, &parents))
            .collect();
        let mut came = Vec::new();
        schema.texts.retain(|object| {
            let extra =
                is_of(object, &parents) && !wanted.iter().any(|one| one.name == object.name);
            if extra {
                came.push(object.name.clone());
            }
            !extra
        });
        // What belongs to a partition goes with it.
        let belongs = |object: &TextObject| {
            object
                .table
                .as_ref()
                .is_some_and(|table| came.contains(table))
        };
        schema.texts.retain(|object| !belongs(object));
        let gone = wanted.into_iter().filter(|object| {
            !schema
                .texts
                .iter()
                .any(|one| one.kind == object.kind && one.name == object.name)
        });
        let gone: Vec<TextObject> = gone.cloned().collect();
        let names = came.iter().chain(gone.iter().map(|object| &object.name));
        seen.extend(names.map(|name| format!("partition {}.{name}", schema.name)));
        schema.texts.extend(gone);
        schema.texts.sort();
    }
    seen
}

/// Takes tables away that were partitions of tables that both have.
fn detached(
    live: &mut Realm,
    expected: &Realm,
    parents: &BTreeSet<String>,
    seen: &mut Vec<String>,
) {
    for schema in &mut live.schemas {
        let Some(wanted) = expected.schema(&schema.name) else {
            continue;
        };
        let columns = |table: &Table| -> BTreeMap<String, DataType> {
            let columns = table.columns.iter();
            columns
                .map(|one| (one.name.clone(), one.ty.clone()))
                .collect()
        };
        let known = schema.tables.iter().filter(|table| {
            table.attrs.contains_key(attrs::PARTITION_BY) && wanted.table(&table.name).is_some()
        });
        let known: Vec<_> = known
            .map(|table| (format!("{}_", table.name), columns(table)))
            .collect();
        let was = |table: &Table| {
            let mut texts = wanted.texts.iter();
            let made = texts.any(|one| one.name == table.name && is_of(one, parents));
            let of = |(name, parent): &(String, BTreeMap<String, DataType>)| {
                table.name.starts_with(name.as_str()) && columns(table) == *parent
            };
            wanted.table(&table.name).is_none() && (made || known.iter().any(of))
        };
        let gone: Vec<String> = schema
            .tables
            .iter()
            .filter(|table| was(table))
            .map(|table| table.name.clone())
            .collect();
        schema.tables.retain(|table| !gone.contains(&table.name));
        let belongs = |object: &TextObject| {
            object
                .table
                .as_ref()
                .is_some_and(|table| gone.contains(table))
        };
        schema.texts.retain(|object| !belongs(object));
        let told = |name: &String| format!("detached partition {}.{name}", schema.name);
        seen.extend(gone.iter().map(told));
    }
}

/// Indexes that are invalid, as a build that failed leaves them.
pub(super) fn broken(live: &mut Realm, expected: &Realm) -> Vec<String> {
    let mut notes = Vec::new();
    for schema in &mut live.schemas {
        let expected = expected.schema(&schema.name);
        for table in &mut schema.tables {
            let expected = expected.and_then(|schema| schema.table(&table.name));
            let name = &table.name;
            table.indexes.retain_mut(|index| {
                if index.attrs.remove(attrs::INVALID).is_none() {
                    return true;
                }
                let mut wanted = expected.iter().flat_map(|table| &table.indexes);
                let wanted = wanted.any(|one| one.name == index.name);
                let cure = match wanted {
                    true => "drop it before it is created again, or run REINDEX INDEX CONCURRENTLY instead",
                    false => "DROP INDEX CONCURRENTLY takes it away",
                };
                let index = &index.name;
                notes.push(format!(
                    "index \"{index}\" of {name} is invalid, as a CREATE INDEX CONCURRENTLY that failed leaves it: {cure}"
                ));
                !wanted
            });
        }
    }
    notes
}

/// Quoted names of the tables that both states have, and of what is a partition of one, a partition of that included.
fn partitioned(live: &Realm, expected: &Realm) -> BTreeSet<String> {
    let tables = expected.schemas.iter().flat_map(|schema| {
        let theirs = live.schema(&schema.name);
        let both = schema
            .tables
            .iter()
            .filter(move |table| theirs.is_some_and(|theirs| theirs.table(&table.name).is_some()));
        both.map(|table| qualified(&schema.name, &table.name))
    });
    let mut known: BTreeSet<String> = tables.collect();
    loop {
        let all = live.schemas.iter().chain(&expected.schemas);
        let partitions = all.flat_map(|schema| {
            let texts = schema.texts.iter().filter(|object| is_of(object, &known));
            texts.map(|object| qualified(&schema.name, &object.name))
        });
        let more: Vec<String> = partitions.filter(|name| !known.contains(name)).collect();
        if more.is_empty() {
            return known;
        }
        known.extend(more);
    }
}

/// Whether an object is a partition of one of these tables, by its definition.
fn is_of(object: &TextObject, tables: &BTreeSet<String>) -> bool {
    if object.kind != "partition" {
        return false;
    }
    let mut rest = object.definition.split(" PARTITION OF ");
    let parent = rest.nth(1).unwrap_or_default();
    tables.iter().any(|table| {
        parent
            .strip_prefix(table.as_str())
            .is_some_and(|rest| rest.starts_with([' ', '(']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;

    fn partition(name: &str, of: &str) -> TextObject {
        TextObject {
            kind: "partition".into(),
            name: name.into(),
            table: Some(of.into()),
            definition: format!(
                "CREATE TABLE {} PARTITION OF {} FOR VALUES IN (1)",
                qualified("public", name),
                qualified("public", of)
            ),
        }
    }

    fn realm(partitions: &[(&str, &str)], more: &str) -> Realm {
        let schema = |name: &str, texts| Schema {
            name: name.into(),
            tables: vec![Table {
                name: "log".into(),
                ..Table::default()
            }],
            texts,
            ..Schema::default()
        };
        let texts = partitions.iter().map(|(name, of)| partition(name, of));
        Realm {
            schemas: vec![schema(more, Vec::new()), schema("public", texts.collect())],
            ..Realm::default()
        }
    }

    #[test]
    fn what_services_add_is_no_drift_unless_migrations_make_it() {
        let object = |kind: &str, name: &str, definition: &str| TextObject {
            kind: kind.into(),
            name: name.into(),
            table: None,
            definition: definition.into(),
        };
        let extension = |name: &str, schema: &str| {
            let made = format!("CREATE EXTENSION {name} SCHEMA {schema}");
            object("extension", name, &made)
        };
        let texts = vec![
            object("publication", "dbz_publication", "CREATE PUBLICATION …"),
            object("publication", "ours", "CREATE PUBLICATION …"),
            object("event trigger", "pgrst_ddl_watch", "CREATE EVENT …"),
            extension("pg_stat_statements", "public"),
            extension("hstore", "extensions"),
            extension("pgcrypto", "public"),
            extension("pg_net", "public"),
        ];
        let mut live = Realm {
            texts,
            ..Realm::default()
        };
        let expected = Realm {
            texts: vec![extension("pg_net", "net")],
            ..Realm::default()
        };
        overlook(&mut live, &expected);
        let names: Vec<&str> = live.texts.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["ours", "pgcrypto", "pg_net"]);
    }

    #[test]
    fn partitions_of_known_tables_come_and_go() {
        let expected = realm(&[("log_1", "log"), ("other_1", "other")], "app");
        let mut live = realm(
            &[("log_2", "log"), ("log_2_a", "log_2"), ("stray", "strange")],
            "cron",
        );
        let seen = overlook(&mut live, &expected);
        assert_eq!(
            seen,
            [
                "schema cron",
                "partition public.log_2",
                "partition public.log_2_a",
                "partition public.log_1"
            ]
        );
        let names: Vec<&str> = live.schemas[0]
            .texts
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        assert_eq!(names, ["log_1", "stray"]);
    }
}
