//! Connections: TLS, proxies, and a token that goes to GitHub's own servers only.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Uri};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioExecutor;
use octocrab::service::middleware::auth_header::AuthHeaderLayer;
use octocrab::{AuthState, OctoBody, Octocrab, OctocrabBuilder};
use tower::{BoxError, Service, ServiceExt as _};

use crate::config::Secret;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(20);

/// The proxies of the environment.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// For `https://`.
    https: String,
    /// For `http://`.
    http: String,
    /// Hosts that none is for.
    except: String,
}

impl Proxies {
    /// Reads `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, which may be in lower case, as curl does.
    pub fn from_env(variable: impl Fn(&str) -> Option<String>) -> Self {
        let first = |names: &[&str]| {
            names
                .iter()
                .filter_map(|name| variable(name))
                .find(|value| !value.is_empty())
                .unwrap_or_default()
        };
        Self {
            https: first(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
            http: first(&["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]),
            except: first(&["no_proxy", "NO_PROXY"]),
        }
    }

    fn matcher(&self) -> Matcher {
        Matcher::builder()
            .https(self.https.as_str())
            .http(self.http.as_str())
            .no(self.except.as_str())
            .build()
    }
}

/// An octocrab that sends whole URLs, follows no redirect, retries nothing, and shows the token to two servers.
pub(super) fn octocrab(
    rest: &Uri,
    graphql: &Uri,
    token: &Secret,
    proxies: &Proxies,
) -> Result<Octocrab, String> {
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
        .map_err(|error| format!("the token has characters that no token has: {error}"))?;
    bearer.set_sensitive(true);

    // One provider for all of the program, named here: guessing fails as soon as a dependency brings a second one.
    let provider = rustls::crypto::ring::default_provider();
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(provider)
        .map_err(|error| format!("no certificates of authorities: {error}"))?
        .https_or_http()
        .enable_http1()
        .wrap_connector(tower::service_fn(connect(proxies.matcher())));
    let client = Client::builder(TokioExecutor::new()).build::<_, OctoBody>(connector);

    let built = OctocrabBuilder::new_empty()
        .with_service(client)
        .with_layer(&AuthHeaderLayer::new(
            Some(bearer),
            rest.clone(),
            graphql.clone(),
        ))
        .with_auth(AuthState::None)
        .build();
    match built {
        Ok(octocrab) => Ok(octocrab),
        Err(never) => match never {},
    }
}

type Connection = <HttpConnector as Service<Uri>>::Response;

type Connecting = Pin<Box<dyn Future<Output = Result<Connection, BoxError>> + Send>>;

/// Connects directly, or through a proxy's tunnel. A proxy is spoken to without TLS; what goes through has its own.
fn connect(matcher: Matcher) -> impl FnMut(Uri) -> Connecting + Clone + Send + Sync + 'static {
    let matcher = Arc::new(matcher);
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_connect_timeout(Some(CONNECT));
    move |uri: Uri| {
        let (matcher, http) = (matcher.clone(), http.clone());
        Box::pin(async move {
            match matcher.intercept(&uri) {
                None => http.oneshot(uri).await.map_err(BoxError::from),
                Some(proxy) if proxy.uri().scheme_str() != Some("http") => {
                    let told = format!("the proxy {} is not `http://…`", proxy.uri());
                    Err(BoxError::from(told))
                }
                Some(proxy) => {
                    let mut tunnel = Tunnel::new(proxy.uri().clone(), http);
                    if let Some(auth) = proxy.basic_auth() {
                        tunnel = tunnel.with_auth(auth.clone());
                    }
                    tunnel.oneshot(with_port(uri)).await.map_err(BoxError::from)
                }
            }
        })
    }
}

/// An address with its port: a tunnel takes TLS' for one that has none.
fn with_port(uri: Uri) -> Uri {
    let built = match (uri.scheme_str(), uri.host(), uri.port()) {
        (Some("http"), Some(host), None) => Uri::builder()
            .scheme("http")
            .authority(format!("{host}:80"))
            .path_and_query("/")
            .build(),
        _ => return uri,
    };
    built.unwrap_or(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_are_for_the_hosts_that_they_are_for() {
        let env = |name: &str| match name {
            "HTTPS_PROXY" => Some("http://proxy.corp:3128".to_owned()),
            "NO_PROXY" => Some("git.corp,10.0.0.0/8".to_owned()),
            _ => None,
        };
        let matcher = Proxies::from_env(env).matcher();
        let through = |uri: &'static str| matcher.intercept(&Uri::from_static(uri)).is_some();
        assert!(through("https://api.github.com/x"));
        assert!(!through("https://git.corp/api/v3"));
        assert!(!through("https://10.1.2.3/"));
        assert!(!through("http://api.github.com/"));
    }
}
