//! The Docker daemon of the tests: one of our own with stand-ins for the official images (`scripts/docker-images.sh`), or,
//! with TRUEUP_TEST_DOCKER=user, that of whoever runs them, with the real images. Neither there is a failure.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, OnceLock, RwLock};
use std::time::{Duration, Instant};

use bollard::Docker;
use bollard::models::{ContainerConfig, ContainerCreateBody};
use bollard::query_parameters::{
    CommitContainerOptions, CreateContainerOptions, CreateImageOptions, ListContainersOptions,
    RemoveContainerOptions,
};
use futures_util::StreamExt as _;

use crate::lab::{SETUP, both};

/// An image whose containers print their password and sleep.
pub(crate) const SLEEPS: &str = "trueup-test/sleeps:1";
/// An image whose containers print their password and end with status 3.
pub(crate) const EXITS: &str = "trueup-test/exits:1";

/// Held for reading by whoever starts containers, for writing by whoever must be alone with the daemon.
pub(crate) static ALONE: RwLock<()> = RwLock::new(());

/// The daemon.
pub(crate) struct Daemon {
    socket: PathBuf,
    /// The process whose network has the published ports; none when it is ours.
    network: Option<u32>,
    /// Holds the pipe at whose end the script ends the daemon, even when we are killed.
    _script: Option<Child>,
    client: Docker,
}

/// A container of trueup's.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) name: String,
    pub(crate) pid: u32,
}

static RUNTIME: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Runtime::new().expect("a runtime"));

/// Starts it with the first test that asks.
pub(crate) fn daemon() -> &'static Daemon {
    static DAEMON: OnceLock<Daemon> = OnceLock::new();
    DAEMON.get_or_init(|| {
        let daemon = match std::env::var("TRUEUP_TEST_DOCKER").as_deref() {
            Ok("user") => Daemon::of_the_user(),
            Ok(other) => panic!("TRUEUP_TEST_DOCKER={other}: only `user` means something"),
            Err(_) => Daemon::of_our_own(),
        };
        daemon.prepare();
        daemon
    })
}

fn client(socket: &Path) -> Docker {
    let path = socket.to_str().expect("UTF-8");
    let client = Docker::connect_with_unix(path, 120, bollard::API_DEFAULT_VERSION);
    RUNTIME
        .block_on(client.expect("a socket").negotiate_version())
        .expect("a Docker daemon")
}

impl Daemon {
    fn of_the_user() -> Self {
        let host = std::env::var("DOCKER_HOST").unwrap_or_default();
        let socket = host
            .strip_prefix("unix://")
            .unwrap_or("/var/run/docker.sock");
        Self {
            network: None,
            _script: None,
            client: client(Path::new(socket)),
            socket: socket.into(),
        }
    }

    fn of_our_own() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let script = root.join("scripts/docker-images.sh");
        let built = Command::new(&script).output().expect("bash");
        assert!(
            built.status.success(),
            "no Docker for the tests; {SETUP}, as root; TRUEUP_TEST_DOCKER=user uses yours\n{}",
            both(&built)
        );
        let dir = tempfile::Builder::new()
            .prefix("trueup-docker-")
            .tempdir_in("/tmp")
            .expect("a directory")
            // The script removes it when the daemon has ended.
            .keep();
        let mut child = Command::new(&script)
            .arg("daemon")
            .arg(&dir)
            .stdin(Stdio::piped())
            .spawn()
            .expect("bash");
        let socket = dir.join("docker.sock");
        let deadline = Instant::now() + Duration::from_secs(960);
        while std::os::unix::net::UnixStream::connect(&socket).is_err() {
            let log = || fs::read_to_string(dir.join("log")).unwrap_or_default();
            let gone = child.try_wait().expect("a child").is_some();
            assert!(
                !gone && Instant::now() < deadline,
                "no Docker daemon: {}",
                log()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
        let pid = fs::read_to_string(dir.join("docker.pid")).expect("its number");
        Self {
            network: Some(pid.trim().parse().expect("a number")),
            _script: Some(child),
            client: client(&socket),
            socket,
        }
    }

    /// Makes the images that no database would be.
    fn prepare(&self) {
        self.pull("postgres:17");
        for (image, script) in [
            (
                SLEEPS,
                "echo waiting with $POSTGRES_PASSWORD; exec sleep 600",
            ),
            (
                EXITS,
                "echo opening with $POSTGRES_PASSWORD; echo no space left >&2; exit 3",
            ),
        ] {
            let entrypoint = ["sh", "-c", script].map(str::to_owned).to_vec();
            let (repository, tag) = image.split_once(':').expect("a tag");
            RUNTIME.block_on(async {
                let body = ContainerCreateBody {
                    image: Some("postgres:17".to_owned()),
                    ..ContainerCreateBody::default()
                };
                let made = self
                    .client
                    .create_container(None::<CreateContainerOptions>, body)
                    .await;
                let id = made.expect("a container").id;
                let options = CommitContainerOptions {
                    container: Some(id.clone()),
                    repo: Some(repository.to_owned()),
                    tag: Some(tag.to_owned()),
                    ..CommitContainerOptions::default()
                };
                let config = ContainerConfig {
                    entrypoint: Some(entrypoint),
                    cmd: Some(vec![]),
                    ..ContainerConfig::default()
                };
                self.client
                    .commit_container(options, config)
                    .await
                    .expect("an image");
                let options = RemoveContainerOptions {
                    v: true,
                    force: true,
                    ..RemoveContainerOptions::default()
                };
                self.client
                    .remove_container(&id, Some(options))
                    .await
                    .expect("removed");
            });
        }
    }

    /// Fetches an image that is not there.
    fn pull(&self, image: &str) {
        RUNTIME.block_on(async {
            if self.client.inspect_image(image).await.is_ok() {
                return;
            }
            let options = CreateImageOptions {
                from_image: Some(image.to_owned()),
                ..CreateImageOptions::default()
            };
            let mut steps = self.client.create_image(Some(options), None, None);
            while let Some(step) = steps.next().await {
                step.unwrap_or_else(|error| panic!("{image}: {error}"));
            }
        });
    }

    /// Whether it is the tests' own, which only root can have.
    pub(crate) fn is_our_own(&self) -> bool {
        self.network.is_some()
    }

    /// Its socket.
    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }

    /// Its client.
    pub(crate) fn client(&self) -> &Docker {
        &self.client
    }

    /// Waits for something of the client's.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        RUNTIME.block_on(work)
    }

    /// A program that finds this daemon, and the ports that it publishes; its process number is the program's own.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = match self.network {
            Some(pid) => {
                let mut command = Command::new("nsenter");
                command
                    .arg(format!("--net=/proc/{pid}/ns/net"))
                    .arg("--")
                    .arg(program);
                command
            }
            None => Command::new(program),
        };
        command.env("DOCKER_HOST", format!("unix://{}", self.socket.display()));
        command
    }

    /// The containers that trueup made and that are still there.
    pub(crate) fn containers(&self) -> Vec<Found> {
        let options = ListContainersOptions {
            all: true,
            filters: Some([("label".to_owned(), vec!["trueup.run".to_owned()])].into()),
            ..ListContainersOptions::default()
        };
        let found = self.wait(self.client.list_containers(Some(options)));
        let found = found.expect("a list of containers").into_iter();
        found
            .map(|container| Found {
                name: container.names.unwrap_or_default().concat(),
                pid: container.labels.unwrap_or_default()["trueup.pid"]
                    .parse()
                    .expect("a number"),
            })
            .collect()
    }

    /// Those that a process made.
    pub(crate) fn containers_of(&self, pid: u32) -> Vec<Found> {
        let mut found = self.containers();
        found.retain(|container| container.pid == pid);
        found
    }
}
