//! Orders are checked by running them on a model of a server: a set of tables with their foreign keys and names, which
//! refuses what a real server refuses.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::diff::diff;
use crate::schema::change::{Edit, ModifyTable, TableChange};
use crate::schema::{Column, ForeignKey, Index, KeyPart, ObjectName, PrimaryKey, Schema, Table};

const RULES: OrderRules = OrderRules {
    forward_foreign_keys: false,
    cascades_once: false,
    default_name: None,
    schema_wide_names: &[NameKind::Index, NameKind::PrimaryKey],
    renames: false,
    parents: |table| {
        let parent = table.attrs.get("parent");
        parent
            .map(|name| ObjectName::new("s", name))
            .into_iter()
            .collect()
    },
    retype_needs_detach: |from, to| from.ty != to.ty,
    remade: |_| false,
    remade_columns: |_| BTreeSet::new(),
    leads: |modify| {
        let unlogged = |table: &Table| table.attrs.contains_key("unlogged");
        match (unlogged(&modify.from), unlogged(&modify.to)) {
            (true, false) => Some(End::Referenced),
            (false, true) => Some(End::Referencing),
            _ => None,
        }
    },
    texts: TextRules {
        planned: &["view", "function"],
        replaces: |from, _| from.kind == "function",
        binds: |object| object.kind != "function",
        hindering: |modify| {
            let retyped = modify.changes.iter().filter_map(|change| match change {
                TableChange::Column(Edit::Modify { from, .. }) => Some(from.name.clone()),
                _ => None,
            });
            retyped.collect()
        },
        remade: |_, _| false,
        ..TextRules::NONE
    },
};

fn table(name: &str, id: &str, references: &[&str]) -> Table {
    let column = |name: String, ty: &str| Column::plain(name, ty, true);
    let key = |target: &&str| ForeignKey {
        name: Some(format!("{name}_{target}_fkey")),
        columns: vec![format!("{target}_id")],
        ref_table: ObjectName::new("s", *target),
        ref_columns: vec!["id".into()],
        ..ForeignKey::default()
    };
    let mut columns = vec![column("id".into(), id)];
    columns.extend(
        references
            .iter()
            .map(|target| column(format!("{target}_id"), id)),
    );
    Table {
        name: name.into(),
        columns,
        primary_key: Some(PrimaryKey {
            name: Some(format!("{name}_pkey")),
            parts: vec![KeyPart::column("id")],
            ..PrimaryKey::default()
        }),
        foreign_keys: references.iter().map(key).collect(),
        ..Table::default()
    }
}

fn index(name: &str) -> Index {
    Index {
        name: name.into(),
        parts: vec![KeyPart::column("id")],
        ..Index::default()
    }
}

fn realm(tables: Vec<Table>) -> Realm {
    Realm {
        schemas: vec![Schema {
            name: "s".into(),
            tables,
            ..Schema::default()
        }],
        ..Realm::default()
    }
}

/// A server that knows tables, columns' types, primary keys, foreign keys and schema-wide names.
#[derive(Clone, Debug)]
struct Server {
    tables: BTreeMap<String, Table>,
}

impl Server {
    fn new(realm: &Realm) -> Self {
        let tables = &realm.schemas[0].tables;
        Self {
            tables: tables
                .iter()
                .map(|table| (table.name.clone(), table.clone()))
                .collect(),
        }
    }

    fn run(&mut self, change: &Change) -> Result<(), String> {
        match change {
            Change::AddTable { table, .. } => {
                self.tables.insert(table.name.clone(), table.clone());
            }
            Change::DropTable { table, .. } => {
                let gone = self.tables.remove(&table.name).ok_or("no such table")?;
                if gone != *table {
                    return Err(format!("{} is not as the change says", table.name));
                }
            }
            Change::ModifyTable(modify) => self.modify(modify)?,
            other => return Err(format!("unexpected {other:?}")),
        }
        self.check()
    }

    fn modify(&mut self, modify: &ModifyTable) -> Result<(), String> {
        let table = self
            .tables
            .get_mut(&modify.to.name)
            .ok_or("no such table")?;
        if *table != modify.from {
            return Err(format!("{} is not as the change says", table.name));
        }
        let keyed = |change: &TableChange| {
            matches!(
                change,
                TableChange::PrimaryKey(_) | TableChange::Column(Edit::Modify { .. })
            )
        };
        *table = modify.to.clone();
        if modify.changes.iter().any(keyed) {
            let name = &modify.to.name;
            let others = self.tables.values().filter(|other| other.name != *name);
            for key in others.flat_map(|other| &other.foreign_keys) {
                if key.ref_table.name == *name {
                    return Err(format!("{:?} still references {name}", key.name));
                }
            }
        }
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        let mut names = BTreeSet::new();
        for table in self.tables.values() {
            let own = table.indexes.iter().map(|index| &index.name);
            for name in own.chain(table.primary_key.iter().filter_map(|key| key.name.as_ref())) {
                if !names.insert(name) {
                    return Err(format!("{name} exists already"));
                }
            }
            for key in &table.foreign_keys {
                let Some(target) = self.tables.get(&key.ref_table.name) else {
                    return Err(format!("{:?} references nothing", key.name));
                };
                let ty =
                    |table: &Table, name: &str| table.column(name).map(|column| column.ty.clone());
                let unlogged = |table: &Table| table.attrs.contains_key("unlogged");
                if unlogged(target) && !unlogged(table) {
                    return Err(format!("{:?} references an unlogged table", key.name));
                }
                if target.primary_key.is_none() || ty(table, &key.columns[0]) != ty(target, "id") {
                    return Err(format!("{:?} does not fit its target", key.name));
                }
            }
        }
        Ok(())
    }
}

/// Orders the difference, runs it and returns the objects in order.
fn run(from: &Realm, to: &Realm) -> Vec<String> {
    let changes = diff(from, to).changes;
    let ordered = order(&changes, from, &RULES);
    let mut server = Server::new(from);
    let mut objects = Vec::new();
    for Ordered { change, origin } in &ordered {
        assert!(*origin < changes.len());
        let verb = match change {
            Change::AddTable { .. } => "+",
            Change::DropTable { .. } => "-",
            _ => "~",
        };
        objects.push(format!("{verb}{}", change.object().name));
        if let Err(error) = server.run(change) {
            panic!("{error}, at {} of {ordered:#?}", objects.join(" "));
        }
    }
    assert_eq!(
        server.tables,
        Server::new(to).tables,
        "the order ends in another state"
    );
    objects
}

#[test]
fn what_is_referenced_is_made_first_and_goes_last() {
    let to = realm(vec![
        table("address", "int", &["user"]),
        table("user", "int", &[]),
    ]);
    assert_eq!(run(&realm(vec![]), &to), ["+user", "+address"]);
    assert_eq!(run(&to, &realm(vec![])), ["-address", "-user"]);
}

#[test]
fn circles_are_cut_where_they_close() {
    let to = realm(vec![
        table("a", "int", &["b"]),
        table("b", "int", &["a", "b"]),
    ]);
    assert_eq!(run(&realm(vec![]), &to), ["+b", "+a", "~b"]);
    assert_eq!(run(&to, &realm(vec![])), ["~a", "-b", "-a"]);
}

#[test]
fn a_dialect_with_forward_keys_never_splits() {
    let rules = OrderRules {
        forward_foreign_keys: true,
        ..RULES
    };
    let to = realm(vec![table("a", "int", &["b"]), table("b", "int", &["a"])]);
    let changes = diff(&realm(vec![]), &to).changes;
    let ordered = order(&changes, &realm(vec![]), &rules);
    assert_eq!(ordered.len(), 2, "{ordered:#?}");
    let dropped = order(&diff(&to, &realm(vec![])).changes, &to, &rules);
    assert_eq!(dropped.len(), 2, "{dropped:#?}");
}

#[test]
fn an_existing_table_waits_for_the_new_one_that_it_references() {
    let from = realm(vec![table("a", "int", &[])]);
    let to = realm(vec![table("a", "int", &["z"]), table("z", "int", &[])]);
    assert_eq!(run(&from, &to), ["+z", "~a"]);
}

#[test]
fn keys_step_aside_for_their_columns_types() {
    let of = |ty| {
        realm(vec![
            table("child", ty, &["parent", "child"]),
            table("other", ty, &["parent"]),
            table("parent", ty, &[]),
        ])
    };
    let objects = run(&of("int"), &of("uuid"));
    assert_eq!(
        objects,
        [
            "~child", "~other", "~child", "~other", "~parent", "~child", "~other"
        ]
    );
}

#[test]
fn a_dropped_tables_key_steps_aside_too() {
    let from = realm(vec![
        table("gone", "int", &["parent"]),
        table("parent", "int", &[]),
    ]);
    let to = realm(vec![table("parent", "uuid", &[])]);
    assert_eq!(run(&from, &to), ["~gone", "~parent", "-gone"]);
}

#[test]
fn names_are_free_before_they_are_taken() {
    let mut old = table("item", "int", &[]);
    old.indexes = vec![index("by_id"), index("only_old")];
    let mut new = table("items", "int", &[]);
    new.indexes = vec![index("by_id")];
    assert_eq!(
        run(&realm(vec![old.clone()]), &realm(vec![new])),
        ["~item", "+items", "-item"]
    );

    // A constraint's name can't go without its table.
    let child = table("child", "int", &["item"]);
    let mut new = table("items", "int", &[]);
    new.primary_key = old.primary_key.clone();
    let to = realm(vec![table("child", "int", &[]), new]);
    assert_eq!(
        run(&realm(vec![child, old]), &to),
        ["~child", "-item", "+items"]
    );
}

#[test]
fn tables_and_indexes_share_their_names() {
    let mut kept = table("kept", "int", &[]);
    let from = realm(vec![table("gone", "int", &[]), kept.clone()]);
    kept.indexes = vec![index("gone")];
    assert_eq!(run(&from, &realm(vec![kept])), ["-gone", "~kept"]);

    let mut old = table("old", "int", &[]);
    old.indexes = vec![index("fresh")];
    let to = realm(vec![table("fresh", "int", &[])]);
    assert_eq!(run(&realm(vec![old]), &to), ["~old", "+fresh", "-old"]);
}

#[test]
fn an_index_moves_from_table_to_table() {
    let mut from = [table("a", "int", &[]), table("b", "int", &[])];
    let mut to = from.clone();
    from[1].indexes = vec![index("moving")];
    to[0].indexes = vec![index("moving")];
    assert_eq!(
        run(&realm(from.to_vec()), &realm(to.to_vec())),
        ["~b", "~a"]
    );
}

#[test]
fn names_are_exchanged_through_nothing_or_a_third_one() {
    let of = |names: [&str; 3]| {
        let tables = ["a", "b", "c"].into_iter().zip(names);
        realm(
            tables
                .map(|(name, key)| {
                    let mut table = table(name, "int", &[]);
                    table.primary_key.as_mut().unwrap().name = Some(format!("{key}_pkey"));
                    table.indexes = vec![index(&format!("by_{key}"))];
                    table
                })
                .collect(),
        )
    };
    for to in [["b", "a", "c"], ["b", "c", "a"], ["c", "B", "a"]] {
        let (from, to) = (of(["a", "b", "c"]), of(to));
        run(&from, &to);
        let changes = diff(&from, &to).changes;
        let rules = OrderRules {
            renames: true,
            schema_wide_names: &[NameKind::Index],
            ..RULES
        };
        let ordered = order(&changes, &from, &rules);
        assert_eq!(ordered.len(), changes.len() + 1, "{ordered:#?}");
        let mut server = Server::new(&from);
        for Ordered { change, .. } in &ordered {
            let Change::ModifyTable(modify) = change else {
                panic!("{change:?}")
            };
            let dropped =
                |change: &TableChange| matches!(change, TableChange::Index(Edit::Drop(_)));
            assert!(!modify.changes.iter().any(dropped), "{change:#?}");
            server
                .tables
                .insert(modify.to.name.clone(), modify.to.clone());
        }
        assert_eq!(server.tables, Server::new(&to).tables);
    }
}

#[test]
fn logging_starts_at_the_referenced_end_and_ends_at_the_other() {
    let both = |references: [&[&str]; 2], unlogged: bool| {
        let mut tables = [
            table("a", "int", references[0]),
            table("b", "int", references[1]),
        ];
        for table in tables.iter_mut().filter(|_| unlogged) {
            table.attrs.insert("unlogged".into(), "true".into());
        }
        realm(tables.to_vec())
    };
    let (chain, circle): ([&[&str]; 2], [&[&str]; 2]) = ([&["b"], &[]], [&["b"], &["a"]]);
    assert_eq!(run(&both(chain, true), &both(chain, false)), ["~b", "~a"]);
    assert_eq!(run(&both(chain, false), &both(chain, true)), ["~a", "~b"]);
    run(&both(circle, true), &both(circle, false));
    run(&both(circle, false), &both(circle, true));
    run(&both(chain, true), &both(circle, false));
    run(&both(circle, false), &both([&[], &["a"]], true));
}

#[test]
fn a_child_comes_after_its_parent_and_goes_before_it() {
    let mut child = table("a", "int", &[]);
    child.attrs.insert("parent".into(), "z".into());
    let to = realm(vec![child, table("z", "int", &["a"])]);
    assert_eq!(run(&realm(vec![]), &to), ["+z", "+a", "~z"]);
    assert_eq!(run(&to, &realm(vec![])), ["~z", "-a", "-z"]);
}

#[test]
fn any_two_states_have_an_order() {
    const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
    arbtest::arbtest(|bytes| {
        let mut state = || -> arbtest::arbitrary::Result<Realm> {
            let ty = *bytes.choose(&["int", "uuid"])?;
            let present: Vec<&str> = NAMES
                .into_iter()
                .map(|name| Ok((name, bytes.ratio(2, 3)?)))
                .filter_map(|item: arbtest::arbitrary::Result<_>| match item {
                    Ok((name, true)) => Some(Ok(name)),
                    Ok(_) => None,
                    Err(error) => Some(Err(error)),
                })
                .collect::<Result<_, _>>()?;
            let mut tables = Vec::new();
            for name in &present {
                let mut references = Vec::new();
                for target in &present {
                    if bytes.ratio(1, 3)? {
                        references.push(*target);
                    }
                }
                tables.push(table(name, ty, &references));
            }
            if bytes.ratio(1, 3)? {
                for table in &mut tables {
                    table.attrs.insert("unlogged".into(), "true".into());
                }
            }
            if let Some(last) = tables.len().checked_sub(1) {
                for name in ["wandering", "straying", "roaming"] {
                    let owner = bytes.int_in_range(0..=last)?;
                    tables[owner].indexes.push(index(name));
                }
            }
            Ok(realm(tables))
        };
        let (from, to) = (state()?, state()?);
        run(&from, &to);
        Ok(())
    })
    .budget_ms(1500);
}
