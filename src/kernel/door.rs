//! The door from safe code into functions that need an instruction set, written once for all kernels that need one.

/// A method of [`super::Kernel`] that is one call into a function which has the features of the proof type.
macro_rules! behind_door {
    ($features:literal: fn $method:ident($($name:ident: $type:ty),* $(,)?) $(-> $out:ty)? $body:block) => {
        fn $method(self, $($name: $type),*) $(-> $out)? {
            #[target_feature(enable = $features)]
            fn inside($($name: $type),*) $(-> $out)? $body
            // SAFETY: a value of this type proves the features.
            unsafe { inside($($name),*) }
        }
    };
}

/// Implements [`super::Kernel`] for a proof type: each method is one call into a `#[target_feature]` function, inside
/// which the generic code is expanded with the kernel's vectors.
macro_rules! kernel {
    (
        $kernel:ident: $name:literal, $lanes:ident of $width:literal,
        $mr:literal rows by $nv:literal vectors = $nr:literal columns, $chains:literal chains, $features:literal
    ) => {
        impl $crate::kernel::Kernel for $kernel {
            const NAME: &'static str = $name;
            const MR: usize = $mr;
            const NR: usize = $nr;
            const LANES: usize = $width;

            $crate::kernel::door::behind_door! {
                $features: fn gram(
                    rows: &[f32],
                    panel: $crate::kernel::Panel<'_>,
                    next: &[f32],
                    limit: f32,
                    tile: &mut $crate::kernel::Tile,
                ) -> bool {
                    // SAFETY: the features are enabled in this function.
                    unsafe {
                        $crate::kernel::products::gram::<$lanes, $mr, $nv>(
                            rows, panel, next, limit, tile,
                        )
                    }
                }
            }

            $crate::kernel::door::behind_door! {
                $features: fn squares(
                    rows: &[f32],
                    panel: $crate::kernel::Panel<'_>,
                    tile: &mut $crate::kernel::Tile,
                ) {
                    // SAFETY: the features are enabled in this function.
                    unsafe { $crate::kernel::products::squares::<$lanes, $mr, $nv>(rows, panel, tile) }
                }
            }

            $crate::kernel::door::behind_door! {
                $features: fn exponentials(
                    tile: &mut $crate::kernel::Tile,
                    mask: Option<&[f32]>,
                    plan: &$crate::kernel::Exponents,
                    sums: $crate::kernel::Sums<'_>,
                ) {
                    // SAFETY: the features are enabled in this function.
                    unsafe {
                        $crate::kernel::generic::exponentials::<$lanes, $mr, $nv>(
                            tile, mask, plan, sums,
                        )
                    }
                }
            }

            $crate::kernel::door::behind_door! {
                $features: fn fold(lanes: &mut [f32], out: &mut [f64]) {
                    // SAFETY: the features are enabled in this function.
                    unsafe { $crate::kernel::generic::fold::<$lanes>(lanes, out) }
                }
            }

            fn steep(
                self,
                tile: &$crate::kernel::Tile,
                mask: Option<&[f32]>,
                c: f64,
                rows: &mut [f64],
                columns: &mut [f64],
            ) {
                #[target_feature(enable = $features)]
                fn inside(
                    tile: (&[f32], &[f32]),
                    mask: Option<&[f32]>,
                    c: f64,
                    rows: &mut [f64],
                    columns: &mut [f64],
                ) {
                    $crate::kernel::plain::steep::<$nr>(tile, mask, c, rows, columns);
                }
                let tile = (tile.cosines::<Self>(), tile.rest.values());
                // SAFETY: a value of this type proves the features.
                unsafe { inside(tile, mask, c, rows, columns) }
            }

            $crate::kernel::door::behind_door! {
                $features: fn bin(cosines: &[f32], bins: (u32, f32), out: &mut [u16]) {
                    $crate::kernel::plain::bin(cosines, bins, out);
                }
            }

            $crate::kernel::door::behind_door! {
                $features: fn split(
                    cosines: &[f32],
                    mask: Option<&[f32]>,
                    limit: f32,
                    kept: &mut [f32],
                ) -> (usize, [f64; 2]) {
                    // SAFETY: the features are enabled in this function.
                    unsafe {
                        $crate::kernel::split::split::<$lanes, $mr, $nv>(cosines, mask, limit, kept)
                    }
                }
            }

            $crate::kernel::door::behind_door! {
                $features: fn count_rows(
                    cosines: &[f32],
                    limits: $crate::kernel::RowLimits<'_>,
                    counts: &mut [f32],
                ) {
                    // SAFETY: the features are enabled in this function.
                    unsafe {
                        $crate::kernel::above::count_rows::<$lanes, $mr, $nv>(
                            cosines, limits, counts,
                        )
                    }
                }
            }

            $crate::kernel::door::behind_door! {
                $features: fn count_columns(
                    cosines: &[f32],
                    limits: &[f32],
                    counts: &mut [f32],
                ) {
                    // SAFETY: the features are enabled in this function.
                    unsafe {
                        $crate::kernel::above::count_columns::<$lanes, $mr, $nv>(
                            cosines, limits, counts,
                        )
                    }
                }
            }

            $crate::kernel::door::behind_door! {
                $features: fn above(
                    cosines: &[f32],
                    rows: &[f32],
                    columns: &[f32],
                    out: &mut [u16],
                ) -> usize {
                    // SAFETY: the features are enabled in this function.
                    unsafe {
                        $crate::kernel::above::above::<$lanes, $mr, $nv>(
                            cosines, rows, columns, out,
                        )
                    }
                }
            }

            $crate::kernel::door::behind_door! {
                $features: fn insert(lists: &mut [$crate::kernel::Keys], eights: usize, new: &[(u32, i64)]) {
                    // SAFETY: the features are enabled in this function.
                    unsafe { $crate::kernel::insert::insert::<$lanes>(lists, eights, new) }
                }
            }

            $crate::kernel::door::behind_door! {
                $features: fn peak(rounds: usize) -> (f64, f32) {
                    // SAFETY: the features are enabled in this function.
                    unsafe { $crate::kernel::generic::peak::<$lanes, $chains>(rounds) }
                }
            }
        }
    };
}

pub(super) use {behind_door, kernel};
