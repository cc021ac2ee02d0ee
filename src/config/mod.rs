//! Configuration: `trueup.yaml`, `atlas.hcl`, flags, and what they resolve to.
//!
//! Everything ends as an [`Env`]: plain data, nothing left to evaluate. A [`Fence`] limits what somebody else's file reads.
//! Knows URLs only by their shape; which schemes and parameters mean something is a dialect's business.

mod env;
mod error;
mod fence;
mod flags;
mod fleet;
pub mod format;
mod hcl;
mod load;
pub mod secret;
mod source;
pub mod suggest;
pub mod url;
mod words;
mod world;
mod yaml;

pub use env::{
    AlembicConfig, ConcurrentIndex, DiffPolicy, Env, ExecOrder, Fleet, Formats, Located, Member,
    MigrationConfig, Object, Verb, own_kind,
};
pub use error::{ConfigError, Origin, Position, Question};
pub use fence::{Beyond, Fence};
pub(crate) use flags::duration;
pub use flags::{Flags, Needs};
pub use fleet::{Answer, EACH};
pub use format::{Format, FormatError};
pub use load::{Request, above, environments, here, load, resolve};
pub use secret::Secret;
pub use source::{ExternalSchema, Models, Source, SourceError};
pub use url::{DbUrl, UrlError};
pub use words::{NAMES, is_yaml, line, quoted, word};
