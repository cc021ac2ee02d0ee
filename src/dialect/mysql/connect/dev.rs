//! Dev databases on private servers: a database for each state that is limited to one, a server for each that is a whole
//! server.

use std::sync::Arc;

use async_trait::async_trait;

use super::clean;
use super::link;
use super::session::{Beside, Elsewhere, MySqlSession, Place};
use super::settings::Target;
use super::{container, local};
use crate::engine::attend::{Attendant, Unattended};
use crate::engine::private::PrivateServer;
use crate::engine::run::Run;
use crate::engine::{DevDatabase, EngineError, Session};

/// A server, and how it is reached.
type Private = (Box<dyn PrivateServer>, Target);

/// Where private servers come from.
pub(super) enum Source {
    /// The programs of this machine.
    Programs(local::Programs),
    /// An image.
    Image(Box<container::Image>),
}

impl Source {
    /// The one database that states are limited to.
    fn scope(&self) -> Option<&str> {
        match self {
            Self::Programs(programs) => programs.scope(),
            Self::Image(image) => image.scope(),
        }
    }

    /// Starts a server; nobody is told.
    pub(super) async fn start(&self) -> Result<Private, EngineError> {
        self.start_for(&Unattended).await
    }

    async fn start_for(&self, attendant: &dyn Attendant) -> Result<Private, EngineError> {
        match self {
            Self::Programs(programs) => {
                let (server, target) = programs.start().await?;
                Ok((Box::new(server), target))
            }
            Self::Image(image) => {
                let (container, target) = image.start(attendant).await?;
                Ok((Box::new(container), target))
            }
        }
    }

    /// Removes what is left when all servers are stopped: what was starting when nobody waited any more.
    async fn close(&self) -> Result<(), EngineError> {
        match self {
            Self::Programs(_) => Ok(()),
            Self::Image(image) => image.close().await,
        }
    }
}

/// Private servers: what is on them goes with them.
pub(super) struct PrivateDev {
    source: Arc<Source>,
    /// The server of all states that are limited to a database; the first server of those that are not.
    first: Option<Private>,
    run: Run,
    opened: usize,
}

impl PrivateDev {
    /// Starts the first server.
    pub(super) async fn open(
        source: Source,
        attendant: &dyn Attendant,
    ) -> Result<Self, EngineError> {
        match source.start_for(attendant).await {
            Ok(first) => Ok(Self {
                source: Arc::new(source),
                first: Some(first),
                run: Run::new(),
                opened: 0,
            }),
            Err(error) => {
                source.close().await?;
                Err(error)
            }
        }
    }

    /// A state that is all of a server.
    async fn whole_server(&mut self) -> Result<Box<dyn Session>, EngineError> {
        let (server, target) = match self.first.take() {
            Some(first) => first,
            None => self.source.start().await?,
        };
        let link = link::open(&target).await?;
        let place = Place::Own(server);
        Ok(Box::new(MySqlSession::new(link, target, place)))
    }
}

#[async_trait]
impl DevDatabase for PrivateDev {
    fn concurrent(&self) -> bool {
        true
    }

    fn scoped(&self) -> bool {
        self.source.scope().is_some()
    }

    async fn session(&mut self, label: &str) -> Result<Box<dyn Session>, EngineError> {
        let (Some(own), Some((_, given))) = (self.source.scope(), &self.first) else {
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
            elsewhere: Elsewhere::Server(Arc::clone(&self.source)),
            done: Vec::new(),
        });
        let target = given.with_database(&name);
        let link = link::open(&target).await?;
        Ok(Box::new(MySqlSession::new(link, target, place)))
    }

    async fn close(self: Box<Self>) -> Result<(), EngineError> {
        let stopped = match self.first {
            Some((server, _)) => server.stop().await,
            None => Ok(()),
        };
        stopped.and(self.source.close().await)
    }
}
