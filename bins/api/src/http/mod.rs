//! What all routes share: how a request is read, who may ask, how often, and how it is answered.
//!
//! What handlers are made of is named here; the parts of this folder name each other by their own paths.

pub(crate) mod access_log;
pub(crate) mod auth;
pub(crate) mod batch;
pub(crate) mod connections;
pub(crate) mod context;
pub(crate) mod cors;
pub(crate) mod cursor_position;
pub(crate) mod docs;
pub(crate) mod error;
pub(crate) mod etag;
pub(crate) mod headers;
pub(crate) mod idempotency;
pub(crate) mod identity;
pub(crate) mod input;
pub(crate) mod limits;
pub(crate) mod not_found;
pub(crate) mod own_data;
pub(crate) mod page;
pub(crate) mod removal;
pub(crate) mod request;
pub(crate) mod respond;
pub(crate) mod route_table;
pub(crate) mod routes;
pub(crate) mod target;
pub(crate) mod tls;
pub(crate) mod trace;

pub(crate) use auth::anyone::Anyone;
pub(crate) use auth::caller::{Access, Administrator, Caller};
pub(crate) use auth::public::Public;
pub(crate) use auth::scope::{Admin, AdminOrSelf, KeysOnly, PlatformAdmin, Read, System, Write};
pub(crate) use cursor_position::CursorPosition;
pub(crate) use docs::{OneOf, one_of};
pub(crate) use error::ApiError;
pub(crate) use etag::IfMatch;
pub(crate) use idempotency::{Change, Unkeyed};
pub(crate) use input::{
    AtMost, DecimalText, Json, LargeJson, OptionalJson, PathId, PathKey, PathName, PathNamed, PathText,
    Query, Rows,
};
pub(crate) use page::{List, Paging};
pub(crate) use removal::{Removal, Removed};
pub(crate) use respond::file::{File, MediaType};
pub(crate) use respond::{
    ApiResult, Created, CreatedOrFound, Found, Located, Made, MadeOrShown, NoContent, Shown, Versioned,
    answer,
};
pub(crate) use routes::{Routes, Section, add_routes};
