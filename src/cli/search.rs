//! What a search team asks, by which similarity, and with how many queries.

use super::values::queries;
use crate::audit::{Effort, QueryChoice, SearchBy};

#[derive(clap::Args, Clone)]
#[command(next_help_heading = "Metrics")]
pub(super) struct SearchArgs {
    /// Also measure search: recall and related metrics, thresholds by false accept rate, hubs (in f32)
    #[arg(long)]
    pub(super) search: bool,
    /// What retrieval, thresholds and hubs go by: `dot` for an index that is served by dot product, norms included; it asks
    /// for them as --search does. Alignment, uniformity and all other numbers stay on the unit sphere
    #[arg(long, value_name = "WHAT", value_enum, default_value = "cosine")]
    similarity: SearchBy,
    /// Draw so many queries from each view for --search and compare each with all rows; `all`: every row with a positive.
    /// Hubs need all. Without it: all, or beyond 100,000 x 100,000 x 768 multiply-adds 10,000; with --budget as many as a
    /// third of the time allows
    #[arg(long, value_name = "N|all", value_parser = queries)]
    pub(super) queries: Option<QueryChoice>,
}

impl SearchArgs {
    /// Whether they are wanted, and what they go by.
    pub(super) fn asked(&self) -> (bool, SearchBy) {
        let wanted = self.search || self.similarity == SearchBy::Dot;
        (wanted, self.similarity)
    }

    /// The same where `option` compares the neighbours of all rows; refused where not all pairs are to be seen.
    pub(super) fn of_all_rows(self, option: &str, effort: Effort) -> Result<Self, String> {
        let drawn = matches!(self.queries, Some(QueryChoice::Sample(_)));
        let why = match (drawn, effort != Effort::Exact) {
            (true, _) => "a sample of queries has too few; leave out --queries",
            (_, true) => "an estimate does not see them; leave out --budget and --max-error",
            (false, false) => {
                return Ok(Self {
                    search: true,
                    queries: Some(QueryChoice::All),
                    ..self
                });
            }
        };
        Err(format!(
            "{option} compares the neighbours of all rows: {why}"
        ))
    }
}
