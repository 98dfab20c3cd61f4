//! The GitHub action: its scripts, run as a runner runs them, with the inputs as variables.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use super::desk::Desk;

fn source(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(path).expect("a file of the repository")
}

/// The step that judges, with `exit-status` of its output.
fn gate(desk: &Desk, inputs: &[(&str, &str)]) -> (Output, String) {
    let program = Path::new(env!("CARGO_BIN_EXE_spherecheck"));
    let beside = program.parent().expect("the program is in a folder");
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = [beside.to_path_buf()]
        .into_iter()
        .chain(env::split_paths(&path));
    desk.file("output", "");
    let run = Command::new("bash")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/action/gate.sh"))
        .current_dir(desk.path("."))
        .env("PATH", env::join_paths(folders).expect("a path"))
        .env("GITHUB_OUTPUT", desk.path("output"))
        .env("GITHUB_STEP_SUMMARY", desk.path("summary.md"))
        .envs(inputs.iter().copied())
        .output()
        .expect("bash runs");
    let output = fs::read_to_string(desk.path("output")).expect("the step's output");
    (run, output)
}

#[test]
fn every_variable_of_the_scripts_is_set_by_the_action() {
    let action = source("action.yml");
    for script in ["gate", "install", "name"] {
        let script = source(&format!(".github/action/{script}.sh"));
        for after in script.split("${").skip(1) {
            let end = after.find(|c: char| !c.is_ascii_uppercase() && c != '_');
            let name = &after[..end.unwrap_or(after.len())];
            // What a runner sets, and what is empty is a variable of the script's own.
            if name.is_empty() || name.starts_with("GITHUB_") || name.starts_with("RUNNER_") {
                continue;
            }
            assert!(
                action.contains(&format!("\n        {name}: ${{{{ ")),
                "{name}"
            );
        }
    }
    for input in action.split("inputs.").skip(1) {
        let end = input.find(|c: char| !c.is_ascii_lowercase() && c != '-');
        let name = &input[..end.unwrap_or(input.len())];
        assert!(
            action.contains(&format!("\n  {name}:\n    description: ")),
            "{name}"
        );
    }
}

#[cfg(unix)]
#[test]
fn what_the_cache_has_is_neither_downloaded_nor_built() {
    let desk = Desk::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let run = |script: &str, path: &str, with: &[(&str, &str)]| {
        let run = Command::new("bash")
            .arg(root.join(format!(".github/action/{script}.sh")))
            .env_clear()
            .env("PATH", path)
            .envs(with.iter().copied())
            .env("RUNNER_TEMP", desk.path("."))
            .env("GITHUB_PATH", desk.path("path"))
            .env("GITHUB_OUTPUT", desk.path("key"))
            .output();
        run.expect("bash runs")
    };
    let bin = desk.path("spherecheck/bin");
    fs::create_dir_all(&bin).expect("a folder");
    let program = Path::new(env!("CARGO_BIN_EXE_spherecheck"));
    std::os::unix::fs::symlink(program, bin.join("spherecheck")).expect("a program");
    // Nothing else is told to the script: it could neither download nor build.
    let kept = run("install", "/usr/bin:/bin", &[]);
    assert!(kept.status.success(), "{kept:?}");
    let told = fs::read_to_string(desk.path("path")).expect("a folder of programs");
    assert_eq!(Path::new(told.trim()), bin);

    let here = root.to_str().expect("a path of UTF-8");
    let runner = [("RUNNER_OS", "Linux"), ("RUNNER_ARCH", "X64")];
    let all = [&runner[..], &[("ACTION_PATH", here)]].concat();
    let named = run("name", &env::var("PATH").expect("a path"), &all);
    assert!(named.status.success(), "{named:?}");
    let key = fs::read_to_string(desk.path("key")).expect("the name of the binary");
    let source = key.strip_prefix("key=spherecheck-Linux-X64-");
    let source = source.expect("system, processor and source").trim();
    assert!(
        source.len() >= 40 && source.chars().all(|c| c.is_ascii_hexdigit()),
        "{key}"
    );
}

#[cfg(all(unix, feature = "tables"))]
#[test]
fn a_gate_takes_every_input_and_every_line_of_arguments() {
    let desk = Desk::new();
    let policy = "[[rule]]\nmetric = \"mean_cosine\"\nside = \"a\"\nat_most = 1\n";
    desk.file("rules of ours.toml", policy);
    desk.file("names a.csv", "id\nu\nv\nw\nx\ny\nz\n");
    desk.file("more", "# ids of the rows\n--ids\nnames a.csv\n\n--seed\n7");
    let inputs = [
        ("CANDIDATE", "a.npy"),
        ("SECOND_VIEW", "b.npy"),
        ("POLICY", "rules of ours.toml"),
        ("BASELINE", "baseline.json"),
        ("UPDATE_BASELINE", "true"),
        ("ARGUMENTS", "--quiet\n--threads 1\n  --t 2,3  \n"),
        ("ARGUMENTS_FILE", "more"),
        ("JUNIT", "gate.xml"),
        ("REPORT", "report"),
    ];
    let (run, output) = gate(&desk, &inputs);
    let said = String::from_utf8_lossy(&run.stderr);
    assert_eq!(
        (run.status.code(), output.as_str()),
        (Some(0), "exit-status=0\n"),
        "{said}"
    );
    let lock = fs::read_to_string(desk.path("baseline.json")).expect("the baseline was written");
    let lock: serde_json::Value = serde_json::from_str(&lock).expect("JSON");
    assert!(
        lock.to_string().contains("\"t\":3"),
        "every line of arguments is heard"
    );
    for written in ["gate.xml", "summary.md", "report"] {
        assert!(desk.path(written).exists(), "{written}");
    }
}

#[cfg(unix)]
#[test]
fn the_verdict_is_the_status_of_the_step() {
    let desk = Desk::new();
    let policy = "[[rule]]\nmetric = \"mean_cosine\"\nside = \"a\"\nat_most = -100\n";
    desk.file("spherecheck.toml", policy);
    let inputs = [
        ("CANDIDATE", "a.npy"),
        ("PAIRS", "pairs.npy"),
        ("POLICY", "spherecheck.toml"),
    ];
    let (run, output) = gate(&desk, &inputs);
    assert_eq!(
        (run.status.code(), output.as_str()),
        (Some(1), "exit-status=1\n")
    );
    let (run, output) = gate(&desk, &[&inputs[..], &[("EXIT_ZERO", "true")]].concat());
    assert_eq!(
        (run.status.code(), output.as_str()),
        (Some(0), "exit-status=0\n")
    );
    let (run, output) = gate(&desk, &[("CANDIDATE", "none.npy"), inputs[2]]);
    assert_eq!(
        (run.status.code(), output.as_str()),
        (Some(2), "exit-status=2\n")
    );
}
