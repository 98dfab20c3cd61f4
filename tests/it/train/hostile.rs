//! Weights and options that ask for more than there is: refused, never a panic, never an abort.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use assert_cmd::Command;
use candle_core::Device;
use predicates::str::contains;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use spherecheck::train::data::{DataSplit, Show, Takes, Vocabulary};
use spherecheck::train::folder::{load_weights, save_weights};
use spherecheck::train::{Architecture, Encoder, EncoderSpec, TrainError, embed};
use tempfile::TempDir;

use super::support::digits;

#[test]
fn sizes_that_no_memory_holds_are_refused_by_their_flag() {
    let desk = TempDir::new().unwrap();
    for (args, said) in [
        (
            "--dim 18446744073709551615",
            &["dim: expected at most 1048576, found 18446744073709551615"][..],
        ),
        (
            "--width 18446744073709551615",
            &["width: expected at most 1048576, found 18446744073709551615"],
        ),
        (
            "--width 100000",
            &["at most 1073741824 weights (4.3 GB", "--width 100000"],
        ),
        (
            "--size 1000000000000",
            &["size: expected images of at most 4096 x 4096, found 1000000000000"],
        ),
        (
            "--encoder mlp --size 4000",
            &["at most 1073741824 weights", "--size 4000"],
        ),
        (
            "--encoder small-cnn --size 4096 --width 1",
            &[
                "size, batch: expected at most",
                "--size 4096 and --batch 256",
            ],
        ),
        (
            "--objective random --dim 1000000 --encoder mlp --width 1000000",
            &["at most 1073741824 weights", "--dim 1000000"],
        ),
    ] {
        let mut command = Command::cargo_bin("spherecheck").expect("the program");
        command
            .current_dir(desk.path())
            .args(["train", "--out", "run"]);
        let mut done = command.args(args.split_whitespace()).assert().code(2);
        for said in said {
            done = done.stderr(contains(*said));
        }
        assert!(!desk.path().join("run").exists(), "{args}");
    }
}

/// Small encoders of every kind, as files.
fn seeds(folder: &Path) -> Vec<Vec<u8>> {
    let images = Takes::Images {
        channels: 1,
        side: 8,
        mean: vec![0.3],
        std: vec![0.4],
    };
    let vocabulary = Vocabulary::Words(["the", "cat", "saw"].map(str::to_owned).to_vec());
    [
        (Architecture::Mlp, images.clone()),
        (Architecture::SmallCnn, images),
        (Architecture::Gru, Takes::Sentences { vocabulary }),
    ]
    .map(|(architecture, takes)| {
        let spec = EncoderSpec {
            architecture,
            dim: 4,
            width: 3,
            takes,
        };
        let encoder = Encoder::new(spec, 0, &Device::Cpu).unwrap();
        let path = folder.join("seed.safetensors");
        save_weights(&path, &encoder).unwrap();
        std::fs::read(path).unwrap()
    })
    .to_vec()
}

/// The file with another header, whose length is told right.
fn with_header(file: &[u8], change: impl Fn(String) -> String) -> Vec<u8> {
    let end = 8 + u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    let header = change(String::from_utf8(file[8..end].to_vec()).unwrap());
    let length = (header.len() as u64).to_le_bytes();
    [&length[..], header.as_bytes(), &file[end..]].concat()
}

#[test]
fn weights_that_say_more_than_they_hold_are_refused_before_anything_is_made() {
    let desk = TempDir::new().unwrap();
    let path = desk.path().join("weights.safetensors");
    let files = seeds(desk.path());
    // In the metadata quotes are escaped.
    for (file, from, to, said) in [
        (
            1,
            r#"\"side\":8"#,
            r#"\"side\":1000000"#,
            "size: expected images of at most 4096",
        ),
        (
            1,
            r#"\"side\":8"#,
            r#"\"side\":4096"#,
            "blocks.3.1.weight: expected [12, 6291456] F32",
        ),
        (
            1,
            r#"\"channels\":1"#,
            r#"\"channels\":9223372036854775807"#,
            "channels: expected 1 to",
        ),
        (
            0,
            r#"\"channels\":1"#,
            r#"\"channels\":1000000"#,
            "channels: expected 1 to 1024",
        ),
        (
            0,
            r#"\"channels\":1"#,
            r#"\"channels\":3"#,
            "mean, std: expected a mean and a spread",
        ),
        (
            0,
            r#"\"std\":[0.4]"#,
            r#"\"std\":[0.0]"#,
            "mean, std: expected a mean and a spread",
        ),
        (
            0,
            r#"\"width\":3"#,
            r#"\"width\":18446744073709551615"#,
            "width: expected at most",
        ),
        (
            1,
            r#"\"width\":3"#,
            r#"\"width\":1000000"#,
            "encoder: expected at most 1073741824",
        ),
        (
            0,
            r#"\"dim\":4"#,
            r#"\"dim\":18446744073709551615"#,
            "dim: expected at most 1048576",
        ),
        (
            2,
            r#"\"dim\":4"#,
            r#"\"dim\":512"#,
            "gru.weight_ih_l0: expected [768, 3] F32",
        ),
        (
            2,
            r#"\"width\":3"#,
            r#"\"width\":4"#,
            "embedding.weight: expected [5, 4] F32",
        ),
    ] {
        let bytes = with_header(&files[file], |header| {
            assert!(header.contains(from), "{header}");
            header.replace(from, to)
        });
        std::fs::write(&path, bytes).unwrap();
        let error = load_weights(&path, &Device::Cpu).err().expect("a refusal");
        assert!(matches!(error, TrainError::Damaged { .. }), "{error:?}");
        let text = error.to_string();
        assert!(
            text.contains(said) && text.contains("weights.safetensors"),
            "{to}: {text}"
        );
    }
}

/// Numbers that lie at the ends of types and of bounds.
const NUMBERS: [&str; 16] = [
    "0",
    "1",
    "2",
    "3",
    "7",
    "1024",
    "4096",
    "4097",
    "1000000",
    "2147483648",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "18446744073709551615",
    "-1",
    "1e999",
];

/// One change of a file.
fn mutate(rng: &mut Pcg64, file: &mut Vec<u8>, other: &[u8]) {
    let at = rng.random_range(0..file.len().max(1)).min(file.len());
    let end = (at + rng.random_range(1..40usize)).min(file.len());
    match rng.random_range(0..7) {
        0 if at < file.len() => file[at] ^= 1 << rng.random_range(0..8),
        1 if at < file.len() => file[at] = rng.random(),
        2 => drop(file.drain(at..end)),
        3 => file.truncate(at),
        4 => {
            let from = rng.random_range(0..other.len());
            let to = (from + rng.random_range(1..200usize)).min(other.len());
            let put = other[from..to].to_vec();
            file.splice(at..end, put);
        }
        // A run of figures for another, as far as the header goes.
        _ => {
            let figures = |b: &u8| b.is_ascii_digit();
            let header = file.len().min(2500);
            let Some(start) = file[at.min(header)..header].iter().position(figures) else {
                return;
            };
            let start = at.min(header) + start;
            let length = file[start..].iter().take_while(|b| figures(b)).count();
            let number = NUMBERS[rng.random_range(0..NUMBERS.len())];
            file.splice(start..start + length, number.bytes());
        }
    }
}

/// A short run here, a long one by `SPHERECHECK_FUZZ=1000000`, the number of inputs.
#[test]
fn changed_weights_are_read_or_refused() {
    let count = std::env::var("SPHERECHECK_FUZZ")
        .ok()
        .and_then(|n| n.parse().ok());
    let count: u64 = count.unwrap_or(6_000);
    let desk = TempDir::new().unwrap();
    let path = desk.path().join("weights.safetensors");
    let files = seeds(desk.path());
    let data = digits();
    let few = DataSplit {
        items: data.test.items.clone(),
        rows: data.test.rows[..2].to_vec(),
        labels: data.test.labels[..2].to_vec(),
    };
    let mut read = 0;
    for seed in 0..count {
        let mut rng = Pcg64::seed_from_u64(seed);
        let mut file = files[rng.random_range(0..files.len())].clone();
        for _ in 0..rng.random_range(1..4) {
            let other = &files[rng.random_range(0..files.len())];
            mutate(&mut rng, &mut file, other);
        }
        // Half of the time the header's length is told right, so that what it says is read.
        if rng.random::<bool>()
            && let Some(end) = file.windows(2).rposition(|w| w == b"}}")
            && end > 8
        {
            let filler = file[end + 2..].iter().take_while(|b| **b == b' ');
            let length = (end + 2 - 8 + filler.count()) as u64;
            file[..8].copy_from_slice(&length.to_le_bytes());
        }
        std::fs::write(&path, &file).unwrap();
        let tried = catch_unwind(AssertUnwindSafe(|| {
            let encoder = load_weights(&path, &Device::Cpu).ok()?;
            let takes = &encoder.spec().takes;
            if takes.check(&data, "weights").is_ok() {
                let rows = embed(&encoder, &few, Show::Plain, None, &Device::Cpu).ok()?;
                assert_eq!(rows.dim(), (2, encoder.spec().dim));
            }
            Some(())
        }));
        read += usize::from(
            tried
                .unwrap_or_else(|_| panic!("seed {seed} panics"))
                .is_some(),
        );
    }
    // Changes of single weights are read, so that what follows reading is reached, too.
    assert!(read > 0 && (read as u64) < count, "{read} of {count}");
}
