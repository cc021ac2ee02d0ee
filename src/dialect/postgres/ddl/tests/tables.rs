//! Tables as a whole, schemas and sequences, and how they are named.

use super::*;

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
    let unqualified = steps_with(&PlanOptions::default(), &add(address));
    assert!(!unqualified[0].sql.contains("public"));
}

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
                (attrs::NULLS_NOT_DISTINCT, "true"),
                (attrs::DEFERRABLE, "DEFERRABLE"),
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
            (attrs::UNLOGGED, "true"),
            (attrs::STORAGE, "fillfactor=70"),
            (attrs::ROW_SECURITY, "forced"),
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
    let dropped = steps_with(
        &PlanOptions::default(),
        &Change::DropTable {
            schema: "public".to_owned(),
            table: made,
        },
    );
    assert_eq!(sql(&dropped), ["DROP TABLE \"t\""]);
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
        wanted: &Realm::default(),
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
