//! Views, routines, triggers and events.

use super::writer::{Writer, quote};
use crate::dialect::ddl::TextSql;
use crate::plan::{PlanError, Step};
use crate::schema::TextObject;
use crate::schema::change::TextChange;
use crate::sql::token::{Kind, Lexer};
use crate::sql::{Rules, ScanOptions};

/// What makes again the triggers that go with a table.
pub(super) fn of_table(
    writer: &Writer<'_>,
    schema: &str,
    table: &str,
) -> Result<Vec<String>, PlanError> {
    let all = |sql: TextSql<'_>| sql.of_table(writer.context, schema, table);
    written(writer, schema, all)
}

pub(super) fn render(writer: &Writer<'_>, change: &TextChange) -> Result<Vec<Step>, PlanError> {
    let schema = change.schema.as_deref().unwrap_or_default();
    written(writer, schema, |sql| sql.render(&change.edit))
}

fn written<T>(writer: &Writer<'_>, schema: &str, with: impl FnOnce(TextSql<'_>) -> T) -> T {
    with(TextSql {
        scan: &ScanOptions::MYSQL,
        write: &|sql| requalified(sql, schema, writer.schema(schema).as_deref()),
        drop: &|object: &TextObject| {
            let kind = object.kind.to_uppercase();
            format!("DROP {kind} {}", writer.name(schema, &object.name))
        },
        replace: &|sql| sql.replacen("CREATE ", "CREATE OR REPLACE ", 1),
    })
}

/// Takes the schema off the names that it qualifies, or puts another in its place, which is quoted. The server prints it
/// in quotes before each table of a view.
fn requalified(sql: &str, schema: &str, to: Option<&str>) -> String {
    let own = quote(schema);
    let tokens: Vec<_> = Lexer::new(sql, &Rules::MYSQL).collect();
    let (mut out, mut place) = (String::with_capacity(sql.len()), 0);
    let mut after_dot = false;
    while let Some(token) = tokens.get(place) {
        let qualifies = !after_dot
            && token.kind == Kind::Name
            && token.text == own
            && tokens.get(place + 1).is_some_and(|next| next.symbol("."));
        match (qualifies, to) {
            (true, Some(to)) => out.push_str(to),
            (true, None) => place += 1,
            (false, _) => out.push_str(token.text),
        }
        after_dot = qualifies || token.symbol(".");
        place += 1;
    }
    out
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
