//! What is shown of people and their conversations, masked unless it is to be revealed.

use chrono::{DateTime, Utc};
use domain::Id;
use domain::pii::{Pii, PiiKind};
use domain::whatsapp::{Chat, ChatId, Message, Role, User, UserTotals};
use repository::domain;
use serde::Serialize;
use service::whatsapp::imports;

#[derive(Serialize)]
pub(super) struct UserLine {
    user_id: Id<User>,
    phone_number: Option<String>,
    whatsapp_id: Option<String>,
    full_name: Option<String>,
    is_active: bool,
    created_at: DateTime<Utc>,
}

#[derive(Serialize)]
pub(super) struct ChatLine {
    chat_id: ChatId,
    is_active: bool,
    message_count: i32,
    continues_chat_id: Option<ChatId>,
    waiting_since: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

#[derive(Serialize)]
pub(super) struct MessageLine {
    role: Role,
    content: String,
    timestamp: String,
}

#[derive(Serialize)]
pub(super) struct StatisticsLine {
    phone_number: Option<String>,
    full_name: Option<String>,
    total_chats: i64,
    total_messages: i64,
}

#[derive(Serialize)]
pub(super) struct Imported {
    chats: usize,
    messages: usize,
    attachments: usize,
    system_lines: usize,
    other_senders: usize,
    rejected: usize,
    date_order: Option<&'static str>,
    first_at: Option<DateTime<Utc>>,
    last_at: Option<DateTime<Utc>>,
}

impl UserLine {
    pub(super) fn of(user: &User, reveal: bool) -> Self {
        Self {
            user_id: user.user_id,
            phone_number: shown(user.phone_number.as_ref(), reveal),
            whatsapp_id: shown(user.whatsapp_id.as_ref(), reveal),
            full_name: shown(user.full_name.as_ref(), reveal),
            is_active: user.is_active,
            created_at: user.created_at,
        }
    }
}

impl ChatLine {
    pub(super) fn of(chat: &Chat) -> Self {
        Self {
            chat_id: chat.chat_id,
            is_active: chat.is_active,
            message_count: chat.message_count,
            continues_chat_id: chat.continues_chat_id,
            waiting_since: chat.waiting_since,
            created_at: chat.created_at,
        }
    }
}

impl MessageLine {
    pub(super) fn of(message: &Message, reveal: bool) -> Self {
        let content = message.content.expose();
        let masked = || format!("[{} characters]", content.chars().count());
        Self {
            role: message.role,
            content: if reveal { content.to_owned() } else { masked() },
            timestamp: message.timestamp_text(),
        }
    }
}

impl StatisticsLine {
    pub(super) fn of(user: &User, totals: UserTotals, reveal: bool) -> Self {
        Self {
            phone_number: shown(user.phone_number.as_ref(), reveal),
            full_name: shown(user.full_name.as_ref(), reveal),
            total_chats: totals.total_chats,
            total_messages: totals.total_messages,
        }
    }
}

impl Imported {
    pub(super) fn of(imported: &imports::Imported) -> Self {
        Self {
            chats: imported.chats,
            messages: imported.messages,
            attachments: imported.attachments,
            system_lines: imported.system_lines,
            other_senders: imported.other_senders,
            rejected: imported.rejected.len(),
            date_order: imported.date_order.map(|order| order.as_str()),
            first_at: imported.first_at,
            last_at: imported.last_at,
        }
    }
}

fn shown<K: PiiKind>(value: Option<&Pii<K>>, reveal: bool) -> Option<String> {
    value.map(|value| if reveal { value.expose().to_owned() } else { masked(value.expose()) })
}

/// The first character and the last two, where there are enough of them.
fn masked(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let count = characters.len();
    let is_shown = |place: usize| count > 6 && (place == 0 || place + 2 >= count);
    (0..).zip(characters).map(|(place, c)| if is_shown(place) { c } else { '*' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_masked_tells_whose_it_is_to_who_knows_and_nothing_to_others() {
        assert_eq!(masked("+12025550101"), "+*********01");
        assert_eq!(masked("Asha"), "****");
        assert_eq!(masked("Maya Brooks"), "M********ks");
    }
}
