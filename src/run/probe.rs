//! `spherecheck probe`: open, probe, print.

use std::path::{Path, PathBuf};

use super::exit::{Exit, print, say_notes, watched};
use super::measure::stem;
use super::walker::processor;
use crate::cli::{ProbeRequest, TrainSplit};
use crate::console::{Cancel, Console};
use crate::data::Embeddings;
use crate::input::{InputError, Reader};
use crate::probe::{self, Apart, ProbeInputs, ProbeSettings, SplitInput, Target};
use crate::report;

pub(super) fn probe(
    request: &ProbeRequest,
    console: &mut Console<'_>,
    cancel: &Cancel,
) -> anyhow::Result<Exit> {
    let backend = processor(request.threads)?;
    let (inputs, settings, notes) = open(request)?;
    say_notes(&notes, request.output.quiet, console);
    let probed = watched(request.output.progress(), console, cancel, |watch| {
        Ok(probe::probe(inputs, &settings, &*backend, watch)?)
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
fn open(request: &ProbeRequest) -> Result<(ProbeInputs, ProbeSettings, Vec<String>), InputError> {
    let mut notes = Vec::new();
    let of_train = (&request.what.labels, &request.what.targets);
    let (embeddings, target) = side(request, request.rows(), of_train, &mut notes)?;
    let split = match (&request.test, request.test_folds, &request.train_split) {
        (Some(test), ..) => {
            let of_test = (&request.what.test_labels, &request.what.test_targets);
            let (embeddings, target) = side(request, test, of_test, &mut notes)?;
            SplitInput::Apart(Box::new(Apart { embeddings, target }))
        }
        (None, Some(parts), _) => SplitInput::Folds(parts),
        (None, None, TrainSplit::Share(share)) => SplitInput::Share(*share),
        (None, None, TrainSplit::File(path)) => {
            let mut reader = Reader::beside(&embeddings);
            let marks = reader.split(path, request.split_tensor.as_deref())?;
            notes.extend(reader.notes());
            SplitInput::Given(marks)
        }
    };
    let mut settings = request.settings();
    if let Some(path) = &request.what.classes {
        let mut reader = Reader::default();
        settings.classes = Some(reader.texts(path, None)?);
        notes.extend(reader.notes());
    }
    let inputs = ProbeInputs {
        name: stem(request.rows()),
        target,
        split,
        embeddings,
    };
    Ok((inputs, settings, notes))
}

/// Rows, and what is to be read from them.
fn side(
    request: &ProbeRequest,
    path: &Path,
    (labels, targets): (&Option<PathBuf>, &Option<PathBuf>),
    notes: &mut Vec<String>,
) -> Result<(Embeddings, Target), InputError> {
    let mut reader = Reader::default();
    let embeddings = reader.embeddings_meant(path, request.tensor.as_deref(), &request.meant())?;
    notes.extend(reader.notes());
    notes.extend(embeddings.codes().map(|codes| {
        let (name, dtype) = (embeddings.name(), embeddings.dtype());
        format!("{name}: {dtype}, {}.", codes.text(embeddings.dim() as u64))
    }));
    let mut reader = Reader::beside(&embeddings);
    let target = match (labels, targets) {
        (_, Some(path)) if request.what.targets_tensor.is_empty() => {
            Target::Values(reader.targets(path, None)?)
        }
        (_, Some(path)) => {
            let names = request.what.targets_tensor.iter();
            let columns = names.map(|name| reader.targets(path, Some(name)));
            let columns = columns.collect::<Result<Vec<_>, InputError>>()?;
            Target::Values(columns.concat())
        }
        (labels, None) => {
            let path = labels.as_deref().unwrap_or(Path::new(""));
            Target::Classes(reader.labels(path, request.what.labels_tensor.as_deref())?)
        }
    };
    notes.extend(reader.notes());
    Ok((embeddings, target))
}
