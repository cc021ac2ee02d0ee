//! Tests of reading `CREATE TABLE`.

use super::*;

fn table(text: &str) -> TableDef {
    create_table(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn part_names(parts: &[PartDef]) -> Vec<&str> {
    parts.iter().map(|part| part.expr.as_str()).collect()
}

#[test]
fn column_constraints_in_any_order() {
    let table = table(
        "CREATE TABLE main.\"order\" (\n\
         \tid INTEGER CONSTRAINT pk PRIMARY KEY ON CONFLICT REPLACE AUTOINCREMENT NOT NULL, -- key\n\
         \t[a b] VARCHAR ( 30 ) DEFAULT 'it''s, (1)' COLLATE nocase NOT NULL ON CONFLICT IGNORE,\n\
         \t`c` numeric(10 , 2) NULL UNIQUE ON CONFLICT FAIL CHECK (c>0) CONSTRAINT named CHECK ((c < 9)),\n\
         \td DEFAULT -1, e double  precision DEFAULT (1 + 1), f DEFAULT \"x'y\" COLLATE \"BINARY\",\n\
         \tg int GENERATED ALWAYS AS (c*2) STORED, h AS (d) NOT NULL,\n\
         \ti int REFERENCES other ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED,\n\
         \tj int CONSTRAINT fk REFERENCES [o p](x) MATCH FULL NOT DEFERRABLE INITIALLY IMMEDIATE NOT NULL,\n\
         \tk timestamp DEFAULT current_timestamp CONSTRAINT dangling\n)",
    );
    assert_eq!(table.name, "order");
    let column = |name: &str| {
        table
            .columns
            .iter()
            .find(|column| column.name == name)
            .unwrap()
    };
    let key = table.primary_key.as_ref().unwrap();
    assert_eq!(key.name.as_deref(), Some("pk"));
    assert_eq!(key.on_conflict.as_deref(), Some("REPLACE"));
    assert!(key.auto_increment && key.inline && column("id").not_null);
    let ab = column("a b");
    assert_eq!(ab.ty, "varchar(30)");
    assert_eq!(ab.default.as_deref(), Some("'it''s, (1)'"));
    assert_eq!(ab.collation.as_deref(), Some("NOCASE"));
    assert_eq!(ab.not_null_conflict.as_deref(), Some("IGNORE"));
    assert_eq!(column("c").ty, "numeric(10,2)");
    assert_eq!(table.uniques[0].on_conflict.as_deref(), Some("FAIL"));
    assert_eq!(
        table.checks,
        [
            (None, "c > 0".to_owned()),
            (Some("named".to_owned()), "c < 9".to_owned())
        ]
    );
    assert_eq!(column("d").default.as_deref(), Some("-1"));
    assert_eq!(column("d").ty, "");
    assert_eq!(column("e").ty, "double precision");
    assert_eq!(column("e").default.as_deref(), Some("1 + 1"));
    assert_eq!(column("f").default.as_deref(), Some("'x''y'"));
    assert_eq!(column("f").collation, None);
    assert_eq!(column("g").generated, Some(("c * 2".to_owned(), true)));
    assert_eq!(column("h").generated, Some(("d".to_owned(), false)));
    assert!(column("h").not_null);
    let [first, second] = table.foreign_keys.as_slice() else {
        panic!("{:?}", table.foreign_keys)
    };
    assert_eq!(first.ref_table, "other");
    assert!(first.ref_columns.is_empty());
    assert_eq!(
        (first.on_delete, first.on_update, first.deferrable),
        (Action::SetNull, Action::Cascade, Some(true))
    );
    assert_eq!(
        (second.name.as_deref(), second.ref_table.as_str()),
        (Some("fk"), "o p")
    );
    assert_eq!(second.matching.as_deref(), Some("FULL"));
    assert_eq!(second.deferrable, None);
    assert!(column("j").not_null);
    assert_eq!(column("k").default.as_deref(), Some("CURRENT_TIMESTAMP"));
}

#[test]
fn table_constraints_with_and_without_names_and_commas() {
    let table = table(
        "CREATE TABLE t(a, b, c, CONSTRAINT pk PRIMARY KEY (a, b DESC) ON CONFLICT ROLLBACK \
         CONSTRAINT uq UNIQUE (b COLLATE RTRIM) UNIQUE (a,c), CHECK (a IN (1,2)) ON CONFLICT IGNORE, \
         CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES t (x, y) ON DELETE NO ACTION DEFERRABLE, \
         FOREIGN KEY(c) REFERENCES u) WITHOUT ROWID, STRICT",
    );
    assert!(table.without_rowid && table.strict);
    let key = table.primary_key.unwrap();
    assert_eq!(part_names(&key.parts), ["a", "b"]);
    assert!(key.parts[1].descending && !key.inline);
    assert_eq!(table.uniques.len(), 2);
    assert_eq!(table.uniques[0].name.as_deref(), Some("uq"));
    assert_eq!(
        table.uniques[0].parts[0].collation.as_deref(),
        Some("RTRIM")
    );
    assert_eq!(table.checks, [(None, "a IN (1, 2)".to_owned())]);
    assert_eq!(table.foreign_keys[0].columns, ["a", "b"]);
    assert_eq!(table.foreign_keys[0].deferrable, Some(false));
    assert!(table.foreign_keys[1].ref_columns.is_empty());
}

#[test]
fn sqlalchemy_and_atlas_texts() {
    let table = table(
        "CREATE TABLE address (\n\tid INTEGER NOT NULL, \n\temail_address VARCHAR(30) NOT NULL, \n\t\
         user_id INTEGER, \n\tPRIMARY KEY (id), \n\tFOREIGN KEY(user_id) REFERENCES user_account (id)\n)",
    );
    let types: Vec<_> = table.columns.iter().map(|column| &column.ty).collect();
    assert_eq!(types, ["integer", "varchar(30)", "integer"]);
    let atlas = super::create_table(
        "CREATE TABLE \"t\" (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `n` varchar NULL, \
         CONSTRAINT `0` FOREIGN KEY (`id`) REFERENCES `u` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION)",
    )
    .unwrap();
    assert!(atlas.primary_key.unwrap().auto_increment);
    assert_eq!(atlas.foreign_keys[0].name.as_deref(), Some("0"));
}

#[test]
fn what_is_not_a_table_is_an_error() {
    for text in [
        "",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TABLE t",
        "CREATE TABLE t (",
        "CREATE TABLE t (a int",
        "CREATE TABLE t (a int CHECK (a > 0)",
        "CREATE TABLE t (a int) ENGINE=InnoDB",
        "CREATE TABLE t (a int, FOREIGN KEY (a))",
    ] {
        assert!(create_table(text).is_err(), "{text}");
    }
}

#[test]
fn mutated_text_never_panics() {
    const SEEDS: [&str; 3] = [
        "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT, b varchar(30) DEFAULT 'x' CHECK (b <> ''), \
         c int AS (a) STORED, CONSTRAINT u UNIQUE (a, b), FOREIGN KEY (b) REFERENCES [p q] (c) ON DELETE CASCADE) STRICT",
        "CREATE UNIQUE INDEX i ON t (a, lower(b) COLLATE NOCASE DESC) WHERE a > 0",
        "CREATE TABLE \"w\" (`x` numeric(10, 2) NOT NULL DEFAULT -1.5, PRIMARY KEY (x DESC)) WITHOUT ROWID",
    ];
    arbtest::arbtest(|u| {
        let mut text = u.choose(&SEEDS)?.to_string();
        for _ in 0..u.int_in_range(0..=6)? {
            let at = u.int_in_range(0..=text.len())?;
            if !text.is_char_boundary(at) {
                continue;
            }
            if u.arbitrary()? {
                let piece = *u.choose(&[
                    "(", ")", ",", "'", "`", "[", "--", "/*", " DESC", "é", " NOT",
                ])?;
                text.insert_str(at, piece);
            } else {
                text.truncate(at);
            }
        }
        let _ = create_table(&text);
        let _ = super::super::create_index(&text);
        Ok(())
    });
}
