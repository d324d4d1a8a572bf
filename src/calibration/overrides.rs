//! From a measured cell to what it changes of its scenario.
//!
//! In this order: the values of the interpreter, those that it has in such cells, the scenario's defaults for parameters that the cell does not name,
//! the cell's own parameters, what follows from them by `[[measured.case]]`, the switch interval, the cores, and the
//! machine that the user names.

use super::cells::{Cell, Params};
use super::interpreter::{Case, Interpreter};
use super::scenarios::Scenario;
use crate::experiment::diagnostic::{Checked, Diagnostic};
use crate::experiment::measured::{Conditions, Measured, Scalar};
use crate::experiment::path::Assignment;
use crate::experiment::source::{Place, Source};
use crate::experiment::tree::{Item, Value};

/// The parameter of a cell that belongs to the interpreter, not to the scenario.
pub const SWITCH: &str = "switch";

/// The values of all parameters of a cell: its own, and the scenario's for those that it does not name.
pub fn resolved(cell: &Cell, measured: &Measured) -> Params {
    let mut params: Params = measured.defaults.iter().cloned().collect();
    params.extend(cell.params.iter().map(|(name, value)| (name.clone(), value.clone())));
    params
}

/// Whether parameters have the values of the conditions.
pub fn meets(params: &Params, conditions: &Conditions) -> bool {
    conditions.iter().all(|(name, value)| params.get(name) == Some(value))
}

/// What a cell changes of its scenario.
///
/// # Errors
/// A sentence that says why the cell cannot be predicted.
pub fn of(
    cell: &Cell,
    scenario: &Scenario,
    interpreter: &Interpreter,
    machine: Option<&str>,
) -> Result<Vec<Assignment>, String> {
    let measured = &scenario.measured;
    let source = Source::new(format!("the measured cell of line {}", cell.line), cell.text.as_str());
    let place = source.place(0..cell.text.len());
    let params = resolved(cell, measured);
    let mut all = own_values(interpreter, scenario);
    let concerns = |case: &&Case| case.unless.iter().all(|(name, _)| params.contains_key(name));
    let cases = interpreter.cases.iter().filter(concerns).filter(|case| !meets(&params, &case.unless));
    all.extend(cases.flat_map(|case| case.set.iter().cloned()));
    for (name, value) in &params {
        if name == SWITCH {
            continue;
        }
        let Some(parameter) = measured.parameters.iter().find(|parameter| parameter.name == *name) else {
            return Err(format!("the scenario `{}` has no parameter `{name}`", cell.scenario));
        };
        let assignment = parameter.assign(value, &place);
        all.push(assignment.ok_or_else(|| {
            format!("the parameter `{name}` of the scenario `{}` wants {}", cell.scenario, parameter.wants())
        })?);
    }
    let cases = measured.cases.iter().filter(|case| meets(&params, &case.when));
    all.extend(cases.flat_map(|case| case.set.iter().cloned()));
    if let Some(value) = params.get(SWITCH) {
        let Some(switch) = &interpreter.switch else {
            return Err(format!("the interpreter `{}` has no parameter `{SWITCH}`", interpreter.name));
        };
        all.extend(switch.assign(value, &place)?);
    }
    all.push(set("machine.cores", Value::Integer(i64::from(cell.cores)), &place));
    all.extend(machine.map(|profile| set("machine.profile", Value::Text(profile.into()), &place)));
    Ok(all)
}

/// The values of an interpreter, without those for parameters that the scenario does not have.
fn own_values(interpreter: &Interpreter, scenario: &Scenario) -> Vec<Assignment> {
    let parameters = &scenario.measured.parameters;
    let fits = |assignment: &&Assignment| match assignment.path.strip_prefix("params.") {
        Some(name) => parameters.iter().any(|parameter| parameter.name == name),
        None => true,
    };
    interpreter.values.iter().filter(fits).cloned().collect()
}

fn set(path: &str, value: Value, place: &Place) -> Assignment {
    Assignment { path: path.into(), place: place.clone(), item: Item { value, place: place.clone() } }
}

/// A value for messages, as it stands in the table of measurements.
pub fn describe(value: &Scalar) -> String {
    match value {
        Scalar::Number(number) => number.to_string(),
        Scalar::Text(text) => text.clone(),
        Scalar::Flag(flag) => flag.to_string(),
    }
}

/// Parameters in one line: `hogs=1 switch=0.001`.
pub fn in_words(params: &Params) -> String {
    params.iter().map(|(name, value)| format!("{name}={}", describe(value))).collect::<Vec<_>>().join(" ")
}

/// Checks that every `params.NAME` of an interpreter is a parameter of at least one scenario.
///
/// # Errors
/// The first that is none.
pub fn check_values(interpreters: &[Interpreter], scenarios: &[Scenario]) -> Checked<()> {
    let names: Vec<&str> = scenarios
        .iter()
        .flat_map(|scenario| scenario.measured.parameters.iter().map(|parameter| parameter.name.as_str()))
        .collect();
    for value in interpreters.iter().flat_map(|interpreter| &interpreter.values) {
        if let Some(name) = value.path.strip_prefix("params.").filter(|name| !names.contains(name)) {
            let message = format!("no scenario has the parameter `{name}`");
            let error = Diagnostic::at(&value.place, message, "used nowhere");
            return Err(error.suggest(name, names.iter().copied()));
        }
    }
    Ok(())
}
