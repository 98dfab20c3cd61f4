//! What the README and the pages of `docs/` say: their commands run in a fresh clone, as written, their output is the
//! program's, their table the registry's.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use spherecheck::metric::markdown_table;
use tempfile::TempDir;

const README: &str = include_str!("../../README.md");
const GATE: &str = include_str!("../../docs/gate.md");
const METRICS: &str = include_str!("../../docs/metrics.md");

/// Every page by its path, and a test of its commands, so that pages run side by side.
macro_rules! pages {
    ($($(#[$only:meta])? $test:ident: $path:literal,)*) => {
        const PAGES: &[(&str, &str)] = &[
            $($(#[$only])? ($path, include_str!(concat!("../../", $path))),)*
        ];

        mod commands_do_what_is_said_in {
            $(
                $(#[$only])?
                #[test]
                fn $test() {
                    super::runs($path, include_str!(concat!("../../", $path)));
                }
            )*
        }
    };
}

pages! {
    readme: "README.md",
    findings: "docs/findings.md",
    drift: "docs/drift.md",
    examples: "docs/examples.md",
    formats: "docs/formats.md",
    gate: "docs/gate.md",
    gpu: "docs/gpu.md",
    method: "docs/method.md",
    metrics: "docs/metrics.md",
    offenders: "docs/offenders.md",
    parity: "docs/parity.md",
    shards: "docs/shards.md",
    spectrum: "docs/spectrum.md",
    reports: "docs/reports.md",
    #[cfg(feature = "train")]
    training: "docs/training.md",
}

const CI: &str = include_str!("../../.ci/run");

/// How the README starts the program on a fresh clone.
const FROM_SOURCE: &str = "cargo run --release --";

/// Where the README leaves lines of output out.
const LEFT_OUT: &str = "  ...";

/// One command of a fenced block, and the output that stands below it.
struct Shown {
    command: String,
    output: Vec<String>,
    /// What `echo $?` after it shows; success where it is not asked.
    status: i32,
}

/// The commands of the blocks fenced as `console` (after `$ `; the rest is output) and `sh` (each line is a command).
fn shown(page: &str) -> Vec<Shown> {
    let mut all: Vec<Shown> = Vec::new();
    let mut fence: Option<&str> = None;
    for line in page.lines() {
        if let Some(language) = line.strip_prefix("```") {
            fence = match fence {
                Some(_) => None,
                None => Some(language),
            };
            continue;
        }
        let command = match fence {
            Some("console") => line.strip_prefix("$ "),
            Some("sh") => (!line.starts_with('#')).then_some(line),
            Some("toml" | "yaml" | "python") => continue,
            Some(other) => {
                panic!("a block is fenced as {other:?}; use console, sh, toml, yaml or python")
            }
            None => continue,
        };
        match command {
            Some("echo $?") => all.last_mut().expect("a command").status = -1,
            None if all.last().is_some_and(|shown| shown.status == -1) => {
                let shown = all.last_mut().expect("a command");
                shown.status = line.parse().expect("an exit status");
            }
            Some(command) => all.push(Shown {
                command: command.to_owned(),
                output: Vec::new(),
                status: 0,
            }),
            None if fence == Some("console") => all
                .last_mut()
                .expect("output follows a command")
                .output
                .push(line.to_owned()),
            None => {}
        }
    }
    assert_eq!(fence, None, "a block is not closed");
    all
}

/// The program's arguments in a command, and the file that takes its stdout.
fn arguments(command: &str) -> Option<(&str, Option<&str>)> {
    let arguments = command
        .strip_prefix("spherecheck ")
        .or_else(|| command.strip_prefix(FROM_SOURCE))?;
    Some(match arguments.split_once(" > ") {
        Some((arguments, file)) => (arguments, Some(file)),
        None => (arguments, None),
    })
}

/// A directory with the fixtures in it, as in a fresh clone.
fn desk() -> TempDir {
    let desk = TempDir::new().expect("a temporary directory");
    for folder in ["real", "golden", "formats", "zoo", "search"] {
        let from = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures")
            .join(folder);
        let to = desk.path().join("fixtures").join(folder);
        fs::create_dir_all(&to).expect("a directory");
        for file in fs::read_dir(from).expect("fixtures") {
            let file = file.expect("a fixture").path();
            if file.is_dir() {
                continue;
            }
            fs::copy(&file, to.join(file.file_name().expect("a name"))).expect("a copy");
        }
    }
    for (name, policy) in [
        (
            "spherecheck.toml",
            include_str!("../../fixtures/spherecheck.toml"),
        ),
        ("search.toml", include_str!("../../fixtures/search.toml")),
        ("drift.toml", include_str!("../../fixtures/drift.toml")),
    ] {
        fs::write(desk.path().join("fixtures").join(name), policy).expect("a policy");
    }
    desk
}

/// What the program prints, of which the README shows all lines but those it marks as left out.
fn follows(shown: &[String], printed: &[&str]) -> Result<(), String> {
    let mut at = 0;
    let mut skipping = false;
    for line in shown {
        if line == LEFT_OUT {
            skipping = true;
            continue;
        }
        let rest = printed.get(at..).unwrap_or_default();
        let next = rest.iter().position(|printed| printed == line);
        match next {
            Some(0) => at += 1,
            Some(skipped) if skipping => at += skipped + 1,
            _ => {
                return Err(format!(
                    "the README shows\n{line}\nwhere the program prints\n{}",
                    rest.first().unwrap_or(&"nothing more")
                ));
            }
        }
        skipping = false;
    }
    match printed.get(at) {
        Some(more) if !skipping => Err(format!("the README leaves out, unmarked,\n{more}")),
        _ => Ok(()),
    }
}

/// Runs the commands of a page, which stands by itself, in a fresh clone.
fn runs(name: &str, page: &str) {
    let desk = desk();
    let all = shown(page);
    let mut compared = 0;
    for shown in &all {
        let Shown {
            command,
            output,
            status,
        } = shown;
        let Some((arguments, redirected)) = arguments(command) else {
            assert!(output.is_empty(), "{command}: its output is not checked");
            continue;
        };
        let mut program = Command::cargo_bin("spherecheck").expect("the program is built");
        for variable in [
            "SPHERECHECK_KERNEL",
            "CLICOLOR_FORCE",
            "COLUMNS",
            "GITHUB_STEP_SUMMARY",
            "GITHUB_ACTIONS",
        ] {
            program.env_remove(variable);
        }
        let done = program
            .current_dir(desk.path())
            .args(arguments.split_whitespace())
            // What a preset is worth takes minutes; that it does what is said here takes one epoch of narrower encoders.
            .args(if arguments.starts_with("train --preset") {
                &["--epochs", "1", "--width", "32"][..]
            } else {
                &[]
            })
            // Threads of a training wait for each other in a loop, on processors that other tests need.
            .args(if arguments.starts_with("train ") {
                &["--threads", "1"][..]
            } else {
                &[]
            })
            .assert()
            .code(*status);
        let printed = String::from_utf8(done.get_output().stdout.clone()).expect("UTF-8");
        if let Some(file) = redirected {
            if file.ends_with(".json") {
                serde_json::from_str::<serde_json::Value>(&printed)
                    .unwrap_or_else(|error| panic!("{command}: {error}"));
            }
            fs::write(desk.path().join(file), &printed).expect("what a shell would do");
        }
        if !output.is_empty() {
            // An audit's last paragraph names kernel, threads and times, which are the machine's; a verdict's does not.
            let version = concat!("  spherecheck ", env!("CARGO_PKG_VERSION"), " · cpu ");
            let ends = |line: &str| line.starts_with(version);
            let shown_end = output.iter().position(|line| ends(line));
            let shown_end = shown_end.unwrap_or_else(|| {
                assert!(
                    command.contains(" gate "),
                    "{command}: its provenance is not shown"
                );
                output.len()
            });
            let printed: Vec<&str> = printed.lines().take_while(|line| !ends(line)).collect();
            if let Err(difference) = follows(&output[..shown_end], &printed) {
                panic!("{command}\n{difference}");
            }
            compared += 1;
        }
    }
    match name {
        // There is nothing to run without such a GPU.
        "docs/gpu.md" => {}
        "README.md" => {
            assert!(compared >= 2, "{compared} outputs were compared");
            for file in [
                "audit.json",
                "audit.csv",
                "audit.md",
                "distributions.png",
                "plane.png",
            ] {
                let written = desk.path().join("report").join(file);
                assert!(written.is_file(), "report/{file}");
            }
        }
        _ => assert!(!all.is_empty(), "{name} shows no command"),
    }
}

#[test]
fn the_policy_is_the_one_among_the_fixtures() {
    let policy = include_str!("../../fixtures/spherecheck.toml");
    assert!(GATE.contains(&format!("```toml\n{policy}```\n")));
}

#[test]
fn a_difference_in_the_output_would_be_found() {
    let shown = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let printed = ["a", "b", "c", "d"];
    assert_eq!(follows(&shown("a\nb\nc\nd"), &printed), Ok(()));
    assert_eq!(follows(&shown("a\n  ...\nd"), &printed), Ok(()));
    assert_eq!(follows(&shown("a\n  ..."), &printed), Ok(()));
    for wrong in [
        "a\nd",
        "a\nb\nc",
        "a\nb\nx\nd",
        "a\n  ...\nx",
        "a\nb\nc\nd\ne",
    ] {
        assert!(follows(&shown(wrong), &printed).is_err(), "{wrong:?}");
    }
}

/// Commands of cargo are not run from inside a test of cargo; that CI runs them is what can be promised.
#[test]
fn ci_runs_the_test_command() {
    let commands: Vec<String> = shown(README)
        .into_iter()
        .map(|shown| shown.command)
        .collect();
    assert!(commands.iter().any(|command| command == "cargo test"));
    // All that `cargo test` runs, with the trainer's tests besides.
    for half in ["--test '*'", "--lib"] {
        let command = format!("cargo test --features train {half}");
        assert!(
            CI.lines().any(|line| line.ends_with(&command)),
            ".ci/run does not run `{command}`"
        );
    }
}

#[test]
fn the_metric_table_is_the_registry() {
    let (_, rest) = METRICS
        .split_once("<!-- metrics:")
        .and_then(|(_, rest)| rest.split_once("-->\n"))
        .expect("the page marks where the table begins");
    let (table, _) = rest
        .split_once("<!-- /metrics -->")
        .expect("the page marks where the table ends");
    assert_eq!(table, markdown_table());
}

#[test]
fn comparison_of_pooling_is_what_the_audits_say() {
    let desk = desk();
    let audit = |name: &str| -> serde_json::Value {
        let done = Command::cargo_bin("spherecheck")
            .expect("the program is built")
            .current_dir(desk.path())
            .arg("audit")
            .args(["a", "b"].map(|side| format!("fixtures/real/minilm_{name}_{side}.npy")))
            .args(["--format", "json", "--quiet"])
            .assert()
            .success();
        serde_json::from_slice(&done.get_output().stdout).expect("JSON")
    };
    let (mean, cls) = (audit("mean"), audit("cls"));
    let rows: Vec<Vec<&str>> = README
        .lines()
        .skip_while(|line| !line.starts_with("| 384 dimensions"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert_eq!(rows.len(), 4);
    for row in rows {
        let (label, side) = row[0].split_once(", ").expect("`metric`, side");
        let (metric, parameter) = match label.trim_matches('`').split_once('{') {
            Some((metric, parameter)) => (metric, parameter.trim_end_matches('}')),
            None => (label.trim_matches('`'), ""),
        };
        let measure = |audit: &serde_json::Value| {
            let mut measures = audit["measures"].as_array().into_iter().flatten().cloned();
            measures.find(|measure| {
                let parameters = measure["params"].as_object().into_iter().flatten();
                let parameters: String = parameters
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                measure["metric"] == metric
                    && measure["side"] == side
                    && parameters.trim_end_matches(".0") == parameter
            })
        };
        let mean = measure(&mean).unwrap_or_else(|| panic!("{row:?} is not in the audit"));
        let cls = measure(&cls).unwrap_or_else(|| panic!("{row:?} is not in the audit"));
        for (text, value) in [
            (row[1], &mean["value"]),
            (row[2], &cls["value"]),
            (row[3], &mean["ideal"]),
        ] {
            let digits = text.split_once('.').map_or(0, |(_, digits)| digits.len());
            let value = value.as_f64().expect("a number");
            assert_eq!(text, format!("{value:.digits$}"), "{row:?}");
        }
    }
}

#[test]
fn files_that_the_pages_show_and_link_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for &(name, page) in PAGES {
        let folder = root.join(name);
        let folder = folder.parent().expect("a file in a folder");
        let targets = page.split("](").skip(1);
        let targets = targets.filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.starts_with("http")) {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = match file {
                "" => root.join(name),
                file => folder.join(file),
            };
            let text = fs::read(&file).unwrap_or_else(|_| panic!("{name}: {target}"));
            let text = String::from_utf8_lossy(&text);
            let found = heading.is_empty() || text.lines().any(|line| anchor(line) == heading);
            assert!(found, "{name}: {target}");
        }
    }
}

/// What GitHub calls a heading.
fn anchor(line: &str) -> String {
    let heading = line.trim_start_matches('#').trim().to_lowercase();
    let kept = heading
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().replace(' ', "-")
}

#[test]
fn pages_name_the_owner_that_the_manifest_names() {
    let repository = env!("CARGO_PKG_REPOSITORY");
    let named = repository
        .strip_prefix("https://github.com/")
        .expect(repository);
    for page in [README, GATE] {
        let uses = page
            .split("uses: ")
            .skip(1)
            .map(|rest| rest.split('@').next());
        let own: Vec<_> = uses
            .flatten()
            .filter(|of| of.ends_with("/spherecheck"))
            .collect();
        assert!(
            !own.is_empty() && own.iter().all(|of| *of == named),
            "{own:?}"
        );
    }
    assert!(GATE.contains(&format!("{repository}.git")));
}

#[test]
fn the_readme_is_read_in_one_go() {
    assert!(README.len() < 9_000, "{} bytes", README.len());
}
