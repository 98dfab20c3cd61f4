//! A verdict without paths and names.

use super::verdict::Verdict;
use crate::result::{Audit, Severity};

impl Verdict {
    /// The same verdict on `audit`, which is called `name` ([`Audit::redacted`]): files are called `policy` and
    /// `baseline`, slices as in the audit. Rules keep their lines.
    #[must_use]
    pub fn redacted(&self, audit: &Audit, name: &str) -> Self {
        let mut out = self.clone();
        out.subject = name.to_owned();
        out.policy = "policy".to_owned();
        out.baseline = self
            .baseline
            .as_ref()
            .map(|_| ("baseline".to_owned(), "the baseline".to_owned()));
        for finding in &mut out.findings {
            for slice in [&mut finding.slice, &mut finding.rule.slice] {
                if let Some(named) = slice.as_mut().filter(|named| *named != "*") {
                    *named = audit.slice_alias(named);
                }
            }
        }
        // Those of the audit are redacted there; what else is noted is about the policy, and names nothing.
        let redacted = audit.redacted(name);
        let own = self.notes.iter().filter(|note| !audit.notes.contains(note));
        out.notes = redacted
            .notes
            .into_iter()
            .filter(|note| note.severity == Severity::Warning)
            .chain(own.cloned())
            .collect();
        out
    }
}
