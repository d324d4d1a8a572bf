//! What has no peer: replications on two cores, start-up, memory, and what many threads cost.

use crate::Result;
use crate::models::{self, Model};
use crate::results;
use crate::samples::Spread;
use crate::setup::Programs;
use crate::table::Quantity;

/// Few and many threads.
const FEW: u64 = 100;
const MANY: u64 = 100_000;

/// Measures all quantities, in rounds.
pub(crate) fn measure(programs: &Programs, rounds: usize) -> Result<Vec<Quantity>> {
    let [few, many] = [FEW, MANY].map(|size| models::all().into_iter().find(|model| is_phold(model, size)));
    let (few, many) = few.zip(many).ok_or("there is no PHOLD of these sizes")?;
    let gilsim = &programs.gilsim;
    let mut values: [Vec<f64>; 5] = Default::default();
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}: scaling");
        let [one, two] = [1, 2].map(|jobs| gilsim.experiment("replications", jobs));
        values[0].push(one?.seconds / two?.seconds);
        let [one, two] = [1, 2].map(|count| gilsim.processes("replications", count));
        values[1].push(one? / two?);
        values[2].push(gilsim.elapsed("one-cell")?.as_secs_f64() * 1e3);
        values[3].push(gilsim.memory(&many)?.saturating_sub(gilsim.memory(&few)?) as f64 / (MANY - FEW) as f64);
        let cost = |model| gilsim.cell(model, &[]).map(|found| found.seconds / found.events as f64);
        values[4].push(cost(&many)? / cost(&few)?);
    }
    let names = [
        ("replications on two cores, times as many as on one", ""),
        ("the same in two processes, which share nothing: what the machine allows", ""),
        ("`gilsim run` of an experiment with one short run, start to end", "ms"),
        ("memory of a thread, of 100,000", "bytes"),
        ("cost of an event with 100,000 threads, times that with 100", ""),
    ];
    let quantity = |((name, unit), values)| results::quantity(name, unit, Spread::of(values));
    Ok(names.into_iter().zip(values).map(quantity).collect())
}

fn is_phold(model: &Model, size: u64) -> bool {
    model.file == "phold" && model.size == size
}
