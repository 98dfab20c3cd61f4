//! `spherecheck train` and `spherecheck embed`.

use std::path::Path;

use super::exit::{Exit, deliver};
use super::walker::processor;
use crate::audit::{self, Inputs, PositivesInput, Settings};
use crate::backend::{self, Backend, on_host};
use crate::cli::{Begin, EmbedRequest, Part, TrainRequest};
use crate::console::{Cancel, Console};
use crate::input;
use crate::report::{self, Destination, FigureForm};
use crate::result::Audit;
use crate::train::data::Show;
use crate::train::folder::{self, CHECKPOINT, EMBEDDINGS, PAIRS, PLAN};
use crate::train::{self, End, Session, TrainError, TrainPlan};

pub(super) fn train(
    request: &TrainRequest,
    console: &mut Console<'_>,
    cancel: &Cancel,
) -> anyhow::Result<Exit> {
    let backend = processor(request.threads)?;
    let device = train::device(&request.device)?;
    let out = &request.out;
    if folder::occupied(out) && !request.resume && !request.force {
        return Err(TrainError::Occupied { path: out.clone() }.into());
    }
    let plan = plan(request)?;
    let data = train::data::open(&plan.data, None)?;
    let plan = request.apply(plan.clone(), plan.augment_for(&data));
    plan.check(&data)?;
    let plan = plan.resolved(&data);
    let mut session = match request.resume {
        true => Session::load(&out.join(CHECKPOINT), &plan, &data, &device)?,
        false => Session::new(&plan, &data, &device)?,
    };
    let destination = Destination::prepare(out)?;
    if request.force {
        folder::clear(out)?;
    }
    folder::write_plan(out, &plan)?;
    if !request.output.quiet {
        console.note(about(&session, &plan, &data));
        data.notes.iter().for_each(|note| console.note(note));
    }

    let watch = console.progress(request.output.progress(), cancel);
    let end = on_host(&*backend, || {
        let place = (&device, &*backend);
        train::fit(&mut session, &plan, &data, place, Some(out), &watch)
    });
    drop(watch);
    if end? == End::Stopped {
        console.note(match session.log.len() {
            0 => "interrupted in the first epoch; only the plan was written".to_owned(),
            epochs => format!(
                "interrupted; the checkpoint after epoch {epochs} is kept: continue with `spherecheck train --resume --out {}`",
                out.display()
            ),
        });
        return Ok(Exit::Interrupted);
    }
    let mut written = on_host(&*backend, || {
        folder::export(out, &session, &plan, &data, &device)
    })?;

    let audit = audit_run(out, &plan, &*backend)?;
    let style = console.style(false);
    let report = report::render(&audit, request.output.format, style)?;
    deliver(&report, &request.output, console, || {
        let figures = request.drawing.or_forms(&[FigureForm::Png]);
        written.extend(destination.write(&audit, &figures)?);
        Ok(written)
    })?;
    Ok(Exit::Fine)
}

/// Where the plan begins. A resumed run begins with its own.
fn plan(request: &TrainRequest) -> Result<TrainPlan, TrainError> {
    let own = request.out.join(PLAN);
    let mut plan = match (request.recipe, &request.plan) {
        (Some(Begin::With(recipe)), _) => recipe.plan("digits"),
        (_, Some(path)) => folder::read_plan(path)?,
        (_, None) if request.resume && own.exists() => folder::read_plan(&own)?,
        (_, None) => TrainPlan::default(),
    };
    if let Some(data) = &request.data {
        data.clone_into(&mut plan.data);
    }
    Ok(plan)
}

fn about(session: &Session, plan: &TrainPlan, data: &train::data::Dataset) -> String {
    let encoder = &session.encoder;
    let start = match session.log.len() {
        0 => String::new(),
        epochs => format!(" after epoch {epochs}"),
    };
    format!(
        "training {} ({} weights) on {}: {} items, {} for tests, {} {}{start}",
        encoder.spec().architecture,
        encoder.size(),
        data.name,
        data.train.len(),
        data.test.len(),
        plan.passes(),
        if plan.passes() == 1 {
            "epoch"
        } else {
            "epochs"
        },
    )
}

/// The audit of the two views of the test items, as `spherecheck audit` makes it from the files.
fn audit_run(out: &Path, plan: &TrainPlan, backend: &dyn Backend) -> anyhow::Result<Audit> {
    let path = out.join(EMBEDDINGS);
    let inputs = Inputs {
        name: out.file_name().map_or_else(
            || "trained".into(),
            |name| name.to_string_lossy().into_owned(),
        ),
        a: input::open_embeddings(&path, Some("view_a"))?,
        b: Some(input::open_embeddings(&path, Some("view_b"))?),
        positives: PositivesInput::Pairs(input::open_pairs(&out.join(PAIRS), None)?),
        groups: None,
    };
    let settings = Settings {
        histograms: true,
        seed: plan.seed,
        ..Settings::default()
    };
    let watch = crate::pass::NoWatch;
    let prepared = audit::prepare(inputs, &settings, backend, &watch)?;
    Ok(prepared.run(backend, &watch)?)
}

pub(super) fn embed(request: &EmbedRequest, console: &mut Console<'_>) -> anyhow::Result<Exit> {
    let backend = backend::cpu(request.threads, None)?;
    let device = train::device(&request.device)?;
    let encoder = folder::load_weights(&request.weights, &device)?;
    let takes = &encoder.spec().takes;
    let data = train::data::open(&request.data, takes.vocabulary().as_ref())?;
    takes.check(&data, &request.weights.display().to_string())?;
    let split = match request.part {
        Part::Train => &data.train,
        Part::Test => &data.test,
    };
    let layer = layer(request, encoder.layers())?;
    let rows = on_host(&*backend, || {
        train::embed(&encoder, split, Show::Plain, layer, &device)
    })?;
    let shape = rows.dim();
    folder::save_embeddings(&request.out, vec![("items", rows)])?;
    if let Some(path) = &request.labels {
        folder::save_labels(path, &split.labels)?;
    }
    if !request.quiet {
        let (rows, dim) = shape;
        console.note(format_args!(
            "wrote {} ({rows} x {dim})",
            request.out.display()
        ));
        if let Some(path) = &request.labels {
            console.note(format_args!("wrote {}", path.display()));
        }
        data.notes.iter().for_each(|note| console.note(note));
    }
    Ok(Exit::Fine)
}

/// The block that is asked for, counted from the front.
fn layer(request: &EmbedRequest, layers: usize) -> Result<Option<usize>, TrainError> {
    let Some(asked) = request.layer else {
        return Ok(None);
    };
    let count = layers as i64;
    let found = if asked < 0 { count + asked } else { asked };
    match (0..count).contains(&found) {
        true => Ok(Some(found as usize)),
        false => Err(TrainError::Plan {
            field: "layer",
            expected: format!("a block from 0 to {} or from -{count} to -1", count - 1),
            found: asked.to_string(),
        }),
    }
}
