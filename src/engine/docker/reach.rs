//! How a container is reached: through a published port, or, when trueup runs in a container itself, over the
//! network that we are on.
//!
//! Published on this machine, a port is bound to the loopback interface alone. A daemon on another machine has to bind it
//! where we can reach it, and only that machine knows where that is: on all its interfaces, then, guarded by a password that
//! lives as long as the container.

use bollard::Docker;
use bollard::models::ContainerInspectResponse;

use super::endpoint::Address;

/// The way to a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// A port of the daemon's machine.
    Published {
        /// The address that the port is bound to there.
        bind: &'static str,
        /// The host that we connect to.
        host: String,
    },
    /// A network that we are on, too.
    Network(String),
}

impl Reach {
    /// Finds the way to containers of this daemon.
    pub(super) async fn find(docker: &Docker, address: &Address) -> Self {
        if let Some(network) = own_network(docker).await {
            return Self::Network(network);
        }
        match address {
            Address::Tcp { host, .. } if !address.is_local() => Self::Published {
                bind: "0.0.0.0",
                host: host.clone(),
            },
            _ => Self::Published {
                bind: "127.0.0.1",
                host: "127.0.0.1".to_owned(),
            },
        }
    }
}

/// The network of the container that we run in, if it is one of this daemon's.
async fn own_network(docker: &Docker) -> Option<String> {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let mut id = own_id(&mounts)?;
    // A container can share the network of another.
    for _ in 0..3 {
        let found = docker.inspect_container(&id, None).await.ok()?;
        let mode = found.host_config.as_ref()?.network_mode.clone()?;
        match mode.strip_prefix("container:") {
            Some(other) => id = other.to_owned(),
            None if mode == "host" => return None,
            None => return network(found),
        }
    }
    None
}

/// A network of the container's own, rather than the default one on which names are not known.
fn network(container: ContainerInspectResponse) -> Option<String> {
    let networks = container.network_settings?.networks?;
    let mut names: Vec<String> = networks.into_keys().collect();
    names.retain(|name| name != "none" && name != "host");
    names.sort_by_key(|name| (name == "bridge", name.clone()));
    names.into_iter().next()
}

/// The id of the container that we run in: its daemon mounts files for it from a directory of that name
/// (`…/containers/ID/hostname`), whatever its host name is.
fn own_id(mounts: &str) -> Option<String> {
    mounts.lines().find_map(|line| {
        // Fields 4 and 5 of proc_pid_mountinfo(5): what is mounted, and where.
        let mut fields = line.split(' ').skip(3);
        let (root, target) = (fields.next()?, fields.next()?);
        if !matches!(target, "/etc/hostname" | "/etc/hosts" | "/etc/resolv.conf") {
            return None;
        }
        root.split('/')
            .find(|part| part.len() == 64 && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .map(str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_knows_its_id() {
        let id = "ab".repeat(32);
        let inside = format!(
            "22 21 0:5 / /dev rw - tmpfs tmpfs rw\n\
             30 21 8:1 /var/lib/docker/containers/{id}/hostname /etc/hostname rw,relatime - ext4 /dev/sda1 rw\n"
        );
        assert_eq!(own_id(&inside), Some(id));
        assert_eq!(own_id("22 21 0:5 / /dev rw - tmpfs tmpfs rw\n"), None);
        // A machine on which containers run sees their mounts elsewhere.
        let outside = format!(
            "30 21 8:1 /x/{0} /var/lib/docker/{0}/hostname rw - ext4 /d rw",
            "ab".repeat(32)
        );
        assert_eq!(own_id(&outside), None);
    }
}
