//! The routes of the Wallapop selling bot, under `/v1/market`.
//!
//! One file or folder per table: its handlers, and the bodies they read and write. Every caller is a program. What the bot keeps
//! outside the database is in `kept_values` and `rate_limits`.

mod bot_sessions;
mod buyers;
mod changes;
mod conversations;
mod kept_values;
mod messages;
mod products;
mod rate_limits;
mod schema;
mod statistics;

use repository::domain::market::WallapopId;

use crate::http::{Admin, PathKey, Read, Section, System, Write};

/// This system, for its scopes.
#[derive(Debug)]
pub(crate) struct Market;

impl System for Market {
    const NAME: &'static str = repository::market::SYSTEM.name;
}

/// `market:read`
pub(crate) type MarketRead = Read<Market>;
/// `market:write`
pub(crate) type MarketWrite = Write<Market>;
/// `market:admin`
pub(crate) type MarketAdmin = Admin<Market>;

/// This system in the API.
pub(crate) const SECTION: Section = Section {
    system: Market::NAME,
    tags: &[
        ("market products", "What is for sale, until it is sold"),
        ("market buyers", "People who write to the bot"),
        ("market conversations", "Conversations about a product, from the first message to the sale"),
        ("market messages", "Messages of conversations, and the queue of those that wait for the bot"),
        ("market bot sessions", "What the bot has done today, and whether the marketplace limits it"),
        ("market kept values", "Values that the bot keeps for at most a day, in Redis or in the process"),
        ("market rate limits", "How often the bot may do something"),
        ("market reports", "What happened on which day, and how much there is"),
    ],
    routes: |routes| {
        products::routes(routes);
        buyers::routes(routes);
        conversations::routes(routes);
        messages::routes(routes);
        bot_sessions::routes(routes);
        kept_values::routes(routes);
        rate_limits::routes(routes);
        statistics::routes(routes);
    },
};

/// The `{wallapop_id}` of a route.
struct PathWallapopId(WallapopId);

impl PathKey for PathWallapopId {
    type Error = repository::domain::TextError;
    const NAME: &'static str = "wallapop_id";
    const ABOUT: &'static str = "The marketplace's id";

    fn parse(text: &str) -> Result<Self, Self::Error> {
        WallapopId::parse(text).map(Self)
    }
}
