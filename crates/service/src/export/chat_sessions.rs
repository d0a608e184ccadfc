//! Conversations about a report.

use domain::export::{ChatSession, Report};
use domain::{Id, Page, PageRequest};
use repository::Conn;
use repository::export::chat_sessions;

use super::reports;
use crate::Result;

pub use repository::export::chat_sessions::{delete, get, insert as create};

/// The conversations about a report that have not expired, newest first.
pub fn list(conn: &mut Conn<'_>, report: Id<Report>, page: PageRequest) -> Result<Page<ChatSession>> {
    let found = chat_sessions::list_for_report(conn, report, page)?;
    if found.items.is_empty() {
        reports::must_exist(conn, report)?;
    }
    Ok(found)
}
