//! Runs the golden cases of `tests/cases`: the plan is as expected, and on the engine itself it does what it says.
//!
//! A case is judged in full even after a first failure, and all failing cases are reported together.
//! `TRUEUP_CASE=part` runs only the cases whose name has that part; `TRUEUP_BLESS=1` rewrites what is expected.

#![allow(
    clippy::print_stdout,
    reason = "how many cases ran is worth a line with --nocapture"
)]

pub(crate) mod bench;
mod case;
mod impact;
mod mssql;
mod mssql_server;
pub(crate) mod mysql;
mod offline;
mod pairs;
pub(crate) mod postgres;
pub(crate) mod round_trip;
pub(crate) mod sqlite;
mod sqlite_offline;
pub(crate) mod sqlite_text;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use trueup::dialect::{self, Dialect};
use trueup::diff::{Comparable, Cut, Spoken};
use trueup::engine::exclude::Exclude;
use trueup::plan::{Plan, PlanOptions, Qualifier};
use trueup::schema::change::Change;
use trueup::schema::{ObjectName, Realm};
use trueup::sql::scan;

use bench::{Bench, Table};
use case::{Case, Version, recorded_on};
use offline::Offline;

fn blessing() -> bool {
    std::env::var_os("TRUEUP_BLESS").is_some()
}

/// What was found out about a case.
#[derive(Default)]
struct Finding {
    problems: Vec<String>,
    /// What could not be judged, and why.
    skipped: Vec<&'static str>,
}

impl From<Vec<String>> for Finding {
    fn from(problems: Vec<String>) -> Self {
        Self {
            problems,
            skipped: Vec::new(),
        }
    }
}

/// The cases of a dialect, or all.
fn cases(dialect: Option<&str>) -> Vec<Case> {
    let (cases, problems) = Case::all();
    assert!(
        problems.is_empty(),
        "malformed cases:\n  {}",
        problems.join("\n  ")
    );
    let part = std::env::var("TRUEUP_CASE").unwrap_or_default();
    cases
        .into_iter()
        .filter(|case| dialect.is_none_or(|name| case.dialect.profile().name == name))
        .filter(|case| case.name.contains(&part))
        .collect()
}

/// The cases of a dialect as they are on a server.
fn cases_on(dialect: &str, version: Version) -> Vec<Case> {
    let mut fit = Vec::new();
    for case in cases(Some(dialect)) {
        let name = case.name.clone();
        match case.on(version) {
            Ok(Some(case)) => fit.push(case),
            Ok(None) => println!("{name} is not for version {version:?}"),
            Err(problem) => panic!("malformed case: {problem}"),
        }
    }
    fit
}

/// Judges cases on a few threads and reports them together. No case is a failure, too: a part of a name may be mistyped.
fn judge<F: Into<Finding>>(cases: &[Case], judge: impl Fn(&Case) -> F + Sync) {
    if cases.is_empty() {
        let part = std::env::var("TRUEUP_CASE").unwrap_or_default();
        let (all, _) = Case::all();
        let elsewhere = all.iter().any(|case| {
            let test = format!("golden::{}", case.dialect.profile().name);
            case.name.contains(&part) && selected(&test)
        });
        assert!(
            elsewhere && !part.is_empty(),
            "no case is judged (TRUEUP_CASE={part:?})"
        );
        println!("no case here has {part:?} in its name");
        return;
    }
    let next = AtomicUsize::new(0);
    let found: Mutex<BTreeMap<&str, Finding>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let caught =
                        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| judge(case)));
                    let finding = match caught {
                        Ok(finding) => finding.into(),
                        Err(panic) => vec![panic_text(panic.as_ref())].into(),
                    };
                    let mut found = found.lock().expect("no thread panics with it");
                    found.insert(&case.name, finding);
                }
            });
        }
    });
    let found = found.into_inner().expect("no thread panics with it");
    let mut skipped: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut failed = 0;
    let mut report = String::new();
    for (name, finding) in &found {
        for what in &finding.skipped {
            skipped.entry(what).or_default().push(name);
        }
        if !finding.problems.is_empty() {
            failed += 1;
            report.push_str(&format!("\n== {name}\n"));
        }
        for problem in &finding.problems {
            report.push_str(&format!("-- {}\n", problem.trim_end()));
        }
    }
    println!("{} cases, {failed} failed", found.len());
    for (what, names) in skipped {
        println!(
            "not judged of {}: {what}: {}",
            names.len(),
            names.join(", ")
        );
    }
    assert!(
        failed == 0,
        "{failed} of {} cases failed:\n{report}",
        found.len()
    );
}

/// Whether this run was asked for a test.
fn selected(test: &str) -> bool {
    let mut filters = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with('-'))
        .peekable();
    filters.peek().is_none() || filters.any(|filter| test.contains(&filter))
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "panicked".to_owned())
}

/// A plan to what SQL describes, as `migrate diff` with two spaces of indent makes it.
fn plan_to(case: &Case, current: &Realm, desired: &Realm, sql: &str) -> Result<Plan, String> {
    if case.facts.whole {
        return plan(case, current, desired);
    }
    let script = scan(sql, &case.dialect.profile().scan).map_err(|error| error.to_string())?;
    let cut = Cut {
        exclude: &Exclude::default(),
        scoped: case.facts.scoped,
        spoken: Some(Spoken {
            statements: &script.statements,
            own: &case.facts.own,
            seeded: false,
        }),
    };
    let states = Comparable::cut(case.dialect, current.clone(), desired.clone(), &cut);
    planned(case, &states.map_err(|error| error.to_string())?)
}

/// A plan to a state of which everything counts, as `schema diff` between databases makes it.
fn plan(case: &Case, current: &Realm, desired: &Realm) -> Result<Plan, String> {
    let states = Comparable::whole(case.dialect, current.clone(), desired.clone());
    planned(case, &states)
}

fn planned(case: &Case, states: &Comparable) -> Result<Plan, String> {
    let options = PlanOptions {
        qualifier: if case.facts.scoped {
            Qualifier::None
        } else if case.facts.qualified {
            Qualifier::Schema
        } else {
            qualifier(case.dialect)
        },
        indent: Some("  ".to_owned()),
        ..PlanOptions::default()
    };
    states
        .plan(states.diff().changes, &options)
        .map_err(|error| format!("can't be planned: {error}"))
}

/// A dialect without schemas has nothing to qualify with, and where a schema is a database each state has its own.
fn qualifier(dialect: &dyn Dialect) -> Qualifier {
    if ["sqlite", "mysql", "mariadb"].contains(&dialect.profile().name) {
        Qualifier::None
    } else {
        Qualifier::Schema
    }
}

/// What keeps two realms from being the same, if anything does.
fn difference(dialect: &'static dyn Dialect, got: &Realm, wanted: &Realm) -> Option<String> {
    let found = Comparable::whole(dialect, got.clone(), wanted.clone()).diff();
    let mut lines: Vec<String> = found
        .texts
        .iter()
        .map(|unknown| format!("{unknown:?}"))
        .collect();
    for change in &found.changes {
        match change {
            Change::ModifyTable(table) => {
                let name = &table.to.name;
                lines.extend(
                    table
                        .changes
                        .iter()
                        .map(|change| format!("{name}: {change:?}")),
                );
            }
            change => lines.push(format!("{change:?}")),
        }
    }
    (!lines.is_empty()).then(|| format!("\n{}", lines.join("\n")))
}

/// Differing lines, with a little around them.
fn unlike(what: &str, wanted: &str, got: &str) -> Option<String> {
    (wanted != got).then(|| {
        let lines = similar::TextDiff::from_lines(wanted, got);
        format!(
            "{what} (- wanted, + got):\n{}",
            lines
                .unified_diff()
                .context_radius(2)
                .to_string()
                .trim_end()
        )
    })
}

/// The plan against `plan.sql`, on the server that made it.
fn compare_plan(
    case: &Case,
    plan: Result<&Plan, &String>,
    bench: Option<&dyn Bench>,
    problems: &mut Vec<String>,
) {
    let text = match (plan, &case.facts.refused) {
        (Ok(plan), None) => plan.to_file(),
        (Ok(_), Some(_)) => {
            return problems
                .push("was planned, though case.toml says that it is refused".to_owned());
        }
        (Err(error), Some(part)) if error.contains(part.as_str()) => return,
        (Err(error), _) => return problems.push(error.clone()),
    };
    if blessing() && bench.is_some_and(|bench| case.is_of(bench.version())) {
        return case.bless("plan.sql", &text);
    }
    let wanted = case.file("plan.sql").map(|wanted| match bench {
        Some(bench) => spelled(case, wanted, bench),
        None => wanted,
    });
    match wanted {
        Ok(wanted) => problems.extend(unlike("plan.sql differs", &wanted, &text)),
        Err(problem) => problems.push(problem),
    }
}

/// Where a case leaves the collation to the server, a plan names the server's own.
fn spelled(case: &Case, wanted: String, bench: &dyn Bench) -> String {
    match bench.default_collation() {
        Some((recorded, here))
            if !case.before.contains(recorded) && !case.after.contains(recorded) =>
        {
            wanted.replace(recorded, &here)
        }
        _ => wanted,
    }
}

/// Everything that is promised of a case, on the engine itself.
fn judge_live(case: &Case, bench: &dyn Bench) -> Finding {
    let mut problems = Vec::new();
    let live = Live::new(case, bench);
    if let Err(fatal) = live.judge(&mut problems) {
        problems.push(fatal);
    }
    Finding {
        problems,
        skipped: live.skipped.into_inner(),
    }
}

struct Live<'a> {
    case: &'a Case,
    bench: &'a dyn Bench,
    skipped: RefCell<Vec<&'static str>>,
}

/// A state as the engine has it.
struct State {
    realm: Realm,
    dump: String,
}

impl<'a> Live<'a> {
    fn new(case: &'a Case, bench: &'a dyn Bench) -> Self {
        Self {
            case,
            bench,
            skipped: RefCell::default(),
        }
    }
}

impl Live<'_> {
    fn skip(&self, what: &'static str) {
        self.skipped.borrow_mut().push(what);
    }

    fn judge(&self, problems: &mut Vec<String>) -> Result<(), String> {
        let (work, fresh) = (self.bench.create(), self.bench.create());
        let result = self.judge_in(&work, &fresh, problems);
        self.bench.remove(&work);
        self.bench.remove(&fresh);
        result
    }

    fn judge_in(&self, work: &str, fresh: &str, problems: &mut Vec<String>) -> Result<(), String> {
        let case = self.case;
        let empty = self.state(work, "empty")?;
        self.script(work, &case.before, "before.sql")?;
        let before = self.state(work, "before")?;
        self.script(fresh, &case.after, "after.sql")?;
        let after = self.state(fresh, "after")?;
        if recorded_on(case.dialect.profile().name) == Some(self.bench.version()) {
            self.record(&self.case.before, &before.realm, problems);
            self.record(&self.case.after, &after.realm, problems);
        }
        let result = match &case.result {
            None => None,
            Some(sql) => {
                let built = self.bench.create();
                let state = self
                    .script(&built, sql, "result.sql")
                    .and_then(|()| self.state(&built, "result"));
                self.bench.remove(&built);
                Some(state?)
            }
        };
        let result = result.as_ref().unwrap_or(&after);
        for (name, state) in [("before", &before), ("after", &after)] {
            let same = plan(case, &state.realm, &state.realm)?;
            if !same.steps.is_empty() {
                problems.push(format!("{name} → {name} is not empty:\n{}", same.to_file()));
            }
        }

        let forward = plan_to(case, &before.realm, &after.realm, &case.after);
        compare_plan(case, forward.as_ref(), Some(self.bench), problems);
        if let Ok(forward) = forward {
            self.script(work, &case.rows, "rows.sql")?;
            let rows = self
                .bench
                .rows(work, &tables(&before.realm, &after.realm))?;
            if self.run(work, &forward, "the plan", problems) {
                self.expect(work, result, "after the plan", problems)?;
                let again = plan_to(case, &result.realm, &after.realm, &case.after)?;
                if !again.steps.is_empty() {
                    problems.push(format!(
                        "planning the same models again is not empty:\n{}",
                        again.to_file()
                    ));
                }
                self.rows_kept(work, &before, &after, rows, problems)?;
                self.backward(work, &forward, &before, &after, problems)?;
            }
        }
        self.out_of_nothing(fresh, &empty, &before, &after, problems)
    }

    fn script(&self, db: &str, sql: &str, what: &str) -> Result<(), String> {
        self.bench
            .script(db, sql)
            .map_err(|error| format!("{what}: {error}"))
    }

    fn state(&self, db: &str, what: &str) -> Result<State, String> {
        let realm = self
            .bench
            .inspect(db, self.case.facts.scoped)
            .map_err(|error| format!("inspecting {what}: {error}"))?;
        // Nothing has no text to compare, and a dump is the slowest part of a case.
        let empty = realm
            .schemas
            .iter()
            .all(|schema| *schema == schema.header());
        let dump = if empty || self.case.facts.dumps_differ.is_some() {
            String::new()
        } else {
            self.bench.dump(db)
        };
        Ok(State { realm, dump })
    }

    /// The recorded inspection is the engine's today, so that the offline test plans from the truth.
    fn record(&self, sql: &str, realm: &Realm, problems: &mut Vec<String>) {
        let text = |realm| serde_json::to_string_pretty(realm).expect("a realm is plain data");
        let path = self.case.recording(sql);
        if blessing() {
            let dir = path.parent().expect("a folder");
            fs::create_dir_all(dir).expect("the folder of recordings is writable");
            return fs::write(path, text(realm) + "\n").expect("a recording is writable");
        }
        match self.case.recorded(sql) {
            Ok(recorded) if recorded == *realm => {}
            Ok(recorded) => {
                problems.extend(unlike(
                    &format!("{} is not what is inspected of\n{sql}\n", path.display()),
                    &text(&recorded),
                    &text(realm),
                ));
            }
            Err(problem) => problems.push(problem),
        }
    }

    /// Runs a plan in its mode; false when it failed.
    fn run(&self, db: &str, plan: &Plan, what: &str, problems: &mut Vec<String>) -> bool {
        let statements: Vec<&str> = plan.steps.iter().map(|step| step.sql.as_str()).collect();
        match self.bench.execute(db, &statements, plan.tx_mode) {
            Ok(()) => true,
            Err(error) => {
                problems.push(format!(
                    "{what} fails: {error}\nthe whole of it:\n{}",
                    plan.to_file()
                ));
                false
            }
        }
    }

    /// The database is in a state, by inspection and by the engine's own dump.
    fn expect(
        &self,
        db: &str,
        wanted: &State,
        when: &str,
        problems: &mut Vec<String>,
    ) -> Result<(), String> {
        let got = self.state(db, when)?;
        if let Some(difference) = difference(self.case.dialect, &got.realm, &wanted.realm) {
            problems.push(format!("{when}, inspection differs: {difference}"));
        }
        if self.case.facts.dumps_differ.is_none() && !wanted.dump.is_empty() {
            let what = format!("{when}, the engine's dump differs");
            problems.extend(unlike(&what, &wanted.dump, &got.dump));
        }
        let again = plan(self.case, &got.realm, &wanted.realm)?;
        if !again.steps.is_empty() {
            problems.push(format!(
                "{when}, planning again is not empty:\n{}",
                again.to_file()
            ));
        }
        Ok(())
    }

    fn rows_kept(
        &self,
        db: &str,
        before: &State,
        after: &State,
        mut wanted: BTreeMap<String, BTreeMap<String, Vec<String>>>,
        problems: &mut Vec<String>,
    ) -> Result<(), String> {
        let mut got = self.bench.rows(db, &tables(&before.realm, &after.realm))?;
        for (place, values) in &self.case.facts.values {
            let (table, column) = place
                .rsplit_once('.')
                .ok_or_else(|| format!("case.toml: `{place}` is no column"))?;
            let found = got
                .get_mut(table)
                .and_then(|columns| columns.remove(column));
            wanted
                .get_mut(table)
                .and_then(|columns| columns.remove(column));
            match found {
                Some(mut found) => {
                    found.sort();
                    if found != *values {
                        problems.push(format!(
                            "values of {place}: wanted {values:?}, got {found:?}"
                        ));
                    }
                }
                None => problems.push(format!("case.toml: no column {place} in both states")),
            }
        }
        if wanted != got {
            problems.push(format!("rows changed:\nwanted {wanted:#?}\ngot {got:#?}"));
        }
        for (table, number) in &self.case.facts.sequences {
            let found = self.bench.greatest_number(db, table);
            if found != Some(*number) {
                problems.push(format!(
                    "greatest number of {table}: wanted {number}, got {found:?}"
                ));
            }
        }
        Ok(())
    }

    /// The reverse statements lead back, unless the plan says that they can't.
    fn backward(
        &self,
        db: &str,
        forward: &Plan,
        before: &State,
        after: &State,
        problems: &mut Vec<String>,
    ) -> Result<(), String> {
        let warns = self.case.facts.warns.as_ref();
        let as_told = forward
            .warnings
            .iter()
            .all(|warning| warns.is_some_and(|part| warning.contains(part.as_str())));
        if !as_told || warns.is_some() == forward.warnings.is_empty() {
            problems.push(format!(
                "warns: case.toml says {warns:?}, the plan says {:?}",
                forward.warnings
            ));
        }
        let reasons = forward.reverse.irreversible.iter();
        let reasons: Vec<&str> = reasons.map(|(_, why)| why.as_str()).collect();
        match (&self.case.facts.irreversible, reasons.as_slice()) {
            (None, []) => {}
            (Some(part), reasons)
                if reasons.iter().any(|reason| reason.contains(part.as_str())) =>
            {
                self.skip("the reverse plan, which the plan says is none");
                return Ok(());
            }
            (wanted, reasons) => {
                problems.push(format!(
                    "irreversible: case.toml says {wanted:?}, the plan says {reasons:?}"
                ));
                return Ok(());
            }
        }
        if self.case.facts.reverse_without_rows.is_some() {
            let tables = after.realm.schemas.iter().flat_map(|schema| {
                schema
                    .tables
                    .iter()
                    .map(|table| ObjectName::new(&schema.name, &table.name))
            });
            self.bench.delete_rows(db, &tables.collect::<Vec<_>>())?;
        }
        let steps = forward.reverse.steps.iter();
        let statements: Vec<&str> = steps.map(|step| step.sql.as_str()).collect();
        let mode = forward.reverse.tx_mode;
        if let Err(error) = self.bench.execute(db, &statements, mode) {
            problems.push(format!(
                "the reverse fails: {error}\nthe whole of it:\n{};",
                statements.join(";\n")
            ));
            return Ok(());
        }
        self.expect(db, before, "after the reverse", problems)
    }

    /// Both states can also be built from nothing and taken down to nothing.
    fn out_of_nothing(
        &self,
        db: &str,
        empty: &State,
        before: &State,
        after: &State,
        problems: &mut Vec<String>,
    ) -> Result<(), String> {
        let mut current = after;
        for (name, wanted) in [
            ("nothing", empty),
            ("before", before),
            ("nothing", empty),
            ("after", after),
        ] {
            let rules = &self.case.dialect.profile().order.texts;
            let unplanned = |realm: &Realm| realm.texts().any(|(_, object)| !rules.plans(object));
            if unplanned(&current.realm) || unplanned(&wanted.realm) {
                self.skip(
                    "plans from and to nothing, which objects that are not planned have no part in",
                );
                return Ok(());
            }
            let what = format!("the plan to {name}");
            let step = match plan(self.case, &current.realm, &wanted.realm) {
                Ok(step) => step,
                Err(error) => {
                    problems.push(format!("{what}: {error}"));
                    return Ok(());
                }
            };
            if !self.run(db, &step, &what, problems) {
                return Ok(());
            }
            self.expect(db, wanted, &what, problems)?;
            current = wanted;
        }
        Ok(())
    }
}

/// Tables of both states with the columns that both have.
fn tables(before: &Realm, after: &Realm) -> Vec<Table> {
    let mut tables = Vec::new();
    for schema in &before.schemas {
        for table in &schema.tables {
            let name = ObjectName::new(&schema.name, &table.name);
            let Some(other) = after.table(&name) else {
                continue;
            };
            let columns = table
                .columns
                .iter()
                .filter(|column| other.columns.iter().any(|o| o.name == column.name));
            tables.push(Table {
                name,
                columns: columns.map(|column| column.name.clone()).collect(),
            });
        }
    }
    tables
}

/// The planner alone, from recorded inspections: no server, a second.
#[test]
fn offline() {
    if blessing() {
        return;
    }
    let cases: Vec<Case> = cases(None)
        .into_iter()
        .filter(|case| recorded_on(case.dialect.profile().name).is_some())
        .collect();
    judge(&cases, |case| {
        let mut problems = Vec::new();
        match (case.recorded(&case.before), case.recorded(&case.after)) {
            (Ok(before), Ok(after)) => {
                compare_plan(
                    case,
                    plan_to(case, &before, &after, &case.after).as_ref(),
                    None,
                    &mut problems,
                );
                for state in [&before, &after] {
                    problems.extend(difference(case.dialect, state, state));
                }
            }
            (Err(problem), _) | (_, Err(problem)) => problems.push(problem),
        }
        problems
    });
}

/// A state that no case has any more is recorded no longer.
#[test]
fn recordings_are_used() {
    let (cases, _) = Case::all();
    let states = cases.iter().flat_map(|case| {
        let sides = [&case.before, &case.after];
        sides.map(|sql| case.recording(sql))
    });
    let used: BTreeSet<PathBuf> = states.collect();
    let dialects = fs::read_dir(case::recordings()).expect("recordings");
    let unused: Vec<PathBuf> = dialects
        .flat_map(|dialect| fs::read_dir(dialect.expect("an entry").path()).expect("a folder"))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| !used.contains(path))
        .collect();
    if blessing() {
        for path in &unused {
            fs::remove_file(path).expect("a recording is writable");
        }
        return;
    }
    assert_eq!(unused, [] as [PathBuf; 0], "`make bless` removes them");
}

/// A test for each dialect, and the list of them.
macro_rules! judged {
    ($($dialect:ident: $judge:expr;)+) => {
        $(
            #[test]
            fn $dialect() {
                $judge
            }
        )+

        const JUDGED: &[&str] = &[$(stringify!($dialect)),+];
    };
}

judged! {
    sqlite: {
        judge(&cases(Some("sqlite")), |case| judge_live(case, &sqlite::Files::new()));
        pairs::few("sqlite", &sqlite::Files::new());
    };
    postgres: judge_on("postgres", &postgres::Server::given_or_own());
    mysql: judge_on("mysql", &mysql::Databases::given_or_own(false));
    mariadb: judge_on("mariadb", &mysql::Databases::given_or_own(true));
    mssql: match mssql_server::Server::given() {
        Some(server) => judge(&cases_on("mssql", server.version()), |case| judge_live(case, &server)),
        None => {
            judge(&cases(Some("mssql")), |case| judge_live(case, &Offline::mssql()));
            pairs::few("mssql", &Offline::mssql());
        }
    };
}

fn judge_on(dialect: &str, bench: &dyn Bench) {
    judge(&cases_on(dialect, bench.version()), |case| {
        judge_live(case, bench)
    });
    pairs::few(dialect, bench);
}

/// The states of SQL Server's cases over its protocol: what is read from a catalogue, which the tests' own server fills, is what
/// was made.
#[test]
fn mssql_over_tds() {
    let fake = crate::tds::Fake::start(&[]);
    let server = mssql_server::Server::at(&fake.url("")).expect("a server");
    let offline = Offline::mssql();
    let mut all = cases(Some("mssql"));
    // It has no rows for types that are tables.
    all.retain(|case| !case.after.contains(" AS TABLE ("));
    judge(&all, |case| {
        let read = |bench: &dyn Bench, sql: &str| {
            let db = bench.create();
            let read = bench
                .script(&db, sql)
                .and_then(|()| bench.inspect(&db, case.facts.scoped));
            bench.remove(&db);
            read
        };
        let mut problems = Vec::new();
        for sql in [&case.before, &case.after] {
            let (made, found) = (read(&offline, sql), read(&server, sql));
            if made != found {
                problems.push(format!("{sql}\nmade {made:#?}\nread {found:#?}"));
            }
        }
        problems
    });
}

/// Every dialect has cases, and each of its cases is run: a new dialect adds a line above.
#[test]
fn every_dialect_is_run() {
    let (all, _) = Case::all();
    for dialect in dialect::ALL {
        let name = dialect.profile().name;
        assert!(JUDGED.contains(&name), "no test runs the cases of {name}");
        assert!(
            all.iter().any(|case| case.dialect.profile().name == name),
            "{name} has no cases"
        );
    }
}
