//! Households: their names, preferences and time zones, and what goes with them.

use domain::pantry::{DaysAhead, Shelf, UserChanges, user_name};
use domain::{Email, Limit, PageRequest};
use repository::erasure::Erased;
use repository::{Error as RepositoryError, testing};
use strongroom_service::pantry::users::Lookup;
use strongroom_service::pantry::{conversations, messages, pantry_items, products, users};
use strongroom_service::system::Person;

use crate::fixtures::violation;
use crate::pantry_world::{
    add, conversation, household, is_absent, new_conversation, new_user, object, product, refusal, say,
    taken_by,
};

#[test]
fn a_household_is_found_by_name_and_address_however_they_are_written() {
    testing::check(|tx| {
        let made = users::create(tx, new_user("Kowalscy")).unwrap();
        assert_eq!(users::get(tx, made.id).unwrap(), made);
        let by_name = Lookup::Username(user_name("KOWALSCY").unwrap());
        let by_email = Lookup::Email(Email::parse("kowalscy@Pantry.example").unwrap());
        for lookup in [by_name, by_email] {
            assert_eq!(users::lookup(tx, &lookup).unwrap(), made);
        }
        let nobody = Lookup::Username(user_name("nobody").unwrap());
        assert!(is_absent(users::lookup(tx, &nobody)));
    });
}

#[test]
fn a_name_or_an_address_that_is_taken_names_who_has_it() {
    testing::check(|tx| {
        let first = household(tx, "kowalscy");
        let second = household(tx, "tanaka");
        let mut same_name = new_user("KOWALSCY");
        same_name.email = Email::parse("other@pantry.example").unwrap();
        let mut same_address = new_user("other");
        same_address.email = Email::parse("kowalscy@pantry.example").unwrap();
        for new in [same_name, same_address] {
            let taken = users::create(tx, new);
            assert_eq!(taken_by(taken), first.uuid());
        }
        let username = Some(user_name("Kowalscy").unwrap());
        let changes = UserChanges { username, ..UserChanges::default() };
        let taken = users::update(tx, second, None, changes.clone(), None);
        assert!(refusal(taken).is_conflict_on("users_username_unique"));
        assert!(users::update(tx, first, None, changes, None).is_ok(), "one's own name is not taken");
        users::delete(tx, first, None).unwrap();
        let again = users::create(tx, new_user("kowalscy")).unwrap();
        let restored = users::restore(tx, first);
        assert_eq!(taken_by(restored), again.id.uuid());
    });
}

#[test]
fn preferences_are_merged_and_null_removes() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let merge = |tx: &mut _, json: &str| {
            users::update(tx, user, None, UserChanges::default(), Some(object(json)))
        };
        merge(tx, r#"{"timezone": "Europe/Warsaw", "budget": 100.50}"#).unwrap();
        let changed = merge(tx, r#"{"budget": null, "diet": ["vegan"]}"#).unwrap();
        assert_eq!(
            serde_json::to_string(&changed.preferences).unwrap(),
            r#"{"diet":["vegan"],"timezone":"Europe/Warsaw"}"#
        );
        assert_eq!(changed.row_version, 3);
        for zone in ["Warsaw", "FOO+3"] {
            let wrong = merge(tx, &format!(r#"{{"timezone": "{zone}"}}"#));
            assert_eq!(violation(wrong), ("/preferences/timezone".to_owned(), "unknown_time_zone"));
        }
        let stale =
            users::update(tx, user, Some(1), UserChanges::default(), Some(object(r#"{"diet": null}"#)));
        assert!(matches!(refusal(stale), RepositoryError::StaleVersion { current: 3 }));
    });
}

/// Both sides know the same zones, and the database would refuse what it does not know.
#[test]
fn the_day_of_the_database_is_that_of_the_program() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        for zone in ["Asia/Tokyo", "America/Los_Angeles", "Europe/Warsaw", "Pacific/Kiritimati", "UTC"] {
            let named = object(&format!(r#"{{"timezone": "{zone}"}}"#));
            let changed = users::update(tx, user, None, UserChanges::default(), Some(named)).unwrap();
            let figures = pantry_items::statistics(tx, user, None, DaysAhead::new(7).unwrap()).unwrap();
            assert_eq!(figures.on, changed.preferences.local_date(tx.now), "{zone}");
        }
    });
}

#[test]
fn a_deleted_household_hides_everything_and_comes_back_with_what_went_along() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let (kept, gone) = (conversation(tx, user, "kept"), conversation(tx, user, "gone"));
        let message = say(tx, kept, "Kup mleko").id;
        let (item, _) = add(tx, user, "Mleko", ["1", "l", ""]).unwrap();
        conversations::delete(tx, gone, None).unwrap();
        users::delete(tx, user, None).unwrap();

        assert!(is_absent(users::get(tx, user)));
        assert!(is_absent(conversations::get(tx, kept)));
        assert!(is_absent(messages::get(tx, message)));
        assert!(is_absent(pantry_items::get(tx, item.id)));
        assert!(is_absent(products::get(tx, item.product_id)));
        assert!(is_absent(pantry_items::delete(tx, item.id)));
        let everything = PageRequest { limit: Limit::default(), after: None };
        assert!(is_absent(pantry_items::list(tx, user, Shelf::All, None, everything)));
        assert!(is_absent(conversations::list(tx, user, PageRequest::default())));
        assert!(is_absent(conversations::restore(tx, gone)));
        assert_eq!(
            violation(conversations::create(tx, new_conversation(user, None))),
            ("/user_id".to_owned(), "unknown_user")
        );

        users::restore(tx, user).unwrap();
        assert!(conversations::get(tx, kept).is_ok());
        assert!(is_absent(conversations::get(tx, gone)), "it went before");
        assert!(pantry_items::get(tx, item.id).is_ok());
    });
}

#[test]
fn an_erasure_takes_own_products_and_leaves_the_catalogue() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let other = household(tx, "tanaka");
        let milk = product(tx, None, "Milk").unwrap();
        add(tx, user, "Milk", ["1", "l", ""]).unwrap();
        let (own, _) = add(tx, user, "Twaróg", ["1", "", ""]).unwrap();
        let (others, _) = add(tx, other, "Natto", ["2", "", ""]).unwrap();
        let conversation = conversation(tx, user, "default");
        say(tx, conversation, "Kup mleko");
        users::delete(tx, user, None).unwrap();

        let erased: Erased =
            (strongroom_service::pantry::SYSTEM.erase)(tx, &Person::Id(user.uuid())).unwrap();
        for (table, rows) in
            [("users", 1), ("conversations", 1), ("messages", 1), ("pantry_items", 2), ("products", 1)]
        {
            assert_eq!(erased.count(table), rows, "{table}");
        }
        assert!(products::get(tx, milk).is_ok());
        assert!(products::get(tx, own.product_id).is_err());
        assert!(pantry_items::get(tx, others.id).is_ok());
        testing::execute(tx, "SET CONSTRAINTS ALL IMMEDIATE");
    });
}
