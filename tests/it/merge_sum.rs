//! Git's merge driver for `atlas.sum`, in real repositories: what git merges, rebases and picks by itself with it, and what it
//! leaves to people.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::{Command, Output};

use crate::lab::{both, run};
use crate::rebase::Repository;

const BIN: &str = env!("CARGO_BIN_EXE_trueup");

/// A repository with the driver, and two branches with a migration each.
fn met(mine: &str, theirs: &str) -> Repository {
    let repository = with_driver();
    grow(&repository, mine, theirs);
    repository
}

fn with_driver() -> Repository {
    let repository = Repository::new();
    configure(&repository, BIN);
    repository
        .0
        .write("migrations/.gitattributes", "atlas.sum merge=trueup\n");
    done(&repository, &["add", "."]);
    done(&repository, &["commit", "-qm", "attributes"]);
    repository
}

fn configure(repository: &Repository, bin: &str) {
    let driver = format!("'{bin}' migrate merge-sum %O %A %B %P");
    done(repository, &["config", "merge.trueup.driver", &driver]);
}

/// The branch `mine`, which is left checked out, and `main` each get a migration.
fn grow(repository: &Repository, mine: &str, theirs: &str) {
    done(repository, &["switch", "-qc", "mine"]);
    table(repository, mine);
    done(repository, &["switch", "-q", "main"]);
    table(repository, theirs);
    done(repository, &["switch", "-q", "mine"]);
}

fn table(repository: &Repository, name: &str) {
    repository.add(name, &format!("CREATE TABLE \"{name}\" (id integer);\n"));
}

#[track_caller]
fn done(repository: &Repository, args: &[&str]) -> Output {
    let output = repository.git(args);
    assert!(output.status.success(), "{args:?}: {}", both(&output));
    output
}

/// Git stops, and the driver has said why.
#[track_caller]
fn stops(repository: &Repository, args: &[&str], why: &str) {
    let output = repository.git(args);
    assert!(!output.status.success(), "{args:?}: {}", both(&output));
    let said = both(&output);
    assert!(said.contains(why), "{said}");
    let conflicts = done(repository, &["diff", "--name-only", "--diff-filter=U"]);
    assert!(
        String::from_utf8_lossy(&conflicts.stdout).contains("migrations/atlas.sum\n"),
        "{}",
        both(&conflicts)
    );
    assert!(
        repository
            .0
            .read("migrations/atlas.sum")
            .contains("<<<<<<< ")
    );
}

/// The directory and its checksums belong together, and nothing is left to commit.
#[track_caller]
fn whole(repository: &Repository, migrations: &[&str]) {
    repository.0.run(&["migrate", "validate"]).code(0);
    assert_eq!(repository.0.migrations(), migrations);
    assert!(
        done(repository, &["status", "--porcelain"])
            .stdout
            .is_empty()
    );
}

#[test]
fn a_merge_in_the_right_order_needs_nobody() {
    let repository = met("3_mine", "2_theirs");
    done(&repository, &["merge", "main"]);
    whole(&repository, &["1_first.sql", "2_theirs.sql", "3_mine.sql"]);
    // And once more on top of a merge commit, whose file no other commit has.
    done(&repository, &["branch", "-f", "main"]);
    done(&repository, &["branch", "-m", "mine", "before"]);
    grow(&repository, "5_mine", "4_theirs");
    done(&repository, &["merge", "main"]);
    let files = [
        "1_first.sql",
        "2_theirs.sql",
        "3_mine.sql",
        "4_theirs.sql",
        "5_mine.sql",
    ];
    whole(&repository, &files);
}

#[test]
fn a_merge_in_the_wrong_order_is_left_to_rebase() {
    let repository = met("2_mine", "3_theirs");
    stops(
        &repository,
        &["merge", "main"],
        "Error: 2_mine.sql comes before 3_theirs.sql, which is already there",
    );
    repository
        .rebase(&[])
        .code(0)
        .err_has("Moved 2_mine.sql to 4_mine.sql");
    done(&repository, &["add", "-A"]);
    done(&repository, &["commit", "-qm", "merge"]);
    whole(&repository, &["1_first.sql", "3_theirs.sql", "4_mine.sql"]);
}

#[test]
fn commits_that_are_replayed_each_get_their_sum() {
    let repository = met("3_mine", "2_theirs");
    table(&repository, "4_more");
    repository.add("3_mine", "CREATE TABLE edited (id integer);\n");
    done(&repository, &["rebase", "main"]);
    let all = ["1_first.sql", "2_theirs.sql", "3_mine.sql", "4_more.sql"];
    whole(&repository, &all);
    for (commit, count) in [("mine~1", 4), ("mine~2", 3)] {
        done(&repository, &["checkout", "-q", commit]);
        whole(&repository, &all[..count]);
    }
    let repository = met("2_mine", "3_theirs");
    stops(&repository, &["rebase", "main"], "trueup migrate rebase");
}

#[test]
fn picks_and_stashes_go_onto_what_is_checked_out() {
    let repository = met("3_mine", "2_theirs");
    table(&repository, "4_more");
    done(&repository, &["switch", "-q", "main"]);
    done(&repository, &["cherry-pick", "mine~1", "mine"]);
    whole(
        &repository,
        &["1_first.sql", "2_theirs.sql", "3_mine.sql", "4_more.sql"],
    );
    done(&repository, &["reset", "-q", "--hard", "HEAD~2"]);
    // One that comes too early, alone.
    table(&repository, "5_theirs");
    stops(
        &repository,
        &["cherry-pick", "mine"],
        "4_more.sql comes before 5_theirs.sql",
    );
    done(&repository, &["cherry-pick", "--abort"]);
    let tree = done(
        &repository,
        &["merge-tree", "--write-tree", "main~1", "mine"],
    );
    let tree = String::from_utf8(tree.stdout).unwrap();
    done(
        &repository,
        &["read-tree", "-u", "--reset", tree.lines().next().unwrap()],
    );
    repository.0.run(&["migrate", "validate"]).code(0);
    done(&repository, &["reset", "-q", "--hard", "mine"]);
    repository
        .0
        .write("migrations/9_stashed.sql", "SELECT 1;\n");
    repository.0.run(&["migrate", "hash", "-q"]).code(0);
    done(&repository, &["add", "."]);
    done(&repository, &["stash", "-q"]);
    done(&repository, &["reset", "-q", "--hard", "mine~1"]);
    done(&repository, &["merge", "main~1"]);
    done(&repository, &["stash", "pop"]);
    repository.0.run(&["migrate", "validate"]).code(0);
}

/// On the default branch, what is there goes first, and what is merged is the work.
#[test]
fn work_that_is_merged_goes_behind() {
    let repository = met("3_mine", "2_theirs");
    done(&repository, &["switch", "-q", "main"]);
    done(&repository, &["merge", "mine"]);
    whole(&repository, &["1_first.sql", "2_theirs.sql", "3_mine.sql"]);
    let repository = met("2_mine", "3_theirs");
    done(&repository, &["switch", "-q", "main"]);
    stops(
        &repository,
        &["merge", "mine"],
        "2_mine.sql comes before 3_theirs.sql",
    );
    repository
        .rebase(&[])
        .code(0)
        .err_has("Moved 2_mine.sql to 4_mine.sql");
}

/// What is on the remote's default branch is there already, on a branch of that name, too.
#[test]
fn a_pull_puts_what_was_not_pushed_behind() {
    for (mine, clean) in [("3_mine", true), ("2_mine", false)] {
        let theirs = if clean { "2_theirs" } else { "3_theirs" };
        let repository = met(mine, theirs);
        let origin = tempfile::tempdir().unwrap();
        let origin = origin.path().to_str().unwrap();
        run({
            let mut init = Command::new("git");
            init.args(["init", "-q", "--bare", "-b", "main", origin]);
            init
        });
        done(&repository, &["remote", "add", "origin", origin]);
        done(&repository, &["push", "-q", "origin", "main"]);
        done(&repository, &["switch", "-q", "main"]);
        done(&repository, &["reset", "-q", "--hard", "mine"]);
        let pull = ["pull", "-q", "--no-rebase", "origin", "main"];
        match clean {
            true => drop(done(&repository, &pull)),
            false => stops(&repository, &pull, "2_mine.sql comes before 3_theirs.sql"),
        }
    }
}

#[test]
fn edits_are_for_people() {
    let repository = met("2_mine", "3_theirs");
    done(&repository, &["reset", "-q", "--hard", "mine~1"]);
    repository.add("1_first", "CREATE TABLE edited (id integer);\n");
    stops(
        &repository,
        &["merge", "main"],
        "1_first.sql differs from the file that is already there",
    );
    done(&repository, &["merge", "--abort"]);
    // A side that does not say what it has.
    done(&repository, &["switch", "-qc", "broken", "main~1"]);
    repository.0.write("migrations/atlas.sum", "h1:x\n");
    done(&repository, &["commit", "-qam", "broken"]);
    stops(
        &repository,
        &["merge", "main"],
        "one side's checksums are not those of its migrations",
    );
}

#[test]
fn a_clone_without_trueup_is_where_it_was() {
    let repository = met("3_mine", "2_theirs");
    configure(&repository, "/nowhere/trueup");
    assert!(!repository.git(&["merge", "main"]).status.success());
    repository
        .rebase(&[])
        .code(0)
        .err("Wrote migrations/atlas.sum\n");
    repository.0.run(&["migrate", "validate"]).code(0);
}
