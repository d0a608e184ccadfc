//! Says what utoipa says in the way that every code generator understands.

use serde_json::{Map, Value, json};

const COMPONENT: &str = "#/components/schemas/";

/// Makes objects of parts flat, and bodies that may be absent plain; drops the components that nobody needs any more.
pub(super) fn simplify(section: &mut Value) {
    flatten_objects(section);
    make_bodies_plain(section);
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

/// `Option<T>` as a body becomes `T` or null. Generators send the null or raise; that a body is not required is enough.
fn make_bodies_plain(section: &mut Value) {
    let paths = section.get_mut("paths").and_then(Value::as_object_mut);
    let items = paths.into_iter().flat_map(|paths| paths.values_mut()).filter_map(Value::as_object_mut);
    for body in
        items.flat_map(|item| item.values_mut()).filter_map(|operation| operation.get_mut("requestBody"))
    {
        let contents = body.get_mut("content").and_then(Value::as_object_mut);
        let schemas = contents.into_iter().flat_map(|contents| contents.values_mut());
        let plain: Vec<_> =
            schemas.filter_map(|content| content.get_mut("schema")).filter_map(without_null).collect();
        if !plain.is_empty()
            && let Some(body) = body.as_object_mut()
        {
            body.insert("required".to_owned(), Value::Bool(false));
        }
    }
}

/// Makes `oneOf` a reference and null the reference alone; tells whether it was one.
fn without_null(schema: &mut Value) -> Option<()> {
    let choices = schema.get("oneOf")?.as_array()?;
    let is_null = |choice: &&Value| choice.get("type").is_some_and(|name| name == "null");
    choices.iter().find(is_null)?;
    *schema = choices.iter().find(|choice| !is_null(choice))?.clone();
    Some(())
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
    fn a_body_that_may_be_absent_is_not_null() {
        let body = json!({"$ref": "#/components/schemas/Ask"});
        let mut section = json!({"paths": {"/": {"post": {"requestBody": {"content": {
            "application/json": {"schema": {"oneOf": [body, {"type": "null"}]}}
        }}}}}});
        simplify(&mut section);
        let expected = json!({"content": {"application/json": {"schema": body}}, "required": false});
        assert_eq!(section["paths"]["/"]["post"]["requestBody"], expected);
    }
}
