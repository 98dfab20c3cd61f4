//! No bytes make a reader panic, end the process, hang or take 2 GB, whatever door they come to.
//!
//! A seeded mutator: files of every format are damaged, some so that what guards them (checksums, lengths) fits again.
//! Short here; as many inputs as one likes by command, see `README.md` beside this file.

use std::fs;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use safetensors::tensor::Dtype;
use spherecheck::data::Embeddings;
use spherecheck::input::{Meant, Reader, open_classes, open_embeddings, open_items};
use spherecheck::num::{Codes, Dtype as Numbers};
use zip::CompressionMethod::{Deflated, Stored};

use super::make::{npy, npz, rows_of, tensors};

/// Inputs, and seconds after which no more are tried, where the environment says nothing.
const SHORT: (u64, u64) = (4_000, 10);
/// No input may take longer; even the slowest machine reads these few bytes in far less.
const HANG: Duration = Duration::from_secs(60);
const TOLD_EVERY: u64 = 100_000;
const MOST_MEMORY: u64 = 2 << 30;
/// Set in the process that tries inputs and runs no other test.
const ALONE: &str = "SPHERECHECK_FUZZ_ALONE";

#[test]
fn no_bytes_bring_a_reader_down() {
    let told = |name: &str| {
        std::env::var(name)
            .ok()
            .and_then(|value| value.parse().ok())
    };
    let long = told("SPHERECHECK_FUZZ");
    if long.is_none() && std::env::var_os(ALONE).is_none() {
        return alone("readers::fuzz::no_bytes_bring_a_reader_down");
    }
    let seed: u64 = told("SPHERECHECK_FUZZ_SEED").unwrap_or(0);
    let (inputs, seconds) = match long {
        Some(inputs) => (inputs, u64::MAX),
        None => SHORT,
    };
    // A process that is ended leaves the input here.
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-readers-{seed}"));
    fs::create_dir_all(&folder).unwrap();
    let done = Arc::new(AtomicU64::new(0));
    watch_for_hangs(&done, &folder);
    let corpus = corpus();
    let rows = ndarray::Array2::from_shape_fn((4, 2), |(i, j)| (i + 2 * j) as f32);
    let rows = Embeddings::from_array("rows", rows.view()).unwrap();
    let started = Instant::now();
    for input in 0..inputs {
        if started.elapsed().as_secs() >= seconds {
            break;
        }
        let mut rng = Pcg64::seed_from_u64(seed ^ (input << 20));
        let (name, bytes) = damaged(&corpus, &mut rng);
        let path = folder.join(name);
        fs::write(&path, &bytes).unwrap();
        let opened = catch_unwind(AssertUnwindSafe(|| open_all(&path, &rows, &mut rng)));
        assert!(
            opened.is_ok(),
            "input {input} of seed {seed} panics: {}",
            path.display()
        );
        fs::remove_file(&path).unwrap();
        done.store(input + 1, Ordering::Relaxed);
        if (input + 1) % TOLD_EVERY == 0 {
            let _ = writeln!(std::io::stdout(), "{} inputs so far", input + 1);
        }
    }
    let count = done.swap(u64::MAX, Ordering::Relaxed);
    let peak = peak_memory();
    let _ = writeln!(
        std::io::stdout(),
        "{count} inputs (seed {seed}) in {:.0} s, peak memory {:.2} GB",
        started.elapsed().as_secs_f64(),
        peak as f64 / 1e9
    );
    assert!(peak < MOST_MEMORY, "{peak} bytes");
    let _ = fs::remove_dir(&folder);
}

/// Runs a test of this program in a process of its own: an input may end it, and its memory is measured.
fn alone(test: &str) {
    let this = std::env::current_exe().unwrap();
    let run = Command::new(this)
        .args(["--exact", "--nocapture", test])
        .env(ALONE, "1")
        .output()
        .unwrap();
    let said = [run.stdout, run.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
}

/// Ends the process where an input takes too long; it lies in `folder`.
fn watch_for_hangs(done: &Arc<AtomicU64>, folder: &Path) {
    let (done, folder) = (Arc::clone(done), folder.to_owned());
    std::thread::spawn(move || {
        let mut last = 0;
        loop {
            std::thread::sleep(HANG);
            match done.load(Ordering::Relaxed) {
                u64::MAX => return,
                now if now == last => {
                    let _ = writeln!(std::io::stderr(), "an input in {} hangs", folder.display());
                    std::process::abort();
                }
                now => last = now,
            }
        }
    });
}

/// The most memory this process has had, where the system tells.
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

const CODES: Codes = Codes::Scaled {
    scale: 0.5,
    offset: -1.0,
};

/// Opens the file in every way; what opens as a matrix must also be readable to its last row.
fn open_all(path: &Path, rows: &Embeddings, rng: &mut Pcg64) {
    let name = *[None, Some("a"), Some("b,a"), Some("a*")]
        .choose(rng)
        .unwrap();
    if let Ok(matrix) = open_embeddings(path, name)
        && matrix.rows().saturating_mul(matrix.dim()) < 10_000
    {
        assert_eq!(rows_of(&matrix).len(), matrix.rows());
    }
    let meant = Meant {
        dtype: *[
            None,
            Some(Numbers::Bf16),
            Some(Numbers::U8),
            Some(Numbers::I8),
        ]
        .choose(rng)
        .unwrap(),
        codes: *[None, Some(Codes::Bits), Some(CODES)].choose(rng).unwrap(),
        view: *[None, None, Some(0), Some(2), Some(usize::MAX)]
            .choose(rng)
            .unwrap(),
    };
    if let Ok((first, second)) = Reader::default().views(path, name, &meant) {
        for matrix in [Some(first), second].into_iter().flatten() {
            if matrix.rows().saturating_mul(matrix.dim()) < 10_000 {
                assert_eq!(rows_of(&matrix).len(), matrix.rows());
            }
        }
    }
    let mut reader = if rng.random() {
        Reader::beside(rows)
    } else {
        Reader::default()
    };
    let _ = reader.pairs(path, name);
    let _ = reader.labels(path, name);
    let _ = reader.names(path, name);
    let _ = reader.targets(path, name);
    let _ = reader.split(path, name);
    let _ = open_items(path, name);
    let _ = open_classes(path, name);
    reader
        .notes()
        .iter()
        .for_each(|note| assert!(note.ends_with('.'), "{note}"));
}

type File = (&'static str, Vec<u8>);

/// A name and valid contents for each format and kind of contents.
fn corpus() -> Vec<File> {
    let floats = npy(1, "'<f4'", false, "(3, 2)", &[1; 24]);
    let pairs = npy(3, "'<i4'", false, "(4, 2)", &[0; 32]);
    let labels = npy(1, "'|u1'", false, "(4,)", &[1, 2, 1, 3]);
    let members = [("a.npy", floats.as_slice()), ("b.npy", labels.as_slice())];
    let list = [
        ("a", Dtype::F16, [2, 3].as_slice(), [0; 12].as_slice()),
        ("b", Dtype::I64, &[2, 2], &[0; 32]),
    ];
    let mut corpus = vec![
        ("x.npz", npz(&members, Stored)),
        ("x.npz", npz(&members[..1], Deflated)),
        ("x.safetensors", tensors(&list)),
        ("x.csv", b"a,b\n0,1\n2,3\n\"4\",5\n1,0\n".to_vec()),
        ("x.csv", b"0;1;4,5\n1;2;3,5\n2;3;1,0\n3;0;1\n".to_vec()),
        (
            "x.csv",
            b"\xef\xbb\xbf,a\r\n0,cat\r\n1,\"d\"\"og\"\r\n2,\r\n\r\n3,True\r\n".to_vec(),
        ),
        ("x.tsv", b"a\nlabel\nother\n3.0\n-1e300\n".to_vec()),
        ("x.npy", npy(2, "'>f8'", true, "(2, 3)", &[2; 48])),
        (
            "x.npy",
            npy(
                1,
                "'<U2'",
                false,
                "(2, 1)",
                &[97, 0, 0, 0, 0, 0, 0, 0, 98, 0, 0, 0, 0, 0, 0, 0],
            ),
        ),
        ("x.npy", npy(1, "'|S3'", false, "(2,)", b"ab\0cat")),
        ("x.npy", npy(1, "'<V2'", false, "(2, 3)", &[64; 12])),
        ("x.npy", npy(1, "'|u1'", false, "(3, 2, 2)", &[9; 12])),
        ("x.npy", npy(1, "'<i2'", false, "(2, 3, 2)", &[0; 24])),
        (
            "x.npy",
            npy(1, "'|b1'", false, "(np.int64(4), 1, 1)", &[1, 0, 1, 0]),
        ),
        (
            "x.npy",
            npy(
                1,
                "[('a', '<f4'), ('b', '<i8', (2,))]",
                false,
                "(1,)",
                &[0; 20],
            ),
        ),
        ("x.npy", floats),
        ("x.npy", pairs),
        ("x.npy", labels),
        ("x", b"{\"a\": [1, 2]}\n".to_vec()),
        (
            "x.safetensors.index.json",
            b"{\"weight_map\": {\"a\": \"x.npy\", \"b\": \"y.npy\"}}".to_vec(),
        ),
    ];
    corpus.extend(super::cut::for_fuzzing());
    corpus.extend(super::packed::for_fuzzing());
    #[cfg(feature = "tables")]
    corpus.extend(
        super::tables::for_fuzzing()
            .into_iter()
            .chain(super::vectors::for_fuzzing())
            .map(|bytes| ("x.parquet", bytes)),
    );
    #[cfg(feature = "tables")]
    corpus.extend(
        super::arrow::for_fuzzing()
            .into_iter()
            .map(|bytes| ("x.arrow", bytes)),
    );
    corpus.shrink_to_fit();
    corpus
}

/// A file of the corpus with some damage, or a text table made of likely parts.
fn damaged(corpus: &[File], rng: &mut Pcg64) -> File {
    if rng.random_range(0..8) == 0 {
        return (["x.csv", "x.tsv"][rng.random_range(0..2)], text_table(rng));
    }
    let (name, whole) = corpus.choose(rng).unwrap();
    let mut bytes = whole.clone();
    match (*name, rng.random_range(0..3)) {
        // An array within an archive whose checksum fits.
        ("x.npz", 0) => {
            let arrays: Vec<&File> = corpus.iter().filter(|file| file.0 == "x.npy").collect();
            let mut array = arrays.choose(rng).unwrap().1.clone();
            damage(&mut array, corpus, rng);
            let method = if rng.random() { Stored } else { Deflated };
            return (name, npz(&[("a.npy", &array)], method));
        }
        // A header whose length fits.
        ("x.safetensors", 0) => {
            let len = u64::from_le_bytes(whole[..8].try_into().unwrap());
            let mut header = bytes.split_off(8);
            let tensors = header.split_off(len as usize);
            damage(&mut header, corpus, rng);
            bytes = (header.len() as u64).to_le_bytes().to_vec();
            bytes.extend([header, tensors].concat());
        }
        // An array in a stream that can be unpacked.
        ("x.npy.gz", 0 | 1) => {
            let arrays: Vec<&File> = corpus.iter().filter(|file| file.0 == "x.npy").collect();
            let mut array = arrays.choose(rng).unwrap().1.clone();
            damage(&mut array, corpus, rng);
            return (name, super::packed::gzip(&array));
        }
        // A footer whose length fits.
        ("x.parquet", 0 | 1) => {
            let len = whole[whole.len() - 8..][..4].try_into().unwrap();
            let mut footer = bytes.split_off(whole.len() - 8 - u32::from_le_bytes(len) as usize);
            footer.truncate(footer.len() - 8);
            damage(&mut footer, corpus, rng);
            let len = (footer.len() as u32).to_le_bytes();
            bytes = [&bytes, &footer, &len[..], b"PAR1"].concat();
        }
        // A stream has no footer.
        ("x.arrow", 0 | 1) if whole.ends_with(b"ARROW1") => {
            let tail = whole.len() - 10;
            let len = whole[tail..][..4].try_into().unwrap();
            let mut footer = bytes.split_off(tail - u32::from_le_bytes(len) as usize);
            footer.truncate(footer.len() - 10);
            damage(&mut footer, corpus, rng);
            let len = (footer.len() as u32).to_le_bytes();
            bytes = [&bytes, &footer, &len[..], b"ARROW1"].concat();
        }
        _ => damage(&mut bytes, corpus, rng),
    }
    (name, bytes)
}

/// Numbers at which sizes, signs and counts go wrong.
const EDGES: [u64; 14] = [
    0,
    1,
    2,
    0x7f,
    0x80,
    0xff,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    1 << 32,
    1 << 62,
    u64::MAX >> 1,
    u64::MAX,
];

/// A few changes of a few bytes.
fn damage(bytes: &mut Vec<u8>, corpus: &[File], rng: &mut Pcg64) {
    for _ in 0..rng.random_range(1..6) {
        if bytes.is_empty() {
            return;
        }
        let len = bytes.len();
        let at = rng.random_range(0..len);
        let end = len.min(at + rng.random_range(1..24));
        let edge = *EDGES.choose(rng).unwrap();
        match rng.random_range(0..11) {
            0 => bytes[at] ^= 1 << rng.random_range(0..8),
            1 => bytes[at] = rng.random(),
            2 => bytes[at] = *b"\0\xff0-9,;\"'(){}[]\n. n".choose(rng).unwrap(),
            3 => {
                let value = edge.to_le_bytes();
                let width = *[1, 2, 4, 8].choose(rng).unwrap();
                let end = len.min(at + width);
                bytes[at..end].copy_from_slice(&value[..end - at]);
            }
            4 => {
                bytes.splice(at..end, varint(edge));
            }
            5 => {
                // A number as text, where there is one.
                let digit = bytes[at..].iter().position(u8::is_ascii_digit);
                let start = at + digit.unwrap_or(0);
                let digits = bytes[start..]
                    .iter()
                    .take_while(|b| b.is_ascii_digit())
                    .count();
                bytes.splice(start..start + digits, edge.to_string().into_bytes());
            }
            6 => bytes.truncate(at),
            7 => {
                bytes.drain(at..end);
            }
            8 => {
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
            9 => {
                let other = &corpus.choose(rng).unwrap().1;
                let from = rng.random_range(0..other.len());
                let until = other.len().min(from + rng.random_range(1..40));
                bytes.splice(at..end, other[from..until].iter().copied());
            }
            _ => {
                let noise: Vec<u8> = (0..rng.random_range(1..8)).map(|_| rng.random()).collect();
                bytes.splice(at..at, noise);
            }
        }
    }
}

/// Seven bits a byte, lowest first, as Parquet writes counts.
fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// Lines of likely fields between likely separators.
fn text_table(rng: &mut Pcg64) -> Vec<u8> {
    const FIELDS: [&str; 24] = [
        "0",
        "1",
        "2",
        "3",
        "-1",
        "3.0",
        "0.5",
        "4,5",
        "1e400",
        "nan",
        "",
        "\"\"",
        "\"a\"",
        "\"a,b\"",
        "\"a\nb\"",
        "a",
        "b",
        "True",
        "false",
        "cat",
        "é",
        "99999999999999999999999999999999999999999",
        " 7 ",
        "\"",
    ];
    let separator = *[",", ", ", ";", "|", "\t", " "].choose(rng).unwrap();
    let end = *["\n", "\r\n", "\r", "\n\n"].choose(rng).unwrap();
    let columns = rng.random_range(1..4);
    let mut text = String::new();
    if rng.random_range(0..5) == 0 {
        text.push('\u{feff}');
    }
    let few = rng.random_range(1..FIELDS.len());
    for _ in 0..rng.random_range(0..7) {
        let fields: Vec<&str> = (0..columns)
            .map(|_| FIELDS[rng.random_range(0..few)])
            .collect();
        text.push_str(&fields.join(separator));
        text.push_str(end);
    }
    let mut bytes = text.into_bytes();
    if rng.random_range(0..4) == 0 {
        damage(&mut bytes, &[("x", b"\xff\xfe,\0".to_vec())], rng);
    }
    bytes
}
