//! Figures of several encoders, drawn from made-up ones.

#[cfg(feature = "train")]
mod trained;

use std::fs;
use std::path::Path;

use spherecheck::audit::Settings;
use spherecheck::report::{FigureForm, Report};
use spherecheck::result::{
    Accuracy, Against, Member, ModelPlace, ObjectiveKind, ZOO_SCHEMA, Zoo, excess,
};

use crate::support::{any_cpu, audit_rows, normal};

fn scratch() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

fn member(name: &str, kind: ObjectiveKind, place: (f64, f64), accuracy: f64) -> Member {
    Member {
        name: name.to_owned(),
        kind,
        objective: name.to_owned(),
        dim: 32,
        alignment: place.1,
        uniformity: place.0,
        accuracy: Some(Accuracy {
            value: accuracy,
            low: accuracy - 0.02,
            high: (accuracy + 0.02).min(1.0),
            n: 359,
        }),
        lambda: None,
        along: None,
        seed: 0,
        seconds: 1.0,
    }
}

fn zoo() -> Vec<Member> {
    vec![
        member("random", ObjectiveKind::Random, (-0.6, 0.1), 0.8),
        member("supervised", ObjectiveKind::Supervised, (-1.9, 0.5), 0.99),
        member("contrastive", ObjectiveKind::Contrastive, (-3.2, 0.5), 0.96),
        member(
            "align-uniform",
            ObjectiveKind::AlignUniform,
            (-3.5, 0.55),
            0.97,
        ),
        member("mixed", ObjectiveKind::Mixed, (-3.3, 0.52), 0.965),
        member("uniform", ObjectiveKind::AlignUniform, (-3.72, 1.7), 0.4),
        member(
            "collapsed",
            ObjectiveKind::AlignUniform,
            (-0.0001, 0.00001),
            0.11,
        ),
    ]
}

/// Keeps the picture where people can look at it, and gives its size in pixels.
#[track_caller]
fn keep(name: &str, bytes: &[u8]) -> (u32, u32) {
    fs::write(scratch().join(name), bytes).expect("the scratch folder takes files");
    assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n", "{name}");
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().expect("4 bytes"));
    (number(16), number(20))
}

#[test]
fn a_model_of_another_dimension_is_placed_by_its_excess() {
    let place = |dim: u64| ModelPlace {
        name: "minilm_mean".to_owned(),
        dim,
        alignment: Some(0.13),
        uniformity: -2.68,
        excess: excess(-2.68, dim),
    };
    let against = |dim: u64| Against {
        source: "zoo/zoo.json".to_owned(),
        data: "digits".to_owned(),
        same_dimension: dim == 32,
        own: place(dim),
        members: zoo()
            .into_iter()
            .map(|m| (m.clone(), excess(m.uniformity, m.dim)))
            .collect(),
        remarks: Vec::new(),
    };
    let mut audit = audit_rows(&normal(1, 30, 4), &Settings::default(), &*any_cpu());
    let drawn = [32, 384].map(|dim| {
        audit.against = Some(against(dim));
        let figures = audit.figures(None);
        let among = figures.iter().find(|figure| figure.name == "against");
        let among = among.expect("a figure").render(FigureForm::Png);
        let among = among.expect("drawn");
        assert_eq!(keep(&format!("among_{dim}.png"), &among), (1760, 1260));
        among
    });
    assert_ne!(drawn[0], drawn[1]);
}

#[test]
fn a_zoo_reads_back_and_a_damaged_one_is_refused_in_words() {
    let zoo = Zoo {
        schema: ZOO_SCHEMA.to_owned(),
        data: "digits".to_owned(),
        members: zoo(),
        failed: Vec::new(),
        paper: None,
    };
    let text = serde_json::to_string(&zoo).expect("JSON");
    assert_eq!(
        Zoo::parse("zoo.json", text.as_bytes()).expect("reads back"),
        zoo
    );
    for (bad, said) in [
        (
            text.replace("zoo/1", "zoo/9"),
            "found spherecheck.zoo/9; make one with",
        ),
        (
            text.replace("\"dim\":32", "\"dim\":0"),
            "\"random\" has dim 0, expected at least 1",
        ),
        (
            text.replace("-0.6", "-60.0"),
            "has uniformity -60, expected -8 to 0",
        ),
        ("{}".to_owned(), "missing field"),
        (text[..text.len() / 2].to_owned(), "EOF"),
    ] {
        let error = Zoo::parse("zoo.json", bad.as_bytes())
            .expect_err(said)
            .to_string();
        assert!(error.contains(said), "{error:?} does not say {said:?}");
    }
}
