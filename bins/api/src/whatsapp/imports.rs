//! Imports of conversations: exports of WhatsApp's own, and rows of NDJSON.

use actix_web::web;
use chrono::{DateTime, Utc};
use repository::domain::Invalid;
use repository::domain::whatsapp::User;
use repository::domain::whatsapp::imports::{DateOrder, ExportOptions, ImportFile, Rejected, Zone};
use serde::{Deserialize, Serialize};
use service::whatsapp::imports::{self, Format, Imported};
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, OneOfBuilder, Schema, Type};

use super::store::InDatabase;
use super::{WhatsAppWrite, schema};
use crate::http::error::{ApiError, codes};
use crate::http::{ApiResult, Change, KeysOnly, LargeJson, PathId, Routes, Shown, add_routes, one_of};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "whatsapp chats": import_chats);
}

fn format() -> Object {
    one_of(["txt", "ndjson"])
}

fn date_order() -> Schema {
    let orders = one_of(["day_first", "month_first", "year_first", "auto"]);
    OneOfBuilder::new().item(orders).item(Object::with_type(Type::Null)).build().into()
}

/// A conversation to be imported.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "format": "txt", "text": "[19/10/2025, 11:37:20] Asha: What is Spark?\n[19/10/2025, 11:37:22] Bot: An engine.\n",
    "assistant": "Bot", "timezone": "Asia/Kolkata",
}))]
struct ImportChats {
    /// `txt`: as WhatsApp exports a chat. `ndjson`: rows of `role`, `content` and `timestamp`.
    #[schema(schema_with = format)]
    format: String,
    /// The file.
    text: String,
    /// Of `txt`, required: the name under which the bot writes.
    assistant: Option<String>,
    /// Of `txt`: the name under which the person writes. Messages of others are passed over then; without it there may be
    /// but one other name.
    user: Option<String>,
    /// Of `txt`, required: the time zone of the phone that made the file, such as `Asia/Kolkata`.
    timezone: Option<String>,
    /// Of `txt`; `auto` when absent.
    #[schema(schema_with = date_order)]
    date_order: Option<String>,
}

/// What was read of a file.
struct ReadFile {
    text: String,
    file: ImportFile,
}

impl ImportChats {
    fn read(self) -> Result<ReadFile, ApiError> {
        let mut fields = Invalid::collect();
        let file = match self.format.as_str() {
            "ndjson" => {
                self.refuse_options(&mut fields);
                fields.finish()?;
                imports::read(&self.text, &Format::Ndjson)?
            }
            "txt" => {
                let options = self.options(&mut fields);
                let options = fields.build(|| options)?;
                imports::read(&self.text, &Format::Export(options))?
            }
            _ => {
                let detail = "this value is not known; expected one of `txt`, `ndjson`";
                return Err(ApiError::invalid("/format", "unknown_value", detail));
            }
        };
        Ok(ReadFile { text: self.text, file })
    }

    fn options(&self, fields: &mut Invalid) -> Option<ExportOptions<'_>> {
        let name = |fields: &mut Invalid, pointer: &str, given: &Option<String>| {
            if given.as_deref().is_some_and(|name| name.trim().is_empty()) {
                fields.add(pointer, "empty", "the name must not be empty");
            }
        };
        name(fields, "/assistant", &self.assistant);
        name(fields, "/user", &self.user);
        let mut required = |pointer: &str, given: &Option<String>| {
            if given.is_none() {
                fields.add(pointer, "missing", "this field is required with `format` `txt`");
            }
        };
        required("/assistant", &self.assistant);
        required("/timezone", &self.timezone);
        let timezone = fields.take_optional("/timezone", self.timezone.as_deref().map(str::parse::<Zone>));
        let order = self.date_order.as_deref().filter(|order| *order != "auto");
        let date_order = fields.take_optional("/date_order", order.map(str::parse::<DateOrder>));
        Some(ExportOptions {
            assistant: self.assistant.as_deref()?,
            user: self.user.as_deref(),
            timezone: timezone??,
            date_order: date_order?,
        })
    }

    /// Rows say themselves who wrote and when.
    fn refuse_options(&self, fields: &mut Invalid) {
        for (pointer, given) in [
            ("/assistant", &self.assistant),
            ("/user", &self.user),
            ("/timezone", &self.timezone),
            ("/date_order", &self.date_order),
        ] {
            if given.is_some() {
                fields.add(pointer, "not_for_format", "this field is of `format` `txt` only");
            }
        }
    }
}

/// What an import brought.
#[derive(Serialize, ToSchema)]
struct ImportBody {
    /// Chats that were made, all of them closed.
    chats: usize,
    /// Messages that were new.
    messages: usize,
    /// Messages of the file that stand for a picture, a video and the like.
    attachments: usize,
    /// Lines of WhatsApp's own, which are not kept.
    system_lines: usize,
    /// Messages of others, which are not kept.
    other_senders: usize,
    /// How the dates were read; null for `ndjson`.
    #[schema(value_type = Option<schema::DateOrder>)]
    date_order: Option<DateOrder>,
    /// The time of the file's first message.
    first_at: Option<DateTime<Utc>>,
    /// The time of its last one.
    last_at: Option<DateTime<Utc>>,
    /// Rows and messages that were not taken. The others were.
    results: Vec<RejectedBody>,
}

/// A row or message that was not taken.
#[derive(Serialize, ToSchema)]
struct RejectedBody {
    /// The line on which it begins, counted from 1.
    #[schema(minimum = 1)]
    line: usize,
    /// The rule that is broken, stable and machine readable.
    #[schema(example = "out_of_order")]
    code: &'static str,
}

impl From<Imported> for ImportBody {
    fn from(imported: Imported) -> Self {
        let Imported {
            chats,
            messages,
            attachments,
            system_lines,
            other_senders,
            date_order,
            first_at,
            last_at,
            rejected,
        } = imported;
        let result = |Rejected { line, code }| RejectedBody { line, code };
        let results = rejected.into_iter().map(result).collect();
        Self {
            chats,
            messages,
            attachments,
            system_lines,
            other_senders,
            date_order,
            first_at,
            last_at,
            results,
        }
    }
}

/// Imports a conversation of a user, as closed chats with the times of the file.
///
/// The same file again brings nothing, and a later export of the same conversation what is new in it. Imported messages
/// never wait for an answer. The body may be 16 MiB long.
#[utoipa::path(post, path = "/v1/whatsapp/users/{id}/imports")]
async fn import_chats(
    change: Change<KeysOnly<WhatsAppWrite>>,
    _: InDatabase,
    PathId(user): PathId<User>,
    body: LargeJson<ImportChats>,
) -> ApiResult<Shown<ImportBody>> {
    // On a thread that may take its time, and before there is a transaction, which holds a lock.
    let read = web::block(move || body.read()?.read()).await;
    // The job panicked. The hook has logged where, under this request's id.
    let ReadFile { text, file } =
        read.unwrap_or_else(|_| Err(ApiError::new(&codes::INTERNAL, "the request failed")))?;
    let rules = change.state().bot.rules;
    change
        .write("whatsapp.import_chats", move |tx| imports::import(tx, &rules, user, &text, file.clone()))
        .await
}
