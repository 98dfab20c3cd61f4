//! No bytes make a reader panic, whatever door they come to.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use safetensors::tensor::Dtype;
use spherecheck::input::{open_embeddings, open_labels, open_pairs};
use zip::CompressionMethod::{Deflated, Stored};

use crate::make::{file, npy, npz, rows_of, tensors};

/// Opens the file in every way; what opens must also be readable to its last row.
fn open_all(name: &str, bytes: &[u8]) {
    let temp = file(name, bytes);
    for tensor in [None, Some("a"), Some("a,b")] {
        if let Ok(matrix) = open_embeddings(&temp.path(), tensor)
            && matrix.rows().saturating_mul(matrix.dim()) < 10_000
        {
            assert_eq!(rows_of(&matrix).len(), matrix.rows());
        }
        let _ = open_pairs(&temp.path(), tensor);
        let _ = open_labels(&temp.path(), tensor);
    }
}

/// A name and valid contents for each format.
fn valid() -> Vec<(&'static str, Vec<u8>)> {
    let floats = npy(1, "'<f4'", false, "(3, 2)", &[1; 24]);
    let columns = npy(2, "'>f8'", true, "(2, 3)", &[2; 48]);
    let pairs = npy(3, "'<i4'", false, "(4, 2)", &[0; 32]);
    let labels = npy(1, "'|u1'", false, "(4,)", &[1, 2, 1, 3]);
    let members = [("a.npy", floats.as_slice()), ("b.npy", labels.as_slice())];
    let list = [
        ("a", Dtype::F16, [2, 3].as_slice(), [0; 12].as_slice()),
        ("b", Dtype::I64, &[2, 2], &[0; 32]),
    ];
    let valid = vec![
        ("x.npz", npz(&members, Stored)),
        ("x.npz", npz(&members[..1], Deflated)),
        ("x.safetensors", tensors(&list)),
        ("x.csv", b"a,b\n0,1\n2,3\n\"4\",5\n".to_vec()),
        ("x.tsv", b"a\nlabel\nother\n".to_vec()),
        ("x.npy", floats),
        ("x.npy", columns),
        ("x.npy", pairs),
        ("x.npy", labels),
    ];
    #[cfg(feature = "tables")]
    let valid = [valid, tables().to_vec()].concat();
    valid
}

#[cfg(feature = "tables")]
fn tables() -> [(&'static str, Vec<u8>); 2] {
    use polars::prelude::{IntoColumn, NamedFrom, Series};
    let a = Series::new("a".into(), &[0_i64, 1, 2, 1]).into_column();
    let b = Series::new("b".into(), &[Some(3_i32), None, Some(5), Some(6)]).into_column();
    let text = Series::new("a".into(), &["x", "y", "x"]).into_column();
    [
        ("x.parquet", crate::tables::parquet(vec![a, b])),
        ("x.parquet", crate::tables::parquet(vec![text])),
    ]
}

/// A change of a few bytes: where, what to, and how many to cut off the end.
#[derive(Clone, Debug)]
struct Damage {
    writes: Vec<(Index, u8)>,
    keep: Option<Index>,
}

fn damage() -> impl Strategy<Value = Damage> {
    let byte = prop_oneof![any::<u8>(), Just(0), Just(0xff), Just(b'9'), Just(b'-')];
    (
        vec((any::<Index>(), byte), 1..6),
        proptest::option::weighted(0.2, any::<Index>()),
    )
        .prop_map(|(writes, keep)| Damage { writes, keep })
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        for (at, byte) in &self.writes {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        if let Some(keep) = &self.keep {
            bytes.truncate(keep.index(bytes.len()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(
        magic in prop_oneof![
            Just(b"".as_slice()),
            Just(b"\x93NUMPY\x01\x00\x40\x00".as_slice()),
            Just(b"PK\x03\x04".as_slice()),
            Just(b"PK\x05\x06\0\0\0\0".as_slice()),
            Just(b"PAR1".as_slice()),
            Just(b"\x40\0\0\0\0\0\0\0{".as_slice()),
        ],
        noise in vec(any::<u8>(), 0..200),
        suffix in prop_oneof![Just("npy"), Just("csv"), Just("tsv"), Just("bin")],
    ) {
        open_all(&format!("x.{suffix}"), &[magic, &noise].concat());
    }

    #[test]
    fn damaged_files_never_panic(damage in damage()) {
        for (name, mut bytes) in valid() {
            damage.apply(&mut bytes);
            open_all(name, &bytes);
        }
    }
}
