//! What all routes share: how a request is read, who may ask, how often, and how it is answered.

pub(crate) mod access_log;
pub(crate) mod auth;
pub(crate) mod connections;
pub(crate) mod cors;
pub(crate) mod docs;
pub(crate) mod erasure;
pub(crate) mod error;
pub(crate) mod etag;
pub(crate) mod headers;
pub(crate) mod idempotency;
pub(crate) mod identity;
pub(crate) mod input;
pub(crate) mod limits;
pub(crate) mod not_found;
pub(crate) mod page;
pub(crate) mod request;
pub(crate) mod respond;
pub(crate) mod target;
pub(crate) mod tls;
pub(crate) mod trace;
