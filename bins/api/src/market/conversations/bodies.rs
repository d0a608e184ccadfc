//! What conversations are made, changed and listed by, and what they look like in answers.

use chrono::{DateTime, Utc};
use repository::domain::market::products::price;
use repository::domain::market::{
    Buyer, ClosedReason, Conversation, ConversationChanges, ConversationFilter, ConversationStatus, Intent,
    NewConversation, Price, Product, WallapopId,
};
use repository::domain::{Confidence, Id, Invalid, Place, Sentiment};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::input::fields::changed;
use crate::http::input::{DecimalText, Patch, present, time};
use crate::http::{Located, Versioned};
use crate::market::schema;

/// A conversation.
#[derive(Serialize, ToSchema)]
pub(in crate::market) struct ConversationBody {
    #[schema(value_type = Uuid)]
    id: Id<Conversation>,
    /// The marketplace's id of the chat.
    #[schema(value_type = String, example = "chat456")]
    wallapop_chat_id: WallapopId,
    /// What it is about.
    #[schema(value_type = Uuid)]
    product_id: Id<Product>,
    /// Who asks.
    #[schema(value_type = Uuid)]
    buyer_id: Id<Buyer>,
    #[schema(value_type = schema::ConversationStatus)]
    status: ConversationStatus,
    /// Why its cancellation counts against nobody.
    #[schema(value_type = Option<schema::ClosedReason>)]
    closed_reason: Option<ClosedReason>,
    /// When its newest message was stored.
    last_message_at: Option<DateTime<Utc>>,
    #[schema(minimum = 0)]
    message_count: i32,
    /// What was agreed on, in the product's currency.
    #[schema(value_type = Option<String>, example = "600.00")]
    negotiated_price: Option<Price>,
    /// Where the product changes hands.
    meeting_location: Option<String>,
    /// When it does.
    meeting_time: Option<DateTime<Utc>>,
    /// What the bot thinks the buyer wants.
    #[schema(value_type = Option<String>, example = "price_negotiation")]
    intent_detected: Option<Intent>,
    /// How friendly the buyer is.
    #[schema(value_type = Option<f64>, minimum = -1, maximum = 1)]
    sentiment_score: Option<Sentiment>,
    /// How sure the bot is.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1)]
    bot_confidence: Option<Confidence>,
    /// When it ended in a sale.
    completed_at: Option<DateTime<Utc>>,
    /// When maintenance took it out of the usual lists. A message brings it back.
    archived_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    row_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Located for ConversationBody {
    fn location(&self) -> String {
        format!("/v1/market/conversations/{}", self.id)
    }
}

impl Versioned for ConversationBody {
    fn row_version(&self) -> i64 {
        self.row_version
    }
}

impl From<Conversation> for ConversationBody {
    fn from(conversation: Conversation) -> Self {
        let Conversation {
            id,
            wallapop_chat_id,
            product_id,
            buyer_id,
            status,
            closed_reason,
            last_message_at,
            message_count,
            negotiated_price,
            meeting_location,
            meeting_time,
            intent_detected,
            sentiment_score,
            bot_confidence,
            completed_at,
            archived_at,
            row_version,
            created_at,
            updated_at,
        } = conversation;
        Self {
            id,
            wallapop_chat_id,
            product_id,
            buyer_id,
            status,
            closed_reason,
            last_message_at,
            message_count,
            negotiated_price,
            meeting_location: meeting_location.map(|place| place.expose().to_owned()),
            meeting_time,
            intent_detected,
            sentiment_score,
            bot_confidence,
            completed_at,
            archived_at,
            row_version,
            created_at,
            updated_at,
        }
    }
}

/// A conversation to be begun.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "wallapop_chat_id": "chat456", "product_id": "00000000-0000-7000-8000-000000000001",
    "buyer_id": "00000000-0000-7000-8000-000000000001",
}))]
pub(super) struct CreateConversation {
    /// The marketplace's id of the chat.
    #[schema(max_length = 50)]
    wallapop_chat_id: String,
    #[schema(value_type = Uuid)]
    product_id: String,
    #[schema(value_type = Uuid)]
    buyer_id: String,
}

impl CreateConversation {
    pub(super) fn read(self) -> Result<NewConversation, Invalid> {
        let mut fields = Invalid::collect();
        let chat = fields.take("/wallapop_chat_id", WallapopId::parse(&self.wallapop_chat_id));
        let product = fields.take("/product_id", self.product_id.parse());
        let buyer = fields.take("/buyer_id", self.buyer_id.parse());
        fields.build(|| {
            Some(NewConversation { wallapop_chat_id: chat?, product_id: product?, buyer_id: buyer? })
        })
    }
}

/// What to change of a conversation. What is absent stays, and null clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "negotiated_price": "600.00", "meeting_location": "Estació de Sants", "meeting_time": "2027-03-02T17:30:00Z",
    "intent_detected": "price_negotiation", "sentiment_score": 0.4, "bot_confidence": 0.85,
}))]
pub(super) struct UpdateConversation {
    /// In the product's currency.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<DecimalText>)]
    negotiated_price: Patch<DecimalText>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    meeting_location: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    meeting_time: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 50)]
    intent_detected: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<f64>, minimum = -1, maximum = 1)]
    sentiment_score: Patch<f64>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1)]
    bot_confidence: Patch<f64>,
}

impl UpdateConversation {
    pub(super) fn read(self) -> Result<ConversationChanges, Invalid> {
        let mut fields = Invalid::collect();
        let Self {
            negotiated_price,
            meeting_location,
            meeting_time,
            intent_detected,
            sentiment_score,
            bot_confidence,
        } = self;
        let changes = ConversationChanges {
            negotiated_price: changed(&mut fields, "/negotiated_price", negotiated_price, |it| {
                price(it.as_str())
            }),
            meeting_location: changed(&mut fields, "/meeting_location", meeting_location, |it| {
                Place::parse(&it)
            }),
            meeting_time: changed(&mut fields, "/meeting_time", meeting_time, |it| time(&it)),
            intent_detected: changed(&mut fields, "/intent_detected", intent_detected, |it| {
                Intent::parse(&it)
            }),
            sentiment_score: changed(&mut fields, "/sentiment_score", sentiment_score, Sentiment::new),
            bot_confidence: changed(&mut fields, "/bot_confidence", bot_confidence, Confidence::new),
        };
        fields.finish()?;
        Ok(changes)
    }
}

/// How a sale ended.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"negotiated_price": "600.00"}))]
pub(super) struct CompleteConversation {
    /// In the product's currency; when absent, what was agreed on before.
    negotiated_price: Option<DecimalText>,
}

impl CompleteConversation {
    pub(super) fn read(self) -> Result<Option<Price>, Invalid> {
        let mut fields = Invalid::collect();
        let given = self.negotiated_price.as_ref().map(|given| price(given.as_str()));
        let price = fields.take_optional("/negotiated_price", given);
        fields.build(|| price)
    }
}

/// How many messages were marked.
#[derive(Serialize, ToSchema)]
pub(super) struct MarkedBody {
    marked: usize,
}

impl From<usize> for MarkedBody {
    fn from(marked: usize) -> Self {
        Self { marked }
    }
}

/// Which conversations.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ListConversations {
    /// In this status, in any case.
    #[param(value_type = Option<schema::ConversationStatus>)]
    status: Option<String>,
    /// About this product.
    #[param(value_type = Option<Uuid>)]
    product_id: Option<String>,
    /// With this buyer.
    #[param(value_type = Option<Uuid>)]
    buyer_id: Option<String>,
    /// true: archived ones too.
    archived: Option<bool>,
}

impl ListConversations {
    pub(super) fn read(self) -> Result<ConversationFilter, Invalid> {
        let mut fields = Invalid::collect();
        let status = fields.take_optional("/status", self.status.as_deref().map(str::parse));
        let product_id = fields.take_optional("/product_id", self.product_id.as_deref().map(str::parse));
        let buyer_id = fields.take_optional("/buyer_id", self.buyer_id.as_deref().map(str::parse));
        let archived = self.archived.unwrap_or_default();
        fields.build(|| {
            Some(ConversationFilter {
                status: status?,
                product_id: product_id?,
                buyer_id: buyer_id?,
                archived,
            })
        })
    }
}
