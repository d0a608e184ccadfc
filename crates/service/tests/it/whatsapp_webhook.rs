//! Which requests come from Twilio.

use repository::codec::TwilioToken;
use strongroom_service::whatsapp::webhook::{BodyKind, Refused, Request, Webhook};

const PATH: &str = "/v1/whatsapp/webhook/twilio";

fn webhook(base: &str) -> Webhook {
    Webhook {
        tokens: vec![TwilioToken::new("12345")],
        public_base_url: Some(base.to_owned()),
        account_sid: None,
    }
}

fn bot() -> Webhook {
    webhook("https://bot.example.org")
}

fn form<'a>(path_and_query: &'a str, body: &'a str, signatures: &'a [&'a str]) -> Request<'a> {
    let kind = BodyKind::Form;
    Request { own_base: "http://10.0.0.7:8080", path_and_query, kind, body: body.as_bytes(), signatures }
}

/// The form of most of these requests.
fn from_asha(rest: &str) -> String {
    format!(
        "From=whatsapp%3A%2B919876543210&To=whatsapp%3A%2B14155238886&NumMedia=0&ProfileName=Asha&WaId=919876543210&{rest}"
    )
}

const SPARK: &str = "MessageSid=SM00000000000000000000000000000001&From=whatsapp%3A%2B12025550101&To=whatsapp%3A%2B14155238886\
                     &Body=What+is+Apache+Spark%3F&NumMedia=0&ProfileName=Asha&WaId=12025550101";

#[test]
fn a_request_that_twilio_signed_is_opened_with_and_without_the_port() {
    for signature in ["fE4x2NIQbR64ybTByO3XIrKmXn0=", "agsNMLaXfkiu4GVSoUjkCMVcfjg="] {
        let opened = bot().open(&form(PATH, SPARK, &[signature])).unwrap();
        assert_eq!(opened.get("Body"), Some("What is Apache Spark?"));
        let changed = SPARK.replace("Spark%3F", "Spark%3F!");
        assert_eq!(bot().open(&form(PATH, &changed, &[signature])), Err(Refused::Signature));
        let longer = format!("{SPARK}&X=1");
        assert_eq!(bot().open(&form(PATH, &longer, &[signature])), Err(Refused::Signature));
        assert_eq!(
            bot().open(&form("/v1/whatsapp/webhook/twilio?x", SPARK, &[signature])),
            Err(Refused::Signature)
        );
    }
    let ported = webhook("https://bot.example.org:443");
    assert!(ported.open(&form(PATH, SPARK, &["fE4x2NIQbR64ybTByO3XIrKmXn0="])).is_ok());
    let other = webhook("https://bot.example.org:8443");
    assert_eq!(other.open(&form(PATH, SPARK, &["agsNMLaXfkiu4GVSoUjkCMVcfjg="])), Err(Refused::Signature));
}

#[test]
fn what_was_signed_is_taken_as_it_came() {
    for (body, signature) in [
        (from_asha("MessageSid=SM00000000000000000000000000000005&Body=hi%00there%0B%21"), "vDA2eaOLv1W7Y2a+NoShPUQWKug="),
        (
            "MessageSid=SM00000000000000000000000000000002&From=whatsapp%3A%2B5215512345678&To=whatsapp%3A%2B14155238886\
             &NumMedia=0&ProfileName=Asha&WaId=5215512345678&Body=hola"
                .to_owned(),
            "HSR1PbJZG23DOkyoS9Ly4QTBfys=",
        ),
        (
            "MessageSid=SM00000000000000000000000000000001&From=whatsapp%3AUS.1234567890123456789&To=whatsapp%3A%2B14155238886\
             &NumMedia=0&ProfileName=Sam&Body=hello&ExternalUserId=US.1234567890123456789"
                .to_owned(),
            "ItSHbneCA4W5nRmcAAbODroUqc0=",
        ),
    ] {
        assert!(bot().open(&form(PATH, &body, &[signature])).is_ok(), "{body}");
    }
    let queried = "/v1/whatsapp/webhook/twilio?tag=it's+ok&b=2&a=1";
    let body = from_asha("MessageSid=SM00000000000000000000000000000008&Body=x");
    let signature = ["HKQcJZvXmeX6sjK/3mYeA2/yp+E="];
    assert!(bot().open(&form(queried, &body, &signature)).is_ok());
    let sorted = "/v1/whatsapp/webhook/twilio?a=1&b=2&tag=it's+ok";
    assert_eq!(bot().open(&form(sorted, &body, &signature)), Err(Refused::Signature));
    assert!(webhook("https://bot.example.org/").open(&form(queried, &body, &signature)).is_ok());
    let body = from_asha("MessageSid=SM00000000000000000000000000000009&Body=x");
    assert!(bot().open(&form(PATH, &body, &["pNc0CJoJladtS1ozovYzLCBV/Sw="])).is_ok());
}

#[test]
fn a_prefix_of_the_path_is_part_of_what_was_signed() {
    let token = TwilioToken::new("12345");
    let signature = token.sign(b"https://bot.example.org/bots/v1/whatsapp/webhook/twilioBodyx");
    for base in ["https://bot.example.org/bots/", "https://bot.example.org/bots"] {
        assert!(webhook(base).open(&form(PATH, "Body=x", &[&signature])).is_ok());
    }
    let own = Webhook { public_base_url: None, ..webhook("") };
    let signature = token.sign(b"http://10.0.0.7:8080/v1/whatsapp/webhook/twilioBodyx");
    assert!(own.open(&form(PATH, "Body=x", &[&signature])).is_ok());
}

#[test]
fn a_json_body_is_that_of_the_digest_in_the_signed_url() {
    let body = r#"{"MessageSid":"SM00000000000000000000000000000001"}"#;
    let path = format!("{PATH}?bodySHA256=3fa110c8e821a40302234de1b7c447c7dea9435a4bc1cbabfcfc3872fc8a0045");
    let request =
        |body| Request { kind: BodyKind::Json, ..form(&path, body, &["3bLMVKx0RVpCGqn9cTgdlbHTXKE="]) };
    let opened = bot().open(&request(body)).unwrap();
    assert_eq!((opened.get("MessageSid").map(str::len), opened.get("From")), (Some(34), None));
    let changed = body.replace("01\"", "02\"");
    assert_eq!(bot().open(&request(&changed)), Err(Refused::Signature));
    let without = Request { path_and_query: PATH, ..request(body) };
    assert_eq!(bot().open(&without), Err(Refused::Signature));
}

#[test]
fn everything_else_is_refused_alike() {
    let signature = "fE4x2NIQbR64ybTByO3XIrKmXn0=";
    for signatures in [&[][..], &[signature, signature], &[""], &["wrong"], &["fE4x2NIQbR64ybTByO3XIrKmXn1="]]
    {
        assert_eq!(bot().open(&form(PATH, SPARK, signatures)), Err(Refused::Signature), "{signatures:?}");
    }
    let nobody = Webhook { tokens: Vec::new(), ..bot() };
    assert_eq!(nobody.open(&form(PATH, SPARK, &[signature])), Err(Refused::Signature));
    let changing = Webhook { tokens: vec![TwilioToken::new("new"), TwilioToken::new("12345")], ..bot() };
    assert!(changing.open(&form(PATH, SPARK, &[signature])).is_ok());
    let of_another = Webhook { account_sid: Some("AC2".to_owned()), ..bot() };
    assert_eq!(of_another.open(&form(PATH, SPARK, &[signature])), Err(Refused::Signature));
    let one = [signature];
    let unreadable = Request { body: b"Body=%ff", ..form(PATH, "", &one) };
    assert!(matches!(bot().open(&unreadable), Err(Refused::Body(_))));
}
