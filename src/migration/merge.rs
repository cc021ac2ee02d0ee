//! The result of merging two descendants of one directory: what a merge of their files is, before it is made.

use std::path::PathBuf;

use super::file::version_of;
use super::{Dir, MigrationFile};

/// Why two sides' migrations don't come to one directory that says what both say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    #[error("both sides changed {0}")]
    Both(String),
    /// What is there already can have been applied.
    #[error("{0} differs from the file that is already there")]
    Edited(String),
    /// In their order.
    #[error("{} {} before {last}, which is already there", names.join(", "), if names.len() == 1 { "comes" } else { "come" })]
    Behind { names: Vec<String>, last: String },
}

impl Dir {
    /// A directory of these files, by name, which need not be on the disk, with this checksum file or the one that they
    /// should have.
    pub fn of(
        path: impl Into<PathBuf>,
        files: impl IntoIterator<Item = (String, String)>,
        sum: Option<Vec<u8>>,
    ) -> Self {
        let mut dir = Self::missing(path.into());
        let file =
            |(name, text): (String, String)| MigrationFile::new(dir.path.join(&name), name, text);
        dir.files = files.into_iter().map(file).collect();
        dir.files.sort_by(|a, b| a.name().cmp(b.name()));
        dir.sum = Some(sum.unwrap_or_else(|| dir.sum_text().into_bytes()));
        dir
    }

    /// The directory that two sides come to: of each file, what the side has that changed it since `base`.
    ///
    /// # Errors
    /// When both did, each in its own way.
    pub fn merged(base: &Self, one: &Self, other: &Self) -> Result<Self, MergeError> {
        let mut files = Vec::new();
        let mut names: Vec<&str> = one.names().chain(other.names()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let (was, a, b) = (base.text(name), one.text(name), other.text(name));
            let text = match () {
                () if a == b || b == was => a,
                () if a == was => b,
                () => return Err(MergeError::Both(name.to_owned())),
            };
            files.extend(text.map(|text| (name.to_owned(), text.to_owned())));
        }
        Ok(Self::of(one.path.clone(), files, None))
    }

    /// Holds it against what is there already: all of that has to be as it was, and everything else behind it.
    ///
    /// # Errors
    /// What is otherwise.
    pub fn goes_on_from(&self, there: &Self) -> Result<(), MergeError> {
        let changed = |file: &&MigrationFile| self.text(file.name()) != Some(file.text());
        if let Some(file) = there.files.iter().find(changed) {
            return Err(MergeError::Edited(file.name().to_owned()));
        }
        let Some(last) = there.names().max_by_key(|name| version_of(name)) else {
            return Ok(());
        };
        let early =
            |name: &&str| there.text(name).is_none() && version_of(name) <= version_of(last);
        let names: Vec<String> = self.names().filter(early).map(str::to_owned).collect();
        match names.is_empty() {
            true => Ok(()),
            false => Err(MergeError::Behind {
                names,
                last: last.to_owned(),
            }),
        }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(MigrationFile::name)
    }

    /// What a file of this name says.
    pub fn text(&self, name: &str) -> Option<&str> {
        let at = self.files.binary_search_by(|file| file.name().cmp(name));
        at.ok().map(|at| self.files[at].text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dir(files: &[(&str, &str)]) -> Dir {
        let own = files
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        Dir::of("m", own, None)
    }

    #[test]
    fn each_sides_changes_are_taken() {
        let base = dir(&[("1.sql", "a"), ("2.sql", "b"), ("3.sql", "c")]);
        let one = dir(&[
            ("1.sql", "a"),
            ("2.sql", "B"),
            ("3.sql", "c"),
            ("5.sql", "e"),
        ]);
        let other = dir(&[("1.sql", "a"), ("2.sql", "b"), ("4.sql", "d")]);
        let both = Dir::merged(&base, &one, &other).unwrap();
        let wanted = dir(&[
            ("1.sql", "a"),
            ("2.sql", "B"),
            ("4.sql", "d"),
            ("5.sql", "e"),
        ]);
        assert_eq!(both.files(), wanted.files());
        assert_eq!(both.sum_text(), wanted.sum_text());
        both.verify().unwrap();
        let third = dir(&[("1.sql", "a"), ("2.sql", "x"), ("3.sql", "c")]);
        let error = Dir::merged(&base, &one, &third).unwrap_err();
        assert_eq!(error, MergeError::Both("2.sql".into()));
    }

    #[test]
    fn what_is_there_stays_and_stays_first() {
        let there = dir(&[("1.sql", "a"), ("3.sql", "c")]);
        let with = |more: &[(&str, &str)]| dir(&[&[("1.sql", "a"), ("3.sql", "c")], more].concat());
        with(&[("4.sql", "d")]).goes_on_from(&there).unwrap();
        let behind = with(&[("2.sql", "b"), ("4.sql", "d")]);
        let error = behind.goes_on_from(&there);
        let error = error.unwrap_err().to_string();
        assert_eq!(error, "2.sql comes before 3.sql, which is already there");
        let error = dir(&[("1.sql", "a"), ("4.sql", "d")]).goes_on_from(&there);
        assert_eq!(error, Err(MergeError::Edited("3.sql".into())));
        dir(&[("1.sql", "a")]).goes_on_from(&dir(&[])).unwrap();
    }
}
