//! Word vectors: the text of GloVe, fastText and word2vec (`word v1 .. vd` a line, perhaps after a line `n d`), and the
//! binary form of word2vec (`n d` and a line end, then each word, a space and d f32, perhaps with a line end after them).

use std::path::Path;

use super::InputError;
use super::array::Array;
use super::cells::{CellSource, CellValue, Cells, Visit};
use super::lines::{Lines, without_mark};
use super::number::{EXPECTED, shown, single};
use super::rows::Collected;
use crate::data::Bytes;
use crate::num::counted;

/// Lines that are looked at to see whether they begin with words.
const SAMPLE: usize = 20;
/// Bytes that are looked at to tell binary contents from text.
const HEAD: usize = 1 << 12;

/// What the first lines of such a file say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Words {
    binary: bool,
    /// Rows, where a first line gives their number.
    rows: Option<usize>,
    dim: usize,
    /// Where the first word begins.
    start: usize,
}

impl Words {
    /// Of the contents of a file, if they are word vectors: a line `n d` with a word and numbers after it, or lines of a word
    /// and at least two numbers each. Lines of numbers alone are none, as nothing tells whether the first is a word.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let with_header = header(bytes).and_then(|FirstLine { rows, dim, start }| {
            let rest = &bytes[start..];
            let line = Lines::new(rest, 2)
                .next()
                .map_or(&b""[..], |(_, line)| line);
            let mut fields = fields(line);
            let named = fields.next().is_some_and(|word| single(word).is_none());
            let text = row(line, dim, |_, _| ()).is_ok()
                || (named && fields.next().is_some_and(|field| single(field).is_some()));
            let head = &rest[..rest.len().min(HEAD)];
            let binary = !text && head.iter().any(|&b| b < b' ' && !b"\t\n\r".contains(&b));
            (text || binary).then_some(Self {
                binary,
                rows: Some(rows),
                dim,
                start,
            })
        });
        with_header.or_else(|| {
            let text = without_mark(bytes);
            let mut lines = Lines::new(text, 1).take(SAMPLE).map(|(_, line)| line);
            let (_, first) = Lines::new(text, 1).next()?;
            let dim = fields(first).count().checked_sub(1).filter(|&d| d >= 2)?;
            row(first, dim, |_, _| ()).ok()?;
            let word = |line| fields(line).next().is_some_and(|w| single(w).is_none());
            lines.any(word).then_some(Self {
                binary: false,
                rows: None,
                dim,
                start: bytes.len() - text.len(),
            })
        })
    }

    /// The vectors, without their words.
    pub(super) fn matrix(self, path: &Path, bytes: &Bytes) -> Result<Array, InputError> {
        let name = path.display().to_string();
        let file = (**bytes).as_ref();
        let mut rows = Collected::new(name.clone(), Some(self.dim));
        rows.expect(self.count(file), file.len())?;
        self.each(&name, file, &mut |entry| {
            let (values, dim) = rows.next_row(0)?;
            match entry {
                RawWord::Text(number, line) => {
                    let before = values.len();
                    values.resize(before + dim, 0.0);
                    let put = |at: usize, value| values[before + at] = value;
                    row(line, dim, put).map_err(|wrong| wrong.at(&name, number))?;
                }
                RawWord::Binary(_, vector) => {
                    let (floats, _) = vector.as_chunks::<4>();
                    values.extend(floats.iter().map(|v| f32::from_le_bytes(*v)));
                }
            }
            // Both forms give as many values as were asked for.
            let _ = rows.end_row();
            Ok(())
        })?;
        rows.into_array()
    }

    /// The words, as ids of the rows.
    pub(super) fn names(self, path: &Path, bytes: Bytes) -> Named {
        let source = CellSource {
            name: path.display().to_string(),
            rows: self.count((*bytes).as_ref()),
            columns: Vec::new(),
        };
        Named {
            source,
            words: self,
            bytes,
        }
    }

    /// How many rows there are at most: as many as the file says, as far as it is long enough.
    fn count(self, file: &[u8]) -> usize {
        match self.rows {
            Some(rows) => rows.min(file.len() / 2),
            None => Lines::new(&file[self.start..], 1).left(),
        }
    }

    /// Visits each word with its vector.
    fn each(self, name: &str, file: &[u8], visit: &mut Visitor<'_>) -> Result<(), InputError> {
        match self.binary {
            true => self.each_in_binary(name, file, visit),
            false => self.each_in_text(name, file, visit),
        }
    }

    fn each_in_text(
        self,
        name: &str,
        file: &[u8],
        visit: &mut Visitor<'_>,
    ) -> Result<(), InputError> {
        let first = 1 + usize::from(self.rows.is_some());
        let lines = Lines::new(&file[self.start..], first);
        let found = lines.left();
        for (number, line) in lines {
            // Before room is asked for: a number takes two bytes with what separates it.
            if self.dim > line.len() / 2 {
                return Err(Wrong::count(line, self.dim).at(name, number));
            }
            visit(RawWord::Text(number, line))?;
        }
        match self.rows {
            Some(rows) if rows != found => {
                let (place, expected) = ("the first line", format!("the number of words, {found}"));
                let advice = "the file is truncated or its first line lies: write it again";
                Err(InputError::row(name, place, expected, rows, advice))
            }
            _ => Ok(()),
        }
    }

    fn each_in_binary(
        self,
        name: &str,
        file: &[u8],
        visit: &mut Visitor<'_>,
    ) -> Result<(), InputError> {
        let rows = self.rows.unwrap_or(0);
        let refused = |place: String, expected: String, found: String| {
            let advice = "the file is damaged or truncated: write it again";
            InputError::row(name, place, expected, found, advice)
        };
        let mut rest = &file[self.start..];
        let width = self.dim.checked_mul(4);
        let least = width.and_then(|width| (width + 1).checked_mul(rows));
        let (Some(width), Some(..)) = (width, least.filter(|&least| least <= rest.len())) else {
            let expected = format!("{rows} words with {} f32 each, as it says", self.dim);
            let found = format!("{} bytes after it", rest.len());
            return Err(refused("the first line".into(), expected, found));
        };
        for row in 0..rows {
            let at = file.len() - rest.len();
            let place = || format!("row {row} (counted from 0; byte {at})");
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
            let parts = rest
                .iter()
                .position(|&byte| byte == b' ')
                .and_then(|end| Some((&rest[..end], rest[end + 1..].split_at_checked(width)?)));
            let Some((word, (vector, after))) = parts else {
                let expected = format!("a word, a space and {}", counted(width, "byte"));
                let found = format!("the end of the file {} on", counted(rest.len(), "byte"));
                return Err(refused(place(), expected, found));
            };
            visit(RawWord::Binary(word, vector))?;
            rest = after;
        }
        match rest.strip_prefix(b"\n").unwrap_or(rest).len() {
            0 => Ok(()),
            extra => Err(refused(
                format!("byte {}", file.len() - extra),
                format!("the end of the file after {rows} words"),
                format!("{extra} more bytes"),
            )),
        }
    }
}

/// A word with its vector, as they lie in the file.
enum RawWord<'f> {
    /// Number of the line, and the line.
    Text(usize, &'f [u8]),
    /// The word, and its f32.
    Binary(&'f [u8], &'f [u8]),
}

type Visitor<'v> = dyn FnMut(RawWord<'_>) -> Result<(), InputError> + 'v;

/// The words of such a file.
pub(super) struct Named {
    source: CellSource,
    words: Words,
    bytes: Bytes,
}

impl Cells for Named {
    fn source(&self) -> &CellSource {
        &self.source
    }

    fn each(&self, visit: &mut Visit<'_>) -> Result<(), InputError> {
        let mut at = 0;
        let file = (*self.bytes).as_ref();
        let name = &self.source.name;
        self.words.each(name, file, &mut |entry| {
            let word = match entry {
                RawWord::Text(number, line) => {
                    row(line, self.words.dim, |_, _| ()).map_err(|wrong| wrong.at(name, number))?
                }
                RawWord::Binary(word, _) => word,
            };
            let word = std::str::from_utf8(word).map_err(|_| self.source.no_text(at))?;
            at += 1;
            visit(&[CellValue::Word(word)])
        })
    }
}

/// A first line `n d`.
struct FirstLine {
    rows: usize,
    dim: usize,
    /// Where the line after it begins.
    start: usize,
}

fn header(bytes: &[u8]) -> Option<FirstLine> {
    let head = &bytes[..bytes.len().min(64)];
    let end = head.iter().position(|&byte| byte == b'\n')?;
    let line = std::str::from_utf8(head[..end].trim_ascii_end()).ok()?;
    let (rows, dim) = line.split_once(' ')?;
    let count = |text: &str| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<usize>().ok().filter(|_| digits)
    };
    Some(FirstLine {
        rows: count(rows)?,
        dim: count(dim).filter(|&dim| dim > 0)?,
        start: end + 1,
    })
}

fn is_gap(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

fn fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|&byte| is_gap(byte))
        .filter(|field| !field.is_empty())
}

/// Why a line is no word with its numbers.
struct Wrong {
    /// Which of its numbers, from 1.
    number: Option<usize>,
    expected: String,
    found: String,
}

impl Wrong {
    /// Another count of numbers than `dim`.
    fn count(line: &[u8], dim: usize) -> Self {
        Self {
            number: None,
            expected: format!("a word and {}", counted(dim, "number")),
            found: match fields(line).count() {
                0 => "an empty line".into(),
                count => format!("{count} fields"),
            },
        }
    }

    fn at(self, name: &str, line: usize) -> InputError {
        let number = self.number.map(|number| format!(", number {number}"));
        let place = format!("line {line}{}", number.unwrap_or_default());
        let advice = "correct the line or leave it out";
        InputError::row(name, place, self.expected, self.found, advice)
    }
}

/// The word of a line; `put` gets the `dim` numbers after it, from the last to the first, each with its place.
fn row(line: &[u8], dim: usize, mut put: impl FnMut(usize, f32)) -> Result<&[u8], Wrong> {
    let mut rest = line.trim_ascii_end();
    for at in (0..dim).rev() {
        let Some(gap) = rest.iter().rposition(|&byte| is_gap(byte)) else {
            return Err(Wrong::count(line, dim));
        };
        let field = &rest[gap + 1..];
        let value = single(field).ok_or_else(|| Wrong {
            number: Some(at + 1),
            expected: EXPECTED.into(),
            found: shown(field),
        })?;
        put(at, value);
        rest = rest[..gap].trim_ascii_end();
    }
    // A word may hold spaces, as some of GloVe's do; a number in it is one too many.
    let number = |part: &[u8]| single(part).is_some();
    if rest.is_empty() || fields(rest).skip(1).any(number) {
        return Err(Wrong::count(line, dim));
    }
    Ok(rest)
}
