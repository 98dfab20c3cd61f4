//! What a probe is asked.

use super::error::ProbeError;
use super::features::Features;
use crate::data::{Embeddings, Labels, Names, Numbers, ZeroRows};

/// What is to be read from the rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A class for each row: k-NN and logistic regression.
    Classes(Labels),
    /// Real numbers for each row, a column each: k-NN and ridge regression.
    Values(Vec<Numbers>),
}

/// Which rows are trained on.
pub enum SplitInput {
    /// A seeded draw of this share, stratified by class.
    Share(f64),
    /// 1 to train, 0 to test, for each row.
    Given(Numbers),
    /// Each of so many parts of the rows in turn is tested on, the others being trained on: parts of equal size, stratified
    /// by class, drawn by the seed. Of classes only.
    Folds(usize),
    /// All of them; others are tested on.
    Apart(Box<Apart>),
}

/// Rows to test on that lie in a file of their own.
pub struct Apart {
    /// The rows, as wide as those to train on.
    pub embeddings: Embeddings,
    /// What is to be read from them: of the kind of that of the rows to train on.
    pub target: Target,
}

/// What a probe starts from.
pub struct ProbeInputs {
    /// Short name for reports.
    pub name: String,
    /// The rows.
    pub embeddings: Embeddings,
    /// What is to be read from them.
    pub target: Target,
    /// Which rows are trained on.
    pub split: SplitInput,
}

/// How the linear probe of classes is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Solver {
    /// To the minimum of the penalised loss, in f64, the penalty chosen by cross-validation. What is linearly there is
    /// read, whatever its scale; all rows are held in memory, several times.
    #[default]
    Lbfgs,
    /// The recipe of Wang & Isola: minibatches of 128, Adam with a step of 1e-3, no penalty, in f32. Rows are read where they
    /// lie. A fixed effort: of rows that hardly differ it reads less than is there.
    Adam {
        /// Walks over the rows to train on; 100 in the paper.
        epochs: usize,
    },
}

/// How the neighbours' say is weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vote {
    /// Each neighbour as much as another.
    Equal,
    /// By exp(cos / 0.07), as Wu et al. (2018) do.
    Weighted,
}

/// The parameters of a probe.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeSettings {
    /// Numbers of neighbours that vote, each for a score.
    pub ks: Vec<usize>,
    /// How they vote, each for a score.
    pub votes: Vec<Vote>,
    /// Folds of the cross-validation that chooses the penalty, among the rows to train on.
    pub folds: usize,
    /// The values of C that are tried; none for 1e-4 to 1e6 by tens, from the strongest penalty on until two bring nothing.
    pub cs: Vec<f64>,
    /// What the linear probe reads; neighbours are always found by cosine.
    pub features: Features,
    /// How the linear probe of classes is trained.
    pub solver: Solver,
    /// The classes that are probed; rows of others are left out. All where it is none.
    pub classes: Option<Names>,
    /// What to do about rows of norm zero.
    pub zero_rows: ZeroRows,
    /// Level of the intervals.
    pub confidence: f64,
    /// Seed of the split, of the folds and of the minibatches.
    pub seed: u64,
}

impl Default for ProbeSettings {
    fn default() -> Self {
        Self {
            ks: vec![5],
            votes: vec![Vote::Equal],
            folds: 5,
            cs: Vec::new(),
            features: Features::Unit,
            solver: Solver::Lbfgs,
            classes: None,
            zero_rows: ZeroRows::Reject,
            confidence: 0.95,
            seed: 0,
        }
    }
}

impl ProbeSettings {
    /// Whether something is asked that only classes have.
    pub(super) fn needs_classes(&self) -> bool {
        self.classes.is_some() || self.solver != Solver::Lbfgs || !self.cs.is_empty()
    }

    /// The most neighbours that vote.
    pub(super) fn most_neighbours(&self) -> usize {
        self.ks.iter().copied().max().unwrap_or(0)
    }

    /// Each number of neighbours with each way to vote, and what scores call the latter.
    pub(super) fn neighbour_votes(&self) -> impl Iterator<Item = (usize, Vote, &'static str)> {
        let votes = |&k| {
            self.votes.iter().map(move |&vote| match vote {
                Vote::Equal => (k, vote, "knn"),
                Vote::Weighted => (k, vote, "knn_weighted"),
            })
        };
        self.ks.iter().flat_map(votes)
    }

    pub(super) fn check(&self) -> Result<(), ProbeError> {
        let wrong = |name, expected, value| {
            Err(ProbeError::Setting {
                name,
                expected,
                value,
            })
        };
        if self.ks.is_empty() || self.ks.contains(&0) {
            return wrong("k", "at least 1 neighbour", 0.0);
        }
        if self.votes.is_empty() {
            return wrong("vote", "at least one way to vote", 0.0);
        }
        if self.folds < 2 {
            return wrong("folds", "at least 2 folds", self.folds as f64);
        }
        if let Some(&c) = self.cs.iter().find(|c| !(c.is_finite() && **c > 0.0)) {
            return wrong("c", "positive, finite numbers", c);
        }
        if self.solver == (Solver::Adam { epochs: 0 }) {
            return wrong("epochs", "at least 1 epoch", 0.0);
        }
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            return wrong(
                "confidence",
                "a level between 0 and 1, both excluded (0.95 is usual)",
                self.confidence,
            );
        }
        Ok(())
    }
}
