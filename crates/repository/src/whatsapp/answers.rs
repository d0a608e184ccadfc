//! The chat that takes an answer.

use diesel::prelude::*;
use diesel::sql_types::{self, Bool, Nullable, Text};
use domain::pii::{PhoneKind, WhatsAppIdKind};
use domain::whatsapp::{Chat, ChatId};
use domain::{PhoneNumber, WhatsAppId};
use uuid::Uuid;

use super::userchats::ChatRow;
use super::users::{PHONE_NUMBER, WHATSAPP_ID};
use crate::database::sealed::{Sealed, sql_types as sealed_types};
use crate::database::statement::{BindNext, statement};
use crate::{Result, Tx};

/// An active chat that is locked to be answered, and whom the answer goes to.
#[derive(Clone, Debug)]
pub struct Answerable {
    /// The chat.
    pub chat: Chat,
    /// The agent that holds it, by the database's clock.
    pub live_claim: Option<Uuid>,
    /// Whether its user is active.
    pub user_is_active: bool,
    /// The number of its user.
    pub phone_number: Option<PhoneNumber>,
    /// The WhatsApp id of its user.
    pub whatsapp_id: Option<WhatsAppId>,
}

#[derive(QueryableByName)]
struct AnswerableRow {
    #[diesel(embed)]
    chat: ChatRow,
    #[diesel(sql_type = Nullable<sql_types::Uuid>)]
    live_claim: Option<Uuid>,
    #[diesel(sql_type = Bool)]
    user_is_active: bool,
    #[diesel(sql_type = Nullable<sealed_types::Sealed>)]
    phone_number: Option<Sealed<PhoneKind>>,
    #[diesel(sql_type = Nullable<sealed_types::Sealed>)]
    whatsapp_id: Option<Sealed<WhatsAppIdKind>>,
}

/// The chat of this id if it is active, or the active one that continues it. Its user's row is locked first, as by a
/// message, and then the chat. `None` where there is none: look why, and try again should it have been full meanwhile.
pub fn lock(tx: &mut Tx<'_>, id: ChatId) -> Result<Option<Answerable>> {
    let row = statement(
        "WITH RECURSIVE chain AS (
             SELECT chat_id FROM whatsapp.userchats WHERE chat_id = ?
             UNION
             SELECT n.chat_id FROM whatsapp.userchats AS n JOIN chain ON n.continues_chat_id = chain.chat_id)
         SELECT c.chat_id, c.customer_id, c.is_active, c.message_count, c.continues_chat_id, c.waiting_since,
                c.last_inbound_at, c.claimed_until, c.created_at, c.updated_at,
                CASE WHEN c.claimed_until > now() THEN c.claim_id END AS live_claim,
                u.is_active AS user_is_active, u.phone_number, u.whatsapp_id
           FROM chain
           JOIN whatsapp.userchats AS c ON c.chat_id = chain.chat_id AND c.is_active
           JOIN whatsapp.users AS u ON u.user_id = c.customer_id AND u.deleted_at IS NULL
            FOR NO KEY UPDATE OF u, c",
    )
    .bind::<Text, _>(id.to_string())
    .get_result::<AnswerableRow>(tx.pg)
    .optional()?;
    let Some(AnswerableRow { chat, live_claim, user_is_active, phone_number, whatsapp_id }) = row else {
        return Ok(None);
    };
    let customer = chat.customer_id;
    Ok(Some(Answerable {
        chat: chat.into(),
        live_claim,
        user_is_active,
        phone_number: phone_number.map(|phone| phone.open(tx, &PHONE_NUMBER, customer)).transpose()?,
        whatsapp_id: whatsapp_id.map(|id| id.open(tx, &WHATSAPP_ID, customer)).transpose()?,
    }))
}
