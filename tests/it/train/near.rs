//! Text by two encoders: which sentences are positives, the loss with the sentence itself left out, who reads what.

use std::fs;

use candle_core::{DType, Device, Tensor};
use spherecheck::train::data::{Dataset, Deal, Input, Show, Takes, open};
use spherecheck::train::objective::{contrastive_near, paired};
use spherecheck::train::{Architecture, Encoder, EncoderPlan, NormMode, PairLoss, TrainPlan};
use tempfile::TempDir;

use super::support::{apart, tensor};

/// Books of these lengths, of sentences of two words of their own.
fn books(lengths: &[usize]) -> Dataset {
    let mut count = 0;
    let book = |length: &usize| -> String {
        let lines = (0..*length).map(|_| {
            count += 1;
            format!("a{count} b{count}\n")
        });
        lines.collect()
    };
    let text: Vec<String> = lengths.iter().map(book).collect();
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("books.txt");
    fs::write(&path, text.join("\n")).unwrap();
    open(path.to_str().unwrap(), None).unwrap()
}

fn plan(batch: usize) -> TrainPlan {
    TrainPlan {
        batch,
        encoder: EncoderPlan {
            architecture: Some(Architecture::QuickThought),
            dim: 6,
            width: Some(5),
            size: None,
        },
        ..TrainPlan::default()
    }
}

fn deal(plan: &TrainPlan, data: &Dataset) -> (Deal, Takes) {
    let takes = plan.encoder_for(data).takes;
    (plan.deal(data, &takes), takes)
}

#[test]
fn neighbours_in_a_run_are_positives_but_not_across_a_border() {
    // 21 sentences to learn from: batches of 5 are 0..4, 5..9, 10..14, 15..19, 20.
    let data = books(&[3, 1, 8, 1, 1, 1, 8]);
    assert_eq!((data.train.len(), data.test.len()), (21, 2));
    let (deal, _) = deal(&plan(5), &data);
    let batch = deal.batch(&[0, 1, 2, 3, 4], 0).unwrap();
    assert_eq!(
        batch.near.unwrap(),
        [[0, 1], [1, 0], [1, 2], [2, 1]],
        "3 is alone in its book, 4 begins another"
    );
    // The last run is one sentence: it has no neighbour and makes no batch.
    assert_eq!(deal.batches(), 4);
    let mut seen: Vec<usize> = Vec::new();
    for batch in deal.epoch(3, 0) {
        let batch = batch.unwrap();
        assert!(batch.pairs == 5 && !batch.near.unwrap().is_empty());
        seen.push(batch.pairs);
    }
    assert_eq!(seen.len(), 4);
    // Alone everywhere: nothing to learn from.
    let alone = books(&[1; 40]);
    let (deal, _) = self::deal(&plan(5), &alone);
    assert_eq!(deal.batches(), 0);
}

/// Row by row from the formula, in f64.
fn by_hand(x: &[Vec<f64>], y: &[Vec<f64>], tau: f64, near: &[[u32; 2]]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / tau;
    let mut losses = Vec::new();
    for (i, row) in x.iter().enumerate() {
        let of = near.iter().filter(|pair| pair[0] as usize == i);
        let of: Vec<usize> = of.map(|pair| pair[1] as usize).collect();
        if of.is_empty() {
            continue;
        }
        let others = (0..y.len()).filter(|k| *k != i);
        let sum: f64 = others.map(|k| dot(row, &y[k]).exp()).sum();
        let terms = of.iter().map(|j| sum.ln() - dot(row, &y[*j]));
        losses.push(terms.sum::<f64>() / of.len() as f64);
    }
    losses.iter().sum::<f64>() / losses.len() as f64
}

#[test]
fn the_loss_of_neighbours_is_that_of_the_formula() {
    let unit = |which, n: usize| -> Tensor {
        let x = tensor(which, &[n, 4]).to_dtype(DType::F64).unwrap();
        let norms = x.sqr().unwrap().sum_keepdim(1).unwrap().sqrt().unwrap();
        x.broadcast_div(&norms).unwrap()
    };
    let near = [[0u32, 1], [1, 0], [1, 2], [2, 1], [4, 5], [5, 4]];
    for (n, tau) in [(6, 0.5), (7, 0.075)] {
        let (x, y) = (unit(1, n), unit(2, n));
        let rows = |t: &Tensor| t.to_vec2::<f64>().unwrap();
        let expected = by_hand(&rows(&x), &rows(&y), tau, &near);
        let found = contrastive_near(&x, &y, tau, &near).unwrap();
        let found = found.to_scalar::<f64>().unwrap();
        assert!(
            (found - expected).abs() < 1e-7 * expected.abs(),
            "{found}, {expected}"
        );
        // Row i of y says nothing of row i of x.
        let moved = Tensor::cat(&[unit(9, 1), y.narrow(0, 1, n - 1).unwrap()], 0).unwrap();
        let one_way = [[0u32, 1]];
        let of = |y: &Tensor| {
            let loss = contrastive_near(&x, y, tau, &one_way).unwrap();
            loss.to_scalar::<f64>().unwrap()
        };
        assert!((of(&y) - of(&moved)).abs() < 1e-12);
    }
    // Alignment is over the pairs, uniformity over all rows.
    let (x, y) = (unit(3, 6), unit(4, 6));
    let loss = PairLoss::align_uniform(0.9, 0.0)
        .of_near(&x, &y, &near)
        .unwrap();
    let [a, b] = paired(&x, &y, &near).unwrap();
    let squares = (a - b)
        .unwrap()
        .sqr()
        .unwrap()
        .sum(1)
        .unwrap()
        .mean_all()
        .unwrap();
    let (loss, squares) = (
        loss.to_scalar::<f64>().unwrap(),
        squares.to_scalar::<f64>().unwrap(),
    );
    assert!((loss - 0.9 * squares).abs() < 1e-12);
}

#[test]
fn each_encoder_reads_its_own_part() {
    let data = books(&[30]);
    let plan = plan(8);
    let (deal, takes) = deal(&plan, &data);
    let encoder = Encoder::new(plan.encoder_for(&data), 0, &Device::Cpu).unwrap();
    let names: Vec<&str> = encoder
        .parameters()
        .iter()
        .map(|p| p.name.as_str())
        .collect();
    assert!(names.contains(&"f.gru.weight_ih_l0") && names.contains(&"g.embedding.weight"));
    let rows = |show: Show<'_>| {
        let input = takes.input(&data.train.items, &[3, 4, 5], &[show]).unwrap();
        encoder.forward(&input, NormMode::Eval).unwrap()
    };
    let (f, g) = (rows(Show::Plain), rows(Show::Second));
    assert!(apart(&f, &g) > 0.01, "two encoders");
    let batch = deal.batch(&[3, 4, 5], 0).unwrap();
    let Input::Words { first, .. } = &batch.input else {
        panic!("images")
    };
    assert_eq!(*first, 3);
    let z = encoder.forward(&batch.input, NormMode::Train).unwrap();
    assert!(apart(&z, &Tensor::cat(&[f, g], 0).unwrap()) < 1e-6);
}

#[test]
fn negatives_cannot_be_counted_where_neighbours_are_positives() {
    let data = books(&[60]);
    let mut plan = plan(8);
    plan.objective = spherecheck::train::Objective::Pairs(PairLoss::contrastive(0.1, Some(3)));
    let error = plan
        .check(&data)
        .expect_err("a number of negatives")
        .to_string();
    assert!(
        error.contains("all other sentences of a batch are negatives"),
        "{error}"
    );
}
