//! Whatever stands in a file, reading it ends: in a plan of bounded size, or in one message. Never in a panic, and never
//! in more memory than a plan may have.
//!
//! `make fuzz` tries a million inputs and more: the shipped files with their tokens shuffled, replaced and repeated; bytes
//! changed at random; expressions of random tokens. The ordinary tests try some thousand of each.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use gilsim::experiment::diagnostic::Checked;
use gilsim::experiment::plan::{self, Overrides, Plan};
use gilsim::experiment::source::Source;
use gilsim::experiment::{schema, tree};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

/// The most memory that reading may take, in kilobytes, with all that the tests have beside it.
const MOST_MEMORY: u64 = 1_500_000;

/// The longest message, in bytes.
const LONGEST_MESSAGE: usize = 20_000;

/// An experiment that uses what the shipped ones do not.
const LANGUAGE: &str = "\
title = \"T\"
question = \"Q\"
machine = { cores = 2, speed = \"$list\", power = { active_w = 10, spin_w = 6.5, idle_w = 1 } }
thread = [{ name = \"hog\", count = \"$hogs\", steps = [{ compute = \"exp(1ms)\", counts = \"done\" }] }]
objects = { lock = [\"db\"], queue = { jobs = 4 }, condition = { ready = \"db\" }, barrier = { all = 2 } }
params = { hogs = 1, list = [\"$hogs\", \"$hogs\"] }
labels = { kind = \"a\" }
[sweep]
where = [\"thread.hog.count <= machine.cores || params.hogs in [1, 2]\", \"lock.switch_interval >= '1us'\"]
\"lock.policy\" = [\"cpython\"]
\"lock.switch_interval\" = { logspace = [\"1us\", \"100ms\"], n = 3 }
[[zip]]
name = \"load\"
labels.kind = [\"a\", \"b\"]
\"params.hogs\" = { range = [1, 2], step = 1 }
[sample]
kind = \"sobol\"
n = 4
seed = 3
\"interpreter.check_gap\" = { linspace = [\"10ns\", \"1us\"] }
\"machine.cores\" = { list = [1, 2, 4] }
[metrics]
per_core = \"done.rate_per_s / machine.cores\"
ratio = \"lock.switch_interval / duration('5ms') + (per_core > 1 ? 1 : 0)\"
[baseline]
\"lock.switch_interval\" = \"1us\"
[run]
replications = 2
[quick]
\"sample.n\" = 2
\"zip.load.labels.kind\" = [\"b\", \"a\"]
[[figure]]
x = \"lock.switch_interval\"
y = \"per_core\"
series = \"labels.kind\"
";

/// Values and names that are at or beyond a limit.
const NASTY: [&str; 48] = [
    "0",
    "-1",
    "1",
    "3",
    "9223372036854775807",
    "-9223372036854775808",
    "99999999999999999999",
    "1e308",
    "1e-320",
    "nan",
    "inf",
    "-inf",
    "0.5",
    "true",
    "\"\"",
    "\"$hogs\"",
    "\"$x\"",
    "\"5\"",
    "\"5ms\"",
    "\"31y\"",
    "\"9e9h\"",
    "\"exp(1ms)\"",
    "\"exp(\"",
    "\"gamma(1e300, 1ns)\"",
    "\"forever\"",
    "\"unlimited\"",
    "\"all\"",
    "\"µ\\u0000\u{1F600}\"",
    "\"a.b.c\"",
    "\"lock\"",
    "\"thread.hog\"",
    "[]",
    "{}",
    "[[]]",
    "[1, \"2\", {}]",
    "{ range = [1, 1000000000] }",
    "{ range = [0.0, 1.0], step = 1e-9 }",
    "{ linspace = [1, 100000], n = 100000 }",
    "{ logspace = [1e-300, 1e300], n = 9 }",
    "{ list = [1, 2] }",
    "\n[sweep]\n",
    "\n[[zip]]\n",
    "\n[sample]\n",
    "\n[params]\n",
    "\n[[thread]]\n",
    "1979-05-27",
    "include",
    "\"include\"",
];

/// So many of the words are operands.
const OPERANDS: usize = 20;

/// Parts of expressions.
const WORDS: [&str; 44] = [
    "machine.cores",
    "lock.policy",
    "lock.switch_interval",
    "thread.hog.count",
    "thread[\"hog\"].count",
    "params.hogs",
    "labels.kind",
    "run.wall_s",
    "cell",
    "x",
    "1",
    "0",
    "2.5",
    "1e308",
    "9223372036854775807",
    "'cpython'",
    "\"5ms\"",
    "'1'",
    "true",
    "null",
    "b'x'",
    "[1, 2]",
    "[]",
    "{1: 2}",
    "(",
    ")",
    "[",
    "]",
    "+",
    "-",
    "*",
    "/",
    "%",
    "==",
    "!=",
    "<",
    ">=",
    "&&",
    "||",
    "!",
    "?",
    ":",
    " in ",
    "min(",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The texts that are mutated.
static CORPUS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut texts = vec![LANGUAGE.to_owned()];
    for directory in ["experiments", "experiments/measured"] {
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(root().join(directory)).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
        paths.sort();
        texts.extend(paths.iter().map(|path| std::fs::read_to_string(path).unwrap()));
    }
    texts
});

/// The tokens of each text: strings, words, single characters.
static TOKENS: LazyLock<Vec<Vec<String>>> = LazyLock::new(|| CORPUS.iter().map(|text| tokens(text)).collect());

fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => rest[1..].find(['"', '\n']).map_or(rest.len(), |end| end + 2),
            '#' => rest.find('\n').unwrap_or(rest.len()),
            c if c.is_alphanumeric() => {
                rest.find(|c: char| !c.is_alphanumeric() && !"_-.".contains(c)).unwrap_or(rest.len())
            }
            c => c.len_utf8(),
        };
        tokens.push(rest[..length].to_owned());
        rest = &rest[length..];
    }
    tokens
}

/// A change of a list of tokens: which, where, and what for.
#[derive(Debug, Clone)]
enum Change {
    Delete(usize, usize),
    Repeat(usize, usize, usize),
    Swap(usize, usize),
    Replace(usize, usize),
    Insert(usize, usize),
    /// A token of the same kind instead: a string, a number, a word.
    Exchange(usize, usize),
    /// Tokens of another text.
    Borrow(usize, usize, usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let place = any::<usize>;
    prop_oneof![
        1 => (place(), 1..20_usize).prop_map(|(at, count)| Change::Delete(at, count)),
        1 => (place(), 1..30_usize,1..5_usize).prop_map(|(at, count, times)| Change::Repeat(at, count, times)),
        1 => (place(), place()).prop_map(|(one, other)| Change::Swap(one, other)),
        4 => (place(), place()).prop_map(|(at, what)| Change::Replace(at, what)),
        8 => (place(), place()).prop_map(|(at, what)| Change::Exchange(at, what)),
        2 => (place(), place()).prop_map(|(at, what)| Change::Insert(at, what)),
        2 => (place(), place(), place(), 1..40_usize).prop_map(|(at, text, from, count)| Change::Borrow(at, text, from, count)),
    ]
}

impl Change {
    fn apply(&self, tokens: &mut Vec<String>) {
        let length = tokens.len().max(1);
        // Tokens that mean something are hit more often than blanks.
        let solid = |tokens: &[String], at: usize| {
            let at = at % length;
            (at..tokens.len()).find(|&index| !tokens[index].trim().is_empty()).unwrap_or(at)
        };
        let nasty = |what: usize| NASTY[what % NASTY.len()].to_owned();
        match *self {
            _ if tokens.is_empty() => {}
            Self::Delete(at, count) => {
                let at = solid(tokens, at);
                tokens.drain(at..(at + count).min(length));
            }
            Self::Repeat(at, count, times) => {
                let at = at % length;
                let part = tokens[at..(at + count).min(length)].to_vec();
                (0..times).for_each(|_| drop(tokens.splice(at..at, part.clone())));
            }
            Self::Swap(one, other) => {
                let (one, other) = (solid(tokens, one), solid(tokens, other));
                tokens.swap(one, other);
            }
            Self::Replace(at, what) => {
                let at = solid(tokens, at);
                tokens[at] = nasty(what);
            }
            Self::Exchange(at, what) => {
                let kind =
                    |token: &str| token.chars().next().map(|c| (c == '"', c.is_ascii_digit(), c.is_alphabetic()));
                let at = solid(tokens, at);
                let others = TOKENS[what % TOKENS.len()].iter().filter(|other| kind(other) == kind(&tokens[at]));
                let others: Vec<String> = others.cloned().collect();
                if !others.is_empty() {
                    tokens[at].clone_from(&others[what / TOKENS.len() % others.len()]);
                }
            }
            Self::Insert(at, what) => tokens.insert(at % length, nasty(what)),
            Self::Borrow(at, text, from, count) => {
                let other = &TOKENS[text % TOKENS.len()];
                let from = from % other.len();
                let part = other[from..(from + count).min(other.len())].to_vec();
                let at = at % length;
                tokens.splice(at..at, part);
            }
        }
    }
}

fn overrides() -> impl Strategy<Value = Overrides> {
    let set = prop_oneof![
        3 => Just(Vec::new()),
        1 => (0..WORDS.len(), 0..NASTY.len()).prop_map(|(path, value)| vec![format!("{}={}", WORDS[path], NASTY[value])]),
    ];
    let only = prop_oneof![4 => Just(None), 1 => expression().prop_map(Some)];
    (any::<bool>(), set, only).prop_map(|(quick, set, only)| Overrides { quick, set, only, ..Overrides::default() })
}

/// Random words, or words in a random order that has the form of an expression.
fn expression() -> impl Strategy<Value = String> {
    let words = prop::collection::vec(0..WORDS.len(), 1..14)
        .prop_map(|words| words.into_iter().map(|word| WORDS[word]).collect::<String>());
    let formed = (0..OPERANDS).prop_map(|word| WORDS[word].to_owned()).prop_recursive(5, 24, 3, |part| {
        let operator = prop::sample::select(vec!["+", "-", "*", "/", "%", "==", "!=", "<", ">=", "&&", "||", " in "]);
        let function = prop::sample::select(vec!["!", "-", "abs", "seconds", "duration", "sqrt", "has"]);
        prop_oneof![
            4 => (part.clone(), operator, part.clone()).prop_map(|(one, operator, other)| format!("({one} {operator} {other})")),
            1 => (function, part.clone()).prop_map(|(function, one)| format!("{function}({one})")),
            1 => (part.clone(), part.clone(), part.clone()).prop_map(|(c, a, b)| format!("({c} ? {a} : {b})")),
            1 => prop::collection::vec(part.clone(), 0..4).prop_map(|parts| format!("[{}]", parts.join(", "))),
            1 => prop::collection::vec(part, 0..4).prop_map(|parts| format!("max({})", parts.join(", "))),
        ]
    });
    prop_oneof![1 => words, 2 => formed]
}

fn read(text: &Arc<Source>, overrides: &Overrides) -> Checked<Plan> {
    plan::read(&root().join("experiments/fuzz.toml"), text, overrides)
}

/// What must hold of whatever reading gives; says whether that is a plan.
fn check(found: &Checked<Plan>) -> Result<bool, TestCaseError> {
    match found {
        Ok(plan) => {
            prop_assert!(plan.runs() <= plan::MOST_RUNS);
            prop_assert!(!plan.cells.is_empty());
            prop_assert!(plan.cells.iter().enumerate().all(|(index, cell)| cell.index == index));
            prop_assert!(plan.cells.iter().all(|cell| cell.params.len() == plan.columns.len()));
        }
        Err(error) => {
            let told = error.to_string();
            prop_assert!(told.starts_with("error: ") && told.len() < LONGEST_MESSAGE, "{} bytes: {told}", told.len());
        }
    }
    Ok(found.is_ok())
}

/// What the reader accepts, the schema accepts.
fn check_schema(text: &Arc<Source>) -> Result<(), TestCaseError> {
    static SCHEMA: LazyLock<jsonschema::Validator> =
        LazyLock::new(|| jsonschema::validator_for(&schema::schema()).unwrap());
    let json = tree::parse(text).unwrap().to_json();
    // JSON has no infinite numbers.
    if let (Err(error), false) = (SCHEMA.validate(&json), json.to_string().contains("null")) {
        return Err(TestCaseError::fail(format!("{}: {error}", error.instance_path())));
    }
    Ok(())
}

/// The most memory that the process has had, in kilobytes, where that can be known.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().split(' ').next()?.parse().ok()).unwrap_or(0)
}

/// Tries so many inputs, of which some are plans.
fn fuzz<S: Strategy>(cases: u32, inputs: S, test: impl Fn(S::Value) -> Result<bool, TestCaseError>) {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 5_000, ..Config::default() };
    let plans = Cell::new(0);
    let counted = |input| test(input).map(|plan| plans.set(plans.get() + u32::from(plan)));
    TestRunner::new(config).run(&inputs, counted).unwrap_or_else(|error| panic!("{error}"));
    let peak = peak_memory();
    assert!(peak < MOST_MEMORY, "reading took {peak} kB");
    assert!(plans.get() > 0, "nothing was read");
    println!("{cases} inputs, {} of them plans; at most {peak} kB", plans.get());
}

fn shuffled_tokens(cases: u32) {
    let changes = prop::collection::vec(change(), 1..4);
    fuzz(cases, (any::<usize>(), changes, overrides()), |(text, changes, overrides)| {
        let mut tokens = TOKENS[text % TOKENS.len()].clone();
        for change in &changes {
            change.apply(&mut tokens);
        }
        let text = Source::new("fuzz.toml", tokens.concat());
        let found = read(&text, &overrides);
        // A value that is swept or overridden is not looked at where it stands.
        match &found {
            Ok(plan) if plan.columns.is_empty() && !overrides.quick && overrides.set.is_empty() => check_schema(&text)?,
            _ => {}
        }
        check(&found)
    });
}

fn changed_bytes(cases: u32) {
    let changes = prop::collection::vec((any::<usize>(), any::<u8>(), 0..3_u8), 1..12);
    fuzz(cases, (any::<usize>(), changes), |(text, changes)| {
        let mut bytes = CORPUS[text % CORPUS.len()].clone().into_bytes();
        for (at, byte, how) in changes {
            let at = at % bytes.len();
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
        }
        let source = Source::of_bytes(Path::new("fuzz.toml"), bytes);
        check(&source.map_err(Into::into).and_then(|source| read(&source, &Overrides::default())))
    });
}

fn random_expressions(cases: u32) {
    fuzz(cases, (expression(), any::<bool>()), |(expression, is_condition)| {
        let (place, key) = if is_condition { ("where = [", "where") } else { ("per_core = ", "mine") };
        let text = LANGUAGE.replace(place, &format!("{key} = {}\n#", serde_json::Value::from(expression)));
        let text = if is_condition { text } else { text.replace("(per_core >", "(mine >") };
        let source = Source::new("fuzz.toml", text);
        check(&read(&source, &Overrides::default()))
    });
}

#[test]
fn every_text_that_is_changed_is_good_before() {
    for text in CORPUS.iter() {
        read(&Source::new("fuzz.toml", text.clone()), &Overrides::default()).unwrap();
    }
}

#[test]
fn shuffled_tokens_are_read_or_told() {
    shuffled_tokens(1_500);
}

#[test]
fn changed_bytes_are_read_or_told() {
    changed_bytes(1_500);
}

#[test]
fn random_expressions_are_read_or_told() {
    random_expressions(1_500);
}

#[test]
#[ignore = "slow: make fuzz"]
fn many_shuffled_tokens_are_read_or_told() {
    shuffled_tokens(600_000);
}

#[test]
#[ignore = "slow: make fuzz"]
fn many_changed_bytes_are_read_or_told() {
    changed_bytes(300_000);
}

#[test]
#[ignore = "slow: make fuzz"]
fn many_random_expressions_are_read_or_told() {
    random_expressions(150_000);
}
