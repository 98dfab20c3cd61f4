//! The Python dictionary in an `.npy` header, and no other Python.
//!
//! `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }` and spaces after it. Nothing is evaluated.

/// NumPy arrays have at most this many axes.
const MAX_AXES: usize = 64;

/// The three things an `.npy` header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HeaderFields {
    pub(super) descr: Descr,
    pub(super) fortran_order: bool,
    pub(super) shape: Vec<usize>,
}

/// The element type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Descr {
    /// Such as `<f4`.
    Plain(String),
    /// A list or tuple: a structured type.
    Structured(String),
}

/// Where the text departs from what NumPy writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Surprise {
    pub(super) expected: String,
    pub(super) found: String,
}

/// Reads the dictionary.
pub(super) fn parse(text: &[u8]) -> Result<HeaderFields, Surprise> {
    let mut cursor = Cursor { rest: text };
    let (mut descr, mut fortran_order, mut shape) = (None, None, None);
    cursor.expect(b'{')?;
    while !cursor.take(b'}') {
        let key = cursor.string("a key in quotes")?;
        cursor.expect(b':')?;
        let repeated = match key {
            b"descr" => descr.replace(cursor.descr()?).is_some(),
            b"fortran_order" => fortran_order.replace(cursor.boolean()?).is_some(),
            b"shape" => shape.replace(cursor.shape()?).is_some(),
            _ => {
                return Err(Surprise {
                    expected: "the keys `descr`, `fortran_order` and `shape`".into(),
                    found: format!("the key {}", shown(key)),
                });
            }
        };
        if repeated {
            return Err(Surprise {
                expected: "each key once".into(),
                found: format!("{} twice", shown(key)),
            });
        }
        if !cursor.take(b',') && cursor.peek() != Some(b'}') {
            return Err(cursor.surprise("`,` or `}`"));
        }
    }
    if cursor.peek().is_some() {
        return Err(cursor.surprise("only spaces after `}`"));
    }
    let missing = |key: &str| Surprise {
        expected: format!("the key `{key}`"),
        found: "none".into(),
    };
    Ok(HeaderFields {
        descr: descr.ok_or_else(|| missing("descr"))?,
        fortran_order: fortran_order.ok_or_else(|| missing("fortran_order"))?,
        shape: shape.ok_or_else(|| missing("shape"))?,
    })
}

struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    /// The next byte that is not white space, which is skipped.
    fn peek(&mut self) -> Option<u8> {
        self.rest = self.rest.trim_ascii_start();
        self.rest.first().copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        self.take_word(&[byte])
    }

    fn take_word(&mut self, word: &[u8]) -> bool {
        self.peek();
        let after = self.rest.strip_prefix(word);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn expect(&mut self, byte: u8) -> Result<(), Surprise> {
        match self.take(byte) {
            true => Ok(()),
            false => Err(self.surprise(&format!("`{}`", char::from(byte)))),
        }
    }

    fn surprise(&self, expected: &str) -> Surprise {
        Surprise {
            expected: expected.to_owned(),
            found: match self.rest {
                [] => "the end of the header".into(),
                rest => shown(rest),
            },
        }
    }

    fn string(&mut self, expected: &str) -> Result<&'a [u8], Surprise> {
        self.peek();
        if let [quote @ (b'\'' | b'"'), body @ ..] = self.rest {
            // No type code, key or unit needs a backslash.
            let ends = |b: &u8| b == quote || *b == b'\\';
            let len = body.iter().position(ends).unwrap_or(body.len());
            if body.get(len) == Some(quote) {
                self.rest = &body[len + 1..];
                return Ok(&body[..len]);
            }
        }
        Err(self.surprise(expected))
    }

    fn boolean(&mut self) -> Result<bool, Surprise> {
        // `np.True_` is NumPy's own.
        let numpy = self.take_word(b"np.");
        let value = self.truth();
        if numpy && value.is_ok() {
            self.take_word(b"_");
        }
        value
    }

    fn truth(&mut self) -> Result<bool, Surprise> {
        if self.take_word(b"True") {
            Ok(true)
        } else if self.take_word(b"False") {
            Ok(false)
        } else {
            Err(self.surprise("True or False"))
        }
    }

    fn shape(&mut self) -> Result<Vec<usize>, Surprise> {
        let mut axes = Vec::new();
        if !self.take(b'(') {
            return Err(self.surprise("a shape such as (1000, 384)"));
        }
        while !self.take(b')') {
            if axes.len() == MAX_AXES {
                return Err(self.surprise("a shape of at most 64 axes"));
            }
            axes.push(self.axis()?);
            if !self.take(b',') && self.peek() != Some(b')') {
                return Err(self.surprise("`,` or `)` in the shape"));
            }
        }
        Ok(axes)
    }

    fn axis(&mut self) -> Result<usize, Surprise> {
        // An array whose shape was made of NumPy integers: `np.int64(1000)`, of any width.
        let wrapped = self.take_numpy_type();
        self.peek();
        let count = self.rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let (digits, after) = self.rest.split_at(count);
        let digits = std::str::from_utf8(digits).unwrap_or_default();
        let Ok(axis) = digits.parse() else {
            return Err(self.surprise("a shape of counts that can be addressed"));
        };
        self.rest = after;
        // Python 2 wrote long integers as 3L.
        self.take_word(b"L");
        if wrapped {
            self.expect(b')')?;
        }
        Ok(axis)
    }

    /// Moves past `np.int64(`, or `numpy.` with any other type's name.
    fn take_numpy_type(&mut self) -> bool {
        let start = self.rest;
        if self.take_word(b"np.") || self.take_word(b"numpy.") {
            let name = |b: &&u8| b.is_ascii_alphanumeric() || **b == b'_';
            self.rest = &self.rest[self.rest.iter().take_while(name).count()..];
            if self.take(b'(') {
                return true;
            }
        }
        self.rest = start;
        false
    }

    fn descr(&mut self) -> Result<Descr, Surprise> {
        if matches!(self.peek(), Some(b'[' | b'(')) {
            let start = self.rest;
            self.skip_brackets()?;
            let skipped = &start[..start.len() - self.rest.len()];
            return Ok(Descr::Structured(shorten(skipped)));
        }
        let code = self.string("a type such as '<f4'")?;
        Ok(Descr::Plain(shorten(code)))
    }

    /// Moves past a bracketed value, quotes and all.
    fn skip_brackets(&mut self) -> Result<(), Surprise> {
        let mut depth = 0_usize;
        loop {
            match self.peek() {
                None => return Err(self.surprise("closing brackets")),
                Some(b'\'' | b'"') => {
                    self.string("text in quotes")?;
                    continue;
                }
                Some(b'[' | b'(') => depth += 1,
                Some(b']' | b')') => depth -= 1,
                Some(_) => {}
            }
            self.rest = &self.rest[1..];
            if depth == 0 {
                return Ok(());
            }
        }
    }
}

/// Bytes for a message: few, and printable.
fn shown(bytes: &[u8]) -> String {
    format!("`{}`", shorten(bytes))
}

fn shorten(bytes: &[u8]) -> String {
    const MOST: usize = 40;
    let head = bytes.get(..MOST).unwrap_or(bytes);
    // Quotes need no escape between the backquotes of a message.
    let head = head.escape_ascii().to_string().replace("\\'", "'");
    let more = if bytes.len() > MOST { "..." } else { "" };
    head + more
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        let surprise = parse(text.as_bytes()).unwrap_err();
        format!("{} / {}", surprise.expected, surprise.found)
    }

    #[test]
    fn reads_what_numpy_writes_in_any_order_and_quotes() {
        let plain =
            parse(b"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }     \n").unwrap();
        assert_eq!(plain.descr, Descr::Plain("<f4".into()));
        assert_eq!((plain.fortran_order, plain.shape), (false, vec![3, 4]));
        let numpy = b"{'shape': (np.int64(30), numpy.uint8( 8 ),np.longlong(2)), 'descr': '<f4', 'fortran_order': np.False_}";
        let numpy = parse(numpy).unwrap();
        assert_eq!((numpy.fortran_order, numpy.shape), (false, vec![30, 8, 2]));
        let other = parse(b"{\"shape\":(7L,),\"fortran_order\":True,\"descr\":\"|u1\"}").unwrap();
        assert_eq!((other.fortran_order, other.shape), (true, vec![7]));
        assert_eq!(
            parse(b"{'descr':'<i8','fortran_order':False,'shape':()}")
                .unwrap()
                .shape,
            Vec::<usize>::new()
        );
    }

    #[test]
    fn structured_types_are_skipped_with_brackets_in_their_names() {
        let text = b"{'descr': [('a)]', '<f4'), ('b', '<i8', (2,))], 'fortran_order': False, 'shape': (2,)}";
        let fields = parse(text).unwrap();
        assert!(matches!(fields.descr, Descr::Structured(_)));
        assert_eq!(fields.shape, [2]);
    }

    #[test]
    fn each_departure_is_named() {
        assert!(refused("").contains("`{` / the end"));
        assert!(refused("{'descr': '<f4', 'shape': (1,)}").contains("`fortran_order` / none"));
        assert!(refused("{'descr': '<f4', 'descr': '<f4'}").contains("twice"));
        assert!(refused("{'descr': __import__('os')}").contains("__import__"));
        assert!(refused("{'shape': (-1, 2)}").contains("`-1, 2)}`"));
        assert!(refused("{'shape': (99999999999999999999999,)}").contains("addressed"));
        assert!(refused("{'shape': (1.5,)}").contains("`.5"));
        assert!(refused("{'shape': (np.float64(1.5),)}").contains("`.5"));
        assert!(refused("{'shape': (np.int64(-1),)}").contains("`-1)"));
        assert!(refused("{'shape': (np.int64(1, 2))}").contains("`, 2"));
        assert!(refused("{'shape': (os.system(1),)}").contains("`os.system"));
        assert!(refused("{'fortran_order': 1}").contains("True or False"));
        assert!(refused("{'evil': 1}").contains("`evil`"));
        assert!(refused("{'descr': [('a', '<f4'}").contains("closing brackets"));
        assert!(
            refused("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} + 1")
                .contains("spaces")
        );
        assert!(refused(&format!("{{'shape': ({})}}", "1,".repeat(65))).contains("64 axes"));
    }
}
