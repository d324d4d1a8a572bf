//! The recorder that keeps what happens in a window of a run.
//!
//! It is bounded: after so many entries, or so many stays of threads in a state, the window ends, and with it the run.

use std::ops::Range;

use super::situation::Situation;
use crate::kernel::{NEVER, Nanos};
use crate::simulation::{Entry, Recorder};

/// How many entries are kept unless it is said otherwise: some 40 MB.
pub const MOST_ENTRIES: usize = 1_000_000;

/// A picture in print is readable with so many stays of threads in a state.
pub const READABLE: usize = 250;

/// What is kept of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// The window. Before the run has ended its end may be [`NEVER`].
    pub window: Range<Nanos>,
    /// How things stood when the window began.
    pub before: Situation,
    /// What happened in it.
    pub entries: Vec<(Nanos, Entry)>,
    /// Whether there was more in the window than could be kept: then it ends with the last entry that could.
    pub is_cut: bool,
    most: usize,
    /// How many stays are still wanted, if they are counted.
    stays: Option<usize>,
    now: Situation,
    begun: bool,
    full: bool,
}

impl Log {
    /// A recorder of a window with its beginning, without its end, that keeps so many entries.
    pub fn new(window: Range<Nanos>, most: usize) -> Self {
        Self {
            window,
            before: Situation::default(),
            entries: Vec::new(),
            is_cut: false,
            most,
            stays: None,
            now: Situation::default(),
            begun: false,
            full: false,
        }
    }

    /// A recorder that begins at a time and goes on until threads have come into a state so many times.
    pub fn of_stays(from: Nanos, most: usize, stays: usize) -> Self {
        Self { stays: Some(stays), ..Self::new(from..NEVER, most) }
    }

    /// Ends the window with the run.
    pub fn close(&mut self, ended_at: Nanos) {
        if !self.begun {
            self.begin();
        }
        self.window.start = self.window.start.min(ended_at);
        self.window.end = self.window.end.min(ended_at);
        if self.stays == Some(0) {
            self.window.end = self.window.start + round_down(self.window.end - self.window.start);
            let end = self.window.end;
            self.entries.truncate(self.entries.partition_point(|&(at, _)| at < end));
        }
        self.now = Situation::default();
    }

    fn begin(&mut self) {
        self.begun = true;
        self.before = self.now.clone();
    }

    /// Counts a stay; whether those before were enough.
    fn suffices(&mut self, entry: &Entry) -> bool {
        match &mut self.stays {
            Some(0) => true,
            Some(stays) => {
                *stays -= usize::from(matches!(entry, Entry::State { .. }));
                false
            }
            None => false,
        }
    }
}

impl Recorder for Log {
    fn record(&mut self, at: Nanos, entry: Entry) {
        if self.full || self.now.knows(&entry) {
            return;
        }
        if !self.begun && at >= self.window.start {
            self.begin();
        }
        if at >= self.window.end {
            self.full = true;
        } else if self.begun {
            if self.entries.len() >= self.most || self.suffices(&entry) {
                self.full = true;
                self.is_cut = self.stays != Some(0);
                self.window.end = at;
                return;
            }
            self.entries.push((at, entry));
        }
        self.now.apply(at, &entry);
    }

    fn is_full(&self) -> bool {
        self.full
    }
}

/// The next lower time with one digit that is 1, 2, 3, 5 or so: windows have round lengths.
fn round_down(time: Nanos) -> Nanos {
    const DIGITS: [Nanos; 8] = [10, 12, 15, 20, 25, 30, 50, 80];
    let mut decade: Nanos = 1;
    while time / decade >= 100 {
        decade *= 10;
    }
    let digits = time / decade;
    DIGITS.iter().rev().find(|&&round| round <= digits).map_or(time, |round| round * decade)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_have_round_lengths() {
        for (time, round) in [(7, 7), (10, 10), (99, 80), (101, 100), (1_999, 1_500), (264_123_456, 250_000_000)] {
            assert_eq!(round_down(time), round);
        }
    }
}
