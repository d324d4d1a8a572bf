//! Compaction: one journal in the place of many.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::line::Line;
use super::reader::{journals, lines};
use super::remove;
use super::writer::Writer;

/// So many journals that nobody writes are let be.
const FEW: usize = 8;

/// Puts all journals that nobody writes, and that have no wrong lines, into a new one, each run once.
///
/// The old ones go when the new one is whole. Until then a run stands in both, which does no harm; a process that reads
/// meanwhile finds each run in one or the other.
pub(super) fn compact(folder: &Path) -> io::Result<()> {
    let idle: Vec<(PathBuf, File)> = journals(folder)?.into_iter().filter_map(locked).collect();
    if idle.len() <= FEW {
        return Ok(());
    }
    let mut compacted = Writer::begin(folder, None).map_err(io::Error::other)?;
    let mut seen = HashSet::new();
    let mut replaced = Vec::new();
    for (path, _lock) in &idle {
        let mut kept = String::new();
        let state = lines(path, |line, text| {
            if is_news(line, &mut seen) {
                kept.push_str(&String::from_utf8_lossy(text));
            }
        })?;
        if !state.foreign && state.wrong.is_none() {
            compacted.append(&kept).map_err(io::Error::other)?;
            replaced.push(path);
        }
    }
    replaced.into_iter().try_for_each(|path| remove(path))
}

/// Opens and locks a journal, if nobody else has locked it.
fn locked(path: PathBuf) -> Option<(PathBuf, File)> {
    let file = File::open(&path).ok()?;
    file.try_lock().ok()?;
    Some((path, file))
}

/// Whether a line says what no line before has said. Failures are not kept: such runs are done again.
fn is_news(line: Line, seen: &mut HashSet<(String, String)>) -> bool {
    match line {
        Line::Run(kept) => seen.insert((kept.key, kept.columns)),
        Line::Columns { id, .. } => seen.insert((String::new(), id)),
        Line::Journal { .. } | Line::Failed { .. } => false,
    }
}
