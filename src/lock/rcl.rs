//! Remote core locking: a core of its own does the critical sections of all threads.
//!
//! A thread writes its section's address into its mailbox and spins; the *server* goes round the mailboxes, does what it
//! finds, and answers. The lock's data never leave the server's cache: only the request and the answer move. The server
//! has a core that no thread runs on: a machine under such a lock has one core fewer ([`has_server`]), the last. In the
//! simulation a section runs on the core of the thread that asked, which would spin for the answer, while the server's core
//! works in its place: the times are the same.
//!
//! Mailboxes are served in the order in which they were filled, where a server that goes round them would begin after the
//! last one served: both make a thread wait for each other thread at most once.

use std::collections::VecDeque;

use super::policy::{AnyPolicy, Cause, Free, PerThread, Policy, Step, World};
use super::preset::{Family, Parameter, ParameterKind, Preset, Setting};
use crate::kernel::{NEVER, Nanos};
use crate::machine::ThreadId;

const GROUPED: Parameter = Parameter {
    name: "grouped",
    kind: ParameterKind::Count { default: 1 },
    doc: "how many answers share the cache line in which the server writes them",
};

const fn delegation(
    name: &'static str,
    summary: &'static str,
    source: &'static str,
    defaults: &'static [(&'static str, super::Value)],
) -> Preset {
    Preset {
        name,
        family: Family::Lock,
        summary,
        description: "\
            idle -> serving: the server, on a core that no thread has, does the section of the first request.\n\
            waiter: writes its request into its mailbox and spins there until the answer has come.\n\
            server: fetches the request's line, does the section, writes the answer's line, which `grouped` answers share, \
            and goes on with the next request, first come first served. Lines move between its core and the thread's.\n\
            A section that blocks in its middle gives way to the others, and asks again.\n\
            The server's core is the last of the machine, and no core of `core.*`.",
        source,
        parameters: &[GROUPED],
        defaults,
        make: |setting, _| AnyPolicy::Rcl(Rcl::new(setting)),
    }
}

/// Remote core locking.
pub const RCL: Preset = delegation(
    "rcl",
    "remote core locking: a server on a core of its own does all critical sections",
    "J.-P. Lozi et al., Remote core locking, USENIX ATC 2012; TOCS 33(4), 2016",
    &[],
);

/// Fast, fly-weight delegation.
pub const FFWD: Preset = delegation(
    "ffwd",
    "ffwd delegation: as rcl, and fifteen answers go out in one cache line",
    "S. Roghanchi, J. Eriksson, N. Basu, ffwd: delegation is (much) faster than you think, SOSP 2017",
    &[("grouped", super::Value::Count(15))],
);

/// Whether a lock under this setting takes a core for its server.
pub fn has_server(setting: &Setting) -> bool {
    [RCL.name, FFWD.name].contains(&setting.preset.name)
}

/// One lock.
#[derive(Debug, Clone, PartialEq)]
pub struct Rcl {
    grouped: u64,
    queue: VecDeque<ThreadId>,
    /// The thread whose section is next.
    heir: Option<ThreadId>,
    /// What is left to pay for a thread's answer after its section.
    answers: PerThread<Nanos>,
}

impl Rcl {
    /// A lock that nobody wants.
    pub fn new(setting: &Setting) -> Self {
        let grouped = setting.count("grouped");
        Self { grouped, queue: VecDeque::new(), heir: None, answers: PerThread::default() }
    }

    /// The server does a thread's section, the first after it had nothing to do or another one.
    fn serve<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        let first = self.heir.take().is_none();
        world.take(thread);
        world.record_section(first, true);
        let (request, answer) = (world.server_line(thread), world.server_line(thread));
        // The server pays for its part of the answer's line; the thread waits for the rest, but holds nobody up.
        let share = answer / self.grouped;
        world.charge(request.saturating_add(share));
        self.answers.set(thread, answer - share);
        Step::Enter
    }
}

impl Policy for Rcl {
    fn request<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        if world.holder().is_none() && self.heir.is_none() {
            return self.serve(world, thread);
        }
        self.queue.push_back(thread);
        Step::Spin(NEVER)
    }

    /// Only the one whose section is next is ever told to stop spinning.
    fn resume<W: World>(&mut self, world: &mut W, thread: ThreadId, cause: Cause) -> Step {
        if cause == Cause::Spent { Step::Leave } else { self.serve(world, thread) }
    }

    fn release<W: World>(&mut self, world: &mut W, thread: ThreadId, why: Free) -> Step {
        world.free(why);
        self.heir = self.queue.pop_front();
        if let Some(heir) = self.heir {
            world.record_heir(heir);
            world.poke(heir);
        }
        Step::Spend(self.answers.get(thread))
    }
}
