//! Opens PostgreSQL servers, and leaves them as they were found.
//!
//! [`local`] and [`container`] start private servers, [`settings`] reads URLs, [`link`] connects, [`exec`] runs statements, [`session`] is
//! one state. [`dev`] and [`shared`] are the dev databases that hold states, on a server of our own and on anybody's; there
//! [`role`] is whom states log in as, and [`catalog`] says what a database holds. What a state looks like is read by the
//! sibling `inspect`.

mod catalog;
pub(super) mod class;
mod container;
mod dev;
mod exec;
mod link;
mod local;
mod pgpass;
mod role;
mod session;
mod settings;
mod shared;

use crate::config::url::DbUrl;
use crate::engine::attend::Attendant;
pub(super) use container::IMAGES;
use session::{PgSession, Place};
use settings::Target;

use crate::engine::{DevDatabase, EngineError, Session};

/// Opens a dev database.
pub(super) async fn open_dev(
    url: &DbUrl,
    attendant: &dyn Attendant,
) -> Result<Box<dyn DevDatabase>, EngineError> {
    match url.scheme() {
        "local" => Ok(Box::new(dev::PrivateDev::local(url).await?)),
        scheme if scheme.starts_with("docker") => {
            Ok(Box::new(container::open(url, attendant).await?))
        }
        _ => Ok(Box::new(shared::SharedDev::open(url).await?)),
    }
}

/// Connects to a database that is only read.
pub(super) async fn connect(url: &DbUrl) -> Result<Box<dyn Session>, EngineError> {
    let scheme = url.scheme();
    if scheme == "local" || scheme.starts_with("docker") {
        return Err(EngineError::nothing_to_read(
            scheme,
            "postgres://user@host:5432/database",
        ));
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
