//! The kernels that round rows before they multiply them, alone, against f64.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use spherecheck::kernel::{
    self, Exponents, Kernel, Panel, Precision, Rounding, Tile, WithKernel, pack,
};

/// Runs a check with every rounding kernel here; what is not here is named.
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn with_every_rounding_kernel<W: WithKernel<Output = ()> + Copy>(check: W) {
    let best = kernel::select(None).unwrap();
    for precision in [Precision::Bf16, Precision::I8] {
        match best.at(precision) {
            Ok(choice) => choice.run(check),
            Err(error) => eprintln!("skipped: {error}"),
        }
    }
}

/// A row as a file holds it, and as it should come out.
struct Row {
    values: Vec<f32>,
    factor: f64,
}

impl Row {
    fn new(values: Vec<f32>) -> Self {
        let square: f64 = values.iter().map(|&v| f64::from(v).powi(2)).sum();
        Self {
            values,
            factor: 1.0 / square.sqrt(),
        }
    }

    fn unit(&self) -> impl Iterator<Item = f64> {
        self.values.iter().map(|&v| f64::from(v) * self.factor)
    }
}

/// Cosines of all rows (at most MR) with all columns (at most NR), and what rounding did to each of both.
fn cosines<K: Kernel>(
    kernel: K,
    rows: &[Row],
    columns: &[Row],
) -> (Vec<f32>, Vec<Rounding>, Vec<Rounding>) {
    let dim = rows[0].values.len();
    let words = K::words(dim);
    let encode = |rows: &[Row], out: &mut [f32]| -> Vec<Rounding> {
        let words = out.chunks_exact_mut(words).zip(rows);
        words
            .map(|(out, row)| kernel.encode(&row.values, row.factor, out))
            .collect()
    };
    let mut left = vec![0.0; K::MR * words];
    let of_rows = encode(rows, &mut left);
    let mut right = vec![0.0; columns.len() * words];
    let of_columns = encode(columns, &mut right);
    let mut panel = vec![f32::NAN; K::NR * words];
    pack::<K>(&right, words, &mut panel);
    let mut tile = Tile::new(&Exponents::default());
    let panel = Panel::new(&panel, words);
    let above = kernel.gram(&left, panel, &left, f32::INFINITY, &mut tile);
    assert!(!above, "{}: nothing is above infinity", K::NAME);
    let found = tile.cosines::<K>().to_vec();
    let top = found.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut above = |limit| kernel.gram(&left, panel, &[], limit, &mut tile);
    assert!(!above(top), "{}: the largest is not above itself", K::NAME);
    assert!(above(top.next_down()), "{}: the largest is seen", K::NAME);
    (found, of_rows, of_columns)
}

fn check<K: Kernel>(kernel: K, rows: &[Row], columns: &[Row], what: &str) {
    let dim = rows[0].values.len();
    let (found, of_rows, of_columns) = cosines(kernel, rows, columns);
    for (r, row) in rows.iter().enumerate() {
        for (c, column) in columns.iter().enumerate() {
            let exact: f64 = row.unit().zip(column.unit()).map(|(x, y)| x * y).sum();
            let (x, y) = (of_rows[r].error, of_columns[c].error);
            let bound = x + y + x * y + 1e-6;
            let value = f64::from(found[r * K::NR + c]);
            assert!(
                (value - exact).abs() <= bound,
                "{}, {what}, d = {dim}, ({r}, {c}): found {value}, expected {exact} within {bound:e}",
                K::NAME
            );
        }
    }
    // Missing rows and columns have no direction.
    let missing = found.iter().enumerate().filter(|(at, _)| {
        let (r, c) = (at / K::NR, at % K::NR);
        r >= rows.len() || c >= columns.len()
    });
    for (at, value) in missing {
        assert_eq!(*value, 0.0, "{}, {what}: nothing at {at}", K::NAME);
    }
}

/// Dimensions around the words, vectors and stretches of both encodings.
fn dims() -> impl Iterator<Item = usize> {
    (1..=67).chain([127, 128, 129, 191, 193, 384, 769, 2050])
}

#[derive(Clone, Copy)]
struct AgainstF64;

impl WithKernel for AgainstF64 {
    type Output = ();

    fn run<K: Kernel>(self, kernel: K) {
        let mut rng = Pcg64::seed_from_u64(11);
        for dim in dims() {
            let mut draw = |count: usize, size: f32| -> Vec<Row> {
                let row = |_| {
                    (0..dim)
                        .map(|_| size * rng.random_range(-1.0..1.0))
                        .collect()
                };
                (0..count).map(row).map(Row::new).collect()
            };
            let (rows, columns) = (draw(K::MR, 3.0), draw(K::NR, 1e-20));
            check(kernel, &rows, &columns, "full tile");
            let (rows, columns) = (draw(3, 1e20), draw(K::NR - 5, 1.0));
            check(kernel, &rows, &columns, "part of a tile");
        }
    }
}

#[test]
fn cosines_of_rounded_rows_are_as_near_as_the_rounding_says() {
    with_every_rounding_kernel(AgainstF64);
}

#[derive(Clone, Copy)]
struct RoundingIsSmall;

impl WithKernel for RoundingIsSmall {
    type Output = ();

    fn run<K: Kernel>(self, kernel: K) {
        let mut rng = Pcg64::seed_from_u64(12);
        for dim in dims() {
            let row = Row::new((0..dim).map(|_| rng.random_range(-1.0..1.0)).collect());
            let mut out = vec![0.0; K::words(dim)];
            let found = kernel.encode(&row.values, row.factor, &mut out);
            // Half a unit in the last of 8 bits of each value; half a step of 1/127 of the largest.
            let top = row.unit().fold(0.0, |top: f64, v| top.max(v.abs()));
            let bound = match K::PRECISION {
                Precision::F32 => 0.0,
                Precision::Tf32 => 2_f64.powi(-11),
                Precision::Bf16 => 2_f64.powi(-8),
                Precision::I8 => top / 254.0 * (dim as f64).sqrt(),
            };
            let what = format!("{}, d = {dim}: {found:?}", K::NAME);
            assert!(found.error <= 1.001 * bound + 1e-7, "{what}, bound {bound}");
            let norm = found.square.sqrt();
            assert!((norm - 1.0).abs() <= found.error + 1e-6, "{what}");
        }
    }
}

#[test]
fn rounding_is_half_a_step_at_most() {
    with_every_rounding_kernel(RoundingIsSmall);
}

#[derive(Clone, Copy)]
struct Whole;

impl WithKernel for Whole {
    type Output = ();

    fn run<K: Kernel>(self, kernel: K) {
        let mut rng = Pcg64::seed_from_u64(13);
        for dim in dims() {
            let mut draw = |count: usize| -> Vec<Row> {
                (0..count)
                    .map(|_| {
                        let mut row: Vec<f32> = (0..dim)
                            .map(|_| rng.random_range(-128_i16..=127).into())
                            .collect();
                        // A row of zeros has no direction.
                        row[0] = if row[0] == 0.0 { -128.0 } else { row[0] };
                        Row::new(row)
                    })
                    .collect()
            };
            let (rows, columns) = (draw(K::MR), draw(K::NR));
            check(kernel, &rows, &columns, "bytes");
            let mut out = vec![0.0; K::words(dim)];
            for row in &rows {
                let found = kernel.encode(&row.values, row.factor, &mut out);
                assert!(
                    found.error < 1e-7,
                    "{}, d = {dim}: bytes are not rounded",
                    K::NAME
                );
            }
        }
    }
}

/// Whole numbers up to 256 have 8 bits.
#[test]
fn the_values_of_byte_files_are_not_rounded() {
    with_every_rounding_kernel(Whole);
}

#[derive(Clone, Copy)]
struct Extremes;

impl WithKernel for Extremes {
    type Output = ();

    fn run<K: Kernel>(self, kernel: K) {
        let mut rng = Pcg64::seed_from_u64(14);
        for dim in dims() {
            let row: Vec<f32> = (0..dim).map(|_| rng.random_range(-1.0..1.0)).collect();
            let negated: Vec<f32> = row.iter().map(|v| -v).collect();
            let mut one_hot = vec![0.0; dim];
            one_hot[dim - 1] = -7.25;
            let signs: Vec<f32> = (0..dim).map(|k| [1.0, -1.0][k % 2]).collect();
            let set = || [&row, &negated, &one_hot, &signs].map(|v| Row::new(v.clone()));
            check(kernel, &set(), &set(), "extremes");
            let (found, of_rows, _) = cosines(kernel, &set(), &set());
            for k in 0..4 {
                let own = f64::from(found[k * K::NR + k]);
                let expected = of_rows[k].square.min(1.0);
                let what = format!("{}, d = {dim}: row {k} with itself {own}", K::NAME);
                assert!(
                    (own - expected).abs() < 2e-6 && own <= 1.0,
                    "{what}, {expected}"
                );
            }
            assert_eq!(found[0], -found[1], "{}: a row and its antipode", K::NAME);
            let own = found[2 * K::NR + 2];
            assert!(
                (own - 1.0).abs() < 1e-6,
                "{}, d = {dim}: one value is its norm",
                K::NAME
            );
        }
    }
}

#[test]
fn identical_and_antipodal_rows_stay_on_the_sphere() {
    with_every_rounding_kernel(Extremes);
}

#[test]
fn what_a_kernel_cannot_round_to_is_refused_in_words() {
    for name in crate::support::kernels() {
        let choice = kernel::select(Some(name)).unwrap();
        assert_eq!(choice.at(Precision::F32), Ok(choice));
        let here = choice.precisions();
        for precision in [Precision::Bf16, Precision::I8] {
            match choice.at(precision) {
                Ok(rounding) => {
                    assert!(here.contains(&precision));
                    assert_ne!(rounding.name(), name);
                }
                Err(error) => {
                    assert!(!here.contains(&precision));
                    let text = error.to_string();
                    for word in [precision.name(), precision.needs(), name, "f32", "auto"] {
                        assert!(text.contains(word), "{word:?} is not in {text:?}");
                    }
                }
            }
        }
        if name != "avx512" {
            assert_eq!(here, [Precision::F32], "{name}");
        }
    }
}
