//! Figures of several encoders, drawn from made-up ones: they are PNG, the same each time, and show what they are given.

use std::fs;
use std::path::Path;

use spherecheck::metric::{circle_density, plane_density};
use spherecheck::report::figures::{
    CIRCLE_BANDWIDTH, CirclePanel, CircleRow, PLANE_CELLS, among, circles, scatter, sweep,
};
use spherecheck::report::{Figure, FigureForm, ReportError};
use spherecheck::result::{Accuracy, Against, Kind, Member, Place, ZOO_SCHEMA, Zoo, excess};

fn scratch() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

fn member(name: &str, kind: Kind, place: (f64, f64), accuracy: f64) -> Member {
    Member {
        name: name.to_owned(),
        kind,
        objective: name.to_owned(),
        dim: 32,
        alignment: place.1,
        uniformity: place.0,
        accuracy: Some(Accuracy {
            value: accuracy,
            low: accuracy - 0.02,
            high: (accuracy + 0.02).min(1.0),
            n: 359,
        }),
        lambda: None,
        along: None,
        seed: 0,
        seconds: 1.0,
    }
}

fn zoo() -> Vec<Member> {
    vec![
        member("random", Kind::Random, (-0.6, 0.1), 0.8),
        member("supervised", Kind::Supervised, (-1.9, 0.5), 0.99),
        member("contrastive", Kind::Contrastive, (-3.2, 0.5), 0.96),
        member("align-uniform", Kind::AlignUniform, (-3.5, 0.55), 0.97),
        member("mixed", Kind::Mixed, (-3.3, 0.52), 0.965),
        member("uniform", Kind::AlignUniform, (-3.72, 1.7), 0.4),
        member("collapsed", Kind::AlignUniform, (-0.0001, 0.00001), 0.11),
    ]
}

#[track_caller]
fn png(figure: Result<Figure<'_>, ReportError>) -> Vec<u8> {
    let figure = figure.expect("something to draw");
    figure.render(FigureForm::Png).expect("drawn")
}

/// Keeps the picture where people can look at it, and gives its size in pixels.
#[track_caller]
fn keep(name: &str, bytes: &[u8]) -> (u32, u32) {
    fs::write(scratch().join(name), bytes).expect("the scratch folder takes files");
    assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n", "{name}");
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().expect("4 bytes"));
    (number(16), number(20))
}

#[test]
fn the_scatter_is_the_same_each_time_and_follows_its_points() {
    let draw = |members: &[Member]| png(scatter(members, "encoders of digits"));
    let all = draw(&zoo());
    assert_eq!(keep("scatter.png", &all), (1760, 1260));
    assert_eq!(all, draw(&zoo()));
    assert_ne!(all, draw(&zoo()[..6]));
    assert!(scatter(&[], "none").is_err());
}

#[test]
fn a_model_of_another_dimension_is_placed_by_its_excess() {
    let place = |dim: u64| Place {
        name: "minilm_mean".to_owned(),
        dim,
        alignment: Some(0.13),
        uniformity: -2.68,
        excess: excess(-2.68, dim),
    };
    let against = |dim: u64| Against {
        source: "zoo/zoo.json".to_owned(),
        data: "digits".to_owned(),
        same_dimension: dim == 32,
        own: place(dim),
        members: zoo()
            .into_iter()
            .map(|m| (m.clone(), excess(m.uniformity, m.dim)))
            .collect(),
        remarks: Vec::new(),
    };
    for dim in [32, 384] {
        let drawn = png(among(&against(dim)));
        keep(&format!("among_{dim}.png"), &drawn);
    }
}

#[test]
fn a_sweep_shows_where_encoders_collapse() {
    let points: Vec<Member> = [0.0, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0]
        .into_iter()
        .map(|lambda: f64| {
            let alive = lambda > 0.15;
            let place = if alive {
                (-3.2 - 0.4 * lambda, 0.2 + lambda * lambda)
            } else {
                (-1e-4, 1e-4)
            };
            let accuracy = if alive {
                0.98 - lambda.powi(6) * 0.6
            } else {
                0.11
            };
            Member {
                lambda: Some(lambda),
                ..member("x", Kind::AlignUniform, place, accuracy)
            }
        })
        .collect();
    let draw = |points: &[Member]| png(sweep(points, &[], "digits"));
    assert_eq!(keep("sweep.png", &draw(&points)), (1700, 1080));
    // The order in which encoders were trained does not matter.
    let turned: Vec<Member> = points.iter().rev().cloned().collect();
    assert_eq!(draw(&points), draw(&turned));
    // An encoder without numbers leaves a gap: no line leads over it.
    let dead = points[5].lambda.expect("a sweep");
    let others: Vec<Member> = [&points[..5], &points[6..]].concat();
    let gap = png(sweep(&others, &[dead], "digits, one failed"));
    keep("sweep_gap.png", &gap);
    assert_ne!(gap, draw(&others));
    assert!(sweep(&points[..1], &[], "one").is_err());
    assert!(sweep(&zoo(), &[], "no lambda").is_err());
}

#[test]
fn encoders_onto_the_circle_are_shown_row_by_row() {
    let panel = |name: &str, angles: &[f64]| CirclePanel {
        name: name.to_owned(),
        n: angles.len() as u64,
        plane: plane_density(angles.iter().copied(), CIRCLE_BANDWIDTH, PLANE_CELLS),
        angles: circle_density(angles.iter().copied(), CIRCLE_BANDWIDTH.powi(-2), 360),
    };
    let row = |name: &str, spread: f64| {
        let angles: Vec<f64> = (0..360)
            .map(|k| spread * (f64::from(k) / 360.0 - 0.5))
            .collect();
        let part = |k: usize| angles[k * 36..(k + 1) * 36].to_vec();
        CircleRow {
            name: name.to_owned(),
            accuracy: zoo()[0].accuracy,
            distances: [200, 90, 40, 15, 5, 3, 2, 2, 1, 1],
            mean_distance: 0.37,
            panels: std::iter::once(panel("all", &angles))
                .chain([0, 3, 6, 9].map(|k| panel(&format!("class {k}"), &part(k))))
                .collect(),
        }
    };
    let rows = [
        row("random", 1.5),
        row("supervised", 6.0),
        row("contrastive", 6.31),
    ];
    let drawn = png(circles(&rows, "digits onto the circle"));
    let (width, height) = keep("circles.png", &drawn);
    assert!(width > 2000 && height > 1800, "{width} x {height}");
    assert!(circles(&[], "none").is_err());
}

#[test]
fn a_zoo_reads_back_and_a_damaged_one_is_refused_in_words() {
    let zoo = Zoo {
        schema: ZOO_SCHEMA.to_owned(),
        data: "digits".to_owned(),
        members: zoo(),
        failed: Vec::new(),
        paper: None,
    };
    let text = serde_json::to_string(&zoo).expect("JSON");
    assert_eq!(
        Zoo::parse("zoo.json", text.as_bytes()).expect("reads back"),
        zoo
    );
    for (bad, said) in [
        (
            text.replace("zoo/1", "zoo/9"),
            "found spherecheck.zoo/9; make one with",
        ),
        (
            text.replace("\"dim\":32", "\"dim\":0"),
            "\"random\" has dim 0, expected at least 1",
        ),
        (
            text.replace("-0.6", "-60.0"),
            "has uniformity -60, expected -8 to 0",
        ),
        ("{}".to_owned(), "missing field"),
        (text[..text.len() / 2].to_owned(), "EOF"),
    ] {
        let error = Zoo::parse("zoo.json", bad.as_bytes())
            .expect_err(said)
            .to_string();
        assert!(error.contains(said), "{error:?} does not say {said:?}");
    }
}

#[test]
fn a_figure_has_lines_and_numbers_too() {
    let members = zoo();
    let figure = scatter(&members, "a <title> & more").expect("something to draw");
    let svg = figure.render(FigureForm::Svg).expect("drawn");
    let svg = String::from_utf8(svg).expect("UTF-8");
    assert!(
        svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1760\" height=\"1260\"")
    );
    assert!(svg.contains("a &lt;title&gt; &amp; more") && svg.ends_with("</svg>\n"));
    for member in &members {
        let told = format!("<title>{}: uniformity ", member.name);
        assert!(svg.contains(&told), "{told}");
    }
    let csv = figure.render(FigureForm::Csv).expect("written");
    let csv = String::from_utf8(csv).expect("UTF-8");
    assert_eq!(csv.lines().count(), 1 + members.len());
    assert!(csv.contains("\nmixed,all three losses,,32,-3.3,"), "{csv}");
}
