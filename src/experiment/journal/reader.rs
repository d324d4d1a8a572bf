//! Reading journals, those that are being written included.

use std::collections::{BTreeSet, HashMap};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::super::key::Key;
use super::super::runner::Record;
use super::super::shard::Shard;
use super::line::{self, BUILD, FORM, Line};
use super::{Columns, ENDING};

/// So many times in a row other processes may put journals together while they are read.
const TRIES: u32 = 100;

/// A journal cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {error}", path.display())]
pub struct ReadError {
    path: PathBuf,
    error: io::Error,
}

/// What journals know of the runs that are wanted.
#[derive(Debug, Default)]
pub struct Found {
    /// The results of the runs that have one, with the values of the cell's metrics in the wanted order.
    pub records: HashMap<Key, Kept>,
    /// Why others have none.
    pub failures: HashMap<Key, String>,
    /// Into how many shards those who wrote the journals had divided the plan.
    pub divisions: BTreeSet<u64>,
    /// Journals with wrong lines.
    pub complaints: Vec<String>,
}

/// What is kept of a run, at most once for each kind of builds.
#[derive(Debug, Default)]
pub struct Kept {
    /// By a build of the same model.
    pub ours: Option<Record>,
    /// By another one, the last of them.
    pub theirs: Option<Record>,
}

/// What state a journal is in.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Length of the file, and of its whole lines before a torn last one.
    length: u64,
    whole: u64,
    /// The first line that is wrong and not the last.
    pub(super) wrong: Option<usize>,
    /// Whether the file is of another form, of which nothing is known.
    pub(super) foreign: bool,
}

/// The journals of a folder, in the order of their numbers.
pub(super) fn journals(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        // What is no directory is told by whoever is about to write into it.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        entries => entries?,
    };
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    let mut journals: Vec<PathBuf> = paths.into_iter().filter(|path| number(path).is_some()).collect();
    journals.sort_by_key(|path| number(path));
    Ok(journals)
}

/// The number in the name of a journal.
pub(super) fn number(path: &Path) -> Option<u64> {
    path.extension().filter(|&ending| ending == ENDING)?;
    path.file_stem()?.to_str()?.parse().ok()
}

pub(super) fn read(folder: &Path, wanted: &HashMap<Key, usize>, columns: &[Columns]) -> Result<Found, ReadError> {
    let mut tries = 0..TRIES;
    loop {
        let mut found = Found::default();
        let journals = journals(folder).map_err(|error| ReadError { path: folder.into(), error })?;
        match journals.into_iter().try_for_each(|path| {
            read_one(&path, wanted, columns, &mut found).map_err(|error| ReadError { path, error })
        }) {
            // Another process has just put it into a journal with a higher number.
            Err(gone) if gone.error.kind() == io::ErrorKind::NotFound && tries.next().is_some() => {}
            result => return result.map(|()| found),
        }
    }
}

fn read_one(path: &Path, wanted: &HashMap<Key, usize>, columns: &[Columns], found: &mut Found) -> io::Result<()> {
    let mut orders = Orders::new(columns);
    let state = lines(path, |line, _| match line {
        Line::Journal { shard, .. } => {
            let shard = shard.and_then(|shard| shard.parse::<Shard>().ok());
            found.divisions.extend(shard.map(Shard::count));
        }
        Line::Columns { id, build, metrics, distributions } => {
            orders.learn(id, build == BUILD, Columns { metrics, distributions });
        }
        Line::Run(run) => {
            if let Some((key, ours, record)) = orders.apply(&run, wanted) {
                let kept = found.records.entry(key).or_default();
                *(if ours { &mut kept.ours } else { &mut kept.theirs }) = Some(record);
            }
        }
        Line::Failed { key, error, .. } => {
            if let Some(key) = key.parse().ok().filter(|key| wanted.contains_key(key)) {
                found.failures.insert(key, error);
            }
        }
    })?;
    if let Some(line) = state.wrong {
        found.complaints.push(format!(
            "{}:{line}: the line is not what was written, its run is done again; if you delete the file all its runs are",
            path.display()
        ));
    }
    if state.whole < state.length {
        repair(path, &state);
    }
    Ok(())
}

/// Gives all good lines of a journal with their text.
pub(super) fn lines(path: &Path, mut each: impl FnMut(Line, &[u8])) -> io::Result<State> {
    let mut reader = BufReader::with_capacity(1 << 16, File::open(path)?);
    let mut state = State::default();
    let mut text = Vec::new();
    for number in 1.. {
        text.clear();
        let length = reader.read_until(b'\n', &mut text)? as u64;
        if length == 0 {
            break;
        }
        let at_end = reader.fill_buf()?.is_empty();
        match text.strip_suffix(b"\n").and_then(Line::read) {
            Some(Line::Journal { form, .. }) if form != FORM => return Ok(State { foreign: true, ..State::default() }),
            Some(line) => {
                each(line, &text);
                state.whole = state.length + length;
            }
            None if !at_end => state.wrong = state.wrong.or(Some(number)),
            None => {}
        }
        state.length += length;
    }
    Ok(state)
}

/// Cuts off a torn last line, unless the journal is being written, or nothing may be written here.
fn repair(path: &Path, seen: &State) {
    let Ok(file) = OpenOptions::new().write(true).open(path) else { return };
    if file.try_lock().is_ok() && file.metadata().is_ok_and(|now| now.len() == seen.length) {
        let _ = file.set_len(seen.whole);
    }
}

/// In which order the values of a journal's runs stand, against the order in which they are wanted.
struct Orders<'c> {
    wanted: &'c [Columns],
    /// Whether this build wrote it, and what stands where.
    written: HashMap<String, (bool, Columns)>,
    /// For each order written and each cell: where its metrics and its distributions stand, if they all do.
    places: HashMap<(String, usize), Option<[Vec<usize>; 2]>>,
}

impl<'c> Orders<'c> {
    fn new(wanted: &'c [Columns]) -> Self {
        Self { wanted, written: HashMap::new(), places: HashMap::new() }
    }

    fn learn(&mut self, id: String, ours: bool, columns: Columns) {
        self.written.insert(id, (ours, columns));
    }

    /// The record of a run that is wanted and has all columns, and whether this build kept it.
    fn apply(&mut self, kept: &line::Kept, wanted: &HashMap<Key, usize>) -> Option<(Key, bool, Record)> {
        let key = kept.key.parse().ok()?;
        let &cell = wanted.get(&key)?;
        let (ours, written) = self.written.get(&kept.columns)?;
        let places = self.places.entry((kept.columns.clone(), cell)).or_insert_with(|| {
            let Columns { metrics, distributions } = &self.wanted[cell];
            Some([places(metrics, &written.metrics)?, places(distributions, &written.distributions)?])
        });
        let [metrics, distributions] = places.as_ref()?;
        let whole = |record: &Record| {
            record.values.len() == written.metrics.len() && record.distributions.len() == written.distributions.len()
        };
        let mut record = kept.record().filter(whole)?;
        record.values = metrics.iter().map(|&place| record.values[place]).collect();
        let mut texts = record.distributions;
        record.distributions = distributions.iter().map(|&place| std::mem::take(&mut texts[place])).collect();
        Some((key, *ours, record))
    }
}

/// Where the wanted names stand among those written, if they all do.
fn places(wanted: &[String], written: &[String]) -> Option<Vec<usize>> {
    let written: HashMap<&String, usize> = written.iter().zip(0..).collect();
    wanted.iter().map(|name| written.get(name).copied()).collect()
}
