//! The households, what each has at home, buys and plans, and a conversation.

use chrono::Days;
use domain::json::from_trusted;
use domain::pantry::{
    Details, MessageRole, NewConversation, NewMessage, NewUser, Preferences, ProductName, Quantity, Recipe,
    Unit, User, session_id, user_name,
};
use domain::{Day, Email, Id, MessageText};
use repository::Tx;

use super::shopping::{Shopping, TOKYO, WARSAW, plan, shop};
use crate::pantry::pantry_items::{self, Delivery, Which};
use crate::pantry::users::Lookup;
use crate::pantry::{conversations, messages, users};
use crate::system::parse;
use crate::{Error, Result};

struct Household {
    name: &'static str,
    email: &'static str,
    time_zone: &'static str,
    at_home: &'static [AtHome],
    /// Where it buys.
    shopping: Shopping,
    /// What was said, by turns, beginning with the household.
    conversation: &'static [&'static str],
}

struct AtHome {
    name: &'static str,
    quantity: Option<&'static str>,
    unit: Option<&'static str>,
    /// In how many days it expires.
    days: Option<i32>,
}

const fn of(
    name: &'static str,
    quantity: Option<&'static str>,
    unit: Option<&'static str>,
    days: Option<i32>,
) -> AtHome {
    AtHome { name, quantity, unit, days }
}

const HOUSEHOLDS: [Household; 2] = [
    Household {
        name: "kowalscy",
        email: "kowalscy@pantry.example",
        time_zone: "Europe/Warsaw",
        at_home: &[
            of("Milk", Some("1.5"), Some("l"), Some(2)),
            of("Eggs", Some("8"), None, Some(12)),
            of("Butter", Some("200"), Some("g"), Some(30)),
            of("Twaróg", Some("0.25"), Some("kg"), Some(1)),
            of("Tomatoes", Some("4"), None, Some(-1)),
            of("Flour", Some("1"), Some("kg"), Some(200)),
            of("Salt", None, None, None),
        ],
        shopping: WARSAW,
        conversation: &[
            "Co mogę dziś ugotować?",
            "Naleśniki: mleko i twaróg trzeba zużyć w tym tygodniu.",
            "Dobrze. Dopisz mąkę do listy zakupów.",
        ],
    },
    Household {
        name: "tanaka",
        email: "tanaka@pantry.example",
        time_zone: "Asia/Tokyo",
        at_home: &[
            of("Sushi rice", Some("2"), Some("kg"), Some(300)),
            of("Soy sauce", Some("0.5"), Some("l"), Some(400)),
            of("Natto", Some("3"), None, Some(3)),
            of("Spinach", Some("150"), Some("g"), Some(-2)),
            of("Green tea", None, None, None),
        ],
        shopping: TOKYO,
        conversation: &["納豆はいつまで大丈夫？", "三日後までです。"],
    },
];

/// Whether one of them is there.
pub(super) fn are_there(tx: &mut Tx<'_>) -> Result<bool> {
    for household in &HOUSEHOLDS {
        let username = parse(|fields| fields.take("/username", user_name(household.name)))?;
        match users::lookup(tx, &Lookup::Username(username)) {
            Ok(_) => return Ok(true),
            Err(Error::Repository(repository::Error::NotFound(_))) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

pub(super) fn load(tx: &mut Tx<'_>, recipes: &[Id<Recipe>]) -> Result<()> {
    for household in &HOUSEHOLDS {
        let new = parse(|fields| {
            let username = fields.take("/username", user_name(household.name));
            let email = fields.take("/email", Email::parse(household.email));
            let zone = from_trusted(&format!(r#"{{"timezone":"{}"}}"#, household.time_zone)).ok()?;
            let preferences = fields.take("/preferences", Preferences::default().merged(zone));
            Some(NewUser { username: username?, email: email?, preferences: preferences? })
        })?;
        let user = users::create(tx, new)?;
        for at_home in household.at_home {
            let expiry_date = at_home.days.and_then(|days| in_days(tx, &user, days));
            pantry_items::add(tx, user.id, delivery(at_home, expiry_date)?)?;
        }
        shop(tx, &user, &household.shopping)?;
        plan(tx, &user, recipes)?;
        converse(tx, &user, household.conversation)?;
    }
    Ok(())
}

/// A day as it is counted where the user lives.
fn in_days(tx: &Tx<'_>, user: &User, days: i32) -> Option<Day> {
    let today = user.preferences.local_date(tx.now).date();
    let distance = Days::new(days.unsigned_abs().into());
    let day = if days < 0 { today.checked_sub_days(distance) } else { today.checked_add_days(distance) };
    day.map(Day::from_trusted)
}

fn delivery(at_home: &AtHome, expiry_date: Option<Day>) -> Result<Delivery> {
    parse(|fields| {
        let product = fields.take("/product_name", ProductName::parse(at_home.name));
        let quantity = fields.take_optional("/quantity", at_home.quantity.map(Quantity::parse));
        let unit = fields.take_optional("/unit", at_home.unit.map(Unit::parse));
        Some(Delivery {
            product: Which::Name(product?),
            quantity: quantity?,
            unit: unit?,
            expiry_date,
            notes: None,
        })
    })
}

fn converse(tx: &mut Tx<'_>, user: &User, said: &[&str]) -> Result<()> {
    let session = parse(|fields| fields.take("/session_id", session_id("default")))?;
    let new = NewConversation {
        user_id: user.id,
        session_id: Some(session),
        title: None,
        metadata: Details::default(),
    };
    let conversation = conversations::create(tx, new)?;
    let roles = [MessageRole::User, MessageRole::Assistant].into_iter().cycle();
    for (text, role) in said.iter().zip(roles) {
        let content = parse(|fields| fields.take("/content", MessageText::parse(text)))?;
        let message =
            NewMessage { role, content, agent_used: None, confidence: None, metadata: Details::default() };
        messages::add_message(tx, conversation.id, message)?;
    }
    Ok(())
}
