//! How two views differ as a whole, in one block: gap, separability, uniformity of each side and between, centred.

use super::document::{Block, Document, Shown};
use super::measures::value;
use super::number::{count, plain};
use crate::metric::MetricId;
use crate::result::{Audit, Measure, Side, params_text};

/// Nothing where that was not asked for.
pub(super) fn push(document: &mut Document, audit: &Audit) {
    let Some(card) = &audit.modality else { return };
    document.push_for(Shown::Page, Block::Heading("modality".to_owned()));
    let of = |metric: MetricId| audit.measures.iter().filter(move |m| m.metric == metric);
    let mut lines: Vec<(&'static str, String)> = Vec::new();
    let mut put = |name, metric: MetricId, about: &str| {
        if let Some(measure) = of(metric).find(|m| m.side == Side::Cross) {
            lines.push((name, format!("{}{about}", interval(measure))));
        }
    };
    put("gap", MetricId::ModalityGap, ": distance of the mean rows");
    put("space", MetricId::SpaceCosine, ": cosine of the mean rows");
    let told = match (card.trained, card.tested) {
        (Some(trained), Some(tested)) => format!(
            ": AUC of a linear classifier of the view, trained on {} rows and tested on {}; 0.5 is chance",
            count(trained),
            count(tested)
        ),
        _ => String::new(),
    };
    put("separability", MetricId::ModalitySeparability, &told);
    for (name, metric) in [
        ("uniformity", MetricId::Uniformity),
        ("centred uniformity", MetricId::CentredUniformity),
        ("alignment", MetricId::Alignment),
        ("centred alignment", MetricId::CentredAlignment),
    ] {
        let each = of(metric).map(|measure| {
            format!(
                "{} {} ({})",
                measure.side.name(),
                value(measure).value,
                params_text(&measure.params, ", ")
            )
        });
        let each: Vec<String> = each.collect();
        if !each.is_empty() {
            lines.push((name, each.join(" · ")));
        }
    }
    document.push(Block::card(lines));
}

/// A number with its interval.
fn interval(measure: &Measure) -> String {
    let text = value(measure);
    match measure.interval {
        Some(ends) => format!(
            "{} ({} to {})",
            text.value,
            plain(ends.low, text.decimals),
            plain(ends.high, text.decimals)
        ),
        None => text.value,
    }
}
