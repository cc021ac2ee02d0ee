//! trueup: true up SQL migrations with SQLAlchemy models.
//!
//! The API is for the binary and for tests of this package; it is not stable.
//!
//! ```text
//!  trueup.yaml | atlas.hcl, flags ──► config::Env
//!                          ┌──────────────┘
//!         ┌────────────────┴─────────────────┐
//!   desired: models, a program,         current: the migration directory,
//!   files, or a database                or an Alembic history, replayed
//!         │ sql::Statement                   │ sql::Statement
//!         └──────► engine::Session ◄─────────┘      a dialect's dev database
//!                       │ schema::Realm  ×2
//!                       ▼
//!             diff::Comparable                            cut to what is compared, in one spelling
//!                       ▼
//!                     diff ──► schema::change::Change     no SQL in it
//!                       ▼
//!                     lint ──► Risk                       what a change can do to rows
//!                       ▼
//!                     plan ──► Step                       ordered; a dialect writes the SQL
//!                       ▼
//!                     proof: the file's text runs on the session that holds the current state,
//!                     and nothing may be left to change
//!                       ▼
//!             pipeline::Outcome
//!                       ▼
//!   migration::LockedDir writes the file and atlas.sum;  report tells people and programs;  action tells GitHub
//! ```
//!
//! All of it from the settings to the outcome is [`pipeline`]: commands and the Action only call it.
//!
//! Modules use only those of lower layers, and those before them in their own; `tests/it/architecture.rs` holds that.
//!
//! | layer | module | owns |
//! |---|---|---|
//! | 0 | [`sql`] | cutting text into tokens and scripts into statements, positions, directives |
//! | 0 | [`problem`] | the one form of errors: what happened, what belongs to it, what to do |
//! | 0 | [`schema`] | the model of what a database contains, changes of it |
//! | 0 | [`config`] | `trueup.yaml`, `atlas.hcl`, their limits, URLs, secrets, formats |
//! | 1 | [`plan`] | steps, their order, the text of a migration file |
//! | 1 | [`engine`] | dev databases, private and shared, over what one kind of server does (`Driver`); servers in processes and in containers; states without a server; running scripts; patterns over a realm |
//! | 2 | [`dialect`] | one folder for each database: connecting, inspecting, writing DDL |
//! | 3 | [`diff`] | two states made comparable; realm × realm → changes; changes in words |
//! | 3 | [`lint`] | what changes can do to a database that is in use |
//! | 3 | [`migration`] | the directory, its checksums, its lock, safe writing; where a database stands in it |
//! | 4 | [`confine`] | running foreign code with few rights, on time, leaving nothing behind |
//! | 4 | [`desired`], [`current`] | the two states; an Alembic history, run, or read for what follows what |
//! | 4 | [`install`] | the Python packages of the user's project, by uv |
//! | 5 | [`pipeline`] | load, compare, plan, prove: from settings to an outcome; what was done to a live database; applying migrations to one, and taking them back; checkpoints |
//! | 6 | [`matrix`] | the projects of a repository, which of them a change is about, how jobs share them |
//! | 6 | [`init`] | what a repository says of itself, the files that set trueup up in it |
//! | 6 | [`report`] | text, JSON, diagrams, patches; redaction; exit codes |
//! | 7 | [`github`] | what a run was started for, the runner, pages, comments, issues, statuses, commits, pull requests, artifacts |
//! | 8 | [`action`] | the GitHub Action: inputs, modes, what is told where |
//! | 9 | [`cli`] | arguments, commands, signals, exit codes |
//!
//! `sql`, `schema`, `plan`, `diff`, `lint` and every dialect's `ddl` are pure: text and values in, values out. No code outside
//! `dialect` decides by a dialect's name (`sql` has presets for cutting their text), so another one is a folder and a line in
//! its registry.

pub mod action;
pub mod cli;
pub mod config;
pub mod confine;
pub mod current;
pub mod desired;
pub mod dialect;
pub mod diff;
pub mod engine;
pub mod github;
pub mod init;
pub mod install;
pub mod lint;
pub mod matrix;
pub mod migration;
pub mod pipeline;
pub mod plan;
pub mod problem;
pub mod report;
pub mod schema;
pub mod sql;
