//! What a run drew at random, against what was to be expected: the controls of control variates.
//!
//! The prices, times and work of a scenario have laws with known means. For each the run adds up what it drew less as many
//! means. That sum has expectation zero exactly, however the run ends
//! ([`Sampler::take_excess`](crate::kernel::law::Sampler::take_excess)); so has the part of it since the end of the warm-up,
//! or within a batch, when these end at times that are fixed. The end that MSER-5 finds hangs on what was drawn later, so
//! with such a warm-up the sums are of the whole run.

use std::collections::HashMap;

use super::costs::Prices;
use super::engine::Engine;
use super::recorder::Recorder;
use super::{Scenario, WarmUp};
use crate::kernel::law::Sampler;
use crate::workload::Program;
use crate::workload::code::Code;

/// The metrics that are controls, in their order.
pub(super) fn names(scenario: &Scenario) -> Vec<String> {
    let Ok(mut code) = Code::compile(&scenario.program) else { return Vec::new() };
    let Ok(mut prices) = Prices::new(&scenario.machine.costs) else { return Vec::new() };
    let sources = tallied(&scenario.program, &mut code, &mut prices);
    sources.into_iter().map(|(name, _)| format!("control.{name}_s")).collect()
}

/// Lets all samplers that can add up what they draw, and gives them with their names.
fn tallied<'c>(program: &Program, code: &'c mut Code, prices: &'c mut Prices) -> Vec<(String, &'c mut Sampler)> {
    let mut seen: HashMap<(usize, &str), u32> = HashMap::new();
    let steps = code.sources.iter().zip(&mut code.laws).map(|(&(group, verb), sampler)| {
        let place = seen.entry((group, verb)).or_default();
        *place += 1;
        let number = if *place > 1 { format!("-{place}") } else { String::new() };
        (format!("{}.{verb}{number}", program.threads[group].name), sampler)
    });
    let groups = program.threads.iter().zip(&mut code.arrivals);
    let arrivals = groups.filter_map(|(group, law)| Some((format!("{}.arrivals", group.name), law.as_mut()?)));
    let signals = program.signals.iter().zip(&mut code.signals).flat_map(|(signal, (arrivals, handler))| {
        let name = &program.counters[signal.counter];
        [(format!("{name}.arrivals"), arrivals), (format!("{name}.handler"), handler)]
    });
    let machine = prices.all().map(|(name, price)| (format!("machine.{name}"), price));
    let all = steps.chain(arrivals).chain(signals).chain(machine).map(|(name, sampler)| {
        sampler.tally();
        (name, sampler)
    });
    all.filter(|(_, sampler)| sampler.is_tallied()).collect()
}

impl<R: Recorder> Engine<'_, R> {
    /// Lets all that is drawn be added up, if that is asked for.
    pub(super) fn tally_draws(&mut self) {
        self.take_excesses();
    }

    /// Forgets what was drawn, unless the time at which this is asked hangs on what is drawn later.
    pub(super) fn forget_draws(&mut self) {
        if !matches!(self.scenario.limits.warm_up, WarmUp::Auto(_)) {
            self.take_excesses();
        }
    }

    /// The controls, in seconds, since this was last asked.
    pub(super) fn take_excesses(&mut self) -> Vec<f64> {
        if !self.scenario.extras.controls {
            return Vec::new();
        }
        let sources = tallied(&self.scenario.program, &mut self.code, &mut self.costs);
        sources.into_iter().map(|(_, sampler)| sampler.take_excess() / 1e9).collect()
    }
}
