//! The command line: parses, runs a command, tells how it ended.
//!
//! A command is a function from its arguments and its surroundings ([`Io`], through which it prints) to an [`ExitStatus`].

mod agree;
mod all;
mod apply;
mod apply_all;
pub mod args;
mod check;
mod checkpoint;
mod diff;
mod down;
mod drift;
mod edit;
mod editor;
mod environments;
mod git;
mod hash;
mod import;
mod init;
mod inspect;
mod io;
mod load;
mod lock;
mod matrix;
mod merge_sum;
mod new;
mod rebase;
mod reparent;
mod schema_diff;
mod signal;
mod trial;
mod validate;
mod waiting;

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::{ColorChoice, CommandFactory as _, Parser as _};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::action;
use crate::confine;
use crate::pipeline::Interrupted;
use crate::report::warnings::HEARD;
use crate::report::{ExitStatus, Style};
use args::{Cli, Command, MigrateCommand, SchemaCommand};
pub use io::{Io, Verbosity};
use signal::Signals;

/// Runs the program with the process' arguments.
pub fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    if std::env::args_os()
        .nth(1)
        .is_some_and(|word| word == confine::ENTER)
    {
        return confine::enter::enter(std::env::args_os().skip(2));
    }
    let mut out = std::io::stdout().lock();
    let mut err = std::io::stderr();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error, &mut out, &mut err).into(),
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = writeln!(err, "Error: can't start: {error}");
            return ExitStatus::Failure.into();
        }
    };
    trace(
        cli.global.verbose,
        style(cli.global.color, err.is_terminal()),
    );
    let status = runtime.block_on(async {
        let signals = match Signals::listen() {
            Ok(signals) => signals,
            Err(error) => {
                let _ = writeln!(err, "Error: can't listen to signals: {error}");
                return ExitStatus::Failure;
            }
        };
        let terminal = err.is_terminal();
        let mut io = Io {
            out_style: style(cli.global.color, out.is_terminal()),
            err_style: style(cli.global.color, err.is_terminal()),
            out: &mut out,
            err: &mut err,
            verbosity: Verbosity {
                more: cli.global.verbose,
                quiet: cli.global.quiet,
            },
            live: terminal && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
            cancel: signals.cancel.clone(),
        };
        tokio::select! {
            status = run(cli.command, &mut io) => status,
            Interrupted(number) = signals.insisted() => ExitStatus::Signal(number),
        }
    });
    // A thread that waits for a lock must not keep the process.
    runtime.shutdown_background();
    status.into()
}

/// Runs a command and tells its errors.
pub(crate) async fn run(command: Command, io: &mut Io<'_>) -> ExitStatus {
    let in_action = matches!(command, Command::Action(_));
    let done = match command {
        Command::Action(args) => action::run(args, &mut *io.out, &io.cancel).await,
        Command::Check(args) => check::run(args, io).await,
        Command::Drift(args) => drift::run(args, io).await,
        Command::Migrate(MigrateCommand::Apply(args)) => apply::apply(args, io).await,
        Command::Migrate(MigrateCommand::Down(args)) => down::down(args, io).await,
        Command::Migrate(MigrateCommand::Status(args)) => apply::status(args, io).await,
        Command::Migrate(MigrateCommand::Set(args)) => apply::set(args, io).await,
        Command::Migrate(MigrateCommand::Diff(args)) => diff::run(args, io).await,
        Command::Migrate(MigrateCommand::Hash(args)) => hash::run(&args, io).await,
        Command::Migrate(MigrateCommand::Validate(args)) => validate::run(args, io).await,
        Command::Migrate(MigrateCommand::Checkpoint(args)) => checkpoint::run(args, io).await,
        Command::Migrate(MigrateCommand::Edit(args)) => edit::edit(args, io).await,
        Command::Migrate(MigrateCommand::Rm(args)) => edit::rm(args, io).await,
        Command::Migrate(MigrateCommand::Rebase(args)) => rebase::run(args, io).await,
        Command::Migrate(MigrateCommand::Import(args)) => import::run(args, io).await,
        Command::Migrate(MigrateCommand::MergeSum(args)) => merge_sum::run(&args),
        Command::Migrate(MigrateCommand::New(args)) => new::run(args, io).await,
        Command::Schema(SchemaCommand::Inspect(args)) => inspect::run(args, io).await,
        Command::Schema(SchemaCommand::Diff(args)) => schema_diff::run(args, io).await,
        Command::Init(args) => init::run(args, io).await,
        Command::Matrix(args) => matrix::run(&args, io),
        Command::Load(args) => load::run(args, io).await,
        Command::Completions { shell } => completions(shell, io),
    };
    let status = done.unwrap_or_else(|error| failed(&error, io));
    // The Action shows them as annotations, and with `-v` they were printed immediately.
    if !in_action && io.verbosity.more == 0 {
        HEARD.take().iter().for_each(|warning| io.warn(warning));
    }
    status
}

/// Tells an error and how the program ends with it.
fn failed(error: &anyhow::Error, io: &mut Io<'_>) -> ExitStatus {
    if let Some(Interrupted(number)) = error.downcast_ref() {
        io.note("Interrupted: nothing was changed");
        return ExitStatus::Signal(*number);
    }
    if is_broken_pipe(error) {
        return ExitStatus::BROKEN_PIPE;
    }
    match io.fail(&io::problem(error)) {
        Ok(()) => ExitStatus::Failure,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitStatus::BROKEN_PIPE,
        Err(_) => ExitStatus::Failure,
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Prints help, the version, or what is wrong with the arguments.
fn usage(
    error: &clap::Error,
    out: &mut impl std::io::Write,
    err: &mut impl std::io::Write,
) -> ExitStatus {
    let text = error.render();
    if error.use_stderr() {
        let colored = style(ColorChoice::Auto, std::io::stderr().is_terminal()).color;
        let _ = match colored {
            true => write!(err, "{}", text.ansi()),
            false => write!(err, "{text}"),
        };
        return ExitStatus::Failure;
    }
    let colored = style(ColorChoice::Auto, std::io::stdout().is_terminal()).color;
    let written = match colored {
        true => write!(out, "{}", text.ansi()),
        false => write!(out, "{text}"),
    };
    match written.and_then(|()| out.flush()) {
        Ok(()) => ExitStatus::Success,
        Err(_) => ExitStatus::BROKEN_PIPE,
    }
}

fn completions(shell: clap_complete::Shell, io: &mut Io<'_>) -> anyhow::Result<ExitStatus> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "trueup", &mut script);
    io.out.write_all(&script)?;
    io.out.flush()?;
    Ok(ExitStatus::Success)
}

/// Colours only on a terminal that wants them (<https://no-color.org>), unless the user says otherwise.
fn style(choice: ColorChoice, terminal: bool) -> Style {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let color = match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            terminal
                && !set("NO_COLOR")
                && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
        }
    };
    Style { color }
}

/// Sends our own events to stderr as far as somebody asked for them, and holds warnings to be shown.
fn trace(verbose: u8, style: Style) {
    let level = match verbose {
        0 => "off",
        1 => "trueup=info",
        2 => "trueup=debug",
        _ => "trueup=trace",
    };
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(style.color)
        .with_target(false)
        .without_time()
        .with_filter(EnvFilter::new(level));
    let subscriber = tracing_subscriber::registry().with(lines).with(&HEARD);
    // Somebody else's subscriber, in a test, is as good.
    let _ = tracing::subscriber::set_global_default(subscriber);
}
