//! The one redactor: what is secret is replaced in every text that leaves the program.
//!
//! It knows secrets by their value and replaces each form in which they travel: as they are, line by line,
//! percent-encoded and decoded, escaped for JSON, and inside base64. Passwords in URLs are masked whether they are
//! known or not. Text is redacted before it is shortened or escaped: afterwards a secret would no longer be recognised.

use std::fmt::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use crate::config::secret::{MASK, Secret, mask_urls};

/// Shorter secrets are left alone: replaced everywhere, they would make text unreadable and be easy to guess from it.
const SHORTEST: usize = 4;

/// Replaces secrets in text. Formatting it shows nothing.
#[derive(Clone, Default)]
pub struct Redactor {
    /// Every form of every secret.
    forms: Vec<String>,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} forms)", self.forms.len())
    }
}

impl Redactor {
    /// One that knows these secrets.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut redactor = Self::default();
        for secret in secrets {
            redactor.add(secret);
        }
        redactor
    }

    /// Knows another secret from now on. One that has fewer than four bytes is not replaced.
    pub fn add(&mut self, secret: &Secret) {
        let text = secret.expose().trim();
        self.add_text(text);
        if text.contains('\n') {
            text.lines().for_each(|line| self.add_text(line.trim()));
        }
    }

    fn add_text(&mut self, text: &str) {
        if text.len() < SHORTEST {
            return;
        }
        let escaped = serde_json::Value::from(text).to_string();
        let mut forms = vec![
            text.to_owned(),
            percent_encoded(text, |byte| byte.is_ascii_alphanumeric()),
            percent_encoded(text, |byte| {
                byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte)
            }),
            url::form_urlencoded::byte_serialize(text.as_bytes()).collect(),
            escaped.trim_matches('"').to_owned(),
        ];
        forms.extend(percent_decoded(text));
        forms.extend(inside_base64(text));
        for form in forms {
            if form.len() >= SHORTEST && !self.forms.contains(&form) {
                self.forms.push(form);
            }
        }
    }

    /// The text without secrets.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let mut hidden: Vec<(usize, usize)> = Vec::new();
        for form in &self.forms {
            hidden.extend(occurrences(text, form));
        }
        hidden.sort_unstable();
        let mut out = String::with_capacity(text.len());
        let mut end = 0;
        for (from, to) in hidden {
            // Forms overlap: what they cover together is masked once.
            if from >= end {
                out.push_str(&text[end..from]);
                out.push_str(MASK);
            }
            end = end.max(to);
        }
        out.push_str(&text[end..]);
        mask_urls(&out)
    }
}

/// Where `form` stands in `text`, overlapping ones too.
fn occurrences<'a>(text: &'a str, form: &'a str) -> impl Iterator<Item = (usize, usize)> + 'a {
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + text.get(from..)?.find(form)?;
        from = at + text[at..].chars().next().map_or(1, char::len_utf8);
        Some((at, at + form.len()))
    })
}

fn percent_encoded(text: &str, plain: impl Fn(u8) -> bool) -> String {
    let mut out = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        match plain(byte) {
            true => out.push(char::from(byte)),
            false => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

fn percent_decoded(text: &str) -> Option<String> {
    let hex = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match (byte, hex(bytes.get(at + 1)), hex(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.extend(u8::try_from(high * 16 + low));
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out)
        .ok()
        .filter(|decoded| decoded != text)
}

/// What is found of a secret in the base64 of a longer text, such as that of `user:secret`: it begins at any of three
/// places in a group of bytes, and the digits that it shares with its neighbours are unknown.
fn inside_base64(text: &str) -> Vec<String> {
    let mut forms = vec![STANDARD.encode(text), URL_SAFE.encode(text)];
    for before in 0..3 {
        let mut bytes = vec![0; before];
        bytes.extend_from_slice(text.as_bytes());
        // The first whole digit behind the neighbour before, and the last one before the neighbour behind.
        let from = (before * 8).div_ceil(6);
        let to = bytes.len() * 8 / 6;
        for engine in [&STANDARD, &URL_SAFE] {
            let encoded = engine.encode(&bytes);
            forms.extend(encoded.get(from..to).map(str::to_owned));
        }
    }
    // A few digits stand everywhere.
    forms.retain(|form| form.len() >= 2 * SHORTEST);
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor(secrets: &[&str]) -> Redactor {
        let secrets: Vec<Secret> = secrets.iter().map(|text| Secret::new(*text)).collect();
        Redactor::new(&secrets)
    }

    #[test]
    fn every_form_of_a_secret_is_masked() {
        let redactor = redactor(&["p@ss w/rd\"%"]);
        for text in [
            "p@ss w/rd\"%",
            "p%40ss%20w%2Frd%22%25",
            "p%40ss+w%2Frd%22%25",
            r#"p@ss w/rd\"%"#,
        ] {
            assert_eq!(redactor.redact(&format!("<{text}>")), "<***>", "{text}");
        }
        for around in ["", "a", "ab", "user:", "x-access-token:"] {
            let text = STANDARD.encode(format!("{around}p@ss w/rd\"%, and more"));
            let redacted = redactor.redact(&text);
            assert!(redacted.contains("***"), "{around}: {redacted}");
        }
        assert_eq!(format!("{redactor:?}").find("p@ss"), None);
    }

    #[test]
    fn an_encoded_secret_is_known_decoded_too() {
        let redactor = redactor(&["hunter%32%21"]);
        assert_eq!(redactor.redact("hunter2! hunter%32%21"), "*** ***");
    }

    #[test]
    fn overlapping_secrets_leave_nothing() {
        let redactor = redactor(&["abcdef", "defghi", "aaaa"]);
        assert_eq!(redactor.redact("1abcdefghi2"), "1***2");
        assert_eq!(redactor.redact("aaaaaa"), "***");
        assert_eq!(redactor.redact("nothing"), "nothing");
    }

    #[test]
    fn a_key_is_masked_line_by_line() {
        let redactor = redactor(&["-----BEGIN\nMIIabc\n-----END\n"]);
        assert_eq!(redactor.redact("x MIIabc y"), "x *** y");
    }

    #[test]
    fn passwords_in_urls_need_not_be_known() {
        let redactor = Redactor::default();
        let text = "a\nredis://u:hunter2@h/0 and postgres://u@h/db\n";
        let masked = "a\nredis://u:***@h/0 and postgres://u@h/db\n";
        assert_eq!(redactor.redact(text), masked);
        assert_eq!(redactor.redact("é\n"), "é\n");
    }
}
