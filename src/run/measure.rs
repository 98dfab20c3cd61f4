//! From files to an audit: the part that `audit`, `compare` and `gate` share.

use std::path::Path;

use anyhow::Context;

use crate::audit::{self, Inputs, PositivesInput, Prepared};
use crate::backend::Backend;
use crate::cli::{AuditRequest, Candidate, PositivesSource, Source};
use crate::console::Console;
use crate::data::Names;
use crate::gate::no_number;
use crate::input::{self, InputError, Reader};
use crate::pass::Watch;
use crate::result::{Audit, Neighbours, Note, SCHEMA, Severity};

/// What a request names, opened.
pub(super) struct Opened {
    pub(super) inputs: Inputs,
    pub(super) ids: Option<Names>,
    slices: Option<Names>,
    /// What the readers decided where a file could mean two things.
    notes: Vec<String>,
}

/// Opens every file of a request.
pub(super) fn open(request: &AuditRequest) -> anyhow::Result<Opened> {
    let mut notes = Vec::new();
    let inputs = inputs(request, &mut notes)?;
    let mut reader = Reader::beside(&inputs.a);
    let mut names = |source: &Option<Source>| {
        let open = |s: &Source| reader.names(&s.path, s.tensor.as_deref());
        source.as_ref().map(open).transpose()
    };
    let (ids, slices) = (names(&request.items.ids)?, names(&request.items.slices)?);
    notes.extend(reader.notes());
    Ok(Opened {
        inputs,
        ids,
        slices,
        notes,
    })
}

impl Opened {
    /// Says on stderr what the readers decided; reports tell it, too.
    pub(super) fn say(&self, request: &AuditRequest, console: &mut Console<'_>) {
        if !request.quiet {
            for note in &self.notes {
                console.note(format_args!("note: {note}"));
            }
        }
    }

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
        mut self,
        request: &AuditRequest,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> anyhow::Result<Audit> {
        let notes = std::mem::take(&mut self.notes);
        let prepared = self.prepare(request, backend, watch)?;
        measured(prepared, notes, request, backend, watch)
    }
}

/// Audits what passed every check.
fn measured(
    (data, slices): (Prepared, Option<Names>),
    notes: Vec<String>,
    request: &AuditRequest,
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> anyhow::Result<Audit> {
    let mut audit = match slices {
        Some(slices) => {
            let least = request.items.slice_min;
            data.run_with_slices(&slices, least, backend, watch)?
        }
        None => data.run(backend, watch)?,
    };
    audit.notes.extend(notes.into_iter().map(|text| Note {
        severity: Severity::Info,
        text,
    }));
    Ok(audit)
}

/// What an audit starts from; decisions of the readers are added to `notes`.
fn inputs(request: &AuditRequest, notes: &mut Vec<String>) -> Result<Inputs, InputError> {
    let embeddings =
        |source: &Source| input::open_embeddings(&source.path, source.tensor.as_deref());
    let name = match &request.b {
        Some(b) if stem(b) != stem(&request.a) => format!("{} + {}", stem(&request.a), stem(b)),
        _ => stem(&request.a),
    };
    let a = embeddings(&request.a)?;
    let mut reader = Reader::beside(&a);
    let inputs = Inputs {
        name,
        b: request.b.as_ref().map(embeddings).transpose()?,
        groups: request
            .groups
            .as_ref()
            .map(|Source { path, tensor }| reader.labels(path, tensor.as_deref()))
            .transpose()?,
        positives: match &request.positives {
            PositivesSource::None => PositivesInput::None,
            PositivesSource::Aligned => PositivesInput::Aligned,
            PositivesSource::Pairs(Source { path, tensor }) => {
                PositivesInput::Pairs(reader.pairs(path, tensor.as_deref())?)
            }
            PositivesSource::Labels(Source { path, tensor }) => {
                PositivesInput::Labels(reader.labels(path, tensor.as_deref())?)
            }
        },
        a,
    };
    notes.extend(reader.notes());
    Ok(inputs)
}

/// The file's name without its ending: what reports call it.
pub(super) fn stem(source: &Source) -> String {
    let path = &source.path;
    path.file_stem()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
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
    let slices = audit.slices.iter().flat_map(|slice| &slice.measures);
    for measure in audit.measures.iter().chain(slices) {
        if let Some(what) = no_number(measure) {
            anyhow::bail!(not(&format!("{}: {what}", measure.label())));
        }
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

    /// [`Opened::say`], of what is still to be audited.
    pub(super) fn say(&self, console: &mut Console<'_>) {
        if let Self::Open(opened, request) = self {
            opened.say(request, console);
        }
    }

    /// Rows and columns, of what is still to be audited.
    pub(super) fn shape(&self) -> Option<(usize, usize)> {
        match self {
            Self::Saved(_) => None,
            Self::Open(opened, _) => Some(opened.shape()),
        }
    }

    /// Whether there are positive pairs.
    pub(super) fn has_positives(&self) -> bool {
        match self {
            Self::Saved(audit) => audit.subject.positives.is_some(),
            Self::Open(opened, _) => opened.inputs.positives != PositivesInput::None,
        }
    }

    /// The audit, and if that is asked, the neighbours of its rows: of the rows that the other has, if there is one. A
    /// saved audit has none.
    pub(super) fn audit_with_neighbours(
        self,
        near: Option<Option<&Neighbours>>,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> anyhow::Result<(Audit, Option<Neighbours>)> {
        let (opened, request) = match self {
            Self::Saved(audit) => return Ok((*audit, None)),
            Self::Open(opened, request) => (opened, request),
        };
        let mut opened = *opened;
        let notes = std::mem::take(&mut opened.notes);
        let prepared = opened.prepare(&request, backend, watch)?;
        let seed = request.settings.seed;
        let neighbours = near
            .map(|like| prepared.0.neighbours(seed, like, backend, watch))
            .transpose()?;
        let audit = measured(prepared, notes, &request, backend, watch)?;
        Ok((audit, neighbours))
    }
}
