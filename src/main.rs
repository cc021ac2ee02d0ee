//! The `trueup` executable: parse, run, exit.

fn main() {}
