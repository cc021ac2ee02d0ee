//! What the models' SQL needs and does not make: who makes it, and what to do so that both states have it.

use super::object;
use crate::dialect::Profile;
use crate::engine::script::ScriptError;
use crate::migration::Dir;
use crate::sql::shorten;

/// Something that an engine did not find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// Its name, as the engine says it.
    name: String,
    /// The extension that has it.
    extension: Option<&'static str>,
    /// It is a schema.
    schema: bool,
}

impl Need {
    /// What an error is about, if it is about something that is not there.
    pub fn of(error: &ScriptError, dialect: &Profile) -> Option<Self> {
        let code = error.code.as_deref()?;
        if !dialect.errors.absent.contains(&code) {
            return None;
        }
        let quoted = error.message.split('"').nth(1).map(str::to_owned);
        let called = || {
            let (before, _) = error.message.split_once('(')?;
            before.rsplit(' ').next().map(str::to_owned)
        };
        let name = quoted.or_else(called)?;
        let bare = bare(&name);
        let bundled = dialect
            .errors
            .bundled
            .iter()
            .find(|(member, _)| member.eq_ignore_ascii_case(bare));
        Some(Self {
            extension: bundled.map(|(_, extension)| *extension),
            schema: error.message.starts_with("schema "),
            name,
        })
    }

    /// What to do: `src` names the sources with one more before them, which makes what is missing.
    pub fn hint(&self, dir: &Dir, dialect: &Profile, src: &str) -> Option<String> {
        let file = format!("put it into a file that comes before the models: {src}");
        if let Some((place, statement)) = self.maker(dir, dialect) {
            return Some(format!(
                "the migrations make `{}` ({place}: `{}`), and the models' SQL does not: {file}",
                self.name,
                shorten(&statement, 60),
            ));
        }
        if self.schema {
            return Some(format!(
                "nothing makes it: write `CREATE SCHEMA {}`, and {file}",
                quoted(&self.name, dialect.quote)
            ));
        }
        let extension = self.extension?;
        Some(format!(
            "neither the models' SQL nor the migrations make it: write `CREATE EXTENSION \"{extension}\"` into a migration \
             (`trueup migrate new --edit`), and {file}"
        ))
    }

    /// The first statement of the migrations that makes it, with its place.
    fn maker(&self, dir: &Dir, dialect: &Profile) -> Option<(String, String)> {
        let names = [Some(bare(&self.name)), self.extension];
        dir.replay_files(&dialect.scan).iter().find_map(|file| {
            let script = file.statements(&dialect.scan).ok()?;
            let made = script.statements.into_iter().find(|statement| {
                object::made(&statement.text).is_some_and(|made| {
                    names
                        .iter()
                        .flatten()
                        .any(|name| made.eq_ignore_ascii_case(name))
                })
            })?;
            Some((
                format!("{}:{}", file.path().display(), made.start),
                made.text,
            ))
        })
    }
}

/// A name in quotes where it needs them.
fn quoted(name: &str, quote: char) -> String {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.chars().all(plain) && !name.starts_with(|c: char| c.is_ascii_digit()) {
        return name.to_owned();
    }
    let inside = name.replace(quote, &format!("{quote}{quote}"));
    format!("{quote}{inside}{quote}")
}

/// A name without its schema.
fn bare(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect;

    fn hint(code: &str, message: &str, migration: &str) -> Option<String> {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("1.sql"), migration).unwrap();
        let dir = Dir::open(root.path()).unwrap();
        let error = ScriptError {
            name: "x".into(),
            pos: None,
            message: message.into(),
            statement: None,
            offset: None,
            code: Some(code.into()),
            detail: None,
            hint: None,
        };
        let mut profiles = dialect::ALL.iter().map(|dialect| dialect.profile());
        let profile = profiles.find(|profile| profile.name == "postgres").unwrap();
        Need::of(&error, profile)?.hint(&dir, profile, "SRC")
    }

    #[test]
    fn what_the_migrations_make_is_named() {
        for (code, message, statement) in [
            (
                "42704",
                "type \"citext\" does not exist",
                "CREATE EXTENSION IF NOT EXISTS citext;",
            ),
            (
                "42704",
                "operator class \"gin_trgm_ops\" does not exist for access method \"gin\"",
                "create extension pg_trgm;",
            ),
            (
                "42883",
                "function public.uuid_generate_v4() does not exist",
                "CREATE EXTENSION \"uuid-ossp\";",
            ),
            (
                "42704",
                "type \"app.email\" does not exist",
                "CREATE DOMAIN app.email AS text;",
            ),
            (
                "42883",
                "function gen_ref() does not exist",
                "CREATE OR REPLACE FUNCTION gen_ref() RETURNS text LANGUAGE sql AS 'SELECT 1';",
            ),
            (
                "3F000",
                "schema \"ops\" does not exist",
                "CREATE SCHEMA IF NOT EXISTS ops;",
            ),
            (
                "42P01",
                "relation \"n\" does not exist",
                "CREATE SEQUENCE n;",
            ),
        ] {
            let told = hint(
                code,
                message,
                &format!("CREATE TABLE a (id int);\n{statement}"),
            )
            .unwrap();
            assert!(told.contains("1.sql:2:1: `"), "{told}");
            assert!(told.ends_with("before the models: SRC"), "{told}");
        }
    }

    #[test]
    fn what_nobody_makes() {
        let other = "CREATE TABLE citext (id int);";
        let told = hint("42704", "type \"citext\" does not exist", other).unwrap();
        assert!(
            told.contains("`CREATE EXTENSION \"citext\"` into a migration"),
            "{told}"
        );
        let told = hint("3F000", "schema \"ops\" does not exist", other).unwrap();
        assert!(told.contains("`CREATE SCHEMA ops`"), "{told}");
        let told = hint("3F000", "schema \"Ops-1\" does not exist", other).unwrap();
        assert!(told.contains("`CREATE SCHEMA \"Ops-1\"`"), "{told}");
        assert_eq!(
            hint("42704", "type \"nothing\" does not exist", other),
            None
        );
        assert_eq!(
            hint("42601", "syntax error at or near \"citext\"", other),
            None
        );
    }
}
