//! What `spherecheck explain` can be asked about: metrics and findings, by their names and by others they go by.

use crate::metric::{METRICS, MetricId, MetricSpec};
use crate::result::{FINDINGS, FindingId};

/// Something with a page of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A metric.
    Metric(MetricId),
    /// A finding.
    Finding(FindingId),
}

/// Names that the field has for what is called otherwise here: of findings.
const ALIASES: &[(&str, FindingId)] = &[
    ("cone", FindingId::NarrowCone),
    ("cls", FindingId::ClsOrPrefix),
    ("pooling", FindingId::ClsOrPrefix),
    ("shuffled", FindingId::ShuffledOrder),
    ("at_chance", FindingId::PositivesAtChance),
];

impl Topic {
    /// The metric or finding of this name, whatever its case; the parameters of a label (`uniformity{t=2}`) do not matter.
    ///
    /// # Errors
    /// What there is, and the metric whose name is nearest.
    pub(super) fn parse(name: &str) -> Result<Self, String> {
        let bare = name.split('{').next().unwrap_or(name);
        let plain = bare.trim().to_lowercase().replace(['-', ' '], "_");
        if let Ok(metric) = MetricId::parse(&plain) {
            return Ok(Self::Metric(metric));
        }
        if let Some(finding) = FindingId::parse(&plain) {
            return Ok(Self::Finding(finding));
        }
        let known_so = |spec: &&MetricSpec| spec.traits.aliases.contains(&&*plain);
        if let Some(spec) = METRICS.iter().find(known_so) {
            return Ok(Self::Metric(spec.id));
        }
        if let Some((_, finding)) = ALIASES.iter().find(|(alias, _)| *alias == plain) {
            return Ok(Self::Finding(*finding));
        }
        let names: Vec<&str> = FINDINGS.iter().map(|spec| spec.id.name()).collect();
        let metrics =
            MetricId::parse(name).map_or_else(|error| error.to_string(), |_| String::new());
        Err(format!(
            "{metrics}, or of the findings {}",
            names.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_names_lead_to_what_is_here() {
        for (name, expected) in [
            ("InfoNCE", Topic::Metric(MetricId::ContrastiveLimit)),
            ("anisotropy", Topic::Metric(MetricId::MeanCosine)),
            ("isotropy", Topic::Metric(MetricId::Uniformity)),
            ("cone", Topic::Finding(FindingId::NarrowCone)),
            ("recall", Topic::Metric(MetricId::Recall)),
            ("narrow-cone", Topic::Finding(FindingId::NarrowCone)),
            ("uniformity{t=2}", Topic::Metric(MetricId::Uniformity)),
        ] {
            assert_eq!(Topic::parse(name), Ok(expected), "{name}");
        }
        let error = Topic::parse("uniformty").expect_err("no such name");
        assert!(error.contains("did you mean uniformity?"), "{error}");
        assert!(error.contains("narrow_cone"), "{error}");
    }

    #[test]
    fn no_alias_hides_a_name() {
        let of_metrics = METRICS.iter().flat_map(|spec| spec.traits.aliases);
        for alias in of_metrics.chain(ALIASES.iter().map(|(alias, _)| alias)) {
            assert!(MetricId::parse(alias).is_err(), "{alias}");
            assert!(FindingId::parse(alias).is_none(), "{alias}");
        }
    }
}
