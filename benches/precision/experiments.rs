//! What is measured: the shipped experiments with the metric that is their throughput, and the open and closed models of
//! `make bench`.

/// An experiment and what is to be precise in it.
pub(crate) struct Subject {
    /// The file, from the root of the project, without its ending.
    pub(crate) file: &'static str,
    /// The metric. Of programs that end, the time of one piece of work, whose relative precision is that of the throughput.
    pub(crate) metric: &'static str,
    /// Values of the file that are overridden, to make a model of `make bench` short.
    pub(crate) set: &'static [&'static str],
}

const fn shipped(file: &'static str, metric: &'static str) -> Subject {
    Subject { file, metric, set: &[] }
}

/// A thousand customers or acquisitions, where throughputs are to be precise, and ten thousand for waits.
const SHORT_QUEUE: [&str; 1] = ["thread.customer.count=1000"];
const QUEUE: [&str; 1] = ["thread.customer.count=10000"];
const FEW_REPAIRS: [&str; 1] = ["zip.size.params.rounds=[125, 16]"];
const REPAIRS: [&str; 1] = ["zip.size.params.rounds=[1250, 156]"];

/// Those of which the tunings are left out, which have a stopping rule of their own.
pub(crate) const ALL: [Subject; 32] = [
    shipped("experiments/countdown", "run.wall_s"),
    shipped("experiments/convoy", "request.rate_per_s"),
    shipped("experiments/switch-interval", "run.wall_s"),
    shipped("experiments/old-and-new-gil", "run.wall_s"),
    shipped("experiments/io-or-cpu", "run.wall_s"),
    shipped("experiments/spawn-cost", "run.wall_s"),
    shipped("experiments/background-zip", "run.wall_s"),
    shipped("experiments/attribution", "request.rate_per_s"),
    shipped("experiments/free-threading", "run.wall_s"),
    shipped("experiments/ccbench", "iteration.rate_per_s"),
    shipped("experiments/echo-placement", "request.rate_per_s"),
    shipped("experiments/interval-extremes", "lock.acquisitions_per_s"),
    shipped("experiments/hashing", "run.wall_s"),
    shipped("experiments/polling-threads", "piece.rate_per_s"),
    shipped("experiments/capture-pipeline", "packet.rate_per_s"),
    shipped("experiments/pending-signal", "piece.rate_per_s"),
    shipped("experiments/gil-patches", "lock.acquisitions_per_s"),
    shipped("experiments/runtime-quanta", "ping.rate_per_s"),
    shipped("experiments/ticket-collapse", "done.rate_per_s"),
    shipped("experiments/convoy-hysteresis", "done.rate_per_s"),
    shipped("experiments/go-starvation", "op.rate_per_s"),
    shipped("experiments/wait-distribution", "ping.rate_per_s"),
    shipped("experiments/usage-fairness", "lock.acquisitions_per_s"),
    shipped("experiments/java-fairness", "done.rate_per_s"),
    shipped("experiments/litl-radiosity", "done.rate_per_s"),
    shipped("experiments/oversubscription", "done.rate_per_s"),
    shipped("experiments/eventual-fairness", "done.rate_per_s"),
    shipped("experiments/delegation", "done.rate_per_s"),
    Subject { file: "benches/models/mm1", metric: "lock.acquisitions_per_s", set: &SHORT_QUEUE },
    Subject { file: "benches/models/mm1", metric: "lock.wait_mean_us", set: &QUEUE },
    Subject { file: "benches/models/repairman", metric: "lock.acquisitions_per_s", set: &FEW_REPAIRS },
    Subject { file: "benches/models/repairman", metric: "lock.wait_mean_us", set: &REPAIRS },
];
