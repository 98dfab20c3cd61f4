//! What the numbers of sentences stand for: words between blanks, or the word pieces of a tokenizer.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokenizers::Tokenizer;

use super::text_of;
use crate::input::open_bytes;
use crate::train::TrainError;

/// What stands for a word that is not known.
pub(super) const UNKNOWN: u32 = 1;
/// The number of the first word or piece: 0 fills up short sentences.
const FIRST: u32 = 2;

/// Words or pieces. The k-th has number k + 2: 0 fills up short sentences, 1 stands for unknown words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Vocabulary {
    /// What stands between blanks, the commonest first.
    Words(Vec<String>),
    /// What a tokenizer makes of a line.
    Tokenizer(Pieces),
}

impl Vocabulary {
    /// The word pieces of a `tokenizer.json`, as Hugging Face's `tokenizers` writes it.
    ///
    /// # Errors
    /// [`TrainError::Input`], [`TrainError::Damaged`].
    pub fn open(path: &Path) -> Result<Self, TrainError> {
        let bytes = open_bytes(path)?;
        let text = text_of(path, (*bytes).as_ref())?;
        let pieces = text.parse().map_err(|error: tokenizers::Error| {
            TrainError::damaged(
                path,
                "the whole file",
                "a tokenizer.json of Hugging Face's tokenizers",
                error,
                "write it with tokenizer.save(\"tokenizer.json\")",
            )
        })?;
        Ok(Self::Tokenizer(pieces))
    }

    /// Numbers that there are, with those of fillers and of unknown words.
    pub fn numbers(&self) -> usize {
        let known = match self {
            Vocabulary::Words(words) => words.len(),
            Vocabulary::Tokenizer(pieces) => pieces.count,
        };
        known + FIRST as usize
    }

    /// The numbers of the words or pieces of each line.
    ///
    /// # Errors
    /// [`TrainError::Unreadable`].
    pub(super) fn read<'a>(
        &self,
        lines: impl Iterator<Item = &'a str>,
    ) -> Result<Vec<Vec<u32>>, TrainError> {
        match self {
            Vocabulary::Words(words) => {
                let places = places(words);
                let number = |word: &str| places.get(word).map_or(UNKNOWN, |at| *at as u32 + FIRST);
                Ok(lines
                    .map(|line| line.split_whitespace().map(number).collect())
                    .collect())
            }
            Vocabulary::Tokenizer(pieces) => lines.map(|line| pieces.read(line)).collect(),
        }
    }
}

/// The `most` commonest words of some lines; of equally common ones the first in the alphabet.
pub(super) fn commonest<'a>(lines: impl Iterator<Item = &'a str>, most: usize) -> Vec<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for word in lines.flat_map(str::split_whitespace) {
        *counts.entry(word).or_default() += 1;
    }
    let mut words: Vec<(&str, usize)> = counts.into_iter().collect();
    words.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let most = words.iter().take(most);
    most.map(|(word, _)| (*word).to_owned()).collect()
}

/// Where each word is.
pub(super) fn places(words: &[String]) -> HashMap<&str, usize> {
    let words = words.iter().enumerate();
    words.map(|(at, word)| (word.as_str(), at)).collect()
}

impl fmt::Display for Vocabulary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Vocabulary::Words(words) => write!(f, "{} words", words.len()),
            Vocabulary::Tokenizer(pieces) => write!(f, "{} word pieces", pieces.count),
        }
    }
}

/// A tokenizer, kept as the text that it was read from.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pieces {
    text: Arc<str>,
    tokenizer: Arc<Tokenizer>,
    /// One more than the largest number of a piece: some tokenizers leave numbers out.
    count: usize,
}

impl Pieces {
    /// Without the marks that tokenizers put around a sentence (`[CLS]`, `[SEP]`), as a recurrent unit knows its ends.
    fn read(&self, line: &str) -> Result<Vec<u32>, TrainError> {
        let read = self.tokenizer.encode_fast(line, false);
        let read = read.map_err(|error| TrainError::Unreadable {
            line: line.chars().take(60).collect(),
            cause: error.to_string(),
        })?;
        Ok(read.get_ids().iter().map(|piece| piece + FIRST).collect())
    }
}

impl FromStr for Pieces {
    type Err = tokenizers::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut tokenizer = Tokenizer::from_str(text)?;
        // Sentences are cut and filled up here.
        tokenizer.with_truncation(None)?.with_padding(None);
        let largest = tokenizer.get_vocab(true).into_values().max();
        Ok(Self {
            count: largest.map_or(0, |piece| piece as usize + 1),
            text: text.into(),
            tokenizer: Arc::new(tokenizer),
        })
    }
}

impl TryFrom<String> for Pieces {
    type Error = tokenizers::Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Pieces> for String {
    fn from(pieces: Pieces) -> Self {
        (*pieces.text).to_owned()
    }
}

impl PartialEq for Pieces {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for Pieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pieces({})", self.count)
    }
}
