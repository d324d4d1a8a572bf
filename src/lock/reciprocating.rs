//! The reciprocating lock: arrivals stack up, and the whole stack is served, last in first out, before the next one.

use super::line::pay;
use super::policy::{AnyPolicy, Cause, Free, Policy, Step, World};
use super::preset::{Family, Parameter, ParameterKind, Preset, Setting};
use crate::kernel::NEVER;
use crate::machine::ThreadId;

/// The entry of the preset table.
pub const PRESET: Preset = Preset {
    name: "reciprocating",
    family: Family::Lock,
    summary: "reciprocating lock: arrivals stack up, and a stack is served before the next",
    description: "\
        free -> held by the first that asks.\n\
        waiter: pushes itself onto the stack of arrivals and spins on its own line.\n\
        release: to the last of the segment that is being served; when that is empty the stack becomes the segment. So \
        nobody is overtaken twice by the same thread.",
    source: "D. Dice, A. Kogan, Reciprocating locks, PPoPP 2025, arXiv 2501.02380",
    parameters: &[Parameter {
        name: "lines",
        kind: ParameterKind::Count { default: 1 },
        doc: "cache lines that go from the last holder's core to the next one's",
    }],
    defaults: &[],
    make: |setting, _| AnyPolicy::Reciprocating(Reciprocating::new(setting)),
};

/// One lock.
#[derive(Debug, Clone, PartialEq)]
pub struct Reciprocating {
    lines: u64,
    arrivals: Vec<ThreadId>,
    segment: Vec<ThreadId>,
    heir: Option<ThreadId>,
    last: Option<ThreadId>,
}

impl Reciprocating {
    /// A free lock.
    pub fn new(setting: &Setting) -> Self {
        let lines = setting.count("lines");
        Self { lines, arrivals: Vec::new(), segment: Vec::new(), heir: None, last: None }
    }

    fn take<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        self.heir = None;
        world.take(thread);
        pay(world, self.last, thread, self.lines);
        self.last = Some(thread);
        Step::Enter
    }
}

impl Policy for Reciprocating {
    fn request<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        if world.holder().is_none() && self.heir.is_none() {
            return self.take(world, thread);
        }
        self.arrivals.push(thread);
        Step::Spin(NEVER)
    }

    /// Only the heir is ever told to stop spinning.
    fn resume<W: World>(&mut self, world: &mut W, thread: ThreadId, _cause: Cause) -> Step {
        self.take(world, thread)
    }

    fn release<W: World>(&mut self, world: &mut W, _thread: ThreadId, why: Free) -> Step {
        world.free(why);
        if self.segment.is_empty() {
            std::mem::swap(&mut self.segment, &mut self.arrivals);
        }
        self.heir = self.segment.pop();
        if let Some(heir) = self.heir {
            world.record_heir(heir);
            world.poke(heir);
        }
        Step::Leave
    }
}
