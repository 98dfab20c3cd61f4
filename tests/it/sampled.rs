//! Retrieval and thresholds from a sample of queries: what they are, how far off they are, and what is said of them.

use predicates::str::contains;
use spherecheck::audit::{
    Effort, Inputs, Part, PositivesInput, Prepared, QueryChoice, SearchBy, Settings, prepare, read,
};
use spherecheck::metric::{Family, MetricId};
use spherecheck::pass::{NoWatch, Shard};
use spherecheck::result::{Audit, FindingId, Look, Measure, Side, Support, compare, look};

use crate::cli::desk::Desk;
use crate::support::{Rows, any_cpu, audit, cpu, embeddings, inputs, listed, noisy, normal};

fn settings(queries: QueryChoice) -> Settings {
    Settings {
        search: true,
        queries,
        ..Settings::default()
    }
}

/// Aligned views, the second behind so much noise that a search often fails.
fn views(rows: &Rows, noise: f32) -> Inputs {
    let near = embeddings(&noisy(rows, 2, noise));
    inputs(embeddings(rows), Some(near), PositivesInput::Aligned)
}

fn prepared(inputs: Inputs, settings: &Settings) -> Prepared {
    prepare(inputs, settings, &*any_cpu(), &NoWatch).expect("rows")
}

fn of_queries(audit: &Audit) -> Vec<&Measure> {
    let all = audit.measures.iter();
    all.filter(|m| m.metric.family() == Family::Queries)
        .collect()
}

#[track_caller]
fn value(audit: &Audit, name: &str, side: Side) -> f64 {
    let mut all = audit.measures.iter();
    let found = all.find(|m| m.label() == name && m.side == side);
    found.unwrap_or_else(|| panic!("no {name}")).value
}

fn said(audit: &Audit, text: &str) -> bool {
    audit.notes.iter().any(|note| note.text.contains(text))
}

#[test]
fn as_many_queries_as_there_are_is_the_exact_audit() {
    let rows = normal(1, 60, 8);
    let of = |queries| audit(views(&rows, 1.0), &settings(queries), &*any_cpu());
    let all = of(QueryChoice::All);
    assert_eq!(of(QueryChoice::Auto).measures, all.measures);
    assert_eq!(of(QueryChoice::Sample(60)).measures, all.measures);
    assert_eq!(of(QueryChoice::Sample(60)).provenance.queries, None);
    let some = of(QueryChoice::Sample(59));
    assert_ne!(some.measures, all.measures);
    assert!(some.provenance.queries.is_some());
}

#[test]
fn a_sample_is_said_marked_and_has_wider_intervals() {
    let rows = normal(1, 400, 8);
    let of = |queries| audit(views(&rows, 1.0), &settings(queries), &*any_cpu());
    let (all, some) = (of(QueryChoice::All), of(QueryChoice::Sample(100)));
    let card = some.provenance.queries.as_ref().expect("a sample");
    assert_eq!((card.sampled, card.of), (100, 400));
    assert_eq!(
        (card.sampled_b, card.of_b, card.seed),
        (Some(100), Some(400), 0)
    );
    assert!(said(
        &some,
        "100 of 400 rows of a and 100 of 400 rows of b, drawn with seed 0"
    ));
    assert!(said(&some, "Hubs are not measured") && said(&some, "give --queries all"));
    assert!(
        some.measures
            .iter()
            .all(|m| m.metric.family() != Family::Hubs)
    );
    assert!(
        all.measures
            .iter()
            .any(|m| m.metric.family() == Family::Hubs)
    );
    // 159,600 negatives tell a rate of 1e-4, and 39,900 do not.
    let finest = |audit: &Audit| {
        let mut all = of_queries(audit).into_iter();
        all.any(|m| m.params.get("far") == Some(&1e-4))
    };
    assert!(finest(&all) && !finest(&some));
    assert!(said(&some, "too few for thresholds at far=0.0001"));
    assert!(of_queries(&some).len() > 40);
    for part in of_queries(&some) {
        let what = format!("{} {}", part.label(), part.side.name());
        let mut whole = of_queries(&all).into_iter();
        let whole = whole.find(|m| m.label() == part.label() && m.side == part.side);
        let whole = whole.expect("the number of all");
        assert_eq!(part.support, Support::Estimated, "{what}");
        let (se, of_all) = (part.se.expect("an error"), whole.se.expect("an error"));
        let against_all = part.monte_carlo.expect("an error");
        assert!((against_all - se * 0.75_f64.sqrt()).abs() < 1e-12, "{what}");
        assert!(
            (part.value - whole.value).abs() <= 5.0 * against_all.max(1e-3),
            "{what}: {} of all, {} of some, error {against_all}",
            whole.value,
            part.value
        );
        if whole.metric == MetricId::Recall && whole.side == Side::A {
            let ratio = se / of_all;
            assert!((1.5..2.5).contains(&ratio), "{what}: {ratio}");
        }
    }
    // Queries that were asked for are no estimate of pairs.
    assert_eq!(look(&some, FindingId::EstimateTooCoarse), Look::Clear);
    // Whatever is no number of queries is what it was.
    let rest = |audit: Audit| -> Vec<Measure> {
        let all = audit.measures.into_iter();
        all.filter(|m| !matches!(m.metric.family(), Family::Queries | Family::Hubs))
            .collect()
    };
    assert_eq!(rest(all), rest(some));
}

#[test]
fn samples_are_right_on_average() {
    const SEEDS: u64 = 24;
    let rows = normal(1, 60, 8);
    let all = audit(views(&rows, 1.5), &settings(QueryChoice::All), &*any_cpu());
    let wanted = [
        ("recall{k=1}", Side::A),
        ("recall{k=5}", Side::B),
        ("mrr", Side::Mean),
        ("ndcg{k=10}", Side::A),
        ("auc", Side::Cross),
    ];
    let mut found = vec![Vec::new(); wanted.len()];
    for seed in 0..SEEDS {
        let settings = Settings {
            seed,
            ..settings(QueryChoice::Sample(20))
        };
        let some = audit(views(&rows, 1.5), &settings, &*any_cpu());
        for (list, (name, side)) in found.iter_mut().zip(wanted) {
            list.push(value(&some, name, side));
        }
    }
    for (list, (name, side)) in found.iter().zip(wanted) {
        let count = SEEDS as f64;
        let mean = list.iter().sum::<f64>() / count;
        let spread = list.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (count - 1.0);
        let error = (spread / count).sqrt();
        let exact = value(&all, name, side);
        assert!(spread > 0.0, "{name}");
        // A query's own negatives count a little more in a sample: that moves auc by less than 1e-3 here.
        let bias = if name == "auc" { 1e-3 } else { 0.0 };
        assert!(
            (mean - exact).abs() < 4.0 * error + bias,
            "{name}: {mean} on average, {exact} of all, error {error}"
        );
    }
}

#[test]
fn the_same_items_ask_two_models_and_differences_are_paired() {
    let rows = normal(1, 300, 8);
    let of = |noise, queries, seed| {
        let settings = Settings {
            seed,
            ..settings(queries)
        };
        audit(views(&rows, noise), &settings, &*any_cpu())
    };
    let some = QueryChoice::Sample(80);
    let difference = |x: Audit, y: Audit| {
        let found = compare(&[x, y], Vec::new(), 0.95).expect("the same rows");
        let mut lines = found.lines.iter();
        let recall = lines.find(|l| l.metric == MetricId::Recall && l.side == Side::A);
        let cell = recall
            .and_then(|line| line.cells[1].clone())
            .expect("a cell");
        let uniformity = found
            .lines
            .iter()
            .find(|l| l.metric == MetricId::Uniformity);
        let other = uniformity
            .and_then(|line| line.cells[1].clone())
            .expect("a cell");
        let notes = found.notes.iter();
        let told = notes
            .filter(|note| note.text.contains("different queries"))
            .count();
        let [recall, other] = [cell, other].map(|cell| cell.against.expect("a comparison"));
        (recall.difference, other.difference.paired, told)
    };
    let (paired, _, told) = difference(of(0.8, some, 0), of(1.0, some, 0));
    assert!(paired.paired && paired.se.is_some() && told == 0);
    // Another sample, or all: the rest is paired still.
    for queries in [QueryChoice::Sample(81), QueryChoice::All] {
        let (apart, rest, told) = difference(of(0.8, some, 0), of(1.0, queries, 0));
        assert!(!apart.paired && rest && told == 1, "{queries:?}");
        assert!(apart.se > paired.se, "{queries:?}");
    }
}

#[test]
fn threads_and_shards_change_no_bit() {
    let rows = normal(3, 240, 12);
    let pairs: Vec<(usize, usize)> = (0..120).map(|k| (2 * k, 2 * k + 1)).collect();
    let case = |two: bool| match two {
        true => views(&rows, 0.8),
        false => inputs(embeddings(&rows), None, listed(&pairs)),
    };
    for two in [true, false] {
        let some = settings(QueryChoice::Sample(50));
        let of = |threads| audit(case(two), &some, &*cpu(threads, "portable")).measures;
        let whole = of(1);
        assert_eq!(of(2), whole);
        let backend = cpu(2, "portable");
        let data = prepare(case(two), &some, &*backend, &NoWatch).expect("rows");
        for shards in [1, 5] {
            let part = |index| data.walk_part(Shard { index, of: shards }, &*backend, &NoWatch);
            let parts = (0..shards).map(|index| part(index).expect("a part"));
            let joined = Part::join(parts).expect("all of them");
            let states = data
                .complete((joined, None), &[], &*backend, &NoWatch)
                .expect("states");
            assert_eq!(read(&states).measures, whole, "{shards} shards");
        }
    }
}

#[test]
fn an_estimate_searches_with_a_sample() {
    let rows = normal(5, 3000, 8);
    let pairs: Vec<(usize, usize)> = (0..1500).map(|k| (k, k + 1500)).collect();
    let settings = Settings {
        effort: Effort::Amount {
            rounds: 3,
            full_rows: 40,
            squares: true,
        },
        join_pairs: false,
        ..settings(QueryChoice::Sample(200))
    };
    let case = || inputs(embeddings(&rows), None, listed(&pairs));
    let data = prepared(case(), &settings);
    let some = data.run(&*any_cpu(), &NoWatch).expect("an estimate");
    assert!(some.provenance.estimate.is_some());
    let card = some.provenance.queries.as_ref().expect("a sample");
    assert_eq!((card.sampled, card.of, card.sampled_b), (200, 3000, None));
    assert!(said(&some, "Hubs are not measured") && said(&some, "leave out --budget"));
    assert!(
        some.measures
            .iter()
            .all(|m| m.metric.family() != Family::Hubs)
    );
    let exact = Settings {
        effort: Effort::Exact,
        queries: QueryChoice::All,
        ..settings
    };
    let all = audit(case(), &exact, &*any_cpu());
    for measure in of_queries(&some) {
        let exact = value(&all, &measure.label(), measure.side);
        let error = measure.se.expect("an error").max(1e-3);
        assert!((measure.value - exact).abs() < 5.0 * error, "{measure:?}");
        let interval = measure.interval.expect("an interval");
        assert!(interval.low <= measure.value && measure.value <= interval.high);
    }
    assert!(of_queries(&some).len() > 20);
}

#[test]
fn an_estimate_by_inner_product_in_which_all_search_has_the_numbers_of_all_pairs() {
    // Lengths from 1 to 3, so that products are no cosines.
    let stretch = |(k, row): (usize, &Vec<f32>)| -> Vec<f32> {
        let factor = 1.0 + (k % 9) as f32 / 4.0;
        row.iter().map(|v| v * factor).collect()
    };
    let rows: Rows = normal(7, 600, 8).iter().enumerate().map(stretch).collect();
    let exact = Settings {
        search_by: SearchBy::Dot,
        ..settings(QueryChoice::All)
    };
    let all = audit(views(&rows, 1.0), &exact, &*any_cpu());
    let part = Settings {
        effort: Effort::Amount {
            rounds: 3,
            full_rows: 40,
            squares: true,
        },
        ..exact.clone()
    };
    let some = audit(views(&rows, 1.0), &part, &*any_cpu());
    assert!(some.provenance.estimate.is_some() && said(&some, "--similarity dot"));
    let by_cosine = Settings {
        search_by: SearchBy::Cosine,
        ..exact.clone()
    };
    let by_cosine = audit(views(&rows, 1.0), &by_cosine, &*any_cpu());
    let names = ["recall{k=1}", "mrr", "ndcg{k=10}"].map(|name| (name, Side::Mean));
    let pairs = ["auc", "threshold{far=0.01}"].map(|name| (name, Side::Cross));
    for (name, side) in names.into_iter().chain(pairs) {
        let (found, expected) = (value(&some, name, side), value(&all, name, side));
        assert!(
            (found - expected).abs() <= 1e-12,
            "{name}: {found}, {expected}"
        );
        assert_ne!(found, value(&by_cosine, name, side), "{name}");
    }
    // Thresholds are products of the rows as they are, beyond what cosines can be.
    assert!(value(&some, "threshold{far=0.01}", Side::Cross) > 1.0);
    let drawn = Settings {
        queries: QueryChoice::Sample(200),
        ..exact
    };
    let drawn = audit(views(&rows, 1.0), &drawn, &*any_cpu());
    assert!(drawn.provenance.queries.is_some());
    assert!(
        drawn
            .measures
            .iter()
            .all(|m| m.metric.family() != Family::Hubs)
    );
    for (name, side) in names.into_iter().chain(pairs) {
        let measures = drawn.measures.iter();
        let mut of = measures.filter(|m| m.label() == name && m.side == side);
        let measure = of.next().expect("a number");
        let off = measure.value - value(&all, name, side);
        assert!(
            off.abs() < 5.0 * measure.se.expect("an error"),
            "{measure:?}"
        );
    }
}

#[test]
fn the_program_draws_says_and_refuses() {
    let desk = Desk::new();
    let audit = desk.json("audit a.npy b.npy --search --queries 4");
    let queries = &audit["provenance"]["queries"];
    assert_eq!(
        (&queries["sampled"], &queries["of"]),
        (&4.into(), &6.into())
    );
    assert_eq!(queries["asked"], "4 queries");
    let shown = desk.run("audit a.npy b.npy --search --queries 4").success();
    let shown = shown.stdout(contains(
        "4 of 6 rows of a, 4 of 6 rows of b, drawn with seed 0",
    ));
    shown.stdout(contains("Hubs are not measured"));
    let whole = desk.json("audit a.npy b.npy --search --queries all");
    // As many as there are, or more, are all.
    let mut many = desk.json("audit a.npy b.npy --search --queries 1000");
    let notes = many["notes"].as_array_mut().expect("notes");
    let said = "--queries 1000 had no effect: no more rows than that have a positive, so all of them searched.";
    let at = notes.iter().position(|note| note["text"] == said);
    notes.remove(at.expect("it is said"));
    assert_eq!(
        (&many["notes"], &many["measures"]),
        (&whole["notes"], &whole["measures"])
    );
    assert!(whole["provenance"]["queries"].is_null());
    // So few pairs are all seen in any time.
    let budget = desk.json("audit a.npy b.npy --search --budget 10s");
    assert!(budget["provenance"]["queries"].is_null());
    desk.all_refused(&[
        "audit a.npy b.npy --queries 4 -> give --search as well",
        "audit a.npy b.npy --search --queries 1 -> a whole number of at least 2, or all",
        "audit a.npy b.npy --search --queries some -> a whole number of at least 2, or all",
    ]);
    let dot = desk.json("audit a.npy b.npy --similarity dot --queries 4");
    assert_eq!(dot["provenance"]["queries"]["sampled"], 4);
    desk.file("finding.toml", "[[rule]]\nfinding = \"hubs\"\n");
    desk.refused(
        "gate a.npy b.npy --policy finding.toml --queries 4",
        "lacks hubs (--search with --queries all",
    );
    desk.file(
        "hubs.toml",
        "[[rule]]\nmetric = \"antihubs\"\nside = \"a\"\nat_most = 0.1\n",
    );
    desk.refused(
        "gate a.npy b.npy --policy hubs.toml --queries 4",
        "a sample of queries cannot tell",
    );
}
