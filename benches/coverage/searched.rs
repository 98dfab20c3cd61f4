//! Intervals of retrieval, thresholds, hubs and the space check; and of the spectrum.
//!
//! Most of these numbers move with the number of rows, and their intervals speak of the value at that number: the truth
//! is the mean over all samples of a setting.

use spherecheck::audit::{Inputs, PositivesInput, Settings, prepare};
use spherecheck::backend::{self, Backend};
use spherecheck::data::Embeddings;
use spherecheck::metric::MetricId;
use spherecheck::pass::NoWatch;
use spherecheck::result::{Audit, Side};

use crate::laws::Law;

type Judged = (MetricId, Option<(&'static str, f64)>, Side);

/// What is judged, and the setting that asks for it.
pub struct Study {
    judged: &'static [Judged],
    ask: fn(&mut Settings),
}

/// What those who search ask.
pub const SEARCH: Study = Study {
    judged: &JUDGED,
    ask: |settings| settings.search = true,
};

/// Ranks and spreads of the spectrum.
pub const SPECTRUM: Study = Study {
    judged: &OF_SPECTRUM,
    ask: |settings| settings.spectrum = true,
};

const OF_SPECTRUM: [Judged; 9] = [
    (MetricId::Rankme, None, Side::A),
    (MetricId::EffectiveRank, None, Side::A),
    (MetricId::ParticipationRatio, None, Side::A),
    (MetricId::StableRank, None, Side::A),
    (MetricId::W2Uniformity, None, Side::A),
    (MetricId::PrincipalComponents, Some(("share", 0.9)), Side::A),
    (
        MetricId::PrincipalComponents,
        Some(("share", 0.95)),
        Side::A,
    ),
    (
        MetricId::PrincipalComponents,
        Some(("share", 0.99)),
        Side::A,
    ),
    (MetricId::TopColumnVariance, None, Side::A),
];

const JUDGED: [Judged; 17] = [
    (MetricId::Recall, Some(("k", 1.0)), Side::A),
    (MetricId::Recall, Some(("k", 10.0)), Side::A),
    (MetricId::Mrr, Some(("k", 10.0)), Side::A),
    (MetricId::Ndcg, Some(("k", 10.0)), Side::A),
    (MetricId::Auc, None, Side::Cross),
    (MetricId::DPrime, None, Side::Cross),
    (MetricId::Eer, None, Side::Cross),
    (MetricId::Tar, Some(("far", 1e-2)), Side::Cross),
    (MetricId::Tar, Some(("far", 1e-3)), Side::Cross),
    (MetricId::Threshold, Some(("far", 1e-3)), Side::Cross),
    (MetricId::HubnessSkewness, Some(("k", 10.0)), Side::A),
    (MetricId::RobinHood, Some(("k", 10.0)), Side::A),
    (MetricId::Antihubs, Some(("k", 10.0)), Side::A),
    (MetricId::HubShare, Some(("k", 10.0)), Side::A),
    (MetricId::MaxOccurrence, Some(("k", 10.0)), Side::A),
    (MetricId::SpaceCosine, None, Side::Cross),
    (MetricId::ModalityGap, None, Side::Cross),
];

/// Prints the table of the setting that the arguments choose.
pub fn run(study: &Study, args: &mut impl Iterator<Item = String>) {
    let (mut rows, mut laws, mut replicates) =
        (vec![200, 1000], Law::named("clustered,anisotropic"), 1000);
    while let Some(arg) = args.next() {
        let mut value = || args.next().unwrap_or_default();
        match arg.as_str() {
            "--rows" => rows = crate::list(&value()),
            "--laws" => laws = Law::named(&value()),
            "--replicates" => replicates = value().parse().expect("--replicates N"),
            "--test" => (rows, replicates) = (vec![60], 3),
            _ => {}
        }
    }
    let backend = backend::cpu(None, None).expect("a backend");
    let name = |(metric, param, side): &Judged| {
        let param = param.map_or(String::new(), |(name, value)| format!("{{{name}={value}}}"));
        format!("{}{param} {}", metric.name(), side.name())
    };
    let labels: Vec<String> = study.judged.iter().map(name).collect();
    println!("| law | n | samples | {} |", labels.join(" | "));
    println!("|:--|--:|--:|{}", "--:|".repeat(labels.len()));
    for law in laws {
        for &rows in &rows {
            let found: Vec<Vec<Option<(f64, f64, f64)>>> = (0..replicates)
                .map(|seed| {
                    let audit = audit(study.ask, (law, rows, seed), &*backend);
                    study
                        .judged
                        .iter()
                        .map(|judged| interval(&audit, judged))
                        .collect()
                })
                .collect();
            let cells: Vec<String> = (0..labels.len())
                .map(|k| share(found.iter().filter_map(|sample| sample[k]).collect()))
                .collect();
            println!(
                "| {} | {rows} | {replicates} | {} |",
                law.name(),
                cells.join(" | ")
            );
        }
    }
}

/// The share of intervals that hold the mean of the values, and that mean.
fn share(all: Vec<(f64, f64, f64)>) -> String {
    if all.is_empty() {
        return "-".to_owned();
    }
    let count = all.len() as f64;
    let truth = all.iter().map(|(value, ..)| value).sum::<f64>() / count;
    let held = all
        .iter()
        .filter(|(_, low, high)| (low..=high).contains(&&truth))
        .count();
    format!("{:.1} ({truth:.3})", 100.0 * held as f64 / count)
}

fn interval(audit: &Audit, (metric, param, side): &Judged) -> Option<(f64, f64, f64)> {
    let fits = |name: &str, value: f64| audit_param(param, name, value);
    let measure = audit.measures.iter().find(|measure| {
        let all = measure
            .params
            .iter()
            .all(|(name, &value)| fits(name, value));
        measure.metric == *metric
            && measure.side == *side
            && all
            && measure.params.is_empty() == param.is_none()
    })?;
    let interval = measure.interval?;
    Some((measure.value, interval.low, interval.high))
}

fn audit_param(param: &Option<(&'static str, f64)>, name: &str, value: f64) -> bool {
    param.is_some_and(|(wanted, number)| wanted == name && number == value)
}

/// Rows of a law, and the same rows behind as much noise as they have spread: a search that often fails.
fn audit(
    ask: fn(&mut Settings),
    (law, rows, seed): (Law, usize, u64),
    backend: &dyn Backend,
) -> Audit {
    let [a, _] = law.views(rows, seed);
    // Another sample of the law, centred, is noise of its spread.
    let [noise, _] = law.views(rows, seed + (1 << 30));
    let mean = noise.mean_axis(ndarray::Axis(0)).expect("rows");
    let b = &a + &((&noise - &mean) * NOISE);
    let embeddings = |name: &str, rows: &ndarray::Array2<f32>| {
        Embeddings::from_array(name, rows.view()).expect("rows")
    };
    let inputs = Inputs {
        name: law.name().to_owned(),
        a: embeddings("a", &a),
        b: Some(embeddings("b", &b)),
        positives: PositivesInput::Aligned,
        groups: None,
    };
    let mut settings = Settings {
        alphas: vec![2.0],
        ts: vec![2.0],
        taus: vec![0.5],
        seed,
        ..Settings::default()
    };
    ask(&mut settings);
    prepare(inputs, &settings, backend, &NoWatch)
        .and_then(|data| data.run(backend, &NoWatch))
        .expect("an audit")
}

const NOISE: f32 = 0.4;
