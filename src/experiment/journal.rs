//! Journals: what each run of an experiment gave, kept as soon as it is known, so that no run is ever done twice.
//!
//! **Contract.** A journal is a file that one process appends to, a line for each run, written through to the operating
//! system at once: whatever ends the process, all lines but the last are whole. Each line has a checksum. A process never
//! appends to a file of another one, so any number of them may run the same experiment at once, on one machine or, with
//! a common file system, on many. All journals of an experiment stand in one folder, and readers take what they find in
//! any of them: a run is known by its [`Key`], and equal keys mean equal results. Losing a journal loses time and nothing
//! else.
//!
//! Results are written from whole sets of runs, never from a journal's order, so how often and where the runs were
//! interrupted has no influence on them.

mod compaction;
mod line;
mod reader;
mod writer;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use reader::{Found, Kept, ReadError};

use self::writer::Writer;
use super::key::Key;
use super::output::WriteError;
use super::runner::{Record, RunError};
use super::shard::Shard;
use crate::simulation::{self, Scenario};

/// Ending of the names of journals.
const ENDING: &str = "journal";

/// What stands in the record of a run, and in which order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// The names of its metrics.
    pub metrics: Vec<String>,
    /// The names of its distributions.
    pub distributions: Vec<String>,
}

impl Columns {
    /// Those of the runs of a scenario.
    pub fn of(scenario: &Scenario) -> Self {
        Self { metrics: simulation::metric_names(scenario), distributions: simulation::distribution_names(scenario) }
    }
}

/// The journals of an experiment, and the one that this process writes, once it has something to write.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    shard: Option<Shard>,
    writer: Mutex<Option<Writer>>,
}

impl Journal {
    /// The journals of the experiment `stem` below the directory `cache`, for a process that does one shard or all.
    pub fn new(cache: &Path, stem: &str, shard: Option<Shard>) -> Self {
        Self { folder: cache.join(stem), shard, writer: Mutex::new(None) }
    }

    /// The shard that is done, if not all of the plan.
    pub fn shard(&self) -> Option<Shard> {
        self.shard
    }

    /// What the journals know of the wanted runs, each of which belongs to a cell with such columns.
    ///
    /// # Errors
    /// A journal cannot be read. One with wrong lines is told in [`Found::complaints`].
    pub fn read(&self, wanted: &HashMap<Key, usize>, columns: &[Columns]) -> Result<Found, ReadError> {
        reader::read(&self.folder, wanted, columns)
    }

    /// Begins the journal of this process, which shows whether anything can be written.
    ///
    /// # Errors
    /// It cannot.
    pub fn begin(&self) -> Result<(), WriteError> {
        let mut writer = self.writer();
        if writer.is_none() {
            *writer = Some(Writer::begin(&self.folder, self.shard)?);
        }
        Ok(())
    }

    /// Writes what a run gave: a record with these columns, or the reason for there being none.
    ///
    /// # Errors
    /// The journal cannot be written. Its last line is whole nevertheless.
    pub fn add(
        &self,
        key: Key,
        (seed, replication): (u64, u64),
        columns: &Columns,
        result: &Result<Record, RunError>,
    ) -> Result<(), WriteError> {
        self.begin()?;
        match (self.writer().as_mut(), result) {
            (Some(writer), Ok(record)) => writer.add_run(key, columns, record),
            (Some(writer), Err(error)) => writer.add_failure(key, seed, replication, error),
            (None, _) => Ok(()),
        }
    }

    /// Forgets all runs.
    ///
    /// # Errors
    /// A journal cannot be removed.
    pub fn forget(&self) -> Result<(), WriteError> {
        let journals = reader::journals(&self.folder).map_err(|error| self.failed(error))?;
        journals.iter().try_for_each(|path| remove(path)).map_err(|error| self.failed(error))
    }

    /// Puts the journals that nobody writes into one, if there are many. That they stay many is no failure.
    pub fn compact(&self) {
        drop(self.writer().take());
        let _ = compaction::compact(&self.folder);
    }

    fn writer(&self) -> MutexGuard<'_, Option<Writer>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, error: std::io::Error) -> WriteError {
        WriteError::Io { path: self.folder.clone(), error }
    }
}

/// Removes a file that another process may just have removed.
fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
