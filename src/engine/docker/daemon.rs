//! The connection to the daemon, and what it says when it refuses something.

use std::io;
use std::time::Duration;

use bollard::{API_DEFAULT_VERSION, Docker};

use super::endpoint::{Address, Endpoint, Tls};
use crate::engine::EngineError;

/// How long the daemon may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Seconds that it may take to answer: starting a container on a busy machine takes long.
const ANSWER: u64 = 120;

/// Connects, and agrees on the version of the API.
///
/// # Errors
/// When there is no daemon, or it does not let us in.
pub(super) async fn connect(endpoint: &Endpoint) -> Result<Docker, EngineError> {
    reachable(endpoint).await?;
    let client = match &endpoint.address {
        Address::Unix(path) => {
            Docker::connect_with_unix(&path.to_string_lossy(), ANSWER, API_DEFAULT_VERSION)
        }
        Address::Tcp { tls: None, .. } => {
            Docker::connect_with_http(&endpoint.address.to_string(), ANSWER, API_DEFAULT_VERSION)
        }
        Address::Tcp { tls: Some(tls), .. } => {
            readable(tls)?;
            let address = endpoint.address.to_string();
            Docker::connect_with_ssl(
                &address,
                &tls.key,
                &tls.cert,
                &tls.ca,
                ANSWER,
                API_DEFAULT_VERSION,
            )
        }
    };
    let failed = |error: bollard::errors::Error| {
        EngineError::new(
            format!(
                "the Docker daemon at {} ({}) can't be used: {}",
                endpoint.address,
                endpoint.origin,
                said(&error)
            ),
            "see whether `docker version` works; a daemon with TLS needs DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, or a \
             context with certificates",
        )
    };
    let client = client.map_err(failed)?;
    client.negotiate_version().await.map_err(failed)
}

/// A plain connection tells more about what is wrong than a request.
async fn reachable(endpoint: &Endpoint) -> Result<(), EngineError> {
    let connected = match &endpoint.address {
        Address::Unix(path) => timeout(tokio::net::UnixStream::connect(path)).await,
        Address::Tcp { host, port, .. } => {
            timeout(tokio::net::TcpStream::connect((host.as_str(), *port))).await
        }
    };
    let Err(error) = connected else {
        return Ok(());
    };
    let (address, origin) = (&endpoint.address, &endpoint.origin);
    if error.kind() == io::ErrorKind::PermissionDenied {
        return Err(EngineError::new(
            format!("no permission to use the Docker daemon at {address} ({origin})"),
            "add your account to the group `docker` (`sudo usermod -aG docker $USER`) and log in again, or use \
             rootless Docker",
        ));
    }
    Err(EngineError::new(
        format!("no Docker daemon at {address} ({origin}): {error}"),
        "start Docker, or say where it is with DOCKER_HOST or a Docker context; without Docker use the URL of an empty \
         database, or `local://…` where the server is installed",
    ))
}

async fn timeout<T>(connecting: impl Future<Output = io::Result<T>>) -> io::Result<()> {
    match tokio::time::timeout(CONNECT, connecting).await {
        Ok(connected) => connected.map(|_| ()),
        Err(_elapsed) => Err(io::ErrorKind::TimedOut.into()),
    }
}

fn readable(tls: &Tls) -> Result<(), EngineError> {
    for file in [&tls.ca, &tls.cert, &tls.key] {
        std::fs::File::open(file).map_err(|error| {
            EngineError::new(
                format!(
                    "can't read the Docker certificate {}: {error}",
                    file.display()
                ),
                "DOCKER_CERT_PATH names the directory of ca.pem, cert.pem and key.pem",
            )
        })?;
    }
    Ok(())
}

/// An error in the daemon's words, with its causes.
pub(super) fn said(error: &bollard::errors::Error) -> String {
    use bollard::errors::Error;
    let text = match error {
        Error::DockerResponseServerError { message, .. } => message.clone(),
        Error::DockerStreamError { error } => error.clone(),
        other => {
            let mut text = other.to_string();
            let mut cause = std::error::Error::source(other);
            while let Some(inner) = cause {
                let inner_text = inner.to_string();
                if !text.contains(&inner_text) {
                    text = format!("{text}: {inner_text}");
                }
                cause = inner.source();
            }
            text
        }
    };
    let lines: Vec<&str> = text.split_whitespace().collect();
    lines.join(" ")
}
