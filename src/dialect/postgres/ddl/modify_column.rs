//! A column that changes: the actions of `ALTER TABLE`, and what its sequence needs around it.

use std::collections::BTreeSet;

use crate::dialect::postgres::attrs;
use crate::plan::Step;
use crate::schema::change::{Edit, ModifyTable, TableChange};
use crate::schema::{Column, ObjectName, Realm};

use super::alter::{Alter, Rank};
use super::owner::Owner;
use super::serial::{all_options, continues, modifies, numbers};
use super::writer::{Writer, named, quote};
use super::{column, convert, expr, options, types};

/// Statements around an `ALTER TABLE`.
#[derive(Debug, Default)]
pub(super) struct Around {
    pub(super) before: Vec<Step>,
    pub(super) after: Vec<Step>,
}

/// Where a column's numbers come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Numbering {
    None,
    Serial,
    Identity,
}

fn numbering(column: &Column) -> Numbering {
    if column.auto_increment {
        Numbering::Serial
    } else if column.identity.is_some() {
        Numbering::Identity
    } else {
        Numbering::None
    }
}

/// The column can only be recreated: no statement makes a column generated, or another kind of generated.
fn needs_rebuild(from: &Column, to: &Column) -> bool {
    match (&from.generated, &to.generated) {
        (None, None) => false,
        (Some(from_rule), Some(to_rule)) => {
            from_rule != to_rule || from.ty != to.ty || from.collation != to.collation
        }
        (None, Some(_)) => true,
        // A virtual column holds nothing that could stay.
        (Some(rule), None) => !rule.stored,
    }
}

/// The columns of a table that can only be recreated.
pub(super) fn rebuilt(change: &ModifyTable) -> BTreeSet<String> {
    let mut rebuilt = BTreeSet::new();
    let mut retyped = Vec::new();
    for change in &change.changes {
        if let TableChange::Column(Edit::Modify { from, to }) = change {
            if needs_rebuild(from, to) {
                rebuilt.insert(from.name.clone());
            } else if from.ty != to.ty || from.collation != to.collation {
                retyped.push(&from.name);
            }
        }
    }
    // The server refuses to change the type of a column that a generated one is made from.
    for column in &change.from.columns {
        let stays = change.to.column(&column.name);
        if let Some(rule) = &column.generated
            && stays.is_some_and(|to| to.generated.is_some())
            && retyped.iter().any(|name| expr::mentions(&rule.expr, name))
        {
            rebuilt.insert(column.name.clone());
        }
    }
    rebuilt
}

/// What recreating a column does to what it holds.
pub(super) fn rebuilds(table: &str, from: &Column, to: &Column) -> String {
    let column = format!("column {} of table {}", named(&from.name), named(table));
    match (&from.generated, &to.generated) {
        (None, _) => format!(
            "{column} is dropped and recreated, since PostgreSQL can't turn a column into a generated one: the values that it holds are lost"
        ),
        (Some(_), None) => format!(
            "{column} is dropped and recreated, since its values were only computed when read: it does not keep them"
        ),
        (Some(_), Some(_)) => format!(
            "{column} is dropped and recreated, since PostgreSQL can't change it in place: every row is written again, and what depends on the column from outside the table (such as a view) is in the way"
        ),
    }
}

/// Writes the change of a column that stays; `bound`: by a constraint that goes or changes with it.
pub(super) fn modify(
    writer: &Writer<'_>,
    owner: Owner<'_>,
    alter: &mut Alter<'_>,
    (from, to): (&Column, &Column),
    bound: bool,
) -> Around {
    let mut around = Around::default();
    let (mut from, mut to) = (from.clone(), to.clone());
    apart(
        writer,
        owner,
        alter,
        (&mut from, &mut to),
        bound,
        &mut around,
    );
    let (from, to) = (&from, &to);
    let default = |column: &Column| match column.auto_increment {
        true => Some(owner.default(writer, &owner.sequence(column))),
        false => column::default(writer, column),
    };
    let (mut old, new) = (default(from), default(to));
    match (numbering(from), numbering(to)) {
        (Numbering::Serial, Numbering::Serial) => {
            // The default follows its sequence, whatever that is called.
            old.clone_from(&new);
            serial_stays(writer, owner, from, to, &mut around);
        }
        (Numbering::Serial, Numbering::None) => {
            let sequence = owner.sequence(from);
            around
                .after
                .extend(match owner.free(writer.desired(), &sequence) {
                    Some(free) => owner.lets_go(writer, from, free),
                    None => vec![owner.drop_step(writer, &sequence)],
                });
        }
        (Numbering::None, Numbering::Serial) => serial_comes(writer, owner, to, &mut around),
        (Numbering::None, Numbering::Identity) => {
            if let Some(rule) = &to.identity {
                around.after.push(Step::new(
                    owner.continue_identity_sql(writer, &rule.options),
                    continues(owner.column),
                ));
            }
        }
        (Numbering::Serial, Numbering::Identity) => {
            serial_retires(writer, owner, from, &mut around);
        }
        (Numbering::Identity, Numbering::Serial) => {
            let sequence = owner.sequence(to);
            let retired = owner.retired();
            around
                .before
                .push(owner.rename(writer, &owner.invented(), &retired));
            around.before.push(Step::new(
                owner.create_sql(writer, &sequence, to),
                format!("create sequence for serial column {}", named(owner.column)),
            ));
            around
                .before
                .push(owner.continue_sequence(writer, &retired, &sequence));
        }
        (Numbering::Identity, Numbering::Identity) => {
            identity_moves(writer, owner, from, to, &mut around);
        }
        (Numbering::Identity | Numbering::None, _) => {}
    }
    let stays = numbering(from) == numbering(to);
    let taken_over = numbering(from) == Numbering::None
        && to.auto_increment
        && owner.free(writer.current(), &owner.sequence(to)).is_some();
    if !taken_over {
        let comment = sequence_comment(writer, owner, from, to, stays);
        around.after.extend(comment);
    }
    alter.push(Rank::Column, actions(writer, (from, old), (to, new)));
    around
}

/// Sets the name of a serial column's sequence free for that of its identity, which continues its numbers.
fn serial_retires(writer: &Writer<'_>, owner: Owner<'_>, from: &Column, around: &mut Around) {
    let retired = owner.retired();
    around
        .before
        .push(owner.rename(writer, &owner.sequence(from), &retired));
    around
        .after
        .push(owner.continue_sequence(writer, &retired, &owner.invented()));
    around.after.push(owner.drop_step(writer, &retired));
}

/// The comment of the sequence that numbers a column; a new one has none yet.
fn sequence_comment(
    writer: &Writer<'_>,
    owner: Owner<'_>,
    from: &Column,
    to: &Column,
    stays: bool,
) -> Option<Step> {
    let comment = |column: &Column| column.attrs.get(attrs::SEQUENCE_COMMENT).cloned();
    let old = comment(from).filter(|_| stays && numbering(from) != Numbering::None);
    let new = comment(to).filter(|_| numbering(to) != Numbering::None);
    (old != new).then(|| owner.comment_step(writer, &owner.numbered_by(to), new.as_deref()))
}

/// Takes out of a column's change what the server does not do in one `ALTER TABLE` with the rest, and puts it around.
fn apart(
    writer: &Writer<'_>,
    owner: Owner<'_>,
    alter: &mut Alter<'_>,
    (from, to): (&mut Column, &mut Column),
    bound: bool,
    around: &mut Around,
) {
    let retyped = from.ty != to.ty || from.collation != to.collation;
    let name = quote(&to.name);
    let statement = |actions: &str| {
        let table = writer.name(owner.schema, owner.table);
        format!("ALTER TABLE {table} ALTER COLUMN {name} {actions}")
    };
    let comment = format!("modify {} table", named(owner.table));
    if from.generated.is_some() && to.generated.is_none() {
        let action = "DROP EXPRESSION";
        if retyped && convert::using(writer, from, to).is_some() {
            let step = Step::new(statement(action), comment.clone());
            around.before.push(step);
        } else {
            let action = format!("ALTER COLUMN {name} {action}");
            alter.push(Rank::DropGenerated, vec![action]);
        }
    }
    if retyped && convert::is_hopeless(&from.ty, &to.ty) {
        alter.warnings.push(format!(
            "no value of column {} of table {} can become {}: the statement fails unless all of them are NULL",
            named(&from.name),
            named(owner.table),
            writer.ty(&to.ty)
        ));
    }
    let numbers = |column: &Column| {
        let base = column.ty.base.as_str();
        !column.ty.is_array() && matches!(base, "smallint" | "integer" | "bigint")
    };
    if from.identity.is_some() && !numbers(to) {
        let step = Step::new(statement("DROP IDENTITY"), comment.clone());
        around.before.push(step);
        from.identity = None;
    }
    if let Some(rule) = to.identity.clone()
        && !numbers(from)
    {
        around.after.push(Step::new(
            statement(&format!("ADD {}", column::identity(to))),
            comment.clone(),
        ));
        around.after.push(Step::new(
            owner.continue_identity_sql(writer, &rule.options),
            continues(owner.column),
        ));
        around
            .after
            .extend(sequence_comment(writer, owner, from, to, false));
        to.identity = None;
    }
    if from.nullable
        && !to.nullable
        && !to.attrs.contains_key(attrs::NOT_NULL)
        && let Some(default) = column::default(writer, to)
        && !default.starts_with("NULL")
    {
        let fill = Step::new(
            format!(
                "UPDATE {} SET {name} = {default} WHERE {name} IS NULL",
                writer.name(owner.schema, owner.table)
            ),
            format!(
                "fill {} column of {} table where it is NULL",
                named(&to.name),
                named(owner.table)
            ),
        );
        // What fills it may be allowed by its new form only.
        if retyped || bound || from.generated.is_some() {
            let constrain = Step::new(statement("SET NOT NULL"), comment);
            around.after.extend([fill, constrain]);
            to.nullable = true;
        } else {
            around.before.push(fill);
        }
    }
}

/// A serial column stays one: its sequence follows its type, its name and its numbers.
fn serial_stays(
    writer: &Writer<'_>,
    owner: Owner<'_>,
    from: &Column,
    to: &Column,
    around: &mut Around,
) {
    let (old, new) = (owner.sequence(from), owner.sequence(to));
    if old != new {
        around.before.push(owner.rename(writer, &old, &new));
    }
    let name = writer.name(owner.schema, &new);
    let options = |column: &Column| column.attrs.get(attrs::SERIAL_OPTIONS).cloned();
    let words = |from: &Column, to: &Column| {
        if numbers(from) == numbers(to) {
            String::new()
        } else if options(from) == options(to) {
            format!(" AS {}", to.ty.base)
        } else {
            let restart = bounds(from, to)
                .words()
                .map_or_else(String::new, |words| format!(" {words}"));
            format!(" {}{restart}", all_options(to))
        }
    };
    if let Some(word) = persistence(writer, owner, from, to) {
        around.after.push(Step::new(
            format!("ALTER SEQUENCE {name} SET {word}"),
            modifies(owner.column),
        ));
    }
    let words = words(from, to);
    if !words.is_empty() {
        let constant = writer.name_literal(owner.schema, &new);
        let first = bounds(from, to).statement(&name, &constant);
        let first = first.map(|sql| Step::new(sql, modifies(owner.column)));
        around.before.extend(first);
        around.before.push(Step::new(
            format!("ALTER SEQUENCE {name}{words}"),
            modifies(owner.column),
        ));
    }
}

/// What a serial column's sequence becomes, unless it follows its table.
fn persistence(
    writer: &Writer<'_>,
    owner: Owner<'_>,
    from: &Column,
    to: &Column,
) -> Option<&'static str> {
    let table = ObjectName::new(owner.schema, owner.table);
    let unlogged = |realm: &Realm| {
        let table = realm.table(&table);
        table.is_some_and(|table| table.attrs.contains_key(attrs::UNLOGGED))
    };
    let word = |column: &Column| match column.attrs.contains_key(attrs::SEQUENCE_UNLOGGED) {
        true => "UNLOGGED",
        false => "LOGGED",
    };
    let follows = unlogged(writer.current()) != unlogged(writer.desired());
    (word(from) != word(to) && !follows).then(|| word(to))
}

/// Keeps an identity's next number inside new bounds.
fn identity_moves(
    writer: &Writer<'_>,
    owner: Owner<'_>,
    from: &Column,
    to: &Column,
    around: &mut Around,
) {
    let (Some(old), Some(new)) = (&from.identity, &to.identity) else {
        return;
    };
    let sequence = owner.invented();
    let bounds = options::bounds(&old.options, &new.options, (&from.ty.base, &to.ty.base));
    let sql = bounds.statement(
        &writer.name(owner.schema, &sequence),
        &writer.name_literal(owner.schema, &sequence),
    );
    let comment = format!("move the numbers of column {}", named(owner.column));
    around.before.extend(sql.map(|sql| Step::new(sql, comment)));
}

/// What keeps a serial column's next number inside new bounds.
fn bounds(from: &Column, to: &Column) -> options::Bounds {
    let ((old, from), (new, to)) = (numbers(from), numbers(to));
    options::bounds(&from, &to, (old, new))
}

fn serial_comes(writer: &Writer<'_>, owner: Owner<'_>, to: &Column, around: &mut Around) {
    let sequence = owner.sequence(to);
    around
        .before
        .extend(match owner.free(writer.current(), &sequence) {
            Some(free) => owner.takes_over(writer, free, to),
            None => vec![Step::new(
                owner.create_sql(writer, &sequence, to),
                format!("create sequence for serial column {}", named(owner.column)),
            )],
        });
    around.after.push(Step::new(
        owner.continue_rows_sql(writer, &sequence),
        continues(owner.column),
    ));
}

/// The actions that take a column from one form and default to the other.
fn actions(
    writer: &Writer<'_>,
    (from, old): (&Column, Option<String>),
    (to, new): (&Column, Option<String>),
) -> Vec<String> {
    let alter = format!("ALTER COLUMN {}", quote(&to.name));
    let mut actions = Vec::new();
    let mut push = |action: String| actions.push(format!("{alter} {action}"));
    let retyped = from.ty != to.ty || from.collation != to.collation;
    let using = retyped.then(|| convert::using(writer, from, to)).flatten();
    if old.is_some() && (new.is_none() || using.is_some()) {
        push("DROP DEFAULT".to_owned());
    }
    if from.identity.is_some() && to.identity.is_none() {
        push("DROP IDENTITY".to_owned());
    }
    if retyped {
        let collation = to.collation.as_ref().map_or_else(String::new, |collation| {
            format!(" COLLATE {}", writer.collation(collation))
        });
        let using = using
            .as_ref()
            .map_or_else(String::new, |using| format!(" USING {using}"));
        push(format!("TYPE {}{collation}{using}", writer.ty(&to.ty)));
    }
    if from.nullable != to.nullable {
        push(if to.nullable {
            "DROP NOT NULL".to_owned()
        } else {
            "SET NOT NULL".to_owned()
        });
    }
    // A constant remembers the type that it was written for.
    let stale = retyped
        && from.ty.name() != to.ty.name()
        && new.as_ref().is_some_and(|new| new.starts_with('\''));
    if let Some(default) = &new
        && (old.as_ref() != Some(default) || using.is_some() || stale)
    {
        push(format!("SET DEFAULT {default}"));
    }
    if let Some(rule) = &to.identity {
        match &from.identity {
            None => push(format!("ADD {}", column::identity(to))),
            Some(before) => {
                let words =
                    options::alter(&before.options, &rule.options, (&from.ty.base, &to.ty.base));
                if before.always != rule.always || !words.is_empty() {
                    push(identity_words(rule, &words));
                }
            }
        }
    }
    for action in physical(from, to, retyped) {
        push(action);
    }
    if from.attrs.get(attrs::NOT_NULL) != to.attrs.get(attrs::NOT_NULL) {
        actions.extend(column::marked_not_null(to));
    }
    actions
}

/// Atlas names kind, start and increment whatever differs; the rest follows where it differs.
fn identity_words(rule: &crate::schema::Identity, words: &[String]) -> String {
    let mut text = format!(
        "SET GENERATED {} SET START WITH {} SET INCREMENT BY {}",
        column::generation(rule.always),
        rule.options.start,
        rule.options.increment
    );
    for word in words {
        if !word.starts_with("START ") && !word.starts_with("INCREMENT ") {
            let set = if word.starts_with("RESTART ") {
                ""
            } else {
                "SET "
            };
            text.push_str(&format!(" {set}{word}"));
        }
    }
    text
}

/// How the column is stored; a change of type puts that back to the new type's own.
fn physical(from: &Column, to: &Column, retyped: bool) -> Vec<String> {
    let mut actions = Vec::new();
    let not_null = |column: &Column| column.attrs.get(attrs::NOT_NULL).cloned();
    if not_null(from) != not_null(to) && !from.nullable && !to.nullable {
        actions.push("DROP NOT NULL".to_owned());
        if not_null(to).is_none() {
            actions.push("SET NOT NULL".to_owned());
        }
    }
    let storage = |column: &Column| column.attrs.get(attrs::COLUMN_STORAGE).cloned();
    match (storage(from), storage(to)) {
        (None, None) => {}
        (old, Some(new)) if old.as_ref() != Some(&new) || retyped => {
            actions.push(format!("SET STORAGE {new}"));
        }
        (Some(_), None) if !retyped => {
            actions.push(format!("SET STORAGE {}", types::default_storage(&to.ty)));
        }
        _ => {}
    }
    let compression = |column: &Column| column.attrs.get(attrs::COMPRESSION).cloned();
    match (compression(from), compression(to)) {
        (None, None) => {}
        (old, Some(new)) if old.as_ref() != Some(&new) || retyped => {
            actions.push(format!("SET COMPRESSION {new}"));
        }
        (Some(_), None) if !retyped => actions.push("SET COMPRESSION default".to_owned()),
        _ => {}
    }
    actions
}
