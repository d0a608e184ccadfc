//! Who types.

use nix::unistd::{Uid, User};
use repository::Actor;

/// The person at the command line, for the audit log: their login name, else the number of their account.
pub(crate) fn operator() -> Actor {
    let uid = Uid::current();
    let name = User::from_uid(uid).ok().flatten().map_or_else(|| uid.to_string(), |user| user.name);
    Actor::operator(name)
}
