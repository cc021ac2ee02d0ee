//! What a server's catalogue says, in a fixed number of queries.
//! <https://learn.microsoft.com/sql/relational-databases/system-catalog-views/object-catalog-views-transact-sql>

use std::collections::BTreeMap;

use async_trait::async_trait;

/// The collation of the database.
pub(in crate::dialect::mssql) const COLLATION: &str =
    "SELECT d.collation_name FROM sys.databases d WHERE d.database_id = DB_ID()";

const SCHEMAS: &str = "SELECT s.schema_id, s.name FROM sys.schemas s \
    WHERE s.schema_id < 16384 AND s.name NOT IN ('sys', 'guest', 'INFORMATION_SCHEMA') ORDER BY s.schema_id";

/// Tables, and what types that are tables hold.
const TABLES: &str = "SELECT t.object_id, t.schema_id, t.name, 'U' AS kind, t.temporal_type, t.history_table_id, \
    t.history_retention_period, t.history_retention_period_unit_desc, t.is_memory_optimized, t.is_external \
    FROM sys.tables t WHERE t.is_ms_shipped = 0 \
    UNION ALL SELECT y.type_table_object_id, y.schema_id, y.name, 'TT', 0, NULL, NULL, NULL, y.is_memory_optimized, 0 \
    FROM sys.table_types y WHERE y.is_user_defined = 1 ORDER BY 1";

/// Views may have indexes, too.
const VIEWS: &str = "UNION ALL SELECT v.object_id FROM sys.views v WHERE v.is_ms_shipped = 0";

/// What columns and indexes are read of: what the server keeps for itself has both as well.
const OURS: &str = "SELECT t.object_id FROM sys.tables t WHERE t.is_ms_shipped = 0 \
    UNION ALL SELECT y.type_table_object_id FROM sys.table_types y WHERE y.is_user_defined = 1";

const COLUMNS: &str = "SELECT c.object_id, c.column_id, c.name, y.name AS type_name, y.is_user_defined, \
    y.schema_id AS type_schema_id, c.max_length, c.precision, c.scale, c.collation_name, c.is_nullable, c.is_rowguidcol, \
    c.is_sparse, c.is_column_set, c.is_filestream, c.generated_always_type, c.is_hidden, m.masking_function, \
    CAST(i.seed_value AS bigint) AS seed, CAST(i.increment_value AS bigint) AS step, i.is_not_for_replication, \
    g.definition AS computed, g.is_persisted, d.name AS default_name, d.definition AS default_definition, \
    d.is_system_named AS default_is_system_named, x.name AS xml_name, x.schema_id AS xml_schema_id, c.is_xml_document \
    FROM sys.columns c JOIN sys.types y ON y.user_type_id = c.user_type_id \
    LEFT JOIN sys.identity_columns i ON i.object_id = c.object_id AND i.column_id = c.column_id \
    LEFT JOIN sys.computed_columns g ON g.object_id = c.object_id AND g.column_id = c.column_id \
    LEFT JOIN sys.default_constraints d ON d.object_id = c.default_object_id \
    LEFT JOIN sys.masked_columns m ON m.object_id = c.object_id AND m.column_id = c.column_id \
    LEFT JOIN sys.xml_schema_collections x ON x.xml_collection_id = c.xml_collection_id AND c.xml_collection_id <> 0 \
    WHERE c.object_id IN ({tables}) ORDER BY c.object_id, c.column_id";

/// Keys and indexes, heaps included: they say where a table is stored. A newer server has an option more.
const INDEXES: &str = "SELECT i.object_id, i.index_id, i.name, i.type, i.is_unique, i.is_primary_key, i.is_unique_constraint, \
    i.fill_factor, i.is_padded, i.ignore_dup_key, i.allow_row_locks, i.allow_page_locks, i.is_disabled, i.filter_definition, \
    {newer} AS optimize_for_sequential_key, k.is_system_named, f.name AS data_space, f.type AS data_space_type, \
    f.is_default, t.no_recompute, p.data_compression_desc \
    FROM sys.indexes i \
    LEFT JOIN sys.key_constraints k ON k.parent_object_id = i.object_id AND k.unique_index_id = i.index_id \
    LEFT JOIN sys.data_spaces f ON f.data_space_id = i.data_space_id \
    LEFT JOIN sys.stats t ON t.object_id = i.object_id AND t.stats_id = i.index_id \
    LEFT JOIN sys.partitions p ON p.object_id = i.object_id AND p.index_id = i.index_id AND p.partition_number = 1 \
    WHERE i.object_id IN ({tables} {views}) ORDER BY i.object_id, i.index_id";

const INDEX_COLUMNS: &str = "SELECT i.object_id, i.index_id, c.name, i.key_ordinal, i.partition_ordinal, i.is_descending_key, \
    i.is_included_column \
    FROM sys.index_columns i JOIN sys.columns c ON c.object_id = i.object_id AND c.column_id = i.column_id \
    WHERE i.object_id IN ({tables} {views}) ORDER BY i.object_id, i.index_id, i.key_ordinal, i.index_column_id";

const FOREIGN_KEYS: &str = "SELECT k.object_id, k.parent_object_id, k.name, k.is_system_named, k.is_disabled, k.is_not_trusted, \
    k.is_not_for_replication, k.delete_referential_action_desc, k.update_referential_action_desc, r.name AS ref_name, \
    r.schema_id AS ref_schema_id \
    FROM sys.foreign_keys k JOIN sys.tables r ON r.object_id = k.referenced_object_id ORDER BY k.object_id";

const FOREIGN_KEY_COLUMNS: &str = "SELECT k.constraint_object_id, c.name, r.name AS ref_name \
    FROM sys.foreign_key_columns k \
    JOIN sys.columns c ON c.object_id = k.parent_object_id AND c.column_id = k.parent_column_id \
    JOIN sys.columns r ON r.object_id = k.referenced_object_id AND r.column_id = k.referenced_column_id \
    ORDER BY k.constraint_object_id, k.constraint_column_id";

const CHECKS: &str = "SELECT c.parent_object_id, c.name, c.definition, c.is_system_named, c.is_disabled, c.is_not_trusted, \
    c.is_not_for_replication FROM sys.check_constraints c ORDER BY c.object_id";

const SEQUENCES: &str = "SELECT q.object_id, q.schema_id, q.name, y.name AS type_name, y.is_user_defined, \
    y.schema_id AS type_schema_id, q.precision, CAST(q.start_value AS bigint) AS start, \
    CAST(q.increment AS bigint) AS step, CAST(q.minimum_value AS bigint) AS least, CAST(q.maximum_value AS bigint) AS most, \
    q.is_cycling, q.is_cached, q.cache_size \
    FROM sys.sequences q JOIN sys.types y ON y.user_type_id = q.user_type_id ORDER BY q.object_id";

/// Views, procedures, functions and triggers of tables, in the order in which they were made, and those of the database.
const MODULES: &str = "SELECT o.object_id, o.schema_id, o.name, o.type, m.definition, p.name AS parent_name, \
    p.schema_id AS parent_schema_id \
    FROM sys.objects o LEFT JOIN sys.sql_modules m ON m.object_id = o.object_id \
    LEFT JOIN sys.objects p ON p.object_id = o.parent_object_id \
    WHERE o.is_ms_shipped = 0 AND o.type IN ('V', 'P', 'PC', 'FN', 'IF', 'TF', 'FS', 'FT', 'AF', 'TR', 'TA') \
    ORDER BY o.object_id";

const SYNONYMS: &str =
    "SELECT n.schema_id, n.name, n.base_object_name FROM sys.synonyms n ORDER BY n.object_id";

/// Aliases of types; those of assemblies have none below them.
const TYPES: &str = "SELECT y.schema_id, y.name, b.name AS base, y.max_length, y.precision, y.scale, y.is_nullable, \
    y.is_assembly_type \
    FROM sys.types y LEFT JOIN sys.types b ON b.user_type_id = y.system_type_id \
    WHERE y.is_user_defined = 1 AND y.is_table_type = 0 ORDER BY y.user_type_id";

const PERIODS: &str = "SELECT p.object_id, a.name AS start_name, z.name AS end_name FROM sys.periods p \
    JOIN sys.columns a ON a.object_id = p.object_id AND a.column_id = p.start_column_id \
    JOIN sys.columns z ON z.object_id = p.object_id AND z.column_id = p.end_column_id ORDER BY p.object_id";

/// Comments: on schemas, on objects and their columns, and on indexes.
const COMMENTS: &str = "SELECT e.class, CAST(e.value AS nvarchar(4000)) AS text, s.name AS schema_name, o.schema_id, o.type, \
    o.name AS object_name, p.name AS parent_name, c.name AS column_name, i.name AS index_name \
    FROM sys.extended_properties e \
    LEFT JOIN sys.schemas s ON e.class = 3 AND s.schema_id = e.major_id \
    LEFT JOIN sys.objects o ON e.class IN (1, 7) AND o.object_id = e.major_id \
    LEFT JOIN sys.objects p ON p.object_id = o.parent_object_id \
    LEFT JOIN sys.columns c ON e.class = 1 AND e.minor_id <> 0 AND c.object_id = e.major_id AND c.column_id = e.minor_id \
    LEFT JOIN sys.indexes i ON e.class = 7 AND i.object_id = e.major_id AND i.index_id = e.minor_id \
    WHERE e.name = 'MS_Description' AND e.class IN (1, 3, 7) ORDER BY e.class, e.major_id, e.minor_id";

/// The version from which on an index says whether it is made for keys that only grow: 2019.
const SEQUENTIAL: u32 = 15;

/// Who asks a server.
#[async_trait]
pub(in crate::dialect::mssql) trait Asks: Send {
    /// The major version; the newest one's for a service of Azure.
    fn version(&self) -> u32;

    /// The rows of a query, by the names of columns, without NULL.
    async fn named(&mut self, sql: &str) -> Result<Vec<BTreeMap<String, String>>, String>;
}

/// A row of a query: values by the names of columns.
#[derive(Clone, Debug, Default)]
pub(super) struct Row(pub(super) BTreeMap<String, String>);

impl Row {
    /// A value, where it is not NULL.
    pub(super) fn get(&self, column: &str) -> Option<&str> {
        self.0.get(column).map(String::as_str)
    }

    /// A value that is never NULL.
    pub(super) fn text(&self, column: &str) -> &str {
        self.get(column).unwrap_or_default()
    }

    /// A flag.
    pub(super) fn is(&self, column: &str) -> bool {
        self.get(column) == Some("1")
    }

    /// A number.
    pub(super) fn number(&self, column: &str) -> i64 {
        self.text(column).parse().unwrap_or_default()
    }
}

/// What all queries found.
#[derive(Clone, Debug, Default)]
pub(super) struct Catalogue {
    collation: Vec<Row>,
    /// Views that have indexes.
    pub(super) schemas: Vec<Row>,
    pub(super) tables: Vec<Row>,
    pub(super) columns: Vec<Row>,
    pub(super) indexes: Vec<Row>,
    pub(super) index_columns: Vec<Row>,
    pub(super) foreign_keys: Vec<Row>,
    pub(super) foreign_key_columns: Vec<Row>,
    pub(super) checks: Vec<Row>,
    pub(super) sequences: Vec<Row>,
    pub(super) modules: Vec<Row>,
    pub(super) synonyms: Vec<Row>,
    pub(super) types: Vec<Row>,
    pub(super) periods: Vec<Row>,
    pub(super) comments: Vec<Row>,
}

impl Catalogue {
    /// Asks a server.
    ///
    /// # Errors
    /// When it does not answer.
    pub(super) async fn read(connection: &mut dyn Asks) -> Result<Self, String> {
        let newer = match connection.version() >= SEQUENTIAL {
            true => "i.optimize_for_sequential_key",
            false => "0",
        };
        let indexes = INDEXES.replace("{newer}", newer);
        async fn rows(connection: &mut dyn Asks, sql: &str) -> Result<Vec<Row>, String> {
            let sql = sql.replace("{tables}", OURS).replace("{views}", VIEWS);
            let rows = connection.named(&sql).await?;
            Ok(rows.into_iter().map(Row).collect())
        }
        Ok(Self {
            collation: rows(connection, COLLATION).await?,
            schemas: rows(connection, SCHEMAS).await?,
            tables: rows(connection, TABLES).await?,
            columns: rows(connection, COLUMNS).await?,
            indexes: rows(connection, &indexes).await?,
            index_columns: rows(connection, INDEX_COLUMNS).await?,
            foreign_keys: rows(connection, FOREIGN_KEYS).await?,
            foreign_key_columns: rows(connection, FOREIGN_KEY_COLUMNS).await?,
            checks: rows(connection, CHECKS).await?,
            sequences: rows(connection, SEQUENCES).await?,
            modules: rows(connection, MODULES).await?,
            synonyms: rows(connection, SYNONYMS).await?,
            types: rows(connection, TYPES).await?,
            periods: rows(connection, PERIODS).await?,
            comments: rows(connection, COMMENTS).await?,
        })
    }

    /// The collation of the database.
    pub(super) fn collation(&self) -> Option<&str> {
        self.collation.first()?.get("collation_name")
    }
}
