//! What is measured, if it is asked for, of those who are woken for a lock, and of those whose sections others do.

/// Threads that one release of the lock wakes, those woken before the next release included.
#[derive(Debug, Default)]
pub(in crate::simulation) struct Herds {
    /// Threads woken since the last release.
    woken: u64,
    /// Releases after which a thread was woken.
    pub(in crate::simulation) count: u64,
    /// Threads woken after these.
    pub(in crate::simulation) sum: u64,
    pub(in crate::simulation) largest: u64,
}

impl Herds {
    pub(super) fn reset(&mut self) {
        *self = Self { woken: self.woken, ..Self::default() };
    }

    pub(super) fn woken(&mut self) {
        self.woken += 1;
    }

    /// The lock is released: whoever was woken before was woken after an earlier release.
    pub(super) fn freed(&mut self) {
        let woken = std::mem::take(&mut self.woken);
        self.count += u64::from(woken > 0);
        self.sum += woken;
        self.largest = self.largest.max(woken);
    }
}

/// Sections that one thread, or a server, does one after another for whoever asks.
#[derive(Debug, Default)]
pub(in crate::simulation) struct Batches {
    /// Sections of the batch that goes on.
    length: u64,
    /// Batches begun.
    pub(in crate::simulation) count: u64,
    /// Sections in them, and those among them that were not the own ones of the thread that did them.
    pub(in crate::simulation) sections: u64,
    pub(in crate::simulation) delegated: u64,
    pub(in crate::simulation) longest: u64,
}

impl Batches {
    /// The batch that goes on is counted from here.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// A section is done, perhaps the first of a batch, and perhaps for another thread.
    pub(super) fn section(&mut self, first: bool, delegated: bool) {
        let begins = first || self.count == 0;
        self.length = if begins { 1 } else { self.length + 1 };
        self.count += u64::from(begins);
        self.sections += 1;
        self.delegated += u64::from(delegated);
        self.longest = self.longest.max(self.length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_woken_between_two_releases_belongs_to_the_first() {
        let mut herds = Herds::default();
        for woken in [0, 3, 0, 1] {
            herds.freed();
            (0..woken).for_each(|_| herds.woken());
        }
        herds.freed();
        assert_eq!((herds.count, herds.sum, herds.largest), (2, 4, 3));
    }

    #[test]
    fn a_batch_lasts_until_the_next_one_begins() {
        let mut batches = Batches::default();
        for (first, delegated) in [(true, false), (false, true), (false, true), (true, false)] {
            batches.section(first, delegated);
        }
        assert_eq!((batches.count, batches.sections, batches.delegated, batches.longest), (2, 4, 2, 3));
    }
}
