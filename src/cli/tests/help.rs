//! What help says.

use super::*;

#[test]
fn the_command_is_well_formed() {
    command().debug_assert();
}

#[test]
fn every_help_ends_with_examples_that_are_not_wrapped() {
    let program = command();
    let commands = || std::iter::once(&program).chain(program.get_subcommands());
    // What is not in this build is hidden, and has no help.
    for command in commands().filter(|command| !command.is_hide_set()) {
        let long = command.get_after_long_help();
        let after = long.or(command.get_after_help()).map(ToString::to_string);
        let after = after.unwrap_or_default();
        let name = command.get_name();
        assert!(after.starts_with("Examples:\n"), "{name}: {after}");
        for line in after.lines() {
            assert!(line.chars().count() <= 100, "{name}: {line}");
        }
    }
}

#[test]
fn short_help_is_one_screen_and_its_own_options_come_first() {
    let mut program = command();
    program.build();
    for (name, first) in [
        ("audit", "--pairs"),
        ("compare", "--out"),
        ("gate", "--policy"),
    ] {
        let own = program.find_subcommand_mut(name).expect("a subcommand");
        let (short, long) = (own.render_help(), own.render_long_help());
        let (short, long) = (short.to_string(), long.to_string());
        assert!(short.lines().count() <= 60, "{name}: {short}");
        assert!(
            short.contains(first) && !short.contains("--precision"),
            "{name}: {short}"
        );
        assert!(
            long.contains("--precision") && long.contains("Examples:"),
            "{name}"
        );
    }
    for name in ["probe", "shard"] {
        let own = program.find_subcommand_mut(name).expect("a subcommand");
        let short = own.render_help().to_string();
        assert!(short.lines().count() <= 45, "{name}: {short}");
        assert!(own.render_long_help().to_string().contains("Examples:"));
    }
    let short = program.render_help().to_string();
    assert!(short.lines().count() <= 45, "{short}");
    let gate = program.find_subcommand_mut("gate").expect("a subcommand");
    let gate = gate.render_help().to_string();
    let at = |option: &str| gate.find(option).expect(option);
    assert!(at("--policy") < at("--pairs"), "{gate}");
}
