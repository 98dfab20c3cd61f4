//! Hubs: rows that are among the nearest of many others, and rows that are among the nearest of none.

/// What the counts N_k(j), of how many rows have row j among their k nearest, look like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hubs {
    /// Skewness of N_k, the third moment over the standard deviation cubed (of a population); 0 where all are alike.
    pub skewness: f64,
    /// Robin Hood index sum |N_k - mean| / (2 sum N_k), in [0, 1): the share of all places that would have to change
    /// hands for all rows to have as many.
    pub robin_hood: f64,
    /// Share of rows with N_k = 0.
    pub antihubs: f64,
    /// Share of all places that rows with N_k >= twice the mean hold.
    pub hub_share: f64,
    /// Largest N_k.
    pub max: f64,
}

/// N_k of each kept row, in order: how many of the kept queries have it among the first `k` kept rows of their lists.
/// `lists[i]` holds the nearest of query i, nearest first; where fewer than `k` of it are kept, as many as there are.
/// `keep` says which queries count, and which of the `rows` rows.
///
/// Cost: the length of all lists.
pub fn occurrences(
    lists: &[Vec<u32>],
    k: usize,
    rows: usize,
    keep: (impl Fn(usize) -> bool, impl Fn(usize) -> bool),
) -> Vec<u64> {
    let mut counts = vec![0; rows];
    let kept = lists.iter().enumerate().filter(|(query, _)| keep.0(*query));
    for (_, list) in kept {
        let near = list.iter().map(|&row| row as usize);
        for row in near.filter(|&row| keep.1(row)).take(k) {
            counts[row] += 1;
        }
    }
    let all = counts.into_iter().enumerate();
    all.filter(|(row, _)| keep.1(*row))
        .map(|(_, count)| count)
        .collect()
}

/// The numbers of these counts. None where there are no rows, or none was met.
///
/// Source: skewness: Radovanovic, Nanopoulos & Ivanovic, JMLR 11 (2010); Robin Hood index, antihubs and hub occurrence:
/// Feldbauer, Leodolter, Plant & Flexer, IEEE ICBK 2018.
pub fn hubs(counts: &[u64]) -> Option<Hubs> {
    let (n, places) = (counts.len() as f64, counts.iter().sum::<u64>() as f64);
    if places == 0.0 {
        return None;
    }
    let mean = places / n;
    let moment = |p: i32| {
        let powers = counts.iter().map(|&count| (count as f64 - mean).powi(p));
        powers.sum::<f64>() / n
    };
    let variance = moment(2);
    let distance: f64 = counts
        .iter()
        .map(|&count| (count as f64 - mean).abs())
        .sum();
    let hubs = counts.iter().filter(|&&count| count as f64 >= 2.0 * mean);
    Some(Hubs {
        skewness: match variance > 0.0 {
            true => moment(3) / variance.powf(1.5),
            false => 0.0,
        },
        robin_hood: distance / (2.0 * places),
        antihubs: counts.iter().filter(|&&count| count == 0).count() as f64 / n,
        hub_share: hubs.sum::<u64>() as f64 / places,
        max: counts.iter().max().map_or(0.0, |&max| max as f64),
    })
}

/// N_k of `rows` rows that are all alike, where of equal cosines the smaller row comes first: an encoder that maps
/// everything to one point. `within` one set no row is its own neighbour; otherwise `queries` rows of another look for
/// theirs.
pub fn all_to_the_first(queries: usize, k: usize, rows: usize, within: bool) -> Vec<u64> {
    let list = |query: usize| -> Vec<u32> {
        let others = (0..rows as u32).filter(|&row| !within || row as usize != query);
        others.take(k).collect()
    };
    let lists: Vec<Vec<u32>> = (0..queries).map(list).collect();
    occurrences(&lists, k, rows, (|_| true, |_| true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_hand_have_their_numbers() {
        // Eight rows, two places each: mean 2.
        let found = hubs(&[0, 0, 1, 1, 2, 2, 3, 7]).expect("counts");
        // Deviations -2 -2 -1 -1 0 0 1 5: squares 36, cubes 108, sizes 12.
        let skewness = (108.0 / 8.0) / (36.0_f64 / 8.0).powf(1.5);
        assert!((found.skewness - skewness).abs() < 1e-12);
        assert_eq!((found.robin_hood, found.antihubs), (12.0 / 32.0, 0.25));
        assert_eq!((found.hub_share, found.max), (7.0 / 16.0, 7.0));
    }

    #[test]
    fn rows_that_are_met_alike_have_no_hubs() {
        let found = hubs(&[3; 5]).expect("counts");
        let none = Hubs {
            skewness: 0.0,
            robin_hood: 0.0,
            antihubs: 0.0,
            hub_share: 0.0,
            max: 3.0,
        };
        assert_eq!(found, none);
        assert_eq!((hubs(&[]), hubs(&[0, 0])), (None, None));
    }

    #[test]
    fn lists_are_refilled_where_rows_are_left_out() {
        let lists = [vec![1, 2, 3], vec![2, 0, 3], vec![1, 3, 0], vec![2, 1, 0]];
        let everything = (|_| true, |_| true);
        assert_eq!(occurrences(&lists, 2, 4, everything), [1, 3, 3, 1]);
        // Without row 1 as a query and as a neighbour: 2 3, 3 0, 2 0.
        let without = |row: usize| row != 1;
        assert_eq!(occurrences(&lists, 2, 4, (without, without)), [2, 2, 2]);
        // A list that runs out has fewer.
        assert_eq!(occurrences(&lists, 3, 4, (without, without)), [2, 2, 2]);
    }

    #[test]
    fn rows_that_are_all_alike_have_the_first_as_neighbours() {
        assert_eq!(all_to_the_first(5, 2, 5, true), [4, 4, 2, 0, 0]);
        assert_eq!(all_to_the_first(3, 2, 4, false), [3, 3, 0, 0]);
    }
}
