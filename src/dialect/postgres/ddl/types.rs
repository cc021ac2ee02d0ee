//! How types are written, and which conversions the server makes by itself.

use crate::schema::DataType;

/// The spelling of a built-in type: the server's, with its long names of time types shortened.
pub(super) fn short(ty: &DataType) -> String {
    let mut ty = ty.clone();
    if !ty.is_array() {
        match (ty.base.as_str(), ty.qualifier.as_str()) {
            ("timestamp" | "time", "with time zone") => ty.base.push_str("tz"),
            ("timestamp" | "time", "without time zone") => {}
            ("bit", "") if ty.arguments == ["1"] => return ty.base,
            _ => return ty.to_string(),
        }
        ty.qualifier.clear();
    }
    ty.to_string()
}

/// Kinds of types among which the server converts on assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Text,
    Number,
    Money,
    Boolean,
    Date,
    Timestamp,
    Time,
    Interval,
    Json,
    Network,
    Mac,
    Bits,
    Oid,
}

fn family(base: &str) -> Option<Family> {
    Some(match base {
        "text" | "character varying" | "character" | "bpchar" | "name" | "\"char\"" => Family::Text,
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" => {
            Family::Number
        }
        "money" => Family::Money,
        "boolean" => Family::Boolean,
        "date" => Family::Date,
        "timestamp" => Family::Timestamp,
        "time" => Family::Time,
        "interval" => Family::Interval,
        "json" | "jsonb" => Family::Json,
        "inet" | "cidr" => Family::Network,
        "macaddr" | "macaddr8" => Family::Mac,
        "bit" | "bit varying" => Family::Bits,
        "oid" | "regclass" | "regtype" | "regproc" => Family::Oid,
        _ => return interval(base),
    })
}

/// An interval limited to fields, as `interval day to second`.
fn interval(base: &str) -> Option<Family> {
    base.starts_with("interval ").then_some(Family::Interval)
}

fn is_text(ty: &DataType) -> bool {
    ty.user.is_none() && !ty.is_array() && family(&ty.base) == Some(Family::Text)
}

/// How the rows of a column get from one type to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conversion {
    /// The server has a cast that it applies on assignment.
    Assignment,
    /// There is a cast, which must be asked for.
    Cast,
    /// A number that is true unless zero, or a truth that is one or zero.
    Truth,
    /// No cast exists: convert through text, which fails where a value does not fit.
    Text,
}

/// How the rows of a column get from one type to another.
///
/// Source: `pg_cast` of a new database, and the rule that conversion to a string type is always an assignment cast.
pub(super) fn conversion(from: &DataType, to: &DataType) -> Conversion {
    if is_text(to) || from.same_but_for_arguments(to) {
        return Conversion::Assignment;
    }
    if is_text(from) {
        return Conversion::Cast;
    }
    if from.user.is_some() || to.user.is_some() || from.is_array() != to.is_array() {
        return Conversion::Text;
    }
    let (old, new) = (from.base.as_str(), to.base.as_str());
    let zone = |ty: &DataType| ty.qualifier == "with time zone";
    match (family(old), family(new)) {
        // An array is converted element by element, on the same terms.
        (Some(_), Some(Family::Text)) => Conversion::Assignment,
        (Some(Family::Text), _) => Conversion::Cast,
        (Some(Family::Money), Some(Family::Number)) if new == "numeric" => Conversion::Assignment,
        (Some(Family::Number), Some(Family::Money))
            if matches!(old, "numeric" | "integer" | "bigint") =>
        {
            Conversion::Assignment
        }
        (Some(Family::Oid), Some(Family::Number)) if matches!(new, "integer" | "bigint") => {
            Conversion::Assignment
        }
        (Some(Family::Number), Some(Family::Oid))
            if matches!(old, "smallint" | "integer" | "bigint") =>
        {
            Conversion::Assignment
        }
        (Some(Family::Number), Some(Family::Boolean))
        | (Some(Family::Boolean), Some(Family::Number))
            if !from.is_array() =>
        {
            Conversion::Truth
        }
        (Some(Family::Date), Some(Family::Timestamp))
        | (Some(Family::Timestamp), Some(Family::Date)) => Conversion::Assignment,
        (Some(Family::Timestamp), Some(Family::Time)) if zone(from) || !zone(to) => {
            Conversion::Assignment
        }
        (Some(Family::Time), Some(Family::Interval)) if !zone(from) => Conversion::Assignment,
        (Some(Family::Interval), Some(Family::Time)) if !zone(to) => Conversion::Assignment,
        (Some(one), Some(other)) if one == other => Conversion::Assignment,
        _ => Conversion::Text,
    }
}

/// How a type stores its values unless told otherwise (`pg_type.typstorage`).
pub(super) fn default_storage(ty: &DataType) -> &'static str {
    if ty.is_array() {
        return "EXTENDED";
    }
    match ty.base.as_str() {
        "numeric" | "inet" | "cidr" => "MAIN",
        name if ty.user.is_none() && !is_text(ty) && family(name).is_some_and(is_fixed) => "PLAIN",
        _ => "EXTENDED",
    }
}

fn is_fixed(family: Family) -> bool {
    !matches!(family, Family::Json | Family::Bits | Family::Text)
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn time_types_are_short_and_keep_their_precision() {
        let short = |spelling| short(&DataType::parse(spelling));
        assert_eq!(short("timestamp with time zone"), "timestamptz");
        assert_eq!(short("timestamp(3) without time zone"), "timestamp(3)");
        assert_eq!(short("time(0) with time zone"), "timetz(0)");
        assert_eq!(short("character varying(30)"), "character varying(30)");
        assert_eq!(
            short("timestamp without time zone[]"),
            "timestamp without time zone[]"
        );
    }

    #[test]
    fn conversions_follow_the_servers_casts() {
        let check = |from: &str, to: &str| conversion(&DataType::parse(from), &DataType::parse(to));
        use Conversion::{Assignment, Cast, Text, Truth};
        assert_eq!(check("character varying(30)", "text"), Assignment);
        assert_eq!(check("integer", "text"), Assignment);
        assert_eq!(check("integer", "bigint"), Assignment);
        assert_eq!(check("numeric(10,2)", "integer"), Assignment);
        assert_eq!(check("character varying(30)", "integer"), Cast);
        assert_eq!(check("text", "jsonb"), Cast);
        assert_eq!(check("text", "uuid"), Cast);
        assert_eq!(check("text[]", "integer[]"), Cast);
        assert_eq!(check("integer[]", "text[]"), Assignment);
        assert_eq!(check("integer", "boolean"), Truth);
        assert_eq!(check("boolean", "bigint"), Truth);
        assert_eq!(check("integer", "uuid"), Text);
        assert_eq!(check("integer", "integer[]"), Text);
        assert_eq!(
            check("timestamp without time zone", "timestamp(3) with time zone"),
            Assignment
        );
        assert_eq!(check("date", "time without time zone"), Text);
        assert_eq!(check("json", "jsonb"), Assignment);
    }
}
