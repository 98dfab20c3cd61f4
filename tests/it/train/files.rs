//! Every loader on small files in the true format, written here byte by byte, and on damaged ones.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use spherecheck::train::data::{
    Augment, DataSplit, Dataset, Images, Input, Items, Sentences, Show, Takes, Task, Vocabulary,
    open,
};
use tempfile::TempDir;

use super::support::digits;

fn folder(files: &[(&str, Vec<u8>)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn read(path: &Path) -> Result<Dataset, String> {
    open(path.to_str().unwrap(), None).map_err(|error| error.to_string())
}

#[track_caller]
fn refusal(files: &[(&str, Vec<u8>)]) -> String {
    match read(folder(files).path()) {
        Ok(_) => panic!("it was read"),
        Err(error) => error,
    }
}

fn images(split: &DataSplit) -> &Images {
    match &*split.items {
        Items::Images(images) => images,
        Items::Sentences(_) => panic!("sentences"),
    }
}

/// Pixel values 0 to 255 of the image at a place of a split.
fn pixels(split: &DataSplit, at: usize) -> Vec<u8> {
    let images = images(split);
    let mut out = vec![0.0; images.shape().iter().product()];
    images.read(split.rows[at] as usize, &mut out);
    out.iter().map(|v| (v * 255.0).round() as u8).collect()
}

fn labels(split: &DataSplit) -> Vec<i64> {
    split
        .labels
        .iter()
        .map(|l| l.map_or(-1, i64::from))
        .collect()
}

/// Bytes that differ everywhere and from image to image.
fn picture(which: usize, len: usize) -> Vec<u8> {
    (0..len)
        .map(|k| (which * 31 + k * 7 + k / 251) as u8)
        .collect()
}

#[test]
fn the_digits_are_those_of_the_fixture() {
    let data = digits();
    assert_eq!(
        (data.train.len(), data.test.len(), data.classes),
        (1438, 359, 10)
    );
    assert_eq!(labels(&data.train)[..4], [0, 1, 2, 3]);
    assert_eq!(labels(&data.test)[..3], [4, 9, 4]);
    // The first row of the first zero: 0 0 5 13 9 1 0 0 of 16.
    let row: Vec<u8> = [0, 0, 5, 13, 9, 1, 0, 0]
        .iter()
        .map(|v| (v * 255 + 8) / 16)
        .map(|v| v as u8)
        .collect();
    assert_eq!(pixels(&data.train, 0)[..8], row);
}

fn cifar(classes: &[u8]) -> Vec<u8> {
    let records = classes.iter().enumerate();
    records
        .flat_map(|(k, class)| [vec![*class], picture(k, 3072)].concat())
        .collect()
}

#[test]
fn cifar10_batches_are_read_in_order() {
    let data = folder(&[
        ("data_batch_1.bin", cifar(&[3, 0])),
        ("data_batch_2.bin", cifar(&[9])),
        ("test_batch.bin", cifar(&[1, 2, 5])),
    ]);
    let data = read(data.path()).unwrap();
    assert_eq!(images(&data.train).shape(), [3, 32, 32]);
    assert_eq!(
        (labels(&data.train), labels(&data.test)),
        (vec![3, 0, 9], vec![1, 2, 5])
    );
    assert_eq!(pixels(&data.train, 1), picture(1, 3072));
    assert_eq!(pixels(&data.train, 2), picture(0, 3072));
}

#[test]
fn damaged_cifar10_batches_are_refused_with_their_place() {
    let mut short = cifar(&[1, 2]);
    short.truncate(5000);
    let error = refusal(&[("data_batch_1.bin", short), ("test_batch.bin", cifar(&[1]))]);
    assert!(
        error.contains("data_batch_1.bin: record 1: expected records of 3073 bytes"),
        "{error}"
    );
    assert!(
        error.contains("found 1927 bytes after the last whole one"),
        "{error}"
    );
    let error = refusal(&[
        ("data_batch_1.bin", cifar(&[1, 10])),
        ("test_batch.bin", cifar(&[1])),
    ]);
    assert!(
        error.contains("record 1 (byte 3073): expected a class from 0 to 9, found 10"),
        "{error}"
    );
    let error = refusal(&[("data_batch_1.bin", cifar(&[1]))]);
    assert!(error.contains("test_batch.bin: no such file"), "{error}");
}

#[test]
fn stl10_images_lie_column_after_column() {
    let image = picture(5, 3 * 96 * 96);
    let data = folder(&[
        ("train_X.bin", image.clone()),
        ("train_y.bin", vec![10]),
        (
            "unlabeled_X.bin",
            [picture(1, 27648), picture(2, 27648)].concat(),
        ),
        ("test_X.bin", image.clone()),
        ("test_y.bin", vec![1]),
    ]);
    let data = read(data.path()).unwrap();
    assert_eq!(
        (labels(&data.train), labels(&data.test)),
        (vec![9, -1, -1], vec![0])
    );
    assert_eq!(data.train.labelled().len(), 1);
    let shown = pixels(&data.train, 0);
    for (y, x) in [(0, 0), (0, 1), (1, 0), (95, 3)] {
        assert_eq!(
            shown[96 * 96 + y * 96 + x],
            image[96 * 96 + x * 96 + y],
            "green at {y}, {x}"
        );
    }
}

#[test]
fn damaged_stl10_files_are_refused_with_their_place() {
    let image = picture(5, 27648);
    let rest = |train: Vec<u8>, classes: Vec<u8>| {
        refusal(&[
            ("train_X.bin", train),
            ("train_y.bin", classes),
            ("test_X.bin", image.clone()),
            ("test_y.bin", vec![1]),
        ])
    };
    let error = rest(image[..100].to_vec(), vec![1]);
    assert!(
        error.contains("train_X.bin: image 0") && error.contains("found 100 bytes"),
        "{error}"
    );
    let error = rest(image.clone(), vec![1, 2]);
    assert!(
        error.contains("train_y.bin: the whole file: expected 1 bytes"),
        "{error}"
    );
    let error = rest(image.clone(), vec![0]);
    assert!(
        error.contains("train_y.bin: byte 0: expected a class from 1 to 10, found 0"),
        "{error}"
    );
}

fn idx(kind: u8, axes: &[u32], bytes: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, kind, axes.len() as u8];
    file.extend(axes.iter().flat_map(|axis| axis.to_be_bytes()));
    file.extend(bytes);
    file
}

fn mnist(change: impl Fn(&mut Vec<(&'static str, Vec<u8>)>)) -> Result<Dataset, String> {
    let mut files = vec![
        (
            "train-images-idx3-ubyte",
            idx(8, &[2, 3, 5], &picture(1, 30)),
        ),
        ("train-labels-idx1-ubyte", idx(8, &[2], &[7, 4])),
        (
            "t10k-images-idx3-ubyte",
            idx(8, &[1, 3, 5], &picture(2, 15)),
        ),
        ("t10k-labels-idx1-ubyte", idx(8, &[1], &[3])),
    ];
    change(&mut files);
    read(folder(&files).path())
}

#[test]
fn idx_files_are_read() {
    let data = mnist(|_| {}).unwrap();
    assert_eq!(images(&data.test).shape(), [1, 3, 5]);
    assert_eq!(
        (labels(&data.train), labels(&data.test), data.classes),
        (vec![7, 4], vec![3], 8)
    );
    assert_eq!(pixels(&data.train, 1), picture(1, 30)[15..]);
    // Some packages write a dot for the hyphen.
    let data = mnist(|files| files[0].0 = "train-images.idx3-ubyte").unwrap();
    assert_eq!(data.train.len(), 2);
}

#[test]
fn damaged_idx_files_are_refused_with_their_place() {
    let error = mnist(|files| files[0].1.truncate(40)).err().unwrap();
    assert!(
        error
            .contains("train-images-idx3-ubyte: byte 16: expected 2 x 3 x 5 bytes, found 24 bytes"),
        "{error}"
    );
    let error = mnist(|files| files[2].1[2] = 0x0d).err().unwrap();
    assert!(
        error.contains("t10k-images-idx3-ubyte: byte 0: expected [00, 00, 08, 03]"),
        "{error}"
    );
    let error = mnist(|files| files[1].1 = idx(8, &[3], &[1, 2, 3]))
        .err()
        .unwrap();
    assert!(
        error.contains("train-labels-idx1-ubyte: its first axis: expected 2 labels"),
        "{error}"
    );
    let error = mnist(|files| files[3].1 = vec![0x1f, 0x8b]).err().unwrap();
    assert!(
        error.contains("t10k-labels-idx1-ubyte: byte 0") && error.contains("gunzip"),
        "{error}"
    );
    let error = mnist(|files| files[2].1 = idx(8, &[1, 4, 4], &picture(2, 16)))
        .err()
        .unwrap();
    assert!(
        error.contains("training images are 3 x 5 but test images 4 x 4"),
        "{error}"
    );
}

fn npy(descr: &str, shape: &str, bytes: Vec<u8>) -> Vec<u8> {
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    while !(header.len() + 11).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    [
        b"\x93NUMPY\x01\x00",
        &(header.len() as u16).to_le_bytes()[..],
        header.as_bytes(),
        &bytes,
    ]
    .concat()
}

#[test]
fn numpy_images_are_read_with_their_labels() {
    let classes: Vec<u8> = [2i64, 0, 1, -1, 1]
        .iter()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    let data = folder(&[
        ("images.npy", npy("|u1", "(5, 3, 4, 4)", picture(3, 240))),
        ("labels.npy", npy("<i8", "(5,)", classes)),
    ]);
    let data = read(data.path()).unwrap();
    assert_eq!(
        (labels(&data.train), labels(&data.test), data.classes),
        (vec![2, 0, 1, -1], vec![1], 3)
    );
    assert_eq!(pixels(&data.test, 0), picture(3, 240)[192..]);
    // Floats, one channel, split by the user, without labels.
    let floats: Vec<u8> = (0..32)
        .flat_map(|k| (k as f32 / 31.0).to_le_bytes())
        .collect();
    let data = folder(&[
        ("train_images.npy", npy("<f4", "(2, 4, 4)", floats.clone())),
        ("test_images.npy", npy("<f4", "(2, 1, 4, 4)", floats)),
    ]);
    let data = read(data.path()).unwrap();
    assert_eq!((data.classes, images(&data.test).shape()), (0, [1, 4, 4]));
    assert_eq!(pixels(&data.train, 1)[15], 255);
}

#[test]
fn numpy_images_of_another_form_are_refused() {
    let images = |descr: &str, shape: &str, bytes| ("images.npy", npy(descr, shape, bytes));
    let error = refusal(&[images("|u1", "(5, 4, 4, 3)", picture(3, 240))]);
    assert!(
        error.contains("N x C x H x W") && error.contains("transpose(0, 3, 1, 2)"),
        "{error}"
    );
    let error = refusal(&[images("|u1", "(5, 3, 4, 4)", picture(3, 200))]);
    assert!(
        error.contains("images.npy") && error.contains("200"),
        "{error}"
    );
    let floats: Vec<u8> = (0..32).flat_map(|k| (k as f32).to_le_bytes()).collect();
    let error = refusal(&[images("<f4", "(2, 4, 4)", floats)]);
    assert!(
        error.contains("image 0: expected bytes (u8), or floats from 0 (black) to 1"),
        "{error}"
    );
    let error = refusal(&[
        images("|u1", "(5, 3, 4, 4)", picture(3, 240)),
        ("labels.npy", npy("<i8", "(4,)", vec![0; 32])),
    ]);
    assert!(
        error.contains("labels.npy: its first axis: expected 5 labels"),
        "{error}"
    );
}

#[test]
fn sentences_are_numbers_of_the_commonest_words() {
    let mut text: String = (0..18)
        .map(|k| format!("the cat saw line{k}\n\n"))
        .collect();
    text += "the unseen dog\nlast the\n";
    let folder = folder(&[("book.txt", text.into_bytes())]);
    let data = read(&folder.path().join("book.txt")).unwrap();
    assert_eq!((data.train.len(), data.test.len()), (18, 2));
    let Items::Sentences(train) = &*data.train.items else {
        panic!("images")
    };
    let Items::Sentences(test) = &*data.test.items else {
        panic!("images")
    };
    let words = words(train);
    assert_eq!(words[..3], ["cat", "saw", "the"]);
    assert_eq!(train.sentence(0), [4, 2, 3, 5]);
    // Words that only the test part has are unknown.
    assert_eq!(
        (test.sentence(0), test.sentence(1)),
        (&[4, 1, 1][..], &[1, 4][..])
    );
    let takes = Takes::of(&data, None);
    assert_eq!(takes.vocabulary(), Some(train.vocabulary()));
}

fn words(sentences: &Sentences) -> &[String] {
    match sentences.vocabulary() {
        Vocabulary::Words(words) => words,
        Vocabulary::Tokenizer(_) => panic!("no tokenizer was given"),
    }
}

fn sentences(split: &DataSplit) -> &Sentences {
    match &*split.items {
        Items::Sentences(sentences) => sentences,
        Items::Images(_) => panic!("images"),
    }
}

/// As books lie in files: some end in one empty line, some in several, one line has blanks alone.
#[test]
fn an_empty_line_is_a_border_between_books_and_no_row() {
    let mut text = String::from("\n");
    let mut count = 0;
    for (length, border) in [(3, "\n"), (1, "\r\n \t\r\n"), (12, "\n\n\n"), (5, "\n")] {
        for _ in 0..length {
            text += &format!("w{count} of a book\n");
            count += 1;
        }
        text += border;
    }
    let folder = folder(&[("books.txt", text.into_bytes())]);
    let data = read(&folder.path().join("books.txt")).unwrap();
    assert_eq!(
        (data.train.len(), data.test.len()),
        (19, 2),
        "no row is lost"
    );
    let train = sentences(&data.train);
    let near: Vec<Vec<usize>> = (0..19).map(|at| train.near(at).collect()).collect();
    assert_eq!(near[0], [1], "the first of its book");
    assert_eq!(near[1], [0, 2]);
    assert_eq!(near[2], [1], "the last of its book");
    assert!(near[3].is_empty(), "alone in its book");
    assert_eq!((&near[4][..], &near[15][..]), (&[5][..], &[14][..]));
    assert_eq!(near[18], [17], "the last to learn from");
    // Row i is the i-th line that is not empty.
    let words = words(train);
    for at in 0..19 {
        let first = train.sentence(at)[0] as usize - 2;
        assert_eq!(words[first], format!("w{at}"));
    }
    assert_eq!(sentences(&data.test).near(0).collect::<Vec<_>>(), [1]);
    assert!(
        data.notes[0].contains("borders between 4 books"),
        "{:?}",
        data.notes
    );
}

/// A neighbour that a batch shows is one of the same book.
#[test]
fn neighbours_are_shown_within_a_book() {
    let book = |from: usize| {
        (from..from + 11)
            .map(|k| format!("w{k}\n"))
            .collect::<String>()
    };
    let text = book(0) + "\n" + &book(11);
    let folder = folder(&[("books.txt", text.into_bytes())]);
    let data = read(&folder.path().join("books.txt")).unwrap();
    let takes = Takes::of(&data, None);
    let augment = Augment::none();
    let word = |at: usize| sentences(&data.train).sentence(at)[0];
    let mut seen = BTreeSet::new();
    for epoch in 0..40 {
        let show = Show::View {
            augment: &augment,
            seed: 0,
            epoch,
            view: 1,
        };
        let input = takes
            .input(&data.train.items, &[9, 10, 11], &[show])
            .unwrap();
        let Input::Words { numbers, .. } = input else {
            panic!("images")
        };
        let numbers = numbers.flatten_all().unwrap().to_vec1::<u32>().unwrap();
        assert_eq!(
            (numbers[1], numbers[2]),
            (word(9), word(12)),
            "across a border"
        );
        seen.insert(numbers[0]);
    }
    assert_eq!(seen, BTreeSet::from([word(8), word(10)]));
}

/// As Hugging Face's tokenizers read, without marks, truncation and padding, which the file has.
#[test]
fn a_tokenizer_reads_its_word_pieces() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tokenizers");
    let pieces = Vocabulary::open(&kept.join("tokenizer.json")).unwrap();
    let said: serde_json::Value =
        serde_json::from_slice(&std::fs::read(kept.join("pieces.json")).unwrap()).unwrap();
    assert_eq!(
        said["pieces"].as_u64().unwrap() + 2,
        pieces.numbers() as u64
    );
    let reads = said["reads"].as_array().unwrap();
    let lines: String = reads
        .iter()
        .map(|read| format!("0\t{}\n", read["text"].as_str().unwrap()))
        .collect();
    let folder = folder(&[("task.tsv", lines.into_bytes())]);
    let task = Task::open(&folder.path().join("task.tsv")).unwrap();
    let split = task.split(&pieces).unwrap();
    for (at, read) in reads.iter().enumerate() {
        let ids = read["ids"].as_array().unwrap().iter();
        let mut ids: Vec<u32> = ids.map(|id| id.as_u64().unwrap() as u32 + 2).collect();
        if ids.is_empty() {
            ids.push(1);
        }
        assert_eq!(sentences(&split).sentence(at), ids, "{read}");
    }
    // What the weights say of it comes back.
    let takes = Takes::Sentences { vocabulary: pieces };
    let text = serde_json::to_string(&takes).unwrap();
    assert_eq!(serde_json::from_str::<Takes>(&text).unwrap(), takes);
}

#[test]
fn what_is_no_tokenizer_is_refused_and_a_line_that_one_cannot_read() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tokenizers");
    let whole = std::fs::read_to_string(kept.join("tokenizer.json")).unwrap();
    // A model whose piece for unknown words is none of its pieces.
    let without = whole.replace("\"unk_token\": \"[UNK]\"", "\"unk_token\": \"[NONE]\"");
    assert_ne!(without, whole);
    let half = whole.as_bytes()[..whole.len() / 2].to_vec();
    let folder = folder(&[
        ("half.json", half),
        ("other.json", b"{\"a\": 1}".to_vec()),
        ("without.json", without.into_bytes()),
        ("task.tsv", "0\tthe ship\n1\t\u{2603}\n".into()),
    ]);
    let at = |name: &str| folder.path().join(name);
    for name in ["half.json", "other.json"] {
        let error = Vocabulary::open(&at(name)).unwrap_err().to_string();
        assert!(
            error.contains(name) && error.contains("tokenizer.save"),
            "{error}"
        );
    }
    let pieces = Vocabulary::open(&at("without.json")).unwrap();
    let task = Task::open(&at("task.tsv")).unwrap();
    let error = task.split(&pieces).err().unwrap().to_string();
    assert!(
        error.contains("the tokenizer cannot read \"\u{2603}\""),
        "{error}"
    );
}

/// CR has a sentence without words among its lines: it stays a row, beside its label.
#[test]
fn every_line_of_a_task_is_a_row() {
    let folder = folder(&[(
        "cr.tsv",
        b"1\tgood film\n0\t\n1\tgood\n0\tbad\tfilm\n".to_vec(),
    )]);
    let task = Task::open(&folder.path().join("cr.tsv")).unwrap();
    assert_eq!(
        (task.name.as_str(), &task.classes[..]),
        ("cr", &[0, 1, 0, 1][..])
    );
    assert_eq!(task.values[..], ["1", "0"]);
    let split = task
        .split(&Vocabulary::Words(vec!["film".to_owned()]))
        .unwrap();
    let rows: Vec<&[u32]> = (0..4).map(|at| sentences(&split).sentence(at)).collect();
    // Number 2 is the first known word, 1 an unknown one.
    assert_eq!(rows, [&[1, 2][..], &[1], &[1], &[1, 2]]);
    assert!((0..4).all(|at| sentences(&split).near(at).next().is_none()));
    // film and good are the two commonest; all others are in the last column.
    let bag = task.bag(2);
    let counts: Vec<Vec<f32>> = bag.outer_iter().map(|row| row.to_vec()).collect();
    assert_eq!(
        counts,
        [
            [1.0, 1.0, 0.0],
            [0.0, 0.0, 1.0],
            [0.0, 1.0, 0.0],
            [1.0, 0.0, 1.0]
        ]
    );
}

#[test]
fn text_that_is_none_is_refused_with_its_place() {
    let refusal = |bytes: &[u8]| {
        let folder = folder(&[("book.txt", bytes.to_vec())]);
        read(&folder.path().join("book.txt")).err().unwrap()
    };
    let error = refusal(b"one\ntwo \xff three\n");
    assert!(
        error.contains("book.txt: line 2 (byte 8): expected text in UTF-8, found byte 0xff"),
        "{error}"
    );
    let error = refusal(b"one\ntwo\n");
    assert!(
        error.contains("at least 20 lines") && error.contains("found 2 lines"),
        "{error}"
    );
}

#[test]
fn what_is_no_data_is_described() {
    let error = refusal(&[("train-images-idx3-ubyte.gz", vec![1])]);
    assert!(
        error.contains("found train-images-idx3-ubyte.gz: gunzip it"),
        "{error}"
    );
    let error = refusal(&[("readme.md", vec![1])]);
    assert!(
        error.contains("no data were found") && error.contains("found readme.md"),
        "{error}"
    );
    let error = read(Path::new("/no/such/folder")).err().unwrap();
    assert!(error.contains("found no such folder"), "{error}");
}
