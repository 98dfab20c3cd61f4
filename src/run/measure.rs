//! From files to an audit: the part that `audit`, `compare` and `gate` share.

use std::path::Path;
use std::time::Instant;

use super::drift;
use super::exit::say_notes;
use crate::audit::{self, Inputs, Part, Planned, PositivesInput, Prepared, States};
use crate::backend::{Backend, on_host};
use crate::cli::{AuditRequest, PositivesSource, Source};
use crate::console::Console;
use crate::data::{Embeddings, Labels, Names, Partners};
use crate::drift::DriftTest;
use crate::input::{InputError, Reader};
use crate::pass::Watch;
use crate::result::{
    Audit, Neighbours, Note, Parity, PlannedView, ProcessSeconds, Severity, paired,
};

/// What an audit is also to find: neighbours, of the rows that others have, if there are any; and parity with a reference.
pub(super) type Extras<'a> = (Option<Option<&'a Neighbours>>, Option<Opened<'a>>);

/// A walk over all pairs in shards, the second round of it, if there was one, and the rows as the plan knew them.
pub(super) type WalkedShards = ((Part, Option<Part>), Vec<PlannedView>);

/// What a request names, opened.
pub(super) struct Opened<'a> {
    request: &'a AuditRequest,
    pub(super) inputs: Inputs,
    pub(super) ids: Option<Names>,
    slices: Option<Names>,
    /// What the rows are held against, and how often they are dealt.
    drift_from: Option<drift::DriftFrom>,
    /// Part of a split that each row is in.
    split: Option<Labels>,
    /// Words of the rows of each view.
    texts: [Option<Names>; 2],
    /// What the readers decided where a file could mean two things.
    notes: Vec<String>,
    /// The walk over all pairs, where it was done elsewhere.
    pub(super) part: Option<WalkedShards>,
}

impl<'a> Opened<'a> {
    /// Opens every file of a request.
    pub(super) fn open(request: &'a AuditRequest) -> Result<Self, InputError> {
        let mut reader = Reader::default();
        let first = stem(&request.a.path);
        let name = match &request.b {
            Some(b) if stem(&b.path) != first => format!("{first} + {}", stem(&b.path)),
            _ => first,
        };
        let (a, b) = views(request, &mut reader)?;
        let aligned = request.b.is_none() && b.is_some();
        let mut notes = reader.notes();
        let mut reader = Reader::beside(&a);
        let items = &request.items;
        let ids = ids_of(&a, &mut reader, items.ids.as_ref())?;
        let ids_b = match &b {
            Some(b) => {
                let mut reader = Reader::beside(b);
                let ids = ids_of(b, &mut reader, items.ids_b.as_ref())?;
                notes.extend(reader.notes());
                ids
            }
            None => None,
        };
        // Of one view, both rows of a pair have its ids.
        let right = if b.is_some() { &ids_b } else { &ids };
        let mut by_id = false;
        let inputs = Inputs {
            name,
            groups: labels(&mut reader, request.groups.as_ref())?,
            positives: match &request.positives {
                PositivesSource::None if !aligned => PositivesInput::None,
                PositivesSource::None | PositivesSource::Aligned => match &request.scores {
                    Some(Source { path, tensor }) => {
                        PositivesInput::AlignedScored(reader.scores(path, tensor.as_deref())?)
                    }
                    None => PositivesInput::Aligned,
                },
                PositivesSource::Joined => match (&ids, &b, &ids_b) {
                    (Some(ids), Some(b), Some(ids_b)) => {
                        PositivesInput::Joined(Partners::new((&a, ids), (b, ids_b))?)
                    }
                    _ => PositivesInput::Aligned,
                },
                PositivesSource::Pairs(Source { path, tensor }) => {
                    let tensor = tensor.as_deref();
                    let pairs = match &ids {
                        None => reader.pairs(path, tensor)?,
                        Some(left) => {
                            let ids = (left, right.as_ref());
                            let (pairs, named) =
                                reader.pairs_by(path, tensor, request.pairs_by, ids)?;
                            by_id = named;
                            pairs
                        }
                    };
                    match &request.scores {
                        Some(Source { path, tensor }) => {
                            // One for each pair, not for each row.
                            let mut reader = Reader::default();
                            let scores = reader.scores(path, tensor.as_deref())?;
                            notes.extend(reader.notes());
                            PositivesInput::Pairs(pairs.scored(scores)?)
                        }
                        None => PositivesInput::Pairs(pairs),
                    }
                }
                PositivesSource::Qrels(path) => match (&ids, right) {
                    (Some(queries), Some(documents)) => {
                        by_id = true;
                        PositivesInput::Pairs(reader.qrels(path, (queries, documents))?)
                    }
                    _ => PositivesInput::None,
                },
                PositivesSource::Labels(Source { path, tensor }) => {
                    PositivesInput::Labels(reader.labels(path, tensor.as_deref())?)
                }
            },
            a,
            b,
        };
        let slices = names(&mut reader, items.slices.as_ref())?;
        let split = labels(&mut reader, request.split.as_ref())?;
        // Ids of rows that are not the same items in both views have done what they can.
        let ids = ids.filter(|_| !by_id || inputs.b.is_none());
        notes.extend(reader.notes());
        let (texts, said) = texts(request, &inputs)?;
        notes.extend(said);
        let (drift_from, said) = drift::open(request)?.unzip();
        notes.extend(said.unwrap_or_default());
        Ok(Self {
            request,
            inputs,
            ids,
            slices,
            drift_from,
            split,
            texts,
            notes,
            part: None,
        })
    }

    /// Says on stderr what the readers decided; reports tell it, too.
    pub(super) fn say(&self, console: &mut Console<'_>) {
        // They name files.
        let quiet = self.request.output.quiet || self.request.redact;
        say_notes(&self.notes, quiet, console);
    }

    /// Rows of the first file that are audited, and their columns.
    pub(super) fn shape(&self) -> (usize, usize) {
        let (rows, _) = audit::sizes(&self.inputs, &self.request.settings);
        (rows, self.inputs.a.dim())
    }

    /// Makes every check that needs the data.
    pub(super) fn prepare(
        self,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> anyhow::Result<(Prepared, Option<Names>)> {
        let (inputs, settings) = (self.inputs, &self.request.settings);
        let mut data = audit::prepare(inputs, settings, backend, watch)?;
        if let Some(ids) = &self.ids {
            data = data.identified(ids)?;
        }
        if let Some(split) = &self.split {
            data = data.split_by(split)?;
        }
        if let Some(form) = self.request.copied {
            data = data.stored(form, backend)?;
        }
        Ok((data, self.slices))
    }

    /// The same checks without a look at the rows of views that a plan knows.
    pub(super) fn planned(
        self,
        views: &[PlannedView],
        backend: &dyn Backend,
    ) -> anyhow::Result<Planned> {
        let data = Planned::new(self.inputs, &self.request.settings, views, backend)?;
        Ok(match &self.ids {
            Some(ids) => data.identified(ids)?,
            None => data,
        })
    }

    /// The audit, and if that is asked, the neighbours of its rows: of the rows that the other has, if there is one. With a
    /// reference, the numbers of parity with it are among the audit's. And what reading rows and walks took.
    pub(super) fn audit(
        mut self,
        (near, reference): Extras<'_>,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> anyhow::Result<(Audit, Option<Neighbours>, ProcessSeconds)> {
        let (mut clock, mut spent) = (Instant::now(), ProcessSeconds::default());
        let request = self.request;
        let notes = std::mem::take(&mut self.notes);
        let texts = std::mem::take(&mut self.texts);
        let part = self.part.take();
        let ids = self.ids.clone().filter(|_| request.settings.offenders);
        let drift_from = self.drift_from.take();
        let (data, slices) = self.prepare(backend, watch)?;
        // What it refuses is refused before the pass.
        let against = |(of, deals)| DriftTest::new(of, &data, deals, backend, watch);
        let against = drift_from.map(against).transpose()?;
        spent.rows = lap(&mut clock);
        let neighbours = near
            .map(|like| data.neighbours(request.settings.seed, like, backend, watch))
            .transpose()?;
        let states = match part {
            Some((parts, views)) => Some(data.complete(parts, &views, backend, watch)?),
            None if reference.is_some() || against.is_some() => Some(data.walk(backend, watch)?),
            None => None,
        };
        let drift = against.map(|against| against.run(states.as_ref(), backend, watch));
        let drift = drift.transpose()?;
        let parity = match (reference, &states) {
            (Some(reference), Some(states)) => {
                Some(reference.parity((&data, states), backend, watch)?)
            }
            _ => None,
        };
        let mut audit = match slices {
            Some(slices) => {
                let asked = (&slices, request.items.slice_min);
                let audit = data.run_with_slices(states.as_ref(), asked, backend, watch)?;
                spent.walks = lap(&mut clock);
                audit
            }
            None => {
                let states = states.map_or_else(|| data.walk(backend, watch), Ok)?;
                spent.walks = lap(&mut clock);
                on_host(backend, || audit::read(&states))
            }
        };
        if let Some(drift) = drift {
            drift.enter(&mut audit);
        }
        audit
            .measures
            .extend(parity.into_iter().flat_map(|parity| parity.measures));
        if let Some(offenders) = &mut audit.offenders {
            let ids = ids.as_ref().map(|ids| &ids.values[..]);
            let texts = texts.each_ref();
            let texts = texts.map(|texts| texts.as_ref().map(|texts| &texts.values[..]));
            offenders.label(ids, texts);
        }
        audit.notes.extend(
            notes
                .into_iter()
                .map(|text| Note::new(Severity::Info, text)),
        );
        Ok((audit, neighbours, spent))
    }
}

impl Opened<'_> {
    /// What a candidate is beside this reference, row by row.
    fn parity(
        self,
        (data, states): (&Prepared, &States),
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> anyhow::Result<Parity> {
        let (own, _) = self.prepare(backend, watch)?;
        let walked = own.walk(backend, watch)?;
        let (reference, candidate) =
            on_host(backend, || (audit::read(&walked), audit::read(states)));
        paired(&reference, &candidate)?;
        let names = (reference.subject.name, candidate.subject.name);
        let both = ((&own, &walked), (data, states));
        Ok(audit::parity(both.0, both.1, names, backend, watch)?)
    }
}

/// Seconds since `clock`, which is now from now on.
pub(super) fn lap(clock: &mut Instant) -> f64 {
    let before = std::mem::replace(clock, Instant::now());
    (*clock - before).as_secs_f64()
}

/// A label for each row, where a file of them is given.
fn labels(reader: &mut Reader, source: Option<&Source>) -> Result<Option<Labels>, InputError> {
    let open = |source: &Source| reader.labels(&source.path, source.tensor.as_deref());
    source.map(open).transpose()
}

/// A text for each row, where a file of them is given.
fn names(reader: &mut Reader, source: Option<&Source>) -> Result<Option<Names>, InputError> {
    let open = |source: &Source| reader.names(&source.path, source.tensor.as_deref());
    source.map(open).transpose()
}

/// The ids of a matrix, where they are given: one for each row.
fn ids_of(
    matrix: &Embeddings,
    reader: &mut Reader,
    source: Option<&Source>,
) -> Result<Option<Names>, InputError> {
    let ids = names(reader, source)?;
    if let Some(ids) = &ids {
        ids.check(matrix.name(), matrix.rows())?;
    }
    Ok(ids)
}

/// The rows of the first view, and of the second: that of a second file, or of a file that holds two views.
fn views(
    request: &AuditRequest,
    reader: &mut Reader,
) -> Result<(Embeddings, Option<Embeddings>), InputError> {
    let Source { path, tensor } = &request.a;
    let [of_a, of_b] = &request.meant;
    // Labels pair the rows of one matrix.
    let labelled = matches!(request.positives, PositivesSource::Labels(_));
    let Some(b) = &request.b else {
        return match labelled {
            true => Ok((
                reader.embeddings_meant(path, tensor.as_deref(), of_a)?,
                None,
            )),
            false => reader.views(path, tensor.as_deref(), of_a),
        };
    };
    let a = reader.embeddings_meant(path, tensor.as_deref(), of_a)?;
    let b = reader.embeddings_meant(&b.path, b.tensor.as_deref(), of_b)?;
    Ok((a, Some(b)))
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
    let aligned = matches!(
        inputs.positives,
        PositivesInput::Aligned | PositivesInput::AlignedScored(_)
    );
    let second = match (sources.next(), &inputs.b) {
        (Some(source), Some(b)) => Some(open(source, b)?),
        _ => first.clone().filter(|_| aligned),
    };
    Ok(([first, second], notes))
}

/// What the model at this place is called where names are left out: `a`, `b`, ..., after `z` `model 27`, ...
pub(super) fn alias(place: usize) -> String {
    match u8::try_from(place).ok().filter(|place| *place < 26) {
        Some(place) => char::from(b'a' + place).to_string(),
        None => format!("model {}", place + 1),
    }
}

/// The file's name without its endings (`x` for `x.npy.gz`): what reports call it.
pub(super) fn stem(path: &Path) -> String {
    let stem = Path::new(path.file_stem().unwrap_or(path.as_os_str()));
    let packed = path
        .extension()
        .is_some_and(|end| ["gz", "zst"].iter().any(|of| end.eq_ignore_ascii_case(of)));
    let inner = stem.file_stem().filter(|_| packed);
    inner
        .unwrap_or(stem.as_os_str())
        .to_string_lossy()
        .into_owned()
}
