//! Intervals of retrieval, thresholds, hubs and the space check; and of the spectrum.
//!
//! Most of these numbers move with the number of rows, and their intervals speak of the value at that number: the truth
//! is the mean over all samples of a setting.

use spherecheck::audit::{
    Inputs, PositivesInput, Prepared, QueryChoice, SearchBy, Settings, prepare,
};
use spherecheck::backend::{self, Backend};
use spherecheck::data::Embeddings;
use spherecheck::metric::MetricId;
use spherecheck::pass::NoWatch;
use spherecheck::result::{Measure, Side};

use crate::Asked;
use crate::laws::Law;
use crate::samples::{Sample, captions, documents, one_file};

/// A number: metric, parameter and side.
pub type Judged = (MetricId, Option<(&'static str, f64)>, Side);

/// What is judged, and the setting that asks for it.
pub struct Study {
    judged: &'static [Judged],
    pub ask: fn(&mut Settings),
}

/// What those who search ask.
pub const SEARCH: Study = Study {
    judged: &JUDGED,
    ask: |settings| settings.search = true,
};

/// The same by inner product.
pub const DOT: Study = Study {
    judged: &JUDGED,
    ask: |settings| (settings.search, settings.search_by) = (true, SearchBy::Dot),
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

const JUDGED: [Judged; 36] = [
    (MetricId::Recall, Some(("k", 1.0)), Side::A),
    (MetricId::Recall, Some(("k", 10.0)), Side::A),
    (MetricId::Mrr, Some(("k", 10.0)), Side::A),
    (MetricId::Ndcg, Some(("k", 10.0)), Side::A),
    (MetricId::Recall, Some(("k", 1.0)), Side::B),
    (MetricId::Ndcg, Some(("k", 10.0)), Side::B),
    (MetricId::HitRate, Some(("k", 1.0)), Side::A),
    (MetricId::HitRate, Some(("k", 10.0)), Side::A),
    (MetricId::Mrr, None, Side::A),
    (MetricId::RPrecision, None, Side::A),
    (MetricId::Recall, Some(("k", 1.0)), Side::Mean),
    (MetricId::HitRate, Some(("k", 10.0)), Side::Mean),
    (MetricId::Mrr, None, Side::Mean),
    (MetricId::Ndcg, Some(("k", 10.0)), Side::Mean),
    (MetricId::RPrecision, None, Side::Mean),
    (MetricId::Auc, None, Side::Cross),
    (MetricId::DPrime, None, Side::Cross),
    (MetricId::Eer, None, Side::Cross),
    (MetricId::Tar, Some(("far", 1e-2)), Side::Cross),
    (MetricId::Tar, Some(("far", 1e-3)), Side::Cross),
    (MetricId::Tar, Some(("far", 1e-4)), Side::Cross),
    (MetricId::Threshold, Some(("far", 1e-2)), Side::Cross),
    (MetricId::Threshold, Some(("far", 1e-3)), Side::Cross),
    (MetricId::Threshold, Some(("far", 1e-4)), Side::Cross),
    (MetricId::HubnessSkewness, Some(("k", 10.0)), Side::A),
    (MetricId::RobinHood, Some(("k", 10.0)), Side::A),
    (MetricId::Antihubs, Some(("k", 10.0)), Side::A),
    (MetricId::HubShare, Some(("k", 10.0)), Side::A),
    (MetricId::MaxOccurrence, Some(("k", 10.0)), Side::A),
    (MetricId::HubnessSkewness, Some(("k", 10.0)), Side::B),
    (MetricId::RobinHood, Some(("k", 10.0)), Side::B),
    (MetricId::HubnessSkewness, Some(("k", 10.0)), Side::Cross),
    (MetricId::RobinHood, Some(("k", 10.0)), Side::Cross),
    (MetricId::Antihubs, Some(("k", 10.0)), Side::Cross),
    (MetricId::SpaceCosine, None, Side::Cross),
    (MetricId::ModalityGap, None, Side::Cross),
];

/// A sample of a law.
type Draw = fn(Law, u64) -> Sample;

/// Other ways that rows and positives come in, and who searches.
const SETTINGS: [(&str, Draw, QueryChoice); 10] = [
    (
        "30 rows",
        |law, seed| views(law, 30, seed),
        QueryChoice::All,
    ),
    (
        "100 items of 2 rows",
        |law, seed| one_file(law, &[2; 100], seed),
        QueryChoice::All,
    ),
    (
        "500 items of 2 rows",
        |law, seed| one_file(law, &[2; 500], seed),
        QueryChoice::All,
    ),
    (
        "100 images, 500 captions",
        |law, seed| captions(law, 100, seed),
        QueryChoice::All,
    ),
    (
        "12 documents of 5 to 60",
        |law, seed| documents(law, &uneven(), seed),
        QueryChoice::All,
    ),
    (
        "60 documents of Zipf sizes",
        |law, seed| documents(law, &zipf(), seed),
        QueryChoice::All,
    ),
    (
        "200 queries of 1000 rows",
        |law, seed| views(law, 1000, seed),
        QueryChoice::Sample(200),
    ),
    (
        "100 queries of 500 items of 2",
        |law, seed| one_file(law, &[2; 500], seed),
        QueryChoice::Sample(100),
    ),
    (
        "50 queries of 100 images, 500 captions",
        |law, seed| captions(law, 100, seed),
        QueryChoice::Sample(50),
    ),
    (
        "200 queries of 60 documents",
        |law, seed| documents(law, &zipf(), seed),
        QueryChoice::Sample(200),
    ),
];

fn uneven() -> Vec<usize> {
    (1..=12).map(|k| 5 * k).collect()
}

fn zipf() -> Vec<usize> {
    (1..=60).map(|k| (200 / k).max(2)).collect()
}

/// Prints the table of the setting that the arguments choose.
pub fn run(study: &Study, args: &mut impl Iterator<Item = String>) {
    let Asked {
        rows,
        laws,
        replicates,
        only,
        settings,
        ..
    } = Asked::read(args, 1000, 60);
    let backend = backend::cpu(None, None).expect("a backend");
    let head = if settings { "setting" } else { "n" };
    print_head(study.judged, head);
    let row = |law: Law, name: &str, draw: &dyn Fn(u64) -> Sample, queries| {
        let measures = |seed| {
            let data = prepared(draw(seed), (study.ask, queries), seed, &*backend);
            data.run(&*backend, &NoWatch).expect("an audit").measures
        };
        print_row(study.judged, (law, name), replicates, measures);
    };
    for law in laws {
        if settings {
            let wanted = SETTINGS
                .iter()
                .filter(|(name, ..)| name.contains(&only[..]));
            for &(name, draw, queries) in wanted {
                row(law, name, &|seed| draw(law, seed), queries);
            }
            continue;
        }
        for &rows in &rows {
            let draw = |seed| views(law, rows, seed);
            row(law, &rows.to_string(), &draw, QueryChoice::All);
        }
    }
}

/// The head of a table of these numbers.
pub fn print_head(judged: &[Judged], head: &str) {
    let name = |(metric, param, side): &Judged| {
        let param = param.map_or(String::new(), |(name, value)| format!("{{{name}={value}}}"));
        format!("{}{param} {}", metric.name(), side.name())
    };
    let labels: Vec<String> = judged.iter().map(name).collect();
    println!("| law | {head} | samples | {} |", labels.join(" | "));
    println!("|:--|--:|--:|{}", "--:|".repeat(labels.len()));
}

/// A row of it, of what `measures` finds with each seed.
pub fn print_row(
    judged: &[Judged],
    (law, name): (Law, &str),
    replicates: u64,
    mut measures: impl FnMut(u64) -> Vec<Measure>,
) {
    let all: Vec<Vec<Option<Found>>> = (0..replicates)
        .map(|seed| {
            let measures = measures(seed);
            let judged = judged.iter();
            judged.map(|judged| found(&measures, judged)).collect()
        })
        .collect();
    let cells: Vec<String> = (0..judged.len())
        .map(|k| {
            let all = all.iter().filter_map(|sample| sample[k]).collect();
            // Of a count the whole number next to the mean.
            let counted = judged[k].0 == MetricId::PrincipalComponents;
            share(all, |mean| if counted { mean.round() } else { mean })
        })
        .collect();
    let cells = cells.join(" | ");
    println!("| {} | {name} | {replicates} | {cells} |", law.name());
}

/// A number of one sample.
#[derive(Clone, Copy)]
pub struct Found {
    pub value: f64,
    pub se: f64,
    pub low: f64,
    pub high: f64,
}

/// The share of intervals that hold what is sought, which may be made of the mean of the values; that mean, and how many
/// times the standard deviation of the values the errors are.
pub fn share(all: Vec<Found>, sought: impl Fn(f64) -> f64) -> String {
    if all.is_empty() {
        return "-".to_owned();
    }
    let count = all.len() as f64;
    let mean = |of: &dyn Fn(&Found) -> f64| all.iter().map(of).sum::<f64>() / count;
    let middle = mean(&|found| found.value);
    let sought = sought(middle);
    let held = mean(&|found| f64::from((found.low..=found.high).contains(&sought)));
    let spread = mean(&|found| (found.value - middle).powi(2)).sqrt();
    let times = mean(&|found| found.se) / spread;
    format!("{:.1} ({middle:.3}; {times:.2})", 100.0 * held)
}

fn found(measures: &[Measure], (metric, param, side): &Judged) -> Option<Found> {
    let fits = |name: &str, value: f64| audit_param(param, name, value);
    // Of one view all pairs are its own.
    let two = measures.iter().any(|measure| measure.side == Side::Cross);
    let side = if two || *side != Side::Cross {
        side
    } else {
        &Side::A
    };
    let measure = measures.iter().find(|measure| {
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
    Some(Found {
        value: measure.value,
        se: measure.se?,
        low: interval.low,
        high: interval.high,
    })
}

fn audit_param(param: &Option<(&'static str, f64)>, name: &str, value: f64) -> bool {
    param.is_some_and(|(wanted, number)| wanted == name && number == value)
}

/// Rows of a law, and the same rows behind as much noise as they have spread: a search that often fails.
pub fn views(law: Law, rows: usize, seed: u64) -> Sample {
    let [a, _] = law.views(rows, seed);
    // Another sample of the law, less the law's mean, is noise of its spread. (Less its own mean, the views would have the
    // same mean in every sample.)
    let [noise, _] = law.views(rows, seed + (1 << 30));
    let [many, _] = law.views(4000, u64::MAX / 3);
    let mean = many.mean_axis(ndarray::Axis(0)).expect("rows");
    let b = &a + &((&noise - &mean) * NOISE);
    Sample {
        a,
        b: Some(b),
        positives: PositivesInput::Aligned,
        groups: None,
    }
}

/// A sample, ready to be walked.
pub fn prepared(
    sample: Sample,
    (ask, queries): (fn(&mut Settings), QueryChoice),
    seed: u64,
    backend: &dyn Backend,
) -> Prepared {
    let embeddings = |name: &str, rows: &ndarray::Array2<f32>| {
        Embeddings::from_array(name, rows.view()).expect("rows")
    };
    let inputs = Inputs {
        name: "sample".to_owned(),
        a: embeddings("a", &sample.a),
        b: sample.b.as_ref().map(|b| embeddings("b", b)),
        positives: sample.positives,
        groups: sample.groups,
    };
    let mut settings = Settings {
        alphas: vec![2.0],
        ts: vec![2.0],
        taus: vec![0.5],
        seed,
        ..Settings::default()
    };
    ask(&mut settings);
    if settings.search {
        settings.queries = queries;
    }
    prepare(inputs, &settings, backend, &NoWatch).expect("data")
}

const NOISE: f32 = 0.4;
