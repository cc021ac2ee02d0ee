//! Views, routines, triggers and events.

use super::writer::{Writer, quote};
use crate::dialect::ddl::TextSql;
use crate::dialect::mysql::head::{self, Head};
use crate::plan::{PlanError, Step};
use crate::schema::TextObject;
use crate::schema::change::{Edit, TextChange};
use crate::sql::{Rules, ScanOptions, token};

pub(super) fn render(writer: &Writer<'_>, change: &TextChange) -> Result<Vec<Step>, PlanError> {
    let schema = change.schema.as_deref().unwrap_or_default();
    of_edit(writer, schema, &change.edit)
}

fn of_edit(
    writer: &Writer<'_>,
    schema: &str,
    edit: &Edit<TextObject>,
) -> Result<Vec<Step>, PlanError> {
    let sql = TextSql {
        scan: &ScanOptions::MYSQL,
        write: &|sql| {
            let sql = placed(writer, schema, sql);
            requalified(&sql, schema, writer.schema(schema).as_deref())
        },
        drop: &|object: &TextObject| {
            let kind = object.kind.to_uppercase();
            format!("DROP {kind} {}", writer.name(schema, &object.name))
        },
        replace: &|sql| sql.replacen("CREATE ", "CREATE OR REPLACE ", 1),
    };
    sql.render(edit)
}

/// A trigger that follows none comes before those that stay as they are: made again, it would be the last.
fn placed(writer: &Writer<'_>, schema: &str, sql: &str) -> String {
    let Some(Head {
        trigger: Some(trigger),
        ..
    }) = Head::of(sql)
    else {
        return sql.to_owned();
    };
    let sides = [writer.context.current, writer.context.desired];
    let [current, desired] = sides.map(|realm| {
        let schema = realm.schema(schema).into_iter();
        schema.flat_map(|schema| &schema.texts)
    });
    let desired: Vec<&TextObject> = desired.collect();
    let there = head::in_order(current, &trigger.table(sql));
    match head::next(&trigger, &there, |object| desired.contains(&object)) {
        Some(next) if trigger.is_first() => trigger.placed(sql, "PRECEDES", next),
        _ => sql.to_owned(),
    }
}

/// Takes the schema off the names that it qualifies, or puts another in its place, which is quoted. The server prints it
/// in quotes before each table of a view, and not before the name of a routine.
fn requalified(sql: &str, schema: &str, to: Option<&str>) -> String {
    let own = quote(schema);
    let whole = Head::of(sql).map(|head| head.qualified(sql, &[schema], Some(schema)));
    let sql = whole.as_deref().unwrap_or(sql);
    token::requalified(
        sql,
        &Rules::MYSQL,
        |token| token.text == own,
        |_| to.map(str::to_owned),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_schema_qualifies_changes() {
        let sql = "CREATE VIEW `a`.`v` AS select `a`.`a`.`a` AS `a` from (`a`.`a` join `b`.`a`) where `a`.`a`.`x` = 'a.'";
        assert_eq!(
            requalified(sql, "a", None),
            "CREATE VIEW `v` AS select `a`.`a` AS `a` from (`a` join `b`.`a`) where `a`.`x` = 'a.'"
        );
        assert!(requalified(sql, "a", Some("`c`")).starts_with("CREATE VIEW `c`.`v` AS"));
    }
}
