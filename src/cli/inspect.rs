//! `schema inspect`: a schema as SQL, JSON or a diagram.

use anyhow::Result;

use super::args::{InspectArgs, split_urls};
use super::io::{Io, told};
use crate::config::{Env, Format, Request};
use crate::dialect::Dialect;
use crate::engine::exclude::Exclude;
use crate::pipeline::{self, State, sources, statements, url_of};
use crate::problem::Problem;
use crate::report::{ExitStatus, inspect, mermaid};
use crate::schema::{Realm, TextObject};

/// How the SQL is indented unless the user says otherwise.
pub(super) const INDENT: &str = "  ";

/// Loads the state and prints it.
pub(super) async fn run(args: InspectArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let request = Request {
        complete: names_all(&args.url),
        ..args.config.request(args.scope.flags())
    };
    let env = pipeline::env(&request)?;
    let format = match &args.format {
        Some(text) => Format::parse(text).map_err(Problem::from)?,
        None => env.format.schema_inspect.clone(),
    };
    let sources = sources(&env, "--url", &split_urls(&args.url), url_of, || {
        missing(&env)
    })?;
    let state = State::start(&env, sources, args.time.provider_timeout).map_err(told)?;
    let loaded = pipeline::load(state, &env, &io.waiting(), &io.cancel).await;
    let (dialect, loaded) = loaded.map_err(told)?;
    let warnings = loaded
        .sql
        .iter()
        .flat_map(|sql| sql.warnings.iter().cloned());
    for warning in warnings.chain(loaded.unheeded(&env)) {
        io.warn(&warning);
    }
    let layout = match &format {
        Format::SqlIndent(_) => format.clone(),
        _ => Format::SqlIndent(INDENT.to_owned()),
    };
    let mut realm = loaded.realm;
    let mut exclude = Exclude::new(&env.exclude, loaded.scoped).map_err(Problem::from)?;
    exclude.settle(&[&realm]);
    for warning in pipeline::idle(&exclude, &[&realm], &loaded.outside) {
        io.warn(&warning);
    }
    exclude.apply(&mut realm);
    let json = || inspect::realm(&realm);
    let diagram = || mermaid::er_diagram(&realm, &mermaid::all_tables(&realm));
    let text = match &format {
        Format::Default | Format::SqlIndent(_) => {
            statements(&env, dialect, loaded.scoped, &realm, &layout).map_err(told)?
        }
        Format::Json => format!("{:#}\n", json()),
        Format::Mermaid => diagram(),
        Format::Template(template) => template
            .render_with_diagram(&json(), &diagram())
            .map_err(Problem::from)?,
    };
    if format != Format::Json {
        warn(&realm, dialect, loaded.scoped, io);
    }
    io.print(&text)?;
    Ok(ExitStatus::Success)
}

/// Whether a flag alone names a state.
pub(super) fn names_all(urls: &[String]) -> bool {
    !urls.is_empty() && !urls.iter().any(|url| url.contains("env://"))
}

fn missing(env: &Env) -> Problem {
    if let Some(variable) = env.unset.get("url") {
        return pipeline::unset("url", variable);
    }
    let problem = Problem::new("nothing to inspect is named");
    problem.hint(match env.name.is_empty() {
        true => "give `--url`, such as `postgres://user@host:5432/database` or `sqlite://file.db`",
        false => {
            "set `url` in the environment or give `--url`; its models are `--url env://src`, its migrations \
             `--url env://migration.dir`"
        }
    })
}

/// Names what is not printed.
fn warn(realm: &Realm, dialect: &dyn Dialect, scoped: bool, io: &mut Io<'_>) {
    let rules = &dialect.profile().order.texts;
    let line = |(schema, object): (Option<&str>, &TextObject)| {
        let schema = schema.filter(|_| !scoped);
        let parts = [schema, object.table.as_deref(), Some(&object.name)];
        let name: Vec<&str> = parts.into_iter().flatten().collect();
        format!("\n  {} {}", object.kind, name.join("."))
    };
    let left = realm.texts().filter(|(_, object)| !rules.plans(object));
    let lines: Vec<String> = left.map(line).collect();
    let (these, them) = match lines.len() {
        0 => return,
        1 => ("this is", "it"),
        _ => ("these are", "them"),
    };
    io.warn(&format!(
        "{these} not part of what is printed, since trueup has no model of {them} yet:{}",
        lines.concat()
    ));
}
