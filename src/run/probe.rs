//! `spherecheck probe`: open, probe, print.

use std::path::Path;

use super::exit::{Exit, print, watched};
use super::measure::stem;
use super::walker::processor;
use crate::cli::{ProbeRequest, TrainSplit};
use crate::console::{Cancel, Console};
use crate::input::{InputError, Reader};
use crate::probe::{self, ProbeInputs, SplitInput, Target};
use crate::report;

pub(super) fn probe(
    request: &ProbeRequest,
    console: &mut Console<'_>,
    cancel: &Cancel,
) -> anyhow::Result<Exit> {
    let backend = processor(request.threads)?;
    let (inputs, notes) = open(request)?;
    if !request.output.quiet {
        for note in &notes {
            console.note(format_args!("note: {note}"));
        }
    }
    let probed = watched(&request.output, console, cancel, |watch| {
        Ok(probe::probe(inputs, &request.settings(), &*backend, watch)?)
    })?;
    let Some(mut probed) = probed else {
        return Ok(Exit::Interrupted);
    };
    probed.notes.extend(notes);
    let style = console.style(false);
    print(
        &report::render(&probed, request.output.format, style)?,
        console,
    )?;
    Ok(Exit::Fine)
}

/// What a probe starts from, and what the readers decided.
fn open(request: &ProbeRequest) -> Result<(ProbeInputs, Vec<String>), InputError> {
    let mut reader = Reader::default();
    let embeddings = reader.embeddings_meant(
        &request.embeddings,
        request.tensor.as_deref(),
        &request.meant(),
    )?;
    let mut notes = reader.notes();
    notes.extend(embeddings.codes().map(|codes| {
        let (name, dtype) = (embeddings.name(), embeddings.dtype());
        format!("{name}: {dtype}, {}.", codes.text(embeddings.dim() as u64))
    }));
    let mut reader = Reader::beside(&embeddings);
    let inputs = ProbeInputs {
        name: stem(&request.embeddings),
        target: match (&request.labels, &request.targets) {
            (_, Some(path)) => {
                Target::Values(reader.targets(path, request.targets_tensor.as_deref())?)
            }
            (labels, None) => {
                let path = labels.as_deref().unwrap_or(Path::new(""));
                Target::Classes(reader.labels(path, request.labels_tensor.as_deref())?)
            }
        },
        split: match &request.train_split {
            TrainSplit::Share(share) => SplitInput::Share(*share),
            TrainSplit::File(path) => {
                SplitInput::Given(reader.split(path, request.split_tensor.as_deref())?)
            }
        },
        embeddings,
    };
    notes.extend(reader.notes());
    Ok((inputs, notes))
}
