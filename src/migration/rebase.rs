//! Moves migrations behind those that another branch brought: under new versions, in their order.

use time::OffsetDateTime;

use super::file::version_of;
use super::version::file_name;
use super::{Dir, LockedDir, MigrationFile, VersionError, WriteError, next_version};

/// A file and the name that it gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    pub from: String,
    pub to: String,
}

impl Dir {
    /// The files that come before one of the others, and those after the first of them: they have to move for these to come
    /// last. `ours` tells which may.
    pub fn out_of_order(&self, ours: impl Fn(&str) -> bool) -> Vec<String> {
        let names = || self.files().iter().map(|file| file.name());
        let last = names().filter(|name| !ours(name)).map(version_of).max();
        let own = names().filter(|name| ours(name));
        let late = |name: &&str| last.is_some_and(|last| version_of(name) <= last);
        match own.clone().any(|name| late(&name)) {
            true => own.map(str::to_owned).collect(),
            false => Vec::new(),
        }
    }

    /// The directory as it would be with these files behind all others, and their new names; nothing is written. The first
    /// version is the time `now` in UTC, or later where that is taken.
    ///
    /// # Errors
    /// When no version comes last.
    pub fn moving(
        mut self,
        names: &[String],
        now: OffsetDateTime,
    ) -> Result<(Self, Vec<Move>), VersionError> {
        let mut taken: Vec<String> = self
            .files
            .iter()
            .map(|file| file.name().to_owned())
            .collect();
        let (moved, rest): (Vec<_>, Vec<_>) = self
            .files
            .into_iter()
            .partition(|file| names.iter().any(|name| name == file.name()));
        self.files = rest;
        let mut moves = Vec::new();
        for file in moved {
            let stem = file.name().strip_suffix(".sql").unwrap_or(file.name());
            let description = stem.split_once('_').map(|(_, description)| description);
            let version = next_version(now, taken.iter().map(String::as_str), description)?;
            let to = file_name(&version, description);
            taken.push(to.clone());
            moves.push(Move {
                from: file.name().to_owned(),
                to: to.clone(),
            });
            let text = file.text().to_owned();
            self.files
                .push(MigrationFile::new(self.path.join(&to), to, text));
        }
        Ok((self.hashed(), moves))
    }
}

impl LockedDir {
    /// Gives files their new names and writes the checksum file, whatever that was before, as where a merge left its marks
    /// in it.
    ///
    /// # Errors
    /// [`WriteError`]; then the files have their old names, unless removing one of those is what failed.
    pub fn rename(&mut self, after: &Dir, moves: &[Move]) -> Result<(), WriteError> {
        let path = self.dir().path().to_owned();
        let mut made = Vec::new();
        let written = moves.iter().try_for_each(|one| {
            let text = after.files().iter().find(|file| file.name() == one.to);
            let text = text.map_or("", |file| file.text());
            let to = path.join(&one.to);
            self.add(&to, text)?;
            made.push(to);
            Ok(())
        });
        let written = written.and_then(|()| self.write_sum(&after.sum_text()));
        if let Err(error) = written {
            for to in made {
                // The old ones are still there, and the checksum file does not name these.
                let _ = std::fs::remove_file(to);
            }
            return Err(error);
        }
        for one in moves {
            let from = path.join(&one.from);
            std::fs::remove_file(&from).map_err(|source| WriteError::Io {
                action: "remove",
                path: from,
                source,
            })?;
        }
        self.settle()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn ours_move_behind_theirs_in_their_order() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str| std::fs::write(root.path().join(name), format!("-- {name}\n"));
        for name in [
            "1_a.sql",
            "2_ours.sql",
            "3_theirs.sql",
            "4_ours_too.sql",
            "5.sql",
        ] {
            write(name).unwrap();
        }
        std::fs::write(root.path().join("atlas.sum"), "<<<<<<< HEAD\n").unwrap();
        let ours = |name: &str| !name.contains("theirs") && name != "1_a.sql";
        let mut locked =
            LockedDir::acquire(root.path().to_owned(), std::time::Duration::ZERO).unwrap();
        let names = locked.dir().out_of_order(ours);
        assert_eq!(names, ["2_ours.sql", "4_ours_too.sql", "5.sql"]);
        let now = datetime!(2024-01-02 03:04:05 UTC);
        let (after, moves) = locked.dir().clone().moving(&names, now).unwrap();
        let new: Vec<&str> = moves.iter().map(|one| one.to.as_str()).collect();
        assert_eq!(new, ["6_ours.sql", "7_ours_too.sql", "8.sql"]);
        locked.rename(&after, &moves).unwrap();
        locked.dir().verify().unwrap();
        let files: Vec<(&str, &str)> = locked
            .dir()
            .files()
            .iter()
            .map(|file| (file.name(), file.text()))
            .collect();
        assert_eq!(files[2], (new[0], "-- 2_ours.sql\n"));
        assert_eq!(files.len(), 5);
        assert!(locked.dir().out_of_order(ours).is_empty());
    }
}
