//! Views and batches: within bounds, seeded, the same on any number of threads.

use candle_core::Tensor;
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use spherecheck::train::data::{Augment, Deal, Input, Show, Takes};

use super::support::{digits, numbers};

fn flat(input: &Input) -> Vec<f32> {
    match input {
        Input::Images(images) => images.flatten_all().and_then(|t| t.to_vec1()).unwrap(),
        Input::Words { .. } => panic!("words"),
    }
}

/// An image of three channels, and a view of it.
fn view(augment: &Augment, side: usize, seed: u64) -> (Vec<f32>, Vec<f32>) {
    let image: Vec<f32> = numbers(7, 3 * 12 * 10).iter().map(|v| v + 0.5).collect();
    let mut out = vec![f32::NAN; 3 * side * side];
    augment.view(
        &image,
        [3, 12, 10],
        side,
        &mut Pcg64Mcg::seed_from_u64(seed),
        &mut out,
    );
    (image, out)
}

#[test]
fn views_stay_between_black_and_white_and_differ_by_seed() {
    for seed in 0..200 {
        let (_, out) = view(&Augment::photographs(), 9, seed);
        assert!(out.iter().all(|v| (0.0..=1.0).contains(v)), "{out:?}");
    }
    let photographs = Augment::photographs();
    assert_eq!(view(&photographs, 9, 1), view(&photographs, 9, 1));
    assert_ne!(view(&photographs, 9, 1).1, view(&photographs, 9, 2).1);
}

#[test]
fn a_view_that_changes_nothing_is_the_image() {
    let image: Vec<f32> = numbers(8, 64).iter().map(|v| v + 0.5).collect();
    let mut out = vec![0.0; 64];
    Augment::none().view(
        &image,
        [1, 8, 8],
        8,
        &mut Pcg64Mcg::seed_from_u64(1),
        &mut out,
    );
    assert!(image.iter().zip(&out).all(|(a, b)| (a - b).abs() < 1e-6));
}

#[test]
fn halving_a_picture_averages_and_a_flip_mirrors() {
    let image: Vec<f32> = (0..64).map(|k| (k % 8) as f32 / 7.0).collect();
    let mut small = vec![0.0; 16];
    let mut rng = Pcg64Mcg::seed_from_u64(1);
    Augment::none().view(&image, [1, 8, 8], 4, &mut rng, &mut small);
    // A ramp stays a ramp: no pixel is skipped.
    for row in small.chunks_exact(4) {
        assert!(
            (row[1] - 2.5 / 7.0).abs() < 0.01 && (row[2] - 4.5 / 7.0).abs() < 0.01,
            "{row:?}"
        );
    }
    let flip = Augment {
        flip: true,
        ..Augment::none()
    };
    let views: Vec<Vec<f32>> = (0..20)
        .map(|seed| {
            let mut out = vec![0.0; 64];
            flip.view(
                &image,
                [1, 8, 8],
                8,
                &mut Pcg64Mcg::seed_from_u64(seed),
                &mut out,
            );
            out
        })
        .collect();
    let mirrored = views.iter().filter(|v| v[0] > v[7]).count();
    assert!((4..=16).contains(&mirrored), "{mirrored} of 20");
    assert!(views.iter().all(|v| (v[0] - v[7]).abs() > 0.9));
}

#[test]
fn grey_views_have_equal_channels_and_hue_keeps_grey_as_it_is() {
    let grey = Augment {
        grayscale: 1.0,
        ..Augment::none()
    };
    let (_, out) = view(&grey, 6, 3);
    let (red, rest) = out.split_at(36);
    assert!(red.iter().zip(rest).all(|(r, g)| (r - g).abs() < 1e-6));
    let hue = Augment {
        hue: 0.5,
        ..Augment::none()
    };
    let mut grey = vec![0.4f32; 3 * 16];
    grey[3] = 0.9;
    (grey[16 + 3], grey[32 + 3]) = (0.9, 0.9);
    let mut out = vec![0.0; 3 * 16];
    hue.view(
        &grey,
        [3, 4, 4],
        4,
        &mut Pcg64Mcg::seed_from_u64(5),
        &mut out,
    );
    assert!(grey.iter().zip(&out).all(|(a, b)| (a - b).abs() < 1e-5));
}

fn deal() -> Deal {
    let data = digits();
    Deal {
        takes: Takes::of(&data, None),
        split: data.train,
        augment: Augment::handwriting(),
        size: 400,
        least: 300,
        seed: 3,
        consecutive: false,
    }
}

#[test]
fn an_epoch_shows_every_item_once_and_drops_a_short_rest() {
    let deal = deal();
    // 1438 items: three batches of 400, and 238 left over.
    assert_eq!(deal.batches(), 3);
    let batches: Vec<_> = deal.epoch(0, 0).map(|b| b.unwrap()).collect();
    assert_eq!(batches.len(), 3);
    let whole = Deal {
        least: 2,
        ..deal.clone()
    };
    let sizes: Vec<usize> = whole.epoch(0, 0).map(|b| b.unwrap().pairs).collect();
    assert_eq!(sizes, [400, 400, 400, 238]);
    let mut classes: Vec<u32> = whole
        .epoch(1, 0)
        .flat_map(|b| b.unwrap().labels.unwrap().to_vec1::<u32>().unwrap())
        .collect();
    let mut twice: Vec<u32> = deal
        .split
        .labels
        .iter()
        .flat_map(|l| [l.unwrap(); 2])
        .collect();
    classes.sort_unstable();
    twice.sort_unstable();
    assert_eq!(classes, twice);
}

#[test]
fn batches_depend_on_seed_and_epoch_and_not_on_threads() {
    let deal = deal();
    let first = |deal: &Deal, epoch| flat(&deal.epoch(epoch, 0).next().unwrap().unwrap().input);
    assert_eq!(first(&deal, 0), first(&deal, 0));
    assert_ne!(first(&deal, 0), first(&deal, 1));
    let other = Deal {
        seed: 4,
        ..deal.clone()
    };
    assert_ne!(first(&deal, 0), first(&other, 0));
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| flat(&deal.batch(&[5, 6, 7], 2).unwrap().input))
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn rows_of_a_batch_are_two_views_of_one_item_about_the_mean() {
    let deal = deal();
    let batch = deal.batch(&[0, 1, 2], 0).unwrap();
    let labels: Vec<u32> = batch.labels.unwrap().to_vec1().unwrap();
    assert_eq!((batch.pairs, labels), (3, vec![0, 1, 2, 0, 1, 2]));
    let plain = deal
        .takes
        .input(&deal.split.items, &deal.split.rows, &[Show::Plain])
        .unwrap();
    let values = flat(&plain);
    let mean = values.iter().sum::<f32>() / values.len() as f32;
    let square = values.iter().map(|v| v * v).sum::<f32>() / values.len() as f32;
    assert!(
        mean.abs() < 1e-3 && (square - 1.0).abs() < 1e-3,
        "{mean} {square}"
    );
}

#[test]
fn a_sentence_is_shown_with_a_neighbour() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("book.txt");
    let text: String = (0..40).map(|k| format!("word{k:02}\n")).collect();
    std::fs::write(&path, text).unwrap();
    let data = spherecheck::train::data::open(path.to_str().unwrap(), None).unwrap();
    let deal = Deal {
        takes: Takes::of(&data, None),
        split: data.train.clone(),
        augment: Augment::none(),
        size: 36,
        least: 2,
        seed: 0,
        consecutive: false,
    };
    let rows: Vec<usize> = (0..36).collect();
    let Input::Words { numbers, .. } = deal.batch(&rows, 0).unwrap().input else {
        panic!("images")
    };
    let numbers: Vec<u32> = Tensor::flatten_all(&numbers).unwrap().to_vec1().unwrap();
    let (own, next) = numbers.split_at(36);
    assert!(
        own.iter().zip(next).all(|(a, b)| a.abs_diff(*b) == 1),
        "{numbers:?}"
    );
    assert!(own.iter().zip(next).any(|(a, b)| a > b) && own.iter().zip(next).any(|(a, b)| a < b));
}
