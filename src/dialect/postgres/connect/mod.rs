//! Opens PostgreSQL servers, and leaves them as they were found.
//!
//! [`local`] starts private servers, [`settings`] reads URLs, [`link`] connects, [`exec`] runs statements, [`session`] is
//! one state. [`dev`] and [`shared`] are the dev databases that hold states, on a server of our own and on anybody's; there
//! [`catalog`] says what a database holds and [`sweep`] puts it back. What a state looks like is read by the sibling `inspect`.

mod catalog;
mod class;
mod dev;
mod exec;
mod link;
mod local;
mod pgpass;
mod session;
mod settings;
mod shared;
mod sweep;

use crate::config::url::DbUrl;
use session::{PgSession, Place};
use settings::Target;

use crate::engine::{DevDatabase, EngineError, Session};

/// Opens a dev database.
pub(super) async fn open_dev(url: &DbUrl) -> Result<Box<dyn DevDatabase>, EngineError> {
    match url.scheme() {
        "local" => Ok(Box::new(dev::LocalDev::open(url).await?)),
        scheme if scheme.starts_with("docker") => Err(no_docker()),
        _ => Ok(Box::new(shared::SharedDev::open(url).await?)),
    }
}

fn no_docker() -> EngineError {
    EngineError::new(
        "`docker://` dev databases are not supported yet for PostgreSQL",
        "use `local://postgres`, or the URL of an empty database: `postgres://user@host:5432/dev`",
    )
}

/// Connects to a database that is only read.
pub(super) async fn connect(url: &DbUrl) -> Result<Box<dyn Session>, EngineError> {
    match url.scheme() {
        "local" => {
            return Err(EngineError::new(
                "a `local://` server is private to a run and always empty, so there is nothing to read",
                "give the URL of the database: `postgres://user@host:5432/database`",
            ));
        }
        scheme if scheme.starts_with("docker") => return Err(no_docker()),
        _ => {}
    }
    let target = Target::read(url)?;
    let mut connection = link::open(&target).await?;
    if let Some(scope) = &target.scope {
        link::require_schema(&mut connection, &target, scope).await?;
    }
    Ok(Box::new(
        PgSession::new(connection, target, Place::Foreign, None).await?,
    ))
}
