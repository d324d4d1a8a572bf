//! Writing a journal.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::super::key::Key;
use super::super::output::{self, WriteError};
use super::super::runner::{Record, RunError};
use super::super::shard::Shard;
use super::line::{FORM, Line};
use super::reader::{journals, number};
use super::{Columns, ENDING};

/// The journal of this process.
#[derive(Debug)]
pub(super) struct Writer {
    path: PathBuf,
    /// Locked as long as it is open, which tells others to leave it alone.
    file: File,
    /// Length of the lines that are whole.
    whole: u64,
    /// The lists of columns that it has.
    columns: HashSet<String>,
}

impl Writer {
    /// Begins a new journal in a folder, which is made if need be.
    pub(super) fn begin(folder: &Path, shard: Option<Shard>) -> Result<Self, WriteError> {
        let fail = |error| WriteError::Io { path: folder.into(), error };
        std::fs::create_dir_all(folder).map_err(fail)?;
        let (path, file) = new_file(folder).map_err(fail)?;
        // A file system that knows no locks has nobody who would need them but to tidy up.
        let _ = file.try_lock();
        let mut writer = Self { path, file, whole: 0, columns: HashSet::new() };
        let gilsim = env!("CARGO_PKG_VERSION").into();
        writer.append(&Line::Journal { form: FORM, gilsim, shard: shard.map(|shard| shard.to_string()) }.text())?;
        Ok(writer)
    }

    pub(super) fn add_run(&mut self, key: Key, columns: &Columns, record: &Record) -> Result<(), WriteError> {
        let (id, names) = Line::of_columns(columns);
        let run = Line::of_run(key, &id, record).text();
        if self.columns.contains(&id) {
            return self.append(&run);
        }
        self.append(&(names.text() + &run))?;
        self.columns.insert(id);
        Ok(())
    }

    pub(super) fn add_failure(
        &mut self,
        key: Key,
        seed: u64,
        replication: u64,
        error: &RunError,
    ) -> Result<(), WriteError> {
        self.append(&Line::of_failure(key, seed, replication, error).text())
    }

    /// Writes whole lines, or nothing.
    pub(super) fn append(&mut self, lines: &str) -> Result<(), WriteError> {
        let _held = output::hold();
        self.file.write_all(lines.as_bytes()).map_err(|error| {
            // On a full disk a part may have been written.
            let _ = self.file.set_len(self.whole);
            WriteError::Io { path: self.path.clone(), error }
        })?;
        self.whole += lines.len() as u64;
        Ok(())
    }
}

/// A new file with a number above all others, which no other process has.
fn new_file(folder: &Path) -> io::Result<(PathBuf, File)> {
    let last = journals(folder)?.last().and_then(|path| number(path)).unwrap_or(0);
    for next in last + 1.. {
        let path = folder.join(format!("{next}.{ENDING}"));
        match OpenOptions::new().append(true).create_new(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            file => return file.map(|file| (path, file)),
        }
    }
    unreachable!("numbers do not run out")
}
