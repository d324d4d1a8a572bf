//! Metrics of the readers-writers locks of the program, in programs that have some.

use super::Entry;
use super::context::Context;
use crate::simulation::measure::gate::{GateMeasures, ModeMeasures};
use crate::workload::Mode;

/// Of all of them together.
pub(in crate::simulation) const GATE: [Entry<Context>; 15] = [
    Entry {
        name: "read_share",
        text: "share of a readers-writers lock's time in which readers were inside",
        value: |run| run.gate_share(Mode::Read),
    },
    Entry {
        name: "write_share",
        text: "share of its time in which a writer was inside",
        value: |run| run.gate_share(Mode::Write),
    },
    Entry {
        name: "readers_mean",
        text: "reader concurrency: mean number of readers inside while any was",
        value: |run| {
            let inside: u128 = run.gates().map(|gate| gate.of(Mode::Read).inside).sum();
            inside as f64 / run.mode(Mode::Read, |mode| mode.time)
        },
    },
    Entry {
        name: "readers_max",
        text: "the most readers inside at a time",
        value: |run| run.most(Mode::Read, |mode| mode.most),
    },
    Entry {
        name: "read_phases",
        text: "read phases that ended: times in which readers were inside without a gap",
        value: |run| run.mode(Mode::Read, |mode| mode.phases),
    },
    Entry {
        name: "read_phase_mean_us",
        text: "mean length of a read phase",
        value: |run| run.phase_mean_us(Mode::Read),
    },
    Entry {
        name: "read_phase_max_us",
        text: "the longest read phase",
        value: |run| run.most(Mode::Read, |mode| mode.phase_max) / 1e3,
    },
    Entry {
        name: "write_phases",
        text: "write phases that ended: times in which writers were inside, one after another without a gap",
        value: |run| run.mode(Mode::Write, |mode| mode.phases),
    },
    Entry {
        name: "write_phase_mean_us",
        text: "mean length of a write phase",
        value: |run| run.phase_mean_us(Mode::Write),
    },
    Entry {
        name: "write_phase_max_us",
        text: "the longest write phase",
        value: |run| run.most(Mode::Write, |mode| mode.phase_max) / 1e3,
    },
    Entry {
        name: "reader_wait_mean_us",
        text: "mean time from a reader's request until it may enter, over all entries",
        value: |run| run.mean_gate_wait_us(Mode::Read),
    },
    Entry {
        name: "reader_wait_max_us",
        text: "the longest of these waits",
        value: |run| run.most(Mode::Read, |mode| mode.wait_max) / 1e3,
    },
    Entry {
        name: "writer_wait_mean_us",
        text: "mean time from a writer's request until it may enter, over all entries",
        value: |run| run.mean_gate_wait_us(Mode::Write),
    },
    Entry {
        name: "writer_wait_max_us",
        text: "the longest of these waits",
        value: |run| run.most(Mode::Write, |mode| mode.wait_max) / 1e3,
    },
    Entry {
        name: "revocations",
        text: "how often a writer had to take back the bias towards readers (`bravo`)",
        value: |run| run.gates().map(|gate| gate.revocations).sum::<u64>() as f64,
    },
];

impl Context {
    fn gates(&self) -> impl Iterator<Item = &GateMeasures> {
        self.measures.gates.iter()
    }

    /// A count or a time of a mode, summed over all of them.
    fn mode(&self, mode: Mode, count: fn(&ModeMeasures) -> u64) -> f64 {
        self.gates().map(|gate| count(gate.of(mode))).sum::<u64>() as f64
    }

    /// The largest of a mode.
    fn most(&self, mode: Mode, of: fn(&ModeMeasures) -> u64) -> f64 {
        self.gates().map(|gate| of(gate.of(mode))).max().unwrap_or(0) as f64
    }

    fn gate_share(&self, mode: Mode) -> f64 {
        self.mode(mode, |mode| mode.time) / 1e9 / (self.seconds() * self.gate_count as f64)
    }

    fn phase_mean_us(&self, mode: Mode) -> f64 {
        self.mode(mode, |mode| mode.phase_time) / self.mode(mode, |mode| mode.phases) / 1e3
    }

    fn mean_gate_wait_us(&self, mode: Mode) -> f64 {
        let waited: u128 = self.gates().map(|gate| gate.of(mode).waited).sum();
        waited as f64 / self.mode(mode, |mode| mode.entries) / 1e3
    }
}
