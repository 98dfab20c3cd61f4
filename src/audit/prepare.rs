//! Every check of the data, before the first pair is walked.

use std::time::Instant;

use crate::audit::ask::{Checked, Effort, PrecisionChoice, Settings, SettingsError};
use crate::audit::chosen::{Chosen, joined, on_the_sphere};
use crate::audit::error::AuditError;
use crate::audit::facts::{Facts, Ungrouped, ViewFacts, count};
use crate::audit::grouping::{Grouping, Joined};
use crate::audit::inputs::{Inputs, PositivesInput};
use crate::backend::{Backend, on_host};
use crate::data::{DataError, Embeddings, Groups, Norms, Pairs, Positives, UnitRows};
use crate::num;
use crate::pass::{Cancelled, Watch};
use crate::result::Side;

/// Data that passed every check.
///
/// - rows finite and on the sphere, zero rows gone; both views of one width;
/// - positives in range and not empty; aligned views have the same rows.
#[derive(Clone)]
pub struct Prepared {
    pub(crate) a: UnitRows,
    pub(crate) b: Option<UnitRows>,
    pub(crate) facts: Facts,
    pub(crate) settings: Checked,
    pub(crate) started: Instant,
    /// Whether every cosine of other pairs is told apart: a threshold that is given may lie anywhere.
    pub(crate) every_cosine: bool,
}

impl Prepared {
    /// The rows of the first (or only) view.
    pub fn first(&self) -> &UnitRows {
        &self.a
    }

    /// What was asked of the audit, checked.
    pub fn settings(&self) -> &Checked {
        &self.settings
    }

    /// The same for [`ported`](crate::audit::ported): a search also tells apart cosines below all thresholds that it measures.
    #[must_use]
    pub fn for_thresholds(mut self) -> Self {
        self.every_cosine = true;
        self
    }

    /// The same items by other rows, in the same order.
    pub(crate) fn with_rows(&self, a: UnitRows, b: Option<UnitRows>) -> Self {
        let facts = Facts {
            a: ViewFacts::of(&a, self.facts.a.dropped),
            b: b.as_ref()
                .zip(self.facts.b.as_ref())
                .map(|(b, of)| ViewFacts::of(b, of.dropped)),
            ..self.facts.clone()
        };
        Self {
            a,
            b,
            facts,
            settings: self.settings.clone(),
            started: self.started,
            every_cosine: self.every_cosine,
        }
    }

    /// The first view, then the second.
    pub(crate) fn views(&self) -> impl Iterator<Item = (Side, &UnitRows)> {
        std::iter::once((Side::A, &self.a)).chain(self.b.iter().map(|b| (Side::B, b)))
    }

    /// The rows on the first end of a side's pairs.
    pub(crate) fn view(&self, side: Side) -> &UnitRows {
        let second = self.b.as_ref().filter(|_| side == Side::B);
        second.unwrap_or(&self.a)
    }

    /// Whether there is a second view.
    pub fn has_second_view(&self) -> bool {
        self.b.is_some()
    }

    /// The group of each row of the first view, where the user named groups.
    pub fn named_groups(&self) -> Option<&[u32]> {
        let grouping = self.facts.grouping.as_ref();
        let named = grouping.filter(|grouping| grouping.named);
        named.map(|grouping| grouping.of(false))
    }

    /// Whether rows of the first view are no independent draws because listed pairs join them.
    pub fn items_of_pairs(&self) -> bool {
        let grouping = self.facts.grouping.as_ref();
        let joined = grouping.filter(|grouping| !grouping.named);
        joined.is_some_and(|items| items.sizes(false).iter().any(|&rows| rows > 1))
    }
}

/// Reads all rows once (norms, NaN), applies `--normalize` and `--zero-rows`, and checks positives against rows.
///
/// # Errors
/// [`AuditError::Settings`], [`AuditError::Data`], [`AuditError::Cancelled`].
pub fn prepare(
    inputs: Inputs,
    settings: &Settings,
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<Prepared, AuditError> {
    prepared(inputs, settings, backend, |embeddings, _, rows| {
        watch.phase(&format!("reading {}", embeddings.name()), 0);
        let norms = on_host(backend, || match rows {
            Some(rows) => Norms::of_rows(embeddings, rows),
            None => Norms::of(embeddings),
        })?;
        if watch.cancelled() {
            return Err(Cancelled.into());
        }
        Ok(norms)
    })
}

/// All checks, of rows with the norms that `read` finds: those of a matrix, of the second view or not, of some rows or all.
pub(crate) fn prepared(
    inputs: Inputs,
    settings: &Settings,
    backend: &dyn Backend,
    read: impl Fn(&Embeddings, bool, Option<&[u32]>) -> Result<Norms, AuditError>,
) -> Result<Prepared, AuditError> {
    let started = Instant::now();
    let settings = settings.clone().check()?;
    let Inputs {
        name,
        a,
        b,
        positives,
        groups,
    } = inputs;
    check_precision(&settings, a.dim(), backend)?;
    let aligned = positives.aligned();
    check_shapes(&a, b.as_ref(), &positives)?;
    if groups.is_some() && settings.effort != Effort::Exact {
        return Err(SettingsError::GroupsOfEstimate.into());
    }
    // Positives are checked against the rows of the files first: that needs no pass over the data.
    let found = positives_of(&positives, &a, b.as_ref())?;

    let chosen = Chosen::of(a.rows(), b.is_some(), &positives, &settings);
    let rows_of = |second| chosen.as_ref().and_then(|chosen| chosen.rows(second));
    let norms_of = |embeddings: &Embeddings, second| -> Result<Norms, AuditError> {
        let norms = read(embeddings, second, rows_of(second))?;
        norms.check(embeddings, settings.normalize, settings.zero_rows)?;
        Ok(norms)
    };
    let norms_a = norms_of(&a, false)?;
    let norms_b = b.as_ref().map(|b| norms_of(b, true)).transpose()?;
    let rows_a = a.rows();
    let asked = |second, all| rows_of(second).map_or(all, <[u32]>::len);
    let asked = (
        asked(false, rows_a),
        asked(true, b.as_ref().map_or(0, Embeddings::rows)),
    );
    let (a, b) = on_the_sphere(
        (a, &norms_a),
        b.zip(norms_b.as_ref()),
        aligned,
        chosen.as_ref(),
    )?;
    let dropped = (
        (asked.0 - a.rows()) as u64,
        (asked.1 - b.as_ref().map_or(0, UnitRows::rows)) as u64,
    );

    let before = match aligned {
        true => asked.0 as u64,
        false => found.as_ref().map_or(0, count),
    };
    let positives_source = describe(&positives, found.as_ref());
    let sampled = chosen.as_ref().and_then(Chosen::sampled);
    let joined = joined(&positives);
    let positives = match found {
        None => None,
        Some(Positives::Pairs(found)) if aligned && found.scores().is_some() => {
            let both = a.renumbering();
            found.renumbered(&both, &both).map(Positives::Pairs)
        }
        Some(_) if aligned => Some(Positives::Pairs(Pairs::aligned(a.rows()))),
        Some(found) if dropped == (0, 0) && chosen.is_none() => Some(found),
        Some(found) => Some(renumbered(found, &a, b.as_ref(), &positives_source)?),
    };
    let positives_dropped = before - positives.as_ref().map_or(0, count);
    let second = b.as_ref().filter(|_| !aligned);
    let (grouping, ungrouped) = match (&groups, &positives) {
        (Some(labels), _) => {
            let named = Grouping::named(labels, rows_a, (&a, second), positives.as_ref())?;
            (Some(named), None)
        }
        (None, Some(Positives::Pairs(pairs))) if !aligned && settings.join_pairs => {
            match Grouping::joined(pairs, a.rows(), second.map(UnitRows::rows)) {
                Some(Joined::Items(_)) if settings.effort != Effort::Exact => {
                    (None, Some(Ungrouped::Estimate))
                }
                Some(Joined::Items(items)) => (Some(items), None),
                Some(Joined::TooMany { largest, rows }) => {
                    (None, Some(Ungrouped::TooMany { largest, rows }))
                }
                None => (None, None),
            }
        }
        _ => (None, None),
    };
    let facts = Facts {
        name,
        a: ViewFacts::of(&a, dropped.0),
        b: b.as_ref().map(|b| ViewFacts::of(b, dropped.1)),
        aligned,
        positives,
        grouping,
        ungrouped,
        items: chosen.map(|chosen| chosen.items(&a)),
        positives_source,
        positives_dropped,
        joined,
        sampled,
        split: None,
    };
    Ok(Prepared {
        a,
        b,
        facts,
        settings,
        started,
        every_cosine: false,
    })
}

/// Refuses a precision that this backend does not have, and rows too long for it.
pub(crate) fn check_precision(
    settings: &Settings,
    dim: usize,
    backend: &dyn Backend,
) -> Result<(), AuditError> {
    let PrecisionChoice::Only(precision) = settings.precision else {
        return Ok(());
    };
    backend.kernel_at(precision)?;
    match precision.longest() {
        Some(longest) if dim > longest => Err(SettingsError::TooLong {
            precision: precision.name(),
            longest,
            found: dim,
        }
        .into()),
        _ => Ok(()),
    }
}

pub(crate) fn check_shapes(
    a: &Embeddings,
    b: Option<&Embeddings>,
    positives: &PositivesInput,
) -> Result<(), DataError> {
    let aligned = matches!(
        positives,
        PositivesInput::Aligned | PositivesInput::AlignedScored(_)
    );
    match b {
        Some(b) if a.dim() != b.dim() || (aligned && a.rows() != b.rows()) => {
            Err(DataError::ViewShape {
                a_name: a.name().to_owned(),
                a_rows: a.rows(),
                a_dim: a.dim(),
                b_name: b.name().to_owned(),
                b_rows: b.rows(),
                b_dim: b.dim(),
            })
        }
        _ => Ok(()),
    }
}

fn positives_of(
    positives: &PositivesInput,
    a: &Embeddings,
    b: Option<&Embeddings>,
) -> Result<Option<Positives>, DataError> {
    let rows = |e: &Embeddings| e.rows();
    Ok(match positives {
        PositivesInput::None => None,
        PositivesInput::Aligned => Some(Positives::Pairs(Pairs::aligned(a.rows()))),
        PositivesInput::AlignedScored(scores) => {
            let pairs = Pairs::aligned_scored(scores, a.name(), a.rows())?;
            Some(Positives::Pairs(pairs))
        }
        PositivesInput::Joined(partners) => {
            Some(Positives::Pairs(Pairs::aligned(partners.count())))
        }
        PositivesInput::Pairs(raw) => {
            let b = b.map(|b| (b.name(), rows(b)));
            Some(Positives::Pairs(Pairs::new(raw, (a.name(), rows(a)), b)?))
        }
        PositivesInput::Labels(labels) => {
            Some(Positives::Groups(Groups::new(labels, a.name(), rows(a))?))
        }
    })
}

fn renumbered(
    found: Positives,
    a: &UnitRows,
    b: Option<&UnitRows>,
    source: &str,
) -> Result<Positives, DataError> {
    let pairs = count(&found) as usize;
    let keep_a = a.renumbering();
    let left = match found {
        Positives::Pairs(pairs) => {
            let keep_b = b.map(UnitRows::renumbering);
            pairs
                .renumbered(&keep_a, keep_b.as_ref().unwrap_or(&keep_a))
                .map(Positives::Pairs)
        }
        Positives::Groups(groups) => groups.renumbered(&keep_a).map(Positives::Groups),
    };
    left.ok_or_else(|| DataError::PairsDropped {
        source_name: source.to_owned(),
        pairs,
    })
}

fn describe(input: &PositivesInput, found: Option<&Positives>) -> String {
    match (input, found) {
        (PositivesInput::None, _) => "none".to_owned(),
        (PositivesInput::Aligned | PositivesInput::AlignedScored(_), _) => {
            "row i of a with row i of b".to_owned()
        }
        (PositivesInput::Joined(partners), _) => {
            let (a, b) = partners.names();
            format!("rows of the same id in {a} and {b}")
        }
        (PositivesInput::Pairs(raw), _) => raw.name.clone(),
        (PositivesInput::Labels(labels), Some(Positives::Groups(groups))) => {
            format!(
                "rows of the same label in {} ({})",
                labels.name,
                num::counted(groups.members().len(), "label")
            )
        }
        (PositivesInput::Labels(labels), _) => labels.name.clone(),
    }
}
