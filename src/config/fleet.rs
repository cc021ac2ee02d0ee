//! An environment that is many databases of the same migrations: what its `for_each` says.
//!
//! Which they are may be known to a database only. Nothing connects here: what is to be asked is an error's [`Question`], and
//! the settings are read again with its [`Answer`].

use std::collections::BTreeMap;

use super::env::{Fleet, Located, Member};
use super::error::{ConfigError, Question};
use super::url::DbUrl;

/// Placeholder for a database's name in the common URL.
pub const EACH: &str = "${each}";

/// A name that can't be in a URL by itself, while its parts are told.
const MARK: &str = "trueup-each-0";

/// The first column of a query's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub question: Question,
    pub values: Vec<String>,
}

/// What is looked at besides one database.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) answers: &'a [Answer],
    /// `--url`, if it stands for all.
    pub(super) url: Option<&'a str>,
}

impl Asked<'_> {
    /// The answer to a question; without one, the error that asks it.
    pub(super) fn answer(&self, question: Question) -> Result<Vec<String>, ConfigError> {
        let mut known = self.answers.iter();
        match known.find(|answer| answer.question == question) {
            Some(answer) => Ok(answer.values.clone()),
            None => Err(ConfigError::ask(question)),
        }
    }
}

/// The databases of these names, each once. What is a URL itself is called by what it names.
///
/// # Errors
/// When there are none, a name is empty, or `url` makes no URL of it.
pub(super) fn fleet(
    names: Vec<String>,
    url: impl Fn(&str) -> Result<Option<Located<DbUrl>>, ConfigError>,
) -> Result<Fleet, ConfigError> {
    let mut members: BTreeMap<String, Option<Located<DbUrl>>> = BTreeMap::new();
    for value in names {
        let value = value.trim();
        if value.is_empty() {
            return Err(ConfigError::new("`for_each` has an empty name"));
        }
        let name = shown(value);
        let url = url(value)?;
        if members.get(&name).is_some_and(|known| *known != url) {
            let message = format!("`for_each` has two databases called `{name}`");
            let hint = "a map gives them names: `{ name = \"postgres://…\" }`";
            return Err(ConfigError::new(message).hint(hint));
        }
        members.insert(name, url);
    }
    if members.is_empty() {
        let error = ConfigError::new("`for_each` names no database");
        return Err(error.hint("an empty list is refused: it may be a mistake"));
    }
    let members = members.into_iter();
    Ok(Fleet {
        members: members.map(|(name, url)| Member { name, url }).collect(),
    })
}

/// What a database is called whose key is a URL: the part of it that is not a secret.
fn shown(value: &str) -> String {
    match DbUrl::parse(value) {
        Ok(url) if value.contains("://") => {
            let schema = url.param("search_path").unwrap_or_default();
            let path = url.path().rsplit('/').next().unwrap_or_default();
            let parts = [url.host(), path, schema].into_iter();
            let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
            parts.join("/")
        }
        _ => value.to_owned(),
    }
}

/// The URL of a database: the one of all with its name in place, escaped, so that no name leads to another server. A text that
/// is nothing but the name is the URL itself.
pub(super) fn url_of(template: &str, value: &str) -> Result<DbUrl, ConfigError> {
    let text = match template.trim() == EACH {
        true => value.to_owned(),
        false => template.replace(EACH, &super::url::escape(value)),
    };
    DbUrl::parse(&text).map_err(|error| {
        let error = ConfigError::from(error);
        ConfigError::new(format!(
            "the URL of `{}`: {}",
            shown(value),
            error.message()
        ))
        .maybe_hint(error.hint_text().map(str::to_owned))
    })
}

/// The database that knows the others where none is named: the server of their URL, without the part that tells them apart.
pub(super) fn shared(template: &str, database: Option<&str>) -> Result<DbUrl, ConfigError> {
    let which = "say which database is asked: `database`, of the same server, or `url`";
    let unclear = |why: &str| Err(ConfigError::new(why).hint(which));
    if template.trim() == EACH {
        return unclear("the query of `for_each` has no database");
    }
    let mut url = url_of(template, MARK)?;
    let varies = |text: &str| text.contains(MARK);
    if varies(url.host()) || url.user().is_some_and(varies) {
        return unclear("the databases of `for_each` are on several servers");
    }
    match database {
        Some(name) => url = url.with_path(&format!("/{name}")),
        None if varies(url.path()) => url = url.with_path(""),
        None => {}
    }
    let parameters = url.query().iter();
    let parameters: Vec<String> = parameters
        .filter(|(_, value)| varies(value))
        .map(|(key, _)| key.clone())
        .collect();
    Ok(parameters
        .iter()
        .fold(url, |url, key| url.with_param(key, None)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Request, resolve};

    #[test]
    fn a_name_stays_in_its_place() {
        let url = |template: &str, value: &str| url_of(template, value).unwrap();
        let found = url(
            "postgres://me:pw@db/${each}?sslmode=require",
            "a/b?host=evil",
        );
        assert_eq!((found.host(), found.param("host")), ("db", None));
        let found = url("postgres://db/app?search_path=${each}", "x&host=evil");
        assert_eq!(found.param("search_path"), Some("x&host=evil"));
        assert_eq!(url("mysql://db/${each}", "tenant_1").path(), "/tenant_1");
        assert_eq!(url("${each}", "sqlite://a.db").scheme(), "sqlite");
        assert!(
            url_of("db/${each}", "x")
                .is_err_and(|error| { error.message().starts_with("the URL of `x`") })
        );
    }

    #[test]
    fn urls_as_keys_are_not_shown() {
        for (value, name) in [
            ("tenant 1", "tenant 1"),
            ("sqlite://tenants/t1.db", "tenants/t1.db"),
            (
                "postgres://me:secret@eu.db:5433/app?search_path=a",
                "eu.db/app/a",
            ),
        ] {
            assert_eq!(shown(value), name);
        }
        let found = |names: &[&str]| {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            fleet(names, |value| {
                let url = url_of("${each}", value)?;
                let origin = super::super::error::Origin::Flag("--url");
                Ok(Some(Located { value: url, origin }))
            })
        };
        let twice = found(&["mysql://db/a", "mysql://db/a"]).unwrap();
        assert_eq!(twice.members.len(), 1);
        assert!(found(&["mysql://db:1/a", "mysql://db:2/a"]).is_err());
        assert!(found(&[]).is_err() && found(&[" "]).is_err());
    }

    #[test]
    fn the_database_that_is_asked_is_on_the_same_server() {
        let url = |template: &str, database| shared(template, database).map(|url| url.to_string());
        let db = "postgres://me@db/app?search_path=${each}&sslmode=require";
        assert_eq!(
            url(db, None).unwrap(),
            "postgres://me@db/app?sslmode=require"
        );
        let one = "postgres://me@db/${each}";
        assert_eq!(
            url(one, Some("control")).unwrap(),
            "postgres://me@db/control"
        );
        assert_eq!(url(one, None).unwrap(), "postgres://me@db");
        assert!(url("postgres://${each}.db/app", Some("control")).is_err());
        assert!(url("${each}", None).is_err());
    }

    /// The databases of env `tenants`, as `name url`, or the message of the error.
    fn read(name: &str, text: &str, answers: &[Answer]) -> Result<Vec<String>, ConfigError> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(name), text).unwrap();
        let request = Request {
            env: Some("tenants".into()),
            answers: Some(answers.to_vec()),
            ..Request::default()
        };
        let set = |name: &str| (name == "HOST").then(|| "db".to_owned());
        let env = resolve(&request, dir.path(), &set)?;
        let members = env.fleet.expect("a fleet").members.into_iter();
        let member = |one: Member| format!("{} {}", one.name, one.url.expect("a URL").value);
        Ok(members.map(member).collect())
    }

    fn yaml(rest: &str) -> Result<Vec<String>, ConfigError> {
        read("trueup.yaml", &format!("envs:\n  tenants:\n{rest}"), &[])
    }

    #[test]
    fn trueup_yaml_names_them() {
        let found = yaml("    for_each: [b, a/c]\n    url: mysql://${HOST}/${each}\n");
        assert_eq!(found.unwrap(), ["a/c mysql://db/a/c", "b mysql://db/b"]);
        for (rest, message) in [
            (
                "    for_each: [a]\n    url: mysql://db/app\n",
                "`url` is the same for all databases of `for_each`",
            ),
            (
                "    for_each: tenants.txt\n    url: mysql://db/${each}\n",
                "`for_each` is a list of names",
            ),
            (
                "    for_each: {}\n    url: mysql://db/${each}\n",
                "`for_each` has either a `file` or a `query`",
            ),
            (
                "    for_each: []\n    url: mysql://db/${each}\n",
                "`for_each` names no database",
            ),
            (
                "    for_each: [a]\n    url: mysql://db/${each}\n    dev: mysql://dev/${each}\n",
                "`${each}` has no meaning here",
            ),
        ] {
            assert_eq!(yaml(rest).unwrap_err().message(), message, "{rest}");
        }
    }

    #[test]
    fn atlas_hcl_names_them() {
        let file = |rest: &str| {
            let data =
                "data \"sql\" \"t\" {\n  url   = \"mysql://db\"\n  query = \"SELECT 1\"\n}\n";
            format!("{data}env \"tenants\" {{\n{rest}}}\n")
        };
        let plain = file(
            "  for_each = toset([\"b\", \"a\"])\n  url = \"mysql://db/${each.value}\"\n  tenant = each.key\n",
        );
        let found = read("atlas.hcl", &plain, &[]);
        assert_eq!(found.unwrap(), ["a mysql://db/a", "b mysql://db/b"]);
        let map = file("  for_each = { eu = \"mysql://me:secret@eu/app\" }\n  url = each.value\n");
        assert_eq!(
            read("atlas.hcl", &map, &[]).unwrap(),
            ["eu mysql://me:***@eu/app"]
        );

        let asks = file(
            "  for_each = try(data.sql.t.values, [\"none\"])\n  url = urlsetpath(\"mysql://db\", each.value)\n",
        );
        let error = read("atlas.hcl", &asks, &[]).unwrap_err();
        let question = error.question().expect("a question").clone();
        assert_eq!(question.query, "SELECT 1");
        let values = vec!["x".to_owned()];
        let answer = Answer { question, values };
        assert_eq!(
            read("atlas.hcl", &asks, &[answer]).unwrap(),
            ["x mysql://db/x"]
        );
        // The models of an environment are one.
        let other =
            file("  for_each = data.sql.t.values\n  url = each.value\n  schemas = [each.value]\n");
        let request = Request::default();
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("atlas.hcl"), &other).unwrap();
        let request = Request {
            env: Some("tenants".into()),
            ..request
        };
        let error = resolve(&request, dir.path(), &|_| None).unwrap_err();
        assert!(
            error
                .message()
                .starts_with("`each` is a database of `for_each`"),
            "{error}"
        );
    }
}
