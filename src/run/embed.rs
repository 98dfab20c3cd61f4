//! `spherecheck embed`.

use super::exit::Exit;
use crate::backend::{self, on_host};
use crate::cli::{DataPart, EmbedRequest};
use crate::console::Console;
use crate::train::data::{self, Dataset, Items, Show};
use crate::train::{self, Activations, Encoder, Plain, TrainError, activations, folder, test_view};

/// Views have a letter each.
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz";

pub(super) fn embed(request: &EmbedRequest, console: &mut Console<'_>) -> anyhow::Result<Exit> {
    let backend = backend::cpu(request.threads, None)?;
    let device = train::device(&request.device)?;
    let (encoder, data) = match request.architecture {
        None => {
            let encoder = folder::load_weights(&request.weights, &device)?;
            let takes = &encoder.spec().takes;
            let data = data::open(&request.data, takes.vocabulary())?;
            takes.check(&data, &request.weights.display().to_string())?;
            (encoder, data)
        }
        Some(architecture) => {
            let data = data::open(&request.data, None)?;
            let pixels = request.mean.clone().zip(request.std.clone());
            let plain = Plain {
                architecture,
                side: request.size,
                pixels: pixels.map(|(mean, std)| [mean, std]),
            };
            let encoder = train::load_plain(&request.weights, &plain, &data, &device)?;
            (encoder, data)
        }
    };
    let layers = layers(request, &encoder)?;
    let places: Vec<usize> = layers.iter().map(|(_, place)| *place).collect();
    let views = views(request, &data)?;
    let (parts, learned) = match request.part {
        DataPart::Train => (vec![data.train.clone()], vec![true; data.train.len()]),
        DataPart::Test => (vec![data.test.clone()], vec![false; data.test.len()]),
        DataPart::All => data.all(),
    };
    let usual = train::TrainPlan::default().augment_for(&data);
    let augment = request.augment(usual);
    let mut named = Vec::new();
    for view in &views {
        let show = match view {
            None => Show::Plain,
            Some(view) => test_view(&augment, request.seed, *view),
        };
        let all = on_host(&*backend, || {
            activations(&encoder, &parts, show, &places, &device)
        })?;
        let tensors = layers.iter().zip(all);
        named.extend(tensors.map(|((layer, _), all)| {
            let view = view.map(|view| format!("view_{}", char::from(LETTERS[view as usize])));
            let layer = (layers.len() > 1).then(|| (*layer).to_owned());
            let name = [view, layer].into_iter().flatten().collect::<Vec<_>>();
            let name = if name.is_empty() {
                "items".into()
            } else {
                name.join(".")
            };
            (name, if request.flatten { all.flat() } else { all })
        }));
    }
    let written: Vec<String> = named.iter().map(|(name, all)| said(name, all)).collect();
    folder::save_activations(&request.out, named)?;
    let mut files = vec![format!(
        "{} ({})",
        request.out.display(),
        written.join(", ")
    )];
    if let Some(path) = &request.labels {
        let labels: Vec<_> = parts.iter().flat_map(|part| part.labels.clone()).collect();
        folder::save_labels(path, &labels)?;
        files.push(path.display().to_string());
    }
    if let Some(path) = &request.split {
        folder::save_split(path, &learned)?;
        files.push(path.display().to_string());
    }
    for file in files.iter().filter(|_| !request.quiet) {
        console.note(format_args!("wrote {file}"));
    }
    Ok(Exit::Fine)
}

/// A tensor's name, if it has one of its own, and its shape.
fn said(name: &str, all: &Activations) -> String {
    let shape: Vec<String> = all.shape.iter().map(usize::to_string).collect();
    let shape = shape.join(" x ");
    match name {
        "items" => shape,
        _ => format!("{name} {shape}"),
    }
}

/// Names and places of the blocks that are asked for; the output where none is.
fn layers(
    request: &EmbedRequest,
    encoder: &Encoder,
) -> Result<Vec<(&'static str, usize)>, TrainError> {
    let names = encoder.layer_names();
    let count = names.len() as i64;
    let place = |asked: &str| -> Result<(&'static str, usize), TrainError> {
        let named = names.iter().position(|name| *name == asked);
        let counted = || {
            let number: i64 = asked.parse().ok()?;
            let place = if number < 0 { count + number } else { number };
            (0..count).contains(&place).then_some(place as usize)
        };
        let place = named.or_else(counted).ok_or_else(|| {
            let (names, last) = (names.join(", "), count - 1);
            let numbers = format!("a number from 0 to {last} or from -{count} to -1");
            TrainError::plan("layer", format!("one of {names}, or {numbers}"), asked)
        })?;
        Ok((names[place], place))
    };
    let mut found: Vec<(&str, usize)> = Vec::new();
    for asked in &request.layer {
        let layer = place(asked.trim())?;
        if found.contains(&layer) {
            let found = format!("{} twice", layer.0);
            return Err(TrainError::plan("layer", "each layer once", found));
        }
        found.push(layer);
    }
    if found.is_empty() {
        found.extend(names.last().map(|name| (*name, names.len() - 1)));
    }
    Ok(found)
}

/// The views that are asked for; the items as they are where none is.
fn views(request: &EmbedRequest, data: &Dataset) -> Result<Vec<Option<u64>>, TrainError> {
    let Some(count) = request.views else {
        return Ok(vec![None]);
    };
    let (most, of) = match &*data.test.items {
        Items::Sentences(_) => (2, "of text: a sentence and one beside it"),
        Items::Images(_) => (LETTERS.len(), "of images, which are told by letters"),
    };
    if count > most {
        let expected = format!("at most {most} {of}");
        return Err(TrainError::plan("views", expected, count));
    }
    Ok((0..count as u64).map(Some).collect())
}
