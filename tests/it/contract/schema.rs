//! JSON against the schemas of an OpenAPI 3.1 document: as much of JSON Schema as the document uses.
//!
//! Stricter than JSON Schema in one way: an object may have no field that its schema does not name, because a field that
//! nobody has described is one that nobody can rely on. A keyword that is not known here stops the test.

use std::collections::BTreeSet;

use serde_json::Value;

/// Says something about a value and asks nothing of it.
const ANNOTATIONS: [&str; 7] =
    ["default", "deprecated", "description", "example", "examples", "propertyNames", "title"];

/// What of a value is not as the schema has it.
pub(super) fn problems(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut check = Check { document, problems: Vec::new() };
    check.value(schema, value, "");
    check.problems
}

/// Where a reference leads; the schema itself, where it is none.
pub(super) fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => {
            let target = document.pointer(reference.trim_start_matches('#'));
            resolve(document, target.unwrap_or_else(|| panic!("{reference} leads nowhere")))
        }
        None => schema,
    }
}

struct Check<'a> {
    document: &'a Value,
    problems: Vec<String>,
}

impl Check<'_> {
    fn value(&mut self, schema: &Value, value: &Value, at: &str) {
        self.parts(schema, value, at);
        if let (Some(object), Some(names)) = (value.as_object(), self.names(schema, value)) {
            for unknown in object.keys().filter(|name| !names.contains(*name)) {
                self.add(at, &format!("has the field {unknown}, which is not described"));
            }
        }
    }

    /// Everything but whether an object is complete: what a schema says may be a part of what holds for a value.
    fn parts(&mut self, schema: &Value, value: &Value, at: &str) {
        let schema = resolve(self.document, schema);
        let Some(keywords) = schema.as_object() else { return };
        for (keyword, rule) in keywords {
            match keyword.as_str() {
                "allOf" => rules(rule).iter().for_each(|part| self.parts(part, value, at)),
                "oneOf" | "anyOf" if self.fitting(rule, value).is_none() => {
                    self.add(at, &format!("fits none of {rule}: {value}"));
                }
                "type" if !types(rule).any(|name| is_of(name, value)) => {
                    self.add(at, &format!("is not of type {rule}: {value}"));
                }
                "enum" if !rules(rule).contains(value) => self.add(at, &format!("is not in {rule}: {value}")),
                "format" if !fits_format(rule.as_str().unwrap_or_default(), value) => {
                    self.add(at, &format!("is no {rule}: {value}"));
                }
                "minimum" if value.as_f64() < rule.as_f64() && value.is_number() => {
                    self.add(at, &format!("is under {rule}: {value}"));
                }
                "maximum" if value.as_f64() > rule.as_f64() && value.is_number() => {
                    self.add(at, &format!("is over {rule}: {value}"));
                }
                "minLength" if length(value).is_some_and(|length| Some(length) < rule.as_u64()) => {
                    self.add(at, &format!("is shorter than {rule}: {value}"));
                }
                "maxLength" if length(value).is_some_and(|length| Some(length) > rule.as_u64()) => {
                    self.add(at, &format!("is longer than {rule}: {value}"));
                }
                "required" if value.is_object() => {
                    for name in rules(rule).iter().filter_map(Value::as_str) {
                        if value.get(name).is_none() {
                            self.add(at, &format!("lacks the field {name}"));
                        }
                    }
                }
                "properties" => {
                    for (name, part) in rule.as_object().into_iter().flatten() {
                        if let Some(field) = value.get(name) {
                            self.value(part, field, &format!("{at}/{name}"));
                        }
                    }
                }
                "additionalProperties" if rule.is_object() => {
                    for (name, field) in value.as_object().into_iter().flatten() {
                        if schema["properties"].get(name).is_none() {
                            self.value(rule, field, &format!("{at}/{name}"));
                        }
                    }
                }
                "items" => {
                    for (n, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.value(rule, item, &format!("{at}/{n}"));
                    }
                }
                "oneOf"
                | "anyOf"
                | "type"
                | "enum"
                | "format"
                | "minimum"
                | "maximum"
                | "minLength"
                | "maxLength"
                | "required"
                | "additionalProperties" => {}
                annotation if ANNOTATIONS.contains(&annotation) => {}
                unknown => panic!("this check does not know the keyword {unknown}: {schema}"),
            }
        }
    }

    /// The first alternative that a value fits.
    fn fitting<'a>(&self, alternatives: &'a Value, value: &Value) -> Option<&'a Value> {
        rules(alternatives).iter().find(|schema| problems(self.document, schema, value).is_empty())
    }

    /// The fields an object may have; none where it may have any.
    fn names(&self, schema: &Value, value: &Value) -> Option<BTreeSet<String>> {
        let schema = resolve(self.document, schema);
        let parts = ["allOf", "oneOf", "anyOf"].into_iter().flat_map(|keyword| match keyword {
            "allOf" => rules(&schema[keyword]).iter().collect(),
            _ => self.fitting(&schema[keyword], value).into_iter().collect::<Vec<_>>(),
        });
        let parts: Vec<&Value> = parts.collect();
        let own = schema["properties"].as_object();
        let is_open = !matches!(schema["additionalProperties"], Value::Null | Value::Bool(false));
        if is_open || (own.is_none() && parts.is_empty()) {
            return None;
        }
        let mut names: BTreeSet<String> = own.into_iter().flat_map(|own| own.keys().cloned()).collect();
        for part in parts {
            names.append(&mut self.names(part, value)?);
        }
        Some(names)
    }

    fn add(&mut self, at: &str, what: &str) {
        self.problems.push(format!("the body{at} {what}"));
    }
}

fn rules(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

fn types(rule: &Value) -> impl Iterator<Item = &str> {
    rule.as_str().into_iter().chain(rules(rule).iter().filter_map(Value::as_str))
}

fn is_of(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => panic!("{name} is no type of JSON"),
    }
}

fn length(value: &Value) -> Option<u64> {
    u64::try_from(value.as_str()?.chars().count()).ok()
}

fn fits_format(format: &str, value: &Value) -> bool {
    // A format says something about texts; those of numbers are for people who write clients.
    let Some(text) = value.as_str() else { return true };
    match format {
        "uuid" => is_like(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"),
        "date" => is_like(text, "0000-00-00"),
        "date-time" => {
            let Some((seconds, rest)) = text.split_at_checked(19) else { return false };
            let fraction = rest.strip_suffix('Z').map(|rest| rest.strip_prefix('.').unwrap_or(rest));
            is_like(seconds, "0000-00-00T00:00:00")
                && fraction.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
        }
        "double" | "float" | "int32" | "int64" | "binary" => true,
        _ => panic!("this check does not know the format {format}"),
    }
}

/// Whether a text has hexadecimal digits where the pattern has `x`, digits where it has 0, and its signs elsewhere.
fn is_like(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text.bytes().zip(pattern.bytes()).all(|(byte, sign)| match sign {
            b'x' => byte.is_ascii_hexdigit(),
            b'0' => byte.is_ascii_digit(),
            _ => byte == sign,
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        json!({"components": {"schemas": {
            "Row": {"type": "object", "required": ["id"], "properties": {
                "id": {"type": "string", "format": "uuid"},
                "at": {"type": ["string", "null"], "format": "date-time"},
                "count": {"type": "integer", "minimum": 0},
                "state": {"type": "string", "enum": ["open", "closed"]},
                "words": {"type": "array", "items": {"type": "string", "maxLength": 3}},
            }},
            "More": {"allOf": [{"$ref": "#/components/schemas/Row"}, {"type": "object", "properties": {"more": {}}}]},
            "Perhaps": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Row"}]},
            "Map": {"type": "object", "additionalProperties": {"type": "integer"}},
        }}})
    }

    fn fits(name: &str, value: &Value) -> bool {
        let schema = json!({"$ref": format!("#/components/schemas/{name}")});
        problems(&document(), &schema, value).is_empty()
    }

    const ID: &str = "01a1fab8-b336-758d-a090-faac0f8be33c";

    #[test]
    fn what_is_as_described_has_no_problems() {
        let row = json!({"id": ID, "at": "2026-11-20T19:30:00.123456Z", "count": 0, "state": "open", "words": ["abc"]});
        assert!(fits("Row", &row));
        assert!(fits("Row", &json!({"id": ID, "at": null})));
        assert!(fits("More", &json!({"id": ID, "more": [1]})));
        assert!(fits("Perhaps", &Value::Null) && fits("Perhaps", &row));
        assert!(fits("Map", &json!({"any": 1})));
    }

    #[test]
    fn what_is_not_as_described_is_found() {
        for wrong in [
            json!({}),
            json!([]),
            json!({"id": null}),
            json!({"id": "01a1fab8"}),
            json!({"id": ID, "at": "yesterday"}),
            json!({"id": ID, "at": "2026-11-20T19:30:00+05:30"}),
            json!({"id": ID, "count": -1}),
            json!({"id": ID, "count": 1.5}),
            json!({"id": ID, "count": null}),
            json!({"id": ID, "state": "ajar"}),
            json!({"id": ID, "words": ["abc", "abcd"]}),
            json!({"id": ID, "words": "abc"}),
            json!({"id": ID, "unknown": 1}),
        ] {
            assert!(!fits("Row", &wrong) && !fits("More", &wrong) && !fits("Perhaps", &wrong), "{wrong}");
        }
        assert!(!fits("Map", &json!({"any": "1"})));
    }
}
