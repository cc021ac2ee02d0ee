//! What two states may differ in without a difference.

use super::attrs::AUTO_INCREMENT;
use super::server::{Product, Server};
use crate::dialect::names::{self, Form, Naming, Thing};
use crate::schema::{Index, PartExpr, Realm, Table};

/// Makes two states comparable.
pub(super) fn normalize(current: &mut Realm, desired: &mut Realm, product: Product) {
    let product = Server::of(product, &[current, desired]).product;
    let naming = Naming {
        schema_wide: product.schema_wide_names(),
        shared: false,
        fold: str::to_lowercase,
        forms: match product {
            Product::MySql => |table, thing| forms(table, thing, Product::MySql),
            Product::MariaDb => |table, thing| forms(table, thing, Product::MariaDb),
        },
    };
    for schema in &mut desired.schemas {
        if let Some(current) = current.schema(&schema.name) {
            names::adopt(current, schema, &naming);
        }
    }
    keep_numbers(current, desired);
}

/// The names that a server makes up: `t_ibfk_1`, `t_chk_1` and `CONSTRAINT_1`, and for an index its first column's, `a`,
/// then `a_2`. An index that it makes for a foreign key has that one's name if it was given one.
fn forms<'a>(table: &'a Table, thing: Thing<'a>, product: Product) -> Vec<Form<'a>> {
    match thing {
        Thing::ForeignKey(_) => vec![counted(format!("{}_ibfk_", table.name))],
        Thing::Check => vec![counted(match product {
            Product::MySql => format!("{}_chk_", table.name),
            Product::MariaDb => "CONSTRAINT_".to_owned(),
        })],
        Thing::Index(index) => index_forms(table, index),
        Thing::PrimaryKey | Thing::Unique(_) | Thing::Constraint(_) => Vec::new(),
    }
}

/// The name with 1, 2, 3, …
fn counted<'a>(name: String) -> Form<'a> {
    Box::new(move |number| format!("{name}{}", number.saturating_add(1)))
}

/// `a`, `a_2`, `a_3`, …
fn numbered(name: &str) -> Form<'_> {
    Box::new(move |number| match number {
        0 => name.to_owned(),
        _ => format!("{name}_{}", number.saturating_add(1)),
    })
}

fn index_forms<'a>(table: &'a Table, index: &'a Index) -> Vec<Form<'a>> {
    let mut forms: Vec<Form<'a>> = Vec::new();
    if let Some(PartExpr::Column(first)) = index.parts.first().map(|part| &part.on) {
        forms.push(numbered(first));
    }
    let columns: Option<Vec<&String>> = index
        .parts
        .iter()
        .map(|part| match &part.on {
            PartExpr::Column(name) => Some(name),
            PartExpr::Expr(_) => None,
        })
        .collect();
    let keys = table.foreign_keys.iter();
    let under =
        keys.filter(|key| columns.as_deref() == Some(&key.columns.iter().collect::<Vec<_>>()));
    for name in under.filter_map(|key| key.name.as_ref()) {
        forms.push(numbered(name));
        // The key may have got another number since.
        let stem = index.name.rsplit_once("_ibfk_").map(|(stem, _)| stem);
        forms.extend(stem.map(|stem| counted(format!("{stem}_ibfk_"))));
    }
    forms
}

/// A table's next number only ever counts when the desired one is ahead, since the current one has moved with every
/// row.
fn keep_numbers(current: &mut Realm, desired: &Realm) {
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
                    let same = other.attrs.get(AUTO_INCREMENT);
                    table.attrs.set(AUTO_INCREMENT, same);
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
        let attrs = number.map(|number| (AUTO_INCREMENT, number));
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
            normalize(&mut from, &mut to, Product::MySql);
            assert_eq!(to, realm(desired), "the desired state stays");
            assert_eq!(from == to, equal, "{current:?} {desired:?}");
        }
    }
}
