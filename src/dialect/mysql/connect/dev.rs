//! Dev databases on private servers: a database for each state that is limited to one, a server for each that is a whole
//! server.

use async_trait::async_trait;

use super::clean;
use super::link;
use super::local;
use super::session::{Beside, Elsewhere, MySqlSession, Place};
use super::settings::Target;
use crate::config::url::DbUrl;
use crate::dialect::mysql::server::Product;
use crate::engine::local::LocalServer;
use crate::engine::run::Run;
use crate::engine::{DevDatabase, EngineError, Session};

/// Private servers: what is on them goes with them.
pub(super) struct LocalDev {
    programs: local::Programs,
    /// The server of all states that are limited to a database; the first server of those that are not.
    first: Option<(LocalServer, Target)>,
    run: Run,
    opened: usize,
}

impl LocalDev {
    /// Starts the first server.
    pub(super) async fn open(url: &DbUrl, product: Product) -> Result<Self, EngineError> {
        let programs = local::Programs::find(url, product).await?;
        let first = programs.start().await?;
        Ok(Self {
            programs,
            first: Some(first),
            run: Run::new(),
            opened: 0,
        })
    }

    /// A state that is all of a server.
    async fn whole_server(&mut self) -> Result<Box<dyn Session>, EngineError> {
        let (server, target) = match self.first.take() {
            Some(first) => first,
            None => self.programs.start().await?,
        };
        let link = link::open(&target).await?;
        let place = Place::Own(Box::new(server));
        Ok(Box::new(MySqlSession::new(link, target, place)))
    }
}

#[async_trait]
impl DevDatabase for LocalDev {
    fn concurrent(&self) -> bool {
        true
    }

    fn scoped(&self) -> bool {
        self.programs.scope().is_some()
    }

    async fn session(&mut self, label: &str) -> Result<Box<dyn Session>, EngineError> {
        let (Some(own), Some((_, given))) = (self.programs.scope(), &self.first) else {
            return self.whole_server().await;
        };
        let name = self.run.sibling(self.opened);
        self.opened += 1;
        let whole = given.without_database();
        let mut admin = link::open(&whole).await?.connection;
        clean::make_sibling(&mut admin, &name, None, &self.run)
            .await
            .map_err(|error| {
                let what = format!("make a database for the {label} state");
                link::failed(&whole, &what, &error)
            })?;
        link::close(admin).await;
        let place = Place::Beside(Beside {
            own: own.to_owned(),
            elsewhere: Elsewhere::Server(self.programs.clone()),
            done: Vec::new(),
        });
        let target = given.with_database(&name);
        let link = link::open(&target).await?;
        Ok(Box::new(MySqlSession::new(link, target, place)))
    }

    async fn close(self: Box<Self>) -> Result<(), EngineError> {
        match self.first {
            Some((server, _)) => server.stop().await,
            None => Ok(()),
        }
    }
}
