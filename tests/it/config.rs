//! `atlas.hcl`, from the file on disk to an environment.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use trueup::config::{ConfigError, Env, Request, resolve};

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
    similar_asserts(&text, &actual);
}

fn similar_asserts(expected: &str, actual: &str) {
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
