//! What becomes of values where a column's type changes, as the server's documentation of `CAST` and `ALTER COLUMN` has it
//! (<https://learn.microsoft.com/sql/t-sql/functions/cast-and-convert-transact-sql>).

use crate::dialect::Fit;
use crate::schema::DataType;

/// Types between which the server has the same rules.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Number,
    /// With the range of `datetime`, which is a number as well.
    OldClock,
    Clock,
    Text,
    Binary,
    Uuid,
    Xml,
    OldText,
    Image,
    RowVersion,
    Variant,
    /// Of the .NET runtime.
    Foreign,
    /// Nothing is said of it.
    Other,
}

fn family(ty: &DataType) -> Family {
    if ty.user.is_some() {
        return Family::Other;
    }
    match ty.base.as_str() {
        "bit" | "tinyint" | "smallint" | "int" | "bigint" | "decimal" | "numeric" | "float"
        | "real" | "money" | "smallmoney" => Family::Number,
        "datetime" | "smalldatetime" => Family::OldClock,
        "date" | "time" | "datetime2" | "datetimeoffset" => Family::Clock,
        "char" | "varchar" | "nchar" | "nvarchar" => Family::Text,
        "binary" | "varbinary" => Family::Binary,
        "uniqueidentifier" => Family::Uuid,
        "xml" => Family::Xml,
        "text" | "ntext" => Family::OldText,
        "image" => Family::Image,
        "rowversion" => Family::RowVersion,
        "sql_variant" => Family::Variant,
        "geography" | "geometry" | "hierarchyid" => Family::Foreign,
        _ => Family::Other,
    }
}

/// `ALTER COLUMN` makes the one of the other: their values are converted without a word.
pub(super) fn converts(from: &DataType, to: &DataType) -> bool {
    if from.base == to.base {
        return true;
    }
    let is_max = to.arguments == ["max"];
    match (family(from), family(to)) {
        (Family::Other, _) | (_, Family::Other) => true,
        (Family::RowVersion, _) | (_, Family::RowVersion) => false,
        (Family::OldText, Family::Text) => is_max,
        (Family::OldText, Family::Xml) | (Family::Text, Family::OldText) => true,
        (Family::OldText, _) | (_, Family::OldText) => false,
        (Family::Image, Family::Binary) => is_max,
        (Family::Binary, Family::Image) => true,
        (Family::Image, _) | (_, Family::Image) => false,
        (Family::Xml | Family::Variant | Family::Foreign, _) => false,
        (_, Family::Variant) => true,
        (Family::Text | Family::Binary, Family::Xml | Family::Foreign) => true,
        (_, Family::Xml | Family::Foreign) => false,
        (Family::Uuid, Family::Text | Family::Binary) => true,
        (Family::Text | Family::Binary, Family::Uuid) => true,
        (Family::Uuid, _) | (_, Family::Uuid) => false,
        (Family::Text, Family::Binary) => false,
        (Family::Clock | Family::OldClock, Family::Number) => false,
        (Family::Number, Family::Clock) => false,
        (Family::Clock, Family::Clock) => {
            let both = [from.base.as_str(), to.base.as_str()];
            !(both.contains(&"date") && both.contains(&"time"))
        }
        (Family::Binary, Family::Number) => !["float", "real"].contains(&to.base.as_str()),
        _ => true,
    }
}

/// The server's error, number and text, where `ALTER COLUMN` does not make the one of the other.
pub(super) fn clash(from: &DataType, to: &DataType) -> Option<(&'static str, String)> {
    if converts(from, to) {
        return None;
    }
    let (one, other) = (&from.base, &to.base);
    let asked = matches!(
        (family(from), family(to)),
        (Family::OldClock, Family::Number) | (Family::Text, Family::Binary)
    );
    Some(match asked {
        true => (
            "257",
            format!(
                "Implicit conversion from data type {one} to {other} is not allowed. Use the CONVERT function to run this query."
            ),
        ),
        false => (
            "206",
            format!("Operand type clash: {one} is incompatible with {other}"),
        ),
    })
}

/// What becomes of the values, where the names of the types alone don't tell.
pub(super) fn fit(from: &DataType, to: &DataType) -> Option<Fit> {
    let number = |ty: &DataType, at: usize| ty.arguments.get(at)?.parse::<u32>().ok();
    let lost = |loses: bool| loses.then_some(Fit::Loses);
    let whole = |base: &str| ["bit", "tinyint", "smallint", "int", "bigint"].contains(&base);
    let (one, other) = (from.base.as_str(), to.base.as_str());
    match (family(from), family(to)) {
        (Family::Text, Family::Text) => {
            let wide = |base: &str| base.starts_with('n');
            if wide(one) && !wide(other) {
                return Some(Fit::Loses);
            }
            // Blanks at the end of what has one length stay, or come.
            let longer = match (number(from, 0), number(to, 0)) {
                (_, None) => true,
                (Some(one), Some(other)) => other >= one,
                (None, Some(_)) => false,
            };
            (one != other && longer).then_some(Fit::Holds)
        }
        (Family::Number, Family::Number) => {
            // Digits behind the point: of floats, as many as there may be.
            let scale = |ty: &DataType| match ty.base.as_str() {
                "float" | "real" => None,
                "decimal" | "numeric" => Some(number(ty, 1).unwrap_or(0)),
                "money" | "smallmoney" => Some(4),
                _ => Some(0),
            };
            lost(match (scale(from), scale(to)) {
                (None, None) => one == "float" && other == "real",
                (None, Some(_)) => true,
                (Some(_), None) => {
                    other == "real" && !["bit", "tinyint", "smallint"].contains(&one)
                        || one == "bigint"
                        || number(from, 0).is_some_and(|digits| digits > 15)
                }
                (Some(from), Some(to)) => to < from || whole(one) && one != "bit" && other == "bit",
            })
        }
        (Family::Clock | Family::OldClock, Family::Clock | Family::OldClock) => {
            let fraction = |ty: &DataType| match ty.base.as_str() {
                "datetime" => Some(3),
                "smalldatetime" => Some(0),
                "date" => None,
                _ => number(ty, 0),
            };
            let part = |base: &str| ["date", "time"].contains(&base);
            let dropped = part(other) && !part(one)
                || one == "datetimeoffset" && other != one
                || one != "smalldatetime" && !part(one) && other == "smalldatetime";
            let rounded = matches!((fraction(from), fraction(to)), (Some(a), Some(b)) if b < a);
            lost(dropped || rounded)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_converted_lost_or_refused() {
        let ty = DataType::parse;
        for (from, to) in [
            ("date", "int"),
            ("int", "uniqueidentifier"),
            ("uniqueidentifier", "int"),
            ("xml", "nvarchar(max)"),
            ("text", "int"),
            ("text", "varchar(10)"),
            ("varchar(10)", "varbinary(10)"),
            ("datetime", "int"),
            ("int", "date"),
            ("date", "time(7)"),
            ("rowversion", "bigint"),
        ] {
            assert!(!converts(&ty(from), &ty(to)), "{from} -> {to}");
        }
        for (from, to) in [
            ("int", "varchar(10)"),
            ("varchar(10)", "int"),
            ("int", "datetime"),
            ("datetime", "date"),
            ("text", "nvarchar(max)"),
            ("uniqueidentifier", "char(36)"),
            ("nvarchar(max)", "xml"),
            ("image", "varbinary(max)"),
            ("decimal(10,2)", "float"),
        ] {
            assert!(converts(&ty(from), &ty(to)), "{from} -> {to}");
        }
        for (from, to) in [
            ("nvarchar(10)", "varchar(10)"),
            ("datetime", "date"),
            ("datetimeoffset(3)", "datetime2(3)"),
            ("datetime2(7)", "datetime2(3)"),
            ("decimal(12,4)", "decimal(12,2)"),
            ("float", "int"),
            ("money", "int"),
            ("bigint", "bit"),
            ("float", "real"),
        ] {
            assert_eq!(fit(&ty(from), &ty(to)), Some(Fit::Loses), "{from} -> {to}");
        }
        for (from, to) in [
            ("varchar(10)", "nvarchar(10)"),
            ("char(10)", "nvarchar(max)"),
            ("varchar(max)", "nvarchar(max)"),
        ] {
            assert_eq!(fit(&ty(from), &ty(to)), Some(Fit::Holds), "{from} -> {to}");
        }
        for (from, to) in [
            ("varchar(10)", "nvarchar(5)"),
            ("int", "bigint"),
            ("date", "datetime2(7)"),
            ("decimal(10,2)", "decimal(12,4)"),
        ] {
            assert_eq!(fit(&ty(from), &ty(to)), None, "{from} -> {to}");
        }
    }
}
