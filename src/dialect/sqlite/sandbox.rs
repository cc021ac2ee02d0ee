//! Which statements may run on a dev database, and what an engine's message tells about its place.
//!
//! A private in-memory database can be treated in any way; refused is what reaches beyond it: other files and settings
//! of the whole process.

use super::parse::lex;
use crate::dialect::Role;
use crate::engine::ExecError;
use crate::sql::token::Token;

/// Pragmas that act on the process or the file system rather than on the connection.
const PROCESS_PRAGMAS: [&str; 5] = [
    "data_store_directory",
    "hard_heap_limit",
    "lock_proxy_file",
    "soft_heap_limit",
    "temp_store_directory",
];

/// Refuses a statement that leaves the sandbox; in a read-only session every statement.
pub(super) fn check(text: &str, read_only: bool) -> Option<ExecError> {
    if read_only {
        return Some(ExecError::refused(0, "this database is only read"));
    }
    if !mentions(text, &["attach", "detach", "vacuum", "pragma"]) {
        return None;
    }
    let tokens = lex::tokens(text);
    // A text may hold several statements where the splitter kept them together.
    let starts = (0..tokens.len()).filter(|at| *at == 0 || tokens[at - 1].symbol(";"));
    let mut escaping = starts.filter_map(|at| Some((tokens[at].start, escapes(&tokens[at..])?)));
    escaping.next().map(|(start, (what, hint))| ExecError {
        offset: Some(start),
        hint: Some(hint.to_owned()),
        ..ExecError::refused(0, what)
    })
}

/// Whether one of these words is anywhere in a text: most texts have none, and need not be taken apart.
fn mentions(text: &str, words: &[&str]) -> bool {
    let text = text.as_bytes();
    words.iter().any(|word| {
        let word = word.as_bytes();
        text.windows(word.len())
            .any(|part| part.eq_ignore_ascii_case(word))
    })
}

/// Why a statement is refused, and what to do.
fn escapes(statement: &[Token<'_>]) -> Option<(String, &'static str)> {
    const ONE_FILE: &str = "migrations describe one database; leave other files out of them";
    let first = statement.first()?;
    if first.is("ATTACH") || first.is("DETACH") {
        let word = first.text.to_ascii_uppercase();
        return Some((format!("{word} is refused on a dev database"), ONE_FILE));
    }
    if first.is("VACUUM") {
        let mut own = statement.iter().take_while(|token| !token.symbol(";"));
        return own.any(|token| token.is("INTO")).then(|| {
            (
                "VACUUM INTO is refused on a dev database".to_owned(),
                ONE_FILE,
            )
        });
    }
    if first.is("PRAGMA") {
        let name = pragma_name(statement)?;
        return PROCESS_PRAGMAS.contains(&name.as_str()).then(|| {
            (
                format!("PRAGMA {name} is refused on a dev database"),
                "it acts on the whole process; leave it out of migrations",
            )
        });
    }
    None
}

/// The pragma that a `PRAGMA` statement names, in lower case.
fn pragma_name(statement: &[Token<'_>]) -> Option<String> {
    let name = match statement {
        [_, _, point, name, ..] if point.symbol(".") => name,
        [_, name, ..] => name,
        _ => return None,
    };
    Some(lex::name(name)?.to_ascii_lowercase())
}

/// Is it `PRAGMA foreign_keys = off`, in any of its spellings?
pub(super) fn disables_foreign_keys(text: &str) -> bool {
    if !mentions(text, &["pragma"]) {
        return false;
    }
    let tokens = lex::tokens(text);
    tokens.first().is_some_and(|first| first.is("PRAGMA"))
        && pragma_name(&tokens).as_deref() == Some("foreign_keys")
        && tokens.iter().rev().any(|token| {
            ["off", "0", "no", "false"]
                .iter()
                .any(|word| token.text.trim_matches('\'').eq_ignore_ascii_case(word))
        })
}

/// What a statement has to do with the transaction around it (<https://www.sqlite.org/lang_transaction.html>).
pub(super) fn role(text: &str) -> Role {
    if disables_foreign_keys(text) {
        return Role::Before;
    }
    let tokens = lex::tokens(text);
    let first = |word: &str| tokens.first().is_some_and(|first| first.is(word));
    // A savepoint is returned to.
    let to = || tokens.iter().any(|token| token.is("TO"));
    match () {
        () if first("BEGIN") => Role::Begins,
        () if first("COMMIT") || first("END") || first("ROLLBACK") && !to() => Role::Ends,
        () if ["PRAGMA", "ATTACH", "DETACH"]
            .iter()
            .any(|word| first(word)) =>
        {
            Role::Session
        }
        () if first("VACUUM") => Role::Alone,
        () => Role::Part,
    }
}

/// Where in the text an error is, when its message quotes a token that occurs only once.
pub(super) fn offset_of(message: &str, text: &str) -> Option<usize> {
    let quoted = message.strip_prefix("near \"")?;
    let token = quoted.strip_suffix("\": syntax error")?;
    let tokens = lex::tokens(text);
    let mut found = tokens.iter().filter(|candidate| candidate.text == token);
    let first = found.next()?;
    found.next().is_none().then_some(first.start)
}

/// What to do about an error, where there is more to say than the engine does.
pub(super) fn hint_for(message: &str) -> Option<String> {
    let hint = if message.starts_with("no such module") || message.starts_with("no such collation")
    {
        "the dev database has what SQLite is built with; extensions can't be loaded"
    } else if message.contains("not authorized") {
        "extensions can't be loaded into the dev database"
    } else {
        return None;
    };
    Some(hint.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_the_database_is_refused() {
        for text in [
            "ATTACH 'x.db' AS x",
            "/* c */ attach database ':memory:' as x;",
            "VACUUM INTO 'copy.db'",
            "vacuum main into 'copy.db'",
            "PRAGMA temp_store_directory = '/tmp'",
            "PRAGMA main.hard_heap_limit(1)",
            "BEGIN; ATTACH 'x.db' AS x; COMMIT;",
        ] {
            let error = check(text, false).unwrap_or_else(|| panic!("{text} passes"));
            assert!(error.message.contains("refused"), "{text}: {error}");
        }
        for text in [
            "CREATE TABLE attach_log (a)",
            "VACUUM",
            "PRAGMA foreign_keys = off",
            "INSERT INTO t VALUES ('ATTACH')",
            "PRAGMA",
            "",
        ] {
            assert_eq!(check(text, false), None, "{text}");
        }
        assert!(check("SELECT 1", true).is_some());
    }

    #[test]
    fn the_switch_of_foreign_keys_is_seen() {
        for text in [
            "PRAGMA foreign_keys = off;",
            "pragma main.foreign_keys=0",
            "PRAGMA foreign_keys(NO)",
            "PRAGMA foreign_keys = 'false'",
        ] {
            assert!(disables_foreign_keys(text), "{text}");
        }
        for text in [
            "PRAGMA foreign_keys = on",
            "PRAGMA foreign_keys",
            "PRAGMA defer_foreign_keys = off",
        ] {
            assert!(!disables_foreign_keys(text), "{text}");
        }
    }

    #[test]
    fn a_place_is_told_only_when_it_is_certain() {
        let text = "CREATE TABLE t (a int,, b int)";
        assert_eq!(offset_of("near \"t\": syntax error", text), Some(13));
        assert_eq!(offset_of("near \",\": syntax error", text), None);
        assert_eq!(offset_of("no such table: t", text), None);
    }
}
