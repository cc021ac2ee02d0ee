//! The `USING` clause of a type change.

use crate::schema::{Column, DataType};

use super::types::{self, Conversion};
use super::writer::{Writer, quote};

/// How the rows get from one type to the other, where the server must be told.
pub(super) fn using(writer: &Writer<'_>, from: &Column, to: &Column) -> Option<String> {
    let column = quote(&to.name);
    let ty = writer.ty(&to.ty);
    match types::conversion(&from.ty, &to.ty) {
        Conversion::Assignment => None,
        Conversion::Cast => Some(format!("{column}::{ty}")),
        Conversion::Truth if to.ty == "boolean" => Some(format!("{column} <> 0")),
        Conversion::Truth if ty == "integer" => Some(format!("{column}::integer")),
        Conversion::Truth => Some(format!("{column}::integer::{ty}")),
        Conversion::Text => Some(format!("{column}::text{}::{ty}", text_brackets(from, to))),
    }
}

/// No value of the one type has a text that the other would take.
pub(super) fn is_hopeless(from: &DataType, to: &DataType) -> bool {
    if types::conversion(from, to) != Conversion::Text || from.user.is_some() || to.user.is_some() {
        return false;
    }
    if from.is_array() != to.is_array() {
        return true;
    }
    let number = |name: &str| {
        matches!(
            name,
            "smallint" | "integer" | "bigint" | "real" | "double precision"
        )
    };
    let moment = |name: &str| name == "date" || name.starts_with("time");
    let (old, new) = (from.base.as_str(), to.base.as_str());
    let short = |name: &str| number(name) || moment(name) || name == "boolean";
    (short(old) && new == "uuid")
        || (old == "uuid" && (short(new) || matches!(new, "numeric" | "json" | "jsonb")))
        || (moment(old) && (number(new) || matches!(new, "numeric" | "boolean" | "json" | "jsonb")))
        || (old == "boolean" && (moment(new) || new == "numeric"))
}

/// An array that becomes another goes through an array of texts.
fn text_brackets(from: &Column, to: &Column) -> String {
    if to.ty.is_array() {
        from.ty.brackets()
    } else {
        String::new()
    }
}
