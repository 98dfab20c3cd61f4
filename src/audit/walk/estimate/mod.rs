//! Audits that see a part of the pairs: how much, and what it tells.
//!
//! `effort` decides how much is seen, `budget` and `cost` what a time allows. Whatever costs O(n) stays exact: alignment,
//! mean cosine, norms.

pub(crate) mod answer;
pub(crate) mod budget;
pub(crate) mod calibrate;
pub(crate) mod cost;
pub(crate) mod effort;
pub(crate) mod full_rows;
pub(crate) mod known;
pub(crate) mod searching;
pub(crate) mod timing;
pub(crate) mod view;
