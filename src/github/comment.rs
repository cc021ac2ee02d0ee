//! The one comment of a project on a pull request, or of an event on an issue: found by its marker, edited in place, never doubled for long.
//!
//! A comment is ours when it begins with the marker `<!-- trueup:v1 key=<12 hex> h=<16 hex> b=<16 hex> -->` and was written
//! by the token's account or another bot: a workflow may get another token. What people wrote is never touched, since
//! anybody can copy a marker. `key` is of the project (see [`super::identity`]), so that a renamed job still finds it; `h` is
//! the hash of what it says, so that nothing is written when nothing changed; `b` is that of the text below, so that a
//! comment that somebody edited is put right.
//!
//! Two runs may post at once. Each looks again afterwards and deletes all but the newest, which is the same for both.

use serde::Deserialize;
use serde_json::{Value, json};

use super::client::{ApiError, ErrorKind, GitHub};
use super::event::Repository;
use super::sha256;

/// How often posting is retried when its outcome is unknown.
const POSTS: u32 = 3;

/// The conversation that a comment is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    Pull(u64),
    Issue(u64),
}

impl On {
    fn number(self) -> u64 {
        match self {
            Self::Pull(number) | Self::Issue(number) => number,
        }
    }

    /// Its name in GraphQL.
    fn field(self) -> &'static str {
        match self {
            Self::Pull(_) => "pullRequest",
            Self::Issue(_) => "issue",
        }
    }

    /// What the token needs: the one does not stand in for the other.
    fn permission(self) -> &'static str {
        match self {
            Self::Pull(_) => "pull-requests: write",
            Self::Issue(_) => "issues: write",
        }
    }
}

/// Whether a comment is created where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Post {
    /// It is.
    Always,
    /// Only one that is there already is edited.
    OnlyEdit,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Posted,
    Edited,
    Unchanged,
    /// There is none, and none is needed.
    Nothing,
}

/// How the comment was written.
#[derive(Debug)]
pub struct Upserted {
    pub outcome: Outcome,
    pub url: Option<String>,
    /// Older copies that could not be edited or deleted, and why.
    pub left: Vec<ApiError>,
    /// Addresses of comments with the same marker that trueup must not edit.
    pub foreign: Vec<String>,
}

/// A comment that trueup wrote.
#[derive(Clone, Debug)]
struct Found {
    id: u64,
    /// The hash of what it says; none when somebody else edited it.
    says: Option<String>,
    /// Whether the token's account wrote it, and not another bot.
    own: bool,
    url: String,
}

/// Comments with our marker.
#[derive(Default)]
struct Marked {
    ours: Vec<Found>,
    foreign: Vec<String>,
}

/// Who wrote a comment.
#[derive(Clone, Copy)]
enum Author {
    Own,
    Bot,
    Somebody,
}

impl Marked {
    /// Whether the token's account has a comment that says this.
    fn says(&self, hash: &str) -> bool {
        let own = self.ours.iter().filter(|found| found.own);
        own.map(|found| found.says.as_deref())
            .any(|says| says == Some(hash))
    }

    /// Takes a comment in, if it has the marker.
    fn take(&mut self, id: u64, body: &str, url: String, author: Author, key: &str) {
        let Some(says) = marked(body, key) else {
            return;
        };
        match author {
            Author::Somebody => self.foreign.push(url),
            author => self.ours.push(Found {
                id,
                says,
                own: matches!(author, Author::Own),
                url,
            }),
        }
    }
}

/// The first line of a comment, with the line's end.
fn marker(key: &str, hash: &str, text: &str) -> String {
    format!(
        "<!-- trueup:v1 key={key} h={hash} b={} -->\n",
        text_hash(text)
    )
}

/// What a body with the project's marker at its very start says, by its hash: none in it when somebody else edited it.
fn marked(body: &str, key: &str) -> Option<Option<String>> {
    let (line, text) = body
        .strip_prefix("<!-- trueup:v1 key=")?
        .split_once(" -->")?;
    let mut parts = line.split(' ');
    let found = parts.next()?;
    let says = parts.next()?.strip_prefix("h=")?;
    let hex = |hash: &str| hash.len() <= 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !hex(says) || found != key {
        return None;
    }
    let below = parts.next().and_then(|part| part.strip_prefix("b="));
    Some((below == Some(&text_hash(text))).then(|| says.to_owned()))
}

/// The hash of a text but for its blanks, which GitHub may store in another form.
fn text_hash(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    hash(&words.join(" "), 16)
}

fn hash(text: &str, digits: usize) -> String {
    let mut hash = sha256(text.as_bytes());
    hash.truncate(digits);
    hash
}

/// A comment's text, in Markdown without the marker.
#[derive(Clone, Copy, Debug)]
pub struct Body<'a> {
    /// The whole.
    pub text: &'a str,
    /// The same without what is another each time, such as the name that a migration of now would have. A comment with
    /// an equal essence is left as it is.
    pub essence: &'a str,
}

impl<'a> From<&'a str> for Body<'a> {
    fn from(text: &'a str) -> Self {
        Self {
            text,
            essence: text,
        }
    }
}

/// Makes the project's comment say `body`. Older copies are deleted.
///
/// # Errors
///
/// It could not be written. [`ErrorKind::TooLong`] means that a shorter one may be.
pub async fn upsert(
    github: &GitHub,
    repository: &Repository,
    on: On,
    key: &str,
    body: Body<'_>,
    post: Post,
) -> Result<Upserted, ApiError> {
    let place = Place {
        github,
        repository,
        on,
        key,
    };
    let hash = hash(body.essence, 16);
    let text = format!("{}{}", marker(key, &hash, body.text), body.text);
    let mut found = place.marked().await?;
    let mut left = Vec::new();
    while let Some(newest) = found.ours.last().cloned() {
        let outcome = match newest.says.as_ref() == Some(&hash) {
            true => Outcome::Unchanged,
            false => Outcome::Edited,
        };
        let edited = match outcome {
            Outcome::Unchanged => Ok(()),
            _ => place.edit(newest.id, &text).await,
        };
        match edited {
            Ok(()) => {
                let mut upserted = place.tidied(outcome, found).await;
                left.append(&mut upserted.left);
                return Ok(Upserted { left, ..upserted });
            }
            // Somebody deleted it meanwhile: the one before, if there is any, is the newest now.
            Err(error) if error.kind == ErrorKind::NotFound => {}
            // Another bot's, which this token may not edit.
            Err(error) if error.is_refused() && !newest.own => left.push(error),
            Err(error) => return Err(error),
        }
        found.ours.pop();
    }
    if post == Post::OnlyEdit {
        return Ok(Upserted {
            outcome: Outcome::Nothing,
            url: None,
            left,
            foreign: found.foreign,
        });
    }
    place.post(&text, &hash).await
}

/// Where a comment is.
struct Place<'a> {
    github: &'a GitHub,
    repository: &'a Repository,
    on: On,
    key: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    author: Option<Actor>,
    viewer_did_author: bool,
    viewer_can_update: bool,
    body: String,
    url: String,
}

#[derive(Deserialize)]
struct Actor {
    #[serde(rename = "__typename")]
    kind: String,
}

#[derive(Deserialize)]
struct Plain {
    id: u64,
    body: Option<String>,
    html_url: String,
    user: Option<User>,
}

#[derive(Deserialize)]
struct User {
    login: String,
    #[serde(rename = "type")]
    kind: String,
}

impl Place<'_> {
    fn on(&self) -> String {
        format!("{}#{}", self.repository, self.on.number())
    }

    /// Posts, and when it is unknown whether that worked, looks before it posts again.
    async fn post(&self, text: &str, hash: &str) -> Result<Upserted, ApiError> {
        let number = self.on.number().to_string();
        let mut posts = 0;
        loop {
            posts += 1;
            let path = self.repository.path(&["issues", &number, "comments"]);
            let what = format!("post a comment on {}", self.on());
            let call = self.github.post(what, &path, json!({"body": text}));
            let error = match self
                .github
                .json::<Value>(call.needs(self.on.permission()))
                .await
            {
                Ok(_) => None,
                Err(error) if error.unknown => Some(error),
                Err(error) => return Err(error),
            };
            if error.is_some() && !self.github.pause(posts - 1).await {
                return Err(error.unwrap_or_else(|| unreachable!("it is some")));
            }
            // Another run may have posted at the same time, or this one without knowing.
            match (self.marked().await, error) {
                (Ok(found), None) => return Ok(self.tidied(Outcome::Posted, found).await),
                (Ok(found), Some(_)) if found.says(hash) => {
                    return Ok(self.tidied(Outcome::Posted, found).await);
                }
                (Ok(_), Some(_)) if posts < POSTS => {}
                // It is there; only what else is there is unknown.
                (Err(error), None) => {
                    return Ok(Upserted {
                        outcome: Outcome::Posted,
                        url: None,
                        left: vec![error],
                        foreign: Vec::new(),
                    });
                }
                (_, Some(error)) => return Err(error),
            }
        }
    }

    async fn edit(&self, id: u64, text: &str) -> Result<(), ApiError> {
        let id = id.to_string();
        let path = self.repository.path(&["issues", "comments", &id]);
        let what = format!("edit the comment on {}", self.on());
        let call = self.github.patch(what, &path, json!({"body": text}));
        self.github
            .json::<Value>(call.needs(self.on.permission()))
            .await?;
        Ok(())
    }

    /// Deletes all but the newest, which is the last.
    async fn tidied(&self, outcome: Outcome, mut found: Marked) -> Upserted {
        let newest = found.ours.pop();
        let mut left = Vec::new();
        for older in found.ours {
            let id = older.id.to_string();
            let path = self.repository.path(&["issues", "comments", &id]);
            let what = format!("delete an older comment on {}", self.on());
            let call = self.github.delete(what, &path).needs(self.on.permission());
            match self.github.json::<Value>(call).await {
                Err(error) if error.kind != ErrorKind::NotFound => left.push(error),
                _ => {}
            }
        }
        Upserted {
            outcome,
            url: newest.map(|newest| newest.url),
            left,
            foreign: found.foreign,
        }
    }

    /// The comments with our marker: the token's own last, each kind from the oldest on.
    async fn marked(&self) -> Result<Marked, ApiError> {
        let mut found = match self.by_query().await {
            Err(error) if error.kind == ErrorKind::Forbidden => self.by_login().await?,
            found => found?,
        };
        found.ours.sort_by_key(|found| (found.own, found.id));
        Ok(found)
    }

    fn listing(&self) -> String {
        format!("read the comments on {}", self.on())
    }

    /// GraphQL tells which comments are the viewer's own.
    async fn by_query(&self) -> Result<Marked, ApiError> {
        let field = self.on.field();
        let query = format!(
            "query($owner:String!,$name:String!,$number:Int!,$after:String){{\
            repository(owner:$owner,name:$name){{{field}(number:$number){{\
            comments(first:100,after:$after){{pageInfo{{hasNextPage endCursor}}\
            nodes{{author{{__typename}} viewerDidAuthor viewerCanUpdate body url}}}}}}}}}}"
        );
        let comments = format!("/repository/{field}/comments");
        let mut found = Marked::default();
        let mut after = Value::Null;
        loop {
            let variables = json!({
                "owner": self.repository.owner,
                "name": self.repository.name,
                "number": self.on.number(),
                "after": after,
            });
            let call = self
                .github
                .query(self.listing(), &query, variables)
                .needs(self.on.permission());
            let (page, next) = self.github.page::<Node>(call, &comments).await?;
            for node in page {
                // Its number is in the address only: GraphQL's `databaseId` is too small for it.
                let id = node
                    .url
                    .rsplit_once("issuecomment-")
                    .and_then(|(_, id)| id.parse().ok());
                let bot = node.author.is_some_and(|author| author.kind == "Bot");
                let author = match node.viewer_did_author {
                    true => Author::Own,
                    false if bot && node.viewer_can_update => Author::Bot,
                    false => Author::Somebody,
                };
                if let Some(id) = id {
                    found.take(id, &node.body, node.url, author, self.key);
                }
            }
            match next {
                Some(next) if after != next => after = next,
                _ => return Ok(found),
            }
        }
    }

    /// REST tells logins. A token that may not ask for its own is a workflow's.
    async fn by_login(&self) -> Result<Marked, ApiError> {
        let call = self.github.get("ask GitHub whose the token is", &["user"]);
        let login = match self.github.json::<User>(call).await {
            Ok(user) => user.login,
            Err(error) if error.kind == ErrorKind::Forbidden => "github-actions[bot]".to_owned(),
            Err(error) => return Err(error),
        };
        let number = self.on.number().to_string();
        let path = self.repository.path(&["issues", &number, "comments"]);
        let call = self.github.get(self.listing(), &path);
        let all: Vec<Plain> = self.github.pages(call.needs(self.on.permission())).await?;
        let mut found = Marked::default();
        for comment in all {
            let author = match comment.user {
                Some(user) if user.login.eq_ignore_ascii_case(&login) => Author::Own,
                Some(user) if user.kind == "Bot" => Author::Bot,
                _ => Author::Somebody,
            };
            let body = comment.body.unwrap_or_default();
            found.take(comment.id, &body, comment.html_url, author, self.key);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::super::identity::Identity;
    use super::*;

    fn key(config: &str, env: &str) -> String {
        Identity {
            config: config.into(),
            env: env.into(),
            ..Identity::default()
        }
        .key()
    }

    #[test]
    fn only_a_marker_at_the_very_start_counts() {
        let prod = key("atlas.hcl", "prod");
        let line = marker(&prod, "0011223344556677", "text");
        assert!(line.starts_with("<!-- trueup:v1 key="));
        let intact = Some(Some("0011223344556677".to_owned()));
        assert_eq!(marked(&format!("{line}text"), &prod), intact);
        assert_eq!(
            marked(&format!("{}\r\ntext\r\n", line.trim()), &prod),
            intact
        );
        assert_eq!(marked(&format!("{line}test"), &prod), Some(None));
        let (without, _) = line.split_once(" b=").expect("a hash");
        assert_eq!(marked(&format!("{without} -->\ntext"), &prod), Some(None));
        for body in [
            format!(" {line}"),
            format!("> {line}"),
            format!("text\n{line}"),
            line.replace("v1", "v2"),
            line.replace("h=0011", "h=zz"),
            format!("```\n{line}"),
        ] {
            assert_eq!(marked(&body, &prod), None, "{body}");
        }
        assert_eq!(marked(&line, &key("atlas.hcl", "staging")), None);
        assert_eq!(marked(&line, &key("other/atlas.hcl", "prod")), None);
    }
}
