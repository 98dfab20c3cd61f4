//! `spherecheck audit`.

use anyhow::Context;

use super::exit::Exit;
use super::walker::{named_backend, settled, wish};
use super::{measure, zoo};
use crate::audit::{self, Inputs};
use crate::backend::Backend;
use crate::cli::AuditRequest;
use crate::console::{Cancel, Console};
use crate::report::{self, Destination};
use crate::result::Against;

pub(super) fn audit(
    request: &AuditRequest,
    console: &mut Console<'_>,
    cancel: &Cancel,
) -> anyhow::Result<Exit> {
    // What cannot be had is refused before any file is read; whether a GPU is worth it shows afterwards.
    let wish = wish(request);
    let named = named_backend(&wish)?;
    let opened = measure::open(request)?;
    opened.say(request, console);
    let backend = settled(named, &wish, [opened.shape()])?;
    if request.dry_run {
        return dry_run(request, &opened.inputs, &*backend, console);
    }
    let zoo = request.against.as_deref().map(zoo::open).transpose()?;
    let destination = request
        .out
        .as_deref()
        .map(Destination::prepare)
        .transpose()?;

    let watch = console.progress(request.progress, cancel);
    let audited = opened.audit(request, &*backend, &watch);
    drop(watch);
    if cancel.requested() {
        console.note("interrupted; nothing was written");
        return Ok(Exit::Interrupted);
    }
    let mut audit = audited?;
    if let Some((zoo, source)) = &zoo {
        audit.against = Some(Against::new(audit.place(source)?, zoo, source));
    }

    let style = console.style(request.details);
    let report = report::render(&audit, request.format, style)?;
    // A stdout that takes nothing must not cost the user the files as well: its error waits.
    let printed = console.data(&report);
    for path in destination
        .map(|destination| destination.write(&audit))
        .transpose()?
        .unwrap_or_default()
    {
        if !request.quiet {
            console.note(format_args!("wrote {}", path.display()));
        }
    }
    printed.context("standard output takes no more data")?;
    Ok(Exit::Fine)
}

/// Nothing is read but the headers; nothing is written.
fn dry_run(
    request: &AuditRequest,
    inputs: &Inputs,
    backend: &dyn Backend,
    console: &mut Console<'_>,
) -> anyhow::Result<Exit> {
    let forecast = audit::forecast(inputs, &request.settings, backend)?;
    console
        .data(&report::render(
            &forecast,
            request.format,
            console.style(false),
        )?)
        .context("standard output takes no more data")?;
    Ok(Exit::Fine)
}
