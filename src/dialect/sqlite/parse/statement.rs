//! What a statement of a script does to a schema.

use super::{ParseError, Parser, lex};

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialect::sqlite) enum Statement {
    Create(Create),
    Drop {
        kind: &'static str,
        name: Name,
        if_exists: bool,
    },
    Alter {
        table: Name,
        change: Alter,
    },
    Pragma {
        name: String,
        value: Option<String>,
    },
    /// It changes rows of a table.
    Rows(Name),
    Begin,
    Commit,
    Rollback,
    /// It changes no schema.
    Other,
}

/// The name of an object, with its database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialect::sqlite) struct Name {
    pub(in crate::dialect::sqlite) database: Option<String>,
    pub(in crate::dialect::sqlite) name: String,
    /// Where the name itself begins, in bytes.
    pub(in crate::dialect::sqlite) start: usize,
}

/// `CREATE …`, up to what its kind says by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialect::sqlite) struct Create {
    /// `table`, `virtual table`, `index`, `unique index`, `view`, `trigger`.
    pub(in crate::dialect::sqlite) kind: &'static str,
    pub(in crate::dialect::sqlite) temporary: bool,
    pub(in crate::dialect::sqlite) if_not_exists: bool,
    pub(in crate::dialect::sqlite) name: Name,
    /// The table of an index or a trigger, the module of a virtual table.
    pub(in crate::dialect::sqlite) on: Option<String>,
    /// A trigger `INSTEAD OF`, a table `AS SELECT`.
    pub(in crate::dialect::sqlite) instead: bool,
}

/// What `ALTER TABLE` does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialect::sqlite) enum Alter {
    RenameTable(String),
    /// The new name also as it is written.
    RenameColumn(String, String, String),
    /// From here on it is defined.
    AddColumn(usize),
    DropColumn(String),
}

/// Reads a statement.
pub(in crate::dialect::sqlite) fn statement(text: &str) -> Result<Statement, ParseError> {
    let mut parser = Parser::new(text);
    let Some(first) = parser.peek().map(|token| token.text.to_ascii_uppercase()) else {
        return Ok(Statement::Other);
    };
    parser.at += 1;
    match first.as_str() {
        "CREATE" => parser.create().map(Statement::Create),
        "DROP" => parser.drop_object(),
        "ALTER" => parser.alter(),
        "PRAGMA" => {
            let name = parser.object_name()?.name.to_ascii_lowercase();
            let set = parser.take_symbol("=") || parser.take_symbol("(");
            let sign = parser.take_symbol("-");
            let value = parser.peek().filter(|_| set && !sign);
            let value = value.map(|token| token.unquoted().to_ascii_lowercase());
            Ok(Statement::Pragma { name, value })
        }
        "INSERT" | "REPLACE" | "UPDATE" | "DELETE" => {
            if parser.take("OR") {
                parser.at += 1;
            }
            let _ = parser.take("INTO") || parser.take("FROM");
            parser.object_name().map(Statement::Rows)
        }
        "BEGIN" => Ok(Statement::Begin),
        "COMMIT" | "END" => Ok(Statement::Commit),
        "ROLLBACK" => Ok(Statement::Rollback),
        "WITH" | "SELECT" | "VALUES" | "EXPLAIN" | "ANALYZE" | "REINDEX" | "VACUUM"
        | "SAVEPOINT" | "RELEASE" => Ok(Statement::Other),
        _ => {
            parser.at = 0;
            Err(parser.error("a statement"))
        }
    }
}

impl Parser<'_> {
    fn object_name(&mut self) -> Result<Name, ParseError> {
        let mut start = self.offset();
        let mut name = self.name()?;
        let mut database = None;
        if self.take_symbol(".") {
            start = self.offset();
            database = Some(std::mem::replace(&mut name, self.name()?));
        }
        Ok(Name {
            database,
            name,
            start,
        })
    }

    fn create(&mut self) -> Result<Create, ParseError> {
        let temporary = self.take("TEMP") || self.take("TEMPORARY");
        let kind = match () {
            () if self.take("TABLE") => "table",
            () if self.take("VIEW") => "view",
            () if self.take("TRIGGER") => "trigger",
            () if self.take("INDEX") => "index",
            () if self.take("UNIQUE") => {
                self.expect("INDEX")?;
                "unique index"
            }
            () => {
                self.expect("VIRTUAL")?;
                self.expect("TABLE")?;
                "virtual table"
            }
        };
        let if_not_exists = self.peek_is("IF");
        self.if_not_exists()?;
        let mut create = Create {
            kind,
            temporary,
            if_not_exists,
            name: self.object_name()?,
            on: None,
            instead: false,
        };
        match kind {
            "table" => create.instead = self.take("AS"),
            "virtual table" => {
                self.expect("USING")?;
                create.on = Some(self.name()?);
            }
            "trigger" => {
                create.instead = self.peek_is("INSTEAD");
                let event = |parser: &Self| {
                    ["INSERT", "DELETE", "UPDATE"]
                        .iter()
                        .any(|word| parser.peek_is(word))
                };
                for word in ["BEFORE", "AFTER", "INSTEAD", "OF"] {
                    self.take(word);
                }
                if !event(self) {
                    return Err(self.error("INSERT, UPDATE or DELETE"));
                }
                self.at += 1;
                if self.take("OF") {
                    self.name()?;
                    while self.take_symbol(",") {
                        self.name()?;
                    }
                }
                self.expect("ON")?;
                create.on = Some(self.name()?);
                if !self.tokens.iter().any(|token| token.is("BEGIN")) {
                    return Err(self.error("BEGIN"));
                }
            }
            "view" => {
                if self.peek_symbol("(") {
                    self.names()?;
                }
                self.expect("AS")?;
            }
            _ => {
                self.expect("ON")?;
                create.on = Some(self.name()?);
            }
        }
        Ok(create)
    }

    fn drop_object(&mut self) -> Result<Statement, ParseError> {
        let kinds = [
            ("TABLE", "table"),
            ("VIEW", "view"),
            ("INDEX", "index"),
            ("TRIGGER", "trigger"),
        ];
        let kind = kinds.iter().find(|(word, _)| self.peek_is(word));
        let (_, kind) = kind.ok_or_else(|| self.error("TABLE, VIEW, INDEX or TRIGGER"))?;
        self.at += 1;
        let if_exists = self.take("IF");
        if if_exists {
            self.expect("EXISTS")?;
        }
        Ok(Statement::Drop {
            kind,
            name: self.object_name()?,
            if_exists,
        })
    }

    fn alter(&mut self) -> Result<Statement, ParseError> {
        self.expect("TABLE")?;
        let table = self.object_name()?;
        let change = if self.take("RENAME") {
            if self.take("TO") {
                Alter::RenameTable(self.name()?)
            } else {
                self.take("COLUMN");
                let from = self.name()?;
                self.expect("TO")?;
                let written = self.peek().map_or("", |token| token.text).to_owned();
                Alter::RenameColumn(from, self.name()?, written)
            }
        } else if self.take("ADD") {
            self.take("COLUMN");
            Alter::AddColumn(self.offset())
        } else {
            self.expect("DROP")?;
            self.take("COLUMN");
            Alter::DropColumn(self.name()?)
        };
        Ok(Statement::Alter { table, change })
    }
}

/// The end of a text without the semicolon and what follows its last token.
pub(in crate::dialect::sqlite) fn end(text: &str) -> usize {
    let tokens = lex::tokens(text);
    let mut own = tokens.iter().rev().skip_while(|token| token.symbol(";"));
    own.next().map_or(text.len(), |token| token.end())
}
