//! The password file of PostgreSQL's clients: `host:port:database:user:password` lines, `*` for anything, `\` before a
//! `:` or `\` (PostgreSQL manual, "The Password File").

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::config::Secret;

/// Looks a password up in `file`, in `$PGPASSFILE`, or in `~/.pgpass`.
///
/// A file that others may read is ignored, as libpq does.
pub(super) fn find(
    file: Option<&Path>,
    host: &str,
    port: u16,
    database: &str,
    user: &str,
) -> Option<Secret> {
    let path = file
        .map(Path::to_path_buf)
        .or_else(|| std::env::var_os("PGPASSFILE").map(PathBuf::from))
        .or_else(|| Some(std::env::home_dir()?.join(".pgpass")))?;
    let meta = path.metadata().ok()?;
    if !meta.is_file() || meta.mode() & 0o077 != 0 {
        return None;
    }
    let text = std::fs::read_to_string(path).ok()?;
    // A socket also goes by this name.
    let name = if host.starts_with('/') {
        "localhost"
    } else {
        host
    };
    text.lines()
        .find_map(|line| {
            password(
                line,
                &[&[host, name], &[&port.to_string()], &[database], &[user]],
            )
        })
        .map(Secret::new)
}

/// The password of a line whose fields all match one of what is wanted.
fn password(line: &str, wanted: &[&[&str]]) -> Option<String> {
    if line.starts_with('#') {
        return None;
    }
    let mut chars = line.chars();
    for values in wanted {
        let (field, more) = field(&mut chars);
        if !more || !(field == "*" || values.contains(&field.as_str())) {
            return None;
        }
    }
    Some(unescaped(chars.as_str()))
}

/// The next field, and whether a `:` ended it.
fn field(chars: &mut std::str::Chars<'_>) -> (String, bool) {
    let mut out = String::new();
    while let Some(c) = chars.next() {
        match c {
            ':' => return (out, true),
            '\\' => out.extend(chars.next()),
            c => out.push(c),
        }
    }
    (out, false)
}

fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_first_matching_line_counts() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pgpass");
        let text = "# a:1:b:c:no\nother:5432:db:me:wrong\nh:5432:db:me:a\\:b\\\\c:d\n*:*:*:me:last\nbroken\n";
        std::fs::write(&path, text).unwrap();
        let find = |host: &str, user: &str| {
            find(Some(&path), host, 5432, "db", user).map(|secret| secret.expose().to_owned())
        };
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(find("h", "me").as_deref(), Some("a:b\\c:d"));
        assert_eq!(find("/run/postgresql", "me").as_deref(), Some("last"));
        assert_eq!(find("h", "you"), None);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(find("h", "me"), None);
    }
}
