//! What a walk leaves can leave the process: states that were written and read back make the same audit, byte for byte.

use crate::support::{any_cpu, embeddings, inputs, listed, noisy, normal};
use spherecheck::audit::{
    Compat, Effort, Inputs, PositivesInput, PrecisionChoice, Settings, States, StatesError,
    prepare, read,
};
use spherecheck::data::Labels;
use spherecheck::pass::NoWatch;

fn states(inputs: Inputs, settings: &Settings) -> States {
    let backend = any_cpu();
    let data = prepare(inputs, settings, &*backend, &NoWatch).expect("rows");
    data.walk(&*backend, &NoWatch).expect("states")
}

fn labels(classes: Vec<u32>) -> Labels {
    Labels {
        name: "labels".to_owned(),
        values: std::sync::Arc::new(
            (0..=*classes.iter().max().unwrap())
                .map(|c| c.to_string())
                .collect(),
        ),
        classes,
    }
}

/// Every family of options: name, what is audited, how.
fn cases() -> Vec<(&'static str, Inputs, Settings)> {
    let rows = normal(3, 240, 12);
    let near = noisy(&rows, 4, 0.3);
    let mut repeated = rows.clone();
    (repeated[7], repeated[90]) = (repeated[3].clone(), repeated[8].clone());
    let plain = Settings::default();
    let one = || inputs(embeddings(&rows), None, PositivesInput::None);
    let two = || {
        inputs(
            embeddings(&rows),
            Some(embeddings(&near)),
            PositivesInput::Aligned,
        )
    };
    let pairs: Vec<(usize, usize)> = (0..60).map(|k| (2 * k, 2 * k + 1)).collect();
    let of_labels = || PositivesInput::Labels(labels((0..240).map(|k| k % 30).collect()));
    let all = Settings {
        negatives: vec![1, 64, 4096],
        compat: vec![Compat::Ssnl, Compat::Simcse, Compat::Batch(50)],
        histograms: true,
        verify: Some(20),
        ..plain.clone()
    };
    let big = normal(5, 3000, 8);
    let estimate = Settings {
        effort: Effort::Amount {
            rounds: 3,
            full_rows: 40,
            squares: true,
        },
        ..plain.clone()
    };
    vec![
        ("rows alone", one(), plain.clone()),
        ("everything of two views", two(), all.clone()),
        (
            "listed pairs join items",
            inputs(embeddings(&rows), None, listed(&pairs)),
            all.clone(),
        ),
        (
            "labels",
            inputs(embeddings(&rows), None, of_labels()),
            all.clone(),
        ),
        (
            "named groups",
            Inputs {
                groups: Some(labels((0..240).map(|k| k / 6).collect())),
                ..inputs(embeddings(&rows), None, of_labels())
            },
            plain.clone(),
        ),
        (
            "repeated rows",
            inputs(embeddings(&repeated), None, PositivesInput::None),
            plain.clone(),
        ),
        (
            "low precision where there is any",
            two(),
            Settings {
                precision: PrecisionChoice::Auto,
                ..plain.clone()
            },
        ),
        (
            "the plane",
            inputs(embeddings(&normal(6, 80, 2)), None, PositivesInput::None),
            all,
        ),
        (
            "a part of the pairs",
            inputs(embeddings(&big), None, PositivesInput::None),
            estimate,
        ),
    ]
}

#[test]
fn an_audit_of_states_read_back_is_the_same_to_the_byte() {
    for (name, inputs, settings) in cases() {
        let states = states(inputs, &settings);
        let bytes = states.to_bytes();
        let back = States::from_bytes(&bytes).expect(name);
        assert!(back.to_bytes() == bytes, "{name}: the states themselves");
        let json = |states: &States| serde_json::to_vec(&read(states)).expect("plain data");
        assert!(json(&back) == json(&states), "{name}");
        assert!(!read(&back).measures.is_empty(), "{name}");
    }
}

#[test]
fn states_that_are_cut_off_changed_or_of_another_kind_are_refused() {
    let rows = normal(1, 30, 4);
    let bytes = states(
        inputs(embeddings(&rows), None, PositivesInput::None),
        &Settings::default(),
    )
    .to_bytes();
    let of = |bytes: &[u8]| States::from_bytes(bytes).map(|_| ()).expect_err("refused");
    for at in [0, 10, 20, 21, 40, 52, 53, bytes.len() / 2, bytes.len() - 1] {
        let mut cut = bytes.clone();
        cut.truncate(at);
        of(&cut);
        let mut changed = bytes.clone();
        changed[at] ^= 0x20;
        of(&changed);
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(matches!(of(&longer), StatesError::Damaged { .. }));
    let newer = [&b"spherecheck states 2\n"[..], &bytes[21..]].concat();
    assert_eq!(
        of(&newer),
        StatesError::Version {
            found: "2".to_owned()
        }
    );
    let other = of(b"\x93NUMPY\x01\x00v\x00{'descr'").to_string();
    assert!(other.contains(r"found `\x93NUMPY"), "{other}");
    assert!(of(b"").to_string().contains("found nothing"));
}
