//! Rates, steps and the supervised loss, against closed forms and against PyTorch (`fixtures/torch/steps.py`).

use std::path::Path;

use candle_core::{Device, Tensor, Var};
use serde_json::Value;
use spherecheck::train::objective::cross_entropy;
use spherecheck::train::{Optimiser, RateSchedule, Stepper};

use super::support::{digits, quick, session, tensor};

fn said(key: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/torch/steps.json");
    let text = std::fs::read_to_string(path).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    all[key].clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    let all = value.as_array().unwrap().iter();
    all.map(|v| v.as_f64().unwrap()).collect()
}

#[track_caller]
fn close(what: &str, ours: &[f64], theirs: &[f64], tolerance: f64) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (k, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!((a - b).abs() < tolerance, "{what}, {k}: {a}, expected {b}");
    }
}

#[test]
fn schedules_are_pytorchs() {
    let steps = RateSchedule::Steps {
        epochs: vec![3, 5],
        factor: 0.2,
    };
    for (name, schedule) in [("multi-step", steps), ("cosine", RateSchedule::Cosine)] {
        let ours: Vec<f64> = (0..8).map(|epoch| schedule.factor(epoch, 8)).collect();
        close(name, &ours, &numbers(&said(name)), 1e-12);
    }
}

#[test]
fn schedules_follow_their_closed_forms() {
    assert!((0..9).all(|epoch| RateSchedule::Constant.factor(epoch, 9) == 1.0));
    // sin^2 of what is left of a quarter turn.
    for epochs in [1usize, 2, 7, 200] {
        for epoch in 0..epochs {
            let left = (epochs - epoch) as f64 / epochs as f64;
            let expected = (left * std::f64::consts::FRAC_PI_2).sin().powi(2);
            let found = RateSchedule::Cosine.factor(epoch, epochs);
            assert!((found - expected).abs() < 1e-14, "{epoch} of {epochs}");
        }
    }
    // The paper's, whose epochs may be told in any order: full until 154, then a tenth from each on.
    let paper = RateSchedule::Steps {
        epochs: vec![185, 155, 170],
        factor: 0.1,
    };
    for (epoch, power) in [
        (0, 0),
        (154, 0),
        (155, 1),
        (169, 1),
        (170, 2),
        (185, 3),
        (199, 3),
    ] {
        let found = paper.factor(epoch, 200);
        assert!(
            (found - 0.1f64.powi(power)).abs() < 1e-15,
            "{epoch}: {found}"
        );
    }
}

/// Six steps along the gradients of `walk` in the script.
fn walk(optimiser: Optimiser, clip: Option<f64>) -> [Vec<f64>; 2] {
    let shapes: [&[usize]; 2] = [&[3, 2], &[4]];
    let weights: Vec<(String, Var)> = shapes
        .iter()
        .zip(200..)
        .map(|(shape, which)| {
            let var = Var::from_tensor(&tensor(which, shape)).unwrap();
            (format!("w{which}"), var)
        })
        .collect();
    let mut stepper = Stepper::new(optimiser, weights.clone()).unwrap();
    for step in 0..6 {
        // The gradient of a scalar product is the other factor.
        let products = weights.iter().zip(shapes).zip(210 + 2 * step..);
        let products: Vec<Tensor> = products
            .map(|(((_, var), shape), which)| (var.as_tensor() * tensor(which, shape)).unwrap())
            .map(|product| product.sum_all().unwrap())
            .collect();
        let grads = (&products[0] + &products[1]).unwrap().backward().unwrap();
        let factor = if step < 3 { 1.0 } else { 0.5 };
        stepper.step(&grads, factor, clip).unwrap();
    }
    assert_eq!(stepper.steps(), 6);
    [0, 1].map(|k| {
        let flat = weights[k].1.flatten_all().unwrap();
        let values: Vec<f32> = flat.to_vec1().unwrap();
        values.into_iter().map(f64::from).collect()
    })
}

#[test]
fn steps_and_clipped_steps_go_where_pytorchs_go() {
    let sgd = Optimiser::Sgd {
        rate: 0.1,
        momentum: 0.9,
        weight_decay: 0.05,
    };
    let adam = Optimiser::Adam {
        rate: 0.01,
        beta1: 0.8,
        beta2: 0.95,
        epsilon: 1e-6,
        weight_decay: 0.05,
    };
    for (name, optimiser, clip) in [
        ("sgd", &sgd, None),
        ("sgd, clipped to 0.5", &sgd, Some(0.5)),
        ("sgd, clipped to 50", &sgd, Some(50.0)),
        ("adam", &adam, None),
        ("adam, clipped to 0.5", &adam, Some(0.5)),
    ] {
        let theirs = said(name);
        for (k, ours) in walk(optimiser.clone(), clip).iter().enumerate() {
            close(name, ours, &numbers(&theirs[k]), 2e-6);
        }
    }
    // A norm that no gradient reaches clips nothing; one that all exceed does.
    assert_eq!(walk(sgd.clone(), None), walk(sgd.clone(), Some(50.0)));
    assert_ne!(walk(sgd.clone(), None), walk(sgd, Some(0.5)));
}

#[test]
fn running_moments_are_no_weights_and_decay_leaves_them() {
    let data = digits();
    let session = session(&quick(), &data);
    let encoder = session.encoder.parameters();
    let learned = |name: &str| !(name.contains("running_") || name.contains("num_batches"));
    assert!(encoder.iter().any(|p| !learned(&p.name)));
    for p in encoder {
        assert_eq!(p.learned, learned(&p.name), "{}", p.name);
    }
    // No gradient at all: nothing moves, not even by decay, as in PyTorch.
    let before: Vec<Tensor> = encoder.iter().map(|p| p.var.copy().unwrap()).collect();
    let weights = encoder.iter().filter(|p| p.learned);
    let weights = weights.map(|p| (p.name.clone(), p.var.clone())).collect();
    let optimiser = Optimiser::Sgd {
        rate: 1.0,
        momentum: 0.0,
        weight_decay: 1.0,
    };
    let mut stepper = Stepper::new(optimiser, weights).unwrap();
    let first = encoder.iter().find(|p| p.learned).unwrap();
    let nothing = first.var.zeros_like().unwrap();
    let product = (first.var.as_tensor() * nothing).unwrap();
    let grads = product.sum_all().unwrap().backward().unwrap();
    stepper.step(&grads, 1.0, None).unwrap();
    for (p, before) in encoder.iter().zip(&before) {
        let flat = |t: &Tensor| -> Vec<f64> {
            let t = t.to_dtype(candle_core::DType::F64).unwrap();
            t.flatten_all().unwrap().to_vec1().unwrap()
        };
        // The one weight with a gradient (of 0) decays by the whole of itself.
        let expected = match p.name == first.name {
            true => vec![0.0; p.var.elem_count()],
            false => flat(before),
        };
        assert!(flat(&p.var) == expected, "{}", p.name);
    }
}

#[test]
fn the_cross_entropy_and_its_gradient_are_pytorchs() {
    let logits = Var::from_tensor(&(tensor(220, &[6, 4]) * 8.0).unwrap()).unwrap();
    let labels = Tensor::new(&[0u32, 3, 1, 1, 2, 0], &Device::Cpu).unwrap();
    let loss = cross_entropy(&logits, &labels).unwrap();
    let value = f64::from(loss.to_scalar::<f32>().unwrap());
    close(
        "loss",
        &[value],
        &[said("cross-entropy").as_f64().unwrap()],
        1e-6,
    );
    let grads = loss.backward().unwrap();
    let grad: Vec<f32> = grads
        .get(&logits)
        .unwrap()
        .flatten_all()
        .unwrap()
        .to_vec1()
        .unwrap();
    let grad: Vec<f64> = grad.into_iter().map(f64::from).collect();
    close(
        "gradient",
        &grad,
        &numbers(&said("cross-entropy, gradient")),
        1e-6,
    );
    // Equal logits tell nothing: ln of the number of classes.
    let level = Tensor::zeros((6, 4), candle_core::DType::F32, &Device::Cpu).unwrap();
    let level = cross_entropy(&level, &labels).unwrap();
    assert!((level.to_scalar::<f32>().unwrap() - 4f32.ln()).abs() < 1e-6);
}
