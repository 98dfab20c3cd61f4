//! Which candidates a gate lets through: made-up models of the same items against a good one, by the policy that `--init`
//! writes for it and by rules against it as a baseline.

use half::f16;
use predicates::str::contains;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;
use serde_json::Value;

use super::desk::{Desk, integers};
use crate::support::{Rows, fixture, noisy, normal};

const ROWS: usize = 400;
const WIDTH: usize = 32;

/// Exit statuses of a candidate: by the limits of `--init` alone, by all its rules with a baseline, by rules against the
/// baseline alone; with positives (a second view), and without (the first view alone; `-` is no candidate).
const TABLE: &str = "
    the same          0 0 0   0 0 0
    a better model    0 0 0   0 0 -
    half precision    0 0 0   0 0 0
    a rotated copy    0 0 0   0 0 0
    noise             1 1 1   1 1 0
    shuffled rows     0 1 0   0 1 0
    one view shuffled 1 1 1   - - -
    collapsed         1 1 1   1 1 1
    a cone            1 1 1   1 1 1
    another width     0 2 2   0 2 2
    NaN               2 2 2   2 2 2
";

const RULES_WITH: &str = "
[[rule]]
metric = \"alignment{alpha=2}\"
no_worse_than_baseline = {}
[[rule]]
metric = \"contrastive_limit{tau=0.5}\"
side = \"cross\"
no_worse_than_baseline = {}
";
const RULES_WITHOUT: &str = "
[[rule]]
metric = \"uniformity{t=2}\"
no_worse_than_baseline = {}
[[rule]]
metric = \"mean_cosine\"
no_worse_than_baseline = {}
";

/// Two views of items in twenty clusters around a common direction, as encoders give them; `noise` is what tells the
/// views of an item apart.
fn views(noise: f32, seed: u64) -> [Rows; 2] {
    let common = &normal(1, 1, WIDTH)[0];
    let centres = normal(2, 20, WIDTH);
    let mut items = normal(3, ROWS, WIDTH);
    for (i, row) in items.iter_mut().enumerate() {
        for (j, v) in row.iter_mut().enumerate() {
            *v = 0.7 * (*v + common[j] + centres[i % 20][j]);
        }
    }
    [seed, seed + 1].map(|seed| noisy(&items, seed, noise))
}

/// An orthogonal map: reflections in ten random directions.
fn rotated(rows: &Rows) -> Rows {
    let mut out = rows.clone();
    for mirror in normal(9, 10, WIDTH) {
        let size: f32 = mirror.iter().map(|v| v * v).sum();
        for row in &mut out {
            let along: f32 = row.iter().zip(&mirror).map(|(x, y)| x * y).sum();
            let along = 2.0 * along / size;
            row.iter_mut()
                .zip(&mirror)
                .for_each(|(x, y)| *x -= along * y);
        }
    }
    out
}

/// An order without a pattern.
fn order() -> Vec<usize> {
    let mut order: Vec<usize> = (0..ROWS).collect();
    order.shuffle(&mut Pcg64::seed_from_u64(7));
    order
}

fn shuffled(rows: &Rows) -> Rows {
    order().into_iter().map(|i| rows[i].clone()).collect()
}

/// The two views of a candidate.
fn candidate(name: &str) -> [Rows; 2] {
    let good = views(0.3, 10);
    match name {
        "the same" | "half precision" => good,
        "a better model" => views(0.25, 20).map(|view| rotated(&view)),
        "a rotated copy" => good.map(|view| rotated(&view)),
        "noise" => [30, 31].map(|seed| normal(seed, ROWS, WIDTH)),
        "shuffled rows" => good.map(|view| shuffled(&view)),
        "one view shuffled" => {
            let [a, b] = good;
            [a, shuffled(&b)]
        }
        "collapsed" => [40, 40].map(|seed| vec![normal(seed, 1, WIDTH)[0].clone(); ROWS]),
        "a cone" => good.map(|view| {
            let common = &normal(1, 1, WIDTH)[0];
            let moved = |row: Vec<f32>| row.iter().zip(common).map(|(v, c)| v + 6.0 * c).collect();
            view.into_iter().map(moved).collect()
        }),
        "another width" => good.map(|view| view.iter().map(|row| row[..24].to_vec()).collect()),
        "NaN" => {
            let [mut a, b] = good;
            a[7][3] = f32::NAN;
            [a, b]
        }
        other => panic!("no candidate {other:?}"),
    }
}

fn written(desk: &Desk, name: &str, rows: &Rows, half: bool) {
    let values = rows.iter().flatten();
    let (descr, bytes): (_, Vec<u8>) = if half {
        let bytes = values.flat_map(|v| f16::from_f32(*v).to_le_bytes());
        ("<f2", bytes.collect())
    } else {
        ("<f4", values.flat_map(|v| v.to_le_bytes()).collect())
    };
    desk.npy(name, descr, (rows.len(), rows[0].len()), &bytes);
}

/// The good model, its policies, and the baselines that it makes by them.
fn desk() -> Desk {
    let desk = Desk::new();
    let [a, b] = views(0.3, 10);
    written(&desk, "good_a.npy", &a, false);
    written(&desk, "good_b.npy", &b, false);
    desk.file("rules_with.toml", RULES_WITH);
    desk.file("rules_without.toml", RULES_WITHOUT);
    for (files, which) in [("good_a.npy good_b.npy", "with"), ("good_a.npy", "without")] {
        desk.run(&format!("gate {files} --init --policy init_{which}.toml"))
            .code(0);
        for kind in ["init", "rules"] {
            let policy = format!("--policy {kind}_{which}.toml");
            let lock = format!("--baseline {kind}_{which}.json --update-baseline");
            desk.run(&format!("gate {files} {policy} {lock}")).code(0);
        }
    }
    desk
}

#[test]
fn no_worthless_candidate_passes_and_no_good_one_fails() {
    let desk = desk();
    let mut wrong = Vec::new();
    for (number, line) in TABLE
        .lines()
        .filter(|line| !line.trim().is_empty())
        .enumerate()
    {
        let (name, codes) = line.trim().split_at(18.min(line.trim().len()));
        let (name, codes) = (name.trim(), codes.split_whitespace());
        let [a, b] = candidate(name);
        written(&desk, "a2.npy", &a, name == "half precision");
        written(&desk, "b2.npy", &b, name == "half precision");
        for (column, expected) in codes.enumerate() {
            let (files, which) = match column {
                0..3 => ("a2.npy b2.npy", "with"),
                _ => ("a2.npy", "without"),
            };
            let rest = match column % 3 {
                0 => format!(
                    "init_{which}.toml --baseline new_{number}_{column}.json --update-baseline"
                ),
                1 => format!("init_{which}.toml --baseline init_{which}.json"),
                _ => format!("rules_{which}.toml --baseline rules_{which}.json"),
            };
            let Ok(expected) = expected.parse::<i32>() else {
                continue;
            };
            let run = desk.run(&format!("gate {files} --policy {rest}"));
            let output = run.get_output();
            if output.status.code() != Some(expected) {
                wrong.push(format!(
                    "{name}, {rest}: {:?}, expected {expected}\n{}{}",
                    output.status.code(),
                    String::from_utf8_lossy(&output.stdout),
                    String::from_utf8_lossy(&output.stderr),
                ));
            }
            // Rules that noise keeps best say so, whoever keeps them; lines of the report are broken anywhere.
            let printed = String::from_utf8_lossy(&output.stdout);
            let printed: Vec<&str> = printed.split_whitespace().collect();
            let said = printed
                .join(" ")
                .contains("so random vectors keep this policy best");
            assert_eq!(said, column == 5 && expected != 2, "{name}: {column}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Listed pairs follow places: rows in another order lose them, and the limits of `--init` see it without a baseline.
#[test]
fn rows_that_lost_their_pairs_fail_the_limits_alone() {
    let desk = desk();
    let [a, b] = views(0.3, 10);
    let rows = [a, b].concat();
    let pairs: Vec<i64> = (0..ROWS as i64)
        .flat_map(|i| [i, i + ROWS as i64])
        .collect();
    desk.npy("pairs.npy", "<i8", (ROWS, 2), &integers(&pairs));
    written(&desk, "right.npy", &rows, false);
    let lost = [rows[..ROWS].to_vec(), shuffled(&rows[ROWS..].to_vec())].concat();
    written(&desk, "lost.npy", &lost, false);
    let rest = "--pairs pairs.npy --policy pairs.toml";
    desk.run(&format!("gate right.npy --init {rest}")).code(0);
    for (name, code) in [("right", 0), ("lost", 1)] {
        let lock = format!("--baseline {name}.json --update-baseline");
        desk.run(&format!("gate {name}.npy {rest} {lock}"))
            .code(code);
    }
}

#[test]
fn ids_bring_rows_back_into_order_and_other_ids_are_refused() {
    let desk = desk();
    let ids = |of: Vec<usize>| {
        let lines = of.into_iter().map(|id| format!("{id}\n"));
        format!("id\n{}", lines.collect::<String>())
    };
    if cfg!(not(feature = "tables")) {
        return;
    }
    desk.file("ids.csv", ids((0..ROWS).collect()));
    desk.file("moved.csv", ids(order()));
    desk.file("others.csv", ids((1..=ROWS).collect()));
    let [a, _] = views(0.3, 10);
    written(&desk, "moved.npy", &shuffled(&a), false);
    let rest = "--policy init_without.toml --baseline lock.json";
    desk.run(&format!(
        "gate good_a.npy --ids ids.csv {rest} --update-baseline"
    ))
    .code(0);
    desk.run(&format!("gate moved.npy --ids moved.csv {rest}"))
        .code(0)
        .stdout(contains("knn_overlap"));
    // The ids of the good model's order, which the rows have not: the order is lost.
    desk.run(&format!("gate moved.npy --ids ids.csv {rest}"))
        .code(1)
        .stdout(contains("below the limit; by chance"));
    desk.refused(
        &format!("gate moved.npy --ids others.csv {rest}"),
        "different row ids",
    );
    desk.refused(&format!("gate moved.npy {rest}"), "--ids");
}

#[test]
fn what_holds_no_neighbours_is_refused_with_what_to_do() {
    let desk = desk();
    desk.saved("audit good_a.npy --format json", "audit.json");
    desk.all_refused(&[
        "gate audit.json --policy init_without.toml --baseline init_without.json -> \
         a saved audit holds no neighbours; give the embeddings themselves",
        "gate audit.json --policy init_without.toml --baseline new.json --update-baseline -> \
         a saved audit holds no neighbours",
        "gate good_a.npy --policy init_without.toml --baseline audit.json -> \
         the baseline holds no neighbours; make a new one from embeddings",
    ]);
    let lock = std::fs::read_to_string(desk.path("init_without.json")).expect("a lock file");
    assert!(lock.contains("\"k\": 3"), "{lock:.200}");
    desk.file("damaged.json", lock.replacen("\"k\": 3", "\"k\": 4", 1));
    desk.refused(
        "gate good_a.npy --policy init_without.toml --baseline damaged.json",
        "damaged.json: its neighbours are damaged",
    );
}

#[test]
fn a_slice_that_finds_less_fails_where_the_others_keep_the_whole() {
    let desk = desk();
    let [a, b] = views(0.3, 10);
    // One row of eight is of the slice that will be lost.
    let slice: Vec<i64> = (0..ROWS as i64)
        .map(|row| i64::from(row % 8 == 0))
        .collect();
    desk.npy("slices.npy", "<i8", (ROWS, 1), &integers(&slice));
    let rest = "--slices slices.npy --policy sliced.toml";
    desk.run(&format!("gate good_a.npy good_b.npy --init {rest}"))
        .code(0);
    let mut lost = b.clone();
    for row in (0..ROWS).step_by(8) {
        lost[row].clone_from(&b[(row + 8) % ROWS]);
    }
    written(&desk, "all_a.npy", &a, false);
    written(&desk, "lost_b.npy", &lost, false);
    for (files, code) in [("good_a.npy good_b.npy", 0), ("all_a.npy lost_b.npy", 1)] {
        let lock = format!("--baseline {code}.json --update-baseline --format json");
        let run = desk.run(&format!("gate {files} {rest} {lock}")).code(code);
        let verdict: Value = serde_json::from_slice(&run.get_output().stdout).expect("JSON");
        let findings = verdict["findings"].as_array().expect("findings").iter();
        let judged: Vec<(&Value, &Value)> = findings
            .filter(|finding| finding["slice"].is_string())
            .map(|finding| (&finding["slice"], &finding["outcome"]))
            .collect();
        let outcome = if code == 0 { "met" } else { "broken" };
        let expected = [(&"0".into(), &"met".into()), (&"1".into(), &outcome.into())];
        assert_eq!(judged, expected, "{verdict:#}");
    }
}

/// Which rules of a policy made from `l6` each real encoder breaks, as `docs/gate.md` says.
#[test]
fn real_encoders_break_the_rules_that_the_page_says() {
    let page = include_str!("../../../docs/gate.md");
    let (_, table) = page.split_once("| encoder |").expect("a table");
    let desk = Desk::new();
    let files = |encoder: &str| {
        let of = |text: &str| fixture(&format!("zoo/{encoder}_{text}.npy"));
        format!("gate {} {}", of("kjv").display(), of("web").display())
    };
    desk.run(&format!("{} --init --search --policy l6.toml", files("l6")))
        .code(0);
    let kept = "--policy l6.toml --baseline l6.json --update-baseline";
    desk.run(&format!("{} {kept}", files("l6"))).code(0);
    let lines = table.lines().skip(2);
    let lines: Vec<&str> = lines.take_while(|line| line.starts_with('|')).collect();
    assert_eq!(lines.len(), 8);
    for line in lines {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let encoder = cells[0].trim_matches('`');
        // Rules against a baseline of another width are skipped.
        let lock = match encoder {
            "use" | "mpnet" | "glove" => format!("{encoder}.json --update-baseline"),
            _ => "l6.json".to_owned(),
        };
        let line = format!(
            "{} --policy l6.toml --baseline {lock} --exit-zero --format json",
            files(encoder)
        );
        let run = desk.run(&line).code(0);
        let verdict: Value = serde_json::from_slice(&run.get_output().stdout).expect("JSON");
        let findings = verdict["findings"].as_array().expect("findings");
        let broken: Vec<String> = findings
            .iter()
            .filter(|finding| finding["outcome"] == "broken")
            .map(|finding| {
                let name = finding["rule"]["metric"].as_str().expect("a name");
                match finding["baseline"].is_null() {
                    true => format!("`{name}`"),
                    false => format!("`{name}` beside the baseline"),
                }
            })
            .collect();
        let broken = match broken.is_empty() {
            true => "none".to_owned(),
            false => broken.join(", "),
        };
        assert_eq!(broken, cells[2], "{encoder}: {verdict:#}");
    }
}
