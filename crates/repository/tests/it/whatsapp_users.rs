//! People who write to the bot.

use strongroom_repository::domain::whatsapp::{NewUser, Sender, UserChanges};
use strongroom_repository::domain::{Email, Limit, PageRequest, PersonName};
use strongroom_repository::testing::TestDatabase;
use strongroom_repository::whatsapp::{erasure, merge, userchats, users};
use strongroom_repository::{Actor, Error, testing};

use crate::whatsapp_fixtures::{MOST, count_statements, new_user, owned, phone, sender, talk, user};

fn name(text: &str) -> PersonName {
    PersonName::parse(text).unwrap()
}

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

fn conflict<T: std::fmt::Debug>(outcome: Result<T, Error>) -> (String, Option<uuid::Uuid>) {
    match outcome {
        Err(Error::Conflict { constraint, existing }) => (constraint, existing),
        other => panic!("a conflict, not {other:?}"),
    }
}

#[test]
fn a_user_comes_back_as_it_went_in() {
    testing::check(|tx| {
        let new = NewUser {
            sender: Sender::parse("whatsapp:+5215512345678", Some("MX.77")).unwrap(),
            email: Some(email("Asha@x.example")),
            full_name: Some(name("Asha")),
            full_name_is_set: true,
        };
        let stored = users::insert(tx, new).unwrap();
        assert_eq!(stored.phone_number.as_ref().unwrap().expose(), "+5215512345678");
        assert_eq!(stored.whatsapp_id.as_ref().unwrap().expose(), "MX.77");
        assert_eq!((stored.created_at, stored.row_version, stored.is_active), (tx.now, 1, true));
        assert_eq!(users::get(tx, stored.user_id).unwrap(), stored);
        assert_eq!(users::find_by_email(tx, &email("asha@X.example")).unwrap().unwrap(), stored);
        let hidden = user(tx, "whatsapp:US.1234567890");
        assert_eq!((hidden.phone_number, hidden.full_name), (None, None));
    });
}

#[test]
fn number_id_and_address_belong_to_one_living_user() {
    testing::check(|tx| {
        let new = NewUser {
            sender: Sender::parse("+12025550101", Some("US.1")).unwrap(),
            email: Some(email("a@x.example")),
            full_name: None,
            full_name_is_set: false,
        };
        let first = users::insert(tx, new).unwrap();
        let id = Some(first.user_id.uuid());
        let taken = |constraint: &str| (constraint.to_owned(), id);
        assert_eq!(conflict(users::insert(tx, new_user("+12025550101"))), taken("idx_users_phone_number"));
        assert_eq!(conflict(users::insert(tx, new_user("whatsapp:US.1"))), taken("idx_users_whatsapp_id"));
        let same_address = NewUser { email: Some(email("a@x.example")), ..new_user("+12025550102") };
        assert_eq!(conflict(users::insert(tx, same_address)), taken("idx_users_email"));
        let second = user(tx, "+12025550102");
        let to_first = UserChanges { phone_number: Some(phone("+12025550101")), ..UserChanges::default() };
        assert_eq!(
            conflict(users::update(tx, second.user_id, None, to_first)),
            taken("idx_users_phone_number")
        );
        let to_first = UserChanges { email: Some(Some(email("a@x.example"))), ..UserChanges::default() };
        assert_eq!(conflict(users::update(tx, second.user_id, None, to_first)), taken("idx_users_email"));
        users::soft_delete(tx, first.user_id, None).unwrap();
        user(tx, "+12025550101");
        match users::restore(tx, first.user_id) {
            Err(Error::RestoreConflict { constraint, .. }) => {
                assert_eq!(constraint, "idx_users_phone_number")
            }
            other => panic!("a conflict, not {other:?}"),
        }
    });
}

#[test]
fn a_number_is_found_in_its_other_spelling_and_exactly_first() {
    testing::check(|tx| {
        let dialled = user(tx, "+5511991234567");
        let found = |tx: &mut _, number: &str| users::find_by_phone(tx, &phone(number)).unwrap();
        assert_eq!(found(tx, "+551191234567").unwrap().user_id, dialled.user_id);
        let registered = user(tx, "+551191234567");
        assert_eq!(found(tx, "+551191234567").unwrap().user_id, registered.user_id);
        assert_eq!(found(tx, "+5511991234567").unwrap().user_id, dialled.user_id);
        assert_eq!(found(tx, "+551131234567"), None, "a landline never gains a digit");
    });
}

#[test]
fn a_deleted_user_takes_its_chats_out_of_sight_and_brings_them_back() {
    testing::check(|tx| {
        let asha = user(tx, "+12025550101");
        let chat = talk(tx, asha.user_id, MOST, &["hi"]).chat.chat_id;
        users::soft_delete(tx, asha.user_id, Some(1)).unwrap();
        assert!(matches!(users::get(tx, asha.user_id), Err(Error::NotFound("user"))));
        assert!(matches!(userchats::get(tx, chat), Err(Error::NotFound("chat"))));
        assert!(matches!(
            userchats::messages(tx, chat, PageRequest::default()),
            Err(Error::NotFound("chat"))
        ));
        assert_eq!(users::find_by_phone(tx, &phone("+12025550101")).unwrap(), None);
        users::restore(tx, asha.user_id).unwrap();
        assert!(userchats::get(tx, chat).unwrap().is_active);
    });
}

#[test]
fn a_name_that_was_set_stays_and_one_that_was_cleared_comes_from_the_profile() {
    testing::check(|tx| {
        let asha = user(tx, "+12025550101");
        let from = sender("+12025550101");
        let (asha, cost) =
            count_statements(tx, |tx| users::refresh(tx, asha, &from, Some(&name("Asha"))).unwrap());
        assert_eq!((asha.full_name.as_ref(), cost), (Some(&name("Asha")), 1));
        let (asha, cost) =
            count_statements(tx, |tx| users::refresh(tx, asha, &from, Some(&name("Asha"))).unwrap());
        assert_eq!((asha.row_version, cost), (2, 0), "nothing is new");
        let set = UserChanges { full_name: Some(Some(name("Dr. Rao"))), ..UserChanges::default() };
        let asha = users::update(tx, asha.user_id, Some(2), set).unwrap();
        let asha = users::refresh(tx, asha, &from, Some(&name("A."))).unwrap();
        assert_eq!(asha.full_name, Some(name("Dr. Rao")));
        let clear = UserChanges { full_name: Some(None), ..UserChanges::default() };
        let asha = users::update(tx, asha.user_id, None, clear).unwrap();
        let asha = users::refresh(tx, asha, &from, Some(&name("A."))).unwrap();
        assert_eq!(asha.full_name, Some(name("A.")));
    });
}

#[test]
fn users_are_listed_newest_first_and_by_activity() {
    testing::check(|tx| {
        let made = ["+12025550101", "+12025550102", "+12025550103"].map(|number| user(tx, number).user_id);
        let off = UserChanges { is_active: Some(false), ..UserChanges::default() };
        users::update(tx, made[1], None, off).unwrap();
        let mut request = PageRequest { limit: Limit::new(1).unwrap(), after: None };
        let first = users::list(tx, Some(true), request).unwrap();
        request.after = first.next;
        let second = users::list(tx, Some(true), request).unwrap();
        let listed = [&first, &second].map(|page| page.items[0].user_id);
        assert_eq!((listed, second.next), ([made[2], made[0]], None));
        assert_eq!(users::list(tx, Some(false), PageRequest::default()).unwrap().items[0].user_id, made[1]);
    });
}

#[test]
fn two_users_who_are_one_person_become_the_older_one() {
    testing::check(|tx| {
        let older = user(tx, "+12025550123");
        let newer = user(tx, "whatsapp:US.77");
        let mut ids = Vec::new();
        for (who, texts) in [(&older, &["older"][..]), (&newer, &["first", "answer", "newer"][..])] {
            ids.push(talk(tx, who.user_id, MOST, texts).chat.chat_id);
        }
        let set = UserChanges { email: Some(Some(email("s@x.example"))), ..UserChanges::default() };
        let newer = users::update(tx, newer.user_id, None, set).unwrap();
        let both = Sender::parse("+12025550123", Some("US.77")).unwrap();
        let found = users::lock(tx, &both).unwrap();
        assert_eq!(found.iter().map(|user| user.user_id).collect::<Vec<_>>(), [older.user_id, newer.user_id]);
        let one = merge::merge(tx, older.clone(), &newer).unwrap();
        let one = users::refresh(tx, one, &both, None).unwrap();
        assert_eq!((one.email, one.whatsapp_id.unwrap().expose()), (Some(email("s@x.example")), "US.77"));
        assert!(matches!(users::get(tx, newer.user_id), Err(Error::NotFound("user"))));
        let moved = userchats::get(tx, ids[1]).unwrap();
        assert_eq!((moved.customer_id, moved.is_active, moved.message_count), (older.user_id, false, 3));
        let messages = userchats::messages(tx, ids[1], PageRequest::default()).unwrap().items;
        assert_eq!(messages[2].content.expose(), "newer", "it opens for its new owner");
        let active = userchats::get(tx, ids[0]).unwrap();
        assert_eq!((active.is_active, active.continues_chat_id), (true, Some(ids[1])));
        assert!(active.waiting_since.unwrap() <= moved.last_inbound_at.unwrap());
    });
}

#[test]
fn a_person_is_erased_with_every_row_and_in_six_statements() {
    testing::check(|tx| {
        let before = owned(tx, "+12025550101").unwrap();
        users::soft_delete(tx, before.user_id, None).unwrap();
        let bela = user(tx, "+12025550102");
        // The same person once more, after the first row was deleted.
        let asha = user(tx, "+12025550101");
        talk(tx, asha.user_id, 1, &["a", "b", "c"]);
        let (erased, cost) = count_statements(tx, |tx| erasure::erase_user(tx, asha.user_id).unwrap());
        let counts =
            ["users", "userchats", "inbound_messages", "message_deliveries"].map(|table| erased.count(table));
        assert_eq!((counts, cost), ([2, 4, 1, 1], 6));
        assert!(matches!(users::restore(tx, before.user_id), Err(Error::NotFound("user"))));
        assert!(users::get(tx, bela.user_id).is_ok());
        assert!(matches!(erasure::erase_user(tx, asha.user_id), Err(Error::NotFound("user"))));
        assert_eq!(erasure::erase_by_phone(tx, &phone("+12025550102")).unwrap().count("users"), 1);
        assert_eq!(erasure::erase_by_email(tx, &email("nobody@x.example")).unwrap().count("users"), 0);
    });
}

#[test]
fn the_requirements_columns_are_shown_to_the_owner_alone() {
    use diesel::connection::SimpleConnection as _;
    use diesel::{Connection as _, PgConnection};

    let test = TestDatabase::new();
    test.database().write::<_, Error>("test", &Actor::system(), |tx| owned(tx, "+12025550101")).unwrap();
    test.sabotage(
        "INSERT INTO platform.credentials (system, user_id, password_hash, changed_at)
         SELECT 'whatsapp', user_id, '$argon2id$one', now() FROM whatsapp.users;
         INSERT INTO platform.password_history (credential_id, password_hash)
         SELECT id, password_hash FROM platform.credentials",
    );
    let columns = "SELECT user_id, email, phone_number, full_name, hashed_password, password_history -> 0 ->> 'hashed_password',
                          is_active, created_at, updated_at FROM whatsapp.accounts";
    let mut owner = PgConnection::establish(&test.url("strongroom_owner")).unwrap();
    owner
        .batch_execute(&format!(
            "DO $$ BEGIN ASSERT (SELECT hashed_password FROM ({columns}) a) = '$argon2id$one'; END $$"
        ))
        .unwrap();
    for role in ["strongroom_app", "strongroom_reader", "strongroom_writer"] {
        let mut conn = PgConnection::establish(&test.url(role)).unwrap();
        let refused = conn.batch_execute(columns).unwrap_err().to_string();
        assert!(refused.contains("permission denied for view accounts"), "{role}: {refused}");
    }
}
