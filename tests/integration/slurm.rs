//! Under a real Slurm, tasks that are killed, requeued or fail change nothing in the merged results.

use std::process::Command;

use crate::support::texts;

/// Exit code of the script where there is no Slurm to be had.
const SKIPPED: i32 = 77;

#[test]
#[ignore = "slow: starts a Slurm of its own"]
#[cfg(target_os = "linux")]
fn an_array_with_a_requeued_and_a_failed_task_gives_the_bytes_of_a_local_run() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/slurm/run.sh");
    let output = Command::new("sh").args([script, env!("CARGO_BIN_EXE_gilsim")]).output().unwrap();
    let (told, complaints) = texts(&output);
    if output.status.code() == Some(SKIPPED) {
        return eprintln!("{told}");
    }
    assert!(output.status.success(), "{told}\n{complaints}");
}
