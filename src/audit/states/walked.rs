//! All-pairs walks.

use serde::{Deserialize, Serialize};

use crate::pass::GramState;
use crate::result::Side;

/// One all-pairs walk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Walked {
    pub(crate) side: Side,
    pub(crate) state: GramState,
}
