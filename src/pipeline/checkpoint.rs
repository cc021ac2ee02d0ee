//! A checkpoint: what all migrations of a directory make, as one file that a new database starts with.

use super::dev::with_dev;
use super::directory::settled;
use super::planner::{Pair, Planner, inspect_options};
use super::{Context, PipelineError, Writing};
use crate::config::Format;
use crate::current::replay;
use crate::desired;
use crate::dialect::Profile;
use crate::dialect::row_count::counting;
use crate::diff::Diff;
use crate::diff::words::in_words;
use crate::engine::Session;
use crate::migration::{Dir, MigrationFile, program};
use crate::problem::Problem;
use crate::schema::Realm;
use crate::sql::Rules;
use crate::sql::token::{Kind, Token, tokens};

/// What a directory makes, in statements.
#[derive(Clone, Debug, Default)]
pub struct Checkpoint {
    /// The text of a file that makes it, but for the directive.
    pub sql: String,
    /// Tables into which the migrations put rows, which the text does not.
    pub filled: Vec<String>,
    /// What else the migrations do that the text does not: where, and what.
    pub beyond: Vec<String>,
    /// What is odd in the migrations; sentences for people.
    pub warnings: Vec<String>,
}

/// Writes what a directory makes as statements, and proves on an empty database that they make the same.
///
/// # Errors
/// When the migrations can't be replayed, or they make what can't be written yet.
pub async fn checkpoint(
    context: &Context<'_>,
    dir: &Dir,
    writing: Writing<'_>,
) -> Result<Checkpoint, PipelineError> {
    let url = settled(context, dir);
    let context = &context.on(url.as_ref());
    let dialect = context.dialect;
    with_dev(context, async |dev| {
        let env = context.env.without_skips();
        let planner = Planner {
            env: &env,
            dialect,
            scoped: dev.scoped(),
            writing,
            writes: true,
        };
        let options = inspect_options(context.env, dev.scoped());
        let mut session = dev.session("desired").await?;
        let made = replay(&mut *session, dir, &dialect.profile().scan, &options).await?;
        let filled = filled(&planner, &mut *session, &made.realm).await?;
        session.close().await?;
        let mut session = dev.session("current").await?;
        let empty = session.inspect(&options).await?;
        let pair = planner.between(&[], empty, made.realm)?;
        let mut found = planner.outcome(&pair.states, &desired::Loaded::default(), made.warnings);
        if !found.texts.is_empty() {
            let left = Diff {
                changes: Vec::new(),
                texts: found.texts,
            };
            let words = in_words(&left, found.qualified);
            return Err(Problem::new(
                "the migrations make what trueup can't write into a checkpoint yet",
            )
            .detail("to do", words.trim_end().to_owned())
            .into());
        }
        planner
            .settle(&mut *session, &pair, &mut found, false)
            .await?;
        session.close().await?;
        Ok(Checkpoint {
            sql: found.sql,
            filled,
            beyond: beyond(dir, dialect.profile()),
            warnings: found.warnings,
        })
    })
    .await
}

/// Whether a directory's last checkpoint makes what the files before it make: new databases start with the one, and others come
/// there by the rest. A warning says where that can't be told, since those files can't be replayed any more.
///
/// # Errors
/// When the two differ, or the checkpoint can't be replayed.
pub async fn sums_up(context: &Context<'_>, dir: &Dir) -> Result<Option<String>, PipelineError> {
    let dialect = context.dialect;
    let scan = &dialect.profile().scan;
    let files = dir.files();
    let last = files.iter().rposition(|file| file.is_checkpoint(scan));
    let Some(at) = last.filter(|at| *at > 0) else {
        return Ok(None);
    };
    let part = |files: &[MigrationFile]| Dir::in_memory(dir.path().to_owned(), files.to_vec());
    let (long, short) = (part(&files[..at]), part(&files[..=at]));
    let name = files[at].path().display();
    let url = settled(context, &long);
    let context = &context.on(url.as_ref());
    with_dev(context, async |dev| {
        let env = context.env.without_skips();
        let planner = Planner {
            env: &env,
            dialect,
            scoped: dev.scoped(),
            writing: Writing::of(&Format::Default),
            writes: true,
        };
        let options = inspect_options(context.env, dev.scoped());
        let mut session = dev.session("desired").await?;
        let long = replay(&mut *session, &long, scan, &options).await;
        session.close().await?;
        let long = match long {
            Ok(made) => made.realm,
            Err(error) => {
                let Problem { message, .. } = Problem::from(PipelineError::from(error));
                return Ok(Some(format!(
                    "{name}: whether it makes what the files before it make can't be told, since they can't be replayed: \
                     {message}"
                )));
            }
        };
        let mut session = dev.session("current").await?;
        let short = replay(&mut *session, &short, scan, &options).await?.realm;
        session.close().await?;
        let Pair { states, .. } = planner.between(&[], short, long)?;
        let left = planner.diff(&states);
        if left.is_empty() {
            return Ok(None);
        }
        let words = in_words(&left, states.qualified());
        Err(Problem::new(format!(
            "{name} does not make what the files before it make: databases that start with it are not like those that came there \
             by the others"
        ))
        .detail("it lacks", words.trim_end().to_owned())
        .hint(
            "put back what was changed before it; or where no database has it yet, take it out (`trueup migrate rm`) and write it \
             again: `trueup migrate checkpoint`",
        )
        .into())
    })
    .await
}

/// Statements whose work is not part of a schema: rights, programs, and where numbers go on.
fn beyond(dir: &Dir, profile: &Profile) -> Vec<String> {
    let scan = &profile.scan;
    let mut found = Vec::new();
    for file in dir.replay_files(scan) {
        for statement in file.steps(scan).unwrap_or_default() {
            let what = match program(&statement.text) {
                Some(_) => Some("a program"),
                None => apart(&statement.text, &scan.rules),
            };
            if let Some(what) = what {
                let place = file.path().display();
                found.push(format!("{place}:{}: {what}", statement.start));
            }
        }
    }
    found
}

/// What a statement does that a plan does not.
fn apart(text: &str, rules: &Rules) -> Option<&'static str> {
    let code = |token: &Token<'_>| !matches!(token.kind, Kind::Space | Kind::Comment);
    let found: Vec<Token<'_>> = tokens(text, rules).filter(code).collect();
    let first = found.first()?;
    let follows = |word: &str, next: &dyn Fn(&Token<'_>) -> bool| {
        found
            .windows(2)
            .any(|pair| pair[0].is(word) && next(&pair[1]))
    };
    let rights = first.is_any(&["grant", "revoke"])
        || first.is("alter") && follows("default", &|next| next.is("privileges"));
    let numbers = follows("setval", &|next| next.symbol("("))
        || first.is("alter") && found.iter().any(|token| token.is("restart"))
        || follows("auto_increment", &|next| {
            next.symbol("=") || next.kind == Kind::Number
        });
    match (rights, numbers) {
        (true, _) => Some("rights"),
        (false, true) => Some("where numbers go on"),
        (false, false) => None,
    }
}

/// Tables that have rows.
async fn filled(
    planner: &Planner<'_>,
    session: &mut dyn Session,
    realm: &Realm,
) -> Result<Vec<String>, PipelineError> {
    let quote = planner.dialect.profile().quote;
    let mut filled = Vec::new();
    for schema in &realm.schemas {
        for table in &schema.tables {
            let place = (!planner.scoped).then_some(schema.name.as_str());
            let question = counting((place, &table.name), None, quote, 1);
            let rows = session.column(&question, true).await?;
            if rows.first().is_some_and(|rows| rows != "0") {
                filled.push(table.name.clone());
            }
        }
    }
    Ok(filled)
}
