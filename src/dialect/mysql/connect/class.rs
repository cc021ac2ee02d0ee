//! What kind of statement a text is, as far as running it on somebody's server goes. Reads words only; the server judges
//! the rest.

/// How far statements may reach on a server that is not ours alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The one database of the connection.
    Database,
    /// All databases.
    Databases,
}

/// A statement that is not run, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) message: String,
    pub(super) hint: String,
}

/// Refuses what would change more than the dev database.
pub(super) fn refuse(text: &str, reach: Reach) -> Option<Refusal> {
    let words = words(text, 4);
    let word = |n: usize| words.get(n).map_or("", String::as_str);
    if let Some(what) = server_level(text) {
        return Some(Refusal {
            message: format!(
                "{what} changes the whole server, not only the dev database, so it is not run there"
            ),
            hint: "use a private server (`dev = \"local://mysql/dev\"`, `local://mariadb/dev`), or take the statement \
                   out of the migrations"
                .to_owned(),
        });
    }
    let database =
        matches!(
            (word(0), word(1)),
            ("CREATE" | "DROP" | "ALTER", "DATABASE" | "SCHEMA")
        ) || (word(0) == "CREATE" && word(1) == "OR" && matches!(word(3), "DATABASE" | "SCHEMA"));
    let elsewhere = database || word(0) == "USE";
    (elsewhere && reach == Reach::Database).then(|| Refusal {
        message: format!(
            "{} reaches beyond the one database of the dev URL",
            if database { format!("{} {}", word(0), word(1)) } else { "USE".to_owned() }
        ),
        hint: "take the statement out of the migrations, or leave the database out of the dev URL, so that the whole \
               server is compared"
            .to_owned(),
    })
}

/// The statement's name, when it reaches beyond databases.
pub(super) fn server_level(text: &str) -> Option<String> {
    let words = words(text, 8);
    let word = |n: usize| words.get(n).map_or("", String::as_str);
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
    match word(0) {
        first @ ("CREATE" | "ALTER" | "DROP") => {
            let at = if word(1) == "OR" { 3 } else { 1 };
            object(word(at)).then(|| format!("{first} {}", word(at)))
        }
        "RENAME" if word(1) == "USER" => Some("RENAME USER".to_owned()),
        first @ ("GRANT" | "REVOKE" | "FLUSH" | "RESET" | "PURGE" | "INSTALL" | "UNINSTALL"
        | "SHUTDOWN" | "RESTART" | "KILL" | "CLONE" | "STOP") => Some(first.to_owned()),
        "CHANGE" if matches!(word(1), "MASTER" | "REPLICATION") => {
            Some(format!("CHANGE {}", word(1)))
        }
        "START" if matches!(word(1), "SLAVE" | "REPLICA" | "GROUP_REPLICATION") => {
            Some(format!("START {}", word(1)))
        }
        "SET" => {
            let global = words.iter().any(|word| {
                matches!(
                    word.as_str(),
                    "GLOBAL"
                        | "@@GLOBAL"
                        | "PERSIST"
                        | "@@PERSIST"
                        | "PERSIST_ONLY"
                        | "@@PERSIST_ONLY"
                )
            });
            if global {
                Some("SET GLOBAL".to_owned())
            } else if matches!(word(1), "PASSWORD" | "ROLE" | "DEFAULT") && word(1) != "ROLE" {
                Some(format!("SET {}", word(1)))
            } else {
                None
            }
        }
        _ => None,
    }
}

/// What follows in the same session may run differently after it.
pub(super) fn changes_session(text: &str) -> bool {
    let words = words(text, 4);
    match words.first().map_or("", String::as_str) {
        "SET" | "USE" | "LOCK" | "BEGIN" | "START" | "PREPARE" | "CALL" | "XA" | "SAVEPOINT"
        | "HANDLER" => true,
        "CREATE" => words.iter().any(|word| word == "TEMPORARY"),
        _ => false,
    }
}

/// The first words of a statement in upper case, comments and punctuation skipped, quoted things as `'`.
fn words(text: &str, limit: usize) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while found.len() < limit {
        rest = skip_blank(rest);
        let Some(first) = rest.chars().next() else {
            break;
        };
        let length = match first {
            '`' | '"' | '\'' => {
                found.push("'".to_owned());
                rest[1..].find(first).map_or(rest.len(), |end| end + 2)
            }
            c if c.is_alphanumeric() || matches!(c, '_' | '@') => {
                let length = rest
                    .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$' | '@')))
                    .unwrap_or(rest.len());
                found.push(rest[..length].to_uppercase());
                length
            }
            other => other.len_utf8(),
        };
        rest = &rest[length..];
    }
    found
}

/// Skips blanks and comments; the marks of `/*!50100 … */` are skipped and what they hold is read.
fn skip_blank(mut rest: &str) -> &str {
    loop {
        rest = rest.trim_start();
        if rest.starts_with("--") || rest.starts_with('#') {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if let Some(code) = rest
            .strip_prefix("/*!")
            .or_else(|| rest.strip_prefix("/*M!"))
        {
            rest = code.trim_start_matches(|c: char| c.is_ascii_digit());
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.find("*/").map_or("", |end| &comment[end + 2..]);
        } else {
            return rest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reaches_beyond_the_databases_is_refused_on_a_shared_server() {
        for (text, what) in [
            ("CREATE USER app@'%'", "CREATE USER"),
            ("create or replace role r", "CREATE ROLE"),
            ("GRANT SELECT ON *.* TO app", "GRANT"),
            ("SET GLOBAL sql_mode = ''", "SET GLOBAL"),
            ("set @@global.x = 1", "SET GLOBAL"),
            ("/*!50100 FLUSH TABLES */", "FLUSH"),
            ("-- why\nDROP TABLESPACE t", "DROP TABLESPACE"),
        ] {
            let refusal = refuse(text, Reach::Databases).unwrap_or_else(|| panic!("{text} passes"));
            assert!(refusal.message.starts_with(what), "{}", refusal.message);
        }
        for text in [
            "CREATE TABLE user (role int)",
            "SET foreign_key_checks = 0",
            "INSERT INTO t VALUES ('GRANT x')",
            "CREATE DATABASE d",
            "USE d",
            "ALTER TABLE t TABLESPACE x",
        ] {
            assert_eq!(refuse(text, Reach::Databases), None, "{text}");
        }
    }

    #[test]
    fn one_database_is_not_left() {
        for text in [
            "CREATE DATABASE d",
            "drop schema d",
            "USE other;",
            "ALTER DATABASE d CHARSET x",
        ] {
            assert!(refuse(text, Reach::Database).is_some(), "{text}");
        }
        assert_eq!(refuse("CREATE TABLE d (a int)", Reach::Database), None);
    }

    #[test]
    fn settings_end_with_their_file() {
        for (text, changes) in [
            ("SET sql_mode = ''", true),
            ("CREATE TEMPORARY TABLE t (a int)", true),
            ("LOCK TABLES t WRITE", true),
            ("CREATE TABLE t (a int)", false),
            ("INSERT INTO t VALUES (1)", false),
        ] {
            assert_eq!(changes_session(text), changes, "{text}");
        }
    }

    #[test]
    fn any_text_has_words() {
        arbtest::arbtest(|u| {
            let text: String = u.arbitrary()?;
            let _ = (refuse(&text, Reach::Database), changes_session(&text));
            Ok(())
        })
        .budget_ms(200);
    }
}
