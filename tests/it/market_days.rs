//! Days: the bot's, which begin at midnight where it is, and those of figures, which are UTC's.

use repository::testing::TestDatabase;
use serde_json::{Value, json};
use strongroom_tests::{Server, db_manage};

use crate::seller::Bot;

/// A bot in Madrid whose database has a clock.
struct Madrid(Bot);

impl Madrid {
    fn at(time: &str) -> Self {
        let database = TestDatabase::new();
        database.set_clock(time);
        let bot = Bot { server: Server::start_on(database, &[("BOT_TIMEZONE", "Europe/Madrid")]) };
        bot.put("/bot-sessions/bot-1", &Value::Null).expect(201);
        Self(bot)
    }

    fn set_clock(&self, time: &str) {
        self.0.server.database().set_clock(time);
    }

    /// How many messages were sent on the day of this time, with so many more.
    fn sent(&self, time: &str, more: u32) -> Value {
        self.set_clock(time);
        let told = self.0.post("/bot-sessions/bot-1/activity", &json!({"messages_sent": more})).expect(200);
        told["messages_sent_today"].clone()
    }

    fn read(&self, time: &str) -> Value {
        self.set_clock(time);
        self.0.get("/bot-sessions/bot-1")
    }
}

#[test]
fn the_count_begins_again_at_midnight_in_madrid() {
    let madrid = Madrid::at("2026-03-28T20:00:00Z");
    assert_eq!(madrid.sent("2026-03-28T20:00:00Z", 5), 5);
    assert_eq!(madrid.sent("2026-03-28T22:59:59Z", 1), 6);
    assert_eq!(madrid.sent("2026-03-28T23:00:00Z", 1), 1);
    assert_eq!(madrid.read("2026-03-28T23:00:00Z")["counted_on"], "2026-03-29");
    assert_eq!(madrid.sent("2026-03-29T21:59:59Z", 1), 2, "summer time has begun, and the day had 23 hours");
    assert_eq!(madrid.read("2026-03-29T22:00:00Z")["messages_sent_today"], 0);
}

#[test]
fn a_day_of_25_hours_is_one_day() {
    let madrid = Madrid::at("2026-10-24T20:00:00Z");
    assert_eq!(madrid.sent("2026-10-24T21:59:59Z", 3), 3);
    assert_eq!(
        (madrid.sent("2026-10-24T22:00:01Z", 1), madrid.sent("2026-10-24T22:00:02Z", 1)),
        (json!(1), json!(2))
    );
    assert_eq!(
        (madrid.sent("2026-10-25T22:59:59Z", 1), madrid.sent("2026-10-25T23:00:01Z", 1)),
        (json!(3), json!(1))
    );
    assert_eq!(madrid.read("2026-11-01T12:00:00Z")["messages_sent_today"], 0, "though nothing was written");
}

#[test]
fn two_first_activities_of_a_day_count_together() {
    let madrid = Madrid::at("2026-10-24T20:00:00Z");
    madrid.sent("2026-10-24T21:00:00Z", 9);
    madrid.set_clock("2026-10-24T22:00:00Z");
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| madrid.0.act("/bot-sessions/bot-1/activity").expect(200));
        }
    });
    assert_eq!(madrid.read("2026-10-24T22:00:00Z")["messages_sent_today"], 2);
}

#[test]
fn a_session_starts_again_a_day_after_its_last_activity_and_a_limit_ends_by_itself() {
    let madrid = Madrid::at("2026-03-02T10:00:00Z");
    let bot = &madrid.0;
    assert_eq!(madrid.sent("2026-03-02T11:00:00Z", 4), 4);
    let same = bot.put("/bot-sessions/bot-1", &Value::Null).expect(200);
    assert_eq!(
        (&same["messages_sent_today"], &same["expires_at"]),
        (&json!(4), &json!("2026-03-03T11:00:00Z"))
    );
    let limited = bot.put("/bot-sessions/bot-1/rate-limit", &json!({"seconds": 300})).expect(200);
    assert_eq!(
        (&limited["is_rate_limited"], &limited["rate_limit_expires_at"]),
        (&json!(true), &json!("2026-03-02T11:05:00Z"))
    );
    assert_eq!(madrid.read("2026-03-02T11:05:00Z")["is_rate_limited"], false);
    bot.put("/bot-sessions/bot-1/rate-limit", &json!({"until": "2026-03-02T12:00:00Z"})).expect(200);
    bot.send("DELETE", "/bot-sessions/bot-1/rate-limit", &Value::Null).expect(204);
    let free = bot.get("/bot-sessions/bot-1");
    assert!(free["is_rate_limited"] == false && free["rate_limit_expires_at"].is_null(), "{free}");
    madrid.set_clock("2026-03-03T11:00:00Z");
    let again = bot.put("/bot-sessions/bot-1", &Value::Null).expect(201);
    assert_eq!((&again["messages_sent_today"], &again["last_activity_at"]), (&json!(0), &Value::Null));
    bot.send("DELETE", "/bot-sessions/bot-1", &Value::Null).expect(204);
    assert_eq!(bot.server.get("/v1/market/bot-sessions/bot-1").status, 404);
    assert_eq!(bot.act("/bot-sessions/bot-1/activity").status, 404);
}

#[test]
fn figures_are_of_a_day_of_utc_and_reports_keep_them() {
    let bot = Bot::start();
    let (b1, b2) = (bot.buyer("b1"), bot.buyer("b2"));
    let made = [
        (1, "23:59:59.999999", &b1, 0),
        (2, "00:00:00", &b1, 2),
        (2, "10:00:00", &b2, 1),
        (2, "11:00:00", &b1, 2),
    ];
    for (n, (day, time, buyer, messages)) in made.into_iter().enumerate() {
        let chat = bot.conversation(&format!("c{n}"), &bot.product(&format!("p{n}")), buyer);
        (0..messages).for_each(|_| drop(bot.wrote(&chat, buyer, "¡Hola!")));
        if n == 3 {
            bot.act(&format!("/conversations/{chat}/complete")).expect(200);
        }
        bot.server.database().sabotage(&format!(
            "UPDATE market.conversations SET created_at = '2026-03-0{day}T{time}Z' WHERE id = '{chat}';
             UPDATE market.conversations SET completed_at = '2026-03-02T12:00:00Z' WHERE completed_at IS NOT NULL;
             UPDATE market.messages SET created_at = '2026-03-02T13:00:00Z'"
        ));
    }
    let figures = |date: &str| bot.get(&format!("/statistics/daily?date={date}"));
    let of = |conversations: u8, messages: u8, buyers: u8, sales: u8| {
        json!({
            "conversations_created": conversations, "messages_sent": messages, "active_buyers": buyers, "completed_sales": sales,
        })
    };
    assert_eq!(figures("2026-03-02"), of(3, 5, 2, 1));
    assert_eq!(figures("2026-03-01"), of(1, 0, 1, 0));

    let ran = db_manage(bot.server.database(), &["maintenance", "--system", "market"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let first = bot.get("/reports/daily?limit=20");
    let cursor = crate::world::text(&first, "/next_cursor");
    let rest = bot.get(&format!("/reports/daily?limit=20&cursor={cursor}"));
    let days = |page: &Value| page["data"].as_array().unwrap().len();
    assert_eq!((days(&first), days(&rest), &rest["next_cursor"]), (20, 10, &Value::Null));
    let one = crate::world::text(&first, "/data/3/report_date");
    let until = crate::world::text(&first, "/data/2/report_date");
    let range = bot.get(&format!("/reports/daily?from={one}&to={until}"));
    assert_eq!(range["data"], json!([first["data"][3]]));
    let stats = bot.get("/stats");
    assert_eq!(stats["totals"], json!({"products": 4, "buyers": 2, "conversations": 4, "messages": 5}));
    assert_eq!(stats["yesterday"], of(0, 0, 0, 0));
}

#[test]
fn the_score_of_a_buyer_follows_from_what_became_of_conversations() {
    let bot = Bot::start();
    let cases = [
        (0, 0, false, 0.5),
        (0, 0, true, 0.6),
        (1, 0, false, 0.6667),
        (1, 0, true, 0.7667),
        (9, 0, true, 1.0),
        (0, 3, false, 0.2),
        (0, 3, true, 0.3),
    ];
    let people = cases.map(|(completed, cancelled, verified, score)| {
        let buyer = bot.buyer(&format!("{completed}-{cancelled}-{verified}"));
        bot.server.database().sabotage(&format!(
            "UPDATE market.buyers SET completed_purchases = {completed}, cancelled_conversations = {cancelled}, is_verified = {verified}
              WHERE id = '{buyer}'"
        ));
        (buyer, score)
    });
    let blocked = bot.buyer("blocked");
    bot.act(&format!("/buyers/{blocked}/block")).expect(200);
    let ran = db_manage(bot.server.database(), &["maintenance", "--system", "market"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for (buyer, score) in people.into_iter().chain([(blocked, 0.0)]) {
        assert_eq!(bot.get(&format!("/buyers/{buyer}"))["trust_score"], score);
    }
}
