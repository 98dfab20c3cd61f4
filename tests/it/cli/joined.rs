//! Views joined by the ids of their rows, pairs and judgements that name rows by ids, and samples of rows.

use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

use super::desk::{Desk, integers, points};

/// The vector of an item in either view.
fn vector(item: u8, turn: f32) -> [f32; 3] {
    let angle = f32::from(item) * 1.3 + turn;
    [angle.cos(), angle.sin(), (2.0 * angle + turn).sin()]
}

/// Writes the rows of these items, in this order.
fn view(desk: &Desk, name: &str, items: &[u8], turn: f32) {
    let rows = items.iter().flat_map(|&item| vector(item, turn));
    let bytes: Vec<u8> = rows.flat_map(f32::to_le_bytes).collect();
    desk.npy(name, "<f4", (items.len(), 3), &bytes);
}

/// A column of a table of text.
fn column(desk: &Desk, name: &str, head: &str, values: impl Iterator<Item = String>) {
    let values: Vec<String> = values.collect();
    desk.file(name, format!("{head}\n{}\n", values.join("\n")));
}

fn notes(report: &Value) -> String {
    let notes = report["notes"].as_array().expect("notes").iter();
    let texts: Vec<&str> = notes.filter_map(|note| note["text"].as_str()).collect();
    texts.join("\n")
}

/// The first file lacks item 4, the second item 7, and they have no common order.
const A: [u8; 8] = [8, 1, 7, 3, 0, 6, 5, 2];
const B: [u8; 8] = [2, 4, 0, 8, 6, 1, 5, 3];
/// What both have, in the order of the first.
const BOTH: [u8; 7] = [8, 1, 3, 0, 6, 5, 2];

/// `a.npy` and `b.npy` with ids of text and of numbers; `a2.npy` and `b2.npy` with what both have, aligned.
fn views() -> Desk {
    let desk = Desk::new();
    view(&desk, "a.npy", &A, 0.0);
    view(&desk, "b.npy", &B, 0.2);
    view(&desk, "a2.npy", &BOTH, 0.0);
    view(&desk, "b2.npy", &BOTH, 0.2);
    let line = |item: u8| format!("{{\"id\": \"{}\"}}\n", 100 + i64::from(item));
    desk.file("ia.jsonl", A.map(line).concat());
    let ids = B.map(|item| 100 + i64::from(item));
    desk.npy("ib.npy", "<i8", (8, 1), &integers(&ids));
    let ids = BOTH.iter().map(|&item| (100 + i64::from(item)).to_string());
    column(&desk, "both.csv", "id", ids);
    desk
}

const JOINED: &str = "audit a.npy b.npy --ids ia.jsonl --ids ib.npy --quiet";
const ALIGNED: &str = "audit a2.npy b2.npy --ids both.csv --quiet";

fn assert_same(found: &Value, expected: &Value) {
    for part in ["measures", "pairing", "slices"] {
        assert_eq!(found[part], expected[part], "{part}");
    }
    assert!(
        found["measures"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
    );
}

#[test]
fn views_in_another_order_with_missing_rows_are_audited_as_the_aligned_ones() {
    let desk = views();
    let (joined, aligned) = (desk.json(JOINED), desk.json(ALIGNED));
    assert_same(&joined, &aligned);
    let card = &joined["subject"]["joined"];
    let of = |key: &str| card[key].as_u64();
    assert_eq!(
        (of("rows"), of("left_out_a"), of("left_out_b")),
        (Some(7), Some(1), Some(1))
    );
    assert_eq!(joined["subject"]["a"]["rows"], 7);
    assert_eq!(joined["subject"]["positives"]["pairs"], 7);
    assert_eq!(joined["subject"]["positives"]["dropped"], 0);
    assert!(
        notes(&joined).contains(
            "Rows are joined by id: 7 ids are in both files; left out are 1 of 8 rows of a.npy, 1 of 8 rows of b.npy."
        ),
        "{}",
        notes(&joined)
    );
    assert_eq!(aligned["subject"].get("joined"), None);
    desk.run(&format!("{JOINED} --format md"))
        .success()
        .stdout(contains("7 ids in both files").and(contains("1 of 8 rows of a")));
    let forecast = desk.json(&format!("{JOINED} --dry-run"));
    assert_eq!(
        (&forecast["rows_a"], &forecast["rows_b"]),
        (&7.into(), &7.into())
    );
    // Nobody is left out.
    let whole = desk.json("audit a2.npy b2.npy --ids both.csv --ids both.csv --quiet");
    assert_same(&whole, &aligned);
    assert!(notes(&whole).contains("7 ids are in both files; none is left out"));
}

#[test]
fn what_is_said_of_the_rows_of_the_first_file_follows_them() {
    let desk = views();
    let name = |item: &u8| ["even", "odd"][usize::from(item % 2)].to_owned();
    let document = |item: &u8| format!("d{}", item / 2);
    column(&desk, "slices.csv", "s", A.iter().map(name));
    column(&desk, "slices2.csv", "s", BOTH.iter().map(name));
    column(&desk, "groups.csv", "g", A.iter().map(document));
    column(&desk, "groups2.csv", "g", BOTH.iter().map(document));
    assert_same(
        &desk.json(&format!("{JOINED} --slices slices.csv --slice-min 2")),
        &desk.json(&format!("{ALIGNED} --slices slices2.csv --slice-min 2")),
    );
    assert_same(
        &desk.json(&format!("{JOINED} --groups groups.csv")),
        &desk.json(&format!("{ALIGNED} --groups groups2.csv")),
    );
    assert_same(
        &desk.json(&format!("{JOINED} --compat batch:4")),
        &desk.json(&format!("{ALIGNED} --compat batch:4")),
    );
}

/// Neither NaN nor a row of zeros matters where nobody looks; zeros of a partner are dropped with the row.
#[test]
fn rows_without_a_partner_are_not_looked_at() {
    let desk = views();
    let rows = |items: &[u8], turn: f32, odd: u8, value: f32| -> Vec<u8> {
        let row = |&item: &u8| match item == odd {
            true => [value; 3],
            false => vector(item, turn),
        };
        items
            .iter()
            .flat_map(row)
            .flat_map(f32::to_le_bytes)
            .collect()
    };
    desk.npy("a.npy", "<f4", (8, 3), &rows(&A, 0.0, 7, f32::NAN));
    desk.npy("b.npy", "<f4", (8, 3), &rows(&B, 0.2, 4, 0.0));
    assert_same(&desk.json(JOINED), &desk.json(ALIGNED));

    desk.npy("b.npy", "<f4", (8, 3), &rows(&B, 0.2, 3, 0.0));
    desk.npy("b2.npy", "<f4", (7, 3), &rows(&BOTH, 0.2, 3, 0.0));
    // Row 7 of the file.
    desk.refused(JOINED, "b.npy: row 7 has norm 0");
    assert_same(
        &desk.json(&format!("{JOINED} --zero-rows drop")),
        &desk.json(&format!("{ALIGNED} --zero-rows drop")),
    );
}

#[test]
fn ids_may_be_a_column_of_the_files_themselves() {
    let desk = views();
    let expected = desk.json(ALIGNED);
    for (name, items, turn) in [("a", A, 0.0), ("b", B, 0.2)] {
        let row = |item: u8| format!("{},\"{:?}\"\n", 100 + i64::from(item), vector(item, turn));
        desk.file(
            &format!("{name}.csv"),
            format!("id,e\n{}", items.map(row).concat()),
        );
        let line = |item: u8| {
            let (id, vector) = (100 + i64::from(item), vector(item, turn));
            format!("{{\"id\": \"{id}\", \"embedding\": {vector:?}}}\n")
        };
        desk.file(&format!("{name}.jsonl"), items.map(line).concat());
    }
    for line in [
        "audit a.jsonl b.jsonl --ids-tensor id",
        "audit a.csv b.csv --tensor e --ids-tensor id",
        "audit a.csv b.jsonl --tensor e --tensor - --ids-tensor id",
        "audit a.npy b.npy --ids a.csv --ids ib.npy --ids-tensor id --ids-tensor -",
    ] {
        assert_same(&desk.json(&format!("{line} --quiet")), &expected);
    }
    let compared = desk.json("compare a.jsonl b.jsonl --ids-tensor id --quiet");
    assert_eq!(compared["models"][1]["paired"], true);
    assert!(compared.to_string().contains("7 ids are in every model"));
}

#[test]
fn what_cannot_be_joined_is_refused() {
    let desk = Desk::new();
    desk.file("ids.csv", "id\np\nq\nr\ns\nt\nu\n");
    desk.file("others.csv", "id\n1\n2\n3\n4\n5\n6\n");
    desk.file("twice.csv", "id\np\nq\np\ns\nt\nu\n");
    desk.file("short.csv", "id\np\nq\nr\ns\n");
    desk.file("odd.csv", "id\nx\u{1b}[2J\nq\nx\u{1b}[2J\ns\nt\nu\n");
    desk.all_refused(&[
        "audit a.npy b.npy --ids ids.csv --ids others.csv -> ids.csv[id] and others.csv[id]: 0 of the ids are in both, \
         expected two or more (the first begins with \"p\", the second with \"1\")",
        "audit a.npy b.npy --ids ids.csv --ids twice.csv -> twice.csv[id]: id \"p\" stands at rows 0 and 2",
        "audit a.npy b.npy --ids twice.csv --ids ids.csv -> twice.csv[id]: id \"p\" stands at rows 0 and 2",
        "audit a.npy b.npy --ids ids.csv --ids short.csv -> short.csv[id]: expected 6 entries (one for each row of \
         b.npy), found 4",
        "audit a.npy b.npy --ids ids.csv --ids ids.csv --ids ids.csv -> --ids is given 3 times, expected at most once \
         for each view",
        "audit a.npy b.npy --ids ids.csv --ids ids.csv --pairs pairs.npy -> give --pairs-by id if the pairs are such \
         names",
        "audit a.npy --sample 1 -> sample: expected at least 2 rows, found 1",
        "compare a.npy b.npy --sample 4 -> --sample: each model would be another sample",
    ]);
    desk.run("audit a.npy b.npy --ids odd.csv --ids ids.csv")
        .code(2)
        .stderr(contains("x\\u{1b}[2J").and(contains("\u{1b}").not()));
}

#[test]
fn pairs_by_id_are_the_pairs_by_row() {
    let desk = Desk::new();
    desk.file("ids.csv", "id\np\nq\nr\ns\nt\nu\n");
    desk.file("others.csv", "id\n15\n14\n13\n12\n11\n10\n");
    // Rows 0 and 1, 2 and 3, 4 and 5, as in pairs.npy.
    desk.file("by.csv", "l,r\np,q\nr,s\nt,u\n");
    desk.file("by.tsv", "l\tr\np\tq\nr\ts\nt\tu\n");
    desk.file(
        "by.jsonl",
        "{\"l\": \"p\", \"r\": \"q\"}\n{\"l\": \"r\", \"r\": \"s\"}\n{\"l\": \"t\", \"r\": \"u\"}\n",
    );
    let rows = desk.json("audit a.npy --pairs pairs.npy --ids ids.csv --quiet");
    for by in ["by.csv", "by.tsv", "by.jsonl"] {
        let found = desk.json(&format!("audit a.npy --pairs {by} --ids ids.csv --quiet"));
        assert_same(&found, &rows);
        assert_eq!(found["subject"]["positives"]["pairs"], 3);
    }
    let rows = desk.json("audit a.npy --pairs pairs.npy --ids others.csv --quiet");
    desk.file("numbers.csv", "l,r\n15,14\n13,12\n11,10\n");
    let line = "audit a.npy --pairs numbers.csv --ids others.csv --quiet";
    assert_same(&desk.json(&format!("{line} --pairs-by id")), &rows);
    desk.refused(line, "pair 0 is (15, 14), but a.npy has rows 0 to 5");

    let rows = desk.json("audit a.npy b.npy --pairs pairs.npy --quiet");
    desk.file("two.csv", "l,r\np,14\nr,12\nt,10\n");
    let line = "audit a.npy b.npy --pairs two.csv --ids ids.csv";
    assert_same(
        &desk.json(&format!("{line} --ids others.csv --quiet")),
        &rows,
    );
    desk.refused(
        line,
        "two.csv[l,r]: these pairs are ids, expected ids of the rows of both views",
    );
    desk.refused(
        "audit a.npy --pairs by.csv",
        "by.csv[l,r]: row 0 (counted from 0) holds `p` in column `l`, expected a whole number, the row that is meant \
         (or, with --ids, an id)",
    );
    desk.refused(
        "audit a.npy b.npy --pairs by.csv --ids ids.csv --ids others.csv",
        "by.csv[l,r]: row 0 (counted from 0) names the id \"q\", which others.csv[id] does not have (3 of 3 pairs",
    );
    desk.file("self.csv", "l,r\np,p\n");
    desk.refused(
        "audit a.npy --pairs self.csv --ids ids.csv",
        "pair 0 is (0, 0), a row with itself",
    );
}

#[test]
fn judgements_of_retrieval_are_pairs_by_row() {
    let desk = Desk::new();
    desk.file("q.csv", "id\nq0\nq1\nq2\nq3\nq4\nq5\n");
    desk.file("d.csv", "id\n10\n11\n12\n13\n14\n15\n");
    desk.file(
        "trec.txt",
        "q0 0 11 1\nq2 0 13 1\nq2 0 14 0\nq4 0 15 1\nq4 0 99 0\n",
    );
    desk.file(
        "beir.tsv",
        "query-id\tcorpus-id\tscore\nq0\t11\t1\nq2\t13\t1\nq4\t15\t1\n",
    );
    let rows = desk.json("audit a.npy b.npy --pairs pairs.npy --quiet");
    let ids = "--ids q.csv --ids d.csv";
    for (file, judged) in [("trec.txt", "3 of 5"), ("beir.tsv", "3 of 3")] {
        let found = desk.json(&format!("audit a.npy b.npy --qrels {file} {ids} --quiet"));
        assert_same(&found, &rows);
        assert!(
            notes(&found).contains(&format!("{file}: {judged} judgements have a grade above 0")),
            "{}",
            notes(&found)
        );
    }
    desk.file("none.tsv", "q0 0 11 0\n");
    desk.all_refused(&[
        "audit a.npy b.npy --qrels trec.txt -> --qrels names rows by ids; give two views",
        "audit a.npy --qrels trec.txt --ids q.csv -> --qrels names rows by ids; give two views",
        "audit a.npy b.npy --qrels trec.txt --ids d.csv --ids q.csv -> trec.txt: line 1 names the id \"q0\", which \
         d.csv[id] does not have (3 of 3 pairs",
        "audit a.npy b.npy --qrels none.tsv --ids q.csv --ids d.csv -> none.tsv: expected at least one pair, found none",
    ]);
    desk.refused(
        &format!("audit a.npy b.npy --qrels trec.txt --pairs pairs.npy {ids}"),
        "cannot be used with",
    );
}

#[test]
fn a_sample_is_drawn_from_the_seed_and_said_loudly() {
    let desk = Desk::new();
    let items: Vec<u8> = (0..60).collect();
    view(&desk, "a.npy", &items, 0.0);
    view(&desk, "b.npy", &items, 0.2);
    let all = desk.json("audit a.npy b.npy --quiet");
    let line = "audit a.npy b.npy --sample 30 --quiet";
    let one = desk.json(line);
    assert_eq!(
        (&one["subject"]["a"]["rows"], &one["subject"]["b"]["rows"]),
        (&30.into(), &30.into())
    );
    assert_eq!(one["subject"]["positives"]["pairs"], 30);
    assert_eq!(one["subject"]["positives"]["dropped"], 0);
    assert_eq!(one["subject"]["sampled"]["of"], 60);
    assert!(
        notes(&one)
            .contains("Only a sample was audited: 30 of 60 rows, drawn with seed 0 (--sample)."),
        "{}",
        notes(&one)
    );
    assert_same(&desk.json(line), &one);
    assert_ne!(one["measures"], all["measures"]);
    assert_ne!(
        desk.json(&format!("{line} --seed 1"))["pairing"]["ids"],
        one["pairing"]["ids"]
    );
    desk.run(&format!("{line} --format md"))
        .success()
        .stdout(contains("30 of 60 rows, drawn with seed 0"));
    // As many as there are, or more, are all.
    for count in [60, 1000] {
        let mut whole = desk.json(&format!("audit a.npy b.npy --sample {count} --quiet"));
        let notes = whole["notes"].as_array_mut().expect("notes");
        let said = format!(
            "--sample {count} had no effect: there are no more rows than that, so all were audited."
        );
        let at = notes.iter().position(|note| note["text"] == said);
        notes.remove(at.expect("it is said"));
        assert_same(&whole, &all);
        assert_eq!(whole["subject"].get("sampled"), None);
    }
    assert_eq!(desk.json(&format!("{line} --dry-run"))["rows_a"], 30);

    // Samples are compared with themselves only.
    desk.saved(&format!("{line} --format json"), "one.json");
    desk.saved(&format!("{line} --format json --seed 1"), "two.json");
    desk.saved(&format!("{line} --format json"), "again.json");
    desk.run("compare one.json again.json").success();
    desk.refused("compare one.json two.json", "different row ids");

    // Pairs and labels of rows that were not drawn are left out.
    let listed: Vec<i64> = (0..60).collect();
    desk.npy("listed.npy", "<i8", (30, 2), &integers(&listed));
    let found = desk.json("audit a.npy --pairs listed.npy --sample 40 --quiet");
    let positives = &found["subject"]["positives"];
    let of = |key: &str| positives[key].as_u64().expect("a number");
    assert_eq!(of("pairs") + of("dropped"), 30);
    assert!(of("pairs") >= 10 && of("dropped") >= 1, "{positives}");

    // What was joined is sampled.
    let ids = items.iter().rev().map(|item| format!("i{item}"));
    column(&desk, "ids.csv", "id", ids);
    let found = desk.json(&format!("{line} --ids ids.csv --ids ids.csv"));
    assert_eq!(found["subject"]["joined"]["rows"], 60);
    assert_eq!(
        found["measures"].as_array().map(Vec::len),
        one["measures"].as_array().map(Vec::len)
    );
    assert_eq!(found["subject"]["sampled"]["rows"], 30);
}

#[test]
fn ids_given_once_are_those_of_aligned_views() {
    let desk = Desk::new();
    desk.npy("b.npy", "<f4", (6, 3), &points(0.1));
    desk.file("ids.csv", "id\np\nq\nr\ns\nt\nu\n");
    let once = desk.json("audit a.npy b.npy --ids ids.csv --quiet");
    assert_eq!(once["subject"].get("joined"), None);
    let twice = desk.json("audit a.npy b.npy --ids ids.csv --ids ids.csv --quiet");
    assert_same(&twice, &once);
}
