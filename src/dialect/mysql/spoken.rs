//! What the desired SQL speaks of: the words that its statements say about a table, its columns, its indexes and its
//! database. A table whose statements can't be followed says everything.

use std::collections::{BTreeMap, BTreeSet};

use crate::sql::token::{Kind, Token, closing, items, tokens};
use crate::sql::{Rules, Statement};

/// Words of statements, in upper case; a quoted name counts as one, a string does not.
type Words = BTreeSet<String>;

/// The words that speak of a character set or a collation. A type may imply one, too.
const CHARSET: &[&str] = &[
    "CHARSET",
    "CHARACTER",
    "COLLATE",
    "CONVERT",
    "BINARY",
    "ASCII",
    "UNICODE",
    "NATIONAL",
    "NCHAR",
    "NVARCHAR",
];

/// What statements say.
#[derive(Debug, Default)]
pub(super) struct Spoken {
    /// Of databases.
    database: Words,
    /// Of indexes, wherever they are made.
    indexes: Words,
    /// Of checks, wherever they are made.
    checks: Words,
    /// By their names in lower case, since servers may keep them so.
    tables: BTreeMap<String, TableWords>,
}

/// What is said of one table.
#[derive(Debug, Default)]
pub(super) struct TableWords {
    /// Behind the parentheses, and in ALTER.
    options: Words,
    /// In a column's definition, behind its name, which stands here in lower case.
    columns: BTreeMap<String, Words>,
}

impl Spoken {
    /// Reads statements.
    pub(super) fn of(statements: &[Statement]) -> Self {
        let mut spoken = Self::default();
        for statement in statements {
            let tokens: Vec<Token<'_>> = tokens(&statement.text, &Rules::MYSQL).collect();
            spoken.statement(&tokens);
        }
        spoken
    }

    fn statement(&mut self, tokens: &[Token<'_>]) {
        let Some((first, rest)) = tokens.split_first() else {
            return;
        };
        let kind = rest.iter().position(|token| {
            token.is_any(&["TABLE", "DATABASE", "SCHEMA", "INDEX", "VIEW", "TRIGGER"])
        });
        let Some(kind) = kind.filter(|at| *at < 6 && first.is_any(&["CREATE", "ALTER"])) else {
            return;
        };
        let about = &rest[kind + 1..];
        if rest[kind].is_any(&["DATABASE", "SCHEMA"]) {
            self.database.extend(words(about));
        } else if rest[kind].is("INDEX") {
            self.indexes.extend(words(about));
        } else if rest[kind].is("TABLE") {
            let Some((name, about)) = subject(about) else {
                return;
            };
            match first.is("CREATE") {
                true => self.create(name, about),
                false => {
                    let said = words(about);
                    self.indexes.extend(said.clone());
                    self.checks.extend(said.clone());
                    self.tables.entry(name).or_default().options.extend(said);
                }
            }
        }
    }

    fn create(&mut self, name: String, mut about: &[Token<'_>]) {
        let mut table = TableWords::default();
        if about.first().is_some_and(|token| token.symbol("(")) {
            let end = closing(about);
            for item in items(&about[1..end.min(about.len())]) {
                let Some((first, rest)) = item.split_first() else {
                    continue;
                };
                let said = words(rest);
                if first.is_any(&["CONSTRAINT", "CHECK"]) {
                    self.checks.extend(said.clone());
                }
                if first.is_any(&[
                    "KEY",
                    "INDEX",
                    "UNIQUE",
                    "FULLTEXT",
                    "SPATIAL",
                    "VECTOR",
                    "CONSTRAINT",
                ]) {
                    self.indexes.extend(said.clone());
                }
                table
                    .columns
                    .extend(first.name().map(|column| (column.to_lowercase(), said)));
            }
            about = about.get(end + 1..).unwrap_or_default();
        }
        table.options.extend(words(about));
        let whole = self.tables.entry(name).or_default();
        whole.options.extend(table.options);
        whole.columns.extend(table.columns);
    }

    /// A database's character set, collation or comment is said.
    pub(super) fn database(&self) -> bool {
        says_charset(&self.database) || self.database.contains("COMMENT")
    }

    /// One of these words is said of an index.
    pub(super) fn index(&self, said: &[&str]) -> bool {
        says(&self.indexes, said)
    }

    /// The word is said of a check.
    pub(super) fn check(&self, said: &str) -> bool {
        self.checks.contains(said)
    }

    /// What is said of a table; `None` where it comes from another one, and so may be anything.
    pub(super) fn table(&self, name: &str) -> Option<&TableWords> {
        let table = self.tables.get(&name.to_lowercase())?;
        (!table.columns.is_empty() && !says(&table.options, &["LIKE", "SELECT"])).then_some(table)
    }
}

impl TableWords {
    /// The table's option is said.
    pub(super) fn option(&self, name: &str) -> bool {
        self.options.contains(&name.to_ascii_uppercase())
    }

    /// The table's character set or collation is said.
    pub(super) fn charset(&self) -> bool {
        says_charset(&self.options)
    }

    /// The word is said of a column, or the column is not known.
    pub(super) fn column(&self, name: &str, said: &str) -> bool {
        self.columns
            .get(&name.to_lowercase())
            .is_none_or(|words| words.contains(said))
    }

    /// The column's character set or collation is said, or the column is not known.
    pub(super) fn column_charset(&self, name: &str) -> bool {
        self.columns
            .get(&name.to_lowercase())
            .is_none_or(says_charset)
    }
}

fn says(words: &Words, said: &[&str]) -> bool {
    said.iter().any(|word| words.contains(*word))
}

fn says_charset(words: &Words) -> bool {
    says(words, CHARSET)
}

/// The name of the table that follows `TABLE`, unqualified and in lower case, and what stands behind it.
fn subject<'t, 's>(tokens: &'t [Token<'s>]) -> Option<(String, &'t [Token<'s>])> {
    let mut rest = tokens;
    while let Some((first, more)) = rest.split_first()
        && first.is_any(&["IF", "NOT", "EXISTS"])
    {
        rest = more;
    }
    loop {
        let (first, more) = rest.split_first()?;
        let name = first.name()?;
        match more.split_first() {
            Some((dot, more)) if dot.symbol(".") => rest = more,
            _ => return Some((name.to_lowercase(), more)),
        }
    }
}

fn words(tokens: &[Token<'_>]) -> Words {
    let said = tokens.iter().filter(|token| token.kind != Kind::Text);
    said.filter_map(|token| Some(token.name()?.to_ascii_uppercase()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{ScanOptions, scan};

    fn spoken(sql: &str) -> Spoken {
        Spoken::of(&scan(sql, &ScanOptions::MYSQL).unwrap().statements)
    }

    #[test]
    fn a_tables_words_are_told_from_its_columns() {
        let said = spoken(
            "CREATE TABLE IF NOT EXISTS `dev`.t (\n\tid INTEGER NOT NULL, -- it's ROW_FORMAT\n\tname VARCHAR(5) \
             COLLATE utf8mb4_bin, `storage` INT, PRIMARY KEY (id)\n)ENGINE=InnoDB COMMENT='CHARSET' /*!50100 \
             PARTITION BY HASH (id) */",
        );
        let table = said.table("t").unwrap();
        assert!(table.option("engine") && table.option("PARTITION"));
        assert!(!table.option("ROW_FORMAT") && !table.charset());
        assert!(table.column_charset("name") && !table.column_charset("id"));
        assert!(!table.column("storage", "STORAGE") && table.column("unknown", "STORAGE"));
        assert!(said.table("u").is_none());
        let said =
            spoken("CREATE TABLE Item (Name VARCHAR(5) COLLATE utf8mb4_bin) ROW_FORMAT=COMPACT");
        let table = said.table("item").unwrap();
        assert!(table.option("ROW_FORMAT") && table.column_charset("name"));
        assert!(!table.column("NAME", "STORAGE"));
    }

    #[test]
    fn later_statements_speak_too() {
        let said = spoken(
            "CREATE TABLE t (id INT); ALTER TABLE t ROW_FORMAT=COMPACT; CREATE INDEX a ON t (id) COMMENT 'x'; \
             CREATE TABLE u LIKE t; CREATE VIEW v AS SELECT 1; ALTER DATABASE CHARACTER SET latin1",
        );
        assert!(said.table("t").unwrap().option("ROW_FORMAT"));
        assert!(said.index(&["COMMENT"]) && !said.index(&["INVISIBLE"]));
        assert!(said.table("u").is_none(), "it may have anything");
        assert!(said.database());
        assert!(!spoken("CREATE DATABASE shop; DROP DATABASE latin1").database());
    }
}
