//! `gilsim report`: one page with question, figures, numbers, provenance and a timeline to look into.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::explain_wait;
use super::observing::{self, RunArguments};
use super::plot::{self, Drawn};
use super::{CliError, Directories, Status, talk};
use crate::experiment::duration;
use crate::experiment::output::{self, DataDirectory};
use crate::experiment::plan::Plan;
use crate::experiment::runner::Repeatable;
use crate::figure::{self, Theme};
use crate::report::{Picture, Report};
use crate::trace::{History, Log, page};

/// How many stays of threads in a state a page shows unless it is said otherwise: some two megabytes.
const STAYS: usize = 20_000;

/// How many waits are explained.
const WAITS: usize = 3;

/// What is told of how the results came about, and under which key of the provenance it stands.
const PROVENANCE: [(&str, &str); 9] = [
    ("gilsim", "gilsim"),
    ("model", "model"),
    ("generator", "generator"),
    ("seed", "seed"),
    ("replications", "replications"),
    ("runs", "runs"),
    ("events", "events"),
    ("hash of the experiment", "hash"),
    ("fingerprint of all events", "fingerprint"),
];

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gilsim report experiments/convoy.toml
  gilsim report --cell thread.hog.count=2 --window 1s..3s -o convoy.html experiments/convoy.toml

The results must be there: `gilsim run` makes them.")]
pub(super) struct Arguments {
    #[command(flatten)]
    run: RunArguments,
    #[command(flatten)]
    window: super::trace::WindowArguments,
    /// The page; by default reports/ and the name of the experiment.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    directories: Directories,
}

impl Arguments {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<Status, CliError> {
        let plan = self.run.plan()?;
        let run = self.run.run(&plan)?;
        let figures = self.figures(&plan)?;
        let log = self.window.record(&run, STAYS)?;
        let history = History::new(&run.scenario, &log);
        let report = Report {
            title: &plan.title,
            question: &plan.question,
            source: plan.source.as_deref(),
            figures,
            run: told(&plan, &run, &log),
            timeline: page::data(&history),
            waits: explain_wait::explained(&run, WAITS, None)?.into_iter().map(|wait| wait.lines).collect(),
            provenance: self.provenance(&plan),
            text: &plan.text.text,
        };
        let path = self.output.clone().unwrap_or_else(|| Path::new("reports").join(format!("{}.html", plan.stem)));
        output::write(&path, report.html().as_bytes())?;
        writeln!(out, "{}: {}", plan.stem, plan.title)?;
        writeln!(out, "  run      {}", observing::describe(&plan, &run))?;
        writeln!(out, "  report   {}", path.display())?;
        Ok(Status::Done)
    }

    fn figures(&self, plan: &Plan) -> Result<Vec<Picture>, CliError> {
        let theme = Theme::default();
        let made = plot::Made::read(plan, &DataDirectory(self.directories.data.clone()));
        let picture = |Drawn { name, spec, drawing }: Drawn| {
            for warning in &drawing.warnings {
                talk(&format!("warning: {name}: {warning}"));
            }
            let png = figure::png(&drawing.svg, &theme.font).map_err(|error| plot::failed(&name, &error))?;
            Ok(Picture { png, caption: made.caption(plan, spec), numbers: drawing.numbers_csv })
        };
        plot::drawings(plan, &self.directories, &theme)?.into_iter().map(picture).collect()
    }

    fn provenance(&self, plan: &Plan) -> Vec<(String, String)> {
        let path = DataDirectory(self.directories.data.clone()).provenance(&plan.stem);
        let json: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap_or_default()).unwrap_or_default();
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let known = PROVENANCE.iter().filter(|(_, key)| !json[key].is_null());
        known.map(|(name, key)| ((*name).to_owned(), text(&json[key]))).collect()
    }
}

/// Which run it is and which part of it.
fn told(plan: &Plan, run: &Repeatable, log: &Log) -> String {
    let (from, to) = (duration::describe(log.window.start), duration::describe(log.window.end));
    format!("{}: {}; simulated time {from} to {to}.", plan.stem, observing::describe(plan, run))
}
