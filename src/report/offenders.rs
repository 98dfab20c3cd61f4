//! Which rows are to blame: the worst of each kind for people, all that are listed for spreadsheets.

use std::collections::BTreeSet;

use super::document::{Block, Cell, Column, ColumnKind, Document, Records, Shown, Table};
use super::number::{count, plain};
use super::render::Report;
use super::text::{cut, printable};
use crate::result::{Offence, Offender, OffenderList, Offenders, Side};

/// Rows of a kind and side that are shown where not all are asked for.
const FEW: usize = 3;
/// Columns that an id may have in the table, and the words of a row.
const ID: usize = 24;
const WORDS: usize = 80;
const DECIMALS: usize = 4;

impl Report for Offenders {
    fn document(&self, details: bool) -> Document {
        let mut document = Document {
            title: "Rows to blame".to_owned(),
            ..Document::default()
        };
        push(&mut document, self, details);
        document
    }

    /// One line for each row, pair or column that is listed.
    fn records(&self) -> Records {
        let mut lines: Vec<(&OffenderList, &Offender)> = Vec::new();
        for list in &self.lists {
            lines.extend(list.rows.iter().map(|row| (list, row)));
        }
        let other = |offender: &Offender| offender.other.clone();
        Records::of("the rows to blame")
            .text("kind", &lines, |(list, _)| Some(list.kind.name()))
            .text("side", &lines, |(list, _)| Some(list.side.name()))
            .count("row", &lines, |(_, row)| row.row)
            .text("id", &lines, |(_, row)| row.id.clone())
            .text("other_side", &lines, |(_, row)| {
                Some(other(row)?.side.name())
            })
            .text("other_row", &lines, |(_, row)| {
                Some(other(row)?.row.to_string())
            })
            .text("other_id", &lines, |(_, row)| other(row)?.id)
            .number("value", &lines, |(_, row)| Some(row.value))
            .text("text", &lines, |(_, row)| row.text.clone())
    }
}

/// The worst of each list (all that is listed, where `all` is wanted), under a heading of their own.
pub(super) fn push(document: &mut Document, offenders: &Offenders, all: bool) {
    let most = if all { usize::MAX } else { FEW };
    let (bad, good): (Vec<&OffenderList>, Vec<_>) = offenders
        .lists
        .iter()
        .partition(|list| !list.rows.is_empty());
    document.push_for(Shown::Page, Block::Heading("rows to blame".to_owned()));
    match bad.is_empty() {
        true => document.push(Block::Foot("no rows to blame".to_owned())),
        false => document.push(Block::Table(table(&bad, most))),
    }
    if let Some(values) = values(&bad) {
        document.push(Block::Text(values));
    }
    let none = good
        .iter()
        .map(|list| format!("{} ({})", list.kind.name(), list.side.name()));
    let none: Vec<String> = none.collect();
    if !none.is_empty() {
        let text = format!("looked for and not found: {}", none.join(", "));
        document.push(Block::Text(text));
    }
    for why in &offenders.left_out {
        document.push(Block::Text(why.clone()));
    }
    if bad.iter().any(|list| list.rows.len() > most) {
        document.push(Block::Text(format!(
            "the {FEW} worst of each kind; --details, CSV and JSON have up to 100"
        )));
    }
}

fn table(lists: &[&OffenderList], most: usize) -> Table {
    let rows = || lists.iter().flat_map(|list| &list.rows);
    let two = lists.iter().any(|list| list.side != Side::A)
        || rows().any(|row| row.other.as_ref().is_some_and(|of| of.side != Side::A));
    let ids = rows().any(|row| row.id.is_some());
    let mut columns = vec![
        Column::key("kind", true),
        Column::right("found"),
        Column::left("side").shown(Shown::told(two)),
        Column::right("row"),
        Column::right("other"),
        Column::right("value"),
    ];
    if ids {
        columns.extend([Column::left("id"), Column::left("other id")]);
    }
    let words = rows().any(|row| row.text.is_some());
    if words {
        columns.push(Column::left("text").kind(ColumnKind::Below));
    }
    let mut table = Table::new(columns);
    for list in lists {
        for (place, row) in list.rows.iter().take(most).enumerate() {
            let found = list.found.filter(|_| place == 0);
            let other = row.other.as_ref().map(|other| match two {
                true => format!("{} {}", other.side.name(), other.row),
                false => other.row.to_string(),
            });
            let other_id = row.other.as_ref().and_then(|other| other.id.as_deref());
            let mut cells = vec![
                Cell::Label(list.kind.name().to_owned()),
                found.map_or(Cell::Empty, |found| count(found).into()),
                list.side.name().into(),
                row.row.to_string().into(),
                other.unwrap_or_default().into(),
                plain(row.value, DECIMALS).into(),
            ];
            if ids {
                cells.extend([name(row.id.as_deref(), ID), name(other_id, ID)]);
            }
            if words {
                cells.push(name(row.text.as_deref(), WORDS));
            }
            let (kind, at) = (list.kind.name(), table.rows.len());
            match table.groups.iter_mut().find(|group| group.0 == kind) {
                Some(group) => group.1.push(at),
                None => table.groups.push((kind, vec![at])),
            }
            table.push(cells);
        }
    }
    table
}

/// Words from a file, cut.
fn name(text: Option<&str>, width: usize) -> Cell {
    text.map_or(Cell::Empty, |text| cut(&printable(text), width).into())
}

/// What the values of these lists are.
fn values(lists: &[&OffenderList]) -> Option<String> {
    let kinds: BTreeSet<Offence> = lists.iter().map(|list| list.kind).collect();
    let say = |kind: &Offence| format!("{}, {}", kind.name(), kind.value());
    let said: Vec<String> = kinds.iter().map(say).collect();
    (!said.is_empty()).then(|| format!("values: {}", said.join("; ")))
}
