//! Names come from files, and files from anywhere: no report lets one act on who reads it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use spherecheck::gate::{Policy, Verdict, judge};
use spherecheck::report::{annotations, junit, summary};
use spherecheck::result::{
    Against, Offence, Offender, OffenderList, Offenders, OtherRow, ProbeReport, Zoo, compare,
};

use super::*;

/// Line ends and a command to a CI runner, escape sequences in one byte and in two, a change of direction, a character
/// that cannot be seen.
const HOSTILE: &str =
    "\n::error::x\r::warning::y ::add-mask::z ##[error]v\u{1b}[31mred\u{9b}2J\u{202e}\u{feff}\t";

/// The same with every text, and every name of a parameter, made hostile: wherever it then still reads back.
pub(crate) fn spoiled<T: Serialize + DeserializeOwned>(value: &T) -> T {
    let mut json = serde_json::to_value(value).expect("writes");
    let reads = |json: &Value| T::deserialize(json).is_ok();
    let mut count = 0;
    for place in places(&json, String::new()) {
        let mut tried = json.clone();
        let (above, key) = place.rsplit_once('/').expect("below the root");
        match tried.pointer_mut(&place).expect("is there") {
            Value::String(text) => *text = format!("{HOSTILE}{text}{HOSTILE}"),
            number => {
                let number = number.take();
                if let Some(Value::Object(map)) = tried.pointer_mut(above) {
                    map.remove(key);
                    map.insert(format!("{key}{HOSTILE}"), number);
                }
            }
        }
        if reads(&tried) {
            json = tried;
            count += 1;
        }
    }
    assert!(count > 3, "nothing was spoiled: {json}");
    T::deserialize(&json).expect("reads")
}

/// Pointers to every text, and to every number in a map.
fn places(json: &Value, at: String) -> Vec<String> {
    match json {
        Value::String(_) => vec![at],
        Value::Number(_) if at.contains("/params/") => vec![at],
        Value::Array(list) => list
            .iter()
            .enumerate()
            .flat_map(|(k, value)| places(value, format!("{at}/{k}")))
            .collect(),
        Value::Object(map) => map
            .iter()
            .flat_map(|(key, value)| places(value, format!("{at}/{key}")))
            .collect(),
        _ => Vec::new(),
    }
}

fn harmless(what: &str, bytes: Vec<u8>) -> String {
    let text = String::from_utf8(bytes).expect("UTF-8");
    for line in text.split('\n') {
        let acting = line.find(|c: char| c.is_control() || "\u{202e}\u{feff}".contains(c));
        assert_eq!(acting, None, "{what}: {line:?}");
        assert!(!line.trim_start().starts_with("::"), "{what}: {line:?}");
        assert!(!line.contains("##["), "{what}: {line:?}");
    }
    text
}

/// Every format, also in colour, where nothing but our own colours is added.
fn every_format(what: &str, rendered: impl Fn(Format, Style) -> Result<Vec<u8>, ReportError>) {
    for &format in <Format as clap::ValueEnum>::value_variants() {
        let plain = match rendered(format, Style::default()) {
            Err(ReportError::NotBuilt { .. }) => continue,
            bytes => harmless(&format!("{what} as {format:?}"), bytes.expect("renders")),
        };
        if format == Format::Csv {
            assert!(plain.contains("\\n:"), "spelled out: {plain}");
        }
        let colour = Style {
            colour: true,
            ..Style::default()
        };
        let coloured = rendered(format, colour).expect("renders");
        let mut parts = str::from_utf8(&coloured).expect("UTF-8").split('\u{1b}');
        let mut stripped = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            stripped += part.split_once('m').expect("an escape of ours ends in m").1;
        }
        assert_eq!(stripped, plain, "{what} as {format:?}");
    }
}

pub(crate) fn full() -> Audit {
    let mut audit = two_views();
    let zoo: Zoo = serde_json::from_value(zoo()).expect("a zoo");
    audit.against = Some(Against::new(
        audit.place("zoo.json").expect("t = 2"),
        &zoo,
        "zoo.json",
    ));
    audit.slices = slices(&audit, 7);
    audit.offenders = Some(offenders());
    audit
}

/// A pair with ids and words, and a column.
fn offenders() -> Offenders {
    let list = |kind, found, rows| OffenderList {
        kind,
        side: Side::A,
        found,
        rows,
    };
    let pair = Offender {
        row: 3,
        id: Some("=3".to_owned()),
        other: Some(OtherRow {
            side: Side::B,
            row: 4,
            id: Some("4".to_owned()),
        }),
        value: 0.75,
        text: Some("three".to_owned()),
    };
    let column = Offender {
        row: 127,
        id: None,
        other: None,
        value: 0.0,
        text: None,
    };
    Offenders {
        lists: vec![
            list(Offence::WorstPositive, None, vec![pair.clone(), pair]),
            list(Offence::Hub, Some(0), Vec::new()),
            list(Offence::ConstantColumn, Some(1), vec![column]),
        ],
        left_out: vec!["No groups were named.".to_owned()],
    }
}

pub(crate) fn zoo() -> Value {
    let member = |name: &str, seed: u64| {
        json!({
            "name": name, "kind": "contrastive", "objective": "contrastive(0.07)", "dim": 32,
            "alignment": 0.5, "uniformity": -3.2, "seed": seed, "seconds": 1.0,
            "accuracy": {"value": 0.9, "low": 0.85, "high": 0.95, "n": 300},
        })
    };
    json!({
        "schema": "spherecheck.zoo/1", "data": "digits", "members": [member("a", 0), member("b", 1)],
        "failed": [{"name": "c", "objective": "align(2)", "seed": 0, "reason": "collapsed"}],
    })
}

pub(crate) fn policy() -> Policy {
    let policy = "[[rule]]\nmetric = \"uniformity{t=2}\"\nside = \"mean\"\nat_most = -9.0\n\
                  [[rule]]\nmetric = \"uniformity\"\nside = \"mean\"\nslice = \"*\"\nat_most = -9.0\nlevel = \"warn\"\n";
    Policy::parse("policy.toml", policy).expect("a policy")
}

fn verdict() -> Verdict {
    judge(&full(), &policy(), None).expect("judged")
}

#[test]
fn words_of_rows_act_on_no_reader_of_their_list() {
    let found = spoiled(&offenders());
    every_format("rows to blame", |format, style| {
        render(&found, format, style)
    });
}

/// A spreadsheet takes `=`, `+`, `-` and `@` for the beginning of a formula.
#[test]
fn ids_and_words_of_rows_are_no_formulas() {
    let mut found = offenders();
    let row = &mut found.lists[0].rows[0];
    row.text = Some("@SUM(1)".to_owned());
    let csv = render(&found, Format::Csv, Style::default()).expect("renders");
    let csv = String::from_utf8(csv).expect("UTF-8");
    assert_eq!(
        csv,
        "kind,side,row,id,other_side,other_row,other_id,value,text\n\
         worst_positive,a,3,'=3,b,4,4,0.75,'@SUM(1)\n\
         worst_positive,a,3,'=3,b,4,4,0.75,three\n\
         constant_column,a,127,,,,,0.0,\n"
    );
}

#[test]
fn the_table_shows_three_of_a_kind_and_how_many_there_are() {
    let mut audit = two_views();
    let mut found = offenders();
    let row = found.lists[0].rows[0].clone();
    let row = |place: u64| Offender {
        row: 1000 + place,
        text: Some("w".repeat(200)),
        ..row.clone()
    };
    found.lists[0].rows = (0..9_u64).map(row).collect();
    found.lists[0].found = Some(12);
    audit.offenders = Some(found);
    let shown = |details| {
        let style = Style {
            details,
            ..Style::default()
        };
        let table = render(&audit, Format::Table, style).expect("renders");
        String::from_utf8(table).expect("UTF-8")
    };
    let (few, all) = (shown(false), shown(true));
    for place in 0..9 {
        let row = format!(" {} ", 1000 + place);
        assert_eq!(few.contains(&row), place < 3, "{few}");
        assert!(all.contains(&row), "{all}");
    }
    assert!(few.contains(" 12 "), "how many: {few}");
    assert!(few.contains("looked for and not found: hub (a)"), "{few}");
    assert!(few.contains("No groups were named."), "{few}");
    assert!(!few.contains(&"w".repeat(81)), "cut: {few}");
    let page = render(&audit, Format::Md, Style::default()).expect("renders");
    let page = String::from_utf8(page).expect("UTF-8");
    assert!(page.contains("### Rows to blame"), "{page}");
}

#[test]
fn names_act_on_no_reader_of_an_audit() {
    let audit = spoiled(&full());
    every_format("an audit", |format, style| render(&audit, format, style));
    let details = Style {
        details: true,
        width: 80,
        ..Style::default()
    };
    harmless(
        "all of an audit",
        render(&audit, Format::Table, details).expect("renders"),
    );
    let json = text(&audit, Format::Json, Style::default());
    assert_eq!(
        serde_json::from_str::<Audit>(&json).expect("reads back"),
        audit
    );
    #[cfg(feature = "plots")]
    {
        let dir = tempfile::tempdir().expect("a directory");
        let to = Destination::prepare(dir.path()).expect("is writable");
        to.write(&audit, &Figures::default()).expect("draws");
    }
}

#[test]
fn names_act_on_no_reader_of_a_comparison_a_probe_or_encoders() {
    let mut other = full();
    other.subject.name = "other".to_owned();
    let comparison = compare(&[full(), other], Vec::new(), 0.95).expect("comparable");
    let comparison = spoiled(&comparison);
    every_format("a comparison", |format, style| {
        render(&comparison, format, style)
    });
    #[cfg(feature = "train")]
    {
        let zoo: Zoo = serde_json::from_value(zoo()).expect("a zoo");
        let zoo = spoiled(&zoo);
        every_format("encoders", |format, style| render(&zoo, format, style));
    }
    let score = json!({"probe": "knn", "param": ["k", 5.0], "quantity": "accuracy", "value": 0.9, "low": 0.8,
                       "high": 0.95, "level": 0.95, "n": 100});
    let probe = json!({
        "schema": "spherecheck.probe/1", "name": "x", "source": "x.npy", "rows": 300, "dim": 8,
        "dropped_zero_rows": 0, "target": {"source": "y.npy", "classes": 3},
        "split": {"source": "drawn", "train": 200, "test": 100}, "features": "rows", "intervals": "Wilson",
        "scores": [score], "notes": ["a note"], "tool": "spherecheck", "kernel": "avx2", "threads": 1,
        "seed": 0, "seconds": 0.1,
    });
    let probe: ProbeReport = serde_json::from_value(probe).expect("a probe");
    let probe = spoiled(&probe);
    every_format("a probe", |format, style| render(&probe, format, style));
}

#[test]
fn names_act_on_no_reader_of_a_verdict() {
    let verdict = spoiled(&verdict());
    every_format("a verdict", |format, style| render(&verdict, format, style));
    harmless("JUnit", junit(&verdict).expect("renders"));
    harmless(
        "a summary",
        summary(&verdict, 1 << 20).expect("has room").into_bytes(),
    );
    let lines = annotations(&verdict);
    // One for each finding, and for each warning of the audit.
    assert_eq!(lines.len(), 10);
    for line in lines {
        assert!(!line.contains(|c: char| c.is_control()), "{line:?}");
        let ours = line.starts_with("::error file=") || line.starts_with("::warning file=");
        assert!(ours && !line.contains("##["), "{line:?}");
    }
}

#[test]
fn no_text_of_a_csv_is_a_formula() {
    for (name, cell) in [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "\\t=1"),
        ("a=1", "a=1"),
    ] {
        let mut audit = without_positives();
        audit.subject.name = name.to_owned();
        let csv = text(&audit, Format::Csv, Style::default());
        let line = csv.lines().nth(1).expect("a line");
        assert!(
            line.starts_with(&format!("{cell},a,uniformity,t=2,-2.53")),
            "{line}"
        );
    }
}
