//! Values of expressions.

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    /// Something is there, and only a server knows what.
    Something,
    Text(String),
    Number(i64),
    /// Of a condition; `None` for unknown.
    Truth(Option<bool>),
}
