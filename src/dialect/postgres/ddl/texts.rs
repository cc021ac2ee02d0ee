//! Views, routines, triggers and what else is kept as its definition.

use std::collections::BTreeSet;

use super::writer::{Writer, quote};
use super::{enums, modify_column};
use crate::dialect::ddl::{TextSql, warn_of_privileges};
use crate::plan::order::TextRules;
use crate::plan::{PlanError, Step};
use crate::schema::TextObject;
use crate::schema::change::{Edit, ModifyTable, TableChange, TextChange};
use crate::sql::token::Lexer;
use crate::sql::{Rules, ScanOptions};

/// What is planned, and what holds on to what.
pub(in crate::dialect::postgres) const TEXTS: TextRules = TextRules {
    planned: &[
        "composite type",
        "domain",
        "extension",
        "function",
        "index",
        "materialized view",
        "procedure",
        "range type",
        "row security policy",
        "rule",
        "statistics object",
        "trigger",
        "view",
    ],
    replaces,
    binds: |object| !object.is_routine(),
    hindering,
    remade: |from, to| from.values != to.values && !enums::only_adds(from, to),
    ..TextRules::NONE
};

/// `CREATE OR REPLACE` keeps the arguments and the result of a routine, which stand before its language, and the columns of
/// a view.
fn replaces(from: &TextObject, to: &TextObject) -> bool {
    if from.kind == "view" {
        let query = |object: &TextObject| Query::of(&object.definition);
        return match (query(from), query(to)) {
            (Some(from), Some(to)) => {
                from.tables == to.tables
                    && from.rest == to.rest
                    && to.columns.starts_with(&from.columns)
            }
            _ => false,
        };
    }
    let head = |object: &TextObject| {
        let (head, _) = object.definition.split_once("\n LANGUAGE ")?;
        head.starts_with("CREATE OR REPLACE ")
            .then(|| head.to_owned())
    };
    head(from).is_some_and(|from| Some(from) == head(to))
}

/// The query of a view, as far as it decides the names and types of its columns.
struct Query {
    columns: Vec<String>,
    /// The `FROM` clause.
    tables: String,
    /// The statements behind the view's own.
    rest: String,
}

impl Query {
    /// Takes apart `CREATE VIEW … AS SELECT …`; `None` where it is more than one `SELECT`.
    fn of(definition: &str) -> Option<Self> {
        const END: &[&str] = &[
            "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR",
        ];
        const SEVERAL: &[&str] = &["UNION", "INTERSECT", "EXCEPT", "WITH", "VALUES"];
        let (_, query) = definition.split_once(" AS\n SELECT ")?;
        let (mut columns, mut tables, mut column) = (Vec::new(), String::new(), String::new());
        let (mut depth, mut from, mut ended) = (0_usize, false, false);
        for token in Lexer::new(query, &Rules::POSTGRES) {
            match token.text {
                "(" | "[" => depth += 1,
                ")" | "]" => depth = depth.saturating_sub(1),
                _ => {}
            }
            let outside = depth == 0;
            if outside && token.symbol(";") {
                let rest = query[token.end()..].to_owned();
                columns.push(column);
                return Some(Self {
                    columns,
                    tables,
                    rest,
                });
            }
            if outside && token.is_any(SEVERAL) {
                return None;
            }
            from |= outside && token.is("FROM");
            ended |= outside && token.is_any(END);
            match (from || ended, outside && token.symbol(",")) {
                (false, true) => columns.push(std::mem::take(&mut column)),
                (false, false) if column.is_empty() && token.text.trim().is_empty() => {}
                (false, false) => column.push_str(token.text.trim_end()),
                (true, _) if !ended => tables.push_str(token.text),
                _ => {}
            }
        }
        columns.push(column);
        Some(Self {
            columns,
            tables: tables.trim_end().to_owned(),
            rest: String::new(),
        })
    }
}

/// Columns whose type changes: neither a view nor a policy, nor a trigger that names one, may refer to them meanwhile.
fn hindering(modify: &ModifyTable) -> BTreeSet<String> {
    let retyped = modify.changes.iter().filter_map(|change| match change {
        TableChange::Column(Edit::Modify { from, to }) => {
            let same = from.ty == to.ty && from.collation == to.collation;
            (!same).then(|| from.name.clone())
        }
        _ => None,
    });
    let mut all = modify_column::rebuilt(modify);
    all.extend(retyped);
    all
}

pub(super) fn render(writer: &Writer<'_>, change: &TextChange) -> Result<Vec<Step>, PlanError> {
    let schema = change.schema.as_deref().unwrap_or_default();
    let mut steps = of_edit(writer, schema, &change.edit)?;
    warn_of_privileges(&mut steps, change, writer.desired());
    Ok(steps)
}

fn of_edit(
    writer: &Writer<'_>,
    schema: &str,
    edit: &Edit<TextObject>,
) -> Result<Vec<Step>, PlanError> {
    let sql = TextSql {
        scan: &ScanOptions::POSTGRES,
        write: &|sql| writer.expr(sql),
        drop: &|object| drop(writer, schema, object),
        // The definition of a routine says so itself.
        replace: &|sql| match sql.strip_prefix("CREATE VIEW ") {
            Some(view) => format!("CREATE OR REPLACE VIEW {view}"),
            None => sql.to_owned(),
        },
    };
    sql.render(edit)
}

fn drop(writer: &Writer<'_>, schema: &str, object: &TextObject) -> String {
    let words = match &*object.kind {
        "composite type" | "range type" => "TYPE".to_owned(),
        "row security policy" => "POLICY".to_owned(),
        "statistics object" => "STATISTICS".to_owned(),
        kind => kind.to_uppercase(),
    };
    match (&*object.kind, &object.table) {
        ("extension", _) => format!("DROP {words} {}", quote(&object.name)),
        ("function" | "procedure", _) => {
            let (name, arguments) = object.name.split_once('(').unwrap_or((&object.name, ")"));
            let name = writer.name(schema, name);
            format!("DROP {words} {name}({}", writer.expr(arguments))
        }
        ("trigger" | "rule" | "row security policy", Some(table)) => format!(
            "DROP {words} {} ON {}",
            quote(&object.name),
            writer.name(schema, table)
        ),
        _ => format!("DROP {words} {}", writer.name(schema, &object.name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_replaced_where_its_columns_stay() {
        let view = |query: &str| TextObject {
            kind: "view".to_owned(),
            name: "v".to_owned(),
            table: None,
            definition: format!("CREATE VIEW public.v AS\n {query}"),
        };
        let plain = "SELECT a.id,\n    sum(b.n, 2) AS n\n   FROM public.a";
        let kept = [
            format!("{plain}\n  WHERE (a.id > 1)"),
            "SELECT a.id,\n    sum(b.n, 2) AS n,\n    ( SELECT x.y\n           FROM public.x) AS y\n   FROM public.a".to_owned(),
        ];
        for query in &kept {
            assert!(replaces(&view(plain), &view(query)), "{query}");
        }
        // Columns can't be taken away again.
        assert!(!replaces(&view(&kept[1]), &view(plain)));
        let others = [
            plain.replace("a.id", "a.key"),
            plain.replace("FROM public.a", "FROM public.c a"),
            format!("{plain}\nUNION\n {plain}"),
            format!("{plain};\nCOMMENT ON VIEW public.v IS 'x'"),
        ];
        for query in &others {
            assert!(!replaces(&view(plain), &view(query)), "{query}");
        }
    }
}
