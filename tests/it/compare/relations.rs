//! How the rows of two models go together: the same items, strangers, another basis, other widths, rounded rows.

use spherecheck::audit::{Effort, PrecisionChoice, Settings, prepare, similarities};
use spherecheck::data::Names;
use spherecheck::gate::{Baseline, BaselineFit, Decision, Policy, judge};
use spherecheck::kernel::Precision;
use spherecheck::metric::MetricId;
use spherecheck::pass::NoWatch;
use spherecheck::result::{Audit, Change, Comparison, Side, Unit, Versus, compare, model_names};

use super::{prepared, settings, shared};
use crate::support::{
    self, Rows, any_cpu, close, cone, embeddings, found, inputs, listed, noisy, normal,
};

/// The second model against the first, with their similarities.
fn beside(one: &Rows, other: &Rows) -> Comparison {
    let backend = any_cpu();
    let (x, y) = (prepared(one, &*backend), prepared(other, &*backend));
    let audits = [&x, &y].map(|data| {
        let audit = data.run(&*backend, &NoWatch);
        audit.expect("an audit")
    });
    let [a, b] = &model_names(&audits)[..] else {
        panic!("two names")
    };
    let names = (a.clone(), b.clone());
    let alike = similarities((&x, &y), names, shared(10), &*backend, &NoWatch);
    compare(&audits, alike.expect("similarities"), 0.95).expect("they compare")
}

fn against(comparison: &Comparison, metric: MetricId) -> &Versus {
    let line = comparison.lines.iter().find(|line| line.metric == metric);
    let cell = line.expect("a line").cells[1].as_ref().expect("a number");
    cell.against.as_ref().expect("a difference")
}

fn said(comparison: &Comparison, words: &str) -> bool {
    comparison
        .notes
        .iter()
        .any(|note| note.text.contains(words))
}

#[test]
fn shuffled_rows_are_not_paired() {
    let rows = cone(1, 600, 24);
    let shuffled: Rows = (0..600).map(|k| rows[(k * 7 + 5) % 600].clone()).collect();
    let lost = beside(&rows, &shuffled);
    assert_eq!(lost.models[1].paired, Some(false));
    assert!(
        said(&lost, "has the order of the rows been lost?"),
        "{:?}",
        lost.notes
    );
    let uniformity = against(&lost, MetricId::Uniformity);
    assert!(!uniformity.difference.paired && uniformity.verdict == Change::Same);
    let kept = beside(&rows, &noisy(&rows, 2, 0.5));
    assert_eq!(kept.models[1].paired, Some(true));
    assert!(!said(&kept, "order of the rows") && !said(&kept, "nothing in common"));
}

#[test]
fn noise_that_is_called_better_comes_with_a_warning() {
    let noise = beside(&cone(1, 600, 24), &normal(3, 600, 24));
    let verdict = against(&noise, MetricId::Uniformity).verdict;
    assert_eq!(verdict, Change::Better);
    assert!(
        said(&noise, "have nothing in common") && said(&noise, "called better"),
        "{:?}",
        noise.notes
    );
    // Too few items to tell strangers from relatives: nothing is said.
    let few = beside(&cone(1, 12, 24), &normal(3, 12, 24));
    assert!(!said(&few, "nothing in common"), "{:?}", few.notes);
}

#[test]
fn another_basis_shows_in_the_cosine_of_each_row_with_its_own() {
    let rows = cone(5, 300, 16);
    // Columns in another order: a rotation.
    let turned: Rows = rows
        .iter()
        .map(|row| {
            (0..16)
                .map(|k| row[(k + 5) % 16] * [1.0, -1.0][k % 2])
                .collect()
        })
        .collect();
    let cosine = |x: &[f32], y: &[f32]| {
        let dot = |x: &[f32], y: &[f32]| -> f64 {
            x.iter()
                .zip(y)
                .map(|(x, y)| f64::from(*x) * f64::from(*y))
                .sum()
        };
        dot(x, y) / (dot(x, x) * dot(y, y)).sqrt()
    };
    let expected = rows
        .iter()
        .zip(&turned)
        .map(|(x, y)| cosine(x, y))
        .sum::<f64>()
        / 300.0;
    let mut chance = 0.0;
    for (i, x) in rows.iter().enumerate() {
        for (_, y) in turned.iter().enumerate().filter(|(j, _)| *j != i) {
            chance += cosine(x, y) / (300.0 * 299.0);
        }
    }
    let comparison = beside(&rows, &turned);
    let own = comparison
        .similarities
        .iter()
        .find(|s| s.name == "row_cosine");
    let own = own.expect("the widths are equal");
    close(own.value, expected, 1e-6, "the mean cosine");
    close(own.chance, chance, 1e-6, "its value for other rows");
    assert!(own.se.is_some_and(|se| se > 0.0));
    assert!(
        said(&comparison, "cannot share an index"),
        "{:?}",
        comparison.notes
    );
    assert_eq!(comparison.models[1].paired, Some(true));
    let near = beside(&rows, &noisy(&rows, 6, 0.1));
    assert!(!said(&near, "index"), "{:?}", near.notes);
    let narrow = rows.iter().map(|row| row[..8].to_vec()).collect::<Rows>();
    let names: Vec<String> = beside(&rows, &narrow)
        .similarities
        .into_iter()
        .map(|s| s.name)
        .collect();
    assert_eq!(names, ["cka", "knn_overlap"]);
}

#[test]
fn widths_are_judged_by_the_number_and_its_excess_together() {
    let (narrow, wide) = (normal(1, 400, 8), normal(2, 400, 32));
    let ideal = beside(&narrow, &wide);
    for metric in [MetricId::Uniformity, MetricId::ContrastiveUniformTerm] {
        // Both are at their ideals, which differ.
        let found = against(&ideal, metric);
        assert_eq!(found.verdict, Change::Differs, "{metric:?}");
        let excess = found.excess.as_ref().expect("other ideals");
        assert!(excess.p.expect("a test") > 0.05, "{metric:?}: {excess:?}");
        assert_eq!(found.shown(), excess.difference);
        let effect = found.effect.expect("it has a direction");
        assert!(effect.abs() < 0.02, "{metric:?}: {effect}");
    }
    let line = ideal
        .lines
        .iter()
        .find(|line| line.metric == MetricId::Uniformity);
    let line = line.expect("a line");
    let (x, y) = (
        line.cells[0].as_ref().unwrap(),
        line.cells[1].as_ref().unwrap(),
    );
    assert_eq!((x.ideal, y.ideal.is_some()), (None, true));
    let excess = (y.value - y.ideal.unwrap()) - (x.value - line.ideal.unwrap());
    let shown = against(&ideal, MetricId::Uniformity).shown();
    close(shown.value, excess, 1e-12, "excess");
    // Worse by both is worse.
    let collapsed = beside(&narrow, &cone(3, 400, 32));
    assert_eq!(
        against(&collapsed, MetricId::Uniformity).verdict,
        Change::Worse
    );
    // Of one width: as ever.
    let same = beside(&wide, &cone(3, 400, 32));
    let found = against(&same, MetricId::Uniformity);
    assert_eq!((found.verdict, &found.excess), (Change::Worse, &None));
}

#[test]
fn norms_of_unit_rows_are_not_tested() {
    let unit = |rows: Rows| -> Rows {
        rows.into_iter()
            .map(|row| {
                let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt();
                row.iter().map(|v| v / norm).collect()
            })
            .collect()
    };
    let rows = normal(1, 400, 16);
    let ready = unit(rows.clone());
    let both = beside(&ready, &unit(noisy(&ready, 2, 0.2)));
    for metric in [MetricId::NormMean, MetricId::NormCv] {
        let found = against(&both, metric);
        assert_eq!((found.verdict, found.p), (Change::Same, None), "{metric:?}");
    }
    // Where one of them was not unit it is no noise.
    let raw = beside(&ready, &rows);
    assert_eq!(against(&raw, MetricId::NormMean).verdict, Change::Differs);
    assert_eq!(both.tests + 2, raw.tests);
}

/// What is told of a test is so: of samples that differ by the smallest difference, four in five and more find it.
#[test]
fn the_smallest_difference_is_seen_in_four_of_five_samples() {
    let rows = cone(1, 400, 16);
    let comparison = beside(&rows, &noisy(&rows, 2, 0.05));
    let found = against(&comparison, MetricId::MeanCosine);
    let power = found.power.expect("a test");
    assert_eq!((found.n, found.unit), (400, Unit::Rows));
    // Half of it needs four times the rows, if nothing was rounded.
    assert_eq!(power.needed, Some(1600));
    // Quantiles of Student's t with 19 degrees of freedom: 0.8610 for one-sided 80 %, and that of the corrected level.
    let level = 1.0 - 0.05 / comparison.tests as f64;
    let quantile = spherecheck::theory::student_quantile(level, 19.0) + 0.860_951;
    let expected = quantile * found.difference.se.expect("an error");
    close(power.smallest, expected, 1e-5 * expected, "smallest");
    // The way of a mean cosine is from 1 to 0.
    close(
        power.share.expect("a direction"),
        expected,
        1e-5 * expected,
        "share",
    );
    let effect = found.effect.expect("a direction");
    close(
        effect,
        -found.difference.value,
        1e-12,
        "a smaller mean cosine is better",
    );
}

#[test]
fn rounding_is_no_difference_between_models() {
    let backend = any_cpu();
    if !backend.precisions().contains(&Precision::Bf16) {
        return;
    }
    let rows = cone(1, 1000, 48);
    let at = |precision| {
        let settings = Settings {
            precision: PrecisionChoice::Only(precision),
            ..settings()
        };
        support::audit_rows(&rows, &settings, &*backend)
    };
    let audits = [at(Precision::F32), at(Precision::Bf16)];
    let comparison = compare(&audits, Vec::new(), 0.95).expect("they compare");
    let rounding = found(&audits[1], MetricId::Uniformity, Some(2.0), Side::A).rounding;
    let found = against(&comparison, MetricId::Uniformity);
    assert!(rounding.is_some_and(|error| error > 0.0));
    assert_eq!(Some(found.difference.widening), rounding);
    for line in &comparison.lines {
        let versus = line.cells[1]
            .as_ref()
            .and_then(|cell| cell.against.as_ref());
        if let Some(versus) = versus.filter(|versus| versus.p.is_some()) {
            assert_eq!(versus.verdict, Change::Same, "{:?} {versus:?}", line.metric);
        }
    }
}

#[test]
fn estimates_pair_what_is_exact_in_them() {
    let backend = any_cpu();
    let rows = cone(1, 3000, 8);
    let pairs: Vec<(usize, usize)> = (0..500).map(|k| (k, 2999 - k)).collect();
    let settings = Settings {
        effort: Effort::Amount {
            rounds: 2,
            full_rows: 0,
            squares: false,
        },
        ..settings()
    };
    let audit = |rows: &Rows, ids: Option<&Names>| -> Audit {
        let data = inputs(embeddings(rows), None, listed(&pairs));
        let data = prepare(data, &settings, &*backend, &NoWatch).expect("rows");
        let data = match ids {
            Some(ids) => data.identified(ids).expect("ids"),
            None => data,
        };
        data.run(&*backend, &NoWatch).expect("an estimate")
    };
    let other = noisy(&rows, 2, 0.1);
    let audits = [audit(&rows, None), audit(&other, None)];
    let comparison = compare(&audits, Vec::new(), 0.95).expect("they compare");
    for (metric, paired) in [
        (MetricId::Alignment, true),
        (MetricId::MeanCosine, true),
        (MetricId::Uniformity, false),
        (MetricId::ContrastiveLimit, false),
    ] {
        let difference = against(&comparison, metric).difference;
        assert_eq!(difference.paired, paired, "{metric:?}");
        assert!(difference.se.is_some_and(|se| se > 0.0), "{metric:?}");
    }
    assert!(said(&comparison, "are estimates"), "{:?}", comparison.notes);
    // With ids rows may stand anywhere, and the groups of an estimate go by places.
    let ids = Names {
        name: "ids".to_owned(),
        values: (0..3000).map(|row| format!("item {row}")).collect(),
    };
    let audits = [audit(&rows, Some(&ids)), audit(&other, Some(&ids))];
    let comparison = compare(&audits, Vec::new(), 0.95).expect("they compare");
    assert_eq!(comparison.models[1].paired, Some(false));
    assert!(
        said(&comparison, "estimates of rows with ids"),
        "{:?}",
        comparison.notes
    );
}

#[test]
fn warnings_of_audits_name_their_models() {
    let rows = cone(1, 200, 8);
    let mut repeated = rows.clone();
    repeated[7] = repeated[3].clone();
    let comparison = beside(&rows, &repeated);
    assert!(
        said(&comparison, "test (2): Side a: 1 of 200"),
        "{:?}",
        comparison.notes
    );
}

/// A file against itself in another precision: the gate that finds it worse finds the rounding.
#[test]
fn the_gate_takes_no_rounding_for_a_change() {
    let backend = any_cpu();
    if !backend.precisions().contains(&Precision::Bf16) {
        return;
    }
    let rules = "[[rule]]\nmetric = \"uniformity\"\nparams = { t = 2 }\n\
                 no_worse_than_baseline = { abs = 0.0, rel = 0.0, confidence = 0.95 }\n";
    let policy = Policy::parse("p.toml", rules).expect("a policy");
    // Signs of what rounding does are those of the rows: either order of the two, on several sets of rows.
    for seed in 0..4 {
        let rows = cone(seed, 1000, 48);
        let at = |precision| {
            let settings = Settings {
                precision: PrecisionChoice::Only(precision),
                ..settings()
            };
            support::audit_rows(&rows, &settings, &*backend)
        };
        let (fine, coarse) = (at(Precision::F32), at(Precision::Bf16));
        for (old, new) in [(&fine, &coarse), (&coarse, &fine)] {
            let baseline = Baseline::of(old);
            let against = BaselineFit {
                path: "b.json",
                baseline: Some(&baseline),
                paired: baseline.fits("b.json", new).expect("the same rows"),
                neighbours: None,
            };
            let verdict = judge(new, &policy, Some(against)).expect("a verdict");
            assert_eq!(verdict.decision, Decision::Pass, "seed {seed}: {verdict:?}");
            assert!(verdict.paired == Some(true));
        }
    }
}
