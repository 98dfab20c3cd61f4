//! Findings of audits made by hand: each where it must be, and not beside it.

use std::collections::BTreeSet;

use spherecheck::gate::{Decision, Policy, judge};
use spherecheck::metric::MetricId;
use spherecheck::result::{
    Audit, CosineHistogram, EstimateCard, FINDINGS, FindingId, Look, Measure, Offence,
    OffenderList, Offenders, PositivesCard, Side, View, Weight, explain_finding, findings,
    judgement, look,
};

use crate::support::by_hand;

const PAGE: &str = include_str!("../../docs/findings.md");

fn number(metric: MetricId, side: Side, value: f64, se: f64) -> Measure {
    by_hand::measure(metric, side, value, Some(se))
}

fn with(mut measure: Measure, name: &str, value: f64) -> Measure {
    measure.params.insert(name.to_owned(), value);
    measure
}

/// Two aligned views of 1,000 rows in 384 dimensions with nothing wrong: unit rows, positives apart.
fn sound() -> Audit {
    let mut measures = vec![
        with(
            number(
                MetricId::ContrastiveAlignmentTerm,
                Side::Cross,
                -0.84 / 0.5,
                0.002,
            ),
            "tau",
            0.5,
        ),
        number(MetricId::MeanCosine, Side::Cross, 0.23, 0.002),
        number(MetricId::MeanCosine, Side::Mean, 0.23, 0.002),
    ];
    for side in [Side::A, Side::B] {
        let uniformity = with(number(MetricId::Uniformity, side, -2.9, 0.01), "t", 2.0);
        measures.push(Measure {
            ideal: Some(-3.979),
            ..uniformity
        });
        let z = by_hand::measure(MetricId::UniformityZ, side, 7000.0, None);
        measures.push(with(z, "t", 2.0));
        let hubs = number(MetricId::HubnessSkewness, side, 2.0, 0.2);
        measures.push(Measure {
            ideal: Some(0.35),
            ..with(hubs, "k", 10.0)
        });
        measures.push(number(MetricId::NormCv, side, 0.1, 0.001));
        measures.push(by_hand::measure(MetricId::DuplicateRows, side, 0.0, None));
        let pairs = by_hand::measure(MetricId::DuplicatePairs, side, 0.0, None);
        measures.push(Measure {
            n: 499_500,
            ..pairs
        });
    }
    measures.push(number(MetricId::SpaceCosine, Side::Cross, 0.98, 0.001));
    measures.push(Measure {
        ideal: Some(360.0),
        ..number(MetricId::EffectiveRank, Side::A, 250.0, 4.0)
    });
    measures.push(by_hand::measure(MetricId::DriftP, Side::A, 0.4, None));
    let mut audit = by_hand::audit("model", measures);
    let unit = View {
        norm_min: 1.0,
        norm_max: 1.0,
        ..by_hand::view("model.npy")
    };
    audit.subject.a = unit.clone();
    audit.subject.b = Some(unit);
    audit.subject.positives = Some(PositivesCard {
        source: "row i of a with row i of b".to_owned(),
        pairs: 1000,
        dropped: 0,
    });
    let list = |kind| OffenderList {
        kind,
        side: Side::A,
        found: Some(0),
        rows: Vec::new(),
    };
    audit.offenders = Some(Offenders {
        lists: vec![list(Offence::FalseNegative), list(Offence::ConstantColumn)],
        left_out: Vec::new(),
    });
    audit
}

/// Changes the value of a metric, its interval along with it.
fn set(audit: &mut Audit, metric: MetricId, value: f64) {
    for measure in audit.measures.iter_mut().filter(|m| m.metric == metric) {
        let moved = value - measure.value;
        measure.value = value;
        if let Some(interval) = &mut measure.interval {
            interval.low += moved;
            interval.high += moved;
        }
    }
}

fn found(audit: &Audit, kind: Offence, count: u64) -> Audit {
    let mut audit = audit.clone();
    let lists = &mut audit.offenders.as_mut().expect("lists").lists;
    let list = lists.iter_mut().find(|list| list.kind == kind);
    list.expect("a list").found = Some(count);
    audit
}

/// Cosines of all pairs of 1,000 rows around 0.2; across the views so many of the partners stand at 0.9.
fn partners(audit: &mut Audit, share: f64) {
    let counts = |pairs: f64, near: f64| {
        let mut counts = vec![0; 1000];
        counts[600] = pairs as u64;
        counts[800] = (1000.0 * 0.02) as u64;
        counts[950] = near as u64;
        counts
    };
    let of = |side, pairs, near| CosineHistogram {
        side,
        counts: counts(pairs, near),
        uniform: vec![1e-3; 1000],
    };
    audit.distributions.cosines = vec![
        of(Side::A, 499_500.0, 0.0),
        of(Side::B, 499_500.0, 0.0),
        of(Side::Cross, 999_000.0, 1000.0 * share),
    ];
}

/// `make` with every finding, and the findings that stand on it by the same numbers.
fn changed(make: impl FnOnce(&mut Audit)) -> Audit {
    let mut audit = sound();
    make(&mut audit);
    audit
}

fn names(audit: &Audit) -> Vec<&'static str> {
    findings(audit)
        .iter()
        .map(|found| found.name.name())
        .collect()
}

#[test]
fn a_sound_audit_has_nothing_but_what_is_good() {
    assert_eq!(names(&sound()), ["positives_apart"]);
    let judged = judgement(&sound());
    assert_eq!(judged.worst, Weight::Good);
    assert!(
        judged.told.is_empty() && judged.unseen.is_empty(),
        "{judged:?}"
    );
    assert!(
        judged.line.starts_with("No problem was found"),
        "{}",
        judged.line
    );
    assert_eq!(judged.clear.len(), FINDINGS.len() - 1);
}

/// Each finding just beyond its threshold, with the weight it has there, and just before.
#[test]
fn every_finding_is_found_where_it_is_and_not_beside_it() {
    use FindingId::*;
    type Make = Box<dyn Fn(&mut Audit)>;
    let metric = |metric, value| -> Make { Box::new(move |a| set(a, metric, value)) };
    let blamed = |kind, count| -> Make { Box::new(move |a| *a = found(a, kind, count)) };
    // cos of positives as their term at tau = 0.5
    let cosine = |cos: f64| metric(MetricId::ContrastiveAlignmentTerm, -cos / 0.5);
    let rows = |rows| -> Make { Box::new(move |a| a.subject.a.rows = rows) };
    let monte = |error| -> Make {
        Box::new(move |a| {
            a.provenance.estimate = Some(EstimateCard {
                asked: "budget 1 s".to_owned(),
                pairs_seen: 10,
                pairs_all: 100,
                rounds: 1,
                full_rows: 0,
                squares: false,
                seed: 0,
            });
            a.measures
                .iter_mut()
                .filter(|m| m.metric == MetricId::Uniformity)
                .for_each(|m| m.monte_carlo = Some(error));
        })
    };
    let biased = |bias: f64| -> Make {
        Box::new(move |a| {
            let term = number(MetricId::ContrastiveUniformTerm, Side::A, 3.0, 0.03);
            a.measures.push(Measure {
                corrected: Some(3.0 + bias),
                ..with(term, "tau", 0.07)
            });
        })
    };
    let repeats = |rows: f64, pairs: f64| -> Make {
        Box::new(move |a| {
            set(a, MetricId::DuplicateRows, rows);
            set(a, MetricId::DuplicatePairs, pairs);
        })
    };
    let spaces = |cosine| -> Make {
        Box::new(move |a| {
            set(a, MetricId::SpaceCosine, cosine);
            set(a, MetricId::ContrastiveAlignmentTerm, -0.23 / 0.5);
        })
    };
    let bytes =
        |dtype: &'static str| -> Make { Box::new(move |a| a.subject.a.dtype = dtype.to_owned()) };
    let norms = |norm| -> Make { Box::new(move |a| a.subject.a.norm_max = norm) };
    let noise = |z, cos: f64| -> Make {
        Box::new(move |a| {
            set(a, MetricId::UniformityZ, z);
            set(a, MetricId::ContrastiveAlignmentTerm, -cos / 0.5);
        })
    };
    let shuffled = |share| -> Make {
        Box::new(move |a| {
            set(a, MetricId::ContrastiveAlignmentTerm, -0.23 / 0.5);
            partners(a, share);
        })
    };
    // what | yes, with its weight | no
    let cases: Vec<(FindingId, Make, Weight, Make)> = vec![
        (
            Collapse,
            metric(MetricId::Uniformity, -0.07),
            Weight::Warning,
            metric(MetricId::Uniformity, -0.09),
        ),
        (
            PositivesAtChance,
            cosine(0.232),
            Weight::Warning,
            cosine(0.24),
        ),
        (
            IdenticalPositives,
            cosine(1.0),
            Weight::Warning,
            cosine(0.99),
        ),
        (ShuffledOrder, shuffled(0.2), Weight::Warning, shuffled(0.1)),
        (
            NoiseLike,
            noise(2.9, 0.23),
            Weight::Warning,
            noise(2.9, 0.84),
        ),
        (
            NarrowCone,
            metric(MetricId::MeanCosine, 0.505),
            Weight::Warning,
            metric(MetricId::MeanCosine, 0.503),
        ),
        (
            Hubs,
            metric(MetricId::HubnessSkewness, 2.95),
            Weight::Warning,
            metric(MetricId::HubnessSkewness, 2.85),
        ),
        (
            Duplicates,
            repeats(12.0, 1234.0),
            Weight::Warning,
            repeats(0.0, 0.0),
        ),
        (
            Duplicates,
            repeats(1.0, 1.0),
            Weight::Fact,
            repeats(0.0, 0.0),
        ),
        (
            FalseNegatives,
            blamed(Offence::FalseNegative, 1001),
            Weight::Warning,
            blamed(Offence::FalseNegative, 0),
        ),
        (
            FalseNegatives,
            blamed(Offence::FalseNegative, 1000),
            Weight::Fact,
            blamed(Offence::FalseNegative, 0),
        ),
        (
            EstimateTooCoarse,
            monte(0.0072),
            Weight::Warning,
            monte(0.0070),
        ),
        (FewRows, rows(99), Weight::Warning, rows(100)),
        (LowTauFewRows, biased(-0.04), Weight::Warning, biased(-0.02)),
        (
            ClsOrPrefix,
            metric(MetricId::MeanCosine, 0.6),
            Weight::Fact,
            metric(MetricId::MeanCosine, 0.4),
        ),
        (
            DeadColumns,
            blamed(Offence::ConstantColumn, 3),
            Weight::Fact,
            blamed(Offence::ConstantColumn, 0),
        ),
        (
            DimensionalCollapse,
            metric(MetricId::EffectiveRank, 35.0),
            Weight::Warning,
            metric(MetricId::EffectiveRank, 37.0),
        ),
        (
            NotSameSpace,
            metric(MetricId::SpaceCosine, 0.69),
            Weight::Fact,
            metric(MetricId::SpaceCosine, 0.71),
        ),
        (NotSameSpace, spaces(0.69), Weight::Warning, spaces(0.71)),
        (
            Drift,
            metric(MetricId::DriftP, 0.01),
            Weight::Warning,
            metric(MetricId::DriftP, 0.015),
        ),
        (BareCodes, bytes("i8"), Weight::Fact, bytes("f16")),
        (NotNormalised, norms(1.5), Weight::Fact, norms(1.0)),
        (PositivesApart, cosine(0.84), Weight::Good, cosine(0.23)),
    ];
    let mut seen = BTreeSet::new();
    for (id, yes, weight, no) in &cases {
        let (yes, no) = (changed(yes), changed(no));
        match look(&yes, *id) {
            Look::Found(found, numbers) => {
                assert_eq!(found, *weight, "{id:?}");
                assert!(
                    !numbers.is_empty() && numbers.iter().all(|n| n.value.is_finite()),
                    "{id:?}"
                );
            }
            other => panic!("{id:?}: {other:?}"),
        }
        assert_eq!(look(&no, *id), Look::Clear, "{id:?}");
        seen.insert(*id);
    }
    assert_eq!(seen.len(), FINDINGS.len());
}

#[test]
fn what_the_audit_does_not_hold_is_not_taken_for_well() {
    let mut bare = sound();
    bare.measures.retain(|m| !m.metric.of_search());
    bare.measures
        .retain(|m| m.metric != MetricId::ContrastiveAlignmentTerm);
    bare.offenders = None;
    bare.subject.positives = None;
    for id in [
        FindingId::Hubs,
        FindingId::PositivesAtChance,
        FindingId::ShuffledOrder,
        FindingId::FalseNegatives,
        FindingId::DeadColumns,
    ] {
        assert!(matches!(look(&bare, id), Look::Unseen(_)), "{id:?}");
    }
    let judged = judgement(&bare);
    let unseen = judged.unseen.join("; ");
    for text in ["positives (none were given)", "--search", "--offenders"] {
        assert!(unseen.contains(text), "{text}: {unseen}");
    }
    // A gate does not pass what it could not look for.
    let policy = "[[rule]]\nfinding = \"hubs\"\n";
    let policy = Policy::parse("p.toml", policy).expect("a policy");
    assert!(policy.needs(MetricId::of_search));
    let error = judge(&bare, &policy, None).expect_err("not looked for");
    assert!(error.to_string().contains("hubs (--search)"), "{error}");
}

#[test]
fn the_worst_three_are_told_and_none_twice() {
    let audit = changed(|a| {
        set(a, MetricId::Uniformity, -0.01);
        set(a, MetricId::MeanCosine, 0.99);
        set(a, MetricId::HubnessSkewness, 4.0);
        a.subject.a.rows = 50;
        a.subject.a.norm_max = 2.0;
    });
    let all = names(&audit);
    assert!(
        all.contains(&"narrow_cone") && all.contains(&"hubs"),
        "{all:?}"
    );
    let judged = judgement(&audit);
    let told: Vec<&str> = judged.told.iter().map(|found| found.name.name()).collect();
    // A cone and hubs go without saying where all is one point.
    assert_eq!(told, ["collapse", "positives_at_chance", "few_rows"]);
    assert_eq!(judged.others, ["not_normalised"]);
    assert_eq!(
        judged.line,
        "3 warnings: the rows are nearly one point; positives are no closer than unrelated rows; there are too few rows \
         for the intervals."
    );
}

#[test]
fn a_rule_can_name_a_finding() {
    let policy = |text: &str| Policy::parse("p.toml", text);
    let cone = policy(
        "[[rule]]\nfinding = \"narrow_cone\"\n\n[[rule]]\nfinding = \"few-rows\"\nlevel = \"warn\"\n",
    );
    let cone = cone.expect("a policy");
    let verdict = judge(&sound(), &cone, None).expect("a verdict");
    assert_eq!(verdict.decision, Decision::Pass);
    let bad = changed(|a| set(a, MetricId::MeanCosine, 0.7));
    let verdict = judge(&bad, &cone, None).expect("a verdict");
    assert_eq!(verdict.decision, Decision::Violated);
    let rule = &verdict.findings[0];
    assert_eq!(
        (rule.label().as_str(), rule.value),
        ("narrow_cone", Some(0.7))
    );
    let json = serde_json::to_value(&verdict).expect("JSON");
    assert_eq!(
        json["findings"][0]["rule"]["bound"]["absent"],
        "narrow_cone"
    );
    let few = changed(|a| a.subject.a.rows = 10);
    let verdict = judge(&few, &cone, None).expect("a verdict");
    assert_eq!(verdict.decision, Decision::Pass);
    assert!(verdict.findings[1].warns());
    for (text, said) in [
        (
            "[[rule]]\nfinding = \"conus\"\n",
            "there is no finding \"conus\"",
        ),
        (
            "[[rule]]\nfinding = \"hubs\"\nat_most = 3\n",
            "takes finding and level alone",
        ),
        ("[[rule]]\nfinding = \"positives_apart\"\n", "is a good one"),
        (
            "[[rule]]\nat_most = 3\n",
            "expected one of metric and finding",
        ),
        (
            "[[rule]]\nmetric = \"auc\"\nfinding = \"hubs\"\n",
            "expected one of metric and finding",
        ),
    ] {
        let error = policy(text).expect_err(text).to_string();
        assert!(error.contains(said), "{text}: {error}");
    }
}

#[test]
fn names_are_one_everywhere_and_every_finding_has_a_page() {
    for spec in FINDINGS {
        assert_eq!(serde_json::to_value(spec.id).expect("JSON"), spec.id.name());
        assert_eq!(FindingId::parse(spec.id.name()), Some(spec.id));
        assert_eq!(
            FindingId::parse(&spec.id.name().replace('_', "-")),
            Some(spec.id)
        );
        assert!(
            PAGE.contains(&format!("`{}`", spec.id.name())),
            "{} is not in docs/findings.md",
            spec.id.name()
        );
        let page = explain_finding(spec.id);
        for text in ["Found", "Cause", "Try", "Threshold", "Gate"] {
            assert!(page.contains(&format!("\n{text}")), "{text}\n{page}");
        }
        assert!(page.lines().all(|line| line.len() <= 96), "{page}");
        for text in [
            spec.says,
            spec.meaning,
            spec.cause,
            spec.remedy,
            spec.rule,
            spec.basis,
        ] {
            assert!(
                text.is_ascii() && !text.contains("  ") && !text.is_empty(),
                "{text:?}"
            );
        }
    }
}

#[test]
fn findings_go_through_json() {
    let audit = changed(|a| set(a, MetricId::MeanCosine, 0.7));
    let json = spherecheck::report::Report::json(&audit).expect("JSON");
    let value: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    assert_eq!(value["findings"][0]["name"], "narrow_cone");
    assert_eq!(value["findings"][0]["severity"], "warning");
    assert_eq!(value["findings"][0]["numbers"][0]["what"], "mean_cosine");
    assert!(value["findings"][0]["try"].is_string());
    let back: Audit = serde_json::from_slice(&json).expect("an audit");
    assert_eq!(back, audit);
}
