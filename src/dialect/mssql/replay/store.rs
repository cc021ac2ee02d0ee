//! What a database holds, found by names in any case.
//!
//! A copy shares everything with its original until one of them changes a part of it: what a statement does can be taken back at
//! no cost, and following one costs what it touches.

use std::collections::BTreeSet;

use rpds::{RedBlackTreeMapSync, RedBlackTreeSetSync};

use crate::dialect::mssql::attrs;
use crate::schema::{Column, ForeignKey, ObjectName, Realm, Schema, Sequence, Table, TextObject};

/// Where something is: its schema and its own name, in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    schema: String,
    name: String,
}

impl Key {
    pub(super) fn new(schema: &str, name: &str) -> Self {
        Self {
            schema: schema.to_lowercase(),
            name: name.to_lowercase(),
        }
    }

    pub(super) fn of(name: &ObjectName) -> Self {
        Self::new(&name.schema, &name.name)
    }
}

/// What `sys.objects` has a row for.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) id: i64,
    /// As `sys.objects.type` has it.
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) schema: String,
    /// The table of a constraint.
    pub(super) parent: Option<Key>,
}

/// A schema without what is in it.
#[derive(Clone, Debug)]
pub(super) struct Space {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) comment: Option<String>,
}

/// All that a database holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Store {
    spaces: RedBlackTreeMapSync<String, Space>,
    tables: RedBlackTreeMapSync<Key, Table>,
    sequences: RedBlackTreeMapSync<Key, Sequence>,
    texts: RedBlackTreeMapSync<Key, TextObject>,
    /// Their names are not names of objects.
    types: RedBlackTreeMapSync<Key, TextObject>,
    objects: RedBlackTreeMapSync<Key, Object>,
    ids: RedBlackTreeMapSync<i64, Key>,
    /// Tables with a foreign key to a table.
    referrers: RedBlackTreeMapSync<Key, RedBlackTreeSetSync<Key>>,
    /// The last number that was given.
    last: i64,
}

impl Store {
    fn number(&mut self) -> i64 {
        self.last += 1;
        self.last
    }

    pub(super) fn add_space(&mut self, name: &str) {
        let space = Space {
            id: self.number(),
            name: name.to_owned(),
            comment: None,
        };
        self.spaces.insert_mut(name.to_lowercase(), space);
    }

    pub(super) fn space(&self, name: &str) -> Option<&Space> {
        self.spaces.get(&name.to_lowercase())
    }

    pub(super) fn space_mut(&mut self, name: &str) -> Option<&mut Space> {
        self.spaces.get_mut(&name.to_lowercase())
    }

    pub(super) fn spaces(&self) -> impl Iterator<Item = &Space> {
        self.spaces.values()
    }

    pub(super) fn drop_space(&mut self, name: &str) {
        self.spaces.remove_mut(&name.to_lowercase());
    }

    /// Something is in the schema.
    pub(super) fn is_used(&self, schema: &str) -> bool {
        let start = || Key::new(schema, "")..;
        let within = |key: &Key| key.schema == schema.to_lowercase();
        let object = self.objects.range(start()).next();
        let ty = self.types.range(start()).next();
        object.is_some_and(|(key, _)| within(key)) || ty.is_some_and(|(key, _)| within(key))
    }

    pub(super) fn object(&self, key: &Key) -> Option<&Object> {
        self.objects.get(key)
    }

    pub(super) fn object_by_id(&self, id: i64) -> Option<(&Key, &Object)> {
        let key = self.ids.get(&id)?;
        Some((key, self.objects.get(key)?))
    }

    pub(super) fn objects(&self) -> impl Iterator<Item = &Object> {
        self.objects.values()
    }

    /// Objects of that name, each in another schema.
    pub(super) fn objects_named(&self, name: &str) -> impl Iterator<Item = &Object> {
        let spaces = self.spaces.values();
        spaces.filter_map(move |space| self.objects.get(&Key::new(&space.name, name)))
    }

    fn add_object(&mut self, schema: &str, name: &str, kind: &'static str, parent: Option<&Key>) {
        let key = Key::new(schema, name);
        let there = self.objects.get(&key);
        let same = |one: &&Object| one.kind == kind && one.parent.as_ref() == parent;
        let id = match there.filter(same) {
            Some(one) if one.name == name => return,
            Some(one) => one.id,
            None => self.number(),
        };
        let object = Object {
            id,
            kind,
            name: name.to_owned(),
            schema: schema.to_owned(),
            parent: parent.cloned(),
        };
        self.ids.insert_mut(id, key.clone());
        self.objects.insert_mut(key, object);
    }

    fn drop_object(&mut self, key: &Key) {
        if let Some(id) = self.objects.get(key).map(|object| object.id) {
            self.ids.remove_mut(&id);
            self.objects.remove_mut(key);
        }
    }

    pub(super) fn table(&self, key: &Key) -> Option<&Table> {
        self.tables.get(key)
    }

    /// Tables that have a foreign key to a table, and their keys to it.
    pub(super) fn referring(&self, to: &Key) -> impl Iterator<Item = (&Key, &Table, &ForeignKey)> {
        let tables = self.referrers.get(to).into_iter().flatten();
        let tables = tables.filter_map(|key| Some((key, self.tables.get(key)?)));
        tables.flat_map(move |(name, table)| {
            let keys = table.foreign_keys.iter();
            let keys = keys.filter(move |key| Key::of(&key.ref_table) == *to);
            keys.map(move |key| (name, table, key))
        })
    }

    /// Puts a table in its place, or in that of the one that is there.
    pub(super) fn put(&mut self, schema: &str, table: Table) {
        let key = Key::new(schema, &table.name);
        if let Some(old) = self.tables.get(&key) {
            let kept: BTreeSet<String> = constraints(&table)
                .map(|(name, _)| name.to_lowercase())
                .collect();
            let gone = constraints(old).filter(|(name, _)| !kept.contains(&name.to_lowercase()));
            let gone: Vec<Key> = gone.map(|(name, _)| Key::new(schema, name)).collect();
            gone.iter().for_each(|key| self.drop_object(key));
            self.forget_references(&key);
        }
        self.add_object(schema, &table.name, "U", None);
        for (name, kind) in constraints(&table) {
            self.add_object(schema, name, kind, Some(&key));
        }
        for to in references(&table) {
            let mut all = self.referrers.get(&to).cloned().unwrap_or_default();
            all.insert_mut(key.clone());
            self.referrers.insert_mut(to, all);
        }
        self.tables.insert_mut(key, table);
    }

    fn forget_references(&mut self, key: &Key) {
        let to = self.tables.get(key).map(references);
        for to in to.unwrap_or_default() {
            if let Some(all) = self.referrers.get_mut(&to) {
                all.remove_mut(key);
            }
        }
    }

    /// Takes a table out, with the names of its constraints.
    pub(super) fn take(&mut self, key: &Key) -> Option<Table> {
        let table = self.tables.get(key)?.clone();
        for (name, _) in constraints(&table) {
            self.drop_object(&Key::new(&key.schema, name));
        }
        self.drop_object(key);
        self.forget_references(key);
        self.tables.remove_mut(key);
        Some(table)
    }

    /// Changes every foreign key to a table.
    pub(super) fn redirect(&mut self, to: &Key, change: impl Fn(&mut ForeignKey)) {
        let tables = self.referrers.get(to).cloned().unwrap_or_default();
        for key in &tables {
            let (Some(object), Some(table)) = (self.objects.get(key), self.tables.get(key)) else {
                continue;
            };
            let (schema, mut table) = (object.schema.clone(), table.clone());
            let keys = table.foreign_keys.iter_mut();
            keys.filter(|key| Key::of(&key.ref_table) == *to)
                .for_each(&change);
            self.put(&schema, table);
        }
    }

    /// Gives columns of a type another one.
    pub(super) fn retype(&mut self, from: &ObjectName, to: &ObjectName) {
        let is = |column: &Column| column.ty.user.as_ref() == Some(from);
        let tables = self.tables.iter();
        let having = tables.filter(|(_, table)| table.columns.iter().any(is));
        let keys: Vec<Key> = having.map(|(key, _)| key.clone()).collect();
        for key in keys {
            let columns = self.tables.get_mut(&key).map(|table| &mut table.columns);
            for column in columns.into_iter().flatten().filter(|one| is(one)) {
                column.ty.base.clone_from(&to.name);
                column.ty.user = Some(to.clone());
            }
        }
    }

    /// Every table.
    pub(super) fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.values()
    }

    pub(super) fn sequence(&self, key: &Key) -> Option<&Sequence> {
        self.sequences.get(key)
    }

    pub(super) fn sequence_mut(&mut self, key: &Key) -> Option<&mut Sequence> {
        self.sequences.get_mut(key)
    }

    pub(super) fn put_sequence(&mut self, schema: &str, sequence: Sequence) {
        self.add_object(schema, &sequence.name, "SO", None);
        self.sequences
            .insert_mut(Key::new(schema, &sequence.name), sequence);
    }

    pub(super) fn take_sequence(&mut self, key: &Key) -> Option<Sequence> {
        let sequence = self.sequences.get(key)?.clone();
        self.drop_object(key);
        self.sequences.remove_mut(key);
        Some(sequence)
    }

    /// An object that is kept as text.
    pub(super) fn text(&self, kind: &str, key: &Key) -> Option<&TextObject> {
        let all = if kind == "type" {
            &self.types
        } else {
            &self.texts
        };
        all.get(key).filter(|one| one.kind == kind)
    }

    /// All objects that are kept as text, with their schemas.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&Space, &TextObject)> {
        let all = self.texts.iter().chain(self.types.iter());
        all.filter_map(|(key, one)| Some((self.spaces.get(&key.schema)?, one)))
    }

    pub(super) fn types(&self) -> impl Iterator<Item = (&Space, &TextObject)> {
        let all = self.types.iter();
        all.filter_map(|(key, one)| Some((self.spaces.get(&key.schema)?, one)))
    }

    pub(super) fn put_text(&mut self, schema: &str, object: TextObject) {
        let key = Key::new(schema, &object.name);
        let kind = match object.kind.as_str() {
            "type" => return self.types.insert_mut(key, object),
            "view" => "V",
            "procedure" => "P",
            "trigger" => "TR",
            "synonym" => "SN",
            // What kind of function it is, its text alone tells.
            _ => "FN",
        };
        self.add_object(schema, &object.name, kind, None);
        self.texts.insert_mut(key, object);
    }

    /// Takes out an object that is kept as text; false where there is none of the kind.
    pub(super) fn drop_text(&mut self, kind: &str, key: &Key) -> bool {
        if self.text(kind, key).is_none() {
            return false;
        }
        if kind == "type" {
            self.types.remove_mut(key);
        } else {
            self.drop_object(key);
            self.texts.remove_mut(key);
        }
        true
    }

    /// Takes out the triggers of a table.
    pub(super) fn take_triggers(&mut self, schema: &str, table: &str) -> Vec<TextObject> {
        let all = self.texts.range(Key::new(schema, "")..);
        let all = all.take_while(|(key, _)| key.schema == schema.to_lowercase());
        let own = all.filter(|(_, one)| one.table.as_deref() == Some(table));
        let own: Vec<(Key, TextObject)> =
            own.map(|(key, one)| (key.clone(), one.clone())).collect();
        for (key, one) in &own {
            self.drop_text(&one.kind, key);
        }
        own.into_iter().map(|(_, one)| one).collect()
    }

    /// All of it, in no form yet.
    pub(super) fn realm(&self) -> Realm {
        let schemas = self.spaces.values().map(|space| {
            let within = |key: &Key| key.schema == space.name.to_lowercase();
            Schema {
                name: space.name.clone(),
                comment: space.comment.clone(),
                tables: all(&self.tables, within),
                sequences: all(&self.sequences, within),
                texts: [all(&self.texts, within), all(&self.types, within)].concat(),
                ..Schema::default()
            }
        });
        Realm {
            schemas: schemas.collect(),
            ..Realm::default()
        }
    }
}

fn all<T: Clone>(map: &RedBlackTreeMapSync<Key, T>, within: impl Fn(&Key) -> bool) -> Vec<T> {
    let own = map.iter().filter(|(key, _)| within(key));
    own.map(|(_, one)| one.clone()).collect()
}

/// The tables that a table refers to.
fn references(table: &Table) -> BTreeSet<Key> {
    let keys = table.foreign_keys.iter();
    keys.map(|key| Key::of(&key.ref_table)).collect()
}

/// The names of a table's constraints, which are names of objects like the table's own, with their kinds.
pub(in crate::dialect::mssql) fn constraints(
    table: &Table,
) -> impl Iterator<Item = (&str, &'static str)> {
    let key = table.primary_key.iter().map(|key| (&key.name, "PK"));
    let uniques = table.uniques.iter().map(|one| (&one.name, "UQ"));
    let keys = table.foreign_keys.iter().map(|one| (&one.name, "F"));
    let checks = table.checks.iter().map(|one| (&one.name, "C"));
    let all = key.chain(uniques).chain(keys).chain(checks);
    let all = all.filter_map(|(name, kind)| Some((name.as_deref()?, kind)));
    let defaults = table.columns.iter();
    let defaults = defaults.filter_map(|column| column.attrs.get(attrs::DEFAULT_NAME));
    all.chain(defaults.map(|name| (name.as_str(), "D")))
}
