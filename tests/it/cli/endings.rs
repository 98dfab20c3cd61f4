//! How runs end: interrupted, or with a reader that has gone.

use std::fs;
use std::process::Stdio;

use spherecheck::console::{Cancel, Console};
use spherecheck::run::{Exit, conduct};

use super::desk::Desk;

/// In one process, where Ctrl-C can come at a known moment: before the pass.
#[test]
fn an_interrupted_run_writes_nothing() {
    let desk = Desk::new();
    let (input, report) = (desk.path("a.npy"), desk.path("report"));
    let args = [
        "spherecheck".into(),
        "audit".into(),
        input.into(),
        "--out".into(),
        report.clone().into(),
    ];
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let cancel = Cancel::default();
    cancel.request();
    let exit = conduct(&args, &mut Console::plain(&mut out, &mut err), &cancel);
    assert_eq!((exit, exit as u8), (Exit::Interrupted, 130));
    assert_eq!(String::from_utf8_lossy(&out), "");
    assert_eq!(
        String::from_utf8_lossy(&err),
        "interrupted; nothing was written\n"
    );
    assert!(!report.exists());
}

/// `spherecheck ... | head`: the reader goes away, which is its right.
#[test]
fn a_reader_that_leaves_early_is_no_trouble() {
    let desk = Desk::new();
    let program = assert_cmd::cargo::cargo_bin!("spherecheck");
    for line in ["--help", "audit a.npy"] {
        let mut child = std::process::Command::new(program)
            .current_dir(desk.path(""))
            .args(line.split_whitespace())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("the program ends");
        assert!(output.status.success(), "{line}: {output:?}");
        assert!(output.stderr.is_empty(), "{line}: {output:?}");
    }
}

/// A full disk behind stdout is trouble; the reports, which lie elsewhere, are written all the same.
#[cfg(target_os = "linux")]
#[test]
fn a_stdout_that_takes_nothing_is_trouble_but_costs_no_files() {
    let desk = Desk::new();
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("Linux has /dev/full");
    let output = std::process::Command::new(assert_cmd::cargo::cargo_bin!("spherecheck"))
        .current_dir(desk.path(""))
        .args(["audit", "a.npy", "--quiet", "--out", "report"])
        .stdout(full)
        .output()
        .expect("the program starts");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.starts_with("error: standard output takes no more data: "),
        "{said}"
    );
    assert!(desk.path("report/audit.json").is_file());
}

/// A run that lasts minutes, interrupted as soon as it has begun.
#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_long_run_with_130_and_leaves_no_file() {
    use std::io::Read;
    use std::time::{Duration, Instant};

    const ROWS: usize = 60_000;
    const DIM: usize = 256;
    let desk = Desk::new();
    let mut state = 1u32;
    let values: Vec<u8> = (0..ROWS * DIM)
        .flat_map(|_| {
            // A linear congruential generator: the numbers only have to differ.
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (((state >> 8) as f32) / 8_388_608.0 - 1.0).to_le_bytes()
        })
        .collect();
    desk.npy("large.npy", "<f4", (ROWS, DIM), &values);

    // The slowest kernel, on one thread: minutes if nobody stops it.
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("spherecheck"))
        .current_dir(desk.path(""))
        .args(["audit", "large.npy", "--threads", "1", "--out", "report"])
        .env("SPHERECHECK_KERNEL", "portable")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let started = Instant::now();
    while !listens(child.id()) && started.elapsed() < Duration::from_secs(300) {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(300));
    let asked = Instant::now();
    let status = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .expect("kill runs");
    assert!(status.success());
    let ended = child.wait().expect("the program ends");
    let mut said = (String::new(), String::new());
    let (mut out, mut err) = (child.stdout.take(), child.stderr.take());
    out.as_mut()
        .expect("piped")
        .read_to_string(&mut said.0)
        .expect("UTF-8");
    err.as_mut()
        .expect("piped")
        .read_to_string(&mut said.1)
        .expect("UTF-8");
    assert_eq!(ended.code(), Some(130), "{said:?}");
    assert_eq!(said.0, "");
    assert_eq!(said.1, "interrupted; nothing was written\n");
    // Far less than the whole run takes, far more than a busy machine needs to stop.
    assert!(
        asked.elapsed() < Duration::from_secs(60),
        "it took {:?} to stop",
        asked.elapsed()
    );
    assert!(!desk.path("report").exists());
    fs::remove_file(desk.path("large.npy")).expect("nothing holds the file any more");
}

/// Whether a process listens to Ctrl-C, where the system tells.
#[cfg(unix)]
fn listens(process: u32) -> bool {
    const SIGINT: u32 = 2;
    let Ok(status) = fs::read_to_string(format!("/proc/{process}/status")) else {
        std::thread::sleep(std::time::Duration::from_secs(1));
        return true;
    };
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    caught.is_some_and(|mask| mask >> (SIGINT - 1) & 1 == 1)
}

/// A command whose code was left out of the build says how to have it, whatever follows it.
#[cfg(not(feature = "train"))]
#[test]
fn a_build_without_the_trainer_says_so() {
    for args in [
        &["train"][..],
        &["train", "--preset", "circle", "--out", "circle"],
        &["embed", "--help"],
    ] {
        let done = assert_cmd::Command::cargo_bin("spherecheck")
            .expect("the program is built")
            .args(args)
            .assert()
            .code(2);
        let said = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
        assert!(
            said.starts_with("error: this build has no trainer; build with --features train"),
            "{args:?}: {said}"
        );
    }
}
