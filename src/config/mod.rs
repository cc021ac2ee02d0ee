//! Configuration: `atlas.hcl`, flags, and what they resolve to.
