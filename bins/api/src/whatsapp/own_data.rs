//! Everything that is kept of a person.

use repository::domain::Position;
use repository::domain::whatsapp::{ChatId, MessageSid, User};
use serde::Serialize;
use serde_json::Value;
use service::whatsapp::data::{self, DataPosition, DataRow};
use utoipa::ToSchema;

use super::inbound_messages::InboundBody;
use super::message_deliveries::DeliveryBody;
use super::store::InDatabase;
use super::userchats::WholeChatBody;
use super::users::UserBody;
use super::{WhatsApp, WhatsAppRead};
use crate::http::{ApiResult, Caller, CursorPosition, List, Paging, PathId, Routes, add_routes};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "whatsapp users": list_own_data);
}

/// A row of some table.
#[derive(Serialize, ToSchema)]
struct OwnRowBody {
    /// The table that holds it.
    #[schema(example = "userchats")]
    table: &'static str,
    /// What it holds.
    #[schema(value_type = Object)]
    row: Value,
}

impl From<DataRow> for OwnRowBody {
    fn from(row: DataRow) -> Self {
        match row {
            DataRow::User(user) => Self::of("users", UserBody::from(*user)),
            DataRow::Chat(chat, messages) => Self::of("userchats", WholeChatBody::from((chat, messages))),
            DataRow::Inbound(delivered) => Self::of("inbound_messages", InboundBody::from(delivered)),
            DataRow::Delivery(delivery) => Self::of("message_deliveries", DeliveryBody::from(delivery)),
        }
    }
}

impl OwnRowBody {
    fn of(table: &'static str, body: impl Serialize) -> Self {
        // Bodies have names for keys, so that they are JSON.
        Self { table, row: serde_json::to_value(body).unwrap_or_default() }
    }
}

/// The number of the table, and the position in it.
impl CursorPosition for DataPosition {
    fn to_bytes(&self) -> Vec<u8> {
        fn after<K>(table: u8, position: Option<&Position<K>>) -> Vec<u8>
        where
            Position<K>: CursorPosition,
        {
            [vec![table], position.map(CursorPosition::to_bytes).unwrap_or_default()].concat()
        }
        match self {
            Self::Chats(position) => after(1, position.as_ref()),
            Self::Inbound(position) => after(2, position.as_ref()),
            Self::Deliveries(position) => after(3, position.as_ref()),
        }
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        fn after<K>(bytes: &[u8]) -> Option<Option<Position<K>>>
        where
            Position<K>: CursorPosition,
        {
            if bytes.is_empty() { Some(None) } else { Position::from_bytes(bytes).map(Some) }
        }
        let (table, rest) = bytes.split_first()?;
        match table {
            1 => after::<ChatId>(rest).map(Self::Chats),
            2 => after::<MessageSid>(rest).map(Self::Inbound),
            3 => after::<MessageSid>(rest).map(Self::Deliveries),
            _ => None,
        }
    }
}

/// Shows everything that is kept of a person, table by table.
///
/// A page has rows of one table. It may have none and not be the last. No password is among them, not even its hash.
#[utoipa::path(get, path = "/v1/whatsapp/users/{id}/data")]
async fn list_own_data(
    caller: Caller<WhatsAppRead>,
    _: InDatabase,
    PathId(id): PathId<User>,
    paging: Paging,
) -> ApiResult<List<OwnRowBody>> {
    let work = move |conn: &mut repository::Conn<'_>, page| data::page(conn, id, page);
    caller.list_of_user::<WhatsApp, _, _, _, _>("whatsapp.list_own_data", id.uuid(), &paging, work).await
}
