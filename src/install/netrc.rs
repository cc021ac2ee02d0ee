//! Passwords in a `.netrc` (<https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html>).

use crate::config::Secret;

/// What follows each `password`, wherever it stands.
pub(super) fn passwords(text: &str) -> Vec<Secret> {
    let mut words = text.split_whitespace();
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        if matches!(word, "password" | "account")
            && let Some(value) = words.next()
        {
            found.push(Secret::new(value.trim_matches('"')));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_found() {
        let text = "machine a login b password c\nmachine d\n  login e\n  password \"f\"\n";
        assert_eq!(passwords(text), [Secret::new("c"), Secret::new("f")]);
    }
}
