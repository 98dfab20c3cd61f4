//! Judgements of retrieval (qrels): which documents answer which queries, a line for each.
//!
//! TREC writes `query 0 document grade`, between spaces or tabs; BEIR writes `query-id corpus-id score` as a header and
//! three columns between tabs.

use std::path::Path;

use super::lines::{Lines, without_mark};
use super::links::{LinkIds, Unknown};
use super::number::shown;
use super::room::grow;
use super::wanted::Wanted;
use super::{InputError, foreign, open_bytes, packed};
use crate::data::RawPairs;
use crate::num::count;

const EXPECTED: &str =
    "`query 0 document grade` (TREC) or `query document grade` between tabs (BEIR)";
const ADVICE: &str = "correct the line; judgements in another table are given with --pairs FILE --pairs-tensor QUERY,DOCUMENT, \
     without those of grade 0";

/// How the fields of a file are divided.
#[derive(Clone, Copy)]
struct Form {
    tabs: bool,
    fields: usize,
}

/// One line.
struct Judgement<'t> {
    query: &'t str,
    document: &'t str,
    grade: f64,
}

/// The pairs (row of a query, row of a document) whose grade is above 0, with their grades for gains.
pub(super) fn read(
    path: &Path,
    (queries, documents): LinkIds<'_>,
    notes: &mut Vec<String>,
) -> Result<RawPairs, InputError> {
    let name = path.display().to_string();
    let bytes = packed::unpacked(path, open_bytes(path)?, Wanted::Pairs)?;
    let text = (*bytes).as_ref();
    // An id may begin with any letters, also with those that are the magic of another format.
    let printed = |byte: &u8| (byte.is_ascii_graphic() && *byte != b'<') || *byte == b' ';
    if !text.iter().take(4).all(printed) {
        foreign::check(path, "tsv", text)?;
    }
    let mut form = None;
    let (mut list, mut gains) = (Vec::new(), Vec::new());
    let mut unknown = Unknown::default();
    let (mut lines, mut judged) = (0, 0);
    let mut positive = 0;
    for (number, line) in Lines::new(without_mark(text), 1) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        lines += 1;
        let refuse = |found: String| {
            InputError::row(&*name, format!("line {number}"), EXPECTED, found, ADVICE)
        };
        let known = match form {
            Some(form) => form,
            None => Form::of(line).ok_or_else(|| refuse(shown(line)))?,
        };
        form = Some(known);
        let fields = known.divide(line).map_err(refuse)?;
        let Some(judgement) = known.judgement(fields) else {
            // A header has no grade.
            if lines == 1 && known.is_header(fields) {
                continue;
            }
            return Err(refuse(shown(line)));
        };
        judged += 1;
        if judgement.grade <= 0.0 {
            continue;
        }
        positive += 1;
        match (
            queries.row(judgement.query),
            documents.row(judgement.document),
        ) {
            (Some(i), Some(j)) => {
                if list.len() == list.capacity() {
                    grow(&name, &mut list, 1)?;
                    grow(&name, &mut gains, 1)?;
                }
                list.push([i, j]);
                gains.push(judgement.grade);
            }
            (found, _) => {
                let (id, ids) = match found {
                    None => (judgement.query, queries),
                    Some(_) => (judgement.document, documents),
                };
                unknown.met(|| format!("line {number}"), id, ids);
            }
        }
    }
    unknown.refused(&name, positive)?;
    notes.push(format!(
        "{name}: {} of {} judgements have a grade above 0 and are pairs; how high it is counts in ndcg alone.",
        count(positive),
        count(judged)
    ));
    let pairs = RawPairs::with_room(name, list);
    // Grades that are all alike grade nothing.
    let graded = gains.windows(2).any(|two| two[0] != two[1]);
    Ok(match graded {
        true => pairs.with_gains(gains),
        false => pairs,
    })
}

impl Form {
    /// Of the first line.
    fn of(line: &[u8]) -> Option<Self> {
        let form = |tabs| {
            let fields = split(line, tabs).count();
            let three = tabs && fields == 3;
            (three || fields == 4).then_some(Self { tabs, fields })
        };
        form(true).or_else(|| form(false))
    }

    /// The fields of a line; what was found, where they are not as many as in the first.
    fn divide(self, line: &[u8]) -> Result<[&[u8]; 4], String> {
        let mut fields = [&b""[..]; 4];
        let mut found = 0;
        for field in split(line, self.tabs) {
            if let Some(place) = fields.get_mut(found) {
                *place = field;
            }
            found += 1;
        }
        if found != self.fields {
            return Err(format!(
                "{found} fields, where the first line has {}",
                self.fields
            ));
        }
        Ok(fields)
    }

    /// Its query, its document and its grade.
    fn parts(self, fields: [&[u8]; 4]) -> [&[u8]; 3] {
        match self.fields {
            3 => [fields[0], fields[1], fields[2]],
            _ => [fields[0], fields[2], fields[3]],
        }
    }

    fn judgement(self, fields: [&[u8]; 4]) -> Option<Judgement<'_>> {
        let [query, document, grade] = self.parts(fields).map(|field| {
            std::str::from_utf8(field)
                .ok()
                .filter(|text| !text.is_empty())
        });
        let grade: f64 = grade?.parse().ok()?;
        Some(Judgement {
            query: query?,
            document: document?,
            grade: Some(grade).filter(|grade| grade.is_finite())?,
        })
    }

    /// Whether its last field is a name.
    fn is_header(self, fields: [&[u8]; 4]) -> bool {
        let [.., grade] = self.parts(fields);
        let number = std::str::from_utf8(grade).map(str::parse::<f64>);
        grade.first().is_some_and(u8::is_ascii_alphabetic) && matches!(number, Ok(Err(_)))
    }
}

/// Fields between single tabs, or between any white space.
fn split(line: &[u8], tabs: bool) -> impl Iterator<Item = &[u8]> {
    let at = move |byte: &u8| match tabs {
        true => *byte == b'\t',
        false => byte.is_ascii_whitespace(),
    };
    line.split(at)
        .map(<[u8]>::trim_ascii)
        .filter(move |field| tabs || !field.is_empty())
}

#[cfg(test)]
mod tests {
    use super::Form;

    #[test]
    fn the_first_line_tells_how_fields_are_divided() {
        for (line, form) in [
            ("q 0 d 1", Some((false, 4))),
            ("q  Q0\t d   1", Some((false, 4))),
            ("q\t0\td\t1", Some((true, 4))),
            ("query-id\tcorpus-id\tscore", Some((true, 3))),
            ("a query\ta document\t1", Some((true, 3))),
            ("q d 1", None),
            ("q,d,1", None),
            ("q\td", None),
            ("1 2 3 4 5", None),
        ] {
            let found = Form::of(line.as_bytes()).map(|form| (form.tabs, form.fields));
            assert_eq!(found, form, "{line}");
        }
    }

    #[test]
    fn a_judgement_has_a_query_a_document_and_a_finite_grade() {
        let of = |line: &'static str| {
            let form = Form::of(line.as_bytes())?;
            let fields = form.divide(line.as_bytes()).ok()?;
            let found = form.judgement(fields)?;
            Some((found.query, found.document, found.grade))
        };
        assert_eq!(of("q1 0 d/2 3"), Some(("q1", "d/2", 3.0)));
        assert_eq!(of("q 1\td 2\t-1"), Some(("q 1", "d 2", -1.0)));
        for line in ["q 0 d x", "q 0 d nan", "q 0 d inf", "q\t\t1"] {
            assert_eq!(of(line), None, "{line}");
        }
    }
}
