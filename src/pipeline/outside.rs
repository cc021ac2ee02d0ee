//! What states hold beyond the part of them that is compared: never left out in silence.

use std::collections::BTreeMap;

use super::PipelineError;
use crate::config::{self, Env};
use crate::engine::Outside;
use crate::engine::exclude::{Exclude, pattern_for_schema};
use crate::schema::{Realm, tools};

/// Objects that are named; of the rest there is only a number.
const SHOWN: usize = 10;

/// Judges what is outside, by the state that holds it. Where the user names the schemas to compare, the rest is left out
/// on purpose, which is worth a warning; where only the URL is limited to the one of `realm`, nobody said so, and it is an
/// error.
pub(super) fn judge(
    env: &Env,
    scoped: bool,
    realm: &Realm,
    exclude: &Exclude,
    states: &[(&str, Vec<Outside>)],
) -> Result<Option<String>, PipelineError> {
    let mut found: BTreeMap<&Outside, Vec<&str>> = BTreeMap::new();
    for (state, outside) in states {
        for object in outside {
            let Outside { schema, kind, name } = object;
            if !exclude.covers(schema, kind, name) && !tools::keeps(schema, name) {
                found.entry(object).or_default().push(state);
            }
        }
    }
    let Some((first, _)) = found.first_key_value() else {
        return Ok(None);
    };
    let named = |object: &Outside| env.schemas.contains(&object.schema);
    if !env.schemas.is_empty() && !found.keys().any(|object| named(object)) {
        let mut names: Vec<String> = found.keys().take(SHOWN).map(ToString::to_string).collect();
        if found.len() > SHOWN {
            names.push(format!("{} more", found.len() - SHOWN));
        }
        let message = format!(
            "not compared, since `schemas` does not name where it is: {}",
            names.join(", ")
        );
        return Ok(Some(message));
    }
    let scope = realm.schemas.first().filter(|_| scoped);
    let scope = scope.map_or("", |schema| &schema.name);
    let mut lines: Vec<String> = found
        .iter()
        .take(SHOWN)
        .map(|(object, states)| format!("{object}, in {}", states.join(" and ")))
        .collect();
    if found.len() > SHOWN {
        lines.push(format!("and {} more", found.len() - SHOWN));
    }
    let config = env.config.as_deref();
    Err(PipelineError::Outside {
        scope: scope.to_owned(),
        objects: lines.join("\n"),
        meant: format!(
            "`{}`, or `{}`",
            config::line(config, "schemas", &[scope]),
            config::line(config, "exclude", &[pattern_for_schema(&first.schema)])
        ),
    })
}

/// Tables that the models have, the migrations have not, and no migration is written for, since they are a tool's.
pub(super) fn tools(current: &Realm, desired: &Realm) -> Vec<String> {
    let tables = desired.schemas.iter().flat_map(|schema| {
        let old = current.schema(&schema.name);
        let new = schema.tables.iter();
        new.filter(move |table| old.is_none_or(|old| old.table(&table.name).is_none()))
    });
    let told = |name: &String| {
        let tool = tools::owner(name)?;
        Some(format!(
            "table `{name}` is left out: it is where {tool} keeps what it has applied"
        ))
    };
    tables.filter_map(|table| told(&table.name)).collect()
}

/// Warnings about patterns of `exclude` that match nothing.
pub fn idle(exclude: &Exclude, realms: &[&Realm], outside: &[Outside]) -> Vec<String> {
    let idle = exclude.idle(realms, outside).into_iter();
    idle.map(|(pattern, near)| idle_pattern(pattern, near.as_deref()))
        .collect()
}

/// A pattern of `exclude` that leaves nothing out, in a sentence.
fn idle_pattern(pattern: &str, near: Option<&str>) -> String {
    let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    format!("exclude pattern \"{pattern}\" matches nothing{near}")
}
