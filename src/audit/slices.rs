//! The same numbers on parts of the rows: one for each language, source, ...

use sha2::{Digest, Sha256};

use crate::audit::error::AuditError;
use crate::audit::facts::{Facts, ItemOrder, ViewFacts, digest};
use crate::audit::prepare::Prepared;
use crate::audit::read::{notes, read};
use crate::audit::states::States;
use crate::backend::{Backend, on_host};
use crate::data::{DataError, Names, Positives};
use crate::num;
use crate::pass::Watch;
use crate::result::{Audit, Note, Severity, Slice};

impl Prepared {
    /// [`Prepared::run`], and the same on the rows of each name that has at least `least` of them. `slices` has one name
    /// for each row of the first file. What was walked already ([`Prepared::complete`]) is not walked again; the slices
    /// are.
    ///
    /// # Errors
    /// Those of [`Prepared::run`]; [`AuditError::Data`] where the names are not those of the rows.
    pub fn run_with_slices(
        self,
        walked: Option<&States>,
        (slices, least): (&Names, usize),
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Audit, AuditError> {
        self.one_name_each(slices)?;
        self.settings.check_no_budget()?;
        let own = self.settings.numbers_only();
        let (mut found, mut small) = (Vec::new(), Vec::new());
        let kept = Names {
            name: slices.name.clone(),
            values: (0..self.a.rows())
                .map(|row| slices.values[self.a.file_row(row)].clone())
                .collect(),
        };
        for (name, rows) in kept.rows() {
            if rows.len() < least.max(2) {
                small.push((rows.len(), name.to_owned()));
                continue;
            }
            let count = rows.len() as u64;
            let slice = Self {
                settings: own.clone(),
                ..self.slice(&rows)?
            };
            let audit = slice.run(backend, watch)?;
            found.push(Slice {
                name: name.to_owned(),
                rows: count,
                measures: audit.measures,
                notes: audit.notes,
                pairing: audit.pairing,
            });
        }
        let mut audit = match walked {
            Some(states) => on_host(backend, || read(states)),
            None => self.run(backend, watch)?,
        };
        audit.slices = found;
        let parts = audit.slices.iter_mut();
        let parts = parts.map(|slice| (format!("Slice {}", slice.name), &mut slice.notes));
        notes::of_parts(&mut audit.notes, parts);
        if !small.is_empty() {
            small.sort_by_key(|(rows, _)| *rows);
            let shown = small
                .iter()
                .take(10)
                .map(|(rows, name)| format!("{name} ({})", num::count(*rows)));
            let shown = shown.collect::<Vec<_>>().join(", ");
            let more = if small.len() > 10 { ", ..." } else { "" };
            let (plural, have, were) = match small.len() {
                1 => ("", "has", "was"),
                _ => ("s", "have", "were"),
            };
            audit.notes.push(Note::new(Severity::Info, format!(
                    "{} slice{plural} of {} {have} fewer than {least} rows and {were} left out: {shown}{more}.",
                    small.len(),
                    slices.name
                )));
        }
        Ok(audit)
    }

    /// These rows only, with the positives that lie among them.
    pub(crate) fn slice(&self, rows: &[usize]) -> Result<Self, DataError> {
        let mut keep = vec![false; self.a.rows()];
        let mut place = vec![None; self.a.rows()];
        for (k, &row) in rows.iter().enumerate() {
            keep[row] = true;
            place[row] = Some(k as u32);
        }
        let a = self.a.only(&keep)?;
        let b = self.b.as_ref().map(|b| b.only(&keep)).transpose()?;
        let positives = match &self.facts.positives {
            Some(Positives::Pairs(pairs)) => pairs.renumbered(&place, &place).map(Positives::Pairs),
            Some(Positives::Groups(groups)) => groups.renumbered(&place).map(Positives::Groups),
            None => None,
        };
        let grouping = self
            .facts
            .grouping
            .as_ref()
            .map(|grouping| grouping.only(rows));
        let kept = self.with_rows(a, b);
        let facts = Facts {
            a: ViewFacts::of(&kept.a, 0),
            b: kept.b.as_ref().map(|b| ViewFacts::of(b, 0)),
            positives,
            grouping,
            items: Some(self.slice_items(&place)),
            positives_dropped: 0,
            split: None,
            ..kept.facts
        };
        Ok(Self { facts, ..kept })
    }

    /// The items of a slice are known by which of all items they are.
    fn slice_items(&self, place: &[Option<u32>]) -> ItemOrder {
        let natural: Vec<u32> = (0..self.a.rows() as u32).collect();
        let (order, whole) = match &self.facts.items {
            Some(items) => (&items.order, items.digest.as_str()),
            None => (&natural, "rows"),
        };
        let mut hash = Sha256::new();
        hash.update(whole.as_bytes());
        let mut kept = Vec::new();
        for (rank, &row) in order.iter().enumerate() {
            if let Some(new) = place[row as usize] {
                hash.update((rank as u32).to_le_bytes());
                kept.push(new);
            }
        }
        ItemOrder {
            sketch: None,
            order: kept,
            digest: digest(hash),
        }
    }
}
