//! What of a live database is not its migrations' doing, nor drift.
//!
//! | is overlooked | since |
//! |---|---|
//! | the list of a table's partitions by range or list | jobs add and drop them |
//! | tables and triggers of gh-ost and pt-online-schema-change, such as `_users_gho` beside `users` | a change is under way |
//! | databases of a server that migrations do not make | they are other applications' |

use super::attrs;
use crate::schema::Realm;

/// Ends of the names of tables that gh-ost and pt-online-schema-change work with.
const WORKING: &[&str] = &["gho", "ghc", "del", "new", "old"];

/// Makes the live state like the expected one in it, and tells where they differed.
pub(super) fn overlook(live: &mut Realm, expected: &Realm) -> Vec<String> {
    let mut seen = Vec::new();
    // Where there is one on each side, its name may be another one.
    if live.schemas.len() > 1 {
        live.schemas.retain(|schema| {
            let ours = expected.schema(&schema.name).is_some();
            if !ours {
                seen.push(format!("database {}", schema.name));
            }
            ours
        });
    }
    let one = expected.schemas.len() == 1 && live.schemas.len() == 1;
    for schema in &mut live.schemas {
        let expected = match one {
            true => expected.schemas.first(),
            false => expected.schema(&schema.name),
        };
        let under_way = |name: &str| {
            let inner = name.strip_prefix('_');
            let parts = inner.and_then(|inner| inner.rsplit_once('_'));
            parts.is_some_and(|(of, end)| {
                WORKING.contains(&end) && expected.is_some_and(|schema| schema.table(of).is_some())
            }) && expected.is_some_and(|schema| schema.table(name).is_none())
        };
        schema.tables.retain(|table| {
            let theirs = under_way(&table.name);
            if theirs {
                seen.push(format!("table {}", table.name));
            }
            !theirs
        });
        schema
            .texts
            .retain(|object| object.kind != "trigger" || !object.name.starts_with("pt_osc_"));
        for table in &mut schema.tables {
            let wanted = expected.and_then(|schema| schema.table(&table.name));
            let wanted = wanted.and_then(|table| table.attrs.get(attrs::PARTITION));
            let (Some(wanted), Some(found)) = (wanted, table.attrs.get(attrs::PARTITION)) else {
                continue;
            };
            if wanted != found && method(wanted) == method(found) && method(found).is_some() {
                seen.push(format!("partitions of {}", table.name));
                let wanted = wanted.to_owned();
                table.attrs.set(attrs::PARTITION, Some(wanted));
            }
        }
    }
    seen
}

/// How rows are divided, where the partitions are listed one by one: all before the list.
fn method(partitions: &str) -> Option<&str> {
    let list = partitions.find("(PARTITION ")?;
    Some(partitions[..list].trim_end())
}
