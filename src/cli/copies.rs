//! Smaller forms of the rows, of which copies are made.

use crate::num::{Storage, UnknownStorage};

#[derive(clap::Args, Clone, Debug)]
pub(super) struct CopyArgs {
    /// Audit a copy of the rows as an index stores them: f16, bf16, i8-row, i8-st (codes of sentence-transformers),
    /// i8-st-dequantised, u8-offset, binary, dims:N
    #[arg(long = "as", value_name = "FORM", value_delimiter = ',', value_parser = Copies::parse)]
    #[arg(help_heading = "Rows")]
    pub(super) forms: Vec<Copies>,
}

/// Forms in which rows are copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copies {
    /// Every form.
    All,
    /// This one.
    One(Storage),
}

impl Copies {
    fn parse(text: &str) -> Result<Self, String> {
        let form = |form: &str| form.parse().map(Self::One);
        match text.trim() {
            "all" => Ok(Self::All),
            text => form(text).map_err(|unknown: UnknownStorage| format!("{unknown}, or all")),
        }
    }
}

impl CopyArgs {
    /// The one form that a model is audited in; none where it is audited as it is.
    pub(super) fn one(&self) -> Result<Option<Storage>, String> {
        match self.forms[..] {
            [] => Ok(None),
            [Copies::One(form)] => Ok(Some(form)),
            _ => Err(
                "--as: expected one form; `spherecheck compare FILE --as ...` takes several, and all"
                    .to_owned(),
            ),
        }
    }
}
