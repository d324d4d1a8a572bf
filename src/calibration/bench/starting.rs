//! Starting threads and programs.

use std::process::{Command, Stdio};
use std::time::Instant;

use super::pinning::{self, since};
use super::{Finding, Found, Pair, Sample, Slice};

/// The program that does nothing.
const NOTHING: &str = "true";

/// Creating a thread: what its creator pays, and what it has used itself by its first step.
pub(super) fn threads(_: &Pair, slice: &Slice) -> Found {
    let (mut creates, mut starts) = (Vec::new(), Vec::new());
    while slice.goes_on(creates.len()) {
        let start = Instant::now();
        let thread = std::thread::spawn(pinning::thread_time);
        creates.push(since(start));
        starts.extend(thread.join());
    }
    let create = Finding::new("thread_create", Sample::nanoseconds(creates)?, "creating a native thread: the call");
    let how = "processor time of a new native thread at its first step";
    let start = Sample::nanoseconds(starts).map_err(|_| "there is no clock of a thread's processor time")?;
    Ok(vec![create, Finding::new("thread_start", start, how)])
}

/// A program from its start to its end: what fork and exec cost without an interpreter.
pub(super) fn program(_: &Pair, slice: &Slice) -> Found {
    let mut values = Vec::new();
    while slice.goes_on(values.len()) {
        let start = Instant::now();
        let quiet = Command::new(NOTHING).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        quiet.map_err(|error| format!("cannot run `{NOTHING}`: {error}"))?;
        values.push(since(start));
    }
    let how = "running the program `true`, from start to end";
    Ok(vec![Finding::new("program_start", Sample::nanoseconds(values)?, how)])
}
