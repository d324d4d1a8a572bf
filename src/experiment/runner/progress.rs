//! Telling how far the runs are.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How long work goes on before its progress is shown.
const PATIENCE: Duration = Duration::from_secs(1);

/// Progress on standard error, if that is a terminal and the work is long.
pub(super) struct Progress {
    bar: ProgressBar,
    began: Instant,
    done: AtomicU64,
    /// Whether somebody waits for this work, and whether the bar is there.
    awaited: AtomicBool,
    shown: OnceLock<()>,
}

impl Progress {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} runs, {eta} left");
        Self {
            bar: bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())),
            began: Instant::now(),
            done: AtomicU64::new(0),
            awaited: AtomicBool::new(false),
            shown: OnceLock::new(),
        }
    }

    /// From now on somebody waits for this work, and for no other.
    pub(super) fn show(&self) {
        self.awaited.store(true, Ordering::Relaxed);
    }

    /// There is more to do than was known.
    pub(super) fn expect(&self, runs: u64) {
        self.bar.inc_length(runs);
    }

    pub(super) fn advance(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if self.awaited.load(Ordering::Relaxed) && self.began.elapsed() >= PATIENCE {
            // A draw target of standard error stays hidden when that is no terminal.
            self.shown.get_or_init(|| self.bar.set_draw_target(ProgressDrawTarget::stderr()));
            self.bar.set_position(done);
        }
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
