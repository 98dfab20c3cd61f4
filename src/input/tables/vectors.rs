//! Which column of a table, or which columns of it, hold the embeddings: decided alike for every kind of table.

use std::collections::BTreeMap;
use std::path::Path;

use crate::input::InputError;
use crate::input::choose::listing;
use crate::num;
use crate::num::Dtype;

/// What decides between several columns that could be meant; a name that begins with `vec` does, too.
const NAMES: [&str; 4] = ["embedding", "embeddings", "emb", "vector"];

const EXPECTED: &str = "one column with a list of numbers in each row, or columns of numbers";
const HOW: &str = "name what holds the vectors with --tensor: one column of lists, or columns of numbers as `a,b,c` or `d*`";
const HOW_TYPED: &str = "name what holds the vectors with --tensor: one column of lists, or columns of numbers as `a,b,c` or `d*`; \
                         their numbers must be f16, f32, f64, i8 or u8, and lists List, LargeList or FixedSizeList";

/// A column, as far as choosing it needs to know.
pub(super) struct Field {
    pub(super) name: String,
    /// `list of f32`, `Int64`.
    pub(super) held: String,
    /// Elements of its lists, where a matrix can be made of them.
    pub(super) lists: Option<Dtype>,
    /// Its own type, where a matrix can be made of several such columns.
    pub(super) number: Option<Dtype>,
}

/// Where the vectors are; columns are told by their places in the table.
pub(super) enum Vectors {
    /// One list in each row of one column.
    Lists(usize, Dtype),
    /// One number in each row of each of these columns.
    Spread(Vec<usize>, Dtype),
}

/// The columns of a table, to choose from.
pub(super) struct ColumnChoice<'f> {
    pub(super) path: &'f Path,
    pub(super) fields: &'f [Field],
    /// Whether the table says of which types its columns are, as text does not.
    pub(super) typed: bool,
}

impl ColumnChoice<'_> {
    /// Where the vectors are in a table with types: in what is named, or else in the column of lists that [`Self::lists`]
    /// finds.
    pub(super) fn typed(&self, tensor: Option<&str>) -> Result<Vectors, InputError> {
        if let Some(tensor) = tensor {
            // A name may hold commas.
            return match self.fields.iter().any(|field| field.name == tensor) {
                true => self.named(&[tensor]),
                false => self.named(&tensor.split(',').map(str::trim).collect::<Vec<_>>()),
            };
        }
        if let Some(vectors) = self.lists()? {
            return Ok(vectors);
        }
        let (found, advice) = match self.family() {
            Some((count, first, last)) => (
                format!(
                    "none, but {} columns of numbers, `{first}` to `{last}`",
                    num::count(count)
                ),
                "if these are the vectors, name them by their beginning and a star, as in --tensor 'd*' for d0, d1, ..",
            ),
            None => (
                "none".to_owned(),
                "save one list of f16, f32, f64, i8 or u8 in each row (List, LargeList or FixedSizeList), or a .npy file",
            ),
        };
        Err(self.refused(found, advice))
    }

    /// The only column of lists of numbers, or the only one of these that is called as embeddings are.
    pub(super) fn lists(&self) -> Result<Option<Vectors>, InputError> {
        let fits = |(at, field): (usize, &Field)| Some((at, field.lists?));
        let fits: Vec<(usize, Dtype)> = self.fields.iter().enumerate().filter_map(fits).collect();
        let mut called = fits
            .iter()
            .filter(|(at, _)| is_telling(&self.fields[*at].name));
        match (fits.as_slice(), called.next(), called.next()) {
            ([], ..) => Ok(None),
            (&[(at, dtype)], ..) | (_, Some(&(at, dtype)), None) => {
                Ok(Some(Vectors::Lists(at, dtype)))
            }
            _ => Err(self.refused(
                format!("{} columns of lists", fits.len()),
                "choose one by name with --tensor NAME",
            )),
        }
    }

    /// The columns of these names; `d*` is all whose names begin with `d`, and where after it some are only numbers, those
    /// in the order of the numbers.
    pub(super) fn named(&self, names: &[&str]) -> Result<Vectors, InputError> {
        let mut chosen = Vec::new();
        for name in names {
            match self.fields.iter().position(|field| field.name == *name) {
                Some(at) => chosen.push(at),
                None => chosen.extend(self.starred(name)?),
            }
        }
        let of = |at: &usize| &self.fields[*at];
        if let [only] = chosen.as_slice()
            && let Some(dtype) = of(only).lists
        {
            return Ok(Vectors::Lists(*only, dtype));
        }
        if let Some(list) = chosen.iter().map(of).find(|field| field.lists.is_some()) {
            return Err(self.refuse(format!("column `{}` of lists beside others", list.name)));
        }
        if let Some(odd) = chosen.iter().map(of).find(|field| field.number.is_none()) {
            return Err(self.refuse(format!("column `{}` of type {}", odd.name, odd.held)));
        }
        let Some((first, dtype)) = chosen.first().map(of).and_then(|f| Some((f, f.number?))) else {
            return Err(self.refuse("no name".to_owned()));
        };
        match chosen.iter().map(of).find(|f| f.number != first.number) {
            None => Ok(Vectors::Spread(chosen, dtype)),
            Some(other) => Err(self.refuse(format!(
                "column `{}` of type {} beside `{}` of type {}",
                first.name, first.held, other.name, other.held
            ))),
        }
    }

    /// The columns that a name with a star at its end stands for.
    fn starred(&self, name: &str) -> Result<Vec<usize>, InputError> {
        let Some(start) = name.strip_suffix('*') else {
            return Err(self.refuse(format!("no column named `{name}`")));
        };
        let rest = |field: &Field| field.name.strip_prefix(start).map(digits);
        let found = self.fields.iter().enumerate();
        let found: Vec<(usize, Option<u64>)> = found
            .filter_map(|(at, field)| Some((at, rest(field)?)))
            .collect();
        let mut numbered: Vec<(u64, usize)> = found
            .iter()
            .filter_map(|&(at, number)| Some((number?, at)))
            .collect();
        numbered.sort_unstable();
        match (numbered.is_empty(), found.is_empty()) {
            (false, _) => Ok(numbered.into_iter().map(|(_, at)| at).collect()),
            (true, false) => Ok(found.into_iter().map(|(at, _)| at).collect()),
            (true, true) => Err(self.refuse(format!("no column whose name begins with `{start}`"))),
        }
    }

    /// How many columns of numbers there are that differ by a number at the end of their names, the most of any; the first
    /// of them and the last.
    fn family(&self) -> Option<(usize, &str, &str)> {
        let mut families: BTreeMap<&str, Vec<(u64, &str)>> = BTreeMap::new();
        for Field { name, .. } in self.fields.iter().filter(|field| field.number.is_some()) {
            let prefix = name.trim_end_matches(|c: char| c.is_ascii_digit());
            if let Some(number) = digits(&name[prefix.len()..]) {
                families.entry(prefix).or_default().push((number, name));
            }
        }
        let family = families.into_values().max_by_key(Vec::len)?;
        let (_, first) = family.iter().min()?;
        let (_, last) = family.iter().max()?;
        (family.len() > 1).then_some((family.len(), *first, *last))
    }

    /// Refuses what was found, and says how vectors are named.
    pub(super) fn refuse(&self, found: String) -> InputError {
        self.refused(found, if self.typed { HOW_TYPED } else { HOW })
    }

    fn refused(&self, found: String, advice: &'static str) -> InputError {
        let names: Vec<&str> = self
            .fields
            .iter()
            .map(|field| field.name.as_str())
            .collect();
        let listing = listing(&names, |at| self.fields[at].held.clone());
        InputError::Columns {
            path: self.path.display().to_string(),
            expected: EXPECTED.into(),
            found,
            advice,
            listing: format!("columns are {listing}"),
        }
    }
}

/// Whether embeddings are called so.
fn is_telling(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    NAMES.contains(&name.as_str()) || name.starts_with("vec")
}

/// The number that these digits are.
fn digits(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}
