//! What the Action does with what a comparison found: a mode is a file of this folder and a line in [`ALL`].

mod check;
mod commit;

use std::fmt;

use anyhow::Result;
use async_trait::async_trait;

use super::Action;
use super::compare::Compared;
use super::finding::Finding;
use crate::config::Format;
use crate::github::client::GitHub;
use crate::report::Redactor;

pub(super) use commit::{Done, Part, Refused};

/// Every mode; the first is the one of a step that names none.
pub(super) static ALL: &[&dyn Mode] = &[&check::Check, &commit::Commit];

/// A value of the input `mode`.
#[async_trait(?Send)]
pub(super) trait Mode: Sync {
    /// The value.
    fn name(&self) -> &'static str;

    /// How SQL is laid out, of how the environment writes migrations: what is only shown, as people read it.
    fn format(&self, format: &Format) -> Format {
        format.for_people()
    }

    /// Where on GitHub the result is told, in this order.
    fn posts(&self) -> &'static [Post] {
        &[Post::Status, Post::Comment]
    }

    /// What a project's comparison comes to.
    ///
    /// # Errors
    /// When there is no verdict.
    async fn settle(&self, action: &Action<'_>, compared: Compared<'_, '_>) -> Result<Finding>;

    /// What is done once all projects of the step are compared, and what that makes of each. `first` is the first of them.
    async fn finish(
        &self,
        _first: &Action<'_>,
        _found: &mut [Finding],
        _github: Option<&GitHub>,
        _redactor: &Redactor,
    ) {
    }
}

impl fmt::Debug for dyn Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where on GitHub a result is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Post {
    /// The commit's status.
    Status,
    /// A comment on the pull request.
    Comment,
}
