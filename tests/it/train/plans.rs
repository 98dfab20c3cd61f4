//! Plans on disk, and the paper's recipes.

use spherecheck::train::folder::{read_plan, write_plan};
use spherecheck::train::{
    Architecture, Objective, Optimiser, Preset, RateSchedule, Recipe, Scale, TrainError, TrainPlan,
};
use tempfile::TempDir;

use super::support::digits;

#[test]
fn plans_come_back_as_they_were_written() {
    let folder = TempDir::new().unwrap();
    let mut plans = vec![
        TrainPlan::default(),
        TrainPlan::default().resolved(&digits()),
        TrainPlan {
            clip_norm: Some(0.1),
            seed: 9_000_000_000,
            objective: Objective::Random,
            schedule: RateSchedule::Constant,
            ..TrainPlan::default()
        },
    ];
    plans.extend(Recipe::ALL.map(|recipe| recipe.plan("a \"folder\" of\\names")));
    for preset in Preset::ALL {
        for scale in Scale::ALL {
            let shared = preset.plan(scale, "digits", &digits());
            let entries = preset.entries(&shared);
            plans.extend(entries.into_iter().map(|entry| entry.plan));
        }
    }
    for plan in plans {
        write_plan(folder.path(), &plan).unwrap();
        assert_eq!(read_plan(&folder.path().join("plan.toml")).unwrap(), plan);
    }
}

/// What the refusal of a plan says, causes included.
fn refusal(text: &str) -> String {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("mine.toml");
    std::fs::write(&path, text).unwrap();
    let error = read_plan(&path).expect_err(text);
    let cause = std::error::Error::source(&error).map_or(String::new(), ToString::to_string);
    format!("{error}\n{cause}")
}

#[test]
fn a_plan_with_unknown_keys_or_bad_values_is_refused_with_the_line() {
    for (text, line, said) in [
        ("seed = 1\nepoch = 3\n", 2, "unknown field `epoch`"),
        (
            "[encoder]\ndim = 4\ndepth = 3\n",
            3,
            "unknown field `depth`",
        ),
        ("batch = -2\n", 1, "-2"),
        ("seed = 1\nbatch = \"many\"\n", 2, "string"),
        (
            "\n[encoder]\narchitecture = \"resnet\"\n",
            3,
            "unknown variant `resnet`",
        ),
        (
            "[optimiser]\nkind = \"sgd\"\nrate = 0.1\nmomentum = 0.9\nweight_decay = 0.0\nnesterov = true\n",
            1,
            "nesterov",
        ),
        ("[schedule]\nkind = \"warm-up\"\n", 1, "warm-up"),
        (
            "[objective]\nkind = \"pairs\"\ntua = 0.5\n",
            1,
            "unknown field `tua`",
        ),
        ("epochs = 3\nepochs = 4\n", 2, "duplicate key"),
        ("epochs 3\n", 1, "expected"),
    ] {
        let error = refusal(text);
        assert!(
            error.contains("mine.toml: is no training plan") && error.contains(said),
            "{text:?}: {error}"
        );
        assert!(
            error.contains(&format!("at line {line}, ")) || text.starts_with('['),
            "{text:?}: {error}"
        );
    }
}

#[test]
fn numbers_that_no_training_has_are_refused_by_name() {
    let data = digits();
    let adam = |beta2, epsilon| Optimiser::Adam {
        rate: 1e-3,
        beta1: 0.9,
        beta2,
        epsilon,
        weight_decay: 0.0,
    };
    let with = |optimiser| TrainPlan {
        optimiser,
        ..TrainPlan::default()
    };
    let steps = |factor| TrainPlan {
        schedule: RateSchedule::Steps {
            epochs: vec![1],
            factor,
        },
        ..TrainPlan::default()
    };
    for (plan, said) in [
        (
            with(adam(1.0, 1e-8)),
            "beta2: expected a number from 0 to below 1, found 1",
        ),
        (with(adam(f64::NAN, 1e-8)), "beta2"),
        (
            with(adam(0.999, 0.0)),
            "epsilon: expected a positive number, found 0",
        ),
        (
            with(Optimiser::sgd(-0.1)),
            "rate: expected a positive number",
        ),
        (steps(0.0), "factor: expected a positive number, found 0"),
        (steps(f64::INFINITY), "factor"),
    ] {
        let error = plan.check(&data).expect_err(said);
        assert!(matches!(error, TrainError::Plan { .. }), "{error:?}");
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[test]
fn recipes_have_the_papers_numbers() {
    let steps = RateSchedule::Steps {
        epochs: vec![155, 170, 185],
        factor: 0.1,
    };
    let sgd = Optimiser::Sgd {
        rate: 0.36,
        momentum: 0.9,
        weight_decay: 1e-4,
    };
    for (recipe, dim, size, objective) in [
        (Recipe::Stl10, 128, 64, "align(2) + uniform(2)"),
        (Recipe::Cifar10, 2, 32, "contrastive(tau=0.5, M=256)"),
    ] {
        let plan = recipe.plan("folder");
        assert_eq!(
            (plan.data.as_str(), plan.batch, plan.epochs),
            ("folder", 768, 200)
        );
        assert_eq!((&plan.optimiser, &plan.schedule), (&sgd, &steps));
        assert_eq!(plan.clip_norm, None);
        let encoder = &plan.encoder;
        assert_eq!(encoder.architecture, Some(Architecture::SmallAlexnet));
        assert_eq!((encoder.dim, encoder.size), (dim, Some(size)));
        assert_eq!(plan.objective.text(), objective);
        let augment = plan.augment.expect("views of photographs");
        assert_eq!((augment.crop, augment.flip), ([0.08, 1.0], true));
        let jitter = [
            augment.brightness,
            augment.contrast,
            augment.saturation,
            augment.hue,
        ];
        assert_eq!((jitter, augment.grayscale), ([0.4; 4], 0.2));
    }
    let text = Recipe::Bookcorpus.plan("book.txt");
    assert_eq!(
        (text.batch, text.epochs, text.clip_norm),
        (400, 1, Some(5.0))
    );
    assert_eq!(text.encoder.architecture, Some(Architecture::QuickThought));
    assert_eq!((text.encoder.dim, text.encoder.width), (1200, Some(620)));
    assert_eq!(
        (text.optimiser, text.schedule),
        (Optimiser::adam(5e-4), RateSchedule::Constant)
    );
    assert!(
        text.objective.text().contains("tau=0.075"),
        "{}",
        text.objective.text()
    );
}
