//! Two panels: distances of positive pairs, cosines of all pairs beside the uniform law.

use plotters::style::RGBColor;

use super::axes::{Axes, extent, number};
use super::canvas::{
    Area, Drawn, HEADING, INK, Swatch, Trouble, fill, legend, line, paint, px, write, write_title,
};
use super::colours::colour;
use crate::result::{Audit, CosineHistogram, DistanceHistogram, Side};

const HEIGHT: i32 = 1100;
const PANEL: i32 = 1200;

pub(super) fn picture(audit: &Audit) -> Result<Option<Vec<u8>>, Trouble> {
    let (distances, cosines) = (&audit.distributions.distances, &audit.distributions.cosines);
    let distances = distances.as_ref().filter(|d| total(&d.counts) > 0.0);
    let cosines = cosines.iter().filter(|h| total(&h.counts) > 0.0);
    let cosines: Vec<_> = cosines.collect();
    let panels = i32::from(distances.is_some()) + i32::from(!cosines.is_empty());
    if panels == 0 {
        return Ok(None);
    }
    let width = PANEL * panels;
    let drawn = paint((width, HEIGHT), |area| {
        write_title(area, &super::title::title(audit), width)?;
        let mut left = 0;
        if let Some(distances) = distances {
            distance_panel(area, left, distances)?;
            left += px(PANEL);
        }
        if cosines.is_empty() {
            Ok(())
        } else {
            cosine_panel(area, left, &cosines, audit.subject.b.is_some())
        }
    });
    drawn.map(Some)
}

fn distance_panel(area: &Area<'_>, left: i32, histogram: &DistanceHistogram) -> Drawn {
    let all = Bins::new(&histogram.counts, (0.0, 2.0));
    let (_, high) = all.reach(0.0, 0.999);
    let bins = all.folded((high * 1.02).clamp(0.02, 2.0), 40);
    let shown = bins.up_to(high * 1.02);
    let axes = frame(left, (0.0, shown), (0.0, bins.highest() * 1.06));
    let (x, y) = (axes.ticks_across(), axes.ticks_up());
    axes.grid(area, &x, &y)?;
    bars(area, &axes, &bins, colour(Side::A))?;
    let mean = histogram.mean.clamp(0.0, 2.0);
    axes.upright(area, mean)?;
    axes.frame(area, (&x, "distance ‖x − y‖"), (&y, "pairs per bin"))?;
    let pairs = format!("{} pairs", number(total(&histogram.counts), 0));
    let mean = format!("mean {}", number(histogram.mean, 3));
    let entries = [
        (Swatch::Box(colour(Side::A)), pairs),
        (Swatch::Dashes(INK), mean),
    ];
    head(area, &axes, "Distances of positive pairs", &entries)
}

fn cosine_panel(
    area: &Area<'_>,
    left: i32,
    histograms: &[&CosineHistogram],
    two_views: bool,
) -> Drawn {
    let bins = |h: &&CosineHistogram| (h.side, Bins::new(&h.counts, (-1.0, 1.0)));
    let all: Vec<_> = histograms.iter().map(bins).collect();
    let uniform = Bins {
        from: -1.0,
        step: 2.0 / histograms[0].uniform.len() as f64,
        mass: histograms[0].uniform.clone(),
    };
    let all_bins = all.iter().map(|(_, bins)| bins).chain([&uniform]);
    let reached = all_bins.map(|bins| bins.reach(0.001, 0.999));
    let (low, high) = extent(reached.flat_map(|(low, high)| [low, high]));
    let pad = (high - low) * 0.06;
    let range = ((low - pad).max(-1.0), (high + pad).min(1.0));

    let curve = |bins: &Bins| {
        let (low, high) = bins.reach(0.001, 0.999);
        bins.folded((high - low).max((range.1 - range.0) / 3.0), 50)
            .density()
    };
    let curves = all.iter().map(|(side, bins)| (*side, curve(bins)));
    let curves: Vec<_> = curves.collect();
    // The uniform law is a smooth curve: its own, finer bins show it better.
    let law = uniform.folded(range.1 - range.0, 400).density();
    let data_top = curves.iter().map(|(_, bins)| bins.highest());
    let data_top = data_top.fold(0.0, f64::max);
    // On the circle the law has poles, and a law far narrower than the data must not squeeze them flat either.
    let ends = match law.mass[..] {
        [first, .., last] => first.max(last),
        _ => law.highest(),
    };
    let most = if ends >= law.highest() { 2.0 } else { 8.0 };
    let top = data_top.max(law.highest().min(data_top * most)) * 1.06;
    let axes = frame(left, range, (0.0, top));
    let (x, y) = (axes.ticks_across(), axes.ticks_up());
    axes.grid(area, &x, &y)?;
    let mut entries = Vec::new();
    let opacity = if curves.len() > 1 { 0.16 } else { 0.3 };
    for (side, bins) in &curves {
        axes.under(area, &steps(&axes, bins), (colour(*side), opacity), 3)?;
        let name = match two_views {
            true => side.name(),
            false => "this encoder",
        };
        entries.push((Swatch::Box(colour(*side)), name.to_owned()));
    }
    let middle = |i: usize| law.from + (i as f64 + 0.5) * law.step;
    let middles = law.mass.iter().enumerate().map(|(i, d)| (middle(i), *d));
    let seen = middles.filter(|(x, _)| *x >= range.0 && *x <= range.1);
    let seen: Vec<_> = seen.collect();
    // Where the law leaves the frame the line is broken: along the frame it would look like a plateau.
    for part in seen.split(|(_, d)| *d > top).filter(|part| part.len() > 1) {
        let points: Vec<_> = part.iter().map(|(x, d)| axes.at(*x, *d)).collect();
        line(area, &points, INK, 4)?;
    }
    entries.push((Swatch::Line(INK), "uniform on the sphere".to_owned()));
    axes.frame(area, (&x, "cosine x·y"), (&y, "density"))?;
    head(area, &axes, "Cosines of all pairs", &entries)
}

fn frame(left: i32, x: (f64, f64), y: (f64, f64)) -> Axes {
    Axes {
        left: left + px(200),
        right: left + px(PANEL - 60),
        top: px(240),
        bottom: px(HEIGHT - 150),
        x,
        y,
    }
}

fn head(area: &Area<'_>, axes: &Axes, heading: &str, entries: &[(Swatch, String)]) -> Drawn {
    let middle = (axes.left + axes.right) / 2;
    write(area, heading, (middle, axes.top - px(104)), HEADING)?;
    legend(area, (middle, axes.top - px(44)), entries)
}

fn bars(area: &Area<'_>, axes: &Axes, bins: &Bins, ink: RGBColor) -> Drawn {
    for (from, to, mass) in bins.each() {
        if mass <= 0.0 || from >= axes.x.1 {
            continue;
        }
        let ((x0, y0), (x1, y1)) = (axes.at(from, mass), axes.at(to, 0.0));
        fill(area, [(x0, y0), (x1, y0), (x1, y1), (x0, y1)], ink, 0.45)?;
        line(area, &[(x0, y1), (x0, y0), (x1, y0), (x1, y1)], ink, 2)?;
    }
    Ok(())
}

/// The outline of a histogram.
fn steps(axes: &Axes, bins: &Bins) -> Vec<(i32, i32)> {
    let seen = |(from, to, _): &(f64, f64, f64)| *to > axes.x.0 && *from < axes.x.1;
    let sides = |(from, to, mass)| [axes.at(from, mass), axes.at(to, mass)];
    bins.each().filter(seen).flat_map(sides).collect()
}

fn total(counts: &[u64]) -> f64 {
    counts.iter().map(|&k| k as f64).sum()
}

/// Equal bins from `from` on.
struct Bins {
    from: f64,
    step: f64,
    mass: Vec<f64>,
}

impl Bins {
    fn new(counts: &[u64], (from, to): (f64, f64)) -> Self {
        Self {
            from,
            step: (to - from) / counts.len() as f64,
            mass: counts.iter().map(|&k| k as f64).collect(),
        }
    }

    /// Where each bin begins and ends, and its mass.
    fn each(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        self.mass.iter().enumerate().map(|(i, mass)| {
            let from = self.from + i as f64 * self.step;
            (from, from + self.step, *mass)
        })
    }

    /// Where the mass between two quantiles lies, to the bin.
    fn reach(&self, low: f64, high: f64) -> (f64, f64) {
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
    fn folded(&self, span: f64, wanted: usize) -> Self {
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
    fn density(&self) -> Self {
        let total: f64 = self.mass.iter().sum();
        let density = self.mass.iter().map(|mass| mass / total / self.step);
        Self {
            mass: density.collect(),
            ..*self
        }
    }

    fn highest(&self) -> f64 {
        self.mass.iter().copied().fold(0.0, f64::max)
    }

    /// The end of the bin in which `x` lies.
    fn up_to(&self, x: f64) -> f64 {
        self.from + ((x - self.from) / self.step - 1e-9).ceil() * self.step
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
}
