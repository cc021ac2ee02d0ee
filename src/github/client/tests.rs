//! What the fake GitHub of the integration tests can't do: other hosts, proxies, servers that say nothing.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::SystemTime;

use serde_json::json;

use super::*;

const TOKEN: &str = "ghs_0123456789abcdef";

/// A clock that notes how long it was to sleep, and does not.
#[derive(Default)]
struct Noted(Mutex<Vec<u64>>);

#[async_trait::async_trait]
impl Clock for Noted {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
    }

    async fn sleep(&self, duration: Duration) {
        self.0.lock().expect("a list").push(duration.as_secs());
    }
}

/// Gives prepared replies, one for each request, whatever is asked.
struct Server {
    url: String,
    requests: mpsc::Receiver<String>,
}

impl Server {
    fn new(replies: impl FnOnce(&str) -> Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let replies = replies(&url);
        let (send, requests) = mpsc::channel();
        std::thread::spawn(move || {
            let mut replies = replies.into_iter();
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let Some(request) = read_request(&mut stream) else {
                    continue;
                };
                let _ = send.send(request);
                let Some(reply) = replies.next() else { return };
                let _ = stream.write_all(reply.as_bytes());
            }
        });
        Self { url, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.try_iter().collect()
    }
}

fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        text.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&text).into_owned();
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(head + &String::from_utf8_lossy(&body))
}

fn reply(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}",
        body.len()
    )
}

/// HTTP past a proxy of this machine.
fn direct(timeout: u64) -> reqwest::ClientBuilder {
    let http = reqwest::Client::builder().no_proxy();
    http.timeout(Duration::from_millis(timeout))
}

fn to(url: &str) -> Connect {
    Connect {
        clock: Arc::new(Noted::default()),
        http: direct(20_000),
        ..Connect::new(url, format!("{url}/graphql"), Secret::new(TOKEN))
    }
}

fn github(url: &str) -> GitHub {
    GitHub::connect(to(url)).expect("a client")
}

async fn ask(github: &GitHub) -> Result<Value, ApiError> {
    github.json(github.get("ask", &["x"])).await
}

async fn write(github: &GitHub) -> Result<Value, ApiError> {
    github
        .json(github.post("write", &["x"], json!({"a": 1})))
        .await
}

#[tokio::test]
async fn a_renamed_repository_is_followed_on_its_own_server_only() {
    let server = Server::new(|url| {
        let to = format!("Location: {url}/repositories/7/x\r\n");
        vec![
            reply("307 Temporary Redirect", &to, ""),
            reply("201 Created", "", "{}"),
        ]
    });
    write(&github(&server.url)).await.expect("followed");
    let requests = server.requests();
    assert!(
        requests[1].starts_with("POST /repositories/7/x "),
        "{requests:?}"
    );
    assert!(requests[1].ends_with(r#"{"a":1}"#), "{requests:?}");
    assert!(
        requests[1].contains(&format!("Bearer {TOKEN}")),
        "{requests:?}"
    );

    let elsewhere = Server::new(|_| vec![reply("200 OK", "", "{}")]);
    let to = format!("Location: {}/x\r\n", elsewhere.url);
    let server = Server::new(|_| vec![reply("301 Moved Permanently", &to, "")]);
    let error = ask(&github(&server.url)).await.expect_err("another server");
    assert_eq!(error.kind, ErrorKind::Redirected);
    assert!(elsewhere.requests().is_empty());
    let circle = "Location: /x\r\n";
    let server = Server::new(|_| vec![reply("301 Moved Permanently", circle, ""); 9]);
    let error = ask(&github(&server.url)).await.expect_err("a circle");
    assert_eq!(error.kind, ErrorKind::Redirected);
    assert_eq!(server.requests().len(), 6);
}

#[tokio::test]
async fn pages_of_another_server_are_not_read() {
    let server = Server::new(|url| {
        let next =
            format!("Link: <{url}/x?page=2>; rel=\"next\", <{url}/x?page=9>; rel=\"last\"\r\n");
        let away = "Link: <https://evil.example/x>; rel=\"next\"\r\n";
        vec![reply("200 OK", &next, "[1]"), reply("200 OK", away, "[2]")]
    });
    let github = github(&server.url);
    let error = github
        .pages::<u8>(github.get("list", &["x"]))
        .await
        .expect_err("another server");
    assert_eq!(error.kind, ErrorKind::Redirected);
    let requests = server.requests();
    assert!(
        requests[0].starts_with("GET /x?per_page=100 "),
        "{requests:?}"
    );
    assert!(requests[1].starts_with("GET /x?page=2 "), "{requests:?}");
}

#[tokio::test]
async fn half_a_list_is_no_list() {
    let broken = "Link: <http://[/x>; rel=\"next\"\r\n";
    let server = Server::new(|_| vec![reply("200 OK", broken, "[1]")]);
    let github = github(&server.url);
    let error = github.pages::<u8>(github.get("list", &["x"])).await;
    let error = error.expect_err("no next page");
    assert_eq!(error.kind, ErrorKind::Unreadable);
    let words = error.to_string();
    assert!(
        words.contains("its `Link` header names no next page: "),
        "{words}"
    );
}

#[tokio::test]
async fn limits_are_waited_for_within_a_budget() {
    let later = |seconds| {
        reply(
            "429 Too Many Requests",
            &format!("Retry-After: {seconds}\r\n"),
            "{}",
        )
    };
    let clock = Arc::new(Noted::default());
    let server = Server::new(|_| vec![later(50), later(40), reply("200 OK", "", "{}"), later(31)]);
    let github = GitHub::connect(Connect {
        clock: clock.clone(),
        ..to(&server.url)
    })
    .expect("a client");
    write(&github)
        .await
        .expect("a limited write was not done and is sent again");
    assert_eq!(*clock.0.lock().expect("a list"), [50, 40]);
    let error = ask(&github).await.expect_err("the budget is spent");
    assert_eq!(
        error.kind,
        ErrorKind::RateLimited {
            wait: Duration::from_secs(31)
        }
    );
    assert!(!error.unknown);
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn only_what_may_be_done_twice_is_tried_again_after_trouble() {
    let trouble = || vec![reply("502 Bad Gateway", "", "<html>"); 4];
    let server = Server::new(|_| trouble());
    let error = ask(&github(&server.url)).await.expect_err("trouble");
    assert_eq!(
        (error.kind, error.unknown, error.status),
        (ErrorKind::Server, false, Some(502))
    );
    assert_eq!(error.message, "Bad Gateway");
    assert_eq!(server.requests().len(), 3);

    let server = Server::new(|_| trouble());
    let error = write(&github(&server.url)).await.expect_err("trouble");
    assert!(
        error.unknown && error.to_string().contains("may have happened"),
        "{error}"
    );
    assert_eq!(server.requests().len(), 1);

    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"a\":";
    let server = Server::new(|_| vec![cut.to_owned(), reply("200 OK", "", "{}")]);
    ask(&github(&server.url)).await.expect("a second try");
    let server = Server::new(|_| vec![reply("200 OK", "", "<html>"); 3]);
    let error = ask(&github(&server.url)).await.expect_err("no JSON");
    assert_eq!(error.kind, ErrorKind::Unreadable);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let connect = |url: &str| Connect {
        http: direct(200),
        ..to(url)
    };
    let silent = GitHub::connect(connect(&url)).expect("a client");
    let error = write(&silent).await.expect_err("nothing");
    assert_eq!((error.kind, error.unknown), (ErrorKind::Broken, true));
    let error = ask(&silent).await.expect_err("nothing");
    assert_eq!((error.kind, error.unknown), (ErrorKind::Broken, false));
    drop(listener);
    let gone = GitHub::connect(to(&url)).expect("a client");
    let error = write(&gone).await.expect_err("nobody");
    assert_eq!(
        (error.kind.clone(), error.unknown),
        (ErrorKind::Unreachable, false),
        "{error}"
    );
}

#[tokio::test]
async fn a_proxy_gets_its_own_password_and_no_token() {
    let proxy = Server::new(|_| vec![reply("502 Bad Gateway", "", ""); 3]);
    let with_user = proxy.url.replace("http://", "http://me:pass@");
    let through = GitHub::connect(Connect {
        http: reqwest::Client::builder().proxy(reqwest::Proxy::all(with_user).expect("a proxy")),
        ..to("https://github.invalid")
    })
    .expect("a client");
    let error = write(&through).await.expect_err("no tunnel");
    assert_eq!((error.kind, error.unknown), (ErrorKind::Unreachable, false));
    let requests = proxy.requests();
    assert_eq!(requests.len(), 3, "{requests:?}");
    let tunnel = "CONNECT github.invalid:443 ";
    assert!(requests[0].starts_with(tunnel), "{requests:?}");
    assert!(
        requests[0]
            .to_lowercase()
            .contains("proxy-authorization: basic bwu6cgfzcw=="),
        "{requests:?}"
    );
    assert!(!requests[0].contains(TOKEN), "{requests:?}");
}

#[tokio::test]
async fn no_error_holds_the_token() {
    let echo = json!({"message": format!("bad token {TOKEN}\nor so")}).to_string();
    let server = Server::new(|_| vec![reply("401 Unauthorized", "", &echo)]);
    let error = ask(&github(&server.url)).await.expect_err("refused");
    assert_eq!(error.message, "bad token *** or so");
    assert!(!format!("{error:?} {error} {}", error.hint()).contains(TOKEN));
    for (url, token) in [
        ("ftp://x", TOKEN),
        ("https://u:p@x", TOKEN),
        ("https://x", "a\nb"),
    ] {
        let connect = Connect::new(url, "https://x/graphql", Secret::new(token));
        let error = GitHub::connect(connect)
            .err()
            .expect("an error")
            .to_string();
        assert!(!error.contains("a\nb"), "{error}");
    }
}

#[test]
fn errors_are_told_with_their_parts() {
    let value = json!({"message": "Validation Failed", "errors": [
        {"resource": "IssueComment", "code": "unprocessable", "field": "data", "message": "Body is too long"},
        {"field": "sha", "code": "invalid"}, "plain",
    ]});
    assert_eq!(
        message(&value),
        "Validation Failed: Body is too long: sha invalid: plain"
    );
}
