//! No lock: the free-threaded build of CPython 3.13 and later (PEP 703), with what it costs.
//!
//! Three costs, each a parameter: atomic reference counts and per-object locks slow every thread down by a factor;
//! threads that use the same objects slow each other down; the collector stops the world. The last two depend on what
//! other threads do, so the simulation applies them while work is going on; the policy only holds the figures.

use super::policy::{AnyPolicy, Cause, Free, Policy, Step, World};
use super::preset::{Family, Parameter, ParameterKind, Preset, Setting};
use crate::kernel::Nanos;
use crate::kernel::tour::Visitor;
use crate::machine::{FULL_SPEED, ThreadId};

/// The entry of the preset table.
pub const PRESET: Preset = Preset {
    name: "free-threaded",
    family: Family::Interpreter,
    summary: "no lock: CPython 3.13t and later, with its overheads",
    description: "\
        Every thread runs Python code whenever it has a core.\n\
        Python work takes `slowdown` times as long as with a lock, and `1 + contention * (k - 1)` times as long again \
        while k threads of the process run Python code.\n\
        Every `pause_every` the world stops for `pause`.",
    source: "PEP 703 (one thread 5 to 8 % slower), PEP 779 (about 10 %); python/cpython#154969 (pauses of 0.5 to 2 us)",
    parameters: &[
        Parameter {
            name: "slowdown",
            kind: ParameterKind::Number { default: 1.08, minimum: 1.0 },
            doc: "how much longer Python work takes than in the ordinary build",
        },
        Parameter {
            name: "contention",
            kind: ParameterKind::Number { default: 0.0, minimum: 0.0 },
            doc: "slow-down that each further running thread adds, through objects that threads share",
        },
        Parameter {
            name: "pause",
            kind: ParameterKind::Duration { default: 2_000, minimum: 0 },
            doc: "length of a stop of the world",
        },
        Parameter {
            name: "pause_every",
            kind: ParameterKind::Duration { default: 20_000_000, minimum: 1_000 },
            doc: "time from one stop of the world to the next",
        },
    ],
    defaults: &[],
    make: |setting, _| AnyPolicy::FreeThreaded(FreeThreaded::new(setting)),
};

/// An interpreter without a lock.
#[derive(Debug, Clone, PartialEq)]
pub struct FreeThreaded {
    /// Speed of Python work, of which [`FULL_SPEED`] is that with a lock.
    pace: u64,
}

impl FreeThreaded {
    /// An interpreter without a lock.
    pub fn new(setting: &Setting) -> Self {
        Self { pace: (FULL_SPEED as f64 / setting.number("slowdown")).round() as u64 }
    }
}

impl Policy for FreeThreaded {
    fn tour(&mut self, _visitor: &mut impl Visitor) -> bool {
        true
    }

    fn request<W: World>(&mut self, _world: &mut W, _thread: ThreadId) -> Step {
        Step::Enter
    }

    fn resume<W: World>(&mut self, _world: &mut W, _thread: ThreadId, _cause: Cause) -> Step {
        Step::Enter
    }

    fn release<W: World>(&mut self, _world: &mut W, _thread: ThreadId, _why: Free) -> Step {
        Step::Leave
    }

    fn pace(&self, _alone: bool, _lock_pair: Nanos) -> u64 {
        self.pace
    }

    fn call_pace(&self) -> u64 {
        self.pace
    }
}
