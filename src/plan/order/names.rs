//! Names that one table's change sets free and another's takes.

use std::collections::BTreeSet;

use super::part::Part;
use super::{NameKind, OrderRules};
use crate::schema::change::{Change, Edit, TableChange};
use crate::schema::named::Named;
use crate::schema::{Realm, Sequence, Table};

/// A name that must be free in its schema before it is taken, in lower case: two that differ in that alone are one name on
/// some engines, and an order that serves there serves on the others.
pub(super) type SchemaWide = (String, String);

/// The name as it is compared.
pub(super) fn schema_wide(schema: &str, name: &str) -> SchemaWide {
    (schema.to_owned(), name.to_lowercase())
}

/// Names that a change takes, and names that it sets free.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) taken: BTreeSet<SchemaWide>,
    pub(super) freed: BTreeSet<SchemaWide>,
}

/// The schema-wide names that a change takes and frees. Where indexes or primary keys have them, tables and sequences share
/// them: an index can take the name of a table that goes.
pub(super) fn of(change: &Change, rules: &OrderRules) -> Names {
    let schema = change.object().schema;
    let all = |table: &Table| {
        let owned = owned(table).into_iter();
        let owned = owned.filter(|(kind, _)| rules.schema_wide_names.contains(kind));
        let columns = table.columns.iter();
        let defaults = columns.filter_map(|one| one.attrs.get(rules.default_name?));
        let names = owned
            .map(|(_, name)| name)
            .chain(defaults.map(String::as_str));
        names
            .map(|name| schema_wide(&schema, name))
            .collect::<BTreeSet<_>>()
    };
    let shared = [NameKind::Index, NameKind::PrimaryKey];
    let shared = shared
        .iter()
        .any(|kind| rules.schema_wide_names.contains(kind));
    let own = |name: &str| shared.then(|| schema_wide(&schema, name));
    let whole = |table: &Table| {
        let mut names = all(table);
        names.extend(own(&table.name));
        names
    };
    match change {
        Change::AddTable { table, .. } => Names {
            taken: whole(table),
            freed: BTreeSet::new(),
        },
        Change::DropTable { table, .. } => Names {
            taken: BTreeSet::new(),
            freed: whole(table),
        },
        Change::ModifyTable(modify) => {
            let (from, to) = (all(&modify.from), all(&modify.to));
            Names {
                taken: to.difference(&from).cloned().collect(),
                freed: from.difference(&to).cloned().collect(),
            }
        }
        Change::Sequence { edit, .. } => {
            let name = |sequence: Option<&Sequence>| sequence.and_then(|one| own(&one.name));
            Names {
                taken: name(edit.to()).into_iter().collect(),
                freed: name(edit.from()).into_iter().collect(),
            }
        }
        Change::Schema(_) | Change::Enum { .. } | Change::Text(_) => Names::default(),
    }
}

/// Cuts the changes of a table in two: the first part sets names free, and nothing else. Between the two comes the table
/// in that form. What only gets another name is given a `spare` one until then, or dropped where there is none.
pub(super) fn free_first(
    from: &Table,
    changes: Vec<TableChange>,
    frees: &dyn Fn(&str) -> bool,
    spare: &mut dyn FnMut() -> Option<String>,
) -> (Table, Vec<TableChange>, Vec<TableChange>) {
    let mut between = from.clone();
    let mut cut = Cut {
        frees,
        spare,
        first: Vec::new(),
        second: Vec::new(),
    };
    for change in changes {
        match change {
            TableChange::Index(edit) => {
                cut.edit(edit, &mut between.indexes, TableChange::Index);
            }
            TableChange::PrimaryKey(edit) => {
                let mut keys: Vec<_> = between.primary_key.take().into_iter().collect();
                cut.edit(edit, &mut keys, TableChange::PrimaryKey);
                between.primary_key = keys.pop();
            }
            TableChange::Unique(edit) => {
                cut.edit(edit, &mut between.uniques, TableChange::Unique);
            }
            TableChange::ForeignKey(edit) => {
                cut.edit(edit, &mut between.foreign_keys, TableChange::ForeignKey);
            }
            TableChange::Check(edit) => {
                cut.edit(edit, &mut between.checks, TableChange::Check);
            }
            TableChange::Constraint(edit) => {
                cut.edit(edit, &mut between.constraints, TableChange::Constraint);
            }
            change => cut.second.push(change),
        }
    }
    (between, cut.first, cut.second)
}

/// The two parts of a change while it is cut.
struct Cut<'a> {
    frees: &'a dyn Fn(&str) -> bool,
    spare: &'a mut dyn FnMut() -> Option<String>,
    first: Vec<TableChange>,
    second: Vec<TableChange>,
}

impl Cut<'_> {
    /// Cuts an edit of something in a list whose name is to be free, and leaves any other to the second part.
    fn edit<T: Named>(
        &mut self,
        edit: Edit<T>,
        list: &mut Vec<T>,
        kind: fn(Edit<T>) -> TableChange,
    ) {
        if edit.from().and_then(T::name).is_some_and(self.frees) {
            let (freeing, rest) = halves(edit, list, (self.spare)());
            self.first.push(kind(freeing));
            self.second.extend(rest.map(kind));
        } else {
            self.second.push(kind(edit));
        }
    }
}

/// The half of an edit that sets its name free, applied to the list that holds it, and the half that is left.
fn halves<T: Named>(
    edit: Edit<T>,
    list: &mut Vec<T>,
    spare: Option<String>,
) -> (Edit<T>, Option<Edit<T>>) {
    let place = edit
        .from()
        .and_then(|from| list.iter().position(|item| item == from));
    match (edit, spare) {
        (Edit::Modify { from, to }, Some(name)) => {
            let mut between = from.clone();
            between.set_name(name);
            if let Some(place) = place {
                list[place] = between.clone();
            }
            let rest = Edit::Modify {
                from: between.clone(),
                to,
            };
            (Edit::Modify { from, to: between }, Some(rest))
        }
        (edit, _) => {
            place.map(|place| list.remove(place));
            match edit {
                Edit::Modify { from, to } => (Edit::Drop(from), Some(Edit::Add(to))),
                edit => (edit, None),
            }
        }
    }
}

/// Names that nothing in either state has, one after the other.
pub(super) fn spares(current: &Realm, changes: &[Part]) -> impl Iterator<Item = String> + use<> {
    let now = current.schemas.iter().flat_map(|schema| &schema.tables);
    let then = changes.iter().filter_map(|part| match &part.change {
        Change::AddTable { table, .. } => Some(table),
        Change::ModifyTable(modify) => Some(&modify.to),
        _ => None,
    });
    let taken: BTreeSet<String> = now
        .chain(then)
        .flat_map(|table| {
            let own = owned(table).into_iter().map(|(_, name)| name);
            own.chain([table.name.as_str()]).map(str::to_lowercase)
        })
        .collect();
    let all = (1..).map(|number: u32| format!("trueup_name_{number}"));
    all.filter(move |name| !taken.contains(name))
}

fn owned(table: &Table) -> Vec<(NameKind, &str)> {
    fn of<T: Named>(kind: NameKind, items: &[T]) -> impl Iterator<Item = (NameKind, &str)> {
        items
            .iter()
            .filter_map(move |item| Some((kind, item.name()?)))
    }
    of(NameKind::Index, &table.indexes)
        .chain(of(NameKind::PrimaryKey, table.primary_key.as_slice()))
        .chain(of(NameKind::Unique, &table.uniques))
        .chain(of(NameKind::ForeignKey, &table.foreign_keys))
        .chain(of(NameKind::Check, &table.checks))
        .chain(of(NameKind::Constraint, &table.constraints))
        .collect()
}
