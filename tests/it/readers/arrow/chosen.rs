//! Which columns of Arrow files are taken, and rows that make no matrix.

use super::*;

#[test]
fn the_column_is_chosen_by_its_type_and_then_by_its_name() {
    let ids: ArrayRef = Arc::new(Int64Array::from(vec![7, 8]));
    let tokens = ListArray::from_iter_primitive::<Int8Type, _, _>([
        Some(vec![Some(1)]),
        Some(vec![Some(2)]),
    ]);
    let words = || ("text", words(&["a", "b"]));
    let temp = stored(vec![words(), ("x", any(1.0)), ("id", Arc::clone(&ids))]);
    let matrix = open_embeddings(&temp.path(), None).unwrap();
    assert_eq!(matrix.name(), temp.shown() + "[x]");
    for name in ["embedding", "Emb", "vector", "vec_title"] {
        let temp = stored(vec![("x", any(1.0)), (name, any(0.5)), words()]);
        let matrix = open_embeddings(&temp.path(), None).unwrap();
        assert_eq!(matrix.name(), format!("{}[{name}]", temp.shown()));
        let other = open_embeddings(&temp.path(), Some("x")).unwrap();
        assert_eq!(rows_of(&other)[0], [1.0, 2.0]);
    }
    let temp = stored(vec![
        ("x", any(1.0)),
        ("y,z", any(0.5)),
        ("tokens", Arc::new(tokens)),
        ("id", ids),
    ]);
    let named = open_embeddings(&temp.path(), Some("y,z")).unwrap();
    assert_eq!(rows_of(&named)[0], [0.5, 2.0]);
    for (tensor, said) in [
        (
            None,
            "found 3 columns of lists; choose one by name with --tensor NAME",
        ),
        (
            Some("id"),
            "found column `id` of type Int64; name what holds",
        ),
        (Some("x,id"), "found column `x` of lists beside others"),
        (Some("no"), "found no column named `no`"),
        (Some("no*"), "found no column whose name begins with `no`"),
    ] {
        assert_refused(&temp, tensor, &[said, "`x` list of f32", "`id` Int64"]);
    }
}

/// Lists of another layout, codes of a dictionary, lists of other numbers.
#[test]
fn columns_of_other_types_are_refused_with_their_type() {
    let items: ArrayRef = Arc::new(Float32Array::from(vec![1.0, 2.0, 3.0, 4.0]));
    let field = Arc::new(Field::new("item", items.data_type().clone(), true));
    let view = LargeListViewArray::new(
        field,
        vec![0_i64, 2].into(),
        vec![2_i64, 2].into(),
        items,
        None,
    );
    let whole: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3, 4]));
    let [whole, ..] = lists(&whole, 2);
    let codes: DictionaryArray<Int32Type> = ["a", "b"].into_iter().collect();
    let temp = stored(vec![
        ("view", Arc::new(view)),
        ("whole", whole),
        ("code", Arc::new(codes)),
    ]);
    assert_refused(
        &temp,
        None,
        &[
            "found none; save one list of f16, f32, f64, i8 or u8 in each row (List, LargeList or FixedSizeList)",
            "`view` LargeListView, `whole` list of Int64, `code` Dictionary",
        ],
    );
    for (tensor, found) in [
        ("view", "found column `view` of type LargeListView"),
        ("whole", "found column `whole` of type list of Int64"),
        ("code", "found column `code` of type Dictionary"),
    ] {
        let lists = "lists List, LargeList or FixedSizeList";
        assert_refused(&temp, Some(tensor), &[found, lists]);
    }
    let message = refusal(open_labels(&temp.path(), Some("view")));
    assert_says(
        &message,
        &temp.shown(),
        &["column `view` of type LargeListView"],
    );
}

#[test]
fn columns_of_numbers_are_named_and_read_in_the_order_of_their_numbers() {
    let number = |row: u8, at: u8| f32::from(row) + f32::from(at) / 16.0;
    let column = |at: u8| -> ArrayRef {
        Arc::new(Float32Array::from_iter_values(
            (0..5).map(|row| number(row, at)),
        ))
    };
    // Ten before two, as names are sorted; a date that begins alike.
    let order = [0, 1, 10, 2, 3, 4, 5, 6, 7, 8, 9];
    let names = order.map(|at| format!("d{at}"));
    let mut columns = vec![
        ("id", words(&["a", "b", "c", "d", "e"])),
        ("date", words(&["a", "b", "c", "d", "e"])),
    ];
    columns.extend(
        names
            .iter()
            .zip(order)
            .map(|(name, at)| (name.as_str(), column(at))),
    );
    columns.extend([("xa", column(11)), ("xb", column(12))]);
    let whole = batch(columns);
    for (stream, packed) in PACKED
        .map(|packed| [(false, packed), (true, packed)])
        .concat()
    {
        for most in [5, 2] {
            let temp = file("x", &written(stream, packed, &cut(&whole, most)));
            for (tensor, expected) in [
                ("d*", (0..11).collect::<Vec<u8>>()),
                // No numbers after it: as they stand in the file.
                ("x*", vec![11, 12]),
                ("d3, xa,d0", vec![3, 11, 0]),
                ("xb", vec![12]),
                ("xb,xb", vec![12, 12]),
            ] {
                let matrix = open_embeddings(&temp.path(), Some(tensor)).unwrap();
                assert_eq!(matrix.name(), format!("{}[{tensor}]", temp.shown()));
                assert_eq!(matrix.dtype(), Dtype::F32);
                for (row, found) in (0..5).zip(rows_of(&matrix)) {
                    let expected = expected.iter().map(|&at| f64::from(number(row, at)));
                    assert_eq!(found, expected.collect::<Vec<f64>>(), "{tensor}");
                }
            }
            let found = "none, but 11 columns of numbers, `d0` to `d10`";
            assert_refused(&temp, None, &[found, "--tensor 'd*'"]);
            let found = "column `id` of type Utf8";
            assert_refused(&temp, Some("id,d0"), &[found]);
        }
    }
    let full = || Arc::new(Float32Array::from(vec![1.0, 2.0])) as ArrayRef;
    let hole = Arc::new(Float32Array::from(vec![Some(1.0), None]));
    let temp = stored(vec![("d0", full()), ("d1", hole)]);
    let said = "row 1 (counted from 0) has no value in column `d1`";
    assert_refused(&temp, Some("d*"), &["[d*]", said]);
    let double = Arc::new(Float64Array::from(vec![1.0, 2.0]));
    let temp = stored(vec![("d0", full()), ("d1", double)]);
    let said = "column `d0` of type Float32 beside `d1` of type Float64";
    assert_refused(&temp, Some("d*"), &[said]);
}

#[test]
fn rows_that_make_no_matrix_are_refused_with_their_number() {
    let two = || row(&[1.0, 2.0]);
    let hole = Some(vec![Some(1.0), None]);
    let fixed = |rows: Vec<Row>| -> ArrayRef {
        let rows = rows.into_iter();
        Arc::new(FixedSizeListArray::from_iter_primitive::<Float32Type, _, _>(rows, 2))
    };
    let none = "row 3 (counted from 0) has no value";
    let nothing =
        "row 3 (counted from 0) holds nothing at place 1 (counted from 0), expected a number";
    for (rows, said) in [
        (list(&[two(), two(), two(), None, two()]), none),
        (fixed(vec![two(), two(), two(), None, two()]), none),
        (list(&[two(), two(), two(), hole.clone(), two()]), nothing),
        (fixed(vec![two(), two(), two(), hole, two()]), nothing),
        (
            list(&[two(), two(), two(), row(&[1.0]), two()]),
            "row 3 (counted from 0) holds a list of 1 (row 0: 2), expected as many in each row",
        ),
        (
            list(&[two(), row(&[1.0, 2.0, 3.0]), row(&[1.0])]),
            "row 1 (counted from 0) holds a list of 3 (row 0: 2)",
        ),
        (
            list(&[two(), two(), row(&[])]),
            "row 2 (counted from 0) holds a list of 0 (row 0: 2)",
        ),
        (
            list(&[row(&[]), row(&[]), two()]),
            "row 0 (counted from 0) holds a list without numbers, expected at least one",
        ),
        (list(&[two()]), "at least 2 rows and 1 column, found 1 x 2"),
    ] {
        let whole = batch(vec![("emb", rows)]);
        for (stream, packed) in PACKED
            .map(|packed| [(false, packed), (true, packed)])
            .concat()
        {
            for most in [5, 1, 2] {
                let bytes = written(stream, packed, &cut(&whole, most));
                assert_refused(&file("x", &bytes), None, &["[emb]", said]);
            }
        }
    }
    let none = batch(vec![("emb", list(&[two()]))]).slice(0, 0);
    for stream in [false, true] {
        let bytes = written(stream, None, std::slice::from_ref(&none));
        assert_refused(&file("x", &bytes), None, &["found 0 x 0"]);
    }
}
