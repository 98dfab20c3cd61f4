//! A policy to start from, made from an audit.

use super::judge::above_chance;
use super::policy::LEAST_OVERLAP;
use crate::metric::{Direction, METRICS, MetricId, Proposed};
use crate::result::{Audit, Measure, Side};

/// How far a limit stands off the model's number, as a share of the way to a worthless one: above the 0.42 to 0.43 by which
/// the better of two neighbours in recall is further off among eight real sentence encoders, and below the 0.49 to 0.61 by
/// which the right model with the wrong pooling is.
pub const MARGIN: f64 = 0.45;

/// How much less a model may lose to the baseline, which it shares its rows and dimension with.
const OF_BASELINE: f64 = 1.0 / 3.0;
/// Level of the intervals that the rules are judged by.
const LEVEL: f64 = 0.95;
/// Share of the ideal that no trained encoder is known to reach: half way from the most uniform of the eight (84 %) to
/// random vectors (100 %).
const TOO_UNIFORM: f64 = 0.92;
/// Half way from the least mean cosine of the eight (0.16) to that of random vectors (0).
const TOO_CENTRED: f64 = 0.07;
/// Rows below which neighbours shared by chance are too many.
const FEW_ROWS: u64 = 50;

/// A policy, and what must be said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// TOML with comments.
    pub text: String,
    /// What the policy cannot see, and which rules it lacks and why; comments of the policy say it, too.
    pub warnings: Vec<String>,
}

/// A commented policy that the audit keeps; its limits stand the share `margin` of the way from the audit's numbers to
/// those of a worthless model, and its rule against a baseline a third of that.
pub fn draft(audit: &Audit, margin: f64) -> Draft {
    let mut draft = Draft {
        text: heading(audit, margin),
        warnings: Vec::new(),
    };
    let positives = audit.subject.positives.is_some();
    if !positives {
        draft.warn(
            "without positives no rule can see whether rows that belong together lie close together, so that a bad model \
             may keep this policy; give --pairs, --labels or a second view, and make it again",
        );
    }
    let two = audit.subject.b.is_some();
    for measure in chosen(audit) {
        draft.limit(measure, margin, two);
        let compared = if positives {
            MetricId::ContrastiveLimit
        } else {
            MetricId::Uniformity
        };
        if measure.metric == compared {
            draft.against_baseline(measure, margin * OF_BASELINE, two);
        }
        if !positives {
            draft.unlike_noise(measure);
        }
    }
    draft.overlap(audit.subject.a.rows);
    draft
}

impl Draft {
    /// In the terminal, and as a comment of the policy.
    fn warn(&mut self, text: &str) {
        self.text += &format!("\n# Note: {text}.\n");
        self.warnings.push(text.to_owned());
    }

    /// The limit on the bad side.
    fn limit(&mut self, measure: &Measure, margin: f64, two: bool) {
        let Some((end, worthless)) = judged_end(measure).zip(measure.worthless()) else {
            return;
        };
        let way = worthless - end;
        let up = way > 0.0;
        if way == 0.0 || up != (measure.metric.spec().better == Direction::Lower) {
            self.warn(&format!(
                "{} is no better here than for a worthless model, so it has no rule",
                measure.label()
            ));
            return;
        }
        let bound = if up { "at_most" } else { "at_least" };
        let limit = match measure.se {
            Some(_) => rounded(end + margin * way, margin * way / 10.0, up),
            // A count: the data's own, and few that the model adds.
            None => format!("{}", measure.value + (measure.n as f64 / 100.0).ceil()),
        };
        self.rule(
            &format!("{}\n# here: {}", summary(measure.metric), written(measure)),
            measure,
            two,
            &format!("{bound} = {limit}"),
        );
    }

    fn against_baseline(&mut self, measure: &Measure, share: f64, two: bool) {
        let Some((end, worthless)) = judged_end(measure).zip(measure.worthless()) else {
            return;
        };
        let floor = share * (worthless - end).abs();
        if floor > 0.0 {
            let floor = rounded(floor, floor / 10.0, true);
            self.rule(
                "The same against a baseline of the same rows",
                measure,
                two,
                &format!("no_worse_than_baseline = {{ abs = {floor}, confidence = {LEVEL} }}"),
            );
        }
    }

    /// Where random vectors are and trained encoders are not.
    fn unlike_noise(&mut self, measure: &Measure) {
        let (least, why) = match (measure.metric, measure.ideal) {
            (MetricId::Uniformity, Some(ideal)) => (
                TOO_UNIFORM * ideal,
                "Random vectors reach the ideal. Of eight real sentence encoders the most uniform comes 84 % of the way; \
                 this is 92 %.",
            ),
            (MetricId::MeanCosine, _) => (
                TOO_CENTRED,
                "Random vectors have 0. Of eight real sentence encoders the least has 0.16; this is about half of it.",
            ),
            _ => return,
        };
        // Rounded away from what models have.
        let limit = rounded(least, least / 10.0, false);
        let kept = measure
            .interval_at(LEVEL)
            .is_some_and(|interval| interval.low >= least);
        if kept {
            self.rule(why, measure, false, &format!("at_least = {limit}"));
        } else {
            self.warn(&format!(
                "{} is as near to that of random vectors here as no trained encoder is known to be (expected at least \
                 {limit}), so no rule tells random vectors by it",
                measure.label()
            ));
        }
    }

    /// Neighbours in common with the baseline.
    fn overlap(&mut self, rows: u64) {
        if rows < FEW_ROWS {
            self.warn(&format!(
                "{rows} rows are too few to tell shared neighbours from chance (expected {FEW_ROWS} or more), so no rule \
                 sees rows in another order than the baseline's"
            ));
            return;
        }
        self.text += &format!(
            "\n# Neighbours that a row has in common with the baseline: against chance only, since a better model may share \
             a\n# tenth to a third of them. Catches random vectors and rows in another order. Needs embeddings, not a saved \
             audit;\n# at least five times chance, where that is more\n[[rule]]\nmetric = \"knn_overlap\"\nat_least = {}\n",
            LEAST_OVERLAP.max(above_chance(1.0 / (rows as f64 - 1.0)))
        );
    }

    fn rule(&mut self, comment: &str, measure: &Measure, two: bool, bound: &str) {
        let side = if two {
            format!("side = \"{}\"\n", measure.side.name())
        } else {
            String::new()
        };
        self.text += &format!(
            "\n# {comment}\n[[rule]]\nmetric = \"{}\"\n{side}{bound}\n",
            measure.label()
        );
    }
}

fn heading(audit: &Audit, margin: f64) -> String {
    let subject = &audit.subject;
    let percent = |share: f64| format!("{:.0} %", 100.0 * share);
    format!(
        "# A policy for `spherecheck gate`, made from {} ({} rows, {} dimensions).\n\
         #\n\
         # Limits leave room for other models, not only for other rows: they stand {} of the way (--margin) from the bad\n\
         # end of this model's interval to a worthless model (all rows at one point; for alignment, unrelated rows). Real\n\
         # encoders that retrieve as well differ by up to 43 %; the wrong pooling makes 49 % and more in alignment,\n\
         # uniformity and contrastive_limit. So they catch a broken deployment, not a slightly worse model; where a set is\n\
         # easy, recall and tar hardly move, and tighter limits of your own catch more. The rule against a baseline catches a loss of {}: with\n\
         # positives on contrastive_limit alone, since a better model may give up alignment for uniformity.\n\
         #\n\
         # metric   as reports write it; `spherecheck explain` lists them\n\
         # side     a, b, mean or cross; needed where there are two views\n\
         # limit    at_most, at_least, or no_worse_than_baseline = {{ abs, rel, confidence }}: worse only if beyond\n\
         #          both floors and significant\n\
         # level    fail (the default), warn or info\n\
         # slice    only the rows of this name in the file of --slices; \"*\" is each of them\n\
         # on_undecided  where the data cannot tell: pass, warn (the default) or fail (exit status 3)\n\n\
         confidence = {LEVEL}\n\
         on_undecided = \"warn\"\n",
        comment(&subject.name),
        subject.a.rows,
        subject.a.dim,
        percent(margin),
        percent(margin * OF_BASELINE),
    )
}

/// One number of each metric that gates well, on the side that speaks for the model: first those of search, which told a
/// broken encoder that others call better. Saved audits may lack them.
fn chosen(audit: &Audit) -> impl Iterator<Item = &Measure> {
    let of_search = |wanted: bool| METRICS.iter().filter(move |m| m.id.of_search() == wanted);
    let ordered = of_search(true).chain(of_search(false));
    ordered.filter_map(|spec| {
        let param = match spec.traits.proposed {
            Proposed::No => return None,
            Proposed::First => None,
            Proposed::At(param) => Some(param),
        };
        let of = |side: &Side| {
            let all = || {
                let measures = audit.measures.iter();
                measures.filter(|m| m.metric == spec.id && m.side == *side)
            };
            let usual = |m: &&Measure| m.params.values().all(|v| param.is_none_or(|p| *v == p));
            all().find(usual).or_else(|| all().next())
        };
        spec.sides.iter().find_map(of)
    })
}

/// The end of the judged interval that a limit on the bad side is nearest to; of a count, the count.
fn judged_end(measure: &Measure) -> Option<f64> {
    match (measure.interval_at(LEVEL), measure.metric.spec().better) {
        (Some(interval), Direction::Lower) => Some(interval.high),
        (Some(interval), Direction::Higher) => Some(interval.low),
        (None, _) if measure.se.is_none() => Some(measure.value),
        _ => None,
    }
}

fn summary(metric: MetricId) -> &'static str {
    let summary = metric.spec().summary;
    let (head, _) = summary.split_once(':').unwrap_or((summary, ""));
    head.trim_end_matches('.')
}

/// The number, with its error to two digits.
fn written(measure: &Measure) -> String {
    let Some(se) = measure.se else {
        return format!("{}", measure.value);
    };
    let decimals = (1.0 - se.abs().max(1e-12).log10().floor()).clamp(0.0, 12.0) as usize;
    format!("{:.decimals$} ± {se:.decimals$}", measure.value)
}

/// To the place of the first digit of `scale`, outwards.
fn rounded(value: f64, scale: f64, up: bool) -> String {
    let place = scale.abs().max(1e-9).log10().floor() as i32;
    let unit = 10f64.powi(place);
    let steps = value / unit;
    // A hair of rounding must not cost a whole step.
    let steps = if up {
        (steps - 1e-9).ceil()
    } else {
        (steps + 1e-9).floor()
    };
    let decimals = (-place).max(1) as usize;
    format!("{:.decimals$}", steps * unit)
}

/// A name that cannot end its comment.
fn comment(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
