//! Memory asked for where it may be refused: a process that is out of memory is otherwise ended without a word.

use super::InputError;

const FEWER: &str = "read fewer rows, or give the process more memory";

/// An empty vector with room for `count` elements of what is read from `name`.
pub(super) fn room<T>(name: &str, count: usize) -> Result<Vec<T>, InputError> {
    room_or(name, count, FEWER)
}

/// [`room`], with what to do if there is none.
pub(super) fn room_or<T>(
    name: &str,
    count: usize,
    advice: &'static str,
) -> Result<Vec<T>, InputError> {
    let mut values = Vec::new();
    match values.try_reserve_exact(count) {
        Ok(()) => Ok(values),
        Err(_) => Err(InputError::Memory {
            source_name: name.to_owned(),
            bytes: count as u128 * size_of::<T>() as u128,
            advice,
        }),
    }
}

/// Room for `more` elements beside those in `values`; an empty vector gets no more than that.
pub(super) fn grow<T>(name: &str, values: &mut Vec<T>, more: usize) -> Result<(), InputError> {
    let reserved = match values.is_empty() {
        true => values.try_reserve_exact(more),
        false => values.try_reserve(more),
    };
    reserved.map_err(|_| InputError::Memory {
        source_name: name.to_owned(),
        bytes: (values.len() as u128 + more as u128) * size_of::<T>() as u128,
        advice: FEWER,
    })
}
