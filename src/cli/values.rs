//! What values of arguments mean, and their help.

use std::str::FromStr;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::audit::{MOST_NEGATIVES, PrecisionChoice, QueryChoice, SearchBy};
use crate::data::{Normalize, ZeroRows};
use crate::input::PairsBy;
use crate::kernel::Precision;
use crate::probe::{Features, Vote};
use crate::report::{FigureForm, Format};

/// Refuses, where `given`, what `why` says.
pub(super) fn refuse_if(given: bool, why: &str) -> Result<(), String> {
    match given {
        true => Err(why.to_owned()),
        false => Ok(()),
    }
}

/// The number that a text is, where it is finite and fits.
fn number(
    text: &str,
    fits: impl Fn(f64) -> bool,
    expected: &'static str,
) -> Result<f64, &'static str> {
    let value = text.trim().parse().ok();
    let value = value.filter(|value: &f64| value.is_finite() && fits(*value));
    value.ok_or(expected)
}

pub(super) fn positive(text: &str) -> Result<f64, &'static str> {
    let expected = "expected positive, finite numbers with commas between them, e.g. 0.07,0.5";
    number(text, |value| value > 0.0, expected)
}

/// The step of codes.
pub(super) fn step(text: &str) -> Result<f64, &'static str> {
    let expected = "expected a positive, finite number, e.g. 0.0078";
    number(text, |value| value > 0.0, expected)
}

pub(super) fn finite(text: &str) -> Result<f64, &'static str> {
    number(text, |_| true, "expected a finite number, e.g. -1")
}

pub(super) fn max_error(text: &str) -> Result<f64, &'static str> {
    let expected = "expected a positive, finite standard error, e.g. 1e-3";
    number(text, |value| value > 0.0, expected)
}

pub(super) fn level(text: &str) -> Result<f64, &'static str> {
    let expected = "expected a level between 0 and 1, both excluded, e.g. 0.95";
    number(text, |value| 0.0 < value && value < 1.0, expected)
}

pub(super) fn share(text: &str) -> Result<f64, &'static str> {
    let expected = "expected a share between 0 and 1, both excluded, e.g. 0.2";
    number(text, |value| 0.0 < value && value < 1.0, expected)
}

/// `once`, `2 times`, ...
pub(super) fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}

/// Seconds.
pub(super) fn duration(text: &str) -> Result<f64, &'static str> {
    const EXPECTED: &str = "expected a positive time with its unit (ms, s, m or h), e.g. 10s";
    let text = text.trim();
    let unit = text.trim_start_matches(|c: char| !c.is_ascii_alphabetic() || c == 'e');
    let scale = match unit {
        "ms" => 1e-3,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(EXPECTED),
    };
    match text[..text.len() - unit.len()].trim().parse::<f64>() {
        Ok(value) if value > 0.0 && (value * scale).is_finite() => Ok(value * scale),
        _ => Err(EXPECTED),
    }
}

/// Numbers of negatives that one word asks for.
#[derive(Clone, Debug)]
pub(super) struct NegativeCounts(Vec<u64>);

impl NegativeCounts {
    /// What all words ask for, once each.
    pub(super) fn all(words: &[Self]) -> Vec<u64> {
        distinct(
            &words
                .iter()
                .flat_map(|word| word.0.clone())
                .collect::<Vec<_>>(),
        )
    }
}

/// A number of negatives, or `LOW..HIGH`: both, and all between them that are 1, 2 or 5 times a power of ten.
pub(super) fn negatives(text: &str) -> Result<NegativeCounts, String> {
    let one = |text: &str| {
        let value = text.trim().parse().ok();
        value.filter(|value| (1..=MOST_NEGATIVES).contains(value))
    };
    let found = match text.split_once("..") {
        None => one(text).map(|value| vec![value]),
        Some((low, high)) => (one(low).zip(one(high)))
            .filter(|(low, high)| low < high)
            .map(|(low, high)| {
                let powers = std::iter::successors(Some(1), |power| Some(10 * power));
                let round = powers.take_while(|power| *power <= high);
                let round = round.flat_map(|power: u64| [1, 2, 5].map(|times| times * power));
                let inside = round.filter(|value| low < *value && *value < high);
                std::iter::once(low).chain(inside).chain([high]).collect()
            }),
    };
    found.map(NegativeCounts).ok_or_else(|| {
        format!(
            "expected whole numbers from 1 to {MOST_NEGATIVES} with commas between them, e.g. 16,256,4096, or a range of them, \
             e.g. 1..1000000"
        )
    })
}

pub(super) fn count(text: &str) -> Result<usize, &'static str> {
    match text.parse() {
        Ok(value) if value > 0 => Ok(value),
        _ => Err("expected a whole number of at least 1"),
    }
}

/// A seed, or a place counted from 0.
pub(super) fn whole<T: FromStr>(text: &str) -> Result<T, &'static str> {
    let expected = "expected a whole number of at least 0";
    text.parse().map_err(|_| expected)
}

pub(super) fn queries(text: &str) -> Result<QueryChoice, &'static str> {
    match text.trim() {
        "all" => Ok(QueryChoice::All),
        count => match count.parse() {
            Ok(count) if count >= 2 => Ok(QueryChoice::Sample(count)),
            _ => Err("expected a whole number of at least 2, or all"),
        },
    }
}

/// The values without repetitions, in the order given.
pub(super) fn distinct<T: PartialEq + Copy>(values: &[T]) -> Vec<T> {
    let mut seen = Vec::with_capacity(values.len());
    for value in values {
        if !seen.contains(value) {
            seen.push(*value);
        }
    }
    seen
}

/// Words of an option for the values of a type of a lower room, and the help of each. Where the type has names of its own,
/// these are the words.
macro_rules! words {
    ($of:ident { $($value:ident $word:literal: $help:literal,)+ }) => {
        $crate::cli::values::words!(@ $of { $($value ($word): $help,)+ });
    };
    ($of:ident by name { $($value:ident: $help:literal,)+ }) => {
        $crate::cli::values::words!(@ $of { $($value ($of::$value.name()): $help,)+ });
    };
    (@ $of:ident { $($value:ident ($word:expr): $help:literal,)+ }) => {
        impl clap::ValueEnum for $of {
            fn value_variants<'a>() -> &'a [Self] {
                &[$($of::$value),+]
            }

            fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
                Some(match self {
                    $($of::$value => clap::builder::PossibleValue::new($word).help($help),)+
                })
            }
        }
    };
}
pub(super) use words;

words!(Normalize {
    L2 "l2": "Divide each row by its norm",
    Assert "assert": "Refuse rows whose norm is not 1",
});
words!(PairsBy {
    Contents "contents": "Text is ids, whole numbers are rows",
    Id "id": "Ids of --ids, also where they are whole numbers",
    Row "row": "Rows, counted from 0",
});
words!(SearchBy by name {
    Cosine: "Cosine: the norms of rows do not count",
    Dot: "Inner product of the rows as they are",
});
words!(ZeroRows {
    Reject "reject": "Stop and name them",
    Drop "drop": "Leave them out, with their pairs, and count them",
});
words!(Format {
    Table "table": "For reading in a terminal",
    Json "json": "Everything, for programs",
    Csv "csv": "One line for each number; an apostrophe before text that spreadsheets take for a formula",
    Md "md": "Markdown, for pull requests and model cards",
    Latex "latex": "The tables in LaTeX with booktabs, for papers; the rest as comments",
});
words!(Vote {
    Equal "equal": "Each as much as another",
    Weighted "weighted": "By exp(cosine / 0.07)",
});
words!(Features {
    Unit "unit": "Each row divided by its norm",
    Raw "raw": "Rows as they are in the file",
});

impl ValueEnum for PrecisionChoice {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            PrecisionChoice::Only(Precision::F32),
            PrecisionChoice::Only(Precision::Tf32),
            PrecisionChoice::Only(Precision::Bf16),
            PrecisionChoice::Only(Precision::I8),
            PrecisionChoice::Auto,
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(match self {
            PrecisionChoice::Only(Precision::F32) => {
                "Not at all; numbers within about 1e-6 of f64 (5e-6 on a GPU, in two parts and three products)"
            }
            PrecisionChoice::Only(Precision::Tf32) => "11 bits; needs an NVIDIA GPU",
            PrecisionChoice::Only(Precision::Bf16) => {
                "8 bits; needs an NVIDIA GPU or AVX512-BF16, where it is about twice as fast"
            }
            PrecisionChoice::Only(Precision::I8) => {
                "8 bits, one scale a row; needs AVX512-VNNI, where it is over three times as fast"
            }
            PrecisionChoice::Auto => {
                "The fastest whose error is below a tenth of the standard error, f32 otherwise"
            }
        }))
    }
}

impl ValueEnum for FigureForm {
    fn value_variants<'a>() -> &'a [Self] {
        match (cfg!(feature = "plots"), cfg!(feature = "tables")) {
            (false, _) => &[],
            (true, true) => &FigureForm::ALL,
            (true, false) => &[FigureForm::Png, FigureForm::Svg, FigureForm::Pdf],
        }
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(match self {
            FigureForm::Png => "Pixels",
            FigureForm::Svg => "Lines and text, for pages",
            FigureForm::Pdf => "Lines and text, for papers",
            FigureForm::Csv => "The numbers that the figure shows",
        }))
    }
}
