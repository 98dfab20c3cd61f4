//! Workflow commands of GitHub Actions: what is not met, at its line of the policy.

use super::row::row;
use crate::gate::Verdict;
use crate::report::text::printable;

/// One line for each finding that fails (`::error`) or warns (`::warning`), and for each warning about the whole.
pub fn annotations(verdict: &Verdict) -> Vec<String> {
    let line = |finding| {
        let row = row(finding);
        let command = match row.word {
            "FAIL" | "UNDECIDED" => "error",
            "warning" => "warning",
            _ => return None,
        };
        let text = format!("{}: {}", printable(&row.why), row.numbers());
        Some(format!(
            "::{command} file={},line={},title={}::{}",
            property(&printable(&verdict.policy)),
            finding.rule.line,
            property(&printable(&format!("{} {}", row.word, row.label))),
            message(&text)
        ))
    };
    let whole = verdict.notes.iter().map(|note| {
        format!(
            "::warning file={},title={}::{}",
            property(&printable(&verdict.policy)),
            property(&printable(&verdict.subject)),
            message(&printable(&note.text))
        )
    });
    let findings = verdict.findings.iter().filter_map(line);
    findings.chain(whole).collect()
}

/// Escaped as the runner unescapes messages.
fn message(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escaped as the runner unescapes properties.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_property_is_escaped() {
        assert_eq!(property("a:b,c\nd%"), "a%3Ab%2Cc%0Ad%25");
        assert_eq!(message("50 %: a,b\r\n"), "50 %25: a,b%0D%0A");
    }
}
