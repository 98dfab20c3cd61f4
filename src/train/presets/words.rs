//! Objectives in words.

use crate::result::ObjectiveKind;
use crate::train::objective::Objective;

impl Objective {
    /// What it is trained for, in kind.
    pub fn kind(&self) -> ObjectiveKind {
        match self {
            Objective::Random => ObjectiveKind::Random,
            Objective::Supervised => ObjectiveKind::Supervised,
            Objective::Pairs(loss) => {
                let terms = loss.align_weight != 0.0 || loss.uniform_weight != 0.0;
                match (loss.contrastive_weight != 0.0, terms) {
                    (true, false) => ObjectiveKind::Contrastive,
                    (true, true) => ObjectiveKind::Mixed,
                    _ => ObjectiveKind::AlignUniform,
                }
            }
        }
    }

    /// In words, e.g. `0.98 align(2) + 0.96 uniform(2)`.
    pub fn text(&self) -> String {
        let Objective::Pairs(loss) = self else {
            let plain = match self {
                Objective::Random => "random weights",
                _ => "cross-entropy of labels",
            };
            return plain.to_owned();
        };
        let contrast = match loss.negatives {
            None => format!("contrastive(tau={})", loss.tau),
            Some(m) => format!("contrastive(tau={}, M={m})", loss.tau),
        };
        let terms = [
            (loss.contrastive_weight, contrast),
            (loss.align_weight, format!("align({})", loss.alpha)),
            (loss.uniform_weight, format!("uniform({})", loss.t)),
        ];
        let present = terms.into_iter().filter(|(weight, _)| *weight != 0.0);
        let words = present.map(|(weight, term)| match weight {
            1.0 => term,
            _ => format!("{} {term}", (weight * 1e6).round() / 1e6),
        });
        words.collect::<Vec<_>>().join(" + ")
    }
}
