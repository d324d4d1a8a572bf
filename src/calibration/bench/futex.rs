//! A word on which threads sleep: a futex on Linux, a mutex and a condition elsewhere.

#[cfg(target_os = "linux")]
pub(super) use linux::Word;
#[cfg(not(target_os = "linux"))]
pub(super) use portable::Word;

#[cfg(target_os = "linux")]
mod linux {
    use std::sync::atomic::{AtomicU32, Ordering};

    use rustix::thread::futex::{self, Flags};

    /// A futex.
    #[derive(Debug, Default)]
    pub(crate) struct Word(AtomicU32);

    impl Word {
        /// Sleeps while the word has a value.
        pub(crate) fn wait_while(&self, value: u32) {
            while self.0.load(Ordering::Acquire) == value {
                self.wait_once(value);
            }
        }

        /// A wait that ends at once if the word has another value.
        pub(crate) fn wait_once(&self, value: u32) {
            // It ends with an error when the word has changed, which is what we are after.
            let _ = futex::wait(&self.0, Flags::PRIVATE, value, None);
        }

        /// Changes the word.
        pub(crate) fn set(&self, value: u32) {
            self.0.store(value, Ordering::Release);
        }

        /// Wakes one sleeper, if there is one.
        pub(crate) fn wake(&self) {
            let _ = futex::wake(&self.0, Flags::PRIVATE, 1);
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod portable {
    use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

    /// A word behind a mutex, with a condition.
    #[derive(Debug, Default)]
    pub(crate) struct Word {
        value: Mutex<u32>,
        changed: Condvar,
    }

    impl Word {
        /// Sleeps while the word has a value.
        pub(crate) fn wait_while(&self, value: u32) {
            let guard = self.changed.wait_while(self.lock(), |now| *now == value);
            drop(guard);
        }

        /// A wait that ends at once if the word has another value.
        pub(crate) fn wait_once(&self, value: u32) {
            self.wait_while(value);
        }

        /// Changes the word.
        pub(crate) fn set(&self, value: u32) {
            *self.lock() = value;
        }

        /// Wakes one sleeper, if there is one.
        pub(crate) fn wake(&self) {
            self.changed.notify_one();
        }

        fn lock(&self) -> MutexGuard<'_, u32> {
            self.value.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }
}
