//! `schema inspect` on the states of the golden cases: its SQL, run on an empty database, builds the same state.

use std::process::{Command, Stdio};

use super::bench::Bench;
use super::case::Case;
use super::{cases, cases_on, difference, judge, sqlite};

/// One of so many cases is enough on a server: the plan from nothing is judged for all of them elsewhere.
const SAMPLE: usize = 5;

/// What a run printed; its failure is an error.
fn inspect(url: &str) -> Result<(String, String), String> {
    let output = Command::new(env!("CARGO_BIN_EXE_trueup"))
        .args(["schema", "inspect", "--url", url])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    );
    match output.status.success() {
        true => Ok((out, err)),
        false => Err(err),
    }
}

fn round_trip(case: &Case, bench: &dyn Bench) -> Vec<String> {
    let (first, second) = (bench.create(), bench.create());
    let result = there_and_back(case, bench, &first, &second);
    bench.remove(&first);
    bench.remove(&second);
    result.err().into_iter().collect()
}

fn there_and_back(case: &Case, bench: &dyn Bench, first: &str, second: &str) -> Result<(), String> {
    let scoped = case.facts.scoped;
    bench.script(first, &case.after)?;
    let mut wanted = bench.inspect(first, scoped)?;
    case.dialect.forget_rows(&mut wanted);
    let (sql, warnings) = inspect(&bench.url(first, scoped))?;
    let rules = &case.dialect.profile().order.texts;
    let texts = wanted.texts().map(|(_, object)| object);
    let mut texts = texts.filter(|object| !rules.plans(object)).peekable();
    if texts.peek().is_some() {
        // Tables may need what is not printed, such as a function; but nothing is left out in silence.
        return match texts.find(|object| !warnings.contains(&object.name)) {
            None => Ok(()),
            Some(object) => Err(format!("{} is not named in: {warnings}", object.name)),
        };
    }
    if !warnings.is_empty() {
        return Err(format!("unasked words: {warnings}"));
    }
    bench
        .script(second, &sql)
        .map_err(|error| format!("{error}\nthe whole of it:\n{sql}"))?;
    let mut got = bench.inspect(second, scoped)?;
    // What a database says for new tables is the reader's own: each table is printed with its own.
    for (got, wanted) in got.schemas.iter_mut().zip(&wanted.schemas) {
        got.attrs.clone_from(&wanted.attrs);
    }
    if let Some(difference) = difference(case.dialect, &got, &wanted) {
        return Err(format!("built from {sql}, it differs: {difference}"));
    }
    let (again, _) = inspect(&bench.url(second, scoped))?;
    match again == sql {
        true => Ok(()),
        false => Err(format!("first:\n{sql}\nthen:\n{again}")),
    }
}

/// A sample of a dialect's cases on its server.
pub(crate) fn sample(dialect: &str, bench: &dyn Bench) {
    let cases = cases_on(dialect, bench.version());
    let cases: Vec<Case> = cases.into_iter().step_by(SAMPLE).collect();
    judge(&cases, |case| round_trip(case, bench));
}

#[test]
fn sqlite_states_are_printed_and_built_again() {
    let cases = cases(Some("sqlite"));
    judge(&cases, |case| round_trip(case, &sqlite::Files::new()));
}
