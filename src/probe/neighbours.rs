//! k nearest neighbours by cosine: the vote of their labels, the mean of their targets.

use super::asked::Vote;

/// Temperature of weighted votes: that of Wu, Xiong, Yu & Lin, Unsupervised Feature Learning via Non-Parametric Instance
/// Discrimination, CVPR 2018, section 3.4, which others have kept.
const TAU: f64 = 0.07;

impl Vote {
    /// What a neighbour's say weighs beside that of the nearest of them: exp((cos - nearest cos) / tau), or 1.
    fn weight(self, neighbours: &[(u32, f32)], at: usize) -> f64 {
        let cosine = |at: usize| f64::from(neighbours[at].1);
        match self {
            Vote::Equal => 1.0,
            Vote::Weighted => ((cosine(at) - cosine(0)) / TAU).exp(),
        }
    }
}

/// The class with the largest vote of the neighbours, which are nearest first; of equal ones that whose nearest member is
/// nearest.
pub(super) fn vote(neighbours: &[(u32, f32)], classes: &[u32], how: Vote) -> u32 {
    // (class, votes) in the order of the nearest member; k is small.
    let mut counts: Vec<(u32, f64)> = Vec::with_capacity(neighbours.len());
    for (at, &(row, _)) in neighbours.iter().enumerate() {
        let (class, weight) = (classes[row as usize], how.weight(neighbours, at));
        match counts.iter_mut().find(|(known, _)| *known == class) {
            Some((_, votes)) => *votes += weight,
            None => counts.push((class, weight)),
        }
    }
    let first = |best: (u32, f64), next: &(u32, f64)| if next.1 > best.1 { *next } else { best };
    counts.iter().fold((0, 0.0), first).0
}

/// Mean target of the neighbours.
pub(super) fn mean(neighbours: &[(u32, f32)], targets: &[f64], how: Vote) -> f64 {
    let weights = (0..neighbours.len()).map(|at| how.weight(neighbours, at));
    let said = neighbours.iter().zip(weights);
    let (sum, all) = said.fold((0.0, 0.0), |(sum, all), (&(row, _), weight)| {
        (sum + weight * targets[row as usize], all + weight)
    });
    sum / all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_majority_wins_and_a_tie_goes_to_the_nearer() {
        let classes = [7, 3, 3, 7, 1];
        let near = |rows: &[u32]| rows.iter().map(|&r| (r, 0.5)).collect::<Vec<_>>();
        for how in [Vote::Equal, Vote::Weighted] {
            assert_eq!(vote(&near(&[4, 1, 2]), &classes, how), 3);
            assert_eq!(vote(&near(&[0, 1, 2, 3, 4]), &classes, how), 7);
            assert_eq!(vote(&near(&[2, 0, 3, 1]), &classes, how), 3);
            assert_eq!(mean(&near(&[0, 2]), &[1.0, 9.0, 4.0], how), 2.5);
        }
    }

    #[test]
    fn a_near_row_outweighs_two_that_are_far() {
        let classes = [7, 3, 3];
        // exp(0.07 / 0.07) is e: more than two far ones, less than three.
        let near = [(0, 0.57), (1, 0.5), (2, 0.5)];
        assert_eq!(vote(&near, &classes, Vote::Weighted), 7);
        assert_eq!(vote(&near, &classes, Vote::Equal), 3);
        let e = (f64::from(0.57_f32 - 0.5) / 0.07).exp();
        let expected = (e + 2.0 * 4.0) / (e + 2.0);
        let found = mean(&near, &[1.0, 4.0, 4.0], Vote::Weighted);
        assert!((found - expected).abs() < 1e-6, "{found}");
    }
}
