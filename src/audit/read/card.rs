//! The cards of an audit: what was audited, what the numbers mean, and the curves behind the pictures.

use crate::audit::ask::{SearchBy, Settings};
use crate::audit::facts::{Facts, ViewFacts, count};
use crate::audit::states::looks::Looks;
use crate::audit::states::walked::Walked;
use crate::data::{Normalize, Positives};
use crate::metric::{circle_density, circle_kappa};
use crate::pass::PairState;
use crate::result::{
    Circle, ClassOnCircle, CosineHistogram, Definitions, DistanceHistogram, Distributions,
    PositivesCard, Side, Subject, View,
};
use crate::theory::cosine_bin_mass;

/// Angles at which the density of the circle is given.
const CIRCLE_POINTS: usize = 720;
/// The same for each class, and how many classes, the largest, are told apart.
const CLASS_POINTS: usize = 180;
const CLASSES: usize = 10;

impl Facts {
    pub(crate) fn distributions(
        &self,
        walked: &[Walked],
        positives: Option<&PairState>,
        looks: &Looks,
    ) -> Distributions {
        let bins = walked
            .first()
            .map_or(1, |walked| walked.state.histogram.len());
        let edges: Vec<f64> = (0..=bins)
            .map(|k| 2.0 * k as f64 / bins as f64 - 1.0)
            .collect();
        let uniform = cosine_bin_mass(self.a.dim, &edges);
        let cosines = walked
            .iter()
            .map(|Walked { side, state }| CosineHistogram {
                side: *side,
                counts: state.histogram.clone(),
                uniform: uniform.clone(),
            })
            .collect();
        let distances = positives.and_then(|state| {
            Some(DistanceHistogram {
                counts: state.histogram.clone(),
                mean: state.distance.mean()?,
            })
        });
        let circle = |(side, angles): &(Side, Vec<f64>)| {
            let kappa = circle_kappa(angles.len());
            let (classes, classes_left_out) = self.on_circle(angles);
            Circle {
                side: *side,
                density: circle_density(angles.iter().copied(), kappa, CIRCLE_POINTS),
                kappa,
                classes,
                classes_left_out,
            }
        };
        let circles = looks.angles.iter().map(circle).collect();
        Distributions {
            cosines,
            distances,
            circles,
        }
    }

    /// Where the largest classes lie, in the order of the file, if labels are the positives of one view; and how many more
    /// there are.
    fn on_circle(&self, angles: &[f64]) -> (Vec<ClassOnCircle>, u64) {
        let (Some(Positives::Groups(groups)), None) = (&self.positives, &self.b) else {
            return (Vec::new(), 0);
        };
        let mut largest: Vec<_> = (0..).zip(groups.members()).collect();
        largest.retain(|(_, rows)| rows.len() > 1);
        largest.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.len()));
        let left_out = largest.len().saturating_sub(CLASSES) as u64;
        largest.truncate(CLASSES);
        largest.sort_by_key(|(class, _)| *class);
        let class = |(class, rows): (usize, &Vec<u32>)| {
            let angles = rows.iter().map(|&row| angles[row as usize]);
            let kappa = circle_kappa(rows.len());
            let name = groups.values().get(class);
            ClassOnCircle {
                name: name.map_or_else(|| class.to_string(), String::clone),
                n: rows.len() as u64,
                density: circle_density(angles, kappa, CLASS_POINTS),
            }
        };
        (largest.into_iter().map(class).collect(), left_out)
    }

    pub(crate) fn subject(&self) -> Subject {
        let view = |rows: &ViewFacts| View {
            source: rows.source.clone(),
            rows: rows.rows() as u64,
            dim: rows.dim as u64,
            dtype: rows.dtype.name().to_owned(),
            codes: rows.codes,
            dropped_zero_rows: rows.dropped,
            norm_min: rows.norms.iter().copied().fold(f64::INFINITY, f64::min),
            norm_max: rows.norms.iter().copied().fold(0.0, f64::max),
            copied: rows.copied,
        };
        Subject {
            name: self.name.clone(),
            a: view(&self.a),
            b: self.b.as_ref().map(view),
            positives: self.positives.as_ref().map(|positives| PositivesCard {
                source: self.positives_source.clone(),
                pairs: count(positives),
                dropped: self.positives_dropped,
            }),
            joined: self.joined,
            sampled: self.sampled,
        }
    }

    pub(crate) fn definitions(&self, settings: &Settings) -> Definitions {
        let normalization = match settings.normalize {
            Normalize::L2 => "rows divided by their L2 norm",
            Normalize::Assert => "rows checked to be unit, then divided by their L2 norm",
        };
        let errors = match (&self.grouping, &self.positives) {
            (Some(_), _) => {
                "jackknife that leaves whole items out, single pairs counted once; contrastive: groups of items"
            }
            (None, Some(Positives::Groups(_))) => {
                "alignment: robust to pairs sharing rows; uniformity, mean cosine: unbiased; contrastive: \
                 delete-a-group jackknife, single pairs counted once"
            }
            (None, Some(Positives::Pairs(_))) if !self.aligned => {
                "alignment: robust to pairs sharing rows; rows as independent draws; contrastive: delete-a-group \
                 jackknife, single pairs counted once"
            }
            _ => {
                "alignment: sample of pairs; uniformity, mean cosine: unbiased; contrastive: delete-a-group \
                 jackknife, single pairs counted once"
            }
        };
        let pairs = match &self.grouping {
            None => "U-statistic: all pairs i < j of the whole set, no self-pairs".to_owned(),
            Some(grouping) => format!(
                "U-statistic: all pairs i < j of rows of different items, weighted by rows; {}",
                if grouping.named {
                    "an item is a group of --groups"
                } else {
                    "an item is what listed pairs join (--groups none: every row on its own)"
                }
            ),
        };
        let own = if self.grouping.is_some() {
            "rows of b of other items"
        } else if self.aligned {
            "rows j != i of b"
        } else {
            "rows of b but its own positives"
        };
        Definitions {
            normalization: normalization.to_owned(),
            pairs,
            cross: self
                .b
                .as_ref()
                .map(|_| format!("row i of a against all {own}")),
            similarity: match (settings.search, settings.search_by) {
                (true, SearchBy::Dot) => Some(
                    "inner product of the rows as they are, in retrieval, thresholds and hubs"
                        .to_owned(),
                ),
                _ => None,
            },
            errors: errors.to_owned(),
            duplicates: "cosine above 1 - 1e-6".to_owned(),
        }
    }
}
