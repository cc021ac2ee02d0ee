//! Whether a file's statements can share a transaction.

use crate::plan::{Step, TxMode};

use super::expr;

/// How a file with these steps must be run.
///
/// Indexes can't be built concurrently in a transaction, and a value that was added to an enumerated type can't be used
/// in the transaction that added it.
pub(super) fn mode(steps: &[Step]) -> TxMode {
    let added: Vec<String> = steps
        .iter()
        .filter_map(|step| added_value(&step.sql))
        .collect();
    let needs_none = steps
        .iter()
        .any(|step| is_concurrent(&step.sql) || uses(&step.sql, &added));
    if needs_none {
        TxMode::None
    } else {
        TxMode::File
    }
}

fn is_concurrent(sql: &str) -> bool {
    [
        "CREATE INDEX CONCURRENTLY ",
        "CREATE UNIQUE INDEX CONCURRENTLY ",
        "DROP INDEX CONCURRENTLY ",
    ]
    .iter()
    .any(|start| sql.starts_with(start))
}

/// The value that an `ALTER TYPE … ADD VALUE` adds.
fn added_value(sql: &str) -> Option<String> {
    let is_addition = sql.starts_with("ALTER TYPE ") && sql.contains("\" ADD VALUE ");
    is_addition
        .then(|| expr::constants(sql).into_iter().next())
        .flatten()
}

/// A statement that has one of these values as a constant, or inside one that is an array.
fn uses(sql: &str, added: &[String]) -> bool {
    if added.is_empty() || added_value(sql).is_some() || sql.starts_with("COMMENT ON ") {
        return false;
    }
    expr::constants(sql).iter().any(|constant| {
        added.iter().any(|value| {
            constant == value || (constant.starts_with('{') && constant.contains(value))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode_of(statements: &[&str]) -> TxMode {
        let steps: Vec<Step> = statements
            .iter()
            .map(|sql| Step::neutral(*sql, ""))
            .collect();
        mode(&steps)
    }

    #[test]
    fn concurrent_indexes_need_no_transaction() {
        assert_eq!(
            mode_of(&["CREATE INDEX \"i\" ON \"t\" (\"a\")"]),
            TxMode::File
        );
        assert_eq!(
            mode_of(&["CREATE UNIQUE INDEX CONCURRENTLY \"i\" ON \"t\" (\"a\")"]),
            TxMode::None
        );
        assert_eq!(mode_of(&["DROP INDEX CONCURRENTLY \"i\""]), TxMode::None);
    }

    #[test]
    fn a_new_enum_value_can_be_used_only_after_a_commit() {
        let add = "ALTER TYPE \"public\".\"e\" ADD VALUE 'new' AFTER 'old'";
        assert_eq!(mode_of(&[add]), TxMode::File);
        assert_eq!(
            mode_of(&[add, "ALTER TYPE \"public\".\"e\" ADD VALUE 'b' AFTER 'new'"]),
            TxMode::File
        );
        assert_eq!(
            mode_of(&[
                add,
                "ALTER TABLE \"t\" ALTER COLUMN \"c\" SET DEFAULT 'old'"
            ]),
            TxMode::File
        );
        assert_eq!(
            mode_of(&[
                add,
                "ALTER TABLE \"t\" ALTER COLUMN \"c\" SET DEFAULT 'new'"
            ]),
            TxMode::None
        );
        assert_eq!(
            mode_of(&[
                add,
                "ALTER TABLE \"t\" ALTER COLUMN \"c\" SET DEFAULT '{new}'"
            ]),
            TxMode::None
        );
        assert_eq!(
            mode_of(&[add, "COMMENT ON TABLE \"t\" IS 'new'"]),
            TxMode::File
        );
    }
}
