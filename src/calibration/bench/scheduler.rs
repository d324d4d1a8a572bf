//! The settings of the operating system's scheduler.

use std::time::{Duration, Instant};

use super::Pair;
use super::pinning::{self, Processors};
use crate::kernel::{MILLISECOND, Nanos};

/// How long the ticks of a busy processor are counted, and how often.
const COUNTED: Duration = Duration::from_millis(60);
const COUNTS: u32 = 3;

/// Tick rates that Linux can be built with, in hertz.
const RATES: [u64; 4] = [100, 250, 300, 1000];

/// A key of a machine, other than a cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The key.
    pub key: &'static str,
    /// Its value, in TOML.
    pub value: String,
    /// How it is known.
    pub how: String,
}

/// What can be known of the scheduler; all else keeps its default.
pub fn settings(pair: &Pair, processors: &Processors) -> Vec<Setting> {
    let count = processors.count();
    let cores =
        Setting { key: "cores", value: count.to_string(), how: format!("the process that measured may use {count}") };
    [Some(cores), base_slice(count), tick(pair)].into_iter().flatten().collect()
}

fn duration(nanos: Nanos) -> String {
    format!("{:?}", crate::experiment::duration::describe(nanos))
}

/// The slice of EEVDF: what the kernel says, else the formula of its source.
fn base_slice(processors: usize) -> Option<Setting> {
    if cfg!(not(target_os = "linux")) {
        return None;
    }
    let path = "/sys/kernel/debug/sched/base_slice_ns";
    let told = std::fs::read_to_string(path).ok().and_then(|text| text.trim().parse::<Nanos>().ok());
    if let Some(nanos) = told {
        return Some(Setting { key: "base_slice", value: duration(nanos), how: path.into() });
    }
    let factor = 1 + Nanos::from(processors.clamp(1, 8).ilog2());
    let formula = "0.7 ms x (1 + log2 of the processors, at most 8)";
    let how = format!("kernel/sched/fair.c: {formula}; {processors} processors");
    Some(Setting { key: "base_slice", value: duration(factor * 7 * MILLISECOND / 10), how })
}

/// The time between ticks: the timer interrupts of a busy processor, counted. Other timers add to them.
fn tick(pair: &Pair) -> Option<Setting> {
    let processor = pair.first?;
    let counts: Option<Vec<f64>> = pinning::on(Some(processor), || (0..COUNTS).map(|_| ticks(processor)).collect());
    let count = counts?.into_iter().fold(f64::INFINITY, f64::min);
    let rate = rate(count)?;
    let how = format!("{count:.0} timer interrupts a second on a busy processor: {rate} Hz");
    Some(Setting { key: "tick", value: duration(1_000_000_000 / rate), how })
}

/// The largest rate that a count of interrupts a second allows; none if there are far more.
fn rate(count: f64) -> Option<u64> {
    RATES.into_iter().rfind(|&rate| (rate as f64 * 0.97..rate as f64 * 1.5).contains(&count))
}

/// Timer interrupts a second of a processor, which is kept busy for a while.
fn ticks(processor: usize) -> Option<f64> {
    let before = timer_interrupts(processor)?;
    let start = Instant::now();
    while start.elapsed() < COUNTED {
        std::hint::spin_loop();
    }
    Some((timer_interrupts(processor)? - before) as f64 / start.elapsed().as_secs_f64())
}

/// The timer interrupts of a processor so far.
fn timer_interrupts(processor: usize) -> Option<u64> {
    count_of_timers(&std::fs::read_to_string("/proc/interrupts").ok()?, processor)
}

/// Reads the count of local timer interrupts off a table whose columns are processors.
fn count_of_timers(table: &str, processor: usize) -> Option<u64> {
    let mut lines = table.lines();
    let name = format!("CPU{processor}");
    let column = lines.next()?.split_whitespace().position(|heading| heading == name)?;
    let line = lines.find(|line| line.trim_start().starts_with("LOC:") || line.contains("arch_timer"))?;
    line.split_whitespace().nth(column + 1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timer_interrupts_are_read_off_the_column_of_a_processor() {
        let table = "           CPU0       CPU3
  1:          5          6   IO-APIC
\
                     LOC:        700        800   Local timer
";
        assert_eq!([0, 3, 1].map(|processor| count_of_timers(table, processor)), [Some(700), Some(800), None]);
    }

    #[test]
    fn ticks_come_at_a_rate_that_linux_has() {
        let rates = [99.0, 260.0, 283.0, 299.0, 1010.0, 600.0].map(rate);
        assert_eq!(rates, [Some(100), Some(250), Some(250), Some(300), Some(1000), None]);
    }
}
