//! Types of variables: reading them, and converting values to them.

use std::collections::BTreeMap;
use std::fmt;

use hcl_edit::expr::{Expression, Object, ObjectKey};

use super::super::error::ConfigError;
use super::super::suggest;
use super::frame::span;
use super::scope::Scope;
use super::value::{Number, Value, set};

type Result<T, E = ConfigError> = std::result::Result<T, E>;

/// The type of a variable.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Type {
    Any,
    String,
    Number,
    Int,
    Bool,
    List(Box<Self>),
    Set(Box<Self>),
    Map(Box<Self>),
    Tuple(Vec<Self>),
    Object(BTreeMap<String, Self>),
}

impl Type {
    pub(super) const NAMES: &'static [&'static str] = &[
        "string", "number", "int", "bool", "any", "list", "set", "map", "tuple", "object",
    ];

    /// `value` as this type: texts become numbers and the other way round where nothing is lost.
    ///
    /// The error says what was expected and what was found, without the value.
    pub(super) fn convert(&self, value: Value) -> Result<Value, String> {
        let expected = |value: &Value| format!("expected {self}, got {}", value.kind());
        match (self, value) {
            (Self::Any, value) => Ok(value),
            (_, Value::Null) => Ok(Value::Null),
            (Self::String, value) => value
                .text()
                .map(Value::String)
                .ok_or_else(|| expected(&value)),
            (Self::Number | Self::Int, value) => {
                let number = match &value {
                    Value::Number(n) => Some(*n),
                    Value::String(text) => Some(
                        Number::parse(text)
                            .ok_or_else(|| format!("expected {self}, got other text"))?,
                    ),
                    _ => None,
                };
                match number.ok_or_else(|| expected(&value))? {
                    Number::Float(_) if *self == Self::Int => {
                        Err(format!("expected {self}, got a fraction"))
                    }
                    number => Ok(Value::Number(number)),
                }
            }
            (Self::Bool, Value::Bool(b)) => Ok(Value::Bool(b)),
            (Self::Bool, Value::String(text)) => match text.as_str() {
                "true" | "1" => Ok(Value::Bool(true)),
                "false" | "0" => Ok(Value::Bool(false)),
                _ => Err("expected `true` or `false`, got other text".to_owned()),
            },
            (Self::List(of), Value::List(items)) => of.convert_all(items).map(Value::List),
            (Self::Set(of), Value::List(items)) => {
                of.convert_all(items).map(|items| Value::List(set(items)))
            }
            (Self::Map(of), Value::Map(members)) => members
                .into_iter()
                .map(|(key, value)| {
                    of.convert(value)
                        .map(|value| (key.clone(), value))
                        .map_err(|e| in_key(&key, &e))
                })
                .collect::<Result<_, _>>()
                .map(Value::Map),
            (Self::Tuple(types), Value::List(items)) if types.len() == items.len() => types
                .iter()
                .zip(items)
                .map(|(of, item)| of.convert(item))
                .collect::<Result<_, _>>()
                .map(Value::List),
            (Self::Object(types), Value::Map(members)) => convert_object(types, members),
            (_, value) => Err(expected(&value)),
        }
    }

    fn convert_all(&self, items: Vec<Value>) -> Result<Vec<Value>, String> {
        let convert = |(i, item)| self.convert(item).map_err(|e| format!("element {i}: {e}"));
        items.into_iter().enumerate().map(convert).collect()
    }
}

fn in_key(key: &str, error: &str) -> String {
    format!("key `{key}`: {error}")
}

fn convert_object(
    types: &BTreeMap<String, Type>,
    mut members: BTreeMap<String, Value>,
) -> Result<Value, String> {
    let mut out = BTreeMap::new();
    for (key, of) in types {
        let value = members
            .remove(key)
            .ok_or_else(|| format!("key `{key}` is missing"))?;
        out.insert(key.clone(), of.convert(value).map_err(|e| in_key(key, &e))?);
    }
    match members.keys().next() {
        None => Ok(Value::Map(out)),
        Some(key) => {
            let near = suggest::nearest(key, types.keys().map(String::as_str));
            let near = near.map_or_else(String::new, |near| format!(": did you mean `{near}`?"));
            Err(format!("unknown key `{key}`{near}"))
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any value"),
            Self::String => f.write_str("a string"),
            Self::Number => f.write_str("a number"),
            Self::Int => f.write_str("a whole number"),
            Self::Bool => f.write_str("a bool"),
            Self::List(_) => f.write_str("a list"),
            Self::Set(_) => f.write_str("a set"),
            Self::Map(_) => f.write_str("a map"),
            Self::Tuple(types) => write!(f, "a list of {}", types.len()),
            Self::Object(_) => f.write_str("an object"),
        }
    }
}

impl Scope<'_> {
    /// Reads a type expression: `string`, `list(number)`, `object({ a = bool })`.
    pub(super) fn read_type(&self, expr: &Expression) -> Result<Type> {
        let unknown = |name: &str, at| {
            self.error(at, format!("unknown type `{name}`"))
                .maybe_hint(suggest::hint(name, Type::NAMES, "types"))
        };
        match expr {
            Expression::Variable(name) => match name.as_str() {
                "string" => Ok(Type::String),
                "number" => Ok(Type::Number),
                "int" => Ok(Type::Int),
                "bool" => Ok(Type::Bool),
                "any" => Ok(Type::Any),
                name @ ("list" | "set" | "map" | "tuple" | "object") => Err(self
                    .error(
                        span(expr),
                        format!("`{name}` needs the type of its elements"),
                    )
                    .hint(format!("write `{name}(string)`"))),
                other => Err(unknown(other, span(expr))),
            },
            Expression::FuncCall(call) => {
                let args: Vec<&Expression> = call.args.iter().collect();
                let name = call.name.name.as_str();
                let [arg] = args[..] else {
                    return Err(
                        self.error(span(&call.name.name), format!("`{name}` takes one type"))
                    );
                };
                let of = |expr| self.read_type(expr).map(Box::new);
                match (name, arg) {
                    ("list", arg) => Ok(Type::List(of(arg)?)),
                    ("set", arg) => Ok(Type::Set(of(arg)?)),
                    ("map", arg) => Ok(Type::Map(of(arg)?)),
                    ("tuple", Expression::Array(types)) => types
                        .iter()
                        .map(|of| self.read_type(of))
                        .collect::<Result<_>>()
                        .map(Type::Tuple),
                    ("object", Expression::Object(types)) => self.read_object_type(types),
                    ("tuple" | "object", _) => Err(self.error(
                        span(arg),
                        format!(
                            "`{name}` takes {}",
                            if name == "tuple" {
                                "a list of types"
                            } else {
                                "names with their types"
                            }
                        ),
                    )),
                    (other, _) => Err(unknown(other, span(&call.name.name))),
                }
            }
            Expression::String(text) => Err(self
                .error(span(expr), "a type is written without quotes")
                .hint(format!("write `type = {}`", text.value()))),
            _ => Err(self
                .error(span(expr), "expected a type")
                .hint("such as `string`, `number` or `list(string)`")),
        }
    }

    fn read_object_type(&self, types: &Object) -> Result<Type> {
        let mut members = BTreeMap::new();
        for (key, of) in types {
            let name = match key {
                ObjectKey::Ident(ident) => ident.as_str().to_owned(),
                ObjectKey::Expression(Expression::String(text)) => text.value().clone(),
                ObjectKey::Expression(expr) => {
                    return Err(self.error(span(expr), "expected a name"));
                }
            };
            members.insert(name, self.read_type(of.expr())?);
        }
        Ok(Type::Object(members))
    }
}
