//! Dialects: one folder each, and the registry of them all.
//!
//! A dialect is named nowhere outside this folder; the rest of the crate goes through [`Dialect`] and [`Profile`].

use std::fmt;
use std::path::PathBuf;

use async_trait::async_trait;

use crate::config::suggest;
use crate::config::url::DbUrl;
use crate::engine::attend::Attendant;
use crate::engine::{DevDatabase, EngineError, ExecError, Session};
use crate::plan::order::{self, OrderRules};
use crate::plan::{Plan, PlanError, PlanOptions, Reverse, Step, TxMode, reversed};
use crate::problem::Problem;
use crate::schema::change::{Change, ModifyTable};
use crate::schema::{ObjectName, Realm};
use crate::sql::{ScanOptions, Statement};
use impact::{Impact, Surroundings};
use revisions::Revisions;

pub use strip::Strip;
pub use types::{Fit, Types};

mod ddl;
pub mod impact;
mod letters;
pub mod mssql;
pub mod mysql;
mod names;
pub mod postgres;
pub mod revisions;
pub mod row_count;
pub mod sample;
mod spelling;
pub mod sqlite;
mod strip;
mod types;
mod wire;
mod write;

/// Every dialect, in the order in which help texts list them.
pub static ALL: &[&dyn Dialect] = &[
    &mysql::MYSQL,
    &mysql::MARIADB,
    &postgres::Postgres,
    &sqlite::Sqlite,
    &mssql::Mssql,
];

/// What is constant about a dialect.
#[derive(Debug)]
pub struct Profile {
    /// Short name, as in `local://NAME` and `docker://NAME`.
    pub name: &'static str,
    pub display: &'static str,
    /// The quote around a name in SQL; doubled inside it.
    pub quote: char,
    /// URL schemes of servers that speak it.
    pub schemes: &'static [&'static str],
    /// Other names by which `local://` and `docker://` know it.
    pub aliases: &'static [&'static str],
    /// Images that `docker://` knows by a short name, with their repositories.
    pub images: &'static [(&'static str, &'static str)],
    /// How its scripts are split.
    pub scan: ScanOptions,
    /// In rows that are there, a new column that is NOT NULL and has no default gets its type's own, such as 0.
    pub fills_new_columns: bool,
    /// A transaction keeps the locks of all that its statements define until it ends.
    pub keeps_locks: bool,
    /// A user is not shown what it has no rights on.
    pub hides: bool,
    pub types: Types,
    pub order: OrderRules,
    pub models: ModelSql,
    pub setup: Setup,
    pub errors: Errors,
    pub revisions: Revisions,
}

/// How a project is set up for a database.
#[derive(Debug)]
pub struct Setup {
    /// Packages of Python with a driver for it, in lower case.
    pub drivers: &'static [&'static str],
    /// The server's program, and where it may be besides in `PATH`; none for an embedded database.
    pub program: Option<(&'static str, &'static [&'static str])>,
    /// The URL of a dev database that needs neither a program nor a container.
    pub dev: Option<&'static str>,
    /// The version of an image for a project that names none.
    pub version: &'static str,
    /// What follows `local://NAME` and `docker://NAME/VERSION` for a dev database of one schema.
    pub one_schema: &'static str,
    /// A service container in a workflow: YAML from `services:` on. Empty where none is needed.
    pub service: &'static str,
    /// The URL of a dev database in it.
    pub service_url: &'static str,
}

/// What a server's codes of errors mean.
#[derive(Debug)]
pub struct Errors {
    /// Something that is named is not there.
    pub absent: &'static [&'static str],
    /// The same where it is a schema.
    pub no_schema: &'static str,
    /// Who runs the SQL may not do it, which is also said of what is in a schema that is not there.
    pub denied: &'static [&'static str],
    /// What is to be made is there already; where there is no code for that, words of the message.
    pub exists: &'static [&'static str],
    /// The same of what is to be dropped and is not there.
    pub gone: &'static [&'static str],
    /// Something that depends on what changes is in the way, and the message names it without saying what it is.
    pub held: &'static [&'static str],
    /// A plan is refused although it is right, and why. A code of two digits stands for its class.
    pub reasons: &'static [(&'static str, &'static str)],
    /// Names that extensions bring along, and those extensions.
    pub bundled: &'static [(&'static str, &'static str)],
}

impl Errors {
    const DATA: &'static str = "rows that the migrations insert are in its way";
    const HELD: &'static str = "what the error names depends on it and is left to the migrations: it has to be dropped before \
                                the change and made again after it";
    const RIGHTS: &'static str = "the user of the dev database may not do it";
    const UNSUPPORTED: &'static str = "the server can't do this";
    const CAST: &'static str =
        "the server knows no way from the one type to the other, which rows would need";
    const LIMIT: &'static str = "it is beyond a limit of the server";
    const ABSENT: &'static str = "it needs something that neither the migrations nor the plan make; what `exclude` leaves out \
                                  has to be made by a migration before";

    /// Whether the database has what a statement does already: what it makes is there, or what it drops is not.
    pub fn is_done(&self, text: &str, error: &ExecError) -> bool {
        let tells = |known: &&str| match known.contains(' ') {
            true => error.message.contains(known),
            false => error.code.as_deref() == Some(known),
        };
        let drops = || {
            text.split_whitespace()
                .any(|word| word.eq_ignore_ascii_case("drop"))
        };
        self.exists.iter().any(tells) || self.gone.iter().any(tells) && drops()
    }

    /// Why a plan is refused although it is right, where its code tells.
    pub fn reason(&self, code: &str) -> Option<&'static str> {
        let means = |known: &str| {
            code == known || known.len() == 2 && code.len() == 5 && code.starts_with(known)
        };
        let found = self.reasons.iter().find(|(known, _)| means(known));
        found.map(|(_, reason)| *reason)
    }
}

/// How SQLAlchemy writes a dialect's DDL.
#[derive(Debug)]
pub struct ModelSql {
    /// Its names for the dialects whose DDL the server takes, the best first.
    pub names: &'static [&'static str],
    /// It doubles every `%` for a driver that takes two for one; where the DDL is printed, nobody does.
    pub doubles_percent: bool,
    /// Words that stand in definitions of columns in this dialect, and in others only where they take them.
    pub marks: &'static [&'static str],
    /// Words of other dialects that this one takes too.
    pub takes: &'static [&'static str],
}

impl fmt::Debug for dyn Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.profile().name)
    }
}

/// What a dialect can do. Everything but connecting is pure.
#[async_trait]
pub trait Dialect: Send + Sync {
    /// Its constants.
    fn profile(&self) -> &'static Profile;

    /// It has dev databases without a server: `offline://`.
    fn is_offline(&self) -> bool {
        false
    }

    /// Its servers answer what a program asks, in a form that the program's own driver would have. Where they don't, programs
    /// run without a server.
    fn answers_programs(&self) -> bool {
        true
    }

    /// Makes two states comparable where one engine writes the same thing in two ways: only what must be treated as
    /// equal is changed, in place.
    fn normalize(&self, _current: &mut Realm, _desired: &mut Realm) {}

    /// The change of a table as it happens to the table, where another table's definition decides a part of it; `None`
    /// where the change tells all. Both states are normalized.
    fn restate(
        &self,
        _change: &ModifyTable,
        _current: &Realm,
        _desired: &Realm,
    ) -> Option<ModifyTable> {
        None
    }

    /// Takes over into tables and schemas of a desired state what its SQL does not say of them and the current one has: what
    /// models can't say, or did not, while the migrations set it. What is taken over is not a difference, and no plan
    /// takes it away. `spoken` is the SQL that built the desired state; one that is a database speaks of everything and is
    /// not adopted into. Objects that are not tables are not its matter.
    fn adopt(&self, _current: &Realm, _desired: &mut Realm, _spoken: &[Statement]) {}

    /// The sequence that a column which becomes numbered takes over, where one of that name is no column's.
    fn numbered_by(&self, _table: &str, _column: &str) -> Option<String> {
        None
    }

    /// Statements that leave of a state what migrations make besides the models' own, for the models' SQL to depend on.
    fn strip(&self, _state: &Strip<'_>) -> Vec<String> {
        Vec::new()
    }

    /// Statements that take out of the state that the models' SQL built on those what nothing depends on after all.
    fn prune(&self, _state: &Strip<'_>) -> Vec<String> {
        Vec::new()
    }

    /// Takes out of a live database what its rows left in the schema, before anything else is to become like it.
    fn forget_rows(&self, _live: &mut Realm) {}

    /// Makes a live database like what its migrations make in what jobs and providers do to a schema: partitions that come
    /// and go, schemas of a service. Tells what that was, for people.
    fn overlook(&self, _live: &mut Realm, _expected: &Realm) -> Vec<String> {
        Vec::new()
    }

    /// Takes what is half done out of a live database where no SQL makes such a thing: what both have counts as missing
    /// there, what only it has as whole. Tells what that is and what to do, in sentences.
    fn broken(&self, _live: &mut Realm, _expected: &Realm) -> Vec<String> {
        Vec::new()
    }

    /// Writes one ordered change as steps.
    ///
    /// # Errors
    /// When no statement makes the change without losing what should stay.
    fn render(&self, change: &Change, context: &RenderContext<'_>) -> Result<Vec<Step>, PlanError>;

    /// Puts what the whole plan needs around its rendered steps, such as settings of the session. What it adds comes
    /// from one of `changes` too: [`Step::change`] of a new step is set here.
    fn enclose(
        &self,
        steps: Vec<Step>,
        _changes: &[Change],
        _context: &RenderContext<'_>,
    ) -> Vec<Step> {
        steps
    }

    /// What a change does to tables that were there before, while it is made: where that depends on how it is written, as
    /// this dialect writes it unless the statements show otherwise.
    fn impact(&self, change: &Change, around: &Surroundings<'_>) -> Vec<Impact>;

    /// What is done with tables that statements rewrite without changing them, and with others that only the statements tell
    /// to be rewritten.
    fn remade(&self, _tables: &[ObjectName], _around: &Surroundings<'_>) -> Vec<Impact> {
        Vec::new()
    }

    /// What a URL of its own schemes leads to.
    fn reach(&self, _url: &DbUrl) -> Result<Reach, EngineError> {
        Ok(Reach::Server)
    }

    /// The URL of a dev database for these migrations, where it leaves open how much of a server is compared.
    fn settle(&self, _url: &DbUrl, _migrations: &[Statement]) -> Option<DbUrl> {
        None
    }

    /// Opens a dev database, refusing one that is not empty.
    async fn open_dev(
        &self,
        url: &DbUrl,
        attendant: &dyn Attendant,
    ) -> Result<Box<dyn DevDatabase>, EngineError>;

    /// Connects to a database with content, which is only read.
    async fn connect(&self, url: &DbUrl) -> Result<Box<dyn Session>, EngineError>;

    /// Connects to a database that migrations are applied to.
    async fn live(&self, url: &DbUrl) -> Result<Box<dyn Session>, EngineError>;

    /// What a statement has to do with the transaction around it.
    fn role(&self, text: &str) -> Role;
}

/// What a statement has to do with the transaction around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is a part of it.
    Part,
    /// It may be refused in one, or do something else there: it runs as it is written.
    Alone,
    /// It sets something for what follows in the session, and has to be run again when a new session continues.
    Session,
    /// The same of what has no effect inside a transaction, so that it runs before: foreign keys are not checked from then on.
    Before,
    Begins,
    Ends,
    /// The server commits what is open, and the statement by itself.
    Commits,
}

/// What a URL leads to, for callers that may not connect everywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Nothing that was there before: memory, or a server of an official image or of this machine's programs that is private
    /// to the run.
    Private,
    File(PathBuf),
    /// A private server of an image that may be anybody's.
    Image,
    /// A server that runs already.
    Server,
}

/// What a URL leads to.
pub fn reach(url: &DbUrl) -> Result<Reach, EngineError> {
    let dialect = for_url(url)?;
    Ok(match url.scheme() {
        "local" => Reach::Private,
        "docker" => {
            let mut images = dialect.profile().images.iter();
            match images.find(|(short, _)| *short == url.host()) {
                // Repositories of the library have no owner in front.
                Some((_, repository)) if repository.contains('/') => Reach::Image,
                _ => Reach::Private,
            }
        }
        scheme if scheme.starts_with("docker+") => Reach::Image,
        _ => dialect.reach(url)?,
    })
}

/// What a dialect sees while it renders one change.
#[derive(Clone, Copy, Debug)]
pub struct RenderContext<'a> {
    pub options: &'a PlanOptions,
    /// The current state as it is compared.
    pub current: &'a Realm,
    /// The current state with what the user excludes from the comparison: never planned, but not to be lost either
    /// where a statement would take it along.
    pub existing: &'a Realm,
    pub desired: &'a Realm,
    /// The same as it was inspected, with its own spelling of what counts as equal.
    pub wanted: &'a Realm,
}

/// Orders the changes and renders them, and those that undo them: `undone` is the context of the way from the desired state to
/// the current one.
///
/// # Errors
/// When a change can't be made. An irreversible one is not an error: [`Reverse::irreversible`].
pub fn plan(
    dialect: &dyn Dialect,
    changes: Vec<Change>,
    context: &RenderContext<'_>,
    undone: &RenderContext<'_>,
) -> Result<Plan, PlanError> {
    let steps = written(dialect, &changes, context).map_err(|(_, error)| error)?;
    let warnings = steps.iter().filter_map(|step| step.warning.clone());
    let broken = order::broken(&changes, context.existing, &dialect.profile().order);
    Ok(Plan {
        warnings: warnings.chain(broken).collect(),
        tx_mode: tx_mode(&steps),
        reverse: reverse(dialect, &changes, context.existing, undone),
        steps,
        changes,
    })
}

/// One step that must run by itself is enough.
fn tx_mode(steps: &[Step]) -> TxMode {
    let alone = steps.iter().any(|step| step.tx_mode == TxMode::None);
    if alone { TxMode::None } else { TxMode::File }
}

/// The plan that undoes changes: all of them, since what is left out may be in the way of the rest.
fn reverse(
    dialect: &dyn Dialect,
    changes: &[Change],
    existing: &Realm,
    context: &RenderContext<'_>,
) -> Reverse {
    let (origins, back): (Vec<usize>, Vec<Change>) =
        reversed(changes, existing).into_iter().unzip();
    match written(dialect, &back, context) {
        Ok(mut steps) => {
            for step in &mut steps {
                step.change = origins[step.change];
            }
            Reverse {
                tx_mode: tx_mode(&steps),
                steps,
                irreversible: None,
            }
        }
        Err((at, error)) => Reverse {
            irreversible: Some((origins[at], error.why)),
            ..Reverse::default()
        },
    }
}

/// Orders changes and renders them. An error comes with the index of its change.
fn written(
    dialect: &dyn Dialect,
    changes: &[Change],
    context: &RenderContext<'_>,
) -> Result<Vec<Step>, (usize, PlanError)> {
    let mut steps = Vec::new();
    for ordered in order::order(changes, context.current, &dialect.profile().order) {
        let rendered = dialect.render(&ordered.change, context);
        let rendered = rendered.map_err(|error| (ordered.origin, error))?;
        steps.extend(rendered.into_iter().map(|step| Step {
            change: ordered.origin,
            ..step
        }));
    }
    Ok(dialect.enclose(steps, changes, context))
}

/// The dialect that a person or SQLAlchemy calls by a name, in any case.
pub fn named(name: &str) -> Result<&'static dyn Dialect, Problem> {
    let wanted = name.to_lowercase();
    let known = |profile: &Profile| {
        [profile.name, profile.models.names[0]].contains(&&*wanted)
            || profile.aliases.contains(&&*wanted)
    };
    let mut dialects = ALL.iter().copied();
    let found = dialects.find(|dialect| known(dialect.profile()));
    found.ok_or_else(|| {
        let problem = Problem::new(format!("unknown database `{name}`"));
        let names = names();
        match suggest::nearest(name, names.iter().copied()) {
            Some(near) if !OTHERS.contains(&&*wanted) => {
                problem.hint(format!("did you mean `{near}`?"))
            }
            _ => problem.hint(format!("known ones: {}", suggest::list(&names))),
        }
    })
}

/// The names that SQLAlchemy has for them.
pub fn names() -> Vec<&'static str> {
    let profiles = ALL.iter().map(|dialect| dialect.profile());
    profiles.map(|profile| profile.models.names[0]).collect()
}

/// Names of databases that trueup does not support; they are not typing errors.
const OTHERS: &[&str] = &["oracle"];

pub use crate::engine::offline::SCHEME as OFFLINE;

/// The dialect that a URL names, by its scheme or as the host of `local://` and `docker://`.
///
/// # Errors
/// When no dialect answers to it; the hint lists those that do.
pub fn for_url(url: &DbUrl) -> Result<&'static dyn Dialect, EngineError> {
    let by_name = |name: &str| {
        ALL.iter().copied().find(|dialect| {
            let profile = dialect.profile();
            profile.name == name || profile.aliases.contains(&name)
        })
    };
    let by_image = |name: &str| {
        ALL.iter().copied().find(|dialect| {
            let images = dialect.profile().images;
            images.iter().any(|(short, _)| *short == name)
        })
    };
    let found = match url.scheme() {
        "local" => by_name(url.host()),
        OFFLINE => by_name(url.host()).filter(|dialect| dialect.is_offline()),
        "docker" => by_image(url.host()).or_else(|| by_name(url.host())),
        scheme => match scheme.strip_prefix("docker+") {
            Some(name) => by_name(name),
            None => ALL
                .iter()
                .copied()
                .find(|dialect| dialect.profile().schemes.contains(&scheme)),
        },
    };
    found.ok_or_else(|| {
        if ["local", OFFLINE].contains(&url.scheme()) || url.scheme().starts_with("docker") {
            return unknown_engine(url);
        }
        let known: Vec<&str> = ALL
            .iter()
            .flat_map(|dialect| dialect.profile().schemes)
            .copied()
            .collect();
        match OTHERS.contains(&url.scheme()) {
            true => EngineError::new(
                format!("unknown scheme `{}://`", url.scheme()),
                format!("known schemes: {}", suggest::list(&known)),
            ),
            false => url.unknown_scheme(&known).into(),
        }
    })
}

/// `local://` and `docker://` name an engine where other URLs name a server.
fn unknown_engine(url: &DbUrl) -> EngineError {
    let scheme = url.scheme();
    let name = match scheme.strip_prefix("docker+") {
        Some(name) => name,
        None => url.host(),
    };
    let all = || ALL.iter().map(|dialect| dialect.profile());
    let known: Vec<&str> = match scheme {
        "docker" => all()
            .flat_map(|profile| profile.images.iter().map(|(short, _)| *short))
            .collect(),
        OFFLINE => {
            let offline = ALL.iter().filter(|dialect| dialect.is_offline());
            offline.map(|dialect| dialect.profile().name).collect()
        }
        _ => all().map(|profile| profile.name).collect(),
    };
    EngineError {
        message: format!("unknown database `{name}` in a `{scheme}://` URL"),
        hint: suggest::hint(name, &known, "known databases"),
    }
}
