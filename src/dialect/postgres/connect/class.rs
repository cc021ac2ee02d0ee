//! What kind of statement a text is, as far as running it goes. Reads the first words only; the server judges the rest.

use crate::dialect::Role;
use crate::engine::ExecError;
use crate::sql::Rules;
use crate::sql::token::{self, Token};

/// How a statement may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Defines something, depends on no transaction of its own and changes nothing about the session: may share a
    /// query with others wherever it stands.
    Plain,
    /// May share a query with others inside a transaction, not outside: what it does can depend on when the
    /// transaction ends (deferred constraints, triggers).
    Data,
    /// Must be sent by itself: it may not run in a transaction block, or decides how what follows is read.
    Alone,
    /// Starts a transaction.
    Begin,
    /// Ends a transaction.
    End,
}

/// Judges a statement.
pub(super) fn kind(text: &str) -> Kind {
    let words = words(text, 12);
    let word = |n: usize| words.get(n).map_or("", String::as_str);
    let has = |what: &str| words.iter().any(|w| w == what);
    let kind = match word(0) {
        "BEGIN" => Kind::Begin,
        "START" if word(1) == "TRANSACTION" => Kind::Begin,
        "COMMIT" | "END" | "ABORT" => Kind::End,
        "PREPARE" if word(1) == "TRANSACTION" => Kind::End,
        "ROLLBACK" if has("TO") => Kind::Alone,
        "ROLLBACK" => Kind::End,
        "CREATE" if creates_plainly(&words) => Kind::Plain,
        "ALTER" if alters_plainly(&words, text) => Kind::Plain,
        "DROP" if drops_plainly(&words) => Kind::Plain,
        "COMMENT" | "GRANT" | "REVOKE" => Kind::Plain,
        "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "DO" | "TRUNCATE" => Kind::Data,
        _ => Kind::Alone,
    };
    // A delimiter of the file's own lets one text hold several statements.
    let several = text.trim_end().trim_end_matches(';').contains(';');
    match kind {
        Kind::Plain | Kind::Data if several => Kind::Alone,
        Kind::Begin | Kind::End if several => Kind::Alone,
        kind => kind,
    }
}

/// What a statement has to do with the transaction around it.
pub(in crate::dialect::postgres) fn role(text: &str) -> Role {
    let words = words(text, 12);
    let word = |n: usize| words.get(n).map_or("", String::as_str);
    match word(0) {
        "BEGIN" => Role::Begins,
        "START" if word(1) == "TRANSACTION" => Role::Begins,
        "ROLLBACK" if words.iter().any(|word| word == "TO") => Role::Part,
        "COMMIT" | "END" | "ABORT" | "ROLLBACK" => Role::Ends,
        "PREPARE" if word(1) == "TRANSACTION" => Role::Ends,
        "SET" if matches!(word(1), "LOCAL" | "CONSTRAINTS" | "TRANSACTION") => Role::Part,
        "SET" | "RESET" => Role::Session,
        "CREATE" if creates_plainly(&words) => Role::Part,
        "ALTER" if alters_plainly(&words, text) => Role::Part,
        "DROP" if drops_plainly(&words) => Role::Part,
        "COMMENT" | "GRANT" | "REVOKE" | "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "TRUNCATE"
        | "SELECT" | "WITH" | "VALUES" | "LOCK" | "SAVEPOINT" | "RELEASE" | "ANALYZE"
        | "REFRESH" | "COPY" | "NOTIFY" | "TABLE" => Role::Part,
        // What `DO` and `CALL` run may commit by itself.
        _ => Role::Alone,
    }
}

fn creates_plainly(words: &[String]) -> bool {
    let mut rest = words[1..].iter().map(String::as_str).peekable();
    if rest.peek() == Some(&"OR") {
        rest.next();
        rest.next();
    }
    match rest.next().unwrap_or_default() {
        "UNIQUE" | "INDEX" => !words.iter().any(|w| w == "CONCURRENTLY"),
        "UNLOGGED" | "FOREIGN" | "MATERIALIZED" | "TEXT" | "EVENT" | "CONSTRAINT" | "RECURSIVE"
        | "TRUSTED" | "PROCEDURAL" => true,
        "TABLE" | "SCHEMA" | "SEQUENCE" | "TYPE" | "DOMAIN" | "VIEW" | "FUNCTION" | "PROCEDURE"
        | "TRIGGER" | "RULE" | "POLICY" | "EXTENSION" | "AGGREGATE" | "OPERATOR" | "CAST"
        | "COLLATION" | "STATISTICS" | "CONVERSION" | "TRANSFORM" => true,
        _ => false,
    }
}

fn alters_plainly(words: &[String], text: &str) -> bool {
    match words.get(1).map_or("", String::as_str) {
        // A partition can be detached concurrently, and that word may follow much later.
        "TABLE" => !text.to_ascii_uppercase().contains("CONCURRENTLY"),
        "INDEX" | "SEQUENCE" | "VIEW" | "FUNCTION" | "PROCEDURE" | "ROUTINE" | "SCHEMA"
        | "DOMAIN" | "MATERIALIZED" | "POLICY" | "TRIGGER" | "AGGREGATE" | "OPERATOR"
        | "DEFAULT" | "EXTENSION" | "STATISTICS" | "COLLATION" => true,
        _ => false,
    }
}

fn drops_plainly(words: &[String]) -> bool {
    match words.get(1).map_or("", String::as_str) {
        "INDEX" => !words.iter().any(|w| w == "CONCURRENTLY"),
        "TABLE" | "SCHEMA" | "SEQUENCE" | "TYPE" | "DOMAIN" | "VIEW" | "FUNCTION" | "PROCEDURE"
        | "ROUTINE" | "TRIGGER" | "RULE" | "POLICY" | "EXTENSION" | "AGGREGATE" | "OPERATOR"
        | "CAST" | "COLLATION" | "STATISTICS" | "MATERIALIZED" | "TEXT" | "FOREIGN" => true,
        _ => false,
    }
}

/// Refuses what can't be sent, and on a server that others share, what would change more than its own database.
pub(super) fn refuse(text: &str, shared: bool) -> Option<ExecError> {
    if text.contains('\0') {
        return refusal(
            "the statement holds a zero byte, which PostgreSQL does not accept",
            "remove it from the file",
        );
    }
    let words = words(text, 400);
    let has = |what: &str| words.iter().any(|w| w == what);
    let copies = words.first().is_some_and(|w| w == "COPY");
    if copies && (has("STDIN") || has("STDOUT")) {
        return refusal(
            "COPY from or to the client can't be part of a migration",
            "dump with `--inserts`, or only the schema with `--schema-only`",
        );
    }
    if !shared {
        return None;
    }
    let what = server_level(&words).or_else(|| {
        let program = words.first().is_some_and(|w| w == "DO");
        program.then(|| body_server_level(text)).flatten()
    })?;
    refusal(
        format!(
            "{what} changes the whole server, not only the dev database, so it is not run there"
        ),
        "use a private server (`docker://postgres/17/dev`, or `local://postgres` where it is installed), or take the \
         statement out of the migrations",
    )
}

fn refusal(message: impl Into<String>, hint: &str) -> Option<ExecError> {
    Some(ExecError {
        hint: Some(hint.to_owned()),
        ..ExecError::refused(0, message)
    })
}

/// The statement's name, when it reaches beyond its database.
fn server_level(words: &[String]) -> Option<String> {
    let word = |n: usize| words.get(n).map_or("", String::as_str);
    let object = |first: &str, second: &str, third: &str| match second {
        "USER" => third != "MAPPING",
        "ROLE" | "GROUP" | "DATABASE" | "TABLESPACE" | "SUBSCRIPTION" => true,
        "SYSTEM" => first == "ALTER",
        "OWNED" => first == "DROP",
        _ => false,
    };
    let position = |what: &str| words.iter().position(|w| w == what);
    let found = match word(0) {
        first @ ("CREATE" | "ALTER" | "DROP") if object(first, word(1), word(2)) => {
            format!("{first} {}", word(1))
        }
        "REASSIGN" => "REASSIGN OWNED".to_owned(),
        first @ ("GRANT" | "REVOKE") => {
            let target = position(if first == "GRANT" { "TO" } else { "FROM" })?;
            match position("ON").filter(|on| *on < target) {
                None => format!("{first} of a role"),
                Some(on) => match word(on + 1) {
                    kind @ ("DATABASE" | "TABLESPACE" | "PARAMETER") => {
                        format!("{first} ON {kind}")
                    }
                    _ => return None,
                },
            }
        }
        first @ ("COMMENT" | "SECURITY") => {
            let on = position("ON")?;
            match word(on + 1) {
                kind @ ("DATABASE" | "ROLE" | "TABLESPACE") => format!("{first} ON {kind}"),
                _ => return None,
            }
        }
        "COPY" if words.iter().any(|w| w == "PROGRAM") => "COPY … PROGRAM".to_owned(),
        _ => return None,
    };
    Some(found)
}

/// The same for the body of a `DO`.
fn body_server_level(text: &str) -> Option<String> {
    let upper = text.to_ascii_uppercase();
    let flat: Vec<String> = upper
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    (0..flat.len())
        .filter(|at| matches!(flat[*at].as_str(), "CREATE" | "ALTER" | "DROP"))
        .find_map(|at| server_level(&flat[at..flat.len().min(at + 3)]))
}

/// The first words of a statement in upper case: names and keywords, `"` for a quoted name, `'` for a string, other
/// characters by themselves. Comments are skipped.
pub(in crate::dialect::postgres) fn words(text: &str, limit: usize) -> Vec<String> {
    let word = |token: Token<'_>| match token.kind {
        token::Kind::Name => "\"".to_owned(),
        token::Kind::Text => "'".to_owned(),
        _ => token.text.to_uppercase(),
    };
    let tokens = token::tokens(text, &Rules::POSTGRES);
    tokens.take(limit).map(word).collect()
}

/// Names, keywords, strings and other characters of a statement, as they stand there.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = &str> {
    token::tokens(text, &Rules::POSTGRES).map(|token| token.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_sent_as_they_need_it() {
        for (text, expected) in [
            ("CREATE TABLE t (a int);", Kind::Plain),
            (
                "/* a /* b */ c */ create or replace view v as select 1",
                Kind::Plain,
            ),
            ("CREATE UNIQUE INDEX i ON t (a)", Kind::Plain),
            ("CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)", Kind::Alone),
            ("create index -- why\n concurrently i on t (a)", Kind::Alone),
            ("CREATE TEMP TABLE t (a int) ON COMMIT DROP", Kind::Alone),
            ("CREATE DATABASE d", Kind::Alone),
            ("ALTER TYPE e ADD VALUE 'x'", Kind::Alone),
            ("ALTER TABLE p DETACH PARTITION c CONCURRENTLY", Kind::Alone),
            ("ALTER TABLE t ADD b int", Kind::Plain),
            ("DROP INDEX CONCURRENTLY i", Kind::Alone),
            ("VACUUM", Kind::Alone),
            ("SET search_path = x", Kind::Alone),
            ("SELECT set_config('search_path', '', false)", Kind::Alone),
            ("INSERT INTO t VALUES (1)", Kind::Data),
            (
                "INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)",
                Kind::Alone,
            ),
            (
                "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$;",
                Kind::Alone,
            ),
            ("begin", Kind::Begin),
            (
                "START TRANSACTION ISOLATION LEVEL SERIALIZABLE;",
                Kind::Begin,
            ),
            ("COMMIT;", Kind::End),
            ("ROLLBACK", Kind::End),
            ("ROLLBACK TO SAVEPOINT a", Kind::Alone),
            ("", Kind::Alone),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
    }

    #[test]
    fn what_reaches_beyond_the_database_is_refused_on_a_shared_server() {
        for (text, what) in [
            ("CREATE ROLE app", "CREATE ROLE"),
            ("create user app", "CREATE USER"),
            ("ALTER DATABASE d SET timezone = 'UTC'", "ALTER DATABASE"),
            ("ALTER SYSTEM SET work_mem = '1MB'", "ALTER SYSTEM"),
            ("DROP OWNED BY app", "DROP OWNED"),
            ("GRANT a TO b", "GRANT of a role"),
            ("GRANT CONNECT ON DATABASE d TO app", "GRANT ON DATABASE"),
            ("COMMENT ON ROLE a IS 'x'", "COMMENT ON ROLE"),
            (
                "DO $$ BEGIN IF true THEN CREATE ROLE app; END IF; END $$",
                "CREATE ROLE",
            ),
        ] {
            let refusal = refuse(text, true).unwrap_or_else(|| panic!("{text} passes"));
            assert!(refusal.message.starts_with(what), "{}", refusal.message);
            assert_eq!(refuse(text, false), None, "{text}");
        }
        for text in [
            "CREATE USER MAPPING FOR u SERVER s",
            "GRANT SELECT ON t TO app",
            "GRANT USAGE ON SCHEMA s TO app",
            "REVOKE ALL ON t FROM PUBLIC",
            "COMMENT ON TABLE role IS 'CREATE ROLE x'",
            r"COMMENT ON TABLE t IS E'it\'s ON ROLE x'",
            "CREATE TABLE role (database int)",
            "INSERT INTO t VALUES ('GRANT a TO b')",
            "ALTER TABLE t OWNER TO x",
            "DO $$ BEGIN CREATE TABLE t (a int); END $$",
        ] {
            assert_eq!(refuse(text, true), None, "{text}");
        }
    }

    #[test]
    fn what_needs_a_client_is_refused_everywhere() {
        assert!(refuse("COPY t FROM STDIN", false).is_some());
        assert!(refuse("copy (select 1) to stdout", false).is_some());
        assert!(refuse("SELECT 'a\0b'", false).is_some());
        assert_eq!(refuse("COPY t FROM '/x.csv'", true), None);
    }

    #[test]
    fn any_text_has_words() {
        arbtest::arbtest(|u| {
            let text: String = u.arbitrary()?;
            for text in [text.clone(), format!("/*{text}"), format!("$a{text}$b'")] {
                let _ = (kind(&text), refuse(&text, true));
            }
            Ok(())
        })
        .budget_ms(200);
    }
}
