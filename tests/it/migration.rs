//! The migration directory against recorded checksum files, and under several writers.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::time::{Duration, Instant};

use time::macros::datetime;
use trueup::migration::{
    Dir, DirError, LineEnds, LockError, LockedDir, MigrationFile, NewMigration, SumState,
    WriteError,
};
use trueup::sql::ScanOptions;

const SECOND: Duration = Duration::from_secs(1);
const NOW: time::OffsetDateTime = datetime!(2024-05-06 07:08:09 UTC);

fn data(kind: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/sums")
        .join(kind);
    let mut dirs: Vec<PathBuf> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    dirs.sort();
    dirs
}

fn copy(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_file() {
            fs::copy(entry.path(), to.path().join(entry.file_name())).unwrap();
        }
    }
    to
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn new<'a>(name: Option<&'a str>, content: &'a str) -> NewMigration<'a> {
    NewMigration { name, content }
}

#[test]
fn checksum_files_are_as_atlas_writes_them() {
    let dirs = data("match");
    assert!(dirs.len() >= 8);
    for path in dirs {
        let dir = Dir::open(&path).unwrap();
        let want = fs::read_to_string(path.join("atlas.sum")).unwrap();
        assert_eq!(dir.sum_text(), want, "{}", path.display());
        dir.verify()
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));

        let copy = copy(&path);
        fs::write(copy.path().join("atlas.sum"), "h1:old\n").unwrap();
        LockedDir::acquire(copy.path(), SECOND)
            .unwrap()
            .rehash()
            .unwrap();
        assert_eq!(
            fs::read_to_string(copy.path().join("atlas.sum")).unwrap(),
            want
        );
        assert_eq!(
            names(copy.path()),
            names_of_files(&path),
            "nothing else was written"
        );
    }
}

fn names_of_files(dir: &Path) -> Vec<String> {
    names(dir)
        .into_iter()
        .filter(|name| dir.join(name).is_file())
        .collect()
}

#[test]
fn mismatches_are_told_as_atlas_tells_them() {
    let dirs = data("states");
    assert!(dirs.len() >= 20);
    for path in dirs {
        let want = fs::read_to_string(path.join("validate.txt")).unwrap();
        let got = match Dir::open(&path).unwrap().verify() {
            Ok(()) => "ok\n".to_owned(),
            Err(error) => match &error.state {
                SumState::Mismatch(Some(at)) => {
                    format!("L{} {} {}\n{error}\n", at.line, at.file, at.change)
                }
                _ => format!("{error}\n"),
            },
        };
        assert_eq!(got, want, "{}", path.display());
    }
}

#[test]
fn line_ends_are_recognised_in_a_mismatch() {
    for path in data("states") {
        let Err(error) = Dir::open(&path).unwrap().verify() else {
            continue;
        };
        let want = match path.file_name().unwrap().to_str().unwrap() {
            "crlf-files" => Some(LineEnds::Lf),
            "lf-files" => Some(LineEnds::CrLf),
            _ => None,
        };
        assert_eq!(error.line_ends, want, "{}", path.display());
        let explained = error
            .hint()
            .is_some_and(|hint| hint.contains(".gitattributes"));
        assert_eq!(explained, want.is_some(), "{}", path.display());
    }
}

#[test]
fn the_text_before_a_failure_is_atlas_own() {
    let state = |name: &str| {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/data/sums/states")
            .join(name)
    };
    let text = |name: &str| {
        Dir::open(state(name))
            .unwrap()
            .verify()
            .unwrap_err()
            .atlas_text()
    };
    assert_eq!(
        text("renamed"),
        "You have a checksum error in your migration directory.\n\n\tL3: 2_b.sql was removed\n\n\
         Please check your migration files and run 'trueup migrate hash' to re-hash the contents\n\n"
    );
    assert_eq!(
        text("missing"),
        "You have a checksum error in your migration directory.\n\
         Please check your migration files and run 'trueup migrate hash' to re-hash the contents\n\n"
    );
}

#[test]
fn what_is_no_migration_directory_is_named() {
    let root = tempfile::tempdir().unwrap();
    let missing = root.path().join("none");
    assert!(matches!(
        Dir::open(&missing),
        Err(DirError::NotFound { .. })
    ));
    assert!(!Dir::open_or_empty(&missing).unwrap().exists());
    assert!(!missing.exists(), "reading makes nothing");

    let file = root.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(
        Dir::open_or_empty(&file),
        Err(DirError::NotADirectory { .. })
    ));
    assert!(matches!(
        Dir::open_or_empty(file.join("below")),
        Err(DirError::NotADirectory { .. })
    ));
    let locked = LockedDir::acquire_or_create(&file, SECOND);
    assert!(matches!(
        locked,
        Err(LockError::Dir(DirError::NotADirectory { .. }))
    ));

    fs::write(root.path().join("1_latin.sql"), b"SELECT 1;\n-- caf\xe9\n").unwrap();
    let error = Dir::open(root.path()).unwrap_err().to_string();
    assert!(
        error.ends_with("1_latin.sql:2:7: not UTF-8 (byte 16 of the file)"),
        "{error}"
    );
    fs::remove_file(root.path().join("1_latin.sql")).unwrap();

    fs::create_dir(root.path().join("old.sql")).unwrap();
    assert!(matches!(
        Dir::open(root.path()),
        Err(DirError::NotAFile { .. })
    ));
}

#[test]
fn a_new_migration_and_its_sum_appear_together() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("db/migrations");
    let mut locked = LockedDir::acquire_or_create(&path, SECOND).unwrap();
    let first = locked
        .publish(new(None, "CREATE TABLE a (id int);\n"), NOW)
        .unwrap();
    assert_eq!(first.name(), "20240506070809.sql");
    let second = locked.publish(new(Some("add b_c"), ""), NOW).unwrap();
    assert_eq!(second.name(), "20240506070810_add b_c.sql");
    assert_eq!(locked.dir().files().len(), 2);
    drop(locked);
    assert_eq!(
        names(&path),
        [
            "20240506070809.sql",
            "20240506070810_add b_c.sql",
            "atlas.sum"
        ]
    );
    let dir = Dir::open(&path).unwrap();
    dir.verify().unwrap();
}

#[cfg(unix)]
#[test]
fn files_have_the_modes_that_an_editor_gives_them() {
    use std::os::unix::fs::PermissionsExt as _;
    let root = tempfile::tempdir().unwrap();
    let mode = |name: &str| {
        fs::metadata(root.path().join(name))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    fs::write(root.path().join("plain"), "").unwrap();
    let mut locked = LockedDir::acquire(root.path(), SECOND).unwrap();
    let file = locked.publish(new(None, ""), NOW).unwrap();
    assert_eq!(
        (mode(file.name()), mode("atlas.sum")),
        (mode("plain"), mode("plain"))
    );
    fs::set_permissions(
        root.path().join("atlas.sum"),
        fs::Permissions::from_mode(0o640),
    )
    .unwrap();
    locked.publish(new(None, ""), NOW).unwrap();
    assert_eq!(mode("atlas.sum"), 0o640, "a mode that somebody chose stays");
}

#[cfg(unix)]
#[test]
fn a_linked_directory_is_written_through_its_link() {
    let root = tempfile::tempdir().unwrap();
    let (real, link) = (root.path().join("real"), root.path().join("link"));
    fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let mut locked = LockedDir::acquire_or_create(&link, SECOND).unwrap();
    locked.publish(new(None, "SELECT 1;"), NOW).unwrap();
    assert!(matches!(
        LockedDir::acquire(&real, Duration::ZERO),
        Err(LockError::Timeout { .. })
    ));
    drop(locked);
    assert_eq!(names(&real).len(), 2);
    assert!(link.is_symlink());
}

#[test]
fn a_directory_made_for_nothing_goes_again() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("a/b/c");
    drop(LockedDir::acquire_or_create(&path, SECOND).unwrap());
    assert!(names(root.path()).is_empty());
    assert!(matches!(
        LockedDir::acquire(&path, SECOND),
        Err(LockError::Dir(DirError::NotFound { .. }))
    ));

    fs::create_dir_all(root.path().join("a/b")).unwrap();
    let locked = LockedDir::acquire_or_create(&path, SECOND).unwrap();
    fs::write(path.join("notes.txt"), "somebody's").unwrap();
    drop(locked);
    assert!(path.join("notes.txt").exists());
    fs::remove_dir_all(&path).unwrap();
    drop(LockedDir::acquire_or_create(&path, SECOND).unwrap());
    assert!(
        root.path().join("a/b").exists(),
        "what was there before stays"
    );
}

#[test]
fn a_held_directory_is_waited_for_and_then_named() {
    let root = tempfile::tempdir().unwrap();
    let held = LockedDir::acquire(root.path(), SECOND).unwrap();
    let begin = Instant::now();
    let error = LockedDir::acquire(root.path(), Duration::from_millis(150)).unwrap_err();
    assert!(begin.elapsed() >= Duration::from_millis(150));
    let text = error.to_string();
    assert!(text.contains(root.path().to_str().unwrap()), "{text}");
    assert!(
        text.contains(&format!("process {}", std::process::id())),
        "{text}"
    );
    assert!(error.hint().unwrap().contains("--lock-timeout"));
    assert!(names(root.path()).is_empty(), "the lock is not a file");
    drop(held);
    // A program that another test is starting holds a copy of the lock until it runs.
    LockedDir::acquire(root.path(), SECOND).unwrap();
}

/// Every writer finds the directory missing, writes one file in the same second, and gives up the
/// directory now and then without writing.
#[test]
fn writers_at_once_lose_nothing() {
    const WRITERS: usize = 8;
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("new/migrations");
    let barrier = Barrier::new(WRITERS);
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (path, barrier) = (&path, &barrier);
            scope.spawn(move || {
                barrier.wait();
                for _ in 0..3 {
                    drop(LockedDir::acquire_or_create(path, 20 * SECOND).unwrap());
                }
                let mut locked = LockedDir::acquire_or_create(path, 20 * SECOND).unwrap();
                let seen = locked.dir().files().len();
                locked.dir().verify().unwrap();
                let name = format!("by_{writer}");
                locked
                    .publish(new(Some(&name), "SELECT 1;\n"), NOW)
                    .unwrap();
                assert_eq!(locked.dir().files().len(), seen + 1);
            });
        }
    });
    let dir = Dir::open(&path).unwrap();
    dir.verify().unwrap();
    let version = |file: &MigrationFile| file.name().split_once('_').map(|it| it.0.to_owned());
    let mut versions: Vec<_> = dir.files().iter().map(version).collect();
    versions.dedup();
    assert_eq!(versions.len(), WRITERS);
    assert_eq!(names(&path).len(), WRITERS + 1);
}

#[test]
fn nothing_is_written_into_a_directory_that_does_not_match() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("1.sql"), "SELECT 1;").unwrap();
    let mut locked = LockedDir::acquire(root.path(), SECOND).unwrap();
    let error = locked.publish(new(None, ""), NOW).unwrap_err();
    assert!(
        matches!(&error, WriteError::Sum(sum) if sum.state == SumState::Missing),
        "{error}"
    );
    locked.rehash().unwrap();

    fs::write(root.path().join("2.sql"), "SELECT 2;").unwrap();
    let hash = Dir::open(root.path()).unwrap().sum_text();
    fs::write(root.path().join("atlas.sum"), hash).unwrap();
    let error = locked.publish(new(None, ""), NOW).unwrap_err();
    assert!(
        matches!(error, WriteError::Changed { .. }),
        "planned on something else: {error}"
    );
    assert_eq!(names(root.path()), ["1.sql", "2.sql", "atlas.sum"]);
}

#[test]
fn a_bad_name_writes_nothing() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("migrations");
    for name in [
        "",
        "../x",
        "a\\b",
        "a\nb",
        "a\0b",
        " a",
        "a:b",
        &"x".repeat(201),
    ] {
        let mut locked = LockedDir::acquire_or_create(&path, SECOND).unwrap();
        let error = locked.publish(new(Some(name), ""), NOW).unwrap_err();
        assert!(matches!(error, WriteError::Version(_)), "{name:?}: {error}");
    }
    assert!(!path.exists());
}

#[test]
fn reading_writes_nothing() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/sums/match/checkpoint");
    let copy = copy(&path);
    let before = fs::metadata(copy.path()).unwrap().modified().unwrap();
    let dir = Dir::open(copy.path()).unwrap();
    dir.verify().unwrap();
    drop(LockedDir::acquire(copy.path(), SECOND).unwrap());
    assert_eq!(
        fs::metadata(copy.path()).unwrap().modified().unwrap(),
        before
    );
    let replay: Vec<&str> = dir
        .replay_files(&ScanOptions::SQLITE)
        .iter()
        .map(MigrationFile::name)
        .collect();
    assert_eq!(replay, ["2_checkpoint.sql", "3_drop.sql"]);
}
