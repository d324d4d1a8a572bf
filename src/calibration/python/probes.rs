//! The table of what is measured of an interpreter.

use crate::calibration::bench::Unit;

/// Something that is measured of an interpreter.
pub struct Probe {
    /// The name of the measurement in the script.
    pub name: &'static str,
    /// What it gives.
    pub gives: &'static [&'static str],
    /// Its share of the time, relative to the others; at full length about so many tenths of a second.
    pub weight: u32,
    /// How it is measured.
    pub how: &'static str,
}

/// Name of the measurement that starts the interpreter with nothing to do; it is taken from outside.
pub(super) const STARTUP: &str = "startup";

/// Everything that is measured of an interpreter.
pub const PROBES: [Probe; 16] = [
    Probe { name: STARTUP, gives: &[STARTUP], weight: 6, how: "the interpreter runs `pass`, from start to end" },
    Probe {
        name: "step",
        gives: &["step"],
        weight: 10,
        how: "a pass of `while n > 0: n -= 1` in a function called once",
    },
    Probe {
        name: "warm_step",
        gives: &["warm_step"],
        weight: 5,
        how: "a pass of that loop in a function called again and again",
    },
    Probe {
        name: "element",
        gives: &["element"],
        weight: 3,
        how: "an element of the sum of a list of 50,000 integers",
    },
    Probe {
        name: "sha256",
        gives: &["kib", "around", "frees"],
        weight: 8,
        how: "sha256 of 1 MiB and of 16 KiB: two equations for a KiB and the Python code around",
    },
    Probe { name: "side", gives: &["side"], weight: 4, how: "a put or a get of a queue.Queue in one thread" },
    Probe { name: "message", gives: &["message"], weight: 3, how: "sendall and recv of 64 bytes over a socket pair" },
    Probe {
        name: "lock_pair",
        gives: &["lock_pair"],
        weight: 6,
        how: "a call or a check that releases the lock, less one that does not; nobody else wants it",
    },
    Probe { name: "thread", gives: &["thread"], weight: 8, how: "threading.Thread that does nothing: start and join" },
    Probe {
        name: "fork",
        gives: &["fork.parent", "fork.child", "fork.exit"],
        weight: 8,
        how: "multiprocessing by fork, processor time: parent's start, child to its first step, child after it",
    },
    Probe {
        name: "spawn",
        gives: &["spawn.parent", "spawn.child", "spawn.exit"],
        weight: 20,
        how: "multiprocessing by spawn, processor time: parent's start, child to its first step, child after it",
    },
    Probe {
        name: "forkserver",
        gives: &["forkserver.parent", "forkserver.child", "forkserver.exit"],
        weight: 15,
        how: "multiprocessing by forkserver, processor time: parent's start, child to its first step; time to the join",
    },
    Probe {
        name: "interpreter",
        gives: &["interpreter.child", "interpreter.exit"],
        weight: 8,
        how: "an interpreter with its own lock: creating it and running `pass`, ending it",
    },
    Probe {
        name: "pickle",
        gives: &["pickle.call", "pickle.byte"],
        weight: 5,
        how: "pickle.dumps and loads of lists of 1 and of 10,000 integers, half of both",
    },
    Probe {
        name: "pipe",
        gives: &["pipe.call", "pipe.byte"],
        weight: 5,
        how: "multiprocessing.Pipe, send_bytes and recv_bytes of 10 and of 50,010 bytes, half of both",
    },
    Probe {
        name: "ping",
        gives: &["ping"],
        weight: 20,
        how: "from a child's write into a pipe until its reader, asleep for 20 ms, goes on",
    },
];

/// How the measurement that gives `name` is taken.
pub fn how(name: &str) -> &'static str {
    PROBES.iter().find(|probe| probe.gives.contains(&name)).map_or("", |probe| probe.how)
}

/// Sum of the weights of all measurements of one interpreter.
pub fn weight() -> u32 {
    PROBES.iter().map(|probe| probe.weight).sum()
}

/// What the values of a sample are.
pub(super) fn unit(name: &str) -> Unit {
    match name {
        "frees" => Unit::Ratio,
        "pickle.byte" | "pipe.byte" => Unit::PicosecondsPerByte,
        _ => Unit::Nanoseconds,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibration::python::SCRIPT;

    #[test]
    fn every_probe_of_the_table_is_in_the_script() {
        for probe in PROBES.iter().filter(|probe| probe.name != STARTUP) {
            assert!(SCRIPT.contains(&format!("    \"{}\": ", probe.name)), "{}", probe.name);
        }
    }
}
