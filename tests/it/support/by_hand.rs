//! Audits made by hand, for what reads results: the gate and reports.

use std::collections::BTreeMap;

use spherecheck::metric::MetricId;
use spherecheck::result::{
    Audit, Definitions, Distributions, Interval, Measure, Provenance, SCHEMA, Side, Subject,
    Support, View,
};

/// `value` ± `se` of 1000 rows, with a 95 % interval of 2 errors, and nothing to compare it with.
pub fn measure(metric: MetricId, side: Side, value: f64, se: Option<f64>) -> Measure {
    Measure {
        metric,
        params: BTreeMap::new(),
        side,
        value,
        se,
        freedom: None,
        rounding: None,
        bias: None,
        corrected: None,
        interval: se.map(|se| Interval {
            low: value - 2.0 * se,
            high: value + 2.0 * se,
            level: 0.95,
        }),
        support: Support::Exact,
        monte_carlo: None,
        n: 1000,
        ideal: None,
        collapsed: None,
    }
}

/// 1000 rows in 384 dimensions.
pub fn view(source: &str) -> View {
    View {
        source: source.to_owned(),
        rows: 1000,
        dim: 384,
        dtype: "f32".to_owned(),
        codes: None,
        dropped_zero_rows: 0,
        norm_min: 5.25,
        norm_max: 7.123_456,
        copied: None,
    }
}

/// An audit of the one file `name`.npy, without positives, that found `measures`.
pub fn audit(name: &str, measures: Vec<Measure>) -> Audit {
    Audit {
        schema: SCHEMA.to_owned(),
        subject: Subject {
            name: name.to_owned(),
            a: view(&format!("{name}.npy")),
            b: None,
            positives: None,
            joined: None,
            sampled: None,
        },
        definitions: Definitions {
            normalization: "rows divided by their L2 norm".to_owned(),
            pairs: "U-statistic: all pairs i < j of the whole set, no self-pairs".to_owned(),
            cross: None,
            similarity: None,
            errors: "delete-a-group jackknife over rows, 20 groups, bias-corrected".to_owned(),
            duplicates: "cosine above 1 - 1e-6".to_owned(),
        },
        measures,
        notes: Vec::new(),
        provenance: Provenance {
            tool: "spherecheck 0.1.0".to_owned(),
            backend: "cpu".to_owned(),
            kernel: "avx512".to_owned(),
            precision: None,
            threads: 2,
            seed: 0,
            pairs_visited: 499_500,
            pass_seconds: 0.012,
            total_seconds: 0.154,
            timeline: Vec::new(),
            process_seconds: None,
            estimate: None,
            queries: None,
        },
        verification: None,
        curves: Vec::new(),
        pairing: None,
        slices: Vec::new(),
        against: None,
        drift: None,
        offenders: None,
        spectra: None,
        modality: None,
        distributions: Distributions::default(),
    }
}
