use super::*;

const DIFFERENCE: Difference = Difference {
    value: -3.0,
    se: Some(1.0),
    freedom: Some(19.0),
    widening: 1.0,
    paired: true,
};

#[test]
fn what_rounding_may_have_done_is_taken_off_before_the_test() {
    // P(T > 2) for 19 degrees of freedom, from tables.
    let tail = 0.030_005;
    let close = |found: Option<f64>, expected: f64| {
        let found = found.expect("a number");
        assert!(
            (found - expected).abs() < 1e-5,
            "{found}, expected {expected}"
        );
    };
    close(DIFFERENCE.p_differs(), 2.0 * tail);
    let larger = Difference {
        value: 3.0,
        ..DIFFERENCE
    };
    close(larger.p_larger(), tail);
    close(
        DIFFERENCE.interval(0.95).map(|i| i.high),
        -3.0 + 2.093_024 + 1.0,
    );
    let within = Difference {
        value: 0.5,
        ..DIFFERENCE
    };
    close(within.p_differs(), 1.0);
    // Without an error of its own a difference within rounding is none.
    let exact = Difference {
        se: Some(0.0),
        ..within
    };
    assert_eq!(
        (exact.p_differs(), exact.p_larger()),
        (Some(1.0), Some(1.0))
    );
}

#[test]
fn power_counts_both_quantiles_and_the_rounding() {
    let (smallest, more) = DIFFERENCE.power(0.95).expect("an error");
    let reach = 2.093_024 + 0.860_951;
    assert!((smallest - reach - 1.0).abs() < 1e-5, "{smallest}");
    let room = (reach + 1.0) / 2.0 - 1.0;
    let more = more.expect("half of it is above the rounding");
    assert!((more - (reach / room).powi(2)).abs() < 1e-4, "{more}");
    let hidden = Difference {
        widening: 5.0,
        ..DIFFERENCE
    };
    assert!(hidden.power(0.95).is_some_and(|(_, more)| more.is_none()));
    let exact = Difference {
        se: Some(0.0),
        ..DIFFERENCE
    };
    assert_eq!(exact.power(0.95), None);
}
