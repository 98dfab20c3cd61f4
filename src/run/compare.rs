//! `spherecheck compare`.

use anyhow::Context;

use super::measure::{Subject, open};
use super::{Exit, named_backend, settled, wish};
use crate::audit::{
    Audit, Comparison, Note, Prepared, Severity, Shared, compare as side_by_side, prefix_curves,
    similarities,
};
use crate::backend::Backend;
use crate::cli::{Candidate, CompareRequest};
use crate::console::{Cancel, Console};
use crate::pass::Watch;
use crate::report::{Destination, Style, comparison_files, render_comparison};

pub(super) fn compare(
    request: &CompareRequest,
    console: &mut Console<'_>,
    cancel: &Cancel,
) -> anyhow::Result<Exit> {
    let common = &request.common;
    let wish = wish(common);
    let named = named_backend(&wish)?;
    let subjects = request
        .models
        .iter()
        .map(Subject::open)
        .collect::<anyhow::Result<Vec<_>>>()?;
    let backend = settled(named, &wish, subjects.iter().filter_map(Subject::shape))?;
    let destination = common
        .out
        .as_deref()
        .map(Destination::prepare)
        .transpose()?;

    let watch = console.progress(common.progress, cancel);
    let compared = run(request, subjects, &*backend, &watch);
    drop(watch);
    if cancel.requested() {
        console.note("interrupted; nothing was written");
        return Ok(Exit::Interrupted);
    }
    let comparison = compared?;

    let style = Style {
        colour: console.colour_out(),
        details: common.details,
        width: console.width(),
    };
    let report = render_comparison(&comparison, common.format, style)?;
    let printed = console.data(&report);
    if let Some(destination) = destination {
        for path in destination.place(comparison_files(&comparison)?)? {
            if !common.quiet {
                console.note(format_args!("wrote {}", path.display()));
            }
        }
    }
    printed.context("standard output takes no more data")?;
    Ok(Exit::Fine)
}

fn run(
    request: &CompareRequest,
    subjects: Vec<Subject>,
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> anyhow::Result<Comparison> {
    let mut audits: Vec<Audit> = Vec::with_capacity(subjects.len());
    let mut curves = Vec::new();
    for subject in subjects {
        match subject {
            Subject::Open(opened, own) if !request.dims.is_empty() => {
                let (data, _) = opened.prepare(&own, backend, watch)?;
                let mut prefixes =
                    data.run_prefixes(&request.dims, &own.settings, backend, watch)?;
                let whole = prefixes.last().cloned();
                audits.extend(whole);
                curves.push(std::mem::take(&mut prefixes));
            }
            other => {
                audits.push(other.audit(backend, watch)?);
                curves.push(Vec::new());
            }
        }
        // Refused as early as it can be: the next audit may take long.
        if let [base, .., last] = &audits[..] {
            crate::audit::paired(base, last)?;
        }
    }
    let mut comparison = side_by_side(&audits, request.common.settings.confidence)?;
    for (model, prefixes) in comparison.models.clone().iter().zip(&curves) {
        comparison
            .prefixes
            .extend(prefix_curves(&model.name, prefixes));
    }
    alike(request, &mut comparison, backend, watch)?;
    Ok(comparison)
}

/// How alike the base and each other model see the same items, where the embeddings are at hand.
fn alike(
    request: &CompareRequest,
    comparison: &mut Comparison,
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> anyhow::Result<()> {
    let Some(Candidate::Files(base)) = request.models.first() else {
        note(
            comparison,
            "The base is a saved audit, so CKA and the overlap of neighbourhoods, which need embeddings, are absent.",
        );
        return Ok(());
    };
    if request.models.len() < 2 {
        return Ok(());
    }
    let prepared = |request: &crate::cli::AuditRequest| -> anyhow::Result<Prepared> {
        Ok(open(request)?.prepare(request, backend, watch)?.0)
    };
    let base_data = prepared(base)?;
    for (k, model) in request.models.iter().enumerate().skip(1) {
        let Candidate::Files(other) = model else {
            note(
                comparison,
                "One of the models is a saved audit, so its CKA and overlap of neighbourhoods, which need embeddings, are absent.",
            );
            continue;
        };
        if comparison.models[k].paired != Some(true) {
            continue;
        }
        let shared = Shared {
            seed: base.settings.seed,
            confidence: base.settings.confidence,
            neighbours: request.neighbours,
        };
        let names = (
            comparison.models[0].name.clone(),
            comparison.models[k].name.clone(),
        );
        let found = similarities(
            (&base_data, &prepared(other)?),
            names,
            shared,
            backend,
            watch,
        )?;
        comparison.similarities.extend(found);
    }
    Ok(())
}

fn note(comparison: &mut Comparison, text: &str) {
    comparison.notes.push(Note {
        severity: Severity::Info,
        text: text.to_owned(),
    });
}
