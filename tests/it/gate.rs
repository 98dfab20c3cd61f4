//! The gate: (estimate, bound, level) to outcome to exit code, policies that are refused, baselines that do not fit.

use std::collections::BTreeMap;

use spherecheck::gate::{
    Baseline, BaselineFit, Bound, Decision, Level, Outcome, Policy, Tolerance, Undecided, Verdict,
    draft, judge,
};
use spherecheck::metric::MetricId;
use spherecheck::report::{Format, SUMMARY_LIMIT, Style, annotations, junit, render, summary};
use spherecheck::result::{
    Audit, Interval, LeftOut, Measure, Neighbours, Note, Pairing, PositivesCard, Severity, Side,
};

use crate::support::by_hand;

const GROUPS: usize = 20;

/// A measure of `value` ± `se` on side a.
fn measure(metric: MetricId, params: &[(&str, f64)], value: f64, se: Option<f64>) -> Measure {
    Measure {
        params: params.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect(),
        ideal: Some(-4.0),
        collapsed: Some(0.0),
        ..by_hand::measure(metric, Side::A, value, se)
    }
}

fn audit(measures: Vec<Measure>) -> Audit {
    let left_out = measures.iter().filter_map(|m| {
        let se = m.se?;
        // Groups left out that give this very error: alternately above and below.
        let step = se * (GROUPS as f64).sqrt() / (GROUPS as f64 - 1.0);
        let values = (0..GROUPS).map(|g| m.value + if g % 2 == 0 { step } else { -step });
        Some(LeftOut {
            metric: m.metric,
            params: m.params.clone(),
            side: m.side,
            values: values.collect(),
        })
    });
    let pairing = Pairing {
        sizes: vec![50; GROUPS],
        left_out: left_out.collect(),
        ..Pairing::default()
    };
    Audit {
        pairing: Some(pairing),
        ..by_hand::audit("candidate", measures)
    }
}

fn uniformity(value: f64, se: f64) -> Audit {
    audit(vec![measure(
        MetricId::Uniformity,
        &[("t", 2.0)],
        value,
        Some(se),
    )])
}

fn policy(text: &str) -> Policy {
    Policy::parse("policy.toml", text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

fn rule(limit: &str, level: &str, on_undecided: &str) -> Policy {
    policy(&format!(
        "[[rule]]\nmetric = \"uniformity{{t=2}}\"\n{limit}\nlevel = \"{level}\"\non_undecided = \"{on_undecided}\"\n"
    ))
}

fn judged(audit: &Audit, policy: &Policy) -> Verdict {
    judge(audit, policy, None).unwrap_or_else(|error| panic!("{error}"))
}

/// The cells of a line.
fn cells<const N: usize>(line: &str) -> [&str; N] {
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    cells
        .try_into()
        .unwrap_or_else(|_| panic!("{N} cells: {line}"))
}

fn number(text: &str) -> f64 {
    text.parse().expect("a number")
}

/// value ± se | limit | level | on_undecided | outcome, exit code, whether it warns
const LIMITS: &[&str] = &[
    // The whole interval [-3.2, -2.8] keeps the limit, breaks it, or has it inside.
    "-3.0 ± 0.1 | at_most = -2.5 | fail | warn | Met 0",
    "-3.0 ± 0.1 | at_most = -2.8 | fail | fail | Met 0",
    "-3.0 ± 0.1 | at_most = -3.5 | fail | warn | Broken 1",
    "-3.0 ± 0.1 | at_most = -3.5 | warn | warn | Broken 0 warns",
    "-3.0 ± 0.1 | at_most = -3.5 | info | fail | Broken 0",
    "-3.0 ± 0.1 | at_most = -3.0 | fail | pass | Undecided 0",
    "-3.0 ± 0.1 | at_most = -3.0 | fail | warn | Undecided 0 warns",
    "-3.0 ± 0.1 | at_most = -3.0 | fail | fail | Undecided 3",
    "-3.0 ± 0.1 | at_most = -3.0 | warn | fail | Undecided 0 warns",
    "-3.0 ± 0.1 | at_most = -3.0 | info | fail | Undecided 0",
    "-3.0 ± 0.1 | at_least = -3.5 | fail | warn | Met 0",
    "-3.0 ± 0.1 | at_least = -2.5 | fail | warn | Broken 1",
    "-3.0 ± 0.1 | at_least = -3.1 | fail | fail | Undecided 3",
    // No error at all: the interval is the value.
    "-3.0 ± 0.0 | at_most = -3.0 | fail | fail | Met 0",
    "-3.0 ± 0.0 | at_most = -3.0001 | fail | fail | Broken 1",
    // Another confidence than the audit's: 99.9 % is wider than 95 %, 50 % narrower.
    "-3.0 ± 0.1 | at_most = -2.75; confidence = 0.9999 | fail | fail | Undecided 3",
    "-3.0 ± 0.1 | at_most = -2.9; confidence = 0.5 | fail | fail | Met 0",
];

#[test]
fn an_estimate_a_limit_and_a_level_give_one_outcome_and_one_exit_code() {
    for case in LIMITS {
        let [estimate, limit, level, on_undecided, expected] = cells(case);
        let (value, se) = estimate.split_once(" ± ").expect("value ± error");
        let verdict = judged(
            &uniformity(number(value), number(se)),
            &rule(&limit.replace("; ", "\n"), level, on_undecided),
        );
        assert_eq!(verdict.findings.len(), 1, "{case}");
        let (finding, code) = (&verdict.findings[0], verdict.decision.code());
        let warns = if finding.warns() { " warns" } else { "" };
        let found = format!("{:?} {code}{warns}", finding.outcome);
        assert_eq!(found, expected, "{case}: {}", finding.why);
        // What is printed is what the program exits with.
        let word = match code {
            0 => "PASS",
            1 => "FAIL",
            _ => "UNDECIDED",
        };
        let text = summary(&verdict, SUMMARY_LIMIT).expect("it fits");
        assert!(
            text.contains(&format!(" {word} candidate")),
            "{case}: {text}"
        );
    }
}

/// old to new ± error of the difference | tolerance | on_undecided | outcome, exit code
const CHANGES: &[&str] = &[
    "-3.0 to -3.1 ± 0.01 | {} | fail | Met 0",
    "-3.0 to -3.0 ± 0.01 | {} | fail | Met 0",
    // Significant, and no floor.
    "-3.0 to -2.9 ± 0.01 | {} | fail | Broken 1",
    // One error: not significant; without a floor that is no finding at all.
    "-3.0 to -2.99 ± 0.01 | {} | fail | Met 0",
    // Both floors must be passed: 0.1 is beyond abs 0.05 and within rel 5 % of 3.
    "-3.0 to -2.9 ± 0.01 | { abs = 0.05, rel = 0.05 } | fail | Met 0",
    "-3.0 to -2.9 ± 0.01 | { abs = 0.15, rel = 0.01 } | fail | Met 0",
    "-3.0 to -2.9 ± 0.01 | { abs = 0.05, rel = 0.01 } | fail | Broken 1",
    // Beyond a floor without being significant: cannot tell.
    "-3.0 to -2.9 ± 0.1 | { abs = 0.05 } | fail | Undecided 3",
    "-3.0 to -2.9 ± 0.1 | { abs = 0.05 } | warn | Undecided 0",
    "-3.0 to -2.9 ± 0.1 | { abs = 0.05 } | pass | Undecided 0",
    // 2.5 errors: significant at 95 %, not at 99.9 %.
    "-3.0 to -2.9 ± 0.04 | { abs = 0.05, confidence = 0.95 } | fail | Broken 1",
    "-3.0 to -2.9 ± 0.04 | { abs = 0.05, confidence = 0.999 } | fail | Undecided 3",
];

fn held_against(baseline: &Baseline, paired: bool) -> BaselineFit<'_> {
    BaselineFit {
        path: "b.json",
        baseline: Some(baseline),
        paired,
        neighbours: None,
    }
}

/// The candidate whose difference from `base` has the error `se`, whatever the two errors are.
fn candidate(base: &Audit, value: f64, se: f64) -> Audit {
    let mut other = base.clone();
    other.measures[0].value = value;
    let pairing = other.pairing.as_mut().expect("a pairing");
    let step = se * (GROUPS as f64).sqrt() / (GROUPS as f64 - 1.0);
    let old = base.pairing.as_ref().expect("a pairing").left_out[0]
        .values
        .clone();
    for (g, (new, old)) in pairing.left_out[0].values.iter_mut().zip(old).enumerate() {
        // Uneven, so that the mean of the groups is no accident of symmetry.
        let sign = if (g / 2) % 2 == 0 { 1.0 } else { -1.0 };
        *new = old - base.measures[0].value + value + sign * step;
    }
    other
}

#[test]
fn worse_is_beyond_both_floors_and_significant() {
    for case in CHANGES {
        let [change, tolerance, on_undecided, expected] = cells(case);
        let (old, rest) = change.split_once(" to ").expect("old to new");
        let (new, se) = rest.split_once(" ± ").expect("new ± error");
        let (old, new, se) = (number(old), number(new), number(se));
        // Both errors are ten times that of the difference: only a paired test can be this sharp.
        let base = uniformity(old, 10.0 * se);
        let policy = rule(
            &format!("no_worse_than_baseline = {tolerance}"),
            "fail",
            on_undecided,
        );
        let other = candidate(&base, new, se);
        let baseline = Baseline::of(&base);
        let paired = baseline.fits("b.json", &other).expect("they fit");
        assert!(paired, "{case}");
        let against = held_against(&baseline, paired);
        let verdict = judge(&other, &policy, Some(against)).expect("a verdict");
        let finding = &verdict.findings[0];
        let found = format!("{:?} {}", finding.outcome, verdict.decision.code());
        assert_eq!(found, expected, "{case}: {} {finding:?}", finding.why);
    }
}

#[test]
fn a_higher_is_better_metric_is_worse_when_it_falls() {
    let of = |value| {
        let params = [("M", 16.0), ("tau", 0.5)];
        let bound = MetricId::MutualInformationBound;
        let mut drawn = measure(bound, &params, value, Some(0.01));
        drawn.interval = None;
        audit(vec![drawn])
    };
    let policy = policy("[[rule]]\nmetric = \"mutual_information_bound\"\nat_least = 2.0\n");
    for (value, outcome) in [
        (2.5, Outcome::Met),
        (2.01, Outcome::Undecided),
        (1.5, Outcome::Broken),
    ] {
        let verdict = judged(&of(value), &policy);
        let finding = &verdict.findings[0];
        assert_eq!(finding.outcome, outcome, "{value}");
        assert!(finding.why.contains("Monte Carlo"), "{}", finding.why);
    }
}

/// A change of a measure that leaves nothing to judge.
type Spoil = fn(&mut Measure, f64);

#[test]
fn a_number_that_is_not_finite_is_never_judged() {
    let spoils: [(&str, Spoil); 4] = [
        ("the value", |m, v| m.value = v),
        ("the error", |m, v| m.se = Some(v)),
        ("an end of the interval", |m, v| {
            m.interval.as_mut().expect("an interval").low = v;
        }),
        ("an end of the interval", |m, v| {
            m.interval.as_mut().expect("an interval").high = v;
        }),
    ];
    let good = uniformity(-3.0, 0.1);
    let bounds = [
        "at_most = 0",
        "at_least = -9",
        "no_worse_than_baseline = {}",
    ];
    for (what, spoil) in spoils {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let mut bad = good.clone();
            spoil(&mut bad.measures[0], value);
            for bound in bounds {
                for level in ["fail", "warn", "info"] {
                    let policy = rule(bound, level, "pass");
                    let case = |old: &Audit, new: &Audit| {
                        let baseline = Baseline::of(old);
                        let against = held_against(&baseline, true);
                        let error = judge(new, &policy, Some(against)).expect_err(what);
                        error.to_string()
                    };
                    let error = case(&good, &bad);
                    let said = format!("of which {what}");
                    assert!(
                        error.contains(&said) && error.contains("in the candidate"),
                        "{bound} {value}: {error}"
                    );
                    if bound.starts_with("no_worse") {
                        let error = case(&bad, &good);
                        assert!(error.contains("in the baseline"), "{error}");
                    }
                }
            }
        }
    }
}

#[test]
fn without_an_error_there_is_no_verdict() {
    // One pair: a value, and nothing to judge it by. Far on the good side it may not pass for sure, either.
    let mut alone = uniformity(-3.0, 0.1);
    alone.measures[0].se = None;
    alone.measures[0].interval = None;
    for (bound, on_undecided, code) in [
        ("at_most = 0", "fail", 3),
        ("at_most = -9", "fail", 3),
        ("at_most = 0", "warn", 0),
    ] {
        let verdict = judged(&alone, &rule(bound, "fail", on_undecided));
        assert_eq!(verdict.findings[0].outcome, Outcome::Undecided, "{bound}");
        assert_eq!(verdict.decision.code(), code, "{bound}");
    }
    // Paired, and nothing left out that would give the difference an error: such a rule could never fail.
    let base = uniformity(-3.0, 0.1);
    let mut other = candidate(&base, -1.0, 0.01);
    other.pairing.as_mut().expect("a pairing").left_out.clear();
    let baseline = Baseline::of(&base);
    let against = held_against(&baseline, true);
    let rule = rule("no_worse_than_baseline = {}", "fail", "warn");
    let error = judge(&other, &rule, Some(against)).expect_err("no error");
    assert!(error.to_string().contains("could never fail"), "{error}");
}

#[test]
fn what_a_policy_cannot_see_is_said() {
    let notes = |rules: &str| {
        let all = audit(vec![
            measure(MetricId::Uniformity, &[("t", 2.0)], -3.0, Some(0.1)),
            measure(MetricId::Alignment, &[("alpha", 2.0)], 0.2, Some(0.01)),
            measure(
                MetricId::ContrastiveLimit,
                &[("tau", 0.5)],
                -1.0,
                Some(0.01),
            ),
            measure(MetricId::DuplicateRows, &[], 0.0, None),
        ]);
        let verdict = judged(&all, &policy(rules));
        let said = |word: &str| verdict.notes.iter().any(|note| note.text.contains(word));
        (said("random vectors"), said("one point"))
    };
    let uniformity = "[[rule]]\nmetric = \"uniformity\"\nat_most = 0\n";
    let alignment = "[[rule]]\nmetric = \"alignment\"\nat_most = 1\n";
    let limit = "[[rule]]\nmetric = \"contrastive_limit\"\nat_most = 0\n";
    let copies = "[[rule]]\nmetric = \"duplicate_rows\"\nat_most = 5\n";
    assert_eq!(notes(uniformity), (true, false));
    assert_eq!(notes(alignment), (false, true));
    assert_eq!(notes(copies), (true, false));
    assert_eq!(notes(limit), (false, false));
    assert_eq!(notes(&format!("{uniformity}{alignment}")), (false, false));
    // A rule that only warns stops nothing, and a limit on the good side sees nothing bad.
    assert_eq!(
        notes(&format!("{uniformity}{alignment}level = \"warn\"\n")),
        (true, false)
    );
    let from_below = alignment.replace("at_most = 1", "at_least = 0");
    assert_eq!(notes(&format!("{uniformity}{from_below}")), (true, false));
}

#[test]
fn a_ratchet_needs_rules_that_no_worthless_model_is_best_by() {
    let slips = |metric: &[&str]| {
        let rule = |metric: &&str| {
            format!("[[rule]]\nmetric = \"{metric}\"\nno_worse_than_baseline = {{}}\n")
        };
        policy(&metric.iter().map(rule).collect::<String>()).slips()
    };
    assert!(
        slips(&["uniformity"])
            .expect("noise is best")
            .contains("random vectors")
    );
    assert!(
        slips(&["alignment"])
            .expect("one point is best")
            .contains("one point")
    );
    assert_eq!(slips(&["contrastive_limit"]), None);
    assert_eq!(slips(&["alignment", "uniformity"]), None);
    // Limits are no rules against a baseline.
    let limit = "[[rule]]\nmetric = \"contrastive_limit\"\nat_most = 0\n";
    assert!(policy(limit).slips().is_some());
}

#[test]
fn a_broken_rule_outweighs_an_undecided_one() {
    let text = "on_undecided = \"fail\"\n[[rule]]\nmetric = \"uniformity\"\nat_most = -3.0\n\
                [[rule]]\nmetric = \"uniformity\"\nat_most = -3.5\n";
    let verdict = judged(&uniformity(-3.0, 0.1), &policy(text));
    assert_eq!(verdict.decision, Decision::Violated);
    let outcomes: Vec<Outcome> = verdict.findings.iter().map(|f| f.outcome).collect();
    assert_eq!(outcomes, [Outcome::Undecided, Outcome::Broken]);
}

#[test]
fn many_comparisons_are_corrected() {
    // Each is 2 errors worse: one-sided p = 0.03, significant alone and not among twenty.
    let many = |value: f64| {
        let of = |t| {
            measure(
                MetricId::Uniformity,
                &[("t", f64::from(t))],
                value,
                Some(0.01),
            )
        };
        audit((1..=20).map(of).collect())
    };
    let (base, mut other) = (many(-3.0), many(-3.0));
    for m in &mut other.measures {
        m.value += 0.02;
    }
    for left in &mut other.pairing.as_mut().expect("a pairing").left_out {
        let step = 0.01 * (GROUPS as f64).sqrt() / (GROUPS as f64 - 1.0);
        let values = left.values.iter_mut().enumerate();
        values.for_each(|(g, v)| *v += 0.02 + if g % 4 < 2 { step } else { -step });
    }
    let baseline = Baseline::of(&base);
    let against = held_against(&baseline, true);
    let rules = |count: usize| {
        let rule = |t| {
            format!("[[rule]]\nmetric = \"uniformity{{t={t}}}\"\nno_worse_than_baseline = {{}}\n")
        };
        policy(&(1..=count).map(rule).collect::<String>())
    };
    let decision = |count| {
        judge(&other, &rules(count), Some(against))
            .expect("a verdict")
            .decision
    };
    assert_eq!(decision(1), Decision::Violated);
    assert_eq!(decision(20), Decision::Pass);
}

#[test]
fn a_ratchet_takes_only_what_is_better() {
    let text = "[[rule]]\nmetric = \"uniformity\"\nno_worse_than_baseline = { abs = 0.5 }\n";
    let base = uniformity(-3.0, 0.1);
    let baseline = Baseline::of(&base);
    for (value, better) in [(-3.2, true), (-3.001, false), (-3.0, false), (-2.8, false)] {
        let other = candidate(&base, value, 0.01);
        let against = held_against(&baseline, true);
        let verdict = judge(&other, &policy(text), Some(against)).expect("a verdict");
        assert_eq!(verdict.decision, Decision::Pass, "{value}");
        assert_eq!(verdict.better_than_baseline(), better, "{value}");
    }
}

/// policy, a line to each semicolon | line | said
const REFUSED: &str = r#"
[[rule]]; metric = "uniformty"; at_most = 1 | 2 | did you mean uniformity?
[[rule]]; metric = "uniformity"; at_mots = 1 | 3 | unknown field `at_mots`
[[rules]]; metric = "uniformity" | 1 | unknown field `rules`
; ; [[rule]]; metric = "uniformity"; at_most = 1; level = "error" | 6 | unknown variant `error`
[[rule]]; metric = "uniformity"; at_most = 1; on_undecided = "skip" | 4 | unknown variant `skip`
[[rule]]; metric = "uniformity"; side = "c"; at_most = 1 | 3 | unknown variant `c`
[[rule]]; metric = "uniformity" | 1 | this rule has no limit
[[rule]]; at_most = 1 | 1 | expected one of metric and finding in a rule
[[rule]]; metric = "uniformity"; at_most = "low" | 3 | invalid type
[[rule]]; metric = "uniformity"; at_most = nan | 3 | expected a finite number
[[rule]]; metric = "uniformity{tau=2}"; at_most = 1 | 2 | has no parameter "tau"; it takes t
[[rule]]; metric = "uniformity{t=2"; at_most = 1 | 2 | closing brace
[[rule]]; metric = "uniformity{t}"; at_most = 1 | 2 | such as {t=2}
[[rule]]; metric = "mean_cosine"; params = { t = 2 }; at_most = 1 | 3 | takes no parameter
[[rule]]; metric = "uniformity"; at_most = 1; at_least = 2 | 4 | nothing can meet both
confidence = 95; [[rule]]; metric = "uniformity"; at_most = 1 | 1 | between 0 and 1
[[rule]]; metric = "uniformity"; no_worse_than_baseline = { abs = -1 } | 3 | expected 0 or more
[[rule]]; metric = "uniformity"; no_worse_than_baseline = { tol = 1 } | 3 | unknown field `tol`
[[rule]]; metric = "uniformity"; no_worse_than_baseline = { confidence = 0.4 } | 3 | more than 0.5
[[rule]]; metric = "norm_mean"; no_worse_than_baseline = {} | 3 | neither good nor bad
[[rule]]; metric = "contrastive_loss{tau=0.5,M=16}"; no_worse_than_baseline = {} | 3 | Monte Carlo only and says nothing about other data; use contrastive_limit here
[[rule]]; metric = "mutual_information_bound"; no_worse_than_baseline = { abs = 1 } | 3 | use contrastive_limit here
[[rule]]; metric = "uniformity_z"; ; no_worse_than_baseline = {} | 4 | a test statistic, without an error of its own; use uniformity here
[[rule]]; metric = "ssnl_uniformity"; no_worse_than_baseline = {} | 3 | no paired error of it, so that no difference would ever be significant; use uniformity here
[[rule]]; metric = "simcse_uniformity"; no_worse_than_baseline = {} | 3 | use uniformity here
[[rule]]; metric = "batch_uniformity"; no_worse_than_baseline = {} | 3 | use uniformity here
[[rule]]; metric = "batch_contrastive_loss"; no_worse_than_baseline = {} | 3 | use contrastive_limit here
[[rule]]; metric = "jensen_gap"; no_worse_than_baseline = {} | 3 | neither good nor bad
[[rule]]; metric = "knn_overlap"; no_worse_than_baseline = {} | 3 | at_least alone (0.05 unless stated)
[[rule]]; metric = "knn_overlap"; at_most = 0.9 | 3 | takes no at_most
[[rule]]; metric = "knn_overlap"; at_least = 1 | 3 | a share of neighbours below 1
[[rule]]; metric = "knn_overlap"; slice = "de" | 3 | takes no slice
[[rule]]; metric = "uniformity"; slice = ""; at_most = 1 | 3 | slice is empty
[[rule]; metric = 1 | 1 | policies are TOML
rule:; - metric: uniformity | 1 | policies are TOML, not YAML or JSON
{"rule": [{"metric": "uniformity"}]} | 1 | policies are TOML, not YAML or JSON
[[rule]]; metric = "uniformity"; at_most = 1; at_most = 2 | 4 | duplicate key
"#;

#[test]
fn what_no_policy_says_is_refused_with_its_line() {
    for case in REFUSED.trim().lines() {
        let [policy, line, said] = cells(case);
        let lines: Vec<&str> = policy.split(';').map(str::trim).collect();
        let text = lines.join("\n") + "\n";
        let error = Policy::parse("p.toml", &text).expect_err(case).to_string();
        assert!(
            error.starts_with(&format!("p.toml, line {line}: ")),
            "{text}\n{error}"
        );
        assert!(error.contains(said), "{text}\n{error}");
    }
    let empty = Policy::parse("p.toml", "# nothing\n")
        .expect_err("no rules")
        .to_string();
    assert!(empty.contains("at least one [[rule]]"), "{empty}");
}

#[test]
fn a_rule_about_what_is_not_there_says_what_is() {
    let audit = uniformity(-3.0, 0.1);
    for (rule, said) in [
        (
            "metric = \"alignment\"",
            "line 1 is about alignment, which the audit does not have",
        ),
        (
            "metric = \"uniformity{t=3}\"",
            "of uniformity it has: uniformity{t=2}",
        ),
        ("metric = \"uniformity\"\nside = \"b\"", "sides a"),
        ("metric = \"uniformity\"\nslice = \"de\"", "slice \"de\""),
    ] {
        let policy = policy(&format!("[[rule]]\n{rule}\nat_most = 1\n"));
        let error = judge(&audit, &policy, None).expect_err(rule).to_string();
        assert!(error.contains(said), "{error}");
    }
    let mut two = audit.clone();
    two.measures.push(measure(
        MetricId::Uniformity,
        &[("t", 4.0)],
        -5.0,
        Some(0.1),
    ));
    let error = judge(
        &two,
        &policy("[[rule]]\nmetric = \"uniformity\"\nat_most = 1\n"),
        None,
    );
    let error = error.expect_err("two of them").to_string();
    assert!(
        error.contains("name its parameters (uniformity{t=2}, uniformity{t=4})"),
        "{error}"
    );
    let missing = policy("[[rule]]\nmetric = \"uniformity\"\nno_worse_than_baseline = {}\n");
    let error = judge(&audit, &missing, None)
        .expect_err("no baseline")
        .to_string();
    assert!(error.contains("--baseline"), "{error}");
}

#[test]
fn a_baseline_of_something_else_is_refused_with_what_differs() {
    let base = uniformity(-3.0, 0.1);
    let baseline = Baseline::of(&base);
    let changed = |change: &dyn Fn(&mut Audit)| {
        let mut other = base.clone();
        change(&mut other);
        baseline
            .fits("b.json", &other)
            .expect_err("they differ")
            .to_string()
    };
    for (said, error) in [
        (
            "the dimension d differs: the baseline has 384, this audit 32",
            changed(&|a| a.subject.a.dim = 32),
        ),
        (
            "the number of rows n differs",
            changed(&|a| a.subject.a.rows = 999),
        ),
        (
            "normalisation is",
            changed(&|a| a.definitions.normalization = "none".to_owned()),
        ),
        (
            "one both with --ids",
            changed(&|a| a.pairing.as_mut().unwrap().ids = Some("x".to_owned())),
        ),
        ("seeds 7 and 0", changed(&|a| a.provenance.seed = 7)),
    ] {
        let said = said.trim_start_matches("one both ");
        assert!(
            error.starts_with("b.json: ") && error.contains(said),
            "{said}: {error}"
        );
    }
    let mut old = baseline.clone();
    old.definition = 0;
    let error = old
        .fits("b.json", &base)
        .expect_err("another definition")
        .to_string();
    assert!(error.contains("version of the definitions"), "{error}");
    let mut other_ids = (baseline.clone(), base.clone());
    other_ids.0.audit.pairing.as_mut().unwrap().ids = Some("one".to_owned());
    other_ids.1.pairing.as_mut().unwrap().ids = Some("two".to_owned());
    let error = other_ids
        .0
        .fits("b.json", &other_ids.1)
        .expect_err("other ids")
        .to_string();
    assert!(error.contains("different row ids"), "{error}");
}

#[test]
fn a_baseline_reads_back_and_garbage_does_not() {
    let baseline = Baseline::of(&uniformity(-3.0, 0.1));
    let bytes = baseline.to_json().expect("JSON");
    assert_eq!(
        Baseline::read("b.json", &bytes).expect("it reads back"),
        baseline
    );
    let text = String::from_utf8(bytes).expect("UTF-8");
    for (from, to, said) in [
        ("\"value\": -3.0", "\"value\": NaN", "not a baseline"),
        ("\"value\": -3.0", "\"value\": 1e999", "not a baseline"),
        ("\"value\": -3.0", "\"value\": null", "not a baseline"),
        ("\"se\": 0.1", "\"se\": -0.1", "the error is below 0"),
        ("\"low\": -3.2", "\"low\": 3.2", "the interval is none"),
        (
            "spherecheck.baseline/1",
            "spherecheck.baseline/9",
            "expected \"spherecheck.baseline/1\"",
        ),
        ("\"schema\"", "\"scheme\"", "not a baseline"),
    ] {
        assert!(text.contains(from), "{from}");
        let error = Baseline::read("b.json", text.replacen(from, to, 1).as_bytes());
        let error = error.expect_err(to).to_string();
        assert!(error.contains(said), "{to}: {error}");
    }
    assert!(Baseline::read("b.json", b"").is_err());
    assert!(Baseline::read("b.json", &text.as_bytes()[..text.len() / 2]).is_err());
}

/// An audit with positives of a few rows, whose contrastive limit has an interval off its value.
fn good(positives: bool, se: f64) -> Audit {
    let mut limit = measure(MetricId::ContrastiveLimit, &[("tau", 0.07)], -8.0, Some(se));
    // The value less its bias, and the ends further off for it.
    let interval = limit.interval.as_mut().expect("an interval");
    (interval.low, interval.high) = (-8.0 - se, -8.0 + 5.0 * se);
    limit.corrected = Some(-8.0 + 2.0 * se);
    (limit.ideal, limit.collapsed) = (Some(-14.0), Some(0.0));
    let mut mean_cosine = measure(MetricId::MeanCosine, &[], 0.3, Some(se / 10.0));
    (mean_cosine.ideal, mean_cosine.collapsed) = (Some(0.0), Some(1.0));
    let mut copies = measure(MetricId::DuplicateRows, &[], 4.0, None);
    (copies.ideal, copies.collapsed) = (Some(0.0), Some(999.0));
    let mut all = vec![
        measure(MetricId::Uniformity, &[("t", 2.0)], -2.688, Some(se)),
        mean_cosine,
        copies,
    ];
    if positives {
        let alignment = measure(
            MetricId::Alignment,
            &[("alpha", 2.0)],
            0.13178,
            Some(se / 30.0),
        );
        all.extend([alignment, limit]);
    }
    let mut audit = audit(all);
    audit.subject.positives = positives.then(|| PositivesCard {
        source: "pairs.npy".to_owned(),
        pairs: 500,
        dropped: 0,
    });
    audit
}

#[test]
fn a_policy_from_an_audit_is_kept_by_it() {
    for (positives, rules) in [(true, 7), (false, 7)] {
        for (se, margin) in [(0.013, 0.45), (0.2, 0.45), (0.013, 0.001), (1e-9, 0.999)] {
            let audit = good(positives, se);
            let draft = draft(&audit, margin);
            let text = draft.text;
            let policy = policy(&text);
            assert_eq!(policy.rules.len(), rules, "{text}");
            assert!(policy.rules.iter().all(|rule| rule.level == Level::Fail));
            assert!(
                policy
                    .rules
                    .iter()
                    .all(|rule| rule.on_undecided == Undecided::Warn)
            );
            assert!(policy.needs_neighbours(), "{text}");
            assert_eq!(draft.warnings.len(), usize::from(!positives), "{text}");
            let near = Neighbours {
                ids: None,
                items: 1000,
                k: 2,
                of: vec![0, 7],
                nearest: vec![vec![1, 2], vec![3, 4]],
            };
            let baseline = Baseline {
                neighbours: Some(near.clone()),
                ..Baseline::of(&audit)
            };
            let against = BaselineFit {
                neighbours: Some(&near),
                ..held_against(&baseline, true)
            };
            let verdict = judge(&audit, &policy, Some(against)).expect("a verdict");
            assert_eq!(verdict.decision, Decision::Pass, "{text}");
            assert!(
                verdict.findings.iter().all(|f| f.outcome == Outcome::Met),
                "{text}"
            );
            assert!(verdict.notes.is_empty(), "{:?}", verdict.notes);
        }
    }
}

/// What a policy says first, of a model with this recall and interval.
fn limits_of_recall(value: f64, (low, high): (f64, f64)) -> Vec<(MetricId, Bound)> {
    let mut audit = good(true, 0.01);
    let mut recall = measure(MetricId::Recall, &[("k", 10.0)], value, Some(0.01));
    recall.collapsed = Some(0.01);
    recall.interval = Some(Interval {
        low,
        high,
        level: 0.95,
    });
    audit.measures.push(recall);
    let policy = policy(&draft(&audit, 0.45).text);
    let rules = policy.rules.iter();
    rules.map(|rule| (rule.metric, rule.bound)).collect()
}

#[test]
fn limits_of_a_search_are_odds_and_those_of_spread_stand_back() {
    let abs = |abs| Bound::NoWorseThanBaseline(Tolerance { abs, rel: 0.0 });
    for (value, interval, least, loss) in [
        // Odds of 37.5, of 23.3 at the bad end: 23.3^2 / 37.5 are 0.935; half of 37.5 are 0.949.
        (0.974, (0.9588, 0.9837), 0.935, 0.025),
        (0.974, (0.9735, 0.9745), 0.949, 0.025),
        // All found: as if 0.99365 were, half way from the bad end.
        (1.0, (0.9873, 1.0), 0.974, 0.013),
        // No farther than 45 % of the way to chance, 0.01.
        (0.5, (0.1, 0.9), 0.059, 0.17),
    ] {
        let expected = [
            (MetricId::Recall, Bound::AtLeast(least)),
            (MetricId::Recall, abs(loss)),
            (MetricId::Alignment, Bound::AtMost(0.98)),
            // Nine tenths of the way from -2.668, -7.95 and 0.302, rounded up.
            (MetricId::Uniformity, Bound::AtMost(-0.2)),
            (MetricId::ContrastiveLimit, Bound::AtMost(-0.7)),
            (MetricId::MeanCosine, Bound::AtMost(0.94)),
            (MetricId::DuplicateRows, Bound::AtMost(14.0)),
            (MetricId::KnnOverlap, Bound::AtLeast(0.05)),
        ];
        assert_eq!(limits_of_recall(value, interval), expected, "{value}");
    }
    // By chance it says nothing, and the others stand where they do without.
    let by_chance = limits_of_recall(0.01, (0.005, 0.02));
    assert!(by_chance.contains(&(MetricId::ContrastiveLimit, abs(1.2))));
}

#[test]
fn limits_stand_the_margin_off_and_say_from_what() {
    let limits = |margin| {
        let policy = policy(&draft(&good(true, 0.01), margin).text);
        let limit = |rule: &spherecheck::gate::Rule| match rule.bound {
            Bound::AtMost(limit) | Bound::AtLeast(limit) => limit,
            Bound::NoWorseThanBaseline(floors) => floors.abs,
            Bound::Absent(id) => panic!("{id:?}"),
        };
        let labelled = policy.rules.iter().map(|rule| (rule.metric, limit(rule)));
        labelled.collect::<Vec<_>>()
    };
    let expected = [
        // 0.1324 + 0.45 (2 - 0.1324), rounded up to a hundredth.
        (MetricId::Alignment, 0.98),
        // -2.668 (1 - 0.45), and -7.95 (1 - 0.45), rounded up.
        (MetricId::Uniformity, -1.4),
        (MetricId::ContrastiveLimit, -4.3),
        // A third of 0.45 of the way from -7.95 to 0.
        (MetricId::ContrastiveLimit, 1.2),
        // 0.302 + 0.45 (1 - 0.302), and one row in a hundred more.
        (MetricId::MeanCosine, 0.62),
        (MetricId::DuplicateRows, 14.0),
        (MetricId::KnnOverlap, 0.05),
    ];
    assert_eq!(limits(0.45), expected);
    let narrow = limits(0.045);
    assert!(narrow[2].1 < -7.5 && narrow[3].1 < 0.13, "{narrow:?}");
    let text = draft(&good(false, 0.01), 0.45).text;
    for said in [
        "eight real",
        "84 %",
        "at_least = -3.7",
        "at_least = 0.070",
        "--margin",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    // A model that is no better than a worthless one has no limit that would say otherwise.
    let mut collapsed = good(true, 0.01);
    for m in &mut collapsed.measures {
        if m.metric == MetricId::ContrastiveLimit {
            m.interval.as_mut().expect("an interval").high = 0.01;
        }
    }
    let poor = draft(&collapsed, 0.45);
    assert!(poor.warnings[0].contains("no better here than for a worthless model"));
    // Nor has noise a limit that tells noise.
    let mut noise = good(false, 0.01);
    let uniform = &mut noise.measures[0];
    uniform.value = -3.9;
    uniform.interval = Some(Interval {
        low: -3.92,
        high: -3.88,
        level: 0.95,
    });
    let poor = draft(&noise, 0.45);
    assert_eq!(poor.warnings.len(), 2);
    assert!(poor.warnings[1].contains("as near to that of random vectors"));
    assert!(poor.text.contains(&poor.warnings[1]));
}

#[test]
fn the_audits_warnings_stand_in_every_form_of_the_verdict() {
    let mut audit = uniformity(-3.0, 0.1);
    for (severity, text) in [
        (Severity::Warning, "Rows <repeat> | \u{1b}[31m: 50 %"),
        (Severity::Info, "nothing to see"),
    ] {
        audit.notes.push(Note::new(severity, text.to_owned()));
    }
    let limit = "[[rule]]\nmetric = \"uniformity\"\nat_most = 0\n";
    let verdict = judged(&audit, &policy(limit));
    // The second is that the policy is blind to noise.
    assert_eq!(verdict.notes.len(), 2);
    let form = |format| {
        let bytes = render(&verdict, format, Style::default()).expect("a report");
        String::from_utf8(bytes).expect("UTF-8")
    };
    let table = form(Format::Table);
    assert!(
        table.contains("  warning  Rows <repeat> | \\u{1b}[31m: 50 %\n"),
        "{table}"
    );
    let markdown = form(Format::Md);
    assert!(
        markdown.contains("- **warning:** Rows \\<repeat\\> \\|"),
        "{markdown}"
    );
    assert!(
        summary(&verdict, SUMMARY_LIMIT)
            .expect("it fits")
            .contains("**warning:**")
    );
    let json = form(Format::Json);
    let read: Verdict = serde_json::from_str(&json).expect("it reads back");
    assert_eq!(read, verdict);
    let xml = String::from_utf8(junit(&verdict).expect("XML")).expect("UTF-8");
    assert!(
        xml.contains("warning: Rows &lt;repeat&gt;") && !xml.contains('\u{1b}'),
        "{xml}"
    );
    let said = annotations(&verdict);
    assert!(
        said[0].starts_with("::warning file=policy.toml,title=candidate::Rows <repeat>")
            && said[0].ends_with("50 %25"),
        "{said:?}"
    );
    for text in [table, markdown, json, xml] {
        assert!(!text.contains("nothing to see"), "{text}");
    }
}

/// A verdict with `count` broken rules about a slice of an awkward name.
fn long(count: usize) -> Verdict {
    let mut verdict = judged(
        &uniformity(-3.0, 0.1),
        &rule("at_most = -3.5", "fail", "warn"),
    );
    let mut finding = verdict.findings[0].clone();
    finding.slice = Some("a|b`c*d_<e>&\u{1b}[31m".to_owned());
    verdict.findings = vec![finding; count];
    verdict.subject = "<script>|`x`".to_owned();
    verdict
}

#[test]
fn a_summary_keeps_within_its_room_and_names_cannot_break_it() {
    let verdict = long(10_000);
    for room in [SUMMARY_LIMIT, 65_536, 4000, 300] {
        let text = summary(&verdict, room).expect("the heading fits");
        assert!(text.len() <= room, "{} in {room}", text.len());
        assert!(text.contains("more rules have no room"), "{room}");
        assert!(text.contains("FAIL"));
        assert!(
            !text.contains("<script>") && !text.contains('\u{1b}'),
            "{text:.300}"
        );
        // Cells are parted by bars that no backslash takes away: six in each row.
        for line in text.lines().filter(|line| line.starts_with("| **FAIL**")) {
            let bars = line.replace("\\|", "").matches('|').count();
            assert_eq!(bars, 7, "{line}");
        }
    }
    assert_eq!(summary(&verdict, 50), None);
}

#[test]
fn junit_has_one_case_for_each_rule_and_fails_only_what_fails() {
    let text = "on_undecided = \"fail\"\n\
                [[rule]]\nmetric = \"uniformity\"\nat_most = -2.5\n\
                [[rule]]\nmetric = \"uniformity\"\nat_most = -3.5\n\
                [[rule]]\nmetric = \"uniformity\"\nat_most = -3.6\nlevel = \"warn\"\n\
                [[rule]]\nmetric = \"uniformity\"\nat_most = -3.0\n\
                [[rule]]\nmetric = \"uniformity\"\nno_worse_than_baseline = {}\n";
    let against = BaselineFit {
        path: "b.json",
        baseline: None,
        paired: false,
        neighbours: None,
    };
    let verdict = judge(&uniformity(-3.0, 0.1), &policy(text), Some(against)).expect("a verdict");
    let xml = String::from_utf8(junit(&verdict).expect("XML")).expect("UTF-8");
    assert_eq!(xml.matches("<testcase ").count(), 5, "{xml}");
    assert_eq!(xml.matches("<failure ").count(), 2, "{xml}");
    assert_eq!(xml.matches("<skipped").count(), 1, "{xml}");
    assert!(
        xml.contains("tests=\"5\"") && xml.contains("failures=\"2\""),
        "{xml}"
    );
    let said = annotations(&verdict);
    let starts: Vec<&str> = said
        .iter()
        .map(|line| &line[..line.find(' ').unwrap()])
        .collect();
    assert_eq!(starts, ["::error", "::warning", "::error", "::warning"]);
    assert!(said[3].contains("random vectors"), "{}", said[3]);
    assert!(
        said[0].starts_with("::error file=policy.toml,line=5,title=FAIL uniformity{t=2} a::"),
        "{}",
        said[0]
    );
    let odd = String::from_utf8(junit(&long(1)).expect("XML")).expect("UTF-8");
    assert!(
        odd.contains("&lt;script&gt;") && !odd.contains('\u{1b}'),
        "{odd}"
    );
}

#[test]
fn the_same_three_give_the_same_verdict() {
    let (audit, policy) = (
        uniformity(-3.0, 0.1),
        rule("at_most = -3.0", "fail", "fail"),
    );
    assert_eq!(judged(&audit, &policy), judged(&audit, &policy));
    let _: BTreeMap<String, f64> = audit.measures[0].params.clone();
}
