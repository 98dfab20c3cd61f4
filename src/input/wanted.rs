//! What a caller hopes to find in a file, for messages that name it, and what is asked of a table.

use std::path::Path;

use super::element::{Element, Odd};

/// What a door was opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Embeddings,
    Pairs,
    /// Pairs that may be given by ids.
    Links,
    Labels,
    Names,
    Texts,
    Targets,
    Scores,
    Split,
}

impl Wanted {
    #[cfg(not(feature = "tables"))]
    pub(super) fn name(self) -> &'static str {
        match self {
            Wanted::Embeddings => "embeddings",
            Wanted::Pairs | Wanted::Links => "pairs",
            Wanted::Labels => "labels",
            Wanted::Names => "ids or slices",
            Wanted::Texts => "texts",
            Wanted::Targets => "targets",
            Wanted::Scores => "scores of pairs",
            Wanted::Split => "marks of a split",
        }
    }

    /// Whether it takes two cells of each row, not one.
    pub(super) fn two(self) -> bool {
        matches!(self, Wanted::Pairs | Wanted::Links)
    }

    /// How many columns, or keys, it takes.
    pub(super) fn count(self) -> usize {
        if self.two() { 2 } else { 1 }
    }

    /// These columns, or keys: `two columns of whole numbers`.
    pub(super) fn parts(self, part: &str) -> String {
        let held = match self {
            Wanted::Pairs => "whole numbers",
            Wanted::Targets | Wanted::Scores => "numbers",
            Wanted::Split => "1 and 0",
            _ => "whole numbers or text",
        };
        match self.two() {
            true => format!("two {part}s of {held}"),
            false => format!("one {part} of {held}"),
        }
    }

    /// How to say which of several columns, or keys, are meant.
    pub(super) fn how_to_choose_parts(self) -> &'static str {
        match self.two() {
            true => "choose two by name with --pairs-tensor LEFT,RIGHT",
            false => self.how_to_choose(),
        }
    }

    /// Whether text will do.
    pub(super) fn words(self) -> bool {
        matches!(
            self,
            Wanted::Labels | Wanted::Names | Wanted::Texts | Wanted::Links
        )
    }

    /// How to say which of several arrays is meant.
    pub(super) fn how_to_choose(self) -> &'static str {
        match self {
            Wanted::Embeddings => "choose one by name with --tensor NAME",
            Wanted::Pairs | Wanted::Links => "choose one by name with --pairs-tensor NAME",
            Wanted::Labels => "choose one by name with --labels-tensor NAME",
            Wanted::Names => "choose one by name: --ids-tensor or --slices-tensor NAME",
            Wanted::Texts => "choose one by name with --texts-tensor NAME",
            Wanted::Targets => "choose one by name with --targets-tensor NAME",
            Wanted::Scores => "choose one by name with --scores-tensor NAME",
            Wanted::Split => "choose one by name with --split-tensor NAME",
        }
    }

    /// Whether its cells can be made of such elements.
    pub(super) fn takes(self, element: Element) -> bool {
        match element {
            Element::Bool => !self.two(),
            Element::Text { .. } => self.words(),
            Element::Odd(_) => false,
            _ => true,
        }
    }

    pub(super) fn elements(self) -> &'static str {
        match self {
            Wanted::Embeddings => "numbers of type f16, bf16, f32, f64, i8 or u8",
            Wanted::Pairs => "integers",
            Wanted::Labels | Wanted::Names | Wanted::Texts | Wanted::Links => "integers or text",
            Wanted::Targets | Wanted::Scores => "numbers",
            Wanted::Split => "1 or 0 (True or False)",
        }
    }

    /// What one cell must hold.
    pub(super) fn values(self) -> &'static str {
        match self {
            Wanted::Embeddings | Wanted::Targets | Wanted::Scores => "a number",
            Wanted::Pairs => "a whole number, the row that is meant",
            Wanted::Labels | Wanted::Names | Wanted::Texts | Wanted::Links => {
                "a whole number or text"
            }
            Wanted::Split => "1 or 0",
        }
    }

    /// What to do about an element type that it does not take.
    pub(super) fn advice(self, element: Element) -> &'static str {
        match (element, self) {
            (Element::Odd(Odd::Object), wanted) if wanted.words() => {
                "Python objects are pickled, and pickles run code when loaded: save text as text, names.astype(str), or \
                 plain integers"
            }
            (Element::Odd(Odd::Object), _) => {
                "Python objects are pickled, and pickles run code when loaded: save plain numbers instead"
            }
            (Element::Odd(Odd::LongDouble), Wanted::Embeddings) => {
                r#"save doubles or singles: np.save("x.npy", x.astype("float64"))"#
            }
            (Element::Odd(Odd::Structured), _) => "save its numeric columns as one plain array",
            (Element::Odd(Odd::RawBytes), Wanted::Embeddings) => {
                "NumPy has no bfloat16 and writes it as raw bytes without saying so: if it is that, say --dtype bf16, or \
                 save it with safetensors, which has BF16"
            }
            (Element::Odd(Odd::RawBytes), _) => {
                "NumPy has no bfloat16 and writes it as raw bytes without saying so: save it with safetensors, which has BF16"
            }
            (Element::Odd(Odd::Float8), Wanted::Embeddings) => {
                "widen it to bf16 or f32 before saving"
            }
            (Element::Odd(Odd::Complex), Wanted::Embeddings) => "save real numbers",
            (_, Wanted::Embeddings) => {
                r#"convert it with x.astype("float32") if these are embeddings"#
            }
            (_, Wanted::Pairs) => {
                r#"indices must be integers: save pairs.astype("int64"); ids go with --ids"#
            }
            (_, Wanted::Targets) => {
                r#"targets must be real numbers: save y.astype("float64"); classes are given with --labels"#
            }
            (_, Wanted::Scores) => r#"scores must be real numbers: save scores.astype("float64")"#,
            (_, Wanted::Split) => "save 1 for each row to train on and 0 for each row to test on",
            (_, Wanted::Labels) => r#"save labels.astype("int64"), or labels.astype(str)"#,
            (_, Wanted::Names | Wanted::Texts | Wanted::Links) => {
                r#"save them with .astype("int64") or .astype(str)"#
            }
        }
    }
}

/// The columns that a door wants of a table.
#[cfg_attr(
    not(feature = "tables"),
    expect(dead_code, reason = "a build without tables only refuses them")
)]
pub(super) struct Inquiry<'a> {
    pub(super) path: &'a Path,
    pub(super) wanted: Wanted,
    /// The names asked for; `None` to take all columns, which must then be as many as are wanted.
    pub(super) names: Option<Vec<&'a str>>,
    /// The rows that the table has a line for, where it must.
    pub(super) rows: Option<&'a Rows>,
    /// What was decided where the table could mean two things.
    pub(super) notes: &'a mut Vec<String>,
}

/// How many rows there are, and of which file.
#[derive(Clone, Debug)]
#[cfg_attr(
    not(feature = "tables"),
    expect(dead_code, reason = "a build without tables only refuses them")
)]
pub(super) struct Rows {
    pub(super) name: String,
    pub(super) count: usize,
}
