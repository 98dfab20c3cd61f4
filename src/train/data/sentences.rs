//! Text, one sentence on each line: neighbours are positives of each other. An empty line is a border between books: the
//! sentences before and after it are no neighbours. It is no row.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::{Dataset, Items, Split};
use crate::input::open_bytes;
use crate::train::TrainError;

/// Words of a sentence that are read; the rest is cut off.
const LONGEST: usize = 30;
/// Most words of a vocabulary, the commonest.
const MOST_WORDS: usize = 50_000;
/// The last tenth of the text is for tests.
const TEST_SHARE: usize = 10;
/// Fewer make no batch.
const LEAST: usize = 20;

/// Known words, the commonest first. Word k has number k + 2: 0 fills up short sentences, 1 stands for unknown words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary(Arc<[String]>);

impl Vocabulary {
    /// These words.
    pub fn new(words: impl IntoIterator<Item = String>) -> Self {
        Self(words.into_iter().collect())
    }

    /// The words.
    pub fn words(&self) -> &[String] {
        &self.0
    }

    /// The `most` commonest words of some lines; of equally common ones the first in the alphabet.
    pub(super) fn of<'a>(lines: impl Iterator<Item = &'a str>, most: usize) -> Self {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for word in lines.flat_map(str::split_whitespace) {
            *counts.entry(word).or_default() += 1;
        }
        let mut words: Vec<(&str, usize)> = counts.into_iter().collect();
        words.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        Self::new(words.iter().take(most).map(|(word, _)| (*word).to_owned()))
    }

    /// The number of each word.
    pub(super) fn table(&self) -> HashMap<&str, u32> {
        let words = self.0.iter().enumerate();
        words
            .map(|(k, word)| (word.as_str(), k as u32 + 2))
            .collect()
    }
}

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
pub(super) struct Line {
    pub(super) text: String,
    /// Whether it is the first one, or there are empty lines before it.
    pub(super) begins: bool,
}

impl Sentences {
    pub(super) fn new(lines: &[Line], vocabulary: Vocabulary) -> Self {
        let (mut numbers, mut ends) = (Vec::new(), Vec::<usize>::new());
        let table = vocabulary.table();
        for line in lines {
            let words = line.text.split_whitespace().take(LONGEST);
            numbers.extend(words.map(|word| table.get(word).copied().unwrap_or(1)));
            // Without words there is nothing to read; it counts as one unknown word.
            if ends.last().copied().unwrap_or(0) == numbers.len() {
                numbers.push(1);
            }
            ends.push(numbers.len());
        }
        Self {
            vocabulary,
            numbers,
            ends,
            begins: lines.iter().map(|line| line.begins).collect(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Known words.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The numbers of the words of sentence `at`, at most thirty.
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

/// The text that bytes of a file are.
pub(super) fn text_of<'a>(path: &Path, all: &'a [u8]) -> Result<&'a str, TrainError> {
    std::str::from_utf8(all).map_err(|error| {
        let at = error.valid_up_to();
        let line = all[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        TrainError::damaged(
            path,
            format!("line {line} (byte {at})"),
            "text in UTF-8",
            format!("byte {:#04x}", all[at]),
            "convert the file: iconv -t UTF-8",
        )
    })
}

/// The lines of a file that are not empty.
fn lines(path: &Path) -> Result<Vec<Line>, TrainError> {
    let bytes = open_bytes(path)?;
    let text = text_of(path, (*bytes).as_ref())?;
    let (mut lines, mut begins) = (Vec::new(), true);
    for text in text.lines().map(str::trim) {
        if !text.is_empty() {
            let text = text.to_owned();
            lines.push(Line { text, begins });
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

/// The sentences of a file; the vocabulary is that of `known`, or that of the training part.
pub(super) fn text(path: &Path, known: Option<&Vocabulary>) -> Result<Dataset, TrainError> {
    let lines = lines(path)?;
    let cut = lines.len() - lines.len() / TEST_SHARE;
    let (learn, judge) = lines.split_at(cut);
    let vocabulary = known
        .cloned()
        .unwrap_or_else(|| Vocabulary::of(learn.iter().map(|line| line.text.as_str()), MOST_WORDS));
    let split = |lines: &[Line]| {
        let sentences = Sentences::new(lines, vocabulary.clone());
        let labels = vec![None; sentences.len()];
        Split::whole(Items::Sentences(sentences), labels)
    };
    let (train, test) = (split(learn), split(judge));
    let books = lines.iter().filter(|line| line.begins).count();
    let note = format!(
        "empty lines are borders between {books} books, and no rows: row i is line i of those that are not empty"
    );
    Ok(Dataset {
        notes: (books > 1).then_some(note).into_iter().collect(),
        ..Dataset::named(path.file_stem(), "text", train, test)
    })
}
