//! What is said of a file that does not say it: codes, packed bits, bf16, one of several views.

use half::bf16;
use safetensors::tensor::Dtype as TensorType;
use spherecheck::data::Embeddings;
use spherecheck::input::{InputError, Meant, Reader, open_embeddings, open_labels};
use spherecheck::num::{Codes, Dtype};
use zip::CompressionMethod::Deflated;

use super::make::{Temp, assert_says, file, npy, npy_with, npz, refusal, rows_of, tensors};

fn read(temp: &Temp, meant: Meant) -> Result<Embeddings, InputError> {
    Reader::default().embeddings_meant(&temp.path(), None, &meant)
}

fn rows(temp: &Temp, meant: Meant) -> Vec<Vec<f64>> {
    rows_of(&read(temp, meant).unwrap())
}

fn of_type(dtype: Dtype) -> Meant {
    Meant {
        dtype: Some(dtype),
        ..Meant::default()
    }
}

fn coded(codes: Codes) -> Meant {
    Meant {
        codes: Some(codes),
        ..Meant::default()
    }
}

fn scaled(scale: f64, offset: f64) -> Meant {
    coded(Codes::Scaled { scale, offset })
}

fn view(view: usize) -> Meant {
    Meant {
        view: Some(view),
        ..Meant::default()
    }
}

#[track_caller]
fn assert_refused(temp: &Temp, meant: Meant, said: &[&str]) {
    assert_says(&refusal(read(temp, meant)), &temp.shown(), said);
}

fn bytes(descr: &str, shape: &str, data: &[u8]) -> Temp {
    file("x.npy", &npy(1, descr, false, shape, data))
}

#[test]
fn codes_become_numbers_by_scale_and_offset() {
    let unsigned = bytes("'|u1'", "(3, 2)", &[0, 1, 127, 128, 254, 255]);
    let expected = [[-64.0, -63.5], [-0.5, 0.0], [63.0, 63.5]];
    assert_eq!(rows(&unsigned, scaled(0.5, -64.0)), expected);
    // A zero point of 128.
    let (scale, zero) = (0.25, 128.0);
    let matrix = read(&unsigned, scaled(scale, -scale * zero)).unwrap();
    assert_eq!(rows_of(&matrix)[1], [-0.25, 0.0]);
    assert_eq!((matrix.dim(), matrix.dtype()), (2, Dtype::U8));
    let mut single = [0.0; 2];
    matrix.row_f32(2, &mut single);
    assert_eq!(single, [31.5, 31.75]);
    let signed = bytes("'|i1'", "(3, 2)", &[0, 1, 127, 128, 254, 255]);
    let expected = [[1.0, 3.0], [255.0, -255.0], [-3.0, -1.0]];
    assert_eq!(rows(&signed, scaled(2.0, 1.0)), expected);
    // Numbers are rounded to f32, once.
    let third = rows(&unsigned, scaled(1.0 / 3.0, 0.1));
    assert_eq!(third[0][1], f64::from((1.0_f64 / 3.0 + 0.1) as f32));
    // By columns, too.
    let turned = npy(1, "'|u1'", true, "(2, 3)", &[0, 2, 4, 6, 8, 10]);
    let turned = rows(&file("x.npy", &turned), scaled(0.5, 0.0));
    assert_eq!(turned, [[0.0, 2.0, 4.0], [1.0, 3.0, 5.0]]);
}

#[test]
fn bits_are_unpacked_the_highest_first() {
    let packed = [0b1010_0001, 0, 0xff, 0b0000_0001, 0x80, 0x7f];
    let signs = |byte: u8| (0..8).map(move |k| if byte << k & 0x80 == 0 { -1.0 } else { 1.0 });
    let expected: Vec<Vec<f64>> = packed
        .chunks(2)
        .map(|row| row.iter().copied().flat_map(signs).collect())
        .collect();
    assert_eq!(
        expected[0][..8],
        [1.0, -1.0, 1.0, -1.0, -1.0, -1.0, -1.0, 1.0]
    );
    // As sentence-transformers writes them: np.packbits(..) - 128.
    let less_128 = packed.map(|byte| (i16::from(byte) - 128) as i8 as u8);
    for (descr, data) in [("'|u1'", packed), ("'|i1'", less_128)] {
        let temp = bytes(descr, "(3, 2)", &data);
        let matrix = read(&temp, coded(Codes::Bits)).unwrap();
        assert_eq!((matrix.rows(), matrix.dim()), (3, 16));
        assert_eq!((matrix.codes(), matrix.row_size()), (Some(Codes::Bits), 2));
        assert_eq!(rows_of(&matrix), expected, "{descr}");
        let mut single = [0.0; 16];
        matrix.row_f32(1, &mut single);
        let single: Vec<f64> = single.iter().map(|v| f64::from(*v)).collect();
        assert_eq!(single, expected[1]);
        for dim in [1, 7, 8, 9, 16] {
            let first = rows_of(&matrix.prefix(dim));
            let expected: Vec<&[f64]> = expected.iter().map(|row| &row[..dim]).collect();
            assert_eq!(first, expected, "{dim}");
        }
    }
}

#[test]
fn whole_numbers_of_any_type_are_bytes_where_that_is_said() {
    let unsigned: [[i32; 3]; 2] = [[0, 200, 7], [255, 1, 2]];
    let all = || unsigned.iter().flatten();
    let expected = [[-1.0, 99.0, 2.5], [126.5, -0.5, 0.0]];
    let meant = Meant {
        dtype: Some(Dtype::U8),
        ..scaled(0.5, -1.0)
    };
    let wide: Vec<u8> = all().flat_map(|v| i64::from(*v).to_le_bytes()).collect();
    let big: Vec<u8> = all().flat_map(|v| (*v as u16).to_be_bytes()).collect();
    let floats: Vec<u8> = all().flat_map(|v| (*v as f32).to_le_bytes()).collect();
    let by_columns: Vec<u8> = (0..6)
        .flat_map(|k| unsigned[k % 2][k / 2].to_le_bytes())
        .collect();
    let rows_of_ivecs: Vec<u8> = unsigned
        .iter()
        .flat_map(|row| [3].iter().chain(row).flat_map(|v: &i32| v.to_le_bytes()))
        .collect();
    let lines = "{\"embedding\": [0, 200, 7]}\n{\"embedding\": [255, 1, 2]}\n";
    let shape = "(2, 3)";
    for (name, contents) in [
        ("x.npy", npy(1, "'<i8'", false, shape, &wide)),
        ("x.npy", npy(1, "'>u2'", false, shape, &big)),
        ("x.npy", npy(1, "'<f4'", false, shape, &floats)),
        ("x.npy", npy(1, "'<i4'", true, shape, &by_columns)),
        ("x.ivecs", rows_of_ivecs),
        ("x.jsonl", lines.as_bytes().to_vec()),
        #[cfg(feature = "tables")]
        ("x.csv", b"a,b,c\n0,200,7\n255,1,2\n".to_vec()),
    ] {
        let temp = file(name, &contents);
        let matrix = read(&temp, meant).unwrap();
        assert_eq!(matrix.dtype(), Dtype::U8, "{name}");
        assert_eq!(rows_of(&matrix), expected, "{name}");
    }
    // Nothing but the type is said: the numbers are the codes.
    let temp = bytes("'<i8'", shape, &wide);
    let plain = read(&temp, of_type(Dtype::U8)).unwrap();
    assert_eq!(rows_of(&plain)[1], [255.0, 1.0, 2.0]);
    assert_eq!(plain.codes(), Some(Codes::PLAIN));
    // Bits of sentence-transformers, by way of JSON.
    let temp = file("x.jsonl", b"{\"vector\": [-128]}\n{\"vector\": [127]}\n");
    let bits = Meant {
        dtype: Some(Dtype::I8),
        ..coded(Codes::Bits)
    };
    assert_eq!(rows(&temp, bits), [[-1.0; 8], [1.0; 8]]);
}

#[test]
fn numbers_that_are_no_codes_are_refused_with_their_place() {
    let floats = |values: [f32; 4]| values.map(f32::to_le_bytes).concat();
    for (value, found) in [
        (0.5, "0.5"),
        (256.0, "256"),
        (-1.0, "-1"),
        (f32::NAN, "NaN"),
        (f32::INFINITY, "inf"),
    ] {
        let temp = bytes("'<f4'", "(2, 2)", &floats([1.0, 2.0, 3.0, value]));
        let said = [
            "row 1, column 1 (counted from 0)",
            "from 0 to 255 (--dtype u8)",
            &format!("found {found}"),
            "--dtype i8",
        ];
        assert_refused(&temp, of_type(Dtype::U8), &said);
    }
    let wide: Vec<u8> = [1_i64, -129, 3, 4]
        .iter()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    let temp = bytes("'<i8'", "(2, 2)", &wide);
    let said = [
        "element 1 ",
        "from -128 to 127 (--dtype i8)",
        "found -129",
        "--dtype u8",
    ];
    assert_refused(&temp, of_type(Dtype::I8), &said);
    // i8 is no u8: nothing is read as what it is not.
    let temp = bytes("'|i1'", "(2, 2)", &[1, 2, 0xff, 3]);
    let said = ["row 1, column 0", "found -1"];
    assert_refused(&temp, of_type(Dtype::U8), &said);
    // Codes are said, and there are none.
    let temp = bytes("'<f4'", "(2, 2)", &floats([1.0, 2.0, 3.0, 4.0]));
    for meant in [scaled(0.5, 0.0), coded(Codes::Bits)] {
        let said = ["expected bytes (i8 or u8)", "found f32", "--dtype u8"];
        assert_refused(&temp, meant, &said);
    }
    let temp = bytes("'|u1'", "(2, 2)", &[1, 2, 3, 4]);
    let said = ["numbers that f32 holds", "check scale and offset"];
    assert_refused(&temp, scaled(1e300, 0.0), &said);
}

#[test]
fn raw_bytes_are_bf16_where_that_is_said() {
    let values = [1.0, -2.5, 0.15625, 3e38_f32, -0.0, 7.0].map(bf16::from_f32);
    let little = values.map(bf16::to_le_bytes).concat();
    let big = values.map(bf16::to_be_bytes).concat();
    let list = [("x", TensorType::BF16, [3, 2].as_slice(), little.as_slice())];
    let stored = file("x.safetensors", &tensors(&list));
    let expected = rows_of(&open_embeddings(&stored.path(), None).unwrap());
    assert_eq!(rows(&stored, of_type(Dtype::Bf16)), expected);
    for (descr, data) in [
        ("'<V2'", &little),
        ("'|V2'", &little),
        ("'bfloat16'", &little),
        ("'<u2'", &little),
        ("'<i2'", &little),
        ("'>u2'", &big),
    ] {
        let temp = bytes(descr, "(3, 2)", data);
        let matrix = read(&temp, of_type(Dtype::Bf16)).unwrap();
        assert_eq!(matrix.dtype(), Dtype::Bf16);
        assert_eq!(rows_of(&matrix), expected, "{descr}");
        let packed = npz(
            &[("x.npy", &npy(1, descr, false, "(3, 2)", data))],
            Deflated,
        );
        let packed = file("x.npz", &packed);
        assert_eq!(rows(&packed, of_type(Dtype::Bf16)), expected, "{descr}");
    }
    // Unsaid, they are refused, with what to say.
    let raw = bytes("'|V2'", "(3, 2)", &little);
    assert_refused(&raw, Meant::default(), &["--dtype bf16", "safetensors"]);
    let cut = bytes("'|V2'", "(3, 2)", &little[..11]);
    let said = ["(3, 2) bf16 needs 12 bytes", "found 11"];
    assert_refused(&cut, of_type(Dtype::Bf16), &said);
    for (descr, size) in [("'<f4'", 4), ("'|V1'", 1), ("'|u1'", 1), ("'<f2'", 2)] {
        let temp = bytes(descr, "(2, 1)", &[0; 8][..2 * size]);
        let said = ["raw bytes (`V2`)", "leave out --dtype bf16"];
        assert_refused(&temp, of_type(Dtype::Bf16), &said);
    }
    let eight = tensors(&[("w", TensorType::F8_E4M3, &[2, 2], &[0; 4])]);
    let eight = file("m.safetensors", &eight);
    for dtype in [Dtype::Bf16, Dtype::U8] {
        assert_refused(&eight, of_type(dtype), &["8-bit floats"]);
    }
}

/// 3 items of 2 views of 4 numbers; tens tell the item, ones the view.
fn two_views(shape: &str) -> Temp {
    let data = [
        0, 0, 0, 1, 1, 1, 1, 2, 10, 10, 10, 11, 11, 11, 11, 12, 20, 20, 20, 21, 21, 21, 21, 22,
    ];
    bytes("'|u1'", shape, &data)
}

#[test]
fn views_of_one_array_are_used_where_they_lie() {
    let first = [
        [0.0, 0.0, 0.0, 1.0],
        [10.0, 10.0, 10.0, 11.0],
        [20.0, 20.0, 20.0, 21.0],
    ];
    let second = first.map(|row| row.map(|v| v + 1.0));
    for shape in ["(3, 2, 4)", "(3, 1, 2, 4)", "(1, 3, 2, 4, 1)"] {
        let temp = two_views(shape);
        let mut reader = Reader::default();
        let (a, b) = reader.views(&temp.path(), None, &Meant::default()).unwrap();
        let b = b.unwrap();
        assert_eq!(a.name(), temp.shown() + "[view 0]");
        assert_eq!(b.name(), temp.shown() + "[view 1]");
        assert_eq!(rows_of(&a), first, "{shape}");
        assert_eq!(rows_of(&b), second, "{shape}");
        let notes = reader.notes();
        assert_eq!(notes.len(), 1);
        let said = [
            "[view 0]` is taken as the first view",
            "--view 0 or --view 1",
        ];
        assert_says(&notes[0], &temp.shown(), &said);
        // One alone, and one matrix where one is asked for.
        assert_eq!(rows(&temp, view(1)), second);
        let mut reader = Reader::default();
        let one = reader.views(&temp.path(), None, &view(0)).unwrap();
        assert_eq!(rows_of(&one.0), first);
        assert!(one.1.is_none());
        assert_eq!(reader.notes(), [""; 0]);
        assert_refused(&temp, Meant::default(), &["middle axis", "--view I"]);
        assert_eq!(rows(&temp, view(0))[1], first[1]);
    }
    // Of codes, and of packed bits.
    let temp = two_views("(3, 2, 4)");
    let halves = Meant {
        view: Some(1),
        ..scaled(0.5, -1.0)
    };
    assert_eq!(rows(&temp, halves)[2], [9.5, 9.5, 9.5, 10.0]);
    let bits = Meant {
        view: Some(1),
        ..coded(Codes::Bits)
    };
    let bits = read(&temp, bits).unwrap();
    assert_eq!(bits.dim(), 32);
    // 1 and 2, in their first and last byte.
    let row = &rows_of(&bits)[0];
    assert_eq!(row[..8], [-1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, 1.0]);
    assert_eq!(row[24..], [-1.0, -1.0, -1.0, -1.0, -1.0, -1.0, 1.0, -1.0]);
}

#[test]
fn views_that_are_not_there_are_refused() {
    // Three views: one must be chosen.
    let data: Vec<u8> = (0..24).collect();
    let three = bytes("'|u1'", "(4, 3, 2)", &data);
    assert_eq!(
        rows(&three, view(2)),
        [[4.0, 5.0], [10.0, 11.0], [16.0, 17.0], [22.0, 23.0]]
    );
    let found = Reader::default().views(&three.path(), None, &Meant::default());
    assert_says(
        &refusal(found),
        &three.shown(),
        &["found shape (4, 3, 2)", "--view I --view J"],
    );
    let said = ["view 3 (--view", "a view from 0 to 2", "shape (4, 3, 2)"];
    assert_refused(&three, view(3), &said);
    assert_refused(&three, view(usize::MAX), &["a view from 0 to 2"]);
    for (shape, said) in [
        ("(6, 4)", ["two views or more", "leave out --view"]),
        ("(2, 6, 2)", ["n x views x d", "save x[0] and x[1]"]),
        ("(3, 2, 2, 2)", ["two views or more", "shape (3, 2, 2, 2)"]),
    ] {
        let temp = bytes("'|u1'", shape, &data);
        assert_refused(&temp, view(0), &said);
    }
    for (shape, said) in [
        ("(3, 0, 4)", "two views or more"),
        ("(9, 2, 0)", "at least 2 rows and 1 column"),
        ("(0, 0, 0)", "two views or more"),
    ] {
        assert_refused(&bytes("'|u1'", shape, &[]), view(0), &[said]);
    }
    let turned = file("x.npy", &npy(1, "'|u1'", true, "(4, 3, 2)", &data));
    assert_refused(&turned, view(0), &["row after row", "ascontiguousarray"]);
    let lines = file("x.jsonl", b"{\"vector\": [1, 2]}\n{\"vector\": [3, 4]}\n");
    assert_refused(&lines, view(0), &["leave out --view"]);
    let cut = bytes("'|u1'", "(4, 3, 2)", &data[..23]);
    assert_refused(&cut, view(0), &["needs 24 bytes", "found 23"]);
    #[cfg(feature = "tables")]
    {
        let table = file("x.csv", b"a,b\n1,2\n3,4\n");
        assert_refused(&table, view(0), &["columns of a table", "--view"]);
        assert_refused(&table, of_type(Dtype::Bf16), &["leave out --dtype bf16"]);
    }
}

#[test]
fn headers_of_numpy_2_are_read() {
    let header =
        "{'descr': '|u1', 'fortran_order': np.False_, 'shape': (np.int64(2), np.int32(3))}";
    let temp = file("x.npy", &npy_with(1, header, &[1, 2, 3, 4, 5, 6]));
    assert_eq!(
        rows(&temp, Meant::default()),
        [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    );
    let header = "{'descr': '<U1', 'fortran_order': False, 'shape': (np.int64(2),), }";
    let temp = file("l.npy", &npy_with(3, header, &[97, 0, 0, 0, 98, 0, 0, 0]));
    assert_eq!(open_labels(&temp.path(), None).unwrap().classes, [0, 1]);
}
