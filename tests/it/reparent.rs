//! Revisions of two branches that come together, as `migrate rebase` settles it in real repositories with real histories; and
//! what is read of revisions' files without running them, held against what Python and Alembic make of the same files.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use trueup::current::alembic::revision;

use crate::lab::python_bin;
use crate::loader::copy;
use crate::mysql_server::path;

/// A revision that makes a table.
pub(crate) fn revision(id: &str, down: &str, table: &str) -> String {
    format!(
        "\"\"\"{table} are kept\n\nRevision ID: {id}\nRevises: {down}\nCreate Date: 2024-01-02 03:04:05\n\n\"\"\"\n\n\
         from typing import Union\n\nimport sqlalchemy as sa\nfrom alembic import op\n\nrevision: str = \"{id}\"\n\
         down_revision: Union[str, None] = \"{down}\"  # {down}\n\n\ndef upgrade():\n    op.create_table(\"{table}\", \
         sa.Column(\"id\", sa.Integer(), primary_key=True))\n\n\ndef downgrade():\n    op.drop_table(\"{table}\")\n"
    )
}

/// A repository with the histories' common base on `main`.
struct Repository(TempDir);

impl Repository {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/alembic/base");
        copy(&data, root.path());
        let this = Self(root);
        this.git(&["init", "-q", "-b", "main"]);
        this.commit("base");
        this
    }

    fn git(&self, args: &[&str]) -> Output {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=x", "-c", "user.email=x@example.com"]);
        command
            .current_dir(self.0.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null");
        command.args(args).output().unwrap()
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "."]);
        let done = self.git(&["commit", "-qm", message]);
        assert!(done.status.success(), "{done:?}");
    }

    fn file(&self, id: &str) -> PathBuf {
        self.0.path().join(format!("alembic/versions/{id}.py"))
    }

    /// Commits a revision.
    fn add(&self, id: &str, down: &str, table: &str) {
        fs::write(self.file(id), revision(id, down, table)).unwrap();
        self.commit(id);
    }

    fn text(&self, id: &str) -> String {
        fs::read_to_string(self.file(id)).unwrap()
    }

    /// `mine` has two revisions, `main` has one, all after `b2`; and `main` is merged into `mine`.
    fn met() -> Self {
        let this = Self::new();
        this.git(&["switch", "-qc", "mine"]);
        this.add("m1", "b2", "mine");
        this.add("m2", "m1", "more");
        this.git(&["switch", "-q", "main"]);
        this.add("t1", "b2", "theirs");
        this.git(&["switch", "-q", "mine"]);
        let merged = this.git(&["merge", "-q", "main", "-m", "merge"]);
        assert!(merged.status.success(), "nothing conflicts: {merged:?}");
        this
    }

    /// The exit code and what is said.
    fn trueup(&self, args: &[&str]) -> (i32, String) {
        let bin = python_bin();
        let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
        command
            .args(args)
            .args(["--env", "lite"])
            .current_dir(self.0.path())
            .env_clear();
        command
            .env("PATH", path())
            .env("VIRTUAL_ENV", bin.parent().unwrap());
        command.env("DATABASE_URL", "sqlite:///nowhere/app.db");
        let output = command.output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.code().unwrap(),
            String::from_utf8(text).unwrap(),
        )
    }

    #[track_caller]
    fn rebase(&self, more: &[&str], code: i32, said: &str) {
        let (found, text) = self.trueup(&[&["migrate", "rebase"], more].concat());
        assert_eq!(found, code, "{text}");
        assert!(text.contains(said), "{text}");
    }
}

#[test]
fn the_first_of_ours_comes_behind_theirs() {
    let repository = Repository::met();
    let (code, said) = repository.trueup(&["migrate", "validate"]);
    assert!(
        code == 2 && said.contains("the history has 2 heads"),
        "{said}"
    );
    let (first, second) = (repository.text("m1"), repository.text("m2"));
    let wanted = "alembic/versions/m1.py:15: `m1` follows `t1` now, and not `b2`\n";
    repository.rebase(&["--base", "main"], 0, wanted);
    let edited = first
        .replace("Revises: b2", "Revises: t1")
        .replace("= \"b2\"", "= \"t1\"");
    assert_eq!(repository.text("m1"), edited);
    assert_eq!(repository.text("m2"), second);
    let (code, said) = repository.trueup(&["migrate", "validate"]);
    assert!(
        code == 0 && said.contains("is valid (5 revisions, replayed)"),
        "{said}"
    );
    repository.rebase(&["--base", "main"], 0, "alembic is in order\n");
    // By name, where no branch is known.
    let repository = Repository::met();
    repository.rebase(&[], 2, "name it: `--base main`");
    repository.rebase(&["m1.py", "m2"], 0, wanted);
    let repository = Repository::met();
    repository.rebase(&["x"], 2, "the history has no revision x");
}

#[test]
fn files_are_as_they_were_where_it_does_not_run() {
    let repository = Repository::met();
    let broken = repository.text("m2").replace("\"more\"", "\"theirs\"");
    fs::write(repository.file("m2"), &broken).unwrap();
    let first = repository.text("m1");
    repository.rebase(
        &["--base", "main"],
        2,
        "revision `m2` can't be run on an empty database",
    );
    assert_eq!(
        (repository.text("m1"), repository.text("m2")),
        (first.clone(), broken)
    );
    // Nor where it does not go down.
    let left = repository
        .text("m2")
        .replace("op.drop_table(\"theirs\")", "pass")
        .replace("\"theirs\"", "\"more\"");
    fs::write(repository.file("m2"), left).unwrap();
    repository.rebase(
        &["--base", "main"],
        2,
        "revision `m2`: its `downgrade()` does not restore the schema before it",
    );
    assert_eq!(repository.text("m1"), first);
    // Without a dev database nothing is run.
    let config = repository.0.path().join("trueup.yaml");
    fs::write(config, "envs: {lite: {migrations: alembic}}\n").unwrap();
    repository.rebase(
        &["--base", "main"],
        0,
        "the history was not run in the new order",
    );
}

#[test]
fn what_is_not_known_is_asked() {
    let repository = Repository::new();
    repository.git(&["switch", "-qc", "mine"]);
    repository.add("m1", "b2", "mine");
    repository.git(&["switch", "-q", "main"]);
    repository.add("t1", "b2", "theirs");
    repository.git(&["switch", "-q", "mine"]);
    repository.rebase(
        &["--base", "main"],
        2,
        "bring it in first: `git merge main`",
    );
    repository.git(&["merge", "-q", "main", "-m", "merge"]);
    let text = repository.text("m1");
    for (edit, said) in [
        (
            text.replace("= \"b2\"", "= \"b\" + \"2\""),
            "m1.py:15: `down_revision` is computed",
        ),
        (
            text.replace("= \"b2\"", "= \"z9\""),
            "m1.py:15: revision `m1` follows `z9`, which is not there",
        ),
        (
            text.replace("str = \"m1\"", "str = \"t1\""),
            "revision `t1` is there twice",
        ),
    ] {
        fs::write(repository.file("m1"), &edit).unwrap();
        repository.rebase(&["--base", "main"], 2, said);
        assert_eq!(repository.text("m1"), edit);
    }
}

#[test]
fn whose_heads_are_whose_is_told_where_the_base_is_known() {
    let repository = Repository::met();
    let (code, said) = repository.trueup(&["migrate", "validate", "--base", "main"]);
    let wanted = "Error: the history has 2 heads: `t1` (alembic/versions/t1.py, of main) and `m2` (alembic/versions/m2.py), which \
                  part after `b2`\nHint: `trueup migrate rebase --base main` puts yours behind\n";
    assert_eq!((code, said.as_str()), (2, wanted));
    let (code, said) = repository.trueup(&["check", "--base", "main"]);
    assert_eq!((code, said.as_str()), (2, wanted));
    let (_, said) = repository.trueup(&["migrate", "validate"]);
    assert!(
        said.contains("Hint: `trueup migrate rebase --base main` puts")
            && !said.contains("down_revision"),
        "{said}"
    );
    let (code, said) = repository.trueup(&["migrate", "validate", "--base", "nosuch"]);
    assert!(
        code == 2
            && said.contains("`--base nosuch`: there is no such branch")
            && said.contains("`git fetch`"),
        "{said}"
    );
}

#[test]
fn what_merging_the_base_makes_is_told_before() {
    let repository = Repository::new();
    repository.git(&["switch", "-qc", "mine"]);
    repository.add("m1", "b2", "mine");
    let ask = || repository.trueup(&["migrate", "validate", "--base", "main"]);
    let (code, said) = ask();
    assert!(code == 0 && !said.contains("heads"), "{said}");
    repository.git(&["switch", "-q", "main"]);
    repository.add("t1", "b2", "theirs");
    repository.git(&["switch", "-q", "mine"]);
    let wanted = "merging `main` makes 2 heads: `t1` (alembic/versions/t1.py, of main) and `m1` (alembic/versions/m1.py), which \
                  part after `b2`; then `trueup migrate rebase --base main` puts yours behind";
    let (code, said) = ask();
    assert!(code == 0 && said.contains(wanted), "{said}");
    let (_, said) = repository.trueup(&["check", "--base", "main", "--format", "json"]);
    assert!(said.contains(wanted), "{said}");
    // What the branch removed does not come back by a merge.
    fs::remove_file(repository.file("m1")).unwrap();
    let (code, said) = ask();
    assert!(code == 0 && !said.contains("heads"), "{said}");
}

#[test]
fn a_base_that_is_elsewhere_is_found() {
    let repository = Repository::met();
    repository.git(&["mv", "alembic", "moved"]);
    let ini = repository.0.path().join("alembic.ini");
    let text = fs::read_to_string(&ini).unwrap();
    fs::write(&ini, text.replace("= alembic", "= moved")).unwrap();
    repository.commit("move");
    fs::write(
        repository.0.path().join("trueup.yaml"),
        "envs: {lite: {migrations: alembic}}\n",
    )
    .unwrap();
    let wanted = "moved/versions/m1.py:15: `m1` follows `t1` now, and not `b2`\n";
    repository.rebase(&["--base", "main"], 0, wanted);
    // Bringing in what is merged already would change nothing.
    fs::remove_file(repository.0.path().join("moved/versions/t1.py")).unwrap();
    repository.rebase(
        &["--base", "main"],
        2,
        "revision `t1` (alembic/versions/t1.py) of main was removed here\nHint: take it back: `git checkout main -- \
         alembic/versions/t1.py`",
    );
}

#[test]
fn a_revision_in_latin_1_keeps_its_bytes() {
    let repository = Repository::met();
    let text = format!("# -*- coding: latin-1 -*-\n{}", repository.text("m1"));
    let bytes = |text: &str| -> Vec<u8> {
        let text = text.replace("mine are kept", "caf\u{e9}s");
        text.chars().map(|c| u8::try_from(c).unwrap()).collect()
    };
    fs::write(repository.file("m1"), bytes(&text)).unwrap();
    repository.rebase(&["--base", "main"], 0, "`m1` follows `t1` now");
    let edited = text
        .replace("Revises: b2", "Revises: t1")
        .replace("= \"b2\"", "= \"t1\"");
    assert_eq!(fs::read(repository.file("m1")).unwrap(), bytes(&edited));
    fs::write(repository.file("m2"), b"# caf\xe9\n").unwrap();
    repository.rebase(
        &["--base", "main"],
        2,
        "alembic/versions/m2.py is not UTF-8, and does not declare its encoding\nHint: save it as UTF-8",
    );
}

#[test]
fn heads_are_those_that_the_files_have() {
    let valid = |repository: &Repository, said: &str| {
        let (code, text) = repository.trueup(&["migrate", "validate"]);
        assert!(code == 2 && text.contains(said), "{text}");
    };
    let repository = Repository::new();
    repository.add("m1", "b2", "mine");
    let copied = repository.text("m1");
    fs::write(repository.file("m1_again"), copied).unwrap();
    let (code, said) = repository.trueup(&["migrate", "validate"]);
    let files = ["m1.py", "m1_again.py"].map(|name| said.contains(name));
    assert!(
        code == 2 && said.contains("revision `m1` is there twice: in ") && files == [true, true],
        "{said}"
    );
    assert!(said.contains("Hint: give the newer one another"), "{said}");
    // What a revision depends on is not what it follows.
    let repository = Repository::new();
    let text = revision("m1", "a1", "mine");
    fs::write(
        repository.file("m1"),
        format!("{text}\n\ndepends_on = \"b2\"\n"),
    )
    .unwrap();
    valid(&repository, "which part after `a1`");
    // Two of the same branch are no more allowed than two of none.
    let repository = Repository::new();
    let text = revision("s1", "b2", "sea");
    fs::write(
        repository.file("s1"),
        format!("{text}\n\nbranch_labels = (\"sea\",)\n"),
    )
    .unwrap();
    repository.add("s2", "s1", "more");
    repository.add("s3", "s1", "most");
    valid(
        &repository,
        "the history has 2 heads: `s2` (alembic/versions/s2.py) and `s3`",
    );
}

/// Runs a program of Python with an input; both sides speak JSON.
fn python(program: &str, input: &Value) -> Value {
    let mut command = Command::new(python_bin().join("python"));
    command
        .args(["-c", program])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_string();
    let writing = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What a file says, in Python's words.
fn said(path: &str, text: &str) -> Result<Value, String> {
    let found = revision::read(path, text).map_err(|error| error.to_string())?;
    let down: Vec<&str> = found.follows().collect();
    Ok(json!([found.id, down, found.labels]))
}

#[test]
fn histories_are_read_as_alembic_reads_them() {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/alembic");
    let mut read = 0;
    for case in fs::read_dir(&all).unwrap().flatten() {
        let root = tempfile::tempdir().unwrap();
        copy(&all.join("base"), root.path());
        copy(&case.path(), root.path());
        for script in ["alembic", "migrations"].map(|name| root.path().join(name)) {
            let versions = script.join("versions");
            if !versions.is_dir() {
                continue;
            }
            let program = "import json, sys\nfrom alembic import util\nfrom alembic.script import ScriptDirectory\n\
                           found = {each.path: [each.revision, list(each._versioned_down_revisions), \
                           list(util.to_tuple(getattr(each.module, 'branch_labels', None), default=()))] \
                           for each in ScriptDirectory(json.load(sys.stdin))._load_revisions()}\n\
                           print(json.dumps({str(path): said for path, said in found.items()}))";
            let wanted: BTreeMap<String, Value> =
                serde_json::from_value(python(program, &json!(script))).unwrap();
            let entries = fs::read_dir(&versions)
                .unwrap()
                .flatten()
                .map(|entry| entry.path());
            let files = entries
                .filter(|path| revision::is_revision(&path.file_name().unwrap().to_string_lossy()));
            let found = files.map(|path| {
                let path = path.to_string_lossy().into_owned();
                (
                    path.clone(),
                    said(&path, &fs::read_to_string(&path).unwrap()).unwrap(),
                )
            });
            let found: BTreeMap<String, Value> = found.collect();
            assert_eq!(found, wanted, "{}", case.path().display());
            read += found.len();
        }
    }
    assert!(read > 40, "{read}");
}

/// Random pieces in a file: what is read is what Python has then.
#[test]
fn what_is_read_is_what_python_has() {
    const PIECES: [&str; 44] = [
        "'",
        "\"",
        "'''",
        "\"\"\"",
        "\\",
        "\n",
        "\n",
        "\r\n",
        "#",
        "{",
        "}",
        "{{",
        "(",
        ")",
        "[",
        "]",
        ",",
        ";",
        ":",
        "=",
        "+",
        ".",
        " ",
        "    ",
        "f'",
        "rb'",
        "r\"",
        "f\"\"\"",
        "u'",
        "'b2'",
        "None",
        "x = ",
        "revision = ",
        "down_revision = ",
        "revision",
        "if 1:",
        "def f():",
        "class A:",
        "global down_revision",
        "lambda: ",
        "branch_labels = ",
        "\\N{DASH}",
        "else ",
        "é",
    ];
    let base = "'''A'''\nx = f'{1!r:>{3}} {\"}\"}'\nrevision: str = 'x'\ndown_revision = ('a1',\n  \"a2\")  # it's\n\n\
                def g(revision='y'):\n    down_revision = '''\n'''\n";
    let mut state = 11_u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let texts: Vec<String> = (0..8_000)
        .map(|_| {
            let mut text = base.to_owned();
            for _ in 0..=random(5) {
                let at = random(text.len() + 1);
                let piece = PIECES[random(PIECES.len())];
                match random(3) {
                    _ if !text.is_char_boundary(at) => {}
                    0 if text[at..].chars().next().is_some() => drop(text.remove(at)),
                    _ => text.insert_str(at, piece),
                }
            }
            text
        })
        .collect();
    let program = "import json, sys, warnings\nwarnings.simplefilter('ignore')\nfound = []\nfor text in json.load(sys.stdin):\n    names = {}\n    \
                   try:\n        exec(compile(text.encode(), 'x', 'exec'), names)\n    except BaseException:\n        \
                   found.append(None)\n        continue\n    found.append([names.get(name) for name in ('revision', \
                   'down_revision', 'branch_labels')])\nprint(json.dumps(found, default=repr))";
    let wanted = python(program, &json!(texts));
    let listed = |value: &Value| match value {
        Value::Null => json!([]),
        Value::String(text) => json!([text]),
        other => other.clone(),
    };
    let (mut read, mut valid) = (0, 0);
    for (text, wanted) in texts.iter().zip(wanted.as_array().unwrap()) {
        let found = said("x.py", text);
        // What Python does not take, nobody runs.
        let Value::Array(wanted) = wanted else {
            continue;
        };
        valid += 1;
        let Ok(found) = found else {
            continue;
        };
        read += 1;
        let wanted = json!([wanted[0], listed(&wanted[1]), listed(&wanted[2])]);
        assert_eq!(found, wanted, "{text}");
    }
    assert!(valid > 800 && read * 2 > valid, "{read} of {valid}");
}

#[test]
fn a_run_that_is_killed_leaves_the_files_as_they_were() {
    let repository = Repository::met();
    let text = repository.text("m2");
    let killing = "import os\n    import signal\n    os.kill(os.getppid(), signal.SIGKILL)\n    ";
    let text = text.replace(
        "def upgrade():\n    ",
        &format!("def upgrade():\n    {killing}"),
    );
    assert!(text.contains("SIGKILL"), "{text}");
    fs::write(repository.file("m2"), text).unwrap();
    repository.commit("deadly");
    let bin = python_bin();
    let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
    command
        .args(["migrate", "rebase", "--base", "main", "--env", "lite"])
        .current_dir(repository.0.path())
        .env("VIRTUAL_ENV", bin.parent().unwrap())
        .env("DATABASE_URL", "sqlite:///nowhere/app.db");
    let output = command.output().unwrap();
    assert_eq!(output.status.signal(), Some(9), "{output:?}");
    let status = repository.git(&["status", "--porcelain"]);
    assert_eq!(String::from_utf8_lossy(&status.stdout), "", "{output:?}");
}

#[test]
fn a_merge_of_ours_joins_what_the_base_has_now() {
    let repository = Repository::new();
    repository.git(&["switch", "-qc", "mine"]);
    repository.add("m1", "b2", "mine");
    repository.git(&["switch", "-q", "main"]);
    repository.add("t1", "b2", "theirs");
    repository.git(&["switch", "-q", "mine"]);
    repository.git(&["merge", "-q", "main", "-m", "merge"]);
    // As `alembic merge heads` writes it.
    let both = revision("m2", "both", "more")
        .replace("Revises: both", "Revises: m1, t1")
        .replace("= \"both\"", "= (\"m1\", \"t1\")");
    fs::write(repository.file("m2"), &both).unwrap();
    repository.commit("m2");
    repository.git(&["switch", "-q", "main"]);
    repository.add("t2", "t1", "later");
    repository.git(&["switch", "-q", "mine"]);
    repository.git(&["merge", "-q", "main", "-m", "merge"]);
    let first = repository.text("m1");
    let wanted = ": `m2` follows `t2` now, and not `t1`\n";
    repository.rebase(&["--base", "main"], 0, wanted);
    let edited = both
        .replace("Revises: m1, t1", "Revises: m1, t2")
        .replace("\"t1\"", "\"t2\"");
    assert_eq!(repository.text("m2"), edited);
    assert_eq!(repository.text("m1"), first);
    let (code, said) = repository.trueup(&["migrate", "validate"]);
    assert!(code == 0, "{said}");
}

/// A database that is at a revision is taken to have all that comes before it: one that has ours would never get theirs.
#[test]
fn what_a_database_has_keeps_its_place() {
    let repository = Repository::met();
    let config = repository.0.path().join("trueup.yaml");
    let text = fs::read_to_string(&config).unwrap();
    let urls = "    url: sqlite://own.db\n  staging:\n    url: sqlite://staging.db\n  pg:\n";
    fs::write(config, text.replacen("  pg:\n", urls, 1)).unwrap();
    let stamp = |name: &str, revisions: &[&str]| {
        let path = repository.0.path().join(name);
        let _ = fs::remove_file(&path);
        let rows = revisions
            .iter()
            .map(|id| format!("INSERT INTO alembic_version VALUES ('{id}');"));
        let sql = format!(
            "CREATE TABLE alembic_version (version_num text);{}",
            rows.collect::<String>()
        );
        let program =
            "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])";
        let done = Command::new(python_bin().join("python"))
            .args(["-c", program])
            .arg(path)
            .arg(sql)
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
    };
    let asked = ["--base", "main", "--applied", "staging"];
    stamp("staging.db", &["m2"]);
    let why = "Error: revision `m1` (alembic/versions/m1.py) was applied to staging\n";
    repository.rebase(&asked, 2, why);
    repository.rebase(
        &asked,
        2,
        "take it back there first (`alembic downgrade b2`)",
    );
    stamp("staging.db", &["x1"]);
    repository.rebase(
        &asked,
        2,
        "staging is at revision `x1`, which no file here is",
    );
    let first = repository.text("m1");
    fs::write(repository.0.path().join("staging.db"), "").unwrap();
    repository.rebase(&asked, 2, "it has no table alembic_version");
    assert_eq!(repository.text("m1"), first);
    stamp("staging.db", &["t1"]);
    stamp("own.db", &["m2"]);
    repository.rebase(&asked, 0, "`m1` follows `t1` now");
    // The user's own one.
    let lacks = "your database has `m1` and lacks what it follows now; before the next upgrade: `alembic stamp b2`, then \
                 `alembic upgrade t1`, then `alembic stamp m2`\n";
    let both = "your database has `m1` and what it follows now, as two heads; before the next upgrade: `alembic stamp --purge m2`\n";
    for (at, how) in [(&["m2"][..], lacks), (&["m2", "t1"], both)] {
        stamp("own.db", at);
        let other = Repository::met();
        for name in ["trueup.yaml", "own.db"] {
            fs::copy(repository.0.path().join(name), other.0.path().join(name)).unwrap();
        }
        other.rebase(&["--base", "main"], 0, how);
    }
}
