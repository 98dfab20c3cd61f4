//! `benches/gpu/run` where there is no card: it says so, and with programs that only print its table is whole.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn program(path: &Path, text: &str) {
    fs::write(path, format!("#!/usr/bin/env bash\n{text}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A folder of its own, with both programs in it; a usable card is what `devices` says.
fn built(name: &str, usable: bool) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    let trouble = if usable { "null" } else { "\"no driver\"" };
    program(
        &folder.join("spherecheck"),
        &format!(
            r#"case $1 in
            devices) echo '[{{"device": "cuda:0", "model": "a card", "trouble": {trouble}}}]' ;;
            audit) echo '{{"provenance": {{"pass_seconds": 0.125, "total_seconds": 0.5}}}}' ;;
            esac"#
        ),
    );
    program(
        &folder.join("gpu"),
        r#"case $1 in
        peak) echo 'mma.sync peak,a card,,,,bf16,,,600.0,,' ;;
        walk) if [ "$2" = 1000000 ]; then echo 'skipped: out of memory, all of it' && exit 1; fi
              echo "walk $5,a card,$2,$3,$4,$5,0.1,0.1,80.0,1e-6," ;;
        esac"#,
    );
    folder
}

fn run(folder: &Path, seconds: &str) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/gpu/run");
    Command::new("bash")
        .arg(script)
        .arg("--built")
        .arg(folder)
        .env("CARGO_TARGET_DIR", folder)
        .env("SECONDS_AT_MOST", seconds)
        // None that would walk.
        .env("CUDA_VISIBLE_DEVICES", "")
        .output()
        .unwrap()
}

/// Lines of the table, each in its fields.
fn table(folder: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(folder.join("gpu.csv")).unwrap();
    text.lines()
        .map(|line| line.split(',').map(str::to_owned).collect())
        .collect()
}

#[test]
fn without_a_card_it_ends_with_2_and_says_so() {
    let folder = built("no-card", false);
    let done = run(&folder, "240");
    assert_eq!(done.status.code(), Some(2));
    let said = String::from_utf8_lossy(&done.stderr);
    assert_eq!(said, "no usable NVIDIA GPU: nothing was measured\n");
    assert!(!folder.join("gpu.csv").exists());

    let done = run(Path::new("/no/such/folder"), "240");
    assert_eq!(done.status.code(), Some(2));
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(
        said.starts_with("expected a program at /no/such/folder/spherecheck"),
        "{said}"
    );
}

#[test]
fn the_table_has_each_line_with_its_numbers_or_why_it_has_none() {
    // coreutils' `timeout` and `date` in nanoseconds.
    if cfg!(not(target_os = "linux")) {
        return;
    }
    let folder = built("a-card", true);
    for (seconds, note) in [("240", None), ("0", Some("skipped: no time left of 0 s"))] {
        let done = run(&folder, seconds);
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        let lines = table(&folder);
        assert!(lines.iter().all(|line| line.len() == 11), "{lines:?}");
        let of = |what: &str| {
            let named = lines.iter().filter(|line| line[0].starts_with(what));
            named.map(|line| line.join(",")).collect::<Vec<_>>()
        };
        // Three sizes, two kinds of walk, two precisions.
        let walks = of("walk");
        assert_eq!(walks.len(), 12, "{lines:?}");
        assert!(!of("PyTorch").is_empty() && of("mma.sync peak").len() == 1);
        if let Some(note) = note {
            assert!(walks.iter().all(|line| line.ends_with(note)), "{walks:?}");
            // Without a file there is no process: the file's line says why.
            assert_eq!((of("process").len(), of("file").len()), (0, 6));
            continue;
        }
        assert_eq!(
            walks[0],
            "walk bf16,a card,100000,768,1,bf16,0.1,0.1,80.0,1e-6,"
        );
        let refused = ",1000000,768,2,f32,,,,,failed with status 1: out of memory; all of it";
        assert!(walks[11].ends_with(refused), "{walks:?}");
        let processes = of("process");
        // Of 100,000 rows with a search, too.
        assert_eq!(processes.len(), 14, "{lines:?}");
        let searched = "process --search,a card,100000,128,2,f32,";
        assert!(
            processes.iter().any(|line| line.starts_with(searched)),
            "{lines:?}"
        );
        for line in processes {
            let fields: Vec<&str> = line.split(',').collect();
            assert!(
                fields[6].parse::<f64>().is_ok() && fields[7] == "0.125",
                "{line}"
            );
        }
    }
}
