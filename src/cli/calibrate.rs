//! `gilsim calibrate`: measures the machine that it runs on, and Python interpreters.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{CliError, Status, interrupt, talk};
use crate::calibration::report;
use crate::calibration::session::Session;
use crate::experiment::{duration, output};

/// The time that `--quick` gives.
const QUICK: Duration = Duration::from_secs(10);

#[derive(Debug, clap::Args)]
#[command(after_help = "\
The profile FILE is for `machine.profile = \"FILE\"` in an experiment. Each interpreter gets a file in the directory of
the same name without `.toml`, in the format of data/interpreters: FILE = my.toml and CPython 3.11 give my/py311.toml.
The costs of Python in the profile (start of threads and processes, pickle, pipe) are those of the first interpreter.

Examples:
  gilsim calibrate                                          # only tell
  gilsim calibrate --python python3 -o data/machines/my.toml
  gilsim calibrate --python python3 --python ~/py/bin/python2.7 --quick -o data/machines/my.toml
  gilsim run --set machine.profile=data/machines/my.toml experiments/convoy.toml
  gilsim validate --against mine.csv --machine data/machines/my.toml --interpreters data/machines/my")]
pub(super) struct Arguments {
    /// A Python interpreter to measure as well; can be given more than once.
    #[arg(long, value_name = "EXE")]
    python: Vec<OsString>,
    /// Where to write the profile, a new file that ends in `.toml`; without it, nothing is written.
    #[arg(long, short, value_name = "FILE", value_parser = profile_path)]
    output: Option<PathBuf>,
    /// Time for everything.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = time)]
    budget: Duration,
    /// The same as `--budget 10s`.
    #[arg(long, conflicts_with = "budget")]
    quick: bool,
}

fn profile_path(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let named = path.extension().is_some_and(|ending| ending == "toml") && path.file_stem().is_some();
    if named { Ok(path) } else { Err("a profile is named with its ending: \"my-machine.toml\"".into()) }
}

fn time(text: &str) -> Result<Duration, String> {
    duration::parse(text).map(Duration::from_nanos).map_err(|error| error.message)
}

impl Arguments {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<Status, CliError> {
        // Files are moved into place whole, however the process ends.
        let stop = interrupt::flag();
        let budget = if self.quick { QUICK } else { self.budget };
        let session = Session { pythons: self.python.clone(), budget, stop };
        let bar = progress(u64::from(session.weight()));
        let mut done = 0;
        let found = session.run(&mut |what, weight| {
            bar.set_position(done);
            bar.set_message(what.to_owned());
            done += u64::from(weight);
        });
        bar.finish_and_clear();
        let found = found.map_err(|error| CliError::Usage(format!("cannot make a temporary directory: {error}")))?;
        let Some(mut calibration) = found else {
            talk("interrupted: nothing was written");
            return Ok(Status::RunFailed);
        };
        report::write(&calibration, out)?;
        if let Some(path) = &self.output {
            let files = calibration.files().map_err(CliError::Usage)?;
            write(path, &files.profile, out)?;
            for (name, text) in &files.interpreters {
                write(&path.with_extension("").join(format!("{name}.toml")), text, out)?;
            }
        }
        for (asked, reason) in &calibration.failed {
            talk(&format!("error: the interpreter `{}` is left out: {reason}", asked.display()));
        }
        Ok(if calibration.failed.is_empty() { Status::Done } else { Status::RunFailed })
    }
}

fn write(path: &Path, text: &str, out: &mut dyn Write) -> Result<(), CliError> {
    output::write(path, text.as_bytes())?;
    writeln!(out, "wrote {}", path.display())?;
    Ok(())
}

/// A bar on standard error, where it is a terminal.
fn progress(total: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {elapsed_precise} {msg}") {
        bar.set_style(style);
    }
    bar
}
