//! The OpenAPI document as code generators need it. Each rule is here because a generator made something of its breach
//! that did not compile, could not send money, or had names that nobody can use.

use std::collections::BTreeSet;

use repository::SYSTEMS;
use serde_json::{Value, json};
use strongroom_tests::Server;

use crate::contract::document::{Document, Operation};

/// Components that all systems share.
const SHARED: [&str; 6] = ["Decimal", "Erased", "FieldProblem", "Problem", "TokenScope", "Tokens"];

/// The longest id of an operation: clients and tools for agents make longer names of it.
const LONGEST_ID: usize = 45;

/// The most operations of one tag, of which clients make one class.
const MOST_OF_A_TAG: usize = 12;

/// Methods of HTTP are no verbs of an API: `post_bills` says less than `create_bill`.
const METHODS: [&str; 4] = ["post", "put", "patch", "head"];

/// Fields that hold one of a few words.
const CLOSED: [&str; 8] =
    ["action", "channel", "closed_reason", "mode", "outcome", "scope", "step", "token_type"];

/// Measures, which are floats in the database too.
const MEASURES: [&str; 1] = ["/properties/trust_score"];

/// Codes of errors: more of them may come, which a client must survive.
const OPEN_CODES: [&str; 3] = ["FieldProblem", "Problem", "WhatsappRejected"];

/// Checks every place of the document, and shows what is wrong with each.
fn check(find: impl Fn(&Document) -> Vec<String>) {
    let document = Document::of(&Server::start());
    let found = find(&document);
    assert!(found.is_empty(), "{} places:\n{}", found.len(), found.join("\n"));
}

/// Every object within a value that is one, with the path that leads there.
fn objects<'a>(value: &'a Value, path: &str) -> Vec<(String, &'a Value)> {
    let inner = |(name, value): (String, &'a Value)| objects(value, &format!("{path}/{name}"));
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().filter(|(name, _)| !["example", "examples"].contains(&name.as_str()));
            let below = fields.flat_map(|(name, value)| inner((name.clone(), value)));
            std::iter::once((path.to_owned(), value)).chain(below).collect()
        }
        Value::Array(values) => {
            values.iter().enumerate().flat_map(|(n, value)| inner((n.to_string(), value))).collect()
        }
        _ => Vec::new(),
    }
}

/// Where the rule is broken, of all objects in the document.
fn broken(document: &Document, rule: impl Fn(&str, &Value) -> bool) -> Vec<String> {
    let objects = objects(&document.0, "").into_iter();
    objects.filter(|(path, object)| !rule(path, object)).map(|(path, _)| path).collect()
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn id<'a>(operation: &Operation<'a>) -> &'a str {
    operation.definition["operationId"].as_str().unwrap_or_default()
}

#[test]
fn the_server_is_where_the_document_came_from() {
    let document = Document::of(&Server::start());
    assert_eq!(document.0["servers"][0]["url"], "/");
}

/// Keys and tokens go into the same header, which clients would send once for each scheme.
#[test]
fn there_is_one_way_to_log_in() {
    let document = Document::of(&Server::start());
    let schemes = document.0["components"]["securitySchemes"].as_object().unwrap();
    assert_eq!(schemes.len(), 1, "{schemes:?}");
}

#[test]
fn an_operation_is_named_by_system_verb_and_noun() {
    check(|document| {
        let operations = document.operations().into_iter();
        let wrong = operations.filter(|operation| !is_well_named(operation));
        wrong.map(|operation| format!("{operation}: {}", id(&operation))).collect()
    });
}

fn is_well_named(operation: &Operation<'_>) -> bool {
    let id = id(operation);
    let mut words = id.split('_');
    let (system, verb, noun) = (words.next(), words.next(), words.next());
    let in_path = operation.path.strip_prefix("/v1/").and_then(|path| path.split('/').next());
    let expected =
        in_path.filter(|part| SYSTEMS.iter().any(|system| system.name == *part)).unwrap_or("platform");
    system == Some(expected)
        && verb.is_some_and(|verb| !METHODS.contains(&verb))
        && noun.is_some()
        && id.len() <= LONGEST_ID
}

#[test]
fn no_two_operations_have_the_same_name() {
    let document = Document::of(&Server::start());
    let operations = document.operations();
    let ids: BTreeSet<&str> = operations.iter().map(id).collect();
    assert_eq!(ids.len(), operations.len());
}

#[test]
fn a_subject_has_one_tag_with_a_description() {
    check(|document| {
        let described: BTreeSet<&str> = document.0["tags"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|tag| tag["description"].is_string())
            .filter_map(|tag| tag["name"].as_str())
            .collect();
        let operations = document.operations();
        let mut wrong = Vec::new();
        for operation in &operations {
            let tags: Vec<&str> = texts(&operation.definition["tags"]).collect();
            let [tag] = tags.as_slice() else {
                wrong.push(format!("{operation} has the tags {tags:?}"));
                continue;
            };
            let system = id(operation).split('_').next().unwrap_or_default();
            if !described.contains(tag) || tag.split_once(' ').is_none_or(|(first, _)| first != system) {
                wrong.push(format!(
                    "{operation} has the tag {tag}, which is not in `tags` of its system's SECTION"
                ));
            }
        }
        let uses = |tag: &str| operations.iter().filter(|op| op.definition["tags"][0] == tag).count();
        wrong.extend(
            described
                .into_iter()
                .filter(|tag| !(1..=MOST_OF_A_TAG).contains(&uses(tag)))
                .map(|tag| format!("the tag {tag} has {} operations, not 1 to {MOST_OF_A_TAG}", uses(tag))),
        );
        wrong
    });
}

#[test]
fn a_component_is_named_by_its_system() {
    check(|document| {
        let names = document.0["components"]["schemas"].as_object().unwrap().keys();
        let is_of =
            |name: &str, system: &str| name.to_lowercase().starts_with(system) && name.len() > system.len();
        let is_named = |name: &&String| {
            SHARED.contains(&name.as_str()) || SYSTEMS.iter().any(|system| is_of(name, system.name))
        };
        names.filter(|name| !is_named(name)).cloned().collect()
    });
}

/// A closed set that only a parameter names is no component unless it is written `inline`.
#[test]
fn what_is_referred_to_is_there() {
    check(|document| {
        let is_there = |reference: &str| document.0.pointer(reference.trim_start_matches('#')).is_some();
        broken(document, |_, object| object["$ref"].as_str().is_none_or(is_there))
    });
}

#[test]
fn a_body_is_a_named_object() {
    check(|document| {
        let is_named = |media_type: &str, schema: &Value| match media_type {
            "application/x-ndjson" => schema["type"] == "string",
            _ => schema["$ref"].is_string() || schema["items"]["$ref"].is_string(),
        };
        let mut wrong = Vec::new();
        for operation in document.operations() {
            let body = &operation.definition["requestBody"];
            let content = body["content"].as_object().into_iter().flatten();
            for (media_type, content) in content {
                if !is_named(media_type, &content["schema"]) || !body["required"].is_boolean() {
                    wrong.push(format!("{operation}: {body}"));
                }
            }
        }
        wrong
    });
}

#[test]
fn objects_are_flat_and_say_their_type() {
    check(|document| {
        broken(document, |_, object| {
            object.get("allOf").is_none()
                && (!object["properties"].is_object() || object["type"] == "object" || is_map(object))
        })
    });
}

/// A field may be called `properties`, and a map of fields has no type.
fn is_map(object: &Value) -> bool {
    object["properties"].get("type").is_some() && object.get("type").is_none_or(Value::is_object)
}

#[test]
fn items_of_a_list_have_a_name() {
    check(|document| {
        broken(document, |path, object| {
            let items = &object["items"];
            object["type"] != "array"
                || path.ends_with("/properties")
                || items["properties"].is_null() && items["allOf"].is_null()
        })
    });
}

/// Of two types, generators make a class without content, a float, or something that does not compile.
#[test]
fn a_value_has_one_type_or_null() {
    check(|document| {
        broken(document, |_, object| texts(&object["type"]).filter(|name| *name != "null").count() <= 1)
    });
}

#[test]
fn a_decimal_is_text_with_a_pattern() {
    let document = Document::of(&Server::start());
    let decimal = &document.0["components"]["schemas"]["Decimal"];
    assert_eq!((&decimal["type"], &decimal["pattern"]), (&json!("string"), &json!(r"^-?[0-9]+(\.[0-9]+)?$")));
    // A number with a fraction becomes a float.
    let is_measure = |path: &str| MEASURES.iter().any(|measure| path.ends_with(measure));
    let is_exact = |path: &str, object: &Value| object["type"] != "number" || is_measure(path);
    assert_eq!(broken(&document, is_exact), [""; 0]);
}

#[test]
fn a_closed_set_lists_its_values() {
    check(|document| {
        let schemas = document.0["components"]["schemas"].as_object().unwrap();
        let mut wrong = Vec::new();
        for (component, schema) in schemas {
            for (field, given) in schema["properties"].as_object().into_iter().flatten() {
                let is_closed = CLOSED.contains(&field.as_str())
                    || field == "status" && given["type"] != "integer"
                    || field.ends_with("_status")
                    || field == "code" && !OPEN_CODES.contains(&component.as_str());
                if is_closed && !lists_values(schemas, given) {
                    wrong.push(format!("{component}/{field}: {given}"));
                }
            }
        }
        for operation in document.operations() {
            for parameter in operation.definition["parameters"].as_array().into_iter().flatten() {
                let name = parameter["name"].as_str().unwrap_or_default();
                if (CLOSED.contains(&name) || name == "status")
                    && !lists_values(schemas, &parameter["schema"])
                {
                    wrong.push(format!("{operation}: {parameter}"));
                }
            }
        }
        wrong
    });
}

/// Whether a schema, one of its choices, or what it refers to is an `enum`. A count by channel is no channel.
fn lists_values(schemas: &serde_json::Map<String, Value>, schema: &Value) -> bool {
    let referred = schema["$ref"].as_str().and_then(|path| schemas.get(path.rsplit('/').next()?));
    let choices = schema["oneOf"].as_array().into_iter().flatten();
    schema["enum"].is_array()
        || referred.into_iter().chain(choices).any(|schema| lists_values(schemas, schema))
}

#[test]
fn every_parameter_is_described() {
    check(|document| {
        let mut wrong = Vec::new();
        for operation in document.operations() {
            let parameters = operation.definition["parameters"].as_array().into_iter().flatten();
            let silent =
                parameters.filter(|parameter| parameter["description"].as_str().is_none_or(str::is_empty));
            wrong.extend(silent.map(|parameter| format!("{operation}: {parameter}")));
        }
        wrong
    });
}

#[test]
fn pictures_are_bytes_and_pages_are_text() {
    check(|document| {
        let mut wrong = Vec::new();
        for operation in document.operations() {
            for (status, response) in operation.definition["responses"].as_object().into_iter().flatten() {
                for (media_type, content) in response["content"].as_object().into_iter().flatten() {
                    let expected = match media_type.split('/').next() {
                        Some("image") => json!({"type": "string", "format": "binary"}),
                        Some("text") => json!({"type": "string"}),
                        _ => continue,
                    };
                    if content["schema"] != expected {
                        wrong.push(format!("{operation} {status}: {content}"));
                    }
                }
            }
        }
        wrong
    });
}
