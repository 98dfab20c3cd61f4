//! Whether a candidate is still the reference: the same rows twice.

use crate::audit::error::AuditError;
use crate::audit::facts::places;
use crate::audit::prepare::Prepared;
use crate::audit::read::found::{Found, Frame};
use crate::audit::read::parity::{Lists, NEIGHBOURS, ParitySide, RowGroups, flips};
use crate::audit::read::search::number::units;
use crate::audit::read::search::searchers::searchers;
use crate::audit::states::States;
use crate::backend::{Backend, on_host};
use crate::data::{DataError, UnitRows};
use crate::num;
use crate::pass::{NearestJob, Watch, pair_cosines};
use crate::result::{Parity, Side};

/// Most neighbours that are looked at.
const MOST: usize = NEIGHBOURS[1];

/// A model's rows, and what its walks found, with [`Settings::search`](super::Settings::search) of all rows.
type WalkedModel<'a> = (&'a Prepared, &'a States);

/// A candidate beside its reference, of the same items: the cosine of each row with itself, norms, neighbours, and the
/// first answers to queries, on each side that both have; `names` are those of reference and candidate. Errors leave out
/// the groups of rows of the reference.
///
/// Neighbours and positions are those that the walks of both counted over all pairs. Only what searches the candidate with
/// the reference's rows is walked here.
///
/// Cost: queries x rows x d multiply-adds for that, rows x d for the rest.
///
/// # Errors
/// [`DataError::ParityRows`] where the two have not as many rows; [`AuditError::Backend`], [`AuditError::Cancelled`].
pub fn parity(
    reference: WalkedModel<'_>,
    candidate: WalkedModel<'_>,
    names: (String, String),
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<Parity, AuditError> {
    let both = Both {
        partners: partners(reference.0, candidate.0)?,
        reference,
        candidate,
    };
    watch.phase("parity", 0);
    let frame = Frame::of(reference.1);
    let found = Found::new(reference.1, &frame);
    let level = found.settings.confidence;
    let mut out = Parity {
        between: names,
        left_out: both.left_out(),
        ..Parity::default()
    };
    for &side in both.sides() {
        let Some(mut beside) = both.beside(side, &found, backend) else {
            continue;
        };
        beside.asymmetric = both.asymmetric(side, backend, watch)?;
        out.measures.extend(beside.measures(level));
        if side != Side::Cross {
            out.worst.extend(beside.worst());
        }
    }
    let frame = Frame::of(candidate.1);
    let other = Found::new(candidate.1, &frame);
    if let (Some(asked), Some(now)) = (found.searched, other.searched) {
        let before = searchers(&found, asked);
        let now = searchers(&other, now);
        for (before, now) in before.iter().zip(&now) {
            let partner = both.of(before.side);
            if let Some((measure, changed)) = flips(before, now, partner, level) {
                out.measures.push(measure);
                out.flips.push(changed);
            }
        }
    }
    out.measures
        .sort_by_key(|measure| (measure.metric, measure.side));
    Ok(out)
}

/// The candidate's row of each of the reference's, of the first view and of the second.
fn partners(one: &Prepared, other: &Prepared) -> Result<[Vec<u32>; 2], DataError> {
    let same = |x: &UnitRows, y: &UnitRows| match x.rows() == y.rows() {
        true => Ok(()),
        false => Err(DataError::ParityRows {
            reference: x.embeddings().name().to_owned(),
            reference_rows: x.rows(),
            candidate: y.embeddings().name().to_owned(),
            candidate_rows: y.rows(),
        }),
    };
    same(&one.a, &other.a)?;
    let mut first = vec![0; one.a.rows()];
    for (row, partner) in one.facts.by_item().into_iter().zip(other.facts.by_item()) {
        first[row as usize] = partner;
    }
    let second = match (&one.b, &other.b) {
        (Some(x), Some(y)) => {
            same(x, y)?;
            match one.facts.aligned && other.facts.aligned {
                true => first.clone(),
                false => (0..x.rows() as u32).collect(),
            }
        }
        _ => Vec::new(),
    };
    Ok([first, second])
}

/// Reference and candidate.
struct Both<'a> {
    reference: WalkedModel<'a>,
    candidate: WalkedModel<'a>,
    partners: [Vec<u32>; 2],
}

impl Both<'_> {
    /// Whether both have two views.
    fn two(&self) -> bool {
        !self.partners[1].is_empty()
    }

    fn sides(&self) -> &'static [Side] {
        match self.two() {
            true => &[Side::A, Side::B, Side::Cross],
            false => &[Side::A],
        }
    }

    /// Partners of the rows that search on a side.
    fn of(&self, side: Side) -> &[u32] {
        &self.partners[usize::from(side == Side::B)]
    }

    /// Partners of the rows that are searched.
    fn among(&self, side: Side) -> &[u32] {
        &self.partners[usize::from(side != Side::A)]
    }

    fn same_width(&self) -> bool {
        self.reference.0.a.dim() == self.candidate.0.a.dim()
    }

    /// Whether lengths of rows say something of both.
    fn norms_tell(&self) -> bool {
        [self.reference, self.candidate]
            .iter()
            .all(|(data, _)| data.facts.a.copied.is_none())
    }

    /// What is not defined.
    fn left_out(&self) -> Vec<String> {
        let (x, y) = (self.reference.0.a.dim(), self.candidate.0.a.dim());
        let width = (!self.same_width()).then(|| {
            format!(
                "The cosine of a row with itself, and queries of the reference against the candidate's rows, are undefined: \
                 they have {} and {} columns. Neighbours are compared all the same.",
                num::count(x),
                num::count(y)
            )
        });
        let norms = (!self.norms_tell()).then(|| {
            "Ratios of norms are left out: the copy was made of rows of norm 1.".to_owned()
        });
        let uncounted = [self.reference, self.candidate]
            .into_iter()
            .any(|walked| nearest(walked, Side::A).is_none());
        let part =
            |(_, states): WalkedModel<'_>| states.queries.is_some() || states.estimate.is_some();
        let uncounted = uncounted.then(|| match part(self.reference) || part(self.candidate) {
            true => {
                "Rows and their neighbours are not compared: not all rows searched. Let all of them, over all pairs."
                    .to_owned()
            }
            false => {
                "Neighbours and first answers are not compared: whoever walked all pairs here does not count them. Give \
                 --device cpu."
                    .to_owned()
            }
        });
        [width, norms, uncounted].into_iter().flatten().collect()
    }

    /// All of a side but what has to be walked; none where nobody counted neighbours.
    fn beside(&self, side: Side, found: &Found<'_>, backend: &dyn Backend) -> Option<ParitySide> {
        let near = (
            nearest(self.reference, side)?,
            nearest(self.candidate, side)?,
        );
        let (partner, within) = (self.of(side), side != Side::Cross);
        let (reference, candidate) = (self.reference.0, self.candidate.0);
        let (one, other) = (reference.facts.view(side), candidate.facts.view(side));
        let pairs: Vec<(u32, u32)> = (0..).zip(partner.iter().copied()).collect();
        let cosines = (within && self.same_width()).then(|| {
            let rows = (reference.view(side), candidate.view(side));
            on_host(backend, || pair_cosines(rows, &pairs))
        });
        let ratio = |&(i, j): &(u32, u32)| other.norms[j as usize] / one.norms[i as usize];
        let among = self.among(side);
        let of_among = match side {
            Side::A => &found.groups.0,
            _ => &found.groups.1,
        };
        Some(ParitySide {
            side,
            among: of_among.clone(),
            file_rows: (0..one.rows())
                .map(|row| one.file_row(row) as u64)
                .collect(),
            groups: RowGroups {
                of: found.anchors(side).to_vec(),
                count: found.layouts.0.group_sizes().len(),
                units: units(found, side == Side::B).1 as f64,
            },
            others: among.len() - usize::from(within),
            cosines,
            ratios: (within && self.norms_tell()).then(|| pairs.iter().map(ratio).collect()),
            near: (near.0, in_reference(&near.1, partner, among)),
            asymmetric: None,
        })
    }

    /// The candidate's rows that are nearest to each of the reference's, as the reference's rows; none on sides where no
    /// queries meet documents, and where the two have other numbers of columns.
    fn asymmetric(
        &self,
        side: Side,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Option<Lists>, AuditError> {
        if (side == Side::Cross) != self.two() || !self.same_width() {
            return Ok(None);
        }
        let documents = self.candidate.0.served();
        let documents = documents.b.as_ref().unwrap_or(&documents.a);
        // Of one view a row finds itself, which does not count.
        let k = MOST + usize::from(!self.two());
        let job = NearestJob::Between(&self.reference.0.served().a, documents, k);
        let lists = backend.nearest(job, watch)?.state.into_lists();
        let back = places(self.among(side));
        let own = |row: usize, other: u32| !self.two() && other as usize == row;
        let lists = lists.into_iter().enumerate().map(|(row, list)| {
            let rows = list.into_iter().map(|(near, _)| back[near as usize]);
            rows.filter(|&near| !own(row, near)).take(MOST).collect()
        });
        Ok(Some(lists.collect()))
    }
}

/// The nearest rows that a model's walk kept, where it was asked to.
fn nearest((_, states): WalkedModel<'_>, side: Side) -> Option<Lists> {
    let counted = states.searched.as_ref()?.counted(&states.walked);
    let (_, counts) = counted.into_iter().find(|(of, _)| *of == side)?;
    let kept = counts.nearest.lists();
    let lists: Lists = kept
        .map(|list| list.iter().take(MOST).map(|(row, _)| *row).collect())
        .collect();
    (!lists.is_empty()).then_some(lists)
}

/// The candidate's lists in the order of the reference's rows, and by their numbers.
fn in_reference(lists: &Lists, partner: &[u32], among: &[u32]) -> Lists {
    let back = places(among);
    let of = |&row: &u32| {
        let list = lists[row as usize].iter();
        list.map(|&near| back[near as usize]).collect()
    };
    partner.iter().map(of).collect()
}
