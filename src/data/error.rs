//! What can be wrong with embeddings, pairs and labels, in words a user can act on.

#![expect(
    missing_docs,
    reason = "fields are named after what they hold; each variant has its line"
)]

use crate::num;

/// Refusals of the `data` room. Each says source, place, expected, found and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The matrix has no columns, or fewer than two rows.
    #[error(
        "{source_name}: expected at least 2 rows and 1 column, found {rows} x {dim}; save one row for each item",
        rows = num::count(*rows), dim = num::count(*dim)
    )]
    TooSmall {
        source_name: String,
        rows: usize,
        dim: usize,
    },
    /// More rows than an index can hold.
    #[error(
        "{source_name}: {rows} rows are more than the {limit} this tool can index; audit a subset",
        rows = num::count(*rows), limit = num::count(*limit)
    )]
    TooManyRows {
        source_name: String,
        rows: usize,
        limit: usize,
    },
    /// The bytes do not hold the matrix they are said to hold.
    #[error(
        "{source_name}: a {rows} x {dim} {dtype} matrix needs {needed}, found {found} bytes; the file is truncated or its header lies: write it again",
        rows = num::count(*rows), dim = num::count(*dim), found = num::count(*found)
    )]
    ShortBytes {
        source_name: String,
        rows: usize,
        dim: usize,
        dtype: &'static str,
        needed: String,
        found: usize,
    },
    /// Codes where there are none.
    #[error(
        "{source_name}: expected bytes (i8 or u8) that stand for numbers, found {dtype}; leave out what says what codes mean"
    )]
    NoCodes {
        source_name: String,
        dtype: &'static str,
    },
    /// Codes that stand for numbers out of reach.
    #[error(
        "{source_name}: expected numbers that f32 holds, found bytes {codes}; check scale and offset"
    )]
    CodesBeyond { source_name: String, codes: String },
    /// Files that are read as one matrix, of other widths or types.
    #[error(
        "{source_name}: expected rows of {expected}, as {first_name} has, found rows of {found}; files that are read as one must be of one width and type: write it again, or leave it out"
    )]
    UnlikeFiles {
        source_name: String,
        first_name: String,
        expected: String,
        found: String,
    },
    /// NaN or an infinity.
    #[error(
        "{source_name}: row {row} holds {value} at column {column}, expected finite numbers (rows affected: {count}); fix the encoder or leave such rows out of the file",
        count = num::count(*count)
    )]
    NotFinite {
        source_name: String,
        row: usize,
        column: usize,
        value: f64,
        count: usize,
    },
    /// Rows that have no direction.
    #[error(
        "{source_name}: {}, so {} no direction; use --zero-rows drop to leave such rows out ({count} in total)",
        rows_with_norm_zero(rows, *count),
        if *count == 1 { "it has" } else { "they have" },
        count = num::count(*count)
    )]
    ZeroRows {
        source_name: String,
        rows: Vec<usize>,
        count: usize,
    },
    /// `--normalize assert` met a row that is not on the sphere.
    #[error(
        "{source_name}: row {row} has norm {}, expected 1 within {tolerance} for {dtype} (rows affected: {count}); remove the option --normalize assert to have rows normalised",
        plain_norm(*norm),
        count = num::count(*count)
    )]
    NotUnit {
        source_name: String,
        row: usize,
        norm: f64,
        tolerance: f64,
        dtype: &'static str,
        count: usize,
    },
    /// Fewer than two rows are left after zero rows were dropped.
    #[error(
        "{source_name}: expected at least 2 rows with a direction, found {left}; the encoder gives zeros"
    )]
    NothingLeft { source_name: String, left: usize },
    /// Two views of different shape.
    #[error(
        "{b_name} is {b_rows} x {b_dim} but {a_name} is {a_rows} x {a_dim}; {}",
        if a_dim == b_dim { "aligned views need the same number of rows: give --pairs, --ids once for each view, or files whose row i belong together" } else { "both views must come from one space: give files of the same width" },
        b_rows = num::count(*b_rows), b_dim = num::count(*b_dim), a_rows = num::count(*a_rows), a_dim = num::count(*a_dim)
    )]
    ViewShape {
        a_name: String,
        a_rows: usize,
        a_dim: usize,
        b_name: String,
        b_rows: usize,
        b_dim: usize,
    },
    /// A pair list without pairs.
    #[error("{source_name}: expected at least one pair, found none; alignment needs positives")]
    NoPairs { source_name: String },
    /// A pair names a row that is not there.
    #[error(
        "{source_name}: pair {pair} is ({i}, {j}), but {rows_name} has rows 0 to {last}; indices are zero-based row numbers"
    )]
    PairOutOfRange {
        source_name: String,
        pair: usize,
        i: i128,
        j: i128,
        rows_name: String,
        last: usize,
    },
    /// A row paired with itself.
    #[error(
        "{source_name}: pair {pair} is ({row}, {row}), a row with itself; its distance is 0 by definition: remove it (or give the other view as a second file)"
    )]
    SelfPair {
        source_name: String,
        pair: usize,
        row: usize,
    },
    /// Every pair touches a row that was left out.
    #[error(
        "{source_name}: all {pairs} pairs touch rows that were left out (of norm 0, without a partner, or not in the sample); no positives are left",
        pairs = num::count(*pairs)
    )]
    PairsDropped { source_name: String, pairs: usize },
    /// A score that orders nothing.
    #[error(
        "{source_name}: row {row} (counted from 0): expected a finite score, found {value}; leave the pair out, or give it a \
         score"
    )]
    Score {
        source_name: String,
        row: usize,
        value: f64,
    },
    /// Labels, groups, ids, slices or scores do not match the rows.
    #[error(
        "{source_name}: expected {rows} {what} (one for each row of {rows_name}), found {found}; write one for each row, in the same order",
        rows = num::count(*rows), found = num::count(*found)
    )]
    Count {
        source_name: String,
        what: &'static str,
        rows_name: String,
        rows: usize,
        found: usize,
    },
    /// Too few groups to tell an error from.
    #[error(
        "{source_name}: expected at least {fewest} different groups, found {found}; an error is told from how groups differ: give finer ones, or drop --groups if rows are independent"
    )]
    FewGroups {
        source_name: String,
        found: usize,
        fewest: usize,
    },
    /// An id that two rows have.
    #[error(
        "{source_name}: id {id:?} stands at rows {} and {}, expected one row for each id; give ids that tell rows apart",
        rows.0,
        rows.1
    )]
    RepeatedId {
        source_name: String,
        id: String,
        rows: (usize, usize),
    },
    /// Ids or slices for views whose rows are not the same items.
    #[error(
        "{source_name}: these are names of items, but row i of {a_name} is not the item of row i of {b_name} when pairs are listed; drop --pairs if it is, give --pairs-by id if the pairs are such names, or leave them out"
    )]
    NamesOfTwoViews {
        source_name: String,
        a_name: String,
        b_name: String,
    },
    /// Models that are to be joined by ids, and have hardly one in common.
    #[error(
        "{source_name}: {found} of the ids are in all of them, expected two or more; give the ids of the same items, spelt the same way"
    )]
    FewJoined { source_name: String, found: usize },
    /// Views that are to be joined by ids, and have hardly one in common.
    #[error(
        "{a_name} and {b_name}: {found} of the ids are in both, expected two or more (the first begins with {a_id:?}, the second with {b_id:?}); give ids of the same items, spelt the same way"
    )]
    FewPartners {
        a_name: String,
        b_name: String,
        found: usize,
        /// An id of the first file, perhaps cut.
        a_id: Box<str>,
        b_id: Box<str>,
    },
    /// A row whose first columns are all zero.
    #[error(
        "{source_name}: the first {} columns of row {row} are all zero, so that prefix has no direction ({count} such rows); leave that prefix out (--dims {dim}, or --as dims:{dim})",
        num::count(*dim),
        count = num::count(*count)
    )]
    ZeroPrefix {
        source_name: String,
        dim: usize,
        row: usize,
        count: usize,
    },
    /// A prefix that is none.
    #[error(
        "{source_name}: expected a prefix of fewer columns, found {form} of rows with {dim} columns; give a smaller number",
        dim = num::count(*dim)
    )]
    FewColumns {
        source_name: String,
        form: String,
        dim: usize,
    },
    /// A row of which a smaller form leaves nothing.
    #[error(
        "{source_name}: row {row} is all zeros as {form}, so that it has no direction ({count} such rows); leave {form} out",
        count = num::count(*count)
    )]
    ZeroCopy {
        source_name: String,
        form: String,
        row: usize,
        count: usize,
    },
    /// Two models that are compared row by row, of other numbers of rows.
    #[error(
        "{candidate} has {candidate_rows} rows and {reference} has {reference_rows}; parity compares row i with row i: give \
         files of the same items, or --ids once for each model to join them",
        candidate_rows = num::count(*candidate_rows), reference_rows = num::count(*reference_rows)
    )]
    ParityRows {
        reference: String,
        reference_rows: usize,
        candidate: String,
        candidate_rows: usize,
    },
    /// No label occurs twice.
    #[error(
        "{source_name}: no label occurs twice among {rows} rows, so no row has a positive; give --pairs instead",
        rows = num::count(*rows)
    )]
    NoSharedLabel { source_name: String, rows: usize },
}

impl DataError {
    /// Refuses other than one for each of the rows: `found` of `what`.
    pub(super) fn check_count(
        source_name: &str,
        (what, found): (&'static str, usize),
        (rows_name, rows): (&str, usize),
    ) -> Result<(), Self> {
        match found == rows {
            true => Ok(()),
            false => Err(Self::Count {
                source_name: source_name.to_owned(),
                what,
                rows_name: rows_name.to_owned(),
                rows,
                found,
            }),
        }
    }
}

fn rows_with_norm_zero(rows: &[usize], count: usize) -> String {
    let listed: Vec<String> = rows.iter().map(usize::to_string).collect();
    let more = if count > rows.len() { ", ..." } else { "" };
    match count {
        1 => format!("row {} has norm 0", listed[0]),
        _ => format!("rows {}{more} have norm 0", listed.join(", ")),
    }
}

/// Six decimals, unless these would be zeros, or come after hundreds of digits.
fn plain_norm(norm: f64) -> String {
    if (1e-3..1e7).contains(&norm) {
        format!("{norm:.6}")
    } else {
        format!("{norm:.3e}")
    }
}
