//! What a plan locks and rewrites is predicted as the servers do it: PostgreSQL tells its locks and the files behind its
//! tables, MySQL and MariaDB refuse an `ALGORITHM` and a `LOCK` that they can't keep to, SQLite tells where a table begins.

use std::collections::{BTreeMap, BTreeSet};

use trueup::dialect::impact::{Impact, Surroundings, Work, combined};
use trueup::plan::{Plan, TxMode};
use trueup::schema::Realm;
use trueup::sql::Statement;

use super::bench::Bench;
use super::case::Case;
use super::{cases, cases_on, judge, mysql, plan_to, postgres, sqlite};

/// What a server was seen to do with tables, by `schema.name`.
pub(super) struct Seen {
    /// Those of which it tells.
    pub(super) tables: BTreeSet<String>,
    /// Their locks in the manual's words. `None` where it can't tell.
    pub(super) locks: Option<BTreeMap<String, String>>,
    pub(super) rewritten: BTreeSet<String>,
}

/// Compares what is predicted for a case's plan with what `measure` sees.
fn compare(
    case: &Case,
    bench: &dyn Bench,
    measure: impl Fn(&str, &Plan) -> Result<Seen, String>,
) -> Vec<String> {
    let (work, fresh) = (bench.create(), bench.create());
    let found = (|| {
        bench.script(&work, &case.before)?;
        let before = bench.inspect(&work, case.facts.scoped)?;
        bench.script(&fresh, &case.after)?;
        let after = bench.inspect(&fresh, case.facts.scoped)?;
        let Ok(plan) = plan_to(case, &before, &after, &case.after) else {
            return Ok(Vec::new());
        };
        bench.script(&work, &case.rows)?;
        let seen = measure(&work, &plan)?;
        Ok(differences(&predicted(case, &plan, &before, &after), seen))
    })();
    bench.remove(&work);
    bench.remove(&fresh);
    found.unwrap_or_else(|error: String| vec![error])
}

fn predicted(case: &Case, plan: &Plan, before: &Realm, after: &Realm) -> Vec<Impact> {
    let statements: Vec<Statement> = plan
        .steps
        .iter()
        .map(|step| Statement::whole(&step.sql))
        .collect();
    let around = Surroundings {
        current: before,
        desired: after,
        statements: &statements,
    };
    let changes = plan.changes.iter();
    let all = changes.flat_map(|change| case.dialect.impact(change, &around));
    combined(all.collect(), true)
}

fn differences(predicted: &[Impact], seen: Seen) -> Vec<String> {
    let name = |impact: &Impact| format!("{}.{}", impact.table.schema, impact.table.name);
    let known = |impact: &&Impact| seen.tables.contains(&name(impact));
    let mut problems = Vec::new();
    if let Some(locks) = seen.locks {
        let said = predicted.iter().filter(known);
        let said: BTreeMap<String, String> = said
            .map(|impact| (name(impact), impact.lock.name.to_owned()))
            .collect();
        if said != locks {
            problems.push(format!("locks: predicted {said:?}\n   seen {locks:?}"));
        }
    }
    let said = predicted.iter().filter(known);
    let said = said.filter(|impact| impact.work == Some(Work::Rewrite));
    let said: BTreeSet<String> = said.map(name).collect();
    if said != seen.rewritten {
        problems.push(format!(
            "rewritten: predicted {said:?}, seen {:?}",
            seen.rewritten
        ));
    }
    problems
}

#[test]
fn on_postgres() {
    let server = postgres::Server::given_or_own();
    judge(&cases_on("postgres", server.version()), |case| {
        compare(case, &server, |db, plan| {
            let statements: Vec<&str> = plan.steps.iter().map(|step| step.sql.as_str()).collect();
            let whole = plan.tx_mode == TxMode::File;
            server.watched(db, &statements, whole)
        })
    });
}

fn my(mariadb: bool) {
    let databases = mysql::Databases::given_or_own(mariadb);
    let name = if mariadb { "mariadb" } else { "mysql" };
    judge(&cases_on(name, databases.version()), |case| {
        compare(case, &databases, |db, plan| {
            let statements = plan.steps.iter().map(|step| step.sql.as_str());
            databases.watched(db, statements)
        })
    });
}

#[test]
fn on_mysql() {
    my(false);
}

#[test]
fn on_mariadb() {
    my(true);
}

#[test]
fn on_sqlite() {
    let files = sqlite::Files::new();
    judge(&cases(Some("sqlite")), |case| {
        compare(case, &files, |db, plan| {
            let statements: Vec<&str> = plan.steps.iter().map(|step| step.sql.as_str()).collect();
            let before = files.roots(db)?;
            files.execute(db, &statements, plan.tx_mode)?;
            let after = files.roots(db)?;
            let mut rewritten: BTreeSet<String> = before
                .iter()
                .filter(|(table, root)| after.get(*table).is_some_and(|now| now != *root))
                .map(|(table, _)| format!("main.{table}"))
                .collect();
            // The rows are rewritten where they are, which leaves no trace.
            let dropped = |sql: &str| {
                let rest = sql.strip_prefix("ALTER TABLE `")?;
                let (table, rest) = rest.split_once('`')?;
                rest.starts_with(" DROP COLUMN")
                    .then(|| format!("main.{table}"))
            };
            rewritten.extend(statements.iter().filter_map(|sql| dropped(sql)));
            Ok(Seen {
                tables: after.keys().map(|table| format!("main.{table}")).collect(),
                locks: None,
                rewritten,
            })
        })
    });
}
