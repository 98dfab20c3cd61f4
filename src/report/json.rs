//! JSON: the audit as it is.

use super::ReportError;
use crate::audit::Audit;

pub(super) fn json(audit: &Audit) -> Result<Vec<u8>, ReportError> {
    // serde_json would write null here, and the file would not read back.
    if let Some(bad) = audit
        .measures
        .iter()
        .find(|measure| !measure.value.is_finite())
    {
        return Err(ReportError::NotFinite {
            subject: audit.subject.name.clone(),
            label: bad.label(),
            side: bad.side.name(),
            value: bad.value,
        });
    }
    pretty(audit, &audit.subject.name)
}

/// Anything as indented JSON, ending in a newline.
pub(super) fn pretty(value: &impl serde::Serialize, subject: &str) -> Result<Vec<u8>, ReportError> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|source| ReportError::Json {
        subject: subject.to_owned(),
        source,
    })?;
    bytes.push(b'\n');
    Ok(bytes)
}
