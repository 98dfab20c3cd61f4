//! Figures that the trainer alone draws: they are PNG, the same each time, and show what they are given.

use spherecheck::metric::{circle_density, plane_density};
use spherecheck::report::figures::{
    CIRCLE_BANDWIDTH, CirclePanel, CircleRow, PLANE_CELLS, circles, scatter, sweep,
};
use spherecheck::report::{Figure, FigureForm, ReportError};
use spherecheck::result::{Member, ObjectiveKind};

use super::{keep, member, zoo};

#[track_caller]
fn png(figure: Result<Figure<'_>, ReportError>) -> Vec<u8> {
    let figure = figure.expect("something to draw");
    figure.render(FigureForm::Png).expect("drawn")
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
                ..member("x", ObjectiveKind::AlignUniform, place, accuracy)
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
