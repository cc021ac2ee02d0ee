//! Leaves out the changes that the user's configuration skips.

use std::collections::BTreeSet;

use super::Diff;
use crate::config::{DiffPolicy, Object, Verb};
use crate::schema::change::{Change, Edit, TableChange};

/// Removes what `diff { skip { … } }` names; a table that has nothing left to change is not a change.
pub fn skip(diff: &mut Diff, policy: &DiffPolicy) {
    if policy.skip.is_empty() {
        return;
    }
    // A schema is skipped with all that it holds: what is in one that stays must not go, what is in one that is not made
    // can't be made.
    let skipped: BTreeSet<String> = diff
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::Schema(edit @ (Edit::Add(schema) | Edit::Drop(schema))) => {
                (!keep(policy, edit, Object::Schema)).then(|| schema.name.clone())
            }
            _ => None,
        })
        .collect();
    diff.changes
        .retain(|change| !skipped.contains(&change.object().schema));
    diff.changes.retain_mut(|change| match change {
        Change::Schema(edit) => keep(policy, edit, Object::Schema),
        Change::Enum { edit, .. } => keep(policy, edit, Object::Enum),
        Change::Sequence { edit, .. } => keep(policy, edit, Object::Sequence),
        Change::AddTable { .. } => !policy.skips(Verb::Add, Object::Table),
        Change::DropTable { .. } => !policy.skips(Verb::Drop, Object::Table),
        Change::Text(change) => {
            named(&change.object().kind).is_none_or(|kind| keep(policy, &change.edit, kind))
        }
        Change::ModifyTable(_) if policy.skips(Verb::Modify, Object::Table) => false,
        Change::ModifyTable(modify) => {
            modify.changes.retain(|change| keep_part(policy, change));
            !modify.changes.is_empty()
        }
    });
}

/// What the settings call a kind of object that is kept as text.
fn named(kind: &str) -> Option<Object> {
    Some(match kind {
        "view" | "materialized view" => Object::View,
        "function" => Object::Func,
        "procedure" => Object::Proc,
        "trigger" => Object::Trigger,
        "extension" => Object::Extension,
        _ => return None,
    })
}

fn keep_part(policy: &DiffPolicy, change: &TableChange) -> bool {
    match change {
        TableChange::Column(edit) => keep(policy, edit, Object::Column),
        TableChange::PrimaryKey(edit) => keep(policy, edit, Object::PrimaryKey),
        TableChange::Unique(edit) => keep(policy, edit, Object::Constraint),
        TableChange::ForeignKey(edit) => keep(policy, edit, Object::ForeignKey),
        TableChange::Check(edit) => keep(policy, edit, Object::Check),
        TableChange::Constraint(edit) => keep(policy, edit, Object::Constraint),
        TableChange::Index(edit) => keep(policy, edit, Object::Index),
        TableChange::Comment { .. } | TableChange::Attr { .. } => true,
    }
}

fn keep<T>(policy: &DiffPolicy, edit: &Edit<T>, object: Object) -> bool {
    let verb = match edit {
        Edit::Add(_) => Verb::Add,
        Edit::Drop(_) => Verb::Drop,
        Edit::Modify { .. } => Verb::Modify,
    };
    !policy.skips(verb, object)
}
