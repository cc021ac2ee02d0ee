//! Reads the selected environment, over what environments share, into an [`Env`].

use std::collections::BTreeMap;
use std::path::PathBuf;

use time::Date;
use time::macros::format_description;

use super::super::env::{
    ConcurrentIndex, DiffPolicy, Env, ExecOrder, Fleet, Formats, Located, MigrationConfig, Object,
    Verb, choice, own_kind,
};
use super::super::error::{ConfigError, Origin, Question};
use super::super::flags::{dir_format, duration, set_dir};
use super::super::fleet::{self, Asked, EACH};
use super::super::format::Format;
use super::super::secret::mask_urls;
use super::super::source::{ExternalSchema, Source};
use super::super::suggest;
use super::super::url::DbUrl;
use super::expand::Names;
use super::file::{self, Form, Ignored, Migrations, Program, Settings, Text, Texts};

type Result<T> = std::result::Result<T, ConfigError>;

/// Days before the last one on which something is ignored from which on that is said.
const SOON: i64 = 14;

/// An environment's settings, what they are completed by, and the names that their texts see.
pub(super) struct Layers<'a> {
    pub(super) own: Option<&'a Settings>,
    pub(super) base: Option<&'a Settings>,
    pub(super) names: Names<'a>,
}

impl<'a> Layers<'a> {
    pub(super) fn env(&self) -> Result<Env> {
        let mut unset = BTreeMap::new();
        let shared = self.names.env.is_empty();
        let unread = |name| shared || self.names.world.unread.contains(&name);
        let fleet = self.fleet(&mut unset)?;
        let (exclude, mut lapses) = self.ignored(|settings| settings.ignore.as_ref())?;
        let (migration, more) = self.migration()?;
        lapses.extend(more);
        let env = Env {
            name: self.names.env.to_owned(),
            url: match unread("url") || fleet.is_some() {
                true => None,
                false => self.url("url", |settings| settings.url.as_ref(), &mut unset)?,
            },
            fleet,
            dev: match unread("dev") {
                true => None,
                false => self.url("dev", |settings| settings.dev.as_ref(), &mut unset)?,
            },
            unset,
            src: match unread("src") {
                true => Vec::new(),
                false => self.sources()?,
            },
            app: self.text(self.first(|settings| settings.app.as_ref()))?,
            python: self
                .first(|settings| settings.python.as_ref())
                .map(|words| self.texts(Some(words)))
                .transpose()?,
            schemas: self.texts(self.first(|settings| settings.schemas.as_ref()))?,
            exclude,
            lapses,
            own: self.own()?,
            migration,
            diff: self.diff()?,
            format: self.formats()?,
            ..Env::default()
        };
        Ok(env.settled())
    }

    /// The environment's own value, or the shared one.
    fn first<T>(&self, get: impl Fn(&'a Settings) -> Option<&'a T>) -> Option<&'a T> {
        self.own.and_then(&get).or_else(|| self.base.and_then(&get))
    }

    fn text(&self, text: Option<&Text>) -> Result<Option<String>> {
        text.map(|text| self.names.text(text)).transpose()
    }

    fn texts(&self, texts: Option<&Texts>) -> Result<Vec<String>> {
        let texts = texts.map_or(&[][..], list);
        texts.iter().map(|text| self.names.text(text)).collect()
    }

    /// What `read` makes of a text; its errors get the text's place.
    fn read<T>(
        &self,
        text: Option<&Text>,
        read: impl FnOnce(&str) -> Result<T>,
    ) -> Result<Option<T>> {
        let Some(text) = text else { return Ok(None) };
        read(&self.names.text(text)?)
            .map(Some)
            .map_err(|error| error.at(self.names.origin(text)))
    }

    /// A database URL. One that is empty, or in which an environment variable is missing, counts as absent until something
    /// asks for it.
    fn url(
        &self,
        name: &'static str,
        get: impl Fn(&'a Settings) -> Option<&'a Text>,
        unset: &mut BTreeMap<&'static str, String>,
    ) -> Result<Option<Located<DbUrl>>> {
        let Some(text) = self.first(get) else {
            return Ok(None);
        };
        let (value, variable) = self.names.noting_unset(text)?;
        if let Some(variable) = variable {
            unset.insert(name, variable);
            return Ok(None);
        }
        if value.trim().is_empty() {
            return Ok(None);
        }
        let origin = self.names.origin(text);
        match DbUrl::parse(&value) {
            Ok(value) => Ok(Some(Located { value, origin })),
            Err(error) => Err(ConfigError::from(error).about(name).at(origin)),
        }
    }

    /// The databases of the environment, where it is many: only for who looks at them.
    fn fleet(&self, unset: &mut BTreeMap<&'static str, String>) -> Result<Option<Fleet>> {
        let Some(each) = self.first(|settings| settings.for_each.as_ref()) else {
            return Ok(None);
        };
        let Some(asked) = self.names.world.fleet else {
            return Ok(Some(Fleet::default()));
        };
        let template = self.template(asked, unset)?;
        let url = template
            .as_ref()
            .map(|(text, origin)| (text.as_str(), origin));
        let names = match each {
            Form::List(names) => names
                .iter()
                .map(|name| self.names.text(name))
                .collect::<Result<_>>()?,
            Form::Text(text) => {
                let error = ConfigError::new("`for_each` is a list of names");
                return Err(error
                    .at(self.names.origin(text))
                    .hint("write `[a, b]`, `{file: tenants.txt}` or `{query: SELECT …}`"));
            }
            Form::Full(each) => self.names_of(each, asked, url)?,
        };
        fleet::fleet(names, |value| {
            let Some((text, origin)) = url else {
                return Ok(None);
            };
            let value = fleet::url_of(text, value).map_err(|error| error.at(origin.clone()))?;
            let origin = origin.clone();
            Ok(Some(Located { value, origin }))
        })
        .map(Some)
    }

    /// The URL of all databases, in which `${each}` is still to be replaced.
    fn template(
        &self,
        asked: Asked<'_>,
        unset: &mut BTreeMap<&'static str, String>,
    ) -> Result<Option<(String, Origin)>> {
        let own = self.first(|settings| settings.url.as_ref());
        let (text, origin) = match (asked.url, own) {
            (Some(text), _) => (text.to_owned(), Origin::Flag("--url")),
            (None, Some(text)) if !self.names.world.unread.contains(&"url") => {
                self.names.each.set(true);
                let read = self.names.noting_unset(text);
                self.names.each.set(false);
                let (value, variable) = read?;
                if let Some(variable) = variable {
                    unset.insert("url", variable);
                    return Ok(None);
                }
                (value, self.names.origin(text))
            }
            _ => return Ok(None),
        };
        if !text.contains(EACH) {
            let error = ConfigError::new("`url` is the same for all databases of `for_each`");
            let hint = format!("write `{EACH}` in place of a database's name");
            return Err(error.at(origin).hint(hint));
        }
        Ok(Some((text, origin)))
    }

    /// What a file or a query says.
    fn names_of(
        &self,
        each: &file::Each,
        asked: Asked<'_>,
        url: Option<(&str, &Origin)>,
    ) -> Result<Vec<String>> {
        let place = |text: &Text| self.names.origin(text);
        match (&each.file, &each.query) {
            (Some(path), None) => {
                let world = self.names.world;
                let read = world.read(self.names.base, &self.names.text(path)?);
                let text = read.map_err(|error| error.at(place(path)))?;
                let lines = text.lines().map(|line| line.split('#').next());
                let names = lines.flatten().map(|line| line.trim().to_owned());
                Ok(names.filter(|name| !name.is_empty()).collect())
            }
            (None, Some(query)) => {
                let (url, origin) = match (&each.url, url) {
                    (Some(text), _) if self.names.world.fence.is_some() => {
                        let error = ConfigError::new(
                            "`url` of `for_each` may not be set by this config file",
                        );
                        return Err(error.at(place(text)).hint(
                            "in a workflow the query goes to the server of the input `url`: name the `database` there",
                        ));
                    }
                    (Some(text), _) => {
                        let url = DbUrl::parse(&self.names.text(text)?);
                        let about = |error| ConfigError::from(error).about("url");
                        let url = url.map_err(|error| about(error).at(place(text)))?;
                        (url, place(text))
                    }
                    (None, Some((template, origin))) => {
                        let database = self.text(each.database.as_ref())?;
                        let url = fleet::shared(template, database.as_deref());
                        (url.map_err(|error| error.at(place(query)))?, origin.clone())
                    }
                    // A missing one is reported where it is needed.
                    (None, None) => return Ok(vec![EACH.to_owned()]),
                };
                let question = Question {
                    url,
                    origin,
                    query: self.names.text(query)?,
                };
                asked
                    .answer(question)
                    .map_err(|error| error.at(place(query)))
            }
            _ => {
                let error = ConfigError::new("`for_each` has either a `file` or a `query`");
                let known = [&each.file, &each.query, &each.database, &each.url];
                Err(match known.into_iter().flatten().next() {
                    Some(text) => error.at(place(text)),
                    None => error,
                })
            }
        }
    }

    /// The parts of the desired state, in the order in which they are written. An environment that has its own has none of
    /// the shared ones.
    fn sources(&self) -> Result<Vec<Located<Source>>> {
        let has_own = |settings: &&Settings| {
            settings.models.is_some() || settings.schema.is_some() || settings.program.is_some()
        };
        let Some(settings) = self.own.filter(has_own).or(self.base) else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for text in settings.schema.as_ref().map_or(&[][..], list) {
            found.push((text.used, self.source("schema", text, Source::of_path)?));
        }
        for text in settings.models.as_ref().map_or(&[][..], list) {
            let models = |text: &str| {
                let models = text.strip_prefix("sqlalchemy://").unwrap_or(text);
                Source::parse(&format!("sqlalchemy://{models}"))
            };
            found.push((text.used, self.source("models", text, models)?));
        }
        if let Some(program) = &settings.program {
            found.push(self.program(program)?);
        }
        found.sort_by_key(|(at, _)| *at);
        Ok(found.into_iter().map(|(_, source)| source).collect())
    }

    fn source<E: Into<ConfigError>>(
        &self,
        key: &str,
        text: &Text,
        parse: impl FnOnce(&str) -> std::result::Result<Source, E>,
    ) -> Result<Located<Source>> {
        let origin = self.names.origin(text);
        match parse(&self.names.text(text)?).map_err(Into::into) {
            Ok(Source::Env(_)) => {
                Err(ConfigError::new(format!("`{key}` cannot refer to `env://`")).at(origin))
            }
            Ok(value) => Ok(Located { value, origin }),
            Err(error) => Err(error.about(key).at(origin)),
        }
    }

    fn program(&self, program: &Form<Program, Text>) -> Result<(usize, Located<Source>)> {
        let (words, working_dir) = match program {
            Form::Text(word) => (std::slice::from_ref(word), None),
            Form::List(words) => (&words[..], None),
            Form::Full(full) => (list(&full.command), full.working_dir.as_ref()),
        };
        let Some(first) = words.first() else {
            let error = ConfigError::new(format!("`program` of env `{}` is empty", self.names.env));
            return Err(error.hint("its first element is the program to run"));
        };
        let command: Vec<String> = words
            .iter()
            .map(|word| self.names.text(word))
            .collect::<Result<_>>()?;
        if command[0].trim().is_empty() || words.len() == 1 && command[0].contains(' ') {
            // As it is written: what its variables stand for may be secret.
            let written = mask_urls(&first.value);
            let parts = written.split_whitespace().map(|part| {
                match part.contains(['{', '}', '[', ']', ',']) && !part.contains(['"', '\'']) {
                    true => format!("\"{part}\""),
                    false => part.to_owned(),
                }
            });
            let parts: Vec<String> = parts.collect();
            let error = ConfigError::new("`program` is a list: the program, then its arguments");
            return Err(error
                .at(self.names.origin(first))
                .hint(format!("write `program: [{}]`", parts.join(", "))));
        }
        let value = Source::External(ExternalSchema {
            name: String::new(),
            program: command,
            working_dir: self.text(working_dir)?.map(PathBuf::from),
            position: self.names.source.at(&first.at),
        });
        let origin = self.names.origin(first);
        Ok((first.used, Located { value, origin }))
    }

    /// The kinds of objects that are the models' in any case.
    fn own(&self) -> Result<Vec<String>> {
        let kinds = self
            .first(|settings| settings.own.as_ref())
            .map_or(&[][..], list);
        let kinds = kinds.iter().map(|kind| self.read(Some(kind), own_kind));
        kinds.filter_map(Result::transpose).collect()
    }

    /// The patterns of the environment and the shared ones, and what is to be said of their last days. One whose day has passed is
    /// not ignored any more.
    fn ignored(
        &self,
        get: impl Fn(&'a Settings) -> Option<&'a Form<Ignored, Form<Ignored>>>,
    ) -> Result<(Vec<String>, Vec<String>)> {
        let (mut patterns, mut lapses) = (Vec::new(), Vec::new());
        for form in [self.base, self.own].into_iter().flatten().filter_map(get) {
            let entries = match form {
                Form::List(items) => items
                    .iter()
                    .map(|item| (item.text(), item.full()))
                    .collect(),
                one => vec![(one.text(), one.full())],
            };
            for entry in entries {
                patterns.extend(match entry {
                    (Some(pattern), _) => Some(self.names.text(pattern)?),
                    (None, Some(full)) => {
                        let (pattern, lapse) = self.pattern(full)?;
                        lapses.extend(lapse);
                        pattern
                    }
                    (None, None) => None,
                });
            }
        }
        Ok((patterns, lapses))
    }

    /// The pattern of an entry, while it counts, and what is to be said of its last day.
    fn pattern(&self, ignored: &Ignored) -> Result<(Option<String>, Option<String>)> {
        let pattern = self.names.text(&ignored.pattern)?;
        let reason = self.text(ignored.reason.as_ref())?;
        let until = self.read(ignored.until.as_ref(), |text| {
            match Date::parse(text.trim(), format_description!("[year]-[month]-[day]")) {
                Ok(date) => Ok(date),
                Err(_) => Err(ConfigError::new(format!("`until`: `{text}` is not a date"))
                    .hint("write the last day on which it is ignored, like 2027-03-31")),
            }
        })?;
        let Some(until) = until else {
            return Ok((Some(pattern), None));
        };
        let reason = reason.map_or_else(String::new, |reason| format!(" ({})", reason.trim()));
        let place = self.names.origin(&ignored.pattern);
        let left = (until - self.names.world.today).whole_days();
        Ok(match left {
            ..0 => {
                let lapse = format!(
                    "{place}: `{pattern}` is no longer ignored: that was until {until}{reason}"
                );
                tracing::warn!("{lapse}");
                (None, Some(lapse))
            }
            0..=SOON => {
                let lapse = format!("{place}: `{pattern}` is ignored until {until} only{reason}");
                (Some(pattern), Some(lapse))
            }
            _ => (Some(pattern), None),
        })
    }

    /// The migrations, and what is to be said of days that what they ignore has.
    fn migration(&self) -> Result<(MigrationConfig, Vec<String>)> {
        let full = |settings: &'a Settings| settings.migrations.as_ref()?.full();
        let key = |get: fn(&'a Migrations) -> Option<&'a Text>| self.first(|s| get(full(s)?));
        let dir = self.first(|settings| {
            let short = settings.migrations.as_ref()?.text();
            short.or_else(|| full(settings)?.dir.as_ref())
        });
        let (exclude, lapses) = self.ignored(|settings| full(settings)?.ignore.as_ref())?;
        let mut out = MigrationConfig {
            exclude,
            baseline: self.text(key(|full| full.baseline.as_ref()))?,
            revisions_schema: self.text(key(|full| full.revisions_schema.as_ref()))?,
            ..MigrationConfig::default()
        };
        self.read(key(|full| full.format.as_ref()), dir_format)?;
        if let Some(dir) = dir {
            let text = match self.names.text(dir)? {
                text if text == "alembic" => "alembic://".to_owned(),
                text => text,
            };
            set_dir(&mut out, &text, self.names.origin(dir))?;
        }
        let orders = exec_orders();
        let orders: Vec<(&str, ExecOrder)> = orders
            .iter()
            .map(|(name, order)| (name.as_str(), *order))
            .collect();
        let order = |text: &str| choice("execution order", text, &orders);
        if let Some(order) = self.read(key(|full| full.exec_order.as_ref()), order)? {
            out.exec_order = order;
        }
        if let Some(timeout) = self.read(key(|full| full.lock_timeout.as_ref()), duration)? {
            out.lock_timeout = timeout;
        }
        Ok((out, lapses))
    }

    fn diff(&self) -> Result<DiffPolicy> {
        let skip = self.first(|settings| settings.diff.as_ref()?.skip.as_ref());
        let concurrent = self.first(|settings| settings.diff.as_ref()?.concurrent_index.as_ref());
        let known = skips();
        let mut out = DiffPolicy::default();
        for text in skip.map_or(&[][..], list) {
            let found = self.read(Some(text), |name| {
                match known.iter().find(|(known, _)| known == name) {
                    Some((_, kind)) => Ok(*kind),
                    None => {
                        let names: Vec<&str> =
                            known.iter().map(|(name, _)| name.as_str()).collect();
                        Err(ConfigError::new(format!("unknown kind of change `{name}`"))
                            .maybe_hint(suggest::hint(name, &names, "known ones")))
                    }
                }
            })?;
            out.skip.extend(found);
        }
        if let Some(concurrent) = concurrent {
            out.concurrent_index = ConcurrentIndex {
                create: concurrent.create.unwrap_or(false),
                drop: concurrent.drop.unwrap_or(false),
            };
        }
        Ok(out)
    }

    fn formats(&self) -> Result<Formats> {
        let format = |get: fn(&'a file::Formats) -> Option<&'a Text>| {
            let text = self.first(|settings| get(settings.format.as_ref()?));
            let found = self.read(text, |text| Format::parse(text).map_err(ConfigError::from))?;
            Ok::<_, ConfigError>(found.unwrap_or_default())
        };
        Ok(Formats {
            migrate_diff: format(|formats| formats.migrate.as_ref()?.diff.as_ref())?,
            schema_inspect: format(|formats| formats.schema.as_ref()?.inspect.as_ref())?,
            schema_diff: format(|formats| formats.schema.as_ref()?.diff.as_ref())?,
        })
    }
}

/// The execution orders by the names that flags give them.
pub(super) fn exec_orders() -> Vec<(String, ExecOrder)> {
    let own = |name: &str| name.to_lowercase().replace('_', "-");
    ExecOrder::ALL
        .iter()
        .map(|(name, order)| (own(name), *order))
        .collect()
}

/// The kinds of changes that may be left out, by name.
pub(super) fn skips() -> Vec<(String, (Verb, Object))> {
    let mut kinds = Vec::new();
    for (verb, kind) in Verb::ALL {
        for (object, what) in Object::ALL {
            kinds.push((format!("{verb}_{object}"), (*kind, *what)));
        }
    }
    kinds
}

/// The texts of a form that has no other.
fn list(texts: &Texts) -> &[Text] {
    match texts {
        Form::Text(text) => std::slice::from_ref(text),
        Form::List(texts) => texts,
        Form::Full(never) => match *never {},
    }
}
