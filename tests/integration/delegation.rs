//! Remote core locking: what a section costs where it is done by a server, and that the server has a core of its own.

use crate::lock_rules::contend;
use crate::support::{is_near, run};

/// Seven threads that do hardly anything else, on a machine of eight cores.
fn saturated(policy: &str, nodes: u32) -> f64 {
    let machine = format!(
        "cores = 8, nodes = {nodes}, costs = {{ line_transfer = {{ near = \"100ns\", far = \"300ns\" }}, lock_pair = \"20ns\" }}"
    );
    let lock = format!("policy = \"{policy}\"");
    contend(&machine, &lock, 7, "1us", "1ns", "warm_up = \"1ms\"\nduration = \"11ms\"").only("done.rate_per_s")
}

#[test]
fn a_server_needs_the_line_of_the_request_and_that_of_the_answer_for_each_section() {
    let rate = saturated("rcl", 1);
    assert!(is_near(rate, 1.0 / 1.2e-6, 1e-3), "{rate}");
    // The last of the cores of the second node is the server's: three threads are near it, four far.
    let rate = saturated("rcl", 2);
    assert!(is_near(rate, 7.0 / (3.0 * 1.2e-6 + 4.0 * 1.6e-6), 1e-3), "{rate}");
}

#[test]
fn answers_that_share_a_line_hold_the_server_up_for_their_part_of_it() {
    let rate = saturated("ffwd", 1);
    assert!(is_near(rate, 1.0 / 1.106e-6, 1e-3), "{rate}");
    let alone = contend(
        "costs = { line_transfer = { near = \"150ns\" } }",
        "policy = \"ffwd\"",
        1,
        "1us",
        "1us",
        "duration = \"1ms\"",
    );
    let rate = alone.only("done.rate_per_s");
    assert!(is_near(rate, 1.0 / 2.3e-6, 5e-3), "a thread waits for the whole of its answer: {rate}");
}

#[test]
fn the_server_takes_a_core_from_the_threads() {
    let wall = |policy: &str, cores: u32| {
        run(&format!(
            "machine = {{ profile = \"ideal\", cores = {cores} }}
             lock.policy = \"{policy}\"
             thread = [{{ name = \"user\", count = 6, steps = [{{ repeat = 50, steps = [{{ compute = \"10us\" }}, {{ native = \"exp(100us)\" }}] }}] }}]"
        ))
        .only("run.wall_s")
    };
    for policy in ["rcl", "ffwd"] {
        assert_eq!(wall(policy, 3).to_bits(), wall("clh", 2).to_bits(), "{policy} on 3 cores, another on 2");
        assert_eq!(
            wall(policy, 1).to_bits(),
            wall("clh", 1).to_bits(),
            "{policy}: a machine keeps one core for threads"
        );
    }
}
