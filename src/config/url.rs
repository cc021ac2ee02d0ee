//! Database URLs: splitting, decoding, masking, and checking their parameters.
//!
//! Knows the shape `scheme://[user[:password]@][host[:port]][/path][?key=value&…]` and nothing of what a scheme means:
//! a dialect reads the parts and says which parameters it knows.

use std::fmt::{self, Write as _};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::secret::{MASK, Secret, is_secret_name};
use super::suggest;

/// Why a URL could not be used. No variant carries any part of the URL that could hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error("not a URL: it does not start with a scheme such as `postgres://`")]
    NoScheme,
    #[error("malformed URL: a scheme has only letters, digits, `+`, `-` and `.`")]
    BadScheme,
    #[error("unknown URL scheme `{scheme}`")]
    UnknownScheme {
        scheme: String,
        hint: Option<String>,
    },
    #[error("malformed `{scheme}://` URL: `#` must be written `%23`")]
    Fragment { scheme: String },
    #[error("malformed `{scheme}://` URL: invalid percent-encoding in its {part}")]
    Encoding {
        scheme: String,
        /// Which part: "user", "password", "host", "path" or "query".
        part: &'static str,
    },
    #[error("malformed `{scheme}://` URL: what follows `:` is not a port number")]
    Port { scheme: String },
    #[error("malformed `{scheme}://` URL: its password holds a character that must be escaped")]
    Unescaped { scheme: String },
    #[error(
        "malformed `{scheme}://` URL: an IPv6 address is written `[address]` or `[address]:port`"
    )]
    Bracket { scheme: String },
    #[error("unknown parameter `{key}` in the `{scheme}://` URL")]
    UnknownParameter {
        scheme: String,
        key: String,
        hint: Option<String>,
    },
    #[error("parameter `{key}` is given more than once in the `{scheme}://` URL")]
    RepeatedParameter { scheme: String, key: String },
}

impl UrlError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownScheme { hint, .. } | Self::UnknownParameter { hint, .. } => hint.clone(),
            Self::Encoding {
                part: "user" | "password",
                ..
            } => Some(ESCAPES.to_owned()),
            Self::Encoding { .. } => Some("a literal `%` is written `%25`".to_owned()),
            Self::Fragment { .. } | Self::Unescaped { .. } => Some(ESCAPES.to_owned()),
            _ => None,
        }
    }
}

const ESCAPES: &str = "special characters in a user name or password must be percent-encoded: `@` is `%40`, `:` is `%3A`, \
                       `/` is `%2F`, `?` is `%3F`, `#` is `%23`, `%` is `%25`";

/// A URL of a database, or of a way to get one, split and decoded.
///
/// `Display` and `Debug` mask the password and every parameter whose name says that it is secret.
#[derive(Clone, PartialEq, Eq)]
pub struct DbUrl {
    scheme: String,
    user: Option<String>,
    password: Option<Secret>,
    host: String,
    port: Option<u16>,
    malformed: Option<UrlError>,
    location: String,
    path: String,
    query: Vec<(String, String)>,
    text: Secret,
}

impl DbUrl {
    /// Splits and decodes a URL.
    ///
    /// The parts follow RFC 3986 with the customs of Go's `net/url`, on which existing `atlas.hcl` files rely: the last
    /// `@` of the authority ends the user information, `+` in the query is a space.
    ///
    /// # Errors
    ///
    /// [`UrlError`] when there is no scheme, or a part is not well formed. A host that only makes sense for some
    /// schemes is judged by [`Self::check_authority`].
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").ok_or(UrlError::NoScheme)?;
        let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.chars().all(valid) {
            return Err(UrlError::BadScheme);
        }
        let scheme = scheme.to_ascii_lowercase();
        if rest.contains('#') {
            return Err(UrlError::Fragment { scheme });
        }
        let fail = |part| UrlError::Encoding {
            scheme: scheme.clone(),
            part,
        };
        let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
        let slash = before.find('/').unwrap_or(before.len());
        let (authority, path) = before.split_at(slash);
        let (userinfo, address) = match authority.rsplit_once('@') {
            Some((userinfo, address)) => (Some(userinfo), address),
            None => (None, authority),
        };
        let (user, password) =
            match userinfo.map(|u| u.split_once(':').map_or((u, None), |(u, p)| (u, Some(p)))) {
                Some((user, password)) => (
                    Some(decode(user, false).ok_or_else(|| fail("user"))?),
                    password,
                ),
                None => (None, None),
            };
        let password = match password {
            Some(password) => Some(Secret::new(
                decode(password, false).ok_or_else(|| fail("password"))?,
            )),
            None => None,
        };
        let (host, port, malformed) = match split_port(address) {
            Ok((host, port)) => (host, port, None),
            Err(Unsplit::Port) => (
                address,
                None,
                Some(UrlError::Port {
                    scheme: scheme.clone(),
                }),
            ),
            Err(Unsplit::Bracket) => (
                address,
                None,
                Some(UrlError::Bracket {
                    scheme: scheme.clone(),
                }),
            ),
        };
        // A `/` or `?` in a password cuts it off: in `u:12/x@host` its beginning looks like `host:port`, in `u:p@ss/w:rd@host`
        // like `user:password@host`. The digest of a container image is not a password.
        let (key, value) = query.split_once('=').unwrap_or((query, ""));
        let ported = address.contains(':') && !address.starts_with('[');
        let further = path.replace("@sha256:", "").contains('@')
            || key.contains('@')
            || (ported && malformed.is_some() && query.contains('@'))
            || (password.is_some()
                && value
                    .rsplit_once('@')
                    .is_some_and(|(_, rest)| path.is_empty() || rest.contains(['/', ':'])));
        if further && (ported || password.is_some()) {
            return Err(UrlError::Unescaped { scheme });
        }
        Ok(Self {
            user,
            password,
            host: decode(host, false).ok_or_else(|| fail("host"))?,
            port,
            malformed,
            location: decode(before, false).ok_or_else(|| fail("path"))?,
            path: decode(path, false).ok_or_else(|| fail("path"))?,
            query: parse_query(query).ok_or_else(|| fail("query"))?,
            text: Secret::new(text),
            scheme,
        })
    }

    /// The scheme in lower case, `+` parts included: `postgres`, `mysql+unix`.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The user, decoded. `Some("")` for `scheme://@host`.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The password, decoded.
    pub fn password(&self) -> Option<&Secret> {
        self.password.as_ref()
    }

    /// Everything in it that is secret: the password, and parameters whose names say so, decoded and, where that differs, as they
    /// are written: printing the URL prints that. A password that is also the user's or the database's name is none:
    /// it is shown with the URL anyway.
    pub fn secrets(&self) -> Vec<Secret> {
        let named = self.query.iter().filter(|(key, _)| is_secret_name(key));
        let values = named.map(|(_, value)| Secret::new(value.as_str()));
        let shown = [
            self.user().unwrap_or_default(),
            self.path.trim_start_matches('/'),
        ];
        let mut found: Vec<Secret> = values
            .chain(self.password.clone())
            .filter(|secret| !shown.contains(&secret.expose()))
            .collect();
        for (written, decoded) in self.written() {
            let secret = Secret::new(written);
            if !shown.contains(&decoded.as_str()) && !found.contains(&secret) {
                found.push(secret);
            }
        }
        found
    }

    /// The password and secret parameters as they are written, and decoded.
    fn written(&self) -> impl Iterator<Item = (&str, String)> {
        let (_, rest) = self.expose().split_once("://").unwrap_or_default();
        let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
        let authority = before.split('/').next().unwrap_or_default();
        let password = authority
            .rsplit_once('@')
            .and_then(|(user, _)| user.split_once(':'))
            .and_then(|(_, password)| Some((password, decode(password, false)?)));
        let values = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .filter(|(key, _)| decode(key, true).is_some_and(|key| is_secret_name(&key)))
            .filter_map(|(_, value)| Some((value, decode(value, true)?)));
        password.into_iter().chain(values)
    }

    /// The host, decoded, an IPv6 address without its brackets; empty if there is none.
    ///
    /// A socket directory may be written here percent-encoded, and then begins with `/`.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The path, decoded, with its leading `/`; empty if there is none.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Everything between `://` and `?`, decoded: how a scheme that names a file reads its URL.
    ///
    /// Would hold the password if there were one, so only for schemes that have none.
    pub fn location(&self) -> &str {
        &self.location
    }

    /// The parameters in their order, decoded.
    pub fn query(&self) -> &[(String, String)] {
        &self.query
    }

    /// The value of a parameter; the first one if it is repeated.
    pub fn param(&self, key: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(k, _)| k == key)
            .map(|(_, v)| v.as_str())
    }

    /// The URL as it was written, password included.
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    /// Checks that the host and the port are well formed. For schemes that reach a server.
    pub fn check_authority(&self) -> Result<(), UrlError> {
        self.malformed.clone().map_or(Ok(()), Err)
    }

    /// Checks that every parameter is one of `known` and given once.
    pub fn check_params(&self, known: &[&str]) -> Result<(), UrlError> {
        for (i, (key, _)) in self.query.iter().enumerate() {
            if !known.contains(&key.as_str()) {
                let hint = suggest::hint(key, known, "known parameters");
                return Err(UrlError::UnknownParameter {
                    scheme: self.scheme.clone(),
                    key: key.clone(),
                    hint,
                });
            }
            if self.query[..i].iter().any(|(k, _)| k == key) {
                return Err(UrlError::RepeatedParameter {
                    scheme: self.scheme.clone(),
                    key: key.clone(),
                });
            }
        }
        Ok(())
    }

    /// The error for a scheme that is not in `known`, with the best guess: a typing error, or a driver suffix such as
    /// SQLAlchemy's `postgresql+psycopg2`.
    pub fn unknown_scheme(&self, known: &[&str]) -> UrlError {
        let hint = match self.scheme.split_once('+') {
            Some((base, driver)) if known.contains(&base) => Some(format!(
                "write `{base}://`, without the Python driver `+{driver}`"
            )),
            _ => suggest::hint(&self.scheme, known, "known schemes"),
        };
        UrlError::UnknownScheme {
            scheme: self.scheme.clone(),
            hint,
        }
    }

    /// The same URL with another path, given decoded with its leading `/`.
    pub fn with_path(mut self, path: &str) -> Self {
        self.path = path.to_owned();
        self.rebuild();
        self
    }

    /// The same URL with a parameter set; a value of `None` removes it.
    pub fn with_param(mut self, key: &str, value: Option<&str>) -> Self {
        self.query.retain(|(k, _)| k != key);
        if let Some(value) = value {
            self.query.push((key.to_owned(), value.to_owned()));
        }
        self.rebuild();
        self
    }

    /// The same URL with other user information.
    pub fn with_user(mut self, user: &str, password: Option<Secret>) -> Self {
        self.user = Some(user.to_owned());
        self.password = password;
        self.rebuild();
        self
    }

    fn rebuild(&mut self) {
        self.text = Secret::new(self.render(|secret| encode(secret, Part::User)));
        let before = self
            .text
            .expose()
            .split_once("://")
            .map_or("", |(_, rest)| rest);
        let before = before.split_once('?').map_or(before, |(before, _)| before);
        self.location = decode(before, false).unwrap_or_default();
    }

    /// The URL re-encoded, secrets passed through `secret`.
    fn render(&self, secret: impl Fn(&str) -> String) -> String {
        let mut out = format!("{}://", self.scheme);
        if let Some(user) = &self.user {
            out.push_str(&encode(user, Part::User));
            if let Some(password) = &self.password {
                out.push(':');
                out.push_str(&secret(password.expose()));
            }
            out.push('@');
        }
        if self.malformed.is_some() || !self.host.contains(':') {
            out.push_str(&encode(&self.host, Part::Host));
        } else {
            let _ = write!(out, "[{}]", self.host);
        }
        if let Some(port) = self.port {
            let _ = write!(out, ":{port}");
        }
        out.push_str(&encode(&self.path, Part::Path));
        for (i, (key, value)) in self.query.iter().enumerate() {
            out.push(if i == 0 { '?' } else { '&' });
            out.push_str(&encode(key, Part::Query));
            out.push('=');
            if is_secret_name(key) {
                out.push_str(&secret(value));
            } else {
                out.push_str(&encode(value, Part::Query));
            }
        }
        out
    }
}

impl fmt::Display for DbUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(|_| MASK.to_owned()))
    }
}

impl fmt::Debug for DbUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DbUrl({self})")
    }
}

enum Unsplit {
    Port,
    Bracket,
}

/// `host[:port]` → host without brackets, port.
fn split_port(address: &str) -> Result<(&str, Option<u16>), Unsplit> {
    let (host, port) = if let Some(inner) = address.strip_prefix('[') {
        let (host, rest) = inner.split_once(']').ok_or(Unsplit::Bracket)?;
        match rest.strip_prefix(':') {
            Some(port) => (host, port),
            None if rest.is_empty() => (host, ""),
            None => return Err(Unsplit::Bracket),
        }
    } else {
        address.split_once(':').unwrap_or((address, ""))
    };
    match port {
        "" => Ok((host, None)),
        digits if digits.bytes().all(|b| b.is_ascii_digit()) => match digits.parse() {
            Ok(port) => Ok((host, Some(port))),
            Err(_) => Err(Unsplit::Port),
        },
        _ => Err(Unsplit::Port),
    }
}

/// The decoded pairs of a query. `None` for invalid percent-encoding.
pub(crate) fn parse_query(query: &str) -> Option<Vec<(String, String)>> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decode(key, true)?, decode(value, true)?))
        })
        .collect()
}

/// Resolves `%XX`, and `+` when `plus` is set. `None` for a lone `%` or bytes that are not UTF-8.
pub(crate) fn decode(text: &str, plus: bool) -> Option<String> {
    let is_escape = |rest: &str| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    if !text.split('%').skip(1).all(is_escape) {
        return None;
    }
    let spaced = if plus {
        text.replace('+', " ")
    } else {
        text.to_owned()
    };
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

/// A part of a URL, for what may stand in it unescaped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// User or password.
    User,
    /// Host name.
    Host,
    /// Path, slashes included.
    Path,
    /// Name or value of a parameter; a space becomes `+`.
    Query,
}

/// Everything but what may stand anywhere in a URL.
pub(crate) const RESERVED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

static IN_USER: AsciiSet = RESERVED
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=');
static IN_PATH: AsciiSet = RESERVED
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b',')
    .remove(b'/')
    .remove(b':')
    .remove(b';')
    .remove(b'=')
    .remove(b'@');
static IN_HOST: AsciiSet = RESERVED
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':');

/// A text with everything escaped that means something in any part of a URL.
pub(crate) fn escape(text: &str) -> String {
    utf8_percent_encode(text, &RESERVED).to_string()
}

/// Escapes what may not stand in a part of a URL, as Go's `net/url` does.
pub(crate) fn encode(text: &str, part: Part) -> String {
    let reserved = match part {
        Part::User => &IN_USER,
        Part::Host => &IN_HOST,
        Part::Path => &IN_PATH,
        Part::Query => {
            return utf8_percent_encode(text, &RESERVED)
                .to_string()
                .replace("%20", "+");
        }
    };
    utf8_percent_encode(text, reserved).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> DbUrl {
        DbUrl::parse(text).unwrap()
    }

    #[test]
    fn splits_what_users_write() {
        let u = url(
            "postgresql://me:p%40ss%3A%2F%23%25@db.example:5433/app?sslmode=verify-full&search_path=public",
        );
        assert_eq!(
            (u.scheme(), u.user(), u.host(), u.port(), u.path()),
            ("postgresql", Some("me"), "db.example", Some(5433), "/app")
        );
        assert_eq!(u.password().unwrap().expose(), "p@ss:/#%");
        assert_eq!(u.param("search_path"), Some("public"));
        assert_eq!(u.param("nope"), None);

        let u = url("local://postgres/15/dbname?search_path=public");
        assert_eq!(
            (u.scheme(), u.host(), u.path()),
            ("local", "postgres", "/15/dbname")
        );
        let u = url("docker+postgres://ghcr.io/acme/pg:17/dev");
        assert_eq!(
            (u.scheme(), u.host(), u.path()),
            ("docker+postgres", "ghcr.io", "/acme/pg:17/dev")
        );
        let u = url("mysql+unix:///run/mysqld/mysqld.sock?database=app");
        assert_eq!((u.host(), u.path()), ("", "/run/mysqld/mysqld.sock"));
        let u = url("postgres://me@%2Fvar%2Frun%2Fpostgresql/app");
        assert_eq!(
            (u.host(), u.user(), u.password()),
            ("/var/run/postgresql", Some("me"), None)
        );
        let u = url("postgres://[::1]:5432/app");
        assert_eq!(
            (u.host(), u.port(), u.to_string().as_str()),
            ("::1", Some(5432), "postgres://[::1]:5432/app")
        );
        assert_eq!(url("postgres://[fe80::1]/app").host(), "fe80::1");
        assert_eq!(
            url("postgres:///app?host=/var/run/postgresql").param("host"),
            Some("/var/run/postgresql")
        );
        assert_eq!(url("sqlserver://sa:P%40ss@h:1433?database=x").path(), "");
    }

    #[test]
    fn files_are_read_from_the_location() {
        for (text, location) in [
            ("sqlite://file?mode=memory", "file"),
            ("sqlite://path/to.db?_fk=1", "path/to.db"),
            ("sqlite:///abs/my%20app.db", "/abs/my app.db"),
            ("sqlite://./app.db", "./app.db"),
            ("sqlite://file:dev?mode=memory&cache=shared", "file:dev"),
            ("sqlite://:memory:", ":memory:"),
            ("sqlite://C:/x/app.db", "C:/x/app.db"),
        ] {
            assert_eq!(url(text).location(), location, "{text}");
        }
        assert!(
            url("sqlite://file:dev?mode=memory")
                .check_authority()
                .is_err()
        );
        assert!(url("postgres://h:1/x").check_authority().is_ok());
    }

    #[test]
    fn nothing_shows_a_password() {
        let u = url(
            "postgres://me:hunter2@h/db?password=hunter2&sslpassword=hunter2&sslkey=hunter2&user=x",
        );
        let shown = "postgres://me:***@h/db?password=***&sslpassword=***&sslkey=***&user=x";
        assert_eq!(u.to_string(), shown);
        assert_eq!(format!("{u:?}"), format!("DbUrl({shown})"));
        assert!(u.expose().contains("hunter2"));
        assert_eq!(u.secrets().len(), 4);
        for text in ["postgres://app:app@h/db", "postgres://me:shop@h/shop"] {
            assert_eq!(url(text).secrets(), [], "{text}");
        }
        let encoded = url("postgres://me:p%40ss%2Fw%25rd@h/db?sslpassword=a+b&sslkey=plain");
        let mut secrets: Vec<_> = encoded
            .secrets()
            .iter()
            .map(|s| s.expose().to_owned())
            .collect();
        secrets.sort();
        let forms = ["a b", "a+b", "p%40ss%2Fw%25rd", "p@ss/w%rd", "plain"];
        assert_eq!(secrets, forms);
        let legal = "postgres://me:x@h/db?application_name=a@b";
        assert_eq!(url(legal).param("application_name"), Some("a@b"));
    }

    #[test]
    fn broken_urls_explain_themselves_without_their_password() {
        const UNESCAPED: &str =
            "malformed `postgres://` URL: its password holds a character that must be escaped";
        let table = [
            (
                "localhost:5432/db",
                "not a URL: it does not start with a scheme such as `postgres://`",
                false,
            ),
            (
                "post gres://h",
                "malformed URL: a scheme has only letters, digits, `+`, `-` and `.`",
                false,
            ),
            ("postgres://me:hunter2/x@h/db", UNESCAPED, true),
            ("postgres://me:hunter2?x@h/db", UNESCAPED, true),
            ("postgres://me:12/hunter2@h/db", UNESCAPED, true),
            ("postgres://me:12?hunter2@h/db", UNESCAPED, true),
            ("postgres://me:p@hunter2/w:rd@h/db", UNESCAPED, true),
            ("postgres://me:p@ss/hunter2@h", UNESCAPED, true),
            ("postgres://me:p@hunter2?w:rd@h/db", UNESCAPED, true),
            ("postgres://me:p@hunter2?w=rd@h/db", UNESCAPED, true),
            ("postgres://me:p@ss/w?hunter2=rd@h/db", UNESCAPED, true),
            ("postgres://me@corp:pa/hunter2@h/db", UNESCAPED, true),
            (
                "postgres://me:hunter2#x@h/db",
                "malformed `postgres://` URL: `#` must be written `%23`",
                true,
            ),
            (
                "postgres://me:hunter2%zz@h/db",
                "malformed `postgres://` URL: invalid percent-encoding in its password",
                true,
            ),
            (
                "postgres://me:hunter2%ff@h/db",
                "malformed `postgres://` URL: invalid percent-encoding in its password",
                true,
            ),
            (
                "postgres://h/%zz",
                "malformed `postgres://` URL: invalid percent-encoding in its path",
                true,
            ),
        ];
        for (text, message, hinted) in table {
            let error = DbUrl::parse(text).unwrap_err();
            assert_eq!(error.to_string(), message, "{text}");
            assert_eq!(error.hint().is_some(), hinted, "{text}");
            assert!(!format!("{error:?} {:?}", error.hint()).contains("hunter2"));
        }
        for (text, message) in [
            (
                "postgres://h:abc/db",
                "malformed `postgres://` URL: what follows `:` is not a port number",
            ),
            (
                "postgres://h:99999/db",
                "malformed `postgres://` URL: what follows `:` is not a port number",
            ),
            (
                "postgres://[::1/db",
                "malformed `postgres://` URL: an IPv6 address is written `[address]` or `[address]:port`",
            ),
        ] {
            assert_eq!(
                url(text).check_authority().unwrap_err().to_string(),
                message
            );
        }
    }

    #[test]
    fn parameters_are_checked() {
        let known = ["sslmode", "search_path", "connect_timeout"];
        let error = url("postgres://h/db?serach_path=x")
            .check_params(&known)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown parameter `serach_path` in the `postgres://` URL"
        );
        assert_eq!(error.hint().unwrap(), "did you mean `search_path`?");
        let error = url("postgres://h/db?sslmode=a&sslmode=b")
            .check_params(&known)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "parameter `sslmode` is given more than once in the `postgres://` URL"
        );
        assert!(
            url("postgres://h/db?sslmode=a")
                .check_params(&known)
                .is_ok()
        );
    }

    #[test]
    fn unknown_schemes_get_a_guess() {
        let known = ["postgres", "postgresql", "sqlite"];
        let hint = |text: &str| url(text).unknown_scheme(&known).hint();
        assert_eq!(
            hint("postgresql+psycopg2://h/db").unwrap(),
            "write `postgresql://`, without the Python driver `+psycopg2`"
        );
        assert_eq!(
            hint("postgress://h/db").unwrap(),
            "did you mean `postgres`?"
        );
        assert_eq!(
            hint("oracle://h/db").unwrap(),
            "known schemes: `postgres`, `postgresql`, `sqlite`"
        );
    }

    #[test]
    fn changes_keep_the_rest() {
        let u = url("postgres://me:a%40b@h:1/db?x=1")
            .with_path("/new db")
            .with_param("search_path", Some("a b"))
            .with_param("x", None);
        assert_eq!(
            u.expose(),
            "postgres://me:a%40b@h:1/new%20db?search_path=a+b"
        );
        assert_eq!(DbUrl::parse(u.expose()).unwrap(), u);
        assert_eq!(
            url("postgres://h")
                .with_user("u", Some(Secret::new("p/w")))
                .expose(),
            "postgres://u:p%2Fw@h"
        );
    }

    #[test]
    fn any_text_is_judged_without_a_panic() {
        arbtest::arbtest(|u| {
            let text: String = u.arbitrary()?;
            for text in [
                text.clone(),
                format!("postgres://{text}"),
                format!("a://u:{text}@h/p?{text}"),
            ] {
                if let Ok(url) = DbUrl::parse(&text) {
                    let _ = (
                        url.to_string(),
                        url.check_authority(),
                        url.check_params(&["a"]),
                    );
                }
            }
            Ok(())
        })
        .budget_ms(200);
    }
}
