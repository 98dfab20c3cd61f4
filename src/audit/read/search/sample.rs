//! Numbers of a sample of queries: what their errors are beside those of all, and what is said of them.

use super::number::Number;
use crate::audit::read::found::Found;
use crate::audit::read::notes::said::Said;
use crate::result::{QueriesCard, Side, Support};

/// Marks numbers as those of a sample. A share f of the queries being drawn, their standard error against all queries is
/// sqrt(1 - f) of the one against other queries of the same kind: that of a sample without replacement. Errors also count
/// other rows to search, all of which were seen: it is the most it can be.
pub(super) fn mark(numbers: &mut [Number], card: &QueriesCard) {
    for Number { measure, .. } in numbers {
        let left = (1.0 - card.share(measure.side)).max(0.0).sqrt();
        measure.support = Support::Estimated;
        measure.monte_carlo = measure.se.map(|se| se * left);
    }
}

/// Says which queries there are, why, and what thresholds are of.
pub(super) fn say(found: &Found<'_>, card: &QueriesCard, said: &mut Said) {
    let auto = card.asked == "auto";
    let why = match auto && found.estimated.is_none() {
        true => {
            " To compare all of them takes more than 7.68e12 multiply-adds; give --queries all to do so."
        }
        false => "",
    };
    let text = format!(
        "Retrieval and thresholds come from a sample of queries, {}, drawn with seed {}; each was compared with all rows. \
         Their errors count what other queries, and other rows to find, would change.{why}",
        card.counts(),
        card.seed
    );
    match auto {
        true => said.warn(text),
        false => said.info(text),
    }
    if card.of < found.rows(Side::A) {
        said.info(
            "Thresholds and their kin (auc, d_prime, eer, tar, threshold) take the pairs of a query and a row that is not \
             its positive. Rows without a positive are no queries, so that an audit of all pairs, which counts theirs as \
             well, may differ by more than the errors."
                .to_owned(),
        );
    }
}

/// Says why there are no hubs.
pub(super) fn no_hubs(found: &Found<'_>, said: &mut Said) {
    let instead = match found.estimated {
        Some(_) => "leave out --budget, --max-error and --queries",
        None => "give --queries all",
    };
    said.info(format!(
        "Hubs are not measured: most rows look unfound where few rows search, so that a sample of queries cannot tell \
         (antihubs .043 of all rows become .461 where a tenth of them searches). For hubs {instead}."
    ));
}
