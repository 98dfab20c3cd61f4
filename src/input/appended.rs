//! What several files say of the rows of one matrix, one after the other.

use std::collections::HashMap;
use std::sync::Arc;

use super::InputError;
use super::cells::number;
use super::room::room;
use crate::data::{Labels, Names, Numbers, RawPairs};

/// Values of rows that several files hold.
pub(super) trait Appended: Sized {
    /// Those of all `parts`, in their order; messages call them `name`.
    fn appended(name: String, parts: Vec<Self>) -> Result<Self, InputError>;
}

impl Appended for RawPairs {
    fn appended(name: String, parts: Vec<Self>) -> Result<Self, InputError> {
        let count = parts.iter().map(|part| part.list().len()).sum();
        let mut all = Self::with_room(&name, room(&name, count)?);
        for part in &parts {
            let pairs = part.list().iter().map(|pair| pair.map(i128::from));
            pairs.chain(part.beyond()).for_each(|pair| all.push(pair));
        }
        Ok(all)
    }
}

/// Pairs, and whether ids named their rows.
impl Appended for (RawPairs, bool) {
    fn appended(name: String, parts: Vec<Self>) -> Result<Self, InputError> {
        let by_id = parts.iter().any(|part| part.1);
        if by_id && !parts.iter().all(|part| part.1) {
            return Err(InputError::Array {
                source_name: name,
                expected: "ids in all files, or row numbers in all",
                found: "both".to_owned(),
                advice: "say which they are with --pairs-by id or --pairs-by row",
            });
        }
        let parts = parts.into_iter().map(|part| part.0).collect();
        Ok((RawPairs::appended(name, parts)?, by_id))
    }
}

impl Appended for Labels {
    /// The same text is the same class in every file.
    fn appended(name: String, parts: Vec<Self>) -> Result<Self, InputError> {
        let mut classes = room(&name, parts.iter().map(|part| part.classes.len()).sum())?;
        let (mut known, mut texts) = (HashMap::new(), Vec::new());
        for part in parts {
            let values = part.values.iter();
            let here = values.map(|text| number(text.as_str(), &mut known, &mut texts, &name));
            let here = here.collect::<Result<Vec<u32>, InputError>>()?;
            classes.extend(part.classes.iter().map(|&class| here[class as usize]));
        }
        Ok(Self {
            name,
            classes,
            values: Arc::new(texts),
        })
    }
}

impl Appended for Names {
    fn appended(name: String, parts: Vec<Self>) -> Result<Self, InputError> {
        let mut values = room(&name, parts.iter().map(|part| part.values.len()).sum())?;
        parts
            .into_iter()
            .for_each(|part| values.extend(part.values));
        Ok(Self { name, values })
    }
}

/// Columns, of which all files have as many.
impl Appended for Vec<Numbers> {
    fn appended(name: String, parts: Vec<Self>) -> Result<Self, InputError> {
        let width = parts.first().map_or(0, Vec::len);
        if parts.iter().any(|part| part.len() != width) {
            return Err(InputError::Array {
                source_name: name,
                expected: "as many columns in each file",
                found: "files of different width".to_owned(),
                advice: "give files of the same columns",
            });
        }
        let mut parts: Vec<_> = parts.into_iter().map(Vec::into_iter).collect();
        (0..width)
            .map(|_| {
                let column = parts.iter_mut().filter_map(Iterator::next);
                Numbers::appended(name.clone(), column.collect())
            })
            .collect()
    }
}

impl Appended for Numbers {
    fn appended(name: String, parts: Vec<Self>) -> Result<Self, InputError> {
        let mut values = room(&name, parts.iter().map(|part| part.values.len()).sum())?;
        parts
            .iter()
            .for_each(|part| values.extend_from_slice(&part.values));
        Ok(Self { name, values })
    }
}
