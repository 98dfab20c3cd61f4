//! Whatever is walked only where it is asked for, beside what those who search ask.

use crate::audit::error::AuditError;
use crate::audit::prepare::Prepared;
use crate::audit::read::found::Frame;
use crate::audit::states::on_request::OnRequest;
use crate::backend::Backend;
use crate::pass::Watch;

impl Prepared {
    /// # Errors
    /// Those of its parts.
    pub(crate) fn on_request(
        &self,
        frame: &Frame,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<OnRequest, AuditError> {
        Ok(OnRequest {
            spectra: self.spectra(frame, backend, watch)?,
            classes: self.classes(frame, backend, watch)?,
            modality: self.modality(frame, backend, watch)?,
        })
    }
}
