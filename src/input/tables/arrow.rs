//! Arrow files (Feather version 2 is one) and Arrow streams, read where they lie: only what is packed is copied.

mod columns;
mod data;
mod layout;
mod matrix;
mod messages;
mod places;
mod schema;

pub(super) use columns::open;
pub(super) use matrix::open as embeddings;
