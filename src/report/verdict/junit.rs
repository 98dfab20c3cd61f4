//! JUnit XML: one test case for each rule. What does not fail the gate does not fail its case.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::row::{Row, row, word};
use crate::gate::{Outcome, Verdict};
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
        let Row {
            label,
            value,
            interval,
            limit,
            why,
            ..
        } = row(finding);
        let (label, why) = (printable(&label), printable(&why));
        let numbers = format!("{value} ({interval}), {limit}");
        let kind = word(finding);
        let status = match kind {
            "FAIL" | "UNDECIDED" => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status
                    .set_type(if kind == "FAIL" {
                        "broken"
                    } else {
                        "undecided"
                    })
                    .set_message(format!("{label}: {why}"))
                    .set_description(format!(
                        "{numbers}\n{why}\n{policy}, line {}",
                        finding.rule.line
                    ));
                status
            }
            _ if finding.outcome == Outcome::Skipped => {
                let mut status = TestCaseStatus::skipped();
                status.set_message(why.clone());
                status
            }
            _ => TestCaseStatus::success(),
        };
        let mut case = TestCase::new(name(finding, &label), status);
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

/// The rule with its limit, so that two rules about one number are two cases.
fn name(finding: &crate::gate::Finding, label: &str) -> String {
    use crate::gate::Bound;
    let limit = match finding.rule.bound {
        Bound::AtMost(limit) => format!("at most {limit}"),
        Bound::AtLeast(limit) => format!("at least {limit}"),
        Bound::NoWorseThanBaseline(_) => "no worse than baseline".to_owned(),
    };
    format!("{label} {limit}")
}
