//! Numbers that stay as they are: what audits, comparisons and a probe over all families of options say of the fixtures, on
//! every kernel. A change of the code that means no change of a number is held here to the twelfth digit.
//!
//! After a change that means one, `SPHERECHECK_KEEP=1 cargo test --test it kept` writes the files anew; their difference is
//! what a reviewer reads.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use spherecheck::kernel;

/// Rows that several commands ask about.
const WORDS: &[(&str, &str)] = &[
    ("GAUSSIAN", "fixtures/golden/gaussian_301x8.npy"),
    ("CLUSTERED", "fixtures/golden/clustered_1000x33.npy"),
    ("DIGITS", "fixtures/golden/digits_1797x64.npy"),
    ("SKEWED", "fixtures/golden/anisotropic_515x129.npy"),
    (
        "TIED",
        "fixtures/search/tied_a.npy fixtures/search/tied_b.npy",
    ),
    ("L3", "fixtures/zoo/l3_kjv.npy fixtures/zoo/l3_web.npy"),
    (
        "GLOVE",
        "fixtures/zoo/glove_kjv.npy fixtures/zoo/glove_web.npy",
    ),
    (
        "INT8",
        "fixtures/zoo/l6int8_kjv.npy fixtures/zoo/l6int8_web.npy",
    ),
];

/// One command of each family of options; rounded precisions, which not every processor has, have their own tests.
const COMMANDS: &[&str] = &[
    "audit GAUSSIAN",
    "audit GAUSSIAN --pairs fixtures/golden/gaussian_301x8.pairs.npy --alpha 1,3 --t 1,2,3.5 --tau 0.05,1 --details",
    "audit CLUSTERED --pairs fixtures/golden/clustered_1000x33.pairs.npy --search --confidence 0.9",
    "audit DIGITS --labels fixtures/golden/digits_1797x64.labels.npy --classes --sample 400000",
    "audit SKEWED --pairs fixtures/golden/anisotropic_515x129.pairs.npy --negatives 1,100",
    "audit SKEWED --sample 20000 --seed 3",
    "audit TIED --pairs fixtures/search/tied.pairs.npy --search",
    "audit L3 --search --similarity dot",
    "audit GLOVE --modality --spectrum",
    "audit INT8",
    "compare L3 INT8 --search",
    "compare L3 GLOVE",
    "probe DIGITS --labels fixtures/golden/digits_1797x64.labels.npy --k 1,5 --folds 3",
];

/// What belongs to a run and not to its numbers.
const OF_THE_RUN: &[&str] = &["provenance", "definitions", "findings", "pairing"];

/// `value` may differ by what libraries of mathematics differ by; its error and interval are made of small differences of it.
const OF_VALUES: f64 = 1e-12;
const OF_ERRORS: f64 = 1e-9;

/// The numbers of one command by their names: value, standard error, ends of the interval.
type Numbers = BTreeMap<String, [Option<f64>; 4]>;

/// `alignment{alpha=2} cross` where an element says what it is, its place where it does not.
fn label(element: &Value, place: usize) -> String {
    let text = |key: &str| element[key].as_str();
    let Some(name) = text("metric").or_else(|| text("name")) else {
        return place.to_string();
    };
    let mut label = name.to_owned();
    for (name, value) in element["params"].as_object().into_iter().flatten() {
        write!(label, "{{{name}={value}}}").expect("memory");
    }
    for of in [&element["side"], &element["between"]] {
        if !of.is_null() {
            write!(label, " {of}").expect("memory");
        }
    }
    label.replace('"', "")
}

fn collect(document: &Value, path: &str, found: &mut Numbers) {
    if let Some(elements) = document.as_array() {
        for (place, element) in elements.iter().enumerate() {
            collect(element, &format!("{path}/{}", label(element, place)), found);
        }
    }
    let Some(object) = document.as_object() else {
        return;
    };
    if object.get("value").is_some_and(Value::is_f64) {
        let numbers = [
            &document["value"],
            &document["se"],
            &document["interval"]["low"],
            &document["interval"]["high"],
        ];
        let before = found.insert(path.to_owned(), numbers.map(Value::as_f64));
        assert_eq!(before, None, "{path} stands twice");
    }
    for (key, inner) in object {
        if !OF_THE_RUN.contains(&key.as_str()) {
            collect(inner, &format!("{path}/{key}"), found);
        }
    }
}

fn run(command: &str, kernel: &str) -> Numbers {
    let mut line = command.to_owned();
    for (word, files) in WORDS {
        line = line.replace(word, files);
    }
    let done = Command::cargo_bin("spherecheck")
        .expect("the program is built")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("SPHERECHECK_KERNEL", kernel)
        .args(line.split_whitespace())
        .args(["--format", "json", "--quiet"])
        .assert()
        .success();
    let document = serde_json::from_slice(&done.get_output().stdout).expect("JSON");
    let mut found = Numbers::new();
    collect(&document, "", &mut found);
    assert!(found.len() > 3, "{command}: {found:?}");
    found
}

/// A line for the command, then one for each number.
fn written(command: &str, numbers: &Numbers) -> String {
    let mut text = format!("{command}\n");
    for (name, numbers) in numbers {
        let cells = numbers.map(|cell| cell.map_or("-".to_owned(), |number| format!("{number:?}")));
        writeln!(text, "\t{name}\t{}", cells.join("\t")).expect("memory");
    }
    text
}

fn read(line: &str) -> Option<(String, [Option<f64>; 4])> {
    let mut cells = line.strip_prefix('\t')?.split('\t');
    let name = cells.next()?.to_owned();
    let numbers: Vec<Option<f64>> = cells.map(|cell| cell.parse().ok()).collect();
    Some((name, numbers.try_into().expect("four numbers")))
}

fn near(found: Option<f64>, kept: Option<f64>, part: f64) -> bool {
    match (found, kept) {
        (Some(found), Some(kept)) => (found - kept).abs() <= part * kept.abs().max(1.0),
        (found, kept) => found == kept,
    }
}

/// Every kept number that is missing or another now; new ones are welcome.
fn differences(kept: &Numbers, found: &Numbers) -> Vec<String> {
    let mut all = Vec::new();
    for (name, kept) in kept {
        let same = found.get(name).is_some_and(|found| {
            near(found[0], kept[0], OF_VALUES)
                && (1..4).all(|at| near(found[at], kept[at], OF_ERRORS))
        });
        if !same {
            all.push(format!(
                "{name}\n    kept  {kept:?}\n    found {:?}",
                found.get(name)
            ));
        }
    }
    all
}

#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn hold(name: &str) {
    if !kernel::available()
        .iter()
        .any(|kernel| kernel.name() == name)
    {
        eprintln!("skipped: numbers of {name}: this processor has it not");
        return;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/kept/{name}.tsv"));
    let found: Vec<(&str, Numbers)> = COMMANDS
        .iter()
        .map(|command| (*command, run(command, name)))
        .collect();
    if std::env::var_os("SPHERECHECK_KEEP").is_some() {
        let text: String = found
            .iter()
            .map(|(command, numbers)| written(command, numbers))
            .collect();
        fs::write(&path, text).expect("fixtures/kept");
        return;
    }
    let text = fs::read_to_string(&path).expect("fixtures/kept");
    let mut broken = Vec::new();
    for (command, numbers) in &found {
        let of = |line: &&str| *line == *command;
        let mut lines = text.lines().skip_while(|line| !of(line)).skip(1);
        let kept: Numbers = lines.by_ref().map_while(read).collect();
        assert!(kept.len() > 3, "{command} is not among what was kept");
        for difference in differences(&kept, numbers) {
            broken.push(format!("{command}: {difference}"));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn numbers_of_the_portable_kernel_are_those_that_were_kept() {
    hold("portable");
}

#[test]
fn numbers_of_avx2_are_those_that_were_kept() {
    hold("avx2");
}

#[test]
fn numbers_of_avx512_are_those_that_were_kept() {
    hold("avx512");
}

#[test]
fn a_difference_in_the_eleventh_digit_would_be_found() {
    let kept = |value| Numbers::from([("a".to_owned(), [Some(value), Some(0.1), None, None])]);
    assert!(differences(&kept(0.5), &kept(0.5 + 1e-13)).is_empty());
    assert_eq!(differences(&kept(0.5), &kept(0.5 + 1e-11)).len(), 1);
    assert_eq!(differences(&kept(0.5), &Numbers::new()).len(), 1);
    let mut without = kept(0.5);
    without.insert("a".to_owned(), [Some(0.5), None, None, None]);
    assert_eq!(differences(&kept(0.5), &without).len(), 1);
    assert!(differences(&Numbers::new(), &without).is_empty());
}
