//! Which rows are to blame: the words that ask for it.

use std::path::PathBuf;

use clap::ArgAction;

use super::request::Source;

#[derive(clap::Args, Clone)]
#[command(next_help_heading = "Output")]
pub(super) struct OffenderArgs {
    /// Also list the rows to blame: duplicates, the worst positives, suspected false negatives, queries that miss, hubs,
    /// lonely and dense rows, tiny norms, copies across --groups and --split, constant and dominating columns. All into
    /// DIR/offenders.csv, the worst into the table
    #[arg(long, requires = "out")]
    #[arg(conflicts_with_all = ["budget", "max_error"])]
    pub(super) offenders: bool,
    /// What the rows are embeddings of, beside the rows to blame: a .txt file with one line for each row, or files as for
    /// --labels; give it twice for a second view with rows of its own
    #[arg(long, value_name = "FILE", requires = "offenders", action = ArgAction::Append)]
    texts: Vec<PathBuf>,
    /// Tensor, member or column of the texts
    #[arg(long, value_name = "NAME", requires = "texts")]
    texts_tensor: Option<String>,
    /// Part of a split that each row is in (train, test), one label for each row: rows of two parts that are nearly the
    /// same are leaks. Files as for --labels
    #[arg(long, value_name = "FILE", requires = "offenders")]
    split: Option<PathBuf>,
    /// Tensor, member, column or key of the split
    #[arg(long, value_name = "NAME", requires = "split")]
    split_tensor: Option<String>,
}

impl OffenderArgs {
    /// The parts of a split.
    pub(super) fn split(&self) -> Option<Source> {
        let source = |path: &PathBuf| Source::new(path.clone(), self.split_tensor.clone());
        self.split.as_ref().map(source)
    }

    /// The texts of each view.
    pub(super) fn sources(self, views: usize) -> Result<Vec<Source>, String> {
        let given = self.texts.len();
        if given > views {
            return Err(format!(
                "--texts is given {given} times, expected at most one for each view"
            ));
        }
        let source = |path| Source::new(path, self.texts_tensor.clone());
        Ok(self.texts.into_iter().map(source).collect())
    }
}
