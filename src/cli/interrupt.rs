//! Ending on SIGTERM, SIGINT or SIGHUP, of which a process hears in one of two ways.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::talk;
use crate::experiment::output;

/// `EX_TEMPFAIL` of sysexits.h: what schedulers read as "try again".
const TRY_AGAIN: i32 = 75;

/// From now on signals end the process with exit code 75.
///
/// What is being written is finished. Runs under way are given up; those that are done have been kept.
pub(super) fn install() {
    let ended = ctrlc::set_handler(|| {
        let _held = output::hold();
        talk("ended by a signal; the runs that were done are kept, and the same command goes on from there");
        std::process::exit(TRY_AGAIN);
    });
    if let Err(error) = ended {
        talk(&format!("warning: signals will end the program at once: {error}"));
    }
}

/// From now on signals set a flag: whoever looks at it ends the process.
///
/// Where signals cannot be handled, they end the process at once.
pub(super) fn flag() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let _ = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
    stop
}
