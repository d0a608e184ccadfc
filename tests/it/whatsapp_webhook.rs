//! Which webhooks are Twilio's: signatures that the official libraries made, and requests that nobody signed.

use repository::codec::sha256_hex;
use strongroom_tests::{Answer, Server};

use crate::twilio::{
    ASHA, FORM, NOTHING, SIGNATURE, STATUS, WEBHOOK, chat_of, deliver, form_of, messages, post, post_signed,
    sign, told,
};
use crate::user_tokens::count;
use crate::world::{named, pointers};

const BASE: (&str, &str) = ("PUBLIC_BASE_URL", "https://bot.example.org");

/// The message of Twilio's own example.
const SPARK: [(&str, &str); 7] = [
    ("MessageSid", "SM00000000000000000000000000000001"),
    ("From", ASHA),
    ("To", "whatsapp:+14155238886"),
    ("Body", "What is Apache Spark?"),
    ("NumMedia", "0"),
    ("ProfileName", "Asha"),
    ("WaId", "12025550101"),
];

/// A message of the number +919876543210, with these parameters besides or instead.
pub(crate) fn message(sid: u32, own: &[(&str, &str)]) -> String {
    let sid = format!("SM{sid:032}");
    let usual = [
        ("MessageSid", sid.as_str()),
        ("From", "whatsapp:+919876543210"),
        ("To", "whatsapp:+14155238886"),
        ("NumMedia", "0"),
        ("ProfileName", "Asha"),
        ("WaId", "919876543210"),
    ];
    let kept = usual.into_iter().filter(|(name, _)| !own.iter().any(|(other, _)| other == name));
    form_of(&kept.chain(own.iter().copied()).collect::<Vec<_>>())
}

fn refused(answer: &Answer) {
    assert_eq!(answer.expect(403)["code"], "invalid_signature");
}

/// That nothing was stored of anybody.
fn assert_nothing_is_stored(server: &Server) {
    for table in ["users", "userchats", "inbound_messages", "message_deliveries"] {
        assert_eq!(count(server, &format!("whatsapp.{table}")), 0, "{table}");
    }
}

#[test]
fn signatures_with_and_without_the_port_pass_and_anything_that_was_changed_is_refused() {
    let server = Server::start_with(&[BASE]);
    let (without_port, with_port) = ("fE4x2NIQbR64ybTByO3XIrKmXn0=", "agsNMLaXfkiu4GVSoUjkCMVcfjg=");
    let spark = form_of(&SPARK);
    let louder = spark.replace("Spark%3F", "Spark%3F%21");
    for (body, signature) in [
        (louder.as_str(), without_port),
        (&format!("{spark}&X=1"), without_port),
        (&spark, "fE4x2NIQbR64ybTByO3XIrKmXn1="),
        (&spark, "not base64"),
        (&spark, ""),
    ] {
        refused(&post(&server, WEBHOOK, body, signature));
    }
    let path = format!("{WEBHOOK}?a=1");
    refused(&post(&server, &path, &spark, without_port));
    let twice =
        [("authorization", ""), ("content-type", FORM), (SIGNATURE, without_port), (SIGNATURE, without_port)];
    refused(&server.send("POST", WEBHOOK, &twice, Some(&spark)));
    assert_nothing_is_stored(&server);
    for signature in [without_port, with_port] {
        let answer = post(&server, WEBHOOK, &spark, signature);
        assert_eq!((answer.status, answer.text.as_str()), (200, NOTHING));
    }
    assert_eq!(count(&server, "whatsapp.inbound_messages"), 1);
}

#[test]
fn a_json_body_is_known_by_its_digest_in_the_signed_url() {
    let server = Server::start_with(&[BASE]);
    let body = r#"{"MessageSid":"SM00000000000000000000000000000001"}"#;
    let path =
        format!("{WEBHOOK}?bodySHA256=3fa110c8e821a40302234de1b7c447c7dea9435a4bc1cbabfcfc3872fc8a0045");
    let send = |path: &str, signature: &str, body: &str| {
        let headers = [("authorization", ""), (SIGNATURE, signature)];
        server.send("POST", path, &headers, Some(body))
    };
    let signature = "3bLMVKx0RVpCGqn9cTgdlbHTXKE=";
    assert_eq!(pointers(&send(&path, signature, body)), named(&[("/From", "invalid_phone_number")]));
    refused(&send(&path, signature, &body.replace("01\"", "02\"")));
    refused(&send(WEBHOOK, &sign(&format!("https://bot.example.org{WEBHOOK}")), body));
    // A digest in capitals is none of Twilio's.
    let capitals = format!("{WEBHOOK}?bodySHA256={}", sha256_hex(body.as_bytes()).to_uppercase());
    refused(&send(&capitals, &sign(&format!("https://bot.example.org{capitals}")), body));
    let signed = |body: &str| {
        let path = format!("{WEBHOOK}?bodySHA256={}", sha256_hex(body.as_bytes()));
        send(&path, &sign(&format!("https://bot.example.org{path}")), body)
    };
    let whole = format!(
        r#"{{"MessageSid":"SM2","From":"{ASHA}","Body":"hi\u0000","NumMedia":0,"ProfileName":null}}"#
    );
    assert_eq!(signed(&whole).status, 200);
    assert_eq!(told(&messages(&server, &chat_of(&server, ASHA).1)), ["user hi\u{fffd}"]);
    assert_eq!(signed("{").expect(400)["code"], "malformed_json");
    assert_eq!(pointers(&signed("[1]")), named(&[("", "wrong_type")]));
    assert_eq!(pointers(&signed(r#"{"From":{"a":1}}"#)), named(&[("/From", "wrong_type")]));
    // With a form the digest is a part of the URL like any other.
    let path = format!("{WEBHOOK}?bodySHA256=00");
    let form = message(3, &[("Body", "x")]);
    let text = repository::domain::whatsapp::Form::parse(form.as_bytes()).unwrap();
    let signature = sign(&text.signed_text(&format!("https://bot.example.org{path}")));
    assert_eq!(post(&server, &path, &form, &signature).status, 200);
}

/// Each signature was made by Twilio's library for Python.
#[test]
fn what_twilio_signs_is_taken_whoever_writes_whatever() {
    let server = Server::start_with(&[BASE]);
    let hidden = "MessageSid=SM00000000000000000000000000000001&From=whatsapp:US.1234567890123456789&To=whatsapp:%2B14155238886\
                  &NumMedia=0&ProfileName=Sam&Body=hello&ExternalUserId=US.1234567890123456789";
    let picture = [
        ("Body", ""),
        ("NumMedia", "1"),
        ("MediaUrl0", "https://api.twilio.com/m/ME1"),
        ("MediaContentType0", "image/jpeg"),
    ];
    let place = message(7, &[("Body", ""), ("Latitude", "19.07"), ("Longitude", "72.87")]);
    let place = place.replace("&ProfileName=Asha", "");
    for (signature, body) in [
        ("ItSHbneCA4W5nRmcAAbODroUqc0=", hidden.to_owned()),
        (
            "HSR1PbJZG23DOkyoS9Ly4QTBfys=",
            message(2, &[("From", "whatsapp:+5215512345678"), ("WaId", "5215512345678"), ("Body", "hola")]),
        ),
        (
            "RUn34PPx6y2N4RmpxCciBs9wLNE=",
            message(3, &[("From", "whatsapp:+551191234567"), ("WaId", "551191234567"), ("Body", "oi")]),
        ),
        ("vDA2eaOLv1W7Y2a+NoShPUQWKug=", message(5, &[("Body", "hi\0there\u{b}!")])),
        ("Rl3V84yvovkKb4Iepoub/hEimY4=", message(6, &picture)),
        ("vGJfIwEzlyolpmpkdqf9wX8zN9g=", place),
    ] {
        let answer = post(&server, WEBHOOK, &body, signature);
        assert_eq!((answer.status, answer.text.as_str()), (200, NOTHING), "{signature} {body}");
    }
    let (asha, chat) = chat_of(&server, "+919876543210");
    let kept = messages(&server, &chat);
    assert_eq!(told(&kept), ["user hi\u{fffd}there\u{fffd}!", "user [image/jpeg]", "user [location]"]);
    assert_eq!(kept[1]["media"][0], "image/jpeg");
    assert_eq!(kept[1]["message_sid"], "SM00000000000000000000000000000006");
    assert_eq!(kept[2]["location"], serde_json::json!({"latitude": "19.07", "longitude": "72.87"}));
    let user = server.get(&format!("/v1/whatsapp/users/{asha}")).expect(200);
    assert_eq!(user["full_name"], "Asha", "an absent name leaves the one that is known");
    for phone in ["+5215512345678", "+551191234567"] {
        let found = server.post("/v1/whatsapp/users/lookup", &serde_json::json!({"phone_number": phone}));
        assert_eq!(found.expect(200)["phone_number"], phone, "kept as it was delivered");
    }
}

#[test]
fn the_query_is_signed_as_it_was_sent_and_the_path_behind_a_prefix() {
    let server = Server::start_with(&[BASE]);
    let path = format!("{WEBHOOK}?tag=it's+ok&b=2&a=1");
    let answer = post(&server, &path, &message(8, &[("Body", "x")]), "HKQcJZvXmeX6sjK/3mYeA2/yp+E=");
    assert_eq!(answer.status, 200, "{}", answer.text);
    let answer = post(&server, WEBHOOK, &message(9, &[("Body", "x")]), "pNc0CJoJladtS1ozovYzLCBV/Sw=");
    assert_eq!(answer.status, 200, "{}", answer.text);

    let slash = server.beside(&[("PUBLIC_BASE_URL", "https://bot.example.org/bots/")]);
    let form = message(10, &[("Body", "x")]);
    let text = repository::domain::whatsapp::Form::parse(form.as_bytes()).unwrap();
    let at = |base: &str| sign(&text.signed_text(&format!("{base}{WEBHOOK}")));
    assert_eq!(post(&slash, WEBHOOK, &form, &at("https://bot.example.org/bots")).status, 200);
    for base in ["https://bot.example.org/bots/", "https://bot.example.org", "http://bot.example.org/bots"] {
        refused(&post(&slash, WEBHOOK, &form, &at(base)));
    }
    // Escapes are signed as they stand.
    let escaped = WEBHOOK.replace("twilio", "%74wilio");
    let signature = sign(&text.signed_text(&format!("https://bot.example.org/bots{escaped}")));
    assert_eq!(post(&slash, &escaped, &form, &signature).status, 200);
    refused(&post(&slash, WEBHOOK, &form, &signature));
    // What a proxy says of itself is not heard.
    let forged = [
        ("authorization", ""),
        ("content-type", FORM),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        (SIGNATURE, &*at("https://evil.example")),
    ];
    refused(&server.send("POST", WEBHOOK, &forged, Some(&form)));
}

#[test]
fn without_a_public_url_the_host_of_the_request_counts() {
    let server = Server::start();
    assert_eq!(deliver(&server, &SPARK).status, 200);
    let form = form_of(&SPARK);
    let text = repository::domain::whatsapp::Form::parse(form.as_bytes()).unwrap();
    let signature = sign(&text.signed_text(&format!("http://bot.example.org:8080{WEBHOOK}")));
    let headers = [
        ("authorization", ""),
        ("content-type", FORM),
        ("host", "bot.example.org:8080"),
        (SIGNATURE, &*signature),
    ];
    assert_eq!(server.send("POST", WEBHOOK, &headers, Some(&form)).status, 200);
}

#[test]
fn one_name_may_come_several_times_and_a_value_be_empty() {
    let server = Server::start();
    // The signature has each different value once, in their order.
    let body = format!("MessageSid=SM1&From={}&Body=b&Body=a&Body=b&Empty=&Empty", ASHA.replace('+', "%2B"));
    let url = format!("{}{WEBHOOK}", server.address());
    let signature = sign(&format!("{url}BodyaBodybEmptyFrom{ASHA}MessageSidSM1"));
    assert_eq!(post(&server, WEBHOOK, &body, &signature).status, 200);
    assert_eq!(told(&messages(&server, &chat_of(&server, ASHA).1)), ["user b"], "the first one counts");
}

#[test]
fn two_tokens_are_good_while_one_takes_the_place_of_the_other() {
    let changing = Server::start_with(&[BASE, ("TWILIO_AUTH_TOKEN", "67890, 12345")]);
    let spark = form_of(&SPARK);
    assert_eq!(post(&changing, WEBHOOK, &spark, "fE4x2NIQbR64ybTByO3XIrKmXn0=").status, 200);
    let of_new = repository::codec::TwilioToken::new("67890");
    let text = repository::domain::whatsapp::Form::parse(spark.as_bytes()).unwrap();
    let signature = of_new.sign(text.signed_text(&format!("https://bot.example.org{WEBHOOK}")).as_bytes());
    assert_eq!(post(&changing, WEBHOOK, &spark, &signature).status, 200);
    for setting in ["67890", ""] {
        let other = changing.beside(&[BASE, ("TWILIO_AUTH_TOKEN", setting)]);
        refused(&post(&other, WEBHOOK, &spark, "fE4x2NIQbR64ybTByO3XIrKmXn0="));
    }
}

#[test]
fn a_webhook_of_another_account_is_refused() {
    let server = Server::start_with(&[("TWILIO_ACCOUNT_SID", "AC1")]);
    refused(&deliver(&server, &SPARK));
    let of = |account| [SPARK.as_slice(), &[("AccountSid", account)]].concat();
    refused(&deliver(&server, &of("AC2")));
    assert_nothing_is_stored(&server);
    assert_eq!(deliver(&server, &of("AC1")).status, 200);
}

#[test]
fn status_callbacks_are_signed_alike() {
    let server = Server::start();
    let body = form_of(&[("MessageSid", "SM1"), ("MessageStatus", "read"), ("To", ASHA)]);
    refused(&post(&server, STATUS, &body, "fE4x2NIQbR64ybTByO3XIrKmXn0="));
    assert_eq!(post_signed(&server, STATUS, &body).status, 204);
    assert_nothing_is_stored(&server);
    let wrong = form_of(&[("MessageSid", "-"), ("MessageStatus", "read"), ("To", "12")]);
    let expected = [("/MessageSid", "invalid_message_sid"), ("/To", "invalid_phone_number")];
    assert_eq!(pointers(&post_signed(&server, STATUS, &wrong)), named(&expected));
}

#[test]
fn a_body_that_is_no_form_is_refused_by_what_it_is() {
    let server = Server::start();
    let send = |media_type: &str, body: &str| {
        let headers = [("authorization", ""), ("content-type", media_type), (SIGNATURE, "x")];
        server.send("POST", WEBHOOK, &headers, Some(body))
    };
    for media_type in
        ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded; charset=latin1"]
    {
        assert_eq!(send(media_type, "a=1").expect(415)["code"], "unsupported_media_type", "{media_type}");
    }
    assert_eq!(send(FORM, "Body=%ff").expect(400)["code"], "bad_request");
    refused(&send(FORM, &"x".repeat(256 * 1024)));
    assert_eq!(send(FORM, &"x".repeat(256 * 1024 + 1)).expect(413)["code"], "payload_too_large");
    assert_nothing_is_stored(&server);
}

#[test]
fn every_parameter_that_breaks_a_rule_is_named() {
    let server = Server::start();
    let long = "x".repeat(20_001);
    for (own, expected) in [
        (&[("MessageSid", "a-b")][..], ("/MessageSid", "invalid_message_sid")),
        (&[("MessageSid", "")], ("/MessageSid", "invalid_message_sid")),
        (&[("From", "12025550101")], ("/From", "invalid_phone_number")),
        (&[("From", "whatsapp:+012345678")], ("/From", "invalid_phone_number")),
        (&[("From", "whatsapp:U.1")], ("/From", "invalid_phone_number")),
        (&[("From", "")], ("/From", "invalid_phone_number")),
        (&[("Body", long.as_str())], ("/Body", "too_long")),
    ] {
        let answer = post_signed(&server, WEBHOOK, &message(1, own));
        assert_eq!(pointers(&answer), named(&[expected]), "{own:?}");
    }
    assert_nothing_is_stored(&server);
    let odd =
        [("Body", "x"), ("NumMedia", "-7"), ("ProfileName", "\u{202e}"), ("Latitude", "1e9"), ("New", "1")];
    assert_eq!(post_signed(&server, WEBHOOK, &message(1, &odd)).status, 200);
    let longest = "😀".repeat(20_000);
    assert_eq!(post_signed(&server, WEBHOOK, &message(2, &[("Body", &longest)])).status, 200);
}

#[test]
fn wrong_signatures_are_no_guesses_of_an_address() {
    let server = Server::start_with(&[("AUTH_FAILURE_LIMIT", "2")]);
    for _ in 0..5 {
        refused(&post(&server, WEBHOOK, "Body=x", "x"));
    }
    assert_eq!(deliver(&server, &SPARK).status, 200);
    assert_eq!(server.send("GET", "/v1/export/users", &[("authorization", "Bearer sr_x")], None).status, 401);
}
