//! How statements are written where that decides what they block: an index that is built concurrently, a constraint that is
//! validated apart or takes an index that is there.

use std::borrow::Cow;

use crate::dialect::impact::Surroundings;
use crate::schema::{Index, ObjectName, PartExpr};
use crate::sql::Rules;
use crate::sql::deed::altered;
use crate::sql::token::{Kind, Token, tokens};

/// A statement in tokens.
struct Written<'a> {
    tokens: Vec<Token<'a>>,
    table: Option<String>,
}

fn written<'a>(around: &Surroundings<'a>) -> impl Iterator<Item = Written<'a>> {
    around.statements.iter().map(|one| Written {
        tokens: tokens(&one.text, &Rules::POSTGRES).collect(),
        table: altered(&one.text, &Rules::POSTGRES).map(|table| table.name),
    })
}

impl Written<'_> {
    fn on(&self, table: &ObjectName) -> bool {
        let on = self.table.as_ref();
        on.is_some_and(|on| on.eq_ignore_ascii_case(&table.name))
    }

    /// The places behind these words.
    fn after(&self, words: &[&str]) -> Vec<usize> {
        let ends = self.tokens.windows(words.len()).enumerate();
        let ends = ends.filter(|(_, tokens)| {
            let mut pairs = tokens.iter().zip(words);
            pairs.all(|(token, word)| token.is(word))
        });
        ends.map(|(at, _)| at + words.len()).collect()
    }

    fn says(&self, words: &[&str]) -> bool {
        !self.after(words).is_empty()
    }

    fn name(&self, at: usize) -> Option<Cow<'_, str>> {
        self.tokens.get(at).and_then(folded)
    }

    /// The index that a statement builds, where it is named.
    fn built(&self) -> Option<Option<Cow<'_, str>>> {
        let unique = usize::from(self.tokens.get(1)?.is("unique"));
        if !(self.tokens[0].is("create") && self.tokens.get(1 + unique)?.is("index")) {
            return None;
        }
        let mut at = 2 + unique + usize::from(self.is_apart());
        if self.tokens.get(at)?.is("if") {
            at += 3;
        }
        Some(match self.tokens.get(at)?.is("on") {
            true => None,
            false => self.name(at),
        })
    }

    fn is_apart(&self) -> bool {
        let words = self.tokens.iter().take(4);
        let words: Vec<&Token<'_>> = words.collect();
        words
            .windows(2)
            .any(|pair| pair[0].is("index") && pair[1].is("concurrently"))
    }
}

/// A name as the server has it.
fn folded<'a>(token: &Token<'a>) -> Option<Cow<'a, str>> {
    match token.kind {
        Kind::Word => Some(Cow::Owned(token.text.to_lowercase())),
        _ => token.name(),
    }
}

/// Whether an index is built while others write. Without a name it is known by its table and columns.
pub(super) fn builds_apart(index: &Index, table: &ObjectName, around: &Surroundings<'_>) -> bool {
    let mut unnamed = false;
    for one in written(around) {
        match one.built() {
            Some(Some(name)) if name == index.name => return one.is_apart(),
            Some(None) if one.on(table) => {
                let columns = index.parts.iter().filter_map(|part| match &part.on {
                    PartExpr::Column(name) => Some(name),
                    PartExpr::Expr(_) => None,
                });
                let has = |name: &String| {
                    let mut names = one.tokens.iter().filter_map(folded);
                    names.any(|other| other == *name)
                };
                if columns.into_iter().all(has) {
                    // One that blocks is as likely to be this one.
                    if !one.is_apart() {
                        return false;
                    }
                    unnamed = true;
                }
            }
            _ => {}
        }
    }
    unnamed
}

/// Whether an index is dropped while others read and write.
pub(super) fn drops_apart(name: &str, around: &Surroundings<'_>) -> bool {
    written(around).any(|one| {
        let drops = one.tokens.first().is_some_and(|first| first.is("drop"));
        let mut names = one.tokens.iter().skip(3).filter_map(folded);
        drops && one.is_apart() && names.any(|other| other == name)
    })
}

/// Whether a constraint is validated by a statement of its own; any of the table's where it has no name.
pub(super) fn validates(name: Option<&str>, table: &ObjectName, around: &Surroundings<'_>) -> bool {
    written(around).any(|one| {
        let mut named = one.after(&["validate", "constraint"]).into_iter();
        one.on(table)
            && named.any(|at| name.is_none_or(|name| one.name(at).as_deref() == Some(name)))
    })
}

/// Whether a constraint is made without a look at rows, and validated later.
pub(super) fn comes_unproven(
    name: Option<&str>,
    table: &ObjectName,
    around: &Surroundings<'_>,
) -> bool {
    let mut all = written(around);
    validates(name, table, around)
        && all.any(|one| {
            let names = |at: usize| name.is_none_or(|name| one.name(at).as_deref() == Some(name));
            let added = name.is_none() || one.after(&["add", "constraint"]).into_iter().any(names);
            one.on(table) && added && one.says(&["not", "valid"])
        })
}

/// The index that a constraint takes over.
pub(super) fn taken(
    name: Option<&str>,
    table: &ObjectName,
    around: &Surroundings<'_>,
) -> Option<String> {
    written(around).find_map(|one| {
        let at = *one.after(&["using", "index"]).first()?;
        let index = one.name(at)?.into_owned();
        let given = one.after(&["add", "constraint"]);
        let given = given.first().and_then(|at| one.name(*at));
        let same = name.is_none_or(|name| given.as_deref().unwrap_or(&index) == name);
        (one.on(table) && same).then_some(index)
    })
}

/// Whether an index of this name is built concurrently; `None` where none is built.
pub(super) fn built_apart(name: &str, around: &Surroundings<'_>) -> Option<bool> {
    written(around).find_map(|one| {
        let built = one.built()??;
        (built == name).then(|| one.is_apart())
    })
}

/// The name of a check that a column is not NULL, made and validated by these statements before the column is declared so.
pub(super) fn proves_not_null(
    column: &str,
    table: &ObjectName,
    around: &Surroundings<'_>,
) -> Option<String> {
    written(around).find_map(|one| {
        let name = one.after(&["add", "constraint"]);
        let name = one.name(*name.first()?)?.into_owned();
        let check = one.after(&["check"]);
        let rest = &one.tokens[*check.first()?..];
        let end = crate::sql::token::closing(rest);
        let found = one.on(table) && is_not_null(rest.get(..end)?, column);
        (found && comes_unproven(Some(&name), table, around)).then_some(name)
    })
}

/// Whether a check is only that a column is not NULL.
pub(super) fn says_not_null(expr: &str, column: &str) -> bool {
    let tokens: Vec<Token<'_>> = tokens(expr, &Rules::POSTGRES).collect();
    is_not_null(&tokens, column)
}

fn is_not_null(tokens: &[Token<'_>], column: &str) -> bool {
    let bare = tokens.iter();
    let bare: Vec<&Token<'_>> = bare
        .filter(|token| !(token.symbol("(") || token.symbol(")")))
        .collect();
    match bare[..] {
        [name, is, not, null] => {
            folded(name).as_deref() == Some(column)
                && is.is("is")
                && not.is("not")
                && null.is("null")
        }
        _ => false,
    }
}

/// Whether a constraint is dropped before, or with, the column's becoming NOT NULL.
pub(super) fn is_dropped_first(name: &str, column: &str, around: &Surroundings<'_>) -> bool {
    let mut all = written(around);
    let decides = all.find_map(|one| {
        let drops = one.after(&["drop", "constraint"]).into_iter();
        let skip = |at: usize| {
            at + 2 * usize::from(one.tokens.get(at).is_some_and(|token| token.is("if")))
        };
        let mut drops = drops.map(skip);
        let dropped = drops.any(|at| one.name(at).as_deref() == Some(name));
        let sets = one.after(&["set", "not", "null"]).into_iter();
        let mut sets = sets.filter_map(|at| one.name(at.checked_sub(4)?));
        match dropped {
            true => Some(true),
            false => sets.any(|other| other == column).then_some(false),
        }
    });
    decides.unwrap_or_default()
}

/// Whether an enum's values only get other names.
pub(super) fn renames_values(name: &str, around: &Surroundings<'_>) -> bool {
    let remakes = |one: &Written<'_>| {
        one.says(&["drop", "type"])
            || one.says(&["create", "type"])
            || one.says(&["alter", "column"])
    };
    let renames = |one: &Written<'_>| {
        let mut names = one.tokens.iter().filter_map(folded);
        one.says(&["rename", "value"]) && names.any(|other| other == name)
    };
    written(around).any(|one| renames(&one)) && !written(around).any(|one| remakes(&one))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{KeyPart, Realm};
    use crate::sql::Statement;

    fn with<T>(sql: &[&str], ask: impl Fn(&Surroundings<'_>) -> T) -> T {
        let realm = Realm::default();
        let statements: Vec<Statement> = sql.iter().map(|sql| Statement::whole(*sql)).collect();
        ask(&Surroundings {
            current: &realm,
            desired: &realm,
            statements: &statements,
        })
    }

    #[test]
    fn an_index_is_built_apart_by_its_own_statement() {
        let on = |table: &str, name: &str, sql: &[&str]| {
            let index = Index {
                name: name.to_owned(),
                parts: vec![KeyPart::column("c")],
                ..Index::default()
            };
            with(sql, |around| {
                builds_apart(&index, &ObjectName::new("public", table), around)
            })
        };
        assert!(on("t", "i", &["create index concurrently i on t (c)"]));
        let unnamed = "CREATE UNIQUE INDEX CONCURRENTLY ON public.t (C)";
        assert!(on("t", "t_c_idx", &[unnamed]));
        assert!(!on("u", "u_c_idx", &[unnamed]));
        assert!(!on("t", "t_c_idx", &[unnamed, "create index on t (c)"]));
        assert!(on(
            "t",
            "I",
            &["create index concurrently if not exists \"I\" on t (c)"]
        ));
        let two = [
            "CREATE INDEX CONCURRENTLY a ON t (c)",
            "create index c on big (c)",
        ];
        assert!(on("t", "a", &two) && !on("big", "c", &two));
        assert!(!on(
            "t",
            "concurrently",
            &["create index \"concurrently\" on t (c)"]
        ));
        let drop = ["drop index concurrently if exists a, B", "drop index c"];
        let dropped = |name: &str| with(&drop, |around| drops_apart(name, around));
        assert!(dropped("a") && dropped("b") && !dropped("c"));
    }

    #[test]
    fn rules_that_are_validated_apart_are_told() {
        let table = ObjectName::new("public", "t");
        let sql = [
            "alter table t add constraint k check ((a is not null)) not valid",
            "alter table t validate constraint k",
            "alter table t alter column a set not null",
            "alter table t drop constraint if exists k",
        ];
        let proven = |sql: &[&str]| with(sql, |around| proves_not_null("a", &table, around));
        assert_eq!(proven(&sql).as_deref(), Some("k"));
        assert_eq!(proven(&sql[1..]), None);
        assert_eq!(proven(&[sql[0], sql[2]]), None);
        let late = |sql: &[&str]| with(sql, |around| is_dropped_first("k", "a", around));
        assert!(!late(&sql));
        assert!(late(&[sql[3], sql[2]]));
        let sql = ["ALTER TABLE t ADD CONSTRAINT k UNIQUE USING INDEX i"];
        let index = |name: &str| with(&sql, |around| taken(Some(name), &table, around));
        assert_eq!(index("k").as_deref(), Some("i"));
        assert_eq!(index("other"), None);
        let renames = |sql: &[&str]| with(sql, |around| renames_values("mood", around));
        let rename = "alter type mood rename value 'a' to 'b'";
        assert!(renames(&[rename]));
        assert!(!renames(&[rename, "drop type mood"]));
    }
}
