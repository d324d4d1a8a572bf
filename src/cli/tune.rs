//! `gilsim tune`: finds the best setting of an experiment's parameters.

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::plot::{self, Format, Picture};
use super::{CliError, Directories, OverrideArguments, Status, counted, grouped, interrupt, jobs, talk};
use crate::experiment::journal::Journal;
use crate::experiment::output::DataDirectory;
use crate::experiment::plan::Plan;
use crate::experiment::results::number;
use crate::figure::{self, Theme};
use crate::tuning::answer::{Answer, Verdict};
use crate::tuning::evaluator::{Evaluator, Study};
use crate::tuning::figures::{Figure, Results};
use crate::tuning::{Stage, TuneError, report, tune};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gilsim tune experiments/tune-web.toml
  gilsim tune --quick experiments/tune-*.toml
  gilsim tune --set tune.budget.runs=5000 --set 'tune.budget.precision=\"0.5%\"' experiments/tune-web.toml
  gilsim tune --set 'tune.budget.time=\"30s\"' experiments/tune-web.toml

A file has a [tune] table: what is varied, what is wanted, what must hold, and what it may cost.
  [tune]
  maximise    = \"request.rate_per_s\"
  constraints = [\"request.latency_p99_us <= 10000\"]
  budget      = { runs = 1000, precision = \"1%\" }
  [tune.over]
  \"lock.switch_interval\" = { logspace = [\"10us\", \"100ms\"] }")]
pub(super) struct Arguments {
    /// Experiments with a [tune] table.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Threads to run on; as many as there are processors by default. Has no influence on the results.
    #[arg(long, short, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Forget the finished runs that were kept, and do all of them.
    #[arg(long)]
    fresh: bool,
    /// Draw no figures.
    #[arg(long)]
    no_plots: bool,
    /// Draw the figures again from the results at hand, and run nothing.
    #[arg(long, conflicts_with_all = ["no_plots", "fresh"])]
    redraw: bool,
    #[command(flatten)]
    overrides: OverrideArguments,
    #[command(flatten)]
    directories: Directories,
    /// Directory in which finished runs are kept; `.runs` in that of the results by default.
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
}

impl From<TuneError> for CliError {
    fn from(error: TuneError) -> Self {
        match error {
            TuneError::Input(error) => Self::Input(error),
            TuneError::Runner(error) => Self::Runner(error),
            error => Self::Usage(error.to_string()),
        }
    }
}

impl Arguments {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<Status, CliError> {
        let overrides = self.overrides.overrides();
        let plans = super::load_all(&self.files, &overrides)?;
        for (plan, file) in plans.iter().zip(&self.files) {
            if plan.tune.is_none() {
                return Err(CliError::Usage(format!("{}: there is no [tune] table", file.display())));
            }
        }
        if self.redraw {
            for plan in &plans {
                for path in self.draw(plan)? {
                    writeln!(out, "{}", path.display())?;
                }
            }
            return Ok(Status::Done);
        }
        interrupt::install();
        let mut status = Status::Done;
        for (plan, file) in plans.iter().zip(&self.files) {
            if self.tune(plan, file, out)? == Status::RunFailed {
                status = Status::RunFailed;
            }
        }
        Ok(status)
    }

    fn tune(&self, plan: &Plan, file: &std::path::Path, out: &mut dyn Write) -> Result<Status, CliError> {
        let Some(of) = &plan.tune else { return Ok(Status::BadInput) };
        let data = DataDirectory(self.directories.data.clone());
        let cache = self.cache.clone().unwrap_or_else(|| data.0.join(".runs"));
        let journal = Journal::new(&cache, &plan.stem, None);
        if self.fresh {
            journal.forget()?;
        }
        let overrides = self.overrides.overrides();
        let progress = Progress::new(of.budget.runs);
        let study = Study {
            path: file,
            text: &plan.text,
            overrides: &overrides,
            tune: of,
            seed: plan.repetition.seed,
            journal: Some(&journal),
            jobs: jobs(self.jobs),
            observe: &|stage, runs| progress.at(stage.name(), runs),
        };
        let (evaluator, answer) = tune(study)?;
        progress.finish();
        report::write(plan, &evaluator, &answer, &data)?;
        let figures = if self.no_plots { Vec::new() } else { self.draw(plan)? };
        journal.compact();
        for complaint in &evaluator.complaints {
            talk(&format!("warning: {complaint}"));
        }
        tell(plan, &evaluator, &answer, &data, &figures, out)?;
        Ok(if answer.verdict == Verdict::Impossible { Status::RunFailed } else { Status::Done })
    }
}

impl Arguments {
    /// Draws the figures from the files of the tuning.
    fn draw(&self, plan: &Plan) -> Result<Vec<PathBuf>, CliError> {
        let Some(of) = &plan.tune else { return Ok(Vec::new()) };
        let data = DataDirectory(self.directories.data.clone());
        let results = Results::read(of, &data, &plan.stem).map_err(|error| plot::failed(&plan.stem, &error))?;
        let theme = Theme::default();
        let mut paths = Vec::new();
        for Figure { name, caption, chart } in results.figures() {
            let name = format!("{}-{name}", plan.stem);
            let drawing = figure::draw_chart(&chart, &theme).map_err(|error| plot::failed(&name, &error))?;
            let title = plan.title.trim_end_matches('.');
            let caption = format!("{title}.\n{}\n{caption}\nSeed {}.\n", plan.question, plan.repetition.seed);
            let picture = Picture { name: &name, drawing: &drawing, caption: &caption };
            paths.extend(picture.save(&self.directories.plots, &theme, &[Format::Png])?);
        }
        Ok(paths)
    }
}

/// How far the tuning is, on standard error if that is a terminal.
struct Progress(indicatif::ProgressBar);

impl Progress {
    fn new(runs: u64) -> Self {
        let style = indicatif::ProgressStyle::with_template("{msg:12} {wide_bar} {pos}/{len} runs at most");
        let bar = indicatif::ProgressBar::new(runs);
        Self(bar.with_style(style.unwrap_or_else(|_| indicatif::ProgressStyle::default_bar())))
    }

    fn at(&self, stage: &'static str, runs: u64) {
        self.0.set_message(stage);
        self.0.set_position(runs);
    }

    fn finish(&self) {
        self.0.finish_and_clear();
    }
}

/// The answer in words.
fn tell(
    plan: &Plan,
    evaluator: &Evaluator,
    answer: &Answer,
    data: &DataDirectory,
    figures: &[PathBuf],
    out: &mut dyn Write,
) -> io::Result<()> {
    let tune = evaluator.study.tune;
    let describe = |trial: usize| tune.space.describe(&evaluator.trials[trial].setting);
    writeln!(out, "{}: {}", plan.stem, plan.title)?;
    writeln!(out, "  recommended  {}", describe(answer.found.best))?;
    writeln!(out, "  default      {}", describe(answer.default))?;
    writeln!(out, "  conclusion   {}", answer.conclusion(evaluator))?;
    writeln!(out, "  guarantee    {}", answer.guarantee(evaluator))?;
    for (objective, effect) in tune.objectives.iter().zip(&answer.effects) {
        let interval = effect.ratio.interval;
        let interval = interval.map(|(low, high)| format!(" [{low:.4}, {high:.4}]")).unwrap_or_default();
        writeln!(
            out,
            "  effect       {}: {} instead of {}, {:.4}{interval} times the default (n = {})",
            objective.text,
            short(effect.recommended.mean),
            short(effect.default.mean),
            effect.ratio.ratio,
            effect.ratio.n
        )?;
    }
    for (index, constraint) in tune.constraints.iter().enumerate() {
        let margin = evaluator.trials[answer.found.best].margin(index);
        let state = match (margin.mean >= 0.0, margin.excludes(0.0)) {
            (true, true) => "holds",
            (true, false) => "holds in the mean, not certainly",
            (false, _) => "does not hold",
        };
        let half = margin.half_width().map(|half| format!(" ± {}", short(half))).unwrap_or_default();
        writeln!(out, "  constraint   {}: {state}, margin {}{half}", constraint.text, short(margin.mean))?;
    }
    for reason in &answer.reasons {
        let [before, after] = [reason.default, reason.recommended].map(|share| 100.0 * share);
        writeln!(out, "  because      {} is {after:.1} % instead of {before:.1} %", reason.metric)?;
    }
    let tried = evaluator.trials.iter().filter(|trial| trial.stage != Stage::Sensitivity);
    let settings = counted(tried.count() as u64, "setting");
    let beyond = if evaluator.beyond > 0 {
        format!(" and {} for the sensitivity", grouped(evaluator.beyond))
    } else {
        String::new()
    };
    writeln!(out, "  runs         {} of {settings}{beyond}", grouped(evaluator.spent))?;
    if tune.budget.time.is_some() {
        writeln!(out, "  note         the budget is a time: another go may do another number of runs")?;
    }
    writeln!(out, "  results      {}", report::path(data, &plan.stem, "settings.csv").display())?;
    for figure in figures {
        writeln!(out, "  figure       {}", figure.display())?;
    }
    if let Some(advice) = answer.advice() {
        writeln!(out, "\n{advice}")?;
    }
    Ok(())
}

/// A number of five digits.
fn short(value: f64) -> String {
    number(format!("{value:.4e}").parse().unwrap_or(value))
}
