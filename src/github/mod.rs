//! GitHub: what a run was started for, how a run speaks to its runner, and what is written to a repository.
//!
//! Every text that leaves through here has gone through [`Redactor`](crate::report::Redactor): workflow
//! commands, outputs and summaries in [`runner`], pages in [`page`], GitHub's own words in a [`client::ApiError`]. Bodies of comments and
//! commit messages are redacted where they are written.

pub mod artifact;
pub mod checkout;
pub mod client;
pub mod command;
pub mod comment;
pub mod commit;
pub mod event;
pub mod follow;
mod hidden;
pub mod identity;
pub mod issue;
pub mod message;
pub mod page;
pub mod proposal;
pub mod pull;
pub mod runner;
pub mod status;
pub mod tree;

use sha2::{Digest as _, Sha256};

/// The SHA-256 of these bytes, in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
