//! How types are written, and which conversions the server makes by itself.

use crate::schema::DataType;

/// The spelling of a built-in type: the server's, with its long names of time types shortened.
pub(super) fn short(name: &str) -> String {
    if name.ends_with(']') {
        return name.to_owned();
    }
    if name == "bit(1)" {
        return "bit".to_owned();
    }
    for (stem, suffix, short) in [
        ("timestamp", " with time zone", "timestamptz"),
        ("timestamp", " without time zone", "timestamp"),
        ("time", " with time zone", "timetz"),
        ("time", " without time zone", "time"),
    ] {
        let Some(precision) = name
            .strip_prefix(stem)
            .and_then(|rest| rest.strip_suffix(suffix))
        else {
            continue;
        };
        if precision.is_empty() || precision.starts_with('(') {
            return format!("{short}{precision}");
        }
    }
    name.to_owned()
}

/// What follows the name of a user-defined type: arguments and array brackets.
pub(super) fn suffix<'a>(ty: &'a DataType, user: &str) -> &'a str {
    let name = ty.name.as_str();
    [super::writer::quote(user).as_str(), user]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or_else(|| name.find(['(', '[']).map_or("", |at| &name[at..]))
}

/// Brackets of an array type, and nothing for another.
pub(super) fn brackets(ty: &DataType) -> &str {
    ty.name.find("[]").map_or("", |at| &ty.name[at..])
}

/// The name of a built-in type without arguments and brackets: `character varying` of `character varying(30)[]`.
pub(super) fn base(name: &str) -> String {
    let element = name.trim_end_matches("[]");
    match (element.find('('), element.find(')')) {
        (Some(open), Some(close)) if open < close => {
            format!("{}{}", &element[..open], &element[close + 1..])
        }
        _ => element.to_owned(),
    }
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
        "timestamp without time zone" | "timestamp with time zone" => Family::Timestamp,
        "time without time zone" | "time with time zone" => Family::Time,
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
    ty.user.is_none() && !is_array(ty) && family(&base(&ty.name)) == Some(Family::Text)
}

fn is_array(ty: &DataType) -> bool {
    ty.name.ends_with("[]")
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
    /// There is none: through text, which fails loudly where a value does not fit.
    Text,
}

/// How the rows of a column get from one type to another.
///
/// Source: `pg_cast` of a new database, and the rule that conversion to a string type is always an assignment cast.
pub(super) fn conversion(from: &DataType, to: &DataType) -> Conversion {
    if is_text(to) || same_but_for_arguments(from, to) {
        return Conversion::Assignment;
    }
    if is_text(from) {
        return Conversion::Cast;
    }
    if from.user.is_some() || to.user.is_some() || is_array(from) != is_array(to) {
        return Conversion::Text;
    }
    let (old, new) = (base(&from.name), base(&to.name));
    match (family(&old), family(&new)) {
        // An array is converted element by element, on the same terms.
        (Some(_), Some(Family::Text)) => Conversion::Assignment,
        (Some(Family::Text), _) => Conversion::Cast,
        (Some(Family::Money), Some(Family::Number)) if new == "numeric" => Conversion::Assignment,
        (Some(Family::Number), Some(Family::Money))
            if matches!(old.as_str(), "numeric" | "integer" | "bigint") =>
        {
            Conversion::Assignment
        }
        (Some(Family::Oid), Some(Family::Number))
            if matches!(new.as_str(), "integer" | "bigint") =>
        {
            Conversion::Assignment
        }
        (Some(Family::Number), Some(Family::Oid))
            if matches!(old.as_str(), "smallint" | "integer" | "bigint") =>
        {
            Conversion::Assignment
        }
        (Some(Family::Number), Some(Family::Boolean))
        | (Some(Family::Boolean), Some(Family::Number))
            if !is_array(from) =>
        {
            Conversion::Truth
        }
        (Some(Family::Date), Some(Family::Timestamp))
        | (Some(Family::Timestamp), Some(Family::Date)) => Conversion::Assignment,
        (Some(Family::Timestamp), Some(Family::Time))
            if old == "timestamp with time zone" || new == "time without time zone" =>
        {
            Conversion::Assignment
        }
        (Some(Family::Time), Some(Family::Interval)) if old == "time without time zone" => {
            Conversion::Assignment
        }
        (Some(Family::Interval), Some(Family::Time)) if new == "time without time zone" => {
            Conversion::Assignment
        }
        (Some(one), Some(other)) if one == other => Conversion::Assignment,
        _ => Conversion::Text,
    }
}

fn same_but_for_arguments(from: &DataType, to: &DataType) -> bool {
    from.user == to.user && is_array(from) == is_array(to) && base(&from.name) == base(&to.name)
}

/// How a type stores its values unless told otherwise (`pg_type.typstorage`).
pub(super) fn default_storage(ty: &DataType) -> &'static str {
    if is_array(ty) {
        return "EXTENDED";
    }
    match base(&ty.name).as_str() {
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
    use crate::schema::ObjectName;

    #[test]
    fn time_types_are_short_and_keep_their_precision() {
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
    fn arguments_and_brackets_of_user_types_are_kept() {
        let ty = |name: &str| DataType {
            name: name.to_owned(),
            user: Some(ObjectName::new("public", "Mood")),
        };
        assert_eq!(suffix(&ty("\"Mood\"[]"), "Mood"), "[]");
        assert_eq!(suffix(&ty("Mood"), "Mood"), "");
        assert_eq!(suffix(&ty("mood(3)"), "Mood"), "(3)");
    }

    #[test]
    fn conversions_follow_the_servers_casts() {
        let check =
            |from: &str, to: &str| conversion(&DataType::built_in(from), &DataType::built_in(to));
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
