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
        .map(|column| {
            (
                column.name.as_str(),
                column.ty.name.as_str(),
                column.nullable,
            )
        })
        .collect();
    assert_eq!(
        columns,
        [
            ("id", "integer", false),
            ("name", "varchar(30)", false),
            ("fullname", "varchar(30)", true)
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
