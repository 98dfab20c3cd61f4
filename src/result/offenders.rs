//! Which rows are to blame: lists of rows, pairs of rows and columns that a reader should look at, as plain data.

use serde::{Deserialize, Serialize};

use super::measure::Side;

/// What a list is of.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Offence {
    /// Rows that repeat an earlier one: cosine above 1 - 1e-6, chains of such rows count as one group.
    Duplicate,
    /// The positive pairs with the lowest cosines.
    WorstPositive,
    /// Pairs that are no positives, and stand above the 5 % quantile of the positives' cosines: perhaps they should be.
    FalseNegative,
    /// Queries none of whose ten nearest rows is a positive.
    Miss,
    /// Rows among the ten nearest of 20 others or more.
    Hub,
    /// Rows among the ten nearest of no other.
    Antihub,
    /// The rows that lie furthest from all others.
    Loneliest,
    /// The rows that lie nearest to all others.
    Densest,
    /// Rows whose norm is below a thousandth of the median norm.
    TinyNorm,
    /// Pairs of rows of two named groups with a cosine above 0.99: the same in training and test, say.
    CopyAcrossGroups,
    /// Pairs of rows of two parts of a split with a cosine above 0.99: what a model was trained on stands in its test.
    CopyAcrossSplits,
    /// Columns that say nothing: their variance is below 1e-12 of the mean variance of a column.
    ConstantColumn,
    /// Columns that decide every cosine: their mean square is above ten times that of the mean column.
    DominatingColumn,
}

impl Offence {
    /// Its name in JSON and CSV, e.g. `false_negative`.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What its values are, for those who read them.
    pub fn value(self) -> &'static str {
        match self {
            Self::Duplicate => "cosine with the first row of its group",
            Self::WorstPositive => "cosine of the pair",
            Self::FalseNegative => "cosine with a row that is no positive of it",
            Self::Miss => {
                "position of its nearest positive; the other row is what is nearest instead"
            }
            Self::Hub | Self::Antihub => "rows that it is among the ten nearest of",
            Self::Loneliest | Self::Densest => {
                "log mean of exp(-t times squared distance) to the other rows"
            }
            Self::TinyNorm => "norm",
            Self::CopyAcrossGroups => "cosine with a row of another group",
            Self::CopyAcrossSplits => "cosine with a row of another part of the split",
            Self::ConstantColumn => "variance over the mean variance of a column",
            Self::DominatingColumn => "mean square over that of the mean column",
        }
    }

    /// Whether what is listed are columns, which have neither ids nor texts.
    pub fn is_column(self) -> bool {
        matches!(self, Self::ConstantColumn | Self::DominatingColumn)
    }
}

/// Rows to blame, and what could not be looked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Offenders {
    /// One list for each kind and side that was looked for, in the order of [`Offence`], empty ones too.
    pub lists: Vec<OffenderList>,
    /// Kinds that were not looked for, and why: whole sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

/// Rows of one view that are to blame for one thing, the worst first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OffenderList {
    /// For what.
    pub kind: Offence,
    /// View that the rows are of: `a` or `b`.
    pub side: Side,
    /// How many there are; none for the extremes of all rows or pairs, of which there are as many as one lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<u64>,
    /// The worst of them: at most 100; of extremes at most a tenth of all, and at least one.
    pub rows: Vec<Offender>,
}

/// A row, or a pair of rows, or a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offender {
    /// Row of the file, from 0; of a kind of columns, the column, from 0.
    pub row: u64,
    /// Its id, where ids are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The row that it is in trouble with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<OtherRow>,
    /// How bad it is; what that is says [`Offence::value`].
    pub value: f64,
    /// Its words, where texts are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// The second row of a pair.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OtherRow {
    /// View that it is of.
    pub side: Side,
    /// Row of the file, from 0.
    pub row: u64,
    /// Its id, where ids are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl Offenders {
    /// Puts ids and words beside the row numbers. `ids` has one entry for each row of the first file (and of the second,
    /// where rows of both files are the same items); `texts` one for each row of the first and of the second file. Rows
    /// beyond them stay without.
    pub fn label(&mut self, ids: Option<&[String]>, texts: [Option<&[String]>; 2]) {
        let at = |list: Option<&[String]>, row: u64| {
            let place = usize::try_from(row).ok()?;
            list?.get(place).cloned()
        };
        for list in self.lists.iter_mut().filter(|list| !list.kind.is_column()) {
            let texts = texts[usize::from(list.side == Side::B)];
            for offender in &mut list.rows {
                offender.id = at(ids, offender.row);
                offender.text = at(texts, offender.row);
                if let Some(other) = &mut offender.other {
                    other.id = at(ids, other.row);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_get_no_ids_and_each_view_its_own_texts() {
        let of = |kind, side| OffenderList {
            kind,
            side,
            found: None,
            rows: vec![Offender {
                row: 1,
                id: None,
                other: Some(OtherRow {
                    side: Side::A,
                    row: 0,
                    id: None,
                }),
                value: 0.5,
                text: None,
            }],
        };
        let mut offenders = Offenders {
            lists: vec![
                of(Offence::Hub, Side::A),
                of(Offence::Hub, Side::B),
                of(Offence::ConstantColumn, Side::A),
            ],
            left_out: Vec::new(),
        };
        let words = |words: [&str; 2]| words.map(str::to_owned);
        let (ids, first, second) = (words(["i", "j"]), words(["x", "y"]), words(["v", "w"]));
        offenders.label(Some(&ids), [Some(&first), Some(&second)]);
        let found = offenders.lists.iter().map(|list| {
            let row = &list.rows[0];
            let other = row.other.as_ref().and_then(|other| other.id.as_deref());
            (row.id.as_deref(), other, row.text.as_deref())
        });
        let expected = [
            (Some("j"), Some("i"), Some("y")),
            (Some("j"), Some("i"), Some("w")),
            (None, None, None),
        ];
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }
}
