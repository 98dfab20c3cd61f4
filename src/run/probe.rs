//! `spherecheck probe`: open, probe, print.

use anyhow::Context;

use super::exit::Exit;
use super::measure::stem;
use super::walker::forced_kernel;
use crate::backend;
use crate::cli::{ProbeRequest, Source, TargetSource, TrainSplit};
use crate::console::{Cancel, Console};
use crate::input::{self, InputError, Reader};
use crate::probe::{self, ProbeInputs, SplitInput, Target};
use crate::report;

pub(super) fn probe(
    request: &ProbeRequest,
    console: &mut Console<'_>,
    cancel: &Cancel,
) -> anyhow::Result<Exit> {
    let kernel = forced_kernel();
    let backend = backend::cpu(request.threads, kernel.as_deref())?;
    let (inputs, notes) = open(request)?;
    if !request.quiet {
        for note in &notes {
            console.note(format_args!("note: {note}"));
        }
    }
    let watch = console.progress(request.progress, cancel);
    let probed = probe::probe(inputs, &request.settings, &*backend, &watch);
    drop(watch);
    if cancel.requested() {
        console.note("interrupted; nothing was written");
        return Ok(Exit::Interrupted);
    }
    let mut probed = probed?;
    probed.notes.extend(notes);
    let style = console.style(false);
    let report = report::render(&probed, request.format, style)?;
    console
        .data(&report)
        .context("standard output takes no more data")?;
    Ok(Exit::Fine)
}

/// What a probe starts from, and what the readers decided.
fn open(request: &ProbeRequest) -> Result<(ProbeInputs, Vec<String>), InputError> {
    let Source { path, tensor } = &request.embeddings;
    let embeddings = input::open_embeddings(path, tensor.as_deref())?;
    let mut reader = Reader::beside(&embeddings);
    let inputs = ProbeInputs {
        name: stem(&request.embeddings),
        target: match &request.target {
            TargetSource::Labels(Source { path, tensor }) => {
                Target::Classes(reader.labels(path, tensor.as_deref())?)
            }
            TargetSource::Values(Source { path, tensor }) => {
                Target::Values(reader.targets(path, tensor.as_deref())?)
            }
        },
        split: match &request.split {
            TrainSplit::Share(share) => SplitInput::Share(*share),
            TrainSplit::File(Source { path, tensor }) => {
                SplitInput::Given(reader.split(path, tensor.as_deref())?)
            }
        },
        embeddings,
    };
    Ok((inputs, reader.notes()))
}
