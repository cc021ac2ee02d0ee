//! One container: made, started, waited for, removed. Its password can be in what it prints, so that is masked before it is
//! shown.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use async_trait::async_trait;
use bollard::Docker;
use bollard::models::{ContainerCreateBody, HostConfig, PortBinding};
use bollard::query_parameters::{CreateContainerOptions, LogsOptions, RemoveContainerOptions};
use futures_util::StreamExt as _;
use tokio::time::Instant;

use super::daemon::said;
use super::reach::Reach;
use super::{Interrupted, Launch};
use crate::config::Secret;
use crate::config::secret::MASK;
use crate::engine::EngineError;
use crate::engine::attend::Attendant;
use crate::engine::private::PrivateServer;

/// Lines of a container's output that a failure shows.
const LINES: usize = 12;
/// How long one attempt to reach the server may take.
const ATTEMPT: Duration = Duration::from_secs(10);
/// Official images start a first server to set things up, and then the real one. The first one has no TCP; an image that
/// gives it some is caught by asking twice.
const AGAIN: Duration = Duration::from_millis(50);
const REMOVAL: Duration = Duration::from_secs(30);

/// A container that trueup started.
pub struct Container {
    docker: Docker,
    id: String,
    image: String,
    host: String,
    port: u16,
    secrets: Vec<Secret>,
}

impl Container {
    /// Makes and starts one. What is left of a failure is removed.
    pub(super) async fn start(
        docker: Docker,
        name: &str,
        labels: BTreeMap<String, String>,
        reach: &Reach,
        launch: &Launch,
    ) -> Result<Self, EngineError> {
        let options = CreateContainerOptions {
            name: Some(name.to_owned()),
            ..CreateContainerOptions::default()
        };
        let made = docker
            .create_container(Some(options), body(labels, reach, launch))
            .await
            .map_err(|error| failed("make", launch, &error))?;
        for warning in &made.warnings {
            tracing::debug!("Docker: {warning}");
        }
        match Self::run(docker.clone(), made.id.clone(), reach, launch).await {
            Ok(container) => Ok(container),
            Err(error) => {
                remove(&docker, &made.id).await?;
                Err(error)
            }
        }
    }

    async fn run(
        docker: Docker,
        id: String,
        reach: &Reach,
        launch: &Launch,
    ) -> Result<Self, EngineError> {
        docker
            .start_container(&id, None)
            .await
            .map_err(|error| failed("start", launch, &error))?;
        let mut container = Self {
            docker,
            id,
            image: launch.image.clone(),
            host: String::new(),
            port: launch.port,
            secrets: launch.secrets.clone(),
        };
        container.locate(reach).await?;
        Ok(container)
    }

    /// Finds out where the server will be.
    async fn locate(&mut self, reach: &Reach) -> Result<(), EngineError> {
        let found = self.docker.inspect_container(&self.id, None).await;
        let found = found.map_err(|error| {
            let said = said(&error);
            EngineError::plain(format!("can't see the container of {}: {said}", self.image))
        })?;
        let settings = found.network_settings.unwrap_or_default();
        let place = match reach {
            Reach::Published { host, .. } => settings
                .ports
                .unwrap_or_default()
                .remove(&port_name(self.port))
                .flatten()
                .unwrap_or_default()
                .into_iter()
                .find_map(|binding| binding.host_port?.parse().ok())
                .map(|port| (host.clone(), port)),
            Reach::Network(name) => settings
                .networks
                .unwrap_or_default()
                .remove(name)
                .and_then(|endpoint| endpoint.ip_address)
                .filter(|address| !address.is_empty())
                .map(|address| (address, self.port)),
        };
        match place {
            Some((host, port)) => {
                (self.host, self.port) = (host, port);
                Ok(())
            }
            None => {
                self.still_runs().await?;
                Err(EngineError::plain(format!(
                    "Docker started {} without the port or the network that it was asked for",
                    self.image
                )))
            }
        }
    }

    /// The host to connect to.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port to connect to.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Tries `probe` until it has found the server ready twice.
    ///
    /// # Errors
    /// When the container ends, when nobody waits any more, or when `budget` is used up; why `probe` failed and the last lines of the container are in the message. It still has to be stopped.
    pub async fn ready<F, R>(
        &mut self,
        budget: Duration,
        attendant: &dyn Attendant,
        mut probe: F,
    ) -> Result<(), EngineError>
    where
        F: FnMut() -> R,
        R: Future<Output = Result<(), String>>,
    {
        let deadline = Instant::now() + budget;
        let mut found = 0;
        let mut why = "it does not answer".to_owned();
        while found < 2 {
            let attempt = ATTEMPT.min(deadline.saturating_duration_since(Instant::now()));
            let probed = tokio::select! {
                biased;
                () = attendant.stopped() => return Err(Interrupted::error()),
                probed = tokio::time::timeout(attempt, probe()) => probed,
            };
            match probed {
                Ok(Ok(())) => found += 1,
                Ok(Err(reason)) => (found, why) = (0, reason),
                Err(_elapsed) => found = 0,
            }
            if found == 0 {
                self.still_runs().await?;
            }
            if found == 0 && Instant::now() >= deadline {
                let what = format!("is not ready after {} s ({why})", budget.as_secs());
                return Err(self.failure(&what).await);
            }
            tokio::time::sleep(AGAIN).await;
        }
        Ok(())
    }

    /// Says why a container that has ended did so.
    async fn still_runs(&self) -> Result<(), EngineError> {
        let found = self.docker.inspect_container(&self.id, None).await.ok();
        let Some(state) = found.and_then(|found| found.state) else {
            return Ok(());
        };
        match (state.running, state.exit_code) {
            (Some(false), Some(code)) => {
                let what = format!("ended with status {code} while it started");
                Err(self.failure(&what).await)
            }
            _ => Ok(()),
        }
    }

    async fn failure(&self, what: &str) -> EngineError {
        let options = LogsOptions {
            stdout: true,
            stderr: true,
            tail: (LINES * 4).to_string(),
            ..LogsOptions::default()
        };
        let mut pieces = self.docker.logs(&self.id, Some(options));
        let mut printed = String::new();
        while let Some(piece) = pieces.next().await {
            printed.extend(piece.ok().map(|piece| piece.to_string()));
        }
        let last = tail(&printed, &self.secrets);
        let image = &self.image;
        EngineError::plain(match last.is_empty() {
            true => format!("the container of {image} {what}; it printed nothing"),
            false => format!("the container of {image} {what}; the last it printed is\n{last}"),
        })
    }
}

#[async_trait]
impl PrivateServer for Container {
    async fn stop(self: Box<Self>) -> Result<(), EngineError> {
        remove(&self.docker, &self.id).await
    }
}

/// The last lines, without secrets.
fn tail(output: &str, secrets: &[Secret]) -> String {
    let output = masked(output, secrets);
    let lines: Vec<&str> = output
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

fn masked(text: &str, secrets: &[Secret]) -> String {
    secrets.iter().fold(text.to_owned(), |text, secret| {
        text.replace(secret.expose(), MASK)
    })
}

/// What Docker is asked for: everything of the container's goes with it.
fn body(labels: BTreeMap<String, String>, reach: &Reach, launch: &Launch) -> ContainerCreateBody {
    let port = port_name(launch.port);
    let (bindings, network) = match reach {
        Reach::Published { bind, .. } => {
            let binding = PortBinding {
                host_ip: Some((*bind).to_owned()),
                // Docker chooses.
                host_port: Some(String::new()),
            };
            (Some([(port.clone(), Some(vec![binding]))].into()), None)
        }
        Reach::Network(name) => (None, Some(name.clone())),
    };
    let env = launch.env.iter();
    ContainerCreateBody {
        image: Some(launch.image.clone()),
        env: Some(env.map(|(name, value)| format!("{name}={value}")).collect()),
        cmd: Some(launch.command.clone()),
        exposed_ports: Some(vec![port]),
        labels: Some(labels.into_iter().collect()),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        host_config: Some(HostConfig {
            port_bindings: bindings,
            network_mode: network,
            tmpfs: launch
                .data
                .map(|data| [(data.to_owned(), "rw,mode=1777".to_owned())].into()),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    }
}

fn port_name(port: u16) -> String {
    format!("{port}/tcp")
}

/// Removes a container, running or not, with its volumes.
pub(super) async fn remove(docker: &Docker, id: &str) -> Result<(), EngineError> {
    let deadline = Instant::now() + REMOVAL;
    loop {
        let options = RemoveContainerOptions {
            v: true,
            force: true,
            ..RemoveContainerOptions::default()
        };
        let error = match docker.remove_container(id, Some(options)).await {
            Ok(()) => return Ok(()),
            Err(bollard::errors::Error::DockerResponseServerError {
                status_code: 404, ..
            }) => return Ok(()),
            Err(error) => error,
        };
        // Being removed already is a conflict.
        if Instant::now() >= deadline {
            return Err(EngineError::new(
                format!("can't remove the container {id}: {}", said(&error)),
                format!("remove it by hand: `docker rm -fv {id}`"),
            ));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Why Docker did not do what it was asked.
fn failed(what: &str, launch: &Launch, error: &bollard::errors::Error) -> EngineError {
    let said = masked(&said(error), &launch.secrets);
    let message = format!(
        "Docker can't {what} a container of {}: {said}",
        launch.image
    );
    let any = |parts: &[&str]| parts.iter().any(|part| said.contains(part));
    if any(&[
        "already allocated",
        "address already in use",
        "already in use by container",
    ]) {
        let hint = "another program or container took it first: run again";
        return EngineError::new(message, hint);
    }
    if any(&["executable file not found", "no such file or directory"]) {
        let hint = "is this the image of a database server of that kind?";
        return EngineError::new(message, hint);
    }
    EngineError::plain(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn launch() -> Launch {
        Launch {
            image: "engine:8".to_owned(),
            env: vec![("PASSWORD".to_owned(), "hunter2".to_owned())],
            command: vec!["--fast".to_owned()],
            port: 1234,
            data: Some("/data"),
            secrets: vec![Secret::new("hunter2")],
        }
    }

    #[test]
    fn a_published_port_is_ours_alone() {
        let reach = Reach::Published {
            bind: "127.0.0.1",
            host: "127.0.0.1".to_owned(),
        };
        let host = body(BTreeMap::new(), &reach, &launch())
            .host_config
            .unwrap();
        let bindings = host
            .port_bindings
            .unwrap()
            .remove("1234/tcp")
            .unwrap()
            .unwrap();
        assert_eq!(bindings.len(), 1);
        assert_eq!(bindings[0].host_ip.as_deref(), Some("127.0.0.1"));
        assert_eq!(bindings[0].host_port.as_deref(), Some(""));
        let network = body(
            BTreeMap::new(),
            &Reach::Network("job".to_owned()),
            &launch(),
        );
        let host = network.host_config.unwrap();
        assert_eq!(
            (host.network_mode.as_deref(), host.port_bindings),
            (Some("job"), None)
        );
    }

    #[test]
    fn output_is_masked_and_short() {
        let output: String = (0..100).map(|n| format!("{n} hunter2 ü\n\n")).collect();
        let shown = tail(&output, &launch().secrets);
        assert_eq!(shown.lines().count(), LINES);
        assert!(shown.ends_with("99 *** ü"), "{shown}");
        assert!(!shown.contains("hunter2"));
    }

    #[test]
    fn a_taken_port_says_so() {
        let error = bollard::errors::Error::DockerResponseServerError {
            status_code: 500,
            message: "Bind for 127.0.0.1:1234 failed: port is already allocated, hunter2"
                .to_owned(),
        };
        let error = failed("start", &launch(), &error);
        assert!(error.hint.unwrap().contains("run again"));
        assert!(!error.message.contains("hunter2"));
    }
}
