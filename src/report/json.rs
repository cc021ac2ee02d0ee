//! The report for programs. The shape is stable: fields may be added, none changes its meaning.
//!
//! ```json
//! {"format": 1, "verdict": "synced|drifted|unknown", "env": "local", "dir": "migrations", "migrations": 3,
//!  "fix": "trueup migrate diff --env local", "proven": true,
//!  "changes": [{"action": "create|modify|drop", "kind": "table", "schema": "public", "name": "users",
//!               "details": ["add column \"age\""], "risk": "loses_data|may_fail|null",
//!               "model": {"file": "db/models.py", "line": 12}}],
//!  "statements": [{"sql": "…", "comment": "…", "reverse": ["…"], "irreversible": null, "change": 0}],
//!  "tx_mode": "file|none", "sql": "…",
//!  "unmanaged": [{"kind": "view", "name": "public.v", "state": "only_in_models|only_in_migrations|differs",
//!                 "exclude": "public.v[type=view]"}],
//!  "left_to_migrations": [{"kind": "view", "names": ["public.v"]}],
//!  "renames": [{"kind": "column", "schema": "public", "table": "users", "from": "a", "to": "b"}],
//!  "warnings": ["…"], "error": null}
//! ```
//!
//! `proven` says that there is a plan, and that it ran on a server.
//!
//! `schema diff` has the same without `env`, `dir`, `migrations` and `fix`, and instead:
//!
//! ```json
//! {"from": "postgres://me:***@host/app", "to": "file://schema.sql", "proven": true,
//!  "unmanaged": [{"state": "only_in_from|only_in_to|differs", …}]}
//! ```
//!
//! The Action's report has `state`, the output of that name, and where a text held a secret, null in its place and the places
//! in `withheld`: `["sql", "statements[0].sql"]`.
//!
//! With `--all` it is `{"format": 1, "environments": [report, …]}`, each with its `env`.
//!
//! When the question could not be answered, `verdict` is `unknown` and `error` is `{"stage", "message", "details",
//! "hint"}`; if no comparison took place, the other fields are missing.

use serde_json::{Value, json};

use super::{Comparison, Presence, Report, TextChangeLine};
use crate::diff::LikelyRename;
use crate::pipeline::Verdict;
use crate::plan::{Plan, Step, TxMode};
use crate::problem::Problem;

/// A report, and why it is not the whole answer.
pub fn check(report: &Report, error: Option<&Problem>) -> Value {
    let found = &report.found;
    let fix = match found.verdict {
        Verdict::Drifted => report.fix.as_deref(),
        Verdict::Synced | Verdict::Unknown => None,
    };
    let head = json!({"env": report.env, "dir": report.dir, "migrations": report.files, "fix": fix, "proven": found.proven});
    comparison(head, found, json!(found.texts), error)
}

/// What `schema diff` found between two states as the user named them, and why it is not the whole answer.
pub fn schema_diff((from, to): (&str, &str), found: &Comparison, error: Option<&Problem>) -> Value {
    let unmanaged = |object: &TextChangeLine| {
        json!({
            "kind": object.kind,
            "name": object.name,
            "state": match object.state {
                Presence::OnlyInModels => "only_in_to",
                Presence::OnlyInMigrations => "only_in_from",
                Presence::Differs => "differs",
            },
            "exclude": object.exclude,
        })
    };
    let head = json!({"from": from, "to": to, "proven": found.proven});
    comparison(
        head,
        found,
        found.texts.iter().map(unmanaged).collect(),
        error,
    )
}

/// What was compared, and what all comparisons have.
fn comparison(head: Value, found: &Comparison, unmanaged: Value, error: Option<&Problem>) -> Value {
    let mut value = json!({"format": 1, "verdict": found.verdict});
    let rest = json!({
        "changes": found.changes,
        "statements": statements(&found.plan),
        "tx_mode": tx_mode(&found.plan),
        "sql": found.sql,
        "unmanaged": unmanaged,
        "left_to_migrations": found.left,
        "renames": renames(&found.renames),
        "warnings": found.warnings,
        "error": error.map(problem),
    });
    for fields in [head, rest] {
        if let (Value::Object(all), Value::Object(fields)) = (&mut value, fields) {
            all.extend(fields);
        }
    }
    value
}

pub(super) fn statements(plan: &Plan) -> Vec<Value> {
    let statement = |(step, undoing): (&Step, Vec<&str>)| {
        json!({
            "sql": step.sql,
            "comment": step.comment,
            "reverse": undoing,
            "irreversible": plan.reverse.irreversible.as_ref().and_then(|(change, why)| (*change == step.change).then_some(why)),
            "change": step.change,
        })
    };
    plan.steps
        .iter()
        .zip(plan.undoing())
        .map(statement)
        .collect()
}

pub(super) fn tx_mode(plan: &Plan) -> &'static str {
    match plan.tx_mode {
        TxMode::File => "file",
        TxMode::None => "none",
    }
}

pub(super) fn renames(renames: &[LikelyRename]) -> Vec<Value> {
    let rename = |rename: &LikelyRename| {
        json!({
            "kind": rename.kind,
            "schema": rename.table.schema,
            "table": rename.table.name,
            "from": rename.from,
            "to": rename.to,
        })
    };
    renames.iter().map(rename).collect()
}

/// An error instead of a report.
pub fn failed(error: &Problem) -> Value {
    json!({"format": 1, "verdict": Verdict::Unknown, "error": problem(error)})
}

/// An error: `{"stage", "message", "details": {label: text}, "hint"}`.
pub fn problem(problem: &Problem) -> Value {
    let details: serde_json::Map<String, Value> = problem
        .details
        .iter()
        .map(|detail| {
            let text = detail.full.as_ref().unwrap_or(&detail.text);
            (detail.label.to_owned(), json!(text))
        })
        .collect();
    json!({"stage": problem.stage, "message": problem.message, "details": details, "hint": problem.hint})
}
