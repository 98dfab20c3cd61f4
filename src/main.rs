//! The `spherecheck` program; all of it is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    spherecheck::run::run(std::env::args_os())
}
