//! What may stand for a label, an id or an index: integers, whole floats, truth values, text.

use half::{bf16, f16};
use spherecheck::input::{open_classes, open_labels, open_names, open_pairs, open_targets};

use super::make::{Temp, assert_says, file, npy, pairs_in, refusal};

fn classes(temp: &Temp) -> Vec<u32> {
    open_labels(&temp.path(), None).unwrap().classes
}

fn names(temp: &Temp) -> Vec<String> {
    open_names(&temp.path(), None).unwrap().values
}

/// `words` as NumPy stores them, `length` characters each: UTF-32 in either byte order, or bytes.
fn text(kind: &str, length: usize, words: &[&str]) -> Temp {
    let mut data = Vec::new();
    for word in words {
        let start = data.len();
        match kind {
            "<U" => word
                .chars()
                .for_each(|c| data.extend(u32::from(c).to_le_bytes())),
            ">U" => word
                .chars()
                .for_each(|c| data.extend(u32::from(c).to_be_bytes())),
            _ => data.extend(word.as_bytes()),
        }
        let size = if kind.ends_with('U') {
            4 * length
        } else {
            length
        };
        data.resize(start + size, 0);
    }
    let shape = format!("({},)", words.len());
    file(
        "l.npy",
        &npy(1, &format!("'{kind}{length}'"), false, &shape, &data),
    )
}

#[test]
fn text_of_every_kind_is_labels_and_ids() {
    for kind in ["<U", ">U", "|S", "|a"] {
        let temp = text(kind, 9, &["dog 7", "cat", "dog 7", "Ä ß"]);
        assert_eq!(classes(&temp), [0, 1, 0, 2], "{kind}");
        assert_eq!(names(&temp), ["dog 7", "cat", "dog 7", "Ä ß"], "{kind}");
    }
    let hole = text("<U", 2, &["a", "", "b"]);
    assert_says(
        &refusal(open_labels(&hole.path(), None)),
        &hole.shown(),
        &["row 1 ", "no value"],
    );
    let odd = file(
        "l.npy",
        &npy(1, "'<U1'", false, "(2,)", &[97, 0, 0, 0, 0, 0xd8, 0, 0]),
    );
    assert_says(
        &refusal(open_names(&odd.path(), None)),
        &odd.shown(),
        &["row 1 ", "UTF-32"],
    );
    let odd = file("l.npy", &npy(1, "'|S2'", false, "(1,)", &[0xe9, 97]));
    assert_says(
        &refusal(open_names(&odd.path(), None)),
        &odd.shown(),
        &["row 0 ", "UTF-8"],
    );
    // Numbers that train on classes are not made of words.
    let words = text("<U", 3, &["cat", "dog"]);
    assert_says(
        &refusal(open_classes(&words.path(), None)),
        &words.shown(),
        &["row 0 ", "`cat`"],
    );
}

#[test]
fn targets_of_several_columns_are_read_by_column_in_either_order() {
    let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0_f64];
    let bytes =
        |values: &[f64]| -> Vec<u8> { values.iter().flat_map(|v| v.to_le_bytes()).collect() };
    let by_column: Vec<f64> = [0, 2, 4, 1, 3, 5].map(|k| values[k]).to_vec();
    for (fortran, data) in [(false, values.to_vec()), (true, by_column)] {
        let temp = file("y.npy", &npy(1, "'<f8'", fortran, "(3, 2)", &bytes(&data)));
        let targets = open_targets(&temp.path(), None).unwrap();
        assert_eq!(targets.len(), 2);
        assert_eq!(targets[0].values, [1.0, 3.0, 5.0]);
        assert_eq!(targets[1].values, [2.0, 4.0, 6.0]);
        assert_eq!(targets[1].name, temp.shown() + " column 1");
    }
    let temp = file(
        "y.npy",
        &npy(1, "'<f8'", false, "(1, 3, 2)", &bytes(&values)),
    );
    assert_eq!(
        open_targets(&temp.path(), None).unwrap()[1].values,
        [2.0, 4.0, 6.0]
    );
    let temp = file(
        "y.npy",
        &npy(1, "'<f8'", false, "(3, 1)", &bytes(&values[..3])),
    );
    assert_eq!(
        open_targets(&temp.path(), None).unwrap()[0].values,
        [1.0, 2.0, 3.0]
    );
    let cube = file("y.npy", &npy(1, "'<f4'", false, "(3, 2, 2)", &[0; 48]));
    let said = open_targets(&cube.path(), None).unwrap_err().to_string();
    assert!(said.contains("shape (N,) or (N, COLUMNS)"), "{said}");
}

#[test]
fn truth_values_are_labels_and_numbers() {
    let temp = file("l.npy", &npy(1, "'|b1'", false, "(3,)", &[1, 0, 1]));
    assert_eq!(classes(&temp), [0, 1, 0]);
    assert_eq!(names(&temp), ["True", "False", "True"]);
    assert_eq!(
        open_targets(&temp.path(), None).unwrap()[0].values,
        [1.0, 0.0, 1.0]
    );
}

#[test]
fn whole_floats_are_labels_ids_and_indices_as_far_as_they_are_exact() {
    let wide: Vec<u8> = [3.0_f64, 0.0, 3.0, 7.0]
        .iter()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    let single: Vec<u8> = [3.0_f32, 0.0, 3.0, 7.0]
        .iter()
        .flat_map(|v| v.to_be_bytes())
        .collect();
    let half: Vec<u8> = [3.0, 0.0, 3.0, 7.0]
        .iter()
        .flat_map(|v| f16::from_f64(*v).to_le_bytes())
        .collect();
    for (descr, data) in [("'<f8'", wide), ("'>f4'", single), ("'<f2'", half)] {
        let temp = file("l.npy", &npy(1, descr, false, "(4,)", &data));
        assert_eq!(classes(&temp), [0, 1, 0, 2], "{descr}");
        assert_eq!(names(&temp), ["3", "0", "3", "7"], "{descr}");
        let temp = file("p.npy", &npy(1, descr, true, "(2, 2)", &data));
        assert_eq!(
            pairs_in(&open_pairs(&temp.path(), None).unwrap()),
            [[3, 3], [0, 7]],
            "{descr}"
        );
    }
    let one = |descr: &str, data: &[u8]| {
        let temp = file("l.npy", &npy(1, descr, false, "(1,)", data));
        refusal(open_labels(&temp.path(), None))
    };
    assert!(
        one("'<f4'", &0.5_f32.to_le_bytes())
            .contains("row 0 (counted from 0) holds 0.5, expected a whole number")
    );
    assert!(one("'<f4'", &f32::NAN.to_le_bytes()).contains("holds NaN"));
    // The next integer cannot be told from it.
    for (descr, data) in [
        ("'<f4'", 16_777_216_f32.to_le_bytes().to_vec()),
        ("'<f8'", 9_007_199_254_740_992_f64.to_le_bytes().to_vec()),
        ("'<f2'", f16::from_f32(2048.0).to_le_bytes().to_vec()),
    ] {
        assert!(one(descr, &data).contains("rounds"), "{descr}");
    }
    assert_eq!(
        bf16::from_f32(257.0).to_f32(),
        256.0,
        "why bf16 is exact below 256 only"
    );
}
