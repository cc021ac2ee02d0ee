//! Values of the configuration language.

use std::collections::BTreeMap;
use std::fmt;

/// A number: whole while it can be.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(super) enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    pub(super) fn as_f64(self) -> f64 {
        match self {
            #[allow(
                clippy::cast_precision_loss,
                reason = "a mixed operation is done in floating point"
            )]
            Self::Int(n) => n as f64,
            Self::Float(n) => n,
        }
    }

    /// Back to a whole number where nothing is lost.
    pub(super) fn from_f64(n: f64) -> Self {
        // Beyond 2^53 a float no longer names one whole number.
        if n.fract() == 0.0 && n.abs() < 9_007_199_254_740_992.0 {
            #[allow(
                clippy::cast_possible_truncation,
                reason = "whole and within range: checked above"
            )]
            return Self::Int(n as i64);
        }
        Self::Float(n)
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(n) = text.parse() {
            return Some(Self::Int(n));
        }
        if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
            return None;
        }
        text.parse::<f64>()
            .ok()
            .filter(|n| n.is_finite())
            .map(Self::from_f64)
    }

    pub(super) fn equals(self, other: Self) -> bool {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a == b,
            (a, b) => a.as_f64() == b.as_f64(),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(n) => write!(f, "{n}"),
            Self::Float(n) => write!(f, "{n}"),
        }
    }
}

/// A value. Lists stand for sets and tuples too, maps for objects; maps iterate in the order of their keys.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    List(Vec<Self>),
    Map(BTreeMap<String, Self>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}

impl Value {
    /// The value's kind with its article, for messages. Values themselves are never shown: they may be secret.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a bool",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }

    pub(super) fn int(n: usize) -> Self {
        Self::Number(i64::try_from(n).map_or(Number::Float(f64::MAX), Number::Int))
    }

    /// About how much memory the value takes: bytes of text, and one for each element.
    pub(super) fn size(&self) -> usize {
        1 + match self {
            Self::Null | Self::Bool(_) | Self::Number(_) => 0,
            Self::String(text) => text.len(),
            Self::List(items) => items.iter().map(Self::size).sum(),
            Self::Map(members) => members
                .iter()
                .map(|(key, value)| key.len() + value.size())
                .sum(),
        }
    }

    /// The text of a string, number or bool.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::String(s) => Some(s.clone()),
            Self::Number(n) => Some(n.to_string()),
            Self::Bool(b) => Some(b.to_string()),
            Self::Null | Self::List(_) | Self::Map(_) => None,
        }
    }

    /// Equality as the language has it: `1 == 1.0`, but `1 != "1"`.
    pub(super) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.equals(*b),
            (Self::List(a), Self::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.equals(b))
            }
            (Self::Map(a), Self::Map(b)) => {
                a.len() == b.len()
                    && a.iter()
                        .zip(b)
                        .all(|((ka, a), (kb, b))| ka == kb && a.equals(b))
            }
            (a, b) => a == b,
        }
    }

    pub(super) fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(b) => (*b).into(),
            Self::Number(Number::Int(n)) => (*n).into(),
            Self::Number(Number::Float(n)) => (*n).into(),
            Self::String(s) => s.as_str().into(),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Map(members) => serde_json::Value::Object(
                members
                    .iter()
                    .map(|(k, v)| (k.clone(), v.to_json()))
                    .collect(),
            ),
        }
    }

    pub(super) fn from_json(json: serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(b) => Self::Bool(b),
            serde_json::Value::Number(n) => Self::Number(n.as_i64().map_or_else(
                || Number::Float(n.as_f64().unwrap_or_default()),
                Number::Int,
            )),
            serde_json::Value::String(s) => Self::String(s),
            serde_json::Value::Array(items) => {
                Self::List(items.into_iter().map(Self::from_json).collect())
            }
            serde_json::Value::Object(members) => Self::Map(
                members
                    .into_iter()
                    .map(|(k, v)| (k, Self::from_json(v)))
                    .collect(),
            ),
        }
    }
}

/// Removes repeated values, keeping the first of each.
pub(super) fn distinct(items: Vec<Value>) -> Vec<Value> {
    let mut out: Vec<Value> = Vec::with_capacity(items.len());
    for item in items {
        if !out.iter().any(|seen| seen.equals(&item)) {
            out.push(item);
        }
    }
    out
}

/// What makes a list a set: no value twice, texts and numbers in order.
pub(super) fn set(items: Vec<Value>) -> Vec<Value> {
    let mut items = distinct(items);
    items.sort_by(|a, b| match (a, b) {
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => a.as_f64().total_cmp(&b.as_f64()),
        _ => std::cmp::Ordering::Equal,
    });
    items
}
