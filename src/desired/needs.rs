//! What the models' SQL needs and does not make: who makes it, and what to do so that both states have it.

use std::fmt;

use crate::dialect::Profile;
use crate::engine::script::ScriptError;
use crate::migration::Dir;
use crate::schema::Realm;
use crate::sql::object::{Created, created};
use crate::sql::{has_word, shorten};

/// Something that an engine did not find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// Its name, as the engine says it.
    name: String,
    /// The extension that has it.
    extension: Option<&'static str>,
    /// It is a schema.
    schema: bool,
    /// It may only be that the user may not see it.
    denied: bool,
}

impl Need {
    /// What an error is about, if it is about something that is not there.
    pub fn of(error: &ScriptError, dialect: &Profile) -> Option<Self> {
        let code = error.code.as_deref()?;
        if dialect.errors.denied.contains(&code) {
            // `CREATE command denied to user … for table crm.t`
            let named = error.message.rsplit(' ').next()?.replace(['`', '\''], "");
            // `… for table 't'`: newer servers leave out the database that the statement names.
            let sql = error.statement.as_deref().unwrap_or_default();
            let words = sql.split(|c: char| c.is_whitespace() || "(),;".contains(c));
            let mut words = words.map(|word| word.replace('`', ""));
            let whole =
                words.find(|word| word.rsplit_once('.').is_some_and(|(_, name)| name == named));
            return Some(Self {
                name: whole.unwrap_or(named),
                extension: None,
                schema: false,
                denied: true,
            });
        }
        if !dialect.errors.absent.contains(&code) {
            return None;
        }
        let quoted = error.message.split(['"', '\'']).nth(1);
        let called = || {
            let (before, _) = error.message.split_once('(')?;
            before.rsplit(' ').next()
        };
        // `FUNCTION shop.f does not exist`
        let plain = || {
            let (before, _) = error.message.split_once(" does not exist")?;
            before.rsplit(' ').next()
        };
        let name = quoted.or_else(called).or_else(plain)?.to_owned();
        let bare = bare(&name);
        let bundled = dialect.errors.bundled.iter();
        let mut bundled = bundled.filter(|(member, _)| member.eq_ignore_ascii_case(bare));
        Some(Self {
            extension: bundled.next().map(|(_, extension)| *extension),
            schema: code == dialect.errors.no_schema,
            denied: false,
            name,
        })
    }

    /// Who is to make it, where it is not there even with all that the migrations make besides tables; `None` where that is
    /// not what it is about.
    pub fn hint(&self, dir: &Dir, dialect: &Profile, current: &Realm) -> Option<String> {
        if !self.denied {
            return Some(self.makers(dir, dialect, current));
        }
        let (schema, _) = self.name.split_once('.')?;
        let lacking = Self {
            name: schema.to_owned(),
            schema: true,
            ..self.clone()
        };
        let there = current.schema(schema).is_some();
        (!there).then(|| lacking.makers(dir, dialect, current))
    }

    fn makers(&self, dir: &Dir, dialect: &Profile, current: &Realm) -> String {
        let bare = bare(&self.name);
        let mut tables = current.schemas.iter().flat_map(|schema| &schema.tables);
        if tables.any(|table| table.name.eq_ignore_ascii_case(bare)) {
            return "only the migrations make this table, and tables are the models' own: is there a model of it that was \
                    not printed?"
                .to_owned();
        }
        if let Some((place, statement)) = self.maker(dir, dialect) {
            let leans = leans_on(&statement, current);
            return format!(
                "the migrations make it ({place}: `{}`), but it needs {leans}, which the models make: a circle. Let the \
                 models' SQL create it as well, where that is there already (SQLAlchemy's event `after_create` of a table)",
                shorten(&statement, 60),
            );
        }
        let nobody = "neither the models' SQL nor the migrations make it: write";
        if self.schema {
            let name = quoted(&self.name, dialect.quote);
            return format!(
                "{nobody} `CREATE SCHEMA {name}` into a migration (`trueup migrate new --edit`)"
            );
        }
        match self.extension {
            Some(extension) => format!(
                "{nobody} `CREATE EXTENSION \"{extension}\"` into a migration (`trueup migrate new --edit`)"
            ),
            None => format!(
                "neither the models' SQL nor the migrations make it: is it misspelt, or another database's (the models' SQL \
                 must be {}'s: `--dialect` of the provider)? If not, write a migration that makes it (`trueup migrate new \
                 --edit`)",
                dialect.display
            ),
        }
    }

    /// The first statement of the migrations that makes it, with its place.
    fn maker(&self, dir: &Dir, dialect: &Profile) -> Option<(String, String)> {
        let names = [Some(bare(&self.name)), self.extension];
        let is_it = |made: &Created| {
            let mut names = names.iter().flatten();
            names.any(|name| made.name.eq_ignore_ascii_case(name))
        };
        dir.replay_files(&dialect.scan).iter().find_map(|file| {
            let script = file.statements(&dialect.scan).ok()?;
            let mut statements = script.statements.into_iter();
            let maker =
                statements.find(|one| created(&one.text, &dialect.scan.rules).iter().any(is_it))?;
            let place = format!("{}:{}", file.path().display(), maker.start);
            Some((place, maker.text))
        })
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// The tables and types of the models that a statement names.
fn leans_on(statement: &str, current: &Realm) -> String {
    let named = current.schemas.iter().flat_map(|schema| {
        let tables = schema.tables.iter().map(|table| ("table", &table.name));
        tables.chain(schema.enums.iter().map(|value| ("type", &value.name)))
    });
    let named: Vec<String> = named
        .filter(|(_, name)| has_word(statement, name))
        .map(|(kind, name)| format!("{kind} `{name}`"))
        .collect();
    match named.is_empty() {
        true => "something".to_owned(),
        false => named.join(", "),
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
    use crate::schema::{Schema, Table};

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
        let table = Table {
            name: "fee".into(),
            ..Table::default()
        };
        let public = Schema {
            name: "public".into(),
            tables: vec![table],
            ..Schema::default()
        };
        let current = Realm {
            schemas: vec![public],
            ..Realm::default()
        };
        Need::of(&error, profile)?.hint(&dir, profile, &current)
    }

    #[test]
    fn what_the_migrations_make_too_late_is_named() {
        for (code, message, statement) in [
            (
                "42704",
                "type \"app.pair\" does not exist",
                "CREATE TYPE app.pair AS (a fee);",
            ),
            (
                "42883",
                "function last_fee() does not exist",
                "CREATE OR REPLACE FUNCTION last_fee() RETURNS SETOF fee LANGUAGE sql AS 'TABLE fee';",
            ),
        ] {
            let migration = format!("CREATE TABLE fee (id int);\n{statement}");
            let told = hint(code, message, &migration).unwrap();
            assert!(told.contains("1.sql:2:1: `"), "{told}");
            assert!(
                told.contains("needs table `fee`, which the models make"),
                "{told}"
            );
        }
    }

    #[test]
    fn what_nobody_makes() {
        let other = "CREATE TABLE citext (id int);";
        for (code, message, part) in [
            (
                "42704",
                "type \"citext\" does not exist",
                "`CREATE EXTENSION \"citext\"` into a migration",
            ),
            (
                "42883",
                "function public.uuid_generate_v4() does not exist",
                "`CREATE EXTENSION \"uuid-ossp\"`",
            ),
            (
                "3F000",
                "schema \"ops\" does not exist",
                "`CREATE SCHEMA ops`",
            ),
            (
                "3F000",
                "schema \"Ops-1\" does not exist",
                "`CREATE SCHEMA \"Ops-1\"`",
            ),
            (
                "42704",
                "type \"nothing\" does not exist",
                "write a migration that makes it",
            ),
            (
                "42P01",
                "relation \"fee\" does not exist",
                "only the migrations make this table",
            ),
        ] {
            let told = hint(code, message, other).unwrap();
            assert!(told.contains(part), "{told}");
        }
        let syntax = "syntax error at or near \"citext\"";
        assert_eq!(hint("42601", syntax, other), None);
    }
}
