//! Columns as a stream of Arrow, which every library of frames takes without a copy.

use std::ffi::CStr;
use std::sync::Arc;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{
    ArrayRef, Float64Array, Int64Array, RecordBatch, RecordBatchIterator, StringArray,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

/// What Arrow's PyCapsule interface calls such a stream.
const NAME: &CStr = c"arrow_array_stream";

/// Columns of one length: a name each, the kind of its values (`text`, `whole` or `real`), and these, None where one is
/// missing. Gives the capsule that `__arrow_c_stream__` must.
#[pyfunction]
pub(super) fn stream<'py>(
    py: Python<'py>,
    columns: Vec<(String, String, Bound<'py, PyAny>)>,
) -> PyResult<Bound<'py, PyCapsule>> {
    let refused = |error: &dyn ToString| PyValueError::new_err(error.to_string());
    let mut arrays = Vec::new();
    for (name, kind, values) in columns {
        let array: ArrayRef = match &*kind {
            "text" => Arc::new(StringArray::from(values.extract::<Vec<Option<String>>>()?)),
            "whole" => Arc::new(Int64Array::from(values.extract::<Vec<Option<i64>>>()?)),
            "real" => Arc::new(Float64Array::from(values.extract::<Vec<Option<f64>>>()?)),
            other => return Err(refused(&format!("{name}: no kind of column: {other}"))),
        };
        arrays.push((name, array, true));
    }
    let batch = RecordBatch::try_from_iter_with_nullable(arrays).map_err(|e| refused(&e))?;
    let schema = batch.schema();
    let batches = RecordBatchIterator::new([Ok(batch)], schema);
    PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(batches)), NAME)
}
