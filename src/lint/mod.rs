//! What changes can do to a database that is in use, as far as the changes themselves tell.

mod rows;

pub use rows::{Risk, of_change, of_part};
