//! One set of rows, and which of them go together.

use rand::SeedableRng;
use rand::seq::index::sample;
use rand_pcg::Pcg64;

use super::error::DriftError;
use crate::data::{DataError, Labels, UnitRows};

/// Fewest groups of a set.
const FEWEST: usize = 3;

/// Rows, and the unit of each: its group, or itself.
pub(super) struct Set {
    pub(super) rows: UnitRows,
    /// Small numbers; every unit has a row.
    pub(super) unit: Vec<u32>,
    /// Rows of each unit.
    pub(super) sizes: Vec<u64>,
    /// Whether units are groups.
    pub(super) grouped: bool,
}

impl Set {
    /// The reference, with groups as its file has them, and the new rows, with a group for each.
    pub(super) fn both(
        (old, labels): (UnitRows, Option<&Labels>),
        (new, groups): (UnitRows, Option<&[u32]>),
    ) -> Result<[Self; 2], DriftError> {
        let name = |rows: &UnitRows| rows.embeddings().name().to_owned();
        match (labels, groups) {
            (None, None) => Ok([Self::alone(old), Self::alone(new)]),
            (Some(labels), Some(groups)) => {
                labels.check("groups", old.embeddings().name(), old.embeddings().rows())?;
                let of_row = |row: usize| labels.classes[old.file_row(row)];
                let of_old: Vec<u32> = (0..old.rows()).map(of_row).collect();
                Ok([Self::grouped(old, &of_old)?, Self::grouped(new, groups)?])
            }
            (Some(_), None) => Err(DriftError::OneSided {
                with: name(&old),
                without: name(&new),
            }),
            (None, Some(_)) => Err(DriftError::OneSided {
                with: name(&new),
                without: name(&old),
            }),
        }
    }

    fn alone(rows: UnitRows) -> Self {
        let count = rows.rows();
        Self {
            rows,
            unit: (0..count as u32).collect(),
            sizes: vec![1; count],
            grouped: false,
        }
    }

    fn grouped(rows: UnitRows, groups: &[u32]) -> Result<Self, DataError> {
        let set = Self::numbered(rows, groups);
        match set.units() {
            found if found < FEWEST => Err(DataError::FewGroups {
                source_name: set.rows.embeddings().name().to_owned(),
                found,
                fewest: FEWEST,
            }),
            _ => Ok(set),
        }
    }

    /// Units by small numbers in order of appearance.
    fn numbered(rows: UnitRows, groups: &[u32]) -> Self {
        let most = groups.iter().max().map_or(0, |&group| group as usize + 1);
        let mut new = vec![u32::MAX; most];
        let mut sizes = Vec::new();
        let unit = groups.iter().map(|&group| {
            let unit = &mut new[group as usize];
            if *unit == u32::MAX {
                *unit = sizes.len() as u32;
                sizes.push(0);
            }
            sizes[*unit as usize] += 1;
            *unit
        });
        Self {
            unit: unit.collect(),
            rows,
            sizes,
            grouped: true,
        }
    }

    /// Number of units.
    pub(super) fn units(&self) -> usize {
        self.sizes.len()
    }

    /// Ordered pairs of rows of different units.
    pub(super) fn pairs(&self) -> f64 {
        let rows = self.rows.rows() as f64;
        rows * rows - self.sizes.iter().map(|&s| (s as f64).powi(2)).sum::<f64>()
    }

    /// All of it, or a seeded draw of units that make about `most` rows: as many as have so many on average, each as likely
    /// as any other, so that the draw is one of the law that the set is of.
    pub(super) fn draw(&self, most: usize, seed: u64) -> Self {
        let (rows, units) = (self.rows.rows(), self.units());
        let count = (units as u64 * most as u64 / rows as u64).max(FEWEST as u64) as usize;
        if rows <= most || count >= units {
            return self.only(|_| true);
        }
        let mut kept = vec![false; units];
        let chosen = sample(&mut Pcg64::seed_from_u64(seed), units, count);
        chosen.into_iter().for_each(|unit| kept[unit] = true);
        self.only(|unit| kept[unit as usize])
    }

    fn only(&self, keep: impl Fn(u32) -> bool) -> Self {
        let kept: Vec<bool> = self.unit.iter().map(|&unit| keep(unit)).collect();
        let left = self.unit.iter().zip(&kept).filter(|(_, kept)| **kept);
        let groups: Vec<u32> = left.map(|(unit, _)| *unit).collect();
        let rows = self.rows.only(&kept).expect("units of at least two rows");
        Self {
            grouped: self.grouped,
            ..Self::numbered(rows, &groups)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Embeddings;

    #[test]
    fn a_draw_holds_whole_units_and_the_same_for_the_same_seed() {
        let values = ndarray::Array2::from_shape_fn((400, 2), |(i, k)| (1 + i + k) as f32);
        let rows = || {
            let rows = Embeddings::from_array("rows", values.view()).unwrap();
            UnitRows::normalise(rows).unwrap()
        };
        let groups: Vec<u32> = (0..400).map(|row| row / 8 + row % 2).collect();
        let set = Set::grouped(rows(), &groups).unwrap();
        let drawn = set.draw(100, 7);
        let of = |seed| {
            let drawn = set.draw(100, seed);
            let rows = 0..drawn.rows.rows();
            rows.map(|row| drawn.rows.file_row(row)).collect::<Vec<_>>()
        };
        assert_eq!(of(7), of(7));
        assert_ne!(of(7), of(8));
        // 51 groups of 400 rows: 12 of them have about 100.
        assert_eq!(drawn.units(), 12);
        assert!((60..=100).contains(&drawn.rows.rows()));
        for row in of(7) {
            let whole = (0..400).filter(|other| groups[*other] == groups[row]);
            assert!(whole.into_iter().all(|other| of(7).contains(&other)));
        }
        let alone = Set::alone(rows());
        assert_eq!(alone.draw(100, 0).rows.rows(), 100);
        assert_eq!(alone.draw(400, 0).units(), 400);
    }
}
