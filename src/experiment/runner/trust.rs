//! Whether to trust runs that were kept by another build of the same version of the model.
//!
//! [`MODEL_VERSION`](crate::simulation::MODEL_VERSION) is raised by people, who may forget it. So one kept run of each cell
//! is done again when the sources of the model are others than those that kept it. If all of these go the same way, what
//! was kept is used; if one does not, nothing of it is.

use std::collections::BTreeMap;

use super::Record;

/// Runs that other builds have kept.
#[derive(Debug)]
pub(super) struct Foreign {
    /// The runs of each cell by replication.
    records: Vec<BTreeMap<u64, Record>>,
    /// The cells of which a run has been found to go the same way.
    trusted: Vec<bool>,
    /// Whether one has been found to go another way.
    refuted: bool,
}

impl Foreign {
    pub(super) fn new(cells: usize) -> Self {
        Self { records: vec![BTreeMap::new(); cells], trusted: vec![false; cells], refuted: false }
    }

    /// A run that only another build has kept.
    pub(super) fn add(&mut self, cell: usize, replication: u64, record: Record) {
        self.records[cell].insert(replication, record);
    }

    /// What this build says of a run, and what another one did.
    pub(super) fn compare(&mut self, cell: usize, ours: &Record, theirs: &Record) {
        if ours.is(theirs) {
            self.trusted[cell] = true;
        } else {
            self.refuted = true;
        }
    }

    /// Compares a run that this build has just done.
    pub(super) fn check(&mut self, cell: usize, replication: u64, ours: &Record) {
        if let Some(theirs) = self.records[cell].remove(&replication) {
            self.compare(cell, ours, &theirs);
        }
    }

    /// The runs to do again for lack of trust: the first of each cell.
    pub(super) fn doubtful(&self) -> Vec<(usize, u64)> {
        if self.refuted {
            return Vec::new();
        }
        let cells = self.records.iter().zip(&self.trusted).enumerate().filter(|(_, (_, trusted))| !**trusted);
        cells.filter_map(|(cell, (records, _))| Some((cell, *records.keys().next()?))).collect()
    }

    /// Takes the runs that can be trusted, with what there is to tell about the others.
    pub(super) fn settle(&mut self) -> (Vec<(usize, u64, Record)>, Option<String>) {
        let cells = self.records.len();
        let Self { records, trusted, refuted } = std::mem::replace(self, Self::new(cells));
        let told = (refuted && records.iter().any(|runs| !runs.is_empty())).then(|| {
            "runs kept by another build go another way than this build does, and all of them are done again (has \
             MODEL_VERSION not been raised?)"
                .into()
        });
        let trusted = records.into_iter().enumerate().filter(|(cell, _)| trusted[*cell] && !refuted);
        (
            trusted.flat_map(|(cell, runs)| runs.into_iter().map(move |(run, record)| (cell, run, record))).collect(),
            told,
        )
    }
}

impl Record {
    /// Whether two runs went the same way and gave the same, to the bit.
    fn is(&self, other: &Self) -> bool {
        // A NaN has a sign, which no journal keeps.
        let bits_of = |value: &f64| if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() };
        let bits = |record: &Self| record.values.iter().map(bits_of).collect::<Vec<_>>();
        let way = |record: &Self| (record.end.clone(), record.events, record.fingerprint);
        way(self) == way(other) && bits(self) == bits(other) && self.distributions == other.distributions
    }
}
