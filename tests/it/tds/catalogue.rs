//! The catalogue of a database: views of `sys` as tables of SQLite, with the columns that the documentation gives them
//! (<https://learn.microsoft.com/sql/relational-databases/system-catalog-views/catalog-views-transact-sql>).

use std::collections::BTreeMap;

use serde_json::Value as Json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions as _, Executor as _, Row as _, TypeInfo as _,
    ValueRef as _,
};

use super::wire::Value;

/// Rows by the names of views.
pub(super) type Views = BTreeMap<String, Vec<Json>>;

/// What every object has.
const OBJECT: &str = "name object_id principal_id schema_id parent_object_id type type_desc create_date modify_date is_ms_shipped \
    is_published is_schema_published";

/// Views and their columns; `+` stands for what every object has.
const VIEWS: &[(&str, &str)] = &[
    ("databases", "name database_id collation_name"),
    ("server_principals", "name principal_id type"),
    ("schemas", "name schema_id principal_id"),
    ("objects", "+"),
    (
        "tables",
        "+ lob_data_space_id max_column_id_used lock_escalation lock_escalation_desc is_filetable is_memory_optimized \
         durability durability_desc temporal_type temporal_type_desc history_table_id is_remote_data_archive_enabled is_external \
         history_retention_period history_retention_period_unit history_retention_period_unit_desc is_node is_edge",
    ),
    ("views", "+ with_check_option is_date_correlation_view"),
    (
        "columns",
        "object_id name column_id system_type_id user_type_id max_length precision scale collation_name is_nullable is_ansi_padded \
         is_rowguidcol is_identity is_computed is_filestream is_replicated is_xml_document xml_collection_id default_object_id \
         rule_object_id is_sparse is_column_set generated_always_type generated_always_type_desc encryption_type is_hidden \
         is_masked",
    ),
    (
        "masked_columns",
        "object_id name column_id is_masked masking_function",
    ),
    (
        "identity_columns",
        "object_id name column_id seed_value increment_value last_value is_not_for_replication",
    ),
    (
        "computed_columns",
        "object_id name column_id definition uses_database_collation is_persisted",
    ),
    (
        "xml_schema_collections",
        "xml_collection_id schema_id principal_id name create_date modify_date",
    ),
    (
        "types",
        "name system_type_id user_type_id schema_id principal_id max_length precision scale collation_name is_nullable \
         is_user_defined is_assembly_type default_object_id rule_object_id is_table_type",
    ),
    (
        "table_types",
        "name system_type_id user_type_id schema_id max_length is_nullable is_user_defined is_assembly_type is_table_type \
         type_table_object_id is_memory_optimized",
    ),
    (
        "default_constraints",
        "+ parent_column_id definition is_system_named",
    ),
    (
        "check_constraints",
        "+ is_disabled is_not_for_replication is_not_trusted parent_column_id definition uses_database_collation is_system_named",
    ),
    (
        "key_constraints",
        "+ unique_index_id is_system_named is_enforced",
    ),
    (
        "foreign_keys",
        "+ referenced_object_id key_index_id is_disabled is_not_for_replication is_not_trusted delete_referential_action \
         delete_referential_action_desc update_referential_action update_referential_action_desc is_system_named",
    ),
    (
        "foreign_key_columns",
        "constraint_object_id constraint_column_id parent_object_id parent_column_id referenced_object_id referenced_column_id",
    ),
    (
        "indexes",
        "object_id name index_id type type_desc is_unique data_space_id ignore_dup_key is_primary_key is_unique_constraint \
         fill_factor is_padded is_disabled is_hypothetical is_ignored_in_optimization allow_row_locks allow_page_locks has_filter \
         filter_definition compression_delay suppress_dup_key_messages auto_created optimize_for_sequential_key",
    ),
    (
        "index_columns",
        "object_id index_id index_column_id column_id key_ordinal partition_ordinal is_descending_key is_included_column \
         column_store_order_ordinal",
    ),
    (
        "data_spaces",
        "name data_space_id type type_desc is_default is_system",
    ),
    (
        "stats",
        "object_id name stats_id auto_created user_created no_recompute has_filter filter_definition is_temporary",
    ),
    (
        "partitions",
        "partition_id object_id index_id partition_number hobt_id rows filestream_filegroup_id data_compression \
         data_compression_desc xml_compression xml_compression_desc",
    ),
    (
        "sequences",
        "+ start_value increment minimum_value maximum_value is_cycling is_cached cache_size system_type_id user_type_id precision \
         scale current_value is_exhausted last_used_value",
    ),
    (
        "sql_modules",
        "object_id definition uses_ansi_nulls uses_quoted_identifier is_schema_bound uses_database_collation is_recompiled \
         null_on_null_input execute_as_principal_id uses_native_compilation is_inlineable",
    ),
    ("synonyms", "+ base_object_name"),
    (
        "periods",
        "name period_type period_type_desc object_id start_column_id end_column_id",
    ),
    (
        "extended_properties",
        "class class_desc major_id minor_id name value",
    ),
];

/// Types that every database has: name, number, system's number where it differs, bytes, precision.
const TYPES: &[(&str, i64, i64)] = &[
    ("image", 34, 16),
    ("text", 35, 16),
    ("uniqueidentifier", 36, 16),
    ("date", 40, 3),
    ("time", 41, 5),
    ("datetime2", 42, 8),
    ("datetimeoffset", 43, 10),
    ("tinyint", 48, 1),
    ("smallint", 52, 2),
    ("int", 56, 4),
    ("smalldatetime", 58, 4),
    ("real", 59, 4),
    ("money", 60, 8),
    ("datetime", 61, 8),
    ("float", 62, 8),
    ("sql_variant", 98, 8016),
    ("ntext", 99, 16),
    ("bit", 104, 1),
    ("decimal", 106, 17),
    ("numeric", 108, 17),
    ("smallmoney", 122, 4),
    ("bigint", 127, 8),
    ("hierarchyid", 128, 892),
    ("geometry", 129, -1),
    ("geography", 130, -1),
    ("varbinary", 165, 8000),
    ("varchar", 167, 8000),
    ("binary", 173, 8000),
    ("char", 175, 8000),
    ("timestamp", 189, 8),
    ("nvarchar", 231, 8000),
    ("nchar", 239, 8000),
    ("xml", 241, -1),
    ("sysname", 256, 256),
];

/// The number of a type of the server's own.
pub(super) fn type_id(name: &str) -> Option<i64> {
    TYPES
        .iter()
        .find(|(known, ..)| *known == name)
        .map(|(_, id, _)| *id)
}

fn literal(value: &Json) -> String {
    match value {
        Json::Null => "NULL".to_owned(),
        Json::Bool(flag) => u8::from(*flag).to_string(),
        Json::Number(number) => number.to_string(),
        Json::String(text) => format!("'{}'", text.replace('\'', "''")),
        other => panic!("{other} is no value of a column"),
    }
}

/// The statements that make the catalogue with these rows.
fn script(views: &Views) -> String {
    let mut sql = "ATTACH ':memory:' AS sys;\n".to_owned();
    for (view, columns) in VIEWS {
        let columns = columns.replace('+', OBJECT);
        let columns = columns.split_whitespace().map(|name| match name {
            // Blanks at the end don't count.
            "type" => "[type] COLLATE RTRIM".to_owned(),
            name if name.starts_with("is_") => format!("[{name}] DEFAULT 0"),
            name => format!("[{name}]"),
        });
        let columns: Vec<String> = columns.collect();
        sql.push_str(&format!(
            "CREATE TABLE sys.{view} ({});\n",
            columns.join(", ")
        ));
    }
    for (name, id, bytes) in TYPES {
        sql.push_str(&format!(
            "INSERT INTO sys.types (name, system_type_id, user_type_id, schema_id, max_length, is_nullable) \
             VALUES ('{name}', {}, {id}, 4, {bytes}, 1);\n",
            if *name == "sysname" { 231 } else { *id }
        ));
    }
    for (view, rows) in views {
        for row in rows {
            let row = row.as_object().expect("columns by their names");
            let names: Vec<String> = row.keys().map(|name| format!("[{name}]")).collect();
            let values: Vec<String> = row.values().map(literal).collect();
            sql.push_str(&format!(
                "INSERT INTO {view} ({}) VALUES ({});\n",
                names.join(", "),
                values.join(", ")
            ));
        }
    }
    sql
}

/// The same query to SQLite.
fn translated(sql: &str) -> String {
    let sql = sql
        .replace("'trueup[_]%'", "'trueup!_%' ESCAPE '!'")
        .replace("DB_ID()", "5");
    let mut out = String::new();
    for (at, part) in sql.split("N'").enumerate() {
        if at > 0 {
            out.push_str(if out.ends_with(|c: char| c.is_alphanumeric()) {
                "N'"
            } else {
                "'"
            });
        }
        out.push_str(part);
    }
    out
}

/// A catalogue that was filled.
pub(super) struct Filled {
    views: Views,
    connection: SqliteConnection,
}

impl Filled {
    async fn new(views: Views) -> Self {
        let options = SqliteConnectOptions::new().in_memory(true);
        let mut connection: SqliteConnection = options.connect().await.expect("SQLite");
        let filled = connection
            .execute(sqlx::raw_sql(AssertSqlSafe(script(&views))))
            .await;
        filled.expect("rows that fit their views");
        Self { views, connection }
    }
}

/// Asks a catalogue: names of columns, rows; or why not, in SQLite's words.
pub(super) async fn ask(
    last: &mut Option<Filled>,
    views: Views,
    sql: &str,
) -> Result<Answer, String> {
    // Queries of one catalogue come one after the other.
    if last.as_ref().is_none_or(|last| last.views != views) {
        *last = Some(Filled::new(views).await);
    }
    answer(&mut last.as_mut().expect("it was filled").connection, sql).await
}

/// Asks a table for its rows, as these statements made them.
pub(super) async fn rows_of(table: &str, done: &[String], sql: &str) -> Result<Answer, String> {
    let options = SqliteConnectOptions::new().in_memory(true);
    let mut connection: SqliteConnection = options.connect().await.expect("SQLite");
    let mut script = "ATTACH ':memory:' AS dbo;\n".to_owned();
    for text in done.iter().filter(|text| text.contains(table)) {
        let text = text.split_once(" IS NULL CREATE TABLE ").map_or_else(
            || text.clone(),
            |(_, made)| format!("CREATE TABLE IF NOT EXISTS {made}"),
        );
        script.push_str(&format!("{};\n", translated(&text.replace("(MAX)", ""))));
    }
    let filled = sqlx::raw_sql(AssertSqlSafe(script));
    let filled = connection.execute(filled).await;
    filled.map_err(|error| error.to_string())?;
    answer(&mut connection, sql).await
}

type Answer = (Vec<String>, Vec<Vec<Value>>);

async fn answer(connection: &mut SqliteConnection, sql: &str) -> Result<Answer, String> {
    let failed = |error: sqlx::Error| error.to_string();
    let sql = translated(sql);
    let prepared = sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(sql.clone()));
    let described = connection.prepare(prepared).await.map_err(failed)?;
    let columns = sqlx::Statement::columns(&described)
        .iter()
        .map(|one| one.name().to_owned())
        .collect();
    let rows = connection
        .fetch_all(sqlx::raw_sql(AssertSqlSafe(sql)))
        .await
        .map_err(failed)?;
    let value = |row: &SqliteRow, at: usize| {
        let raw = row.try_get_raw(at).expect("a column");
        match raw.type_info().name() {
            "NULL" => Value::Null,
            "INTEGER" | "BOOLEAN" => Value::Integer(row.get_unchecked(at)),
            _ => Value::Text(row.get_unchecked(at)),
        }
    };
    let row = |row: &SqliteRow| (0..row.len()).map(|at| value(row, at)).collect();
    Ok((columns, rows.iter().map(row).collect()))
}
