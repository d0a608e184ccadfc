//! Who calls, and what they may do.
//!
//! The first parameter of a handler says who may call: a [`Caller`](caller::Caller) of the scope it needs, as in
//! `caller: Caller<Read<Split>>`, or something that holds one. That is the whole of its access control, and the only way to
//! the database. A program calls with an API key and reaches every row; a user calls with an access token and reaches rows
//! of its own, which the handle and the database see to. A handler that nobody has to be known for begins with
//! [`Public`](public::Public) or [`Anyone`](anyone::Anyone).

pub(crate) mod anyone;
mod authenticate;
mod bearer;
pub(crate) mod caller;
mod guesses;
pub(crate) mod keys;
mod lookup_cache;
pub(crate) mod middleware;
pub(crate) mod principal;
pub(crate) mod public;
pub(crate) mod scope;
pub(crate) mod sessions;
