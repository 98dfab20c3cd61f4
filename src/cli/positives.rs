//! Which rows are positives of each other, and how alike people call them.

use std::path::PathBuf;

use super::request::{PositivesSource, Source};
use super::values::refuse_if;
use crate::input::PairsBy;

#[derive(clap::Args, Clone)]
#[command(next_help_heading = "Positives")]
pub(super) struct PositiveArgs {
    /// Positive pairs: zero-based row numbers in two columns (with two views: of the first, of the second), or, with
    /// --ids, ids; also .csv, .tsv, .parquet, .arrow or JSON lines
    #[arg(long, value_name = "FILE", conflicts_with_all = ["labels", "qrels"])]
    pairs: Option<PathBuf>,
    /// Tensor, member, or two columns or keys (LEFT,RIGHT) of the pairs
    #[arg(long, value_name = "NAME", requires = "pairs")]
    pairs_tensor: Option<String>,
    /// What names the rows in --pairs
    #[arg(long, value_name = "WHAT", value_enum, default_value = "contents")]
    #[arg(requires = "pairs")]
    pub(super) pairs_by: PairsBy,
    /// Relevance judgements: `query 0 document grade` (TREC), or `query-id corpus-id score` between tabs (BEIR). The
    /// first view holds queries, the second documents, each with its --ids; grades above 0 make a pair
    #[arg(long, value_name = "FILE", conflicts_with = "labels")]
    qrels: Option<PathBuf>,
    /// Labels, one for each row: rows that share one are positives of each other; also .csv, .tsv, .parquet, .arrow or JSON
    /// lines
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Tensor, member, column or key of the labels
    #[arg(long, value_name = "NAME", requires = "labels")]
    labels_tensor: Option<String>,
    /// How alike people call the rows of each pair, for sts_spearman: a number for each pair of --pairs, or for each row of
    /// two aligned views. Files as for --labels; it may be the file of --pairs
    #[arg(long, value_name = "FILE")]
    scores: Option<PathBuf>,
    /// Tensor, member, column or key of the scores
    #[arg(long, value_name = "NAME", requires = "scores")]
    scores_tensor: Option<String>,
}

impl PositiveArgs {
    /// The positives and their scores, of rows of one view or two (`second`), of which these have ids.
    pub(super) fn sources(
        self,
        second: bool,
        (own, other): (bool, bool),
    ) -> Result<(PositivesSource, Option<Source>), String> {
        refuse_if(
            self.qrels.is_some() && !other,
            "--qrels names rows by ids; give two views, queries and documents, and --ids once for each",
        )?;
        if self.pairs_by == PairsBy::Id && !(if second { other } else { own }) {
            return Err(format!(
                "--pairs-by id needs the ids of the rows; give --ids{}",
                if second { " once for each view" } else { "" }
            ));
        }
        let pairs = self.pairs.map(|path| Source::new(path, self.pairs_tensor));
        let listed = match self.qrels {
            Some(path) => Some(PositivesSource::Qrels(path)),
            None => pairs.map(PositivesSource::Pairs),
        };
        let positives = match (listed, self.labels, second) {
            (Some(listed), _, _) => listed,
            (None, Some(_), true) => {
                return Err(
                    "--labels pairs up the rows of one file, but there are two; \
                     give --pairs, or nothing to pair row i of the first with row i of the second"
                        .to_owned(),
                );
            }
            (None, Some(path), false) => {
                PositivesSource::Labels(Source::new(path, self.labels_tensor))
            }
            (None, None, true) if other => PositivesSource::Joined,
            (None, None, true) => PositivesSource::Aligned,
            (None, None, false) => PositivesSource::None,
        };
        let judged = matches!(
            positives,
            PositivesSource::Pairs(_) | PositivesSource::Aligned
        );
        refuse_if(
            self.scores.is_some() && !judged,
            "--scores judges pairs one by one; give --pairs, or two views of which row i belongs with row i",
        )?;
        let source = |path| Source::new(path, self.scores_tensor);
        Ok((positives, self.scores.map(source)))
    }
}
