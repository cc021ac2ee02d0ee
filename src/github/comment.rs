//! The one comment of an environment on a pull request: found by its marker, edited in place, never doubled for long.
//!
//! A comment is ours when we wrote it and it begins with the marker
//! `<!-- trueup:v1 key=<12 hex> h=<16 hex> -->`: `key` is of the configuration's path and the environment, so that a
//! renamed job still finds it; `h` is the hash of what it says, so that nothing is written when nothing changed.
//!
//! Two runs may post at once. Each looks again afterwards and deletes all but the newest, which is the same for both.

use serde::Deserialize;
use serde_json::{Value, json};

use super::client::{ApiError, ErrorKind, GitHub};
use super::event::Repository;
use super::sha256;

/// How often a comment is posted whose fate is unknown.
const POSTS: u32 = 3;

/// What the token needs.
const PERMISSION: &str = "pull-requests: write";

/// Which comment is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// Of an environment: the path of its configuration file, relative to the repository, and its name.
    pub fn new(config: &str, env: &str) -> Self {
        Self(hash(&format!("{config}\0{env}"), 12))
    }
}

/// Whether a comment is made where there is none.
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
    /// A comment was made.
    Posted,
    /// The comment says something else now.
    Edited,
    /// The comment says it already.
    Unchanged,
    /// There is none, and none is wanted.
    Nothing,
}

/// How the comment was written.
#[derive(Debug)]
pub struct Upserted {
    /// What was done.
    pub outcome: Outcome,
    /// Where it can be seen.
    pub url: Option<String>,
    /// Older copies that could not be deleted, and why.
    pub left: Vec<ApiError>,
}

/// A comment of ours.
#[derive(Clone, Debug)]
struct Found {
    id: u64,
    hash: String,
    url: String,
}

/// The first line of a comment, with the line's end.
fn marker(key: &Key, hash: &str) -> String {
    format!("<!-- trueup:v1 key={} h={hash} -->\n", key.0)
}

/// The hash in the marker at the very start of a body; none when the body has no marker with this key.
fn marked(body: &str, key: &Key) -> Option<String> {
    let rest = body.strip_prefix(&format!("<!-- trueup:v1 key={} h=", key.0))?;
    let (hash, _) = rest.split_once(" -->")?;
    let plain = hash.len() <= 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    plain.then(|| hash.to_owned())
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

/// Makes the environment's comment say `body`. Older copies are deleted.
///
/// # Errors
///
/// It could not be written. [`ErrorKind::TooLong`] means that a shorter one may be.
pub async fn upsert(
    github: &GitHub,
    repository: &Repository,
    pull: u64,
    key: &Key,
    body: Body<'_>,
    post: Post,
) -> Result<Upserted, ApiError> {
    let place = Place {
        github,
        repository,
        pull,
        key,
    };
    let hash = hash(body.essence, 16);
    let text = format!("{}{}", marker(key, &hash), body.text);
    let mut found = place.ours().await?;
    while let Some(newest) = found.last().cloned() {
        if newest.hash == hash {
            return Ok(place.tidied(Outcome::Unchanged, found).await);
        }
        match place.edit(newest.id, &text).await {
            Ok(()) => return Ok(place.tidied(Outcome::Edited, found).await),
            // Somebody deleted it meanwhile: the one before, if there is any, is the newest now.
            Err(error) if error.kind == ErrorKind::NotFound => found.pop(),
            Err(error) => return Err(error),
        };
    }
    if post == Post::OnlyEdit {
        return Ok(Upserted {
            outcome: Outcome::Nothing,
            url: None,
            left: Vec::new(),
        });
    }
    place.post(&text, &hash).await
}

/// Where a comment is.
struct Place<'a> {
    github: &'a GitHub,
    repository: &'a Repository,
    pull: u64,
    key: &'a Key,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    viewer_did_author: bool,
    body: String,
    url: String,
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
}

impl Place<'_> {
    fn on(&self) -> String {
        format!("{}#{}", self.repository, self.pull)
    }

    /// Posts, and when it is unknown whether that worked, looks before it posts again.
    async fn post(&self, text: &str, hash: &str) -> Result<Upserted, ApiError> {
        let number = self.pull.to_string();
        let Repository { owner, name, .. } = self.repository;
        let mut posts = 0;
        loop {
            posts += 1;
            let path = ["repos", owner, name, "issues", &number, "comments"];
            let what = format!("post a comment on {}", self.on());
            let call = self.github.post(what, &path, json!({"body": text}));
            let error = match self.github.json::<Value>(call.needs(PERMISSION)).await {
                Ok(_) => None,
                Err(error) if error.unknown => Some(error),
                Err(error) => return Err(error),
            };
            if error.is_some() && !self.github.pause(posts - 1).await {
                return Err(error.unwrap_or_else(|| unreachable!("it is some")));
            }
            // Another run may have posted at the same time, or this one without knowing.
            match (self.ours().await, error) {
                (Ok(found), None) => return Ok(self.tidied(Outcome::Posted, found).await),
                (Ok(found), Some(_)) if found.iter().any(|found| found.hash == hash) => {
                    return Ok(self.tidied(Outcome::Posted, found).await);
                }
                (Ok(_), Some(_)) if posts < POSTS => {}
                // It is there; only what else is there is unknown.
                (Err(error), None) => {
                    return Ok(Upserted {
                        outcome: Outcome::Posted,
                        url: None,
                        left: vec![error],
                    });
                }
                (_, Some(error)) => return Err(error),
            }
        }
    }

    async fn edit(&self, id: u64, text: &str) -> Result<(), ApiError> {
        let id = id.to_string();
        let Repository { owner, name, .. } = self.repository;
        let path = ["repos", owner, name, "issues", "comments", &id];
        let what = format!("edit the comment on {}", self.on());
        let call = self.github.patch(what, &path, json!({"body": text}));
        self.github.json::<Value>(call.needs(PERMISSION)).await?;
        Ok(())
    }

    /// Deletes all but the newest, which is the last.
    async fn tidied(&self, outcome: Outcome, mut found: Vec<Found>) -> Upserted {
        let newest = found.pop();
        let mut left = Vec::new();
        for older in found {
            let id = older.id.to_string();
            let Repository { owner, name, .. } = self.repository;
            let path = ["repos", owner, name, "issues", "comments", &id];
            let what = format!("delete an older comment on {}", self.on());
            let call = self.github.delete(what, &path).needs(PERMISSION);
            match self.github.bytes(call).await {
                Err(error) if error.kind != ErrorKind::NotFound => left.push(error),
                _ => {}
            }
        }
        Upserted {
            outcome,
            url: newest.map(|newest| newest.url),
            left,
        }
    }

    /// The comments with our marker that we wrote, oldest first.
    async fn ours(&self) -> Result<Vec<Found>, ApiError> {
        let mut found = match self.by_query().await {
            Err(error) if error.kind == ErrorKind::Forbidden => self.by_login().await?,
            found => found?,
        };
        found.sort_by_key(|found| found.id);
        Ok(found)
    }

    fn listing(&self) -> String {
        format!("read the comments on {}", self.on())
    }

    /// GraphQL knows which comments are of whoever asks.
    async fn by_query(&self) -> Result<Vec<Found>, ApiError> {
        const QUERY: &str = "query($owner:String!,$name:String!,$number:Int!,$after:String){\
            repository(owner:$owner,name:$name){pullRequest(number:$number){\
            comments(first:100,after:$after){pageInfo{hasNextPage endCursor}\
            nodes{viewerDidAuthor body url}}}}}";
        let mut found = Vec::new();
        let mut after = Value::Null;
        loop {
            let variables = json!({
                "owner": self.repository.owner,
                "name": self.repository.name,
                "number": self.pull,
                "after": after,
            });
            let call = self
                .github
                .query(self.listing(), QUERY, variables)
                .needs(PERMISSION);
            let (page, next) = self
                .github
                .page::<Node>(call, "/repository/pullRequest/comments")
                .await?;
            for node in page {
                let ours = node
                    .viewer_did_author
                    .then(|| marked(&node.body, self.key))
                    .flatten();
                // Its number is in the address only: GraphQL's `databaseId` is too small for it.
                let id = node
                    .url
                    .rsplit_once("issuecomment-")
                    .and_then(|(_, id)| id.parse().ok());
                if let (Some(hash), Some(id)) = (ours, id) {
                    let url = node.url;
                    found.push(Found { id, hash, url });
                }
            }
            match next {
                Some(next) if after != next => after = next,
                _ => return Ok(found),
            }
        }
    }

    /// REST tells logins. A token that may not ask for its own is a workflow's.
    async fn by_login(&self) -> Result<Vec<Found>, ApiError> {
        let call = self.github.get("ask GitHub whose the token is", &["user"]);
        let login = match self.github.json::<User>(call).await {
            Ok(user) => user.login,
            Err(error) if error.kind == ErrorKind::Forbidden => "github-actions[bot]".to_owned(),
            Err(error) => return Err(error),
        };
        let number = self.pull.to_string();
        let Repository { owner, name, .. } = self.repository;
        let path = ["repos", owner, name, "issues", &number, "comments"];
        let call = self.github.get(self.listing(), &path);
        let all: Vec<Plain> = self.github.pages(call.needs(PERMISSION)).await?;
        let ours = all.into_iter().filter_map(|comment| {
            let user = comment.user?;
            let hash = marked(comment.body.as_deref()?, self.key)?;
            user.login.eq_ignore_ascii_case(&login).then_some(Found {
                id: comment.id,
                hash,
                url: comment.html_url,
            })
        });
        Ok(ours.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_marker_at_the_very_start_counts() {
        let key = Key::new("atlas.hcl", "prod");
        let line = marker(&key, "0011223344556677");
        assert!(line.starts_with("<!-- trueup:v1 key="));
        let found = marked(&format!("{line}text"), &key);
        assert_eq!(found.as_deref(), Some("0011223344556677"));
        for body in [
            format!(" {line}"),
            format!("> {line}"),
            format!("text\n{line}"),
            line.replace("v1", "v2"),
            line.replace("h=0011", "h=zz"),
            format!("```\n{line}"),
        ] {
            assert_eq!(marked(&body, &key), None, "{body}");
        }
        assert_eq!(marked(&line, &Key::new("atlas.hcl", "staging")), None);
        assert_eq!(marked(&line, &Key::new("other/atlas.hcl", "prod")), None);
        assert_eq!(Key::new("a", "b").0.len(), 12);
        assert_ne!(Key::new("ab", "c"), Key::new("a", "bc"));
    }
}
