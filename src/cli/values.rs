//! What values of arguments mean, and their help.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::audit::{MOST_NEGATIVES, PrecisionChoice, QueryChoice, SearchBy};
use crate::data::{Normalize, ZeroRows};
use crate::input::PairsBy;
use crate::kernel::Precision;
use crate::report::{FigureForm, Format};

pub(super) fn positive(text: &str) -> Result<f64, &'static str> {
    match text.trim().parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
        _ => Err("expected positive, finite numbers with commas between them, e.g. 0.07,0.5"),
    }
}

/// The step of codes.
pub(super) fn step(text: &str) -> Result<f64, &'static str> {
    match text.trim().parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
        _ => Err("expected a positive, finite number, e.g. 0.0078"),
    }
}

pub(super) fn finite(text: &str) -> Result<f64, &'static str> {
    match text.trim().parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err("expected a finite number, e.g. -1"),
    }
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

pub(super) fn max_error(text: &str) -> Result<f64, &'static str> {
    match text.trim().parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
        _ => Err("expected a positive, finite standard error, e.g. 1e-3"),
    }
}

/// Numbers of negatives that one word asks for.
#[derive(Clone, Debug)]
pub(super) struct Negatives(Vec<u64>);

impl Negatives {
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
pub(super) fn negatives(text: &str) -> Result<Negatives, String> {
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
    found.map(Negatives).ok_or_else(|| {
        format!(
            "expected whole numbers from 1 to {MOST_NEGATIVES} with commas between them, e.g. 16,256,4096, or a range of them, \
             e.g. 1..1000000"
        )
    })
}

pub(super) fn level(text: &str) -> Result<f64, &'static str> {
    below_one(text).ok_or("expected a level between 0 and 1, both excluded, e.g. 0.95")
}

pub(super) fn share(text: &str) -> Result<f64, &'static str> {
    below_one(text).ok_or("expected a share between 0 and 1, both excluded, e.g. 0.2")
}

fn below_one(text: &str) -> Option<f64> {
    let value = text.trim().parse().ok()?;
    (0.0 < value && value < 1.0).then_some(value)
}

pub(super) fn count(text: &str) -> Result<usize, &'static str> {
    match text.parse() {
        Ok(value) if value > 0 => Ok(value),
        _ => Err("expected a whole number from 1 on"),
    }
}

pub(super) fn queries(text: &str) -> Result<QueryChoice, &'static str> {
    match text.trim() {
        "all" => Ok(QueryChoice::All),
        count => match count.parse() {
            Ok(count) if count >= 2 => Ok(QueryChoice::Sample(count)),
            _ => Err("expected a whole number from 2 on, or all"),
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

impl ValueEnum for Normalize {
    fn value_variants<'a>() -> &'a [Self] {
        &[Normalize::L2, Normalize::Assert]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Normalize::L2 => ("l2", "Divide each row by its norm"),
            Normalize::Assert => ("assert", "Refuse rows whose norm is not 1"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

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

impl ValueEnum for PairsBy {
    fn value_variants<'a>() -> &'a [Self] {
        &[PairsBy::Contents, PairsBy::Id, PairsBy::Row]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            PairsBy::Contents => ("contents", "Text is ids, whole numbers are rows"),
            PairsBy::Id => ("id", "Ids of --ids, also where they are whole numbers"),
            PairsBy::Row => ("row", "Rows, counted from 0"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for SearchBy {
    fn value_variants<'a>() -> &'a [Self] {
        &[SearchBy::Cosine, SearchBy::Dot]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(match self {
            SearchBy::Cosine => "Cosine: the norms of rows do not count",
            SearchBy::Dot => "Inner product of the rows as they are",
        }))
    }
}

impl ValueEnum for ZeroRows {
    fn value_variants<'a>() -> &'a [Self] {
        &[ZeroRows::Reject, ZeroRows::Drop]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            ZeroRows::Reject => ("reject", "Stop and name them"),
            ZeroRows::Drop => ("drop", "Leave them out, with their pairs, and count them"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &Format::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(match self {
            Format::Table => "For reading in a terminal",
            Format::Json => "Everything, for programs",
            Format::Csv => {
                "One line for each number; an apostrophe before text that spreadsheets take for a formula"
            }
            Format::Md => "Markdown, for pull requests and model cards",
            Format::Latex => "The tables in LaTeX with booktabs, for papers; the rest as comments",
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
