//! What an audit says first, and its table, at every width of a terminal.

use spherecheck::metric::MetricId;
use spherecheck::report::{Format, Style};
use spherecheck::result::{Audit, Side};

use super::{table, text, two_views, without_positives};

/// Two views with a narrow cone.
fn cone() -> Audit {
    let mut audit = two_views();
    audit.subject.name = "cls_a + cls_b".to_owned();
    let cosines = audit.measures.iter_mut();
    for measure in cosines.filter(|m| m.metric == MetricId::MeanCosine) {
        measure.value += 0.56;
        if let Some(ends) = &mut measure.interval {
            (ends.low, ends.high) = (ends.low + 0.56, ends.high + 0.56);
        }
    }
    let counts = [MetricId::DuplicateRows, MetricId::DuplicatePairs];
    let mut all = audit.measures.iter_mut();
    all.by_ref()
        .filter(|m| counts.contains(&m.metric))
        .for_each(|m| m.value = 0.0);
    audit
}

/// Everything above the card.
fn top(audit: &Audit, width: usize) -> String {
    let all = table(audit, width);
    let card = all.find("\n\n  a  ").or(all.find("\n\n  rows  "));
    all[..card.expect("a card")].to_owned()
}

#[test]
fn the_top_at_60_columns() {
    insta::assert_snapshot!(top(&cone(), 60), @"");
}

#[test]
fn the_top_at_80_columns() {
    insta::assert_snapshot!(top(&cone(), 80), @"");
}

#[test]
fn the_top_at_100_columns() {
    insta::assert_snapshot!(top(&cone(), 100), @"");
}

#[test]
fn the_top_at_140_columns() {
    insta::assert_snapshot!(top(&cone(), 140), @"");
}

#[test]
fn where_nothing_is_wrong_the_top_says_what_was_looked_at() {
    let mut audit = without_positives();
    audit.measures.retain(|m| m.metric == MetricId::Uniformity);
    insta::assert_snapshot!(top(&audit, 100), @"");
}

/// The interval and the way to the ideal stay at every width; sides that say the same are one line, until details are asked for.
#[test]
fn the_table_keeps_what_matters() {
    let mut audit = two_views();
    // Of two views only b has another uniformity.
    let uniformity = audit.measures.iter_mut();
    for measure in uniformity.filter(|m| m.metric == MetricId::Uniformity) {
        let moved = if measure.side == Side::B { 0.3 } else { 0.0 };
        measure.value = -2.5 + moved;
        if let Some(ends) = &mut measure.interval {
            (ends.low, ends.high) = (-2.51 + moved, -2.49 + moved);
        }
    }
    let lines = |of: &str| {
        let lines = of
            .lines()
            .skip_while(|line| !line.contains("uniformity{t=2}"));
        let lines = lines.take_while(|line| !line.contains("contrastive"));
        lines.filter(|line| line.contains("-2.")).count()
    };
    for width in [60, 80, 100, 140] {
        let shown = table(&audit, width);
        assert!(
            shown.contains("95 % interval") && shown.contains("to ideal"),
            "{shown}"
        );
        assert_eq!(lines(&shown), 2, "{shown}");
    }
    let style = Style {
        details: true,
        ..Style::default()
    };
    assert_eq!(lines(&text(&audit, Format::Table, style)), 4);
}
