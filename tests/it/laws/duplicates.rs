//! What is counted is counted exactly: copies, zero rows, pairs by cosine and by distance.

use spherecheck::audit::{PositivesInput, Settings};
use spherecheck::data::{Labels, ZeroRows};
use spherecheck::metric::MetricId::{DuplicatePairs, DuplicateRows};
use spherecheck::result::{Audit, Side};

use super::support::exact::{distances, only, unit};
use super::support::{
    COSINE_ERROR, Rows, any_cpu, audit, audit_rows, cpu, embeddings, found, inputs, kernels,
    listed, normal, random_pairs, same_measures,
};

fn duplicates(audit: &Audit, side: Side) -> (f64, f64) {
    let value = |metric| found(audit, metric, None, side).value;
    (value(DuplicateRows), value(DuplicatePairs))
}

#[test]
pub(crate) fn planted_copies_are_counted_exactly() {
    for kernel in kernels() {
        for (n, d) in [(60, 3), (400, 16), (1000, 33), (300, 384)] {
            let mut rows = normal(7, n, d);
            // Families of 2, 3 and 7 rows, spread over the whole file; a copy may be longer than its original.
            for (first, copies) in [(0, 1), (5, 2), (9, 6)] {
                for copy in 0..copies {
                    let scale = 1.0 + copy as f32;
                    rows[n - 1 - first - copy] = rows[first].iter().map(|v| v * scale).collect();
                }
            }
            let audit = audit_rows(&rows, &Settings::default(), &*cpu(2, kernel));
            let expected = (1.0 + 2.0 + 6.0, 1.0 + 3.0 + 21.0);
            assert_eq!(duplicates(&audit, Side::A), expected, "{kernel}, {n} x {d}");
        }
    }
}

/// Rows of one magnitude, whose products all round the same way, so that errors of the dot product add up instead of
/// cancelling; and ordinary rows.
#[test]
fn identical_rows_are_all_duplicates_of_the_first() {
    for kernel in kernels() {
        for d in [1, 2, 3, 100, 127, 384, 768, 1000, 1536, 3000, 4096] {
            let signs = (0..d).map(|k| if k % 3 == 0 { -1.0 } else { 1.0 });
            for row in [vec![1.0; d], signs.collect(), normal(8, 1, d).remove(0)] {
                let rows: Rows = vec![row; 50];
                let audit = audit_rows(&rows, &Settings::default(), &*cpu(1, kernel));
                let expected = (49.0, 50.0 * 49.0 / 2.0);
                assert_eq!(duplicates(&audit, Side::A), expected, "{kernel}, d = {d}");
            }
        }
    }
}

#[test]
pub(crate) fn rows_that_are_merely_close_are_no_duplicates() {
    // Cosines of 1 - 4e-6 and of 1 - 2.5e-7, on either side of the limit of 1 - 1e-6.
    let pair = |angle: f64| vec![vec![1.0, 0.0], vec![angle.cos() as f32, angle.sin() as f32]];
    for kernel in kernels() {
        for (angle, expected) in [(2.83e-3, (0.0, 0.0)), (7.07e-4, (1.0, 1.0))] {
            let audit = audit_rows(&pair(angle), &Settings::default(), &*cpu(1, kernel));
            assert_eq!(duplicates(&audit, Side::A), expected, "{kernel}, {angle}");
        }
    }
}

#[test]
pub(crate) fn each_view_counts_its_own_copies() {
    let mut a = normal(9, 90, 8);
    let mut b = normal(10, 90, 8);
    a[80] = a[3].clone();
    b[1] = b[0].clone();
    b[2] = b[0].clone();
    // A row of one view that is also in the other is no duplicate.
    b[50] = a[50].clone();
    let data = inputs(
        embeddings(&a),
        Some(embeddings(&b)),
        PositivesInput::Aligned,
    );
    let audit = audit(data, &Settings::default(), &*any_cpu());
    assert_eq!(duplicates(&audit, Side::A), (1.0, 1.0));
    assert_eq!(duplicates(&audit, Side::B), (2.0, 3.0));
}

/// Settings under which zero rows are left out.
fn dropping() -> Settings {
    Settings {
        zero_rows: ZeroRows::Drop,
        ..Settings::default()
    }
}

#[test]
pub(crate) fn dropped_zero_rows_leave_no_trace_in_one_view() {
    let zeros = [0, 7, 8, 59];
    let mut rows = normal(11, 60, 5);
    for i in zeros {
        rows[i].fill(0.0);
    }
    let pairs = random_pairs(12, 100, 60, None);
    let left = only(&rows, |i| !zeros.contains(&i));
    let renumber = |i: usize| i - zeros.iter().filter(|&&zero| zero < i).count();
    let kept: Vec<_> = pairs
        .iter()
        .filter(|(i, j)| !zeros.contains(i) && !zeros.contains(j))
        .map(|&(i, j)| (renumber(i), renumber(j)))
        .collect();
    let classes: Vec<u32> = (0..60).map(|i| i % 7).collect();
    let labels = |classes: Vec<u32>| {
        PositivesInput::Labels(Labels {
            name: "labels".to_owned(),
            classes,
            values: Default::default(),
        })
    };
    let kept_classes = (0..60)
        .filter(|i| !zeros.contains(i))
        .map(|i| classes[i])
        .collect();
    for (all, rest) in [
        (listed(&pairs), listed(&kept)),
        (labels(classes.clone()), labels(kept_classes)),
        (PositivesInput::None, PositivesInput::None),
    ] {
        let with = audit(
            inputs(embeddings(&rows), None, all),
            &dropping(),
            &*any_cpu(),
        );
        let without = audit(
            inputs(embeddings(&left), None, rest),
            &dropping(),
            &*any_cpu(),
        );
        assert_eq!(
            (with.subject.a.rows, with.subject.a.dropped_zero_rows),
            (56, 4)
        );
        same_measures(&with, &without, 0.0, "zero rows");
    }
}

#[test]
fn a_zero_row_of_one_aligned_view_drops_its_partner() {
    let (mut a, mut b) = (normal(13, 50, 5), normal(14, 50, 5));
    a[0].fill(0.0);
    b[20].fill(0.0);
    b[0].fill(0.0);
    let left = |rows: &Rows| embeddings(&only(rows, |i| i != 0 && i != 20));
    let views = |a, b| inputs(a, Some(b), PositivesInput::Aligned);
    let with = audit(
        views(embeddings(&a), embeddings(&b)),
        &dropping(),
        &*any_cpu(),
    );
    let without = audit(views(left(&a), left(&b)), &dropping(), &*any_cpu());
    same_measures(&with, &without, 0.0, "zero rows of aligned views");
    assert_eq!(with.subject.b.unwrap().rows, 48);
}

#[test]
fn histograms_hold_every_pair_once() {
    let settings = Settings {
        histograms: true,
        ..Settings::default()
    };
    for kernel in kernels() {
        for (n, d) in [(2, 1), (50, 1), (97, 2), (500, 5), (1001, 64)] {
            let (a, b) = (normal(15, n, d), normal(16, n, d));
            let data = inputs(
                embeddings(&a),
                Some(embeddings(&b)),
                PositivesInput::Aligned,
            );
            let audit = audit(data, &settings, &*cpu(2, kernel));
            let (unit_a, unit_b) = (unit(&a), unit(&b));
            for histogram in &audit.distributions.cosines {
                let (x, y) = match histogram.side {
                    Side::A => (&unit_a, &unit_a),
                    Side::B => (&unit_b, &unit_b),
                    _ => (&unit_a, &unit_b),
                };
                let counts = |i, j| {
                    if histogram.side == Side::Cross {
                        i != j
                    } else {
                        i < j
                    }
                };
                let what = format!("{kernel}, {n} x {d}, side {}", histogram.side.name());
                check_histogram(&histogram.counts, x, y, counts, &what);
            }
            assert_eq!(audit.distributions.cosines.len(), 3);
            let pairs: Vec<_> = (0..n).map(|i| (i, i)).collect();
            let bins = audit.distributions.distances.as_ref().unwrap();
            assert_eq!(bins.counts.iter().sum::<u64>(), n as u64);
            let mut expected = vec![0; bins.counts.len()];
            for distance in distances(&a, &b, &pairs) {
                let bin = (distance / 2.0 * bins.counts.len() as f64) as usize;
                expected[bin.min(bins.counts.len() - 1)] += 1;
            }
            assert_eq!(bins.counts, expected);
        }
    }
}

/// Pairs up to each edge, which f32 may move by the few pairs that lie on it.
#[track_caller]
fn check_histogram(
    counts: &[u64],
    x: &[Vec<f64>],
    y: &[Vec<f64>],
    live: impl Fn(usize, usize) -> bool,
    what: &str,
) {
    let bins = counts.len() as f64;
    let mut cosines: Vec<f64> = Vec::new();
    for (i, a) in x.iter().enumerate() {
        for (j, b) in y.iter().enumerate() {
            if live(i, j) {
                cosines.push(a.iter().zip(b).map(|(a, b)| a * b).sum());
            }
        }
    }
    cosines.sort_by(f64::total_cmp);
    assert_eq!(counts.iter().sum::<u64>(), cosines.len() as u64, "{what}");
    let mut below = 0;
    for (bin, count) in counts.iter().enumerate().take(counts.len() - 1) {
        below += *count as usize;
        let edge = 2.0 * (bin + 1) as f64 / bins - 1.0;
        let least = cosines.partition_point(|&s| s < edge - COSINE_ERROR);
        let most = cosines.partition_point(|&s| s < edge + COSINE_ERROR);
        assert!(
            (least..=most).contains(&below),
            "{what}: {below} pairs below {edge}, expected {least} to {most}"
        );
    }
}
