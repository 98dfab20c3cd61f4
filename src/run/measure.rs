//! From files to an audit: the part that `audit`, `compare` and `gate` share.

use std::path::Path;

use anyhow::Context;

use crate::audit::{self, Audit, Inputs, Prepared, SCHEMA};
use crate::backend::Backend;
use crate::cli::{AuditRequest, Candidate, Source};
use crate::data::Names;
use crate::input;
use crate::pass::Watch;

/// What a request names, opened.
pub(super) struct Opened {
    pub(super) inputs: Inputs,
    ids: Option<Names>,
    slices: Option<Names>,
}

/// Opens every file of a request.
pub(super) fn open(request: &AuditRequest) -> anyhow::Result<Opened> {
    let names = |source: &Option<Source>| {
        let open = |s: &Source| input::open_names(&s.path, s.tensor.as_deref());
        source.as_ref().map(open).transpose()
    };
    Ok(Opened {
        inputs: super::open(request)?,
        ids: names(&request.items.ids)?,
        slices: names(&request.items.slices)?,
    })
}

impl Opened {
    /// Rows and columns of the first file.
    pub(super) fn shape(&self) -> (usize, usize) {
        (self.inputs.a.rows(), self.inputs.a.dim())
    }

    /// Makes every check that needs the data.
    pub(super) fn prepare(
        self,
        request: &AuditRequest,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> anyhow::Result<(Prepared, Option<Names>)> {
        let mut data = audit::prepare(self.inputs, &request.settings, backend, watch)?;
        if let Some(ids) = &self.ids {
            data = data.identified(ids)?;
        }
        Ok((data, self.slices))
    }

    /// Audits.
    pub(super) fn audit(
        self,
        request: &AuditRequest,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> anyhow::Result<Audit> {
        let (data, slices) = self.prepare(request, backend, watch)?;
        let settings = &request.settings;
        Ok(match slices {
            Some(slices) => {
                let least = request.items.slice_min;
                data.run_with_slices(&slices, least, settings, backend, watch)?
            }
            None => data.run(settings, backend, watch)?,
        })
    }
}

/// A saved audit.
pub(super) fn saved(path: &Path) -> anyhow::Result<Audit> {
    let shown = path.display();
    let bytes = input::read_document(path, input::MOST_JSON)
        .with_context(|| format!("{shown}: this saved audit cannot be read"))?;
    let not = |found: &str| {
        format!(
            "{shown}: not a saved audit ({found}); write one with `spherecheck audit ... --format json`"
        )
    };
    let value: serde_json::Value =
        serde_json::from_slice(&bytes).with_context(|| not("no JSON"))?;
    match value.get("schema").and_then(|schema| schema.as_str()) {
        Some(SCHEMA) => {}
        Some(other) => anyhow::bail!(not(&format!(
            "its schema is {other:?}, expected {SCHEMA:?}"
        ))),
        None => anyhow::bail!(not(&format!("it has no schema, expected {SCHEMA:?}"))),
    }
    let audit: Audit = serde_json::from_value(value).with_context(|| not("a field is wrong"))?;
    let bad = audit
        .measures
        .iter()
        .find(|m| !m.value.is_finite() || m.se.is_some_and(|se| se.is_nan() || se < 0.0));
    if let Some(bad) = bad {
        anyhow::bail!(not(&format!("{} is {}", bad.label(), bad.value)));
    }
    Ok(audit)
}

/// A candidate that is saved, or opened and still to be audited.
pub(super) enum Subject {
    Saved(Box<Audit>),
    Open(Box<Opened>, Box<AuditRequest>),
}

impl Subject {
    pub(super) fn open(candidate: &Candidate) -> anyhow::Result<Self> {
        Ok(match candidate {
            Candidate::Saved(path) => Self::Saved(Box::new(saved(path)?)),
            Candidate::Files(request) => Self::Open(Box::new(open(request)?), request.clone()),
        })
    }

    /// Rows and columns, of what is still to be audited.
    pub(super) fn shape(&self) -> Option<(usize, usize)> {
        match self {
            Self::Saved(_) => None,
            Self::Open(opened, _) => Some(opened.shape()),
        }
    }

    pub(super) fn audit(self, backend: &dyn Backend, watch: &dyn Watch) -> anyhow::Result<Audit> {
        match self {
            Self::Saved(audit) => Ok(*audit),
            Self::Open(opened, request) => opened.audit(&request, backend, watch),
        }
    }
}
