//! Each policy goes through one scenario the way it did when its fingerprint was stored in `tests/fingerprints.csv`.
//!
//! A change that is meant changes the file too: `GILSIM_UPDATE=1 cargo test --test integration fingerprints`.

use std::fmt::Write;

use gilsim::lock::preset::presets;

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

/// Short sections that many threads want, on cores of two nodes; threads with weights and priorities, which come and go.
fn contended(policy: &str) -> String {
    let user = |name: &str, standing: u32| {
        format!(
            "{{ name = \"{name}\", count = 2, priority = {standing}, weight = {standing}, steps = [
               {{ repeat = \"forever\", steps = [{{ compute = \"uniform(200ns, 2us)\" }}, {{ native = \"exp(1us)\" }}] }}] }}"
        )
    };
    format!(
        "machine = {{ profile = \"linux-x86_64\", cores = 8, nodes = 2, wake_to = \"idle-core\" }}
         lock.policy = \"{policy}\"
         thread = [{}, {}, {}, {{ name = \"guest\", arrivals = \"exp(100us)\", steps = [{{ compute = \"1us\" }}, {{ io = \"20us\" }}] }}]
         run = {{ duration = \"3ms\", replications = 2 }}",
        user("a", 1),
        user("b", 2),
        user("c", 5)
    )
}

fn table() -> String {
    let rows = presets().map(|preset| {
        let mut row = preset.name.to_owned();
        for found in [run(&scenario(preset.name)), run(&contended(preset.name))] {
            let _ = write!(row, ",{}", found.results.events());
            for record in found.records(0) {
                let _ = write!(row, ",{:016x}", record.fingerprint);
            }
        }
        row + "\n"
    });
    let columns = "policy,events,replication_0,replication_1,contended_events,contended_0,contended_1";
    format!("{columns}\n{}", rows.collect::<String>())
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
    let mut ways: Vec<&str> = table.lines().skip(1).filter_map(|line| Some(line.split_once(',')?.1)).collect();
    ways.sort_unstable();
    ways.dedup();
    assert_eq!(ways.len(), presets().count(), "{table}");
    for line in table.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        assert!(fields[2] != fields[3] && fields[5] != fields[6], "{line}");
    }
}
