//! The baseline lock file: the numbers of a model that was good enough, and all that a later model must share with it.

use serde::{Deserialize, Serialize};

use super::finite::unsound;
use crate::metric::DEFINITION;
use crate::num::{count, counted};
use crate::result::{Audit, Incompatible, Neighbours, SCHEMA, Severity, Subject, paired};

/// Version of the lock file.
pub const BASELINE_SCHEMA: &str = "spherecheck.baseline/1";

/// What the last version of the definitions changed.
const CHANGED: &str = "rows that listed pairs or --groups join are one item now, whose pairs are left out of uniformity, \
                       mean cosine and uniform terms; errors of pairs that share rows, and of the contrastive terms, \
                       are others";

/// The lock file.
///
/// It holds tool and definition version, n, d, element type, normalisation, the digests of row ids and positives,
/// parameters (with each number), seed, kernel, numbers with errors, and each number with groups of items left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// [`BASELINE_SCHEMA`].
    pub schema: String,
    /// [`DEFINITION`].
    pub definition: u32,
    /// The audit, without pictures, curves and information that no test needs.
    pub audit: Audit,
    /// What is nearest to some of its rows, where a rule asks; none in a saved audit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub neighbours: Option<Neighbours>,
}

/// Why a baseline is of no use here.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "fields are named after what they hold; each variant has its line"
)]
pub enum BaselineError {
    /// No JSON, or not of this form.
    #[error(
        "{path}: not a baseline ({cause}); write one with `spherecheck gate ... --baseline {path} --update-baseline`"
    )]
    Malformed {
        path: String,
        cause: serde_json::Error,
    },
    /// Another kind of file, or a later version.
    #[error(
        "{path}: its schema is {found:?}, expected {BASELINE_SCHEMA:?} or {SCHEMA:?}; write it again with --update-baseline"
    )]
    Schema { path: String, found: String },
    /// NaN, an infinity, an error below 0, or text where a number must be.
    #[error(
        "{path}: {label} on side {side} cannot be compared ({what}); write the baseline again with --update-baseline"
    )]
    NotFinite {
        path: String,
        label: String,
        side: &'static str,
        what: &'static str,
    },
    /// Neighbours that no rows can have.
    #[error(
        "{path}: its neighbours are damaged (lists of other lengths, or rows that are not there); write the baseline again with --update-baseline"
    )]
    Neighbours { path: String },
    /// Numbers of another version of the definitions.
    #[error(
        "{path}: the version of the definitions is {found}, expected {DEFINITION}: {CHANGED}; audit the accepted model again and write the baseline from it: spherecheck gate MODEL ... --baseline NEW_FILE --update-baseline"
    )]
    Definition { path: String, found: u32 },
    /// Another dimension, number of rows, ...
    #[error(
        "{path}: {what} differs: the baseline has {expected}, this audit {found}; compare like with like, or start a new baseline with --update-baseline on a new file"
    )]
    Differs {
        path: String,
        what: &'static str,
        expected: String,
        found: String,
    },
    /// Other definitions, ids, positives or groups.
    #[error("{path}: {cause}")]
    Incompatible {
        path: String,
        cause: Box<Incompatible>,
    },
}

impl Baseline {
    /// The baseline that an audit makes.
    pub fn of(audit: &Audit) -> Self {
        let mut audit = audit.clone();
        audit.distributions = Default::default();
        audit.curves.clear();
        audit.offenders = None;
        audit.verification = None;
        audit
            .notes
            .retain(|note| note.severity == Severity::Warning);
        Self {
            schema: BASELINE_SCHEMA.to_owned(),
            definition: DEFINITION,
            audit,
            neighbours: None,
        }
    }

    /// Reads a lock file, or a saved audit, and checks that its numbers are numbers.
    ///
    /// # Errors
    /// [`BaselineError::Malformed`], [`BaselineError::Schema`], [`BaselineError::NotFinite`].
    pub fn read(path: &str, bytes: &[u8]) -> Result<Self, BaselineError> {
        #[derive(Deserialize)]
        struct Head {
            schema: String,
        }
        let malformed = |cause| BaselineError::Malformed {
            path: path.to_owned(),
            cause,
        };
        let head: Head = serde_json::from_slice(bytes).map_err(malformed)?;
        let baseline: Self = match head.schema.as_str() {
            BASELINE_SCHEMA => serde_json::from_slice(bytes).map_err(malformed)?,
            SCHEMA => Self::of(&serde_json::from_slice(bytes).map_err(malformed)?),
            _ => {
                return Err(BaselineError::Schema {
                    path: path.to_owned(),
                    found: head.schema,
                });
            }
        };
        if let Some((measure, what)) = unsound(&baseline.audit) {
            return Err(BaselineError::NotFinite {
                path: path.to_owned(),
                label: measure.label(),
                side: measure.side.name(),
                what,
            });
        }
        if baseline
            .neighbours
            .as_ref()
            .is_some_and(|near| !near.is_sound())
        {
            return Err(BaselineError::Neighbours {
                path: path.to_owned(),
            });
        }
        Ok(baseline)
    }

    /// The lock file's bytes, ending in a newline.
    ///
    /// # Errors
    /// The JSON writer's.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Whether `audit` may be judged against this baseline, and if so, whether paired; says what differs otherwise.
    ///
    /// # Errors
    /// [`BaselineError::Definition`], [`BaselineError::Differs`], [`BaselineError::Incompatible`].
    pub fn fits(&self, path: &str, audit: &Audit) -> Result<bool, BaselineError> {
        if self.definition != DEFINITION {
            return Err(BaselineError::Definition {
                path: path.to_owned(),
                found: self.definition,
            });
        }
        let (old, new) = (&self.audit.subject, &audit.subject);
        let second = |subject: &Subject| match &subject.b {
            None => "none".to_owned(),
            Some(b) => format!("{} x {}", count(b.rows), count(b.dim)),
        };
        let positives = |subject: &Subject| match &subject.positives {
            None => "none".to_owned(),
            Some(card) => counted(card.pairs, "pair"),
        };
        let facts = [
            ("the dimension d", count(old.a.dim), count(new.a.dim)),
            ("the number of rows n", count(old.a.rows), count(new.a.rows)),
            ("the second view", second(old), second(new)),
            ("the number of positives", positives(old), positives(new)),
        ];
        if let Some((what, expected, found)) = facts.into_iter().find(|(_, x, y)| x != y) {
            return Err(BaselineError::Differs {
                path: path.to_owned(),
                what,
                expected,
                found,
            });
        }
        paired(&self.audit, audit).map_err(|cause| BaselineError::Incompatible {
            path: path.to_owned(),
            cause: Box::new(cause),
        })
    }
}
