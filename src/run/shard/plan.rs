//! `spherecheck shard plan`: what is asked, the rows and files as they are, and what the work will take.

use std::path::PathBuf;

use anyhow::Context;

use crate::audit::{self, PrecisionChoice, SearchBy};
use crate::cli::{AuditRequest, PlanRequest, PositivesSource, Source};
use crate::console::{Cancel, Console};
use crate::input;
use crate::metric::DEFINITION;
use crate::num;
use crate::output::{writable, write_all};
use crate::report::{self, Format};
use crate::result::{PlannedFile, SHARD_PLAN_SCHEMA, ShardPlan, Workers};
use crate::run::exit::{Exit, print, say_written, watched};
use crate::run::measure::Opened;
use crate::run::walker::WalkerChoice;
use crate::run::zoo;

/// Numbers of processes that a plan tells the time of. More than the last share hardly further: a view has 210 tiles.
const WORKERS: [usize; 9] = [1, 2, 4, 8, 16, 32, 64, 100, 200];
/// Seconds that nobody waits for on the most processes: thirty days.
const HOPELESS: f64 = 30.0 * 86_400.0;

pub(super) fn plan(
    request: &PlanRequest,
    console: &mut Console<'_>,
    cancel: &Cancel,
) -> anyhow::Result<Exit> {
    let audit = &request.audit;
    writable(&request.plan)?;
    let walker = WalkerChoice::named(audit)?;
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
    let state_bytes = state_bytes(1.0);
    workers.sort_by_key(|of| of.workers);
    let mut notes = left_to_merge(audit);
    if workers.iter().all(|of| of.seconds > HOPELESS) {
        notes.push(
            "All pairs take more than a month on any number of these processes: take more threads or GPUs each, or an \
             estimate of one machine (`spherecheck audit --budget`), whose time grows with the rows and not with their \
             pairs, so that there are no shards of it."
                .to_owned(),
        );
    }
    // Every check of the data is made here, before a worker starts.
    let known = watched(audit.output.progress(), console, cancel, |watch| {
        let (data, _) = opened.prepare(&*backend, watch)?;
        let settled = match audit.settings.precision {
            PrecisionChoice::Only(_) => None,
            PrecisionChoice::Auto => Some(data.settled_precision(&*backend, watch)?),
        };
        Ok((data.planned_views(&*backend), settled))
    })?;
    let Some(((views, repeats), settled)) = known else {
        return Ok(Exit::Interrupted);
    };
    let mut arguments = request.arguments.clone();
    if let Some((precision, reason)) = settled {
        name_precision(&mut arguments, precision.name());
        notes.push(reason);
    }
    if repeats > 0 {
        notes.push(format!(
            "{} earlier ones: the merge walks all pairs of that view once more without them, on one machine. Where that takes \
             long, let shards do it (`spherecheck shard merge --second`), or take them out first (`spherecheck audit --offenders` \
             lists them) and plan again.",
            match repeats {
                1 => "1 row repeats".to_owned(),
                count => format!("{} rows repeat", num::count(count)),
            }
        ));
    }
    let plan = ShardPlan {
        schema: SHARD_PLAN_SCHEMA.to_owned(),
        definition: DEFINITION,
        arguments,
        shards: request.shards.map(|of| of as u64),
        files: files(audit, !views.is_empty())?,
        views,
        without: Vec::new(),
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

/// Puts a precision in the place of the one in these arguments of an audit.
fn name_precision(arguments: &mut [String], name: &str) {
    const OPTION: &str = "--precision";
    let mut value = false;
    for word in arguments {
        if value {
            name.clone_into(word);
        } else if word
            .strip_prefix(OPTION)
            .is_some_and(|rest| rest.starts_with('='))
        {
            *word = format!("{OPTION}={name}");
        }
        value = !value && word == OPTION;
    }
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

/// Every file that the request names, as it is; those of rows alone by their size where the rows are `known`.
fn files(audit: &AuditRequest, known: bool) -> anyhow::Result<Vec<PlannedFile>> {
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
    let named = |path: PathBuf| Source { path, tensor: None };
    match &audit.positives {
        PositivesSource::Pairs(source) | PositivesSource::Labels(source) => {
            sources.push(source.clone());
        }
        PositivesSource::Qrels(path) => sources.push(named(path.clone())),
        PositivesSource::None | PositivesSource::Aligned | PositivesSource::Joined => {}
    }
    if let Some(path) = &audit.against {
        let index = path.is_dir().then(|| path.join(zoo::INDEX));
        sources.push(named(index.unwrap_or(path.clone())));
    }
    // A file that holds more than rows is checked whole.
    let (rows, others) = (paths_of(rows)?, paths_of(&sources)?);
    let whole = |path: &PathBuf| !known || others.contains(path);
    let beside = others.iter().filter(|path| !rows.contains(path));
    let planned = rows.iter().chain(beside);
    planned
        .map(|path| {
            let (bytes, sha256) = match whole(path) {
                true => {
                    let (bytes, sha256) = input::fingerprint(path)?;
                    (bytes, Some(sha256))
                }
                false => (input::size(path)?, None),
            };
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
