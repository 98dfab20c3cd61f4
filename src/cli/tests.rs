//! What each line of arguments means.

mod help;

use crate::data::{Normalize, ZeroRows};

use super::*;
use crate::audit::Effort;
use crate::report::Format;

fn words(line: &str) -> Vec<OsString> {
    line.split_whitespace().map(OsString::from).collect()
}

fn audit(line: &str) -> AuditRequest {
    match parse(&words(&format!("spherecheck audit {line}"))) {
        Ok(Request::Audit(request)) => *request,
        Ok(other) => panic!("{line}: {other:?}"),
        Err(error) => panic!("{line}: {error}"),
    }
}

fn refused(line: &str) -> String {
    match parse(&words(&format!("spherecheck audit {line}"))) {
        Ok(request) => panic!("{line}: {request:?}"),
        Err(error) => {
            assert_eq!(error.exit_code(), 2, "{line}");
            error.to_string()
        }
    }
}

fn source(path: &str, tensor: Option<&str>) -> Source {
    Source {
        path: path.into(),
        tensor: tensor.map(str::to_owned),
    }
}

#[test]
fn options_that_do_nothing_by_themselves_are_refused() {
    for line in ["a.npy --slice-min 9", "a.npy b.npy --pairs-by row"] {
        assert!(
            parse(&words(&format!("spherecheck audit {line}"))).is_err(),
            "{line}"
        );
    }
}

#[test]
fn defaults() {
    let request = audit("x.npy");
    assert_eq!(request.a, source("x.npy", None));
    assert_eq!(
        (request.b, request.positives),
        (None, PositivesSource::None)
    );
    assert_eq!(request.settings.alphas, [1.0, 2.0]);
    assert_eq!(request.settings.ts, [2.0]);
    assert_eq!(request.settings.taus, [0.07, 0.5]);
    assert!(matches!(request.settings.normalize, Normalize::L2));
    assert!(matches!(request.settings.zero_rows, ZeroRows::Reject));
    assert_eq!((request.settings.verify, request.settings.seed), (None, 0));
    assert!(matches!(request.output.format, Format::Table));
    assert_eq!((request.out, request.threads), (None, None));
    assert!(request.output.progress() && !request.output.quiet);
    assert!(!request.settings.histograms);
}

#[test]
fn times_have_units() {
    for (time, seconds) in [
        ("10s", 10.0),
        ("1.5s", 1.5),
        ("500ms", 0.5),
        ("2m", 120.0),
        ("2min", 120.0),
        ("1h", 3600.0),
        ("1e3ms", 1.0),
    ] {
        let effort = audit(&format!("x --budget {time}")).settings.effort;
        assert_eq!(effort, Effort::Seconds(seconds), "{time}");
    }
}

#[test]
fn positives_follow_from_what_is_given() {
    let cases = [
        ("x", PositivesSource::None),
        ("x y", PositivesSource::Aligned),
        ("x --pairs p", PositivesSource::Pairs(source("p", None))),
        (
            "x y --pairs p --pairs-tensor i,j",
            PositivesSource::Pairs(source("p", Some("i,j"))),
        ),
        (
            "x --labels l --labels-tensor c",
            PositivesSource::Labels(source("l", Some("c"))),
        ),
        ("x y --ids i", PositivesSource::Aligned),
        ("x y --ids i --ids j", PositivesSource::Joined),
        ("x y --ids-tensor id", PositivesSource::Joined),
        (
            "x y --ids i --ids j --qrels q",
            PositivesSource::Qrels("q".into()),
        ),
    ];
    for (line, expected) in cases {
        assert_eq!(audit(line).positives, expected, "{line}");
    }
}

#[test]
fn ids_are_in_files_of_their_own_or_beside_the_embeddings() {
    let of = |line: &str| {
        let items = audit(line).items;
        (items.ids, items.ids_b)
    };
    let both = |a, b| (Some(a), Some(b));
    assert_eq!(of("x y"), (None, None));
    assert_eq!(of("x --ids-tensor k"), (Some(source("x", Some("k"))), None));
    assert_eq!(
        of("x y --ids-tensor k"),
        both(source("x", Some("k")), source("y", Some("k")))
    );
    assert_eq!(
        of("x y --ids i --ids j --ids-tensor - --ids-tensor k"),
        both(source("i", None), source("j", Some("k")))
    );
    for (line, said) in [
        ("x --ids i --ids j", "--ids is given 2 times for one model"),
        (
            "x y --ids i --ids j --ids k",
            "--ids is given 3 times, expected at most once for each view",
        ),
        (
            "x y --ids i --ids-tensor k --ids-tensor l",
            "--ids-tensor is given 2 times for 1 file of ids",
        ),
        ("x y --qrels q --ids i", "--ids once for each"),
        ("x --pairs p --pairs-by id", "give --ids"),
        ("x y --pairs p --pairs-by id --ids i", "once for each view"),
    ] {
        assert!(refused(line).contains(said), "{line}: {}", refused(line));
    }
}

#[test]
fn one_tensor_is_for_both_views_and_two_are_one_each() {
    let both = audit("x y --tensor v");
    assert_eq!(
        (both.a, both.b),
        (source("x", Some("v")), Some(source("y", Some("v"))))
    );
    let each = audit("x --tensor v --tensor w x");
    assert_eq!(
        (each.a, each.b),
        (source("x", Some("v")), Some(source("x", Some("w"))))
    );
    let second = audit("x y --tensor - --tensor w");
    assert_eq!(
        (second.a.tensor, second.b.and_then(|b| b.tensor)),
        (None, Some("w".to_owned()))
    );
    assert!(refused("x --tensor v --tensor w").contains("name the file twice"));
    assert!(refused("x y --tensor v --tensor w --tensor z").contains("given 3 times"));
}

#[test]
fn a_column_is_asked_for_as_a_tensor_is() {
    for option in ["--tensor", "--column", "--columns"] {
        let request = audit(&format!("x.csv {option} d*"));
        assert_eq!(request.a, source("x.csv", Some("d*")));
    }
}

#[test]
fn what_numbers_mean_goes_for_both_views() {
    use crate::input::Meant;
    use crate::num::{Codes, Dtype};

    let codes = Codes::Scaled {
        scale: 0.5,
        offset: -64.0,
    };
    let meant = Meant {
        dtype: Some(Dtype::U8),
        codes: Some(codes),
        view: None,
    };
    let request = audit("x y --dtype u8 --scale 0.5 --offset -64");
    assert_eq!(request.meant, [meant; 2]);
    let zero = Codes::Scaled {
        scale: 1.0,
        offset: -2.0,
    };
    assert_eq!(audit("x --offset=-2").meant[0].codes, Some(zero));
    assert_eq!(audit("x --unpack bits").meant[0].codes, Some(Codes::Bits));
    assert_eq!(audit("x").meant, [Meant::default(); 2]);
    // Views: one for both files, one each, or two of one file.
    let views = |line: &str| audit(line).meant.map(|meant| meant.view);
    assert_eq!(views("x y --view 3"), [Some(3); 2]);
    assert_eq!(views("x y --view 1 --view 0"), [Some(1), Some(0)]);
    let two = audit("x --tensor v --view 0 --view 2");
    assert_eq!(two.b, Some(source("x", Some("v"))));
    assert_eq!(two.positives, PositivesSource::Aligned);
    assert!(audit("x --view 1").b.is_none());
    assert!(refused("x --view 0 --view 1 --view 2").contains("given 3 times"));
    assert!(refused("x --view 0 --view 1 --labels l").contains("there are two"));
}

#[test]
fn lists_keep_their_order_and_lose_repetitions() {
    let request = audit("x --pairs p --alpha 2,1,2 --t 3 --t 1,3 --tau 0.5,0.50,5e-1");
    assert_eq!(request.settings.alphas, [2.0, 1.0]);
    assert_eq!(request.settings.ts, [3.0, 1.0]);
    assert_eq!(request.settings.taus, [0.5]);
}

#[test]
fn a_value_that_is_not_positive_and_finite_is_named() {
    for (list, named) in [
        ("0", "'0'"),
        ("-1", "'-1'"),
        ("0.1,nan", "'nan'"),
        ("inf", "'inf'"),
        ("1,,2", "''"),
        ("1e999", "'1e999'"),
    ] {
        for flag in ["--alpha", "--t", "--tau"] {
            let message = refused(&format!("x {flag} {list}"));
            assert!(
                message.contains(named) && message.contains(flag),
                "{message}"
            );
            assert!(message.contains("positive, finite numbers"), "{message}");
        }
    }
}

#[test]
fn wrong_usage_says_why() {
    for (line, said) in [
        ("", "<EMBEDDINGS>"),
        ("x --pairs p --labels l", "cannot be used with"),
        ("x y --labels l", "give --pairs"),
        ("x --pairs-tensor p", "--pairs <FILE>"),
        ("x --labels-tensor p", "--labels <FILE>"),
        ("x --threads 0", "whole number of at least 1"),
        ("x --verify=0", "whole number of at least 1"),
        ("x --confidence 95", "between 0 and 1"),
        ("x --confidence 1", "between 0 and 1"),
        ("x --confidence nan", "between 0 and 1"),
        ("x --groups-tensor g", "--groups <FILE|none>"),
        ("x --format yaml", "possible values: table, json, "),
        ("x --forma json", "--format"),
        (
            "x --color sometimes",
            "possible values: auto, always, never",
        ),
    ] {
        let message = refused(line);
        assert!(message.contains(said), "{line}: {message}");
    }
}

#[test]
fn verify_takes_its_rows_after_an_equals_sign() {
    assert_eq!(audit("--verify x").settings.verify, Some(1000));
    assert_eq!(audit("x --verify=7").settings.verify, Some(7));
}

#[test]
fn rows_to_blame_come_with_the_words_of_each_view() {
    let request = audit("x y --out d --offenders --texts p.csv --texts q.csv --texts-tensor t");
    assert!(request.settings.offenders);
    let expected = [source("p.csv", Some("t")), source("q.csv", Some("t"))];
    assert_eq!(request.texts, expected);
    let plain = audit("x y --out d");
    assert!(!plain.settings.offenders && plain.texts.is_empty());
}

#[test]
fn pictures_need_histograms_and_quiet_hides_the_bar() {
    assert!(audit("x --out d").settings.histograms);
    assert!(!audit("x --quiet").output.progress());
    assert!(!audit("x --no-progress").output.progress());
}

#[cfg(feature = "plots")]
#[test]
fn figures_are_png_unless_stated_and_need_a_directory() {
    use crate::report::FigureForm::{Png, Svg};
    assert_eq!(audit("x --out d").figures.forms, [Png]);
    let asked = audit("x --out d --figures svg,png,svg --title T").figures;
    assert_eq!(asked.forms, [Svg, Png]);
    assert_eq!(asked.title.as_deref(), Some("T"));
    for line in ["x --figures svg", "x --title T"] {
        assert!(refused(line).contains("give --out DIR"), "{line}");
    }
}

#[test]
fn colour_is_found_anywhere_before_a_double_dash() {
    use anstream::ColorChoice::{Always, Auto, Never};
    for (line, expected) in [
        ("s audit x", Auto),
        ("s --color always audit", Always),
        ("s audit x --bad --color=never", Never),
        ("s --color always --color never", Never),
        ("s audit -- --color always", Auto),
        ("s --color", Auto),
        ("s --colors always", Auto),
    ] {
        assert_eq!(colour(&words(line)), expected, "{line}");
    }
}

mod asked;
