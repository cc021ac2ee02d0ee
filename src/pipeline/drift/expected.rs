//! Work on the dev database for the live databases that are compared: what their migrations make is built once for all that
//! stand at the same ones, and what differs alike is planned and proven once.

use std::sync::Arc;

use super::super::planner::{Pair, Planner, inspect_options};
use super::super::{Context, Outcome, PipelineError, Verdict, Writing};
use crate::current::alembic::Alembic;
use crate::current::{self, History};
use crate::desired::{self, Asked};
use crate::engine::{DevDatabase, Session};
use crate::migration::Standing;
use crate::plan::TxMode;
use crate::problem::Problem;
use crate::schema::Realm;
use crate::schema::change::{Change, Edit, TextChange};
use crate::sql::scan;

/// Places in the migrations of which the result is kept: databases of a fleet are at few.
const KEPT: usize = 16;

/// The answer.
#[derive(Clone, Debug)]
pub struct Drift {
    /// Which of the migrations the database has.
    pub standing: Standing,
    /// From the migrations to the database: what was done to it, and the migration that takes that in.
    pub adopt: Outcome,
    /// From the database to the migrations: the SQL that undoes it.
    pub restore: Outcome,
    /// Tells this drift from others, whatever the words for it; empty if there is none.
    pub hash: String,
}

impl Drift {
    /// Whether the database is what its migrations make.
    pub fn verdict(&self) -> Verdict {
        self.adopt.verdict
    }
}

/// Where a database stands, and what an empty one has there that is not the migrations' doing.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) standing: Standing,
    /// Statements that give the dev database what the live one has by default.
    pub(super) defaults: Vec<String>,
    /// What builds it where that is not the files of the standing: an Alembic history up to there.
    pub(super) history: Option<Arc<History<'static>>>,
}

/// What the migrations make up to there.
#[derive(Debug)]
pub(super) struct Made {
    number: usize,
    place: Place,
    pub(super) realm: Realm,
}

impl Made {
    /// Patterns of what the history leaves out by itself.
    pub(super) fn exclude(&self) -> &[String] {
        self.place
            .history
            .as_ref()
            .map_or(&[], |history| history.exclude())
    }
}

/// A difference that was seen twice.
pub(super) struct Seen {
    pub(super) made: Arc<Made>,
    pub(super) forth: Pair,
    pub(super) back: Pair,
    /// What of the live database is half done, in sentences.
    pub(super) notes: Vec<String>,
    /// Empty where nothing differs.
    pub(super) hash: String,
    /// Names are not qualified.
    pub(super) scoped: bool,
}

/// Equal for differences that are told as one: the number of what the migrations make, the hash, the notes.
type Key = (usize, String, Vec<String>);

/// The dev database, and what is kept of what was done on it.
pub(super) struct Expected<'a, R, F> {
    context: &'a Context<'a>,
    dev: &'a mut dyn DevDatabase,
    writing: Writing<'a>,
    made: Vec<Result<Arc<Made>, (Place, Problem)>>,
    count: usize,
    /// The state that was built last, by its number: a plan can be tried there.
    session: Option<(usize, Box<dyn Session>)>,
    /// Which of `told` a difference is.
    known: Vec<(Key, usize)>,
    told: Vec<R>,
    tell: F,
    /// What an Alembic history leaves out of what it was asked about.
    left_out: Vec<(String, Vec<String>)>,
}

impl<'a, R, F: Fn(Drift) -> R> Expected<'a, R, F> {
    pub(super) fn new(
        context: &'a Context<'a>,
        dev: &'a mut dyn DevDatabase,
        writing: Writing<'a>,
        tell: F,
    ) -> Self {
        Self {
            context,
            dev,
            writing,
            made: Vec::new(),
            count: 0,
            session: None,
            known: Vec::new(),
            told: Vec::new(),
            tell,
            left_out: Vec::new(),
        }
    }

    /// Patterns of what an Alembic history leaves out of what a database has.
    pub(super) async fn left_out(
        &mut self,
        alembic: &Alembic,
        asked: &[Asked<'_>],
    ) -> Result<Vec<String>, PipelineError> {
        let key = serde_json::to_string(asked).unwrap_or_default();
        if let Some((_, known)) = self.left_out.iter().find(|(known, _)| *known == key) {
            return Ok(known.clone());
        }
        self.leave().await?;
        let mut session = self.dev.session("current").await?;
        let scan = &self.context.dialect.profile().scan;
        let found = alembic.survey(&mut *session, scan, asked).await?.left_out;
        session.close().await?;
        for pattern in &found {
            tracing::info!("the history's Alembic leaves out {pattern}");
        }
        self.left_out.push((key, found.clone()));
        Ok(found)
    }

    /// What was told, of each difference once.
    pub(super) async fn close(mut self) -> Result<Vec<R>, PipelineError> {
        self.leave().await?;
        Ok(self.told)
    }

    async fn leave(&mut self) -> Result<(), PipelineError> {
        match self.session.take() {
            Some((_, session)) => Ok(session.close().await?),
            None => Ok(()),
        }
    }

    /// What the migrations make up to a place. What can't be built is not tried again.
    pub(super) async fn made(&mut self, place: Place) -> Result<Arc<Made>, PipelineError> {
        let known = self.made.iter().find(|made| match made {
            Ok(made) => made.place.is(&place),
            Err((failed, _)) => failed.is(&place),
        });
        match known {
            Some(Ok(made)) => return Ok(Arc::clone(made)),
            Some(Err((_, problem))) => return Err(problem.clone().into()),
            None => {}
        }
        self.leave().await?;
        let done = self.build(&place).await;
        if self.made.len() == KEPT {
            drop(self.made.remove(0));
        }
        let (realm, session) = match done {
            Ok(done) => done,
            Err(error @ PipelineError::Interrupted(_)) => return Err(error),
            Err(error) => {
                let problem = Problem::from(error);
                self.made.push(Err((place, problem.clone())));
                return Err(problem.into());
            }
        };
        self.count += 1;
        self.session = Some((self.count, session));
        let made = Arc::new(Made {
            number: self.count,
            place,
            realm,
        });
        self.made.push(Ok(Arc::clone(&made)));
        Ok(made)
    }

    async fn build(&mut self, place: &Place) -> Result<(Realm, Box<dyn Session>), PipelineError> {
        let rules = &self.context.dialect.profile().scan;
        let options = inspect_options(self.context.env, self.dev.scoped());
        let mut session = self.dev.session("current").await?;
        for text in &place.defaults {
            let split = scan(text, rules).unwrap_or_default();
            if let Err(error) = session.execute(&split.statements, TxMode::None).await {
                tracing::warn!("the dev database can't have the defaults of the live one: {error}");
            }
        }
        let replayed = match &place.history {
            Some(history) => history.build(&mut *session, rules, &options).await?,
            None => current::replay(&mut *session, &place.standing.dir, rules, &options).await?,
        };
        let mut realm = replayed.realm;
        self.context.dialect.forget_rows(&mut realm);
        Ok((realm, session))
    }

    /// Tells a difference, and which of all it is. Both ways are planned and proven where it is a new one.
    pub(super) async fn tell(&mut self, seen: Seen) -> Result<usize, PipelineError> {
        let key = (seen.made.number, seen.hash.clone(), seen.notes.clone());
        if let Some((_, at)) = self.known.iter().find(|(known, _)| *known == key) {
            return Ok(*at);
        }
        let drift = self.plan(seen).await?;
        self.told.push((self.tell)(drift));
        let at = self.told.len() - 1;
        self.known.push((key, at));
        Ok(at)
    }

    async fn plan(&mut self, seen: Seen) -> Result<Drift, PipelineError> {
        let Seen {
            made,
            forth,
            back,
            notes,
            hash,
            scoped,
        } = seen;
        let planner = Planner {
            env: self.context.env,
            dialect: self.context.dialect,
            scoped,
            writing: self.writing,
            writes: true,
        };
        let nothing = desired::Loaded::default();
        let mut adopt = planner.outcome(&forth.states, &nothing, notes);
        let mut restore = planner.outcome(&back.states, &nothing, Vec::new());
        let standing = made.place.standing.clone();
        if adopt.verdict == Verdict::Synced {
            return Ok(Drift {
                standing,
                adopt,
                restore,
                hash: String::new(),
            });
        }
        // Objects that are kept as text are no less there for not being planned.
        for found in [&mut adopt, &mut restore] {
            found.verdict = Verdict::Drifted;
        }
        if self.context.dialect.profile().hides && lacks(&adopt) {
            adopt.warnings.push(
                "what is only in the migrations may be there all the same: this server shows a user only what it has \
                 rights on"
                    .to_owned(),
            );
        }
        let mut session = match self.session.take() {
            Some((number, session)) if number == made.number => session,
            other => {
                if let Some((_, session)) = other {
                    session.close().await?;
                }
                self.build(&made.place).await?.1
            }
        };
        // With what was done by hand, the state is that of the database, from which the other way starts.
        let partly = !adopt.texts.is_empty();
        let done = planner.settle(&mut *session, &forth, &mut adopt, partly);
        match done.await {
            Err(error) => {
                adopt
                    .warnings
                    .push(unplanned("adopts what is there", &error));
                session.close().await?;
                session = self.dev.session("current").await?;
                let done = async {
                    planner.copy(&mut *session, back.states.existing()).await?;
                    let done = planner.settle(&mut *session, &back, &mut restore, true);
                    done.await
                };
                if let Err(error) = done.await {
                    restore.warnings.push(unplanned("undoes it", &error));
                }
            }
            Ok(()) => {
                let done = planner.settle(&mut *session, &back, &mut restore, partly);
                if let Err(error) = done.await {
                    restore.warnings.push(unplanned("undoes it", &error));
                }
            }
        }
        session.close().await?;
        Ok(Drift {
            standing,
            adopt,
            restore,
            hash,
        })
    }
}

impl Place {
    /// Whether it is the same one: of the same directory, the same files were run as far, and the same is told of them.
    fn is(&self, other: &Self) -> bool {
        let told = |place: &Self| {
            let Standing {
                version,
                dir: _,
                pending,
                partial,
                edited,
            } = place.standing.clone();
            (version, pending, partial, edited)
        };
        let names = |place: &Self| -> Vec<String> {
            let files = place.standing.dir.files().iter();
            files.map(|file| file.name().to_owned()).collect()
        };
        self.defaults == other.defaults && told(self) == told(other) && names(self) == names(other)
    }
}

/// Whether the database lacks something that its migrations make.
fn lacks(adopt: &Outcome) -> bool {
    let dropped = |change: &Change| {
        change.is_drop() && matches!(change, Change::DropTable { .. } | Change::Text(_))
    };
    let gone = |text: &TextChange| matches!(text.edit, Edit::Drop(_));
    adopt.changes.iter().any(dropped) || adopt.texts.iter().any(gone)
}

/// Why there is no SQL for one way.
fn unplanned(way: &str, error: &PipelineError) -> String {
    let why = match error {
        PipelineError::Unproven(unproven) => match unproven.cause.reason() {
            Some(reason) => format!("{error}: {reason}"),
            None => error.to_string(),
        },
        _ => error.to_string(),
    };
    format!("there is no SQL that {way}: {why}")
}
