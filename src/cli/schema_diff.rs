//! `schema diff`: the SQL that leads from one schema to another. Databases are only read.

use anyhow::Result;

use super::args::SchemaDiffArgs;
use super::compare::with_dev;
use super::inspect::INDENT;
use super::io::Io;
use super::planner::{Pair, Planner};
use super::scope;
use super::state::{Loaded, State, sources, url_of};
use super::{ExitStatus, io, setup};
use crate::config::{Env, Format};
use crate::dialect::Dialect;
use crate::diff::likely_renames;
use crate::engine::DevDatabase;
use crate::plan::Plan;
use crate::problem::Problem;
use crate::report::{self, SchemaDiff, Verdict, json};
use crate::schema::Realm;
use crate::schema::change::Change;

/// What Atlas prints, and what scripts look for.
const SYNCED: &str = "Schemas are synced, no changes to be made.\n";

/// What a proof on a copy does not tell.
const PARTIAL: &str = "this was proven on a copy of `--from` without its views, routines, triggers and whatever else trueup \
                       has no model for: what depends on them may still be refused";

/// Compares, plans, and proves where there is a dev database.
///
/// # Errors
/// When a state can't be loaded, or the plan is wrong; in JSON, errors are part of the output.
pub(super) async fn run(args: SchemaDiffArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let env = setup::env(&args.config.request(args.scope.flags()))?;
    let format = match &args.format {
        Some(text) => Format::parse(text).map_err(Problem::from)?,
        None => env.format.schema_diff.clone(),
    };
    match format {
        Format::Mermaid => Err(Problem::from(report::BodyError::Mermaid).into()),
        Format::Json => {
            let compared = compare(&args, &env, &Format::SqlIndent(INDENT.to_owned()), io).await;
            match compared {
                Ok(found) => print_json(&found, &args, io),
                Err(error) => Err(io.fail_as_json(error)?),
            }
        }
        Format::Default => {
            let format = Format::SqlIndent(INDENT.to_owned());
            print(&compare(&args, &env, &format, io).await?, &args, io)
        }
        Format::SqlIndent(_) | Format::Template(_) => {
            print(&compare(&args, &env, &format, io).await?, &args, io)
        }
    }
}

/// What the shell is told of an answer.
fn status(found: &SchemaDiff, args: &SchemaDiffArgs) -> ExitStatus {
    match found.verdict {
        Verdict::Unknown => ExitStatus::Failure,
        Verdict::Drifted if args.exit_code => ExitStatus::Drift,
        Verdict::Drifted | Verdict::Synced => ExitStatus::Success,
    }
}

fn print(found: &SchemaDiff, args: &SchemaDiffArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    found.warnings.iter().for_each(|warning| io.warn(warning));
    for rename in &found.renames {
        io.warn(&report::likely_rename(rename));
    }
    match found.verdict {
        Verdict::Unknown => return Err(found.undecided().into()),
        Verdict::Synced => io.print(SYNCED)?,
        Verdict::Drifted => io.print(&found.sql)?,
    }
    Ok(status(found, args))
}

fn print_json(found: &SchemaDiff, args: &SchemaDiffArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let error = (found.verdict == Verdict::Unknown).then(|| found.undecided());
    let value = json::schema_diff(found, error.as_ref());
    io.print(&format!("{value:#}\n"))?;
    Ok(status(found, args))
}

async fn compare(
    args: &SchemaDiffArgs,
    env: &Env,
    format: &Format,
    io: &Io<'_>,
) -> Result<SchemaDiff> {
    let from = sources(env, "--from", &args.from, url_of, || {
        missing("`--from`", "`--from`, or `url` in the environment")
    })?;
    let to = sources(
        env,
        "--to",
        &args.to,
        |env| env.src.clone(),
        || missing("`--to`", "`--to`, or `src` in the environment"),
    )?;
    let timeout = args.scope.provider_timeout;
    let states = States {
        from: State::start(from, timeout)?,
        to: State::start(to, timeout)?,
    };
    let dev = match (states.from.dev(env)?, states.to.dev(env)?) {
        (None, None) if env.dev.is_some() => Some(setup::dev(env)?),
        (from, to) => from.or(to),
    };
    let dialect = states.dialect(dev.map(|(dialect, _)| dialect))?;
    let comparison = Comparison {
        env,
        dialect,
        format,
        shown: (states.from.shown(), states.to.shown()),
    };
    let read = async { tokio::try_join!(states.from.read(env), states.to.read(env)) };
    let (from, mut to) = io.cancel.race(read).await??;
    if let Some(to) = &mut to {
        dialect.forget_rows(&mut to.realm);
    }
    match dev {
        Some((_, url)) => {
            let work = async |dev: &mut dyn DevDatabase| comparison.on(dev, states, from, to).await;
            with_dev(dialect, url, &io.waiting(), work).await
        }
        None => comparison.without_dev(from.unwrap_or_default(), to.unwrap_or_default()),
    }
}

fn missing(flag: &str, hint: &str) -> Problem {
    Problem::new(format!("nothing is named to compare: {flag} is missing"))
        .hint(format!("give {hint}"))
}

/// Where the two states come from.
struct States {
    from: State,
    to: State,
}

impl States {
    /// Who speaks to all of it.
    fn dialect(&self, dev: Option<&'static dyn Dialect>) -> Result<&'static dyn Dialect> {
        let all = [
            ("`--from`", self.from.dialect()?),
            ("`--to`", self.to.dialect()?),
            ("the dev database", dev),
        ];
        let mut known = all
            .into_iter()
            .filter_map(|(what, dialect)| Some((what, dialect?)));
        let Some((first, dialect)) = known.next() else {
            return Err(Problem::new("no database is named").into());
        };
        match known.find(|(_, other)| other.profile().name != dialect.profile().name) {
            None => Ok(dialect),
            Some((second, other)) => Err(Problem::new(format!(
                "{first} is {}, and {second} is {}",
                dialect.profile().display,
                other.profile().display
            ))
            .hint("schemas are compared within one kind of database")
            .into()),
        }
    }
}

struct Comparison<'a> {
    env: &'a Env,
    dialect: &'static dyn Dialect,
    format: &'a Format,
    shown: (String, String),
}

impl Comparison<'_> {
    /// Loads what is not loaded on the dev database, plans, and proves the plan there.
    async fn on(
        &self,
        dev: &mut dyn DevDatabase,
        states: States,
        from: Option<Loaded>,
        to: Option<Loaded>,
    ) -> Result<SchemaDiff> {
        let to = match to {
            Some(to) => to,
            None => {
                let mut session = dev.session("desired").await.map_err(Problem::from)?;
                let to = states
                    .to
                    .build(self.env, self.dialect, &mut *session)
                    .await?;
                session.close().await.map_err(Problem::from)?;
                to
            }
        };
        let mut session = dev.session("current").await.map_err(Problem::from)?;
        let copied = from.is_some();
        let from = match from {
            Some(from) => from,
            None => {
                states
                    .from
                    .build(self.env, self.dialect, &mut *session)
                    .await?
            }
        };
        let planner = self.planner(&from, &to);
        let (mut found, pair, changes) = self.differences(&planner, from, to)?;
        if found.verdict == Verdict::Drifted {
            let written = planner.plan(&pair, changes)?;
            found.proven = true;
            if copied && let Err(error) = planner.copy(&mut *session, &pair.existing).await {
                found.proven = false;
                found.warnings.push(unproven(&error));
            }
            if found.proven {
                planner
                    .prove(&mut *session, &pair, &written, copied)
                    .await?;
                if copied && has_opaque(&pair.existing) {
                    found.warnings.push(PARTIAL.to_owned());
                }
            }
            found.take(written.plan, written.text);
        }
        session.close().await.map_err(Problem::from)?;
        Ok(found)
    }

    fn without_dev(&self, from: Loaded, to: Loaded) -> Result<SchemaDiff> {
        let planner = self.planner(&from, &to);
        let (mut found, pair, changes) = self.differences(&planner, from, to)?;
        if found.verdict == Verdict::Drifted {
            let written = planner.plan(&pair, changes)?;
            found.take(written.plan, written.text);
            found.warnings.push(
                "this was not run anywhere: give `--dev-url` to have it proven on a disposable database first".to_owned(),
            );
        }
        Ok(found)
    }

    fn planner(&self, from: &Loaded, to: &Loaded) -> Planner<'_> {
        Planner {
            env: self.env,
            dialect: self.dialect,
            scoped: from.scoped || to.scoped,
            qualifier: None,
            format: self.format,
            version: "",
            name: None,
            writes: false,
        }
    }

    fn differences(
        &self,
        planner: &Planner<'_>,
        from: Loaded,
        to: Loaded,
    ) -> Result<(SchemaDiff, Pair, Vec<Change>)> {
        let sql = [&from.sql, &to.sql].into_iter().flatten();
        let mut warnings: Vec<String> = sql.flat_map(|sql| sql.warnings.clone()).collect();
        let absent = to.unheeded(self.env);
        warnings.extend(
            from.unheeded(self.env)
                .into_iter()
                .filter(|one| absent.contains(one)),
        );
        let exclude = planner.exclude(&[&from.realm, &to.realm])?;
        let outside = [&from.outside[..], &to.outside].concat();
        warnings.extend(scope::idle(&exclude, &[&from.realm, &to.realm], &outside));
        let spoken = to.sql.as_ref().map(|sql| &sql.statements[..]);
        let pair = planner.pair(from.realm, to.realm, spoken)?;
        let models = to.sql.unwrap_or_default();
        let found = planner.diff(&pair.current, &pair.desired);
        planner.believe(&found.changes, &pair.desired, &models.models)?;
        let verdict = match (found.unknown.is_empty(), found.changes.is_empty()) {
            (false, _) => Verdict::Unknown,
            (true, true) => Verdict::Synced,
            (true, false) => Verdict::Drifted,
        };
        let (from_shown, to_shown) = self.shown.clone();
        let report = SchemaDiff {
            from: from_shown,
            to: to_shown,
            verdict,
            plan: Plan::default(),
            proven: false,
            sql: String::new(),
            changes: report::describe(
                &found.changes,
                &models.places(&found.changes),
                pair.qualified(),
            ),
            unmanaged: report::unmanaged(&found.unknown, &pair.desired, planner.scoped),
            renames: likely_renames(&found.changes),
            warnings,
        };
        Ok((report, pair, found.changes))
    }
}

fn has_opaque(realm: &Realm) -> bool {
    !realm.opaque.is_empty() || realm.schemas.iter().any(|schema| !schema.opaque.is_empty())
}

/// Why the first schema could not be built again where the plan was to be run.
fn unproven(error: &anyhow::Error) -> String {
    let problem = io::problem(error);
    let mut why = problem.message;
    for detail in problem
        .details
        .iter()
        .filter(|detail| detail.label == "statement")
    {
        why.push_str(&format!("\n  statement: {}", detail.text));
    }
    format!("this was not run anywhere, since `--from` can't be built on the dev database: {why}")
}
