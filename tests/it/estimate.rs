//! Estimates from a part of the pairs: what they estimate, how sure they are, and that they are a function of the seed
//! and the amount of work.

use crate::support::laws::{Judged, LAWS};
use crate::support::{
    self, Rows, any_cpu, audit, cone, cpu, embeddings, found, inputs, kernels, listed, noisy,
    random_pairs, truths,
};
use spherecheck::audit::{
    AuditError, Compat, Effort, PositivesInput, Settings, SettingsError, prepare,
};
use spherecheck::backend::{Backend, BackendError, Done};
use spherecheck::data::{Labels, Names};
use spherecheck::kernel::{Choice, Exponents};
use spherecheck::metric::MetricId;
use spherecheck::num::Merge;
use spherecheck::pass::{
    Job, Layout, Met, NoWatch, RingJob, RingState, State, Watch, ring, ring_blocks,
};
use spherecheck::result::{Audit, EstimateCard, Measure, Side, Support};

fn amount(rounds: usize, full_rows: usize, squares: bool) -> Effort {
    Effort::Amount {
        rounds,
        full_rows,
        squares,
    }
}

fn settings(effort: Effort) -> Settings {
    Settings {
        ts: vec![0.5, 2.0, 5.0],
        taus: vec![0.07, 0.2, 0.5],
        effort,
        ..Settings::default()
    }
}

fn card(audit: &Audit) -> &EstimateCard {
    let card = audit.provenance.estimate.as_ref();
    card.expect("an estimate")
}

/// Estimated measures beside the exact ones, as distances in Monte Carlo errors.
fn distances(exact: &Audit, estimated: &Audit) -> Vec<(String, f64)> {
    let mut out = Vec::new();
    for m in &estimated.measures {
        assert_eq!(
            m.support == Support::Estimated,
            m.monte_carlo.is_some(),
            "{}",
            m.label()
        );
        let same = |x: &&Measure| (x.metric, &x.params, x.side) == (m.metric, &m.params, m.side);
        let exact = exact.measures.iter().find(same).expect("the exact one");
        let label = format!("{} {}", m.label(), m.side.name());
        match m.monte_carlo {
            Some(error) => {
                assert!(error > 0.0 && error.is_finite(), "{label}: {error}");
                out.push((label, (m.value - exact.value) / error));
            }
            // What costs O(n) is not estimated.
            None => support::close(m.value, exact.value, 1e-12, &label),
        }
    }
    out
}

#[test]
fn estimates_lie_within_their_errors_of_the_exact_pass() {
    let backend = any_cpu();
    for law in LAWS {
        let [a, b] = law.views(2500, 3).map(|view| {
            let rows: Rows = view.rows().into_iter().map(|row| row.to_vec()).collect();
            rows
        });
        // Rows of their own: near pairs that are no positives would be a tail that no part of the pairs tells.
        let [other, _] = law.views(1600, 4);
        let other: Rows = other.rows().into_iter().map(|row| row.to_vec()).collect();
        let pairs = random_pairs(5, 2000, a.len(), Some(1600));
        let kinds: [(&str, &dyn Fn() -> spherecheck::audit::Inputs); 3] = [
            ("one", &|| {
                inputs(embeddings(&a), None, PositivesInput::None)
            }),
            ("aligned", &|| {
                inputs(
                    embeddings(&a),
                    Some(embeddings(&b)),
                    PositivesInput::Aligned,
                )
            }),
            ("listed", &|| {
                let b = embeddings(&other);
                inputs(embeddings(&a), Some(b), listed(&pairs))
            }),
        ];
        for (kind, data) in kinds {
            let exact = audit(data(), &settings(Effort::Exact), &*backend);
            for effort in [amount(4, 0, false), amount(9, 200, true)] {
                let estimated = audit(data(), &settings(effort), &*backend);
                let distances = distances(&exact, &estimated);
                assert!(distances.len() > 8, "{distances:?}");
                for (label, distance) in distances {
                    assert!(
                        distance.abs() < 4.5,
                        "{} {kind} {effort:?}: {label} is {distance:.1} errors away",
                        law.name()
                    );
                }
            }
        }
    }
}

#[test]
fn monte_carlo_errors_are_those_seen_over_many_seeds() {
    let backend = any_cpu();
    for law in LAWS {
        let [a, _] = law.views(2000, 11);
        let rows: Rows = a.rows().into_iter().map(|row| row.to_vec()).collect();
        let run = |effort, seed| {
            let settings = Settings {
                seed,
                taus: vec![0.5],
                effort,
                ..Settings::default()
            };
            audit(
                inputs(embeddings(&rows), None, PositivesInput::None),
                &settings,
                &*backend,
            )
        };
        let exact = run(Effort::Exact, 0);
        let estimates: Vec<Audit> = (0..60).map(|seed| run(amount(3, 0, true), seed)).collect();
        for (metric, param) in [
            (MetricId::Uniformity, 2.0),
            (MetricId::ContrastiveUniformTerm, 0.5),
        ] {
            let truth = found(&exact, metric, Some(param), Side::A).value;
            let (mut squares, mut sum, mut claimed) = (0.0, 0.0, 0.0);
            for estimated in &estimates {
                let m = found(estimated, metric, Some(param), Side::A);
                sum += (m.value - truth) / 60.0;
                squares += (m.value - truth).powi(2) / 60.0;
                claimed += m.monte_carlo.unwrap().powi(2) / 60.0;
            }
            let ratio = (squares / claimed).sqrt();
            let label = format!("{} {metric:?}", law.name());
            assert!(
                (0.25..1.3).contains(&ratio),
                "{label}: spread is {ratio:.2} of the error"
            );
            let bias = sum / (squares / 60.0).sqrt();
            assert!(
                bias.abs() < 4.0,
                "{label}: the mean is {bias:.1} errors off"
            );
        }
    }
}

#[test]
fn rounds_see_each_pair_of_different_blocks_once() {
    let rows = cone(1, 500, 6);
    let unit = spherecheck::data::UnitRows::normalise(embeddings(&rows)).unwrap();
    let exponents = Exponents::plan(&[1.0]);
    for kernel in kernels() {
        let kernel = spherecheck::kernel::select(Some(kernel)).unwrap();
        let layout = Layout::ring(500, ring_blocks(500), 7);
        let job = RingJob {
            a: (&unit, &layout),
            b: None,
            excluded: &[],
            exponents: &exponents,
            grouped: &[true],
        };
        let most = layout.rounds();
        let rounds = |from, to| {
            let mut state = RingState::empty(&job);
            ring(job, (from, to), kernel, &NoWatch, &mut state).unwrap();
            state
        };
        let mut parts = rounds(1, 2);
        parts.merge(rounds(3, most));
        let whole = rounds(1, most);
        let mut grown = rounds(1, 2);
        ring(job, (3, most), kernel, &NoWatch, &mut grown).unwrap();
        assert_eq!(grown.gram.pairs, whole.gram.pairs);
        support::close(grown.moments[1], whole.moments[1], 1e-2, "squares");
        // 11 blocks of 45 or 46 rows.
        let within: usize = (0..11)
            .map(|k| (k + 1) * 500 / 11 - k * 500 / 11)
            .map(|n| n * (n - 1) / 2)
            .sum();
        assert_eq!(whole.gram.pairs, (500 * 499 / 2 - within) as u64);
        assert_eq!(parts.gram.pairs, whole.gram.pairs);
        let met = Met::new(&layout, &layout, most, std::iter::empty());
        let counts = met.counts(|_| true);
        assert_eq!(counts.iter().sum::<f64>(), 2.0 * whole.gram.pairs as f64);
        // Mean potentials of rows lie between e^-1 and e^1, and parts add up to the whole.
        let (one, other) = (parts.gram.rows.totals(0), whole.gram.rows.totals(0));
        for ((one, other), count) in one.iter().zip(&other).zip(&counts) {
            support::close(*one, *other, 1e-4, "sum of a row");
            assert!((0.36..2.72).contains(&(one / count)));
        }
        support::close(parts.moments[1], whole.moments[1], 1e-2, "squares");
        assert!(whole.moments[1] > 0.0 && whole.moments[1] <= whole.gram.pairs as f64);
    }
}

#[test]
fn the_same_seed_and_amount_give_the_same_bits_on_any_number_of_threads() {
    let a = cone(4, 3100, 24);
    let b = noisy(&a, 5, 0.3);
    let run = |threads, effort| {
        let data = inputs(
            embeddings(&a),
            Some(embeddings(&b)),
            PositivesInput::Aligned,
        );
        let settings = Settings {
            effort,
            taus: vec![0.5],
            ..Settings::default()
        };
        let audit = audit(data, &settings, &*cpu(threads, kernels()[0]));
        let bits: Vec<_> = audit
            .measures
            .iter()
            .map(|m| {
                (
                    m.value.to_bits(),
                    m.se.map(f64::to_bits),
                    m.monte_carlo.map(f64::to_bits),
                )
            })
            .collect();
        (bits, audit.provenance.estimate)
    };
    for effort in [amount(5, 40, true), Effort::MaxError(2e-3)] {
        let one = run(1, effort);
        assert!(one.1.is_some(), "{effort:?} was exact");
        for threads in [2, 7] {
            assert!(run(threads, effort) == one, "{effort:?}, {threads} threads");
        }
    }
}

#[test]
fn an_error_that_is_asked_for_is_reached_or_all_pairs_are_seen() {
    let backend = any_cpu();
    let rows = cone(9, 6000, 16);
    let run = |most| {
        let settings = Settings {
            effort: Effort::MaxError(most),
            taus: vec![0.5],
            ..Settings::default()
        };
        audit(
            inputs(embeddings(&rows), None, PositivesInput::None),
            &settings,
            &*backend,
        )
    };
    let mut seen = 0;
    for most in [1e-2, 2e-4] {
        let audit = run(most);
        for m in &audit.measures {
            if matches!(
                m.metric,
                MetricId::Uniformity | MetricId::ContrastiveUniformTerm
            ) {
                assert!(
                    m.monte_carlo.unwrap() <= most,
                    "{}: {:?}",
                    m.label(),
                    m.monte_carlo
                );
            }
        }
        assert!(card(&audit).pairs_seen >= seen);
        seen = card(&audit).pairs_seen;
    }
    let audit = run(1e-9);
    assert!(audit.provenance.estimate.is_none());
    assert!(
        audit
            .notes
            .iter()
            .any(|note| note.text.contains("these numbers are exact"))
    );
    assert!(audit.measures.iter().all(|m| m.support == Support::Exact));
}

#[test]
fn a_budget_that_allows_all_pairs_sees_them_and_says_so() {
    let rows = cone(9, 300, 16);
    let settings = Settings {
        effort: Effort::Seconds(600.0),
        ..Settings::default()
    };
    let audit = audit(
        inputs(embeddings(&rows), None, PositivesInput::None),
        &settings,
        &*any_cpu(),
    );
    assert!(audit.provenance.estimate.is_none());
    let said = "The budget of 600 s allows all pairs";
    assert!(
        audit.notes.iter().any(|note| note.text.starts_with(said)),
        "{:?}",
        audit.notes
    );
    assert_eq!(
        found(&audit, MetricId::DuplicateRows, None, Side::A).value,
        0.0
    );
}

#[test]
fn what_was_not_computed_is_absent_and_named() {
    let rows = cone(2, 3000, 8);
    let labels = Labels {
        name: "labels".to_owned(),
        classes: (0..3000).map(|i| i / 3).collect(),
        values: Default::default(),
    };
    let settings = Settings {
        negatives: vec![16],
        compat: vec![Compat::Ssnl],
        histograms: true,
        effort: amount(3, 0, false),
        ..Settings::default()
    };
    let data = inputs(embeddings(&rows), None, PositivesInput::Labels(labels));
    let audit = audit(data, &settings, &*any_cpu());
    assert!(audit.curves.is_empty() && audit.distributions.cosines.is_empty());
    assert!(
        audit.distributions.distances.is_some(),
        "distances of pairs cost O(n)"
    );
    for absent in [
        MetricId::DuplicateRows,
        MetricId::DuplicatePairs,
        MetricId::ContrastiveLoss,
    ] {
        assert!(
            audit.measures.iter().all(|m| m.metric != absent),
            "{absent:?}"
        );
    }
    let said = audit
        .notes
        .iter()
        .find(|note| note.text.contains("leaves out"));
    let said = &said.expect("a note").text;
    for word in [
        "duplicates",
        "finite numbers of negatives",
        "--compat",
        "histogram",
        "paired comparison",
    ] {
        assert!(said.contains(word), "{said}");
    }
    assert_eq!(
        found(&audit, MetricId::Alignment, Some(2.0), Side::A).support,
        Support::Exact
    );
    assert_eq!(
        found(&audit, MetricId::MeanCosine, None, Side::A).support,
        Support::Exact
    );
    assert_eq!(card(&audit).seed, 0);
}

#[test]
fn estimates_do_not_know_items_and_say_so() {
    let rows = cone(3, 2400, 8);
    let settings = Settings {
        taus: vec![0.5],
        effort: amount(8, 0, true),
        ..Settings::default()
    };
    let mut named = inputs(embeddings(&rows), None, PositivesInput::None);
    named.groups = Some(Labels {
        name: "documents".to_owned(),
        classes: (0..2400).map(|i| i / 4).collect(),
        values: Default::default(),
    });
    let refused = prepare(named, &settings, &*any_cpu(), &NoWatch);
    let message = refused.err().expect("refused").to_string();
    assert!(message.contains("--groups none"), "{message}");
    let pairs: Vec<(usize, usize)> = (0..600).map(|k| (4 * k, 4 * k + 1)).collect();
    let listed = inputs(embeddings(&rows), None, support::listed(&pairs));
    let estimated = audit(listed, &settings, &*any_cpu());
    let said = |note: &spherecheck::result::Note| note.text.contains("cannot leave items out");
    assert!(estimated.notes.iter().any(said), "{:?}", estimated.notes);
}

#[test]
fn intervals_of_estimates_hold_the_truth() {
    const SAMPLES: u64 = 100;
    let backend = any_cpu();
    for (law, truth) in LAWS.iter().zip(truths()) {
        let mut held = [0; Judged::ALL.len()];
        for seed in 0..SAMPLES {
            let audit = law.audit_with(600, seed, amount(2, 0, seed % 2 == 0), &*backend);
            for (k, judged) in Judged::ALL.iter().enumerate() {
                let interval = judged.interval(&audit).expect("an interval");
                held[k] += u64::from((interval.low..=interval.high).contains(&truth[k].value));
            }
        }
        for (held, label) in held.iter().zip(Judged::labels()) {
            // Three binomial standard errors below 95 of 100, and a little for the error of the truth.
            assert!(
                *held >= 87,
                "{}: {label} is held by {held} of {SAMPLES}",
                law.name()
            );
        }
    }
}

/// A device that walks all pairs, were it asked to.
struct Card(Box<dyn Backend>);

impl Backend for Card {
    fn name(&self) -> &str {
        "card:0"
    }

    fn kernel(&self) -> &str {
        "cores"
    }

    fn threads(&self) -> usize {
        self.0.threads()
    }

    fn walk(&self, job: &Job<'_>, watch: &dyn Watch) -> Result<Done<State>, BackendError> {
        match job {
            Job::Gram(_) => panic!("an estimate is made on the processor"),
            other => self.0.walk(other, watch),
        }
    }

    fn processor(&self) -> Choice {
        self.0.processor()
    }

    fn host(&self, work: &mut (dyn FnMut() + Send)) {
        self.0.host(work);
    }
}

#[test]
fn an_estimate_beside_a_device_is_made_on_the_processor_with_its_kernel_and_says_so() {
    let rows = cone(5, 1500, 8);
    for kernel in kernels() {
        let run = |backend: &dyn Backend| {
            let data = inputs(embeddings(&rows), None, PositivesInput::None);
            audit(data, &settings(amount(2, 40, true)), backend)
        };
        let (alone, beside) = (run(&*cpu(2, kernel)), run(&Card(cpu(2, kernel))));
        assert_eq!(beside.measures, alone.measures);
        let said = |audit: &Audit| {
            (
                audit.provenance.backend.clone(),
                audit.provenance.kernel.clone(),
            )
        };
        assert_eq!(said(&beside), ("cpu".to_owned(), kernel.to_owned()));
        assert_eq!(said(&alone), said(&beside));
        let idle = |audit: &Audit| {
            let mut notes = audit.notes.iter();
            notes.any(|note| note.text.contains("card:0 was not used"))
        };
        assert!(idle(&beside) && !idle(&alone));
    }
}

/// Why an audit with this budget is refused.
fn refusal(data: spherecheck::audit::Inputs, budget: f64) -> String {
    let settings = Settings {
        effort: Effort::Seconds(budget),
        ..Settings::default()
    };
    let backend = any_cpu();
    let data = prepare(data, &settings, &*backend, &NoWatch).unwrap();
    match data.run(&*backend, &NoWatch) {
        Err(AuditError::Budget(refused)) => refused.to_string(),
        Err(other) => panic!("{other}"),
        Ok(audit) => panic!("{:?}", audit.provenance),
    }
}

#[test]
fn a_budget_below_the_least_is_refused_with_what_that_takes() {
    let (a, b) = (cone(9, 6000, 8), cone(10, 6000, 8));
    let other = cone(11, 2500, 8);
    let pairs = random_pairs(5, 2000, a.len(), Some(1600));
    for data in [
        inputs(embeddings(&a), None, PositivesInput::None),
        inputs(
            embeddings(&a),
            Some(embeddings(&b)),
            PositivesInput::Aligned,
        ),
        inputs(embeddings(&a), Some(embeddings(&other)), listed(&pairs)),
    ] {
        let said = refusal(data, 1e-6);
        assert!(said.starts_with("budget: "), "{said}");
        for part in [
            "take",
            "row means and listed pairs",
            "found 0.001",
            "; give --budget ",
        ] {
            assert!(said.contains(part), "{part:?} is not in {said}");
        }
    }
}

#[test]
fn positives_of_labels_count_against_a_budget() {
    // 1.8e9 pairs of one label: more than two processors do in half a second, whatever they are.
    let rows = cone(3, 60_000, 2);
    let labels = Labels {
        name: "labels".to_owned(),
        classes: vec![0; 60_000],
        values: Default::default(),
    };
    let data = inputs(embeddings(&rows), None, PositivesInput::Labels(labels));
    let said = refusal(data, 0.5);
    for part in ["1799970000 positive pairs of labels", "with --pairs"] {
        assert!(said.contains(part), "{part:?} is not in {said}");
    }
}

#[test]
fn slices_do_not_share_a_budget() {
    let rows = cone(9, 300, 8);
    let names = Names {
        name: "slices".to_owned(),
        values: (0..300).map(|row| (row % 2).to_string()).collect(),
    };
    let settings = Settings {
        effort: Effort::Seconds(60.0),
        ..Settings::default()
    };
    let backend = any_cpu();
    let data = inputs(embeddings(&rows), None, PositivesInput::None);
    let data = prepare(data, &settings, &*backend, &NoWatch).unwrap();
    let refused = data.run_with_slices(None, (&names, 2), &*backend, &NoWatch);
    assert!(matches!(
        refused,
        Err(AuditError::Settings(SettingsError::BudgetOfSlices))
    ));
}

#[test]
fn numbers_of_budgets_are_written_short() {
    let rows = cone(9, 300, 16);
    let settings = Settings {
        effort: Effort::Seconds(1e300),
        ..Settings::default()
    };
    let data = inputs(embeddings(&rows), None, PositivesInput::None);
    let audit = audit(data, &settings, &*any_cpu());
    let said = "The budget of 1e300 s allows all pairs";
    assert!(audit.notes.iter().any(|note| note.text.starts_with(said)));
}
