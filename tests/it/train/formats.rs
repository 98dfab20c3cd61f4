//! Every format through the command line: the digits written as CIFAR-10, STL-10, IDX and NumPy files, and trained on.

use std::fs;
use std::path::Path;

use predicates::str::{contains, is_empty};
use spherecheck::train::data::{DataSplit, Items};
use tempfile::TempDir;

use super::support::{digits, run};

/// A digit as `side` x `side` bytes, each pixel a square, within a black margin; and its class.
fn digit(split: &DataSplit, at: usize, side: usize) -> (Vec<u8>, u8) {
    let Items::Images(images) = &*split.items else {
        panic!("digits are images");
    };
    let mut image = [0.0; 64];
    images.read(split.rows[at] as usize, &mut image);
    let (square, margin) = (side / 8, side % 8 / 2);
    let inside = |at: usize| {
        (at >= margin)
            .then(|| (at - margin) / square)
            .filter(|at| *at < 8)
    };
    let shade = |k: usize| match (inside(k / side), inside(k % side)) {
        (Some(y), Some(x)) => (image[y * 8 + x] * 255.0) as u8,
        _ => 0,
    };
    let class = split.labels[at].expect("digits are labelled") as u8;
    ((0..side * side).map(shade).collect(), class)
}

/// Three planes of colour, the later the darker.
fn tinted(grey: &[u8]) -> Vec<u8> {
    let planes = [1, 2, 3].map(|part| grey.iter().map(move |v| v / part));
    planes.into_iter().flatten().collect()
}

fn turned(planes: &[u8], side: usize) -> Vec<u8> {
    let plane = |plane: &[u8]| -> Vec<u8> {
        let at = 0..side * side;
        at.map(|k| plane[k % side * side + k / side]).collect()
    };
    planes.chunks_exact(side * side).flat_map(plane).collect()
}

/// Writes `learn` and `judge` digits in a format.
type Writer = fn(&Path, &[(Vec<u8>, u8)], &[(Vec<u8>, u8)]);

fn cifar(folder: &Path, learn: &[(Vec<u8>, u8)], judge: &[(Vec<u8>, u8)]) {
    let records = |items: &[(Vec<u8>, u8)]| -> Vec<u8> {
        let record = |(grey, class): &(Vec<u8>, u8)| [vec![*class], tinted(grey)].concat();
        items.iter().flat_map(record).collect()
    };
    let (one, two) = learn.split_at(learn.len() / 2);
    fs::write(folder.join("data_batch_1.bin"), records(one)).unwrap();
    fs::write(folder.join("data_batch_2.bin"), records(two)).unwrap();
    fs::write(folder.join("test_batch.bin"), records(judge)).unwrap();
}

fn stl(folder: &Path, learn: &[(Vec<u8>, u8)], judge: &[(Vec<u8>, u8)]) {
    let write = |name: &str, items: &[(Vec<u8>, u8)]| {
        let images = items.iter().flat_map(|(grey, _)| turned(&tinted(grey), 96));
        let bytes: Vec<u8> = images.collect();
        fs::write(folder.join(format!("{name}_X.bin")), bytes).unwrap();
    };
    let classes = |name: &str, items: &[(Vec<u8>, u8)]| {
        let bytes: Vec<u8> = items.iter().map(|(_, class)| class + 1).collect();
        fs::write(folder.join(format!("{name}_y.bin")), bytes).unwrap();
    };
    let (labelled, others) = learn.split_at(learn.len() / 2);
    write("train", labelled);
    classes("train", labelled);
    write("unlabeled", others);
    write("test", judge);
    classes("test", judge);
}

fn idx(folder: &Path, learn: &[(Vec<u8>, u8)], judge: &[(Vec<u8>, u8)]) {
    let write = |name: &str, axes: &[usize], elements: Vec<u8>| {
        let mut bytes = vec![0, 0, 8, axes.len() as u8];
        bytes.extend(axes.iter().flat_map(|axis| (*axis as u32).to_be_bytes()));
        fs::write(folder.join(name), [bytes, elements].concat()).unwrap();
    };
    for (stem, items) in [("train", learn), ("t10k", judge)] {
        let pixels = items.iter().flat_map(|(grey, _)| grey.clone()).collect();
        let axes = [items.len(), 28, 28];
        write(&format!("{stem}-images-idx3-ubyte"), &axes, pixels);
        let classes = items.iter().map(|(_, class)| *class).collect();
        write(&format!("{stem}-labels-idx1-ubyte"), &axes[..1], classes);
    }
}

fn numpy(folder: &Path, learn: &[(Vec<u8>, u8)], judge: &[(Vec<u8>, u8)]) {
    for (stem, items) in [("train", learn), ("test", judge)] {
        let pixels = items.iter().flat_map(|(grey, _)| tinted(grey));
        let pixels: Vec<f32> = pixels.map(|v| f32::from(v) / 255.0).collect();
        let shape = (items.len(), 3, 16, 16);
        let images = ndarray::Array4::from_shape_vec(shape, pixels).unwrap();
        ndarray_npy::write_npy(folder.join(format!("{stem}_images.npy")), &images).unwrap();
        let classes = items.iter().map(|(_, class)| i64::from(*class));
        let classes = ndarray::Array1::from_iter(classes);
        ndarray_npy::write_npy(folder.join(format!("{stem}_labels.npy")), &classes).unwrap();
    }
}

const FORMATS: [(&str, usize, Writer); 4] = [
    ("cifar", 32, cifar),
    ("stl", 96, stl),
    ("mnist", 28, idx),
    ("numpy", 16, numpy),
];

#[test]
fn every_format_is_trained_on_and_audited() {
    let data = digits();
    for (name, side, write) in FORMATS {
        let desk = TempDir::new().unwrap();
        let folder = desk.path().join(name);
        fs::create_dir(&folder).unwrap();
        let items = |split: &DataSplit, count| -> Vec<(Vec<u8>, u8)> {
            (0..count).map(|at| digit(split, at, side)).collect()
        };
        let (learn, judge) = (items(&data.train, 160), items(&data.test, 60));
        write(&folder, &learn, &judge);
        let line =
            "--encoder small-cnn --size 16 --width 4 --dim 4 --batch 40 --epochs 2 --out run";
        run(desk.path(), &format!("train --data {name} {line}"))
            .code(0)
            .stderr(contains("160 items, 60 for tests"))
            .stdout(contains("uniformity"));
        let log = fs::read_to_string(desk.path().join("run/log.csv")).unwrap();
        let losses: Vec<f64> = log
            .lines()
            .skip(1)
            .map(|line| line.split(',').nth(3).unwrap().parse().unwrap())
            .collect();
        assert!(losses[1] < losses[0] - 0.02, "{name} learns nothing: {log}");
        let found: ndarray::Array1<i64> =
            ndarray_npy::read_npy(desk.path().join("run/labels.npy")).unwrap();
        let classes: Vec<i64> = judge.iter().map(|(_, class)| i64::from(*class)).collect();
        assert_eq!(found.to_vec(), classes, "{name}");
        let audit = fs::read(desk.path().join("run/audit.json")).unwrap();
        let audit: serde_json::Value = serde_json::from_slice(&audit).unwrap();
        assert!(!audit["measures"].as_array().unwrap().is_empty(), "{name}");
    }
}

#[test]
fn damaged_files_end_with_their_name_and_place_and_leave_nothing() {
    let data = digits();
    let cut = |path: &Path, by: usize| {
        let bytes = fs::read(path).unwrap();
        fs::write(path, &bytes[..bytes.len() - by]).unwrap();
    };
    let set = |path: &Path, at: usize, to: u8| {
        let mut bytes = fs::read(path).unwrap();
        bytes[at] = to;
        fs::write(path, bytes).unwrap();
    };
    type Damage<'a> = &'a dyn Fn(&Path);
    let damages: [(usize, Damage<'_>, &str); 8] = [
        (
            0,
            &|f| cut(&f.join("data_batch_2.bin"), 1),
            "data_batch_2.bin: record 9",
        ),
        (
            0,
            &|f| set(&f.join("test_batch.bin"), 3073 * 2, 10),
            "test_batch.bin: record 2 (byte 6146): expected a class from 0 to 9, found 10",
        ),
        (
            1,
            &|f| cut(&f.join("unlabeled_X.bin"), 27_000),
            "unlabeled_X.bin: image 9",
        ),
        (
            1,
            &|f| set(&f.join("train_y.bin"), 4, 0),
            "train_y.bin: byte 4: expected a class from 1 to 10, found 0",
        ),
        (
            2,
            &|f| cut(&f.join("t10k-images-idx3-ubyte"), 100),
            "t10k-images-idx3-ubyte: byte 16: expected 5 x 28 x 28 bytes, found 3820 bytes",
        ),
        (
            2,
            &|f| cut(&f.join("train-labels-idx1-ubyte"), 1),
            "train-labels-idx1-ubyte: byte 8: expected 20 bytes, found 19 bytes",
        ),
        (
            3,
            &|f| cut(&f.join("train_images.npy"), 40),
            "train_images.npy",
        ),
        (
            3,
            &|f| {
                let classes = ndarray::Array1::from_vec(vec![0i64; 19]);
                ndarray_npy::write_npy(f.join("train_labels.npy"), &classes).unwrap();
            },
            "train_labels.npy",
        ),
    ];
    for (format, damage, said) in damages {
        let (name, side, write) = FORMATS[format];
        let desk = TempDir::new().unwrap();
        let folder = desk.path().join(name);
        fs::create_dir(&folder).unwrap();
        let items = |split: &DataSplit, count| -> Vec<(Vec<u8>, u8)> {
            (0..count).map(|at| digit(split, at, side)).collect()
        };
        write(&folder, &items(&data.train, 20), &items(&data.test, 5));
        damage(&folder);
        run(
            desk.path(),
            &format!("train --data {name} --batch 4 --out run"),
        )
        .code(2)
        .stdout(is_empty())
        .stderr(contains(said));
        assert!(!desk.path().join("run").exists(), "{said}");
    }
}
