//! What two states may differ in without a difference.

use super::attrs::AUTO_INCREMENT;
use crate::schema::{Realm, Table};

/// Makes two states comparable: a table's next number only ever counts when the desired one is ahead, since the current
/// one has moved with every row.
pub(super) fn normalize(current: &mut Realm, desired: &mut Realm) {
    for schema in &mut current.schemas {
        let Some(other) = desired
            .schemas
            .iter()
            .find(|other| other.name == schema.name)
        else {
            continue;
        };
        for table in &mut schema.tables {
            if let Some(other) = other.table(&table.name) {
                let wanted = next_number(other);
                if next_number(table) >= wanted {
                    let same = other.attrs.get(AUTO_INCREMENT).cloned();
                    match same {
                        Some(same) => table.attrs.insert(AUTO_INCREMENT.to_owned(), same),
                        None => table.attrs.remove(AUTO_INCREMENT),
                    };
                }
            }
        }
    }
}

/// The next number of a live table has moved with its rows; what the models set can't be told from it.
pub(super) fn forget_rows(live: &mut Realm) {
    for table in live
        .schemas
        .iter_mut()
        .flat_map(|schema| &mut schema.tables)
    {
        table.attrs.remove(AUTO_INCREMENT);
    }
}

fn next_number(table: &Table) -> u64 {
    table
        .attrs
        .get(AUTO_INCREMENT)
        .and_then(|number| number.parse().ok())
        .unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Attrs, Schema};

    fn realm(number: Option<&str>) -> Realm {
        let attrs = number.map(|number| (AUTO_INCREMENT.to_owned(), number.to_owned()));
        Realm {
            schemas: vec![Schema {
                name: "dev".into(),
                tables: vec![Table {
                    name: "t".into(),
                    attrs: attrs.into_iter().collect::<Attrs>(),
                    ..Table::default()
                }],
                ..Schema::default()
            }],
            ..Realm::default()
        }
    }

    #[test]
    fn numbers_only_go_up() {
        for (current, desired, equal) in [
            (Some("7"), None, true),
            (Some("200"), Some("100"), true),
            (Some("100"), Some("200"), false),
            (None, Some("100"), false),
            (None, None, true),
        ] {
            let (mut from, mut to) = (realm(current), realm(desired));
            normalize(&mut from, &mut to);
            assert_eq!(to, realm(desired), "the desired state stays");
            assert_eq!(from == to, equal, "{current:?} {desired:?}");
        }
    }
}
