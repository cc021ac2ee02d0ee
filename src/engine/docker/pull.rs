//! Images: whether the daemon has one, and fetching it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bollard::Docker;
use bollard::auth::DockerCredentials;
use bollard::query_parameters::CreateImageOptions;
use futures_util::StreamExt as _;
use serde_json::Value;

use super::daemon::said;
use crate::engine::EngineError;
use crate::engine::attend::{Attendant, Progress};

/// The registry of names without a host, as `config.json` has it.
const LIBRARY: &str = "https://index.docker.io/v1/";

/// Makes sure that the daemon has an image, and gives the command that it runs when none is given.
pub(super) async fn ensure(
    docker: &Docker,
    image: &str,
    config: &Value,
    attendant: &dyn Attendant,
) -> Result<Vec<String>, EngineError> {
    let mut found = docker.inspect_image(image).await;
    if is_missing(&found) {
        tracing::info!("pulling {image}");
        fetch(docker, image, config, attendant).await?;
        found = docker.inspect_image(image).await;
    }
    match found {
        Ok(found) => Ok(found
            .config
            .and_then(|config| config.cmd)
            .unwrap_or_default()),
        Err(error) => Err(EngineError::plain(format!(
            "can't look at the image {image}: {}",
            said(&error)
        ))),
    }
}

fn is_missing<T>(found: &Result<T, bollard::errors::Error>) -> bool {
    matches!(
        found,
        Err(bollard::errors::Error::DockerResponseServerError {
            status_code: 404,
            ..
        })
    )
}

async fn fetch(
    docker: &Docker,
    image: &str,
    config: &Value,
    attendant: &dyn Attendant,
) -> Result<(), EngineError> {
    attendant.tell(Progress::Pulling {
        image,
        done: 0,
        total: 0,
    });
    let options = CreateImageOptions {
        from_image: Some(image.to_owned()),
        ..CreateImageOptions::default()
    };
    let mut layers: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let mut stream = docker.create_image(Some(options), None, credentials(config, image));
    while let Some(step) = stream.next().await {
        let step = step.map_err(|error| refused(image, &said(&error)))?;
        let (Some(id), Some(detail)) = (step.id, step.progress_detail) else {
            continue;
        };
        // Downloading and unpacking count the same bytes; the download is what takes long.
        let downloading = step.status.as_deref() == Some("Downloading");
        if let (true, Some(done), Some(total)) = (downloading, detail.current, detail.total) {
            let number = |value: i64| u64::try_from(value).unwrap_or(0);
            layers.insert(id, (number(done), number(total)));
        } else if let Some((done, total)) = layers.get_mut(&id) {
            *done = *total;
        }
        let (done, total) = layers
            .values()
            .fold((0, 0), |sum, layer| (sum.0 + layer.0, sum.1 + layer.1));
        attendant.tell(Progress::Pulling { image, done, total });
    }
    Ok(())
}

/// Why an image can't be had, and what to do. The daemon passes on the registry's words, and its own when it gets none.
fn refused(image: &str, said: &str) -> EngineError {
    let lower = said.to_lowercase();
    let any = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    let hint = if any(&["toomanyrequests", "rate limit"]) {
        format!(
            "log in (`docker login`) for a higher limit, or wait; `docker pull {image}` tries alone"
        )
    } else if any(&[
        "not found",
        "manifest unknown",
        "does not exist",
        "denied",
        "unauthorized",
    ]) {
        format!(
            "check the image's name and tag; if it is private, run `docker login` and `docker pull {image}`"
        )
    } else if any(&["invalid reference", "invalid tag"]) {
        "check the image's name and tag".to_owned()
    } else {
        format!(
            "the daemon needs a way to the registry: see whether `docker pull {image}` works, load the image by hand \
             (`docker load`), or use a dev database without Docker"
        )
    };
    EngineError::new(
        format!("the image {image} is not on this machine and can't be pulled: {said}"),
        hint,
    )
}

/// What `docker login` wrote down for the image's registry. Passwords that a helper program keeps are not asked for.
fn credentials(config: &Value, image: &str) -> Option<DockerCredentials> {
    let first = image.split('/').next().unwrap_or_default();
    let has_host = image.contains('/') && (first.contains(['.', ':']) || first == "localhost");
    let registry = if has_host { first } else { LIBRARY };
    let entry = &config["auths"][registry];
    let auth = STANDARD.decode(entry["auth"].as_str()?).ok()?;
    let auth = String::from_utf8(auth).ok()?;
    let (user, password) = auth.split_once(':')?;
    Some(DockerCredentials {
        username: Some(user.to_owned()),
        password: Some(password.trim_end_matches('\0').to_owned()),
        identitytoken: entry["identitytoken"].as_str().map(str::to_owned),
        serveraddress: Some(registry.to_owned()),
        ..DockerCredentials::default()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn credentials_are_those_of_the_registry() {
        let config = json!({"auths": {
            LIBRARY: {"auth": STANDARD.encode("me:library")},
            "ghcr.io": {"auth": STANDARD.encode("me:git:hub")},
            "kept.example": {},
        }});
        let password = |image: &str| credentials(&config, image)?.password;
        assert_eq!(password("engine:8").as_deref(), Some("library"));
        assert_eq!(password("org/engine:8").as_deref(), Some("library"));
        assert_eq!(password("ghcr.io/org/engine:8").as_deref(), Some("git:hub"));
        assert_eq!(password("kept.example/engine:8"), None);
        assert_eq!(password("localhost:5000/engine:8"), None);
    }

    #[test]
    fn refusals_say_what_to_do() {
        let hint = |said: &str| refused("a/b:1", said).hint.unwrap_or_default();
        assert!(hint("manifest for a/b:1 not found: manifest unknown").contains("name and tag"));
        assert!(
            hint("toomanyrequests: You have reached your pull rate limit").contains("higher limit")
        );
        assert!(
            hint("Get \"https://r/v2/\": dial tcp: lookup r: no such host")
                .contains("way to the registry")
        );
    }
}
