//! What a search team asks, and with how many queries: the words that ask for it.

use super::values::queries;
use crate::audit::QueryChoice;

#[derive(clap::Args, Clone)]
pub(super) struct SearchArgs {
    /// Also what a search team asks: recall and its kin, thresholds by false accept rate, hubs (in f32)
    #[arg(long, help_heading = "Metrics")]
    pub(super) search: bool,
    /// Draw so many queries from each view for --search and compare each with all rows; `all`: every row with a positive.
    /// Hubs need all. Without it: all, or beyond 100,000 x 100,000 x 768 multiply-adds 10,000; with --budget as many as a
    /// third of the time allows
    #[arg(long, value_name = "N|all", value_parser = queries, help_heading = "Metrics")]
    pub(super) queries: Option<QueryChoice>,
}
