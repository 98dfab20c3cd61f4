//! Folders, patterns and indices: several files read as one, in the order of their numbers, and none of them copied.

use std::fs;
use std::path::{Path, PathBuf};

use safetensors::tensor::Dtype as TensorType;
use spherecheck::data::{DataError, Normalize, Norms, ZeroRows};
use spherecheck::input::{InputError, Reader, open_embeddings};
use spherecheck::num::Dtype;
use tempfile::TempDir;

use super::make::{npy, refusal, rows_of, tensors};

/// A folder of files; their paths are shown with that of the folder before them.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new(files: &[(&str, Vec<u8>)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        files
            .iter()
            .for_each(|(name, bytes)| folder.add(name, bytes));
        folder
    }

    pub(crate) fn add(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn root(&self) -> &Path {
        self.0.path()
    }

    /// A message without the name of the folder.
    pub(crate) fn bare(&self, message: &str) -> String {
        let root = format!("{}", self.root().display());
        message
            .replace(&format!("{root}/"), "")
            .replace(&root, "DIR")
    }
}

/// Rows of two f32, in either byte order.
fn rows(values: &[[f32; 2]], big_endian: bool) -> Vec<u8> {
    let bytes = values.iter().flatten().flat_map(|v| match big_endian {
        true => v.to_be_bytes(),
        false => v.to_le_bytes(),
    });
    let descr = if big_endian { "'>f4'" } else { "'<f4'" };
    let shape = format!("({}, 2)", values.len());
    npy(1, descr, false, &shape, &bytes.collect::<Vec<u8>>())
}

/// Twelve files of one row each, and one of none.
pub(crate) fn twelve() -> Folder {
    let folder = Folder::new(&[("emb_12.npy", rows(&[], false))]);
    for i in 0..12_u8 {
        let row = [f32::from(i) + 1.0, -0.5];
        folder.add(&format!("emb_{i}.npy"), &rows(&[row], i % 2 == 0));
    }
    folder
}

#[test]
fn rows_lie_in_the_order_of_the_numbers_in_names() {
    let folder = twelve();
    let expected: Vec<[f64; 2]> = (1..=12_u8).map(|i| [f64::from(i), -0.5]).collect();
    for path in [folder.root().to_owned(), folder.path("emb_*.npy")] {
        let mut reader = Reader::default();
        let matrix = reader.embeddings(&path, None).unwrap();
        assert_eq!(rows_of(&matrix), expected);
        assert_eq!((matrix.rows(), matrix.dim()), (12, 2));
        assert_eq!(matrix.dtype(), Dtype::F32);
        assert_eq!(matrix.name(), format!("{} (13 files)", path.display()));
        assert_eq!(
            matrix.place(10),
            (&*folder.path("emb_10.npy").display().to_string(), 0)
        );
        let mut single = [0.0_f32; 2];
        matrix.row_f32(7, &mut single);
        assert_eq!(single, [8.0, -0.5]);
        // The first columns of the same rows.
        let first = rows_of(&matrix.prefix(1));
        let expected: Vec<[f64; 1]> = expected.iter().map(|row| [row[0]]).collect();
        assert_eq!(first, expected);
        let notes = reader.notes();
        assert_eq!(notes.len(), 1, "{notes:?}");
        assert!(
            folder
                .bare(&notes[0])
                .contains("(13 files): read as one, in this order, from emb_0.npy to emb_12.npy."),
            "{notes:?}"
        );
    }
}

/// Files of several rows: places at both ends of each.
#[test]
fn a_row_has_a_place_in_its_file() {
    let folder = Folder::new(&[
        ("a2.npy", rows(&[[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]], false)),
        ("a1.npy", rows(&[], false)),
        ("a10.npy", rows(&[[4.0, 0.0], [5.0, f32::NAN]], true)),
    ]);
    let matrix = open_embeddings(folder.root(), None).unwrap();
    let places = (0..5).map(|row| matrix.place(row));
    let places: Vec<(String, usize)> = places.map(|(name, row)| (folder.bare(name), row)).collect();
    let expected = [("a2", 0), ("a2", 1), ("a2", 2), ("a10", 0), ("a10", 1)];
    assert_eq!(
        places,
        expected.map(|(name, row)| (format!("{name}.npy"), row))
    );
    let refused = Norms::of(&matrix).err().map(|refusal| refusal.to_string());
    let said = folder.bare(&refused.unwrap());
    assert!(
        said.starts_with("a10.npy: row 1 holds NaN at column 1"),
        "{said}"
    );
    folder.add("a10.npy", &rows(&[[0.0, 0.0], [5.0, 0.0]], true));
    folder.add("a11.npy", &rows(&[[0.0, 0.0]], true));
    let matrix = open_embeddings(folder.root(), None).unwrap();
    let refused = Norms::of(&matrix)
        .unwrap()
        .check(&matrix, Normalize::L2, ZeroRows::Reject);
    let said = folder.bare(&refused.err().unwrap().to_string());
    assert!(
        said.starts_with("a10.npy: rows 0, ... have norm 0"),
        "{said}"
    );
    assert!(said.contains("(2 in total)"), "{said}");
}

#[test]
fn what_is_beside_the_files_of_a_folder_is_left_out_and_said() {
    let folder = twelve();
    for name in [
        "_SUCCESS",
        "_metadata",
        ".emb_0.npy.crc",
        "_emb.npy",
        ".x.npy",
        "README.md",
    ] {
        folder.add(name, b"not embeddings");
    }
    fs::create_dir(folder.path("metadata")).unwrap();
    let mut reader = Reader::default();
    assert_eq!(reader.embeddings(folder.root(), None).unwrap().rows(), 12);
    let notes = reader.notes();
    let said = "; left out: `.emb_0.npy.crc`, `.x.npy`, `README.md` and 4 more.";
    assert!(notes[0].ends_with(said), "{notes:?}");
    let mut reader = Reader::default();
    assert_eq!(
        reader
            .embeddings(&folder.path("*.npy"), None)
            .unwrap()
            .rows(),
        12
    );
    let notes = reader.notes();
    assert!(notes[0].ends_with("; left out: `_emb.npy`."), "{notes:?}");
    // What a pattern spells is meant.
    let spelled = refusal(open_embeddings(&folder.path("_emb*"), None));
    assert!(
        folder
            .bare(&spelled)
            .starts_with("_emb.npy: claims to be .npy"),
        "{spelled}"
    );
}

#[test]
fn folders_and_patterns_without_files_are_refused() {
    let folder = Folder::new(&[]);
    let said = |path: &Path| folder.bare(&refusal(open_embeddings(path, None)));
    let all = |path: &Path, words: &[&str]| {
        let said = said(path);
        words
            .iter()
            .for_each(|word| assert!(said.contains(word), "{said:?} lacks {word:?}"));
    };
    all(
        folder.root(),
        &["DIR: expected files that can be read as one, found an empty folder"],
    );
    all(
        &folder.path("x_*.npy"),
        &["x_*.npy: expected files", "found no file of this name"],
    );
    // No pattern, so a name.
    all(&folder.path("x[.npy"), &["x[.npy: no such file"]);
    folder.add("notes.txt", b"x");
    all(
        folder.root(),
        &["none by their endings, but `notes.txt`", "'*'"],
    );
    fs::create_dir(folder.path("img_emb")).unwrap();
    fs::create_dir(folder.path("metadata")).unwrap();
    all(
        folder.root(),
        &[
            "none, but `img_emb/`, `metadata/`",
            "name one of them, such as img_emb/",
        ],
    );
    all(&folder.path("*"), &["notes.txt"]);
    all(
        &folder.path("img_*"),
        &["none, but `img_emb/`", "name files"],
    );
    folder.add("a_0.npy", &rows(&[[1.0, 0.0]], false));
    folder.add(
        "a_1.npy.gz",
        &super::packed::gzip(&rows(&[[2.0, 0.0]], false)),
    );
    assert_eq!(open_embeddings(folder.root(), None).unwrap().rows(), 2);
    folder.add(
        "a_0.npy.gz",
        &super::packed::gzip(&rows(&[[1.0, 0.0]], false)),
    );
    all(
        folder.root(),
        &["found a_0.npy and, packed by its name, a_0.npy.gz; move one of them away"],
    );
    assert_eq!(
        open_embeddings(&folder.path("*.gz"), None).unwrap().rows(),
        2
    );
    fs::remove_file(folder.path("a_0.npy.gz")).unwrap();
    folder.add("a_0.parquet", b"PAR1");
    all(
        folder.root(),
        &[
            "files of several kinds (2 .npy, 1 .parquet)",
            "in quotes: '*.npy'",
        ],
    );
}

#[test]
fn files_of_other_widths_or_types_are_refused_with_the_first_that_differs() {
    let other =
        |descr: &str, shape: &str, bytes: usize| npy(1, descr, false, shape, &vec![0; bytes]);
    for (bytes, found) in [
        (other("'<f4'", "(2, 3)", 24), "3 f32"),
        (other("'<f8'", "(1, 2)", 16), "2 f64"),
    ] {
        let folder = twelve();
        folder.add("emb_2.npy", &bytes);
        folder.add("emb_10.npy", &bytes);
        let said = folder.bare(&refusal(open_embeddings(folder.root(), None)));
        let expected = format!(
            "emb_2.npy: expected rows of 2 f32, as emb_0.npy has, found rows of {found}; files that are read as one"
        );
        assert!(said.starts_with(&expected), "{said}");
    }
    // All of them together are still too few rows.
    let folder = Folder::new(&[
        ("a.npy", rows(&[[1.0, 0.0]], false)),
        ("b.npy", rows(&[], false)),
    ]);
    let refused = open_embeddings(folder.root(), None).err();
    assert!(
        matches!(
            &refused,
            Some(InputError::Data(DataError::TooSmall {
                rows: 1,
                dim: 2,
                ..
            }))
        ),
        "{refused:?}"
    );
    // A file that is refused alone is named.
    let folder = twelve();
    folder.add("emb_3.npy", b"\x93NUMPY");
    let said = folder.bare(&refusal(open_embeddings(folder.root(), None)));
    assert!(said.starts_with("emb_3.npy: damaged .npy header"), "{said}");
}

#[test]
fn one_file_may_be_all_there_is() {
    let folder = Folder::new(&[("only.npy", rows(&[[1.0, 0.0], [2.0, 0.0]], false))]);
    let mut reader = Reader::default();
    let matrix = reader.embeddings(&folder.path("on*.npy"), None).unwrap();
    assert_eq!(matrix.rows(), 2);
    let notes = reader.notes();
    assert_eq!(
        folder.bare(&notes[0]),
        "on*.npy (1 file): this is only.npy."
    );
    // A name with signs of a pattern in it is a name where there is such a file.
    folder.add("x[1].npy", &rows(&[[3.0, 0.0], [4.0, 0.0]], false));
    let matrix = open_embeddings(&folder.path("x[1].npy"), None).unwrap();
    assert_eq!(rows_of(&matrix)[0], [3.0, 0.0]);
}

#[test]
fn an_index_names_the_file_of_a_tensor() {
    let two =
        |values: [f32; 4]| -> Vec<u8> { values.iter().flat_map(|v| v.to_le_bytes()).collect() };
    let first = tensors(&[("other", TensorType::F32, &[2, 2], &two([9.0; 4]))]);
    let second = tensors(&[
        (
            "emb.weight",
            TensorType::F32,
            &[2, 2],
            &two([1.0, 2.0, 3.0, 4.0]),
        ),
        ("bias", TensorType::F32, &[2, 2], &two([0.0; 4])),
    ]);
    let folder = Folder::new(&[
        ("model-00001-of-00002.safetensors", first),
        ("model-00002-of-00002.safetensors", second),
    ]);
    let index = |map: &str| folder.add("model.safetensors.index.json", map.as_bytes());
    index(
        "{\"metadata\": {\"total_size\": 48}, \"weight_map\": {\
         \"emb.weight\": \"model-00002-of-00002.safetensors\", \"bias\": \"model-00002-of-00002.safetensors\", \
         \"other\": \"model-00001-of-00002.safetensors\"}}",
    );
    let path = folder.path("model.safetensors.index.json");
    // The folder of such a model, too.
    for path in [&*path, folder.root()] {
        let matrix = open_embeddings(path, Some("emb.weight")).unwrap();
        assert_eq!(rows_of(&matrix), [[1.0, 2.0], [3.0, 4.0]]);
        assert!(
            matrix
                .name()
                .ends_with("model-00002-of-00002.safetensors[emb.weight]")
        );
    }
    let said = |tensor| folder.bare(&refusal(open_embeddings(&path, tensor)));
    for (found, word) in [
        (
            said(None),
            "holds 3 arrays, expected one or a choice; choose one by name with --tensor NAME",
        ),
        (said(Some("emb")), "holds no array named `emb`"),
        (said(None), "`other` in model-00001-of-00002.safetensors"),
    ] {
        assert!(
            found.starts_with("model.safetensors.index.json: "),
            "{found}"
        );
        assert!(found.contains(word), "{found}");
    }
    for (map, word) in [
        (
            "{\"weight_map\": {\"a\": \"../x.safetensors\"}}",
            "expected the name of a file beside the index",
        ),
        (
            "{\"weight_map\": {\"a\": \"/etc/passwd\"}}",
            "expected the name of a file beside the index",
        ),
        (
            "{\"weight_map\": {\"a\": \"\"}}",
            "expected the name of a file beside the index",
        ),
        ("{\"weight_map\": {}}", "found none"),
        (
            "{\"weights\": {}}",
            "expected a JSON object with `weight_map`",
        ),
        ("[", "expected a JSON object with `weight_map`"),
    ] {
        index(map);
        let found = said(None);
        assert!(
            found.starts_with("model.safetensors.index.json: "),
            "{found}"
        );
        assert!(found.contains(word), "{found}");
    }
    index("{\"weight_map\": {\"a\": \"gone.safetensors\"}}");
    assert!(
        said(None).starts_with("gone.safetensors: no such file"),
        "{}",
        said(None)
    );
}
