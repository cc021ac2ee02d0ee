//! What a migration does to tables in use, in one line and as JSON: only what shuts others out for as long as the
//! table is large, what rewrites a table, and what is lost.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::dialect::impact::{Blocks, Impact, Work};
use crate::pipeline::Effects;
use crate::schema::ObjectName;

/// Tables that are named; the rest is counted.
const NAMED: usize = 4;

/// One line; `None` where there is nothing to be said.
pub fn line(effects: &Effects) -> Option<String> {
    let name = |name: &ObjectName| match effects.qualified {
        true => format!("{}.{}", name.schema, name.name),
        false => name.name.clone(),
    };
    let mut groups: BTreeMap<(std::cmp::Reverse<Blocks>, std::cmp::Reverse<Work>), Vec<String>> =
        BTreeMap::new();
    for Impact { table, lock, work } in &effects.impacts {
        let Some(work) = work else { continue };
        if lock.blocks == Blocks::Nothing && *work != Work::Rewrite {
            continue;
        }
        let key = (std::cmp::Reverse(lock.blocks), std::cmp::Reverse(*work));
        groups.entry(key).or_default().push(name(table));
    }
    let mut said: Vec<String> = groups
        .iter()
        .map(|((blocks, work), tables)| {
            let (one, tables) = (tables.len() == 1, listed(tables));
            let what = match (work.0, one) {
                (Work::Rewrite, true) => "it is rewritten",
                (Work::Rewrite, false) => "they are rewritten",
                (Work::Index, true) => "an index is built",
                (Work::Index, false) => "indexes are built",
                (Work::Check, true) => "its rows are checked",
                (Work::Check, false) => "their rows are checked",
                (Work::Others, _) => "the rest of the file runs",
            };
            match blocks.0 {
                Blocks::Nothing => format!("rewrites {tables}"),
                Blocks::Writes => format!("blocks writes to {tables} while {what}"),
                Blocks::ReadsAndWrites => {
                    format!("blocks reads and writes of {tables} while {what}")
                }
            }
        })
        .collect();
    if !effects.lost.is_empty() {
        said.push(format!("loses {}", listed(&effects.lost)));
    }
    (!said.is_empty()).then(|| said.join("; "))
}

fn listed(names: &[String]) -> String {
    match names.len().saturating_sub(NAMED) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names[..NAMED].join(", ")),
    }
}

/// All of it.
pub fn json(effects: &Effects) -> Value {
    let locks = effects.impacts.iter().map(|impact| {
        json!({
            "Schema": impact.table.schema,
            "Table": impact.table.name,
            "Lock": impact.lock.name,
            "Blocks": match impact.lock.blocks {
                Blocks::Nothing => Value::Null,
                Blocks::Writes => json!("writes"),
                Blocks::ReadsAndWrites => json!("reads and writes"),
            },
            "Work": impact.work.map(|work| match work {
                Work::Others => "rest of the transaction",
                Work::Check => "check",
                Work::Index => "index",
                Work::Rewrite => "rewrite",
            }),
        })
    });
    json!({ "Locks": locks.collect::<Vec<Value>>(), "Loses": effects.lost })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::impact::Lock;

    #[test]
    fn only_what_takes_long_or_is_lost_is_said() {
        let impact = |table: &str, blocks, work| Impact {
            table: ObjectName::new("s", table),
            lock: Lock {
                rank: 0,
                blocks,
                name: "LOCK",
            },
            work,
        };
        let mut effects = Effects {
            impacts: vec![
                impact("quick", Blocks::ReadsAndWrites, None),
                impact("online", Blocks::Nothing, Some(Work::Index)),
            ],
            ..Effects::default()
        };
        assert_eq!(line(&effects), None);
        effects.impacts.extend([
            impact("orders", Blocks::Writes, Some(Work::Index)),
            impact("invoices", Blocks::ReadsAndWrites, Some(Work::Rewrite)),
            impact("lines", Blocks::ReadsAndWrites, Some(Work::Rewrite)),
            impact("logs", Blocks::Nothing, Some(Work::Rewrite)),
        ]);
        effects.lost = vec!["column users.age".to_owned()];
        let said = "blocks reads and writes of invoices, lines while they are rewritten; blocks writes to orders while an index \
                    is built; rewrites logs; loses column users.age";
        assert_eq!(line(&effects).as_deref(), Some(said));
        effects.impacts.clear();
        effects.lost = (0..6).map(|at| format!("table t{at}")).collect();
        let said = "loses table t0, table t1, table t2, table t3 and 2 more";
        assert_eq!(line(&effects).as_deref(), Some(said));
    }
}
