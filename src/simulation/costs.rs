//! The machine's price list, made ready to draw from.

use crate::kernel::Nanos;
use crate::kernel::law::{Law, Sampler};
use crate::machine::{ColdStart, Costs, StartCost, TransferCost};
use crate::workload::StartMethod;

/// Prices of starting a process.
#[derive(Debug, Clone)]
pub(super) struct StartPrice {
    pub(super) parent: Sampler,
    pub(super) child: Sampler,
    pub(super) exit: Sampler,
}

/// Prices of moving a message.
#[derive(Debug, Clone)]
pub(super) struct TransferPrice {
    pub(super) call: Sampler,
    byte_picoseconds: u64,
}

impl TransferPrice {
    /// What the bytes of a message cost, without the call.
    pub(super) fn bytes(&self, bytes: u64) -> Nanos {
        bytes.saturating_mul(self.byte_picoseconds) / 1000
    }
}

/// The price list; the fields are those of [`Costs`].
#[derive(Debug, Clone)]
pub(super) struct Prices {
    pub(super) context_switch: Sampler,
    pub(super) migration: Sampler,
    /// How long a core is idle before this price holds.
    pub(super) cold_start: Option<(Nanos, Sampler)>,
    pub(super) wake_call: Sampler,
    pub(super) wake_call_empty: Sampler,
    pub(super) wake_latency_idle: Sampler,
    pub(super) wake_latency_busy: Sampler,
    pub(super) sleep_call: Sampler,
    pub(super) wait_begin: Sampler,
    pub(super) store_visible: Sampler,
    pub(super) timer_slack: Sampler,
    /// Of a line on the same node, and on another.
    pub(super) line_transfer: [Sampler; 2],
    pub(super) coherence: Sampler,
    pub(super) lock_pair: Sampler,
    /// Mean of `lock_pair`, for the checks that are folded into the length of work.
    pub(super) lock_pair_mean: Nanos,
    pub(super) thread_create: Sampler,
    pub(super) thread_start: Sampler,
    starts: [StartPrice; 4],
    pub(super) pickle: TransferPrice,
    pub(super) pipe: TransferPrice,
}

impl Prices {
    pub(super) fn new(costs: &Costs) -> Result<Self, String> {
        Ok(Self {
            context_switch: costs.context_switch.sampler()?,
            migration: costs.migration.sampler()?,
            cold_start: costs.cold_start.as_ref().map(cold_start).transpose()?,
            wake_call: costs.wake_call.sampler()?,
            wake_call_empty: costs.wake_call_empty.sampler()?,
            wake_latency_idle: costs.wake_latency_idle.sampler()?,
            wake_latency_busy: costs.wake_latency_busy.sampler()?,
            sleep_call: costs.sleep_call.sampler()?,
            wait_begin: costs.wait_begin.sampler()?,
            store_visible: costs.store_visible.sampler()?,
            timer_slack: costs.timer_slack.sampler()?,
            line_transfer: [costs.line_transfer.near.sampler()?, costs.line_transfer.far.sampler()?],
            coherence: costs.coherence.sampler()?,
            lock_pair: costs.lock_pair.sampler()?,
            lock_pair_mean: mean(&costs.lock_pair),
            thread_create: costs.thread_create.sampler()?,
            thread_start: costs.thread_start.sampler()?,
            starts: [start(&costs.fork)?, start(&costs.spawn)?, start(&costs.forkserver)?, start(&costs.interpreter)?],
            pickle: transfer(&costs.pickle)?,
            pipe: transfer(&costs.pipe)?,
        })
    }

    /// Prices of a start method; `None` for what is there from the start.
    pub(super) fn start(&self, method: StartMethod) -> Option<&StartPrice> {
        match method {
            StartMethod::Present => None,
            StartMethod::Fork => Some(&self.starts[0]),
            StartMethod::Spawn => Some(&self.starts[1]),
            StartMethod::Forkserver => Some(&self.starts[2]),
            StartMethod::Interpreter => Some(&self.starts[3]),
        }
    }
}

impl Prices {
    /// All prices with their names in a machine profile.
    pub(super) fn all(&mut self) -> impl Iterator<Item = (String, &mut Sampler)> {
        let Self { starts: [fork, spawn, forkserver, interpreter], line_transfer: [near, far], .. } = self;
        let single = [
            ("context_switch", &mut self.context_switch),
            ("migration", &mut self.migration),
            ("wake_call", &mut self.wake_call),
            ("wake_call_empty", &mut self.wake_call_empty),
            ("wake_latency_idle", &mut self.wake_latency_idle),
            ("wake_latency_busy", &mut self.wake_latency_busy),
            ("sleep_call", &mut self.sleep_call),
            ("wait_begin", &mut self.wait_begin),
            ("store_visible", &mut self.store_visible),
            ("timer_slack", &mut self.timer_slack),
            ("line_transfer.near", near),
            ("line_transfer.far", far),
            ("coherence", &mut self.coherence),
            ("lock_pair", &mut self.lock_pair),
            ("thread_create", &mut self.thread_create),
            ("thread_start", &mut self.thread_start),
            ("pickle.call", &mut self.pickle.call),
            ("pipe.call", &mut self.pipe.call),
        ];
        let cold = self.cold_start.as_mut().map(|(_, price)| ("cold_start", price));
        let single = single.into_iter().chain(cold).map(|(name, price)| (name.to_owned(), price));
        let methods = [("fork", fork), ("spawn", spawn), ("forkserver", forkserver), ("interpreter", interpreter)];
        let starts = methods.into_iter().flat_map(|(method, StartPrice { parent, child, exit })| {
            [("parent", parent), ("child", child), ("exit", exit)]
                .map(|(who, price)| (format!("{method}.{who}"), price))
        });
        single.chain(starts)
    }
}

fn mean(law: &Law) -> Nanos {
    law.mean().round() as Nanos
}

fn start(cost: &StartCost) -> Result<StartPrice, String> {
    Ok(StartPrice { parent: cost.parent.sampler()?, child: cost.child.sampler()?, exit: cost.exit.sampler()? })
}

fn transfer(cost: &TransferCost) -> Result<TransferPrice, String> {
    Ok(TransferPrice { call: cost.call.sampler()?, byte_picoseconds: cost.byte_picoseconds })
}

fn cold_start(cost: &ColdStart) -> Result<(Nanos, Sampler), String> {
    Ok((cost.after, cost.time.sampler()?))
}
