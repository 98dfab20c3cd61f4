//! Whatever looks at rows: the passes that an audit needs, on a backend.

pub(crate) mod anchors;
pub(crate) mod bands;
pub(crate) mod batches;
pub(crate) mod classes;
pub(crate) mod estimate;
pub(crate) mod exact;
pub(crate) mod linear;
pub(crate) mod looks;
pub(crate) mod modality;
pub(crate) mod offenders;
pub(crate) mod parts;
pub(crate) mod planned;
pub(crate) mod queries;
pub(crate) mod repeats;
pub(crate) mod rounding;
pub(crate) mod searched;
pub(crate) mod sides;
pub(crate) mod spectrum;
pub(crate) mod ties;
pub(crate) mod verify;
