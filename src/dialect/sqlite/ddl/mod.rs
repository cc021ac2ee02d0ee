//! Writes changes as SQLite's statements, in the words of Atlas where both say the same.
//!
//! What `ALTER TABLE` does safely is done by it ([`alter`]); everything else rebuilds the table ([`rebuild`]), with
//! the settings and checks that this takes put around the whole plan ([`guard`]).

mod alter;
mod guard;
mod rebuild;
mod text;

use crate::dialect::RenderContext;
use crate::dialect::ddl::TextSql;
use crate::dialect::write::named;
use crate::plan::{PlanError, Step};
use crate::schema::change::Change;
use crate::schema::{Index, Table};
use crate::sql::ScanOptions;

pub(super) use alter::suffices as alters;
pub(super) use guard::enclose;

/// Writes one change.
pub(super) fn render(change: &Change, context: &RenderContext<'_>) -> Result<Vec<Step>, PlanError> {
    match change {
        Change::AddTable { table, .. } => Ok(add_table(table, context)),
        Change::DropTable { table, .. } => Ok(vec![drop_table(table, context)]),
        Change::ModifyTable(modify) => {
            if alter::suffices(modify) {
                Ok(alter::steps(modify, context))
            } else {
                Ok(rebuild::steps(modify, context))
            }
        }
        Change::Text(change) => {
            let sql = TextSql {
                scan: &ScanOptions::SQLITE,
                write: &str::to_owned,
                drop: &|object| {
                    let kind = object.kind.to_uppercase();
                    format!("DROP {kind} {}", text::qualified(context, &object.name))
                },
                replace: &str::to_owned,
            };
            sql.render(&change.edit)
        }
        Change::Schema(_) | Change::Enum { .. } | Change::Sequence { .. } => Err(PlanError {
            what: format!("change {}", named(&change.object().name)),
            why: "SQLite has one schema, no enumerated types and no sequences".to_owned(),
            hint: None,
        }),
    }
}

fn add_table(table: &Table, context: &RenderContext<'_>) -> Vec<Step> {
    let mut steps = vec![Step::new(
        text::create_table(context, table, &table.name),
        format!("create {} table", named(&table.name)),
    )];
    steps.extend(
        table
            .indexes
            .iter()
            .map(|index| add_index(&table.name, index, context)),
    );
    steps
}

fn drop_table_sql(context: &RenderContext<'_>, name: &str) -> String {
    format!("DROP TABLE {}", text::qualified(context, name))
}

/// Its indexes and triggers go with a table.
fn drop_table(table: &Table, context: &RenderContext<'_>) -> Step {
    Step::new(
        drop_table_sql(context, &table.name),
        format!("drop {} table", named(&table.name)),
    )
}

fn add_index(table: &str, index: &Index, context: &RenderContext<'_>) -> Step {
    Step::new(
        text::create_index(context, table, index),
        format!(
            "create index {} to table: {}",
            named(&index.name),
            named(table)
        ),
    )
}

fn drop_index(table: &str, index: &Index, context: &RenderContext<'_>) -> Step {
    Step::new(
        format!("DROP INDEX {}", text::qualified(context, &index.name)),
        format!(
            "drop index {} from table: {}",
            named(&index.name),
            named(table)
        ),
    )
}

/// `ALTER TABLE name`.
fn alter_table(context: &RenderContext<'_>, name: &str) -> String {
    format!("ALTER TABLE {}", text::qualified(context, name))
}

/// A name of a table that neither state has.
fn free_name(context: &RenderContext<'_>, wanted: &str) -> String {
    let taken = |name: &str| {
        [context.existing, context.desired]
            .iter()
            .flat_map(|realm| &realm.schemas)
            .any(|schema| {
                schema
                    .tables
                    .iter()
                    .any(|table| table.name.eq_ignore_ascii_case(name))
                    || schema
                        .texts
                        .iter()
                        .any(|object| object.name.eq_ignore_ascii_case(name))
            })
    };
    let mut name = wanted.to_owned();
    let mut number = 2u32;
    while taken(&name) {
        name = format!("{wanted}_{number}");
        number += 1;
    }
    name
}

#[cfg(test)]
mod tests;
