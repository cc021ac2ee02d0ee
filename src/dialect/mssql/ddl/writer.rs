//! Names and literals, as one plan writes them.

use std::ops::Deref;

use crate::dialect::RenderContext;
use crate::dialect::write::Names;
use crate::schema::DataType;

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

/// A statement as a batch of its own, wherever it stands.
pub(super) fn alone(sql: &str) -> String {
    format!("EXEC ({})", literal(sql))
}
