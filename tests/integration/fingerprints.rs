//! Each policy goes through one scenario the way it did when its fingerprint was stored in `tests/fingerprints.csv`.
//!
//! A change that is meant changes the file too: `GILSIM_UPDATE=1 cargo test --test integration fingerprints`.

use gilsim::lock::preset::PRESETS;

use crate::support::run;

const STORED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fingerprints.csv");

/// Every kind of work, more threads than cores, costs that are random.
fn scenario(policy: &str) -> String {
    format!(
        "machine = {{ profile = \"linux-x86_64\", cores = 2 }}
         lock.policy = \"{policy}\"
         objects = {{ lock = [\"db\"], queue = {{ jobs = 4 }} }}
         [[thread]]
         name = \"echo\"
         steps = [{{ repeat = \"forever\", steps = [{{ io = \"exp(50us)\" }}, {{ compute = \"5us\", counts = \"request\" }}] }}]
         [[thread]]
         name = \"hog\"
         steps = [{{ repeat = \"forever\", steps = [{{ compute = \"exp(8ms)\" }}, {{ io = \"exp(5us)\" }}] }}]
         [[thread]]
         name = \"user\"
         count = 3
         steps = [{{ repeat = \"forever\", steps = [
           {{ acquire = \"db\" }}, {{ call = \"exp(30us)\" }}, {{ release = \"db\" }}, {{ native = \"gamma(2, 100us)\" }},
           {{ put = \"jobs\" }}, {{ sleep = \"uniform(10us, 200us)\" }}, {{ get = \"jobs\" }},
         ] }}]
         [[thread]]
         name = \"guest\"
         arrivals = \"exp(2ms)\"
         steps = [{{ choose = [{{ p = 0.5, steps = [{{ compute = \"exp(100us)\" }}] }}, {{ p = 0.5, steps = [{{ io = \"exp(1ms)\" }}] }}] }}]
         [run]
         duration = \"200ms\"
         replications = 2"
    )
}

fn table() -> String {
    let rows = PRESETS.iter().map(|preset| {
        let found = run(&scenario(preset.name));
        let fingerprints: Vec<String> = found.records(0).map(|record| format!("{:016x}", record.fingerprint)).collect();
        format!("{},{},{}\n", preset.name, found.results.events(), fingerprints.join(","))
    });
    format!("policy,events,replication_0,replication_1\n{}", rows.collect::<String>())
}

#[test]
fn each_policy_goes_the_way_that_is_stored() {
    let table = table();
    if std::env::var_os("GILSIM_UPDATE").is_some() {
        std::fs::write(STORED, &table).unwrap();
    }
    let stored = std::fs::read_to_string(STORED).unwrap_or_default();
    let changed: Vec<&str> = table.lines().filter(|line| !stored.lines().any(|other| other == *line)).collect();
    assert!(
        changed.is_empty(),
        "these go another way than {STORED} says:\n{}\nif that is meant, raise MODEL_VERSION and store it: \
         GILSIM_UPDATE=1 cargo test --test integration fingerprints",
        changed.join("\n")
    );
    assert_eq!(stored, table, "{STORED} has rows of policies that are no more");
}

#[test]
fn each_policy_and_each_replication_goes_its_own_way() {
    let table = table();
    let mut fingerprints: Vec<&str> = table.lines().skip(1).flat_map(|line| line.split(',').skip(2)).collect();
    let count = fingerprints.len();
    fingerprints.sort_unstable();
    fingerprints.dedup();
    assert_eq!((count, fingerprints.len()), (2 * PRESETS.len(), 2 * PRESETS.len()), "{table}");
}
