//! The spectrum of each view to ranks and spreads, each with what pairs it with another model's.

use std::collections::BTreeMap;

use crate::audit::ask::Compat;
use crate::audit::read::found::Found;
use crate::audit::read::notes::said::{Said, prefix};
use crate::audit::read::search::number::Number;
use crate::audit::states::spectrum::{
    Eigenvalues, MOST_COLUMNS, MOST_COLUMNS_LEFT_OUT, ViewSpectrum,
};
use crate::estimate::delete_group;
use crate::metric::{
    MetricId, entropy_rank, participation_ratio, principal_components, singular_values,
    stable_rank, w2_uniformity,
};
use crate::num;
use crate::result::{DIRECTIONS, Side, Spectra, SpectrumCurve, Stated, params};
use crate::theory::spectrum_of_uniform;

/// Eigenvalues of each kind that a result holds.
const KEPT: usize = 1_024;
/// Shares of the variance whose columns are counted.
const SHARES: [f64; 3] = [0.9, 0.95, 0.99];

/// A number of a spectrum; where it moves in steps, the second one is the same without steps, for errors.
type Read = fn(&Eigenvalues) -> (f64, f64);

/// A number that moves without steps.
fn smooth(value: f64) -> (f64, f64) {
    (value, value)
}

/// One metric.
struct SpectrumMetric {
    metric: MetricId,
    params: BTreeMap<String, f64>,
    of: Read,
    /// Whether uniform rows have a value of their own.
    of_uniform: bool,
}

/// What is asked for, in the order of the table of metrics.
fn wanted(found: &Found<'_>) -> Vec<SpectrumMetric> {
    let plain = |metric, of: Read| SpectrumMetric {
        metric,
        params: BTreeMap::new(),
        of,
        of_uniform: true,
    };
    let mut out = Vec::new();
    if found.settings.spectrum {
        out.push(plain(MetricId::Rankme, |of| {
            smooth(entropy_rank(&singular_values(&of.second), 1e-7))
        }));
        out.push(plain(MetricId::EffectiveRank, |of| {
            smooth(entropy_rank(&singular_values(&of.second), 0.0))
        }));
        out.push(plain(MetricId::ParticipationRatio, |of| {
            smooth(participation_ratio(&of.centred))
        }));
        out.push(plain(MetricId::StableRank, |of| {
            smooth(stable_rank(&of.second))
        }));
        out.push(plain(MetricId::W2Uniformity, |of| {
            smooth(w2_uniformity(&of.centred))
        }));
        let components: [Read; 3] = [
            |of| principal_components(&of.centred, SHARES[0]),
            |of| principal_components(&of.centred, SHARES[1]),
            |of| principal_components(&of.centred, SHARES[2]),
        ];
        out.extend(SHARES.into_iter().zip(components).map(|(share, of)| {
            let metric = MetricId::PrincipalComponents;
            SpectrumMetric {
                params: params("share", share),
                ..plain(metric, of)
            }
        }));
        out.push(SpectrumMetric {
            of_uniform: false,
            ..plain(MetricId::TopColumnVariance, |of| smooth(of.top_column))
        });
    }
    for code in &found.settings.compat {
        match code {
            Compat::StablePretraining => {
                out.push(plain(MetricId::StablePretrainingRankme, |of| {
                    smooth(entropy_rank(&singular_values(&of.second), 1e-5))
                }));
            }
            Compat::Reptrix => out.push(plain(MetricId::ReptrixRankme, |of| {
                smooth(entropy_rank(&of.centred, 1e-7))
            })),
            Compat::Ssrlib => out.push(plain(MetricId::SsrlibRankme, |of| {
                smooth(entropy_rank(&of.centred, 0.0))
            })),
            Compat::Ssnl | Compat::Simcse | Compat::Batch(_) => {}
        }
    }
    out
}

/// Every number of the spectrum, in the order of the table of metrics, and what is to be said of those that are not
/// there. Nothing where nothing was asked.
pub(crate) fn numbers(found: &Found<'_>, said: &mut Said) -> Vec<Number> {
    let Some(spectra) = &found.on_request.spectra else {
        return Vec::new();
    };
    let mut views = Vec::new();
    for (side, view) in &spectra.views {
        let Some(view) = view else {
            said.warn(format!(
                "{}the spectrum was asked for and is not measured: {} columns are more than the {} whose \
                 matrix of products is held. Audit the first columns only (--dims of compare).",
                prefix(found, *side),
                num::count(found.dim()),
                num::count(MOST_COLUMNS)
            ));
            continue;
        };
        if view.left.is_empty() {
            said.info(format!(
                "{}numbers of the spectrum have no errors: these leave out one group of rows after the other, with a \
                 matrix of products for each, and are made for at most {} columns.",
                prefix(found, *side),
                num::count(MOST_COLUMNS_LEFT_OUT)
            ));
        }
        if view.whole.centred.iter().all(|value| *value == 0.0) {
            said.warn(format!(
                "{}all rows are alike: what is a share of their variance is not measured.",
                prefix(found, *side)
            ));
        }
        let seen = SpectrumView {
            side: *side,
            view,
            uniform: uniform(found, *side),
        };
        if found.settings.spectrum {
            seen.findings(found, said);
        }
        views.push(seen);
    }
    let mut out = Vec::new();
    for wanted in wanted(found) {
        let numbers = views.iter().map(|seen| seen.number(found, &wanted));
        out.extend(numbers.filter(|number| !number.measure.value.is_nan()));
        // Between the spreads and what other code calls a rank, as in the table of metrics.
        if wanted.metric == MetricId::TopColumnVariance {
            out.extend(views.iter().map(|seen| seen.constant(found)));
        }
    }
    out
}

/// Eigenvalues of as many uniform rows.
fn uniform(found: &Found<'_>, side: Side) -> Eigenvalues {
    let rows = found.rows(side);
    let second = spectrum_of_uniform(rows, found.dim());
    let left = 1.0 - 1.0 / rows as f64;
    Eigenvalues {
        centred: second.iter().map(|value| left * value).collect(),
        second,
        top_column: f64::NAN,
    }
}

/// The eigenvalues that pictures and tables show, view by view.
pub(crate) fn curves(found: &Found<'_>) -> Option<Spectra> {
    let spectra = found.on_request.spectra.as_ref()?;
    let views = spectra.views.iter();
    let curves = views.filter_map(|(side, view)| {
        let view = view.as_ref()?;
        let first = |values: &[f64]| values.iter().take(KEPT).copied().collect::<Vec<f64>>();
        let curve = SpectrumCurve {
            side: *side,
            rows: found.rows(*side),
            columns: found.dim() as u64,
            second: first(&view.whole.second),
            centred: first(&view.whole.centred),
            uniform: first(&uniform(found, *side).second),
        };
        let finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
        (finite(&curve.second) && finite(&curve.centred)).then_some(curve)
    });
    let curves: Vec<SpectrumCurve> = curves.collect();
    (!curves.is_empty()).then_some(Spectra { curves })
}

/// One view.
struct SpectrumView<'a> {
    side: Side,
    view: &'a ViewSpectrum,
    uniform: Eigenvalues,
}

impl SpectrumView<'_> {
    /// What a reader must know whatever the numbers.
    fn findings(&self, found: &Found<'_>, said: &mut Said) {
        let rank = |of: &Eigenvalues| entropy_rank(&singular_values(&of.second), 0.0);
        let (rank, uniform) = (rank(&self.view.whole), rank(&self.uniform));
        if rank < DIRECTIONS * uniform {
            said.warn(format!(
                "{}dimensional collapse: the rows use about {rank:.1} directions of {} (effective_rank), uniform rows \
                 {uniform:.0}. Look at mean_cosine for a common direction, and at how the encoder was trained.",
                prefix(found, self.side),
                found.dim()
            ));
        }
        match self.view.constant {
            0 => {}
            1 => said.info(format!(
                "{}one column holds one value in all rows; --offenders names it.",
                prefix(found, self.side)
            )),
            columns => said.info(format!(
                "{}{columns} columns hold one value in all rows; --offenders names them.",
                prefix(found, self.side)
            )),
        }
    }

    fn number(&self, found: &Found<'_>, wanted: &SpectrumMetric) -> Number {
        let (value, whole) = (wanted.of)(&self.view.whole);
        // Steps are the same for all groups, or fall between them by chance: errors are those without.
        let left = self.view.left.iter();
        let left: Vec<f64> = left
            .map(|left| value + ((wanted.of)(left).1 - whole))
            .collect();
        let sizes = found.layout(self.side).group_sizes();
        let error = delete_group(value, &left, sizes);
        let se = error.map(|error| error.se);
        let freedom = sizes.len() as f64 - 1.0;
        let level = found.settings.confidence;
        let stated = match wanted.metric {
            MetricId::PrincipalComponents => Stated::counted((value, whole), se, freedom, level),
            _ => Stated::new(value, se, freedom, level),
        };
        let ideal = wanted.of_uniform.then(|| (wanted.of)(&self.uniform).0);
        let side = (self.side, found.rows(self.side));
        Number {
            measure: stated.measure(wanted.metric, wanted.params.clone(), side, (ideal, None)),
            left,
        }
    }

    fn constant(&self, found: &Found<'_>) -> Number {
        let side = (self.side, found.rows(self.side));
        let stated = Stated::plain(self.view.constant as f64);
        let beside = (Some(0.0), None);
        Number {
            measure: stated.measure(MetricId::ConstantColumns, BTreeMap::new(), side, beside),
            left: Vec::new(),
        }
    }
}
