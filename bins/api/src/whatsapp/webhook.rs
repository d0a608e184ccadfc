//! The webhooks that Twilio calls: a message came, and a message that was sent has come further.

use repository::domain::whatsapp::{CLEARED, DeliveryReport, InboundMessage, InboundOutcome, twiml};
use serde::Deserialize;
use service::whatsapp::{Store, message_deliveries};
use utoipa::ToSchema;

use super::store::{self, InDatabase};
use super::twilio::{Signed, TwiMl};
use crate::http::error::ApiError;
use crate::http::error::responses::NeedsDatabase;
use crate::http::{ApiResult, File, NoContent, Routes, add_routes, answer};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "whatsapp webhooks": receive_message, report_delivery);
}

/// A message, as Twilio tells of it. Other parameters pass unread.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({
    "MessageSid": "SM00000000000000000000000000000001", "From": "whatsapp:+12025550101", "To": "whatsapp:+14155238886",
    "Body": "What is Apache Spark?", "NumMedia": "0", "ProfileName": "Asha",
}))]
#[expect(dead_code, reason = "it describes what `InboundMessage` reads")]
#[serde(rename_all = "PascalCase")]
struct TwilioMessage {
    /// Names the message; `SmsSid` where it is absent. 1 to 64 letters and digits.
    message_sid: String,
    /// `whatsapp:` and the number, or the business-scoped id of somebody who does not show a number.
    from: String,
    /// The bot's own number.
    to: Option<String>,
    /// At most 20,000 characters, kept as they come. Control characters become U+FFFD.
    body: Option<String>,
    /// How many attachments there are, each with its `MediaContentType0`, `MediaContentType1` …
    num_media: Option<String>,
    /// The business-scoped id, beside a number.
    external_user_id: Option<String>,
    /// The name of the WhatsApp profile. It becomes `full_name`, unless that was set here.
    profile_name: Option<String>,
    /// With `Longitude`, a place instead of a text.
    latitude: Option<String>,
    longitude: Option<String>,
    /// Must be `TWILIO_ACCOUNT_SID`, where that is set.
    account_sid: Option<String>,
}

/// What became of a message that was sent, as Twilio tells of it. Other parameters pass unread.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({
    "MessageSid": "SM00000000000000000000000000000002", "MessageStatus": "delivered", "To": "whatsapp:+12025550101",
}))]
#[expect(dead_code, reason = "it describes what `DeliveryReport` reads")]
#[serde(rename_all = "PascalCase")]
struct TwilioStatus {
    /// Names the message; `SmsSid` where it is absent.
    message_sid: String,
    /// To whom it was sent.
    to: String,
    /// How far it has come. A status that is not known here changes nothing.
    message_status: Option<String>,
    /// Twilio's number of what went wrong.
    error_code: Option<String>,
    /// Must be `TWILIO_ACCOUNT_SID`, where that is set.
    account_sid: Option<String>,
}

/// Takes a message from Twilio.
///
/// It is kept in the conversation of its sender, who is made where there is none. A message that was delivered before changes
/// nothing and is answered as the first time. `clear`, `reset` and `start over` end the conversation.
#[utoipa::path(post, path = "/v1/whatsapp/webhook/twilio")]
async fn receive_message(signed: Signed<TwilioMessage>) -> Result<File<TwiMl>, ApiError> {
    let Signed { form, token, service, .. } = signed;
    let message = InboundMessage::read(&form, token.as_deref())?;
    let rules = service.state().bot.rules;
    let receive = move |store: &mut dyn Store| store.receive(&rules, &message);
    let received = store::write_signed(&service, "whatsapp.receive_message", receive).await?;
    let said = (received.outcome == Some(InboundOutcome::Command)).then_some(CLEARED);
    Ok(File::new(twiml::response(said)))
}

/// Notes how far a message that was sent has come. It never goes back, whatever the order of the reports.
#[utoipa::path(post, path = "/v1/whatsapp/webhook/twilio/status", responses(NeedsDatabase))]
async fn report_delivery(signed: Signed<TwilioStatus>) -> ApiResult<NoContent> {
    let Signed { form, service, .. } = signed;
    // Only now: whoever cannot sign hears nothing else.
    InDatabase::check(service.state())?;
    if let Some(report) = DeliveryReport::read(&form)? {
        let (state, deadline) = (service.state(), service.deadline());
        let noted = state.database.run(service.actor(), deadline, move |database, actor| {
            database.write("whatsapp.report_delivery", actor, |tx| message_deliveries::record(tx, &report))
        });
        noted.await?;
    }
    answer(NoContent)
}
