//! Tables of every command at every width of a terminal.

use spherecheck::gate::judge;
use spherecheck::result::compare;

#[cfg(feature = "train")]
use super::hostile::zoo;
use super::hostile::{full, policy};
use super::*;

/// What a command of each kind prints, its names as long as they are in practice.
fn printed(width: usize) -> [(&'static str, String); 4] {
    let style = Style {
        width,
        ..Style::default()
    };
    let shown = |bytes: Result<Vec<u8>, ReportError>| {
        String::from_utf8(bytes.expect("renders")).expect("UTF-8")
    };
    let mut audit = full();
    audit.subject.name = "paraphrase_kjv + paraphrase_web".to_owned();
    let beside = audit.against.as_mut().expect("encoders");
    beside.same_dimension = false;
    beside.own.name = audit.subject.name.clone();
    beside.members[0].0.name = "contrastive-0.5-uniform-1".to_owned();
    audit.slices[0].name = "a book with a very long name indeed".to_owned();
    let mut models = vec![audit.clone(); 4];
    for (model, form) in models[2..]
        .iter_mut()
        .zip(["i8-st-dequantised", "dims:128"])
    {
        model.subject.a.copied = Some(form.parse().expect("a form"));
    }
    let compared = |models: &[Audit]| {
        let comparison = compare(models, Vec::new(), 0.95).expect("comparable");
        shown(render(&comparison, Format::Table, style))
    };
    let verdict = judge(&audit, &policy(), None).expect("judged");
    [
        ("audit", shown(render(&audit, Format::Table, style))),
        ("compare", compared(&models[..2])),
        ("copies", compared(&models)),
        ("gate", shown(render(&verdict, Format::Table, style))),
    ]
}

#[test]
fn no_table_is_wider_than_the_terminal() {
    for width in [60, 61, 70, 80, 90, 100, 120, 140] {
        for (command, shown) in printed(width) {
            for line in shown.lines() {
                let used = line.chars().count();
                assert!(used <= width, "{command}: {used} of {width}: {line}");
                assert_eq!(line, line.trim_end(), "{command} at {width}");
            }
        }
    }
}

#[cfg(feature = "train")]
#[test]
fn the_table_of_trained_encoders_fits_60_columns() {
    let zoo: spherecheck::result::Zoo = serde_json::from_value(zoo()).expect("a zoo");
    let style = Style {
        width: 60,
        ..Style::default()
    };
    let shown = render(&zoo, Format::Table, style).expect("renders");
    let shown = String::from_utf8(shown).expect("UTF-8");
    assert!(
        shown.lines().all(|line| line.chars().count() <= 60),
        "{shown}"
    );
}

/// Standard errors go before what a table is for; what has no room beside stands below.
#[test]
fn narrow_tables_keep_what_matters() {
    let told = [
        (
            "audit",
            ["over ideal", "contrastive_limit", "95 % interval"],
        ),
        ("compare", ["difference", "verdict", "effects of"]),
        (
            "copies",
            ["bytes a row", "parity_min_cosine", "uniformity{t=2}"],
        ),
        ("gate", ["rule", "at most -9", "limit"]),
    ];
    for width in [60, 80, 140] {
        for ((command, shown), (_, words)) in printed(width).into_iter().zip(told) {
            for word in words {
                assert!(
                    shown.contains(word),
                    "{command} at {width} lacks {word}: {shown}"
                );
            }
        }
    }
    let [_, (_, narrow), _, (_, gate)] = printed(60);
    assert!(!narrow.contains("difference ± se"), "{narrow}");
    let wide = &printed(100)[1].1;
    assert!(wide.contains("difference ± se"), "{wide}");
    // The end of a long name is not cut but stands on a line of its own.
    assert!(gate.contains("indeed"), "{gate}");
}
