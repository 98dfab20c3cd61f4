//! Embeddings of a Parquet file and of .npy as a matrix in memory, beside pyarrow's `read_table` and NumPy's `stack`.
//!
//! `cargo bench --bench reading -- --python PATH` has a Python with pyarrow write the same rows in both formats, then reads
//! them in turns, each time in a process of its own: seconds until the matrix is there with all its values added up (NumPy
//! adds them after the clock), and the most memory that the process took.
//!
//! `-- --rows 1000000`, `--columns 64` and `--rounds 3` choose; `--test` reads a few rows and needs no Python.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use ndarray::Array2;
use ndarray_npy::write_npy;
use spherecheck::input::open_embeddings;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let at = args.iter().position(|arg| arg == name)?;
        args.get(at + 1).cloned()
    };
    if let Some(file) = value("--read") {
        return println!("{}", read(Path::new(&file)));
    }
    let number = |name: &str, usual: usize| {
        value(name).map_or(usual, |value| value.parse().expect("a whole number"))
    };
    let (rows, columns) = (number("--rows", 1_000_000), number("--columns", 64));
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    if args.iter().any(|arg| arg == "--test") {
        let rows = Array2::from_shape_fn((20, 3), |(i, j)| (i * 3 + j) as f32);
        write_npy(file("rows.npy"), &rows).expect("written");
        return println!("{}", read(&file("rows.npy")));
    }
    let Some(python) = value("--python") else {
        return println!("--python PATH names a Python that has pyarrow, which writes the files");
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/reading.py");
    let shape = [rows.to_string(), columns.to_string()];
    let made = Command::new(&python)
        .arg(&script)
        .arg("make")
        .arg(folder.path())
        .args(shape)
        .status();
    assert!(
        made.is_ok_and(|status| status.success()),
        "{python} wrote no files"
    );
    println!(
        "{rows} x {columns} f32, {:.0} MB",
        rows as f64 * columns as f64 * 4.0 / 1e6
    );
    println!("{:<22} {:>8} {:>9} {:>16}", "", "seconds", "peak MB", "sum");
    let own = std::env::current_exe().expect("this program");
    for _ in 0..number("--rounds", 3) {
        let ours = |name: &str| (own.clone(), vec![PathBuf::from("--read"), file(name)]);
        let theirs = (
            PathBuf::from(&python),
            vec![script.clone(), "read".into(), file("rows.parquet")],
        );
        for (name, (program, args)) in [
            ("rows.parquet", ours("rows.parquet")),
            ("rows.npy", ours("rows.npy")),
            ("pyarrow, np.stack", theirs),
        ] {
            let output = Command::new(program)
                .args(args)
                .output()
                .expect("a process");
            let said = String::from_utf8_lossy(&output.stdout);
            let said: Vec<&str> = said.split_whitespace().collect();
            let part = |at: usize| said.get(at).copied().unwrap_or("failed");
            println!("{name:<22} {:>8} {:>9} {:>16}", part(0), part(1), part(2));
        }
    }
}

/// Seconds, megabytes and the sum of all values.
fn read(path: &Path) -> String {
    let started = Instant::now();
    let matrix = open_embeddings(path, None).expect("embeddings");
    let mut row = vec![0.0; matrix.dim()];
    let mut total = 0.0;
    for i in 0..matrix.rows() {
        matrix.row_f64(i, &mut row);
        total += row.iter().sum::<f64>();
    }
    let seconds = started.elapsed().as_secs_f64();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    let peak = peak.map_or("?".to_owned(), |kilobytes| {
        format!("{:.0}", kilobytes / 1024.0)
    });
    format!("{seconds:.3} {peak} {total:.6e}")
}
