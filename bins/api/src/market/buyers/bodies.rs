//! What buyers are made, changed and looked for by, and what they look like in answers.

use chrono::{DateTime, Utc};
use repository::domain::market::{Buyer, BuyerChanges, BuyerLookup, Count, WallapopId, phone_number};
use repository::domain::{
    Confidence, Email, Id, Invalid, JsonObject, PersonName, PrivateJson, UserName, json,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::input::fields::{changed, replaced};
use crate::http::input::{Patch, present};
use crate::http::{Located, Versioned};

/// A buyer.
#[derive(Serialize, ToSchema)]
pub(in crate::market) struct BuyerBody {
    #[schema(value_type = Uuid)]
    id: Id<Buyer>,
    /// The marketplace's id; no two buyers have the same, except deleted ones.
    #[schema(value_type = String, example = "buyer123")]
    wallapop_user_id: WallapopId,
    #[schema(example = "juan_comprador")]
    username: String,
    display_name: Option<String>,
    /// E.164.
    #[schema(example = "+34612345678")]
    phone: Option<String>,
    email: Option<String>,
    /// Whether the marketplace has verified the person.
    is_verified: bool,
    /// Whether the bot does not talk to the person any more.
    is_blocked: bool,
    /// How far the person is trusted. Maintenance computes it.
    #[schema(value_type = f64, minimum = 0, maximum = 1, example = 0.5)]
    trust_score: Confidence,
    /// Conversations that were begun.
    #[schema(value_type = i32, minimum = 0)]
    total_conversations: Count,
    /// Conversations that ended in a sale.
    #[schema(value_type = i32, minimum = 0)]
    completed_purchases: Count,
    /// Conversations that were cancelled, except for reasons that count against nobody.
    #[schema(value_type = i32, minimum = 0)]
    cancelled_conversations: Count,
    /// What else the marketplace tells.
    #[schema(value_type = Option<Object>)]
    profile_data: Option<JsonObject>,
    /// When the bot last told of the person.
    last_active_at: Option<DateTime<Utc>>,
    /// When everything that identifies the person was overwritten.
    anonymised_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    row_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Located for BuyerBody {
    fn location(&self) -> String {
        format!("/v1/market/buyers/{}", self.id)
    }
}

impl Versioned for BuyerBody {
    fn row_version(&self) -> i64 {
        self.row_version
    }
}

impl From<Buyer> for BuyerBody {
    fn from(buyer: Buyer) -> Self {
        let Buyer {
            id,
            wallapop_user_id,
            username,
            display_name,
            phone,
            email,
            is_verified,
            is_blocked,
            trust_score,
            total_conversations,
            completed_purchases,
            cancelled_conversations,
            profile_data,
            last_active_at,
            anonymised_at,
            row_version,
            created_at,
            updated_at,
        } = buyer;
        Self {
            id,
            wallapop_user_id,
            username: username.expose().to_owned(),
            display_name: display_name.map(|name| name.expose().to_owned()),
            phone: phone.map(|phone| phone.expose().to_owned()),
            email: email.map(|email| email.expose().to_owned()),
            is_verified,
            is_blocked,
            trust_score,
            total_conversations,
            completed_purchases,
            cancelled_conversations,
            profile_data: profile_data.and_then(|data| json::from_trusted(data.expose()).ok()),
            last_active_at,
            anonymised_at,
            row_version,
            created_at,
            updated_at,
        }
    }
}

/// What the marketplace tells of a person. What is absent stays, and null clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "wallapop_user_id": "buyer123", "username": "juan_comprador", "display_name": "Juan García", "is_verified": true,
    "phone": "612 34 56 78", "email": "juan@correo.example", "profile_data": {"city": "Barcelona"},
}))]
pub(super) struct SaveBuyer {
    #[schema(max_length = 50)]
    wallapop_user_id: String,
    /// Required for a new buyer. Several may have the same.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, nullable = false)]
    username: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    display_name: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<bool>, nullable = false)]
    is_verified: Patch<bool>,
    /// One of Spain needs no country code.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    phone: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    email: Patch<String>,
    /// At most 64 KiB.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    profile_data: Patch<JsonObject>,
}

impl SaveBuyer {
    pub(super) fn read(self) -> Result<(WallapopId, BuyerChanges), Invalid> {
        let Self { wallapop_user_id, username, display_name, is_verified, phone, email, profile_data } = self;
        let mut fields = Invalid::collect();
        let id = fields.take("/wallapop_user_id", WallapopId::parse(&wallapop_user_id));
        let given = UpdateBuyer { username, display_name, is_verified, phone, email, profile_data };
        let given = fields.take("", given.read());
        fields.build(|| Some((id?, given?)))
    }
}

/// What to change of a buyer. What is absent stays, and null clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"display_name": "Juan G.", "is_verified": true}))]
pub(super) struct UpdateBuyer {
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, nullable = false)]
    username: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    display_name: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<bool>, nullable = false)]
    is_verified: Patch<bool>,
    /// One of Spain needs no country code.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    phone: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    email: Patch<String>,
    /// At most 64 KiB.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    profile_data: Patch<JsonObject>,
}

impl UpdateBuyer {
    pub(super) fn read(self) -> Result<BuyerChanges, Invalid> {
        let mut fields = Invalid::collect();
        let small = |object: JsonObject| PrivateJson::parse_small(&object);
        let changes = BuyerChanges {
            username: replaced(&mut fields, "/username", self.username, |it| UserName::parse(&it)),
            display_name: changed(&mut fields, "/display_name", self.display_name, |it| {
                PersonName::parse(&it)
            }),
            phone: changed(&mut fields, "/phone", self.phone, |it| phone_number(&it)),
            email: changed(&mut fields, "/email", self.email, |it| Email::parse(&it)),
            is_verified: replaced(&mut fields, "/is_verified", self.is_verified, Ok::<_, Invalid>),
            profile_data: changed(&mut fields, "/profile_data", self.profile_data, small),
        };
        fields.finish()?;
        Ok(changes)
    }
}

/// What to look for. One of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "juan_comprador"}))]
pub(super) struct LookupBuyers {
    phone: Option<String>,
    email: Option<String>,
    /// In any case.
    username: Option<String>,
    wallapop_user_id: Option<String>,
}

impl LookupBuyers {
    pub(super) fn read(self) -> Result<BuyerLookup, Invalid> {
        let mut fields = Invalid::collect();
        let lookup = match (self.phone, self.email, self.username, self.wallapop_user_id) {
            (Some(phone), None, None, None) => {
                fields.take("/phone", phone_number(&phone)).map(BuyerLookup::Phone)
            }
            (None, Some(email), None, None) => {
                fields.take("/email", Email::parse(&email)).map(BuyerLookup::Email)
            }
            (None, None, Some(name), None) => {
                fields.take("/username", UserName::parse(&name)).map(BuyerLookup::Username)
            }
            (None, None, None, Some(id)) => {
                fields.take("/wallapop_user_id", WallapopId::parse(&id)).map(BuyerLookup::WallapopUserId)
            }
            _ => {
                fields.add("", "one_of", "send one of phone, email, username and wallapop_user_id");
                None
            }
        };
        fields.build(|| lookup)
    }
}

/// Buyers that match: candidates, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct FoundBuyers {
    data: Vec<BuyerBody>,
}

impl From<Vec<Buyer>> for FoundBuyers {
    fn from(found: Vec<Buyer>) -> Self {
        Self { data: found.into_iter().map(BuyerBody::from).collect() }
    }
}

/// Whom to ask about.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"wallapop_user_id": "buyer123"}))]
pub(super) struct AskWhetherBlocked {
    #[schema(max_length = 50)]
    wallapop_user_id: String,
}

impl AskWhetherBlocked {
    pub(super) fn read(self) -> Result<WallapopId, Invalid> {
        let mut fields = Invalid::collect();
        let id = fields.take("/wallapop_user_id", WallapopId::parse(&self.wallapop_user_id));
        fields.build(|| id)
    }
}

/// Whether a person is blocked.
#[derive(Serialize, ToSchema)]
pub(super) struct BlockedBody {
    is_blocked: bool,
}

impl From<bool> for BlockedBody {
    fn from(is_blocked: bool) -> Self {
        Self { is_blocked }
    }
}

/// Which buyers.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ListBuyers {
    /// Only those who are blocked, or are not.
    pub(super) is_blocked: Option<bool>,
}
