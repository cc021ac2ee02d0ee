//! Made-up rows for the tables that a plan touches, so that its proof meets what only fails where there are rows. They
//! need not fit: what the engine refuses is left out. Knows no dialect but by its profile.

use std::collections::BTreeSet;

use super::Profile;
use super::write::quoted;
use crate::schema::change::{Change, Edit, TableChange};
use crate::schema::{Column, ObjectName, PartExpr, Realm, Table};
use crate::sql::Rules;
use crate::sql::token::{self, tokens};

/// Tables that get rows: a plan for hundreds of them is proven on the first.
const TABLES: usize = 24;
/// Tables that get rows because others refer to them, or because all of them do.
const MOST: usize = 400;

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
    let rows = Rows {
        profile,
        current,
        scoped,
        seen: &seen,
    };
    let mut inserts = Vec::new();
    for (name, table) in tables {
        let desired = changes.iter().find_map(|change| match change {
            Change::ModifyTable(modify) if change.object() == name => Some(&modify.to),
            _ => None,
        });
        for kind in [Kind::Full, Kind::Plain, Kind::Nulls] {
            inserts.push(rows.insert(&name, table, desired, (kind, kind.number())));
        }
    }
    inserts
}

/// Inserts of rows into every table, behind those that it refers to, each in two ways, of which the second is for where the
/// number in what has to be unique is taken; the `odd` ones have NULL wherever that may be, repeat each other, and refer to nothing, as far as
/// nothing forbids it.
pub fn into_all(
    profile: &Profile,
    current: &Realm,
    odd: bool,
    scoped: bool,
) -> Vec<(ObjectName, [String; 2])> {
    let mut tables: Vec<(ObjectName, &Table)> = Vec::new();
    let mut seen = BTreeSet::new();
    for schema in &current.schemas {
        for table in &schema.tables {
            let name = ObjectName::new(&schema.name, &table.name);
            collect(current, name, true, &mut seen, &mut tables);
        }
    }
    let rows = Rows {
        profile,
        current,
        scoped,
        seen: &seen,
    };
    let kinds: &[Kind] = match odd {
        true => &[
            Kind::Full,
            Kind::Plain,
            Kind::Unknown,
            Kind::Repeats,
            Kind::Alone,
        ],
        false => &[Kind::Full, Kind::Plain],
    };
    let inserts = tables.into_iter().flat_map(|(name, table)| {
        let ways = |kind: &Kind| {
            let number = kind.number();
            let way = |number| rows.insert(&name, table, None, (*kind, number));
            (name.clone(), [way(number), way(number % 5 + 4)])
        };
        let several = odd && unique(table).any(|columns| columns.len() > 1);
        let more = several.then_some(&Kind::RepeatsMore);
        kinds.iter().chain(more).map(ways).collect::<Vec<_>>()
    });
    inserts.collect()
}

/// What a row of a table is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It has a value in every column.
    Full,
    /// It has the defaults of columns, and lets rows refer to others.
    Plain,
    /// It has NULL wherever that may stay.
    Nulls,
    /// It has NULL wherever that may be, whatever the default is.
    Unknown,
    /// It is the first one again, but for what has to be unique: of several columns the first.
    Repeats,
    /// The same, but that of several columns the last is another.
    RepeatsMore,
    /// What it holds nobody else does, so that it refers to nothing but by a foreign key.
    Alone,
}

impl Kind {
    /// The value of every column, so that rows refer to those of their number.
    fn number(self) -> usize {
        match self {
            Self::Full => 1,
            Self::Plain => 2,
            Self::Nulls | Self::Unknown => 3,
            Self::Repeats => 4,
            Self::RepeatsMore => 6,
            Self::Alone => 9,
        }
    }
}

/// How rows are written.
struct Rows<'a> {
    profile: &'a Profile,
    current: &'a Realm,
    scoped: bool,
    /// The tables that get rows.
    seen: &'a BTreeSet<ObjectName>,
}

impl Rows<'_> {
    /// A row of a table that becomes the `desired` one, where it changes.
    fn insert(
        &self,
        name: &ObjectName,
        table: &Table,
        desired: Option<&Table>,
        (kind, own): (Kind, usize),
    ) -> String {
        let quoted = |name: &str| quoted(name, self.profile.quote);
        let stays_nullable = |column: &Column| {
            let to = desired.and_then(|table| table.column(&column.name));
            column.nullable && to.is_none_or(|to| to.nullable || to.default.is_some())
        };
        let place = match self.scoped {
            true => quoted(&name.name),
            false => format!("{}.{}", quoted(&name.schema), quoted(&name.name)),
        };
        let keys = || table.foreign_keys.iter();
        let refers_to_nothing = |column: &Column| {
            column.nullable
                && keys().any(|key| {
                    key.columns.contains(&column.name) && !self.seen.contains(&key.ref_table)
                })
        };
        let given = |column: &&Column| {
            column.generated.is_none()
                && !refers_to_nothing(column)
                && column.identity.is_none()
                && !column.auto_increment
                && match kind {
                    Kind::Full | Kind::Repeats | Kind::RepeatsMore | Kind::Alone => true,
                    Kind::Plain => column.default.is_none(),
                    Kind::Nulls => column.default.is_none() && !stays_nullable(column),
                    Kind::Unknown => column.nullable || column.default.is_none(),
                }
        };
        let mut columns: Vec<&Column> = table.columns.iter().filter(given).collect();
        if columns.is_empty() {
            let stored = table.columns.iter();
            columns.extend(stored.filter(|column| column.generated.is_none()).take(1));
        }
        let number = |column: &Column| {
            let refers = keys().any(|key| key.columns.contains(&column.name));
            let is_unique = unique(table).flatten().any(|name| *name == column.name);
            let first = || unique(table).any(|key| key.first() == Some(&&column.name));
            let last = || unique(table).any(|key| key.last() == Some(&&column.name));
            match kind {
                Kind::Repeats if !first() => Kind::Full.number(),
                Kind::RepeatsMore if !last() => Kind::Full.number(),
                Kind::Alone if refers && !is_unique => Kind::Full.number(),
                _ if is_unique => own,
                kind => kind.number(),
            }
        };
        let names: Vec<String> = columns.iter().map(|column| quoted(&column.name)).collect();
        let values: Vec<String> = columns
            .iter()
            .map(|column| match kind {
                Kind::Unknown if column.nullable => "NULL".to_owned(),
                _ => {
                    let number = number(column);
                    let value = allowed(table, column, number)
                        .unwrap_or_else(|| value(column, number, self.current));
                    format!("'{}'", value.replace('\'', "''"))
                }
            })
            .collect();
        format!(
            "INSERT INTO {place} ({}) VALUES ({})",
            names.join(", "),
            values.join(", ")
        )
    }
}

/// What has to be unique: the columns of each key, of which an expression is none.
fn unique(table: &Table) -> impl Iterator<Item = Vec<&String>> {
    let primary = table.primary_key.iter().map(|key| &key.parts);
    let unique = table.uniques.iter().map(|unique| &unique.parts);
    let indexes = table.indexes.iter().filter(|index| index.unique);
    let all = primary
        .chain(unique)
        .chain(indexes.map(|index| &index.parts));
    all.map(|parts| {
        let columns = parts.iter().filter_map(|part| match &part.on {
            PartExpr::Column(name) => Some(name),
            PartExpr::Expr(_) => None,
        });
        columns.collect()
    })
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

/// A column without a value can only be added to an empty table where the engine makes none up: that is
/// known, and said, without rows.
pub fn refuses_any_row(change: &TableChange) -> bool {
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
        && seen.len() < MOST
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

/// One of the values that a check of a column alone lists, as `IN` or `ANY` of an array.
fn allowed(table: &Table, column: &Column, row: usize) -> Option<String> {
    table.checks.iter().find_map(|check| {
        let tokens: Vec<_> = tokens(&check.expr, &Rules::GENERIC).collect();
        let named = |name: &str| {
            tokens
                .iter()
                .any(|token| token.name().as_deref() == Some(name))
        };
        let others = table
            .columns
            .iter()
            .filter(|other| other.name != column.name);
        let lists = tokens
            .iter()
            .position(|token| token.is_any(&["in", "any"]))?;
        if !named(&column.name)
            || others.into_iter().any(|other| named(&other.name))
            || tokens[lists.checked_sub(1)?].is("not")
        {
            return None;
        }
        let of = |kind: token::Kind| {
            let values = tokens[lists..]
                .iter()
                .filter(move |token| token.kind == kind);
            values.map(|token| token.unquoted().into_owned())
        };
        let mut values: Vec<String> = of(token::Kind::Text).collect();
        if values.is_empty() {
            values.extend(of(token::Kind::Number));
        }
        values.truncate(row);
        values.pop()
    })
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
        None if ["json", "jsonb"].contains(&&*name) => "{}".to_owned(),
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
