//! A gate's verdict: its report, JUnit XML, and annotations of a CI run.

mod annotations;
mod document;
mod junit;
mod row;

pub use annotations::annotations;
pub use document::{SUMMARY_LIMIT, summary};
pub use junit::junit;
