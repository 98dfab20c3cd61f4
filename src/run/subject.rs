//! What a command is about: embeddings that are still to be audited, or a saved audit.

use std::path::Path;

use anyhow::Context;

use super::measure::{Extras, Opened};
use crate::audit::PositivesInput;
use crate::backend::Backend;
use crate::cli::Candidate;
use crate::console::Console;
use crate::data::Names;
use crate::gate::unsound;
use crate::input;
use crate::pass::Watch;
use crate::result::{Audit, Neighbours, SCHEMA};

/// A saved audit.
fn saved(path: &Path) -> anyhow::Result<Audit> {
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
    let audit: Audit = serde_json::from_slice(&bytes).with_context(|| not("a field is wrong"))?;
    if let Some((measure, what)) = unsound(&audit) {
        anyhow::bail!(not(&format!("{}: {what}", measure.label())));
    }
    Ok(audit)
}

/// A candidate that is saved, or opened and still to be audited.
pub(super) enum SavedOrOpen<'a> {
    Saved(Box<Audit>),
    Open(Box<Opened<'a>>),
}

impl<'a> SavedOrOpen<'a> {
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

    /// Ids of the rows of the first file, where they are given.
    pub(super) fn ids(&self) -> Option<Names> {
        match self {
            Self::Saved(_) => None,
            Self::Open(opened) => opened.ids.clone(),
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
        extras: Extras<'_>,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> anyhow::Result<(Audit, Option<Neighbours>)> {
        match self {
            Self::Saved(audit) => Ok((*audit, None)),
            Self::Open(opened) => {
                let (audit, neighbours, _) = opened.audit(extras, backend, watch)?;
                Ok((audit, neighbours))
            }
        }
    }
}
