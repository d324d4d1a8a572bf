//! The files of a tuning: every setting that was tried, the front, the regret over the runs, and the answer.
//!
//! | file | a row for each |
//! |---|---|
//! | `NAME.settings.csv` | setting that was tried: stage, role, runs, objectives, margins of the constraints |
//! | `NAME.front.csv` | setting on the front, if there are several objectives |
//! | `NAME.regret.csv` | change of what was best so far, with what it lacks of the recommended setting |
//! | `NAME.sensitivity.csv` | objective and parameter, if there are several parameters |
//! | `NAME.tune.json` | the answer, its guarantee, and what it takes to do it again |
//!
//! They are the same on every machine and for every number of jobs, unless the budget is a time.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::Stage;
use super::answer::{Answer, Effect, Reason};
use super::evaluator::{Evaluator, Trial};
use super::finals::Guarantee;
use super::sensitivity::Influence;
use crate::experiment::key::hash;
use crate::experiment::output::{DataDirectory, WriteError};
use crate::experiment::plan::Plan;
use crate::experiment::provenance::write_json;
use crate::experiment::results::{number, write_rows};
use crate::experiment::sweep::ParamValue;
use crate::experiment::tune::Sense;
use crate::experiment::tune::space::Setting;
use crate::kernel::streams::GENERATOR;
use crate::simulation::MODEL_VERSION;
use crate::statistics::interval::Estimate;

/// The role of a setting of which a run failed, or measured nothing.
pub const FAILED: &str = "failed";

/// The path of one of the files.
pub fn path(data: &DataDirectory, stem: &str, ending: &str) -> PathBuf {
    data.0.join(format!("{stem}.{ending}"))
}

/// Writes all files.
///
/// # Errors
/// A file cannot be written.
pub fn write(plan: &Plan, evaluator: &Evaluator, answer: &Answer, data: &DataDirectory) -> Result<(), WriteError> {
    let stem = &plan.stem;
    let tables = [
        ("settings.csv", Some(settings(evaluator, answer))),
        ("front.csv", (!answer.found.front.is_empty()).then(|| front(evaluator, answer))),
        ("regret.csv", (!evaluator.history.is_empty()).then(|| regret_rows(evaluator, answer))),
        ("sensitivity.csv", (!answer.influences.is_empty()).then(|| sensitivity(evaluator, answer))),
    ];
    for (ending, rows) in tables {
        let path = path(data, stem, ending);
        match rows {
            Some(rows) => write_rows(&path, rows.into_iter())?,
            // One of an earlier tuning would be drawn as if it belonged to this one.
            None => std::fs::remove_file(&path).unwrap_or_default(),
        }
    }
    write_json(&path(data, stem, "tune.json"), &document(plan, evaluator, answer))
}

/// The values of a setting.
pub fn values(evaluator: &Evaluator, setting: &Setting) -> Vec<ParamValue> {
    let axis = evaluator.study.tune.space.axis(std::slice::from_ref(setting));
    axis.columns.iter().map(|column| column.value(&column.items[0].value)).collect()
}

fn settings(evaluator: &Evaluator, answer: &Answer) -> Vec<Vec<String>> {
    let tune = evaluator.study.tune;
    let mut header: Vec<String> = vec!["setting".into()];
    header.extend(tune.space.columns());
    header.extend(["stage", "role", "runs"].map(str::to_owned));
    for objective in &tune.objectives {
        header.extend(columns(&objective.text));
    }
    for constraint in &tune.constraints {
        header.extend(columns(&format!("{} margin", constraint.text)));
    }
    let row = |(index, trial): (usize, &Trial)| {
        let mut row = vec![index.to_string()];
        row.extend(values(evaluator, &trial.setting).iter().map(ToString::to_string));
        let role = if trial.is_valid() { role(answer, index) } else { FAILED };
        row.extend([trial.stage.name().into(), role.into(), trial.runs.len().to_string()]);
        (0..tune.objectives.len()).for_each(|objective| row.extend(cells(trial.objective(objective))));
        (0..tune.constraints.len()).for_each(|constraint| row.extend(cells(trial.margin(constraint))));
        row
    };
    let tried = evaluator.trials.iter().enumerate().filter(|(_, trial)| trial.stage != Stage::Sensitivity);
    std::iter::once(header).chain(tried.map(row)).collect()
}

/// The columns of an estimate, and what stands in them.
fn columns(of: &str) -> [String; 3] {
    [of.to_owned(), format!("{of} low_95"), format!("{of} high_95")]
}

fn cells(estimate: Estimate) -> [String; 3] {
    [Some(estimate.mean), estimate.low(), estimate.high()].map(|value| number(value.unwrap_or(f64::NAN)))
}

/// What became of a trial.
fn role(answer: &Answer, trial: usize) -> &'static str {
    let found = &answer.found;
    match trial {
        _ if trial == found.best && trial == answer.default => "recommended-default",
        _ if trial == found.best => "recommended",
        _ if trial == answer.default => "default",
        _ if found.front.contains(&trial) => "front",
        _ if found.rivals.contains(&trial) => "rival",
        _ if found.front.is_empty() && found.compared.contains(&trial) => "compared",
        _ => "",
    }
}

fn front(evaluator: &Evaluator, answer: &Answer) -> Vec<Vec<String>> {
    let rows = settings(evaluator, answer);
    let row = |trial: &usize| rows.iter().find(|row| row[0] == trial.to_string()).cloned();
    rows.first().cloned().into_iter().chain(answer.found.front.iter().filter_map(row)).collect()
}

/// What the best so far lacks of the recommended setting, by the score, after so many runs; a row for each change.
///
/// Both are judged by all that is known of them at the end, over the replications that both have.
fn regret(evaluator: &Evaluator, answer: &Answer) -> Vec<(u64, usize, f64)> {
    let Some(scoring) = &evaluator.scoring else { return Vec::new() };
    let best = &evaluator.trials[answer.found.best];
    let lack = |trial: &Trial| {
        let common = trial.runs.iter().filter_map(|(run, (worth, _))| Some((worth, &best.runs.get(run)?.0)));
        let lacks: Vec<f64> = common.map(|(theirs, ours)| scoring.of(ours) - scoring.of(theirs)).collect();
        lacks.iter().sum::<f64>() / lacks.len() as f64
    };
    let mut changes: Vec<(u64, usize, f64)> = Vec::new();
    // What turned out to break a constraint was never a choice.
    for incumbent in evaluator.history.iter().filter(|incumbent| evaluator.trials[incumbent.trial].keeps()) {
        if changes.last().is_none_or(|last| last.1 != incumbent.trial) {
            changes.push((incumbent.runs, incumbent.trial, lack(&evaluator.trials[incumbent.trial])));
        }
    }
    if changes.last().is_none_or(|last| last.1 != answer.found.best) {
        changes.push((evaluator.spent, answer.found.best, 0.0));
    }
    changes
}

fn regret_rows(evaluator: &Evaluator, answer: &Answer) -> Vec<Vec<String>> {
    let scale = evaluator.scoring.as_ref().map_or(f64::NAN, |s| s.mean(&evaluator.trials[answer.found.best]).abs());
    let header = ["runs", "setting", "regret", "relative_regret"].map(str::to_owned).to_vec();
    let rows = regret(evaluator, answer).into_iter();
    let row = |(runs, setting, lack): (u64, usize, f64)| {
        vec![runs.to_string(), setting.to_string(), number(lack), number(lack / scale)]
    };
    std::iter::once(header).chain(rows.map(row)).collect()
}

fn sensitivity(evaluator: &Evaluator, answer: &Answer) -> Vec<Vec<String>> {
    let tune = evaluator.study.tune;
    let header = [
        "objective",
        "parameter",
        "swing_low",
        "swing_high",
        "morris_effect",
        "morris_effect_low_95",
        "morris_effect_high_95",
        "morris_sd",
        "sobol_first",
        "sobol_first_low_95",
        "sobol_first_high_95",
        "sobol_total",
        "sobol_total_low_95",
        "sobol_total_high_95",
    ];
    let row = |influence: &Influence| {
        let Influence { objective, dimension, swing, effect, effect_sd, first, total } = influence;
        let mut row = vec![tune.objectives[*objective].text.clone(), tune.space.dimensions()[*dimension].name.clone()];
        row.extend([swing.0, swing.1].map(|end| number(if end.is_finite() { end } else { f64::NAN })));
        row.extend(cells(*effect));
        row.push(number(*effect_sd));
        row.extend([first, total].into_iter().flat_map(|i| [i.value, i.interval.0, i.interval.1].map(number)));
        row
    };
    let header = header.map(str::to_owned).to_vec();
    std::iter::once(header).chain(answer.influences.iter().map(row)).collect()
}

fn document(plan: &Plan, evaluator: &Evaluator, answer: &Answer) -> Value {
    let tune = evaluator.study.tune;
    let inputs = plan.inputs.iter().map(|(name, text)| json!({ "file": name, "hash": hash(&text.text) }));
    let setting = |trial: usize| {
        let values = values(evaluator, &evaluator.trials[trial].setting);
        let params = tune.space.columns().into_iter().zip(values.iter().map(ParamValue::to_json));
        json!({ "setting": trial, "params": Value::Object(params.collect()) })
    };
    let objective = |(index, effect): (usize, &Effect)| {
        let of = &tune.objectives[index];
        let sense = if of.sense == Sense::Maximise { "maximise" } else { "minimise" };
        json!({
            sense: of.text,
            "weight": of.weight,
            "replications": effect.difference.n,
            "recommended": estimate(effect.recommended),
            "default": estimate(effect.default),
            "difference": estimate(effect.difference),
            "ratio": { "value": effect.ratio.ratio, "interval_95": effect.ratio.interval },
        })
    };
    let constraint = |(index, of): (usize, &crate::experiment::tune::Constraint)| {
        let margin = |trial: usize| estimate(evaluator.trials[trial].margin(index));
        json!({ "constraint": of.text, "margin": margin(answer.found.best), "default_margin": margin(answer.default) })
    };
    json!({
        "title": plan.title,
        "question": plan.question,
        "source": plan.source,
        "recommended": setting(answer.found.best),
        "default": setting(answer.default),
        "conclusion": answer.conclusion(evaluator),
        "guarantee": guarantee(answer, evaluator),
        "line": answer.advice(),
        "effects": answer.effects.iter().enumerate().map(objective).collect::<Value>(),
        "constraints": tune.constraints.iter().enumerate().map(constraint).collect::<Value>(),
        "reasons": answer.reasons.iter().map(reason).collect::<Value>(),
        "runs": evaluator.spent,
        "runs_for_sensitivity": evaluator.beyond,
        "settings": evaluator.trials.iter().filter(|trial| trial.stage != Stage::Sensitivity).count(),
        "events": evaluator.events,
        "deterministic": tune.budget.time.is_none(),
        "gilsim": env!("CARGO_PKG_VERSION"),
        "model": MODEL_VERSION,
        "generator": GENERATOR,
        "seed": plan.repetition.seed,
        "hash": hash(&plan.text.text),
        "inputs": inputs.collect::<Value>(),
        "configuration": plan.configuration,
    })
}

fn guarantee(answer: &Answer, evaluator: &Evaluator) -> Value {
    let mut of = match &answer.found.guarantee {
        Guarantee::Alone => json!({ "kind": "alone" }),
        Guarantee::Kn { confidence, indifference, complete } => {
            json!({ "kind": "kn", "probability": confidence, "indifference": indifference, "complete": complete })
        }
        Guarantee::Bound { confidence, within, probability, indifference, complete } => json!({
            "kind": "bound",
            "confidence": confidence,
            "within": within,
            "estimated_probability": probability,
            "indifference": indifference,
            "complete": complete,
        }),
        Guarantee::Front { replications, complete } => {
            json!({ "kind": "front", "replications": replications, "complete": complete })
        }
        Guarantee::Impossible => json!({ "kind": "impossible" }),
    };
    of["compared"] = answer.found.compared.len().into();
    of["text"] = answer.guarantee(evaluator).into();
    of
}

fn estimate(estimate: Estimate) -> Value {
    json!({ "mean": estimate.mean, "interval_95": estimate.interval })
}

fn reason(reason: &Reason) -> Value {
    json!({
        "share": reason.metric,
        "default": reason.default,
        "recommended": reason.recommended,
        "difference": estimate(reason.difference),
    })
}
