//! What is wrong with a `[tune]` table is told with its place and a hint, before anything runs.

use std::path::Path;

use super::plan::{self, Overrides, Plan};
use super::source::Source;

const HOG: &str = "title = \"T\"\nquestion = \"Q\"\nmachine.cores = 2\nlock = { policy = \"cpython\", switch_interval = \"5ms\" }\n\
                   thread = [{ name = \"hog\", steps = [{ compute = \"1ms\" }] }]\n";

fn read(text: &str) -> Result<Plan, String> {
    let text = Source::new("bad.toml", format!("{HOG}{text}"));
    plan::read(Path::new("experiments/bad.toml"), &text, &Overrides::default()).map_err(|error| error.to_string())
}

/// Asserts that the message about `text`, which begins on line 6, has each of the parts, in this order.
#[track_caller]
fn told(text: &str, parts: &[&str]) {
    let message = read(text).map(|plan| plan.title).unwrap_err();
    let mut rest = message.as_str();
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => panic!("`{part}` is missing from\n{message}"),
        }
    }
}

/// The same about keys beside one range, from line 8 on.
#[track_caller]
fn told_of(keys: &str, parts: &[&str]) {
    told(&format!("[tune]\nover = {{ \"machine.cores\" = {{ range = [1, 4] }} }}\n{keys}"), parts);
}

/// The same about what is varied, from line 8 on.
#[track_caller]
fn told_over(paths: &str, parts: &[&str]) {
    told(&format!("[tune]\nminimise = \"run.wall_s\"\n[tune.over]\n{paths}"), parts);
}

#[test]
fn what_is_wanted_must_be_said_once() {
    told_of("", &["the key `maximise` is missing", "6:1", "maximise = \"…\", minimise"]);
    told_of("maximise = \"run.wall_s\"\nminimise = \"run.wall_s\"", &["there is a `maximise` already", "9:12"]);
    told_of("maximise = \"run.wal_s\"", &["`maximise`: there is no `run.wal_s`", "8:13", "did you mean `run.wall_s`?"]);
    told_of("maximise = \"run.wall_s > 1\"", &["`maximise` wants a number, not true or false", "8:12", "? 1 : 0"]);
    told_of("maximise = \"lock.switch_interval\"", &["wants a number, not a duration", "write seconds(…)"]);
    told_of("objectives = []", &["`objectives` wants at least one objective", "8:14"]);
    told_of("objectives = [{}]", &["the key `maximise` is missing", "or `minimise`"]);
    told_of(
        "objectives = [{ maximise = \"run.wall_s\", minimise = \"run.wall_s\" }]",
        &["an objective goes one way", "8:53"],
    );
    told_of(
        "objectives = [{ maximise = \"run.wall_s\", weight = 1 }, { minimise = \"run.wall_s\" }]",
        &["some objectives have a weight and some have none", "with weights there is one best setting"],
    );
    told_of("objectives = [{ maximise = \"run.wall_s\", weight = 0 }]", &["`weight` wants a number above zero"]);
}

#[test]
fn a_constraint_is_one_comparison_of_numbers() {
    let told_of = |constraint: &str, parts: &[&str]| {
        told_of(&format!("maximise = \"run.wall_s\"\nconstraints = [{constraint}]"), parts);
    };
    told_of(
        "\"run.wall_s\"",
        &["`constraints` wants true or false, not a number", "9:16", "compare it with something"],
    );
    told_of(
        "\"run.wall_s < 1 && run.wall_s > 0\"",
        &["a constraint is one comparison", "9:16", "a list may have several"],
    );
    told_of("\"run.wall_s == 1\"", &["a constraint is one comparison"]);
    told_of("'lock.switch_interval < \"1ms\"'", &["wants a number, not a duration", "9:16"]);
    told_of("\"run.wall < 1\"", &["there is no `run.wall`", "9:17", "did you mean `run.wall_s`?"]);
}

#[test]
fn what_is_varied_must_exist_and_have_a_default_and_a_range() {
    told("[tune]\nminimise = \"run.wall_s\"", &["the key `over` is missing", "6:1"]);
    told_over("", &["nothing is tuned", "8:1", "logspace"]);
    told_over(
        "machine.core = [1, 2]",
        &["the file does not say what `machine.core` is by default", "9:9", "write its value"],
    );
    told_over("machine.cores = { range = [4, 1] }", &["empty or upside down", "9:27", "write range = [1, 4]"]);
    told_over("machine.cores = { range = [2, 2] }", &["empty or upside down"]);
    told_over("machine.cores = []", &["`machine.cores` wants a list of at least one value", "9:17"]);
    told_over("machine.cores = { range = [0, 4] }", &["`cores` wants a whole number from 1", "machine.cores = 0"]);
    told_over("lock.switch_interval = { logspace = [\"0\", \"1ms\"] }", &["a logarithmic range begins above zero"]);
    told_over("lock.switch_interval = { logspace = [\"1us\", \"1ms\"], n = 3 }", &["unknown key `n`", "9:53"]);
    told_over("lock.policy = [\"cpython\", \"fifo\"]", &["unknown", "fifo"]);
    told_over("run.seed = [1, 2]", &["`run.seed` cannot be swept"]);
    told_over("tune.confidence = [0.9]", &["`tune` cannot be swept"]);
    told_over(
        "lock = [{ policy = \"cpython\", switch_interval = { logspace = [\"1ms\", \"1us\"] } }]",
        &["empty or upside down", "9:62"],
    );
}

#[test]
fn a_value_that_is_a_parameter_is_tuned_as_one() {
    let text = "[params]\nwork = \"1ms\"\n[[pool]]\nname = \"p\"\nkind = \"thread\"\nworkers = \"$work\"\ntasks = 1\nsteps = []\n";
    let text = format!("{text}[tune]\nminimise = \"run.wall_s\"\n[tune.over]\npool.p.workers = [1, 2]");
    let message = read(&text).map(|plan| plan.title).unwrap_err();
    assert!(message.contains("tune params.work") || message.contains("workers"), "{message}");
}

#[test]
fn the_budget_and_the_rest_have_limits() {
    let told_of = |keys: &str, parts: &[&str]| told_of(&format!("minimise = \"run.wall_s\"\n{keys}"), parts);
    told_of("budget = { runs = 5 }", &["`runs` wants a whole number from 10 to 1000000", "9:19"]);
    told_of("budget = { time = \"0s\" }", &["`time` wants a duration above zero"]);
    told_of("budget = { precision = 2 }", &["`precision` wants a share above 0 and below 1"]);
    told_of("confidence = 1", &["`confidence` wants a number from 0.5 to less than 1"]);
    told_of("replications = 2", &["`replications` wants a whole number from 3"]);
    told_of("selection = \"knn\"", &["unknown value `knn`", "did you mean `kn`?"]);
    told_of("sensitivity = { samples = 4 }", &["`samples` wants a whole number from 8"]);
    told_of("budgets = {}", &["unknown key `budgets`", "did you mean `budget`?"]);
}

#[test]
fn a_good_table_is_read_with_its_defaults() {
    let plan = read("[tune]\nminimise = \"run.wall_s\"\nover = { \"machine.cores\" = { range = [1, 4] } }").unwrap();
    let tune = plan.tune.unwrap();
    assert_eq!((tune.budget.runs, tune.replications, tune.space.count()), (2000, 10, Some(4)));
    assert_eq!(tune.space.describe(&tune.space.default()), "machine.cores = 2");
    assert_eq!(tune.space.columns(), ["machine.cores"]);
}
