//! `spherecheck audit --against`: a model among reference encoders.

use predicates::prelude::*;
use predicates::str::{contains, is_empty};

use super::desk::{Desk, names};

fn zoo(dim: u64) -> String {
    let member = |name: &str, kind: &str, uniformity: f64, alignment: f64, accuracy: f64| {
        format!(
            r#"{{"name":"{name}","kind":"{kind}","objective":"{kind} loss","dim":{dim},"alignment":{alignment},
            "uniformity":{uniformity},"accuracy":{{"value":{accuracy},"low":0.1,"high":0.99,"n":359}},"seed":0,"seconds":1.5}}"#
        )
    };
    let members = [
        member("random", "random", -0.5, 0.1, 0.8),
        member("uniform", "align-uniform", -1.2, 0.4, 0.95),
        member("collapsed", "align-uniform", 0.0, 0.0, 0.1),
    ];
    format!(
        r#"{{"schema":"spherecheck.zoo/1","data":"digits","members":[{}]}}"#,
        members.join(",")
    )
}

fn zoo_desk() -> Desk {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("zoo")).expect("a folder");
    desk.file("zoo/zoo.json", zoo(3));
    desk.file("wide.json", zoo(32));
    desk
}

#[test]
fn a_model_is_placed_among_encoders_of_its_dimension() {
    let desk = zoo_desk();
    let json = desk.json("audit a.npy b.npy --against zoo");
    let against = &json["against"];
    assert_eq!(
        (&against["same_dimension"], &against["own"]["dim"]),
        (&true.into(), &3.into())
    );
    // Most accurate first.
    assert_eq!(against["members"][0][0]["name"], "uniform");
    desk.run("audit a.npy b.npy --against zoo")
        .code(0)
        .stdout(
            contains("> a + b")
                .and(contains("  collapsed"))
                .and(contains("above the ideal of 3 dimensions"))
                .and(contains("over ideal").not()),
        )
        .stderr(is_empty());
    desk.run("audit a.npy b.npy --against zoo --out report --quiet")
        .code(0);
    let drawn = names(&desk.path("report")).contains(&"against.png".to_owned());
    assert_eq!(drawn, cfg!(feature = "plots"));
}

#[test]
fn other_dimensions_are_compared_by_their_excess() {
    let desk = zoo_desk();
    let text = || contains("over ideal").and(contains("dimensions differ"));
    desk.run("audit a.npy --against wide.json")
        .code(0)
        .stdout(text());
    desk.run("audit a.npy --against wide.json --format md")
        .code(0)
        .stdout(text().and(contains("### Beside reference encoders of digits")));
}

#[test]
fn what_is_no_zoo_is_refused_before_the_pass() {
    let desk = zoo_desk();
    desk.file("zoo.json", "{}");
    desk.all_refused(&[
        "audit a.npy --against nowhere -> nowhere: no such file",
        "audit a.npy --against zoo.json -> expected a zoo of reference encoders",
        "audit a.npy --against a.npy -> make one with `spherecheck train --preset zoo",
        "audit a.npy --against zoo --t 1 -> add 2 to --t",
    ]);
}
