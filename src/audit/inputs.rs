//! What an audit starts from.

use crate::data::{Embeddings, Labels, Numbers, Partners, RawPairs};

/// Where positives come from.
#[derive(Clone, Debug, PartialEq)]
pub enum PositivesInput {
    /// Nowhere: only the rows are audited.
    None,
    /// Row i of one view with row i of the other.
    Aligned,
    /// Row i of one view with row i of the other, with a score for each that judges how alike the two are.
    AlignedScored(Numbers),
    /// Rows of the same id, one of each view; rows without such a partner are left out of the audit.
    Joined(Partners),
    /// Listed pairs.
    Pairs(RawPairs),
    /// Rows of the same label.
    Labels(Labels),
}

impl PositivesInput {
    /// Whether views are such that row i of one belongs with row i of the other, once they are joined.
    pub(crate) fn aligned(&self) -> bool {
        matches!(
            self,
            Self::Aligned | Self::AlignedScored(_) | Self::Joined(_)
        )
    }
}

/// What an audit starts from.
pub struct Inputs {
    /// Short name for tables and titles.
    pub name: String,
    /// First (or only) view.
    pub a: Embeddings,
    /// Second view.
    pub b: Option<Embeddings>,
    /// Positives.
    pub positives: PositivesInput,
    /// Groups of rows that are no independent draws (one document, one user), one for each row of the first file.
    /// Without them, rows that listed pairs join are one item, where [`Settings::join_pairs`](super::Settings::join_pairs) says so.
    pub groups: Option<Labels>,
}
