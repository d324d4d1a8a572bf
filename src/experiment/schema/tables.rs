//! The keys of the tables of an experiment, each with the form of its value and what it means.

use super::shapes::Key;
use super::shapes::Shape::{
    Choice, Count, CountOr, CountOrOf, Duration, DurationOr, Flag, FlagOrOf, Free, Law, ListOf, Number, Numbers, Of,
    Share, Size, Sizes, TableOf, Text, TextOrTexts, TextTable, Texts, Work,
};

/// The experiment itself.
pub(super) const EXPERIMENT: [Key; 24] = [
    ("include", TextOrTexts, "A base file, or several, that this file changes."),
    ("title", Text, "What the experiment shows, in one sentence."),
    ("question", Text, "What it asks."),
    ("source", Text, "Where the question or the published numbers come from."),
    ("machine", Of("machine"), "Cores, scheduler and costs: a profile, and what is changed of it."),
    ("interpreter", Of("interpreter"), "What all interpreters have in common."),
    ("lock", Of("lock"), "The lock of every interpreter that has none of its own."),
    ("process", ListOf("process"), "Processes beside `main`, which is always there."),
    ("thread", ListOf("thread"), "Groups of threads."),
    ("objects", Of("objects"), "Locks, queues and other objects that steps name."),
    ("pool", ListOf("pool"), "Pools of workers that are fed by a queue."),
    ("signal", ListOf("signal"), "Signals, which the main thread handles."),
    ("params", Free, "Named values: \"$name\" stands for one."),
    ("labels", TableOf("scalar"), "Values that name cells and change nothing."),
    ("run", Of("run"), "How long and how often."),
    ("sweep", Of("sweep"), "Paths and the values that each goes over: their product."),
    ("zip", ListOf("group"), "Groups of paths that advance together."),
    ("sample", Of("sample"), "Points that are spread over ranges of paths."),
    ("metrics", TextTable, "Metrics that are computed from others."),
    ("baseline", Free, "Swept paths and values: the cells that others are compared with."),
    ("quick", Free, "Paths and the values that they have with --quick."),
    ("figure", ListOf("figure"), "Figures that are drawn from the results."),
    ("measured", Of("measured"), "The measurements that the scenario claims to be equal to."),
    ("tune", Of("tune"), "What `gilsim tune` varies, what it wants, and what that may cost."),
];

/// `[machine]`.
pub(super) const MACHINE: [Key; 15] = [
    ("profile", Text, "A profile that is built in (linux-x86_64, ideal), or a file of your own."),
    ("cores", CountOr(1, &["unlimited"]), "Number of cores."),
    ("nodes", Count(1), "Number of NUMA nodes, to which the cores belong in equal shares."),
    ("speed", Numbers, "Speed of each core; the list is repeated."),
    ("busy_speed", Numbers, "Speed of each core when others are busy; the list is repeated."),
    (
        "bucket_lock",
        Flag,
        "Whether wake and sleep calls on one lock exclude each other in the kernel, as before Linux 4.2.",
    ),
    ("scheduler", Choice(&["fair", "round-robin", "fifo", "priority"]), "Scheduler of the operating system."),
    ("base_slice", Duration, "Base slice of the fair scheduler."),
    ("tick", Duration, "Tick of the fair scheduler."),
    ("cache_hot", Duration, "How long a thread that ran is kept on its core, in the fair scheduler."),
    ("wake_to", Choice(&["idle-core", "last-core"]), "Where woken threads go, in the fair scheduler."),
    ("quantum", Duration, "Quantum of the round-robin scheduler."),
    (
        "background",
        ListOf("background"),
        "Threads of the system that take time from those of the program, in the fair scheduler; [] for none.",
    ),
    ("costs", Of("costs"), "What the operating system's work costs."),
    ("power", Of("power"), "What a core draws: with it, runs have metrics of energy."),
];

/// `background` of a machine.
pub(super) const BACKGROUND: [Key; 5] = [
    ("name", Text, "Its name."),
    ("per_core", Flag, "Whether there is one on each core that never leaves it; else there is one, which may move."),
    ("at_ticks", Flag, "Whether it wakes right after a tick, as timers of the timer wheel do."),
    ("every", Law, "From one wake-up to the next."),
    ("takes", Law, "How long it works."),
];

/// `power` of a machine.
pub(super) const POWER: [Key; 3] = [
    ("active_w", Number, "Watts while it runs a thread or is switched to one."),
    ("spin_w", Number, "Watts while its thread spins."),
    ("idle_w", Number, "Watts while it has no thread."),
];

/// `[interpreter]`.
pub(super) const INTERPRETER: [Key; 2] = [
    ("check_gap", Duration, "Time between two check points of Python code."),
    ("tick", Duration, "Time of one bytecode instruction, for policies that count them."),
];

/// `[[process]]`.
pub(super) const PROCESS: [Key; 4] = [
    ("name", Text, "Its name."),
    ("count", Count(0), "How many there are."),
    ("start", Choice(&["present", "fork", "spawn", "forkserver", "interpreter"]), "How it comes into being."),
    ("lock", Of("lock"), "Its own kind of lock."),
];

/// `[[thread]]`.
pub(super) const THREAD: [Key; 10] = [
    ("name", Text, "Its name."),
    ("count", Count(0), "How many there are."),
    ("process", Text, "The process that it belongs to; `main` by default."),
    ("daemon", Flag, "Whether the end of the run does not wait for it."),
    ("begin", Choice(&["start", "step"]), "Whether it begins with its process or a step starts it."),
    ("arrivals", Law, "Times between arrivals of threads of this group."),
    ("priority", Count(-1000), "Its priority, for locks and schedulers that have priorities; higher ones go first."),
    (
        "nice",
        Count(-20),
        "Its nice level, -20 to 19, for the scheduler `fair`: each is a factor of 1.25 in its share of a core.",
    ),
    ("weight", Number, "Its weight, for lock policies that share a lock by weights."),
    ("steps", Of("steps"), "What it does."),
];

/// `[objects]`.
pub(super) const OBJECTS: [Key; 9] = [
    ("lock", Texts, "Names of locks."),
    ("pi_lock", Texts, "Names of locks whose owners run at the highest priority of their waiters."),
    ("semaphore", Sizes, "Semaphores and their initial values."),
    (
        "rwlock",
        TextTable,
        "Readers-writers locks, and who goes first: readers-first, writers-first, fifo, phase-fair, bravo.",
    ),
    ("condition", TextTable, "Conditions and their locks."),
    ("event", Texts, "Names of events."),
    ("barrier", Sizes, "Barriers and how many threads each waits for."),
    ("queue", Sizes, "Queues and their sizes; 0 is unlimited."),
    ("channel", Texts, "Names of queues between processes."),
];

/// `[[pool]]`.
pub(super) const POOL: [Key; 7] = [
    ("name", Text, "Its name, and that of its counter."),
    ("kind", Choice(&["serial", "thread", "fork", "spawn", "forkserver", "interpreter"]), "What the workers are."),
    ("workers", Count(1), "How many workers there are."),
    ("tasks", Count(0), "How many tasks there are; unlimited with `arrivals` and without this key."),
    ("arrivals", Law, "Times between arrivals of tasks."),
    ("steps", Of("steps"), "What a worker does with a task."),
    ("bytes", Of("bytes"), "Sizes of a task and of its result, when they move between processes."),
];

/// `bytes` of a pool.
pub(super) const BYTES: [Key; 2] =
    [("task", Count(0), "Bytes of a task."), ("result", Count(0), "Bytes of its result.")];

/// `[[signal]]`.
pub(super) const SIGNAL: [Key; 3] = [
    ("name", Text, "Its name, and that of its counter."),
    ("arrivals", Law, "Times between signals."),
    ("handler", Law, "How long its handler runs."),
];

/// `[run]`.
pub(super) const RUN: [Key; 12] = [
    ("duration", Duration, "Simulated time at which a run ends."),
    ("warm_up", DurationOr(&["auto"]), "Simulated time before which nothing counts; \"auto\" finds it (MSER-5)."),
    ("replications", CountOrOf(1, "replications"), "Runs of each cell, or the precision at which they end."),
    (
        "batches",
        Count(2),
        "Instead of replications: parts of one long run, after its warm-up, each with its own values.",
    ),
    ("independent", Flag, "Whether each cell has random numbers of its own."),
    ("seed", Count(0), "Seed of all random streams."),
    (
        "shortcuts",
        Flag,
        "Whether events whose outcome is known beforehand (checks that change nothing, chains of one moment at a lock where nothing costs anything) are done without the event queue; changes no result.",
    ),
    ("max_events", Count(1), "Events after which a run is given up."),
    ("max_memory", Size, "Memory at which a run is given up, such as \"500MB\"."),
    (
        "thresholds",
        TextTable,
        "Times above which waits or latencies are counted: \"request.latency\" = \"10ms\" gives request.latency_over_10ms.",
    ),
    ("metrics", Texts, "Metrics to measure that are measured only if they are named; `gilsim metrics` lists them."),
    ("control_variates", Flag, "Whether means are adjusted by what the runs drew at random."),
];

/// `replications` of `[run]`, as a table.
pub(super) const REPLICATIONS: [Key; 4] = [
    ("min", Count(2), "The fewest runs of a cell."),
    ("max", Count(2), "The most."),
    ("precision", Share, "Half-width of the 95 % interval, relative to the mean, at which a cell has enough."),
    ("of", Texts, "The metrics that must all be as precise."),
];

/// Keys of `[sweep]` beside its paths.
pub(super) const SWEEP: [Key; 1] =
    [("where", TextOrTexts, "Conditions that a cell must fulfil, such as \"thread.hog.count <= machine.cores\".")];

/// Keys of `[[zip]]` beside its paths.
pub(super) const GROUP: [Key; 1] = [("name", Text, "Its name, by which overrides name its lists: zip.NAME.PATH.")];

/// Keys of `[sample]` beside its paths.
pub(super) const SAMPLE: [Key; 3] = [
    ("kind", Choice(&["latin-hypercube", "sobol"]), "How the points are chosen."),
    ("n", Count(1), "How many points; a power of two for sobol."),
    ("seed", Count(0), "Seed of the points; that of the runs has no influence."),
];

/// `[tune]`.
pub(super) const TUNE: [Key; 10] = [
    ("over", Of("paths_of_spread"), "The paths that are varied, with a range or the alternatives of each."),
    ("maximise", Text, "The expression that is to be as large as possible."),
    ("minimise", Text, "The expression that is to be as small as possible."),
    ("objectives", ListOf("objective"), "Several of them, in place of one."),
    ("constraints", Texts, "Comparisons that must hold for the means, such as \"request.latency_p99_us <= 10000\"."),
    ("budget", Of("budget"), "What it may cost."),
    ("confidence", Number, "With which probability the answer is right; 0.95 by default."),
    ("replications", Count(3), "Replications of each setting during the search; 10 by default."),
    ("selection", Choice(&["kn", "ocba"]), "How settings are compared: Kim and Nelson's procedure, or OCBA."),
    ("sensitivity", FlagOrOf("effort"), "How much is spent on telling what matters; false for nothing."),
];

/// An objective.
pub(super) const OBJECTIVE: [Key; 3] = [
    ("maximise", Text, "The expression that is to be as large as possible."),
    ("minimise", Text, "The expression that is to be as small as possible."),
    ("weight", Number, "What it counts, relative to its value under the default; without weights there is a front."),
];

/// The budget of a tuning.
pub(super) const BUDGET: [Key; 3] = [
    ("runs", Count(10), "At most so many runs, those for the sensitivity not counted; 2000 by default."),
    ("time", Duration, "No new runs after so much time; results then depend on the machine."),
    ("precision", Share, "Settings that are worse by no more than this share are as good; 1 % by default."),
];

/// How much is spent on telling what matters.
pub(super) const EFFORT: [Key; 2] = [
    ("trajectories", Count(4), "Trajectories of Morris' method; 10 by default."),
    ("samples", Count(8), "Base samples of the Sobol indices; 64 by default."),
];

/// A branch of `choose`.
pub(super) const BRANCH: [Key; 2] = [("p", Number, "Its probability."), ("steps", Of("steps"), "What is done.")];

/// Kinds of figures.
const KINDS: [&str; 10] =
    ["line", "scatter", "bars", "box", "heatmap", "cdf", "ccdf", "pareto", "stacked", "waterfall"];

/// `[[figure]]`.
pub(super) const FIGURE: [Key; 40] = [
    ("name", Text, "Its name behind that of the experiment; one figure may go without."),
    ("kind", Choice(&KINDS), "How it is drawn."),
    ("x", Text, "The path or metric along the x axis."),
    ("y", TextOrTexts, "The metric along the y axis; the path there in a heat map; the metrics that add up."),
    ("series", Text, "The path that has a line for each value."),
    ("panel", Text, "The path that has a panel for each value."),
    ("where", Free, "Paths and the value that each shall have."),
    ("x_label", Text, "Label of the x axis."),
    ("y_label", Text, "Label of the y axis."),
    ("series_label", Text, "Title of the legend."),
    ("panel_label", Text, "What the panels are."),
    ("x_scale", Choice(&["linear", "log", "category"]), "Scale of the x axis."),
    ("y_scale", Choice(&["linear", "log", "category"]), "Scale of the y axis."),
    ("x_factor", Number, "What x values are multiplied by."),
    ("y_factor", Number, "What y values are multiplied by."),
    ("x_range", Numbers, "Both ends of the x axis."),
    ("y_range", Numbers, "Both ends of the y axis."),
    ("series_names", TextTable, "What the figure calls the values of `series`."),
    ("panel_names", TextTable, "What it calls those of `panel`."),
    ("x_names", TextTable, "What it calls those of `x`."),
    ("y_names", TextTable, "What it calls those of `y` in a heat map, or the metrics that add up."),
    ("color", Text, "The metric that is the color of a heat map."),
    ("color_label", Text, "Label of the colors."),
    ("color_scale", Choice(&["linear", "log"]), "Scale of the colors."),
    ("color_factor", Number, "What their values are multiplied by."),
    ("color_range", Numbers, "Both ends of the colors."),
    ("x_better", Choice(&["low", "high"]), "Which values of x are better, for a Pareto front."),
    ("y_better", Choice(&["low", "high"]), "Which values of y are."),
    ("share", Flag, "Whether stacked metrics are shares of their sum."),
    ("total", Text, "What a waterfall calls the sum."),
    ("reference", Of("reference"), "Points from elsewhere that are drawn beside."),
    ("theory", Of("reference"), "Curves from elsewhere that are drawn beside."),
    ("relative_to", Free, "Paths and values: the cells that y is relative to."),
    ("inverse", Flag, "Whether y is how much faster instead of how much slower."),
    ("rules_x", Numbers, "Vertical rules."),
    ("rules_y", Numbers, "Horizontal rules."),
    ("ideal", Flag, "Whether the line y = x is drawn."),
    ("size", Choice(&["single", "double", "slide"]), "Whether it is one column wide, two, or a slide."),
    ("height", Number, "Its height in inches."),
    ("caption", Text, "A sentence for its caption."),
];

/// `reference` of a figure.
pub(super) const REFERENCE: [Key; 3] = [
    (
        "file",
        Text,
        "A CSV file with the columns of the results; beside a distribution with `quantile`, a share from 0 to 1.",
    ),
    ("y", Text, "The column of its values, if it is called otherwise than `y` of the figure."),
    ("label", Text, "What the legend calls it."),
];

/// `[measured]`.
pub(super) const MEASURED: [Key; 7] = [
    ("scenario", Text, "Name of the measured scenario."),
    ("defaults", Free, "Values of parameters that a measured cell does not name."),
    ("metrics", TableOf("measured_metric"), "The simulated metric that is equal to each measured one."),
    ("primitives", Texts, "Measured metrics that the scenario takes for granted."),
    ("inputs", ListOf("conditions"), "Cells from which the scenario's own constants stem."),
    ("case", ListOf("measured_case"), "What else changes with the values of parameters."),
    ("baseline", Of("measured_baseline"), "The cell that another is faster or slower than."),
];

/// A metric of `[measured.metrics]`.
pub(super) const MEASURED_METRIC: [Key; 3] = [
    ("metric", Text, "The simulated metric."),
    ("factor", Number, "What it is multiplied by."),
    ("quantile", Number, "The quantile over replications that counts."),
];

/// `[[measured.case]]`.
pub(super) const MEASURED_CASE: [Key; 2] =
    [("when", Free, "Parameters and their values."), ("set", Free, "Paths and the values that they have then.")];

/// `[measured.baseline]`.
pub(super) const MEASURED_BASELINE: [Key; 3] = [
    ("with", Free, "Parameters and the values that the baseline has."),
    ("free", Texts, "Parameters that may differ."),
    ("work", Texts, "Parameters whose product is the amount of work."),
];

/// A verb, the keys that may stand beside it, and those that must.
type Verb = (Key, &'static [Key], &'static [&'static str]);

/// The verbs of steps.
pub(super) const VERBS: [Verb; 26] = [
    (("compute", Work, "Runs Python code: holds the lock, passes check points."), &[TIMES, COUNTS], &[]),
    (("call", Work, "Runs a C call that keeps the lock."), &[TIMES, COUNTS], &[]),
    (("native", Work, "Runs a C call that releases the lock and uses a core."), &[TIMES, COUNTS], &[]),
    (("io", Law, "Releases the lock and waits for a device."), &[TIMES, BEGINS, COUNTS], &[]),
    (("sleep", Law, "Releases the lock and waits for a timer."), &[TIMES, BEGINS, COUNTS], &[]),
    (
        ("acquire", Text, "Takes a lock, a semaphore or a readers-writers lock."),
        &[("mode", Choice(&["read", "write"]), "How a readers-writers lock is taken; to write by default.")],
        &[],
    ),
    (("release", Text, "Gives a lock or a semaphore back."), &[], &[]),
    (("wait", Text, "Waits for an event or a condition."), &[], &[]),
    (("notify", Text, "Wakes threads that wait for a condition."), &[("n", CountOr(1, &["all"]), "How many.")], &[]),
    (("set", Text, "Sets an event."), &[], &[]),
    (("clear", Text, "Clears an event."), &[], &[]),
    (("barrier", Text, "Waits until enough threads are at a barrier."), &[], &[]),
    (("put", Text, "Puts an item into a queue."), &[], &[]),
    (("get", Text, "Takes an item out of a queue."), &[], &[]),
    (("close", Text, "Closes a queue or a channel."), &[], &[]),
    (
        ("drain", Text, "Takes items until a queue is closed and empty."),
        &[("steps", Of("steps"), "What is done with each item.")],
        &["steps"],
    ),
    (("send", Text, "Sends a message through a channel."), &[("bytes", Count(0), "Its size.")], &["bytes"]),
    (("receive", Text, "Receives a message from a channel."), &[("bytes", Count(0), "Its size.")], &["bytes"]),
    (("write", Text, "Writes to a channel, as to a socket."), &[TAKES], &[]),
    (("read", Text, "Reads from a channel, as from a socket."), &[TAKES, BEGINS, COUNTS], &[]),
    (("start", Text, "Starts a group of threads or a process."), &[], &[]),
    (("join", Text, "Waits for the end of a group of threads or a process."), &[], &[]),
    (
        ("repeat", CountOr(0, &["forever"]), "Repeats steps."),
        &[("steps", Of("steps"), "What is repeated.")],
        &["steps"],
    ),
    (("choose", ListOf("branch"), "Does one of several things at random."), &[], &[]),
    (("begin", Text, "Starts the clock of a counter."), &[], &[]),
    (("count", Text, "Advances a counter."), &[], &[]),
];

const TAKES: Key = ("takes", Law, "How long the system call takes.");
const TIMES: Key = ("times", Count(0), "How often a constant duration is spent in one go.");
const COUNTS: Key = ("counts", Text, "The counter that advances when the step is done.");
const BEGINS: Key = ("begins", Text, "The counter whose clock starts when the thread can go on.");
