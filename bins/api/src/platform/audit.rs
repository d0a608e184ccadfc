//! `platform.audit_log`: who changed what, when, by which request.

use chrono::{DateTime, Utc};
use repository::domain::{Invalid, Page, PageRequest, Position, Text};
use repository::platform::audit_log::{self, ACTIONS, AuditFilter, AuditRow};
use repository::{platform, system};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use uuid::Uuid;

use crate::http::input::time;
use crate::http::{
    Administrator, ApiError, ApiResult, List, Paging, PlatformAdmin, Query, Routes, add_routes, one_of,
};

/// Adds the route.
pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "platform audit log": list_audit_log);
}

/// Which rows of the log.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ListAuditLog {
    /// Of this table, with its schema; or of a schema alone, for what operators read with a query.
    #[param(example = "split.bills")]
    table: Option<String>,
    /// Of the row with this primary key; needs `table`.
    row_id: Option<String>,
    /// By this actor.
    #[param(example = "operator:asha")]
    actor: Option<String>,
    /// By the HTTP request with this id.
    request_id: Option<String>,
    /// Of this kind.
    #[param(value_type = Option<Action>)]
    action: Option<String>,
    /// Not before this time (RFC 3339).
    #[param(value_type = Option<DateTime<Utc>>)]
    from: Option<String>,
    /// Before this time.
    #[param(value_type = Option<DateTime<Utc>>)]
    to: Option<String>,
}

/// What can happen to a row, in the OpenAPI document.
struct Action;

impl PartialSchema for Action {
    fn schema() -> RefOr<Schema> {
        one_of(ACTIONS).into()
    }
}

impl ToSchema for Action {}

impl ListAuditLog {
    fn filter(&self, systems: Option<Vec<String>>) -> Result<AuditFilter, Invalid> {
        let mut fields = Invalid::collect();
        let table = fields.take_optional("/table", self.table.as_deref().map(table));
        let text = |text: &Option<String>| text.as_deref().map(Text::<200>::parse);
        let row_id = fields.take_optional("/row_id", text(&self.row_id));
        if self.row_id.is_some() && self.table.is_none() {
            fields.add("/table", "missing", "a row is found by its table and its id");
        }
        let actor = fields.take_optional("/actor", text(&self.actor));
        let request_id = fields.take_optional("/request_id", text(&self.request_id));
        let action = fields.take_optional("/action", self.action.as_deref().map(action));
        let from = fields.take_optional("/from", self.from.as_deref().map(time));
        let to = fields.take_optional("/to", self.to.as_deref().map(time));
        fields.build(|| {
            Some(AuditFilter {
                systems,
                table: table?,
                row_id: row_id?.map(Text::into_string),
                actor: actor?.map(Text::into_string),
                request_id: request_id?.map(Text::into_string),
                action: action?,
                from: from?,
                to: to?,
            })
        })
    }
}

fn table(text: &str) -> Result<String, Invalid> {
    let is_known = system::tables().any(|table| table.qualified_name() == text || table.schema == text);
    let unknown =
        || Invalid::one("", "unknown_value", "the table must be one of the database, like split.bills");
    is_known.then(|| text.to_owned()).ok_or_else(unknown)
}

fn action(text: &str) -> Result<String, Invalid> {
    let known = ACTIONS.iter().find(|action| action.eq_ignore_ascii_case(text));
    known.map(|action| (*action).to_owned()).ok_or_else(|| {
        Invalid::one("", "unknown_value", format!("the action must be one of: {}", ACTIONS.join(", ")))
    })
}

/// One change of one row, or one statement that an operator read with.
#[derive(Serialize, ToSchema)]
struct AuditBody {
    /// Order of writing.
    id: i64,
    /// Start of the transaction.
    created_at: DateTime<Utc>,
    /// `api_key:<id>`, `user:<system>:<id>`, `operator:<login name>`, `system`, or `login:<role>` for SQL by hand.
    #[schema(example = "api_key:01a1fab2-539f-73bd-a643-a214aeae5511")]
    actor: String,
    /// The HTTP request, where there was one.
    request_id: Option<String>,
    #[schema(value_type = Action)]
    action: String,
    /// Schema and table; the schema alone for a query.
    #[schema(example = "split.bills")]
    table_name: String,
    /// Primary key of the row; a digest of the statement for a query.
    row_id: String,
    /// The columns that an update changed.
    changed_columns: Option<Vec<String>>,
    /// Values before: of ids, numbers, booleans, times and closed sets only. Decimals are text.
    #[schema(value_type = Option<Object>, example = json!({"payment_status": "sent"}))]
    old_values: Option<Value>,
    /// The same after.
    #[schema(value_type = Option<Object>, example = json!({"payment_status": "confirmed"}))]
    new_values: Option<Value>,
}

impl From<AuditRow> for AuditBody {
    fn from(row: AuditRow) -> Self {
        let AuditRow {
            id,
            created_at,
            actor,
            request_id,
            action,
            table_name,
            row_id,
            changed_columns,
            old_values,
            new_values,
        } = row;
        Self {
            id,
            created_at,
            actor,
            request_id,
            action,
            table_name,
            row_id,
            changed_columns: changed_columns.map(|columns| columns.into_iter().flatten().collect()),
            old_values: old_values.map(|values| with_decimals_as_text(values.0.into_value())),
            new_values: new_values.map(|values| with_decimals_as_text(values.0.into_value())),
        }
    }
}

/// A decimal as the whole API writes it.
fn with_decimals_as_text(values: Value) -> Value {
    let as_text = |value: Value| match value {
        Value::Number(number) if number.as_i64().is_none() => Value::String(number.to_string()),
        value => value,
    };
    match values {
        Value::Object(values) => {
            values.into_iter().map(|(name, value)| (name, as_text(value))).collect::<Map<_, _>>().into()
        }
        other => other,
    }
}

/// Lists who changed what, newest first.
///
/// With `platform:admin` all of it, with a system's `admin` what happened to that system's tables.
#[utoipa::path(get, path = "/v1/audit")]
async fn list_audit_log(
    administrator: Administrator,
    Query(query): Query<ListAuditLog>,
    paging: Paging,
) -> ApiResult<List<AuditBody>> {
    let filter = query.filter(visible_systems(&administrator, query.table.as_deref())?)?;
    // The filter is part of what a cursor is signed with: it is good for the same question only.
    let owner = serde_json::json!(filter);
    let read = move |conn: &mut repository::Conn<'_>, page: PageRequest| {
        let before = page.after.and_then(|position| i64::try_from(position.id.as_u128()).ok());
        let rows = audit_log::list(conn, &filter, before, page.limit.rows_and_one())?;
        Ok::<_, repository::Error>(Page::of(rows, page.limit, position))
    };
    administrator.list("platform.list_audit_log", owner, &paging, read).await
}

fn position(row: &AuditRow) -> Position {
    Position { at: row.created_at, id: Uuid::from_u128(row.id.unsigned_abs().into()) }
}

/// Which systems' rows an administrator may see: all where none is named. A system's admin who asks for a table of
/// another system hears that the scope is lacking, and not that nothing happened there.
fn visible_systems(
    administrator: &Administrator,
    table: Option<&str>,
) -> Result<Option<Vec<String>>, ApiError> {
    let systems = &administrator.systems;
    if systems.contains(&platform::SYSTEM.name) {
        return Ok(None);
    }
    let is_theirs = |table: &str| table.split('.').next().is_some_and(|system| systems.contains(&system));
    if !table.is_none_or(is_theirs) {
        administrator.require::<PlatformAdmin>()?;
    }
    Ok(Some(systems.iter().map(|system| (*system).to_owned()).collect()))
}

#[cfg(test)]
mod tests {
    use repository::domain::Json;
    use serde_json::json;

    use super::*;

    #[test]
    fn decimals_are_text_and_nothing_else_changes() {
        let values = Json::parse(r#"{"amount": 100.00, "count": 3, "paid": true, "status": "sent"}"#);
        let expected = json!({"amount": "100.00", "count": 3, "paid": true, "status": "sent"});
        assert_eq!(with_decimals_as_text(values.unwrap().into_value()), expected);
    }
}
