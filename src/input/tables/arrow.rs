//! Arrow files (Feather version 2 is one) and Arrow streams, through `arrow-ipc`.

mod columns;
mod layout;
mod matrix;
mod messages;
mod places;
mod schema;

pub(super) use columns::open;
pub(super) use matrix::open as embeddings;
