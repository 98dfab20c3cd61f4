//! Arrays and documents in memory that stand where files may: for programs that hold embeddings, not paths.
//!
//! A [`Lent`] gives names to them, and for the time of one piece of work, on one thread, these names are read in place of
//! files. So everything that takes a path takes an array as well, and nothing above this room knows which it was.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::mem;
use std::path::{Path, PathBuf};

use super::array::Array;
use super::{InputError, codes, npy};
use crate::data::Bytes;
use crate::num::Dtype;

thread_local! {
    /// What is lent to the work on this thread.
    static HELD: RefCell<HashMap<PathBuf, Held>> = RefCell::default();
}

/// What stands under a name.
#[derive(Clone)]
enum Held {
    Array(Array),
    Contents(Bytes),
}

/// Arrays and contents of files in memory, by the names that stand for them.
#[derive(Default)]
pub struct Lent(HashMap<PathBuf, Held>);

impl Lent {
    /// An array: `header` is that of NumPy's `.npy` (magic, version, element type, order, shape), `elements` are what would
    /// follow it in a file. They are used where they lie, and must not change while they are lent. `meant` is their type
    /// where NumPy has no name for it, as [`super::Meant::dtype`] is.
    ///
    /// # Errors
    /// [`InputError`] where the header is none, is that of more or fewer elements, or of such as cannot be what is meant.
    pub fn array(
        &mut self,
        name: &str,
        header: &[u8],
        elements: Bytes,
        meant: Option<Dtype>,
    ) -> Result<(), InputError> {
        let (layout, _) = npy::header(name, header)?;
        let end = (*elements).as_ref().len();
        let array = Array::new(name.to_owned(), elements, (0, end), layout)?;
        let array = codes::typed(array, meant)?;
        self.0.insert(name.into(), Held::Array(array));
        Ok(())
    }

    /// What a file would hold: a policy, a saved audit, JSON lines.
    pub fn contents(&mut self, name: &str, contents: Bytes) {
        self.0.insert(name.into(), Held::Contents(contents));
    }

    /// Does `work` with these in place of files of their names: what this thread opens, and no other.
    pub fn during<T>(self, work: impl FnOnce() -> T) -> T {
        /// Gives back what was held before, also where the work panics.
        struct Before(HashMap<PathBuf, Held>);
        impl Drop for Before {
            fn drop(&mut self) {
                HELD.set(mem::take(&mut self.0));
            }
        }
        let _before = Before(HELD.replace(self.0));
        work()
    }
}

fn held(path: &Path) -> Option<Held> {
    HELD.with_borrow(|held| held.get(path).cloned())
}

/// Whether something in memory stands for this path.
pub(super) fn stands_for(path: &Path) -> bool {
    HELD.with_borrow(|held| held.contains_key(path))
}

/// The array of this name.
pub(super) fn array(path: &Path) -> Option<Array> {
    match held(path)? {
        Held::Array(array) => Some(array),
        Held::Contents(_) => None,
    }
}

/// The contents of this name.
pub(super) fn contents(path: &Path) -> Result<Option<Bytes>, InputError> {
    match held(path) {
        Some(Held::Contents(bytes)) => Ok(Some(bytes)),
        Some(Held::Array(_)) => Err(InputError::Unreadable {
            path: path.display().to_string(),
            cause: io::Error::other("expected a document, found an array in memory"),
        }),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::input::{MOST_TOML, Reader, open_embeddings, open_names, read_document};

    fn header(descr: &str, fortran: &str, shape: &str) -> Vec<u8> {
        let fields =
            format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n");
        let mut header = npy::MAGIC.to_vec();
        header.extend([1, 0, u8::try_from(fields.len()).expect("short"), 0]);
        header.extend(fields.bytes());
        header
    }

    fn singles(values: &[f32]) -> Bytes {
        let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        Arc::new(bytes)
    }

    #[test]
    fn names_stand_for_arrays_as_long_as_they_are_lent() {
        let elements = singles(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let address = (*elements).as_ref().as_ptr();
        let mut lent = Lent::default();
        let by_rows = header("<f4", "False", "(3, 2)");
        lent.array("a", &by_rows, elements.clone(), None)
            .expect("fits");
        let by_columns = header("<f4", "True", "(3, 2)");
        lent.array("b", &by_columns, elements, None).expect("fits");
        let mut row = [0.0; 2];
        lent.during(|| {
            let a = open_embeddings(Path::new("a"), None).expect("lent");
            a.row_f64(1, &mut row);
            assert_eq!((a.name(), a.rows(), row), ("a", 3, [3.0, 4.0]));
            let b = Reader::default().embeddings(Path::new("b"), None);
            b.expect("lent").row_f64(1, &mut row);
            assert_eq!(row, [2.0, 5.0]);
            let named = open_embeddings(Path::new("a"), Some("x")).map(|_| ());
            let said = named.expect_err("one array alone").to_string();
            assert!(said.contains('a') && said.contains('x'), "{said}");
            // The bytes are those that were lent.
            let at = array(Path::new("a")).expect("lent").data().as_ptr();
            assert_eq!(at, address);
        });
        let gone = open_embeddings(Path::new("a"), None).map(|_| ());
        assert!(matches!(gone, Err(InputError::Missing { .. })), "{gone:?}");
    }

    #[test]
    fn names_stand_for_contents_and_for_text() {
        let mut lent = Lent::default();
        let lines = "{\"id\": \"x\"}\n{\"id\": \"y\"}\n";
        lent.contents("ids.jsonl", Arc::new(lines.as_bytes().to_vec()));
        lent.contents("empty", Arc::new(Vec::new()));
        let policy = b"confidence = 0.9".to_vec();
        lent.contents("policy.toml", Arc::new(policy.clone()));
        lent.during(|| {
            let ids = open_names(Path::new("ids.jsonl"), None).expect("lent");
            assert_eq!(ids.values, ["x", "y"]);
            let read = read_document(Path::new("policy.toml"), MOST_TOML).expect("lent");
            assert_eq!(read, policy);
            let refusal = read_document(Path::new("policy.toml"), 3).expect_err("longer");
            assert!(matches!(refusal, InputError::TooLarge { .. }), "{refusal}");
            let empty = open_names(Path::new("empty"), None).expect_err("nothing in it");
            assert!(matches!(empty, InputError::Empty { .. }), "{empty}");
        });
    }

    #[test]
    fn a_header_of_other_elements_is_refused() {
        let mut lent = Lent::default();
        for shape in ["(2, 2)", "(4, 2)"] {
            let header = header("<f4", "False", shape);
            let refused = lent.array("a", &header, singles(&[0.0; 6]), None);
            assert!(refused.is_err(), "{shape}");
        }
        let no_header = lent.array("a", b"{}", singles(&[0.0; 6]), None);
        assert!(matches!(no_header, Err(InputError::NpyHeader { .. })));
    }

    #[test]
    fn words_of_two_bytes_may_be_bfloat16() {
        // 1, -2, 0.5 and 3: the upper halves of their singles.
        let words: [u16; 4] = [0x3f80, 0xc000, 0x3f00, 0x4040];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let header = header("<u2", "False", "(2, 2)");
        let mut lent = Lent::default();
        lent.array("a", &header, Arc::new(bytes), Some(Dtype::Bf16))
            .expect("fits");
        lent.during(|| {
            let a = open_embeddings(Path::new("a"), None).expect("lent");
            let mut row = [0.0; 2];
            a.row_f64(1, &mut row);
            assert_eq!(row, [0.5, 3.0]);
        });
    }

    /// Work inside work has what is lent to it, and what was lent outside afterwards.
    #[test]
    fn what_was_lent_before_comes_back() {
        let one = |bytes: &[u8]| {
            let mut lent = Lent::default();
            lent.contents("x", Arc::new(bytes.to_vec()));
            lent
        };
        let read = || read_document(Path::new("x"), 9).expect("lent");
        one(b"outer").during(|| {
            assert_eq!(one(b"inner").during(read), b"inner");
            assert_eq!(read(), b"outer");
        });
        assert!(!stands_for(Path::new("x")));
    }
}
