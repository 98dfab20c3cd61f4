//! The test of uniformity.

use super::{Blind, Direction, Family, Kind, MetricId, MetricSpec, Place, Side, Traits};

pub(super) const UNIFORMITY_Z: MetricSpec = MetricSpec {
    id: MetricId::UniformityZ,
    param: Some("t"),
    kind: Kind::Test(MetricId::Uniformity),
    blind: Blind::ToNoise,
    place: Place::Usual,
    sides: &[Side::A, Side::B],
    traits: Traits::of(Family::Other),
    summary: "A test of uniformity: how many standard deviations the mean Gaussian potential lies above that of \
              rows drawn from the uniform law.",
    formula: "(U - b(t)) / sqrt(2 / (n (n - 1)) (b(2t) - b(t)^2)), U = mean_{i<j} exp(-t ||x_i - x_j||^2), b(t) \
              = exp(-2t) 0F1(; m/2; t^2)",
    range: "(-inf, inf); above about 3 the rows are not uniform, below about -3 they repel each other",
    ideal: "0, give or take 1: the uniform law's mean and standard deviation are exact",
    collapsed: "(1 - b(t)) over the same standard deviation",
    reading: "Closer to 0 is better, but it is a test, not a size: it grows in proportion to n, so every real \
              model is rejected at large n, and it compares only at equal n, m and t. The effect is in \
              uniformity{t} less its ideal: exp of that, less 1, is by how much the mean potential exceeds the \
              uniform one. An excess below 0.05 is slight, one of 1 (twice the potential) plain, one of 10 a cone \
              or clusters. A z below 3 says that n rows cannot tell these embeddings from uniform ones. Rows \
              must be independent: duplicates and groups raise z by themselves.",
    error: "None: it is counted in standard deviations itself. Its law under uniformity is skewed in few \
            dimensions: a sum of centred chi-squares.",
    better: Direction::Lower,
    reference: "Exact null variance of a U-statistic; as a Sobolev test (the softmax kernel with kappa = 2t): \
                Fernandez-de-Marcos & Garcia-Portugues, On new omnibus tests of uniformity on the hypersphere, \
                2023.",
};
