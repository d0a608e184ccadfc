//! Changes that make kept values wrong: what is cached of a product, and the state of a conversation that has ended. They are
//! dropped after the commit, and not by a dry run.

use std::sync::{Arc, Mutex, PoisonError};

use repository::Tx;
use service::market::{Changed, Stale};

use crate::http::auth::scope::Scope;
use crate::http::respond::AnswerFor;
use crate::http::{ApiResult, Change};
use crate::kept_values::{KeptValues, Kind};

/// Makes a change, and drops what it made wrong.
pub(super) async fn write<S: Scope, T, K>(
    change: Change<S>,
    operation: &'static str,
    mut work: impl FnMut(&mut Tx<'_>) -> service::Result<Changed<T>> + Send + 'static,
) -> ApiResult<K>
where
    T: 'static,
    K: AnswerFor<T>,
{
    let to_drop = ToDrop::default();
    let values = change.in_earnest().map(|state| Arc::clone(&state.kept_values));
    let noted = to_drop.clone();
    let made = change.write(operation, move |tx| work(tx).map(|changed| noted.note(changed))).await;
    to_drop.after(made, values).await
}

/// What is to be dropped once a transaction is committed: of the last attempt at it.
#[derive(Clone, Default)]
pub(super) struct ToDrop(Arc<Mutex<Stale>>);

impl ToDrop {
    /// Keeps in mind what a change makes wrong, and passes its answer on.
    pub(super) fn note<T>(&self, Changed { value, stale }: Changed<T>) -> T {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = stale;
        value
    }

    /// Drops it where the change was made in earnest, and passes the answer on.
    pub(super) async fn after<K>(self, made: ApiResult<K>, values: Option<Arc<KeptValues>>) -> ApiResult<K> {
        let made = made?;
        if let Some(values) = values {
            let stale = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
            let cached = stale.cache_keys().map(|key| (Kind::Cache, key));
            let states = stale.state_keys().map(|key| (Kind::State, key));
            values.forget(cached.chain(states)).await?;
        }
        Ok(made)
    }
}
