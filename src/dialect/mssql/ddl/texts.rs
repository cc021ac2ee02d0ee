//! Views with their indexes, routines, triggers, synonyms and types.

use std::collections::BTreeSet;

use super::definition::of_edit;
use super::writer::{Writer, literal, named};
use super::{index, modify, recomputed};
use crate::dialect::RenderContext;
use crate::dialect::ddl::warn_of_privileges;
use crate::dialect::mssql::text;
use crate::dialect::mssql::text::mentions;
use crate::dialect::mssql::text::{Definition, alias_of, binds, declares, gives};
use crate::plan::order::TextRules;
use crate::plan::{PlanError, Step};
use crate::schema::change::{Change, Edit, Key, ModifyTable, TableChange, TextChange};
use crate::schema::{ObjectName, Realm, TextObject};
use crate::sql::{Rules, token::tokens};

/// What is planned, and what holds on to what.
pub(in crate::dialect::mssql) const TEXTS: TextRules = TextRules {
    planned: &[
        "function",
        "procedure",
        "synonym",
        "trigger",
        "type",
        "view",
    ],
    replaces,
    binds,
    leans: binds,
    held: true,
    hindering,
    remade: |_, _| false,
};

/// `CREATE OR ALTER` keeps who may use an object, and makes no other kind of function of one. What others may be bound to is
/// made again with them.
fn replaces(from: &TextObject, to: &TextObject) -> bool {
    let altered = ["function", "procedure", "trigger", "view"];
    let free = !binds(from) && gives(from) == gives(to);
    altered.contains(&&*from.kind) && (free || from.kind == "procedure" || reindexed(from, to))
        || is_alias(from, to)
}

/// Both are types that stand for others.
fn is_alias(from: &TextObject, to: &TextObject) -> bool {
    alias_of(from).is_some() && alias_of(to).is_some()
}

/// Of a view, only the indexes differ.
fn reindexed(from: &TextObject, to: &TextObject) -> bool {
    let query = |object: &TextObject| Definition::of(object).map(|definition| definition.tail);
    from.kind == "view" && query(from).is_some() && query(from) == query(to)
}

/// What can't change while something is bound to it: columns that are made another way, and a table that is recreated.
fn hindering(modify: &ModifyTable) -> BTreeSet<String> {
    if super::is_remade(modify) {
        let columns = modify.from.columns.iter().map(|column| &column.name);
        return columns.chain([&modify.from.name]).cloned().collect();
    }
    let changed = modify.changes.iter().filter_map(|change| match change {
        TableChange::Column(Edit::Modify { from, to }) => {
            let another = super::is_altered(from, to) || from.generated != to.generated;
            another.then(|| from.name.clone())
        }
        _ => None,
    });
    recomputed(modify).into_iter().chain(changed).collect()
}

pub(super) fn render(writer: &Writer<'_>, change: &TextChange) -> Result<Vec<Step>, PlanError> {
    let schema = change.schema.as_deref().unwrap_or_default();
    if let Edit::Modify { from, to } = &change.edit
        && from != to
        && reindexed(from, to)
    {
        return Ok(indexes(writer, schema, from, to));
    }
    let mut steps = of_edit(writer, schema, &change.edit)?;
    warn_of_privileges(&mut steps, change, writer.context.desired);
    let object = change.object();
    match &*object.kind {
        "function" => enclosed(writer, schema, &change.edit, steps),
        "type" => retyped(writer, schema, &change.edit, steps),
        _ => Ok(steps),
    }
}

/// The indexes of a view that come and go, where it stays itself.
fn indexes(writer: &Writer<'_>, schema: &str, from: &TextObject, to: &TextObject) -> Vec<Step> {
    let of = |object| Definition::of(object).map_or_else(Vec::new, |one| one.indexes);
    let (old, new) = (of(from), of(to));
    // All of them go with the first.
    let whole = old.first() != new.first();
    let gone = old.iter().rev().filter(|one| whole || !new.contains(one));
    let made = new.iter().filter(|one| whole || !old.contains(one));
    gone.map(|one| index::drop(writer, schema, &from.name, one))
        .chain(made.map(|one| index::create(writer, schema, &from.name, one)))
        .collect()
}

/// The steps for a function, between those that take away and put back what calls it in tables.
fn enclosed(
    writer: &Writer<'_>,
    schema: &str,
    edit: &Edit<TextObject>,
    steps: Vec<Step>,
) -> Result<Vec<Step>, PlanError> {
    let RenderContext {
        existing, desired, ..
    } = *writer.context;
    let object = edit.to().or(edit.from());
    let Some(name) = object.map(|object| ObjectName::new(schema, &object.name)) else {
        return Ok(steps);
    };
    let stays = |realm: &Realm| {
        let mut texts = realm.schema(schema).into_iter().flat_map(|one| &one.texts);
        texts.any(|one| one.kind == "function" && one.name == name.name)
    };
    if !(stays(existing) && stays(desired)) {
        return Ok(steps);
    }
    let [mut before, mut after] = around(writer, &|expr| text::calls(expr, &name))?;
    if matches!(edit, Edit::Add(_)) {
        before.clear();
    }
    if matches!(edit, Edit::Drop(_)) {
        after.clear();
    }
    Ok(before.into_iter().chain(steps).chain(after).collect())
}

/// What tables that stay have of expressions that use something: the steps that drop it, and those that recreate it.
///
/// # Errors
/// When nothing tells what has no name.
pub(super) fn around(
    writer: &Writer<'_>,
    uses: &dyn Fn(&str) -> bool,
) -> Result<[Vec<Step>; 2], PlanError> {
    let RenderContext {
        existing, desired, ..
    } = *writer.context;
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for schema in &existing.schemas {
        for table in &schema.tables {
            let own = ObjectName::new(&schema.name, &table.name);
            if desired.table(&own).is_some() {
                let [first, last] = modify::around(writer, (&schema.name, table), uses)?;
                before.extend(first);
                after.extend(last);
            }
        }
    }
    Ok([before, after])
}

/// Makes an alias type again: where columns have it, the old one goes under another name, and away in the end.
///
/// # Errors
/// When others hold on to the type.
fn retyped(
    writer: &Writer<'_>,
    schema: &str,
    edit: &Edit<TextObject>,
    steps: Vec<Step>,
) -> Result<Vec<Step>, PlanError> {
    let RenderContext {
        existing, desired, ..
    } = *writer.context;
    let Some(object) = edit.from() else {
        return Ok(steps);
    };
    let name = ObjectName::new(schema, &object.name);
    let refuse = |by: &str| {
        PlanError {
        what: format!("modify {} type", named(&object.name)),
        why: format!("{by}, and the server changes no type"),
        hint: Some(
            "write this migration by hand: drop what has the type, give columns the type that it stands for, make it \
             again, and give it back to them"
                .to_owned(),
        ),
    }
    };
    let Edit::Modify { from, to } = edit else {
        return match is_had(existing, &name) && is_had(desired, &name) {
            true => Err(refuse(
                "columns have it, and what is bound to it goes first",
            )),
            false => Ok(steps),
        };
    };
    if let Some((_, user)) = existing.texts().find(|(_, one)| declares(one, &name)) {
        return Err(refuse(&format!(
            "{} {} has it",
            user.kind,
            named(&user.name)
        )));
    }
    let mut steps = match is_had(existing, &name) {
        true => {
            let old = old_name(writer.context, &name);
            let sql = format!(
                "EXEC sp_rename {}, {}, N'USERDATATYPE'",
                writer.object_literal(schema, &from.name),
                literal(&old)
            );
            let what = format!(
                "rename a type from {} to {}",
                named(&from.name),
                named(&old)
            );
            vec![Step::new(sql, what)]
        }
        false => of_edit(writer, schema, &Edit::Drop(from.clone()))?,
    };
    steps.extend(of_edit(writer, schema, &Edit::Add(to.clone()))?);
    Ok(steps)
}

/// Columns have the type.
fn is_had(realm: &Realm, name: &ObjectName) -> bool {
    let tables = realm.schemas.iter().flat_map(|schema| &schema.tables);
    let mut columns = tables.flat_map(|table| &table.columns);
    columns.any(|column| column.ty.user.as_ref() == Some(name))
}

/// A name for a type that is made again, as long as columns have it.
fn old_name(context: &RenderContext<'_>, name: &ObjectName) -> String {
    let taken = |name: &ObjectName| {
        let realms = [context.existing, context.desired];
        let texts = realms.iter().filter_map(|realm| realm.schema(&name.schema));
        let mut texts = texts.flat_map(|schema| &schema.texts);
        texts.any(|one| one.kind == "type" && one.name == name.name)
    };
    let mut old = ObjectName::new(&name.schema, format!("old_{}", name.name));
    while taken(&old) {
        old.name.insert_str(0, "old_");
    }
    old.name
}

/// Drops the types that others took the place of, once no column has them.
fn outlived(changes: &[Change], context: &RenderContext<'_>) -> Vec<Step> {
    let types = changes
        .iter()
        .enumerate()
        .filter_map(|(at, change)| match change {
            Change::Text(TextChange {
                schema: Some(schema),
                edit: Edit::Modify { from, to },
                ..
            }) => {
                let name = ObjectName::new(schema, &from.name);
                (from != to && is_alias(from, to) && is_had(context.existing, &name))
                    .then_some((at, name))
            }
            _ => None,
        });
    let drop = |(change, name): (usize, ObjectName)| {
        let old = old_name(context, &name);
        let sql = format!(
            "DROP TYPE {}",
            Writer::new(context, &name.schema).object(&name.schema, &old)
        );
        Step {
            change,
            ..Step::new(sql, format!("drop {} type", named(&old)))
        }
    };
    types.map(drop).collect()
}

/// Reads again what a view shows, behind what changes the columns of its tables and before others read them from it: the server
/// keeps the columns of a view as they were when it was made.
pub(in crate::dialect::mssql) fn enclose(
    mut steps: Vec<Step>,
    changes: &[Change],
    context: &RenderContext<'_>,
) -> Vec<Step> {
    let mut refreshed: Vec<(String, String)> = Vec::new();
    for (ObjectName { schema, name }, text) in stale(changes, context) {
        let view = Writer::new(context, &schema).object_literal(&schema, &name);
        let sql = format!("EXEC sp_refreshview {view}");
        let behind = steps.iter().rposition(|step| {
            let change = changes.get(step.change);
            let mut others = refreshed.iter();
            change.is_some_and(|change| shows(text, change))
                || others.any(|(sql, other)| *sql == step.sql && mentions(text, other))
        });
        let last = behind.or(steps.len().checked_sub(1));
        let change = last.map_or(0, |last| steps[last].change);
        let step = Step::new(&*sql, format!("refresh {} view", named(&name)));
        let at = last.map_or(0, |last| last + 1);
        steps.insert(at, Step { change, ..step });
        refreshed.push((sql, name));
    }
    steps.extend(outlived(changes, context));
    warn_of_views(&mut steps, changes, context);
    steps
}

/// Says at the change which views that nothing is bound by, and that stay, read what it takes away: the server lets them be.
fn warn_of_views(steps: &mut [Step], changes: &[Change], context: &RenderContext<'_>) {
    let changed: BTreeSet<Key> = changes.iter().map(Change::key).collect();
    for (place, change) in changes.iter().enumerate() {
        let views = context.existing.texts().filter(|(schema, object)| {
            let stays = object.kind == "view" && !changed.contains(&Key::text(*schema, object));
            stays && !binds(object) && breaks(change, &object.definition)
        });
        let names: Vec<String> = views.map(|(_, object)| named(&object.name)).collect();
        let last = steps.iter_mut().rev().find(|step| step.change == place);
        if let Some(step) = last.filter(|_| !names.is_empty()) {
            let said = format!(
                "{} of the migrations reads what goes, and fails from then on: change or drop it, too",
                match &names[..] {
                    [one] => format!("view {one}"),
                    all => format!("each of the views {}", all.join(", ")),
                }
            );
            let before = step.warning.take().map(|text| format!("{text}; "));
            step.warning = Some(before.unwrap_or_default() + &said);
        }
    }
}

/// Views that stay, and show columns which change; those that read others behind them.
fn stale<'c>(changes: &[Change], context: &RenderContext<'c>) -> Vec<(ObjectName, &'c str)> {
    let changed: BTreeSet<Key> = changes.iter().map(Change::key).collect();
    let views: Vec<(ObjectName, &'c str)> = context
        .existing
        .texts()
        .filter_map(|(schema, object)| {
            let stays = object.kind == "view" && !changed.contains(&Key::text(schema, object));
            let name = ObjectName::new(schema?, &object.name);
            (stays && !binds(object)).then_some((name, object.definition.as_str()))
        })
        .filter(|(_, text)| !changes.iter().any(|change| breaks(change, text)))
        .collect();
    let mut left: Vec<usize> = Vec::new();
    loop {
        let found = (0..views.len()).find(|at| {
            let text = views[*at].1;
            let mut others = left.iter().filter(|other| *other != at);
            !left.contains(at)
                && (changes.iter().any(|change| shows(text, change))
                    || others.any(|other| mentions(text, &views[*other].0.name)))
        });
        match found {
            Some(at) => left.push(at),
            None => break,
        }
    }
    let mut ordered = Vec::new();
    while !left.is_empty() {
        let waits = |at: &usize| {
            let mut others = left.iter().filter(|other| *other != at);
            others.any(|other| mentions(views[*at].1, &views[*other].0.name))
        };
        let at = left.iter().position(|at| !waits(at)).unwrap_or(0);
        ordered.push(views[left.remove(at)].clone());
    }
    ordered
}

/// A text refers to what a change drops.
fn breaks(change: &Change, text: &str) -> bool {
    match change {
        Change::ModifyTable(modify) => {
            mentions(text, &modify.to.name)
                && modify.changes.iter().any(|one| match one {
                    TableChange::Column(Edit::Drop(column)) => mentions(text, &column.name),
                    _ => false,
                })
        }
        other => other.is_drop() && mentions(text, &other.object().name),
    }
}

/// A text shows a column that changes.
fn shows(text: &str, change: &Change) -> bool {
    let Change::ModifyTable(modify) = change else {
        return false;
    };
    let column = |name: &str| mentions(text, name);
    mentions(text, &modify.to.name)
        && modify.changes.iter().any(|one| match one {
            TableChange::Column(Edit::Modify { from, to }) => {
                let another = super::is_altered(from, to) || from.generated != to.generated;
                another && (column(&to.name) || shows_all(text))
            }
            TableChange::Column(_) => shows_all(text),
            _ => false,
        })
}

/// `SELECT *`, `t.*`.
fn shows_all(text: &str) -> bool {
    let all: Vec<_> = tokens(text, &Rules::MSSQL).collect();
    all.windows(2).any(|two| {
        let before = [".", ",", ")"].iter().any(|symbol| two[0].symbol(symbol));
        two[1].symbol("*") && (before || two[0].is_any(&["ALL", "DISTINCT", "SELECT"]))
    })
}
