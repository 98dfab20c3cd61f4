//! Files that say something of the rows of a matrix.

use std::cell::RefCell;
use std::path::Path;

use super::appended::Appended;
use super::cells::{self, Cells};
use super::links::{self, PairsBy};
use super::shards::{self, Resolved};
use super::wanted::{Inquiry, Rows, Wanted};
use super::{InputError, Meant, OpenFile, open, qrels, tables, texts, views};
use crate::data::{Embeddings, FileRows, Ids, Labels, Names, Numbers, RawPairs};

/// How many notes on single files are kept where several are read as one.
const NOTES_OF_SHARDS: usize = 3;

/// Opens files beside a matrix, and keeps what it had to decide on the way.
///
/// Where a file may stand, there may be a folder or a pattern of names: what its files hold is then put together, in the
/// order of the numbers in their names, and a note says which they are. Files may be packed with gzip or zstd.
#[derive(Debug, Default)]
pub struct Reader {
    rows: Option<Rows>,
    notes: Vec<String>,
}

impl Reader {
    /// For files with one line for each row of `matrix`, which tells whether the first line of a table is a header.
    pub fn beside(matrix: &Embeddings) -> Self {
        Self {
            rows: Some(Rows {
                name: matrix.name().to_owned(),
                count: matrix.rows(),
            }),
            notes: Vec::new(),
        }
    }

    /// What was decided where a file could mean two things, in whole sentences.
    pub fn notes(self) -> Vec<String> {
        self.notes
    }

    /// The matrix in a file: n x d numbers of type f16, bf16, f32, f64, i8 or u8 in an `.npy`, `.npz` or `.safetensors`
    /// array or in vectors of a benchmark (`.fvecs`, `.fbin` and the like; i32 of `.ivecs` become f64); numbers written out,
    /// which become f32, in JSON lines, in word vectors (whose binary form is read, too) and in text tables; in Parquet and
    /// Arrow the lists in one column (List, LargeList or FixedSizeList), decoded into memory, save one batch of Arrow that is
    /// not packed.
    ///
    /// `tensor` names the array where a file holds several, the key of JSON lines, or the columns of a table: one that holds
    /// lists, or several as `a,b,c` or `d*`. Axes of length 1 beside the two of an array are dropped. Arrays are not copied,
    /// except that compressed members are inflated and Fortran-ordered matrices are transposed once, both into memory.
    ///
    /// Of a folder it is the matrix whose rows lie in all of its files, one after the other in the order of the numbers in
    /// their names (`emb_2` before `emb_10`); of a pattern such as `emb_*.npy`, in the files that it names. They are used
    /// where they lie, too. Of `model.safetensors.index.json` it is the tensor, in the file that the index gives for it.
    /// Files packed with gzip or zstd are unpacked into memory.
    ///
    /// # Errors
    /// [`InputError`], for anything but one such matrix of at least two rows and one column.
    pub fn embeddings(
        &mut self,
        path: &Path,
        tensor: Option<&str>,
    ) -> Result<Embeddings, InputError> {
        self.embeddings_meant(path, tensor, &Meant::default())
    }

    /// [`Reader::embeddings`], of a file whose numbers mean what `meant` says. Bytes that are codes are decoded as rows are
    /// read, where the file holds them as bytes.
    ///
    /// # Errors
    /// [`InputError`], also where the file cannot be what it is said to be.
    pub fn embeddings_meant(
        &mut self,
        path: &Path,
        tensor: Option<&str>,
        meant: &Meant,
    ) -> Result<Embeddings, InputError> {
        Ok(self.matrices(path, tensor, meant, false)?.0)
    }

    /// [`Reader::embeddings_meant`]; of an n x 2 x d array of which no view is chosen, both views.
    ///
    /// # Errors
    /// [`InputError`].
    pub fn views(
        &mut self,
        path: &Path,
        tensor: Option<&str>,
        meant: &Meant,
    ) -> Result<(Embeddings, Option<Embeddings>), InputError> {
        self.matrices(path, tensor, meant, true)
    }

    fn matrices(
        &mut self,
        path: &Path,
        tensor: Option<&str>,
        meant: &Meant,
        both: bool,
    ) -> Result<(Embeddings, Option<Embeddings>), InputError> {
        let found = match shards::find(path, tensor, Wanted::Embeddings)? {
            Resolved::File(path, tensor) => {
                let (first, second) = self.shards(&path, tensor.as_deref(), meant, both)?;
                let second = second.map(Embeddings::whole).transpose()?;
                return Ok((Embeddings::whole(first)?, second));
            }
            Resolved::Shards(found) => found,
        };
        self.notes.push(found.said());
        let before = self.notes.len();
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for file in &found.files {
            let (one, other) = self.shards(file, tensor, meant, both)?;
            first.push(one);
            second.extend(other);
        }
        self.shorten(before);
        let views = (!second.is_empty()).then(|| Embeddings::of_files(found.name.clone(), second));
        Ok((Embeddings::of_files(found.name, first)?, views.transpose()?))
    }

    /// The rows in one file, and those of its second view.
    fn shards(
        &mut self,
        path: &Path,
        tensor: Option<&str>,
        meant: &Meant,
        both: bool,
    ) -> Result<(FileRows, Option<FileRows>), InputError> {
        let array = match open(path, tensor, Wanted::Embeddings)? {
            OpenFile::Array(array) => array,
            OpenFile::Cells(_) => unreachable!("what holds embeddings is opened as an array"),
            OpenFile::Table(table, bytes) => {
                meant.table(path)?;
                let matrix = tables::embeddings(&bytes, table, tensor, &mut self.notes, path)?;
                return Ok((meant.decoded(matrix)?, None));
            }
        };
        if !both || meant.view.is_some() || views::count(&array) != Some(2) {
            return Ok((meant.array(array)?, None));
        }
        let shape = array.layout.shape_text();
        let view = |view| Meant {
            view: Some(view),
            ..*meant
        };
        let first = view(0).array(array.clone())?;
        let second = view(1).array(array)?;
        self.notes.push(format!(
            "{} has shape {shape}: `{}` is taken as the first view and `{}` as the second, row i with row i. --view 0 or \
             --view 1 takes one alone.",
            path.display(),
            first.name(),
            second.name(),
        ));
        Ok((first, Some(second)))
    }

    /// The pairs in a P x 2 array of whole numbers (`.npy`, `.npz`, `.safetensors`) or in two columns of them (`.csv`,
    /// `.tsv`, `.parquet`, Arrow, keys of JSON lines); P may be 0. 8 bytes a pair.
    ///
    /// `tensor` names the array, or the two columns as `left,right`. A text table whose first line holds only
    /// numbers has no header; its columns are then called `column_1`, `column_2`.
    ///
    /// # Errors
    /// [`InputError`], for anything else.
    pub fn pairs(&mut self, path: &Path, tensor: Option<&str>) -> Result<RawPairs, InputError> {
        self.read(path, tensor, Wanted::Pairs, cells::pairs)
    }

    /// [`Reader::pairs`], which may name rows by their ids, text or whole numbers: `left` has those of the rows that the
    /// first column names, `right` those of the second (for one view the same). Also whether they did.
    ///
    /// # Errors
    /// [`InputError`], for anything else, where there is an id that no row has, and where there are ids, but not of both
    /// columns.
    pub fn pairs_by(
        &mut self,
        path: &Path,
        tensor: Option<&str>,
        by: PairsBy,
        (left, right): (&Names, Option<&Names>),
    ) -> Result<(RawPairs, bool), InputError> {
        if by == PairsBy::Row {
            return Ok((self.pairs(path, tensor)?, false));
        }
        let header = RefCell::new(None);
        let pairs = self.read(path, tensor, Wanted::Links, |cells| {
            if by == PairsBy::Contents && !links::hold_text(cells)? {
                return Ok((cells::pairs(cells)?, false));
            }
            let Some(right) = right else {
                return Err(InputError::OneSidedIds {
                    source_name: cells.source().name.clone(),
                });
            };
            let own = Ids::new(left)?;
            let other = match std::ptr::eq(left, right) {
                true => None,
                false => Some(Ids::new(right)?),
            };
            let sides = (&own, other.as_ref().unwrap_or(&own));
            // Columns that were asked for by name have names.
            let first = match tensor {
                None => links::header_pair(cells, sides),
                Some(_) => None,
            };
            if first.is_some() {
                header.replace(Some(cells.source().columns.join(",")));
            }
            Ok((links::rows(cells, first, sides)?, true))
        })?;
        if let Some(line) = header.into_inner() {
            let path = path.display();
            self.notes.push(format!(
                "{path}: the first line, `{line}`, was read as a pair, not as a header: both of its fields are ids."
            ));
        }
        Ok(pairs)
    }

    /// The pairs (query, document) that qrels judge relevant, with a grade above 0: lines `query 0 document grade` of TREC,
    /// or `query document grade` between tabs, after a header or without one (BEIR). Grades are gains.
    ///
    /// # Errors
    /// [`InputError`], for anything else, and where a relevant pair has an id that no row has.
    pub fn qrels(
        &mut self,
        path: &Path,
        (queries, documents): (&Names, &Names),
    ) -> Result<RawPairs, InputError> {
        let (queries, documents) = (Ids::new(queries)?, Ids::new(documents)?);
        qrels::read(path, (&queries, &documents), &mut self.notes)
    }

    /// The labels in an array of whole numbers, truth values or text of shape (N,) or (N, 1) (`.npy`, `.npz`,
    /// `.safetensors`) or in one such column (`.csv`, `.tsv`, `.parquet`, Arrow, a key of JSON lines), numbered in order of first
    /// appearance.
    ///
    /// `tensor` names the array or the column. The first line of a text table is a header unless it holds only
    /// numbers, or unless there is one line too few with it.
    ///
    /// # Errors
    /// [`InputError`], for anything else.
    pub fn labels(&mut self, path: &Path, tensor: Option<&str>) -> Result<Labels, InputError> {
        self.read(path, tensor, Wanted::Labels, cells::labels)
    }

    /// A text for each row, from the same files as labels, or the words of word vectors: ids or slices. Numbers are written
    /// out. Of JSON lines it is the key `id` or `_id`, where none is named.
    ///
    /// # Errors
    /// [`InputError`], for anything else.
    pub fn names(&mut self, path: &Path, tensor: Option<&str>) -> Result<Names, InputError> {
        self.read(path, tensor, Wanted::Names, cells::names)
    }

    /// The words of each row, in UTF-8: the lines of a `.txt` file, one for each row (an empty line is a row without
    /// words), or what [`Reader::names`] reads.
    ///
    /// # Errors
    /// [`InputError`], for anything else.
    pub fn texts(&mut self, path: &Path, tensor: Option<&str>) -> Result<Names, InputError> {
        match (texts::are_in(path), tensor) {
            (true, None) => texts::lines(path),
            (true, Some(tensor)) => Err(InputError::NoColumns {
                path: path.display().to_string(),
                tensor: tensor.to_owned(),
            }),
            (false, _) => self.read(path, tensor, Wanted::Texts, cells::names),
        }
    }

    /// Real targets for each row, column by column: an array of numbers of shape (N,) or (N, COLUMNS), or one column of a
    /// table, with names and first lines as in [`Reader::labels`].
    ///
    /// # Errors
    /// [`InputError`], for anything else.
    pub fn targets(
        &mut self,
        path: &Path,
        tensor: Option<&str>,
    ) -> Result<Vec<Numbers>, InputError> {
        let wanted = Wanted::Targets;
        self.read(path, tensor, wanted, |cells| cells::columns(cells, wanted))
    }

    /// How alike the rows of each pair were judged to be: one number for each pair: an array of numbers of shape (N,)
    /// or (N, 1) or one column of numbers, with names and first lines as in [`Reader::labels`].
    ///
    /// # Errors
    /// [`InputError`], for anything else.
    pub fn scores(&mut self, path: &Path, tensor: Option<&str>) -> Result<Numbers, InputError> {
        self.numbers(path, tensor, Wanted::Scores)
    }

    /// The marks of a split into rows to train on (1, True) and rows to test on (0, False), in the forms of
    /// [`Reader::scores`].
    ///
    /// # Errors
    /// [`InputError`], for anything else.
    pub fn split(&mut self, path: &Path, tensor: Option<&str>) -> Result<Numbers, InputError> {
        self.numbers(path, tensor, Wanted::Split)
    }

    fn numbers(
        &mut self,
        path: &Path,
        tensor: Option<&str>,
        wanted: Wanted,
    ) -> Result<Numbers, InputError> {
        self.read(path, tensor, wanted, |cells| cells::numbers(cells, wanted))
    }

    /// The values in a file; those in several, one after the other. How many rows each of these has is not known.
    fn read<T: Appended>(
        &mut self,
        path: &Path,
        tensor: Option<&str>,
        wanted: Wanted,
        make: impl Fn(&dyn Cells) -> Result<T, InputError>,
    ) -> Result<T, InputError> {
        let found = match shards::find(path, tensor, wanted)? {
            Resolved::File(path, tensor) => {
                let rows = self.rows.clone();
                return self.read_file(&path, tensor.as_deref(), (wanted, rows.as_ref()), make);
            }
            Resolved::Shards(found) => found,
        };
        self.notes.push(found.said());
        let before = self.notes.len();
        let files = found.files.iter();
        let parts = files.map(|file| self.read_file(file, tensor, (wanted, None), &make));
        let parts = parts.collect::<Result<Vec<T>, InputError>>()?;
        self.shorten(before);
        T::appended(found.name, parts)
    }

    /// Keeps the first of the notes from `start` on: what is said of a shard is mostly said of all.
    fn shorten(&mut self, start: usize) {
        let more = self.notes.len().saturating_sub(start + NOTES_OF_SHARDS);
        if more > 0 {
            self.notes.truncate(start + NOTES_OF_SHARDS);
            self.notes.push(format!(
                "{more} more notes like these on files read with them."
            ));
        }
    }

    fn read_file<T>(
        &mut self,
        path: &Path,
        tensor: Option<&str>,
        (wanted, rows): (Wanted, Option<&Rows>),
        make: impl FnOnce(&dyn Cells) -> Result<T, InputError>,
    ) -> Result<T, InputError> {
        match open(path, tensor, wanted)? {
            OpenFile::Array(array) => make(&array.into_cells(wanted)?),
            OpenFile::Cells(cells) => make(&*cells),
            OpenFile::Table(table, bytes) => {
                let pairs = wanted.two();
                let names = tensor.map(|names| match pairs {
                    true => names.split(',').map(str::trim).collect(),
                    false => vec![names],
                });
                let inquiry = Inquiry {
                    path,
                    wanted,
                    names,
                    // Pairs are no values of rows.
                    rows: rows.filter(|_| !pairs),
                    notes: &mut self.notes,
                };
                tables::read(&bytes, table, inquiry, make)
            }
        }
    }
}
