//! Numbers that are none: no report, gate or file may hold one, and none goes without a word.

use crate::result::{Measure, Note, Severity};

/// Labels that a note spells out.
const NAMED: usize = 6;

/// Takes the measures that are not finite out, with a warning that names them.
pub(crate) fn set_aside(measures: &mut Vec<Measure>) -> Option<Note> {
    let bad: Vec<String> = measures
        .iter()
        .filter(|measure| !measure.value.is_finite())
        .map(|m| format!("{} of side {} ({})", m.label(), m.side.name(), m.value))
        .collect();
    measures.retain(|measure| measure.value.is_finite());
    let more = bad.len().saturating_sub(NAMED);
    let named = bad.get(..NAMED).unwrap_or(&bad).join(", ");
    let more = match more {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!bad.is_empty()).then(|| Note::new(Severity::Warning, format!(
            "Not measured, as the value is not finite: {named}{more}. NaN: no pair of rows is left to average over; \
             inf: the sum leaves f64."
        )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::MetricId;
    use crate::result::{Side, Stated};

    #[test]
    fn what_is_no_number_is_named_and_gone() {
        let measure = |value| {
            let beside = (None, None);
            Stated::plain(value).measure(
                MetricId::MeanCosine,
                Default::default(),
                (Side::B, 5),
                beside,
            )
        };
        let mut measures = vec![measure(0.5), measure(f64::NAN), measure(f64::INFINITY)];
        let note = set_aside(&mut measures).expect("a note");
        assert_eq!(measures, [measure(0.5)]);
        assert_eq!(note.severity, Severity::Warning);
        let named = "mean_cosine of side b (NaN), mean_cosine of side b (inf)";
        assert!(note.text.contains(named), "{}", note.text);
        assert_eq!(set_aside(&mut measures), None);
        let mut many = vec![measure(f64::NAN); 9];
        assert!(
            set_aside(&mut many)
                .expect("a note")
                .text
                .contains("and 3 more")
        );
    }
}
