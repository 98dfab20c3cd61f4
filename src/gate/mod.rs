//! May this model ship? An [`Audit`](crate::result::Audit), a policy and perhaps a baseline in, one verdict out.
//!
//! [`judge`] is pure: it changes no number and reads no file. The verdict that reports print and the exit status of the
//! program are one [`Decision`]. Not here: files, printing, embeddings.

mod absent;
mod baseline;
mod error;
mod finite;
mod init;
mod judge;
mod named;
mod needs;
mod policy;
mod redacted;
mod rule;
mod select;
mod verdict;

pub use baseline::{BASELINE_SCHEMA, Baseline, BaselineError};
pub use error::{GateError, Unjudged};
pub use finite::unsound;
pub use init::{Draft, MARGIN, draft};
pub use judge::{BaselineFit, judge};
pub use policy::{Policy, PolicyError};
pub use rule::{Bound, Level, Rule, Tolerance, Undecided};
pub(crate) use verdict::counts;
pub use verdict::{Decision, Judged, Outcome, VERDICT_SCHEMA, Verdict};
