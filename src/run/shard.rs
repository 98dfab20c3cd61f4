//! `spherecheck shard`: a plan, its shards, and the audit of what they leave.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};

use super::audit::completed;
use super::exit::{Exit, print, say_written, watched};
use super::measure::Opened;
use super::scheduled::which;
use super::walker::Walker;
use super::zoo;
use crate::audit::{self, Part, PartError, SearchBy};
use crate::cli::{
    self, AuditRequest, JoinRequest, MergeRequest, PlanRequest, PositivesSource, RunRequest,
    ShardRequest, Source,
};
use crate::console::{Cancel, Console};
use crate::input;
use crate::metric::DEFINITION;
use crate::output::{writable, write_all};
use crate::report::{self, Format};
use crate::result::{PlannedFile, SHARD_PLAN_SCHEMA, ShardPlan, Workers};

/// Numbers of processes that a plan tells the time of. More than the last share hardly further: a view has 210 tiles.
const WORKERS: [usize; 9] = [1, 2, 4, 8, 16, 32, 64, 100, 200];
/// Seconds that nobody waits for on the most processes: thirty days.
const HOPELESS: f64 = 30.0 * 86_400.0;

pub(super) fn shard(
    request: ShardRequest,
    console: &mut Console<'_>,
    cancel: &Cancel,
) -> anyhow::Result<Exit> {
    match request {
        ShardRequest::Plan(request) => plan(&request, console, cancel),
        ShardRequest::Run(request) => run(&request, console, cancel),
        ShardRequest::Merge(request) => merge(request, console, cancel),
        ShardRequest::Join(request) => join(&request, console),
    }
}

fn plan(request: &PlanRequest, console: &mut Console<'_>, cancel: &Cancel) -> anyhow::Result<Exit> {
    let audit = &request.audit;
    writable(&request.plan)?;
    let walker = Walker::named(audit)?;
    let opened = Opened::open(audit)?;
    opened.say(console);
    let backend = walker.settled([opened.shape()])?;
    let forecast = audit::forecast(&opened.inputs, &audit.settings, &*backend)?;
    let fixed = request.shards.filter(|of| !WORKERS.contains(of));
    let state_bytes = |share| audit::part_bytes(&opened.inputs, &audit.settings, share);
    let workers = WORKERS.into_iter().chain(fixed).map(|of| {
        let (largest_share, largest_rows) = audit::largest_shard(of);
        Workers {
            workers: of as u64,
            largest_share,
            largest_rows: if audit.settings.search {
                1.0
            } else {
                largest_rows
            },
            state_bytes: state_bytes(largest_share),
            seconds: largest_share * forecast.seconds,
        }
    });
    let mut workers: Vec<Workers> = workers.collect();
    workers.sort_by_key(|of| of.workers);
    let mut notes = left_to_merge(audit);
    if workers.iter().all(|of| of.seconds > HOPELESS) {
        notes.push(
            "All pairs take more than a month on any number of these processes: take more threads or GPUs each, or an \
             estimate of one machine (`spherecheck audit --budget`)."
                .to_owned(),
        );
    }
    let (files, state_bytes) = (files(audit)?, state_bytes(1.0));
    // Every check of the data is made here, before a worker starts.
    let known = watched(&audit.output, console, cancel, |watch| {
        let (data, _) = opened.prepare(&*backend, watch)?;
        Ok((data.planned_views(&*backend), data.exact_repeats(&*backend)))
    })?;
    let Some((views, repeats)) = known else {
        return Ok(Exit::Interrupted);
    };
    if repeats > 0 {
        notes.push(format!(
            "{} earlier ones: the merge walks all pairs of that view once more without them, on one machine. Where that takes \
             long, take them out first (`spherecheck audit --offenders` lists them) and plan again.",
            match repeats {
                1 => "1 row repeats".to_owned(),
                count => format!("{count} rows repeat"),
            }
        ));
    }
    let banded = |file: PlannedFile| PlannedFile {
        banded: file.banded && !views.is_empty(),
        ..file
    };
    let plan = ShardPlan {
        schema: SHARD_PLAN_SCHEMA.to_owned(),
        definition: DEFINITION,
        arguments: request.arguments.clone(),
        shards: request.shards.map(|of| of as u64),
        files: files.into_iter().map(banded).collect(),
        views,
        state_bytes,
        forecast,
        workers,
        notes,
    };
    let style = console.style(false);
    let json = report::render(&plan, Format::Json, style)?;
    let report = report::render(&plan, audit.output.format, style)?;
    let written = write_all(vec![(request.plan.clone(), json)])?;
    let printed = print(&report, console);
    say_written(&written, audit.output.quiet, console);
    printed?;
    Ok(Exit::Fine)
}

/// What is not divided.
fn left_to_merge(audit: &AuditRequest) -> Vec<String> {
    let settings = &audit.settings;
    let searched = settings.search && settings.search_by == SearchBy::Cosine;
    let walks = [
        (
            audit.items.slices.is_some(),
            "the slices, each as an audit of its own rows",
        ),
        (
            settings.search && !searched,
            "inner products of all pairs (--similarity dot)",
        ),
        (
            settings.offenders && !searched,
            "the nearest rows of every row (--offenders; with --search the shards keep them)",
        ),
        (
            settings.compat.iter().any(|code| !code.is_of_spectrum()),
            "what other code sums (--compat): batches, and where rows come in items all pairs once more",
        ),
        (audit.drift.is_some(), "the reference of --drift-from"),
    ];
    let walks = walks.into_iter().filter(|(asked, _)| *asked);
    walks
        .map(|(_, what)| format!("The merge walks {what}."))
        .collect()
}

/// Every file that the request names, as it is; those of the rows may be checked by bands.
fn files(audit: &AuditRequest) -> anyhow::Result<Vec<PlannedFile>> {
    let items = &audit.items;
    let rows = std::iter::once(&audit.a).chain(&audit.b);
    let named = [
        &audit.scores,
        &audit.groups,
        &audit.split,
        &items.ids,
        &items.ids_b,
        &items.slices,
    ];
    let mut sources: Vec<Source> = named.into_iter().flatten().cloned().collect();
    sources.extend(audit.texts.iter().cloned());
    if let Some(drift) = &audit.drift {
        sources.push(drift.reference.clone());
        sources.extend(drift.groups.clone());
    }
    let whole = |path: PathBuf| Source { path, tensor: None };
    match &audit.positives {
        PositivesSource::Pairs(source) | PositivesSource::Labels(source) => {
            sources.push(source.clone());
        }
        PositivesSource::Qrels(path) => sources.push(whole(path.clone())),
        PositivesSource::None | PositivesSource::Aligned | PositivesSource::Joined => {}
    }
    if let Some(path) = &audit.against {
        let index = path.is_dir().then(|| path.join(zoo::INDEX));
        sources.push(whole(index.unwrap_or(path.clone())));
    }
    // A file that holds more than rows is checked whole.
    let (rows, others) = (paths_of(rows)?, paths_of(&sources)?);
    let banded = |path: &PathBuf| !others.contains(path);
    let beside = others.iter().filter(|path| !rows.contains(path));
    let planned = rows.iter().map(|path| (path, banded(path)));
    let planned = planned.chain(beside.map(|path| (path, false)));
    planned
        .map(|(path, banded)| {
            let (bytes, sha256) = input::fingerprint(path)?;
            let path = path.to_str().with_context(|| {
                format!(
                    "{}: this name is not UTF-8, which a plan cannot hold; rename the file",
                    path.display()
                )
            })?;
            Ok(PlannedFile {
                path: path.to_owned(),
                bytes,
                sha256,
                banded,
            })
        })
        .collect()
}

/// Every file of these once, in order.
fn paths_of<'a>(sources: impl IntoIterator<Item = &'a Source>) -> anyhow::Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for Source { path, tensor } in sources {
        for file in input::files_of(path, tensor.as_deref())? {
            if !paths.contains(&file) {
                paths.push(file);
            }
        }
    }
    Ok(paths)
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
    let plan: ShardPlan = serde_json::from_value(value).with_context(|| not("a field is wrong"))?;
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

/// Refuses files that are not what they were; of files that are checked `by_bands` it looks at the size.
fn unchanged(plan: &ShardPlan, path: &Path, by_bands: bool) -> anyhow::Result<()> {
    for file in &plan.files {
        let own = Path::new(&file.path);
        let differ = match input::size(own)? {
            bytes if bytes != file.bytes => {
                format!("it has {bytes} bytes, expected {}", file.bytes)
            }
            _ if by_bands && file.banded => continue,
            _ if input::fingerprint(own)?.1 == file.sha256 => continue,
            _ => "its contents are others".to_owned(),
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
    audit.threads = request.threads;
    audit.device = request.device.unwrap_or(audit.device);
    let quiet = request.output.quiet;
    let shard = which(request, &plan, |name| std::env::var(name).ok())?;
    let (number, of) = (shard.index + 1, shard.of);
    let out = request.out.clone().unwrap_or_else(|| PathBuf::from("."));
    let path = match out.is_dir() {
        true => out.join(format!("part-{number}-of-{of}.state")),
        false => out,
    };
    writable(&path)?;
    unchanged(&plan, &request.plan, true)?;
    let walker = Walker::named(&audit)?;
    let opened = Opened::open(&audit)?;
    let backend = walker.settled([opened.shape()])?;
    let before = fs::metadata(&path).is_ok_and(|about| about.is_file());
    let walked = watched(&request.output, console, cancel, |watch| {
        let (data, _) = opened.prepare_planned(&plan.views, &*backend, watch)?;
        // What is there and is not whole is written again.
        let there = before.then(|| state(&path).ok()).flatten();
        if let Some(part) = there
            && data.walked_already(&part, shard, &plan.views, &*backend)?
        {
            return Ok(None);
        }
        Ok(Some(match &plan.views[..] {
            [] => data.walk_part(shard, &*backend, watch)?,
            views => data.walk_planned(shard, views, &*backend, watch)?,
        }))
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

/// All of them as one; two are in memory at a time.
fn joined(paths: &[PathBuf]) -> anyhow::Result<Part> {
    let (first, rest) = paths.split_first().ok_or(PartError::None)?;
    let mut whole = state(first)?;
    for path in rest {
        let other = state(path)?;
        whole = Part::join([whole, other]).with_context(|| path.display().to_string())?;
    }
    Ok(whole)
}

fn join(request: &JoinRequest, console: &mut Console<'_>) -> anyhow::Result<Exit> {
    writable(&request.out)?;
    let part = joined(&request.states)?;
    let written = write_all(vec![(request.out.clone(), part.to_bytes())])?;
    say_written(&written, request.quiet, console);
    Ok(Exit::Fine)
}

fn merge(
    request: MergeRequest,
    console: &mut Console<'_>,
    cancel: &Cancel,
) -> anyhow::Result<Exit> {
    let (plan, mut audit) = read(&request.plan)?;
    unchanged(&plan, &request.plan, false)?;
    let part = joined(&request.states)?;
    part.whole()?;
    audit.output = request.output;
    audit.details |= request.details;
    audit.out = request.out.or(audit.out);
    audit.threads = request.threads;
    audit.device = request.device.unwrap_or(audit.device);
    completed(&audit, Some(part), console, cancel)
}
