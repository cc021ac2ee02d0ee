//! Leaves objects out of a realm by patterns, in the syntax of Atlas' `exclude`.
//!
//! A pattern is up to three globs (`*`, `?`, `[a-z]`) joined by dots, with an optional selector at its end:
//! `schema.table.column`, where the last also matches indexes, constraints and triggers; `*.*[type=view|table]`. On a
//! connection limited to one schema the patterns begin with the table.

use super::{Opaque, Realm, Schema, Table};

/// A parsed pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    parts: Vec<String>,
    /// Kinds of objects that are meant; all when empty.
    kinds: Vec<String>,
}

/// A pattern that can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid exclude pattern `{pattern}`: {problem}")]
pub struct PatternError {
    /// The pattern.
    pub pattern: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

/// Removes what the patterns match. `scoped` says that the realm is the one schema of a scoped connection.
///
/// # Errors
/// When a pattern can't be read.
pub fn exclude(realm: &mut Realm, patterns: &[String], scoped: bool) -> Result<(), PatternError> {
    for text in patterns {
        let mut pattern = Pattern::parse(text)?;
        if scoped {
            pattern.parts.insert(0, "*".to_owned());
        }
        if pattern.parts.len() > 3 {
            return Err(fail(text, "it has too many parts"));
        }
        pattern.apply(realm);
    }
    Ok(())
}

/// The pattern that leaves one object out.
pub fn pattern_for(schema: Option<&str>, object: &Opaque, scoped: bool) -> String {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(schema.filter(|_| !scoped).map(escape));
    parts.extend(object.table.as_deref().map(escape));
    parts.push(escape(&object.name));
    format!("{}[type={}]", parts.join("."), object.kind)
}

/// A name as a glob that matches only it.
fn escape(name: &str) -> String {
    let mut glob = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '*' | '?' | '[' | '.' | '\\' => glob.extend(['\\', c]),
            _ => glob.push(c),
        }
    }
    glob
}

fn fail(pattern: &str, problem: &'static str) -> PatternError {
    PatternError {
        pattern: pattern.to_owned(),
        problem,
    }
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, PatternError> {
        let trimmed = text.trim();
        let (globs, kinds) = match trimmed.rsplit_once("[type=") {
            Some((globs, kinds)) => {
                let kinds = kinds
                    .strip_suffix(']')
                    .ok_or_else(|| fail(text, "its `[type=` is not closed"))?;
                let kinds = kinds.split('|').map(|kind| kind.trim().to_lowercase());
                (globs, kinds.collect())
            }
            None => (trimmed, Vec::new()),
        };
        let parts = split(globs);
        if parts.iter().any(String::is_empty) {
            return Err(fail(text, "one of its parts is empty"));
        }
        Ok(Self { parts, kinds })
    }

    /// Whether objects of this kind are meant.
    fn means(&self, kind: &str) -> bool {
        let kind = kind.to_lowercase();
        let same = |wanted: &String| {
            *wanted == kind
                || match wanted.as_str() {
                    "func" => kind == "function",
                    "proc" => kind == "procedure",
                    "fk" => kind == "foreign key",
                    "foreign_key" => kind == "foreign key",
                    other => other.replace('_', " ") == kind,
                }
        };
        self.kinds.is_empty() || self.kinds.iter().any(same)
    }

    fn apply(&self, realm: &mut Realm) {
        let Some((first, rest)) = self.parts.split_first() else {
            return;
        };
        if rest.is_empty() {
            realm
                .schemas
                .retain(|schema| !(self.means("schema") && matches(first, &schema.name)));
            realm
                .opaque
                .retain(|object| !(self.means(&object.kind) && matches(first, &object.name)));
            return;
        }
        for schema in &mut realm.schemas {
            if matches(first, &schema.name) {
                match rest {
                    [name] => self.apply_to_schema(name, schema),
                    [table, name, ..] => self.apply_to_tables(table, name, schema),
                    [] => {}
                }
            }
        }
    }

    fn apply_to_schema(&self, glob: &str, schema: &mut Schema) {
        let gone = |kind: &str, name: &str| self.means(kind) && matches(glob, name);
        let dropped: Vec<String> = schema
            .tables
            .iter()
            .filter(|table| gone("table", &table.name))
            .map(|table| table.name.clone())
            .collect();
        schema.tables.retain(|table| !gone("table", &table.name));
        schema.enums.retain(|value| !gone("enum", &value.name));
        schema
            .sequences
            .retain(|value| !gone("sequence", &value.name));
        schema.opaque.retain(|object| match &object.table {
            Some(table) => !dropped.contains(table),
            None => !gone(&object.kind, &object.name),
        });
    }

    fn apply_to_tables(&self, table: &str, glob: &str, schema: &mut Schema) {
        for found in &mut schema.tables {
            if matches(table, &found.name) {
                self.apply_to_table(glob, found);
            }
        }
        schema.opaque.retain(|object| {
            let of_table = object
                .table
                .as_ref()
                .is_some_and(|name| matches(table, name));
            !(of_table && self.means(&object.kind) && matches(glob, &object.name))
        });
    }

    fn apply_to_table(&self, glob: &str, table: &mut Table) {
        let gone = |kind: &str, name: Option<&str>| {
            self.means(kind) && name.is_some_and(|name| matches(glob, name))
        };
        table
            .columns
            .retain(|column| !gone("column", Some(&column.name)));
        table
            .indexes
            .retain(|index| !gone("index", Some(&index.name)));
        table
            .uniques
            .retain(|unique| !gone("unique", unique.name.as_deref()));
        table
            .foreign_keys
            .retain(|key| !gone("foreign key", key.name.as_deref()));
        table
            .checks
            .retain(|check| !gone("check", check.name.as_deref()));
        table
            .constraints
            .retain(|other| !gone("constraint", Some(&other.name)));
    }
}

/// Splits at dots that are not escaped and not in a character class.
fn split(globs: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut escaped, mut class) = (false, false);
    for c in globs.chars() {
        if c == '.' && !escaped && !class {
            parts.push(String::new());
            continue;
        }
        match c {
            '[' if !escaped => class = true,
            ']' if !escaped => class = false,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts
}

/// Shell-like matching of the whole name, as Go's `path.Match` defines it.
fn matches(glob: &str, name: &str) -> bool {
    let glob: Vec<char> = glob.chars().collect();
    let name: Vec<char> = name.chars().collect();
    // `star` remembers where to resume when what follows the last `*` does not match here.
    let (mut g, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        if glob.get(g) == Some(&'*') {
            star = Some((g, n));
            g += 1;
        } else if let Some(len) = one(&glob[g..], name[n]) {
            g += len;
            n += 1;
        } else if let Some((at, tried)) = star {
            star = Some((at, tried + 1));
            (g, n) = (at + 1, tried + 1);
        } else {
            return false;
        }
    }
    glob[g..].iter().all(|c| *c == '*')
}

/// The length of the glob's first element when it matches `c`.
fn one(glob: &[char], c: char) -> Option<usize> {
    match glob.first()? {
        '?' => Some(1),
        '[' => {
            let end = 1 + glob[1..].iter().position(|c| *c == ']')?;
            let (negated, mut set) = match glob.get(1) {
                Some('^') => (true, &glob[2..end]),
                _ => (false, &glob[1..end]),
            };
            let mut found = false;
            while let Some((first, rest)) = set.split_first() {
                match rest {
                    ['-', last, tail @ ..] => {
                        found |= (*first..=*last).contains(&c);
                        set = tail;
                    }
                    _ => {
                        found |= *first == c;
                        set = rest;
                    }
                }
            }
            (found != negated).then_some(end + 1)
        }
        '\\' => (glob.get(1) == Some(&c)).then_some(2),
        literal => (*literal == c).then_some(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, DataType, EnumType};

    fn realm() -> Realm {
        let column = |name: &str| Column {
            name: name.into(),
            ty: DataType::built_in("int"),
            nullable: false,
            default: None,
            generated: None,
            identity: None,
            auto_increment: false,
            collation: None,
            comment: None,
            attrs: Default::default(),
        };
        let table = |name: &str| Table {
            name: name.into(),
            columns: vec![column("id"), column("secret")],
            ..Table::default()
        };
        let opaque = |kind: &str, name: &str, table: Option<&str>| Opaque {
            kind: kind.into(),
            name: name.into(),
            table: table.map(str::to_owned),
            definition: "x".into(),
        };
        let schema = |name: &str| Schema {
            name: name.into(),
            tables: vec![table("audit_log"), table("users")],
            enums: vec![EnumType {
                name: "status".into(),
                values: vec![],
                comment: None,
            }],
            opaque: vec![
                opaque("trigger", "t", Some("users")),
                opaque("view", "v.w", None),
            ],
            ..Schema::default()
        };
        Realm {
            schemas: vec![schema("app"), schema("public")],
            opaque: vec![opaque("extension", "pgcrypto", None)],
        }
    }

    fn names(realm: &Realm) -> Vec<String> {
        let mut names: Vec<String> = realm.opaque.iter().map(|o| o.name.clone()).collect();
        for schema in &realm.schemas {
            let named = |name: &str| format!("{}.{name}", schema.name);
            names.extend(schema.tables.iter().map(|t| named(&t.name)));
            names.extend(schema.enums.iter().map(|t| named(&t.name)));
            names.extend(schema.opaque.iter().map(|t| named(&t.name)));
        }
        names
    }

    fn removed(patterns: &[&str], scoped: bool) -> Vec<String> {
        let patterns: Vec<String> = patterns.iter().map(|p| (*p).to_owned()).collect();
        let before = names(&realm());
        let mut after = realm();
        exclude(&mut after, &patterns, scoped).unwrap();
        let after = names(&after);
        before.into_iter().filter(|n| !after.contains(n)).collect()
    }

    #[test]
    fn patterns_reach_schemas_tables_and_their_parts() {
        assert_eq!(removed(&["public.audit_*"], false), ["public.audit_log"]);
        assert_eq!(
            removed(&["*.status"], false),
            ["app.status", "public.status"]
        );
        assert_eq!(
            removed(&["a?p.*[type=table]"], false),
            ["app.audit_log", "app.users", "app.t"]
        );
        assert_eq!(removed(&["pg*[type=extension]"], false), ["pgcrypto"]);
        assert_eq!(removed(&["app"], false).len(), 5);
        assert_eq!(
            removed(&["*.users.t[type=trigger]"], false),
            ["app.t", "public.t"]
        );
        assert_eq!(
            removed(&["users"], true),
            ["app.users", "app.t", "public.users", "public.t"]
        );
        let mut realm = realm();
        exclude(&mut realm, &["app.*.secret".into()], false).unwrap();
        assert!(
            realm.schemas[0]
                .tables
                .iter()
                .all(|t| t.column("secret").is_none())
        );
        assert!(
            realm.schemas[1]
                .tables
                .iter()
                .all(|t| t.column("secret").is_some())
        );
    }

    #[test]
    fn the_pattern_for_an_object_matches_only_it() {
        let realm = realm();
        let view = &realm.schemas[0].opaque[1];
        let pattern = pattern_for(Some("app"), view, false);
        assert_eq!(pattern, r"app.v\.w[type=view]");
        assert_eq!(removed(&[&pattern], false), ["app.v.w"]);
        let trigger = &realm.schemas[0].opaque[0];
        assert_eq!(
            pattern_for(Some("app"), trigger, true),
            "users.t[type=trigger]"
        );
        assert_eq!(
            pattern_for(None, &realm.opaque[0], false),
            "pgcrypto[type=extension]"
        );
    }

    #[test]
    fn globs_match_whole_names() {
        for (glob, name, expected) in [
            ("a*c", "abbc", true),
            ("a*c", "abcd", false),
            ("*", "", true),
            ("[a-c]x", "bx", true),
            ("[^a-c]x", "bx", false),
            (r"a\*", "a*", true),
            (r"a\*", "ab", false),
            ("**b", "aab", true),
            ("", "a", false),
        ] {
            assert_eq!(matches(glob, name), expected, "{glob} {name}");
        }
        for bad in ["a.b.c.d", "a..b", "x[type=table", ""] {
            assert!(
                exclude(&mut realm(), &[bad.into()], false).is_err(),
                "{bad}"
            );
        }
    }
}
