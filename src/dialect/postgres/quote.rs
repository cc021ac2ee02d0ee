//! How PostgreSQL quotes names; the one place for what is sent, written and compared.

/// A name in double quotes, those inside doubled.
pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
