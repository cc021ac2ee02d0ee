//! Whether SQL uses a type, rather than a column, an alias or a function of the same name.

use super::token::{Kind, Token, closing, tokens};
use super::{Rules, has_word};

/// Words behind which no type stands. What is missing here makes a type count that may not be one.
const NO_TYPE: &[&str] = &[
    "ALL",
    "AND",
    "AS",
    "ASC",
    "BETWEEN",
    "BY",
    "CASE",
    "COLUMN",
    "DESC",
    "DISTINCT",
    "ELSE",
    "ELSIF",
    "EXCEPT",
    "EXISTS",
    "FILTER",
    "FIRST",
    "FROM",
    "FUNCTION",
    "GROUP",
    "HAVING",
    "IF",
    "ILIKE",
    "IN",
    "INSERT",
    "INTERSECT",
    "INTO",
    "IS",
    "ISNULL",
    "JOIN",
    "KEY",
    "LATERAL",
    "LIKE",
    "LIMIT",
    "NOT",
    "NOTNULL",
    "NULL",
    "OFFSET",
    "ON",
    "ONLY",
    "OR",
    "ORDER",
    "OVER",
    "PARTITION",
    "PERFORM",
    "RETURN",
    "RETURNING",
    "SELECT",
    "SET",
    "SIMILAR",
    "TABLE",
    "THEN",
    "TO",
    "TRIGGER",
    "UNION",
    "UPDATE",
    "USING",
    "VALUES",
    "VIEW",
    "WHEN",
    "WHERE",
    "WHILE",
    "WITH",
];

/// Whether the SQL, or a body in it, uses the type: qualified, in a cast, or behind the name of what is of that type.
pub fn uses_type(sql: &str, (schema, name): (&str, &str), rules: &Rules) -> bool {
    if !has_word(sql, name) {
        return false;
    }
    let all: Vec<Token<'_>> = tokens(sql, rules).collect();
    (0..all.len()).any(|at| {
        let token = &all[at];
        let body = token.kind == Kind::Text && token.text.starts_with('$');
        match body {
            true => uses_type(token.inner(), (schema, name), rules),
            false => is(token, name) && is_type(&all, at, schema),
        }
    })
}

fn is(token: &Token<'_>, name: &str) -> bool {
    token.name().is_some_and(|said| said == name)
}

/// Whether the name at this place is a type's.
fn is_type(all: &[Token<'_>], at: usize, schema: &str) -> bool {
    let next = all.get(at + 1);
    // A function, or what qualifies a name.
    if next.is_some_and(|next| next.symbol("(") || next.symbol(".")) {
        return false;
    }
    match &all[..at] {
        [.., of, dot] if dot.symbol(".") => is(of, schema),
        [.., cast] if cast.symbol("::") => true,
        [.., word] if word.is("AS") => ends_cast(all, at),
        [.., word] => word.kind == Kind::Name || word.kind == Kind::Word && !word.is_any(NO_TYPE),
        [] => false,
    }
}

/// Whether a `CAST(… AS type)` ends right behind this place.
fn ends_cast(all: &[Token<'_>], at: usize) -> bool {
    let mut starts = (0..at).filter(|start| all[*start].is("CAST"));
    starts.any(|start| start + 1 + closing(&all[start + 1..]) == at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uses(sql: &str) -> bool {
        uses_type(sql, ("app", "status"), &Rules::POSTGRES)
    }

    #[test]
    fn types_are_found() {
        for sql in [
            "SELECT 'a'::app.status",
            "SELECT x::status[] FROM t",
            "SELECT CAST(lower(x) AS status) FROM t",
            "CREATE FUNCTION app.f(app.status) RETURNS int",
            "CREATE FUNCTION app.f(s app.status DEFAULT 'a'::app.status) RETURNS int",
            "CREATE FUNCTION app.f() RETURNS SETOF \"app\".\"status\"",
            "CREATE FUNCTION f() RETURNS int AS $function$ DECLARE x status; BEGIN END $function$",
            "CREATE FUNCTION f() RETURNS int AS $f$ SELECT x::status FROM t $f$",
            "CREATE TYPE app.pair AS (a integer, b app.status)",
            "CREATE DOMAIN app.d AS app.status",
            "CREATE CAST (app.status AS text) WITH INOUT",
        ] {
            assert!(uses(sql), "{sql}");
        }
    }

    #[test]
    fn columns_comments_and_strings_are_no_types() {
        for sql in [
            "SELECT id, status FROM u",
            "SELECT status FROM u WHERE status = 'status'::text ORDER BY status",
            "SELECT u.status, count(u.status) AS status FROM app.u",
            "SELECT (SELECT u.kind AS status) AS x FROM app.u",
            "CREATE FUNCTION app.f(status text) RETURNS TABLE(id int, status text)",
            "CREATE FUNCTION f() RETURNS int AS $f$ -- the status\n SELECT id FROM u WHERE status = 1 $f$",
            "SELECT 'x::status', '::app.status'",
            "SELECT app.status(1), status(2)",
            "SELECT 'a'::other.status",
            "SELECT 'a'::status_of",
            "status",
        ] {
            assert!(!uses(sql), "{sql}");
        }
    }
}
