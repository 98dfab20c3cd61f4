//! `spherecheck shard`: plans, shards and merges of one audit, and what is refused on the way.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use predicates::prelude::*;
use predicates::str::contains;
#[cfg(feature = "tables")]
use serde_json::Value;

use super::desk::{Desk, names};

/// Rows of 8 numbers in no order.
fn rows(seed: u32, count: usize) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..8 * count).flat_map(|_| next().to_le_bytes()).collect()
}

fn desk() -> Desk {
    let desk = Desk::new();
    desk.npy("x.npy", "<f4", (240, 8), &rows(1, 240));
    desk.npy("y.npy", "<f4", (240, 8), &rows(2, 240));
    let column = |name: &str, of: usize| {
        let lines: String = (0..240).map(|row| format!("g{}\n", row % of)).collect();
        format!("{name}\n{lines}")
    };
    desk.file("class.csv", column("class", 12));
    desk.file("group.csv", column("group", 60));
    desk.file("slice.csv", column("slice", 3));
    desk
}

/// Walks all shards of a plan; their files.
fn walked(desk: &Desk, plan: &str, of: usize) -> Vec<String> {
    let run = |number| {
        let line = format!("shard run {plan} --shard {number}/{of} --quiet");
        desk.run(&line).code(0);
        format!("part-{number}-of-{of}.state")
    };
    (1..=of).map(run).collect()
}

/// Without what no two runs share.
#[cfg(feature = "tables")]
fn timeless(mut audit: Value) -> Value {
    let provenance = audit["provenance"].as_object_mut().expect("an object");
    for time in ["pass_seconds", "total_seconds", "process_seconds"] {
        provenance.remove(time).expect("a time");
    }
    if let Some(trial) = provenance
        .get_mut("precision")
        .and_then(Value::as_object_mut)
    {
        trial.remove("seconds").expect("a time");
    }
    if let Some(drift) = audit.get_mut("drift").and_then(Value::as_object_mut) {
        drift.remove("seconds").expect("a time");
    }
    audit
}

#[cfg(feature = "tables")]
#[test]
fn a_plan_its_shards_and_their_merge_are_the_audit_of_one_machine() {
    let desk = desk();
    for (of, arguments) in [
        (1, "x.npy"),
        (
            5,
            "x.npy y.npy --search --offenders --out report --negatives 1,16 --verify=5 --t 1,2",
        ),
        (
            2,
            "x.npy y.npy --slices slice.csv --slice-min 20 --spectrum --modality --compat ssnl,batch:50",
        ),
        (
            16,
            "x.npy --labels class.csv --labels-tensor class --groups group.csv --classes --search",
        ),
        (
            3,
            "x.npy y.npy --similarity dot --drift-from y.npy --seed 7 --sample 200",
        ),
    ] {
        let whole = timeless(desk.json(&format!("audit {arguments}")));
        desk.run(&format!("shard plan {arguments} -o plan.json"))
            .code(0);
        let mut states = walked(&desk, "plan.json", of);
        // The last first, and some of them joined before.
        states.reverse();
        if of > 3 {
            let some: Vec<String> = states.drain(1..3).collect();
            let line = format!("shard merge --partial -o some.state {}", some.join(" "));
            desk.run(&line).code(0);
            states.push("some.state".to_owned());
        }
        let merged = desk.json(&format!("shard merge plan.json {}", states.join(" ")));
        assert_eq!(timeless(merged), whole, "{arguments} in {of}");
    }
}

#[cfg(feature = "tables")]
#[test]
fn a_plan_says_what_is_asked_what_is_read_and_what_it_takes() {
    let desk = desk();
    let line = "shard plan x.npy --slices slice.csv --t 1,2 --shards 4 -o plan.json";
    desk.run(line)
        .code(0)
        .stdout(contains("all states").and(contains("16 workers")))
        .stdout(contains("The merge walks the slices"))
        .stderr(contains("wrote plan.json"));
    let plan: Value =
        serde_json::from_slice(&fs::read(desk.path("plan.json")).unwrap()).expect("JSON");
    assert_eq!(
        plan["arguments"],
        serde_json::json!(["x.npy", "--slices", "slice.csv", "--t", "1,2"])
    );
    assert_eq!(plan["shards"], 4);
    let files = plan["files"].as_array().expect("files");
    let bytes = fs::metadata(desk.path("x.npy")).unwrap().len();
    assert_eq!((&files[0]["path"], files.len()), (&"x.npy".into(), 2));
    assert_eq!(files[0]["bytes"], bytes);
    let share = |at: usize| plan["workers"][at]["largest_share"].as_f64().unwrap();
    assert_eq!(share(0), 1.0);
    assert!((0.5..0.53).contains(&share(1)), "{}", share(1));
    // What is said of a state's size is what it is, about; whatever is asked by default, at most 1 kB a row.
    let size = |name: &str| fs::metadata(desk.path(name)).unwrap().len() as f64;
    let states = walked(&desk, "plan.json", 4);
    let largest = states.iter().map(|name| size(name)).fold(0.0, f64::max);
    let of_four = plan["workers"].as_array().expect("workers");
    let of_four = of_four.iter().find(|of| of["workers"] == 4).expect("four");
    let said = of_four["state_bytes"].as_f64().unwrap();
    assert!(
        (0.7..1.4).contains(&(largest / said)),
        "{largest} of {said}"
    );
    desk.run("shard plan x.npy -o default.json").code(0);
    let default: Value =
        serde_json::from_slice(&fs::read(desk.path("default.json")).unwrap()).expect("JSON");
    walked(&desk, "default.json", 1);
    let (whole, said) = (size("part-1-of-1.state"), default["state_bytes"].as_f64());
    let said = said.expect("bytes");
    assert!((0.7..1.4).contains(&(whole / said)), "{whole} of {said}");
    assert!(whole.max(said) <= 240_000.0, "{whole}, {said}");
    // Files of rows alone are known by bands, others by their contents.
    let digests = [0, 1].map(|at| files[at].get("sha256").and_then(Value::as_str));
    assert!(
        matches!(digests, [None, Some(hex)] if hex.len() == 64),
        "{digests:?}"
    );
    assert_eq!(
        plan["views"][0]["bands"].as_array().expect("bands").len(),
        20
    );
}

#[test]
fn a_plan_says_that_rows_repeat_others() {
    let desk = desk();
    let plan = |name: &str| {
        desk.run(&format!("shard plan {name} -o plan.json")).code(0);
        fs::read_to_string(desk.path("plan.json")).expect("a plan")
    };
    assert!(!plan("x.npy").contains("once more"));
    // Rows 3 and 9 again, the second twice as long, which is the same on the sphere.
    let mut bytes = rows(1, 240);
    bytes.copy_within(3 * 32..4 * 32, 100 * 32);
    bytes.copy_within(9 * 32..10 * 32, 200 * 32);
    let values = bytes[200 * 32..201 * 32].as_chunks::<4>().0.to_vec();
    for (k, value) in values.into_iter().enumerate() {
        let twice = (2.0 * f32::from_le_bytes(value)).to_le_bytes();
        bytes[200 * 32 + 4 * k..][..4].copy_from_slice(&twice);
    }
    desk.npy("repeated.npy", "<f4", (240, 8), &bytes);
    let said = "2 rows repeat earlier ones: the merge walks all pairs of that view once more";
    assert!(plan("repeated.npy").contains(said));
}

/// Rows that repeat others call for a second walk without them: in shards of their own, or by the merge.
#[cfg(feature = "tables")]
#[test]
fn a_second_round_walks_what_repeated_rows_call_for() {
    let desk = desk();
    for name in ["x.npy", "y.npy"] {
        let mut bytes = rows(u32::from(name == "x.npy"), 240);
        for copy in 0..9 {
            bytes.copy_within(32 * copy..32 * (copy + 1), 32 * (150 + 7 * copy));
        }
        desk.npy(name, "<f4", (240, 8), &bytes);
    }
    for (of, again, arguments) in [
        (3, 2, "x.npy y.npy"),
        (2, 5, "x.npy --groups group.csv --t 1,2 --tau 0.1"),
    ] {
        let whole = timeless(desk.json(&format!("audit {arguments}")));
        let said = whole["notes"].to_string();
        assert!(said.contains("repeat an earlier one"), "{said}");
        desk.run(&format!("shard plan {arguments} -o plan.json"))
            .code(0);
        let first = walked(&desk, "plan.json", of).join(" ");
        let asked = desk.run(&format!(
            "shard merge plan.json {first} --second second.json"
        ));
        let note = contains("rows that repeat others. Run its shards");
        asked.code(0).stdout("").stderr(note);
        for shard in 1..=again {
            let out = format!("again-{shard}.state");
            let line = format!("shard run second.json --shard {shard}/{again} -o {out}");
            desk.run(&line).code(0).stderr(contains("wrote"));
            desk.run(&line).code(0).stderr(contains("is there already"));
        }
        let states: Vec<String> = (1..=again).map(|k| format!("again-{k}.state")).collect();
        let second = states.join(" ");
        desk.run(&format!("shard merge --partial -o again.state {second}"))
            .code(0);
        let line = format!("shard merge second.json again.state {first}");
        assert_eq!(timeless(desk.json(&line)), whole, "{line}");
        // Without a second round the merge walks the same.
        let line = format!("shard merge plan.json {first}");
        assert_eq!(timeless(desk.json(&line)), whole, "{line}");
        let refused = [
            (
                format!("shard merge second.json {first}"),
                "expected states of this second round",
            ),
            (
                format!("shard merge second.json {first} {}", states[0]),
                "these are missing: 2",
            ),
            (
                format!("shard merge --partial -o all.state {first} {second}"),
                "the digest of the repeated rows is none in one",
            ),
        ];
        for (line, said) in refused {
            desk.refused(&line, said);
        }
    }
    // Where none repeats another there is nothing to plan.
    desk.npy("x.npy", "<f4", (240, 8), &rows(1, 240));
    desk.run("shard plan x.npy -o plan.json").code(0);
    let first = walked(&desk, "plan.json", 2).join(" ");
    desk.json(&format!("shard merge plan.json {first} --second none.json"));
    assert!(!desk.path("none.json").exists());
}

/// `auto` is decided by the plan: what is walked then is a precision by its name.
#[cfg(feature = "tables")]
#[test]
fn a_plan_decides_the_precision_that_its_shards_walk_in() {
    let desk = desk();
    desk.npy("wide.npy", "<f4", (600, 64), &rows(5, 4800));
    for (arguments, planned) in [
        ("wide.npy --precision auto", "wide.npy --precision"),
        ("wide.npy --precision=auto --t 1", "wide.npy --precision="),
    ] {
        desk.run(&format!("shard plan {arguments} -o plan.json"))
            .code(0)
            .stdout(contains("Precision: "));
        let plan = fs::read(desk.path("plan.json")).unwrap();
        let plan: Value = serde_json::from_slice(&plan).expect("JSON");
        let words = plan["arguments"].as_array().expect("words").iter();
        let line = words.map(|word| word.as_str().expect("a word"));
        let line = line.collect::<Vec<_>>().join(" ");
        assert!(
            line.starts_with(planned) && !line.contains("auto"),
            "{line}"
        );
        let states = walked(&desk, "plan.json", 3).join(" ");
        let merged = desk.json(&format!("shard merge plan.json {states}"));
        let whole = timeless(desk.json(&format!("audit {line}")));
        assert_eq!(timeless(merged), whole, "{line}");
    }
}

/// Work follows the data: of few rows a plan is a matter of milliseconds, whatever a calibration of many would take.
#[test]
fn a_plan_of_few_rows_takes_no_longer_than_they_do() {
    let desk = desk();
    desk.npy("few.npy", "<f4", (40, 8), &rows(1, 40));
    let start = Instant::now();
    desk.run("shard plan few.npy -o plan.json").code(0);
    let took = start.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn plans_of_what_is_walked_whole_are_refused() {
    let desk = desk();
    desk.all_refused(&[
        "shard plan x.npy --budget 10s -o p.json -> --budget and --max-error make an estimate",
        "shard plan x.npy --max-error 1e-3 -o p.json -> --budget and --max-error make an estimate",
        "shard plan x.npy --dry-run -o p.json -> leave it out of the plan",
        "shard plan x.npy -> -o <PLAN>",
        "shard plan none.npy -o p.json -> none.npy: no such file",
        "shard run x.npy --shard 1/2 -> x.npy: not a plan of shards (no JSON)",
        "shard run none.json --shard 1/2 -> none.json: no such file",
        "shard merge plan.json -> no states are given beside the plan plan.json",
        "shard merge --partial a.state -> -o <STATE>",
    ]);
    assert!(!desk.path("p.json").exists());
    desk.file("p.json", "{\"schema\": \"spherecheck.audit/1\"}");
    desk.refused(
        "shard run p.json --shard 1/2",
        "expected \"spherecheck.shard-plan/2\"",
    );
}

#[test]
fn states_that_are_missing_twice_foreign_or_damaged_are_named() {
    let desk = desk();
    desk.run("shard plan x.npy -o plan.json").code(0);
    let states = walked(&desk, "plan.json", 3);
    let merge = |states: &[&str]| format!("shard merge plan.json {}", states.join(" "));
    let [one, two, three] = [0, 1, 2].map(|at| &states[at][..]);
    desk.refused(&merge(&[one, three]), "of 3 shards these are missing: 2");
    desk.refused(
        &merge(&[one, two, three, two]),
        "part-2-of-3.state: shard 2 of 3 is there twice",
    );
    desk.refused(
        &merge(&[one, "none.state"]),
        "none.state: this state cannot be read",
    );
    desk.refused(
        &merge(&[one, "x.npy"]),
        "write one with `spherecheck shard run`",
    );

    desk.run("shard plan x.npy --seed 1 -o other.json").code(0);
    desk.run("shard run other.json --shard 2/3 -o other.state")
        .code(0);
    desk.refused(
        &merge(&[one, "other.state", three]),
        "other.state: the parts are not of one walk: the seed",
    );
    desk.refused(
        &merge(&["other.state"]).replace("plan.json", "other.json"),
        "of 3 shards these are missing: 1, 3",
    );

    let bytes = fs::read(desk.path(two)).unwrap();
    for (name, damaged) in [
        ("cut.state", &bytes[..bytes.len() / 2]),
        ("empty.state", &[][..]),
    ] {
        desk.file(name, damaged);
        desk.refused(&merge(&[one, name, three]), &format!("{name}: "));
    }
    let mut changed = bytes.clone();
    *changed.last_mut().unwrap() ^= 1;
    desk.file("flipped.state", &changed);
    desk.refused(
        &merge(&[one, "flipped.state", three]),
        "flipped.state: the parts were cut off or changed",
    );

    // An input that is not what it was: by a number, and by its length.
    desk.npy("x.npy", "<f4", (240, 8), &rows(3, 240));
    let of_bands = "x.npy: changed since the plan was made: of the rows of jackknife group";
    desk.refused(&merge(&[one, two, three]), of_bands);
    desk.refused("shard run plan.json --shard 1/3 -o new.state", of_bands);
    assert!(!desk.path("new.state").exists());
    desk.npy("x.npy", "<f4", (239, 8), &rows(3, 239));
    desk.refused("shard run plan.json --shard 1/3", "expected 7,808");
}

#[test]
fn a_shard_that_is_run_again_is_found_or_walked_to_the_same_bytes() {
    let desk = desk();
    desk.run("shard plan x.npy y.npy --search -o plan.json")
        .code(0);
    let (line, path) = (
        "shard run plan.json --shard 2/3",
        desk.path("part-2-of-3.state"),
    );
    desk.run(line)
        .code(0)
        .stderr(contains("wrote ./part-2-of-3.state"));
    let bytes = fs::read(&path).unwrap();
    let again = "shard 2 of 3 is there already, and whole; nothing was walked";
    desk.run(line).code(0).stderr(contains(again));
    for damaged in [&bytes[..bytes.len() - 9], &[][..]] {
        fs::write(&path, damaged).unwrap();
        desk.run(line).code(0).stderr(contains("wrote"));
        assert!(fs::read(&path).unwrap() == bytes);
    }
    // Another number of threads makes the same bytes, another shard is no reason to keep the file.
    desk.run("shard run plan.json --shard 2/3 --threads 1 -o one.state")
        .code(0);
    assert!(fs::read(desk.path("one.state")).unwrap() == bytes);
    desk.run("shard run plan.json --shard 1/3 -o one.state")
        .code(0)
        .stderr(contains("wrote"));
    assert!(fs::read(desk.path("one.state")).unwrap() != bytes);
}

#[test]
fn schedulers_say_which_shard() {
    let desk = desk();
    desk.run("shard plan x.npy -o plan.json").code(0);
    desk.run("shard plan x.npy --shards 3 -o three.json")
        .code(0);
    for (plan, variables, shard) in [
        (
            "plan.json",
            "SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_MIN=4 SLURM_ARRAY_TASK_COUNT=3 PMI_RANK=0 PMI_SIZE=1",
            Ok("part-2-of-3"),
        ),
        (
            "plan.json",
            "SLURM_ARRAY_TASK_ID=9 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_STEP=4 SLURM_ARRAY_TASK_COUNT=3",
            Ok("part-3-of-3"),
        ),
        ("three.json", "JOB_COMPLETION_INDEX=0", Ok("part-1-of-3")),
        (
            "plan.json --of 2",
            "JOB_COMPLETION_INDEX=1",
            Ok("part-2-of-2"),
        ),
        (
            "plan.json",
            "OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2",
            Ok("part-2-of-2"),
        ),
        ("plan.json", "PMI_RANK=0 PMI_SIZE=4", Ok("part-1-of-4")),
        // What is named counts.
        (
            "three.json --shard 2",
            "PMI_RANK=0 PMI_SIZE=4",
            Ok("part-2-of-3"),
        ),
        ("plan.json", "", Err("no shard is named; give --shard I/N")),
        ("plan.json --shard 2", "", Err("shard 2 of how many?")),
        (
            "plan.json",
            "JOB_COMPLETION_INDEX=1",
            Err("shard 2 of how many?"),
        ),
        (
            "three.json",
            "JOB_COMPLETION_INDEX=3",
            Err("expected 1 to 3"),
        ),
        (
            "three.json --shard 1/4",
            "",
            Err("where there are 3 shards"),
        ),
        (
            "plan.json",
            "JOB_COMPLETION_INDEX=x",
            Err("expected a whole number"),
        ),
        (
            "three.json",
            "JOB_COMPLETION_INDEX=1 PMI_RANK=0 PMI_SIZE=4",
            Err("both JOB_COMPLETION_INDEX and PMI_RANK name a shard"),
        ),
    ] {
        let mut command = desk.command(&format!("shard run {plan}"));
        let variables = variables.split_whitespace();
        command.envs(variables.map(|pair| pair.split_once('=').expect("NAME=VALUE")));
        match shard {
            Ok(name) => {
                command.assert().code(0);
                fs::remove_file(desk.path(&format!("{name}.state"))).expect(name);
            }
            Err(said) => drop(command.assert().code(2).stderr(contains(said))),
        }
    }
}

/// Kills a worker, first at once, then later and later until one comes through.
#[cfg(unix)]
#[test]
fn a_worker_that_is_killed_leaves_no_state_and_its_shard_is_run_again() {
    let desk = desk();
    desk.npy("x.npy", "<f4", (3000, 8), &rows(1, 3000));
    desk.run("shard plan x.npy -o plan.json").code(0);
    desk.run("shard run plan.json --shard 1/2 -o whole.state")
        .code(0);
    let whole = fs::read(desk.path("whole.state")).unwrap();
    let (program, path) = (
        assert_cmd::cargo::cargo_bin!("spherecheck"),
        desk.path("killed.state"),
    );
    let (mut killed, mut wait) = (0, Duration::from_millis(2));
    let limit = Instant::now() + Duration::from_secs(120);
    loop {
        let mut worker = std::process::Command::new(program)
            .current_dir(desk.path("."))
            .args("shard run plan.json --shard 1/2 -o killed.state".split(' '))
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        std::thread::sleep(wait);
        worker.kill().expect("kill -9");
        let ended = worker.wait().expect("it ends");
        if ended.success() {
            break;
        }
        killed += 1;
        // Whole or not there at all.
        if let Ok(bytes) = fs::read(&path) {
            assert!(bytes == whole);
        }
        assert!(Instant::now() < limit, "no worker came through");
        wait *= 2;
    }
    assert!(killed > 0);
    assert!(fs::read(&path).unwrap() == whole);
    let left = names(&desk.path("."));
    assert!(left.contains(&"killed.state".to_owned()), "{left:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said() {
    let desk = desk();
    desk.run("shard plan x.npy -o plan.json").code(0);
    let full = || contains("/dev/full: cannot be written").and(contains("No space left"));
    desk.run("shard run plan.json --shard 1/2 -o /dev/full")
        .code(2)
        .stderr(full());
    walked(&desk, "plan.json", 2);
    desk.run("shard merge --partial -o /dev/full part-1-of-2.state")
        .code(2)
        .stderr(full());
    desk.refused(
        "shard run plan.json --shard 1/2 -o none/x.state",
        "none/x.state: cannot be written",
    );
}
