//! Imports: what a file brings, and what it brings the second time.

use domain::whatsapp::imports::{DateOrder, ExportOptions};
use domain::{Id, PageRequest};
use repository::{Error as RepositoryError, Tx, testing};
use strongroom_service::Error;
use strongroom_service::whatsapp::imports::{self, Format, Imported};
use strongroom_service::whatsapp::{userchats, users, waiting};

use crate::fixtures::violation;
use crate::whatsapp_fixtures::{THREE, asha, history, phone, receive, texts};

const OPTIONS: fn() -> ExportOptions<'static> = || ExportOptions {
    assistant: "Bot",
    user: None,
    timezone: "Asia/Kolkata".parse().unwrap(),
    date_order: None,
};

fn import(tx: &mut Tx<'_>, text: &str, format: Format<'_>) -> Imported {
    let (user, _) = users::find_or_create(tx, phone("+919876543210"), None, None).unwrap();
    let file = imports::read(text, &format).unwrap();
    imports::import(tx, &THREE, user.user_id, text, file).unwrap()
}

fn kept(tx: &mut Tx<'_>) -> Vec<String> {
    let page = userchats::list_for_phone(tx, &phone("+919876543210"), PageRequest::default()).unwrap();
    assert!(page.items.iter().all(|chat| !chat.is_active && chat.waiting_since.is_none()));
    page.items.iter().rev().flat_map(|chat| texts(tx, chat.chat_id)).collect()
}

#[test]
fn an_export_becomes_closed_chats_and_the_same_file_brings_nothing_again() {
    testing::check(|tx| {
        let text = "[19/10/2025, 11:37:20] Asha: What is Spark?\n[19/10/2025, 11:37:22] Bot: An engine.\nIt is fast.\n\
                    \u{200e}[19/10/2025, 11:38:01] Asha: \u{200e}<attached: 00000012-PHOTO.jpg>\n\
                    [19/10/2025, 11:38:02] Asha: \u{200e}You deleted this message.\n[19/10/2025, 11:39:00] Asha: hi\n";
        let first = import(tx, text, Format::Export(OPTIONS()));
        assert_eq!((first.chats, first.messages, first.attachments, first.system_lines), (2, 4, 1, 1));
        assert_eq!(first.date_order, Some(DateOrder::DayFirst));
        assert_eq!(
            kept(tx),
            ["What is Spark?", "An engine.\nIt is fast.", "<attached: 00000012-PHOTO.jpg>", "hi"]
        );
        let page = userchats::list_for_phone(tx, &phone("+919876543210"), PageRequest::default()).unwrap();
        let [second_chat, first_chat] = page.items[..] else { panic!("two chats") };
        assert_eq!(
            (first_chat.created_at, second_chat.updated_at),
            (first.first_at.unwrap(), first.last_at.unwrap())
        );
        assert_eq!(second_chat.continues_chat_id, Some(first_chat.chat_id));
        let again = import(tx, text, Format::Export(OPTIONS()));
        assert_eq!((again.chats, again.messages, again.first_at), (0, 0, first.first_at));
        assert!(waiting::list(tx, PageRequest::default()).unwrap().items.is_empty());
        let user = users::lookup(tx, &users::Lookup::Phone(phone("+919876543210"))).unwrap().user_id;
        assert_eq!(history(tx, user), [""; 0]);
    });
}

#[test]
fn a_longer_export_adds_what_is_new_and_equal_messages_of_a_minute_both_stay() {
    testing::check(|tx| {
        let shorter =
            "13/1/25, 10:35 PM - Asha: ok\n13/1/25, 10:35 PM - Asha: ok\n13/1/25, 10:36 PM - Bot: fine";
        assert_eq!(import(tx, shorter, Format::Export(OPTIONS())).messages, 2 + 1);
        let longer = format!("{shorter}\n13/1/25, 10:36 PM - Bot: fine\n13/1/25, 10:37 PM - Asha: new");
        assert_eq!(import(tx, &longer, Format::Export(OPTIONS())).messages, 2);
        assert_eq!(kept(tx), ["ok", "ok", "fine", "fine", "new"]);
        let same_minutes = shorter.replace("10:36 PM - Bot: fine", "10:35 PM - Asha: ok");
        assert_eq!(
            import(tx, &same_minutes, Format::Export(OPTIONS())).messages,
            1,
            "a third one of that minute"
        );
    });
}

#[test]
fn rows_of_ndjson_are_kept_and_wrong_ones_reported() {
    testing::check(|tx| {
        let text = "{\"role\":\"user\",\"content\":\"hi\",\"timestamp\":\"2025-10-19T11:37:20Z\"}\n{}\n\
                    {\"role\":\"assistant\",\"content\":\"hello\",\"timestamp\":\"2025-10-19T11:37:20Z\"}";
        let imported = import(tx, text, Format::Ndjson);
        assert_eq!((imported.messages, imported.rejected.len(), imported.rejected[0].line), (2, 1, 2));
        assert_eq!(kept(tx), ["hi", "hello"]);
        assert_eq!(import(tx, text, Format::Ndjson).messages, 0);
    });
}

#[test]
fn a_file_that_is_refused_leaves_nothing_and_names_nobody() {
    let read = |text: &str| imports::read(text, &Format::Export(OPTIONS()));
    assert_eq!(violation(read("hello")), ("/text".into(), "not_an_export"));
    let third = "13/1/25, 10:35 - Asha: a\n13/1/25, 10:35 - Ravi: b";
    let error = read(third).unwrap_err();
    assert!(error.to_string().contains("line 2") && !error.to_string().contains("Ravi"), "{error}");
    assert_eq!(violation(read(third)), ("/text".into(), "third_sender"));
    assert_eq!(violation(read("1/2/25, 10:35 - Asha: a\n2/2/25, 10:35 - Asha: b")).1, "ambiguous_dates");
    assert_eq!(violation(read("13/2/25, 10:35 - Asha: a\n2/13/25, 10:35 - Asha: b")).1, "mixed_dates");
}

#[test]
fn an_import_is_for_a_user_who_is_there_and_leaves_the_active_chat_alone() {
    testing::check(|tx| {
        let chat = receive(tx, "SM1", "now").chat_id.unwrap();
        let text = "13/1/25, 10:35 - Asha: then";
        let file = || imports::read(text, &Format::Export(OPTIONS())).unwrap();
        let nobody = imports::import(tx, &THREE, Id::generate(), text, file());
        assert!(matches!(nobody, Err(Error::Repository(RepositoryError::NotFound("user")))));
        let user = asha(tx).user_id;
        imports::import(tx, &THREE, user, text, file()).unwrap();
        assert!(userchats::get(tx, chat).unwrap().is_active);
        assert_eq!(history(tx, user), ["now"]);
    });
}
