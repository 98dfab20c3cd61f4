//! A name means one thing: no two rooms have types of one name that other files can see.

use std::collections::BTreeMap;

use crate::architecture::{code, room, sources};
use crate::circles::shipped;

/// Names that types of two rooms may share, each with the reason. One that is no longer shared must go.
const SHARED: &[(&str, &str)] = &[];

#[test]
fn no_two_rooms_call_types_alike() {
    let sources = sources();
    let all = sources
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()));
    let types = visible(all.clone()).len();
    assert!(types > 500, "types were not found: {types}");
    let said = alike(all, SHARED);
    assert!(said.is_empty(), "\n{}", said.join("\n"));
}

/// source of input/a.rs | source of report/b.rs | names that may be shared | how the sentence begins
const PLANTED: &[&str] = &[
    "pub(super) struct Cell; | pub enum Cell { Empty } | | `Cell` is a type of input/a.rs and of report/b.rs",
    "pub trait Cells {} | pub(crate) type Cells = Vec<u8>; | Cell | `Cells` is a type of input/a.rs and of report/b.rs",
    "pub struct Cells<'a>(&'a u8); | pub unsafe trait Cells {} | | `Cells` is a type of",
    "pub mod inner {\n    pub(in crate::input) union Cell { a: u8 }\n} | pub struct Cell; | | `Cell` is a type of",
    "pub struct Cell; | struct Cell; | Cell | `Cell` is no name that two rooms share",
    "pub struct Cell; | pub struct Row; | Column | `Column` is no name that two rooms share",
];

/// source of input/a.rs | source of report/b.rs | names that may be shared
const ALLOWED: &[&str] = &[
    "pub struct Cell; | struct Cell; |",
    "pub struct Cell; | pub struct Cells; |",
    "pub struct Cell; | pub enum Cell { Empty } | Cell",
    "impl Job for A {\n    type Output = u8;\n} | impl Job for B {\n    type Output = u8;\n} |",
    "pub struct Cell; | pub fn f() {}\n#[cfg(test)]\nmod tests {\n    pub struct Cell;\n} |",
    "pub struct Cell; | // pub struct Cell;\nconst CELL: &str = \"\npub struct Cell;\"; |",
];

#[test]
fn a_planted_name_is_found() {
    for planted in PLANTED {
        let (rest, sentence) = planted.rsplit_once(" | ").expect("a sentence");
        let said = planted_in(rest);
        assert!(
            said.iter().any(|said| said.starts_with(sentence)),
            "{sentence:?} not in {said:?}"
        );
    }
    for allowed in ALLOWED {
        assert_eq!(planted_in(allowed), Vec::<String>::new(), "{allowed}");
    }
    // Within a room its files say where a type belongs.
    let room = [
        ("input/a.rs", "pub struct A;"),
        ("input/b.rs", "pub struct A;"),
    ];
    assert_eq!(alike(room.into_iter(), &[]), Vec::<String>::new());
}

/// What is said of two sources, and of the names that they may share, with ` | ` between them.
fn planted_in(case: &str) -> Vec<String> {
    let parts: Vec<&str> = case.split(" |").map(str::trim).collect();
    let files = [("input/a.rs", parts[0]), ("report/b.rs", parts[1])];
    let shared: Vec<(&str, &str)> = parts[2].split_whitespace().map(|name| (name, "")).collect();
    alike(files.into_iter(), &shared)
}

/// A sentence for each name that rooms share and may not, and for each that they might and do not.
fn alike<'a>(
    files: impl Iterator<Item = (&'a str, &'a str)>,
    shared: &[(&str, &str)],
) -> Vec<String> {
    let mut names = visible(files);
    names.retain(|_, rooms| rooms.len() > 1);
    let may = |name: &str| shared.iter().any(|(shared, _)| *shared == name);
    let broken = names.iter().filter(|(name, _)| !may(name));
    let broken = broken.map(|(name, rooms)| {
        let files: Vec<&str> = rooms.values().copied().collect();
        format!(
            "`{name}` is a type of {}: let each name say what it is in its room",
            files.join(" and of ")
        )
    });
    let stale = shared.iter().filter(|(name, _)| !names.contains_key(*name));
    let stale = stale
        .map(|(name, _)| format!("`{name}` is no name that two rooms share: take it off the list"));
    broken.chain(stale).collect()
}

/// The types that other files can see: under each name the rooms that have one, and a file of each.
fn visible<'a>(
    files: impl Iterator<Item = (&'a str, &'a str)>,
) -> BTreeMap<String, BTreeMap<&'a str, &'a str>> {
    let mut names: BTreeMap<String, BTreeMap<&str, &str>> = BTreeMap::new();
    for (path, text) in files.filter(|(path, _)| !path.ends_with("tests.rs")) {
        for name in shipped(&code(text)).lines().filter_map(declared) {
            names
                .entry(name.to_owned())
                .or_default()
                .insert(room(path), path);
        }
    }
    names
}

/// The name of the type that a line declares for other files. Associated types are never `pub`.
fn declared(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("pub")?;
    let rest = match rest.strip_prefix('(') {
        Some(scope) => scope.split_once(')')?.1,
        None => rest,
    };
    let rest = rest.strip_prefix(' ')?;
    let rest = rest.strip_prefix("unsafe ").unwrap_or(rest);
    let (kind, rest) = rest.split_once(' ')?;
    let name = rest
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()?;
    ["struct", "enum", "union", "trait", "type"]
        .contains(&kind)
        .then_some(name)
        .filter(|name| !name.is_empty())
}
