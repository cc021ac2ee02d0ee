//! Made-up rows for the tables that a plan touches, so that its proof meets what only fails where there are rows. They
//! need not fit: what the engine refuses is left out. Knows no dialect but by its profile.

use std::collections::BTreeSet;

use super::Profile;
use super::write::quoted;
use crate::schema::change::{Change, Edit, TableChange};
use crate::schema::{Column, ObjectName, Realm, Table};
use crate::sql::Rules;
use crate::sql::token::tokens;

/// Rows of a table. A second one has the defaults of columns, and lets rows refer to others; a third has NULL wherever
/// that may stay.
const ROWS: usize = 3;
/// Tables that get rows: a plan for hundreds of them is proven on the first.
const TABLES: usize = 24;

/// Inserts of a few rows into what changes, after those that it refers to. The same number stands in every column of a
/// row, so that it refers to the row of that number. Names are qualified with their schema unless `scoped`.
pub fn inserts(
    profile: &Profile,
    current: &Realm,
    changes: &[Change],
    scoped: bool,
) -> Vec<String> {
    let mut tables: Vec<(ObjectName, &Table)> = Vec::new();
    let mut seen = BTreeSet::new();
    for name in touched(profile, current, changes).into_iter().take(TABLES) {
        collect(current, name, true, &mut seen, &mut tables);
    }
    let quoted = |name: &str| quoted(name, profile.quote);
    let mut inserts = Vec::new();
    for (name, table) in tables {
        let desired = changes.iter().find_map(|change| match change {
            Change::ModifyTable(modify) if change.object() == name => Some(&modify.to),
            _ => None,
        });
        let stays_nullable = |column: &Column| {
            let to = desired.and_then(|table| table.column(&column.name));
            column.nullable && to.is_none_or(|to| to.nullable || to.default.is_some())
        };
        let place = match scoped {
            true => quoted(&name.name),
            false => format!("{}.{}", quoted(&name.schema), quoted(&name.name)),
        };
        let refers_to_nothing = |column: &Column| {
            column.nullable
                && table
                    .foreign_keys
                    .iter()
                    .any(|key| key.columns.contains(&column.name) && !seen.contains(&key.ref_table))
        };
        for row in 1..=ROWS {
            let given = |column: &&Column| {
                column.generated.is_none()
                    && !refers_to_nothing(column)
                    && column.identity.is_none()
                    && !column.auto_increment
                    && (row == 1 || column.default.is_none())
                    && (row < ROWS || !stays_nullable(column))
            };
            let mut columns: Vec<&Column> = table.columns.iter().filter(given).collect();
            if columns.is_empty() {
                let stored = table.columns.iter();
                columns.extend(stored.filter(|column| column.generated.is_none()).take(1));
            }
            let names: Vec<String> = columns.iter().map(|column| quoted(&column.name)).collect();
            let values: Vec<String> = columns
                .iter()
                .map(|column| format!("'{}'", value(column, row, current).replace('\'', "''")))
                .collect();
            inserts.push(format!(
                "INSERT INTO {place} ({}) VALUES ({})",
                names.join(", "),
                values.join(", ")
            ));
        }
    }
    inserts
}

/// The tables that are there and that changes are about.
fn touched(profile: &Profile, current: &Realm, changes: &[Change]) -> BTreeSet<ObjectName> {
    let mut names = BTreeSet::new();
    for change in changes {
        match change {
            Change::ModifyTable(modify)
                if !profile.fills_new_columns && modify.changes.iter().any(refuses_any_row) => {}
            Change::ModifyTable(modify) => {
                names.insert(change.object());
                let keys = modify.to.foreign_keys.iter();
                names.extend(keys.map(|key| key.ref_table.clone()));
            }
            Change::DropTable { .. } => {
                names.insert(change.object());
            }
            Change::Enum {
                edit: Edit::Modify { .. },
                ..
            } => {
                let ty = Some(change.object());
                for schema in &current.schemas {
                    let uses = |table: &&Table| table.columns.iter().any(|c| c.ty.user == ty);
                    let tables = schema.tables.iter().filter(uses);
                    names.extend(tables.map(|table| ObjectName::new(&schema.name, &table.name)));
                }
            }
            _ => {}
        }
    }
    names
}

/// A column that there is no value for can only be added to an empty table where the engine makes none up: that is
/// known, and said, without rows.
fn refuses_any_row(change: &TableChange) -> bool {
    matches!(change, TableChange::Column(Edit::Add(column)) if !column.nullable
        && column.default.is_none()
        && column.generated.is_none()
        && column.identity.is_none()
        && !column.auto_increment)
}

/// A table behind those that it refers to, each once. Of tables that are only referred to, what a row can't be without.
fn collect<'r>(
    realm: &'r Realm,
    name: ObjectName,
    touched: bool,
    seen: &mut BTreeSet<ObjectName>,
    tables: &mut Vec<(ObjectName, &'r Table)>,
) {
    if let Some(table) = realm.table(&name)
        && seen.len() < 4 * TABLES
        && seen.insert(name.clone())
    {
        let stored = |name: &String| table.column(name).is_some_and(|column| !column.nullable);
        for key in &table.foreign_keys {
            if touched || key.columns.iter().all(stored) {
                collect(realm, key.ref_table.clone(), false, seen, tables);
            }
        }
        tables.push((name, table));
    }
}

/// What is taken for a value of a column's type: servers read numbers and truth values from text, too.
fn value(column: &Column, row: usize, realm: &Realm) -> String {
    let ty = &column.ty;
    let name = ty.base.to_lowercase();
    let user = ty.user.as_ref().and_then(|user| {
        let enums = &realm.schema(&user.schema)?.enums;
        enums.iter().find(|value| value.name == user.name)
    });
    let is = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let label = |labels: &mut dyn Iterator<Item = &str>| {
        let labels: Vec<&str> = labels.take(row).collect();
        labels
            .last()
            .map_or_else(String::new, |label| (*label).to_owned())
    };
    match user {
        _ if ty.is_array() => "{}".to_owned(),
        Some(user) => label(&mut user.values.iter().map(String::as_str)),
        None if name.starts_with("enum") => {
            let labels = ty
                .arguments
                .iter()
                .flat_map(|one| tokens(one, &Rules::GENERIC));
            let labels: Vec<_> = labels.map(|token| token.unquoted()).collect();
            label(&mut labels.iter().map(AsRef::as_ref))
        }
        None if name.starts_with("set") => String::new(),
        None if is(&["range"]) => "empty".to_owned(),
        None if is(&["timestamp", "datetime"]) => format!("2001-01-0{row} 00:00:00"),
        None if is(&["date"]) => format!("2001-01-0{row}"),
        None if name.starts_with("time") => format!("01:00:0{row}"),
        None if is(&["year"]) => format!("200{row}"),
        None if is(&["uuid"]) => format!("00000000-0000-0000-0000-00000000000{row}"),
        None if is(&["bool"]) => (row % 2).to_string(),
        None if is(&["inet", "cidr"]) => format!("10.0.0.{row}"),
        None if is(&["xml"]) => format!("<a{row}/>"),
        None => row.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::{self, Dialect};
    use crate::schema::change::ModifyTable;
    use crate::schema::{DataType, EnumType, ForeignKey, Schema};

    #[test]
    fn rows_refer_to_rows_that_are_there() {
        let table = |name: &str, columns: Vec<Column>, parents: &[&str]| Table {
            name: name.to_owned(),
            columns,
            foreign_keys: parents
                .iter()
                .map(|parent| ForeignKey {
                    columns: vec!["parent".into()],
                    ref_table: ObjectName::new("s", *parent),
                    ref_columns: vec!["id".into()],
                    ..ForeignKey::default()
                })
                .collect(),
            ..Table::default()
        };
        let id = Column {
            auto_increment: true,
            ..Column::plain("id", "bigint", false)
        };
        let mood = Column {
            ty: DataType {
                user: Some(ObjectName::new("s", "mood")),
                ..DataType::parse("mood")
            },
            default: Some("'sad'".into()),
            ..Column::plain("mood", "mood", false)
        };
        let realm = Realm {
            schemas: vec![Schema {
                name: "s".into(),
                tables: vec![
                    table(
                        "a",
                        vec![mood, Column::plain("parent", "int", true)],
                        &["z", "a"],
                    ),
                    table("other", vec![id.clone()], &[]),
                    table("z", vec![id, Column::plain("da`y", "date", false)], &["a"]),
                ],
                enums: vec![EnumType {
                    name: "mood".into(),
                    values: vec!["it's".into(), "sad".into()],
                    comment: None,
                }],
                ..Schema::default()
            }],
            ..Realm::default()
        };
        let change = Change::DropTable {
            schema: "s".into(),
            table: realm.schemas[0].tables[0].clone(),
        };
        let profile = dialect::mysql::MYSQL.profile();
        assert_eq!(
            inserts(profile, &realm, &[change], true),
            [
                "INSERT INTO `z` (`da``y`) VALUES ('2001-01-01')",
                "INSERT INTO `z` (`da``y`) VALUES ('2001-01-02')",
                "INSERT INTO `z` (`da``y`) VALUES ('2001-01-03')",
                "INSERT INTO `a` (`mood`, `parent`) VALUES ('it''s', '1')",
                "INSERT INTO `a` (`parent`) VALUES ('2')",
                "INSERT INTO `a` (`mood`) VALUES ('sad')",
            ]
        );
    }

    #[test]
    fn an_enums_values_are_its_labels() {
        let column = Column::plain("c", "enum('it''s','b')", false);
        let values = [1, 2].map(|row| value(&column, row, &Realm::default()));
        assert_eq!(values, ["it's", "b"]);
    }

    #[test]
    fn a_row_is_null_where_the_plan_allows_it() {
        let table = |strict: bool, more: &[Column]| Table {
            name: "t".into(),
            columns: [
                Column::plain("strict", "int", !strict),
                Column {
                    default: strict.then(|| "0".into()),
                    ..Column::plain("filled", "int", !strict)
                },
                Column::plain("loose", "int", true),
            ]
            .iter()
            .chain(more)
            .cloned()
            .collect(),
            ..Table::default()
        };
        let added = Column::plain("added", "int", false);
        let realm = Realm {
            schemas: vec![Schema {
                name: "s".into(),
                tables: vec![table(false, &[])],
                ..Schema::default()
            }],
            ..Realm::default()
        };
        let change = Change::ModifyTable(ModifyTable {
            schema: "s".into(),
            from: table(false, &[]),
            to: table(true, std::slice::from_ref(&added)),
            changes: vec![TableChange::Column(Edit::Add(added))],
        });
        let rows = |dialect: &dyn Dialect| {
            inserts(
                dialect.profile(),
                &realm,
                std::slice::from_ref(&change),
                true,
            )
        };
        let filled = rows(&dialect::mysql::MYSQL);
        let null = "INSERT INTO `t` (`strict`) VALUES ('3')";
        assert_eq!(filled.last().map(String::as_str), Some(null));
        assert!(rows(&dialect::sqlite::Sqlite).is_empty());
    }
}
