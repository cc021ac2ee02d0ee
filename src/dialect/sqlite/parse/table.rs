//! `CREATE TABLE`.

use super::lex;
use super::{ParseError, Parser, PartDef, collation_name};
use crate::schema::Action;
use crate::sql::token::Kind;

/// What a `CREATE TABLE` says. Column constraints are listed with those of the table: SQLite treats them alike.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::dialect::sqlite) struct TableDef {
    /// Name, unquoted.
    pub(in crate::dialect::sqlite) name: String,
    /// Columns in order.
    pub(in crate::dialect::sqlite) columns: Vec<ColumnDef>,
    /// Primary key.
    pub(in crate::dialect::sqlite) primary_key: Option<PrimaryKeyDef>,
    /// Unique constraints in order.
    pub(in crate::dialect::sqlite) uniques: Vec<UniqueDef>,
    /// Foreign keys in order.
    pub(in crate::dialect::sqlite) foreign_keys: Vec<ForeignKeyDef>,
    /// Check constraints in order: name, condition.
    pub(in crate::dialect::sqlite) checks: Vec<(Option<String>, String)>,
    /// `WITHOUT ROWID`
    pub(in crate::dialect::sqlite) without_rowid: bool,
    /// `STRICT`
    pub(in crate::dialect::sqlite) strict: bool,
    /// Where its last column ends, in bytes: at the comma or the parenthesis behind it.
    pub(in crate::dialect::sqlite) columns_end: usize,
}

/// A column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::dialect::sqlite) struct ColumnDef {
    /// Name, unquoted.
    pub(in crate::dialect::sqlite) name: String,
    /// Where it begins, in bytes.
    pub(in crate::dialect::sqlite) start: usize,
    /// Type in lower case and canonical spacing, empty if there is none.
    pub(in crate::dialect::sqlite) ty: String,
    /// `NOT NULL`
    pub(in crate::dialect::sqlite) not_null: bool,
    /// `ON CONFLICT` of `NOT NULL`.
    pub(in crate::dialect::sqlite) not_null_conflict: Option<String>,
    /// `DEFAULT`, canonical, without parentheses.
    pub(in crate::dialect::sqlite) default: Option<String>,
    /// `COLLATE`
    pub(in crate::dialect::sqlite) collation: Option<String>,
    /// `GENERATED ALWAYS AS`: expression, stored.
    pub(in crate::dialect::sqlite) generated: Option<(String, bool)>,
}

/// A primary key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialect::sqlite) struct PrimaryKeyDef {
    /// Constraint name.
    pub(in crate::dialect::sqlite) name: Option<String>,
    /// Parts in order.
    pub(in crate::dialect::sqlite) parts: Vec<PartDef>,
    /// `ON CONFLICT`
    pub(in crate::dialect::sqlite) on_conflict: Option<String>,
    /// `AUTOINCREMENT`
    pub(in crate::dialect::sqlite) auto_increment: bool,
    /// Written with its column.
    pub(in crate::dialect::sqlite) inline: bool,
}

/// A unique constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialect::sqlite) struct UniqueDef {
    /// Constraint name.
    pub(in crate::dialect::sqlite) name: Option<String>,
    /// Parts in order.
    pub(in crate::dialect::sqlite) parts: Vec<PartDef>,
    /// `ON CONFLICT`
    pub(in crate::dialect::sqlite) on_conflict: Option<String>,
}

/// A foreign key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialect::sqlite) struct ForeignKeyDef {
    /// Constraint name.
    pub(in crate::dialect::sqlite) name: Option<String>,
    /// Referencing columns.
    pub(in crate::dialect::sqlite) columns: Vec<String>,
    /// Referenced table.
    pub(in crate::dialect::sqlite) ref_table: String,
    /// Referenced columns, empty when not written.
    pub(in crate::dialect::sqlite) ref_columns: Vec<String>,
    /// `ON UPDATE`
    pub(in crate::dialect::sqlite) on_update: Action,
    /// `ON DELETE`
    pub(in crate::dialect::sqlite) on_delete: Action,
    /// `MATCH`, in upper case.
    pub(in crate::dialect::sqlite) matching: Option<String>,
    /// `DEFERRABLE`; `Some(true)` when `INITIALLY DEFERRED`.
    pub(in crate::dialect::sqlite) deferrable: Option<bool>,
}

/// Reads a `CREATE TABLE`.
pub(in crate::dialect::sqlite) fn create_table(text: &str) -> Result<TableDef, ParseError> {
    let mut parser = Parser::new(text);
    parser.expect("CREATE")?;
    let _ = parser.take("TEMP") || parser.take("TEMPORARY");
    parser.expect("TABLE")?;
    parser.if_not_exists()?;
    let mut table = TableDef {
        name: parser.qualified_name()?,
        ..TableDef::default()
    };
    parser.expect_symbol("(")?;
    loop {
        parser.column(&mut table)?;
        table.columns_end = parser.offset();
        if !parser.take_symbol(",") || parser.at_table_constraint() {
            break;
        }
    }
    while !parser.take_symbol(")") {
        parser.table_constraint(&mut table)?;
        parser.take_symbol(",");
    }
    loop {
        if parser.take("WITHOUT") {
            parser.expect("ROWID")?;
            table.without_rowid = true;
        } else if parser.take("STRICT") {
            table.strict = true;
        }
        if !parser.take_symbol(",") {
            break;
        }
    }
    parser.take_symbol(";");
    match parser.peek() {
        None => Ok(table),
        Some(_) => Err(parser.error("the end")),
    }
}

/// Words that end a column's type: what a column constraint begins with.
const CONSTRAINT_WORDS: [&str; 10] = [
    "CONSTRAINT",
    "PRIMARY",
    "NOT",
    "NULL",
    "UNIQUE",
    "CHECK",
    "DEFAULT",
    "COLLATE",
    "REFERENCES",
    "AS",
];

impl Parser<'_> {
    fn at_table_constraint(&self) -> bool {
        ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"]
            .iter()
            .any(|word| self.peek_is(word))
    }

    fn column(&mut self, table: &mut TableDef) -> Result<(), ParseError> {
        let mut column = ColumnDef {
            start: self.offset(),
            name: self.name()?,
            ..ColumnDef::default()
        };
        column.ty = self.column_type()?;
        self.column_constraints(&mut column, table)?;
        table.columns.push(column);
        Ok(())
    }

    fn at_column_constraint(&self) -> bool {
        CONSTRAINT_WORDS.iter().any(|word| self.peek_is(word))
            || (self.peek_is("GENERATED") && self.next_is("ALWAYS"))
            || self.peek_is("DEFERRABLE")
    }

    fn column_type(&mut self) -> Result<String, ParseError> {
        let mut ty = String::new();
        while let Some(token) = self.peek() {
            let word = matches!(token.kind, Kind::Word | Kind::Name) || lex::is_string(token);
            if !word || self.at_column_constraint() {
                break;
            }
            if !ty.is_empty() {
                ty.push(' ');
            }
            ty.push_str(&token.text.to_lowercase());
            self.at += 1;
        }
        if !ty.is_empty() && self.peek_symbol("(") {
            let arguments = self.group()?;
            ty.push('(');
            ty.extend(arguments.iter().map(|token| token.text));
            ty.push(')');
        }
        Ok(ty)
    }

    fn column_constraints(
        &mut self,
        column: &mut ColumnDef,
        table: &mut TableDef,
    ) -> Result<(), ParseError> {
        let mut name = None;
        loop {
            if self.take("CONSTRAINT") {
                name = Some(self.name()?);
                continue;
            }
            let found = self.column_constraint(name.take(), column, table)?;
            if !found {
                return Ok(());
            }
        }
    }

    /// Reads one constraint of a column; false if there is none.
    fn column_constraint(
        &mut self,
        name: Option<String>,
        column: &mut ColumnDef,
        table: &mut TableDef,
    ) -> Result<bool, ParseError> {
        if self.take("PRIMARY") {
            self.expect("KEY")?;
            if table.primary_key.is_some() {
                return Err(self.error("one primary key"));
            }
            let descending = !self.take("ASC") && self.take("DESC");
            table.primary_key = Some(PrimaryKeyDef {
                name,
                parts: vec![own_part(&column.name, descending)],
                on_conflict: self.on_conflict()?,
                auto_increment: self.take("AUTOINCREMENT"),
                inline: true,
            });
        } else if self.take("NOT") {
            if self.take("DEFERRABLE") {
                self.initially();
            } else {
                self.expect("NULL")?;
                column.not_null = true;
                column.not_null_conflict = self.on_conflict()?;
            }
        } else if self.take("NULL") {
            self.on_conflict()?;
        } else if self.take("UNIQUE") {
            let on_conflict = self.on_conflict()?;
            table.uniques.push(UniqueDef {
                name,
                parts: vec![own_part(&column.name, false)],
                on_conflict,
            });
        } else if self.take("CHECK") {
            let condition = self.enclosed()?;
            self.on_conflict()?;
            table.checks.push((name, condition));
        } else if self.take("DEFAULT") {
            column.default = self.default_value()?;
        } else if self.take("COLLATE") {
            let collation = collation_name(&self.name()?);
            column.collation = (collation != "BINARY").then_some(collation);
        } else if self.peek_is("REFERENCES") {
            let columns = vec![column.name.clone()];
            let key = self.references(name, columns)?;
            table.foreign_keys.push(key);
        } else if self.peek_is("GENERATED") && self.next_is("ALWAYS") {
            self.at += 2;
            self.expect("AS")?;
            column.generated = Some(self.generated()?);
        } else if self.take("AS") {
            column.generated = Some(self.generated()?);
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn generated(&mut self) -> Result<(String, bool), ParseError> {
        let expr = self.enclosed()?;
        let stored = self.take("STORED");
        self.take("VIRTUAL");
        Ok((expr, stored))
    }

    /// What follows `DEFAULT`. `NULL` is what a column has anyway.
    fn default_value(&mut self) -> Result<Option<String>, ParseError> {
        if self.peek_symbol("(") {
            let value = self.enclosed()?;
            // Where it can be a literal, it is the one that stands without parentheses.
            let value = match value.strip_prefix('+') {
                Some(number) if lex::is_literal(&value) => number.to_owned(),
                _ => value,
            };
            return Ok((!value.eq_ignore_ascii_case("NULL")).then_some(value));
        }
        let sign = if self.take_symbol("-") {
            "-"
        } else {
            self.take_symbol("+");
            ""
        };
        let token = *self.peek().ok_or_else(|| self.error("a default value"))?;
        self.at += 1;
        let word = |words: &[&str]| words.iter().any(|word| token.is(word));
        Ok(match token.kind {
            Kind::Text | Kind::Number => Some(format!("{sign}{}", token.text)),
            Kind::Word if token.is("NULL") => None,
            Kind::Word if word(&["TRUE", "FALSE"]) => Some(token.text.to_ascii_lowercase()),
            Kind::Word if word(&["CURRENT_TIME", "CURRENT_DATE", "CURRENT_TIMESTAMP"]) => {
                Some(token.text.to_ascii_uppercase())
            }
            // A name is taken for a string here.
            Kind::Word | Kind::Name => {
                let name = token.name().unwrap_or_default();
                Some(format!("'{}'", name.replace('\'', "''")))
            }
            _ => return Err(self.error("a default value")),
        })
    }

    fn table_constraint(&mut self, table: &mut TableDef) -> Result<(), ParseError> {
        let mut name = None;
        while self.take("CONSTRAINT") {
            name = Some(self.name()?);
        }
        if self.take("PRIMARY") {
            self.expect("KEY")?;
            if table.primary_key.is_some() {
                return Err(self.error("one primary key"));
            }
            let start = self.at;
            let parts = self.parts()?;
            let auto_increment = self.tokens[start..self.at]
                .iter()
                .any(|token| token.is("AUTOINCREMENT"));
            table.primary_key = Some(PrimaryKeyDef {
                name,
                parts,
                on_conflict: self.on_conflict()?,
                auto_increment,
                inline: false,
            });
        } else if self.take("UNIQUE") {
            let parts = self.parts()?;
            let on_conflict = self.on_conflict()?;
            table.uniques.push(UniqueDef {
                name,
                parts,
                on_conflict,
            });
        } else if self.take("CHECK") {
            let condition = self.enclosed()?;
            self.on_conflict()?;
            table.checks.push((name, condition));
        } else if self.take("FOREIGN") {
            self.expect("KEY")?;
            let columns = self.names()?;
            let key = self.references(name, columns)?;
            table.foreign_keys.push(key);
        } else if name.is_none() || !(self.peek_symbol(")") || self.peek_symbol(",")) {
            // A constraint name with nothing after it is what SQLite also lets pass.
            return Err(self.error("a table constraint"));
        }
        Ok(())
    }

    fn references(
        &mut self,
        name: Option<String>,
        columns: Vec<String>,
    ) -> Result<ForeignKeyDef, ParseError> {
        self.expect("REFERENCES")?;
        let ref_table = self.name()?;
        let ref_columns = if self.peek_symbol("(") {
            self.names()?
        } else {
            Vec::new()
        };
        let mut key = ForeignKeyDef {
            name,
            columns,
            ref_table,
            ref_columns,
            on_update: Action::NoAction,
            on_delete: Action::NoAction,
            matching: None,
            deferrable: None,
        };
        loop {
            if self.take("MATCH") {
                let name = self.name()?.to_ascii_uppercase();
                key.matching = (name != "SIMPLE").then_some(name);
            } else if self.take("ON") {
                if self.take("DELETE") {
                    key.on_delete = self.action()?;
                } else if self.take("UPDATE") {
                    key.on_update = self.action()?;
                } else {
                    self.expect("INSERT")?;
                    self.action()?;
                }
            } else if self.peek_is("NOT") && self.next_is("DEFERRABLE") {
                self.at += 2;
                self.initially();
                key.deferrable = None;
            } else if self.take("DEFERRABLE") {
                key.deferrable = Some(self.initially());
            } else {
                return Ok(key);
            }
        }
    }

    /// `INITIALLY …`; true when deferred.
    fn initially(&mut self) -> bool {
        self.take("INITIALLY") && (self.take("DEFERRED") || !self.take("IMMEDIATE"))
    }

    fn action(&mut self) -> Result<Action, ParseError> {
        if self.take("SET") {
            if self.take("NULL") {
                return Ok(Action::SetNull);
            }
            self.expect("DEFAULT")?;
            return Ok(Action::SetDefault);
        }
        if self.take("CASCADE") {
            return Ok(Action::Cascade);
        }
        if self.take("RESTRICT") {
            return Ok(Action::Restrict);
        }
        self.expect("NO")?;
        self.expect("ACTION")?;
        Ok(Action::NoAction)
    }
}

fn own_part(column: &str, descending: bool) -> PartDef {
    PartDef {
        name: Some(column.to_owned()),
        expr: column.to_owned(),
        collation: None,
        descending,
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
