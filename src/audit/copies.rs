//! The same items as an index would store them.

use crate::audit::prepare::Prepared;
use crate::backend::{Backend, on_host};
use crate::data::{DataError, UnitRows};
use crate::num::Storage;

impl Prepared {
    /// Numbers in a row.
    pub fn dim(&self) -> usize {
        self.a.dim()
    }

    /// Whether row i of both views is one item.
    pub fn is_aligned(&self) -> bool {
        self.facts.aligned
    }

    /// The same items, rows copied in the form `how`: each view by itself, with ranges of its own where the form has any.
    ///
    /// Memory and cost: [`UnitRows::stored`] of each view.
    ///
    /// # Errors
    /// Those of [`UnitRows::stored`].
    pub fn stored(&self, how: Storage, backend: &dyn Backend) -> Result<Self, DataError> {
        let copy = |rows: &UnitRows| on_host(backend, || rows.stored(how));
        let a = copy(&self.a)?;
        let b = self.b.as_ref().map(copy).transpose()?;
        let mut out = self.with_rows(a, b);
        out.facts.name = format!("{} as {how}", self.facts.name);
        for view in std::iter::once(&mut out.facts.a).chain(&mut out.facts.b) {
            view.copied = Some(how);
        }
        Ok(out)
    }
}
