//! The data inside a page.

use crate::report::error::ReportError;
use crate::report::markup::in_script;
use crate::report::render::{Report, harmless};

/// What slices and offenders of each kind may be in the JSON: tried in this order.
const KEPT: [usize; 5] = [300, 100, 30, 10, 0];

/// The JSON of a result, and where that has more than `much` bytes what is left of it without most slices and offenders.
pub(super) fn versions<R: Report + ?Sized>(
    result: &R,
    much: usize,
) -> Result<Vec<(Option<usize>, String)>, ReportError> {
    // What cannot be written is refused here as there.
    let whole = result.json()?;
    let whole: serde_json::Value =
        serde_json::from_slice(&whole).map_err(|source| ReportError::Json {
            subject: result.records().subject,
            source,
        })?;
    let mut all = vec![(None, written(&whole))];
    if all[0].1.len() > much {
        let mut value = whole;
        for kept in KEPT {
            shorten(&mut value, kept);
            all.push((Some(kept), written(&value)));
        }
    }
    Ok(all)
}

/// With everything escaped that acts on a reader.
fn written(value: &serde_json::Value) -> String {
    in_script(&harmless(&value.to_string()))
}

/// Leaves so many slices, and so many offenders of each kind.
fn shorten(value: &mut serde_json::Value, kept: usize) {
    match value {
        serde_json::Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                match field {
                    serde_json::Value::Array(all)
                        if ["slices", "rows"].contains(&name.as_str()) =>
                    {
                        all.truncate(kept);
                    }
                    field => shorten(field, kept),
                }
            }
        }
        serde_json::Value::Array(all) => all.iter_mut().for_each(|value| shorten(value, kept)),
        _ => {}
    }
}
