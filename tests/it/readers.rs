//! Files in, values out: every format and element type read back, and every damaged file refused in words.

#[cfg(feature = "tables")]
mod arrow;
mod axes;
#[cfg(feature = "tables")]
mod columns;
mod cut;
mod damage;
mod exchange;
mod foreign;
mod fuzz;
#[cfg(feature = "tables")]
mod headers;
#[cfg(feature = "tables")]
mod joined;
mod make;
mod meant;
mod packed;
mod parts;
mod refusals;
mod shards;
mod table;
#[cfg(feature = "tables")]
mod tables;
mod values;
#[cfg(feature = "tables")]
mod vectors;

use make::{assert_says, file, npy, npz, pairs_in, refusal, rows_of, tensors, written};
use ndarray::{Array2, ShapeBuilder, array};
use safetensors::tensor::Dtype as TensorType;
use spherecheck::data::{Embeddings, RawPairs};
use spherecheck::input::{open_embeddings, open_labels, open_pairs};
use spherecheck::num::Dtype;
use zip::CompressionMethod::{Deflated, Stored};

const ROWS: usize = 70;
const DIM: usize = 37;

/// Small integers, exact in every type; the matrix is larger than one tile of the transposition.
fn value(i: usize, j: usize) -> u8 {
    ((i * DIM + j) % 101) as u8
}

/// The test matrix as bytes, each element made by `encode`.
fn matrix_bytes<const W: usize>(fortran: bool, encode: impl Fn(u8) -> [u8; W]) -> Vec<u8> {
    let at = |k: usize| {
        if fortran {
            value(k % ROWS, k / ROWS)
        } else {
            value(k / DIM, k % DIM)
        }
    };
    (0..ROWS * DIM).flat_map(|k| encode(at(k))).collect()
}

/// Type code without its byte order, element type, and the bytes of the matrix in both byte orders.
fn stored_types(fortran: bool) -> Vec<(&'static str, Dtype, Vec<u8>, Vec<u8>)> {
    use half::f16;
    macro_rules! both {
        ($code:literal, $dtype:expr, $make:expr) => {
            (
                $code,
                $dtype,
                matrix_bytes(fortran, |v| $make(v).to_le_bytes()),
                matrix_bytes(fortran, |v| $make(v).to_be_bytes()),
            )
        };
    }
    vec![
        both!("f2", Dtype::F16, |v| f16::from_f32(f32::from(v))),
        both!("f4", Dtype::F32, f32::from),
        both!("f8", Dtype::F64, f64::from),
        both!("i1", Dtype::I8, |v| v as i8),
        both!("u1", Dtype::U8, |v: u8| v),
    ]
}

fn assert_is_the_matrix(matrix: &Embeddings, dtype: Dtype) {
    assert_eq!(
        (matrix.rows(), matrix.dim(), matrix.dtype()),
        (ROWS, DIM, dtype)
    );
    for (i, row) in rows_of(matrix).into_iter().enumerate() {
        let expected: Vec<f64> = (0..DIM).map(|j| f64::from(value(i, j))).collect();
        assert_eq!(row, expected, "row {i}");
    }
}

#[test]
fn npy_and_npz_of_every_type_order_and_version_read_back() {
    let shape = format!("({ROWS}, {DIM})");
    for fortran in [false, true] {
        for (code, dtype, little, big) in stored_types(fortran) {
            for (order, data) in [('<', &little), ('>', &big)] {
                for version in [1, 2, 3] {
                    let bytes = npy(version, &format!("'{order}{code}'"), fortran, &shape, data);
                    let plain = file("x.npy", &bytes);
                    assert_is_the_matrix(&open_embeddings(&plain.path(), None).unwrap(), dtype);
                    for method in [Stored, Deflated] {
                        let packed = file("x.npz", &npz(&[("emb.npy", &bytes)], method));
                        assert_is_the_matrix(
                            &open_embeddings(&packed.path(), None).unwrap(),
                            dtype,
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn safetensors_of_every_type_read_back() {
    let mut types: Vec<(TensorType, Dtype, Vec<u8>)> = vec![(
        TensorType::BF16,
        Dtype::Bf16,
        matrix_bytes(false, |v| half::bf16::from_f32(f32::from(v)).to_le_bytes()),
    )];
    for (code, dtype, little, _) in stored_types(false) {
        let stored = match code {
            "f2" => TensorType::F16,
            "f4" => TensorType::F32,
            "f8" => TensorType::F64,
            "i1" => TensorType::I8,
            _ => TensorType::U8,
        };
        types.push((stored, dtype, little));
    }
    for (stored, dtype, data) in types {
        // A tensor of one byte before it leaves the matrix at an odd offset.
        let list = [
            ("pad", TensorType::U8, [1].as_slice(), [0].as_slice()),
            ("emb", stored, &[ROWS, DIM], &data),
        ];
        let temp = file("model.safetensors", &tensors(&list));
        assert_is_the_matrix(&open_embeddings(&temp.path(), Some("emb")).unwrap(), dtype);
    }
}

#[test]
fn files_of_another_writer_read_back_in_both_memory_orders() {
    let by_rows = array![[1.5_f32, -2.0, 3.0], [4.0, 5.0, f32::MIN_POSITIVE]];
    let mut by_columns = Array2::zeros((2, 3).f());
    by_columns.assign(&by_rows);
    for matrix in [&by_rows, &by_columns] {
        let bytes = written(matrix);
        assert_eq!(
            String::from_utf8_lossy(&bytes).contains("True"),
            !matrix.is_standard_layout()
        );
        let temp = file("x.npy", &bytes);
        let read = rows_of(&open_embeddings(&temp.path(), None).unwrap());
        assert_eq!(
            read,
            [[1.5, -2.0, 3.0], [4.0, 5.0, f64::from(f32::MIN_POSITIVE)]]
        );
    }
    let archived = [
        ("left.npy", written(&by_rows)),
        ("pairs.npy", written(&array![[0_i64, 1], [1, 0]])),
        ("labels.npy", written(&array![7_u16, 3, 7])),
    ];
    for method in [Stored, Deflated] {
        let temp = file(
            "x.npz",
            &npz(
                &archived.each_ref().map(|(name, bytes)| (*name, &bytes[..])),
                method,
            ),
        );
        assert_eq!(
            rows_of(&open_embeddings(&temp.path(), Some("left.npy")).unwrap())[0],
            [1.5, -2.0, 3.0]
        );
        assert_eq!(
            pairs_in(&open_pairs(&temp.path(), Some("pairs")).unwrap()),
            [[0, 1], [1, 0]]
        );
        assert_eq!(
            open_labels(&temp.path(), Some("labels")).unwrap().classes,
            [0, 1, 0]
        );
    }
}

#[test]
fn names_say_file_and_array() {
    let bytes = npy(1, "'|u1'", false, "(2, 1)", &[1, 2]);
    let plain = file("x.npy", &bytes);
    assert_eq!(
        open_embeddings(&plain.path(), None).unwrap().name(),
        plain.shown()
    );
    let packed = file("x.npz", &npz(&[("emb.npy", &bytes)], Stored));
    assert_eq!(
        open_embeddings(&packed.path(), None).unwrap().name(),
        packed.shown() + "[emb]"
    );
    let tensor = file(
        "m.safetensors",
        &tensors(&[("a.b", TensorType::U8, &[2, 2], &[0, 1, 1, 0])]),
    );
    assert_eq!(
        open_pairs(&tensor.path(), None).unwrap().name,
        tensor.shown() + "[a.b]"
    );
}

#[test]
fn contents_decide_the_format_and_not_the_name() {
    let bytes = npy(1, "'|u1'", false, "(2, 1)", &[1, 2]);
    for name in ["x.csv", "x.safetensors", "x", "x.npz"] {
        assert_eq!(
            open_embeddings(&file(name, &bytes).path(), None)
                .unwrap()
                .rows(),
            2
        );
    }
}

#[test]
fn several_arrays_need_a_name_and_are_listed() {
    let (one, two) = (
        npy(1, "'<f4'", false, "(2, 1)", &[0; 8]),
        npy(1, "'|O'", false, "(3,)", b"pickle"),
    );
    for method in [Stored, Deflated] {
        let packed = file(
            "x.npz",
            &npz(
                &[("one.npy", &one), ("two.npy", &two), ("note.txt", b"hi")],
                method,
            ),
        );
        let listed = ["`one` (2, 1) f32", "`two` (3,) `|O` (Python objects)"];
        let message = refusal(open_embeddings(&packed.path(), None));
        assert_says(
            &message,
            &packed.shown(),
            &["holds 2 arrays", "--tensor", listed[0], listed[1]],
        );
        let message = refusal(open_pairs(&packed.path(), Some("three")));
        assert_says(
            &message,
            &packed.shown(),
            &["no array named `three`", listed[0], listed[1]],
        );
        assert_eq!(
            open_embeddings(&packed.path(), Some("one")).unwrap().dim(),
            1
        );
    }
    let both = [
        ("a", TensorType::F16, [1, 2].as_slice(), [0; 4].as_slice()),
        ("b", TensorType::I64, &[0], &[]),
    ];
    let temp = file("m.safetensors", &tensors(&both));
    let listed = ["`a` (1, 2) f16", "`b` (0,) i64"];
    assert_says(
        &refusal(open_embeddings(&temp.path(), None)),
        &temp.shown(),
        &listed,
    );
    assert_says(
        &refusal(open_embeddings(&temp.path(), Some("c"))),
        &temp.shown(),
        &listed,
    );
}

#[test]
fn pairs_of_every_integer_type_read_back_exactly() {
    let signed = [[0_i128, 1], [-1, 5], [127, -128]];
    let unsigned = [[0_i128, 1], [255, 5], [127, 128]];
    for (code, size, stored) in [
        ("i1", 1, TensorType::I8),
        ("i2", 2, TensorType::I16),
        ("i4", 4, TensorType::I32),
        ("i8", 8, TensorType::I64),
        ("u1", 1, TensorType::U8),
        ("u2", 2, TensorType::U16),
        ("u4", 4, TensorType::U32),
        ("u8", 8, TensorType::U64),
    ] {
        let mut pairs = if code.starts_with('i') {
            signed
        } else {
            unsigned
        };
        pairs[2][0] = (1 << (8 * size - usize::from(code.starts_with('i')))) - 1;
        for (fortran, big, turn) in (0..12).map(|k| (k % 2 == 1, k / 2 % 2 == 1, k / 4)) {
            // A pair that cannot be row numbers ends the list, so that each comes first once.
            pairs.rotate_left(turn);
            let expected = pairs_in(&RawPairs::new("p", pairs));
            let values: Vec<i128> = match fortran {
                true => (0..6).map(|k| pairs[k % 3][k / 3]).collect(),
                false => pairs.iter().flatten().copied().collect(),
            };
            let bytes: Vec<u8> = values
                .iter()
                .flat_map(|v| {
                    if big {
                        v.to_be_bytes()[16 - size..].to_vec()
                    } else {
                        v.to_le_bytes()[..size].to_vec()
                    }
                })
                .collect();
            let read = |temp: &make::Temp| pairs_in(&open_pairs(&temp.path(), None).unwrap());
            let descr = format!("'{}{code}'", if big { '>' } else { '<' });
            let plain = npy(1, &descr, fortran, "(3, 2)", &bytes);
            assert_eq!(read(&file("p.npy", &plain)), expected, "{descr}");
            let packed = file("p.npz", &npz(&[("p.npy", &plain)], Deflated));
            assert_eq!(read(&packed), expected);
            if !fortran && !big {
                let temp = file("p.safetensors", &tensors(&[("p", stored, &[3, 2], &bytes)]));
                assert_eq!(read(&temp), expected);
            }
        }
    }
}

#[test]
fn no_pairs_are_pairs_too() {
    let temp = file("p.npy", &npy(1, "'<i8'", false, "(0, 2)", &[]));
    assert_eq!(open_pairs(&temp.path(), None).unwrap().list(), [[0; 2]; 0]);
}

#[test]
fn labels_are_numbered_in_order_of_first_appearance() {
    for shape in ["(5,)", "(5, 1)"] {
        let temp = file(
            "l.npy",
            &npy(1, "'|i1'", false, shape, &[9, 251, 9, 0, 251]),
        );
        assert_eq!(
            open_labels(&temp.path(), None).unwrap().classes,
            [0, 1, 0, 2, 1]
        );
    }
}
