//! The paper's numbers, and what a repetition does otherwise.

use super::{Preset, Scale};
use crate::train::data::{Augment, Dataset, Items, Takes, Vocabulary};
use crate::train::encoder::Architecture;
use crate::train::optim::{Optimiser, RateSchedule};
use crate::train::plan::TrainPlan;

/// Table 1: accuracies of `output linear`, `output knn`, `hidden linear`, `hidden knn`.
const TABLE_1: [(&str, [f64; 4]); 3] = [
    ("contrastive", [0.8046, 0.7875, 0.8389, 0.7633]),
    ("align-uniform", [0.8115, 0.7889, 0.8443, 0.7678]),
    ("mixed", [0.8106, 0.7905, 0.8414, 0.7648]),
];
/// Table 2: mean squared errors of `last`, `before`.
const TABLE_2: [(&str, [f64; 2]); 2] = [
    ("contrastive", [0.7024, 0.7575]),
    ("align-uniform", [0.7014, 0.7592]),
];
/// Table 4: each loss is the best of its kind for a task of its own.
const TABLE_4: [(&str, &str, f64); 4] = [
    ("contrastive-0.075", "mr", 0.7751),
    ("contrastive-0.05", "cr", 0.8386),
    ("align-uniform", "mr", 0.7376),
    ("align-uniform", "cr", 0.8095),
];
/// Figure 3.
const FIGURE_3: [(&str, f64); 3] = [
    ("random", 0.1271),
    ("supervised", 0.5719),
    ("contrastive", 0.2860),
];
/// Figure 7, read off: accuracy, alignment, exp(uniformity).
const FIGURE_7: [(&str, f64, Option<f64>, Option<f64>); 13] = [
    ("lambda-0", 0.10, Some(0.0), Some(1.0)),
    ("lambda-0.05", 0.10, Some(0.0), Some(1.0)),
    ("lambda-0.1", 0.10, Some(0.0), Some(1.0)),
    ("lambda-0.15", 0.10, Some(0.0), Some(1.0)),
    ("lambda-0.2", 0.77, Some(0.25), Some(0.036)),
    ("lambda-0.3", 0.79, Some(0.28), Some(0.030)),
    ("lambda-0.4", 0.80, Some(0.32), Some(0.027)),
    ("lambda-0.5", 0.81, Some(0.36), None),
    ("lambda-0.6", 0.81, Some(0.37), None),
    ("lambda-0.7", 0.81, Some(0.39), None),
    ("lambda-0.8", 0.75, Some(0.42), None),
    ("lambda-0.9", 0.70, Some(0.51), None),
    ("lambda-1", 0.205, None, None),
];

impl Preset {
    /// Where the paper has the experiment.
    pub fn source(self) -> &'static str {
        match self {
            Preset::Circle => "figure 3 (CIFAR-10 onto the circle)",
            Preset::Stl10 => "table 1 (STL-10)",
            Preset::Depth => "table 2 (NYU-Depth-V2)",
            Preset::Bookcorpus => "table 4 (BookCorpus; MR and CR)",
            Preset::Sweep => "figure 7 (STL-10), read off the figure to ±0.01",
            Preset::Finetune => "figure 8 (STL-10)",
            Preset::Zoo => "figure 5 (STL-10)",
            Preset::Losses => "table 1 (STL-10), losses over seeds",
        }
    }

    /// The paper's number of an encoder: `place` is that of a reading, or `alignment` or `exp(uniformity)`.
    pub fn papers(self, encoder: &str, place: &str) -> Option<f64> {
        let row = |names: &[&str]| names.iter().position(|name| *name == place);
        match self {
            Preset::Circle => {
                let mut known = FIGURE_3.iter().filter(|_| place == "output linear");
                known
                    .find(|(name, _)| *name == encoder)
                    .map(|found| found.1)
            }
            Preset::Stl10 => {
                let names = ["output linear", "output knn", "hidden linear", "hidden knn"];
                let (_, numbers) = TABLE_1.iter().find(|(name, _)| *name == encoder)?;
                Some(numbers[row(&names)?])
            }
            Preset::Depth => {
                let (_, numbers) = TABLE_2.iter().find(|(name, _)| *name == encoder)?;
                Some(numbers[row(&["last", "before"])?])
            }
            Preset::Bookcorpus => {
                let mut known = TABLE_4.iter();
                known
                    .find(|(name, task, _)| (*name, *task) == (encoder, place))
                    .map(|found| found.2)
            }
            Preset::Sweep => {
                let known = FIGURE_7.iter().find(|(name, ..)| *name == encoder)?;
                let (_, accuracy, alignment, uniformity) = *known;
                match place {
                    "output linear" => Some(accuracy),
                    "alignment" => alignment,
                    "exp(uniformity)" => uniformity,
                    _ => None,
                }
            }
            Preset::Finetune | Preset::Zoo | Preset::Losses => None,
        }
    }

    /// What is other here than in the paper, each with both.
    pub fn differs(self, scale: Scale, shared: &TrainPlan, data: &Dataset) -> Vec<String> {
        let theirs = self.paper_plan(&shared.data);
        let items = format!(
            "{}, {} items to learn from and {} to judge by",
            data.name,
            data.train.len(),
            data.test.len()
        );
        let set = match self {
            Preset::Circle => "CIFAR-10, 50,000 and 10,000",
            Preset::Depth => "NYU-Depth-V2, 1,449 with depths",
            Preset::Bookcorpus => "BookCorpus, 52,799,513 sentences and 50,000, case kept",
            _ => "STL-10, 105,000 (5,000 of them labelled) and 8,000",
        };
        let both = |ours: String, theirs: String| {
            (ours != theirs).then(|| format!("{ours}; the paper: {theirs}"))
        };
        let mut all = vec![format!("{items}; the paper: {set}")];
        all.extend(both(encoder(shared, data), encoder(&theirs, data)));
        all.extend(both(length(shared), length(&theirs)));
        all.extend(both(rates(shared), rates(&theirs)));
        all.extend(both(views(shared, data), views(&theirs, data)));
        all.extend(words(data));
        all.extend(self.read_otherwise(scale));
        all.extend(self.otherwise().iter().map(|text| (*text).to_owned()));
        all
    }

    /// What is read less thoroughly.
    fn read_otherwise(self, scale: Scale) -> Option<String> {
        match (self, scale) {
            (Preset::Depth, Scale::Desk) => Some(format!(
                "heads learn for {} epochs; the paper: {}",
                scale.depth_epochs(),
                Scale::Paper.depth_epochs()
            )),
            (Preset::Bookcorpus, Scale::Desk) => {
                let said = |scale: Scale| {
                    let (folds, cs, _) = scale.choice();
                    let cs: Vec<String> = cs.iter().map(f64::to_string).collect();
                    format!("C is one of {} by {folds} folds", cs.join(", "))
                };
                Some(format!(
                    "{}; the paper: {}",
                    said(scale),
                    said(Scale::Paper)
                ))
            }
            _ => None,
        }
    }

    /// What both scales do otherwise.
    fn otherwise(self) -> &'static [&'static str] {
        const PLAIN: &str =
            "linear probes read items as they are; the paper's crop and mirror them at every step";
        match self {
            Preset::Depth => &[
                "the encoder is that of STL-10; the paper's follows CMC and is not stated further",
                "heads begin with the mean depth everywhere; errors are of depths in their file's unit at the size of the head's output; the paper does not state its unit",
            ],
            Preset::Bookcorpus => &[
                "both encoders' rows side by side are probed, each on the unit sphere",
                "uniformity is that of both encoders on average, on the test part of the text",
            ],
            Preset::Finetune => &[
                PLAIN,
                "the poor encoder is of this data and plan, contrastive(tau=2.5); moments of the optimiser begin anew at every mark",
            ],
            Preset::Circle | Preset::Zoo | Preset::Losses => &[
                "linear probes go to their minimum, their penalty chosen by cross-validation; the paper's are 100 epochs of Adam without one",
            ],
            Preset::Stl10 | Preset::Sweep => &[PLAIN],
        }
    }
}

fn encoder(plan: &TrainPlan, data: &Dataset) -> String {
    let spec = plan.encoder_for(data);
    let width = match spec.architecture {
        Architecture::SmallAlexnet => String::new(),
        _ => format!(" of width {}", spec.width),
    };
    let takes = match spec.takes {
        Takes::Images { side, .. } => format!(" from {side} x {side}"),
        Takes::Sentences { .. } => String::new(),
    };
    let (of, dim) = (spec.architecture, spec.dim);
    format!("{of}{width}, {dim} dimensions{takes}")
}

fn views(plan: &TrainPlan, data: &Dataset) -> String {
    let Augment {
        crop: [from, to],
        flip,
        brightness,
        contrast,
        saturation,
        hue,
        grayscale,
    } = plan.augment_for(data);
    let mirrored = if flip { ", mirrored" } else { "" };
    format!(
        "views of {from} to {to} of an item{mirrored}, jitter {brightness}, {contrast}, {saturation}, {hue}, grey {grayscale}"
    )
}

/// What is read of text.
fn words(data: &Dataset) -> Option<String> {
    let Items::Sentences(sentences) = &*data.train.items else {
        return None;
    };
    let cut = match sentences.vocabulary() {
        Vocabulary::Words(_) => "told apart by blanks",
        Vocabulary::Tokenizer(_) => "of the tokenizer given",
    };
    let known = sentences.vocabulary();
    Some(format!(
        "{known}, {cut}; the paper: 50,001 words of Quick-Thought's tokeniser"
    ))
}

fn length(plan: &TrainPlan) -> String {
    let epochs = match plan.epochs {
        1 => "1 epoch".to_owned(),
        more => format!("{more} epochs"),
    };
    format!("{epochs} of batches of {}", plan.batch)
}

fn rates(plan: &TrainPlan) -> String {
    let how = match plan.optimiser {
        Optimiser::Sgd { .. } => "sgd",
        Optimiser::Adam { .. } => "adam",
    };
    let falls = match &plan.schedule {
        RateSchedule::Constant => "constant".to_owned(),
        RateSchedule::Cosine => "a cosine".to_owned(),
        RateSchedule::Steps { epochs, factor } => format!("times {factor} at epochs {epochs:?}"),
    };
    format!("{how} at {}, {falls}", plan.optimiser.rate())
}
