//! `spherecheck train --preset`: several encoders, their index, their figures; and a model among them.

use std::fs;

use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use spherecheck::result::{ObjectiveKind, Zoo};
use tempfile::TempDir;

use super::train::support::{run, zoo};

/// One short epoch of the smallest encoders.
const SHORT: &str = "--epochs 1 --encoder mlp --width 64";

#[test]
fn encoders_onto_the_circle_leave_their_figure_and_folders() {
    let desk = TempDir::new().expect("a temporary directory");
    let line = format!("train --preset circle {SHORT} --out circle");
    run(desk.path(), &line)
        .code(0)
        .stdout(
            contains("3  reference encoders of digits")
                .and(contains("contrastive(tau=0.5, M=256)")),
        )
        .stderr(contains("1/3 random").and(contains("wrote circle/zoo.json")));
    let folder = desk.path().join("circle");
    let kinds: Vec<ObjectiveKind> = zoo(&folder).members.iter().map(|m| m.kind).collect();
    assert_eq!(
        kinds,
        [
            ObjectiveKind::Random,
            ObjectiveKind::Supervised,
            ObjectiveKind::Contrastive
        ]
    );
    assert!(
        zoo(&folder)
            .members
            .iter()
            .all(|m| m.dim == 2 && m.accuracy.is_some())
    );
    for name in [
        "random/weights.safetensors",
        "supervised/plan.toml",
        "contrastive/embeddings.safetensors",
    ] {
        assert!(folder.join(name).is_file(), "{name}");
    }
    for name in ["circle.png", "scatter.png"] {
        assert_eq!(
            folder.join(name).is_file(),
            cfg!(feature = "plots"),
            "{name}"
        );
    }
    run(desk.path(), &line)
        .code(2)
        .stdout(is_empty())
        .stderr(contains("holds a training run already"));
}

#[test]
fn a_sweep_goes_on_where_it_was_interrupted_and_takes_a_model_among_its_encoders() {
    let desk = TempDir::new().expect("a temporary directory");
    let line = format!("train --preset sweep {SHORT} --out sweep");
    run(desk.path(), &line).code(0);
    let folder = desk.path().join("sweep");
    let first = zoo(&folder);
    assert_eq!(first.members.len(), 14);
    assert_eq!(first.members[0].lambda, Some(0.0));
    assert_eq!(folder.join("sweep.png").is_file(), cfg!(feature = "plots"));
    // As after an interruption: two encoders are not in the index, one is there under another plan.
    let cut = Zoo {
        members: first.members[..12].to_vec(),
        ..first.clone()
    };
    fs::write(
        folder.join("zoo.json"),
        serde_json::to_vec(&cut).expect("JSON"),
    )
    .expect("written");
    let plan = folder.join("lambda-0.5/plan.toml");
    let text = fs::read_to_string(&plan)
        .expect("a plan")
        .replace("epochs = 1", "epochs = 2");
    fs::write(&plan, text).expect("written");
    let again = run(desk.path(), &format!("{line} --resume")).code(0);
    let said = String::from_utf8_lossy(&again.get_output().stderr).into_owned();
    let trained: Vec<&str> = said
        .lines()
        .filter_map(|line| line.split_once("/14 "))
        .map(|parts| parts.0)
        .collect();
    // lambda = 0.5 is the eighth.
    assert_eq!(trained, ["8", "13", "14"], "{said}");
    let same = |a: &Zoo, b: &Zoo| {
        let places = |zoo: &Zoo| -> Vec<(String, f64, f64)> {
            let of = zoo.members.iter();
            of.map(|m| (m.name.clone(), m.alignment, m.uniformity))
                .collect()
        };
        assert_eq!(places(a), places(b));
    };
    same(&first, &zoo(&folder));
    run(
        desk.path(),
        "audit sweep/lambda-1/embeddings.safetensors --tensor items --against sweep",
    )
    .code(0)
    .stdout(contains("> embeddings").and(contains("above the ideal of 32 dimensions")));
}

#[test]
fn a_preset_takes_no_objective_of_its_own() {
    let desk = TempDir::new().expect("a temporary directory");
    for (line, said) in [
        (
            "train --preset zoo --objective random",
            "cannot be used with",
        ),
        (
            "train --preset zoos",
            "possible values: circle, stl10, depth, bookcorpus, sweep, finetune, zoo, losses",
        ),
        (
            "train --preset circle --batch 100 --out x",
            "negatives: expected 1 to 99",
        ),
    ] {
        run(desk.path(), line)
            .code(2)
            .stdout(is_empty())
            .stderr(contains(said));
    }
}

#[test]
fn an_encoder_that_dies_is_told_and_the_others_go_on() {
    let desk = TempDir::new().expect("a temporary directory");
    // One unit within, which half of the items leave at 0: before training these have no direction at all.
    let line = "train --preset circle --epochs 2 --encoder mlp --width 1 --out circle";
    let done = run(desk.path(), line)
        .code(2)
        .stdout(contains(", 1 failed").and(contains("failed  random: ")));
    let said = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
    assert!(
        said.contains("1/3 random: failed, the others go on: "),
        "{said}"
    );
    let found = zoo(&desk.path().join("circle"));
    let names: Vec<&str> = found.members.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(names, ["supervised", "contrastive"]);
    assert_eq!(found.failed.len(), 1);
    let failed = &found.failed[0];
    assert_eq!(
        (failed.name.as_str(), failed.objective.as_str()),
        ("random", "random weights")
    );
    assert!(
        failed.reason.contains("the encoder is dead: "),
        "{}",
        failed.reason
    );
    // Its row has no number that could be taken for a measured one.
    let table = String::from_utf8_lossy(&done.get_output().stdout).into_owned();
    let row = table
        .lines()
        .find(|row| row.trim_start().starts_with("random "))
        .expect("its row");
    assert!(!row.chars().any(|c| c.is_ascii_digit()), "{row}");
}

#[test]
fn a_study_of_dead_encoders_alone_has_no_table() {
    let desk = TempDir::new().expect("a temporary directory");
    let line = "train --preset sweep --epochs 1 --encoder mlp --width 8 --optimizer sgd --rate 1e38 --out sweep";
    run(desk.path(), line).code(2).stdout(is_empty()).stderr(
        contains("14/14 lambda-1: failed, the others go on: step ").and(contains(
            "none of the 14 encoders could be trained and audited",
        )),
    );
    assert!(!desk.path().join("sweep/zoo.json").exists());
}
