//! Errors in a file's form, reworded for users: the parser's messages are for programmers.

use serde_saphyr::Error;

use super::super::error::{ConfigError, Origin, SourceText};
use super::super::suggest;
use super::file::span;

/// Keys of other tools' files and of `atlas.hcl`, and what says the same here.
const FOREIGN: &[(&str, &str)] = &[
    (
        "src",
        "`models`, `schema` or `program` says what is desired",
    ),
    ("exclude", "it is `ignore` here"),
    ("migration", "it is `migrations` here"),
    ("dir", "it is `migrations` here"),
    ("dev_url", "it is `dev` here"),
    ("variable", "it is `vars` here"),
    ("variables", "it is `vars` here"),
    ("log", "it is `format` here"),
];

/// The parser's error at its place.
pub(super) fn told(source: &SourceText, error: &Error) -> ConfigError {
    let error = error.without_snippet();
    let place = error.location().map(|at| match at.span().byte_offset() {
        Some(_) => source.at(&span(&at)),
        None => source.at_line(at.line() as usize, at.column() as usize),
    });
    let (message, hint) = words(error);
    let told = ConfigError::new(message).maybe_hint(hint);
    match place {
        Some(place) => told.at(Origin::File(place)),
        None => told,
    }
}

fn words(error: &Error) -> (String, Option<String>) {
    let hinted = |message: &str, hint: &str| (message.to_owned(), Some(hint.to_owned()));
    match error {
        Error::SerdeUnknownField {
            field, expected, ..
        } => unknown(field, expected),
        Error::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().unwrap_or_default();
            (format!("`{key}` is set twice"), None)
        }
        Error::SerdeMissingField { field, .. } => {
            let hint = (*field == "envs").then(|| ENVS.to_owned());
            (format!("`{field}` is missing"), hint)
        }
        Error::Eof { .. } => hinted("the file is empty", ENVS),
        Error::MultipleDocuments { .. } => {
            hinted("a second YAML document begins here", "a file has one")
        }
        Error::Unexpected {
            expected: "mapping start",
            ..
        } => hinted(
            "keys with values are expected here",
            "write `key: value`, with a blank after the colon, further in than the name above",
        ),
        Error::Unexpected {
            expected: "string scalar",
            ..
        } => hinted(
            "a text is expected here",
            "one that begins with `{` or `[` is written in quotes",
        ),
        Error::InvalidBooleanStrict { .. } => {
            ("`true` or `false` is expected here".to_owned(), None)
        }
        // What was found may be a secret.
        Error::SerdeInvalidType {
            unexpected,
            expected,
            ..
        } => {
            let found = match unexpected.split(' ').next() {
                Some("sequence") => "a list",
                Some("map") => "keys with values",
                Some("boolean") => "`true` or `false`",
                Some("integer" | "floating") => "a number",
                _ => "something else",
            };
            let hint = match found {
                "a number" | "`true` or `false`" => Some("put it in quotes".to_owned()),
                _ => None,
            };
            (format!("expected {expected}, got {found}"), hint)
        }
        other => {
            let text = other.to_string();
            let text = match (text.rfind(" at line "), text.find('\n')) {
                (Some(at), _) | (None, Some(at)) => &text[..at],
                (None, None) => &text,
            };
            let hint = match text {
                _ if text.starts_with("unexpected character") => {
                    Some("a text that begins with such a character is written in quotes")
                }
                _ if text.starts_with("mapping values are not allowed") => {
                    Some("a text with a colon and a blank in it is written in quotes")
                }
                _ if text.starts_with("while parsing a flow") => Some(
                    "in `[…]` and `{…}` a text with `{`, `}`, `[`, `]` or `,` in it is written in quotes, as `${…}` is",
                ),
                _ if text.starts_with("alias references unknown") => {
                    Some("a text that begins with `*` is written in quotes")
                }
                _ if text.starts_with("tabs") => Some("indent with blanks"),
                _ => None,
            };
            (format!("syntax error: {text}"), hint.map(str::to_owned))
        }
    }
}

/// What a file has at least.
pub(super) const ENVS: &str = "an environment is written `envs:`, below it its name, such as `app:`, and below that its keys, such as \
                    `models: app.models`";

fn unknown(key: &str, known: &[&str]) -> (String, Option<String>) {
    let mut hint =
        suggest::nearest(key, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
    if hint.is_none() && known.contains(&"models") {
        let foreign = FOREIGN.iter().find(|(name, _)| *name == key);
        hint = foreign.map(|(_, hint)| (*hint).to_owned());
    }
    if hint.is_none() && known.contains(&"envs") {
        hint = [
            "models",
            "schema",
            "program",
            "dev",
            "url",
            "migrations",
            "ignore",
            "src",
        ]
        .contains(&key)
        .then(|| {
            format!(
                "`{key}` belongs to an environment, in `envs`, or to all of them, in `defaults`"
            )
        });
    }
    let hint = hint.unwrap_or_else(|| format!("known ones: {}", suggest::list(known)));
    (format!("unknown key `{key}`"), Some(hint))
}
