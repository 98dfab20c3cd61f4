//! Wrong usage that clap cannot see by itself.

/// What is wrong with the arguments of a subcommand.
pub(super) struct Wrong {
    pub(super) subcommand: &'static str,
    pub(super) message: String,
}

/// Says it.
pub(super) fn wrong(subcommand: &'static str, message: impl Into<String>) -> Wrong {
    Wrong {
        subcommand,
        message: message.into(),
    }
}
