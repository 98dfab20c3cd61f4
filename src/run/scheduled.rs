//! Which shard a run is to walk: the one that is named, or what the scheduler says.

use anyhow::{Context, bail, ensure};

use crate::cli::{Numbered, RunRequest};
use crate::pass::Shard;
use crate::result::ShardPlan;

/// Which shard is meant: the one that is named, or the scheduler's.
pub(super) fn which(
    request: &RunRequest,
    plan: &ShardPlan,
    variable: impl Fn(&str) -> Option<String>,
) -> anyhow::Result<Shard> {
    let named = match request.shard {
        Some(named) => named,
        None => scheduled(variable)?.context(
            "no shard is named; give --shard I/N, e.g. --shard 1/16, or run in a Slurm array, under mpirun or in an indexed job",
        )?,
    };
    let planned = plan.shards.map(|of| of as usize);
    let mut said = [named.of, request.of, planned].into_iter().flatten();
    let of = said.next().with_context(|| {
        format!(
            "shard {} of how many? Give --shard {0}/N, --of N, or plan with --shards N",
            named.number
        )
    })?;
    if let Some(other) = said.find(|other| *other != of) {
        bail!(
            "shard {} of {of} is named where there are {other} shards by --of or the plan; name one number of shards",
            named.number
        );
    }
    ensure!(
        (1..=of).contains(&named.number),
        "shard {} of {of} is named; expected 1 to {of}",
        named.number
    );
    Ok(Shard {
        index: named.number - 1,
        of,
    })
}

/// The shard that variables of schedulers name. One process among one says nothing where another variable speaks.
fn scheduled(variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Option<Numbered>> {
    let number = |name: &str| -> anyhow::Result<Option<usize>> {
        let Some(text) = variable(name).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let value = text.trim().parse();
        let value = value.with_context(|| {
            format!("{name} is {text:?}, expected a whole number; give --shard I/N instead")
        })?;
        Ok(Some(value))
    };
    // Variable of the index, of the first index, of the step and of how many there are.
    let schedulers = [
        [
            "SLURM_ARRAY_TASK_ID",
            "SLURM_ARRAY_TASK_MIN",
            "SLURM_ARRAY_TASK_STEP",
            "SLURM_ARRAY_TASK_COUNT",
        ],
        ["JOB_COMPLETION_INDEX", "", "", ""],
        ["OMPI_COMM_WORLD_RANK", "", "", "OMPI_COMM_WORLD_SIZE"],
        ["PMI_RANK", "", "", "PMI_SIZE"],
    ];
    let mut found: Vec<(&str, Numbered)> = Vec::new();
    for [index, first, step, of] in schedulers {
        let Some(at) = number(index)? else {
            continue;
        };
        let (first, step) = (number(first)?.unwrap_or(0), number(step)?.unwrap_or(1));
        let past = at.checked_sub(first).with_context(|| {
            format!("{index} is {at}, below the first index {first}; give --shard I/N instead")
        })?;
        let number_of = past / step.max(1) + 1;
        let of = number(of)?;
        found.push((
            index,
            Numbered {
                number: number_of,
                of,
            },
        ));
    }
    if found.len() > 1 {
        found.retain(|(_, named)| named.of != Some(1));
    }
    match found[..] {
        [] => Ok(None),
        [(_, named)] => Ok(Some(named)),
        [(one, _), (other, _), ..] => {
            bail!("both {one} and {other} name a shard; give --shard I/N")
        }
    }
}
