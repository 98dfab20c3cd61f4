//! Which column of a Parquet file, or which columns of it, hold the embeddings.

use std::collections::BTreeMap;
use std::path::Path;

use polars::prelude::{ArrowDataType, ArrowSchema};

use super::kind::arrow_name;
use crate::input::InputError;
use crate::input::choose::listing;
use crate::num::Dtype;

/// What decides between several columns that could be meant; a name that begins with `vec` does, too.
const NAMES: [&str; 4] = ["embedding", "embeddings", "emb", "vector"];

/// A column, as far as choosing it needs to know.
pub(super) struct Field {
    name: String,
    /// `list of f32`, `Int64`.
    held: String,
    /// Elements of its lists, where a matrix can be made of them.
    lists: Option<Dtype>,
    /// Its own type, where a matrix can be made of several such columns.
    number: Option<Dtype>,
}

/// Where the vectors are.
pub(super) enum Vectors<'f> {
    /// One list in each row of one column.
    Lists(&'f str, Dtype),
    /// One number in each row of each of these columns.
    Spread(Vec<&'f str>, Dtype),
}

/// Every column; `half` tells of the lists that hold pairs of bytes whether these are floating-point numbers.
pub(super) fn fields(schema: &ArrowSchema, half: impl Fn(&str) -> bool) -> Vec<Field> {
    let field = |name: &str, held: &ArrowDataType| {
        let item = match held {
            ArrowDataType::List(item)
            | ArrowDataType::LargeList(item)
            | ArrowDataType::FixedSizeList(item, _) => Some(item.dtype()),
            _ => None,
        };
        let lists = item.and_then(|item| match item {
            ArrowDataType::FixedSizeBinary(2) => half(name).then_some(Dtype::F16),
            item => number(item),
        });
        let held = match (lists, item) {
            (Some(dtype), _) => format!("list of {}", dtype.name()),
            (None, Some(item)) => format!("list of {}", arrow_name(item)),
            (None, None) => arrow_name(held),
        };
        (held, lists)
    };
    let fields = schema.iter();
    fields
        .map(|(name, column)| {
            let (held, lists) = field(name, column.dtype());
            Field {
                name: name.to_string(),
                held,
                lists,
                number: number(column.dtype()),
            }
        })
        .collect()
}

fn number(dtype: &ArrowDataType) -> Option<Dtype> {
    match dtype {
        ArrowDataType::Float32 => Some(Dtype::F32),
        ArrowDataType::Float64 => Some(Dtype::F64),
        ArrowDataType::Int8 => Some(Dtype::I8),
        ArrowDataType::UInt8 => Some(Dtype::U8),
        _ => None,
    }
}

/// Where the vectors are: in the column called `tensor`, or in those of which `tensor` is the beginning and a star; else
/// in the only column that fits by its type, or in the only one of these that is called as embeddings are.
pub(super) fn choose<'f>(
    path: &Path,
    tensor: Option<&str>,
    fields: &'f [Field],
) -> Result<Vectors<'f>, InputError> {
    if let Some(tensor) = tensor {
        return named(path, tensor, fields);
    }
    let fits: Vec<(&str, Dtype)> = fields
        .iter()
        .filter_map(|field| Some((field.name.as_str(), field.lists?)))
        .collect();
    let mut called = fits.iter().filter(|(name, _)| is_telling(name));
    let only = match (fits.as_slice(), called.next(), called.next()) {
        (&[only], ..) => Some(only),
        (_, Some(&called), None) => Some(called),
        _ => None,
    };
    if let Some((name, dtype)) = only {
        return Ok(Vectors::Lists(name, dtype));
    }
    let (found, advice) = match (fits.len(), spread(fields)) {
        (0, Some((count, first, last))) => (
            format!("none, but {count} columns of numbers, `{first}` to `{last}`"),
            "if these are the vectors, name them by their beginning and a star, as in --tensor 'd*' for d0, d1, ..",
        ),
        (0, None) => (
            "none".to_owned(),
            "save one list of numbers in each row, or a .npy file",
        ),
        (count, _) => (
            format!("{count} of them"),
            "choose one by name with --tensor NAME",
        ),
    };
    Err(refused(path, found, advice, fields))
}

fn named<'f>(path: &Path, tensor: &str, fields: &'f [Field]) -> Result<Vectors<'f>, InputError> {
    let choose = "choose one that does with --tensor NAME";
    let refuse = |found: String| Err(refused(path, found, choose, fields));
    if let Some(field) = fields.iter().find(|field| field.name == tensor) {
        return match field.lists {
            Some(dtype) => Ok(Vectors::Lists(&field.name, dtype)),
            None => refuse(format!("column `{tensor}` of type {}", field.held)),
        };
    }
    let Some(prefix) = tensor.strip_suffix('*') else {
        return refuse(format!("no column named `{tensor}`"));
    };
    let mut numbered: Vec<(u64, &Field)> = fields
        .iter()
        .filter_map(|field| Some((digits(field.name.strip_prefix(prefix)?)?, field)))
        .collect();
    numbered.sort_by_key(|(number, _)| *number);
    let Some((_, first)) = numbered.first() else {
        return refuse(format!("no columns named `{prefix}0`, `{prefix}1`, .."));
    };
    let odd = numbered.iter().find(|(_, field)| field.number.is_none());
    if let Some((_, Field { name, held, .. })) = odd {
        return refuse(format!("column `{name}` of type {held}"));
    }
    let other = numbered.iter().find(|(_, f)| f.number != first.number);
    match (first.number, other) {
        (Some(dtype), None) => {
            let names = numbered.iter().map(|(_, field)| field.name.as_str());
            Ok(Vectors::Spread(names.collect(), dtype))
        }
        (_, Some((_, other))) => refuse(format!(
            "column `{}` of type {} beside `{}` of type {}",
            first.name, first.held, other.name, other.held
        )),
        (None, None) => refuse(format!("column `{}` of type {}", first.name, first.held)),
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

/// How many columns of numbers there are that differ by a number at the end of their names, the most of any; the first
/// of them and the last.
fn spread(fields: &[Field]) -> Option<(usize, &str, &str)> {
    let mut families: BTreeMap<&str, Vec<(u64, &str)>> = BTreeMap::new();
    for Field { name, .. } in fields.iter().filter(|field| field.number.is_some()) {
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

fn refused(path: &Path, found: String, advice: &'static str, fields: &[Field]) -> InputError {
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    InputError::Columns {
        path: path.display().to_string(),
        expected: "one column with a list of f16, f32, f64, i8 or u8 in each row",
        found,
        advice,
        listing: listing(&names, |at| fields[at].held.clone()),
    }
}
