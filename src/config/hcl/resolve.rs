//! Takes in a file's declarations, and resolves its names when something asks for them: an environment needs only what it
//! refers to.

use std::ops::Range;
use std::path::PathBuf;

use hcl_edit::expr::TraversalOperator;
use hcl_edit::structure::{Block, Body};

use super::super::error::{ConfigError, Question};
use super::super::source::ExternalSchema;
use super::super::suggest;
use super::super::url::DbUrl;
use super::body::{Reader, labels};
use super::frame::{Frame, span};
use super::scope::{COMPOSITE, Composed, EXTERNAL, Scope};
use super::types::Type;
use super::value::{Number, Value};

type Result<T> = std::result::Result<T, ConfigError>;

/// The largest value that a name may have, in bytes of text and elements.
const MAX_SIZE: usize = 8 << 20;

/// Data sources that Atlas has and trueup has not, and what serves instead.
const FOREIGN_DATA: &[(&str, &str)] = &[
    ("external", VALUE),
    ("runtimevar", VALUE),
    ("aws_rds_token", VALUE),
    ("gcp_cloudsql_token", VALUE),
    ("http", VALUE),
    ("template_dir", DIRECTORY),
    ("remote_dir", DIRECTORY),
    ("blob_dir", DIRECTORY),
    (
        "hcl_schema",
        "a schema is SQL here: `src = \"file://schema.sql\"`, or `external_schema` for a program that prints it",
    ),
    (
        "remote_schema",
        "a schema is SQL here, or a database by its URL: `src = \"postgres://…\"`",
    ),
];
/// Data sources that are desired states, and rows of a query.
const DATA: &[&str] = &["external_schema", "composite_schema", "sql"];
const VALUE: &str =
    "a value from outside comes by `getenv(\"NAME\")`, `file(\"path\")` or `--var name=value`";
const DIRECTORY: &str = "migrations are plain `.sql` files in a directory: `migration { dir = \"file://migrations\" }`; what is \
                         fetched or rendered is put there first";

impl<'a> Scope<'a> {
    /// Takes in the declarations and checks their outer form; nothing is evaluated.
    pub(super) fn declare(&mut self, body: &'a Body) -> Result<()> {
        for block in body.blocks() {
            match block.ident.as_str() {
                "variable" => self.declare_variable(block)?,
                "locals" => self.declare_locals(block)?,
                "data" => self.declare_data(block)?,
                _ => {}
            }
        }
        self.check_inputs()
    }

    fn declare_variable(&mut self, block: &'a Block) -> Result<()> {
        let [(name, at)] = &labels(block)[..] else {
            return Err(self.error(span(&block.ident), "a `variable` has one label: its name"));
        };
        let what = format!("variable \"{name}\"");
        Reader::new(self, &block.body, &what).check(
            &["type", "default", "description", "sensitive"],
            &["validation"],
        )?;
        match self.variables.insert(name, block) {
            None => Ok(()),
            Some(first) => Err(self.twice(&format!("`{what}`"), at.clone(), span(&first.ident))),
        }
    }

    fn declare_locals(&mut self, block: &'a Block) -> Result<()> {
        if let Some((_, at)) = labels(block).first() {
            return Err(self.error(at.clone(), "`locals` has no labels"));
        }
        if let Some(inner) = block.body.blocks().next() {
            return Err(self
                .error(span(&inner.ident), "`locals` has no blocks")
                .hint(format!("write `{0} = {{ … }}`", inner.ident.as_str())));
        }
        for attribute in block.body.attributes() {
            let name = attribute.key.as_str();
            if let Some(first) = self.locals.insert(name, attribute) {
                return Err(self.twice(
                    &format!("`local.{name}`"),
                    span(&attribute.key),
                    span(&first.key),
                ));
            }
        }
        Ok(())
    }

    fn declare_data(&mut self, block: &'a Block) -> Result<()> {
        let [(kind, kind_at), (name, name_at)] = &labels(block)[..] else {
            return Err(self.error(
                span(&block.ident),
                "a `data` source has two labels: its type and its name",
            ));
        };
        let foreign = FOREIGN_DATA.iter().map(|(name, _)| *name);
        if !DATA.contains(kind) && !foreign.clone().any(|name| name == *kind) {
            let known: Vec<&str> = foreign.chain(DATA.iter().copied()).collect();
            let hint = suggest::hint(kind, &known, "known types")
                .unwrap_or_else(|| format!("trueup supports {}", suggest::list(DATA)));
            return Err(self
                .error(
                    kind_at.clone(),
                    format!("unknown data source type `{kind}`"),
                )
                .hint(hint));
        }
        match self.data.insert((kind, name), block) {
            None => Ok(()),
            Some(first) => Err(self.twice(
                &format!("`data.{kind}.{name}`"),
                name_at.clone(),
                span(&first.ident),
            )),
        }
    }

    fn check_inputs(&self) -> Result<()> {
        for name in self.inputs.keys() {
            if !self.variables.contains_key(name) {
                let known: Vec<&str> = self.variables.keys().copied().collect();
                let error = ConfigError::new(format!(
                    "variable `{name}` is not declared in {}",
                    self.source.name
                ));
                return Err(ConfigError::flag("--var", error).maybe_hint(suggest::hint(
                    name,
                    &known,
                    "declared ones",
                )));
            }
        }
        Ok(())
    }

    /// The value that a reference starts with, and how many of its operators that took.
    pub(super) fn resolve(
        &self,
        root: &str,
        root_at: Range<usize>,
        operators: &[&TraversalOperator],
        frame: &Frame<'_>,
    ) -> Result<(Value, usize)> {
        let step = |i: usize, what: &str| match operators.get(i) {
            Some(operator) => self.step_name(operator, frame),
            None => Err(self.error(root_at.clone(), format!("`{root}` needs {what}"))),
        };
        match root {
            "var" => {
                let (name, at) = step(0, "a name: `var.name`")?;
                Ok((self.variable(&name, at)?, 1))
            }
            "local" => {
                let (name, at) = step(0, "a name: `local.name`")?;
                Ok((self.local(&name, at)?, 1))
            }
            "atlas" => match step(0, "an attribute: `atlas.env`")? {
                (name, _) if name == "env" => Ok((self.env.into(), 1)),
                (name, at) if name == "cloud" => Err(self.error(
                    at,
                    "`atlas.cloud` is not supported: there is no cloud service",
                )),
                (name, at) => Err(self
                    .error(at, format!("`atlas` has no attribute `{name}`"))
                    .hint("`atlas.env` is the name given to `--env`")),
            },
            _ => {
                let what = "a type, a name and an attribute: `data.external_schema.name.url`";
                let ((kind, kind_at), (name, name_at)) = (step(0, what)?, step(1, what)?);
                if let Some(block) = self.data.get(&(kind.as_str(), name.as_str())) {
                    self.supported(&kind, block)?;
                }
                let (attribute, at) = step(2, what)?;
                Ok((
                    self.data_source(&kind, &kind_at, &name, name_at, &attribute, at)?,
                    3,
                ))
            }
        }
    }

    /// Evaluates once, and detects cycles.
    fn once(
        &self,
        key: String,
        at: Range<usize>,
        eval: impl FnOnce() -> Result<Value>,
    ) -> Result<Value> {
        if let Some(value) = self.cache.borrow().get(&key) {
            return Ok(value.clone());
        }
        if let Some(start) = self
            .pending
            .borrow()
            .iter()
            .position(|pending| *pending == key)
        {
            let mut chain: Vec<String> = self.pending.borrow()[start..].to_vec();
            chain.push(key.clone());
            let chain: Vec<String> = chain.iter().map(|name| format!("`{name}`")).collect();
            return Err(self.error(
                at,
                format!("`{key}` refers to itself: {}", chain.join(" → ")),
            ));
        }
        self.pending.borrow_mut().push(key.clone());
        let value = eval();
        self.pending.borrow_mut().pop();
        let value = value?;
        // Values that contain each other twice double in size with every step.
        if value.size() > MAX_SIZE {
            return Err(self.error(at, format!("the value of `{key}` is too large")));
        }
        self.cache.borrow_mut().insert(key, value.clone());
        Ok(value)
    }

    fn local(&self, name: &str, at: Range<usize>) -> Result<Value> {
        let Some(attribute) = self.locals.get(name) else {
            let known: Vec<&str> = self.locals.keys().copied().collect();
            let hint = suggest::hint(name, &known, "declared ones").or_else(|| {
                self.has_variable(name)
                    .then(|| format!("did you mean `var.{name}`?"))
            });
            return Err(self
                .error(at, format!("`local.{name}` is not declared"))
                .maybe_hint(hint));
        };
        self.once(format!("local.{name}"), at, || {
            self.eval(&attribute.value, &Frame::default())
        })
    }

    fn variable(&self, name: &str, at: Range<usize>) -> Result<Value> {
        let Some(block) = self.variables.get(name) else {
            let known: Vec<&str> = self.variables.keys().copied().collect();
            let hint = suggest::hint(name, &known, "declared ones").or_else(|| {
                self.has_local(name)
                    .then(|| format!("did you mean `local.{name}`?"))
            });
            return Err(self
                .error(at, format!("`var.{name}` is not declared"))
                .maybe_hint(hint));
        };
        self.once(format!("var.{name}"), at.clone(), || {
            self.variable_value(name, block, at)
        })
    }

    fn variable_value(&self, name: &str, block: &Block, at: Range<usize>) -> Result<Value> {
        if let Some(validation) = block.body.get_blocks("validation").next() {
            return Err(self.error(
                span(&validation.ident),
                "`validation` of a variable is not supported yet",
            ));
        }
        let of = match block.body.get_attribute("type") {
            Some(attribute) => self.read_type(&attribute.value)?,
            None => Type::Any,
        };
        if let Some(given) = self.inputs.get(name) {
            let value = input(&of, given).and_then(|value| of.convert(value));
            return value.map_err(|message| {
                let error = ConfigError::new(format!("variable `{name}`: {message}"));
                ConfigError::flag("--var", error)
            });
        }
        if let Some(default) = block.body.get_attribute("default") {
            let value = self.eval(&default.value, &Frame::default())?;
            return of.convert(value).map_err(|message| {
                self.error(
                    span(&default.value),
                    format!("default of variable `{name}`: {message}"),
                )
            });
        }
        Err(self
            .error(at, format!("variable `{name}` has no value"))
            .hint(format!(
                "give it one with `--var {name}=…`, or a `default` in its declaration"
            )))
    }

    fn data_source(
        &self,
        kind: &str,
        kind_at: &Range<usize>,
        name: &str,
        name_at: Range<usize>,
        attribute: &str,
        at: Range<usize>,
    ) -> Result<Value> {
        let Some(block) = self.data.get(&(kind, name)) else {
            let names: Vec<&str> = self
                .data
                .keys()
                .filter(|(k, _)| *k == kind)
                .map(|(_, name)| *name)
                .collect();
            let kinds: Vec<&str> = self.data.keys().map(|(kind, _)| *kind).collect();
            let (at, hint) = if names.is_empty() {
                (
                    kind_at.clone(),
                    suggest::hint(kind, &kinds, "declared types"),
                )
            } else {
                (name_at, suggest::hint(name, &names, "declared ones"))
            };
            return Err(self
                .error(at, format!("`data.{kind}.{name}` is not declared"))
                .maybe_hint(hint));
        };
        let known = match kind {
            "sql" => &["values", "value", "count"][..],
            _ => &["url"],
        };
        if !known.contains(&attribute) {
            let hint = suggest::hint(attribute, known, "it has");
            return Err(self
                .error(at, format!("`data.{kind}` has no attribute `{attribute}`"))
                .maybe_hint(hint));
        }
        if kind == "sql" {
            let rows = self.once(format!("data.sql.{name}"), at, || self.rows(name, block))?;
            let Value::List(rows) = rows else {
                return Ok(rows);
            };
            return Ok(match attribute {
                "count" => Value::Number(Number::Int(rows.len() as i64)),
                "value" => rows.into_iter().next().unwrap_or(Value::Null),
                _ => Value::List(rows),
            });
        }
        self.once(format!("data.{kind}.{name}"), at, || match kind {
            "composite_schema" => self.composite_schema(name, block),
            _ => self.external_schema(name, block),
        })
    }

    /// Refuses a data source that only Atlas has.
    fn supported(&self, kind: &str, block: &Block) -> Result<()> {
        let Some((_, instead)) = FOREIGN_DATA.iter().find(|(name, _)| *name == kind) else {
            return Ok(());
        };
        let at = labels(block)
            .first()
            .map_or_else(|| span(&block.ident), |(_, at)| at.clone());
        Err(self
            .error(at, format!("data source `{kind}` is not supported yet"))
            .hint(*instead))
    }

    /// The first column of a query's rows.
    fn rows(&self, name: &str, block: &Block) -> Result<Value> {
        let what = format!("data \"sql\" \"{name}\"");
        let reader = Reader::new(self, &block.body, &what);
        reader.check(&["url", "query", "args"], &[])?;
        if let Some(at) = reader.place("args") {
            return Err(self
                .error(at, "`args` of a query is not supported yet")
                .hint("write the values into the query"));
        }
        let at = span(&block.ident);
        let missing = |name: &str| self.error(at.clone(), format!("`{what}` needs a `{name}`"));
        let (url, url_at) = reader.string("url")?.ok_or_else(|| missing("url"))?;
        let (query, query_at) = reader.string("query")?.ok_or_else(|| missing("query"))?;
        let Some(asked) = self.world.fleet else {
            return Err(self
                .error(at, "only `trueup drift` asks a database for settings")
                .hint("it is for `for_each`, of which the `url` is made"));
        };
        if self.world.fence.is_some() {
            return Err(self
                .error(url_at, "a config file of a workflow asks no database")
                .hint("list the names, or write `for_each` in trueup.yaml, with `query`"));
        }
        let origin = self.origin(url_at);
        let url = DbUrl::parse(&url).map_err(|error| {
            let error = ConfigError::from(error).about("url");
            error.at(origin.clone())
        })?;
        let answer = asked.answer(Question { url, origin, query });
        let answer = answer.map_err(|error| {
            // `try` must not take it for an error.
            if let Some(question) = error.question() {
                self.asked.borrow_mut().get_or_insert(question.clone());
            }
            error.at(self.origin(query_at))
        })?;
        Ok(Value::List(answer.into_iter().map(Value::String).collect()))
    }

    /// Several states as one: each `schema` block has the `url` of one, and may be labelled with the schema that it is of.
    fn composite_schema(&self, name: &str, block: &Block) -> Result<Value> {
        let what = format!("data \"composite_schema\" \"{name}\"");
        Reader::new(self, &block.body, &what).check(&[], &["schema"])?;
        let mut parts = Vec::new();
        for part in block.body.blocks() {
            let schema = match &labels(part)[..] {
                [] => None,
                [(schema, at)] => Some(((*schema).to_owned(), at.clone())),
                [_, (_, at), ..] => {
                    return Err(self.error(at.clone(), "a `schema` has one label: its name"));
                }
            };
            let reader = Reader::new(self, &part.body, "schema");
            reader.check(&["url"], &[])?;
            let Some(url) = reader.string("url")? else {
                return Err(self
                    .error(span(&part.ident), "`schema` needs a `url`")
                    .hint("such as `url = data.external_schema.NAME.url` or `url = \"file://schema.sql\"`"));
            };
            parts.push(Composed { url, schema });
        }
        if parts.is_empty() {
            return Err(self
                .error(span(&block.ident), format!("`{what}` is empty"))
                .hint("write `schema { url = … }` for each part"));
        }
        self.composites.borrow_mut().insert(name.to_owned(), parts);
        Ok(format!("{COMPOSITE}{name}").into())
    }

    fn external_schema(&self, name: &str, block: &Block) -> Result<Value> {
        let what = format!("data \"external_schema\" \"{name}\"");
        let reader = Reader::new(self, &block.body, &what);
        reader.check(&["program", "working_dir"], &[])?;
        let Some(program) = reader.strings("program")? else {
            return Err(self.error(span(&block.ident), format!("`{what}` needs a `program`"))
                .hint("a list of the program and its arguments: `program = [\"atlas-provider-sqlalchemy\", \"--path\", \"./models\"]`"));
        };
        if let Some(attribute) = block.body.get_attribute("program")
            && program.first().is_none_or(|(first, _)| first.is_empty())
        {
            return Err(self
                .error(span(&attribute.value), "`program` is empty")
                .hint("its first element is the program to run"));
        }
        let external = ExternalSchema {
            name: name.to_owned(),
            program: program.into_iter().map(|(word, _)| word).collect(),
            working_dir: reader
                .string("working_dir")?
                .map(|(dir, _)| PathBuf::from(dir)),
            position: self.source.at(&span(&block.ident)),
        };
        self.externals
            .borrow_mut()
            .insert(name.to_owned(), external);
        Ok(format!("{EXTERNAL}{name}").into())
    }
}

/// The value of a variable from what `--var` gave: one element each for lists, JSON for maps, else one text.
fn input(of: &Type, given: &[&str]) -> std::result::Result<Value, String> {
    match (of, given) {
        (Type::List(_) | Type::Set(_), given) => Ok(Value::List(
            given.iter().map(|text| (*text).into()).collect(),
        )),
        (_, [_, _, ..]) => Err(format!("given {} times, but it is {of}", given.len())),
        (Type::Map(_) | Type::Object(_) | Type::Tuple(_), [text]) => serde_json::from_str(text)
            .map(Value::from_json)
            .map_err(|error| {
                format!(
                    "expected {of} written as JSON: error at column {}",
                    error.column()
                )
            }),
        (_, [text]) => Ok((*text).into()),
        (_, []) => Ok(Value::Null),
    }
}
