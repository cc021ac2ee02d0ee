//! What only one dialect has.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Serialize};

/// Attributes of one dialect, by key (`"unlogged"`, `"engine"`, …), values in the server's spelling.
///
/// What a value is, follows from its key, and only the dialect's `attrs.rs` knows that: so they are recorded and compared
/// as text. A flag is `true` or absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attrs(BTreeMap<String, String>);

impl Attrs {
    /// None.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sets an attribute, or takes it away.
    pub fn set(&mut self, key: &str, value: Option<impl Into<String>>) {
        match value {
            Some(value) => self.insert(key.to_owned(), value.into()),
            None => self.remove(key),
        };
    }

    /// Sets a flag, or takes it away.
    pub fn flag(&mut self, key: &str, on: bool) {
        self.set(key, on.then_some("true"));
    }

    /// Takes over an attribute that is not set.
    pub fn adopt(&mut self, key: &str, from: &Self) {
        if let Some(value) = from.get(key) {
            let kept = self.entry(key.to_owned());
            kept.or_insert_with(|| value.clone());
        }
    }
}

impl Deref for Attrs {
    type Target = BTreeMap<String, String>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Attrs {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Attrs {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(values: I) -> Self {
        let values = values.into_iter();
        Self(values.map(|(k, v)| (k.into(), v.into())).collect())
    }
}

impl<K: Into<String>, V: Into<String>, const N: usize> From<[(K, V); N]> for Attrs {
    fn from(values: [(K, V); N]) -> Self {
        values.into_iter().collect()
    }
}
