//! `compare --threshold`: what it prints, and what it refuses.

use super::desk::Desk;
use crate::ported::views;
use crate::support::Rows;

#[test]
fn compare_prints_what_thresholds_become() {
    let desk = Desk::new();
    for (name, [a, b]) in [("old", views(1, 0.6)), ("new", views(5, 0.9))] {
        desk.rows(&format!("{name}_a.npy"), &a);
        desk.rows(&format!("{name}_b.npy"), &b);
    }
    let models = "compare old_a.npy new_a.npy --second-view old_b.npy --second-view new_b.npy";
    let asked = format!("{models} --threshold 0.62,-0.1 --threshold 1");
    let found = desk.json(&asked);
    let all = found["thresholds"].as_array().expect("thresholds");
    let given: Vec<f64> = all
        .iter()
        .filter_map(|of| of["threshold"].as_f64())
        .collect();
    assert_eq!(given, [0.62, -0.1, 1.0]);
    assert_eq!(all[0]["between"][1], found["models"][1]["name"]);
    assert!(all[0]["candidate"]["threshold"]["interval"]["low"].is_f64());
    assert!(all[2].get("candidate").is_none(), "{}", all[2]);
    let shown = desk.run(&asked).code(0);
    let text = String::from_utf8_lossy(&shown.get_output().stdout).into_owned();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("thresholds at the same false accept rate"),
        "{text}"
    );
    assert!(text.contains("needs 10 or more in both"), "{text}");
    let lines = desk.run(&format!("{asked} --format csv")).code(0);
    let lines = String::from_utf8_lossy(&lines.get_output().stdout).into_owned();
    assert!(lines.contains("threshold,base_threshold=0.62"), "{lines}");
    // A copy of the base is a candidate as its own rows are.
    let cut = |rows: &Rows| rows.iter().map(|row| row[..4].to_vec()).collect::<Rows>();
    let [a, b] = views(1, 0.6);
    desk.rows("cut_a.npy", &cut(&a));
    desk.rows("cut_b.npy", &cut(&b));
    let copied =
        desk.json("compare old_a.npy --second-view old_b.npy --as dims:4 --threshold 0.31");
    let own = desk.json(
        "compare old_a.npy cut_a.npy --second-view old_b.npy --second-view cut_b.npy --threshold 0.31",
    );
    let of = |found: &serde_json::Value| found["thresholds"][0]["candidate"].clone();
    assert!(of(&own)["threshold"]["value"].is_f64(), "{own}");
    assert_eq!(of(&copied), of(&own));
    // Without positives nothing is accepted or kept.
    let alone = desk.json("compare a.npy b.npy --threshold 0.5");
    assert!(
        alone["notes"]
            .to_string()
            .contains("--threshold needs positives"),
        "{alone}"
    );
}

#[test]
fn thresholds_that_cannot_be_are_refused() {
    let desk = Desk::new();
    let models = "compare a.npy b.npy --pairs pairs.npy";
    desk.refused(
        &format!("{models} --threshold nan"),
        "expected a finite number",
    );
    desk.refused(
        &format!("{models} --threshold 1.5"),
        "expected cosines from -1 to 1, found 1.5",
    );
    desk.run(&format!(
        "{models} --threshold 1.5 --similarity dot --quiet"
    ))
    .code(0);
    desk.refused(
        &format!("{models} --threshold 0.5 --sample 5"),
        "--sample: each model would be another sample",
    );
    desk.refused(
        &format!("{models} --threshold 0.5 --dims 2"),
        "--threshold goes with whole rows",
    );
    desk.saved("audit b.npy --pairs pairs.npy --format json", "b.json");
    desk.refused(
        "compare a.npy b.json --pairs pairs.npy --threshold 0.5",
        "--threshold needs the embeddings",
    );
}
