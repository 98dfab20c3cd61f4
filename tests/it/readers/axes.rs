//! Shapes: axes of length 1 say nothing and are dropped; others are refused with what to do.

use spherecheck::input::{open_embeddings, open_labels, open_pairs};

use super::make::{assert_says, file, npy, pairs_in, refusal, rows_of};

#[test]
fn axes_of_length_one_are_dropped_in_both_memory_orders() {
    for shape in ["(3, 1, 2)", "(1, 3, 2)", "(3, 2, 1)", "(1, 3, 1, 2, 1)"] {
        for fortran in [false, true] {
            let data: [u8; 6] = if fortran {
                [1, 3, 5, 2, 4, 6]
            } else {
                [1, 2, 3, 4, 5, 6]
            };
            let temp = file("x.npy", &npy(1, "'|u1'", fortran, shape, &data));
            assert_eq!(
                rows_of(&open_embeddings(&temp.path(), None).unwrap()),
                [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]],
                "{shape}"
            );
            let pairs = pairs_in(&open_pairs(&temp.path(), None).unwrap());
            assert_eq!(pairs, [[1, 2], [3, 4], [5, 6]], "{shape}");
        }
    }
    for (shape, rows) in [
        ("(3, 1, 1)", Some(3)),
        ("(1, 1, 3)", None),
        ("(1, 3, 1)", None),
    ] {
        let temp = file("x.npy", &npy(1, "'|u1'", false, shape, &[1, 2, 1]));
        let found = open_embeddings(&temp.path(), None).ok();
        assert_eq!(found.map(|x| x.rows()), rows, "{shape}");
        assert_eq!(
            open_labels(&temp.path(), None).unwrap().classes,
            [0, 1, 0],
            "{shape}"
        );
    }
    for shape in ["(1, 2)", "(1, 1, 2)", "(1, 2, 1)"] {
        let temp = file("p.npy", &npy(1, "'|u1'", false, shape, &[4, 5]));
        assert_eq!(
            pairs_in(&open_pairs(&temp.path(), None).unwrap()),
            [[4, 5]],
            "{shape}"
        );
    }
}

#[test]
fn views_are_to_be_chosen_or_given_as_two_files() {
    for (shape, words) in [
        ("(3, 2, 4)", ["views", "choose one with --view I"]),
        ("(2, 3, 4)", ["views", "x[0] and x[1] as two files"]),
        ("(2, 3, 2, 2)", ["views", "pool"]),
    ] {
        let temp = file("x.npy", &npy(1, "'|u1'", false, shape, &[0; 24]));
        let message = refusal(open_embeddings(&temp.path(), None));
        assert_says(&message, &temp.shown(), &words);
        assert!(!message.contains("reshape"), "{message}");
    }
}
