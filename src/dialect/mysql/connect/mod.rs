//! Opens MySQL and MariaDB servers, and leaves them as they were found.
//!
//! [`local`] and [`container`] start private servers, [`settings`] reads URLs, [`link`] connects, [`exec`] runs statements, which [`class`]
//! judges by their [tokens](crate::sql::token). [`session`] is one state, [`mod@url`] and [`dev`] are the dev databases that hold states, on
//! anybody's server and on our own; [`user`] is whom states log in as, [`seat`] keeps them in order, [`clean`] knows what is on a server and removes
//! it. What a state looks like is read by the sibling `inspect`.

mod class;
mod clean;
mod container;
mod dev;
mod exec;
pub(super) mod link;
mod local;
mod seat;
mod session;
mod settings;
mod url;
mod user;

use super::server::Product;
use crate::config::url::DbUrl;
use crate::engine::attend::Attendant;
use crate::engine::{DevDatabase, EngineError, Session};

/// Opens a dev database.
pub(in crate::dialect) async fn open_dev(
    url: &DbUrl,
    product: Product,
    attendant: &dyn Attendant,
) -> Result<Box<dyn DevDatabase>, EngineError> {
    let scheme = url.scheme();
    let source = if scheme == "local" {
        dev::Source::Programs(local::Programs::find(url, product).await?)
    } else if scheme.starts_with("docker") {
        let image = container::Image::find(url, product, attendant).await?;
        dev::Source::Image(Box::new(image))
    } else {
        return Ok(Box::new(url::UrlDev::open(url).await?));
    };
    Ok(Box::new(dev::PrivateDev::open(source, attendant).await?))
}

/// Connects to a database that is only read.
pub(in crate::dialect) async fn connect(url: &DbUrl) -> Result<Box<dyn Session>, EngineError> {
    let scheme = url.scheme();
    if scheme == "local" || scheme.starts_with("docker") {
        return Err(EngineError::nothing_to_read(
            scheme,
            "mysql://user@host:3306/database",
        ));
    }
    let target = settings::target(url)?;
    let mut link = link::open(&target).await?;
    link::run(&mut link.connection, "SET SESSION TRANSACTION READ ONLY")
        .await
        .map_err(|error| link::failed(&target, "make the session read-only", &error))?;
    let place = session::Place::Foreign;
    Ok(Box::new(session::MySqlSession::new(link, target, place)))
}
