//! Files packed with gzip or zstd read as what is packed in them does; streams that are cut, damaged or endless are
//! refused with their place.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use safetensors::tensor::Dtype;
use spherecheck::data::Embeddings;
use spherecheck::input::{InputError, open_embeddings, open_labels, open_names, open_pairs};
use zip::CompressionMethod::Deflated;

use super::make::{assert_says, file, npy, npz, pairs_in, refusal, rows_of, tensors};

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

#[cfg(feature = "tables")]
fn zstd(bytes: &[u8]) -> Vec<u8> {
    ::zstd::encode_all(bytes, 1).unwrap()
}

/// How to pack, and the ending for it.
type Packer = (&'static str, fn(&[u8]) -> Vec<u8>);

const PACKERS: &[Packer] = &[
    ("gz", gzip),
    #[cfg(feature = "tables")]
    ("zst", zstd),
];

/// Packed files of some formats.
pub(crate) fn for_fuzzing() -> Vec<(&'static str, Vec<u8>)> {
    let array = npy(1, "'<f4'", false, "(3, 2)", &[1; 24]);
    let mut files = vec![
        ("x.npy.gz", gzip(&array)),
        ("x.jsonl.gz", gzip(b"{\"a\": [1, 2]}\n{\"a\": [3, 4]}\n")),
    ];
    #[cfg(feature = "tables")]
    files.extend([
        ("x.npy.zst", zstd(&array)),
        ("x.csv.zst", zstd(b"a,b\n0,1\n2,3\n1,0\n")),
    ]);
    files.shrink_to_fit();
    files
}

const FLOATS: [f32; 6] = [0.1, -2.5, 1e-3, 7.0, 0.25, -0.75];

fn floats() -> Vec<u8> {
    FLOATS.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn array() -> Vec<u8> {
    npy(1, "'<f4'", false, "(3, 2)", &floats())
}

/// The same three rows in several formats.
fn plain() -> Vec<(&'static str, Vec<u8>)> {
    let lines = |make: &dyn Fn(&[f32]) -> String| -> Vec<u8> {
        FLOATS.chunks(2).map(make).collect::<String>().into_bytes()
    };
    let by_row = FLOATS.chunks(2).flat_map(|row| {
        let values = row.iter().flat_map(|v| v.to_le_bytes());
        2_i32.to_le_bytes().into_iter().chain(values)
    });
    let mut files = vec![
        ("x.npy", array()),
        ("x.npz", npz(&[("a.npy", &array())], Deflated)),
        (
            "x.safetensors",
            tensors(&[("a", Dtype::F32, &[3, 2], &floats())]),
        ),
        (
            "x.jsonl",
            lines(&|row| format!("{{\"id\": \"é\", \"embedding\": {row:?}}}\n")),
        ),
        ("x.fvecs", by_row.collect()),
        (
            "x.txt",
            lines(&|row| format!("wörd {:?} {:?}\n", row[0], row[1])),
        ),
    ];
    if cfg!(feature = "tables") {
        for (name, gap) in [("x.csv", ","), ("x.tsv", "\t")] {
            let text = lines(&|row| format!("{:?}{gap}{:?}\n", row[0], row[1]));
            files.push((name, text));
        }
    }
    files
}

fn bits(matrix: &Embeddings) -> Vec<Vec<u64>> {
    let rows = rows_of(matrix).into_iter();
    rows.map(|row| row.into_iter().map(f64::to_bits).collect())
        .collect()
}

#[test]
fn a_packed_file_has_the_bits_of_the_plain_one() {
    let expected = bits(&open_embeddings(&file("x.npy", &array()).path(), None).unwrap());
    for (name, bytes) in plain() {
        let read = open_embeddings(&file(name, &bytes).path(), None);
        assert!(bits(&read.unwrap()) == expected, "{name}");
        for (ending, pack) in PACKERS {
            let packed = format!("{name}.{ending}");
            let temp = file(&packed, &pack(&bytes));
            let matrix = open_embeddings(&temp.path(), None)
                .unwrap_or_else(|refusal| panic!("{packed}: {refusal}"));
            assert!(bits(&matrix) == expected, "{packed}");
            assert!(matrix.name().starts_with(&temp.shown()), "{packed}");
        }
    }
}

/// Contents tell, not the ending; and a stream may be made of several.
#[test]
fn streams_are_told_by_their_first_bytes_and_may_follow_each_other() {
    let expected = bits(&open_embeddings(&file("x.npy", &array()).path(), None).unwrap());
    let (start, end) = (&array()[..50], &array()[50..]);
    for (_, pack) in PACKERS {
        for (name, bytes) in [
            ("x.npy", pack(&array())),
            ("x", pack(&array())),
            ("X.NPY.GZ", pack(&array())),
            ("x.npy.gz", [pack(start), pack(end)].concat()),
            ("x.npy.gz", [pack(&array()), pack(b"")].concat()),
        ] {
            let read = open_embeddings(&file(name, &bytes).path(), None);
            let matrix = read.unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
            assert!(bits(&matrix) == expected, "{name}");
        }
    }
    // Not packed, whatever its name says.
    let misnamed = file("x.npy.gz", &array());
    assert!(bits(&open_embeddings(&misnamed.path(), None).unwrap()) == expected);
}

/// Counts may spell the first bytes of a stream: the length decides.
#[test]
fn vectors_of_benchmarks_are_not_taken_for_packed() {
    let rows = u32::from_le_bytes([0x1f, 0x8b, 0x08, 0]);
    let mut bytes = [rows.to_le_bytes(), 1_u32.to_le_bytes()].concat();
    bytes.resize(8 + rows as usize, 1);
    let matrix = open_embeddings(&file("x.u8bin", &bytes).path(), None).unwrap();
    assert_eq!((matrix.rows(), matrix.dim()), (rows as usize, 1));
}

#[test]
fn values_of_rows_are_read_packed() {
    let lines = b"{\"id\": \"p\", \"label\": 7, \"i\": 0, \"j\": 1}\n\
                  {\"id\": \"q\", \"label\": 5, \"i\": 1, \"j\": 0}\n";
    for (ending, pack) in PACKERS {
        let temp = file(&format!("x.jsonl.{ending}"), &pack(lines));
        let path = temp.path();
        assert_eq!(open_names(&path, None).unwrap().values, ["p", "q"]);
        let labels = open_labels(&path, Some("label")).unwrap();
        assert_eq!(labels.classes, [0, 1]);
        assert_eq!(labels.name, temp.shown() + "[label]");
        let pairs = open_pairs(&path, Some("i,j")).unwrap();
        assert_eq!(pairs_in(&pairs), [[0, 1], [1, 0]]);
        #[cfg(feature = "tables")]
        {
            let table = file(&format!("x.csv.{ending}"), &pack(b"i,j\n0,1\n4,2\n"));
            let pairs = open_pairs(&table.path(), None).unwrap();
            assert_eq!(pairs_in(&pairs), [[0, 1], [4, 2]]);
        }
    }
}

#[test]
fn a_stream_that_is_cut_is_refused_with_its_place() {
    for (ending, pack) in PACKERS {
        let whole = pack(&array());
        // Before that, nothing says that it is packed.
        for end in 4..whole.len() {
            let temp = file(&format!("x.npy.{ending}"), &whole[..end]);
            let message = refusal(open_embeddings(&temp.path(), None));
            assert_says(
                &message,
                &temp.shown(),
                &["cannot be unpacked as", "is cut"],
            );
            assert!(message.contains(&format!(" of {end}, after ")), "{message}");
        }
        let followed = file("x.npy", &[&whole[..], b"more"].concat());
        let message = refusal(open_embeddings(&followed.path(), None));
        assert_says(&message, &followed.shown(), &["cannot be unpacked as"]);
    }
}

/// What a checksum guards is never read otherwise than it was written. (Some bits say
/// nothing, or the same in another way.)
#[test]
fn a_damaged_stream_is_refused() {
    let expected = bits(&open_embeddings(&file("x.npy", &array()).path(), None).unwrap());
    let whole = gzip(&array());
    let mut refused = 0;
    for at in 10..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        let temp = file("x.npy.gz", &damaged);
        match open_embeddings(&temp.path(), None) {
            Ok(matrix) => assert!(bits(&matrix) == expected, "byte {at}"),
            Err(refusal) => {
                let words = ["cannot be unpacked as gzip"];
                assert_says(&refusal.to_string(), &temp.shown(), &words);
                refused += 1;
            }
        }
    }
    assert!(refused > whole.len() / 2, "{refused}");
}

#[test]
fn contents_that_are_no_numbers_are_refused() {
    for (ending, pack) in PACKERS {
        // Far longer than what is packed: streams of zeros, one after the other.
        let bomb = pack(&[0; 1 << 20]).repeat(70);
        let temp = file(&format!("x.npy.{ending}"), &bomb);
        let message = refusal(open_embeddings(&temp.path(), None));
        let words = [
            "at most 200 times as long",
            "found more than 67",
            "unpack the file: ",
        ];
        assert_says(&message, &temp.shown(), &words);

        let twice = file(&format!("x.npy.{ending}"), &pack(&pack(&array())));
        let message = refusal(open_embeddings(&twice.path(), None));
        assert_says(&message, &twice.shown(), &["packed twice"]);

        let nothing = file(&format!("x.npy.{ending}"), &pack(b""));
        let message = refusal(open_embeddings(&nothing.path(), None));
        assert_says(
            &message,
            &nothing.shown(),
            &["expected at least one byte, found none"],
        );

        let tar = file(
            &format!("x.tar.{ending}"),
            &pack(&[&[0; 257][..], b"ustar\0"].concat()),
        );
        let message = refusal(open_embeddings(&tar.path(), None));
        assert_says(&message, &tar.shown(), &["tar archive", "tar -xf x.tar."]);

        let other = file(&format!("x.h5.{ending}"), &pack(b"\x89HDF\r\n\x1a\n\0"));
        let message = refusal(open_embeddings(&other.path(), None));
        let line = "unpack it, then np.save(\"x.npy\", h5py.File(\"x.h5\")";
        assert_says(&message, &other.shown(), &["is HDF5", line]);

        // What is wrong with the contents is said of the file.
        let cut = file(&format!("x.npy.{ending}"), &pack(&array()[..90]));
        let found = open_embeddings(&cut.path(), None).err();
        assert!(
            matches!(found, Some(InputError::Truncated { .. })),
            "{found:?}"
        );
    }
}

#[cfg(not(feature = "tables"))]
#[test]
fn zstd_is_refused_by_a_build_without_tables() {
    let temp = file("x.npy.zst", b"\x28\xb5\x2f\xfd\0");
    let message = refusal(open_embeddings(&temp.path(), None));
    assert_says(
        &message,
        &temp.shown(),
        &["packed with zstd", "lacks the feature `tables`"],
    );
}
