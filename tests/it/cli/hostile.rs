//! Names, documents and numbers of threads that nobody would give in good faith.

use std::fs;
use std::io::{Cursor, Write};

use predicates::prelude::*;
use predicates::str::{contains, is_empty};

use super::desk::{Desk, points};

/// A line of its own that is a command to a CI runner, and one that clears the screen.
const NAME: &str = "x\n::error::gotcha\u{1b}[2J";
/// How it is shown.
const SHOWN: &str = r"x\n::error::gotcha\u{1b}[2J";

/// One line, of characters that can be seen.
fn one_line(said: &str) -> bool {
    let said = said.trim_end_matches('\n');
    !said.contains(|c: char| c.is_control())
}

#[test]
fn names_of_members_stay_on_the_line_of_the_message() {
    let desk = Desk::new();
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let member = fs::read(desk.path("a.npy")).expect("a.npy");
    for name in [format!("{NAME}.npy"), "y.npy".to_owned()] {
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(name, options).expect("a member");
        archive.write_all(&member).expect("written");
    }
    desk.file(
        "two.npz",
        archive.finish().expect("an archive").into_inner(),
    );
    for (line, said) in [
        ("audit two.npz", "holds 2 arrays"),
        ("audit two.npz --tensor z", "holds no array named `z`"),
    ] {
        desk.run(line).code(2).stdout(is_empty()).stderr(
            contains(said)
                .and(contains(SHOWN))
                .and(predicate::function(one_line)),
        );
    }
    let mut command = desk.command("audit two.npz --color always --tensor");
    command.arg(NAME).assert().code(0).stdout(
        contains(SHOWN)
            .and(contains("\u{1b}[2J").not())
            .and(contains("\n::error").not()),
    );
}

/// Command lines end with names that a shell found in a folder.
#[test]
fn names_of_files_and_wrong_arguments_are_spelled_out() {
    let desk = Desk::new();
    let missing = desk.command("audit").arg(NAME).assert();
    missing
        .code(2)
        .stderr(contains(SHOWN).and(predicate::function(one_line)));
    for colour in ["never", "always"] {
        for arguments in [["explain", NAME], ["audit", "--tau=\u{9b}1m\n::error::x"]] {
            let mut command = desk.command("--color");
            let run = command.arg(colour).args(arguments).assert();
            let plain = contains("\n::error").not().and(contains("\u{9b}").not());
            run.code(2).stdout(is_empty()).stderr(
                contains("::error::")
                    .and(plain)
                    .and(contains("\u{1b}[2J").not()),
            );
        }
    }
    #[cfg(unix)]
    {
        desk.npy(&format!("{NAME}.npy"), "<f4", (6, 3), &points(0.0));
        let mut command = desk.command("audit --out report --format md");
        let run = command.arg(format!("{NAME}.npy")).assert();
        let plain = || contains("\n::error").not().and(contains("\u{1b}").not());
        run.code(0).stdout(plain()).stderr(plain());
        let written = fs::read_to_string(desk.path("report/audit.md")).expect("written");
        assert!(plain().eval(&written), "{written}");
    }
}

/// What is read whole is small: no device that never ends, no pipe that never begins, nothing larger than memory.
#[cfg(unix)]
#[test]
fn documents_that_do_not_end_are_refused() {
    let desk = Desk::new();
    let pipe = desk.path("pipe.json");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo runs").success());
    std::os::unix::fs::symlink("/dev/zero", desk.path("zero.json")).expect("linked");
    let large = fs::File::create(desk.path("large.json")).expect("made");
    large.set_len(4 << 30).expect("a sparse file");
    desk.file(
        "policy.toml",
        "[[rule]]\nmetric = \"uniformity{t=2}\"\nat_most = 0.0\n",
    );
    for (bad, said) in [
        ("pipe.json", "found a pipe or device"),
        ("zero.json", "found a pipe or device"),
        ("large.json", "at most "),
    ] {
        for line in [
            format!("gate a.npy --policy {bad}"),
            format!("gate a.npy --policy policy.toml --baseline {bad}"),
            format!("gate a.npy --policy policy.toml --baseline {bad} --update-baseline"),
            format!("gate {bad} --policy policy.toml"),
            format!("compare a.npy {bad}"),
            format!("audit a.npy --against {bad}"),
            #[cfg(feature = "train")]
            format!("train --plan {bad} --out run"),
        ] {
            desk.run(&line)
                .code(2)
                .stdout(is_empty())
                .stderr(contains(said).and(contains(bad)));
        }
    }
}

#[test]
fn more_threads_than_are_of_use_are_not_started() {
    let most = 4 * std::thread::available_parallelism().map_or(1, usize::from);
    let desk = Desk::new();
    let run = desk
        .run("audit a.npy --format json --threads 20000")
        .code(0);
    let lowered = format!("--threads 20000 is lowered to {most}: ");
    let output = run.stderr(contains(lowered)).get_output().stdout.clone();
    let audit: serde_json::Value = serde_json::from_slice(&output).expect("stdout is JSON");
    assert_eq!(audit["provenance"]["threads"], most);
    desk.run("audit a.npy --threads 20000 --quiet")
        .code(0)
        .stderr(is_empty());
    desk.command("audit a.npy")
        .env("RAYON_NUM_THREADS", "20000")
        .assert()
        .code(0)
        .stderr(contains(format!(
            "RAYON_NUM_THREADS 20000 is lowered to {most}: "
        )));
}
