//! Text, one sentence on each line: neighbours are positives of each other. An empty line is a border between books: the
//! sentences before and after it are no neighbours. It is no row.

use std::path::Path;

use super::vocabulary::{UNKNOWN, Vocabulary, commonest};
use super::{DataSplit, Dataset, Items, text_of};
use crate::input::open_bytes;
use crate::train::TrainError;

/// Words or pieces of a sentence that are read; the rest is cut off.
const LONGEST: usize = 30;
/// Most words of a vocabulary, the commonest.
const MOST_WORDS: usize = 50_000;
/// The last tenth of the text is for tests.
const TEST_SHARE: usize = 10;
/// Fewer make no batch.
const LEAST: usize = 20;

/// Sentences as numbers of words.
pub struct Sentences {
    vocabulary: Vocabulary,
    numbers: Vec<u32>,
    /// Where each sentence ends.
    ends: Vec<usize>,
    /// Whether a book begins with it.
    begins: Vec<bool>,
}

/// A line that is not empty.
pub(super) struct TextLine {
    pub(super) text: String,
    /// Whether it is the first one, or there are empty lines before it.
    pub(super) begins: bool,
}

impl Sentences {
    /// # Errors
    /// [`TrainError::Unreadable`].
    pub(super) fn new(lines: &[TextLine], vocabulary: Vocabulary) -> Result<Self, TrainError> {
        let (mut numbers, mut ends) = (Vec::new(), Vec::<usize>::new());
        for mut read in vocabulary.read(lines.iter().map(|line| line.text.as_str()))? {
            read.truncate(LONGEST);
            // Without words there is nothing to read; it counts as one unknown word.
            if read.is_empty() {
                read.push(UNKNOWN);
            }
            numbers.extend(read);
            ends.push(numbers.len());
        }
        Ok(Self {
            vocabulary,
            numbers,
            ends,
            begins: lines.iter().map(|line| line.begins).collect(),
        })
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// What the numbers stand for.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The numbers of the words or pieces of sentence `at`, at most thirty.
    pub fn sentence(&self, at: usize) -> &[u32] {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.numbers[start..self.ends[at]]
    }

    /// The sentences before and after `at` in its book: none in a book of one sentence.
    pub fn near(&self, at: usize) -> impl Iterator<Item = usize> + use<> {
        let begins = |at: usize| self.begins.get(at).copied().unwrap_or(true);
        let before = (at > 0 && !begins(at)).then(|| at - 1);
        let after = (!begins(at + 1)).then_some(at + 1);
        before.into_iter().chain(after)
    }
}

/// The lines of a file that are not empty.
fn lines(path: &Path) -> Result<Vec<TextLine>, TrainError> {
    let bytes = open_bytes(path)?;
    let text = text_of(path, (*bytes).as_ref())?;
    let (mut lines, mut begins) = (Vec::new(), true);
    for text in text.lines().map(str::trim) {
        if !text.is_empty() {
            let text = text.to_owned();
            lines.push(TextLine { text, begins });
        }
        begins = text.is_empty();
    }
    if lines.len() < LEAST {
        return Err(TrainError::damaged(
            path,
            "the whole file",
            format!("at least {LEAST} lines, a sentence on each"),
            format!("{} lines that are not empty", lines.len()),
            "put one sentence on each line, in the order of the text",
        ));
    }
    Ok(lines)
}

/// The sentences of a file; the vocabulary is `known`, or the words of the training part.
pub(super) fn text(path: &Path, known: Option<&Vocabulary>) -> Result<Dataset, TrainError> {
    let lines = lines(path)?;
    let cut = lines.len() - lines.len() / TEST_SHARE;
    let (learn, judge) = lines.split_at(cut);
    let vocabulary = known.cloned().unwrap_or_else(|| {
        let lines = learn.iter().map(|line| line.text.as_str());
        Vocabulary::Words(commonest(lines, MOST_WORDS))
    });
    let split = |lines: &[TextLine]| -> Result<DataSplit, TrainError> {
        let sentences = Sentences::new(lines, vocabulary.clone())?;
        let labels = vec![None; sentences.len()];
        Ok(DataSplit::whole(Items::Sentences(sentences), labels))
    };
    let (train, test) = (split(learn)?, split(judge)?);
    let books = lines.iter().filter(|line| line.begins).count();
    let note = format!(
        "empty lines are borders between {books} books, and no rows: row i is line i of those that are not empty"
    );
    Ok(Dataset {
        notes: (books > 1).then_some(note).into_iter().collect(),
        ..Dataset::named(path.file_stem(), "text", train, test)
    })
}
