//! Ranks and spreads of the spectrum, classes and modality, through the program and the library: the numbers of peers on
//! two real encoders, of which one is broken, and who asks for them.

use predicates::prelude::*;
use predicates::str::contains;
use spherecheck::audit::{Compat, Effort, PositivesInput, Settings};
use spherecheck::backend::Backend;
use spherecheck::input::{open_embeddings, open_labels};
use spherecheck::metric::{Direction, Family, MetricId};
use spherecheck::result::{Audit, Change, Measure, Side, compare};

use crate::cli::desk::Desk;
use crate::support::laws::Law;
use crate::support::{
    Rows, any_cpu, audit, audit_rows, close, cpu, embeddings, fixture, inputs, kernels, noisy,
    normal,
};

fn settings() -> Settings {
    Settings {
        spectrum: true,
        compat: vec![Compat::StablePretraining, Compat::Reptrix, Compat::Ssrlib],
        ..Settings::default()
    }
}

/// One view of a real encoder.
fn real(encoder: &str, settings: &Settings, backend: &dyn Backend) -> Audit {
    let path = fixture(&format!("real/minilm_{encoder}_a.npy"));
    let rows = open_embeddings(&path, None).expect("a fixture");
    audit(inputs(rows, None, PositivesInput::None), settings, backend)
}

#[track_caller]
fn measure<'a>(audit: &'a Audit, name: &str, side: Side) -> &'a Measure {
    let mut all = audit.measures.iter();
    let found = all.find(|m| m.label() == name && m.side == side);
    found.unwrap_or_else(|| panic!("no {name} on side {}: {:?}", side.name(), audit.notes))
}

/// Name, mean pooling, CLS: numpy in f64, stable-pretraining 0.1.8, reptrix 0.1.0, ssrlib 0.2.0.
const GOLDEN: [(&str, f64, f64); 13] = [
    ("rankme", 256.091_793_8, 244.089_074_0),
    ("effective_rank", 256.038_652_2, 244.038_753_9),
    ("participation_ratio", 57.568_813_91, 87.679_980_12),
    ("stable_rank", 3.221_444_521, 1.529_958_644),
    ("w2_uniformity", 0.879_268_103, 1.037_893_556),
    ("principal_components{share=0.9}", 143.0, 163.0),
    ("principal_components{share=0.95}", 191.0, 213.0),
    ("principal_components{share=0.99}", 279.0, 306.0),
    ("top_column_variance", 2.073_553_607, 2.081_286_822),
    ("constant_columns", 3.0, 3.0),
    ("stable_pretraining_rankme", 261.367_894_9, 249.084_834_3),
    ("reptrix_rankme", 123.369_774_3, 156.615_377_4),
    ("ssrlib_rankme", 123.339_833_6, 156.579_031_5),
];

#[test]
fn the_spectrum_has_the_numbers_of_peers() {
    for (k, encoder) in ["mean", "cls"].into_iter().enumerate() {
        let audit = real(encoder, &settings(), &*any_cpu());
        for (name, mean, cls) in GOLDEN {
            let expected = [mean, cls][k];
            let found = measure(&audit, name, Side::A);
            close(
                found.value,
                expected,
                3e-9 * expected,
                &format!("{name} of {encoder}"),
            );
            // No aim, no share of a way, and never better or worse.
            assert_eq!(found.metric.spec().better, Direction::Neutral, "{name}");
            assert_eq!(found.collapsed, None, "{name}");
            match name {
                "constant_columns" => assert_eq!(found.se, None),
                _ => {
                    let interval = found.interval.expect("an interval");
                    let inside = interval.low < found.value && found.value < interval.high;
                    assert!(inside, "{name}: {found:?}");
                }
            }
        }
        // Of as many uniform rows: width of the law at 1,000 x 384.
        let ideal = |name| {
            measure(&audit, name, Side::A)
                .ideal
                .expect("of uniform rows")
        };
        close(ideal("rankme"), 363.3, 0.4, "rankme of uniform rows");
        close(ideal("w2_uniformity"), 0.3192, 0.001, "w2 of uniform rows");
        close(
            ideal("participation_ratio"),
            277.7,
            0.5,
            "pr of uniform rows",
        );
    }
}

#[test]
fn kernels_and_threads_change_no_bit_of_the_spectrum() {
    let rows = normal(3, 700, 24);
    let of = |threads, kernel| {
        let audit = audit_rows(&rows, &settings(), &*cpu(threads, kernel));
        let all = audit.measures.into_iter();
        let all: Vec<Measure> = all.filter(|m| m.metric >= MetricId::Rankme).collect();
        assert_eq!(all.len(), 13);
        (all, audit.spectra)
    };
    let first = of(1, "portable");
    for kernel in kernels() {
        assert_eq!(of(2, kernel), first, "{kernel}");
    }
}

#[test]
fn uniform_rows_have_the_value_that_stands_beside() {
    for (n, d) in [(400, 32), (48, 64)] {
        let audit = audit_rows(&normal(5, n, d), &settings(), &*any_cpu());
        for name in [
            "rankme",
            "participation_ratio",
            "stable_rank",
            "w2_uniformity",
        ] {
            let found = measure(&audit, name, Side::A);
            let ideal = found.ideal.expect("a value of uniform rows");
            let near = 0.1 * ideal;
            close(found.value, ideal, near, &format!("{name} of {n} x {d}"));
        }
    }
}

#[test]
fn what_the_broken_encoder_would_gain_is_no_verdict() {
    let audits = ["mean", "cls"].map(|encoder| real(encoder, &settings(), &*any_cpu()));
    let compared = compare(&audits, Vec::new(), 0.95).expect("the same rows");
    let mut seen = 0;
    for line in compared
        .lines
        .iter()
        .filter(|l| l.metric.family() == Family::Spectrum)
    {
        let cell = line.cells[1].as_ref().expect("both were audited alike");
        let against = cell.against.as_ref().expect("a comparison");
        let unsaid = [Change::Differs, Change::Same, Change::Untested];
        assert!(unsaid.contains(&against.verdict), "{:?}", line.metric);
        if line.metric != MetricId::ConstantColumns {
            assert!(against.difference.paired, "{:?}", line.metric);
            seen += 1;
        }
    }
    assert_eq!(seen, 9);
}

#[test]
fn rows_that_are_all_alike_have_no_shares_of_variance() {
    let rows = vec![vec![0.7; 6]; 40];
    let audit = audit_rows(&rows, &settings(), &*any_cpu());
    let said = |what: &str| audit.notes.iter().any(|note| note.text.contains(what));
    assert!(said("all rows are alike"), "{:?}", audit.notes);
    close(
        measure(&audit, "stable_rank", Side::A).value,
        1.0,
        1e-12,
        "stable rank",
    );
    let collapsed = std::f64::consts::SQRT_2;
    close(
        measure(&audit, "w2_uniformity", Side::A).value,
        collapsed,
        1e-12,
        "w2",
    );
    assert_eq!(measure(&audit, "constant_columns", Side::A).value, 6.0);
    let ratio = |m: &&Measure| m.metric == MetricId::ParticipationRatio;
    assert!(audit.measures.iter().find(ratio).is_none());
}

#[test]
fn rows_in_few_directions_are_called_collapsed() {
    // 64 columns that are mixtures of two.
    let two = normal(9, 200, 2);
    let mixing = normal(10, 2, 64);
    let mixed: Rows = two
        .iter()
        .map(|row| {
            let columns = mixing[0].iter().zip(&mixing[1]);
            columns.map(|(x, y)| row[0] * x + row[1] * y).collect()
        })
        .collect();
    let said = |rows: &Rows| {
        let audit = audit_rows(rows, &settings(), &*any_cpu());
        let mut notes = audit.notes.into_iter().map(|note| note.text);
        notes.find(|text| text.contains("dimensional collapse"))
    };
    let found = said(&mixed).expect("a warning");
    assert!(found.contains("directions of 64"), "{found}");
    assert_eq!(said(&normal(9, 200, 64)), None);
}

/// The study in `benches/coverage.rs`, made short: the truth is the mean over all samples of this size.
#[test]
fn intervals_hold_the_value_at_this_number_of_rows() {
    const SAMPLES: u64 = 120;
    let backend = any_cpu();
    let asked = Settings {
        spectrum: true,
        taus: vec![0.5],
        ..Settings::default()
    };
    for law in Law::named("clustered,anisotropic") {
        let audits: Vec<Audit> = (0..SAMPLES)
            .map(|seed| {
                let [rows, _] = law.views(150, seed);
                let rows: Rows = rows.outer_iter().map(|row| row.to_vec()).collect();
                audit_rows(&rows, &asked, &*backend)
            })
            .collect();
        for name in [
            "rankme",
            "participation_ratio",
            "stable_rank",
            "w2_uniformity",
        ] {
            let found: Vec<&Measure> = audits.iter().map(|a| measure(a, name, Side::A)).collect();
            let truth = found.iter().map(|m| m.value).sum::<f64>() / SAMPLES as f64;
            let held = found.iter().filter(|m| {
                let interval = m.interval.expect("an interval");
                (interval.low..=interval.high).contains(&truth)
            });
            let share = 100.0 * held.count() as f64 / SAMPLES as f64;
            // Four binomial standard errors of 120 samples, 8 points, below 95.
            assert!(share >= 87.0, "{}: {name} {share:.1} %", law.name());
        }
    }
}

#[test]
fn nothing_is_measured_that_was_not_asked_for() {
    let plain = audit_rows(&normal(1, 60, 8), &Settings::default(), &*any_cpu());
    assert!(plain.measures.iter().all(|m| m.metric < MetricId::Rankme));
    assert!(plain.spectra.is_none() && plain.modality.is_none());
}

#[test]
fn what_a_budget_does_not_count_is_said() {
    let said = |spectrum: bool| {
        let asked = Settings {
            spectrum,
            effort: Effort::Seconds(60.0),
            ..Settings::default()
        };
        let audit = audit_rows(&normal(1, 60, 8), &asked, &*any_cpu());
        let mut notes = audit.notes.into_iter().map(|note| note.text);
        notes.find(|text| text.contains("does not count"))
    };
    let found = said(true).expect("a note");
    assert!(
        found.contains("budget of 60 s does not count the spectrum"),
        "{found}"
    );
    assert_eq!(said(false), None);
}

#[test]
fn a_rule_asks_for_the_spectrum_and_out_holds_its_eigenvalues() {
    let desk = Desk::new();
    let path = fixture("real/minilm_mean_a.npy");
    let rows = path.display();
    desk.file(
        "policy.toml",
        "[[rule]]\nmetric = \"stable_rank\"\nat_least = 2.0\n\
         [[rule]]\nmetric = \"principal_components{share=0.9}\"\nat_most = 400\n",
    );
    desk.run(&format!("gate {rows} --policy policy.toml"))
        .success();
    desk.run(&format!("audit {rows} --spectrum --out report"))
        .success()
        .stdout(contains("rankme").and(contains("principal_components").not()));
    let csv = std::fs::read_to_string(desk.path("report/spectrum.csv")).expect("eigenvalues");
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("side,rank,second,centred,uniform"));
    let sum: f64 = lines
        .clone()
        .map(|line| line.split(',').nth(2).expect("a number"))
        .map(|number| number.parse::<f64>().expect("a number"))
        .sum();
    close(sum, 1.0, 1e-9, "eigenvalues of unit rows");
    assert_eq!(lines.count(), 384);
    let drawn = desk.path("report/spectrum.png").is_file();
    assert_eq!(drawn, cfg!(feature = "plots"));
    desk.file(
        "worse.toml",
        "[[rule]]\nmetric = \"rankme\"\nno_worse_than_baseline = {}\n",
    );
    desk.run(&format!("gate {rows} --policy worse.toml"))
        .code(2)
        .stderr(contains("rankme is neither good nor bad"));
}

/// numpy, and leave-one-out of scikit-learn's NearestCentroid.
#[test]
fn classes_have_the_numbers_of_scikit_learn() {
    let rows = open_embeddings(&fixture("golden/digits_1797x64.npy"), None).expect("digits");
    let labels = fixture("golden/digits_1797x64.labels.npy");
    let labels = PositivesInput::Labels(open_labels(&labels, None).expect("labels"));
    let asked = Settings {
        classes: true,
        ..Settings::default()
    };
    let audit = audit(inputs(rows, None, labels), &asked, &*any_cpu());
    let separation = measure(&audit, "class_separation", Side::A);
    close(
        separation.value,
        0.147_079_561_955_6,
        1e-9,
        "class separation",
    );
    close(
        separation.ideal.expect("an ideal"),
        10.0 / 9.0,
        1e-12,
        "ideal",
    );
    let accuracy = measure(&audit, "class_mean_accuracy", Side::A);
    close(accuracy.value, 1621.0 / 1797.0, 1e-12, "class means");
    for found in [separation, accuracy] {
        let interval = found.interval.expect("an interval");
        assert!(interval.low < found.value && found.value < interval.high);
        assert!(interval.high - interval.low < 0.06, "{interval:?}");
    }
}

#[test]
fn classes_and_modality_say_what_they_lack() {
    let asked = Settings {
        classes: true,
        modality: true,
        ..Settings::default()
    };
    let audit = audit_rows(&normal(1, 60, 8), &asked, &*any_cpu());
    for lacking in ["Give --labels", "Give a second view"] {
        assert!(
            audit.notes.iter().any(|note| note.text.contains(lacking)),
            "{:?}",
            audit.notes
        );
    }
    let desk = Desk::new();
    let rows = fixture("real/minilm_mean_a.npy");
    desk.run(&format!("audit {} --classes", rows.display()))
        .code(2)
        .stderr(contains("--labels"));
}

#[test]
fn a_gap_between_views_is_seen_and_goes_with_centring() {
    let a = normal(11, 300, 12);
    // The same items, all moved to one side: another modality.
    let mut b = noisy(&a, 12, 0.2);
    b.iter_mut().for_each(|row| row[0] += 4.0);
    let asked = Settings {
        modality: true,
        ts: vec![2.0],
        ..Settings::default()
    };
    let of = |b: &Rows| {
        let data = inputs(embeddings(&a), Some(embeddings(b)), PositivesInput::Aligned);
        audit(data, &asked, &*any_cpu())
    };
    let apart = of(&b);
    let value = |audit: &Audit, name: &str, side| measure(audit, name, side).value;
    assert!(value(&apart, "modality_gap", Side::Cross) > 0.5);
    assert!(value(&apart, "modality_separability", Side::Cross) > 0.9);
    let [plain, centred] = ["alignment{alpha=2}", "centred_alignment{alpha=2}"]
        .map(|name| value(&apart, name, Side::Cross));
    assert!(centred < 0.7 * plain, "{centred} of {plain}");
    let [plain, centred] =
        ["uniformity{t=2}", "centred_uniformity{t=2}"].map(|name| value(&apart, name, Side::B));
    assert!(centred < plain - 0.5, "{centred} of {plain}");
    let together = of(&noisy(&a, 12, 0.2));
    let found = measure(&together, "modality_separability", Side::Cross);
    let interval = found.interval.expect("an interval");
    assert!(interval.low < 0.5 && 0.5 < interval.high, "{interval:?}");
    assert!(value(&together, "modality_gap", Side::Cross) < 0.1);
}

#[test]
fn modality_stands_in_one_block() {
    let desk = Desk::new();
    let [a, b] = ["a", "b"].map(|side| fixture(&format!("real/minilm_mean_{side}.npy")));
    let line = format!("audit {} {} --modality", a.display(), b.display());
    desk.run(&line).success().stdout(
        contains("separability")
            .and(contains("centred uniformity"))
            .and(contains("distance of the mean rows")),
    );
    let json = desk.json(&line);
    let trained = json["modality"]["trained"].as_u64();
    assert_eq!(trained, Some(1000), "half of the rows of both views");
}
