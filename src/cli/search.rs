//! What a search team asks.

use crate::audit::SearchBy;

#[derive(clap::Args, Clone)]
pub(super) struct SearchArgs {
    /// Also what a search team asks: recall and its kin, thresholds by false accept rate, hubs (over all pairs, in f32)
    #[arg(long, help_heading = "Metrics")]
    pub(super) search: bool,
    /// What these go by: `dot` for an index that is served by inner product; it asks for them as --search does. All other
    /// numbers stay on the sphere
    #[arg(
        long,
        value_name = "WHAT",
        value_enum,
        default_value = "cosine",
        help_heading = "Metrics"
    )]
    similarity: SearchBy,
}

impl SearchArgs {
    /// Whether they are wanted, and what they go by.
    pub(super) fn asked(&self) -> (bool, SearchBy) {
        let wanted = self.search || self.similarity == SearchBy::Dot;
        (wanted, self.similarity)
    }
}
