//! The head of a definition: what it makes, and of a trigger when it runs.

use std::collections::BTreeMap;
use std::ops::Range;

use super::query::quote;
use crate::schema::TextObject;
use crate::sql::Rules;
use crate::sql::token::{Token, tokens};

/// What a definition says before its body.
pub(super) struct Head {
    name: Path,
    pub(super) trigger: Option<Trigger>,
}

/// What only a trigger says.
pub(super) struct Trigger {
    table: Path,
    /// `BEFORE INSERT`.
    when: String,
    /// The trigger that it runs behind.
    follows: Option<String>,
    /// Where its order among others is said.
    order: usize,
}

/// A name with or without its schema, and where it is.
struct Path {
    place: Range<usize>,
    schema: Option<String>,
    name: Range<usize>,
}

impl Head {
    /// Reads a definition that is one `CREATE`.
    pub(super) fn of(definition: &str) -> Option<Self> {
        let all: Vec<Token<'_>> = tokens(definition, &Rules::MYSQL).take(64).collect();
        all.first().filter(|first| first.is("CREATE"))?;
        let kinds = ["VIEW", "PROCEDURE", "FUNCTION", "TRIGGER", "EVENT"];
        let kind = all.iter().position(|token| token.is_any(&kinds))?;
        let rest = all[kind + 1..].iter();
        let skipped = rest.take_while(|token| token.is_any(&["IF", "NOT", "EXISTS"]));
        let at = kind + 1 + skipped.count();
        let (name, rest) = Path::read(&all[at..])?;
        let trigger = match all[kind].is("TRIGGER") {
            true => Some(Trigger::read(rest)?),
            false => None,
        };
        Some(Self { name, trigger })
    }

    /// The definition with a schema before its own name and a trigger's table, or with none, where it says none or one
    /// of these.
    pub(super) fn qualified(&self, definition: &str, own: &[&str], to: Option<&str>) -> String {
        let mut out = definition.to_owned();
        let table = self.trigger.as_ref().map(|trigger| &trigger.table);
        for path in table.into_iter().chain([&self.name]) {
            let said = path.schema.as_deref();
            if said.is_none_or(|said| own.contains(&said)) {
                let schema = to.map(|to| quote(to) + ".").unwrap_or_default();
                let name = &definition[path.name.clone()];
                out.replace_range(path.place.clone(), &format!("{schema}{name}"));
            }
        }
        out
    }
}

impl Trigger {
    fn read(rest: &[Token<'_>]) -> Option<Self> {
        let on = rest.iter().position(|token| token.is("ON"))?;
        let when = rest[..on].iter().map(|token| token.text.to_uppercase());
        let when: Vec<String> = when.collect();
        let (table, rest) = Path::read(&rest[on + 1..])?;
        let row = rest.get(2).filter(|row| row.is("ROW"))?;
        let follows = match rest.get(3..) {
            Some([follows, name, ..]) if follows.is("FOLLOWS") => Some(name.unquoted()),
            _ => None,
        };
        Some(Self {
            table,
            when: when.join(" "),
            follows: follows.map(Into::into),
            order: row.end(),
        })
    }

    /// It follows none.
    pub(super) fn is_first(&self) -> bool {
        self.follows.is_none()
    }

    /// The name of its table.
    pub(super) fn table(&self, definition: &str) -> String {
        let name = tokens(&definition[self.table.name.clone()], &Rules::MYSQL).next();
        name.map(|name| name.unquoted().into()).unwrap_or_default()
    }

    /// The definition without the blanks that MariaDB leaves where it takes out the order.
    pub(super) fn settled(&self, definition: &str) -> String {
        let (head, body) = definition.split_at(self.order);
        let body = body.trim_start_matches(' ');
        let blank = if body.starts_with(char::is_whitespace) {
            ""
        } else {
            " "
        };
        format!("{head}{blank}{body}")
    }

    /// The definition with its place among others: `FOLLOWS` or `PRECEDES` another one.
    pub(super) fn placed(&self, definition: &str, word: &str, other: &str) -> String {
        let (head, body) = definition.split_at(self.order);
        format!("{head} {word} {}{body}", quote(other))
    }
}

impl Path {
    fn read<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<(Self, &'t [Token<'a>])> {
        let (first, schema, rest) = match tokens {
            [schema, dot, name, rest @ ..] if dot.symbol(".") => (name, Some(schema), rest),
            [name, rest @ ..] => (name, None, rest),
            [] => return None,
        };
        let path = Self {
            place: schema.unwrap_or(first).start..first.end(),
            schema: schema.map(|schema| schema.unquoted().into()),
            name: first.start..first.end(),
        };
        Some((path, rest))
    }
}

/// Triggers of one table, each behind the one that it follows.
pub(super) fn in_order<'t>(
    texts: impl Iterator<Item = &'t TextObject>,
    table: &str,
) -> Vec<(&'t TextObject, Option<Trigger>)> {
    let own =
        texts.filter(|object| object.kind == "trigger" && object.table.as_deref() == Some(table));
    let trigger = |object: &TextObject| Head::of(bare(&object.definition))?.trigger;
    let mut own: Vec<_> = own.map(|object| (object, trigger(object))).collect();
    let follows: BTreeMap<String, String> = own
        .iter()
        .filter_map(|(object, trigger)| {
            Some((object.name.clone(), trigger.as_ref()?.follows.clone()?))
        })
        .collect();
    own.sort_by_cached_key(|(object, _)| {
        let before = std::iter::successors(follows.get(&object.name), |name| follows.get(*name));
        before.take(follows.len()).count()
    });
    own
}

/// The trigger that one which follows none runs before, of those that stay as they are.
pub(super) fn next<'t>(
    first: &Trigger,
    there: &[(&'t TextObject, Option<Trigger>)],
    stays: impl Fn(&TextObject) -> bool,
) -> Option<&'t str> {
    let mut same = there.iter().filter(|(object, trigger)| {
        trigger
            .as_ref()
            .is_some_and(|other| other.when == first.when)
            && stays(object)
    });
    same.next().map(|(object, _)| object.name.as_str())
}

/// Modes that decide how a text is read, and what it has where they count; the empty text is in each. `IGNORE_SPACE` is
/// none of them: our own connections have it.
const MODES: &[(&str, &str)] = &[
    ("ANSI_QUOTES", "\""),
    ("EMPTY_STRING_IS_NULL", "''"),
    ("HIGH_NOT_PRECEDENCE", "NOT"),
    ("NO_BACKSLASH_ESCAPES", "\\"),
    ("ORACLE", ""),
    ("PIPES_AS_CONCAT", "||"),
    ("REAL_AS_FLOAT", "REAL"),
];

/// What [`with_mode`] puts before a definition.
pub(super) const MODE: &str = "SET sql_mode = ";

/// A definition behind the modes that it has to be read with: it is no `CREATE` then, and not planned.
pub(super) fn with_mode(definition: String, stored: &str) -> String {
    let upper = definition.to_uppercase();
    let counts = |(mode, sign): &&(&str, &str)| {
        stored.split(',').any(|one| one == *mode) && upper.contains(sign)
    };
    let modes: Vec<&str> = MODES.iter().filter(counts).map(|(mode, _)| *mode).collect();
    match modes.is_empty() {
        true => definition,
        false => format!("{MODE}'{}';\n{definition}", modes.join(",")),
    }
}

/// The definition without the modes before it.
fn bare(definition: &str) -> &str {
    let rest = definition.strip_prefix(MODE);
    let rest = rest.and_then(|rest| rest.split_once(";\n"));
    rest.map_or(definition, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_stands_before_a_definition_that_it_changes() {
        let strict = "STRICT_TRANS_TABLES,NO_ZERO_DATE,ONLY_FULL_GROUP_BY";
        let said = |text: &str, modes: &str| with_mode(text.to_owned(), modes);
        let text = "CREATE FUNCTION `f`() RETURNS int return 'a'||'b'";
        assert_eq!(said(text, strict), text);
        assert_eq!(said(text, "REAL_AS_FLOAT,ANSI_QUOTES"), text);
        let found = said(text, "STRICT_ALL_TABLES,PIPES_AS_CONCAT,ORACLE");
        assert_eq!(
            found,
            format!("SET sql_mode = 'ORACLE,PIPES_AS_CONCAT';\n{text}")
        );
        assert_eq!(bare(&found), text);
    }

    #[test]
    fn a_triggers_place_is_said_behind_its_head() {
        let text = "CREATE trigger if not exists `for each row` before\ninsert on d . `t` for each /* for */ row set @a = 'FOR EACH ROW'";
        let trigger = Head::of(text).unwrap().trigger.unwrap();
        assert_eq!(trigger.when, "BEFORE INSERT");
        assert_eq!(trigger.follows, None);
        let placed = trigger.placed(text, "FOLLOWS", "a`b");
        assert!(
            placed.ends_with("row FOLLOWS `a``b` set @a = 'FOR EACH ROW'"),
            "{placed}"
        );
        let again = Head::of(&placed).unwrap().trigger.unwrap();
        assert_eq!(again.follows.as_deref(), Some("a`b"));
    }

    #[test]
    fn heads_are_qualified() {
        for (text, said) in [
            (
                "CREATE FUNCTION `f`(a int)",
                "CREATE FUNCTION `d`.`f`(a int)",
            ),
            (
                "CREATE trigger x.tg before insert on t for each row set @a = 1",
                "CREATE trigger x.tg before insert on `d`.t for each row set @a = 1",
            ),
            (
                "CREATE TRIGGER `tg` BEFORE INSERT ON d.t FOR EACH ROW set @a = 1",
                "CREATE TRIGGER `d`.`tg` BEFORE INSERT ON `d`.t FOR EACH ROW set @a = 1",
            ),
            (
                "CREATE EVENT `e` ON SCHEDULE",
                "CREATE EVENT `d`.`e` ON SCHEDULE",
            ),
        ] {
            assert_eq!(
                Head::of(text).unwrap().qualified(text, &["d"], Some("d")),
                said
            );
            let bare = said.replace("`d`.", "");
            assert_eq!(Head::of(said).unwrap().qualified(said, &["d"], None), bare);
        }
        for text in [
            "",
            "CREATE",
            "CREATE TRIGGER a ON",
            "CREATE VIEW",
            "FUNCTION f",
        ] {
            assert!(Head::of(text).is_none(), "{text}");
        }
    }
}
