//! The text of steps and of their way back.

use super::*;
use crate::dialect::postgres::attrs;
use crate::plan::{PlanOptions, Qualifier};
use crate::schema::change::{ModifyTable, TableChange};
use crate::schema::{
    Action, Attrs, Check, Column, DataType, EnumType, ForeignKey, Generated, Identity, Index,
    KeyPart, ObjectName, PartExpr, PrimaryKey, RawConstraint, Realm, Sequence, SequenceOptions,
    Table, Unique,
};

fn column(name: &str, ty: &str) -> Column {
    Column {
        name: name.to_owned(),
        ty: DataType::built_in(ty),
        nullable: false,
        default: None,
        generated: None,
        identity: None,
        auto_increment: false,
        collation: None,
        comment: None,
        attrs: Attrs::new(),
    }
}

fn enum_column(name: &str, ty: &str, default: Option<&str>) -> Column {
    Column {
        ty: DataType {
            name: ty.to_owned(),
            user: Some(ObjectName::new("public", ty.trim_end_matches("[]"))),
        },
        default: default.map(str::to_owned),
        ..column(name, "")
    }
}

fn serial(name: &str) -> Column {
    Column {
        auto_increment: true,
        ..column(name, "integer")
    }
}

fn primary_key(name: &str, columns: &[&str]) -> PrimaryKey {
    PrimaryKey {
        name: Some(name.to_owned()),
        parts: columns.iter().map(|name| KeyPart::column(*name)).collect(),
        comment: None,
        attrs: Attrs::new(),
    }
}

fn unique(name: &str, columns: &[&str]) -> Unique {
    Unique {
        name: Some(name.to_owned()),
        parts: columns.iter().map(|name| KeyPart::column(*name)).collect(),
        comment: None,
        attrs: Attrs::new(),
    }
}

fn foreign_key(name: &str, column: &str, table: &str) -> ForeignKey {
    ForeignKey {
        name: Some(name.to_owned()),
        columns: vec![column.to_owned()],
        ref_table: ObjectName::new("public", table),
        ref_columns: vec!["id".to_owned()],
        on_update: Action::NoAction,
        on_delete: Action::NoAction,
        comment: None,
        attrs: Attrs::new(),
    }
}

fn check(name: &str, expr: &str) -> Check {
    Check {
        name: Some(name.to_owned()),
        expr: expr.to_owned(),
        comment: None,
        attrs: Attrs::new(),
    }
}

fn index(name: &str, columns: &[&str]) -> Index {
    Index {
        name: name.to_owned(),
        unique: false,
        parts: columns.iter().map(|name| KeyPart::column(*name)).collect(),
        include: Vec::new(),
        predicate: None,
        method: None,
        comment: None,
        attrs: Attrs::new(),
    }
}

fn attr(key: &str, value: &str) -> Attrs {
    Attrs::from([(key.to_owned(), value.to_owned())])
}

fn numbers(start: i64, increment: i64) -> SequenceOptions {
    SequenceOptions {
        start,
        increment,
        min: 1,
        max: i64::from(i32::MAX),
        cache: 1,
        cycle: false,
    }
}

fn status(values: &[&str]) -> EnumType {
    EnumType {
        name: "status".to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        comment: None,
    }
}

fn realm(enums: &[EnumType], tables: &[Table]) -> Realm {
    Realm {
        schemas: vec![Schema {
            name: "public".to_owned(),
            enums: enums.to_vec(),
            tables: tables.to_vec(),
            ..Schema::default()
        }],
        ..Realm::default()
    }
}

fn user_account() -> Table {
    Table {
        name: "user_account".to_owned(),
        columns: vec![
            serial("id"),
            column("name", "character varying(30)"),
            Column {
                nullable: true,
                ..column("fullname", "character varying(30)")
            },
        ],
        primary_key: Some(primary_key("user_account_pkey", &["id"])),
        ..Table::default()
    }
}

fn schema_qualified() -> PlanOptions {
    PlanOptions {
        qualifier: Qualifier::Schema,
        ..PlanOptions::default()
    }
}

fn steps_between(
    options: &PlanOptions,
    current: &Realm,
    desired: &Realm,
    change: &Change,
) -> Vec<Step> {
    let context = RenderContext {
        options,
        current,
        existing: current,
        desired,
    };
    render(change, &context).unwrap()
}

fn steps_with(options: &PlanOptions, change: &Change) -> Vec<Step> {
    steps_between(options, &Realm::default(), &Realm::default(), change)
}

fn sql(steps: &[Step]) -> Vec<&str> {
    steps.iter().map(|step| step.sql.as_str()).collect()
}

fn comments(steps: &[Step]) -> Vec<&str> {
    steps.iter().map(|step| step.comment.as_str()).collect()
}

/// The statements that undo all steps, in the order in which they run.
fn undo(steps: &[Step]) -> Vec<&str> {
    steps
        .iter()
        .rev()
        .flat_map(|step| step.reverse.iter().map(String::as_str))
        .collect()
}

fn add(table: Table) -> Change {
    Change::AddTable {
        schema: "public".to_owned(),
        table,
    }
}

/// The change between two forms of a table, as the comparison finds it.
fn modify(from: &Table, to: &Table) -> Change {
    let (current, desired) = (
        realm(&[], std::slice::from_ref(from)),
        realm(&[], std::slice::from_ref(to)),
    );
    let mut changes = crate::diff::diff(&current, &desired).changes;
    assert_eq!(changes.len(), 1, "{changes:?}");
    changes.remove(0)
}

fn modified(from: &Table, to: &Table) -> Vec<Step> {
    let change = modify(from, to);
    let (current, desired) = (
        realm(&[], std::slice::from_ref(from)),
        realm(&[], std::slice::from_ref(to)),
    );
    steps_between(&PlanOptions::default(), &current, &desired, &change)
}

fn table(columns: &[Column]) -> Table {
    Table {
        name: "t".to_owned(),
        columns: columns.to_vec(),
        ..Table::default()
    }
}

#[test]
fn the_guides_tables_are_written_as_atlas_writes_them() {
    let mut options = schema_qualified();
    options.indent = Some("  ".to_owned());
    let steps = steps_with(&options, &add(user_account()));
    assert_eq!(comments(&steps), ["create \"user_account\" table"]);
    assert_eq!(
        sql(&steps),
        [concat!(
            "CREATE TABLE \"public\".\"user_account\" (\n",
            "  \"id\" serial NOT NULL,\n",
            "  \"name\" character varying(30) NOT NULL,\n",
            "  \"fullname\" character varying(30) NULL,\n",
            "  PRIMARY KEY (\"id\")\n",
            ")"
        )]
    );
    let address = Table {
        name: "address".to_owned(),
        columns: vec![serial("id"), column("user_id", "integer")],
        primary_key: Some(primary_key("address_pkey", &["id"])),
        foreign_keys: vec![foreign_key(
            "address_user_id_fkey",
            "user_id",
            "user_account",
        )],
        ..Table::default()
    };
    let steps = steps_with(&schema_qualified(), &add(address.clone()));
    assert_eq!(
        sql(&steps),
        [concat!(
            "CREATE TABLE \"public\".\"address\" (\"id\" serial NOT NULL, \"user_id\" integer NOT NULL, ",
            "PRIMARY KEY (\"id\"), CONSTRAINT \"address_user_id_fkey\" FOREIGN KEY (\"user_id\") ",
            "REFERENCES \"public\".\"user_account\" (\"id\") ON UPDATE NO ACTION ON DELETE NO ACTION)"
        )]
    );
    assert_eq!(undo(&steps), ["DROP TABLE \"public\".\"address\""]);
    let unqualified = steps_with(&PlanOptions::default(), &add(address));
    assert!(!unqualified[0].sql.contains("public"));
}

#[test]
fn a_new_column_is_one_alter_table() {
    let from = user_account();
    let mut to = from.clone();
    to.columns.push(Column {
        nullable: true,
        ..column("age", "integer")
    });
    let change = modify(&from, &to);
    let steps = steps_with(&schema_qualified(), &change);
    assert_eq!(comments(&steps), ["modify \"user_account\" table"]);
    assert_eq!(
        sql(&steps),
        ["ALTER TABLE \"public\".\"user_account\" ADD COLUMN \"age\" integer NULL"]
    );
    assert_eq!(
        undo(&steps),
        ["ALTER TABLE \"public\".\"user_account\" DROP COLUMN \"age\""]
    );
}

/// A table with everything that a table can have.
fn loaded_table() -> Table {
    let mut key = primary_key("odd \"key\"", &["a"]);
    key.comment = Some("the key".to_owned());
    let mut late = check("late", "(b > 0)");
    late.attrs = attr(attrs::NOT_VALID, "true");
    Table {
        comment: Some("it's".to_owned()),
        columns: vec![
            Column {
                identity: Some(Identity {
                    always: true,
                    options: numbers(10, 1),
                }),
                ..column("a", "integer")
            },
            Column {
                default: Some("'x'".to_owned()),
                collation: Some("C".to_owned()),
                comment: Some("b".to_owned()),
                attrs: attr(attrs::COLUMN_STORAGE, "EXTERNAL"),
                ..column("b", "character varying(10)")
            },
            Column {
                nullable: true,
                generated: Some(Generated {
                    expr: "a * 2".to_owned(),
                    stored: true,
                }),
                ..column("c", "integer")
            },
        ],
        primary_key: Some(key),
        uniques: vec![Unique {
            attrs: Attrs::from([
                (attrs::NULLS_NOT_DISTINCT.to_owned(), "true".to_owned()),
                (attrs::DEFERRABLE.to_owned(), "DEFERRABLE".to_owned()),
            ]),
            ..unique("u", &["b"])
        }],
        constraints: vec![RawConstraint {
            name: "x".to_owned(),
            definition: "EXCLUDE USING gist (public.f(a) WITH OPERATOR(public.=))".to_owned(),
            comment: None,
        }],
        checks: vec![check("k", "(a > 0)"), late],
        indexes: vec![Index {
            unique: true,
            method: Some("btree".to_owned()),
            parts: vec![
                KeyPart {
                    on: PartExpr::Expr("lower((b)::text)".to_owned()),
                    descending: true,
                    attrs: attr(attrs::NULLS, "LAST"),
                },
                KeyPart {
                    attrs: attr(attrs::OPCLASS, "public.odd_ops"),
                    ..KeyPart::column("b")
                },
            ],
            include: vec!["a".to_owned()],
            predicate: Some("(a > 0)".to_owned()),
            comment: Some("i".to_owned()),
            attrs: attr(attrs::STORAGE, "fillfactor=70"),
            ..index("i", &[])
        }],
        attrs: Attrs::from([
            (attrs::UNLOGGED.to_owned(), "true".to_owned()),
            (attrs::STORAGE.to_owned(), "fillfactor=70".to_owned()),
            (attrs::ROW_SECURITY.to_owned(), "forced".to_owned()),
        ]),
        ..table(&[])
    }
}

#[test]
fn a_table_carries_all_that_belongs_to_it() {
    let made = loaded_table();
    let steps = steps_with(&PlanOptions::default(), &add(made.clone()));
    assert_eq!(
        sql(&steps),
        [
            concat!(
                "CREATE UNLOGGED TABLE \"t\" (",
                "\"a\" integer NOT NULL GENERATED ALWAYS AS IDENTITY (START WITH 10), ",
                "\"b\" character varying(10) NOT NULL DEFAULT 'x' COLLATE \"C\", ",
                "\"c\" integer NULL GENERATED ALWAYS AS (a * 2) STORED, ",
                "CONSTRAINT \"odd \"\"key\"\"\" PRIMARY KEY (\"a\"), ",
                "CONSTRAINT \"u\" UNIQUE NULLS NOT DISTINCT (\"b\") DEFERRABLE, ",
                "CONSTRAINT \"x\" EXCLUDE USING gist (f(a) WITH OPERATOR(=)), ",
                "CONSTRAINT \"k\" CHECK (a > 0)) WITH (fillfactor=70)"
            ),
            "ALTER TABLE \"t\" ALTER COLUMN \"b\" SET STORAGE EXTERNAL, ADD CONSTRAINT \"late\" CHECK (b > 0) NOT VALID, ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
            "CREATE UNIQUE INDEX \"i\" ON \"t\" ((lower((b)::text)) DESC NULLS LAST, \"b\" odd_ops) INCLUDE (\"a\") WITH (fillfactor=70) WHERE (a > 0)",
            "COMMENT ON TABLE \"t\" IS 'it''s'",
            "COMMENT ON COLUMN \"t\".\"b\" IS 'b'",
            "COMMENT ON INDEX \"i\" IS 'i'",
            "COMMENT ON CONSTRAINT \"odd \"\"key\"\"\" ON \"t\" IS 'the key'",
        ]
    );
    assert_eq!(
        comments(&steps)[2..],
        [
            "create index \"i\" to table: \"t\"",
            "set comment to table: \"t\"",
            "set comment to column: \"b\" on table: \"t\"",
            "set comment to index: \"i\" on table: \"t\"",
            "set comment to constraint: \"odd \\\"key\\\"\" on table: \"t\"",
        ]
    );
    // The way back from a drop is the whole of it.
    let dropped = steps_with(
        &PlanOptions::default(),
        &Change::DropTable {
            schema: "public".to_owned(),
            table: made,
        },
    );
    assert_eq!(sql(&dropped), ["DROP TABLE \"t\""]);
    assert_eq!(undo(&dropped), sql(&steps));
}

#[test]
fn a_dropped_column_takes_its_indexes_along_and_brings_them_back() {
    let mut from = table(&[column("a", "integer"), serial("b")]);
    from.columns[1].comment = Some("numbers".to_owned());
    from.uniques = vec![unique("u", &["b"])];
    from.checks = vec![check("k", "(b > 0)")];
    from.indexes = vec![index("i", &["a", "b"])];
    let to = table(&[column("a", "integer")]);
    let steps = modified(&from, &to);
    assert_eq!(
        sql(&steps),
        ["ALTER TABLE \"t\" DROP CONSTRAINT \"k\", DROP COLUMN \"b\""]
    );
    assert_eq!(
        undo(&steps),
        [
            "ALTER TABLE \"t\" ADD COLUMN \"b\" serial NOT NULL, ADD CONSTRAINT \"k\" CHECK (b > 0), ADD CONSTRAINT \"u\" UNIQUE (\"b\")",
            "COMMENT ON COLUMN \"t\".\"b\" IS 'numbers'",
            "CREATE INDEX \"i\" ON \"t\" (\"a\", \"b\")",
        ]
    );
}

#[test]
fn a_type_without_an_assignment_cast_is_converted() {
    let from = table(&[Column {
        default: Some("'1'".to_owned()),
        ..column("a", "character varying(30)")
    }]);
    let to = table(&[Column {
        default: Some("1".to_owned()),
        ..column("a", "integer")
    }]);
    let steps = modified(&from, &to);
    assert_eq!(
        sql(&steps),
        [
            "ALTER TABLE \"t\" ALTER COLUMN \"a\" DROP DEFAULT, ALTER COLUMN \"a\" TYPE integer USING \"a\"::integer, ALTER COLUMN \"a\" SET DEFAULT 1"
        ]
    );
    assert_eq!(
        undo(&steps),
        [
            "ALTER TABLE \"t\" ALTER COLUMN \"a\" TYPE character varying(30), ALTER COLUMN \"a\" SET DEFAULT '1'"
        ]
    );
}

#[test]
fn a_serial_columns_sequence_follows_its_type() {
    let from = table(&[serial("a")]);
    let to = table(&[Column {
        auto_increment: true,
        ..column("a", "bigint")
    }]);
    let steps = modified(&from, &to);
    assert_eq!(
        sql(&steps),
        [
            "ALTER SEQUENCE \"t_a_seq\" AS bigint",
            "ALTER TABLE \"t\" ALTER COLUMN \"a\" TYPE bigint",
        ]
    );
    assert_eq!(
        undo(&steps),
        [
            "ALTER TABLE \"t\" ALTER COLUMN \"a\" TYPE integer",
            "ALTER SEQUENCE \"t_a_seq\" AS integer",
        ]
    );
}

#[test]
fn a_serial_column_becomes_an_identity_and_goes_on_counting() {
    let from = table(&[serial("a")]);
    let to = table(&[Column {
        identity: Some(Identity {
            always: false,
            options: numbers(1, 1),
        }),
        ..column("a", "integer")
    }]);
    let steps = modified(&from, &to);
    assert_eq!(
        sql(&steps),
        [
            "ALTER SEQUENCE \"t_a_seq\" RENAME TO \"t_a_seq_old\"",
            "ALTER TABLE \"t\" ALTER COLUMN \"a\" DROP DEFAULT, ALTER COLUMN \"a\" ADD GENERATED BY DEFAULT AS IDENTITY",
            "SELECT setval('\"t_a_seq\"', \"last_value\", \"is_called\") FROM \"t_a_seq_old\"",
            "DROP SEQUENCE IF EXISTS \"t_a_seq_old\"",
        ]
    );
    assert_eq!(
        undo(&steps),
        [
            "CREATE SEQUENCE \"t_a_seq_old\" AS integer OWNED BY \"t\".\"a\"",
            "SELECT setval('\"t_a_seq_old\"', \"last_value\", \"is_called\") FROM \"t_a_seq\"",
            "ALTER TABLE \"t\" ALTER COLUMN \"a\" DROP IDENTITY, ALTER COLUMN \"a\" SET DEFAULT nextval('\"t_a_seq_old\"')",
            "ALTER SEQUENCE \"t_a_seq_old\" RENAME TO \"t_a_seq\"",
        ]
    );
}

#[test]
fn another_name_alone_is_a_rename() {
    let mut from = table(&[column("a", "integer")]);
    from.primary_key = Some(primary_key("t_pkey", &["a"]));
    from.checks = vec![check("k", "(a > 0)")];
    from.indexes = vec![index("i", &["a"])];
    let mut to = from.clone();
    to.primary_key = Some(primary_key("pk_t", &["a"]));
    to.checks = vec![check("ck", "(a > 0)")];
    to.indexes = vec![index("ix", &["a"])];
    let steps = modified(&from, &to);
    assert_eq!(
        sql(&steps),
        [
            "ALTER TABLE \"t\" RENAME CONSTRAINT \"t_pkey\" TO \"pk_t\"",
            "ALTER TABLE \"t\" RENAME CONSTRAINT \"k\" TO \"ck\"",
            "ALTER INDEX \"i\" RENAME TO \"ix\"",
        ]
    );
    assert_eq!(undo(&steps)[0], "ALTER INDEX \"ix\" RENAME TO \"i\"");
}

#[test]
fn constraints_are_altered_in_place_where_that_is_enough() {
    let with = |deferrable: Option<&str>, valid: bool| {
        let mut key = foreign_key("fk", "a", "other");
        if let Some(words) = deferrable {
            key.attrs = attr(attrs::DEFERRABLE, words);
        }
        let mut limit = check("k", "(a > 0)");
        if !valid {
            limit.attrs = attr(attrs::NOT_VALID, "true");
        }
        Table {
            foreign_keys: vec![key],
            checks: vec![limit],
            ..table(&[column("a", "integer")])
        }
    };
    let steps = modified(
        &with(None, false),
        &with(Some("DEFERRABLE INITIALLY DEFERRED"), true),
    );
    assert_eq!(
        sql(&steps),
        [
            "ALTER TABLE \"t\" ALTER CONSTRAINT \"fk\" DEFERRABLE INITIALLY DEFERRED, VALIDATE CONSTRAINT \"k\""
        ]
    );
    assert_eq!(
        undo(&steps),
        [
            "ALTER TABLE \"t\" DROP CONSTRAINT \"k\", ADD CONSTRAINT \"k\" CHECK (a > 0) NOT VALID, ALTER CONSTRAINT \"fk\" NOT DEFERRABLE"
        ]
    );
}

#[test]
fn a_primary_key_is_swapped_in_one_statement() {
    let mut from = table(&[column("a", "integer"), column("b", "integer")]);
    from.primary_key = Some(primary_key("t_pkey", &["a"]));
    let mut to = from.clone();
    to.primary_key = Some(primary_key("t_pkey", &["b", "a"]));
    let steps = modified(&from, &to);
    assert_eq!(
        sql(&steps),
        ["ALTER TABLE \"t\" DROP CONSTRAINT \"t_pkey\", ADD PRIMARY KEY (\"b\", \"a\")"]
    );
    assert_eq!(
        undo(&steps),
        ["ALTER TABLE \"t\" DROP CONSTRAINT \"t_pkey\", ADD PRIMARY KEY (\"a\")"]
    );
}

#[test]
fn indexes_go_before_the_table_changes_and_come_behind_it() {
    let mut from = table(&[column("a", "integer")]);
    from.indexes = vec![index("i", &["a"])];
    let mut to = table(&[column("a", "bigint")]);
    to.indexes = vec![Index {
        comment: Some("new".to_owned()),
        method: Some("hash".to_owned()),
        ..index("i", &["a"])
    }];
    let steps = modified(&from, &to);
    assert_eq!(
        sql(&steps),
        [
            "DROP INDEX \"i\"",
            "ALTER TABLE \"t\" ALTER COLUMN \"a\" TYPE bigint",
            "CREATE INDEX \"i\" ON \"t\" USING hash (\"a\")",
            "COMMENT ON INDEX \"i\" IS 'new'",
        ]
    );
    assert_eq!(comments(&steps)[0], "drop index \"i\" from table: \"t\"");
}

#[test]
fn indexes_are_concurrent_on_request() {
    let from = table(&[column("a", "integer")]);
    let mut to = from.clone();
    to.indexes = vec![index("i", &["a"])];
    let options = PlanOptions {
        concurrent_index_create: true,
        ..PlanOptions::default()
    };
    let steps = steps_with(&options, &modify(&from, &to));
    assert_eq!(
        sql(&steps),
        ["CREATE INDEX CONCURRENTLY \"i\" ON \"t\" (\"a\")"]
    );
    assert_eq!(undo(&steps), ["DROP INDEX CONCURRENTLY \"i\""]);
    assert_eq!(tx_mode(&steps), TxMode::None);
    let made = steps_with(&options, &add(to));
    assert!(!made.iter().any(|step| step.sql.contains("CONCURRENTLY")));
}

#[test]
fn a_generated_column_is_made_anew_with_what_is_on_it() {
    let with = |expr: &str, ty: &str| Table {
        indexes: vec![index("i", &["g"])],
        ..table(&[
            column("a", ty),
            Column {
                nullable: true,
                generated: Some(Generated {
                    expr: expr.to_owned(),
                    stored: true,
                }),
                ..column("g", "integer")
            },
        ])
    };
    let steps = modified(&with("(a * 2)", "integer"), &with("(a * 3)", "integer"));
    assert_eq!(
        sql(&steps),
        [
            "DROP INDEX \"i\"",
            "ALTER TABLE \"t\" DROP COLUMN \"g\", ADD COLUMN \"g\" integer NULL GENERATED ALWAYS AS (a * 3) STORED",
            "CREATE INDEX \"i\" ON \"t\" (\"g\")",
        ]
    );
    // The server refuses to change the type of a column that a generated one is made from.
    let steps = modified(&with("(a * 2)", "integer"), &with("(a * 2)", "smallint"));
    assert_eq!(
        sql(&steps)[1],
        "ALTER TABLE \"t\" DROP COLUMN \"g\", ALTER COLUMN \"a\" TYPE smallint, ADD COLUMN \"g\" integer NULL GENERATED ALWAYS AS (a * 2) STORED"
    );
}

fn enum_change(from: &EnumType, to: &EnumType) -> Change {
    Change::Enum {
        schema: "public".to_owned(),
        edit: Edit::Modify {
            from: from.clone(),
            to: to.clone(),
        },
    }
}

#[test]
fn enum_values_are_added_in_place() {
    let (from, to) = (
        status(&["on", "off"]),
        status(&["start", "on", "half", "off", "gone"]),
    );
    let users = Table {
        columns: vec![enum_column("s", "status", Some("'on'"))],
        ..table(&[])
    };
    let steps = steps_between(
        &schema_qualified(),
        &realm(std::slice::from_ref(&from), std::slice::from_ref(&users)),
        &realm(std::slice::from_ref(&to), &[users]),
        &enum_change(&from, &to),
    );
    assert_eq!(
        sql(&steps),
        [
            "ALTER TYPE \"public\".\"status\" ADD VALUE 'start' BEFORE 'on'",
            "ALTER TYPE \"public\".\"status\" ADD VALUE 'half' AFTER 'on'",
            "ALTER TYPE \"public\".\"status\" ADD VALUE 'gone'",
        ]
    );
    assert_eq!(comments(&steps)[0], "add value to enum type: \"status\"");
    assert_eq!(
        undo(&steps),
        [
            "ALTER TYPE \"public\".\"status\" RENAME TO \"status_old\"",
            "CREATE TYPE \"public\".\"status\" AS ENUM ('on', 'off')",
            "ALTER TABLE \"public\".\"t\" ALTER COLUMN \"s\" DROP DEFAULT, ALTER COLUMN \"s\" TYPE \"public\".\"status\" USING \"s\"::text::\"public\".\"status\", ALTER COLUMN \"s\" SET DEFAULT 'on'",
            "DROP TYPE \"public\".\"status_old\"",
        ]
    );
}

#[test]
fn an_enum_that_loses_a_value_is_rebuilt_with_what_speaks_of_it() {
    let (from, to) = (status(&["a", "b", "c"]), status(&["a", "b"]));
    let users = Table {
        columns: vec![
            enum_column("s", "status", Some("'a'")),
            enum_column("l", "status[]", None),
        ],
        checks: vec![check("k", "(s <> 'b'::public.status)")],
        indexes: vec![Index {
            predicate: Some("(s = 'a'::public.status)".to_owned()),
            ..index("i", &["s"])
        }],
        ..table(&[])
    };
    let steps = steps_between(
        &PlanOptions::default(),
        &realm(std::slice::from_ref(&from), std::slice::from_ref(&users)),
        &realm(std::slice::from_ref(&to), &[users]),
        &enum_change(&from, &to),
    );
    assert_eq!(
        sql(&steps),
        [
            "DROP INDEX \"i\"",
            "ALTER TABLE \"t\" DROP CONSTRAINT \"k\"",
            "ALTER TYPE \"status\" RENAME TO \"status_old\"",
            "CREATE TYPE \"status\" AS ENUM ('a', 'b')",
            "ALTER TABLE \"t\" ALTER COLUMN \"s\" DROP DEFAULT, ALTER COLUMN \"s\" TYPE \"status\" USING \"s\"::text::\"status\", ALTER COLUMN \"s\" SET DEFAULT 'a', ALTER COLUMN \"l\" TYPE \"status\"[] USING \"l\"::text[]::\"status\"[]",
            "DROP TYPE \"status_old\"",
            "ALTER TABLE \"t\" ADD CONSTRAINT \"k\" CHECK (s <> 'b'::status)",
            "CREATE INDEX \"i\" ON \"t\" (\"s\") WHERE (s = 'a'::status)",
        ]
    );
    assert_eq!(
        undo(&steps),
        [
            "DROP INDEX \"i\"",
            "ALTER TABLE \"t\" DROP CONSTRAINT \"k\"",
            "CREATE TYPE \"status_old\" AS ENUM ('a', 'b', 'c')",
            "ALTER TABLE \"t\" ALTER COLUMN \"l\" TYPE \"status_old\"[] USING \"l\"::text[]::\"status_old\"[], ALTER COLUMN \"s\" DROP DEFAULT, ALTER COLUMN \"s\" TYPE \"status_old\" USING \"s\"::text::\"status_old\", ALTER COLUMN \"s\" SET DEFAULT 'a'",
            "DROP TYPE \"status\"",
            "ALTER TYPE \"status_old\" RENAME TO \"status\"",
            "ALTER TABLE \"t\" ADD CONSTRAINT \"k\" CHECK (s <> 'b'::status)",
            "CREATE INDEX \"i\" ON \"t\" (\"s\") WHERE (s = 'a'::status)",
        ]
    );
}

#[test]
fn an_excluded_table_follows_a_rebuilt_enum() {
    let (from, to) = (status(&["a", "b"]), status(&["a"]));
    let excluded = table(&[enum_column("s", "status", None)]);
    let (current, desired) = (
        realm(std::slice::from_ref(&from), &[]),
        realm(std::slice::from_ref(&to), &[]),
    );
    let context = RenderContext {
        options: &PlanOptions::default(),
        current: &current,
        existing: &realm(std::slice::from_ref(&from), &[excluded]),
        desired: &desired,
    };
    let steps = render(&enum_change(&from, &to), &context).unwrap();
    assert_eq!(
        sql(&steps)[2],
        "ALTER TABLE \"t\" ALTER COLUMN \"s\" TYPE \"status\" USING \"s\"::text::\"status\""
    );
}

#[test]
fn what_a_rebuilt_enum_took_is_not_dropped_twice() {
    let (from, to) = (status(&["a", "b"]), status(&["a"]));
    let mut before = table(&[enum_column("s", "status", Some("'b'"))]);
    before.checks = vec![check("k", "(s = 'b'::public.status)")];
    let mut after = table(&[enum_column("s", "status", Some("'a'"))]);
    after.checks = vec![check("k", "(s = 'a'::public.status)")];
    let current = realm(&[from], std::slice::from_ref(&before));
    let desired = realm(&[to], std::slice::from_ref(&after));
    let changes = crate::diff::diff(&current, &desired).changes;
    let steps: Vec<Step> = changes
        .iter()
        .flat_map(|change| steps_between(&PlanOptions::default(), &current, &desired, change))
        .collect();
    assert_eq!(
        sql(&steps),
        [
            "ALTER TABLE \"t\" DROP CONSTRAINT \"k\"",
            "ALTER TYPE \"status\" RENAME TO \"status_old\"",
            "CREATE TYPE \"status\" AS ENUM ('a')",
            "ALTER TABLE \"t\" ALTER COLUMN \"s\" DROP DEFAULT, ALTER COLUMN \"s\" TYPE \"status\" USING \"s\"::text::\"status\", ALTER COLUMN \"s\" SET DEFAULT 'a'",
            "DROP TYPE \"status_old\"",
            "ALTER TABLE \"t\" ADD CONSTRAINT \"k\" CHECK (s = 'a'::status)",
        ]
    );
    assert_eq!(
        undo(&steps).last(),
        Some(&"ALTER TABLE \"t\" ADD CONSTRAINT \"k\" CHECK (s = 'b'::status)")
    );
}

#[test]
fn partitioning_that_changes_is_refused_with_a_hint() {
    let from = table(&[column("a", "integer")]);
    let mut to = from.clone();
    to.attrs = attr(attrs::PARTITION_BY, "RANGE (a)");
    let context = RenderContext {
        options: &PlanOptions::default(),
        current: &Realm::default(),
        existing: &Realm::default(),
        desired: &Realm::default(),
    };
    let error = render(&modify(&from, &to), &context).unwrap_err();
    assert_eq!(error.what, "modify \"t\" table");
    assert!(error.hint.is_some());
}

#[test]
fn sequences_and_schemas_are_made_changed_and_dropped() {
    let sequence = |increment| Sequence {
        name: "s".to_owned(),
        ty: "integer".to_owned(),
        options: numbers(1, increment),
        comment: None,
    };
    let change = |edit| Change::Sequence {
        schema: "public".to_owned(),
        edit,
    };
    let steps = steps_with(&schema_qualified(), &change(Edit::Add(sequence(5))));
    assert_eq!(
        sql(&steps),
        ["CREATE SEQUENCE \"public\".\"s\" AS integer INCREMENT BY 5"]
    );
    let steps = steps_with(
        &schema_qualified(),
        &change(Edit::Modify {
            from: sequence(5),
            to: sequence(1),
        }),
    );
    assert_eq!(
        sql(&steps),
        ["ALTER SEQUENCE \"public\".\"s\" INCREMENT BY 1"]
    );
    assert_eq!(
        undo(&steps),
        ["ALTER SEQUENCE \"public\".\"s\" INCREMENT BY 5"]
    );
    let schema = Schema {
        name: "app".to_owned(),
        comment: Some("c".to_owned()),
        ..Schema::default()
    };
    let steps = steps_with(
        &schema_qualified(),
        &Change::Schema(Edit::Add(schema.clone())),
    );
    assert_eq!(
        sql(&steps),
        ["CREATE SCHEMA \"app\"", "COMMENT ON SCHEMA \"app\" IS 'c'"]
    );
    assert_eq!(comments(&steps)[0], "add new schema named \"app\"");
    let steps = steps_with(&schema_qualified(), &Change::Schema(Edit::Drop(schema)));
    assert_eq!(sql(&steps), ["DROP SCHEMA \"app\""]);
    assert_eq!(
        undo(&steps),
        ["CREATE SCHEMA \"app\"", "COMMENT ON SCHEMA \"app\" IS 'c'"]
    );
}

#[test]
fn a_custom_qualifier_replaces_the_scope_everywhere() {
    let options = PlanOptions {
        qualifier: Qualifier::Custom("app".to_owned()),
        ..PlanOptions::default()
    };
    let made = Table {
        columns: vec![
            enum_column("s", "status", Some("public.first_status()")),
            Column {
                default: Some("nextval('public.n'::regclass)".to_owned()),
                ..column("n", "bigint")
            },
        ],
        foreign_keys: vec![foreign_key("fk", "n", "other")],
        ..table(&[])
    };
    let steps = steps_with(&options, &add(made));
    assert_eq!(
        sql(&steps),
        [
            "CREATE TABLE \"app\".\"t\" (\"s\" \"app\".\"status\" NOT NULL DEFAULT \"app\".first_status(), \"n\" bigint NOT NULL DEFAULT nextval('\"app\".n'::regclass), CONSTRAINT \"fk\" FOREIGN KEY (\"n\") REFERENCES \"app\".\"other\" (\"id\") ON UPDATE NO ACTION ON DELETE NO ACTION)"
        ]
    );
}

#[test]
fn a_foreign_key_that_stands_for_itself_is_dropped_and_added() {
    let key = foreign_key("fk", "a", "other");
    let from = Table {
        foreign_keys: vec![key.clone()],
        ..table(&[column("a", "integer")])
    };
    let change = Change::ModifyTable(ModifyTable {
        schema: "public".to_owned(),
        from: from.clone(),
        to: from,
        changes: vec![TableChange::ForeignKey(Edit::Modify {
            from: key.clone(),
            to: key,
        })],
    });
    let steps = steps_with(&PlanOptions::default(), &change);
    assert_eq!(steps.len(), 1);
    assert!(
        steps[0]
            .sql
            .contains("DROP CONSTRAINT \"fk\", ADD CONSTRAINT \"fk\"")
    );
}
