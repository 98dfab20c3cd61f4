//! Tables that hold no vectors, or nothing that tells which columns they are: refused with the place.

use spherecheck::input::open_embeddings;

use super::cut::assert_refused;
use super::make::{assert_says, file, refusal, rows_of};

#[test]
fn tables_that_hold_no_vectors_are_refused_in_words() {
    for (text, words) in [
        (
            "a,b\n0.5,1\n,2\n",
            &["row 1 (counted from 0) has no value in column `a`"][..],
        ),
        (
            "a,b\n0.5,1\nx,2\n",
            &["row 1", "holds `x` in column `a`", "fits an f32"],
        ),
        ("a,b\n0.5,1\n1e39,2\n", &["row 1", "holds `1e39`"]),
        ("0.5,1\n2,3,4\n", &["line 2 has 3 fields, expected 2"]),
        ("w,0.5,1\nv,2,3\n", &["the first line", "the number `0.5`"]),
        (
            "word,a\nw,0.5\nv,2\n",
            &["column `word` of type text", "--tensor", "`a` numbers"],
        ),
        (
            "id,a\n7,0.5\n3,0.25\n",
            &["column `id`, which looks like ids"],
        ),
        (
            "0.5,1\n0.25,2\n0.5,3\n",
            &["column `column_2`, which looks like ids"],
        ),
        ("e,f\n[1],[2]\n[3],[4]\n", &["found 2 columns of lists"]),
        (
            "e\n\"[1, 2]\"\n\"[3]\"\n",
            &["x.csv[e]", "row 1", "expected 2 numbers", "found 1"],
        ),
        ("e\n\"[1, 2]\"\n\"[3, 4, 5]\"\n", &["row 1", "found more"]),
        (
            "e\n\"[1, 2]\"\n\"[3, ]\"\n",
            &["row 1 (counted from 0), number 2", "found nothing"],
        ),
        (
            "e\n\"[1, 2]\"\n\"3, 4\"\n",
            &["a list of numbers such as", "found `3, 4`"],
        ),
        (
            "e\n[1 2 ... 3 4]\n[5 6 ... 7 8]\n",
            &["number 3", "found `...`"],
        ),
        ("a,b\n", &["at least 2 rows", "found 0 x 0"]),
        ("a,b\n1,2\n", &["at least 2 rows", "found 1 x 2"]),
    ] {
        assert_refused("x.csv", text.as_bytes(), words);
    }
    let temp = file("x.csv", b"id,a,e\n1,0.5,\"[1, 2]\"\n2,0.25,\"[3, 4]\"\n");
    for (tensor, words) in [
        ("x", "no column named `x`"),
        ("x*", "no column whose name begins with `x`"),
        ("a,e", "column `e` of lists beside others"),
    ] {
        let said = refusal(open_embeddings(&temp.path(), Some(tensor)));
        assert_says(&said, &temp.shown(), &[words]);
    }
    assert_eq!(
        open_embeddings(&temp.path(), Some("id,a")).unwrap().dim(),
        2
    );
    assert_eq!(
        open_embeddings(&temp.path(), None).unwrap().name(),
        temp.shown() + "[e]"
    );
}

/// By type, then by name; a star takes what is numbered in the order of the numbers, or else all as they stand.
#[test]
fn columns_of_text_tables_are_chosen_as_those_of_others() {
    let lists = "id,x,emb\n1,\"[1, 2]\",\"[5, 6]\"\n2,\"[3, 4]\",\"[7, 8]\"\n";
    let temp = file("x.csv", lists.as_bytes());
    for (tensor, name, first) in [(None, "[emb]", [5.0, 6.0]), (Some("x"), "[x]", [1.0, 2.0])] {
        let matrix = open_embeddings(&temp.path(), tensor).unwrap();
        assert_eq!(matrix.name(), temp.shown() + name);
        assert_eq!(rows_of(&matrix)[0], first);
    }
    let text = "d10,d2,date,xa,xb,d1,w\n0.5,1.5,2020,7,8,2.5,a\n3.5,4.5,2021,9,10,5.5,b\n";
    let temp = file("x.csv", text.as_bytes());
    for (tensor, name, first) in [
        ("d*", "[d1 to d10]", &[2.5, 1.5, 0.5][..]),
        ("x*", "[xa to xb]", &[7.0, 8.0]),
        ("xb,d*", "[xb to d10]", &[8.0, 2.5, 1.5, 0.5]),
        ("date", "[date]", &[2020.0]),
    ] {
        let matrix = open_embeddings(&temp.path(), Some(tensor)).unwrap();
        assert_eq!(matrix.name(), temp.shown() + name);
        assert_eq!(rows_of(&matrix)[0], first, "{tensor}");
    }
    for tensor in ["w", "w*", "d1,w"] {
        let said = refusal(open_embeddings(&temp.path(), Some(tensor)));
        let word = "found column `w` of type text; name what holds the vectors";
        assert_says(&said, &temp.shown(), &[word]);
    }
}
