//! The training loop.

use std::time::Instant;

use candle_core::{Device, Tensor};
use rand::Rng;

use super::data::{Batch, Dataset};
use super::encoder::NormMode;
use super::keep::Keep;
use super::objective::{self, Objective};
use super::plan::TrainPlan;
use super::seeds::{SeedStream, stream};
use super::session::{EpochLog, Session};
use super::watch::{StepLog, TrainWatch};
use super::{TrainError, folder, judge};
use crate::backend::Backend;

/// How training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All epochs are done.
    Done,
    /// The watcher asked to stop: the session, and its checkpoint, are after the last step that was made.
    Stopped,
}

/// Trains `session` until `plan` is fulfilled, from the step after those that it has made.
///
/// With a folder, a checkpoint is kept there every so often and where the watcher asks to stop, the log after each epoch.
/// Same plan, data and machine: same weights, however often the run was stopped and resumed.
///
/// # Errors
/// [`TrainError::Diverged`], [`TrainError::Write`], [`TrainError::Audit`].
pub fn fit(
    session: &mut Session,
    plan: &TrainPlan,
    data: &Dataset,
    (device, backend): (&Device, &dyn Backend),
    keep: Option<&Keep>,
    watch: &dyn TrainWatch,
) -> Result<End, TrainError> {
    let deal = plan.deal(data, &session.encoder.spec().takes);
    let (epochs, per_epoch) = (plan.passes(), session.per_epoch);
    let mut kept = keep.map(|keep| keep.from(session.steps()));
    for epoch in session.log.len()..epochs {
        let started = Instant::now();
        let before = session.begun.seconds;
        let factor = plan.schedule.factor(epoch, epochs);
        let made = session.steps().saturating_sub(epoch * per_epoch);
        for batch in deal.epoch(epoch, made) {
            session.begun.seconds = before + started.elapsed().as_secs_f64();
            let stop = watch.cancelled();
            if let (Some(keep), Some(kept)) = (keep, &mut kept)
                && (kept.due(session.steps()) || stop)
            {
                folder::keep(keep.folder(), session, plan)?;
            }
            if stop {
                return Ok(End::Stopped);
            }
            // Two views of each item, in one batch: they share its moments.
            let batch = batch?.to(device)?;
            let z = session.encoder.forward(&batch.input, NormMode::Train)?;
            let loss = loss(session, plan, &batch, &z)?;
            // The batch's own numbers, before it changes anything.
            let numbers = numbers(&loss, &z.detach(), &batch)?;
            if !numbers[0].is_finite() {
                return Err(diverged(session, &z, numbers[0], epoch)?);
            }
            let grads = loss.backward()?;
            session.stepper.step(&grads, factor, plan.clip_norm)?;
            let sums = session.begun.sums.iter_mut();
            sums.zip(numbers).for_each(|(s, n)| *s += n);
            watch.step(&StepLog {
                epoch: (epoch + 1, epochs),
                step: (session.steps(), epochs.saturating_mul(per_epoch)),
                loss: numbers[0],
                alignment: numbers[1],
                uniformity: numbers[2],
            });
        }
        // What it is worth, by the same audit that users run.
        let due = (epoch + 1).is_multiple_of(plan.audit_every) || epoch + 1 == epochs;
        let judged = due.then(|| judge::test(session, plan, data, device, backend));
        let (test_alignment, test_uniformity) = judged.transpose()?.unzip();
        let begun = std::mem::take(&mut session.begun);
        let [loss, alignment, uniformity] = begun.sums.map(|sum| sum / per_epoch as f64);
        session.log.push(EpochLog {
            epoch: epoch + 1,
            steps: session.stepper.steps(),
            rate: plan.optimiser.rate() * factor,
            loss,
            alignment,
            uniformity,
            test_alignment,
            test_uniformity,
            seconds: before + started.elapsed().as_secs_f64(),
        });
        if let Some(keep) = keep {
            folder::write_log(keep.folder(), session)?;
        }
        if let Some(epoch) = session.log.last() {
            watch.epoch(epoch);
        }
    }
    Ok(End::Done)
}

/// The loss of a batch whose embeddings are `z`.
fn loss(
    session: &Session,
    plan: &TrainPlan,
    batch: &Batch,
    z: &Tensor,
) -> Result<Tensor, TrainError> {
    Ok(match (&plan.objective, &session.head, &batch.labels) {
        (Objective::Pairs(pairs), ..) => {
            let (x, y) = views(z, batch.pairs)?;
            if let Some(near) = &batch.near {
                return Ok(pairs.of_near(&x, &y, near)?);
            }
            let step = session.stepper.steps() as u64;
            let mut rng = stream(plan.seed, SeedStream::Negatives, &[step]);
            let offset = rng.next_u32() as usize % batch.pairs;
            pairs.of(&x, &y, offset)?
        }
        (Objective::Supervised, Some(head), Some(labels)) => {
            objective::cross_entropy(&head.logits(z)?, labels)?
        }
        _ => Tensor::zeros((), z.dtype(), z.device())?,
    })
}

fn views(z: &Tensor, pairs: usize) -> Result<(Tensor, Tensor), TrainError> {
    Ok((z.narrow(0, 0, pairs)?, z.narrow(0, pairs, pairs)?))
}

/// Loss, alignment{2} and uniformity{2} of a batch.
fn numbers(loss: &Tensor, z: &Tensor, batch: &Batch) -> Result<[f64; 3], TrainError> {
    let (x, y) = views(z, batch.pairs)?;
    let [a, b] = match &batch.near {
        Some(near) => objective::paired(&x, &y, near)?,
        None => [x.clone(), y.clone()],
    };
    let uniformity = objective::mean_uniform(&x, &y, 2.0)?;
    let number = |t: &Tensor| t.to_scalar::<f32>().map(f64::from);
    Ok([
        number(loss)?,
        number(&objective::align(&a, &b, 2.0)?)?,
        number(&uniformity)?,
    ])
}

/// Why the loss is no number, as far as can be told.
fn diverged(
    session: &Session,
    z: &Tensor,
    loss: f64,
    epoch: usize,
) -> Result<TrainError, TrainError> {
    let finite = z.sqr()?.sum_all()?.to_scalar::<f32>()?.is_finite();
    let (cause, advice) = match session.broken_weight()? {
        Some(name) => (
            format!("the last step left {name} with numbers that are not finite"),
            "lower --rate, or give --clip-norm 1",
        ),
        None if !finite => (
            "the encoder's output is not finite although its weights are".to_owned(),
            "lower --rate, or give --clip-norm 1",
        ),
        None => (
            "exponentials left the range of f32".to_owned(),
            "raise --tau, or lower --t or the weights of the losses",
        ),
    };
    Ok(TrainError::Diverged {
        step: session.stepper.steps() + 1,
        epoch: epoch + 1,
        loss,
        cause,
        advice,
    })
}
