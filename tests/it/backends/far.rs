//! Addresses beyond 4 GiB: panels, planes, rows, sums and lists so far apart that 32 bits do not reach them, on an
//! emulated card whose memory is mostly zeros that take no place.

use spherecheck::backend::device::{Device, Entry, Mode};
use spherecheck::kernel::Precision;

use super::emulated::{Emulated, Order};
use super::support::normal;

const DIM: usize = 40;
/// Two tiles each, the second of them not whole.
const ROWS: usize = 200;
const COLUMNS: usize = 150;
const PADDED: u64 = 256;
/// Panels lie in the first slot and in the third.
const SLOTS: [u64; 2] = [0, 2];
/// Bytes of 40 bf16 values, in whole stages of 64.
const PITCH: u64 = 128;
const COEFFICIENTS: u64 = 4;
const GIB: u64 = 1 << 30;

/// How far apart things lie, in bytes; sums and excluded pairs in numbers.
struct Spread {
    slot: u64,
    plane: u64,
    pitch: u64,
    exact_slot: u64,
    exact_pitch: u64,
    sums: u64,
    group: u64,
    excluded: u64,
}

const NEAR: Spread = Spread {
    slot: 2 * PADDED * PITCH,
    plane: PADDED * PITCH,
    pitch: PITCH,
    exact_slot: PADDED * 4 * DIM as u64,
    exact_pitch: 4 * DIM as u64,
    sums: 0,
    group: 2 * PADDED,
    excluded: 0,
};

/// Each panel, and each plane, as long as embeddings of some 10 million columns.
const FAR_PANELS: Spread = Spread {
    slot: 11 * GIB,
    plane: 5 * GIB,
    exact_slot: 5 * GIB,
    sums: GIB,
    group: GIB,
    excluded: GIB,
    ..NEAR
};

/// Each row so long that those of one panel do not fit 4 GiB.
const FAR_ROWS: Spread = Spread {
    slot: 24 * GIB,
    plane: 12 * GIB,
    pitch: 48 << 20,
    exact_slot: 12 * GIB,
    exact_pitch: 48 << 20,
    ..NEAR
};

fn bytes_of<T: Copy, const N: usize>(values: &[T], bytes: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|&value| bytes(value)).collect()
}

fn long(values: &[u64]) -> Vec<u8> {
    bytes_of(values, u64::to_le_bytes)
}

fn short(values: &[u32]) -> Vec<u8> {
    bytes_of(values, u32::to_le_bytes)
}

fn float(values: &[f32]) -> Vec<u8> {
    bytes_of(values, f32::to_le_bytes)
}

fn unit(seed: u64, n: usize) -> Vec<Vec<f32>> {
    let mut rows = normal(seed, n, DIM);
    for row in &mut rows {
        let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt();
        row.iter_mut().for_each(|v| *v /= norm);
    }
    rows
}

/// Both panels; a row of the second repeats one of the first.
fn panels() -> [Vec<Vec<f32>>; 2] {
    let (a, mut b) = (unit(1, ROWS), unit(2, COLUMNS));
    b[140] = a[190].clone();
    [a, b]
}

struct Card(Emulated);

impl Card {
    fn put(&self, to: u64, bytes: &[u8]) {
        let fill = &mut |buffer: &mut [u8]| buffer.copy_from_slice(bytes);
        self.0.upload(to, bytes.len(), fill).unwrap();
    }

    fn holding(&self, bytes: &[u8]) -> u64 {
        let address = self.0.allocate(bytes.len() as u64).unwrap();
        self.put(address, bytes);
        address
    }

    fn get(&self, from: u64, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.0.download(from, &mut bytes).unwrap();
        bytes
    }

    fn launch(&self, entry: Entry, grid: [u32; 3], argument: &[Vec<u8>]) {
        self.0.kernels_wait().unwrap();
        self.0.launch(entry, grid, &argument.concat()).unwrap();
    }

    /// Rounds the panel at `exact` into `planes`.
    fn split(
        &self,
        spread: &Spread,
        (exact, planes): (u64, u64),
        (plane, pitch): (u64, u64),
        (rows, hopper): (usize, bool),
    ) {
        let places = long(&[exact, planes, plane, pitch, spread.exact_pitch]);
        // 1: rows in two parts.
        let sizes = short(&[rows as u32, DIM as u32, 1, u32::from(hopper)]);
        self.launch(Entry::Split, [PADDED as u32, 1, 1], &[places, sizes]);
    }
}

/// What a walk leaves behind, bit for bit.
#[derive(Debug, PartialEq)]
struct Left {
    rows: Vec<Vec<u8>>,
    columns: Vec<Vec<u8>>,
    histogram: Vec<u8>,
    duplicates: u64,
    repeats: Vec<u8>,
}

/// Walks the rows of the first panel against those of the second, excluding pair (3, 5). None, said on stderr, where no such
/// memory can be mapped.
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn walk(card: &Card, spread: &Spread, hopper: bool) -> Option<Left> {
    let bytes = 2 * spread.slot + spread.plane + PADDED * spread.pitch;
    let exact_bytes = 2 * spread.exact_slot + PADDED * spread.exact_pitch;
    let zeros = |bytes: u64| {
        let zeros = card.0.allocate(bytes);
        zeros
            .inspect_err(|error| eprintln!("skipped: addresses beyond 4 GiB: {error}"))
            .ok()
    };
    let (planes, exact) = (zeros(bytes)?, zeros(exact_bytes)?);
    for (slot, rows) in SLOTS.iter().zip(panels()) {
        let from = exact + slot * spread.exact_slot;
        for (k, row) in rows.iter().enumerate() {
            card.put(from + k as u64 * spread.exact_pitch, &float(row));
        }
        let to = planes + slot * spread.slot;
        if spread.pitch == PITCH {
            card.split(
                spread,
                (from, to),
                (spread.plane, spread.pitch),
                (rows.len(), hopper),
            );
            continue;
        }
        // Zeros up to the pitch would be written, and take memory: rounded elsewhere, and moved.
        let near = zeros(2 * PADDED * PITCH)?;
        card.split(
            spread,
            (from, near),
            (PADDED * PITCH, PITCH),
            (rows.len(), hopper),
        );
        for line in 0..PADDED {
            for plane in 0..2 {
                let row = card.get(near + (plane * PADDED + line) * PITCH, PITCH as usize);
                card.put(to + plane * spread.plane + line * spread.pitch, &row);
            }
        }
        card.0.release(near);
    }

    let tasks = card.holding(
        &[
            short(&[
                SLOTS[0] as u32,
                SLOTS[1] as u32,
                ROWS as u32,
                COLUMNS as u32,
            ]),
            short(&[0, PADDED as u32, 1, 1]),
            long(&[spread.excluded]),
            short(&[1, 0]),
        ]
        .concat(),
    );
    let excluded = zeros(4 * spread.excluded + 4)?;
    card.put(excluded + 4 * spread.excluded, &short(&[3 << 16 | 5]));
    // e^(2 s), squared twice; and a steep one.
    let exponent = 2.0 * std::f64::consts::LOG2_E;
    let high = exponent as f32;
    let runs = [
        float(&[high, (exponent - f64::from(high)) as f32]),
        short(&[3, 0, 1, 2]),
    ];
    let runs = card.holding(&runs.concat());
    let steep = card.holding(&90.0_f64.to_le_bytes());
    let partials = if hopper { 384 } else { 256 };
    let gentle_partials = zeros(144 * partials * 4 * 3)?;
    let steep_partials = zeros(144 * partials * 8)?;
    let (histogram, duplicates) = (zeros(8 * 256)?, zeros(8)?);
    let repeats = zeros(4 * 2 * PADDED)?;
    let order = card.holding(&short(&(0..2 * PADDED as u32).collect::<Vec<_>>()));
    let places = [
        planes,
        exact,
        tasks,
        excluded,
        runs,
        steep,
        gentle_partials,
        steep_partials,
        histogram,
        duplicates,
        repeats,
        order,
        spread.slot,
        spread.plane,
        spread.pitch,
        spread.exact_slot,
        spread.exact_pitch,
    ];
    let stages = (PITCH / 64) as u32;
    let sizes = short(&[0, stages, DIM as u32, 256, 1, 3, 1, 1]);
    let limits = float(&[1.0 - 1e-4, 1e-6]);
    let mode = Mode::of(Precision::F32).unwrap();
    let (entry, blocks) = if hopper {
        (Entry::Wgmma(mode), 3)
    } else {
        (Entry::Gram(mode), 4)
    };
    card.launch(entry, [blocks, 1, 1], &[long(&places), sizes, limits]);

    let sums = |entry: Entry, first: u64, len: usize| -> Option<Vec<Vec<u8>>> {
        let starts: Vec<u64> = (0..COEFFICIENTS)
            .map(|c| spread.sums + c * 4 * PADDED)
            .collect();
        let columns: Vec<u64> = starts.iter().flat_map(|&at| [at, spread.group]).collect();
        let columns = card.holding(&long(&columns));
        let sums = zeros(8 * (spread.sums + spread.group + 16 * PADDED))?;
        let places = long(&[tasks, gentle_partials, steep_partials, columns, sums]);
        card.launch(
            entry,
            [2, COEFFICIENTS as u32, 1],
            &[places, short(&[0, 1, 3, 1, 1 + u32::from(hopper), 0])],
        );
        // Both blocks are of group 1.
        let found = starts
            .iter()
            .map(|at| card.get(sums + 8 * (at + spread.group + first), 8 * len))
            .collect();
        card.0.release(sums);
        Some(found)
    };
    let left = Left {
        rows: sums(Entry::ReduceRows, 0, ROWS)?,
        columns: sums(Entry::ReduceColumns, PADDED, COLUMNS)?,
        histogram: card.get(histogram, 8 * 256),
        duplicates: u64::from_le_bytes(card.get(duplicates, 8).try_into().unwrap()),
        repeats: card.get(repeats, 4 * 2 * PADDED as usize),
    };
    for address in [planes, exact, excluded] {
        card.0.release(address);
    }
    Some(left)
}

#[test]
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn addresses_beyond_4_gib_are_reached() {
    let card = match Emulated::new("emulated", 1 << 44, Order::KernelsFirst) {
        Ok(card) => Card(card),
        Err(reason) => {
            eprintln!("skipped: the emulated card: {reason}");
            return;
        }
    };
    for hopper in [false, true] {
        let near = walk(&card, &NEAR, hopper).expect("a few MiB");
        is_right(&near);
        // What is far gives the same bits. Rows for Hopper lie in chunks, however long they are.
        let far: &[_] = match hopper {
            false => &[("panels", FAR_PANELS), ("rows", FAR_ROWS)],
            true => &[("panels", FAR_PANELS)],
        };
        for (what, spread) in far {
            let Some(far) = walk(&card, spread, hopper) else {
                return;
            };
            assert!(far == near, "far {what}, Hopper: {hopper}");
        }
    }
}

fn is_right(near: &Left) {
    let [a, b] = panels();
    let cosine = |x: &[f32], y: &[f32]| -> f64 {
        x.iter()
            .zip(y)
            .map(|(x, y)| f64::from(*x) * f64::from(*y))
            .sum()
    };
    for (k, c) in [2.0, 4.0, 8.0, 90.0].into_iter().enumerate() {
        for i in 0..ROWS {
            let partners = b.iter().enumerate().filter(|(j, _)| (i, *j) != (3, 5));
            let expected: f64 = partners.map(|(_, y)| (c * cosine(&a[i], y)).exp()).sum();
            let found = near.rows[k].as_chunks::<8>().0[i];
            let error = (f64::from_le_bytes(found) / expected - 1.0).abs();
            assert!(error < 1.2e-5 * c, "row {i}, c = {c}: off by {error:e}");
        }
    }
    assert_eq!(near.duplicates, 1);
    assert_eq!(near.repeats[4 * (PADDED as usize + 140)], 1);
}
