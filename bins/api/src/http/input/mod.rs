//! What requests bring: bodies, queries, ids in paths. Whatever is wrong with them is said in one shape, with a JSON
//! pointer, and never by repeating what was sent.

mod at_most;
pub(crate) mod body;
mod body_memory;
mod decimal;
pub(crate) mod decode;
pub(crate) mod fields;
mod json;
mod object;
mod optional_json;
mod patch;
mod path;
pub(crate) mod query;
mod rows;
mod time;
pub(crate) mod undeclared;

pub(crate) use at_most::AtMost;
pub(crate) use body_memory::BodyMemory;
pub(crate) use decimal::DecimalText;
pub(crate) use json::{Json, LargeJson};
pub(crate) use object::{object, objects, optional_object, optional_objects, present_objects};
pub(crate) use optional_json::OptionalJson;
pub(crate) use patch::{Patch, present};
pub(crate) use path::{PathId, PathKey, PathName, PathNamed, PathText};
pub(crate) use query::Query;
pub(crate) use rows::{Row, Rows};
pub(crate) use time::time;
