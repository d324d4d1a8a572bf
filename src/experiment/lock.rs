//! Lock policies with their parameters, read off the preset table.

use super::diagnostic::Checked;
use super::duration;
use super::node::Node;
use crate::lock::preset::{self, presets};
use crate::lock::{Parameter, ParameterKind, Setting, Value};

/// The policy of an experiment that names none.
const DEFAULT_POLICY: &str = "cpython";

/// Reads a `lock` table; without one, the lock is `cpython` with its defaults.
pub fn read(node: Option<Node>) -> Checked<Setting> {
    let Some(node) = node else { return default_setting() };
    let policy = match node.entries()?.iter().find(|entry| entry.key == "policy") {
        Some(entry) => find(&Node::of(entry))?,
        None => return Err(node.error("the key `policy` is missing", "this needs `policy = …`")),
    };
    let mut keys = vec!["policy"];
    keys.extend(policy.parameters.iter().map(|parameter| parameter.name));
    let fields = node.table(&keys).map_err(|error| error.help(format!("the policy is `{}`", policy.name)))?;
    let mut setting = Setting::new(policy);
    for (value, parameter) in setting.values.iter_mut().zip(policy.parameters) {
        if let Some(node) = fields.get(parameter.name) {
            *value = read_value(&node, parameter)?;
        }
    }
    Ok(setting)
}

fn default_setting() -> Checked<Setting> {
    let preset = preset::find(DEFAULT_POLICY).or_else(|| presets().next());
    preset.map(Setting::new).ok_or_else(|| super::diagnostic::Diagnostic::new("the table of policies is empty"))
}

fn find(node: &Node) -> Checked<&'static preset::Preset> {
    let name = node.text()?;
    preset::find(name).ok_or_else(|| {
        let names: Vec<&str> = presets().map(|preset| preset.name).collect();
        node.unknown("policy", name, &names).help("`gilsim policies` lists them with their parameters")
    })
}

fn read_value(node: &Node, parameter: &Parameter) -> Checked<Value> {
    match parameter.kind {
        ParameterKind::Duration { minimum, .. } => Ok(Value::Duration(duration::read(node)?.max(minimum))),
        ParameterKind::Count { .. } => Ok(Value::Count(node.integer(1..=i64::MAX)? as u64)),
        ParameterKind::Number { minimum, .. } => {
            let what = format!("a number of at least {minimum}");
            Ok(Value::Number(node.number(&what, |value| value >= minimum)?))
        }
        ParameterKind::Flag { .. } => Ok(Value::Flag(node.flag()?)),
        ParameterKind::Choice { names, .. } => {
            let choices: Vec<(&str, &'static str)> = names.iter().map(|name| (*name, *name)).collect();
            Ok(Value::Choice(node.choice(&choices)?))
        }
    }
}

/// A parameter's value as it is written in an experiment.
pub fn describe(value: Value) -> String {
    match value {
        Value::Duration(nanos) => duration::describe(nanos),
        Value::Count(count) => count.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Flag(flag) => flag.to_string(),
        Value::Choice(name) => name.into(),
    }
}

/// A policy with all its parameters, as it would stand in an experiment.
pub fn to_json(setting: &Setting) -> serde_json::Value {
    let mut json = serde_json::Map::new();
    json.insert("policy".into(), setting.preset.name.into());
    for (parameter, &value) in setting.preset.parameters.iter().zip(&setting.values) {
        let value = match value {
            Value::Count(count) => count.into(),
            Value::Number(number) => number.into(),
            Value::Flag(flag) => flag.into(),
            other => describe(other).into(),
        };
        json.insert(parameter.name.into(), value);
    }
    json.into()
}
