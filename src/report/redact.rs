//! The one redactor: what is secret is replaced in every text that leaves the program.
//!
//! It knows secrets by their value and finds each form in which they travel: as they are, line by line, percent-encoded and
//! decoded, escaped for JSON, and inside base64. A secret is a whole token, never a part of a longer word: `pass` is not in
//! `password_hash`. Passwords in URLs are masked whether they are known or not. Text is redacted before it is shortened or
//! escaped: afterwards a secret would no longer be recognised.
//!
//! That is for text that people read. What programs take (SQL, patches, JSON) is never altered: [`Redactor::line_of_secret`]
//! says that it must be withheld.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::config::secret::{MASK, Secret, is_secret_name, mask_urls};
use crate::config::url::RESERVED;
use crate::dialect;
use crate::sql::Rules;
use crate::sql::token::{Kind, tokens};

/// Shorter secrets stand in ordinary text by chance, and would be easy to guess from the stars in it.
const SHORTEST: usize = 6;

/// The same for plain words. No service that cares takes a password of fewer than eight characters.
const SHORTEST_WORD: usize = 8;

/// Passwords of the databases' own manuals, and words that stand in any text about databases. Their own names are more.
const KNOWN_TO_ALL: &[&str] = &[
    "123456",
    "12345678",
    "changeme",
    "database",
    "development",
    "my-secret-pw",
    "mysecretpassword",
    "password",
];

/// Digits of base64 that don't stand somewhere by chance.
const SHORTEST_BASE64: usize = 8;

/// Replaces secrets in text. Formatting it shows nothing.
#[derive(Clone, Default)]
pub struct Redactor {
    known: Vec<Known>,
}

/// A secret.
#[derive(Clone)]
struct Known {
    value: String,
    /// Where it is found.
    reach: Reach,
    forms: Vec<String>,
    /// What shows it inside the base64 of a longer text.
    base64: Vec<String>,
}

/// Where a secret is taken for itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// As a token of its own.
    Anywhere,
    /// Only where a password stands: `user:SECRET@host`, `password=SECRET`.
    InPlace,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} secrets)", self.known.len())
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

    /// Knows another secret from now on. One that is short or common is found only where a password stands.
    pub fn add(&mut self, secret: &Secret) {
        let text = secret.expose().trim();
        self.add_text(text);
        if text.contains('\n') {
            text.lines().for_each(|line| self.add_text(line.trim()));
        }
    }

    fn add_text(&mut self, text: &str) {
        if text.is_empty() || self.known.iter().any(|known| known.value == text) {
            return;
        }
        let escaped = serde_json::Value::from(text).to_string();
        let mut forms = vec![
            text.to_owned(),
            utf8_percent_encode(text, NON_ALPHANUMERIC).to_string(),
            utf8_percent_encode(text, &RESERVED).to_string(),
            url::form_urlencoded::byte_serialize(text.as_bytes()).collect(),
            escaped[1..escaped.len() - 1].to_owned(),
            // As SQL quotes it, MySQL's too.
            text.replace('\'', "''"),
            text.replace('\\', "\\\\").replace('\'', "''"),
        ];
        forms.extend(percent_decoded(text));
        forms.sort_unstable();
        forms.dedup();
        let reach = match is_common(text) {
            true => Reach::InPlace,
            false => Reach::Anywhere,
        };
        self.known.push(Known {
            value: text.to_owned(),
            reach,
            forms,
            base64: inside_base64(text),
        });
    }

    /// Takes plain words that stand in SQL as names or keywords for such: a password `inventory` that is also a table is
    /// public already. Only a word is taken for one: no name is like a password that has digits or other signs.
    pub fn allow_words_of<'a>(&mut self, statements: impl Iterator<Item = &'a str>) {
        let mut words: Vec<&mut Known> = self
            .known
            .iter_mut()
            .filter(|known| known.reach == Reach::Anywhere && is_word(&known.value))
            .collect();
        for statement in statements {
            if words.is_empty() {
                return;
            }
            let code = outside_strings(statement);
            words.retain_mut(|known| {
                let found =
                    occurrences(&code, &known.value).any(|(from, to)| is_token(&code, from, to));
                if found {
                    known.reach = Reach::InPlace;
                }
                !found
            });
        }
    }

    /// The text without secrets, for people.
    pub fn redact(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut end = 0;
        for (from, to) in self.find(text) {
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

    /// The line, from 1, in which a text holds a secret. For what is never altered, and therefore withheld.
    pub fn line_of_secret(&self, text: &str) -> Option<usize> {
        let (at, _) = *self.find(text).first()?;
        Some(text[..at].matches('\n').count() + 1)
    }

    /// Where secrets stand, in order.
    fn find(&self, text: &str) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for known in &self.known {
            let tokens = known.forms.iter().flat_map(|form| occurrences(text, form));
            let tokens = tokens.filter(|(from, to)| is_token(text, *from, *to));
            match known.reach {
                Reach::InPlace => {
                    found.extend(tokens.filter(|(from, to)| is_in_place(text, *from, *to)));
                }
                Reach::Anywhere => {
                    found.extend(tokens);
                    found.extend(known.base64.iter().flat_map(|form| occurrences(text, form)));
                }
            }
        }
        found.sort_unstable();
        found
    }
}

/// The lines of a secret that the runner may be asked to mask. It replaces them in everything that the job logs, in the
/// middle of words too, so none is short, common or a plain word.
pub fn maskable(secret: &Secret) -> impl Iterator<Item = &str> {
    let lines = secret.expose().lines().map(str::trim);
    lines.filter(|line| !is_common(line) && !is_word(line))
}

/// Whether a text stands in other texts by chance.
fn is_common(text: &str) -> bool {
    let shortest = match is_word(text) {
        true => SHORTEST_WORD,
        false => SHORTEST,
    };
    let lower = text.to_lowercase();
    let schemes = dialect::ALL
        .iter()
        .flat_map(|dialect| dialect.profile().schemes);
    text.chars().count() < shortest
        || KNOWN_TO_ALL
            .iter()
            .chain(schemes)
            .any(|known| *known == lower)
}

/// Whether a text reads like a name or an ordinary word: letters of one case, `_` and `-`.
fn is_word(text: &str) -> bool {
    let mark = |byte: u8| matches!(byte, b'_' | b'-');
    let letters = text.strip_prefix(|c: char| c.is_ascii_uppercase());
    text.bytes()
        .all(|byte| byte.is_ascii_uppercase() || mark(byte))
        || letters
            .unwrap_or(text)
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || mark(byte))
}

fn is_part_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether a range of a text is not a part of a longer word.
fn is_token(text: &str, from: usize, to: usize) -> bool {
    let (before, inside, after) = (&text[..from], &text[from..to], &text[to..]);
    let joined =
        before.ends_with(is_part_of_word) && !ends_with_escape(before) && flag(before).is_none();
    !(joined && inside.starts_with(is_part_of_word)
        || after.starts_with(is_part_of_word) && inside.ends_with(is_part_of_word))
}

/// The letter of the short flag that a text ends with. Its value may be glued to it: `mysql -pSECRET`.
fn flag(text: &str) -> Option<char> {
    let letter = text.chars().next_back().filter(char::is_ascii_alphabetic)?;
    let before = text[..text.len() - 1].strip_suffix('-')?;
    let begins = before.ends_with(|c: char| c.is_whitespace() || "\"'`([{,=".contains(c));
    (begins || before.is_empty()).then_some(letter)
}

/// Whether a text ends with an escaped sign, whose last letter begins no word: `\n`, `\x1b`, `%3A`; or with the code of a
/// terminal's colour.
fn ends_with_escape(text: &str) -> bool {
    let digits = |count: usize, mark: &str| {
        let Some(at) = text.len().checked_sub(count) else {
            return false;
        };
        let hex = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        text.get(at..).is_some_and(hex) && text[..at].ends_with(mark)
    };
    let letter = ["\\n", "\\r", "\\t", "\\b", "\\f", "\\v", "\\0"];
    letter.iter().any(|escape| text.ends_with(escape))
        || digits(2, "\\x")
        || digits(4, "\\u")
        || digits(2, "%")
        || text.rsplit_once("\x1b[").is_some_and(|(_, code)| {
            let code = code.strip_suffix('m');
            code.is_some_and(|code| {
                code.bytes()
                    .all(|byte| byte.is_ascii_digit() || byte == b';')
            })
        })
}

/// Whether a range of a text is where a password stands.
fn is_in_place(text: &str, from: usize, to: usize) -> bool {
    let (before, after) = (&text[..from], &text[to..]);
    let user = before.strip_suffix(':').and_then(|before| {
        let (_, user) = before.rsplit_once("://")?;
        Some(user)
    });
    if after.starts_with('@')
        && user.is_some_and(|user| !user.contains(|c: char| c.is_whitespace() || c == '/'))
    {
        return true;
    }
    let open = |text: &'_ str| text.trim_end_matches(['"', '\'', '`', '\\']).len();
    let before = before[..open(before)].trim_end_matches(' ');
    if matches!(flag(before), Some('p' | 'P')) {
        return true;
    }
    let part = |c: char| is_part_of_word(c) || c == '-';
    let name = |before: &str| before[before.trim_end_matches(part).len()..].to_owned();
    match before.strip_suffix(['=', ':']) {
        Some(before) => {
            let before = before.trim_end_matches(' ');
            is_secret_name(&name(&before[..open(before)]))
        }
        // `--password SECRET`
        None => {
            let flag = name(&before[..open(before)]);
            flag.starts_with("--") && is_secret_name(&flag)
        }
    }
}

/// What of a statement is not a string, with blanks in place of those. Nothing where it has a backslash: what that does to a
/// quote depends on the server.
fn outside_strings(statement: &str) -> String {
    if statement.contains('\\') {
        return String::new();
    }
    let code = tokens(statement, &Rules::GENERIC).filter(|token| token.kind != Kind::Text);
    code.map(|token| token.text).collect::<Vec<_>>().join(" ")
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

fn percent_decoded(text: &str) -> Option<String> {
    let decoded = percent_decode_str(text).decode_utf8().ok()?;
    (decoded != text).then(|| decoded.into_owned())
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
    forms.retain(|form| form.len() >= SHORTEST_BASE64);
    forms.sort_unstable();
    forms.dedup();
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
        let redactor = redactor(&["abc-123-def", "123-def-456", "-1-1-1"]);
        assert_eq!(redactor.redact("<abc-123-def-456>"), "<***>");
        assert_eq!(redactor.redact("x-1-1-1-1-1"), "x***");
        assert_eq!(redactor.redact("nothing"), "nothing");
    }

    #[test]
    fn a_secret_is_never_a_part_of_a_word() {
        let redactor = redactor(&["hunter22", "p@ss/w:rd9"]);
        for text in [
            "hunter22_hash",
            "old_hunter22",
            "xhunter22",
            "hunter22s",
            "hunter222",
            "a-phunter22",
            "--phunter22",
            "-php_hunter22",
            "[31mhunter22",
        ] {
            assert_eq!(redactor.redact(text), text);
            assert_eq!(redactor.line_of_secret(text), None);
        }
        for (text, masked) in [
            ("'hunter22'", "'***'"),
            ("-hunter22.", "-***."),
            (r"b'\nhunter22\tx'", r"b'\n***\tx'"),
            (r"\x1bhunter22 \u0020hunter22", r"\x1b*** \u0020***"),
            ("\x1b[1;31mhunter22\x1b[0m", "\x1b[1;31m***\x1b[0m"),
            ("mysql -uroot -phunter22 db", "mysql -uroot -p*** db"),
            ("['sqlcmd', '-Phunter22']", "['sqlcmd', '-P***']"),
            ("redis-cli -ahunter22", "redis-cli -a***"),
            ("docker login -p hunter22", "docker login -p ***"),
            (
                "PGPASSWORD=hunter22 MYSQL_PWD=hunter22",
                "PGPASSWORD=*** MYSQL_PWD=***",
            ),
            ("a%3Ahunter22%40b", "a%3A***%40b"),
            ("xp@ss/w:rd9", "xp@ss/w:rd9"),
            ("=p@ss/w:rd9", "=***"),
        ] {
            assert_eq!(redactor.redact(text), masked);
        }
    }

    #[test]
    fn short_and_common_ones_are_masked_where_a_password_stands() {
        for secret in [
            "p", "pass", "dev", "root", "test", "users", "secret", "postgres", "Password",
        ] {
            let redactor = redactor(&[secret]);
            for text in [
                format!("{secret} {secret}_hash '{secret}' \"{secret}\" `{secret}`"),
                format!("postgres://{secret}@{secret}:5432/{secret}?search_path={secret}"),
                format!("key: {secret}-1, key={secret}"),
            ] {
                assert_eq!(redactor.redact(&text), text);
                assert_eq!(redactor.line_of_secret(&text), None);
            }
            for text in [
                format!("x\nDEFAULT 'postgres://u:{secret}@h/db'"),
                format!("x\nhost=h password={secret} user=u"),
                format!("x\n{{'password': '{secret}'}}"),
                format!("x\nPGPASSWORD={secret}"),
                format!("x\nMYSQL_PWD='{secret}'"),
                format!("x\nmysql -uroot -p{secret} db"),
                format!("x\nmysql -uroot -p'{secret}' db"),
                format!("x\nargs: [\"-p{secret}\"]"),
                format!("x\nsshpass -p {secret}"),
                format!("x\nmysql --password {secret}"),
                format!("x\n?user=u&sslpassword={secret}&x=1"),
                format!("x\n{{\\\"db_password\\\": \\\"{secret}\\\"}}"),
            ] {
                let masked = redactor.redact(&text);
                assert!(masked.contains("***"), "{masked}");
                assert_eq!(redactor.line_of_secret(&text), Some(2), "{text}");
            }
            assert_eq!(maskable(&Secret::new(secret)).count(), 0);
        }
    }

    #[test]
    fn the_runner_masks_no_words() {
        let mask = |text: &str| -> Vec<String> {
            maskable(&Secret::new(text)).map(str::to_owned).collect()
        };
        for word in [
            "inventory",
            "customer_orders",
            "Development",
            "STAGING-DB",
            "",
            "12345678",
        ] {
            assert_eq!(mask(word), [""; 0], "{word}");
        }
        assert_eq!(mask("hunter22"), ["hunter22"]);
        assert_eq!(mask("{\n  id: 9f8e7d\n}\n"), ["id: 9f8e7d"]);
    }

    #[test]
    fn a_word_that_is_a_name_in_the_sql_is_no_secret() {
        let mut redactor = redactor(&["inventory", "correcthorse", "hunter22hunter22"]);
        let sql = [
            "ALTER TABLE \"inventory\" ADD COLUMN \"hunter22hunter22\" text DEFAULT 'correcthorse'",
        ];
        assert_eq!(redactor.line_of_secret("\n'inventory'"), Some(2));
        redactor.allow_words_of(sql.into_iter());
        let text = "inventory, correcthorse, hunter22hunter22";
        assert_eq!(redactor.redact(text), "inventory, ***, ***");
        assert_eq!(redactor.redact("u://u:inventory@h"), "u://u:***@h");
        assert_eq!(redactor.line_of_secret(sql[0]), Some(1));
        redactor.allow_words_of([r"SELECT 'a\'', correcthorse"].into_iter());
        redactor.allow_words_of(["-- it's\nSELECT 'correcthorse' -- correcthorse"].into_iter());
        assert_eq!(redactor.redact("correcthorse"), "***");
    }

    #[test]
    fn a_key_is_masked_line_by_line() {
        let redactor = redactor(&["-----BEGIN\nMIIabc1\n}\n-----END\n"]);
        assert_eq!(redactor.redact("x MIIabc1 } y"), "x *** } y");
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
