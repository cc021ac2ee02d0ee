//! What kind of statement a text is, as far as running it goes: whether it may be run on a server that others use, whether it
//! may share a query with others, what it leaves in the session. Reads words only; the server judges the rest.

use std::borrow::Cow;

use crate::dialect::Role;
use crate::engine::ExecError;
use crate::sql::Rules;
use crate::sql::token::{Kind, Token, tokens};

/// How far statements may reach on a shared server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach<'a> {
    /// The one database of the connection.
    Database {
        /// Its name.
        own: &'a str,
        /// The other databases of the server, which are in use.
        others: &'a [String],
    },
    /// All databases.
    Databases,
}

/// Databases of the server itself that anybody may read.
const READABLE: &[&str] = &["information_schema", "performance_schema", "sys"];

/// Refuses what would change more than the dev database.
pub(super) fn refuse(text: &str, reach: Reach<'_>) -> Option<ExecError> {
    let tokens: Vec<Token<'_>> = tokens(text, &Rules::MYSQL).collect();
    let start = tokens.first().map_or(0, |token| token.start);
    let refused = |offset, message: String, hint: String| {
        Some(ExecError {
            offset: Some(offset),
            hint: Some(hint),
            ..ExecError::refused(0, message)
        })
    };
    if let Some(what) = judge_server(&tokens) {
        return refused(
            start,
            format!(
                "{what} changes the whole server, not only the dev database, so it is not run there"
            ),
            "use a private server (`docker://…`, or `local://…` where the server is installed), or take the \
             statement out of the migrations"
                .to_owned(),
        );
    }
    let Reach::Database { own, others } = reach else {
        return None;
    };
    if let Some(what) = judge_database(&tokens, own) {
        return refused(
            start,
            format!("{what} reaches beyond the one database of the dev URL"),
            "where it is about the one database that is compared, name that in the dev URL; otherwise take the statement \
             out of the migrations, or leave the database out of the dev URL, so that the whole server is compared"
                .to_owned(),
        );
    }
    if let Some((name, at)) = elsewhere(&tokens, own, others) {
        return refused(
            at,
            format!("the statement names database `{name}`, which is not the one of the dev URL"),
            format!(
                "take `{name}` out of the name, or use a private server (`docker://…`, or `local://…` \
                 where the server is installed)"
            ),
        );
    }
    // What is run later is judged now, as far as it is written out.
    let prepared = tokens.windows(2).filter(|pair| {
        let first = tokens.first();
        pair[1].kind == Kind::Text
            && (pair[0].is("IMMEDIATE")
                || (pair[0].is("FROM") && first.is_some_and(|first| first.is("PREPARE"))))
    });
    for pair in prepared {
        if let Some(refusal) = refuse(pair[1].inner(), reach) {
            return Some(ExecError {
                offset: Some(pair[1].start),
                ..refusal
            });
        }
    }
    None
}

/// The statement's name, when it reaches beyond databases.
pub(super) fn server_level(text: &str) -> Option<String> {
    judge_server(&tokens(text, &Rules::MYSQL).collect::<Vec<_>>())
}

/// The same for a statement, and for those in a block that is run as it stands.
fn judge_server(tokens: &[Token<'_>]) -> Option<String> {
    let block = tokens.first().is_some_and(|first| first.is("BEGIN"));
    let starts = (1..tokens.len()).filter(|at| {
        let before = &tokens[at - 1];
        block && (before.symbol(";") || before.is_any(&["BEGIN", "ATOMIC", "THEN", "ELSE", "DO"]))
    });
    std::iter::once(0)
        .chain(starts)
        .find_map(|at| one_server_level(tokens.get(at..)?))
}

fn one_server_level(tokens: &[Token<'_>]) -> Option<String> {
    let word = |n: usize| match tokens.get(n) {
        Some(token) if token.kind == Kind::Word => token.text.to_ascii_uppercase(),
        _ => String::new(),
    };
    let object = |word: &str| {
        matches!(
            word,
            "USER"
                | "ROLE"
                | "SERVER"
                | "TABLESPACE"
                | "LOGFILE"
                | "RESOURCE"
                | "INSTANCE"
                | "UNDO"
        )
    };
    let (first, second) = (word(0), word(1));
    match first.as_str() {
        "CREATE" | "ALTER" | "DROP" => {
            let at = if second == "OR" { 3 } else { 1 };
            let kind = word(at);
            if object(&kind) {
                return Some(format!("{first} {kind}"));
            }
            let library = first == "CREATE"
                && (kind == "FUNCTION" || kind == "AGGREGATE")
                && tokens.iter().any(|token| token.is("SONAME"));
            library.then(|| "CREATE FUNCTION … SONAME".to_owned())
        }
        "RENAME" if second == "USER" => Some("RENAME USER".to_owned()),
        "GRANT" | "REVOKE" | "FLUSH" | "RESET" | "PURGE" | "INSTALL" | "UNINSTALL" | "SHUTDOWN"
        | "RESTART" | "KILL" | "CLONE" | "STOP" => Some(first),
        "CHANGE" if matches!(second.as_str(), "MASTER" | "REPLICATION") => {
            Some(format!("CHANGE {second}"))
        }
        "START" if matches!(second.as_str(), "SLAVE" | "REPLICA" | "GROUP_REPLICATION") => {
            Some(format!("START {second}"))
        }
        "SET" => {
            const GLOBAL: &[&str] = &[
                "GLOBAL",
                "@@GLOBAL",
                "PERSIST",
                "@@PERSIST",
                "PERSIST_ONLY",
                "@@PERSIST_ONLY",
            ];
            let end = tokens.iter().position(|token| token.symbol(";"));
            let own = &tokens[..end.unwrap_or(tokens.len())];
            if own.iter().any(|token| token.is_any(GLOBAL)) {
                Some("SET GLOBAL".to_owned())
            } else if matches!(second.as_str(), "PASSWORD" | "DEFAULT") {
                Some(format!("SET {second}"))
            } else {
                None
            }
        }
        _ => None,
    }
}

/// The words of a statement about databases as a whole, but for those that leave the connection's own where it is.
fn judge_database(tokens: &[Token<'_>], own: &str) -> Option<String> {
    let is = |at: usize, words: &[&str]| tokens.get(at).is_some_and(|token| token.is_any(words));
    let own_at = |at: usize| names(tokens.get(at), own);
    let kinds = &["DATABASE", "SCHEMA"];
    if is(0, &["USE"]) {
        return (!own_at(1)).then(|| "USE".to_owned());
    }
    let replaces = is(0, &["CREATE"]) && is(1, &["OR"]);
    let kind = if replaces { 3 } else { 1 };
    if !is(0, &["CREATE", "DROP", "ALTER"]) || !is(kind, kinds) {
        return None;
    }
    let harmless = if is(0, &["CREATE"]) {
        !replaces && is(2, &["IF"]) && own_at(5)
    } else {
        // Without a name it is the connection's.
        is(0, &["ALTER"])
            && (own_at(2)
                || is(
                    2,
                    &[
                        "DEFAULT",
                        "CHARACTER",
                        "CHARSET",
                        "COLLATE",
                        "ENCRYPTION",
                        "COMMENT",
                    ],
                ))
    };
    (!harmless).then(|| {
        format!(
            "{} {}",
            tokens[0].text.to_ascii_uppercase(),
            tokens[kind].text.to_ascii_uppercase()
        )
    })
}

fn names(token: Option<&Token<'_>>, name: &str) -> bool {
    token
        .and_then(Token::name)
        .is_some_and(|found| found.eq_ignore_ascii_case(name))
}

/// The first name that is qualified with another database of the server, and where it is. Only places where a table, view
/// or routine is named count: elsewhere the name before the dot is a table.
fn elsewhere(tokens: &[Token<'_>], own: &str, others: &[String]) -> Option<(String, usize)> {
    (0..tokens.len()).find_map(|at| {
        let token = tokens.get(at)?;
        if !tokens.get(at + 1)?.symbol(".") || (at > 0 && tokens[at - 1].symbol(".")) {
            return None;
        }
        let name = token.name()?;
        let same = |other: &str| name.eq_ignore_ascii_case(other);
        let foreign = same("mysql") || others.iter().any(|other| same(other));
        let ours = same(own) || READABLE.iter().any(|readable| same(readable));
        (foreign && !ours && names_object(tokens, at)).then_some((name.into_owned(), token.start))
    })
}

/// Whether the name at `at` is one of a table, view or routine, by the words before it.
fn names_object(tokens: &[Token<'_>], at: usize) -> bool {
    const BEFORE: &[&str] = &[
        "TABLE",
        "VIEW",
        "SEQUENCE",
        "FUNCTION",
        "PROCEDURE",
        "TRIGGER",
        "EVENT",
        "PACKAGE",
        "BODY",
        "EXISTS",
        "INTO",
        "INSERT",
        "REPLACE",
        "IGNORE",
        "DELAYED",
        "LOW_PRIORITY",
        "HIGH_PRIORITY",
        "QUICK",
        "FROM",
        "JOIN",
        "STRAIGHT_JOIN",
        "USING",
        "REFERENCES",
        "CALL",
        "TRUNCATE",
        "TABLES",
        "DESCRIBE",
    ];
    let Some(before) = at.checked_sub(1).map(|before| &tokens[before]) else {
        return false;
    };
    let first = |words: &[&str]| tokens[0].is_any(words);
    if before.is_any(BEFORE) {
        return true;
    }
    if before.is("UPDATE") {
        return at == 1
            || tokens[at - 2].symbol(";")
            || tokens[at - 2].is_any(&["BEGIN", "THEN", "DO"]);
    }
    if before.is("ON") {
        // Only the first one of such a statement says what the index or trigger is of.
        let earlier = tokens[..at - 1].iter().any(|token| token.is("ON"));
        return first(&["CREATE", "DROP"]) && !earlier;
    }
    if before.is("LIKE") {
        return first(&["CREATE"]);
    }
    if before.is_any(&["TO", "RENAME", "AS"]) {
        return first(&["RENAME", "ALTER"]);
    }
    if !before.symbol(",") {
        return false;
    }
    // A list of names: the word before the first one decides.
    let mut back = at - 1;
    loop {
        let Some(token) = back.checked_sub(1).map(|previous| &tokens[previous]) else {
            return false;
        };
        let keyword = token.is_any(BEFORE) || token.is("UPDATE");
        if keyword {
            return names_object(tokens, back);
        }
        let part = token.symbol(".") || token.symbol(",") || token.name().is_some();
        if !part || token.is_any(&["SELECT", "BY", "SET", "VALUES", "WHERE", "ON"]) {
            return false;
        }
        back -= 1;
    }
}

/// Whether a statement names the database that it is run in, so that it means the same in no other one. Wrong only in
/// one way: it may take something else for the name.
pub(super) fn names_own(text: &str, own: &str) -> bool {
    if own.is_empty() || !text.to_lowercase().contains(&own.to_lowercase()) {
        return false;
    }
    let tokens: Vec<Token<'_>> = tokens(text, &Rules::MYSQL).collect();
    tokens.iter().enumerate().any(|(at, token)| {
        let inner = token.inner();
        if token.kind == Kind::Text && (inner.eq_ignore_ascii_case(own) || names_own(inner, own)) {
            return true;
        }
        let before = at.checked_sub(1).map(|before| &tokens[before]);
        names(Some(token), own)
            && (tokens.get(at + 1).is_some_and(|next| next.symbol("."))
                || before
                    .is_some_and(|before| before.is_any(&["USE", "DATABASE", "SCHEMA", "EXISTS"])))
    })
}

/// It makes, changes or removes an object.
pub(super) fn defines(text: &str) -> bool {
    let first = tokens(text, &Rules::MYSQL).next();
    first.is_some_and(|first| first.is_any(&["CREATE", "ALTER", "DROP"]))
}

/// The database that a statement makes.
pub(super) fn makes_database(text: &str) -> Option<String> {
    let mut words = tokens(text, &Rules::MYSQL).peekable();
    let is = |token: Option<Token<'_>>, what: &[&str]| token.is_some_and(|one| one.is_any(what));
    if !is(words.next(), &["CREATE"]) {
        return None;
    }
    if words.next_if(|token| token.is("OR")).is_some() {
        words.next();
    }
    if !is(words.next(), &["DATABASE", "SCHEMA"]) {
        return None;
    }
    if words.next_if(|token| token.is("IF")).is_some() {
        words.nth(1);
    }
    words.next()?.name().map(Cow::into_owned)
}

/// What follows in the same session may run differently after it.
pub(super) fn changes_session(text: &str) -> bool {
    let words: Vec<Token<'_>> = tokens(text, &Rules::MYSQL).take(4).collect();
    let Some(first) = words.first() else {
        return false;
    };
    first.is_any(&[
        "SET",
        "USE",
        "LOCK",
        "BEGIN",
        "START",
        "PREPARE",
        "EXECUTE",
        "CALL",
        "XA",
        "SAVEPOINT",
        "HANDLER",
    ]) || (first.is("CREATE") && words.iter().any(|word| word.is("TEMPORARY")))
}

/// What a statement has to do with the transaction around it
/// (<https://dev.mysql.com/doc/refman/8.4/en/implicit-commit.html>, <https://mariadb.com/kb/en/sql-statements-that-cause-an-implicit-commit/>).
pub(in crate::dialect::mysql) fn role(text: &str) -> Role {
    let words: Vec<Token<'_>> = tokens(text, &Rules::MYSQL).take(5).collect();
    let word = |at: usize, any: &[&str]| words.get(at).is_some_and(|word| word.is_any(any));
    let to = || words.iter().any(|word| word.is("TO"));
    const PARTS: &[&str] = &[
        "INSERT",
        "UPDATE",
        "DELETE",
        "REPLACE",
        "SELECT",
        "WITH",
        "VALUES",
        "TABLE",
        "DO",
        "SHOW",
        "SAVEPOINT",
        "RELEASE",
    ];
    match () {
        () if word(0, &["BEGIN"]) => Role::Begins,
        () if word(0, &["START"]) && word(1, &["TRANSACTION"]) => Role::Begins,
        () if word(0, &["ROLLBACK"]) && to() => Role::Part,
        () if word(0, &["COMMIT", "ROLLBACK"]) => Role::Ends,
        () if word(0, PARTS) => Role::Part,
        () if word(0, &["SET", "USE", "PREPARE", "DEALLOCATE"]) => Role::Session,
        () => Role::Commits,
    }
}

/// It may run SQL that is not written in it, which nobody can judge before.
pub(super) fn dynamic(text: &str) -> bool {
    tokens(text, &Rules::MYSQL)
        .take(2)
        .any(|token| token.is_any(&["EXECUTE", "CALL", "BEGIN"]))
}

/// It may share a query with others: it gives exactly one result, changes nothing about how what follows is read, and
/// ends where it seems to.
pub(super) fn together(text: &str) -> bool {
    let mut words = tokens(text, &Rules::MYSQL);
    let (Some(first), Some(second)) = (words.next(), words.next()) else {
        return false;
    };
    let plain = if first.is("CREATE") {
        second.is_any(&["TABLE", "INDEX", "UNIQUE", "FULLTEXT", "SPATIAL"])
    } else if first.is_any(&["ALTER", "RENAME"]) {
        second.is("TABLE")
    } else if first.is("DROP") {
        second.is_any(&["TABLE", "INDEX", "VIEW"])
    } else {
        first.is_any(&["INSERT", "UPDATE", "DELETE", "REPLACE"])
    };
    // A delimiter of the file's own lets one text hold several statements.
    let end = text.trim_end().trim_end_matches(';').len();
    plain && !tokens(&text[..end], &Rules::MYSQL).any(|token| token.symbol(";"))
}

#[cfg(test)]
mod tests;
