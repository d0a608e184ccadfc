//! Refusals that a handler names itself, as the OpenAPI document shows them. All others follow from the types of its
//! parameters.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

/// A refusal by its status and the reasons for it; the shape of its body is added for all of them.
macro_rules! refusals {
    ($($(#[$about:meta])* $name:ident: $status:literal, $reasons:literal;)+) => {$(
        $(#[$about])*
        pub(crate) struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                BTreeMap::from([($status.to_string(), Response::new($reasons).into())])
            }
        }
    )+};
}

refusals! {
    /// It looks for something by its body.
    LooksUp: 404, "`not_found`: it is not there, or deleted";

    /// It sets a phone number, which must be nobody else's.
    TakesPhone: 409, "`conflict`: `existing_id` has this phone number already";

    /// It sets an e-mail address, which must be nobody else's.
    TakesMail: 409, "`conflict`: `existing_id` has this e-mail address already";

    /// It sets a user name or an e-mail address, which must be nobody else's.
    TakesNameOrMail: 409, "`conflict`: `existing_id` has this user name or this e-mail address already";

    /// It sets the session id of a conversation, which must be no other one's of its user.
    TakesSession: 409, "`conflict`: `existing_id` is the user's conversation that has this session id";

    /// It gives a category a name, which must be no other one's within the same parent.
    TakesCategoryName: 409, "`conflict`: `existing_id` has this name within the same parent already";

    /// It gives a product a name, which must be no other one's of its household, or of the catalogue.
    TakesProductName: 409, "`conflict`: `existing_id` is the product that has this name already";

    /// It removes a product, to which nothing may refer.
    MayBeInUse: 409, "`product_in_use`: something refers to the product";

    /// It takes a cursor in its body.
    TakesCursor: 400, "`invalid_cursor`: the cursor is not one of this search";

    /// It registers a name, which must be nobody else's.
    TakesName: 409, "`conflict`: somebody has this name already";

    /// It brings back what was deleted.
    MayHaveLostPlace: 409, "`restore_conflict`: `existing_id` has taken what must be unique meanwhile";

    /// It sets a password.
    SetsPassword: 409, "`password_changed`: another password was set at the same time";

    /// It needs a name and a password in its body.
    NeedsPassword: 401, "`unauthenticated`: the name or the password is wrong";

    /// It adds a message of a person, to a chat that may be closed.
    NeedsChat: 409, "`chat_closed`: the chat is closed and not continued; `claim_lost`: `claim_id` is not the live claim; `claimed`: another agent holds the chat; `chat_moved_on`: `if_message_count` is not the chat's; `user_inactive`: nothing is sent to who is not active";

    /// It needs the database, where conversations may be kept in memory.
    NeedsDatabase: 409, "`needs_database`: conversations are kept in memory";

    /// It gives back what a claim holds.
    NeedsClaim: 409, "`claim_lost`: the claim is not alive any more";

    /// It needs a refresh token in its body.
    NeedsRefreshToken: 401, "`unauthenticated`: the refresh token is not known, was used too long ago, or its session is over";

    /// Its failures count as guesses of the address they come from.
    LimitsGuesses: 429, "`rate_limited`: too many wrong keys or passwords came from this address; `too_many_attempts`: too many attempts with this name failed";
}
