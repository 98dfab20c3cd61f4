//! Weights that come in: this program's, and a PyTorch module's.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use spherecheck::input::open_embeddings;
use spherecheck::train::data::Show;
use spherecheck::train::folder::{WEIGHTS, load_weights};
use spherecheck::train::{
    Architecture, Encoder, EncoderPlan, Plain, Session, TrainPlan, embed, load_plain,
};
use tempfile::TempDir;

use super::support::{digits, quick, run, session};

fn trained(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/torch/trained");
    folder.join(format!("{name}.safetensors"))
}

type Tensors = HashMap<String, Tensor>;

/// The tensors of a file, changed, in another file without any word about them.
fn bare(from: &Path, folder: &TempDir, change: impl Fn(&mut Tensors)) -> PathBuf {
    let mut tensors = candle_core::safetensors::load(from, &Device::Cpu).unwrap();
    change(&mut tensors);
    let path = folder.path().join("bare.safetensors");
    candle_core::safetensors::save(&tensors, &path).unwrap();
    path
}

fn plain(architecture: Architecture) -> Plain {
    Plain {
        architecture,
        side: None,
        pixels: None,
    }
}

#[test]
fn bare_weights_of_pytorch_give_the_rows_of_their_encoder() {
    let (folder, data) = (TempDir::new().unwrap(), digits());
    let rows =
        |encoder: &Encoder| embed(encoder, &data.test, Show::Plain, None, &Device::Cpu).unwrap();
    for (name, architecture) in [
        ("mlp", Architecture::Mlp),
        ("small-cnn", Architecture::SmallCnn),
    ] {
        let known = load_weights(&trained(name), &Device::Cpu).unwrap();
        // As several devices name them, without counters, and in f64, which holds every f32.
        let path = bare(&trained(name), &folder, |all| {
            all.retain(|name, _| !name.ends_with("num_batches_tracked"));
            *all = std::mem::take(all)
                .into_iter()
                .map(|(name, t)| (format!("module.{name}"), t.to_dtype(DType::F64).unwrap()))
                .collect();
        });
        let found = load_plain(&path, &plain(architecture), &data, &Device::Cpu).unwrap();
        assert_eq!(found.spec(), known.spec());
        assert_eq!(rows(&found), rows(&known));
        // Other numbers that pixels were normalised with make other rows.
        let other = Plain {
            pixels: Some([vec![0.5], vec![0.5]]),
            ..plain(architecture)
        };
        let found = load_plain(&path, &other, &data, &Device::Cpu).unwrap();
        assert_ne!(rows(&found), rows(&known));
    }
}

#[test]
fn a_tensor_that_is_missing_or_misshaped_is_named() {
    let (folder, data) = (TempDir::new().unwrap(), digits());
    let from = trained("small-cnn");
    let refusal = |path: &Path, asked: &Plain| {
        let error = load_plain(path, asked, &data, &Device::Cpu).err();
        error.expect("a refusal").to_string()
    };
    let cnn = plain(Architecture::SmallCnn);
    let path = bare(&from, &folder, |all| {
        all.remove("blocks.2.1.running_var");
    });
    let error = refusal(&path, &cnn);
    assert!(
        error.contains("blocks.2.1.running_var: expected [") && error.contains("no such tensor"),
        "{error}"
    );
    let path = bare(&from, &folder, |all| {
        let turned = all["blocks.1.0.weight"].transpose(0, 1).unwrap();
        all.insert("blocks.1.0.weight".into(), turned.contiguous().unwrap());
    });
    let error = refusal(&path, &cnn);
    assert!(error.contains("blocks.1.0.weight: expected ["), "{error}");
    let path = bare(&from, &folder, |_| ());
    let smaller = Plain {
        side: Some(4),
        ..cnn
    };
    let error = refusal(&path, &smaller);
    assert!(error.contains("blocks.3.1.weight: expected ["), "{error}");
    let error = refusal(&path, &plain(Architecture::Mlp));
    assert!(error.contains("blocks.0.1.weight: expected ["), "{error}");
    let error = refusal(&path, &plain(Architecture::Gru));
    assert!(error.contains("do not say which words"), "{error}");
}

#[test]
fn a_run_begins_with_the_weights_that_it_is_given() {
    let (folder, data) = (TempDir::new().unwrap(), digits());
    let known = load_weights(&trained("mlp"), &Device::Cpu).unwrap();
    let spec = known.spec();
    let plan = TrainPlan {
        init: Some(trained("mlp").to_string_lossy().into_owned()),
        encoder: EncoderPlan {
            dim: spec.dim,
            width: Some(spec.width),
            ..quick().encoder
        },
        ..quick()
    };
    let begun = session(&plan, &data);
    for (ours, theirs) in begun.encoder.parameters().iter().zip(known.parameters()) {
        let bytes = |t: &Tensor| {
            let mut bytes = Vec::new();
            t.write_bytes(&mut bytes).unwrap();
            bytes
        };
        assert_eq!(ours.name, theirs.name);
        assert!(bytes(&ours.var) == bytes(&theirs.var), "{}", ours.name);
    }
    let error = |plan: &TrainPlan| match Session::new(plan, &data, &Device::Cpu) {
        Ok(_) => panic!("it has begun"),
        Err(error) => error.to_string(),
    };
    let mut wider = plan.clone();
    wider.encoder.width = Some(spec.width + 1);
    assert!(error(&wider).contains("blocks.0.1.weight: expected ["));
    let lost = TrainPlan {
        init: Some(folder.path().join("lost").to_string_lossy().into_owned()),
        ..plan
    };
    assert!(error(&lost).contains("lost"));
}

fn rows(file: &Path, tensor: &str) -> Vec<Vec<f32>> {
    let rows = open_embeddings(file, Some(tensor)).unwrap();
    let row = |at| {
        let mut row = vec![0.0; rows.dim()];
        rows.row_f32(at, &mut row);
        row
    };
    (0..rows.rows()).map(row).collect()
}

#[test]
fn embed_gives_several_layers_of_all_items_in_one_pass() {
    let desk = TempDir::new().unwrap();
    let embed = format!("embed --weights {}", trained("small-cnn").display());
    run(
        desk.path(),
        &format!(
            "{embed} --part all --layer conv2,-2,output --out all.safetensors --labels l.npy --split s.npy"
        ),
    )
    .code(0)
    .stderr(contains("fc4 1797 x ").and(contains("output 1797 x ")));
    let all = desk.path().join("all.safetensors");
    let left = candle_core::safetensors::load(&all, &Device::Cpu).unwrap();
    let channels = left["conv2"].dims()[1];
    assert_eq!(left["conv2"].dims(), [1797, channels, 4, 4]);
    // Digits lie in one file, of which every fifth is a test item.
    for (part, layer, fifth) in [("test", "fc4", true), ("train", "output", false)] {
        run(
            desk.path(),
            &format!("{embed} --part {part} --layer {layer} --out one.safetensors --quiet"),
        )
        .code(0)
        .stderr("");
        let of_all = rows(&all, layer).into_iter().enumerate();
        let of_all = of_all.filter(|(at, _)| (at % 5 == 4) == fifth);
        let of_all: Vec<Vec<f32>> = of_all.map(|(_, row)| row).collect();
        // Batches of other items: products may round differently.
        let one = rows(&desk.path().join("one.safetensors"), "items");
        assert_eq!(of_all.len(), one.len());
        let pairs = of_all.iter().flatten().zip(one.iter().flatten());
        let apart = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 1e-5, "{part}, {layer}: off by {apart}");
    }
    run(
        desk.path(),
        "probe all.safetensors --tensor output --labels l.npy --train-split s.npy --quiet",
    )
    .code(0)
    .stdout(contains("1,438 rows to train on, 359 to test on"));
    run(
        desk.path(),
        &format!("{embed} --layer conv2 --flatten --out flat.safetensors"),
    )
    .code(0)
    .stderr(contains(format!("(359 x {})", channels * 16)));
    for (args, said) in [
        (
            "--layer conv9",
            "expected one of conv1, conv2, conv3, fc4, output, or a number",
        ),
        (
            "--layer fc4,3",
            "layer: expected each layer once, found fc4 twice",
        ),
        ("--views 27", "views: expected at most 26"),
        ("--flip true", "no views are: give --views 2"),
        ("--size 8", "--architecture"),
    ] {
        run(desk.path(), &format!("{embed} {args}"))
            .code(2)
            .stderr(contains(said));
    }
}

#[test]
fn views_of_test_items_are_those_of_the_run_with_their_seed() {
    let desk = TempDir::new().unwrap();
    run(
        desk.path(),
        "train --epochs 1 --encoder mlp --width 16 --dim 4 --seed 3 --out run --quiet",
    )
    .code(0);
    run(
        desk.path(),
        "embed --weights run/weights.safetensors --views 3 --seed 3 --out views.safetensors",
    )
    .code(0)
    .stderr(contains("view_a 359 x 4, view_b 359 x 4, view_c 359 x 4"));
    let views = desk.path().join("views.safetensors");
    let kept = desk.path().join("run/embeddings.safetensors");
    for view in ["view_a", "view_b"] {
        assert!(rows(&views, view) == rows(&kept, view), "{view}");
    }
    assert!(rows(&views, "view_c") != rows(&views, "view_a"));
}

#[test]
fn bare_weights_begin_a_run_and_are_embedded_by_the_program() {
    let desk = TempDir::new().unwrap();
    let spec = load_weights(&trained("mlp"), &Device::Cpu).unwrap();
    let (dim, width) = (spec.spec().dim, spec.spec().width);
    bare(&trained("mlp"), &desk, |_| ());
    run(
        desk.path(),
        "embed --weights bare.safetensors --architecture mlp --out a.safetensors --quiet",
    )
    .code(0);
    run(
        desk.path(),
        &format!(
            "train --init bare.safetensors --objective random --encoder mlp --dim {dim} --width {width} --out run --quiet"
        ),
    )
    .code(0);
    let plan = std::fs::read_to_string(desk.path().join("run/plan.toml")).unwrap();
    let init = desk.path().join("bare.safetensors");
    assert!(
        plan.contains(&format!("init = \"{}\"", init.display())),
        "{plan}"
    );
    let weights = desk.path().join("run").join(WEIGHTS);
    assert!(weights.exists());
    let kept = desk.path().join("run/embeddings.safetensors");
    assert!(rows(&kept, "items") == rows(&desk.path().join("a.safetensors"), "items"));
    run(desk.path(), "embed --weights bare.safetensors")
        .code(2)
        .stderr(contains("give --architecture"));
    run(
        desk.path(),
        "train --resume --init bare.safetensors --out run",
    )
    .code(2)
    .stderr(contains("cannot be used with"));
}
