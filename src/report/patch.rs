//! Files that a run would write, as a patch for `git apply`.
//! Source of the format: <https://git-scm.com/docs/diff-format>.

use similar::TextDiff;

/// A file that is new or changes.
#[derive(Clone, Copy, Debug)]
pub struct PatchFile<'a> {
    /// Its path in the repository.
    pub path: &'a str,
    /// What it holds now; `None` when it is new.
    pub before: Option<&'a str>,
    /// What it is to hold; `None` when it goes.
    pub after: Option<&'a str>,
}

/// The patch; `None` where a path would need git's quoting.
pub fn patch(files: &[PatchFile<'_>]) -> Option<String> {
    let mut out = String::new();
    for file in files {
        let path = file.path;
        if path
            .chars()
            .any(|c| c.is_control() || !c.is_ascii() || matches!(c, '"' | '\\'))
        {
            return None;
        }
        out.push_str(&format!("diff --git a/{path} b/{path}\n"));
        let (mut from, mut to) = (format!("a/{path}"), format!("b/{path}"));
        if file.before.is_none() {
            out.push_str("new file mode 100644\n");
            "/dev/null".clone_into(&mut from);
        }
        if file.after.is_none() {
            out.push_str("deleted file mode 100644\n");
            "/dev/null".clone_into(&mut to);
        }
        // A tab ends a name that has blanks.
        for name in [&mut from, &mut to] {
            if name.contains(' ') {
                name.push('\t');
            }
        }
        let before = file.before.unwrap_or_default();
        let diff = TextDiff::from_lines(before, file.after.unwrap_or_default());
        out.push_str(&diff.unified_diff().header(&from, &to).to_string());
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    /// What git makes of it is what counts.
    #[test]
    fn git_applies_it() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::create_dir(at("my dir")).unwrap();
        std::fs::write(at("my dir/sum"), "h1:a\n1.sql h1:b\n").unwrap();
        std::fs::write(at("gone.sql"), "SELECT 1").unwrap();
        let files = [
            PatchFile {
                path: "my dir/2.sql",
                before: None,
                after: Some("-- ü\nSELECT 2;"),
            },
            PatchFile {
                path: "my dir/sum",
                before: Some("h1:a\n1.sql h1:b\n"),
                after: Some("h1:c\n1.sql h1:b\n2.sql h1:d\n"),
            },
            PatchFile {
                path: "gone.sql",
                before: Some("SELECT 1"),
                after: None,
            },
        ];
        std::fs::write(at("p.patch"), patch(&files).unwrap()).unwrap();
        let git = Command::new("git")
            .args(["apply", "p.patch"])
            .current_dir(dir.path())
            .output()
            .unwrap();
        assert!(
            git.status.success(),
            "{}",
            String::from_utf8_lossy(&git.stderr)
        );
        let read = |name: &str| std::fs::read_to_string(at(name)).unwrap();
        assert_eq!(read("my dir/2.sql"), "-- ü\nSELECT 2;");
        assert_eq!(read("my dir/sum"), "h1:c\n1.sql h1:b\n2.sql h1:d\n");
        assert!(!at("gone.sql").exists());
    }

    #[test]
    fn names_that_git_would_quote_make_none() {
        let file = PatchFile {
            path: "ü.sql",
            before: None,
            after: Some("x"),
        };
        assert_eq!(patch(&[file]), None);
    }
}
