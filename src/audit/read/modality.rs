//! How two views differ as a whole: gap, separability, and alignment and uniformity of centred rows.

use std::collections::BTreeMap;

use crate::audit::read::found::Found;
use crate::audit::read::notes::said::Said;
use crate::audit::read::search::number::Number;
use crate::audit::read::search::space;
use crate::audit::states::modality::Modality;
use crate::metric::MetricId;
use crate::result::{Measure, ModalityCard, NumberKey, Side, Stated};

/// Nothing where nothing was asked.
pub(crate) fn numbers(found: &Found<'_>, said: &mut Said) -> Vec<Number> {
    if !found.settings.modality {
        return Vec::new();
    }
    let Some(modality) = &found.on_request.modality else {
        said.warn(
            "Modality was asked for and is not measured: it is of two views. Give a second view."
                .to_owned(),
        );
        return Vec::new();
    };
    let mut out = match found.searched {
        // They stand there already.
        Some(_) => Vec::new(),
        None => space::numbers(found, &modality.groups),
    };
    match &modality.told {
        Ok(told) => {
            let draws = (told.units as f64, told.freedom);
            let level = found.settings.confidence;
            let key = NumberKey {
                metric: MetricId::ModalitySeparability,
                params: BTreeMap::new(),
                side: Side::Cross,
                n: told.tested,
                beside: (Some(0.5), None),
            };
            out.push(key.number(Stated::share(told.auc, told.se, draws, level), Vec::new()));
        }
        Err(why) => said.warn(format!("modality_separability is not measured: {why}")),
    }
    match &modality.centred {
        Ok(measures) => {
            for (of, metric) in [
                (MetricId::Alignment, MetricId::CentredAlignment),
                (MetricId::Uniformity, MetricId::CentredUniformity),
            ] {
                let wanted = measures.iter().filter(|measure| measure.metric == of);
                out.extend(wanted.map(|measure| Number {
                    measure: Measure {
                        metric,
                        collapsed: None,
                        ..measure.clone()
                    },
                    left: Vec::new(),
                }));
            }
        }
        Err(why) => said.warn(format!("Centred rows are not measured: {why}")),
    }
    out
}

/// What the block of the report says beside the numbers.
pub(crate) fn card(found: &Found<'_>) -> Option<ModalityCard> {
    let modality: &Modality = found.on_request.modality.as_ref()?;
    let told = modality.told.as_ref().ok();
    Some(ModalityCard {
        trained: told.map(|told| told.trained),
        tested: told.map(|told| told.tested),
    })
}
