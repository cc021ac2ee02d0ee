//! Reaching servers that may only be starting: how long they are waited for, and what is said when nobody answers.

use std::io;
use std::time::{Duration, Instant};

use super::EngineError;

/// Time between two attempts.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a server is waited for that says itself that it is starting.
const STARTING: Duration = Duration::from_secs(30);

/// How long a server that does not listen yet is waited for where nobody says: on this machine a wrong port is likelier.
/// Where this runs in a container it is likely a service of the same job, and MySQL's image takes most of a minute to
/// fill a new one.
#[must_use]
pub fn patience(host: &str) -> Duration {
    let here = host.starts_with('/') || LOCAL.contains(&host);
    Duration::from_secs(match (here, in_container()) {
        (true, _) => 3,
        (false, false) => 10,
        (false, true) => 60,
    })
}

/// What this machine calls itself.
const LOCAL: &[&str] = &["localhost", "127.0.0.1", "::1"];

/// A server that is to be reached.
#[derive(Clone, Copy, Debug)]
pub struct Reach<'a> {
    /// What it is called: `PostgreSQL`.
    pub name: &'a str,
    /// Where it is, without secrets: `127.0.0.1:5432`.
    pub place: &'a str,
    /// How long one that does not listen yet is waited for.
    pub patience: Duration,
    /// The least time that one attempt gets.
    pub attempt: Duration,
    /// The parameter of a URL that waits longer, with a value: `connect_timeout=60`.
    pub parameter: &'a str,
}

/// What an attempt that failed tells of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nobody listens, as with a server that is not there yet.
    Nobody,
    /// It says that it is starting.
    Starting,
    /// It said no.
    Refused,
}

impl Reach<'_> {
    /// Tries until there is a connection or no use in trying again; `judge` says what an error means, `refused` what is said
    /// of the last one, after how long.
    pub async fn patiently<T, E, F>(
        &self,
        attempt: impl Fn() -> F,
        judge: impl Fn(&E) -> Answer,
        refused: impl FnOnce(E, Duration) -> EngineError,
    ) -> Result<T, EngineError>
    where
        F: Future<Output = Result<T, E>>,
    {
        let started = Instant::now();
        let limit = self.patience.max(self.attempt);
        loop {
            let left = limit
                .saturating_sub(started.elapsed())
                .max(Duration::from_secs(1));
            let error = match tokio::time::timeout(left, attempt()).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(error)) => error,
                Err(_elapsed) => return Err(self.silent(limit)),
            };
            let patience = match judge(&error) {
                Answer::Nobody => self.patience,
                Answer::Starting => self.patience.max(STARTING),
                Answer::Refused => Duration::ZERO,
            };
            if started.elapsed() >= patience {
                return Err(refused(error, started.elapsed()));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn silent(&self, limit: Duration) -> EngineError {
        let Self { name, place, .. } = self;
        EngineError::new(
            format!(
                "{name} at {place} does not answer within {} s",
                limit.as_secs()
            ),
            format!(
                "check the host, the port and any firewall in between; `{}` in the URL waits longer",
                self.parameter
            ),
        )
    }

    /// The error when nothing listens at a server's address.
    #[must_use]
    pub fn nobody(&self, error: &io::Error, waited: Duration) -> EngineError {
        let Self { name, place, .. } = self;
        let after = match waited.as_secs() {
            0 => String::new(),
            seconds => format!(", still after {seconds} s"),
        };
        let here = place.trim_start_matches('[');
        let hint = if LOCAL.iter().any(|host| here.starts_with(host)) && in_container() {
            format!(
                "this runs in a container, where localhost is the container itself: a service of the job is reached by \
                 its label as the host (`services: db: …` is `db`), a server of the machine by the machine's name; \
                 `{}` in the URL waits for one that is starting",
                self.parameter
            )
        } else {
            format!(
                "check that it runs and that host and port are right; `{}` in the URL waits for one that is starting",
                self.parameter
            )
        };
        EngineError::new(format!("no {name} server at {place}: {error}{after}"), hint)
    }
}

/// Whether a connection failed as it does when nobody listens yet.
#[must_use]
pub fn nobody_listens(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::UnexpectedEof
            | io::ErrorKind::NotFound
    )
}

/// Whether this process is in a container, as far as containers' own marks tell.
fn in_container() -> bool {
    ["/.dockerenv", "/run/.containerenv"]
        .iter()
        .any(|mark| std::path::Path::new(mark).exists())
        || std::env::var_os("KUBERNETES_SERVICE_HOST").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(patience: Duration) -> Reach<'static> {
        Reach {
            name: "a",
            place: "localhost:1",
            patience,
            attempt: Duration::from_secs(1),
            parameter: "timeout=60s",
        }
    }

    #[tokio::test]
    async fn only_what_may_still_come_is_waited_for() {
        let tries = async |reach: Reach<'static>, answer: Answer, fails: usize| {
            let tried = std::cell::Cell::new(0);
            let attempt = || {
                tried.set(tried.get() + 1);
                std::future::ready(match tried.get() {
                    n if n <= fails => Err("no"),
                    _ => Ok(()),
                })
            };
            let refused = |error: &str, _| EngineError::plain(error);
            let opened = reach.patiently(attempt, |_| answer, refused).await;
            (opened.is_ok(), tried.get())
        };
        let none = reach(Duration::ZERO);
        assert_eq!(tries(none, Answer::Refused, 3).await, (false, 1));
        assert_eq!(tries(none, Answer::Nobody, 3).await, (false, 1));
        assert_eq!(tries(none, Answer::Starting, 3).await, (true, 4));
        let patient = reach(Duration::from_secs(60));
        assert_eq!(tries(patient, Answer::Nobody, 9).await, (true, 10));
    }

    #[tokio::test]
    async fn silence_has_an_end() {
        let reach = reach(Duration::ZERO);
        let silent = reach.patiently(
            std::future::pending::<Result<(), ()>>,
            |()| Answer::Refused,
            |(), _| EngineError::plain("an answer"),
        );
        let error = silent.await.unwrap_err();
        assert_eq!(error.message, "a at localhost:1 does not answer within 1 s");
        assert!(error.hint.unwrap_or_default().contains("timeout=60s"));
    }
}
