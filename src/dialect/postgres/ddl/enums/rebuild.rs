//! Recreates an enumerated type under its own name, and takes every column of it along.
//!
//! The server compares a column only with constants of its own type, so what speaks of such a column (checks, partial
//! indexes, generated columns, defaults, foreign keys) goes before the types change and comes back behind them.

use crate::dialect::postgres::names::object_name;
use crate::plan::{PlanError, Step};
use crate::schema::{Column, EnumType, ObjectName, Realm, Table};

use super::super::alter::{Alter, Rank};
use super::super::writer::{Writer, named, quote};
use super::super::{column, expr, index, partition};
use super::affected::{
    self, Dependents, dependents, keeps_column, keeps_constraint, keeps_index, keeps_type, stand_in,
};

/// A table that has columns of the type.
struct Owner<'r> {
    schema: &'r str,
    table: &'r Table,
    later: Option<&'r Table>,
    found: Dependents<'r>,
    /// What an earlier rebuild took for good.
    gone: affected::Affected,
}

/// Rebuilds a type.
pub(super) fn steps<'r>(
    writer: &Writer<'r>,
    schema: &str,
    (from, to): (&EnumType, &EnumType),
) -> Result<Vec<Step>, PlanError> {
    let name = ObjectName::new(schema, &from.name);
    let owners = owners(writer, &name);
    for owner in &owners {
        let mut columns = owner.found.columns.iter();
        if let Some(column) = columns.find(|c| partition::is_by(owner.table, &c.name)) {
            return Err(PlanError {
                what: format!("modify enum type {}", named(&to.name)),
                why: format!(
                    "its values can only be added to: {}",
                    partition::is_fixed(&owner.table.name, &column.name)
                ),
                hint: Some("keep the values that are there, in their order, or replace the partitioned table in a migration of your own".to_owned()),
            });
        }
    }
    let retired = retired(writer, &name);
    let (current, old) = (writer.name(schema, &to.name), writer.name(schema, &retired));

    let mut steps = Vec::new();
    for owner in &owners {
        steps.extend(take_away(writer, owner)?);
    }
    steps.push(Step::new(
        format!("ALTER TYPE {current} RENAME TO {}", quote(&retired)),
        format!(
            "rename an enum from {} to {}",
            named(&to.name),
            named(&retired)
        ),
    ));
    steps.push(Step::new(
        super::create_sql(writer, schema, to),
        format!("create enum type {}", named(&to.name)),
    ));
    for owner in &owners {
        steps.extend(convert(writer, owner, &current));
    }
    steps.push(Step::new(
        format!("DROP TYPE {old}"),
        format!("drop enum type {}", named(&retired)),
    ));
    steps.extend(super::comment(writer, schema, to, None));
    for owner in &owners {
        steps.extend(bring_back(writer, owner));
    }
    Ok(steps)
}

fn owners<'r>(writer: &Writer<'r>, name: &ObjectName) -> Vec<Owner<'r>> {
    let (before, after) = (writer.current(), writer.desired());
    let rebuilt = affected::rebuilt(before, after);
    let earlier: Vec<ObjectName> = rebuilt
        .into_iter()
        .take_while(|other| other != name)
        .collect();
    let mut owners = Vec::new();
    for (schema, table) in tables(before) {
        let found = dependents(writer, before, table, std::slice::from_ref(name));
        if !found.is_empty() {
            owners.push(Owner {
                schema,
                table,
                later: after.table(&ObjectName::new(schema, &table.name)),
                found,
                gone: affected::affected_by(writer, schema, table, &earlier),
            });
        }
    }
    // Tables that the user excludes stay as they are, in all but this type.
    let existing = writer.context.existing;
    for (schema, table) in tables(existing) {
        if before
            .table(&ObjectName::new(schema, &table.name))
            .is_some()
        {
            continue;
        }
        let found = dependents(writer, existing, table, std::slice::from_ref(name));
        if !found.is_empty() {
            owners.push(Owner {
                schema,
                table,
                later: Some(table),
                found,
                gone: affected::Affected::default(),
            });
        }
    }
    owners
}

fn tables(realm: &Realm) -> impl Iterator<Item = (&str, &Table)> {
    realm.schemas.iter().flat_map(|schema| {
        schema
            .tables
            .iter()
            .map(|table| (schema.name.as_str(), table))
    })
}

/// A name for the old type until it goes.
fn retired(writer: &Writer<'_>, name: &ObjectName) -> String {
    let taken = |candidate: &str| {
        [writer.current(), writer.desired()].iter().any(|realm| {
            realm.schema(&name.schema).is_some_and(|schema| {
                schema.enums.iter().any(|other| other.name == candidate)
                    || schema.tables.iter().any(|other| other.name == candidate)
            })
        })
    };
    let mut label = "old".to_owned();
    let mut count = 1;
    loop {
        let candidate = object_name(&name.name, None, &label);
        if !taken(&candidate) {
            return candidate;
        }
        count += 1;
        label = format!("old{count}");
    }
}

/// The defaults of a column before and behind the rebuild, where they are more than a constant that any type takes.
fn defaults(writer: &Writer<'_>, owner: &Owner<'_>, column: &Column) -> [Option<String>; 2] {
    let before = column::default(writer, column);
    let after = keeps_type(owner.later, column).and_then(|later| column::default(writer, later));
    [before, after]
}

fn is_constant(default: Option<&String>) -> bool {
    default.is_none_or(|default| {
        default.starts_with('\'') && expr::constants(default).len() == 1 && default.ends_with('\'')
    })
}

fn take_away(writer: &Writer<'_>, owner: &Owner<'_>) -> Result<Vec<Step>, PlanError> {
    let table = &owner.table.name;
    let mut steps: Vec<Step> = owner
        .found
        .indexes
        .iter()
        .filter(|item| !owner.gone.is_gone_index(&item.name))
        .map(|item| index::drop(writer, owner.schema, table, item, false))
        .collect();
    let mut alter = Alter::new(owner.schema, table);
    for item in &owner.found.constraints {
        if owner.gone.is_gone_constraint(item) {
            continue;
        }
        alter.push(Rank::DropConstraint, vec![item.drop_action(table)?]);
    }
    for item in &owner.found.generated {
        if owner.gone.is_gone_column(&item.name) {
            continue;
        }
        let drop = format!("DROP COLUMN {}", quote(&item.name));
        alter.push(Rank::DropGenerated, vec![drop]);
    }
    for item in &owner.found.columns {
        let [before, after] = defaults(writer, owner, item);
        if let Some(default) = &before
            && !(is_constant(Some(default)) && is_constant(after.as_ref()))
        {
            let name = quote(&item.name);
            let drop = format!("ALTER COLUMN {name} DROP DEFAULT");
            alter.push(Rank::Column, vec![drop]);
        }
    }
    steps.extend(alter.finish(writer));
    Ok(steps)
}

fn convert(writer: &Writer<'_>, owner: &Owner<'_>, new: &str) -> Option<Step> {
    let mut alter = Alter::new(owner.schema, &owner.table.name);
    for item in &owner.found.columns {
        let name = quote(&item.name);
        let brackets = item.ty.brackets();
        let [before, after] = defaults(writer, owner, item);
        let folded = is_constant(before.as_ref()) && is_constant(after.as_ref());
        let mut actions = Vec::new();
        if folded && before.is_some() {
            actions.push(format!("ALTER COLUMN {name} DROP DEFAULT"));
        }
        actions.push(if keeps_type(owner.later, item).is_some() {
            format!(
                "ALTER COLUMN {name} TYPE {new}{brackets} USING {name}::text{brackets}::{new}{brackets}"
            )
        } else {
            let ty = writer.ty(&stand_in(&item.ty));
            format!("ALTER COLUMN {name} TYPE {ty} USING {name}::{ty}")
        });
        if let Some(default) = after.filter(|_| folded) {
            actions.push(format!("ALTER COLUMN {name} SET DEFAULT {default}"));
        }
        alter.push(Rank::Column, actions);
    }
    alter.finish(writer)
}

fn bring_back(writer: &Writer<'_>, owner: &Owner<'_>) -> Vec<Step> {
    let table = &owner.table.name;
    let mut alter = Alter::new(owner.schema, table);
    let mut comments = Vec::new();
    for item in &owner.found.columns {
        let [before, after] = defaults(writer, owner, item);
        if let Some(default) = &after
            && !(is_constant(before.as_ref()) && is_constant(Some(default)))
        {
            let name = quote(&item.name);
            let set = format!("ALTER COLUMN {name} SET DEFAULT {default}");
            alter.push(Rank::Column, vec![set]);
        }
    }
    for item in &owner.found.generated {
        if keeps_column(owner.later, item) {
            let add = format!("ADD COLUMN {}", column::definition(writer, item));
            alter.push(Rank::AddGenerated, vec![add]);
            comments.extend(column::comment(writer, owner.schema, table, item, None));
        }
    }
    for item in &owner.found.constraints {
        if keeps_constraint(writer, owner.later, item) {
            item.add(&mut alter);
            comments.extend(item.comment_step(writer, owner.schema, table, None));
        }
    }
    let mut steps: Vec<Step> = alter.finish(writer).into_iter().collect();
    for item in &owner.found.indexes {
        if keeps_index(owner.later, item) {
            steps.push(index::create(writer, owner.schema, table, item, false));
            comments.extend(index::comment(writer, owner.schema, table, item, None));
        }
    }
    steps.extend(comments);
    steps
}
