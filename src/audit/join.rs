//! Models of partly the same items, joined by their ids.

use std::collections::HashMap;

use crate::audit::facts::{Facts, count};
use crate::audit::prepare::Prepared;
use crate::data::{DataError, Names, Pairs, Positives};
use crate::num;
use crate::result::{Note, Severity};

/// Leaves each model, given with the ids of its rows, with the items that all of them have, in the order of the first;
/// positives and given groups are those of the first. The note says how many items that leaves.
///
/// # Errors
/// [`DataError::FewJoined`] where fewer than two ids are in all, [`DataError::PairsDropped`] where no positive pair is,
/// those of [`Prepared::identified`].
pub fn join(models: Vec<(Prepared, Names)>) -> Result<(Vec<Prepared>, Note), DataError> {
    let ids: Vec<&Names> = models.iter().map(|(_, ids)| ids).collect();
    let places = models
        .iter()
        .map(|(model, ids)| model.rows_by_id(ids))
        .collect::<Result<Vec<_>, _>>()?;
    let Some((base, own)) = models.first() else {
        return Ok((Vec::new(), note(Vec::new(), 0)));
    };
    let rows: Vec<usize> = (0..base.a.rows())
        .filter(|&row| {
            let id = &own.values[base.a.file_row(row)][..];
            places.iter().all(|place| place.contains_key(id))
        })
        .collect();
    if rows.len() < 2 {
        let names: Vec<&str> = ids.iter().map(|ids| &ids.name[..]).collect();
        return Err(DataError::FewJoined {
            source_name: names.join(" and "),
            found: rows.len(),
        });
    }
    let joined: Vec<&str> = rows
        .iter()
        .map(|&row| &own.values[base.a.file_row(row)][..])
        .collect();
    let first = base.slice(&rows)?;
    let pairs = |data: &Prepared| data.facts.positives.as_ref().map_or(0, count);
    if base.facts.positives.is_some() && first.facts.positives.is_none() {
        return Err(DataError::PairsDropped {
            source_name: base.facts.positives_source.clone(),
            pairs: pairs(base) as usize,
        });
    }
    let lost = base.facts.positives_dropped + pairs(base) - pairs(&first);
    let mut out = Vec::with_capacity(models.len());
    let mut left_out = Vec::new();
    for ((model, _), place) in models.iter().zip(&places) {
        left_out.push((
            model.facts.name.clone(),
            model.a.rows() - rows.len(),
            model.a.rows(),
        ));
        let order: Vec<u32> = joined.iter().map(|id| place[id]).collect();
        let a = model.a.gather(&order)?;
        let b = model.b.as_ref().map(|b| b.gather(&order)).transpose()?;
        let (model, shared) = (model.with_rows(a, b), &first.facts);
        let facts = Facts {
            positives: match model.facts.aligned && !base.facts.aligned {
                true => Some(Positives::Pairs(Pairs::aligned(rows.len()))),
                false => shared.positives.clone(),
            },
            grouping: shared.grouping.clone(),
            ungrouped: shared.ungrouped,
            items: shared.items.clone(),
            positives_source: base.facts.positives_source.clone(),
            positives_dropped: lost,
            split: None,
            ..model.facts
        };
        out.push(Prepared { facts, ..model });
    }
    Ok((out, note(left_out, rows.len())))
}

impl Prepared {
    /// The row of each id, of the rows that are not dropped.
    fn rows_by_id<'a>(&self, ids: &'a Names) -> Result<HashMap<&'a str, u32>, DataError> {
        self.one_name_each(ids)?;
        ids.order()?;
        let row = |row| (&ids.values[self.a.file_row(row)][..], row as u32);
        Ok((0..self.a.rows()).map(row).collect())
    }
}

fn note(left_out: Vec<(String, usize, usize)>, joined: usize) -> Note {
    let lost = left_out.iter().filter(|(_, lost, _)| *lost > 0);
    let lost: Vec<String> = lost
        .map(|(name, lost, rows)| {
            format!("{} of {} in {name}", num::count(*lost), num::count(*rows))
        })
        .collect();
    let (severity, rest) = match lost.is_empty() {
        true => (Severity::Info, "none is left out".to_owned()),
        false => (
            Severity::Warning,
            format!("left out are {}", lost.join(", ")),
        ),
    };
    Note::new(
        severity,
        format!(
            "Rows are joined by id: {} ids are in every model; {rest}.",
            num::count(joined)
        ),
    )
}
