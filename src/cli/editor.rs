//! The user's editor, on a copy: nothing is in the directory before the user is done.

use anyhow::{Context as _, Result};

use crate::problem::Problem;

/// The name of the file under which a migration is edited.
pub(super) fn title(version: &str, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("{version}_{name}.sql"),
        None => format!("{version}.sql"),
    }
}

/// Opens `content` in `$VISUAL` or `$EDITOR`, and gives back what it was made into; `None` if nothing is left of it.
pub(super) async fn edit(title: &str, content: &str) -> Result<Option<String>> {
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
    if !status.success() {
        return Err(Problem::new(format!("editor `{editor}` failed: {status}"))
            .hint("nothing was written; set EDITOR to another one, or leave out `--edit`")
            .into());
    }
    let bytes = std::fs::read(&path).with_context(|| format!("can't read {}", path.display()))?;
    let text = String::from_utf8(bytes)
        .map_err(|error| Problem::new(format!("the edited migration is not UTF-8: {error}")))?;
    Ok((!text.trim().is_empty()).then_some(text))
}
