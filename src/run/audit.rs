//! `spherecheck audit`.

use std::time::Instant;

use super::exit::{Exit, deliver, print, watched};
use super::measure::{Opened, WalkedShards, alias, lap};
use super::walker::WalkerChoice;
use super::zoo;
use crate::audit;
use crate::cli::AuditRequest;
use crate::console::{Cancel, Console};
use crate::report::{self, Destination, seconds};
use crate::result::{Against, ProcessSeconds};

pub(super) fn audit(
    request: &AuditRequest,
    started: Instant,
    console: &mut Console<'_>,
    cancel: &Cancel,
) -> anyhow::Result<Exit> {
    completed((request, None), started, console, cancel)
}

/// An audit whose pairs were walked elsewhere, if they were, of rows that a plan knew; by a process that started then.
pub(super) fn completed(
    (request, part): (&AuditRequest, Option<WalkedShards>),
    started: Instant,
    console: &mut Console<'_>,
    cancel: &Cancel,
) -> anyhow::Result<Exit> {
    let mut clock = started;
    let start = lap(&mut clock);
    let walker = WalkerChoice::named(request)?;
    let mut device = lap(&mut clock);
    let mut opened = Opened::open(request)?;
    opened.part = part;
    opened.say(console);
    let mut files = lap(&mut clock);
    let backend = walker.settled([opened.shape()])?;
    device += lap(&mut clock);
    if request.dry_run {
        // Nothing is read but the headers; nothing is written.
        let forecast = audit::forecast(&opened.inputs, &request.settings, &*backend)?;
        let style = console.style(false);
        let report = report::render(&forecast, request.output.format, style)?;
        print(&report, console)?;
        return Ok(Exit::Fine);
    }
    let zoo = request.against.as_deref().map(zoo::open).transpose()?;
    let destination = request.out.as_deref().map(Destination::prepare);
    let destination = destination.transpose()?;
    files += lap(&mut clock);

    let audited = watched(request.output.progress(), console, cancel, |watch| {
        opened.audit((None, None), &*backend, watch)
    })?;
    let Some((mut audit, _, spent)) = audited else {
        return Ok(Exit::Interrupted);
    };
    audit.provenance.process_seconds = Some(ProcessSeconds {
        start,
        device,
        files,
        numbers: lap(&mut clock) - spent.rows - spent.walks,
        ..spent
    });
    if let Some((zoo, source)) = &zoo {
        audit.against = Some(Against::new(audit.place(source)?, zoo, source));
    }

    if request.redact {
        audit = audit.redacted(&alias(0));
    }
    let style = console.style(request.details);
    let report = report::render(&audit, request.output.format, style)?;
    deliver(&report, &request.output, console, || {
        let written = destination.map(|destination| destination.write(&audit, &request.figures));
        Ok(written.transpose()?.unwrap_or_default())
    })?;
    if request.details && !request.output.quiet {
        // They come after what they tell.
        console.note(format_args!("reports took {}", seconds(lap(&mut clock))));
    }
    Ok(Exit::Fine)
}
