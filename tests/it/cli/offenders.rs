//! `--offenders` and `--texts`: what is written and shown, and what ids and words cannot do to who reads it.

use std::fs;

use serde_json::Value;

use super::desk::{Desk, names, points};

/// Six rows, and the same again.
fn desk() -> Desk {
    let desk = Desk::new();
    let rows = [points(0.0), points(0.0)].concat();
    desk.npy("twice.npy", "<f4", (12, 3), &rows);
    desk
}

/// Ids of twelve rows as NumPy writes bytes, the last six from people with something in mind.
fn hostile_ids(desk: &Desk) -> [&'static str; 6] {
    let hostile = [
        "=cmd|'/C calc'!A0",
        "<script>x</script>",
        "x\n::error::gotcha\u{1b}[2J",
        "+1",
        "@SUM(A1)",
        "a,\"b\"",
    ];
    let tame = ["p", "q", "r", "s", "t", "u"];
    let cell = |id: &&str| {
        let mut bytes = id.as_bytes().to_vec();
        bytes.resize(32, 0);
        bytes
    };
    let bytes: Vec<u8> = tame.iter().chain(&hostile).flat_map(cell).collect();
    desk.array("ids.npy", "'|S32'", "(12,)", &bytes);
    hostile
}

const WORDS: [&str; 6] = [
    "=1+1",
    "<b>bold</b> | cell",
    "\u{1b}[31mred",
    "##[error]no",
    "",
    "plain words",
];

fn words(desk: &Desk) {
    let lines: Vec<String> = WORDS.iter().map(|word| format!("{word}\r\n")).collect();
    desk.file("words.txt", lines.concat().repeat(2));
}

fn report(desk: &Desk, name: &str) -> Value {
    let json = fs::read(desk.path(name).join("audit.json")).expect("a report");
    serde_json::from_slice(&json).expect("JSON")
}

/// The rows of a list in a JSON report.
fn list<'a>(report: &'a Value, kind: &str, side: &str) -> &'a Vec<Value> {
    let lists = report["offenders"]["lists"].as_array().expect("lists");
    let mut lists = lists.iter();
    let list = lists.find(|list| list["kind"] == kind && list["side"] == side);
    list.expect("a list")["rows"].as_array().expect("rows")
}

#[test]
fn ids_and_words_stand_beside_rows_and_act_on_nobody() {
    let desk = desk();
    let ids = hostile_ids(&desk);
    words(&desk);
    let line = "audit twice.npy --ids ids.npy --texts words.txt --offenders --out";
    let run = desk.run(&format!("{line} report")).success();
    desk.run(&format!("{line} again")).success();
    let json = report(&desk, "report");
    let copies = list(&json, "duplicate", "a");
    assert_eq!(copies.len(), 6);
    for (k, copy) in copies.iter().enumerate() {
        assert_eq!(copy["row"], 6 + k);
        assert_eq!(copy["id"], ids[k], "JSON has names as they are");
        assert_eq!(copy["other"]["row"], k);
        assert_eq!(copy["other"]["id"], ["p", "q", "r", "s", "t", "u"][k]);
        assert_eq!(copy["text"], WORDS[k]);
    }
    let table = String::from_utf8(run.get_output().stdout.clone()).expect("UTF-8");
    let page = fs::read_to_string(desk.path("report/audit.md")).expect("a page");
    for text in [&table, &page] {
        for line in text.lines() {
            assert!(!line.contains(|c: char| c.is_control()), "{line:?}");
            assert!(!line.trim_start().starts_with("::"), "{line:?}");
            assert!(!line.contains("##["), "{line:?}");
        }
    }
    assert!(!page.contains("<script>"), "{page}");
    assert!(table.contains("duplicate"), "{table}");
    assert!(table.contains("=1+1"), "the words of row 6: {table}");
}

#[test]
fn the_list_is_a_table_that_runs_nothing_and_two_runs_write_the_same() {
    let desk = desk();
    hostile_ids(&desk);
    words(&desk);
    let line = "audit twice.npy --ids ids.npy --texts words.txt --offenders --quiet --out";
    let csv = |name: &str| {
        desk.run(&format!("{line} {name}")).success();
        fs::read_to_string(desk.path(name).join("offenders.csv")).expect("the list")
    };
    let found = csv("report");
    assert_eq!(found, csv("again"));
    let mut lines = found.lines();
    let head = "kind,side,row,id,other_side,other_row,other_id,value,text";
    assert_eq!(lines.next(), Some(head));
    let copies: Vec<&str> = lines
        .filter(|line| line.starts_with("duplicate,"))
        .collect();
    assert_eq!(copies.len(), 6);
    let begins = [
        "duplicate,a,6,'=cmd|'/C calc'!A0,a,0,p,",
        "duplicate,a,7,<script>x</script>,a,1,q,",
        r"duplicate,a,8,x\n::error::gotcha\u{1b}[2J,a,2,r,",
        "duplicate,a,9,'+1,a,3,s,",
        "duplicate,a,10,'@SUM(A1),a,4,t,",
        "duplicate,a,11,\"a,\"\"b\"\"\",a,5,u,",
    ];
    let ends = [
        ",'=1+1",
        ",<b>bold</b> | cell",
        r",\u{1b}[31mred",
        r",#\u{23}[error]no",
        ",",
        ",plain words",
    ];
    for (line, (begin, end)) in copies.iter().zip(begins.iter().zip(ends)) {
        assert!(
            line.starts_with(begin),
            "{line} does not begin with {begin}"
        );
        assert!(line.ends_with(end), "{line} does not end with {end}");
    }
    assert!(!found.contains(|c: char| c.is_control() && c != '\n'));
}

#[test]
fn one_file_of_words_is_for_both_views_of_the_same_things_and_two_are_one_each() {
    let desk = Desk::new();
    let lines = |word: &str| (0..6).map(|k| format!("{word} {k}\n")).collect::<String>();
    desk.file("first.txt", lines("first"));
    desk.file("second.txt", lines("second"));
    let line = "audit a.npy b.npy --offenders --quiet --texts first.txt";
    desk.run(&format!("{line} --out one")).success();
    desk.run(&format!("{line} --texts second.txt --out two"))
        .success();
    desk.run(
        "audit a.npy b.npy --pairs pairs.npy --offenders --quiet --texts first.txt --out pairs",
    )
    .success();
    for (name, second) in [
        ("one", Some("first")),
        ("two", Some("second")),
        ("pairs", None),
    ] {
        let json = report(&desk, name);
        for (side, word) in [("a", Some("first")), ("b", second)] {
            let row = &list(&json, "loneliest", side)[0];
            let expected = word.map(|word| format!("{word} {}", row["row"]));
            assert_eq!(row["text"].as_str(), expected.as_deref(), "{name} {side}");
        }
    }
}

#[test]
fn an_audit_that_is_not_asked_writes_no_list() {
    let desk = desk();
    desk.run("audit twice.npy --out report").success();
    assert!(!names(&desk.path("report")).contains(&"offenders.csv".to_owned()));
    assert_eq!(report(&desk, "report").get("offenders"), None);
}

#[test]
fn what_cannot_be_listed_is_refused_before_anything_is_written() {
    let desk = Desk::new();
    desk.file("six.txt", "a\nb\nc\nd\ne\nf\n");
    desk.file("five.txt", "a\nb\nc\nd\ne\n");
    desk.file("latin.txt", b"a\nb\nc\nd\ne\n\xe9\n");
    desk.file("policy.toml", "");
    desk.all_refused(&[
        "audit a.npy --offenders -> --out",
        "audit a.npy --texts six.txt --out d -> --offenders",
        "audit a.npy --offenders --out d --budget 10s -> --budget",
        "audit a.npy --offenders --out d --max-error 1e-3 -> --max-error",
        "audit a.npy --offenders --out d --texts five.txt -> five.txt",
        "audit a.npy --offenders --out d --texts latin.txt -> row 5",
        "audit a.npy --offenders --out d --texts none.txt -> none.txt: no such file",
        "audit a.npy --offenders --out d --texts six.txt --texts-tensor x -> holds one text on each line",
        "audit a.npy --offenders --out d --texts six.txt --texts six.txt -> --texts is given 2 times",
        "compare a.npy b.npy --offenders --out d -> --offenders is for audits alone",
        "gate a.npy --policy policy.toml --offenders --out d -> --offenders is for audits alone",
    ]);
    assert!(!desk.path("d").exists());
}
