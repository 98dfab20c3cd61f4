//! One number for each row.

/// Numbers as a file gave them, one for each row: targets of a regression, marks of a split. Not yet checked against
/// any rows, nor for being finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    /// What messages call the source: file, and tensor or column.
    pub name: String,
    /// The value of each row.
    pub values: Vec<f64>,
}
