//! The forms that values of experiments have, in JSON Schema.

use serde_json::{Map, Value, json};

/// A key of a table: its name, the form of its value, what it means.
pub(super) type Key = (&'static str, Shape, &'static str);

/// The form of a value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    /// Any string.
    Text,
    /// `"$name"`.
    Parameter,
    /// `true` or `false`.
    Flag,
    /// A number.
    Number,
    /// A whole number of at least this.
    Count(i64),
    /// A whole number of at least this, or one of these words.
    CountOr(i64, &'static [&'static str]),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number of at least this, or something that is defined.
    CountOrOf(i64, &'static str),
    /// `true`, `false`, or something that is defined.
    FlagOrOf(&'static str),
    /// A duration.
    Duration,
    /// A duration, or one of these words.
    DurationOr(&'static [&'static str]),
    /// A size in bytes, with its unit.
    Size,
    /// A share above zero and below one, as a number or in percent.
    Share,
    /// A law of durations.
    Law,
    /// A law of durations, or `"forever"`.
    Work,
    /// A list of numbers.
    Numbers,
    /// A string or a list of strings.
    TextOrTexts,
    /// A list of strings.
    Texts,
    /// A table of whole numbers.
    Sizes,
    /// A table of strings.
    TextTable,
    /// A table of anything.
    Free,
    /// Something that is defined.
    Of(&'static str),
    /// A list of something that is defined.
    ListOf(&'static str),
    /// A table of something that is defined.
    TableOf(&'static str),
}

/// The schema of a form.
pub(super) fn shape(shape: Shape) -> Value {
    let of = |name: &str| json!({ "$ref": format!("#/definitions/{name}") });
    match shape {
        Shape::Text => json!({ "type": "string" }),
        Shape::Parameter => of("parameter"),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Number => json!({ "type": "number" }),
        Shape::Count(least) => json!({ "type": "integer", "minimum": least }),
        Shape::CountOr(least, words) => {
            json!({ "anyOf": [{ "type": "integer", "minimum": least }, { "enum": words }] })
        }
        Shape::Choice(words) => json!({ "enum": words }),
        Shape::CountOrOf(least, name) => json!({ "anyOf": [{ "type": "integer", "minimum": least }, of(name)] }),
        Shape::FlagOrOf(name) => json!({ "anyOf": [{ "type": "boolean" }, of(name)] }),
        Shape::Duration => of("duration"),
        Shape::DurationOr(words) => json!({ "anyOf": [of("duration"), { "enum": words }] }),
        Shape::Size => json!({ "type": "string", "pattern": r"^[0-9]+\s*(GB|MB|kB|B)$" }),
        Shape::Share => {
            let percent = json!({ "type": "string", "pattern": r"^[0-9]*\.?[0-9]*\s*%$" });
            json!({ "anyOf": [{ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 }, percent] })
        }
        Shape::Law => of("law"),
        Shape::Work => json!({ "anyOf": [of("law"), { "const": "forever" }] }),
        Shape::Numbers => json!({ "type": "array", "items": { "type": "number" } }),
        Shape::TextOrTexts => {
            json!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }] })
        }
        Shape::Texts => json!({ "type": "array", "items": or_parameter(&json!({ "type": "string" })) }),
        Shape::Sizes => {
            json!({ "type": "object", "additionalProperties": or_parameter(&json!({ "type": "integer", "minimum": 0 })) })
        }
        Shape::TextTable => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        Shape::Free => json!({ "type": "object" }),
        Shape::Of(name) => of(name),
        Shape::ListOf(name) => json!({ "type": "array", "items": of(name) }),
        Shape::TableOf(name) => json!({ "type": "object", "additionalProperties": of(name) }),
    }
}

/// A table with these keys and no others.
pub(super) fn table(keys: &[Key], required: &[&str]) -> Value {
    let properties: Map<String, Value> = keys
        .iter()
        .map(|(key, form, about)| {
            let mut schema = or_parameter(&shape(*form));
            schema["description"] = (*about).into();
            ((*key).to_owned(), schema)
        })
        .collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// A value, or a parameter that stands for it.
pub(super) fn or_parameter(schema: &Value) -> Value {
    json!({ "anyOf": [schema, { "$ref": "#/definitions/parameter" }] })
}

pub(super) fn parameter() -> Value {
    json!({
        "description": "The value of an entry of [params].",
        "type": "string",
        "pattern": r"^\$[A-Za-z_][A-Za-z0-9_-]*$",
    })
}

pub(super) fn duration() -> Value {
    json!({
        "description": "A duration with a unit (ns, us, ms, s, min, h), such as \"5ms\".",
        "anyOf": [{ "type": "string", "pattern": r"^([0-9]*\.?[0-9]*\s*(ns|us|µs|ms|s|min|h|ps)|[0.]+)\s*$" }, { "const": 0 }],
    })
}

pub(super) fn law() -> Value {
    let laws = "exp(mean), uniform(shortest, longest), normal(mean, sd), lognormal(median, sigma), gamma(shape, mean), \
                weibull(shape, scale), pareto(shape, minimum), empirical(file.csv, column)";
    json!({
        "description": format!("A duration such as \"5ms\", or a law of durations: {laws}."),
        "anyOf": [{ "$ref": "#/definitions/duration" }, { "type": "string", "pattern": r"^\s*[a-z]+\s*\(.*\)\s*$" }],
    })
}

/// What a swept path goes over.
pub(super) fn values() -> Value {
    generators(&json!({ "type": "integer", "minimum": 2 }), &["n"])
}

/// What a sampled path goes over.
pub(super) fn spread() -> Value {
    generators(&Value::Bool(false), &[])
}

/// What stands at a path, or, for a path without quotes, the table of the paths below it.
pub(super) fn at_path(values: &str) -> Value {
    let of = |name: String| json!({ "$ref": format!("#/definitions/{name}") });
    json!({ "anyOf": [of(values.to_owned()), of(format!("paths_of_{values}"))] })
}

fn generators(n: &Value, required: &[&str]) -> Value {
    let ends = json!({ "type": "array", "minItems": 2, "maxItems": 2 });
    let list = json!({ "type": "array", "minItems": 1 });
    let with = |key: &str, value: &Value, others: Value, required: &[&str]| {
        let mut properties = Map::new();
        properties.insert(key.into(), value.clone());
        properties.extend(others.as_object().cloned().unwrap_or_default());
        let required = [&[key], required].concat();
        json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
    };
    json!({
        "description": "A list of values, or a generator: { range = [1, 8], step = 1 }, { linspace = [\"1ms\", \"5ms\"], \
                        n = 5 }, { logspace = [\"1us\", \"100ms\"], n = 6 }. A [sample] has the number of points itself.",
        "anyOf": [
            list,
            with("list", &list, json!({}), &[]),
            with("range", &ends, json!({ "step": {} }), &[]),
            with("linspace", &ends, json!({ "n": n }), required),
            with("logspace", &ends, json!({ "n": n }), required),
        ],
    })
}
