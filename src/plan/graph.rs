//! What must come before what, and an order that keeps it. Knows nothing of databases.

/// Things by their places in a list, and which of them must come before which others, each time with a reason.
#[derive(Clone, Debug)]
pub struct Graph<Why> {
    /// By place: what must come before it.
    needs: Vec<Vec<(usize, Why)>>,
}

/// One thing that must come before something.
#[derive(Debug)]
pub struct Must<'g, Why> {
    graph: &'g mut Graph<Why>,
    first: usize,
}

impl<Why> Graph<Why> {
    /// So many things, and nothing that must be.
    pub fn new(count: usize) -> Self {
        Self {
            needs: std::iter::repeat_with(Vec::new).take(count).collect(),
        }
    }

    /// To be followed by [`Must::before`].
    pub fn must(&mut self, first: usize) -> Must<'_, Why> {
        Must { graph: self, first }
    }

    /// An order, and the circles that it can't keep: in each one the reasons all around, that which closed it last.
    ///
    /// Things come in the order of their list, each right behind those that must come before it.
    pub fn sort(&self) -> (Vec<usize>, Vec<Vec<&Why>>) {
        #[derive(Clone, Copy, PartialEq)]
        enum State {
            New,
            Open,
            Done,
        }
        struct Visit<'w, Why> {
            place: usize,
            /// The reason for which it was reached.
            why: Option<&'w Why>,
            /// How many of its needs were looked at.
            seen: usize,
        }
        let mut states = vec![State::New; self.needs.len()];
        let (mut order, mut circles) = (Vec::with_capacity(states.len()), Vec::new());
        // An explicit stack: a chain of a few thousand tables must not overflow the thread's.
        let mut path: Vec<Visit<'_, Why>> = Vec::new();
        for start in 0..states.len() {
            let mut next = Some((start, None));
            loop {
                match next.take() {
                    Some((place, why)) if states[place] == State::New => {
                        states[place] = State::Open;
                        path.push(Visit {
                            place,
                            why,
                            seen: 0,
                        });
                    }
                    Some((place, why)) if states[place] == State::Open => {
                        let around = path.iter().skip_while(|visit| visit.place != place).skip(1);
                        circles.push(around.filter_map(|visit| visit.why).chain(why).collect());
                    }
                    _ => {}
                }
                let Some(visit) = path.last_mut() else {
                    break;
                };
                match self.needs[visit.place].get(visit.seen) {
                    Some((first, why)) => {
                        visit.seen += 1;
                        next = Some((*first, Some(why)));
                    }
                    None => {
                        states[visit.place] = State::Done;
                        order.push(visit.place);
                        path.pop();
                    }
                }
            }
        }
        (order, circles)
    }
}

impl<Why> Must<'_, Why> {
    /// What it must come before; a thing itself does not count.
    pub fn before(self, second: usize, why: Why) {
        if self.first != second {
            self.graph.needs[second].push((self.first, why));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(count: usize, edges: &[(usize, usize)]) -> Graph<(usize, usize)> {
        let mut graph = Graph::new(count);
        for (first, second) in edges {
            graph.must(*first).before(*second, (*first, *second));
        }
        graph
    }

    #[test]
    fn the_list_decides_where_nothing_must_be() {
        let graph = graph(4, &[(3, 1), (0, 2), (1, 1)]);
        let (order, circles) = graph.sort();
        assert_eq!(order, [0, 3, 1, 2]);
        assert!(circles.is_empty());
    }

    #[test]
    fn a_circle_is_told_with_all_its_reasons() {
        let graph = graph(4, &[(0, 1), (1, 2), (2, 0), (2, 3)]);
        let (order, circles) = graph.sort();
        assert_eq!(order, [1, 2, 0, 3]);
        assert_eq!(circles, [[&(2, 0), &(1, 2), &(0, 1)]]);
    }

    #[test]
    fn long_chains_need_no_stack() {
        let edges: Vec<_> = (1..100_000).map(|place| (place, place - 1)).collect();
        let (order, _) = graph(100_000, &edges).sort();
        assert!(order.iter().rev().copied().eq(0..100_000));
    }
}
