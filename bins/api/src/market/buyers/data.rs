//! Everything that is kept of a buyer.

use repository::domain::JsonObject;
use repository::domain::market::Buyer;
use serde::Serialize;
use serde_json::Value;
use service::market::buyers::{self, Kept};
use utoipa::ToSchema;

use super::bodies::BuyerBody;
use crate::http::{ApiResult, Caller, List, Paging, PathId, Routes, add_routes};
use crate::market::MarketRead;
use crate::market::conversations::ConversationBody;
use crate::market::messages::MessageBody;

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "market buyers": list_buyer_data);
}

/// A row of some table, as its own route shows it.
#[derive(Serialize, ToSchema)]
struct KeptRowBody {
    /// The table that holds it.
    #[schema(example = "messages")]
    table: &'static str,
    /// What is kept there.
    #[schema(value_type = Object)]
    row: JsonObject,
}

impl KeptRowBody {
    fn of(table: &'static str, row: &impl Serialize) -> Self {
        let fields = match serde_json::to_value(row) {
            Ok(Value::Object(fields)) => fields,
            _ => Default::default(),
        };
        Self { table, row: fields.into() }
    }
}

impl From<Kept> for KeptRowBody {
    fn from(kept: Kept) -> Self {
        match kept {
            Kept::Buyer(buyer) => Self::of("buyers", &BuyerBody::from(*buyer)),
            Kept::Conversation(it) => Self::of("conversations", &ConversationBody::from(*it)),
            Kept::Message(message) => Self::of("messages", &MessageBody::from(*message)),
        }
    }
}

/// Shows everything that is kept of a buyer, oldest first: the buyer, and conversations and messages as they came.
///
/// Those about deleted products are among them.
#[utoipa::path(get, path = "/v1/market/buyers/{id}/data")]
async fn list_buyer_data(
    caller: Caller<MarketRead>,
    PathId(id): PathId<Buyer>,
    paging: Paging,
) -> ApiResult<List<KeptRowBody>> {
    caller.list("market.list_buyer_data", id, &paging, move |conn, page| buyers::data(conn, id, page)).await
}
