//! `whatsapp.message_deliveries`: what became of messages that were sent.

use chrono::{DateTime, Utc};
use repository::domain::whatsapp::{Delivery, DeliveryStatus, MessageSid, User};
use repository::domain::{Id, Invalid, Position};
use repository::whatsapp::message_deliveries::DeliveryFilter;
use serde::{Deserialize, Serialize};
use service::whatsapp::message_deliveries;
use utoipa::{IntoParams, ToSchema};

use super::store::InDatabase;
use super::{WhatsAppRead, schema};
use crate::http::{
    ApiResult, Caller, CursorPosition, KeysOnly, List, Paging, PathNamed, Query, Routes, Shown, add_routes,
};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "whatsapp deliveries": list_deliveries, get_delivery);
}

/// The time in microseconds, and the sid.
impl CursorPosition for Position<MessageSid> {
    fn to_bytes(&self) -> Vec<u8> {
        [&self.at.timestamp_micros().to_be_bytes(), self.id.as_str().as_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (at, id) = bytes.split_first_chunk()?;
        let at = DateTime::from_timestamp_micros(i64::from_be_bytes(*at))?;
        Some(Self { at, id: MessageSid::parse(std::str::from_utf8(id).ok()?).ok()? })
    }
}

/// A message that was sent.
#[derive(Serialize, ToSchema)]
pub(super) struct DeliveryBody {
    #[schema(example = "SM00000000000000000000000000000002")]
    message_sid: String,
    /// To whom.
    #[schema(value_type = Uuid)]
    customer_id: Id<User>,
    #[schema(value_type = schema::DeliveryStatus)]
    status: DeliveryStatus,
    /// Twilio's number of what went wrong.
    #[schema(example = 63_016)]
    error_code: Option<i32>,
    created_at: DateTime<Utc>,
    /// When the status last changed.
    updated_at: DateTime<Utc>,
}

impl From<Delivery> for DeliveryBody {
    fn from(delivery: Delivery) -> Self {
        let Delivery { message_sid, customer_id, status, error_code, created_at, updated_at } = delivery;
        let message_sid = message_sid.as_str().to_owned();
        Self { message_sid, customer_id, status, error_code, created_at, updated_at }
    }
}

/// Which messages to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct DeliveryQuery {
    /// Those that have come so far.
    #[param(value_type = Option<schema::DeliveryStatus>)]
    status: Option<String>,
}

impl DeliveryQuery {
    fn read(&self) -> Result<DeliveryFilter, Invalid> {
        let mut fields = Invalid::collect();
        let status = fields.take_optional("/status", self.status.as_deref().map(str::parse));
        fields.build(|| Some(DeliveryFilter { status: status?, user: None }))
    }
}

/// Lists messages that were sent, newest first.
#[utoipa::path(get, path = "/v1/whatsapp/deliveries")]
async fn list_deliveries(
    caller: Caller<KeysOnly<WhatsAppRead>>,
    _: InDatabase,
    Query(query): Query<DeliveryQuery>,
    paging: Paging,
) -> ApiResult<List<DeliveryBody>> {
    let filter = query.read()?;
    let owner = format!("{:?}", filter.status);
    caller
        .list("whatsapp.list_deliveries", owner, &paging, move |conn, page| {
            message_deliveries::list(conn, filter, page)
        })
        .await
}

/// Shows what became of a message that was sent.
#[utoipa::path(get, path = "/v1/whatsapp/deliveries/{message_sid}")]
async fn get_delivery(
    caller: Caller<KeysOnly<WhatsAppRead>>,
    _: InDatabase,
    PathNamed(sid): PathNamed<MessageSid>,
) -> ApiResult<Shown<DeliveryBody>> {
    caller.read("whatsapp.get_delivery", move |conn| message_deliveries::get(conn, &sid)).await
}
