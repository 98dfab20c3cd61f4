//! Which rows of the files are audited, where it is not all of them: those that have a partner, and a sample of these.

use rand::SeedableRng;
use rand::seq::index::sample;
use rand_pcg::Pcg64;
use sha2::{Digest, Sha256};

use crate::audit::ask::{Settings, Stream};
use crate::audit::facts::{ItemOrder, digest};
use crate::audit::inputs::{Inputs, PositivesInput};
use crate::data::{DataError, Embeddings, Norms, UnitRows};
use crate::result::{JoinedCard, SampledCard};

/// Rows of the files, in the order in which they are audited.
///
/// - each once, and in range.
pub(crate) struct Chosen {
    a: Vec<u32>,
    /// Their partners, where views are aligned; all rows otherwise.
    b: Option<Vec<u32>>,
    sampled: Option<SampledCard>,
}

/// Rows of the first view and of the second that an audit of these inputs looks at, but for those of norm zero.
pub fn sizes(inputs: &Inputs, settings: &Settings) -> (usize, Option<usize>) {
    let n = match &inputs.positives {
        PositivesInput::Joined(partners) => partners.count(),
        _ => inputs.a.rows(),
    };
    let n = settings.sample.map_or(n, |most| n.min(most));
    let aligned = inputs.positives.aligned();
    let m = |b: &Embeddings| if aligned { n } else { b.rows() };
    (n, inputs.b.as_ref().map(m))
}

impl Chosen {
    /// None for all rows, row i with row i.
    pub(crate) fn of(
        rows: usize,
        two_views: bool,
        positives: &PositivesInput,
        settings: &Settings,
    ) -> Option<Self> {
        let partners = match positives {
            PositivesInput::Joined(partners) => Some(partners.rows()),
            _ => None,
        };
        let of = partners.map_or(rows, |(a, _)| a.len());
        let count = settings.sample.filter(|&count| count < of);
        if partners.is_none() && count.is_none() {
            return None;
        }
        let places: Vec<u32> = match count {
            None => (0..of as u32).collect(),
            Some(count) => {
                let mut random = Pcg64::seed_from_u64(Stream::Sample.of(settings.seed));
                let drawn = sample(&mut random, of, count).into_iter();
                let mut drawn: Vec<u32> = drawn.map(|place| place as u32).collect();
                drawn.sort_unstable();
                drawn
            }
        };
        let at = |rows: &[u32]| places.iter().map(|&place| rows[place as usize]).collect();
        let (a, b) = match partners {
            Some((a, b)) => (at(a), Some(at(b))),
            None => {
                let b = (two_views && positives.aligned()).then(|| places.clone());
                (places, b)
            }
        };
        Some(Self {
            a,
            b,
            sampled: count.map(|count| SampledCard {
                rows: count as u64,
                of: of as u64,
                seed: settings.seed,
            }),
        })
    }

    /// Rows of the first view, or of the second; none for all of them.
    pub(crate) fn rows(&self, second: bool) -> Option<&[u32]> {
        match second {
            false => Some(&self.a),
            true => self.b.as_deref(),
        }
    }

    pub(crate) fn sampled(&self) -> Option<SampledCard> {
        self.sampled
    }

    /// The items of chosen rows are known by which rows of the file they are, as long as they have no ids.
    pub(crate) fn items(&self, a: &UnitRows) -> ItemOrder {
        let mut hash = Sha256::new();
        hash.update(b"chosen");
        for row in 0..a.rows() {
            hash.update((a.file_row(row) as u32).to_le_bytes());
        }
        ItemOrder {
            order: (0..a.rows() as u32).collect(),
            digest: digest(hash),
            sketch: None,
        }
    }
}

/// How views are joined, if they are.
pub(crate) fn joined(positives: &PositivesInput) -> Option<JoinedCard> {
    let PositivesInput::Joined(partners) = positives else {
        return None;
    };
    let (left_out_a, left_out_b) = partners.alone();
    Some(JoinedCard {
        rows: partners.count() as u64,
        left_out_a: left_out_a as u64,
        left_out_b: left_out_b as u64,
    })
}

/// A view, and the norms of the rows that are chosen.
type Normed<'n> = (Embeddings, &'n Norms);

/// The rows that are chosen (without a choice all of them), on the sphere: of aligned views those that have a direction
/// in both.
pub(crate) fn on_the_sphere(
    (a, norms_a): Normed<'_>,
    b: Option<Normed<'_>>,
    aligned: bool,
    chosen: Option<&Chosen>,
) -> Result<(UnitRows, Option<UnitRows>), DataError> {
    let zero = |norms: &Norms, row: u32| norms.values()[row as usize] == 0.0;
    let Some(chosen) = chosen else {
        let lost = |row: usize, other: Option<&Norms>| {
            aligned && other.is_some_and(|norms| norms.values()[row] == 0.0)
        };
        let norms_b = b.as_ref().map(|(_, norms)| *norms);
        let b = b
            .map(|(b, norms)| UnitRows::new(b, norms, |row| !lost(row, Some(norms_a))))
            .transpose()?;
        let a = UnitRows::new(a, norms_a, |row| !lost(row, norms_b))?;
        return Ok((a, b));
    };
    match (b, &chosen.b) {
        (Some((b, norms_b)), Some(partners)) => {
            let both = chosen.a.iter().copied().zip(partners.iter().copied());
            let (rows_a, rows_b) = both
                .filter(|&(i, j)| !zero(norms_a, i) && !zero(norms_b, j))
                .unzip();
            let b = UnitRows::of_rows(b, norms_b, rows_b)?;
            Ok((UnitRows::of_rows(a, norms_a, rows_a)?, Some(b)))
        }
        (b, _) => {
            let b = b
                .map(|(b, norms)| UnitRows::new(b, norms, |_| true))
                .transpose()?;
            let rows = chosen.a.iter().copied();
            let rows = rows.filter(|&row| !zero(norms_a, row)).collect();
            Ok((UnitRows::of_rows(a, norms_a, rows)?, b))
        }
    }
}
