//! The comparison, as the command line makes it, with the models' program confined.

use std::borrow::Cow;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use time::OffsetDateTime;

use super::handover::Variables;
use super::inputs::{Inputs, Sandbox};
use super::trust::{self, Trust};
use crate::config::{self, DbUrl, Env, Fence, Format, Secret, Source};
use crate::confine::{Confinement, Level, Options};
use crate::current::History;
use crate::current::alembic::{Alembic, Trials};
use crate::desired::{self, Pending, ProviderOptions};
use crate::dialect::Dialect;
use crate::engine::attend::Unattended;
use crate::github::client::GitHub;
use crate::github::runner::Runner;
use crate::install::{self, Install, Installed};
use crate::migration::{Dir, MigrationFile, next_version};
use crate::pipeline::{self, Cancel, Context, PipelineError, Titled, Writing};
use crate::problem::{Problem, stage};
use crate::report::{Redactor, Report};

/// How long packages may be installed: what takes longer is better kept by actions/cache.
const INSTALLING: Duration = Duration::from_secs(15 * 60);

/// The settings and the directory.
pub(super) struct Project {
    pub(super) env: Env,
    trust: Trust,
    pub(super) dir: Dir,
    /// Databases that were asked which ones its environment is.
    asked: Vec<DbUrl>,
}

/// Everything that a comparison needs, so that it can be made more than once.
pub(super) struct Prepared<'a> {
    inputs: &'a Inputs,
    env: &'a Env,
    trust: &'a Trust,
    dev: (&'static dyn Dialect, &'a DbUrl),
    format: Format,
    options: ProviderOptions,
    /// What the models' program prints; it runs once.
    models: Option<Pending>,
    /// The Alembic history as it was compared last.
    alembic: Option<Alembic>,
    /// What of an Alembic history is tried besides.
    pub(super) trials: Trials,
    /// The environment is gone with it.
    _installed: Option<Installed>,
}

/// What a comparison of a project found, and what another one can be made with.
pub(super) struct Compared<'a, 'p> {
    pub(super) project: &'a Project,
    pub(super) prepared: &'a mut Prepared<'p>,
    pub(super) report: Report,
    pub(super) github: Option<&'a GitHub>,
    pub(super) redactor: &'a Redactor,
}

impl Project {
    /// Reads the settings and the directory. `root` is where the repository is.
    ///
    /// # Errors
    /// When either can't be read, or the directory doesn't match its checksums.
    pub(super) fn open(inputs: &Inputs, root: &Path) -> Result<Self> {
        let project = Self::of_migrations(inputs, root)?;
        pipeline::check_sources(&project.env)?;
        Ok(project)
    }

    /// The same where nothing is asked of the models.
    ///
    /// # Errors
    /// As for [`Project::open`].
    pub(super) fn of_migrations(inputs: &Inputs, root: &Path) -> Result<Self> {
        let trust = Self::trust(inputs, root)?;
        let env = pipeline::env(&inputs.request(trust.fence().clone()))?;
        Self::read(env, trust)
    }

    /// The limits of the config file, which has to be there.
    fn trust(inputs: &Inputs, root: &Path) -> Result<Trust> {
        let config = inputs.config_file();
        let wanted = inputs.env.is_some() || inputs.ddl_file.is_none();
        if wanted && !Path::new(config).exists() {
            let missing = match &inputs.config {
                Some(_) => format!("`{}`", inputs.in_repository(config)),
                None => format!(
                    "`{}` or `{}`",
                    inputs.in_repository("trueup.yaml"),
                    inputs.in_repository("atlas.hcl")
                ),
            };
            let problem = Problem::new(format!("there is no {missing}"));
            let hint = "`actions/checkout` has to come first; `working-directory` is the project's directory, and `config` \
                        its file where that has another name";
            return Err(problem.during(stage::CONFIG).hint(hint).into());
        }
        if inputs.env.is_none() && inputs.ddl_file.is_none() && !config::is_yaml(config) {
            let problem = Problem::new("input `env` is not set").during(stage::CONFIG);
            return Err(problem
                .hint(format!(
                    "name the environment of {config}, such as `env: sqlalchemy`"
                ))
                .into());
        }
        Ok(Trust::new(root, inputs)?)
    }

    /// The same where databases are looked at.
    ///
    /// # Errors
    /// As for [`Project::open`].
    pub(super) async fn of_databases(
        inputs: &Inputs,
        root: &Path,
        runner: &mut Runner<impl Write>,
        cancel: &Cancel,
    ) -> Result<Self> {
        let trust = Self::trust(inputs, root)?;
        let request = inputs.request(trust.fence().clone());
        let mut asked: Vec<DbUrl> = Vec::new();
        let mut seen = |url: &DbUrl| asked.push(url.clone());
        let env = cancel.race(pipeline::fleet(&request, &mut seen)).await?;
        for url in &asked {
            for secret in url.secrets() {
                runner.mask(&secret)?;
            }
            for text in [url.to_string().as_str(), url.host(), url.location()] {
                runner.redactor_mut().add(&Secret::new(text));
            }
        }
        let env = env?;
        Ok(Self {
            asked,
            ..Self::read(env, trust)?
        })
    }

    fn read(env: Env, trust: Trust) -> Result<Self> {
        trust.check(&env)?;
        let dir = match env.migration.sql_dir() {
            Ok(path) => Dir::open_or_empty(path).map_err(Problem::from)?,
            Err(_) => Dir::in_memory(env.migration.dir.clone(), Vec::new()),
        };
        super::files::refuse_links(&dir)?;
        dir.verify().map_err(Problem::from)?;
        Ok(Self {
            env,
            trust,
            dir,
            asked: Vec::new(),
        })
    }

    /// The limits of its config file.
    pub(super) fn fence(&self) -> Fence {
        self.trust.fence().clone()
    }

    /// Passwords of its databases.
    pub(super) fn secrets(&self) -> Vec<Secret> {
        let urls = [&self.env.dev, &self.env.url];
        let fleet = self.env.fleet.iter().flat_map(|fleet| &fleet.members);
        let members = fleet.filter_map(|member| member.url.as_ref());
        let mut found: Vec<Secret> = Vec::new();
        for secret in urls
            .into_iter()
            .flatten()
            .chain(members)
            .flat_map(|url| url.value.secrets())
        {
            if !found.contains(&secret) {
                found.push(secret);
            }
        }
        found
    }

    /// Whether code of the project runs.
    fn runs_code(&self) -> bool {
        if self.env.migration.alembic.is_some() {
            return true;
        }
        let program = |source: &Source| matches!(source, Source::External(_) | Source::Models(_));
        self.env.src.iter().any(|source| program(&source.value))
    }

    /// The migrations, to look at live databases. An Alembic history has to be run: nothing that leads to one of the databases may
    /// be within its reach.
    ///
    /// # Errors
    /// When that can't be made sure, or what it needs can't be installed.
    pub(super) async fn beside_databases<W: Write>(
        &self,
        inputs: &Inputs,
        variables: &Variables,
        lives: &[&DbUrl],
        runner: &mut Runner<W>,
        cancel: &Cancel,
    ) -> Result<(History<'_>, Option<Installed>)> {
        if self.env.migration.alembic.is_none() {
            return Ok((History::Files(Cow::Borrowed(&self.dir)), None));
        }
        pipeline::dev(&self.env)?;
        let lives: Vec<&DbUrl> = lives.iter().copied().chain(&self.asked).collect();
        let files = out_of_reach(inputs, variables, &lives)?;
        let confined = Arc::new(confine(inputs, variables, files, runner)?);
        wholly(&confined)?;
        let installed = install(inputs, &confined, runner, cancel).await?;
        let options = ProviderOptions {
            timeout: inputs.provider_timeout,
            server: desired::Server::of(&self.env),
            cwd: PathBuf::from("."),
            confinement: Some(confined),
            python: installed.python.clone(),
        };
        let history = match Alembic::of(&self.env, options)? {
            Some(alembic) => History::Alembic(Box::new(alembic)),
            None => History::Files(Cow::Borrowed(&self.dir)),
        };
        Ok((history, Some(installed)))
    }

    /// Installs what the models need, and arranges how their program is run: nothing that leads to the databases `lives` may be
    /// within its reach. `layout` is how SQL is laid out, of how the environment writes migrations.
    pub(super) async fn prepare<'a, W: Write>(
        &'a self,
        inputs: &'a Inputs,
        layout: impl FnOnce(&Format) -> Format,
        variables: &Variables,
        lives: &[DbUrl],
        runner: &mut Runner<W>,
        cancel: &Cancel,
    ) -> Result<Prepared<'a>> {
        let dev = pipeline::dev(&self.env)?;
        let mut confinement = None;
        let mut installed = None;
        if self.runs_code() {
            let files = match lives.is_empty() {
                true => Vec::new(),
                false => out_of_reach(inputs, variables, &lives.iter().collect::<Vec<_>>())?,
            };
            let confined = Arc::new(confine(inputs, variables, files, runner)?);
            if !lives.is_empty() {
                wholly(&confined)?;
            }
            installed = Some(install(inputs, &confined, runner, cancel).await?);
            confinement = (inputs.sandbox != Sandbox::Off).then_some(confined);
        }
        Ok(Prepared {
            inputs,
            env: &self.env,
            trust: &self.trust,
            dev,
            format: layout(&self.env.format.migrate_diff),
            options: ProviderOptions {
                timeout: inputs.provider_timeout,
                server: desired::Server::of(&self.env),
                cwd: PathBuf::from("."),
                confinement,
                python: installed
                    .as_ref()
                    .and_then(|installed| installed.python.clone()),
            },
            models: None,
            alembic: None,
            trials: Trials::default(),
            _installed: installed,
        })
    }
}

impl Prepared<'_> {
    /// The Alembic history of the project as it is below another directory, where its code is confined, too; `work` is the
    /// project's place there. None where the migrations are SQL.
    ///
    /// # Errors
    /// When it can't be confined there.
    pub(super) fn elsewhere(&self, root: &Path, work: &str) -> Result<Option<Alembic>, Problem> {
        Alembic::of(self.env, self.options_at(root, work)?)
    }

    /// The same comparisons for files that lie below another directory, within the limits of that.
    ///
    /// # Errors
    /// When what runs can't be confined there.
    pub(super) fn at<'b>(
        &'b self,
        root: &Path,
        work: &str,
        trust: &'b Trust,
    ) -> Result<Prepared<'b>, Problem> {
        let options = match self.options.confinement {
            Some(_) => self.options_at(root, work)?,
            // They are files of SQL.
            None => self.options.clone(),
        };
        Ok(Prepared {
            inputs: self.inputs,
            env: self.env,
            trust,
            dev: self.dev,
            format: self.format.clone(),
            options,
            models: None,
            alembic: None,
            trials: Trials::default(),
            _installed: None,
        })
    }

    fn options_at(&self, root: &Path, work: &str) -> Result<ProviderOptions, Problem> {
        let confined = self.options.confinement.as_ref();
        let confined =
            confined.ok_or_else(|| Problem::new("code of pull requests is run confined only"))?;
        Ok(ProviderOptions {
            cwd: root.join(work),
            confinement: Some(Arc::new(confined.elsewhere(root)?)),
            ..self.options.clone()
        })
    }

    /// Compares a directory, as it is or as it would be, with the models. `now` is the version of what is missing.
    pub(super) async fn compare(
        &mut self,
        dir: &Dir,
        now: OffsetDateTime,
        cancel: &Cancel,
    ) -> Result<Report> {
        self.trust.check(self.env)?;
        let models = match &mut self.models {
            Some(models) => models,
            none => {
                let models = desired::start(&self.env.src, &self.options);
                none.insert(models.map_err(Problem::from)?)
            }
        };
        let names = dir.files().iter().map(MigrationFile::name);
        let name = self.inputs.name.as_deref();
        let version = next_version(now, names, name).map_err(Problem::from)?;
        let alembic = Alembic::of(self.env, self.options.clone())?;
        let history = match alembic {
            Some(alembic) => History::Alembic(Box::new(alembic.anew(self.trials.clone()))),
            None => History::Files(Cow::Borrowed(dir)),
        };
        let context = Context::new(self.env, self.dev, &Unattended, cancel);
        self.alembic = None;
        let writing = Writing {
            qualifier: None,
            format: &self.format,
            version: &version,
            name,
        };
        let found = pipeline::directory(&context, &history, models, writing).await;
        let found = found.map_err(|error| match error {
            PipelineError::Interrupted(interrupted) => anyhow::Error::from(interrupted),
            other => trust::in_its_line(other.into(), &self.env.src).into(),
        })?;
        let mut report = Report::of(
            self.env,
            &history,
            found,
            self.inputs.command("trueup migrate diff"),
        );
        for model in report
            .found
            .changes
            .iter_mut()
            .filter_map(|change| change.model.as_mut())
        {
            model.file = self.inputs.in_repository(&model.file);
        }
        if let History::Alembic(alembic) = history {
            self.alembic = Some(*alembic);
        }
        Ok(report)
    }

    /// The Alembic history that was compared, if it is one.
    pub(super) fn alembic(&self) -> Option<&Alembic> {
        self.alembic.as_ref()
    }

    /// The directory that migrations are in, as it is found from here.
    pub(super) fn directory(&self, project: &Project) -> PathBuf {
        let versions = self.alembic.as_ref().and_then(Alembic::versions);
        versions.unwrap_or_else(|| project.dir.path().to_owned())
    }

    /// Writes what the last comparison found to be missing as a revision of the Alembic history; where it is. It is the
    /// caller's to be removed.
    ///
    /// # Errors
    /// When it can't be written, or the history with it can't be proven.
    pub(super) async fn revise(&mut self, report: &Report, cancel: &Cancel) -> Result<PathBuf> {
        let (Some(alembic), Some(models)) = (&self.alembic, &mut self.models) else {
            return Err(Problem::new("the migrations are not an Alembic history").into());
        };
        let context = Context::new(self.env, self.dev, &Unattended, cancel);
        let plan = (&report.found.plan, &report.found.left[..]);
        let message = report.message(self.inputs.name.as_deref());
        let titled = Titled {
            message: &message,
            head: None,
        };
        let wrote = pipeline::revision(&context, alembic, models, plan, titled).await;
        let wrote = wrote.map_err(|error| match error {
            PipelineError::Interrupted(interrupted) => anyhow::Error::from(interrupted),
            other => trust::in_its_line(other.into(), &self.env.src).into(),
        })?;
        Ok(alembic.path_of(&wrote.file))
    }
}

/// Why no code of the project runs here.
fn beside(why: &str) -> Problem {
    let problem = Problem::new(format!(
        "code of the project is not run beside a live database here: {why}"
    ));
    problem.during(stage::CONFIG)
}

/// Refuses what is not cut off from everything of the job's.
fn wholly(confined: &Confinement) -> Result<(), Problem> {
    let hint = "use a runner with Linux 5.13 or newer and Docker's default security profile, or look from a machine of your own \
                (`trueup drift`, `trueup migrate rebase`)";
    match confined.gap() {
        None => Ok(()),
        Some(gap) => Err(beside(gap).hint(hint)),
    }
}

/// The files that are kept from code of the project for these databases not to be within its reach.
fn out_of_reach(
    inputs: &Inputs,
    variables: &Variables,
    lives: &[&DbUrl],
) -> Result<Vec<PathBuf>, Problem> {
    if inputs.sandbox == Sandbox::Off {
        let hint = "take `sandbox: off` out of this job";
        return Err(beside("`sandbox: off` keeps it from being confined").hint(hint));
    }
    let leads = |value: &String| lives.iter().any(|url| trust::leads_to(value, url));
    let mut handed = inputs.provider_env.iter();
    if let Some(name) = handed.find(|name| variables.get(*name).is_some_and(leads)) {
        let hint = "its `env.py` needs no URL that works: nothing but the kind counts, as in `postgresql://nowhere/app`";
        let why = format!("`provider-env` hands `{name}` to it, which leads to the database");
        return Err(beside(&why).hint(hint));
    }
    Ok(lives.iter().flat_map(|url| trust::files_of(url)).collect())
}

fn confine<W: Write>(
    inputs: &Inputs,
    variables: &Variables,
    hide: Vec<PathBuf>,
    runner: &mut Runner<W>,
) -> Result<Confinement> {
    let level = match inputs.sandbox {
        Sandbox::Off | Sandbox::Auto => Level::Auto,
        Sandbox::Strict => Level::Strict,
    };
    let here = std::env::current_dir()?;
    let options = Options {
        level,
        variables: variables
            .iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect(),
        pass: inputs.provider_env.clone(),
        hide,
        ..Options::new(&here)
    };
    let confinement = Confinement::prepare(options).map_err(Problem::from)?;
    if inputs.sandbox == Sandbox::Off {
        runner.log(
            "Warning: `sandbox: off` runs the models' program with all rights of this job: through Docker's socket it gets \
             at everything here, tokens included",
        )?;
    }
    for warning in confinement.warnings() {
        runner.log(&format!("Warning: {warning}"))?;
    }
    Ok(confinement)
}

/// Installs what the models need. It is confined in any case: `sandbox: off` is about the models.
async fn install<W: Write>(
    inputs: &Inputs,
    confinement: &Confinement,
    runner: &mut Runner<W>,
    cancel: &Cancel,
) -> Result<Installed> {
    for secret in install::secrets(confinement.variables()) {
        runner.mask(&secret)?;
    }
    let request = install::Request {
        install: Install::parse(&inputs.install),
        directory: std::env::current_dir()?,
        cache: inputs
            .cache_dir
            .as_ref()
            .map(|dir| confinement.workspace().join(dir)),
        timeout: INSTALLING,
        confinement,
    };
    let installed = cancel
        .race(install::install(&request))
        .await?
        .map_err(Problem::from)?;
    runner.log(&installed.summary)?;
    for note in &installed.notes {
        runner.log(&format!("Note: {note}"))?;
    }
    Ok(installed)
}
