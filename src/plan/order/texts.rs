//! Objects that are kept as text: which of them are made again, and what they wait for.
//!
//! What one depends on is told by the names in its definition. Where the server prints them with their schema, a name is what
//! it seems to be; elsewhere, and in the body of a routine, it may be something else, so that such an order is given up where
//! it makes a circle.

use std::collections::{BTreeMap, BTreeSet};

use super::part::Part;
use super::split::Split;
use super::{OrderRules, Why};
use crate::plan::graph::Graph;
use crate::schema::change::{Change, Edit, Key, Kind, ModifyTable, TableChange, TextChange};
use crate::schema::{ObjectName, Realm, Table, TextObject};
use crate::sql::object::without_arguments;

/// A drop and an addition take the place of each change that can't be made in place, and are put around changes that an
/// object which stays as it is is in the way of.
pub(super) fn make_again(changes: &mut Vec<Part>, current: &Realm, rules: &OrderRules) {
    let mut again = Again::of(changes, current, rules);
    let mut changed: BTreeSet<Key> = changes.iter().map(|part| part.change.key()).collect();
    loop {
        let mut more = Vec::new();
        for part in changes.iter() {
            if let Change::Text(TextChange {
                schema,
                edit: Edit::Modify { from, .. },
            }) = &part.change
                && let Some(origin) = again.hold_back(schema.as_deref(), from)
            {
                more.push((schema.clone(), from.clone(), origin));
            }
        }
        for (schema, object) in current.texts().filter(|_| again.is_any()) {
            let key = Key::text(schema, object);
            if !changed.contains(&key)
                && let Some(origin) = again.hold_back(schema, object)
            {
                changed.insert(key);
                more.push((schema.map(str::to_owned), object.clone(), origin));
                let edit = Edit::Modify {
                    from: object.clone(),
                    to: object.clone(),
                };
                let schema = schema.map(str::to_owned);
                let change = Change::Text(TextChange { schema, edit });
                changes.push(Part::whole(change, origin));
            }
        }
        if more.is_empty() {
            break;
        }
        for (schema, object, origin) in more {
            again.add(schema.as_deref(), &object, origin);
        }
    }
    let mut all = Vec::new();
    for part in changes.drain(..) {
        match part.change {
            Change::Text(TextChange {
                schema,
                edit: Edit::Modify { from, to },
            }) if again.has(schema.as_deref(), &from) => {
                for edit in [Edit::Drop(from), Edit::Add(to)] {
                    let schema = schema.clone();
                    let change = Change::Text(TextChange { schema, edit });
                    all.push(Part { change, ..part });
                }
            }
            change => all.push(Part { change, ..part }),
        }
    }
    *changes = all;
}

/// A definition that is replaced refers to something that goes: it can't stand before and after that.
fn leans(object: &TextObject, own: &Change, changes: &[Part], rules: &OrderRules) -> bool {
    let text = &object.definition;
    let goes = |other: &Change| match other {
        Change::ModifyTable(modify) => dropped_column(modify, text).is_some(),
        other => other.is_drop(),
    };
    let others = changes.iter().map(|part| &part.change);
    let mut others = others.filter(|other| other.key() != own.key() && goes(other));
    (rules.texts.leans)(object)
        && others.any(|other| mentions(text, &bare_name(other)) != Mention::None)
}

/// The column that a change drops and a text has the name of.
fn dropped_column<'m>(modify: &'m ModifyTable, text: &str) -> Option<&'m str> {
    modify.changes.iter().find_map(|change| match change {
        TableChange::Column(Edit::Drop(column)) if has_name(text, &column.name) => {
            Some(&*column.name)
        }
        _ => None,
    })
}

/// What is in the way of whatever depends on it, with the index of the change that it is about.
struct Again {
    /// Objects that are dropped and made again, with their names as others mention them.
    objects: BTreeMap<Key, (ObjectName, usize)>,
    /// Columns of tables.
    columns: Vec<(ObjectName, BTreeSet<String>, usize)>,
    binds: fn(&TextObject) -> bool,
}

impl Again {
    fn of(changes: &[Part], current: &Realm, rules: &OrderRules) -> Self {
        let mut again = Self {
            objects: BTreeMap::new(),
            columns: Vec::new(),
            binds: rules.texts.binds,
        };
        for Part { change, origin, .. } in changes {
            match change {
                Change::ModifyTable(modify) => {
                    let hindering = (rules.texts.hindering)(modify);
                    if !hindering.is_empty() {
                        let table = change.object();
                        again.columns.push((table, hindering, *origin));
                    }
                }
                Change::Enum {
                    edit: Edit::Modify { from, to },
                    ..
                } if (rules.texts.remade)(from, to) => {
                    let ty = change.object();
                    let of = columns_of(&ty, current);
                    let of = of.map(|(table, names)| (table, names, *origin));
                    again.columns.extend(of);
                }
                Change::Text(TextChange {
                    schema,
                    edit: Edit::Modify { from, to },
                }) if !(rules.texts.replaces)(from, to) || leans(from, change, changes, rules) => {
                    again.add(schema.as_deref(), from, *origin);
                }
                _ => {}
            }
        }
        again
    }

    fn add(&mut self, schema: Option<&str>, object: &TextObject, origin: usize) {
        let name = ObjectName::new(schema.unwrap_or_default(), without_arguments(&object.name));
        let key = Key::text(schema, object);
        self.objects.insert(key, (name, origin));
    }

    fn is_any(&self) -> bool {
        !(self.columns.is_empty() && self.objects.is_empty())
    }

    fn has(&self, schema: Option<&str>, object: &TextObject) -> bool {
        self.objects.contains_key(&Key::text(schema, object))
    }

    /// The change that this object, which is not among them yet, is in the way of.
    fn hold_back(&self, schema: Option<&str>, object: &TextObject) -> Option<usize> {
        if self.has(schema, object) {
            return None;
        }
        // The triggers of a view go with it everywhere.
        let own = object.table.as_deref();
        let own = |name: &ObjectName| {
            Some(&*name.name) == own && schema.is_none_or(|schema| *schema == name.schema)
        };
        let text = &object.definition;
        let binds = (self.binds)(object);
        let mut objects = self
            .objects
            .values()
            .filter(|(name, _)| own(name) || binds && mentions(text, name) == Mention::Qualified);
        let reads = object.is_view()
            || matches!(
                &*object.kind,
                "function" | "row security policy" | "rule" | "trigger"
            );
        let reads = binds && reads;
        let mut columns = self.columns.iter().filter(|(table, columns, _)| {
            reads
                && mentions(text, table) == Mention::Qualified
                && columns.iter().any(|column| has_name(text, column))
        });
        let object = objects.next().map(|(_, origin)| *origin);
        object.or_else(|| columns.next().map(|(_, _, origin)| *origin))
    }
}

/// Adds what objects that are kept as text wait for, and what waits for them.
pub(super) fn wait(
    changes: &[Part],
    current: &Realm,
    rules: &OrderRules,
    split: &Split,
    graph: &mut Graph<Why>,
) {
    let held = rules.texts.held;
    part_with(changes, current, graph);
    let texts = changes.iter().enumerate();
    let texts: Vec<(usize, &TextChange)> = texts
        .filter_map(|(place, part)| Some((place, text(part)?)))
        .collect();
    if texts.is_empty() {
        return;
    }
    let keys: Vec<Key> = changes.iter().map(|part| part.change.key()).collect();
    let names = changes.iter().map(|part| bare_name(&part.change));
    let names: Vec<ObjectName> = names.collect();
    let with = changes.iter().map(|part| changing_with(part, current));
    let with: Vec<Vec<ObjectName>> = with.collect();
    let usable = texts
        .iter()
        .any(|(_, change)| change.object().serves_tables());
    let tables = changes.iter().filter(|_| usable);
    let tables: Vec<Option<[String; 2]>> = tables.map(|part| sides(part, current)).collect();
    for (place, change) in texts {
        let (part, own, object) = (&changes[place], &keys[place], change.object());
        for (other, Part { change: by, .. }) in changes.iter().enumerate() {
            let key = &keys[other];
            if key == own {
                continue;
            }
            let (name, mut changed) = (&names[other], with[other].iter());
            let text = &object.definition;
            let is_in = matches!(by, Change::Schema(_))
                && change.schema.as_deref() == Some(name.name.as_str());
            let mention =
                match is_in || changed.any(|table| mentions(text, table) == Mention::Qualified) {
                    true => Mention::Qualified,
                    false => mentions(text, name),
                };
            let why = match mention {
                Mention::None => None,
                Mention::Qualified if !object.is_routine() => Some(Why::Need),
                _ if split.forgets(own, key) => None,
                _ => Some(Why::Mentions(own.clone(), key.clone())),
            };
            if let Some(why) = why {
                match (part.change.is_drop(), by.is_drop(), by.is_new()) {
                    // Of two that have one name, the other has to be gone.
                    (false, true, _) if is_called(by, object) => {
                        graph.must(other).before(place, Why::Need);
                    }
                    (true, _, true) if is_called(by, object) => {
                        graph.must(place).before(other, Why::Need);
                    }
                    (true, _, true) | (false, true, _) => {}
                    (true, _, false) if matches!(by, Change::Text(_)) && !by.is_drop() => {}
                    (true, ..) => graph.must(place).before(other, why),
                    (false, ..) => graph.must(other).before(place, why),
                }
            }
            if let Some(Some([from, to])) = tables.get(other) {
                let (was, is) = (uses(from, object), uses(to, object));
                let again = held && comes_back(own, &keys, changes);
                match part.change.is_drop() {
                    true if was && !again => graph.must(other).before(place, Why::Need),
                    false if is || held && was && !to.is_empty() => {
                        graph.must(place).before(other, Why::Need);
                    }
                    // The table goes.
                    false if held && was => graph.must(other).before(place, Why::Need),
                    _ => {}
                }
            }
        }
    }
}

/// What is dropped is made again by another change.
fn comes_back(own: &Key, keys: &[Key], changes: &[Part]) -> bool {
    let mut all = keys.iter().zip(changes);
    all.any(|(key, part)| key == own && !part.change.is_drop())
}

/// The tables whose columns change with a type.
fn changing_with(part: &Part, current: &Realm) -> Vec<ObjectName> {
    match part.change {
        Change::Enum { .. } => {
            let ty = part.change.object();
            columns_of(&ty, current).map(|(table, _)| table).collect()
        }
        _ => Vec::new(),
    }
}

/// Tables with columns of a type, and those columns.
fn columns_of<'r>(
    ty: &'r ObjectName,
    current: &'r Realm,
) -> impl Iterator<Item = (ObjectName, BTreeSet<String>)> + use<'r> {
    let tables = current.schemas.iter().flat_map(|schema| {
        let tables = schema.tables.iter();
        tables.map(move |table| (ObjectName::new(&schema.name, &table.name), table))
    });
    tables.filter_map(move |(name, table)| {
        let columns = table.columns.iter();
        let columns = columns.filter(|column| column.ty.user.as_ref() == Some(ty));
        let columns: BTreeSet<String> = columns.map(|column| column.name.clone()).collect();
        (!columns.is_empty()).then_some((name, columns))
    })
}

/// Of two tables that go, the one whose policy or trigger refers to the other goes first; and a table goes before something is
/// made that has the name of its trigger.
fn part_with(changes: &[Part], current: &Realm, graph: &mut Graph<Why>) {
    let dropped = |part: &Part| matches!(part.change, Change::DropTable { .. });
    for (place, part) in changes.iter().enumerate().filter(|(_, part)| dropped(part)) {
        for object in current.texts_of(&part.change.object()) {
            for (other, Part { change, .. }) in changes.iter().enumerate() {
                let first = match change {
                    Change::DropTable { .. } => {
                        mentions(&object.definition, &change.object()) == Mention::Qualified
                    }
                    Change::Text(_) => !change.is_drop() && is_called(change, object),
                    _ => false,
                };
                if first {
                    graph.must(place).before(other, Why::Need);
                }
            }
        }
    }
}

/// Views and triggers that stay, and that refer to what goes, where the server does not mind: a sentence for each.
pub fn broken(changes: &[Change], current: &Realm, rules: &OrderRules) -> Vec<String> {
    let changed: BTreeSet<Key> = changes.iter().map(Change::key).collect();
    let gone = |text: &str, change: &Change| match change {
        Change::DropTable { table, .. } => {
            let named = mentions(text, &change.object()) != Mention::None;
            named.then(|| format!("table {}", table.name))
        }
        Change::ModifyTable(modify) => {
            let named = |_: &&str| mentions(text, &change.object()) != Mention::None;
            let column = dropped_column(modify, text).filter(named)?;
            Some(format!("column {column} of {}", modify.to.name))
        }
        _ => None,
    };
    let stays = |schema, object: &TextObject| {
        let own = |change: &Change| {
            let table = object.table.as_deref() == Some(&*change.object().name);
            table && matches!(change, Change::DropTable { .. })
        };
        matches!(&*object.kind, "view" | "trigger")
            && !(rules.texts.binds)(object)
            && !changed.contains(&Key::text(schema, object))
            && !changes.iter().any(own)
    };
    let texts = current
        .texts()
        .filter(|(schema, object)| stays(*schema, object));
    let told = texts.filter_map(|(_, object)| {
        let mut gone = changes
            .iter()
            .filter_map(|change| gone(&object.definition, change));
        let (kind, name) = (&object.kind, &object.name);
        Some(format!(
            "{kind} {name} seems to refer to {}, which is dropped",
            gone.next()?
        ))
    });
    told.collect()
}

fn text(part: &Part) -> Option<&TextChange> {
    match &part.change {
        Change::Text(change) => Some(change),
        _ => None,
    }
}

/// The current and the desired form of a table that changes, as a text; that of one which goes has its triggers.
fn sides(part: &Part, current: &Realm) -> Option<[String; 2]> {
    let form = |table: &Table| serde_json::to_string(table).unwrap_or_default();
    match &part.change {
        Change::AddTable { table, .. } => Some([String::new(), form(table)]),
        Change::DropTable { table, .. } => {
            let name = part.change.object();
            let own = current.texts_of(&name);
            let own = own.map(|object| object.definition.as_str());
            let form = form(table);
            let all: Vec<&str> = std::iter::once(form.as_str()).chain(own).collect();
            Some([all.join("\n"), String::new()])
        }
        Change::ModifyTable(modify) => {
            let about = |change: &TableChange| !matches!(change, TableChange::Comment { .. });
            let all = modify.changes.iter().any(about);
            all.then(|| [form(&modify.from), form(&modify.to)])
        }
        _ => None,
    }
}

/// Whether a table uses an object: a type by its name, a function by a call.
fn uses(table: &str, object: &TextObject) -> bool {
    let name = without_arguments(&object.name);
    match &*object.kind {
        "domain" | "composite type" | "range type" | "type" => has_name(table, name),
        // What it brings along is not known by name.
        "extension" => true,
        "function" => places(table, name).any(|at| {
            let after = table[at + name.len()..].trim_start_matches(['\\', '"', '`', ']']);
            after.starts_with('(')
        }),
        _ => false,
    }
}

/// Whether a change is about something of an object's name, in any case: another kind, or on another table.
fn is_called(change: &Change, object: &TextObject) -> bool {
    bare_name(change)
        .name
        .eq_ignore_ascii_case(without_arguments(&object.name))
}

fn bare_name(change: &Change) -> ObjectName {
    let ObjectName { schema, name } = change.object();
    match change.kind() {
        Kind::Text => ObjectName::new(schema, without_arguments(&name)),
        _ => ObjectName { schema, name },
    }
}

/// How a text mentions a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mention {
    None,
    /// Somewhere, maybe as the name of something else.
    Bare,
    /// With its schema before it.
    Qualified,
}

fn mentions(text: &str, name: &ObjectName) -> Mention {
    if name.name.is_empty() {
        return Mention::None;
    }
    let quotes = ['"', '`', '[', ']'];
    let mut found = Mention::None;
    for at in places(text, &name.name) {
        let before = text[..at].trim_end_matches(quotes).strip_suffix('.');
        let schema = before.map(|before| before.trim_end_matches(quotes));
        if schema.is_some_and(|before| ends_with(before, &name.schema)) {
            return Mention::Qualified;
        }
        found = Mention::Bare;
    }
    found
}

fn ends_with(text: &str, end: &str) -> bool {
    let from = text.len().checked_sub(end.len());
    let last = from.and_then(|from| text.get(from..));
    last.is_some_and(|last| last.eq_ignore_ascii_case(end))
}

fn has_name(text: &str, name: &str) -> bool {
    places(text, name).next().is_some()
}

/// Where a text has a word, in any case: not every server tells names apart by it.
fn places(text: &str, word: &str) -> impl Iterator<Item = usize> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let first = word.as_bytes().first().map(u8::to_ascii_lowercase);
    let starts = text.bytes().enumerate();
    let starts = starts.filter(move |(_, byte)| Some(byte.to_ascii_lowercase()) == first);
    starts.map(|(at, _)| at).filter(move |&at| {
        let found = text.get(at..at + word.len());
        found.is_some_and(|found| found.eq_ignore_ascii_case(word))
            && !text[..at].ends_with(part)
            && !text[at + word.len()..].starts_with(part)
    })
}
