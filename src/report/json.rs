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
    let mut bytes = serde_json::to_vec_pretty(audit).map_err(|source| ReportError::Json {
        subject: audit.subject.name.clone(),
        source,
    })?;
    bytes.push(b'\n');
    Ok(bytes)
}
