//! Every operation with a gradient of its own, against finite differences and against candle's operations.

use candle_core::{DType, Device, Result, Tensor, Var};
use spherecheck::train::op::{
    ChannelMoments, PackedSentences, Statistics, batch_norm, batch_norm_pool, composed, conv2d,
    gru, linear, max_pool2d,
};

use super::support::numbers;

fn random(which: u64, shape: &[usize]) -> Tensor {
    let count = shape.iter().product();
    let values: Vec<f64> = numbers(which, count).into_iter().map(f64::from).collect();
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
}

/// The sum of `op`'s results, each with a weight of its own, so that no gradient cancels.
fn weighed(y: &Tensor) -> Result<Tensor> {
    (y * random(99, y.dims()))?.sum_all()
}

/// Largest distance of the gradients of `op` in `inputs` from central differences.
fn off(op: impl Fn(&[Var]) -> Result<Tensor>, inputs: &[Tensor]) -> f64 {
    const STEP: f64 = 1e-6;
    let vars: Vec<Var> = inputs
        .iter()
        .map(|x| Var::from_tensor(x).unwrap())
        .collect();
    let grads = weighed(&op(&vars).unwrap()).unwrap().backward().unwrap();
    let mut worst = 0.0f64;
    for (at, input) in inputs.iter().enumerate() {
        let grad = grads
            .get(&vars[at])
            .expect("a gradient")
            .flatten_all()
            .unwrap();
        let grad: Vec<f64> = grad.to_vec1().unwrap();
        let values: Vec<f64> = input.flatten_all().unwrap().to_vec1().unwrap();
        for (k, grad) in grad.iter().enumerate() {
            let shifted = |by: f64| -> f64 {
                let mut values = values.clone();
                values[k] += by;
                let moved = Tensor::from_vec(values, input.shape(), &Device::Cpu).unwrap();
                let mut all = vars.clone();
                all[at] = Var::from_tensor(&moved).unwrap();
                weighed(&op(&all).unwrap()).unwrap().to_scalar().unwrap()
            };
            let slope = (shifted(STEP) - shifted(-STEP)) / (2.0 * STEP);
            worst = worst.max((slope - grad).abs());
        }
    }
    worst
}

/// Largest difference between two tensors.
fn apart(a: &Tensor, b: &Tensor) -> f64 {
    assert_eq!(a.dims(), b.dims());
    let apart = (a - b).unwrap().abs().unwrap().max_all().unwrap();
    apart.to_dtype(DType::F64).unwrap().to_scalar().unwrap()
}

#[test]
fn the_convolution_has_the_gradient_of_finite_differences() {
    for (shape, kernels, padding) in [
        ([2, 3, 5, 4], [4, 3, 3, 3], 1),
        ([3, 2, 4, 6], [2, 2, 3, 3], 0),
        ([2, 3, 3, 2], [3, 3, 1, 1], 0),
        ([1, 1, 6, 6], [2, 1, 5, 5], 2),
    ] {
        let inputs = [random(1, &shape), random(2, &kernels)];
        let worst = off(|v| conv2d(&v[0], &v[1], padding), &inputs);
        assert!(worst < 1e-8, "{shape:?} {kernels:?}: off by {worst}");
    }
}

#[test]
fn the_convolution_agrees_with_candles_over_many_images() {
    // More images than one product takes; then also more channels than positions of the kernel share one for.
    for (images, channels) in [(20, 32), (70, 64)] {
        let x = random(3, &[images, channels, 16, 16]).to_dtype(DType::F32);
        let w = random(4, &[24, channels, 3, 3]).to_dtype(DType::F32);
        let [a, b] = [x, w].map(|t| Var::from_tensor(&t.unwrap()).unwrap());
        let ours = conv2d(&a, &b, 1).unwrap();
        let theirs = composed::conv2d(&a, &b, 1).unwrap();
        assert!(apart(&ours, &theirs) < 1e-4);
        let grads = |y: &Tensor| y.sqr().unwrap().sum_all().unwrap().backward().unwrap();
        let (ours, theirs) = (grads(&ours), grads(&theirs));
        for var in [&a, &b] {
            let (ours, theirs) = (ours.get(var).unwrap(), theirs.get(var).unwrap());
            let worst = apart(ours, theirs) / apart(theirs, &theirs.zeros_like().unwrap());
            assert!(
                worst < 1e-5,
                "{images} images: off by {worst} of the largest"
            );
        }
    }
}

#[test]
fn many_channels_are_convolved_square_by_square_and_agree_with_candle() {
    // Squares that fill the image, that hang over two edges; channels that are no multiple of those treated together.
    for (shape, out, padding) in [
        ([3, 16, 8, 8], 16, 1),
        ([2, 20, 7, 9], 33, 1),
        ([2, 17, 9, 6], 18, 0),
        ([1, 16, 10, 6], 40, 2),
        ([300, 16, 7, 7], 16, 1),
    ] {
        let [a, b] = [random(3, &shape), random(4, &[out, shape[1], 3, 3])]
            .map(|t| Var::from_tensor(&t).unwrap());
        let ours = conv2d(&a, &b, padding).unwrap();
        let theirs = composed::conv2d(&a, &b, padding).unwrap();
        assert!(apart(&ours, &theirs) < 1e-12, "{shape:?}");
        let grads = |y: &Tensor| weighed(y).unwrap().backward().unwrap();
        let (ours, theirs) = (grads(&ours), grads(&theirs));
        for var in [&a, &b] {
            let worst = apart(ours.get(var).unwrap(), theirs.get(var).unwrap());
            assert!(worst < 1e-11, "{shape:?}: off by {worst}");
        }
    }
}

#[test]
fn images_that_need_no_gradient_get_none() {
    for channels in [3, 16] {
        need_no_gradient(channels);
    }
}

fn need_no_gradient(channels: usize) {
    let x = random(5, &[2, channels, 4, 4]);
    let w = Var::from_tensor(&random(6, &[channels, channels, 3, 3])).unwrap();
    let grads = conv2d(&x, &w, 1)
        .unwrap()
        .sum_all()
        .unwrap()
        .backward()
        .unwrap();
    assert!(grads.get(&x).is_none() && grads.get(&w).is_some());
}

#[test]
fn the_pool_has_the_gradient_of_finite_differences() {
    for (shape, kernel, stride) in [
        ([2, 3, 7, 7], 3, 2),
        ([2, 2, 6, 5], 2, 2),
        ([1, 2, 5, 6], 3, 1),
    ] {
        let worst = off(|v| max_pool2d(&v[0], kernel, stride), &[random(7, &shape)]);
        assert!(worst < 1e-8, "{shape:?} {kernel} {stride}: off by {worst}");
    }
}

#[test]
fn the_pool_agrees_with_the_composed_one_where_maxima_differ() {
    let x = Var::from_tensor(&random(8, &[2, 3, 9, 8])).unwrap();
    let (ours, theirs) = (
        max_pool2d(&x, 3, 2).unwrap(),
        composed::max_pool2d(&x, 3, 2).unwrap(),
    );
    assert_eq!(apart(&ours, &theirs), 0.0);
    let grad = |y: &Tensor| {
        weighed(y)
            .unwrap()
            .backward()
            .unwrap()
            .get(&x)
            .unwrap()
            .clone()
    };
    assert!(apart(&grad(&ours), &grad(&theirs)) < 1e-12);
}

#[test]
fn a_gradient_goes_through_each_window_whole() {
    // candle's own pool gives a quarter of it.
    let x = Var::from_tensor(&random(9, &[1, 1, 4, 4])).unwrap();
    let grads = max_pool2d(&x, 2, 2)
        .unwrap()
        .sum_all()
        .unwrap()
        .backward()
        .unwrap();
    let total: f64 = grads
        .get(&x)
        .unwrap()
        .sum_all()
        .unwrap()
        .to_scalar()
        .unwrap();
    assert_eq!(total, 4.0);
}

/// The reproducer for candle's developers. When this fails, candle's pool has been mended, and ours is needed only where
/// windows overlap.
#[test]
fn candles_pool_loses_three_quarters_of_the_gradient() {
    let x = Var::from_tensor(&random(9, &[1, 1, 4, 4])).unwrap();
    let pooled = x.max_pool2d(2).unwrap().sum_all().unwrap();
    let grads = pooled.backward().unwrap();
    let total = grads.get(&x).unwrap().sum_all().unwrap();
    assert_eq!(total.to_scalar::<f64>().unwrap(), 1.0);
    assert!(
        x.max_pool2d_with_stride(3, 2)
            .unwrap()
            .sum_all()
            .unwrap()
            .backward()
            .is_err()
    );
}

#[test]
fn a_window_without_a_number_gives_none() {
    let x = Tensor::new(&[[[[1f32, f32::NAN], [2.0, 3.0]]]], &Device::Cpu).unwrap();
    let y: Vec<f32> = max_pool2d(&x, 2, 2)
        .unwrap()
        .flatten_all()
        .unwrap()
        .to_vec1()
        .unwrap();
    assert!(y[0].is_nan());
}

#[test]
fn the_normalisation_has_the_gradient_of_finite_differences() {
    let given = Statistics::Given(ChannelMoments {
        mean: vec![0.1, -0.2, 0.3],
        variance: vec![0.5, 1.5, 0.02],
    });
    for shape in [&[9, 3][..], &[4, 3, 2, 3]] {
        for statistics in [&Statistics::Batch, &given] {
            for rectify in [false, true] {
                let scale = (random(11, &[3]) + 1.0).unwrap();
                let inputs = [random(10, shape), scale, random(12, &[3])];
                let op = |v: &[Var]| Ok(batch_norm(&v[0], &v[1], &v[2], statistics, rectify)?.0);
                let worst = off(op, &inputs);
                assert!(
                    worst < 1e-7,
                    "{shape:?} {statistics:?} {rectify}: off by {worst}"
                );
            }
        }
    }
}

/// [`batch_norm`] with a rectifier and the batch's own moments, out of candle's operations.
fn composed_norm(x: &Tensor, line: [&Tensor; 2]) -> Result<(Tensor, ChannelMoments)> {
    let [mean, variance] = composed::moments(x)?;
    let y = composed::normalised(x, line, [&mean, &variance], true)?;
    let [mean, variance] = [mean.detach().to_vec1()?, variance.detach().to_vec1()?];
    Ok((y, ChannelMoments { mean, variance }))
}

#[test]
fn the_normalisation_agrees_with_the_composed_one() {
    let (scale, shift) = (random(13, &[5]), random(14, &[5]));
    for shape in [&[40, 5][..], &[20, 5, 6, 6]] {
        let x = Var::from_tensor(&random(15, shape)).unwrap();
        let batch = Statistics::Batch;
        let (ours, moments) = batch_norm(&x, &scale, &shift, &batch, true).unwrap();
        let (theirs, same) = composed_norm(&x, [&scale, &shift]).unwrap();
        assert!(apart(&ours, &theirs) < 1e-12);
        for (a, b) in moments
            .mean
            .iter()
            .chain(&moments.variance)
            .zip(same.mean.iter().chain(&same.variance))
        {
            assert!((a - b).abs() < 1e-12);
        }
        let grad = |y: &Tensor| {
            weighed(y)
                .unwrap()
                .backward()
                .unwrap()
                .get(&x)
                .unwrap()
                .clone()
        };
        assert!(apart(&grad(&ours), &grad(&theirs)) < 1e-11);
    }
}

#[test]
fn normalisation_and_pool_in_one_are_the_two_after_each_other() {
    let given = Statistics::Given(ChannelMoments {
        mean: vec![0.1, -0.2, 0.3],
        variance: vec![0.5, 1.5, 0.02],
    });
    let (scale, shift) = (random(21, &[3]), random(22, &[3]));
    let [scale, shift] = [scale, shift].map(|v| Var::from_tensor(&v).unwrap());
    for (shape, window) in [
        ([11, 3, 7, 8], (3, 2)),
        ([2, 3, 4, 6], (2, 2)),
        ([9, 3, 3, 3], (3, 2)),
    ] {
        let x = Var::from_tensor(&random(20, &shape)).unwrap();
        for statistics in [&Statistics::Batch, &given] {
            let (once, same) = batch_norm_pool(&x, &scale, &shift, statistics, window).unwrap();
            let (y, moments) = batch_norm(&x, &scale, &shift, statistics, true).unwrap();
            let twice = max_pool2d(&y, window.0, window.1).unwrap();
            assert_eq!(moments, same);
            assert!(apart(&once, &twice) == 0.0);
            let [once, twice] = [once, twice].map(|y| weighed(&y).unwrap().backward().unwrap());
            for var in [&x, &scale, &shift] {
                let off = apart(once.get(var).unwrap(), twice.get(var).unwrap());
                assert!(off < 1e-13, "{shape:?} {statistics:?}: off by {off}");
            }
        }
    }
    // Windows that hold no positive number pass nothing on; NaN is not lost.
    let x = Var::new(&[[[[-1f64, -2.0, f64::NAN, 1.0]]]], &Device::Cpu).unwrap();
    let one = Tensor::ones(1, DType::F64, &Device::Cpu).unwrap();
    let plain = Statistics::Given(ChannelMoments {
        mean: vec![0.0],
        variance: vec![1.0],
    });
    let rows = x.reshape((1, 1, 2, 2)).unwrap();
    let none = (&one * 0.0).unwrap();
    let (y, _) = batch_norm_pool(&rows, &one, &none, &plain, (2, 2)).unwrap();
    assert!(y.flatten_all().unwrap().to_vec1::<f64>().unwrap()[0].is_nan());
    assert!(batch_norm_pool(&rows, &one, &none, &plain, (3, 1)).is_err());
}

#[test]
fn the_one_has_the_gradient_of_finite_differences() {
    for shape in [[4, 3, 5, 6], [3, 3, 3, 3]] {
        let scale = (random(31, &[3]) + 1.0).unwrap();
        let inputs = [random(30, &shape), scale, random(32, &[3])];
        let batch = Statistics::Batch;
        let op = |v: &[Var]| Ok(batch_norm_pool(&v[0], &v[1], &v[2], &batch, (3, 2))?.0);
        let worst = off(op, &inputs);
        assert!(worst < 1e-7, "{shape:?}: off by {worst}");
    }
}

#[test]
fn operations_give_the_same_bits_on_any_number_of_threads() {
    let f32s = |which, shape: &[usize]| random(which, shape).to_dtype(DType::F32).unwrap();
    let x = f32s(16, &[40, 16, 12, 12]);
    // Few channels, and as many as are convolved square by square.
    for out in [8, 16] {
        let kernels = [f32s(17, &[out, 16, 3, 3]), f32s(20, &[out, out, 3, 3])];
        let weights = f32s(21, &[400, out * 4]);
        let ones = Tensor::ones(out, DType::F32, &Device::Cpu).unwrap();
        let bits = |threads: usize| -> Vec<u32> {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            pool.build().unwrap().install(|| {
                let vars = [&kernels[0], &kernels[1], &weights];
                let vars = vars.map(|w| Var::from_tensor(w).unwrap());
                let y = conv2d(&x, &vars[0], 1).unwrap();
                let (y, _) = batch_norm(&y, &ones, &ones, &Statistics::Batch, true).unwrap();
                let y = conv2d(&y, &vars[1], 1).unwrap();
                let (y, _) = batch_norm_pool(&y, &ones, &ones, &Statistics::Batch, (3, 2)).unwrap();
                let y = max_pool2d(&y, 3, 2).unwrap().flatten_from(1).unwrap();
                let y = linear(&y, &vars[2]).unwrap();
                let grads = y.sqr().unwrap().sum_all().unwrap().backward().unwrap();
                let grads = vars.iter().map(|var| grads.get(var).unwrap());
                let all = grads.chain([&y]).map(|t| t.flatten_all().unwrap());
                let all = Tensor::cat(&all.collect::<Vec<_>>(), 0).unwrap();
                let all: Vec<f32> = all.to_vec1().unwrap();
                all.into_iter().map(f32::to_bits).collect()
            })
        };
        assert_eq!(bits(1), bits(3), "{out} channels");
    }
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let x = random(18, &[1, 2, 2, 2]);
    assert!(conv2d(&x, &random(19, &[1, 3, 1, 1]), 0).is_err());
    assert!(conv2d(&x, &random(19, &[1, 2, 5, 5]), 1).is_err());
    assert!(max_pool2d(&x, 3, 2).is_err());
    assert!(
        batch_norm(
            &x,
            &random(20, &[3]),
            &random(20, &[3]),
            &Statistics::Batch,
            true
        )
        .is_err()
    );
}

/// Of packed sentences (units, lengths): inputs, weights of the state and both biases.
fn sentences(units: usize, lengths: &[usize]) -> [Tensor; 3] {
    [
        random(80, &[lengths.iter().sum(), 3 * units]),
        random(81, &[3 * units, units]),
        random(82, &[6 * units]),
    ]
}

/// [`gru`] out of candle's operations: packed inputs in their places, fillers between them.
fn composed_gru(vars: &[Var], lengths: &[usize], backwards: bool) -> Result<Tensor> {
    let (packed, units) = (PackedSentences::new(lengths), vars[1].dim(1)?);
    let (n, longest) = (lengths.len(), *lengths.iter().max().unwrap());
    // Fillers take the first word's inputs, which the mask keeps from being read.
    let mut places = vec![0u32; n * longest];
    let mut mask = vec![0f64; n * longest];
    for (word, (at, step)) in packed.words().enumerate() {
        places[at * longest + step] = word as u32;
        mask[at * longest + step] = 1.0;
    }
    let places = Tensor::from_vec(places, n * longest, &Device::Cpu)?;
    let mask = Tensor::from_vec(mask, (n, longest), &Device::Cpu)?;
    let of_input = vars[2].narrow(0, 0, 3 * units)?;
    let of_state = vars[2].narrow(0, 3 * units, 3 * units)?;
    let inputs = vars[0].broadcast_add(&of_input)?.index_select(&places, 0)?;
    let inputs = inputs.reshape((n, longest, 3 * units))?;
    composed::gru(&inputs, &vars[1], &of_state, &mask, backwards)
}

#[test]
fn gru_has_candles_values_and_gradients_for_sentences_of_any_lengths() {
    for (units, lengths) in [
        (1, vec![1]),
        (3, vec![2, 5, 1, 5, 3]),
        (4, vec![0, 3, 0, 1]),
        (17, vec![7, 7]),
    ] {
        for backwards in [false, true] {
            let inputs = sentences(units, &lengths);
            let vars = inputs.clone().map(|x| Var::from_tensor(&x).unwrap());
            let packed = PackedSentences::new(&lengths);
            let [x, weights, biases] = &vars;
            let ours = gru(x, weights, biases, &packed, backwards).unwrap();
            let theirs = composed_gru(&vars, &lengths, backwards).unwrap();
            let place = format!("{lengths:?}, {units} units, backwards: {backwards}");
            assert!(apart(&ours, &theirs) < 1e-14, "{place}");
            let grads = |y: &Tensor| weighed(y).unwrap().backward().unwrap();
            let (ours, theirs) = (grads(&ours), grads(&theirs));
            for var in &vars {
                let (ours, theirs) = (ours.get(var).unwrap(), theirs.get(var).unwrap());
                assert!(apart(ours, theirs) < 1e-13, "{place}");
            }
        }
    }
}

#[test]
fn gru_has_the_gradients_of_finite_differences() {
    let lengths = [3, 1, 4];
    for backwards in [false, true] {
        let op = |vars: &[Var]| {
            let packed = PackedSentences::new(&lengths);
            gru(&vars[0], &vars[1], &vars[2], &packed, backwards)
        };
        let off = off(op, &sentences(2, &lengths));
        assert!(off < 1e-8, "off by {off}");
    }
}

#[test]
fn words_are_packed_step_by_step_the_longest_sentence_first() {
    let words: Vec<_> = PackedSentences::new(&[1, 3, 0, 3]).words().collect();
    assert_eq!(
        words,
        [(1, 0), (3, 0), (0, 0), (1, 1), (3, 1), (1, 2), (3, 2)]
    );
    assert_eq!(PackedSentences::new(&[]).words().count(), 0);
    let refused = gru(
        &random(80, &[3, 6]),
        &random(81, &[6, 2]),
        &random(82, &[12]),
        &PackedSentences::new(&[1, 3]),
        false,
    );
    let error = refused.unwrap_err().to_string();
    assert!(error.contains("do not fit weights"), "{error}");
}

#[test]
fn linear_has_its_products_and_gradients() {
    for (n, inside, out) in [(1, 1, 1), (3, 5, 2), (4, 2, 7)] {
        let inputs = [random(85, &[n, inside]), random(86, &[out, inside])];
        let y = linear(&inputs[0], &inputs[1]).unwrap();
        let expected = inputs[0].matmul(&inputs[1].t().unwrap()).unwrap();
        assert!(apart(&y, &expected) == 0.0);
        // What goes in first is no variable; behind another operation it has a gradient.
        let op = |vars: &[Var]| linear(&vars[0].affine(2.0, 0.0)?, &vars[1]);
        let off = off(op, &inputs);
        assert!(off < 1e-8, "off by {off}");
    }
}
