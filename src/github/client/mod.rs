//! Requests to GitHub: REST and GraphQL, retried where that is safe, with errors that say what to do.
//!
//! octocrab builds requests, sends them by reqwest and reads pages. What is tried again, for how long, and what a reply means
//! is decided here. octocrab's own calls can't be used for that: its retry neither reads the body, where GitHub says most of
//! its limits, nor knows which write may be sent twice; its GraphQL goes below the REST API, where a GitHub server of one's
//! own has none, and drops the `type` of an error; its models refuse replies without fields that trueup does not read.
//!
//! | what happens | what follows |
//! |---|---|
//! | a limit is reached (403, 429, GraphQL's `RATE_LIMITED`) | wait as long as it says, within a budget for the run |
//! | 5xx, no answer, a broken connection | three tries for what may be done twice; otherwise the outcome is unknown |
//! | no connection | three tries: nothing was sent |
//! | a reply that is cut off or is not JSON | a second try for what may be done twice |
//! | a redirect on the same server | followed, with the same method and body |
//! | anything else | an [`ApiError`] at once |

mod error;
mod graphql;
mod wait;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderValue, Method, StatusCode, Uri};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use octocrab::service::middleware::auth_header::AuthHeaderLayer;
use octocrab::service::middleware::reqwest_connector::ReqwestConnector;
use octocrab::{AuthState, FromResponse as _, OctoBody, Octocrab, OctocrabBuilder, Page};
use reqwest::redirect::Policy;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::OnceCell;
use url::Url;

use crate::config::Secret;
use crate::report::Redactor;
pub use error::{ApiError, ErrorKind};
pub use wait::{Clock, MachineClock};

/// How long a request may take from its start to the last byte of its reply.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(20);

/// How long a run waits in all, for limits and after trouble.
const BUDGET: Duration = Duration::from_secs(120);

/// Bytes of a reply: a page of a hundred comments of the greatest length is shorter.
const REPLY: usize = 32 * 1024 * 1024;

/// How often what may be done twice is tried.
const TRIES: u32 = 3;

/// How many limits a request may meet.
const LIMITS: u32 = 8;

/// How many redirects are followed.
const HOPS: u32 = 5;

/// Pages that are read of a list, of a hundred entries each.
const PAGES: usize = 500;

/// How to reach GitHub.
pub struct Connect {
    /// The REST API: `https://api.github.com`, `https://git.corp/api/v3`.
    pub api_url: String,
    pub graphql_url: String,
    pub token: Secret,
    /// How HTTP is spoken: through which proxy, and how long a request may take.
    pub http: reqwest::ClientBuilder,
    /// What replaces secrets in GitHub's words; knows the token in any case.
    pub redactor: Redactor,
    /// The run is for a fork's code: refusals are explained by that.
    pub fork: bool,
    /// How long all waits of the run may take together.
    pub budget: Duration,
    pub clock: Arc<dyn Clock>,
}

impl Connect {
    /// The usual, through the proxies of the environment: `HTTPS_PROXY`, `NO_PROXY` and so on, as curl reads them.
    pub fn new(api_url: impl Into<String>, graphql_url: impl Into<String>, token: Secret) -> Self {
        Self {
            api_url: api_url.into(),
            graphql_url: graphql_url.into(),
            token,
            http: reqwest::Client::builder().timeout(TIMEOUT),
            redactor: Redactor::default(),
            fork: false,
            budget: BUDGET,
            clock: Arc::new(MachineClock),
        }
    }
}

/// A connection to GitHub for one token.
pub struct GitHub {
    octocrab: Octocrab,
    /// For servers that may not see the token.
    stranger: reqwest::Client,
    rest: Url,
    graphql: Url,
    redactor: Redactor,
    fork: bool,
    budget: Mutex<Duration>,
    clock: Arc<dyn Clock>,
    viewer: OnceCell<Viewer>,
}

/// Who the token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// Its login: `github-actions[bot]`, `my-app[bot]`, `octocat`.
    pub login: String,
    pub kind: TokenKind,
}

/// Whose a token is, which decides what its commits start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// The workflow's own `GITHUB_TOKEN`.
    Actions,
    App,
    User,
}

/// Whether a request may be sent twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Safety {
    /// It changes nothing.
    Read,
    /// The second time changes nothing.
    Idempotent,
    /// The second time does it again.
    Once,
}

/// A request.
pub(super) struct Call {
    /// What is tried, after "can't".
    what: String,
    method: Method,
    url: Url,
    body: Option<Value>,
    safety: Safety,
    /// The permission that it needs, as the documentation of trueup says.
    permission: Option<&'static str>,
    graphql: bool,
    /// The reply is where to go without a token.
    leads_away: bool,
}

impl Call {
    /// The same, which needs a permission.
    pub(super) fn needs(mut self, permission: &'static str) -> Self {
        self.permission = Some(permission);
        self
    }

    /// The same with a parameter of the query.
    pub(super) fn query(mut self, name: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }

    /// The same, which changes nothing the second time.
    pub(super) fn idempotent(mut self) -> Self {
        self.safety = Safety::Idempotent;
        self
    }
}

/// A reply, read whole.
type Reply = http::Response<Vec<u8>>;

/// What came of one try.
enum Try {
    Done(Reply),
    /// The same request is to go elsewhere.
    Moved(Url),
    /// Not now.
    Limited(Duration, ApiError),
    /// Perhaps the next time; nothing was sent.
    Unsent(ApiError),
    /// Perhaps the next time, which may be the second time that it happens. The wait is what GitHub asks for.
    Trouble(ApiError, Option<Duration>),
    Failed(ApiError),
}

impl GitHub {
    /// Prepares connections; sends nothing yet. Needs a tokio runtime.
    pub fn connect(to: Connect) -> Result<Self, ApiError> {
        let failed = |message| ApiError::new("connect to GitHub", ErrorKind::Invalid, message);
        let rest = base(&to.api_url, "api-url").map_err(failed)?;
        let graphql = base(&to.graphql_url, "graphql-url").map_err(failed)?;
        let stranger = http(to.http).map_err(failed)?;
        let octocrab = octocrab(&rest, &graphql, &to.token, stranger.clone()).map_err(failed)?;
        let mut redactor = to.redactor;
        redactor.add(&to.token);
        Ok(Self {
            octocrab,
            stranger,
            rest,
            graphql,
            redactor,
            fork: to.fork,
            budget: Mutex::new(to.budget),
            clock: to.clock,
            viewer: OnceCell::new(),
        })
    }

    /// Who the token is.
    pub async fn viewer(&self) -> Result<&Viewer, ApiError> {
        let ask = || async {
            let reply = self
                .graphql(self.query(
                    "ask GitHub whose the token is",
                    "query{viewer{login}}",
                    Value::Null,
                ))
                .await?;
            let login = reply["viewer"]["login"].as_str().unwrap_or_default();
            Ok(Viewer {
                login: login.to_owned(),
                kind: match login.strip_suffix("[bot]") {
                    Some("github-actions") => TokenKind::Actions,
                    Some(_) => TokenKind::App,
                    None => TokenKind::User,
                },
            })
        };
        self.viewer.get_or_try_init(ask).await
    }

    /// A request that reads.
    pub(super) fn get(&self, what: impl Into<String>, path: &[&str]) -> Call {
        self.call(what, Method::GET, path, None, Safety::Read)
    }

    /// A request that makes something new each time that it is sent.
    pub(super) fn post(&self, what: impl Into<String>, path: &[&str], body: Value) -> Call {
        self.call(what, Method::POST, path, Some(body), Safety::Once)
    }

    /// A request that changes something to a given state.
    pub(super) fn patch(&self, what: impl Into<String>, path: &[&str], body: Value) -> Call {
        self.call(what, Method::PATCH, path, Some(body), Safety::Idempotent)
    }

    /// A request that removes something.
    pub(super) fn delete(&self, what: impl Into<String>, path: &[&str]) -> Call {
        self.call(what, Method::DELETE, path, None, Safety::Idempotent)
    }

    fn call(
        &self,
        what: impl Into<String>,
        method: Method,
        path: &[&str],
        body: Option<Value>,
        safety: Safety,
    ) -> Call {
        let mut url = self.rest.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        Call {
            what: what.into(),
            method,
            url,
            body,
            safety,
            permission: None,
            graphql: false,
            leads_away: false,
        }
    }

    /// Sends a request and reads its reply as JSON.
    pub(super) async fn json<T: DeserializeOwned>(&self, call: Call) -> Result<T, ApiError> {
        let reply = self.send(&call, &call.url).await?;
        // Nothing (204) is read as null.
        let value = parse(reply.body()).unwrap_or_default();
        serde_json::from_value(value)
            .map_err(|error| self.failed(&call, ErrorKind::Unreadable, error.to_string()))
    }

    /// All entries of a list, over all pages.
    pub(super) async fn pages<T: DeserializeOwned>(&self, call: Call) -> Result<Vec<T>, ApiError> {
        let call = call.query("per_page", "100");
        let mut url = call.url.clone();
        let mut all = Vec::new();
        for _ in 0..PAGES {
            let reply = self.send(&call, &url).await?;
            let page = Page::<T>::from_response(reply.map(OctoBody::from)).await;
            let page = page.map_err(|error| {
                let mut message = causes(&error);
                // Half a list would be taken for all of it.
                if matches!(error, octocrab::Error::Uri { .. }) {
                    message = format!("its `Link` header names no next page: {message}");
                }
                self.failed(&call, ErrorKind::Unreadable, message)
            })?;
            all.extend(page.items);
            let Some(next) = page.next else {
                return Ok(all);
            };
            url = match url.join(&next.to_string()) {
                Ok(next) if self.is_ours(&next) && next != url => next,
                _ => {
                    let message = format!("the next page would be {next}");
                    return Err(self.failed(&call, ErrorKind::Redirected, message));
                }
            };
        }
        Err(self.failed(
            &call,
            ErrorKind::TooLarge,
            format!("more than {PAGES} pages"),
        ))
    }

    /// A file, of at most `limit` bytes, from the storage that GitHub leads to. The token stays here.
    pub(super) async fn download(&self, mut call: Call, limit: usize) -> Result<Vec<u8>, ApiError> {
        call.leads_away = true;
        let mut tries = 0;
        loop {
            // The address is good for a minute.
            let reply = self.send(&call, &call.url).await?;
            let location = reply.headers().get(http::header::LOCATION);
            let location = location.and_then(|value| value.to_str().ok());
            let to = location.and_then(|location| call.url.join(location).ok());
            let Some(to) =
                to.filter(|to| to.scheme() == call.url.scheme() || to.scheme() == "https")
            else {
                let message = "it does not lead to a file";
                return Err(self.failed(&call, ErrorKind::Redirected, message));
            };
            match self.fetched(&call, to, limit).await {
                Err(error) if matches!(error.kind, ErrorKind::Broken | ErrorKind::Server) => {
                    tries += 1;
                    if tries == TRIES || !self.pause(tries - 1).await {
                        return Err(error);
                    }
                }
                fetched => return fetched,
            }
        }
    }

    async fn fetched(&self, call: &Call, from: Url, limit: usize) -> Result<Vec<u8>, ApiError> {
        // The address has a key of its own, which is nobody's business.
        let broken = |error: reqwest::Error| {
            self.failed(call, ErrorKind::Broken, causes(&error.without_url()))
        };
        let mut reply = self.stranger.get(from).send().await.map_err(broken)?;
        let status = reply.status();
        if !status.is_success() {
            let mut error = self.failed(call, error::kind(status, ""), status.to_string());
            error.status = Some(status.as_u16());
            return Err(error);
        }
        let mut file = Vec::new();
        while let Some(part) = reply.chunk().await.map_err(broken)? {
            file.extend_from_slice(&part);
            if file.len() > limit {
                let message = format!("more than {limit} bytes");
                return Err(self.failed(call, ErrorKind::TooLarge, message));
            }
        }
        Ok(file)
    }

    /// Sends a request until it succeeds, or there is no point in another try.
    async fn send(&self, call: &Call, url: &Url) -> Result<Reply, ApiError> {
        let mut url = url.clone();
        let (mut tries, mut limits, mut hops) = (0, 0, 0);
        // A write whose outcome was once unknown stays so, whatever the last try says.
        let mut unknown = false;
        loop {
            let (mut error, wait) = match self.try_once(call, &url, limits).await {
                Try::Done(reply) => return Ok(reply),
                Try::Moved(to) if hops < HOPS => {
                    hops += 1;
                    url = to;
                    continue;
                }
                Try::Moved(to) => {
                    let message = format!("{HOPS} redirects, the last one to {to}");
                    return Err(self.failed(call, ErrorKind::Redirected, message));
                }
                Try::Limited(wait, error) => {
                    limits += 1;
                    (error, (limits <= LIMITS).then_some(wait))
                }
                Try::Unsent(error) => {
                    tries += 1;
                    (error, (tries < TRIES).then(|| self.jitter(tries - 1)))
                }
                Try::Trouble(error, wait) => {
                    tries += 1;
                    // What can't be read the second time, can't be read.
                    let most = match error.kind {
                        ErrorKind::Unreadable => 2,
                        _ => TRIES,
                    };
                    unknown |= call.safety != Safety::Read;
                    let again = tries < most && call.safety != Safety::Once;
                    let wait = wait.unwrap_or_else(|| self.jitter(tries - 1));
                    (error, again.then_some(wait))
                }
                Try::Failed(error) => (error, None),
            };
            error.unknown |= unknown;
            match wait {
                Some(wait) if self.take(wait) => {
                    tracing::info!("{error}; trying again in {:.1} s", wait.as_secs_f64());
                    self.clock.sleep(wait).await;
                }
                _ => return Err(error),
            }
        }
    }

    /// Waits a moment, because what was just written may not be seen yet. False when the run has waited enough.
    pub(super) async fn pause(&self, nth: u32) -> bool {
        let wait = self.jitter(nth);
        let may = self.take(wait);
        if may {
            self.clock.sleep(wait).await;
        }
        may
    }

    fn jitter(&self, nth: u32) -> Duration {
        wait::after_trouble(nth, getrandom::u32().unwrap_or(u32::MAX / 2))
    }

    /// Takes a wait out of the budget.
    fn take(&self, wait: Duration) -> bool {
        let mut budget = self.budget.lock().unwrap_or_else(PoisonError::into_inner);
        match budget.checked_sub(wait) {
            Some(left) => {
                *budget = left;
                true
            }
            None => false,
        }
    }

    async fn try_once(&self, call: &Call, url: &Url, limits: u32) -> Try {
        let request = uri(url).and_then(|uri| {
            let builder = http::Request::builder()
                .method(call.method.clone())
                .uri(uri)
                .header(http::header::ACCEPT, "application/vnd.github+json");
            self.octocrab
                .build_request(builder, call.body.as_ref())
                .map_err(|error| error.to_string())
        });
        let request = match request {
            Ok(request) => request,
            Err(message) => return Try::Failed(self.failed(call, ErrorKind::Invalid, message)),
        };
        let response = match self.octocrab.execute(request).await {
            Ok(response) => response,
            Err(error) => {
                let mut all = std::iter::successors(Some(&error as Cause<'_>), |it| it.source());
                let http = all.find_map(|it| it.downcast_ref::<reqwest::Error>());
                let said = causes(http.map_or(&error, |http| http));
                return match http.is_some_and(reqwest::Error::is_connect) {
                    true => Try::Unsent(self.failed(call, ErrorKind::Unreachable, said)),
                    false => Try::Trouble(self.failed(call, ErrorKind::Broken, said), None),
                };
            }
        };
        let (parts, body) = response.into_parts();
        match Limited::new(body, REPLY).collect().await {
            Ok(body) => {
                let reply = Reply::from_parts(parts, body.to_bytes().to_vec());
                self.judge(call, url, reply, limits)
            }
            Err(error) if error.is::<LengthLimitError>() => {
                let message = format!("more than {} MiB", REPLY >> 20);
                let mut error = self.failed(call, ErrorKind::TooLarge, message);
                error.unknown = call.safety != Safety::Read;
                Try::Failed(error)
            }
            Err(error) => {
                let error = self.failed(call, ErrorKind::Broken, causes(error.as_ref()));
                Try::Trouble(error, None)
            }
        }
    }

    /// What a reply means.
    fn judge(&self, call: &Call, url: &Url, reply: Reply, limits: u32) -> Try {
        let (status, headers) = (reply.status(), reply.headers());
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let value = parse(reply.body());
        let mut error = if status.is_success() {
            match value {
                None if status != StatusCode::NO_CONTENT => {
                    let message = format!("{} bytes that are not JSON", reply.body().len());
                    let mut error = self.failed(call, ErrorKind::Unreadable, message);
                    error.status = Some(status.as_u16());
                    return Try::Trouble(error, None);
                }
                value => match value
                    .filter(|_| call.graphql)
                    .and_then(|it| graphql::errors(&it))
                {
                    None => return Try::Done(reply),
                    Some((kind, message)) => self.failed(call, kind, message),
                },
            }
        } else if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
            if call.leads_away {
                return Try::Done(reply);
            }
            let location = header("location").unwrap_or_default();
            match url.join(location) {
                Ok(to) if !location.is_empty() && self.is_ours(&to) => return Try::Moved(to),
                _ => {
                    let message = format!("redirected to `{location}`");
                    self.failed(call, ErrorKind::Redirected, message)
                }
            }
        } else {
            let reason = || status.canonical_reason().unwrap_or_default().to_owned();
            let said = value.map_or_else(reason, |value| message(&value));
            self.failed(call, error::kind(status, &said), said)
        };
        error.status = (!status.is_success()).then_some(status.as_u16());
        error.request_id = header("x-github-request-id").map(|id| id.chars().take(80).collect());
        let now = self.clock.now();
        let limit = match error.kind {
            ErrorKind::RateLimited { .. } => Some(wait::until(headers, now, limits)),
            _ => wait::limited(status, headers, &error.message, now, limits),
        };
        if let Some(wait) = limit {
            error.kind = ErrorKind::RateLimited { wait };
            return Try::Limited(wait, error);
        }
        match error.kind {
            ErrorKind::Server => return Try::Trouble(error, wait::retry_after(headers, now)),
            ErrorKind::Forbidden if error::is_permission(&error.message) => {
                error.permission = error::needed(headers, call.permission);
            }
            ErrorKind::NotFound => error.permission = call.permission.map(str::to_owned),
            _ => {}
        }
        Try::Failed(error)
    }

    pub(super) fn failed(
        &self,
        call: &Call,
        kind: ErrorKind,
        message: impl AsRef<str>,
    ) -> ApiError {
        let message = self.redactor.redact(message.as_ref());
        ApiError {
            fork: self.fork,
            ..ApiError::new(&call.what, kind, message)
        }
    }

    /// Whether a URL is of one of the two servers that may see the token.
    fn is_ours(&self, url: &Url) -> bool {
        [&self.rest, &self.graphql]
            .iter()
            .any(|own| own.origin() == url.origin())
    }
}

/// A client that follows no redirect and knows no token.
fn http(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, String> {
    // reqwest takes the provider of the process; one that is there already is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    builder
        .user_agent(concat!("trueup/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .redirect(Policy::none())
        .build()
        .map_err(|error| causes(&error))
}

/// An octocrab that sends whole URLs, retries nothing, and shows the token to two servers.
fn octocrab(
    rest: &Url,
    graphql: &Url,
    token: &Secret,
    http: reqwest::Client,
) -> Result<Octocrab, String> {
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
        .map_err(|error| format!("the token has characters that no token has: {error}"))?;
    bearer.set_sensitive(true);
    let built = OctocrabBuilder::new_empty()
        .with_service(ReqwestConnector::new(http))
        .with_layer(&AuthHeaderLayer::new(
            Some(bearer),
            uri(rest)?,
            uri(graphql)?,
        ))
        .with_auth(AuthState::None)
        .build();
    match built {
        Ok(octocrab) => Ok(octocrab),
        Err(never) => match never {},
    }
}

fn base(text: &str, name: &str) -> Result<Url, String> {
    let url = Url::parse(text.trim_end_matches('/'))
        .map_err(|error| format!("{name} `{text}` is not a URL: {error}"))?;
    match url.scheme() {
        "https" | "http" if url.host().is_some() && url.username().is_empty() => Ok(url),
        _ => Err(format!("{name} `{text}` is not `https://…`")),
    }
}

fn uri(url: &Url) -> Result<Uri, String> {
    url.as_str()
        .parse()
        .map_err(|error| format!("`{url}` is not a URI: {error}"))
}

fn parse(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok()
}

/// The words of an error reply: its message, and those of its parts.
fn message(value: &Value) -> String {
    let mut words = vec![value["message"].as_str().unwrap_or_default().to_owned()];
    for error in value["errors"].as_array().into_iter().flatten() {
        let text = |name: &str| error[name].as_str().unwrap_or_default();
        words.push(match (error.as_str(), text("message")) {
            (Some(text), _) => text.to_owned(),
            (None, "") => format!("{} {}", text("field"), text("code")),
            (None, message) => message.to_owned(),
        });
    }
    words.retain(|word| !word.trim().is_empty());
    words.join(": ")
}

type Cause<'a> = &'a (dyn std::error::Error + 'static);

/// An error with its causes, each once.
fn causes(error: Cause<'_>) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if !words.iter().any(|said| said.contains(&text)) {
            words.push(text);
        }
        next = error.source();
    }
    words.join(": ")
}

#[cfg(test)]
mod tests;
