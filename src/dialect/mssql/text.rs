//! The definitions of objects that are kept as text. They begin with the name that the object has, in brackets and with its
//! schema, whatever its text says; what follows is as it was written. A view's indexes are batches behind it.

use crate::schema::{Index, ObjectName, TextObject};
use crate::sql::Rules;
use crate::sql::token::{Kind, Token, tokens};

use super::parse::{self, DATABASE_TRIGGER, Stmt};
use super::write::{create_index, quote};

/// The separator between a view and its indexes.
const BATCH: &str = "\nGO\n";

/// A definition, taken apart.
pub(super) struct Definition {
    pub(super) tail: String,
    /// A view's indexes, the clustered one first.
    pub(super) indexes: Vec<Index>,
}

impl Definition {
    pub(super) fn of(object: &TextObject) -> Option<Self> {
        let mut batches = object.definition.split(BATCH);
        let mut tail = None;
        if let [node] = &parse::batch(batches.next()?).ok()?[..]
            && let Stmt::Text { tail: found, .. } = &node.stmt
        {
            tail = Some(found.clone());
        }
        let mut indexes = Vec::new();
        for batch in batches {
            if let [node] = &parse::batch(batch).ok()?[..]
                && let Stmt::CreateIndex { index, .. } = &node.stmt
            {
                indexes.push((**index).clone());
            }
        }
        Some(Self {
            tail: tail?,
            indexes,
        })
    }

    /// The statements that make the object under this name.
    pub(super) fn statements(
        &self,
        object: &TextObject,
        name: impl Fn(&str) -> String,
    ) -> Vec<String> {
        let own = match object.kind == DATABASE_TRIGGER {
            true => quote(&object.name),
            false => name(&object.name),
        };
        let on = object.table.as_deref();
        let on = on.map_or_else(String::new, |table| format!(" ON {}", name(table)));
        let head = format!("CREATE {} {own}{on}", word(&object.kind));
        let indexes = self.indexes.iter().map(|index| create_index(&own, index));
        std::iter::once(format!("{head}{}", self.tail))
            .chain(indexes)
            .collect()
    }

    /// The text that a state keeps.
    pub(super) fn text(&self, schema: &str, object: &TextObject) -> String {
        let name = |name: &str| format!("{}.{}", quote(schema), quote(name));
        self.statements(object, name).join(BATCH)
    }
}

/// What `CREATE` and `DROP` call a kind.
pub(super) fn word(kind: &str) -> String {
    match kind {
        DATABASE_TRIGGER => "TRIGGER".to_owned(),
        kind => kind.to_uppercase(),
    }
}

/// Both are one name: the server tells none apart by case.
pub(super) fn same(a: &str, b: &str) -> bool {
    match a.is_ascii() && b.is_ascii() {
        true => a.eq_ignore_ascii_case(b),
        false => a.to_lowercase() == b.to_lowercase(),
    }
}

/// An expression has this column.
pub(super) fn mentions(expr: &str, column: &str) -> bool {
    let all: Vec<_> = tokens(expr, &Rules::MSSQL).collect();
    all.iter().enumerate().any(|(at, token)| {
        let named = matches!(token.kind, Kind::Word | Kind::Name)
            && token.name().is_some_and(|name| same(&name, column));
        named && !all.get(at + 1).is_some_and(|next| next.symbol("("))
    })
}

/// The server holds on to what the object refers to: it is bound to it, or takes a table as a parameter, whose type it names.
pub(super) fn binds(object: &TextObject) -> bool {
    matches!(&*object.kind, "view" | "function" | "procedure")
        && tokens(&object.definition, &Rules::MSSQL)
            .any(|token| token.is_any(&["SCHEMABINDING", "READONLY"]))
}

/// What a function gives, which none that takes its place may change: a value, a query's rows, or a table's.
pub(super) fn gives(object: &TextObject) -> &'static str {
    let mut words = tokens(&object.definition, &Rules::MSSQL).skip_while(|one| !one.is("RETURNS"));
    match (object.kind == "function", words.nth(1)) {
        (true, Some(next)) if next.is("TABLE") => "rows",
        (true, Some(next)) if next.text.starts_with('@') => "table",
        _ => "",
    }
}

/// What a type stands for, which is an alias of another and no table.
pub(super) fn alias_of(object: &TextObject) -> Option<String> {
    let tail = Definition::of(object)?.tail;
    let tail = tail.trim().strip_prefix("FROM ")?;
    (object.kind == "type").then(|| tail.to_owned())
}

/// A variable or parameter of a routine has the type, or a column of a type that is a table.
pub(super) fn declares(object: &TextObject, ty: &ObjectName) -> bool {
    let all: Vec<Token<'_>> = tokens(&object.definition, &Rules::MSSQL).collect();
    (1..all.len())
        .filter(|at| is_name(&all[*at], &ty.name))
        .any(|at| {
            let qualified = at > 2 && all[at - 1].symbol(".") && is_name(&all[at - 2], &ty.schema);
            let before = if qualified { at - 3 } else { at - 1 };
            let last = match all[before].is("AS") {
                true => before.checked_sub(1).map(|at| &all[at]),
                false => Some(&all[before]),
            };
            let variable = last.is_some_and(|last| last.text.starts_with('@'));
            variable || qualified && object.kind == "type" && all[before].kind == Kind::Name
        })
}

/// A text names an object with its schema.
pub(super) fn refers(text: &str, to: &ObjectName) -> bool {
    let all: Vec<Token<'_>> = tokens(text, &Rules::MSSQL).collect();
    all.windows(3).any(|three| {
        three[1].symbol(".") && is_name(&three[0], &to.schema) && is_name(&three[2], &to.name)
    })
}

/// An expression calls a function of a schema.
pub(super) fn calls(expr: &str, function: &ObjectName) -> bool {
    let all: Vec<Token<'_>> = tokens(expr, &Rules::MSSQL).collect();
    all.windows(4).any(|four| {
        four[1].symbol(".")
            && four[3].symbol("(")
            && is_name(&four[0], &function.schema)
            && is_name(&four[2], &function.name)
    })
}

/// Whether an expression takes numbers from a sequence.
pub(super) fn draws(expr: &str, sequence: &ObjectName) -> bool {
    let all: Vec<Token<'_>> = tokens(expr, &Rules::MSSQL).collect();
    all.windows(4).enumerate().any(|(at, four)| {
        let draws = four[0].is("NEXT") && four[1].is("VALUE") && four[2].is("FOR");
        let qualified = all.get(at + 4).is_some_and(|dot| dot.symbol("."));
        let name = match qualified {
            true => is_name(&four[3], &sequence.schema)
                .then(|| all.get(at + 5))
                .flatten(),
            false => Some(&four[3]),
        };
        draws && name.is_some_and(|name| is_name(name, &sequence.name))
    })
}

/// A token names something, in any case.
fn is_name(token: &Token<'_>, name: &str) -> bool {
    let own = matches!(token.kind, Kind::Word | Kind::Name).then(|| token.name());
    own.flatten().is_some_and(|own| same(&own, name))
}
