//! Files for people and later steps, in the workspace.
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Delivery;
use crate::action::finding::{Finding, Looked};
use crate::action::note::{self, Note, Told};
use crate::pipeline::Verdict;
use crate::report::{self, Redactor};

/// Where files for people and later steps are put, in the workspace. Not hidden: artifacts leave hidden files out.
pub(super) const DIRECTORY: &str = "trueup-report";

/// The file there that `mode: report` reads.
const NOTE: &str = "comment.json";

impl Delivery<'_> {
    /// Writes the report, the missing SQL and the patch for later steps; gives back the report's path in the workspace.
    pub(super) fn files(&self, finding: &Finding, redactor: &Redactor) -> io::Result<String> {
        let relative = PathBuf::from(DIRECTORY).join(self.identity.path());
        let (at, owner) = self.directory(&relative)?;
        let value = guarded(report_value(finding), redactor);
        write(&at.join("report.json"), &format!("{value:#}\n"), &owner)?;
        let sql = finding
            .report
            .as_ref()
            .map(|report| report.found.sql.as_str());
        let prepared = finding.files.as_ref();
        let patch = prepared.and_then(|files| files.patch.as_deref());
        for (name, text) in [("missing.sql", sql), ("missing.patch", patch)] {
            let path = at.join(name);
            match text.filter(|text| !text.is_empty()) {
                Some(text) if redactor.line_of_secret(text).is_none() => {
                    write(&path, text, &owner)?;
                }
                // What another step left there is not this run's.
                _ => remove(&path)?,
            }
        }
        Ok(relative.join("report.json").display().to_string())
    }

    /// Adds what a comment needs to the file of the job; gives its path in the workspace. None where the run is not for a pull
    /// request.
    ///
    /// # Errors
    /// Why it is not there.
    pub(super) fn note(
        &self,
        finding: &Finding,
        redactor: &Redactor,
    ) -> Result<Option<String>, String> {
        let told = Told::of(self.identity, finding, redactor);
        let (Some(mut note), Some(told)) = (Note::of(self.run), told) else {
            return Ok(None);
        };
        let relative = Path::new(DIRECTORY);
        let failed = |error: io::Error| error.to_string();
        let (at, owner) = self.directory(relative).map_err(failed)?;
        let path = at.join(NOTE);
        // What is there comes from an earlier step or the pull request, and is not trusted.
        let plain = |found: fs::Metadata| found.is_file() && found.len() <= note::LIMIT as u64;
        let earlier = fs::symlink_metadata(&path).is_ok_and(plain);
        let earlier = earlier.then(|| fs::read(&path).unwrap_or_default());
        note.add(earlier.and_then(|text| Note::read(&text).ok()), told);
        write(&path, &note.text()?, &owner).map_err(failed)?;
        Ok(Some(relative.join(NOTE).display().to_string()))
    }

    /// A directory for files of the run, made where it is not there, and whose they are.
    fn directory(&self, relative: &Path) -> io::Result<(PathBuf, fs::Metadata)> {
        let workspace = match &self.run.workspace {
            Some(workspace) => workspace.clone(),
            None => std::env::current_dir()?,
        };
        let owner = fs::metadata(&workspace)?;
        let mut at = workspace.clone();
        for part in relative {
            at.push(part);
            match fs::symlink_metadata(&at) {
                Ok(found) if found.is_dir() => {}
                // The checkout is the pull request's: a link in it could lead anywhere.
                Ok(_) => {
                    return Err(io::Error::other(format!(
                        "{} is not a directory",
                        at.display()
                    )));
                }
                Err(_) => {
                    fs::create_dir(&at)?;
                    give(&at, &owner);
                }
            }
        }
        let ignore = workspace.join(DIRECTORY).join(".gitignore");
        write(&ignore, "*\n", &owner)?;
        Ok((at, owner))
    }
}

fn report_value(finding: &Finding) -> Value {
    let mut value = match (&finding.report, &finding.problem) {
        _ if let Some(live) = &finding.live => match &live.report {
            Looked::One(report) => report::drift::json(report),
            Looked::Many(fleet) => report::fleet::json(fleet),
        },
        (Some(report), problem) => {
            let undecided = (report.found.verdict == Verdict::Unknown).then(|| report.undecided());
            report::json::check(report, problem.as_ref().or(undecided.as_ref()))
        }
        (None, Some(problem)) => report::json::failed(problem),
        (None, None) => json!({}),
    };
    if let Some(shipped) = &finding.shipped {
        value["applied"] = json!(shipped.applied());
        value["version"] = json!(shipped.version());
    }
    value["state"] = json!(finding.state.name());
    value["done"] = json!(finding.done);
    value["patch"] = json!(
        finding
            .files
            .as_ref()
            .and_then(|files| files.patch.as_deref())
    );
    value
}

/// The report as others may read it. Errors, warnings and what was done are for people, and redacted. A text that programs
/// take is never altered: where it holds a secret it is null, and its path is listed in `withheld`.
fn guarded(mut value: Value, redactor: &Redactor) -> Value {
    let mut withheld = Vec::new();
    if let Value::Object(fields) = &mut value {
        for (name, value) in fields.iter_mut() {
            let for_people = ["done", "error", "warnings"].contains(&name.as_str());
            guard(value, name, for_people, redactor, &mut withheld);
        }
    }
    if !withheld.is_empty() {
        value["withheld"] = json!(withheld);
    }
    value
}

fn guard(
    value: &mut Value,
    place: &str,
    for_people: bool,
    redactor: &Redactor,
    withheld: &mut Vec<String>,
) {
    match value {
        Value::String(text) if for_people => *text = redactor.redact(text),
        Value::String(text) if redactor.line_of_secret(text).is_some() => {
            withheld.push(place.to_owned());
            *value = Value::Null;
        }
        Value::Array(values) => {
            for (at, value) in values.iter_mut().enumerate() {
                guard(
                    value,
                    &format!("{place}[{at}]"),
                    for_people,
                    redactor,
                    withheld,
                );
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                guard(
                    value,
                    &format!("{place}.{name}"),
                    for_people,
                    redactor,
                    withheld,
                );
            }
        }
        _ => {}
    }
}

/// Replaces a file, whatever was there; the workspace's owner can remove it again.
fn write(path: &Path, text: &str, owner: &fs::Metadata) -> io::Result<()> {
    remove(path)?;
    fs::File::create_new(path)?.write_all(text.as_bytes())?;
    give(path, owner);
    Ok(())
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Only root can, and only for root it matters.
fn give(path: &Path, owner: &fs::Metadata) {
    let _ = std::os::unix::fs::lchown(path, Some(owner.uid()), Some(owner.gid()));
}
