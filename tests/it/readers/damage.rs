//! Files that are not what they claim, each with the words its message owes the user.

use spherecheck::input::{open_embeddings, open_pairs};
use zip::CompressionMethod::{Deflated, Stored};

use super::make::{assert_says, file, npy, npy_with, npz, refusal, tensors_with};

/// Opened as embeddings, the file `name` of these bytes is refused with these words.
fn assert_refused(name: &str, bytes: &[u8], words: &[&str]) {
    let temp = file(name, bytes);
    assert_says(
        &refusal(open_embeddings(&temp.path(), None)),
        &temp.shown(),
        words,
    );
}

#[test]
fn foreign_contents_are_named() {
    assert_refused(
        "x.npy",
        b"hello, world",
        &[
            "claims to be .npy (by its name)",
            "`hello, w`",
            r"\x93NUMPY",
        ],
    );
    assert_refused("x.npy", b"\x93NUM", &["claims to be .npy", r"`\x93NUM`"]);
    assert_refused("X.NPZ", b"hello", &["claims to be .npz", "zip archive"]);
    assert_refused(
        "x.safetensors",
        &[0xff; 20],
        &["claims to be .safetensors", "header length"],
    );
    assert_refused(
        "x.parquet",
        b"a,b\n1,2\n",
        &["claims to be .parquet", "PAR1"],
    );
    assert_refused("x", b"y", &["unknown contents", "`y`"]);
    assert_refused(
        "x.npy",
        b"version https://git-lfs.github.com/spec/v1\n",
        &["Git LFS pointer", "git lfs pull"],
    );
    assert_refused(
        "x.pkl",
        b"\x80\x04K\x01.",
        &["Python pickle", "run code", "safetensors"],
    );
    assert_refused(
        "model.pt",
        b"\x80\x02\x8a\nl\xfc",
        &["Python pickle", "run code", "safetensors"],
    );
    let checkpoint = npz(
        &[
            ("archive/data.pkl", b"\x80\x02."),
            ("archive/data/0", b"1234"),
        ],
        Stored,
    );
    assert_refused(
        "model.pt",
        &checkpoint,
        &["Python pickle", "run code", "safetensors"],
    );
    let temp = file("x.npy", &npy(1, "'|u1'", false, "(2, 1)", &[1, 2]));
    let named = refusal(open_embeddings(&temp.path(), Some("emb")));
    assert_says(
        &named,
        &temp.shown(),
        &["one unnamed array", "`emb`", "leave the name out"],
    );
}

#[test]
fn damaged_npy_headers_are_named() {
    let whole = npy(1, "'<f4'", false, "(2, 1)", &[0; 8]);
    for len in 6..whole.len() - 8 {
        assert_refused(
            "x.npy",
            &whole[..len],
            &[
                "damaged .npy header",
                "a complete header",
                "the end of the data",
            ],
        );
    }
    let with = |at: usize, byte: u8| {
        let mut bytes = whole.clone();
        bytes[at] = byte;
        bytes
    };
    assert_refused(
        "x.npy",
        &with(6, 4),
        &["expected version 1.0, 2.0 or 3.0, found 4.0"],
    );
    assert_refused("x.npy", &with(9, 0xff), &["expected a complete header"]);
    let mut long = npy(2, "'<f4'", false, "(2, 1)", &[0; 8]);
    long[11] = 0x7f;
    assert_refused(
        "x.npy",
        &long,
        &["at most 65,535 bytes", "found one of 2,1"],
    );
    let mut latin = npy(3, "'<f4'", false, "(2, 1)", &[0; 8]);
    latin[15] = 0xe9;
    assert_refused("x.npy", &latin, &["UTF-8"]);
    for (header, words) in [
        (
            "{'descr': '<f4', 'fortran_order': False, 'shape': (-2, 1)}",
            ["expected a shape", "`-2, 1)}"],
        ),
        (
            "{'descr': '<f4', 'fortran_order': False, 'shape': 2}",
            ["expected a shape such as", "`2}"],
        ),
        (
            "{'descr': '<f4', 'fortran_order': False}",
            ["the key `shape`", "none"],
        ),
        (
            "{'descr': '<f4', 'fortran_order': None, 'shape': ()}",
            ["True or False", "`None"],
        ),
        (
            "{'descr': exec('1'), 'fortran_order': False, 'shape': ()}",
            ["a type such as", "`exec"],
        ),
        ("not a dictionary", ["expected `{`", "`not a dictionary"]),
        ("", ["expected `{`", "end of the header"]),
    ] {
        assert_refused("x.npy", &npy_with(1, header, &[0; 8]), &words);
    }
}

#[test]
fn lengths_that_do_not_add_up_are_named() {
    let half = "'<f2'";
    assert_refused(
        "x.npy",
        &npy(1, half, false, "(3, 2)", &[0; 11]),
        &["needs 12 bytes, found 11", "truncated"],
    );
    assert_refused(
        "x.npy",
        &npy(1, half, false, "(3, 2)", &[0; 15]),
        &["3 extra bytes", "(3, 2) f16"],
    );
    assert_refused(
        "x.npy",
        &npy(1, half, false, "(3, 2)", &[]),
        &["needs 12 bytes, found 0"],
    );
    let huge = "(9223372036854775807, 2)";
    assert_refused(
        "x.npy",
        &npy(1, half, true, huge, &[0; 8]),
        &["more bytes than can be addressed", "found 8"],
    );
    let wide = "(4294967296, 4294967296, 0)";
    assert_refused(
        "x.npy",
        &npy(1, half, false, wide, &[]),
        &["more bytes than can be addressed"],
    );
    let rows = "(5000000000, 0)";
    assert_refused(
        "x.npy",
        &npy(1, half, false, rows, &[]),
        &["found 5,000,000,000 x 0"],
    );
    let pairs = file(
        "p.npy",
        &npy(1, "'<i8'", true, "(1152921504606846976, 2)", &[0; 16]),
    );
    assert_says(
        &refusal(open_pairs(&pairs.path(), None)),
        &pairs.shown(),
        &["more bytes than can be addressed"],
    );
}

#[test]
fn damaged_archives_are_named() {
    let array = npy(1, "'<f4'", false, "(500, 2)", &[0; 4000]);
    let packed = npz(&[("emb.npy", &array)], Deflated);
    assert_refused(
        "x.npz",
        &packed[..packed.len() - 30],
        &["not a readable .npz archive", "np.savez"],
    );
    assert_refused(
        "x.npz",
        &npz(&[], Stored),
        &["at least one array, found none"],
    );
    assert_refused(
        "x.npz",
        &npz(&[("a.txt", b"a")], Stored),
        &["found none (but 1 of another kind, such as `a.txt`)"],
    );
    assert_refused(
        "x.npz",
        &npz(&[("a.npy", b"text")], Stored),
        &["x.npz[a]", r"expected \x93NUMPY", "`text`"],
    );
    let short = npz(&[("a.npy", &array[..array.len() - 1])], Stored);
    assert_refused(
        "x.npz",
        &short,
        &["x.npz[a]", "needs 4,000 bytes, found 3,999"],
    );

    // The directory at the end holds checksum, packed and unpacked size of the member.
    let directory = packed.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    let with = |at: usize, field: u32| {
        let mut bytes = packed.clone();
        bytes[directory + at..directory + at + 4].copy_from_slice(&field.to_le_bytes());
        bytes
    };
    let len = array.len() as u32;
    assert_refused(
        "x.npz",
        &with(24, 0xffff_fff0),
        &["promises 4,294,967,280 bytes", "cannot hold that much"],
    );
    // A stored member with one bit turned.
    let mut turned = npz(&[("emb.npy", &array)], Stored);
    turned[2000] ^= 1;
    assert_refused(
        "x.npz",
        &turned,
        &["x.npz[emb]", "promises checksum", "damaged"],
    );
    assert_refused("x.npz", &with(24, len + 1), &["x.npz[emb]"]);
    assert_refused("x.npz", &with(24, len - 1), &["x.npz[emb]"]);
    assert_refused(
        "x.npz",
        &with(16, 1),
        &["x.npz[emb]", "cannot be inflated", "checksum"],
    );
}

#[test]
fn damaged_safetensors_are_named() {
    let entry = |dtype: &str, shape: &str, offsets: &str| {
        format!(r#"{{"a":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}}}"#)
    };
    let good = tensors_with(&entry("F32", "[2,1]", "[0,8]"), 8);
    assert_eq!(
        open_embeddings(&file("x.safetensors", &good).path(), None)
            .unwrap()
            .rows(),
        2
    );

    let name = "x.safetensors";
    assert_refused(
        name,
        &good[..good.len() - 1],
        &["describes 8 bytes of tensors, found 7", "truncated"],
    );
    assert_refused(name, &good[..40], &["bytes of header, found 32"]);
    let mut appended = good.clone();
    appended.push(0);
    assert_refused(name, &appended, &["describes 8 bytes of tensors, found 9"]);
    assert_refused(
        name,
        &tensors_with("{}", 0),
        &["at least one array, found none"],
    );
    for (header, data) in [
        ("{\"a\":".into(), 8),
        ("{\"a\":\"\u{0}".into(), 8),
        (entry("F32", "[2,2]", "[0,8]"), 8),
        (entry("F32", "[2,1]", "[8,0]"), 8),
        (entry("F32", "[2,1]", "[4,12]"), 12),
        (entry("F32", "[-2,1]", "[0,8]"), 8),
        (entry("F32", "[4611686018427387904,4]", "[0,8]"), 8),
        (entry("X9", "[2,1]", "[0,8]"), 8),
    ] {
        assert_refused(
            name,
            &tensors_with(&header, data),
            &["damaged .safetensors header", "write the file again"],
        );
    }
}

/// Each tensor is plausible by itself; together they end where an address plus eight overflows.
#[test]
fn safetensors_whose_lengths_overflow_are_refused() {
    let part = (1_u64 << 61) - 1;
    let mut entries: Vec<String> = (0..8)
        .map(|i| (format!("t{i}"), i * part, (i + 1) * part))
        .map(|(name, start, end)| {
            format!(r#""{name}":{{"dtype":"U8","shape":[{part}],"data_offsets":[{start},{end}]}}"#)
        })
        .collect();
    entries.push(format!(
        r#""u":{{"dtype":"U8","shape":[7],"data_offsets":[{},{}]}}"#,
        8 * part,
        u64::MAX
    ));
    let header = format!("{{{}}}", entries.join(","));
    let temp = file("x.safetensors", &tensors_with(&header, 16));
    let message = refusal(open_embeddings(&temp.path(), Some("t0")));
    assert_says(
        &message,
        &temp.shown(),
        &["describes 1.84e19 bytes of tensors, found 16"],
    );
}
