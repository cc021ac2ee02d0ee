//! What `${…}` in a text stands for.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;

use super::super::error::{ConfigError, Origin, SourceText};
use super::super::fleet::EACH;
use super::super::suggest;
use super::super::world::World;
use super::file::Text;

type Result<T> = std::result::Result<T, ConfigError>;

const FORMS: &str = "`${NAME}` is an environment variable, `${NAME:-text}` one with a default, `${var.name}` a variable of \
                     `vars`, `${file:path}` a file's text, `${env}` the environment's name, and `${each}`, in `url`, a database of `for_each`; a literal `${` is `$${`";

/// The names that texts see.
pub(super) struct Names<'a> {
    pub(super) source: &'a SourceText,
    /// The config file's directory.
    pub(super) base: &'a Path,
    pub(super) env: &'a str,
    pub(super) vars: &'a BTreeMap<String, Option<Text>>,
    /// What `--var` gave.
    pub(super) inputs: &'a [(String, String)],
    pub(super) world: &'a World<'a>,
    /// `${each}` may stand in what is read now, and stays as it is.
    pub(super) each: Cell<bool>,
}

impl Names<'_> {
    /// The text with its variables replaced.
    pub(super) fn text(&self, text: &Text) -> Result<String> {
        let (value, unset) = self.noting_unset(text)?;
        match unset {
            None => Ok(value),
            Some(name) => Err(self
                .error(
                    text,
                    &name,
                    format!("the environment variable `{name}` is not set"),
                )
                .hint(format!(
                    "set `{name}`, or write a default: `${{{name}:-…}}`"
                ))),
        }
    }

    /// The same, with nothing for environment variables that are not set, and the first of them.
    pub(super) fn noting_unset(&self, text: &Text) -> Result<(String, Option<String>)> {
        let unset = RefCell::new(None);
        let value = self.expand(text, true, &|name| {
            unset.borrow_mut().get_or_insert(name);
        })?;
        Ok((value, unset.into_inner()))
    }

    /// The place of a text, as the origin of a setting.
    pub(super) fn origin(&self, text: &Text) -> Origin {
        Origin::File(self.source.at(&text.at))
    }

    /// Refuses variables that are not declared.
    pub(super) fn check_inputs(&self) -> Result<()> {
        for (name, _) in self.inputs {
            if !self.vars.contains_key(name) {
                let error = ConfigError::new(format!(
                    "variable `{name}` is not declared in {}",
                    self.source.name
                ));
                let hint = self.declared(name);
                return Err(ConfigError::flag("--var", error).maybe_hint(hint));
            }
        }
        Ok(())
    }

    fn declared(&self, name: &str) -> Option<String> {
        let known: Vec<&str> = self.vars.keys().map(String::as_str).collect();
        suggest::hint(name, &known, "declared ones")
    }

    /// An error at the part of a text that names something.
    fn error(&self, text: &Text, name: &str, message: String) -> ConfigError {
        let written = self.source.text.get(text.at.clone()).unwrap_or_default();
        let name = format!("${{{name}");
        let at = match written.find(&name) {
            Some(at) => text.at.start + at..text.at.start + at + name.len(),
            None => text.at.clone(),
        };
        ConfigError::new(message).at(Origin::File(self.source.at(&at)))
    }

    /// `deep` is whether variables of `vars` count.
    fn expand(&self, text: &Text, deep: bool, unset: &dyn Fn(String)) -> Result<String> {
        let mut out = String::new();
        let mut rest = text.value.as_str();
        while let Some(at) = rest.find("${") {
            let (before, from) = rest.split_at(at);
            if let Some(before) = before.strip_suffix('$') {
                out.push_str(before);
                out.push_str("${");
                rest = &from[2..];
                continue;
            }
            let Some((name, after)) = from[2..].split_once('}') else {
                return Err(self
                    .error(text, "", "`${` has no `}`".to_owned())
                    .hint(FORMS));
            };
            out.push_str(before);
            out.push_str(&self.value(text, name, deep, unset)?);
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }

    fn value(
        &self,
        text: &Text,
        inside: &str,
        deep: bool,
        unset: &dyn Fn(String),
    ) -> Result<String> {
        if inside == "env" && self.env.is_empty() {
            return Err(self
                .error(text, inside, "`${env}` needs an environment".to_owned())
                .hint("name one with `--env` (in a workflow, with `env:`)"));
        }
        if inside == "env" {
            return Ok(self.env.to_owned());
        }
        if inside == "each" && self.each.get() {
            return Ok(EACH.to_owned());
        }
        if inside == "each" {
            let error = self.error(text, inside, format!("`{EACH}` has no meaning here"));
            let hint = "use it in `url`, for a database of `for_each`";
            return Err(error.hint(hint));
        }
        if let Some(path) = inside.strip_prefix("file:") {
            if path.contains("${") {
                return Err(self
                    .error(
                        text,
                        "file:",
                        "`${…}` can't be nested: it is inside `${file:…}` here".to_owned(),
                    )
                    .hint("write the file's path out"));
            }
            let read = self.world.read(self.base, path);
            let place = |error: ConfigError| error.at(Origin::File(self.source.at(&text.at)));
            return Ok(read
                .map_err(place)?
                .trim_end_matches(['\r', '\n'])
                .to_owned());
        }
        if let Some(name) = inside.strip_prefix("var.").filter(|_| deep) {
            return self.variable(text, inside, name, unset);
        }
        let (name, default) = match inside.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (inside, None),
        };
        let named = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !named || default.is_some_and(|text| text.contains("${")) {
            return Err(self
                .error(text, "", "unknown form of `${…}`".to_owned())
                .hint(FORMS));
        }
        let value = self.world.variable(name).map_err(|error| {
            let place = self.error(text, name, String::new());
            match place.origin() {
                Some(origin) => error.at(origin.clone()),
                None => error,
            }
        })?;
        Ok(match (value, default) {
            (Some(value), None) => value,
            (Some(value), Some(_)) if !value.is_empty() => value,
            (_, Some(default)) => default.to_owned(),
            (None, None) => {
                unset(name.to_owned());
                String::new()
            }
        })
    }

    fn variable(
        &self,
        text: &Text,
        inside: &str,
        name: &str,
        unset: &dyn Fn(String),
    ) -> Result<String> {
        let Some(default) = self.vars.get(name) else {
            return Err(self
                .error(
                    text,
                    inside,
                    format!("variable `{name}` is not declared in `vars`"),
                )
                .maybe_hint(self.declared(name)));
        };
        let mut given = self.inputs.iter().filter(|(input, _)| input == name);
        match (given.next(), given.next(), default) {
            (Some(_), Some(_), _) => {
                let error = ConfigError::new(format!("variable `{name}` is given more than once"));
                Err(ConfigError::flag("--var", error))
            }
            (Some((_, value)), None, _) => Ok(value.clone()),
            (None, _, Some(default)) => self.expand(default, false, unset),
            (None, _, None) => Err(self
                .error(text, inside, format!("variable `{name}` has no value"))
                .hint(format!(
                    "give it one with `--var {name}=…`, or a default in `vars`"
                ))),
        }
    }
}
