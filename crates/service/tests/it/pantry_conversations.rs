//! Conversations and their messages: sessions, pages, and the search for words.

use domain::pantry::{ConversationChanges, MessageChanges, MessageRole, NewMessage};
use domain::text::SearchWords;
use domain::{Confidence, Id, Limit, MessageText, Offset, PageRequest, Text};
use repository::testing::{TestDatabase, count_statements};
use repository::{Actor, Database, Error as RepositoryError, Tx, testing};
use strongroom_service::pantry::{conversations, messages, users};
use strongroom_service::{Error, Result};

use crate::fixtures::violation;
use crate::pantry_world::{
    conversation, details, household, is_absent, new_conversation, new_message, refusal, say, taken_by, texts,
};

fn words(text: &str) -> SearchWords {
    SearchWords::parse(text).unwrap()
}

fn pages(limit: i64) -> PageRequest {
    PageRequest { limit: Limit::new(limit).unwrap(), after: None }
}

fn write<T>(database: &Database, mut work: impl FnMut(&mut Tx<'_>) -> T) -> T {
    database.write::<T, Error>("test.write", &Actor::system(), |tx| Ok(work(tx))).unwrap()
}

#[test]
fn a_session_is_one_users_own() {
    testing::check(|tx| {
        let (asha, bina) = (household(tx, "asha"), household(tx, "bina"));
        let session = Text::parse("default").unwrap();
        let of_asha = conversations::create(tx, new_conversation(asha, Some("default"))).unwrap();
        let of_bina = conversations::create(tx, new_conversation(bina, Some("default"))).unwrap();
        assert_eq!(conversations::get_by_session_id(tx, asha, &session).unwrap(), of_asha);
        assert_eq!(conversations::get_by_session_id(tx, bina, &session).unwrap(), of_bina);
        let again = conversations::create(tx, new_conversation(asha, Some("default")));
        assert_eq!(taken_by(again), of_asha.id.uuid());
        let found = conversations::find_or_create(tx, new_conversation(asha, Some("default"))).unwrap();
        assert_eq!(found, (of_asha, false), "as it is");
        assert!(conversations::find_or_create(tx, new_conversation(asha, Some("other"))).unwrap().1);
        let made = conversations::create(tx, new_conversation(asha, None)).unwrap();
        assert_eq!(made.session_id.as_str(), made.id.to_string());
        let nobody = conversations::find_or_create(tx, new_conversation(Id::generate(), Some("default")));
        assert_eq!(violation(nobody), ("/user_id".to_owned(), "unknown_user"));
    });
}

#[test]
fn a_deleted_conversation_comes_back_unless_its_session_was_taken() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let first = conversation(tx, user, "default");
        let message = say(tx, first, "Kup mleko").id;
        conversations::delete(tx, first, None).unwrap();
        assert!(messages::get(tx, message).is_err());
        assert!(messages::add_message(tx, first, new_message("more")).is_err());
        let second = conversation(tx, user, "default");
        let restored = conversations::restore(tx, first);
        assert_eq!(taken_by(restored), second.uuid());
        conversations::delete(tx, second, None).unwrap();
        assert_eq!(conversations::restore(tx, first).unwrap().id, first);
        assert!(messages::get(tx, message).is_ok());
    });
}

#[test]
fn a_change_needs_the_version_that_was_seen_and_a_message_raises_it() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let made = conversations::create(tx, new_conversation(user, None)).unwrap();
        say(tx, made.id, "Kup mleko");
        let title = Some(Some(Text::parse("Zakupy").unwrap()));
        let changes = ConversationChanges { title, metadata: Some(details(r#"{"a":1.50}"#)) };
        let stale = conversations::update(tx, made.id, Some(1), changes.clone());
        assert!(matches!(refusal(stale), RepositoryError::StaleVersion { current: 2 }));
        let changed = conversations::update(tx, made.id, Some(2), changes).unwrap();
        assert_eq!((changed.row_version, changed.title.as_ref().map(Text::as_str)), (3, Some("Zakupy")));
        assert_eq!(serde_json::to_string(&changed.metadata).unwrap(), r#"{"a":1.50}"#);
        let cleared = ConversationChanges { title: Some(None), metadata: None };
        let cleared = conversations::update(tx, made.id, None, cleared).unwrap();
        assert_eq!((cleared.title, cleared.metadata), (None, changed.metadata));
    });
}

#[test]
fn pages_of_conversations_count_from_one() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let mut newest_first: Vec<_> =
            (0..45).map(|n| conversation(tx, user, &format!("session {n}"))).collect();
        newest_first.reverse();
        let ids =
            |page: Vec<domain::pantry::Conversation>| page.into_iter().map(|one| one.id).collect::<Vec<_>>();
        let second = conversations::get_recent_conversations(tx, user, 2, 20).unwrap();
        assert_eq!(ids(second), newest_first[20..40]);
        let third = conversations::get_recent_conversations(tx, user, 3, 20).unwrap();
        assert_eq!(ids(third), newest_first[40..]);
        let all = conversations::get_user_conversations(tx, user, Offset::default()).unwrap();
        assert_eq!(ids(all), newest_first);
        let wrong = conversations::get_recent_conversations(tx, user, 0, 20);
        assert_eq!(violation(wrong), ("/page".to_owned(), "page_out_of_range"));

        let mut request = pages(20);
        let mut listed = Vec::new();
        loop {
            let page = conversations::list(tx, user, request).unwrap();
            listed.extend(ids(page.items));
            match page.next {
                Some(next) => request.after = Some(next),
                None => break,
            }
        }
        assert_eq!(listed, newest_first);
    });
}

#[test]
fn what_moves_to_the_top_is_not_shown_again() {
    let test = TestDatabase::new();
    let database = test.database();
    let user = write(&database, |tx| household(tx, "kowalscy"));
    let [a, b, c] = ["a", "b", "c"].map(|session| write(&database, |tx| conversation(tx, user, session)));
    let list = |after| {
        let request = PageRequest { after, ..pages(2) };
        write(&database, move |tx| conversations::list(tx, user, request).unwrap())
    };
    let first = list(None);
    assert_eq!(first.items.iter().map(|one| one.id).collect::<Vec<_>>(), [c, b]);
    write(&database, |tx| say(tx, a, "Kup mleko"));
    assert_eq!(list(first.next).items, []);
    assert_eq!(list(None).items.iter().map(|one| one.id).collect::<Vec<_>>(), [a, c]);
}

#[test]
fn history_goes_back_from_the_newest_and_each_page_reads_forward() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let conversation = conversation(tx, user, "default");
        let batch: Vec<NewMessage> = (0..7).map(|n| new_message(&n.to_string())).collect();
        messages::add_messages(tx, conversation, &batch).unwrap();
        let mut request = pages(3);
        let mut read = Vec::new();
        loop {
            let page = messages::history(tx, conversation, request).unwrap();
            read.push(texts(&page.items).join(" "));
            match page.next {
                Some(next) => request.after = Some(next),
                None => break,
            }
        }
        assert_eq!(read, ["4 5 6", "1 2 3", "0"]);
        let absent = messages::history(tx, Id::generate(), pages(3));
        assert!(is_absent(absent));
    });
}

#[test]
fn a_conversation_comes_with_its_newest_thousand_messages_in_two_statements() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let conversation = conversation(tx, user, "default");
        let batch: Vec<NewMessage> = (0..1_001).map(|n| new_message(&n.to_string())).collect();
        messages::add_messages(tx, conversation, &batch).unwrap();
        let (whole, statements) = count_statements(tx, |tx| {
            conversations::get_conversation_with_messages(tx, conversation).unwrap()
        });
        assert_eq!(statements, 2);
        assert!(whole.more_messages);
        assert_eq!(whole.messages.len(), 1_000);
        assert_eq!((texts(&whole.messages)[0], texts(&whole.messages)[999]), ("1", "1000"));
        messages::delete(tx, whole.messages[0].id).unwrap();
        let whole = conversations::get_conversation_with_messages(tx, conversation).unwrap();
        assert!(!whole.more_messages && whole.messages.len() == 1_000);
    });
}

#[test]
fn a_message_is_kept_with_all_that_belongs_to_it_and_can_be_changed() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let conversation = conversation(tx, user, "default");
        let new = NewMessage {
            role: MessageRole::Assistant,
            content: MessageText::parse("Kupię mleko").unwrap(),
            agent_used: Some(Text::parse("shopping").unwrap()),
            confidence: Some(Confidence::new(0.75).unwrap()),
            metadata: details(r#"{"tokens":12}"#),
        };
        let made = messages::add_message(tx, conversation, new).unwrap();
        assert_eq!(messages::get(tx, made.id).unwrap(), made);
        assert_eq!(messages::update(tx, made.id, MessageChanges::default()).unwrap(), made);
        let content = Some(MessageText::parse("Kupię masło").unwrap());
        let changes = MessageChanges { content, confidence: Some(None), ..MessageChanges::default() };
        let changed = messages::update(tx, made.id, changes).unwrap();
        assert_eq!(changed.content.expose(), "Kupię masło");
        assert_eq!((changed.confidence, &changed.agent_used), (None, &made.agent_used));
        let mut found = |text| messages::search(tx, user, None, &words(text), pages(10)).unwrap().items;
        assert_eq!(found("mleko"), []);
        assert_eq!(found("MASŁO"), [changed]);
    });
}

#[test]
fn a_search_finds_whole_words_in_any_case_of_ones_own_living_conversations() {
    testing::check(|tx| {
        let (asha, bina) = (household(tx, "asha"), household(tx, "bina"));
        let (first, second) = (conversation(tx, asha, "1"), conversation(tx, asha, "2"));
        let deleted = conversation(tx, asha, "3");
        let of_bina = conversation(tx, bina, "1");
        let milk = say(tx, first, "Kupiłem mleko łaciate").id;
        let cream = say(tx, second, "Kup ŚMIETANĘ").id;
        let english = say(tx, second, "how are you").id;
        say(tx, deleted, "mleko łaciate");
        say(tx, of_bina, "mleko łaciate");
        conversations::delete(tx, deleted, None).unwrap();

        let found = |tx: &mut Tx<'_>, conversation, text| -> Vec<_> {
            let page = messages::search(tx, asha, conversation, &words(text), pages(10)).unwrap();
            page.items.into_iter().map(|message| message.id).collect()
        };
        assert_eq!(found(tx, None, "ŁACIATE mleko"), [milk]);
        assert_eq!(found(tx, None, "śmietanę"), [cream]);
        assert_eq!(found(tx, None, "how are you"), [english]);
        assert_eq!(found(tx, None, "mlek"), []);
        assert_eq!(found(tx, None, "mleko śmietanę"), []);
        assert_eq!(found(tx, Some(second), "mleko"), []);
        assert_eq!(found(tx, Some(first), "mleko"), [milk]);
        let foreign = messages::search(tx, asha, Some(of_bina), &words("mleko"), pages(10));
        assert_eq!(violation(foreign), ("/conversation_id".to_owned(), "unknown_conversation"));
        let nobody = messages::search(tx, Id::generate(), None, &words("mleko"), pages(10));
        assert!(is_absent(nobody));
    });
}

/// An index of 64 bits may find what does not hold the words, so what was found is opened and compared.
#[test]
fn what_the_index_finds_by_mistake_is_not_answered() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let conversation = conversation(tx, user, "default");
        let milk = say(tx, conversation, "Kup mleko").id;
        say(tx, conversation, "Kup chleb");
        testing::execute(
            tx,
            "UPDATE pantry.messages m SET words = m.words || other.words
               FROM pantry.messages other WHERE other.conversation_id = m.conversation_id AND other.id <> m.id",
        );
        let found = messages::search(tx, user, None, &words("mleko"), pages(10)).unwrap();
        assert_eq!(found.items.iter().map(|message| message.id).collect::<Vec<_>>(), [milk]);
    });
}

#[test]
fn a_search_has_pages_newest_first() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let conversation = conversation(tx, user, "default");
        let batch: Vec<NewMessage> = (0..5).map(|n| new_message(&format!("mleko {n}"))).collect();
        messages::add_messages(tx, conversation, &batch).unwrap();
        let first = messages::search(tx, user, None, &words("mleko"), pages(3)).unwrap();
        assert_eq!(texts(&first.items), ["mleko 4", "mleko 3", "mleko 2"]);
        let rest = PageRequest { after: first.next, ..pages(3) };
        let rest = messages::search(tx, user, None, &words("mleko"), rest).unwrap();
        assert_eq!((texts(&rest.items), rest.next), (vec!["mleko 1", "mleko 0"], None));
    });
}

#[test]
fn messages_cost_the_statements_that_they_should() {
    let test = TestDatabase::new();
    let database = test.database();
    let user = write(&database, |tx| household(tx, "kowalscy"));
    let conversation = write(&database, |tx| conversation(tx, user, "default"));
    let cost = |actor: &Actor, work: fn(&mut Tx<'_>, domain::Id<domain::pantry::Conversation>)| {
        let counted = |tx: &mut Tx<'_>| Ok(count_statements(tx, |tx| work(tx, conversation)).1);
        database.write::<usize, Error>("test", actor, counted).unwrap()
    };
    let end_user = Actor::end_user("pantry", user.uuid());
    let one = |tx: &mut Tx<'_>, id| drop(say(tx, id, "Kup mleko"));
    assert_eq!(cost(&end_user, one), 1);
    // Whose words they are is asked first.
    assert_eq!(cost(&Actor::system(), one), 2);
    let many = |tx: &mut Tx<'_>, id| {
        let batch: Vec<NewMessage> = (0..500).map(|n| new_message(&n.to_string())).collect();
        messages::add_messages(tx, id, &batch).unwrap();
    };
    assert_eq!(cost(&Actor::system(), many), 2);
    let history = |tx: &mut Tx<'_>, id| drop(messages::history(tx, id, pages(3)).unwrap());
    assert_eq!(cost(&end_user, history), 1);
}

#[test]
fn a_token_reaches_no_conversation_of_another_household() {
    let test = TestDatabase::new();
    let database = test.database();
    let asha = write(&database, |tx| household(tx, "asha"));
    let of_bina = write(&database, |tx| {
        let bina = household(tx, "bina");
        let id = conversation(tx, bina, "default");
        (bina, id, say(tx, id, "Kup mleko").id)
    });
    let (bina, conversation, message) = of_bina;
    let as_asha = Actor::end_user("pantry", asha.uuid());
    let absent = |work: &dyn Fn(&mut Tx<'_>) -> Result<()>| {
        assert!(is_absent(database.write("test", &as_asha, |tx| work(tx))));
    };
    absent(&|tx| Ok(conversations::get(tx, conversation).map(drop)?));
    absent(&|tx| {
        let session = Text::parse("default").unwrap();
        conversations::get_by_session_id(tx, bina, &session).map(drop)
    });
    absent(&|tx| messages::add_message(tx, conversation, new_message("x")).map(drop));
    absent(&|tx| Ok(messages::get(tx, message).map(drop)?));
    absent(&|tx| messages::search(tx, bina, None, &words("mleko"), pages(3)).map(drop));
    absent(&|tx| Ok(users::get(tx, bina).map(drop)?));
    let own = database
        .write("test", &as_asha, |tx| conversations::create(tx, new_conversation(asha, Some("default"))));
    assert!(own.is_ok(), "{own:?}");
}
