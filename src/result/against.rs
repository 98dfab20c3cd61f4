//! A model among reference encoders: where it lies, in numbers that can be compared.

use serde::{Deserialize, Serialize};

use super::zoo::{Member, Zoo};
use crate::num::two_digits;
use crate::theory::uniformity_of_uniform;

/// The model's place, and those of the encoders it is compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Against {
    /// File of the zoo.
    pub source: String,
    /// What its encoders learned from.
    pub data: String,
    /// Whether all, the model too, have one dimension; else uniformity is compared as its excess over the ideal of each
    /// dimension.
    pub same_dimension: bool,
    /// The model.
    pub own: ModelPlace,
    /// The encoders, each with its excess; most accurate first.
    pub members: Vec<(Member, f64)>,
    /// What the comparison says, and what it does not.
    pub remarks: Vec<String>,
}

/// Where the audited model lies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelPlace {
    /// The audit's name.
    pub name: String,
    /// Dimension.
    pub dim: u64,
    /// `alignment{alpha=2}`; none without positives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alignment: Option<f64>,
    /// `uniformity{t=2}`: of one view, or the mean of two.
    pub uniformity: f64,
    /// `uniformity{t=2}` less the ideal of this dimension; 0 is best.
    pub excess: f64,
}

/// How far `uniformity{t=2}` lies above that of the uniform law on the sphere in R^dim.
pub fn excess(uniformity: f64, dim: u64) -> f64 {
    uniformity - uniformity_of_uniform(dim as usize, 2.0)
}

impl Against {
    /// Places a model among the encoders of `zoo`, read from `source`.
    pub fn new(own: ModelPlace, zoo: &Zoo, source: &str) -> Self {
        let dim = own.dim;
        let mut members: Vec<(Member, f64)> = zoo
            .members
            .iter()
            .map(|member| (member.clone(), excess(member.uniformity, member.dim)))
            .collect();
        let accuracy = |member: &Member| member.accuracy.map_or(-1.0, |a| a.value);
        members.sort_by(|a, b| accuracy(&b.0).total_cmp(&accuracy(&a.0)));
        let same_dimension = members.iter().all(|(member, _)| member.dim == dim);
        let mut against = Self {
            source: source.to_owned(),
            data: zoo.data.clone(),
            same_dimension,
            own,
            members,
            remarks: Vec::new(),
        };
        against.remarks = against.say();
        against
    }

    /// The encoder that lies nearest, both numbers measured by how far the zoo's own spread.
    pub fn nearest(&self) -> Option<&Member> {
        let alignment = self.own.alignment?;
        let spread = |value: fn(&(Member, f64)) -> f64| {
            let values = self.members.iter().map(value);
            let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
                (low.min(v), high.max(v))
            });
            (high - low).max(1e-9)
        };
        let (across, up) = (spread(|m| m.1), spread(|m| m.0.alignment));
        let distance = |(member, excess): &(Member, f64)| {
            ((excess - self.own.excess) / across).hypot((member.alignment - alignment) / up)
        };
        self.members
            .iter()
            .min_by(|a, b| distance(a).total_cmp(&distance(b)))
            .map(|(member, _)| member)
    }

    fn say(&self) -> Vec<String> {
        let count = self.members.len();
        let encoders = |n: usize| match n {
            0 => format!("none of the {count} reference encoders"),
            n => format!("{n} of {count} reference encoders"),
        };
        let closer = self
            .members
            .iter()
            .filter(|m| m.1 < self.own.excess)
            .count();
        let mut remarks = vec![format!(
            "uniformity lies {} above the ideal of {} dimensions; {} lie closer to theirs",
            two_digits(self.own.excess),
            self.own.dim,
            encoders(closer),
        )];
        if let Some(alignment) = self.own.alignment {
            let less = self
                .members
                .iter()
                .filter(|m| m.0.alignment < alignment)
                .count();
            remarks.push(format!(
                "alignment is {}; {} have less",
                two_digits(alignment),
                encoders(less),
            ));
        }
        if let Some(near) = self.nearest() {
            remarks.push(format!(
                "nearest in both: {} ({})",
                near.name, near.objective
            ));
        }
        if !self.same_dimension {
            remarks.push(
                "dimensions differ, so uniformity is compared as its excess over the ideal of each"
                    .to_owned(),
            );
        }
        remarks.push(format!(
            "the reference encoders learned from {}, and their positives are augmented views of test items: \
             alignment compares only as far as your positives are alike",
            self.data,
        ));
        remarks
    }
}
