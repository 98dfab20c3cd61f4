//! Which rows are to blame: what was planted is found, and lists are what loops in f64 say.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::to_value;
use spherecheck::audit::{
    AuditError, Effort, Inputs, PositivesInput, Settings, SettingsError, prepare,
};
use spherecheck::backend::Backend;
use spherecheck::data::{Labels, ZeroRows};
use spherecheck::input::open_embeddings;
use spherecheck::pass::NoWatch;
use spherecheck::result::{Audit, Offence, OffenderList, Offenders, Side};

use crate::support::exact::unit;
use crate::support::{
    Rows, any_cpu, audit, close, cone, cpu, embeddings, fixture, inputs, kernels, listed, noisy,
    normal,
};

/// What a list of pairs says: a row, the other, the value.
type Pair = (u64, u64, f64);

fn asked() -> Settings {
    Settings {
        offenders: true,
        ..Settings::default()
    }
}

fn found_by(inputs: Inputs, backend: &dyn Backend) -> Offenders {
    offenders(&audit(inputs, &asked(), backend))
}

fn offenders(audit: &Audit) -> Offenders {
    audit.offenders.clone().expect("they were asked for")
}

fn one_view(rows: &Rows) -> Inputs {
    inputs(embeddings(rows), None, PositivesInput::None)
}

fn aligned(a: &Rows, b: &Rows) -> Inputs {
    let b = Some(embeddings(b));
    inputs(embeddings(a), b, PositivesInput::Aligned)
}

#[track_caller]
fn list(offenders: &Offenders, kind: Offence, side: Side) -> &OffenderList {
    let mut lists = offenders.lists.iter();
    let list = lists.find(|list| list.kind == kind && list.side == side);
    list.unwrap_or_else(|| panic!("no list of {} on side {}", kind.name(), side.name()))
}

fn rows(list: &OffenderList) -> Vec<u64> {
    list.rows.iter().map(|row| row.row).collect()
}

/// Of a list of pairs whose other rows are of `side`.
#[track_caller]
fn pairs(list: &OffenderList, side: Side) -> Vec<Pair> {
    let pair = |row: &spherecheck::result::Offender| {
        let other = row.other.as_ref().expect("a pair");
        assert_eq!(other.side, side);
        (row.row, other.row, row.value)
    };
    list.rows.iter().map(pair).collect()
}

/// Cosines of the rows of a with those of b, in f64.
fn cosines(a: &Rows, b: &Rows) -> Vec<Vec<f64>> {
    let (a, b) = (unit(a), unit(b));
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    a.iter()
        .map(|x| b.iter().map(|y| dot(x, y)).collect())
        .collect()
}

/// The ten nearest of each row; within one view others only.
fn ten(cosines: &[Vec<f64>], one_view: bool) -> Vec<Vec<usize>> {
    let of = |(i, row): (usize, &Vec<f64>)| {
        let mut order: Vec<usize> = (0..row.len()).filter(|j| !one_view || *j != i).collect();
        order.sort_by(|x, y| row[*y].total_cmp(&row[*x]).then(x.cmp(y)));
        order.truncate(10);
        order
    };
    cosines.iter().enumerate().map(of).collect()
}

/// The same pairs with nearly the same values, the latter in falling order.
#[track_caller]
fn same_pairs(found: &[Pair], expected: &[(usize, usize, f64)], what: &str) {
    let keys = |pairs: &mut dyn Iterator<Item = (u64, u64)>| pairs.collect::<BTreeSet<_>>();
    assert_eq!(
        keys(&mut found.iter().map(|pair| (pair.0, pair.1))),
        keys(&mut expected.iter().map(|pair| (pair.0 as u64, pair.1 as u64))),
        "{what}"
    );
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, j, value) in found {
        let pair = expected
            .iter()
            .find(|pair| (pair.0 as u64, pair.1 as u64) == (*i, *j));
        close(*value, pair.expect("is there").2, 2e-6, what);
    }
    assert!(found.is_sorted_by(|x, y| x.2 >= y.2), "{what}: {found:?}");
}

#[test]
fn nothing_is_listed_unless_it_is_asked_for() {
    let rows = normal(1, 40, 4);
    let plain = audit(one_view(&rows), &Settings::default(), &*any_cpu());
    assert_eq!(plain.offenders, None);
    let json = to_value(&plain).expect("JSON");
    assert_eq!(json.get("offenders"), None);
}

#[test]
fn copies_stand_beside_the_first_row_of_their_group() {
    for kernel in kernels() {
        let mut planted = normal(7, 300, 16);
        planted[299] = planted[0].clone();
        // A copy may be longer than its original.
        planted[298] = planted[5].iter().map(|v| v * 3.0).collect();
        planted[120] = planted[5].clone();
        let found = found_by(one_view(&planted), &*cpu(2, kernel));
        let copies = list(&found, Offence::Duplicate, Side::A);
        assert_eq!(copies.found, Some(3));
        let listed = pairs(copies, Side::A);
        let which: Vec<(u64, u64)> = listed.iter().map(|pair| (pair.0, pair.1)).collect();
        assert_eq!(which, [(299, 0), (120, 5), (298, 5)], "{kernel}");
        assert!(listed.iter().all(|pair| pair.2 > 1.0 - 1e-6), "{listed:?}");
    }
}

#[test]
fn many_copies_are_one_group_and_lists_hold_a_hundred() {
    let mut planted = normal(8, 400, 16);
    let original = planted[30].clone();
    planted[100..250].fill(original);
    let found = found_by(one_view(&planted), &*any_cpu());
    let copies = list(&found, Offence::Duplicate, Side::A);
    assert_eq!(copies.found, Some(150));
    let expected: Vec<u64> = (100..200).collect();
    assert_eq!(rows(copies), expected);
    assert!(pairs(copies, Side::A).iter().all(|pair| pair.1 == 30));
}

#[test]
fn a_shuffled_pair_is_the_worst_misses_and_makes_false_negatives() {
    let mut a = normal(21, 120, 16);
    a[8] = a[3].iter().map(|v| -v).collect();
    let mut b = noisy(&a, 22, 0.05);
    (b[3], b[8]) = (a[8].clone(), a[3].clone());
    let found = found_by(aligned(&a, &b), &*any_cpu());

    let worst = list(&found, Offence::WorstPositive, Side::A);
    assert_eq!((worst.found, worst.rows.len()), (None, 12), "a tenth");
    let of = cosines(&a, &b);
    let mut expected: Vec<f64> = (0..120).map(|i| of[i][i]).collect();
    expected.sort_by(f64::total_cmp);
    let listed = pairs(worst, Side::B);
    for (pair, cosine) in listed.iter().zip(&expected) {
        assert_eq!(pair.0, pair.1);
        close(pair.2, *cosine, 1e-12, "cosine of a positive");
    }
    let two: BTreeSet<u64> = listed[..2].iter().map(|pair| pair.0).collect();
    assert_eq!(two, BTreeSet::from([3, 8]));

    for (side, other) in [(Side::A, Side::B), (Side::B, Side::A)] {
        let misses = list(&found, Offence::Miss, side);
        assert_eq!(misses.found, Some(2));
        for (query, instead, position) in pairs(misses, other) {
            assert_eq!(query + instead, 3 + 8, "what is nearest is the other one's");
            let q = query as usize;
            let seen = |j: usize| if side == Side::A { of[q][j] } else { of[j][q] };
            let above = (0..120).filter(|&j| seen(j) > seen(q)).count();
            assert_eq!(position, 1.0 + above as f64);
            assert!(position > 10.0);
        }
    }

    let low = expected[5];
    let near = ten(&of, false);
    let mut suspects = Vec::new();
    for (i, near) in near.iter().enumerate() {
        let above = near.iter().filter(|&&j| j != i && of[i][j] > low);
        suspects.extend(above.map(|&j| (i, j, of[i][j])));
    }
    let found = list(&found, Offence::FalseNegative, Side::A);
    assert_eq!(found.found, Some(suspects.len() as u64));
    let found = pairs(found, Side::B);
    assert!(suspects.len() >= 2);
    same_pairs(&found, &suspects, "false negatives");
}

#[test]
fn pairs_within_one_view_are_counted_once_and_items_are_no_suspects() {
    let mut rows = normal(31, 200, 16);
    let near = noisy(&rows, 32, 0.1);
    let positives: Vec<(usize, usize)> = (0..30).map(|k| (2 * k, 2 * k + 1)).collect();
    for &(i, j) in &positives {
        rows[j] = near[i].clone();
    }
    // Nearer to row 0 than its positive; and a positive that is as far as can be, and has a copy.
    rows[100] = noisy(&rows, 33, 0.02)[0].clone();
    rows[59] = rows[58].iter().map(|v| -v).collect();
    rows[150] = rows[59].clone();
    let found = found_by(
        inputs(embeddings(&rows), None, listed(&positives)),
        &*any_cpu(),
    );
    let of = cosines(&rows, &rows);
    let near = ten(&of, true);
    let positive = |i: usize, j: usize| i / 2 == j / 2 && i.max(j) < 60;
    let mut positives_cosines: Vec<f64> = positives.iter().map(|&(i, j)| of[i][j]).collect();
    positives_cosines.sort_by(f64::total_cmp);
    let low = positives_cosines[1];
    let mut suspects = Vec::new();
    for (i, near) in near.iter().enumerate() {
        for &j in near {
            let pair = (i.min(j), i.max(j), of[i][j]);
            let again = suspects
                .iter()
                .any(|other: &(usize, usize, f64)| (other.0, other.1) == (pair.0, pair.1));
            if of[i][j] > low && !positive(i, j) && !again {
                suspects.push(pair);
            }
        }
    }
    assert!(suspects.iter().any(|pair| (pair.0, pair.1) == (0, 100)));
    let suspected = list(&found, Offence::FalseNegative, Side::A);
    assert_eq!(suspected.found, Some(suspects.len() as u64));
    if suspects.len() <= 100 {
        same_pairs(&pairs(suspected, Side::A), &suspects, "false negatives");
    }
    // Both rows of the pair that is far apart miss.
    let misses = list(&found, Offence::Miss, Side::A);
    let expected: Vec<u64> = (0..60)
        .filter(|&i| !near[i].contains(&(i ^ 1)))
        .map(|i| i as u64)
        .collect();
    let listed: BTreeSet<u64> = rows_of(misses);
    assert_eq!(listed, expected.iter().copied().collect());
    assert!(listed.contains(&58) && listed.contains(&59));
    for (query, instead, position) in pairs(misses, Side::A) {
        let q = query as usize;
        assert_eq!(instead, near[q][0] as u64);
        let others = || (0..200).filter(|&j| j != q && j != q ^ 1);
        let above = others().filter(|&j| of[q][j] > of[q][q ^ 1]).count();
        let level = others().filter(|&j| of[q][j] == of[q][q ^ 1]).count();
        assert_eq!(position, 1.0 + above as f64 + level as f64 / 2.0);
    }
}

fn rows_of(list: &OffenderList) -> BTreeSet<u64> {
    rows(list).into_iter().collect()
}

#[test]
fn labels_miss_where_none_of_the_ten_nearest_has_the_same() {
    let rows = normal(41, 240, 12);
    let classes: Vec<u32> = (0..240).map(|k| k % 30).collect();
    let of = cosines(&rows, &rows);
    let near = ten(&of, true);
    let same = |i: usize, j: usize| i != j && classes[i] == classes[j];
    let miss = |i: &usize| !near[*i].iter().any(|&j| same(*i, j));
    let missing: Vec<usize> = (0..240).filter(miss).collect();
    assert!(missing.len() > 100, "{}", missing.len());
    let labels = PositivesInput::Labels(labels(&classes));
    let found = found_by(inputs(embeddings(&rows), None, labels), &*any_cpu());
    let misses = list(&found, Offence::Miss, Side::A);
    assert_eq!(misses.found, Some(missing.len() as u64));
    let listed = pairs(misses, Side::A);
    assert_eq!(listed.len(), 100);
    let nearest = |q: usize| of[q][near[q][0]];
    let least = listed
        .iter()
        .map(|pair| nearest(pair.0 as usize))
        .fold(1.0, f64::min);
    for (query, instead, position) in &listed {
        let q = *query as usize;
        assert!(missing.contains(&q));
        assert_eq!(*instead, near[q][0] as u64);
        let own = (0..240).filter(|&j| same(q, j));
        let best = own.map(|j| of[q][j]).fold(-1.0, f64::max);
        let above = (0..240).filter(|&j| j != q && of[q][j] > best);
        assert_eq!(*position, 1.0 + above.count() as f64);
    }
    // Those that are not listed have what they find further away.
    let left = missing
        .iter()
        .filter(|q| !rows_of(misses).contains(&(**q as u64)));
    assert!(
        left.map(|&q| nearest(q))
            .all(|cosine| cosine <= least + 2e-6)
    );
}

fn labels(classes: &[u32]) -> Labels {
    let most = classes.iter().max().map_or(0, |class| class + 1);
    Labels {
        name: "labels".to_owned(),
        classes: classes.to_vec(),
        values: Arc::new((0..most).map(|class| class.to_string()).collect()),
    }
}

#[test]
fn the_middle_of_a_cone_is_its_hub_and_its_densest_row() {
    let mut rows = cone(51, 300, 64);
    rows[123] = vec![0.7; 64];
    rows[200] = vec![-0.7; 64];
    let of = cosines(&rows, &rows);
    let mut counts = vec![0_u64; 300];
    for near in ten(&of, true) {
        near.into_iter().for_each(|j| counts[j] += 1);
    }
    for kernel in kernels() {
        let found = found_by(one_view(&rows), &*cpu(2, kernel));
        let hubs = list(&found, Offence::Hub, Side::A);
        let many = counts.iter().filter(|count| **count >= 20).count();
        assert_eq!(hubs.found, Some(many as u64), "{kernel}");
        for hub in &hubs.rows {
            assert_eq!(hub.value, counts[hub.row as usize] as f64, "{kernel}");
        }
        assert_eq!(hubs.rows[0].row, 123, "{kernel}");
        assert!(hubs.rows.is_sorted_by(|x, y| x.value >= y.value));
        let none = counts.iter().filter(|count| **count == 0).count();
        let antihubs = list(&found, Offence::Antihub, Side::A);
        assert_eq!(antihubs.found, Some(none as u64), "{kernel}");
        assert!(
            antihubs
                .rows
                .iter()
                .all(|row| counts[row.row as usize] == 0)
        );

        let potential = |i: usize| {
            let others = (0..300).filter(|&j| j != i);
            let sum: f64 = others.map(|j| (4.0 * (of[i][j] - 1.0)).exp()).sum();
            (sum / 299.0).ln()
        };
        let mut order: Vec<(f64, u64)> = (0..300).map(|i| (potential(i), i as u64)).collect();
        order.sort_by(|x, y| x.0.total_cmp(&y.0));
        let lonely = list(&found, Offence::Loneliest, Side::A);
        let dense = list(&found, Offence::Densest, Side::A);
        assert_eq!((lonely.rows.len(), dense.rows.len()), (30, 30), "a tenth");
        assert_eq!((lonely.rows[0].row, dense.rows[0].row), (200, 123));
        let rising = order.iter();
        for (row, (value, _)) in lonely.rows.iter().zip(rising.clone()) {
            close(row.value, *value, 4e-6, "loneliest");
        }
        for (row, (value, _)) in dense.rows.iter().zip(rising.rev()) {
            close(row.value, *value, 4e-6, "densest");
        }
    }
}

#[test]
fn short_rows_and_odd_columns_are_found() {
    let mut rows = normal(61, 150, 16);
    for row in &mut rows {
        row[2] = 3.0;
        row[5] *= 100.0;
    }
    rows[17].iter_mut().for_each(|v| *v *= 1e-5);
    let norm = |row: &[f32]| {
        row.iter()
            .map(|v| f64::from(*v).powi(2))
            .sum::<f64>()
            .sqrt()
    };
    let found = found_by(one_view(&rows), &*any_cpu());
    let short = list(&found, Offence::TinyNorm, Side::A);
    assert_eq!(
        (short.found, rows_of(short)),
        (Some(1), BTreeSet::from([17]))
    );
    close(short.rows[0].value, norm(&rows[17]), 1e-12, "its norm");

    // Row 17 breaks the constant: its column is found once it is left out.
    let constant = list(&found, Offence::ConstantColumn, Side::A);
    assert_eq!((constant.found, constant.rows.len()), (Some(0), 0));
    rows.remove(17);
    let found = found_by(one_view(&rows), &*any_cpu());
    let constant = list(&found, Offence::ConstantColumn, Side::A);
    assert_eq!(constant.found, Some(1));
    assert_eq!((constant.rows[0].row, constant.rows[0].value), (2, 0.0));
    let dominating = list(&found, Offence::DominatingColumn, Side::A);
    assert_eq!(
        (dominating.found, rows_of(dominating)),
        (Some(1), BTreeSet::from([5]))
    );
    let square = unit(&rows).iter().map(|row| row[5].powi(2)).sum::<f64>();
    let expected = square / rows.len() as f64 * 16.0;
    close(dominating.rows[0].value, expected, 1e-9, "its mean square");
    assert!(list(&found, Offence::TinyNorm, Side::A).rows.is_empty());
}

#[test]
fn a_large_constant_is_constant_and_a_small_spread_is_none() {
    let mut rows = normal(62, 700, 8);
    for (k, row) in rows.iter_mut().enumerate() {
        row[1] = 33.3;
        // Variance of about 1e-8 of a column's.
        row[6] = 50.0 + if k % 2 == 0 { 1e-4 } else { -1e-4 };
    }
    let found = found_by(one_view(&rows), &*any_cpu());
    let constant = list(&found, Offence::ConstantColumn, Side::A);
    assert_eq!(rows_of(constant), BTreeSet::from([1]));
}

#[test]
fn near_copies_in_another_group_are_told_from_those_in_ones_own() {
    let mut rows = normal(71, 100, 16);
    let near = noisy(&rows, 72, 0.05);
    rows[40] = near[3].clone();
    rows[43] = noisy(&rows, 73, 0.05)[3].clone();
    // Groups of rows with one last digit in base 5: 3 and 43 are of one, 40 of another.
    let groups = labels(&(0..100).map(|k| k % 5).collect::<Vec<_>>());
    let data = Inputs {
        groups: Some(groups),
        ..one_view(&rows)
    };
    let found = found_by(data, &*any_cpu());
    let of = cosines(&rows, &rows);
    let across = list(&found, Offence::CopyAcrossGroups, Side::A);
    assert_eq!(across.found, Some(2));
    let expected = [(3, 40, of[3][40]), (40, 43, of[40][43])];
    same_pairs(&pairs(across, Side::A), &expected, "near copies");
    let without = found_by(one_view(&rows), &*any_cpu());
    let mut kinds = without.lists.iter().map(|list| list.kind);
    assert!(kinds.all(|kind| kind != Offence::CopyAcrossGroups));
    let mut said = without.left_out.iter();
    assert!(said.any(|why| why.contains("--groups")));
}

#[test]
fn near_copies_in_another_part_of_a_split_are_leaks() {
    let mut rows = normal(71, 100, 16);
    let near = noisy(&rows, 72, 0.05);
    rows[40] = near[3].clone();
    rows[43] = noisy(&rows, 73, 0.05)[3].clone();
    // Rows 0 to 41 to train on, the rest to test on.
    let parts = labels(&(0..100).map(|k| u32::from(k > 41)).collect::<Vec<_>>());
    let settings = Settings {
        offenders: true,
        ..Settings::default()
    };
    let backend = any_cpu();
    let views = [one_view(&rows), aligned(&rows, &noisy(&rows, 74, 0.1))];
    let of = cosines(&rows, &rows);
    for data in views {
        let data = prepare(data, &settings, &*backend, &NoWatch).unwrap();
        let split = data.split_by(&parts).unwrap();
        let found = split.run(&*backend, &NoWatch).unwrap();
        let found = found.offenders.expect("asked for");
        let leaks = list(&found, Offence::CopyAcrossSplits, Side::A);
        let expected = [(3, 43, of[3][43]), (40, 43, of[40][43])];
        same_pairs(&pairs(leaks, Side::A), &expected, "leaks");
        assert!(found.left_out.iter().all(|why| !why.contains("--split")));
    }
    let data = prepare(one_view(&rows), &settings, &*backend, &NoWatch).unwrap();
    let few = labels(&[0, 1]);
    let refused = data.clone().split_by(&few).err().expect("two labels");
    assert!(
        refused.to_string().contains("parts of the split"),
        "{refused}"
    );
    let found = data.run(&*backend, &NoWatch).unwrap().offenders.unwrap();
    let mut kinds = found.lists.iter().map(|list| list.kind);
    assert!(kinds.all(|kind| kind != Offence::CopyAcrossSplits));
    assert!(found.left_out.iter().any(|why| why.contains("--split")));
}

#[test]
fn rows_have_the_numbers_of_their_files() {
    let mut rows = normal(81, 60, 6);
    rows[0] = vec![0.0; 6];
    rows[50] = rows[10].clone();
    let settings = Settings {
        zero_rows: ZeroRows::Drop,
        ..asked()
    };
    let found = offenders(&audit(one_view(&rows), &settings, &*any_cpu()));
    let copies = pairs(list(&found, Offence::Duplicate, Side::A), Side::A);
    assert_eq!((copies[0].0, copies[0].1), (50, 10));
}

#[test]
fn lists_do_not_depend_on_threads_and_stand_in_order() {
    let a = normal(91, 500, 24);
    let b = noisy(&a, 92, 1.0);
    for kernel in kernels() {
        let json = |threads| {
            let found = found_by(aligned(&a, &b), &*cpu(threads, kernel));
            let order = found.lists.iter().map(|list| (list.kind, list.side));
            assert!(order.is_sorted(), "{kernel}");
            assert!(found.lists.iter().all(|list| list.rows.len() <= 100));
            serde_json::to_string(&found).expect("JSON")
        };
        let one = json(1);
        assert_eq!(one, json(2), "{kernel}");
        assert_eq!(one, json(1), "{kernel}: twice the same");
    }
}

#[test]
fn an_estimate_blames_no_row() {
    let settings = Settings {
        effort: Effort::MaxError(1e-3),
        ..asked()
    };
    let refused = prepare(
        one_view(&normal(1, 40, 4)),
        &settings,
        &*any_cpu(),
        &NoWatch,
    );
    let expected = SettingsError::OffendersOfEstimate;
    assert!(
        matches!(refused, Err(AuditError::Settings(found)) if found == expected),
        "an estimate"
    );
}

/// Hubs and antihubs as kiez 0.5.0 counts them, columns as NumPy does (`fixtures/real`).
#[test]
fn real_encoders_have_three_constant_columns_that_nobody_reports() {
    let open = |name: &str| {
        let path = fixture(&format!("real/minilm_{name}.npy"));
        open_embeddings(&path, None).expect("a fixture")
    };
    for (pooling, antihubs, most, dominating) in [
        ("mean", [43, 38], [(427, 56.0), (631, 82.0)], None),
        (
            "cls",
            [62, 70],
            [(721, 149.0), (445, 143.0)],
            Some([202.769_510, 203.046_606]),
        ),
    ] {
        let (a, b) = (open(&format!("{pooling}_a")), open(&format!("{pooling}_b")));
        let found = found_by(inputs(a, Some(b), PositivesInput::Aligned), &*any_cpu());
        for (k, side) in [Side::A, Side::B].into_iter().enumerate() {
            let what = format!("{pooling}, {}", side.name());
            let constant = list(&found, Offence::ConstantColumn, side);
            // 127 and 223 to the bit; 319 but for rounding, 1.7e-14 of the mean variance.
            assert_eq!(rows(constant), [127, 223, 319], "{what}");
            assert!(constant.rows[..2].iter().all(|column| column.value == 0.0));
            let of = list(&found, Offence::DominatingColumn, side);
            let columns: Vec<u64> = dominating.iter().map(|_| 99).collect();
            assert_eq!(rows(of), columns, "{what}");
            if let Some(values) = dominating {
                close(of.rows[0].value, values[k], 1e-5, &what);
            }
            let none = list(&found, Offence::Antihub, side);
            assert_eq!(none.found, Some(antihubs[k]), "{what}");
            let hub = &list(&found, Offence::Hub, side).rows[0];
            assert_eq!((hub.row, hub.value), most[k], "{what}");
            assert_eq!(list(&found, Offence::Miss, side).found, Some(0), "{what}");
            assert_eq!(
                list(&found, Offence::Duplicate, side).found,
                Some(0),
                "{what}"
            );
        }
        let suspected = list(&found, Offence::FalseNegative, Side::A);
        let (count, cosine) = match pooling {
            "mean" => (1, 0.908_051_374),
            _ => (322, 0.916_540_191),
        };
        assert_eq!(suspected.found, Some(count), "{pooling}");
        let first = pairs(suspected, Side::B)[0];
        assert_eq!((first.0, first.1), (11, 10), "{pooling}");
        close(first.2, cosine, 2e-6, pooling);
        let lonely = list(&found, Offence::Loneliest, Side::A);
        let (row, value) = match pooling {
            "mean" => (273, -3.654_199_85),
            _ => (179, -1.946_511_89),
        };
        assert_eq!(lonely.rows[0].row, row, "{pooling}");
        close(lonely.rows[0].value, value, 4e-6, pooling);
    }
}
