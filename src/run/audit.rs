//! `spherecheck audit`.

use super::exit::{Exit, deliver, print, watched};
use super::measure::{Opened, Walked, alias};
use super::walker::Walker;
use super::zoo;
use crate::audit;
use crate::cli::AuditRequest;
use crate::console::{Cancel, Console};
use crate::report::{self, Destination};
use crate::result::Against;

pub(super) fn audit(
    request: &AuditRequest,
    console: &mut Console<'_>,
    cancel: &Cancel,
) -> anyhow::Result<Exit> {
    completed(request, None, console, cancel)
}

/// An audit whose pairs were walked elsewhere, if they were, of rows that a plan knew.
pub(super) fn completed(
    request: &AuditRequest,
    part: Option<Walked>,
    console: &mut Console<'_>,
    cancel: &Cancel,
) -> anyhow::Result<Exit> {
    let walker = Walker::named(request)?;
    let mut opened = Opened::open(request)?;
    opened.part = part;
    opened.say(console);
    let backend = walker.settled([opened.shape()])?;
    if request.dry_run {
        // Nothing is read but the headers; nothing is written.
        let forecast = audit::forecast(&opened.inputs, &request.settings, &*backend)?;
        let style = console.style(false);
        let report = report::render(&forecast, request.output.format, style)?;
        print(&report, console)?;
        return Ok(Exit::Fine);
    }
    let zoo = request.against.as_deref().map(zoo::open).transpose()?;
    let destination = request
        .out
        .as_deref()
        .map(Destination::prepare)
        .transpose()?;

    let audited = watched(request.output.progress(), console, cancel, |watch| {
        opened.audit((None, None), &*backend, watch)
    })?;
    let Some((mut audit, _)) = audited else {
        return Ok(Exit::Interrupted);
    };
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
    Ok(Exit::Fine)
}
