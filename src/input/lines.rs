//! A text as its lines.

/// Lines, each with its number (from 1). They may end in CRLF; empty ones at the end of the text are none.
pub(super) struct Lines<'t> {
    rest: Option<&'t [u8]>,
    number: usize,
}

impl<'t> Lines<'t> {
    /// Lines of `text`, of which the first is line `number` of its file.
    pub(super) fn new(text: &'t [u8], number: usize) -> Self {
        let text = text.trim_ascii_end();
        Self {
            rest: Some(text).filter(|text| !text.is_empty()),
            number,
        }
    }

    /// How many are left.
    pub(super) fn left(&self) -> usize {
        let ends = |text: &[u8]| text.iter().filter(|&&byte| byte == b'\n').count();
        self.rest.map_or(0, |text| ends(text) + 1)
    }
}

impl<'t> Iterator for Lines<'t> {
    type Item = (usize, &'t [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.rest?;
        let line = match text.iter().position(|&byte| byte == b'\n') {
            Some(end) => {
                self.rest = Some(&text[end + 1..]);
                &text[..end]
            }
            None => {
                self.rest = None;
                text
            }
        };
        let number = self.number;
        self.number += 1;
        Some((number, line.strip_suffix(b"\r").unwrap_or(line)))
    }
}

/// The text without the mark that some editors put before UTF-8.
pub(super) fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn lines_end_in_any_way_and_are_counted() {
        for text in ["a\n\nb", "a\n\nb\n", "a\r\n\r\nb\r\n\r\n \n", "a\n\nb\n\n"] {
            let lines = Lines::new(text.as_bytes(), 1);
            assert_eq!(lines.left(), 3, "{text:?}");
            let found: Vec<(usize, &[u8])> = lines.collect();
            assert_eq!(found, [(1, &b"a"[..]), (2, b""), (3, b"b")], "{text:?}");
        }
        for text in ["", "\n \r\n"] {
            assert_eq!(Lines::new(text.as_bytes(), 1).left(), 0);
            assert_eq!(Lines::new(text.as_bytes(), 1).next(), None);
        }
    }
}
