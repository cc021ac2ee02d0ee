//! Tables that are recreated with their rows: no statement adds `IDENTITY` to a column, or takes it away.

use crate::dialect::ddl::forms;
use crate::dialect::mssql::attrs;
use crate::plan::{PlanError, Sql, Step};
use crate::schema::change::{Edit, ModifyTable, TableChange};
use crate::schema::{Column, Table};

use super::writer::{Writer, list, literal, named, refuse};
use super::{column, comment, constraint, definition, index, table};

/// The change needs a new table.
pub(in crate::dialect::mssql) fn is_remade(change: &ModifyTable) -> bool {
    change.changes.iter().any(|one| {
        matches!(
            one,
            TableChange::Column(Edit::Modify { from, to }) if from.identity != to.identity
        )
    })
}

/// # Errors
/// When a trigger of the table can't be made again.
pub(super) fn render(writer: &Writer<'_>, change: &ModifyTable) -> Result<Vec<Step>, PlanError> {
    let (from, to) = forms(change, writer.context);
    let versioned = |table: &Table| table.attrs.contains_key(attrs::SYSTEM_VERSIONING);
    if versioned(&from) || versioned(&to) {
        return Err(refuse(
            &to.name,
            "IDENTITY comes and goes with a table that is recreated, and its history belongs to this one",
            "write this migration by hand, or drop SYSTEM_VERSIONING in a migration before it",
        ));
    }
    remade(writer, &change.schema, &from, &to)
}

/// The steps that make one form of a table of the other.
fn remade(
    writer: &Writer<'_>,
    schema: &str,
    from: &Table,
    to: &Table,
) -> Result<Vec<Step>, PlanError> {
    let spare = spare(writer, schema, &to.name);
    let (old, new) = (
        writer.object(schema, &to.name),
        writer.object(schema, &spare),
    );
    // Names of constraints are the old table's as long as it is there.
    let bare = to.columns.iter().map(|column| Column {
        default: None,
        ..column.clone()
    });
    let mut sql = Sql::new(&format!("CREATE TABLE {new}"), writer.indent());
    sql.block(bare.map(|one| column::definition(writer, &one)));
    sql.word(&table::tail(to));
    let what = format!("create {} table", named(&spare));
    let mut done = vec![Step::new(sql.finish(), what)];
    done.extend(copying((&old, from), (&new, to), &spare));
    done.push(Step::new(
        format!("DROP TABLE {old}"),
        format!("drop {} table after copying rows", named(&to.name)),
    ));
    done.push(Step::new(
        format!(
            "EXEC sp_rename {}, {}, N'OBJECT'",
            writer.object_literal(schema, &spare),
            literal(&to.name)
        ),
        format!(
            "rename temporary table {} to {}",
            named(&spare),
            named(&to.name)
        ),
    ));
    let what = format!("modify {} table", named(&to.name));
    let mut adds = constraint::all(writer, to);
    let defaults = to.columns.iter().filter_map(|one| {
        column::default(one).map(|default| format!("{default} FOR {}", super::quote(&one.name)))
    });
    adds.extend(defaults);
    if !adds.is_empty() {
        let sql = format!("ALTER TABLE {old} ADD {}", adds.join(", "));
        let checks = to.checks.iter().map(|check| check.expr.as_str());
        let sql = writer.compiled((schema, &to.name), sql, checks);
        done.push(Step::new(sql, what.clone()));
    }
    let untrusted = table::untrusted(writer, schema, to).into_iter();
    done.extend(untrusted.map(|sql| Step::new(sql, what.clone())));
    let indexes = to.indexes.iter();
    done.extend(indexes.map(|one| index::create(writer, schema, &to.name, one)));
    done.extend(comment::all(writer, schema, to));
    let triggers = definition::of_table(writer, schema, to)?.into_iter();
    done.extend(triggers.map(|sql| Step::new(sql, what.clone())));
    Ok(done)
}

/// A name that no table has.
fn spare(writer: &Writer<'_>, schema: &str, table: &str) -> String {
    let taken = |name: &str| {
        let realms = [writer.context.existing, writer.context.desired];
        realms
            .iter()
            .filter_map(|realm| realm.schema(schema))
            .any(|schema| schema.table(name).is_some())
    };
    let mut name = format!("new_{table}");
    while taken(&name) {
        name.insert_str(0, "new_");
    }
    name
}

/// The steps that copy rows, numbers and all.
fn copying((old, from): (&str, &Table), (new, to): (&str, &Table), spare: &str) -> Vec<Step> {
    let mut done = Vec::new();
    let copied = |column: &&Column| {
        let stored = |column: &Column| column.generated.is_none() && column.ty.base != "rowversion";
        stored(column) && from.column(&column.name).is_some_and(stored)
    };
    let copied: Vec<&Column> = to.columns.iter().filter(copied).collect();
    // Other new columns are empty in rows that are there, as where a column is added.
    let filled: Vec<(&Column, String)> = to
        .columns
        .iter()
        .filter(|column| from.column(&column.name).is_none() && !column.nullable)
        .filter(|column| column.generated.is_none() && column.identity.is_none())
        .filter_map(|column| Some((column, column::value(column.default.as_deref()?))))
        .collect();
    if !copied.is_empty() {
        let numbered = copied.iter().any(|column| column.identity.is_some());
        let switch = |on: &str| {
            Step::new(
                format!("SET IDENTITY_INSERT {new} {on}"),
                format!(
                    "keep the numbers of rows that are copied: {}",
                    on.to_lowercase()
                ),
            )
        };
        let added = filled.iter().map(|(column, _)| *column);
        let names: Vec<String> = copied
            .iter()
            .copied()
            .chain(added)
            .map(|column| column.name.clone())
            .collect();
        let values: Vec<String> = copied
            .iter()
            .map(|to| {
                let own = super::quote(&to.name);
                match from
                    .column(&to.name)
                    .and_then(|from| column::fills(from, to))
                {
                    Some(value) => format!("ISNULL({own}, {value})"),
                    None => own,
                }
            })
            .chain(filled.iter().map(|(_, value)| value.clone()))
            .collect();
        if numbered {
            done.push(switch("ON"));
        }
        done.push(Step::new(
            format!(
                "INSERT INTO {new} {} SELECT {} FROM {old}",
                list(&names),
                values.join(", ")
            ),
            format!(
                "copy rows from old table {} to new temporary table {}",
                named(&to.name),
                named(spare)
            ),
        ));
        if numbered {
            done.push(switch("OFF"));
        }
    }
    done
}
