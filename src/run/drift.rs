//! A reference that the rows of an audit are held against.

use crate::cli::AuditRequest;
use crate::drift::{PERMUTATIONS, Reference};
use crate::input::{InputError, Reader};

/// Rows to be held against, and how often they are dealt.
pub(super) type DriftFrom = (Reference, usize);

/// What a request names, opened, and how often its rows are dealt.
pub(super) fn open(request: &AuditRequest) -> Result<Option<(DriftFrom, Vec<String>)>, InputError> {
    let Some(drift) = &request.drift else {
        return Ok(None);
    };
    let of = &drift.reference;
    let mut reader = Reader::default();
    let meant = &request.meant[0];
    let embeddings = reader.embeddings_meant(&of.path, of.tensor.as_deref(), meant)?;
    let mut notes = reader.notes();
    let mut reader = Reader::beside(&embeddings);
    let groups = drift.groups.as_ref();
    let groups = groups.map(|groups| reader.labels(&groups.path, groups.tensor.as_deref()));
    let groups = groups.transpose()?;
    notes.extend(reader.notes());
    let permutations = drift.permutations.unwrap_or(PERMUTATIONS);
    Ok(Some((
        (Reference { embeddings, groups }, permutations),
        notes,
    )))
}
