//! Options about measuring rows, given with saved audits alone, which hold numbers and no rows: they would do nothing.

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::grammar::command;

/// The options that say something of saved audits, too.
const KEPT: &[&str] = &[
    "accuracy",
    "accuracy-tensor",
    "baseline",
    "color",
    "details",
    "exit-zero",
    "figures",
    "format",
    "init",
    "junit",
    "margin",
    "name",
    "no-progress",
    "out",
    "policy",
    "quiet",
    "ratchet",
    "redact",
    "threads",
    "title",
    "update-baseline",
];

/// Refuses the first other option that was given.
pub(super) fn refuse_measuring(matches: &ArgMatches) -> Result<(), String> {
    let whole = command();
    let given = matches.subcommand();
    let given = given.and_then(|(name, given)| Some((whole.find_subcommand(name)?, given)));
    let Some((command, given)) = given else {
        return Ok(());
    };
    let idle = command.get_arguments().find_map(|arg| {
        let source = given.value_source(arg.get_id().as_str());
        let said = source == Some(ValueSource::CommandLine);
        arg.get_long().filter(|long| said && !KEPT.contains(long))
    });
    match idle {
        None => Ok(()),
        Some(option) => Err(format!(
            "--{option} is about measuring rows, and a saved audit holds numbers alone: leave it out, or give the embeddings"
        )),
    }
}
