//! Work at a speed: how long it takes, and how much of it is done after a while. Whole numbers only.

use crate::kernel::{NEVER, Nanos};
use crate::machine::FULL_SPEED;

/// Work of this length, 292 years, never ends: [`NEVER`], less what has been done of it.
pub(super) const ENDLESS: Nanos = NEVER / 2;

/// How long work takes at a speed of `pace` billionths, when `done_billionths` of a nanosecond of it are done.
#[inline]
pub(super) fn duration(work: Nanos, pace: u64, done_billionths: u32) -> Nanos {
    if pace == FULL_SPEED {
        return work;
    }
    if let Some(billionths) = work.checked_mul(FULL_SPEED) {
        return billionths.saturating_sub(u64::from(done_billionths)).div_ceil(pace);
    }
    let billionths = u128::from(work) * u128::from(FULL_SPEED) - u128::from(done_billionths);
    Nanos::try_from(billionths.div_ceil(u128::from(pace))).unwrap_or(NEVER)
}

/// The work done in a time at a speed of `pace` billionths, when `done_billionths` of a nanosecond were done before:
/// whole nanoseconds, and the billionths beyond. Nothing is lost, however often work is counted.
#[inline]
pub(super) fn advance(elapsed: Nanos, pace: u64, done_billionths: u32) -> (Nanos, u32) {
    if pace == FULL_SPEED {
        return (elapsed, done_billionths);
    }
    if let Some(done) = elapsed.checked_mul(pace).and_then(|done| done.checked_add(u64::from(done_billionths))) {
        return (done / FULL_SPEED, (done % FULL_SPEED) as u32);
    }
    let done = u128::from(elapsed) * u128::from(pace) + u128::from(done_billionths);
    let whole = done / u128::from(FULL_SPEED);
    (Nanos::try_from(whole).unwrap_or(NEVER), (done % u128::from(FULL_SPEED)) as u32)
}
