//! The functions that expressions can call, by name.
//!
//! The set is Atlas' own, plus a few of Terraform's that people reach for. `try` and `can` are the evaluator's: they
//! must see errors.

mod collection;
mod encoding;
mod file;
mod number;
mod text;

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::error::ConfigError;
use super::super::suggest;
use super::scope::Scope;
use super::value::{Number, Value};

/// A function: its name, how many arguments it takes at least and at most, and what it does.
pub(super) struct Function {
    name: &'static str,
    min: usize,
    max: usize,
    run: fn(&Scope<'_>, &Args) -> Result<Value, Fault>,
}

/// No upper limit to the arguments.
const ANY: usize = usize::MAX;

/// Why a call failed, and which argument is to blame.
pub(super) struct Fault {
    pub(super) arg: Option<usize>,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Fault {
    fn new(message: impl Into<String>) -> Self {
        Self {
            arg: None,
            message: message.into(),
            hint: None,
        }
    }

    fn arg(i: usize, message: impl Into<String>) -> Self {
        Self {
            arg: Some(i),
            message: message.into(),
            hint: None,
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// What the name or path in the first argument leads to is refused.
impl From<ConfigError> for Fault {
    fn from(error: ConfigError) -> Self {
        Self {
            hint: error.hint_text().map(str::to_owned),
            ..Self::arg(0, error.message())
        }
    }
}

type Outcome = Result<Value, Fault>;

/// Functions of Atlas that trueup does not have yet.
const MISSING: &[&str] = &[
    "regex",
    "regexall",
    "regexreplace",
    "regexpescape",
    "csvdecode",
    "formatdate",
    "formatlist",
    "timeadd",
    "timestamp",
    "log",
    "pow",
    "setproduct",
    "sql",
];

fn all() -> impl Iterator<Item = &'static Function> {
    [
        text::ALL,
        collection::ALL,
        number::ALL,
        encoding::ALL,
        file::ALL,
    ]
    .into_iter()
    .flatten()
}

/// Looks a function up.
///
/// The error has no place yet.
pub(super) fn find(name: &str) -> Result<&'static Function, ConfigError> {
    if let Some(function) = all().find(|function| function.name == name) {
        return Ok(function);
    }
    if MISSING.contains(&name) {
        return Err(ConfigError::new(format!(
            "function `{name}` is not supported yet"
        )));
    }
    let near = suggest::nearest(
        name,
        all().map(|function| function.name).chain(["try", "can"]),
    );
    Err(ConfigError::new(format!("unknown function `{name}`"))
        .maybe_hint(near.map(|near| format!("did you mean `{near}`?"))))
}

impl Function {
    /// Checks the number of arguments, then calls.
    pub(super) fn call(&self, scope: &Scope<'_>, args: &Args) -> Outcome {
        let got = args.values.len();
        if got < self.min || got > self.max {
            let wanted = match (self.min, self.max) {
                (min, ANY) => format!("at least {min}"),
                (min, max) if min == max => min.to_string(),
                (min, max) => format!("{min} to {max}"),
            };
            let noun = if wanted == "1" || wanted == "at least 1" {
                "argument"
            } else {
                "arguments"
            };
            return Err(Fault::new(format!("takes {wanted} {noun}, got {got}")));
        }
        (self.run)(scope, args)
    }
}

/// The arguments of a call, with their places.
pub(super) struct Args {
    pub(super) values: Vec<(Value, Range<usize>)>,
}

impl Args {
    fn len(&self) -> usize {
        self.values.len()
    }

    fn get(&self, i: usize) -> &Value {
        self.values.get(i).map_or(&Value::Null, |(value, _)| value)
    }

    fn expected(&self, i: usize, what: &str) -> Fault {
        Fault::arg(
            i,
            format!(
                "argument {} must be {what}, got {}",
                i + 1,
                self.get(i).kind()
            ),
        )
    }

    /// A string; numbers and bools count as their text.
    fn text(&self, i: usize) -> Result<String, Fault> {
        self.get(i)
            .text()
            .ok_or_else(|| self.expected(i, "a string"))
    }

    fn number(&self, i: usize) -> Result<Number, Fault> {
        match self.get(i) {
            Value::Number(n) => Ok(*n),
            Value::String(s) => Number::parse(s).ok_or_else(|| self.expected(i, "a number")),
            _ => Err(self.expected(i, "a number")),
        }
    }

    fn int(&self, i: usize) -> Result<i64, Fault> {
        match self.number(i)? {
            Number::Int(n) => Ok(n),
            Number::Float(_) => Err(Fault::arg(
                i,
                format!("argument {} must be a whole number", i + 1),
            )),
        }
    }

    fn count(&self, i: usize) -> Result<usize, Fault> {
        usize::try_from(self.int(i)?).map_err(|error| {
            Fault::arg(
                i,
                format!("argument {} must not be negative ({error})", i + 1),
            )
        })
    }

    fn list(&self, i: usize) -> Result<&[Value], Fault> {
        match self.get(i) {
            Value::List(items) => Ok(items),
            _ => Err(self.expected(i, "a list")),
        }
    }

    fn map(&self, i: usize) -> Result<&BTreeMap<String, Value>, Fault> {
        match self.get(i) {
            Value::Map(members) => Ok(members),
            _ => Err(self.expected(i, "a map")),
        }
    }

    /// A list of strings.
    fn texts(&self, i: usize) -> Result<Vec<String>, Fault> {
        let text = |item: &Value| {
            item.text().ok_or_else(|| {
                Fault::arg(
                    i,
                    format!(
                        "argument {} must be a list of strings, got {} in it",
                        i + 1,
                        item.kind()
                    ),
                )
            })
        };
        self.list(i)?.iter().map(text).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_well_formed() {
        let mut names: Vec<&str> = all()
            .map(|f| f.name)
            .chain(MISSING.iter().copied())
            .chain(["try", "can"])
            .collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(all().all(|f| {
            f.min <= f.max
                && f.name
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        }));
    }
}
