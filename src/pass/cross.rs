//! Second moments between two models of the same items, whole and by group: all that linear CKA needs.

use ndarray::Array2;
use ndarray::linalg::general_mat_mul;
use rayon::prelude::*;

use super::{Cancelled, Watch};
use crate::data::UnitRows;
use crate::num::Merge;

/// Rows read at a time.
const CHUNK: usize = 256;

/// Sums over the items of a group, of unit rows x of one model and y of the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CrossState {
    /// Items.
    pub items: u64,
    /// Sum of x.
    pub x: Vec<f64>,
    /// Sum of y.
    pub y: Vec<f64>,
    /// Sum of x x'.
    pub xx: Array2<f64>,
    /// Sum of y y'.
    pub yy: Array2<f64>,
    /// Sum of x y'.
    pub xy: Array2<f64>,
}

impl Merge for CrossState {
    fn merge(&mut self, other: Self) {
        if other.items == 0 {
            return;
        }
        if self.items == 0 {
            *self = other;
            return;
        }
        let widths = |state: &Self| (state.x.len(), state.y.len());
        assert_eq!(
            widths(self),
            widths(&other),
            "sums of items of the same two widths"
        );
        self.items += other.items;
        for (mine, theirs) in [(&mut self.x, &other.x), (&mut self.y, &other.y)] {
            mine.iter_mut().zip(theirs).for_each(|(a, b)| *a += b);
        }
        self.xx += &other.xx;
        self.yy += &other.yy;
        self.xy += &other.xy;
    }
}

impl CrossState {
    /// The sums without those of `group`.
    #[must_use]
    pub fn without(&self, group: &Self) -> Self {
        let less = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect();
        Self {
            items: self.items - group.items,
            x: less(&self.x, &group.x),
            y: less(&self.y, &group.y),
            xx: &self.xx - &group.xx,
            yy: &self.yy - &group.yy,
            xy: &self.xy - &group.xy,
        }
    }

    /// Sums over these items, each a row of x and a row of y, added in their order.
    pub fn of((x, y): (&UnitRows, &UnitRows), items: &[(u32, u32)]) -> Self {
        let (p, q) = (x.dim(), y.dim());
        let mut state = Self {
            items: items.len() as u64,
            x: vec![0.0; p],
            y: vec![0.0; q],
            xx: Array2::zeros((p, p)),
            yy: Array2::zeros((q, q)),
            xy: Array2::zeros((p, q)),
        };
        for chunk in items.chunks(CHUNK) {
            let mut a = Array2::zeros((chunk.len(), p));
            let mut b = Array2::zeros((chunk.len(), q));
            let rows = a.outer_iter_mut().zip(b.outer_iter_mut());
            for ((mut a, mut b), &(i, j)) in rows.zip(chunk) {
                if let (Some(a), Some(b)) = (a.as_slice_mut(), b.as_slice_mut()) {
                    x.row_f64(i as usize, a);
                    y.row_f64(j as usize, b);
                    state.x.iter_mut().zip(&*a).for_each(|(sum, v)| *sum += v);
                    state.y.iter_mut().zip(&*b).for_each(|(sum, v)| *sum += v);
                }
            }
            general_mat_mul(1.0, &a.t(), &a, 1.0, &mut state.xx);
            general_mat_mul(1.0, &b.t(), &b, 1.0, &mut state.yy);
            general_mat_mul(1.0, &a.t(), &b, 1.0, &mut state.xy);
        }
        state
    }
}

/// Gives `finish` the sums over all items, and over all items without each group; groups are walked twice, so that no
/// more than a few of them are held at once.
///
/// Cost: items x (p^2 + q^2 + p q) multiply-adds, twice; memory: that many numbers for each thread.
///
/// # Errors
/// [`Cancelled`] when the watcher asked to stop.
pub fn without_each_group<T: Send>(
    rows: (&UnitRows, &UnitRows),
    groups: &[Vec<(u32, u32)>],
    watch: &dyn Watch,
    finish: impl Fn(&CrossState) -> T + Sync,
) -> Result<(T, Vec<T>), Cancelled> {
    let mut whole = CrossState::default();
    // A few at a time, merged in order: bits do not depend on the number of threads.
    for part in groups.chunks(rayon::current_num_threads().max(1)) {
        let states: Vec<CrossState> = part
            .par_iter()
            .map(|items| CrossState::of(rows, items))
            .collect();
        states.into_iter().for_each(|state| whole.merge(state));
        if watch.cancelled() {
            return Err(Cancelled);
        }
    }
    let left: Vec<T> = groups
        .par_iter()
        .map(|items| finish(&whole.without(&CrossState::of(rows, items))))
        .collect();
    if watch.cancelled() {
        return Err(Cancelled);
    }
    Ok((finish(&whole), left))
}
