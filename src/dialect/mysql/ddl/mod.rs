//! Writes changes as MySQL's and MariaDB's DDL.
//!
//! The text is Atlas' where Atlas keeps all information, so that its users see nothing new. Nothing here reads a
//! database: which product and version the statements are for is in the realms.

mod column;
mod fill;
mod history;
mod modify;
mod partition;
mod recreate;
mod table;
mod texts;
mod writer;

use super::attrs;
use super::server::Product;
use crate::dialect::RenderContext;
use crate::plan::{PlanError, Step};
use crate::schema::Schema;
use crate::schema::change::{Change, Edit};
use writer::{Writer, named, quote};

/// Writes one ordered change, for the product of the realms or, where those don't say, for `product`.
pub(in crate::dialect) fn render(
    change: &Change,
    context: &RenderContext<'_>,
    product: Product,
) -> Result<Vec<Step>, PlanError> {
    let object = change.object();
    let writer = Writer::new(context, product, &object.schema);
    match change {
        Change::Schema(edit) => Ok(vec![schema(&writer, edit)]),
        Change::AddTable { schema, table } => Ok(vec![table::create(&writer, schema, table)]),
        Change::DropTable { schema, table } => Ok(vec![table::drop(&writer, schema, table)]),
        Change::ModifyTable(change) => modify::render(&writer, change),
        Change::Text(change) => texts::render(&writer, change),
        // The catalogue has no types of its own, and keeps sequences as objects without a type.
        Change::Enum { .. } | Change::Sequence { .. } => Err(PlanError {
            what: format!("change {}", named(&object.name)),
            why: format!(
                "{} has no enumerated types, and its sequences are not planned",
                writer.server.product.display()
            ),
            hint: None,
        }),
    }
}

fn schema(writer: &Writer<'_>, edit: &Edit<Schema>) -> Step {
    match edit {
        Edit::Add(schema) => {
            let words = format!("CREATE DATABASE {}", quote(&schema.name));
            Step::new(
                with_options(&words, schema, None),
                format!("add new schema named {}", named(&schema.name)),
            )
        }
        Edit::Drop(schema) => Step::new(
            format!("DROP DATABASE {}", quote(&schema.name)),
            format!("drop schema named {}", named(&schema.name)),
        ),
        Edit::Modify { from, to } => {
            let mut words = "ALTER DATABASE".to_owned();
            if let Some(name) = writer.schema(&to.name) {
                words = format!("{words} {name}");
            }
            Step::new(
                with_options(&words, to, Some(from)),
                format!("modify {} schema", named(&to.name)),
            )
        }
    }
}

/// The words and a schema's options; of one that changes, only those that do.
fn with_options(words: &str, schema: &Schema, before: Option<&Schema>) -> String {
    let mut sql = words.to_owned();
    let changed =
        |key: &str| before.is_none_or(|before| before.attrs.get(key) != schema.attrs.get(key));
    if changed(attrs::CHARSET) || changed(attrs::COLLATION) {
        for (key, word) in [
            (attrs::CHARSET, "CHARACTER SET"),
            (attrs::COLLATION, "COLLATE"),
        ] {
            if let Some(value) = schema.attrs.get(key) {
                sql.push_str(&format!(" {word} {value}"));
            }
        }
    }
    if before.map_or(schema.comment.is_some(), |before| {
        before.comment != schema.comment
    }) {
        let comment = schema.comment.as_deref().unwrap_or_default();
        sql.push_str(&format!(" COMMENT {}", writer::text(comment)));
    }
    sql
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::PlanOptions;
    use crate::schema::Realm;
    use crate::schema::change::{ModifyTable, TableChange};
    use crate::schema::{EnumType, Table};

    #[test]
    fn what_a_server_has_not_is_refused() {
        let realm = Realm::default();
        let context = RenderContext {
            options: &PlanOptions::default(),
            current: &realm,
            existing: &realm,
            desired: &realm,
            wanted: &realm,
        };
        let attr = TableChange::Attr {
            key: "unlogged".to_owned(),
            from: None,
            to: Some("true".to_owned()),
        };
        let table = Table {
            name: "t".to_owned(),
            ..Table::default()
        };
        for (change, why) in [
            (
                Change::ModifyTable(ModifyTable {
                    schema: "dev".to_owned(),
                    from: table.clone(),
                    to: table,
                    changes: vec![attr],
                }),
                "MySQL has no `unlogged` of tables",
            ),
            (
                Change::Enum {
                    schema: "dev".to_owned(),
                    edit: Edit::Add(EnumType {
                        name: "mood".to_owned(),
                        values: Vec::new(),
                        comment: None,
                    }),
                },
                "MySQL has no enumerated types, and its sequences are not planned",
            ),
        ] {
            let refused = render(&change, &context, Product::MySql);
            assert_eq!(refused.unwrap_err().why, why);
        }
    }
}
