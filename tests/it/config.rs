//! `atlas.hcl`, from the file on disk to an environment.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use trueup::config::{ConfigError, Env, Fence, Flags, Request, Source, load, resolve};

fn environment(name: &str) -> Option<String> {
    (name == "DB_PASSWORD").then(|| "hun/ter2".to_owned())
}

fn request(env: Option<&str>) -> Request {
    Request {
        env: env.map(str::to_owned),
        ..Request::default()
    }
}

fn resolve_in(dir: &Path, request: &Request) -> Result<Env, ConfigError> {
    resolve(request, dir, &environment)
}

/// Links and what is git's are not there for somebody else's config.
#[test]
fn a_fence_closes_files_and_variables() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap().join("root");
    for path in ["root/.git", "root/a/b", "outside"] {
        fs::create_dir_all(dir.path().join(path)).unwrap();
    }
    for path in [
        "root/.git/config",
        "root/a/b/1.sql",
        "root/a/2.sql",
        "outside/3.sql",
    ] {
        fs::write(dir.path().join(path), "text").unwrap();
    }
    std::os::unix::fs::symlink(dir.path().join("outside"), root.join("a/link")).unwrap();
    std::os::unix::fs::symlink("2.sql", root.join("a/4.sql")).unwrap();
    let schemas = |value: &str| {
        let text = format!("env \"x\" {{\n  schemas = {value}\n  url = getenv(\"URL\")\n}}\n");
        fs::write(root.join("atlas.hcl"), text).unwrap();
        let request = Request {
            fence: Some(Fence::new(root.clone(), vec!["OPEN".into()])),
            ..request(Some("x"))
        };
        let env = resolve(&request, &root, &|name| Some(format!("value of {name}")));
        env.map(|env| {
            // What others use it for is closed.
            assert!(env.url.is_none());
            let short = |path: &String| path.replace(&format!("{}/", root.display()), "");
            env.schemas.iter().map(short).collect::<Vec<_>>()
        })
        .map_err(|error| error.to_string())
    };
    for pattern in [
        "fileset(\"**/*.sql\")",
        &format!("fileset(\"{}/**/*.sql\")", root.display()),
    ] {
        assert_eq!(schemas(pattern).unwrap(), ["a/2.sql", "a/b/1.sql"]);
    }
    for pattern in [
        "glob(\".git/*\")",
        "glob(\"a/link/*\")",
        "glob(\"a/4.sql\")",
    ] {
        assert_eq!(schemas(pattern).unwrap(), [""; 0], "{pattern}");
    }
    assert_eq!(schemas("glob(\"a/b/../*.sql\")").unwrap(), ["a/2.sql"]);
    for pattern in ["../outside/*", "/*", "/etc/pass*", "a/../../outside/*"] {
        let error = schemas(&format!("glob(\"{pattern}\")")).unwrap_err();
        assert!(
            error.contains(&format!(
                "cannot read `{pattern}`: it is not in the workspace"
            )),
            "{error}"
        );
    }
    assert_eq!(schemas("[getenv(\"OPEN\")]").unwrap(), ["value of OPEN"]);
    let error = schemas("[getenv(\"OTHER\")]").unwrap_err();
    assert!(error.contains("`provider-env: OTHER`"), "{error}");
    assert!(!error.contains("value of"), "{error}");
}

/// Every message of `errors.txt`, word for word.
#[test]
fn each_error_says_what_where_and_what_to_do() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/config/errors.txt");
    let text = fs::read_to_string(&path).unwrap();
    let (head, cases) = text.split_once("==== ").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut actual = head.to_owned();
    for case in cases.split("\n==== ") {
        let (title, rest) = case.split_once('\n').unwrap();
        let (input, _) = rest.split_once("----\n").unwrap();
        let mut request = request(Some("local"));
        let mut file = String::new();
        for line in input.lines() {
            if let Some(env) = line.strip_prefix("@env ") {
                request.env = Some(env.to_owned());
            } else if let Some((name, value)) = line
                .strip_prefix("@var ")
                .and_then(|var| var.split_once('='))
            {
                request.vars.push((name.to_owned(), value.to_owned()));
            } else {
                let _ = writeln!(file, "{line}");
            }
        }
        fs::write(dir.path().join("atlas.hcl"), file).unwrap();
        let message = match resolve_in(dir.path(), &request) {
            Ok(_) => "(no error)".to_owned(),
            Err(error) => error
                .to_string()
                .replace(&dir.path().display().to_string(), "<dir>"),
        };
        assert!(
            !message.contains("hunter2") && !message.contains("ter2"),
            "{title}: {message}"
        );
        let _ = write!(actual, "==== {title}\n{input}----\n{message}\n\n");
    }
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &actual).unwrap();
    }
    assert_same(&text, &actual);
}

fn assert_same(expected: &str, actual: &str) {
    if expected != actual {
        let diff = similar::TextDiff::from_lines(expected, actual);
        panic!(
            "{}",
            diff.unified_diff()
                .context_radius(8)
                .header("expected", "actual")
        );
    }
}

const CONFIG: &str = r#"env "local" {
  src = "file://schema.sql"
  dev = "sqlite://dev?mode=memory"
}
"#;

fn dir_with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary directory");
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(path, text).expect("a file");
    }
    dir
}

#[test]
fn a_config_file_is_read_only_when_asked_for() {
    let dir = dir_with(&[("atlas.hcl", "nonsense")]);
    let flags = Flags {
        dev_url: Some("sqlite://dev".into()),
        ..Flags::default()
    };
    let env = resolve_in(
        dir.path(),
        &Request {
            flags,
            ..Request::default()
        },
    )
    .unwrap();
    assert_eq!(
        (env.name.as_str(), env.config, env.dev.is_some()),
        ("", None, true)
    );
    let error = resolve_in(dir.path(), &request(Some("local"))).unwrap_err();
    assert_eq!(error.origin().unwrap().to_string(), "atlas.hcl:1:1");
}

#[test]
fn flags_override_the_environment() {
    let dir = dir_with(&[("atlas.hcl", CONFIG)]);
    let flags = Flags {
        to: vec!["env://src".into(), "file://more.sql".into()],
        dev_url: Some("postgres://h/dev".into()),
        ..Flags::default()
    };
    let env = resolve_in(
        dir.path(),
        &Request {
            flags,
            ..request(Some("local"))
        },
    )
    .unwrap();
    let src: Vec<&Source> = env.src.iter().map(|src| &src.value).collect();
    assert_eq!(
        src,
        [
            &Source::File("schema.sql".into()),
            &Source::File("more.sql".into())
        ]
    );
    assert_eq!(env.src[0].origin.to_string(), "atlas.hcl:2:9");
    let dev = env.dev.unwrap();
    assert_eq!(
        (dev.scheme(), dev.origin.to_string().as_str()),
        ("postgres", "--dev-url")
    );
}

#[test]
fn the_config_is_named_in_every_usual_way() {
    let dir = dir_with(&[("conf/my atlas.hcl", CONFIG)]);
    let absolute = format!(
        "file://{}",
        dir.path().join("conf/my%20atlas.hcl").display()
    );
    for config in [
        "file://conf/my%20atlas.hcl",
        "conf/my atlas.hcl",
        "file://./conf/my%20atlas.hcl",
        &absolute,
    ] {
        let request = Request {
            config: Some(config.into()),
            ..request(Some("local"))
        };
        assert_eq!(
            resolve_in(dir.path(), &request).unwrap().src.len(),
            1,
            "{config}"
        );
    }
    assert_eq!(
        load(
            &dir.path().join("conf/my atlas.hcl"),
            None,
            &[],
            &environment
        )
        .unwrap()
        .src
        .len(),
        0
    );
}

#[test]
fn a_config_that_cannot_be_used_is_explained() {
    let env = request(Some("local"));
    let message = |files: &[(&str, &str)], request: &Request| {
        let dir = dir_with(files);
        let error = resolve_in(dir.path(), request).unwrap_err().to_string();
        error.replace(&dir.path().display().to_string(), "<dir>")
    };
    assert_eq!(
        message(&[], &env),
        "there is no `trueup.yaml` or `atlas.hcl` here\nhint: run trueup in the directory that has it, or name it with \
         `--config path/trueup.yaml`; `trueup init` writes one"
    );
    let dir = dir_with(&[("atlas.hcl", CONFIG), ("src/app/models.py", "")]);
    assert_eq!(
        resolve_in(&dir.path().join("src/app"), &env)
            .unwrap_err()
            .to_string(),
        "there is no `trueup.yaml` or `atlas.hcl` here\nhint: run trueup in `../..`, which has one"
    );
    assert_eq!(
        message(&[("trueup.yaml", ""), ("atlas.hcl", CONFIG)], &env),
        "both `trueup.yaml` and `atlas.hcl` are here\nhint: say which one with `--config trueup.yaml` (in a workflow, with \
         `config: trueup.yaml`)"
    );
    let named = |config: &str| Request {
        config: Some(config.into()),
        ..env.clone()
    };
    assert_eq!(
        message(&[], &named("file://no.hcl")),
        "cannot read config file `no.hcl`: No such file or directory (os error 2)\nhint: `--config` names another file"
    );
    assert_eq!(
        message(&[], &named("https://x/atlas.hcl")),
        "--config: a config file cannot be `https://`\nhint: write `file://atlas.hcl`"
    );
    let var = Request {
        vars: vec![("x".into(), "1".into())],
        ..Request::default()
    };
    assert_eq!(
        message(&[], &var),
        "--var: variable `x` has no config file to go to\nhint: name one with `--config`, or an environment with `--env`"
    );
    // With both files present, naming one is enough.
    let dir = dir_with(&[("trueup.yaml", ""), ("atlas.hcl", CONFIG)]);
    assert!(resolve_in(dir.path(), &named("file://atlas.hcl")).is_ok());
}

#[test]
fn trueup_yaml_is_read_when_it_is_there() {
    let one = "envs:\n  app:\n    dev: sqlite://dev\n    ignore: a\n";
    let dir = dir_with(&[("trueup.yml", one)]);
    let read = |request: &Request| resolve_in(dir.path(), request);
    let env = read(&Request::default()).unwrap();
    assert_eq!((env.name.as_str(), env.exclude.len()), ("app", 1));
    assert_eq!(env.config.as_deref(), Some("trueup.yml"));
    for config in ["trueup.yml", "file://trueup.yml"] {
        let request = Request {
            config: Some(config.into()),
            ..request(Some("app"))
        };
        assert_eq!(read(&request).unwrap(), env);
    }
    // What flags name altogether is none of the project's.
    let complete = Request {
        complete: true,
        ..Request::default()
    };
    assert_eq!(read(&complete).unwrap().name, "");
    let several = format!("{one}  web:\n");
    fs::write(dir.path().join("trueup.yml"), several).unwrap();
    let error = read(&Request::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "trueup.yml has several environments\nhint: say which with `--env` (in a workflow, with `env:`): `app`, `web`"
    );
    assert_eq!(read(&request(Some("web"))).unwrap().name, "web");
    // Where flags say the rest, what is shared is enough.
    let shared = format!("defaults:\n  migrations: db\n  ignore: b\n{one}  web:\n");
    fs::write(dir.path().join("trueup.yml"), &shared).unwrap();
    let flags = Flags {
        to: vec!["file://schema.sql".into()],
        dev_url: Some("sqlite://dev?mode=memory".into()),
        ..Flags::default()
    };
    let compared = Request {
        needs: flags.needs(),
        flags,
        ..Request::default()
    };
    let env = read(&compared).unwrap();
    assert_eq!(
        (env.name.as_str(), &env.exclude[..]),
        ("", &["b".to_owned()][..])
    );
    assert_eq!(env.migration.dir, Path::new("db"));
    assert_eq!(env.dev.unwrap().to_string(), "sqlite://dev?mode=memory");
    // Each has its own directory: a flag has to say which.
    fs::write(
        dir.path().join("trueup.yml"),
        format!("{shared}    migrations: web\n"),
    )
    .unwrap();
    assert!(read(&compared).is_err());
    let flags = Flags {
        dir: Some("file://web".into()),
        ..compared.flags
    };
    let compared = Request {
        needs: flags.needs(),
        flags,
        ..Request::default()
    };
    assert_eq!(read(&compared).unwrap().migration.dir, Path::new("web"));
    let named = shared.replace("migrations: db", "migrations: db/${env}");
    fs::write(dir.path().join("trueup.yml"), named).unwrap();
    let error = read(&compared).unwrap_err();
    assert!(
        error.to_string().contains("`${env}` needs an environment"),
        "{error}"
    );
    fs::write(dir.path().join("atlas.hcl"), CONFIG).unwrap();
    assert!(read(&Request::default()).is_err());
}

#[test]
fn text_that_is_not_utf8_is_refused_and_a_byte_order_mark_is_not() {
    let dir = dir_with(&[]);
    let path = dir.path().join("atlas.hcl");
    fs::write(&path, b"env \"local\" {\n  src = \"\xff\"\n}\n").unwrap();
    let error = resolve_in(dir.path(), &request(Some("local"))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "config file `atlas.hcl` is not UTF-8: line 2"
    );
    fs::write(&path, format!("\u{feff}{}", CONFIG.replace('\n', "\r\n"))).unwrap();
    assert_eq!(
        resolve_in(dir.path(), &request(Some("local"))).unwrap().src[0]
            .origin
            .to_string(),
        "atlas.hcl:2:9"
    );
}

#[test]
fn functions_read_files_beside_the_config() {
    let config = r#"env "local" {
  text  = file("sql/a.sql")
  flat  = glob("sql/*.sql")
  deep  = fileset("**/*.sql")
  none  = glob("nope/*")
  above = [for f in fileset("../conf/sql/[ab].sql") : reverse(split("/", f))[0]]
}
"#;
    let files = [
        ("conf/atlas.hcl", config),
        ("conf/sql/a.sql", "A"),
        ("conf/sql/b.sql", "B"),
        ("conf/sql/x/c.sql", "C"),
    ];
    let dir = dir_with(&files);
    let request = Request {
        config: Some("conf/atlas.hcl".into()),
        ..request(Some("local"))
    };
    let env = resolve_in(dir.path(), &request).unwrap();
    let base = format!("{}/conf/", dir.path().display());
    let get = |name: &str| env.attrs.0[name].to_string().replace(&base, "");
    assert_eq!(get("text"), r#""A""#);
    assert_eq!(get("flat"), r#"["sql/a.sql","sql/b.sql"]"#);
    assert_eq!(get("deep"), r#"["sql/a.sql","sql/b.sql","sql/x/c.sql"]"#);
    assert_eq!(get("none"), "[]");
    assert_eq!(get("above"), r#"["a.sql","b.sql"]"#);
}
