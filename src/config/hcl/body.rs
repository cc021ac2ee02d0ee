//! Reads the attributes and blocks of one block, and refuses what does not belong there.

use std::ops::Range;

use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block, BlockLabel, Body, Structure};

use super::super::error::{ConfigError, Origin};
use super::super::suggest;
use super::frame::{Frame, span};
use super::scope::Scope;
use super::value::Value;

type Result<T> = std::result::Result<T, ConfigError>;

/// A string and its place.
pub(super) type Text = (String, Range<usize>);

/// A block's labels with their places.
pub(super) fn labels(block: &Block) -> Vec<(&str, Range<usize>)> {
    let mut out = Vec::with_capacity(block.labels.len());
    for label in &block.labels {
        out.push(match label {
            BlockLabel::Ident(ident) => (ident.as_str(), span(ident)),
            BlockLabel::String(text) => (text.as_str(), span(text)),
        });
    }
    out
}

/// The known name that a free attribute is a typing error of.
///
/// Short words one letter apart are mostly different words (`text` and `test`), so that letters of a short name must
/// be swapped, missing or too many.
fn near_miss<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let letters = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    let near = suggest::nearest(name, known)?;
    (near.len() > 4 || near.len() != name.len() || letters(near) == letters(name)).then_some(near)
}

/// One block's contents.
pub(super) struct Reader<'s, 'a> {
    pub(super) scope: &'s Scope<'a>,
    body: &'s Body,
    what: &'s str,
}

impl<'s, 'a> Reader<'s, 'a> {
    /// `what` names the block in messages: `env "local"`.
    pub(super) fn new(scope: &'s Scope<'a>, body: &'s Body, what: &'s str) -> Self {
        Self { scope, body, what }
    }

    /// Refuses every attribute and block that is not listed.
    pub(super) fn check(&self, attributes: &[&str], blocks: &[&str]) -> Result<()> {
        for item in self.body {
            match item {
                Structure::Attribute(attribute) => {
                    let name = attribute.key.as_str();
                    if !attributes.contains(&name) {
                        return Err(self.unknown(
                            "attribute",
                            name,
                            span(&attribute.key),
                            attributes,
                            blocks,
                        ));
                    }
                }
                Structure::Block(block) => self.check_block(block, attributes, blocks)?,
            }
        }
        Ok(())
    }

    /// As [`Self::check`], but attributes may have any name that is not nearly one of the known names.
    ///
    /// Returns the free ones.
    pub(super) fn check_free(&self, attributes: &[&str], blocks: &[&str]) -> Result<Vec<&'s str>> {
        let mut free = Vec::new();
        for item in self.body {
            match item {
                Structure::Attribute(attribute) => {
                    let name = attribute.key.as_str();
                    if attributes.contains(&name) {
                        continue;
                    }
                    let known = attributes.iter().chain(blocks).copied();
                    if blocks.contains(&name) || near_miss(name, known).is_some() {
                        return Err(self.unknown(
                            "attribute",
                            name,
                            span(&attribute.key),
                            attributes,
                            blocks,
                        ));
                    }
                    free.push(name);
                }
                Structure::Block(block) => self.check_block(block, attributes, blocks)?,
            }
        }
        Ok(free)
    }

    fn check_block(&self, block: &Block, attributes: &[&str], blocks: &[&str]) -> Result<()> {
        let name = block.ident.as_str();
        if !blocks.contains(&name) {
            return Err(self.unknown("block", name, span(&block.ident), attributes, blocks));
        }
        Ok(())
    }

    fn unknown(
        &self,
        kind: &str,
        name: &str,
        at: Range<usize>,
        attributes: &[&str],
        blocks: &[&str],
    ) -> ConfigError {
        let what = self.what;
        if kind == "attribute" && blocks.contains(&name) {
            return self
                .scope
                .error(at, format!("`{name}` in `{what}` is a block"))
                .hint(format!("write `{name} {{ … }}` without `=`"));
        }
        if kind == "block" && attributes.contains(&name) {
            return self
                .scope
                .error(at, format!("`{name}` in `{what}` is an attribute"))
                .hint(format!("write `{name} = …`"));
        }
        let known: Vec<&str> = match kind {
            "block" => blocks.iter().chain(attributes).copied().collect(),
            _ => attributes.iter().chain(blocks).copied().collect(),
        };
        self.scope
            .error(at, format!("unknown {kind} `{name}` in `{what}`"))
            .maybe_hint(suggest::hint(name, &known, "known ones"))
    }

    /// The only block of a name, which has no labels.
    pub(super) fn block(&self, name: &str) -> Result<Option<&'s Block>> {
        let mut found: Option<&Block> = None;
        for block in self
            .body
            .blocks()
            .filter(|block| block.ident.as_str() == name)
        {
            if let Some((_, at)) = labels(block).first() {
                return Err(self
                    .scope
                    .error(at.clone(), format!("`{name}` has no labels")));
            }
            if let Some(first) = found {
                let what = format!("`{name}` in `{}`", self.what);
                return Err(self
                    .scope
                    .twice(&what, span(&block.ident), span(&first.ident)));
            }
            found = Some(block);
        }
        Ok(found)
    }

    /// The first block or attribute of a name, to point at.
    pub(super) fn place(&self, name: &str) -> Option<Range<usize>> {
        self.body.iter().find_map(|item| match item {
            Structure::Attribute(attribute) if attribute.has_key(name) => {
                Some(span(&attribute.key))
            }
            Structure::Block(block) if block.ident.as_str() == name => Some(span(&block.ident)),
            _ => None,
        })
    }

    /// An attribute's value; `None` when it is absent or null.
    pub(super) fn value(
        &self,
        name: &str,
        words: &[&str],
    ) -> Result<Option<(Value, Range<usize>)>> {
        self.value_in(name, &Frame::words(words))
    }

    /// The same in a frame.
    fn value_in(&self, name: &str, frame: &Frame<'_>) -> Result<Option<(Value, Range<usize>)>> {
        let Some(attribute) = self.body.get_attribute(name) else {
            return Ok(None);
        };
        let at = span(&attribute.value);
        match self.scope.eval(&attribute.value, frame)? {
            Value::Null => Ok(None),
            value => Ok(Some((value, at))),
        }
    }

    /// A string.
    pub(super) fn string(&self, name: &str) -> Result<Option<Text>> {
        self.word(name, &[])
    }

    /// A string, or one of `words` without quotes.
    pub(super) fn word(&self, name: &str, words: &[&str]) -> Result<Option<Text>> {
        self.string_in(name, &Frame::words(words))
    }

    /// A string in a frame.
    pub(super) fn string_in(&self, name: &str, frame: &Frame<'_>) -> Result<Option<Text>> {
        match self.value_in(name, frame)? {
            None => Ok(None),
            Some((Value::String(text), at)) => Ok(Some((text, at))),
            Some((other, at)) => Err(self.wrong(name, "a string", &other, at)),
        }
    }

    /// A list of strings; a single string counts as a list of one.
    pub(super) fn strings(&self, name: &str) -> Result<Option<Vec<Text>>> {
        let Some((value, at)) = self.value(name, &[])? else {
            return Ok(None);
        };
        let items = match value {
            Value::String(text) => return Ok(Some(vec![(text, at)])),
            Value::List(items) => items,
            other => return Err(self.wrong(name, "a string or a list of strings", &other, at)),
        };
        // A list that is written out has a place for each element; one that is computed has only its own.
        let places: Vec<Range<usize>> = match self
            .body
            .get_attribute(name)
            .map(|attribute| &attribute.value)
        {
            Some(Expression::Array(array)) if array.len() == items.len() => {
                array.iter().map(span).collect()
            }
            _ => vec![at; items.len()],
        };
        let strings = items.into_iter().zip(places).map(|(item, at)| match item {
            Value::String(text) => Ok((text, at)),
            other => Err(self.wrong(name, "a list of strings", &Value::List(vec![other]), at)),
        });
        strings.collect::<Result<_>>().map(Some)
    }

    /// A bool.
    pub(super) fn bool(&self, name: &str) -> Result<Option<bool>> {
        match self.value(name, &[])? {
            None => Ok(None),
            Some((Value::Bool(b), _)) => Ok(Some(b)),
            Some((other, at)) => Err(self.wrong(name, "a bool", &other, at)),
        }
    }

    fn wrong(&self, name: &str, expected: &str, got: &Value, at: Range<usize>) -> ConfigError {
        let got = match got {
            Value::List(items) if expected == "a list of strings" => {
                format!("{} in it", items.first().map_or("nothing", Value::kind))
            }
            other => other.kind().to_owned(),
        };
        self.scope
            .error(at, format!("`{name}` must be {expected}, got {got}"))
    }

    /// The place of a value, as the origin of a setting.
    pub(super) fn origin(&self, at: Range<usize>) -> Origin {
        self.scope.origin(at)
    }
}
