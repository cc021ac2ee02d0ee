//! Reads `atlas.hcl`: the whole file is parsed, one environment is evaluated, with all that it refers to.

mod body;
mod build;
mod eval;
mod frame;
mod functions;
mod resolve;
mod scope;
mod types;
mod value;

use std::path::Path;

use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block, Body, Structure};

use self::body::{Reader, labels};
use self::frame::{Frame, span};
use self::scope::Scope;
use self::value::Value;
use super::env::Env;
use super::error::{ConfigError, Origin, SourceText};
use super::suggest;
use super::world::World;

type Result<T> = std::result::Result<T, ConfigError>;

const ONE_LINE: &str =
    "a block on one line holds one attribute and no block: give each of them a line of its own";

/// Blocks of the top level that mean something to Atlas and nothing here: they change no plan.
const INERT: &[&str] = &["atlas", "cloud", "docker", "deployment", "exporter", "test"];
const BLOCKS: &[&str] = &["env", "variable", "locals", "data", "diff", "lint"];

/// Reads the text of a config file and evaluates one of its environments.
///
/// `name` is how the file is called in messages, `base` its directory, `env` the selected environment; without one
/// only what holds for all environments is read.
pub(super) fn load(
    name: &str,
    text: &str,
    base: &Path,
    env: Option<&str>,
    vars: &[(String, String)],
    world: &World<'_>,
) -> Result<Env> {
    let source = SourceText::new(name, text);
    let body = parse(&source)?;
    let mut scope = Scope::new(&source, base, env.unwrap_or_default(), vars, world);
    check_top_level(&scope, &body)?;
    scope.declare(&body)?;
    let top = Reader::new(&scope, &body, "the file");
    let everywhere = top.block("diff")?;
    if let Some(block) = top.block("lint")? {
        build::check_lint(&scope, block)?;
    }
    let found = match env {
        None => build::global(&scope, everywhere),
        Some(env) => select(&scope, &body, env)
            .and_then(|(block, what)| build::env(&scope, block, &what, env, everywhere)),
    };
    if let Some(question) = scope.asked.take() {
        return Err(ConfigError::ask(question));
    }
    let mut found = found?;
    found.config = Some(name.to_owned());
    Ok(found)
}

/// The names of its environments, in their order.
pub(super) fn environments(name: &str, text: &str) -> Result<Vec<String>> {
    let body = parse(&SourceText::new(name, text))?;
    let blocks = body.get_blocks("env");
    let names = blocks.filter_map(|block| match labels(block)[..] {
        [(name, _), ..] => Some(name.to_owned()),
        [] => None,
    });
    Ok(names.collect())
}

fn parse(source: &SourceText) -> Result<Body> {
    hcl_edit::parser::parse_body(&source.text).map_err(|error| {
        let at = error.location().offset();
        let place = |len: usize| Origin::File(source.at(&(at..at + len)));
        let rest = source.text.get(at..).unwrap_or_default();
        if error.message().contains("redefined attribute") {
            let name = &rest[..rest
                .find(|c: char| c == '=' || c.is_whitespace())
                .unwrap_or(rest.len())];
            return ConfigError::new(format!("attribute `{name}` is set twice"))
                .at(place(name.len()));
        }
        let hint = match error.message() {
            "expected `]`" if !rest.is_empty() => {
                Some("elements of a list are separated by commas".to_owned())
            }
            "invalid attribute; expected `=`" if rest.starts_with(['{', '"']) => {
                Some(ONE_LINE.to_owned())
            }
            message if message.starts_with("invalid block body") && !rest.trim().is_empty() => {
                Some(ONE_LINE.to_owned())
            }
            "expected newline or eof" => Some(
                "each attribute has a line of its own, and so has the `}` of a block of several lines".to_owned(),
            ),
            _ => None,
        };
        ConfigError::new(format!("syntax error: {}", error.message()))
            .at(place(1))
            .maybe_hint(hint)
    })
}

fn check_top_level(scope: &Scope<'_>, body: &Body) -> Result<()> {
    for item in body {
        match item {
            Structure::Attribute(attribute) => {
                let name = attribute.key.as_str();
                return Err(scope
                    .error(
                        span(&attribute.key),
                        format!("unexpected attribute `{name}` at the top level"),
                    )
                    .hint(format!(
                        "put your own values into `locals {{ {name} = … }}`"
                    )));
            }
            Structure::Block(block) => {
                let name = block.ident.as_str();
                if !BLOCKS.contains(&name) && !INERT.contains(&name) {
                    return Err(scope
                        .error(span(&block.ident), format!("unknown block `{name}`"))
                        .maybe_hint(suggest::hint(name, BLOCKS, "known blocks")));
                }
            }
        }
    }
    Ok(())
}

/// The block of an environment, and how to call it. A labelled one wins over `env { name = atlas.env }`.
fn select<'b>(scope: &Scope<'_>, body: &'b Body, wanted: &str) -> Result<(&'b Block, String)> {
    let mut labelled: Option<&Block> = None;
    let mut dynamic: Option<&Block> = None;
    let mut names = Vec::new();
    for block in body.get_blocks("env") {
        match &labels(block)[..] {
            [] => {
                if !matches_dynamic(scope, block, wanted)? {
                    continue;
                }
                if let Some(first) = dynamic.replace(block) {
                    let what = format!("an `env` without a label that is `{wanted}`");
                    return Err(scope.twice(&what, span(&block.ident), span(&first.ident)));
                }
            }
            [(name, _)] if *name != wanted => names.push(*name),
            [(name, at)] => {
                if let Some(first) = labelled.replace(block) {
                    return Err(scope.twice(
                        &format!("`env \"{name}\"`"),
                        at.clone(),
                        span(&first.ident),
                    ));
                }
            }
            [_, (_, at), ..] => {
                return Err(scope.error(at.clone(), "an `env` has one label: its name"));
            }
        }
    }
    if let Some(block) = labelled {
        return Ok((block, format!("env \"{wanted}\"")));
    }
    if let Some(block) = dynamic {
        return Ok((block, "env".to_owned()));
    }
    let hint = match suggest::hint(wanted, &names, "it has") {
        Some(hint) if hint.starts_with("did") && names.len() > 1 => {
            format!("{hint} (it has {})", suggest::list(&names))
        }
        Some(hint) => hint,
        None if names.is_empty() => "it has no `env` block with a name".to_owned(),
        None => format!("it has {}", suggest::list(&names)),
    };
    Err(ConfigError::new(format!("env `{wanted}` is not defined in {}", scope.file())).hint(hint))
}

/// Whether a block without a label is the wanted environment. Only its name is evaluated.
fn matches_dynamic(scope: &Scope<'_>, block: &Block, wanted: &str) -> Result<bool> {
    let Some(attribute) = block.body.get_attribute("name") else {
        return Err(scope
            .error(span(&block.ident), "an `env` needs a name")
            .hint("write `env \"local\" { … }`, or `name = atlas.env` in it to accept any name"));
    };
    if let Expression::String(name) = &attribute.value {
        return Ok(name.as_str() == wanted);
    }
    match scope.eval(&attribute.value, &Frame::default())? {
        Value::String(name) => Ok(name == wanted),
        other => Err(scope.error(
            span(&attribute.value),
            format!("`name` must be a string, got {}", other.kind()),
        )),
    }
}

#[cfg(test)]
mod tests;
