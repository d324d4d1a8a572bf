//! What is wrong with a file is told with line, column, caret, what is allowed and the nearest name.

use std::path::Path;

use super::plan::{self, Overrides};
use super::source::{LONGEST_EXPERIMENT, Source};

/// A good thread in one line.
const HOG: &str = "thread = [{ name = \"hog\", steps = [{ compute = \"1ms\" }] }]\n";

/// The message about an experiment that has `text` after a good title and question, which are lines 1 and 2.
fn message(text: &str) -> String {
    message_with(text, &Overrides::default())
}

fn message_with(text: &str, overrides: &Overrides) -> String {
    let text = format!("title = \"T\"\nquestion = \"Q\"\n{text}");
    match plan::read(Path::new("experiments/bad.toml"), &Source::new("bad.toml", text), overrides) {
        Ok(plan) => panic!("read without complaint: {:?}", plan.cells),
        Err(error) => error.to_string(),
    }
}

/// Asserts that the message about `text` has each of the parts, in this order.
#[track_caller]
fn assert_told(text: &str, parts: &[&str]) {
    assert_parts(&message(text), parts);
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

/// A thread with one step, on line 3; the step begins in column 38.
fn step(step: &str) -> String {
    format!("thread = [{{ name = \"hog\", steps = [{{ {step} }}] }}]\n")
}

#[test]
fn a_message_shows_the_line_with_a_caret_below_the_mistake() {
    let expected = "\
error: `policy`: unknown policy `cpyton`
 --> bad.toml:4:19
  |
4 | lock = { policy = \"cpyton\" }
  |                   ^^^^^^^^ ";
    let told = message(&format!("{HOG}lock = {{ policy = \"cpyton\" }}"));
    assert!(told.starts_with(expected), "{told}");
    assert!(told.contains("= help: did you mean `cpython`?"), "{told}");
}

#[test]
fn what_is_not_toml_is_told_where_it_breaks() {
    assert_told("[machine", &["not TOML: unclosed table, expected `]`", "bad.toml:3:9"]);
    assert_told("a = 1\na = 2", &["not TOML", "bad.toml:4:1"]);
    assert_told(&format!("a = {}", "[".repeat(100_000)), &["not TOML", "bad.toml:3:"]);
    assert_told(&format!("a{} = 1", ".a".repeat(100_000)), &["not TOML"]);
}

#[test]
fn an_unknown_key_is_told_with_the_nearest_name_or_those_allowed() {
    assert_told("[machien]", &["unknown key `machien`", "3:2", "^^^^^^^", "did you mean `machine`?"]);
    assert_told(
        &format!("{HOG}[machine]\nzzz = 1"),
        &["unknown key `zzz`", "5:1", "allowed: `profile`, `cores`, `nodes`, `speed`"],
    );
    assert_told(
        &format!("{HOG}lock = {{ policy = \"cpython\", switch_intervall = \"5ms\" }}"),
        &["unknown key `switch_intervall`", "4:30", "did you mean `switch_interval`?", "the policy is `cpython`"],
    );
    assert_told(&step("compute = \"1ms\", count = \"x\""), &["one verb; this has `compute` and `count`"]);
    assert_told(&step("compute = \"1ms\", cuonts = \"x\""), &["unknown key `cuonts`", "did you mean `counts`?"]);
}

#[test]
fn a_missing_key_is_told_at_its_table() {
    assert_told("[[thread]]\nsteps = []", &["the key `name` is missing", "3:1", "^^^^^^^^^^ this needs `name"]);
    assert_told(&format!("{HOG}[lock]\nswitch_interval = \"1ms\""), &["the key `policy` is missing", "4:1"]);
    assert_told(&step("repeat = 2"), &["the key `steps` is missing", "3:36"]);
    assert_told("", &["nothing runs", "no thread and no pool"]);
}

#[test]
fn a_value_of_the_wrong_kind_is_told_with_what_is_wanted() {
    for (text, parts) in [
        ("machine = { cores = 0 }", ["4:21", "`cores` wants a whole number from 1 to 65536, or \"unlimited\""]),
        ("machine = { cores = 2.5 }", ["4:21", "`cores` wants a whole number"]),
        ("machine = { speed = 1 }", ["4:21", "`speed` wants a list"]),
        ("machine = { scheduler = \"fare\" }", ["4:25", "did you mean `fair`?"]),
        ("machine = { profile = \"linux\" }", ["4:23", "unknown profile `linux`"]),
        ("machine = { profile = \"nowhere.toml\" }", ["4:23", "cannot read nowhere.toml"]),
        ("machine = { quantum = \"1ms\" }", ["4:23", "belongs to the scheduler `round-robin`"]),
        ("run = { replications = 0 }", ["4:24", "found the number 0"]),
        ("run = { seed = \"one\" }", ["4:16", "found the string \"one\""]),
        ("lock = 3", ["4:8", "`lock` wants a table"]),
        ("pool = 3", ["4:8", "`pool` wants a list"]),
        ("labels = [1]", ["4:10", "`labels` wants a table"]),
        ("labels = { kind = [1] }", ["4:19", "`kind` wants a string, a number, true or false"]),
        ("params = 3", ["4:10", "`params` wants a table"]),
        ("source = 1979-05-27", ["4:10", "found a date"]),
    ] {
        let told = message(&format!("{HOG}{text}"));
        assert!(parts.iter().all(|part| told.contains(part)), "{parts:?} in {told}");
    }
}

#[test]
fn a_duration_needs_a_unit() {
    assert_told(
        &format!("{HOG}run = {{ duration = 5 }}"),
        &["`duration` wants a duration with a unit", "4:20", "found the number 5", "write \"5ms\""],
    );
    assert_told(
        &format!("{HOG}run = {{ duration = \"5 sec\" }}"),
        &["\"sec\" is not a unit of time", "4:23", "^^^ here", "the units are ns, us, ms, s, min and h"],
    );
    assert_told(&step("compute = \"0.5ns\""), &["not a whole number of nanoseconds", "3:49"]);
}

#[test]
fn the_caret_points_at_the_bad_argument_of_a_law() {
    assert_told(&step("compute = \"gama(2, 1ms)\""), &["unknown law `gama`", "3:49", "did you mean `gamma`?"]);
    assert_told(&step("compute = \"gamma(2, 1mz)\""), &["\"mz\" is not a unit", "3:59", "^^ here"]);
    assert_told(&step("compute = \"gamma(0, 1ms)\""), &["\"0\" is not a number above zero", "3:55"]);
    assert_told(&step("io = \"exp(1ms, 2ms)\""), &["`exp` wants mean", "3:44", "write exp(mean)"]);
    assert_told(&step("io = \"empirical(none.csv, t_s)\""), &["cannot read none.csv"]);
    assert_told(&step("io = \"empirical(none.csv, t)\""), &["does not end in _s, _ms, _us or _ns", "3:64"]);
    // With an escape the bytes of the value are not those of the file: the whole string is pointed at.
    assert_told(&step("io = \"exp(1\\u006dz)\""), &["\"mz\" is not a unit", "3:43"]);
}

#[test]
fn a_step_has_exactly_one_known_verb() {
    assert_told(&step("compuet = \"1ms\""), &["`compuet` is not a verb", "3:38", "did you mean `compute`?"]);
    assert_told(&step(""), &["this step has no verb", "3:36", "the verbs are `compute`, `call`"]);
    assert_told("thread = [{ name = \"hog\", steps = [\"compute\"] }]", &["wants steps such as", "3:36"]);
}

#[test]
fn a_name_must_be_that_of_a_fitting_object() {
    let objects = "[objects]\nlock = [\"db\"]\nevent = [\"go\"]\nsemaphore = { slots = 3 }\n";
    let told = |text: &str, parts: &[&str]| assert_told(&format!("{}{objects}", step(text)), parts);
    told("acquire = \"bd\"", &["unknown object `bd`", "3:48", "one of `db`, `slots`", "did you mean `db`?"]);
    told("acquire = \"go\"", &["wants a lock or a semaphore; `go` is an event", "3:48", "6 | event", "declared here"]);
    told(
        "acquire = \"db\", mode = \"read\"",
        &["`mode` wants a readers-writers lock; this is a lock", "declared here"],
    );
    told("put = \"jobs\"", &["unknown object `jobs`", "there are none", "declare a queue in [objects]"]);
    told("start = \"hgo\"", &["unknown thread or process `hgo`", "did you mean `hog`?"]);
    told("start = \"hog\"", &["`hog` begins by itself", "give it `begin = \"step\"`"]);
    told("start = \"main\"", &["`main` is the process of this thread", "3:46"]);
}

#[test]
fn names_are_unique_and_well_formed() {
    assert_told(
        &format!("{HOG}objects = {{ lock = [\"a\", \"a\"] }}"),
        &["used twice", "4:26", "here again", "first here"],
    );
    assert_told(&format!("{HOG}objects = {{ lock = [\"a\"], event = [\"a\"] }}"), &["used twice", "4:36"]);
    assert_told(&format!("{HOG}[[process]]\nname = \"hog\""), &["used twice", "3:20"]);
    assert_told(&format!("{HOG}[[process]]\nname = \"main\""), &["the process `main` is always there", "5:8"]);
    assert_told("thread = [{ name = \"a.b\", steps = [] }]", &["\"a.b\" cannot be a name", "3:20"]);
}

#[test]
fn a_condition_names_a_lock() {
    let told = |objects: &str, parts: &[&str]| assert_told(&format!("{HOG}[objects]\n{objects}"), parts);
    told("condition = { ready = \"db\" }", &["unknown object `db`", "5:23", "declare a lock"]);
    told("event = [\"db\"]\ncondition = { ready = \"db\" }", &["`ready` wants a lock; `db` is an event", "6:23"]);
}

#[test]
fn what_can_have_no_effect_is_a_mistake() {
    assert_told(&step("begin = \"job\""), &["nothing counts `job`", "3:46"]);
    assert_told(
        "thread = [{ name = \"a\", steps = [{ begin = \"jbo\" }, { compute = 0, counts = \"job\" }] }]",
        &["nothing counts `jbo`", "did you mean `job`, which is counted?"],
    );
    assert_told(
        "thread = [{ name = \"a\", steps = [{ compute = \"forever\" }, { io = \"1ms\" }] }]",
        &["this step is never reached", "3:59"],
    );
    assert_told(&step("compute = \"forever\", counts = \"x\""), &["never counted", "3:68"]);
    assert_told(&step("repeat = \"forever\", steps = []"), &["nothing is repeated for ever", "3:66"]);
    assert_told(
        "thread = [{ name = \"a\", begin = \"step\", steps = [] }]",
        &["no step starts `a`", "{ start = \"a\" }"],
    );
    assert_told(&format!("{HOG}[params]\nx = 1"), &["nothing uses the parameter `x`", "5:1"]);
    assert_told(&format!("{HOG}process = [{{ name = \"p\", start = \"fork\" }}]"), &["no step starts `p`", "4:21"]);
}

#[test]
fn threads_of_other_processes_are_out_of_reach() {
    let text = "
        process = [{ name = \"p\" }]
        thread = [
            { name = \"a\", process = \"p\", steps = [] },
            { name = \"b\", steps = [{ join = \"a\" }] },
        ]";
    assert_told(text, &["`a` belongs to the process `p`", "this thread is of the process `main`"]);
}

#[test]
fn probabilities_sum_to_one() {
    assert_told(
        &step("choose = [{ p = 0.3, steps = [] }, { p = 0.6, steps = [] }]"),
        &["must sum to 1", "3:47", "they sum to 0.8999999999999999"],
    );
    assert_told(&step("choose = [{ p = 1.5, steps = [] }]"), &["a probability from 0 to 1", "found the number 1.5"]);
}

#[test]
fn a_run_has_an_end() {
    assert_told(&step("compute = \"forever\""), &["the thread `hog` goes on for ever", "3:20", "duration = \"10s\""]);
    let arrivals = "thread = [{ name = \"a\", arrivals = \"exp(1ms)\", steps = [] }]";
    assert_told(arrivals, &["the thread `a` goes on for ever"]);
    assert_told(
        &format!("{HOG}run = {{ duration = \"1s\", warm_up = \"2s\" }}"),
        &["the warm-up leaves nothing of a run of 1s", "4:36"],
    );
}

#[test]
fn a_path_that_leads_nowhere_is_told_at_the_segment_in_question() {
    let told = |path: &str, parts: &[&str]| assert_told(&format!("{HOG}[sweep]\n\"{path}\" = [1]"), parts);
    told("thread.hgo.count", &["no [[thread]] is called `hgo`", "5:9", "^^^ leads nowhere", "did you mean `hog`?"]);
    told("thread.hog.cuont", &["unknown key `cuont`", "5:13", "did you mean `count`?"]);
    told("machien.cores", &["unknown key `machien`", "5:2", "did you mean `machine`?"]);
    told("pool.web.tasks", &["there is no [[pool]]", "5:2"]);
    told("thread.hog", &["`thread.hog` is a whole [[thread]]", "5:9", "write thread.hog.KEY"]);
    told("thread.hog.steps.0", &["is a list, not a table", "sweep params.name"]);
    told("params.x", &["no parameter is called `x`", "5:9"]);
    told("lock..x", &["is not a path"]);
    told("run.seed", &["`run.seed` cannot be swept", "5:1"]);
    assert_told(
        &format!("{HOG}params.work = 1\n[sweep]\nparams.wrok = [1]"),
        &["no parameter is called `wrok`", "did you mean `work`?"],
    );
}

#[test]
fn a_bad_value_of_a_sweep_is_told_in_the_sweep() {
    assert_told(
        &format!("{HOG}[sweep]\n\"lock.policy\" = [\"cpython\", \"cpyton\"]"),
        &["unknown policy `cpyton`", "5:29", "^^^^^^^^", "in the cell with lock.policy = cpyton"],
    );
    assert_told(&format!("{HOG}[sweep]\n\"machine.cores\" = []"), &["a list of at least one value", "5:19"]);
    assert_told(
        &format!("{HOG}[sweep]\n\"machine.cores\" = 2"),
        &["a list of values or a generator", "{ range = [1, 8] }"],
    );
    assert_told(
        &format!("{HOG}[[zip]]\n\"machine.cores\" = [1, 2]\n\"thread.hog.count\" = [1]"),
        &["equally long, not 2 and 1", "6:22", "2 values", "1 values"],
    );
    assert_told(
        &format!("{HOG}[sweep]\n\"machine.cores\" = [1]\n[[zip]]\n\"machine.cores\" = [1]"),
        &["swept twice", "7:1", "first here"],
    );
}

#[test]
fn an_unknown_parameter_is_told_with_the_nearest() {
    let text = format!("{}[params]\nwork = \"1ms\"", step("compute = \"$wrok\""));
    assert_told(&text, &["no parameter is called `wrok`", "3:48", "did you mean `work`?"]);
    assert_told(&step("compute = \"$x\""), &["no parameter is called `x`", "declare it in [params]"]);
}

#[test]
fn a_pool_says_what_it_needs() {
    let told =
        |keys: &str, parts: &[&str]| assert_told(&format!("[[pool]]\nname = \"web\"\nsteps = []\n{keys}"), parts);
    told("tasks = 1", &["the key `kind` is missing", "3:1"]);
    told("kind = \"thread\"\nworkers = 2", &["the key `tasks` is missing"]);
    told("kind = \"thread\"\ntasks = 2", &["the key `workers` is missing"]);
    told("kind = \"thraed\"\ntasks = 2", &["did you mean `thread`?"]);
    told("kind = \"fork\"\ntasks = 1\nworkers = 0", &["from 1 to 1000000", "8:11"]);
}

#[test]
fn a_figure_names_what_is_swept() {
    let figure =
        |keys: &str| format!("{HOG}[sweep]\n\"machine.cores\" = [1, 2]\n[[figure]]\ny = \"run.wall_s\"\n{keys}");
    assert_told(&figure("x = \"machine.core\""), &["unknown column", "8:5", "did you mean `machine.cores`?"]);
    assert_told(&figure(""), &["the key `x` is missing", "6:1"]);
    let told = |keys: &str, parts: &[&str]| assert_told(&figure(&format!("x = \"machine.cores\"\n{keys}")), parts);
    told("series = \"lock.policy\"", &["unknown column `lock.policy`", "9:10"]);
    told("where = { \"machine.cores\" = 3 }", &["`machine.cores` is never the number 3", "swept over [1, 2]"]);
    told("x_range = [2, 1]", &["two numbers, the lower first"]);
    told("reference = { file = \"nowhere.csv\" }", &["cannot read nowhere.csv", "9:22"]);
    told("[[figure]]\nx = \"machine.cores\"\ny = \"a\"", &["two figures have the same name"]);
}

#[test]
fn a_bad_override_is_told_as_it_was_given() {
    let told = |set: &str, parts: &[&str]| {
        let overrides = Overrides { set: vec![set.into()], ..Overrides::default() };
        let swept = format!("{HOG}[sweep]\n\"machine.cores\" = [1]");
        assert_parts(&message_with(&swept, &overrides), parts);
    };
    told("lock.policy", &["written path=value", "--set:1:1"]);
    told("lock.policy=[1", &["not TOML", "--set:1:15"]);
    told("thread.hgo.count=1", &["no [[thread]] is called `hgo`", "--set:1:8"]);
    told("run.duration=5", &["wants a duration with a unit", "--set:1:14"]);
    told("machine.cores=5", &["`machine.cores` is swept", "set sweep.machine.cores to a list"]);
    told("sweep.machine.core=[5]", &["`machine.core` is not swept", "did you mean `machine.cores`?"]);
}

#[test]
fn a_plan_of_too_many_runs_is_refused() {
    let text = format!("{HOG}[run]\nreplications = 600000\n[sweep]\n\"machine.cores\" = [1, 2]");
    assert_told(&text, &["the plan has 1200000 runs (2 cells, 600000 replications)", "7:1"]);
}

#[test]
fn a_file_that_cannot_be_read_is_told_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let load = |name: &str, bytes: &[u8]| {
        let path = directory.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        plan::load(&path, &Overrides::default()).unwrap_err().to_string()
    };
    assert_parts(
        &load("long.toml", &vec![b'#'; LONGEST_EXPERIMENT + 1]),
        &["long.toml", "more than 262144 bytes", "CSV"],
    );
    assert_parts(&load("bytes.toml", b"a = 1\nb = '\xff'"), &["bytes.toml:2:6", "not UTF-8", "0xff"]);
    assert_parts(&load("empty.toml", b""), &["the experiment is empty", "empty.toml"]);
    let missing = plan::load(&directory.path().join("none.toml"), &Overrides::default()).unwrap_err();
    assert_parts(&missing.to_string(), &["cannot read", "none.toml"]);
}

#[test]
fn a_multiple_wants_a_constant_duration_and_a_number() {
    assert_told(&step("compute = \"exp(1ms)\", times = 3"), &["only a constant duration can be multiplied", "repeat"]);
    assert_told(&step("compute = \"forever\", times = 3"), &["what goes on for ever cannot be multiplied"]);
    assert_told(&step("io = \"1ms\", times = -1"), &["`times` wants a whole number"]);
    assert_told(&step("sleep = \"9h\", times = 1000000000"), &["longer than 31 years"]);
    assert_told(&step("acquire = \"x\", times = 2"), &["unknown key `times`"]);
}

#[test]
fn a_measured_table_names_parameters_that_there_are() {
    let with = |table: &str| {
        format!("params = {{ hogs = 1 }}\nthread = [{{ name = \"t\", count = \"$hogs\", steps = [] }}]\n{table}")
    };
    let metrics = "metrics = { p50 = { metric = \"x\" } }";
    assert_told(&with("measured = { scenario = \"s\" }"), &["the key `metrics` is missing"]);
    assert_told(
        &with(&format!("measured = {{ scenario = \"s\", {metrics}, inputs = [{{ hosg = 1 }}] }}")),
        &["no parameter is called `hosg`", "did you mean `hogs`?"],
    );
    let baseline =
        format!("measured = {{ scenario = \"s\", {metrics}, baseline = {{ with = {{}}, free = [\"swich\"] }} }}");
    assert_told(&with(&baseline), &["no parameter is called `swich`", "did you mean `switch`?"]);
    assert_told(
        &with("measured = { scenario = \"s\", metrics = { p50 = { metric = \"x\", factor = 0 } } }"),
        &["`factor` wants a number above zero"],
    );
}

#[test]
fn a_nice_level_is_one_that_linux_has() {
    for level in ["-21", "20", "0.5", "\"high\""] {
        let text = format!("thread = [{{ name = \"hog\", nice = {level}, steps = [{{ compute = \"1ms\" }}] }}]\n");
        assert_told(&text, &["`nice` wants a whole number from -20 to 19", "3:34"]);
    }
}

#[test]
fn control_variates_that_cannot_adjust_anything_are_refused() {
    let random = "thread = [{ name = \"t\", steps = [{ compute = \"exp(1ms)\" }] }]\n";
    let with = |thread: &str, run: &str| format!("{thread}[run]\n{run}\ncontrol_variates = true");
    let cases = [
        (
            with(random, "replications = 6"),
            ["6 replications are too few for control variates, which take 7", "bad.toml:6", "do more replications"],
        ),
        (
            with(&format!("{HOG}machine.profile = \"ideal\"\n"), "replications = 20"),
            ["nothing is drawn at random in any cell", "bad.toml:7", "name a random law"],
        ),
        (
            with(random, "duration = \"9s\"\nwarm_up = \"auto\"\nbatches = 20"),
            ["the times at which batches end hang on what is drawn", "bad.toml:8", "write a warm_up"],
        ),
        (
            format!(
                "{}\n[tune]\nover = {{ \"machine.cores\" = [1, 2] }}\nminimise = \"run.wall_s\"",
                with(&format!("{random}machine.cores = 2\n"), "replications = 20")
            ),
            ["a procedure of its own, which takes no controls", "bad.toml:7", "run the settings of interest"],
        ),
        (format!("{random}run.control_variates = 3"), ["`control_variates` wants true or false", "bad.toml:4:24", "^"]),
    ];
    for (text, parts) in cases {
        assert_told(&text, &parts);
    }
    assert_eq!(message_with_single(&with(random, "replications = 7")), None, "one of them can be run alone");
}

/// What is wrong with an experiment of which one replication is run.
fn message_with_single(text: &str) -> Option<String> {
    let overrides = Overrides { replication: Some(3), ..Overrides::default() };
    let text = format!("title = \"T\"\nquestion = \"Q\"\n{text}");
    let plan = plan::read(Path::new("experiments/good.toml"), &Source::new("good.toml", text), &overrides);
    plan.err().map(|error| error.to_string())
}
