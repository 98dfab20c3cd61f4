//! Reports of audits made by hand: what people, machines and pictures get to see.

use std::fs;
use std::path::Path;

use spherecheck::metric::MetricId;
use spherecheck::report::{Destination, Figures, Format, ReportError, Style, render};
use spherecheck::result::{
    Audit, Circle, CosineHistogram, DistanceHistogram, Distributions, Measure, Note, PositivesCard,
    ProcessSeconds, Severity, Side, Spent, Verification, View,
};

use crate::support::by_hand;

mod hostile;
mod page;
mod slices;
mod top;
mod widths;

use slices::slices;

/// metric, parameter | value, error | number | ideal, value of a collapsed encoder
const ONE_VIEW: &[&str] = &[
    "alignment alpha 2 | 0.8123456 0.0123 | 24500 | 0 0",
    "uniformity t 2 | -2.5312345 0.00214 | 1000 | -3.97916779 0",
    "contrastive_alignment_term tau 0.07 | -8.4832457 0.088 | 24500 | -14.285714285714286 -14.285714285714286",
    "contrastive_uniform_term tau 0.07 | 3.423456 0.031 | 1000 | 0.2641 14.285714285714286",
    "contrastive_limit tau 0.07 | -5.0597897 0.093 | 1000 | -14.0216 0",
    "mean_cosine | 0.081234 0.00045 | 1000 | 0 1",
    "norm_mean | 6.04321 0.0091 | 1000 |",
    "norm_cv | 0.047312 0.0011 | 1000 |",
    "duplicate_rows | 12 | 1000 | 0 1000",
    "duplicate_pairs | 1234 | 499500 | 0 499500",
];

fn measure(line: &str) -> Measure {
    let cells: Vec<Vec<&str>> = line
        .split('|')
        .map(|c| c.split_whitespace().collect())
        .collect();
    let number = |cell: usize, at: usize| -> Option<f64> {
        cells[cell]
            .get(at)
            .map(|text| text.parse().expect("a number"))
    };
    let metric = cells[0][0].parse().expect("a metric");
    let value = number(1, 0).expect("a value");
    Measure {
        params: cells[0]
            .get(1)
            .map(|name| ((*name).to_owned(), number(0, 2).expect("a parameter")))
            .into_iter()
            .collect(),
        n: number(2, 0).expect("a count") as u64,
        ideal: number(3, 0),
        collapsed: number(3, 1),
        ..by_hand::measure(metric, Side::A, value, number(1, 1))
    }
}

/// 1000 rows in 384 dimensions with labels for positives.
fn one_view() -> Audit {
    let mut audit = by_hand::audit(
        "minilm",
        ONE_VIEW.iter().map(|line| measure(line)).collect(),
    );
    audit.subject.positives = Some(PositivesCard {
        source: "labels.npy".to_owned(),
        pairs: 24_500,
        dropped: 0,
    });
    for (severity, text) in [
        (Severity::Info, "all rows were finite"),
        (
            Severity::Warning,
            "12 rows have a duplicate; repeated rows raise uniformity{t=2} and say nothing about the encoder: \
             deduplicate the file and audit again",
        ),
    ] {
        let text = text.to_owned();
        audit.notes.push(Note::new(severity, text));
    }
    audit.distributions.cosines = vec![cosines(Side::A, 0.08, 0.11, 384)];
    audit.distributions.distances = Some(distances());
    audit
}

/// Two files, row i of one with row i of the other.
fn two_views() -> Audit {
    let one = one_view();
    let mut two = one.clone();
    two.subject.a = View {
        source: "query.npy".to_owned(),
        ..two.subject.a
    };
    two.subject.b = Some(View {
        source: "document.npy".to_owned(),
        dropped_zero_rows: 3,
        ..two.subject.a.clone()
    });
    two.subject.name = "query".to_owned();
    two.subject.positives = Some(PositivesCard {
        source: "row i of a with row i of b".to_owned(),
        pairs: 1000,
        dropped: 3,
    });
    two.definitions.cross = Some("row i of a against all rows j != i of b".to_owned());
    two.measures.clear();
    for m in &one.measures {
        let sides: &[Side] = match m.metric {
            MetricId::Alignment | MetricId::ContrastiveAlignmentTerm => &[Side::Cross],
            MetricId::ContrastiveLimit | MetricId::ContrastiveUniformTerm => {
                &[Side::Mean, Side::Cross]
            }
            MetricId::Uniformity | MetricId::MeanCosine => {
                &[Side::A, Side::B, Side::Mean, Side::Cross]
            }
            _ => &[Side::A, Side::B],
        };
        let shift = |k: usize| {
            if m.se.is_some() {
                0.97f64.powi(k as i32)
            } else {
                1.0
            }
        };
        let shifted = sides.iter().enumerate().map(|(k, &side)| Measure {
            side,
            value: m.value * shift(k),
            ..m.clone()
        });
        two.measures.extend(shifted);
    }
    two.verification = Some(Verification {
        rows: 64,
        compared: 256,
        largest_difference: 1.3e-7,
        place: "side a, row 812, uniformity{t=2}".to_owned(),
    });
    two.distributions.cosines = vec![
        cosines(Side::A, 0.08, 0.11, 384),
        cosines(Side::B, 0.14, 0.09, 384),
        cosines(Side::Cross, 0.10, 0.10, 384),
    ];
    two
}

/// A two-dimensional encoder.
fn on_the_circle() -> Audit {
    let mut audit = one_view();
    audit.subject.name = "circle".to_owned();
    audit.subject.a = View {
        dim: 2,
        ..by_hand::view("circle.npy")
    };
    audit.measures.truncate(2);
    audit.measures[1].ideal = Some(-1.575_027_2);
    audit.measures[1].value = -1.2;
    audit.notes.clear();
    let angle = |k: u32| std::f64::consts::PI * (f64::from(k) / 180.0 - 1.0);
    let bump = |k: u32| {
        (1.0 + 0.8 * angle(k).cos() + 0.2 * (3.0 * angle(k)).sin()) / std::f64::consts::TAU
    };
    audit.distributions.cosines = vec![cosines(Side::A, 0.3, 0.5, 2)];
    audit.distributions.circles = vec![Circle {
        side: Side::A,
        density: (0..360).map(bump).collect(),
        kappa: 200.0,
        classes: Vec::new(),
        classes_left_out: 0,
    }];
    audit
}

/// Rows only: nothing is known of pairs.
fn without_positives() -> Audit {
    let mut audit = one_view();
    audit.subject.positives = None;
    audit
        .measures
        .retain(|m| m.metric == MetricId::Uniformity || m.metric == MetricId::DuplicateRows);
    audit.notes.clear();
    audit.distributions = Distributions::default();
    audit
}

fn cosines(side: Side, mean: f64, sd: f64, dim: i32) -> CosineHistogram {
    let middle = |k: u32| (f64::from(k) + 0.5) / 500.0 - 1.0;
    let law = |k: u32| (1.0 - middle(k).powi(2)).powf(f64::from(dim - 3) / 2.0);
    let total: f64 = (0..1000).map(law).sum();
    let bell = |k: u32| (100_000.0 * (-0.5 * ((middle(k) - mean) / sd).powi(2)).exp()) as u64;
    CosineHistogram {
        side,
        counts: (0..1000).map(bell).collect(),
        uniform: (0..1000).map(|k| law(k) / total).collect(),
    }
}

fn distances() -> DistanceHistogram {
    let bell = |k: u32| {
        let x = (f64::from(k) + 0.5) / 100.0;
        (9_000.0 * x * x * (-4.0 * x * x).exp()) as u64
    };
    DistanceHistogram {
        counts: (0..200).map(bell).collect(),
        mean: 0.564_189,
    }
}

fn text(audit: &Audit, format: Format, style: Style) -> String {
    String::from_utf8(render(audit, format, style).expect("renders")).expect("is UTF-8")
}

fn table(audit: &Audit, width: usize) -> String {
    text(
        audit,
        Format::Table,
        Style {
            colour: false,
            width,
            details: false,
        },
    )
}

fn everything() -> [Audit; 4] {
    [
        one_view(),
        two_views(),
        on_the_circle(),
        without_positives(),
    ]
}

#[test]
fn the_table_of_one_view_at_100_columns() {
    insta::assert_snapshot!(table(&one_view(), 100), @r"
minilm  1,000 rows in 384 dimensions

  1 warning: repeated rows move the numbers. One more stands below the table.
  duplicates  duplicate_rows 12, duplicate_pairs 1,234. Some rows repeat others: they make the set
              look less uniform and decide contrastive terms at small tau. Usual cause: duplicate
              inputs, padding rows, or an encoder that truncates long inputs to the same beginning.
              Try: remove repeated inputs and audit again; list them with --offenders --out DIR.
  more: --spectrum, --search, --drift-from, --offenders (`spherecheck explain`)
  also: not_normalised, positives_apart (`spherecheck explain not_normalised`)

  metric                value ± se         95 % interval        n    ideal  collapsed  to ideal
  alignment{alpha=2}    0.812 ± 0.012      0.788   0.837   24,500        0          0         –
  uniformity{t=2}     -2.5312 ± 0.0021   -2.5355 -2.5270    1,000  -3.9792          0      64 %
  contrastive_alignment_term{tau=0.07}
                       -8.483 ± 0.088     -8.659  -8.307   24,500  -14.286    -14.286         –
  contrastive_uniform_term{tau=0.07}
                        3.423 ± 0.031      3.361   3.485    1,000    0.264     14.286      77 %
  contrastive_limit{tau=0.07}
                       -5.060 ± 0.093     -5.246  -4.874    1,000  -14.022          0      36 %
  mean_cosine         0.08123 ± 0.00045  0.08033 0.08213    1,000        0          1      92 %
  norm_mean            6.0432 ± 0.0091    6.0250  6.0614    1,000        –          –         –
  norm_cv              0.0473 ± 0.0011    0.0451  0.0495    1,000        –          –         –
  duplicate_rows           12                          –    1,000        0      1,000      99 %
  duplicate_pairs       1,234                          –  499,500        0    499,500      99 %
  to ideal: 0 % = all rows identical, 100 % = a perfect encoder

  rows        minilm.npy: 1,000 × 384, f32, norms 5.2500 to 7.1235
  positives   labels.npy (24,500 pairs)
  normalised  rows divided by their L2 norm
  pairs       U-statistic: all pairs i < j of the whole set, no self-pairs
  errors      see `spherecheck explain METRIC`, or --details
  duplicates  cosine above 1 - 1e-6

  warning  12 rows have a duplicate; repeated rows raise uniformity{t=2} and say nothing about the
           encoder: deduplicate the file and audit again
  note     all rows were finite

  spherecheck 0.1.0 · cpu avx512 · 2 threads · seed 0 · 499,500 pairs in 12 ms (41.6 M pairs/s),
  0.15 s in all
");
}

#[test]
fn the_table_of_one_view_at_80_columns() {
    insta::assert_snapshot!(table(&one_view(), 80), @r"
minilm  1,000 rows in 384 dimensions

  1 warning: repeated rows move the numbers. One more stands below the table.
  duplicates  duplicate_rows 12, duplicate_pairs 1,234. Some rows repeat others:
              they make the set look less uniform and decide contrastive terms
              at small tau. Usual cause: duplicate inputs, padding rows, or an
              encoder that truncates long inputs to the same beginning. Try:
              remove repeated inputs and audit again; list them with --offenders
              --out DIR.
  more: --spectrum, --search, --drift-from, --offenders (`spherecheck explain`)
  also: not_normalised, positives_apart (`spherecheck explain not_normalised`)

  metric                value ± se         95 % interval    ideal  to ideal
  alignment{alpha=2}    0.812 ± 0.012      0.788   0.837        0         –
  uniformity{t=2}     -2.5312 ± 0.0021   -2.5355 -2.5270  -3.9792      64 %
  contrastive_alignment_term{tau=0.07}
                       -8.483 ± 0.088     -8.659  -8.307  -14.286         –
  contrastive_uniform_term{tau=0.07}
                        3.423 ± 0.031      3.361   3.485    0.264      77 %
  contrastive_limit{tau=0.07}
                       -5.060 ± 0.093     -5.246  -4.874  -14.022      36 %
  mean_cosine         0.08123 ± 0.00045  0.08033 0.08213        0      92 %
  norm_mean            6.0432 ± 0.0091    6.0250  6.0614        –         –
  norm_cv              0.0473 ± 0.0011    0.0451  0.0495        –         –
  duplicate_rows           12                          –        0      99 %
  duplicate_pairs       1,234                          –        0      99 %
  to ideal: 0 % = all rows identical, 100 % = a perfect encoder

  rows        minilm.npy: 1,000 × 384, f32, norms 5.2500 to 7.1235
  positives   labels.npy (24,500 pairs)
  normalised  rows divided by their L2 norm
  pairs       U-statistic: all pairs i < j of the whole set, no self-pairs
  errors      see `spherecheck explain METRIC`, or --details
  duplicates  cosine above 1 - 1e-6

  warning  12 rows have a duplicate; repeated rows raise uniformity{t=2} and say
           nothing about the encoder: deduplicate the file and audit again
  note     all rows were finite

  spherecheck 0.1.0 · cpu avx512 · 2 threads · seed 0 · 499,500 pairs in 12 ms
  (41.6 M pairs/s), 0.15 s in all
");
}

#[test]
fn the_table_of_two_views_at_100_columns() {
    insta::assert_snapshot!(table(&two_views(), 100), @r"
query  two views of 1,000 rows in 384 dimensions

  1 warning: repeated rows move the numbers. One more stands below the table.
  duplicates  duplicate_rows (a) 12, duplicate_pairs (a) 1,234. Some rows repeat others: they make
              the set look less uniform and decide contrastive terms at small tau. Usual cause:
              duplicate inputs, padding rows, or an encoder that truncates long inputs to the same
              beginning. Try: remove repeated inputs and audit again; list them with --offenders
              --out DIR.
  more: --spectrum, --search, --drift-from, --offenders (`spherecheck explain`)
  also: not_normalised, positives_apart (`spherecheck explain not_normalised`)

  metric              side     value ± se         95 % interval    ideal  collapsed  to ideal
  alignment{alpha=2}  cross    0.812 ± 0.012      0.788   0.837        0          0         –
  uniformity{t=2}     mean   -2.3816 ± 0.0021   -2.5355 -2.5270  -3.9792          0      60 %
  contrastive_alignment_term{tau=0.07}
                      cross   -8.483 ± 0.088     -8.659  -8.307  -14.286    -14.286         –
  contrastive_uniform_term{tau=0.07}
                      mean     3.423 ± 0.031      3.361   3.485    0.264     14.286      77 %
  contrastive_limit{tau=0.07}
                      cross   -4.908 ± 0.093     -5.246  -4.874  -14.022          0      35 %
  mean_cosine         mean   0.07643 ± 0.00045  0.08033 0.08213        0          1      92 %
  norm_mean           a       6.0432 ± 0.0091    6.0250  6.0614        –          –         –
  norm_cv             a       0.0473 ± 0.0011    0.0451  0.0495        –          –         –
  duplicate_rows      a           12                          –        0      1,000      99 %
  duplicate_pairs     a        1,234                          –        0    499,500      99 %
  to ideal: 0 % = all rows identical, 100 % = a perfect encoder

  a           query.npy: 1,000 × 384, f32, norms 5.2500 to 7.1235
  b           document.npy: 1,000 × 384, f32, norms 5.2500 to 7.1235, 3 zero rows left out
  positives   row i of a with row i of b (1,000 pairs, 3 more left out because they touch a left-out
              row)
  normalised  rows divided by their L2 norm
  pairs       U-statistic: all pairs i < j of the whole set, no self-pairs
  cross       row i of a against all rows j != i of b
  errors      see `spherecheck explain METRIC`, or --details
  duplicates  cosine above 1 - 1e-6

  warning  12 rows have a duplicate; repeated rows raise uniformity{t=2} and say nothing about the
           encoder: deduplicate the file and audit again
  note     all rows were finite

  verified  64 random rows recomputed in f64: 256 log row means agree within 1.3e-7 (widest at side
            a, row 812, uniformity{t=2})
  spherecheck 0.1.0 · cpu avx512 · 2 threads · seed 0 · 499,500 pairs in 12 ms (41.6 M pairs/s),
  0.15 s in all
");
}

#[test]
fn the_table_of_two_views_at_80_columns() {
    insta::assert_snapshot!(table(&two_views(), 80), @r"
query  two views of 1,000 rows in 384 dimensions

  1 warning: repeated rows move the numbers. One more stands below the table.
  duplicates  duplicate_rows (a) 12, duplicate_pairs (a) 1,234. Some rows repeat
              others: they make the set look less uniform and decide contrastive
              terms at small tau. Usual cause: duplicate inputs, padding rows,
              or an encoder that truncates long inputs to the same beginning.
              Try: remove repeated inputs and audit again; list them with
              --offenders --out DIR.
  more: --spectrum, --search, --drift-from, --offenders (`spherecheck explain`)
  also: not_normalised, positives_apart (`spherecheck explain not_normalised`)

  metric              side     value ± se         95 % interval  to ideal
  alignment{alpha=2}  cross    0.812 ± 0.012      0.788   0.837         –
  uniformity{t=2}     mean   -2.3816 ± 0.0021   -2.5355 -2.5270      60 %
  contrastive_alignment_term{tau=0.07}
                      cross   -8.483 ± 0.088     -8.659  -8.307         –
  contrastive_uniform_term{tau=0.07}
                      mean     3.423 ± 0.031      3.361   3.485      77 %
  contrastive_limit{tau=0.07}
                      cross   -4.908 ± 0.093     -5.246  -4.874      35 %
  mean_cosine         mean   0.07643 ± 0.00045  0.08033 0.08213      92 %
  norm_mean           a       6.0432 ± 0.0091    6.0250  6.0614         –
  norm_cv             a       0.0473 ± 0.0011    0.0451  0.0495         –
  duplicate_rows      a           12                          –      99 %
  duplicate_pairs     a        1,234                          –      99 %
  to ideal: 0 % = all rows identical, 100 % = a perfect encoder

  a           query.npy: 1,000 × 384, f32, norms 5.2500 to 7.1235
  b           document.npy: 1,000 × 384, f32, norms 5.2500 to 7.1235, 3 zero
              rows left out
  positives   row i of a with row i of b (1,000 pairs, 3 more left out because
              they touch a left-out row)
  normalised  rows divided by their L2 norm
  pairs       U-statistic: all pairs i < j of the whole set, no self-pairs
  cross       row i of a against all rows j != i of b
  errors      see `spherecheck explain METRIC`, or --details
  duplicates  cosine above 1 - 1e-6

  warning  12 rows have a duplicate; repeated rows raise uniformity{t=2} and say
           nothing about the encoder: deduplicate the file and audit again
  note     all rows were finite

  verified  64 random rows recomputed in f64: 256 log row means agree within
            1.3e-7 (widest at side a, row 812, uniformity{t=2})
  spherecheck 0.1.0 · cpu avx512 · 2 threads · seed 0 · 499,500 pairs in 12 ms
  (41.6 M pairs/s), 0.15 s in all
");
}

#[test]
fn the_table_without_positives_says_so() {
    insta::assert_snapshot!(table(&without_positives(), 100), @r"
minilm  1,000 rows in 384 dimensions

  No problem was found.
  looked for: collapse, not_same_space, noise_like, estimate_too_coarse, few_rows, low_tau_few_rows,
  bare_codes, not_normalised; not looked at: positives (none were given), mean cosine
  more: --spectrum, --search, --drift-from, --offenders (`spherecheck explain`)
  also: duplicates (`spherecheck explain duplicates`)

  metric             value ± se        95 % interval      n    ideal  collapsed  to ideal
  uniformity{t=2}  -2.5312 ± 0.0021  -2.5355 -2.5270  1,000  -3.9792          0   64 % ██████▍···
  duplicate_rows        12                         –  1,000        0      1,000   99 % █████████▉
  to ideal: 0 % = all rows identical, 100 % = perfectly uniform (random vectors, too)

  rows        minilm.npy: 1,000 × 384, f32, norms 5.2500 to 7.1235
  positives   none: only the rows were audited
  normalised  rows divided by their L2 norm
  pairs       U-statistic: all pairs i < j of the whole set, no self-pairs
  errors      see `spherecheck explain METRIC`, or --details
  duplicates  cosine above 1 - 1e-6

  spherecheck 0.1.0 · cpu avx512 · 2 threads · seed 0 · 499,500 pairs in 12 ms (41.6 M pairs/s),
  0.15 s in all
");
}

#[test]
fn the_markdown_of_one_view() {
    insta::assert_snapshot!(text(&one_view(), Format::Md, Style::default()), @r"
## Audit of minilm

1 warning: repeated rows move the numbers. One more stands below the table.

- **duplicates:** duplicate\_rows 12, duplicate\_pairs 1,234. Some rows repeat others: they make the set look less uniform and decide contrastive terms at small tau. Usual cause: duplicate inputs, padding rows, or an encoder that truncates long inputs to the same beginning. Try: remove repeated inputs and audit again; list them with --offenders --out DIR.

more: --spectrum, --search, --drift-from, --offenders (\`spherecheck explain\`)

also: not\_normalised, positives\_apart (\`spherecheck explain not\_normalised\`)

| metric | side | value ± se | 95 % interval | n | ideal | collapsed | to ideal |
|:--|:--|--:|--:|--:|--:|--:|--:|
| `alignment{alpha=2}` | a | 0.812 ± 0.012 | 0.788 to 0.837 | 24,500 | 0 | 0 | – |
| `uniformity{t=2}` | a | -2.5312 ± 0.0021 | -2.5355 to -2.5270 | 1,000 | -3.9792 | 0 | 64 % |
| `contrastive_alignment_term{tau=0.07}` | a | -8.483 ± 0.088 | -8.659 to -8.307 | 24,500 | -14.286 | -14.286 | – |
| `contrastive_uniform_term{tau=0.07}` | a | 3.423 ± 0.031 | 3.361 to 3.485 | 1,000 | 0.264 | 14.286 | 77 % |
| `contrastive_limit{tau=0.07}` | a | -5.060 ± 0.093 | -5.246 to -4.874 | 1,000 | -14.022 | 0 | 36 % |
| `mean_cosine` | a | 0.08123 ± 0.00045 | 0.08033 to 0.08213 | 1,000 | 0 | 1 | 92 % |
| `norm_mean` | a | 6.0432 ± 0.0091 | 6.0250 to 6.0614 | 1,000 | – | – | – |
| `norm_cv` | a | 0.0473 ± 0.0011 | 0.0451 to 0.0495 | 1,000 | – | – | – |
| `duplicate_rows` | a | 12 | – | 1,000 | 0 | 1,000 | 99 % |
| `duplicate_pairs` | a | 1,234 | – | 499,500 | 0 | 499,500 | 99 % |

to ideal: 0 % = all rows identical, 100 % = a perfect encoder

- **rows:** minilm.npy: 1,000 × 384, f32, norms 5.2500 to 7.1235
- **positives:** labels.npy (24,500 pairs)
- **normalised:** rows divided by their L2 norm
- **pairs:** U-statistic: all pairs i \< j of the whole set, no self-pairs
- **errors:** delete-a-group jackknife over rows, 20 groups, bias-corrected
- **duplicates:** cosine above 1 - 1e-6

### Notes

- **warning:** 12 rows have a duplicate; repeated rows raise uniformity{t=2} and say nothing about the encoder: deduplicate the file and audit again
- **note:** all rows were finite

spherecheck 0.1.0 · cpu avx512 · 2 threads · seed 0 · 499,500 pairs in 12 ms (41.6 M pairs/s), 0.15 s in all
");
}

#[test]
fn the_csv_of_one_view() {
    insta::assert_snapshot!(text(&one_view(), Format::Csv, Style::default()), @r"
subject,side,metric,params,value,se,n,ideal,collapsed,corrected,low,high,support,monte_carlo
minilm,a,alignment,alpha=2,0.8123456,0.0123,24500,0.0,0.0,,0.7877456,0.8369456,exact,
minilm,a,uniformity,t=2,-2.5312345,0.00214,1000,-3.97916779,0.0,,-2.5355145,-2.5269545,exact,
minilm,a,contrastive_alignment_term,tau=0.07,-8.4832457,0.088,24500,-14.285714285714286,-14.285714285714286,,-8.6592457,-8.3072457,exact,
minilm,a,contrastive_uniform_term,tau=0.07,3.423456,0.031,1000,0.2641,14.285714285714286,,3.361456,3.4854559999999997,exact,
minilm,a,contrastive_limit,tau=0.07,-5.0597897,0.093,1000,-14.0216,0.0,,-5.2457896999999996,-4.8737897,exact,
minilm,a,mean_cosine,,0.081234,0.00045,1000,0.0,1.0,,0.080334,0.082134,exact,
minilm,a,norm_mean,,6.04321,0.0091,1000,,,,6.02501,6.06141,exact,
minilm,a,norm_cv,,0.047312,0.0011,1000,,,,0.045112,0.049512,exact,
minilm,a,duplicate_rows,,12.0,,1000,0.0,1000.0,,,,exact,
minilm,a,duplicate_pairs,,1234.0,,499500,0.0,499500.0,,,,exact,
");
}

#[test]
fn csv_quotes_what_needs_quotes() {
    let mut audit = without_positives();
    audit.subject.name = "a,\"b\"".to_owned();
    let csv = text(&audit, Format::Csv, Style::default());
    assert!(
        csv.contains("\n\"a,\"\"b\"\"\",a,uniformity,t=2,-2.5312345,"),
        "{csv}"
    );
}

#[test]
fn json_reads_back_to_an_equal_audit() {
    for mut audit in everything() {
        audit.provenance.pass_seconds = 0.1 + 0.2;
        audit.provenance.total_seconds = 1.0 / 3.0;
        let json = text(&audit, Format::Json, Style::default());
        assert!(json.ends_with("}\n"));
        let back: Audit = serde_json::from_str(&json).expect("reads back");
        assert!(
            back == audit,
            "{} reads back as another audit",
            audit.subject.name
        );
    }
}

#[test]
fn json_keeps_every_bit_of_a_number() {
    let mut audit = one_view();
    let mut state = 1u64;
    for _ in 0..500 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        audit.measures[0].value = f64::from_bits((state >> 12) | 0x3ff0_0000_0000_0000) - 1.0;
        let json = text(&audit, Format::Json, Style::default());
        let back: Audit = serde_json::from_str(&json).expect("reads back");
        assert_eq!(
            back.measures[0].value.to_bits(),
            audit.measures[0].value.to_bits()
        );
    }
}

#[test]
fn where_the_time_of_a_process_and_its_cards_went_is_told_to_those_who_ask() {
    let mut audit = one_view();
    let spent = |(device, stage, seconds): (&str, &str, f64)| Spent {
        device: device.to_owned(),
        stage: stage.to_owned(),
        seconds,
    };
    let timeline = [
        ("cuda:0", "filling panels", 0.0123),
        ("cuda:0", "waiting for the card", 1.5),
        ("cuda:1", "filling panels", 0.01),
    ];
    audit.provenance.timeline = timeline.map(spent).into();
    audit.provenance.process_seconds = Some(ProcessSeconds {
        start: 0.004,
        device: 0.52,
        walks: 1.61,
        ..ProcessSeconds::default()
    });
    let told = |details| {
        let style = Style {
            details,
            ..Style::default()
        };
        let text = text(&audit, Format::Table, style);
        let lines = text
            .lines()
            .filter(|line| line.contains("cuda:") || line.starts_with("  process"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        told(true),
        [
            "  process  start 4 ms, device 0.52 s, files 0 ms, rows 0 ms, walks 1.61 s, numbers 0 ms",
            "  cuda:0   filling panels 12.3 ms, waiting for the card 1.50 s",
            "  cuda:1   filling panels 10 ms",
        ]
    );
    assert_eq!(told(false), [""; 0]);
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for mut audit in everything() {
        audit.subject.a.source = "a/very/long/path/".repeat(20);
        audit.notes.push(Note::new(Severity::Info, "x".repeat(300)));
        for width in [60, 61, 70, 80, 81, 90, 100, 101, 120, 140, 200] {
            for line in table(&audit, width).lines() {
                assert!(
                    line.chars().count() <= width,
                    "{} columns at {width}: {line}",
                    line.chars().count()
                );
                assert_eq!(line, line.trim_end());
            }
        }
    }
}

#[test]
fn a_narrow_terminal_gets_60_columns() {
    assert_eq!(table(&two_views(), 1), table(&two_views(), 60));
}

#[test]
fn escapes_appear_only_with_colour() {
    let plain = table(&two_views(), 100);
    assert!(!plain.contains('\u{1b}'));
    let coloured = text(
        &two_views(),
        Format::Table,
        Style {
            colour: true,
            width: 100,
            details: false,
        },
    );
    assert!(coloured.contains("\u{1b}[1m"));
    let mut stripped = String::new();
    let mut parts = coloured.split('\u{1b}');
    stripped.push_str(parts.next().unwrap_or_default());
    for part in parts {
        stripped.push_str(part.split_once('m').expect("an escape ends in m").1);
    }
    assert_eq!(stripped, plain);
}

#[test]
fn names_drive_neither_terminal_nor_markdown() {
    let mut audit = one_view();
    audit.subject.name = "a\u{1b}[2J|b`<script>".to_owned();
    audit.subject.a.source = "x\n# y_z*.npy".to_owned();
    assert!(!table(&audit, 100).contains('\u{1b}'));
    let md = text(&audit, Format::Md, Style::default());
    assert!(md.contains(r"a\\u{1b}\[2J\|b\`\<script\>"), "{md}");
    assert!(md.contains(r"x\\n\# y\_z\*.npy"), "{md}");
}

/// A share near 100 % and a test that rejects stand side by side: what each is, is said.
#[test]
fn a_test_beside_a_share_of_the_way_is_told_apart() {
    let mut audit = one_view();
    let test = "uniformity_z t 2 | 2478 | 1000 | 0 53884";
    audit.measures.push(measure(test));
    for (format, none) in [(Format::Md, "| – |"), (Format::Latex, "& -- \\\\")] {
        let shown = text(&audit, format, Style::default());
        for said in [
            "to ideal: 0 % = all rows identical, 100 % = a perfect encoder",
            " is a test: with enough rows it is large even close to the ideal",
        ] {
            assert!(shown.contains(said), "{said}: {shown}");
        }
        let line = shown.lines().find(|line| line.contains("2478"));
        assert!(line.expect("a line").ends_with(none), "{shown}");
    }
    // On a terminal it is a detail.
    assert!(!table(&audit, 100).contains("is a test"));
}

#[test]
fn measures_of_one_label_stand_together() {
    let mut audit = two_views();
    audit.measures.reverse();
    let table = table(&audit, 100);
    let labels = table
        .lines()
        .filter(|line| line.starts_with("  uniformity{t=2}"))
        .count();
    assert_eq!(labels, 1, "{table}");
}

#[test]
fn a_number_json_cannot_hold_is_refused_and_nothing_is_left_behind() {
    let mut audit = one_view();
    audit.measures[1].value = f64::NAN;
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("audit.md"), "before").expect("writes");
    let refusal = Destination::prepare(dir.path())
        .and_then(|to| to.write(&audit, &Figures::default()))
        .expect_err("NaN");
    assert!(
        matches!(refusal, ReportError::NotFinite { side: "a", .. }),
        "{refusal}"
    );
    assert!(refusal.to_string().contains("uniformity{t=2}"), "{refusal}");
    assert_eq!(names(dir.path()), ["audit.md"]);
    assert_eq!(
        fs::read(dir.path().join("audit.md")).expect("is there"),
        b"before"
    );
}

#[test]
fn a_destination_is_made_and_filled() {
    let home = tempfile::tempdir().expect("a directory");
    let dir = home.path().join("new/reports");
    let to = Destination::prepare(&dir).expect("can be made");
    assert_eq!(
        names(home.path()),
        Vec::<String>::new(),
        "not before there is something to write"
    );
    let written = to
        .write(&without_positives(), &Figures::default())
        .expect("writes");
    let expected = ["audit.csv", "audit.json", "audit.md", "report.html"];
    assert_eq!(names(&dir), expected);
    assert_eq!(written.len(), expected.len());
    assert!(written.iter().all(|path| path.starts_with(&dir)));
    let json = fs::read(dir.join("audit.json")).expect("is there");
    assert_eq!(
        serde_json::from_slice::<Audit>(&json).expect("reads"),
        without_positives()
    );
    to.write(&without_positives(), &Figures::default())
        .expect("writes over its own files");
}

#[cfg(unix)]
#[test]
fn reports_have_the_mode_of_any_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("a directory");
    let mode = |path: &Path| fs::metadata(path).expect("is there").permissions().mode();
    Destination::prepare(dir.path())
        .and_then(|to| to.write(&without_positives(), &Figures::default()))
        .expect("writes");
    fs::write(dir.path().join("other"), "").expect("writes");
    assert_eq!(
        mode(&dir.path().join("audit.json")),
        mode(&dir.path().join("other"))
    );
}

#[test]
fn a_destination_that_is_a_file_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("taken");
    fs::write(&file, "mine").expect("writes");
    let refusal = Destination::prepare(&file).expect_err("is a file");
    assert!(
        matches!(refusal, ReportError::NotADirectory { .. }),
        "{refusal}"
    );
    let refusal = Destination::prepare(&file.join("below")).expect_err("is below a file");
    assert!(
        matches!(refusal, ReportError::CannotCreate { .. }),
        "{refusal}"
    );
    assert!(
        refusal
            .to_string()
            .starts_with(&file.join("below").display().to_string()),
        "{refusal}"
    );
}

/// `/proc` takes no files, not even root's.
#[cfg(target_os = "linux")]
#[test]
fn a_destination_that_takes_no_files_is_refused_before_the_pass() {
    let refusal = Destination::prepare(Path::new("/proc")).expect_err("cannot be written");
    assert!(
        matches!(refusal, ReportError::NotWritable { .. }),
        "{refusal}"
    );
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).expect("is a directory");
    let mut names: Vec<_> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

/// What the pictures are: their names, sizes, and that something was drawn.
#[cfg(feature = "plots")]
mod pictures {
    use super::*;

    fn drawn(audit: &Audit) -> Vec<(String, u32, u32)> {
        let dir = tempfile::tempdir().expect("a directory");
        let to = Destination::prepare(dir.path()).expect("is writable");
        let written = to.write(audit, &Figures::default()).expect("draws");
        assert_eq!(
            names(dir.path()).len(),
            written.len(),
            "nothing but the reports is left"
        );
        let pictures = written
            .iter()
            .filter(|path| path.extension().is_some_and(|e| e == "png"));
        pictures
            .map(|path| {
                let png = fs::read(path).expect("is there");
                assert_eq!(&png[..16], b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
                assert!(
                    png.len() > 60_000,
                    "{}: {} bytes are a blank sheet",
                    path.display(),
                    png.len()
                );
                let side = |at: usize| {
                    u32::from_be_bytes([png[at], png[at + 1], png[at + 2], png[at + 3]])
                };
                (
                    path.file_name()
                        .expect("a name")
                        .to_string_lossy()
                        .into_owned(),
                    side(16),
                    side(20),
                )
            })
            .collect()
    }

    #[test]
    fn two_views_give_distributions_and_the_plane() {
        let expected = [
            ("distributions.png".to_owned(), 2400, 1100),
            ("plane.png".to_owned(), 1500, 1240),
        ];
        assert_eq!(drawn(&two_views()), expected);
    }

    #[test]
    fn two_dimensions_give_the_circle() {
        let mut audit = on_the_circle();
        audit.distributions.cosines.clear();
        let expected = [
            ("distributions.png".to_owned(), 1200, 1100),
            ("plane.png".to_owned(), 1500, 1240),
            ("circle.png".to_owned(), 2400, 1100),
        ];
        assert_eq!(drawn(&audit), expected);
    }

    #[test]
    fn rows_alone_give_no_plane() {
        assert!(drawn(&without_positives()).is_empty());
    }

    #[test]
    fn empty_and_collapsed_distributions_are_no_trouble() {
        let mut audit = one_view();
        audit.measures.clear();
        audit.distributions.cosines[0].counts.fill(0);
        audit.distributions.cosines[0].counts[999] = u64::MAX;
        audit.distributions.distances = Some(DistanceHistogram {
            counts: vec![0; 200],
            mean: f64::NAN,
        });
        audit.distributions.circles = vec![Circle {
            side: Side::A,
            density: Vec::new(),
            kappa: 0.0,
            classes: Vec::new(),
            classes_left_out: 0,
        }];
        assert_eq!(
            drawn(&audit),
            [("distributions.png".to_owned(), 1200, 1100)]
        );
    }
}
