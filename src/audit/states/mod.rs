//! What the walks of an audit found: all that reading needs, and nothing that looks at rows.

pub(crate) mod anchored;
pub(crate) mod classes;
pub(crate) mod cosines;
pub(crate) mod follow;
pub(crate) mod found;
pub(crate) mod looks;
pub(crate) mod modality;
pub(crate) mod offending;
pub(crate) mod on_request;
pub(crate) mod queries;
pub(crate) mod rounding;
pub(crate) mod searched;
pub(crate) mod seen;
pub(crate) mod spectrum;
pub(crate) mod step;
pub(crate) mod walked;

pub use found::States;
