//! Where output goes: links, devices, directories that are not there yet.

use std::fs;

use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use serde_json::Value;
use spherecheck::console::{Cancel, Console};
use spherecheck::run::conduct;

use super::desk::{Desk, names};
use crate::support::normal;

const POLICY: &str = "[[rule]]\nmetric = \"uniformity{t=2}\"\nat_most = 0.0\n";

#[test]
fn a_run_that_is_refused_leaves_no_directory() {
    let desk = Desk::new();
    desk.npy("nan.npy", "<f4", (2, 1), &[0, 0, 192, 127, 0, 0, 128, 63]);
    desk.file("policy.toml", POLICY);
    for line in [
        "audit nan.npy --out new/report",
        "compare a.npy nan.npy --out new/report",
        "gate nan.npy --policy policy.toml --out new/report",
    ] {
        desk.run(line).code(2).stdout(is_empty());
        assert!(!desk.path("new").exists(), "{line}");
    }
    desk.run("gate a.npy --policy policy.toml --out new/report")
        .code(0);
    assert!(names(&desk.path("new/report")).contains(&"gate.xml".to_owned()));
}

#[cfg(feature = "plots")]
#[test]
fn figures_come_in_the_forms_that_are_asked_for() {
    let desk = Desk::new();
    let title = "ours";
    for (line, own) in [
        ("audit a.npy b.npy", "plane"),
        ("compare a.npy b.npy --pairs pairs.npy", "models"),
    ] {
        desk.run(&format!(
            "{line} --out drawn --figures svg,pdf --title {title}"
        ))
        .code(0);
        let written = names(&desk.path("drawn"));
        assert!(
            written.iter().all(|name| !name.ends_with(".png")),
            "{written:?}"
        );
        let file = |name: &str| fs::read_to_string(desk.path("drawn").join(name)).expect(name);
        assert!(file(&format!("{own}.svg")).contains("ours"));
        assert!(file("report.html").contains("<h1>ours</h1>"));
        let pdf = fs::read(desk.path("drawn").join(format!("{own}.pdf"))).expect("a page");
        assert!(pdf.starts_with(b"%PDF-"));
        let pdf = String::from_utf8_lossy(&pdf);
        for part in ["/FontFile2", "/ToUnicode", "/Identity-H", "%%EOF"] {
            assert!(pdf.contains(part), "{own}: {part}");
        }
        fs::remove_dir_all(desk.path("drawn")).expect("removed");
    }
    // A gate draws what it is asked to, and nothing else.
    desk.file("policy.toml", POLICY);
    let gate = "gate a.npy --policy policy.toml --out judged";
    desk.run(gate).code(0);
    let drawn = |names: Vec<String>| names.iter().any(|name| name.ends_with(".svg"));
    assert!(!drawn(names(&desk.path("judged"))));
    desk.run(&format!("{gate} --figures svg")).code(0);
    assert!(drawn(names(&desk.path("judged"))));
    desk.refused("audit a.npy --figures svg", "give --out DIR");
    desk.refused("audit a.npy --title ours", "give --out DIR");
    desk.refused("audit a.npy --out d --figures gif", "png, svg, pdf");
}

#[cfg(feature = "plots")]
#[test]
fn checkpoints_are_drawn_in_their_order_and_in_the_colours_of_their_accuracies() {
    let desk = Desk::new();
    let rows = normal(1, 60, 8);
    for (k, spread) in ["0.1", "0.5", "2"].iter().enumerate() {
        let far: f32 = spread.parse().expect("a number");
        let moved = rows
            .iter()
            .map(|row| row.iter().map(|v| v * far + 1.0).collect());
        desk.rows(&format!("m{k}.npy"), &moved.collect());
    }
    let pairs = (0..30).map(|pair| format!("{},{}\n", 2 * pair, 2 * pair + 1));
    desk.file(
        "of.csv",
        format!("left,right\n{}", pairs.collect::<String>()),
    );
    desk.file("accuracy.csv", "accuracy\n0.25\n0.5\n0.75\n");
    let line = "compare m0.npy m1.npy m2.npy --groups none --pairs of.csv --tau 0.5 --out drawn --figures svg,csv --quiet";
    desk.run(&format!("{line} --accuracy accuracy.csv")).code(0);
    let file = |name: &str| fs::read_to_string(desk.path("drawn").join(name)).expect(name);
    let uniformity: Vec<f64> = file("trend.csv")
        .lines()
        .filter(|line| line.contains("uniformity"))
        .map(|line| line.split(',').rev().nth(1).expect("a value"))
        .map(|value| value.parse().expect("a number"))
        .collect();
    assert_eq!(uniformity.len(), 3);
    assert!(uniformity.is_sorted_by(|a, b| a > b), "{uniformity:?}");
    assert!(file("models.svg").contains("m1 (0.5000)"));
    assert!(
        file("models.csv")
            .lines()
            .nth(2)
            .expect("m1")
            .contains("0.5")
    );
    let two = "compare m0.npy m1.npy --pairs of.csv --out two --figures svg --quiet";
    desk.run(two).code(0);
    assert!(!names(&desk.path("two")).contains(&"trend.svg".to_owned()));
    desk.refused(
        "compare m0.npy m1.npy --accuracy accuracy.csv",
        "expected a number for each of the 2 models, in their order, found 3",
    );
    desk.refused(
        "compare m0.npy --as f16 --accuracy accuracy.csv",
        "the copies of --as have none",
    );
}

#[cfg(feature = "plots")]
#[test]
fn an_encoder_onto_the_circle_shows_its_classes() {
    let desk = Desk::new();
    let angle = |row: usize| (row % 12) as f32 * 0.5 + row as f32 * 1e-3;
    let rows = (0..60).map(|row| vec![angle(row).cos(), angle(row).sin()]);
    desk.rows("circle.npy", &rows.collect());
    let labels = (0..60).map(|row| format!("secret-{}\n", row % 12));
    desk.file(
        "labels.csv",
        format!("label\n{}", labels.collect::<String>()),
    );
    let line =
        "audit circle.npy --labels labels.csv --tau 0.5 --out drawn --figures svg,csv --quiet";
    desk.run(line).code(0);
    let file = |name: &str| fs::read_to_string(desk.path("drawn").join(name)).expect(name);
    let svg = file("circle.svg");
    assert!(svg.contains("secret-3, n = 5") && svg.contains("2 smaller classes left out"));
    let rows = file("circle.csv");
    let of = rows.lines().filter(|row| row.starts_with("a,secret-3,"));
    let densities = of.map(|row| row.split(',').nth(3).expect("a density"));
    let sum: f64 = densities
        .map(|density| density.parse::<f64>().expect("a number"))
        .sum();
    assert!(
        (sum * std::f64::consts::TAU / 180.0 - 1.0).abs() < 1e-9,
        "{sum}"
    );
    desk.run(&format!("{line} --redact")).code(0);
    assert!(!file("circle.svg").contains("secret") && !file("audit.json").contains("secret"));
    assert!(file("circle.svg").contains("class 3, n = 5"));
}

#[cfg(unix)]
#[test]
fn a_linked_baseline_and_a_device_stay_what_they_are() {
    use std::os::unix::fs::{FileTypeExt, symlink};
    let desk = Desk::new();
    desk.file("policy.toml", POLICY);
    fs::create_dir(desk.path("store")).expect("made");
    symlink("store/lock.json", desk.path("baseline.json")).expect("linked");
    symlink("/dev/null", desk.path("null.xml")).expect("linked");
    let line = "gate a.npy --policy policy.toml --baseline baseline.json --update-baseline --junit null.xml";
    // Made through the link, then replaced through it.
    for _ in 0..2 {
        desk.run(line)
            .code(0)
            .stderr(contains("wrote baseline.json"));
        assert!(desk.path("baseline.json").is_symlink());
        let lock = fs::read(desk.path("store/lock.json")).expect("at the end of the link");
        let lock: Value = serde_json::from_slice(&lock).expect("whole");
        assert_eq!(lock["audit"]["subject"]["name"], "a");
    }
    let null = fs::metadata("/dev/null").expect("is there");
    assert!(null.file_type().is_char_device() && desk.path("null.xml").is_symlink());
    assert_eq!(names(&desk.path("store")), ["lock.json"]);
}

/// The table and the XML share the file that stdout is, instead of one taking the other's place.
#[cfg(target_os = "linux")]
#[test]
fn standard_output_by_name_is_standard_output() {
    let desk = Desk::new();
    desk.file("policy.toml", POLICY);
    let out = fs::File::create(desk.path("out.txt")).expect("made");
    let status = std::process::Command::new(assert_cmd::cargo::cargo_bin!("spherecheck"))
        .current_dir(desk.path(""))
        .args([
            "gate",
            "a.npy",
            "--policy",
            "policy.toml",
            "--junit",
            "/dev/stdout",
        ])
        .stdout(out)
        .status()
        .expect("the program starts");
    assert!(status.success());
    let said = fs::read_to_string(desk.path("out.txt")).expect("is there");
    let whole = contains("</testsuites>")
        .and(contains("PASS"))
        .and(contains("\0").not());
    assert!(whole.eval(&said), "{said}");
}

/// In one process, whose start and end a clock here can hold.
#[test]
fn the_stages_of_a_process_add_up_to_its_time() {
    let desk = Desk::new();
    desk.rows("x.npy", &normal(3, 3000, 24));
    let line = format!(
        "audit {} --format json --details --threads 1",
        desk.path("x.npy").display()
    );
    let args = "spherecheck"
        .split(' ')
        .chain(line.split(' '))
        .map(Into::into);
    let args: Vec<std::ffi::OsString> = args.collect();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let start = std::time::Instant::now();
    conduct(
        &args,
        &mut Console::plain(&mut out, &mut err),
        &Cancel::default(),
    );
    let whole = start.elapsed().as_secs_f64();
    let audit: Value = serde_json::from_slice(&out).expect("an audit");
    let provenance = &audit["provenance"];
    let stages = provenance["process_seconds"].as_object().expect("stages");
    let took = |stage: &str| stages[stage].as_f64().expect("seconds");
    let sum: f64 = stages.keys().map(|stage| took(stage)).sum();
    assert!(
        0.95 * whole < sum && sum < whole,
        "{sum} of {whole}: {stages:?}"
    );
    for stage in ["start", "device", "files", "rows", "walks", "numbers"] {
        assert!(took(stage) > 0.0, "{stages:?}");
    }
    let seconds = |name: &str| provenance[name].as_f64().expect("seconds");
    assert!(took("walks") >= seconds("pass_seconds"));
    assert!(took("rows") + took("walks") >= seconds("total_seconds"));
    let err = String::from_utf8(err).expect("text");
    assert!(
        err.starts_with("reports took ") && err.lines().count() == 1,
        "{err}"
    );
}
