//! JSON that no column can hold: whatever takes any JSON refuses these values, at the place where they stand.

use strongroom_tests::Server;

use crate::world::pointers;

/// Values as they stand in a body, each with its code and with the place below the value at which it is found.
fn values() -> Vec<(String, &'static str, String)> {
    let nested = "[".repeat(500_000) + &"]".repeat(500_000);
    let deep = "/0".repeat(127);
    let value = |value: &str, code, place: &str| (value.to_owned(), code, place.to_owned());
    vec![
        (nested, "too_deep", deep),
        value("1e200000", "number_out_of_range", ""),
        value("-1e-200000", "number_out_of_range", ""),
        value(&"1".repeat(1_001), "number_out_of_range", ""),
        value(r#""a\u0000b""#, "control_character", ""),
        value(r#"{"a\u0000b": 1}"#, "control_character", ""),
        value(r#"[{"a": "\ud800"}]"#, "lone_surrogate", "/0/a"),
        value(r#""\udc00x""#, "lone_surrogate", ""),
    ]
}

/// Sends each of them within the object at `field`. `body` makes the whole body of what stands there.
pub(crate) fn check(server: &Server, method: &str, path: &str, field: &str, body: impl Fn(&str) -> String) {
    for (value, code, place) in values() {
        let sent = body(&format!(r#"{{"x": {value}}}"#));
        let answer = server.send(method, path, &[], Some(&sent));
        let found = pointers(&answer);
        let [(pointer, found)] = found.as_slice() else { panic!("{:.300}", answer.text) };
        assert_eq!(found, code, "{method} {path} {value:.40}: {pointer:.80}");
        assert!(
            pointer.starts_with(&format!("{field}/x{place}")) || code == "too_deep",
            "{value:.40}: {pointer:.80}"
        );
    }
}
