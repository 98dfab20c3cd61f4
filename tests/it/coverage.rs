//! Intervals hold the truth about as often as they say: the study in `benches/coverage.rs`, made short.

use crate::support::laws::{Judged, LAWS};
use crate::support::truths;
use spherecheck::backend;

const ROWS: usize = 200;
const SAMPLES: u64 = 150;

#[test]
fn intervals_hold_the_truth() {
    let backend = backend::cpu(Some(2), None).unwrap();
    for (law, truth) in LAWS.iter().zip(truths()) {
        let mut held = [0; Judged::ALL.len()];
        for seed in 0..SAMPLES {
            let audit = law.audit(ROWS, seed, &*backend);
            for (k, judged) in Judged::ALL.iter().enumerate() {
                let interval = judged.interval(&audit).expect("an interval");
                assert_eq!(interval.level, 0.95);
                let inside = (interval.low..=interval.high).contains(&truth[k].value);
                held[k] += u32::from(inside);
            }
        }
        for (held, label) in held.iter().zip(Judged::labels()) {
            let share = 100.0 * f64::from(*held) / SAMPLES as f64;
            // Four binomial standard errors of 150 samples, 7 points, below 95: a mean over rows would hold 16 %.
            assert!(
                share >= 88.0,
                "{}: {label} is held by {share:.1} % of intervals",
                law.name()
            );
        }
    }
}
