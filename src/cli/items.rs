//! Which items the rows are, and which parts of them are looked at apart.

use std::path::PathBuf;

use super::source::Source;
use super::values::count;

/// Fewest rows of a slice that is audited, unless another number is given.
const SLICE_MIN: usize = 50;

#[derive(clap::Args, Clone)]
pub(super) struct ItemArgs {
    /// Ids, one for each row: comparisons then join rows by id, not by place (compare takes it once, or once for each
    /// model). Files as for --labels
    #[arg(long, value_name = "FILE", help_heading = "Items", action = clap::ArgAction::Append)]
    pub(super) ids: Vec<PathBuf>,
    /// Tensor, member or column of the ids
    #[arg(long, value_name = "NAME", requires = "ids", help_heading = "Items")]
    ids_tensor: Option<String>,
    /// Slices (languages, sources, ...), one name for each row: every number also on each of them. Files as for --labels
    #[arg(long, value_name = "FILE", help_heading = "Items")]
    slices: Option<PathBuf>,
    /// Tensor, member or column of the slices
    #[arg(long, value_name = "NAME", requires = "slices", help_heading = "Items")]
    slices_tensor: Option<String>,
    /// Fewest rows of a slice that is looked at
    #[arg(long, value_name = "N", default_value_t = SLICE_MIN, value_parser = count, help_heading = "Items")]
    slice_min: usize,
}

/// Ids and slices of an audit's rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemSources {
    /// Ids of the rows.
    pub ids: Option<Source>,
    /// Slices of the rows.
    pub slices: Option<Source>,
    /// Fewest rows of a slice that is audited.
    pub slice_min: usize,
}

impl ItemArgs {
    /// Those of one of several models.
    pub(super) fn of_model(&self, place: usize) -> Self {
        let own = self.ids.get(place).filter(|_| self.ids.len() > 1);
        Self {
            ids: own.or(self.ids.first()).cloned().into_iter().collect(),
            ..self.clone()
        }
    }

    pub(super) fn sources(self) -> ItemSources {
        let source = |path: Option<PathBuf>, tensor| path.map(|path| Source { path, tensor });
        ItemSources {
            ids: source(self.ids.into_iter().next(), self.ids_tensor),
            slices: source(self.slices, self.slices_tensor),
            slice_min: self.slice_min,
        }
    }
}
