//! An Alembic history as a directory of SQL files, which builds the same state.

use std::path::Path;

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::directory::{directory, marked, provider_options, replay};
use super::records::ALEMBIC;
use super::{Context, PipelineError, Verdict, Writing};
use crate::config::{Env, Located, Origin, Source};
use crate::current::History;
use crate::current::alembic::{Alembic, Known, Part};
use crate::desired::{self, as_script};
use crate::diff::words::in_words;
use crate::diff::{Comparable, Cut, Diff};
use crate::engine::exclude::Exclude;
use crate::migration::{Dir, NewMigration, baseline_mark};
use crate::problem::Problem;

/// Bytes of a revision's message that become part of a file's name.
const NAME: usize = 60;

/// The form of [`Known::created`].
const CREATED: &[BorrowedFormatItem<'static>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");

/// A history as files.
#[derive(Debug)]
pub struct Import {
    /// The files, which are nowhere on disk.
    pub dir: Dir,
    /// How many revisions they stand for.
    pub revisions: usize,
    /// A database that Alembic brought to the head is known to have the last file.
    pub recognised: bool,
    /// Sentences for people.
    pub warnings: Vec<String>,
}

/// Runs a history, and makes files of it that build the same: one for each revision, with what it ran, or a single one for what
/// is there in the end (`baseline`). Each says which revision it stands for. They are proven: replayed, they lead to the state
/// that Alembic left.
///
/// # Errors
/// What Alembic or the database says, and where the files lead to another state.
pub async fn import(
    context: &Context<'_>,
    history: &History<'_>,
    to: &Path,
    baseline: bool,
) -> Result<Import, PipelineError> {
    let History::Alembic(alembic) = history else {
        let problem = Problem::new(format!(
            "the migrations in {} are SQL already",
            history.shown()
        ));
        return Err(problem
            .hint("name the Alembic history: `--dir alembic://alembic.ini`")
            .into());
    };
    let mut warnings = replay(context, history).await?.warnings;
    let parts = alembic.parts();
    if parts.is_empty() {
        return Err(Problem::new(format!(
            "the history in {} has no revision",
            history.shown()
        ))
        .into());
    }
    let unknown = unrecognised(alembic, &parts);
    let recognised = unknown.is_none();
    warnings.extend(unknown);
    let empty = || Dir::in_memory(to.to_owned(), Vec::new());
    let dir = if baseline {
        warnings.extend(rows_lost(&parts));
        let dir = one_file(context, &parts, empty()).await?;
        prove(context, alembic, &dir).await?;
        dir
    } else {
        warnings.extend(rows_read(&parts));
        let dir = a_file_each(context, &parts, empty(), false)?;
        match prove(context, alembic, &dir).await {
            // Most of what ran outside of a transaction can be part of one.
            Err(_) if parts.iter().any(|part| part.alone) => {
                let dir = a_file_each(context, &parts, empty(), true)?;
                prove(context, alembic, &dir).await?;
                dir
            }
            done => done.map(|()| dir)?,
        }
    };
    Ok(Import {
        revisions: parts.len(),
        recognised,
        dir,
        warnings,
    })
}

/// Why databases that Alembic migrated are not known by what they record.
fn unrecognised(alembic: &Alembic, parts: &[Part<'_>]) -> Option<String> {
    let way = "name the version that such a database is at when it is first migrated: `trueup migrate apply --baseline VERSION`";
    let table = match alembic.table() {
        // A connection to one schema sees no other.
        Some((Some(schema), name)) if alembic.scoped() => Some(format!("{schema}.{name}")),
        Some((_, name)) if name != ALEMBIC => Some(name.to_owned()),
        _ => None,
    };
    if let Some(table) = table {
        return Some(format!(
            "Alembic's table is called {table} here, by which no database is recognised: {way}"
        ));
    }
    let heads = parts.last().map(|part| part.heads.iter());
    let odd = heads
        .into_iter()
        .flatten()
        .find(|head| baseline_mark(head).is_none())?;
    Some(format!(
        "revision {odd:?} can't be written into a file's first line, so that no database is recognised by it: {way}"
    ))
}

/// A file for each revision that ran anything; where `alone`, what ran outside of a transaction does so again.
fn a_file_each(
    context: &Context<'_>,
    parts: &[Part<'_>],
    mut dir: Dir,
    alone: bool,
) -> Result<Dir, Problem> {
    let scan = &context.dialect.profile().scan;
    let last = parts.len().saturating_sub(1);
    let mut rest = parts.iter().enumerate().peekable();
    while let Some((at, part)) = rest.next() {
        let mut marks = marks(part, at == last);
        // Of what changes nothing, a database that has it has no more than the file before.
        while let Some((at, idle)) = rest.next_if(|(_, next)| next.statements.is_empty()) {
            marks.extend(self::marks(idle, at == last));
        }
        let statements: Vec<String> = part.statements.iter().map(|&text| text.into()).collect();
        let sql = format!("{}\n", as_script(&statements, scan).trim_end());
        // Alembic's connections don't enforce foreign keys where trueup's do, and a table that is dropped would take rows
        // of others along.
        let unchecked = context.dialect.profile().revisions.unchecked;
        let sql = match part.drops && !unchecked.is_empty() {
            true => format!("{unchecked};\n\n{sql}"),
            false => sql,
        };
        let text = match alone && part.alone {
            true => format!("-- atlas:txmode none\n\n{sql}"),
            false => sql,
        };
        dir = add(dir, &marked(&marks, text), part.revision)?;
    }
    Ok(dir)
}

/// The revisions by which a database is known to have a file: where several branches are open, no single one says so.
fn marks(part: &Part<'_>, last: bool) -> Vec<String> {
    let known = last || part.heads.len() == 1;
    let heads = part.heads.iter().filter(|_| known);
    heads.map(|&head| head.to_owned()).collect()
}

/// A single file, planned from nothing to what the history leaves.
async fn one_file(
    context: &Context<'_>,
    parts: &[Part<'_>],
    dir: Dir,
) -> Result<Dir, PipelineError> {
    let Some(head) = parts.last() else {
        return Ok(dir);
    };
    let profile = context.dialect.profile();
    let unchecked = profile.revisions.unchecked;
    let before =
        (parts.iter().any(|part| part.drops) && !unchecked.is_empty()).then_some(unchecked);
    let texts = parts.iter().flat_map(|part| &part.statements).copied();
    let statements: Vec<String> = before.into_iter().chain(texts).map(str::to_owned).collect();
    let written = || -> std::io::Result<tempfile::NamedTempFile> {
        let mut file = tempfile::Builder::new().suffix(".sql").tempfile()?;
        std::io::Write::write_all(&mut file, as_script(&statements, &profile.scan).as_bytes())?;
        Ok(file)
    };
    let file = written().map_err(|error| {
        Problem::new(format!(
            "can't write the history's SQL to a temporary file: {error}"
        ))
    })?;
    let env = Env {
        src: vec![Located {
            value: Source::File(file.path().to_owned()),
            origin: Origin::Flag("--baseline"),
        }],
        ..context.env.clone()
    };
    let mut pending = desired::start(&env.src, &provider_options(&env, std::time::Duration::MAX))?;
    let format = env.format.migrate_diff.for_people();
    let nothing = History::Files(std::borrow::Cow::Borrowed(&dir));
    let context = Context {
        env: &env,
        ..*context
    };
    let found = directory(&context, &nothing, &mut pending, Writing::of(&format)).await?;
    if found.verdict == Verdict::Unknown {
        let unplanned = Diff {
            changes: Vec::new(),
            texts: found.texts,
        };
        let problem = Problem::new("no single file can be planned for what the history builds")
            .detail("no plan for", in_words(&unplanned, found.qualified))
            .hint("without `--baseline` each revision becomes a file with what it ran");
        return Err(problem.into());
    }
    let text = marked(&marks(head, true), found.sql);
    let known = Known {
        message: "baseline".to_owned(),
        ..head.revision.clone()
    };
    Ok(add(dir, &text, &known)?)
}

/// The directory with another file, named after a revision and the time at which it was written.
fn add(dir: Dir, content: &str, revision: &Known) -> Result<Dir, Problem> {
    let created = revision.created.as_deref();
    let created = created.and_then(|text| PrimitiveDateTime::parse(text, CREATED).ok());
    let at = created.map_or_else(OffsetDateTime::now_utc, PrimitiveDateTime::assume_utc);
    let name = slug(&revision.message).unwrap_or_else(|| revision.id.clone());
    let new = NewMigration {
        name: Some(&name),
        content,
    };
    let (dir, _) = dir.adding(new, at)?;
    Ok(dir)
}

/// A message as a part of a file's name; none where nothing is left of it.
fn slug(message: &str) -> Option<String> {
    let words = message.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let mut name = String::new();
    for word in words {
        if !name.is_empty() && name.len() + word.len() >= NAME {
            break;
        }
        let separator = if name.is_empty() { "" } else { "_" };
        name.extend([separator, &word]);
    }
    name.truncate(NAME);
    (!name.is_empty()).then_some(name)
}

/// Revisions that read rows: on the empty database there were none.
fn rows_read(parts: &[Part<'_>]) -> Option<String> {
    let read = parts.iter().filter(|part| part.reads);
    listed(read).map(|names| {
        format!(
            "{names} reads rows: what it does to rows that the history did not write is in no file"
        )
    })
}

/// Revisions that write rows, which a plan of the schema has none of.
fn rows_lost(parts: &[Part<'_>]) -> Option<String> {
    let writes = |text: &&str| {
        let first = text.split_whitespace().next().unwrap_or_default();
        ["INSERT", "UPDATE", "COPY", "MERGE", "REPLACE"]
            .iter()
            .any(|word| first.eq_ignore_ascii_case(word))
    };
    let lost = parts
        .iter()
        .filter(|part| part.statements.iter().any(writes));
    listed(lost).map(|names| {
        format!(
            "{names} writes rows, and the baseline is the schema alone: add to it what a new database needs, or leave out \
             `--baseline`"
        )
    })
}

fn listed<'p>(parts: impl Iterator<Item = &'p Part<'p>>) -> Option<String> {
    let names: Vec<String> = parts
        .map(|part| format!("`{}`", part.revision.id))
        .collect();
    match &names[..] {
        [] => None,
        [one] => Some(format!("revision {one}")),
        names => Some(format!("each of the revisions {}", names.join(", "))),
    }
}

/// Replays the files; they must lead to what Alembic left, but for its own table.
async fn prove(context: &Context<'_>, alembic: &Alembic, dir: &Dir) -> Result<(), PipelineError> {
    let files = History::Files(std::borrow::Cow::Borrowed(dir));
    let reached = replay(context, &files).await?.realm;
    let scoped = alembic.scoped();
    let own = alembic.exclude().iter().take(1).cloned();
    let mut exclude = Exclude::new(&own.collect::<Vec<_>>(), scoped)?;
    let wanted = alembic.realm();
    exclude.settle(&[&reached, &wanted]);
    let cut = Cut::of(&exclude, scoped);
    let states = Comparable::cut(context.dialect, reached, wanted, &cut)?;
    let left = states.diff();
    if left.is_empty() {
        return Ok(());
    }
    let problem = Problem::new("the files build another state than the revisions, so nothing was written")
        .detail("left over", in_words(&left, states.qualified()))
        .hint(
            "a revision that decides by what it finds can't be taken over as it ran; `--baseline` makes one file of what is \
             there in the end",
        );
    Err(problem.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files() {
        assert_eq!(
            slug("Add piers & berths!").as_deref(),
            Some("add_piers_berths")
        );
        assert_eq!(slug("…"), None);
        let long = slug(&"every word of it ".repeat(9)).unwrap();
        assert!(long.len() <= NAME && !long.ends_with('_'), "{long}");
    }
}
