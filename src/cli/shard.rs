//! `spherecheck shard`: an audit's walk over all pairs, divided.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::audit::AuditArgs;
use super::request::{AuditRequest, Output};
use super::values::count;
use crate::audit::Effort;
use crate::backend::DeviceChoice;

/// What `--help` ends with.
pub(super) const EXAMPLES: &str = "\
Examples:
  Plan an audit, walk it in three processes (on one machine or many), and merge what they leave:
    spherecheck shard plan vectors.npy --pairs pairs.npy -o plan.json
    spherecheck shard run plan.json --shard 1/3
    spherecheck shard run plan.json --shard 2/3
    spherecheck shard run plan.json --shard 3/3
    spherecheck shard merge plan.json part-*-of-3.state --format json > audit.json

  Judge the merged audit:
    spherecheck gate audit.json --policy spherecheck.toml

  In a Slurm array, under mpirun or in an indexed job of Kubernetes, the shard is that of the task:
    sbatch --array=1-16 --wrap 'spherecheck shard run plan.json -o parts/'
    mpirun -n 16 spherecheck shard run plan.json -o parts/

  Join some states into one, where there are many:
    spherecheck shard merge --partial -o left.state part-1-of-3.state part-2-of-3.state
    spherecheck shard merge plan.json left.state part-3-of-3.state

The numbers are the bits of `spherecheck audit` on one machine, for any number of shards, as
long as all use one kernel (SPHERECHECK_KERNEL=avx2 makes sure of it). A shard that is run again
is found done, or walked again to the same bytes.

Exit status:
  0    done
  2    it could not be completed: wrong usage, changed or unreadable files, states that are
       missing, given twice, damaged or of another walk
  130  interrupted by Ctrl-C or SIGTERM

Environment, where --shard is not given:
  SLURM_ARRAY_TASK_ID   a task of a Slurm array, with _MIN, _STEP and _COUNT
  JOB_COMPLETION_INDEX  a pod of a Kubernetes indexed job; the plan or --of says how many
  OMPI_COMM_WORLD_RANK  a rank of Open MPI, with _SIZE
  PMI_RANK              a rank of MPICH and others, with PMI_SIZE
  SPHERECHECK_KERNEL    forces how pairs are walked: portable, neon, avx2 or avx512";

/// What is to be done with shards.
#[derive(clap::Subcommand)]
pub(super) enum ShardCommand {
    /// Write a plan: what is audited and how, the input files as they are, and what the work will take
    Plan(Box<PlanArgs>),
    /// Walk one shard of a plan, and write what it leaves
    Run(RunRequest),
    /// Make the audit of all states of a plan; or, with --partial, one state of some
    Merge(MergeArgs),
}

#[derive(clap::Args)]
pub(super) struct PlanArgs {
    /// Where the plan goes
    #[arg(short = 'o', value_name = "PLAN", help_heading = "Plan")]
    plan: PathBuf,
    /// Fix the number of shards; otherwise each run says it
    #[arg(long, value_name = "N", value_parser = count, help_heading = "Plan")]
    shards: Option<usize>,
    #[command(flatten)]
    audit: AuditArgs,
}

/// A shard to be walked.
#[derive(Debug, clap::Args)]
pub struct RunRequest {
    /// What `shard plan` wrote
    pub plan: PathBuf,
    /// Which shard, counted from 1, and of how many: 3/16, or 3 where the plan or --of says how many. Without it, what the
    /// scheduler says
    #[arg(long, value_name = "I/N", value_parser = numbered)]
    pub shard: Option<Numbered>,
    /// How many shards there are, where neither --shard nor the plan nor the scheduler says so
    #[arg(long, value_name = "N", value_parser = count)]
    pub of: Option<usize>,
    /// Where the state goes: a file, or a directory for part-I-of-N.state [default: the current directory]
    #[arg(short = 'o', value_name = "FILE|DIR")]
    pub out: Option<PathBuf>,
    /// What the machine decides for itself.
    #[command(flatten)]
    pub own: MachineOptions,
    /// No progress bar
    #[arg(long)]
    no_progress: bool,
    /// Nothing on standard error but errors
    #[arg(long)]
    pub quiet: bool,
}

impl RunRequest {
    /// Whether a progress bar is wanted.
    pub fn progress(&self) -> bool {
        !self.no_progress && !self.quiet
    }
}

/// What each machine decides for itself.
#[derive(Debug, clap::Args)]
pub struct MachineOptions {
    /// Threads; numbers do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = count)]
    pub threads: Option<usize>,
    /// Where pairs are walked, in the place of what the plan says: auto, cpu, cuda:N, cuda:all or metal
    #[arg(long, value_name = "DEVICE")]
    pub device: Option<DeviceChoice>,
}

#[derive(clap::Args)]
pub(super) struct MergeArgs {
    /// The plan, then the states of all its shards; with --partial, states alone
    #[arg(value_name = "PLAN|STATE", required = true)]
    files: Vec<PathBuf>,
    /// Join some states into one that can be merged further
    #[arg(long, requires = "state", conflicts_with_all = ["second", "format", "details", "out", "threads", "device"])]
    partial: bool,
    /// Where the joined state goes
    #[arg(short = 'o', value_name = "STATE", requires = "partial")]
    state: Option<PathBuf>,
    #[command(flatten)]
    options: MergeOptions,
}

/// How states are merged to an audit.
#[derive(Debug, clap::Args)]
pub struct MergeOptions {
    /// Where rows repeat others: write no audit but a second plan, whose shards walk all pairs without them. Merge that plan
    /// with the states of both rounds. Otherwise the merge walks them itself
    #[arg(long, value_name = "PLAN")]
    pub second: Option<PathBuf>,
    /// What the machine decides for itself.
    #[command(flatten)]
    pub own: MachineOptions,
    /// What is said on stdout and stderr.
    #[command(flatten)]
    pub output: Output,
    /// Also show derived metrics: gaps to the ideal, the loss at each number of negatives
    #[arg(long, help_heading = "Output")]
    pub details: bool,
    /// Also write the reports into this directory; with pictures of distributions where the plan was made with --out
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub out: Option<PathBuf>,
}

/// What is to be done with shards.
#[derive(Debug)]
pub enum ShardRequest {
    /// `spherecheck shard plan`
    Plan(Box<PlanRequest>),
    /// `spherecheck shard run`
    Run(RunRequest),
    /// `spherecheck shard merge`
    Merge(MergeRequest),
    /// `spherecheck shard merge --partial`
    Join(JoinRequest),
}

/// A plan to be made.
#[derive(Debug)]
pub struct PlanRequest {
    /// The arguments of `spherecheck audit`.
    pub arguments: Vec<String>,
    /// What they ask.
    pub audit: AuditRequest,
    /// How many shards there are, if that is fixed.
    pub shards: Option<usize>,
    /// Where the plan goes.
    pub plan: PathBuf,
}

/// States to be merged to an audit.
#[derive(Debug)]
pub struct MergeRequest {
    /// The plan.
    pub plan: PathBuf,
    /// The states.
    pub states: Vec<PathBuf>,
    /// How.
    pub options: MergeOptions,
}

/// States to be joined to one.
#[derive(Debug)]
pub struct JoinRequest {
    /// The states.
    pub states: Vec<PathBuf>,
    /// Where the joined one goes.
    pub out: PathBuf,
    /// Whether stderr is kept to errors.
    pub quiet: bool,
}

/// A shard by its number, from 1, and perhaps how many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// From 1.
    pub number: usize,
    /// How many there are.
    pub of: Option<usize>,
}

fn numbered(text: &str) -> Result<Numbered, String> {
    let expected =
        || format!("expected a shard counted from 1, and of how many, e.g. 3/16, found {text:?}");
    let (number, of) = match text.split_once('/') {
        Some((number, of)) => (number, Some(of)),
        None => (text, None),
    };
    let of = of.map(count).transpose().map_err(|_| expected())?;
    let number = count(number).map_err(|_| expected())?;
    match of {
        Some(of) if number > of => Err(expected()),
        of => Ok(Numbered { number, of }),
    }
}

impl ShardRequest {
    /// The number of threads, where it was given, and whether stderr is kept to errors.
    pub(super) fn threads(&mut self) -> Option<(&mut Option<usize>, bool)> {
        Some(match self {
            Self::Plan(r) => (&mut r.audit.threads, r.audit.output.quiet),
            Self::Run(r) => (&mut r.own.threads, r.quiet),
            Self::Merge(r) => (&mut r.options.own.threads, r.options.output.quiet),
            Self::Join(_) => return None,
        })
    }
}

impl ShardCommand {
    /// `words` is the whole command line.
    pub(super) fn request(self, words: &[OsString]) -> Result<ShardRequest, String> {
        Ok(match self {
            Self::Plan(args) => {
                let audit = args.audit.request()?;
                divisible(&audit)?;
                ShardRequest::Plan(Box::new(PlanRequest {
                    arguments: arguments_of_audit(words)?,
                    audit,
                    shards: args.shards,
                    plan: args.plan,
                }))
            }
            Self::Run(request) => ShardRequest::Run(request),
            Self::Merge(args) => args.request()?,
        })
    }
}

impl MergeArgs {
    fn request(self) -> Result<ShardRequest, String> {
        let mut files = self.files.into_iter();
        if let (true, Some(out)) = (self.partial, self.state) {
            return Ok(ShardRequest::Join(JoinRequest {
                states: files.collect(),
                out,
                quiet: self.options.output.quiet,
            }));
        }
        let plan = files.next().unwrap_or_default();
        let states: Vec<PathBuf> = files.collect();
        if states.is_empty() {
            return Err(format!(
                "no states are given beside the plan {}; give those of all shards, e.g. part-*.state",
                plan.display()
            ));
        }
        Ok(ShardRequest::Merge(MergeRequest {
            plan,
            states,
            options: self.options,
        }))
    }
}

/// The words after `shard plan` without the plan's own: what remains are the arguments of an audit. (No value of an option
/// of an audit can begin with `-o` or be `--shards`: clap takes such words for options.)
fn arguments_of_audit(words: &[OsString]) -> Result<Vec<String>, String> {
    let after = |words: &[OsString], name: &str| {
        let at = words.iter().position(|word| word == OsStr::new(name));
        words[at.map_or(words.len(), |at| at + 1)..].to_vec()
    };
    let mut words = after(&after(words, "shard"), "plan").into_iter();
    let mut arguments = Vec::new();
    let mut options = true;
    while let Some(word) = words.next() {
        let text = word.into_string().map_err(|word| {
            format!(
                "{} is not UTF-8, which a plan cannot hold; rename the file",
                word.display()
            )
        })?;
        options &= text != "--";
        match &text[..] {
            "-o" | "--shards" if options => drop(words.next()),
            own if options && (own.starts_with("-o") || own.starts_with("--shards=")) => {}
            _ => arguments.push(text),
        }
    }
    Ok(arguments)
}

/// Refuses what is decided by a walk as a whole.
fn divisible(audit: &AuditRequest) -> Result<(), String> {
    let whole = match audit.settings.effort {
        _ if audit.dry_run => "--dry-run prints no more than `shard plan` does",
        Effort::Exact => return Ok(()),
        _ => "--budget and --max-error make an estimate, which is walked on one machine",
    };
    Err(format!("{whole}; leave it out of the plan"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn arguments_of_the_plan_are_told_from_those_of_the_audit() {
        let of = |line: &str| arguments_of_audit(&words(line)).expect("UTF-8").join(" ");
        for line in [
            "spherecheck shard plan a.npy --t 2 -o p.json",
            "spherecheck shard plan -op.json a.npy --shards=4 --t 2",
            "spherecheck --color never shard plan -o=p.json a.npy --shards 4 --t 2",
        ] {
            assert_eq!(of(line), "a.npy --t 2", "{line}");
        }
        assert_eq!(
            of("spherecheck shard plan -o plan -- -odd.npy"),
            "-- -odd.npy"
        );
        assert_eq!(of("spherecheck shard plan shard plan -o p"), "shard plan");
    }

    #[test]
    fn shards_are_counted_from_one() {
        let of = |number, of| Ok(Numbered { number, of });
        assert_eq!(numbered("3/16"), of(3, Some(16)));
        assert_eq!(numbered("16/16"), of(16, Some(16)));
        assert_eq!(numbered("3"), of(3, None));
        for wrong in ["0/3", "4/3", "", "1/", "/3", "1/0", "-1/3", "1/3/5", "a"] {
            assert!(numbered(wrong).is_err(), "{wrong}");
        }
    }
}
