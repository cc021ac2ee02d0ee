//! The comparison behind `migrate diff` and `check`: both states on the dev database, the plan, and its proof.

use std::path::PathBuf;

use anyhow::Result;

use super::signal::{Cancel, Interrupted};
use crate::config::{DbUrl, Env, Format};
use crate::current::{self, Current};
use crate::desired::{self, Input, Pending, ProviderOptions};
use crate::dialect::{self, Dialect};
use crate::diff::{Diff, diff, likely_renames, skip};
use crate::engine::exclude::Exclude;
use crate::engine::script::{self, Script};
use crate::engine::{DevDatabase, InspectOptions, Session};
use crate::migration::Dir;
use crate::plan::{Plan, PlanOptions, Qualifier};
use crate::report::{self, Problem, Report, Style, Verdict};
use crate::schema::{Opaque, Realm};
use crate::sql::{ScanError, SourcePosition, scan};

/// How long opening a dev database may go on after somebody asked to stop: dropped half way, it could leave things behind.
const OPENING: std::time::Duration = std::time::Duration::from_secs(3);

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
    let options = ProviderOptions {
        timeout,
        cwd: PathBuf::from("."),
    };
    Ok(desired::start(&env.src, &options).map_err(Problem::from)?)
}

/// Opens a dev database, works with it until done or asked to stop, and closes it on every path.
pub(super) async fn with_dev<T>(
    dialect: &dyn Dialect,
    url: &DbUrl,
    cancel: &Cancel,
    work: impl AsyncFnOnce(&mut dyn DevDatabase) -> Result<T>,
) -> Result<T> {
    tracing::info!(%url, "opening the dev database");
    let opened = tokio::select! {
        opened = dialect.open_dev(url) => opened,
        Interrupted(number) = async {
            let interrupted = cancel.requested().await;
            tokio::time::sleep(OPENING).await;
            interrupted
        } => return Err(Interrupted(number).into()),
    };
    let mut dev = opened.map_err(Problem::from)?;
    let done = match cancel.race(work(&mut *dev)).await {
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
    current: Realm,
    /// The current state before anything was excluded from it.
    existing: Realm,
    desired: Realm,
    positions: Vec<SourcePosition>,
    warnings: Vec<String>,
    session: Box<dyn Session>,
}

impl Job<'_> {
    /// Compares the directory with the desired state.
    ///
    /// # Errors
    /// When either state can't be built, no plan can be made, or its proof fails.
    pub(super) async fn run(&self, dir: &Dir, pending: Pending, cancel: &Cancel) -> Result<Report> {
        with_dev(self.dialect, self.dev, cancel, async |dev| {
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
        let scoped = dev.scoped();
        let mut states = self.load(dev, dir, pending).await?;
        let found = self.diff(&states.current, &states.desired);
        let mut report = Report {
            env: self.env.name.clone(),
            dir: self.env.migration.dir.display().to_string(),
            files: dir.files().len(),
            verdict: Verdict::Synced,
            changes: report::describe(&found.changes, &states.positions),
            unmanaged: report::unmanaged(&found.unknown, scoped),
            renames: likely_renames(&found.changes),
            warnings: std::mem::take(&mut states.warnings),
            plan: Plan::default(),
            sql: String::new(),
            fix: self.fix.clone(),
        };
        if !found.unknown.is_empty() {
            report.verdict = Verdict::Unknown;
        } else if !found.changes.is_empty() {
            report.verdict = Verdict::Drifted;
            self.plan(&mut states, found, scoped, &mut report).await?;
        }
        states.session.close().await.map_err(Problem::from)?;
        Ok(report)
    }

    /// Loads both states, side by side where the dev database can hold two.
    async fn load(&self, dev: &mut dyn DevDatabase, dir: &Dir, pending: Pending) -> Result<States> {
        let scoped = dev.scoped();
        let options = &self.inspect_options(scoped);
        let (desired, current, session) = if pending.is_database() {
            let mut session = dev.session("current").await.map_err(Problem::from)?;
            let (desired, current) = tokio::try_join!(
                self.desired(pending, None, options),
                self.current(&mut *session, dir, options),
            )?;
            (desired, current, session)
        } else if dev.concurrent() {
            let first = dev.session("desired").await.map_err(Problem::from)?;
            let mut session = dev.session("current").await.map_err(Problem::from)?;
            let (desired, current) = tokio::try_join!(
                self.desired(pending, Some(first), options),
                self.current(&mut *session, dir, options),
            )?;
            (desired, current, session)
        } else {
            let first = dev.session("desired").await.map_err(Problem::from)?;
            let desired = self.desired(pending, Some(first), options).await?;
            let mut session = dev.session("current").await.map_err(Problem::from)?;
            let current = self.current(&mut *session, dir, options).await?;
            (desired, current, session)
        };
        let (desired, loaded) = desired;
        let nothing = desired.schemas.iter().all(|schema| {
            schema.tables.is_empty() && schema.enums.is_empty() && schema.opaque.is_empty()
        });
        let mut states = States {
            existing: current.realm.clone(),
            current: current.realm,
            desired,
            positions: loaded.positions,
            warnings: current.warnings,
            session,
        };
        states.warnings.extend(loaded.warnings);
        if nothing {
            let warning = "the desired state holds nothing that is compared: do `schemas` or the dev database's URL \
                           name other schemas than the models?";
            states.warnings.push(warning.to_owned());
        }
        self.settle(&mut states, scoped)?;
        Ok(states)
    }

    /// What is inspected: also what is excluded, which a plan must not lose. A scoped connection sees its one schema,
    /// whatever the environment calls it.
    fn inspect_options(&self, scoped: bool) -> InspectOptions {
        let schemas = match scoped {
            true => Vec::new(),
            false => self.env.schemas.clone(),
        };
        InspectOptions {
            schemas,
            exclude: Vec::new(),
        }
    }

    async fn current(
        &self,
        session: &mut dyn Session,
        dir: &Dir,
        options: &InspectOptions,
    ) -> Result<Current> {
        let scan = &self.dialect.profile().scan;
        let current = current::replay(session, dir, scan, options).await;
        tracing::debug!("the directory is replayed");
        Ok(current.map_err(Problem::from)?)
    }

    /// The desired state: SQL run on the session, or a database as it is.
    async fn desired(
        &self,
        pending: Pending,
        session: Option<Box<dyn Session>>,
        options: &InspectOptions,
    ) -> Result<(Realm, desired::Loaded)> {
        let scan = &self.dialect.profile().scan;
        let (mut session, loaded) = match (pending.collect(scan).await, session) {
            (Err(error), _) => return Err(Problem::from(error).into()),
            (Ok(Input::Database(url)), _) => {
                (self.connect(&url).await?, desired::Loaded::default())
            }
            (Ok(Input::Sql(sql)), Some(mut session)) => {
                let loaded = sql.load(&mut *session, scan).await;
                (session, loaded.map_err(Problem::from)?)
            }
            (Ok(Input::Sql(_)), None) => {
                return Err(Problem::from(desired::DesiredError::Mixed).into());
            }
        };
        let realm = session.inspect(options).await.map_err(Problem::from)?;
        session.close().await.map_err(Problem::from)?;
        tracing::debug!("the desired state is loaded");
        Ok((realm, loaded))
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

    /// Makes the two states ready to be compared.
    fn settle(&self, states: &mut States, scoped: bool) -> Result<()> {
        self.filter(&mut states.current, scoped)?;
        self.filter(&mut states.desired, scoped)?;
        if scoped {
            align(&states.current, &mut states.desired)?;
            return Ok(());
        }
        for name in &self.env.schemas {
            if states.current.schema(name).is_none() && states.desired.schema(name).is_none() {
                states.warnings.push(format!(
                    "schema `{name}` is in neither the models nor the migrations"
                ));
            }
        }
        Ok(())
    }

    fn filter(&self, realm: &mut Realm, scoped: bool) -> Result<()> {
        let patterns = [&self.env.exclude[..], &self.env.migration.exclude].concat();
        let exclude = Exclude::new(&patterns, scoped).map_err(Problem::from)?;
        exclude.apply(realm);
        Ok(())
    }

    /// The differences that the user wants to hear of.
    fn diff(&self, current: &Realm, desired: &Realm) -> Diff {
        let (mut current, mut desired) = (current.clone(), desired.clone());
        self.dialect.normalize(&mut current, &mut desired);
        let mut found = diff(&current, &desired);
        skip(&mut found, &self.env.diff);
        found
    }

    /// Plans the changes, proves the plan, and puts both into the report.
    async fn plan(
        &self,
        states: &mut States,
        found: Diff,
        scoped: bool,
        report: &mut Report,
    ) -> Result<()> {
        let natural = if scoped {
            Qualifier::None
        } else {
            Qualifier::Schema
        };
        let written = match self.qualifier {
            Some(name) => Qualifier::Custom(name.to_owned()),
            None => natural.clone(),
        };
        let changes = found.changes;
        let plan = self.render(states, changes.clone(), written.clone())?;
        report.sql =
            report::body(&plan, self.format, self.version, self.name).map_err(Problem::from)?;
        if written == natural {
            self.prove(states, &plan, &report.sql, scoped).await?;
        } else {
            // The schema of the written names need not exist on the dev database.
            let local = self.render(states, changes, natural)?;
            let text = local.to_file();
            self.prove(states, &local, &text, scoped).await?;
        }
        report.warnings.extend(plan.warnings.iter().cloned());
        report.plan = plan;
        Ok(())
    }

    fn render(
        &self,
        states: &States,
        changes: Vec<crate::schema::change::Change>,
        qualifier: Qualifier,
    ) -> Result<Plan> {
        let options = PlanOptions {
            qualifier,
            indent: match self.format {
                Format::SqlIndent(indent) if !indent.is_empty() => Some(indent.clone()),
                _ => None,
            },
            concurrent_index_create: self.env.diff.concurrent_index.create,
            concurrent_index_drop: self.env.diff.concurrent_index.drop,
        };
        let (mut current, mut desired) = (states.current.clone(), states.desired.clone());
        self.dialect.normalize(&mut current, &mut desired);
        let existing = &states.existing;
        let plan = dialect::plan_keeping(
            self.dialect,
            existing,
            &current,
            &desired,
            changes,
            &options,
        );
        Ok(plan.map_err(Problem::from)?)
    }

    /// Runs the file's text on the session that holds the current state; the result must be the desired state.
    async fn prove(
        &self,
        states: &mut States,
        plan: &Plan,
        text: &str,
        scoped: bool,
    ) -> Result<()> {
        let options = &self.dialect.profile().scan;
        let templated = matches!(self.format, Format::Template(_));
        let refused = |problem: Problem| unproven(problem, text, templated);
        let split = scan(text, options).map_err(|error: ScanError| {
            refused(Problem::new("the plan can't be read back").detail("reason", error.to_string()))
        })?;
        let script = Script {
            name: "plan",
            text,
            statements: &split.statements,
            mode: plan.tx_mode,
        };
        if let Err(error) = script::run(&mut *states.session, &script).await {
            let mut problem = Problem::from(error);
            let engine = std::mem::take(&mut problem.message);
            problem.message = "the dev database refuses the plan".to_owned();
            if let Some(object) = in_the_way(&states.existing, &problem, &engine) {
                problem.hint = Some(format!(
                    "nothing was written; {} \"{}\" hangs on what changes, and trueup can't plan it yet: drop it and make \
                     it again around the change, in a migration of your own (`trueup migrate new --edit`)",
                    object.kind, object.name
                ));
            }
            return Err(refused(problem.detail("reason", engine)).into());
        }
        let inspect = self.inspect_options(scoped);
        let inspected = states.session.inspect(&inspect).await;
        let mut after = inspected.map_err(Problem::from)?;
        self.filter(&mut after, scoped)?;
        let left = self.diff(&after, &states.desired);
        if left.is_empty() {
            tracing::debug!("the plan is proven");
            return Ok(());
        }
        let lines = report::describe(&left.changes, &[]);
        let mut over = report::text::table(&lines, Style::PLAIN);
        let objects = report::unmanaged(&left.unknown, scoped);
        over.push_str(&report::text::objects(&objects, "  "));
        let problem =
            Problem::new("the plan does not lead to the desired state").detail("left over", over);
        Err(refused(problem).into())
    }
}

/// The object without a type in the model that the engine names when it refuses a statement, as it does with a view on
/// a column that changes.
fn in_the_way<'r>(existing: &'r Realm, problem: &Problem, engine: &str) -> Option<&'r Opaque> {
    let details = problem.details.iter();
    // The statement itself names much that is not in the way.
    let details = details.filter(|detail| detail.label != "statement");
    let said: Vec<&str> = details
        .map(|detail| detail.text.as_str())
        .chain([engine])
        .collect();
    let says = |word: &str| {
        let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
        said.iter().any(|text| {
            text.match_indices(word).any(|(at, _)| {
                let (before, after) = (&text[..at], &text[at + word.len()..]);
                !before.ends_with(part_of_word) && !after.starts_with(part_of_word)
            })
        })
    };
    let schemas = existing.schemas.iter().flat_map(|schema| &schema.opaque);
    schemas.chain(&existing.opaque).find(|object| {
        let kind = object.kind.rsplit(' ').next();
        kind.is_some_and(says) && says(&object.name)
    })
}

/// A failed proof: what every one of them says.
fn unproven(problem: Problem, plan: &str, templated: bool) -> Problem {
    let lines: Vec<&str> = plan.lines().collect();
    let tail = lines[lines.len().saturating_sub(6)..].join("\n");
    let mut problem = problem;
    problem.details.push(report::Detail {
        label: "plan",
        full: (tail.trim_end() != plan.trim_end()).then(|| plan.to_owned()),
        text: tail,
    });
    let hint = match templated {
        true => {
            "nothing was written; does the template of `format` put every statement into the file?"
        }
        false => {
            "nothing was written; this is a fault of trueup: please report it with the plan (`-v` shows all of it), \
             and write this migration by hand with `trueup migrate new --edit`"
        }
    };
    problem.hint.get_or_insert_with(|| hint.to_owned());
    problem
}

/// Scoped states are each of one schema, whatever it is called.
fn align(current: &Realm, desired: &mut Realm) -> Result<()> {
    let ([ours], [theirs]) = (&current.schemas[..], &desired.schemas[..]) else {
        if desired.schemas.len() > 1 {
            let problem = Problem::new(
                "the desired state has several schemas, but the dev database's URL is limited to one",
            );
            return Err(problem
                .hint("limit both URLs to one schema, or neither")
                .into());
        }
        return Ok(());
    };
    let (ours, theirs) = (ours.name.clone(), theirs.name.clone());
    desired.rename_schema(&theirs, &ours);
    Ok(())
}
