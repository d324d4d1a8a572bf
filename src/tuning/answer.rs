//! The answer: what is recommended, what it brings against the default, and why.

use std::fmt::Write;

use super::evaluator::{Evaluator, Trial};
use super::finals::{Found, Guarantee};
use super::sensitivity::Influence;
use crate::experiment::duration;
use crate::lock;
use crate::simulation::metrics;
use crate::statistics::interval::Estimate;
use crate::statistics::paired::{self, Ratio};

/// The level of the intervals of effects.
const LEVEL: f64 = 0.95;

/// A share of time that moves by less is not told as a reason.
const TELLING: f64 = 0.005;

/// So many reasons are told.
const REASONS: usize = 6;

/// What a tuning found.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The trial of the file's setting.
    pub default: usize,
    /// What was chosen, and on what grounds.
    pub found: Found,
    /// Its effect on each objective.
    pub effects: Vec<Effect>,
    /// What to make of it.
    pub verdict: Verdict,
    /// Where the time of threads goes instead, the largest move first.
    pub reasons: Vec<Reason>,
    /// What matters how much.
    pub influences: Vec<Influence>,
    /// The line to put into a Python program, if the answer is a matter of one.
    pub line: Option<String>,
}

/// An objective under the recommended setting and under the default, over the replications that both have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// Under the recommended setting.
    pub recommended: Estimate,
    /// Under the default.
    pub default: Estimate,
    /// The first less the second, pair by pair.
    pub difference: Estimate,
    /// The first over the second.
    pub ratio: Ratio,
}

/// What to make of a recommendation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The default is the best.
    Default,
    /// The default is worse by no more than the precision.
    AsGood,
    /// That the recommended setting is better cannot be shown.
    Unproven,
    /// It is better.
    Better,
    /// It keeps the constraints, which the default breaks, or has an objective, which the default has not.
    Needed,
    /// Nothing keeps the constraints.
    Impossible,
    /// There is a front to choose from.
    Front,
}

/// A share of a group's time, or another share, that moves.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// Which share.
    pub metric: String,
    /// Under the default.
    pub default: f64,
    /// Under the recommended setting.
    pub recommended: f64,
    /// The difference, pair by pair.
    pub difference: Estimate,
}

impl Answer {
    /// Puts together what was found.
    pub fn new(evaluator: &Evaluator, default: usize, found: Found) -> Self {
        let (ours, theirs) = (&evaluator.trials[found.best], &evaluator.trials[default]);
        let pairs = Pairs::of(ours, theirs, found.fresh);
        let effects = (0..evaluator.study.tune.objectives.len()).map(|index| pairs.effect(index)).collect();
        let verdict = verdict(evaluator, default, &found, &pairs);
        let reasons = if found.best == default { Vec::new() } else { pairs.reasons() };
        let line = line(ours, theirs);
        Self { default, found, effects, verdict, reasons, influences: Vec::new(), line }
    }

    /// What is promised, in a sentence or two.
    pub fn guarantee(&self, evaluator: &Evaluator) -> String {
        let precision = evaluator.study.tune.budget.precision;
        let compared = self.found.compared.len();
        let of = |complete: bool| if complete { "all settings" } else { "the finalists of the search" };
        let scale =
            evaluator.scoring.as_ref().map_or(1.0, |scoring| scoring.mean(&evaluator.trials[self.found.best]).abs());
        let mut text = String::new();
        let _ = match &self.found.guarantee {
            Guarantee::Alone => {
                write!(text, "no other of the settings that were to be compared keeps the constraints")
            }
            Guarantee::Kn { confidence, complete, .. } => write!(
                text,
                "best of {compared} ({}) with probability at least {confidence}, within {} % (Kim and Nelson; \
                 settings nearer than that count as equal)",
                of(*complete),
                percent(precision)
            ),
            Guarantee::Bound { confidence, within, probability, complete, .. } if within.is_finite() => write!(
                text,
                "with {} % confidence no other of {compared} ({}) is better by more than {} %; within {} % it is the best \
                 with an estimated probability of {probability:.3}",
                percent(*confidence),
                of(*complete),
                percent(within / scale),
                percent(precision)
            ),
            Guarantee::Bound { .. } => write!(text, "none: the budget ended before there was anything to compare"),
            Guarantee::Front { replications, complete } => write!(
                text,
                "the front of means over at least {replications} replications among {}; it has {} settings",
                if *complete { "all settings" } else { "the settings tried" },
                self.found.front.len()
            ),
            Guarantee::Impossible => {
                write!(text, "none: no setting that was tried keeps the constraints, this one breaks them least")
            }
        };
        text
    }

    /// What to make of it, in a sentence.
    pub fn conclusion(&self, evaluator: &Evaluator) -> String {
        let precision = percent(evaluator.study.tune.budget.precision);
        match self.verdict {
            Verdict::Default => "the default is the best".into(),
            Verdict::AsGood => format!("the default is as good: it is worse by less than {precision} %"),
            Verdict::Unproven => "that it is better than the default could not be shown; keep the default".into(),
            Verdict::Better => "it is better than the default".into(),
            Verdict::Needed if !evaluator.trials[self.default].keeps() => {
                "it keeps the constraints, which the default does not".into()
            }
            Verdict::Needed => "under the default an objective has no value in some replication".into(),
            Verdict::Impossible => "no setting that was tried keeps the constraints".into(),
            Verdict::Front => {
                "what is best depends on what the objectives are worth; recommended is the compromise that is \
                               nearest to the best of each"
                    .into()
            }
        }
    }

    /// The line for the program, or that the default may stay.
    pub fn advice(&self) -> Option<String> {
        match self.verdict {
            Verdict::Better | Verdict::Needed | Verdict::Front => self.line.clone(),
            Verdict::Impossible => None,
            Verdict::Default | Verdict::AsGood | Verdict::Unproven => {
                self.line.as_ref().map(|_| "# nothing to change: the default is as good".into())
            }
        }
    }
}

/// A share as per cent, to three digits.
pub(super) fn percent(share: f64) -> String {
    let percent: f64 = format!("{:.2e}", 100.0 * share).parse().unwrap_or(f64::NAN);
    percent.to_string()
}

fn verdict(evaluator: &Evaluator, default: usize, found: &Found, pairs: &Pairs) -> Verdict {
    match found.guarantee {
        Guarantee::Impossible => return Verdict::Impossible,
        Guarantee::Front { .. } => return Verdict::Front,
        _ => {}
    }
    if found.best == default {
        return Verdict::Default;
    }
    if !evaluator.trials[default].keeps() || !evaluator.trials[default].is_valid() {
        return Verdict::Needed;
    }
    let Some(scoring) = &evaluator.scoring else { return Verdict::Unproven };
    let scores = |trial: &Trial| -> Vec<f64> {
        pairs.common.iter().map(|run| trial.runs.get(run).map_or(f64::NAN, |(worth, _)| scoring.of(worth))).collect()
    };
    let (ours, theirs) = (scores(pairs.ours), scores(pairs.theirs));
    let lead = paired::difference(&ours, &theirs, LEVEL);
    let indifference = evaluator.study.tune.budget.precision * scoring.mean(pairs.ours).abs();
    match (lead.low(), lead.high()) {
        (_, Some(high)) if high <= indifference => Verdict::AsGood,
        (Some(low), _) if low > 0.0 => Verdict::Better,
        _ => Verdict::Unproven,
    }
}

/// Two trials and the replications that both have.
struct Pairs<'t> {
    ours: &'t Trial,
    theirs: &'t Trial,
    common: Vec<u64>,
}

impl<'t> Pairs<'t> {
    fn of(ours: &'t Trial, theirs: &'t Trial, fresh: u64) -> Self {
        let common = |from: u64| -> Vec<u64> {
            ours.runs.range(from..).map(|(run, _)| *run).filter(|run| theirs.runs.contains_key(run)).collect()
        };
        // Runs of the search made the recommended setting what it is, and flatter it.
        let unseen = common(fresh);
        Self { ours, theirs, common: if unseen.len() > 1 { unseen } else { common(0) } }
    }

    fn values(&self, of: impl Fn(&Trial, u64) -> f64) -> (Vec<f64>, Vec<f64>) {
        let values = |trial: &Trial| self.common.iter().map(|&run| of(trial, run)).collect();
        (values(self.ours), values(self.theirs))
    }

    fn effect(&self, objective: usize) -> Effect {
        let (ours, theirs) = self.values(|trial, run| trial.runs[&run].0.objectives[objective]);
        Effect {
            recommended: Estimate::of(&ours, LEVEL),
            default: Estimate::of(&theirs, LEVEL),
            difference: paired::difference(&ours, &theirs, LEVEL),
            ratio: paired::ratio_of_means(&ours, &theirs, LEVEL),
        }
    }

    /// The shares that move most: of each group's time by state, of the cores' and of the locks'.
    fn reasons(&self) -> Vec<Reason> {
        let mut reasons: Vec<Reason> = shares(&self.ours.metrics)
            .into_iter()
            .filter_map(|(metric, part, whole)| {
                let share = |trial: &Trial, run: u64| {
                    let values = &trial.runs[&run].1;
                    let value = |name: &String| {
                        let place = trial.metrics.iter().position(|known| known == name);
                        place.map_or(f64::NAN, |place| values[place])
                    };
                    let whole = if whole.is_empty() { 1.0 } else { whole.iter().map(value).sum() };
                    value(&part) / whole
                };
                let (ours, theirs) = self.values(share);
                let difference = paired::difference(&ours, &theirs, LEVEL);
                let [recommended, default] = [&ours, &theirs].map(|values| Estimate::of(values, LEVEL).mean);
                (difference.mean.abs() >= TELLING && difference.excludes(0.0)).then_some(Reason {
                    metric,
                    default,
                    recommended,
                    difference,
                })
            })
            .collect();
        reasons.sort_by(|a, b| b.difference.mean.abs().total_cmp(&a.difference.mean.abs()));
        reasons.truncate(REASONS);
        reasons
    }
}

/// The shares among metrics: what each is called, the metric, and those that sum to its whole if it is no share itself.
fn shares(metrics: &[String]) -> Vec<(String, String, Vec<String>)> {
    let states: Vec<&str> = metrics::states().collect();
    let group = |metric: &String| {
        let (group, suffix) = metric.rsplit_once('.')?;
        let state = states.iter().find(|state| **state == suffix)?;
        let whole = states.iter().map(|state| format!("{group}.{state}")).collect();
        Some((format!("{group}.{}_share", state.trim_end_matches("_s")), metric.clone(), whole))
    };
    let whole = |metric: &String| {
        let is_share = metric.ends_with("_share") && (metric.starts_with("core.") || metric.starts_with("lock."));
        is_share.then(|| (metric.clone(), metric.clone(), Vec::new()))
    };
    metrics.iter().filter_map(|metric| group(metric).or_else(|| whole(metric))).collect()
}

/// The line that gives a Python program the recommended setting of its lock, if nothing but that differs from the default's.
fn line(ours: &Trial, theirs: &Trial) -> Option<String> {
    let (ours, theirs) = (ours.lock.as_ref()?, theirs.lock.as_ref()?);
    let (parameter, call) = match ours.preset.name {
        "cpython" | "pypy" => ("switch_interval", "sys.setswitchinterval"),
        "cpython2" => ("check_interval", "sys.setcheckinterval"),
        _ => return None,
    };
    let place = ours.preset.parameters.iter().position(|known| known.name == parameter)?;
    let mut same = theirs.clone();
    if same.preset.name != ours.preset.name {
        return None;
    }
    same.values[place] = ours.values[place];
    if same != *ours {
        return None;
    }
    let value = match ours.values[place] {
        lock::Value::Duration(nanos) => {
            return Some(format!("{call}({})  # {}", nanos as f64 / 1e9, duration::describe(nanos)));
        }
        lock::Value::Count(count) => count.to_string(),
        _ => return None,
    };
    Some(format!("{call}({value})"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::preset;

    #[test]
    fn shares_of_states_are_of_all_states_of_their_group() {
        let metrics = ["run.wall_s", "hog.python_s", "lock.held_share", "hog.work_s"].map(str::to_owned);
        let found = shares(&metrics);
        let names: Vec<&str> = found.iter().map(|(name, ..)| name.as_str()).collect();
        assert_eq!(names, ["hog.python_share", "lock.held_share"]);
        assert!(found[0].2.contains(&"hog.lock_wait_s".to_owned()) && found[0].2.len() == 11);
    }

    #[test]
    fn percents_have_three_digits() {
        assert_eq!([0.01, 1.0 / 3.0, 0.95].map(percent), ["1", "33.3", "95"]);
    }

    #[test]
    fn a_line_is_given_only_where_nothing_else_differs() {
        let trial = |name: &str, interval: u64| {
            let mut lock = lock::Setting::new(preset::find(name).unwrap());
            lock.values[0] = lock::Value::Duration(interval);
            Trial {
                setting: crate::experiment::tune::space::Setting(Vec::new()),
                stage: super::super::Stage::Default,
                lock: Some(lock),
                metrics: Vec::new(),
                runs: std::collections::BTreeMap::new(),
                failure: None,
            }
        };
        let place = |name: &str| {
            preset::find(name).unwrap().parameters.iter().position(|p| p.name == "switch_interval").unwrap()
        };
        assert_eq!((place("cpython"), place("pypy")), (0, 0));
        let (ours, theirs) = (trial("cpython", 1_500_000), trial("cpython", 5_000_000));
        assert_eq!(line(&ours, &theirs).as_deref(), Some("sys.setswitchinterval(0.0015)  # 1.5ms"));
        assert_eq!(line(&ours, &trial("pypy", 5_000_000)), None);
        let mut stealing = trial("cpython", 5_000_000);
        stealing.lock.as_mut().unwrap().values[2] = lock::Value::Flag(false);
        let flag = matches!(trial("cpython", 0).lock.unwrap().values[2], lock::Value::Flag(false));
        assert_eq!(line(&ours, &stealing).is_some(), flag);
    }
}
