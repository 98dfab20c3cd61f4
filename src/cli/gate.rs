//! `spherecheck gate`.

use std::path::PathBuf;

use super::audit::AuditArgs;
use super::compare::Candidate;
use super::copies::CopyArgs;
use super::request::AuditRequest;
use super::values::{refuse_if, share, times};
use crate::gate::MARGIN;

/// What `--help` ends with.
pub(super) const GATE_EXAMPLES: &str = "\
Examples:
  Write a policy that a model which is good enough keeps, then look at it and edit it:
    spherecheck audit good.npy --pairs pairs.npy --format json > audit.json
    spherecheck gate audit.json --init --policy spherecheck.toml
  Its limits leave room for other models; --margin 0.2 leaves less.

  Judge a candidate by it, against a baseline that is made by the first run that passes:
    spherecheck gate candidate.npy --pairs pairs.npy --policy spherecheck.toml \\
      --baseline baseline.json --update-baseline --junit gate.xml

  Fail a build whose new rows have drifted from a reference; a rule is
  metric = \"drift_p\", at_least = 0.01:
    spherecheck gate week.npy --drift-from reference.npy --policy drift.toml

Exit status:
  0    pass: every rule of level fail is met
  1    fail: a rule of level fail is not met
  2    error: wrong usage, unreadable files, a baseline of other rows or definitions
  3    undecided: no rule failed, but one with on_undecided = \"fail\" needs more data
  130  interrupted by Ctrl-C or SIGTERM
With --exit-zero, 1 and 3 become 0.

Environment:
  GITHUB_STEP_SUMMARY  the verdict is appended to this file, as Markdown
  GITHUB_ACTIONS       what is not met is also said as ::error:: and ::warning:: on stderr";

/// What a gate does with its candidate.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct GateOptions {
    /// Rules, in TOML
    #[arg(long, value_name = "FILE", required_unless_present = "init")]
    #[arg(help_heading = "Gate")]
    pub policy: Option<PathBuf>,
    /// Lock file of a model that passed; also a saved audit.json
    #[arg(long, value_name = "FILE", help_heading = "Gate")]
    pub baseline: Option<PathBuf>,
    /// If the gate passes, make the candidate the baseline
    #[arg(long, requires = "baseline", help_heading = "Gate")]
    pub update_baseline: bool,
    /// Update the baseline only if the candidate is significantly better on one baseline rule and worse on none; needs positives
    #[arg(long, requires = "update_baseline", help_heading = "Gate")]
    pub ratchet: bool,
    /// Report only: exit with 0 whatever the verdict
    #[arg(long, help_heading = "Gate")]
    pub exit_zero: bool,
    /// Write a commented policy that this candidate keeps, to --policy or to standard output, and judge nothing
    #[arg(long, help_heading = "Gate")]
    #[arg(conflicts_with_all = ["baseline", "junit", "exit_zero", "out", "format", "details"])]
    pub init: bool,
    /// With --init: how far limits stand off the candidate's numbers, as a share of the way to a worthless model's
    #[arg(long, value_name = "SHARE", value_parser = share, requires = "init", allow_hyphen_values = true)]
    #[arg(default_value_t = MARGIN, help_heading = "Gate")]
    pub margin: f64,
    /// The reference that the candidate should equal, row by row: embeddings of the same rows, for rules about parity, such as
    /// parity_min_cosine; once for each view of the candidate
    #[arg(long, value_name = "FILE", conflicts_with = "init")]
    #[arg(help_heading = "Gate")]
    pub parity_with: Vec<PathBuf>,
    /// Also write the verdict as JUnit XML
    #[arg(long, value_name = "FILE", help_heading = "Gate")]
    pub junit: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(super) struct GateArgs {
    #[command(flatten)]
    options: GateOptions,
    #[command(flatten)]
    audit: AuditArgs,
}

/// One judgement.
#[derive(Debug)]
pub struct GateRequest {
    /// What is judged.
    pub candidate: Candidate,
    /// What it is to be, row by row.
    pub reference: Option<Box<AuditRequest>>,
    /// What is to be done.
    pub options: GateOptions,
    /// What an audit takes: output, threads, settings.
    pub common: Box<AuditRequest>,
}

impl GateArgs {
    pub(super) fn request(self) -> Result<GateRequest, String> {
        let Self { options, mut audit } = self;
        refuse_if(
            options.init && audit.redact,
            "--redact is about reports; --init writes a policy, leave one of the two out",
        )?;
        let files = &options.parity_with;
        let views = 1 + usize::from(audit.second_view.is_some());
        if !files.is_empty() && files.len() != views {
            return Err(format!(
                "--parity-with is given {} for {views} file{} of the candidate; give it once for each",
                times(files.len()),
                if views == 1 { "" } else { "s" }
            ));
        }
        if !files.is_empty() {
            let effort = audit.effort.effort();
            audit.searched = audit.searched.of_all_rows("--parity-with", effort)?;
        }
        let mut files = files.iter();
        let reference = files.next().map(|first| AuditArgs {
            embeddings: first.clone(),
            second_view: files.next().cloned(),
            copies: CopyArgs { forms: Vec::new() },
            ..audit.clone()
        });
        let reference = reference.map(AuditArgs::shared_request).transpose()?;
        // A gate draws what it is asked to.
        let figures = audit.drawing.or_forms(&[]);
        let common = AuditRequest {
            figures,
            ..audit.shared_request()?
        };
        let candidate = Candidate::of(&common);
        refuse_if(
            reference.is_some() && matches!(candidate, Candidate::Saved(_)),
            "--parity-with compares row by row, which needs the embeddings; a saved audit holds no rows",
        )?;
        refuse_if(
            common.drift.is_some() && matches!(candidate, Candidate::Saved(_)),
            "--drift-from needs the embeddings themselves; a saved audit holds no rows",
        )?;
        Ok(GateRequest {
            candidate,
            reference: reference.map(Box::new),
            options,
            common: Box::new(common),
        })
    }
}
