//! Tokens of users. This system has no log-in of its own: a program that may look after households hands them out.

use domain::Id;
use domain::identity::TokenScope;
use domain::pantry::User;
use repository::Tx;
use repository::pantry::users;

use super::users::must_exist;
use crate::Result;
use crate::identity::{EndUser, TokenPair, Tokens};

/// The user as `platform` knows it.
pub fn end_user(id: Id<User>) -> EndUser {
    EndUser { system: repository::pantry::SYSTEM.name, id: id.uuid() }
}

/// Opens a session of a user.
pub fn open(tx: &mut Tx<'_>, tokens: &Tokens, id: Id<User>, scope: TokenScope) -> Result<TokenPair> {
    users::lock_shared(tx, id)?;
    tokens.open(tx, end_user(id), scope)
}

/// Revokes all sessions of a user.
pub fn revoke_all(tx: &mut Tx<'_>, tokens: &Tokens, id: Id<User>) -> Result<()> {
    must_exist(tx, id)?;
    tokens.revoke_all(tx, end_user(id))?;
    Ok(())
}
