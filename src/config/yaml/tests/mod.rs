use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{World, options, parse};
use crate::config::env::{Env, ExecOrder, Object, Verb};
use crate::config::error::{ConfigError, SourceText};
use crate::config::fence::Fence;
use crate::config::flags::Needs;
use crate::config::format::Format;
use crate::config::secret::Secret;
use crate::config::source::Source;

pub(super) mod schema;

fn load_in(
    dir: &Path,
    text: &str,
    env: Option<&str>,
    vars: &[(String, String)],
    fence: Option<&Fence>,
) -> Result<Env, ConfigError> {
    let environment = |name: &str| match name {
        "DB_PASSWORD" => Some("hunter2".to_owned()),
        "HOST" => Some("db.internal".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    };
    let world = World {
        environment: &environment,
        fence,
        unread: Vec::new(),
        needs: Needs::Environment,
        today: time::macros::date!(2027 - 04 - 01),
        fleet: None,
    };
    super::load("trueup.yaml", text, dir, env, vars, &world)
}

fn load(text: &str) -> Env {
    load_in(Path::new("/nowhere"), text, None, &[], None).unwrap_or_else(|error| panic!("{error}"))
}

/// The text of an environment with these lines.
fn env(lines: &str) -> String {
    let lines = lines.lines().map(|line| format!("    {line}\n"));
    format!("envs:\n  app:\n{}", lines.collect::<String>())
}

fn data(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn blessed() -> bool {
    std::env::var_os("BLESS").is_some()
}

#[test]
fn every_key() {
    let text = fs::read_to_string(data("tests/data/config/full.yaml")).unwrap();
    let vars = [("region".to_owned(), "eu".to_owned())];
    let env = load_in(Path::new("/nowhere"), &text, Some("app"), &vars, None).unwrap();
    assert_eq!(
        (env.name.as_str(), env.config.as_deref()),
        ("app", Some("trueup.yaml"))
    );
    let url = env.url.as_ref().unwrap();
    assert_eq!(
        (url.host(), url.password().map(Secret::expose), url.user()),
        ("db.internal", Some("hunter2"), Some("me"))
    );
    assert_eq!(url.origin.to_string(), "trueup.yaml:24:10");
    assert_eq!(env.dev.as_ref().unwrap().scheme(), "docker");
    let src: Vec<String> = env.src.iter().map(|src| src.origin.to_string()).collect();
    assert_eq!(
        src,
        [
            "trueup.yaml:26:14",
            "trueup.yaml:26:23",
            "trueup.yaml:28:17"
        ]
    );
    assert_eq!(env.src[0].value, Source::File("pre.sql".into()));
    assert_eq!(env.src[1].value, Source::Dir("sql/".into()));
    let Source::External(program) = &env.src[2].value else {
        panic!("{:?}", env.src[2])
    };
    assert_eq!(program.program, ["python3", "load_models.py", "--env=app"]);
    assert_eq!(program.working_dir.as_deref(), Some(Path::new("backend")));
    assert_eq!(env.schemas, ["public", "audit"]);
    assert_eq!(env.own, ["view", "materialized_view"]);
    assert_eq!(env.exclude, ["*.tmp_*", "legacy.*", "public.queue_*"]);
    let migration = &env.migration;
    assert_eq!(migration.dir, Path::new("db/migrations/app"));
    assert_eq!(migration.lock_timeout.as_secs(), 90);
    assert_eq!(migration.exec_order, ExecOrder::NonLinear);
    assert_eq!(migration.baseline.as_deref(), Some("20240101000000"));
    assert_eq!(migration.revisions_schema.as_deref(), Some("meta"));
    assert_eq!(migration.exclude, ["x"]);
    assert!(env.diff.skips(Verb::Drop, Object::Table) && !env.diff.skips(Verb::Add, Object::Table));
    assert!(env.diff.concurrent_index.create && env.diff.concurrent_index.drop);
    assert_eq!(env.format.schema_inspect, Format::Json);
    assert_ne!(env.format.migrate_diff, Format::Default);
    // What is asked of the other one is nothing of its own.
    let other = load_in(Path::new("/nowhere"), &text, Some("lite"), &vars, None).unwrap();
    assert_eq!(other.dev.as_ref().unwrap().scheme(), "sqlite");
    let Source::Models(models) = &other.src[1].value else {
        panic!("{:?}", other.src)
    };
    assert_eq!(models.target, "app.db:Base");
    assert_eq!(models.app.as_deref(), Some("app:create_app"));
    assert_eq!(models.python.as_ref().map(Vec::len), Some(3));
    assert_eq!(other.exclude, ["*.tmp_*"]);
    assert_eq!(other.migration.dir, Path::new("db/migrations/lite"));
    assert_eq!(other.migration.lock_timeout.as_secs(), 90);
}

#[test]
fn an_environment_may_be_shared_whole() {
    let env =
        load("defaults:\n  dev: sqlite://dev?mode=memory\n  schema: schema.sql\nenvs:\n  app:\n");
    assert_eq!((env.src.len(), env.dev.is_some()), (1, true));
    let own = load("defaults:\n  schema: pre.sql\nenvs:\n  app: {program: ./ddl}\n");
    assert_eq!(own.src.len(), 1);
    let merged = load(
        "defaults: &shared\n  dev: sqlite://a\nenvs:\n  app:\n    <<: *shared\n    url: sqlite://b\n",
    );
    assert_eq!(merged.dev.unwrap().origin.to_string(), "trueup.yaml:2:8");
}

#[test]
fn texts_are_as_they_are_written() {
    let env = load(&env(
        "schemas: [no, 1.10, '$${x}', '${HOST}', '${EMPTY:-a}${NONE:-b}', $HOST]",
    ));
    assert_eq!(
        env.schemas,
        ["no", "1.10", "${x}", "db.internal", "ab", "$HOST"]
    );
}

#[test]
fn a_url_may_wait_for_its_variable() {
    let env = load(&env("url: postgres://${NONE}@h/db\ndev: ${EMPTY}"));
    assert_eq!(
        env.unset.into_iter().collect::<Vec<_>>(),
        [("url", "NONE".to_owned())]
    );
    assert!(env.url.is_none() && env.dev.is_none());
}

#[test]
fn files_hold_secrets() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("url"), "postgres://me:hunter2@h/db\n").unwrap();
    let text = env("url: ${file:url}");
    let env = load_in(dir.path(), &text, None, &[], None).unwrap();
    let url = env.url.unwrap();
    assert_eq!(url.password().map(Secret::expose), Some("hunter2"));
}

#[test]
fn a_pattern_is_ignored_until_its_day_has_passed() {
    let lines = "ignore:\n  - {pattern: a, until: 2027-04-01}\n  - {pattern: b, until: 2027-03-31, reason: moved}\n  - c";
    let found = load(&env(lines));
    assert_eq!(found.exclude, ["a", "c"]);
    let said = |text: &str| found.lapses.iter().any(|one| one.contains(text));
    assert!(
        said("`b` is no longer ignored: that was until 2027-03-31 (moved)"),
        "{:?}",
        found.lapses
    );
    assert!(
        said("`a` is ignored until 2027-04-01 only"),
        "{:?}",
        found.lapses
    );
    assert_eq!(
        load(&env("ignore:\n  - {pattern: a, until: 2027-05-01}")).lapses,
        [""; 0]
    );
}

#[test]
fn a_fence_closes_files_and_variables() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap().join("root");
    fs::create_dir_all(root.join(".git")).unwrap();
    for path in ["secret", "root/.git/config", "root/open"] {
        fs::write(dir.path().join(path), "text").unwrap();
    }
    std::os::unix::fs::symlink("../secret", root.join("link")).unwrap();
    let fence = Fence::new(root.clone(), vec!["HOST".into(), "NONE".into()]);
    let schemas = |value: &str| {
        let text = env(&format!("schemas: '{value}'"));
        let found = load_in(&root, &text, None, &[], Some(&fence));
        found
            .map(|env| env.schemas.concat())
            .map_err(|error| error.to_string())
    };
    assert_eq!(schemas("${HOST}${file:open}").unwrap(), "db.internaltext");
    for (value, message) in [
        (
            "${DB_PASSWORD}",
            "trueup.yaml:3:15: the environment variable `DB_PASSWORD` may not be read by this config file",
        ),
        (
            "${DB_PASSWORD:-x}",
            "trueup.yaml:3:15: the environment variable `DB_PASSWORD` may not be read",
        ),
        ("${OTHER:-x}", "`provider-env: OTHER`"),
        (
            "${file:../secret}",
            "cannot read `../secret`: it is not in the workspace",
        ),
        (
            "${file:/etc/passwd}",
            "cannot read `/etc/passwd`: it is not in the workspace",
        ),
        (
            "${file:.git/config}",
            "cannot read `.git/config`: it is in `.git`",
        ),
        ("${file:link}", "cannot read `link`: it is a link"),
    ] {
        let error = schemas(value).unwrap_err();
        assert!(
            error.contains(message) && !error.contains("hunter2"),
            "{error}"
        );
    }
    // Variables of the config are no way around.
    let text = format!(
        "vars: {{x: '${{DB_PASSWORD}}'}}\n{}",
        env("schemas: '${var.x}'")
    );
    assert!(load_in(&root, &text, None, &[], Some(&fence)).is_err());
}

/// Every message of `yaml.txt`, word for word; and what is wrong in form is wrong to the schema as well.
#[test]
fn each_error_says_what_where_and_what_to_do() {
    let path = data("tests/data/config/yaml.txt");
    let text = fs::read_to_string(&path).unwrap();
    let (head, cases) = text.split_once("==== ").unwrap();
    let mut actual = head.to_owned();
    for case in cases.split("\n==== ") {
        let (title, rest) = case.split_once('\n').unwrap();
        let (input, _) = rest.split_once("----\n").unwrap();
        let (mut env, mut vars, mut file) = (None, Vec::new(), String::new());
        // What only the values of a text make wrong, and the schema knows as well.
        let mut stricter = false;
        for line in input.lines() {
            if let Some(name) = line.strip_prefix("@env ") {
                env = Some(name);
            } else if line == "@schema refuses" {
                stricter = true;
            } else if let Some((name, value)) = line
                .strip_prefix("@var ")
                .and_then(|var| var.split_once('='))
            {
                vars.push((name.to_owned(), value.to_owned()));
            } else {
                let _ = writeln!(file, "{line}");
            }
        }
        let message = match load_in(Path::new("/nowhere"), &file, env, &vars, None) {
            Ok(_) => "(no error)".to_owned(),
            Err(error) => error.to_string(),
        };
        assert!(!message.contains("hunter2"), "{title}: {message}");
        let _ = write!(actual, "==== {title}\n{input}----\n{message}\n\n");
        if let Ok(value) = serde_saphyr::from_str_with_options::<Value>(&file, options()) {
            let formed = parse(&SourceText::new("trueup.yaml", &file)).is_ok();
            let valid = schema::accepts(&value);
            assert_eq!(valid.is_ok(), formed && !stricter, "{title}: {valid:?}");
        }
    }
    if blessed() {
        fs::write(&path, &actual).unwrap();
    }
    let diff = similar::TextDiff::from_lines(&text, &actual);
    assert!(text == actual, "{}", diff.unified_diff().context_radius(8));
}

#[test]
fn the_schema_is_current() {
    let path = data("schema/trueup.schema.json");
    let current = format!("{:#}\n", schema::generated());
    if blessed() {
        fs::write(&path, &current).unwrap();
    }
    let text = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        text == current,
        "BLESS=1 cargo test config::yaml rewrites it"
    );
    for example in ["tests/data/config/full.yaml", "examples/trueup.yaml"] {
        let text = fs::read_to_string(data(example)).unwrap();
        assert!(
            text.starts_with(&format!(
                "# yaml-language-server: $schema={}\n",
                schema::URL
            )),
            "{example}"
        );
        let value = serde_saphyr::from_str_with_options(&text, options()).unwrap();
        assert_eq!(schema::accepts(&value), Ok(()), "{example}");
    }
}
