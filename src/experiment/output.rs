//! Where results go, and writing them so that nobody ever reads half a file.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use same_file::Handle;

/// A result cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The operating system says no.
    #[error("cannot write {}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        error: std::io::Error,
    },
    /// The value has no text form.
    #[error("cannot put {} into words: {error}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// The directory of results.
#[derive(Debug, Clone)]
pub struct DataDirectory(pub PathBuf);

impl DataDirectory {
    /// A row for each cell and metric.
    pub fn summary(&self, stem: &str) -> PathBuf {
        self.0.join(format!("{stem}.csv"))
    }

    /// A row for each run.
    pub fn runs(&self, stem: &str) -> PathBuf {
        self.0.join(format!("{stem}.runs.csv"))
    }

    /// How the results came about.
    pub fn provenance(&self, stem: &str) -> PathBuf {
        self.0.join(format!("{stem}.json"))
    }

    /// On what they were computed.
    pub fn build(&self, stem: &str) -> PathBuf {
        self.0.join(format!("{stem}.build.json"))
    }
}

/// Held while bytes go to a file, and by whoever is about to end the process from another thread.
///
/// So what is being written is finished first.
pub fn hold() -> MutexGuard<'static, ()> {
    static WRITING: Mutex<()> = Mutex::new(());
    WRITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes a file beside its place and then moves it there. One that has these bytes already gets the time of now only: ext4
/// writes a file that replaces another to the disk at once, which takes longer than to read both.
///
/// Processes that write the same file at once do so one after another. One that is killed leaves `.NAME.part` behind,
/// which the next one uses up.
///
/// # Errors
/// The directory cannot be made, or the file cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let fail = |error| WriteError::Io { path: path.into(), error };
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory).map_err(fail)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let part = directory.join(format!(".{name}.part"));
    let _held = hold();
    if std::fs::read(path).is_ok_and(|old| old == bytes) && touch(path).is_ok() {
        return Ok(());
    }
    let mut file = own(&part).map_err(fail)?;
    let written = file.set_len(0).and_then(|()| file.write_all(bytes));
    written.and_then(|()| std::fs::rename(&part, path)).map_err(|error| {
        let _ = std::fs::remove_file(&part);
        fail(error)
    })
}

fn touch(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).open(path)?.set_modified(SystemTime::now())
}

/// Opens and locks a file that is still at its place when it is locked: its last owner may have moved it away.
fn own(part: &Path) -> io::Result<File> {
    loop {
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(part)?;
        // A file system without locks has no other process that waits here.
        let _ = file.lock();
        match Handle::from_path(part) {
            Ok(at_place) if at_place == Handle::from_file(file.try_clone()?)? => return Ok(file),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
}
