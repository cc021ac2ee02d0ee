//! When a request is sent again and how long that waits. Pure, but for [`Clock`].
//!
//! The rules are those of
//! <https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#handle-rate-limit-errors-appropriately>.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// How long GitHub wants to be left alone after a secondary limit without a header; doubled each time.
const SECONDARY: Duration = Duration::from_secs(60);

/// How long the first wait after trouble is, about; doubled each time.
const TROUBLE: Duration = Duration::from_secs(1);

/// Time, so that tests need not wait for it.
#[async_trait::async_trait]
pub trait Clock: Send + Sync {
    /// What time it is.
    fn now(&self) -> SystemTime;
    /// Waits.
    async fn sleep(&self, duration: Duration);
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct MachineClock;

#[async_trait::async_trait]
impl Clock for MachineClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// How long a limit asks to wait; none when the reply is not about one. `nth` counts the limits that this request met
/// before.
pub(super) fn limited(
    status: StatusCode,
    headers: &HeaderMap,
    message: &str,
    now: SystemTime,
    nth: u32,
) -> Option<Duration> {
    if status != StatusCode::FORBIDDEN && status != StatusCode::TOO_MANY_REQUESTS {
        return None;
    }
    let message = message.to_lowercase();
    let named = [
        "secondary rate limit",
        "rate limit exceeded",
        "abuse detection",
    ];
    let said = named.iter().any(|part| message.contains(part));
    let asked = retry_after(headers, now).is_some() || is_spent(headers);
    (asked || said || status == StatusCode::TOO_MANY_REQUESTS).then(|| until(headers, now, nth))
}

/// How long a limit lasts, for a reply that is about one: what it says, or what GitHub's documentation says.
pub(super) fn until(headers: &HeaderMap, now: SystemTime, nth: u32) -> Duration {
    let reset = || {
        is_spent(headers)
            .then(|| until_reset(headers, now))
            .flatten()
    };
    retry_after(headers, now)
        .or_else(reset)
        .unwrap_or_else(|| doubled(SECONDARY, nth))
        .max(Duration::from_secs(1))
}

/// Whether the token's requests of the hour are used up. Otherwise its reset has nothing to do with a limit.
fn is_spent(headers: &HeaderMap) -> bool {
    number(headers, "x-ratelimit-remaining") == Some(0)
}

/// How long to wait after trouble that a second try may not meet: a second, two, four, each between half and one and a
/// half of that, so that many runs don't come back at once. `random` is any number.
pub(super) fn after_trouble(nth: u32, random: u32) -> Duration {
    let share = 0.5 + f64::from(random) / f64::from(u32::MAX);
    doubled(TROUBLE, nth).mul_f64(share)
}

/// What `Retry-After` says, in seconds or as a date.
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get("retry-after")?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = OffsetDateTime::parse(text, &Rfc2822).ok()?;
    Some(
        SystemTime::from(date)
            .duration_since(now)
            .unwrap_or_default(),
    )
}

fn until_reset(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let reset = number(headers, "x-ratelimit-reset")?;
    let at = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(reset))?;
    // GitHub's second may begin later than ours.
    Some(at.duration_since(now).unwrap_or_default() + Duration::from_secs(1))
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

fn doubled(wait: Duration, nth: u32) -> Duration {
    wait.saturating_mul(2_u32.saturating_pow(nth))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_700_000_000;

    fn asked(status: u16, pairs: &[(&'static str, &str)], message: &str, nth: u32) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().expect("a header"));
        }
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
        let status = StatusCode::from_u16(status).expect("a status");
        limited(status, &headers, message, now, nth).map(|wait| wait.as_secs())
    }

    #[test]
    fn limits_say_how_long_they_last() {
        let secondary = "You have exceeded a secondary rate limit.";
        let remaining = ("x-ratelimit-remaining", "0");
        assert_eq!(asked(403, &[("retry-after", "7")], "", 0), Some(7));
        assert_eq!(asked(429, &[("retry-after", "0")], "", 0), Some(1));
        assert_eq!(
            asked(
                429,
                &[("retry-after", "Tue, 14 Nov 2023 22:13:30 GMT")],
                "",
                0
            ),
            Some(10)
        );
        assert_eq!(
            asked(
                403,
                &[remaining, ("x-ratelimit-reset", "1700000030")],
                "",
                0
            ),
            Some(31)
        );
        assert_eq!(
            asked(403, &[remaining, ("x-ratelimit-reset", "1")], "", 0),
            Some(1)
        );
        assert_eq!(asked(403, &[], secondary, 0), Some(60));
        assert_eq!(asked(403, &[], secondary, 2), Some(240));
        assert_eq!(asked(429, &[], "", 0), Some(60));
        assert_eq!(
            asked(
                429,
                &[
                    ("x-ratelimit-remaining", "12"),
                    ("x-ratelimit-reset", "1700003600")
                ],
                "",
                0
            ),
            Some(60)
        );
        assert_eq!(
            asked(
                403,
                &[("x-ratelimit-remaining", "12")],
                "Resource not accessible",
                0
            ),
            None
        );
        assert_eq!(asked(500, &[("retry-after", "7")], secondary, 0), None);
    }

    #[test]
    fn trouble_waits_longer_each_time_and_never_the_same() {
        let wait = |nth, random| after_trouble(nth, random).as_millis();
        assert_eq!((wait(0, 0), wait(0, u32::MAX)), (500, 1500));
        assert_eq!((wait(2, 0), wait(2, u32::MAX)), (2000, 6000));
    }
}
