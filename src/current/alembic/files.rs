//! A history as SQL files: what each revision ran, without what Alembic did for itself.

use std::collections::BTreeSet;

use super::{Alembic, Known};
use crate::sql::Rules;
use crate::sql::token::{Token, tokens};

/// What one revision ran.
#[derive(Debug)]
pub struct Part<'a> {
    pub revision: &'a Known,
    pub statements: Vec<&'a str>,
    /// One of them ran outside of a transaction.
    pub alone: bool,
    /// It read rows: what it would do for rows that are there is not in its statements.
    pub reads: bool,
    /// It dropped a table, with foreign keys as the history had them.
    pub drops: bool,
    /// What a database records that has these revisions and no others.
    pub heads: BTreeSet<&'a str>,
}

impl Alembic {
    /// Where Alembic's own table is: the schema, where `env.py` names one, and the name. None before the history was run.
    pub fn table(&self) -> Option<(Option<&str>, &str)> {
        let (schema, name) = &self.ran.get()?.table;
        Some((schema.as_deref(), name))
    }

    /// What each revision ran, in the order in which they did; nothing before the history was run.
    pub fn parts(&self) -> Vec<Part<'_>> {
        let Some(ran) = self.ran.get() else {
            return Vec::new();
        };
        let own = ran.table.1.as_str();
        let mut parts: Vec<Part<'_>> = Vec::new();
        let mut heads = BTreeSet::new();
        let mut from = 0;
        // What connecting asks of a server comes before Alembic looks for its table.
        let mut recording = false;
        for (id, until) in &ran.ends {
            let Some(revision) = ran.found.revisions.iter().find(|known| known.id == *id) else {
                continue;
            };
            heads.retain(|head| !revision.after.iter().any(|before| before == head));
            heads.insert(revision.id.as_str());
            let mut part = Part {
                revision,
                statements: Vec::new(),
                alone: false,
                reads: false,
                drops: false,
                heads: heads.clone(),
            };
            for at in from..*until {
                let Some(text) = ran.statements.get(at) else {
                    break;
                };
                match Does::of(text, own) {
                    Does::Records => recording = true,
                    Does::Asks => {}
                    Does::Calls | Does::Sets if !recording => {}
                    Does::Reads => part.reads = true,
                    does @ (Does::Calls | Does::CallsOnRows | Does::Sets | Does::Changes) => {
                        part.reads |= does == Does::CallsOnRows;
                        part.drops |= drops_a_table(text);
                        part.alone |= ran.alone.contains(&at);
                        part.statements.push(text);
                    }
                }
            }
            from = *until;
            parts.push(part);
        }
        parts
    }
}

/// What a statement is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Does {
    /// Keeps Alembic's own table.
    Records,
    /// Looks at the schema or the session.
    Asks,
    /// Sets something for the session.
    Sets,
    /// Reads rows.
    Reads,
    /// Asks for a function's value, and may mean what the function does: `SELECT setval(…)`.
    Calls,
    /// The same for each row: `SELECT setval(…, max(id)) FROM …`.
    CallsOnRows,
    Changes,
}

impl Does {
    /// What a statement is for, where Alembic's table has this name.
    fn of(text: &str, own: &str) -> Self {
        let tokens: Vec<Token<'_>> = tokens(text, &Rules::GENERIC).collect();
        let has = |words: &[&str]| tokens.iter().any(|token| token.is_any(words));
        let Some(first) = tokens.first() else {
            return Self::Asks;
        };
        if first.is("pragma") {
            return match tokens.iter().any(|token| token.symbol("=")) {
                true => Self::Sets,
                false => Self::Asks,
            };
        }
        if first.is_any(&["describe", "desc"]) {
            return Self::Asks;
        }
        if first.is_any(&["select", "values", "with", "table"])
            && !has(&["insert", "update", "delete", "merge", "into"])
        {
            let from = tokens.iter().position(|token| token.is("from"));
            let Some(from) = from else {
                return match calls(&tokens).next() {
                    Some(_) => Self::Calls,
                    None => Self::Asks,
                };
            };
            return match names(&tokens[from + 1..]) {
                names if names.iter().any(|name| name == own) => Self::Records,
                _ if tokens
                    .iter()
                    .filter_map(Token::name)
                    .any(|name| is_catalog(&name)) =>
                {
                    Self::Asks
                }
                _ if calls(&tokens).any(|name| !is_harmless(&name)) => Self::CallsOnRows,
                _ => Self::Reads,
            };
        }
        let table = tokens.iter().take(6).position(|token| {
            token.is_any(&["table", "into", "update", "from"]) && !token.is("create")
        });
        let named = table.map(|at| {
            let rest = tokens[at + 1..]
                .iter()
                .skip_while(|token| token.is_any(&["if", "not", "exists", "only"]));
            names(&rest.copied().collect::<Vec<_>>())
        });
        match named.as_deref() {
            Some([.., name]) if name == own => Self::Records,
            _ => Self::Changes,
        }
    }
}

fn drops_a_table(text: &str) -> bool {
    let mut tokens = tokens(text, &Rules::GENERIC);
    tokens.next().is_some_and(|token| token.is("drop"))
        && tokens.next().is_some_and(|token| token.is("table"))
}

/// The functions that are called, and what else stands before a parenthesis.
fn calls(tokens: &[Token<'_>]) -> impl Iterator<Item = String> {
    let pairs = tokens.windows(2);
    let called = pairs.filter(|pair| pair[1].symbol("("));
    called.filter_map(|pair| pair[0].name().map(|name| name.to_ascii_lowercase()))
}

/// Whether the function called is known to change nothing. A statement that calls any other is kept.
fn is_harmless(name: &str) -> bool {
    const KNOWN: &[&str] = &[
        "abs",
        "all",
        "and",
        "any",
        "as",
        "avg",
        "by",
        "cast",
        "char_length",
        "coalesce",
        "concat",
        "count",
        "date",
        "distinct",
        "exists",
        "extract",
        "from",
        "group_concat",
        "ifnull",
        "in",
        "isnull",
        "join",
        "json_extract",
        "length",
        "lower",
        "ltrim",
        "max",
        "min",
        "not",
        "now",
        "nullif",
        "on",
        "or",
        "over",
        "replace",
        "round",
        "row_number",
        "rtrim",
        "select",
        "some",
        "string_agg",
        "substr",
        "substring",
        "sum",
        "then",
        "trim",
        "union",
        "upper",
        "using",
        "values",
        "varchar",
        "when",
        "where",
    ];
    KNOWN.binary_search(&name).is_ok()
}

/// The parts of the name that tokens begin with.
fn names(tokens: &[Token<'_>]) -> Vec<String> {
    let mut found = Vec::new();
    for pair in tokens.chunks(2) {
        found.extend(pair[0].name().map(|name| name.into_owned()));
        if !pair.get(1).is_some_and(|token| token.symbol(".")) {
            break;
        }
    }
    found
}

/// Whether a part of a name is that of a server's own tables.
fn is_catalog(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["pg_", "sqlite_", "information_schema"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_functions_are_in_order() {
        for name in ["abs", "cast", "max", "where"] {
            assert!(is_harmless(name), "{name}");
        }
        assert!(!is_harmless("setval"));
    }

    #[test]
    fn statements_by_what_they_are_for() {
        let cases = [
            (
                "CREATE TABLE alembic_version (version_num VARCHAR(32))",
                Does::Records,
            ),
            (
                "INSERT INTO app.\"alembic_version\" (version_num) VALUES ('a')",
                Does::Records,
            ),
            (
                "UPDATE alembic_version SET version_num='b' WHERE version_num='a'",
                Does::Records,
            ),
            (
                "DELETE FROM `alembic_version` WHERE version_num='a'",
                Does::Records,
            ),
            (
                "ALTER TABLE IF EXISTS ONLY alembic_version ALTER COLUMN version_num TYPE TEXT",
                Does::Records,
            ),
            (
                "SELECT alembic_version.version_num FROM alembic_version",
                Does::Records,
            ),
            ("SELECT c.relname FROM pg_catalog.pg_class c", Does::Asks),
            (
                "SELECT sql FROM (SELECT * FROM sqlite_master) WHERE name = 'pier'",
                Does::Asks,
            ),
            ("PRAGMA main.table_info(\"pier\")", Does::Asks),
            ("PRAGMA foreign_keys = OFF", Does::Sets),
            ("SELECT 1", Does::Asks),
            ("SELECT setval('pier_id_seq', 7)", Does::Calls),
            ("SELECT id FROM pier", Does::Reads),
            (
                "SELECT count(*), max(id) FROM pier WHERE name IN ('a')",
                Does::Reads,
            ),
            (
                "SELECT setval('pier_id_seq', (SELECT max(id) FROM pier))",
                Does::CallsOnRows,
            ),
            (
                "SELECT setval('pier_id_seq', max(id)) FROM app.pier",
                Does::CallsOnRows,
            ),
            (
                "WITH p AS (SELECT id FROM pier) SELECT * FROM p",
                Does::Reads,
            ),
            (
                "WITH p AS (SELECT 1 AS id) INSERT INTO pier SELECT id FROM p",
                Does::Changes,
            ),
            ("SELECT * INTO pier_copy FROM pier", Does::Changes),
            ("CREATE TABLE pier (id INTEGER)", Does::Changes),
            (
                "UPDATE pier SET name = 'x' FROM alembic_version",
                Does::Changes,
            ),
            ("CREATE INDEX i ON alembic_versions (id)", Does::Changes),
        ];
        for (text, expected) in cases {
            assert_eq!(Does::of(text, "alembic_version"), expected, "{text}");
        }
    }
}
