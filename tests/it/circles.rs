//! Inside a room, too, imports go down only: no file reaches itself through the files that it names.

use std::collections::{BTreeMap, BTreeSet};

use crate::architecture::{code, sources};

type Path = Vec<String>;

/// The files by the modules they are.
struct House {
    files: BTreeMap<Path, (String, String)>,
}

impl House {
    fn new(sources: Vec<(String, String)>) -> Self {
        let files = sources.into_iter().map(|(path, text)| {
            let code = code(&text);
            // Who may see something is no use of it.
            let code = without(shipped(&code), "pub(in ", ')');
            (module(&path), (path, code))
        });
        Self {
            files: files.collect(),
        }
    }

    /// The module that `path`, as it stands in module `from`, leads to.
    fn lead(&self, from: &[String], path: &[String], depth: usize) -> Option<Path> {
        let mut at: Path = match path.first()?.as_str() {
            "crate" => Vec::new(),
            "super" | "self" => from.to_vec(),
            first => {
                let child = [from, &[first.to_owned()]].concat();
                self.files.contains_key(&child).then(|| from.to_vec())?
            }
        };
        let mut rest = path;
        if rest[0] == "crate" {
            rest = &rest[1..];
        }
        while let Some(first @ ("super" | "self")) = rest.first().map(String::as_str) {
            if first == "super" {
                at.pop();
            }
            rest = &rest[1..];
        }
        while let Some(name) = rest.first() {
            let child = [&at[..], std::slice::from_ref(name)].concat();
            if !self.files.contains_key(&child) {
                break;
            }
            (at, rest) = (child, &rest[1..]);
        }
        let (_, text) = self.files.get(&at)?;
        // What a module only passes on belongs to whoever made it.
        let passed = rest.first().filter(|_| depth < 8).and_then(|name| {
            let all = uses(text);
            let used = all.iter().find(|used| used.last() == Some(name))?;
            self.lead(&at, used, depth + 1)
        });
        Some(passed.unwrap_or(at))
    }

    /// The files of its own room that each file names.
    fn arrows(&self) -> BTreeMap<&Path, BTreeSet<Path>> {
        let of = |module: &Path, text: &str| {
            let declared = without(text, "pub use ", ';');
            let named = uses(&declared).into_iter().chain(paths(&declared));
            let led = named.filter_map(|path| self.lead(module, &path, 0));
            led.filter(|other| other != module && other.first() == module.first())
                .collect()
        };
        let files = self.files.iter();
        files
            .map(|(module, (_, text))| (module, of(module, text)))
            .collect()
    }

    /// A sentence for each circle.
    fn circles(&self) -> Vec<String> {
        let arrows = self.arrows();
        let (mut seen, mut said) = (BTreeSet::new(), Vec::new());
        for start in arrows.keys() {
            let Some(way) = way_back(&arrows, start) else {
                continue;
            };
            let mut files: Vec<&Path> = way.clone();
            files.sort();
            if seen.insert(files) {
                let names = way.iter().map(|module| &self.files[*module].0[..]);
                let names: Vec<&str> = names.chain([&self.files[*start].0[..]]).collect();
                said.push(format!(
                    "{}: these files import each other in a circle; move what they share to a file below them",
                    names.join(" -> ")
                ));
            }
        }
        said
    }
}

/// The code of a file before its tests.
pub fn shipped(code: &str) -> &str {
    &code[..code.find("#[cfg(test)]\nmod tests").unwrap_or(code.len())]
}

/// The shortest way from a file back to itself.
fn way_back<'a>(
    arrows: &'a BTreeMap<&'a Path, BTreeSet<Path>>,
    start: &'a Path,
) -> Option<Vec<&'a Path>> {
    let mut ways = vec![vec![start]];
    let mut met = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for next in arrows.get(way[way.len() - 1]).into_iter().flatten() {
                if next == start {
                    return Some(way);
                }
                if met.insert(next) {
                    longer.push([&way[..], &[next]].concat());
                }
            }
        }
        ways = longer;
    }
    None
}

/// `audit/read/mod.rs` is module audit::read.
fn module(path: &str) -> Path {
    let path = path.trim_end_matches(".rs").trim_end_matches("/mod");
    path.split('/').map(str::to_owned).collect()
}

/// The text without what lies between `from` and the next `to`.
fn without(text: &str, from: &str, to: char) -> String {
    let mut parts = text.split(from);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push(' ');
        out.push_str(part.find(to).map_or("", |end| &part[end + 1..]));
    }
    out
}

/// Every path that is imported, groups taken apart.
fn uses(code: &str) -> Vec<Path> {
    let mut out = Vec::new();
    for (at, _) in code.match_indices("use ") {
        let before = code[..at].trim_end_matches(' ');
        let begins = before.is_empty()
            || before.ends_with(['\n', ';', '{', '}', ')'])
            || before.ends_with("pub");
        if let Some(end) = code[at..].find(';').filter(|_| begins) {
            spread(&[], &code[at + 4..at + end], &mut out);
        }
    }
    out
}

fn spread(before: &[String], tree: &str, out: &mut Vec<Path>) {
    let tree = tree.trim();
    let names = |text: &str| -> Path {
        let names = text
            .split("::")
            .map(str::trim)
            .filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    };
    let Some(open) = tree.find('{') else {
        let plain = tree.split(" as ").next().unwrap_or_default();
        let path = [before, &names(plain)].concat();
        out.extend(Some(path).filter(|path| !path.is_empty()));
        return;
    };
    let before = [before, &names(&tree[..open])].concat();
    let (mut depth, mut start) = (0, open + 1);
    for (at, c) in tree.char_indices().skip_while(|(at, _)| *at <= open) {
        match c {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                if !tree[start..at].trim().is_empty() {
                    spread(&before, &tree[start..at], out);
                }
                start = at + 1;
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
}

/// Every path of two names and more outside of imports.
fn paths(code: &str) -> Vec<Path> {
    let code = without(code, "use ", ';');
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let found = code.split(|c| !word(c)).filter(|path| path.contains("::"));
    let small = |path: &Path| path[0].starts_with(|c: char| c.is_lowercase());
    let names = found.map(|path| path.split("::").map(str::to_owned).collect::<Path>());
    names.filter(small).collect()
}

#[test]
fn no_file_imports_itself_through_others() {
    let house = House::new(sources());
    assert!(house.files.len() > 200, "src/ was not found");
    let circles = house.circles();
    assert!(circles.is_empty(), "\n{}", circles.join("\n"));
}

#[test]
fn a_planted_circle_is_named() {
    let planted = |files: &[(&str, &str)]| {
        let files = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        House::new(files.collect()).circles()
    };
    let found = planted(&[
        ("num/mod.rs", "mod a;\nmod b;\nmod c;\npub use a::A;\n"),
        ("num/a.rs", "use super::b::B;\n"),
        ("num/b.rs", "fn f() { super::c::g() }\n"),
        ("num/c.rs", "use crate::num::A;\n"),
    ]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("num/a.rs -> num/b.rs -> num/c.rs -> num/a.rs: these files"),
        "{found:?}"
    );
    let through_the_parent = planted(&[
        ("num/mod.rs", "mod a;\nuse a::A;\npub struct S(A);\n"),
        ("num/a.rs", "use super::S;\npub struct A;\n"),
    ]);
    assert_eq!(through_the_parent.len(), 1, "{through_the_parent:?}");
    let none = planted(&[
        ("num/mod.rs", "mod a;\nmod b;\npub use b::B;\n"),
        (
            "num/a.rs",
            "use super::B;\n#[cfg(test)]\nmod tests { use crate::num::a::X; }\n",
        ),
        ("num/b.rs", "// super::a::f()\npub struct B;\n"),
        ("data/a.rs", "use crate::num::B;\n"),
    ]);
    assert_eq!(none, Vec::<String>::new());
}
