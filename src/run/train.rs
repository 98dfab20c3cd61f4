//! `spherecheck train`.

use std::path::{Path, PathBuf};

use super::exit::{Exit, deliver};
use super::walker::processor;
use crate::audit::{self, Inputs, PositivesInput, Settings};
use crate::backend::{Backend, on_host};
use crate::cli::{Begin, TrainRequest};
use crate::console::{Cancel, Console};
use crate::input;
use crate::num::count;
use crate::report::{self, Destination, FigureForm};
use crate::result::Audit;
use crate::train::data::Vocabulary;
use crate::train::folder::{self, CHECKPOINT, EMBEDDINGS, PAIRS, PLAN};
use crate::train::{self, End, Keep, Session, TrainError, TrainPlan};

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
    let from = match request.resume {
        true => Some(out.join(CHECKPOINT)).filter(|path| path.exists()),
        false => request.init().or(plan.init.as_ref().map(PathBuf::from)),
    };
    // Numbers of words mean what they mean to the weights that a run begins with. Where a tokenizer is asked for, weights of
    // other words are refused.
    let asked = plan.tokenizer.as_ref().map(Path::new);
    let asked = request.tokenizer.as_deref().or(asked);
    let known = match (from, asked) {
        (Some(weights), _) if request.resume => train::words_of(&weights)?,
        (_, Some(tokenizer)) => Some(Vocabulary::open(tokenizer)?),
        (Some(weights), None) => train::words_of(&weights)?,
        (None, None) => None,
    };
    let data = train::data::open(&plan.data, known.as_ref())?;
    let plan = request
        .apply(plan.clone(), plan.augment_for(&data))
        .located();
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

    let keep = Keep::new(out, request.checkpoint_every.unwrap_or_default());
    let watch = console.progress(request.output.progress(), cancel);
    let end = on_host(&*backend, || {
        let place = (&device, &*backend);
        train::fit(&mut session, &plan, &data, place, Some(&keep), &watch)
    });
    drop(watch);
    if end? == End::Stopped {
        console.note(format_args!(
            "interrupted after step {} (in epoch {}), which is kept: continue with `spherecheck train --resume --out {}`",
            session.steps(),
            session.log.len() + 1,
            out.display()
        ));
        return Ok(Exit::Interrupted);
    }
    folder::keep(out, &session, &plan)?;
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
    let start = match session.steps() {
        0 => String::new(),
        steps => format!(" after step {steps}"),
    };
    format!(
        "training {} ({} weights) on {}: {} items, {} for tests, {} {}{start}",
        encoder.spec().architecture,
        count(encoder.size()),
        data.name,
        count(data.train.len()),
        count(data.test.len()),
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
