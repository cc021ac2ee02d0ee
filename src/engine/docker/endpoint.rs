//! Where the Docker daemon is, as the `docker` command finds it: `DOCKER_HOST`, `DOCKER_CONTEXT`, the current context of
//! `~/.docker/config.json`, then the usual sockets (<https://docs.docker.com/engine/manage-resources/contexts/>).

use std::fmt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::engine::EngineError;

/// A daemon's address, and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) address: Address,
    /// For messages: "DOCKER_HOST", "the Docker context `x`".
    pub(super) origin: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// A socket on this machine.
    Unix(PathBuf),
    /// A daemon that listens on the network.
    Tcp {
        host: String,
        port: u16,
        tls: Option<Tls>,
    },
}

/// Certificates for a daemon that asks for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tls {
    pub(super) ca: PathBuf,
    pub(super) cert: PathBuf,
    pub(super) key: PathBuf,
}

impl Tls {
    fn in_directory(dir: &Path) -> Self {
        Self {
            ca: dir.join("ca.pem"),
            cert: dir.join("cert.pem"),
            key: dir.join("key.pem"),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp { host, port, .. } if host.contains(':') => {
                write!(f, "tcp://[{host}]:{port}")
            }
            Self::Tcp { host, port, .. } => write!(f, "tcp://{host}:{port}"),
        }
    }
}

impl Address {
    /// Whether the daemon runs on this machine, so that ports bound to its loopback interface are ours.
    pub(super) fn is_local(&self) -> bool {
        match self {
            Self::Unix(_) => true,
            Self::Tcp { host, .. } => matches!(host.as_str(), "localhost" | "127.0.0.1" | "::1"),
        }
    }
}

/// The variables and files that say where the daemon is.
pub(super) struct Settings<'a> {
    pub(super) env: &'a (dyn Fn(&str) -> Option<String> + Sync),
    pub(super) home: Option<PathBuf>,
}

impl Settings<'_> {
    fn var(&self, name: &str) -> Option<String> {
        (self.env)(name).filter(|value| !value.is_empty())
    }

    /// The directory of the client's settings.
    pub(super) fn directory(&self) -> Option<PathBuf> {
        self.var("DOCKER_CONFIG")
            .map(PathBuf::from)
            .or_else(|| self.home.as_ref().map(|home| home.join(".docker")))
    }

    /// `config.json`; an empty object if there is none.
    pub(super) fn config(&self) -> Result<Value, EngineError> {
        match self.directory().map(|dir| dir.join("config.json")) {
            Some(file) if file.exists() => json(&file),
            _ => Ok(Value::Object(serde_json::Map::new())),
        }
    }

    /// Finds the daemon.
    pub(super) fn endpoint(&self) -> Result<Endpoint, EngineError> {
        if let Some(host) = self.var("DOCKER_HOST") {
            let origin = "DOCKER_HOST".to_owned();
            let tls = self.var("DOCKER_TLS_VERIFY").and_then(|_| {
                let dir = self.var("DOCKER_CERT_PATH").map(PathBuf::from);
                dir.or_else(|| self.directory())
                    .map(|dir| Tls::in_directory(&dir))
            });
            let address = address(&host, tls, &origin)?;
            return Ok(Endpoint { address, origin });
        }
        let context = match self.var("DOCKER_CONTEXT") {
            Some(name) => Some(name),
            None => self.config()?["currentContext"].as_str().map(str::to_owned),
        };
        match context.filter(|name| !name.is_empty() && name != "default") {
            Some(name) => self.context(&name),
            None => Ok(self.socket()),
        }
    }

    /// A context's files are named by the hash of its name.
    fn context(&self, name: &str) -> Result<Endpoint, EngineError> {
        let origin = format!("the Docker context `{name}`");
        let directory = self.directory().unwrap_or_default().join("contexts");
        let id: String = Sha256::digest(name.as_bytes())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let meta = directory.join("meta").join(&id).join("meta.json");
        if !meta.exists() {
            return Err(EngineError::new(
                format!("{origin} does not exist"),
                "`docker context ls` lists those that do; DOCKER_CONTEXT and `docker context use` choose one",
            ));
        }
        let meta = json(&meta)?;
        let docker = &meta["Endpoints"]["docker"];
        let Some(host) = docker["Host"].as_str().filter(|host| !host.is_empty()) else {
            return Ok(Endpoint {
                origin,
                ..self.socket()
            });
        };
        if docker["SkipTLSVerify"].as_bool() == Some(true) {
            return Err(EngineError::new(
                format!(
                    "{origin} skips the check of the daemon's certificate, which trueup does not"
                ),
                "give the context the daemon's authority: `docker context update --docker ca=…`",
            ));
        }
        let tls = Tls::in_directory(&directory.join("tls").join(&id).join("docker"));
        let tls = tls.ca.exists().then_some(tls);
        let address = address(host, tls, &origin)?;
        Ok(Endpoint { address, origin })
    }

    /// The first of the usual sockets that answers, or the first of all.
    fn socket(&self) -> Endpoint {
        let mut sockets = vec![PathBuf::from("/var/run/docker.sock")];
        let rootless = self.var("XDG_RUNTIME_DIR").map(PathBuf::from);
        sockets.extend(rootless.map(|dir| dir.join("docker.sock")));
        let desktop = self.home.as_ref();
        sockets.extend(desktop.map(|home| home.join(".docker/run/docker.sock")));
        let answering = sockets
            .iter()
            .position(|socket| UnixStream::connect(socket).is_ok());
        let there = || sockets.iter().position(|socket| socket.exists());
        let chosen = answering.or_else(there).unwrap_or(0);
        Endpoint {
            address: Address::Unix(sockets.swap_remove(chosen)),
            origin: "the usual place".to_owned(),
        }
    }
}

fn json(file: &Path) -> Result<Value, EngineError> {
    let wrong = |error: &dyn fmt::Display| {
        EngineError::plain(format!("can't read {}: {error}", file.display()))
    };
    let text = std::fs::read_to_string(file).map_err(|error| wrong(&error))?;
    serde_json::from_str(&text).map_err(|error| wrong(&error))
}

/// Reads an address as `docker --host` takes it.
fn address(text: &str, tls: Option<Tls>, origin: &str) -> Result<Address, EngineError> {
    let wrong = |what: &str, hint: &str| {
        let message = format!("{origin}: `{text}` {what}");
        Err(EngineError::new(message, hint))
    };
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    match scheme {
        "unix" if rest.starts_with('/') => Ok(Address::Unix(PathBuf::from(rest))),
        "tcp" | "http" | "https" => {
            let rest = rest.trim_end_matches('/');
            let default = if tls.is_some() { 2376 } else { 2375 };
            let (host, port) = match rest.rsplit_once(':') {
                Some((host, port)) if !port.contains(']') => (host, port.parse().ok()),
                _ => (rest, Some(default)),
            };
            match port {
                Some(port) if !host.contains('/') => Ok(Address::Tcp {
                    host: match host.trim_matches(['[', ']']) {
                        "" => "localhost".to_owned(),
                        host => host.to_owned(),
                    },
                    port,
                    tls,
                }),
                _ => wrong("is not a Docker address", "write `tcp://HOST:PORT`"),
            }
        }
        "ssh" => wrong(
            "is reached over ssh, which trueup does not speak",
            "run trueup on that machine, let the daemon listen on TCP with TLS, or give the URL of an empty database as dev",
        ),
        _ => wrong(
            "is not a Docker address",
            "write `unix:///path/to/docker.sock` or `tcp://HOST:PORT`",
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn find(home: &Path, vars: &[(&str, &str)]) -> Result<Endpoint, EngineError> {
        let vars: BTreeMap<&str, &str> = vars.iter().copied().collect();
        let env = |name: &str| vars.get(name).map(|value| (*value).to_owned());
        Settings {
            env: &env,
            home: Some(home.to_owned()),
        }
        .endpoint()
    }

    fn tcp(host: &str, port: u16) -> Address {
        Address::Tcp {
            host: host.to_owned(),
            port,
            tls: None,
        }
    }

    /// Writes a context and gives the directory of its certificates.
    fn context(home: &Path, name: &str, host: &str) -> PathBuf {
        let id: String = Sha256::digest(name.as_bytes())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let contexts = home.join(".docker/contexts");
        let meta = contexts.join("meta").join(&id);
        std::fs::create_dir_all(&meta).unwrap();
        let text = format!(r#"{{"Name":"{name}","Endpoints":{{"docker":{{"Host":"{host}"}}}}}}"#);
        std::fs::write(meta.join("meta.json"), text).unwrap();
        contexts.join("tls").join(&id).join("docker")
    }

    #[test]
    fn docker_host_comes_first() {
        let home = tempfile::tempdir().unwrap();
        let host = |value| {
            find(
                home.path(),
                &[("DOCKER_HOST", value), ("DOCKER_CONTEXT", "x")],
            )
        };
        assert_eq!(
            host("unix:///run/d.sock").unwrap().address,
            Address::Unix("/run/d.sock".into())
        );
        assert_eq!(host("tcp://dind:2375").unwrap().address, tcp("dind", 2375));
        assert_eq!(host("tcp://dind").unwrap().address, tcp("dind", 2375));
        assert_eq!(host("tcp://[::1]:99/").unwrap().address, tcp("::1", 99));
        for (bad, part) in [
            ("ssh://me@host", "ssh"),
            ("tcp://host:x", "not a Docker address"),
            ("docker.sock", "not a Docker address"),
            ("npipe:////./pipe/docker", "not a Docker address"),
        ] {
            let error = host(bad).unwrap_err();
            assert!(
                error.message.contains(part) && error.message.contains("DOCKER_HOST"),
                "{error}"
            );
            assert!(error.hint.is_some(), "{bad}");
        }
        let verified = [
            ("DOCKER_HOST", "tcp://build.example:2376"),
            ("DOCKER_TLS_VERIFY", "1"),
            ("DOCKER_CERT_PATH", "/certs"),
        ];
        let Address::Tcp { tls: Some(tls), .. } = find(home.path(), &verified).unwrap().address
        else {
            panic!("without TLS")
        };
        assert_eq!(tls.ca, Path::new("/certs/ca.pem"));
    }

    #[test]
    fn contexts_are_found_by_name() {
        let home = tempfile::tempdir().unwrap();
        let certificates = context(home.path(), "farm", "tcp://farm.example:2376");
        let by_variable = [("DOCKER_CONTEXT", "farm")];
        let plain = find(home.path(), &by_variable).unwrap();
        assert_eq!(plain.address, tcp("farm.example", 2376));
        assert!(plain.origin.contains("`farm`"));

        std::fs::create_dir_all(&certificates).unwrap();
        std::fs::write(certificates.join("ca.pem"), "").unwrap();
        std::fs::write(
            home.path().join(".docker/config.json"),
            r#"{"currentContext":"farm"}"#,
        )
        .unwrap();
        let current = find(home.path(), &[]).unwrap();
        assert!(matches!(current.address, Address::Tcp { tls: Some(_), .. }));
        let other = find(home.path(), &[("DOCKER_CONTEXT", "default")]).unwrap();
        assert!(matches!(other.address, Address::Unix(_)));
        let error = find(home.path(), &[("DOCKER_CONTEXT", "gone")]).unwrap_err();
        assert!(error.message.contains("`gone` does not exist"), "{error}");
    }

    #[test]
    fn only_this_machines_loopback_is_ours() {
        assert!(Address::Unix("/x".into()).is_local() && tcp("127.0.0.1", 1).is_local());
        assert!(!tcp("dind", 2375).is_local());
    }
}
