//! Tests of the text of steps.

use super::*;
use crate::dialect::sqlite::attrs;
use crate::plan::PlanOptions;
use crate::schema::{
    Action, Attrs, Check, Column, ForeignKey, KeyPart, ObjectName, PrimaryKey, Realm, Unique,
};

fn column(name: &str, ty: &str, nullable: bool) -> Column {
    Column::plain(name, ty, nullable)
}

fn primary_key(column: &str) -> Option<PrimaryKey> {
    Some(PrimaryKey {
        parts: vec![KeyPart::column(column)],
        ..PrimaryKey::default()
    })
}

/// Renders one change on one line a statement, or indented.
fn render_one(change: &Change, indent: Option<&str>) -> Vec<Step> {
    let options = PlanOptions {
        indent: indent.map(str::to_owned),
        ..PlanOptions::default()
    };
    let realm = Realm::default();
    let context = RenderContext {
        options: &options,
        current: &realm,
        existing: &realm,
        desired: &realm,
        wanted: &realm,
    };
    render(change, &context).unwrap()
}

fn add(table: Table) -> Change {
    Change::AddTable {
        schema: "main".to_owned(),
        table,
    }
}

#[test]
fn a_table_reads_as_atlas_writes_it() {
    let table = Table {
        name: "user_account".to_owned(),
        columns: vec![
            column("id", "integer", false),
            column("name", "varchar(30)", false),
            column("fullname", "varchar(30)", true),
        ],
        primary_key: primary_key("id"),
        ..Table::default()
    };
    let steps = render_one(&add(table), Some("  "));
    assert_eq!(steps[0].comment, "create \"user_account\" table");
    assert_eq!(
        steps[0].sql,
        "CREATE TABLE `user_account` (\n  `id` integer NOT NULL,\n  `name` varchar(30) NOT NULL,\n  \
         `fullname` varchar(30) NULL,\n  PRIMARY KEY (`id`)\n)"
    );
}

#[test]
fn every_part_of_a_table_has_its_place() {
    let mut generated = column("g", "integer", true);
    generated.generated = Some(crate::schema::Generated {
        expr: "a * 2".to_owned(),
        stored: true,
    });
    let mut text = column("b", "text", false);
    text.default = Some("lower('X')".to_owned());
    text.collation = Some("NOCASE".to_owned());
    let mut number = column("a", "int", false);
    number.default = Some("-1".to_owned());
    let table = Table {
        name: "t".to_owned(),
        columns: vec![number, text, generated],
        primary_key: primary_key("a"),
        uniques: vec![Unique {
            name: Some("uq".to_owned()),
            parts: vec![KeyPart::column("b")],
            ..Unique::default()
        }],
        foreign_keys: vec![ForeignKey {
            columns: vec!["a".to_owned()],
            ref_table: ObjectName::new("main", "p`q"),
            ref_columns: vec!["id".to_owned()],
            on_delete: Action::SetNull,
            attrs: Attrs::from([(attrs::DEFERRABLE, "DEFERRABLE")]),
            ..ForeignKey::default()
        }],
        checks: vec![Check {
            name: Some("ck".to_owned()),
            expr: "a <> 0".to_owned(),
            ..Check::default()
        }],
        attrs: Attrs::from([(attrs::STRICT, "true"), (attrs::WITHOUT_ROWID, "true")]),
        ..Table::default()
    };
    assert_eq!(
        render_one(&add(table), None)[0].sql,
        "CREATE TABLE `t` (`a` int NOT NULL DEFAULT -1, `b` text NOT NULL DEFAULT (lower('X')) COLLATE NOCASE, \
         `g` integer NULL AS (a * 2) STORED, PRIMARY KEY (`a`), CONSTRAINT `uq` UNIQUE (`b`), \
         FOREIGN KEY (`a`) REFERENCES `p``q` (`id`) ON UPDATE NO ACTION ON DELETE SET NULL DEFERRABLE, \
         CONSTRAINT `ck` CHECK (a <> 0)) WITHOUT ROWID, STRICT"
    );
}

#[test]
fn autoincrement_stands_with_its_column() {
    let mut id = column("id", "integer", false);
    id.auto_increment = true;
    let table = Table {
        name: "t".to_owned(),
        columns: vec![id],
        primary_key: primary_key("id"),
        ..Table::default()
    };
    assert_eq!(
        render_one(&add(table), None)[0].sql,
        "CREATE TABLE `t` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT)"
    );
}
