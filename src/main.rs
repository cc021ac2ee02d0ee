//! The `trueup` executable: parse, run, exit.

use std::process::ExitCode;

fn main() -> ExitCode {
    trueup::cli::main()
}
