//! Histograms: joined bins, where their mass lies, what two of them share.

/// Equal bins from `from` on.
pub(super) struct Bins {
    from: f64,
    step: f64,
    pub(super) mass: Vec<f64>,
}

/// Where a bin begins and ends, and what it holds.
pub(super) struct Bin {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) mass: f64,
}

impl Bins {
    pub(super) fn new(counts: &[u64], range: (f64, f64)) -> Self {
        Self::of(counts.iter().map(|&k| k as f64).collect(), range)
    }

    pub(super) fn of(mass: Vec<f64>, (from, to): (f64, f64)) -> Self {
        Self {
            from,
            step: (to - from) / mass.len().max(1) as f64,
            mass,
        }
    }

    /// Cosines over [-1, 1] of points on the sphere whose distances, in equal bins over [0, 2], were counted: cos = 1 -
    /// d²/2. Within a bin of distances cosines are taken for evenly spread.
    pub(super) fn of_distances(counts: &[u64]) -> Self {
        const FINE: usize = 2000;
        let mut bins = Self::of(vec![0.0; FINE], (-1.0, 1.0));
        let step = 2.0 / counts.len().max(1) as f64;
        for (k, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let cosine = |k: usize| 1.0 - (k as f64 * step).powi(2) / 2.0;
            // In bins, of which the far end of the distance is the low one.
            let place = |v: f64| ((v + 1.0) / bins.step).clamp(0.0, FINE as f64);
            let (low, high) = (place(cosine(k + 1)), place(cosine(k)));
            let first = (low as usize).min(FINE - 1);
            let last = ((high.ceil() as usize).max(first + 1)).min(FINE);
            for (bin, mass) in bins.mass[first..last].iter_mut().enumerate() {
                let from = (first + bin) as f64;
                let inside = (high.min(from + 1.0) - low.max(from)).max(0.0);
                *mass += *count as f64 * inside / (high - low);
            }
        }
        bins
    }

    pub(super) fn each(&self) -> impl Iterator<Item = Bin> {
        self.mass.iter().enumerate().map(|(i, mass)| {
            let from = self.from + i as f64 * self.step;
            Bin {
                from,
                to: from + self.step,
                mass: *mass,
            }
        })
    }

    /// Where the mass between two quantiles lies, to the bin.
    pub(super) fn reach(&self, low: f64, high: f64) -> (f64, f64) {
        let total: f64 = self.mass.iter().sum();
        let (mut before, mut first, mut last) = (0.0, None, 0);
        for (i, mass) in self.mass.iter().enumerate() {
            let after = before + mass / total;
            if *mass > 0.0 && after > low && first.is_none() {
                first = Some(i);
            }
            if *mass > 0.0 && before < high {
                last = i;
            }
            before = after;
        }
        (
            self.from + first.unwrap_or(0) as f64 * self.step,
            self.from + (last + 1) as f64 * self.step,
        )
    }

    /// Neighbouring bins joined, so that about `wanted` of them cover `span`.
    pub(super) fn folded(&self, span: f64, wanted: usize) -> Self {
        let fold =
            ((span / wanted as f64 / self.step).round() as usize).clamp(1, self.mass.len().max(1));
        let joined = self.mass.chunks(fold).map(|bins| bins.iter().sum());
        Self {
            from: self.from,
            step: self.step * fold as f64,
            mass: joined.collect(),
        }
    }

    /// Mass per unit; integrates to 1.
    pub(super) fn density(&self) -> Self {
        let total: f64 = self.mass.iter().sum();
        let density = self.mass.iter().map(|mass| mass / total / self.step);
        Self {
            mass: density.collect(),
            ..*self
        }
    }

    pub(super) fn highest(&self) -> f64 {
        self.mass.iter().copied().fold(0.0, f64::max)
    }

    /// The area that the densities of two histograms over one range share, 0 to 1, in bins of a hundredth of the range.
    pub(super) fn shared(&self, other: &Self) -> f64 {
        let coarse = |bins: &Self| {
            bins.folded(bins.step * bins.mass.len() as f64, 100)
                .density()
        };
        let (a, b) = (coarse(self), coarse(other));
        let both = a.mass.iter().zip(&b.mass);
        both.map(|(x, y)| x.min(*y)).sum::<f64>() * a.step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_keeps_the_mass_and_reach_finds_it() {
        let mut counts = vec![0u64; 200];
        counts[30..40].fill(7);
        let bins = Bins::new(&counts, (0.0, 2.0));
        let (low, high) = bins.reach(0.0, 1.0);
        assert!((low - 0.3).abs() < 1e-12 && (high - 0.4).abs() < 1e-12);
        let folded = bins.folded(0.4, 40);
        assert_eq!(folded.mass.len(), 200);
        let folded = bins.folded(2.0, 40);
        assert_eq!(folded.mass.len(), 40);
        assert!((folded.mass.iter().sum::<f64>() - 70.0).abs() < 1e-12);
        let density = folded.density();
        assert!((density.mass.iter().sum::<f64>() * density.step - 1.0).abs() < 1e-12);
    }

    #[test]
    fn distances_become_cosines_with_all_their_mass() {
        let mut counts = vec![0u64; 200];
        // 1 to 1.01: cosines of 0.5 down to 0.48995.
        counts[100] = 30;
        counts[0] = 5;
        counts[199] = 2;
        let bins = Bins::of_distances(&counts);
        assert!((bins.mass.iter().sum::<f64>() - 37.0).abs() < 1e-9);
        let middle = bins
            .each()
            .filter(|bin| bin.from > 0.489 && bin.to < 0.5005);
        let middle: f64 = middle.map(|bin| bin.mass).sum();
        assert!((middle - 30.0).abs() < 1e-9, "{middle}");
        assert_eq!(bins.reach(0.0, 1.0), (-1.0, 1.0));
    }

    #[test]
    fn shares_run_from_nothing_to_all() {
        let at = |range: std::ops::Range<usize>| {
            let mut counts = vec![0u64; 1000];
            counts[range].fill(3);
            Bins::new(&counts, (-1.0, 1.0))
        };
        assert!((at(0..100).shared(&at(0..100)) - 1.0).abs() < 1e-12);
        assert!(at(0..100).shared(&at(500..600)).abs() < 1e-12);
        assert!((at(0..100).shared(&at(50..150)) - 0.5).abs() < 1e-12);
    }
}
