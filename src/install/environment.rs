//! What the installation is told: settings of uv and pip, indexes, proxies, certificates, and how drivers are built.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::PathBuf;

use super::netrc;
use crate::config::Secret;
use crate::config::secret::is_secret_name;
use crate::confine::Variables;

/// Handed on by their whole names.
const NAMES: &[&str] = &[
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "SSL_CLIENT_CERT",
    "CC",
    "CXX",
    "CFLAGS",
    "CXXFLAGS",
    "CPPFLAGS",
    "LDFLAGS",
    "PKG_CONFIG_PATH",
    "MYSQLCLIENT_CFLAGS",
    "MYSQLCLIENT_LDFLAGS",
    "SETUPTOOLS_SCM_PRETEND_VERSION",
];

/// Handed on by their beginnings.
const PREFIXES: &[&str] = &[
    "UV_",
    "PIP_",
    "POETRY_HTTP_BASIC_",
    "SETUPTOOLS_SCM_PRETEND_VERSION_FOR_",
];

/// Not handed on all the same: tokens that no installation needs, and what we set ourselves.
const WITHHELD: &[&str] = &[
    "UV_GITHUB_TOKEN",
    "UV_PROJECT_ENVIRONMENT",
    "UV_CACHE_DIR",
    "UV_NO_CACHE",
    "UV_WORKING_DIRECTORY",
    "UV_WORKING_DIR",
    "UV_PROJECT",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_USER",
];

/// pip's name of a setting, and uv's, which only reads its own.
const TRANSLATED: &[(&str, &str, &[&str])] = &[
    ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", &["UV_INDEX_URL"]),
    ("PIP_EXTRA_INDEX_URL", "UV_INDEX", &["UV_EXTRA_INDEX_URL"]),
    ("PIP_FIND_LINKS", "UV_FIND_LINKS", &[]),
    ("PIP_TRUSTED_HOST", "UV_INSECURE_HOST", &[]),
    ("PIP_CERT", "SSL_CERT_FILE", &[]),
    ("PIP_CONSTRAINT", "UV_CONSTRAINT", &[]),
];

fn wanted(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    // Proxies are known in small letters, too.
    let plain = NAMES.contains(&upper.as_str()) && (upper == name || upper.ends_with("_PROXY"));
    let setting = PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        && !name.starts_with("UV_PUBLISH_")
        && !WITHHELD.contains(&name);
    plain || setting
}

/// The part of our environment that only the installation sees.
pub(super) fn of(variables: &Variables) -> Variables {
    let mut chosen: Variables = variables
        .iter()
        .filter(|(name, value)| name.to_str().is_some_and(wanted) && !value.is_empty())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    for (pip, uv, also) in TRANSLATED {
        let set = |name: &str| chosen.contains_key(OsStr::new(name));
        if set(uv) || also.iter().any(|name| set(name)) {
            continue;
        }
        if let Some(value) = chosen.get(OsStr::new(pip)).cloned() {
            chosen.insert(OsString::from(uv), value);
        }
    }
    chosen
}

/// The user's file of passwords for hosts.
pub(super) fn netrc(variables: &Variables) -> Option<String> {
    let variable = |name: &str| variables.get(OsStr::new(name)).map(PathBuf::from);
    let path = variable("NETRC").or_else(|| Some(variable("HOME")?.join(".netrc")))?;
    fs::read_to_string(path).ok()
}

/// Credentials that the installation gets, none of which may be shown: parts of URLs, values of variables whose name says
/// so, and passwords of `.netrc`.
pub fn secrets(variables: &Variables) -> Vec<Secret> {
    let mut found = Vec::new();
    for (name, value) in of(variables) {
        let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else {
            continue;
        };
        if is_secret_name(name) {
            found.push(Secret::new(value));
        }
        for word in value.split([' ', ',', '\n']) {
            found.extend(of_url(word));
        }
    }
    found.extend(
        netrc(variables)
            .iter()
            .flat_map(|text| netrc::passwords(text)),
    );
    found.retain(|secret| !secret.expose().is_empty());
    found.sort_by(|a, b| a.expose().cmp(b.expose()));
    found.dedup();
    found
}

/// The password of a URL, as written and as meant; a user without one is a token. An index may have a name in front:
/// `name=https://…`.
fn of_url(word: &str) -> Vec<Secret> {
    let word = match word.split_once('=') {
        Some((name, rest)) if !name.contains(':') => rest,
        _ => word,
    };
    let Ok(url) = url::Url::parse(word) else {
        return Vec::new();
    };
    let written = match (url.password(), url.username()) {
        (Some(password), _) => password,
        (None, user) => user,
    };
    let mut found = vec![Secret::new(written)];
    if let Some((_, value)) =
        url::form_urlencoded::parse(format!("x={}", written.replace('+', "%2B")).as_bytes()).next()
    {
        found.push(Secret::new(value.into_owned()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Variables {
        pairs.iter().map(|(k, v)| (k.into(), v.into())).collect()
    }

    #[test]
    fn settings_of_the_installer_and_nothing_else() {
        let chosen = of(&variables(&[
            ("UV_INDEX", "https://a"),
            ("UV_INDEX_CORP_PASSWORD", "p"),
            ("UV_PUBLISH_TOKEN", "t"),
            ("UV_GITHUB_TOKEN", "t"),
            ("https_proxy", "http://p"),
            ("GITHUB_TOKEN", "t"),
            ("AWS_SECRET_ACCESS_KEY", "t"),
            ("cc", "x"),
            ("PIP_INDEX_URL", "https://b"),
        ]));
        let names: Vec<_> = chosen.keys().map(|name| name.to_str().unwrap()).collect();
        assert_eq!(
            names,
            [
                "PIP_INDEX_URL",
                "UV_DEFAULT_INDEX",
                "UV_INDEX",
                "UV_INDEX_CORP_PASSWORD",
                "https_proxy"
            ]
        );
    }

    #[test]
    fn credentials_are_known() {
        let found = secrets(&variables(&[
            (
                "UV_INDEX",
                "corp=https://me:one%2Btwo@a/simple https://tokenuser@b/simple",
            ),
            ("UV_INDEX_CORP_PASSWORD", "three"),
            ("HTTPS_PROXY", "http://u:four@p:1"),
            ("HOME", "/nonexistent"),
        ]));
        let found: Vec<_> = found.iter().map(Secret::expose).collect();
        assert_eq!(
            found,
            ["four", "one%2Btwo", "one+two", "three", "tokenuser"]
        );
    }
}
