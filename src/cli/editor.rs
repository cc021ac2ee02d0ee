//! The user's editor, on a copy: nothing is in the directory before the user is done.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::io::Io;
use crate::problem::Problem;

/// The name of the file under which a migration is edited.
pub(super) fn title(version: &str, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("{version}_{name}.sql"),
        None => format!("{version}.sql"),
    }
}

/// Keeps a text that could not be written where it belongs; the file that has it now.
pub(super) fn keep(title: &str, text: &str) -> Result<PathBuf> {
    let mut builder = tempfile::Builder::new();
    let file = builder
        .prefix("trueup-")
        .suffix(&format!("-{title}"))
        .tempfile();
    let mut file = file.context("can't make a file for the text")?;
    file.write_all(text.as_bytes())
        .context("can't write the text")?;
    Ok(file.keep().context("can't keep the text")?.1)
}

/// Opens `content` in `$VISUAL` or `$EDITOR`, and gives back what it was made into; `None` if nothing is left of it.
pub(super) async fn edit(title: &str, content: &str, io: &mut Io<'_>) -> Result<Option<String>> {
    let set = |name: &str| {
        std::env::var(name)
            .ok()
            .filter(|value| !value.trim().is_empty())
    };
    let editor = set("VISUAL")
        .or_else(|| set("EDITOR"))
        .unwrap_or_else(|| "vi".to_owned());
    let dir = tempfile::tempdir().context("can't make a directory for the editor")?;
    let path = dir.path().join(title);
    std::fs::write(&path, content).with_context(|| format!("can't write {}", path.display()))?;
    // The variable may hold arguments, quoted as for a shell.
    let status = tokio::process::Command::new("sh")
        .args(["-c", &format!("{editor} \"$1\""), "sh"])
        .arg(&path)
        .status()
        .await
        .context("can't run the editor")?;
    let bytes = std::fs::read(&path).with_context(|| format!("can't read {}", path.display()));
    if !status.success() {
        let written = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
        if let Some(text) = written.filter(|text| text != content && !text.trim().is_empty()) {
            let kept = keep(title, &text)?;
            io.note(&format!(
                "The text that you wrote is kept in {}",
                kept.display()
            ));
        }
        return Err(Problem::new(format!("editor `{editor}` failed: {status}"))
            .hint("nothing was written; set EDITOR to another one, or leave out `--edit`")
            .into());
    }
    let text = String::from_utf8(bytes?)
        .map_err(|error| Problem::new(format!("the edited migration is not UTF-8: {error}")))?;
    Ok((!text.trim().is_empty()).then_some(text))
}
