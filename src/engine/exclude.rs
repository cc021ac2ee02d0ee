//! What the user asks to leave out of every comparison: Atlas' exclude patterns, for all dialects.
//!
//! A pattern is up to three globs with dots between them, from the outside in: schema, object, part of a table. With a
//! connection that is limited to one schema the first is left away. `*`, `?`, `[a-z]`, `[^a-z]` and `\` are as in Go's
//! `filepath.Match`; a part in double quotes may contain dots. `[type=table|view]` after a part limits it to kinds.
//! Source of the format: the open build of Atlas (`sql/schema/exclude.go`).
//!
//! A pattern whose first part names nothing where it is looked for may be meant the other way: `alembic_version` is then
//! the object in any schema, and `public.alembic_version` the one in the schema that the connection is limited to; only
//! `audit.*` is never all columns of a table. Both states have a say in that ([`Exclude::settle`]), so that it means the
//! same in each.

use crate::config::suggest;
use crate::engine::{EngineError, Outside};
use crate::schema::{KeyPart, PartExpr, Realm, Schema, Table, TextObject, tools};
use crate::sql::object::{kind_words, short_names, without_arguments};

/// Words for what the model has types for, and Atlas' own, beside those of other kinds. A typing error is measured against
/// all; others are accepted too: which there are is a dialect's business.
const MODELED: &[&str] = &[
    "check",
    "column",
    "constraint",
    "enum",
    "exclude",
    "fk",
    "foreign_key",
    "func",
    "pk",
    "primary_key",
    "proc",
    "role",
    "table",
    "unique",
    "user",
];

/// Patterns, read once.
#[derive(Clone, Debug, Default)]
pub struct Exclude {
    patterns: Vec<Pattern>,
    scoped: bool,
}

#[derive(Clone, Debug)]
struct Pattern {
    text: String,
    globs: Vec<Glob>,
    /// The first part is not what it usually is: an object instead of a schema, or the other way round.
    other: bool,
}

#[derive(Clone, Debug)]
struct Glob {
    tokens: Vec<Token>,
    /// Kinds that it is limited to, any when empty.
    kinds: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Any,
    One,
    Literal(char),
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Exclude {
    /// Reads patterns; `scoped` says that the connection is limited to one schema.
    ///
    /// # Errors
    /// When a pattern is empty, has too many parts, isn't a well-formed glob, or selects what looks like a misspelt kind.
    pub fn new(patterns: &[String], scoped: bool) -> Result<Self, EngineError> {
        let depth = if scoped { 2 } else { 3 };
        let patterns = patterns
            .iter()
            .map(|pattern| {
                let globs = parse(pattern)
                    .map_err(|why| invalid(pattern, &why))?
                    .into_iter()
                    .map(|part| glob(&part).map_err(|why| invalid(pattern, &why)))
                    .collect::<Result<Vec<Glob>, EngineError>>()?;
                if globs.len() > depth {
                    return Err(too_deep(pattern, depth));
                }
                for glob in &globs {
                    known(pattern, glob)?;
                }
                Ok(Pattern {
                    text: pattern.clone(),
                    globs,
                    other: false,
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { patterns, scoped })
    }

    /// Decides, by what is there, what the first part of each pattern is.
    pub fn settle(&mut self, realms: &[&Realm]) {
        let names_schema = |glob: &Glob| {
            let mut schemas = realms.iter().flat_map(|realm| &realm.schemas);
            schemas.any(|schema| glob.matches(&["schema"], &schema.name))
        };
        let names_text = |glob: &Glob| {
            let mut texts = realms.iter().flat_map(|realm| &realm.texts);
            texts.any(|object| glob.matches_text(object))
        };
        for at in 0..self.patterns.len() {
            let alone = self.alone(at);
            self.patterns[at].other = match (&self.patterns[at].globs[..], self.scoped) {
                ([first, _], true) => names_schema(first) && !alone.matches_any(realms),
                ([object], false) => !names_schema(object) && !names_text(object),
                ([table, part], false) => !part.is_all() && !names_schema(table),
                _ => false,
            };
        }
    }

    /// One of the patterns.
    fn alone(&self, at: usize) -> Self {
        Self {
            patterns: self.patterns.get(at).cloned().into_iter().collect(),
            scoped: self.scoped,
        }
    }

    /// Whether something in one of these is left out.
    fn matches_any(&self, realms: &[&Realm]) -> bool {
        realms.iter().any(|realm| {
            let mut rest = (*realm).clone();
            self.apply(&mut rest);
            rest != **realm
        })
    }

    /// Removes what the patterns match.
    ///
    /// With a table goes all that belongs to it; with a column the indexes and constraints on it. Foreign keys of other
    /// tables to an excluded one stay.
    pub fn apply(&self, realm: &mut Realm) {
        for Pattern { globs, other, .. } in &self.patterns {
            let Some((first, rest)) = globs.split_first() else {
                continue;
            };
            if self.scoped != *other {
                for schema in &mut realm.schemas {
                    exclude_in_schema(schema, globs);
                }
                continue;
            }
            if rest.is_empty() {
                realm
                    .schemas
                    .retain(|schema| !first.matches(&["schema"], &schema.name));
                realm.texts.retain(|object| !first.matches_text(object));
                // `*[type=view]` without a schema reaches into all of them.
                if !first.kinds.is_empty() {
                    for schema in &mut realm.schemas {
                        exclude_in_schema(schema, globs);
                    }
                }
                continue;
            }
            for schema in &mut realm.schemas {
                if first.matches(&["schema"], &schema.name) {
                    exclude_in_schema(schema, rest);
                }
            }
        }
    }

    /// Patterns without wildcards that match nothing in any of these and nothing outside of what is read of them, each
    /// with what may have been meant. What a migration tool keeps is left out anyway, and may be elsewhere only.
    pub fn idle(&self, realms: &[&Realm], outside: &[Outside]) -> Vec<(&str, Option<String>)> {
        let idle = self.patterns.iter().enumerate().filter(|(at, pattern)| {
            let tool = |glob: &Glob| glob.literal().map(|name| tools::owner(&name).is_some());
            let tools: Option<Vec<bool>> = pattern.globs.iter().map(tool).collect();
            let alone = self.alone(*at);
            let beyond = |one: &Outside| alone.covers(&one.schema, &one.kind, &one.name);
            tools.is_some_and(|tools| !tools.contains(&true))
                && !outside.iter().any(beyond)
                && !alone.matches_any(realms)
        });
        let idle = idle.map(|(_, pattern)| pattern);
        idle.map(|pattern| {
            let last = pattern.globs.last().and_then(Glob::literal);
            let bare = pattern.text.split('[').next().unwrap_or_default();
            let paths: Vec<String> = realms.iter().flat_map(|realm| paths(realm)).collect();
            let near = last.and_then(|last| {
                let paths = paths.iter().map(String::as_str);
                let own = |path: &&str| {
                    let name = path.rsplit('.').next();
                    suggest::nearest(&last, name).is_some()
                };
                let path = suggest::nearest(bare, paths.filter(own));
                let names = realms.iter().flat_map(|realm| names(realm));
                let name = || suggest::nearest(&last, names);
                path.or_else(name).map(str::to_owned)
            });
            (pattern.text.as_str(), near)
        })
        .collect()
    }

    /// Whether a pattern leaves out an object that is outside of what is compared, or its schema.
    pub fn covers(&self, schema: &str, kind: &str, name: &str) -> bool {
        self.patterns
            .iter()
            .any(|pattern| match &pattern.globs[..] {
                [outer] => outer.matches(&["schema"], schema),
                [outer, inner] => {
                    outer.matches(&["schema"], schema) && inner.matches(&[kind], name)
                }
                _ => false,
            })
    }
}

/// What a realm holds, each with what it is in.
fn paths(realm: &Realm) -> impl Iterator<Item = String> {
    realm.schemas.iter().flat_map(|schema| {
        let outer = &schema.name;
        let tables = schema.tables.iter().map(|table| &table.name);
        let texts = schema.texts.iter().map(|object| &object.name);
        let sequences = schema.sequences.iter().map(|sequence| &sequence.name);
        let inner = tables.chain(texts).chain(sequences);
        let inner = inner.map(move |name| format!("{outer}.{name}"));
        inner.chain(schema.tables.iter().flat_map(|table| {
            let columns = table.columns.iter();
            columns.map(|column| format!("{}.{}", table.name, column.name))
        }))
    })
}

/// Names of what a realm holds.
fn names(realm: &Realm) -> impl Iterator<Item = &str> {
    let inside = realm.schemas.iter().flat_map(|schema| {
        let tables = schema.tables.iter().map(|table| &table.name);
        let enums = schema.enums.iter().map(|value| &value.name);
        let sequences = schema.sequences.iter().map(|sequence| &sequence.name);
        let texts = schema.texts.iter().map(|object| &object.name);
        let columns = schema.tables.iter().flat_map(|table| &table.columns);
        [&schema.name]
            .into_iter()
            .chain(tables)
            .chain(enums)
            .chain(sequences)
            .chain(texts)
            .chain(columns.map(|column| &column.name))
    });
    let outside = realm.texts.iter().map(|object| &object.name);
    inside.chain(outside).map(String::as_str)
}

/// The pattern that leaves out one object and nothing else; `schema` is the object's, `None` when it is in none.
pub fn pattern_for(schema: Option<&str>, object: &TextObject, scoped: bool) -> String {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(schema.filter(|_| !scoped).map(escaped));
    parts.extend(object.table.as_deref().map(escaped));
    parts.push(escaped(&object.name));
    let kind = object.kind.replace(' ', "_");
    format!("{}[type={kind}]", parts.join("."))
}

/// The pattern that leaves out one table, or one part of it with its kind; `schema` is `None` where there is only one.
pub fn pattern_for_part(schema: Option<&str>, table: &str, part: Option<(&str, &str)>) -> String {
    let outer = schema.map_or_else(String::new, |schema| format!("{}.", escaped(schema)));
    let table = escaped(table);
    match part {
        None => format!("{outer}{table}[type=table]"),
        Some((kind, name)) => format!("{outer}{table}.{}[type={kind}]", escaped(name)),
    }
}

/// The pattern that leaves out one schema, and no object of that name.
pub fn pattern_for_schema(name: &str) -> String {
    format!("{}[type=schema]", escaped(name))
}

/// A name as a glob that matches only it.
fn escaped(name: &str) -> String {
    let mut glob = String::with_capacity(name.len());
    for c in name.chars() {
        if matches!(c, '*' | '?' | '[' | '.' | '\\' | '"') {
            glob.push('\\');
        }
        glob.push(c);
    }
    glob
}

fn exclude_in_schema(schema: &mut Schema, globs: &[Glob]) {
    match globs {
        [object] => exclude_objects(schema, object),
        [object, part] => {
            let mut tables = Vec::new();
            for table in &mut schema.tables {
                if object.matches(&["table"], &table.name) {
                    exclude_parts(table, part);
                    tables.push(table.name.clone());
                }
            }
            schema.texts.retain(|text| {
                let owner = text.table.as_ref();
                let in_table = owner.is_some_and(|table| tables.contains(table));
                let in_view = owner.is_some_and(|table| {
                    object.matches(&["view", "materialized", "materialized_view"], table)
                });
                !((in_table || in_view) && part.matches_text(text))
            });
        }
        _ => {}
    }
}

fn exclude_objects(schema: &mut Schema, glob: &Glob) {
    let mut gone = Vec::new();
    schema.tables.retain(|table| {
        let excluded = glob.matches(&["table"], &table.name);
        if excluded {
            gone.push(table.name.clone());
        }
        !excluded
    });
    schema
        .enums
        .retain(|value| !glob.matches(&["enum", "type"], &value.name));
    schema
        .sequences
        .retain(|sequence| !glob.matches(&["sequence"], &sequence.name));
    schema.texts.retain(|object| match &object.table {
        // A partition is a table by itself; other parts of a table are only meant when their kind is named.
        Some(table) => {
            let meant = object.kind == "partition" || !glob.kinds.is_empty();
            !(gone.contains(table) || meant && glob.matches_text(object))
        }
        None => !glob.matches_text(object),
    });
}

fn exclude_parts(table: &mut Table, glob: &Glob) {
    let mut gone = Vec::new();
    table.columns.retain(|column| {
        let excluded = glob.matches(&["column"], &column.name);
        if excluded {
            gone.push(column.name.clone());
        }
        !excluded
    });
    let touched = |parts: &[KeyPart]| {
        parts.iter().any(|part| match &part.on {
            PartExpr::Column(name) => gone.contains(name),
            PartExpr::Expr(_) => false,
        })
    };
    let named =
        |kinds: &[&str], name: Option<&String>| name.is_some_and(|name| glob.matches(kinds, name));
    table.indexes.retain(|index| {
        !touched(&index.parts)
            && !index.include.iter().any(|name| gone.contains(name))
            && !glob.matches(&["index"], &index.name)
    });
    table.uniques.retain(|unique| {
        !touched(&unique.parts) && !named(&["unique", "constraint"], unique.name.as_ref())
    });
    table.primary_key = table.primary_key.take().filter(|key| {
        !touched(&key.parts) && !named(&["primary_key", "pk", "constraint"], key.name.as_ref())
    });
    table.foreign_keys.retain(|key| {
        !key.columns.iter().any(|name| gone.contains(name))
            && !named(&["fk", "foreign_key", "constraint"], key.name.as_ref())
    });
    table
        .checks
        .retain(|check| !named(&["check", "constraint"], check.name.as_ref()));
    table
        .constraints
        .retain(|raw| !glob.matches(&["exclude", "constraint"], &raw.name));
}

impl Glob {
    /// The one name that it matches, if it is one.
    fn literal(&self) -> Option<String> {
        let letter = |token: &Token| match token {
            Token::Literal(c) => Some(*c),
            Token::Any | Token::One | Token::Class { .. } => None,
        };
        self.tokens.iter().map(letter).collect()
    }

    /// Whether it is `*`, of any kind.
    fn is_all(&self) -> bool {
        self.kinds.is_empty() && self.tokens == [Token::Any]
    }

    /// Whether it matches the name of something, whatever that is.
    fn matches_name(&self, name: &str) -> bool {
        matches(&self.tokens, &name.chars().collect::<Vec<char>>())
    }

    /// Whether the glob is about one of these kinds and matches the name.
    fn matches(&self, kinds: &[&str], name: &str) -> bool {
        let meant = self.kinds.is_empty() || kinds.iter().any(|kind| self.names(kind));
        meant && self.matches_name(name)
    }

    fn names(&self, kind: &str) -> bool {
        self.kinds.iter().any(|selected| selected == kind)
    }

    /// The same for an object kept as text: its kind counts as a whole (`materialized_view`) and by its usual short name.
    /// A function is known with and without its argument types.
    fn matches_text(&self, object: &TextObject) -> bool {
        let whole = object.kind.replace(' ', "_");
        let mut kinds = vec![whole.as_str()];
        kinds.extend(short_names(&object.kind));
        let bare = without_arguments(&object.name);
        self.matches(&kinds, &object.name) || self.matches(&kinds, bare)
    }
}

/// Splits a pattern at its dots.
fn parse(pattern: &str) -> Result<Vec<String>, String> {
    let mut parts = Vec::new();
    let mut rest = pattern;
    loop {
        let mut part = String::new();
        if let Some(quoted) = rest.strip_prefix('"') {
            let mut chars = quoted.char_indices().peekable();
            let end = loop {
                match chars.next() {
                    None => return Err("a quote is not closed".to_owned()),
                    Some((_, '"')) if chars.next_if(|next| next.1 == '"').is_some() => {
                        part.push('"');
                    }
                    Some((at, '"')) => break at + 1,
                    Some((_, c)) => part.push(c),
                }
            };
            rest = quoted.get(end..).unwrap_or_default();
            if !(rest.is_empty() || rest.starts_with(['.', '['])) {
                return Err("a dot has to follow a quoted part".to_owned());
            }
        }
        let (more, after) = rest.split_at(dot(rest));
        part += more;
        if part.is_empty() {
            return Err("a part is empty".to_owned());
        }
        parts.push(part);
        match after.strip_prefix('.') {
            Some(after) => rest = after,
            None => return Ok(parts),
        }
    }
}

/// Where the next dot is that is neither escaped nor in a character class, or the end.
fn dot(text: &str) -> usize {
    let (mut escaped, mut class) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => {}
            '.' if !class => return at,
            '[' => class = true,
            ']' => class = false,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

/// Reads one part.
fn glob(part: &str) -> Result<Glob, String> {
    let (name, kinds) = match part.rsplit_once("[type=") {
        Some((name, selector)) => {
            let selector = selector
                .strip_suffix(']')
                .ok_or_else(|| "`[type=` is not closed".to_owned())?;
            (name, selector.split('|').map(kind).collect())
        }
        None => (part, Vec::new()),
    };
    let mut tokens = Vec::new();
    let mut chars = name.chars();
    while let Some(c) = chars.next() {
        tokens.push(match c {
            '*' => Token::Any,
            '?' => Token::One,
            '\\' => Token::Literal(chars.next().ok_or("`\\` is the last character")?),
            '[' => class(&mut chars)?,
            c => Token::Literal(c),
        });
    }
    Ok(Glob { tokens, kinds })
}

/// A kind as it is compared: in small letters, with `_` for blanks.
fn kind(text: &str) -> String {
    let kind = text.trim().to_lowercase().replace(' ', "_");
    match kind.as_str() {
        "func" => "function".to_owned(),
        "proc" => "procedure".to_owned(),
        _ => kind,
    }
}

fn class(chars: &mut std::str::Chars<'_>) -> Result<Token, String> {
    let open = || "`[` is not closed".to_owned();
    let mut ahead = chars.clone();
    let negated = ahead.next() == Some('^');
    if negated {
        *chars = ahead;
    }
    let mut ranges = Vec::new();
    loop {
        let low = match chars.next().ok_or_else(open)? {
            ']' if !ranges.is_empty() => return Ok(Token::Class { negated, ranges }),
            ']' => return Err("`[]` has no characters".to_owned()),
            '-' => return Err("`-` has no start".to_owned()),
            '\\' => chars.next().ok_or_else(open)?,
            c => c,
        };
        let mut high = low;
        if chars.clone().next() == Some('-') {
            chars.next();
            high = match chars.next().ok_or_else(open)? {
                '\\' => chars.next().ok_or_else(open)?,
                ']' | '-' => return Err("`-` has no end".to_owned()),
                c => c,
            };
        }
        ranges.push((low, high));
    }
}

/// Matches the whole of `name`, going back only to the last `*`.
fn matches(tokens: &[Token], name: &[char]) -> bool {
    let (mut token, mut at) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        match (tokens.get(token), name.get(at)) {
            (None, None) => return true,
            (Some(Token::Any), _) => {
                star = Some((token, at));
                token += 1;
            }
            (Some(one), Some(c)) if one.is(*c) => {
                token += 1;
                at += 1;
            }
            _ => match star {
                Some((any, from)) if from < name.len() => {
                    star = Some((any, from + 1));
                    token = any + 1;
                    at = from + 1;
                }
                _ => return false,
            },
        }
    }
}

impl Token {
    fn is(&self, c: char) -> bool {
        match self {
            Self::Any => false,
            Self::One => true,
            Self::Literal(literal) => *literal == c,
            Self::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated
            }
        }
    }
}

fn known(pattern: &str, glob: &Glob) -> Result<(), EngineError> {
    let words: Vec<String> = kind_words().collect();
    let words = words
        .iter()
        .map(String::as_str)
        .chain(MODELED.iter().copied());
    for kind in &glob.kinds {
        let near = suggest::nearest(kind, words.clone());
        if let Some(near) = near.filter(|near| near != kind) {
            return Err(EngineError::new(
                format!("exclude pattern \"{pattern}\" selects the unknown type \"{kind}\""),
                format!("did you mean `{near}`?"),
            ));
        }
    }
    Ok(())
}

fn invalid(pattern: &str, why: &str) -> EngineError {
    EngineError::new(
        format!("exclude pattern \"{pattern}\" can't be read: {why}"),
        "patterns look like \"schema.table\", \"*.table.column\" or \"*.*[type=view]\"",
    )
}

fn too_deep(pattern: &str, depth: usize) -> EngineError {
    let hint = if depth == 2 {
        "the connection is limited to one schema, so patterns start with the table: \"table.column\""
    } else {
        "a pattern is \"schema\", \"schema.object\" or \"schema.table.part\""
    };
    EngineError::new(
        format!("exclude pattern \"{pattern}\" has more than {depth} parts"),
        hint,
    )
}

#[cfg(test)]
mod tests;
