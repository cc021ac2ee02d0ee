//! What statements create: the kinds of objects that a database holds besides tables, and which of them a statement makes.

use super::Rules;
use super::token::{Kind, Token, tokens};

/// A kind of object.
#[derive(Debug)]
pub struct ObjectKind {
    /// As people say it, and as inspections call it.
    pub name: &'static str,
    /// Shorter words that mean it, too.
    pub short: &'static [&'static str],
}

const fn kind(name: &'static str) -> ObjectKind {
    ObjectKind { name, short: &[] }
}

const fn known_as(name: &'static str, short: &'static [&'static str]) -> ObjectKind {
    ObjectKind { name, short }
}

/// Kinds of objects that models can speak of and that migrations may have alone.
const KINDS: &[ObjectKind] = &[
    kind("access method"),
    kind("aggregate"),
    kind("cast"),
    kind("collation"),
    known_as("composite type", &["composite", "type"]),
    kind("conversion"),
    known_as("domain", &["type"]),
    kind("event"),
    kind("event trigger"),
    kind("extension"),
    kind("foreign data wrapper"),
    known_as("foreign server", &["server"]),
    kind("foreign table"),
    kind("function"),
    kind("index"),
    kind("language"),
    known_as("materialized view", &["materialized"]),
    kind("operator"),
    kind("operator class"),
    kind("operator family"),
    known_as("owned sequence", &["sequence"]),
    kind("package"),
    kind("package body"),
    known_as("partition", &["table"]),
    kind("procedure"),
    kind("publication"),
    known_as("range type", &["range", "type"]),
    kind("replica identity"),
    known_as("row security policy", &["policy"]),
    kind("rule"),
    kind("schema"),
    kind("sequence"),
    known_as("statistics object", &["statistics"]),
    kind("synonym"),
    kind("table access method"),
    kind("text search configuration"),
    kind("text search dictionary"),
    kind("text search parser"),
    kind("text search template"),
    kind("trigger"),
    kind("type"),
    kind("typed table"),
    kind("view"),
    kind("virtual table"),
];

/// The words for all kinds, with `_` for blanks.
pub fn kind_words() -> impl Iterator<Item = String> {
    let short = KINDS.iter().flat_map(|kind| kind.short);
    let whole = KINDS.iter().map(|kind| kind.name.replace(' ', "_"));
    whole.chain(short.map(|word| (*word).to_owned()))
}

/// Whether this is a kind.
pub fn is_kind(name: &str) -> bool {
    KINDS.iter().any(|kind| kind.name == name)
}

/// Shorter words for a kind.
pub fn short_names(kind: &str) -> &'static [&'static str] {
    let known = KINDS.iter().find(|known| known.name == kind);
    known.map_or(&[], |known| known.short)
}

/// How `CREATE` calls kinds; of those that begin alike, the longest first.
const CALLED: &[(&[&str], &str)] = &[
    (&["ACCESS", "METHOD"], "access method"),
    (&["AGGREGATE", "FUNCTION"], "function"),
    (&["AGGREGATE"], "aggregate"),
    (&["CAST"], "cast"),
    (&["COLLATION"], "collation"),
    (&["CONVERSION"], "conversion"),
    (&["DATABASE"], "schema"),
    (&["DOMAIN"], "domain"),
    (&["EVENT", "TRIGGER"], "event trigger"),
    (&["EVENT"], "event"),
    (&["EXTENSION"], "extension"),
    (&["FOREIGN", "DATA", "WRAPPER"], "foreign data wrapper"),
    (&["FOREIGN", "TABLE"], "foreign table"),
    (&["FUNCTION"], "function"),
    (&["LANGUAGE"], "language"),
    (&["MATERIALIZED", "VIEW"], "materialized view"),
    (&["OPERATOR", "CLASS"], "operator class"),
    (&["OPERATOR", "FAMILY"], "operator family"),
    (&["OPERATOR"], "operator"),
    (&["PACKAGE", "BODY"], "package body"),
    (&["PACKAGE"], "package"),
    (&["POLICY"], "row security policy"),
    (&["PROC"], "procedure"),
    (&["PROCEDURE"], "procedure"),
    (&["PUBLICATION"], "publication"),
    (&["RULE"], "rule"),
    (&["SCHEMA"], "schema"),
    (&["SEQUENCE"], "sequence"),
    (&["SERVER"], "foreign server"),
    (&["STATISTICS"], "statistics object"),
    (&["SYNONYM"], "synonym"),
    // Only where it is a part of another.
    (&["TABLE"], "partition"),
    (
        &["TEXT", "SEARCH", "CONFIGURATION"],
        "text search configuration",
    ),
    (&["TEXT", "SEARCH", "DICTIONARY"], "text search dictionary"),
    (&["TEXT", "SEARCH", "PARSER"], "text search parser"),
    (&["TEXT", "SEARCH", "TEMPLATE"], "text search template"),
    (&["TRIGGER"], "trigger"),
    (&["TYPE"], "type"),
    (&["VIEW"], "view"),
    (&["VIRTUAL", "TABLE"], "virtual table"),
];

/// Words between `CREATE` and the kind.
const BETWEEN: &[&str] = &[
    "ALGORITHM",
    "ALTER",
    "CONSTRAINT",
    "CURRENT_USER",
    "DEFAULT",
    "DEFINER",
    "GLOBAL",
    "INVOKER",
    "LOCAL",
    "OR",
    "PROCEDURAL",
    "RECURSIVE",
    "REPLACE",
    "SECURITY",
    "SQL",
    "TEMP",
    "TEMPORARY",
    "TRUSTED",
    "UNLOGGED",
];

/// An object that a statement creates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// A name of a kind, or `enum`.
    pub kind: &'static str,
    /// Its schema where the statement says one.
    pub schema: Option<String>,
    /// Its name without its schema; empty where it has none that is a word.
    pub name: String,
    /// It may be there already.
    pub lenient: bool,
}

/// What a statement creates besides tables and what belongs to them; more than one object where it is a block, or a schema
/// with what is in it.
pub fn created(sql: &str, rules: &Rules) -> Vec<Created> {
    let all: Vec<Token<'_>> = tokens(sql, rules).collect();
    let Some(first) = all.first() else {
        return Vec::new();
    };
    if !first.is("DO") {
        let made = object(&all).or_else(|| attached(&all));
        let schema = made.iter().find(|made| made.kind == "schema");
        let inside = schema.map_or(0, |_| all.len());
        let inside = (1..inside).filter_map(|at| object(&all[at..]));
        return made.clone().into_iter().chain(inside).collect();
    }
    let bodies = all.iter().filter(|token| token.kind == Kind::Text);
    bodies
        .flat_map(|body| {
            let inner: Vec<Token<'_>> = tokens(body.inner(), rules).collect();
            let made = (0..inner.len()).filter_map(|at| object(&inner[at..]));
            made.map(|made| Created {
                // Whether the statement is reached is not known.
                lenient: true,
                ..made
            })
            .collect::<Vec<_>>()
        })
        .collect()
}

/// The name of a routine without the types of its arguments; any other name as it is.
pub fn without_arguments(name: &str) -> &str {
    name.split('(').next().unwrap_or_default()
}

/// Whether one of them has that kind and name, and that schema where both sides say one. Of functions the arguments don't
/// count.
pub fn has(created: &[Created], kind: &str, schema: Option<&str>, name: &str) -> bool {
    let name = without_arguments(name);
    let same = |made: &Created| {
        let schemas = made.schema.as_deref().zip(schema);
        made.kind == kind
            && made.name.eq_ignore_ascii_case(name)
            && schemas.is_none_or(|(a, b)| a.eq_ignore_ascii_case(b))
    };
    created.iter().any(same)
}

/// Words with which a block does something.
const VERBS: &[&str] = &[
    "ALTER", "CALL", "COMMENT", "CREATE", "DELETE", "DROP", "EXECUTE", "GRANT", "INSERT", "MERGE",
    "PERFORM", "REVOKE", "TRUNCATE", "UPDATE",
];

/// Whether a statement does nothing but create these objects, which are what it creates.
pub fn only_creates(sql: &str, made: &[Created], rules: &Rules) -> bool {
    let all: Vec<Token<'_>> = tokens(sql, rules).collect();
    let count = |all: &[Token<'_>]| all.iter().filter(|token| token.is_any(VERBS)).count();
    if !all.first().is_some_and(|first| first.is("DO")) {
        return count(&all) <= made.len();
    }
    let bodies = all.iter().filter(|token| token.kind == Kind::Text);
    let verbs = bodies.map(|body| count(&tokens(body.inner(), rules).collect::<Vec<_>>()));
    verbs.sum::<usize>() == made.len()
}

/// The schema that a statement creates together with what is in it.
pub fn whole_schema(sql: &str, rules: &Rules) -> Option<String> {
    let made = created(sql, rules);
    let schema = made
        .first()
        .filter(|made| made.kind == "schema" && !made.lenient)?;
    (!only_creates(sql, &made[..1], rules)).then(|| schema.name.clone())
}

/// The table that becomes a part of another.
fn attached(all: &[Token<'_>]) -> Option<Created> {
    let at = all
        .windows(2)
        .position(|two| two[0].is("ATTACH") && two[1].is("PARTITION"))?;
    let (schema, name, _) = dotted(&all[at + 2..]);
    all[0].is("ALTER").then_some(Created {
        kind: "partition",
        schema,
        name,
        lenient: false,
    })
}

/// What the statement creates that begins here.
fn object(all: &[Token<'_>]) -> Option<Created> {
    let (first, mut rest) = all.split_first()?;
    if !first.is("CREATE") {
        return None;
    }
    let mut value = false;
    let mut lenient = false;
    // `DEFINER = "a"@"b"` has names that may be any words.
    while let Some((next, more)) = rest.split_first()
        && (value
            || next.is_any(BETWEEN)
            || next.kind == Kind::Symbol
            || next.text.starts_with('@'))
    {
        value = next.symbol("=") || next.text == "@";
        lenient |= next.is_any(&["ALTER", "REPLACE"]);
        rest = more;
    }
    let says = |words: &[&str]| {
        words.len() <= rest.len() && words.iter().zip(rest).all(|(word, token)| token.is(word))
    };
    let (words, kind) = CALLED.iter().find(|(words, _)| says(words))?;
    rest = &rest[words.len()..];
    while let Some((next, more)) = rest.split_first()
        && next.is_any(&["IF", "NOT", "EXISTS"])
    {
        lenient |= next.is("EXISTS");
        rest = more;
    }
    let (schema, name, rest) = dotted(rest);
    let kind = match (*kind, rest) {
        ("type", [r#as, what, ..]) if r#as.is("AS") => match what {
            _ if what.is("ENUM") => "enum",
            _ if what.is("RANGE") => "range type",
            // SQL Server's.
            _ if what.is("TABLE") => "type",
            _ => "composite type",
        },
        ("partition", [part, of, ..]) if part.is("PARTITION") && of.is("OF") => "partition",
        ("partition", _) => return None,
        (kind, _) => kind,
    };
    Some(Created {
        kind,
        schema,
        name,
        lenient,
    })
}

/// The last two parts of `a.b.c` at the start, and what follows them.
fn dotted<'t, 'a>(mut rest: &'t [Token<'a>]) -> (Option<String>, String, &'t [Token<'a>]) {
    let mut schema = None;
    loop {
        let Some((name, more)) = rest
            .split_first()
            .and_then(|(first, more)| Some((first.name()?, more)))
        else {
            return (None, String::new(), rest);
        };
        match more.split_first() {
            Some((dot, more)) if dot.symbol(".") => {
                schema = Some(name.into_owned());
                rest = more;
            }
            _ => return (schema, name.into_owned(), more),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_the_words_of_create() {
        for (sql, expected) in [
            ("CREATE OR REPLACE VIEW s.\"V w\" AS SELECT 1", "view V w"),
            ("create temp recursive view v (a) as select 1", "view v"),
            (
                "CREATE ALGORITHM=MERGE DEFINER=`view`@`%` SQL SECURITY INVOKER VIEW `v` AS SELECT 1",
                "view v",
            ),
            (
                "CREATE DEFINER = CURRENT_USER() TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET @x = 1",
                "trigger t",
            ),
            (
                "CREATE DEFINER=root@localhost EVENT e ON SCHEDULE EVERY 1 DAY DO SET @x = 1",
                "event e",
            ),
            (
                "CREATE CONSTRAINT TRIGGER t AFTER INSERT ON a EXECUTE FUNCTION f()",
                "trigger t",
            ),
            (
                "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()",
                "event trigger e",
            ),
            (
                "CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\"",
                "extension uuid-ossp",
            ),
            ("CREATE TYPE app.mood AS ENUM ('a')", "enum mood"),
            ("CREATE TYPE addr AS (a int)", "composite type addr"),
            ("CREATE TYPE r AS RANGE (subtype = int)", "range type r"),
            ("CREATE TYPE shell", "type shell"),
            ("CREATE POLICY p ON t USING (true)", "row security policy p"),
            ("CREATE DATABASE IF NOT EXISTS shop", "schema shop"),
            ("CREATE CAST (a AS b) WITH INOUT", "cast "),
            (
                "CREATE UNLOGGED TABLE IF NOT EXISTS a.p PARTITION OF t DEFAULT",
                "partition p",
            ),
            (
                "ALTER TABLE t ATTACH PARTITION a.p FOR VALUES IN (1)",
                "partition p",
            ),
            (
                "CREATE TEXT SEARCH CONFIGURATION c (COPY = simple)",
                "text search configuration c",
            ),
        ] {
            let found = created(sql, &Rules::GENERIC);
            let found: Vec<String> = found
                .iter()
                .map(|made| format!("{} {}", made.kind, made.name))
                .collect();
            assert_eq!(found, [expected], "{sql}");
        }
        for sql in [
            "CREATE TABLE view (a int)",
            "CREATE UNIQUE INDEX trigger ON t (a)",
            "CREATE ROLE view",
            "DROP VIEW v",
            "COMMENT ON VIEW v IS 'create view'",
            "ALTER SEQUENCE s OWNED BY t.a",
            "",
        ] {
            assert_eq!(created(sql, &Rules::GENERIC), [], "{sql}");
        }
    }

    #[test]
    fn blocks_are_looked_into() {
        let schema = "CREATE SCHEMA app CREATE TABLE t (a int) CREATE VIEW v AS SELECT 1";
        let names = created(schema, &Rules::POSTGRES).into_iter();
        let names: Vec<String> = names.map(|made| made.name).collect();
        assert_eq!(names, ["app", "v"]);
        assert_eq!(
            whole_schema(schema, &Rules::POSTGRES).as_deref(),
            Some("app")
        );
        assert_eq!(
            whole_schema("CREATE SCHEMA app AUTHORIZATION joe", &Rules::POSTGRES),
            None
        );
        let sql = "DO $$ BEGIN CREATE TYPE mood AS ENUM ('a'); EXCEPTION WHEN duplicate_object THEN NULL; END $$";
        let found = created(sql, &Rules::POSTGRES);
        let mood = Created {
            kind: "enum",
            schema: None,
            name: "mood".into(),
            lenient: true,
        };
        assert_eq!(found, [mood]);
    }

    #[test]
    fn schemas_count_where_both_sides_say_one() {
        let made = |sql| created(sql, &Rules::POSTGRES);
        let ours = made("CREATE FUNCTION a.gen() RETURNS int LANGUAGE sql AS 'SELECT 1'");
        assert!(has(&ours, "function", Some("a"), "gen()"));
        assert!(has(&ours, "function", None, "gen()"));
        assert!(!has(&ours, "function", Some("b"), "gen()"));
        assert!(!has(&ours, "procedure", Some("a"), "gen()"));
        let anywhere = made("CREATE VIEW v AS SELECT 1");
        assert!(has(&anywhere, "view", Some("b"), "v"));
    }

    #[test]
    fn blocks_that_do_more_than_create_are_told() {
        for (sql, expected) in [
            ("CREATE SCHEMA app", true),
            ("CREATE SCHEMA app CREATE TABLE t (a int)", false),
            (
                "DO $$ BEGIN IF NOT EXISTS (SELECT 1) THEN CREATE SCHEMA app; END IF; END $$",
                true,
            ),
            (
                "DO $$ BEGIN CREATE SCHEMA app; CREATE TABLE app.t (a int); END $$",
                false,
            ),
            ("DO $$ BEGIN CREATE SCHEMA app; EXECUTE 'x'; END $$", false),
        ] {
            let made = created(sql, &Rules::POSTGRES);
            assert_eq!(
                only_creates(sql, &made, &Rules::POSTGRES),
                expected,
                "{sql}"
            );
        }
    }

    #[test]
    fn what_create_calls_a_kind_is_one() {
        for (_, name) in CALLED {
            assert!(KINDS.iter().any(|kind| kind.name == *name), "{name}");
        }
    }
}
