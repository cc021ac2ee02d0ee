//! Opens MySQL and MariaDB servers, and leaves them as they were found.
//!
//! [`local`] starts private servers, [`settings`] reads URLs, [`link`] connects, [`exec`] runs statements, which [`class`]
//! judges by their [`token`]s. [`session`] is one state, [`mod@url`] and [`dev`] are the dev databases that hold states, on
//! anybody's server and on our own; [`seat`] keeps their states in order, [`clean`] knows what is on a server and removes
//! it. What a state looks like is read by the sibling `inspect`.

mod class;
mod clean;
mod dev;
mod exec;
pub(super) mod link;
mod local;
mod seat;
mod session;
mod settings;
mod token;
mod url;

use super::server::Product;
use crate::config::url::DbUrl;
use crate::engine::{DevDatabase, EngineError, Session};

/// Opens a dev database.
pub(in crate::dialect) async fn open_dev(
    url: &DbUrl,
    product: Product,
) -> Result<Box<dyn DevDatabase>, EngineError> {
    match url.scheme() {
        "local" => Ok(Box::new(dev::LocalDev::open(url, product).await?)),
        scheme if scheme == "docker" || scheme.starts_with("docker+") => Err(EngineError::new(
            format!("{url}: containers are not supported yet"),
            format!(
                "use `local://{}/dev`, or the URL of an empty database",
                product.name()
            ),
        )),
        _ => Ok(Box::new(url::UrlDev::open(url).await?)),
    }
}

/// Connects to a database that is only read.
pub(in crate::dialect) async fn connect(url: &DbUrl) -> Result<Box<dyn Session>, EngineError> {
    let target = settings::target(url)?;
    let mut link = link::open(&target).await?;
    link::run(&mut link.connection, "SET SESSION TRANSACTION READ ONLY")
        .await
        .map_err(|error| link::failed(&target, "make the session read-only", &error))?;
    let place = session::Place::Foreign;
    Ok(Box::new(session::MySqlSession::new(link, target, place)))
}
