//! What is cooked and bought, as programs enter it.

use serde_json::{Value, json};
use strongroom_tests::{Answer, Server};

use crate::household::Household;
use crate::world::{id, text};

/// A product of the catalogue: its id.
pub(crate) fn product(server: &Server, name: &str) -> String {
    id(&server.post("/v1/pantry/products", &json!({"name": name})).expect(201))
}

/// The product of the catalogue that is called so, made where there is none: its id.
pub(crate) fn shared(server: &Server, name: &str) -> String {
    let made = server.post("/v1/pantry/products", &json!({"name": name}));
    if made.status == 201 { id(&made.expect(201)) } else { text(&made.expect(409), "/existing_id") }
}

/// A recipe of products of the catalogue, each as `flour 250 g`, `eggs 3` or `salt`: its id.
pub(crate) fn recipe(server: &Server, title: &str, servings: Option<u32>, takes: &[&str]) -> String {
    let ingredient = |takes: &&str| {
        let mut words = takes.split(' ');
        let product = shared(server, words.next().unwrap());
        json!({"product_id": product, "quantity": words.next(), "unit": words.next()})
    };
    let ingredients: Vec<Value> = takes.iter().map(ingredient).collect();
    let new = json!({"title": title, "servings": servings, "ingredients": ingredients});
    id(&server.post("/v1/pantry/recipes", &new).expect(201))
}

/// What is called so at home: quantity, unit and expiry, each of which may be left out as `""`.
pub(crate) fn item(name: &str, parts: [&str; 3]) -> Value {
    let [quantity, unit, expiry] = parts.map(|part| Some(part).filter(|part| !part.is_empty()));
    json!({"product_name": name, "quantity": quantity, "unit": unit, "expiry_date": expiry})
}

impl Household {
    /// Adds to what is at home.
    pub(crate) fn stock(&self, server: &Server, name: &str, parts: [&str; 3]) -> Answer {
        server.post(&self.path("/pantry-items"), &item(name, parts))
    }

    /// What a receipt is made of: shop, day and total, each of which may be left out as `""`, and its items.
    pub(crate) fn new_receipt(&self, [store, day, total]: [&str; 3], items: &Value) -> Value {
        let [store, day, total] = [store, day, total].map(|part| Some(part).filter(|part| !part.is_empty()));
        json!({"user_id": self.id, "store_name": store, "purchase_date": day, "total_amount": total, "items": items})
    }

    /// A receipt that is stored.
    pub(crate) fn receipt(&self, server: &Server, head: [&str; 3], items: &Value) -> Value {
        server.post("/v1/pantry/receipts", &self.new_receipt(head, items)).expect(201)
    }

    /// A page of a list of the household's.
    pub(crate) fn list(&self, server: &Server, rest: &str) -> Vec<Value> {
        server.get(&self.path(rest)).expect(200)["data"].as_array().unwrap().clone()
    }
}

/// Sends as many requests at once, and answers with the statuses in order.
pub(crate) fn at_once(count: usize, send: impl Fn() -> Answer + Sync) -> Vec<Answer> {
    let barrier = std::sync::Barrier::new(count);
    std::thread::scope(|scope| {
        let one = || {
            barrier.wait();
            send()
        };
        let running: Vec<_> = (0..count).map(|_| scope.spawn(one)).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}
