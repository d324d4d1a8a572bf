//! Where the time of all threads went.

use super::context::Context;
use super::{Entry, seconds};
use crate::simulation::attribution::Attribution;

/// The parts, and their relation.
pub(in crate::simulation) const ATTRIBUTION: [Entry<Context>; 12] = [
    Entry {
        name: "lived_s",
        text: "time that all threads lived: exactly the sum of the parts that follow",
        value: |run| seconds(run.attribution.lived),
    },
    Entry {
        name: "ideal_s",
        text: "part in which they did what they would do alone and free of cost: Python and native code, I/O, sleep",
        value: |run| seconds(run.attribution.ideal),
    },
    Entry {
        name: "awaited_s",
        text: "part in which they waited for other threads: objects, messages, joins",
        value: |run| seconds(run.attribution.awaited),
    },
    Entry {
        name: "serial_s",
        text: "part in which they slept for the lock while its holder ran",
        value: |run| seconds(run.attribution.serial),
    },
    Entry {
        name: "handoff_s",
        text: "part in which they slept for the lock while nobody ran with it: free, or given to a thread, or kept for \
               one, that had not run since",
        value: |run| seconds(run.attribution.hand_off),
    },
    Entry {
        name: "idle_held_s",
        text: "part in which they slept for the lock while its holder had no core",
        value: |run| seconds(run.attribution.idle_held),
    },
    Entry { name: "spin_s", text: "part in which they spun for the lock", value: |run| seconds(run.attribution.spin) },
    Entry {
        name: "ready_s",
        text: "part in which they stood in the queue for a core",
        value: |run| seconds(run.attribution.ready),
    },
    Entry {
        name: "switching_s",
        text: "part in which a core was switched to them: wake-up latency, context switch, migration, cold start",
        value: |run| seconds(run.attribution.switching),
    },
    Entry {
        name: "overhead_s",
        text: "part in which they paid for services of the operating system or of the lock",
        value: |run| seconds(run.attribution.overhead),
    },
    Entry {
        name: "start_up_s",
        text: "part in which they paid for the start or end of threads and processes",
        value: |run| seconds(run.attribution.start_up),
    },
    Entry {
        name: "slow_down",
        text: "response over service: the time that they lived, less that awaited, over the ideal",
        value: |run| {
            let Attribution { lived, awaited, ideal, .. } = run.attribution;
            (lived - awaited) as f64 / ideal as f64
        },
    },
];
