//! The connection to Redis, where there is one.
//!
//! A request never waits for a connection: one is either there or not. It goes away at the first answer that fails or
//! comes too late, and a task of its own brings it back once Redis answers in time again. So at most the requests that
//! are under way when Redis breaks wait for it, and not longer than the deadline.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use actix_web::rt::time::{sleep, timeout};
use anyhow::anyhow;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisError, RedisResult};
use runtime::settings::RedisSettings;
use tokio::sync::Notify;

use crate::kept_values::KeptValues;

/// The longest that connecting may take. Nobody waits for it but the start.
const CONNECT: Duration = Duration::from_secs(1);

/// How often Redis is tried again while it is away, and asked whether it is there while it is not.
const LOOK_AFTER: Duration = Duration::from_secs(1);

/// Redis, while it answers.
pub(crate) struct Redis {
    client: Client,
    deadline: Duration,
    live: RwLock<Option<Arc<Live>>>,
    lost: Notify,
    tried: Notify,
}

/// A connection that answered in time so far.
struct Live(MultiplexedConnection);

/// Why there was no answer, as metrics name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    TooLate,
    Failed,
}

impl Redis {
    /// Does not connect yet: [`keep_connected`](Self::keep_connected) does.
    pub(crate) fn new(settings: &RedisSettings) -> anyhow::Result<Self> {
        Ok(Self {
            client: runtime::redis::client(&settings.url).map_err(|rule| anyhow!("Redis: {rule}"))?,
            deadline: settings.timeout,
            live: RwLock::default(),
            lost: Notify::new(),
            tried: Notify::new(),
        })
    }

    /// What Redis answers; nothing where it does not in time.
    pub(crate) async fn ask<T>(
        &self,
        request: impl AsyncFnOnce(MultiplexedConnection) -> RedisResult<T>,
    ) -> Option<T> {
        let Some(live) = self.live() else {
            count_fallback("away");
            return None;
        };
        let asked = Instant::now();
        let answer = self.in_time(request(live.0.clone())).await;
        metrics::histogram!("redis_request_duration_seconds").record(asked.elapsed().as_secs_f64());
        match answer {
            Ok(answer) => Some(answer),
            Err(failure) => {
                self.lose(&live);
                count_fallback(if failure == Failure::TooLate { "timeout" } else { "failed" });
                None
            }
        }
    }

    /// Connects, and connects again whenever the connection was lost, for as long as the process lives.
    ///
    /// A connection is used once `values` has brought Redis up to date by it.
    pub(crate) async fn keep_connected(&self, values: &KeptValues) {
        let mut is_known_to_be_away = false;
        loop {
            match self.connect_and_catch_up(values).await {
                Ok(live) => {
                    tracing::info!("Redis answers: rate limits and cached values are shared");
                    self.tried.notify_one();
                    self.watch(&live).await;
                    self.set(None);
                    tracing::warn!("Redis does not answer in time: this process is on its own meanwhile");
                    is_known_to_be_away = true;
                }
                Err(error) => {
                    if !is_known_to_be_away {
                        tracing::warn!(error, "Redis does not answer: this process is on its own meanwhile");
                    }
                    is_known_to_be_away = true;
                    self.tried.notify_one();
                }
            }
            sleep(LOOK_AFTER).await;
        }
    }

    /// Completes when Redis was tried once.
    pub(crate) async fn tried(&self) {
        self.tried.notified().await;
    }

    /// Whether it answers in time. Asks nobody.
    pub(crate) fn is_connected(&self) -> bool {
        self.live().is_some()
    }

    async fn connect_and_catch_up(&self, values: &KeptValues) -> Result<Arc<Live>, String> {
        let live = Arc::new(self.connect().await?);
        let is_caught_up = values.catch_up(live.0.clone(), || self.set(Some(Arc::clone(&live)))).await;
        if is_caught_up { Ok(live) } else { Err("it does not take what was kept meanwhile".to_owned()) }
    }

    /// A connection over which an answer came in time.
    async fn connect(&self) -> Result<Live, String> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(CONNECT));
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await;
        let live = Live(connection.map_err(|error| error.to_string())?);
        // The first answer pays for what later ones do not.
        let _ = self.probe(&live).await;
        match self.probe(&live).await {
            Ok(()) => Ok(live),
            Err(Failure::TooLate) => Err(format!("it took over {} ms", self.deadline.as_millis())),
            Err(Failure::Failed) => Err("it refuses".to_owned()),
        }
    }

    /// Completes when the connection is lost.
    async fn watch(&self, live: &Live) {
        loop {
            tokio::select! {
                () = self.lost.notified() => return,
                () = sleep(LOOK_AFTER) => {}
            }
            if self.probe(live).await.is_err() {
                return;
            }
        }
    }

    async fn probe(&self, live: &Live) -> Result<(), Failure> {
        let mut connection = live.0.clone();
        self.in_time(redis::cmd("PING").query_async(&mut connection)).await
    }

    async fn in_time<T>(&self, answer: impl Future<Output = RedisResult<T>>) -> Result<T, Failure> {
        match timeout(self.deadline, answer).await {
            Ok(answer) => answer.map_err(|error| refusal(&error)),
            Err(_) => Err(Failure::TooLate),
        }
    }

    fn live(&self) -> Option<Arc<Live>> {
        self.live.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, live: Option<Arc<Live>>) {
        metrics::gauge!("redis_connected").set(if live.is_some() { 1.0 } else { 0.0 });
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = live;
    }

    /// Gives the connection up, unless that was done and there is a new one.
    fn lose(&self, lost: &Arc<Live>) {
        let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
        if live.as_ref().is_some_and(|live| Arc::ptr_eq(live, lost)) {
            *live = None;
            self.lost.notify_one();
        }
    }
}

fn refusal(error: &RedisError) -> Failure {
    tracing::debug!(%error, "Redis failed");
    Failure::Failed
}

fn count_fallback(reason: &'static str) {
    metrics::counter!("redis_fallbacks_total", "reason" => reason).increment(1);
}
