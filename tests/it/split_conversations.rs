//! Conversations: their steps, their context, their errors, and their end.

use serde_json::{Value, json};
use strongroom_tests::{Answer, Server};

use crate::world::{World, each};

struct Talk {
    world: World,
    path: String,
}

impl Talk {
    fn new(settings: &[(&str, &str)]) -> Self {
        let world = World::on(Server::start_with(settings), 0);
        let path = format!("/v1/split/users/{}/conversations", world.user);
        Self { world, path }
    }

    fn get(&self, session: &str) -> Value {
        self.world.server.get(&format!("{}/{session}", self.path)).expect(200)
    }

    fn put(&self, session: &str, body: &Value) -> Answer {
        self.world.server.send("PUT", &format!("{}/{session}", self.path), &[], Some(&body.to_string()))
    }

    fn advance(&self, session: &str, step: &str, context: Value) -> Answer {
        let body = json!({"step": step, "context": context});
        self.world.server.post(&format!("{}/{session}/advance", self.path), &body)
    }

    fn error(&self, session: &str, error: &str) -> Answer {
        self.world.server.post(&format!("{}/{session}/errors", self.path), &json!({"error": error}))
    }
}

#[test]
fn a_conversation_goes_its_way_and_gathers_what_it_hears() {
    let talk = Talk::new(&[]);
    let fresh = talk.get("s1");
    assert_eq!((&fresh["current_step"], &fresh["context"]), (&json!("initial"), &json!({})));
    assert_eq!((&fresh["expires_at"], &fresh["session_id"]), (&Value::Null, &json!("s1")));

    let step = talk.advance("s1", "EXTRACTING_BILL", json!({"input_type": "photo", "draft": 1})).expect(200);
    assert!(step["expires_at"].is_string(), "{step}");
    let step =
        talk.advance("s1", "confirming_bill", json!({"bill_data": {"total": "33.340"}, "draft": null}));
    let step = step.expect(200);
    assert_eq!(step["context"].to_string(), r#"{"input_type":"photo","bill_data":{"total":"33.340"}}"#);
    assert_eq!(talk.get("s1"), step);

    // Saving stores the context as it is, and does not get round the transitions.
    let skip = talk.put("s1", &json!({"step": "completed", "context": {"bill_id": "b"}}));
    assert_eq!(skip.expect(409)["code"], "illegal_transition");
    let lacking = talk.advance("s1", "collecting_contacts", json!({})).expect(409);
    assert_eq!(lacking["code"], "missing_context_keys");
    assert!(lacking["detail"].as_str().unwrap().contains("participants"), "{lacking}");
    assert_eq!(talk.get("s1"), step, "what is refused changes nothing");
    let saved =
        talk.put("s1", &json!({"current_step": "confirming_bill", "context": {"bill_data": 2}})).expect(200);
    assert_eq!(saved["context"], json!({"bill_data": 2}));

    assert_eq!(talk.world.server.send("DELETE", &format!("{}/s1", talk.path), &[], None).status, 204);
    assert_eq!(talk.get("s1"), fresh);
}

#[test]
fn after_too_many_errors_a_conversation_begins_anew() {
    let talk = Talk::new(&[("MAX_CONVERSATION_RETRIES", "2")]);
    talk.advance("s1", "extracting_bill", json!({"input_type": "photo"})).expect(200);
    let first = talk.error("s1", "the photo is dark").expect(200);
    assert_eq!((&first["retry_count"], &first["last_error"]), (&json!(1), &json!("the photo is dark")));
    assert_eq!(first["current_step"], "extracting_bill");
    let success = talk.advance("s1", "extracting_bill", json!({})).expect(200);
    assert_eq!((&success["retry_count"], &success["last_error"]), (&json!(0), &Value::Null));

    talk.error("s1", "one").expect(200);
    let reset = talk.error("s1", "two").expect(200);
    assert_eq!((&reset["current_step"], &reset["retry_count"]), (&json!("initial"), &json!(0)));
    assert_eq!(reset["context"], json!({"error_reset": true}));
}

#[test]
fn conversations_are_listed_until_they_expire() {
    let talk = Talk::new(&[("CONVERSATION_TIMEOUT_HOURS", "1")]);
    let list = |query: &str| {
        let found = talk.world.server.get(&format!("{}{query}", talk.path)).expect(200);
        each(&found["data"], "session_id").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    for session in ["s1", "s2", "s3"] {
        talk.advance(session, "extracting_bill", json!({"input_type": "photo"})).expect(200);
    }
    talk.world.server.database().sabotage(
        "UPDATE split.conversation_states SET expires_at = expires_at - INTERVAL '61 minutes' WHERE session_id = 's1'",
    );
    assert_eq!(list("?active=true"), ["s3", "s2"]);
    let mut all = list("");
    all.sort();
    assert_eq!(all, ["s1", "s2", "s3"]);
    assert_eq!(talk.get("s1")["current_step"], "initial", "an expired conversation reads as fresh");

    let page = talk.world.server.get(&format!("{}?active=true&limit=1", talk.path)).expect(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    assert_eq!(list(&format!("?active=true&limit=1&cursor={cursor}")), ["s2"]);
}

#[test]
fn sessions_contexts_and_users_are_checked() {
    let talk = Talk::new(&[]);
    assert_eq!(
        talk.put(&"x".repeat(101), &json!({"step": "initial"})).expect(422)["errors"][0]["pointer"],
        "/session_id"
    );
    assert_eq!(talk.get("a%20b%2Fc")["session_id"], "a b/c");
    assert_eq!(talk.advance("s1", "dancing", json!({})).expect(422)["errors"][0]["pointer"], "/step");
    assert_eq!(talk.advance("s1", "initial", json!([1])).expect(422)["errors"][0]["pointer"], "/context");
    assert_eq!(talk.error("s1", "").expect(422)["errors"][0]["pointer"], "/error");
    let long = talk.advance("s1", "initial", json!({"text": "x".repeat(300_000)})).expect(422);
    assert_eq!(
        (&long["errors"][0]["pointer"], &long["errors"][0]["code"]),
        (&json!("/context"), &json!("too_long"))
    );
    // Each part is short enough, both together are not.
    talk.advance("s2", "initial", json!({"a": "x".repeat(200_000)})).expect(200);
    let long = talk.advance("s2", "initial", json!({"b": "x".repeat(200_000)})).expect(422);
    assert_eq!(long["errors"][0]["code"], "too_long");

    let nobody = "/v1/split/users/00000000-0000-7000-8000-000000000000/conversations";
    talk.world.server.get(nobody).expect(404);
    talk.world.server.get(&format!("{nobody}/s1")).expect(404);
    talk.world.server.post(&format!("{nobody}/s1/errors"), &json!({"error": "x"})).expect(404);
}
