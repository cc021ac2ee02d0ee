//! What inspection sees in SQLite.

use crate::sqlite::{schema, table};

#[tokio::test]
async fn plain_tables() {
    let schema = schema(
        "CREATE TABLE user_account (\n\tid INTEGER NOT NULL, \n\tname VARCHAR(30) NOT NULL, \n\tfullname VARCHAR(30), \n\tPRIMARY KEY (id)\n);
         CREATE TABLE address (id INTEGER NOT NULL, email VARCHAR(30) NOT NULL, user_id INTEGER, PRIMARY KEY (id), FOREIGN KEY(user_id) REFERENCES user_account (id));
         CREATE INDEX ix_email ON address (email)",
    )
    .await;
    assert_eq!(schema.name, "main");
    let names: Vec<_> = schema
        .tables
        .iter()
        .map(|table| table.name.as_str())
        .collect();
    assert_eq!(names, ["address", "user_account"]);
    let user = &schema.tables[1];
    let columns: Vec<_> = user
        .columns
        .iter()
        .map(|column| format!("{} {} {}", column.name, column.ty, column.nullable))
        .collect();
    assert_eq!(
        columns,
        [
            "id integer false",
            "name varchar(30) false",
            "fullname varchar(30) true"
        ]
    );
    let key = &schema.tables[0].foreign_keys[0];
    assert_eq!(key.name, None);
    assert_eq!(key.ref_columns, ["id"]);
    assert_eq!(schema.tables[0].indexes[0].name, "ix_email");
}

#[tokio::test]
async fn a_rowid_alias_is_never_null() {
    let alias = table("CREATE TABLE t (id INTEGER PRIMARY KEY)").await;
    let written = table("CREATE TABLE t (id integer NOT NULL, PRIMARY KEY (id))").await;
    assert_eq!(alias, written);
    let other = table("CREATE TABLE t (id INT PRIMARY KEY)").await;
    assert!(other.columns[0].nullable);
}

#[tokio::test]
async fn everything_of_a_table_is_seen() {
    let schema = schema(
        "CREATE TABLE p (a INT, b INT, PRIMARY KEY (a, b));
         CREATE TABLE \"T x\" (
             Id INTEGER CONSTRAINT pk PRIMARY KEY AUTOINCREMENT,
             name VARCHAR ( 30 ) COLLATE nocase DEFAULT ('a' || 'b') NOT NULL UNIQUE, -- comment, with \"quote
             n NUMERIC(10 , 2) DEFAULT -1 CONSTRAINT positive CHECK (n <> ',)'),
             d DATETIME DEFAULT current_timestamp, e DEFAULT NULL,
             g INT GENERATED ALWAYS AS (n*2) STORED, h INT AS (\"n\"),
             x INT, y INT REFERENCES p, z INT DEFAULT name,
             CONSTRAINT fk FOREIGN KEY (X, y) REFERENCES P ON DELETE SET NULL MATCH FULL DEFERRABLE INITIALLY DEFERRED,
             UNIQUE (x, y COLLATE RTRIM) ON CONFLICT IGNORE
         ) STRICT",
    );
    // Types are limited in STRICT tables, and CREATE says so.
    assert!(tokio::spawn(schema).await.is_err());
    let schema = self::schema(
        "CREATE TABLE p (a INT, b INT, PRIMARY KEY (a, b));
         CREATE TABLE \"T x\" (
             Id INTEGER CONSTRAINT pk PRIMARY KEY AUTOINCREMENT,
             name VARCHAR ( 30 ) COLLATE nocase DEFAULT ('a' || 'b') NOT NULL UNIQUE, -- comment, with \"quote
             n NUMERIC(10 , 2) DEFAULT -1 CONSTRAINT positive CHECK (n <> ',)'),
             d DATETIME DEFAULT current_timestamp, e DEFAULT NULL,
             g INT GENERATED ALWAYS AS (n*2) STORED, h INT AS (\"n\"),
             x INT, y INT REFERENCES p (a), z INT DEFAULT name,
             CONSTRAINT fk FOREIGN KEY (X, y) REFERENCES P ON DELETE SET NULL MATCH FULL DEFERRABLE INITIALLY DEFERRED,
             UNIQUE (x, y COLLATE RTRIM) ON CONFLICT IGNORE
         )",
    )
    .await;
    let table = schema.table("T x").unwrap();
    let json = serde_json::to_value(table).unwrap();
    let expected = serde_json::json!({
        "name": "T x",
        "columns": [
            {"name": "Id", "ty": {"name": "integer"}, "auto_increment": true},
            {"name": "name", "ty": {"name": "varchar(30)"}, "default": "'a' || 'b'", "collation": "NOCASE"},
            {"name": "n", "ty": {"name": "numeric(10,2)"}, "nullable": true, "default": "-1"},
            {"name": "d", "ty": {"name": "datetime"}, "nullable": true, "default": "CURRENT_TIMESTAMP"},
            {"name": "e", "ty": {"name": ""}, "nullable": true},
            {"name": "g", "ty": {"name": "int"}, "nullable": true, "generated": {"expr": "n * 2", "stored": true}},
            {"name": "h", "ty": {"name": "int"}, "nullable": true, "generated": {"expr": "\"n\"", "stored": false}},
            {"name": "x", "ty": {"name": "int"}, "nullable": true},
            {"name": "y", "ty": {"name": "int"}, "nullable": true},
            {"name": "z", "ty": {"name": "int"}, "nullable": true, "default": "'name'"},
        ],
        "primary_key": {"name": "pk", "parts": [{"column": "Id"}]},
        "uniques": [
            {"parts": [{"column": "name"}]},
            {"parts": [{"column": "x"}, {"column": "y", "attrs": {"collation": "RTRIM"}}], "attrs": {"on_conflict": "IGNORE"}},
        ],
        "foreign_keys": [
            {"columns": ["y"], "ref_table": {"schema": "main", "name": "p"}, "ref_columns": ["a"],
             "on_update": "NO ACTION", "on_delete": "NO ACTION"},
            {"name": "fk", "columns": ["x", "y"], "ref_table": {"schema": "main", "name": "p"}, "ref_columns": ["a", "b"],
             "on_update": "NO ACTION", "on_delete": "SET NULL",
             "attrs": {"deferrable": "DEFERRABLE INITIALLY DEFERRED", "match": "FULL"}},
        ],
        "checks": [{"name": "positive", "expr": "n <> ',)'"}],
    });
    assert_eq!(json, expected, "{json:#}");
}

#[tokio::test]
async fn indexes_are_seen_with_their_expressions_and_collations() {
    let table = table(
        "CREATE TABLE t (a TEXT COLLATE NOCASE, b INT, \"c d\" TEXT);
         CREATE INDEX i1 ON t (A, b desc, \"c d\" COLLATE NOCASE);
         CREATE UNIQUE INDEX i2 ON t (a COLLATE binary, lower( \"c d\" ) DESC) WHERE b>0 and a IS NOT  NULL;
         CREATE INDEX i3 ON t (a COLLATE NOCASE, (b))",
    )
    .await;
    let json = serde_json::to_value(&table.indexes).unwrap();
    let expected = serde_json::json!([
        {"name": "i1", "parts": [
            {"column": "a"}, {"column": "b", "descending": true}, {"column": "c d", "attrs": {"collation": "NOCASE"}}]},
        {"name": "i2", "unique": true, "predicate": "b > 0 and a IS NOT NULL", "parts": [
            {"column": "a", "attrs": {"collation": "BINARY"}}, {"expr": "lower(\"c d\")", "descending": true}]},
        {"name": "i3", "parts": [{"column": "a"}, {"column": "b"}]},
    ]);
    assert_eq!(json, expected, "{json:#}");
}

#[tokio::test]
async fn what_is_not_a_table_is_kept_whole() {
    let schema = schema(
        "CREATE TABLE t (a TEXT);
         CREATE VIEW v AS
           SELECT a -- why
           FROM t;
         CREATE TRIGGER tr AFTER INSERT ON t BEGIN DELETE FROM t WHERE a = 'x;'; END;
         CREATE TRIGGER on_view INSTEAD OF INSERT ON v BEGIN SELECT 1; END;
         CREATE VIRTUAL TABLE fts USING fts5(a, content='t');
         CREATE VIRTUAL TABLE box USING rtree(id, x0, x1);
         CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT);
         ANALYZE;",
    )
    .await;
    let tables: Vec<_> = schema.tables.iter().map(|table| &table.name).collect();
    assert_eq!(
        tables,
        ["counted", "t"],
        "no shadow tables, nothing of SQLite's own"
    );
    let objects: Vec<_> = schema
        .texts
        .iter()
        .map(|object| {
            (
                object.kind.as_str(),
                object.name.as_str(),
                object.table.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        objects,
        [
            ("trigger", "on_view", Some("v")),
            ("trigger", "tr", Some("t")),
            ("view", "v", None),
            ("virtual table", "box", None),
            ("virtual table", "fts", None),
        ]
    );
    assert_eq!(
        schema.texts[2].definition,
        "CREATE VIEW v AS\n           SELECT a -- why\n           FROM t"
    );
}

/// The types that SQLAlchemy 2 writes on SQLite.
#[tokio::test]
async fn sqlalchemy_types() {
    let types = [
        ("BIGINT", "bigint"),
        ("BLOB", "blob"),
        ("BOOLEAN", "boolean"),
        ("CHAR(32)", "char(32)"),
        ("CLOB", "clob"),
        ("DATE", "date"),
        ("DATETIME", "datetime"),
        ("DECIMAL(10, 2)", "decimal(10,2)"),
        ("DOUBLE", "double"),
        ("DOUBLE PRECISION", "double precision"),
        ("DOUBLE_PRECISION", "double_precision"),
        ("FLOAT", "float"),
        ("INTEGER", "integer"),
        ("JSON", "json"),
        ("NCHAR(3)", "nchar(3)"),
        ("NUMERIC", "numeric"),
        ("NUMERIC(10)", "numeric(10)"),
        ("NVARCHAR(3)", "nvarchar(3)"),
        ("REAL", "real"),
        ("SMALLINT", "smallint"),
        ("TEXT", "text"),
        ("TEXT(10)", "text(10)"),
        ("TIME", "time"),
        ("TIMESTAMP", "timestamp"),
        ("UUID", "uuid"),
        ("BINARY(4)", "binary(4)"),
        ("VARBINARY(4)", "varbinary(4)"),
        ("VARCHAR", "varchar"),
        ("VARCHAR(8)", "varchar(8)"),
        ("INTERVAL", "interval"),
    ];
    let columns: Vec<String> = types
        .iter()
        .enumerate()
        .map(|(index, (ty, _))| format!("c{index} {ty}"))
        .collect();
    let found = table(&format!("CREATE TABLE t ({})", columns.join(", "))).await;
    for (column, (_, expected)) in found.columns.iter().zip(types) {
        assert_eq!(column.ty, expected);
    }
}

#[tokio::test]
async fn altered_texts_are_read() {
    let altered = table(
        "CREATE TABLE t0 (a int, b int);
         ALTER TABLE t0 ADD COLUMN c varchar(3) DEFAULT 'x' NOT NULL CHECK (c <> ',');
         ALTER TABLE t0 RENAME COLUMN a TO \"a b\";
         ALTER TABLE t0 DROP COLUMN b;
         ALTER TABLE t0 RENAME TO \"t, 1\"",
    )
    .await;
    let direct = table(
        "CREATE TABLE \"t, 1\" (\"a b\" int, c varchar(3) DEFAULT 'x' NOT NULL CHECK (c <> ','))",
    )
    .await;
    assert_eq!(altered, direct);
    let selected = table("CREATE TABLE t AS SELECT 1 AS a, 'x' AS \"b c\"").await;
    assert_eq!(selected.columns.len(), 2);
}

#[tokio::test]
async fn a_thousand_tables_take_no_time() {
    let mut script = String::new();
    for number in 0..1000 {
        let columns: String = (0..8)
            .map(|column| format!(", c{column} VARCHAR(30)"))
            .collect();
        script.push_str(&format!(
            "CREATE TABLE t{number} (id INTEGER NOT NULL, p INTEGER{columns}, PRIMARY KEY (id), UNIQUE (c0), \
             FOREIGN KEY(p) REFERENCES t{} (id));\nCREATE INDEX ix{number} ON t{number} (c1);\n",
            number / 2
        ));
    }
    let mut session = crate::sqlite::state(&script).await;
    let start = std::time::Instant::now();
    let realm = crate::sqlite::realm(session.as_mut()).await;
    assert_eq!(realm.schemas[0].tables.len(), 1000);
    let elapsed = start.elapsed();
    assert!(elapsed.as_secs() < 10, "{elapsed:?}");
}
