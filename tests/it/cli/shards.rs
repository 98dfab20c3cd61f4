//! Folders, patterns, indices and packed files from outside: the numbers of the one plain file, to the bit.

use std::fs;
use std::io::Write;

use predicates::str::contains;
use serde_json::Value;

use super::desk::{Desk, integers, points};

/// Bytes of a row of three f32.
const ROW: usize = 12;

/// A desk with the rows of `a.npy` (and of `b.npy`) in shards, too: `emb_1` (2 rows), `emb_2` (1), `emb_3` (none),
/// `emb_10` (3).
fn sharded() -> Desk {
    let desk = Desk::new();
    for (folder, rows) in [("emb", points(0.0)), ("second", points(0.2))] {
        fs::create_dir(desk.path(folder)).expect("a folder");
        for (number, from, count) in [(1, 0, 2), (2, 2, 1), (3, 3, 0), (10, 3, 3)] {
            let part = &rows[from * ROW..(from + count) * ROW];
            let name = format!("{folder}/emb_{number}.npy");
            desk.npy(&name, "<f4", (count, 3), part);
        }
    }
    desk
}

fn measures(desk: &Desk, line: &str) -> Value {
    let report = desk.json(&format!("{line} --quiet"));
    let found = report["measures"].clone();
    assert!(
        found.as_array().is_some_and(|list| !list.is_empty()),
        "{line}"
    );
    found
}

#[test]
fn shards_have_the_numbers_of_the_whole_file() {
    let desk = sharded();
    let whole = measures(&desk, "audit a.npy --pairs pairs.npy");
    for path in ["emb", "emb/", "emb/emb_*.npy", "em[b]/*_[0-9]*.npy"] {
        let found = measures(&desk, &format!("audit {path} --pairs pairs.npy"));
        assert_eq!(found, whole, "{path}");
    }
    let views = measures(&desk, "audit a.npy b.npy");
    assert_eq!(measures(&desk, "audit emb second"), views);
    assert_eq!(measures(&desk, "audit a.npy second/emb_*.npy"), views);
    // On any number of threads, and by groups of the jackknife that no shard ends with.
    assert_eq!(measures(&desk, "audit emb second --threads 1"), views);
}

#[test]
fn which_files_were_read_is_said() {
    let desk = sharded();
    for name in ["_SUCCESS", "README.md", ".emb_1.npy.crc"] {
        desk.file(&format!("emb/{name}"), "x");
    }
    fs::create_dir(desk.path("emb/more")).expect("a folder");
    let said = "emb (4 files): read as one, in this order, from emb/emb_1.npy to emb/emb_10.npy; left out: \
                `.emb_1.npy.crc`, `README.md`, `_SUCCESS` and 1 more.";
    let run = desk.run("audit emb --format json --no-progress").success();
    let output = run.get_output();
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let notes = report["notes"].as_array().expect("notes");
    assert!(notes.iter().any(|note| note["text"] == said), "{notes:?}");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains(&format!("note: {said}")), "{stderr}");
    desk.run("audit emb --no-progress")
        .success()
        .stdout(contains("emb (4 files): 6 × 3, f32"));
}

#[test]
fn what_is_beside_rows_comes_from_shards_too() {
    let desk = sharded();
    let classes = integers(&[0, 1, 0, 1, 0, 1]);
    let groups = integers(&[0, 0, 1, 1, 2, 2]);
    for (name, values) in [("classes", &classes), ("groups", &groups)] {
        desk.array(&format!("{name}.npy"), "'<i8'", "(6,)", values);
        for (part, from, to) in [(2, 0, 4), (10, 4, 6)] {
            let shape = format!("({},)", to - from);
            let values = &values[from * 8..to * 8];
            desk.array(&format!("{name}_{part}.npy"), "'<i8'", &shape, values);
        }
    }
    let line = |i: usize| format!("{{\"id\": \"r{i}\", \"n\": {i}}}\n");
    desk.file("ids.jsonl", (0..6).map(line).collect::<String>());
    desk.file("ids_2.jsonl", (0..1).map(line).collect::<String>());
    desk.file("ids_10.jsonl", (1..6).map(line).collect::<String>());
    for (views, whole, shards) in [
        ("", "--labels classes.npy", "--labels classes_*.npy"),
        ("", "--groups groups.npy", "--groups groups_*.npy"),
        ("", "--ids ids.jsonl", "--ids ids_*.jsonl --ids-tensor id"),
        (
            " second",
            "--slices classes.npy --slice-min 2",
            "--slices classes_*.npy --slice-min 2",
        ),
    ] {
        let expected = measures(&desk, &format!("audit emb{views} {whole}"));
        let found = measures(&desk, &format!("audit emb{views} {shards}"));
        assert_eq!(found, expected, "{shards}");
    }
    desk.run("compare emb second --ids ids_*.jsonl --ids-tensor id --no-progress")
        .success();
    let marks = integers(&[1, 1, 1, 1, 0, 0]);
    desk.array("marks.npy", "'<i8'", "(6,)", &marks);
    desk.run("probe emb --labels classes_*.npy --k 1 --train-split marks.npy --no-progress")
        .success()
        .stderr(contains("classes_*.npy (2 files): read as one"));
    desk.refused(
        "audit emb --labels classes_2*.npy",
        "classes_2*.npy (1 file): expected 6 labels (one for each row of emb (4 files)), found 4",
    );
}

#[test]
fn shards_that_are_no_matrix_are_refused() {
    let desk = sharded();
    for folder in [
        "nothing",
        "deep",
        "deep/img_emb",
        "mixed",
        "types",
        "nan",
        "kinds",
    ] {
        fs::create_dir(desk.path(folder)).expect("a folder");
    }
    for folder in ["mixed", "types", "nan", "kinds"] {
        desk.npy(&format!("{folder}/m_2.npy"), "<f4", (6, 3), &points(0.0));
    }
    desk.npy("mixed/m_10.npy", "<f4", (9, 2), &points(0.0));
    desk.npy("types/m_10.npy", "<f2", (12, 3), &points(0.0));
    let mut hole = points(0.0);
    hole[4 * ROW..][..4].copy_from_slice(&f32::NAN.to_le_bytes());
    desk.npy("nan/m_10.npy", "<f4", (6, 3), &hole);
    desk.file("kinds/m_3.csv", "1,2,3\n");
    desk.all_refused(&[
        "audit mixed -> error: mixed/m_10.npy: expected rows of 3 f32, as mixed/m_2.npy has, found rows of 2 f32",
        "audit types/*.npy -> error: types/m_10.npy: expected rows of 3 f32, as types/m_2.npy has, found rows of 3 f16",
        "audit nan -> error: nan/m_10.npy: row 4 holds NaN at column 0",
        "audit kinds -> error: kinds: expected files that can be read as one, found files of several kinds (1 .csv, 1 .npy)",
        "audit nothing -> error: nothing: expected files that can be read as one, found an empty folder; check the path",
        "audit deep -> error: deep: expected files that can be read as one, found none, but `img_emb/`; folders in folders \
         are not entered: name one of them, such as deep/img_emb/",
        "audit no_*.npy -> error: no_*.npy: expected files that can be read as one, found no file of this name, and none \
         that this pattern names; check the pattern, and put it in quotes",
        "audit a.npy --labels nothing -> error: nothing: expected files",
        "audit emb --tensor x -> error: emb/emb_1.npy: a .npy file holds one unnamed array",
    ]);
}

#[test]
fn a_tensor_of_a_model_is_found_through_its_index() {
    let desk = Desk::new();
    let rows = points(0.0);
    let view = safetensors::tensor::TensorView::new(safetensors::Dtype::F32, vec![6, 3], &rows);
    let file = safetensors::serialize([("emb.weight", view.expect("6 x 3"))], None);
    desk.file("model-2.safetensors", file.expect("a file of one tensor"));
    desk.file(
        "model.safetensors.index.json",
        "{\"weight_map\": {\"emb.weight\": \"model-2.safetensors\", \"head\": \"model-1.safetensors\"}}",
    );
    let whole = measures(&desk, "audit a.npy");
    let index = "model.safetensors.index.json";
    let found = measures(&desk, &format!("audit {index} --tensor emb.weight"));
    assert_eq!(found, whole);
    // Its name ends as that of a saved audit does.
    desk.run(&format!(
        "compare {index} b.npy --tensor emb.weight --tensor - --no-progress"
    ))
    .success();
    desk.refused(
        &format!("audit {index}"),
        "holds 2 arrays, expected one or a choice; choose one by name with --tensor NAME",
    );
}

#[test]
fn packed_files_have_the_numbers_of_the_plain_ones() {
    let desk = Desk::new();
    let gzip = |name: &str, bytes: &[u8]| {
        let best = flate2::Compression::best();
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), best);
        packer.write_all(bytes).expect("packed");
        desk.file(name, packer.finish().expect("packed"));
    };
    let rows = fs::read(desk.path("a.npy")).expect("a.npy");
    gzip("a.npy.gz", &rows);
    gzip(
        "pairs.npy.gz",
        &fs::read(desk.path("pairs.npy")).expect("pairs"),
    );
    let whole = measures(&desk, "audit a.npy --pairs pairs.npy");
    let found = measures(&desk, "audit a.npy.gz --pairs pairs.npy.gz");
    assert_eq!(found, whole);
    let report = desk.json("audit a.npy.gz --quiet");
    assert_eq!(
        report["subject"]["name"],
        desk.json("audit a.npy --quiet")["subject"]["name"]
    );
    #[cfg(feature = "tables")]
    {
        desk.file("a.npy.zst", zstd::encode_all(&rows[..], 1).expect("packed"));
        gzip("labels.csv.gz", b"class\nx\ny\nx\ny\nx\nz\n");
        assert_eq!(
            measures(&desk, "audit a.npy.zst --labels labels.csv.gz"),
            measures(&desk, "audit a.npy --labels labels.csv")
        );
    }
    let packed = fs::read(desk.path("a.npy.gz")).expect("a.npy.gz");
    desk.file("cut.npy.gz", &packed[..packed.len() - 9]);
    desk.refused(
        "audit cut.npy.gz",
        "error: cut.npy.gz: cannot be unpacked as gzip: at byte ",
    );
}
