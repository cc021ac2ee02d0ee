//! What the base branch of a pull request has now.

use crate::github::client::{ApiError, GitHub};
use crate::github::event::{PullRequest, Repository};
use crate::github::pull;
use crate::migration::Dir;

/// Migrations that are named in a warning; the rest is counted.
const NAMED: usize = 3;

/// A warning for migrations that are new on the pull request and sort before one that the base has: a database that has
/// run that one gets them out of order, or never. `prefix` is the directory's path in the repository.
pub(super) async fn out_of_order(
    github: &GitHub,
    repository: &Repository,
    request: &PullRequest,
    prefix: &str,
    dir: &Dir,
) -> Result<Option<String>, ApiError> {
    if dir.files().is_empty() {
        return Ok(None);
    }
    let (branch, tip) = pull::base(github, repository, request).await?;
    let names = pull::names(github, repository, &tip, prefix).await?;
    let here: Vec<&str> = dir.files().iter().map(|file| file.name()).collect();
    Ok(warning(&here, &names, &branch))
}

fn warning(here: &[&str], base: &[String], branch: &str) -> Option<String> {
    let migrations = base.iter().filter(|name| name.ends_with(".sql"));
    let last = migrations.max()?;
    let new = |name: &&&str| !base.iter().any(|known| known == *name);
    let early: Vec<&str> = here
        .iter()
        .filter(new)
        .copied()
        .filter(|name| *name < last.as_str())
        .collect();
    let named: Vec<String> = early
        .iter()
        .take(NAMED)
        .map(|name| format!("`{name}`"))
        .collect();
    let more = match early.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let (is, sorts, it) = match early.len() {
        0 => return None,
        1 => ("is", "sorts", "it"),
        _ => ("are", "sort", "them"),
    };
    Some(format!(
        "{}{more} {is} new here and {sorts} before `{last}`, which `{branch}` has: where that one was applied, {it} would run \
         out of order or not at all; rename {it} to a later version, then `trueup migrate hash`",
        named.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_new_and_early_is_warned_of() {
        let base = ["1.sql", "3.sql", "atlas.sum", "zebra.txt"].map(str::to_owned);
        assert_eq!(warning(&["1.sql", "3.sql", "4.sql"], &base, "main"), None);
        assert_eq!(warning(&["1.sql"], &base, "main"), None);
        assert_eq!(warning(&["2.sql"], &[], "main"), None);
        let one = warning(&["1.sql", "2.sql", "3.sql"], &base, "main").expect("a warning");
        assert!(
            one.starts_with("`2.sql` is new here and sorts before `3.sql`, which `main` has"),
            "{one}"
        );
        let all = ["2a.sql", "2b.sql", "2c.sql", "2d.sql"];
        let more = warning(&all, &base, "main").expect("a warning");
        assert!(more.contains("`2c.sql` and 1 more are new"), "{more}");
    }
}
