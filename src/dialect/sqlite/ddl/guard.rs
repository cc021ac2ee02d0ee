//! Statements around a plan that drops tables which are referenced by rows elsewhere.
//!
//! With foreign keys on, `DROP TABLE` first deletes the table's rows, and so, by `ON DELETE CASCADE`, rows of other
//! tables. The switch has no effect in a transaction, so it comes before, and the plan brings a transaction of its own:
//! a runner that puts another one around it fails at `BEGIN`, before anything is lost. In a rebuild the old table's rows
//! must be in the new one when the old one goes. `sqlite3 db < file` continues after an error, so that the copy may have
//! failed when the drop runs: the transaction is therefore rolled back at its end unless every row is still there and no
//! foreign key is violated that was not before.

use std::collections::{BTreeMap, BTreeSet};

use super::{alter, text};
use crate::dialect::RenderContext;
use crate::dialect::ddl::forms;
use crate::plan::{Sql, Step};
use crate::schema::change::Change;
use crate::schema::{Action, ForeignKey, PartExpr, Table};
use text::{ident, qualified, string};

const FOREIGN_KEYS_OFF: &str = "PRAGMA foreign_keys = off";
const FOREIGN_KEYS_ON: &str = "PRAGMA foreign_keys = on";
const LEGACY_ON: &str = "PRAGMA legacy_alter_table = on";
const LEGACY_OFF: &str = "PRAGMA legacy_alter_table = off";
const BEGIN: &str = "BEGIN IMMEDIATE";
const COMMIT: &str = "COMMIT";

/// The temporary table that remembers what was there before.
const MEMORY: &str = "trueup_rebuild";

/// Puts settings, a transaction and checks around the steps where they are needed.
pub(in crate::dialect::sqlite) fn enclose(
    steps: Vec<Step>,
    changes: &[Change],
    context: &RenderContext<'_>,
) -> Vec<Step> {
    let rebuilt = rebuilt(&steps, changes, context);
    let first = match rebuilt.first() {
        Some((change, _)) => Some(*change),
        None => hindered_drop(&steps, changes, context),
    };
    let Some(change) = first else {
        return steps;
    };
    let tables: Vec<&Table> = rebuilt.iter().map(|(_, table)| table).collect();
    let (before, after) = around(&tables, context);
    let own = |step: Step| Step { change, ..step };
    let mut all: Vec<Step> = before.into_iter().map(own).collect();
    all.extend(steps);
    all.extend(after.into_iter().map(own));
    all
}

/// The tables that are rebuilt, in their new form, with the index of their change.
fn rebuilt(steps: &[Step], changes: &[Change], context: &RenderContext<'_>) -> Vec<(usize, Table)> {
    let mut found = Vec::new();
    for (index, change) in changes.iter().enumerate() {
        if let Change::ModifyTable(modify) = change
            && !alter::suffices(modify)
            && steps.iter().any(|step| step.change == index)
        {
            found.push((index, forms(modify, context).1));
        }
    }
    found
}

/// The first change that drops a table while others, or it itself by `RESTRICT`, refer to it.
fn hindered_drop(steps: &[Step], changes: &[Change], context: &RenderContext<'_>) -> Option<usize> {
    let mut referring: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let existing = context.existing.schemas.iter();
    for table in existing.flat_map(|schema| &schema.tables) {
        for key in &table.foreign_keys {
            let to = key.ref_table.name.to_ascii_lowercase();
            referring.entry(to).or_default().push(&table.name);
        }
    }
    let mut gone: BTreeSet<&str> = BTreeSet::new();
    for step in steps {
        let Some(Change::DropTable { table, .. }) = changes.get(step.change) else {
            continue;
        };
        let name = table.name.as_str();
        if !gone.insert(name) {
            continue;
        }
        let others = referring.get(&name.to_ascii_lowercase());
        let mut others = others.into_iter().flatten();
        let refers = |key: &ForeignKey| key.ref_table.name.eq_ignore_ascii_case(name);
        let itself = |key: &ForeignKey| refers(key) && key.on_delete == Action::Restrict;
        if others.any(|other| !gone.contains(other)) || table.foreign_keys.iter().any(itself) {
            return Some(step.change);
        }
    }
    None
}

/// The steps before and after.
fn around(rebuilt: &[&Table], context: &RenderContext<'_>) -> (Vec<Step>, Vec<Step>) {
    // A plan with transaction statements of its own must not be wrapped in another transaction.
    let begin = Step::new(BEGIN, "begin a transaction: all that follows, or nothing").alone();
    let commit = Step::new(COMMIT, "commit the transaction");
    let off = Step::new(
        FOREIGN_KEYS_OFF,
        "disable the enforcement of foreign-keys constraints",
    );
    let on = Step::new(
        FOREIGN_KEYS_ON,
        "enable back the enforcement of foreign-keys constraints",
    );
    if rebuilt.is_empty() {
        return (vec![off, begin], vec![commit, on]);
    }
    let sql = checks(rebuilt, context);
    let before = vec![
        off,
        Step::new(
            LEGACY_ON,
            "leave views and triggers as they are while tables are renamed",
        ),
        begin,
        Step::new(
            sql.create,
            "create a temporary table that remembers what must be kept",
        ),
        Step::new(sql.remember, "count the rows that must be kept"),
    ];
    let after = vec![
        Step::new(
            sql.verify,
            "roll everything back unless all rows were kept and no foreign key was broken",
        ),
        Step::new(sql.drop, "drop the temporary table"),
        commit,
        Step::new(
            LEGACY_OFF,
            "let renamed tables be renamed in views and triggers again",
        ),
        on,
    ];
    (before, after)
}

/// The statements of the check.
struct Checks {
    create: String,
    remember: String,
    verify: String,
    drop: String,
}

fn checks(rebuilt: &[&Table], context: &RenderContext<'_>) -> Checks {
    let memory = ident(MEMORY);
    let rows = sum(rebuilt.iter().map(|table| qualified(context, &table.name)));
    let keys = checkable(rebuilt, context);
    let violations = sum(keys
        .iter()
        .map(|name| format!("pragma_foreign_key_check({})", string(name))));
    let mut columns = vec![
        "`rows_before` integer NOT NULL".to_owned(),
        "`rows_after` integer NULL".to_owned(),
        "`enforced` integer NULL".to_owned(),
    ];
    let mut conditions = vec![
        "CONSTRAINT `every row is kept` CHECK (`rows_after` = `rows_before`)".to_owned(),
        "CONSTRAINT `foreign keys are not enforced` CHECK (`enforced` = 0)".to_owned(),
    ];
    let mut remembered = vec![("`rows_before`", rows.clone())];
    let mut verified = vec![
        format!("`rows_after` = {rows}"),
        "`enforced` = (SELECT `foreign_keys` FROM pragma_foreign_keys)".to_owned(),
    ];
    if !keys.is_empty() {
        columns.push("`violations_before` integer NOT NULL".to_owned());
        columns.push("`violations_after` integer NULL".to_owned());
        conditions.push(
            "CONSTRAINT `no foreign key is violated` CHECK (`violations_after` <= `violations_before`)"
                .to_owned(),
        );
        remembered.push(("`violations_before`", violations.clone()));
        verified.push(format!("`violations_after` = {violations}"));
    }
    let mut create = Sql::new("CREATE TEMP TABLE", context.options.indent.as_deref());
    create
        .word(&memory)
        .block(columns.into_iter().chain(conditions));
    let (names, values): (Vec<_>, Vec<_>) = remembered.into_iter().unzip();
    Checks {
        create: create.finish(),
        remember: format!(
            "INSERT INTO {memory} ({}) SELECT {}",
            names.join(", "),
            values.join(", ")
        ),
        verify: format!("UPDATE OR ROLLBACK {memory} SET {}", verified.join(", ")),
        drop: format!("DROP TABLE {}.{memory}", ident("temp")),
    }
}

/// The number of rows of several sources together.
fn sum(sources: impl Iterator<Item = String>) -> String {
    let counts: Vec<String> = sources
        .map(|source| format!("(SELECT count(*) FROM {source})"))
        .collect();
    counts.join(" + ")
}

/// Tables that are there before and after, have a foreign key to or from a rebuilt table, and whose foreign keys SQLite
/// can check in both forms: where a referenced key is not unique the check itself is an error.
fn checkable(rebuilt: &[&Table], context: &RenderContext<'_>) -> Vec<String> {
    let existing = context
        .existing
        .schemas
        .iter()
        .flat_map(|schema| &schema.tables);
    let before: BTreeMap<&str, &Table> =
        existing.map(|table| (table.name.as_str(), table)).collect();
    let mut after: BTreeMap<&str, &Table> = before.clone();
    let desired = context
        .desired
        .schemas
        .iter()
        .flat_map(|schema| &schema.tables);
    after.extend(desired.map(|table| (table.name.as_str(), table)));
    after.extend(rebuilt.iter().map(|table| (table.name.as_str(), *table)));
    let stays = |name: &str| {
        let desired = context.desired.schemas.iter();
        let mut tables = desired.flat_map(|schema| &schema.tables);
        tables.any(|table| table.name == name)
    };
    let is_rebuilt = |name: &str| rebuilt.iter().any(|table| table.name == name);
    let touched = |table: &Table| {
        !table.foreign_keys.is_empty()
            && (is_rebuilt(&table.name)
                || table
                    .foreign_keys
                    .iter()
                    .any(|key| is_rebuilt(&key.ref_table.name)))
    };
    let sound = |table: &Table, tables: &BTreeMap<&str, &Table>| {
        table.foreign_keys.iter().all(|key| {
            let parent = tables.get(key.ref_table.name.as_str());
            parent.is_none_or(|parent| is_key(parent, &key.ref_columns))
        })
    };
    before
        .iter()
        .filter(|(name, _)| stays(name))
        .filter_map(|(name, old)| after.get(name).map(|new| (name, old, new)))
        .filter(|(_, old, new)| touched(old) || touched(new))
        .filter(|(_, old, new)| sound(old, &before) && sound(new, &after))
        .map(|(name, ..)| (*name).to_owned())
        .collect()
}

/// Can these columns be referenced: are they a primary key or unique, whatever their order?
fn is_key(table: &Table, columns: &[String]) -> bool {
    let primary = table.primary_key.iter().map(|key| &key.parts);
    let uniques = table.uniques.iter().map(|unique| &unique.parts);
    let indexes = table
        .indexes
        .iter()
        .filter(|index| index.unique && index.predicate.is_none())
        .map(|index| &index.parts);
    primary.chain(uniques).chain(indexes).any(|parts| {
        parts.len() == columns.len()
            && parts.iter().all(|part| {
                part.attrs.is_empty()
                    && matches!(&part.on, PartExpr::Column(name) if columns.contains(name))
            })
    })
}
