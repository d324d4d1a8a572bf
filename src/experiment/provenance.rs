//! How results came about: what was run, and, in a file of its own, on what.
//!
//! `<stem>.json` is the same on every machine; whatever depends on the machine, the time or the number of jobs stands
//! in `<stem>.build.json`.

use serde_json::{Value, json};

use super::key::hash;
use super::output::{self, DataDirectory, WriteError};
use super::plan::{Cell, Plan};
use super::runner::{Results, Run};
use super::{duration, lock, machine, results, revision};
use crate::figure::FigureSpec;
use crate::kernel::streams::GENERATOR;
use crate::simulation::{MODEL_VERSION, Scenario, WarmUp};

/// Writes `<stem>.json` and `<stem>.build.json`.
///
/// # Errors
/// A file cannot be written.
pub fn write(plan: &Plan, results: &Results, jobs: usize, data: &DataDirectory) -> Result<(), WriteError> {
    write_json(&data.provenance(&plan.stem), &provenance(plan, results))?;
    write_json(&data.build(&plan.stem), &build(results, jobs))
}

/// Writes a value as a file of JSON.
///
/// # Errors
/// The file cannot be written.
pub fn write_json(path: &std::path::Path, value: &Value) -> Result<(), WriteError> {
    let text = serde_json::to_string_pretty(value);
    let text = text.map_err(|error| WriteError::Format { path: path.into(), error: error.into() })?;
    output::write(path, format!("{text}\n").as_bytes())
}

fn provenance(plan: &Plan, results: &Results) -> Value {
    let inputs = plan.inputs.iter().map(|(name, text)| json!({ "file": name, "hash": hash(&text.text) }));
    let deadlocks = results.deadlocks().map(|(run, report)| run_json(run, "report", report));
    let failures = results.failures().map(|(run, error)| run_json(run, "error", &error.to_string()));
    json!({
        "title": plan.title,
        "question": plan.question,
        "source": plan.source,
        "gilsim": env!("CARGO_PKG_VERSION"),
        "model": MODEL_VERSION,
        "generator": GENERATOR,
        "seed": plan.repetition.seed,
        "replications": plan.repetition.to_json(),
        "hash": hash(&plan.text.text),
        "inputs": inputs.collect::<Value>(),
        "configuration": plan.configuration,
        "resolved": plan.cells.first().map(|cell| resolved(&cell.scenario)),
        "runs": results.runs.len(),
        "events": results.events(),
        "fingerprint": format!("{:016x}", results.fingerprint()),
        "cells": plan.cells.iter().map(|cell| cell_json(cell, plan, results)).collect::<Value>(),
        "deadlocks": deadlocks.collect::<Value>(),
        "failures": failures.collect::<Value>(),
        "figures": plan.figures.iter().map(|figure| figure_json(&plan.stem, figure)).collect::<Value>(),
    })
}

/// The first cell with every default and every cost spelt out; the other cells differ in the swept parameters.
fn resolved(scenario: &Scenario) -> Value {
    json!({
        "machine": machine::to_json(&scenario.machine),
        "interpreter": {
            "check_gap": duration::describe(scenario.interpreter.check_gap),
            "tick": duration::describe(scenario.interpreter.tick),
        },
        "lock": lock::to_json(&scenario.lock),
        "run": {
            "duration": scenario.limits.duration.map(duration::describe),
            "warm_up": match scenario.limits.warm_up {
                WarmUp::Until(end) => duration::describe(end),
                WarmUp::Auto(_) => "auto".into(),
            },
            "max_events": scenario.limits.max_events,
        },
    })
}

fn cell_json(cell: &Cell, plan: &Plan, results: &Results) -> Value {
    let records = results.of_cell(cell.index).iter().filter_map(|run| run.result.as_ref().ok());
    let mut ends = serde_json::Map::new();
    let mut events = 0;
    for record in records {
        events += record.events;
        let count = ends.entry(results::end(&record.end)).or_insert(Value::from(0));
        *count = Value::from(count.as_u64().unwrap_or(0) + 1);
    }
    let params = plan.columns.iter().zip(&cell.params).map(|(column, (_, value))| (column.clone(), value.to_json()));
    json!({ "params": Value::Object(params.collect()), "events": events, "ends": ends })
}

fn run_json(run: &Run, key: &str, text: &str) -> Value {
    json!({ "cell": run.cell, "replication": run.replication, key: text })
}

fn figure_json(stem: &str, figure: &FigureSpec) -> Value {
    json!({ "file": figure_name(stem, figure), "x": figure.x, "y": figure.metric(), "series": figure.series })
}

/// The name of a figure's files, without their ending.
pub fn figure_name(stem: &str, figure: &FigureSpec) -> String {
    match &figure.name {
        Some(name) => format!("{stem}-{name}"),
        None => stem.to_owned(),
    }
}

fn build(results: &Results, jobs: usize) -> Value {
    let seconds = results.elapsed.as_secs_f64();
    let (commit, dirty) = revision::found();
    json!({
        "gilsim": env!("CARGO_PKG_VERSION"),
        "commit": commit,
        "dirty": dirty,
        "rustc": env!("GILSIM_RUSTC"),
        "target": env!("GILSIM_TARGET"),
        "jobs": jobs,
        "seconds": seconds,
        "runs_done": results.done.runs,
        "events_per_second": results.done.events as f64 / seconds.max(1e-9),
    })
}
