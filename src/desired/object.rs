//! Which object a statement is about, to find its place in the models. A statement that is not recognised has none.

use crate::sql::token::{self, Kind, Token};
use crate::sql::{Rules, SourcePosition};

/// The place in the models of the table that a statement creates, alters or indexes.
pub fn position<'a>(sql: &str, positions: &'a [SourcePosition]) -> Option<&'a SourcePosition> {
    let (schema, name) = subject(sql)?;
    find(schema.as_deref(), &name, positions)
}

/// The place of a table in the models.
pub fn find<'a>(
    schema: Option<&str>,
    name: &str,
    positions: &'a [SourcePosition],
) -> Option<&'a SourcePosition> {
    let named = |position: &&SourcePosition| {
        position.kind == "table" && position.object.eq_ignore_ascii_case(name)
    };
    let in_schema = |position: &&SourcePosition| {
        let parent = position.parents.last().map(|parent| parent.name.as_str());
        parent.is_some() && parent == schema
    };
    let found = positions.iter().filter(named);
    found
        .clone()
        .find(in_schema)
        .or_else(|| found.clone().find(|position| position.parents.is_empty()))
}

/// The place in the models of a part of a table: its kind is `column`, `index` or `constraint`.
pub fn find_part<'a>(
    schema: Option<&str>,
    table: &str,
    (kind, name): (&str, &str),
    positions: &'a [SourcePosition],
) -> Option<&'a SourcePosition> {
    let mut parts = positions
        .iter()
        .filter(|position| position.kind == kind && position.object.eq_ignore_ascii_case(name));
    parts.find(|position| match &position.parents[..] {
        [.., parent, owner] => {
            owner.name.eq_ignore_ascii_case(table) && Some(&*parent.name) == schema
        }
        [owner] => owner.name.eq_ignore_ascii_case(table),
        [] => false,
    })
}

/// Schema and name of the table that a statement is about.
fn subject(sql: &str) -> Option<(Option<String>, String)> {
    let tokens: Vec<Token<'_>> = tokens(sql).take(FIRST).collect();
    let at = |word: &str| tokens.iter().position(|token| token.is(word));
    let first = tokens.first()?.text.to_ascii_uppercase();
    let table = at("TABLE").map(|at| at + 1);
    let on = || at("ON").map(|at| at + 1);
    let mut start = match first.as_str() {
        "COMMENT" if at("COLUMN").is_some_and(|column| column == 2) => {
            return column_owner(&tokens[3..]);
        }
        "CREATE" | "ALTER" | "COMMENT" => table.filter(|at| *at <= 5).or_else(on)?,
        _ => return None,
    };
    for word in ["IF", "NOT", "EXISTS", "ONLY"] {
        if tokens.get(start).is_some_and(|token| token.is(word)) {
            start += 1;
        }
    }
    let names = dotted(&tokens[start..]);
    let (name, parents) = names.split_last()?;
    Some((parents.last().cloned(), name.clone()))
}

/// The index that a statement builds without blocking writes.
pub(super) fn concurrent_index(sql: &str) -> Option<String> {
    let tokens: Vec<Token<'_>> = tokens(sql).take(FIRST).collect();
    let (first, rest) = tokens.split_first()?;
    let at = rest
        .iter()
        .take(3)
        .position(|token| token.is("CONCURRENTLY"))?;
    let name = &rest[at + 1..];
    let name = match name {
        [one, _, _, name @ ..] if one.is("IF") => name,
        name => name,
    };
    first.is("CREATE").then(|| dotted(name).pop()).flatten()
}

/// Words that a line of SQL often begins or ends with.
const EDGES: &[&str] = &[
    "AND", "BETWEEN", "CASE", "ELSE", "END", "FROM", "IS", "LIKE", "NOT", "NULL", "OR", "SELECT",
    "THEN", "WHEN", "WHERE",
];

/// Words that are made of such words, and are one.
const OPERATORS: &[&str] = &["ISNULL", "NOTNULL"];

/// A word that looks like two which a line break parted once, such as `NULLOR`: at or before a byte of a statement, or
/// anywhere in it.
pub(super) fn joined_word(sql: &str, at: Option<usize>) -> Option<String> {
    let split = |(edge, rest): (&str, &str)| {
        let own = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        EDGES.contains(&edge) && !rest.is_empty() && (EDGES.contains(&rest) || rest.contains(own))
    };
    let joined = |word: &&str| {
        let mut cuts = (1..word.len()).filter_map(|at| word.split_at_checked(at));
        !OPERATORS.contains(word) && cuts.any(|(a, b)| split((a, b)) || split((b, a)))
    };
    let Some(at) = at else {
        let words = tokens(sql).filter(|token| token.kind == Kind::Word);
        let mut words = words.map(|token| token.text);
        return words.find(joined).map(str::to_owned);
    };
    let (before, after) = sql.split_at_checked(at)?;
    let other = |c: char| !(c.is_alphanumeric() || c == '_');
    let next = after.split(other).next().unwrap_or_default();
    let last = before.trim_end().rsplit(other).next().unwrap_or_default();
    [next, last].into_iter().find(joined).map(str::to_owned)
}

fn column_owner(tokens: &[Token<'_>]) -> Option<(Option<String>, String)> {
    match &dotted(tokens)[..] {
        [.., schema, table, _] => Some((Some(schema.clone()), table.clone())),
        [table, _] => Some((None, table.clone())),
        _ => None,
    }
}

/// `a.b.c` at the start, taken apart.
fn dotted(tokens: &[Token<'_>]) -> Vec<String> {
    let mut names = Vec::new();
    let mut tokens = tokens.iter();
    while let Some(name) = tokens.next().and_then(Token::name) {
        names.push(name.into_owned());
        if !tokens.next().is_some_and(|dot| dot.symbol(".")) {
            break;
        }
    }
    names
}

/// Tokens of a statement that are enough to see what it is about.
const FIRST: usize = 40;

/// The tokens of a statement of any dialect: names may be in quotes of any kind.
fn tokens(sql: &str) -> impl Iterator<Item = Token<'_>> {
    const RULES: Rules = Rules {
        brackets: true,
        ..Rules::GENERIC
    };
    token::tokens(sql, &RULES)
}

/// The words in capital letters that follow a name or a word in the definitions of a `CREATE TABLE`, as types and their
/// options do.
pub(super) fn defining_words(sql: &str) -> Vec<String> {
    let mut found = Vec::new();
    // `CREATE OR REPLACE TABLE`
    let mut head = tokens(sql).take(4);
    if !head.next().is_some_and(|first| first.is("CREATE")) || !head.any(|token| token.is("TABLE"))
    {
        return found;
    }
    let (mut depth, mut follows) = (0_usize, false);
    for token in tokens(sql) {
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            word if token.kind == Kind::Word
                && depth == 1
                && follows
                && word == word.to_uppercase() =>
            {
                found.push(word.to_owned());
            }
            _ => {}
        }
        follows = matches!(token.kind, Kind::Word | Kind::Name | Kind::Number);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::source_map;

    #[test]
    fn finds_the_table_that_a_statement_is_about() {
        let of = |sql| {
            subject(sql).map(|(schema, name)| {
                schema.map_or(name.clone(), |schema| format!("{schema}.{name}"))
            })
        };
        for (sql, table) in [
            ("CREATE TABLE users (id int)", Some("users")),
            (
                "create table if not exists \"my\"\"t\" (on int)",
                Some("my\"t"),
            ),
            (
                "CREATE TABLE `a` (id int, FOREIGN KEY(x) REFERENCES b)",
                Some("a"),
            ),
            ("CREATE TABLE [dbo].[t] (id int)", Some("dbo.t")),
            ("ALTER TABLE ONLY s.t ADD x int", Some("s.t")),
            ("CREATE UNIQUE INDEX i ON s.\"T x\" (a)", Some("s.T x")),
            ("CREATE INDEX i ON t USING gin (a)", Some("t")),
            ("COMMENT ON TABLE s.t IS 'on x'", Some("s.t")),
            ("COMMENT ON COLUMN s.t.c IS 'x'", Some("s.t")),
            ("COMMENT ON COLUMN t.c IS 'x'", Some("t")),
            (
                "CREATE /* TABLE b */ TABLE -- TABLE c\n a (id int)",
                Some("a"),
            ),
            ("CREATE TYPE e AS ENUM ('a')", None),
            ("SELECT 1", None),
            ("", None),
        ] {
            assert_eq!(of(sql).as_deref(), table, "{sql}");
        }
    }

    #[test]
    fn words_that_were_two_are_seen_where_the_engine_stopped() {
        for (sql, at, word) in [
            ("CHECK (a IS NOT NULLOR b > 0)", "NULLOR", Some("NULLOR")),
            ("CHECK (aAND b > 0)", "b >", Some("aAND")),
            ("CHECK (a OR b", "b", None),
            ("INDEX ((color))", "(color", None),
        ] {
            assert_eq!(joined_word(sql, sql.find(at)).as_deref(), word, "{sql}");
        }
        let anywhere = |sql| joined_word(sql, None);
        assert_eq!(
            anywhere("CHECK (id IS NOT NULLOR id > 0)").as_deref(),
            Some("NULLOR")
        );
        for sql in [
            "CHECK (a NOTNULL AND b ISNULL) 'NULLOR' \"aAND\"",
            "ORDER BY FLOOR(color) NULLS LAST",
            "AS $$ NULLOR $$ -- NULLOR",
        ] {
            assert_eq!(anywhere(sql), None, "{sql}");
        }
    }

    #[test]
    fn indexes_that_are_built_concurrently_are_named() {
        for (sql, name) in [
            ("CREATE INDEX CONCURRENTLY ix ON t (a)", Some("ix")),
            (
                "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"i x\" ON t (a)",
                Some("i x"),
            ),
            ("CREATE INDEX ix ON concurrently (a)", None),
            ("DROP INDEX CONCURRENTLY ix", None),
        ] {
            assert_eq!(concurrent_index(sql).as_deref(), name, "{sql}");
        }
    }

    #[test]
    fn a_position_is_looked_up_in_its_schema() {
        let map = source_map(
            "-- atlas:pos users[type=table] models.py:10\n\
             -- atlas:pos app[type=schema].users[type=table] app.py:5\n",
        );
        let line = |sql| position(sql, &map).map(|position| position.line);
        assert_eq!(line("CREATE TABLE users (id int)"), Some(10));
        assert_eq!(line("CREATE TABLE app.users (id int)"), Some(5));
        assert_eq!(line("CREATE TABLE other (id int)"), None);
    }
}
