//! Follows tables and columns through a file's statements: which ones only get other names, so that they are
//! neither new nor gone, and which ones lose what they held although they are there afterwards.

use crate::schema::{KeyPart, ObjectName, PartExpr, Realm, Schema, Table};
use crate::sql::deed::{Deed, Named, deeds, reads};
use crate::sql::token::{Kind, Lexer, tokens};
use crate::sql::{Rules, Statement};

/// What becomes of what was there before.
pub(super) struct Fate {
    /// The state before, with the names of afterwards.
    pub(super) before: Realm,
    /// Tables that are not seen as such afterwards and not gone either: partitions, and what is in a schema that is not looked at.
    pub(super) kept: Vec<ObjectName>,
    /// Tables that are rewritten, and not changed by that.
    pub(super) rewritten: Vec<ObjectName>,
    pub(super) lost: Vec<Lost>,
}

/// What is lost of something that is still there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    Rows(ObjectName),
    /// Of its rows, those that a statement chooses.
    Some(ObjectName),
    Values(ObjectName, String),
}

/// A table on its way through the statements.
struct Followed {
    origin: ObjectName,
    now: ObjectName,
    columns: Vec<(String, String)>,
}

impl Followed {
    fn has_moved(&self, after: &Realm) -> bool {
        self.now != self.origin && after.table(&self.now).is_some()
    }
}

/// Follows what was there before through the statements that lead to `after`.
pub(super) fn fate(before: Realm, after: &Realm, statements: &[Statement], rules: &Rules) -> Fate {
    let mut walk = Walk {
        tables: followed(&before),
        fate: Fate {
            before,
            kept: Vec::new(),
            rewritten: Vec::new(),
            lost: Vec::new(),
        },
        after,
        rules,
    };
    for (at, statement) in statements.iter().enumerate() {
        for deed in deeds(&statement.text, rules) {
            walk.step(deed, &statements[..at]);
        }
    }
    let Walk {
        mut tables,
        mut fate,
        ..
    } = walk;
    respell_columns(&mut tables, after);
    let outside = tables
        .iter()
        .filter(|one| one.now != one.origin && after.schema(&one.now.schema).is_none());
    fate.kept.extend(outside.map(|one| one.origin.clone()));
    let has = |lost: &Lost| match lost {
        Lost::Rows(table) | Lost::Some(table) => after.table(table).is_some(),
        Lost::Values(table, column) => {
            let now = tables.iter().find(|one| one.origin == *table);
            let table = now.and_then(|one| after.table(&one.now));
            table.is_some_and(|table| table.column(column).is_some())
        }
    };
    fate.lost.retain(has);
    fate.lost.dedup();
    rename_columns(&mut fate.before, after, &tables, rules);
    rename_tables(&mut fate.before, after, &tables);
    fate
}

fn followed(before: &Realm) -> Vec<Followed> {
    let schemas = before.schemas.iter();
    let tables = schemas.flat_map(|schema| schema.tables.iter().map(move |table| (schema, table)));
    tables
        .map(|(schema, table)| {
            let name = ObjectName::new(&schema.name, &table.name);
            let columns = table.columns.iter();
            Followed {
                columns: columns
                    .map(|column| (column.name.clone(), column.name.clone()))
                    .collect(),
                origin: name.clone(),
                now: name,
            }
        })
        .collect()
}

struct Walk<'a> {
    tables: Vec<Followed>,
    fate: Fate,
    after: &'a Realm,
    rules: &'a Rules,
}

impl Walk<'_> {
    fn step(&mut self, deed: Deed, earlier: &[Statement]) {
        let rules = self.rules;
        let copied = |name: &str| earlier.iter().any(|one| reads(&one.text, name, rules));
        match deed {
            Deed::RenameSchema { from, to } => self.rename_schema(&from, &to),
            Deed::RenameTable { from, to } => {
                if let Some(at) = self.find(&from) {
                    let now = &mut self.tables[at].now;
                    now.schema = to.schema.unwrap_or_else(|| now.schema.clone());
                    now.name = to.name;
                    self.respell(at);
                }
            }
            Deed::MoveTable { table, schema } => {
                if let Some(at) = self.find(&table) {
                    self.tables[at].now.schema = schema;
                    self.respell(at);
                }
            }
            Deed::RenameColumn { table, from, to } => {
                if let Some(at) = self.find(&table)
                    && let Some(place) = self.column(at, &from)
                {
                    self.tables[at].columns[place].1 = to;
                }
            }
            Deed::Attach(table) => {
                let found = self.find(&table).map(|at| self.tables[at].now.clone());
                self.fate.kept.extend(found);
            }
            Deed::DropTable(table) => {
                if let Some(at) = self.find(&table) {
                    let gone = self.tables.remove(at);
                    let lost = (!copied(&gone.now.name)).then_some(Lost::Rows(gone.origin));
                    self.fate.lost.extend(lost);
                }
            }
            Deed::Empty(ref table) | Deed::Delete(ref table) => {
                if let Some(at) = self.find(table)
                    && !copied(&table.name)
                {
                    let origin = self.tables[at].origin.clone();
                    self.fate.lost.push(match deed {
                        Deed::Empty(_) => Lost::Rows(origin),
                        _ => Lost::Some(origin),
                    });
                }
            }
            Deed::Retype { .. } => {}
            Deed::DropColumn { table, column } => self.drop_column(&table, &column, earlier),
            Deed::Rewrite(table) => {
                let found = self.find(&table).map(|at| self.tables[at].now.clone());
                self.fate.rewritten.extend(found);
            }
        }
    }

    fn rename_schema(&mut self, from: &str, to: &str) {
        let before = &mut self.fate.before;
        if before.schema(from).is_none()
            || before.schema(to).is_some()
            || self.after.schema(to).is_none()
        {
            return;
        }
        before.rename_schema(from, to);
        let names = self
            .tables
            .iter_mut()
            .flat_map(|one| [&mut one.origin, &mut one.now]);
        for name in names.filter(|name| name.schema == from) {
            to.clone_into(&mut name.schema);
        }
    }

    fn drop_column(&mut self, table: &Named, column: &str, earlier: &[Statement]) {
        let Some(at) = self.find(table) else { return };
        let Some(place) = self.column(at, column) else {
            return;
        };
        let (origin, _) = self.tables[at].columns.remove(place);
        let name = &self.tables[at].origin;
        let before = self.fate.before.table(name);
        let computed = before
            .and_then(|table| table.column(&origin))
            .is_none_or(|column| column.generated.is_some());
        let says = |one: &Statement| {
            let mut tokens = tokens(&one.text, self.rules);
            tokens
                .next()
                .is_some_and(|first| first.is_any(&["update", "merge", "with"]))
                && tokens.any(|token| {
                    token
                        .name()
                        .is_some_and(|name| name.eq_ignore_ascii_case(column))
                })
        };
        let copied = |one: &Statement| says(one) || reads(&one.text, &table.name, self.rules);
        if !computed && !earlier.iter().any(copied) {
            self.fate.lost.push(Lost::Values(name.clone(), origin));
        }
    }

    /// Where a table is that has this name now; nowhere if it may be one of several.
    fn find(&self, named: &Named) -> Option<usize> {
        let at = |same: &dyn Fn(&str, &str) -> bool| {
            let places = self.tables.iter().enumerate().filter(|(_, one)| {
                let schema = named.schema.as_ref();
                same(&one.now.name, &named.name)
                    && schema.is_none_or(|schema| same(&one.now.schema, schema))
            });
            places.map(|(at, _)| at).collect::<Vec<_>>()
        };
        let found = match at(&|one, other| one == other) {
            found if found.is_empty() => at(&|one, other| one.eq_ignore_ascii_case(other)),
            found => found,
        };
        match found[..] {
            [one] => Some(one),
            _ => None,
        }
    }

    fn column(&self, at: usize, name: &str) -> Option<usize> {
        let columns = &self.tables[at].columns;
        let exactly = columns.iter().position(|(_, now)| now == name);
        let alike = || {
            columns
                .iter()
                .position(|(_, now)| now.eq_ignore_ascii_case(name))
        };
        exactly.or_else(alike)
    }

    /// Writes a table's new name as it is afterwards.
    fn respell(&mut self, at: usize) {
        let now = &self.tables[at].now;
        if self.after.table(now).is_some() {
            return;
        }
        let schemas = self.after.schemas.iter();
        let mut names = schemas.flat_map(|schema| {
            let tables = schema.tables.iter();
            tables.map(|table| ObjectName::new(&schema.name, &table.name))
        });
        let found = names.find(|name| {
            name.schema.eq_ignore_ascii_case(&now.schema)
                && name.name.eq_ignore_ascii_case(&now.name)
        });
        if let Some(found) = found {
            self.tables[at].now = found;
        }
    }
}

/// Writes new names of columns as they are afterwards.
fn respell_columns(tables: &mut [Followed], after: &Realm) {
    for one in tables {
        let Some(later) = after.table(&one.now) else {
            continue;
        };
        for (_, now) in &mut one.columns {
            let mut names = later.columns.iter().map(|column| &column.name);
            let alike = names.find(|name| name.eq_ignore_ascii_case(now));
            if let (None, Some(alike)) = (later.column(now), alike) {
                alike.clone_into(now);
            }
        }
    }
}

fn all_tables(realm: &mut Realm) -> impl Iterator<Item = &mut Table> {
    realm
        .schemas
        .iter_mut()
        .flat_map(|schema| &mut schema.tables)
}

fn rename_columns(before: &mut Realm, after: &Realm, tables: &[Followed], rules: &Rules) {
    for one in tables {
        let Some(later) = after.table(&one.now) else {
            continue;
        };
        let moved = one
            .columns
            .iter()
            .filter(|(origin, now)| origin != now && later.column(now).is_some());
        let moved: Vec<&(String, String)> = moved.collect();
        if moved.is_empty() {
            continue;
        }
        let new = |name: &str| moved.iter().find(|pair| pair.0 == name).map(|pair| &pair.1);
        let set = |name: &mut String| {
            if let Some(new) = new(name) {
                new.clone_into(name);
            }
        };
        for table in all_tables(before) {
            for key in &mut table.foreign_keys {
                if key.ref_table == one.origin {
                    key.ref_columns.iter_mut().for_each(set);
                }
            }
        }
        let schema = before.schemas.iter_mut();
        let mut schema = schema.filter(|schema| schema.name == one.origin.schema);
        let table = schema.next().and_then(|schema| {
            let mut tables = schema.tables.iter_mut();
            tables.find(|table| table.name == one.origin.name)
        });
        let Some(table) = table else { continue };
        // What had the name before it is gone.
        table.columns.retain(|column| {
            new(&column.name).is_some() || !moved.iter().any(|pair| pair.1 == column.name)
        });
        let respelled = |text: &mut String| *text = respelled(text, &new, rules);
        for column in &mut table.columns {
            set(&mut column.name);
            if let Some(rule) = &mut column.generated {
                respelled(&mut rule.expr);
            }
        }
        for check in &mut table.checks {
            respelled(&mut check.expr);
        }
        for raw in &mut table.constraints {
            respelled(&mut raw.definition);
        }
        for key in &mut table.foreign_keys {
            key.columns.iter_mut().for_each(set);
        }
        for index in &mut table.indexes {
            index.include.iter_mut().for_each(set);
            if let Some(predicate) = &mut index.predicate {
                respelled(predicate);
            }
        }
        let part = |part: &mut KeyPart| match &mut part.on {
            PartExpr::Column(name) => set(name),
            PartExpr::Expr(text) => respelled(text),
        };
        let keys = table.primary_key.iter_mut().map(|key| &mut key.parts);
        let keys = keys.chain(table.uniques.iter_mut().map(|unique| &mut unique.parts));
        let keys = keys.chain(table.indexes.iter_mut().map(|index| &mut index.parts));
        keys.flatten().for_each(part);
    }
}

/// An expression with other names of columns.
fn respelled<'n>(text: &str, new: &dyn Fn(&str) -> Option<&'n String>, rules: &Rules) -> String {
    let tokens = Lexer::new(text, rules);
    let texts = tokens.map(|token| {
        let name = token.name().and_then(|name| Some((new(&name)?, name)));
        match (name, token.kind) {
            (Some((new, _)), Kind::Word) => new.clone(),
            (Some((new, old)), Kind::Name) => token.text.replace(&*old, new),
            _ => token.text.to_owned(),
        }
    });
    texts.collect()
}

fn rename_tables(before: &mut Realm, after: &Realm, tables: &[Followed]) {
    let moved: Vec<&Followed> = tables.iter().filter(|one| one.has_moved(after)).collect();
    let new = |name: &ObjectName| {
        let found = moved.iter().find(|one| one.origin == *name);
        found.map(|one| one.now.clone())
    };
    for table in all_tables(before) {
        for key in &mut table.foreign_keys {
            if let Some(new) = new(&key.ref_table) {
                key.ref_table = new;
            }
        }
    }
    for schema in &mut before.schemas {
        for text in &mut schema.texts {
            let on = text.table.as_ref();
            let on = on.map(|name| ObjectName::new(&schema.name, name));
            if let Some(new) = on.and_then(|name| new(&name)) {
                text.table = Some(new.name);
            }
        }
    }
    let mut taken = Vec::new();
    for one in &moved {
        let schemas = before.schemas.iter_mut();
        for schema in schemas.filter(|schema| schema.name == one.origin.schema) {
            let at = schema
                .tables
                .iter()
                .position(|table| table.name == one.origin.name);
            taken.extend(at.map(|at| (schema.tables.remove(at), &one.now)));
        }
    }
    for (mut table, now) in taken {
        now.name.clone_into(&mut table.name);
        if before.schema(&now.schema).is_none() {
            before.schemas.push(Schema {
                name: now.schema.clone(),
                ..Schema::default()
            });
        }
        for schema in &mut before.schemas {
            if schema.name == now.schema {
                // What had the name before it is gone.
                schema.tables.retain(|other| other.name != now.name);
                schema.tables.push(table.clone());
                schema
                    .tables
                    .sort_by(|one, other| one.name.cmp(&other.name));
            }
        }
    }
    before
        .schemas
        .sort_by(|one, other| one.name.cmp(&other.name));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Check, Column};

    fn realm(tables: &[(&str, &[&str])]) -> Realm {
        let tables = tables.iter().map(|(name, columns)| Table {
            name: (*name).to_owned(),
            columns: columns
                .iter()
                .map(|name| Column {
                    name: (*name).to_owned(),
                    ..Column::default()
                })
                .collect(),
            ..Table::default()
        });
        Realm {
            schemas: vec![Schema {
                name: "s".to_owned(),
                tables: tables.collect(),
                ..Schema::default()
            }],
            ..Realm::default()
        }
    }

    fn of(before: &Realm, after: &Realm, sql: &[&str]) -> Fate {
        let statements: Vec<Statement> = sql.iter().map(|sql| Statement::whole(*sql)).collect();
        fate(before.clone(), after, &statements, &Rules::POSTGRES)
    }

    #[test]
    fn what_is_renamed_is_neither_new_nor_gone() {
        let mut before = realm(&[("t", &["a", "c"]), ("u", &["x"])]);
        before.schemas[0].tables[0].checks = vec![Check {
            expr: "a > 0 AND \"a\" <> aa".to_owned(),
            ..Check::default()
        }];
        let after = realm(&[("t2", &["b", "c"]), ("u", &["x"])]);
        let sql = [
            "alter table T rename column A to B",
            "alter table t rename to t2",
        ];
        let found = of(&before, &after, &sql);
        let mut wanted = after;
        wanted.schemas[0].tables[0].checks = vec![Check {
            expr: "b > 0 AND \"b\" <> aa".to_owned(),
            ..Check::default()
        }];
        assert_eq!((found.before, found.lost), (wanted, Vec::new()));

        // Two swap their names.
        let swapped = realm(&[("t", &["x"]), ("u", &["a", "c"])]);
        let before = realm(&[("t", &["a", "c"]), ("u", &["x"])]);
        let sql = [
            "alter table t rename to tmp",
            "alter table u rename to t",
            "alter table tmp rename to u",
        ];
        assert_eq!(of(&before, &swapped, &sql).before, swapped);
    }

    #[test]
    fn what_goes_where_nobody_looks_is_not_gone() {
        let before = realm(&[("t", &["a"])]);
        let sql = ["create schema x", "alter table t set schema x"];
        let found = of(&before, &realm(&[]), &sql);
        assert_eq!(found.kept, [ObjectName::new("s", "t")]);
        let gone = of(&before, &Realm::default(), &["drop schema s cascade"]);
        assert_eq!(gone.kept, []);
    }

    #[test]
    fn what_goes_in_the_end_is_not_renamed() {
        let before = realm(&[("t", &["a"])]);
        let sql = [
            "alter table t rename to old",
            "create table t (a text)",
            "insert into t select * from old",
            "drop table old",
        ];
        let found = of(&before, &before, &sql);
        assert_eq!((&found.before, found.lost), (&before, Vec::new()));
    }

    #[test]
    fn what_is_there_again_is_lost_unless_it_was_copied() {
        let before = realm(&[("t", &["a", "c"]), ("u", &["x"])]);
        let table = ObjectName::new("s", "t");
        let lost = |sql: &[&str]| of(&before, &before, sql).lost;
        let rows = vec![Lost::Rows(table.clone())];
        assert_eq!(
            lost(&["drop table t", "create table t (a int, c int)"]),
            rows
        );
        assert_eq!(lost(&["truncate t"]), rows);
        assert_eq!(lost(&["delete from t"]), rows);
        let some = vec![Lost::Some(ObjectName::new("s", "t"))];
        assert_eq!(lost(&["delete from t where a = 1"]), some);
        let moved = [
            "insert into u select a from t where a = 1",
            "delete from t where a = 1",
        ];
        assert_eq!(lost(&moved), Vec::new());
        let values = vec![Lost::Values(table, "a".to_owned())];
        let drop = "alter table t drop column a";
        let add = "alter table t add column a int";
        assert_eq!(lost(&[drop, add]), values);
        assert_eq!(lost(&["update t set c = a", drop, add]), Vec::new());
        let copied = [
            "create table new (a int, c int)",
            "insert into new select * from t",
            "drop table t",
            "alter table new rename to t",
        ];
        assert_eq!(lost(&copied), Vec::new());
        // Another column takes the name.
        let after = realm(&[("t", &["a"]), ("u", &["x"])]);
        let found = of(&before, &after, &[drop, "alter table t rename c to a"]);
        assert_eq!((found.before, found.lost), (after, values));
    }
}
