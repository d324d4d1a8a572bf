//! The JSON Schema of experiment files, by which editors complete and check them.
//!
//! It is written for editors: draft 7, a description for every key, the parameters of each policy and the keys of each
//! step. The reader of experiments says more (which names there are, which keys exclude each other); what the reader
//! accepts, the schema accepts. That both know the same keys is tested.

mod shapes;
mod tables;

use serde_json::{Map, Value, json};

use super::machine;
use crate::lock::ParameterKind;
use crate::lock::preset::presets;
use shapes::{Key, Shape, or_parameter, shape, table};

/// The schema as it stands in `schemas/experiment.schema.json`.
pub fn text() -> String {
    format!("{:#}\n", schema())
}

/// The schema.
pub fn schema() -> Value {
    let mut root = table(&tables::EXPERIMENT, &["title", "question"]);
    root["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    root["title"] = "A gilsim experiment".into();
    root["definitions"] = definitions();
    // A base file may have what is needed.
    root["anyOf"] = json!([{ "required": ["title", "question"] }, { "required": ["include"] }]);
    if let Some(root) = root.as_object_mut() {
        root.remove("required");
    }
    root
}

fn definitions() -> Value {
    let mut definitions = Map::new();
    let mut define = |name: &str, value: Value| definitions.insert(name.into(), value);
    define("parameter", shapes::parameter());
    define("duration", shapes::duration());
    define("law", shapes::law());
    define("scalar", json!({ "type": ["string", "number", "boolean"] }));
    define("conditions", json!({ "type": "object", "additionalProperties": { "$ref": "#/definitions/scalar" } }));
    define("values", shapes::values());
    define("spread", shapes::spread());
    define("paths_of_values", json!({ "type": "object", "additionalProperties": shapes::at_path("values") }));
    define("paths_of_spread", json!({ "type": "object", "additionalProperties": shapes::at_path("spread") }));
    define("lock", lock());
    define("costs", costs());
    define("steps", json!({ "type": "array", "items": { "$ref": "#/definitions/step" } }));
    define("step", step());
    define("branch", table(&tables::BRANCH, &["p", "steps"]));
    define("machine", table(&tables::MACHINE, &[]));
    define("background", table(&tables::BACKGROUND, &["name", "every", "takes"]));
    define("power", table(&tables::POWER, &["active_w", "spin_w", "idle_w"]));
    define("interpreter", table(&tables::INTERPRETER, &[]));
    define("process", table(&tables::PROCESS, &["name"]));
    define("thread", table(&tables::THREAD, &["name", "steps"]));
    define("objects", table(&tables::OBJECTS, &[]));
    define("pool", table(&tables::POOL, &["name", "kind", "steps"]));
    define("bytes", table(&tables::BYTES, &[]));
    define("signal", table(&tables::SIGNAL, &["name", "arrivals"]));
    define("run", table(&tables::RUN, &[]));
    define("replications", table(&tables::REPLICATIONS, &["precision", "of"]));
    define("sweep", with_paths(&tables::SWEEP, "values", &[]));
    define("group", with_paths(&tables::GROUP, "values", &[]));
    define("sample", with_paths(&tables::SAMPLE, "spread", &["kind", "n"]));
    define("tune", tune());
    define("objective", table(&tables::OBJECTIVE, &[]));
    define("budget", table(&tables::BUDGET, &[]));
    define("effort", table(&tables::EFFORT, &[]));
    define("figure", figure());
    define("reference", table(&tables::REFERENCE, &["file"]));
    define("measured", table(&tables::MEASURED, &["scenario", "metrics"]));
    define("measured_metric", table(&tables::MEASURED_METRIC, &["metric"]));
    define("measured_case", table(&tables::MEASURED_CASE, &["when", "set"]));
    define("measured_baseline", table(&tables::MEASURED_BASELINE, &["with"]));
    definitions.into()
}

/// A table that has paths beside its keys.
fn with_paths(keys: &[Key], values: &str, required: &[&str]) -> Value {
    let mut schema = table(keys, required);
    schema["additionalProperties"] = shapes::at_path(values);
    schema
}

/// A lock: each policy with its parameters.
fn lock() -> Value {
    let policies = presets().map(|preset| {
        let mut properties = Map::new();
        let about = format!("{}. {}", preset.summary.trim_end_matches('.'), preset.description);
        properties.insert("policy".into(), json!({ "const": preset.name, "description": about }));
        for parameter in preset.parameters {
            let mut schema = or_parameter(&match parameter.kind {
                ParameterKind::Duration { .. } => json!({ "$ref": "#/definitions/duration" }),
                ParameterKind::Count { .. } => json!({ "type": "integer", "minimum": 1 }),
                ParameterKind::Number { minimum, .. } => json!({ "type": "number", "minimum": minimum }),
                ParameterKind::Flag { .. } => json!({ "type": "boolean" }),
                ParameterKind::Choice { names, .. } => json!({ "enum": names }),
            });
            schema["description"] = parameter.doc.into();
            schema["default"] = super::lock::describe(preset.default_of(parameter)).into();
            properties.insert(parameter.name.into(), schema);
        }
        json!({ "type": "object", "properties": properties, "required": ["policy"], "additionalProperties": false })
    });
    let swept = json!({
        "type": "object",
        "properties": { "policy": { "$ref": "#/definitions/parameter" } },
        "required": ["policy"],
    });
    let mut kinds: Vec<Value> = policies.collect();
    kinds.extend([swept, json!({ "$ref": "#/definitions/parameter" })]);
    json!({ "description": "The lock of an interpreter; `gilsim policies` describes the policies.", "anyOf": kinds })
}

fn costs() -> Value {
    let law = || or_parameter(&json!({ "$ref": "#/definitions/law" }));
    let mut properties = Map::new();
    for (name, parts) in machine::cost_parts() {
        let schema = if parts.is_empty() {
            law()
        } else {
            let parts: Map<String, Value> = parts.iter().map(|part| ((*part).to_owned(), law())).collect();
            json!({ "type": "object", "properties": parts, "additionalProperties": false })
        };
        properties.insert(name.into(), schema);
    }
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

/// A figure: both axes, apart from the kinds that have only one of them.
fn figure() -> Value {
    let of_kinds = |kinds: &[&str], key: &str| {
        let kind = json!({ "description": "A kind with one axis.", "enum": kinds });
        json!({ "properties": { "kind": kind }, "required": ["kind", key] })
    };
    let mut figure = table(&tables::FIGURE, &[]);
    figure["anyOf"] =
        json!([{ "required": ["x", "y"] }, of_kinds(&["cdf", "ccdf"], "x"), of_kinds(&["waterfall"], "y")]);
    figure
}

/// A tuning: one way to say what is wanted.
fn tune() -> Value {
    let mut tune = table(&tables::TUNE, &["over"]);
    tune["anyOf"] = ["maximise", "minimise", "objectives"].iter().map(|key| json!({ "required": [key] })).collect();
    tune
}

/// A step: one verb, and the keys that may stand beside it.
fn step() -> Value {
    let verbs = tables::VERBS.iter().map(|(verb, beside, required)| {
        let mut schema = table(&[&[*verb], *beside].concat(), required);
        schema["required"] = [&[verb.0], *required].concat().into();
        schema
    });
    let mut kinds: Vec<Value> = verbs.collect();
    kinds.push(shape(Shape::Parameter));
    json!({ "anyOf": kinds })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::plan::{self, Overrides};
    use crate::experiment::source::Source;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// A tuning with these keys.
    macro_rules! TUNED {
        ($keys:literal) => {
            concat!("[machine]\ncores = 1\n[tune]\nover = { \"machine.cores\" = [1, 2] }\n", $keys)
        };
    }

    /// Texts in which `unknown_key_of_nobody` stands in one table, and the keys that the schema has for it.
    fn places() -> Vec<(&'static str, Vec<&'static str>)> {
        let keys = |keys: &[Key]| keys.iter().map(|(key, ..)| *key).collect::<Vec<_>>();
        let mut places = vec![
            ("X", keys(&tables::EXPERIMENT)),
            ("[machine]\nX", keys(&tables::MACHINE)),
            ("[machine.costs]\nX", machine::cost_parts().into_iter().map(|(name, _)| name).collect()),
            ("[interpreter]\nX", keys(&tables::INTERPRETER)),
            ("[[process]]\nname = \"p\"\nX", keys(&tables::PROCESS)),
            ("[[thread]]\nname = \"u\"\nX", keys(&tables::THREAD)),
            ("[objects]\nX", keys(&tables::OBJECTS)),
            ("[[pool]]\nX", keys(&tables::POOL)),
            (
                "[[pool]]\nname = \"p\"\nkind = \"fork\"\nworkers = 1\ntasks = 1\nsteps = []\nbytes = { X }",
                keys(&tables::BYTES),
            ),
            ("[[signal]]\nX", keys(&tables::SIGNAL)),
            ("[run]\nX", keys(&tables::RUN)),
            ("[run]\nreplications = { X }", keys(&tables::REPLICATIONS)),
            ("[[figure]]\nX", keys(&tables::FIGURE)),
            ("[[figure]]\nx = \"a\"\ny = \"b\"\nreference = { X }", keys(&tables::REFERENCE)),
            ("[[figure]]\nx = \"a\"\ny = \"b\"\ntheory = { X }", keys(&tables::REFERENCE)),
            ("[measured]\nX", keys(&tables::MEASURED)),
            ("[measured]\nscenario = \"s\"\nmetrics = { m = { X } }", keys(&tables::MEASURED_METRIC)),
            ("[tune]\nX", keys(&tables::TUNE)),
            (TUNED!("objectives = [{ X }]"), keys(&tables::OBJECTIVE)),
            (TUNED!("minimise = \"run.wall_s\"\nbudget = { X }"), keys(&tables::BUDGET)),
            (TUNED!("minimise = \"run.wall_s\"\nsensitivity = { X }"), keys(&tables::EFFORT)),
        ];
        for (verb, beside, _) in &tables::VERBS {
            let text =
                Box::leak(format!("[[thread]]\nname = \"u\"\nsteps = [{{ {} = 0, X }}]", verb.0).into_boxed_str());
            places.push((text, std::iter::once(verb.0).chain(beside.iter().map(|(key, ..)| *key)).collect()));
        }
        places
    }

    #[test]
    fn the_schema_has_the_keys_that_the_reader_allows() {
        for (text, known) in places() {
            let unknown = "unknown_key_of_nobody = 0";
            let head = "title = \"T\"\nquestion = \"Q\"\n";
            let thread = "[[thread]]\nname = \"t\"\nsteps = []\n";
            let text = match text {
                "X" => format!("{unknown}\n{head}{thread}"),
                text => format!("{head}{thread}{}", text.replace('X', unknown)),
            };
            let told = plan::read(Path::new("a/b.toml"), &Source::new("b.toml", text.clone()), &Overrides::default());
            let told = told.unwrap_err().to_string();
            let allowed =
                told.split_once("allowed: ").unwrap_or_else(|| panic!("{text}\n{told}")).1.lines().next().unwrap();
            let allowed: BTreeSet<&str> = allowed.split(", ").map(|key| key.trim_matches('`')).collect();
            assert_eq!(allowed, known.into_iter().collect(), "{text}");
        }
    }

    #[test]
    fn every_key_says_what_it_is() {
        fn check(schema: &Value, path: &str) {
            if let Some(properties) = schema["properties"].as_object() {
                for (key, value) in properties {
                    assert!(value["description"].is_string() || path.contains("costs"), "{path}.{key}");
                }
            }
            match schema {
                Value::Object(entries) => {
                    for (key, value) in entries {
                        check(value, &format!("{path}.{key}"));
                    }
                }
                Value::Array(items) => items.iter().for_each(|value| check(value, path)),
                _ => {}
            }
        }
        let mut definitions = schema()["definitions"].take();
        // A generator says it in one place for all of its keys.
        definitions["values"] = Value::Null;
        definitions["spread"] = Value::Null;
        definitions["lock"]["anyOf"].as_array_mut().unwrap().retain(|kind| kind["additionalProperties"] == false);
        check(&definitions, "");
        check(&json!({ "properties": schema()["properties"] }), "");
    }
}
