//! How alike people call the rows of a pair.

use std::path::PathBuf;

use super::request::{PositivesSource, Source};

#[derive(clap::Args, Clone)]
pub(super) struct ScoreArgs {
    /// How alike people call the rows of each pair, for sts_spearman: a number for each pair of --pairs, or for each row of
    /// two aligned views. Files as for --labels; it may be the file of --pairs
    #[arg(long, value_name = "FILE", help_heading = "Positives")]
    scores: Option<PathBuf>,
    /// Tensor, member, column or key of the scores
    #[arg(
        long,
        value_name = "NAME",
        requires = "scores",
        help_heading = "Positives"
    )]
    scores_tensor: Option<String>,
}

impl ScoreArgs {
    /// The scores of these positives.
    pub(super) fn source(self, positives: &PositivesSource) -> Result<Option<Source>, String> {
        let judged = matches!(
            positives,
            PositivesSource::Pairs(_) | PositivesSource::Aligned
        );
        if self.scores.is_some() && !judged {
            return Err(
                "--scores judges pairs one by one; give --pairs, or two views of which row i belongs with row i"
                    .to_owned(),
            );
        }
        let source = |path| Source::new(path, self.scores_tensor);
        Ok(self.scores.map(source))
    }
}
