//! Files of other formats: named by their first bytes, with the line that converts them.

use spherecheck::input::{open_embeddings, open_items, open_labels, open_pairs};

use super::make::{assert_says, file, npz, refusal};
use zip::CompressionMethod::Stored;

#[test]
fn formats_that_are_not_read_are_named_with_the_line_that_converts_them() {
    let tar = [&[0; 257][..], b"ustar\0"].concat();
    let sheet = npz(&[("xl/workbook.xml", b"<x/>")], Stored);
    for (name, bytes, format, line) in [
        ("x.bz2", &b"BZh91AY"[..], "bzip2", "bunzip2"),
        ("x.xz", b"\xfd7zXZ\0\0", "xz", "unxz"),
        (
            "set.h5",
            b"\x89HDF\r\n\x1a\n\0",
            "HDF5",
            "np.save(\"set.npy\", h5py.File(\"set.h5\")",
        ),
        (
            "x.feather",
            b"FEA1\0\0",
            "Feather (version 1)",
            "pd.read_feather(\"x.feather\")",
        ),
        (
            "x.pkl",
            b"\x80\x04K\x01.",
            "pickle",
            "pd.read_pickle(\"x.pkl\")",
        ),
        ("x.pt", b"\x80\x02K\x01.", "pickle", "torch.load(\"x.pt\")"),
        ("x.orc", b"ORC\0", "ORC", "read_orc"),
        ("x.avro", b"Obj\x01", "Avro", "fastavro"),
        (
            "x.mat",
            b"MATLAB 5.0 MAT-file",
            "MATLAB",
            "scipy.io.loadmat",
        ),
        ("x.db", b"SQLite format 3\0", "SQLite", "sqlite3"),
        ("x.index", b"IxF2\0", "FAISS", "reconstruct_n"),
        ("m.gguf", b"GGUF\x03", "GGUF", "encode"),
        ("x.json", b"[[0.1, 0.2]]", "JSON", "json.load("),
        ("x", b" {\"a\": [1]}", "JSON", "json.load("),
        ("x.json", b"{\n\"a\": [1]}\n", "JSON", "json.load("),
        (
            "rows.ndjson",
            b"[1, 2]\n[3, 4]\n",
            "JSON lines",
            "json.loads(line)",
        ),
        ("x.npy", b"<!DOCTYPE html><html>", "web page", "download"),
        ("x.csv", b"<html>", "web page", "download"),
        ("x.tar", &tar, "tar archive", "tar -xf"),
        ("x.xlsx", &sheet, "Excel", "pd.read_excel"),
        (
            "x.csv",
            b"\xff\xfea\0,\0b\0",
            "UTF-16",
            "encoding=\"utf-16\"",
        ),
    ] {
        let temp = file(name, bytes);
        let messages = [
            refusal(open_embeddings(&temp.path(), None)),
            refusal(open_pairs(&temp.path(), None)),
            refusal(open_labels(&temp.path(), None)),
        ];
        for message in messages {
            assert_says(&message, &temp.shown(), &[format, line]);
            assert!(!message.contains(".csv, .tsv or .parquet"), "{message}");
        }
    }
}

#[test]
fn items_in_text_tables_are_converted_by_the_line_that_fits() {
    for (name, text, line) in [
        (
            "x.csv",
            "1,2\n3,4\n",
            r#"np.loadtxt("x.csv", "float32", delimiter=",")"#,
        ),
        ("x.csv", "a,b\n1,2\n", r#"pd.read_csv("x.csv")"#),
        (
            "x.tsv",
            "1\t2\r\n3\t4\r\n",
            r#"np.loadtxt("x.tsv", "float32")"#,
        ),
        ("x.tsv", "a\tb\n1\t2\n", r#"pd.read_csv("x.tsv", sep="\t")"#),
    ] {
        let temp = file(name, text.as_bytes());
        let message = refusal(open_items(&temp.path(), None));
        assert_says(&message, &temp.shown(), &["np.save(\"x.npy\"", line]);
    }
}

#[test]
fn raw_numbers_are_named_as_such() {
    let floats: Vec<u8> = [0.25_f32, -1.5, 3.0, 0.125]
        .iter()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    // (0, 123) as 64-bit integers begins as a safetensors file of an empty header would.
    let pairs: Vec<u8> = [0_i64, 123, 5, 123]
        .iter()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    for bytes in [&floats, &pairs] {
        for name in ["dump.npy", "dump.bin", "dump", "dump.npz", "dump.parquet"] {
            let temp = file(name, bytes);
            let message = refusal(open_embeddings(&temp.path(), None));
            assert_says(
                &message,
                &temp.shown(),
                &[
                    "raw numbers without a header",
                    "tofile",
                    "np.fromfile(\"dump",
                ],
            );
        }
    }
    let temp = file("rows.txt", b"0.1 0.2 0.5\n0.3 0.4 0.5\n");
    let message = refusal(open_embeddings(&temp.path(), None));
    assert_says(&message, &temp.shown(), &["np.loadtxt(\"rows.txt\""]);
    let message = refusal(open_labels(&temp.path(), None));
    assert_says(&message, &temp.shown(), &["ends in .csv or .tsv"]);
}
