//! What a file does not say is said on the command line, and told in the reports.

use predicates::prelude::*;
use predicates::str::contains;
use serde_json::{Value, json};

use super::desk::{Desk, points};

/// The rows of a.npy and b.npy in one array: two views of each item.
fn both() -> Vec<u8> {
    let (a, b) = (points(0.0), points(0.2));
    let rows = a.chunks(12).zip(b.chunks(12));
    rows.flat_map(|(a, b)| [a, b].concat()).collect()
}

fn measures(report: &Value) -> &Value {
    let measures = &report["measures"];
    assert!(measures.as_array().is_some_and(|list| !list.is_empty()));
    measures
}

#[test]
fn two_views_in_one_array_are_two_files() {
    let desk = Desk::new();
    desk.array("both.npy", "'<f4'", "(6, 2, 3)", &both());
    let files = desk.json("audit a.npy b.npy --quiet");
    let one = desk.json("audit both.npy --quiet");
    assert_eq!(measures(&one), measures(&files));
    assert_eq!(one["subject"]["a"]["source"], "both.npy[view 0]");
    assert_eq!(one["subject"]["b"]["source"], "both.npy[view 1]");
    assert_eq!(
        one["subject"]["positives"]["source"],
        files["subject"]["positives"]["source"]
    );
    let said = "both.npy has shape (6, 2, 3): `both.npy[view 0]` is taken as the first view";
    desk.run("audit both.npy --no-progress")
        .success()
        .stderr(contains(said))
        .stdout(contains("both.npy[view 1]: 6 × 3, f32"));
    // Pairs between them, and one alone.
    let pairs = desk.json("audit both.npy --pairs pairs.npy --quiet");
    let files = desk.json("audit a.npy b.npy --pairs pairs.npy --quiet");
    assert_eq!(measures(&pairs), measures(&files));
    for (view, file) in [(0, "a.npy"), (1, "b.npy")] {
        let one = desk.json(&format!("audit both.npy --view {view} --quiet"));
        let file = desk.json(&format!("audit {file} --quiet"));
        assert_eq!(measures(&one), measures(&file));
    }
    // Labels pair the rows of one view.
    #[cfg(feature = "tables")]
    {
        desk.refused(
            "audit both.npy --labels labels.csv",
            "choose one with --view I",
        );
        let one = desk.json("audit both.npy --view 1 --labels labels.csv --quiet");
        let file = desk.json("audit b.npy --labels labels.csv --quiet");
        assert_eq!(measures(&one), measures(&file));
    }
}

#[test]
fn views_of_many_are_chosen() {
    let desk = Desk::new();
    let (rows, both) = (points(0.4), both());
    let three: Vec<u8> = both
        .chunks(24)
        .zip(rows.chunks(12))
        .flat_map(|(both, third)| [both, third].concat())
        .collect();
    desk.array("three.npy", "'<f4'", "(6, 3, 3)", &three);
    let files = desk.json("audit b.npy a.npy --quiet");
    let one = desk.json("audit three.npy --view 1 --view 0 --quiet");
    assert_eq!(measures(&one), measures(&files));
    let mixed = desk.json("audit three.npy three.npy --view 1 --view 0 --quiet");
    assert_eq!(measures(&mixed), measures(&files));
    desk.all_refused(&[
        "audit three.npy -> choose one with --view I (counted from 0), or two with --view I --view J",
        "audit three.npy --view 3 -> view 3 (--view, counted from 0): expected a view from 0 to 2",
        "audit a.npy --view 0 -> leave out --view",
    ]);
}

/// 64 rows of 6 bytes that no pattern repeats.
fn packed() -> Vec<u8> {
    let byte = |k: u32| (k.wrapping_mul(2_654_435_761) >> 13) as u8;
    (0..64 * 6).map(byte).collect()
}

#[test]
fn packed_bits_are_audited_as_what_they_stand_for() {
    let desk = Desk::new();
    let packed = packed();
    let less_128: Vec<u8> = packed.iter().map(|byte| byte ^ 0x80).collect();
    let bit = |byte: u8, k: u32| match byte >> (7 - k) & 1 {
        0 => -1.0_f32,
        _ => 1.0,
    };
    let signs = packed
        .iter()
        .flat_map(|byte| (0..8).map(move |k| bit(*byte, k)));
    let plain: Vec<u8> = signs.flat_map(f32::to_le_bytes).collect();
    desk.npy("codes.npy", "|u1", (64, 6), &packed);
    desk.npy("signed.npy", "|i1", (64, 6), &less_128);
    desk.npy("plain.npy", "<f4", (64, 48), &plain);
    let expected = desk.json("audit plain.npy --quiet");
    for (name, stored) in [("codes", "u8"), ("signed", "i8")] {
        let line = format!("audit {name}.npy --unpack bits");
        let report = desk.json(&format!("{line} --quiet"));
        assert_eq!(measures(&report), measures(&expected));
        let subject = &report["subject"]["a"];
        assert_eq!(subject["codes"], "bits");
        assert_eq!(
            (&subject["dim"], &subject["dtype"]),
            (&48.into(), &stored.into())
        );
        let card = format!("{name}.npy: 64 × 6, {stored}, unpacked to 48 bits");
        let table = desk.run(&format!("{line} --no-progress")).success();
        table.stdout(contains(card).and(contains("unsigned bytes").not()));
    }
    let dry = desk.json("audit codes.npy --unpack bits --dry-run --quiet");
    assert_eq!(
        (&dry["dim"], &dry["bytes_read"]),
        (&48.into(), &(64 * 6).into())
    );
    // What nobody says is asked.
    let notes = desk.json("audit codes.npy --quiet")["notes"].to_string();
    assert!(notes.contains("codes.npy holds unsigned bytes"), "{notes}");
    assert!(notes.contains("--unpack bits"), "{notes}");
}

#[test]
fn quantised_bytes_are_audited_as_what_they_stand_for() {
    let desk = Desk::new();
    let codes = packed();
    let value = |code: &u8| 0.25 * (f32::from(*code) - 128.0);
    let values: Vec<u8> = codes.iter().map(value).flat_map(f32::to_le_bytes).collect();
    desk.npy("codes.npy", "|u1", (64, 6), &codes);
    desk.npy("values.npy", "<f4", (64, 6), &values);
    let wide: Vec<u8> = codes
        .iter()
        .flat_map(|v| u32::from(*v).to_le_bytes())
        .collect();
    desk.npy("wide.npy", "<u4", (64, 6), &wide);
    let expected = desk.json("audit values.npy --quiet");
    for line in [
        "audit codes.npy --dtype u8 --scale 0.25 --offset -32",
        "audit codes.npy --scale 0.25 --offset=-32",
        "audit wide.npy --dtype u8 --scale 0.25 --offset -32",
    ] {
        let report = desk.json(&format!("{line} --quiet"));
        assert_eq!(measures(&report), measures(&expected), "{line}");
        let codes = json!({"scaled": {"scale": 0.25, "offset": -32.0}});
        assert_eq!(report["subject"]["a"]["codes"], codes);
    }
    desk.run("audit codes.npy --scale 0.25 --offset -32 --no-progress")
        .success()
        .stdout(contains("codes.npy: 64 × 6, u8, read as 0.25 x code - 32"));
    // Two views of the same codes.
    let turned: Vec<u8> = codes.iter().map(|code| code.rotate_left(3)).collect();
    desk.npy("turned.npy", "|u1", (64, 6), &turned);
    let two = desk.json("audit codes.npy turned.npy --scale 0.25 --offset -32 --quiet");
    assert_eq!(two["subject"]["b"]["codes"], two["subject"]["a"]["codes"]);
    // Who says that bytes are the numbers is not asked.
    let said = "holds unsigned bytes";
    desk.run("audit codes.npy --no-progress")
        .success()
        .stdout(contains(said));
    desk.run("audit codes.npy --dtype u8 --no-progress")
        .success()
        .stdout(contains(said).not().and(contains("u8, read as code")));
    desk.all_refused(&[
        "audit wide.npy -> found u32",
        "audit values.npy --scale 2 -> expected bytes (i8 or u8)",
        "audit values.npy --dtype u8 -> from 0 to 255 (--dtype u8)",
        "audit values.npy --dtype bf16 -> leave out --dtype bf16",
        "audit codes.npy --scale 1e300 -> check scale and offset",
    ]);
}

#[test]
fn raw_bytes_are_audited_as_bf16() {
    let desk = Desk::new();
    // bf16 is the upper half of f32.
    let rows = points(0.0);
    let upper: Vec<u8> = rows.chunks(4).flat_map(|v| [v[2], v[3]]).collect();
    let cut: Vec<u8> = rows.chunks(4).flat_map(|v| [0, 0, v[2], v[3]]).collect();
    desk.array("raw.npy", "'<V2'", "(6, 3)", &upper);
    desk.npy("cut.npy", "<f4", (6, 3), &cut);
    let report = desk.json("audit raw.npy --dtype bf16 --quiet");
    assert_eq!(report["subject"]["a"]["dtype"], "bf16");
    assert_eq!(
        measures(&report),
        measures(&desk.json("audit cut.npy --quiet"))
    );
    desk.refused("audit raw.npy", "--dtype bf16");
}

#[test]
fn comparisons_and_probes_read_what_is_meant() {
    let desk = Desk::new();
    let codes = packed();
    let more: Vec<u8> = codes.iter().map(|byte| byte.rotate_left(3)).collect();
    desk.npy("one.npy", "|u1", (64, 6), &codes);
    desk.npy("two.npy", "|u1", (64, 6), &more);
    let labels: Vec<u8> = (0..64).map(|i| i % 2).collect();
    desk.array("labels.npy", "'|u1'", "(64,)", &labels);
    desk.run("compare one.npy two.npy --unpack bits --no-progress")
        .success()
        .stderr(contains("unsigned bytes").not());
    let said = "one.npy: u8, unpacked to 48 bits.";
    desk.run("probe one.npy --labels labels.npy --unpack bits --no-progress")
        .success()
        .stdout(contains(said));
    desk.array("views.npy", "'|u1'", "(32, 2, 6)", &codes);
    desk.array("half.npy", "'|u1'", "(32,)", &labels[..32]);
    let probe = "probe views.npy --labels half.npy --no-progress";
    desk.run(&format!("{probe} --view 1 --dtype u8")).success();
    desk.refused(probe, "choose one with --view I");
}
