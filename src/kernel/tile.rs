//! The buffers a kernel works on.

use memmap2::MmapMut;

use super::{Exponents, Kernel};

/// Largest tile of any kernel: 8 x 48.
pub(super) const MAX_TILE: usize = 8 * 48;

/// Room for the numbers of the cells of a tile, with what a kernel may write beyond the last one.
pub const CELLS: usize = MAX_TILE + 16;

/// Eight numbers of a list of [`super::Kernel::insert`].
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub struct Keys(pub [i64; 8]);

/// f32 values that start on a cache line; large buffers ask for huge pages, since walking a matrix through 4 KiB
/// pages costs more than a tenth of a kernel's time.
pub struct Aligned {
    memory: Memory,
    start: usize,
    len: usize,
}

enum Memory {
    Heap(Vec<f32>),
    Pages(MmapMut),
}

/// Bytes from which a buffer gets pages of its own.
const LARGE: usize = 256 << 10;

/// Bytes of a huge page; a buffer starts on one, so that even a small buffer can have one.
const HUGE_PAGE: usize = 2 << 20;

impl Default for Aligned {
    fn default() -> Self {
        Self {
            memory: Memory::Heap(Vec::new()),
            start: 0,
            len: 0,
        }
    }
}

impl Aligned {
    /// `len` zeros.
    pub fn zeros(len: usize) -> Self {
        let bytes = len * size_of::<f32>();
        if bytes >= LARGE
            && let Ok(pages) = MmapMut::map_anon(bytes.next_multiple_of(HUGE_PAGE) + HUGE_PAGE)
        {
            // Only a wish: where it is not granted the pages are small.
            #[cfg(target_os = "linux")]
            let _ = pages.advise(memmap2::Advice::HugePage);
            let start = pages.as_ptr().align_offset(HUGE_PAGE).min(HUGE_PAGE) / size_of::<f32>();
            return Self {
                memory: Memory::Pages(pages),
                start,
                len,
            };
        }
        let values = vec![0.0; len + 16];
        let start = values.as_ptr().align_offset(64).min(16);
        Self {
            memory: Memory::Heap(values),
            start,
            len,
        }
    }

    /// Grows to at least `len` values; what was held before is forgotten.
    pub fn reserve(&mut self, len: usize) {
        if self.len < len {
            *self = Self::zeros(len);
        }
    }

    /// The values.
    #[inline]
    pub fn values(&self) -> &[f32] {
        let all = match &self.memory {
            Memory::Heap(values) => values,
            Memory::Pages(pages) => bytemuck::cast_slice(pages),
        };
        &all[self.start..self.start + self.len]
    }

    /// The values, to be written.
    #[inline]
    pub fn values_mut(&mut self) -> &mut [f32] {
        let all = match &mut self.memory {
            Memory::Heap(values) => values,
            Memory::Pages(pages) => bytemuck::cast_slice_mut(pages),
        };
        &mut all[self.start..self.start + self.len]
    }
}

/// A panel of NR columns of the right operand, k after k: value (k, c) at `k * NR + c`.
#[derive(Clone, Copy)]
pub struct Panel<'a> {
    values: &'a [f32],
    dim: usize,
}

impl<'a> Panel<'a> {
    /// `values` holds `dim` steps of equal width (the kernel's NR).
    #[inline]
    pub fn new(values: &'a [f32], dim: usize) -> Self {
        Self { values, dim }
    }

    /// Length of the rows, d.
    #[inline]
    pub fn dim(self) -> usize {
        self.dim
    }

    /// The packed values.
    #[inline]
    pub fn values(self) -> &'a [f32] {
        self.values
    }
}

/// Cosines of one tile, row after row, and room for the exponentials made from them.
pub struct Tile {
    pub(super) cosines: Aligned,
    pub(super) scratch: Aligned,
    /// Half the squared distances of near pairs.
    pub(super) halves: Aligned,
    /// What f32 rounds off their cosines; zeros elsewhere.
    pub(super) rest: Aligned,
}

impl Tile {
    /// Room for the gentle exponentials of `plan`.
    pub fn new(plan: &Exponents) -> Self {
        Self {
            cosines: Aligned::zeros(MAX_TILE),
            scratch: Aligned::zeros(plan.gentle() * MAX_TILE),
            halves: Aligned::zeros(MAX_TILE),
            rest: Aligned::zeros(MAX_TILE),
        }
    }

    /// The cosines of kernel K's tile: MR rows of NR.
    #[inline]
    pub fn cosines<K: Kernel>(&self) -> &[f32] {
        &self.cosines.values()[..K::MR * K::NR]
    }

    /// The same, to be written: tiles whose cosines are made outside a kernel.
    #[inline]
    pub fn cosines_mut<K: Kernel>(&mut self) -> &mut [f32] {
        &mut self.cosines.values_mut()[..K::MR * K::NR]
    }

    /// Puts 1 - ||x - y||^2 / 2 in place of the cosines above `near`, from the same rows and columns: it loses no digits
    /// where rows are nearly equal. Cost: about two tiles of cosines.
    pub fn refine<K: Kernel>(&mut self, kernel: K, rows: &[f32], panel: Panel<'_>, near: f32) {
        kernel.squares(rows, panel, self);
        let halves = self.halves.values_mut()[..K::MR * K::NR].iter_mut();
        let cells = self.cosines.values_mut().iter_mut().zip(halves);
        for ((cosine, half), rest) in cells.zip(self.rest.values_mut()) {
            if *cosine > near {
                *half /= 2.0;
                *cosine = 1.0 - *half;
                *rest = (1.0 - *cosine) - *half;
            } else {
                *half = f32::INFINITY;
            }
        }
    }

    /// After [`Tile::refine`]: 1 - cosine of each pair that was near, infinity for others.
    #[inline]
    pub fn halves<K: Kernel>(&self) -> &[f32] {
        &self.halves.values()[..K::MR * K::NR]
    }

    /// Makes ready for cosines that are not refined.
    pub fn forget(&mut self) {
        self.rest.values_mut().fill(0.0);
    }
}

/// Where the sums of a tile go (f32; the caller moves them to f64 before they grow long).
pub struct Sums<'a> {
    /// For each gentle coefficient, for each of the MR rows, LANES partial sums.
    pub rows: &'a mut [f32],
    /// For each gentle coefficient, NR column sums.
    pub columns: &'a mut [f32],
}

/// Packs up to NR encoded rows of `dim` words (row after row) as the columns of one panel; missing ones become zeros.
pub fn pack<K: Kernel>(rows: &[f32], dim: usize, out: &mut [f32]) {
    let out = &mut out[..dim * K::NR];
    let count = rows.len() / dim;
    if count < K::NR {
        out.fill(0.0);
    }
    // Eight rows by eight steps at a time: each cache line of the source is read once, each of the panel
    // written while it is still near.
    const BLOCK: usize = 8;
    for (first, group) in rows.chunks(BLOCK * dim).enumerate() {
        let column = first * BLOCK;
        let mut k = 0;
        if group.len() == BLOCK * dim {
            while k + BLOCK <= dim {
                let mut block = [[0.0; BLOCK]; BLOCK];
                for (line, row) in block.iter_mut().zip(group.chunks_exact(dim)) {
                    line.copy_from_slice(&row[k..k + BLOCK]);
                }
                for j in 0..BLOCK {
                    let at = (k + j) * K::NR + column;
                    for (r, out) in out[at..at + BLOCK].iter_mut().enumerate() {
                        *out = block[r][j];
                    }
                }
                k += BLOCK;
            }
        }
        for (r, row) in group.chunks_exact(dim).enumerate() {
            for (j, &value) in row.iter().enumerate().skip(k) {
                out[j * K::NR + column + r] = value;
            }
        }
    }
    K::columns(out);
}
