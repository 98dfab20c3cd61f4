//! A search that is served by inner product: `--similarity dot` against the definitions in plain f64.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use spherecheck::audit::{PositivesInput, SearchBy, Settings};
use spherecheck::backend::Backend;
use spherecheck::result::{Audit, Side, compare};

use crate::cli::desk::Desk;
use crate::support::{
    Rows, any_cpu, audit, close, cpu, embeddings, inputs, kernels, listed, noisy, normal,
};

fn settings(search_by: SearchBy) -> Settings {
    Settings {
        search: true,
        search_by,
        ..Settings::default()
    }
}

/// Rows times factors from 1 / `most` to 1, of which a few are equal.
fn stretched(rows: &Rows, seed: u64, most: f64) -> Rows {
    let mut rng = Pcg64::seed_from_u64(seed);
    let mut stretch = |row: &Vec<f32>| -> Vec<f32> {
        let step = f64::from(rng.random_range(0..12_u32)) / 11.0;
        let factor = most.powf(-step) as f32;
        row.iter().map(|v| v * factor).collect()
    };
    rows.iter().map(&mut stretch).collect()
}

fn dot(x: &[f32], y: &[f32]) -> f64 {
    let both = x.iter().zip(y);
    both.map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
}

/// Where the positive of each query stands: 1 + rows above + half of the others that are as near.
fn positions(queries: &Rows, documents: &Rows, own: impl Fn(usize) -> Option<usize>) -> Vec<f64> {
    let place = |i: usize, j: usize| {
        let best = dot(&queries[i], &documents[j]);
        let all = (0..documents.len()).filter(|&z| z != j);
        let above = all.map(|z| dot(&queries[i], &documents[z]) - best);
        above.fold(1.0, |place, off| match off {
            off if off > 1e-12 * best.abs() => place + 1.0,
            off if off >= -1e-12 * best.abs() => place + 0.5,
            _ => place,
        })
    };
    let queries = 0..queries.len();
    queries
        .filter_map(|i| own(i).map(|j| place(i, j)))
        .collect()
}

#[track_caller]
fn value(audit: &Audit, name: &str, side: Side) -> f64 {
    let mut all = audit.measures.iter();
    let found = all.find(|m| m.label() == name && m.side == side);
    found
        .unwrap_or_else(|| panic!("no {name} on side {}: {:?}", side.name(), audit.notes))
        .value
}

fn two_views(a: &Rows, b: &Rows, by: SearchBy, backend: &dyn Backend) -> Audit {
    let data = inputs(embeddings(a), Some(embeddings(b)), PositivesInput::Aligned);
    audit(data, &settings(by), backend)
}

/// What bins may have moved; 2 % where so many pairs lie in one bin that they are tied by definition.
fn bound(audit: &Audit, name: &str, side: Side) -> f64 {
    let mut all = audit.measures.iter();
    let found = all.find(|m| m.label() == name && m.side == side);
    found.and_then(|m| m.rounding).unwrap_or(0.02) + 1e-9
}

#[test]
fn every_kernel_ranks_by_inner_products_of_rows_as_they_are() {
    for (n, d, most) in [(33, 3, 2.0), (150, 8, 30.0), (301, 40, 8.0)] {
        let rows = normal(n as u64, n, d);
        let a = stretched(&rows, 1, most);
        let b = stretched(&noisy(&rows, 2, 0.5), 3, most);
        for kernel in kernels() {
            let found = two_views(&a, &b, SearchBy::Dot, &*cpu(2, kernel));
            for (side, places) in [
                (Side::A, positions(&a, &b, Some)),
                (Side::B, positions(&b, &a, Some)),
            ] {
                let mean = |of: &dyn Fn(f64) -> f64| {
                    places.iter().map(|place| of(*place)).sum::<f64>() / n as f64
                };
                let what = format!("{n} x {d}, side {}, {kernel}", side.name());
                for k in [1.0, 5.0] {
                    let recall = mean(&|place| f64::from(u8::from(place <= k)));
                    close(
                        value(&found, &format!("recall{{k={k}}}"), side),
                        recall,
                        1e-9,
                        &what,
                    );
                }
                // Far down, f32 ties rows that f64 tells apart.
                close(
                    value(&found, "mrr", side),
                    mean(&|place| 1.0 / place),
                    1e-5,
                    &what,
                );
            }
            let mut others: Vec<f64> = (0..n * n)
                .filter(|k| k / n != k % n)
                .map(|k| dot(&a[k / n], &b[k % n]))
                .collect();
            others.sort_by(f64::total_cmp);
            let at = ((others.len() as f64 - 1.0) * 0.99).ceil() as usize;
            let threshold = value(&found, "threshold{far=0.01}", Side::Cross);
            let off = bound(&found, "threshold{far=0.01}", Side::Cross);
            close(threshold, others[at], off, kernel);
            let won = |p: f64| others.partition_point(|other| *other < p) as f64;
            let auc = (0..n).map(|i| won(dot(&a[i], &b[i]))).sum::<f64>();
            let auc = auc / (n * others.len()) as f64;
            let off = bound(&found, "auc", Side::Cross);
            close(value(&found, "auc", Side::Cross), auc, off, kernel);
            if n > 100 {
                let near = hubs(&a, &b);
                close(
                    value(&found, "antihubs{k=10}", Side::Cross),
                    near.0,
                    1e-9,
                    kernel,
                );
                close(
                    value(&found, "max_occurrence{k=10}", Side::Cross),
                    near.1,
                    0.0,
                    kernel,
                );
            }
        }
    }
}

/// Share of rows of b that are among the ten nearest of no row of a, and how often the one that is oftenest is.
fn hubs(a: &Rows, b: &Rows) -> (f64, f64) {
    let mut counts = vec![0_u32; b.len()];
    for x in a {
        let mut order: Vec<usize> = (0..b.len()).collect();
        order.sort_by(|&i, &j| dot(x, &b[j]).total_cmp(&dot(x, &b[i])));
        order[..10].iter().for_each(|&j| counts[j] += 1);
    }
    let none = counts.iter().filter(|count| **count == 0).count();
    let most = counts.iter().max().copied().unwrap_or(0);
    (none as f64 / b.len() as f64, f64::from(most))
}

#[test]
fn within_one_file_a_row_searches_all_others() {
    let rows = normal(7, 120, 6);
    let mut rows = stretched(&rows, 8, 20.0);
    // Rows that are equal are tied, whatever their length.
    rows[119] = rows[1].clone();
    let pairs: Vec<(usize, usize)> = (0..60).map(|i| (2 * i, 2 * i + 1)).collect();
    let partner = |i: usize| Some(i ^ 1);
    let place = |i: usize| {
        let j = partner(i).expect("all have one");
        let best = dot(&rows[i], &rows[j]);
        let others = (0..120).filter(|&z| z != i && z != j);
        others.fold((0, 0), |(above, tied), z| match dot(&rows[i], &rows[z]) {
            s if s > best + 1e-12 => (above + 1, tied),
            s if s >= best - 1e-12 => (above, tied + 1),
            _ => (above, tied),
        })
    };
    let recall = |k: u32| {
        let share = |i: usize| {
            let (above, tied) = place(i);
            let within = f64::from(k.saturating_sub(above)) / f64::from(tied + 1);
            within.min(1.0)
        };
        (0..120).map(share).sum::<f64>() / 120.0
    };
    assert!((0..120).any(|i| place(i).1 > 0), "a tie");
    for kernel in kernels() {
        let data = || inputs(embeddings(&rows), None, listed(&pairs));
        let found = audit(data(), &settings(SearchBy::Dot), &*cpu(2, kernel));
        for k in [1, 5, 10] {
            let name = format!("recall{{k={k}}}");
            close(value(&found, &name, Side::A), recall(k), 1e-9, kernel);
        }
        let one = audit(data(), &settings(SearchBy::Dot), &*cpu(1, kernel));
        assert_eq!(one.measures, found.measures, "on any number of threads");
    }
}

#[test]
fn a_scale_moves_thresholds_and_nothing_else() {
    let rows = stretched(&normal(3, 200, 12), 4, 10.0);
    let other = noisy(&rows, 5, 0.3);
    let larger: Rows = other
        .iter()
        .map(|row| row.iter().map(|v| v * 8.0).collect())
        .collect();
    let backend = any_cpu();
    let one = two_views(&rows, &other, SearchBy::Dot, &*backend);
    let eight = two_views(&rows, &larger, SearchBy::Dot, &*backend);
    let threshold = |audit: &Audit| value(audit, "threshold{far=0.01}", Side::Cross);
    close(threshold(&eight), 8.0 * threshold(&one), 1e-9, "threshold");
    let both = one.measures.iter().zip(&eight.measures);
    for (one, eight) in both.filter(|(one, _)| one.metric.of_search()) {
        if one.metric.name() != "threshold" {
            assert_eq!(one.value, eight.value, "{}", one.label());
        }
    }
}

#[test]
fn the_sphere_is_left_alone_and_told_apart() {
    let rows = stretched(&normal(3, 200, 12), 4, 10.0);
    let other = noisy(&rows, 5, 0.3);
    let backend = any_cpu();
    let [cosine, dot] =
        [SearchBy::Cosine, SearchBy::Dot].map(|by| two_views(&rows, &other, by, &*backend));
    let of_sphere = |audit: &Audit| -> Vec<(String, f64)> {
        let all = audit.measures.iter();
        let kept = all.filter(|m| {
            let space = ["space_cosine", "modality_gap", "modality_gap_ratio"];
            !m.metric.of_search() || space.contains(&m.metric.name())
        });
        kept.map(|m| (m.label(), m.value)).collect()
    };
    assert_eq!(of_sphere(&cosine), of_sphere(&dot));
    let recall = |audit: &Audit| value(audit, "recall{k=1}", Side::A);
    assert!(recall(&cosine) > recall(&dot), "long rows come first");
    assert!(cosine.definitions.similarity.is_none());
    let said = dot.definitions.similarity.as_deref().expect("said");
    assert!(said.contains("inner product"), "{said}");
    assert!(
        dot.notes
            .iter()
            .any(|note| note.text.contains("--similarity dot"))
    );
    let refused = compare(&[cosine, dot.clone()], Vec::new(), 0.95).expect_err("two meanings");
    let refused = refused.to_string();
    assert!(
        refused.contains("what retrieval, thresholds and hubs go by"),
        "{refused}"
    );
    assert!(compare(&[dot.clone(), dot], Vec::new(), 0.95).is_ok());
}

#[test]
fn the_program_takes_the_option_and_says_so() {
    let desk = Desk::new();
    let audit = desk.json("audit a.npy b.npy --similarity dot");
    let card = audit["definitions"]["similarity"].as_str().expect("a line");
    assert!(card.starts_with("inner product"), "{card}");
    let measures = audit["measures"].as_array().expect("measures");
    assert!(
        measures.iter().any(|m| m["metric"] == "recall"),
        "asked for"
    );
    desk.refused("audit a.npy --similarity euclid", "dot");
}
