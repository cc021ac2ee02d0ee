//! Names of tables on servers that fold them to small letters (`lower_case_table_names`) and on those that don't.
//!
//! A server that folds keeps `Users` as `users`, in keys and views that name it, too, and knows it by both. So its state gets the
//! other one's spelling where that differs in nothing else: SQL with that spelling runs on both.

use std::collections::BTreeMap;

use super::query::quote;
use crate::schema::{Realm, Schema, TextObject};
use crate::sql::Rules;
use crate::sql::token::{Kind, Lexer, Token, tokens};

/// Key of [`Realm::server`]: the server finds tables by their names in any case.
pub(super) const FOLDS: &str = "folds_names";

/// Gives the state of a server that folds the spelling of the other state.
pub(super) fn align(current: &mut Realm, desired: &mut Realm, rules: &Rules) {
    let folds = |realm: &Realm| realm.server.contains_key(FOLDS);
    let (folded, other) = match (folds(current), folds(desired)) {
        (false, false) => return,
        (true, false) => (current, desired),
        (_, true) => (desired, current),
    };
    for schema in &mut folded.schemas {
        if let Some(other) = other.schema(&schema.name) {
            respell(schema, other, rules);
        }
    }
}

/// What may be named in a statement as a table is.
fn relations(schema: &Schema) -> impl Iterator<Item = &String> {
    let views = schema.texts.iter().filter(|text| text.kind == "view");
    let tables = schema.tables.iter().map(|table| &table.name);
    tables.chain(views.map(|view| &view.name))
}

fn respell(schema: &mut Schema, other: &Schema, rules: &Rules) {
    let mut spelled: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    for name in relations(other) {
        spelled.entry(name.to_lowercase()).or_default().push(name);
    }
    let spelling = |name: &str| match spelled.get(&name.to_lowercase()).map(Vec::as_slice) {
        Some([one]) if *one != name => Some((*one).clone()),
        _ => None,
    };
    let own = schema.name.clone();
    for table in &mut schema.tables {
        let to = |name: &mut String| *name = spelling(name).unwrap_or_else(|| name.clone());
        to(&mut table.name);
        for key in &mut table.foreign_keys {
            if key.ref_table.schema == own {
                to(&mut key.ref_table.name);
            }
        }
    }
    for object in &mut schema.texts {
        if object.kind == "view"
            && let Some(name) = spelling(&object.name)
        {
            object.name = name;
        }
        if let Some(table) = object.table.as_mut()
            && let Some(name) = spelling(table)
        {
            *table = name;
        }
        let same = |known: &&TextObject| {
            (&known.kind, &known.table, &known.name) == (&object.kind, &object.table, &object.name)
        };
        match other.texts.iter().find(same) {
            Some(known) if differ_in_case(&known.definition, &object.definition, rules) => {
                object.definition.clone_from(&known.definition);
            }
            _ => object.definition = renamed(&object.definition, rules, spelling),
        }
    }
    schema.tables.sort_by(|a, b| a.name.cmp(&b.name));
    schema.texts.sort();
}

/// Whether two statements differ at most in the case of their names.
fn differ_in_case(one: &str, two: &str, rules: &Rules) -> bool {
    let words = |text: &str| -> Vec<String> {
        let word = |token: Token<'_>| match token.kind {
            Kind::Word | Kind::Name => token.text.to_lowercase(),
            _ => token.text.to_owned(),
        };
        tokens(text, rules).map(word).collect()
    };
    words(one) == words(two)
}

/// A statement with another spelling of the tables in it.
fn renamed(text: &str, rules: &Rules, spelling: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    for token in Lexer::new(text, rules) {
        let name = match token.kind {
            Kind::Name => spelling(&token.unquoted()),
            _ => None,
        };
        match name {
            Some(name) => out.push_str(&quote(&name)),
            None => out.push_str(token.text),
        }
    }
    out
}
