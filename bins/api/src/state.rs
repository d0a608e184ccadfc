//! What all workers share.

use std::sync::Arc;

use chrono::TimeDelta;
use repository::Database;
use repository::codec::Signer;
use runtime::Settings;
use runtime::settings::{ExportSettings, MarketSettings, PantrySettings, SplitSettings};
use service::identity::{Lifetimes, Tokens};

use crate::bot::Bot;
use crate::cache::Cache;
use crate::database::AsyncDatabase;
use crate::http::auth::keys::KeyCache;
use crate::http::auth::sessions::SessionCache;
use crate::http::identity::hasher::PasswordHasher;
use crate::http::limits::Limits;
use crate::kept_values::KeptValues;
use crate::platform::readiness::LastReadiness;
use crate::redis::Redis;

/// What handlers and the middleware work with.
pub(crate) struct State {
    pub(crate) database: Arc<AsyncDatabase>,
    pub(crate) hasher: PasswordHasher,
    /// Signs the cursors of lists.
    pub(crate) cursors: Signer,
    pub(crate) keys: KeyCache,
    pub(crate) sessions: SessionCache,
    /// Of end users.
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) limits: Limits,
    pub(crate) cache: Cache,
    /// What programs keep outside the database.
    pub(crate) kept_values: Arc<KeptValues>,
    /// None where there is none.
    pub(crate) redis: Option<Arc<Redis>>,
    pub(crate) readiness: LastReadiness,
    /// What the Bill Splitting Agent was told.
    pub(crate) split: SplitSettings,
    /// What ExportSathi was told.
    pub(crate) export: ExportSettings,
    /// What FoodSave AI was told.
    pub(crate) pantry: PantrySettings,
    /// The WhatsApp bot.
    pub(crate) bot: Bot,
    /// What the Wallapop selling bot was told.
    pub(crate) market: MarketSettings,
}

impl State {
    /// What handlers work with, by these settings.
    ///
    /// # Errors
    /// Passwords cannot be hashed.
    pub(crate) fn new(
        database: Database,
        settings: &Settings,
        limits: Limits,
        redis: Option<Arc<Redis>>,
    ) -> anyhow::Result<Self> {
        let connections = settings.database.pool_size + settings.database.max_overflow;
        let lifetimes = Lifetimes {
            access: TimeDelta::minutes(settings.tokens.access_minutes.into()),
            session: TimeDelta::days(settings.tokens.session_days.into()),
        };
        Ok(Self {
            bot: Bot::new(&settings.whatsapp, &database),
            hasher: PasswordHasher::new()?,
            cache: Cache::new(database.clone(), redis.clone()),
            kept_values: Arc::new(KeptValues::new(database.clone(), redis.clone())),
            redis,
            cursors: database.cipher().signer("cursor"),
            tokens: Arc::new(Tokens::new(database.cipher(), lifetimes)),
            sessions: SessionCache::default(),
            database: Arc::new(AsyncDatabase::new(database, connections, settings.http.request_timeout)),
            keys: KeyCache::default(),
            limits,
            readiness: LastReadiness::default(),
            split: settings.split.clone(),
            export: settings.export.clone(),
            pantry: settings.pantry.clone(),
            market: settings.market,
        })
    }
}
