//! The reverse of a plan: the plan from the desired state to the current one.

use super::{Plan, Step, TxMode};
use crate::schema::change::{Change, Edit, TextChange};
use crate::schema::{ObjectName, Realm};

/// The steps from the desired state to the current one. Their [`Step::change`] is that of the change which they undo.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reverse {
    pub steps: Vec<Step>,
    pub tx_mode: TxMode,
    /// The change that can't be undone, by its index, and why: there are no steps then.
    pub irreversible: Option<(usize, String)>,
}

/// The changes that undo others, the last one first, each with the index of the one that it undoes. `existing` is all of
/// the state that the others start from: what goes with a table without a change of its own has to be created again.
pub fn reversed(changes: &[Change], existing: &Realm) -> Vec<(usize, Change)> {
    let mut reversed = Vec::new();
    for (at, change) in changes.iter().enumerate().rev() {
        reversed.push((at, change.reversed()));
        let Change::DropTable { schema, table } = change else {
            continue;
        };
        let name = ObjectName::new(schema, &table.name);
        let lost = existing.texts_of(&name).map(|object| TextChange {
            schema: Some(schema.clone()),
            edit: Edit::Add(object.clone()),
        });
        let lost = lost.map(Change::Text).filter(|lost| {
            let named = |other: &Change| other.key() == lost.key() && other.is_drop();
            !changes.iter().any(named)
        });
        reversed.extend(lost.map(|lost| (at, lost)));
    }
    reversed
}

impl Plan {
    /// The statements of the reverse, for each step those that undo it: read from the last step to the first, they are the whole
    /// reverse in its order. A statement for whose change there is no step left stays with the step of the statement before it.
    pub fn undoing(&self) -> Vec<Vec<&str>> {
        let mut undoing = vec![Vec::new(); self.steps.len()];
        let Some(mut at) = self.steps.len().checked_sub(1) else {
            return undoing;
        };
        for undo in &self.reverse.steps {
            let open = at + usize::from(undoing[at].is_empty());
            let own = |step: &Step| step.change == undo.change;
            at = self.steps[..open].iter().rposition(own).unwrap_or(at);
            undoing[at].push(&*undo.sql);
        }
        undoing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(of: &[(&str, usize)]) -> Vec<Step> {
        let step = |&(sql, change): &(&str, usize)| Step {
            change,
            ..Step::new(sql, "")
        };
        of.iter().map(step).collect()
    }

    #[test]
    fn statements_go_to_the_steps_of_their_change_in_their_order() {
        let undoing = |forward: &[(&str, usize)], reverse: &[(&str, usize)]| {
            let plan = Plan {
                steps: steps(forward),
                reverse: Reverse {
                    steps: steps(reverse),
                    ..Reverse::default()
                },
                ..Plan::default()
            };
            let undoing = plan.undoing();
            undoing
                .iter()
                .map(|step| step.join(" "))
                .collect::<Vec<_>>()
        };
        let two = [("a", 0), ("b", 1), ("c", 1)];
        assert_eq!(
            undoing(&two, &[("x", 1), ("y", 1), ("z", 0)]),
            ["z", "y", "x"]
        );
        assert_eq!(undoing(&two, &[("x", 1), ("z", 0)]), ["z", "", "x"]);
        assert_eq!(undoing(&two, &[("z", 0), ("x", 1)]), ["z x", "", ""]);
        assert_eq!(undoing(&two, &[]), ["", "", ""]);
        assert_eq!(undoing(&[], &[("x", 0)]), [""; 0]);
    }
}
