//! The numbers that come out: the same in every form, on any number of threads, and right when recomputed.

use serde_json::Value;

use super::desk::Desk;

/// Real embeddings, put beside the small inputs.
fn with_digits() -> Desk {
    let desk = Desk::new();
    for name in ["digits_1797x64.npy", "digits_1797x64.pairs.npy"] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden");
        std::fs::copy(path.join(name), desk.path(name)).expect("a fixture");
    }
    desk
}

const DIGITS: &str = "audit digits_1797x64.npy --pairs digits_1797x64.pairs.npy";

/// The report without what names the machine and the moment.
fn lasting(mut audit: Value) -> Value {
    let removed = audit
        .as_object_mut()
        .and_then(|audit| audit.remove("provenance"));
    assert!(removed.is_some(), "the report has a provenance");
    audit
}

#[test]
fn reports_do_not_depend_on_threads() {
    let desk = with_digits();
    let audit = |threads: u32| {
        let line = format!("{DIGITS} --verify=100 --threads {threads}");
        let audit = desk.json(&line);
        assert_eq!(audit["provenance"]["threads"], threads);
        // As text: equal bytes, not only equal numbers.
        lasting(audit).to_string()
    };
    let one = audit(1);
    assert_eq!(one, audit(2));
    assert_eq!(one, audit(7));
}

#[test]
fn verify_finds_the_pass_right() {
    let audit = with_digits().json(&format!("{DIGITS} --verify"));
    let verification = &audit["verification"];
    assert_eq!(verification["rows"], 1000);
    let difference = verification["largest_difference"].as_f64();
    assert!(
        difference.is_some_and(|difference| difference > 0.0 && difference < 5e-6),
        "{verification}"
    );
}

#[test]
fn csv_markdown_and_json_hold_the_same_measures() {
    let desk = Desk::new();
    let measures = desk.json("audit a.npy b.npy")["measures"].clone();
    let measures = measures.as_array().expect("a list of measures");
    let text = |format: &str| {
        let run = desk.run(&format!("audit a.npy b.npy --format {format}"));
        String::from_utf8(run.success().get_output().stdout.clone()).expect("UTF-8")
    };

    let csv = text("csv");
    let mut lines = csv.lines();
    assert_eq!(
        lines.next(),
        Some(
            "subject,side,metric,params,value,se,n,ideal,collapsed,corrected,low,high,support,monte_carlo"
        )
    );
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), measures.len());
    for (row, measure) in rows.iter().zip(measures) {
        assert_eq!(row.len(), 14, "{row:?}");
        assert_eq!(
            (row[0], row[1], row[2]),
            (
                "a + b",
                measure["side"].as_str().expect("a side"),
                measure["metric"].as_str().expect("a metric"),
            )
        );
        // The shortest decimals that read back as the same number.
        assert_eq!(row[4].parse().ok(), measure["value"].as_f64(), "{row:?}");
        let interval = &measure["interval"];
        for (cell, field) in [
            (row[5], &measure["se"]),
            (row[9], &measure["corrected"]),
            (row[10], &interval["low"]),
            (row[11], &interval["high"]),
        ] {
            assert_eq!(cell.parse().ok(), field.as_f64(), "{row:?}");
        }
    }

    let markdown = text("md");
    let rows: Vec<&str> = markdown
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    assert_eq!(rows.len(), measures.len(), "{markdown}");
    for (row, measure) in rows.iter().zip(measures) {
        let metric = measure["metric"].as_str().expect("a metric");
        assert!(row.starts_with(&format!("| `{metric}")), "{row}: {metric}");
        assert_eq!(row.matches('|').count(), 9, "{row}");
    }
}

#[test]
fn norms_of_any_size_are_told() {
    let desk = Desk::new();
    for (name, scale, shown) in [
        ("small.npy", 1e-6, "(norms 1.0e-6 to 2.0e-6)"),
        ("plain.npy", 3.0, "(norms 3.0 to 6.0)"),
        ("large.npy", 1e200, "(norms 1.0e200 to 2.0e200)"),
    ] {
        let rows: Vec<u8> = [scale, 0.0, 0.0, 2.0 * scale]
            .into_iter()
            .flat_map(f64::to_le_bytes)
            .collect();
        desk.npy(name, "<f8", (2, 2), &rows);
        let notes = desk.json(&format!("audit {name}"))["notes"].to_string();
        assert!(notes.contains(shown), "{notes}");
    }
}
