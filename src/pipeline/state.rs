//! One state: a database as it is, or SQL that is built on the dev database.

use std::time::Duration;

use super::dev::with_dev;
use super::directory::provider_options;
use super::planner::{Planner, inspect_options};
use super::{Cancel, Context, Listener, PipelineError, outside, setup};
use crate::config::{DbUrl, Env, Located, Source};
use crate::desired::{self, Input, Pending, ProviderOptions, Server, Sql};
use crate::dialect::{self, Dialect};
use crate::engine::exclude::Exclude;
use crate::engine::{EngineError, Outside, Session};
use crate::problem::Problem;
use crate::schema::Realm;

/// A state that is not loaded yet.
pub enum State {
    /// A database, which is only read.
    Database(Box<Located<DbUrl>>),
    /// SQL; programs that print it are running.
    Sql {
        pending: Pending,
        /// The flag or the place that names it, and what it is.
        what: String,
    },
}

/// A state.
#[derive(Default)]
pub struct Loaded {
    pub realm: Realm,
    /// Limited to one schema.
    pub scoped: bool,
    /// What is known of the SQL that built it; `None` for a database as it is.
    pub sql: Option<desired::Loaded>,
    /// What it holds outside of what is compared.
    pub outside: Vec<Outside>,
}

impl State {
    /// Starts reading sources: their programs run from now on.
    pub fn start(
        env: &Env,
        sources: Vec<Located<Source>>,
        timeout: Duration,
    ) -> Result<Self, PipelineError> {
        if let [
            Located {
                value: Source::Url(url),
                origin,
            },
        ] = &sources[..]
        {
            return Ok(Self::Database(Box::new(Located {
                value: url.clone(),
                origin: origin.clone(),
            })));
        }
        let options = provider_options(env, timeout);
        let pending = desired::start(&sources, &options)?;
        let what: Vec<String> = sources.iter().map(describe).collect();
        Ok(Self::Sql {
            pending,
            what: what.join(", "),
        })
    }

    /// Whose URL it is, for a database.
    pub(super) fn dialect(&self) -> Result<Option<&'static dyn Dialect>, PipelineError> {
        match self {
            Self::Database(url) => {
                let dialect = dialect::for_url(url).map_err(|error| unreadable(url, error))?;
                Ok(Some(dialect))
            }
            Self::Sql { .. } => Ok(None),
        }
    }

    /// The dev database, where this state needs one.
    pub(super) fn dev<'e>(
        &self,
        env: &'e Env,
    ) -> Result<Option<(&'static dyn Dialect, &'e DbUrl)>, PipelineError> {
        let Self::Sql { what, .. } = self else {
            return Ok(None);
        };
        match setup::dev(env) {
            Err(problem) if env.dev.is_none() => {
                Err(problem.detail("needed to build", what).into())
            }
            found => Ok(Some(found?)),
        }
    }

    /// Reads a database; `None` for SQL.
    pub(super) async fn read(&self, env: &Env) -> Result<Option<Loaded>, PipelineError> {
        let (Self::Database(url), Some(dialect)) = (self, self.dialect()?) else {
            return Ok(None);
        };
        let failed = |error: EngineError| unreadable(url, error);
        let mut session = dialect.connect(url).await.map_err(failed)?;
        let scoped = session.scoped();
        let options = inspect_options(env, scoped);
        let realm = session.inspect(&options).await;
        // What was read is what counts.
        let _ = session.close().await;
        Ok(Some(Loaded {
            realm: realm.map_err(failed)?,
            scoped,
            ..Loaded::default()
        }))
    }

    /// The SQL, for a dev database of a dialect.
    pub(super) async fn sql(&mut self, dialect: &dyn Dialect) -> Result<Sql, PipelineError> {
        let Self::Sql { pending, .. } = self else {
            return Ok(Sql::default());
        };
        match pending.collect(dialect.profile()).await? {
            Input::Sql(sql) => Ok(sql),
            Input::Database(_) => Err(desired::DesiredError::Mixed.into()),
        }
    }

    /// Builds SQL on a session of the dev database: an empty one, or one that holds the state that the SQL depends on.
    pub(super) async fn build(
        &mut self,
        env: &Env,
        dialect: &dyn Dialect,
        session: &mut dyn Session,
        seeds: Option<(&Planner<'_>, &Loaded)>,
    ) -> Result<Loaded, PipelineError> {
        let scan = &dialect.profile().scan;
        let sql = self.sql(dialect).await?;
        let Self::Sql { what, .. } = self else {
            return Ok(Loaded::default());
        };
        let loaded = match seeds {
            None => sql.load(&mut *session, scan, None).await,
            Some((planner, from)) => {
                let state = (&from.realm, &from.outside[..]);
                planner.load_on(&mut *session, state, &sql).await
            }
        };
        let mut loaded = loaded.map_err(|error| PipelineError::load(error, None))?;
        let scoped = session.scoped();
        let options = inspect_options(env, scoped);
        let realm = session.inspect(&options).await?;
        let outside = session.outside(&options).await?;
        let exclude = Exclude::new(&env.exclude, scoped)?;
        let states = [(what.as_str(), outside)];
        let warning = outside::judge(env, scoped, &realm, &exclude, &states)?;
        let [(_, outside)] = states;
        loaded.warnings.extend(warning);
        Ok(Loaded {
            realm,
            scoped,
            sql: Some(loaded),
            outside,
        })
    }

    /// Patterns for what filters of Alembic's `env.py` leave out of a comparison with another state; none for a database.
    pub(super) async fn left_out(
        &self,
        other: &Realm,
        own: &Realm,
        scoped: bool,
    ) -> Result<Vec<String>, PipelineError> {
        match self {
            Self::Sql { pending, .. } => Ok(pending.left_out(other, own, scoped).await?),
            Self::Database(_) => Ok(Vec::new()),
        }
    }

    /// For messages, without secrets.
    pub fn shown(&self) -> String {
        match self {
            Self::Database(url) => url.value.to_string(),
            Self::Sql { what, .. } => what.clone(),
        }
    }
}

impl Loaded {
    /// Schemas that the user names and that have no effect, or are not there.
    pub fn unheeded(&self, env: &Env) -> Vec<String> {
        let missing = env
            .schemas
            .iter()
            .filter(|name| self.realm.schema(name).is_none());
        let limit = self.realm.schemas.first().filter(|_| self.scoped);
        missing
            .map(|name| match limit {
                Some(only) => format!(
                    "schema `{name}` is not looked at: the URL is limited to `{}`",
                    only.name
                ),
                None => format!("there is no schema `{name}`"),
            })
            .collect()
    }
}

/// What of the project could be models.
pub async fn candidates(
    env: &Env,
    timeout: Duration,
) -> Result<desired::Candidates, PipelineError> {
    let options = provider_options(env, timeout);
    let found = desired::candidates(&options, env.python.as_deref()).await;
    Ok(found.map_err(desired::DesiredError::from)?)
}

/// The DDL of models as a script, for a database that is named or the environment's, and what the loader warned of.
pub async fn ddl(
    env: &Env,
    sources: &[Located<Source>],
    dialect: Option<&dyn Dialect>,
    timeout: Duration,
) -> Result<(String, Vec<String>), PipelineError> {
    let server = dialect.map(Server::new).or_else(|| Server::of(env));
    let Some(profile) = server.as_ref().map(|server| server.profile) else {
        let problem = Problem::new("no database is named that the DDL is for");
        let hint = format!("name it with `--dialect`: {}", dialect::names().join(", "));
        return Err(problem.hint(hint).into());
    };
    let options = ProviderOptions {
        server,
        ..provider_options(env, timeout)
    };
    let parts = match desired::start(sources, &options)?.collect(profile).await? {
        Input::Sql(sql) => sql.parts,
        Input::Database(_) => Vec::new(),
    };
    let warnings = parts.iter().flat_map(desired::Part::warnings).cloned();
    let warnings = warnings.collect();
    Ok((parts.into_iter().map(|part| part.text).collect(), warnings))
}

/// The sources that a flag names, or those that stand in the environment for it.
pub fn sources(
    env: &Env,
    flag: &'static str,
    texts: &[String],
    default: impl FnOnce(&Env) -> Vec<Located<Source>>,
    missing: impl FnOnce() -> Problem,
) -> Result<Vec<Located<Source>>, Problem> {
    let found = match texts {
        [] => default(env),
        texts => env.sources(flag, texts)?,
    };
    match found.is_empty() {
        true => Err(missing()),
        false => Ok(found),
    }
}

/// The environment's database as a source.
pub fn url_of(env: &Env) -> Vec<Located<Source>> {
    let source = |url: &Located<DbUrl>| Located {
        value: Source::Url(url.value.clone()),
        origin: url.origin.clone(),
    };
    env.url.iter().map(source).collect()
}

/// A source in the words of the user.
fn describe(source: &Located<Source>) -> String {
    match &source.value {
        Source::File(path) | Source::Dir(path) => format!("file://{}", path.display()),
        Source::Url(url) => url.to_string(),
        Source::External(program) if program.name.is_empty() => "program".to_owned(),
        Source::External(program) => format!("data.external_schema.{}", program.name),
        Source::Models(models) => format!("sqlalchemy://{}", models.target),
        Source::Env(name) => format!("env://{name}"),
    }
}

/// A database that can't be read: which it is, and where it is named.
pub(super) fn unreadable(url: &Located<DbUrl>, error: EngineError) -> PipelineError {
    PipelineError::Unreadable {
        database: format!("{} ({})", url.value, url.origin),
        error,
    }
}

/// Loads a state: a database is read as it is, SQL is built on the dev database.
pub async fn load(
    mut state: State,
    env: &Env,
    listener: &dyn Listener,
    cancel: &Cancel,
) -> Result<(&'static dyn Dialect, Loaded), PipelineError> {
    if let Some(dev) = state.dev(env)? {
        let dialect = dev.0;
        let context = Context::new(env, dev, listener, cancel);
        let loaded = with_dev(&context, async |dev| {
            let mut session = dev.session("desired").await?;
            let loaded = state.build(env, dialect, &mut *session, None).await?;
            session.close().await?;
            Ok(Loaded {
                scoped: dev.scoped(),
                ..loaded
            })
        });
        return Ok((dialect, loaded.await?));
    }
    let loaded = cancel.race(state.read(env)).await??;
    match (state.dialect()?, loaded) {
        (Some(dialect), Some(mut loaded)) => {
            dialect.forget_rows(&mut loaded.realm);
            Ok((dialect, loaded))
        }
        _ => Err(desired::DesiredError::Nothing.into()),
    }
}
