//! Which pairs the loss at finite numbers of negatives is averaged over, and the walk over their anchors' rows.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use crate::audit::ask::Stream;
use crate::audit::prepare::Prepared;
use crate::audit::read::curve::average::{AnchorTerms, all_terms};
use crate::audit::read::found::Found;
use crate::audit::states::anchored::{Anchored, Chosen};
use crate::backend::{Backend, on_host};
use crate::data::{Positives, UnitRows};
use crate::metric::LogLaplace;
use crate::pass::{Cancelled, Seeing, Watch, anchors, pair_cosines};
use crate::result::Side;

/// Pairs up to which all are averaged.
const ALL_PAIRS: u64 = 1 << 20;
/// Cosines that the visited anchors' rows may hold together.
pub(crate) const COSINES: u64 = 1 << 27;
/// Anchors visited at least, however many rows there are, and at most, however few.
const VISITS: (u64, u64) = (512, 8192);
/// Rows up to which each is an atom of its own; more are binned.
const ATOMS: usize = 4096;
/// Bins for each unit of the exponent s/tau, at the smallest tau.
const BINS_PER_UNIT: f64 = 64.0;

impl Prepared {
    /// What the anchors of some positive pairs see; none without positives, or without numbers of negatives.
    pub(crate) fn anchored(
        &self,
        found: &Found<'_>,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Option<Anchored>, Cancelled> {
        let mut negatives = self.settings.negatives.clone();
        negatives.sort_unstable();
        let (Some(positives), [fewest, .., most] | [fewest @ most]) =
            (&self.facts.positives, &negatives[..])
        else {
            return Ok(None);
        };
        let (a, b) = (&self.a, self.b.as_ref().unwrap_or(&self.a));
        let chosen = choose(found, (a, b), positives, backend);
        if chosen.pairs.is_empty() {
            return Ok(None);
        }
        let kernel = backend.processor();
        let terms = all_terms(found, &chosen);
        if terms.is_empty() {
            let deviations = Vec::new();
            return Ok(Some(Anchored { chosen, deviations }));
        }
        watch.phase("loss at finite negatives", chosen.anchors.len() as u64);
        let visit = Visit {
            found,
            chosen: &chosen,
            terms: &terms,
            range: (*fewest, *most),
            bins: Bins::new(terms.iter().map(|t| 1.0 / t.tau).fold(0.0, f64::max)),
            binned: b.rows() > ATOMS,
        };
        let deviations = on_host(backend, || {
            anchors(kernel, (a, b), &chosen.anchors, &visit, watch)
        })?;
        Ok(Some(Anchored { chosen, deviations }))
    }
}

/// Ordered positive pairs (anchor, other), by number.
enum Ordered<'a> {
    List(&'a [(u32, u32)], bool),
    Classes(&'a [Vec<u32>], Vec<u64>),
}

impl<'a> Ordered<'a> {
    fn new(positives: &'a Positives, two_views: bool) -> Self {
        match positives {
            Positives::Pairs(pairs) => Self::List(pairs.list(), !two_views),
            Positives::Groups(groups) => {
                let ends = groups.members().iter().scan(0, |end, members| {
                    let c = members.len() as u64;
                    *end += c * c.saturating_sub(1);
                    Some(*end)
                });
                Self::Classes(groups.members(), ends.collect())
            }
        }
    }

    fn len(&self) -> u64 {
        match self {
            Self::List(list, both) => list.len() as u64 * if *both { 2 } else { 1 },
            Self::Classes(_, ends) => ends.last().copied().unwrap_or(0),
        }
    }

    fn at(&self, k: u64) -> (u32, u32) {
        match self {
            Self::List(list, _) => {
                let (i, j) = list[(k % list.len() as u64) as usize];
                if k < list.len() as u64 {
                    (i, j)
                } else {
                    (j, i)
                }
            }
            Self::Classes(members, ends) => {
                let class = ends.partition_point(|&end| end <= k);
                let k = k - if class > 0 { ends[class - 1] } else { 0 };
                let members = &members[class];
                let (i, j) = (
                    k / (members.len() as u64 - 1),
                    k % (members.len() as u64 - 1),
                );
                (
                    members[i as usize],
                    members[(j + u64::from(j >= i)) as usize],
                )
            }
        }
    }
}

fn choose(
    found: &Found<'_>,
    (a, b): (&UnitRows, &UnitRows),
    positives: &Positives,
    backend: &dyn Backend,
) -> Chosen {
    let data = found.data;
    let side = data.pair_side();
    let ordered = Ordered::new(positives, data.b.is_some());
    // Anchors without negatives have no loss; they are left out, as they are of contrastive_uniform_term.
    let counts = found.negatives(side);
    let own = side == Side::A && data.grouping.is_none();
    let fewest = f64::from(u8::from(own));
    let mut degrees = vec![0u64; a.rows()];
    match &ordered {
        Ordered::List(..) => {
            (0..ordered.len()).for_each(|k| degrees[ordered.at(k).0 as usize] += 1);
        }
        Ordered::Classes(members, _) => {
            for members in *members {
                for &row in members {
                    degrees[row as usize] = members.len() as u64 - 1;
                }
            }
        }
    }
    let live = |i: u32| counts[i as usize] > fewest;
    for (i, degree) in degrees.iter_mut().enumerate() {
        *degree *= u64::from(live(i as u32));
    }
    let total: u64 = degrees.iter().sum();
    let all = total <= ALL_PAIRS;
    let anchors = degrees.iter().filter(|&&degree| degree > 0).count() as u64;
    let mut living = (0..)
        .zip(&degrees)
        .filter(|(i, _)| live(*i))
        .map(|(_, d)| *d);
    let first = living.next();
    let some_anchors = living.any(|d| Some(d) != first).then_some(anchors);
    let rows = b.rows() as u64;
    let exact = all && anchors <= VISITS.1 && anchors * rows <= COSINES;

    // Draws with replacement; the second lot is independent of the first.
    let mut rng = Pcg64::seed_from_u64(Stream::Anchors.of(found.settings.seed));
    let mut draw = |count: u64| -> Vec<(u32, u32)> {
        let mut out = Vec::with_capacity(count as usize);
        while (out.len() as u64) < count && total > 0 {
            let pair = ordered.at(rng.random_range(0..ordered.len()));
            out.extend(live(pair.0).then_some(pair));
        }
        out
    };
    let mut list: Vec<(u32, u32)> = if all {
        let pairs = (0..ordered.len()).map(|k| ordered.at(k));
        pairs.filter(|pair| live(pair.0)).collect()
    } else {
        draw(ALL_PAIRS)
    };
    let visits = (COSINES / rows).clamp(VISITS.0, VISITS.1);
    let visits = if exact { 0 } else { visits };
    list.sort_unstable();
    let more = draw(visits);
    let cosines = |list: &[(u32, u32)]| on_host(backend, || pair_cosines((a, b), list));
    let pairs: Vec<(u32, f64)> = list.iter().map(|pair| pair.0).zip(cosines(&list)).collect();
    let (anchors, visited) = if exact {
        let runs = pairs.chunk_by(|x, y| x.0 == y.0);
        runs.map(|run| (run[0].0, run.iter().map(|pair| pair.1).collect()))
            .unzip()
    } else {
        let cosines = cosines(&more).into_iter().map(|s| vec![s]);
        more.iter().map(|pair| pair.0).zip(cosines).unzip()
    };
    Chosen {
        side,
        own,
        pairs,
        all,
        degrees,
        total,
        some_anchors,
        anchors,
        visited,
        exact,
    }
}

/// Equal bins of the cosine, fine enough for the sharpest temperature.
struct Bins {
    count: usize,
    scale: f32,
}

impl Bins {
    fn new(sharpest: f64) -> Self {
        let count = (2.0 * sharpest * BINS_PER_UNIT).ceil().max(1.0);
        Self {
            count: count as usize,
            scale: (count / 2.0) as f32,
        }
    }

    fn of(&self, s: f32) -> usize {
        (((s + 1.0) * self.scale).max(0.0) as usize).min(self.count - 1)
    }
}

/// The law of an anchor's cosines with its negatives.
enum AnchorLaw {
    Atoms(Vec<f32>),
    /// How many cosines fell into each bin, and their sum.
    Bins(Vec<u32>, Vec<f64>),
}

struct Visit<'a> {
    found: &'a Found<'a>,
    chosen: &'a Chosen,
    terms: &'a [AnchorTerms],
    range: (u64, u64),
    bins: Bins,
    binned: bool,
}

impl Visit<'_> {
    /// Rows from `first` on that are no negatives of chosen anchor `k`, counted from `first`.
    fn left_out(&self, k: usize, first: usize, len: usize) -> impl Iterator<Item = usize> {
        let rows = self
            .found
            .left_out(self.chosen.side, self.chosen.anchors[k]);
        rows.filter_map(move |j| j.checked_sub(first).filter(|at| *at < len))
    }
}

impl Seeing for Visit<'_> {
    type State = AnchorLaw;
    /// For each tau, for each pair of the anchor, for each M.
    type Found = Vec<Vec<Vec<f64>>>;

    fn start(&self, _: usize) -> AnchorLaw {
        if self.binned {
            AnchorLaw::Bins(vec![0; self.bins.count], vec![0.0; self.bins.count])
        } else {
            AnchorLaw::Atoms(Vec::new())
        }
    }

    fn see(&self, row: &mut AnchorLaw, k: usize, first: usize, cosines: &[f32]) {
        let left_out = self.left_out(k, first, cosines.len());
        match row {
            AnchorLaw::Atoms(atoms) => {
                let left_out: Vec<usize> = left_out.collect();
                let kept = cosines.iter().enumerate();
                let kept = kept.filter(|(at, _)| !left_out.contains(at));
                atoms.extend(kept.map(|(_, s)| *s));
            }
            AnchorLaw::Bins(counts, sums) => {
                for &s in cosines {
                    let bin = self.bins.of(s);
                    counts[bin] += 1;
                    sums[bin] += f64::from(s);
                }
                for at in left_out {
                    let bin = self.bins.of(cosines[at]);
                    counts[bin] -= 1;
                    sums[bin] -= f64::from(cosines[at]);
                }
            }
        }
    }

    fn finish(&self, k: usize, row: AnchorLaw) -> Self::Found {
        let atoms: Vec<(f64, f64)> = match row {
            AnchorLaw::Atoms(atoms) => atoms.into_iter().map(|s| (1.0, f64::from(s))).collect(),
            AnchorLaw::Bins(counts, sums) => {
                let bins = counts.into_iter().zip(sums);
                let bins = bins.filter(|(count, _)| *count > 0);
                bins.map(|(count, sum)| (f64::from(count), sum / f64::from(count)))
                    .collect()
            }
        };
        self.terms
            .iter()
            .map(|terms| terms.deviations(&atoms, self.chosen, k, self.range, self.found))
            .collect()
    }
}

impl AnchorTerms {
    /// E log X for every pair that anchor `k` was visited for, and every M, over the draws that it has.
    fn deviations(
        &self,
        atoms: &[(f64, f64)],
        chosen: &Chosen,
        k: usize,
        range: (u64, u64),
        found: &Found<'_>,
    ) -> Vec<Vec<f64>> {
        let log_mean = self.log_means[chosen.anchors[k] as usize];
        let weight = |s: f64| (s / self.tau - log_mean).exp();
        let positives: Vec<f64> = chosen.visited[k].iter().map(|&s| weight(s)).collect();
        let largest = positives.iter().copied().fold(0.0, f64::max);
        let row = atoms.iter().map(|&(count, s)| (count, weight(s)));
        let laplace = LogLaplace::new(row, range, largest);
        let mut negatives = found.settings.negatives.clone();
        negatives.sort_unstable();
        let deviation = |m, p| match chosen.own {
            true => laplace.deviation_without_positive(m, p),
            false => laplace.deviation(m, p),
        };
        positives
            .iter()
            .map(|&p| negatives.iter().map(|&m| deviation(m, p)).collect())
            .collect()
    }
}
