//! `--precision`: what is refused, and what every report says.

use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use spherecheck::kernel::{self, Precision};

use super::desk::{Desk, names};

/// Enough rows and values that something is gained.
fn desk() -> Desk {
    let desk = Desk::new();
    let (n, d) = (900, 40);
    // The upper bits of a multiple of the golden ratio, squared once: no two rows alike.
    let value = |k: usize| {
        let mixed = (k as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed >> 40) as f32 / (1_u64 << 23) as f32 - 0.8
    };
    let bytes: Vec<u8> = (0..n * d).flat_map(|k| value(k).to_le_bytes()).collect();
    desk.npy("rows.npy", "<f4", (n, d), &bytes);
    desk
}

fn here() -> Vec<Precision> {
    kernel::select(None).expect("a kernel").precisions()
}

#[test]
fn an_unknown_precision_gets_the_list_of_those_there_are() {
    let desk = Desk::new();
    for word in ["f16", "int8", "-1", ""] {
        desk.command("audit a.npy")
            .arg(format!("--precision={word}"))
            .assert()
            .code(2)
            .stdout(is_empty())
            .stderr(contains("--precision").and(contains("f32, tf32, bf16, i8, auto")));
    }
}

#[test]
fn a_precision_that_the_kernel_has_not_is_refused_with_what_to_do() {
    for kernel in kernel::available().iter().map(|k| k.name()) {
        let desk = Desk::new();
        for (precision, needs) in [
            ("tf32", "an NVIDIA GPU"),
            ("bf16", "AVX-512 with AVX512-BF16"),
            ("i8", "AVX-512 with AVX512-VNNI"),
        ] {
            let choice = kernel::select(Some(kernel)).expect("available");
            let wanted = Precision::ALL.into_iter().find(|p| p.name() == precision);
            let has = choice.precisions().contains(&wanted.expect("a name"));
            let line = format!("audit a.npy --precision {precision} --out {precision}");
            let run = desk
                .command(&line)
                .env("SPHERECHECK_KERNEL", kernel)
                .assert();
            if has {
                run.code(0);
                continue;
            }
            let said = || {
                contains(format!("error: --precision {precision}: needs {needs}"))
                    .and(contains(format!("the {kernel} kernel")))
                    .and(contains("expected f32").and(contains("auto")))
            };
            run.code(2).stdout(is_empty()).stderr(said());
            desk.command(&format!("audit a.npy --precision {precision} --dry-run"))
                .env("SPHERECHECK_KERNEL", kernel)
                .assert()
                .code(2)
                .stderr(said());
            let report = desk.path(precision);
            assert!(
                !report.exists() || names(&report).is_empty(),
                "nothing is written"
            );
        }
        // Auto takes what there is.
        desk.command("audit a.npy --precision auto")
            .env("SPHERECHECK_KERNEL", kernel)
            .assert()
            .code(0);
    }
}

#[test]
fn every_report_says_what_rows_were_rounded_to_and_what_it_did() {
    let desk = desk();
    for precision in here().into_iter().filter(|p| *p != Precision::F32) {
        let name = precision.name();
        let json = desk.json(&format!("audit rows.npy --precision {name}"));
        let card = &json["provenance"]["precision"];
        assert_eq!(
            (&card["used"], &card["asked"]),
            (&name.into(), &name.into())
        );
        assert_eq!(card["rows"], 256);
        let errors = card["errors"].as_array().expect("a list");
        assert!(errors.len() >= 6, "{card}");
        for error in errors {
            assert!(error["error"].as_f64().expect("a number") > 0.0, "{error}");
        }
        let kernel = json["provenance"]["kernel"].as_str().expect("a name");
        assert_ne!(kernel, "avx512");
        for format in ["table", "md"] {
            let run = desk.run(&format!(
                "audit rows.npy --precision {name} --format {format}"
            ));
            let text = String::from_utf8(run.code(0).get_output().stdout.clone()).expect("UTF-8");
            // Where lines break depends on how many digits the seconds have.
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            for said in [
                "precision",
                &format!("{name}; error against f64"),
                "of its standard error",
            ] {
                assert!(text.contains(said), "{said}: {text}");
            }
        }
    }
    for precision in here() {
        let name = precision.name();
        let run = desk.run(&format!("audit rows.npy --precision {name} --format csv"));
        let text = String::from_utf8(run.success().get_output().stdout.clone()).expect("UTF-8");
        let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let head = lines.next().expect("a head");
        let told = head.ends_with(&["precision", "rounding"]);
        assert_eq!(told, precision != Precision::F32, "{head:?}");
        for line in lines.filter(|line| told && line[2] == "uniformity") {
            assert_eq!(line[14], name);
            let error: f64 = line[15].parse().expect("a number");
            assert!(error > 0.0 && error < 0.1, "{line:?}");
        }
    }
    let auto = desk.json("audit rows.npy --precision auto");
    let card = &auto["provenance"]["precision"];
    assert_eq!(card["asked"], "auto");
    assert!(
        card["reason"]
            .as_str()
            .is_some_and(|reason| !reason.is_empty()),
        "{card}"
    );
    desk.run("audit rows.npy --precision auto")
        .code(0)
        .stdout(contains("chosen by auto:"));
    let plain = desk.json("audit rows.npy");
    let card = &plain["provenance"]["precision"];
    assert_eq!((&card["used"], &card["rows"]), (&"f32".into(), &0.into()));
    desk.run("audit rows.npy")
        .code(0)
        .stdout(contains("precision").not());
}
