//! What a thread pays that takes a lock: the pair of operations on it, and the cache lines that come from the last holder.

use super::policy::{Cost, World};
use crate::machine::ThreadId;

/// Charges the thread that takes a lock, with `lines` cache lines that the last holder wrote.
pub(super) fn pay<W: World>(world: &mut W, last: Option<ThreadId>, thread: ThreadId, lines: u64) {
    let pair = world.cost(Cost::LockPair);
    world.charge(pair);
    if let Some(last) = last.filter(|&last| last != thread) {
        let transfer = world.line_transfer(last, thread);
        world.charge(transfer.saturating_mul(lines));
    }
}
