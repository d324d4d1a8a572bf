//! `gilsim trace`: a part of one run, recorded and written for eyes and for programs.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::observing::{self, RunArguments};
use super::plot::{LookArguments, Picture};
use super::{CliError, Status, grouped, plot, talk};
use crate::experiment::duration;
use crate::experiment::output::WriteError;
use crate::experiment::plan::Plan;
use crate::experiment::runner::Repeatable;
use crate::figure::{FigureError, timeline};
use crate::kernel::{NEVER, Nanos};
use crate::trace::{History, Log, chrome, csv, log, perfetto, picture};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gilsim trace experiments/convoy.toml
  gilsim trace --cell lock.switch_interval=5ms --cell thread.hog.count=1 experiments/convoy.toml
  gilsim trace --cell 12 --window 2s..2.05s --format png,pdf,perfetto experiments/convoy.toml

PREFIX.png is the timeline, PREFIX.csv its numbers, PREFIX.txt its caption; PREFIX.events.csv is the log of events.
PREFIX.json and PREFIX.pftrace are for https://ui.perfetto.dev.")]
pub(super) struct Arguments {
    #[command(flatten)]
    run: RunArguments,
    #[command(flatten)]
    window: WindowArguments,
    /// What is written, separated by commas.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "png,json,events", value_name = "FORMAT")]
    format: Vec<Format>,
    /// Where to: the beginning of the names of the files; by default traces/ and the name of the experiment.
    #[arg(long, short, value_name = "PREFIX")]
    output: Option<PathBuf>,
    #[command(flatten)]
    look: LookArguments,
}

/// Which part of a run is recorded.
#[derive(Debug, clap::Args)]
pub(super) struct WindowArguments {
    /// From when to when, in simulated time, such as 1s..1.2s or 1.5s.. or ..20ms; by default from the end of the warm-up
    /// on, for as long as it can be read.
    #[arg(long, value_name = "FROM..TO", value_parser = window)]
    window: Option<Range<Nanos>>,
    /// The most events that are recorded: there the window ends.
    #[arg(long, value_name = "N", default_value_t = NonZeroUsize::new(log::MOST_ENTRIES).unwrap_or(NonZeroUsize::MIN))]
    max_recorded: NonZeroUsize,
}

impl WindowArguments {
    /// Runs with the recorder on; unless a window was asked for, until threads have come into a state so many times.
    pub(super) fn record(&self, run: &Repeatable, stays: usize) -> Result<Log, CliError> {
        let from = run.scenario.limits.warm_up.end();
        let mut log = match &self.window {
            Some(window) => Log::new(window.clone(), self.max_recorded.get()),
            None => Log::of_stays(from, self.max_recorded.get(), stays),
        };
        let ended_at = run.run(&mut log)?.ended_at;
        let begins = log.window.start;
        log.close(ended_at);
        if begins >= ended_at {
            let (begins, ended) = (duration::describe(begins), duration::describe(ended_at));
            let message = format!("nothing happens in the window: it begins at {begins}, and the run ends at {ended}");
            return Err(CliError::Usage(message));
        }
        if log.is_cut {
            let (most, end) = (grouped(self.max_recorded.get() as u64), duration::describe(log.window.end));
            talk(&format!("warning: the window ends at {end}, after {most} events: --max-recorded takes more"));
        }
        Ok(log)
    }
}

/// What is written of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// The timeline, 300 pixels an inch
    Png,
    /// The timeline as vectors and text
    Svg,
    /// The timeline as vectors with the font embedded
    Pdf,
    /// Chrome's trace event format: for ui.perfetto.dev, Chromium and the Firefox Profiler
    Json,
    /// Perfetto's own format, smaller: for ui.perfetto.dev alone
    Perfetto,
    /// The log of events as CSV
    Events,
}

impl Format {
    fn of_picture(self) -> Option<plot::Format> {
        match self {
            Self::Png => Some(plot::Format::Png),
            Self::Svg => Some(plot::Format::Svg),
            Self::Pdf => Some(plot::Format::Pdf),
            Self::Json | Self::Perfetto | Self::Events => None,
        }
    }
}

impl Arguments {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<Status, CliError> {
        let theme = self.look.theme()?;
        let plan = self.run.plan()?;
        let run = self.run.run(&plan)?;
        let log = self.window.record(&run, log::READABLE)?;
        let history = History::new(&run.scenario, &log);
        let prefix = self.output.clone().unwrap_or_else(|| Path::new("traces").join(&plan.stem));
        writeln!(out, "{}: {}", plan.stem, plan.title)?;
        writeln!(out, "  run      {}", observing::describe(&plan, &run))?;
        writeln!(out, "  window   {}", self.describe_window(&log))?;
        writeln!(out, "  events   {}", grouped(log.entries.len() as u64))?;
        let formats: Vec<plot::Format> = self.format.iter().filter_map(|format| format.of_picture()).collect();
        if !formats.is_empty() {
            let caption = caption(&plan, &run, &log);
            let (timeline, left_out) = picture::timeline(&history, &plan.title);
            for what in left_out {
                talk(&format!("warning: {what}"));
            }
            let name = prefix.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let failed = |error: FigureError| CliError::Usage(format!("cannot draw {name}: {error}"));
            let drawing = timeline::draw(&timeline, &theme).map_err(failed)?;
            let picture = Picture { name: &name, drawing: &drawing, caption: &caption };
            let directory = prefix.parent().unwrap_or(Path::new(""));
            for path in picture.save(directory, &theme, &formats)? {
                writeln!(out, "  figure   {}", path.display())?;
            }
        }
        if self.format.contains(&Format::Json) {
            let path = with_ending(&prefix, "json");
            let title = format!("{}: {}, {}", plan.stem, plan.title, observing::describe(&plan, &run));
            stream(&path, |file| Ok(chrome::write(&history, &title, file)?))?;
            writeln!(out, "  trace    {}", path.display())?;
        }
        if self.format.contains(&Format::Perfetto) {
            let path = with_ending(&prefix, "pftrace");
            stream(&path, |file| Ok(perfetto::write(&history, file)?))?;
            writeln!(out, "  trace    {}", path.display())?;
        }
        if self.format.contains(&Format::Events) {
            let path = with_ending(&prefix, "events.csv");
            stream(&path, |file| Ok(csv::write(&log, &history.cast, file)?))?;
            writeln!(out, "  log      {}", path.display())?;
        }
        Ok(Status::Done)
    }

    fn describe_window(&self, log: &Log) -> String {
        let (from, to) = (duration::describe(log.window.start), duration::describe(log.window.end));
        let why = if self.window.window.is_none() { "; --window takes another" } else { "" };
        format!("{from}..{to}{why}")
    }
}

/// What stands under the figure in print.
fn caption(plan: &Plan, run: &Repeatable, log: &Log) -> String {
    let Range { start, end } = log.window;
    let lines = [
        format!("{}.", plan.title.trim_end_matches('.')),
        "A row a thread, then who holds the lock and who has each core, in the colour beside the thread's name.".into(),
        format!("Simulated time {} to {}.", duration::describe(start), duration::describe(end)),
        format!("{}: {}.", plan.stem, observing::describe(plan, run)),
    ];
    lines.join("\n") + "\n"
}

/// Reads `FROM..TO`; either may be missing.
fn window(text: &str) -> Result<Range<Nanos>, String> {
    let (from, to) = text.split_once("..").ok_or("a window is written FROM..TO, such as 1s..1.2s")?;
    let time = |text: &str, missing: Nanos| match text.trim() {
        "" => Ok(missing),
        text => duration::parse(text).map_err(|error| error.message),
    };
    let (from, to) = (time(from, 0)?, time(to, NEVER)?);
    if from < to { Ok(from..to) } else { Err("a window begins before it ends".into()) }
}

fn with_ending(prefix: &Path, ending: &str) -> PathBuf {
    let mut name = prefix.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// Writes a file piece by piece.
fn stream(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), Box<dyn std::error::Error + Send + Sync>>,
) -> Result<(), CliError> {
    let io = |error| WriteError::Io { path: path.into(), error };
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory).map_err(io)?;
    }
    let mut file = BufWriter::new(File::create(path).map_err(io)?);
    write(&mut file).map_err(|error| WriteError::Format { path: path.into(), error })?;
    Ok(file.flush().map_err(io)?)
}
