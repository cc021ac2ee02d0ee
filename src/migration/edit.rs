//! Files that are changed or taken out of a directory, with its checksums: what is new is on disk before anything old goes, and
//! what a crash leaves half done is noticed by the checksums.

use super::{Dir, LockedDir, MigrationFile, SUM_FILE, WriteError};

impl Dir {
    /// The directory as it would be without these files; nothing is written.
    pub fn without(mut self, names: &[String]) -> Self {
        self.files
            .retain(|file| !names.iter().any(|name| name == file.name()));
        self.hashed()
    }

    /// The directory as it would be with another text in a file; nothing is written.
    pub fn with_text(mut self, name: &str, text: &str) -> Self {
        for file in &mut self.files {
            if file.name() == name {
                let path = file.path().to_owned();
                *file = MigrationFile::new(path, name.to_owned(), text.to_owned());
            }
        }
        self.hashed()
    }
}

impl LockedDir {
    /// Takes files out that `after` does not have any more, gives the others the text that they have there, and writes the
    /// checksum file.
    ///
    /// # Errors
    /// [`WriteError`]; where that is after the first file was changed, the checksums tell.
    pub fn become_as(&mut self, after: &Dir) -> Result<(), WriteError> {
        let path = self.dir.path().to_owned();
        let now = Dir::open(&path)?;
        if now.sum_text() != self.dir.sum_text() {
            return Err(WriteError::Changed { path });
        }
        let sum = self.disk.prepare(&path, &after.sum_text())?;
        let find = |name: &str| after.files().iter().find(|file| file.name() == name);
        let mut texts = Vec::new();
        for file in now.files() {
            if let Some(to) = find(file.name())
                && to.text() != file.text()
            {
                texts.push((self.disk.prepare(&path, to.text())?, file.path().to_owned()));
            }
        }
        for (text, to) in texts {
            self.disk.replace(text, &to)?;
        }
        for file in now.files() {
            if find(file.name()).is_none() {
                std::fs::remove_file(file.path()).map_err(|source| WriteError::Io {
                    action: "remove",
                    path: file.path().to_owned(),
                    source,
                })?;
            }
        }
        // What is gone must not come back while the checksum file does not name it.
        self.disk.sync_dir(&path)?;
        self.disk.replace(sum, &path.join(SUM_FILE))?;
        let _ = self.disk.sync_dir(&path);
        self.settle()
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::time::Duration;

    use super::*;

    #[test]
    fn whatever_fails_the_directory_is_the_old_one_or_the_new_one_or_its_checksums_tell() {
        for fails in 1.. {
            let root = tempfile::tempdir().unwrap();
            for name in ["1_a.sql", "2_b.sql", "3_c.sql"] {
                std::fs::write(root.path().join(name), format!("-- {name}\n")).unwrap();
            }
            let path = root.path().to_owned();
            let mut locked = LockedDir::acquire(path.clone(), Duration::ZERO).unwrap();
            locked.rehash().unwrap();
            let old = locked.dir().sum_text();
            let after = locked.dir().clone().without(&["3_c.sql".to_owned()]);
            let after = after.with_text("2_b.sql", "-- another\n");
            let mut reached = 0;
            locked.disk.fault = Some(Box::new(move |_| {
                reached += 1;
                match reached == fails {
                    true => Err(io::Error::other("no")),
                    false => Ok(()),
                }
            }));
            let done = locked.become_as(&after);
            drop(locked);
            let left = Dir::open(&path).unwrap();
            let whole = left.sum_text() == old || left.sum_text() == after.sum_text();
            assert!(left.verify().is_err() || whole, "{fails}");
            if done.is_ok() && left.leftovers.is_empty() && fails > 8 {
                assert_eq!(left.sum_text(), after.sum_text());
                left.verify().unwrap();
                assert_eq!(left.files().len(), 2);
                return;
            }
        }
    }
}
