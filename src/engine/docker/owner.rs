//! Whose a container is: labels with which each is made, and what they say of a run that was killed.
//!
//! Process numbers mean something only where they were given, so a label also holds the place: the machine's name, its
//! boot, and the namespace of its process numbers, which differs from container to container.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The run's id: the label by which our containers are found.
pub(super) const RUN: &str = "trueup.run";
const PLACE: &str = "trueup.place";
const PID: &str = "trueup.pid";
const STARTED: &str = "trueup.process-started";
const CREATED: &str = "trueup.created";

/// A run lasts minutes: whatever is older was left behind, wherever it came from.
const OLD: Duration = Duration::from_secs(24 * 60 * 60);

/// This process, as labels tell it.
#[derive(Clone, Debug)]
pub(super) struct Owner {
    pub(super) run: String,
    place: String,
    pid: u32,
    started: String,
}

impl Owner {
    pub(super) fn this_process(run: String) -> Self {
        let pid = std::process::id();
        Self {
            run,
            place: place(),
            pid,
            started: started(pid).unwrap_or_default(),
        }
    }

    /// Labels for a new container.
    pub(super) fn labels(&self) -> BTreeMap<String, String> {
        let created = seconds(SystemTime::now());
        [
            (RUN, self.run.clone()),
            (PLACE, self.place.clone()),
            (PID, self.pid.to_string()),
            (STARTED, self.started.clone()),
            (CREATED, created.to_string()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into()
    }

    /// Whether nobody is left who would remove a container with these labels.
    pub(super) fn is_orphan(&self, labels: &BTreeMap<String, String>) -> bool {
        self.judge(labels, SystemTime::now(), &started)
    }

    fn judge(
        &self,
        labels: &BTreeMap<String, String>,
        now: SystemTime,
        started: &dyn Fn(u32) -> Option<String>,
    ) -> bool {
        let label = |key: &str| labels.get(key).map(String::as_str).unwrap_or_default();
        if label(PLACE) == self.place
            && let Ok(pid) = label(PID).parse()
        {
            return started(pid).is_none_or(|since| since != label(STARTED));
        }
        let age = seconds(now).saturating_sub(label(CREATED).parse().unwrap_or(u64::MAX));
        age > OLD.as_secs()
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}

fn place() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let namespace = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    format!(
        "{} {} {}",
        rustix::system::uname().nodename().to_string_lossy(),
        read("/proc/sys/kernel/random/boot_id").trim(),
        namespace.display()
    )
}

/// When a process started, in whatever form the system tells it; `None` when there is no such process.
fn started(pid: u32) -> Option<String> {
    if cfg!(target_os = "linux") {
        // Field 22 of proc_pid_stat(5); the second is a name that may hold anything, in parentheses.
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (_, rest) = stat.rsplit_once(')')?;
        let mut fields = rest.split_whitespace();
        // A zombie no longer does anything.
        let state = fields.next()?;
        return (state != "Z").then(|| fields.nth(18).unwrap_or_default().to_owned());
    }
    let output = std::process::Command::new("ps")
        .args(["-o", "lstart=", "-p", &pid.to_string()])
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nobody_will_remove_is_an_orphan() {
        let owner = Owner::this_process("1".to_owned());
        assert!(!owner.started.is_empty());
        let labels = owner.labels();
        assert!(!owner.is_orphan(&labels), "this process lives");

        let dead = |_: u32| None;
        let later = |_: u32| Some("another time".to_owned());
        let now = SystemTime::now();
        assert!(owner.judge(&labels, now, &dead));
        assert!(
            owner.judge(&labels, now, &later),
            "the number is another process' now"
        );

        let mut elsewhere = labels;
        elsewhere.insert(PLACE.to_owned(), "another machine".to_owned());
        assert!(!owner.judge(&elsewhere, now, &dead), "it may live there");
        let tomorrow = now + OLD + Duration::from_secs(60);
        assert!(owner.judge(&elsewhere, tomorrow, &dead));
        elsewhere.remove(CREATED);
        assert!(!owner.judge(&elsewhere, tomorrow, &dead));
    }
}
