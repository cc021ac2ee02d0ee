//! What to do about a Python program that failed, judged by what it said.

use std::path::{Path, PathBuf};

use super::program::{Program, SCRIPT};

/// What is known of the program.
pub(super) struct Failed<'a> {
    /// What it said.
    pub(super) stderr: &'a str,
    /// How it was called.
    pub(super) name: &'a str,
    pub(super) way: Way,
    /// Where it ran.
    pub(super) work: &'a Path,
    /// How a package is added to the environment that it runs in, with `{}` for its name.
    pub(super) how_to_add: Option<&'a str>,
    /// A setting in the syntax of where the models are named.
    pub(super) setting: &'a dyn Fn(&str, &str) -> String,
}

/// How models are imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Each file on its own, as the official provider does.
    Files,
    /// By a script of the user's.
    Script,
    /// By our own loader.
    Loader,
    /// By the `env.py` of an Alembic history.
    History,
}

impl Way {
    pub(super) fn of(program: &Program) -> Self {
        match program.is_script() {
            true => Self::Script,
            false => Self::Files,
        }
    }
}

/// What to do about a failure, by the line that says so.
type Advice = fn(&Failed<'_>, &str) -> Option<String>;

/// Words of Python and its libraries, and what to do when they are said: with the line that says so.
const RULES: &[(&[&str], Advice)] = &[
    // In an `__init__.py` a relative import names the module that the provider made up.
    (
        &["attempted relative import", "'atlas_dynamic_module_"],
        relative_import,
    ),
    (
        &[
            "Could not interpret annotation",
            "Could not de-stringify annotation",
        ],
        annotations,
    ),
    (&["is already defined for this MetaData"], defined_twice),
    (&["partially initialized module", "circular import"], circle),
    (&["outside of application context"], app_context),
    (&["ModuleNotFoundError"], missing_module),
    (&["validation error for", "validation errors for"], settings),
    (&["KeyError: "], variable),
    (
        &[
            "Connection refused",
            "could not connect",
            "Can't connect to",
            "OperationalError",
        ],
        connection,
    ),
    (
        &["No such file or directory", "can't open file"],
        missing_file,
    ),
];

/// What to do, where it is known.
pub(super) fn advice(failed: &Failed<'_>) -> Option<String> {
    RULES.iter().find_map(|(needles, advise)| {
        let mut lines = failed.stderr.lines().rev();
        let line = lines.find(|line| needles.iter().any(|needle| line.contains(needle)))?;
        advise(failed, line)
    })
}

fn relative_import(failed: &Failed<'_>, _: &str) -> Option<String> {
    Some(match failed.way {
        Way::Script => "a file that is run by its path has no package: start it as a module from the project's root, with \
                        `\"python3\", \"-m\", \"package.module\"`"
            .to_owned(),
        Way::Files => format!("the provider imports each file on its own, so relative imports fail: {SCRIPT}"),
        Way::Loader | Way::History => "the file is imported as a module without a package: name the package that it belongs to, such as \
                        `sqlalchemy://app.models`"
            .to_owned(),
    })
}

fn annotations(failed: &Failed<'_>, _: &str) -> Option<String> {
    (failed.way == Way::Files).then(|| {
        format!(
            "with `from __future__ import annotations` SQLAlchemy looks annotations up in their module, and the provider \
             imports each file under a name of its own: {SCRIPT}"
        )
    })
}

fn defined_twice(failed: &Failed<'_>, _: &str) -> Option<String> {
    Some(match failed.way {
        Way::Script | Way::Loader | Way::History => "a file is imported under two names, such as `models` and `app.models`: import it by one of them everywhere"
            .to_owned(),
        Way::Files => format!(
            "the provider imports each file by its path, and other files import it by its name, so its tables are defined \
             twice: {SCRIPT}"
        ),
    })
}

fn circle(failed: &Failed<'_>, _: &str) -> Option<String> {
    let break_it =
        "move one of their imports into the function that needs it, or under `if TYPE_CHECKING:`";
    Some(match failed.way {
        Way::Script | Way::Loader | Way::History => {
            format!("two modules import each other: {break_it}")
        }
        Way::Files => format!(
            "two modules import each other: {break_it}. Where the project itself imports them in an order that works, {SCRIPT}"
        ),
    })
}

fn app_context(failed: &Failed<'_>, _: &str) -> Option<String> {
    let how = match failed.way {
        Way::History => {
            let setting = (failed.setting)("app", "shop:create_app");
            return Some(format!("the history needs the application: name it, as {setting}"));
        }
        Way::Loader => format!(
            "name it, as {} or `sqlalchemy://shop.models?app=shop:create_app`",
            (failed.setting)("app", "shop:create_app")
        ),
        _ => {
            "use a script that makes the app, and calls `print_ddl` within `with app.app_context():`"
                .to_owned()
        }
    };
    Some(format!(
        "the models need the app when they are imported: {how}"
    ))
}

fn settings(failed: &Failed<'_>, _: &str) -> Option<String> {
    if failed.way == Way::History {
        let hint = "settings that the history reads are missing: set their variables where trueup runs; of a database's URL \
                    only the kind counts, since it is not connected to";
        return Some(hint.to_owned());
    }
    Some(
        "settings that the models read when they are imported are missing or not valid: set their variables where trueup \
         runs; to print DDL any value of their form will do"
            .to_owned(),
    )
}

/// `os.environ["X"]`; names in capital letters are of no other dictionary.
fn variable(failed: &Failed<'_>, line: &str) -> Option<String> {
    let name = line.split('\'').nth(1)?;
    let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    (!name.is_empty() && name.chars().all(plain)).then(|| match failed.way {
        Way::History => format!(
            "the history reads the variable `{name}`: set it where trueup runs; of a database's URL only the kind counts, since \
             it is not connected to"
        ),
        _ => format!(
            "the models read the variable `{name}` when they are imported: set it where trueup runs; to print DDL any value \
             will do"
        ),
    })
}

fn connection(_: &Failed<'_>, _: &str) -> Option<String> {
    Some(
        "a module connects to a database when it is imported: let it do so in a function that is called later, or under \
         `if __name__ == \"__main__\":`"
            .to_owned(),
    )
}

fn missing_file(failed: &Failed<'_>, _: &str) -> Option<String> {
    Some(format!(
        "paths start from `{}`, where the program runs; `working_dir` changes that",
        failed.work.display()
    ))
}

fn missing_module(failed: &Failed<'_>, line: &str) -> Option<String> {
    let module = line.split('\'').nth(1)?;
    let top = module.split('.').next().unwrap_or_default();
    if failed.way == Way::Loader {
        return missing_for_loader(failed, module, top);
    }
    if let Some(root) = project_root(module, failed.work) {
        let path = module
            .split('.')
            .fold(root.clone(), |path, part| path.join(part));
        let shown = match root.strip_prefix(failed.work) {
            Ok(inner) if inner.as_os_str().is_empty() => Path::new("."),
            Ok(inner) => inner,
            Err(_above) => &root,
        };
        return Some(match path.exists() || path.with_extension("py").exists() {
            true => format!(
                "`{top}` is of this project, and Python does not look for it in `{0}`: put `\"env\", \"PYTHONPATH={0}\"` in \
                 front of the program",
                shown.display()
            ),
            false => format!(
                "`{top}` is of this project, and has no `{module}`: is the import right, and was the file committed?"
            ),
        });
    }
    let package = package_of(top);
    if let Some(how) = failed.how_to_add {
        return Some(missing_package(how, package.unwrap_or("PACKAGE")));
    }
    let python = matches!(failed.name, "python" | "python3");
    if python && failed.work.join(".venv/bin/python").exists() {
        return Some(format!(
            "`{}` is not the Python of this project: write `.venv/bin/python` instead",
            failed.name
        ));
    }
    let install = match package {
        Some(package) => format!(
            "install it where `{}` runs (`pip install {package}`)",
            failed.name
        ),
        None => format!(
            "install the package that has `{top}` where `{}` runs",
            failed.name
        ),
    };
    Some(format!(
        "{install}, or start the program with `\"uv\", \"run\"` or `\"poetry\", \"run\"` in front; a module of the project \
         itself is found with `\"env\", \"PYTHONPATH=DIRECTORY\"` in front"
    ))
}

/// The loader finds the project's own modules by itself, and runs in the project's environment if it can find that.
fn missing_for_loader(failed: &Failed<'_>, module: &str, top: &str) -> Option<String> {
    if project_root(module, failed.work).is_some() {
        return Some(format!(
            "`{top}` is of this project, and has no `{module}`: is the import right, and was the file committed?"
        ));
    }
    let package = package_of(top);
    if let Some(how) = failed.how_to_add {
        return Some(missing_package(how, package.unwrap_or("PACKAGE")));
    }
    Some(format!(
        "install {} where `{}` runs, or name the project's Python: {}",
        package.map_or_else(
            || format!("the package that has `{top}`"),
            |package| format!("`{package}`")
        ),
        failed.name,
        (failed.setting)("python", ".venv/bin/python")
    ))
}

/// The project's packages were installed, and this one is not among them.
pub(super) fn missing_package(how_to_add: &str, package: &str) -> String {
    let add = how_to_add.replace("{}", package);
    format!("it is not among the packages that were installed for the project: add {add}")
}

/// The project directory that contains a package or module, the nearest to where the program runs.
fn project_root(module: &str, work: &Path) -> Option<PathBuf> {
    let mut parts = module.split('.');
    let top = parts.next().filter(|top| !top.is_empty())?;
    let next = parts.next();
    let mut level = vec![work.to_owned()];
    for _depth in 0..3 {
        let has = |dir: &&PathBuf| {
            is_package(&dir.join(top), next) || dir.join(format!("{top}.py")).is_file()
        };
        if let Some(found) = level.iter().find(has) {
            return Some(found.clone());
        }
        let inner = level
            .iter()
            .filter_map(|dir| dir.read_dir().ok())
            .flatten()
            .flatten();
        let mut next: Vec<PathBuf> = inner
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
            .map(|entry| entry.path())
            .filter(|dir| {
                let hidden = dir
                    .file_name()
                    .is_some_and(|name| name.to_string_lossy().starts_with('.'));
                !hidden && !dir.join("pyvenv.cfg").exists() && !dir.ends_with("node_modules")
            })
            .collect();
        next.sort();
        level = next;
    }
    None
}

/// Whether a directory is a package: others, such as one with a server's settings, are called as packages are, too.
fn is_package(dir: &Path, part: Option<&str>) -> bool {
    let python = |path: PathBuf| path.extension().is_some_and(|extension| extension == "py");
    part.is_some_and(|part| dir.join(part).is_dir())
        || dir
            .read_dir()
            .is_ok_and(|entries| entries.flatten().any(|entry| python(entry.path())))
}

/// The package that a module or program of a database's or a web app's world comes in. Of others the name is not certain.
pub(super) fn package_of(module: &str) -> Option<&str> {
    Some(match module {
        "atlas-provider-sqlalchemy" | "atlas_provider_sqlalchemy" => "atlas-provider-sqlalchemy",
        "psycopg2" => "psycopg2-binary",
        "MySQLdb" => "mysqlclient",
        "yaml" => "pyyaml",
        "dotenv" => "python-dotenv",
        "flask_sqlalchemy" => "flask-sqlalchemy",
        "pydantic_settings" => "pydantic-settings",
        "sqlalchemy_utils" => "sqlalchemy-utils",
        "aiomysql" | "aiosqlite" | "alembic" | "asyncmy" | "asyncpg" | "fastapi" | "flask"
        | "geoalchemy2" | "greenlet" | "pgvector" | "psycopg" | "pydantic" | "pymysql"
        | "sqlalchemy" | "sqlmodel" => module,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(stderr: &str, command: &[&str], work: &Path) -> String {
        let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
        let program = Program::read(&command, work);
        let failed = Failed {
            stderr,
            name: &command[0],
            way: Way::of(&program),
            work,
            how_to_add: None,
            setting: &|name, value| format!("`{name}: {value}`"),
        };
        advice(&failed).unwrap_or_default()
    }

    const PROVIDER: &[&str] = &["atlas-provider-sqlalchemy", "--path", "db"];

    #[test]
    fn what_only_the_provider_meets_leads_to_a_script() {
        let work = tempfile::tempdir().unwrap();
        std::fs::write(work.path().join("load.py"), "import a\n").unwrap();
        for (said, provider, script) in [
            (
                "ImportError: attempted relative import with no known parent package in db/a.py",
                "relative imports fail",
                "-m",
            ),
            (
                "ModuleNotFoundError: No module named 'atlas_dynamic_module_1'",
                "relative imports fail",
                "-m",
            ),
            (
                "MappedAnnotationError: Could not interpret annotation Mapped[int].  Check",
                "`from __future__",
                "",
            ),
            (
                "InvalidRequestError: Table 'b' is already defined for this MetaData instance.",
                "defined twice",
                "two names",
            ),
            (
                "ImportError: cannot import name 'Hue' from partially initialized module 'db.enums'",
                "TYPE_CHECKING",
                "TYPE_CHECKING",
            ),
        ] {
            let hint = told(said, PROVIDER, work.path());
            assert!(
                hint.contains(provider) && hint.contains("load_models.py"),
                "{hint}"
            );
            let hint = told(said, &["python3", "load.py"], work.path());
            assert!(
                hint.contains(script) && !hint.contains("load_models.py"),
                "{hint}"
            );
        }
    }

    #[test]
    fn what_a_module_needs_when_it_is_imported_is_named() {
        for (said, part) in [
            (
                "RuntimeError: Working outside of application context.\n\nThis typically",
                "app.app_context()",
            ),
            ("KeyError: 'DATABASE_URL' in db/models.py", "`DATABASE_URL`"),
            (
                "ValidationError: 1 validation error for Settings\nurl\n  Field required",
                "settings",
            ),
            (
                "sqlalchemy.exc.OperationalError: (x) connection failed",
                "connects to a database",
            ),
            (
                "FileNotFoundError: [Errno 2] No such file or directory: 'settings.toml'",
                "`working_dir`",
            ),
            ("KeyError: 'name'", ""),
            ("SyntaxError: invalid syntax", ""),
        ] {
            let hint = told(said, PROVIDER, Path::new("."));
            assert!(
                hint.contains(part) && hint.is_empty() == part.is_empty(),
                "{said}: {hint}"
            );
        }
    }

    #[test]
    fn a_missing_module_is_the_projects_or_a_packages() {
        let work = tempfile::tempdir().unwrap();
        for dir in ["google", "src/shop/models", "venv/jose", "redis"] {
            std::fs::create_dir_all(work.path().join(dir)).unwrap();
        }
        for file in [
            "google/a.py",
            "src/shop/a.py",
            "venv/pyvenv.cfg",
            "redis/redis.conf",
        ] {
            std::fs::write(work.path().join(file), "").unwrap();
        }
        for (module, part) in [
            ("google", "`\"env\", \"PYTHONPATH=.\"`"),
            ("shop.models", "`\"env\", \"PYTHONPATH=src\"`"),
            ("shop.orders", "has no `shop.orders`"),
            ("jose", "install the package that has `jose` where"),
            (
                "redis.asyncio",
                "install the package that has `redis` where",
            ),
            ("psycopg2", "`pip install psycopg2-binary`"),
        ] {
            let said = format!("ModuleNotFoundError: No module named '{module}' in db/a.py");
            let hint = told(&said, PROVIDER, work.path());
            assert!(hint.contains(part), "{module}: {hint}");
            assert_eq!(hint.contains("pip install"), module == "psycopg2", "{hint}");
        }
    }
}
