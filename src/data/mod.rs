//! Values that are proofs: a constructor checks, and nothing downstream checks again.
//!
//! Here: [`Embeddings`] (a matrix over bytes somebody else holds, the [`FileRows`] of one file or of several),
//! [`UnitRows`] (the same rows on the sphere), [`Pairs`] and [`Groups`] (which rows are positives of each other).
//! Not here: files, formats, metrics.

mod coded;
mod error;
mod file_rows;
mod listed;
mod matrix;
mod names;
mod norms;
mod partners;
mod positives;
mod sentinel;
mod stored;
mod unit;

pub use error::DataError;
pub use file_rows::{Bytes, FileRows};
pub use listed::{PairValues, RawPairs};
pub use matrix::Embeddings;
pub use names::{Ids, Names, Numbers};
pub use norms::{Normalize, Norms, ZeroRows};
pub use partners::Partners;
pub use positives::{Groups, Labels, Pairs, Positives};
pub use sentinel::Sentinel;
pub use unit::UnitRows;
