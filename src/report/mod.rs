//! From results to bytes: a table for people, JSON and CSV for machines, Markdown for pull requests, a page to pass on,
//! figures for papers.
//!
//! A [`Report`] tells what a result has to say, as a [`document::Document`] and as records; each format is one writer of
//! these. Everything here is a function of the result alone. Not here: rows of embeddings, passes, printing, and any
//! arithmetic that could change a number.

mod against;
mod audit;
mod card;
mod comparison;
mod csv;
mod curves;
mod devices;
pub mod document;
mod drift;
mod error;
mod figure;
#[cfg(feature = "train")]
pub mod figures;
mod files;
mod findings;
mod forecast;
mod format;
mod grid;
mod html;
mod latex;
mod markdown;
mod markup;
mod measures;
mod metrics;
mod modality;
mod number;
mod offenders;
mod page;
#[cfg(feature = "train")]
mod panels;
#[cfg(feature = "plots")]
mod plot;
mod probe;
mod render;
mod shards;
mod slices;
mod spectrum;
mod terminal;
mod text;
mod verdict;
#[cfg(feature = "train")]
mod zoo;

pub use devices::DeviceStatus;
pub use error::ReportError;
pub use figure::{Figure, FigureForm, Figures};
pub use files::{Destination, PAGE};
pub use forecast::bytes;
pub use format::{Format, Style};
pub use html::{HtmlPage, PAGE_LIMIT};
pub use metrics::metrics;
pub use number::seconds;
pub use render::{Files, Report, drawn, files, render};
pub use text::printable;
pub use verdict::{SUMMARY_LIMIT, annotations, junit, summary};
