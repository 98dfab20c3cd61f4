//! The command line: what users type, as a [`Request`] that the conductor can carry out.
//!
//! Pure: nothing here opens a file, reads the environment or prints. Not here: exit codes, messages about data.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use crate::audit::Settings;
use crate::metric::MetricId;
use crate::report::Format;

mod args;

use args::{AuditArgs, Cli, Command};

/// What a command line asks for.
#[derive(Debug)]
pub enum Request {
    /// `spherecheck audit`
    Audit(Box<AuditRequest>),
    /// `spherecheck explain`; no metric lists them all.
    Explain(Option<MetricId>),
}

/// One audit: where rows and positives are, what to compute, where results go.
#[derive(Debug)]
pub struct AuditRequest {
    /// First (or only) view.
    pub a: Source,
    /// Second view.
    pub b: Option<Source>,
    /// Which rows are positives of each other.
    pub positives: PositivesSource,
    /// Exponents, temperatures and policies.
    pub settings: Settings,
    /// Form of the report on stdout.
    pub format: Format,
    /// Whether the table lists derived measures too.
    pub details: bool,
    /// Directory for reports in every form.
    pub out: Option<PathBuf>,
    /// Threads of the passes; all cores when absent.
    pub threads: Option<usize>,
    /// Whether a progress bar is wanted.
    pub progress: bool,
    /// Whether stderr is kept to errors.
    pub quiet: bool,
}

/// A file, and which tensor, member or column(s) of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file.
    pub path: PathBuf,
    /// Tensor, member or column(s), where the file has more than one.
    pub tensor: Option<String>,
}

/// Where positives come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PositivesSource {
    /// Nowhere: only the rows are audited.
    None,
    /// Row i of the first view with row i of the second.
    Aligned,
    /// A file of index pairs.
    Pairs(Source),
    /// A file of labels.
    Labels(Source),
}

/// Reads a command line, program name first.
///
/// # Errors
/// clap's: wrong usage, and also `--help` and `--version`, whose text is the error's.
pub fn parse(args: &[OsString]) -> Result<Request, clap::Error> {
    match Cli::try_parse_from(args)?.command {
        Command::Audit(args) => args
            .request()
            .map(|request| Request::Audit(Box::new(request))),
        Command::Explain { metric } => Ok(Request::Explain(metric)),
    }
}

/// The `--color` of a command line, found without parsing the rest, so that messages about wrong usage obey it.
pub fn colour(args: &[OsString]) -> anstream::ColorChoice {
    let mut words = args
        .iter()
        .skip(1)
        .map_while(|arg| arg.to_str().filter(|word| *word != "--"));
    let mut choice = None;
    while let Some(word) = words.next() {
        choice = match word.strip_prefix("--color") {
            Some("") => words.next(),
            Some(rest) if rest.starts_with('=') => Some(&rest[1..]),
            _ => choice,
        };
    }
    match choice {
        Some("always") => anstream::ColorChoice::Always,
        Some("never") => anstream::ColorChoice::Never,
        _ => anstream::ColorChoice::Auto,
    }
}

impl AuditArgs {
    fn request(self) -> Result<AuditRequest, clap::Error> {
        let (tensor_a, tensor_b) = match (&self.tensor[..], self.second_view.is_some()) {
            ([], _) => (None, None),
            ([both], _) => (Some(both.clone()), Some(both.clone())),
            ([a, b], true) => (Some(a.clone()), Some(b.clone())),
            ([_, _], false) => {
                return Err(refusal(
                    "--tensor is given twice but there is one file; \
                     to compare two tensors of one file, name the file twice",
                ));
            }
            (more, _) => {
                let found = more.len();
                return Err(refusal(format!(
                    "--tensor is given {found} times, expected at most one for each view"
                )));
            }
        };
        let positives = match (self.pairs, self.labels, self.second_view.is_some()) {
            (Some(path), _, _) => PositivesSource::Pairs(Source {
                path,
                tensor: self.pairs_tensor,
            }),
            (None, Some(_), true) => {
                return Err(refusal(
                    "--labels pairs up the rows of one file, but there are two; \
                     give --pairs, or nothing to pair row i of the first with row i of the second",
                ));
            }
            (None, Some(path), false) => PositivesSource::Labels(Source {
                path,
                tensor: self.labels_tensor,
            }),
            (None, None, true) => PositivesSource::Aligned,
            (None, None, false) => PositivesSource::None,
        };
        Ok(AuditRequest {
            a: Source {
                path: self.embeddings,
                tensor: tensor_a,
            },
            b: self.second_view.map(|path| Source {
                path,
                tensor: tensor_b,
            }),
            positives,
            settings: Settings {
                alphas: distinct(&self.alpha),
                ts: distinct(&self.t),
                taus: distinct(&self.tau),
                negatives: distinct(&self.negatives),
                normalize: self.normalize,
                zero_rows: self.zero_rows,
                // Their one reader is the pictures, and those are only drawn into a directory.
                histograms: self.out.is_some(),
                verify: self.verify,
                seed: self.seed,
            },
            format: self.format,
            details: self.details,
            out: self.out,
            threads: self.threads,
            progress: !self.no_progress && !self.quiet,
            quiet: self.quiet,
        })
    }
}

/// Wrong usage that clap cannot see by itself, in clap's form.
fn refusal(message: impl std::fmt::Display) -> clap::Error {
    let mut command = Cli::command();
    command.build();
    match command.find_subcommand_mut("audit") {
        Some(audit) => audit.error(ErrorKind::ArgumentConflict, message),
        None => command.error(ErrorKind::ArgumentConflict, message),
    }
}

/// The values without repetitions, in the order given.
fn distinct<T: PartialEq + Copy>(values: &[T]) -> Vec<T> {
    let mut seen = Vec::with_capacity(values.len());
    for value in values {
        if !seen.contains(value) {
            seen.push(*value);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use crate::data::{Normalize, ZeroRows};
    use crate::metric::METRICS;

    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    fn audit(line: &str) -> AuditRequest {
        match parse(&words(&format!("spherecheck audit {line}"))) {
            Ok(Request::Audit(request)) => *request,
            Ok(other) => panic!("{line}: {other:?}"),
            Err(error) => panic!("{line}: {error}"),
        }
    }

    fn refused(line: &str) -> String {
        match parse(&words(&format!("spherecheck audit {line}"))) {
            Ok(request) => panic!("{line}: {request:?}"),
            Err(error) => {
                assert_eq!(error.exit_code(), 2, "{line}");
                error.to_string()
            }
        }
    }

    fn source(path: &str, tensor: Option<&str>) -> Source {
        Source {
            path: path.into(),
            tensor: tensor.map(str::to_owned),
        }
    }

    #[test]
    fn the_command_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn defaults() {
        let request = audit("x.npy");
        assert_eq!(request.a, source("x.npy", None));
        assert_eq!(
            (request.b, request.positives),
            (None, PositivesSource::None)
        );
        assert_eq!(request.settings.alphas, [1.0, 2.0]);
        assert_eq!(request.settings.ts, [2.0]);
        assert_eq!(request.settings.taus, [0.07, 0.5]);
        assert!(matches!(request.settings.normalize, Normalize::L2));
        assert!(matches!(request.settings.zero_rows, ZeroRows::Reject));
        assert_eq!((request.settings.verify, request.settings.seed), (None, 0));
        assert!(matches!(request.format, Format::Table));
        assert_eq!((request.out, request.threads), (None, None));
        assert!(request.progress && !request.quiet && !request.settings.histograms);
    }

    #[test]
    fn positives_follow_from_what_is_given() {
        let cases = [
            ("x", PositivesSource::None),
            ("x y", PositivesSource::Aligned),
            ("x --pairs p", PositivesSource::Pairs(source("p", None))),
            (
                "x y --pairs p --pairs-tensor i,j",
                PositivesSource::Pairs(source("p", Some("i,j"))),
            ),
            (
                "x --labels l --labels-tensor c",
                PositivesSource::Labels(source("l", Some("c"))),
            ),
        ];
        for (line, expected) in cases {
            assert_eq!(audit(line).positives, expected, "{line}");
        }
    }

    #[test]
    fn one_tensor_is_for_both_views_and_two_are_one_each() {
        let both = audit("x y --tensor v");
        assert_eq!(
            (both.a, both.b),
            (source("x", Some("v")), Some(source("y", Some("v"))))
        );
        let each = audit("x --tensor v --tensor w x");
        assert_eq!(
            (each.a, each.b),
            (source("x", Some("v")), Some(source("x", Some("w"))))
        );
        assert!(refused("x --tensor v --tensor w").contains("name the file twice"));
        assert!(refused("x y --tensor v --tensor w --tensor z").contains("given 3 times"));
    }

    #[test]
    fn lists_keep_their_order_and_lose_repetitions() {
        let request = audit("x --alpha 2,1,2 --t 3 --t 1,3 --tau 0.5,0.50,5e-1");
        assert_eq!(request.settings.alphas, [2.0, 1.0]);
        assert_eq!(request.settings.ts, [3.0, 1.0]);
        assert_eq!(request.settings.taus, [0.5]);
    }

    #[test]
    fn a_value_that_is_not_positive_and_finite_is_named() {
        for (list, named) in [
            ("0", "'0'"),
            ("-1", "'-1'"),
            ("0.1,nan", "'nan'"),
            ("inf", "'inf'"),
            ("1,,2", "''"),
            ("1e999", "'1e999'"),
        ] {
            for flag in ["--alpha", "--t", "--tau"] {
                let message = refused(&format!("x {flag} {list}"));
                assert!(
                    message.contains(named) && message.contains(flag),
                    "{message}"
                );
                assert!(message.contains("positive, finite numbers"), "{message}");
            }
        }
    }

    #[test]
    fn wrong_usage_says_why() {
        for (line, said) in [
            ("", "<EMBEDDINGS>"),
            ("x --pairs p --labels l", "cannot be used with"),
            ("x y --labels l", "give --pairs"),
            ("x --pairs-tensor p", "--pairs <FILE>"),
            ("x --labels-tensor p", "--labels <FILE>"),
            ("x --threads 0", "whole number from 1 on"),
            ("x --verify=0", "whole number from 1 on"),
            ("x --format yaml", "possible values: table, json, "),
            ("x --forma json", "--format"),
            (
                "x --color sometimes",
                "possible values: auto, always, never",
            ),
        ] {
            let message = refused(line);
            assert!(message.contains(said), "{line}: {message}");
        }
    }

    #[test]
    fn verify_takes_its_rows_after_an_equals_sign() {
        assert_eq!(audit("--verify x").settings.verify, Some(1000));
        assert_eq!(audit("x --verify=7").settings.verify, Some(7));
    }

    #[test]
    fn pictures_need_histograms_and_quiet_hides_the_bar() {
        assert!(audit("x --out d").settings.histograms);
        assert!(!audit("x --quiet").progress);
        assert!(!audit("x --no-progress").progress);
    }

    #[test]
    fn colour_is_found_anywhere_before_a_double_dash() {
        use anstream::ColorChoice::{Always, Auto, Never};
        for (line, expected) in [
            ("s audit x", Auto),
            ("s --color always audit", Always),
            ("s audit x --bad --color=never", Never),
            ("s --color always --color never", Never),
            ("s audit -- --color always", Auto),
            ("s --color", Auto),
            ("s --colors always", Auto),
        ] {
            assert_eq!(colour(&words(line)), expected, "{line}");
        }
    }

    #[test]
    fn explain_takes_every_metric_and_suggests_the_nearest() {
        for spec in METRICS {
            let parsed = parse(&words(&format!("spherecheck explain {}", spec.name)));
            assert!(
                matches!(parsed, Ok(Request::Explain(Some(id))) if id == spec.id),
                "{}",
                spec.name
            );
        }
        assert!(matches!(
            parse(&words("spherecheck explain")),
            Ok(Request::Explain(None))
        ));
        let error = parse(&words("spherecheck explain uniformty"))
            .err()
            .map(|e| e.to_string())
            .unwrap_or_default();
        assert!(error.contains("mean uniformity?"), "{error}");
    }
}
