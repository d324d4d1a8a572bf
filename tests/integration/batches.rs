//! One long run in batches gives intervals like replications do, and says when it cannot.

use gilsim::theory::open::Mm1;

use crate::support::{Found, command, gilsim, run, texts};

fn queue(run_table: &str) -> String {
    format!(
        "title = \"T\"\nquestion = \"Q\"\nmachine.profile = \"ideal\"
         lock.policy = \"handoff\"
         thread = [{{ name = \"customer\", arrivals = \"exp(1ms)\", steps = [{{ compute = \"exp(0.7ms)\", counts = \"done\" }}] }}]
         [run]\n{run_table}
         [[figure]]\nkind = \"box\"\nx = \"labels.a\"\ny = \"lock.wait_mean_us\"
         [sweep]\n\"labels.a\" = [\"b\"]"
    )
}

#[test]
fn the_batches_of_a_long_run_hold_the_exact_wait() {
    let text = queue("duration = \"205s\"\nwarm_up = \"5s\"\nbatches = 20");
    let found: Found = run(text.strip_prefix("title = \"T\"\nquestion = \"Q\"\n").unwrap());
    let exact = Mm1 { arrival_rate: 1000.0, service_rate: 1000.0 / 0.7 }.wait() * 1e6;
    assert_eq!(found.values(0, "run.wall_s"), [10.0; 20]);
    let estimate = found.estimate(0, "lock.wait_mean_us");
    assert!(estimate.contains(exact) && estimate.excludes(1.2 * exact), "{exact}: {estimate:?}");
    assert!(found.results.complaints.is_empty(), "{:?}", found.results.complaints);
}

#[test]
fn batches_that_are_too_short_are_told() {
    let directory = tempfile::tempdir().unwrap();
    let short = queue("duration = \"2s\"\nbatches = 400");
    std::fs::write(directory.path().join("queue.toml"), short).unwrap();
    let output = gilsim(directory.path(), &["run", "queue.toml"]);
    assert_eq!(output.status.code(), Some(0), "{}", texts(&output).1);
    assert!(
        texts(&output).1.contains("the batches of `lock.wait_mean_us` depend on each other"),
        "{}",
        texts(&output).1
    );
    let runs = std::fs::read_to_string(directory.path().join("data/queue.runs.csv")).unwrap();
    assert!(runs.starts_with("labels.a,batch,end,") && runs.lines().count() == 401, "{}", runs.lines().next().unwrap());
    // A second process takes all of them from the journal.
    let again = gilsim(directory.path(), &["run", "queue.toml"]);
    assert!(texts(&again).0.contains("kept     400"), "{}", texts(&again).0);
    let alone = command(directory.path()).args(["run", "--replication", "3", "queue.toml"]).output().unwrap();
    assert_eq!(alone.status.code(), Some(2));
}

#[test]
fn a_run_that_is_over_before_its_warm_up_or_its_last_batch_has_no_result() {
    let directory = tempfile::tempdir().unwrap();
    for (more, told) in [
        ("warm_up = \"5ms\"\nduration = \"1s\"", "before its warm-up"),
        ("duration = \"20ms\"\nbatches = 4", "after 0 of 4 batches"),
    ] {
        let text = format!(
            "title = \"T\"\nquestion = \"Q\"\nmachine.profile = \"ideal\"
             thread = [{{ name = \"t\", steps = [{{ compute = \"1ms\" }}] }}]\n[run]\n{more}"
        );
        std::fs::write(directory.path().join("short.toml"), text).unwrap();
        let output = gilsim(directory.path(), &["run", "--set", "run.seed=7", "short.toml"]);
        let complaint = texts(&output).1;
        assert_eq!(output.status.code(), Some(1), "{complaint}");
        assert!(complaint.contains(told), "{complaint}");
        assert!(complaint.contains("gilsim explain --set run.seed=7 short.toml 0 0"), "{complaint}");
    }
}
