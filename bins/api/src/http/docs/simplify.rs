//! Says what utoipa says in the way that every code generator understands.

use serde_json::{Map, Value, json};

const COMPONENT: &str = "#/components/schemas/";

/// Makes objects of parts flat and parameters plain, and drops the components that nobody needs any more.
pub(super) fn simplify(section: &mut Value) {
    flatten_objects(section);
    make_parameters_plain(section);
    drop_unused(section);
}

/// `#[serde(flatten)]` becomes an `allOf`, for which generators make classes without the type or with half of the fields.
fn flatten_objects(section: &mut Value) {
    let Some(schemas) = section.pointer("/components/schemas").and_then(Value::as_object).cloned() else {
        return;
    };
    let flat = |(name, schema): (&String, &Value)| (name.clone(), flat(&schemas, schema));
    let flat: Map<String, Value> = schemas.iter().map(flat).collect();
    if let Some(place) = section.pointer_mut("/components/schemas") {
        *place = Value::Object(flat);
    }
}

fn flat(schemas: &Map<String, Value>, schema: &Value) -> Value {
    let Some(parts) = schema.get("allOf").and_then(Value::as_array) else { return schema.clone() };
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for part in parts {
        let part = flat(schemas, referred(schemas, part));
        properties.extend(part.get("properties").and_then(Value::as_object).cloned().unwrap_or_default());
        required.extend(part.get("required").and_then(Value::as_array).cloned().unwrap_or_default());
    }
    let mut object = json!({"type": "object", "required": required, "properties": properties});
    if let (Some(object), Some(schema)) = (object.as_object_mut(), schema.as_object()) {
        let others = schema.iter().filter(|(keyword, _)| *keyword != "allOf");
        object.extend(others.map(|(keyword, value)| (keyword.clone(), value.clone())));
    }
    object
}

fn referred<'a>(schemas: &'a Map<String, Value>, schema: &'a Value) -> &'a Value {
    let name = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix(COMPONENT));
    name.and_then(|name| schemas.get(name)).unwrap_or(schema)
}

/// A parameter may be absent, and is never null, whatever `Option` becomes.
fn make_parameters_plain(section: &mut Value) {
    let paths = section.get_mut("paths").and_then(Value::as_object_mut);
    let items = paths.into_iter().flat_map(|paths| paths.values_mut()).filter_map(Value::as_object_mut);
    let operations = items.flat_map(|item| item.values_mut());
    let parameters =
        operations.filter_map(|operation| operation.get_mut("parameters")?.as_array_mut()).flatten();
    for schema in parameters.filter_map(|parameter| parameter.get_mut("schema")) {
        let is_null = |value: &Value| value == "null" || value.get("type").is_some_and(|name| name == "null");
        let only = |choices: &Value| choices.as_array()?.iter().find(|choice| !is_null(choice)).cloned();
        if let Some(choice) = schema.get("oneOf").and_then(only) {
            *schema = choice;
        } else if let Some(name) = schema.get("type").and_then(only) {
            schema["type"] = name;
        }
    }
}

fn drop_unused(section: &mut Value) {
    let text = section.to_string();
    if let Some(schemas) = section.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        schemas.retain(|name, _| text.contains(&format!("\"{COMPONENT}{name}\"")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_of_parts_are_flat() {
        let mut section = json!({
            "paths": {"/": {"$ref": "#/components/schemas/Whole"}},
            "components": {"schemas": {
                "Part": {"type": "object", "required": ["a"], "properties": {"a": {}}, "description": "A part"},
                "Whole": {"description": "All of it", "allOf": [
                    {"$ref": "#/components/schemas/Part"}, {"type": "object", "required": ["b"], "properties": {"b": {}}},
                ]},
            }},
        });
        simplify(&mut section);
        let whole = json!({
            "type": "object", "required": ["a", "b"], "properties": {"a": {}, "b": {}}, "description": "All of it"
        });
        assert_eq!(section["components"]["schemas"], json!({ "Whole": whole }));
    }

    #[test]
    fn a_parameter_is_not_null() {
        let plain = [json!({"type": "string", "example": "x"}), json!({"$ref": "#/components/schemas/Step"})];
        let optional = [
            json!({"type": ["string", "null"], "example": "x"}),
            json!({"oneOf": [{"type": "null"}, plain[1]]}),
        ];
        let section = |schemas: [Value; 2]| {
            let parameters = schemas.map(|schema| json!({"schema": schema}));
            json!({"paths": {"/": {"get": {"parameters": parameters}}}})
        };
        let mut simplified = section(optional);
        simplify(&mut simplified);
        assert_eq!(simplified, section(plain));
    }
}
