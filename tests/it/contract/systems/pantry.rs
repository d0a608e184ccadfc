//! `pantry`: a household with conversations, and what it named itself.

use serde_json::{Value, json};
use strongroom_tests::Server;

use super::{Person, TestedSystem};
use crate::contract::rows::Rows;
use crate::household;
use crate::world::{id, text};

pub(super) struct Pantry;

impl TestedSystem for Pantry {
    fn name(&self) -> &'static str {
        "pantry"
    }

    fn make_rows(&self, server: &Server, person: &dyn Fn() -> Person) -> Rows {
        let post = |path: &str, body: &Value| server.post(&format!("/v1/pantry{path}"), body).expect(201);
        let Person { name, email, .. } = person();
        let stranger = person();
        // At most 50 characters.
        let username = format!("{name} {:.24}", super::unique().simple().to_string());
        let user = post("/users", &json!({"username": username, "email": email}));
        let session = server.post(&format!("/v1/pantry/users/{}/tokens", id(&user)), &json!({})).expect(200);
        let conversation = post("/conversations", &household::new_conversation(&id(&user), "default"));
        let of_conversation = format!("/conversations/{}", id(&conversation));
        let message =
            post(&format!("{of_conversation}/messages"), &household::said("What can I cook tonight?"));
        let category = post("/categories", &json!({"name": super::unique()}));
        let own = post("/products", &json!({"user_id": user["id"], "name": "Twaróg"}));
        let catalogue = post("/products", &json!({"name": super::unique()}));
        let of_user = format!("/users/{}", id(&user));
        let item = json!({"product_id": catalogue["id"], "quantity": 2, "unit": "l"});
        let item = post(&format!("{of_user}/pantry-items"), &item);
        let receipt =
            json!({"user_id": user["id"], "items": [{"product_name": "Mleko", "unit_price": "3,99"}]});
        let receipt = post("/receipts", &receipt);
        let recipe = json!({"title": "Naleśniki", "ingredients": [{"product_id": catalogue["id"]}]});
        let recipe = post("/recipes", &recipe);
        let plan = json!({"user_id": user["id"], "plan_date": "2026-11-20", "recipe_id": recipe["id"]});
        let plan = post("/meal-plans", &plan);

        Rows::of_user(text(&session, "/access_token"))
            .with("users", vec![id(&user)])
            .with("conversations", vec![id(&conversation)])
            .with("messages", vec![id(&message)])
            .with("categories", vec![id(&category)])
            .with("products", vec![id(&own), id(&catalogue)])
            .with("pantry-items", vec![id(&item)])
            .with("receipts", vec![id(&receipt)])
            .with("receipt-items", vec![text(&receipt, "/items/0/id")])
            .with("recipes", vec![id(&recipe)])
            .with("meal-plans", vec![id(&plan)])
            .with_field("users", "username", &user["username"], json!(stranger.email))
            .with_field("users", "email", &user["email"], json!(stranger.email))
            .with_field("conversations", "session_id", &conversation["session_id"], json!("nobody's"))
    }

    fn kind_of_field(&self, field: &str) -> Option<&'static str> {
        match field {
            "user_id" => Some("users"),
            "conversation_id" => Some("conversations"),
            "category_id" => Some("categories"),
            "product_id" => Some("products"),
            "recipe_id" => Some("recipes"),
            "only" => Some("receipt-items"),
            _ => None,
        }
    }

    fn free_objects(&self) -> &'static [&'static str] {
        &["/preferences", "/metadata", "/nutritional_info", "/storage_info"]
    }

    fn shared_reads(&self) -> &'static [&'static str] {
        &[
            "GET /v1/pantry/categories",
            "GET /v1/pantry/categories/{id}",
            "GET /v1/pantry/products",
            "GET /v1/pantry/recipes",
            "GET /v1/pantry/recipes/{id}",
        ]
    }

    fn refused_to_owners(&self) -> &'static [(&'static str, u16)] {
        // The token ends with its deleted user.
        &[("POST /v1/pantry/users/{id}/restore", 401)]
    }
}
