//! The state that changes lead to where they are a part of what differs: what is skipped stays as it is.

use super::Keyed;
use crate::schema::change::{Change, Edit};
use crate::schema::{Realm, Schema};

/// Cuts the desired forms of tables to what their changes make.
pub(super) fn cut(changes: &mut [Change]) {
    for change in changes {
        if let Change::ModifyTable(modify) = change {
            modify.to = modify.reached(&modify.from);
        }
    }
}

/// A state with changes made that are cut.
pub(super) fn reached(current: &Realm, changes: &[Change]) -> Realm {
    let mut realm = current.clone();
    for change in changes {
        match change {
            Change::Schema(Edit::Drop(schema)) => {
                realm.schemas.retain(|own| own.name != schema.name);
            }
            Change::Schema(Edit::Add(to) | Edit::Modify { to, .. }) => {
                let own = schema(&mut realm, &to.name);
                own.comment.clone_from(&to.comment);
                own.attrs.clone_from(&to.attrs);
            }
            Change::Enum { schema: name, edit } => apply(&mut schema(&mut realm, name).enums, edit),
            Change::Sequence { schema: name, edit } => {
                apply(&mut schema(&mut realm, name).sequences, edit);
            }
            Change::AddTable {
                schema: name,
                table,
            } => {
                schema(&mut realm, name).tables.push(table.clone());
            }
            Change::DropTable {
                schema: name,
                table,
            } => {
                let own = schema(&mut realm, name);
                own.tables.retain(|other| other.name != table.name);
                own.texts
                    .retain(|object| object.table.as_ref() != Some(&table.name));
            }
            Change::ModifyTable(modify) => {
                let tables = &mut schema(&mut realm, &modify.schema).tables;
                let own = tables.iter_mut().find(|own| own.name == modify.to.name);
                own.into_iter().for_each(|own| own.clone_from(&modify.to));
            }
            Change::Text(change) => match &change.schema {
                None => apply(&mut realm.texts, &change.edit),
                Some(name) => apply(&mut schema(&mut realm, name).texts, &change.edit),
            },
        }
    }
    realm
}

/// The schema of that name, which is created if it is missing.
fn schema<'r>(realm: &'r mut Realm, name: &str) -> &'r mut Schema {
    let place = realm.schemas.iter().position(|own| own.name == name);
    let place = place.unwrap_or_else(|| {
        realm.schemas.push(Schema {
            name: name.to_owned(),
            ..Schema::default()
        });
        realm.schemas.len() - 1
    });
    &mut realm.schemas[place]
}

fn apply<T: Keyed + Clone>(list: &mut Vec<T>, edit: &Edit<T>) {
    if let Some(from) = edit.from() {
        list.retain(|item| item.key() != from.key());
    }
    list.extend(edit.to().cloned());
}
