//! Starts a private server: a run's directory, data from the template, the program, and once more with a new template where
//! the old one may be to blame.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;

use super::{LocalServer, Origin, RunDir, ServerProgram, ServerUser, TemplateCache};
use crate::engine::EngineError;

/// Server programs of this machine, and how servers are made of them.
#[async_trait]
pub trait Programs: Sync {
    /// Accounts that the server may run as where we are root.
    const ACCOUNTS: &'static [&'static str];
    /// Name of the socket.
    const SOCKET: &'static str;
    /// How long a server may take to start.
    const BUDGET: Duration;

    /// The template's name, and everything whose change makes another one necessary.
    fn template(&self) -> (String, String);

    /// Makes a data directory.
    async fn build(&self, data: &Path, user: Option<&ServerUser>) -> Result<(), EngineError>;

    /// What is run, in a run's directory.
    fn program(&self, dir: &Path) -> ServerProgram;

    /// Connects once, or says why not.
    async fn probe(&self, dir: &Path) -> Result<(), String>;
}

/// Starts a server and waits for it.
///
/// # Errors
/// When it does not start; the end of its log is shown.
pub async fn start(programs: &impl Programs) -> Result<LocalServer, EngineError> {
    match once(programs).await {
        Ok(server) => Ok(server),
        Err((error, Some(template))) => {
            tracing::debug!("rebuilding the template: {error}");
            template.discard().await;
            once(programs).await.map_err(|(error, _)| error)
        }
        Err((error, None)) => Err(error),
    }
}

/// An error comes with the template when the server's data came from there, which may then be the reason.
async fn once<P: Programs>(
    programs: &P,
) -> Result<LocalServer, (EngineError, Option<TemplateCache>)> {
    let fresh = |error| (error, None);
    let user = ServerUser::choose(P::ACCOUNTS).map_err(fresh)?;
    let run = RunDir::create(user, P::SOCKET).map_err(fresh)?;
    let (name, settings) = programs.template();
    let cache = TemplateCache::new(&name, &settings);
    let build = async |data: &Path| programs.build(data, run.user()).await;
    let origin = match cache.instantiate(&run, build).await {
        Ok(origin) => origin,
        Err(error) => {
            let _ = run.remove();
            return Err(fresh(error));
        }
    };
    let dir = run.path().to_owned();
    let mut server = LocalServer::start(&programs.program(&dir), run).map_err(fresh)?;
    match server.ready(P::BUDGET, || programs.probe(&dir)).await {
        Ok(()) => Ok(server),
        Err(error) => Err((error, (origin == Origin::Cached).then_some(cache))),
    }
}
