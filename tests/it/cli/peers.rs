//! What other people's packages find in the same data (`fixtures/search`): ranx, pytrec_eval, kiez and scikit-learn.

use serde_json::Value;
use spherecheck::kernel::available;

use super::desk::Desk;

fn fixtures() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The measure of this name and parameter.
fn find<'a>(audit: &'a Value, name: &str, param: Option<(&str, f64)>, side: &str) -> &'a Value {
    let fits = |measure: &&Value| {
        let params = &measure["params"];
        let param = match param {
            Some((name, value)) => params[name].as_f64() == Some(value),
            None => params.as_object().is_none_or(serde_json::Map::is_empty),
        };
        measure["metric"] == name && measure["side"] == side && param
    };
    let mut found = audit["measures"]
        .as_array()
        .expect("measures")
        .iter()
        .filter(fits);
    let measure = found
        .next()
        .unwrap_or_else(|| panic!("{name} {param:?} of {side}"));
    assert!(
        found.next().is_none(),
        "{name} {param:?} of {side} stands twice"
    );
    measure
}

/// The name that peers have for a number of retrieval, as ours.
fn ours(name: &str) -> (&str, Option<(&'static str, f64)>) {
    match name.split_once('@') {
        Some((name, k)) => (name, Some(("k", k.parse().expect("a number")))),
        None => (
            if name == "r-precision" {
                "r_precision"
            } else {
                name
            },
            None,
        ),
    }
}

#[test]
fn numbers_of_a_search_are_those_of_other_packages() {
    let expected = std::fs::read(fixtures().join("search/expected.json")).expect("a fixture");
    let expected: Value = serde_json::from_slice(&expected).expect("JSON");
    let file = |name: &str| fixtures().join(name).display().to_string();
    let minilm = format!(
        "{} {}",
        file("real/minilm_cls_a.npy"),
        file("real/minilm_cls_b.npy")
    );
    let one = |name: &str| {
        format!(
            "{} --pairs {}",
            file(&format!("golden/{name}.npy")),
            file(&format!("golden/{name}.pairs.npy"))
        )
    };
    let tied = format!(
        "{} {} --pairs {}",
        file("search/tied_a.npy"),
        file("search/tied_b.npy"),
        file("search/tied.pairs.npy")
    );
    let desk = Desk::new();
    for (set, line) in [
        ("minilm_cls", minilm),
        ("clustered", one("clustered_1000x33")),
        ("gaussian", one("gaussian_301x8")),
        ("tied", tied.clone()),
        (
            "graded",
            format!(
                "{} {} --qrels {} --ids {} --ids {}",
                file("golden/clustered_1000x33.npy"),
                file("golden/clustered_1000x33.npy"),
                file("search/graded.qrels.tsv"),
                file("search/graded_q.ids.csv"),
                file("search/graded_d.ids.csv")
            ),
        ),
        ("tied_dot", format!("{tied} --similarity dot")),
        (
            "gaussian_dot",
            format!("{} --similarity dot", one("gaussian_301x8")),
        ),
    ] {
        for kernel in available() {
            let line = format!("audit {line} --search --quiet --format json");
            let run = desk
                .command(&line)
                .env("SPHERECHECK_KERNEL", kernel.name())
                .assert();
            let run = run.success();
            let audit: Value = serde_json::from_slice(&run.get_output().stdout).expect("JSON");
            let of = &expected[set];
            let value = |name: &str, param, side: &str| {
                find(&audit, name, param, side)["value"]
                    .as_f64()
                    .expect("a number")
            };
            for side in ["a", "b"] {
                let Some(best) = of[side]["best"].as_object() else {
                    continue;
                };
                for (name, best) in best {
                    let (best, worst) = (best.as_f64(), of[side]["worst"][name].as_f64());
                    let (best, worst) = (best.expect("a number"), worst.expect("a number"));
                    let (metric, param) = ours(name);
                    let found = value(metric, param, side);
                    // Where nothing is tied both orders are one. Two cosines a millionth apart, far down a list of a
                    // thousand, are tied in f32.
                    let inside = worst - 1e-5 <= found && found <= best + 1e-5;
                    assert!(
                        inside,
                        "{set}, {}: {name} of {side} is {found}, not {worst} to {best}",
                        kernel.name()
                    );
                }
            }
            let two = of["b"].is_object();
            let side = if two { "cross" } else { "a" };
            for (name, expected) in of["separation"].as_object().expect("numbers") {
                let expected = expected.as_f64().expect("a number");
                let (metric, param) = match name.split_once('@') {
                    Some((metric, far)) => (metric, Some(("far", far.parse().expect("a number")))),
                    None => (name.as_str(), None),
                };
                // Bins are 3e-5 wide; a share may lose the positives of one.
                let found = value(metric, param, side);
                let rounding = find(&audit, metric, param, side)["rounding"].as_f64();
                let limit = match metric {
                    "threshold" | "d_prime" if set.ends_with("_dot") => {
                        rounding.expect("a bound") + 1e-6
                    }
                    // A file beside itself: cosines of 1 lie at the end of a bin that is cut in half.
                    "threshold" if set == "graded" => 4.7e-5,
                    "threshold" => 3.1e-5,
                    "d_prime" => 2e-5 * (1.0 + expected.abs()),
                    // Equal cosines fill a bin.
                    "tar" if set.starts_with("tied") => 0.2,
                    "auc" => rounding.unwrap_or(0.0) + 1e-7,
                    _ => 2e-3,
                };
                assert!(
                    (found - expected).abs() <= limit,
                    "{set}, {}: {name} is {found}, expected {expected}",
                    kernel.name()
                );
            }
            // Which of two equal cosines is larger is a matter of rounding.
            if !set.starts_with("tied") {
                for (name, expected) in of["hubs"].as_object().expect("numbers") {
                    let found = value(name, Some(("k", 10.0)), "a");
                    let expected = expected.as_f64().expect("a number");
                    assert!(
                        (found - expected).abs() < 1e-6,
                        "{set}, {}: {name} is {found}, expected {expected}",
                        kernel.name()
                    );
                }
            }
        }
    }
}

#[test]
fn the_order_of_judged_pairs_is_that_of_scipy() {
    let expected = std::fs::read(fixtures().join("search/expected.json")).expect("a fixture");
    let expected: Value = serde_json::from_slice(&expected).expect("JSON");
    let file = |name: &str| fixtures().join(name).display().to_string();
    let desk = Desk::new();
    let line = format!(
        "audit {} {} --pairs {judged} --pairs-tensor left,right --scores {judged} --scores-tensor score",
        file("search/tied_a.npy"),
        file("search/tied_b.npy"),
        judged = file("search/judged.csv")
    );
    let audit = desk.json(&line);
    let found = find(&audit, "sts_spearman", None, "cross");
    let of = |name: &str| found[name].as_f64().expect("a number");
    let scipy = expected["judged"]["sts_spearman"].as_f64();
    assert!(
        (of("value") - scipy.expect("a number")).abs() < 1e-12,
        "{found}"
    );
    assert!(of("se") > 0.005 && of("n") == 90.0, "{found}");
    let interval = |end: &str| found["interval"][end].as_f64().expect("a number");
    assert!(interval("low") < of("value") && of("value") < interval("high"));
}
