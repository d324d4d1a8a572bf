//! What an experiment file says is what is run, and what comes out is the same whoever runs it.

use std::path::Path;

use super::output::DataDirectory;
use super::plan::{self, Overrides, Plan};
use super::runner::{self, RunError};
use super::source::Source;
use super::{provenance, results};
use crate::kernel::law::Law;
use crate::simulation::Scenario;
use crate::simulation::outcome::{End, Metric, Outcome};
use crate::workload::{Begin, ObjectKind, Program, StartMethod, Step, Target, Work};

fn read(text: &str) -> Plan {
    read_with(text, &Overrides::default())
}

fn read_with(text: &str, overrides: &Overrides) -> Plan {
    let text = format!("title = \"T\"\nquestion = \"Q\"\n{text}");
    plan::read(Path::new("experiments/good.toml"), &Source::new("good.toml", text), overrides).unwrap()
}

fn program(text: &str) -> Program {
    read(text).cells[0].scenario.program.clone()
}

/// The steps of the only thread.
fn steps(steps: &str, rest: &str) -> Vec<Step> {
    let program = program(&format!("thread = [{{ name = \"t\", steps = [{steps}] }}]\n{rest}"));
    program.threads[0].steps.clone()
}

fn drawn(nanos: u64) -> Work {
    Work::Drawn(Law::Constant(nanos))
}

#[test]
fn each_verb_is_a_step() {
    let rest = "
        run.duration = \"1s\"
        [objects]
        lock = [\"db\"]
        semaphore = { slots = 3 }
        condition = { ready = \"db\" }
        event = [\"go\"]
        barrier = { phase = 4 }
        queue = { jobs = 100 }
        channel = [\"pipe\"]";
    let program = program(&format!("thread = [{{ name = \"t\", steps = [] }}]\n{rest}"));
    let index = |name: &str| program.objects.iter().position(|object| object.name == name).unwrap();
    assert_eq!(program.objects[index("ready")].kind, ObjectKind::Condition(index("db")));
    assert_eq!(program.objects[index("pipe")].kind, ObjectKind::Queue(0));
    for (text, expected) in [
        ("compute = \"1us\"", vec![Step::Compute(drawn(1000))]),
        (
            "sleep = \"1us\", begins = \"c\", counts = \"c\"",
            vec![Step::BeginOnWake(0), Step::Sleep(Law::Constant(1000)), Step::Count(0)],
        ),
        ("compute = \"1us\", counts = \"c\"", vec![Step::Compute(drawn(1000)), Step::Count(0)]),
        ("call = \"1us\"", vec![Step::Call(drawn(1000))]),
        ("compute = \"18.4ns\", times = 1000000", vec![Step::Compute(drawn(18_400_000))]),
        ("sleep = \"0.5ns\", times = 3", vec![Step::Sleep(Law::Constant(2))]),
        ("native = \"forever\"", vec![Step::Native(Work::Forever)]),
        ("io = \"exp(1us)\"", vec![Step::Io(Law::Exponential { mean: 1000.0 })]),
        ("sleep = 0", vec![Step::Sleep(Law::ZERO)]),
        ("acquire = \"slots\"", vec![Step::Acquire(index("slots"))]),
        ("release = \"db\"", vec![Step::Release(index("db"))]),
        ("wait = \"ready\"", vec![Step::Wait(index("ready"))]),
        ("notify = \"ready\"", vec![Step::Notify(index("ready"), Some(1))]),
        ("notify = \"ready\", n = \"all\"", vec![Step::Notify(index("ready"), None)]),
        ("set = \"go\"", vec![Step::Set(index("go"))]),
        ("clear = \"go\"", vec![Step::Clear(index("go"))]),
        ("barrier = \"phase\"", vec![Step::Barrier(index("phase"))]),
        ("put = \"jobs\"", vec![Step::Put(index("jobs"))]),
        ("get = \"jobs\"", vec![Step::Get(index("jobs"))]),
        ("close = \"pipe\"", vec![Step::Close(index("pipe"))]),
        ("drain = \"jobs\", steps = [{ io = 0 }]", vec![Step::Drain(index("jobs"), vec![Step::Io(Law::ZERO)])]),
        ("send = \"pipe\", bytes = 7", vec![Step::Send { bytes: 7, queue: Some(index("pipe")) }]),
        ("receive = \"pipe\", bytes = 7", vec![Step::Get(index("pipe")), Step::Receive { bytes: 7 }]),
        ("write = \"pipe\", takes = \"2us\"", vec![Step::Write(index("pipe"), Law::Constant(2000))]),
        (
            "read = \"pipe\", begins = \"c\", counts = \"c\"",
            vec![Step::BeginOnWake(0), Step::Read(index("pipe"), Law::ZERO), Step::Count(0)],
        ),
        ("repeat = 3, steps = [{ count = \"c\" }]", vec![Step::Repeat(Some(3), vec![Step::Count(0)])]),
        ("repeat = \"forever\", steps = [{ count = \"c\" }]", vec![Step::Repeat(None, vec![Step::Count(0)])]),
        (
            "choose = [{ p = 0.3, steps = [] }, { p = 0.7, steps = [{ io = 0 }] }]",
            vec![Step::Choose(vec![(0.3, vec![]), (0.7, vec![Step::Io(Law::ZERO)])])],
        ),
    ] {
        assert_eq!(steps(&format!("{{ {text} }}"), rest), expected, "{text}");
    }
    let timed = steps("{ begin = \"c\" }, { io = 0 }, { count = \"c\" }", rest);
    assert_eq!(timed, [Step::Begin(0), Step::Io(Law::ZERO), Step::Count(0)]);
}

#[test]
fn threads_start_and_join_others() {
    let program = program(
        "process = [{ name = \"p\", count = 2, start = \"spawn\", lock = { policy = \"cpython\" } }]
         [[thread]]
         name = \"a\"
         steps = [{ start = \"b\" }, { start = \"p\" }, { join = \"p\" }, { join = \"b\" }]
         [[thread]]
         name = \"b\"
         count = 3
         begin = \"step\"
         daemon = true
         steps = []
         [[thread]]
         name = \"c\"
         process = \"p\"
         steps = []
         [[thread]]
         name = \"d\"
         count = 5
         arrivals = \"exp(1ms)\"
         steps = []",
    );
    let (threads, process) = (Target::Threads(1), Target::Process(1));
    let expected = [Step::Start(threads), Step::Start(process), Step::Join(process), Step::Join(threads)];
    assert_eq!(program.threads[0].steps, expected);
    assert_eq!((program.threads[1].count, &program.threads[1].begin), (Some(3), &Begin::ByStep));
    assert!(program.threads[1].daemon);
    assert_eq!((program.threads[2].process, &program.threads[2].begin), (1, &Begin::WithProcess));
    assert_eq!(program.threads[3].begin, Begin::Arrivals(Law::Exponential { mean: 1e6 }));
    assert_eq!((program.processes[1].count, program.processes[1].start), (2, StartMethod::Spawn));
    assert!(program.processes[1].lock.is_some() && program.processes[0].lock.is_none());
}

fn pool(kind: &str, rest: &str) -> Program {
    program(&format!(
        "pool = [{{ name = \"web\", kind = \"{kind}\", workers = 4, tasks = 9, steps = [{{ io = 0 }}] {rest} }}]"
    ))
}

#[test]
fn a_serial_pool_is_one_thread_that_does_the_jobs() {
    let program = pool("serial", "");
    let job = vec![Step::Begin(0), Step::Io(Law::ZERO), Step::Count(0)];
    assert_eq!(program.threads.len(), 1);
    assert_eq!(program.threads[0].steps, [Step::Repeat(Some(9), job)]);
    assert_eq!(program.counters, ["web"]);
}

#[test]
fn a_thread_pool_is_a_queue_with_a_thread_for_each_worker() {
    let program = pool("thread", ", arrivals = \"1ms\", bytes = { task = 1 }");
    let workers = Target::Threads(1);
    let feed = Step::Repeat(Some(9), vec![Step::Io(Law::Constant(1_000_000)), Step::Put(0)]);
    assert_eq!(program.threads[0].name, "web.main");
    assert_eq!(program.threads[0].steps, [Step::Start(workers), feed, Step::Close(0), Step::Join(workers)]);
    let job = vec![Step::Begin(0), Step::Io(Law::ZERO), Step::Count(0)];
    assert_eq!(program.threads[1].steps, [Step::Drain(0, job)]);
    assert_eq!((program.threads[1].count, &program.threads[1].begin), (Some(4), &Begin::ByStep));
    assert_eq!((program.processes.len(), program.objects.len()), (1, 1));
}

#[test]
fn a_process_pool_moves_bytes_between_its_processes() {
    let program = pool("forkserver", ", bytes = { task = 10, result = 20 }");
    let workers = Target::Process(1);
    let feed = Step::Repeat(Some(9), vec![Step::Send { bytes: 10, queue: Some(0) }]);
    assert_eq!(program.threads[0].steps, [Step::Start(workers), feed, Step::Close(0), Step::Join(workers)]);
    let job = vec![
        Step::Receive { bytes: 10 },
        Step::Begin(0),
        Step::Io(Law::ZERO),
        Step::Send { bytes: 20, queue: None },
        Step::Count(0),
    ];
    assert_eq!(program.threads[1].steps, [Step::Drain(0, job)]);
    assert_eq!((program.threads[1].count, program.threads[1].process), (Some(1), 1));
    assert_eq!((program.processes[1].count, program.processes[1].start), (4, StartMethod::Forkserver));
    assert_eq!(pool("fork", "").threads[1].steps.len(), 1);
}

const SWEPT: &str = "
    thread = [{ name = \"hog\", steps = [{ compute = \"$work\" }] }]
    params = { work = \"1ms\" }
    run = { replications = 3, seed = 7 }
    [sweep]
    \"thread.hog.count\" = [1, 2]
    lock.switch_interval = [\"100us\", \"1ms\"]
    lock.policy = [\"cpython\"]
    [[zip]]
    params.work = [\"2ms\", \"exp(3ms)\"]
    \"machine.cores\" = [1, \"unlimited\"]
    [quick]
    run.replications = 1
    \"sweep.thread.hog.count\" = [1]
    [[figure]]
    name = \"f\"
    x = \"lock.switch_interval\"
    y = \"jobs.rate_per_s\"
    where = { \"lock.switch_interval\" = \"1ms\" }
    x_names = { 100us = \"short\" }";

#[test]
fn a_sweep_is_the_product_in_file_order_with_the_last_axis_fastest() {
    let plan = read(SWEPT);
    let columns = ["thread.hog.count", "lock.switch_interval_s", "lock.policy", "params.work", "machine.cores"];
    assert_eq!(plan.columns, columns);
    let cells: Vec<String> = plan
        .cells
        .iter()
        .map(|cell| cell.params.iter().map(|(_, value)| value.to_string()).collect::<Vec<_>>().join(" "))
        .collect();
    let expected = [
        "1 0.0001 cpython 2ms 1",
        "1 0.0001 cpython exp(3ms) unlimited",
        "1 0.001 cpython 2ms 1",
        "1 0.001 cpython exp(3ms) unlimited",
        "2 0.0001 cpython 2ms 1",
        "2 0.0001 cpython exp(3ms) unlimited",
        "2 0.001 cpython 2ms 1",
        "2 0.001 cpython exp(3ms) unlimited",
    ];
    assert_eq!(cells, expected);
    let last = &plan.cells[7].scenario;
    assert_eq!(last.program.threads[0].count, Some(2));
    assert_eq!(last.program.threads[0].steps, [Step::Compute(Work::Drawn(Law::Exponential { mean: 3e6 }))]);
    assert_eq!(last.lock.duration("switch_interval"), 1_000_000);
    assert_eq!((plan.repetition.replications, plan.repetition.seed), (3, 7));
}

#[test]
fn quick_and_set_change_values_before_they_are_typed() {
    let overrides =
        Overrides { quick: true, set: vec!["run.seed = 9".into(), "run.duration=2s".into()], ..Overrides::default() };
    let plan = read_with(SWEPT, &overrides);
    assert_eq!((plan.cells.len(), plan.repetition.replications, plan.repetition.seed), (4, 1, 9));
    assert_eq!(plan.cells[0].scenario.limits.duration, Some(2_000_000_000));
}

#[test]
fn a_figure_speaks_of_columns_and_cells_of_the_results() {
    let figure = &read(SWEPT).figures[0];
    assert_eq!(figure.x, "lock.switch_interval_s");
    assert_eq!(figure.filter, [("lock.switch_interval_s".into(), "0.001".into())]);
    assert_eq!(figure.x_names, [("0.0001".into(), "short".into())]);
}

#[test]
fn a_duration_below_a_policys_minimum_is_raised_to_it() {
    let plan =
        read("thread = [{ name = \"t\", steps = [] }]\nlock = { policy = \"cpython\", switch_interval = \"1ns\" }");
    assert!(plan.cells[0].scenario.lock.duration("switch_interval") >= 1000);
}

#[test]
fn a_machine_is_a_profile_with_changes() {
    let plan = read(
        "thread = [{ name = \"t\", steps = [] }]
         [machine]
         profile = \"ideal\"
         speed = [1, 0.5]
         scheduler = \"round-robin\"
         quantum = \"2ms\"
         costs = { wake_call = \"1us\", fork = { child = \"1ms\" }, pipe = { byte = \"0.3ns\" } }",
    );
    let machine = &plan.cells[0].scenario.machine;
    assert_eq!(machine.speed_milli, [1000, 500]);
    assert_eq!(machine.scheduler, crate::machine::Scheduler::RoundRobin { quantum: 2_000_000 });
    assert_eq!((&machine.costs.wake_call, &machine.costs.migration), (&Law::Constant(1000), &Law::ZERO));
    assert_eq!((&machine.costs.fork.child, machine.costs.pipe.byte_picoseconds), (&Law::Constant(1_000_000), 300));
}

#[test]
fn files_are_found_beside_the_directory_of_the_experiment() {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("experiments")).unwrap();
    std::fs::write(root.path().join("pings.csv"), "run,latency_us\n1,2.5\n2,3\n").unwrap();
    std::fs::write(root.path().join("m.toml"), "cores = 3\n[costs]\nmigration = \"1us\"\n[sources]\nmigration = \"x\"")
        .unwrap();
    let text = "title = \"T\"\nquestion = \"Q\"\nmachine.profile = \"m.toml\"
        thread = [{ name = \"t\", steps = [{ io = \"empirical(pings.csv, latency_us)\" }] }]";
    let path = root.path().join("experiments/e.toml");
    std::fs::write(&path, text).unwrap();
    let plan = plan::load(&path, &Overrides::default()).unwrap();
    let scenario = &plan.cells[0].scenario;
    assert_eq!(scenario.program.threads[0].steps, [Step::Io(Law::Empirical([2500, 3000].into()))]);
    assert_eq!(scenario.machine.cores, crate::machine::Cores::Count(3));
    let inputs: Vec<&str> = plan.inputs.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(inputs, ["m.toml", "pings.csv"]);
}

/// A simulation whose outcome depends on its arguments alone.
fn outcome(scenario: &Scenario, seed: u64, replication: u64) -> Outcome {
    let count = scenario.program.threads[0].count.unwrap_or(0);
    let mut metrics = vec![Metric { name: "wall_s".into(), value: (seed + replication) as f64 / f64::from(count) }];
    if count > 1 {
        metrics.push(Metric { name: "wait_us".into(), value: f64::NAN });
    }
    let end = if count > 1 { End::Deadlock("a waits for b".into()) } else { End::Finished };
    Outcome {
        end,
        metrics,
        distributions: Vec::new(),
        events: 10,
        fingerprint: seed ^ replication,
        ended_at: 1,
        before: Vec::new(),
    }
}

fn written(plan: &Plan, jobs: usize) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let data = DataDirectory(directory.path().join("data"));
    let found =
        runner::run_with(plan, jobs, None, |scenario, seed, replication| Ok(outcome(scenario, seed, replication)));
    let found = found.unwrap();
    results::write(plan, &found, &data).unwrap();
    provenance::write(plan, &found, jobs, &data).unwrap();
    let files = [data.summary("good"), data.runs("good"), data.provenance("good")];
    assert_eq!(std::fs::read_dir(&data.0).unwrap().count(), files.len() + 1, "nothing temporary is left");
    files.map(|path| std::fs::read_to_string(path).unwrap()).to_vec()
}

#[test]
fn the_same_file_gives_the_same_bytes_on_one_thread_or_three() {
    let plan = read(SWEPT);
    assert_eq!(written(&plan, 1), written(&plan, 3));
}

#[test]
fn the_tables_have_a_row_for_each_cell_and_metric_and_for_each_run() {
    let plan = read(SWEPT);
    let files = written(&plan, 2);
    let rows: Vec<&str> = files[0].lines().collect();
    let params = "thread.hog.count,lock.switch_interval_s,lock.policy,params.work,machine.cores";
    assert_eq!(rows[0], format!("{params},metric,n,estimate,value,low_95,high_95,sd,min,p25,median,p75,max"));
    assert_eq!(rows.len(), 1 + 4 + 2 * 4);
    assert!(rows[1].starts_with("1,0.0001,cpython,2ms,1,wall_s,3,mean,8,"), "{}", rows[1]);
    assert!(rows[6].starts_with("2,0.0001,cpython,2ms,1,wait_us,0,mean,,,,"), "{}", rows[6]);
    let rows: Vec<&str> = files[1].lines().collect();
    assert_eq!(rows[0], format!("{params},replication,end,events,fingerprint,wall_s,wait_us"));
    assert_eq!(rows.len(), 1 + 8 * 3);
    assert_eq!(rows[2], "1,0.0001,cpython,2ms,1,1,finished,10,0000000000000006,8,");
    assert_eq!(rows[13], "2,0.0001,cpython,2ms,1,0,deadlock,10,0000000000000007,3.5,");
    let json: serde_json::Value = serde_json::from_str(&files[2]).unwrap();
    assert_eq!(json["deadlocks"].as_array().unwrap().len(), 12);
    assert_eq!(json["cells"][4]["ends"]["deadlock"], 3);
    assert_eq!(json["cells"][4]["params"]["lock.switch_interval_s"], 0.0001);
    assert_eq!(json["events"], 240);
}

#[test]
fn a_run_that_panics_is_recorded_and_the_others_go_on() {
    let plan = read("thread = [{ name = \"t\", steps = [] }]\nrun.replications = 4");
    let found = runner::run_with(&plan, 2, None, |scenario, seed, replication| {
        assert_ne!(replication, 2, "two is too much");
        Ok(outcome(scenario, seed, replication))
    });
    let found = found.unwrap();
    assert_eq!(found.records().count(), 3);
    let (run, error) = found.failures().next().unwrap();
    assert_eq!(run.replication, 2);
    assert!(matches!(error, RunError::Panic(message) if message.contains("two is too much")), "{error}");
}

#[test]
fn an_experiment_runs_from_file_to_results() {
    let plan = read("thread = [{ name = \"t\", steps = [{ compute = \"1ms\" }] }]\nrun.replications = 2");
    let found = runner::run(&plan, 1).unwrap();
    assert_eq!(found.records().count(), 2);
    assert!(found.events() > 0);
}
