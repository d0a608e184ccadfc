//! People who ask about goods.

use domain::json::{self, JsonObject};
use domain::market::{BuyerChanges, BuyerLookup, ConversationStatus, phone_number};
use domain::{Email, PageRequest, PrivateJson, UserName};
use repository::{Error as RepositoryError, testing};
use strongroom_service::market::{buyers, conversations};

use crate::fixtures::violation;
use crate::market_world::{buyer, conversation, named, product, talk, told, wallapop};

#[test]
fn what_is_told_changes_and_the_rest_stays() {
    testing::check(|tx| {
        let id = wallapop("buyer123");
        let missing = buyers::create_or_update(tx, &id, &BuyerChanges::default()).map(|made| made.0);
        assert_eq!(violation(missing), ("/username".to_owned(), "missing"));

        let (made, is_new) = buyers::create_or_update(tx, &id, &told()).unwrap();
        assert!(is_new && made.trust_score.get() == 0.5 && made.last_active_at == Some(tx.now));
        let profile: JsonObject = json::from_trusted(r#"{"city":"Sants"}"#).unwrap();
        let more = BuyerChanges {
            phone: Some(None),
            is_verified: Some(true),
            profile_data: Some(Some(PrivateJson::parse_small(&profile).unwrap())),
            ..BuyerChanges::default()
        };
        let (changed, is_new) = buyers::create_or_update(tx, &id, &more).unwrap();
        assert!(!is_new && changed.id == made.id && changed.is_verified);
        assert_eq!((&changed.username, &changed.email), (&made.username, &made.email));
        assert_eq!(changed.phone, None);
        assert_eq!(changed.profile_data.as_ref().map(PrivateJson::expose), Some(r#"{"city":"Sants"}"#));
        assert_eq!(buyers::get(tx, made.id).unwrap(), changed);
    });
}

#[test]
fn a_look_up_finds_candidates_whatever_the_case_and_the_form() {
    testing::check(|tx| {
        let juan = buyers::create_or_update(tx, &wallapop("1"), &told()).unwrap().0;
        let twin = buyers::create_or_update(tx, &wallapop("2"), &named("JUAN_comprador")).unwrap().0;
        let mut find = |lookup: BuyerLookup| -> Vec<_> {
            buyers::lookup(tx, &lookup).unwrap().into_iter().map(|buyer| buyer.id).collect()
        };
        let name = UserName::parse("Juan_Comprador").unwrap();
        assert_eq!(find(BuyerLookup::Username(name)), [twin.id, juan.id]);
        assert_eq!(find(BuyerLookup::Phone(phone_number("+34 612 345 678").unwrap())), [juan.id]);
        assert_eq!(find(BuyerLookup::Email(Email::parse("JUAN@correo.example").unwrap())), [juan.id]);
        assert_eq!(find(BuyerLookup::WallapopUserId(wallapop("2"))), [twin.id]);
        assert_eq!(find(BuyerLookup::WallapopUserId(wallapop("3"))), []);
        buyers::update(tx, juan.id, None, &BuyerChanges { email: Some(None), ..BuyerChanges::default() })
            .unwrap();
        let gone = BuyerLookup::Email(Email::parse("juan@correo.example").unwrap());
        assert!(buyers::lookup(tx, &gone).unwrap().is_empty(), "the look-up follows the change");
    });
}

#[test]
fn blocking_ends_what_is_active_and_unblocking_reopens_nothing() {
    testing::check(|tx| {
        let (item, person, chat) = talk(tx, "1");
        assert!(!buyers::is_blocked(tx, &person.wallapop_user_id).unwrap());
        assert!(!buyers::is_blocked(tx, &wallapop("unknown")).unwrap());
        let other = product(tx, "other");
        let second = conversation(tx, "c-2", &other, &person);
        conversations::cancel(tx, second.id).unwrap();

        let blocked = buyers::block(tx, person.id).unwrap();
        assert!(blocked.value.is_blocked && buyers::is_blocked(tx, &person.wallapop_user_id).unwrap());
        let status = |tx: &mut repository::Tx<'_>, id| conversations::get(tx, id).unwrap().status;
        assert_eq!(status(tx, chat.id), ConversationStatus::Blocked);
        assert_eq!(status(tx, second.id), ConversationStatus::Cancelled);
        assert_eq!(blocked.stale.state_keys().count(), 2, "one conversation, by both of its names");
        let again = buyers::block(tx, person.id).unwrap();
        assert_eq!(again.value.row_version, blocked.value.row_version);
        buyers::unblock(tx, person.id).unwrap();
        assert_eq!(status(tx, chat.id), ConversationStatus::Blocked);
        let _ = item;
    });
}

#[test]
fn a_list_shows_all_or_those_who_are_blocked_or_are_not() {
    testing::check(|tx| {
        let (first, second) = (buyer(tx, "1"), buyer(tx, "2"));
        buyers::block(tx, first.id).unwrap();
        let mut list = |is_blocked| -> Vec<_> {
            let page = buyers::list(tx, is_blocked, PageRequest::default()).unwrap();
            page.items.into_iter().map(|buyer| buyer.id).collect()
        };
        assert_eq!(list(None), [second.id, first.id]);
        assert_eq!(list(Some(true)), [first.id]);
        assert_eq!(list(Some(false)), [second.id]);
    });
}

#[test]
fn a_deleted_buyer_hides_the_conversations_and_comes_back_with_them() {
    testing::check(|tx| {
        let (_, person, chat) = talk(tx, "1");
        buyers::delete(tx, person.id, Some(2)).unwrap();
        assert!(buyers::get(tx, person.id).is_err() && conversations::get(tx, chat.id).is_err());
        assert!(!buyers::is_blocked(tx, &person.wallapop_user_id).unwrap());
        let other = buyer(tx, "b-1");
        let restored = buyers::restore(tx, person.id);
        assert!(
            matches!(&restored, Err(RepositoryError::RestoreConflict { existing, .. })
                     if *existing == other.id.uuid()),
            "{restored:?}"
        );
        buyers::delete(tx, other.id, None).unwrap();
        buyers::restore(tx, person.id).unwrap();
        assert_eq!(conversations::get(tx, chat.id).unwrap(), chat, "nothing of it has changed");
    });
}
