//! `split`: a user with contacts, bills, shares and payment requests.

use serde_json::{Value, json};
use strongroom_tests::Server;

use super::{Person, TestedSystem};
use crate::contract::client::Client;
use crate::contract::document::Operation;
use crate::contract::requests::Request;
use crate::contract::rows::Rows;
use crate::world::{each, id, text};

pub(super) struct Split;

impl TestedSystem for Split {
    fn name(&self) -> &'static str {
        "split"
    }

    /// Two bills whose shares are asked for, one with shares that are too much for UPI, and one that is not split.
    fn make_rows(&self, server: &Server, person: &dyn Fn() -> Person) -> Rows {
        let post = |path: &str, body: &Value| server.post(&format!("/v1/split{path}"), body).expect(201);
        let user = post("/users", &person().named());
        let of_user = format!("/users/{}", id(&user));
        let contacts = [(); 3].map(|()| post(&format!("{of_user}/contacts"), &person().named()));

        let owing: Vec<Value> = contacts.iter().map(|contact| json!({"contact_id": contact["id"]})).collect();
        let split = json!({"mode": "equal", "organiser": {}, "participants": owing});
        let bill = |total: &str, split: &Value| {
            let new = json!({"user_id": user["id"], "total_amount": total, "description": "Dinner", "split": split});
            post("/bills", &new)
        };
        let bills =
            [bill("100.00", &split), bill("99.99", &split), bill("999999", &split), bill("5", &Value::Null)];
        let ask = |bill: &Value| {
            let path = format!("/bills/{}/payment-requests", id(bill));
            post(&path, &json!({"upi_id": "asha@okaxis"}))["data"].clone()
        };
        let asked = [ask(&bills[0]), ask(&bills[1])];
        let session = server.post(&format!("/v1/split{of_user}/tokens"), &json!({})).expect(200);

        let ids = |rows: &Value| each(rows, "id").into_iter().map(str::to_owned).collect::<Vec<_>>();
        let asked: Vec<String> = asked.iter().flat_map(ids).collect();
        let stranger = person();
        let reference = |request: &str| json!(request.replace('-', ""));
        Rows::of_user(text(&session, "/access_token"))
            .with("users", vec![id(&user)])
            .with("contacts", contacts.iter().map(id).collect())
            .with("bills", bills.iter().map(id).collect())
            .with("participants", bills.iter().flat_map(|bill| ids(&bill["participants"])).collect())
            .with_field("users", "phone_number", &user["phone_number"], json!(stranger.phone_number))
            .with_field(
                "contacts",
                "phone_number",
                &contacts[0]["phone_number"],
                json!(stranger.phone_number),
            )
            .with_field("contacts", "name", &contacts[0]["name"], json!("Nobody at all"))
            .with_field(
                "payment-requests",
                "reference",
                &reference(&asked[0]),
                reference(&super::unique().to_string()),
            )
            .with_field("tokens", "refresh_token", &session["refresh_token"], json!("srr_nobody"))
            .with("payment-requests", asked)
    }

    fn kind_of_field(&self, field: &str) -> Option<&'static str> {
        match field {
            "user_id" => Some("users"),
            "contact_id" | "contact_ids" => Some("contacts"),
            "only" | "participant_id" | "participant_ids" => Some("participants"),
            _ => None,
        }
    }

    fn prepare(&self, client: &Client<'_>, _: Operation<'_>, example: &Request) {
        let (row, action) = example.path.rsplit_once('/').unwrap_or_default();
        match action {
            // The first reminder is due a day after somebody was asked.
            "reminders" if example.method == "POST" => client
                .server
                .database()
                .sabotage("UPDATE split.payment_requests SET created_at = created_at - INTERVAL '25 hours'"),
            "unconfirm" => drop(client.server.post(&format!("{row}/confirm"), &Value::Null).expect(200)),
            _ => {}
        }
    }

    fn free_objects(&self) -> &'static [&'static str] {
        &["/context"]
    }

    fn sealed_fields(&self) -> &'static [&'static str] {
        &["reason", "error"]
    }

    fn refused_to_owners(&self) -> &'static [(&'static str, u16)] {
        // The token ends with its deleted user.
        &[("POST /v1/split/users/{id}/restore", 401)]
    }
}
