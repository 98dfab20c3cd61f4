//! k nearest neighbours by cosine: the vote of their labels, the mean of their targets.

/// The class that most of the neighbours have; of classes with as many, the one whose nearest member is nearest.
pub(super) fn vote(neighbours: &[(u32, f32)], classes: &[u32]) -> u32 {
    // (class, members) in the order of the nearest member; k is small.
    let mut counts: Vec<(u32, usize)> = Vec::with_capacity(neighbours.len());
    for &(row, _) in neighbours {
        let class = classes[row as usize];
        match counts.iter_mut().find(|(known, _)| *known == class) {
            Some((_, count)) => *count += 1,
            None => counts.push((class, 1)),
        }
    }
    // `max_by_key` gives the last of equals; the first is wanted.
    counts
        .iter()
        .rev()
        .max_by_key(|(_, count)| *count)
        .map_or(0, |(class, _)| *class)
}

/// Mean target of the neighbours.
pub(super) fn mean(neighbours: &[(u32, f32)], targets: &[f64]) -> f64 {
    let sum: f64 = neighbours
        .iter()
        .map(|&(row, _)| targets[row as usize])
        .sum();
    sum / neighbours.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_majority_wins_and_a_tie_goes_to_the_nearer() {
        let classes = [7, 3, 3, 7, 1];
        let near = |rows: &[u32]| rows.iter().map(|&r| (r, 0.5)).collect::<Vec<_>>();
        assert_eq!(vote(&near(&[4, 1, 2]), &classes), 3);
        assert_eq!(vote(&near(&[0, 1, 2, 3, 4]), &classes), 7);
        assert_eq!(vote(&near(&[2, 0, 3, 1]), &classes), 3);
        assert_eq!(mean(&near(&[0, 2]), &[1.0, 9.0, 4.0]), 2.5);
    }
}
