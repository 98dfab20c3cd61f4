//! Lines of a table of text, one after the other, each divided into its fields.

use crate::num;
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// Longest line; a longer one means a quote that is never closed.
const LONGEST: usize = 1 << 24;

/// The lines of a text that is in memory; empty ones are passed over.
pub(super) struct TextRecords<'t> {
    reader: Reader,
    rest: &'t [u8],
    /// Fields of the line, one after the other, and where each ends.
    text: Vec<u8>,
    ends: Vec<usize>,
    count: usize,
    /// Fields of the first line.
    first: Option<usize>,
    after_empty_line: bool,
}

impl<'t> TextRecords<'t> {
    pub(super) fn new(text: &'t [u8], separator: u8) -> Self {
        Self {
            reader: ReaderBuilder::new().delimiter(separator).build(),
            rest: text,
            text: vec![0; 1 << 10],
            ends: vec![0; 1 << 6],
            count: 0,
            first: None,
            after_empty_line: false,
        }
    }

    /// Moves to the next line; whether there is one.
    pub(super) fn next(&mut self) -> Result<bool, String> {
        let before = self.reader.line();
        let (mut used, mut count) = (0, 0);
        loop {
            let (result, read, written, ended) =
                self.reader
                    .read_record(self.rest, &mut self.text[used..], &mut self.ends[count..]);
            self.rest = &self.rest[read..];
            used += written;
            count += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if self.text.len() < LONGEST => {
                    self.text.resize(2 * self.text.len(), 0);
                }
                ReadRecordResult::OutputEndsFull if self.ends.len() < LONGEST => {
                    self.ends.resize(2 * self.ends.len(), 0);
                }
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    return Err(format!(
                        "line {before} is longer than {} bytes; a quote may be missing in it",
                        num::count(LONGEST)
                    ));
                }
                ReadRecordResult::End => return Ok(false),
                ReadRecordResult::Record => break,
            }
        }
        self.count = count;
        let own = self.text[..used]
            .iter()
            .filter(|&&byte| byte == b'\n')
            .count() as u64
            + 1;
        let passed = self.reader.line() - before;
        self.after_empty_line = passed > own;
        let first = *self.first.get_or_insert(count);
        if count != first {
            let line = before + passed.saturating_sub(own);
            return Err(format!(
                "line {line} has {}, expected {} as in the first line; a separator in a field needs \
                 quotes around the field",
                num::counted(count, "field"),
                num::count(first)
            ));
        }
        Ok(true)
    }

    /// Fields of the line.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// A field of the line.
    pub(super) fn field(&self, at: usize) -> &[u8] {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[at]]
    }

    /// Whether lines without anything were passed over to come to this one.
    pub(super) fn after_empty_line(&self) -> bool {
        self.after_empty_line
    }
}

#[cfg(test)]
mod tests {
    use super::TextRecords;

    fn all(text: &str) -> Vec<(bool, Vec<String>)> {
        let mut records = TextRecords::new(text.as_bytes(), b',');
        let mut found = Vec::new();
        while records.next().unwrap() {
            let fields = (0..records.count()).map(|at| records.field(at));
            let fields = fields.map(|field| String::from_utf8_lossy(field).into_owned());
            found.push((records.after_empty_line(), fields.collect()));
        }
        found
    }

    #[test]
    fn empty_lines_are_passed_over_and_told() {
        for end in ["\n", "\r\n"] {
            let text = format!("a{end}{end}\"b{end}{end}\"{end}c{end}{end}");
            let fields = |field: &str| vec![field.to_owned()];
            let quoted = format!("b{end}{end}");
            assert_eq!(
                all(&text),
                [
                    (false, fields("a")),
                    (true, fields(&quoted)),
                    (false, fields("c"))
                ],
                "{end:?}"
            );
        }
    }

    #[test]
    fn long_lines_and_uneven_ones() {
        let long = "x".repeat(5000);
        let many = "1,".repeat(300);
        assert_eq!(all(&format!("{long},{long}\n"))[0].1, [long.clone(), long]);
        assert_eq!(all(&many)[0].1.len(), 301);
        let mut records = TextRecords::new(b"a,b\n\n1,2,3\n", b',');
        assert_eq!(records.next(), Ok(true));
        let said = records.next().unwrap_err();
        assert!(
            said.starts_with("line 3 has 3 fields, expected 2"),
            "{said}"
        );
    }
}
