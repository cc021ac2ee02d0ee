//! Names and literals, as one plan writes them.

use std::collections::BTreeSet;
use std::ops::Deref;

use crate::dialect::RenderContext;
use crate::dialect::mssql::text::mentions;
use crate::dialect::write::Names;
use crate::schema::{DataType, Realm};

pub(super) use crate::dialect::mssql::write::{list, literal, quote};
pub(super) use crate::dialect::write::{named, refuse};

/// What one change is written with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writer<'a>(Names<'a>);

impl<'a> Deref for Writer<'a> {
    type Target = Names<'a>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<'a> Writer<'a> {
    pub(super) fn new(context: &'a RenderContext<'a>, scope: &'a str) -> Self {
        Self(Names {
            context,
            scope,
            quote: '"',
        })
    }

    /// The name of something in a schema, in brackets.
    pub(super) fn object(&self, schema: &str, name: &str) -> String {
        match self.prefix(schema) {
            Some(prefix) => format!("{}.{}", quote(prefix), quote(name)),
            None => quote(name),
        }
    }

    /// The same as a string that procedures and functions take.
    pub(super) fn object_literal(&self, schema: &str, name: &str) -> String {
        literal(&self.object(schema, name))
    }

    /// A type.
    pub(super) fn ty(&self, ty: &DataType) -> String {
        match &ty.user {
            Some(user) => self.object(&user.schema, &user.name),
            None => ty.to_string().replace("(max)", "(MAX)"),
        }
    }
}

impl Writer<'_> {
    /// Statements in one block, each in a line of its own where plans have such.
    pub(super) fn block(&self, statements: &[String]) -> String {
        match self.indent() {
            Some(indent) => {
                let lines = statements.iter().map(|one| format!("{indent}{one};\n"));
                format!("BEGIN\n{}END", lines.collect::<String>())
            }
            None => format!("BEGIN {}; END", statements.join("; ")),
        }
    }

    /// A statement with expressions over a table: as a batch of its own where they have a column that the table does not
    /// have before the plan, since a batch is compiled as a whole.
    pub(super) fn compiled<'e>(
        &self,
        (schema, table): (&str, &str),
        sql: String,
        exprs: impl Iterator<Item = &'e str>,
    ) -> String {
        let mut exprs = exprs.filter(|expr| !expr.is_empty()).peekable();
        if exprs.peek().is_none() {
            return sql;
        }
        let table_of = |realm: &Realm| -> BTreeSet<String> {
            let table = realm.schema(schema).and_then(|schema| schema.table(table));
            let columns = table.map_or(&[][..], |table| &table.columns);
            columns.iter().map(|column| column.name.clone()).collect()
        };
        let there = table_of(self.context.existing);
        let desired = table_of(self.context.desired);
        let new: Vec<&String> = desired.difference(&there).collect();
        let late =
            !there.is_empty() && exprs.any(|expr| new.iter().any(|name| mentions(expr, name)));
        if late { alone(&sql) } else { sql }
    }
}

/// A statement as a batch of its own, wherever it stands.
pub(super) fn alone(sql: &str) -> String {
    format!("EXEC ({})", literal(sql))
}
