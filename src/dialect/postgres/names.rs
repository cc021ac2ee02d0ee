//! The names that the server makes up for what was given none.

use crate::dialect::names::{Form, Naming, Thing};
use crate::plan::order::NameKind;
use crate::schema::{KeyPart, PartExpr, Table};

/// What must have a name of its own in its schema, and not only in its table.
pub(super) const SCHEMA_WIDE: &[NameKind] = &[
    NameKind::Index,
    NameKind::PrimaryKey,
    NameKind::Unique,
    NameKind::Constraint,
];

/// How the server makes up names of constraints. An index always has one that somebody gave: SQLAlchemy writes none
/// without, and naming conventions give the very form that the server has.
pub(super) const NAMING: Naming = Naming {
    schema_wide: SCHEMA_WIDE,
    shared: true,
    fold: str::to_owned,
    forms,
};

fn forms<'a>(table: &'a Table, thing: Thing<'a>) -> Vec<Form<'a>> {
    let form = |columns: Option<String>, label: &'static str| -> Form<'a> {
        Box::new(move |number| {
            let label = match number {
                0 => label.to_owned(),
                _ => format!("{label}{number}"),
            };
            object_name(&table.name, columns.as_deref(), &label)
        })
    };
    match thing {
        Thing::PrimaryKey => vec![form(None, "pkey")],
        Thing::Unique(unique) => vec![form(Some(joined(unique.parts.iter().map(part))), "key")],
        Thing::ForeignKey(key) => {
            let columns = key.columns.iter().map(String::as_str);
            vec![form(Some(joined(columns)), "fkey")]
        }
        // Of a check on one column it has the column's name.
        Thing::Check => {
            let columns = table.columns.iter().map(|column| Some(column.name.clone()));
            let columns = columns.chain([None]);
            columns.map(|column| form(column, "check")).collect()
        }
        // Its columns are somewhere in its definition.
        Thing::Constraint(constraint) => {
            let of_table = format!("{}_", table.name);
            let stem = constraint.name.rsplit_once("_excl").map(|(stem, _)| stem);
            let stem = stem.and_then(|stem| stem.strip_prefix(&of_table));
            let columns = stem.map(str::to_owned);
            columns
                .into_iter()
                .map(|columns| form(Some(columns), "excl"))
                .collect()
        }
        Thing::Index(_) => Vec::new(),
    }
}

fn part(part: &KeyPart) -> &str {
    match &part.on {
        PartExpr::Column(name) => name,
        PartExpr::Expr(_) => "expr",
    }
}

/// Columns as they stand in a name: no more of them than can show.
fn joined<'a>(columns: impl Iterator<Item = &'a str>) -> String {
    let mut all = String::new();
    for column in columns {
        if all.len() >= 64 {
            break;
        }
        if !all.is_empty() {
            all.push('_');
        }
        all.push_str(column);
    }
    all
}

/// `table_column_label`, where the longer part is cut, a character at a time, until all fits in 63 bytes.
pub(super) fn object_name(table: &str, column: Option<&str>, label: &str) -> String {
    let separators = 1 + usize::from(column.is_some());
    let room = 63_usize.saturating_sub(label.len() + separators);
    let column_text = column.unwrap_or_default();
    let (mut table_len, mut column_len) = (table.len(), column_text.len());
    while table_len + column_len > room {
        if table_len > column_len {
            table_len -= 1;
        } else {
            column_len -= 1;
        }
    }
    let clip = |text: &str, len: usize| {
        let end = (0..=len).rev().find(|&end| text.is_char_boundary(end));
        text.split_at(end.unwrap_or(0)).0.to_owned()
    };
    let table = clip(table, table_len);
    match column {
        Some(_) => format!("{table}_{}_{label}", clip(column_text, column_len)),
        None => format!("{table}_{label}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_part_is_cut() {
        assert_eq!(object_name("t", Some("a"), "fkey1"), "t_a_fkey1");
        assert_eq!(object_name("t", None, "check"), "t_check");
        let name = object_name(&"t".repeat(60), Some("column"), "key");
        assert_eq!(name, format!("{}_column_key", "t".repeat(52)));
        assert_eq!(name.len(), 63);
        let name = object_name(&"ü".repeat(40), None, "pkey");
        assert_eq!(name, format!("{}_pkey", "ü".repeat(29)));
    }
}
