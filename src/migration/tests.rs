//! Faults while writing, real crashes among them, and what files say of themselves.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use time::OffsetDateTime;
use time::macros::datetime;

use super::disk::Point;
use super::*;
use crate::plan::TxMode;

const SECOND: Duration = Duration::from_secs(1);
const NOW: OffsetDateTime = datetime!(2024-05-06 07:08:09 UTC);
const POINTS: [Point; 6] = [
    Point::Create,
    Point::Write,
    Point::Sync,
    Point::Name,
    Point::NameSum,
    Point::SyncDir,
];

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A directory with one migration.
fn directory() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let mut locked = LockedDir::acquire(root.path(), SECOND).unwrap();
    locked
        .publish(
            NewMigration {
                name: None,
                content: "SELECT 1;\n",
            },
            NOW,
        )
        .unwrap();
    root
}

/// The `nth` time that `point` is reached.
fn at(
    point: Point,
    nth: usize,
    mut act: impl FnMut() -> io::Result<()> + Send + 'static,
) -> disk::Disk {
    let mut left = nth;
    let fault = move |reached| {
        if reached != point {
            return Ok(());
        }
        left = left.wrapping_sub(1);
        if left == 0 { act() } else { Ok(()) }
    };
    disk::Disk {
        fault: Some(Box::new(fault)),
    }
}

const SECOND_MIGRATION: NewMigration<'_> = NewMigration {
    name: Some("second"),
    content: "SELECT 2;\n",
};

#[test]
fn a_full_disk_leaves_the_directory_as_it_was() {
    for point in POINTS {
        for nth in 1..=2 {
            let root = directory();
            let before = (
                names(root.path()),
                fs::read(root.path().join(SUM_FILE)).unwrap(),
            );
            let mut locked = LockedDir::acquire(root.path(), SECOND).unwrap();
            locked.disk = at(point, nth, || Err(io::ErrorKind::StorageFull.into()));
            let result = locked.publish(SECOND_MIGRATION, NOW);
            let reached = !matches!((point, nth), (Point::Name | Point::NameSum, 2));
            if !reached || (point, nth) == (Point::SyncDir, 2) {
                result.unwrap();
                assert_eq!(names(root.path()).len(), 3);
            } else {
                let error = result.unwrap_err();
                assert!(
                    error.hint().unwrap().contains("disk is full"),
                    "{point:?} {nth}: {error}"
                );
                let after = (
                    names(root.path()),
                    fs::read(root.path().join(SUM_FILE)).unwrap(),
                );
                assert_eq!(after, before, "{point:?} {nth}");
            }
            Dir::open(root.path()).unwrap().verify().unwrap();
        }
    }
}

#[test]
fn a_migration_that_can_not_be_taken_back_is_named() {
    let root = directory();
    let path = root.path().to_owned();
    let mut locked = LockedDir::acquire(root.path(), SECOND).unwrap();
    // A directory in the migration's place can't be removed as a file.
    locked.disk = at(Point::NameSum, 1, move || {
        let file = path.join("20240506070810_second.sql");
        fs::remove_file(&file)?;
        fs::create_dir(&file)?;
        Err(io::ErrorKind::StorageFull.into())
    });
    let error = locked.publish(SECOND_MIGRATION, NOW).unwrap_err();
    assert!(matches!(error, WriteError::Half { .. }), "{error}");
    assert!(error.to_string().contains("20240506070810_second.sql"));
}

/// Dies in the middle of writing, when it is run as a process of its own by the test below.
#[test]
fn crash_child() {
    let Ok(spec) = std::env::var("TRUEUP_TEST_CRASH") else {
        return;
    };
    let (spec, dir) = spec.split_once(' ').unwrap();
    let (point, nth) = spec.split_once('-').unwrap();
    let point = POINTS
        .into_iter()
        .find(|p| format!("{p:?}") == point)
        .unwrap();
    let mut locked = LockedDir::acquire(dir, SECOND).unwrap();
    locked.disk = at(point, nth.parse().unwrap(), || std::process::abort());
    let _ = locked.publish(SECOND_MIGRATION, NOW);
}

fn crash(point: Point, nth: usize, dir: &Path) {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "migration::tests::crash_child"])
        .env(
            "TRUEUP_TEST_CRASH",
            format!("{point:?}-{nth} {}", dir.display()),
        )
        .output()
        .unwrap();
    assert!(
        !child.status.success(),
        "{point:?} {nth}: the child did not crash"
    );
}

#[test]
fn a_crash_leaves_what_the_next_run_understands() {
    let reached = |point, nth| !matches!((point, nth), (Point::Name | Point::NameSum, 2));
    let steps = POINTS
        .into_iter()
        .flat_map(|point| [(point, 1), (point, 2)]);
    for (point, nth) in steps.filter(|(point, nth)| reached(*point, *nth)) {
        let root = directory();
        crash(point, nth, root.path());
        let dir = Dir::open(root.path()).unwrap();
        // After the migration has its name and before the checksum file has.
        if matches!((point, nth), (Point::SyncDir | Point::NameSum, 1)) {
            let error = dir.verify().unwrap_err();
            assert!(error.interrupted, "{point:?}");
            assert!(
                error
                    .atlas_text()
                    .contains("L3: 20240506070810_second.sql was added")
            );
            let hint = error.hint().unwrap();
            assert!(
                hint.contains("20240506070810_second.sql") && hint.contains("migrate hash"),
                "{hint}"
            );
            LockedDir::acquire(root.path(), SECOND)
                .unwrap()
                .rehash()
                .unwrap();
        } else {
            dir.verify()
                .unwrap_or_else(|error| panic!("{point:?} {nth}: {error}"));
            let mut locked = LockedDir::acquire(root.path(), SECOND).unwrap();
            locked
                .publish(
                    NewMigration {
                        name: None,
                        content: "",
                    },
                    NOW,
                )
                .unwrap();
        }
        Dir::open(root.path()).unwrap().verify().unwrap();
        assert!(
            names(root.path())
                .iter()
                .all(|name| !name.contains("trueup")),
            "{:?}",
            names(root.path())
        );
    }
}

#[test]
fn a_lock_ends_with_its_process() {
    let root = directory();
    crash(Point::Write, 1, root.path());
    LockedDir::acquire(root.path(), Duration::ZERO).unwrap();
}

#[test]
fn a_name_that_is_taken_is_never_overwritten() {
    let root = directory();
    let path = root.path().to_owned();
    let mut locked = LockedDir::acquire(root.path(), SECOND).unwrap();
    locked.disk = at(Point::Name, 1, move || {
        fs::write(path.join("20240506070810_second.sql"), "theirs")
    });
    let error = locked.publish(SECOND_MIGRATION, NOW).unwrap_err();
    assert!(
        matches!(&error, WriteError::Io { source, .. } if source.kind() == io::ErrorKind::AlreadyExists),
        "{error}"
    );
    assert_eq!(
        fs::read_to_string(root.path().join("20240506070810_second.sql")).unwrap(),
        "theirs"
    );
}

fn version(names: &[&str], description: Option<&str>) -> Result<String, VersionError> {
    next_version(NOW, names.iter().copied(), description)
}

#[test]
fn versions_always_come_last() {
    let next = |names: &[&str]| version(names, None).unwrap();
    assert_eq!(next(&[]), "20240506070809");
    assert_eq!(next(&["20240101000000_a.sql"]), "20240506070809");
    assert_eq!(next(&["20240506070809_a.sql"]), "20240506070810");
    assert_eq!(next(&["20240506070809.sql"]), "20240506070810");
    assert_eq!(next(&["20991231235959_a.sql"]), "21000101000000");
    assert_eq!(next(&["20240506076099_no_time.sql"]), "20240506076100");
    assert_eq!(next(&["1_a.sql"]), "20240506070809");
    assert_eq!(
        next(&["1_a.sql", "2_b.sql"]),
        "3",
        "a time would sort before 2_b.sql"
    );
    assert_eq!(
        next(&["2.sql"]),
        "20240506070809",
        "'.' sorts before a digit"
    );
    assert_eq!(next(&["0009_a.sql"]), "20240506070809");
    assert_eq!(next(&["V1__a.sql"]), "V2");
    assert_eq!(next(&["99991231235959.sql"]), "99991231235960");
    assert!(matches!(
        version(&["9_a.sql"], None),
        Err(VersionError::NoneAfter { .. })
    ));
    assert!(matches!(
        version(&["init.sql"], None),
        Err(VersionError::NoneAfter { .. })
    ));
    let late = datetime!(2024-05-06 09:08:09 +02:00);
    assert_eq!(
        next_version(late, std::iter::empty(), None).unwrap(),
        "20240506070809"
    );
}

fn file(text: &str) -> MigrationFile {
    MigrationFile::new(
        PathBuf::from("m/1_a_b.sql"),
        "1_a_b.sql".to_owned(),
        text.to_owned(),
    )
}

#[test]
fn transaction_modes_are_read_or_refused() {
    let mode = |text: &str| file(text).tx_mode(&ScanOptions::POSTGRES);
    assert_eq!(mode("SELECT 1;").unwrap(), None);
    assert_eq!(
        mode("-- atlas:txmode none\n\nSELECT 1;").unwrap(),
        Some(TxMode::None)
    );
    assert_eq!(
        mode("-- atlas:txmode file\nSELECT 1;").unwrap(),
        Some(TxMode::File)
    );
    assert_eq!(mode("SELECT 1;\n-- atlas:txmode none\n").unwrap(), None);
    let error = |text: &str| mode(text).unwrap_err().to_string();
    assert_eq!(
        error("-- x\n-- atlas:txmode all\n\n"),
        "m/1_a_b.sql:2:1: a file can't ask for txmode 'all'"
    );
    assert_eq!(
        error("-- atlas:txmode nnone\n"),
        "m/1_a_b.sql:1:1: unknown txmode 'nnone'"
    );
    let twice = "-- atlas:txmode none\n-- atlas:txmode none\n\nSELECT 1;";
    assert_eq!(
        error(twice),
        "m/1_a_b.sql:2:1: txmode is set twice, first on line 1"
    );
}

#[test]
fn directives_that_atlas_passes_over_are_told() {
    let warnings = |text: &str| -> Vec<String> {
        let file = file(text);
        let script = file.statements(&ScanOptions::POSTGRES).unwrap();
        file.warnings(&script)
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    assert!(warnings("-- atlas:txmode none\n\nSELECT 1;").is_empty());
    let [attached] = warnings("-- atlas:txmode none\nSELECT 1;")
        .try_into()
        .unwrap();
    assert!(
        attached.starts_with("m/1_a_b.sql:1:1: Atlas ignores atlas:txmode here"),
        "{attached}"
    );
    let [late] = warnings("SELECT 1;\n-- atlas:txmode none\nSELECT 2;")
        .try_into()
        .unwrap();
    assert!(
        late.contains(":2:1: atlas:txmode has no effect here"),
        "{late}"
    );
}

#[test]
fn errors_in_a_migration_carry_file_line_and_column() {
    let error = file("SELECT 1;\n  SELECT 'x")
        .statements(&ScanOptions::POSTGRES)
        .unwrap_err();
    assert_eq!(error.to_string(), "m/1_a_b.sql:2:10: unclosed quote '");
}

#[test]
fn of_a_file_in_sections_only_the_migration_runs() {
    let text = "-- atlas:txtar\n\n-- checks.sql --\nSELECT 'ö';\n-- migration.sql --\nCREATE TABLE a (b int);\n\
                -- down.sql --\nDROP TABLE a;\n";
    let script = file(text).statements(&ScanOptions::POSTGRES).unwrap();
    assert_eq!(script.statements.len(), 1);
    assert_eq!(script.statements[0].text, "CREATE TABLE a (b int);");
    assert_eq!(script.statements[0].start.to_string(), "6:1");
    assert_eq!(
        &text[script.statements[0].range.clone()],
        script.statements[0].text
    );
    let error =
        file("-- atlas:txtar\n\n-- down.sql --\nDROP TABLE a;").statements(&ScanOptions::POSTGRES);
    assert!(error.unwrap_err().message.contains("migration.sql"));
}
