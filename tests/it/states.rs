//! What a walk leaves can leave the process: states that were written and read back make the same audit, byte for byte,
//! and so do the parts of a walk, however many, in whatever order and tree they are joined.

use std::sync::Arc;

use crate::support::{Rows, any_cpu, embeddings, inputs, listed, noisy, normal};
use spherecheck::audit::{
    AuditError, Compat, Effort, Inputs, Part, PartError, Planned, PositivesInput, PrecisionChoice,
    Prepared, QueryChoice, SearchBy, Settings, States, StatesError, prepare, read,
};
use spherecheck::data::{Embeddings, Labels, Names, ZeroRows};
use spherecheck::num::Dtype;
use spherecheck::pass::{NoWatch, Shard};
use spherecheck::result::PlannedView;

pub(crate) fn states(inputs: Inputs, settings: &Settings) -> States {
    let walked = prepared(inputs, settings).walk(&*any_cpu(), &NoWatch);
    walked.expect("states")
}

pub(crate) fn prepared(inputs: Inputs, settings: &Settings) -> Prepared {
    prepare(inputs, settings, &*any_cpu(), &NoWatch).expect("rows")
}

/// Every shard of the walk, as files.
fn parts(data: &Prepared, of: usize) -> Vec<Vec<u8>> {
    let part = |index| {
        let part = data.walk_part(Shard { index, of }, &*any_cpu(), &NoWatch);
        part.expect("a part").to_bytes()
    };
    (0..of).map(part).collect()
}

/// The audit, without what no two runs share.
fn json(states: &States) -> serde_json::Value {
    let mut audit = serde_json::to_value(read(states)).expect("plain data");
    let provenance = audit["provenance"].as_object_mut().expect("an object");
    for time in ["pass_seconds", "total_seconds"] {
        provenance.remove(time).expect("a time");
    }
    audit
}

pub(crate) fn labels(classes: Vec<u32>) -> Labels {
    Labels {
        name: "labels".to_owned(),
        values: Arc::new(
            (0..=*classes.iter().max().unwrap())
                .map(|c| c.to_string())
                .collect(),
        ),
        classes,
    }
}

/// The same values in float64.
fn wide(rows: &Rows) -> Embeddings {
    let values = rows.iter().flatten();
    let bytes: Vec<u8> = values.flat_map(|v| f64::from(*v).to_ne_bytes()).collect();
    let big_endian = cfg!(target_endian = "big");
    let shape = (rows.len(), rows[0].len());
    Embeddings::new("rows", Arc::new(bytes), 0, Dtype::F64, big_endian, shape).expect("rows")
}

/// Every family of options: name, what is audited, how.
pub(crate) fn cases() -> Vec<(&'static str, Inputs, Settings)> {
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
        offenders: true,
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
            "what search asks of two views",
            two(),
            Settings {
                search: true,
                ..plain.clone()
            },
        ),
        (
            "what a sample of queries asks",
            two(),
            Settings {
                search: true,
                queries: QueryChoice::Sample(50),
                ..plain.clone()
            },
        ),
        (
            "what search asks of labels",
            inputs(embeddings(&rows), None, of_labels()),
            Settings {
                search: true,
                ..plain.clone()
            },
        ),
        (
            "what search asks of two views in named groups, by inner products, and spectra",
            Inputs {
                groups: Some(labels((0..240).map(|k| k / 4).collect())),
                ..two()
            },
            Settings {
                search: true,
                search_by: SearchBy::Dot,
                spectrum: true,
                modality: true,
                negatives: vec![16],
                offenders: true,
                ..plain.clone()
            },
        ),
        (
            "what search and classes ask of labels in named groups",
            Inputs {
                groups: Some(labels((0..240).map(|k| k / 4).collect())),
                ..inputs(embeddings(&rows), None, of_labels())
            },
            Settings {
                search: true,
                classes: true,
                offenders: true,
                ..plain.clone()
            },
        ),
        (
            "a sample of the rows, some of them repeated",
            inputs(embeddings(&repeated), None, PositivesInput::None),
            Settings {
                sample: Some(200),
                search: true,
                ts: vec![0.5, 2.0],
                taus: vec![0.05],
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
    for version in ["5", "16"] {
        let head = format!("spherecheck states {version}\n");
        let of_other = of(&[head.as_bytes(), &bytes[21..]].concat());
        assert_eq!(
            of_other,
            StatesError::Version {
                kind: "states",
                found: version.to_owned()
            }
        );
        let told = format!("expected states of version 6, found version {version}; walk again");
        assert!(of_other.to_string().starts_with(&told), "{of_other}");
    }
    let other = of(b"\x93NUMPY\x01\x00v\x00{'descr'").to_string();
    assert!(other.contains(r"found `\x93NUMPY"), "{other}");
    assert!(of(b"").to_string().contains("found nothing"));
}

#[test]
fn parts_of_a_walk_make_the_audit_of_one_walk_to_the_bit() {
    for (name, inputs, settings) in cases() {
        let data = prepared(inputs, &settings);
        if settings.effort != Effort::Exact || settings.precision == PrecisionChoice::Auto {
            let refused = data.walk_part(Shard::default(), &*any_cpu(), &NoWatch);
            let error = refused.expect_err("one walk only").to_string();
            assert!(error.contains("in parts"), "{error}");
            continue;
        }
        let whole = data.walk(&*any_cpu(), &NoWatch).expect(name);
        for of in [1, 2, 5, 16] {
            let mut parts: Vec<Part> = parts(&data, of)
                .iter()
                .map(|bytes| Part::from_bytes(bytes).expect(name))
                .collect();
            // A tree, the last first.
            parts.reverse();
            let later = parts.split_off(of / 2);
            let halves = [parts, later].into_iter().filter(|half| !half.is_empty());
            let halves: Vec<Part> = halves.map(|half| Part::join(half).expect(name)).collect();
            let joined = Part::join(halves).expect(name);
            let states = data
                .complete((joined, None), &[], &*any_cpu(), &NoWatch)
                .expect(name);
            assert_eq!(json(&states), json(&whole), "{name}, {of} shards");
        }
    }
}

/// The data before the rows that a plan knows are read.
fn unread(inputs: Inputs, settings: &Settings, planned: &[PlannedView]) -> Planned {
    Planned::new(inputs, settings, planned, &*any_cpu()).expect("a plan's rows")
}

#[test]
fn a_shard_of_a_plan_is_the_part_that_reads_all_rows_to_the_byte() {
    let of = 5;
    for ((name, inputs, settings), (_, again, _)) in cases().into_iter().zip(cases()) {
        let data = prepared(inputs, &settings);
        if settings.effort != Effort::Exact || settings.precision == PrecisionChoice::Auto {
            continue;
        }
        let (planned, _) = data.planned_views(&*any_cpu());
        // A sample is read whole.
        assert_eq!(planned.is_empty(), settings.sample.is_some(), "{name}");
        if planned.is_empty() {
            continue;
        }
        let worker = unread(again, &settings, &planned);
        for (index, whole) in parts(&data, of).into_iter().enumerate() {
            let shard = Shard { index, of };
            let part = worker.walk_part(shard, &*any_cpu(), &NoWatch);
            let part = part.expect(name);
            assert!(part.to_bytes() == whole, "{name}, shard {index}");
            let there = worker.walked_already((&part, shard), &*any_cpu());
            assert!(there.expect(name), "{name}");
        }
    }
}

#[test]
fn a_shard_reads_its_own_bands_and_no_others() {
    let (rows, settings, of) = (normal(3, 240, 12), Settings::default(), 210);
    let audited = |rows: &_| inputs(embeddings(rows), None, PositivesInput::None);
    let data = prepared(audited(&rows), &settings);
    let (planned, _) = data.planned_views(&*any_cpu());
    assert_eq!((planned.len(), planned[0].bands.len()), (1, 20));
    // One row is another now, and one whose norm is no number.
    for value in [0.125, f32::NAN] {
        let mut moved = rows.clone();
        moved[17][3] = value;
        let worker = unread(audited(&moved), &settings, &planned);
        let mut refused = 0;
        for index in 0..of {
            let shard = Shard { index, of };
            match worker.walk_part(shard, &*any_cpu(), &NoWatch) {
                Ok(part) => {
                    let whole = data
                        .walk_part(shard, &*any_cpu(), &NoWatch)
                        .expect("a part");
                    assert!(part.to_bytes() == whole.to_bytes(), "shard {index}");
                }
                Err(AuditError::Part(PartError::Changed { group, .. })) => {
                    assert!((1..=20).contains(&group));
                    refused += 1;
                }
                Err(other) => panic!("{other}"),
            }
        }
        // The tiles of one group with each of the 20.
        assert_eq!(refused, 20);
    }
    let mut beyond = planned.clone();
    beyond[0].left_out = vec![240];
    for planned in [&[planned.clone(), planned].concat(), &beyond] {
        let refused = Planned::new(audited(&rows), &settings, planned, &*any_cpu());
        assert!(matches!(
            refused,
            Err(AuditError::Part(PartError::OtherViews))
        ));
    }
}

#[test]
fn rows_of_norm_zero_are_left_out_as_the_plan_says() {
    let (mut rows, of) = (normal(3, 240, 12), 7);
    rows[40].fill(0.0);
    rows[200].fill(0.0);
    let near = noisy(&normal(3, 240, 12), 4, 0.3);
    let settings = Settings {
        zero_rows: ZeroRows::Drop,
        ..Settings::default()
    };
    let audited = || {
        let (a, b) = (embeddings(&rows), embeddings(&near));
        inputs(a, Some(b), PositivesInput::Aligned)
    };
    let data = prepared(audited(), &settings);
    let (planned, _) = data.planned_views(&*any_cpu());
    assert_eq!(planned[0].left_out, [40, 200]);
    assert_eq!(planned[1].left_out, [40, 200]);
    let worker = unread(audited(), &settings, &planned);
    let shards = (0..of).map(|index| Shard { index, of });
    let walked = shards.map(|shard| worker.walk_part(shard, &*any_cpu(), &NoWatch));
    let joined = Part::join(walked.map(|part| part.expect("a part"))).expect("all of them");
    let states = data
        .complete((joined, None), &[], &*any_cpu(), &NoWatch)
        .expect("states");
    let whole = data.walk(&*any_cpu(), &NoWatch).expect("states");
    assert_eq!(json(&states), json(&whole));
}

#[test]
fn parts_that_do_not_belong_together_are_named_and_refused() {
    let rows = normal(3, 240, 12);
    let audited = |rows: &_| inputs(embeddings(rows), None, PositivesInput::None);
    let plain = Settings::default();
    let data = prepared(audited(&rows), &plain);
    let part = |data: &Prepared, index: usize, of| {
        let shard = Shard { index, of };
        data.walk_part(shard, &*any_cpu(), &NoWatch)
            .expect("a part")
    };
    let complete = |part| match data.complete((part, None), &[], &*any_cpu(), &NoWatch) {
        Err(AuditError::Part(error)) => error,
        other => panic!("{:?}", other.map(|_| ())),
    };
    assert_eq!(Part::join([]).unwrap_err(), PartError::None);
    let one = || part(&data, 1, 4);
    let twice = Part::join([one(), one()]).unwrap_err();
    assert_eq!(
        twice.to_string(),
        "shard 2 of 4 is there twice; give each part once"
    );
    let some = Part::join([part(&data, 3, 4), one()]).expect("two of four");
    let error = complete(some).to_string();
    assert!(
        error.contains("of 4 shards these are missing: 1, 3;"),
        "{error}"
    );

    // Ids in the order of the rows, which they leave as they are.
    let named = |first: &str| {
        let name = |row| format!("{first}{row:03}");
        let ids = Names {
            name: "ids".to_owned(),
            values: (0..240).map(name).collect(),
        };
        prepared(audited(&rows), &plain)
            .identified(&ids)
            .expect("ids")
    };
    let mut moved = rows.clone();
    moved[17][3] += 1e-3;
    let other = |settings| prepared(audited(&rows), &settings);
    let foreign = [
        (
            prepared(audited(&moved), &plain),
            "the digest of the rows of the first view",
        ),
        (
            prepared(audited(&rows[1..].to_vec()), &plain),
            "the shape of the first view",
        ),
        (
            other(Settings {
                seed: 9,
                ..plain.clone()
            }),
            "the seed",
        ),
        (
            other(Settings {
                search: true,
                ..plain.clone()
            }),
            "what search asks",
        ),
        (
            other(Settings {
                ts: vec![3.0],
                ..plain.clone()
            }),
            "the list of coefficients",
        ),
        (
            prepared(
                inputs(embeddings(&rows), None, listed(&[(0, 1), (2, 3)])),
                &plain,
            ),
            "the order of the rows",
        ),
        (
            prepared(inputs(wide(&rows), None, PositivesInput::None), &plain),
            "the element type of the first view is f32 in one and f64 in another",
        ),
        (named("x"), "the digest of the ids is none in one"),
    ];
    for (other, what) in foreign {
        let found = Part::join([one(), part(&other, 2, 4)])
            .unwrap_err()
            .to_string();
        assert!(found.contains(what), "{what}: {found}");
        let found = complete(part(&other, 0, 1)).to_string();
        assert!(found.contains(what), "{what}: {found}");
    }
    // The same rows in the same order, of other labels.
    let labelled = |label: fn(u32) -> u32| {
        let labels = PositivesInput::Labels(labels((0..240).map(label).collect()));
        part(
            &prepared(inputs(embeddings(&rows), None, labels), &plain),
            1,
            4,
        )
    };
    assert!(Part::join([labelled(|k| k % 30)]).is_ok());
    let found = Part::join([labelled(|k| k % 30), labelled(|k| k / 8)])
        .unwrap_err()
        .to_string();
    assert!(found.contains("positives"), "{found}");
    assert!(Part::join([part(&named("x"), 1, 4), part(&named("x"), 2, 4)]).is_ok());
    let found = Part::join([part(&named("x"), 1, 4), part(&named("y"), 2, 4)]);
    let found = found.unwrap_err().to_string();
    assert!(found.contains("the digest of the ids"), "{found}");
    let found = Part::join([one(), part(&data, 0, 3)])
        .unwrap_err()
        .to_string();
    assert!(
        found.contains("the number of shards is 4 in one and 3 in another"),
        "{found}"
    );
    let bytes = one().to_bytes();
    let older = [b"spherecheck parts 5\n", &bytes[20..]].concat();
    let older = Part::from_bytes(&older).unwrap_err().to_string();
    assert!(
        older.starts_with("expected parts of version 6, found version 5; walk again"),
        "{older}"
    );
    let damaged = Part::from_bytes(&bytes[..bytes.len() - 1]).unwrap_err();
    assert!(matches!(
        damaged,
        StatesError::Damaged { kind: "parts", .. }
    ));
    assert!(matches!(
        States::from_bytes(&bytes),
        Err(StatesError::Kind { .. })
    ));
}
