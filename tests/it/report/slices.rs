//! What reports show of slices.

use spherecheck::result::Slice;

use super::*;

const NAMES: [&str; 7] = [
    "de",
    "en",
    "fr",
    "a language with a long name",
    "it",
    "nl",
    "pt",
];

/// So many slices of an audit, each a little worse than the one before and of fewer rows; the second has no positives.
pub(crate) fn slices(audit: &Audit, count: usize) -> Vec<Slice> {
    let slice = |k: usize| {
        let mut measures = audit.measures.clone();
        for measure in measures.iter_mut().filter(|m| m.se.is_some()) {
            measure.value += 0.1 * k as f64;
        }
        if k == 1 {
            measures.retain(|m| m.metric == MetricId::Uniformity);
        }
        Slice {
            name: NAMES[k % NAMES.len()].to_owned(),
            rows: 400 - 50 * k as u64,
            measures,
            notes: Vec::new(),
            pairing: None,
        }
    };
    (0..count).map(slice).collect()
}

/// The part of a report that is about slices.
fn part(report: &str, from: &str) -> String {
    let start = report.find(from).expect("slices are shown");
    let rest = &report[start..];
    let end = rest.find("\n\n  warning").or(rest.find("\n\n### Notes"));
    format!("report\n{}\n", &rest[..end.expect("notes follow")])
}

fn sliced(count: usize) -> Audit {
    let mut audit = one_view();
    audit.slices = slices(&audit, count);
    audit
}

#[test]
fn a_table_shows_the_worst_slices() {
    insta::assert_snapshot!(part(&table(&sliced(7), 80), "  slice "), @r"
report
  slice                 rows  alignment      uniformity        contrastive_limit
  (all rows)           1,000  0.812 ± 0.012  -2.5312 ± 0.0021     -5.060 ± 0.093
  pt                     100  1.412 ± 0.012  -1.9312 ± 0.0021     -4.460 ± 0.093
  nl                     150  1.312 ± 0.012  -2.0312 ± 0.0021     -4.560 ± 0.093
  it                     200  1.212 ± 0.012  -2.1312 ± 0.0021     -4.660 ± 0.093
  a language with a …    250  1.112 ± 0.012  -2.2312 ± 0.0021     -4.760 ± 0.093
  fr                     300  1.012 ± 0.012  -2.3312 ± 0.0021     -4.860 ± 0.093
  worst first by contrastive_limit{tau=0.07}; fewest rows: pt (100), nl (150),
  it (200), a language with a long name (250), fr (300); 2 more slices not
  shown: --details, CSV and JSON have them
");
}

#[test]
fn details_show_every_slice() {
    let style = Style {
        details: true,
        width: 80,
        ..Style::default()
    };
    let shown = text(&sliced(7), Format::Table, style);
    for name in NAMES {
        assert!(shown.contains(&name[..2]), "{name}: {shown}");
    }
    assert!(
        shown.contains("  en  ") && !shown.contains("more slice"),
        "{shown}"
    );
    let md = text(&sliced(7), Format::Md, style);
    assert!(md.contains("| a language with a long name | 250 |"), "{md}");
}

#[test]
fn markdown_shows_the_worst_slices() {
    let md = text(&sliced(6), Format::Md, Style::default());
    insta::assert_snapshot!(part(&md, "### Slices"), @r"
report
### Slices

| slice | rows | alignment | uniformity | contrastive\_limit |
|:--|--:|--:|--:|--:|
| (all rows) | 1,000 | 0.812 ± 0.012 | -2.5312 ± 0.0021 | -5.060 ± 0.093 |
| nl | 150 | 1.312 ± 0.012 | -2.0312 ± 0.0021 | -4.560 ± 0.093 |
| it | 200 | 1.212 ± 0.012 | -2.1312 ± 0.0021 | -4.660 ± 0.093 |
| a language with a long name | 250 | 1.112 ± 0.012 | -2.2312 ± 0.0021 | -4.760 ± 0.093 |
| fr | 300 | 1.012 ± 0.012 | -2.3312 ± 0.0021 | -4.860 ± 0.093 |
| de | 400 | 0.812 ± 0.012 | -2.5312 ± 0.0021 | -5.060 ± 0.093 |

worst first by contrastive\_limit{tau=0.07}; fewest rows: nl (150), it (200), a language with a long name (250), fr (300), en (350); 1 more slice not shown: --details, CSV and JSON have them
");
}

#[test]
fn slices_fit_80_columns_whatever_they_are_called() {
    let mut audit = two_views();
    audit.slices = slices(&audit, 6);
    for (k, slice) in audit.slices.iter_mut().enumerate() {
        slice.name = "漢".repeat(20 * k) + "a long name of a slice";
    }
    for width in [80, 100, 200] {
        for line in table(&audit, width).lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
}

#[test]
fn a_csv_has_every_number_of_every_slice() {
    let audit = sliced(2);
    let csv = text(&audit, Format::Csv, Style::default());
    let mut lines = csv.lines();
    assert!(
        lines
            .next()
            .expect("a heading")
            .ends_with(",monte_carlo,slice")
    );
    let of = |slice: &str| {
        csv.lines()
            .skip(1)
            .filter(|l| l.ends_with(&format!(",{slice}")))
            .count()
    };
    assert_eq!((of(""), of("de"), of("en")), (10, 10, 1), "{csv}");
}
