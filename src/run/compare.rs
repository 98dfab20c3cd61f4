//! `spherecheck compare`.

use std::path::Path;

use anyhow::Context;

use super::exit::{Exit, deliver, watched};
use super::measure::alias;
use super::subject::SavedOrOpen;
use super::walker::WalkerChoice;
use crate::audit::{Prepared, Shared, States, join, parity, ported, read, similarities};
use crate::backend::{Backend, on_host};
use crate::cli::{Candidate, CompareRequest, Copies, Source};
use crate::console::{Cancel, Console};
use crate::data::Numbers;
use crate::input::Reader;
use crate::num::Storage;
use crate::pass::Watch;
use crate::report::{Destination, HtmlPage, PAGE, files, render};
use crate::result::{
    Audit, Comparison, Note, Parity, PortedThreshold, Severity, Similarity,
    compare as side_by_side, model_names, paired, prefix_curves,
};

pub(super) fn compare(
    request: &CompareRequest,
    console: &mut Console<'_>,
    cancel: &Cancel,
) -> anyhow::Result<Exit> {
    let whole;
    let request = match &request.folder {
        None => request,
        Some(folder) => {
            let (names, models) = checkpoints(folder)?.into_iter().unzip();
            whole = CompareRequest {
                names,
                models,
                ..request.clone()
            };
            &whole
        }
    };
    let common = &request.common;
    let walker = WalkerChoice::named(common)?;
    let subjects = request
        .models
        .iter()
        .map(SavedOrOpen::open)
        .collect::<anyhow::Result<Vec<_>>>()?;
    subjects.iter().for_each(|subject| subject.say(console));
    let accuracies = accuracies(request, subjects.len())?;
    let backend = walker.settled(subjects.iter().filter_map(SavedOrOpen::shape))?;
    let destination = common.out.as_deref().map(Destination::prepare);
    let destination = destination.transpose()?;

    let compared = watched(common.output.progress(), console, cancel, |watch| {
        run(request, subjects, &*backend, watch)
    })?;
    let Some(mut comparison) = compared else {
        return Ok(Exit::Interrupted);
    };
    for (model, accuracy) in comparison.models.iter_mut().zip(accuracies) {
        model.accuracy = Some(accuracy);
    }

    let style = console.style(common.details);
    let report = render(&comparison, common.output.format, style)?;
    let names = ["compare.json", "compare.csv", "compare.md"];
    deliver(&report, &common.output, console, || match destination {
        Some(destination) => {
            let figures = &common.figures;
            let mut all = files(&comparison, names, figures)?;
            let page = HtmlPage::titled(figures.title.as_deref()).with(&comparison)?;
            all.push((PAGE.to_owned(), page.bytes()));
            Ok(destination.place(all)?)
        }
        None => Ok(Vec::new()),
    })?;
    Ok(Exit::Fine)
}

/// The saved audits of a folder, called by their files or by the folders that they are in, in the order of these names: numbers
/// in them by their size.
fn checkpoints(folder: &Path) -> anyhow::Result<Vec<(String, Candidate)>> {
    let shown = folder.display();
    let expected =
        "expected two models or more, or a folder of saved audits (NAME.json, NAME/audit.json)";
    let entries = std::fs::read_dir(folder).with_context(|| format!("{shown}: {expected}"))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry
            .with_context(|| format!("{shown}: {expected}"))?
            .path();
        let inside = path.join("audit.json");
        let (name, audit) = match path.extension() {
            _ if inside.is_file() => (path.file_name(), inside),
            Some(end) if end == "json" => (path.file_stem(), path.clone()),
            _ => continue,
        };
        let name = name.unwrap_or_default().to_string_lossy().into_owned();
        found.push((name, Candidate::Saved(audit)));
    }
    found.sort_by_cached_key(|(name, _)| natural(name));
    anyhow::ensure!(
        found.len() > 1,
        "{shown}: {expected}, found {} in this one",
        found.len()
    );
    Ok(found)
}

/// `step-200` before `step-1000`: its numbers by their size, and the words between them.
fn natural(name: &str) -> Vec<(Option<u128>, String)> {
    let alike = |a: &u8, b: &u8| a.is_ascii_digit() == b.is_ascii_digit();
    let runs = name.as_bytes().chunk_by(alike).map(String::from_utf8_lossy);
    runs.map(|run| (run.parse().ok(), run.into_owned()))
        .collect()
}

/// What was given as the accuracy of each model; nothing where none was.
fn accuracies(request: &CompareRequest, models: usize) -> anyhow::Result<Vec<f64>> {
    let Some(Source { path, tensor }) = &request.accuracy else {
        return Ok(Vec::new());
    };
    let Numbers { name, values } = Reader::default().scores(path, tensor.as_deref())?;
    anyhow::ensure!(
        values.len() == models,
        "{name}: expected a number for each of the {models} models, in their order, found {}",
        values.len()
    );
    if let Some(place) = values.iter().position(|value| !value.is_finite()) {
        anyhow::bail!(
            "{name}: expected a number for each model, found {} for model {}",
            values[place],
            place + 1
        );
    }
    Ok(values)
}

/// A model whose files were read once, for its audit and for how alike it is to others.
enum Loaded {
    Saved(Box<Audit>),
    Rows(Box<Prepared>),
}

/// A model and what its walks found, where they are needed again.
struct ModelWalk<'a> {
    data: &'a Prepared,
    states: States,
}

fn run(
    request: &CompareRequest,
    subjects: Vec<SavedOrOpen<'_>>,
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> anyhow::Result<Comparison> {
    let ids = subjects.first().and_then(SavedOrOpen::ids);
    let (mut models, joined) = prepare(request, subjects, backend, watch)?;
    if !request.thresholds.is_empty() {
        let told = |model| match model {
            Loaded::Rows(data) => Loaded::Rows(Box::new(data.for_thresholds())),
            saved @ Loaded::Saved(_) => saved,
        };
        models = models.into_iter().map(told).collect();
    }
    models.extend(copies(request, &models, backend)?);
    let settings = &request.common.settings;
    let mut audits: Vec<Audit> = Vec::with_capacity(models.len());
    let mut curves = Vec::new();
    let (mut base, mut parities): (Option<ModelWalk<'_>>, Vec<Parity>) = (None, Vec::new());
    let mut thresholds: Vec<Vec<PortedThreshold>> = Vec::new();
    for model in &models {
        let mut prefixes = Vec::new();
        match model {
            Loaded::Saved(audit) => audits.push((**audit).clone()),
            Loaded::Rows(data) if request.parity || !request.thresholds.is_empty() => {
                let states = data.walk(backend, watch)?;
                audits.push(on_host(backend, || read(&states)));
                let walked = ModelWalk { data, states };
                match &base {
                    None => base = Some(walked),
                    Some(base) => {
                        let same = paired(&audits[0], &audits[audits.len() - 1])?;
                        let asked = ((&Default::default(), same), &request.thresholds[..]);
                        thresholds.push(on_host(backend, || {
                            ported(&base.states, &walked.states, asked.0, asked.1)
                        }));
                        if request.parity {
                            let both = ((base.data, &base.states), (&**data, &walked.states));
                            let names = Default::default();
                            parities.push(parity(both.0, both.1, names, backend, watch)?);
                        }
                    }
                }
            }
            Loaded::Rows(data) if request.dims.is_empty() => {
                audits.push(data.run(backend, watch)?);
            }
            Loaded::Rows(data) => {
                prefixes = data.run_prefixes(&request.dims, backend, watch)?;
                audits.extend(prefixes.last().cloned());
            }
        }
        curves.push(prefixes);
        // Refused as early as it can be: the next audit may take long.
        if let [base, .., last] = &audits[..] {
            paired(base, last)?;
        }
    }
    let mut joined = joined;
    match request.common.redact {
        true => joined = redact(request, &mut audits, joined),
        false => {
            for (audit, name) in audits.iter_mut().zip(&request.names) {
                audit.subject.name.clone_from(name);
            }
        }
    }
    let (similarities, absent) = alike(request, (&models, &audits), backend, watch)?;
    let mut comparison = side_by_side(&audits, similarities, settings.confidence)?;
    comparison.notes.splice(0..0, joined);
    comparison.notes.extend(absent);
    let asked = !request.thresholds.is_empty();
    if asked && thresholds.iter().all(Vec::is_empty) {
        comparison.notes.insert(0, Note::new(Severity::Warning, "--threshold needs positives, and other pairs that are counted: give --pairs, --labels or second views, and \
               --device cpu where a walk elsewhere does not count them.".to_owned()));
    }
    let names = model_names(&audits);
    let both = audits[0].subject.b.is_none() || models.iter().all(Loaded::is_aligned);
    for (parity, name) in parities.iter_mut().zip(&names[1..]) {
        parity.between = (names[0].clone(), name.clone());
        if let Some(ids) = ids.as_ref().filter(|_| !request.common.redact) {
            parity.label(&ids.values, both);
        }
    }
    comparison.parity = parities;
    for (mut ported, name) in thresholds.into_iter().zip(&names[1..]) {
        for threshold in &mut ported {
            threshold.between = (names[0].clone(), name.clone());
        }
        comparison.thresholds.extend(ported);
    }
    for (model, prefixes) in comparison.models.iter().zip(&curves) {
        comparison
            .prefixes
            .extend(prefix_curves(&model.name, prefixes));
    }
    Ok(comparison)
}

/// Leaves names out of the audits and of the note on how they were joined, which it returns. A copy keeps the form that
/// its name ends in.
fn redact(request: &CompareRequest, audits: &mut [Audit], joined: Option<Note>) -> Option<Note> {
    let Some(first) = audits.first().map(|audit| audit.subject.name.clone()) else {
        return joined;
    };
    let base = request.names.first().cloned().unwrap_or_else(|| alias(0));
    let mut names = Vec::new();
    for (k, audit) in audits.iter_mut().enumerate() {
        let own = &audit.subject.name;
        let form = own
            .strip_prefix(&first)
            .filter(|_| !request.copies.is_empty());
        let called = match (request.names.get(k), form) {
            (Some(name), _) => name.clone(),
            (None, Some(form)) => format!("{base}{form}"),
            (None, None) => alias(k),
        };
        names.push((audit.subject.a.source.clone(), called.clone()));
        names.push((own.clone(), called.clone()));
        *audit = audit.redacted(&called);
    }
    joined.map(|note| note.renamed(&mut names))
}

impl Loaded {
    /// Whether row i of both views is one item.
    fn is_aligned(&self) -> bool {
        match self {
            Self::Saved(_) => false,
            Self::Rows(data) => data.is_aligned(),
        }
    }
}

/// Copies of the only model, where they are asked for.
fn copies(
    request: &CompareRequest,
    models: &[Loaded],
    backend: &dyn Backend,
) -> anyhow::Result<Vec<Loaded>> {
    let [Loaded::Rows(original)] = models else {
        return Ok(Vec::new());
    };
    let forms: Vec<Storage> = request
        .copies
        .iter()
        .flat_map(|copies| match copies {
            Copies::All => Storage::all(original.dim()),
            Copies::One(form) => vec![*form],
        })
        .collect();
    let mut out: Vec<Loaded> = Vec::with_capacity(forms.len());
    for (k, &form) in forms.iter().enumerate() {
        if !forms[..k].contains(&form) {
            out.push(Loaded::Rows(Box::new(original.stored(form, backend)?)));
        }
    }
    Ok(out)
}

/// Every model with all checks made, joined by ids where each has its own.
fn prepare(
    request: &CompareRequest,
    subjects: Vec<SavedOrOpen<'_>>,
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> anyhow::Result<(Vec<Loaded>, Option<Note>)> {
    let (mut models, mut with_ids) = (Vec::new(), Vec::new());
    for subject in subjects {
        match subject {
            SavedOrOpen::Saved(audit) => models.push(Loaded::Saved(audit)),
            SavedOrOpen::Open(opened) => {
                let ids = opened.ids.clone().filter(|_| request.joined);
                let (data, _) = opened.prepare(backend, watch)?;
                match ids {
                    Some(ids) => with_ids.push((data, ids)),
                    None => models.push(Loaded::Rows(Box::new(data))),
                }
            }
        }
    }
    if !request.joined {
        return Ok((models, None));
    }
    let (joined, note) = join(with_ids)?;
    models.extend(joined.into_iter().map(|data| Loaded::Rows(Box::new(data))));
    Ok((models, Some(note)))
}

/// How alike the base and each other model see the same items, where the embeddings are at hand.
fn alike(
    request: &CompareRequest,
    (models, audits): (&[Loaded], &[Audit]),
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> anyhow::Result<(Vec<Similarity>, Option<Note>)> {
    let names = model_names(audits);
    let shared = Shared {
        seed: request.common.settings.seed,
        confidence: request.common.settings.confidence,
        neighbours: request.neighbours,
    };
    let mut found = Vec::new();
    for k in 1..models.len() {
        let (Loaded::Rows(base), Loaded::Rows(other)) = (&models[0], &models[k]) else {
            continue;
        };
        if paired(&audits[0], &audits[k])? {
            let names = (names[0].clone(), names[k].clone());
            found.extend(similarities((base, other), names, shared, backend, watch)?);
        }
    }
    let saved = models.iter().any(|model| matches!(model, Loaded::Saved(_)));
    let absent = saved.then(|| Note::new(Severity::Info, "Similarities of saved audits are absent: CKA, the overlap of neighbourhoods and the cosine of each row \
               with its own need the embeddings."
            .to_owned()));
    Ok((found, absent))
}
