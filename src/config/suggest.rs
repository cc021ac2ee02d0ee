//! "Did you mean": the nearest known name to a mistyped one.

use std::fmt::Write as _;

/// The member of `known` that `name` is most likely a typing error of.
///
/// Case and the choice between `-` and `_` never count. `None` when nothing is close enough to be worth saying;
/// the first of equally close names wins.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = fold(name);
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in known {
        let distance = strsim::osa_distance(&wanted, &fold(candidate));
        if distance <= tolerance(&wanted, candidate) && best.is_none_or(|(d, _)| distance < d) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// How many slips still count as a typing error: short names are too alike to allow more than one.
fn tolerance(name: &str, candidate: &str) -> usize {
    match name.chars().count().min(candidate.chars().count()) {
        0..=2 => 0,
        3..=4 => 1,
        5..=9 => 2,
        _ => 3,
    }
}

fn fold(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

/// A hint for an unknown name: the nearest known one, or the whole list when it is short enough to read.
///
/// `what` names the list in the plural ("functions", "attributes of `migration`").
pub fn hint(name: &str, known: &[&str], what: &str) -> Option<String> {
    if let Some(near) = nearest(name, known.iter().copied()) {
        return Some(format!("did you mean `{near}`?"));
    }
    let related = |k: &&&str| {
        k.len() >= 3 && name.len() >= 3 && (name.starts_with(**k) || k.starts_with(name))
    };
    if let Some(related) = known.iter().find(related) {
        return Some(format!("did you mean `{related}`?"));
    }
    if known.is_empty() || known.len() > 12 {
        return None;
    }
    Some(format!("{what}: {}", list(known)))
}

/// `a`, `b`, `c`: names in backticks.
pub fn list(names: &[&str]) -> String {
    let mut out = String::new();
    for (i, name) in names.iter().enumerate() {
        let _ = write!(out, "{}`{name}`", if i == 0 { "" } else { ", " });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_and_no_strangers() {
        let known = ["url", "dev", "src", "schemas", "migration"];
        assert_eq!(nearest("migraton", known), Some("migration"));
        assert_eq!(nearest("Schemas", known), Some("schemas"));
        assert_eq!(nearest("ulr", known), Some("url"));
        assert_eq!(nearest("scr", known), Some("src"));
        assert_eq!(nearest("env", known), None);
        assert_eq!(nearest("tenant", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest("exec-order", ["exec_order"]), Some("exec_order"));
    }

    #[test]
    fn lists_what_is_short() {
        assert_eq!(
            hint("zzz", &["a", "b"], "letters").as_deref(),
            Some("letters: `a`, `b`")
        );
        assert_eq!(
            hint("environment", &["env", "data"], "blocks").as_deref(),
            Some("did you mean `env`?")
        );
        assert_eq!(hint("zzz", &["a"; 13], "letters"), None);
        assert_eq!(hint("zzz", &[], "letters"), None);
    }
}
