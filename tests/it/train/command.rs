//! `spherecheck train` and `spherecheck embed`.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use predicates::prelude::*;
use spherecheck::input::{open_embeddings, open_labels, open_pairs};
use tempfile::TempDir;

fn spherecheck(folder: &Path, args: &str) -> Command {
    let mut command = Command::cargo_bin("spherecheck").expect("the program");
    command.current_dir(folder).args(args.split_whitespace());
    command
}

const QUICK: &str = "train --epochs 2 --encoder mlp --width 16 --dim 4";

#[test]
fn a_run_leaves_everything_and_its_audit() {
    let desk = TempDir::new().unwrap();
    let out = desk.path().join("run");
    spherecheck(desk.path(), &format!("{QUICK} --out run"))
        .assert()
        .code(0)
        .stdout(predicate::str::contains("uniformity"))
        .stderr(
            predicate::str::contains("training mlp").and(predicate::str::contains("wrote run")),
        );
    for name in [
        "plan.toml",
        "log.csv",
        "checkpoint.safetensors",
        "audit.json",
        "audit.md",
    ] {
        assert!(out.join(name).exists(), "{name}");
    }
    #[cfg(feature = "plots")]
    assert!(
        fs::read_dir(&out)
            .unwrap()
            .flatten()
            .any(|e| e.path().extension().is_some_and(|x| x == "png"))
    );
    let embeddings = out.join("embeddings.safetensors");
    for name in ["items", "view_a", "view_b"] {
        let rows = open_embeddings(&embeddings, Some(name)).unwrap();
        assert_eq!((rows.rows(), rows.dim()), (359, 4));
    }
    let pairs = open_pairs(&out.join("pairs.npy"), None).unwrap();
    assert_eq!((pairs.list().len(), pairs.list()[358]), (359, [358, 358]));
    assert_eq!(
        open_labels(&out.join("labels.npy"), None)
            .unwrap()
            .classes
            .len(),
        359
    );
    // The audit beside it is the one that users make from the files.
    let views = "audit run/embeddings.safetensors run/embeddings.safetensors --tensor view_a --tensor view_b";
    let again = spherecheck(
        desk.path(),
        &format!("{views} --pairs run/pairs.npy --format json"),
    )
    .output()
    .unwrap();
    let numbers = |bytes: &[u8]| {
        let audit: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        audit["measures"].clone()
    };
    assert_eq!(
        numbers(&again.stdout),
        numbers(&fs::read(out.join("audit.json")).unwrap())
    );
}

#[test]
fn embedding_again_gives_the_same_rows() {
    let desk = TempDir::new().unwrap();
    spherecheck(desk.path(), &format!("{QUICK} --out run --quiet"))
        .assert()
        .code(0)
        .stderr("");
    spherecheck(
        desk.path(),
        "embed --weights run/weights.safetensors --labels classes.npy",
    )
    .assert()
    .code(0)
    .stderr(predicate::str::contains(
        "wrote embeddings.safetensors (359 x 4)",
    ));
    let rows = |path: &str, tensor: &str| {
        let rows = open_embeddings(&desk.path().join(path), Some(tensor)).unwrap();
        let mut all = vec![0.0; rows.rows() * rows.dim()];
        let width = rows.dim();
        all.chunks_exact_mut(width)
            .enumerate()
            .for_each(|(k, row)| rows.row_f32(k, row));
        all
    };
    assert_eq!(
        rows("run/embeddings.safetensors", "items"),
        rows("embeddings.safetensors", "items")
    );
    let labels = |path: &str| fs::read(desk.path().join(path)).unwrap();
    assert_eq!(labels("run/labels.npy"), labels("classes.npy"));
    spherecheck(
        desk.path(),
        "embed --weights run/weights.safetensors --part train --layer -2 --out hidden.safetensors",
    )
    .assert()
    .code(0)
    .stderr(predicate::str::contains("(1438 x 8)"));
    spherecheck(
        desk.path(),
        "embed --weights run/weights.safetensors --layer 3",
    )
    .assert()
    .code(2)
    .stderr(predicate::str::contains(
        "layer: expected one of fc1, fc2, output, or a number from 0 to 2 or from -3 to -1, found 3",
    ));
}

#[test]
fn a_run_is_not_overwritten_and_goes_on_with_resume() {
    let desk = TempDir::new().unwrap();
    spherecheck(
        desk.path(),
        &format!("{QUICK} --schedule constant --out run --quiet"),
    )
    .assert()
    .code(0);
    spherecheck(desk.path(), &format!("{QUICK} --out run"))
        .assert()
        .code(2)
        .stderr(predicate::str::contains(
            "holds a training run already; give --resume",
        ));
    spherecheck(desk.path(), "train --resume --out run --epochs 3")
        .assert()
        .code(0)
        .stderr(predicate::str::contains("3 epochs after step 12"));
    let log = fs::read_to_string(desk.path().join("run/log.csv")).unwrap();
    assert_eq!(log.lines().count(), 4, "{log}");
    spherecheck(desk.path(), &format!("{QUICK} --out falling --quiet"))
        .assert()
        .code(0);
    spherecheck(desk.path(), "train --resume --out falling --epochs 3")
        .assert()
        .code(2)
        .stderr(predicate::str::contains("resume with --epochs 2"));
    spherecheck(desk.path(), "train --resume --out run --batch 100")
        .assert()
        .code(2)
        .stderr(predicate::str::contains("made under another plan"));
    spherecheck(desk.path(), "train --resume --out nowhere")
        .assert()
        .code(2)
        .stderr(predicate::str::contains("no checkpoint to resume from"));
    spherecheck(desk.path(), &format!("{QUICK} --out run --force --quiet"))
        .assert()
        .code(0);
}

#[test]
fn a_plan_file_is_a_plan() {
    let desk = TempDir::new().unwrap();
    fs::write(
        desk.path().join("plan.toml"),
        "epochs = 1\n[encoder]\narchitecture = \"mlp\"\ndim = 2\n",
    )
    .unwrap();
    spherecheck(
        desk.path(),
        "train --plan plan.toml --out run --seed 3 --quiet",
    )
    .assert()
    .code(0);
    let written = fs::read_to_string(desk.path().join("run/plan.toml")).unwrap();
    assert!(
        written.contains("epochs = 1")
            && written.contains("seed = 3")
            && written.contains("crop = [0.5, 1.0]")
            && written.contains("size = 8"),
        "{written}"
    );
    spherecheck(
        desk.path(),
        "train --plan run/plan.toml --out again --quiet",
    )
    .assert()
    .code(0);
    let weights = |run: &str| fs::read(desk.path().join(run).join("weights.safetensors")).unwrap();
    assert_eq!(weights("run"), weights("again"));
    fs::write(desk.path().join("plan.toml"), "epoch = 1\n").unwrap();
    spherecheck(desk.path(), "train --plan plan.toml --out other")
        .assert()
        .code(2)
        .stderr(
            predicate::str::contains("is no training plan").and(predicate::str::contains("epoch")),
        );
}

#[test]
fn what_cannot_be_trained_is_refused_before_anything_is_written() {
    let desk = TempDir::new().unwrap();
    fs::create_dir(desk.path().join("cifar")).unwrap();
    fs::write(desk.path().join("cifar/data_batch_1.bin"), vec![1; 4000]).unwrap();
    let text: String = (0..30).map(|k| format!("line {k}\n")).collect();
    fs::write(desk.path().join("book.txt"), text).unwrap();
    for (args, said) in [
        ("--data nowhere", "nowhere: no data were found"),
        (
            "--data cifar",
            "data_batch_1.bin: record 1: expected records of 3073 bytes",
        ),
        (
            "--device cuda:0",
            "--device cuda:0: this build has no such device; build with --features train-cuda",
        ),
        ("--device tpu", "--device tpu: expected cpu, cuda:0"),
        ("--batch 1", "batch: expected at least 2 pairs, found 1"),
        (
            "--encoder small-alexnet",
            "size: expected images of at least 15 x 15 for small-alexnet, found 8 x 8",
        ),
        (
            "--encoder gru",
            "encoder: expected an encoder for images, found gru",
        ),
        ("--negatives 256", "negatives: expected 1 to 255"),
        ("--recipe stl10", "--data <DATA>"),
        ("--dim 1", "dim: expected at least 2, found 1"),
        ("--crop 0.9,0.1", "crop: expected two shares of the image"),
        ("--crop 0.9", "--crop takes two shares"),
        ("--align-weight -1", "weights: expected none negative"),
        (
            "--data book.txt --objective supervised",
            "there are no labels",
        ),
        ("--rate nan", "invalid value 'nan' for '--rate"),
        ("--schedule steps", "--schedule steps needs --steps"),
        (
            "--checkpoint-every 0",
            "expected a number of steps, e.g. 500, or a time with its unit, e.g. 10m",
        ),
        ("--checkpoint-every 10q", "expected a number of steps"),
        (
            "--momentum 1.5",
            "momentum: expected a number from 0 to below 1, found 1.5",
        ),
    ] {
        let command = format!("train --out run {args}");
        spherecheck(desk.path(), &command)
            .assert()
            .code(2)
            .stderr(predicate::str::contains(said));
        assert!(!desk.path().join("run").exists(), "{args}");
    }
}

#[test]
fn text_is_trained_and_embedded_with_its_words() {
    let desk = TempDir::new().unwrap();
    let text: String = (0..60)
        .map(|k| format!("he saw {} of the {}\n", k % 7, k / 9))
        .collect();
    fs::write(desk.path().join("book.txt"), text).unwrap();
    spherecheck(
        desk.path(),
        "train --data book.txt --epochs 1 --dim 8 --width 6 --batch 20 --out run --quiet",
    )
    .assert()
    .code(0);
    assert!(!desk.path().join("run/labels.npy").exists());
    spherecheck(
        desk.path(),
        "embed --weights run/weights.safetensors --data book.txt",
    )
    .assert()
    .code(0);
    spherecheck(
        desk.path(),
        "embed --weights run/weights.safetensors --data digits",
    )
    .assert()
    .code(2)
    .stderr(predicate::str::contains(
        "digits: expected sentences as run/weights.safetensors was trained on, found images",
    ));
    fs::write(desk.path().join("broken.safetensors"), b"no").unwrap();
    spherecheck(desk.path(), "embed --weights broken.safetensors")
        .assert()
        .code(2)
        .stderr(predicate::str::contains("broken.safetensors"));
}

#[test]
fn text_is_trained_and_embedded_with_word_pieces() {
    let desk = TempDir::new().unwrap();
    let kept = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for (from, to) in [
        ("tokenizers/tokenizer.json", "pieces.json"),
        ("torch/trained/stories.txt", "book.txt"),
    ] {
        fs::copy(kept.join(from), desk.path().join(to)).unwrap();
    }
    let run = "train --dim 8 --width 6 --batch 20 --epochs 1 --quiet --tokenizer pieces.json";
    spherecheck(desk.path(), &format!("{run} --data digits --out images"))
        .assert()
        .code(2)
        .stderr(predicate::str::contains(
            "tokenizer: expected none, for the images",
        ));
    spherecheck(desk.path(), &format!("{run} --data book.txt --out run"))
        .assert()
        .code(0);
    // The weights know their pieces: their file may go.
    fs::remove_file(desk.path().join("pieces.json")).unwrap();
    spherecheck(
        desk.path(),
        "embed --weights run/weights.safetensors --data book.txt --out again.safetensors",
    )
    .assert()
    .code(0);
    let read = |path: &str| {
        let path = desk.path().join(path);
        let mut tensors = candle_core::safetensors::load(path, &candle_core::Device::Cpu).unwrap();
        tensors.remove("items").unwrap().to_vec2::<f32>().unwrap()
    };
    assert_eq!(
        read("again.safetensors"),
        read("run/embeddings.safetensors")
    );
    spherecheck(desk.path(), "train --resume --out run --quiet")
        .assert()
        .code(0);
    spherecheck(
        desk.path(),
        "train --data book.txt --dim 8 --width 6 --epochs 1 --init run/weights.safetensors --out next --quiet",
    )
    .assert()
    .code(0);
    // Weights of words, and a tokenizer.
    let words = "train --data book.txt --dim 8 --width 6 --epochs 1 --quiet --out words";
    spherecheck(desk.path(), words).assert().code(0);
    fs::copy(
        kept.join("tokenizers/tokenizer.json"),
        desk.path().join("pieces.json"),
    )
    .unwrap();
    spherecheck(
        desk.path(),
        &format!("{run} --data book.txt --init words/weights.safetensors --out both"),
    )
    .assert()
    .code(2)
    .stderr(predicate::str::contains(
        "expected the words, or word pieces, of the data",
    ));
}

/// A run that would take hours, stopped by a signal when it has kept a checkpoint; gives what it said.
#[cfg(unix)]
fn stopped(desk: &Path, line: &str, checkpoint: &Path, signal: &str) -> String {
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};
    let written = || {
        fs::metadata(checkpoint)
            .and_then(|file| file.modified())
            .ok()
    };
    let before = written();
    let mut child = Command::new(env!("CARGO_BIN_EXE_spherecheck"))
        .current_dir(desk)
        .args(line.split(' '))
        .args(["--checkpoint-every", "1"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while written() == before && started.elapsed() < Duration::from_secs(300) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let killed = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    let mut said = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut said).unwrap();
    said
}

#[cfg(unix)]
#[test]
fn ctrl_c_and_sigterm_keep_the_last_step() {
    let desk = TempDir::new().unwrap();
    let checkpoint = desk.path().join("run/checkpoint.safetensors");
    for (signal, begin) in [
        (
            "-INT",
            "train --encoder mlp --width 16 --dim 4 --schedule constant --out run",
        ),
        ("-TERM", "train --resume --out run"),
    ] {
        let said = stopped(
            desk.path(),
            &format!("{begin} --epochs 100000"),
            &checkpoint,
            signal,
        );
        assert!(
            said.contains("continue with `spherecheck train --resume --out run`"),
            "{said}"
        );
        let (_, after) = said
            .split_once("interrupted after step ")
            .expect("the step");
        let (step, _) = after.split_once(' ').expect("a number");
        let bytes = fs::read(&checkpoint).unwrap();
        let header = String::from_utf8_lossy(&bytes[..bytes.len().min(1 << 20)]).into_owned();
        assert!(
            header.contains(&format!(r#"\"steps\":{step},"#)),
            "{step} is not kept"
        );
        let log = fs::read_to_string(desk.path().join("run/log.csv")).unwrap();
        // One more than are done: what is kept may be within an epoch.
        let epochs = log.lines().count();
        if signal == "-TERM" {
            spherecheck(
                desk.path(),
                &format!("train --resume --out run --quiet --epochs {epochs}"),
            )
            .assert()
            .code(0);
            let log = fs::read_to_string(desk.path().join("run/log.csv")).unwrap();
            assert_eq!(log.lines().count(), epochs + 1, "{log}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_preset_goes_on_within_an_encoder_and_draws_those_that_were_done() {
    let desk = TempDir::new().unwrap();
    let options = "--encoder mlp --width 32 --batch 360";
    let line = |epochs: &str| format!("train --preset circle {options} --epochs {epochs}");
    let checkpoint = desk.path().join("a/supervised/checkpoint.safetensors");
    let said = stopped(
        desk.path(),
        &format!("{} --schedule constant --out a", line("100000")),
        &checkpoint,
        "-TERM",
    );
    assert!(
        said.contains("1 of 3 encoders are in a: continue with --resume"),
        "{said}"
    );
    assert!(checkpoint.exists() && !desk.path().join("a/random/checkpoint.safetensors").exists());
    let log = fs::read_to_string(desk.path().join("a/supervised/log.csv")).unwrap();
    let epochs = log.lines().count();
    // The rates of a constant schedule do not depend on the number of epochs, so fewer may be asked for.
    for (out, resume) in [("a", " --resume"), ("b", "")] {
        let line = line(&epochs.to_string());
        spherecheck(
            desk.path(),
            &format!("{line} --schedule constant --out {out}{resume}"),
        )
        .assert()
        .code(0)
        .stderr(predicate::str::contains("3/3 contrastive"));
        assert!(
            !desk
                .path()
                .join(out)
                .join("supervised/checkpoint.safetensors")
                .exists()
        );
    }
    for file in [
        "supervised/weights.safetensors",
        "contrastive/embeddings.safetensors",
    ] {
        let bytes = |out: &str| fs::read(desk.path().join(out).join(file)).unwrap();
        assert!(bytes("a") == bytes("b"), "{file}");
    }
    #[cfg(feature = "plots")]
    {
        let figure = |out: &str| fs::read(desk.path().join(out).join("circle.png")).unwrap();
        assert!(figure("a") == figure("b"), "the figures differ");
        // All encoders are there: nothing is trained, and the figure is drawn all the same.
        fs::remove_file(desk.path().join("a/circle.png")).unwrap();
        let line = line(&epochs.to_string());
        spherecheck(
            desk.path(),
            &format!("{line} --schedule constant --out a --resume"),
        )
        .assert()
        .code(0)
        .stderr(predicate::str::contains("3/3").not());
        assert!(figure("a") == figure("b"), "the figures differ");
    }
}

#[test]
fn a_plan_names_its_data_from_the_root() {
    let desk = TempDir::new().unwrap();
    let text: String = (0..40).map(|k| format!("a b {}\n", k % 7)).collect();
    fs::write(desk.path().join("book.txt"), text).unwrap();
    fs::create_dir(desk.path().join("elsewhere")).unwrap();
    spherecheck(
        desk.path(),
        "train --data book.txt --epochs 1 --dim 4 --width 3 --batch 12 --schedule constant --out run --quiet",
    )
    .assert()
    .code(0);
    let plan = fs::read_to_string(desk.path().join("run/plan.toml")).unwrap();
    let data = fs::canonicalize(desk.path()).unwrap().join("book.txt");
    assert!(
        plan.contains(&format!("data = \"{}\"", data.display())),
        "{plan}"
    );
    let away = desk.path().join("elsewhere");
    spherecheck(&away, "train --resume --out ../run --epochs 2 --quiet")
        .assert()
        .code(0);
    // The data may move.
    fs::rename(&data, away.join("book.txt")).unwrap();
    spherecheck(&away, "train --resume --out ../run --epochs 3 --quiet")
        .assert()
        .code(2)
        .stderr(predicate::str::contains("no data were found"));
    spherecheck(
        &away,
        "train --resume --data book.txt --out ../run --epochs 3 --quiet",
    )
    .assert()
    .code(0);
}

/// Names of the threads of a process, and the hundredths of a second that each has worked.
#[cfg(target_os = "linux")]
fn threads(process: u32) -> Vec<(String, u64)> {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let thread = |folder: std::path::PathBuf| {
        let name = fs::read_to_string(folder.join("comm")).ok()?;
        let numbers = fs::read_to_string(folder.join("stat")).ok()?;
        let after: Vec<&str> = numbers.rsplit(')').next()?.split_whitespace().collect();
        let worked = after[11].parse::<u64>().ok()? + after[12].parse::<u64>().ok()?;
        Some((name.trim().to_owned(), worked))
    };
    tasks
        .flatten()
        .filter_map(|task| thread(task.path()))
        .collect()
}

/// A run without end, as soon as it has written `file`.
#[cfg(target_os = "linux")]
fn begun(desk: &Path, more: &str, (name, value): (&str, &str), file: &str) -> std::process::Child {
    use std::time::{Duration, Instant};
    let child = std::process::Command::new(env!("CARGO_BIN_EXE_spherecheck"))
        .current_dir(desk)
        .args("train --epochs 100000 --encoder mlp --quiet --out run".split(' '))
        .args(more.split_whitespace())
        .env(name, value)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while !desk.join("run").join(file).exists() && started.elapsed() < Duration::from_secs(300) {
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}

#[cfg(target_os = "linux")]
#[test]
fn one_thread_is_one_thread_for_the_library_and_for_loading_too() {
    use std::time::{Duration, Instant};
    let desk = TempDir::new().unwrap();
    // 256 pairs: their matrix is large enough for the library's own pool.
    let more = "--threads 1 --checkpoint-every 1";
    let mut child = begun(
        desk.path(),
        more,
        ("NO_COLOR", "1"),
        "checkpoint.safetensors",
    );
    let started = Instant::now();
    let worked = |all: &[(String, u64)]| -> Vec<u64> { all.iter().map(|t| t.1).collect() };
    let mut found = Vec::new();
    while worked(&found).iter().max().is_none_or(|most| *most < 100)
        && started.elapsed() < Duration::from_secs(600)
    {
        std::thread::sleep(Duration::from_millis(50));
        found = threads(child.id());
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(found.iter().all(|t| !t.0.contains("candle")), "{found:?}");
    // One trains; others wait for Ctrl-C, draw, or have read the command line.
    let all: u64 = worked(&found).iter().sum();
    let most = worked(&found).into_iter().max().unwrap();
    assert!(most >= 100 && most * 10 >= all * 9, "{found:?}");
}

/// What glibc reads when a process starts: so training starts again, in the same process.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn memory_that_was_freed_is_kept_unless_somebody_said_otherwise() {
    let desk = TempDir::new().unwrap();
    let mut child = begun(
        desk.path(),
        "",
        ("MALLOC_TRIM_THRESHOLD_", "7"),
        "plan.toml",
    );
    let environment = fs::read(format!("/proc/{}/environ", child.id())).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let mut found: Vec<_> = environment
        .split(|byte| *byte == 0)
        .filter(|set| set.starts_with(b"MALLOC_"))
        .map(String::from_utf8_lossy)
        .collect();
    found.sort();
    let expected = [
        "MALLOC_ARENA_MAX=1",
        "MALLOC_MMAP_THRESHOLD_=4294967296",
        "MALLOC_TRIM_THRESHOLD_=7",
    ];
    assert_eq!(found, expected);
}
