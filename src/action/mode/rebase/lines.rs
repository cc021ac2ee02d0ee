//! Merges two descendants of one text, line by line, where the result is unambiguous: what the one side changed lies apart from what
//! the other one changed. It never says more than git would, which the tests hold it to.

use std::ops::Range;

use similar::{Algorithm, DiffTag, capture_diff_slices};

/// Lines of the common text, and what one side has in their place.
type Hunk<'a> = (Range<usize>, &'a [&'a str]);

/// The text with both sides' changes; none where they touch.
pub(super) fn merged(base: &str, one: &str, other: &str) -> Option<String> {
    let [base, one, other] = [base, one, other].map(lines);
    let mut hunks: Vec<Hunk<'_>> = hunks(&base, &one);
    hunks.extend(self::hunks(&base, &other));
    hunks.sort_by_key(|(range, _)| (range.start, range.end));
    hunks.dedup();
    let texts = [&base, &one, &other];
    let mut text = String::new();
    let mut at = 0;
    let mut first = true;
    for (range, lines) in hunks {
        // With nothing between them, git takes two changes for one. Where every line between them stands elsewhere, too,
        // what changed can be told in more than one way.
        let between = base.get(at..range.start).unwrap_or_default();
        let alone = |line: &&str| {
            texts
                .iter()
                .all(|text| text.iter().filter(|other| *other == line).count() == 1)
        };
        if !first && !between.iter().any(alone) {
            return None;
        }
        first = false;
        text.extend(base[at..range.start].iter().copied());
        text.extend(lines.iter().copied());
        at = range.end;
    }
    text.extend(base[at..].iter().copied());
    Some(text)
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn hunks<'a>(base: &[&'a str], side: &'a [&'a str]) -> Vec<Hunk<'a>> {
    let mut found: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, base, side) {
        let (tag, old, new) = op.as_tag_tuple();
        match found.last_mut() {
            _ if tag == DiffTag::Equal => {}
            Some((before, lines)) if before.end == old.start && lines.end == new.start => {
                (before.end, lines.end) = (old.end, new.end);
            }
            _ => found.push((old, new)),
        }
    }
    let hunk = |(old, new): (Range<usize>, Range<usize>)| (old, &side[new]);
    found.into_iter().map(hunk).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn changes_apart_are_both_made() {
        let base = "a\nb\nc\nd\ne\n";
        let both = merged(base, "A\nb\nc\nd\ne\n", "a\nb\nc\nd\ne\nf\n");
        assert_eq!(both.as_deref(), Some("A\nb\nc\nd\ne\nf\n"));
        assert_eq!(merged(base, "a\nB\nc\nd\ne\n", "a\nb\nC\nd\ne\n"), None);
        let same = "a\nx\nc\nd\ne\n";
        assert_eq!(merged(base, same, same).as_deref(), Some(same));
        assert_eq!(merged("", "a\n", "b\n"), None);
        assert_eq!(merged("a", "a\nb\n", "c"), None);
    }

    /// Random edits of small texts with many equal lines: where it gives a text, git gives the same one.
    #[test]
    fn git_agrees() {
        let dir = tempfile::tempdir().unwrap();
        let mut state = 7_u64;
        let mut random = |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let (mut given, mut tried) = (0, 0);
        while given < 100 {
            let base: Vec<String> = (0..12).map(|_| format!("{}\n", random(40))).collect();
            let mut edited = || {
                let mut side = base.clone();
                for _ in 0..=random(2) {
                    let at = usize::try_from(random(side.len() as u64)).unwrap();
                    match random(3) {
                        0 => drop(side.remove(at)),
                        1 => side.insert(at, format!("{}\n", random(40))),
                        _ => side[at] = format!("{}\n", random(40)),
                    }
                }
                side.concat()
            };
            let (one, other) = (edited(), edited());
            tried += 1;
            let Some(both) = merged(&base.concat(), &one, &other) else {
                continue;
            };
            given += 1;
            let files = [("one", &one), ("base", &base.concat()), ("other", &other)];
            for (name, text) in files {
                std::fs::write(dir.path().join(name), text).unwrap();
            }
            let mut git = Command::new("git");
            git.args(["merge-file", "-p", "one", "base", "other"]);
            let output = git.current_dir(dir.path()).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            assert_eq!(
                (output.status.code(), &text),
                (Some(0), &both),
                "base {base:?}\none {one:?}\nother {other:?}"
            );
        }
        assert!(tried < 2000, "{tried}");
    }
}
