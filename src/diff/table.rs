//! Compares two forms of one table.

use std::collections::BTreeSet;

use super::{edit, edits};
use crate::schema::Table;
use crate::schema::change::{Edit, TableChange};
use crate::schema::named::Named;

/// The differences between two forms of a table: columns, keys, constraints, indexes, comment, attributes.
pub(super) fn changes(from: &Table, to: &Table) -> Vec<TableChange> {
    let mut changes = Vec::new();
    changes.extend(edits(&from.columns, &to.columns).map(TableChange::Column));
    changes.extend(primary_key(from, to));
    changes.extend(
        constraints(&from.uniques, &to.uniques)
            .into_iter()
            .map(TableChange::Unique),
    );
    changes.extend(
        constraints(&from.foreign_keys, &to.foreign_keys)
            .into_iter()
            .map(TableChange::ForeignKey),
    );
    changes.extend(
        constraints(&from.checks, &to.checks)
            .into_iter()
            .map(TableChange::Check),
    );
    changes.extend(
        constraints(&from.constraints, &to.constraints)
            .into_iter()
            .map(TableChange::Constraint),
    );
    changes.extend(
        constraints(&from.indexes, &to.indexes)
            .into_iter()
            .map(TableChange::Index),
    );
    if from.comment != to.comment {
        changes.push(TableChange::Comment {
            from: from.comment.clone(),
            to: to.comment.clone(),
        });
    }
    let keys: BTreeSet<&String> = from.attrs.keys().chain(to.attrs.keys()).collect();
    for key in keys {
        let (old, new) = (from.attrs.get(key), to.attrs.get(key));
        if old != new {
            changes.push(TableChange::Attr {
                key: key.clone(),
                from: old.cloned(),
                to: new.cloned(),
            });
        }
    }
    changes
}

fn primary_key(from: &Table, to: &Table) -> Option<TableChange> {
    let edit = match (&from.primary_key, &to.primary_key) {
        (None, None) => return None,
        (Some(from), Some(to)) => edit(from, to)?,
        (None, Some(to)) => Edit::Add(to.clone()),
        (Some(from), None) => Edit::Drop(from.clone()),
    };
    Some(TableChange::PrimaryKey(edit))
}

/// Matches by name, then by definition; what finds no partner is dropped or added.
fn constraints<T: Named>(from: &[T], to: &[T]) -> Vec<Edit<T>> {
    let mut desired: Vec<&T> = to.iter().collect();
    let mut take = |wanted: &dyn Fn(&T) -> bool| {
        desired
            .iter()
            .position(|item| wanted(item))
            .map(|index| desired.remove(index))
    };
    // Three passes, so that a partner by name or an equal one is never taken by a mere look-alike.
    let mut partners: Vec<(&T, Option<&T>)> = from
        .iter()
        .map(|old| {
            (
                old,
                old.name()
                    .and_then(|name| take(&|new| new.name() == Some(name))),
            )
        })
        .collect();
    for (old, partner) in partners.iter_mut().filter(|(_, partner)| partner.is_none()) {
        *partner = take(&|new| new == *old);
    }
    for (old, partner) in partners.iter_mut().filter(|(_, partner)| partner.is_none()) {
        *partner = take(&|new| old.same_but_for_name(new));
    }
    let mut edits = Vec::new();
    for (old, partner) in partners {
        match partner {
            Some(new) if new == old => {}
            Some(new) => edits.push(Edit::Modify {
                from: old.clone(),
                to: new.clone(),
            }),
            None => edits.push(Edit::Drop(old.clone())),
        }
    }
    edits.extend(desired.into_iter().cloned().map(Edit::Add));
    edits
}
