//! Which object a statement is about, to find its place in the models. A statement that is not recognised has none.

use crate::sql::SourcePosition;

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

/// Schema and name of the table that a statement is about.
fn subject(sql: &str) -> Option<(Option<String>, String)> {
    let tokens = tokens(sql);
    let at = |word: &str| {
        tokens
            .iter()
            .position(|token| matches!(token, Token::Word(text) if text.eq_ignore_ascii_case(word)))
    };
    let first = match tokens.first()? {
        Token::Word(word) => word.to_ascii_uppercase(),
        _ => return None,
    };
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
        if matches!(tokens.get(start), Some(Token::Word(text)) if text.eq_ignore_ascii_case(word)) {
            start += 1;
        }
    }
    let names = dotted(&tokens[start..]);
    let (name, parents) = names.split_last()?;
    Some((parents.last().cloned(), name.clone()))
}

fn column_owner(tokens: &[Token]) -> Option<(Option<String>, String)> {
    match &dotted(tokens)[..] {
        [.., schema, table, _] => Some((Some(schema.clone()), table.clone())),
        [table, _] => Some((None, table.clone())),
        _ => None,
    }
}

/// `a.b.c` at the start, taken apart.
fn dotted(tokens: &[Token]) -> Vec<String> {
    let mut names = Vec::new();
    let mut tokens = tokens.iter();
    while let Some(Token::Word(name) | Token::Quoted(name)) = tokens.next() {
        names.push(name.clone());
        if !matches!(tokens.next(), Some(Token::Dot)) {
            break;
        }
    }
    names
}

enum Token {
    Word(String),
    Quoted(String),
    Dot,
    Other,
}

/// The first words of a statement: enough to see what it is about.
fn tokens(sql: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = sql.trim_start();
    while let Some(first) = rest.chars().next()
        && found.len() < 40
    {
        let (token, len) = match first {
            '"' | '`' | '[' => quoted(rest, first),
            '.' => (Token::Dot, 1),
            c if c.is_alphanumeric() || c == '_' => {
                let end = rest
                    .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
                    .unwrap_or(rest.len());
                (Token::Word(rest[..end].to_owned()), end)
            }
            c => (Token::Other, c.len_utf8()),
        };
        found.push(token);
        rest = rest[len..].trim_start();
    }
    found
}

/// A quoted name at the start of `text`, its doubled closing quotes undone.
fn quoted(text: &str, open: char) -> (Token, usize) {
    let close = if open == '[' { ']' } else { open };
    let mut name = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != close {
            name.push(c);
        } else if chars.peek().is_some_and(|(_, next)| *next == close) {
            chars.next();
            name.push(c);
        } else {
            return (Token::Quoted(name), at + c.len_utf8());
        }
    }
    (Token::Quoted(name), text.len())
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
            ("CREATE TYPE e AS ENUM ('a')", None),
            ("SELECT 1", None),
            ("", None),
        ] {
            assert_eq!(of(sql).as_deref(), table, "{sql}");
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
