//! Cores, the operating system's scheduler and what things cost.
//!
//! The machine knows threads as numbers that are running, ready or away; it knows nothing of locks or programs.

pub mod background;
pub mod costs;
pub mod nice;
pub mod scheduler;

use crate::kernel::Nanos;
pub use background::SystemThread;
pub use costs::{ColdStart, Costs, LineTransfer, StartCost, TransferCost};

/// Number of a simulated thread; slots of ended threads may be used again.
pub type ThreadId = u32;

/// The speed for which durations are given; speeds of running work are counted in billionths of it.
pub const FULL_SPEED: u64 = 1_000_000_000;

/// Number of a core.
pub type CoreId = u32;

/// A machine: its cores, its scheduler and its costs.
#[derive(Debug, Clone, PartialEq)]
pub struct Machine {
    /// How many cores there are.
    pub cores: Cores,
    /// How many NUMA nodes the cores belong to, in equal shares; unlimited cores belong to them in turn.
    pub nodes: u32,
    /// Speed of each core in thousandths of the speed for which durations are given; the last entry holds for all
    /// further cores.
    pub speed_milli: Vec<u32>,
    /// Speed of every core, in thousandths, when 1, 2, … cores are busy; the last entry holds for more. Stands for
    /// turbo steps, shared caches and sibling hardware threads.
    pub busy_speed_milli: Vec<u32>,
    /// Whether the calls that wake and put to sleep the threads of one lock exclude each other.
    pub bucket_lock: bool,
    /// How the operating system shares the cores.
    pub scheduler: Scheduler,
    /// Threads of the system, which take time from those of the program; only the fair scheduler knows them.
    pub background: Vec<SystemThread>,
    /// What the operating system and the hardware charge.
    pub costs: Costs,
    /// What a core draws, where that is known. It changes no run.
    pub power: Option<Power>,
}

/// What a core draws, in watts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Power {
    /// While it runs a thread, or is switched to one.
    pub active_w: f64,
    /// While its thread spins.
    pub spin_w: f64,
    /// While it has no thread.
    pub idle_w: f64,
}

impl Machine {
    /// Speed of a core, in thousandths.
    pub fn speed_milli(&self, core: CoreId) -> u32 {
        entry(&self.speed_milli, core as usize)
    }

    /// Speed of every core when so many are busy, in thousandths.
    pub fn busy_speed_milli(&self, busy: usize) -> u32 {
        entry(&self.busy_speed_milli, busy - 1)
    }

    /// The NUMA node of a core.
    pub fn node(&self, core: CoreId) -> u32 {
        match self.cores {
            Cores::Count(count) => (u64::from(core) * u64::from(self.nodes) / u64::from(count.max(1))) as u32,
            Cores::Unlimited => core % self.nodes.max(1),
        }
    }

    /// The NUMA node with the highest number.
    pub fn last_node(&self) -> u32 {
        match self.cores {
            Cores::Count(count) => self.node(count.saturating_sub(1)),
            Cores::Unlimited => self.nodes.saturating_sub(1),
        }
    }
}

/// The entry of a table whose last entry stands for all further ones.
fn entry(table: &[u32], index: usize) -> u32 {
    table.get(index).or(table.last()).copied().unwrap_or(1000)
}

/// How many cores a machine has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cores {
    /// So many.
    Count(u32),
    /// One for each thread: nobody ever waits for a core.
    Unlimited,
}

/// The rules by which ready threads get cores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheduler {
    /// Linux EEVDF in its essentials: a queue for each core, in which the thread with the earliest deadline of those that have had
    /// no more than their share goes first; preemption on wake-up and at ticks.
    Fair(FairRules),
    /// One queue, first in first out; a running thread goes to its end after a quantum.
    RoundRobin {
        /// The quantum.
        quantum: Nanos,
    },
    /// One queue, first in first out; a thread keeps its core until it blocks.
    Fifo,
    /// One queue, the highest priority first, then first in first out; a thread keeps its core until it blocks or one of
    /// higher priority is ready.
    Priority,
}

/// The parameters of [`Scheduler::Fair`]. All times are nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FairRules {
    /// How long a thread may run before a tick may take the core from it.
    pub base_slice: Nanos,
    /// Time between scheduler ticks.
    pub tick: Nanos,
    /// How long after it last ran an idle core does not take a waiting thread from another core.
    pub cache_hot: Nanos,
    /// Where a woken thread goes.
    pub wake: Wake,
}

/// Which core a woken thread goes to if its last one is busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// An idle core, if there is one.
    IdleCore,
    /// Its last core all the same. So it is in a virtual machine that accounts stolen time: the guest takes a halted
    /// processor for one that the host has preempted, and passes over it (`available_idle_cpu`, `vcpu_is_preempted`).
    LastCore,
}
