//! Where an audit runs: what is listed, what is refused, and with which words.

use predicates::prelude::*;
use predicates::str::{contains, is_empty, starts_with};
use serde_json::Value;

use super::desk::Desk;

fn listed(desk: &Desk) -> Vec<Value> {
    match desk.json("devices") {
        Value::Array(list) => list,
        other => panic!("{other}"),
    }
}

fn usable(device: &Value) -> bool {
    device["usable"].as_bool().unwrap_or(false)
}

#[test]
fn devices_are_listed_with_what_keeps_them_from_use() {
    let desk = Desk::new();
    desk.run("devices")
        .code(0)
        .stdout(starts_with("cpu"))
        .stdout(contains("usable"))
        .stderr(is_empty());
    let list = listed(&desk);
    assert!(list[0]["device"] == "cpu" && usable(&list[0]), "{list:?}");
    for device in &list {
        assert_eq!(usable(device), device["trouble"].is_null(), "{device}");
        let trouble = device["trouble"]
            .as_str()
            .unwrap_or("--device cpu, spherecheck devices");
        assert!(
            trouble.contains("--device cpu") || trouble.contains("spherecheck devices"),
            "{device}"
        );
    }
    assert!(list.iter().any(|device| {
        device["device"]
            .as_str()
            .is_some_and(|name| name.starts_with("cuda"))
    }));
}

/// Every listed device that cannot be used is refused by name before a file is read; what can be used gives the
/// processor's numbers.
#[test]
fn a_device_that_is_not_there_is_refused_and_auto_goes_on_without() {
    let desk = Desk::new();
    for device in listed(&desk) {
        let name = device["device"].as_str().unwrap();
        if usable(&device) {
            let audit = desk.json(&format!("audit a.npy --device {name}"));
            assert_eq!(audit["provenance"]["backend"], name);
        } else {
            desk.run(&format!("audit missing.npy --device {name}"))
                .code(2)
                .stdout(is_empty())
                .stderr(contains("error:"))
                .stderr(contains("--device cpu").or(contains("spherecheck devices")));
            desk.run(&format!("compare missing.npy missing.npy --device {name}"))
                .code(2)
                .stderr(contains("--device cpu").or(contains("spherecheck devices")));
        }
    }
    desk.run("audit a.npy --device cuda:99")
        .code(2)
        .stderr(starts_with("error: cuda"));
    // Six rows are not worth a GPU.
    let audit = desk.json("audit a.npy");
    assert_eq!(audit["provenance"]["backend"], "cpu");
    assert!(audit["verification"].is_null());
}

#[test]
fn a_word_that_is_no_device_is_wrong_usage() {
    let desk = Desk::new();
    for word in ["gpu", "cuda:x", "cuda:-1", "CPU", "\u{20ac}"] {
        desk.refused(
            &format!("audit a.npy --device {word}"),
            "expected auto, cpu, cuda:N, cuda:all or metal",
        );
    }
}
