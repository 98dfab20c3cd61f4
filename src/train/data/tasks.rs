//! Labelled sentences, as MR and CR come: on each line a label, a tab, a sentence.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use ndarray::Array2;

use super::sentences::{Sentences, TextLine};
use super::vocabulary::{Vocabulary, commonest, places};
use super::{DataSplit, Items, text_of};
use crate::input::open_bytes;
use crate::train::TrainError;

/// Sentences and the class of each.
pub struct Task {
    /// The stem of the file.
    pub name: String,
    /// Class of each sentence: 0, 1, .. in order of first appearance.
    pub classes: Vec<u32>,
    /// What the file calls each class.
    pub values: Arc<Vec<String>>,
    lines: Vec<TextLine>,
}

impl Task {
    /// Reads a file of labelled sentences. Every line is a row: one without a tab is refused, a sentence without words counts
    /// as one unknown word.
    ///
    /// # Errors
    /// [`TrainError::Input`], [`TrainError::Damaged`].
    pub fn open(path: &Path) -> Result<Self, TrainError> {
        let bytes = open_bytes(path)?;
        let text = text_of(path, (*bytes).as_ref())?;
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let (mut classes, mut values, mut lines) = (Vec::new(), Vec::new(), Vec::new());
        for (number, line) in (1..).zip(text.lines()) {
            let (label, sentence) = line.split_once('\t').ok_or_else(|| {
                TrainError::damaged(
                    path,
                    format!("line {number}"),
                    "a label, a tab, a sentence",
                    format!("{:?}", line.chars().take(40).collect::<String>()),
                    "every line is a labelled sentence: put its label before it",
                )
            })?;
            let next = numbers.len() as u32;
            classes.push(*numbers.entry(label).or_insert_with(|| {
                values.push(label.to_owned());
                next
            }));
            lines.push(TextLine {
                text: sentence.trim().to_owned(),
                begins: true,
            });
        }
        let name = path.file_stem().unwrap_or(path.as_os_str());
        Ok(Self {
            name: name.to_string_lossy().into_owned(),
            classes,
            values: Arc::new(values),
            lines,
        })
    }

    /// The sentences as numbers of the words or pieces of `vocabulary`, without neighbours.
    ///
    /// # Errors
    /// [`TrainError::Unreadable`].
    pub fn split(&self, vocabulary: &Vocabulary) -> Result<DataSplit, TrainError> {
        let sentences = Sentences::new(&self.lines, vocabulary.clone())?;
        let labels = self.classes.iter().copied().map(Some).collect();
        Ok(DataSplit::whole(Items::Sentences(sentences), labels))
    }

    /// How often each of the `most` commonest words of these sentences is in each, and in the last column all other words.
    pub fn bag(&self, most: usize) -> Array2<f32> {
        let texts = self.lines.iter().map(|line| line.text.as_str());
        let words = commonest(texts, most);
        let (places, others) = (places(&words), words.len());
        let mut bag = Array2::zeros((self.lines.len(), others + 1));
        for (line, mut row) in self.lines.iter().zip(bag.rows_mut()) {
            for word in line.text.split_whitespace() {
                row[places.get(word).copied().unwrap_or(others)] += 1.0;
            }
            if line.text.is_empty() {
                row[others] = 1.0;
            }
        }
        bag
    }
}
