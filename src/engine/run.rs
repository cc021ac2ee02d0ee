//! How a run of this program calls itself on servers that others use, too, so that the next one can tell what a killed
//! run left from what is somebody's.

/// A run: eight hexadecimal digits, a positive number of 32 bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run(String);

/// Prefix of a run's number in the names of what it creates.
const PREFIX: &str = "trueup_";

impl Run {
    /// One that no other has, in all likelihood.
    #[must_use]
    pub fn new() -> Self {
        use std::hash::{BuildHasher as _, Hasher as _};
        let mut hasher = std::hash::RandomState::new().build_hasher();
        hasher.write_u32(std::process::id());
        Self(format!("{:08x}", hasher.finish() & 0x7fff_ffff))
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.0
    }

    /// The name of the `n`th database that it makes.
    #[must_use]
    pub fn sibling(&self, n: usize) -> String {
        format!("{PREFIX}{}_{n}", self.0)
    }

    /// The run whose database this could be, by its name.
    #[must_use]
    pub fn of_sibling(name: &str) -> Option<Self> {
        let (number, n) = name.strip_prefix(PREFIX)?.split_once('_')?;
        let hex = number.len() == 8
            && number
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let counted = !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit());
        (hex && counted).then(|| Self(number.to_owned()))
    }

    /// Run, machine, process and time, for people.
    #[must_use]
    pub fn describe(&self) -> String {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname")
            .ok()
            .or_else(|| std::env::var("HOSTNAME").ok())
            .unwrap_or_default();
        let host = match host.trim() {
            "" => "unknown",
            host => host,
        };
        let now = time::OffsetDateTime::now_utc()
            .format(&time::format_description::well_known::Rfc3339)
            .unwrap_or_default();
        format!(
            "{}, host {host}, process {}, started {now}",
            self.0,
            std::process::id()
        )
    }
}

impl Default for Run {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_run() {
        let run = Run::new();
        assert_eq!(Run::of_sibling(&run.sibling(12)), Some(run.clone()));
        assert!(run.describe().starts_with(run.number()));
        for name in [
            "trueup_run",
            "trueup_0badf00_1",
            "trueup_0badf00d_",
            "trueup_0BADF00D_1",
            "dev",
        ] {
            assert_eq!(Run::of_sibling(name), None, "{name}");
        }
    }
}
