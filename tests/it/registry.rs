//! The table of metrics: complete, consistent with the enum and JSON, and fit to print.

mod sides;

use std::collections::BTreeSet;

use proptest::prelude::*;
use spherecheck::metric::{
    Blind, Direction, Domain, Family, Kind, METRICS, MetricId, MetricSpec, Proposed, Side, explain,
    markdown_table,
};

#[test]
fn every_metric_has_a_full_row_and_one_name() {
    let names: BTreeSet<&str> = METRICS.iter().map(|spec| spec.id.name()).collect();
    assert_eq!(names.len(), METRICS.len());
    for spec in METRICS {
        assert_eq!(spec.id.spec().id, spec.id);
        assert_eq!(MetricId::parse(spec.id.name()), Ok(spec.id));
        assert_eq!(spec.id.name().parse(), Ok(spec.id));
        // The name in JSON is the same one.
        assert_eq!(serde_json::to_value(spec.id).unwrap(), spec.id.name());
        let texts = [
            spec.summary,
            spec.formula,
            spec.range,
            spec.ideal,
            spec.collapsed,
            spec.reading,
            spec.error,
            spec.reference,
        ];
        for text in texts {
            assert!(
                !text.trim().is_empty(),
                "{} has an empty text",
                spec.id.name()
            );
            assert!(
                text.is_ascii() && !text.contains("  "),
                "{}: {text:?}",
                spec.id.name()
            );
        }
        assert!(spec.param.is_none_or(|param| !param.is_empty()));
    }
    // What is said of one metric alone: a row that is made of another must not take it along.
    let own: [fn(&MetricSpec) -> &str; 2] = [|spec| spec.summary, |spec| spec.reading];
    for of in own {
        let texts: BTreeSet<&str> = METRICS.iter().map(of).collect();
        assert_eq!(texts.len(), METRICS.len());
    }
}

#[test]
fn directions_are_as_documented() {
    let neutral: Vec<&str> = METRICS
        .iter()
        .filter(|spec| spec.better == Direction::Neutral)
        .map(|spec| spec.id.name())
        .collect();
    assert_eq!(
        neutral,
        [
            "jensen_gap",
            "group_cosine",
            "norm_mean",
            "norm_cv",
            "norm_ratio",
            "worst_norm_ratio",
            "threshold",
            "space_cosine",
            "modality_gap",
            "modality_gap_ratio",
            "rankme",
            "effective_rank",
            "participation_ratio",
            "stable_rank",
            "w2_uniformity",
            "principal_components",
            "top_column_variance",
            "constant_columns",
            "stable_pretraining_rankme",
            "reptrix_rankme",
            "ssrlib_rankme",
            "modality_separability",
            "centred_alignment",
            "centred_uniformity"
        ]
    );
    let higher = METRICS
        .iter()
        .filter(|spec| spec.better == Direction::Higher);
    let higher: Vec<&str> = higher.map(|spec| spec.id.name()).collect();
    assert_eq!(
        higher,
        [
            "mutual_information_bound",
            "knn_overlap",
            "drift_p",
            "parity_cosine",
            "parity_quantile",
            "parity_min_cosine",
            "topk_overlap",
            "asymmetric_overlap",
            "sts_spearman",
            "recall",
            "hit_rate",
            "mrr",
            "ndcg",
            "r_precision",
            "auc",
            "d_prime",
            "tar",
            "class_separation",
            "class_mean_accuracy"
        ]
    );
}

#[test]
fn what_cannot_be_compared_names_what_can() {
    for spec in METRICS {
        if let Some((why, instead)) = spec.kind.incomparable() {
            assert!(!why.is_empty());
            assert_eq!(instead.spec().kind, Kind::Sampled, "{}", spec.id.name());
            assert_ne!(
                instead.spec().better,
                Direction::Neutral,
                "{}",
                spec.id.name()
            );
        }
        if let Kind::Shift(of) = spec.kind {
            assert_eq!(of.spec().kind, Kind::Sampled, "{}", spec.id.name());
            assert_eq!(of.spec().blind, spec.blind, "{}", spec.id.name());
            assert_eq!(of.spec().param, spec.param, "{}", spec.id.name());
        }
        // What is best at one point says so in its own words; what is neither good nor bad sees nothing.
        let same = spec.collapsed.contains("the same as the ideal");
        let expected = match spec.better {
            Direction::Neutral => Blind::ToBoth,
            _ if same => Blind::ToCollapse,
            _ => spec.blind,
        };
        assert_eq!(spec.blind, expected, "{}", spec.id.name());
        assert_eq!(
            same && spec.better != Direction::Neutral,
            spec.blind == Blind::ToCollapse
        );
    }
}

#[test]
fn what_search_asks_for_is_known_as_such() {
    let of_search: Vec<&MetricId> = (METRICS.iter().map(|spec| &spec.id))
        .filter(|id| id.of_search())
        .collect();
    assert_eq!(of_search.len(), 18);
    assert_eq!(of_search[0], &MetricId::Recall);
    for spec in METRICS {
        let whole = spec.range.starts_with("[0, 1");
        let asked = [
            spec.id.of_search(),
            matches!(
                spec.id.family(),
                Family::Drift | Family::Classes | Family::Modality
            ),
            spec.kind.of_reference(),
        ];
        let stands = asked.contains(&true) && whole;
        assert_eq!(
            spec.id.is_share(),
            stands,
            "{}: {}",
            spec.id.name(),
            spec.range
        );
    }
}

/// What was told of each metric by a list of its own before rows of the table said it.
#[test]
fn rows_say_what_sets_their_metric_apart() {
    let named = |has: fn(&MetricSpec) -> bool| -> Vec<&str> {
        let all = METRICS.iter().filter(|spec| has(spec));
        all.map(|spec| spec.id.name()).collect()
    };
    assert_eq!(
        named(|spec| spec.traits.proposed != Proposed::No),
        [
            "alignment",
            "uniformity",
            "contrastive_limit",
            "mean_cosine",
            "duplicate_rows",
            "recall",
            "tar",
            "hubness_skewness"
        ]
    );
    assert_eq!(
        named(|spec| spec.traits.values == Domain::SquaredDistance),
        ["drift_mmd"]
    );
    assert_eq!(
        named(|spec| spec.id.rounded_as() == MetricId::ContrastiveUniformTerm),
        [
            "contrastive_uniform_term",
            "contrastive_limit",
            "contrastive_gap",
            "contrastive_gap_uniformity"
        ]
    );
    assert_eq!(
        named(|spec| spec.id.rounded_as() == MetricId::Uniformity),
        ["uniformity", "ssnl_uniformity", "simcse_uniformity"]
    );
    // What speaks for a model is told for one side at a time, the first that there is.
    let first = |side| METRICS.iter().filter(move |spec| spec.sides[0] == side);
    assert!(first(Side::B).next().is_none());
    for spec in METRICS {
        let aliases = spec.traits.aliases.iter();
        for alias in aliases {
            assert!(MetricId::parse(alias).is_err(), "{alias} is a name");
            let known = |other: &&MetricSpec| other.traits.aliases.contains(alias);
            assert_eq!(METRICS.iter().filter(known).count(), 1, "{alias}");
        }
    }
}

#[test]
fn a_wrong_name_gets_the_nearest_and_the_list() {
    let cases = [
        ("unifrmity", Some(MetricId::Uniformity)),
        ("Alignment", Some(MetricId::Alignment)),
        ("mean-cosine", Some(MetricId::MeanCosine)),
        (
            "contrastive_uniformity_term",
            Some(MetricId::ContrastiveUniformTerm),
        ),
        ("duplicate_row", Some(MetricId::DuplicateRows)),
        ("qxzv", None),
        ("", None),
    ];
    for (name, nearest) in cases {
        let refusal = MetricId::parse(name).unwrap_err();
        assert_eq!(refusal.nearest, nearest, "{name:?}");
        let message = refusal.to_string();
        assert!(
            METRICS.iter().all(|spec| message.contains(spec.id.name())),
            "{message}"
        );
        assert_eq!(
            message.contains("did you mean"),
            nearest.is_some(),
            "{message}"
        );
    }
    let names: Vec<&str> = METRICS.iter().map(|spec| spec.id.name()).collect();
    assert_eq!(
        MetricId::parse("unifrmity").unwrap_err().to_string(),
        format!(
            "there is no metric \"unifrmity\"; did you mean uniformity? expected one of {}",
            names.join(", ")
        )
    );
}

#[test]
fn explain_fits_the_page_and_shows_computed_ideals() {
    for spec in METRICS {
        let page = explain(spec.id);
        assert!(page.starts_with(&format!("{}\n", spec.label())), "{page}");
        assert!(page.ends_with('\n'));
        for line in page.lines() {
            assert!(line.len() <= 96, "{} columns: {line}", line.len());
            assert_eq!(line, line.trim_end());
        }
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        for text in [spec.summary, spec.formula, spec.reading, spec.reference] {
            assert!(words(&page).contains(&words(text)), "{page}");
        }
    }
    assert!(explain(MetricId::Uniformity).contains("m = 128     -1.9844     -3.9375     -7.7505"));
    assert!(explain(MetricId::ContrastiveUniformTerm).contains("m = 768      0.2603      0.1328"));
    assert!(explain(MetricId::ContrastiveLimit).contains("m = 768    -19.7397    -14.1529"));
}

#[test]
fn the_markdown_table_has_a_row_for_each_metric() {
    let table = markdown_table();
    assert_eq!(table.lines().count(), METRICS.len() + 2);
    for line in table.lines() {
        let bars = line.replace("\\|", "").matches('|').count();
        assert_eq!(bars, 7, "{line}");
    }
    for spec in METRICS {
        assert!(
            table.contains(&format!("| `{}` |", spec.label())),
            "{table}"
        );
    }
}

proptest! {
    #[test]
    fn any_text_parses_or_is_refused_in_words(name in ".{0,80}") {
        if let Err(refusal) = MetricId::parse(&name) {
            prop_assert!(refusal.to_string().contains("contrastive_limit"));
        }
    }
}
