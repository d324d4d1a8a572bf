//! Metrics of a group of threads.

use super::{Entry, Spread, seconds};
use crate::kernel::Nanos;
use crate::simulation::measure::GroupMeasures;
use crate::simulation::thread::State;

/// An entry for the time in a state.
macro_rules! state {
    ($name:literal, $state:ident, $text:literal) => {
        Entry { name: $name, text: $text, value: |group| seconds(group.states[State::$state as usize]) }
    };
}

/// Of each group.
pub(in crate::simulation) const GROUP: [Entry<GroupMeasures>; 14] = [
    state!("python_s", Python, "time that the threads of group G ran Python code or a C call that keeps the lock"),
    state!("native_s", Native, "time that they ran a C call that needs no lock"),
    state!("overhead_s", Overhead, "time that they paid for services of the operating system or of the lock"),
    state!("start_up_s", StartUp, "time that they paid for the start or end of threads and processes"),
    state!("spin_s", Spinning, "time that they spun for the lock"),
    state!("ready_s", Ready, "time that they waited for a core, or for the switch to it to end"),
    state!("preempted_s", Preempted, "the same while they held the lock"),
    state!("lock_wait_s", LockWait, "time that they slept for the lock"),
    state!("io_s", Io, "time that they waited for a device"),
    state!("sleep_s", Sleep, "time that they slept"),
    state!("object_wait_s", ObjectWait, "time that they waited for another thread"),
    Entry { name: "work_s", text: "work done by them, in seconds at speed 1", value: |group| seconds(group.work) },
    Entry { name: "acquisitions", text: "how often they got the lock", value: |group| group.acquisitions as f64 },
    Entry {
        name: "slow_down",
        text: "response over service: the time that they lived, less that for other threads, over that in Python and \
               native code, I/O and sleep",
        value: |group| {
            let time = |state: State| group.states[state as usize];
            let lived: Nanos = State::NAMED.iter().map(|&(state, _)| time(state)).sum();
            let ideal: Nanos = [State::Python, State::Native, State::Io, State::Sleep].map(time).iter().sum();
            (lived - time(State::ObjectWait)) as f64 / ideal as f64
        },
    },
];

/// The waits of its threads for the lock.
pub(in crate::simulation) const GROUP_WAIT: Spread = Spread {
    name: "wait",
    text: "quantiles of their waits for the lock, over acquisitions that had to wait",
    unit: "_us",
    divisor: 1e3,
};
