//! What encoders learn from: images or sentences, in two splits, with labels where there are some.
//!
//! Nothing is downloaded: [`open`] reads what the user has, and the digits are in the binary.

mod augment;
mod batches;
mod binary;
mod digits;
mod idx;
mod images;
mod joint;
mod numpy;
mod resize;
mod sentences;
mod source;
mod takes;
mod tasks;
mod vocabulary;

pub use augment::Augment;
pub use batches::{Batch, Batches, Deal};
pub use images::{Images, Segment};
pub use sentences::Sentences;
pub use source::{located, open};
pub use takes::{Input, Show, Takes};
pub use tasks::Task;
pub use vocabulary::{Pieces, Vocabulary};

use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

use super::TrainError;

/// Items to learn from and items to judge by.
#[derive(Clone)]
pub struct Dataset {
    /// How messages call it.
    pub name: String,
    /// What encoders learn from.
    pub train: DataSplit,
    /// What they are judged by; no encoder sees it while it learns.
    pub test: DataSplit,
    /// Number of classes; 0 where there are no labels.
    pub classes: usize,
    /// What must be known of how they were read.
    pub notes: Vec<String>,
}

impl Dataset {
    /// All items, in one or two splits, and which of them are to learn from: in the order of a file that holds both kinds,
    /// or those to learn from first.
    pub fn all(&self) -> (Vec<DataSplit>, Vec<bool>) {
        let marks = [(self.train.len(), true), (self.test.len(), false)];
        let marks = marks.map(|(count, learned)| vec![learned; count]).concat();
        if !Arc::ptr_eq(&self.train.items, &self.test.items) {
            return (vec![self.train.clone(), self.test.clone()], marks);
        }
        let both = DataSplit {
            items: self.train.items.clone(),
            rows: [&self.train.rows[..], &self.test.rows].concat(),
            labels: [&self.train.labels[..], &self.test.labels].concat(),
        };
        let mut order: Vec<usize> = (0..both.len()).collect();
        order.sort_by_key(|at| both.rows[*at]);
        let marks = order.iter().map(|at| marks[*at]).collect();
        (vec![both.only(order)], marks)
    }

    /// Of as many classes as its labels tell; called `name`, or `otherwise` where a path has none.
    fn named(name: Option<&OsStr>, otherwise: &str, train: DataSplit, test: DataSplit) -> Self {
        let labels = train.labels.iter().chain(&test.labels).flatten();
        let classes = labels.max().map_or(0, |class| *class as usize + 1);
        Self {
            name: name.map_or_else(|| otherwise.into(), |name| name.to_string_lossy().into()),
            train,
            test,
            classes,
            notes: Vec::new(),
        }
    }
}

/// The text that bytes of a file are.
fn text_of<'a>(path: &Path, all: &'a [u8]) -> Result<&'a str, TrainError> {
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

/// Refuses a file of `found` labels beside `images` images, if these differ.
fn check_labels(path: &Path, found: usize, images: usize) -> Result<(), TrainError> {
    if found == images {
        return Ok(());
    }
    let expected = format!("{images} labels, one for each image");
    let advice = "give the labels of these images";
    Err(TrainError::damaged(
        path,
        "its first axis",
        expected,
        found,
        advice,
    ))
}

/// Part of the items of a set.
#[derive(Clone)]
pub struct DataSplit {
    /// All items, of this and maybe other splits.
    pub items: Arc<Items>,
    /// Which of them are in this split.
    pub rows: Vec<u32>,
    /// The class of each row, where it is known; as many as rows.
    pub labels: Vec<Option<u32>>,
}

impl DataSplit {
    /// All items of `items`, with their labels.
    pub fn whole(items: Items, labels: Vec<Option<u32>>) -> Self {
        let rows = (0..items.len() as u32).collect();
        Self {
            items: Arc::new(items),
            rows,
            labels,
        }
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The items at these places of the split.
    pub fn only(&self, places: impl IntoIterator<Item = usize>) -> Self {
        let places: Vec<usize> = places.into_iter().collect();
        Self {
            items: self.items.clone(),
            rows: places.iter().map(|at| self.rows[*at]).collect(),
            labels: places.iter().map(|at| self.labels[*at]).collect(),
        }
    }

    /// The items whose class is known.
    pub fn labelled(&self) -> Self {
        self.only((0..self.len()).filter(|at| self.labels[*at].is_some()))
    }

    /// Every fifth item, and the others: (learn, judge).
    pub fn in_fifths(&self) -> (Self, Self) {
        let fifth = |at: &usize| at % 5 == 4;
        (
            self.only((0..self.len()).filter(|at| !fifth(at))),
            self.only((0..self.len()).filter(fifth)),
        )
    }
}

/// Items of one kind.
pub enum Items {
    /// Pictures, all of one size.
    Images(Images),
    /// Sentences in the order of their text: neighbours are positives.
    Sentences(Sentences),
}

impl Items {
    fn len(&self) -> usize {
        match self {
            Items::Images(images) => images.len(),
            Items::Sentences(sentences) => sentences.len(),
        }
    }
}
