//! A part of the laws on emulated cards, small enough for every run: bits, sizes, rotations, duplicates, errors, closed forms; on
//! the emulated Hopper those that tell tiles apart. All of them, at their full sizes, run where `SPHERECHECK_BACKENDS` names it.

use super::support::{on_emulated_cards, on_the_emulated_card};
use super::{bits, duplicates, errors, invariance, oracles, sizes};

#[test]
fn threads_and_the_order_of_the_queues_change_no_bit() {
    on_the_emulated_card(bits::threads_change_no_bit_of_one_view_with_labels);
    on_emulated_cards(bits::threads_change_no_bit_of_one_view_with_pairs);
}

#[test]
fn sizes_around_a_boundary_of_tiles_stages_and_groups() {
    on_emulated_cards(|| {
        for n in [2, 3, 19, 20, 21, 63, 64, 65, 127, 128, 129, 257] {
            sizes::check_one_view(n, 3);
        }
        for d in [1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 97] {
            sizes::check_one_view(40, d);
        }
    });
}

#[test]
fn rotations_and_permutations_change_nothing() {
    on_the_emulated_card(|| {
        for (seed, n, d) in [(1, 30, 5), (2, 65, 33)] {
            invariance::rotations_change_nothing(seed, n, d);
            invariance::permutations_change_nothing(seed, n, d);
        }
    });
}

#[test]
fn duplicates_are_counted_exactly() {
    on_emulated_cards(duplicates::planted_copies_are_counted_exactly);
    on_the_emulated_card(duplicates::rows_that_are_merely_close_are_no_duplicates);
    on_the_emulated_card(duplicates::each_view_counts_its_own_copies);
    on_the_emulated_card(duplicates::dropped_zero_rows_leave_no_trace_in_one_view);
}

#[test]
fn errors_are_those_of_leaving_items_and_groups_out() {
    on_the_emulated_card(errors::leave_one_out_errors_are_those_of_leaving_items_out);
    on_the_emulated_card(errors::errors_across_views_of_different_sizes_leave_rows_out_of_each);
    on_the_emulated_card(errors::group_errors_of_aligned_views_are_those_of_leaving_groups_out);
    on_emulated_cards(errors::group_errors_of_listed_pairs_are_those_of_leaving_groups_out);
}

#[test]
fn closed_forms_are_met() {
    on_the_emulated_card(oracles::an_antipodal_pair_reaches_the_bottom);
    on_the_emulated_card(oracles::the_simplex_is_at_its_floor);
    on_the_emulated_card(oracles::the_cross_polytope_is_met);
}
