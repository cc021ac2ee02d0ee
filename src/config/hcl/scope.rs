//! The names of a config file: variables, locals, data sources. How they are resolved is [`super::resolve`]'s.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use hcl_edit::structure::{Attribute, Block};

use super::super::error::{ConfigError, Origin, Question, SourceText};
use super::super::source::ExternalSchema;
use super::super::world::World;
use super::value::Value;

/// What `data.external_schema.<name>.url` evaluates to, before the name. Only [`Scope::external`] gives it a meaning.
pub(super) const EXTERNAL: &str = "external-schema://";

/// The same for `data.composite_schema.<name>.url`, of which [`Scope::composite`] knows the parts.
pub(super) const COMPOSITE: &str = "composite-schema://";

/// A part of a composite schema: its URL, and the schema that it is said to be of.
#[derive(Clone)]
pub(super) struct Composed {
    pub(super) url: (String, Range<usize>),
    pub(super) schema: Option<(String, Range<usize>)>,
}

/// A file's declarations and everything that expressions may reach.
pub(super) struct Scope<'a> {
    pub(super) source: &'a SourceText,
    /// The config file's directory, absolute: what paths in functions are relative to.
    pub(super) base: PathBuf,
    /// What the file sees besides itself.
    pub(super) world: &'a World<'a>,
    /// Environment variables that were asked for and are not set, in that order.
    pub(super) unset: RefCell<Vec<String>>,
    pub(super) env: &'a str,
    pub(super) inputs: BTreeMap<&'a str, Vec<&'a str>>,
    pub(super) variables: BTreeMap<&'a str, &'a Block>,
    pub(super) locals: BTreeMap<&'a str, &'a Attribute>,
    pub(super) data: BTreeMap<(&'a str, &'a str), &'a Block>,
    pub(super) cache: RefCell<BTreeMap<String, Value>>,
    /// What is being resolved right now, outermost first.
    pub(super) pending: RefCell<Vec<String>>,
    pub(super) externals: RefCell<BTreeMap<String, ExternalSchema>>,
    pub(super) composites: RefCell<BTreeMap<String, Vec<Composed>>>,
    /// What a database has to be asked before anything that was read counts.
    pub(super) asked: RefCell<Option<Question>>,
    /// How deep evaluation is at the moment.
    pub(super) depth: Cell<usize>,
    /// How many expressions have been evaluated.
    pub(super) steps: Cell<usize>,
}

impl<'a> Scope<'a> {
    /// Collects the declarations of a parsed file.
    ///
    /// `env` is what `atlas.env` stands for, `vars` the values of `--var`.
    pub(super) fn new(
        source: &'a SourceText,
        base: &Path,
        env: &'a str,
        vars: &'a [(String, String)],
        world: &'a World<'a>,
    ) -> Self {
        let mut inputs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, value) in vars {
            inputs.entry(name).or_default().push(value);
        }
        Self {
            source,
            base: base.to_owned(),
            world,
            unset: RefCell::default(),
            env,
            inputs,
            variables: BTreeMap::new(),
            locals: BTreeMap::new(),
            data: BTreeMap::new(),
            cache: RefCell::default(),
            pending: RefCell::default(),
            externals: RefCell::default(),
            composites: RefCell::default(),
            asked: RefCell::default(),
            depth: Cell::new(0),
            steps: Cell::new(0),
        }
    }

    /// An error at a place of the file.
    pub(super) fn error(&self, at: Range<usize>, message: impl Into<String>) -> ConfigError {
        ConfigError::new(message).at(self.origin(at))
    }

    /// A place of the file.
    pub(super) fn origin(&self, at: Range<usize>) -> Origin {
        Origin::File(self.source.at(&at))
    }

    /// An error about a second declaration.
    pub(super) fn twice(&self, what: &str, at: Range<usize>, first: Range<usize>) -> ConfigError {
        let first = self.source.at(&first);
        self.error(at, format!("{what} is declared twice"))
            .hint(format!("the first one is at {first}"))
    }

    /// The file as the user named it.
    pub(super) fn file(&self) -> &str {
        &self.source.name
    }

    /// An environment variable; one that is not set is empty, as in Atlas.
    pub(super) fn getenv(&self, name: String) -> Result<String, ConfigError> {
        let value = self.world.variable(&name)?;
        Ok(value.unwrap_or_else(|| {
            self.unset.borrow_mut().push(name);
            String::new()
        }))
    }

    /// What `read` gives, and the first environment variable that it asked for and that is not set.
    pub(super) fn noting_unset<T>(&self, read: impl FnOnce() -> T) -> (T, Option<String>) {
        let before = self.unset.borrow().len();
        let value = read();
        (value, self.unset.borrow().get(before).cloned())
    }

    pub(super) fn has_local(&self, name: &str) -> bool {
        self.locals.contains_key(name)
    }

    pub(super) fn has_variable(&self, name: &str) -> bool {
        self.variables.contains_key(name)
    }

    /// The parts behind a value of `data.composite_schema.<name>.url`.
    pub(super) fn composite(&self, url: &str) -> Option<Vec<Composed>> {
        let name = url.strip_prefix(COMPOSITE)?;
        self.composites.borrow().get(name).cloned()
    }

    /// The program behind a value of `data.external_schema.<name>.url`.
    pub(super) fn external(&self, url: &str) -> Option<ExternalSchema> {
        self.externals
            .borrow()
            .get(url.strip_prefix(EXTERNAL)?)
            .cloned()
    }
}
