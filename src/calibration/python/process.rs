//! Runs a program with a time limit, in a process group of its own that ends with it.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How often a wait looks whether somebody wants an end of it.
const GLANCE: Duration = Duration::from_millis(50);

/// How a program ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// Whether it ended by itself in time.
    pub(super) in_time: bool,
    /// Whether it says that all went well.
    pub(super) success: bool,
    /// From its start to its end.
    pub(super) elapsed: Duration,
    /// Its standard output.
    pub(super) output: String,
    /// The last line of its standard error, else how it ended.
    pub(super) complaint: String,
}

/// Runs a program until it ends, time is over, or somebody wants an end of it; whatever it has started ends too.
pub(super) fn run(
    program: &OsStr,
    flags: &[&str],
    arguments: &[&OsStr],
    patience: Duration,
    stop: &AtomicBool,
) -> io::Result<Ended> {
    let mut command = Command::new(program);
    command.args(flags).args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let start = Instant::now();
    let mut child = command.spawn()?;
    let id = child.id();
    let (output, complaints) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let status = child.wait();
        // Nobody listens any more if the program was given up.
        let _ = sender.send((status, start.elapsed()));
    });
    let mut in_time = true;
    let ended = loop {
        match receiver.recv_timeout(GLANCE) {
            Ok((status, elapsed)) => break Some((status?, elapsed)),
            Err(RecvTimeoutError::Disconnected) => break None,
            Err(RecvTimeoutError::Timeout) => {
                if in_time && (start.elapsed() > patience || stop.load(Ordering::Relaxed)) {
                    in_time = false;
                    kill_group(id);
                }
            }
        }
    };
    // Servers that it has started would keep the pipes open.
    kill_group(id);
    let text = |reader: std::thread::JoinHandle<Vec<u8>>| {
        String::from_utf8_lossy(&reader.join().unwrap_or_default()).into_owned()
    };
    let (output, complaints) = (text(output), text(complaints));
    let status = ended.map(|(status, _)| status);
    let last = complaints.lines().rev().find(|line| !line.trim().is_empty()).map(str::to_owned);
    Ok(Ended {
        in_time,
        success: status.is_some_and(|status| status.success()),
        elapsed: ended.map_or_else(|| start.elapsed(), |(_, elapsed)| elapsed),
        output,
        complaint: last.or_else(|| status.map(|status| status.to_string())).unwrap_or_default(),
    })
}

/// Reads a pipe to its end.
fn reader(pipe: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What was read before an error is all that there is.
            let _ = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}

/// Ends all processes of a group; an empty one is no mistake.
fn kill_group(leader: u32) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(leader).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    #[cfg(not(unix))]
    let _ = leader;
}
