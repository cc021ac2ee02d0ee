//! How revisions follow each other: which nothing follows, where lines part, and what has to follow another one for a line to
//! come behind the other.

use std::collections::{BTreeMap, BTreeSet};

use super::revision::Revision;
use crate::problem::{Explain, Place, Problem, stage};

/// A history's revisions, each of which follows ones that are there.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    revisions: BTreeMap<String, Revision>,
    /// What follows each.
    next: BTreeMap<String, BTreeSet<String>>,
    /// The branches that each is of.
    labels: BTreeMap<String, BTreeSet<String>>,
}

/// Why revisions are not history.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("revision `{id}` is there twice: in {} and in {}", files[0], files[1])]
    Twice { id: String, files: [String; 2] },
    #[error("{place}: revision `{id}` follows `{lacking}`, which is not there")]
    Lost {
        id: String,
        lacking: String,
        place: Place,
    },
    #[error("revisions follow each other in a circle: {}", ids.join(", "))]
    Circle { ids: Vec<String> },
}

impl Explain for Broken {
    fn explain(self) -> Problem {
        let hint = match &self {
            Self::Twice { .. } => {
                "give the newer one another `revision`, and name that where it is followed"
            }
            Self::Lost { .. } => "bring that revision's file in, or name one that is there",
            Self::Circle { .. } => "let the oldest of them follow what was there before",
        };
        Problem::new(self.to_string())
            .during(stage::DIRECTORY)
            .hint(hint)
    }
}

/// Two lines of a history that went on apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fork {
    /// The last of each, those of the base first.
    pub heads: Vec<Head>,
    /// The last revision that all of them come after.
    pub parent: Option<String>,
}

/// A revision that nothing follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub id: String,
    pub path: String,
    /// The base lacks it.
    pub ours: bool,
}

/// A revision that is to follow another one than it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reparent {
    pub id: String,
    pub path: String,
    pub line: usize,
    pub from: String,
    pub to: String,
}

/// The revisions that are to follow others, each once.
pub fn moved(edits: &[Reparent]) -> Vec<&str> {
    let mut ids: Vec<&str> = edits.iter().map(|edit| edit.id.as_str()).collect();
    ids.dedup();
    ids
}

/// Whether labels keep no two lines apart: one has none, or they share one.
fn are_of_one_line(labels: &BTreeSet<String>, others: &BTreeSet<String>) -> bool {
    labels.is_empty() || others.is_empty() || !labels.is_disjoint(others)
}

impl Graph {
    /// The history that these revisions are.
    ///
    /// # Errors
    /// What keeps them from being one.
    pub fn of(revisions: impl IntoIterator<Item = Revision>) -> Result<Self, Broken> {
        let mut graph = Self::default();
        for revision in revisions {
            let (id, path) = (revision.id.clone(), revision.path.clone());
            if let Some(other) = graph.revisions.insert(id.clone(), revision) {
                let files = [other.path, path];
                return Err(Broken::Twice { id, files });
            }
        }
        for revision in graph.revisions.values() {
            for down in revision.follows() {
                if !graph.revisions.contains_key(down) {
                    return Err(Broken::Lost {
                        id: revision.id.clone(),
                        lacking: down.to_owned(),
                        place: Place {
                            file: revision.path.clone(),
                            line: revision.line,
                        },
                    });
                }
                let next = graph.next.entry(down.to_owned()).or_default();
                next.insert(revision.id.clone());
            }
        }
        // What comes after itself comes after no beginning.
        let bases = graph
            .revisions
            .values()
            .filter(|revision| revision.down.is_empty());
        let reached = graph.after(bases.map(|revision| revision.id.as_str()));
        let lost: Vec<String> = graph
            .revisions
            .keys()
            .filter(|id| !reached.contains(*id))
            .cloned()
            .collect();
        if let [_, ..] = &lost[..] {
            return Err(Broken::Circle { ids: lost });
        }
        graph.label();
        Ok(graph)
    }

    /// Spreads labels as Alembic does: over all that follows, and back to where lines part or meet.
    fn label(&mut self) {
        let mut labels: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for revision in self
            .revisions
            .values()
            .filter(|revision| !revision.labels.is_empty())
        {
            let mut all = self.after([revision.id.as_str()]);
            let mut at = Some(revision);
            while let Some(one) = at
                && one.down.len() < 2
                && self.next.get(&one.id).is_none_or(|next| next.len() < 2)
            {
                all.insert(one.id.clone());
                at = one
                    .follows()
                    .next()
                    .and_then(|down| self.revisions.get(down));
            }
            for id in all {
                labels
                    .entry(id)
                    .or_default()
                    .extend(revision.labels.iter().cloned());
            }
        }
        self.labels = labels;
    }

    /// These revisions and everything that comes after them.
    fn after<'i>(&self, ids: impl IntoIterator<Item = &'i str>) -> BTreeSet<String> {
        let mut left: Vec<String> = ids.into_iter().map(str::to_owned).collect();
        let mut found = BTreeSet::new();
        while let Some(id) = left.pop() {
            let next = self.next.get(&id).into_iter().flatten().cloned();
            if found.insert(id.clone()) {
                left.extend(next);
            }
        }
        found
    }

    /// A revision and everything that comes before it, the nearest first.
    fn before(&self, id: &str) -> Vec<String> {
        let mut found: Vec<String> = vec![id.to_owned()];
        let mut at = 0;
        while let Some(id) = found.get(at).cloned() {
            let down = self
                .revisions
                .get(&id)
                .into_iter()
                .flat_map(Revision::follows);
            for name in down.map(str::to_owned).collect::<Vec<_>>() {
                if !found.contains(&name) {
                    found.push(name);
                }
            }
            at += 1;
        }
        found
    }

    /// Whether a database that is at these revisions has this one.
    ///
    /// # Errors
    /// When one of them is not here, so that what it follows is not known.
    pub fn has_come_to(&self, revisions: &[String], id: &str) -> Result<bool, Problem> {
        if let Some(unknown) = revisions.iter().find(|own| self.get(own).is_none()) {
            let why = format!(
                "is at revision `{unknown}`, which no file here is: whether it has `{id}` is not known"
            );
            let hint = "bring that revision's branch up to the base, or take the database back to a revision that is there";
            return Err(Problem::new(why).during(stage::DIRECTORY).hint(hint));
        }
        let mut has = revisions.iter().flat_map(|own| self.before(own));
        Ok(has.any(|own| own == id))
    }

    /// All of them, by identifier.
    pub fn revisions(&self) -> impl Iterator<Item = &Revision> {
        self.revisions.values()
    }

    /// The revision of this name.
    pub fn get(&self, id: &str) -> Option<&Revision> {
        self.revisions.get(id)
    }

    /// What nothing follows.
    pub fn heads(&self) -> Vec<&Revision> {
        let last = |revision: &&Revision| !self.next.contains_key(&revision.id);
        self.revisions.values().filter(last).collect()
    }

    fn labels(&self, id: &str) -> BTreeSet<String> {
        self.labels.get(id).cloned().unwrap_or_default()
    }

    /// Heads of which only one could stay: ones without a label beside others, and ones of the same branch.
    fn rivals(&self) -> Vec<&Revision> {
        let heads = self.heads();
        let rival = |one: &&&Revision| heads.iter().any(|other| self.are_rivals(one, other));
        heads.iter().filter(rival).copied().collect()
    }

    fn are_rivals(&self, one: &Revision, other: &Revision) -> bool {
        one.id != other.id && are_of_one_line(&self.labels(&one.id), &self.labels(&other.id))
    }

    /// Whether a head that `base` lacks parts from another one by what `base` lacks, and not only where two heads of `base` do.
    fn parts(&self, head: &str, other: &str, base: &Self) -> bool {
        let before = self.before(head);
        let own: Vec<&Revision> = before
            .iter()
            .filter(|id| base.get(id).is_none())
            .filter_map(|id| self.get(id))
            .collect();
        let starts: Vec<&str> = own
            .iter()
            .flat_map(|one| one.follows().chain([one.id.as_str()]))
            .collect();
        // It follows nothing of the base, or leaves out what followed there.
        !starts.iter().any(|id| base.get(id).is_some())
            || starts.iter().any(|start| {
                let joined = base.next.contains_key(*start) && {
                    let after = base.after([*start]);
                    let last = base.heads();
                    last.iter()
                        .any(|last| after.contains(&last.id) && before.contains(&last.id))
                };
                !joined && self.after([*start]).contains(other)
            })
    }

    /// Where this history, which goes on from `base` by what that lacks, has more heads than it may have. What the base has
    /// already is not this one's fault.
    pub fn fork(&self, base: &Self) -> Option<Fork> {
        let mut rivals = self.rivals();
        let parted: BTreeSet<&str> = rivals
            .iter()
            .filter(|head| base.get(&head.id).is_none())
            .flat_map(|head| {
                let other = |other: &&&Revision| {
                    self.are_rivals(head, other) && self.parts(&head.id, &other.id, base)
                };
                let others = rivals.iter().filter(other);
                others.flat_map(|other| [head.id.as_str(), &other.id])
            })
            .collect();
        match parted.is_empty() {
            true if rivals.len() <= base.rivals().len() => return None,
            true => {}
            false => rivals.retain(|head| parted.contains(head.id.as_str())),
        }
        let mut heads: Vec<Head> = rivals
            .iter()
            .map(|head| Head {
                id: head.id.clone(),
                path: head.path.clone(),
                ours: base.get(&head.id).is_none(),
            })
            .collect();
        heads.sort_by_key(|head| head.ours);
        let lines: Vec<Vec<String>> = heads.iter().map(|head| self.before(&head.id)).collect();
        let (first, rest) = lines.split_first()?;
        let shared = first
            .iter()
            .find(|id| rest.iter().all(|line| line.contains(id)));
        Some(Fork {
            heads,
            parent: shared.cloned(),
        })
    }

    /// What has to be changed for the revisions that `base` lacks to come behind those that it has.
    ///
    /// # Errors
    /// Why that can't be told, in a sentence with what to do.
    pub fn behind(&self, base: &Self) -> Result<Vec<Reparent>, Problem> {
        let stop = |why: String, hint: &str| Problem::new(why).during(stage::DIRECTORY).hint(hint);
        let last: Vec<&str> = base.heads().iter().map(|head| head.id.as_str()).collect();
        let mut edits: Vec<Reparent> = Vec::new();
        for ours in self
            .revisions
            .values()
            .filter(|one| base.get(&one.id).is_none())
        {
            let early = |id: &&str| base.get(id).is_some() && !last.contains(id);
            for from in ours.follows().filter(early) {
                let after = base.after([from]);
                let mut heads: Vec<&str> = last
                    .iter()
                    .copied()
                    .filter(|id| after.contains(*id))
                    .collect();
                let own = self.labels(&ours.id);
                let rival = |id: &&str| are_of_one_line(&own, &base.labels(id));
                if !heads.iter().any(rival) {
                    // A branch that begins here stays where it is.
                    if ours.down.len() < 2 || heads.iter().all(|to| self.is_joined(ours, to, base))
                    {
                        continue;
                    }
                    return Err(stop(
                        format!(
                            "revision `{}` ({}) joins `{from}`, and the base continues from it only in other branches: {}",
                            ours.id,
                            ours.path,
                            heads.join(", ")
                        ),
                        "let it follow the right one by hand",
                    ));
                }
                if heads.len() > 1 {
                    heads.retain(|id| !base.labels(id).is_disjoint(&own));
                }
                let [to] = heads[..] else {
                    return Err(stop(
                        format!(
                            "it is unknown which branch revision `{}` belongs to: the base continues from `{from}` in several",
                            ours.id
                        ),
                        "say it by `branch_labels` of the revision, or let it follow the right one by hand",
                    ));
                };
                if self.is_joined(ours, to, base) {
                    continue;
                }
                let twice = edits.iter().any(|edit| edit.id == ours.id && edit.to == to);
                if twice || ours.follows().any(|id| id == to) {
                    return Err(stop(
                        format!(
                            "revision `{}` ({}) joins lines that the base joins in `{to}`",
                            ours.id, ours.path
                        ),
                        "remove it, and let what follows it follow that one",
                    ));
                }
                edits.push(Reparent {
                    id: ours.id.clone(),
                    path: ours.path.clone(),
                    line: ours.line,
                    from: from.to_owned(),
                    to: to.to_owned(),
                });
            }
        }
        let after = self.with(&edits).map_err(Problem::from)?;
        let Some(fork) = after.fork(base) else {
            return Ok(edits);
        };
        let own = fork.heads.iter().filter(|head| head.ours);
        let own: Vec<String> = own
            .map(|head| format!("`{}` ({})", head.id, head.path))
            .collect();
        Err(match own.len() {
            1 => stop(
                format!(
                    "revision {} begins a line of its own, which follows nothing of the base",
                    own[0]
                ),
                "let its first revision follow the base's last one, or name a branch by `branch_labels`",
            ),
            _ => stop(
                format!(
                    "the new revisions alone have several heads: {}",
                    own.join(", ")
                ),
                "let the one follow the other, or join them: `alembic merge heads`",
            ),
        })
    }

    /// Whether a revision that the base lacks is brought behind `last` of it by another one, which joins its line with that
    /// one's.
    fn is_joined(&self, ours: &Revision, last: &str, base: &Self) -> bool {
        let later = self.after([ours.id.as_str()]);
        let later = later.iter().filter(|id| **id != ours.id);
        later.filter_map(|id| self.get(id)).any(|one| {
            let mut theirs = one.follows().filter(|id| base.get(id).is_some());
            one.down.len() > 1 && theirs.any(|id| base.after([id]).contains(last))
        })
    }

    /// The files that change by this, with their new texts.
    pub fn edited<'t>(
        &self,
        edits: &[Reparent],
        text: impl Fn(&str) -> Option<&'t str>,
    ) -> BTreeMap<String, String> {
        let new = edits.iter().filter_map(|edit| {
            let own = edits.iter().filter(|other| other.id == edit.id);
            let own: Vec<(&str, &str)> = own
                .map(|one| (one.from.as_str(), one.to.as_str()))
                .collect();
            let (revision, text) = (self.get(&edit.id)?, text(&edit.path)?);
            Some((edit.path.clone(), revision.following(text, &own)))
        });
        new.collect()
    }

    /// The history with these changes.
    fn with(&self, edits: &[Reparent]) -> Result<Self, Broken> {
        let mut revisions = self.revisions.clone();
        for edit in edits {
            if let Some(revision) = revisions.get_mut(&edit.id) {
                let down = revision.down.iter_mut().filter(|id| id.name == edit.from);
                down.for_each(|id| id.name.clone_from(&edit.to));
            }
        }
        Self::of(revisions.into_values())
    }
}

#[cfg(test)]
mod tests {
    use super::super::revision::read;
    use super::*;

    /// A history of lines `id < what it follows, … label`.
    fn graph(lines: &[&str]) -> Result<Graph, Broken> {
        let revision = |line: &&str| {
            let (id, rest) = line.split_once(" < ").expect("<");
            let (down, label) = rest.split_once(' ').unwrap_or((rest, ""));
            let down: Vec<String> = down
                .split(',')
                .filter(|id| *id != "-")
                .map(|id| format!("'{id}'"))
                .collect();
            let down = down.join(", ");
            let label = if label.is_empty() {
                "None".to_owned()
            } else {
                format!("('{label}',)")
            };
            let text =
                format!("revision = '{id}'\ndown_revision = [{down}]\nbranch_labels = {label}\n");
            read(&format!("{id}.py"), &text).expect("a revision")
        };
        Graph::of(lines.iter().map(revision))
    }

    fn union(base: &[&str], ours: &[&str]) -> (Graph, Graph) {
        let both = [base, ours].concat();
        (graph(base).expect("the base"), graph(&both).expect("both"))
    }

    fn edits(base: &[&str], ours: &[&str]) -> Result<Vec<String>, String> {
        let (base, both) = union(base, ours);
        let edits = both.behind(&base).map_err(|problem| problem.message)?;
        Ok(edits
            .iter()
            .map(|edit| format!("{} {}>{}", edit.id, edit.from, edit.to))
            .collect())
    }

    #[test]
    fn lines_that_part_are_named_with_whose_they_are() {
        let (base, both) = union(&["a < -", "b < a", "c < b"], &["x < b", "y < x"]);
        let fork = both.fork(&base).unwrap();
        assert_eq!(fork.parent.as_deref(), Some("b"));
        let heads: Vec<(&str, bool)> = fork
            .heads
            .iter()
            .map(|head| (head.id.as_str(), head.ours))
            .collect();
        assert_eq!(heads, [("c", false), ("y", true)]);
        let (base, both) = union(&["a < -", "b < a"], &["x < b", "y < x"]);
        assert_eq!(both.fork(&base), None);
        // What joins them is not a fork, nor is what the base has already.
        let (base, both) = union(&["a < -", "b < a", "c < a"], &["m < b,c"]);
        assert_eq!(both.fork(&base), None);
        let (base, both) = union(&["a < -", "b < a", "c < a"], &["x < b"]);
        assert_eq!(both.fork(&base), None);
    }

    #[test]
    fn heads_of_a_base_that_has_several_already_are_told_from_new_ones() {
        let heads = |base: &[&str], ours: &[&str]| {
            let (base, both) = union(base, ours);
            let heads = both.fork(&base).map(|fork| fork.heads).unwrap_or_default();
            let ids: Vec<String> = heads.into_iter().map(|head| head.id).collect();
            ids.join(" ")
        };
        // `x` joined what the base had before `t`.
        let base = ["a < -", "b < a", "c < a", "t < c"];
        assert_eq!(heads(&base, &["x < b,c"]), "t x");
        assert_eq!(heads(&base, &["x < b,t"]), "");
        assert_eq!(heads(&base, &["x < c", "m < x,t"]), "");
        assert_eq!(heads(&base, &["x < b", "y < t"]), "");
        assert_eq!(heads(&base, &["x < b,t", "y < b"]), "x y");
        assert_eq!(heads(&base, &["x < c"]), "t x");
        // What the base joined.
        let (base, both) = (
            graph(&["a < -", "b < a", "c < a", "m < b,c"]).unwrap(),
            graph(&["a < -", "b < a", "c < a"]).unwrap(),
        );
        let fork = both.fork(&base).unwrap();
        assert!(fork.heads.iter().all(|head| !head.ours), "{fork:?}");
    }

    #[test]
    fn the_first_of_ours_goes_behind_the_last_of_theirs() {
        assert_eq!(
            edits(&["a < -", "b < a", "c < b"], &["x < b", "y < x"]),
            Ok(vec!["x b>c".into()])
        );
        // From an older one, too.
        assert_eq!(
            edits(&["a < -", "b < a", "c < b"], &["x < a"]),
            Ok(vec!["x a>c".into()])
        );
        assert_eq!(edits(&["a < -", "b < a"], &["x < b"]), Ok(Vec::new()));
        let why = edits(&["a < -", "b < a"], &["x < a", "y < a"]).unwrap_err();
        assert_eq!(
            why,
            "the new revisions alone have several heads: `x` (x.py), `y` (y.py)"
        );
        let why = edits(&["a < -"], &["x < -"]).unwrap_err();
        assert_eq!(
            why,
            "revision `x` (x.py) begins a line of its own, which follows nothing of the base"
        );
    }

    #[test]
    fn a_merge_of_ours_joins_what_the_base_has_now() {
        // What it joins needs no move of its own.
        let base = ["a < -", "b < a", "c < b"];
        assert_eq!(
            edits(&base, &["x < a", "m < x,b"]),
            Ok(vec!["m b>c".into()])
        );
        assert_eq!(
            edits(&base, &["x < a", "y < x", "m < y,b", "z < m"]),
            Ok(vec!["m b>c".into()])
        );
        // One of our own lines alone.
        assert_eq!(
            edits(&base, &["x < b", "y < b", "m < x,y"]),
            Ok(vec!["x b>c".into(), "y b>c".into()])
        );
        // The heads of the base, each of which went on.
        let two = ["a < -", "b < a", "c < a", "d < b", "e < c"];
        assert_eq!(
            edits(&two, &["m < b,c"]),
            Ok(vec!["m b>d".into(), "m c>e".into()])
        );
        // Two branches: that it joins `orders` does not bring what it joins behind `users`.
        let two = ["a < -", "u < a users", "o < a orders", "u2 < u", "o2 < o"];
        assert_eq!(
            edits(&two, &["x < u", "m < x,o"]),
            Ok(vec!["m o>o2".into(), "x u>u2".into()])
        );
        let why = edits(&["a < -", "b < a", "c < a", "n < b,c"], &["m < b,c"]).unwrap_err();
        assert_eq!(
            why,
            "revision `m` (m.py) joins lines that the base joins in `n`"
        );
    }

    #[test]
    fn nothing_of_ours_is_moved_onto_another_branch() {
        let base = ["a < -", "b < a", "c < b orders"];
        let why = edits(&base, &["x < a users", "m < x,b", "y < b"]).unwrap_err();
        assert_eq!(
            why,
            "revision `m` (m.py) joins `b`, and the base continues from it only in other branches: c"
        );
        // A later one joins the branch as it is now.
        assert_eq!(
            edits(&base, &["x < a users", "m < x,b", "k < m,c", "y < b"]).unwrap_err(),
            "the new revisions alone have several heads: `k` (k.py), `y` (y.py)"
        );
        assert_eq!(
            edits(&base, &["x < a users", "m < x,b", "k < m,c"]),
            Ok(Vec::new())
        );
        // A branch that begins beside one, and beside several.
        let base = ["a < -", "u < a users", "u2 < u"];
        let ours = ["n < a new", "x < u"];
        assert_eq!(edits(&base, &ours), Ok(vec!["x u>u2".into()]));
        let base = [&base[..], &["o < a orders"]].concat();
        assert_eq!(edits(&base, &ours), Ok(vec!["x u>u2".into()]));
    }

    #[test]
    fn a_branch_keeps_its_own() {
        let base = ["a < -", "u < a users", "o < a orders", "u2 < u", "o2 < o"];
        assert_eq!(edits(&base, &["x < u"]), Ok(vec!["x u>u2".into()]));
        let (graph, both) = union(&base, &["x < u"]);
        let fork = both.fork(&graph).unwrap();
        let heads: Vec<&str> = fork.heads.iter().map(|head| head.id.as_str()).collect();
        assert_eq!(
            (heads, fork.parent.as_deref()),
            (vec!["u2", "x"], Some("u"))
        );
        // From before they part: only its own label tells.
        assert_eq!(edits(&base, &["x < a users"]), Ok(vec!["x a>u2".into()]));
        let why = edits(&base, &["x < a"]).unwrap_err();
        assert_eq!(
            why,
            "it is unknown which branch revision `x` belongs to: the base continues from `a` in several"
        );
        // A new branch is not a fork.
        let (graph, both) = union(&base, &["n < a new"]);
        assert_eq!(both.fork(&graph), None);
    }

    #[test]
    fn what_is_no_history_is_named() {
        let why = |lines: &[&str]| graph(lines).map(|_| ()).unwrap_err().to_string();
        assert_eq!(
            why(&["a < z"]),
            "a.py:2: revision `a` follows `z`, which is not there"
        );
        assert_eq!(
            why(&["a < -", "a < -"]),
            "revision `a` is there twice: in a.py and in a.py"
        );
        assert_eq!(
            why(&["a < -", "b < c", "c < b"]),
            "revisions follow each other in a circle: b, c"
        );
    }
}
