//! Rebuilds a table: create under another name, copy the rows, drop the old one, rename, make indexes and triggers
//! again.
//!
//! The order is the one of <https://www.sqlite.org/lang_altertable.html#making_other_kinds_of_table_schema_changes>:
//! renaming the old table first would drag along the references of other tables. [`super::guard`] adds the settings
//! without which dropping the old table would delete rows of others.

use super::{add_index, alter_table, drop_table_sql, free_name, text};
use crate::dialect::RenderContext;
use crate::dialect::ddl::forms;
use crate::dialect::sqlite::attrs;
use crate::dialect::sqlite::parse::lex;
use crate::dialect::write::named;
use crate::plan::Step;
use crate::schema::change::ModifyTable;
use crate::schema::named::Named;
use crate::schema::{Column, ObjectName, PartExpr, Realm, Table, TextObject, Unique};
use text::{ident, string};

/// Triggers on a table that come back when it is recreated, whether or not they are compared.
fn kept_triggers<'a>(
    context: &'a RenderContext<'a>,
    table: &str,
) -> impl Iterator<Item = &'a TextObject> + use<'a> {
    let table = table.to_owned();
    let schemas = context.existing.schemas.iter();
    schemas
        .flat_map(|schema| &schema.texts)
        .filter(move |object| {
            let owner = object.table.as_deref();
            object.kind == "trigger"
                && owner.is_some_and(|owner| owner.eq_ignore_ascii_case(&table))
                && stays(context, object)
        })
}

/// No change is about an object that is kept as text: it is not compared, or the same in both states.
fn stays(context: &RenderContext<'_>, object: &TextObject) -> bool {
    let has = |realm: &Realm| realm.texts().any(|(_, other)| other == object);
    !has(context.current) || has(context.desired)
}

/// The new form in its own spelling, where the comparison took the current one for equal.
fn as_wanted(to: &Table, context: &RenderContext<'_>, schema: &str) -> Table {
    let mut table = to.clone();
    let name = ObjectName::new(schema, &to.name);
    let Some(wanted) = context.wanted.table(&name) else {
        return table;
    };
    for column in &mut table.columns {
        if let Some(own) = wanted.column(&column.name) {
            column.ty.clone_from(&own.ty);
        }
    }
    named_as(
        table.primary_key.as_mut_slice(),
        wanted.primary_key.as_slice(),
    );
    named_as(&mut table.foreign_keys, &wanted.foreign_keys);
    named_as(&mut table.uniques, &wanted.uniques);
    // An index may have been taken for a constraint.
    for index in &wanted.indexes {
        let stands_for = |unique: &Unique| {
            index.unique && index.parts == unique.parts && !wanted.uniques.contains(unique)
        };
        let has = table.indexes.iter().any(|own| own.name == index.name);
        if let Some(place) = table.uniques.iter().position(stands_for).filter(|_| !has) {
            table.uniques.remove(place);
            table.indexes.push(index.clone());
        }
    }
    table
}

/// Gives each item the name of its own spelling.
fn named_as<T: Named>(items: &mut [T], wanted: &[T]) {
    let unlike = |own: &&T| !items.contains(own);
    let mut own: Vec<&T> = wanted.iter().filter(unlike).collect();
    for item in items.iter_mut().filter(|item| !wanted.contains(item)) {
        let same = |own: &&T| own.same_but_for_name(item);
        if let Some(place) = own.iter().position(same) {
            item.clone_from(own.remove(place));
        }
    }
}

/// Writes the rebuild.
pub(super) fn steps(modify: &ModifyTable, context: &RenderContext<'_>) -> Vec<Step> {
    let (from, to) = forms(modify, context);
    let mut steps = rebuild(&from, &as_wanted(&to, context, &modify.schema), context);
    if let Some(first) = steps.first_mut() {
        first.warning = overwritten(&from, &to);
    }
    steps
}

/// What a reader should know of values that a column no longer holds.
fn overwritten(from: &Table, to: &Table) -> Option<String> {
    let columns = to.columns.iter().filter(|column| {
        let old = from.column(&column.name);
        column.generated.is_some() && old.is_some_and(|old| old.generated.is_none())
    });
    let columns: Vec<String> = columns
        .map(|column| {
            format!(
                "column {} of table {} becomes a generated one: the values that it holds are lost",
                named(&column.name),
                named(&to.name)
            )
        })
        .collect();
    (!columns.is_empty()).then(|| columns.join("; "))
}

/// Is the column an alias of the rowid, numbered by SQLite?
fn is_rowid(column: &Column, table: &Table) -> bool {
    let key = table.primary_key.as_ref();
    column.ty == "integer"
        && !table.attrs.contains_key(attrs::WITHOUT_ROWID)
        && key.is_some_and(|key| {
            matches!(key.parts.as_slice(), [part] if part.on == PartExpr::Column(column.name.clone()))
                && !key.attrs.contains_key(attrs::INLINE_DESC)
        })
}

fn has_counter(table: &Table) -> bool {
    table.columns.iter().any(|column| column.auto_increment)
}

fn rebuild(from: &Table, to: &Table, context: &RenderContext<'_>) -> Vec<Step> {
    let name = &to.name;
    let fresh = free_name(context, &format!("new_{name}"));
    let mut steps = vec![Step::new(
        text::create_table(context, to, &fresh),
        format!("create {} table", named(&fresh)),
    )];
    if has_counter(from) && has_counter(to) {
        // Before the copy: an INSERT continues from the counter that it finds.
        steps.push(Step::new(
            format!(
                "INSERT INTO `sqlite_sequence` (`name`, `seq`) SELECT {}, `seq` FROM `sqlite_sequence` WHERE `name` = {}",
                string(&fresh),
                string(&from.name)
            ),
            format!("keep the AUTOINCREMENT counter of {}", named(name)),
        ));
    }
    steps.push(copy(from, to, &fresh, context));
    steps.push(Step::new(
        drop_table_sql(context, &from.name),
        format!("drop {} table after copying rows", named(&from.name)),
    ));
    steps.push(Step::new(
        format!("{} RENAME TO {}", alter_table(context, &fresh), ident(name)),
        format!(
            "rename temporary table {} to {}",
            named(&fresh),
            named(name)
        ),
    ));
    let indexes = to.indexes.iter();
    steps.extend(indexes.map(|index| add_index(name, index, context)));
    steps.extend(kept_triggers(context, name).map(|trigger| {
        Step::new(
            &trigger.definition,
            format!(
                "create trigger {} on table {} again",
                named(&trigger.name),
                named(name)
            ),
        )
    }));
    steps.extend(probes(from, to, context));
    steps
}

/// Reads the views that may have used a column that goes: legacy renames don't look at them, and a broken one would be
/// noticed by nobody but its next reader.
fn probes(from: &Table, to: &Table, context: &RenderContext<'_>) -> Vec<Step> {
    let gone = from
        .columns
        .iter()
        .filter(|column| to.column(&column.name).is_none());
    let gone: Vec<&str> = gone.map(|column| column.name.as_str()).collect();
    let schemas = context.existing.schemas.iter();
    schemas
        .flat_map(|schema| &schema.texts)
        .filter(|object| {
            object.kind == "view"
                && stays(context, object)
                && lex::mentions(&object.definition, &from.name)
                && gone
                    .iter()
                    .any(|name| lex::mentions(&object.definition, name))
        })
        .map(|view| {
            Step::new(
                format!("SELECT 1 FROM {} LIMIT 0", ident(&view.name)),
                format!("check that view {} still works", named(&view.name)),
            )
        })
        .collect()
}

/// Copies every row; what a column can't hold makes the statement fail.
fn copy(from: &Table, to: &Table, fresh: &str, context: &RenderContext<'_>) -> Step {
    let mut targets = Vec::new();
    let mut sources = Vec::new();
    let mut filled = Vec::new();
    if keeps_rowid(from, to, context) {
        targets.push("rowid".to_owned());
        sources.push("rowid".to_owned());
    }
    for column in &to.columns {
        let Some(old) = from
            .column(&column.name)
            .filter(|_| column.generated.is_none())
        else {
            continue;
        };
        let name = ident(&column.name);
        sources.push(match &column.default {
            Some(default) if old.nullable && !column.nullable => {
                filled.push(named(&column.name));
                format!("IFNULL({name}, {}) AS {name}", text::value(default))
            }
            _ => name.clone(),
        });
        targets.push(name);
    }
    if targets.is_empty()
        && let Some(column) = to.columns.iter().find(|column| column.generated.is_none())
    {
        // Not one column in common: the rows stay, with nothing but defaults in them.
        targets.push(ident(&column.name));
        let default = column.default.as_deref();
        sources.push(default.map_or_else(|| "NULL".to_owned(), text::value));
    }
    let filled = match filled.as_slice() {
        [] => String::new(),
        names => format!(", filling {} where it is NULL", names.join(", ")),
    };
    Step::new(
        format!(
            "INSERT INTO {} ({}) SELECT {} FROM {}",
            text::qualified(context, fresh),
            targets.join(", "),
            sources.join(", "),
            text::qualified(context, &from.name)
        ),
        format!(
            "copy rows from old table {} to new temporary table {}{filled}",
            named(&from.name),
            named(fresh)
        ),
    )
}

/// A rowid that no column shows is copied only where something may refer to it: a full-text index over the table.
fn keeps_rowid(from: &Table, to: &Table, context: &RenderContext<'_>) -> bool {
    let hidden = |table: &Table| {
        let shown = ["rowid", "oid", "_rowid_"];
        !table.attrs.contains_key(attrs::WITHOUT_ROWID)
            && !table.columns.iter().any(|column| {
                is_rowid(column, table)
                    || shown
                        .iter()
                        .any(|name| column.name.eq_ignore_ascii_case(name))
            })
    };
    let schemas = context.existing.schemas.iter();
    let mut virtuals = schemas
        .flat_map(|schema| &schema.texts)
        .filter(|object| object.kind == "virtual table");
    hidden(from) && hidden(to) && virtuals.next().is_some()
}
