//! JUnit XML: one test case for each rule. What does not fail the gate does not fail its case.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::row::row;
use crate::gate::{Bound, Outcome, Verdict};
use crate::report::ReportError;
use crate::report::text::printable;

/// The verdict as JUnit XML, in UTF-8.
///
/// # Errors
/// [`ReportError::Junit`].
pub fn junit(verdict: &Verdict) -> Result<Vec<u8>, ReportError> {
    let mut report = Report::new("spherecheck");
    let policy = printable(&verdict.policy);
    let mut suite = TestSuite::new(format!("spherecheck gate: {policy}"));
    for finding in &verdict.findings {
        let row = row(finding);
        let (label, why, numbers) = (printable(&row.label), printable(&row.why), row.numbers());
        let kind = row.word;
        let status = match kind {
            "FAIL" | "UNDECIDED" => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                let line = finding.rule.line;
                status
                    .set_type(if kind == "FAIL" {
                        "broken"
                    } else {
                        "undecided"
                    })
                    .set_message(format!("{label}: {why}"))
                    .set_description(format!("{numbers}\n{why}\n{policy}, line {line}"));
                status
            }
            _ if finding.outcome == Outcome::Skipped => {
                let mut status = TestCaseStatus::skipped();
                status.set_message(why.clone());
                status
            }
            _ => TestCaseStatus::success(),
        };
        // With its limit, so that two rules about one number are two cases.
        let limit = match finding.rule.bound {
            Bound::NoWorseThanBaseline(_) => "no worse than baseline",
            Bound::AtMost(_) | Bound::AtLeast(_) | Bound::Absent(_) => &row.limit,
        };
        let mut case = TestCase::new(format!("{label} {limit}"), status);
        case.set_classname(printable(&verdict.subject));
        case.set_system_out(format!("{kind}: {numbers}\n{why}"));
        suite.add_test_case(case);
    }
    if !verdict.notes.is_empty() {
        let notes = verdict.notes.iter();
        let notes: Vec<String> = notes
            .map(|note| format!("warning: {}", printable(&note.text)))
            .collect();
        suite.set_system_out(notes.join("\n"));
    }
    report.add_test_suite(suite);
    let mut bytes = Vec::new();
    report
        .serialize(&mut bytes)
        .map_err(|source| ReportError::Junit {
            subject: verdict.subject.clone(),
            source: Box::new(source),
        })?;
    if !bytes.ends_with(b"\n") {
        bytes.push(b'\n');
    }
    Ok(bytes)
}
