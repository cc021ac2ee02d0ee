//! `schema inspect`: a schema as SQL, JSON or a diagram.

use anyhow::Result;

use super::args::InspectArgs;
use super::compare::with_dev;
use super::io::Io;
use super::planner::{Pair, Planner};
use super::state::{Loaded, State, sources, url_of};
use super::{ExitStatus, scope, setup};
use crate::config::{Env, Format};
use crate::dialect::Dialect;
use crate::engine::exclude::Exclude;
use crate::problem::Problem;
use crate::report::{inspect, mermaid};
use crate::schema::{Opaque, Realm};

/// How the SQL is indented unless the user says otherwise.
pub(super) const INDENT: &str = "  ";

/// Loads the state and prints it.
///
/// # Errors
/// When it can't be loaded, or the format fails.
pub(super) async fn run(args: InspectArgs, io: &mut Io<'_>) -> Result<ExitStatus> {
    let env = setup::env(&args.config.request(args.scope.flags()))?;
    let format = match &args.format {
        Some(text) => Format::parse(text).map_err(Problem::from)?,
        None => env.format.schema_inspect.clone(),
    };
    let sources = sources(&env, "--url", &args.url, url_of, || missing(&env))?;
    let state = State::start(sources, args.scope.provider_timeout)?;
    let (dialect, loaded) = load(state, &env, io).await?;
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
    let mut shown = Shown {
        planner: Planner {
            env: &env,
            dialect,
            scoped: loaded.scoped,
            qualifier: None,
            format: &layout,
            version: "",
            name: None,
            writes: false,
        },
        realm: loaded.realm,
    };
    let exclude = shown.planner.exclude(&[&shown.realm])?;
    for warning in scope::idle(&exclude, &[&shown.realm], &loaded.outside) {
        io.warn(&warning);
    }
    exclude.apply(&mut shown.realm);
    let text = shown.text(&format)?;
    if format != Format::Json {
        shown.warn(io);
    }
    io.print(&text)?;
    Ok(ExitStatus::Success)
}

fn missing(env: &Env) -> Problem {
    if let Some(variable) = env.unset.get("url") {
        return setup::unset("url", variable);
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

async fn load(state: State, env: &Env, io: &Io<'_>) -> Result<(&'static dyn Dialect, Loaded)> {
    if let Some((dialect, url)) = state.dev(env)? {
        let waiting = io.waiting();
        let loaded = with_dev(dialect, url, &waiting, async |dev| {
            let mut session = dev.session("desired").await.map_err(Problem::from)?;
            let loaded = state.build(env, dialect, &mut *session).await?;
            session.close().await.map_err(Problem::from)?;
            Ok(Loaded {
                scoped: dev.scoped(),
                ..loaded
            })
        });
        return Ok((dialect, loaded.await?));
    }
    let loaded = io.cancel.race(state.read(env)).await??;
    match (state.dialect()?, loaded) {
        (Some(dialect), Some(mut loaded)) => {
            dialect.forget_rows(&mut loaded.realm);
            Ok((dialect, loaded))
        }
        _ => Err(missing(env).into()),
    }
}

/// What is shown, and how.
struct Shown<'a> {
    planner: Planner<'a>,
    realm: Realm,
}

impl Shown<'_> {
    fn text(&self, format: &Format) -> Result<String> {
        let json = || inspect::realm(&self.realm);
        let diagram = || mermaid::er_diagram(&self.realm, &mermaid::all_tables(&self.realm));
        Ok(match format {
            Format::Default | Format::SqlIndent(_) => self.sql()?,
            Format::Json => format!("{:#}\n", json()),
            Format::Mermaid => diagram(),
            Format::Template(template) => template
                .render_with_diagram(&json(), &diagram())
                .map_err(Problem::from)?,
        })
    }

    /// The statements that build it from nothing.
    fn sql(&self) -> Result<String> {
        let nothing = self.planner.nothing(&self.realm);
        let found = self.planner.differences(&nothing, &self.realm);
        let pair = Pair {
            existing: nothing.clone(),
            current: nothing,
            desired: self.realm.clone(),
            exclude: Exclude::default(),
        };
        Ok(self.planner.plan(&pair, found.changes)?.text)
    }

    /// Names what has no model.
    fn warn(&self, io: &mut Io<'_>) {
        let mut lines: Vec<String> = Vec::new();
        let mut add = |schema: Option<&str>, object: &Opaque| {
            let schema = schema.filter(|_| !self.planner.scoped);
            let parts = [schema, object.table.as_deref(), Some(&object.name)];
            let name: Vec<&str> = parts.into_iter().flatten().collect();
            lines.push(format!("\n  {} {}", object.kind, name.join(".")));
        };
        for object in &self.realm.opaque {
            add(None, object);
        }
        for schema in &self.realm.schemas {
            for object in &schema.opaque {
                add(Some(&schema.name), object);
            }
        }
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
}
