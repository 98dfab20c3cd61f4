//! Where output goes: links, devices, directories that are not there yet.

use std::fs;

use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use serde_json::Value;

use super::desk::{Desk, names};

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
        desk.run(&format!("{line} --out drawn --figures svg --title {title}"))
            .code(0);
        let written = names(&desk.path("drawn"));
        assert!(
            written.iter().all(|name| !name.ends_with(".png")),
            "{written:?}"
        );
        let file = |name: &str| fs::read_to_string(desk.path("drawn").join(name)).expect(name);
        assert!(file(&format!("{own}.svg")).contains("ours"));
        assert!(file("report.html").contains("<h1>ours</h1>"));
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
    desk.refused("audit a.npy --out d --figures pdf", "png, svg");
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
