//! The one issue of a database: opened when it drifts, kept true while it does, closed when it is in order again.
//!
//! An issue is ours when its body begins with the marker `<!-- trueup:v1 key=<12 hex> h=<hash> n=<number> e=<number>
//! at=<time> -->` and the token's account or another bot opened it. What people wrote is never touched, since anybody can
//! copy a marker. `key` is of the project and its environment (see [`super::identity`]); `h` is the hash of the drift, `-`
//! when there was none the last time; `n` counts what was said in comments, `e` checks that failed in a row; `at` is the
//! last check that did not.
//!
//! | the check | the issue | what follows |
//! |---|---|---|
//! | drift | none | it is opened |
//! | the same drift | open | its body is written again, in silence |
//! | another drift | any | a comment says what came and what went; it is opened again if it was closed |
//! | drift, after none | closed | a comment, and it is opened again |
//! | the same drift | closed as not planned, or as a duplicate | left alone |
//! | the same drift | closed otherwise | a comment, and it is opened again |
//! | in sync | open | a comment, and it is closed as completed |
//! | in sync | closed | left alone |
//! | failed | open | the third time in a row a comment says so; before that it is counted in silence |
//! | failed | none, or closed | nothing: there is no record to keep true |
//!
//! Labels are given when it is opened, and the title; both are people's from then on. It is found by its label, and among
//! all issues of the token's account where that was taken off.
//!
//! Two runs may open one at once. Each looks again afterwards: the oldest stays, younger ones lose the marker and are closed
//! as duplicates. A comment is made before the body says so, under a marker of its own: a run that is cut off between the
//! two is finished by the next, which finds the comment.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::format_description;

use super::client::{ApiError, ErrorKind, GitHub};
use super::comment::{self, On, Post};
use super::event::Repository;
use super::page::escape::{code, prose};
use super::sha256;

/// Bytes of a body.
const LIMIT: usize = 60_000;

/// Bytes of the text of a body; the rest is for the marker, the last lines and the names of what differs.
pub const ROOM: usize = 50_000;

/// The label that all such issues have.
pub const LABEL: &str = "trueup:drift";

/// Characters of a label's name that GitHub takes.
const LABEL_LENGTH: usize = 50;

/// How often opening is retried when its outcome is unknown.
const POSTS: u32 = 3;

/// Failed checks in a row that are worth a comment.
const ERRORS: u32 = 3;

/// Names that a comment lists.
const NAMES: usize = 30;

/// What the token needs.
const PERMISSION: &str = "issues: write";

/// What an issue is about, and the check that speaks of it.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// By [`Identity::key`](super::identity::Identity::key).
    pub key: &'a str,
    /// The environment's name, for a label; may be empty.
    pub env: &'a str,
    pub now: OffsetDateTime,
    /// The run's page.
    pub run: Option<&'a str>,
}

/// What a check saw.
#[derive(Clone, Copy, Debug)]
pub enum Seen<'a> {
    Drift {
        /// Equal for equal drift; hexadecimal digits.
        hash: &'a str,
        /// The title of a new issue.
        title: &'a str,
        /// Markdown of at most [`ROOM`] bytes.
        body: &'a str,
        /// What differs, by names that may be shown.
        objects: &'a BTreeSet<String>,
        /// What is not told to be gone.
        unknown: &'a Unknown,
    },
    InSync,
    /// Nothing is known.
    Failed {
        why: &'a str,
    },
}

/// Objects of which a check knows nothing, since it could not look at a part: they stay what they were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// Any that is not there may be there all the same.
    All,
    /// Those whose names begin so.
    Beginning(Vec<String>),
}

impl Default for Unknown {
    fn default() -> Self {
        Self::Beginning(Vec::new())
    }
}

impl Unknown {
    /// The objects, and those of before that are not known to be gone.
    fn kept(
        &self,
        objects: &BTreeSet<String>,
        before: Option<&BTreeSet<String>>,
    ) -> BTreeSet<String> {
        let covered = |object: &&String| match self {
            Self::All => true,
            Self::Beginning(names) => names.iter().any(|name| object.starts_with(name)),
        };
        let before = before.into_iter().flatten().filter(covered);
        before.chain(objects).cloned().collect()
    }
}

/// A hash of names, for [`Seen::Drift`].
pub fn digest(objects: &BTreeSet<String>) -> String {
    let names: Vec<&str> = objects.iter().map(String::as_str).collect();
    let mut hash = sha256(names.join("\n").as_bytes());
    hash.truncate(16);
    hash
}

/// What a check comes to, of what was known before; the output `drift-state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// There was no drift before.
    New,
    /// There was another one.
    Changed,
    Same,
    /// There was drift, and it is gone.
    Resolved,
    InSync,
    /// It is known, and somebody closed the issue as not planned.
    Muted,
    Error,
}

impl State {
    /// The output's value.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Same => "same",
            Self::Resolved => "resolved",
            Self::InSync => "in-sync",
            Self::Muted => "muted",
            Self::Error => "error",
        }
    }
}

/// How the issue was kept.
#[derive(Debug)]
pub struct Kept {
    pub state: State,
    /// The issue, where there is one.
    pub number: Option<u64>,
    pub url: Option<String>,
    /// What differs and did not before.
    pub came: Vec<String>,
    /// What differed before.
    pub went: Vec<String>,
    /// The repository has no issues.
    pub disabled: bool,
    /// What could not be done besides: labels, comments on a locked issue, copies of it.
    pub left: Vec<ApiError>,
    /// Addresses of issues with the same marker that people opened.
    pub foreign: Vec<String>,
}

impl Kept {
    /// What is so where nothing is known of before.
    pub fn bare(seen: Seen<'_>) -> Self {
        let (state, came) = match seen {
            Seen::Drift { objects, .. } => (State::New, objects.iter().cloned().collect()),
            Seen::InSync => (State::InSync, Vec::new()),
            Seen::Failed { .. } => (State::Error, Vec::new()),
        };
        Self {
            state,
            number: None,
            url: None,
            came,
            went: Vec::new(),
            disabled: false,
            left: Vec::new(),
            foreign: Vec::new(),
        }
    }
}

/// What an issue remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mark {
    /// None when there was no drift.
    hash: Option<String>,
    said: u32,
    errors: u32,
    at: String,
}

impl Mark {
    /// The first line of a body, with the line's end.
    fn line(&self, key: &str) -> String {
        let hash = self.hash.as_deref().unwrap_or("-");
        let Self {
            said, errors, at, ..
        } = self;
        format!("<!-- trueup:v1 key={key} h={hash} n={said} e={errors} at={at} -->\n")
    }

    /// What a body with the project's marker at its very start remembers, and the text below.
    fn parse<'b>(body: &'b str, key: &str) -> Option<(Self, &'b str)> {
        let (line, text) = body
            .strip_prefix("<!-- trueup:v1 key=")?
            .split_once(" -->")?;
        let mut parts = line.split(' ');
        if parts.next() != Some(key) {
            return None;
        }
        let mut part = |name: &str| parts.next()?.strip_prefix(name)?.strip_prefix('=');
        let hash = part("h")?;
        let hex =
            |hash: &str| hash.len() <= 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        let mark = Self {
            hash: (hash != "-").then(|| hash.to_owned()),
            said: part("n")?.parse().ok()?,
            errors: part("e")?.parse().ok()?,
            at: part("at")?.to_owned(),
        };
        mark.hash
            .as_deref()
            .is_none_or(hex)
            .then(|| (mark, text.trim_start_matches(['\r', '\n'])))
    }
}

/// An issue that trueup opened.
#[derive(Clone, Debug)]
struct Found {
    number: u64,
    url: String,
    open: bool,
    /// Somebody closed it so that it stays closed.
    declined: bool,
    mark: Mark,
    text: String,
}

impl Found {
    /// What differed when the body was written; none where it is not known.
    fn objects(&self) -> Option<BTreeSet<String>> {
        let (_, names) = self.text.rsplit_once(OBJECTS)?;
        serde_json::from_str(names.split_once(" -->")?.0).ok()
    }
}

/// What begins the list of names at the end of a body, which nobody sees.
const OBJECTS: &str = "<!-- objects ";

/// Issues with our marker, from the oldest on.
#[derive(Default)]
struct Marked {
    ours: Vec<Found>,
    foreign: Vec<String>,
}

#[derive(Deserialize)]
struct Listed {
    number: u64,
    html_url: String,
    state: String,
    state_reason: Option<String>,
    body: Option<String>,
    user: Option<User>,
    pull_request: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct User {
    login: String,
    #[serde(rename = "type")]
    kind: String,
}

/// Makes the issue tell what was seen.
///
/// # Errors
///
/// It could not be read or written.
pub async fn keep(
    github: &GitHub,
    repository: &Repository,
    subject: &Subject<'_>,
    seen: Seen<'_>,
) -> Result<Kept, ApiError> {
    let keeper = Keeper {
        github,
        repository,
        subject,
    };
    let found = keeper.find().await?;
    let mut kept = Kept {
        foreign: found.foreign,
        ..Kept::bare(seen)
    };
    let oldest = keeper.oldest(found.ours, &mut kept.left).await;
    if let Some(issue) = oldest {
        match keeper.update(&issue, seen, &mut kept).await {
            // Somebody deleted it meanwhile.
            Err(error) if error.kind == ErrorKind::NotFound => {}
            done => {
                done?;
                kept.number = Some(issue.number);
                kept.url = Some(issue.url);
                return Ok(kept);
            }
        }
    }
    let kept = Kept {
        left: kept.left,
        foreign: kept.foreign,
        ..Kept::bare(seen)
    };
    match seen {
        Seen::Drift { .. } => keeper.open(seen, kept).await,
        Seen::InSync | Seen::Failed { .. } => Ok(kept),
    }
}

/// Whether everybody may read what is written in a repository.
///
/// # Errors
///
/// It could not be asked.
pub async fn is_public(github: &GitHub, repository: &Repository) -> Result<bool, ApiError> {
    #[derive(Deserialize)]
    struct Visible {
        private: bool,
    }
    let call = github.get(format!("look at {repository}"), &repository.path(&[]));
    let visible: Visible = github.json(call).await?;
    Ok(!visible.private)
}

/// Where the issue is, and what it is about.
struct Keeper<'a> {
    github: &'a GitHub,
    repository: &'a Repository,
    subject: &'a Subject<'a>,
}

impl Keeper<'_> {
    /// Brings an issue to what was seen; nothing but the state is left to be told of it.
    async fn update(&self, issue: &Found, seen: Seen<'_>, kept: &mut Kept) -> Result<(), ApiError> {
        let known = issue.mark.hash.as_deref();
        let before = issue.objects();
        match seen {
            Seen::Drift {
                hash,
                body,
                objects,
                unknown,
                ..
            } => {
                let all = unknown.kept(objects, before.as_ref().filter(|_| known.is_some()));
                let own = digest(&all);
                let (hash, objects) = match all == *objects {
                    true => (hash, objects),
                    false => (own.as_str(), &all),
                };
                let same = known == Some(hash);
                if same && issue.declined {
                    (kept.state, kept.came) = (State::Muted, Vec::new());
                    return Ok(());
                }
                if let Some(before) = before.filter(|_| known.is_some()) {
                    kept.came = objects.difference(&before).cloned().collect();
                    kept.went = before.difference(objects).cloned().collect();
                } else if known.is_some() {
                    kept.came.clear();
                }
                let what = self.told(kept);
                let (state, said) = match known {
                    None => (
                        State::New,
                        Some(format!("The database has drifted again.{what}")),
                    ),
                    Some(_) if !same && issue.declined => {
                        let first =
                            "This was closed as not planned, but the drift has changed since.";
                        (State::Changed, Some(format!("{first}{what}")))
                    }
                    Some(_) if !same => (
                        State::Changed,
                        Some(format!("The drift has changed.{what}")),
                    ),
                    Some(_) if !issue.open => {
                        let text = "This was closed, and it still differs as described above. To have it left \
                                    alone, close this as not planned.";
                        (State::Same, Some(text.to_owned()))
                    }
                    Some(_) => (State::Same, None),
                };
                kept.state = state;
                let mut mark = Mark {
                    hash: Some(hash.to_owned()),
                    ..self.checked(issue.mark.said)
                };
                if let Some(text) = said {
                    self.say(issue, &mut mark, &text, kept).await?;
                }
                let mut change = json!({"body": self.body(&mark, body, objects)});
                if !issue.open {
                    change["state"] = json!("open");
                }
                self.edit(issue.number, change).await
            }
            Seen::InSync => {
                if known.is_none() && !issue.open || issue.declined {
                    return Ok(());
                }
                kept.state = State::Resolved;
                kept.went = before.into_iter().flatten().collect();
                let mut mark = self.checked(issue.mark.said);
                if !issue.open {
                    // It was closed rightly.
                    return self.remember(issue, &mark).await;
                }
                let text = "✅ The database matches its migrations again.";
                self.say(issue, &mut mark, text, kept).await?;
                let body = format!("{}{}", mark.line(self.subject.key), issue.text);
                let change = json!({"body": body, "state": "closed", "state_reason": "completed"});
                self.edit(issue.number, change).await
            }
            Seen::Failed { why } => {
                if !issue.open || issue.mark.errors >= ERRORS {
                    return Ok(());
                }
                let mut mark = issue.mark.clone();
                mark.errors += 1;
                if mark.errors == ERRORS {
                    let text = format!(
                        "⚠️ The last {ERRORS} checks failed, so nothing is known since {}. The reason of the \
                         last one:\n\n> {}",
                        code(&issue.mark.at),
                        prose(why)
                    );
                    self.say(issue, &mut mark, &text, kept).await?;
                }
                self.remember(issue, &mark).await
            }
        }
    }

    /// What an issue remembers of a check that did not fail: no drift.
    fn checked(&self, said: u32) -> Mark {
        let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
        Mark {
            hash: None,
            said,
            errors: 0,
            at: self.subject.now.format(format).unwrap_or_default(),
        }
    }

    /// The whole body of an issue about drift.
    fn body(&self, mark: &Mark, text: &str, objects: &BTreeSet<String>) -> String {
        let line = mark.line(self.subject.key);
        let body = format!("{line}{}\n\n{}\n", text.trim_end(), self.last_checked());
        let names = json!(objects).to_string();
        // Nothing in it may end the HTML comment.
        let names = names.replace('<', "\\u003c").replace('>', "\\u003e");
        let names = format!("\n{OBJECTS}{} -->\n", names.replace('-', "\\u002d"));
        match body.len() + names.len() <= LIMIT {
            true => body + &names,
            false => body,
        }
    }

    fn last_checked(&self) -> String {
        let format = format_description!("[year]-[month]-[day] [hour]:[minute]");
        let at = self.subject.now.format(format).unwrap_or_default();
        format!("Last checked: {at} UTC{}", self.run())
    }

    fn run(&self) -> String {
        let run = self.subject.run.map(|url| format!(" ([run]({url}))"));
        run.unwrap_or_default()
    }

    /// What came and what went, as paragraphs.
    fn told(&self, kept: &Kept) -> String {
        let mut text = String::new();
        for (label, names) in [("New", &kept.came), ("Gone", &kept.went)] {
            if names.is_empty() {
                continue;
            }
            let shown = names
                .iter()
                .take(NAMES)
                .map(|name| format!("\n- {}", code(name)));
            text.push_str(&format!("\n\n{label}:\n{}", shown.collect::<String>()));
            if names.len() > NAMES {
                text.push_str(&format!("\n- … and {} more", names.len() - NAMES));
            }
        }
        text
    }

    /// Makes a comment, once however often it is tried for this change of the issue.
    async fn say(
        &self,
        issue: &Found,
        mark: &mut Mark,
        text: &str,
        kept: &mut Kept,
    ) -> Result<(), ApiError> {
        mark.said += 1;
        let mut key = sha256(format!("{}\0{}", self.subject.key, mark.said).as_bytes());
        key.truncate(12);
        let text = format!("{text}\n\n{}\n", self.last_checked());
        let on = On::Issue(issue.number);
        let body = text.as_str().into();
        let said = comment::upsert(self.github, self.repository, on, &key, body, Post::Always);
        match said.await {
            Ok(said) => kept.left.extend(said.left),
            // Locked: the issue itself can still be kept true.
            Err(error) if error.is_refused() => kept.left.push(error),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Writes the marker alone.
    async fn remember(&self, issue: &Found, mark: &Mark) -> Result<(), ApiError> {
        let body = format!("{}{}", mark.line(self.subject.key), issue.text);
        self.edit(issue.number, json!({"body": body})).await
    }

    async fn edit(&self, number: u64, change: Value) -> Result<(), ApiError> {
        let path = [number.to_string()];
        let path = self.repository.path(&["issues", &path[0]]);
        let what = format!("edit issue {}#{number}", self.repository);
        let call = self.github.patch(what, &path, change);
        self.github.json::<Value>(call.needs(PERMISSION)).await?;
        Ok(())
    }

    /// Opens an issue, and when it is unknown whether that worked, looks before it tries again.
    async fn open(&self, seen: Seen<'_>, mut kept: Kept) -> Result<Kept, ApiError> {
        let Seen::Drift {
            hash,
            title,
            body,
            objects,
            ..
        } = seen
        else {
            return Ok(kept);
        };
        let mark = Mark {
            hash: Some(hash.to_owned()),
            ..self.checked(0)
        };
        let labels = self.labels(&mut kept.left).await;
        let new =
            json!({"title": title, "body": self.body(&mark, body, objects), "labels": labels});
        let path = self.repository.path(&["issues"]);
        let mut posts = 0;
        let made = loop {
            posts += 1;
            let what = format!("open an issue in {}", self.repository);
            let call = self.github.post(what, &path, new.clone());
            let error = match self.github.json::<Listed>(call.needs(PERMISSION)).await {
                Ok(made) => break self.marked(vec![made], &self.login().await?).ours,
                Err(error) if error.status == Some(410) => {
                    kept.disabled = true;
                    return Ok(kept);
                }
                Err(error) if error.unknown => error,
                Err(error) => return Err(error),
            };
            if posts == POSTS || !self.github.pause(posts - 1).await {
                return Err(error);
            }
            let found = self.find().await?;
            if !found.ours.is_empty() {
                break found.ours;
            }
        };
        // Another run may have opened one at the same time.
        let mut all = match self.find().await {
            Ok(found) => found.ours,
            Err(error) => {
                kept.left.push(error);
                Vec::new()
            }
        };
        for made in made {
            // A list may not show yet what was just made.
            if !all.iter().any(|listed| listed.number == made.number) {
                all.push(made);
            }
        }
        all.sort_by_key(|found| found.number);
        if let Some(oldest) = self.oldest(all, &mut kept.left).await {
            kept.number = Some(oldest.number);
            kept.url = Some(oldest.url);
        }
        Ok(kept)
    }

    /// The oldest, which stays; the others lose the marker and are closed.
    async fn oldest(&self, found: Vec<Found>, left: &mut Vec<ApiError>) -> Option<Found> {
        let mut found = found.into_iter();
        let oldest = found.next()?;
        for younger in found {
            let body = format!("Duplicate of #{}", oldest.number);
            let close =
                |reason: &str| json!({"body": body, "state": "closed", "state_reason": reason});
            let mut closed = self.edit(younger.number, close("duplicate")).await;
            // Older servers have no such reason.
            if matches!(&closed, Err(error) if error.kind == ErrorKind::Invalid) {
                closed = self.edit(younger.number, close("not_planned")).await;
            }
            left.extend(closed.err());
        }
        Some(oldest)
    }

    /// The labels of a new issue, made where they are missing. What can't be made here, GitHub makes or leaves out.
    async fn labels(&self, left: &mut Vec<ApiError>) -> Vec<String> {
        let mut labels = vec![(LABEL.to_owned(), "A database differs from its migrations")];
        if !self.subject.env.is_empty() {
            let name = format!("trueup:env/{}", self.subject.env);
            // A comma parts labels.
            let name = name.replace(',', "_").chars().take(LABEL_LENGTH).collect();
            labels.push((name, "The environment that an issue is about"));
        }
        for (name, description) in &labels {
            let path = self.repository.path(&["labels"]);
            let label = json!({"name": name, "description": description, "color": "d93f0b"});
            let call = self
                .github
                .post(format!("make the label {name}"), &path, label);
            match self.github.json::<Value>(call.needs(PERMISSION)).await {
                // Mostly it is there already; if it was not made, the issue is opened all the same.
                Ok(_) => {}
                Err(error) if error.status == Some(422) || error.status == Some(410) => {}
                Err(error) => left.push(error),
            }
        }
        labels.into_iter().map(|(name, _)| name).collect()
    }

    /// Whose the token is. One that may not ask is a workflow's.
    async fn login(&self) -> Result<String, ApiError> {
        match self.github.viewer().await {
            Ok(viewer) => Ok(viewer.login.clone()),
            Err(error) if error.kind == ErrorKind::Forbidden => {
                Ok("github-actions[bot]".to_owned())
            }
            Err(error) => Err(error),
        }
    }

    async fn find(&self) -> Result<Marked, ApiError> {
        let login = self.login().await?;
        let labelled = self.list("labels", LABEL).await?;
        let found = self.marked(labelled, &login);
        if !found.ours.is_empty() {
            return Ok(found);
        }
        let own = self.list("creator", &login).await?;
        Ok(Marked {
            foreign: found.foreign,
            ..self.marked(own, &login)
        })
    }

    async fn list(&self, by: &str, value: &str) -> Result<Vec<Listed>, ApiError> {
        let path = self.repository.path(&["issues"]);
        let what = format!("list the issues of {}", self.repository);
        let call = self.github.get(what, &path).query("state", "all");
        self.github
            .pages(call.query(by, value).needs(PERMISSION))
            .await
    }

    /// Those with our marker, the oldest first.
    fn marked(&self, listed: Vec<Listed>, login: &str) -> Marked {
        let mut found = Marked::default();
        for issue in listed {
            let body = issue.body.unwrap_or_default();
            let marked = Mark::parse(&body, self.subject.key);
            let (Some((mark, text)), None) = (marked, issue.pull_request) else {
                continue;
            };
            let ours = issue
                .user
                .is_some_and(|user| user.kind == "Bot" || user.login.eq_ignore_ascii_case(login));
            if !ours {
                found.foreign.push(issue.html_url);
                continue;
            }
            let open = issue.state == "open";
            let reason = issue.state_reason.unwrap_or_default();
            found.ours.push(Found {
                number: issue.number,
                url: issue.html_url,
                open,
                declined: !open && ["not_planned", "duplicate"].contains(&reason.as_str()),
                mark,
                text: text.to_owned(),
            });
        }
        found.ours.sort_by_key(|found| found.number);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_read_as_it_is_written() {
        let mark = Mark {
            hash: Some("0011aabb".to_owned()),
            said: 3,
            errors: 2,
            at: "2026-11-23T12:26:00Z".to_owned(),
        };
        let body = format!("{}text", mark.line("0123456789ab"));
        let parsed = |body: &str| {
            let (mark, text) = Mark::parse(body, "0123456789ab")?;
            Some((mark, text.to_owned()))
        };
        let read = Some((mark.clone(), "text".to_owned()));
        assert_eq!(parsed(&body), read);
        // The web editor writes other line ends.
        assert_eq!(parsed(&body.replace('\n', "\r\n")), read);
        let none = Mark { hash: None, ..mark };
        let quiet = format!("{}text", none.line("0123456789ab"));
        assert_eq!(parsed(&quiet), Some((none, "text".to_owned())));
        assert_eq!(parsed(&format!("\n{body}")), None);
        assert_eq!(parsed(&format!("> {body}")), None);
        assert_eq!(Mark::parse(&body, "0123456789ac"), None);
        assert_eq!(parsed(&body.replace("0011aabb", "0011 x")), None);
        assert_eq!(parsed(&body.replace("e=2", "e=-2")), None);
    }
}
