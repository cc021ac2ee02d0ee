//! Configuration: `atlas.hcl`, flags, and what they resolve to.
//!
//! Everything ends as an [`Env`]: plain data, nothing left to evaluate. Knows URLs only by their shape; which
//! schemes and parameters mean something is a dialect's business.

pub mod secret;
pub mod suggest;
pub mod url;

pub use secret::Secret;
pub use url::{DbUrl, UrlError};
