//! From files to an audit: the part that `audit`, `compare` and `gate` share.

use std::path::Path;

use anyhow::Context;

use crate::audit::{self, Inputs, PositivesInput, Prepared};
use crate::backend::Backend;
use crate::cli::{AuditRequest, Candidate, PositivesSource, Source};
use crate::console::Console;
use crate::data::{Embeddings, Names};
use crate::gate::unsound;
use crate::input::{self, InputError, Reader};
use crate::pass::Watch;
use crate::result::{Audit, Neighbours, Note, SCHEMA, Severity};

/// What a request names, opened.
pub(super) struct Opened<'a> {
    request: &'a AuditRequest,
    pub(super) inputs: Inputs,
    pub(super) ids: Option<Names>,
    slices: Option<Names>,
    /// Words of the rows of each view.
    texts: [Option<Names>; 2],
    /// What the readers decided where a file could mean two things.
    notes: Vec<String>,
}

impl<'a> Opened<'a> {
    /// Opens every file of a request.
    pub(super) fn open(request: &'a AuditRequest) -> Result<Self, InputError> {
        let embeddings =
            |source: &Source| input::open_embeddings(&source.path, source.tensor.as_deref());
        let first = stem(&request.a.path);
        let name = match &request.b {
            Some(b) if stem(&b.path) != first => format!("{first} + {}", stem(&b.path)),
            _ => first,
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
        let mut names = |source: &Option<Source>| {
            let open = |s: &Source| reader.names(&s.path, s.tensor.as_deref());
            source.as_ref().map(open).transpose()
        };
        let (ids, slices) = (names(&request.items.ids)?, names(&request.items.slices)?);
        let (texts, said) = texts(request, &inputs)?;
        Ok(Self {
            request,
            inputs,
            ids,
            slices,
            texts,
            notes: reader.notes().into_iter().chain(said).collect(),
        })
    }

    /// Says on stderr what the readers decided; reports tell it, too.
    pub(super) fn say(&self, console: &mut Console<'_>) {
        if !self.request.output.quiet {
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
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> anyhow::Result<(Prepared, Option<Names>)> {
        let mut data = audit::prepare(self.inputs, &self.request.settings, backend, watch)?;
        if let Some(ids) = &self.ids {
            data = data.identified(ids)?;
        }
        Ok((data, self.slices))
    }

    /// The audit, and if that is asked, the neighbours of its rows: of the rows that the other has, if there is one.
    pub(super) fn audit(
        mut self,
        near: Option<Option<&Neighbours>>,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> anyhow::Result<(Audit, Option<Neighbours>)> {
        let request = self.request;
        let notes = std::mem::take(&mut self.notes);
        let texts = std::mem::take(&mut self.texts);
        let ids = self.ids.clone().filter(|_| request.settings.offenders);
        let (data, slices) = self.prepare(backend, watch)?;
        let neighbours = near
            .map(|like| data.neighbours(request.settings.seed, like, backend, watch))
            .transpose()?;
        let mut audit = match slices {
            Some(slices) => {
                data.run_with_slices(&slices, request.items.slice_min, backend, watch)?
            }
            None => data.run(backend, watch)?,
        };
        if let Some(offenders) = &mut audit.offenders {
            let ids = ids.as_ref().map(|ids| &ids.values[..]);
            let texts = texts.each_ref();
            let texts = texts.map(|texts| texts.as_ref().map(|texts| &texts.values[..]));
            offenders.label(ids, texts);
        }
        audit.notes.extend(notes.into_iter().map(|text| Note {
            severity: Severity::Info,
            text,
        }));
        Ok((audit, neighbours))
    }
}

/// The words of each view's rows, and what their readers decided; one file speaks for both views where row i of both is
/// one thing.
fn texts(
    request: &AuditRequest,
    inputs: &Inputs,
) -> Result<([Option<Names>; 2], Vec<String>), InputError> {
    let mut notes = Vec::new();
    let mut open = |source: &Source, of: &Embeddings| -> Result<Names, InputError> {
        let mut reader = Reader::beside(of);
        let names = reader.texts(&source.path, source.tensor.as_deref())?;
        names.check(of.name(), of.rows())?;
        notes.extend(reader.notes());
        Ok(names)
    };
    let mut sources = request.texts.iter();
    let first = sources.next().map(|source| open(source, &inputs.a));
    let first = first.transpose()?;
    let aligned = inputs.positives == PositivesInput::Aligned;
    let second = match (sources.next(), &inputs.b) {
        (Some(source), Some(b)) => Some(open(source, b)?),
        _ => first.clone().filter(|_| aligned),
    };
    Ok(([first, second], notes))
}

/// The file's name without its ending: what reports call it.
pub(super) fn stem(path: &Path) -> String {
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
    if let Some((measure, what)) = unsound(&audit) {
        anyhow::bail!(not(&format!("{}: {what}", measure.label())));
    }
    Ok(audit)
}

/// A candidate that is saved, or opened and still to be audited.
pub(super) enum Subject<'a> {
    Saved(Box<Audit>),
    Open(Box<Opened<'a>>),
}

impl<'a> Subject<'a> {
    pub(super) fn open(candidate: &'a Candidate) -> anyhow::Result<Self> {
        Ok(match candidate {
            Candidate::Saved(path) => Self::Saved(Box::new(saved(path)?)),
            Candidate::Files(request) => Self::Open(Box::new(Opened::open(request)?)),
        })
    }

    /// [`Opened::say`], of what is still to be audited.
    pub(super) fn say(&self, console: &mut Console<'_>) {
        if let Self::Open(opened) = self {
            opened.say(console);
        }
    }

    /// Rows and columns, of what is still to be audited.
    pub(super) fn shape(&self) -> Option<(usize, usize)> {
        match self {
            Self::Saved(_) => None,
            Self::Open(opened) => Some(opened.shape()),
        }
    }

    /// Whether there are positive pairs.
    pub(super) fn has_positives(&self) -> bool {
        match self {
            Self::Saved(audit) => audit.subject.positives.is_some(),
            Self::Open(opened) => opened.inputs.positives != PositivesInput::None,
        }
    }

    /// [`Opened::audit`]; a saved audit has no neighbours.
    pub(super) fn audit(
        self,
        near: Option<Option<&Neighbours>>,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> anyhow::Result<(Audit, Option<Neighbours>)> {
        match self {
            Self::Saved(audit) => Ok((*audit, None)),
            Self::Open(opened) => opened.audit(near, backend, watch),
        }
    }
}
