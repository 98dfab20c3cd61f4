//! Text, one sentence on each line: neighbours are positives of each other.

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

    /// The commonest words of some lines; of equally common ones the first in the alphabet.
    fn of<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for word in lines.flat_map(str::split_whitespace) {
            *counts.entry(word).or_default() += 1;
        }
        let mut words: Vec<(&str, usize)> = counts.into_iter().collect();
        words.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        Self::new(
            words
                .iter()
                .take(MOST_WORDS)
                .map(|(word, _)| (*word).to_owned()),
        )
    }

    fn table(&self) -> HashMap<&str, u32> {
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
}

impl Sentences {
    fn new<'a>(lines: impl Iterator<Item = &'a str>, vocabulary: Vocabulary) -> Self {
        let (mut numbers, mut ends) = (Vec::new(), Vec::new());
        let table = vocabulary.table();
        for line in lines {
            let words = line.split_whitespace().take(LONGEST);
            numbers.extend(words.map(|word| table.get(word).copied().unwrap_or(1)));
            ends.push(numbers.len());
        }
        Self {
            vocabulary,
            numbers,
            ends,
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

    /// The lines of a file that are not empty.
    fn lines(path: &Path) -> Result<Vec<String>, TrainError> {
        let bytes = open_bytes(path)?;
        let all = (*bytes).as_ref();
        let text = std::str::from_utf8(all).map_err(|error| {
            let at = error.valid_up_to();
            let line = all[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
            TrainError::damaged(
                path,
                format!("line {line} (byte {at})"),
                "text in UTF-8",
                format!("byte {:#04x}", all[at]),
                "convert the file: iconv -t UTF-8",
            )
        })?;
        let lines: Vec<String> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect();
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
}

/// The sentences of a file; the vocabulary is that of `known`, or that of the training part.
pub(super) fn text(path: &Path, known: Option<&Vocabulary>) -> Result<Dataset, TrainError> {
    let lines = Sentences::lines(path)?;
    let cut = lines.len() - lines.len() / TEST_SHARE;
    let (learn, judge) = lines.split_at(cut);
    let vocabulary = known
        .cloned()
        .unwrap_or_else(|| Vocabulary::of(learn.iter().map(String::as_str)));
    let split = |lines: &[String]| {
        let sentences = Sentences::new(lines.iter().map(String::as_str), vocabulary.clone());
        let labels = vec![None; sentences.len()];
        Split::whole(Items::Sentences(sentences), labels)
    };
    let (train, test) = (split(learn), split(judge));
    Ok(Dataset::named(path.file_stem(), "text", train, test))
}
