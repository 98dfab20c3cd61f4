//! Things that are joined two by two, and the sets that this makes of them.

/// Sets of the numbers below some count (union-find).
pub(crate) struct Forest(Vec<u32>);

impl Forest {
    /// Each number by itself.
    pub(crate) fn new(count: usize) -> Self {
        Self((0..count as u32).collect())
    }

    /// The smallest number of the set that `at` is in.
    pub(crate) fn first(&mut self, mut at: u32) -> u32 {
        let roots = &mut self.0;
        while roots[at as usize] != at {
            // Halving the path keeps it short.
            let up = roots[roots[at as usize] as usize];
            roots[at as usize] = up;
            at = up;
        }
        at
    }

    /// Makes one set of the two that these numbers are in.
    pub(crate) fn join(&mut self, one: u32, other: u32) {
        let (x, y) = (self.first(one), self.first(other));
        self.0[x.max(y) as usize] = x.min(y);
    }

    /// [`Forest::first`] of every number.
    pub(crate) fn firsts(mut self) -> Vec<u32> {
        (0..self.0.len() as u32).map(|at| self.first(at)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_go_by_their_smallest_number_in_whatever_order_they_are_joined() {
        let edges = [(5, 4), (2, 4), (7, 1), (4, 5)];
        let firsts = |edges: &mut dyn Iterator<Item = (u32, u32)>| {
            let mut forest = Forest::new(8);
            edges.for_each(|(i, j)| forest.join(i, j));
            forest.firsts()
        };
        let expected = [0, 1, 2, 3, 2, 2, 6, 1];
        assert_eq!(firsts(&mut edges.into_iter()), expected);
        assert_eq!(firsts(&mut edges.into_iter().rev()), expected);
    }
}
