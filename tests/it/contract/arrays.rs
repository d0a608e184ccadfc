//! No operation takes an array where it should be sent an object, though serde would, value by value.

use serde_json::Value;
use strongroom_tests::Server;

use super::client::Client;
use super::document::Document;
use super::requests::as_documented;
use super::rows::Rows;
use super::systems::system_of;

/// Places of all objects in a value, as JSON pointers.
fn objects(value: &Value, place: String, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, field)| objects(field, format!("{place}/{name}"), found));
            found.push(place);
        }
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(n, value)| objects(value, format!("{place}/{n}"), found));
        }
        _ => {}
    }
}

#[test]
fn an_array_is_not_taken_for_an_object_anywhere() {
    let server = Server::start();
    let (client, document) = (Client::of(&server), Document::of(&server));
    let mut tried = 0;
    for operation in document.operations() {
        let rows = Rows::for_path(&server, operation.path);
        let mut request = as_documented(&document, operation, &rows);
        let Some(body) = request.json().filter(Value::is_object) else { continue };
        let system = system_of(operation.path);
        let takes_objects =
            |place: &String| system.free_objects().contains(&place.as_str()) || !system.is_free(place);
        let mut places = Vec::new();
        objects(&body, String::new(), &mut places);
        for place in places.into_iter().filter(takes_objects) {
            let mut body = body.clone();
            let object = body.pointer_mut(&place).unwrap();
            let values = object.as_object().unwrap().values().cloned().collect();
            *object = Value::Array(values);
            request.set_json(&body);
            let answer = client.send(&request);
            let says: Value = serde_json::from_slice(&answer.body).unwrap();
            let is_told = says["errors"][0]["pointer"] == place && says["errors"][0]["code"] == "wrong_type";
            assert!(answer.status == 422 && is_told, "{request}\n  -> {says}");
            tried += 1;
        }
    }
    assert!(tried > 15, "{tried}");
}
