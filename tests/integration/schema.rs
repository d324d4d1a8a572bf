//! The committed JSON Schema is the one that the program prints, and the shipped files fit it.

use std::path::{Path, PathBuf};

use gilsim::experiment::source::Source;
use gilsim::experiment::{schema, tree};
use serde_json::Value;

use crate::support::{gilsim, texts};

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/experiment.schema.json");

fn validator() -> jsonschema::Validator {
    jsonschema::validator_for(&schema::schema()).unwrap()
}

fn json(text: &str) -> Value {
    tree::parse(&Source::new("test.toml", text)).unwrap().to_json()
}

fn shipped() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let directories = ["experiments", "experiments/measured"].map(|directory| root.join(directory));
    let entries = directories.iter().flat_map(|directory| std::fs::read_dir(directory).unwrap());
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    paths
}

#[test]
fn the_committed_schema_is_the_one_that_is_printed() {
    let printed = texts(&gilsim(Path::new("."), &["schema"])).0;
    assert!(jsonschema::draft7::meta::is_valid(&serde_json::from_str(&printed).unwrap()));
    if std::env::var_os("GILSIM_UPDATE").is_some() {
        std::fs::write(COMMITTED, &printed).unwrap();
    }
    let committed = std::fs::read_to_string(COMMITTED).unwrap_or_default();
    assert!(committed == printed, "store it with: GILSIM_UPDATE=1 cargo test --test integration schema");
}

#[test]
fn the_shipped_experiments_fit_the_schema_and_name_it() {
    let validator = validator();
    for path in shipped() {
        let text = std::fs::read_to_string(&path).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&json(&text)).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
        let named = text.lines().next().and_then(|line| line.strip_prefix("#:schema ")).unwrap_or_default();
        let named = path.parent().unwrap().join(named).canonicalize();
        assert_eq!(named.ok(), Path::new(COMMITTED).canonicalize().ok(), "{}", path.display());
    }
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let validator = validator();
    let good = "title = \"T\"\nquestion = \"Q\"\n";
    for text in [
        "",
        "run = { warm_up = \"auto\", max_memory = \"500 MB\", independent = true, duration = \"5s\" }",
        "run = { replications = { min = 5, max = 50, precision = \"2.5%\", of = [\"run.wall_s\"] } }",
        "figure = [{ kind = \"cdf\", x = \"a\", theory = { file = \"t.csv\" } }]",
        "figure = [{ kind = \"waterfall\", y = [\"a\", \"-b\"], total = \"c\" }]",
    ] {
        assert!(validator.is_valid(&json(&format!("{good}{text}"))), "{text}");
    }
    for text in [
        "machien = 1",
        "machine = { cores = 0 }",
        "machine = { cores = \"many\" }",
        "machine = { costs = { wake_call = 5 } }",
        "run = { duration = 5 }",
        "run = { duration = \"5 sec\" }",
        "run = { warm_up = \"automatic\" }",
        "run = { max_memory = \"500\" }",
        "run = { replications = { precision = \"2%\" } }",
        "run = { replications = { precision = 2, of = [\"run.wall_s\"] } }",
        "lock = { policy = \"cpyton\" }",
        "lock = { policy = \"cpython\", switch_intervall = \"5ms\" }",
        "thread = [{ name = \"t\" }]",
        "thread = [{ name = \"t\", steps = [{ compuet = \"1ms\" }] }]",
        "thread = [{ name = \"t\", steps = [{ compute = \"1ms\", io = \"1ms\" }] }]",
        "thread = [{ name = \"t\", steps = [{ repeat = 3 }] }]",
        "sweep = { \"machine.cores\" = 3 }",
        "sweep = { \"machine.cores\" = [] }",
        "sweep = { \"machine.cores\" = { linspace = [1, 2] , n = 1 } }",
        "sample = { kind = \"sobl\", n = 3, \"machine.cores\" = [1] }",
        "metrics = { x = 3 }",
        "figure = [{ x = \"a\" }]",
        "figure = [{ kind = \"heatmap\", x = \"a\" }]",
        "figure = [{ kind = \"pie\", x = \"a\", y = \"b\" }]",
    ] {
        assert!(!validator.is_valid(&json(&format!("{good}{text}"))), "{text}");
    }
}
