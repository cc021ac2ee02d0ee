//! What is taken out of a state that migrations built, so that the models' SQL can be run on the rest.

use std::collections::BTreeSet;

use crate::engine::Outside;
use crate::schema::Realm;
use crate::sql::object::{Created, has, whole_schema};
use crate::sql::{Rules, Statement, has_word};

/// A state that migrations built, and the models' SQL, which is to make its own part of it again.
#[derive(Clone, Copy, Debug)]
pub struct Strip<'a> {
    pub realm: &'a Realm,
    /// What the state holds in schemas that the realm does not have.
    pub outside: &'a [Outside],
    /// The state is one schema, whose name is not written.
    pub scoped: bool,
    pub models: &'a [Statement],
    /// What the models' SQL creates besides tables.
    pub created: &'a [Created],
}

impl Strip<'_> {
    /// Whether the models' SQL creates something of that kind and name, whatever its arguments, and in that schema where
    /// it says one.
    pub(super) fn makes(&self, kind: &str, schema: Option<&str>, name: &str) -> bool {
        let schema = schema.filter(|_| !self.scoped);
        has(self.created, kind, schema, name)
    }

    /// The schemas that the models' SQL creates together with what is in them.
    pub(super) fn whole_schemas(&self, rules: &Rules) -> BTreeSet<String> {
        let models = self.models.iter();
        models
            .filter_map(|statement| whole_schema(&statement.text, rules))
            .collect()
    }

    /// Whether the models' SQL has the word.
    pub(super) fn names(&self, word: &str) -> bool {
        let mut models = self.models.iter();
        models.any(|statement| has_word(&statement.text, word))
    }
}
