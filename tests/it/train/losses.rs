//! The differentiable losses are what an audit reports on the same rows.

use candle_core::Tensor;
use spherecheck::audit::{self, Inputs, PositivesInput, Settings};
use spherecheck::data::Embeddings;
use spherecheck::metric::MetricId;
use spherecheck::pass::NoWatch;
use spherecheck::result::{Audit, Side};
use spherecheck::train::objective::{align, contrastive, uniform};

use super::support::{cpu, tensor};

fn views(rows: usize, dim: usize) -> [Tensor; 2] {
    let x = tensor(200, &[rows, dim]);
    let y = (&x + (tensor(201, &[rows, dim]) * 0.7).unwrap()).unwrap();
    [x, y].map(|v| {
        v.broadcast_div(&v.sqr().unwrap().sum_keepdim(1).unwrap().sqrt().unwrap())
            .unwrap()
    })
}

fn audited(x: &Tensor, y: &Tensor, settings: &Settings) -> Audit {
    let rows = |name: &str, t: &Tensor| {
        let (n, m) = t.dims2().unwrap();
        let values: Vec<f32> = t.flatten_all().unwrap().to_vec1().unwrap();
        let rows = ndarray::Array2::from_shape_vec((n, m), values).unwrap();
        Embeddings::from_array(name, rows.view()).unwrap()
    };
    let inputs = Inputs {
        name: "batch".into(),
        a: rows("x", x),
        b: Some(rows("y", y)),
        positives: PositivesInput::Aligned,
        groups: None,
    };
    let backend = cpu();
    let prepared = audit::prepare(inputs, settings, &*backend, &NoWatch).unwrap();
    prepared.run(&*backend, &NoWatch).unwrap()
}

fn value(audit: &Audit, metric: MetricId, param: (&str, f64), side: Side) -> f64 {
    let has = |m: &&spherecheck::result::Measure| {
        m.metric == metric && m.side == side && m.params.get(param.0) == Some(&param.1)
    };
    audit.measures.iter().find(has).expect("a measure").value
}

fn number(loss: candle_core::Result<Tensor>) -> f64 {
    f64::from(loss.unwrap().to_scalar::<f32>().unwrap())
}

#[test]
fn alignment_and_uniformity_are_the_audited_ones() {
    for (rows, dim) in [(256, 32), (64, 2)] {
        let [x, y] = views(rows, dim);
        let settings = Settings {
            alphas: vec![1.0, 2.0, 3.0],
            ts: vec![1.0, 2.0, 6.0],
            ..Settings::default()
        };
        let audit = audited(&x, &y, &settings);
        for alpha in [1.0, 2.0, 3.0] {
            let found = value(&audit, MetricId::Alignment, ("alpha", alpha), Side::Cross);
            let ours = number(align(&x, &y, alpha));
            assert!(
                (found - ours).abs() < 1e-5,
                "alpha {alpha}: audited {found}, loss {ours}"
            );
        }
        for t in [1.0, 2.0, 6.0] {
            for (side, view) in [(Side::A, &x), (Side::B, &y)] {
                let found = value(&audit, MetricId::Uniformity, ("t", t), side);
                let ours = number(uniform(view, t));
                assert!(
                    (found - ours).abs() < 1e-5,
                    "t {t}: audited {found}, loss {ours}"
                );
            }
        }
    }
}

/// With one negative, the mean over all choices of it is the audited loss exactly; the loss here takes both directions.
#[test]
fn the_contrastive_loss_is_the_audited_one() {
    let [x, y] = views(24, 5);
    let settings = Settings {
        taus: vec![0.1, 0.5],
        negatives: vec![1],
        ..Settings::default()
    };
    let (there, back) = (audited(&x, &y, &settings), audited(&y, &x, &settings));
    for tau in [0.1, 0.5] {
        let audited =
            |audit: &Audit| value(audit, MetricId::ContrastiveLoss, ("tau", tau), Side::Cross);
        let found = (audited(&there) + audited(&back)) / 2.0;
        let offsets = 0..23;
        let ours: f64 = offsets
            .map(|k| number(contrastive(&x, &y, tau, Some(1), k)))
            .sum::<f64>()
            / 23.0;
        assert!(
            (found - ours).abs() < 1e-5,
            "tau {tau}: audited {found}, loss {ours}"
        );
    }
}

#[test]
fn all_negatives_are_those_of_every_offset_at_once() {
    let [x, y] = views(9, 4);
    let all = number(contrastive(&x, &y, 0.3, None, 0));
    for offset in [0, 5] {
        let counted = number(contrastive(&x, &y, 0.3, Some(8), offset));
        assert!((all - counted).abs() < 1e-6);
    }
    assert!(contrastive(&x, &y, 0.3, Some(9), 0).is_err());
}

#[test]
fn views_that_coincide_have_no_infinite_gradient() {
    let [x, _] = views(6, 3);
    let x = candle_core::Var::from_tensor(&x).unwrap();
    let loss = align(&x, &x.copy().unwrap(), 1.0).unwrap();
    let grads = loss.backward().unwrap();
    let total = grads.get(&x).unwrap().abs().unwrap().sum_all().unwrap();
    assert_eq!(total.to_scalar::<f32>().unwrap(), 0.0);
}
