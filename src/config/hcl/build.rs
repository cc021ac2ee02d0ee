//! Reads the selected environment, and the blocks that apply to all of them, into an [`Env`].

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;

use hcl_edit::structure::Block;

use super::super::env::{
    Attrs, DiffPolicy, Env, ExecOrder, Fleet, Formats, Located, MigrationConfig, Object, Verb,
    choice, own_kind,
};
use super::super::error::{ConfigError, Origin};
use super::super::flags::{DIR_FORMATS, dir_format, duration, set_dir};
use super::super::fleet;
use super::super::format::Format;
use super::super::source::Source;
use super::super::url::DbUrl;
use super::body::{Reader, Text};
use super::frame::{Frame, span};
use super::scope::Scope;
use super::value::Value;

type Result<T> = std::result::Result<T, ConfigError>;

const ENV_ATTRIBUTES: &[&str] = &[
    "name", "url", "dev", "src", "app", "python", "schemas", "exclude", "own", "include",
    "for_each",
];
const ENV_BLOCKS: &[&str] = &[
    "schema",
    "migration",
    "diff",
    "lint",
    "format",
    "log",
    "test",
];

/// The environment that a block describes, completed by the `diff` block of the file's top level.
pub(super) fn env(
    scope: &Scope<'_>,
    block: &Block,
    what: &str,
    name: &str,
    everywhere: Option<&Block>,
) -> Result<Env> {
    let reader = Reader::new(scope, &block.body, what);
    let free = reader.check_free(ENV_ATTRIBUTES, ENV_BLOCKS)?;
    if let Some((text, at)) = reader.string("name")?
        && text != name
    {
        return Err(scope.error(at, format!("`{what}` gives itself another name, `{text}`")));
    }
    if reader
        .strings("include")?
        .is_some_and(|patterns| !patterns.is_empty())
        && let Some(at) = reader.place("include")
    {
        return Err(scope
            .error(at, "`include` is not supported yet")
            .hint("use `schemas` or `exclude`"));
    }
    let mut attrs = BTreeMap::new();
    let unread = &scope.world.unread;
    let (mut unset, mut composed) = (BTreeMap::new(), Vec::new());
    let fleet = fleet(&reader, &mut unset)?;
    // They may be another value for each database.
    let read = scope.world.fence.is_none() && fleet.is_none();
    for name in free.into_iter().filter(|_| read) {
        if let Some((value, _)) = reader.value(name, &[])? {
            attrs.insert(name.to_owned(), value.to_json());
        }
    }
    if let Some(block) = reader.block("lint")? {
        check_lint(scope, block)?;
    }
    let env = Env {
        name: name.to_owned(),
        config: None,
        url: match unread.contains(&"url") || fleet.is_some() {
            true => None,
            false => url(&reader, "url", &Frame::default(), &mut unset)?,
        },
        fleet,
        dev: match unread.contains(&"dev") {
            true => None,
            false => url(&reader, "dev", &Frame::default(), &mut unset)?,
        },
        unset,
        src: match unread.contains(&"src") {
            true => Vec::new(),
            false => sources(&reader, &mut composed)?,
        },
        composed,
        app: reader.string("app")?.map(|(text, _)| text),
        python: reader
            .strings("python")?
            .map(|words| words.into_iter().map(|(text, _)| text).collect()),
        schemas: texts(&reader, "schemas")?,
        lapses: Vec::new(),
        exclude: texts(&reader, "exclude")?,
        own: own(&reader)?,
        migration: reader
            .block("migration")?
            .map_or_else(|| Ok(MigrationConfig::default()), |b| migration(scope, b))?,
        diff: diff(scope, reader.block("diff")?, everywhere)?,
        format: formats(scope, &reader)?,
        attrs: Attrs(attrs),
    };
    Ok(env.settled())
}

/// What applies when no environment is selected.
pub(super) fn global(scope: &Scope<'_>, everywhere: Option<&Block>) -> Result<Env> {
    Ok(Env {
        diff: diff(scope, None, everywhere)?,
        ..Env::default()
    })
}

/// The databases of an environment that is many: only for who looks at them. The elements of `for_each` are names, or URLs; a
/// map names values of any kind.
fn fleet(
    reader: &Reader<'_, '_>,
    unset: &mut BTreeMap<&'static str, String>,
) -> Result<Option<Fleet>> {
    let Some(at) = reader.place("for_each") else {
        return Ok(None);
    };
    let Some(asked) = reader.scope.world.fleet else {
        return Ok(Some(Fleet::default()));
    };
    let elements = match reader.value("for_each", &[])? {
        Some((Value::Map(members), _)) => members.into_iter().collect(),
        Some((Value::List(items), at)) => {
            let text = |item: Value| match item.text() {
                Some(text) => Ok((text.clone(), text.into())),
                None => Err(reader.scope.error(
                    at.clone(),
                    format!("`for_each` has {} in it: names are strings", item.kind()),
                )),
            };
            items.into_iter().map(text).collect::<Result<Vec<_>>>()?
        }
        Some((other, at)) => {
            let message = format!("`for_each` must be a set or a map, got {}", other.kind());
            return Err(reader
                .scope
                .error(at, message)
                .hint("write `for_each = toset([\"a\", \"b\"])`"));
        }
        None => Vec::new(),
    };
    let unset = RefCell::new(unset);
    let url_of = |name: &str| -> Result<Option<Located<DbUrl>>> {
        if let Some(template) = asked.url {
            let value = fleet::url_of(template, name)?;
            let origin = Origin::Flag("--url");
            return Ok(Some(Located { value, origin }));
        }
        let value = elements.iter().find(|(key, _)| key == name);
        let value = value.map_or(Value::Null, |(_, value)| value.clone());
        let each =
            Value::Map([("key".to_owned(), name.into()), ("value".to_owned(), value)].into());
        match reader.scope.world.unread.contains(&"url") {
            true => Ok(None),
            false => url(
                reader,
                "url",
                &Frame::default().child(&[("each", each)]),
                &mut unset.borrow_mut(),
            ),
        }
    };
    let names = elements.iter().map(|(name, _)| name.clone()).collect();
    let found = fleet::fleet(names, url_of);
    found.map(Some).map_err(|error| error.at(reader.origin(at)))
}

fn texts(reader: &Reader<'_, '_>, name: &str) -> Result<Vec<String>> {
    let items = reader.strings(name)?.unwrap_or_default();
    Ok(items.into_iter().map(|(text, _)| text).collect())
}

/// The kinds of objects that are the models' in any case.
fn own(reader: &Reader<'_, '_>) -> Result<Vec<String>> {
    let items = reader.strings("own")?.unwrap_or_default().into_iter();
    let kinds = items.map(|(text, at)| own_kind(&text).map_err(|e| e.at(reader.origin(at))));
    kinds.collect()
}

/// A database URL. An empty one counts as absent: `getenv` gives that for a variable that is not set, which is noted.
fn url(
    reader: &Reader<'_, '_>,
    name: &'static str,
    frame: &Frame<'_>,
    unset: &mut BTreeMap<&'static str, String>,
) -> Result<Option<Located<DbUrl>>> {
    let (text, variable) = reader.scope.noting_unset(|| reader.string_in(name, frame));
    let Some((text, at)) = text? else {
        return Ok(None);
    };
    if text.trim().is_empty() {
        unset.extend(variable.map(|variable| (name, variable)));
        return Ok(None);
    }
    let origin = reader.origin(at);
    match DbUrl::parse(&text) {
        Ok(value) => Ok(Some(Located { value, origin })),
        Err(error) => Err(ConfigError::from(error).about(name).at(origin)),
    }
}

fn sources(
    reader: &Reader<'_, '_>,
    composed: &mut Vec<Located<String>>,
) -> Result<Vec<Located<Source>>> {
    let mut found = reader.strings("src")?;
    if let Some(block) = reader.block("schema")? {
        let schema = Reader::new(reader.scope, &block.body, "schema");
        schema.check(&["src"], &["repo", "mode"])?;
        if let Some(at) = schema.place("mode") {
            return Err(reader
                .scope
                .error(at, "`mode` of `schema` is not supported yet"));
        }
        let inner = schema.strings("src")?;
        if let (Some(_), Some(at), Some(_)) = (&found, reader.place("src"), &inner) {
            return Err(reader
                .scope
                .error(at, "`src` is given twice: here and in `schema`"));
        }
        found = found.or(inner);
    }
    let mut sources = Vec::new();
    for text in found.unwrap_or_default() {
        add_sources(reader.scope, text, &mut sources, composed)?;
    }
    Ok(sources)
}

/// Adds a source, or the parts of one that is composed.
fn add_sources(
    scope: &Scope<'_>,
    (text, at): Text,
    sources: &mut Vec<Located<Source>>,
    composed: &mut Vec<Located<String>>,
) -> Result<()> {
    let Some(parts) = scope.composite(&text) else {
        sources.push(source(scope, &text, at)?);
        return Ok(());
    };
    for part in parts {
        composed.extend(part.schema.map(|(value, at)| Located {
            value,
            origin: scope.origin(at),
        }));
        add_sources(scope, part.url, sources, composed)?;
    }
    Ok(())
}

fn source(scope: &Scope<'_>, text: &str, at: Range<usize>) -> Result<Located<Source>> {
    let origin = scope.origin(at);
    if let Some(external) = scope.external(text) {
        return Ok(Located {
            value: Source::External(external),
            origin,
        });
    }
    match Source::parse(text) {
        Ok(Source::Env(_)) => Err(ConfigError::new(
            "`src` cannot refer to `env://`: it is what that stands for",
        )
        .at(origin)),
        Ok(value) => Ok(Located { value, origin }),
        Err(error) => Err(ConfigError::from(error).about("src").at(origin)),
    }
}

fn migration(scope: &Scope<'_>, block: &Block) -> Result<MigrationConfig> {
    const ATTRIBUTES: &[&str] = &[
        "dir",
        "format",
        "exclude",
        "baseline",
        "exec_order",
        "lock_timeout",
        "revisions_schema",
        "lock_name",
    ];
    let reader = Reader::new(scope, &block.body, "migration");
    reader.check(ATTRIBUTES, &["repo"])?;
    let mut out = MigrationConfig {
        exclude: texts(&reader, "exclude")?,
        ..MigrationConfig::default()
    };
    if let Some((text, at)) = reader.word("format", DIR_FORMATS)? {
        dir_format(&text).map_err(|e| e.at(reader.origin(at)))?;
    }
    if let Some((text, at)) = reader.string("dir")? {
        set_dir(&mut out, &text, reader.origin(at))?;
    }
    let orders: Vec<&str> = ExecOrder::ALL.iter().map(|(name, _)| *name).collect();
    if let Some((text, at)) = reader.word("exec_order", &orders)? {
        out.exec_order = choice("execution order", &text, ExecOrder::ALL)
            .map_err(|e| e.at(reader.origin(at)))?;
    }
    if let Some((text, at)) = reader.string("lock_timeout")? {
        out.lock_timeout = duration(&text).map_err(|e| e.at(reader.origin(at)))?;
    }
    out.baseline = reader
        .string("baseline")?
        .map(|(text, _)| text)
        .filter(|text| !text.is_empty());
    out.revisions_schema = reader
        .string("revisions_schema")?
        .map(|(text, _)| text)
        .filter(|text| !text.is_empty());
    if let Some(block) = reader.block("repo")? {
        let repo = Reader::new(scope, &block.body, "repo");
        repo.check(&["name"], &[])?;
    }
    Ok(out)
}

/// An environment's `diff` block, completed by the one of the top level.
fn diff(scope: &Scope<'_>, own: Option<&Block>, global: Option<&Block>) -> Result<DiffPolicy> {
    let mut out = DiffPolicy::default();
    let (mut skip, mut concurrent) = (false, false);
    for block in own.into_iter().chain(global) {
        let reader = Reader::new(scope, &block.body, "diff");
        reader.check(&[], &["skip", "concurrent_index"])?;
        if let Some(block) = reader.block("skip")?.filter(|_| !skip) {
            read_skip(scope, block, &mut out)?;
            skip = true;
        }
        if let Some(block) = reader.block("concurrent_index")?.filter(|_| !concurrent) {
            let reader = Reader::new(scope, &block.body, "concurrent_index");
            reader.check(&["create", "add", "drop"], &[])?;
            out.concurrent_index.create = reader
                .bool("create")?
                .or(reader.bool("add")?)
                .unwrap_or(false);
            out.concurrent_index.drop = reader.bool("drop")?.unwrap_or(false);
            concurrent = true;
        }
    }
    Ok(out)
}

fn read_skip(scope: &Scope<'_>, block: &Block, out: &mut DiffPolicy) -> Result<()> {
    let names: Vec<String> = Verb::ALL
        .iter()
        .flat_map(|(verb, _)| {
            Object::ALL
                .iter()
                .map(move |(object, _)| format!("{verb}_{object}"))
        })
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let reader = Reader::new(scope, &block.body, "skip");
    reader.check(&names, &[])?;
    for (verb_name, verb) in Verb::ALL {
        for (object_name, object) in Object::ALL {
            if reader.bool(&format!("{verb_name}_{object_name}"))? == Some(true) {
                out.skip.insert((*verb, *object));
            }
        }
    }
    Ok(())
}

/// Analyzers that have a block in `lint`.
const ANALYZERS: &[&str] = &[
    "destructive",
    "data_depend",
    "incompatible",
    "condrop",
    "concurrent_index",
    "naming",
    "nestedtx",
    "non_linear",
    "ownership",
    "statement",
    "rule",
    "check",
];

/// The names in a `lint` block: nothing of it is used here.
pub(super) fn check_lint(scope: &Scope<'_>, block: &Block) -> Result<()> {
    let reader = Reader::new(scope, &block.body, "lint");
    let blocks: Vec<&str> = ANALYZERS.iter().copied().chain(["git"]).collect();
    reader.check(&["latest", "format", "log", "review"], &blocks)
}

fn formats(scope: &Scope<'_>, env: &Reader<'_, '_>) -> Result<Formats> {
    let mut out = Formats::default();
    let block = match (env.block("format")?, env.block("log")?) {
        (Some(_), Some(log)) => {
            return Err(scope.error(
                span(&log.ident),
                "`log` is the old name of `format`, which is there too",
            ));
        }
        (format, log) => format.or(log),
    };
    let Some(block) = block else { return Ok(out) };
    let reader = Reader::new(scope, &block.body, block.ident.as_str());
    reader.check(&[], &["migrate", "schema"])?;
    let read = |group: &str, slots: &mut [(&str, &mut Format)], others: &[&str]| -> Result<()> {
        let Some(block) = reader.block(group)? else {
            return Ok(());
        };
        let reader = Reader::new(scope, &block.body, group);
        let names = slots
            .iter()
            .map(|(name, _)| *name)
            .chain(others.iter().copied());
        reader.check(&names.collect::<Vec<_>>(), &[])?;
        for (name, slot) in slots {
            if let Some(found) = format(&reader, name)? {
                **slot = found;
            }
        }
        // Errors in a template are reported whichever command uses it.
        others
            .iter()
            .try_for_each(|name| format(&reader, name).map(drop))
    };
    read(
        "migrate",
        &mut [("diff", &mut out.migrate_diff)],
        &["apply", "lint", "status", "down"],
    )?;
    read(
        "schema",
        &mut [
            ("inspect", &mut out.schema_inspect),
            ("diff", &mut out.schema_diff),
        ],
        &["apply", "clean", "push"],
    )?;
    Ok(out)
}

fn format(reader: &Reader<'_, '_>, name: &str) -> Result<Option<Format>> {
    let Some((text, at)) = reader.string(name)? else {
        return Ok(None);
    };
    match Format::parse(&text) {
        Ok(format) => Ok(Some(format)),
        Err(error) => Err(ConfigError::from(error).at(reader.origin(at))),
    }
}
