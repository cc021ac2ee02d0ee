//! The `USING` clause of a type change.

use crate::schema::Column;

use super::types::{self, Conversion};
use super::writer::{Writer, quote};

/// How the rows get from one type to the other, where the server must be told.
pub(super) fn using(writer: &Writer<'_>, from: &Column, to: &Column) -> Option<String> {
    let column = quote(&to.name);
    let ty = writer.ty(&to.ty);
    match types::conversion(&from.ty, &to.ty) {
        Conversion::Assignment => None,
        Conversion::Cast => Some(format!("{column}::{ty}")),
        Conversion::Truth if to.ty.name == "boolean" => Some(format!("{column} <> 0")),
        Conversion::Truth if ty == "integer" => Some(format!("{column}::integer")),
        Conversion::Truth => Some(format!("{column}::integer::{ty}")),
        Conversion::Text => Some(format!("{column}::text{}::{ty}", text_brackets(from, to))),
    }
}

/// An array that becomes another goes through an array of texts.
fn text_brackets<'a>(from: &'a Column, to: &Column) -> &'a str {
    if types::brackets(&to.ty).is_empty() {
        ""
    } else {
        types::brackets(&from.ty)
    }
}
