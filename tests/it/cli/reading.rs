//! What the readers decide reaches the user: on stderr and in the reports; and what cannot be read to its end.

use serde_json::Value;

use super::desk::{Desk, points};

/// The notes of a JSON report, as text.
fn notes(report: &Value) -> Vec<String> {
    let notes = report["notes"].as_array().expect("notes").iter();
    let text = |note: &Value| note["text"].as_str().or(note.as_str()).map(str::to_owned);
    notes.filter_map(text).collect()
}

#[test]
fn what_a_first_line_was_taken_for_is_said() {
    let desk = Desk::new();
    desk.file("numbers.csv", "0\n0\n1\n0\n1\n0\n1\n");
    desk.file("words.csv", "x\ny\nx\ny\nx\ny\n");
    desk.file("ids.csv", "p\nq\nr\ns\nt\nu\n");
    desk.file("pairs.csv", "0,1\n2,3\n");
    desk.file("marks.csv", "0\n1\n1\n1\n1\n0\n0\n");
    let row = |i: u8| format!("{i},{},1.5\n", f32::from(i) - 2.25);
    let rows: String = (0..6).map(row).collect();
    desk.file("frame.csv", format!(",a,b\n{rows}"));
    desk.file(
        "counted.csv",
        rows.replace("0,-2.25,1.5", "0,1,2\n9,-2.25,1.5"),
    );
    for (line, said) in [
        (
            "audit a.npy --labels numbers.csv",
            "`0`, was taken for a header",
        ),
        ("audit a.npy --labels words.csv", "`x`, was read as data"),
        ("audit a.npy --groups ids.csv", "`p`, was read as data"),
        ("audit a.npy --ids ids.csv", "`p`, was read as data"),
        ("audit a.npy --slices words.csv", "`x`, was read as data"),
        ("audit a.npy --pairs pairs.csv", "`0,1`, was read as data"),
        ("audit frame.csv", "column `` was taken for the index"),
        ("audit counted.csv", "`0,1,2`, was taken for a header"),
        (
            "probe a.npy --labels words.csv --k 1 --train-split marks.csv",
            "`0`, was taken for a header",
        ),
    ] {
        let run = desk
            .run(&format!("{line} --format json --no-progress"))
            .success();
        let output = run.get_output();
        let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let found = notes(&report);
        assert!(
            found.iter().any(|note| note.contains(said)),
            "{line}: {found:?}"
        );
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains(said), "{line}: {stderr}");
        desk.run(&format!("{line} --format json --quiet"))
            .success()
            .stderr("");
    }
}

/// The reports hold what was read either way: with a header, or without.
#[test]
fn labels_are_the_same_with_a_header_and_without() {
    let desk = Desk::new();
    desk.file("bare.csv", "x\ny\nx\ny\nx\nz\n");
    let value = |labels: &str| {
        let report = desk.json(&format!("audit a.npy --quiet --labels {labels}"));
        let alignment = |m: &&Value| m["metric"] == "alignment";
        report["measures"]
            .as_array()
            .expect("measures")
            .iter()
            .find(alignment)
            .cloned()
    };
    assert!(value("labels.csv").is_some());
    assert_eq!(value("labels.csv"), value("bare.csv"));
}

/// One table holds the embeddings, and beside them what the rows are.
#[cfg(feature = "tables")]
#[test]
fn a_table_of_embeddings_and_labels_gives_what_two_files_give() {
    use crate::support::parquet::{As, Column, written};
    use polars_parquet::write::CompressionOptions;

    let desk = Desk::new();
    let bytes = points(0.0);
    let (numbers, _) = bytes.as_chunks::<4>();
    let numbers: Vec<f32> = numbers.iter().map(|v| f32::from_le_bytes(*v)).collect();
    let row = |row: &[f32]| Some(row.iter().map(|&v| Some(f64::from(v))).collect());
    let rows: Vec<_> = numbers.chunks(3).map(row).collect();
    let columns = [
        Column::words("class", &["x", "y", "x", "y", "x", "z"]),
        Column::lists("emb", &rows, As::F32),
        Column::of("id", &[5_i64, 4, 3, 2, 1, 0]),
    ];
    let bytes = written(&columns, CompressionOptions::Snappy, Some(2));
    desk.file("table.parquet", bytes);
    let beside = "--labels table.parquet --labels-tensor class";
    let table = desk.json(&format!("audit table.parquet --quiet {beside}"));
    let files = desk.json("audit a.npy --quiet --labels labels.csv");
    assert!(
        files["measures"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
    );
    assert_eq!(table["measures"], files["measures"]);
    // Ids order the rows: the same but for the last digits.
    desk.json(&format!(
        "audit table.parquet --quiet {beside} --ids table.parquet --ids-tensor id"
    ));
    desk.run("audit table.parquet --no-progress")
        .success()
        .stdout(predicates::str::contains("table.parquet[emb]: 6 × 3, f32"));
    desk.refused(
        "audit table.parquet --tensor class",
        "table.parquet: expected one column with a list of numbers in each row, or columns of numbers, found column `class`",
    );
}

/// Numbers written out with all their digits are the numbers that were saved.
#[test]
fn an_audit_of_json_lines_is_that_of_the_array() {
    let desk = Desk::new();
    let bytes = points(0.0);
    let (floats, _) = bytes.as_chunks::<4>();
    let values: Vec<f32> = floats.iter().map(|v| f32::from_le_bytes(*v)).collect();
    let line = |(i, row)| format!("{{\"id\": \"r{i}\", \"embedding\": {row:?}}}\n");
    let lines: String = values.chunks(3).enumerate().map(line).collect();
    desk.file("rows.jsonl", lines);
    let measures = |line: &str| {
        let report = desk.json(&format!("audit {line} --quiet"));
        report["measures"].clone()
    };
    let found = measures("rows.jsonl --ids rows.jsonl");
    assert!(found.as_array().is_some_and(|list| !list.is_empty()));
    assert_eq!(found, measures("a.npy"));
    desk.refused(
        "audit rows.jsonl --tensor vector",
        "no key named `vector` in the first line; choose one by name with --tensor NAME. The keys are `id` text, \
         `embedding` a list",
    );
}

/// The file is cut short while the program waits to write a note: it is mapped then, and its rows are yet to be read.
#[cfg(target_os = "linux")]
#[test]
fn a_file_cut_short_while_it_is_read_is_an_error_in_words() {
    use std::fs::OpenOptions;
    use std::io::{Read, Write, pipe};
    use std::process::{Command, Stdio};
    use std::time::Duration;

    let desk = Desk::new();
    let rows: Vec<u8> = points(0.0).repeat(5_000);
    desk.npy("rows.npy", "<f4", (30_000, 3), &rows);
    desk.file("pairs.csv", "0,1\n2,3\n");
    let (mut said, mut stderr) = pipe().expect("a pipe");
    // Full, so that the first note waits for a reader.
    let full = vec![b'.'; 1 << 16];
    stderr.write_all(&full).expect("an empty pipe takes 64 KiB");
    let binary = assert_cmd::cargo::cargo_bin("spherecheck");
    let mut child = Command::new(binary)
        .args(["audit", "rows.npy", "--pairs", "pairs.csv"])
        .current_dir(desk.path("."))
        .stdout(Stdio::null())
        .stderr(stderr)
        .spawn()
        .expect("the program starts");
    let maps = format!("/proc/{}/maps", child.id());
    while !std::fs::read_to_string(&maps).is_ok_and(|maps| maps.contains("rows.npy")) {
        assert!(
            child.try_wait().expect("a child").is_none(),
            "it ended early"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    let file = OpenOptions::new().write(true).open(desk.path("rows.npy"));
    file.and_then(|file| file.set_len(0))
        .expect("the file is cut short");
    let mut text = Vec::new();
    said.read_to_end(&mut text).expect("what it said");
    let text = String::from_utf8_lossy(&text[full.len()..]).into_owned();
    let status = child.wait().expect("an end");
    assert_eq!(status.code(), Some(2), "{text}");
    assert!(
        text.contains("error: an input file could not be read to its end"),
        "{text}"
    );
}
