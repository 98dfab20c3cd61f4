//! The same rows twice: smaller forms of real embeddings against numbers of numpy, parity of real exports through the
//! program, and gates that hold a candidate against its reference.

use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;
use spherecheck::backend::Backend;
use spherecheck::data::UnitRows;
use spherecheck::input::open_embeddings;
use spherecheck::metric::overlap;
use spherecheck::num::Storage;
use spherecheck::pass::{NearestJob, NoWatch};

use crate::cli::desk::{Desk, integers};
use crate::support::{any_cpu, close, fixture, normal};

const K: usize = 10;

/// The ten nearest of each row.
fn nearest(rows: &UnitRows, backend: &dyn Backend) -> Vec<Vec<u32>> {
    let all: Vec<u32> = (0..rows.rows() as u32).collect();
    let job = NearestJob::Within(rows, &all, K);
    let lists = backend.nearest(job, &NoWatch).expect("a walk").state;
    let numbers = |list: Vec<(u32, f32)>| list.into_iter().map(|(row, _)| row).collect();
    lists.into_lists().into_iter().map(numbers).collect()
}

/// Form, overlap of the ten nearest of mean pooling and of CLS, tolerance: numpy in f64 on the same rows. f32 cosines may
/// change one neighbour of 10,000. Signs tie by the hundred; numpy's number depends on the order that it gives them.
const GOLDEN: [(&str, f64, f64, f64); 10] = [
    ("f16", 0.9999, 0.9992, 1e-4),
    ("bf16", 0.9993, 0.9953, 1e-4),
    ("i8-row", 0.9955, 0.9674, 1e-4),
    ("i8-st", 0.8173, 0.6746, 1e-4),
    ("i8-st-dequantised", 0.9953, 0.9948, 1e-4),
    ("u8-offset", 0.9926, 0.9732, 1e-4),
    ("binary", 0.6015, 0.5035, 6e-4),
    ("dims:64", 0.4526, 0.3823, 1e-4),
    ("dims:128", 0.6194, 0.5827, 1e-4),
    ("dims:256", 0.8009, 0.7822, 1e-4),
];

#[test]
fn smaller_forms_keep_the_neighbours_that_numpy_says() {
    let backend = any_cpu();
    let found = ["mean", "cls"].map(|pooling| {
        let path = fixture(&format!("real/minilm_{pooling}_a.npy"));
        let rows = open_embeddings(&path, None).expect("a fixture");
        let rows = UnitRows::normalise(rows).expect("directions");
        let original = nearest(&rows, &*backend);
        GOLDEN.map(|(form, ..)| {
            let copy = rows.stored(form.parse().expect("a form")).expect("a copy");
            let copied = nearest(&copy, &*backend);
            let both = original.iter().zip(&copied);
            let shares: f64 = both.map(|(x, y)| overlap(x, y, K)).sum();
            shares / original.len() as f64
        })
    });
    let wrong: Vec<String> = GOLDEN
        .iter()
        .enumerate()
        .filter(|(k, (_, mean, cls, most))| {
            let off = |found: f64, golden: f64| (found - golden).abs() > most + 1e-9;
            off(found[0][*k], *mean) || off(found[1][*k], *cls)
        })
        .map(|(k, golden)| format!("{golden:?}: {:.4} {:.4}", found[0][k], found[1][k]))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn zoo(name: &str) -> String {
    fixture(&format!("zoo/{name}.npy")).display().to_string()
}

/// Both translations by a model against both by another.
fn beside(candidate: &str) -> Value {
    let files = |side: &str| {
        (
            zoo(&format!("l6_{side}")),
            zoo(&format!("{candidate}_{side}")),
        )
    };
    let ((x, y), (v, w)) = (files("kjv"), files("web"));
    let ids = match cfg!(feature = "tables") {
        true => format!(" --ids {}", fixture("zoo/ids.csv").display()),
        false => String::new(),
    };
    Desk::new().json(&format!(
        "compare {x} {y} --second-view {v} --second-view {w} --parity{ids}"
    ))
}

/// A number of the first candidate.
#[track_caller]
fn number(comparison: &Value, name: &str, param: Option<f64>, side: &str) -> Value {
    let all = comparison["parity"][0]["measures"].as_array();
    let fits = |m: &&Value| {
        let params = m["params"].as_object().expect("parameters");
        let own = params.values().next().and_then(Value::as_f64);
        m["metric"] == name && m["side"] == side && own == param
    };
    let found = all.expect("measures").iter().find(fits);
    found
        .unwrap_or_else(|| panic!("no {name} {param:?} {side}"))
        .clone()
}

#[track_caller]
fn is(comparison: &Value, (name, param, side): (&str, Option<f64>, &str), expected: f64) {
    let found = number(comparison, name, param, side)["value"].as_f64();
    // Of 3,000 neighbours f32 may see one otherwise.
    let most = if name.ends_with("overlap") {
        4e-4
    } else {
        2e-6
    };
    close(found.expect("a number"), expected, most, name);
}

#[test]
fn int8_weights_are_the_same_model_and_another_pooling_is_not() {
    let int8 = beside("l6int8");
    for (what, expected) in [
        (("parity_cosine", None, "a"), 0.999_516_649),
        (("parity_cosine", None, "b"), 0.999_528_159),
        (("parity_quantile", Some(0.5), "a"), 0.999_521_285),
        (("parity_quantile", Some(0.05), "a"), 0.999_370_837),
        (("parity_quantile", Some(0.01), "b"), 0.999_268_942),
        (("parity_min_cosine", None, "b"), 0.999_116_025),
        (("parity_below", Some(0.99), "a"), 0.0),
        (("norm_ratio", None, "a"), 0.999_868),
        (("worst_norm_ratio", None, "a"), 1.016_379),
        (("topk_overlap", Some(1.0), "a"), 0.96),
        (("topk_overlap", Some(10.0), "a"), 0.972),
        (("topk_overlap", Some(10.0), "b"), 0.977),
        (("topk_overlap", Some(1.0), "cross"), 1.0),
        (("topk_overlap", Some(10.0), "cross"), 0.971_666_667),
        (("asymmetric_overlap", Some(10.0), "cross"), 0.976),
        (("rank1_flips", None, "a"), 0.0),
    ] {
        is(&int8, what, expected);
    }
    let worst = &int8["parity"][0]["worst"];
    assert_eq!(worst.as_array().expect("rows").len(), 20);
    assert_eq!(
        (&worst[0]["row"], &worst[10]["row"]),
        (&256.into(), &189.into())
    );
    if cfg!(feature = "tables") {
        let ids = std::fs::read_to_string(fixture("zoo/ids.csv")).expect("ids");
        let ids: Vec<&str> = ids.lines().skip(1).collect();
        assert_eq!(worst[0]["id"], ids[256]);
        assert_eq!(worst[10]["id"], ids[189]);
    }
    // A share of 0 of 300 is no certainty, and no cosine is above 1.
    let flips = number(&int8, "rank1_flips", None, "a");
    assert!(flips["interval"]["high"].as_f64().expect("an end") > 0.005);
    let cosine = number(&int8, "parity_cosine", None, "a");
    assert!(cosine["interval"]["high"].as_f64().expect("an end") <= 1.0);
    assert!(number(&int8, "parity_min_cosine", None, "a")["se"].is_null());

    let cls = beside("l6cls");
    for (what, expected) in [
        (("parity_cosine", None, "a"), 0.489_893_227),
        (("parity_below", Some(0.99), "b"), 1.0),
        (("norm_ratio", None, "b"), 2.062_942),
        (("topk_overlap", Some(10.0), "a"), 0.456),
        (("asymmetric_overlap", Some(10.0), "cross"), 0.582),
        (("rank1_flips", None, "a"), 0.04),
        (("rank1_flips", None, "b"), 0.04),
    ] {
        is(&cls, what, expected);
    }
    let flips = &cls["parity"][0]["flips"];
    let counts = |k: usize| ["queries", "lost", "won"].map(|name| flips[k][name].as_f64());
    assert_eq!(counts(0), [Some(300.0), Some(11.0), Some(1.0)]);
    assert_eq!(counts(1), [Some(300.0), Some(12.0), Some(0.0)]);
}

#[test]
fn another_width_has_neighbours_and_says_what_it_lacks() {
    let mpnet = beside("mpnet");
    is(&mpnet, ("topk_overlap", Some(10.0), "a"), 0.468);
    is(&mpnet, ("topk_overlap", Some(10.0), "cross"), 0.488_666_667);
    is(&mpnet, ("rank1_flips", None, "a"), 5.0 / 300.0);
    is(&mpnet, ("norm_ratio", None, "a"), 0.754_470_103);
    let parity = &mpnet["parity"][0];
    let measures = parity["measures"].as_array().expect("measures");
    let undefined = ["parity_cosine", "asymmetric_overlap", "parity_min_cosine"];
    let has = |name: &str| measures.iter().any(|m| m["metric"] == name);
    assert!(undefined.into_iter().all(|name| !has(name)));
    let said = parity["left_out"][0].as_str().expect("a sentence");
    assert!(said.contains("384 and 768 columns"), "{said}");
    assert!(parity["worst"][0]["cosine"].is_null());
}

#[test]
fn a_model_is_itself_whatever_the_order_of_its_rows() {
    let desk = Desk::new();
    let same = desk.json("compare a.npy a.npy --pairs pairs.npy --parity");
    for measure in same["parity"][0]["measures"].as_array().expect("measures") {
        let (value, ideal) = (measure["value"].as_f64(), measure["ideal"].as_f64());
        let what = measure["metric"].as_str().expect("a name");
        close(
            value.expect("a number"),
            ideal.expect("an ideal"),
            1e-12,
            what,
        );
    }
    if cfg!(not(feature = "tables")) {
        return;
    }
    // b.npy in another order, joined by ids: the same numbers as in its own.
    let own = desk.json("compare a.npy b.npy --parity");
    let rows = crate::cli::desk::points(0.2);
    let order = [3, 1, 4, 0, 5, 2];
    let moved = order
        .iter()
        .flat_map(|&row| rows[12 * row..12 * (row + 1)].to_vec());
    desk.npy("moved.npy", "<f4", (6, 3), &moved.collect::<Vec<u8>>());
    desk.npy("ids.npy", "<i8", (6, 1), &integers(&[0, 1, 2, 3, 4, 5]));
    desk.npy(
        "moved_ids.npy",
        "<i8",
        (6, 1),
        &integers(&[3, 1, 4, 0, 5, 2]),
    );
    let joined = desk.json("compare a.npy moved.npy --parity --ids ids.npy --ids moved_ids.npy");
    for name in ["parity_cosine", "parity_min_cosine"] {
        let of = |found: &Value| number(found, name, None, "a")["value"].as_f64();
        close(
            of(&joined).expect("joined"),
            of(&own).expect("own"),
            1e-12,
            name,
        );
    }
}

#[test]
fn neighbours_by_inner_product_are_those_of_rows_as_they_are() {
    let desk = Desk::new();
    let rows = normal(3, 60, 4);
    for (name, step) in [("one.npy", 0.0), ("long.npy", 1.0)] {
        let all = rows.iter().zip((0..7_u8).cycle());
        let values =
            all.flat_map(|(row, k)| row.iter().map(move |v| v * (1.0 + step * f32::from(k))));
        let bytes: Vec<u8> = values.flat_map(f32::to_le_bytes).collect();
        desk.npy(name, "<f4", (60, 4), &bytes);
    }
    let shares = |candidate: &str, by: &str| {
        let line = format!("compare one.npy {candidate} --parity --similarity {by}");
        let found = desk.json(&line);
        ["topk_overlap", "asymmetric_overlap"].map(|name| {
            let found = number(&found, name, Some(10.0), "a")["value"].as_f64();
            found.expect("a number")
        })
    };
    // Longer rows have the same directions, and come first by inner product.
    assert_eq!(shares("long.npy", "cosine"), [1.0, 1.0]);
    assert_eq!(shares("one.npy", "dot"), [1.0, 1.0]);
    assert!(
        shares("long.npy", "dot")
            .into_iter()
            .all(|share| share < 0.9)
    );
}

#[test]
fn copies_stand_in_one_table_with_their_sizes() {
    let desk = Desk::new();
    let line = format!(
        "compare {} --second-view {} --as",
        zoo("l6_kjv"),
        zoo("l6_web")
    );
    let found = desk.json(&format!("{line} all"));
    let models = found["models"].as_array().expect("models");
    let forms: Vec<&str> = models.iter().filter_map(|m| m["copied"].as_str()).collect();
    let all = Storage::all(384);
    assert_eq!(
        forms,
        all.iter().map(Storage::to_string).collect::<Vec<_>>()
    );
    let bytes: Vec<u64> = models
        .iter()
        .filter_map(|m| m["row_bytes"].as_u64())
        .collect();
    assert_eq!(
        bytes,
        [768, 768, 768, 384, 384, 384, 384, 48, 128, 256, 512]
    );
    assert_eq!(
        found["parity"].as_array().expect("one each").len(),
        forms.len()
    );
    // One form by itself is the same, on any number of threads.
    let one = desk.json(&format!("{line} f16,i8-st --threads 1"));
    assert_eq!(one["parity"][0], found["parity"][0]);
    assert_eq!(one["parity"][1], found["parity"][3]);

    desk.run(&format!("{line} f16,i8-st,dims:128"))
        .success()
        .stdout(
            contains("size and loss")
                .and(contains("dims:128"))
                .and(contains("i8-st")),
        );
    let audit = desk.json(&format!("audit {} --as binary", zoo("l6_kjv")));
    assert_eq!(audit["subject"]["a"]["copied"], "binary");
    assert_eq!(audit["subject"]["name"], "l6_kjv as binary");
    if cfg!(feature = "tables") {
        desk.run(&format!("{line} i8-row --format csv"))
            .success()
            .stdout(contains("topk_overlap,k=10,cross"));
    }
}

#[test]
fn a_gate_holds_a_candidate_against_its_reference() {
    let desk = Desk::new();
    desk.file(
        "policy.toml",
        "[[rule]]\nmetric = \"parity_min_cosine\"\nside = \"a\"\nat_least = 0.999\n\
         [[rule]]\nmetric = \"topk_overlap{k=10}\"\nside = \"cross\"\nat_least = 0.9\n\
         [[rule]]\nmetric = \"rank1_flips\"\nside = \"a\"\nat_most = 0.02\n",
    );
    let gate = |candidate: &str| {
        let of = |side: &str| zoo(&format!("{candidate}_{side}"));
        format!("gate {} {} --policy policy.toml", of("kjv"), of("web"))
    };
    let with = format!(
        "--parity-with {} --parity-with {}",
        zoo("l6_kjv"),
        zoo("l6_web")
    );
    desk.run(&format!("{} {with}", gate("l6int8"))).code(0);
    desk.run(&format!("{} {with}", gate("l6cls")))
        .code(1)
        .stdout(contains("parity_min_cosine"));
    desk.run(&format!("{} {with} --as binary", gate("l6")))
        .code(1);
    desk.refused(&gate("l6int8"), "give --parity-with FILE");
    desk.refused(
        &format!("{} --parity-with {}", gate("l6"), zoo("l6_kjv")),
        "--parity-with is given once for 2 files",
    );
    desk.file(
        "compared.toml",
        "[[rule]]\nmetric = \"parity_cosine\"\nno_worse_than_baseline = {}\n",
    );
    desk.refused(
        "gate a.npy --policy compared.toml",
        "a baseline has none; use at_most or at_least",
    );
}

#[test]
fn what_cannot_be_held_row_by_row_is_refused() {
    let desk = Desk::new();
    desk.saved("audit a.npy --format json", "a.json");
    desk.npy(
        "few.npy",
        "<f4",
        (5, 3),
        &crate::cli::desk::points(0.1)[..60],
    );
    desk.all_refused(&[
        "compare a.npy few.npy --parity -> few.npy has 5 rows and a.npy has 6",
        "compare a.npy --as int8 -> expected f16, bf16, i8-row",
        "compare a.npy --as dims:3 -> expected a prefix of fewer columns, found dims:3",
        "compare a.npy b.npy --as f16 -> --as compares copies of one model",
        "compare a.npy --as f16 --dims 2 -> --dims: prefixes are not held",
        "compare a.npy a.json --parity -> a saved audit holds no rows",
        "compare a.npy b.npy --parity --budget 1s -> leave out --budget",
        "compare a.npy b.npy --parity --queries 3 -> leave out --queries",
        "audit a.npy --as all -> --as: expected one form",
        "audit a.npy --as f16,bf16 -> --as: expected one form",
        "gate a.json --policy p.toml --parity-with a.npy -> a saved audit holds no rows",
    ]);
}
