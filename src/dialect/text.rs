//! Objects kept as text that hold nothing of their own: dropped, they come back by the statement that makes them.

use super::write::quoted;
use crate::schema::TextObject;

/// A kind of them.
#[derive(Debug)]
pub struct TextKind {
    /// As [`TextObject::kind`] has it.
    pub kind: &'static str,
    /// As statements call it.
    pub word: &'static str,
    /// It is named together with its table.
    pub on_table: bool,
}

impl TextKind {
    /// One that has a name for itself.
    pub const fn own(kind: &'static str, word: &'static str) -> Self {
        Self {
            kind,
            word,
            on_table: false,
        }
    }

    /// One of a table.
    pub const fn of_table(kind: &'static str, word: &'static str) -> Self {
        Self {
            kind,
            word,
            on_table: true,
        }
    }

    /// Drops one.
    pub fn drop(&self, schema: Option<&str>, object: &TextObject, quote: char) -> String {
        let qualified = |name: &str| match schema {
            Some(schema) => format!("{}.{}", quoted(schema, quote), quoted(name, quote)),
            None => quoted(name, quote),
        };
        let (name, arguments) = parts(&object.name);
        let word = self.word;
        match &object.table {
            Some(table) if self.on_table => {
                format!(
                    "DROP {word} {} ON {};",
                    quoted(name, quote),
                    qualified(table)
                )
            }
            _ => format!("DROP {word} {}{arguments};", qualified(name)),
        }
    }
}

/// An object's name, and the types of its arguments where it carries them: `(integer)`.
pub fn parts(name: &str) -> (&str, &str) {
    match name.find('(') {
        Some(at) if name.ends_with(')') => name.split_at(at),
        _ => (name, ""),
    }
}
