//! Writes the changes of one table: one ALTER where the server takes it, since each may copy the table.
//!
//! Inside it, what goes comes before what comes, and columns stand between: an index that a foreign key needs is
//! replaced in the same statement, which the server accepts where two would fail. A foreign key that comes back under
//! its own name is dropped in a statement before.

use super::column;
use super::recreate::Recreated;
use super::writer::{Writer, named, quote, refuse, text};
use super::{fill, history, partition, table};
use crate::dialect::mysql::{attrs, types};
use crate::plan::{PlanError, Step};
use crate::schema::change::{Edit, ModifyTable, TableChange};
use crate::schema::named::Named;
use crate::schema::{Check, Column, ForeignKey, Index, KeyPart, PartExpr, Table};

/// Writes a change.
pub(super) fn render(writer: &Writer<'_>, change: &ModifyTable) -> Result<Vec<Step>, PlanError> {
    check(writer, change)?;
    let (retyped, change) = &fill::retyped(change);
    let (before, mut main) = ahead(change);
    let behind = self_keys(&mut main);
    let (late, strict) = fill::late_defaults(writer, &mut main);
    let after = match writer.server.adds_one_full_text() {
        true => full_text_apart(&mut main),
        false => Vec::new(),
    };
    let [departed, parted] = partition::render(writer, change);
    let mut steps: Vec<Step> = departed.into_iter().collect();
    steps.extend(retyped.iter().filter_map(|part| alter(writer, part)));
    steps.extend(before.iter().filter_map(|part| alter(writer, part)));
    steps.extend(fill::nulls(writer, change));
    steps.extend(alter(writer, &main).map(|step| Step {
        warning: fill::warning(writer, change),
        ..step
    }));
    steps.extend(after.iter().filter_map(|part| alter(writer, part)));
    for column in &late {
        steps.extend(fill::late_default(writer, change, column));
    }
    for part in strict.iter().chain(&behind) {
        steps.extend(alter(writer, part));
    }
    steps.extend(parted);
    Ok(history::kept(change, steps))
}

fn check(writer: &Writer<'_>, change: &ModifyTable) -> Result<(), PlanError> {
    for one in &change.changes {
        if let Some(what) = unknown(one) {
            let why = format!("{} has no {what}", writer.server.product.display());
            return Err(PlanError {
                hint: None,
                ..refuse(&change.to.name, why, "")
            });
        }
        let TableChange::Column(Edit::Modify { from, to }) = one else {
            continue;
        };
        let converts = types::converts(&from.ty, &to.ty);
        if writer.server.maria() && column::changes_in_place(from, to) && !converts {
            return Err(refuse(
                &change.to.name,
                format!(
                    "no value of column `{}` can go from `{}` to `{}`",
                    from.name, from.ty, to.ty
                ),
                "add the column under another name, fill it with an UPDATE, then drop the old one",
            ));
        }
        if column::would_lose_values(from, to) {
            return Err(refuse(
                &change.to.name,
                format!(
                    "the values of virtual column `{}` are computed, and a plain column in its place would not have them",
                    from.name
                ),
                "add the plain column under another name, copy the values with an UPDATE, then drop the virtual one",
            ));
        }
    }
    Ok(())
}

/// What is changed, where a table has no such thing.
fn unknown(change: &TableChange) -> Option<String> {
    const ATTRS: &[&str] = &[
        attrs::CHARSET,
        attrs::COLLATION,
        attrs::PARTITION,
        attrs::PERIOD,
        attrs::VERSIONED,
        attrs::ENGINE,
        attrs::AUTO_INCREMENT,
    ];
    match change {
        // The catalogue has neither: both are indexes here.
        TableChange::Unique(_) | TableChange::Constraint(_) => {
            Some("constraints besides keys and checks".to_owned())
        }
        TableChange::Attr { key, .. }
            if !ATTRS.contains(&key.as_str()) && !key.starts_with(attrs::OPTION) =>
        {
            Some(format!("`{key}` of tables"))
        }
        _ => None,
    }
}

/// Cuts off what must be dropped in a statement before the rest: foreign keys that come back under their own name, since
/// the server takes no DROP and ADD of one name in one statement, also where a check gets the name; those to the table
/// itself whose key changes with them; checks that may refuse what fills a column; and full-text indexes that only
/// get another parser, since it would take the old index for the new one.
fn ahead(change: &ModifyTable) -> (Option<ModifyTable>, ModifyTable) {
    let mut main = change.clone();
    let mut drops = Vec::new();
    for one in &mut main.changes {
        match one {
            TableChange::ForeignKey(Edit::Modify { from, to })
                if from.name == to.name || name_is_taken(change, from.name.as_ref()) =>
            {
                drops.push(TableChange::ForeignKey(Edit::Drop(from.clone())));
                main.from.foreign_keys.retain(|key| key != from);
                *one = TableChange::ForeignKey(Edit::Add(to.clone()));
            }
            TableChange::ForeignKey(Edit::Drop(key))
                if (to_own(key, change) && key_changes(change, key))
                    || name_is_taken(change, key.name.as_ref()) =>
            {
                main.from.foreign_keys.retain(|other| other != key);
                drops.push(one.clone());
            }
            TableChange::Check(Edit::Modify { from, to })
                if name_is_taken(change, from.name.as_ref())
                    || fill::is_in_the_way(change, from) =>
            {
                drops.push(TableChange::Check(Edit::Drop(from.clone())));
                main.from.checks.retain(|check| check != from);
                *one = TableChange::Check(Edit::Add(to.clone()));
            }
            TableChange::Check(Edit::Drop(check))
                if name_is_taken(change, check.name.as_ref())
                    || fill::is_in_the_way(change, check) =>
            {
                main.from.checks.retain(|other| other != check);
                drops.push(one.clone());
            }
            TableChange::Index(Edit::Modify { from, to })
                if from.name == to.name
                    && from.attrs.get(attrs::PARSER) != to.attrs.get(attrs::PARSER) =>
            {
                drops.push(TableChange::Index(Edit::Drop(from.clone())));
                main.from.indexes.retain(|index| index != from);
                *one = TableChange::Index(Edit::Add(to.clone()));
            }
            _ => {}
        }
    }
    if drops.is_empty() {
        return (None, main);
    }
    main.changes.retain(|one| !drops.contains(one));
    let before = ModifyTable {
        schema: change.schema.clone(),
        from: change.from.clone(),
        to: main.from.clone(),
        changes: drops,
    };
    (Some(before), main)
}

/// A foreign key or a check gets this name that it did not have.
fn name_is_taken(change: &ModifyTable, name: Option<&String>) -> bool {
    fn gets<T: Named>(edit: &Edit<T>, name: &str) -> bool {
        let has = |item: Option<&T>| item.is_some_and(|item| item.name() == Some(name));
        has(edit.to()) && !has(edit.from())
    }
    name.is_some_and(|name| {
        change.changes.iter().any(|one| match one {
            TableChange::ForeignKey(edit) => gets(edit, name),
            TableChange::Check(edit) => gets(edit, name),
            _ => false,
        })
    })
}

/// Cuts off the foreign keys that come with the key that they reference in their own table: MariaDB takes no such
/// statement, and some versions of MySQL crash on it when there are rows.
fn self_keys(main: &mut ModifyTable) -> Option<ModifyTable> {
    let to = main.to.clone();
    let (behind, changes): (Vec<_>, Vec<_>) = main.changes.iter().cloned().partition(|one| {
        matches!(one, TableChange::ForeignKey(Edit::Add(key)) if to_own(key, main) && key_changes(main, key))
    });
    main.changes = changes;
    let added: Vec<&ForeignKey> = behind
        .iter()
        .filter_map(|one| match one {
            TableChange::ForeignKey(edit) => edit.to(),
            _ => None,
        })
        .collect();
    main.to.foreign_keys.retain(|key| !added.contains(&key));
    (!behind.is_empty()).then(|| ModifyTable {
        schema: main.schema.clone(),
        from: main.to.clone(),
        to,
        changes: behind,
    })
}

fn to_own(key: &ForeignKey, change: &ModifyTable) -> bool {
    key.ref_table.schema == change.schema && key.ref_table.name == change.to.name
}

/// The change makes or drops a key that starts with the columns that a foreign key references, or changes one of them.
fn key_changes(change: &ModifyTable, key: &ForeignKey) -> bool {
    let parts = |parts: &[KeyPart]| starts(parts, &key.ref_columns);
    change.changes.iter().any(|one| match one {
        TableChange::Column(edit) => {
            let column = edit.to().or(edit.from());
            column.is_some_and(|column| key.ref_columns.contains(&column.name))
        }
        TableChange::PrimaryKey(edit) => [edit.from(), edit.to()]
            .into_iter()
            .flatten()
            .any(|key| parts(&key.parts)),
        TableChange::Index(edit) => [edit.from(), edit.to()]
            .into_iter()
            .flatten()
            .any(|index| parts(&index.parts)),
        _ => false,
    })
}

/// A key starts with these columns, whole.
fn starts(parts: &[KeyPart], columns: &[String]) -> bool {
    parts.len() >= columns.len()
        && parts.iter().zip(columns).all(|(part, column)| {
            part.attrs.is_empty() && matches!(&part.on, PartExpr::Column(name) if name == column)
        })
}

/// Cuts off all full-text indexes but one that come: the server adds one a statement.
fn full_text_apart(main: &mut ModifyTable) -> Vec<ModifyTable> {
    let full_text = |one: &TableChange| matches!(one, TableChange::Index(edit) if edit.to().is_some_and(|index| index.method.as_deref() == Some("FULLTEXT")));
    let mut after = Vec::new();
    let mut come = 0;
    for one in std::mem::take(&mut main.changes) {
        come += usize::from(full_text(&one));
        let TableChange::Index(Edit::Add(index)) = &one else {
            main.changes.push(one);
            continue;
        };
        if !full_text(&one) || come < 2 {
            main.changes.push(one);
            continue;
        }
        let to = main.to.clone();
        main.to.indexes.retain(|other| other != index);
        after.push(ModifyTable {
            schema: main.schema.clone(),
            from: main.to.clone(),
            to,
            changes: vec![one],
        });
    }
    after.reverse();
    after
}

fn alter(writer: &Writer<'_>, change: &ModifyTable) -> Option<Step> {
    let clauses = clauses(writer, &change.from, &change.to, &change.changes);
    if clauses.is_empty() {
        return None;
    }
    let name = writer.name(&change.schema, &change.to.name);
    Some(Step::new(
        format!("ALTER TABLE {name} {}", clauses.join(", ")),
        format!("modify {} table", named(&change.to.name)),
    ))
}

/// Clauses of one ALTER, by what must come first.
#[derive(Debug, Default)]
struct Clauses {
    keys_gone: Vec<String>,
    checks_gone: Vec<String>,
    indexes_gone: Vec<String>,
    primary_gone: Vec<String>,
    columns: Vec<String>,
    primary: Vec<String>,
    indexes: Vec<String>,
    checks: Vec<String>,
    keys: Vec<String>,
    options: Vec<String>,
}

fn clauses(writer: &Writer<'_>, from: &Table, to: &Table, changes: &[TableChange]) -> Vec<String> {
    let mut all = Clauses::default();
    let recreated = Recreated::of(from, to, changes);
    let resettled = changes.iter().any(|one| {
        matches!(one, TableChange::Attr { key, .. } if key == attrs::CHARSET || key == attrs::COLLATION)
    });
    for one in changes {
        match one {
            TableChange::Column(edit) => columns(writer, edit, to, &recreated, &mut all),
            TableChange::PrimaryKey(edit) => {
                if edit.from().is_some() {
                    all.primary_gone.push("DROP PRIMARY KEY".to_owned());
                }
                all.primary.extend(
                    edit.to()
                        .map(|key| format!("ADD {}", table::primary_key(key))),
                );
            }
            TableChange::ForeignKey(edit) => {
                let name = |name: &Option<String>| quote(name.as_deref().unwrap_or_default());
                all.keys_gone.extend(
                    edit.from()
                        .map(|key| format!("DROP FOREIGN KEY {}", name(&key.name))),
                );
                all.keys.extend(
                    edit.to()
                        .map(|key| format!("ADD {}", table::foreign_key(writer, key))),
                );
            }
            TableChange::Check(edit) => checks(writer, edit, &mut all),
            TableChange::Index(edit) => indexes(writer, edit, from, &recreated, &mut all),
            TableChange::Attr { key, from, to } if key == attrs::PERIOD => {
                let dropped = from
                    .as_ref()
                    .map(|_| "DROP PERIOD FOR SYSTEM_TIME".to_owned());
                all.options.extend(dropped);
                let added = to
                    .as_ref()
                    .map(|columns| format!("ADD {}", table::period(columns)));
                all.options.extend(added);
            }
            TableChange::Comment { to, .. } => {
                let comment = to.as_deref().unwrap_or_default();
                all.options.push(format!("COMMENT {}", text(comment)));
            }
            TableChange::Attr { key, to: value, .. } => {
                all.options.extend(option(key, value.as_deref()));
            }
            // Refused before.
            TableChange::Unique(_) | TableChange::Constraint(_) => {}
        }
    }
    beside(writer, to, changes, &recreated, &mut all);
    let again = |index: &&Index| recreated.index(index) && to.indexes.contains(index);
    let losable = losable(from, to, changes).into_iter();
    let lost = losable.filter(|index| !again(index));
    for index in lost.chain(from.indexes.iter().filter(again)) {
        all.indexes_gone
            .push(format!("DROP INDEX {}", quote(&index.name)));
        all.indexes
            .push(format!("ADD {}", table::index(writer, index)));
    }
    let again = |check: &&Check| recreated.check(writer, check) && to.checks.contains(check);
    for check in from.checks.iter().filter(again) {
        replace_check(writer, Some(check), Some(check), &mut all);
    }
    if resettled {
        let attr = |key: &str| to.attrs.get(key).map_or("", String::as_str);
        all.options.push(format!(
            "CHARSET {} COLLATE {}",
            attr(attrs::CHARSET),
            attr(attrs::COLLATION)
        ));
    }
    [
        all.keys_gone,
        all.checks_gone,
        all.indexes_gone,
        all.primary_gone,
        all.columns,
        all.primary,
        all.indexes,
        all.checks,
        all.keys,
        all.options,
    ]
    .concat()
}

fn columns(
    writer: &Writer<'_>,
    edit: &Edit<Column>,
    to_table: &Table,
    recreated: &Recreated<'_>,
    all: &mut Clauses,
) {
    let definition = |column| column::definition(writer, column, to_table);
    let drop = |name: &str| format!("DROP COLUMN {}", quote(name));
    match edit {
        Edit::Add(column) if recreated.is_empty() => all
            .columns
            .push(format!("ADD COLUMN {}", definition(column))),
        Edit::Add(_) => {}
        Edit::Drop(column) => all.columns.push(drop(&column.name)),
        Edit::Modify { to, .. } if recreated.has(&to.name) => all.columns.push(drop(&to.name)),
        Edit::Modify { to, .. } => all
            .columns
            .push(format!("MODIFY COLUMN {}", definition(to))),
    }
}

/// What happens to columns besides those that change. Where some are recreated, all new ones come in the order that the
/// table has them in, since each may be computed from those before it.
fn beside(
    writer: &Writer<'_>,
    to: &Table,
    changes: &[TableChange],
    recreated: &Recreated<'_>,
    all: &mut Clauses,
) {
    let dropped = recreated.beside(changes).into_iter();
    all.columns
        .extend(dropped.map(|name| format!("DROP COLUMN {}", quote(name))));
    let definition = |column| column::definition(writer, column, to);
    let retold = recreated.retold(writer, changes).into_iter();
    let retold = retold.filter_map(|name| to.column(name));
    all.columns
        .extend(retold.map(|column| format!("MODIFY COLUMN {}", definition(column))));
    if recreated.is_empty() {
        return;
    }
    let is_new = |column: &&Column| {
        let added = |one: &TableChange| matches!(one, TableChange::Column(Edit::Add(new)) if new == *column);
        recreated.has(&column.name) || changes.iter().any(added)
    };
    let new = to.columns.iter().filter(is_new);
    all.columns
        .extend(new.map(|column| format!("ADD COLUMN {}", definition(column))));
}

fn check_name(check: &Check) -> String {
    quote(check.name.as_deref().unwrap_or_default())
}

fn checks(writer: &Writer<'_>, edit: &Edit<Check>, all: &mut Clauses) {
    if let Edit::Modify { from, to } = edit
        && from.name == to.name
        && from.expr == to.expr
        && writer.server.knows_unenforced_checks()
    {
        let enforced = if to.attrs.contains_key(attrs::NOT_ENFORCED) {
            "NOT ENFORCED"
        } else {
            "ENFORCED"
        };
        all.checks
            .push(format!("ALTER CHECK {} {enforced}", check_name(to)));
        return;
    }
    replace_check(writer, edit.from(), edit.to(), all);
}

fn replace_check(writer: &Writer<'_>, from: Option<&Check>, to: Option<&Check>, all: &mut Clauses) {
    // Atlas writes `DROP CHECK` for one that comes back; MariaDB does not know the words.
    let replaced = to.is_some() && !writer.server.maria();
    let drop = if replaced || !writer.server.drops_constraints() {
        "DROP CHECK"
    } else {
        "DROP CONSTRAINT"
    };
    all.checks_gone
        .extend(from.map(|check| format!("{drop} {}", check_name(check))));
    all.checks
        .extend(to.map(|check| format!("ADD {}", table::check(check))));
}

fn indexes(
    writer: &Writer<'_>,
    edit: &Edit<Index>,
    before: &Table,
    recreated: &Recreated<'_>,
    all: &mut Clauses,
) {
    if let Edit::Modify { from, to } = edit
        && !recreated.index(from)
    {
        let renamed = Index {
            name: to.name.clone(),
            ..from.clone()
        };
        let taken = before.indexes.iter().any(|index| index.name == to.name);
        if renamed == *to && !taken {
            all.indexes.push(format!(
                "RENAME INDEX {} TO {}",
                quote(&from.name),
                quote(&to.name)
            ));
            return;
        }
        let mut shown = from.clone();
        let visible = !to.attrs.contains_key(attrs::INVISIBLE);
        shown.attrs.flag(attrs::INVISIBLE, !visible);
        if shown == *to {
            all.indexes.push(format!(
                "ALTER INDEX {} {}",
                quote(&to.name),
                table::visibility(writer, visible)
            ));
            return;
        }
    }
    all.indexes_gone.extend(
        edit.from()
            .map(|index| format!("DROP INDEX {}", quote(&index.name))),
    );
    all.indexes.extend(
        edit.to()
            .map(|index| format!("ADD {}", table::index(writer, index))),
    );
}

/// Indexes that the server made by itself for a foreign key, and would silently drop again, because a new one serves the
/// foreign key as well: they are recreated, on purpose.
///
/// Whether an index was made so is in no catalogue; it then has the foreign key's name or its first column's.
fn losable<'a>(from: &'a Table, to: &Table, changes: &[TableChange]) -> Vec<&'a Index> {
    let new_keys: Vec<&[KeyPart]> = changes
        .iter()
        .filter_map(|change| match change {
            TableChange::Index(edit) => edit.to().map(|index| index.parts.as_slice()),
            TableChange::PrimaryKey(edit) => edit.to().map(|key| key.parts.as_slice()),
            _ => None,
        })
        .collect();
    let made_for = |index: &Index, key: &ForeignKey| {
        index.parts.len() == key.columns.len()
            && starts(&index.parts, &key.columns)
            && (key.name.as_ref() == Some(&index.name)
                || key
                    .columns
                    .first()
                    .is_some_and(|column| index.name.starts_with(column.as_str())))
            && new_keys.iter().any(|parts| starts(parts, &key.columns))
    };
    from.indexes
        .iter()
        .filter(|index| !index.unique && to.indexes.contains(index))
        .filter(|index| from.foreign_keys.iter().any(|key| made_for(index, key)))
        .collect()
}

/// An option of the table; character set and collation are written together, partitions by themselves.
fn option(key: &str, value: Option<&str>) -> Option<String> {
    match key {
        attrs::CHARSET | attrs::COLLATION | attrs::PARTITION | attrs::PERIOD => None,
        attrs::VERSIONED => Some(format!(
            "{} SYSTEM VERSIONING",
            value.map_or("DROP", |_| "ADD")
        )),
        attrs::ENGINE => Some(format!("ENGINE {}", value.unwrap_or("InnoDB"))),
        attrs::AUTO_INCREMENT => Some(format!("AUTO_INCREMENT {}", value.unwrap_or("1"))),
        _ => {
            let name = key.strip_prefix(attrs::OPTION)?;
            Some(table::option(
                name,
                value.unwrap_or(table::option_default(name)),
            ))
        }
    }
}
