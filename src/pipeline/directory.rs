//! The migration directory against the models: both states on the dev database, and what leads from one to the other.

use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;

use super::dev::with_dev;
use super::planner::{Pair, Planner, inspect_options};
use super::rows::Trial;
use super::seed::{Built, Lacking};
use super::trial::on_rows;
use super::{Context, NOT_PROVEN, Outcome, PipelineError, Verdict, Writing, outside};
use crate::config::{DbUrl, Env, is_yaml};
use crate::current::alembic::Alembic;
use crate::current::{Current, History};
use crate::desired::{self, DesiredError, Input, Need, Pending, ProviderOptions, Runs, Server};
use crate::dialect;
use crate::engine::{DevDatabase, EngineError, InspectOptions, Outside, Session};
use crate::migration::{Dir, baseline_mark};
use crate::problem::Problem;
use crate::schema::Realm;
use crate::sql::Statement;

/// Starts reading the desired state. To be called first: programs are the slow part.
pub fn start(env: &Env, timeout: Duration) -> Result<Pending, DesiredError> {
    desired::start(&env.src, &provider_options(env, timeout))
}

/// Starts reading the desired states of several environments: models that some of them share are loaded once.
pub fn start_all(envs: &[&Env], timeout: Duration) -> Vec<Result<Pending, DesiredError>> {
    let runs = Runs::of(envs.iter().filter_map(|env| Server::of(env)));
    let start = |env: &&Env| desired::start_with(&env.src, &provider_options(env, timeout), &runs);
    envs.iter().map(start).collect()
}

/// The migrations that an environment names: its directory, read and compared with its checksums, or an Alembic history.
///
/// # Errors
/// When either can't be read, or the directory does not match `atlas.sum`.
pub fn history(env: &Env, timeout: Duration) -> Result<History<'static>, Problem> {
    if let Some(alembic) = Alembic::of(env, provider_options(env, timeout))? {
        return Ok(History::Alembic(Box::new(alembic)));
    }
    let dir = Dir::open_or_empty(env.migration.sql_dir()?)?;
    dir.verify()?;
    Ok(History::Files(Cow::Owned(dir)))
}

/// How the user's own programs are run: here, and with the user's rights.
pub(super) fn provider_options(env: &Env, timeout: Duration) -> ProviderOptions {
    ProviderOptions {
        timeout,
        server: Server::of(env),
        cwd: PathBuf::from("."),
        confinement: None,
        python: None,
    }
}

/// Compares the history with the desired state, plans what is missing, and proves it. The desired state's programs may
/// have been collected already, so that another directory can be compared with what they printed.
pub async fn directory(
    context: &Context<'_>,
    history: &History<'_>,
    desired: &mut Pending,
    writing: Writing<'_>,
) -> Result<Outcome, PipelineError> {
    let settled = settled(context, history.dir());
    let context = &context.on(settled.as_ref());
    with_dev(context, async |dev| {
        let planner = Planner {
            env: context.env,
            dialect: context.dialect,
            scoped: dev.scoped(),
            writing,
            writes: true,
        };
        let found = compare(&planner, dev, history, desired).await?;
        Ok(match dev.proves() {
            true => found,
            false => found.without_server(),
        })
    })
    .await
}

/// The URL of the dev database for these migrations, where the given one leaves something open.
pub(super) fn settled(context: &Context<'_>, dir: &Dir) -> Option<DbUrl> {
    let scan = &context.dialect.profile().scan;
    let files = dir.replay_files(scan).iter();
    let scripts = files.filter_map(|file| file.statements(scan).ok());
    let statements: Vec<Statement> = scripts.flat_map(|script| script.statements).collect();
    let url = context.dialect.settle(context.dev, &statements)?;
    tracing::info!(%url, "the migrations use databases of their own");
    Some(url)
}

/// Builds the history's state, from nothing.
pub async fn replay(
    context: &Context<'_>,
    history: &History<'_>,
) -> Result<Current, PipelineError> {
    let scan = context.dialect.profile().scan;
    let settled = settled(context, history.dir());
    let context = &context.on(settled.as_ref());
    with_dev(context, async |dev| {
        let mut session = dev.session("current").await?;
        let inspect = InspectOptions::default();
        let mut current = history.build(&mut *session, &scan, &inspect).await?;
        session.close().await?;
        let (tried, warnings) = on_rows(context.dialect, dev, history, &inspect).await?;
        current.tried.extend(tried);
        current.warnings.extend(warnings);
        if !dev.proves() {
            current.warnings.push(NOT_PROVEN.to_owned());
        }
        Ok(current)
    })
    .await
}

/// Alembic's revisions that a database is at.
async fn revisions(session: &mut dyn Session, realm: &Realm) -> Result<Vec<String>, EngineError> {
    const TABLE: &str = "alembic_version";
    let mut found = Vec::new();
    let schemas = realm.schemas.iter();
    for schema in schemas.filter(|schema| schema.table(TABLE).is_some()) {
        let rows = session
            .rows((&schema.name, TABLE), &["version_num"])
            .await?;
        found.extend(rows.into_iter().flatten().flatten());
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The first migration's text with the marks of the revisions that it stands for, in the file's first comment.
pub(super) fn marked(revisions: &[String], text: String) -> String {
    let marks: String = revisions
        .iter()
        .filter_map(|one| baseline_mark(one))
        .collect();
    match marks.is_empty() {
        true => text,
        // A comment on the statement would be the statement's.
        false if !text.starts_with("-- atlas:") => format!("{marks}\n{text}"),
        false => format!("{marks}{text}"),
    }
}

/// Whether a state holds nothing that is compared.
fn holds_nothing(realm: &Realm) -> bool {
    realm.schemas.iter().all(|schema| {
        schema.tables.is_empty()
            && schema.enums.is_empty()
            && schema.sequences.is_empty()
            && schema.texts.is_empty()
    })
}

/// Both states, and the session that held the current one last.
struct States {
    pair: Pair,
    desired: desired::Loaded,
    /// Revisions of Alembic that the desired state, a database, is at.
    revisions: Vec<String>,
    warnings: Vec<String>,
    tried: Vec<String>,
    session: Box<dyn Session>,
}

async fn compare(
    planner: &Planner<'_>,
    dev: &mut dyn DevDatabase,
    history: &History<'_>,
    pending: &mut Pending,
) -> Result<Outcome, PipelineError> {
    let States {
        pair,
        desired,
        revisions,
        warnings,
        tried,
        mut session,
    } = planner.load(dev, history, pending).await?;
    let mut found = planner.outcome(&pair.states, &desired, warnings);
    found.tried = tried;
    if found.verdict == Verdict::Drifted {
        planner.believe(&found.changes, pair.states.desired(), &desired.models)?;
        if !planner.env.diff.concurrent_index.create {
            let wanted = desired.concurrent(&found.changes);
            let set = match planner.env.config.as_deref().is_some_and(is_yaml) {
                true => "`diff: {concurrent_index: {create: true}}` in the environment",
                false => {
                    "`create = true` in the block `concurrent_index` of the environment's block `diff`"
                }
            };
            found.warnings.extend(wanted.iter().map(|name| {
                format!(
                    "the models build index \"{name}\" CONCURRENTLY, and the plan does not: to build it that way, set {set}"
                )
            }));
        }
        let mut written = planner.plan(&pair.states, &found.changes)?;
        if history.dir().files().is_empty() {
            written.text = marked(&revisions, written.text);
        }
        if desired.seeded {
            session = planner.again(dev, session, history).await?;
        }
        let trial = planner.try_on_rows(&mut *session, &pair, &written).await?;
        if let Trial::WithoutRows(warning) = trial {
            session = planner.again(dev, session, history).await?;
            planner.prove(&mut *session, &pair, &written, false).await?;
            found.warnings.extend(warning);
        }
        found.proven = true;
        found.take(written);
    }
    session.close().await?;
    let options = inspect_options(planner.env, planner.scoped);
    let (tried, warnings) = on_rows(planner.dialect, dev, history, &options).await?;
    found.tried.extend(tried);
    found.warnings.extend(warnings);
    Ok(found)
}

impl Planner<'_> {
    /// Loads both states, side by side where the dev database can hold two.
    async fn load(
        &self,
        dev: &mut dyn DevDatabase,
        history: &History<'_>,
        pending: &mut Pending,
    ) -> Result<States, PipelineError> {
        let options = &inspect_options(self.env, self.scoped);
        let (desired, current, mut session) = if pending.is_database() {
            let mut session = dev.session("current").await?;
            let (desired, current) = tokio::try_join!(
                self.desired(pending, None, options),
                self.current(&mut *session, history, options),
            )?;
            (desired, current, session)
        } else if dev.concurrent() {
            let first = dev.session("desired").await?;
            let mut session = dev.session("current").await?;
            let (desired, current) = tokio::try_join!(
                self.desired(pending, Some(first), options),
                self.current(&mut *session, history, options),
            )?;
            (desired, current, session)
        } else {
            let first = dev.session("desired").await?;
            let desired = self.desired(pending, Some(first), options).await?;
            let mut session = dev.session("current").await?;
            let current = self.current(&mut *session, history, options).await?;
            (desired, current, session)
        };
        let (current, outside) = current;
        let desired = match desired {
            Ok(built) => built,
            Err(lacking) => {
                let state = (&current, &outside[..]);
                self.on_seeds(&mut *session, state, *lacking, history.dir(), options)
                    .await?
            }
        };
        let left_out = pending.left_out(&current.realm, &desired.realm, self.scoped);
        let left_out = [&left_out.await?, history.exclude()].concat();
        self.paired((current, outside), desired, session, &left_out)
    }

    /// Makes two states comparable, and tells what of them is not compared although somebody may think so.
    fn paired(
        &self,
        (current, outside): (Current, Vec<Outside>),
        desired: Built,
        session: Box<dyn Session>,
        left_out: &[String],
    ) -> Result<States, PipelineError> {
        let Built {
            realm: wanted,
            loaded,
            outside: beyond,
            revisions,
        } = desired;
        let realms = &[&current.realm, &wanted];
        let exclude = self.exclude(left_out, realms)?;
        let places = [("the models", beyond), ("the migrations", outside)];
        let judged = outside::judge(self.env, self.scoped, &current.realm, &exclude, &places)?;
        let idle = outside::idle(&exclude, realms, &places.map(|(_, found)| found).concat());
        let mut warnings: Vec<String> = judged.into_iter().chain(idle).collect();
        if loaded.is_some() {
            warnings.extend(outside::tools(&current.realm, &wanted));
        }
        if holds_nothing(&wanted) {
            let warning = "the desired state holds nothing that is compared: do `schemas` or the dev database's URL \
                           name other schemas than the models?";
            warnings.push(warning.to_owned());
        }
        let spoken = loaded.as_ref().map(|loaded| loaded.spoken(&self.env.own));
        let pair = self.pair(exclude, (current.realm, wanted), spoken)?;
        if !self.scoped {
            let states = [pair.states.current(), pair.states.desired()];
            let absent = |name: &&String| states.iter().all(|state| state.schema(name).is_none());
            warnings.extend(self.env.schemas.iter().filter(absent).map(|name| {
                format!("schema `{name}` is in neither the models nor the migrations")
            }));
        }
        let mut desired = loaded.unwrap_or_default();
        let said = std::mem::take(&mut desired.warnings);
        Ok(States {
            pair,
            desired,
            revisions,
            warnings: [current.warnings, said, warnings].concat(),
            tried: current.tried,
            session,
        })
    }

    async fn current(
        &self,
        session: &mut dyn Session,
        history: &History<'_>,
        options: &InspectOptions,
    ) -> Result<(Current, Vec<Outside>), PipelineError> {
        let scan = &self.dialect.profile().scan;
        let current = history.build(session, scan, options).await;
        tracing::debug!("the directory is replayed");
        let current = current?;
        let outside = session.outside(options).await?;
        Ok((current, outside))
    }

    /// A new session that holds the current state.
    async fn again(
        &self,
        dev: &mut dyn DevDatabase,
        before: Box<dyn Session>,
        history: &History<'_>,
    ) -> Result<Box<dyn Session>, PipelineError> {
        before.close().await?;
        let mut session = dev.session("current").await?;
        let options = inspect_options(self.env, self.scoped);
        self.current(&mut *session, history, &options).await?;
        Ok(session)
    }

    /// The desired state, or what keeps the models' SQL from being run on an empty database.
    async fn desired(
        &self,
        pending: &mut Pending,
        session: Option<Box<dyn Session>>,
        options: &InspectOptions,
    ) -> Result<Result<Built, Box<Lacking>>, PipelineError> {
        let scan = &self.dialect.profile().scan;
        let (mut session, loaded) = match (pending.collect(self.dialect.profile()).await, session) {
            (Err(error), _) => return Err(error.into()),
            (Ok(Input::Database(url)), _) => (self.connect(&url).await?, None),
            (Ok(Input::Sql(sql)), Some(mut session)) => {
                match sql.load(&mut *session, scan, None).await {
                    Ok(loaded) => (session, Some(loaded)),
                    Err(error) if Need::of(&error.error, self.dialect.profile()).is_none() => {
                        return Err(PipelineError::load(error, None));
                    }
                    Err(error) => {
                        session.close().await?;
                        return Ok(Err(Box::new(Lacking { sql, error })));
                    }
                }
            }
            (Ok(Input::Sql(_)), None) => {
                return Err(DesiredError::Mixed.into());
            }
        };
        let realm = session.inspect(options).await?;
        let outside = session.outside(options).await?;
        let revisions = match loaded {
            Some(_) => Vec::new(),
            None => revisions(&mut *session, &realm).await?,
        };
        session.close().await?;
        tracing::debug!("the desired state is loaded");
        Ok(Ok(Built {
            realm,
            loaded,
            outside,
            revisions,
        }))
    }

    async fn connect(&self, url: &DbUrl) -> Result<Box<dyn Session>, PipelineError> {
        let dialect = dialect::for_url(url)?;
        let (ours, theirs) = (self.dialect.profile(), dialect.profile());
        if ours.name != theirs.name {
            return Err(PipelineError::Dialects {
                dev: ours.display,
                desired: theirs.display,
            });
        }
        Ok(dialect.connect(url).await?)
    }
}
