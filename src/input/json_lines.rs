//! JSON lines: one object a line, of which one value (of pairs: two) is kept and the others are passed over.
//!
//! A line is read as it stands, without a tree of its values; numbers of vectors become f32 at once.

mod object;

use std::path::Path;

use super::InputError;
use super::array::Array;
use super::cells::{CellSource, CellValue, Cells, Visit};
use super::choose::listing;
use super::lines::{Lines, without_mark};
use super::rows::Collected;
use super::wanted::Wanted;
use crate::data::Bytes;
use crate::num::counted;
use object::{Key, Scalar};

/// Keys that hold the vector, where none is named.
const VECTORS: [&str; 4] = ["embedding", "vector", "values", "emb"];
/// Keys that hold the id.
const IDS: [&str; 2] = ["id", "_id"];

/// What to do about a line that is none.
const ADVICE: &str = "correct the line or leave it out";

/// Whether the contents of a file with this ending are lines of objects, and not one document.
pub(super) fn looks_like(bytes: &[u8], suffix: &str) -> bool {
    let text = without_mark(bytes).trim_ascii_start();
    let begins = |line: &[u8]| {
        let inside = line.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
        inside.is_some_and(|inside| inside.starts_with(b"\"") || inside.starts_with(b"}"))
    };
    if !begins(text) || matches!(suffix, "csv" | "tsv") {
        return false;
    }
    let mut lines = Lines::new(text, 1).map(|(_, line)| line);
    let whole = lines
        .next()
        .is_some_and(|line| line.trim_ascii_end().ends_with(b"}"));
    matches!(suffix, "jsonl" | "ndjson") || (whole && lines.next().is_some_and(begins))
}

/// The vectors under the key `tensor`, or under the one that usually holds them.
pub(super) fn matrix(
    path: &Path,
    bytes: &Bytes,
    tensor: Option<&str>,
) -> Result<Array, InputError> {
    let text = without_mark((**bytes).as_ref());
    let asked = tensor.map(|name| vec![name]);
    let key = choose(path, text, Wanted::Embeddings, asked)?.swap_remove(0);
    let name = format!("{}[{key}]", path.display());
    let mut rows = Collected::new(name.clone(), None);
    let lines = Lines::new(text, 1);
    let count = lines.left();
    for (number, line) in lines {
        let (values, most) = rows.next_row(line.len())?;
        let found = object::vector(line, &key, values, most);
        let found = found.map_err(|cause| refused(&name, number, &cause))?;
        let wrong = |expected: String, found: String| {
            InputError::row(&*name, format!("line {number}"), expected, found, ADVICE)
        };
        if !found {
            return Err(wrong(format!("the key `{key}`"), "none".into()));
        }
        let expected = rows.dim().unwrap_or(0);
        rows.end_row().map_err(|found| {
            wrong(
                format!("{}, as in the first line", counted(expected, "number")),
                found.to_string(),
            )
        })?;
        if rows.rows() == 1 {
            rows.expect(count - 1, text.len())?;
        }
    }
    rows.into_array()
}

/// The values of one key (two where pairs are wanted) of each line.
pub(super) fn cells(
    path: &Path,
    bytes: Bytes,
    wanted: Wanted,
    tensor: Option<&str>,
) -> Result<JsonLines, InputError> {
    let text = without_mark((*bytes).as_ref());
    let asked = tensor.map(|names| match wanted {
        wanted if wanted.two() => names.split(',').map(str::trim).collect(),
        _ => vec![names],
    });
    let keys = choose(path, text, wanted, asked)?;
    let source = CellSource {
        name: format!("{}[{}]", path.display(), keys.join(",")),
        rows: Lines::new(text, 1).left(),
        columns: keys,
    };
    Ok(JsonLines { source, bytes })
}

/// The values of some keys of each line.
pub(super) struct JsonLines {
    source: CellSource,
    bytes: Bytes,
}

impl Cells for JsonLines {
    fn source(&self) -> &CellSource {
        &self.source
    }

    fn each(&self, visit: &mut Visit<'_>) -> Result<(), InputError> {
        let keys = &self.source.columns;
        let text = without_mark((*self.bytes).as_ref());
        for (number, line) in Lines::new(text, 1) {
            let found = object::values(line, keys);
            let found = found.map_err(|cause| refused(&self.source.name, number, &cause))?;
            let mut row = [CellValue::Absent; 2];
            for (cell, found) in row.iter_mut().zip(&found) {
                *cell = match found {
                    Scalar::Nothing => CellValue::Absent,
                    Scalar::Truth(truth) => CellValue::Truth(*truth),
                    Scalar::Whole(value) => CellValue::Whole(*value),
                    Scalar::Real(value) => CellValue::Real {
                        value: *value,
                        // Whole numbers below this are exact in an f64.
                        exact: 9_007_199_254_740_992.0,
                    },
                    Scalar::Text(text) => CellValue::Word(text),
                };
            }
            visit(&row[..keys.len().min(2)])?;
        }
        Ok(())
    }
}

/// The keys that are meant: those asked for, or those of the first line that can be nothing else.
fn choose(
    path: &Path,
    text: &[u8],
    wanted: Wanted,
    asked: Option<Vec<&str>>,
) -> Result<Vec<String>, InputError> {
    let shown = path.display().to_string();
    let (number, line) = Lines::new(text, 1).next().unwrap_or((1, b""));
    let keys = object::keys(line).map_err(|cause| refused(&shown, number, &cause))?;
    let refuse = |found: String| {
        let names: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
        let listing = listing(&names, |at| keys[at].kind.to_owned());
        InputError::Columns {
            path: shown.clone(),
            expected: match wanted {
                Wanted::Embeddings => {
                    "one list of numbers under the key `embedding`, `vector`, `values` or `emb`"
                        .into()
                }
                wanted => wanted.parts("key").into(),
            },
            found,
            advice: wanted.how_to_choose_parts(),
            listing: format!("keys are {listing}"),
        }
    };
    let usual = |names: &[&str], list: bool| -> Vec<&Key> {
        let fits = |key: &&Key| names.contains(&key.name.as_str()) && key.is_list() == list;
        keys.iter().filter(fits).collect()
    };
    let chosen: Vec<&str> = match (asked, wanted) {
        (Some(asked), _) => {
            let lacks = |name: &&&str| !keys.iter().any(|key| key.name == **name);
            if let Some(missing) = asked.iter().find(lacks) {
                return Err(refuse(format!(
                    "no key named `{missing}` in the first line"
                )));
            }
            asked
        }
        (None, Wanted::Embeddings) => names(usual(&VECTORS, true)),
        (None, Wanted::Names) if keys.len() > 1 => names(usual(&IDS, false)),
        (None, _) => names(keys.iter().collect()),
    };
    if chosen.len() != wanted.count() {
        let plural = if chosen.len() == 1 { "" } else { "s" };
        return Err(refuse(match chosen.len() {
            0 => "none in the first line".into(),
            many => format!("{many} key{plural} in the first line"),
        }));
    }
    Ok(chosen.into_iter().map(str::to_owned).collect())
}

fn names(keys: Vec<&Key>) -> Vec<&str> {
    keys.into_iter().map(|key| key.name.as_str()).collect()
}

/// What the parser says of a line, which is all that it saw: its own number of the line is 1.
fn refused(name: &str, line: usize, cause: &serde_json::Error) -> InputError {
    let text = cause.to_string();
    let said = text
        .rsplit_once(" at line ")
        .map_or(&text[..], |(said, _)| said);
    let (found, expected) = match said.split_once(", expected ") {
        Some((found, expected)) => (found.trim_start_matches("invalid type: "), expected),
        None => match said.strip_prefix("expected ") {
            Some(expected) => ("something else", expected),
            None => (said, "one JSON object a line"),
        },
    };
    let place = format!("line {line}, column {}", cause.column());
    let found: String = found.chars().take(80).collect();
    InputError::row(name, place, expected, found, ADVICE)
}
