//! What statements are, as far as running them goes.

use crate::dialect::Role;
use crate::engine::ExecError;
use crate::sql::Rules;
use crate::sql::token::{Kind, Token, tokens};

fn words(text: &str) -> Vec<Token<'_>> {
    tokens(text, &Rules::MSSQL).collect()
}

/// The database that a statement switches to.
pub(super) fn used(text: &str) -> Option<String> {
    let words = words(text);
    let used = words.first()?.is("USE").then(|| words.get(1))??;
    used.name().map(|name| name.into_owned())
}

/// A name of three parts that begins with this database.
fn names(words: &[Token<'_>], database: &str) -> bool {
    words.windows(3).any(|three| {
        let named = three[0]
            .name()
            .is_some_and(|name| name.eq_ignore_ascii_case(database));
        // `..` leaves the schema to the server.
        named && three[1].symbol(".") && (three[2].symbol(".") || words_after(words, three))
    })
}

fn words_after(words: &[Token<'_>], three: &[Token<'_>]) -> bool {
    let end = three[2].end();
    words
        .iter()
        .any(|next| next.start == end && next.symbol("."))
}

/// Kinds of objects that are a server's and not a database's.
const SERVER: &[&str] = &[
    "AVAILABILITY",
    "CREDENTIAL",
    "CRYPTOGRAPHIC",
    "ENDPOINT",
    "LOGIN",
    "SERVER",
];

/// Refuses what reaches beyond the database of a state, on a server that others use. `given` is the database that it stands
/// in for.
pub(super) fn refuse(text: &str, given: Option<&str>) -> Option<ExecError> {
    const HINT: &str = "a dev database is for the schema of one database; what changes the server needs a private one \
                        (`docker://sqlserver/2022-latest/dev`)";
    let refused = |message: String, hint: &str| {
        Some(ExecError {
            hint: Some(hint.to_owned()),
            ..ExecError::refused(0, message)
        })
    };
    let words = words(text);
    let is = |at: usize, any: &[&str]| words.get(at).is_some_and(|word| word.is_any(any));
    let changes = is(0, &["CREATE", "ALTER", "DROP"]);
    let whole =
        changes && is(1, &["DATABASE"]) && !is(2, &["CURRENT", "SCOPED", "AUDIT", "ENCRYPTION"]);
    let own = words.get(2).and_then(|name| name.name());
    let own = own.is_some_and(|name| given.is_some_and(|given| name.eq_ignore_ascii_case(given)));
    if whole && own {
        return refused(
            "the statement is about the dev database itself, which is replaced by another one here"
                .to_owned(),
            "write `CURRENT` instead of its name",
        );
    }
    if whole || changes && is(1, SERVER) {
        return refused("the statement changes the server".to_owned(), HINT);
    }
    if is(0, &["BACKUP", "RESTORE", "RECONFIGURE", "SHUTDOWN", "KILL"]) {
        return refused(
            format!("`{}` concerns the whole server", words[0].text),
            HINT,
        );
    }
    if let Some(used) = used(text)
        && given.is_none_or(|given| !used.eq_ignore_ascii_case(given))
    {
        return refused(
            format!("the statement switches to another database, `{used}`"),
            HINT,
        );
    }
    match given {
        Some(given) if names(&words, given) => refused(
            format!(
                "the statement names its database `{given}`, which is replaced by another one here"
            ),
            "leave the database out of the name: it is the connection's",
        ),
        _ => None,
    }
}

/// What follows in the same session may run differently after it.
pub(super) fn changes_session(text: &str) -> bool {
    const PLAIN: &[&str] = &[
        "CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE", "SELECT", "WITH", "GRANT",
    ];
    let words = words(text);
    let temporary = words
        .iter()
        .any(|word| word.text.trim_start_matches('[').starts_with('#'));
    // A second statement of a batch may do anything.
    let more = words
        .iter()
        .any(|word| word.is_any(&["SET", "EXEC", "EXECUTE", "TRAN", "TRANSACTION"]));
    temporary || more || !words.first().is_some_and(|first| first.is_any(PLAIN))
}

/// What a statement has to do with the transaction around it.
/// <https://learn.microsoft.com/sql/t-sql/language-elements/transactions-transact-sql>
pub(in crate::dialect::mssql) fn role(text: &str) -> Role {
    let words = words(text);
    let is = |at: usize, any: &[&str]| words.get(at).is_some_and(|word| word.is_any(any));
    let variable = words.get(1).is_some_and(|word| word.text.starts_with('@'));
    const TRANSACTION: &[&str] = &["TRAN", "TRANSACTION"];
    match () {
        () if is(0, &["BEGIN"]) && is(1, TRANSACTION) => Role::Begins,
        () if is(0, &["BEGIN"]) && is(1, &["DISTRIBUTED"]) => Role::Begins,
        () if is(0, &["COMMIT", "ROLLBACK"]) => Role::Ends,
        () if is(0, &["SET"]) && !variable => Role::Session,
        () if is(0, &["USE"]) => Role::Session,
        () if is(0, &["CREATE", "ALTER", "DROP"]) && is(1, &["DATABASE", "FULLTEXT"]) => {
            Role::Alone
        }
        () if is(0, &["BACKUP", "RESTORE", "RECONFIGURE", "KILL"]) => Role::Alone,
        () => Role::Part,
    }
}

/// A query that only reads, as far as its words tell: the server has no transaction that can't write.
pub(super) fn only_reads(text: &str) -> bool {
    const WRITES: &[&str] = &[
        "ALTER",
        "BACKUP",
        "BEGIN",
        "BULK",
        "COMMIT",
        "CREATE",
        "DELETE",
        "DENY",
        "DROP",
        "EXEC",
        "EXECUTE",
        "GRANT",
        "INSERT",
        "INTO",
        "KILL",
        "MERGE",
        "OPENQUERY",
        "OPENROWSET",
        "RECONFIGURE",
        "RESTORE",
        "REVOKE",
        "ROLLBACK",
        "SET",
        "SHUTDOWN",
        "TRUNCATE",
        "UPDATE",
        "USE",
    ];
    let words = words(text);
    let reads = words
        .first()
        .is_some_and(|first| first.is_any(&["SELECT", "WITH"]));
    reads
        && !words
            .iter()
            .any(|word| word.kind == Kind::Word && word.is_any(WRITES))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reaches_beyond_a_database_is_refused() {
        let refused = |text: &str| refuse(text, Some("dev")).map(|error| error.message);
        for text in [
            "CREATE DATABASE other",
            "DROP LOGIN app",
            "ALTER SERVER ROLE sysadmin ADD MEMBER app",
            "ALTER DATABASE [dev] SET RECOVERY SIMPLE",
            "USE master",
            "SHUTDOWN",
            "DROP TABLE dev.dbo.users",
            "DROP TABLE [DEV]..users",
        ] {
            assert!(refused(text).is_some(), "{text}");
        }
        for text in [
            "USE [dev]",
            "ALTER DATABASE CURRENT SET RECOVERY SIMPLE",
            "ALTER DATABASE SCOPED CONFIGURATION SET MAXDOP = 1",
            "CREATE TABLE dev.users (id int)",
            "CREATE USER app WITHOUT LOGIN",
            "SELECT 'dev.dbo.x'",
        ] {
            assert_eq!(refused(text), None, "{text}");
        }
    }

    #[test]
    fn sessions_and_transactions_are_told_apart() {
        assert!(changes_session("SET XACT_ABORT ON"));
        assert!(changes_session("CREATE TABLE #t (id int)"));
        assert!(changes_session("CREATE TABLE t (id int); SET NOCOUNT OFF"));
        assert!(!changes_session("CREATE TABLE t (id int)"));
        assert_eq!(role("BEGIN TRAN"), Role::Begins);
        assert_eq!(
            role("BEGIN TRY SELECT 1 END TRY BEGIN CATCH END CATCH"),
            Role::Part
        );
        assert_eq!(role("SET @x = 1"), Role::Part);
        assert_eq!(role("SET ANSI_NULLS ON"), Role::Session);
        assert_eq!(
            role("ALTER DATABASE CURRENT SET RECOVERY SIMPLE"),
            Role::Alone
        );
    }

    #[test]
    fn queries_that_write_are_found() {
        assert!(only_reads("SELECT name FROM tenants"));
        assert!(only_reads(
            "WITH t AS (SELECT 1 AS [update]) SELECT * FROM t"
        ));
        for text in [
            "DELETE FROM t",
            "SELECT 1 DROP TABLE t",
            "SELECT * INTO x FROM t",
            "EXEC p",
        ] {
            assert!(!only_reads(text), "{text}");
        }
    }
}
