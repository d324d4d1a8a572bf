//! Speed of gilsim beside that of its peers: the same models on all, interleaved, in one go. `make bench`.
//!
//! Machines are shared and noisy, so every round runs every model on every system, and what is compared are the ratios
//! within a round. Counts are asserted equal to what they must be, and mean waits to those of the floor, so that
//! nobody is fast by doing something else. How each system is used is said in `docs/performance.md`.
//!
//! Writes `data/bench.csv`, `data/bench-scaling.csv`, `data/bench.json` and `plots/bench.*`, and prints the tables that
//! README and `docs/performance.md` have. With `--quick` (two rounds) or `--only TEXT` (some models, or `scaling`) it only
//! prints.

mod figure;
mod models;
mod options;
mod ours;
mod provenance;
mod results;
mod samples;
mod scaling;
mod setup;
mod systems;
mod table;

use std::error::Error;
use std::path::Path;

use models::Model;
use options::Options;
use samples::Samples;
use setup::Programs;
use systems::System;
use table::{Quantity, Row};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let options = Options::read();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Some(gilsim) = &options.gilsim else { return redraw(root) };
    let programs = Programs::prepare(root, gilsim)?;
    let models: Vec<Model> = models::all().into_iter().filter(|model| options.wants(&model.label())).collect();
    let rows = compare(&programs, &models, options.rounds())?;
    if !rows.is_empty() {
        println!("{}\n{}", table::short(&rows), table::long(&rows));
    }
    if options.wants("scaling") {
        let quantities = scaling::measure(&programs, options.rounds())?;
        print!("{}", table::scaling(&quantities));
        if !options.is_a_look() {
            write(root, &programs, &rows, &quantities, options.rounds())?;
        }
    }
    Ok(())
}

/// Runs every model on every system, in rounds.
fn compare(programs: &Programs, models: &[Model], rounds: usize) -> Result<Vec<Row>> {
    let systems = System::ALL.into_iter().filter(|system| system.is_there(programs)).collect::<Vec<_>>();
    let mut samples: Vec<Vec<Samples>> =
        models.iter().map(|_| systems.iter().map(|_| Samples::default()).collect()).collect();
    for round in 1..=rounds {
        for (model, samples) in models.iter().zip(&mut samples) {
            eprintln!("round {round} of {rounds}: {}", model.label());
            for (system, samples) in systems.iter().zip(samples) {
                if system.runs(model) {
                    samples.add(system.measure(model, programs)?)?;
                }
            }
        }
    }
    let mut rows = Vec::new();
    for (model, samples) in models.iter().zip(&samples) {
        let ours = systems.iter().position(|system| *system == System::Gilsim).map(|index| &samples[index]);
        let ours = ours.ok_or("gilsim itself is missing")?;
        for (system, samples) in systems.iter().zip(samples) {
            if system.runs(model) {
                rows.push(results::row(model, system.label(), samples, ours));
            }
        }
    }
    Ok(rows)
}

/// Draws the figure from the table and the provenance that were written.
fn redraw(root: &Path) -> Result<()> {
    let rows = csv::Reader::from_path(root.join("data/bench.csv"))?
        .deserialize()
        .collect::<std::result::Result<Vec<Row>, _>>()?;
    let provenance = serde_json::from_str(&std::fs::read_to_string(root.join("data/bench.json"))?)?;
    figure::draw(&rows, &provenance, &root.join("plots"))
}

fn write(root: &Path, programs: &Programs, rows: &[Row], quantities: &[Quantity], rounds: usize) -> Result<()> {
    results::write(&root.join("data/bench.csv"), rows)?;
    results::write(&root.join("data/bench-scaling.csv"), quantities)?;
    let provenance = provenance::of(root, programs, rounds);
    std::fs::write(root.join("data/bench.json"), format!("{provenance:#}\n"))?;
    figure::draw(rows, &provenance, &root.join("plots"))
}
