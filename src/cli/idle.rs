//! Options that would do nothing: about measuring rows where saved audits hold numbers alone, about positives where there are
//! none, about reports where nothing is audited, about one way to train a probe where another is asked.

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

use super::request::PositivesSource;

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
pub(super) fn refuse_measuring(whole: &Command, matches: &ArgMatches) -> Result<(), String> {
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

/// An option that was given, and what makes it idle.
pub(super) type Idle = (&'static str, bool, &'static str);

/// Refuses the first option of a subcommand that was given and has nothing to act on.
pub(super) fn refuse_idle(matches: &ArgMatches, options: &[Idle]) -> Result<(), String> {
    let Some((_, given)) = matches.subcommand() else {
        return Ok(());
    };
    let said = |option: &str| given.value_source(option) == Some(ValueSource::CommandLine);
    match options
        .iter()
        .find(|(option, idle, _)| *idle && said(option))
    {
        None => Ok(()),
        Some((option, _, why)) => Err(format!("--{option} would do nothing: {why}")),
    }
}

/// What a dry run does not look at.
pub(super) fn of_dry_run(dry_run: bool) -> Vec<Idle> {
    const WHY: &str = "--dry-run audits nothing; leave one of the two out";
    [
        "against",
        "details",
        "offenders",
        "slices",
        "split",
        "texts",
    ]
    .map(|option| (option, dry_run, WHY))
    .into()
}

/// What needs positives and has none.
pub(super) fn without_positives(positives: &PositivesSource) -> Vec<Idle> {
    const WHY: &str =
        "there are no positives; give --pairs, --labels or a second view, or leave it out";
    let none = *positives == PositivesSource::None;
    ["alpha", "negatives"]
        .map(|option| (option, none, WHY))
        .into()
}
