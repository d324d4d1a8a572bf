//! Runs one benchmark model on one system and prints what it took: seconds, acquisitions, and their mean wait in
//! nanoseconds, separated by commas.
//!
//! All times on the command line are whole nanoseconds.

mod draws;
mod floor;
mod heap;
mod model;
mod models;
mod on_nexosim;
mod on_simcore;

use std::process::ExitCode;
use std::time::Instant;

use model::Waits;
use models::{Checks, Closed, Interval, Open};

const USAGE: &str = "\
usage: gilsim-peers SYSTEM MODEL NUMBERS
  SYSTEM  floor, heap, nexosim, simcore, simcore-ordered
  MODEL   open CUSTOMERS INTERARRIVAL SERVICE
          closed THREADS ROUNDS THINK HOLD
          checks THREADS ACQUISITIONS HOLD
          interval THREADS ACQUISITIONS INTERVAL CHECK_GAP";

/// A model with its sizes.
#[derive(Clone, Copy)]
enum Task {
    Open { customers: u64, interarrival: u64, service: u64 },
    Closed { threads: u64, rounds: u64, think: u64, hold: u64 },
    Checks { threads: u64, acquisitions: u64, hold: u64 },
    Interval { threads: u64, acquisitions: u64, interval: u64, gap: u64 },
}

impl Task {
    fn read(name: &str, numbers: &[u64]) -> Option<Self> {
        match (name, numbers) {
            ("open", &[customers, interarrival, service]) => Some(Self::Open { customers, interarrival, service }),
            ("closed", &[threads, rounds, think, hold]) => Some(Self::Closed { threads, rounds, think, hold }),
            ("checks", &[threads, acquisitions, hold]) => Some(Self::Checks { threads, acquisitions, hold }),
            ("interval", &[threads, acquisitions, interval, gap]) => {
                Some(Self::Interval { threads, acquisitions, interval, gap })
            }
            _ => None,
        }
    }

    /// Calls `on` with the state machine of the model.
    fn run<R: Runner>(self, on: &R) -> Waits {
        match self {
            Self::Open { customers, interarrival, service } => on.run(Open::new(customers, interarrival, service)),
            Self::Closed { threads, rounds, think, hold } => on.run(Closed::new(threads, rounds, think, hold)),
            Self::Checks { threads, acquisitions, hold } => on.run(Checks::new(threads, acquisitions, hold)),
            Self::Interval { threads, acquisitions, interval, gap } => {
                on.run(Interval::new(threads, acquisitions, interval, gap))
            }
        }
    }

    fn floor(self) -> Waits {
        match self {
            Self::Open { customers, interarrival, service } => floor::open(customers, interarrival, service),
            Self::Closed { threads, rounds, think, hold } => floor::closed(threads, rounds, think, hold),
            Self::Checks { threads, acquisitions, hold } => floor::checks(threads, acquisitions, hold),
            Self::Interval { threads, acquisitions, interval, gap } => {
                floor::interval(threads, acquisitions, interval, gap)
            }
        }
    }
}

/// A simulator.
trait Runner {
    /// Runs a model until nothing more happens in it.
    fn run<M: model::Model>(&self, model: M) -> Waits;
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [system, name, numbers @ ..] = arguments.as_slice() else { return usage() };
    let numbers: Result<Vec<u64>, _> = numbers.iter().map(|number| number.parse()).collect();
    let Some(task) = numbers.ok().and_then(|numbers| Task::read(name, &numbers)) else { return usage() };
    let started = Instant::now();
    let waits = match system.as_str() {
        "floor" => task.floor(),
        "heap" => task.run(&heap::Heap),
        "nexosim" => task.run(&on_nexosim::Nexosim),
        "simcore" => task.run(&on_simcore::Simcore { ordered: false }),
        "simcore-ordered" => task.run(&on_simcore::Simcore { ordered: true }),
        _ => return usage(),
    };
    println!("{},{},{}", started.elapsed().as_secs_f64(), waits.count(), waits.mean());
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(2)
}
