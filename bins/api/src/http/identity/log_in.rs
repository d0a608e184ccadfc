//! Registration and log-in. What fails there counts as a guess of the address it comes from: each costs an Argon2id.

use std::sync::Arc;

use repository::domain::identity::{NewPassword, Password, TokenScope};
use repository::{Error as RepositoryError, Tx};
use service::identity::{Attempt, FirstPassword, TokenPair, wrong_credentials};
use uuid::Uuid;

use super::{LogIn, LogInName as _, TokensBody, end_user};
use crate::http::auth::anyone::Anyone;
use crate::http::error::ApiError;
use crate::http::respond::{ApiResult, Shown, answer};

/// Makes a user, with a password and a session, all of it or nothing. `make` makes the user's rows.
pub(crate) async fn register<S: LogIn, T: Send + 'static>(
    anyone: &Anyone,
    password: NewPassword,
    mut make: impl FnMut(&mut Tx<'_>) -> service::Result<(Uuid, T)> + Send + 'static,
) -> Result<(T, TokenPair), ApiError> {
    anyone.refuse_guesser()?;
    let (state, deadline) = (anyone.state(), anyone.deadline());
    let hash =
        state.hasher.run(deadline, move |passwords| FirstPassword::prepare(passwords, &password, deadline));
    let (first, tokens) = (hash.await?, Arc::clone(&state.tokens));
    let registered = state.database.run(anyone.actor(), deadline, move |database, actor| {
        database.write("platform.register", actor, |tx| {
            let (id, made) = make(tx)?;
            first.store(tx, end_user::<S>(id))?;
            Ok::<_, service::Error>((made, tokens.open(tx, end_user::<S>(id), TokenScope::Write)?))
        })
    });
    anyone.count_failure(registered.await).await
}

/// Opens a session for whoever knows the password that belongs to a name.
pub(crate) async fn log_in<S: LogIn>(
    anyone: &Anyone,
    name: S::Name,
    password: Password,
) -> ApiResult<Shown<TokensBody>> {
    anyone.refuse_guesser()?;
    let opened = open_with_password::<S>(anyone, name, password).await;
    answer(Shown(anyone.count_failure(opened).await?.into()))
}

async fn open_with_password<S: LogIn>(
    anyone: &Anyone,
    name: S::Name,
    password: Password,
) -> Result<TokenPair, ApiError> {
    let (state, deadline) = (anyone.state(), anyone.deadline());
    let begin = state.database.run(anyone.actor(), deadline, move |database, actor| {
        database.write("platform.begin_log_in", actor, |tx| {
            let user = S::find_user(tx, &name)?;
            Attempt::begin(tx, S::NAME, &name.index_form(), user)
        })
    });
    let attempt = begin.await?;
    let checked =
        state.hasher.run(deadline, move |passwords| attempt.check(passwords, &password, deadline)).await?;
    let tokens = Arc::clone(&state.tokens);
    let open = state.database.run(anyone.actor_for(checked.user()), deadline, move |database, actor| {
        database.write("platform.log_in", actor, |tx| {
            let user = checked.finish(tx)?;
            S::record_log_in(tx, user.id).map_err(as_wrong_credentials)?;
            tokens.open(tx, user, TokenScope::Write)
        })
    });
    open.await
}

/// A user who was deleted meanwhile is answered like any other who is not there.
fn as_wrong_credentials(error: RepositoryError) -> service::Error {
    match error {
        RepositoryError::NotFound(_) => wrong_credentials(),
        error => error.into(),
    }
}
