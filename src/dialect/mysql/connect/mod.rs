//! Opens MySQL and MariaDB servers, and leaves them as they were found.
//!
//! [`driver`] is their part of what [`crate::engine::dev`] does for all servers. [`settings`] reads URLs, [`local`] finds the
//! programs of this machine, [`link`] connects, [`exec`] runs statements, which [`class`] judges by their
//! [tokens](crate::sql::token). [`user`] is whom states log in as on anybody's server, [`given`] keeps a given database as it
//! was found, [`catalog`] says what is on a server. What a state looks like is read by the sibling `inspect`.

mod catalog;
pub(super) mod class;
mod driver;
mod exec;
mod given;
mod link;
mod local;
mod settings;
mod user;

use super::server::Product;
use crate::config::url::DbUrl;
use crate::sql::Statement;

/// MySQL or MariaDB, as the URL has it.
pub(in crate::dialect) struct MyDriver(pub(in crate::dialect) Product);

impl MyDriver {
    /// The URL of a dev database for these migrations, where it leaves open how much of a server is compared.
    pub(in crate::dialect) fn settle(
        &self,
        url: &DbUrl,
        migrations: &[Statement],
    ) -> Option<DbUrl> {
        local::settle(url, self.0, migrations)
    }
}
