//! What can be told of the program that prints the models' SQL from its command line: which it is, for which database it
//! prints, where its models are; and what of its output is not SQL of the dev database.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::models::{ModelFiles, read_short};
use super::{Printed, object, python};
use crate::dialect::{self, Profile};
use crate::sql::{ScanOptions, scan};

/// The official provider, as a command and as a module.
const PROVIDER: [&str; 2] = ["atlas-provider-sqlalchemy", "atlas_provider_sqlalchemy"];

/// Its function for scripts.
const PRINT: &str = "print_ddl";

/// Drivers for which SQLAlchemy doubles no `%`.
const SINGLE_PERCENT: &[&str] = &[
    "asyncpg",
    "pg8000",
    "mariadbconnector",
    "mysqlconnector",
    "pyodbc",
];

/// A script that is longer is not read.
const MAX_SCRIPT: u64 = 1 << 18;

/// How a script replaces the provider's import of each file.
pub(super) const SCRIPT: &str = "use a script that imports the models as the project does and calls `print_ddl` for each \
                                 Base, as the program `python3 load_models.py`";

/// A program, as its command line and its script describe it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Program {
    /// It is the official provider, or a script that calls it.
    pub(super) official: bool,
    /// It imports all files under these paths, each on its own.
    pub(super) paths: Vec<PathBuf>,
    /// What SQLAlchemy calls the dialect that it prints, with a driver; a script may know several.
    dialects: Vec<String>,
    /// It leaves out files that can't be imported.
    skips_errors: bool,
    /// The script mentions `%%`, so that it handles `%` itself.
    minds_percent: bool,
    /// Where the modules are that the script imports.
    modules: Vec<PathBuf>,
}

impl Program {
    /// Reads a command line of a program that runs in `work`.
    pub(super) fn read(command: &[String], work: &Path) -> Self {
        // A shell's `-c` has the provider's whole command line in one word.
        let whole =
            |word: &&String| !(word.contains(PROVIDER[0]) && word.contains(char::is_whitespace));
        let words: Vec<&str> = command
            .iter()
            .flat_map(|word| match whole(&word) {
                true => vec![word.as_str()],
                false => shell_words(word).collect(),
            })
            .collect();
        let is_provider = |word: &&str| {
            let name = word.rsplit('/').next().unwrap_or(word);
            PROVIDER
                .iter()
                .any(|known| name.split('.').next() == Some(known))
        };
        if words.iter().any(is_provider) {
            let mut paths: Vec<PathBuf> = values(&words, "--path")
                .iter()
                .map(|path| work.join(path))
                .collect();
            // A shell may have gone elsewhere.
            if paths.is_empty() && command.iter().all(|word| whole(&word)) {
                paths.push(work.to_owned());
            }
            let tree = tree(work);
            let skips_errors = words.contains(&"--skip-errors");
            return Self {
                official: true,
                dialects: dialects(values(&words, "--dialect")),
                paths: paths
                    .into_iter()
                    .filter(|path| within(path, &tree))
                    .collect(),
                skips_errors,
                minds_percent: command.iter().any(|word| word.contains("%%")),
                ..Self::default()
            };
        }
        let modules = values(&words, "-m").into_iter().flat_map(|name| {
            let path = name.replace('.', "/");
            [format!("{path}.py"), format!("{path}/__main__.py")]
        });
        let rest = command.iter().skip(1);
        let parts = rest.clone().flat_map(|word| shell_words(word));
        let mut files: Vec<String> = modules
            .chain(rest.cloned())
            .chain(parts.map(str::to_owned))
            .collect();
        // Runners take files of other kinds, such as `--env-file`, before the script.
        files.sort_by_key(|file| !is_python(Path::new(file)));
        let script = files.into_iter().find_map(|file| {
            let path = work.join(file);
            Some((read_short(&path, MAX_SCRIPT)?, path))
        });
        match script {
            Some((text, path)) => Self::of_script(&text, &path, work),
            None => Self::default(),
        }
    }

    fn of_script(text: &str, path: &Path, work: &Path) -> Self {
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'));
        let words: Vec<&str> = code.flat_map(shell_words).collect();
        let mut modules: Vec<PathBuf> = Vec::new();
        let printed = if is_python(path) {
            let beside = path.parent().unwrap_or(work);
            let imported = python::imports(text);
            let tree = tree(work);
            let found = imported
                .iter()
                .filter_map(|name| module(name, &[beside, work, &work.join("src")]));
            modules.extend(found.filter(|path| within(path, &tree)));
            modules.push(path.to_owned());
            modules.sort();
            modules.dedup();
            python::first_arguments(text, PRINT)
        } else {
            values(&words, "--dialect")
        };
        let known = [PROVIDER[0], PROVIDER[1], PRINT];
        Self {
            official: words
                .iter()
                .any(|word| known.iter().any(|name| word.contains(name))),
            dialects: dialects(printed),
            minds_percent: text.contains("%%"),
            modules,
            ..Self::default()
        }
    }

    /// It is a Python script of the user's.
    pub(super) fn is_script(&self) -> bool {
        !self.modules.is_empty()
    }

    /// Where its models are.
    pub(super) fn models(&self) -> ModelFiles {
        let by_hand = "where the table is to go, remove its class, or drop it in a migration of your own (`trueup migrate \
                       new --edit`)";
        let why = match (self.paths.is_empty(), self.skips_errors) {
            (true, _) => "does the script import that module, and print the Base that it belongs to? `print_ddl` takes \
                          one Base a call"
                .to_owned(),
            (false, true) => format!(
                "`--skip-errors` leaves out files that can't be imported: run the provider without it to see which, or \
                 {SCRIPT}"
            ),
            (false, false) => format!(
                "the provider prints only one of several MetaData, picked at random: {SCRIPT}"
            ),
        };
        ModelFiles {
            roots: [&self.paths[..], &self.modules].concat(),
            whole: !self.paths.is_empty(),
            way_out: format!("{why}; {by_hand}"),
            ..ModelFiles::default()
        }
    }

    /// The names of dialects and drivers that it prints for.
    fn targets(&self) -> impl Iterator<Item = (&str, &str)> {
        let names = self.dialects.iter();
        names.map(|name| name.split_once('+').unwrap_or((name, "")))
    }

    /// What it calls the dialect that it prints, where that is another than the dev database's.
    pub(super) fn other_dialect(&self, dev: &Profile) -> Option<&str> {
        let ours = |name: &str| dev.models.names.contains(&name);
        let (first, _) = self.targets().next()?;
        self.targets().all(|(name, _)| !ours(name)).then_some(first)
    }

    /// Its output with the `%` that the models have. The official provider prints what SQLAlchemy writes for a driver,
    /// which takes `%%` for `%`.
    pub(super) fn percent<'t>(&self, text: &'t str, dev: &Profile) -> Cow<'t, str> {
        match self.official && self.doubles_percent(dev) {
            true => Cow::Owned(text.replace("%%", "%")),
            false => Cow::Borrowed(text),
        }
    }

    /// SQLAlchemy doubles `%` for the driver, and nothing undoes it.
    fn doubles_percent(&self, dev: &Profile) -> bool {
        let mut ours = self
            .targets()
            .filter(|(name, _)| dev.models.names.contains(name));
        let single = ours.any(|(_, driver)| SINGLE_PERCENT.contains(&driver));
        dev.models.doubles_percent && !self.minds_percent && !single
    }

    /// What is to be known of its output, once the dev database is.
    pub(super) fn printed(&self, dev: &Profile) -> Printed {
        Printed {
            models: self.models(),
            joins_lines: self.official,
            doubtful_percent: !self.official && self.is_script() && self.doubles_percent(dev),
            warnings: Vec::new(),
        }
    }
}

/// The values of a flag, as `--flag value` and `--flag=value`.
fn values<'w>(words: &[&'w str], flag: &str) -> Vec<&'w str> {
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        match word.strip_prefix(flag) {
            Some("") => found.extend(words.get(at + 1).copied()),
            Some(rest) => found.extend(rest.strip_prefix('=')),
            None => {}
        }
    }
    found
}

/// The words of a shell's text, nearly.
fn shell_words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
        .map(|word| word.trim_matches(['"', '\'', ';']))
}

/// Names of dialects; none where one of them is made when the program runs.
fn dialects(names: Vec<&str>) -> Vec<String> {
    let plain = |c: char| c.is_alphanumeric() || "+_".contains(c);
    match names.iter().all(|name| name.chars().all(plain)) {
        true => names.into_iter().map(str::to_owned).collect(),
        false => Vec::new(),
    }
}

fn is_python(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "py")
}

/// The repository that a directory is in, or else the directory.
fn tree(work: &Path) -> PathBuf {
    let work = work.canonicalize().unwrap_or_else(|_| work.to_owned());
    let root = work.ancestors().find(|above| above.join(".git").exists());
    root.unwrap_or(&work).to_owned()
}

/// Nothing outside the repository is of the project.
fn within(path: &Path, tree: &Path) -> bool {
    path.canonicalize()
        .map_or(true, |path| path.starts_with(tree))
}

/// The package or file of a module of the project. Of nested directories that are not packages the last counts: what else
/// is in them may be other programs.
fn module(name: &str, roots: &[&Path]) -> Option<PathBuf> {
    let name = name.trim_start_matches('.');
    let parts: Vec<&str> = name.split('.').filter(|part| !part.is_empty()).collect();
    roots.iter().find_map(|root| {
        let mut path = (*root).to_owned();
        for part in &parts {
            let file = path.join(format!("{part}.py"));
            if file.is_file() {
                return Some(file);
            }
            path.push(part);
            if path.join("__init__.py").is_file() {
                return Some(path);
            }
            if !path.is_dir() {
                return None;
            }
        }
        (!parts.is_empty()).then_some(path)
    })
}

/// Text in a program's output that is not SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stray {
    pub(super) line: u32,
    pub(super) text: String,
}

/// The first text that no statement begins with: what a model prints or logs when it is imported.
pub(super) fn stray(text: &str, options: &ScanOptions) -> Option<Stray> {
    let found = |line: u32, text: &str| Stray {
        line,
        text: text
            .lines()
            .next()
            .unwrap_or_default()
            .trim_end()
            .to_owned(),
    };
    match scan(text, options) {
        Ok(script) => {
            let mut statements = script.statements.iter();
            let first = statements.find(|statement| !is_statement(&statement.text))?;
            Some(found(first.start.line, &first.text))
        }
        // A quote in it may keep the rest from being split.
        Err(_) => {
            let code =
                |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with("--");
            let at = text.lines().position(|line| code(&line))?;
            let first = text.lines().nth(at)?.trim_start();
            (!is_statement(first)).then(|| found(u32::try_from(at + 1).unwrap_or(u32::MAX), first))
        }
    }
}

/// Words that statements begin with, in any dialect.
const VERBS: &str = " ABORT ALTER ANALYSE ANALYZE ATTACH BEGIN CALL CHECKPOINT CLUSTER COMMENT COMMIT COPY CREATE DEALLOCATE \
                     DECLARE DELETE DELIMITER DETACH DISCARD DO DROP END EXEC EXECUTE EXPLAIN FLUSH GRANT IF IMPORT \
                     INSERT LOAD LOCK MERGE NOTIFY OPTIMIZE PERFORM PRAGMA PREPARE PRINT REASSIGN REFRESH REINDEX \
                     RELEASE RENAME REPLACE RESET REVOKE ROLLBACK SAVEPOINT SECURITY SELECT SET SHOW START TRUNCATE \
                     UNLOCK UPDATE USE VACUUM VALUES WITH ";

fn is_statement(text: &str) -> bool {
    // A comment that is code, a client's command, a query in parentheses, a delimiter alone.
    if text.starts_with(['/', '\\', '(', ';']) {
        return true;
    }
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_'));
    let word = &text[..end.unwrap_or(text.len())];
    !word.is_empty() && VERBS.contains(&format!(" {} ", word.to_uppercase()))
}

/// A word of a column's definition that only another dialect has: the word, that dialect, and its line.
pub(super) fn foreign_word(text: &str, dev: &Profile) -> Option<(String, &'static Profile, u32)> {
    let others: Vec<&'static Profile> = dialect::ALL
        .iter()
        .map(|dialect| dialect.profile())
        .filter(|profile| !dev.models.names.contains(&profile.models.names[0]))
        .collect();
    let owner = |word: &String| {
        let word = word.as_str();
        if dev.models.takes.contains(&word) {
            return None;
        }
        let has = |other: &&Profile| other.models.marks.contains(&word);
        others.iter().copied().find(|other| has(other))
    };
    let statements = scan(text, &dev.scan).ok()?.statements;
    statements.iter().find_map(|statement| {
        let mut words = object::defining_words(&statement.text).into_iter();
        words.find_map(|word| owner(&word).map(|owner| (word, owner, statement.start.line)))
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn of(command: &[&str], work: &Path) -> Program {
        let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
        Program::read(&command, work)
    }

    fn dev(name: &str) -> &'static Profile {
        let profiles = dialect::ALL.iter().map(|dialect| dialect.profile());
        let mut named = profiles.filter(|profile| profile.models.names[0] == name);
        named.next().unwrap()
    }

    #[test]
    fn the_provider_is_recognised() {
        let work = tempfile::tempdir().unwrap();
        let root = work.path();
        for (file, text) in [
            (
                "load.py",
                "from app.models import Base\nfrom atlas_provider_sqlalchemy.ddl import print_ddl\nprint_ddl('mysql+aiomysql', [Base])\n",
            ),
            (
                "own.py",
                "print(str(ddl).replace('%%', '%'))  # not print_ddl\n",
            ),
            ("raw.py", "print(ddl)\n"),
            (
                "raw.sh",
                "# not atlas-provider-sqlalchemy\ncat models.sql\n",
            ),
            (
                "models.sh",
                "exec atlas-provider-sqlalchemy --path app --dialect mysql+mysqlconnector\n",
            ),
            (
                "both.py",
                "print_ddl('mysql', [A]) if x else print_ddl('sqlite', [A])\n",
            ),
            ("app/__init__.py", ""),
        ] {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let (doubled, plain) = ("n %% 5 = '%%%%'", "n % 5 = '%%'");
        let provider = of(
            &[
                "uv",
                "run",
                "atlas-provider-sqlalchemy",
                "--path",
                "db",
                "--path=x",
                "--dialect",
                DOUBLED,
                "--skip-errors",
            ],
            root,
        );
        assert_eq!(provider.paths, [root.join("db"), root.join("x")]);
        assert!(provider.official && provider.skips_errors);
        assert_eq!(provider.percent(doubled, dev(DOUBLED)), plain);
        assert_eq!(provider.percent(doubled, dev(SINGLE)), doubled);
        assert_eq!(provider.other_dialect(dev(DOUBLED)), None);
        assert_eq!(provider.other_dialect(dev(SINGLE)), Some(DOUBLED));
        let script = of(&["python3", "load.py"], root);
        assert_eq!(script.modules, [root.join("app"), root.join("load.py")]);
        assert_eq!(script.percent(doubled, dev(DOUBLED)), plain);
        let doubtful = |file, name| {
            of(&["python3", file], root)
                .printed(dev(name))
                .doubtful_percent
        };
        assert!(doubtful("raw.py", DOUBLED) && !doubtful("raw.py", SINGLE));
        assert!(!doubtful("own.py", DOUBLED) && !doubtful("load.py", DOUBLED));
        let both = of(&["python3", "both.py"], root);
        assert_eq!(both.other_dialect(dev(SINGLE)), None);
        for other in ["own.py", "raw.py"] {
            assert_eq!(
                of(&["python3", other], root).percent(doubled, dev(DOUBLED)),
                doubled
            );
        }
        assert!(of(&["python3", "-m", "atlas_provider_sqlalchemy.main"], root).official);
        assert_eq!(of(&["python3", "-m", "load"], root), script);
        let runner = ["uv", "run", "--env-file", "raw.sh", "python", "load.py"];
        assert_eq!(of(&runner, root), script);
        let shell = "cd x && atlas-provider-sqlalchemy --path ./app --path / --dialect 'mysql'";
        let shell = of(&["sh", "-c", shell], root);
        assert_eq!(shell.paths, [root.join("./app")]);
        assert_eq!(
            (shell.official, &shell.dialects[..]),
            (true, &["mysql".to_owned()][..])
        );
        let shell = of(
            &["sh", "-c", "atlas-provider-sqlalchemy --dialect $D"],
            root,
        );
        assert!(shell.official && shell.paths.is_empty() && shell.dialects.is_empty());
        let shell = of(&["sh", "models.sh"], root);
        assert!(shell.official && !shell.is_script());
        assert_eq!(shell.dialects, ["mysql+mysqlconnector"]);
        assert_eq!(shell.percent(doubled, dev("mysql")), doubled);
        assert_eq!(shell.percent(doubled, dev(DOUBLED)), plain);
        assert!(!of(&["sh", "raw.sh"], root).official);
        assert_eq!(of(&["cat", "nothing.sql"], root), Program::default());
    }

    #[test]
    fn text_that_is_not_sql_is_named() {
        let options = &dev(SINGLE).scan;
        let ddl = "-- atlas:pos a[type=table] a.py:1\n\nCREATE TABLE a (id int);\n\n";
        assert_eq!(stray(ddl, options), None);
        for (text, line, word) in [
            (
                format!("loading settings...\n{ddl}"),
                1,
                "loading settings...",
            ),
            (format!("{ddl}done\n"), 5, "done"),
            (format!("can't connect\n{ddl}"), 1, "can't connect"),
            (
                format!("2026-01-01 INFO sqlalchemy.engine BEGIN (implicit)\n{ddl}"),
                1,
                "2026-01-01 INFO sqlalchemy.engine BEGIN (implicit)",
            ),
            (format!("[INFO] {{\n{ddl}"), 1, "[INFO] {"),
        ] {
            let found = stray(&text, options).unwrap();
            assert_eq!((found.line, found.text.as_str()), (line, word));
        }
        for sql in [
            "/*!40101 SET x = 1 */;",
            ";",
            "\\restrict abc\nSELECT 1;",
            "exec sp_x;",
        ] {
            assert_eq!(stray(sql, options), None, "{sql}");
        }
    }

    #[test]
    fn words_of_other_dialects_are_found_in_definitions_only() {
        let word = |sql: &str, name: &str| foreign_word(sql, dev(name)).map(|(word, ..)| word);
        for (sql, name) in [
            (
                "CREATE TABLE t (a INT GENERATED BY DEFAULT AS IDENTITY);",
                "postgresql",
            ),
            ("CREATE TABLE t (a NVARCHAR(9), b DATETIME2);", "sqlite"),
        ] {
            assert_eq!(word(sql, name), None, "{sql}");
        }
        let serial = "SELECT 1;\nCREATE TABLE a (id SERIAL NOT NULL)";
        assert_eq!(word(serial, SINGLE).as_deref(), Some("SERIAL"));
        assert_eq!(foreign_word(serial, dev(SINGLE)).unwrap().2, 2);
        assert_eq!(word(serial, DOUBLED), None);
        for sql in [
            "CREATE TABLE SERIAL (serial INTEGER, b TEXT DEFAULT 'a SERIAL', CHECK (a AND SERIAL))",
            "CREATE TABLE a (id INTEGER PRIMARY KEY, SERIAL TEXT)",
            "CREATE INDEX SERIAL ON a (b)",
            "INSERT INTO a (b SERIAL)",
        ] {
            assert_eq!(word(sql, SINGLE), None, "{sql}");
        }
        for name in ["mysql", "mariadb"] {
            assert_eq!(word(serial, name), None);
            let big = "CREATE TEMPORARY TABLE a (id BIGSERIAL)";
            assert_eq!(word(big, name).as_deref(), Some("BIGSERIAL"));
        }
    }

    /// A dialect for which SQLAlchemy doubles `%`, and which has types of its own; and one for which it does not.
    const DOUBLED: &str = "postgresql";
    const SINGLE: &str = "sqlite";
}
