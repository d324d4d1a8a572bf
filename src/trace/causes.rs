//! Why a wait for the lock was so long, in words.

use super::account::Account;
use super::cast::Cast;
use super::words::{about, times};
use crate::kernel::Nanos;
use crate::lock::policy::Free;
use crate::machine::ThreadId;

/// So many holders are told by name.
const TOLD: usize = 4;

/// The account of a wait in words: a line that says why it was so long, then what it consists of.
pub fn explain(account: &Account, cast: &Cast) -> Vec<String> {
    let teller = Teller { account, cast };
    let who = cast.thread(account.wait.thread);
    let length = about(account.wait.length());
    let waited = if account.wait.granted { "waited" } else { "waits still, for" };
    let mut lines = vec![format!("{who} {waited} {length}: {}", teller.main_cause())];
    lines.extend(teller.chain());
    lines
}

struct Teller<'a> {
    account: &'a Account,
    cast: &'a Cast,
}

impl Teller<'_> {
    /// Whether a time is most of the wait.
    fn is_most(&self, time: Nanos) -> bool {
        2 * time > self.account.wait.length()
    }

    fn is_worth_telling(&self, time: Nanos) -> bool {
        100 * time >= self.account.wait.length() && time > 0
    }

    /// Those who held the lock meanwhile, the longest first.
    fn holders(&self) -> Vec<ThreadId> {
        let mut holders: Vec<ThreadId> = self.account.holders.keys().copied().collect();
        holders.sort_by_key(|holder| (std::cmp::Reverse(self.account.holders[holder].time), *holder));
        holders
    }

    fn names(&self) -> String {
        let holders: Vec<ThreadId> = self.account.holders.keys().copied().collect();
        let told: Vec<&str> = holders.iter().take(TOLD).map(|&holder| self.cast.thread(holder)).collect();
        match (told.as_slice(), holders.len().saturating_sub(TOLD)) {
            ([], _) => "nobody".into(),
            ([one], _) => (*one).into(),
            ([all @ .., last], 0) => format!("{} and {last}", all.join(", ")),
            (told, more) => format!("{} and {more} more", told.join(", ")),
        }
    }

    /// How many timeouts led to no request because the lock had changed hands; only where waiters make requests at all.
    fn void_timeouts(&self) -> u64 {
        let requests = self.account.requests + self.account.requests_of_others;
        if requests > 0 { self.account.void_timeouts } else { 0 }
    }

    fn main_cause(&self) -> String {
        let account = self.account;
        let names = self.names();
        let void = self.void_timeouts();
        if account.exchanges > 0 && 2 * void >= account.timeouts.max(1) {
            let voided = match (account.exchanges, account.timeouts) {
                (1, _) => ", which voided its timeout".into(),
                (exchanges, timeouts) if void == exchanges || void == timeouts => {
                    "; each exchange voided its timeout".into()
                }
                (_, timeouts) => format!("; that voided {void} of its {timeouts} timeouts"),
            };
            return format!("{names} exchanged the lock {}{voided}", times(account.exchanges));
        }
        if self.is_most(account.ready) {
            return format!("it was ready for {} without getting a core", about(account.ready));
        }
        if self.is_most(account.in_calls) {
            let woken = match account.wasted {
                0 => String::new(),
                count => format!("; it was woken {} in vain", times(count)),
            };
            return format!(
                "{names} held the lock in C calls, which have no check point, for {}{woken}",
                about(account.in_calls)
            );
        }
        if self.is_most(account.without_core) {
            return format!("{names} held the lock without having a core for {}", about(account.without_core));
        }
        if account.wasted > 1 {
            return format!(
                "{names} exchanged the lock {}; it was woken {} and found it taken {}",
                times(account.exchanges),
                times(account.wake_ups),
                times(account.wasted)
            );
        }
        if let Some(patience) = account.patience.filter(|&patience| self.is_most(patience)) {
            return format!("{names} kept the lock until asked to drop it, which it did after {}", about(patience));
        }
        if account.exchanges > 1 {
            return format!("{names} exchanged the lock {} before its turn came", times(account.exchanges));
        }
        if self.is_most(account.free) {
            return format!("nobody held the lock for {}, but it was not awake to take it", about(account.free));
        }
        format!("{names} held the lock")
    }

    fn chain(&self) -> Vec<String> {
        let account = self.account;
        let mut chain = vec![match account.first_holder {
            Some(holder) => format!("when it asked for the lock, {} had it", self.cast.thread(holder)),
            None => "when it asked for the lock, nobody had it".into(),
        }];
        for holder in self.holders().into_iter().take(TOLD) {
            let held = account.holders[&holder];
            let name = self.cast.thread(holder);
            chain.push(format!("{name} held it {}, for {} together", times(held.times), about(held.time)));
        }
        let mut tell = |time: Nanos, what: &str| {
            if self.is_worth_telling(time) {
                chain.push(format!("{what} for {}", about(time)));
            }
        };
        tell(account.in_calls, "its holder was in C calls that keep it");
        tell(account.without_core, "its holder had no core");
        tell(account.free, "nobody held it");
        tell(account.ready, "the waiter was ready without a core");
        tell(account.spun, "the waiter spun");
        if account.timeouts > 0 {
            let void = self.void_timeouts();
            let void = if void > 0 {
                format!(", {} void because the lock had changed hands", times(void))
            } else {
                String::new()
            };
            chain.push(format!("its timed wait was over {}{void}", times(account.timeouts)));
        }
        if account.requests + account.requests_of_others > 0 {
            let others = account.requests_of_others;
            chain.push(format!("it requested a drop {}, other waiters {}", times(account.requests), times(others)));
        }
        if let Some((time, in_call)) = account.reaction {
            let why = if in_call { "; it was in a C call" } else { "" };
            chain.push(format!("the holder dropped it {} after its last request{why}", about(time)));
        }
        if account.wake_ups > 0 {
            chain.push(format!("it was woken for it {}, {} in vain", times(account.wake_ups), times(account.wasted)));
        }
        if account.wait.granted
            && let Some((before, at, why)) = account.last
        {
            let how = match why {
                Free::Voluntary => "gave it up",
                Free::Forced => "was made to drop it",
                Free::Exit => "ended",
            };
            let gap = about(account.wait.end.saturating_sub(at));
            chain.push(format!("it took the lock {gap} after {} {how}", self.cast.thread(before)));
        }
        chain
    }
}
