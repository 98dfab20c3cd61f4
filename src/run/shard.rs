//! `spherecheck shard`: a plan, its shards, and the audit of what they leave.

mod plan;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail, ensure};

use super::audit::completed;
use super::exit::{Exit, say_notes, say_written, watched};
use super::measure::Opened;
use super::scheduled::which;
use super::walker::WalkerChoice;
use crate::audit::{Part, PartError};
use crate::cli::{self, AuditRequest, JoinRequest, MergeRequest, RunRequest, ShardRequest};
use crate::console::{Cancel, Console};
use crate::input;
use crate::metric::DEFINITION;
use crate::num::{count, counted};
use crate::output::{writable, write_all};
use crate::report::{self, Format};
use crate::result::{PlannedRepeats, SHARD_PLAN_SCHEMA, ShardPlan};

pub(super) fn shard(
    request: ShardRequest,
    started: Instant,
    console: &mut Console<'_>,
    cancel: &Cancel,
) -> anyhow::Result<Exit> {
    match request {
        ShardRequest::Plan(request) => plan::plan(&request, console, cancel),
        ShardRequest::Run(request) => run(&request, console, cancel),
        ShardRequest::Merge(request) => merge(request, started, console, cancel),
        ShardRequest::Join(request) => join(&request, console),
    }
}

/// The plan in a file, and what it asks for.
fn read(path: &Path) -> anyhow::Result<(ShardPlan, AuditRequest)> {
    let shown = path.display();
    let not = |found: &str| {
        format!("{shown}: not a plan of shards ({found}); write one with `spherecheck shard plan`")
    };
    let bytes = input::read_document(path, input::MOST_JSON)?;
    let value: serde_json::Value =
        serde_json::from_slice(&bytes).with_context(|| not("no JSON"))?;
    let schema = value.get("schema").and_then(|schema| schema.as_str());
    ensure!(
        schema == Some(SHARD_PLAN_SCHEMA),
        not(&format!(
            "its schema is {}, expected {SHARD_PLAN_SCHEMA:?}",
            schema.map_or("missing".to_owned(), |schema| format!("{schema:?}"))
        ))
    );
    let plan: ShardPlan =
        serde_json::from_slice(&bytes).with_context(|| not("a field is wrong"))?;
    ensure!(
        plan.definition == DEFINITION,
        "{shown}: made for version {} of the definitions, this program has {DEFINITION}; plan and walk again with one \
         version of spherecheck",
        plan.definition
    );
    let request = cli::audit_request(&plan.arguments).map_err(|error| {
        let said = error.to_string();
        let said = said.lines().next().unwrap_or_default().to_owned();
        anyhow::anyhow!(not(&format!(
            "its arguments are not those of an audit: {said}"
        )))
    })?;
    Ok((plan, request))
}

/// Refuses files that are not what they were; those of rows that the plan knows by their size.
fn unchanged(plan: &ShardPlan, path: &Path) -> anyhow::Result<()> {
    for file in &plan.files {
        let own = Path::new(&file.path);
        let differ = match (input::size(own)?, &file.sha256) {
            (bytes, _) if bytes != file.bytes => {
                format!(
                    "it has {}, expected {}",
                    counted(bytes, "byte"),
                    count(file.bytes)
                )
            }
            (_, Some(sha256)) if input::fingerprint(own)?.1 != *sha256 => {
                "its contents are others".to_owned()
            }
            _ => continue,
        };
        bail!(
            "{}: changed since {} was made: {differ}; bring the file back, or plan and walk all shards again",
            file.path,
            path.display()
        );
    }
    Ok(())
}

fn run(request: &RunRequest, console: &mut Console<'_>, cancel: &Cancel) -> anyhow::Result<Exit> {
    let (plan, mut audit) = read(&request.plan)?;
    audit.threads = request.own.threads;
    audit.device = request.own.device.unwrap_or(audit.device);
    let quiet = request.quiet;
    let shard = which(request, &plan, |name| std::env::var(name).ok())?;
    let (number, of) = (shard.index + 1, shard.of);
    let out = request.out.clone().unwrap_or_else(|| PathBuf::from("."));
    let path = match out.is_dir() {
        true => out.join(format!("part-{number}-of-{of}.state")),
        false => out,
    };
    writable(&path)?;
    unchanged(&plan, &request.plan)?;
    let walker = WalkerChoice::named(&audit)?;
    let opened = Opened::open(&audit)?;
    let backend = walker.settled([opened.shape()])?;
    let before = fs::metadata(&path).is_ok_and(|about| about.is_file());
    let walked = watched(request.progress(), console, cancel, |watch| {
        // What is there and is not whole is written again.
        let there = before.then(|| state(&path).ok()).flatten();
        let there = there.as_ref();
        let whole = plan.views.is_empty() || !plan.without.is_empty();
        if whole {
            let (data, _) = opened.prepare(&*backend, watch)?;
            let without = &plan.without[..];
            return Ok(match (there, without) {
                (Some(part), _) if data.walked_already((part, shard), without, &*backend)? => None,
                (_, []) => Some(data.walk_part(shard, &*backend, watch)?),
                _ => {
                    let asked = (without, &plan.views[..]);
                    Some(data.walk_part_without(asked, shard, &*backend, watch)?)
                }
            });
        }
        let data = opened.planned(&plan.views, &*backend)?;
        Ok(match there {
            Some(part) if data.walked_already((part, shard), &*backend)? => None,
            _ => Some(data.walk_part(shard, &*backend, watch)?),
        })
    })?;
    let Some(walked) = walked else {
        return Ok(Exit::Interrupted);
    };
    let Some(part) = walked else {
        if !quiet {
            console.note(format_args!(
                "{}: shard {number} of {of} is there already, and whole; nothing was walked",
                path.display()
            ));
        }
        return Ok(Exit::Fine);
    };
    let written = write_all(vec![(path, part.to_bytes())])?;
    say_written(&written, quiet, console);
    Ok(Exit::Fine)
}

/// The state in a file.
fn state(path: &Path) -> anyhow::Result<Part> {
    let shown = || path.display().to_string();
    let bytes = fs::read(path).with_context(|| {
        format!(
            "{}: this state cannot be read; check the path, or run its shard",
            shown()
        )
    })?;
    Part::from_bytes(&bytes).with_context(shown)
}

/// Those of the first round as one, and those of the second; one more is in memory at a time.
fn joined(paths: &[PathBuf]) -> anyhow::Result<[Option<Part>; 2]> {
    let mut rounds = [None, None];
    for path in paths {
        let part = state(path)?;
        let round = &mut rounds[usize::from(part.is_second())];
        let parts = round.take().into_iter().chain([part]);
        *round = Some(Part::join(parts).with_context(|| path.display().to_string())?);
    }
    Ok(rounds)
}

fn join(request: &JoinRequest, console: &mut Console<'_>) -> anyhow::Result<Exit> {
    writable(&request.out)?;
    let rounds = joined(&request.states)?;
    // Of one round: others are refused.
    let part = Part::join(rounds.into_iter().flatten())?;
    let written = write_all(vec![(request.out.clone(), part.to_bytes())])?;
    say_written(&written, request.quiet, console);
    Ok(Exit::Fine)
}

/// Of a walk whose rows repeat others: the plan by which shards walk all pairs without them.
fn second(
    plan: ShardPlan,
    without: Vec<PlannedRepeats>,
    (path, quiet): (&Path, bool),
    console: &mut Console<'_>,
) -> anyhow::Result<Exit> {
    writable(path)?;
    let rows: usize = without.iter().map(|view| view.rows.len()).sum();
    let note = format!(
        "A second round: all pairs within views without {} rows that repeat others. Run its shards, then merge this plan \
         with the states of both rounds.",
        count(rows)
    );
    let plan = ShardPlan {
        without,
        notes: vec![note.clone()],
        ..plan
    };
    let json = report::render(&plan, Format::Json, console.style(false))?;
    let written = write_all(vec![(path.to_owned(), json)])?;
    say_written(&written, quiet, console);
    say_notes(&[note], quiet, console);
    Ok(Exit::Fine)
}

fn merge(
    request: MergeRequest,
    started: Instant,
    console: &mut Console<'_>,
    cancel: &Cancel,
) -> anyhow::Result<Exit> {
    let (plan, mut audit) = read(&request.plan)?;
    unchanged(&plan, &request.plan)?;
    let [first, again] = joined(&request.states)?;
    let part = first.ok_or(PartError::None)?;
    part.whole()?;
    let options = request.options;
    if let (Some(path), None) = (&options.second, &again) {
        let without = part.repeats();
        if !without.is_empty() {
            return second(plan, without, (path, options.output.quiet), console);
        }
    }
    ensure!(
        plan.without.is_empty() || again.is_some(),
        "{}: expected states of this second round beside those of the first, found none; run its shards",
        request.plan.display()
    );
    audit.output = options.output;
    audit.details |= options.details;
    audit.out = options.out.or(audit.out);
    audit.threads = options.own.threads;
    audit.device = options.own.device.unwrap_or(audit.device);
    let walked = ((part, again), plan.views);
    completed((&audit, Some(walked)), started, console, cancel)
}
