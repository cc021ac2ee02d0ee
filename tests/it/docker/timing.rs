//! How long the Action takes from the container's start to its end, and where the time goes. Run by hand:
//! `cargo test --release --test it -- docker::timing --ignored --nocapture`.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::image::shop;
use super::job::{Job, POSTGRES, POSTGRES_URL};

/// What the log says where something begins, and what begins there. Lines may be missing, and come in any order where two
/// things run side by side.
const BEGINS: &[(&str, &str)] = &[
    ("installing Python packages", "install"),
    (
        "starting the program that prints the models' SQL",
        "provider",
    ),
    ("opening the dev database", "dev database"),
    ("the directory is replayed", "compare"),
    ("the desired state is loaded", "compare"),
    ("closing the dev database", "clean up"),
    ("1 change in the models is missing", "report"),
];

/// Time from the start to each line of the log, and to the end.
fn lines(job: &Job) -> (Vec<(Duration, String)>, Duration) {
    job.checkout("feature");
    let payload = job.prepare();
    job.belongs_to_the_runner();
    let mut command = job.docker_run(&payload);
    command
        .arg("-vv")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let started = Instant::now();
    let mut child = command.spawn().expect("docker starts");
    let (sender, receiver) = mpsc::channel();
    let out = child.stdout.take().expect("its output");
    let err = child.stderr.take().expect("its messages");
    let streams: [Box<dyn std::io::Read + Send>; 2] = [Box::new(out), Box::new(err)];
    for stream in streams {
        let sender = sender.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                let _ = sender.send((started.elapsed(), line));
            }
        });
    }
    drop(sender);
    let mut found: Vec<(Duration, String)> = receiver.into_iter().collect();
    let code = child.wait().expect("it ends").code();
    let whole = started.elapsed();
    found.sort();
    assert_eq!(code, Some(1), "{found:#?}");
    (found, whole)
}

#[test]
#[ignore = "measures"]
fn where_the_time_goes() {
    let job = Job::start(&POSTGRES, &shop())
        .input("env", "sqlalchemy")
        .input("dev-url", POSTGRES_URL)
        .input("cache-dir", ".cache");
    for what in ["no cache", "warm", "warm", "warm"] {
        let (lines, whole) = lines(&job);
        let mut marks = vec![(Duration::ZERO, "container")];
        let first = lines.first().expect("a line").0;
        marks.push((first, "start"));
        for (at, line) in &lines {
            let begins = BEGINS.iter().find(|(part, _)| line.contains(part));
            marks.extend(begins.map(|(_, what)| (*at, *what)));
        }
        let ends = marks.iter().skip(1).map(|(at, _)| *at).chain([whole]);
        let shares: Vec<String> = marks
            .iter()
            .zip(ends)
            .map(|((from, what), to)| {
                let took = to.saturating_sub(*from).as_secs_f64();
                format!(
                    "{what} {took:.2} s ({:.0} %)",
                    100.0 * took / whole.as_secs_f64()
                )
            })
            .collect();
        println!(
            "{what}: {:.2} s: {}",
            whole.as_secs_f64(),
            shares.join(", ")
        );
    }
}
