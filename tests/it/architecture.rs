//! The house rules, read from the source: which room may import which, and what appears in one place only.

use std::fs;
use std::path::Path;

/// Rooms by rung. A room imports rooms of lower rungs only; rooms of one rung do not know each other.
const LADDER: &[&[&str]] = &[
    &["num"],
    &["data"],
    &["input", "output", "kernel", "theory", "estimate"],
    &["pass"],
    &["backend"],
    &["metric"],
    &["result"],
    &["probe"],
    &["audit", "gate"],
    &["report", "drift", "train"],
    &["cli", "console"],
    &["run"],
    &["main"],
];

/// What a room may not import although it stands lower: results, and the gates and reports that read them, know no data,
/// no states and nobody who walks.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("metric", &["data", "input", "backend"]),
    ("result", &["data", "input", "pass", "kernel", "backend"]),
    ("gate", &["data", "input", "pass", "kernel", "backend"]),
    (
        "report",
        &[
            "data", "input", "pass", "kernel", "backend", "audit", "probe",
        ],
    ),
];

/// Words of code, and the only files or folders (by how their path begins) where they may stand.
const CONFINED: &[(&str, &[&str])] = &[
    (
        "unsafe",
        &["kernel/", "input/mmap.rs", "backend/cuda/driver/"],
    ),
    ("cudarc", &["backend/cuda/driver/"]),
    ("polars", &["input/tables"]),
    ("polars_arrow_format", &["input/tables/arrow/"]),
    ("plotters", &["report/plot"]),
    ("candle_core", &["train/", "backend/candle.rs"]),
    ("candle_nn", &["train/"]),
    (
        "clap",
        &["cli.rs", "cli/", "run.rs", "main.rs", "console.rs"],
    ),
    ("anyhow", &["run.rs", "run/", "main.rs"]),
    ("println!", &[]),
    ("print!", &[]),
    ("eprintln!", &[]),
    ("eprint!", &[]),
    ("dbg!", &[]),
    // Who walks was chosen when the backend was opened.
    ("kernel::select", &["kernel/", "backend/"]),
];

/// Files of pure functions, by how their path begins, and the words of whoever looks at rows.
const PURE: &[(&str, &[&str])] = &[
    ("audit/read/", ROWS),
    ("audit/states/", ROWS),
    ("audit/ask/", ROWS),
    ("audit/part.rs", ROWS),
    ("audit/stored.rs", ROWS),
    ("result/", ROWS),
    ("metric/", ROWS),
];
const ROWS: &[&str] = &["UnitRows", "Embeddings", "Backend", "on_host", "Watch"];

const MAX_LINES: usize = 400;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &[
    "utils", "util", "common", "helpers", "helper", "misc", "types",
];

#[test]
fn the_source_keeps_the_house_rules() {
    let files = sources();
    assert!(
        files.iter().any(|(path, _)| path == "run.rs"),
        "src/ was not found: {} files",
        files.len()
    );
    let broken: Vec<String> = files
        .iter()
        .flat_map(|(path, text)| violations(path, text))
        .collect();
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

/// path | source | how the sentence begins
const PLANTED: &[&str] = &[
    "num/sum.rs | use crate::data::Dtype; | num/sum.rs imports data: rung 0 may not look up to rung 1",
    "data/unit.rs | fn f() { crate::audit::prepare() } | data/unit.rs imports audit: rung 1 may not",
    "num/sum.rs | use crate::{num::{math, sum}, pass::Plan}; | num/sum.rs imports pass",
    "num/mod.rs | use super::data::Dtype; | num/mod.rs imports data",
    "input/npy.rs | use crate::kernel::Tile; | input/npy.rs imports kernel: both stand on rung 2",
    "cli/args.rs | use crate::console::Console; | cli/args.rs imports console: both stand on rung 10",
    "gate/judge.rs | use crate::pass::Plan; | gate/judge.rs imports pass: gate sees audits",
    "report/csv.rs | use crate::data::Pairs; | report/csv.rs imports data: report sees audits",
    "report/csv.rs | use crate::Audit; | report/csv.rs imports crate::Audit: name the room",
    "report/csv.rs | use crate::*; | report/csv.rs imports crate::*: name the room",
    "report/md.rs | use clap::Parser; | report/md.rs says `clap`",
    "report/table.rs | use polars::prelude::*; | report/table.rs says `polars`",
    "report/csv.rs | use plotters::prelude::*; | report/csv.rs says `plotters`",
    "run/train.rs | use candle_core::Tensor; | run/train.rs says `candle_core`",
    "num/sum.rs | fn f() { unsafe { g() } } | num/sum.rs says `unsafe`",
    "input/npy.rs | fn f() -> anyhow::Result<()> { g() } | input/npy.rs says `anyhow`",
    "run.rs | fn f() { std::println!(\"x\") } | run.rs says `println!`",
    "run.rs | fn f<'a>(x: &'a str) { ('\"', '\\'', dbg!(x), \"\\\"\") } | run.rs says `dbg!`",
    "common/mod.rs | | common/mod.rs: `common` says nothing",
    "num/utils.rs | | num/utils.rs: `utils` says nothing",
    "audit/read/a.rs | use crate::data::UnitRows; | audit/read/a.rs says `UnitRows`: audit/read/ is made of",
    "attic/mod.rs | | attic/mod.rs: `attic` stands on no rung",
    "num/sum.rs | /// Which. | num/sum.rs: `/// Which.` says nothing",
];

/// Doc comments that say nothing.
const EMPTY_DOCS: &[&str] = &[
    "Afterwards.",
    "How many.",
    "Likewise.",
    "Nothing.",
    "What.",
    "Where to.",
    "Where.",
    "Which.",
    "Why.",
];

/// path | source
const ALLOWED: &[&str] = &[
    "pass/plan.rs | use crate::{num::sum, data::{Pairs, Groups}}; use crate::pass::tiles;",
    "pass/plan.rs | mod tests { use super::*; use super::tiles; }",
    "num/sum.rs | /// See [`crate::audit::Audit`]. unsafe println!()\n/* crate::run */ fn f() {}",
    "num/sum.rs | const X: &str = \"crate::run \\\" unsafe\"; const Y: &[u8] = br#\"\" unsafe \"#;",
    "num/sum.rs | #![deny(unsafe_code)]\nfn print_it() { writeln!(out, \"x\"); }",
    "kernel/avx2.rs | unsafe { load() }",
    "report/plot/png.rs | use plotters::prelude::*;",
    "main.rs | fn main() { spherecheck::run::run(std::env::args_os()) }",
];

#[test]
fn a_planted_violation_is_found() {
    let mut cases: Vec<(&str, String, &str)> = Vec::new();
    for planted in PLANTED {
        let parts: Vec<&str> = planted.split('|').map(str::trim).collect();
        cases.push((parts[0], parts[1].to_owned(), parts[2]));
    }
    cases.push((
        "num/sum.rs",
        "\n".repeat(MAX_LINES + 1),
        "num/sum.rs has 401 lines",
    ));
    for (path, text, said) in cases {
        let found = violations(path, &text);
        assert!(
            found.iter().any(|sentence| sentence.starts_with(said)),
            "{said:?} not in {found:?}"
        );
    }
}

#[test]
fn what_is_allowed_is_not_found() {
    for allowed in ALLOWED {
        let (path, text) = allowed.split_once(" | ").expect("path | source");
        assert_eq!(violations(path, text), Vec::<String>::new(), "{allowed}");
    }
}

/// Every sentence about what `text`, the source at `path` below `src/`, does wrong.
fn violations(path: &str, text: &str) -> Vec<String> {
    let code = code(text);
    let mut broken = Vec::new();
    for name in path
        .trim_end_matches(".rs")
        .split('/')
        .filter(|name| EMPTY_NAMES.contains(name))
    {
        broken.push(format!(
            "{path}: `{name}` says nothing about what is inside; name it after its idea"
        ));
    }
    let docs = text.lines().map(str::trim);
    for doc in docs.filter_map(|line| line.strip_prefix("/// ")) {
        if EMPTY_DOCS.contains(&doc) {
            broken.push(format!(
                "{path}: `/// {doc}` says nothing of what stands below; say what it is"
            ));
        }
    }
    let lines = text.lines().count();
    if lines > MAX_LINES {
        broken.push(format!(
            "{path} has {lines} lines, more than {MAX_LINES}: split it by idea"
        ));
    }
    for (word, homes) in CONFINED {
        if !homes.iter().any(|home| path.starts_with(home)) && says(&code, word) {
            broken.push(format!(
                "{path} says `{word}`, which may stand only in {homes:?}"
            ));
        }
    }
    for (home, words) in PURE {
        let said = words.iter().filter(|word| says(&code, word));
        for word in said.filter(|_| path.starts_with(home)) {
            broken.push(format!(
                "{path} says `{word}`: {home} is made of states alone; look at rows in audit/walk/"
            ));
        }
    }
    // lib.rs declares every room; the ladder does not apply to it.
    if path != "lib.rs" {
        broken.extend(climbs(path, &code));
    }
    broken
}

fn climbs(path: &str, code: &str) -> Vec<String> {
    let room = room(path);
    let Some(own) = rung(room) else {
        return vec![format!(
            "{path}: `{room}` stands on no rung; add it to the ladder and to the crate doc"
        )];
    };
    let mut broken = Vec::new();
    for other in imports(code) {
        let sees_audits = FORBIDDEN
            .iter()
            .any(|(r, rooms)| *r == room && rooms.contains(&other.as_str()));
        match rung(&other) {
            _ if other == room => {}
            None => broken.push(format!(
                "{path} imports crate::{other}: name the room that it comes from"
            )),
            Some(rung) if rung > own => {
                broken.push(format!(
                    "{path} imports {other}: rung {own} may not look up to rung {rung}"
                ));
            }
            Some(rung) if rung == own => {
                broken.push(format!("{path} imports {other}: both stand on rung {rung} and should not know each other"));
            }
            Some(_) if sees_audits => broken.push(format!(
                "{path} imports {other}: {room} sees audits, not data or states"
            )),
            Some(_) => {}
        }
    }
    broken
}

/// The room that the file at `path` stands in.
pub fn room(path: &str) -> &str {
    let first = path.split('/').next().unwrap_or(path);
    first.trim_end_matches(".rs")
}

fn rung(room: &str) -> Option<usize> {
    LADDER.iter().position(|rooms| rooms.contains(&room))
}

/// The first name after each `crate::` (in a group: of each member), and rooms reached through `super::`.
fn imports(code: &str) -> Vec<String> {
    let first_name = |path: &str| -> String {
        let path = path.trim_start();
        if path.starts_with('*') {
            "*".into()
        } else {
            path.chars().take_while(|c| is_word(*c)).collect()
        }
    };
    let mut names = Vec::new();
    for root in ["crate::", "spherecheck::"] {
        for rest in after(code, root) {
            match rest.trim_start().strip_prefix('{') {
                Some(group) => names.extend(members(group).into_iter().map(first_name)),
                None => names.push(first_name(rest)),
            }
        }
    }
    names.extend(
        after(code, "super::")
            .map(first_name)
            .filter(|name| rung(name).is_some()),
    );
    names.sort();
    names.dedup();
    names
}

/// What follows each occurrence of `root` as a path's beginning (or, for `super::`, anywhere in a path).
fn after<'a>(code: &'a str, root: &'a str) -> impl Iterator<Item = &'a str> {
    code.match_indices(root)
        .filter(|(at, _)| !code[..*at].ends_with(is_word))
        .map(|(at, _)| &code[at + root.len()..])
}

/// The members of `{a, b::{c, d}}`, given what follows the first brace.
fn members(group: &str) -> Vec<&str> {
    let (mut found, mut start, mut depth) = (Vec::new(), 0, 0);
    for (at, c) in group.char_indices() {
        match c {
            ',' | '}' if depth == 0 => {
                found.extend(Some(&group[start..at]).filter(|member| !member.trim().is_empty()));
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    found
}

fn says(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        !code[..at].ends_with(is_word) && !code[at + word.len()..].starts_with(is_word)
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The source without comments and without the insides of strings and character literals.
pub fn code(text: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(c) = rest.chars().next() {
        let hidden = not_code(rest, out.chars().last().unwrap_or(' '));
        let step = if hidden == 0 { c.len_utf8() } else { hidden };
        out.push_str(if hidden == 0 { &rest[..step] } else { " " });
        rest = &rest[step..];
    }
    out
}

/// Length of the comment or literal that `text` begins with; 0 if it begins with code. Block comments do not nest.
fn not_code(text: &str, before: char) -> usize {
    let through = |from: usize, end: &str| {
        text[from..]
            .find(end)
            .map_or(text.len(), |at| from + at + end.len())
    };
    let second = text.chars().nth(1).unwrap_or(' ');
    match (text.as_bytes()[0], second) {
        (b'/', '/') => text.find('\n').unwrap_or(text.len()),
        (b'/', '*') => through(2, "*/"),
        (b'"', _) => {
            let mut at = 1;
            while at < text.len() && text.as_bytes()[at] != b'"' {
                at += if text.as_bytes()[at] == b'\\' { 2 } else { 1 };
            }
            text.len().min(at + 1)
        }
        (b'\'', '\\') => through(3, "'"),
        (b'\'', c) if text[1 + c.len_utf8()..].starts_with('\'') => c.len_utf8() + 2,
        (b'r', '"' | '#') if !is_word(before) || "bc".contains(before) => {
            let hashes = text[1..].chars().take_while(|c| *c == '#').count();
            let quoted = text[1 + hashes..].starts_with('"');
            if quoted {
                through(2 + hashes, &format!("\"{}", "#".repeat(hashes)))
            } else {
                0
            }
        }
        _ => 0,
    }
}

/// (path below `src/` with forward slashes, text) of every source file.
pub fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut files) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("src/ is readable").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let below = path
                    .strip_prefix(&root)
                    .expect("read below src/")
                    .to_string_lossy()
                    .replace('\\', "/");
                files.push((below, fs::read_to_string(&path).expect("source is UTF-8")));
            }
        }
    }
    files.sort();
    files
}
