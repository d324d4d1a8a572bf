//! What is wrong with a sweep, an expression or a base file is told with its place and a hint, and quickly.

use std::path::Path;

use super::plan::{self, Overrides};
use super::source::Source;

const HOG: &str = "title = \"T\"\nquestion = \"Q\"\nthread = [{ name = \"hog\", steps = [{ compute = \"1ms\" }] }]\n";

fn message_with(text: &str, overrides: &Overrides) -> String {
    let text = Source::new("bad.toml", format!("{HOG}{text}"));
    match plan::read(Path::new("experiments/bad.toml"), &text, overrides) {
        Ok(plan) => panic!("read without complaint: {:?}", plan.cells.len()),
        Err(error) => error.to_string(),
    }
}

/// Asserts that the message about `text`, which begins on line 4, has each of the parts, in this order.
#[track_caller]
fn assert_told(text: &str, parts: &[&str]) {
    assert_parts(&message_with(text, &Overrides::default()), parts);
}

#[track_caller]
fn assert_parts(message: &str, parts: &[&str]) {
    let mut rest = message;
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => panic!("`{part}` is missing from\n{message}"),
        }
    }
}

#[test]
fn a_bad_generator_is_told_where_it_is_written() {
    let told = |value: &str, parts: &[&str]| assert_told(&format!("[sweep]\n\"machine.cores\" = {value}"), parts);
    told("{ range = [8, 1] }", &["empty or upside down", "5:29", "^^^^^^", "write range = [1, 8]"]);
    told("{ linspace = [1, 8] }", &["the key `n` is missing", "5:19"]);
    told("{ linspace = [1, 8], n = 1000000 }", &["`n` wants a whole number from 2 to 100000", "5:44"]);
    told("{ linspce = [1, 8], n = 2 }", &["unknown key `linspce`", "5:21", "did you mean `linspace`?"]);
    told("{ linspace = [1, 3], n = 5 }", &["no 5 different values", "5:44", "write 0.0 for 0"]);
    told("{ range = [1, 2000000000] }", &["has 2000000000 values", "5:29", "larger `step`"]);
    assert_told(
        "[sweep]\nrun.duration = { linspace = [\"1ms\", \"5\"], n = 3 }",
        &["`linspace`: \"5\" has no unit", "5:38"],
    );
    assert_told(
        "[sweep]\nrun.duration = { linspace = [1, 5], n = 5 }",
        &["`duration` wants a duration with a unit", "5:16", "found the number 1"],
    );
}

#[test]
fn a_bad_sample_is_told_where_it_is_written() {
    let told = |keys: &str, parts: &[&str]| assert_told(&format!("[sample]\n{keys}"), parts);
    told("n = 3\n\"machine.cores\" = [1, 2]", &["the key `kind` is missing", "4:1"]);
    told("kind = \"sobl\"\nn = 3", &["unknown value `sobl`", "5:8", "did you mean `sobol`?"]);
    told("kind = \"sobol\"\nn = 70000\nmachine.cores = [1]", &["from 1 to 65536", "6:5"]);
    told("kind = \"sobol\"\nn = 8", &["`sample` wants at least one path"]);
    told("kind = \"sobol\"\nn = 8\nmachine.cores = { linspace = [1, 4], n = 2 }", &["unknown key `n`", "7:38"]);
    told("kind = \"sobol\"\nn = 8\nrun.seed = [1, 2]", &["`run.seed` cannot be swept", "7:5"]);
    for fixed in ["run.independent", "run.batches", "run.metrics", "run.replications.min", "baseline.x", "title"] {
        let name = fixed.trim_end_matches(".min").trim_end_matches(".x");
        let message = format!("`{name}` cannot be swept");
        told(&format!("kind = \"sobol\"\nn = 8\n{fixed} = [1, 2]"), &[&message]);
    }
}

#[test]
fn a_bad_condition_is_told_at_the_part_in_question() {
    let told = |condition: &str, parts: &[&str]| {
        assert_told(&format!("[sweep]\nwhere = {condition}\n\"machine.cores\" = [1, 2]"), parts);
    };
    told("\"machine.core > 1\"", &["`where`: there is no `machine.core`", "5:10", "^^^^^^^^^^^^", "`machine.cores`"]);
    told("\"machine.cores > \\\"1ms\\\"\"", &["compares a number with a string", "5:9"]);
    told("'machine.cores > \"1ms\"'", &["compares a number with a string", "5:10"]);
    told("\"machine.cores\"", &["`where` wants true or false, not a number", "compare it with something"]);
    told("\"machine.cores >\"", &["this is not an expression: mismatched input its end\n", "5:25", "for example"]);
    told("\"\"\"\n true &&\n machine.core > 1\"\"\"", &["there is no `machine.core`", "7:2", "^^^^^^^^^^^^ here"]);
    told("[\"true\", 3]", &["`where` wants a string", "5:18"]);
    told("\"machine.cores > 2\"", &["`where` drops every cell", "5:9", "holds for no point"]);
    assert_told(
        "[sweep]\nwhere = \"machine.cores == 1\"\n\"machine.cores\" = [1, \"unlimited\"]",
        &["`machine.cores` has values of several types", "5:10", "a label of one type"],
    );
}

#[test]
fn a_bad_selection_is_told_as_it_was_given() {
    let told = |only: &str, parts: &[&str]| {
        let overrides = Overrides { only: Some(only.into()), ..Overrides::default() };
        assert_parts(&message_with("[sweep]\n\"machine.cores\" = [1, 2]", &overrides), parts);
    };
    told("machine.cores > 7", &["none of 2 cells is selected", "--only:1:1", "`gilsim check` lists the cells"]);
    told("cel == 1", &["there is no `cel`", "--only:1:1", "did you mean `cell`?"]);
    let overrides = Overrides { set: vec!["zip.load.x=[1]".into()], ..Overrides::default() };
    assert_parts(&message_with("", &overrides), &["is in no named [[zip]]", "--set:1:1"]);
    let overrides = Overrides { set: vec!["sample.n=1".into()], ..Overrides::default() };
    assert_parts(&message_with("", &overrides), &["there is no [sample]", "--set:1:1"]);
}

#[test]
fn a_bad_derived_metric_is_told_before_anything_runs() {
    let told = |metric: &str, parts: &[&str]| assert_told(&format!("[metrics]\n{metric}"), parts);
    told("x = \"run.wal_s * 2\"", &["there is no `run.wal_s`", "5:6", "^^^^^^^^^", "did you mean `run.wall_s`?"]);
    told("x = 3", &["`x` wants a string", "5:5"]);
    told("x = \"run.wall_s > 1\"", &["`x` wants a number, not true or false", "? 1 : 0"]);
    told("x = \"duration('1s')\"", &["not a duration", "seconds(…)"]);
    told("\"run.wall_s\" = \"1\"", &["there is a `run.wall_s` already", "5:1"]);
    told("events = \"run.wall_s\"", &["a column of the results is called `events`", "5:1", "another name"]);
    told("\"a b\" = \"1\"", &["\"a b\" cannot be a metric", "5:1"]);
    told("x = \"y\"\ny = \"1\"", &["there is no `y`", "5:6"]);
}

#[test]
fn a_bad_baseline_is_told() {
    let told = |baseline: &str, parts: &[&str]| {
        let swept = "[sweep]\n\"machine.cores\" = [1, 2]\n[[zip]]\nlock.policy = [\"cpython\", \"cpython\"]\n\
                     \"thread.hog.count\" = [1, 2]\n[baseline]\n";
        assert_told(&format!("{swept}{baseline}"), parts);
    };
    told("machine.core = 1", &["`machine.core` is not swept", "10:9", "did you mean `machine.cores`?"]);
    told("machine.cores = 3", &["`machine.cores` is never the number 3", "10:17", "these are its values"]);
    told(
        "lock.policy = \"cpython\"",
        &["several rows of `lock.policy + thread.hog.count` fit", "9:1", "advance together"],
    );
    told("", &["`baseline` wants at least one swept path"]);
}

#[test]
fn a_base_file_that_cannot_be_used_is_told() {
    let root = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(root.path().join(name), text).unwrap();
    write("a.toml", "include = \"b.toml\"");
    write("b.toml", "include = \"c.toml\"");
    write("c.toml", "include = \"./a.toml\"");
    write("self.toml", "include = \"self.toml\"");
    write("lost.toml", "include = \"nowhere.toml\"");
    write("number.toml", "include = 3");
    write("bad.toml", "title = \"T\"\nquestion = \"Q\"\ninclude = \"broken.toml\"");
    write("broken.toml", "[machine\n");
    write("twice.toml", &format!("include = [{}]", "\"empty.toml\", ".repeat(100)));
    write("empty.toml", "");
    write("long.toml", &format!("include = [\"fat.toml\", \"fat.toml\"]\n#{}", "x".repeat(1000)));
    write("fat.toml", &format!("# {}", "x".repeat(200_000)));
    let load = |name: &str| plan::load(&root.path().join(name), &Overrides::default()).unwrap_err().to_string();
    assert_parts(
        &load("a.toml"),
        &["include each other in a circle", "c.toml:1:11", "a.toml includes ", "b.toml includes "],
    );
    assert_parts(&load("self.toml"), &["in a circle", "self.toml:1:11"]);
    assert_parts(&load("lost.toml"), &["cannot read nowhere.toml", "lost.toml:1:11"]);
    assert_parts(&load("number.toml"), &["`include` wants a string", "number.toml:1:11"]);
    assert_parts(&load("bad.toml"), &["not TOML", "broken.toml:1:9"]);
    assert_parts(&load("twice.toml"), &["more than 64 files"]);
    assert_parts(&load("long.toml"), &["more than 262144 bytes", "long.toml:1:24"]);
}

fn lines(indices: std::ops::Range<u32>, line: impl Fn(u32) -> String) -> String {
    indices.map(line).collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn a_plan_of_a_billion_runs_is_refused_at_once() {
    let axes = lines(0..9, |index| format!("\"params.p{index}\" = {{ range = [1, 10] }}"));
    let params = lines(0..9, |index| format!("p{index} = 1"));
    let billion = format!("[params]\n{params}[sweep]\n{axes}");
    assert_told(&billion, &["the plan has 1000000000 runs (1000000000 cells, 1 replications)", "a [sample] covers"]);
    assert_told(&format!("{billion}where = \"params.p0 == 1\""), &["the plan has 1000000000 runs"]);
    assert_told(
        "run.replications = 600000\n[sweep]\n\"machine.cores\" = [1, 2]",
        &["the plan has 1200000 runs (2 cells, 600000 replications)", "6:1"],
    );
    assert_told("[sweep]\n\"machine.cores\" = { range = [1, 1000000] }", &["has 1000000 values"]);
}

#[test]
fn files_that_multiply_are_refused() {
    let doubled = lines(1..60, |index| format!("p{index} = [\"$p{0}\", \"$p{0}\"]", index - 1));
    assert_told(&format!("[params]\np0 = 1\n{doubled}"), &["stand for more than 100000 values", "multiply"]);
    let names = lines(0..10_000, |index| format!("\"n{index}\","));
    let cells = "[sweep]\n\"machine.cores\" = { range = [1, 6000] }";
    assert_told(&format!("objects.lock = [{names}]\n{cells}"), &["6000 cells of ", "are too much to read"]);
    let paths = lines(0..300, |index| format!("\"params.p{index}\" = [1]"));
    assert_told(&format!("[sweep]\n{paths}"), &["300 paths are swept; at most 256"]);
    let deep = "a.".repeat(10_000);
    assert_told(
        &format!("[quick]\n\"lock.{deep}x\" = 1\n[sweep]\n\"lock.{deep}x\" = [1]"),
        &["the path has 10002 parts"],
    );
}

#[test]
fn a_long_name_is_no_slip_of_the_pen() {
    let long = "x".repeat(100_000);
    assert_told(&format!("{long} = 1"), &["unknown key"]);
    assert_told(&format!("lock = {{ policy = \"{long}\" }}"), &["unknown policy"]);
}

#[test]
fn a_metric_that_is_called_like_a_comparison_with_the_baseline_is_told_with_both_places() {
    let swept = "[sweep]\n\"machine.cores\" = [1, 2]\n[metrics]\nspeed = \"1.0 / run.wall_s\"\n";
    let baseline = "[baseline]\n\"machine.cores\" = 1";
    for (name, of) in [("speed_rel", "speed"), ("speed_diff", "speed"), ("run.wall_s_rel", "run.wall_s")] {
        let metric = format!("{swept}\"{name}\" = \"2.0 * run.wall_s\"\n");
        let told = format!("`{name}` is what the comparison of `{of}` with the baseline is called");
        assert_told(&format!("{metric}{baseline}"), &[&told, "8:1", "9 | [baseline]", "another name"]);
        assert!(reads(&metric), "without a baseline there is no comparison");
    }
    assert!(reads(&format!("{swept}other_rel = \"2.0 * speed\"\n{baseline}")), "there is no `other`");
    assert_told(
        "[sweep]\n\"interpreter.check_gap\" = [\"1us\"]\n[metrics]\n\"interpreter.check_gap_s\" = \"1.0\"",
        &["a column of the results is called `interpreter.check_gap_s`", "7:1"],
    );
}

fn reads(text: &str) -> bool {
    let text = Source::new("good.toml", format!("{HOG}{text}"));
    plan::read(Path::new("experiments/good.toml"), &text, &Overrides::default()).is_ok()
}
