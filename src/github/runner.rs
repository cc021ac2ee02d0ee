//! The runner's side of a run: commands on its log, and the files through which it takes outputs and the summary.
//!
//! Everything but pages and SQL goes through one [`Redactor`]. Without a runner, the same is printed for a person.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;

use super::command::{self, Annotation, Level};
use crate::config::Secret;
use crate::report::warnings::HEARD;
use crate::report::{Redactor, maskable};

/// Annotations of a level that GitHub shows for a step.
const SHOWN: usize = 10;

/// Bytes of a step's summary; of a longer one GitHub shows nothing.
const SUMMARY: u64 = 1024 * 1024;

/// Speaks to the runner.
pub struct Runner<W> {
    out: W,
    redactor: Redactor,
    /// Whether somebody reads commands.
    commands: bool,
    output: Option<PathBuf>,
    summary: Option<PathBuf>,
    /// How many annotations of each level were made, and the tenth, which waits for whether there are more.
    made: [(usize, Option<Annotation>); Level::ALL.len()],
}

/// How a summary was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Summary {
    /// All of it is in the summary.
    Whole,
    /// Its end did not fit, and a note says so.
    Cut,
    /// No runner takes one: it was printed.
    Printed,
}

impl<W: Write> Runner<W> {
    /// A runner that is spoken to on `out`, known by its variables.
    pub fn new(out: W, redactor: Redactor, variable: impl Fn(&str) -> Option<String>) -> Self {
        let path = |name: &str| {
            variable(name)
                .filter(|path| !path.is_empty())
                .map(PathBuf::from)
        };
        Self {
            out,
            redactor,
            commands: variable("GITHUB_ACTIONS").as_deref() == Some("true"),
            output: path("GITHUB_OUTPUT"),
            summary: path("GITHUB_STEP_SUMMARY"),
            made: Default::default(),
        }
    }

    /// What replaces secrets here.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// The same, to be told more.
    pub fn redactor_mut(&mut self) -> &mut Redactor {
        &mut self.redactor
    }

    /// Keeps a secret out of everything that is written from now on, and asks the runner to do the same where that hides
    /// nothing else.
    pub fn mask(&mut self, secret: &Secret) -> io::Result<()> {
        self.redactor.add(secret);
        if self.commands {
            for line in maskable(secret) {
                // The runner keeps this line out of the log.
                writeln!(self.out, "{}", command::command("add-mask", &[], line))?;
            }
        }
        Ok(())
    }

    /// Writes text to the log; no line of it is read as a command.
    pub fn log(&mut self, text: &str) -> io::Result<()> {
        self.log_as_is(&self.redactor.redact(text))
    }

    /// The same with text that was redacted, or judged to hold no secret.
    pub fn log_as_is(&mut self, text: &str) -> io::Result<()> {
        let text = command::inert(text);
        writeln!(self.out, "{}", text.trim_end_matches('\n'))
    }

    /// Shows a message at a line of a file. GitHub shows ten of each level: the tenth is kept back until
    /// [`Runner::finish`] knows whether it should say that there are more.
    pub fn annotate(&mut self, annotation: &Annotation) -> io::Result<()> {
        let redact = |text: &str| self.redactor.redact(text);
        let annotation = Annotation {
            level: annotation.level,
            file: annotation.file.as_deref().map(redact),
            line: annotation.line,
            title: redact(&annotation.title),
            message: redact(&annotation.message),
        };
        let (made, tenth) = &mut self.made[annotation.level as usize];
        *made += 1;
        match *made {
            SHOWN => {
                *tenth = Some(annotation);
                Ok(())
            }
            made if made > SHOWN => Ok(()),
            _ => self.show(&annotation),
        }
    }

    /// Writes what was kept back: warnings of code that knows no runner, and of [`Runner::annotate`] a level's tenth
    /// annotation, or how many there are more.
    pub fn finish(&mut self) -> io::Result<()> {
        for message in HEARD.take() {
            self.annotate(&Annotation {
                level: Level::Warning,
                file: None,
                line: None,
                title: "trueup warns".to_owned(),
                message,
            })?;
        }
        for (level, (made, tenth)) in Level::ALL.into_iter().zip(std::mem::take(&mut self.made)) {
            match tenth {
                Some(tenth) if made == SHOWN => self.show(&tenth)?,
                Some(_) => {
                    let more = made - (SHOWN - 1);
                    self.show(&Annotation {
                        level,
                        file: None,
                        line: None,
                        title: format!("{more} more"),
                        message: format!(
                            "{more} more of this kind: GitHub shows {SHOWN} for a step; all are in the job summary"
                        ),
                    })?;
                }
                None => {}
            }
        }
        self.out.flush()
    }

    fn show(&mut self, annotation: &Annotation) -> io::Result<()> {
        if self.commands {
            return writeln!(self.out, "{}", annotation.command());
        }
        let place = match (&annotation.file, annotation.line) {
            (Some(file), Some(line)) => format!("{file}:{line}: "),
            (Some(file), None) => format!("{file}: "),
            (None, _) => String::new(),
        };
        let text = format!("{place}{}: {}", annotation.level, annotation.message);
        writeln!(self.out, "{}", command::inert(&text))
    }

    /// Runs `write` while the runner takes no commands: what it logs may be anybody's.
    pub fn without_commands<T>(
        &mut self,
        write: impl FnOnce(&mut Self) -> io::Result<T>,
    ) -> io::Result<T> {
        if !self.commands {
            return write(self);
        }
        let token = random()?;
        writeln!(self.out, "::stop-commands::{token}")?;
        let result = write(self);
        writeln!(self.out, "::{token}::")?;
        result
    }

    /// Sets an output of the step. `name` is ours: letters, digits and dashes.
    pub fn output(&mut self, name: &str, value: &str) -> io::Result<()> {
        let value = self.redactor.redact(value);
        let Some(path) = &self.output else {
            return writeln!(self.out, "{}", command::inert(&format!("{name}={value}")));
        };
        let mut delimiter = random()?;
        while value.contains(&delimiter) {
            delimiter = random()?;
        }
        append(
            path,
            &format!("{name}<<{delimiter}\n{value}\n{delimiter}\n"),
        )
    }

    /// Adds a page to the step's summary. What doesn't fit is cut between lines, and a note says so. Pages are redacted
    /// where they are made, since the SQL in them must not be altered.
    pub fn summary(&mut self, markdown: &str) -> io::Result<Summary> {
        let Some(path) = &self.summary else {
            self.log_as_is(markdown)?;
            return Ok(Summary::Printed);
        };
        let taken = fs::metadata(path).map_or(0, |metadata| metadata.len());
        let room = usize::try_from(SUMMARY.saturating_sub(taken)).unwrap_or(usize::MAX);
        // Text directly below `</details>` is not read as Markdown.
        let gap = if taken > 0 { "\n" } else { "" };
        let mut text = format!("{gap}{}\n", markdown.trim_end_matches('\n'));
        let whole = text.len() <= room;
        if !whole {
            text = cut(&text, room);
        }
        append(path, &text)?;
        Ok(match whole {
            true => Summary::Whole,
            false => Summary::Cut,
        })
    }
}

/// Markdown of at most `room` bytes, with a note for what is gone; nothing when even the note has no room.
fn cut(text: &str, room: usize) -> String {
    const NOTE: &str = "\n> [!NOTE]\n> The rest did not fit into the summary.\n";
    let mut kept = 0;
    let mut closing = String::new();
    let mut fence: Option<&str> = None;
    let mut folded = 0_usize;
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        end += line.len();
        let rest = line.trim();
        let run = rest.len() - rest.trim_start_matches('`').len();
        match fence {
            Some(open) if run >= open.len() && run == rest.len() => fence = None,
            Some(_) => {}
            None if run >= 3 => fence = Some(&rest[..run]),
            None => {
                folded += rest.matches("<details").count();
                folded = folded.saturating_sub(rest.matches("</details>").count());
            }
        }
        let fence = fence.map_or(String::new(), |fence| format!("{fence}\n"));
        let closed = format!("{fence}{}", "\n</details>\n".repeat(folded));
        if end + closed.len() + NOTE.len() > room {
            break;
        }
        kept = end;
        closing = closed;
    }
    match NOTE.len() <= room {
        true => format!("{}{closing}{NOTE}", &text[..kept]),
        false => String::new(),
    }
}

fn append(path: &PathBuf, text: &str) -> io::Result<()> {
    let told = |error: io::Error| {
        io::Error::new(
            error.kind(),
            format!("can't write {}: {error}", path.display()),
        )
    };
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .map_err(told)?;
    file.write_all(text.as_bytes()).map_err(told)
}

/// A word that nobody can guess.
fn random() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().fold("trueup".to_owned(), |word, byte| {
        format!("{word}{byte:02x}")
    }))
}

#[cfg(test)]
mod tests {
    use arbtest::arbtest;

    use super::*;

    /// A runner's directory, and what was logged.
    fn with_runner(test: impl FnOnce(&mut Runner<&mut Vec<u8>>)) -> (String, String, String) {
        let dir = tempfile::tempdir().expect("a directory");
        let path = |name: &str| dir.path().join(name).to_string_lossy().into_owned();
        let mut log = Vec::new();
        let redactor = Redactor::new(&[Secret::new("hunter22")]);
        let mut runner = Runner::new(&mut log, redactor, |name| match name {
            "GITHUB_ACTIONS" => Some("true".into()),
            "GITHUB_OUTPUT" => Some(path("output")),
            "GITHUB_STEP_SUMMARY" => Some(path("summary")),
            _ => None,
        });
        test(&mut runner);
        let read = |name| fs::read_to_string(path(name)).unwrap_or_default();
        let log = String::from_utf8(log).expect("UTF-8");
        (log, read("output"), read("summary"))
    }

    fn annotation(level: Level, number: usize) -> Annotation {
        Annotation {
            level,
            file: Some("a.py".into()),
            line: Some(number),
            title: "t".into(),
            message: format!("m{number} hunter22"),
        }
    }

    #[test]
    fn ten_annotations_are_shown_and_of_more_nine_and_their_number() {
        for (made, last) in [
            (9, "m9 ***"),
            (10, "m10 ***"),
            (11, "2 more"),
            (30, "21 more"),
        ] {
            let (log, _, _) = with_runner(|runner| {
                for number in 1..=made {
                    runner
                        .annotate(&annotation(Level::Warning, number))
                        .expect("written");
                }
                runner
                    .annotate(&annotation(Level::Error, 1))
                    .expect("written");
                runner.finish().expect("written");
            });
            let of = |name| {
                log.lines()
                    .filter(|line| line.starts_with(name))
                    .collect::<Vec<_>>()
            };
            let warnings = of("::warning");
            assert_eq!(warnings.len(), made.min(10), "{log}");
            assert!(warnings[warnings.len() - 1].contains(last), "{log}");
            assert_eq!(of("::error").len(), 1);
            assert!(!log.contains("hunter22"));
        }
    }

    /// The runner's reading of its output file.
    fn outputs(text: &str) -> Vec<(String, String)> {
        let mut lines = text.split('\n');
        let mut found = Vec::new();
        while let Some((name, delimiter)) = lines.next().and_then(|line| line.split_once("<<")) {
            let value: Vec<&str> = lines
                .by_ref()
                .take_while(|line| *line != delimiter)
                .collect();
            found.push((name.to_owned(), value.join("\n")));
        }
        found
    }

    #[test]
    fn outputs_hold_any_value() {
        arbtest(|u| {
            let (one, two): (String, String) = (u.arbitrary()?, u.arbitrary()?);
            let (_, file, _) = with_runner(|runner| {
                runner.output("one", &one).expect("written");
                runner.output("two", &two).expect("written");
            });
            let found = outputs(&file);
            assert_eq!(found, [("one".into(), one), ("two".into(), two)]);
            Ok(())
        });
    }

    #[test]
    fn nothing_secret_reaches_the_runner() {
        let (log, output, _) = with_runner(|runner| {
            let secret = Secret::new("s3cret\n}\nsecond-1\n");
            runner.mask(&secret).expect("written");
            runner.mask(&Secret::new("dev")).expect("written");
            runner.output("a", "hunter22").expect("written");
            let quiet = |runner: &mut Runner<_>| runner.log("::error::hunter22\n s3cret");
            runner.without_commands(quiet).expect("written");
        });
        let masks = "::add-mask::s3cret\n::add-mask::second-1\n";
        let rest = log.strip_prefix(masks).expect(&log);
        for text in [rest, &output] {
            assert!(
                !text.contains("hunter22") && !text.contains("s3cret"),
                "{text}"
            );
        }
        let lines: Vec<&str> = rest.lines().collect();
        let token = lines[0].strip_prefix("::stop-commands::").expect("a token");
        assert!(token.len() > 32);
        assert_eq!(lines[1..3], ["\\::error::***", " ***"]);
        assert_eq!(lines[3], format!("::{token}::"));
        assert_eq!(lines.len(), 4);
    }

    #[test]
    fn a_summary_that_is_too_long_is_cut_and_stays_markdown() {
        let line = "x".repeat(999);
        let text = format!(
            "<details>\n\n````sql\n{}````\n</details>\n",
            format!("{line}\n").repeat(2000)
        );
        let (_, _, summary) = with_runner(|runner| {
            assert_eq!(runner.summary("# Before").expect("written"), Summary::Whole);
            assert_eq!(runner.summary(&text).expect("written"), Summary::Cut);
            assert_eq!(runner.summary(&text).expect("written"), Summary::Cut);
        });
        let length = summary.len() as u64;
        assert!(length <= SUMMARY && length > SUMMARY - 3000, "{length}");
        assert!(summary.starts_with("# Before\n\n<details>\n"));
        assert!(summary.contains("x\n````\n\n</details>\n\n> [!NOTE]\n"));
    }

    #[test]
    fn without_a_runner_it_is_printed() {
        let mut log = Vec::new();
        let mut runner = Runner::new(&mut log, Redactor::default(), |_| None);
        runner.output("state", "drift").expect("written");
        assert_eq!(runner.summary("# Hi\n").expect("written"), Summary::Printed);
        runner
            .annotate(&annotation(Level::Error, 3))
            .expect("written");
        runner.finish().expect("written");
        let log = String::from_utf8(log).expect("UTF-8");
        assert_eq!(log, "state=drift\n# Hi\na.py:3: error: m3 hunter22\n");
    }
}
