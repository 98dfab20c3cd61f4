//! Eigenvalues as lines of a table.

use super::document::{Block, Document, Records};
use super::number::{count, plain};
use super::render::Report;
use crate::result::{Spectra, SpectrumCurve};

impl Report for Spectra {
    fn document(&self, _: bool) -> Document {
        let mut document = Document {
            title: "Spectrum".to_owned(),
            ..Document::default()
        };
        let entry = |curve: &SpectrumCurve| {
            let first = |values: &[f64]| values.first().map_or(f64::NAN, |value| *value);
            let text = format!(
                "{} rows in {} columns; largest eigenvalue {}, centred {}, of uniform rows {}",
                count(curve.rows),
                count(curve.columns),
                plain(first(&curve.second), 4),
                plain(first(&curve.centred), 4),
                plain(first(&curve.uniform), 4)
            );
            (curve.side.name(), text)
        };
        document.push(Block::card(self.curves.iter().map(entry)));
        document
    }

    /// One line for each eigenvalue.
    fn records(&self) -> Records {
        let curves = self.curves.iter();
        let lines: Vec<(&SpectrumCurve, usize)> = curves
            .flat_map(|curve| (0..curve.second.len()).map(move |k| (curve, k)))
            .collect();
        Records::of("the spectrum")
            .text("side", &lines, |(curve, _)| Some(curve.side.name()))
            .count("rank", &lines, |(_, k)| *k as u64 + 1)
            .number("second", &lines, |(curve, k)| curve.second.get(*k).copied())
            .number("centred", &lines, |(curve, k)| {
                curve.centred.get(*k).copied()
            })
            .number("uniform", &lines, |(curve, k)| {
                curve.uniform.get(*k).copied()
            })
    }
}
