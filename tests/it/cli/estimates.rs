//! `--budget`, `--max-error` and `--dry-run` from outside.

use predicates::prelude::*;
use predicates::str::{contains, is_empty};

use super::desk::{Desk, names};

/// 6,000 rows of 16 columns, around a common direction.
fn large_desk() -> Desk {
    let desk = Desk::new();
    let mut state = 7_u64;
    let mut value = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 40) as f32 / (1 << 23) as f32 - 0.6
    };
    let rows: Vec<u8> = (0..6000 * 16).flat_map(|_| value().to_le_bytes()).collect();
    desk.npy("many.npy", "<f4", (6000, 16), &rows);
    desk
}

#[test]
fn bad_budgets_and_errors_end_in_2_and_say_what_is_allowed() {
    let desk = Desk::new();
    let time = "expected a positive time with its unit (ms, s, m or h), e.g. 10s";
    let error = "expected a positive, finite standard error, e.g. 1e-3";
    for (line, said) in [
        ("--budget 0s", time),
        ("--budget -3s", time),
        ("--budget 10", time),
        ("--budget 10sec", time),
        ("--budget s", time),
        ("--budget nans", time),
        ("--budget infs", time),
        ("--budget 1e400s", time),
        ("--budget nan", time),
        ("--budget -0s", time),
        ("--max-error nan", error),
        ("--max-error 1e-400", error),
        ("--budget 1s --slices a.npy", "cannot be used with"),
        ("--max-error 0", error),
        ("--max-error -1e-3", error),
        ("--max-error inf", error),
        ("--max-error small", error),
        ("--budget 1s --max-error 1e-3", "cannot be used with"),
        ("--budget 1s --verify", "cannot be used with"),
        ("--max-error 1e-3 --verify=5", "cannot be used with"),
        (
            "--budget 1s --t 300",
            "expected at most 170 for an estimate",
        ),
        ("--dry-run --out report", "cannot be used with"),
        (
            "--dry-run --format md",
            "give --format table or --format json",
        ),
    ] {
        desk.refused(&format!("audit a.npy {line}"), said);
    }
    assert!(!desk.path("report").exists());
}

#[test]
fn a_budget_that_allows_all_pairs_is_no_estimate() {
    let desk = Desk::new();
    desk.run("audit a.npy --budget 1h")
        .code(0)
        .stdout(contains("allows all pairs").and(contains("are exact")));
}

#[test]
fn an_estimate_says_so_in_every_form() {
    let desk = large_desk();
    let line = "audit many.npy --tau 0.5 --max-error 1e-2";
    desk.run(line).code(0).stdout(
        contains("estimated")
            .and(contains("metrics, marked ≈"))
            .and(contains("Monte Carlo"))
            .and(contains("uniformity{t=2}"))
            .and(contains("≈-"))
            .and(contains("An estimate leaves out counts of duplicates")),
    );
    let audit = desk.json(line);
    let card = &audit["provenance"]["estimate"];
    assert_eq!(card["asked"], "max-error 0.01");
    assert!(card["pairs_seen"].as_u64() < card["pairs_all"].as_u64());
    assert_eq!(card["pairs_all"], 6000 * 5999 / 2);
    let measures = audit["measures"].as_array().expect("measures");
    let of = |name: &str| {
        let of = measures.iter().find(|m| m["metric"] == name);
        of.unwrap_or_else(|| panic!("no {name}"))
    };
    assert_eq!(of("uniformity")["support"], "estimated");
    let (all, part) = (&of("uniformity")["se"], &of("uniformity")["monte_carlo"]);
    assert!(
        part.as_f64() <= all.as_f64() && part.as_f64() > Some(0.0),
        "{part} of {all}"
    );
    assert!(part.as_f64() <= Some(1e-2));
    assert!(
        of("mean_cosine").get("support").is_none(),
        "exact is not said"
    );
    assert!(measures.iter().all(|m| m["metric"] != "duplicate_rows"));
    desk.run(&format!("{line} --format md"))
        .code(0)
        .stdout(contains("≈").and(contains("estimated")));
    desk.run(&format!("{line} --format csv")).code(0).stdout(
        contains("support,monte_carlo")
            .and(contains(",estimated,"))
            .and(contains(",exact,")),
    );
}

#[test]
fn a_budget_that_is_too_small_is_refused_with_what_the_least_takes() {
    let desk = large_desk();
    desk.run("audit many.npy --budget 0.001ms --out report")
        .code(2)
        .stdout(is_empty())
        .stderr(contains("found 0.0010ms; give --budget ").and(contains("row means")));
    desk.run("audit many.npy --dry-run --budget 0.001ms")
        .code(0)
        .stdout(contains("will be refused: give --budget "));
    desk.refused(
        "compare many.npy --dims 4 --budget 10s",
        "leave out --budget",
    );
}

#[test]
fn the_same_seed_estimates_the_same() {
    let desk = large_desk();
    let measures = |line: &str| {
        desk.json(&format!("audit many.npy --max-error 1e-2 --tau 0.5 {line}"))["measures"].take()
    };
    let one = measures("--seed 3 --threads 1");
    assert_eq!(one, measures("--seed 3 --threads 2"));
    assert_ne!(one, measures("--seed 4"));
}

#[test]
fn reports_of_an_estimate_are_written_without_what_it_lacks() {
    let desk = large_desk();
    desk.run("audit many.npy --max-error 1e-2 --tau 0.5 --out report --quiet")
        .code(0)
        .stdout(contains("the histogram of cosines"));
    let names = names(&desk.path("report"));
    assert!(names.contains(&"audit.json".to_owned()), "{names:?}");
}

#[test]
fn a_dry_run_tells_the_work_and_computes_nothing() {
    let desk = large_desk();
    desk.run("audit many.npy --dry-run")
        .code(0)
        .stderr(is_empty())
        .stdout(
            contains("6,000 in 16 dimensions")
                .and(contains("17,997,000"))
                .and(contains("flops"))
                .and(contains("exact pass"))
                .and(contains("uniformity").not()),
        );
    let forecast = desk.json("audit many.npy --dry-run");
    assert_eq!(forecast["schema"], "spherecheck.forecast/1");
    assert_eq!(forecast["pairs"], 17_997_000);
    assert_eq!(forecast["flops"], 2.0 * 16.0 * 17_997_000.0);
    assert_eq!(forecast["bytes_read"], 6000 * 16 * 4);
    assert!(forecast["seconds"].as_f64() > Some(0.0));
    // Both views, and the pairs between them: 15 + 15 + 36, less nothing.
    let two = desk.json("audit a.npy b.npy --dry-run --budget 1h");
    assert_eq!(
        (&two["pairs"], &two["rows_b"]),
        (&(15 + 15 + 36).into(), &6.into())
    );
    assert!(
        two["verdict"]
            .as_str()
            .is_some_and(|v| v.contains("allows all pairs"))
    );
    // So many rows that an estimate takes less: none is on the disk.
    desk.npy("most.npy", "<f4", (5_000_000, 16), &[]);
    let file = std::fs::OpenOptions::new()
        .append(true)
        .open(desk.path("most.npy"));
    let file = file.expect("the file");
    let header = file.metadata().expect("its size").len();
    file.set_len(header + 5_000_000 * 16 * 4).expect("a hole");
    desk.run("audit most.npy most.npy --dry-run")
        .code(0)
        .stdout(contains("or more estimates them").and(contains("5,000,000 pairs")));
    let forecast = desk.json("audit most.npy --dry-run");
    assert_eq!(forecast["positive_pairs"], 0);
    // Of each row the sums of e^(4 s) and e^(8 s), of 20 groups at two temperatures, and 100 bytes.
    assert_eq!(
        forecast["estimate_bytes_memory"],
        5_000_000_u64 * (8 * 2 + 2 * 20 * 8 + 100)
    );
    assert!(forecast["estimate_seconds"].as_f64() < forecast["seconds"].as_f64());
    // Rows are not read: even such as an audit would refuse are counted.
    desk.refused("audit a.npy missing.npy --dry-run", "missing.npy");
}
