//! A policy to start from, made from an audit.

use super::judge::above_chance;
use super::policy::LEAST_OVERLAP;
use crate::metric::{Direction, Domain, Family, METRICS, MetricId, Proposed};
use crate::result::{Audit, Measure, NumberSource, Side, Slice};

/// How far a limit stands off the model's number, as a share of the way to a worthless one: above the 0.42 to 0.43 by which
/// the better of two neighbours in recall is further off among eight real sentence encoders, and below the 0.49 to 0.61 by
/// which the right model with the wrong pooling is.
pub const MARGIN: f64 = 0.45;

/// The same of how rows are spread, where a limit says what a search finds: the most crowded of the eight finds as well as
/// others and is 76 to 80 % of the way from them to rows at one point; this is half way on from there.
const SPREAD: f64 = 0.9;

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

/// A commented policy that the audit keeps.
///
/// Its limits stand the share `margin` of the way from the audit's numbers to those of a worthless model, and its rule
/// against a baseline a third of that. Where a search was measured, limits of recall and TAR stand where [`least_share`]
/// says, but no farther than that; uniformity, mean cosine and the contrastive limit, by which another model may be called
/// worse that finds as well, nine tenths of the way; and the rules against a baseline are of recall and TAR.
pub fn draft(audit: &Audit, margin: f64) -> Draft {
    let searched = chosen(audit).any(|measure| {
        let bad = judged_end(measure).zip(measure.worthless());
        finds(measure.metric) && bad.is_some_and(|(end, worthless)| end > worthless)
    });
    let mut draft = Draft {
        text: heading(audit, margin, searched),
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
        let spread = matches!(
            measure.metric,
            MetricId::Uniformity | MetricId::ContrastiveLimit | MetricId::MeanCosine
        );
        let off = match searched && spread {
            true => margin.max(SPREAD),
            false => margin,
        };
        draft.limit(measure, off, two);
        let compared = match (searched, positives) {
            (true, _) => finds(measure.metric),
            (false, true) => measure.metric == MetricId::ContrastiveLimit,
            (false, false) => measure.metric == MetricId::Uniformity,
        };
        if compared {
            draft.against_baseline(measure, margin * OF_BASELINE, two);
        }
        if measure.metric == MetricId::Recall {
            draft.in_each_slice(measure, audit, (margin, two));
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
            Some(_) => {
                let limit = stood_off(measure, (end, worthless), margin);
                rounded(limit, (limit - end) / 10.0, up)
            }
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
        let floor = match finds(measure.metric) {
            true => measure.value - share_of(odds(measure, end) / 2.0),
            false => share * (worthless - end).abs(),
        };
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

    /// The limit that every slice keeps.
    fn in_each_slice(&mut self, measure: &Measure, audit: &Audit, (margin, two): (f64, bool)) {
        let slices = audit.slices.iter();
        let of = |slice: &Slice| {
            let own = NumberSource::from(slice).find(measure)?;
            let (end, worthless) = judged_end(own).zip(own.worthless())?;
            let limit = stood_off(own, (end, worthless), margin);
            (end > worthless).then_some((limit, end))
        };
        let limits: Option<Vec<(f64, f64)>> = slices.map(of).collect();
        let least = limits
            .into_iter()
            .flatten()
            .min_by(|x, y| x.0.total_cmp(&y.0));
        if let Some((limit, end)) = least {
            let limit = rounded(limit, (limit - end) / 10.0, false);
            let rest = format!("slice = \"*\"\nat_least = {limit}");
            self.rule("The same in each slice", measure, two, &rest);
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

fn heading(audit: &Audit, margin: f64, searched: bool) -> String {
    let subject = &audit.subject;
    let percent = |share: f64| format!("{:.0} %", 100.0 * share);
    let which = if searched {
        format!(
            "# recall and tar stand closer: where the odds of finding are half of those here or, where that is lower, as far\n\
             # below the bad end of the interval as that is below the number, in log odds. Uniformity, contrastive_limit and\n\
             # mean_cosine call a model worse that is more crowded and finds as well: they stand {} of the way, near collapse.\n\
             # Rules against a baseline are of recall and tar: odds halved, and significantly lower, fail.\n",
            percent(margin.max(SPREAD))
        )
    } else {
        format!(
            "# Real encoders that retrieve as well differ by up to 43 %; the wrong pooling makes 49 % and more in alignment,\n\
             # uniformity and contrastive_limit. So they catch a broken deployment, not a slightly worse model, which recall\n\
             # and tar do (positives and --search). The rule against a baseline catches a loss of {}: with positives on\n\
             # contrastive_limit alone, since a better model may give up alignment for uniformity.\n",
            percent(margin * OF_BASELINE)
        )
    };
    format!(
        "# A policy for `spherecheck gate`, made from {} ({} rows, {} dimensions).\n\
         #\n\
         # Limits leave room for other models, not only for other rows: they stand {} of the way (--margin) from the bad\n\
         # end of this model's interval to a worthless model (all rows at one point; for alignment, unrelated rows).\n\
         {which}\
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

/// Shares of positives that are found: what a model is for, by which models of any kind can be held against each other.
fn finds(metric: MetricId) -> bool {
    let spec = metric.spec();
    let share = spec.traits.values == Domain::Share && spec.better == Direction::Higher;
    share && metric.family() == Family::Queries
}

/// The limit on the side of a worthless model.
fn stood_off(measure: &Measure, (end, worthless): (f64, f64), margin: f64) -> f64 {
    let farthest = end + margin * (worthless - end);
    match finds(measure.metric) {
        true => least_share(measure, end).max(farthest),
        false => farthest,
    }
}

/// The least share that another model may find. Half the odds leave room for other models: of the eight, those of one
/// recall have odds of TAR that differ by up to 1.8 times, and the wrong pooling has 3.7 times lower ones. Twice the way
/// to the bad end of the interval, in the logarithm of odds, leaves room for other rows: that a model as good has an
/// interval as wide, around a number that may lie as far off.
fn least_share(measure: &Measure, end: f64) -> f64 {
    let here = odds(measure, end);
    let end = end / (1.0 - end);
    share_of((here / 2.0).min(end * end / here))
}

/// Of a share that is found, which is taken to be no nearer to all than half way from the bad end of its interval.
fn odds(measure: &Measure, end: f64) -> f64 {
    let share = measure.value.min((1.0 + end) / 2.0);
    share / (1.0 - share)
}

fn share_of(odds: f64) -> f64 {
    odds / (1.0 + odds)
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
