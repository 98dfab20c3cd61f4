//! Arrow files and streams that are damaged, cut short, or claim more than they hold.

use super::*;

/// Small files and streams, of lists and of columns, packed and not.
pub(crate) fn for_fuzzing() -> Vec<Vec<u8>> {
    let rows: Vec<Row> = (0..6_u8).map(|i| row(&[f32::from(i), 1.0, 2.0])).collect();
    let zeros: ArrayRef = Arc::new(Float64Array::from(vec![0.0; 60]));
    let [_, large, fixed] = lists(&zeros, 10);
    let labels: DictionaryArray<Int8Type> = ["x", "y", "x", "z", "y", "x"].into_iter().collect();
    let views = (0..6).map(|i| format!("a text of more than twelve letters, {i}"));
    let number = |at: f32| -> ArrayRef { Arc::new(Float32Array::from(vec![at, 1.0, 2.0])) };
    let pairs = || -> ArrayRef { Arc::new(Int64Array::from(vec![0, 1, 2])) };
    let holes = [row(&[1.0, 2.0]), None, row(&[3.0])];
    let wholes = [
        batch(vec![("a", list(&rows)), ("b", Arc::new(labels))]),
        batch(vec![
            ("b", Arc::new(StringViewArray::from_iter_values(views))),
            ("a", fixed),
        ]),
        batch(vec![("a", large)]),
        batch(vec![("a", list(&holes))]),
        batch(vec![("a0", number(0.5)), ("a1", number(1.5))]),
        batch(vec![("a", pairs()), ("b", pairs())]),
    ];
    let ways = [
        (false, None, 6),
        (true, None, 2),
        (false, PACKED[1], 6),
        (true, PACKED[2], 6),
    ];
    let write = |(stream, packed, most)| {
        wholes
            .iter()
            .map(move |whole| (stream, packed, most, whole))
    };
    ways.into_iter()
        .flat_map(write)
        .map(|(stream, packed, most, whole)| written(stream, packed, &cut(whole, most)))
        .collect()
}

/// What each door says of damaged bytes; what opens can be read to its last row.
fn try_all(temp: &Temp) {
    for tensor in [None, Some("a*")] {
        match open_embeddings(&temp.path(), tensor) {
            Ok(matrix) => assert_eq!(rows_of(&matrix).len(), matrix.rows()),
            Err(cause) => assert_says(&cause.to_string(), &temp.shown(), &[]),
        }
    }
    if let Err(cause) = open_labels(&temp.path(), Some("b")) {
        assert_says(&cause.to_string(), &temp.shown(), &[]);
    }
}

/// Each file with bytes changed: refused in words, or read to its last row.
#[test]
fn damaged_files_are_refused_or_read() {
    for whole in for_fuzzing() {
        let temp = file("x.arrow", &whole);
        for at in (0..whole.len()).step_by(5) {
            let mut bytes = whole.clone();
            bytes[at] ^= [0x01, 0x80, 0xff][at % 3];
            std::fs::write(temp.path(), &bytes).unwrap();
            try_all(&temp);
        }
    }
}

#[test]
fn files_that_are_cut_short_are_refused() {
    let numbers = (0..ROWS * DIM).map(|k| f32::from(value(k / DIM, k % DIM)));
    let items: ArrayRef = Arc::new(Float32Array::from_iter_values(numbers));
    let [list, ..] = lists(&items, DIM);
    let whole = batch(vec![("emb", list)]);
    for (stream, packed) in PACKED
        .map(|packed| [(false, packed), (true, packed)])
        .concat()
    {
        let bytes = written(stream, packed, &cut(&whole, 30));
        for len in (8..bytes.len() - 8).step_by(97) {
            let temp = file("x.arrow", &bytes[..len]);
            match open_embeddings(&temp.path(), None) {
                // A stream may end after any of its batches.
                Ok(matrix) => assert!(stream && [30, 60].contains(&matrix.rows())),
                Err(cause) => {
                    let said = cause.to_string();
                    assert_says(&said, &temp.shown(), &[]);
                    assert!(
                        said.contains("as Arrow") || said.contains("found 0 x 0"),
                        "{said}"
                    );
                    assert!(!said.contains('\n'), "{said}");
                }
            }
        }
    }
    let temp = file("x.arrow", b"ARROW1");
    assert_refused(&temp, None, &["cannot be read as Arrow", "cut short"]);
}

/// Every place that holds `before` claims `claimed` instead.
fn claiming(bytes: &[u8], before: i64, claimed: i64) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let mut at = 0;
    let mut found = 0;
    while let Some(place) = bytes.get_mut(at..at + 8) {
        if place == before.to_le_bytes() {
            place.copy_from_slice(&claimed.to_le_bytes());
            found += 1;
        }
        at += 1;
    }
    assert!(found > 0, "{before} is nowhere");
    bytes
}

/// Lengths beyond the file ask for no memory: a process that is refused it ends.
#[test]
fn what_claims_more_than_it_holds_is_refused() {
    let numbers = (0..ROWS * DIM).map(|k| f32::from(value(k / DIM, k % DIM)));
    let items: ArrayRef = Arc::new(Float32Array::from_iter_values(numbers));
    let whole = (ROWS * DIM * 4) as i64;
    for list in lists(&items, DIM) {
        for stream in [false, true] {
            for packed in PACKED {
                let one = batch(vec![("emb", Arc::clone(&list))]);
                let bytes = written(stream, packed, &[one]);
                for claimed in [1 << 60, 1 << 33, i64::MAX, -2] {
                    // The bytes of the numbers, and the rows.
                    for before in [whole, ROWS as i64] {
                        let temp = file("x.arrow", &claiming(&bytes, before, claimed));
                        assert_refused(&temp, None, &["Arrow"]);
                    }
                }
                // Where nothing is packed, zeros fill up what comes next.
                if packed.is_some() {
                    let temp = file("x.arrow", &claiming(&bytes, whole, whole + 8));
                    assert_refused(&temp, None, &["Arrow"]);
                }
            }
        }
    }
}
