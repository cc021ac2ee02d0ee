//! One schema against another. Databases are only read.

use super::dev::with_dev;
use super::planner::{Pair, Planner};
use super::state::{Loaded, State};
use super::{Cancel, Context, Listener, Outcome, PipelineError, Verdict, Writing, outside, setup};
use crate::config::{Env, Format};
use crate::desired::{LoadError, Need};
use crate::dialect::Dialect;
use crate::diff::Comparable;
use crate::engine::DevDatabase;
use crate::problem::Problem;
use crate::schema::Realm;

/// What a proof on a copy does not tell.
const PARTIAL: &str = "this was proven on a copy of `--from` without what trueup can't plan yet: what depends on that may still be \
                       refused";

/// Where the two states come from.
pub struct States {
    /// Where it starts.
    pub from: State,
    /// Where it leads.
    pub to: State,
}

/// Compares two schemas, plans what leads from one to the other, and proves that where there is a dev database.
pub async fn schemas(
    env: &Env,
    states: States,
    format: &Format,
    listener: &dyn Listener,
    cancel: &Cancel,
) -> Result<Outcome, PipelineError> {
    let dev = match (states.from.dev(env)?, states.to.dev(env)?) {
        (None, None) if env.dev.is_some() => Some(setup::dev(env)?),
        (from, to) => from.or(to),
    };
    let dialect = states.dialect(dev.map(|(dialect, _)| dialect))?;
    let comparison = Comparison {
        env,
        dialect,
        format,
    };
    let read = async { tokio::try_join!(states.from.read(env), states.to.read(env)) };
    let (from, mut to) = cancel.race(read).await??;
    if let Some(to) = &mut to {
        dialect.forget_rows(&mut to.realm);
    }
    match dev {
        Some(dev) => {
            let context = Context::new(env, dev, listener, cancel);
            let work = async |dev: &mut dyn DevDatabase| {
                let found = comparison.on(dev, states, from, to).await?;
                Ok(match dev.proves() {
                    true => found,
                    false => found.without_server(),
                })
            };
            with_dev(&context, work).await
        }
        None => comparison.without_dev(from.unwrap_or_default(), to.unwrap_or_default()),
    }
}

/// The statements that build a state from nothing.
pub fn statements(
    env: &Env,
    dialect: &'static dyn Dialect,
    scoped: bool,
    realm: &Realm,
    format: &Format,
) -> Result<String, PipelineError> {
    let planner = Planner {
        env,
        dialect,
        scoped,
        writing: Writing::of(format),
        writes: false,
    };
    // No schema at all, or the one, empty, that the connection is limited to.
    let schemas = realm.schemas.iter().filter(|_| scoped);
    let nothing = Realm {
        schemas: schemas.map(crate::schema::Schema::header).collect(),
        texts: Vec::new(),
        server: realm.server.clone(),
    };
    let states = Comparable::whole(dialect, nothing, realm.clone());
    Ok(planner.plan(&states, &states.diff().changes)?.text)
}

impl States {
    /// The one dialect of all of it.
    fn dialect(
        &self,
        dev: Option<&'static dyn Dialect>,
    ) -> Result<&'static dyn Dialect, PipelineError> {
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
}

impl Comparison<'_> {
    /// Loads what is not loaded on the dev database, plans, and proves the plan there.
    async fn on(
        &self,
        dev: &mut dyn DevDatabase,
        mut states: States,
        from: Option<Loaded>,
        to: Option<Loaded>,
    ) -> Result<Outcome, PipelineError> {
        let to = match to {
            Some(to) => Ok(to),
            None => {
                let mut session = dev.session("desired").await?;
                let to = states.to.build(self.env, self.dialect, &mut *session, None);
                let to = to.await;
                session.close().await?;
                to
            }
        };
        let mut session = dev.session("current").await?;
        let copied = from.is_some();
        let from = match from {
            Some(from) => from,
            None => {
                let from = states
                    .from
                    .build(self.env, self.dialect, &mut *session, None);
                from.await?
            }
        };
        let to = match to {
            Err(PipelineError::Load { error, .. }) if self.lacks(&error) => {
                let planner = self.planner(&from, &from);
                if copied {
                    planner.lend(&mut *session, &from.realm).await?;
                }
                let seeds = Some((&planner, &from));
                let to = states
                    .to
                    .build(self.env, self.dialect, &mut *session, seeds);
                to.await?
            }
            to => to?,
        };
        let seeded = to.sql.as_ref().is_some_and(|sql| sql.seeded);
        let planner = self.planner(&from, &to);
        let scoped = planner.scoped;
        // Alembic's filters speak of a database beside the models, whichever side these are on.
        let left_out = [
            states.to.left_out(&from.realm, &to.realm, scoped).await?,
            states.from.left_out(&to.realm, &from.realm, scoped).await?,
        ]
        .concat();
        let (mut outcome, pair) = self.differences(&planner, &left_out, from, to)?;
        if outcome.verdict == Verdict::Drifted {
            let existing = pair.states.existing();
            let written = planner.plan(&pair.states, &outcome.changes)?;
            if seeded {
                session.close().await?;
                session = dev.session("current").await?;
                let from = states
                    .from
                    .build(self.env, self.dialect, &mut *session, None);
                from.await?;
            }
            outcome.proven = true;
            if copied && let Err(error) = planner.copy(&mut *session, existing).await {
                outcome.proven = false;
                outcome.warnings.push(unproven(&error));
            }
            if outcome.proven {
                planner
                    .prove(&mut *session, &pair, &written, copied)
                    .await?;
                let rules = &self.dialect.profile().order.texts;
                let mut texts = existing.texts();
                if copied && texts.any(|(_, object)| !rules.plans(object)) {
                    outcome.warnings.push(PARTIAL.to_owned());
                }
            }
            outcome.take(written);
        }
        session.close().await?;
        Ok(outcome)
    }

    /// The SQL of a state may need what the other one has.
    fn lacks(&self, error: &LoadError) -> bool {
        Need::of(&error.error, self.dialect.profile()).is_some()
    }

    fn without_dev(&self, from: Loaded, to: Loaded) -> Result<Outcome, PipelineError> {
        let planner = self.planner(&from, &to);
        let (mut outcome, pair) = self.differences(&planner, &[], from, to)?;
        if outcome.verdict == Verdict::Drifted {
            outcome.take(planner.plan(&pair.states, &outcome.changes)?);
            outcome.warnings.push(
                "this was not run anywhere: give `--dev-url` to prove it on a disposable database first".to_owned(),
            );
        }
        Ok(outcome)
    }

    fn planner(&self, from: &Loaded, to: &Loaded) -> Planner<'_> {
        Planner {
            env: self.env,
            dialect: self.dialect,
            scoped: from.scoped || to.scoped,
            writing: Writing::of(self.format),
            writes: false,
        }
    }

    fn differences(
        &self,
        planner: &Planner<'_>,
        left_out: &[String],
        from: Loaded,
        to: Loaded,
    ) -> Result<(Outcome, Pair), PipelineError> {
        let sql = [&from.sql, &to.sql].into_iter().flatten();
        let mut warnings: Vec<String> = sql.flat_map(|sql| sql.warnings.clone()).collect();
        let absent = to.unheeded(self.env);
        warnings.extend(
            from.unheeded(self.env)
                .into_iter()
                .filter(|one| absent.contains(one)),
        );
        let exclude = planner.exclude(left_out, &[&from.realm, &to.realm])?;
        let beyond = [&from.outside[..], &to.outside].concat();
        warnings.extend(outside::idle(&exclude, &[&from.realm, &to.realm], &beyond));
        let spoken = to.sql.as_ref().map(|sql| sql.spoken(&self.env.own));
        let pair = planner.pair(exclude, (from.realm, to.realm), spoken)?;
        let models = to.sql.unwrap_or_default();
        let outcome = planner.outcome(&pair.states, &models, warnings);
        planner.believe(&outcome.changes, pair.states.desired(), &models.models)?;
        Ok((outcome, pair))
    }
}

/// Why the first schema could not be built again where the plan was to be run.
fn unproven(error: &PipelineError) -> String {
    let mut why = error.to_string();
    if let PipelineError::Script(error) = error
        && let Some(statement) = &error.statement
    {
        why.push_str(&format!(
            "\n  statement: {}",
            crate::problem::statement(statement, error.offset)
        ));
    }
    format!("this was not run anywhere, since `--from` can't be built on the dev database: {why}")
}
