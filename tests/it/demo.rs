//! The story that `make demo` plays.

use strongroom_tests::{Server, TWILIO_TOKEN, binary, demo};

#[test]
fn the_story_plays_twice_to_its_end() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("api-key");
    std::fs::write(&key_file, server.key()).unwrap();
    let (key_file, db_manage) = (key_file.to_str().unwrap(), binary("db-manage"));
    let arguments = ["--url", server.address(), "--key-file", key_file];
    let with_time = [&arguments[..], &["--db-manage", db_manage.to_str().unwrap()]].concat();
    // The second time the people are there already.
    for _ in 0..2 {
        let played = demo(server.database(), &with_time);
        assert_eq!((played.code, played.stderr.as_str()), (0, ""), "{}", played.stdout);
        for line in [
            "    Maya herself: 327.54",
            "    sms: sent; the request is sent",
            "    Tara Joshi  213.29",
            "    confirmed, 213.29; the bill is completed",
        ] {
            assert!(played.stdout.lines().any(|found| found == line), "{line} is not in {}", played.stdout);
        }
        let reminded = played.stdout.split("The agent reminds her").nth(1).unwrap();
        assert!(reminded.contains("Tara Joshi     too_soon      1"), "{reminded}");
    }
    // A server whose database is out of reach serves for the rest.
    let played = demo(server.database(), &arguments);
    assert_eq!(played.code, 0, "{played:?}");
}

#[test]
fn the_story_of_an_exporter_plays_twice_and_leaves_nothing() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("api-key");
    std::fs::write(&key_file, server.key()).unwrap();
    let (key_file, db_manage) = (key_file.to_str().unwrap(), binary("db-manage"));
    let arguments = ["--system", "export", "--url", server.address(), "--key-file", key_file];
    let arguments = [&arguments[..], &["--db-manage", db_manage.to_str().unwrap()]].concat();
    for _ in 0..2 {
        let played = demo(server.database(), &arguments);
        assert_eq!((played.code, played.stderr.as_str()), (0, ""), "{}", played.stdout);
        for line in [
            "    09103030 with confidence 100.00",
            "    50.00 %",
            "    14.3 %",
            "    mistakes: 0, valid: true",
            "    metrics/cost_savings                     1250.50",
        ] {
            assert!(played.stdout.lines().any(|found| found == line), "{line} is not in {}", played.stdout);
        }
    }
    let left = server.get("/v1/export/users").expect(200);
    assert_eq!(left["data"].as_array().map(Vec::len), Some(0), "{left}");
}

#[test]
fn the_story_of_a_household_plays_twice_and_leaves_nobody() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("api-key");
    std::fs::write(&key_file, server.key()).unwrap();
    let (key_file, db_manage) = (key_file.to_str().unwrap(), binary("db-manage"));
    let arguments = ["--system", "pantry", "--url", server.address(), "--key-file", key_file];
    let arguments = [&arguments[..], &["--db-manage", db_manage.to_str().unwrap()]].concat();
    for _ in 0..2 {
        let played = demo(server.database(), &arguments);
        assert_eq!((played.code, played.stderr.as_str()), (0, ""), "{}", played.stdout);
        for line in [
            "    items_do_not_add_up  -0.72",
            "    total 21.08, metadata {}",
            "    already: false, added: 3, new products: 1, skipped: 1",
            "    already: true, added: 0, new products: 0, skipped: 0",
            "    Milk  2.000  l  7",
            "    1.500 l are left",
            "    Butter  75.000   g",
            "    Flour   375.000  g",
            "    21.08 in 1 receipts",
        ] {
            assert!(played.stdout.lines().any(|found| found == line), "{line} is not in {}", played.stdout);
        }
    }
    let left = server.get("/v1/pantry/users").expect(200);
    assert_eq!(left["data"].as_array().map(Vec::len), Some(0), "{left}");
}

#[test]
fn the_story_of_the_bot_plays_twice_and_leaves_nothing() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let (key_file, token_file) = (folder.path().join("api-key"), folder.path().join("twilio-token"));
    std::fs::write(&key_file, server.key()).unwrap();
    std::fs::write(&token_file, TWILIO_TOKEN).unwrap();
    let (key_file, token_file) = (key_file.to_str().unwrap(), token_file.to_str().unwrap());
    let db_manage = binary("db-manage");
    let arguments = ["--system", "whatsapp", "--url", server.address(), "--key-file", key_file];
    let arguments = [&arguments[..], &["--twilio-token-file", token_file]].concat();
    let with_database = [&arguments[..], &["--db-manage", db_manage.to_str().unwrap()]].concat();
    for _ in 0..2 {
        let played = demo(server.database(), &with_database);
        assert_eq!((played.code, played.stderr.as_str()), (0, ""), "{}", played.stdout);
        for line in [
            "    user  What is Apache Spark?",
            "    parts of [1598, 405] characters",
            "    read",
            "    Your conversation was cleared. What would you like to talk about?",
            "    2 messages, dates day_first",
        ] {
            assert!(played.stdout.lines().any(|found| found == line), "{line} is not in {}", played.stdout);
        }
    }
    let left = server.get("/v1/whatsapp/users").expect(200);
    assert_eq!(left["data"].as_array().map(Vec::len), Some(0), "{left}");
}

#[test]
fn the_story_of_a_selling_bot_plays_twice_and_leaves_nothing() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("api-key");
    std::fs::write(&key_file, server.key()).unwrap();
    let (key_file, db_manage) = (key_file.to_str().unwrap(), binary("db-manage"));
    let arguments = ["--system", "market", "--url", server.address(), "--key-file", key_file];
    let arguments = [&arguments[..], &["--db-manage", db_manage.to_str().unwrap()]].concat();
    for _ in 0..2 {
        let played = demo(server.database(), &arguments);
        assert_eq!((played.code, played.stderr.as_str()), (0, ""), "{}", played.stdout);
        for line in [
            "    iPhone 13 Pro, 640.00 EUR",
            "    messages: 1",
            "    the second worker gets 0",
            "    completed at 600.00",
            "    cancelled: sold_to_other",
            "    limited: false, false, false, true",
            "    blocked: true",
            "    anonymous: true, purchases: 1",
            "    found by his number: 0",
        ] {
            assert!(played.stdout.lines().any(|found| found == line), "{line} is not in {}", played.stdout);
        }
    }
    for kind in ["products", "buyers", "conversations", "messages"] {
        let left = server.get(&format!("/v1/market/{kind}")).expect(200);
        assert_eq!(left["data"].as_array().map(Vec::len), Some(0), "{left}");
    }
}

#[test]
fn without_a_server_or_a_key_the_story_says_what_to_do() {
    let server = Server::start();
    let nowhere = demo(server.database(), &["--url", "http://127.0.0.1:1"]);
    assert!(nowhere.code == 1 && nowhere.stderr.contains("make run"), "{nowhere:?}");
    let no_key = demo(server.database(), &["--url", server.address(), "--key-file", "/nowhere"]);
    assert!(no_key.code == 1 && no_key.stderr.contains("db-manage api-key create"), "{no_key:?}");
}
