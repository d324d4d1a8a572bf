//! Telling how far the runs are.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How long work goes on before its progress is shown.
const PATIENCE: Duration = Duration::from_secs(1);

/// Progress on standard error, if that is a terminal and the work is long.
pub(super) struct Progress {
    bar: ProgressBar,
    began: Instant,
    done: AtomicU64,
    shown: OnceLock<()>,
}

impl Progress {
    pub(super) fn new(began: Instant) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} runs, {eta} left");
        Self {
            bar: bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())),
            began,
            done: AtomicU64::new(0),
            shown: OnceLock::new(),
        }
    }

    /// There is more to do than was known.
    pub(super) fn expect(&self, runs: u64) {
        self.bar.inc_length(runs);
    }

    pub(super) fn advance(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if self.began.elapsed() >= PATIENCE {
            // A draw target of standard error stays hidden when that is no terminal.
            self.shown.get_or_init(|| self.bar.set_draw_target(ProgressDrawTarget::stderr()));
            self.bar.set_position(done);
        }
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
