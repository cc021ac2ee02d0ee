//! The comparison behind `migrate diff` and `check`: both states on the dev database, and what leads from one to the
//! other.

use std::path::PathBuf;

use anyhow::Result;

use super::planner::{Pair, Planner};
use super::scope;
use super::trial::Trial;
use super::waiting::Waiting;
use crate::config::{DbUrl, Env, Format, Located, Origin, Source};
use crate::current::{self, Current};
use crate::desired::{self, Input, LoadError, Need, Pending, ProviderOptions};
use crate::dialect::{self, Dialect};
use crate::diff::likely_renames;
use crate::engine::{DevDatabase, InspectOptions, Outside, Session};
use crate::migration::Dir;
use crate::plan::Plan;
use crate::problem::Problem;
use crate::report::{self, Report, Verdict, mermaid};
use crate::schema::Realm;

/// What is compared, and how the answer is written.
pub(super) struct Job<'a> {
    pub(super) env: &'a Env,
    pub(super) dialect: &'static dyn Dialect,
    pub(super) dev: &'a DbUrl,
    pub(super) qualifier: Option<&'a str>,
    pub(super) format: &'a Format,
    /// Version of the migration to be written, where a template wants it.
    pub(super) version: &'a str,
    pub(super) name: Option<&'a str>,
    /// The command that writes what is missing.
    pub(super) fix: String,
}

/// Starts whatever gives the desired state, first of all: it is the slow part.
pub(super) fn start(env: &Env, timeout: std::time::Duration) -> Result<Pending> {
    Ok(desired::start(&env.src, &provider_options(timeout)).map_err(Problem::from)?)
}

/// How the user's own programs are run: here, and with the user's rights.
pub(super) fn provider_options(timeout: std::time::Duration) -> ProviderOptions {
    ProviderOptions {
        timeout,
        cwd: PathBuf::from("."),
        confinement: None,
        python: None,
    }
}

/// Opens a dev database, works with it until done or asked to stop, and closes it on every path.
pub(super) async fn with_dev<T>(
    dialect: &dyn Dialect,
    url: &DbUrl,
    waiting: &Waiting,
    work: impl AsyncFnOnce(&mut dyn DevDatabase) -> Result<T>,
) -> Result<T> {
    tracing::info!(%url, "opening the dev database");
    let opened = tokio::select! {
        opened = dialect.open_dev(url, waiting) => opened,
        interrupted = waiting.out_of_patience() => return Err(interrupted.into()),
    };
    waiting.over();
    let mut dev = match opened {
        Ok(dev) => dev,
        Err(error) => {
            // An engine that stopped because it was asked to has nothing else to say.
            waiting.cancel().check()?;
            return Err(Problem::from(error).into());
        }
    };
    let done = match waiting.cancel().race(work(&mut *dev)).await {
        Ok(done) => done,
        Err(interrupted) => Err(interrupted.into()),
    };
    tracing::debug!("closing the dev database");
    let closed = dev.close().await;
    match (done, closed) {
        (Ok(value), Ok(())) => Ok(value),
        (Ok(_), Err(error)) => Err(Problem::from(error).into()),
        (Err(error), Ok(())) => Err(error),
        (Err(error), Err(second)) => {
            tracing::warn!("the dev database could not be left as it was found: {second}");
            Err(error)
        }
    }
}

/// Both states, and the session that still holds the current one.
struct States {
    pair: Pair,
    desired: desired::Loaded,
    warnings: Vec<String>,
    session: Box<dyn Session>,
}

impl Job<'_> {
    /// Compares the directory with the desired state.
    ///
    /// # Errors
    /// When either state can't be built, no plan can be made, or its proof fails.
    pub(super) async fn run(
        &self,
        dir: &Dir,
        pending: Pending,
        waiting: &Waiting,
    ) -> Result<Report> {
        with_dev(self.dialect, self.dev, waiting, async |dev| {
            self.compare(dev, dir, pending).await
        })
        .await
    }

    async fn compare(
        &self,
        dev: &mut dyn DevDatabase,
        dir: &Dir,
        pending: Pending,
    ) -> Result<Report> {
        let planner = self.planner(dev.scoped());
        let mut states = self.load(dev, dir, pending, &planner).await?;
        let found = planner.diff(&states.pair.current, &states.pair.desired);
        let mut report = Report {
            env: self.env.name.clone(),
            dir: self.env.migration.dir.display().to_string(),
            files: dir.files().len(),
            verdict: Verdict::Synced,
            changes: report::describe(
                &found.changes,
                &states.desired.places(&found.changes),
                states.pair.qualified(),
            ),
            unmanaged: report::unmanaged(&found.unknown, &states.pair.desired, planner.scoped),
            renames: likely_renames(&found.changes),
            warnings: std::mem::take(&mut states.warnings),
            plan: Plan::default(),
            sql: String::new(),
            fix: Some(self.fix.clone()),
            diagram: None,
        };
        if !found.unknown.is_empty() {
            report.verdict = Verdict::Unknown;
        } else if !found.changes.is_empty() {
            planner.believe(&found.changes, &states.pair.desired, &states.desired.models)?;
            report.verdict = Verdict::Drifted;
            report.diagram = mermaid::changed_tables(&found.changes, &states.pair.desired);
            if !self.env.diff.concurrent_index.create {
                let wanted = states.desired.concurrent(&found.changes);
                report.warnings.extend(wanted.iter().map(|name| {
                    format!(
                        "the models build index \"{name}\" CONCURRENTLY, and the plan does not: to build it that \
                         way, set `create = true` in the block `concurrent_index` of the environment's block `diff`"
                    )
                }));
            }
            let written = planner.plan(&states.pair, found.changes)?;
            let trial = planner
                .try_on_rows(&mut *states.session, &states.pair, &written)
                .await?;
            if let Trial::WithoutRows(warning) = trial {
                states.session.close().await.map_err(Problem::from)?;
                states.session = dev.session("current").await.map_err(Problem::from)?;
                let options = Planner::inspect_options(self.env, planner.scoped);
                self.current(&mut *states.session, dir, &options).await?;
                planner
                    .prove(&mut *states.session, &states.pair, &written, false)
                    .await?;
                report.warnings.extend(warning);
            }
            report
                .warnings
                .extend(written.plan.warnings.iter().cloned());
            report.sql = written.text;
            report.plan = written.plan;
        }
        states.session.close().await.map_err(Problem::from)?;
        Ok(report)
    }

    /// Loads both states, side by side where the dev database can hold two.
    async fn load(
        &self,
        dev: &mut dyn DevDatabase,
        dir: &Dir,
        pending: Pending,
        planner: &Planner<'_>,
    ) -> Result<States> {
        let options = &Planner::inspect_options(self.env, planner.scoped);
        let (desired, current, session) = if pending.is_database() {
            let mut session = dev.session("current").await.map_err(Problem::from)?;
            let (desired, current) = tokio::try_join!(
                self.desired(pending, dir, None, options),
                self.current(&mut *session, dir, options),
            )?;
            (desired, current, session)
        } else if dev.concurrent() {
            let first = dev.session("desired").await.map_err(Problem::from)?;
            let mut session = dev.session("current").await.map_err(Problem::from)?;
            let (desired, current) = tokio::try_join!(
                self.desired(pending, dir, Some(first), options),
                self.current(&mut *session, dir, options),
            )?;
            (desired, current, session)
        } else {
            let first = dev.session("desired").await.map_err(Problem::from)?;
            let desired = self.desired(pending, dir, Some(first), options).await?;
            let mut session = dev.session("current").await.map_err(Problem::from)?;
            let current = self.current(&mut *session, dir, options).await?;
            (desired, current, session)
        };
        let (desired, loaded, beyond) = desired;
        let (current, more) = current;
        let spoken = loaded.as_ref().map(|loaded| &loaded.statements[..]);
        let nothing = desired.schemas.iter().all(|schema| {
            schema.tables.is_empty() && schema.enums.is_empty() && schema.opaque.is_empty()
        });
        let exclude = planner.exclude(&[&current.realm, &desired])?;
        let states = [("the models", beyond), ("the migrations", more)];
        let outside = scope::judge(self.env, planner.scoped, &current.realm, &exclude, &states)?;
        let beyond = states.map(|(_, found)| found).concat();
        let idle = scope::idle(&exclude, &[&current.realm, &desired], &beyond);
        let tools = match spoken {
            Some(_) => scope::tools(&current.realm, &desired),
            None => Vec::new(),
        };
        let pair = planner.pair(current.realm, desired, spoken)?;
        let mut loaded = loaded.unwrap_or_default();
        let mut states = States {
            pair,
            warnings: [current.warnings, std::mem::take(&mut loaded.warnings)].concat(),
            desired: loaded,
            session,
        };
        states.warnings.extend(outside);
        states.warnings.extend(idle);
        states.warnings.extend(tools);
        if nothing {
            let warning = "the desired state holds nothing that is compared: do `schemas` or the dev database's URL \
                           name other schemas than the models?";
            states.warnings.push(warning.to_owned());
        }
        if !planner.scoped {
            for name in &self.env.schemas {
                let Pair {
                    current, desired, ..
                } = &states.pair;
                if current.schema(name).is_none() && desired.schema(name).is_none() {
                    states.warnings.push(format!(
                        "schema `{name}` is in neither the models nor the migrations"
                    ));
                }
            }
        }
        Ok(states)
    }

    fn planner(&self, scoped: bool) -> Planner<'_> {
        Planner {
            env: self.env,
            dialect: self.dialect,
            scoped,
            qualifier: self.qualifier,
            format: self.format,
            version: self.version,
            name: self.name,
            writes: true,
        }
    }

    async fn current(
        &self,
        session: &mut dyn Session,
        dir: &Dir,
        options: &InspectOptions,
    ) -> Result<(Current, Vec<Outside>)> {
        let scan = &self.dialect.profile().scan;
        let current = current::replay(session, dir, scan, options).await;
        tracing::debug!("the directory is replayed");
        let current = current.map_err(Problem::from)?;
        let outside = session.outside(options).await.map_err(Problem::from)?;
        Ok((current, outside))
    }

    /// An error of the models' SQL, with what to do where it needs what only the migrations make.
    fn not_loaded(&self, error: LoadError, dir: &Dir) -> Problem {
        let profile = self.dialect.profile();
        let need = Need::of(&error.error, profile);
        let src = sources_after(&self.env.src, "file://pre.sql");
        let hint = need.and_then(|need| need.hint(dir, profile, &src));
        let problem = Problem::from(error);
        match hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    }

    /// The desired state: SQL run on the session, and what was run, or a database as it is.
    async fn desired(
        &self,
        pending: Pending,
        dir: &Dir,
        session: Option<Box<dyn Session>>,
        options: &InspectOptions,
    ) -> Result<(Realm, Option<desired::Loaded>, Vec<Outside>)> {
        let scan = &self.dialect.profile().scan;
        let (mut session, loaded) = match (pending.collect(self.dialect.profile()).await, session) {
            (Err(error), _) => return Err(Problem::from(error).into()),
            (Ok(Input::Database(url)), _) => (self.connect(&url).await?, None),
            (Ok(Input::Sql(sql)), Some(mut session)) => {
                let loaded = sql.load(&mut *session, scan).await;
                let loaded = loaded.map_err(|error| self.not_loaded(error, dir))?;
                (session, Some(loaded))
            }
            (Ok(Input::Sql(_)), None) => {
                return Err(Problem::from(desired::DesiredError::Mixed).into());
            }
        };
        let realm = session.inspect(options).await.map_err(Problem::from)?;
        let outside = session.outside(options).await.map_err(Problem::from)?;
        session.close().await.map_err(Problem::from)?;
        tracing::debug!("the desired state is loaded");
        Ok((realm, loaded, outside))
    }

    async fn connect(&self, url: &DbUrl) -> Result<Box<dyn Session>> {
        let dialect = dialect::for_url(url).map_err(Problem::from)?;
        let (ours, theirs) = (self.dialect.profile(), dialect.profile());
        if ours.name != theirs.name {
            let message = format!(
                "the dev database is {} and the desired state is {}",
                ours.display, theirs.display
            );
            return Err(Problem::new(message)
                .hint("both must be of one kind")
                .into());
        }
        Ok(dialect.connect(url).await.map_err(Problem::from)?)
    }
}

/// The sources of the desired state as they are written with another before them.
fn sources_after(sources: &[Located<Source>], first: &str) -> String {
    if sources
        .iter()
        .any(|source| matches!(source.origin, Origin::Flag(_)))
    {
        return format!("`--to {first}` before the other `--to`");
    }
    let written = |source: &Located<Source>| match &source.value {
        Source::External(program) => format!("data.external_schema.{}.url", program.name),
        Source::File(path) | Source::Dir(path) => format!("\"file://{}\"", path.display()),
        Source::Url(_) | Source::Env(_) => "…".to_owned(),
    };
    let sources: Vec<String> = sources.iter().map(written).collect();
    format!("`src = [\"{first}\", {}]`", sources.join(", "))
}
