//! Checkpoints: what was interrupted goes on to the same numbers.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use candle_core::Device;
use spherecheck::pass::NoWatch;
use spherecheck::train::folder::{CHECKPOINT, LOG};
use spherecheck::train::{
    End, EpochLog, Every, Keep, Objective, Optimiser, RateSchedule, Session, StepLog, TrainError,
    TrainPlan, TrainWatch, fit,
};
use tempfile::TempDir;

use super::support::{cpu, digits, quick, session};

/// Asks to stop after so many steps.
struct StopAfter {
    steps: usize,
    done: AtomicUsize,
}

impl StopAfter {
    fn steps(steps: usize) -> Self {
        Self {
            steps,
            done: AtomicUsize::new(0),
        }
    }
}

impl TrainWatch for StopAfter {
    fn step(&self, _: &StepLog) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.done.load(Ordering::Relaxed) >= self.steps
    }
}

/// Bits of everything that a checkpoint keeps, and the log but for its seconds.
fn state(session: &Session, plan: &TrainPlan) -> (Vec<u8>, String) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(CHECKPOINT);
    session.save(&path, plan).unwrap();
    let bytes = std::fs::read(path).unwrap();
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

/// Six steps an epoch, the last of a short batch.
fn steps(plan: TrainPlan) -> TrainPlan {
    TrainPlan { batch: 256, ..plan }
}

#[test]
fn a_run_stopped_at_any_step_goes_on_to_the_same_numbers_under_every_schedule() {
    let (data, backend) = (digits(), cpu());
    let place = (&Device::Cpu, &*backend);
    let falling = RateSchedule::Steps {
        epochs: vec![1, 2],
        factor: 0.5,
    };
    let losses = TrainPlan::default().objective;
    for (objective, optimiser, schedule, stops) in [
        // Within an epoch, at its first step, after its last one.
        (
            losses.clone(),
            Optimiser::adam(2e-3),
            RateSchedule::Cosine,
            vec![4, 7],
        ),
        (losses, Optimiser::sgd(0.05), falling, vec![6, 1]),
        (
            Objective::Supervised,
            Optimiser::sgd(0.05),
            RateSchedule::Constant,
            vec![12, 5],
        ),
    ] {
        let plan = steps(TrainPlan {
            epochs: 4,
            objective,
            optimiser,
            schedule,
            ..quick()
        });
        let mut straight = session(&plan, &data);
        let end = fit(&mut straight, &plan, &data, place, None, &NoWatch).unwrap();
        assert_eq!((end, straight.steps()), (End::Done, 24));

        let folder = TempDir::new().unwrap();
        // No checkpoint is due in an hour: what is loaded was kept when the run was stopped.
        let keep = Keep::new(folder.path(), Every::Time(Duration::from_secs(3600)));
        let checkpoint = folder.path().join(CHECKPOINT);
        let mut parts = session(&plan, &data);
        for stop in stops {
            let before = parts.steps();
            let watch = StopAfter::steps(stop);
            let end = fit(&mut parts, &plan, &data, place, Some(&keep), &watch).unwrap();
            assert_eq!((end, parts.steps()), (End::Stopped, before + stop));
            parts = Session::load(&checkpoint, &plan, &data, &Device::Cpu).unwrap();
            assert_eq!(parts.steps(), before + stop);
        }
        let end = fit(&mut parts, &plan, &data, place, Some(&keep), &NoWatch).unwrap();
        assert_eq!(end, End::Done);
        assert!(
            state(&straight, &plan) == state(&parts, &plan),
            "the sessions differ"
        );
        let log = std::fs::read_to_string(folder.path().join(LOG)).unwrap();
        assert_eq!(log.lines().count(), 5, "{log}");
    }
}

#[test]
fn checkpoints_come_by_steps_and_by_time() {
    struct Count<'a>(&'a Path, Mutex<Vec<usize>>);
    impl TrainWatch for Count<'_> {
        /// Whether there is a checkpoint when a step is made; it is taken away.
        fn step(&self, step: &StepLog) {
            if std::fs::remove_file(self.0).is_ok() {
                self.1.lock().unwrap().push(step.step.0 - 1);
            }
        }
    }
    let (data, backend) = (digits(), cpu());
    let plan = steps(TrainPlan {
        epochs: 2,
        ..quick()
    });
    for (every, expected) in [
        (Every::Steps(5), vec![5, 10]),
        (Every::Time(Duration::ZERO), (0..12).collect()),
        (Every::Time(Duration::from_secs(3600)), vec![]),
    ] {
        let folder = TempDir::new().unwrap();
        let checkpoint = folder.path().join(CHECKPOINT);
        let watch = Count(&checkpoint, Mutex::default());
        let keep = Keep::new(folder.path(), every);
        let place = (&Device::Cpu, &*backend);
        let mut session = session(&plan, &data);
        fit(&mut session, &plan, &data, place, Some(&keep), &watch).unwrap();
        assert_eq!(*watch.1.lock().unwrap(), expected, "{every:?}");
    }
}

#[test]
fn a_run_is_prolonged_to_the_same_numbers_or_not_at_all() {
    let (data, backend) = (digits(), cpu());
    let place = (&Device::Cpu, &*backend);
    for schedule in [RateSchedule::Constant, RateSchedule::Cosine] {
        let short = steps(TrainPlan {
            epochs: 2,
            schedule: schedule.clone(),
            ..quick()
        });
        let long = TrainPlan {
            epochs: 3,
            ..short.clone()
        };
        let folder = TempDir::new().unwrap();
        let checkpoint = folder.path().join(CHECKPOINT);
        let trained = |mut session: Session, plan: &TrainPlan| {
            fit(&mut session, plan, &data, place, None, &NoWatch).unwrap();
            session
        };
        trained(session(&short, &data), &short)
            .save(&checkpoint, &short)
            .unwrap();
        let loaded = Session::load(&checkpoint, &long, &data, &Device::Cpu);
        if schedule == RateSchedule::Cosine {
            let error = loaded.err().expect("other rates").to_string();
            assert!(
                error.contains("resume with --epochs 2") && error.contains("those of a run of 3"),
                "{error}"
            );
            continue;
        }
        let straight = trained(session(&long, &data), &long);
        let prolonged = trained(loaded.unwrap(), &long);
        assert!(state(&straight, &long) == state(&prolonged, &long));
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
    // Nothing is trained yet, so no rate was; and the same data may lie elsewhere.
    let moved = TrainPlan {
        epochs: 50,
        data: "elsewhere".into(),
        ..plan.clone()
    };
    assert_eq!(load(&moved), "loaded");
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
