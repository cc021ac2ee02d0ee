//! Alembic histories in the Action: the project's own Alembic runs confined, and what it writes is one revision.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::fake::Fake;
use super::step::{Runner, Step, comments, committed, head, token};
use crate::confine::Python;
use crate::golden::bench::Bench as _;
use crate::golden::postgres;
use crate::lab::run;

/// Models with another column, and with two.
const LENGTH: &str = "    length: Mapped[Optional[int]]\n";
const DEPTH: &str = "    length: Mapped[Optional[int]]\n    depth: Mapped[Optional[int]]\n";

/// A program among a revision's hooks that writes wherever it can.
const WRITES: &str = "#!/bin/sh\nsed -i 's/^def upgrade/# formatted\\ndef upgrade/' \"$1\"\n\
                      for at in . app .git alembic alembic/versions; do echo evil > $at/evil.py; done\n\
                      echo evil > alembic/versions/a1_harbours.py\n\
                      ln -s /etc/passwd alembic/versions/c3.py\nexit 0\n";

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/alembic")
}

/// Every file of a folder, by its path from there.
fn files_of(folder: &Path, below: &str, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        match entry.path().is_dir() {
            true => files_of(&entry.path(), &format!("{name}/"), found),
            false => {
                let text = fs::read_to_string(entry.path()).expect("a file");
                found.insert(name, text);
            }
        }
    }
}

/// The project of the histories' cases.
fn base() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    files_of(&data().join("base"), "", &mut files);
    files
}

fn models(more: &str) -> String {
    format!("{}{more}", base()["app/models.py"])
}

/// `acme/shop` with these files, and a branch that has others.
fn seeded(main: &BTreeMap<String, String>, feature: &Value) -> Fake {
    let fake = Fake::start();
    fake.seed(&json!({
        "repositories": [{
            "full_name": "acme/shop",
            "branches": [
                {"name": "main", "files": main},
                {"name": "feature", "from": "main", "files": feature},
            ],
            "pulls": [{"title": "Berths", "head": "feature", "author": "alice"}],
        }],
        "tokens": [token()],
    }));
    fake
}

/// `PATH` with the project's Python first.
fn path() -> String {
    let python = Python::new().dir.join("bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([python].into_iter().chain(std::env::split_paths(&path)));
    path.expect("a path").into_string().expect("text")
}

fn runner<'f>(fake: &'f Fake, mode: &str) -> Runner<'f> {
    Runner::new(fake)
        .input("mode", mode)
        .input("config", "trueup.yaml")
        .input("env", "lite")
        .input("install", "none")
        .input("provider-env", "DATABASE_URL")
        .variable("DATABASE_URL", "sqlite:///nowhere/app.db")
        .variable("PATH", &path())
}

fn push(fake: &Fake, files: &Value) {
    fake.push(&json!({"repository": "acme/shop", "branch": "feature", "files": files}));
}

/// What git says of the branch.
fn git(fake: &Fake, args: &[&str]) -> String {
    let git = fake.state()["repositories"][0]["git"].clone();
    let mut command = Command::new("git");
    command
        .args(["--git-dir", git.as_str().expect("a path")])
        .args(args);
    run(command)
}

/// What a checkout has that git does not know, or knows otherwise.
fn changed(workspace: &Path) -> String {
    let mut status = Command::new("git");
    status
        .args(["status", "--porcelain", "--untracked-files=all"])
        .current_dir(workspace);
    run(status)
}

#[track_caller]
fn file(step: &Step) -> String {
    let path = step.outputs["migration-file"].as_str();
    path.unwrap_or_else(|| panic!("no file: {}", step.said()))
        .to_owned()
}

#[test]
fn a_check_offers_the_revision_and_leaves_nothing() {
    let fake = seeded(&base(), &json!({"app/models.py": models(LENGTH)}));
    let step = runner(&fake, "check").step("feature");
    step.expect(1, "drift");
    let told = &comments(&fake)[0];
    assert!(
        told.contains("add column `length`") && told.contains("missing from `alembic`"),
        "{told}"
    );
    assert!(
        told.contains(
            "+        batch_op.add_column(sa.Column('length', sa.Integer(), nullable=True))"
        ),
        "{told}"
    );
    let report = step.outputs["report-path"].as_str().expect("a path");
    let patch = step.workspace.join(report).with_file_name("missing.patch");
    assert_eq!(changed(&step.workspace), "");
    let mut apply = Command::new("git");
    apply.arg("apply").arg(&patch).current_dir(&step.workspace);
    run(apply);
    assert!(
        changed(&step.workspace).starts_with("?? alembic/versions/"),
        "{}",
        changed(&step.workspace)
    );
    runner(&fake, "check")
        .run(step.workspace)
        .expect(0, "in-sync");
    fake.expect_no_violations();
}

#[test]
fn code_of_the_project_is_confined() {
    for (env, said) in [
        (
            "import socket\nsocket.create_connection((\"127.0.0.1\", 9))\n",
            "PermissionError",
        ),
        (
            "import os\nraise RuntimeError(\",\".join(sorted(name for name in os.environ if \"TOKEN\" in name)) or \"no token\")\n",
            "RuntimeError: no token",
        ),
    ] {
        let fake = seeded(&base(), &json!({"alembic/env.py": env}));
        let step = runner(&fake, "check").step("feature");
        step.expect(2, "error");
        assert!(step.said().contains(said), "{}", step.said());
        fake.expect_no_violations();
    }
}

#[test]
fn a_missing_revision_is_committed_and_replaced_while_nobody_touched_it() {
    let fake = seeded(&base(), &json!({"app/models.py": models(LENGTH)}));
    let before = head(&fake);
    let step = runner(&fake, "commit").step("feature");
    step.expect(0, "in-sync");
    let first = file(&step);
    assert!(first.starts_with("alembic/versions/"), "{first}");
    assert_eq!(step.outputs["verified"], "true");
    let text = committed(&fake, &first);
    assert!(
        text.contains("batch_op.add_column(sa.Column('length', sa.Integer(), nullable=True))")
            && text.contains("down_revision = 'b2'")
            && text.contains("batch_op.drop_column('length')"),
        "{text}"
    );
    let names = |from: &str| git(&fake, &["diff", "--name-status", from, "feature"]);
    assert_eq!(names(&before).trim(), format!("A\t{first}"));
    assert_eq!(changed(&step.workspace), "");
    runner(&fake, "commit").step("feature").expect(0, "in-sync");

    // The models change again.
    push(&fake, &json!({"app/models.py": models(DEPTH)}));
    let pushed = head(&fake);
    let step = runner(&fake, "commit").step("feature");
    step.expect(0, "in-sync");
    let second = file(&step);
    assert_ne!(first, second);
    let mut changes: Vec<String> = names(&pushed).lines().map(str::to_owned).collect();
    changes.sort();
    // Git may see a rename.
    assert!(
        !changes.is_empty()
            && changes
                .iter()
                .all(|line| line.contains("alembic/versions/")),
        "{changes:?}"
    );
    let all = git(
        &fake,
        &["ls-tree", "--name-only", "feature", "alembic/versions/"],
    );
    assert_eq!(all.lines().count(), 3, "{all}");
    let text = committed(&fake, &second);
    assert!(
        text.contains("'length'") && text.contains("'depth'"),
        "{text}"
    );
    assert_eq!(changed(&step.workspace), "");

    // Somebody changes what was written: it is theirs from then on.
    push(
        &fake,
        &json!({
            "app/models.py": models(&format!("{DEPTH}    draught: Mapped[Optional[int]]\n")),
            second.as_str(): format!("{text}\n# By hand.\n"),
        }),
    );
    let step = runner(&fake, "commit").step("feature");
    step.expect(0, "in-sync");
    let third = file(&step);
    assert!(committed(&fake, &second).contains("# By hand."));
    let text = committed(&fake, &third);
    assert!(
        text.contains("'draught'") && !text.contains("'depth'"),
        "{text}"
    );

    // Nothing is missing without it.
    push(&fake, &json!({"app/models.py": models(DEPTH)}));
    let step = runner(&fake, "commit").step("feature");
    step.expect(0, "in-sync");
    let all = git(
        &fake,
        &["ls-tree", "--name-only", "feature", "alembic/versions/"],
    );
    assert!(!all.contains(&third) && all.contains(&second), "{all}");
    fake.expect_no_violations();
}

#[test]
fn hooks_run_and_nothing_else_that_they_write_is_left() {
    let hook = |program: &str, options: &str| {
        let ini = &base()["alembic.ini"];
        format!(
            "{ini}\n[post_write_hooks]\nhooks = tidy\ntidy.type = exec\ntidy.executable = {program}\ntidy.options = {options}\n"
        )
    };
    let files = json!({
        "app/models.py": models(LENGTH), "alembic.ini": hook("nowhere-tidy", "REVISION_SCRIPT_FILENAME"),
    });
    let fake = seeded(&base(), &files);
    let before = head(&fake);
    let step = runner(&fake, "commit").step("feature");
    step.expect(1, "drift");
    for said in [
        "Nothing was committed: `post_write_hooks` can't run on the revision: ",
        "nowhere-tidy",
        "install the program where the project's packages are",
    ] {
        assert!(step.said().contains(said), "{}", step.said());
    }
    assert_eq!(
        (head(&fake), changed(&step.workspace)),
        (before, String::new())
    );

    let hooked = hook("sh", "tidy.sh REVISION_SCRIPT_FILENAME");
    push(&fake, &json!({"alembic.ini": hooked, "tidy.sh": WRITES}));
    let before = head(&fake);
    let step = runner(&fake, "commit").step("feature");
    step.expect(0, "in-sync");
    let path = file(&step);
    let text = committed(&fake, &path);
    assert!(text.contains("# formatted\ndef upgrade"), "{text}");
    assert_eq!(
        git(&fake, &["diff", "--name-status", &before, "feature"]).trim(),
        format!("A\t{path}")
    );
    assert_eq!(changed(&step.workspace), "");
    fake.expect_no_violations();
}

#[test]
fn several_branches_are_named_and_none_is_taken() {
    let labelled = |id: &str, after: &str| {
        format!(
            "revision = \"{id}\"\ndown_revision = {after}\nbranch_labels = (\"of_{id}\",)\n\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n"
        )
    };
    let files = json!({
        "app/models.py": models(LENGTH),
        "alembic/versions/c3.py": labelled("c3", "\"b2\""),
        "alembic/versions/d4.py": labelled("d4", "None"),
    });
    let fake = seeded(&base(), &files);
    let before = head(&fake);
    let step = runner(&fake, "commit").step("feature");
    step.expect(1, "drift");
    for said in [
        "Nothing was committed: the history has 2 heads, ",
        "`of_c3@head` or `of_d4@head`",
        "`trueup migrate diff --head of_c3@head`",
    ] {
        assert!(step.said().contains(said), "{}", step.said());
    }
    assert_eq!(head(&fake), before);
    fake.expect_no_violations();
}

#[test]
fn projects_of_one_step_are_committed_at_once() {
    let mut main = BTreeMap::new();
    for service in ["one", "two", "three"] {
        for (name, text) in base() {
            main.insert(format!("{service}/{name}"), text);
        }
    }
    let changed_models = json!({
        "one/app/models.py": models(LENGTH), "two/app/models.py": models(DEPTH),
    });
    let fake = seeded(&main, &changed_models);
    let before = head(&fake);
    let step = runner(&fake, "commit")
        .input("projects", "one\ntwo\nthree")
        .step("feature");
    step.expect(0, "in-sync");
    let paths = file(&step);
    let paths: Vec<&str> = paths.lines().collect();
    assert_eq!(paths.len(), 2, "{paths:?}");
    assert!(
        paths[0].starts_with("one/alembic/versions/")
            && paths[1].starts_with("two/alembic/versions/")
    );
    let changes = git(&fake, &["diff", "--name-only", &before, "feature"]);
    assert_eq!(changes.lines().count(), 2, "{changes}");
    assert_eq!(
        git(
            &fake,
            &["rev-list", "--count", &format!("{before}..feature")]
        )
        .trim(),
        "1"
    );

    // One project after the other, too: the second goes on top of the first's commit.
    push(
        &fake,
        &json!({"one/app/models.py": models(DEPTH), "three/app/models.py": models(LENGTH)}),
    );
    let first = runner(&fake, "commit").input("working-directory", "three");
    let event = first.payload();
    let late = first.run_with(&event, first.clone_of("acme/shop", "feature", None));
    late.expect(0, "in-sync");
    let second = runner(&fake, "commit").input("working-directory", "one");
    second.late(&event).expect(0, "in-sync");
    let all = git(&fake, &["ls-tree", "-r", "--name-only", "feature"]);
    let revisions = |service: &str| {
        let below = format!("{service}/alembic/versions/");
        all.lines().filter(|path| path.starts_with(&below)).count()
    };
    assert_eq!(
        (revisions("one"), revisions("two"), revisions("three")),
        (3, 3, 3),
        "{all}"
    );
    fake.expect_no_violations();
}

/// An `env.py` that looks for what leads to the live database wherever it can.
const LOOKS: &str = r#"import os
import socket

found = set()


def look(where, data):
    if os.environ["MARK"].encode() in data[::-1]:
        found.add(where)


for name, value in os.environ.items():
    look("environment", value.encode())
for process in filter(str.isdigit, os.listdir("/proc")):
    paths = [f"/proc/{process}/{name}" for name in ("environ", "cmdline")]
    try:
        paths += [f"/proc/{process}/fd/{name}" for name in os.listdir(f"/proc/{process}/fd") if int(process) != os.getpid()]
    except OSError:
        pass
    for path in paths:
        try:
            if path.count("/") == 3 or os.path.isfile(path):
                with open(path, "rb") as file:
                    look(path.rsplit("/", 1)[1] if path.count("/") == 3 else "an open file", file.read(1 << 20))
        except OSError:
            pass
for folder, _, names in os.walk(os.path.dirname(os.getcwd())):
    for name in names:
        try:
            with open(os.path.join(folder, name), "rb") as file:
                look("a file", file.read(1 << 20))
        except OSError:
            pass
try:
    socket.create_connection(("127.0.0.1", int(os.environ["PORT"])), 2).close()
    found.add("the network")
except OSError:
    pass
raise RuntimeError("found: " + (", ".join(sorted(found)) or "nothing"))
"#;

/// The live database's password: command lines of other runs of this test hold another one.
fn password() -> String {
    format!("quay{}", std::process::id())
}

/// A repository whose history is `a1`, and a live database on PostgreSQL that has it.
struct Production {
    server: postgres::Server,
    fake: Fake,
    db: String,
    dev: String,
}

impl Production {
    fn new(env: Option<&str>) -> Self {
        let server = postgres::Server::start();
        let (db, dev) = (server.create(), server.create());
        let made = "CREATE TABLE harbour (id INTEGER NOT NULL, name VARCHAR(40) NOT NULL, PRIMARY KEY (id)); CREATE SEQUENCE \
                    harbour_id_seq AS integer OWNED BY harbour.id; ALTER TABLE harbour ALTER COLUMN id SET DEFAULT \
                    nextval('harbour_id_seq'); CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT \
                    alembic_version_pkc PRIMARY KEY (version_num)); INSERT INTO alembic_version VALUES ('a1');";
        server.script(&db, made).expect("it is made");
        let mut main = base();
        if let Some(env) = env {
            main.insert("alembic/env.py".to_owned(), env.to_owned());
        }
        let fake = seeded(&main, &json!({"other": "x"}));
        let may = json!({"contents": "read", "issues": "write"});
        fake.seed(&json!({"tokens": [{
            "token": "ghs_supersecret", "repositories": ["acme/shop"], "permissions": may,
        }]}));
        Self {
            server,
            fake,
            db,
            dev,
        }
    }

    /// Its URL, with a password.
    fn url(&self) -> String {
        let url = self.server.url(&self.db, false);
        url.replacen("://postgres@", &format!("://postgres:{}@", password()), 1)
    }

    fn runner(&self) -> Runner<'_> {
        runner(&self.fake, "drift")
            .on("schedule")
            .input("env", "pg")
            .input("url", &self.url())
            .input("dev-url", &self.server.url(&self.dev, true))
            .input("grace", "0s")
            .variable("DATABASE_URL", "postgresql+psycopg2://nowhere/app")
            .variable("PRODUCTION_URL", &self.url())
    }
}

impl Drop for Production {
    fn drop(&mut self) {
        self.server.remove(&self.db);
        self.server.remove(&self.dev);
    }
}

#[test]
fn a_live_database_is_compared_with_the_revisions_that_it_has() {
    let site = Production::new(None);
    let step = site.runner().step("main");
    step.expect(0, "in-sync");
    assert!(
        step.summary
            .contains("b2 (Berths; a harbour has a day on which it opened.)"),
        "{}",
        step.summary
    );
    site.server
        .script(&site.db, "ALTER TABLE harbour ADD COLUMN depth integer")
        .expect("it runs");
    let step = site.runner().input("show-sql", "true").step("main");
    step.expect(1, "drift");
    let state = site.fake.state();
    let issues = state["repositories"][0]["issues"]
        .as_array()
        .expect("issues");
    let body = issues.last().expect("an issue")["body"]
        .as_str()
        .expect("a body");
    assert!(
        body.contains("depth") && !body.contains(&password()),
        "{body}"
    );
    assert_eq!(changed(&step.workspace), "");
    site.fake.expect_no_violations();
}

#[test]
fn nothing_that_leads_to_a_live_database_is_within_the_reach_of_its_history() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener
        .local_addr()
        .expect("an address")
        .port()
        .to_string();
    let site = Production::new(Some(LOOKS));
    // Backwards, so that to be told what to look for is not to have found it.
    let mark: String = password().chars().rev().collect();
    let runner = || {
        site.runner()
            .variable("PORT", &port)
            .variable("MARK", &mark)
            .input("provider-env", "DATABASE_URL\nPORT\nMARK")
    };
    let step = runner().step("main");
    step.expect(2, "error");
    assert!(step.said().contains("found: nothing"), "{}", step.said());
    let said = step.said();
    let mut told = said
        .lines()
        .filter(|line| !line.starts_with("::add-mask::"));
    let password = password();
    assert!(told.all(|line| !line.contains(&password)) && !step.summary.contains(&password));

    // The same program finds it where nothing keeps it off.
    let mut open = Command::new(env!("CARGO_BIN_EXE_trueup"));
    let live = site.url();
    let dev = site.server.url(&site.dev, true);
    let output = open
        .args(["drift", "--env", "pg", "--url", &live, "--dev-url", &dev])
        .current_dir(&step.workspace)
        .env_clear()
        .env("PATH", path())
        .env("DATABASE_URL", "postgresql+psycopg2://nowhere/app")
        .env("PORT", &port)
        .env("MARK", &mark)
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("cmdline") && said.contains("the network"),
        "{said}"
    );

    let refused = |runner: Runner<'_>, why: &str| {
        let step = runner.step("main");
        step.expect(2, "error");
        assert!(step.said().contains(why), "{}", step.said());
        assert!(!step.said().contains("found:"), "{}", step.said());
    };
    refused(
        runner().variable("DATABASE_URL", &live),
        "`provider-env` hands `DATABASE_URL` to it, which leads to the database",
    );
    refused(
        runner().input("sandbox", "off"),
        "`sandbox: off` keeps it from being confined",
    );
    let beside = "code of the project is not run beside a live database here: ";
    let lacking = "the kernel has no Landlock, so that it could read files of this job";
    refused(runner().without("landlock"), &format!("{beside}{lacking}"));
    let lacking =
        "code of the project can't be confined fully: system calls can't be forbidden here";
    refused(runner().without("seccomp"), &format!("{beside}{lacking}"));
    site.fake.expect_no_violations();
}

#[test]
fn revisions_that_a_pull_request_adds_go_down_and_up_again() {
    let revision = |head: &str, upgrade: &str, downgrade: &str| {
        format!(
            "from alembic import op\n\n{head}\n\n\ndef upgrade():\n    {upgrade}\n\n\ndef downgrade():\n    {downgrade}\n"
        )
    };
    let mut main = base();
    // One that the base has, too, is not tried.
    let head = "revision = \"c3\"\ndown_revision = \"b2\"";
    let known = revision(head, "pass", "op.drop_table(\"nowhere\")");
    main.insert("alembic/versions/c3_known.py".to_owned(), known);
    let step = |upgrade: &str| {
        let head = "revision = \"d4\"\ndown_revision = \"c3\"";
        let own = revision(head, upgrade, "pass");
        let fake = seeded(&main, &json!({"alembic/versions/d4_own.py": own}));
        let runner = runner(&fake, "check").input("with-rows", "true");
        let step = runner.input("comment", "always").step("feature");
        let told = comments(&fake);
        fake.expect_no_violations();
        (step, told)
    };
    let (stays, told) = step("op.create_index(\"harbour_name\", \"harbour\", [\"name\"])");
    stays.expect(2, "error");
    for words in [
        "alembic/versions/d4_own.py:11: revision `d4`: its `downgrade()` does not restore the schema before it",
        "::error file=alembic/versions/d4_own.py,line=11",
    ] {
        assert!(stays.said().contains(words), "{}", stays.said());
    }
    assert!(told[0].contains("drop index"), "{}", told[0]);
    let (returns, told) = step("op.execute(\"UPDATE harbour SET opened = NULL\")");
    returns.expect(0, "in-sync");
    for words in [
        "Revision `d4` went down and up again to the same schema",
        "Revision `d4` also ran on made",
    ] {
        assert!(told[0].contains(words), "{}", told[0]);
    }
}

/// What somebody did to a database becomes a revision, on a branch of its own.
#[test]
fn a_pull_request_takes_in_what_a_live_database_has() {
    let site = Production::new(None);
    let may = json!({"contents": "write", "issues": "write", "pull_requests": "write"});
    site.fake.seed(&json!({"tokens": [{
        "token": "ghs_supersecret", "repositories": ["acme/shop"], "permissions": may,
    }]}));
    let runner = || {
        let runner = site
            .runner()
            .input("show-sql", "true")
            .input("adopt", "true");
        runner.input("name", "Depth by hand")
    };
    let by_hand = "UPDATE alembic_version SET version_num = 'b2'; ALTER TABLE harbour ADD COLUMN opened date; \
                   ALTER TABLE harbour ADD COLUMN depth integer;";
    site.server.script(&site.db, by_hand).expect("it runs");
    let step = runner().step("main");
    step.expect(1, "drift");
    assert_eq!(changed(&step.workspace), "");
    let file = step.outputs["migration-file"].as_str();
    let file = file.unwrap_or_else(|| panic!("{}", step.said())).to_owned();
    let state = site.fake.state();
    let issues = state["repositories"][0]["issues"].as_array();
    let pull = issues
        .expect("issues")
        .iter()
        .find(|issue| issue["title"] == "Adopt database drift: pg");
    let pull = pull.unwrap_or_else(|| panic!("{}", step.said()));
    let head = pull["pull"]["head_sha"].as_str().expect("a commit");
    let text = git(&site.fake, &["show", &format!("{head}:{file}")]);
    for part in ["Depth by hand", "down_revision", "b2", "depth"] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    let body = pull["body"].as_str().expect("a body");
    assert!(
        body.contains("alembic stamp ") && !body.contains(&password()),
        "{body}"
    );
    // The same again is not news.
    let step = runner().step("main");
    step.expect(1, "drift");
    assert!(step.outputs.get("commit-sha").is_none(), "{}", step.outputs);
    site.fake.expect_no_violations();
}
