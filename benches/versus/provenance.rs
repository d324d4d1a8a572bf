//! On what the results came about.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::setup::Programs;

/// The machine and the versions of everything; never a time.
pub(crate) fn of(root: &Path, programs: &Programs, rounds: usize) -> Value {
    let lock = fs::read_to_string(root.join("benches/peers/Cargo.lock")).unwrap_or_default();
    let python =
        |code: &str| programs.python.as_ref().and_then(|python| printed(Command::new(python).args(["-Ic", code])));
    json!({
        "rounds": rounds,
        "processor": processor(),
        "processors": std::thread::available_parallelism().map_or(0, usize::from),
        "system": printed(Command::new("uname").args(["-sr"])),
        "rustc": printed(Command::new("rustc").arg("--version")),
        "gilsim": env!("CARGO_PKG_VERSION"),
        "simcore": locked(&lock, "simcore"),
        "nexosim": locked(&lock, "nexosim"),
        "python": python("import platform; print(platform.python_version())"),
        "simpy": python("import importlib.metadata; print(importlib.metadata.version('simpy'))"),
    })
}

fn printed(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok().map(|text| text.trim().to_owned())
}

/// The version of a package in a lock file.
fn locked(lock: &str, package: &str) -> Option<String> {
    let entry = lock.split("[[package]]").find(|entry| entry.contains(&format!("name = \"{package}\"\n")))?;
    let version = entry.lines().find_map(|line| line.strip_prefix("version = "))?;
    Some(version.trim_matches('"').to_owned())
}

fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
