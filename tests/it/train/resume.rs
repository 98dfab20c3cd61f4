//! Checkpoints: what was interrupted goes on to the same numbers.

use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::Device;
use spherecheck::train::folder::{CHECKPOINT, LOG};
use spherecheck::train::{
    End, EpochLog, NoWatch, Objective, Optimiser, Session, TrainError, TrainPlan, Watch, fit,
};
use tempfile::TempDir;

use super::support::{cpu, digits, quick, session};

/// Asks to stop within the epoch after `epochs`.
struct StopAfter {
    epochs: usize,
    done: AtomicUsize,
}

impl Watch for StopAfter {
    fn epoch(&self, _: &EpochLog) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.done.load(Ordering::Relaxed) >= self.epochs
    }
}

/// Bits of everything that a checkpoint keeps, and the log but for its seconds.
fn state(session: &Session, folder: &TempDir) -> (Vec<u8>, String) {
    let bytes = std::fs::read(folder.path().join(CHECKPOINT)).unwrap();
    let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let log = session.log.iter().map(|e| EpochLog {
        seconds: 0.0,
        ..e.clone()
    });
    (
        bytes[header..].to_vec(),
        format!("{:?}", log.collect::<Vec<_>>()),
    )
}

#[test]
fn an_interrupted_run_goes_on_to_the_same_numbers() {
    let (data, backend) = (digits(), cpu());
    let place = (&Device::Cpu, &*backend);
    for (objective, optimiser) in [
        (TrainPlan::default().objective, Optimiser::adam(2e-3)),
        (Objective::Supervised, Optimiser::sgd(0.05)),
    ] {
        let plan = TrainPlan {
            epochs: 4,
            objective,
            optimiser,
            ..quick()
        };
        let (whole, parts) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let mut straight = session(&plan, &data);
        let end = fit(
            &mut straight,
            &plan,
            &data,
            place,
            Some(whole.path()),
            &NoWatch,
        )
        .unwrap();
        assert_eq!(end, End::Done);

        let mut first = session(&plan, &data);
        let watch = StopAfter {
            epochs: 2,
            done: AtomicUsize::new(0),
        };
        let end = fit(&mut first, &plan, &data, place, Some(parts.path()), &watch).unwrap();
        assert_eq!((end, first.log.len()), (End::Stopped, 2));
        let checkpoint = parts.path().join(CHECKPOINT);
        let mut second = Session::load(&checkpoint, &plan, &data, &Device::Cpu).unwrap();
        fit(
            &mut second,
            &plan,
            &data,
            place,
            Some(parts.path()),
            &NoWatch,
        )
        .unwrap();
        assert!(
            state(&straight, &whole) == state(&second, &parts),
            "the checkpoints differ"
        );
        let log = std::fs::read_to_string(parts.path().join(LOG)).unwrap();
        assert_eq!(log.lines().count(), 5, "{log}");
    }
}

#[test]
fn a_checkpoint_of_another_plan_is_refused_by_what_differs() {
    let (data, plan) = (digits(), quick());
    let folder = TempDir::new().unwrap();
    let checkpoint = folder.path().join(CHECKPOINT);
    let load = |plan: &TrainPlan| match Session::load(&checkpoint, plan, &data, &Device::Cpu) {
        Ok(_) => "loaded".to_owned(),
        Err(error) => error.to_string(),
    };
    assert!(load(&plan).contains("no checkpoint to resume from"));
    session(&plan, &data).save(&checkpoint, &plan).unwrap();
    assert_eq!(
        load(&TrainPlan {
            epochs: 50,
            ..plan.clone()
        }),
        "loaded"
    );
    let error = load(&TrainPlan {
        batch: 100,
        ..plan.clone()
    });
    assert!(
        error.contains("there `batch = 256`, here `batch = 100`"),
        "{error}"
    );
    let bytes = std::fs::read(&checkpoint).unwrap();
    std::fs::write(&checkpoint, &bytes[..bytes.len() / 2]).unwrap();
    assert!(
        load(&plan).contains("expected a .safetensors file"),
        "{}",
        load(&plan)
    );
}

#[test]
fn a_loss_that_is_no_number_stops_with_step_cause_and_advice() {
    let data = digits();
    let plan = TrainPlan {
        optimiser: Optimiser::Sgd {
            rate: 1e38,
            momentum: 0.9,
            weight_decay: 0.0,
        },
        ..quick()
    };
    let mut session = session(&plan, &data);
    let place = (&Device::Cpu, &*cpu());
    let error = fit(&mut session, &plan, &data, place, None, &NoWatch).unwrap_err();
    assert!(matches!(error, TrainError::Diverged { .. }), "{error:?}");
    let text = error.to_string();
    assert!(
        text.starts_with("step ") && text.contains("lower --rate"),
        "{text}"
    );
}

#[test]
fn random_encoders_take_no_step() {
    let data = digits();
    let plan = TrainPlan {
        objective: Objective::Random,
        ..quick()
    };
    let mut session = session(&plan, &data);
    let place = (&Device::Cpu, &*cpu());
    fit(&mut session, &plan, &data, place, None, &NoWatch).unwrap();
    assert!(session.log.is_empty());
}
