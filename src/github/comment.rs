//! The one comment of a project on a pull request: found by its marker, edited in place, never doubled for long.
//!
//! A comment is ours when we wrote it and it begins with the marker
//! `<!-- trueup:v1 key=<12 hex> h=<16 hex> -->`: `key` is of the project (see [`super::identity`]), so that a renamed job
//! still finds it; `h` is the hash of what it says, so that nothing is written when nothing changed. One with the key that
//! earlier versions made of config file and environment alone is taken over where the project has none yet: no version
//! that made such a key makes one that is used now, so it is nobody else's.
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

/// Which comment is meant, by [`Identity::key`](super::identity::Identity::key).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub(super) now: String,
    /// What earlier versions called it.
    pub(super) former: String,
}

impl Key {
    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.now
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
    /// None where it has to be written again in any case: its marker is of an earlier version.
    hash: Option<String>,
    url: String,
}

/// The first line of a comment, with the line's end.
fn marker(key: &Key, hash: &str) -> String {
    format!("<!-- trueup:v1 key={} h={hash} -->\n", key.now)
}

/// The hash in the marker at the very start of a body, which is none for a former key; none at all when the body has no
/// marker with this key.
fn marked(body: &str, key: &Key) -> Option<Option<String>> {
    let rest = body.strip_prefix("<!-- trueup:v1 key=")?;
    let (found, rest) = rest.split_once(" h=")?;
    let (hash, _) = rest.split_once(" -->")?;
    let plain = hash.len() <= 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    match plain {
        true if found == key.now => Some(Some(hash.to_owned())),
        true if found == key.former => Some(None),
        _ => None,
    }
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
        if newest.hash.as_ref() == Some(&hash) {
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
                (Ok(found), Some(_))
                    if found
                        .iter()
                        .any(|found| found.hash.as_deref() == Some(hash)) =>
                {
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

    /// The comments with our marker that we wrote, oldest first; where there is none, the newest of an earlier version.
    async fn ours(&self) -> Result<Vec<Found>, ApiError> {
        let mut found = match self.by_query().await {
            Err(error) if error.kind == ErrorKind::Forbidden => self.by_login().await?,
            found => found?,
        };
        found.sort_by_key(|found| found.id);
        let (now, mut former): (Vec<Found>, _) =
            found.into_iter().partition(|found| found.hash.is_some());
        match now.is_empty() {
            // Others that have that key may be another project's to take over.
            true => Ok(former.pop().into_iter().collect()),
            false => Ok(now),
        }
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
    use super::super::identity::Identity;
    use super::*;

    fn key(config: &str, env: &str) -> Key {
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
        let line = marker(&prod, "0011223344556677");
        assert!(line.starts_with("<!-- trueup:v1 key="));
        let found = marked(&format!("{line}text"), &prod);
        assert_eq!(found, Some(Some("0011223344556677".to_owned())));
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
        let former = line.replace(&prod.now, &prod.former);
        assert_eq!(marked(&former, &prod), Some(None));
    }
}
