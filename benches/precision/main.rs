//! Time to precision: how many runs, and how much computing time, each shipped experiment takes until the 95 % interval of the
//! throughput is 1 % to either side in every cell. `make bench-precision`.
//!
//! Three ways are compared: as many runs in each cell as the worst of them takes (what a fixed number of replications
//! comes to), replications that end by precision, and the same with control variates. All are done by `gilsim run` itself,
//! one after another on the same runs, so that they differ in what is made of these. The numbers of runs depend on nothing but
//! the experiments; a budget of events, not of time, says where a cell that is far from its precision is given up and its
//! number extrapolated from the width of its interval.
//!
//! Writes `data/precision.csv` and `data/precision-ratios.csv`, from which `docs/performance.md` has its tables; with `--only TEXT` it prints only.

mod experiments;
mod measure;
mod ratios;
mod table;

use std::collections::VecDeque;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use experiments::{ALL, Subject};
use table::Row;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const USAGE: &str = "usage: precision --gilsim PROGRAM [--only TEXT]; `make bench-precision` does it";

fn main() -> Result<()> {
    let Some((gilsim, only)) = options(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        std::process::exit(2)
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let is_wanted = |file: &str| only.as_deref().is_none_or(|text| file.contains(text));
    let relative = ratios::ALL.iter().filter(|relative| is_wanted(relative.file));
    let ratios: Vec<_> = relative.map(|relative| ratios::row(root, relative)).collect::<Result<_>>()?;
    print!("{}", table::ratios(&ratios));
    if only.is_none() {
        write(&root.join("data/precision-ratios.csv"), &ratios)?;
    }
    let rows = measure_all(root, &gilsim, ALL.iter().filter(|subject| is_wanted(subject.file)).collect())?;
    print!("{}", table::markdown(&rows));
    if only.is_none() {
        write(&root.join("data/precision.csv"), &rows)?;
    }
    Ok(())
}

fn write(path: &Path, rows: &[impl serde::Serialize]) -> Result<()> {
    let mut writer = csv::Writer::from_path(path)?;
    rows.iter().try_for_each(|row| writer.serialize(row))?;
    Ok(writer.flush()?)
}

fn options(mut arguments: impl Iterator<Item = String>) -> Option<(PathBuf, Option<String>)> {
    let (mut gilsim, mut only) = (None, None);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--gilsim" => gilsim = Some(arguments.next()?.into()),
            "--only" => only = Some(arguments.next()?),
            _ => return None,
        }
    }
    Some((gilsim?, only))
}

/// Measures on every processor one subject at a time; the rows come in the order of the subjects.
fn measure_all(root: &Path, gilsim: &Path, subjects: Vec<&Subject>) -> Result<Vec<Row>> {
    let count = subjects.len();
    let waiting: Mutex<VecDeque<_>> = Mutex::new(subjects.into_iter().enumerate().collect());
    let rows: Mutex<Vec<(usize, Result<Row>)>> = Mutex::new(Vec::new());
    let next = || waiting.lock().ok()?.pop_front();
    let work = || {
        while let Some((index, subject)) = next() {
            eprintln!("{} of {count}: {}, {}", index + 1, subject.file, subject.metric);
            let row = measure::row(root, gilsim, subject);
            if let Ok(mut rows) = rows.lock() {
                rows.push((index, named(row, subject)));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, Into::into) {
            scope.spawn(work);
        }
    });
    let mut rows = rows.into_inner().map_err(|_| "a measurement panicked")?;
    rows.sort_by_key(|(index, _)| *index);
    rows.into_iter().map(|(_, row)| row).collect()
}

/// The row, or what went wrong with the name of the experiment.
fn named(row: Result<Row>, subject: &Subject) -> Result<Row> {
    row.map_err(|error| format!("{}: {error}", subject.file).into())
}
