//! Ending on a signal: what is being written is finished, nothing else.

use super::talk;
use crate::experiment::output;

/// `EX_TEMPFAIL` of sysexits.h: what schedulers read as "try again".
const TRY_AGAIN: i32 = 75;

/// From now on SIGTERM, SIGINT and SIGHUP end the process with exit code 75.
///
/// Runs under way are given up; those that are done have been kept.
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
