//! The tables of metrics: what each is called, what it is, and how it comes out of what was measured.
//!
//! `gilsim metrics` prints them, and `docs/metrics.md` is made of them.

mod attribution;
mod context;
mod extra;
mod gate;
mod group;
mod lock;
mod machine;
mod run;
mod threads;

pub(super) use self::attribution::ATTRIBUTION;
pub(super) use self::context::Context;
pub(super) use self::extra::EXTRAS;
use self::extra::Extra;
pub(super) use self::gate::GATE;
pub(super) use self::group::{GROUP, GROUP_WAIT};
pub(super) use self::lock::{LOCK, WAIT};
pub(super) use self::machine::{CORE, ENERGY};
pub(super) use self::run::{COUNTER, LATENCY, RUN};
pub(super) use self::threads::{BIRTH, THREAD};
use crate::kernel::Nanos;

/// A metric.
pub(super) struct Entry<T> {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
    pub(super) value: fn(&T) -> f64,
}

/// Quantiles of a distribution.
pub(super) struct Spread {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
    pub(super) unit: &'static str,
    /// What values are divided by.
    pub(super) divisor: f64,
}

/// The unit of a distribution of times.
pub(super) const TIME: &str = "_us";

/// What `[run] thresholds` adds to a distribution of times.
const OVER: [&str; 2] = [
    "how many of the times D, which are `C.latency`, `G.wait`, `lock.wait`, `lock.hold` or `lock.drop_delay`, are longer than T, to \
     a thousandth of it: named by `thresholds = { \"request.latency\" = \"10ms\" }` in `[run]`, which gives \
     `request.latency_over_10ms`",
    "share of them that are: misses of a deadline or of a service level",
];

/// The quantiles that are given of each distribution; the last is the largest value.
pub(super) const SHARES: [(&str, f64); 6] =
    [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999), ("max", 1.0)];

/// Nanoseconds as seconds.
pub(super) fn seconds(time: Nanos) -> f64 {
    time as f64 / 1e9
}
/// What a metric is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Its name, or those of several quantiles; C stands for a counter and G for a group of threads.
    pub name: String,
    /// Its unit.
    pub unit: &'static str,
    /// What it is.
    pub text: &'static str,
    /// Whether it is measured only if it is named.
    pub extra: bool,
}

/// The tables under their headings.
pub fn definitions() -> Vec<(&'static str, Vec<Definition>)> {
    let mut lock: Vec<Definition> = LOCK.iter().flat_map(|family| of_all("lock", family)).collect();
    lock.push(of_spread("lock", &WAIT, false));
    for Extra { spread, entries, .. } in &EXTRAS {
        lock.extend(spread.as_ref().map(|(spread, _)| of_spread("lock", spread, true)));
        lock.extend(asked_for(of_all("lock", entries)));
    }
    let mut group = of_all("G", &GROUP);
    group.push(of_spread("G", &GROUP_WAIT, false));
    group.extend(asked_for(of_all("G", &BIRTH)));
    let over = ["D_over_T", "D_over_T_share"].into_iter().zip(OVER);
    let over = asked_for(over.map(|(name, text)| of_name(name.into(), text)).collect());
    let alone = |(name, text): (&str, &'static str)| of_name(name.into(), text);
    let mut core = of_all("core", &CORE);
    core.extend(of_all("core", &ENERGY));
    core.push(alone(machine::WORLD_STOPS));
    let with_spread = |mut metrics: Vec<Definition>, spread| {
        metrics.push(spread);
        metrics
    };
    vec![
        ("The run", with_spread(of_all("run", &RUN), alone(run::WARM_UP))),
        ("Each counter C", with_spread(of_all("C", &COUNTER), of_spread("C", &LATENCY, false))),
        ("The lock, or all locks together", lock),
        ("Attribution: where the time of all threads went", of_all("attribution", &ATTRIBUTION)),
        ("The cores", core),
        ("Readers-writers locks of the program, if it has some, together", of_all("rwlock", &GATE)),
        ("All threads", asked_for(of_all("thread", &THREAD))),
        ("Each group of threads G", group),
        ("Waits and latencies that are too long", over),
    ]
}

fn asked_for(metrics: Vec<Definition>) -> Vec<Definition> {
    metrics.into_iter().map(|metric| Definition { extra: true, ..metric }).collect()
}

fn of_all<T>(prefix: &str, entries: &[Entry<T>]) -> Vec<Definition> {
    entries.iter().map(|entry| of_name(format!("{prefix}.{}", entry.name), entry.text)).collect()
}

fn of_name(name: String, text: &'static str) -> Definition {
    Definition { unit: unit(&name), name, text, extra: false }
}

fn of_spread(prefix: &str, spread: &Spread, extra: bool) -> Definition {
    let [(first, _), .., (last, _)] = SHARES;
    let name = |share: &str| format!("{prefix}.{}_{share}{}", spread.name, spread.unit);
    let name = format!("{}, …, {}", name(first), name(last));
    Definition { unit: unit(&name), name, text: spread.text, extra }
}

/// The unit that the end of a name tells.
fn unit(name: &str) -> &'static str {
    const UNITS: [(&str, &str); 6] =
        [("_per_s", "1/s"), ("_us", "us"), ("_s", "s"), ("_j", "J"), ("_js", "J s"), ("_w", "W")];
    UNITS.iter().find(|(ending, _)| name.ends_with(ending)).map_or("", |(_, unit)| unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::measure::lock::HandOff;

    #[test]
    fn every_metric_has_a_name_of_its_own_and_a_text_that_is_a_phrase() {
        let all: Vec<Definition> = definitions().into_iter().flat_map(|(_, metrics)| metrics).collect();
        for (index, metric) in all.iter().enumerate() {
            assert!(!all[..index].iter().any(|other| other.name == metric.name), "{}", metric.name);
            assert!(metric.text.len() > 10 && !metric.text.ends_with('.'), "{}", metric.text);
        }
        let gaps = LOCK.iter().flat_map(|family| family.iter()).filter(|entry| entry.name.starts_with("gap_"));
        assert_eq!(gaps.count(), HandOff::COUNT);
    }
}
