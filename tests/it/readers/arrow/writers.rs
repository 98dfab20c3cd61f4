//! The same rows as pandas, PyArrow and polars write them (`fixtures/arrow/make.py`).

use std::path::Path;

use super::*;

#[test]
fn files_and_streams_of_other_writers_read_back() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/arrow");
    let number = |k: u8| f64::from(k) / 8.0 - 1.0;
    let rows = (0..6_u8).map(|i| (0..3).map(|j| number(3 * i + j)).collect());
    let expected: Vec<Vec<f64>> = rows.collect();
    for (name, dtype) in [
        ("pandas.feather", Dtype::F32),
        ("pyarrow.arrow", Dtype::F16),
        ("pyarrow.arrows", Dtype::F16),
        ("polars.arrow", Dtype::F32),
        ("polars.arrows", Dtype::F32),
    ] {
        let path = folder.join(name);
        let mut reader = Reader::default();
        let matrix = reader.embeddings(&path, None);
        let matrix = matrix.unwrap_or_else(|refusal| panic!("{refusal}"));
        assert_eq!(rows_of(&matrix), expected, "{name}");
        assert_eq!(matrix.dtype(), dtype, "{name}");
        let labels = reader.labels(&path, Some("label")).unwrap();
        assert_eq!(labels.classes, [0, 1, 0, 1, 0, 1], "{name}");
        assert_eq!(*labels.values, ["cat", "dog"], "{name}");
        let ids = reader.names(&path, Some("id")).unwrap().values;
        let told = (0..6).map(|i| format!("document number {i}"));
        assert_eq!(ids, told.collect::<Vec<String>>(), "{name}");
        assert_eq!(reader.notes(), [""; 0], "{name}");
    }
}
