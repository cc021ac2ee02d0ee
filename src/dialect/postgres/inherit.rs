//! The parents of tables that inherit.

use super::attrs;
use super::inspect::sequences::serial_name;
use super::quote::quote;
use crate::schema::{Check, Column, ObjectName, Realm, Table};
use crate::sql::Rules;
use crate::sql::token::{Kind, tokens};

/// The tables that a table inherits from, in their order.
pub(super) fn parents(table: &Table) -> Vec<ObjectName> {
    let Some(list) = table.attrs.get(attrs::INHERITS) else {
        return Vec::new();
    };
    let names = quoted_names(list);
    names
        .chunks_exact(2)
        .map(|pair| ObjectName::new(&pair[0], &pair[1]))
        .collect()
}

/// What a table has from its parents: columns, and checks that they pass on.
pub(super) fn inherited(realm: &Realm, table: &Table) -> (Vec<Column>, Vec<Check>) {
    let (mut columns, mut checks): (Vec<Column>, Vec<Check>) = (Vec::new(), Vec::new());
    for name in parents(table) {
        let Some(parent) = realm.table(&name) else {
            continue;
        };
        let (mut all, mut rules) = inherited(realm, parent);
        for column in &parent.columns {
            all.retain(|other| other.name != column.name);
            all.push(passed_on(&name, column));
        }
        let own = parent.checks.iter().cloned();
        rules.extend(own.filter(|check| !check.attrs.contains_key(attrs::NO_INHERIT)));
        all.retain(|column| !columns.iter().any(|other| other.name == column.name));
        rules.retain(|check| !checks.iter().any(|other| other.name == check.name));
        columns.extend(all);
        checks.extend(rules.into_iter().map(|check| Check {
            comment: None,
            ..check
        }));
    }
    (columns, checks)
}

/// A column as a child has it: it counts by its parent's sequence, but has no identity.
fn passed_on(parent: &ObjectName, column: &Column) -> Column {
    let mut column = Column {
        identity: None,
        comment: None,
        ..column.clone()
    };
    if std::mem::take(&mut column.auto_increment) {
        let own = column.attrs.remove(attrs::SERIAL_SEQUENCE);
        let name = own.unwrap_or_else(|| serial_name(&parent.name, &column.name));
        let sequence = format!("{}.{}", as_needed(&parent.schema), as_needed(&name));
        let sequence = sequence.replace('\'', "''");
        column.default = Some(format!("nextval('{sequence}'::regclass)"));
    }
    for key in [
        attrs::SERIAL_OPTIONS,
        attrs::SEQUENCE_COMMENT,
        attrs::SEQUENCE_UNLOGGED,
    ] {
        column.attrs.remove(key);
    }
    column
}

/// A name in quotes where it needs them, as the server writes it.
fn as_needed(name: &str) -> String {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.chars().all(plain) && !name.starts_with(|c: char| c.is_ascii_digit()) {
        name.to_owned()
    } else {
        quote(name)
    }
}

/// The text between double quotes, with doubled ones undone; `attrs::INHERITS` quotes every name.
fn quoted_names(list: &str) -> Vec<String> {
    tokens(list, &Rules::POSTGRES)
        .filter(|token| token.kind == Kind::Name)
        .map(|token| token.unquoted().into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_hold_whatever_separates_them() {
        let list = r#""public"."a", "other schema"."say ""hi"", ""b""""#;
        let mut table = Table::default();
        table.attrs.insert(attrs::INHERITS.into(), list.into());
        assert_eq!(
            parents(&table),
            [
                ObjectName::new("public", "a"),
                ObjectName::new("other schema", r#"say "hi", "b""#)
            ]
        );
    }
}
