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
    insta::assert_snapshot!(top(&cone(), 60), @r"
cls_a + cls_b  two views of 1,000 rows in 384 dimensions

  2 warnings: positives are no closer than unrelated rows;
  the rows share a narrow cone. One more stands below the
  table.
  positives_at_chance  alignment{alpha=2} (cross) 0.812,
                       mean squared distance of any two rows
                       (cross) 0.7317. Rows that should
                       belong together are no closer than
                       any two rows, so nothing here can be
                       retrieved. Usual cause: pairs or
                       labels in another order than the
                       rows, pairs counted from 1, or two
                       views from different models. Try:
                       check by hand that a pair names two
                       rows that belong together; give --ids
                       to join rows by id.
  narrow_cone          mean_cosine (mean) 0.63643 (0.64033
                       to 0.64213), ideal 0. Two unrelated
                       rows are already similar, so little
                       room is left to tell related ones
                       from them. Usual cause: CLS pooling
                       where the model wants the mean, a
                       missing prompt or prefix, averaged
                       word vectors, or a very low
                       temperature in training (the E5
                       family). Try: pool and prompt as the
                       model card says; subtract the mean
                       row and audit again.
  more: --spectrum, --search, --drift-from, --offenders
  (`spherecheck explain`)
  also: not_normalised (`spherecheck explain
  not_normalised`)

  metric           side     value    95 % interval  to ideal
  alignment{alpha=2}
                   cross    0.812    0.788   0.837         –
  uniformity{t=2}  mean   -2.3816  -2.5355 -2.5270      60 %
  contrastive_alignment_term{tau=0.07}
                   cross   -8.483   -8.659  -8.307         –
  contrastive_uniform_term{tau=0.07}
                   mean     3.423    3.361   3.485      77 %
  contrastive_limit{tau=0.07}
                   cross   -4.908   -5.246  -4.874      35 %
  mean_cosine      mean   0.63643  0.64033 0.64213      36 %
  norm_mean        a       6.0432   6.0250  6.0614         –
  norm_cv          a       0.0473   0.0451  0.0495         –
  duplicate_rows   a            0                –     100 %
  duplicate_pairs  a            0                –     100 %
  to ideal: 0 % = all rows identical, 100 % = a perfect
  encoder
");
}

#[test]
fn the_top_at_80_columns() {
    insta::assert_snapshot!(top(&cone(), 80), @r"
cls_a + cls_b  two views of 1,000 rows in 384 dimensions

  2 warnings: positives are no closer than unrelated rows; the rows share a
  narrow cone. One more stands below the table.
  positives_at_chance  alignment{alpha=2} (cross) 0.812, mean squared distance
                       of any two rows (cross) 0.7317. Rows that should belong
                       together are no closer than any two rows, so nothing here
                       can be retrieved. Usual cause: pairs or labels in another
                       order than the rows, pairs counted from 1, or two views
                       from different models. Try: check by hand that a pair
                       names two rows that belong together; give --ids to join
                       rows by id.
  narrow_cone          mean_cosine (mean) 0.63643 (0.64033 to 0.64213), ideal 0.
                       Two unrelated rows are already similar, so little room is
                       left to tell related ones from them. Usual cause: CLS
                       pooling where the model wants the mean, a missing prompt
                       or prefix, averaged word vectors, or a very low
                       temperature in training (the E5 family). Try: pool and
                       prompt as the model card says; subtract the mean row and
                       audit again.
  more: --spectrum, --search, --drift-from, --offenders (`spherecheck explain`)
  also: not_normalised (`spherecheck explain not_normalised`)

  metric              side     value ± se         95 % interval  to ideal
  alignment{alpha=2}  cross    0.812 ± 0.012      0.788   0.837         –
  uniformity{t=2}     mean   -2.3816 ± 0.0021   -2.5355 -2.5270      60 %
  contrastive_alignment_term{tau=0.07}
                      cross   -8.483 ± 0.088     -8.659  -8.307         –
  contrastive_uniform_term{tau=0.07}
                      mean     3.423 ± 0.031      3.361   3.485      77 %
  contrastive_limit{tau=0.07}
                      cross   -4.908 ± 0.093     -5.246  -4.874      35 %
  mean_cosine         mean   0.63643 ± 0.00045  0.64033 0.64213      36 %
  norm_mean           a       6.0432 ± 0.0091    6.0250  6.0614         –
  norm_cv             a       0.0473 ± 0.0011    0.0451  0.0495         –
  duplicate_rows      a            0                          –     100 %
  duplicate_pairs     a            0                          –     100 %
  to ideal: 0 % = all rows identical, 100 % = a perfect encoder
");
}

#[test]
fn the_top_at_100_columns() {
    insta::assert_snapshot!(top(&cone(), 100), @r"
cls_a + cls_b  two views of 1,000 rows in 384 dimensions

  2 warnings: positives are no closer than unrelated rows; the rows share a narrow cone. One more
  stands below the table.
  positives_at_chance  alignment{alpha=2} (cross) 0.812, mean squared distance of any two rows
                       (cross) 0.7317. Rows that should belong together are no closer than any two
                       rows, so nothing here can be retrieved. Usual cause: pairs or labels in
                       another order than the rows, pairs counted from 1, or two views from
                       different models. Try: check by hand that a pair names two rows that belong
                       together; give --ids to join rows by id.
  narrow_cone          mean_cosine (mean) 0.63643 (0.64033 to 0.64213), ideal 0. Two unrelated rows
                       are already similar, so little room is left to tell related ones from them.
                       Usual cause: CLS pooling where the model wants the mean, a missing prompt or
                       prefix, averaged word vectors, or a very low temperature in training (the E5
                       family). Try: pool and prompt as the model card says; subtract the mean row
                       and audit again.
  more: --spectrum, --search, --drift-from, --offenders (`spherecheck explain`)
  also: not_normalised (`spherecheck explain not_normalised`)

  metric              side     value ± se         95 % interval    ideal  collapsed  to ideal
  alignment{alpha=2}  cross    0.812 ± 0.012      0.788   0.837        0          0         –
  uniformity{t=2}     mean   -2.3816 ± 0.0021   -2.5355 -2.5270  -3.9792          0      60 %
  contrastive_alignment_term{tau=0.07}
                      cross   -8.483 ± 0.088     -8.659  -8.307  -14.286    -14.286         –
  contrastive_uniform_term{tau=0.07}
                      mean     3.423 ± 0.031      3.361   3.485    0.264     14.286      77 %
  contrastive_limit{tau=0.07}
                      cross   -4.908 ± 0.093     -5.246  -4.874  -14.022          0      35 %
  mean_cosine         mean   0.63643 ± 0.00045  0.64033 0.64213        0          1      36 %
  norm_mean           a       6.0432 ± 0.0091    6.0250  6.0614        –          –         –
  norm_cv             a       0.0473 ± 0.0011    0.0451  0.0495        –          –         –
  duplicate_rows      a            0                          –        0      1,000     100 %
  duplicate_pairs     a            0                          –        0    499,500     100 %
  to ideal: 0 % = all rows identical, 100 % = a perfect encoder
");
}

#[test]
fn the_top_at_140_columns() {
    insta::assert_snapshot!(top(&cone(), 140), @r"
cls_a + cls_b  two views of 1,000 rows in 384 dimensions

  2 warnings: positives are no closer than unrelated rows; the rows share a narrow cone. One more stands below the table.
  positives_at_chance  alignment{alpha=2} (cross) 0.812, mean squared distance of any two rows (cross) 0.7317. Rows that should belong
                       together are no closer than any two rows, so nothing here can be retrieved. Usual cause: pairs or labels in another
                       order than the rows, pairs counted from 1, or two views from different models. Try: check by hand that a pair names
                       two rows that belong together; give --ids to join rows by id.
  narrow_cone          mean_cosine (mean) 0.63643 (0.64033 to 0.64213), ideal 0. Two unrelated rows are already similar, so little room is
                       left to tell related ones from them. Usual cause: CLS pooling where the model wants the mean, a missing prompt or
                       prefix, averaged word vectors, or a very low temperature in training (the E5 family). Try: pool and prompt as the
                       model card says; subtract the mean row and audit again.
  more: --spectrum, --search, --drift-from, --offenders (`spherecheck explain`)
  also: not_normalised (`spherecheck explain not_normalised`)

  metric                                side     value ± se         95 % interval        n    ideal  collapsed  to ideal
  alignment{alpha=2}                    cross    0.812 ± 0.012      0.788   0.837   24,500        0          0      –
  uniformity{t=2}                       mean   -2.3816 ± 0.0021   -2.5355 -2.5270    1,000  -3.9792          0   60 % ██████····
  contrastive_alignment_term{tau=0.07}  cross   -8.483 ± 0.088     -8.659  -8.307   24,500  -14.286    -14.286      –
  contrastive_uniform_term{tau=0.07}    mean     3.423 ± 0.031      3.361   3.485    1,000    0.264     14.286   77 % ███████▊··
  contrastive_limit{tau=0.07}           cross   -4.908 ± 0.093     -5.246  -4.874    1,000  -14.022          0   35 % ███▌······
  mean_cosine                           mean   0.63643 ± 0.00045  0.64033 0.64213    1,000        0          1   36 % ███▋······
  norm_mean                             a       6.0432 ± 0.0091    6.0250  6.0614    1,000        –          –      –
  norm_cv                               a       0.0473 ± 0.0011    0.0451  0.0495    1,000        –          –      –
  duplicate_rows                        a            0                          –    1,000        0      1,000  100 % ██████████
  duplicate_pairs                       a            0                          –  499,500        0    499,500  100 % ██████████
  to ideal: 0 % = all rows identical, 100 % = a perfect encoder
");
}

#[test]
fn where_nothing_is_wrong_the_top_says_what_was_looked_at() {
    let mut audit = without_positives();
    audit.measures.retain(|m| m.metric == MetricId::Uniformity);
    insta::assert_snapshot!(top(&audit, 100), @r"
minilm  1,000 rows in 384 dimensions

  No problem was found.
  looked for: collapse, not_same_space, noise_like, estimate_too_coarse, few_rows, low_tau_few_rows,
  bare_codes, not_normalised; not looked at: positives (none were given), mean cosine, duplicates
  (only without --budget and --max-error)
  more: --spectrum, --search, --drift-from, --offenders (`spherecheck explain`)

  metric             value ± se        95 % interval      n    ideal  collapsed  to ideal
  uniformity{t=2}  -2.5312 ± 0.0021  -2.5355 -2.5270  1,000  -3.9792          0   64 % ██████▍···
  to ideal: 0 % = all rows identical, 100 % = perfectly uniform (random vectors, too)
");
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
