//! Labels that may stand for rows without one: -1, 255, `unknown`.

/// How a missing label is spelled.
const WORDS: [&str; 12] = [
    "unknown",
    "unlabeled",
    "unlabelled",
    "undefined",
    "missing",
    "none",
    "null",
    "nan",
    "na",
    "n/a",
    "<unk>",
    "?",
];

/// Fill values of unsigned types, where labels proper stay far below.
const FILLS: [f64; 2] = [255.0, 65_535.0];

/// Characters of a label that a message shows.
const SHOWN: usize = 40;

/// One of three or more labels, whose rows may have no label in truth.
#[derive(Clone, Debug, PartialEq)]
pub struct Sentinel {
    /// The label as the file has it, the beginning of a long one.
    pub value: String,
    /// Rows that have it.
    pub rows: u64,
    /// Share of the pairs of rows of one label that are of this one.
    pub pairs: f64,
    /// What marks it, beside its share: `, the only negative one,`; empty where that is all.
    pub mark: &'static str,
}

impl Sentinel {
    /// Of labels called `values`, each of as many rows as `sizes` says: one with more than half of all pairs of rows of
    /// one label; the only negative number; a usual spelling of none.
    pub fn among(values: &[String], sizes: &[u64]) -> Vec<Self> {
        let pairs = |rows: u64| rows as f64 * (rows as f64 - 1.0) / 2.0;
        let all: f64 = sizes.iter().map(|&rows| pairs(rows)).sum();
        let present: Vec<(&String, u64)> = values
            .iter()
            .zip(sizes.iter().copied())
            .filter(|(_, rows)| *rows > 0)
            .collect();
        if present.len() < 3 {
            return Vec::new();
        }
        let number = |value: &str| value.trim().parse::<f64>().ok();
        let below = |limit: f64, value: &str| number(value).is_some_and(|number| number < limit);
        let negative = present.iter().filter(|(v, _)| below(0.0, v)).count();
        let mark = |value: &str| {
            let fill = FILLS.iter().find(|fill| number(value) == Some(**fill));
            let far = |fill: &f64| {
                let mut others = present.iter().filter(|(other, _)| *other != value);
                others.all(|(other, _)| below(fill / 2.0, other))
            };
            if negative == 1 && below(0.0, value) {
                Some(", the only negative one,")
            } else if fill.is_some_and(far) {
                Some(", far above all others,")
            } else {
                let word = WORDS.contains(&value.trim().to_lowercase().as_str());
                word.then_some("")
            }
        };
        let of = |&(value, rows): &(&String, u64)| {
            let share = if all > 0.0 { pairs(rows) / all } else { 0.0 };
            let marked = mark(value);
            (share > 0.5 || marked.is_some()).then(|| Self {
                value: value.chars().take(SHOWN).collect(),
                rows,
                pairs: share,
                mark: marked.unwrap_or(""),
            })
        };
        present.iter().filter_map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn among(labels: &[(&str, u64)]) -> Vec<(String, &'static str)> {
        let values: Vec<String> = labels
            .iter()
            .map(|(value, _)| (*value).to_owned())
            .collect();
        let sizes: Vec<u64> = labels.iter().map(|(_, rows)| *rows).collect();
        let found = Sentinel::among(&values, &sizes).into_iter();
        found.map(|found| (found.value, found.mark)).collect()
    }

    #[test]
    fn labels_that_may_be_none_are_found_and_classes_are_not() {
        let negative = ", the only negative one,";
        for (labels, expected) in [
            (&[("0", 9), ("1", 9), ("2", 9)][..], &[][..]),
            // 48 of 60 rows make 97 % of the pairs.
            (&[("7", 48), ("1", 6), ("2", 6)], &[("7", "")]),
            (&[("cat", 6), ("dog", 6), ("other", 48)], &[("other", "")]),
            (&[("0", 9), ("-1", 3), ("1", 9)], &[("-1", negative)]),
            (&[("0", 9), ("-100", 30), ("1", 9)], &[("-100", negative)]),
            // Two negative ones are numbers like others; two labels tell nothing.
            (&[("-2", 9), ("-1", 9), ("0", 9)], &[]),
            (&[("-1", 30), ("1", 9)], &[]),
            (
                &[("0", 9), ("255", 3), ("1", 9)],
                &[("255", ", far above all others,")],
            ),
            (&[("254", 9), ("255", 9), ("1", 9)], &[]),
            (
                &[("cat", 9), ("Unknown", 3), ("dog", 9)],
                &[("Unknown", "")],
            ),
            (
                &[("cat", 9), ("NaN", 3), ("-1", 9)],
                &[("NaN", ""), ("-1", negative)],
            ),
            // A label of which no row is left is none.
            (&[("0", 9), ("-1", 0), ("1", 9)], &[]),
        ] {
            let expected: Vec<_> = expected
                .iter()
                .map(|(v, m)| ((*v).to_owned(), *m))
                .collect();
            assert_eq!(among(labels), expected, "{labels:?}");
        }
    }
}
