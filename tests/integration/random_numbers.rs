//! Common random numbers make differences between cells precise; independent ones do not.

use gilsim::statistics::paired;

use crate::support::{Found, assert_within, run};

/// Twenty exponential computations, of mean 1 and of mean 2 ms.
fn found(independent: bool) -> Found {
    run(&format!(
        "machine.profile = \"ideal\"
         params.work = \"exp(1ms)\"
         thread = [{{ name = \"t\", steps = [{{ repeat = 20, steps = [{{ compute = \"$work\" }}] }}] }}]
         [sweep]
         \"params.work\" = [\"exp(1ms)\", \"exp(2ms)\"]
         [run]
         replications = 1000
         independent = {independent}"
    ))
}

fn variance(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (values.len() - 1) as f64
}

#[test]
fn common_random_numbers_divide_the_variance_of_a_difference_by_five() {
    let differences = |independent| {
        let found = found(independent);
        let [short, long] = [0, 1].map(|cell| found.values(cell, "run.wall_s"));
        let estimate = paired::difference(&long, &short, 0.99);
        assert!(estimate.contains(0.020), "{estimate:?}");
        let differences: Vec<f64> = long.iter().zip(&short).map(|(long, short)| long - short).collect();
        (variance(&differences), variance(&short), variance(&long))
    };
    // With X the sum of the short ones: Var(2X - X) = Var(X) with common numbers, 4 Var(X) + Var(X) with others.
    let (common, short, _) = differences(false);
    let (independent, ..) = differences(true);
    // F(999, 999) lies between 0.82 and 1.22 in 99.8 % of all cases.
    assert_within(common / short, 1.0 - 1e-6, 1.0 + 1e-6, "with common numbers the difference is the short one");
    assert_within(short, 20e-6 / 1.2, 20e-6 * 1.2, "variance of a sum of twenty exponentials");
    assert_within(independent / common, 5.0 / 1.22, 5.0 * 1.22, "factor");
}

#[test]
fn independent_cells_keep_their_random_numbers_when_the_sweep_changes() {
    let text = |counts: &str, independent: bool| {
        format!(
            "thread = [{{ name = \"t\", steps = [{{ compute = \"exp(1ms)\" }}] }}]
             [sweep]
             \"thread.t.count\" = {counts}
             [run]
             independent = {independent}
             seed = 3"
        )
    };
    let few = run(&text("[1, 2]", true));
    let many = run(&text("[3, 2, 1]", true));
    assert_eq!(
        (few.at(0, "run.wall_s"), few.at(1, "run.wall_s")),
        (many.at(2, "run.wall_s"), many.at(1, "run.wall_s"))
    );
    let common = run(&text("[1, 2]", false));
    assert!(common.at(0, "run.wall_s") != few.at(0, "run.wall_s"));
}
