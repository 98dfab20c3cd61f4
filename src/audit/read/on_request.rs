//! What is measured only where it is asked for, beside what those who search ask.

use crate::audit::read::found::Found;
use crate::audit::read::notes::said::Said;
use crate::audit::read::search::number::Number;
use crate::audit::read::{classes, modality, spectrum};
use crate::result::Note;

pub(crate) use crate::audit::read::modality::card as modality;
pub(crate) use crate::audit::read::spectrum::curves as spectra;

/// Every number, in the order of the table of metrics, and what is to be said of those that are not there.
pub(crate) fn numbers(found: &Found<'_>) -> (Vec<Number>, Vec<Note>) {
    let mut said = Said::default();
    let mut out = spectrum::numbers(found, &mut said);
    out.extend(classes::numbers(found, &mut said));
    out.extend(modality::numbers(found, &mut said));
    (out, said.0)
}
