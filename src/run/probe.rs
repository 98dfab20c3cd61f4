//! `spherecheck probe`: open, probe, print.

use anyhow::Context;

use super::{Exit, forced_kernel, stem};
use crate::backend;
use crate::cli::{ProbeRequest, Source, TargetSource, TrainSplit};
use crate::console::{Cancel, Console};
use crate::input::{self, InputError};
use crate::probe::{self, ProbeInputs, SplitInput, Target};
use crate::report::{self, Style};

pub(super) fn probe(
    request: &ProbeRequest,
    console: &mut Console<'_>,
    cancel: &Cancel,
) -> anyhow::Result<Exit> {
    let kernel = forced_kernel();
    let backend = backend::cpu(request.threads, kernel.as_deref())?;
    let inputs = open(request)?;
    let watch = console.progress(request.progress, cancel);
    let probed = probe::probe(inputs, &request.settings, &*backend, &watch);
    drop(watch);
    if cancel.requested() {
        console.note("interrupted; nothing was written");
        return Ok(Exit::Interrupted);
    }
    let style = Style {
        colour: console.colour_out(),
        width: console.width(),
        ..Style::default()
    };
    let report = report::render_probe(&probed?, request.format, style)?;
    console
        .data(&report)
        .context("standard output takes no more data")?;
    Ok(Exit::Fine)
}

fn open(request: &ProbeRequest) -> Result<ProbeInputs, InputError> {
    let Source { path, tensor } = &request.embeddings;
    Ok(ProbeInputs {
        name: stem(&request.embeddings),
        embeddings: input::open_embeddings(path, tensor.as_deref())?,
        target: match &request.target {
            TargetSource::Labels(Source { path, tensor }) => {
                Target::Classes(input::open_labels(path, tensor.as_deref())?)
            }
            TargetSource::Values(Source { path, tensor }) => {
                Target::Values(input::open_targets(path, tensor.as_deref())?)
            }
        },
        split: match &request.split {
            TrainSplit::Share(share) => SplitInput::Share(*share),
            TrainSplit::File(Source { path, tensor }) => {
                SplitInput::Given(input::open_split(path, tensor.as_deref())?)
            }
        },
    })
}
