//! What a `docker://` or `docker+…://` URL names: an image, and a database in it. Pure.
//!
//! `docker://NAME/TAG[/DATABASE]` is an image that a dialect knows by name; `docker+ENGINE://HOST/PATH:TAG[/DATABASE]` is
//! any image, by its reference (<https://pkg.go.dev/github.com/distribution/reference>), with `_` as the host of the
//! library's. A reference needs its tag or digest: without one it would not tell where the path ends.

use crate::config::url::DbUrl;
use crate::engine::EngineError;

/// Host of `docker+…` URLs that stands for the library.
const LIBRARY: &str = "_";

/// An image, and the one database that the connection is limited to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The image's reference, with tag or digest.
    pub image: String,
    pub database: Option<String>,
}

impl Reference {
    /// Reads a URL. `images` are the names that the dialect knows, with their repositories; `example` is a URL of the
    /// first form.
    pub fn read(url: &DbUrl, images: &[(&str, &str)], example: &str) -> Result<Self, EngineError> {
        if url.user().is_some() {
            return Err(EngineError::new(
                format!(
                    "a `{}://` URL has no user: the server is private to this run",
                    url.scheme()
                ),
                format!("write `{example}`"),
            ));
        }
        let segments: Vec<&str> = url
            .path()
            .split('/')
            .filter(|segment| !segment.is_empty())
            .collect();
        let (image, rest) = if url.scheme() == "docker" {
            named(url, images, &segments, example)?
        } else {
            referenced(url, &segments)?
        };
        let database = match rest {
            [] => None,
            [database] => Some((*database).to_owned()),
            [_, more, ..] => {
                return Err(EngineError::new(
                    format!("{url}: `/{more}` means nothing after the database"),
                    format!("write `{example}`"),
                ));
            }
        };
        Ok(Self { image, database })
    }
}

/// `docker://NAME/TAG`.
fn named<'s>(
    url: &DbUrl,
    images: &[(&str, &str)],
    segments: &'s [&'s str],
    example: &str,
) -> Result<(String, &'s [&'s str]), EngineError> {
    let wrong = |what: &str| {
        let message = format!("{url} {what}");
        Err(EngineError::new(message, format!("write `{example}`")))
    };
    if url.port().is_some() || url.check_authority().is_err() {
        return wrong("has its version after `:`, where other URLs have a port");
    }
    let Some((_, repository)) = images.iter().find(|(name, _)| *name == url.host()) else {
        return wrong("names no image that is known by a short name");
    };
    let Some((tag, rest)) = segments.split_first() else {
        return wrong("names no version");
    };
    let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if !tag.chars().all(valid) || tag.starts_with(['.', '-']) {
        return wrong(&format!("has `{tag}` where the image's tag should be"));
    }
    Ok((format!("{repository}:{tag}"), rest))
}

/// `docker+ENGINE://HOST/PATH:TAG`.
fn referenced<'s>(
    url: &DbUrl,
    segments: &'s [&'s str],
) -> Result<(String, &'s [&'s str]), EngineError> {
    let scheme = url.scheme();
    url.check_authority()?;
    let last = segments
        .iter()
        .position(|segment| segment.contains([':', '@']));
    let Some(last) = last else {
        return Err(EngineError::new(
            format!("{url} names no tag, so it does not tell where the image's name ends"),
            format!("write `{scheme}://HOST/IMAGE:TAG/DATABASE`, such as `…:latest/dev`"),
        ));
    };
    let (path, rest) = segments.split_at(last + 1);
    let path = path.join("/");
    let image = match (url.host(), url.port()) {
        ("", _) => {
            return Err(EngineError::new(
                format!("{url} names no registry"),
                format!("write `{scheme}://{LIBRARY}/{path}` for an image of the library"),
            ));
        }
        (LIBRARY, None) => path,
        (host, None) => format!("{host}/{path}"),
        (host, Some(port)) => format!("{host}:{port}/{path}"),
    };
    Ok((image, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGES: &[(&str, &str)] = &[("engine", "engine"), ("geo", "geo/engine")];

    fn read(text: &str) -> Result<Reference, EngineError> {
        let url = DbUrl::parse(text).map_err(|error| EngineError::plain(error.to_string()))?;
        Reference::read(&url, IMAGES, "docker://engine/17/dev")
    }

    #[test]
    fn urls_name_images() {
        let digest = "sha256:0123456789abcdef";
        for (text, image, database) in [
            ("docker://engine/8/dev", "engine:8", Some("dev")),
            ("docker://engine/8", "engine:8", None),
            ("docker://engine/8/?search_path=public", "engine:8", None),
            ("docker://geo/16-3.4/dev", "geo/engine:16-3.4", Some("dev")),
            ("docker+e://_/engine:8/dev", "engine:8", Some("dev")),
            ("docker+e://org/engine:8", "org/engine:8", None),
            (
                "docker+e://registry.example:5000/a/b/c:1.2/dev",
                "registry.example:5000/a/b/c:1.2",
                Some("dev"),
            ),
            (
                &format!("docker+e://_/engine@{digest}/dev"),
                &format!("engine@{digest}"),
                Some("dev"),
            ),
            (
                &format!("docker+e://registry.example:5000/a/engine:8@{digest}/dev"),
                &format!("registry.example:5000/a/engine:8@{digest}"),
                Some("dev"),
            ),
        ] {
            let found = read(text).unwrap();
            assert_eq!(
                (found.image.as_str(), found.database.as_deref()),
                (image, database),
                "{text}"
            );
        }
    }

    #[test]
    fn what_names_none_is_refused_with_the_way_to_write_it() {
        for (text, part) in [
            ("docker://engine", "names no version"),
            ("docker://engine:8/dev", "after `:`"),
            ("docker://engine:8-alpine/dev", "after `:`"),
            ("docker://engine/8/a/b", "`/b`"),
            ("docker://engine/8:1/dev", "`8:1`"),
            ("docker://other/8/dev", "short name"),
            ("docker://me:hunter2@engine/8/dev", "no user"),
            ("docker+e://_/engine/dev", "no tag"),
            ("docker+e:///engine:8/dev", "no registry"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.message.contains(part), "{text}: {error}");
            assert!(error.hint.is_some(), "{text}");
            assert!(!format!("{error:?}").contains("hunter2"), "{text}");
        }
    }
}
