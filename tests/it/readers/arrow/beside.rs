//! What other columns of Arrow files say of the rows.

use super::*;

#[test]
fn other_columns_of_the_same_file_say_what_the_rows_are() {
    let classes: DictionaryArray<Int8Type> = ["cat", "dog", "cat"].into_iter().collect();
    let long = ["a text of more than twelve letters", "b", "c"];
    let rows = [row(&[1.0, 0.5]), row(&[0.5, 1.0]), row(&[0.0, -1.0])];
    let whole = batch(vec![
        ("id", Arc::new(UInt64Array::from(vec![11, 12, u64::MAX]))),
        ("embedding", list(&rows)),
        ("class", Arc::new(classes)),
        ("price", Arc::new(Float32Array::from(vec![0.5, 1.5, 2.5]))),
        (
            "half",
            Arc::new(Float16Array::from_iter_values(
                [1.0, 2.0, 3.0].map(f16::from_f32),
            )),
        ),
        (
            "train",
            Arc::new(BooleanArray::from(vec![true, false, true])),
        ),
        ("left", Arc::new(Int8Array::from(vec![0, 1, 2]))),
        ("right", Arc::new(Int64Array::from(vec![1, 2, 0]))),
        ("slice", Arc::new(StringViewArray::from_iter_values(long))),
        ("large", Arc::new(LargeStringArray::from_iter_values(long))),
        (
            "hole",
            Arc::new(StringArray::from(vec![Some("a"), Some("b"), None])),
        ),
    ]);
    for (stream, packed) in PACKED
        .map(|packed| [(false, packed), (true, packed)])
        .concat()
    {
        for most in [3, 2] {
            let temp = file("x.arrow", &written(stream, packed, &cut(&whole, most)));
            let (path, shown) = (temp.path(), temp.shown());
            let matrix = open_embeddings(&path, None).unwrap();
            assert_eq!(rows_of(&matrix), [[1.0, 0.5], [0.5, 1.0], [0.0, -1.0]]);
            let mut reader = Reader::beside(&matrix);
            let labels = reader.labels(&path, Some("class")).unwrap();
            let name = shown.clone() + "[class]";
            assert_eq!((labels.name, labels.classes), (name, vec![0, 1, 0]));
            assert_eq!(*labels.values, ["cat", "dog"]);
            let largest = u64::MAX.to_string();
            let names = |name: &str| open_names(&path, Some(name)).unwrap().values;
            assert_eq!(names("id"), ["11", "12", largest.as_str()]);
            assert_eq!(names("slice"), long);
            assert_eq!(names("large"), long);
            let targets = |reader: &mut Reader, name| {
                reader.targets(&path, Some(name)).unwrap().swap_remove(0)
            };
            assert_eq!(targets(&mut reader, "price").values, [0.5, 1.5, 2.5]);
            assert_eq!(targets(&mut reader, "half").values, [1.0, 2.0, 3.0]);
            let split = reader.split(&path, Some("train")).unwrap();
            assert_eq!(split.values, [1.0, 0.0, 1.0]);
            let pairs = reader.pairs(&path, Some("left,right")).unwrap();
            assert_eq!(pairs_in(&pairs), [[0, 1], [1, 2], [2, 0]]);
            for (column, said) in [
                ("embedding", "column `embedding` of type List"),
                ("hole", "row 2 (counted from 0) has no value"),
                ("price", "row 0 (counted from 0) holds 0.5"),
            ] {
                assert_says(
                    &refusal(reader.labels(&path, Some(column))),
                    &shown,
                    &[said],
                );
            }
            assert_eq!(reader.notes(), [""; 0]);
        }
    }
    let pairs = stored(vec![
        ("i", Arc::new(Int64Array::from(vec![0, 2]))),
        ("j", Arc::new(Int64Array::from(vec![1, 3]))),
    ]);
    let found = open_pairs(&pairs.path(), None).unwrap();
    assert_eq!(pairs_in(&found), [[0, 1], [2, 3]]);
}

/// A stream may begin a dictionary anew; pandas writes categories of numbers, too, and those that stand for nothing.
#[test]
fn labels_are_read_from_dictionaries() {
    let codes = |values: &[Option<&str>]| -> ArrayRef {
        let codes: DictionaryArray<Int32Type> = values.iter().copied().collect();
        Arc::new(codes)
    };
    let batches = [
        batch(vec![("l", codes(&[Some("x"), Some("y")]))]),
        batch(vec![("l", codes(&[Some("z"), Some("x"), Some("y")]))]),
    ];
    let temp = file("x", &written(true, None, &batches));
    let labels = open_labels(&temp.path(), None).unwrap();
    assert_eq!(labels.classes, [0, 1, 2, 0, 1]);
    assert_eq!(*labels.values, ["x", "y", "z"]);
    let keys = Int8Array::from(vec![1, 0, 1]);
    let years = DictionaryArray::new(keys, Arc::new(Int64Array::from(vec![1999, 2024])));
    let temp = stored(vec![("l", Arc::new(years))]);
    let labels = open_labels(&temp.path(), None).unwrap();
    assert_eq!(*labels.values, ["2024", "1999"]);
    for values in [&[Some("x"), None][..], &[None, None]] {
        let temp = stored(vec![("l", codes(values))]);
        let row = values.iter().position(Option::is_none).unwrap();
        let said = format!("row {row} (counted from 0) has no value");
        let message = refusal(open_labels(&temp.path(), None));
        assert_says(&message, &temp.shown(), &[&said]);
    }
}
