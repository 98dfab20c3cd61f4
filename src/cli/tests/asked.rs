//! Words for what is measured only where it is asked for.

use super::*;
use crate::audit::{QueryChoice, SearchBy};

#[test]
fn search_is_off_unless_it_is_asked_for() {
    assert!(audit("x --search").settings.search);
    assert!(!audit("x").settings.search);
    let queries = |line| audit(line).settings.queries;
    assert_eq!(queries("x --search"), QueryChoice::Auto);
    assert_eq!(queries("x --search --queries all"), QueryChoice::All);
    assert_eq!(queries("x --search --queries 50"), QueryChoice::Sample(50));
    for (line, asked, by) in [
        ("x", false, SearchBy::Cosine),
        ("x --search", true, SearchBy::Cosine),
        ("x --similarity dot", true, SearchBy::Dot),
        ("x --similarity cosine", false, SearchBy::Cosine),
    ] {
        let settings = audit(line).settings;
        assert_eq!((settings.search, settings.search_by), (asked, by), "{line}");
    }
}

#[test]
fn scores_judge_listed_pairs_or_aligned_views() {
    let request = audit("x --pairs p.csv --scores p.csv --scores-tensor s");
    assert_eq!(request.scores, Some(source("p.csv", Some("s"))));
    assert_eq!(
        audit("x y --scores s.npy").scores,
        Some(source("s.npy", None))
    );
    assert_eq!(audit("x y").scores, None);
    for line in [
        "x --scores s.npy",
        "x --labels l.csv --scores s.npy",
        "x y --ids i --ids j --scores s.npy",
        "x y --ids i --ids j --qrels q.tsv --scores s.npy",
    ] {
        assert!(
            refused(line).contains("give --pairs, or two views"),
            "{line}"
        );
    }
    assert!(refused("x y --scores-tensor s").contains("--scores"));
}

#[test]
fn a_split_is_for_rows_to_blame() {
    let request = audit("x --out d --offenders --split s.csv --split-tensor part");
    assert_eq!(request.split, Some(source("s.csv", Some("part"))));
    assert!(refused("x --split s.csv").contains("--offenders"));
}

#[test]
fn rows_held_against_a_reference_all_search() {
    let parsed = |line: &str| parse(&words(&format!("spherecheck {line}")));
    for (command, option) in [
        ("compare x y --parity", "--parity"),
        ("compare x --as f16", "--parity"),
        ("gate x --policy p.toml --parity-with y", "--parity-with"),
    ] {
        for (more, why) in [
            ("--queries 50", "leave out --queries"),
            ("--budget 30s", "leave out --budget"),
            ("--max-error 1e-3", "leave out --budget"),
        ] {
            let line = format!("{command} {more}");
            let error = parsed(&line).expect_err("not all rows would search");
            assert_eq!(error.exit_code(), 2, "{line}");
            let said = error.to_string();
            assert!(said.contains(option) && said.contains(why), "{said}");
        }
        let common = match parsed(&format!("{command} --queries all")) {
            Ok(Request::Compare(request)) => request.common,
            Ok(Request::Gate(request)) => request.common,
            Ok(other) => panic!("{command}: {other:?}"),
            Err(error) => panic!("{command}: {error}"),
        };
        let settings = &common.settings;
        assert_eq!(
            (settings.search, settings.queries),
            (true, QueryChoice::All)
        );
    }
}
