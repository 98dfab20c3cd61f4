//! Arrays that hold several views of each item: n x views x d.

use super::InputError;
use super::array::{Array, views_first};
use crate::data::FileRows;

/// How many views an array has: the length of its middle axis, where axes of length 1 leave three.
///
/// A first axis of a few before one of many holds the views itself; such an array has none.
pub(super) fn count(array: &Array) -> Option<usize> {
    match array.long_axes().as_slice() {
        &[rows, views, _] if views > 0 && !views_first(rows, views) => Some(views),
        _ => None,
    }
}

/// One view, where it lies.
pub(super) fn one(mut array: Array, view: usize) -> Result<FileRows, InputError> {
    let refused = |array: &Array, expected: &str, advice| {
        let name = array.name.as_str();
        let place = format!("view {view} (--view, counted from 0)");
        let found = format!("shape {}", array.layout.shape_text());
        Err(InputError::row(name, place, expected, found, advice))
    };
    let Some(views) = count(&array) else {
        return match array.long_axes().as_slice() {
            &[rows, views, _] if views_first(rows, views) => refused(
                &array,
                "n x views x d",
                "if the first axis holds the views, save x[0] and x[1] as two files, or x.transpose(1, 0, 2)",
            ),
            _ => refused(
                &array,
                "n x views x d, with two views or more",
                "leave out --view",
            ),
        };
    };
    if view >= views {
        let expected = format!("a view from 0 to {}", views - 1);
        return refused(&array, &expected, "choose one of those it has");
    }
    if array.layout.fortran {
        return refused(
            &array,
            "an array that lies row after row",
            "save it so: np.ascontiguousarray(x)",
        );
    }
    let axes = array.long_axes();
    let (rows, dim) = (axes[0], axes[2]);
    let Some(width) = views.checked_mul(dim) else {
        return refused(&array, "counts that can be addressed", "write it again");
    };
    array.layout.shape = vec![rows, width];
    let whole = array.into_shard()?;
    let name = format!("{}[view {view}]", whole.name());
    let columns = whole.columns(view * dim..(view + 1) * dim);
    // The width is that of all views.
    Ok(columns.unwrap_or(whole).named(name))
}
