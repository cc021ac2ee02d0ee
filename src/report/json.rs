//! The report for programs. The shape is stable: fields may be added, none changes its meaning.
//!
//! ```json
//! {"format": 1, "verdict": "synced|drifted|unknown", "env": "local", "dir": "migrations", "migrations": 3,
//!  "changes": [{"action": "create|modify|drop", "kind": "table", "schema": "public", "name": "users",
//!               "details": ["add column \"age\""], "risk": "loses_data|may_fail|null",
//!               "model": {"file": "db/models.py", "line": 12}}],
//!  "statements": [{"sql": "…", "comment": "…", "reverse": ["…"], "irreversible": null, "change": 0}],
//!  "tx_mode": "file|none", "sql": "…", "fix": "trueup migrate diff --env local",
//!  "unmanaged": [{"kind": "view", "name": "public.v", "state": "only_in_models|only_in_migrations|differs",
//!                 "exclude": "public.v[type=view]"}],
//!  "renames": [{"kind": "column", "schema": "public", "table": "users", "from": "a", "to": "b"}],
//!  "warnings": ["…"], "error": null}
//! ```
//!
//! When the question could not be answered, `verdict` is `unknown` and `error` is `{"stage", "message", "details",
//! "hint"}`; if no comparison took place, the other fields are missing.

use serde_json::{Value, json};

use super::{Problem, Report, Verdict};
use crate::plan::{Step, TxMode};

/// A report, and why it is not the whole answer.
pub fn check(report: &Report, error: Option<&Problem>) -> Value {
    let statement = |step: &Step| {
        json!({
            "sql": step.sql,
            "comment": step.comment,
            "reverse": step.reverse,
            "irreversible": step.irreversible,
            "change": step.change,
        })
    };
    let statements: Vec<Value> = report.plan.steps.iter().map(statement).collect();
    let renames: Vec<Value> = report
        .renames
        .iter()
        .map(|rename| {
            json!({
                "kind": rename.kind,
                "schema": rename.table.schema,
                "table": rename.table.name,
                "from": rename.from,
                "to": rename.to,
            })
        })
        .collect();
    json!({
        "format": 1,
        "verdict": report.verdict,
        "env": report.env,
        "dir": report.dir,
        "migrations": report.files,
        "changes": report.changes,
        "statements": statements,
        "tx_mode": match report.plan.tx_mode { TxMode::File => "file", TxMode::None => "none" },
        "sql": report.sql,
        "fix": if report.verdict == Verdict::Drifted { json!(report.fix) } else { Value::Null },
        "unmanaged": report.unmanaged,
        "renames": renames,
        "warnings": report.warnings,
        "error": error.map(Problem::to_json),
    })
}

/// An error instead of a report.
pub fn failed(error: &Problem) -> Value {
    json!({"format": 1, "verdict": Verdict::Unknown, "error": error.to_json()})
}
