//! Dev databases in containers: a daemon, an image, and containers of it that end with the run.
//!
//! It knows containers and no database: a dialect says which image to run with what, and how to see that the server in it is
//! ready. [`Fleet`] holds all containers of one dev database; [`image`] reads URLs, `endpoint` and `daemon` find and
//! reach Docker, `pull` fetches images, `container` runs one, `reach` is the way to it, `owner` knows leftovers.

mod container;
mod daemon;
mod endpoint;
pub mod image;
mod owner;
mod pull;
mod reach;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bollard::Docker;
use bollard::models::ContainerSummary;
use bollard::query_parameters::ListContainersOptions;
use tokio::sync::RwLock;

use super::EngineError;
use super::attend::{Attendant, Progress};
use crate::config::Secret;
pub use container::Container;
use endpoint::Settings;
use owner::Owner;
use reach::Reach;

/// What a dialect wants to be run.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The image's reference.
    pub image: String,
    pub env: Vec<(String, String)>,
    /// Arguments in addition to those that the image has.
    pub command: Vec<String>,
    /// The server's port in the container.
    pub port: u16,
    /// Directory of the server's data, where it can be kept in memory.
    pub data: Option<&'static str>,
    /// What must not be seen in the container's output.
    pub secrets: Vec<Secret>,
}

/// The error for a caller that no longer waits; never shown.
struct Interrupted;

impl Interrupted {
    fn error() -> EngineError {
        EngineError::plain("interrupted while a container started")
    }
}

/// All containers of one dev database.
pub struct Fleet {
    docker: Docker,
    owner: Owner,
    reach: Reach,
    launch: Launch,
    started: AtomicUsize,
    /// Held for reading while a container is being made, so that closing does not miss it.
    making: Arc<RwLock<()>>,
}

impl Fleet {
    /// Finds the daemon, removes what killed runs left there, and makes sure that it has the image.
    pub async fn open(launch: Launch, attendant: &dyn Attendant) -> Result<Self, EngineError> {
        tokio::select! {
            biased;
            () = attendant.stopped() => Err(Interrupted::error()),
            // All of this can be dropped at any moment.
            opened = Self::prepare(launch, attendant) => opened,
        }
    }

    async fn prepare(mut launch: Launch, attendant: &dyn Attendant) -> Result<Self, EngineError> {
        let env = |name: &str| std::env::var(name).ok();
        let settings = Settings {
            env: &env,
            home: std::env::home_dir(),
        };
        let endpoint = settings.endpoint()?;
        let docker = daemon::connect(&endpoint).await?;
        let owner = Owner::this_process(random()?);
        sweep(&docker, &owner).await;
        let mut command =
            pull::ensure(&docker, &launch.image, &settings.config()?, attendant).await?;
        command.append(&mut launch.command);
        launch.command = command;
        let reach = Reach::find(&docker, &endpoint.address).await;
        tracing::debug!("containers are reached by {reach:?}");
        Ok(Self {
            docker,
            owner,
            reach,
            launch,
            started: AtomicUsize::new(0),
            making: Arc::default(),
        })
    }

    /// The image's reference.
    pub fn image(&self) -> &str {
        &self.launch.image
    }

    /// Starts a container. Its server is not ready yet: see [`Container::ready`].
    pub async fn start(&self, attendant: &dyn Attendant) -> Result<Container, EngineError> {
        attendant.tell(Progress::Starting {
            image: &self.launch.image,
        });
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        let name = format!("trueup-{}-{number}", &self.owner.run);
        tracing::info!("starting {} as the container {name}", self.launch.image);
        let docker = self.docker.clone();
        let (labels, reach, launch) =
            (self.owner.labels(), self.reach.clone(), self.launch.clone());
        let making = Arc::clone(&self.making).read_owned().await;
        // A task of its own: dropped half way, it would leave a container that nobody knows.
        let task = tokio::spawn(async move {
            let started = Container::start(docker, &name, labels, &reach, &launch).await;
            drop(making);
            started
        });
        match task.await {
            Ok(started) => started,
            Err(error) => Err(EngineError::plain(format!(
                "can't start a container: {error}"
            ))),
        }
    }

    /// Removes every container of this dev database, those included that nobody holds any more.
    pub async fn close(&self) -> Result<(), EngineError> {
        let _nothing_is_being_made = self.making.write().await;
        let label = format!("{}={}", owner::RUN, self.owner.run);
        let left = list(&self.docker, &label).await.map_err(|error| {
            EngineError::new(
                format!(
                    "can't see which containers are left: {}",
                    daemon::said(&error)
                ),
                "the next run removes them",
            )
        })?;
        let mut result = Ok(());
        for container in left {
            let id = container.id.unwrap_or_default();
            let removed = container::remove(&self.docker, &id).await;
            result = result.and(removed);
        }
        result
    }
}

/// A password or an id: 128 bits that nobody guesses.
pub fn random() -> Result<String, EngineError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        EngineError::plain(format!("the system has no random numbers: {error}"))
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

async fn list(
    docker: &Docker,
    label: &str,
) -> Result<Vec<ContainerSummary>, bollard::errors::Error> {
    let options = ListContainersOptions {
        all: true,
        filters: Some([("label".to_owned(), vec![label.to_owned()])].into()),
        ..ListContainersOptions::default()
    };
    docker.list_containers(Some(options)).await
}

/// Removes the containers of runs that were killed. What can't be removed is the next run's.
async fn sweep(docker: &Docker, owner: &Owner) {
    let found = match list(docker, owner::RUN).await {
        Ok(found) => found,
        Err(error) => {
            tracing::debug!("can't list containers: {}", daemon::said(&error));
            return;
        }
    };
    for container in found {
        let labels = container.labels.unwrap_or_default().into_iter().collect();
        if !owner.is_orphan(&labels) {
            continue;
        }
        let id = container.id.unwrap_or_default();
        let name = container.names.unwrap_or_default().join(" ");
        match container::remove(docker, &id).await {
            Ok(()) => tracing::info!(
                "removed the container {}, which a run that was killed left behind",
                name.trim_start_matches('/')
            ),
            Err(error) => tracing::debug!("{error}"),
        }
    }
}
