//! Metrics of the cores: time, switches, energy.

use super::Entry;
use super::context::Context;

/// How their time was used, and how threads came and went.
pub(in crate::simulation) const CORE: [Entry<Context>; 11] = [
    Entry {
        name: "useful_share",
        text: "share of core time in Python and native code",
        value: |run| run.core_share(run.measures.cores.useful),
    },
    Entry {
        name: "overhead_share",
        text: "share of core time in services of the operating system or of the lock",
        value: |run| run.core_share(run.measures.cores.overhead),
    },
    Entry {
        name: "start_up_share",
        text: "share of core time in starting and ending threads and processes",
        value: |run| run.core_share(run.measures.cores.start_up),
    },
    Entry {
        name: "spinning_share",
        text: "share of core time spent spinning for the lock",
        value: |run| run.core_share(run.measures.cores.spinning),
    },
    Entry {
        name: "switching_share",
        text: "share of core time in switches: wake-up latency, context switch, migration, cold start",
        value: |run| run.core_share(run.measures.cores.switching),
    },
    Entry {
        name: "system_share",
        text: "share of core time in threads of the system (`machine.background`), the switches to them, and looks of idle \
               cores for work",
        value: |run| run.core_share(run.measures.cores.system),
    },
    Entry {
        name: "idle_share",
        text: "share of core time without a thread",
        value: |run| run.core_share(run.measures.cores.idle),
    },
    Entry {
        name: "context_switches",
        text: "switches of a core to another thread than it had last",
        value: |run| run.measures.cores.context_switches as f64,
    },
    Entry {
        name: "leaves_voluntary",
        text: "how often a thread left its core to sleep or end (voluntary context switches of getrusage)",
        value: |run| run.measures.cores.voluntary as f64,
    },
    Entry {
        name: "leaves_involuntary",
        text: "how often a thread was preempted (involuntary context switches of getrusage)",
        value: |run| run.measures.cores.involuntary as f64,
    },
    Entry {
        name: "migrations",
        text: "how often a thread came to another core than its last",
        value: |run| run.measures.cores.migrations as f64,
    },
];

/// The one metric of free-threaded interpreters.
pub(super) const WORLD_STOPS: (&str, &str) =
    ("interpreter.world_stops", "stops of the world of free-threaded interpreters");

/// What they took, on machines that say what their cores draw.
pub(in crate::simulation) const ENERGY: [Entry<Context>; 3] = [
    Entry {
        name: "energy_j",
        text: "energy of all cores, on a machine with `power`: the time that they ran threads (work, services, starts, \
               switches, the system's) times its `active_w`, that in which they spun times `spin_w`, and the idle time times `idle_w`",
        value: Context::energy,
    },
    Entry {
        name: "power_w",
        text: "the same a second: mean power of all cores, on a machine with `power`",
        value: |run| run.energy() / run.seconds(),
    },
    Entry {
        name: "energy_delay_js",
        text: "energy-delay product, on a machine with `power`: the energy times the measured time",
        value: |run| run.energy() * run.seconds(),
    },
];
