//! Where results go, and writing them so that nobody ever reads half a file.

use std::io::Write;
use std::path::{Path, PathBuf};

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

/// Writes a file beside its place and then moves it there.
///
/// # Errors
/// The directory cannot be made, or the file cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let fail = |error| WriteError::Io { path: path.into(), error };
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory).map_err(fail)?;
    let mut file = temporary_in(directory).map_err(fail)?;
    file.write_all(bytes).map_err(fail)?;
    file.persist(path).map_err(|error| fail(error.error))?;
    Ok(())
}

fn temporary_in(directory: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".").suffix(".part");
    #[cfg(unix)]
    {
        // What any other new file gets; a temporary file would be its owner's alone.
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    }
    builder.tempfile_in(directory)
}
