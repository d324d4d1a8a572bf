//! Generators, groups, samples, conditions, base files, derived metrics and baselines give the cells and columns that
//! they say.

use std::path::Path;

use super::output::DataDirectory;
use super::plan::{self, Overrides, Plan};
use super::runner;
use super::source::Source;
use super::sweep::ParamValue;
use super::{derived, results};
use crate::simulation::outcome::{End, Metric, Outcome};

const HOG: &str = "title = \"T\"\nquestion = \"Q\"\nmachine.cores = 2\nthread = [{ name = \"hog\", steps = [] }]\n";

fn read_with(text: &str, overrides: &Overrides) -> Plan {
    let text = Source::new("good.toml", format!("{HOG}{text}"));
    plan::read(Path::new("experiments/good.toml"), &text, overrides).unwrap()
}

fn read(text: &str) -> Plan {
    read_with(text, &Overrides::default())
}

/// The values of each cell, separated by blanks.
fn cells(plan: &Plan) -> Vec<String> {
    let words = |params: &[(String, ParamValue)]| params.iter().map(|(_, value)| value.describe()).collect::<Vec<_>>();
    plan.cells.iter().map(|cell| words(&cell.params).join(" ")).collect()
}

fn set(set: &[&str]) -> Overrides {
    Overrides { set: set.iter().map(ToString::to_string).collect(), ..Overrides::default() }
}

#[test]
fn generated_values_are_typed_like_written_ones() {
    let plan = read(
        "[sweep]
         lock.policy = [\"cpython\"]
         lock.switch_interval = { logspace = [\"1us\", \"1ms\"], n = 4 }
         \"thread.hog.count\" = { range = [1, 3] }",
    );
    assert_eq!(plan.columns, ["lock.policy", "lock.switch_interval_s", "thread.hog.count"]);
    assert_eq!(plan.cells.len(), 12);
    assert_eq!(cells(&plan)[4], "cpython 10us 2");
    assert_eq!(plan.cells[4].scenario.lock.duration("switch_interval"), 10_000);
    assert_eq!(plan.cells[4].scenario.program.threads[0].count, Some(2));
    assert_eq!(plan.axes[1], ("lock.switch_interval".to_owned(), 4));
}

#[test]
fn conditions_drop_cells_and_the_others_are_numbered() {
    let text = "[sweep]
         where = [\"thread.hog.count <= machine.cores\", \"lock.switch_interval < '1ms' || thread.hog.count == 1\"]
         \"thread.hog.count\" = { range = [1, 4] }
         \"lock.policy\" = [\"cpython\"]
         \"lock.switch_interval\" = [\"1us\", \"1ms\"]";
    let all = read(text);
    assert_eq!(cells(&all), ["1 cpython 1us", "1 cpython 1ms", "2 cpython 1us"]);
    assert_eq!(all.cells.iter().map(|cell| cell.number).collect::<Vec<_>>(), [0, 1, 2]);
    let only = |only: &str| read_with(text, &Overrides { only: Some(only.into()), ..Overrides::default() });
    let some = only("lock.switch_interval == \"1us\" && cell > 0");
    assert_eq!(cells(&some), ["2 cpython 1us"]);
    assert_eq!((some.cells[0].index, some.cells[0].number), (0, 2));
    assert_eq!(some.cells[0].scenario, all.cells[2].scenario);
    assert_eq!(
        cells(&read_with(text, &set(&["sweep.where=thread.hog.count == 4"]))),
        ["4 cpython 1us", "4 cpython 1ms"]
    );
}

#[test]
fn a_value_that_is_a_parameter_has_its_name_and_that_of_the_parameter() {
    let plan = read(
        "params = { cores = 2, same = \"$cores\", gap = \"10ns\" }
         lock = { policy = \"cpython\" }
         interpreter = { check_gap = \"$gap\" }
         process = [{ name = \"p\", count = \"$same\" }]
         [sweep]
         \"params.cores\" = { range = [1, 4] }
         where = \"process.p.count > 2 && params.same == process.p.count && interpreter.check_gap < '1us'\"",
    );
    assert_eq!(cells(&plan), ["3", "4"]);
}

#[test]
fn one_replication_is_the_one_of_that_number() {
    let overrides = Overrides { replication: Some(3), ..Overrides::default() };
    let plan = read_with("run.replications = 5", &overrides);
    let found =
        runner::run_with(&plan, 1, None, |_, _, replication| Ok(outcome(&[("r", replication as f64)]))).unwrap();
    assert_eq!(found.runs.iter().map(|run| run.replication).collect::<Vec<_>>(), [3]);
    assert_eq!(found.records().next().unwrap().1.values, [3.0]);
}

#[test]
fn a_named_group_is_replaced_list_by_list() {
    let text = "params.work = \"1ms\"
         labels.kind = \"a\"
         interpreter.check_gap = \"$work\"
         [[zip]]
         name = \"load\"
         labels.kind = [\"short\", \"middle\", \"long\"]
         params.work = { logspace = [\"1ms\", \"100ms\"], n = 3 }
         [quick]
         \"zip.load.labels.kind\" = [\"short\"]
         \"zip.load.params.work\" = [\"1ms\"]";
    assert_eq!(cells(&read(text)), ["short 1ms", "middle 10ms", "long 100ms"]);
    assert_eq!(read(text).axes, [("load".to_owned(), 3)]);
    assert_eq!(cells(&read_with(text, &Overrides { quick: true, ..Overrides::default() })), ["short 1ms"]);
}

#[test]
fn a_sample_is_one_axis_that_is_crossed_with_the_others() {
    let text = "[sweep]
         \"machine.cores\" = [1, 2]
         [sample]
         kind = \"KIND\"
         n = 16
         \"lock.policy\" = [\"cpython\", \"barging\"]
         \"thread.hog.count\" = { range = [0, 7] }
         \"interpreter.check_gap\" = { logspace = [\"10ns\", \"1us\"] }";
    for kind in ["latin-hypercube", "sobol"] {
        let plan = read(&text.replace("KIND", kind));
        assert_eq!(plan.cells.len(), 32);
        assert_eq!(plan.columns[3], "interpreter.check_gap_s");
        let of =
            |path: usize, value: &ParamValue| plan.cells.iter().filter(|cell| cell.params[path].1 == *value).count();
        for count in 0..8 {
            assert_eq!(of(2, &ParamValue::Integer(count)), 4, "{kind}: each of 8 counts has its share");
        }
        assert_eq!(of(1, &ParamValue::Text("barging".into())), 16);
        assert_eq!(plan.cells[0].params[1..], plan.cells[16].params[1..], "both machines meet the same sample");
        assert_eq!(read_with(&text.replace("KIND", kind), &set(&["sample.n=2"])).cells.len(), 4);
        let other = read_with(&text.replace("KIND", kind), &set(&["sample.seed=2"]));
        assert_ne!(cells(&other), cells(&plan));
        let reseeded = read_with(&text.replace("KIND", kind), &set(&["run.seed=2"]));
        assert_eq!(cells(&reseeded), cells(&plan));
    }
}

#[test]
fn a_base_file_is_changed_by_what_includes_it() {
    let root = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = root.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    };
    write("experiments/base/deepest.toml", "title = \"Base\"\nquestion = \"Q\"\nrun = { seed = 5, replications = 2 }");
    write(
        "experiments/base/hogs.toml",
        "include = \"deepest.toml\"
         [machine]
         profile = \"ideal\"
         cores = 2
         [[thread]]
         name = \"hog\"
         count = 2
         steps = [{ compute = \"1ms\" }]
         [[thread]]
         name = \"other\"
         steps = []",
    );
    let path = write(
        "experiments/mine.toml",
        "include = [\"base/hogs.toml\"]
         title = \"Mine\"
         machine.cores = 4
         run.replications = 3
         [[thread]]
         name = \"hog\"
         count = 3
         [[thread]]
         name = \"new\"
         steps = []",
    );
    let plan = plan::load(&path, &Overrides::default()).unwrap();
    assert_eq!((plan.title.as_str(), plan.question.as_str()), ("Mine", "Q"));
    assert_eq!((plan.repetition.seed, plan.repetition.replications), (5, 3));
    let scenario = &plan.cells[0].scenario;
    assert_eq!(scenario.machine.cores, crate::machine::Cores::Count(4));
    assert_eq!(scenario.machine.costs, crate::machine::Costs::FREE);
    let threads: Vec<(&str, Option<u32>, usize)> =
        scenario.program.threads.iter().map(|group| (group.name.as_str(), group.count, group.steps.len())).collect();
    assert_eq!(threads, [("hog", Some(3), 1), ("other", Some(1), 0), ("new", Some(1), 0)]);
    let inputs: Vec<&str> = plan.inputs.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(inputs, ["base/deepest.toml", "base/hogs.toml", "data/machines/ideal.toml"]);
}

fn outcome(metrics: &[(&str, f64)]) -> Outcome {
    let metrics = metrics.iter().map(|(name, value)| Metric { name: (*name).into(), value: *value }).collect();
    Outcome {
        end: End::Finished,
        metrics,
        distributions: Vec::new(),
        events: 1,
        fingerprint: 1,
        ended_at: 1,
        before: Vec::new(),
    }
}

/// The tables of a plan whose runs take `seconds(threads, replication)`.
fn tables(plan: &Plan, seconds: impl Fn(u32, u64) -> f64 + Sync) -> [Vec<Vec<String>>; 2] {
    let found = runner::run_with(plan, 2, None, |scenario, _, replication| {
        let threads = scenario.program.threads[0].count.unwrap();
        Ok(outcome(&[("run.wall_s", seconds(threads, replication))]))
    });
    let directory = tempfile::tempdir().unwrap();
    let data = DataDirectory(directory.path().to_owned());
    results::write(plan, &found.unwrap(), &data).unwrap();
    [data.summary("good"), data.runs("good")].map(|path| {
        let text = std::fs::read_to_string(path).unwrap();
        text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
    })
}

#[test]
fn derived_metrics_are_computed_run_by_run_and_summarised_like_others() {
    let plan = read(
        "run.replications = 2
         [sweep]
         \"thread.hog.count\" = [1, 4]
         [metrics]
         per_core = \"run.wall_s * machine.cores\"
         per_thread = \"per_core / thread.hog.count\"
         none = \"hog.work_s\"",
    );
    let [summary, runs] = tables(&plan, |threads, replication| f64::from(threads) + replication as f64);
    let means: Vec<(&str, &str, &str, &str)> =
        summary[1..].iter().map(|row| (&*row[0], &*row[1], &*row[2], &*row[4])).collect();
    let expected = [
        ("1", "run.wall_s", "2", "1.5"),
        ("1", "per_core", "2", "3"),
        ("1", "per_thread", "2", "3"),
        ("1", "none", "0", ""),
        ("4", "run.wall_s", "2", "4.5"),
        ("4", "per_core", "2", "9"),
        ("4", "per_thread", "2", "2.25"),
        ("4", "none", "0", ""),
    ];
    assert_eq!(means, expected);
    assert_eq!(runs[0][5..], ["run.wall_s", "per_core", "per_thread", "none"]);
    assert_eq!(runs[4][5..], ["5", "10", "2.5", ""]);
    let none = derived::Metrics::default();
    assert_eq!(none.used().count(), 0);
}

#[test]
fn a_baseline_adds_paired_columns_with_intervals_of_their_own() {
    let plan = read(
        "run.replications = 3
         [sweep]
         \"machine.cores\" = [1, 2]
         \"thread.hog.count\" = [1, 3]
         [baseline]
         \"thread.hog.count\" = 1",
    );
    // Noise that both cells of a replication share: the difference is 2 in each.
    let [summary, runs] = tables(&plan, |threads, replication| 10.0 + replication as f64 + f64::from(threads));
    assert_eq!(summary[0][14..], ["rel", "rel_low_95", "rel_high_95", "diff", "diff_low_95", "diff_high_95"]);
    assert_eq!(summary[1][14..], ["1", "1", "1", "0", "0", "0"]);
    assert_eq!(summary[4][1..4], ["3", "run.wall_s", "3"]);
    assert_eq!(summary[4][17..], ["2", "2", "2"], "the interval of the difference has no width");
    let [rel, low, high] = [14, 15, 16].map(|column| summary[4][column].parse::<f64>().unwrap());
    assert!((rel - 14.0 / 12.0).abs() < 1e-8 && low < rel && rel < high && high - low < 0.2, "{low} {rel} {high}");
    assert_eq!(runs[0][6..], ["run.wall_s", "run.wall_s_rel", "run.wall_s_diff"]);
    assert_eq!(runs[5][6..], ["14", "1.16666667", "2"]);
}

#[test]
fn a_cell_whose_baseline_is_not_run_has_empty_columns() {
    let text = "[sweep]
         where = \"thread.hog.count == 3 || machine.cores == 2\"
         \"machine.cores\" = [1, 2]
         \"thread.hog.count\" = [1, 3]
         [baseline]
         thread.hog.count = 1";
    let plan = read(text);
    let baseline = plan.baseline.as_ref().unwrap();
    assert_eq!(cells(&plan), ["1 3", "2 1", "2 3"]);
    assert_eq!([0, 1, 2].map(|cell| baseline.partner(cell)), [None, Some(1), Some(1)]);
    let [summary, runs] = tables(&plan, |threads, _| f64::from(threads));
    assert_eq!(summary[1][14..], [""; 6]);
    assert_eq!(runs[1][7..], ["", ""]);
}

#[test]
fn the_paths_of_a_group_go_back_to_the_baseline_together() {
    let plan = read(
        "labels.kind = \"one\"
         [[zip]]
         labels.kind = [\"one\", \"two\", \"two\"]
         \"thread.hog.count\" = [1, 2, 3]
         [sweep]
         machine.cores = [1, 2]
         [baseline]
         labels.kind = \"two\"
         thread.hog.count = 3",
    );
    let baseline = plan.baseline.as_ref().unwrap();
    assert_eq!([0, 1, 2, 3, 4, 5].map(|cell| baseline.partner(cell).unwrap()), [2, 2, 2, 5, 5, 5]);
}
